#include "config.h"

#include "sparse/pattern.h"

#include <assert.h>
#include <string.h>

void pattern_free(struct pattern *p)
{
  mem_free(p->ptr);
  mem_free(p->ind);
  *p = (struct pattern){0};
}

int64_t pattern_find(const struct pattern *p, int32_t i, int32_t j)
{
  int64_t lo = p->ptr[i], hi = p->ptr[i + 1];
  while (lo < hi) {
    int64_t mid = lo + (hi - lo) / 2;
    if (p->ind[mid] < j)
      lo = mid + 1;
    else
      hi = mid;
  }
  return lo < p->ptr[i + 1] && p->ind[lo] == j ? lo : -1;
}

int64_t pattern_upper_nnz(const struct pattern *p)
{
  int64_t diagonal = 0;
  for (int32_t i = 0; i < p->n; i++) diagonal += pattern_find(p, i, i) >= 0;
  return (pattern_nnz(p) + diagonal) / 2;
}

/* Turns counts in ptr[1] … ptr[n] into the starts of the rows, shifted by one: ptr[i + 1] is where
 * row i begins.  Filling with ptr[i + 1]++ then leaves ptr as it must be. */
static void starts_from_counts(int64_t *ptr, int32_t n)
{
  int64_t sum = 0;
  for (int32_t i = 0; i < n; i++) {
    int64_t count = ptr[i + 1];
    ptr[i + 1] = sum;
    sum += count;
  }
}

static void scatter_pairs(int64_t count, const int32_t *rows, const int32_t *cols, int64_t *ptr,
                          int32_t *ind)
{
  for (int64_t k = 0; k < count; k++) {
    int32_t i = rows[k], j = cols[k];
    ind[ptr[i + 1]++] = j;
    if (i != j) ind[ptr[j + 1]++] = i;
  }
}

/* Transposes the (symmetric) multiset of pairs, which sorts every row in linear time: row j gets
 * its columns i in ascending order, so that duplicates are neighbours.  The result has gaps; `end`
 * gets the ends of its rows. */
static void transpose_unique(int32_t n, const int64_t *ptr, const int32_t *ind, int64_t *end,
                             int32_t *sorted)
{
  memcpy(end, ptr, (size_t)n * sizeof *end);
  for (int32_t i = 0; i < n; i++)
    for (int64_t k = ptr[i]; k < ptr[i + 1]; k++) {
      int32_t j = ind[k];
      if (end[j] == ptr[j] || sorted[end[j] - 1] != i) sorted[end[j]++] = i;
    }
}

/* Closes the gaps between the rows. */
static void compact_rows(int32_t n, int64_t *ptr, const int64_t *end, int32_t *ind)
{
  int64_t to = 0;
  for (int32_t i = 0; i < n; i++) {
    int64_t len = end[i] - ptr[i];
    memmove(ind + to, ind + ptr[i], (size_t)len * sizeof *ind);
    ptr[i] = to;
    to += len;
  }
  ptr[n] = to;
}

static void shrink(struct pattern *p)
{
  int32_t *ind = mem_resize(p->ind, (size_t)pattern_nnz(p), sizeof *ind);
  if (ind) p->ind = ind;
}

enum status pattern_from_pairs(struct context *ctx, int32_t n, int64_t count, const int32_t *rows,
                               const int32_t *cols, struct pattern *out)
{
  enum status status = STATUS_OK;
  struct pattern p = {.n = n};
  int32_t *unsorted = NULL;
  int64_t *end = NULL;
  assert(n >= 0 && count >= 0);
  *out = (struct pattern){0};

  TRY(diag_check_memory(ctx, 16.0 * n + 16.0 * (double)count, "the pattern"));
  p.ptr = mem_zalloc((size_t)n + 1, sizeof *p.ptr);
  end = mem_alloc((size_t)n, sizeof *end);
  if (!p.ptr || !end) goto no_memory;
  for (int64_t k = 0; k < count; k++) {
    assert(rows[k] >= 0 && rows[k] < n && cols[k] >= 0 && cols[k] < n);
    p.ptr[rows[k] + 1]++;
    if (rows[k] != cols[k]) p.ptr[cols[k] + 1]++;
  }
  int64_t total = 0;
  for (int32_t i = 0; i < n; i++) total += p.ptr[i + 1];
  unsorted = mem_alloc((size_t)total, sizeof *unsorted);
  p.ind = mem_alloc((size_t)total, sizeof *p.ind);
  if (!unsorted || !p.ind) goto no_memory;

  starts_from_counts(p.ptr, n);
  scatter_pairs(count, rows, cols, p.ptr, unsorted);
  transpose_unique(n, p.ptr, unsorted, end, p.ind);
  compact_rows(n, p.ptr, end, p.ind);
  if (pattern_nnz(&p) < total) shrink(&p);
  *out = p;
  p = (struct pattern){0};
  goto done;

no_memory:
  status = diag_no_memory(ctx);
done:
  mem_free(unsorted);
  mem_free(end);
  pattern_free(&p);
  return status;
}

enum status pattern_from_lower(struct context *ctx, int32_t n, const int64_t *ptr,
                               const int32_t *ind, struct pattern *out)
{
  struct pattern p = {.n = n};
  assert(n >= 0);
  *out = (struct pattern){0};

  TRY(diag_check_memory(ctx, 8.0 * n + 8.0 * (double)(n ? ptr[n] : 0), "the pattern"));
  p.ptr = mem_zalloc((size_t)n + 1, sizeof *p.ptr);
  if (!p.ptr) return diag_no_memory(ctx);
  int64_t total = 0;
  for (int32_t i = 0; i < n; i++)
    for (int64_t k = ptr[i]; k < ptr[i + 1]; k++) {
      assert(ind[k] >= 0 && ind[k] <= i && (k == ptr[i] || ind[k - 1] < ind[k]));
      p.ptr[i + 1]++;
      total++;
      if (ind[k] != i) p.ptr[ind[k] + 1]++, total++;
    }
  p.ind = mem_alloc((size_t)total, sizeof *p.ind);
  if (!p.ind) {
    pattern_free(&p);
    return diag_no_memory(ctx);
  }
  /* Row i gets its lower part before any later row adds to it: all rows come out sorted. */
  starts_from_counts(p.ptr, n);
  for (int32_t i = 0; i < n; i++)
    for (int64_t k = ptr[i]; k < ptr[i + 1]; k++) {
      int32_t j = ind[k];
      p.ind[p.ptr[i + 1]++] = j;
      if (j != i) p.ind[p.ptr[j + 1]++] = i;
    }
  *out = p;
  return STATUS_OK;
}
