/* The table of vector functions of one instruction set.  The file that includes this, once, is
 * compiled for the instruction set and defines
 *
 *   VECTORS         the table's name
 *   WIDTH           the number of doubles in a vector
 *   LOAD, STORE     of vectors, at any address
 *   FILL, FIRST     a vector of equal numbers; a vector's first number
 *   FUNCTION(name, accuracy)  SLEEF's function on a vector; of the family cinz, which has the same
 *                   bits for all instruction sets
 *
 * Nothing here may have external linkage but the table: code made for AVX must not be what the
 * linker chooses for others. */
#include <math.h>
#include <sleef.h>
#include <stdbool.h>
#include <stdint.h>

/* The last vector begins earlier than the one before it ends, so that it is full; what is shorter
 * than a vector is filled up with its first element. */
#define LOOP(op, name, accuracy, leave)                                                            \
  static void loop_##op(int n, double *restrict dst, const double *restrict arg)                   \
  {                                                                                                \
    int64_t left = 0;                                                                              \
    if (n >= WIDTH) {                                                                              \
      for (int i = 0; i < n - WIDTH; i += WIDTH)                                                   \
        STORE(dst + i, FUNCTION(name, accuracy)(LOAD(arg + i)));                                   \
      STORE(dst + n - WIDTH, FUNCTION(name, accuracy)(LOAD(arg + n - WIDTH)));                     \
    } else if (n == 1) {                                                                           \
      *dst = FIRST(FUNCTION(name, accuracy)(FILL(*arg)));                                          \
    } else {                                                                                       \
      double few[WIDTH];                                                                           \
      for (int i = 0; i < WIDTH; i++) few[i] = arg[i < n ? i : 0];                                 \
      STORE(few, FUNCTION(name, accuracy)(LOAD(few)));                                             \
      for (int i = 0; i < n; i++) dst[i] = few[i];                                                 \
    }                                                                                              \
    for (int i = 0; i < n; i++) left = leave_##op(arg[i]) ? 1 : left;                              \
    if (!left) return;                                                                             \
    for (int i = 0; i < n; i++)                                                                    \
      if (leave_##op(arg[i])) dst[i] = name(arg[i]);                                               \
  }

#define VECMATH(op, name, accuracy, leave)                                                         \
  static inline bool leave_##op(double a)                                                          \
  {                                                                                                \
    (void)a;                                                                                       \
    return (leave);                                                                                \
  }
#include "program/vecmath.def"
#undef VECMATH

#define VECMATH(op, name, accuracy, leave) LOOP(op, name, accuracy, leave)
#include "program/vecmath.def"
#undef VECMATH

/* 1/(1 + exp(-a)), as special_sigmoid has it, and log(1 + exp(a)), as special_softplus. */
enum { PIECE = 64 };

static void loop_SIGMOID(int n, double *restrict dst, const double *restrict a)
{
  double minus[PIECE], e[PIECE];
  for (int from = 0; from < n; from += PIECE) {
    int len = n - from < PIECE ? n - from : PIECE;
    for (int i = 0; i < len; i++) minus[i] = -fabs(a[from + i]);
    loop_EXP(len, e, minus);
    for (int i = 0; i < len; i++) dst[from + i] = (a[from + i] >= 0 ? 1 : e[i]) / (1 + e[i]);
  }
}

static void loop_SOFTPLUS(int n, double *restrict dst, const double *restrict a)
{
  double minus[PIECE], e[PIECE];
  for (int from = 0; from < n; from += PIECE) {
    int len = n - from < PIECE ? n - from : PIECE;
    for (int i = 0; i < len; i++) minus[i] = -fabs(a[from + i]);
    loop_EXP(len, e, minus);
    loop_LOG1P(len, dst + from, e);
    for (int i = 0; i < len; i++) dst[from + i] += a[from + i] > 0 ? a[from + i] : 0;
  }
}

vecmath_loop *const VECTORS[OP_COUNT] = {
#define VECMATH(op, name, accuracy, leave) [OP_##op] = loop_##op,
#include "program/vecmath.def"
#undef VECMATH
    [OP_SIGMOID] = loop_SIGMOID,
    [OP_SOFTPLUS] = loop_SOFTPLUS,
};
