/* The orders in which the greedy colorings visit the vertices. */
#ifndef ASDEX_SPARSE_ORDERING_H
#define ASDEX_SPARSE_ORDERING_H

#include "sparse/coloring.h"

/* Fills order (n vertices) by any ordering but ORDERING_BEST.  Degrees do not count the diagonal;
 * the result depends on the pattern, the ordering and (ORDERING_RANDOM) the seed alone.
 * O(n + nnz). */
enum status ordering_compute(struct context *ctx, const struct pattern *p,
                             enum coloring_ordering ordering, uint64_t seed,
                             int32_t *order) MUST_CHECK;

/* Marks the members of a large independent set (no two are adjacent, every other vertex is adjacent
 * to one): again and again a vertex of least degree, whose neighbours go.  O(n + nnz). */
enum status ordering_independent_set(struct context *ctx, const struct pattern *p,
                                     bool *member) MUST_CHECK;

#endif
