#include "config.h"

#include "sparse/greedy_parts.h"

/* Columns that share a row get different colors (A. R. Curtis, M. J. D. Powell, J. K. Reid, "On the
 * estimation of sparse Jacobian matrices", 1974); as the pattern is symmetric, column v has the
 * rows in ind[ptr[v]] … ind[ptr[v + 1] - 1].
 *
 * A row keeps the set of colors that its columns have: all below `full`, and a list of others.  The
 * color of v is at least the largest `full` of its rows, so a dense row, whose columns take one
 * color after the other, costs O(1) for each instead of its length. */

struct row {
  int64_t begin; /* of its list */
  int32_t full;  /* all colors below are taken */
  int32_t len;   /* further colors in the list */
};

struct columns {
  const struct pattern *p;
  struct row *rows;
  int32_t *list;      /* per entry of the pattern */
  int32_t *forbidden; /* by color: stamp (v + 1) */
};

static int32_t smallest_allowed(struct columns *s, int32_t v)
{
  const struct pattern *p = s->p;
  int32_t least = 0, stamp = v + 1;
  for (int64_t k = p->ptr[v]; k < p->ptr[v + 1]; k++) {
    const struct row *r = &s->rows[p->ind[k]];
    const int32_t *list = s->list + r->begin;
    if (r->full > least) least = r->full;
    for (int32_t i = 0; i < r->len; i++) s->forbidden[list[i]] = stamp;
  }
  while (s->forbidden[least] == stamp) least++;
  return least;
}

static bool take_out(int32_t *list, int32_t *len, int32_t color)
{
  for (int32_t i = 0; i < *len; i++)
    if (list[i] == color) {
      list[i] = list[--*len];
      return true;
    }
  return false;
}

static void row_add(struct columns *s, struct row *r, int32_t color)
{
  int32_t *list = s->list + r->begin;
  if (color != r->full) {
    list[r->len++] = color;
    return;
  }
  do r->full++;
  while (take_out(list, &r->len, r->full));
}

enum status greedy_columns(struct context *ctx, const struct pattern *p, const int32_t *order,
                           int32_t *color, int32_t *num_colors)
{
  size_t n = (size_t)p->n;
  TRY(diag_check_memory(ctx, 4.0 * (double)pattern_nnz(p), "the coloring"));
  struct columns s = {.p = p,
                      .rows = mem_alloc(n, sizeof *s.rows),
                      .list = mem_alloc((size_t)pattern_nnz(p), sizeof *s.list),
                      .forbidden = mem_zalloc(n + 1, sizeof *s.forbidden)};
  enum status status = STATUS_OK;
  int32_t colors = 0;
  if (!s.rows || !s.list || !s.forbidden) {
    status = diag_no_memory(ctx);
    goto done;
  }
  for (int32_t i = 0; i < p->n; i++) s.rows[i] = (struct row){.begin = p->ptr[i]};
  for (int32_t i = 0; i < p->n; i++) {
    int32_t v = order[i], c = smallest_allowed(&s, v);
    greedy_progress(ctx, i, p->n);
    color[v] = c;
    if (c >= colors) colors = c + 1;
    for (int64_t k = p->ptr[v]; k < p->ptr[v + 1]; k++) row_add(&s, &s.rows[p->ind[k]], c);
  }
  *num_colors = colors;
done:
  mem_free(s.rows);
  mem_free(s.list);
  mem_free(s.forbidden);
  return status;
}
