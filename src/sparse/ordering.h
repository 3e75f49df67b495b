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

/* The same for ORDERING_DYNAMIC_LARGEST_FIRST; degree[k] gets the degree that order[k] has among
 * the vertices that come after it. */
enum status ordering_dynamic_largest_first(struct context *ctx, const struct pattern *p,
                                           int32_t *order, int32_t *degree) MUST_CHECK;

/* The degrees of all vertices, without the diagonal. */
void ordering_degrees(const struct pattern *p, int32_t *degree);

#endif
