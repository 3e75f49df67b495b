/* Vectors of numbers in the three fields, and single numbers of the run's field while a model meets
 * its data. */
#include "config.h"

#include "base/numbers.h"

#include "io_fixture.h"

#include <math.h>

#include "lang/quantity.h"

Suite *numbers_suite(void);

static struct rational *ratio(int64_t p, int64_t q)
{
  struct rational *a, *b, *r;
  ck_assert_int_eq(rational_of_int(p, &a), RATIONAL_OK);
  ck_assert_int_eq(rational_of_int(q, &b), RATIONAL_OK);
  ck_assert_int_eq(rational_div(a, b, &r), RATIONAL_OK);
  rational_drop(a);
  rational_drop(b);
  return r;
}

static bool is_ratio(const struct rational *x, int64_t p, int64_t q)
{
  struct rational *r = ratio(p, q);
  bool same = x && rational_compare(x, r) == 0;
  rational_drop(r);
  return same;
}

/* ---- vectors ---- */

/* 1, 2, 3, … in re, half of that in im, thirds of it where numbers are exact. */
static void count_up(struct numbers *v)
{
  for (int64_t i = 0; i < v->count; i++) {
    struct number x = {.re = (double)(i + 1), .im = (double)(i + 1) / 2};
    if (v->field == FIELD_EXACT) x.exact = ratio(i + 1, 3);
    numbers_set(v, i, &x);
    rational_drop(x.exact);
  }
}

static bool is_count(const struct numbers *v, int64_t at, int64_t k)
{
  struct number x = numbers_get(v, at);
  if (v->field == FIELD_EXACT) return is_ratio(x.exact, k, 3);
  return x.re == (double)k && x.im == (v->field == FIELD_COMPLEX ? (double)k / 2 : 0);
}

static bool is_zero(const struct numbers *v, int64_t at)
{
  struct number x = numbers_get(v, at);
  return x.re == 0 && x.im == 0 && !x.exact;
}

START_TEST(vectors)
{
  enum field field = (enum field)_i;
  struct failing f = {0};
  if (field == FIELD_EXACT && !rational_available) return;
  mem_set_hook(failing_hook, &f);
  struct numbers v, w;
  ck_assert_int_eq(numbers_create(&ctx, field, 5, "it", &v), STATUS_OK);
  ck_assert_int_eq(numbers_create(&ctx, field, 5, "it", &w), STATUS_OK);
  for (int i = 0; i < 5; i++) ck_assert(is_zero(&v, i) && numbers_is_finite(&v, i));
  count_up(&v);
  struct numbers tail = numbers_view(&v, 2, 3);
  ck_assert_int_eq(tail.count, 3);
  for (int i = 0; i < 3; i++) ck_assert(is_count(&tail, i, i + 3));
  numbers_copy(&w, &tail, 2);
  ck_assert(is_count(&w, 0, 3) && is_count(&w, 1, 4) && is_zero(&w, 2));
  numbers_zero(&v); /* what was copied stays */
  ck_assert(is_zero(&v, 2) && is_count(&w, 0, 3));
  ck_assert(numbers_set_real(&w, 1, 0) && numbers_set_real(&w, 2, 0.25));
  ck_assert(is_zero(&w, 1));
  ck_assert(field == FIELD_EXACT ? is_ratio(w.exact[2], 1, 4) : w.re[2] == 0.25);
  numbers_copy(&w, &w, 5); /* onto itself */
  ck_assert(is_count(&w, 0, 3));
  numbers_free(&v);
  numbers_free(&w);
  mem_set_hook(NULL, NULL);
  ck_assert_int_eq(f.live, 0);
}
END_TEST

START_TEST(nearest_doubles_go_along)
{
  struct numbers v;
  if (!rational_available) return;
  ck_assert_int_eq(numbers_create(&ctx, FIELD_EXACT, 2, "it", &v), STATUS_OK);
  v.re = mem_zalloc(2, sizeof *v.re);
  struct number third = {.exact = ratio(1, 3)}, zero = {0};
  numbers_set(&v, 1, &third);
  ck_assert_double_eq(v.re[1], 1.0 / 3);
  numbers_set(&v, 1, &zero);
  ck_assert_double_eq(v.re[1], 0);
  rational_drop(third.exact);
  numbers_free(&v);
}
END_TEST

START_TEST(finite_numbers)
{
  struct numbers v;
  struct number x = {.re = 1};
  ck_assert_int_eq(numbers_create(&ctx, FIELD_COMPLEX, 3, "it", &v), STATUS_OK);
  x.im = INFINITY;
  numbers_set(&v, 0, &x);
  x = (struct number){.re = NAN};
  numbers_set(&v, 1, &x);
  ck_assert(!numbers_is_finite(&v, 0) && !numbers_is_finite(&v, 1) && numbers_is_finite(&v, 2));
  numbers_free(&v);
  if (!rational_available) return;
  ck_assert_int_eq(numbers_create(&ctx, FIELD_EXACT, 2, "it", &v), STATUS_OK);
  struct number fault = {0};
  ck_assert_int_eq(rational_fault(RATIONAL_DIVISION_BY_ZERO, 7, &fault.exact), RATIONAL_OK);
  numbers_set(&v, 1, &fault);
  rational_drop(fault.exact);
  ck_assert(numbers_is_finite(&v, 0) && !numbers_is_finite(&v, 1));
  ck_assert(!numbers_set_real(&v, 0, NAN));
  numbers_free(&v);
}
END_TEST

START_TEST(too_many)
{
  static const double counts[] = {1e300, 1e18, INFINITY};
  for (int field = 0; field < 3; field++)
    for (int i = 0; i < 3; i++) {
      struct numbers v;
      ck_assert_int_eq(numbers_create(&ctx, (enum field)field, counts[i], "the point", &v),
                       STATUS_LIMIT);
      ck_assert(!v.re && !v.im && !v.exact);
      numbers_free(&v);
      forget_diags();
    }
  for (long n = 1; n <= 2; n++) {
    struct failing f = {.fail_at = n};
    struct numbers v;
    mem_set_hook(failing_hook, &f);
    enum status status = numbers_create(&ctx, FIELD_COMPLEX, 3, "the point", &v);
    mem_set_hook(NULL, NULL);
    ck_assert_int_eq(status, STATUS_LIMIT);
    forget_diags();
  }
}
END_TEST

/* ---- quantities ---- */

static struct elab elab;

static void open_elab(enum field field)
{
  elab = (struct elab){.ctx = &ctx, .field = field};
}

static void close_elab(void)
{
  number_release(&elab, 0);
  VEC_FREE(&elab.temporaries);
}

static struct number literal(const char *text, double value, bool imaginary)
{
  struct expr x = {.kind = EXPR_NUMBER, .text = text, .value = value, .imaginary = imaginary};
  struct number out;
  ck_assert_int_eq(number_of_literal(&elab, &x, &out), STATUS_OK);
  return out;
}

START_TEST(literals)
{
  open_elab(FIELD_COMPLEX);
  struct number x = literal("0.5", 0.5, false), y = literal("2", 2, true);
  ck_assert(x.re == 0.5 && x.im == 0 && y.re == 0 && y.im == 2);
  close_elab();
  if (!rational_available) return;
  open_elab(FIELD_EXACT);
  ck_assert(is_ratio(literal("0.1", 0.1, false).exact, 1, 10));
  ck_assert(is_ratio(literal(".5", 0.5, false).exact, 1, 2));
  ck_assert(is_ratio(literal("25e-3", 0.025, false).exact, 1, 40));
  ck_assert(is_ratio(literal("true", 1, false).exact, 1, 1));
  ck_assert(is_ratio(literal(NULL, -3, false).exact, -3, 1));
  close_elab();
}
END_TEST

START_TEST(literals_that_are_none)
{
  static const struct {
    const char *text;
    double value;
    enum error_id id;
  } bad[] = {{"pi", 3.141592653589793, ERR_IRRATIONAL},
             {"inf", INFINITY, ERR_IRRATIONAL},
             {"1e99999999999", INFINITY, ERR_EXACT_TOO_LARGE}};
  if (!rational_available) return;
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    struct number out;
    struct expr x = {.kind = EXPR_NUMBER, .text = bad[i].text, .value = bad[i].value};
    open_elab(FIELD_EXACT);
    x.loc = (struct loc){.source = add_text("ab\ncde"), .begin = 4, .end = 5};
    ck_assert_int_eq(number_of_literal(&elab, &x, &out), error_status(bad[i].id));
    expect_error(bad[i].text, bad[i].id, 2, 2);
    close_elab();
    forget_diags();
  }
}
END_TEST

static enum status apply(enum op_code code, struct number a, struct number b, struct number *out)
{
  return number_apply(&elab, (struct loc){.source = 0, .begin = 1, .end = 2}, code, &a, &b, out);
}

START_TEST(operators_and_their_errors)
{
  struct number r, one = {.re = 1}, i = {.im = 1}, zero = {0};
  add_text("model");
  open_elab(FIELD_COMPLEX);
  ck_assert_int_eq(apply(OP_MUL, i, i, &r), STATUS_OK);
  ck_assert(r.re == -1 && r.im == 0);
  ck_assert_int_eq(apply(OP_ABS, (struct number){.re = -2}, zero, &r), STATUS_OK);
  ck_assert(r.re == 2 && r.im == 0);
  ck_assert_int_eq(apply(OP_LT, i, one, &r), STATUS_DATA);
  expect_error("i < 1", ERR_NOT_REAL, 1, 2);
  ck_assert(strstr(ctx.diags.data[0].message, "a comparison"));
  close_elab();
  if (!rational_available) return;
  open_elab(FIELD_EXACT);
  forget_diags();
  add_text("model");
  r = literal("3", 3, false);
  for (int k = 0; k < 3; k++) ck_assert_int_eq(apply(OP_DIV, r, literal("7", 7, false), &r), 0);
  ck_assert(is_ratio(r.exact, 3, 343));
  ck_assert_int_eq(apply(OP_DIV, r, zero, &r), STATUS_NONFINITE);
  expect_error("r/0", ERR_EXACT_DIVISION, 1, 2);
  forget_diags();
  add_text("model");
  ck_assert_int_eq(apply(OP_SQRT, literal("4", 4, false), zero, &r), STATUS_MODEL);
  expect_error("sqrt", ERR_IRRATIONAL, 1, 2);
  close_elab();
}
END_TEST

START_TEST(the_pool_goes_back_to_its_mark)
{
  struct failing f = {0};
  if (!rational_available) return;
  mem_set_hook(failing_hook, &f);
  open_elab(FIELD_EXACT);
  struct number a = literal("1e30", 1e30, false);
  size_t mark = elab.temporaries.len;
  long live = f.live;
  for (int k = 0; k < 5; k++) ck_assert_int_eq(apply(OP_MUL, a, a, &a), STATUS_OK);
  ck_assert_int_gt(f.live, live);
  number_release(&elab, mark);
  ck_assert_uint_eq(elab.temporaries.len, mark);
  close_elab();
  mem_set_hook(NULL, NULL);
  ck_assert_int_eq(f.live, 0);
}
END_TEST

START_TEST(pool_without_memory)
{
  if (!rational_available) return;
  open_elab(FIELD_EXACT);
  for (long n = 1, failures = 0;; n++) {
    struct failing f = {.fail_at = n};
    struct number r;
    mem_set_hook(failing_hook, &f);
    enum status status = number_of_text(&elab, NO_LOC, "1e40", 4, 1e40, &r);
    close_elab();
    forget_diags();
    mem_set_hook(NULL, NULL);
    ck_assert_int_eq(f.live, 0);
    if (status == STATUS_OK) {
      ck_assert_int_gt(failures, 1);
      break;
    }
    ck_assert_int_eq(status, STATUS_LIMIT);
    failures++;
  }
}
END_TEST

START_TEST(what_numbers_are)
{
  double k;
  struct number half = {.re = 0.5}, two = {.re = 2}, i2 = {.re = 2, .im = 1};
  ck_assert(number_is_whole(FIELD_REAL, &two, &k) && k == 2);
  ck_assert(!number_is_whole(FIELD_REAL, &half, &k) && k == 0.5);
  ck_assert(!number_is_whole(FIELD_COMPLEX, &i2, &k));
  ck_assert(number_is_double(FIELD_COMPLEX, &two) && !number_is_double(FIELD_COMPLEX, &i2));
  ck_assert(!number_equal(FIELD_COMPLEX, &two, &i2) && number_equal(FIELD_COMPLEX, &i2, &i2));
  if (!rational_available) return;
  struct number none = {0}, zero = {.exact = ratio(0, 1)}, third = {.exact = ratio(1, 3)},
                quarter = {.exact = ratio(1, 4)}, big = {.exact = ratio(INT64_MAX, 1)};
  ck_assert(number_equal(FIELD_EXACT, &none, &zero) && number_equal(FIELD_EXACT, &zero, &none));
  ck_assert(number_equal(FIELD_EXACT, &none, &none) && !number_equal(FIELD_EXACT, &none, &third));
  ck_assert(number_is_double(FIELD_EXACT, &none) && number_is_double(FIELD_EXACT, &quarter));
  ck_assert(!number_is_double(FIELD_EXACT, &third) && !number_is_double(FIELD_EXACT, &big));
  ck_assert(number_is_whole(FIELD_EXACT, &none, &k) && k == 0);
  ck_assert(number_is_whole(FIELD_EXACT, &big, &k) && k == 0x1p63);
  ck_assert(!number_is_whole(FIELD_EXACT, &third, &k) && k == 1.0 / 3);
  rational_drop(zero.exact);
  rational_drop(third.exact);
  rational_drop(quarter.exact);
  rational_drop(big.exact);
}
END_TEST

Suite *numbers_suite(void)
{
  Suite *s = suite_create("numbers");
  TCase *t = tcase_create("numbers");
  tcase_add_checked_fixture(t, fixture_setup, fixture_teardown);
  tcase_add_loop_test(t, vectors, FIELD_REAL, FIELD_EXACT + 1);
  tcase_add_test(t, nearest_doubles_go_along);
  tcase_add_test(t, finite_numbers);
  tcase_add_test(t, too_many);
  tcase_add_test(t, literals);
  tcase_add_test(t, literals_that_are_none);
  tcase_add_test(t, operators_and_their_errors);
  tcase_add_test(t, the_pool_goes_back_to_its_mark);
  tcase_add_test(t, pool_without_memory);
  tcase_add_test(t, what_numbers_are);
  suite_add_tcase(s, t);
  return s;
}
