/* The evaluator for numbers that the fast one has no loops for, complex and exact: one operation of
 * one iteration after another. */
#ifndef ASDEX_EVAL_SCALAR_H
#define ASDEX_EVAL_SCALAR_H

#include "program/arithmetic.h"

struct scalar;

/* Prepares p (which must outlive it).  Memory: the computed arrays once. */
enum status scalar_create(struct context *ctx, const struct program *p, enum field field,
                          struct scalar **out) MUST_CHECK;
void scalar_free(struct scalar *s);

/* Computes all uniform arrays at the point x (nx values; kept by reference until the next call). */
enum status scalar_run_uniform(struct context *ctx, struct scalar *s,
                               const struct numbers *x) MUST_CHECK;
/* Computes all lane arrays in the direction v (n values).  After scalar_run_uniform. */
enum status scalar_run_lane(struct context *ctx, struct scalar *s,
                            const struct numbers *v) MUST_CHECK;

/* The values of an array after the runs. */
const struct numbers *scalar_array(const struct scalar *s, int array);

/* What happened where an exact value has no number (`where` of its fault), or, with where < 0,
 * where a complex number came to an operator that takes real ones (in the runs so far;
 * ARITHMETIC_OK: nothing): the first place. */
struct accident {
  enum arithmetic why;
  enum op_code code;
  struct loc loc;
  int kernel;
  int64_t position;
};
struct accident scalar_accident(const struct scalar *s, int32_t where);

#endif
