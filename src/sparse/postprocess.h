/* Frees the colors of a star or acyclic coloring that recover nothing. */
#ifndef ASDEX_SPARSE_POSTPROCESS_H
#define ASDEX_SPARSE_POSTPROCESS_H

#include "sparse/coloring.h"

/* Vertices of freed colors become neutral (-1); the other colors are renumbered in order.  The
 * coloring must be valid, by star or acyclic, and without neutral vertices. */
enum status coloring_postprocess(struct context *ctx, const struct pattern *p,
                                 struct coloring *c) MUST_CHECK;

#endif
