#include "config.h"

#include "sparse/rows.h"

#include <stdlib.h>
#include <string.h>

enum status rows_begin(struct context *ctx, struct rows *r, int32_t n)
{
  memset(r, 0, sizeof *r);
  r->n = n;
  TRY(diag_check_memory(ctx, 16.0 * ((double)n + 2), "the pattern"));
  r->points = mem_zalloc((size_t)n + 2, sizeof *r->points);
  r->intervals = mem_zalloc((size_t)n + 2, sizeof *r->intervals);
  return r->points && r->intervals ? STATUS_OK : diag_no_memory(ctx);
}

/* Counts in [2 …] become positions: row i's entries go to [1 + i], which ends where it is full. */
static int64_t accumulate(int64_t *a, int32_t n)
{
  for (int32_t i = 0; i < n; i++) a[i + 2] += a[i + 1];
  return a[n + 1];
}

/* All entries of the diagonals as points. */
static void write_diagonals_out(struct rows *r)
{
  for (size_t i = 0; i < r->diagonals.segments.len; i++) {
    struct segment s = r->diagonals.segments.data[i];
    for (int32_t k = s.row; k < s.end; k++) rows_point(r, k, k + s.shift);
  }
}

enum status rows_fill(struct context *ctx, struct rows *r)
{
  if (rows_complete(r) && r->diagonals.segments.len > 0) return STATUS_OK;
  /* A few diagonals are not worth the merge at the end. */
  bool few = diagonals_entries(&r->diagonals) < r->count;
  if (few) write_diagonals_out(r);
  r->filling = true;
  int64_t npoints = accumulate(r->points, r->n);
  int64_t nintervals = r->any_interval ? accumulate(r->intervals, r->n) : 0;
  TRY(diag_check_memory(ctx, 4.0 * (double)npoints + 8.0 * (double)nintervals, "the pattern"));
  r->point = mem_alloc((size_t)npoints, sizeof *r->point);
  r->interval = mem_alloc((size_t)nintervals, 2 * sizeof *r->interval);
  if (!r->point || !r->interval) return diag_no_memory(ctx);
  if (few) {
    write_diagonals_out(r);
    diagonals_free(&r->diagonals);
  }
  return STATUS_OK;
}

void rows_free(struct rows *r)
{
  mem_free(r->points);
  mem_free(r->intervals);
  mem_free(r->point);
  mem_free(r->interval);
  diagonals_free(&r->diagonals);
  memset(r, 0, sizeof *r);
}

static int compare_int(const void *x, const void *y)
{
  int32_t a = *(const int32_t *)x, b = *(const int32_t *)y;
  return (a > b) - (a < b);
}

/* Sorts and removes duplicates; returns the new length. */
static int64_t sort_unique(int32_t *a, int64_t len)
{
  if (len <= 32) { /* insertion, dropping what is there already */
    int64_t m = 0;
    for (int64_t i = 0; i < len; i++) {
      int32_t x = a[i];
      int64_t k = m;
      while (k > 0 && a[k - 1] > x) k--;
      if (k > 0 && a[k - 1] == x) continue;
      memmove(a + k + 1, a + k, (size_t)(m - k) * sizeof *a);
      a[k] = x;
      m++;
    }
    return m;
  }
  bool sorted = true;
  for (int64_t i = 1; i < len && sorted; i++) sorted = a[i - 1] <= a[i];
  if (!sorted) qsort(a, (size_t)len, sizeof *a, compare_int);
  int64_t m = 1;
  for (int64_t i = 1; i < len; i++)
    if (a[i] != a[m - 1]) a[m++] = a[i];
  return m;
}

static int compare_interval(const void *x, const void *y)
{
  return compare_int(x, y);
}

/* Sorts intervals and joins those that touch; returns the new count. */
static int64_t join_intervals(int32_t *a, int64_t count)
{
  if (count == 0) return 0;
  qsort(a, (size_t)count, 2 * sizeof *a, compare_interval);
  int64_t m = 1;
  for (int64_t i = 1; i < count; i++) {
    int32_t lo = a[2 * i], hi = a[2 * i + 1], *last = a + 2 * (m - 1);
    if (lo <= last[1] + 1) {
      if (hi > last[1]) last[1] = hi;
    } else {
      a[2 * m] = lo;
      a[2 * m + 1] = hi;
      m++;
    }
  }
  return m;
}

/* Merges a row's sorted points and joined intervals into out (NULL: counts alone). */
static int64_t merge(const int32_t *point, int64_t npoints, const int32_t *interval,
                     int64_t nintervals, int32_t *out)
{
  int64_t len = 0, k = 0;
  for (int64_t i = 0; i <= nintervals; i++) {
    int64_t lo = i < nintervals ? interval[2 * i] : INT64_MAX;
    int64_t hi = i < nintervals ? interval[2 * i + 1] : INT64_MAX;
    for (; k < npoints && point[k] < lo; k++, len++)
      if (out) out[len] = point[k];
    if (i == nintervals) break;
    for (; k < npoints && point[k] <= hi; k++) {
    } /* within the interval */
    if (out)
      for (int64_t c = lo; c <= hi; c++) out[len + c - lo] = (int32_t)c;
    len += hi - lo + 1;
  }
  return len;
}

/* Sorts the rows and notes their lengths: ptr[i] gets where row i begins in the result.  Without
 * intervals the rows are moved down, in place, and ptr may be r->points. */
static int64_t sort_rows(struct rows *r, int64_t *ptr)
{
  int64_t total = 0;
  for (int32_t i = 0; i < r->n; i++) {
    /* After filling, [i] is where row i begins and [1 + i] where it ends. */
    int64_t begin = r->points[i], end = r->points[i + 1];
    int64_t len = sort_unique(r->point + begin, end - begin);
    ptr[i] = total;
    if (r->any_interval) {
      int64_t first = r->intervals[i];
      int64_t count = join_intervals(r->interval + 2 * first, r->intervals[i + 1] - first);
      /* remember the new lengths where the merge finds them */
      for (int64_t k = first + count; k < r->intervals[i + 1]; k++) r->interval[2 * k] = -1;
      for (int64_t k = begin + len; k < end; k++) r->point[k] = -1;
      total += merge(r->point + begin, len, r->interval + 2 * first, count, NULL);
    } else {
      memmove(r->point + total, r->point + begin, (size_t)len * sizeof *r->point);
      total += len;
    }
  }
  ptr[r->n] = total;
  return total;
}

static void merge_rows(const struct rows *r, const int64_t *ptr, int32_t *ind)
{
  for (int32_t i = 0; i < r->n; i++) {
    int64_t npoints = 0, count = 0, begin = r->points[i], first = r->intervals[i];
    while (begin + npoints < r->points[i + 1] && r->point[begin + npoints] >= 0) npoints++;
    while (first + count < r->intervals[i + 1] && r->interval[2 * (first + count)] >= 0) count++;
    merge(r->point + begin, npoints, r->interval + 2 * first, count, ind + ptr[i]);
  }
}

/* The points and intervals. */
static enum status finish_lists(struct context *ctx, struct rows *r, struct pattern *out)
{
  if (!r->any_interval) {
    sort_rows(r, r->points);
    return pattern_from_lower(ctx, r->n, r->points, r->point, out);
  }
  int32_t *ind = NULL;
  int64_t *ptr = mem_alloc((size_t)r->n + 1, sizeof *ptr);
  if (!ptr) return diag_no_memory(ctx);
  int64_t total = sort_rows(r, ptr);
  enum status status = diag_check_memory(ctx, 12.0 * (double)total, "the pattern");
  if (status == STATUS_OK && !(ind = mem_alloc((size_t)total, sizeof *ind)))
    status = diag_no_memory(ctx);
  if (status == STATUS_OK) {
    merge_rows(r, ptr, ind);
    status = pattern_from_lower(ctx, r->n, ptr, ind, out);
  }
  mem_free(ptr);
  mem_free(ind);
  return status;
}

enum status rows_finish(struct context *ctx, struct rows *r, struct pattern *out)
{
  struct pattern lists = {.n = r->n};
  struct diagonals diagonals = r->diagonals;
  r->diagonals = (struct diagonals){0};
  enum status status = STATUS_OK;
  *out = (struct pattern){0};
  if (!rows_complete(r) || diagonals.segments.len == 0) status = finish_lists(ctx, r, &lists);
  rows_free(r);
  if (status == STATUS_OK && diagonals.segments.len > 0) {
    status = diagonals_join(ctx, &diagonals, &lists, out);
  } else if (status == STATUS_OK) {
    *out = lists;
    lists = (struct pattern){0};
  }
  pattern_free(&lists);
  diagonals_free(&diagonals);
  return status;
}
