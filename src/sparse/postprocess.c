#include "config.h"

#include "sparse/postprocess.h"
#include "sparse/groups.h"
#include "sparse/ordering.h"

/* Which colors are needed: those of structural diagonal entries; those of hubs of stars of two and
 * more edges; both colors of other trees.  Seen from an edge, by whether each end is alone of its
 * color among the neighbours of the other:
 *   - neither is: an inner edge of a tree that is no star; both colors are needed;
 *   - one is: that is the hub, or at least an inner vertex; its color is needed;
 *   - both are: the edge is a tree of its own, and one of the two colors must be kept. */

struct pairs { /* of colors, of which one must be kept */
  VEC(int32_t) a;
  VEC(int32_t) b;
};

static enum status mark_needed(struct context *ctx, const struct pattern *p,
                               const struct coloring *c, const uint8_t *single, bool *needed)
{
  struct mirror m;
  TRY(mirror_begin(ctx, p, &m));
  for (int32_t i = 0; i < p->n; i++)
    for (int64_t k = p->ptr[i]; k < p->ptr[i + 1]; k++) {
      int32_t j = p->ind[k];
      int64_t mirror = mirror_next(&m, j);
      if (i == j || !single[mirror]) needed[c->color[j]] = true;
    }
  mirror_end(&m);
  return STATUS_OK;
}

static enum status single_edges(struct context *ctx, const struct pattern *p,
                                const struct coloring *c, const uint8_t *single, const bool *needed,
                                struct pairs *pairs)
{
  struct mirror m;
  TRY(mirror_begin(ctx, p, &m));
  enum status status = STATUS_OK;
  for (int32_t i = 0; i < p->n && status == STATUS_OK; i++)
    for (int64_t k = p->ptr[i]; k < p->ptr[i + 1]; k++) {
      int32_t j = p->ind[k], a = c->color[i], b = c->color[j];
      int64_t mirror = mirror_next(&m, j);
      if (i >= j || !single[k] || !single[mirror] || needed[a] || needed[b]) continue;
      if (!VEC_PUSH(&pairs->a, a) || !VEC_PUSH(&pairs->b, b)) {
        status = diag_no_memory(ctx);
        break;
      }
    }
  mirror_end(&m);
  return status;
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
  uint8_t *single = NULL;
  bool *needed = mem_zalloc((size_t)c->num_colors, sizeof *needed);
  int32_t *number = mem_alloc((size_t)c->num_colors, sizeof *number);
  enum status status;
  if (!needed || !number) {
    status = diag_no_memory(ctx);
    goto done;
  }
  if ((status = groups_single(ctx, p, c->color, c->num_colors, &single)) != STATUS_OK) goto done;
  if ((status = mark_needed(ctx, p, c, single, needed)) != STATUS_OK) goto done;
  if ((status = single_edges(ctx, p, c, single, needed, &pairs)) != STATUS_OK) goto done;
  if ((status = cover_pairs(ctx, &pairs, c->num_colors, needed)) != STATUS_OK) goto done;
  renumber(c, needed, number);
done:
  mem_free(needed);
  mem_free(number);
  mem_free(single);
  VEC_FREE(&pairs.a);
  VEC_FREE(&pairs.b);
  return status;
}
