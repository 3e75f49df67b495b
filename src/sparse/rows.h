/* Collects the entries of a symmetric pattern in two passes over the same calls: the first counts,
 * the second fills.  Entries come as points, as intervals of columns, and as stretches of
 * diagonals; only what is on or below the diagonal is kept, the rest is its mirror image. Stretches
 * are taken in the first pass: where there is nothing else (rows_complete) the second one is not
 * needed. */
#ifndef ASDEX_SPARSE_ROWS_H
#define ASDEX_SPARSE_ROWS_H

#include "sparse/diagonals.h"

struct rows {
  int32_t n;
  bool filling;
  bool any_interval;
  int64_t count;      /* points and intervals */
  int64_t *points;    /* n + 2: counts, then positions */
  int64_t *intervals; /* the same for intervals */
  int32_t *point;     /* column indices */
  int32_t *interval;  /* pairs lo, hi */
  struct diagonals diagonals;
};

enum status rows_begin(struct context *ctx, struct rows *r, int32_t n) MUST_CHECK;
/* Ends the counting pass: allocates (within the memory limit) and goes over to filling. */
enum status rows_fill(struct context *ctx, struct rows *r) MUST_CHECK;
/* Whether the filling pass may be left out. */
static inline bool rows_complete(const struct rows *r)
{
  return r->count == 0;
}
/* Sorts, removes duplicates, expands to both triangles. */
enum status rows_finish(struct context *ctx, struct rows *r, struct pattern *out) MUST_CHECK;
void rows_free(struct rows *r);

/* The entry (i, j) and its mirror image. */
static inline void rows_point(struct rows *r, int32_t i, int32_t j)
{
  int32_t row = i > j ? i : j, col = i > j ? j : i;
  if (r->filling)
    r->point[r->points[row + 1]++] = col;
  else
    r->points[row + 2]++;
  r->count++;
}

/* The entries (i, lo) … (i, hi) as far as they are on or below the diagonal. */
static inline void rows_interval(struct rows *r, int32_t i, int32_t lo, int32_t hi)
{
  if (hi > i) hi = i;
  if (lo > hi) return;
  if (hi - lo < 2) { /* two numbers, whether as points or as an interval */
    rows_point(r, i, lo);
    if (hi > lo) rows_point(r, i, hi);
  } else if (r->filling) {
    int64_t k = r->intervals[i + 1]++;
    r->interval[2 * k] = lo;
    r->interval[2 * k + 1] = hi;
  } else {
    r->intervals[i + 2]++;
    r->any_interval = true;
    r->count++;
  }
}

/* The entries (i + k, j + k), 0 ≤ k < len, and their mirror images. */
static inline enum status rows_diagonal(struct context *ctx, struct rows *r, int32_t i, int32_t j,
                                        int32_t len)
{
  return r->filling ? STATUS_OK : diagonals_add(ctx, &r->diagonals, i, j, len);
}

#endif
