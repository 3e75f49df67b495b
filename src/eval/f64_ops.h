/* The operators of ops.def in double precision, on vectors. */
#ifndef ASDEX_EVAL_F64_OPS_H
#define ASDEX_EVAL_F64_OPS_H

#include "program/value.h"

/* A value over a block: element i is at p[i · stride], stride 0 or 1. */
struct value {
  const double *p;
  int stride;
};

/* dst[i] = op(a[i], b[i], c[i]), i = 0 … n-1, n ≥ 1.  dst overlaps none of the operands; of
 * operators with fewer arguments the others are not looked at.  Gives the bits of op_value,
 * whatever the strides and the instruction set. */
void f64_op_vector(enum op_code code, int n, double *dst, struct value a, struct value b,
                   struct value c, double k);

/* The sum of n ≤ F64_BLOCK numbers in an order that depends on n alone. */
enum { F64_BLOCK = 256 };
double f64_sum(const double *v, int n);

/* The least number (the greatest one of -v) and whether there is a NaN. */
double f64_least(const double *v, int n, bool negate, bool *nan);

#endif
