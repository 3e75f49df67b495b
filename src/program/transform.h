/* Transforms of Programs.  Tangent and adjoint append kernels to a program; compositions of the two
 * give Hessian-vector products in every mode. */
#ifndef ASDEX_PROGRAM_TRANSFORM_H
#define ASDEX_PROGRAM_TRANSFORM_H

#include "program/body.h"

/* For each array that the program had before the transform: the array with its tangent (or
 * adjoint), or -1 if that is zero everywhere. */
struct derivatives {
  VEC(int) of;
};
static inline int derivative_of(const struct derivatives *d, int array)
{
  return array >= 0 && (size_t)array < d->of.len ? d->of.data[array] : -1;
}

/* Forward mode (dual numbers): appends kernels that compute the directional derivative of every
 * array in the direction v, the SEED arrays that it adds for the unknowns. */
enum status program_tangent(struct context *ctx, struct program *p,
                            struct derivatives *dot) MUST_CHECK;

/* Reverse mode: appends kernels that compute the adjoints of all that `result` (one element)
 * depends on; those of the unknowns are the gradient.  Every unknown's array gets one. */
enum status program_adjoint(struct context *ctx, struct program *p, int result,
                            struct derivatives *bar) MUST_CHECK;

/* Appends a scalar: the sum over the unknowns of v (SEED arrays, added) times gradient, for
 * rev-over-rev.  Returns its array in *result. */
enum status program_dot_seed(struct context *ctx, struct program *p, const struct derivatives *grad,
                             int *result) MUST_CHECK;

/* Removes kernels, outputs, operations and reads that the arrays in `needed` do not depend on;
 * groups that become empty go away. */
enum status program_prune(struct context *ctx, struct program *p, const int *needed,
                          int count) MUST_CHECK;

/* Arrays that only hold a copy of others, and are not `needed`: what reads them reads the others,
 * or what writes them writes where they go.  Drops what this leaves without use, as program_prune
 * does; should come after it. */
enum status program_drop_copies(struct context *ctx, struct program *p, const int *needed,
                                int count) MUST_CHECK;

/* Decides which computed arrays have lanes, and splits kernels and groups so that each is either
 * uniform or per lane, the uniform ones first. */
enum status program_split_lanes(struct context *ctx, struct program *p) MUST_CHECK;

/* Writes kernels as y = C r, with the lane reads r and coefficients C that are uniform, where that is
 * less work for so many directions in all.  After program_split_lanes. */
enum status program_factor_lanes(struct context *ctx, struct program *p,
                                 int64_t directions) MUST_CHECK;

/* Shared by the passes (activity.c). */
/* Whether argument `slot` of the operator passes derivatives on. */
bool op_passes(enum op_code code, int slot);
static inline int32_t op_arg(const struct op *o, int slot)
{
  return slot == 0 ? o->a : slot == 1 ? o->b : o->c;
}
/* active[i] for the operations of k: depends on a read of an active array with derivative ≠ 0. */
void kernel_activity(const struct kernel *k, const bool *array_active, bool *active);
/* array_active for all arrays, starting from the unknowns. */
enum status program_activity(struct context *ctx, const struct program *p,
                             bool *array_active) MUST_CHECK;

/* live[i] for the operations of k: passes derivatives on to an output whose array reaches the result
 * (reaches, per array).  Marks the active arrays that such operations read; true if one is new. */
bool kernel_reach(const struct kernel *k, const bool *array_active, bool *reaches, bool *live);
/* lane[i] for the operations of k: depends on a read of an array with lanes. */
void kernel_lanes(const struct program *p, const struct kernel *k, bool *lane);

/* d · ∂(operation)/∂(argument slot) as an operation of b; o's arguments are x and y, its result is
 * w, all in b; `exponent_active` tells POW whether its exponent has a derivative.  -1: it is 0. */
int32_t op_derivative(struct body *b, const struct op *o, int slot, int32_t x, int32_t y, int32_t w,
                      bool exponent_active, int32_t d);

/* Re-emits the operations of k in b, and their numbers there in id. */
void body_copy(struct body *b, const struct kernel *k, int32_t *id);

#endif
