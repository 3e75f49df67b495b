/* Finite differences for verification: extrapolation, and the gradient against them. */
#ifndef ASDEX_HESSIAN_DIFFERENCES_H
#define ASDEX_HESSIAN_DIFFERENCES_H

#include "hessian/plan.h"

/* Central differences at steps that shrink by DIFFERENCE_RATIO are extrapolated to step 0, and the
 * entry of the tableau with the least error estimate is taken (C. Ridders, "Accurate computation of
 * F'(x) and F'(x)·F''(x)", Advances in Engineering Software 4 (1982)).  Kinks, jumps and rounding
 * show in the estimate, which widens the tolerance, so that they raise no false alarm; before there
 * is an alarm at all, a second sequence of steps must confirm it. */
enum { DIFFERENCE_STEPS = 7, DIFFERENCE_RATIO = 4 };
extern const double difference_first_steps[2]; /* of the two sequences */
extern const double difference_doubt;          /* allowed multiple of the estimate */

struct estimate {
  double value, error; /* NaN, infinity: nothing is known */
};
/* quotient[k * stride] are the differences at step, step / RATIO, …; `size` is that of the numbers
 * whose differences they are. */
struct estimate difference_extrapolate(const double *quotient, int64_t stride, double size,
                                       double step);

/* to (nx numbers) = x + t·v in the unknowns first … end-1, x elsewhere; v has n numbers.  Real or
 * complex, all three. */
void difference_point(const struct program *p, const struct numbers *x, const struct numbers *v,
                      int64_t first, int64_t end, double t, struct numbers *to);

/* The distance at which a variable changes noticeably: its size.  What is about 0 has none. */
double difference_scale(const struct numbers *x, int64_t i);
/* Scales the direction by the variables' sizes, to at most 1; returns the largest size. */
double difference_scale_direction(const struct program *p, const struct numbers *x,
                                  struct numbers *v);

struct gradient_check {
  const struct program *program; /* with its stops held */
  struct evaluation *gradient;   /* of it */
  const struct numbers *x, *v;   /* the point (nx), the direction (n), at most 1 in size */
  double scale;                  /* of the steps in this direction */
  double rtol, atol;
};
struct gradient_fault {
  bool found;
  int64_t row; /* of the gradient; -1: no element is wrong enough by itself, then they are slopes */
  struct number value, reference;
  double error;
};
/* Compares gradient · v with differences of the value; where they disagree, halves the direction
 * until one element of the gradient is left.  This finds what differences of the gradient cannot:
 * a gradient that is itself wrong. */
enum status gradient_check(struct context *ctx, const struct gradient_check *check,
                           struct gradient_fault *fault) MUST_CHECK;

#endif
