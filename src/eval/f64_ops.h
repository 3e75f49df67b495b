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

/* ± a · b, a term of a sum of products: of vectors, of a vector b and the number `scale`, of a
 * vector b alone, or the number `scale` alone. */
enum term_kind { TERM_PRODUCT, TERM_SCALED, TERM_PLAIN, TERM_NUMBER };
struct term_value {
  enum term_kind kind;
  bool minus; /* not the first */
  const double *a, *b;
  double scale;
};
/* dst[i] = the sum of the terms, one added after the other, or that added to dst[i], or to 0 (so
 * that it is not -0); n ≥ 1.  dst may overlap operands only where elements are the same. */
enum sum_to { SUM_SET, SUM_ADD, SUM_ADD_TO_ZERO };
void f64_sum_of_products(int n, double *dst, const struct term_value *terms, int nterms,
                         enum sum_to to);

/* dst[i] = 1 where color[i] is c, else 0. */
void f64_indicator(int n, double *dst, const int32_t *color, int32_t c);

/* The sum of n ≤ F64_BLOCK numbers in an order that depends on n alone. */
enum { F64_BLOCK = 256, F64_SHORT = 64 }; /* short blocks: several lanes are evaluated together */
double f64_sum(const double *v, int n);

/* The least number (the greatest one of -v) and whether there is a NaN. */
double f64_least(const double *v, int n, bool negate, bool *nan);

#endif
