/* The operators on single numbers: exact ones against doubles where these do not round, complex
 * ones against <complex.h>, and what becomes of numbers that do not exist. */
#include "config.h"

#include "program/arithmetic.h"

#include "io_fixture.h"

#include <complex.h>
#include <math.h>

#include "program/special_complex.h"
#include "program/value.h"

Suite *arithmetic_suite(void);

static struct number exact(double v)
{
  struct number x = {.re = v};
  ck_assert_int_eq(rational_of_double(v, &x.exact), RATIONAL_OK);
  return x;
}

static struct number fault(enum rational_result why, int32_t where)
{
  struct number x = {0};
  ck_assert_int_eq(rational_fault(why, where, &x.exact), RATIONAL_OK);
  return x;
}

static enum arithmetic apply(enum op_code code, const struct number *a, const struct number *b,
                             const struct number *c, double k, struct number *out)
{
  *out = (struct number){0};
  return number_op(FIELD_EXACT, code, a, b, c, k, out);
}

/* ---- exact ---- */

static const enum op_code rational_ops[] = {
    OP_ADD,    OP_SUB,   OP_NEG,       OP_MUL,       OP_DIV,    OP_MOD,   OP_POWI,      OP_LT,
    OP_LE,     OP_EQ,    OP_NE,        OP_AND,       OP_OR,     OP_NOT,   OP_SIGN,      OP_FLOOR,
    OP_CEIL,   OP_ROUND, OP_TRUNC,     OP_STOP,      OP_ABS,    OP_SLOPE, OP_LOG_SLOPE, OP_POW,
    OP_FINITE, OP_CONST, OP_MIN_FIRST, OP_MAX_FIRST, OP_SELECT,
};
enum { RATIONAL_OPS = sizeof rational_ops / sizeof *rational_ops };

START_TEST(rational_operators_are_these)
{
  for (int code = 0; code < OP_COUNT; code++) {
    bool listed = code == OP_READ;
    for (int i = 0; i < RATIONAL_OPS; i++) listed |= (int)rational_ops[i] == code;
    ck_assert_msg((op_is_rational((enum op_code)code) || code == OP_POW) == listed, "%s",
                  op_table[code].name);
  }
}
END_TEST

/* Dyadic numbers: sums, products and remainders are doubles, quotients are rounded once. */
static void compare_with_double(enum op_code code, double a, double b, double c, double k)
{
  struct number x = exact(a), y = exact(b), z = exact(c), r;
  double want = op_value(code, a, b, c, k);
  enum arithmetic result = apply(code, &x, &y, &z, k, &r);
  if (result == ARITHMETIC_OK) {
    double got = r.exact ? rational_to_double(r.exact) : 0;
    ck_assert_msg(got == want, "%s(%g, %g, %g), %g: %.17g, not %.17g", op_table[code].name, a, b, c,
                  k, got, want);
  } else {
    bool zero = (code == OP_DIV || code == OP_MOD) ? b == 0 : a == 0;
    if (result == ARITHMETIC_IRRATIONAL)
      ck_assert_msg((code == OP_POW && b != trunc(b)) || (code == OP_LOG_SLOPE && a < 0),
                    "%s(%g, %g)", op_table[code].name, a, b);
    else
      ck_assert_msg(result == ARITHMETIC_DIVISION_BY_ZERO && zero && !isfinite(want),
                    "%s(%g, %g): %d, not %g", op_table[code].name, a, b, (int)result, want);
    ck_assert_ptr_null(r.exact);
  }
  rational_drop(x.exact);
  rational_drop(y.exact);
  rational_drop(z.exact);
  rational_drop(r.exact);
}

START_TEST(dyadic_numbers)
{
  static const double values[] = {0, 1, -1, 0.5, -0.5, 2.5, -2.5, 3, 0.25, -7.75, 40, 0x1p40};
  enum { N = sizeof values / sizeof *values };
  enum op_code code = rational_ops[_i];
  if (!rational_available) return;
  for (int i = 0; i < N; i++)
    for (int j = 0; j < (op_table[code].arity > 1 ? N : 1); j++) {
      double a = values[i], b = values[j], k = code == OP_POWI ? 0 : a;
      if (code == OP_POW && fabs(b) > 3) continue;
      compare_with_double(code, a, b, values[(i + j) % N], k);
      if (code == OP_POWI)
        for (k = -1; k <= 3; k++)
          if (fabs(a) < 0x1p17) compare_with_double(code, a, b, 0, k);
    }
}
END_TEST

/* Zero is NULL or a number that is 0: nothing tells them apart. */
START_TEST(zero_is_zero)
{
  static const double others[] = {0, 1, -1.5};
  enum op_code code = rational_ops[_i];
  int arity = op_table[code].arity;
  if (!rational_available) return;
  for (int which = 0; which < arity; which++)
    for (int o = 0; o < 3; o++)
      for (double k = code == OP_POWI ? -1 : 0; k <= (code == OP_POWI ? 2 : 0); k++) {
        struct number a[3], b[3], r, s;
        for (int i = 0; i < 3; i++) {
          a[i] = exact(others[o]);
          b[i] = a[i];
        }
        struct number zero = exact(0);
        rational_drop(a[which].exact);
        a[which].exact = zero.exact;
        b[which].exact = NULL;
        enum arithmetic first = apply(code, &a[0], &a[1], &a[2], k, &r);
        enum arithmetic second = apply(code, &b[0], &b[1], &b[2], k, &s);
        ck_assert_msg(first == second, "%s: %d, %d", op_table[code].name, (int)first, (int)second);
        double x = r.exact ? rational_to_double(r.exact) : 0;
        double y = s.exact ? rational_to_double(s.exact) : 0;
        ck_assert_msg(x == y, "%s: %g, %g", op_table[code].name, x, y);
        rational_drop(r.exact);
        rational_drop(s.exact);
        rational_drop(zero.exact);
        for (int i = 0; i < 3; i++)
          if (i != which) rational_drop(a[i].exact);
      }
}
END_TEST

static int32_t where_of(const struct number *x)
{
  int32_t where = -1;
  ck_assert_ptr_nonnull(x->exact);
  ck_assert(rational_is_fault(x->exact, NULL, &where));
  return where;
}

/* A fault in place of any argument is the result, the first of two; where it does not matter, it is
 * not. */
START_TEST(faults)
{
  struct number one, r, bad, worse, none = {0};
  if (!rational_available) return;
  one = exact(1);
  bad = fault(RATIONAL_DIVISION_BY_ZERO, 3);
  worse = fault(RATIONAL_TOO_LARGE, 4);
  for (int i = 0; i < RATIONAL_OPS; i++) {
    enum op_code code = rational_ops[i];
    int arity = op_table[code].arity;
    if (arity == 0 || code == OP_SELECT || code == OP_FINITE) continue;
    ck_assert_int_eq(apply(code, &bad, &worse, NULL, 1, &r), ARITHMETIC_OK);
    ck_assert_msg(where_of(&r) == 3, "%s", op_table[code].name);
    rational_drop(r.exact);
    if (arity < 2) continue;
    const struct number *first = code == OP_OR ? &none : &one;
    ck_assert_int_eq(apply(code, first, &worse, NULL, 1, &r), ARITHMETIC_OK);
    ck_assert_msg(where_of(&r) == 4, "%s", op_table[code].name);
    rational_drop(r.exact);
  }
  ck_assert_int_eq(apply(OP_SELECT, &one, &none, &bad, 0, &r), ARITHMETIC_OK);
  ck_assert_ptr_null(r.exact);
  ck_assert_int_eq(apply(OP_SELECT, &none, &none, &bad, 0, &r), ARITHMETIC_OK);
  ck_assert_int_eq(where_of(&r), 3);
  rational_drop(r.exact);
  ck_assert_int_eq(apply(OP_SELECT, &worse, &one, &one, 0, &r), ARITHMETIC_OK);
  ck_assert_int_eq(where_of(&r), 4);
  rational_drop(r.exact);
  ck_assert_int_eq(apply(OP_AND, &none, &bad, NULL, 0, &r), ARITHMETIC_OK);
  ck_assert_ptr_null(r.exact);
  ck_assert_int_eq(apply(OP_OR, &one, &bad, NULL, 0, &r), ARITHMETIC_OK);
  ck_assert_int_eq(rational_sign(r.exact), 1);
  rational_drop(r.exact);
  ck_assert_int_eq(apply(OP_FINITE, &bad, NULL, NULL, 0, &r), ARITHMETIC_OK);
  ck_assert_ptr_null(r.exact);
  rational_drop(one.exact);
  rational_drop(bad.exact);
  rational_drop(worse.exact);
}
END_TEST

START_TEST(no_rational_number)
{
  struct number a, b, r;
  if (!rational_available) return;
  a = exact(2);
  b = exact(0x1p70);
  for (int code = 0; code < OP_COUNT; code++)
    if (!op_is_rational((enum op_code)code) && code != OP_POW) {
      ck_assert_int_eq(apply((enum op_code)code, &a, &a, &a, 0, &r), ARITHMETIC_IRRATIONAL);
      ck_assert_ptr_null(r.exact);
    }
  ck_assert_int_eq(apply(OP_POW, &a, &b, NULL, 0, &r), ARITHMETIC_TOO_LARGE);
  ck_assert_int_eq(apply(OP_POWI, &a, NULL, NULL, 0x1p40, &r), ARITHMETIC_TOO_LARGE);
  rational_drop(a.exact);
  rational_drop(b.exact);
}
END_TEST

/* Each allocation of each operator fails in turn: no result, nothing lost, operands as they were.
 */
START_TEST(no_memory)
{
  enum op_code code = rational_ops[_i];
  struct number a, b, r;
  enum arithmetic result = ARITHMETIC_NO_MEMORY;
  if (!rational_available) return;
  a = exact(0x1.123456789abcdp100);
  b = exact(-0x1.fedcba9876543p-80);
  for (long n = 1; result == ARITHMETIC_NO_MEMORY; n++) {
    struct failing f = {.fail_at = n};
    mem_set_hook(failing_hook, &f);
    result = apply(code, &a, code == OP_POW ? &a : &b, &b, 3, &r);
    rational_drop(r.exact);
    mem_set_hook(NULL, NULL);
    ck_assert_int_eq(f.live, 0);
    ck_assert_msg(f.calls >= n || result != ARITHMETIC_NO_MEMORY, "%s", op_table[code].name);
    ck_assert_double_eq(rational_to_double(a.exact), a.re);
    ck_assert_double_eq(rational_to_double(b.exact), b.re);
  }
  ck_assert_int_eq(result, code == OP_POW ? ARITHMETIC_TOO_LARGE : ARITHMETIC_OK);
  rational_drop(a.exact);
  rational_drop(b.exact);
}
END_TEST

/* ---- complex ---- */

static double complex own(enum op_code code, double complex a, double complex b)
{
  switch (code) {
  case OP_ADD: return a + b;
  case OP_SUB: return a - b;
  case OP_NEG: return -a;
  case OP_MUL: return a * b;
  case OP_DIV: return a / b;
  case OP_POW: return cpow(a, b);
  case OP_POWI: return a * a * a;
  case OP_EXP: return cexp(a);
  case OP_LOG: return clog(a);
  case OP_SQRT: return csqrt(a);
  case OP_SIN: return csin(a);
  case OP_ATANH: return catanh(a);
  default: return NAN;
  }
}

START_TEST(complex_numbers)
{
  static const enum op_code codes[] = {OP_ADD, OP_SUB,  OP_NEG, OP_MUL, OP_DIV,  OP_POW,
                                       OP_EXP, OP_POWI, OP_LOG, OP_SIN, OP_SQRT, OP_ATANH};
  static const double parts[] = {-2.5, -0.75, 0.3, 1.2};
  for (size_t c = 0; c < sizeof codes / sizeof *codes; c++)
    for (int i = 0; i < 16; i++)
      for (int j = 0; j < 16; j++) {
        struct number a = {.re = parts[i % 4], .im = parts[i / 4]}, r;
        struct number b = {.re = parts[j % 4], .im = parts[j / 4]};
        double complex want = own(codes[c], complex_of(a.re, a.im), complex_of(b.re, b.im));
        ck_assert_int_eq(number_op(FIELD_COMPLEX, codes[c], &a, &b, NULL, 3, &r), ARITHMETIC_OK);
        ck_assert_msg(cabs(complex_of(r.re, r.im) - want) <= 1e-13 * cabs(want),
                      "%s: %.17g%+.17gi, not %.17g%+.17gi", op_table[codes[c]].name, r.re, r.im,
                      creal(want), cimag(want));
      }
}
END_TEST

/* Operators that take real numbers alone look at each of their arguments. */
START_TEST(real_arguments)
{
  struct number real = {.re = -1.25}, z = {.re = 1, .im = 1e-300}, r;
  for (int code = 0; code < OP_COUNT; code++) {
    if (!op_is_real_only((enum op_code)code)) continue;
    int arity = op_table[code].arity;
    enum op_code op = (enum op_code)code;
    ck_assert_int_eq(number_op(FIELD_COMPLEX, op, &real, &real, &real, 0, &r), ARITHMETIC_OK);
    double want = op_value(op, -1.25, -1.25, 0, 0);
    ck_assert_msg(isnan(want) ? isnan(r.re) : r.re == want, "%s", op_table[code].name);
    ck_assert_double_eq(r.im, 0);
    ck_assert_int_eq(number_op(FIELD_COMPLEX, op, &z, &real, &real, 0, &r), ARITHMETIC_NOT_REAL);
    if (arity > 1)
      ck_assert_int_eq(number_op(FIELD_COMPLEX, op, &real, &z, &real, 0, &r), ARITHMETIC_NOT_REAL);
    else /* the second is none of its arguments */
      ck_assert_int_eq(number_op(FIELD_COMPLEX, op, &real, &z, &real, 0, &r), ARITHMETIC_OK);
  }
}
END_TEST

START_TEST(truth_and_order)
{
  struct number zero = {0}, i = {.im = 1}, minus = {.re = -0.0}, nan = {.re = NAN};
  struct number one = {.re = 1}, two = {.re = 2, .im = -5};
  ck_assert(!number_is_true(FIELD_REAL, &zero) && !number_is_true(FIELD_REAL, &minus));
  ck_assert(number_is_true(FIELD_COMPLEX, &i) && number_is_true(FIELD_REAL, &nan));
  ck_assert(number_beats(FIELD_COMPLEX, OUTPUT_MAX, &two, &one));
  ck_assert(!number_beats(FIELD_REAL, OUTPUT_MAX, &one, &one)); /* a tie: the first stays */
  ck_assert(number_beats(FIELD_REAL, OUTPUT_MIN, &nan, &one));
  ck_assert(!number_beats(FIELD_REAL, OUTPUT_MIN, &one, &nan));
  if (!rational_available) return;
  struct number a = exact(-0.5), b = exact(0), bad = fault(RATIONAL_DIVISION_BY_ZERO, 1);
  ck_assert(number_is_true(FIELD_EXACT, &a) && !number_is_true(FIELD_EXACT, &b));
  ck_assert(!number_is_true(FIELD_EXACT, &zero));
  ck_assert(number_beats(FIELD_EXACT, OUTPUT_MIN, &a, &zero));
  ck_assert(number_beats(FIELD_EXACT, OUTPUT_MAX, &zero, &a));
  ck_assert(!number_beats(FIELD_EXACT, OUTPUT_MAX, &zero, &b));
  ck_assert(number_beats(FIELD_EXACT, OUTPUT_MAX, &bad, &a));
  ck_assert(!number_beats(FIELD_EXACT, OUTPUT_MAX, &bad, &bad));
  ck_assert(!number_beats(FIELD_EXACT, OUTPUT_MIN, &a, &bad));
  rational_drop(a.exact);
  rational_drop(b.exact);
  rational_drop(bad.exact);
}
END_TEST

Suite *arithmetic_suite(void)
{
  Suite *s = suite_create("arithmetic");
  TCase *t = tcase_create("arithmetic");
  tcase_add_checked_fixture(t, fixture_setup, fixture_teardown);
  tcase_add_test(t, rational_operators_are_these);
  tcase_add_loop_test(t, dyadic_numbers, 0, RATIONAL_OPS);
  tcase_add_loop_test(t, zero_is_zero, 0, RATIONAL_OPS);
  tcase_add_test(t, faults);
  tcase_add_test(t, no_rational_number);
  tcase_add_loop_test(t, no_memory, 0, RATIONAL_OPS);
  tcase_add_test(t, complex_numbers);
  tcase_add_test(t, real_arguments);
  tcase_add_test(t, truth_and_order);
  suite_add_tcase(s, t);
  return s;
}
