/* Vector functions: the same bits for each instruction set that the machine has, at any place of a
 * vector of any length and as a single number; their error, by the long double functions of the C
 * library; special values.  Without SLEEF there are none, and only the special values are tested.
 */
#include "config.h"

#include <check.h>
#include <float.h>
#include <math.h>
#include <string.h>

#include "eval/f64_ops.h"
#include "program/vecmath.h"

static uint64_t state;

static uint64_t next(void)
{
  uint64_t z = state += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

static double between(double lo, double hi)
{
  return lo + (hi - lo) * ((double)(next() >> 11) * 0x1p-53);
}

static double any_bits(void)
{
  uint64_t bits = next();
  double x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

/* Where something happens: overflow and underflow, the ends of domains, changes of method. */
static const double edges[] = {709.7827125, 0,          1,
                               0.5,         2,          0x1p-1074,
                               0x1p-1022,   0x1p-54,    0x1p-27,
                               709.78,      709.79,     -708.39,
                               -744.44,     -745.14,    710.4758600739439,
                               1023,        1024,       -1022,
                               -1074,       -1075,      36.7,
                               19.06,       DBL_MAX,    1e306,
                               1e-300,      0.41421356, 2.41421356,
                               15,          1e14,       0x1p52,
                               1e22,        1e155,      -0.99999,
                               -1,          0.7071068,  1.5707963267948966,
                               3.14159265,  6.2831853,  1.0000001,
                               INFINITY,    NAN};

static double argument(void)
{
  double sign = next() & 1 ? 1 : -1;
  switch (next() % 9) {
  case 0: return any_bits();
  case 1: return between(-1, 1);
  case 2: return between(-20, 20);
  case 3: return between(-1100, 1100);
  case 4: return sign * ldexp(between(1, 2), -(int)(next() % 60));
  case 5: return sign * (1 + ldexp(between(-1, 1), -(int)(next() % 50)));
  case 6: return between(-1, 1) * ldexp(1, (int)(next() % 60));
  case 7: /* near multiples of π/2 */
    return sign * (double)(next() % ((uint64_t)1 << next() % 40)) * 0x1.921fb54442d18p+0 *
           (1 + ldexp(between(-1, 1), -(int)(40 + next() % 13)));
  default:
    return edges[next() % (sizeof edges / sizeof *edges)] *
           (1 + ldexp(between(-1, 1), -(int)(next() % 60)));
  }
}

static bool same(double a, double b)
{
  return memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b));
}

/* The function, and the largest error that it may have, in units in the last place; where it is
 * left to the C library, it has that one's error. */
struct function {
  enum op_code code;
  long double (*exact)(long double);
  double bound;
};

static long double sigmoidl(long double a)
{
  return a >= 0 ? 1 / (1 + expl(-a)) : expl(a) / (1 + expl(a));
}

static long double softplusl(long double a)
{
  return (a > 0 ? a : 0) + log1pl(expl(-fabsl(a)));
}

static const struct function functions[] = {
    {OP_CBRT, cbrtl, 1},       {OP_EXP, expl, 1},           {OP_EXP2, exp2l, 1},
    {OP_EXPM1, expm1l, 1},     {OP_LOG, logl, 1},           {OP_LOG2, log2l, 1},
    {OP_LOG10, log10l, 1},     {OP_LOG1P, log1pl, 1},       {OP_SIN, sinl, 1},
    {OP_COS, cosl, 1},         {OP_TAN, tanl, 1},           {OP_ASIN, asinl, 1},
    {OP_ACOS, acosl, 1},       {OP_ATAN, atanl, 1},         {OP_SINH, sinhl, 2},
    {OP_COSH, coshl, 2},       {OP_TANH, tanhl, 1},         {OP_ATANH, atanhl, 1},
    {OP_SIGMOID, sigmoidl, 3}, {OP_SOFTPLUS, softplusl, 2},
};
enum { FUNCTIONS = sizeof functions / sizeof *functions };

/* The error of y in units in the last place of the exact value; infinite if one of them is finite
 * only, unless the exact value rounds to the infinite one. */
static double error_of(double y, long double exact)
{
  int e;
  if (same(y, (double)exact)) return 0;
  if (!isfinite(y) || !isfinite(exact)) return INFINITY;
  frexpl(exact, &e);
  return (double)(fabsl(y - exact) / ldexpl(1, (e < -1021 ? -1021 : e) - 53));
}

/* All rows of the table are tested here. */
START_TEST(test_all)
{
  for (int code = 0; code < OP_COUNT; code++) {
    bool found = false;
    for (int i = 0; i < FUNCTIONS; i++) found |= (int)functions[i].code == code;
    ck_assert_msg(vecmath_covers((enum op_code)code) == found, "%s", op_table[code].name);
    ck_assert(found || !vecmath_of((enum op_code)code));
  }
}
END_TEST

START_TEST(test_bits)
{
  enum { N = 700, ROUNDS = 40 };
  const struct function *f = &functions[_i];
  struct vecmath_set sets[VECMATH_SETS];
  int nsets = vecmath_sets(sets);
  double a[N], whole[N], part[N + 1];
  state = (uint64_t)_i;
  for (int round = 0; round < ROUNDS && nsets > 0; round++) {
    for (int i = 0; i < N; i++) a[i] = round % 2 ? argument() : between(-10, 10);
    sets[0].loops[f->code](N, whole, a);
    for (int s = 0; s < nsets; s++)
      for (int from = 0, n; from < N; from += n) {
        n = 1 + (int)(next() % (round < ROUNDS / 2 ? 20 : 300));
        if (n > N - from) n = N - from;
        part[n] = 7;
        sets[s].loops[f->code](n, part, a + from);
        ck_assert_msg(part[n] == 7, "%s: behind the end", op_table[f->code].name);
        for (int i = 0; i < n; i++)
          ck_assert_msg(same(part[i], whole[from + i]), "%s(%a): %a with %s, %a with %s",
                        op_table[f->code].name, a[from + i], part[i], sets[s].name, whole[from + i],
                        sets[0].name);
      }
    for (int i = 0; i < N; i++)
      ck_assert_msg(same(op_value(f->code, a[i], 0, 0, 0), whole[i]), "%s(%a) as a single number",
                    op_table[f->code].name, a[i]);
    struct value value = {a + 100, 1}, none = {part, 0};
    f64_op_vector(f->code, F64_BLOCK, part, value, none, none, 0);
    ck_assert(memcmp(part, whole + 100, F64_BLOCK * sizeof *part) == 0 || round % 2);
  }
}
END_TEST

START_TEST(test_error)
{
  enum { N = 256, ROUNDS = 200 };
  const struct function *f = &functions[_i];
  vecmath_loop *loop = vecmath_of(f->code);
  double a[N], y[N];
  state = (uint64_t)_i + 1000;
  for (int round = 0; round < ROUNDS && loop; round++) {
    for (int i = 0; i < N; i++) a[i] = argument();
    loop(N, y, a);
    for (int i = 0; i < N; i++) {
      double error = error_of(y[i], f->exact(a[i]));
      ck_assert_msg(error <= f->bound + 0.002, "%s(%a) = %a, %Lg: off by %g units",
                    op_table[f->code].name, a[i], y[i], f->exact(a[i]), error);
    }
  }
}
END_TEST

/* The C library is right about them, down to the sign of zero. */
START_TEST(test_special_values)
{
  static const double special[] = {709.7827125, 0,         INFINITY,  NAN, 1,
                                   DBL_MAX,     0x1p-1074, 0x1p-1030, 2,   1e300};
  const struct function *f = &functions[_i];
  double bound = vecmath_of(f->code) ? f->bound : 4; /* 4: the C library's cbrt */
  for (size_t i = 0; i < 2 * sizeof special / sizeof *special; i++) {
    double a = i % 2 ? -special[i / 2] : special[i / 2], y = op_value(f->code, a, 0, 0, 0);
    double exact = (double)f->exact(a);
    ck_assert_msg(error_of(y, f->exact(a)) <= bound, "%s(%a): %a instead of %a",
                  op_table[f->code].name, a, y, exact);
    ck_assert_msg(signbit(y) == signbit(exact) || isnan(y), "%s(%a): the sign of %g",
                  op_table[f->code].name, a, y);
  }
}
END_TEST

Suite *vecmath_suite(void)
{
  Suite *suite = suite_create("vecmath");
  TCase *all = tcase_create("all");
  tcase_add_test(all, test_all);
  tcase_add_loop_test(all, test_bits, 0, FUNCTIONS);
  tcase_add_loop_test(all, test_error, 0, FUNCTIONS);
  tcase_add_loop_test(all, test_special_values, 0, FUNCTIONS);
  suite_add_tcase(suite, all);
  return suite;
}
