#include "config.h"

#include "sparse/postprocess.h"
#include "sparse/ordering.h"

/* Which colors are needed: those of structural diagonal entries; those of hubs of stars of two and
 * more edges; both colors of other trees.  The hub of a star, or an inner vertex of another tree,
 * has two neighbours of one color.  Where neither end of an edge has such neighbours of the other
 * end's color, the edge is a tree of its own, and one of its two colors must be kept. */

struct pairs { /* of colors, of which one must be kept */
  VEC(int32_t) a;
  VEC(int32_t) b;
};

/* Whether v has a diagonal entry or two neighbours of one color.  seen: by color. */
static bool needs_color(const struct pattern *p, const struct coloring *c, int32_t v, int32_t *seen)
{
  for (int64_t k = p->ptr[v]; k < p->ptr[v + 1]; k++) {
    int32_t w = p->ind[k], *stamp = &seen[c->color[w]];
    if (w == v || *stamp == v + 1) return true;
    *stamp = v + 1;
  }
  return false;
}

static void mark_needed(const struct pattern *p, const struct coloring *c, int32_t *seen,
                        bool *needed)
{
  for (int32_t v = 0; v < p->n; v++)
    if (!needed[c->color[v]]) needed[c->color[v]] = needs_color(p, c, v, seen);
}

/* The vertices of the other colors have no neighbours of one color. */
static enum status single_edges(struct context *ctx, const struct pattern *p,
                                const struct coloring *c, const bool *needed, struct pairs *pairs)
{
  for (int32_t i = 0; i < p->n; i++) {
    int32_t a = c->color[i];
    for (int64_t k = p->ptr[i]; k < p->ptr[i + 1] && !needed[a]; k++) {
      int32_t j = p->ind[k], b = c->color[j];
      if (i >= j || needed[b]) continue;
      if (!VEC_PUSH(&pairs->a, a) || !VEC_PUSH(&pairs->b, b)) return diag_no_memory(ctx);
    }
  }
  return STATUS_OK;
}

/* Of each pair at least one color must be kept; so the colors that go are an independent set of the
 * graph of pairs. */
static enum status cover_pairs(struct context *ctx, const struct pairs *pairs, int32_t num_colors,
                               bool *needed)
{
  struct pattern graph = {0};
  bool *freed = mem_alloc((size_t)num_colors, sizeof *freed);
  enum status status = STATUS_OK;
  if (!freed) {
    status = diag_no_memory(ctx);
    goto done;
  }
  status = pattern_from_pairs(ctx, num_colors, (int64_t)pairs->a.len, pairs->a.data, pairs->b.data,
                              &graph);
  if (status == STATUS_OK) status = ordering_independent_set(ctx, &graph, freed);
  if (status != STATUS_OK) goto done;
  for (int32_t c = 0; c < num_colors; c++)
    if (!freed[c]) needed[c] = true;
done:
  mem_free(freed);
  pattern_free(&graph);
  return status;
}

static void renumber(struct coloring *c, const bool *needed, int32_t *number)
{
  int32_t kept = 0;
  for (int32_t k = 0; k < c->num_colors; k++) number[k] = needed[k] ? kept++ : -1;
  for (int32_t v = 0; v < c->n; v++) c->color[v] = number[c->color[v]];
  c->num_colors = kept;
}

enum status coloring_postprocess(struct context *ctx, const struct pattern *p, struct coloring *c)
{
  struct pairs pairs = {0};
  bool *needed = mem_zalloc((size_t)c->num_colors, sizeof *needed);
  int32_t *number = mem_alloc((size_t)c->num_colors, sizeof *number);
  int32_t *seen = mem_zalloc((size_t)c->num_colors, sizeof *seen);
  enum status status;
  if (!needed || !number || !seen) {
    status = diag_no_memory(ctx);
    goto done;
  }
  mark_needed(p, c, seen, needed);
  if ((status = single_edges(ctx, p, c, needed, &pairs)) != STATUS_OK) goto done;
  if ((status = cover_pairs(ctx, &pairs, c->num_colors, needed)) != STATUS_OK) goto done;
  renumber(c, needed, number);
done:
  mem_free(needed);
  mem_free(number);
  mem_free(seen);
  VEC_FREE(&pairs.a);
  VEC_FREE(&pairs.b);
  return status;
}
