/* Finds out why a value is not finite: a scalar, checked walk backwards through a Program. */
#ifndef ASDEX_EVAL_TRACE_H
#define ASDEX_EVAL_TRACE_H

#include "eval/f64.h"

/* The operation that made element `offset` of `array` (in lane `lane` of the last f64_run_lanes, if
 * it is a lane array) non-finite: the one whose own operands are finite (of a select, the taken
 * one), found by following non-finite operands and reads back through the kernels that wrote them,
 * after f64_run_*.  */
struct culprit {
  bool found;
  enum op_code code;
  struct loc loc;
  int kernel;
  int ndim; /* the loop indices at which it happened, outermost first */
  int64_t index[LOOP_MAX];
  int nargs; /* its operands' values */
  double arg[3];
  double value;
};
enum status trace_nonfinite(struct context *ctx, const struct program *p, const struct f64 *e,
                            int array, int64_t offset, int lane, struct culprit *out) MUST_CHECK;

#endif
