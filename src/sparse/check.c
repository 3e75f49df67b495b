#include "config.h"

#include "sparse/coloring.h"
#include "sparse/groups.h"

/* The definitions, from the pattern and the colors alone:
 *   star     adjacent vertices differ, and no path on four vertices has two colors;
 *   acyclic  adjacent vertices differ, and no cycle has two colors;
 *   column   columns with an entry in the same row differ;
 * and neutral vertices leave every entry recoverable. */

static bool flawed(struct coloring_flaw *flaw, const char *what, int count, const int32_t *vertex)
{
  flaw->what = what;
  flaw->count = count;
  for (int i = 0; i < count; i++) flaw->vertex[i] = vertex[i];
  return false;
}
#define FLAW(flaw, what, ...)                                                                      \
  flawed((flaw), (what), (int)(sizeof(int32_t[]){__VA_ARGS__} / sizeof(int32_t)),                  \
         (int32_t[]){__VA_ARGS__})

static bool check_range(const struct coloring *c, struct coloring_flaw *flaw)
{
  for (int32_t v = 0; v < c->n; v++)
    if (c->color[v] < -1 || c->color[v] >= c->num_colors)
      return FLAW(flaw, "a color is out of range", v);
  return true;
}

/* The first neighbour of v that has the color, other than w. */
static int32_t other_neighbour(const struct pattern *p, const struct coloring *c, int32_t v,
                               int32_t color, int32_t w)
{
  for (int64_t k = p->ptr[v]; k < p->ptr[v + 1]; k++)
    if (p->ind[k] != w && c->color[p->ind[k]] == color) return p->ind[k];
  return -1;
}

static bool check_columns(const struct pattern *p, const struct coloring *c, const uint8_t *single,
                          struct coloring_flaw *flaw)
{
  for (int32_t i = 0; i < p->n; i++)
    for (int64_t k = p->ptr[i]; k < p->ptr[i + 1]; k++) {
      int32_t j = p->ind[k], color = c->color[j];
      if (color < 0) return FLAW(flaw, "a neutral column has an entry (column, row)", j, i);
      if (!single[k])
        return FLAW(flaw, "two columns with an entry in the same row share a color (columns, row)",
                    j, other_neighbour(p, c, i, color, j), i);
    }
  return true;
}

/* Adjacent vertices differ, and an entry at a neutral vertex can be read at that vertex. */
static bool check_neighbours(const struct pattern *p, const struct coloring *c,
                             const uint8_t *single, struct coloring_flaw *flaw)
{
  for (int32_t i = 0; i < p->n; i++)
    for (int64_t k = p->ptr[i]; k < p->ptr[i + 1]; k++) {
      int32_t j = p->ind[k], a = c->color[i], b = c->color[j];
      if (i == j && a < 0) return FLAW(flaw, "a neutral vertex has a diagonal entry", i);
      if (i == j) continue;
      if (a < 0 && b < 0) return FLAW(flaw, "two neutral vertices are adjacent", i, j);
      if (a == b) return FLAW(flaw, "adjacent vertices share a color", i, j);
      if (a < 0 && !single[k])
        return FLAW(flaw, "two neighbours of a neutral vertex share a color", j, i,
                    other_neighbour(p, c, i, b, j));
    }
  return true;
}

/* Edge ij is in the middle of a two-colored path exactly if i has another neighbour of j's color
 * and j another one of i's. */
static bool check_paths(const struct pattern *p, const struct coloring *c, const uint8_t *single,
                        struct mirror *m, struct coloring_flaw *flaw)
{
  for (int32_t i = 0; i < p->n; i++)
    for (int64_t k = p->ptr[i]; k < p->ptr[i + 1]; k++) {
      int32_t j = p->ind[k], a = c->color[i], b = c->color[j];
      int64_t mirror = mirror_next(m, j);
      if (i == j || a < 0 || b < 0 || single[k] || single[mirror]) continue;
      return FLAW(flaw, "a path on four vertices has only two colors",
                  other_neighbour(p, c, i, b, j), i, j, other_neighbour(p, c, j, a, i));
    }
  return true;
}

/* *known (mem_free): which entries are of edges that were taken out; *row, *column: the first that
 * is not. */
static enum status mark_known(struct context *ctx, const struct pattern *p,
                              const struct elimination *e, uint8_t **known, int32_t *row,
                              int32_t *column)
{
  struct upper u;
  TRY(upper_begin(ctx, p, &u));
  *known = mem_alloc((size_t)pattern_nnz(p), 1);
  *row = *column = -1;
  for (int32_t i = 0; i < p->n && *known; i++) {
    upper_row(&u, i);
    for (int64_t k = p->ptr[i]; k < p->ptr[i + 1]; k++) {
      (*known)[k] = e->state[upper_next(&u, i, p->ind[k])] != EDGE_UNKNOWN;
      if ((*known)[k] || *row >= 0) continue;
      *row = i;
      *column = p->ind[k];
    }
  }
  upper_end(&u);
  return *known ? STATUS_OK : diag_no_memory(ctx);
}

/* In what is left after all leaves were taken off again and again, every vertex of an edge has a
 * second edge of the same two colors, so that a walk must come back to itself. */
static enum status find_cycle(struct context *ctx, const struct pattern *p,
                              const struct coloring *c, const struct elimination *e,
                              struct coloring_flaw *flaw)
{
  uint8_t *known = NULL;
  int32_t before, v;
  int32_t *place = mem_zalloc((size_t)p->n, sizeof *place); /* in the walk, from 1 */
  VEC(int32_t) walk = {0};
  enum status status = mark_known(ctx, p, e, &known, &before, &v);
  if (status != STATUS_OK) goto done;
  if (!place || !VEC_PUSH(&walk, before)) goto no_memory;
  place[before] = 1;
  while (!place[v]) {
    if (!VEC_PUSH(&walk, v)) goto no_memory;
    place[v] = (int32_t)walk.len;
    int64_t k = p->ptr[v];
    while (known[k] || p->ind[k] == before || c->color[p->ind[k]] != c->color[before]) k++;
    before = v;
    v = p->ind[k];
  }
  const int32_t *cycle = walk.data + place[v] - 1;
  (void)FLAW(flaw, "a cycle has only two colors (four vertices of it)", cycle[0], cycle[1],
             cycle[2], cycle[3]);
  goto done;

no_memory:
  status = diag_no_memory(ctx);
done:
  mem_free(known);
  mem_free(place);
  VEC_FREE(&walk);
  return status;
}

static enum status check_cycles(struct context *ctx, const struct pattern *p,
                                const struct coloring *c, bool *valid, struct coloring_flaw *flaw)
{
  struct elimination e;
  TRY(elimination_create(ctx, p, c->color, c->num_colors, &e));
  *valid = e.complete;
  enum status status = e.complete ? STATUS_OK : find_cycle(ctx, p, c, &e, flaw);
  elimination_free(&e);
  return status;
}

enum status coloring_check(struct context *ctx, const struct pattern *p, const struct coloring *c,
                           bool *valid, struct coloring_flaw *flaw)
{
  uint8_t *single = NULL;
  struct mirror m = {0};
  enum status status;
  *valid = false;
  *flaw = (struct coloring_flaw){0};
  if (c->n != p->n) return FAIL(ctx, COLORING_SIZE, NO_LOC, (long)c->n, (long)p->n);
  if (!check_range(c, flaw)) return STATUS_OK;
  TRY(groups_single(ctx, p, c->color, c->num_colors, &single));
  status = mirror_begin(ctx, p, &m);
  if (status != STATUS_OK) goto done;
  if (c->method == METHOD_COLUMN) {
    *valid = check_columns(p, c, single, flaw);
  } else if (check_neighbours(p, c, single, flaw)) {
    if (c->method == METHOD_STAR)
      *valid = check_paths(p, c, single, &m, flaw);
    else
      status = check_cycles(ctx, p, c, valid, flaw);
  }
done:
  mem_free(single);
  mirror_end(&m);
  return status;
}
