#include "config.h"

#include "sparse/coloring.h"
#include "sparse/ordering.h"

static int32_t longest_row(const struct pattern *p)
{
  int64_t longest = 0;
  for (int32_t i = 0; i < p->n; i++)
    if (p->ptr[i + 1] - p->ptr[i] > longest) longest = p->ptr[i + 1] - p->ptr[i];
  return (int32_t)longest;
}

/* Each pair of q color classes induces a forest, so that k vertices have at most
 * Σ (n_a + n_b - 1) = (q - 1) k - q (q - 1) / 2 edges.  Taken over the first vertices of a
 * smallest-last order, which are the densest part. */
static int32_t forest_bound(const struct pattern *p, const int32_t *order, int32_t *place)
{
  double edges = 0, q = 1;
  for (int32_t k = 0; k < p->n; k++) place[order[k]] = k;
  for (int32_t k = 0; k < p->n; k++) {
    int32_t v = order[k];
    for (int64_t e = p->ptr[v]; e < p->ptr[v + 1]; e++) edges += place[p->ind[e]] < k;
    while ((q - 1) * (k + 1) - q * (q - 1) / 2 < edges) q++;
  }
  return (int32_t)q;
}

/* The clique that taking every neighbour of v that still fits gives.  mark[w] - base is the number
 * of members that w is a neighbour of. */
static int32_t greedy_clique(const struct pattern *p, int32_t v, int64_t *mark, int64_t base)
{
  int32_t size = 1;
  for (int64_t k = p->ptr[v]; k < p->ptr[v + 1]; k++) mark[p->ind[k]] = base + 1;
  mark[v] = base;
  for (int64_t k = p->ptr[v]; k < p->ptr[v + 1]; k++) {
    int32_t w = p->ind[k];
    if (mark[w] != base + size) continue;
    mark[w] = base;
    for (int64_t e = p->ptr[w]; e < p->ptr[w + 1]; e++)
      if (mark[p->ind[e]] == base + size) mark[p->ind[e]]++;
    size++;
  }
  return size;
}

/* From the densest vertices, and some all over the graph. */
static int32_t clique_bound(const struct pattern *p, const int32_t *order, int64_t *mark)
{
  enum { STARTS = 32 };
  int32_t n = p->n, largest = 1;
  int64_t base = 1; /* fresh marks are 0 */
  for (int32_t s = 0; s < 2 * STARTS; s++) {
    if (s < STARTS && s >= n) continue;
    int32_t v = s < STARTS ? order[s] : order[(int64_t)n * (s - STARTS) / STARTS];
    int32_t size = greedy_clique(p, v, mark, base);
    if (size > largest) largest = size;
    base += (int64_t)n + 1;
  }
  return largest;
}

enum status coloring_lower_bound(struct context *ctx, const struct pattern *p,
                                 enum coloring_method method, int32_t *bound)
{
  *bound = 0;
  if (pattern_nnz(p) == 0) return STATUS_OK;
  if (method == METHOD_COLUMN) {
    *bound = longest_row(p);
    return STATUS_OK;
  }
  int32_t *order = mem_alloc((size_t)p->n, sizeof *order);
  int64_t *mark = mem_zalloc((size_t)p->n, sizeof *mark);
  int32_t *place = mem_alloc((size_t)p->n, sizeof *place);
  enum status status = order && mark && place ? STATUS_OK : diag_no_memory(ctx);
  if (status == STATUS_OK) status = ordering_compute(ctx, p, ORDERING_SMALLEST_LAST, 0, order);
  if (status == STATUS_OK) {
    int32_t forest = forest_bound(p, order, place), clique = clique_bound(p, order, mark);
    *bound = forest > clique ? forest : clique;
  }
  mem_free(order);
  mem_free(mark);
  mem_free(place);
  return status;
}
