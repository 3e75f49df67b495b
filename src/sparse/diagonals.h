/* The part of a symmetric pattern that lies on stretches of diagonals, as loops over neighbours
 * make it: what is stored, sorted and joined are the stretches, and the rows come out in order. */
#ifndef ASDEX_SPARSE_DIAGONALS_H
#define ASDEX_SPARSE_DIAGONALS_H

#include "sparse/pattern.h"

/* The entries (r, r + shift) for row ≤ r < end. */
struct segment {
  int32_t row, end, shift;
};

struct diagonals { /* zero-initialize */
  VEC(struct segment) segments;
  size_t compacted; /* their number after the last compaction */
};

void diagonals_free(struct diagonals *d);

/* Adds the entries (row + k, col + k), 0 ≤ k < len, and their mirror images.  Duplicates are fine:
 * they are joined before they take much more memory than the rest. */
enum status diagonals_add(struct context *ctx, struct diagonals *d, int32_t row, int32_t col,
                          int32_t len) MUST_CHECK;

/* The number of entries on or below the diagonal; those that come twice may count twice. */
int64_t diagonals_entries(const struct diagonals *d);

/* The entries of d and of `rest` (n × n; ptr NULL: it has none). */
enum status diagonals_join(struct context *ctx, struct diagonals *d, const struct pattern *rest,
                           struct pattern *out) MUST_CHECK;

#endif
