/* The sparsity pattern of a symmetric matrix: compressed sparse rows, symbolic only. */
#ifndef ASDEX_SPARSE_PATTERN_H
#define ASDEX_SPARSE_PATTERN_H

#include "base/diag.h"

/* n × n, structurally symmetric, both triangles.  Row i holds the columns
 * ind[ptr[i]] … ind[ptr[i+1]-1], ascending and unique.  n < 2^31; entries are counted in 64 bits.
 */
struct pattern {
  int32_t n;
  int64_t *ptr; /* n + 1 */
  int32_t *ind; /* ptr[n] */
};

void pattern_free(struct pattern *p); /* also of a zeroed one */

static inline int64_t pattern_nnz(const struct pattern *p)
{
  return p->ptr ? p->ptr[p->n] : 0;
}

/* The number of entries on and above the diagonal.  O(n log row length). */
int64_t pattern_upper_nnz(const struct pattern *p);

/* The position of entry (i, j) in ind, or -1 if it is not in the pattern.  O(log row length). */
int64_t pattern_find(const struct pattern *p, int32_t i, int32_t j);

/* Builds the symmetric pattern that contains (i, j) and (j, i) for each of the count pairs
 * (0-based, in range; duplicates are fine).  O(n + count) and a sort of each row. */
enum status pattern_from_pairs(struct context *ctx, int32_t n, int64_t count, const int32_t *rows,
                               const int32_t *cols, struct pattern *out) MUST_CHECK;

/* Expands lower-triangular rows (row i holds sorted unique columns ≤ i) to both triangles. */
enum status pattern_from_lower(struct context *ctx, int32_t n, const int64_t *ptr,
                               const int32_t *ind, struct pattern *out) MUST_CHECK;

#endif
