/* The greedy colorings: each vertex, in the given order, takes the smallest color that keeps the
 * coloring of the vertices so far valid. */
#ifndef ASDEX_SPARSE_GREEDY_H
#define ASDEX_SPARSE_GREEDY_H

#include "sparse/coloring.h"

/* Fills color (n vertices) with 0 … *num_colors - 1.  Memory: about 50 bytes per vertex; per entry
 * 8 (star: from the 65th color on), 4 more (acyclic), 4 (columns). */
typedef enum status greedy_coloring(struct context *ctx, const struct pattern *p,
                                    const int32_t *order, int32_t *color, int32_t *num_colors);

greedy_coloring greedy_star MUST_CHECK;
greedy_coloring greedy_acyclic MUST_CHECK;
greedy_coloring greedy_columns MUST_CHECK;

#endif
