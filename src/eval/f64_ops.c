#include "config.h"

#include "eval/f64_ops.h"

#include <math.h>
#include <stdint.h>

#include "program/special.h"
#include "program/vecmath.h"

/* The loops are made for plain vectorization: compile with -O3 -fno-math-errno -fno-trapping-math,
 * and with -ffp-contract=off, so that all instruction sets give the same bits. */
#ifdef HAVE_TARGET_CLONES
#define CLONES __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define CLONES
#endif

/* Loops over one, two or three vectors.  The unnamed arguments of an operator are not used. */

#define UNUSED(x) (void)(x)

#define LOOP_0(value) UNUSED(n);

#define LOOP_1(value)                                                                              \
  for (int i = 0; i < n; i++) {                                                                    \
    const double a = pa[i];                                                                        \
    dst[i] = (value);                                                                              \
  }

#define LOOP_2(value)                                                                              \
  if (sa && sb) {                                                                                  \
    for (int i = 0; i < n; i++) {                                                                  \
      const double a = pa[i], b = pb[i];                                                           \
      dst[i] = (value);                                                                            \
    }                                                                                              \
  } else if (sa) {                                                                                 \
    const double b = pb[0];                                                                        \
    for (int i = 0; i < n; i++) {                                                                  \
      const double a = pa[i];                                                                      \
      dst[i] = (value);                                                                            \
    }                                                                                              \
  } else {                                                                                         \
    const double a = pa[0];                                                                        \
    for (int i = 0; i < n; i++) {                                                                  \
      const double b = pb[i];                                                                      \
      dst[i] = (value);                                                                            \
    }                                                                                              \
  }

#define LOOP_3(value)                                                                              \
  if (sb && sc) {                                                                                  \
    for (int i = 0; i < n; i++) {                                                                  \
      const double a = pa[i], b = pb[i], c = pc[i];                                                \
      dst[i] = (value);                                                                            \
    }                                                                                              \
  } else if (sb) {                                                                                 \
    const double c = pc[0];                                                                        \
    for (int i = 0; i < n; i++) {                                                                  \
      const double a = pa[i], b = pb[i];                                                           \
      dst[i] = (value);                                                                            \
    }                                                                                              \
  } else if (sc) {                                                                                 \
    const double b = pb[0];                                                                        \
    for (int i = 0; i < n; i++) {                                                                  \
      const double a = pa[i], c = pc[i];                                                           \
      dst[i] = (value);                                                                            \
    }                                                                                              \
  } else {                                                                                         \
    const double b = pb[0], c = pc[0];                                                             \
    for (int i = 0; i < n; i++) {                                                                  \
      const double a = pa[i];                                                                      \
      dst[i] = (value);                                                                            \
    }                                                                                              \
  }

/* By squaring, all elements together; the products are those of special_powi. */
CLONES static void powi_vector(int n, double *restrict dst, const double *restrict pa, int k)
{
  double square[F64_BLOCK];
  switch (k) {
  case 1:
    for (int i = 0; i < n; i++) dst[i] = pa[i];
    return;
  case 2:
    for (int i = 0; i < n; i++) dst[i] = pa[i] * pa[i];
    return;
  case 3:
    for (int i = 0; i < n; i++) dst[i] = pa[i] * (pa[i] * pa[i]);
    return;
  case -1:
    for (int i = 0; i < n; i++) dst[i] = 1 / pa[i];
    return;
  case -2:
    for (int i = 0; i < n; i++) dst[i] = 1 / (pa[i] * pa[i]);
    return;
  default: break;
  }
  for (int i = 0; i < n; i++) dst[i] = 1;
  for (int i = 0; i < n; i++) square[i] = pa[i];
  for (unsigned e = k < 0 ? 0U - (unsigned)k : (unsigned)k; e; e >>= 1) {
    if (e & 1)
      for (int i = 0; i < n; i++) dst[i] *= square[i];
    for (int i = 0; i < n; i++) square[i] *= square[i];
  }
  if (k < 0)
    for (int i = 0; i < n; i++) dst[i] = 1 / dst[i];
}

CLONES static void select_branch(int n, double *restrict dst, const double *restrict src,
                                 int stride)
{
  if (stride)
    for (int i = 0; i < n; i++) dst[i] = src[i];
  else
    for (int i = 0; i < n; i++) dst[i] = src[0];
}

CLONES static void op_vector(enum op_code code, int n, double *restrict dst,
                             const double *restrict pa, int sa, const double *restrict pb, int sb,
                             const double *restrict pc, int sc, double k)
{
  switch (code) {
#define OP(id, name, arity, class, in_language, value, holomorphic, da, db, doc)                   \
  case OP_##id:                                                                                    \
    LOOP_##arity(value) break;
#include "program/ops.def"
#undef OP
  case OP_COUNT: break;
  }
}

void f64_op_vector(enum op_code code, int n, double *dst, struct value a, struct value b,
                   struct value c, double k)
{
  int arity = op_table[code].arity;
  vecmath_loop *loop = vecmath_covers(code) && a.stride ? vecmath_of(code) : NULL;
  if (loop) {
    loop(n, dst, a.p);
    return;
  }
  if (arity < 3) c = (struct value){dst, 0};
  if (arity < 2) b = (struct value){dst, 0};
  if (n == 1 || !(a.stride || b.stride || c.stride)) {
    double first = op_value(code, *a.p, arity > 1 ? *b.p : 0, arity > 2 ? *c.p : 0, k);
    for (int i = 0; i < n; i++) dst[i] = first;
  } else if (code == OP_POWI) {
    powi_vector(n, dst, a.p, (int)k);
  } else if (code == OP_SELECT && !a.stride) {
    if (*a.p != 0)
      select_branch(n, dst, b.p, b.stride);
    else
      select_branch(n, dst, c.p, c.stride);
  } else {
    op_vector(code, n, dst, a.p, a.stride, b.p, b.stride, c.p, c.stride, k);
  }
}

/* Sums of products: 32 elements at a time, which stay in registers.  Adding to -0 changes nothing. */

typedef double four_doubles __attribute__((vector_size(32), aligned(8), may_alias));
enum { STRIP = 8 }; /* registers of a strip */

#define UNROLL _Pragma("GCC unroll 8")
#define AT(p, j) (*(const four_doubles *)((p) + (ptrdiff_t)4 * (j)))
#define EACH(statement)                                                                            \
  UNROLL for (int j = 0; j < m; j++) statement;                                                    \
  break
#define ADD_TERM(sign)                                                                             \
  switch (t->kind) {                                                                               \
  case TERM_PRODUCT: EACH(s[j] = s[j] sign AT(t->a + i, j) * AT(t->b + i, j));                     \
  case TERM_SCALED: EACH(s[j] = s[j] sign t->scale * AT(t->b + i, j));                             \
  case TERM_PLAIN: EACH(s[j] = s[j] sign AT(t->b + i, j));                                         \
  case TERM_NUMBER: EACH(s[j] = s[j] sign t->scale);                                               \
  }

/* Elements i … i + 4m - 1, m ≤ STRIP a constant. */
static inline __attribute__((always_inline)) void sum_strip(int m, int i, double *dst,
                                                            const struct term_value *terms,
                                                            int nterms, double zero, bool add)
{
  four_doubles s[STRIP], *to = (four_doubles *)(dst + i);
  UNROLL for (int j = 0; j < m; j++) s[j] = (four_doubles){-0.0, -0.0, -0.0, -0.0};
  for (const struct term_value *t = terms; t < terms + nterms; t++) {
    if (t->minus)
      ADD_TERM(-)
    else
      ADD_TERM(+)
  }
  if (add)
    UNROLL for (int j = 0; j < m; j++) to[j] += s[j];
  else
    UNROLL for (int j = 0; j < m; j++) to[j] = s[j] + zero;
}

static inline double term_at(const struct term_value *t, int i)
{
  switch (t->kind) {
  case TERM_PRODUCT: return t->a[i] * t->b[i];
  case TERM_SCALED: return t->scale * t->b[i];
  case TERM_PLAIN: return t->b[i];
  default: return t->scale;
  }
}

static double sum_at(const struct term_value *terms, int nterms, int i)
{
  double s = term_at(&terms[0], i);
  for (int k = 1; k < nterms; k++)
    s = terms[k].minus ? s - term_at(&terms[k], i) : s + term_at(&terms[k], i);
  return s;
}

CLONES void f64_sum_of_products(int n, double *dst, const struct term_value *terms, int nterms,
                                enum sum_to to)
{
  int i = 0;
  bool add = to == SUM_ADD;
  double zero = to == SUM_ADD_TO_ZERO ? 0.0 : -0.0;
  for (; i + 4 * STRIP <= n; i += 4 * STRIP) sum_strip(STRIP, i, dst, terms, nterms, zero, add);
  for (; i + 4 <= n; i += 4) sum_strip(1, i, dst, terms, nterms, zero, add);
  for (; i < n; i++) dst[i] = (add ? dst[i] : zero) + sum_at(terms, nterms, i);
}

CLONES void f64_indicator(int n, double *restrict dst, const int32_t *restrict color, int32_t c)
{
  for (int i = 0; i < n; i++) dst[i] = color[i] == c ? 1 : 0;
}

/* Halves are added to each other until one number is left; few numbers one after the other. */
CLONES double f64_sum(const double *v, int n)
{
  double half[F64_BLOCK / 2], sum = 0;
  if (n <= 8) {
    for (int i = 0; i < n; i++) sum += v[i];
    return sum;
  }
  int m = 8;
  while (2 * m < n) m *= 2;
  for (int i = 0; i < n - m; i++) half[i] = v[i] + v[m + i];
  for (int i = n - m; i < m; i++) half[i] = v[i];
  while (m > 1) {
    m /= 2;
    for (int i = 0; i < m; i++) half[i] += half[m + i];
  }
  return half[0];
}

/* Eight at a time, for the sake of the vector units; a minimum does not depend on the order. */
CLONES double f64_least(const double *v, int n, bool negate, bool *nan)
{
  double least[8], strange[8], sign = negate ? -1 : 1;
  int i = 0;
  for (int j = 0; j < 8; j++) least[j] = INFINITY, strange[j] = 0;
  for (; i + 8 <= n; i += 8)
    for (int j = 0; j < 8; j++) {
      double x = sign * v[i + j];
      least[j] = x < least[j] ? x : least[j];
      strange[j] = x != x ? 1 : strange[j];
    }
  for (; i < n; i++) {
    double x = sign * v[i];
    least[0] = x < least[0] ? x : least[0];
    strange[0] = x != x ? 1 : strange[0];
  }
  *nan = false;
  for (int j = 0; j < 8; j++) {
    least[0] = least[j] < least[0] ? least[j] : least[0];
    *nan |= strange[j] != 0;
  }
  return sign * least[0];
}
