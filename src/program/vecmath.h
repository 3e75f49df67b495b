/* Operators on vectors of doubles, by the SIMD functions of SLEEF (with SLEEF; else there are none,
 * and the C library computes these operators one by one).
 *
 * The result for an element depends on the element alone: not on the instruction set (SSE2, AVX,
 * AVX-512: whichever the machine has), nor on its place in the vector or the vector's length.  What
 * is computed for a single number is a vector of one, so that it has the same bits. */
#ifndef ASDEX_PROGRAM_VECMATH_H
#define ASDEX_PROGRAM_VECMATH_H

#include "program/program.h"

/* dst[i] = op(a[i]), i = 0 … n-1.  dst does not overlap a. */
typedef void vecmath_loop(int n, double *restrict dst, const double *restrict a);

/* The operator's loop, or NULL if it has none. */
vecmath_loop *vecmath_of(enum op_code code);

/* Whether it may have one: a quick answer. */
static inline bool vecmath_covers(enum op_code code)
{
  switch (code) {
#define VECMATH(op, function, accuracy, leave) case OP_##op:
#include "program/vecmath.def"
#undef VECMATH
  case OP_SIGMOID:
  case OP_SOFTPLUS: return true;
  default: return false;
  }
}

/* The functions of an instruction set, by operator. */
struct vecmath_set {
  const char *name;
  vecmath_loop *const *loops;
};

/* Those that this machine has, the widest first; returns how many. */
enum { VECMATH_SETS = 3 };
int vecmath_sets(struct vecmath_set sets[VECMATH_SETS]);

#endif
