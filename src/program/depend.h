/* The global sparsity pattern of a Program's Hessian, from the index maps alone. */
#ifndef ASDEX_PROGRAM_DEPEND_H
#define ASDEX_PROGRAM_DEPEND_H

#include "program/program.h"
#include "sparse/pattern.h"

/* The pattern of ∂²(p->value)/∂u² over the p->n unknowns.  p has no transforms applied. */
enum status program_pattern(struct context *ctx, const struct program *p,
                            struct pattern *out) MUST_CHECK;

#endif
