/* Finds out why a value is not finite: a scalar, checked walk backwards through a Program. */
#ifndef ASDEX_EVAL_TRACE_H
#define ASDEX_EVAL_TRACE_H

#include "program/arithmetic.h"

/* Numbers that an evaluator has left in an array (in `lane`, if it is a lane array). */
typedef struct numbers trace_array(const void *evaluator, int array, int lane);

/* The operation that made element `offset` of `array` (in lane `lane` of the last run, if it is a
 * lane array) non-finite: the one whose own operands are finite (of a select, the taken one), found
 * by following non-finite operands and reads back through the kernels that wrote them, after the
 * runs.  For real and complex numbers. */
struct culprit {
  bool found;
  enum op_code code;
  struct loc loc;
  int kernel;
  int ndim; /* the loop indices at which it happened, outermost first */
  int64_t index[LOOP_MAX];
  int nargs; /* its operands' values */
  struct number arg[3];
  struct number value;
};
struct trace_source {
  const struct program *program;
  enum field field;
  trace_array *array;
  const void *evaluator;
};
enum status trace_nonfinite(struct context *ctx, const struct trace_source *source, int array,
                            int64_t offset, int lane, struct culprit *out) MUST_CHECK;

#endif
