/* Verification of complex and of exact Hessians, and of doubles against exact ones: what is right
 * agrees, and planted faults are found and named. */
#include "config.h"

#include "io_fixture.h"

#include <float.h>
#include <math.h>

#include "hessian/verify.h"
#include "unit/wrong_rule.h"

Suite *verify_fields_suite(void);

/* A problem in a field with its sparse Hessian at the default point, and the exact one. */
struct solved {
  struct problem *p, *exact;
  struct numbers x, exact_x, values;
  struct pattern pattern;
};

static void load(int source, enum field field, struct problem **p, struct numbers *x)
{
  struct problem_options options = {.model_source = source, .field = field};
  if (problem_load(&ctx, &options, p) != STATUS_OK)
    ck_abort_msg("%s\nin: %s", ctx.diags.data[0].message, ctx.sources.data[source].text);
  double nx = (double)problem_program(*p)->nx;
  ck_assert_int_eq(numbers_create(&ctx, field, nx, "x", x), STATUS_OK);
  ck_assert_int_eq(problem_point(&ctx, *p, NULL, x), STATUS_OK);
}

static void evaluate(struct solved *s, enum hessian_mode mode, enum coloring_method method)
{
  struct coloring_options how = {.method = method, .ordering = ORDERING_LARGEST_FIRST};
  struct evaluation_options options = {.kind = EVALUATE_HVP, .mode = mode};
  struct coloring c;
  struct recovery *r;
  struct evaluation *e;
  enum status finite;
  double nnz = (double)pattern_nnz(&s->pattern);
  ck_assert_int_eq(coloring_compute(&ctx, &s->pattern, &how, &c), STATUS_OK);
  ck_assert_int_eq(recovery_create(&ctx, &s->pattern, &c, &r), STATUS_OK);
  ck_assert_int_eq(numbers_create(&ctx, s->x.field, nnz, "H", &s->values), STATUS_OK);
  ck_assert_int_eq(evaluation_create(&ctx, s->p, &options, &e), STATUS_OK);
  ck_assert_int_eq(evaluation_point(&ctx, e, &s->x), STATUS_OK);
  ck_assert_int_eq(evaluation_hessian(&ctx, e, s->p, &c, r, &s->values, &finite), STATUS_OK);
  evaluation_free(e);
  recovery_free(r);
  coloring_free(&c);
}

static void solve(struct solved *s, const char *text, enum field field, enum hessian_mode mode,
                  enum coloring_method method)
{
  int source = add_text(text);
  *s = (struct solved){0};
  load(source, field, &s->p, &s->x);
  if (field == FIELD_REAL) load(source, FIELD_EXACT, &s->exact, &s->exact_x);
  ck_assert_int_eq(problem_pattern(&ctx, s->p, &s->pattern), STATUS_OK);
  evaluate(s, mode, method);
}

static void release(struct solved *s)
{
  numbers_free(&s->x);
  numbers_free(&s->exact_x);
  numbers_free(&s->values);
  pattern_free(&s->pattern);
  problem_free(s->p);
  problem_free(s->exact);
  forget_diags();
}

static enum status try_verify(const struct solved *s, enum verify_check check,
                              enum hessian_mode mode, struct verify_report *r)
{
  struct verify_options options = {.check = check,
                                   .probes = 25,
                                   .rtol = -1,
                                   .atol = -1,
                                   .mode = mode,
                                   .exact = s->exact,
                                   .exact_x = &s->exact_x};
  return verify_hessian(&ctx, s->p, &s->x, &s->pattern, &s->values, &options, r);
}

/* The numbers of the report stay valid until the next one. */
static struct verify_report verify(const struct solved *s, enum verify_check check,
                                   enum hessian_mode mode)
{
  static struct verify_report r;
  verify_report_free(&r);
  ck_assert_int_eq(try_verify(s, check, mode, &r), STATUS_OK);
  return r;
}

/* The part of entry k that a fault changes: of a complex number the imaginary one. */
static double *part(struct solved *s, int64_t k)
{
  return s->values.im ? &s->values.im[k] : &s->values.re[k];
}

static void add_exactly(struct solved *s, int64_t k, const char *by)
{
  struct rational *a, *sum, *old = s->values.exact[k];
  ck_assert_int_eq(rational_parse(by, strlen(by), &a), RATIONAL_OK);
  enum rational_result result = old ? rational_add(old, a, &sum) : rational_neg(a, &sum);
  ck_assert_int_eq(result, RATIONAL_OK);
  numbers_set(&s->values, k, &(struct number){.exact = sum});
  rational_drop(sum);
  rational_drop(a);
}

/* Entry k of row i becomes wrong by a hundredth of the largest in the row, an exact one by less
 * than a double can hold. */
static void damage(struct solved *s, int64_t i, int64_t k)
{
  double largest = 0.1;
  if (s->values.field == FIELD_EXACT) {
    add_exactly(s, k, "1e-400");
    return;
  }
  for (int64_t l = s->pattern.ptr[i]; l < s->pattern.ptr[i + 1]; l++) {
    struct number v = numbers_get(&s->values, l);
    largest = fmax(largest, hypot(v.re, v.im));
  }
  *part(s, k) += 1e-2 * largest;
}

/* Takes the entry (i, j) and its mirror image away. */
static void remove_entry(struct solved *s, int32_t i, int32_t j)
{
  int64_t kept = 0, from = 0;
  for (int32_t row = 0; row < s->pattern.n; row++) {
    for (; from < s->pattern.ptr[row + 1]; from++) {
      int32_t column = s->pattern.ind[from];
      if ((row == i && column == j) || (row == j && column == i)) continue;
      struct number value = numbers_get(&s->values, from);
      s->pattern.ind[kept] = column;
      numbers_set(&s->values, kept++, &value);
    }
    s->pattern.ptr[row + 1] = kept;
  }
}

/* ---- right Hessians ---- */

static const char *const holomorphic[] = {
    "var x[k in 1..5] = 0.3*k - 0.4i; let r[k in 1..4] = x[k+1] - x[k]^2;"
    "return sum(100*r[k]^2 + (1i - x[k])^2 for k in 1..4);",
    "var x[4] = 0.3 + 0.2i; var t = 1.2i; let s[0] = t; let s[k in 1..4] = s[k-1]*cos(x[k])"
    " + x[k]^2; return s[4]*exp(-t);",
    "var x[k in 1..4] = k/4 - 0.1i*k; return prod(x[k] for k in 1..4)*log(sum(x[k]^2"
    " for k in 1..4));",
    "var x[k in 1..3] = 1e-4*k; var y = 1e4i; return sum(log(x[k])*y for k in 1..3) + 1e-3*y^2;",
    "var x[k in 1..3] = 0.1*k + 1i; return logsumexp(x[k]*x[k+1] for k in 1..2) + x[1]^2.5;",
};
enum { HOLOMORPHIC = sizeof holomorphic / sizeof *holomorphic };

/* Points on branch cuts, branch points and edges. */
static const char *const edges[] = {
    "var x[2] = -1; return x[1]*log(x[1]) + sqrt(x[2])^3 + x[1]*x[2];",
    "var x[3] = 0; return x[1]^2 + sinh(x[2])*x[3];",
    "var x[2] = 2; return asin(x[1])*x[2] + atanh(x[2])^2;",
    "var x[2] = 1e-7i; return sum(x[k]^2.5 for k in 1..2) + x[1]*x[2];",
    "var x[0]; return 1;",
};
enum { EDGES = sizeof edges / sizeof *edges };

static const char *const rational[] = {
    "var x[k in 1..5] = 0.3*k; let r[k in 1..4] = x[k+1] - x[k]^2;"
    "return sum(100*r[k]^2 + (1 - x[k])^2 for k in 1..4);",
    "var x[k in 1..4] = k/7; var y = 1/3; return prod(x[k] + y for k in 1..4)/(1 + x[2]^2)"
    " + sum(if x[k] > 0.3 then x[k]^3 else x[k]/y for k in 1..4);",
    "var x[k in 1..4] = 1/k; return max(x[1]^2, x[2], x[3]^3) + abs(x[4] - 1)^3 + x[1]^-2*x[2];",
};
enum { RATIONAL = sizeof rational / sizeof *rational };

static void expect_ok(const struct solved *s, enum verify_check check, enum hessian_mode mode,
                      const char *text)
{
  struct verify_report r = verify(s, check, mode);
  ck_assert_msg(r.ok && !r.pattern_at_fault && !r.gradient_at_fault,
                "%s, mode %d: (%d, %d): (%g, %g), the reference has (%g, %g), error %g\nin: %s",
                check_names[check], mode, (int)r.row, (int)r.column, r.value.re, r.value.im,
                r.reference.re, r.reference.im, r.error, text);
  ck_assert_int_eq(r.field, problem_field(s->p));
  ck_assert_int_eq(r.column >= 0, check != CHECK_MATVEC && s->pattern.n > 0);
}

START_TEST(right_complex_hessians_agree)
{
  const char *text = _i < HOLOMORPHIC ? holomorphic[_i] : edges[_i - HOLOMORPHIC];
  for (enum hessian_mode mode = 0; mode < MODE_COUNT; mode++)
    for (enum coloring_method method = 0; method < METHOD_COUNT; method++) {
      struct solved s;
      solve(&s, text, FIELD_COMPLEX, mode, method);
      for (enum verify_check check = 0; check < CHECK_EXACT; check++)
        expect_ok(&s, check, mode, text);
      release(&s);
    }
}
END_TEST

START_TEST(right_exact_hessians_agree)
{
  for (enum hessian_mode mode = 0; mode < MODE_COUNT; mode++)
    for (enum coloring_method method = 0; method < METHOD_COUNT; method++) {
      struct solved s;
      solve(&s, rational[_i], FIELD_EXACT, mode, method);
      expect_ok(&s, CHECK_MATVEC, mode, rational[_i]);
      expect_ok(&s, CHECK_DENSE, mode, rational[_i]);
      ck_assert_double_eq(verify(&s, CHECK_DENSE, mode).error, 0);
      release(&s);
      solve(&s, rational[_i], FIELD_REAL, mode, method);
      expect_ok(&s, CHECK_EXACT, mode, rational[_i]);
      ck_assert_double_gt(verify(&s, CHECK_EXACT, mode).digits, 13);
      release(&s);
    }
}
END_TEST

/* ---- planted faults ---- */

static void expect_entry(const struct verify_report *r, enum verify_check check, int32_t i,
                         int32_t j)
{
  bool matvec = check == CHECK_MATVEC;
  int64_t row = matvec ? r->entry_row : r->row, column = matvec ? r->entry_column : r->column;
  ck_assert_msg(!r->ok && row == i && column == j, "%s: (%d, %d) instead of (%d, %d), error %g",
                check_names[check], (int)row, (int)column, (int)i, (int)j, r->error);
  ck_assert(!r->pattern_at_fault && !r->gradient_at_fault);
}

static void expect_damage_found(const char *text, enum field field)
{
  struct solved s;
  solve(&s, text, field, MODE_FWD_OVER_REV, METHOD_STAR);
  enum verify_check end = field == FIELD_EXACT ? CHECK_FD : CHECK_EXACT;
  for (int32_t i = 0; i < s.pattern.n; i++)
    for (int64_t k = s.pattern.ptr[i]; k < s.pattern.ptr[i + 1]; k++) {
      struct number old = numbers_get(&s.values, k);
      rational_keep(old.exact);
      damage(&s, i, k);
      for (enum verify_check check = 0; check < end; check++) {
        struct verify_report r = verify(&s, check, MODE_FWD_OVER_REV);
        expect_entry(&r, check, i, s.pattern.ind[k]);
      }
      numbers_set(&s.values, k, &old);
      rational_drop(old.exact);
    }
  release(&s);
}

START_TEST(wrong_complex_values_are_found)
{
  expect_damage_found(holomorphic[_i], FIELD_COMPLEX);
}
END_TEST

START_TEST(wrong_exact_values_are_found)
{
  expect_damage_found(rational[_i], FIELD_EXACT);
}
END_TEST

static void expect_missing_found(const char *text, enum field field, enum verify_check end)
{
  struct solved all;
  solve(&all, text, field, MODE_FWD_OVER_REV, METHOD_STAR);
  for (int32_t i = 0; i < all.pattern.n; i++)
    for (int64_t k = all.pattern.ptr[i]; k < all.pattern.ptr[i + 1]; k++) {
      int32_t j = all.pattern.ind[k];
      struct number v = numbers_get(&all.values, k);
      double size = field == FIELD_EXACT ? (v.exact ? 1 : 0) : hypot(v.re, v.im);
      if (j > i || size < 1e-2) continue;
      if (field == FIELD_EXACT && rational_sign(v.exact) == 0) continue;
      struct solved s;
      solve(&s, text, field, MODE_FWD_OVER_REV, METHOD_STAR);
      remove_entry(&s, i, j);
      for (enum verify_check check = 0; check < end; check++) {
        struct verify_report r = verify(&s, check, MODE_FWD_OVER_REV);
        bool matvec = check == CHECK_MATVEC;
        int64_t row = matvec ? r.entry_row : r.row, column = matvec ? r.entry_column : r.column;
        ck_assert(!r.ok && r.pattern_at_fault && row + column == i + j && (row == i || row == j));
      }
      release(&s);
    }
  release(&all);
}

START_TEST(missing_entries_are_found)
{
  if (_i < HOLOMORPHIC)
    expect_missing_found(holomorphic[_i], FIELD_COMPLEX, CHECK_EXACT);
  else
    expect_missing_found(rational[_i - HOLOMORPHIC], FIELD_EXACT, CHECK_FD);
}
END_TEST

static struct verify_report verify_wrongly(const char *text, enum op_code code,
                                           enum hessian_mode mode, enum verify_check check)
{
  struct solved s;
  wrong_rule = code;
  solve(&s, text, FIELD_COMPLEX, mode, METHOD_STAR);
  struct verify_report r = verify(&s, check, mode);
  wrong_rule = OP_COUNT;
  release(&s);
  return r;
}

/* Every rule of an operator that complex models may use. */
START_TEST(each_wrong_rule_is_found)
{
  enum op_code code = (enum op_code)_i;
  const struct op_info *op = &op_table[code];
  if (!op->in_language || op->class == CLASS_ZERO || !op_is_holomorphic(code)) return;
  char text[200];
  snprintf(text, sizeof text, "var x[2] = 0.4 + 0.3i; return %s(x[1]%s)*(1 + x[2]) + x[2]^3;",
           op->name, op->arity == 2 ? ", 1 + x[2]" : "");
  for (enum hessian_mode mode = 0; mode < MODE_COUNT; mode++) {
    ck_assert_msg(verify_wrongly(text, OP_COUNT, mode, CHECK_MATVEC).ok, "%s", text);
    ck_assert_msg(!verify_wrongly(text, code, mode, CHECK_MATVEC).ok, "%s", text);
    ck_assert_msg(!verify_wrongly(text, code, mode, CHECK_FD).ok, "%s", text);
  }
}
END_TEST

START_TEST(wrong_complex_gradients_are_found)
{
  static const char text[] = "var x[k in 1..20] = k/20 + 0.5i; return sin(x[7])"
                             " + sum(x[k]^2*x[k+1] for k in 1..19);";
  for (int check = CHECK_MATVEC; check <= CHECK_FD; check += CHECK_FD) {
    struct verify_report r =
        verify_wrongly(text, OP_SIN, MODE_FWD_OVER_REV, (enum verify_check)check);
    ck_assert(!r.ok && r.gradient_at_fault && r.finite_difference && r.row == 6);
    /* half of cos(0.35 + 0.5i) is too much */
    ck_assert_double_eq_tol(r.value.re - r.reference.re, 0.5 * cos(0.35) * cosh(0.5), 1e-5);
    ck_assert_double_eq_tol(r.value.im - r.reference.im, -0.5 * sin(0.35) * sinh(0.5), 1e-5);
  }
}
END_TEST

/* ---- doubles against exact numbers ---- */

/* H = [[2, 1/3], [1/3, 0]], and the entry of row i and column j times 1 + 10^-digits. */
START_TEST(digits_are_counted)
{
  static const char text[] = "var x[2] = 1; return x[1]^2 + x[1]*x[2]/3 + x[2]*(x[2] - x[2]);";
  for (int digits = 1; digits <= 14; digits++)
    for (int64_t k = 0; k < 3; k++) {
      struct solved s;
      solve(&s, text, FIELD_REAL, MODE_FWD_OVER_REV, METHOD_STAR);
      struct verify_report r = verify(&s, CHECK_EXACT, MODE_FWD_OVER_REV);
      ck_assert(r.ok && r.digits == VERIFY_DIGITS && r.digits_row == -1);
      s.values.re[k] *= 1 + pow(10, -digits);
      r = verify(&s, CHECK_EXACT, MODE_FWD_OVER_REV);
      ck_assert_double_eq_tol(r.digits, digits, 0.02);
      ck_assert(r.digits_row == k / 2 && r.digits_column == k % 2);
      ck_assert(r.field == FIELD_REAL && r.reference_field == FIELD_EXACT);
      ck_assert_int_eq(r.ok, digits > 6);
      if (digits <= 6) ck_assert(r.row == k / 2 && r.column == k % 2 && !r.pattern_at_fault);
      release(&s);
    }
}
END_TEST

/* What is exactly 0 is measured by the largest entry. */
START_TEST(digits_of_zeros_are_counted)
{
  static const char text[] = "var x[2] = 1; return 25*x[1]^2 + (x[1] - x[2])^3;";
  struct solved s;
  solve(&s, text, FIELD_REAL, MODE_FWD_OVER_REV, METHOD_STAR);
  ck_assert_int_eq(pattern_nnz(&s.pattern), 4);
  s.values.re[3] = 5e-11;
  struct verify_report r = verify(&s, CHECK_EXACT, MODE_FWD_OVER_REV);
  ck_assert(r.ok && r.digits_row == 1 && r.digits_column == 1);
  ck_assert_double_eq_tol(r.digits, 12, 1e-6);
  s.values.re[0] = 0;
  r = verify(&s, CHECK_EXACT, MODE_FWD_OVER_REV);
  ck_assert(!r.ok && r.digits == 0 && r.digits_row == 0 && r.row == 0 && r.column == 0);
  s.values.re[0] = NAN;
  r = verify(&s, CHECK_EXACT, MODE_FWD_OVER_REV);
  ck_assert(!r.ok && r.digits == 0 && r.digits_row == 0 && isinf(r.error));
  release(&s);
}
END_TEST

/* Cancellation that doubles cannot see: 1 + 1e-20 is 1. */
START_TEST(cancellation_is_found)
{
  struct solved s;
  solve(&s, "var x = 1e-20; return 1e10*((1 + x) - 1)*x^2;", FIELD_REAL, MODE_FWD_OVER_REV,
        METHOD_STAR);
  struct verify_report r = verify(&s, CHECK_EXACT, MODE_FWD_OVER_REV);
  ck_assert(r.ok); /* 4e-10 instead of 6e-10, within the absolute tolerance */
  ck_assert_double_eq_tol(r.digits, -log10(1.0 / 3), 1e-9);
  release(&s);
}
END_TEST

/* A number below the normal ones has fewer digits, but the nearest double is as good as it gets. */
START_TEST(nearest_doubles_are_right)
{
  struct solved s;
  solve(&s, "var x = 1; return 1e-320*x^2;", FIELD_REAL, MODE_FWD_OVER_REV, METHOD_STAR);
  ck_assert_double_eq(s.values.re[0], 2e-320);
  ck_assert_double_eq(verify(&s, CHECK_EXACT, MODE_FWD_OVER_REV).digits, VERIFY_DIGITS);
  s.values.re[0] += DBL_TRUE_MIN;
  ck_assert_double_lt(verify(&s, CHECK_EXACT, MODE_FWD_OVER_REV).digits, 5);
  release(&s);
}
END_TEST

START_TEST(what_the_pattern_lacks_is_found_exactly)
{
  struct solved s;
  solve(&s, rational[0], FIELD_REAL, MODE_FWD_OVER_REV, METHOD_STAR);
  remove_entry(&s, 3, 2);
  struct verify_report r = verify(&s, CHECK_EXACT, MODE_FWD_OVER_REV);
  ck_assert(!r.ok && r.pattern_at_fault && r.row + r.column == 5 && r.digits == 0);
  release(&s);
}
END_TEST

/* Of what has no exact value, the error of exact mode. */
START_TEST(exact_references_may_not_exist)
{
  static const struct {
    const char *text;
    enum status status;
  } rows[] = {{"var x = 2; return exp(x);", STATUS_MODEL},
              {"var x = 2; return x^0.5;", STATUS_MODEL},
              {"var x = 1/3; return 1/(3*x - 1.0000000000000000001 + 1e-19);", STATUS_NONFINITE}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct solved s = {0};
    struct verify_report r;
    int source = add_text(rows[i].text);
    load(source, FIELD_REAL, &s.p, &s.x);
    load(source, FIELD_EXACT, &s.exact, &s.exact_x);
    ck_assert_int_eq(problem_pattern(&ctx, s.p, &s.pattern), STATUS_OK);
    ck_assert_int_eq(numbers_create(&ctx, FIELD_REAL, 1, "H", &s.values), STATUS_OK);
    ck_assert_int_eq(try_verify(&s, CHECK_EXACT, 0, &r), rows[i].status);
    ck_assert(ctx.diags.len > 0 && ctx.diags.data[0].loc.source == source);
    verify_report_free(&r);
    release(&s);
  }
}
END_TEST

/* ---- memory ---- */

static struct solved shared;
static enum verify_check shared_check;

static enum status run_failing(void)
{
  struct verify_report r = {0};
  enum status status = try_verify(&shared, shared_check, 0, &r);
  ck_assert(status != STATUS_OK || !r.ok);
  verify_report_free(&r);
  context_free(&ctx);
  context_init(&ctx);
  return status;
}

START_TEST(every_allocation_may_fail)
{
  static const struct {
    enum field field;
    enum verify_check check;
  } rows[] = {{FIELD_COMPLEX, CHECK_MATVEC}, {FIELD_COMPLEX, CHECK_DENSE},
              {FIELD_COMPLEX, CHECK_FD},     {FIELD_EXACT, CHECK_MATVEC},
              {FIELD_EXACT, CHECK_DENSE},    {FIELD_REAL, CHECK_EXACT}};
  const char *text = "var x[k in 1..3] = 0.3*k; return x[1]^2*x[2] + 1/(x[3] + x[2]);";
  solve(&shared, text, rows[_i].field, MODE_FWD_OVER_REV, METHOD_STAR);
  shared_check = rows[_i].check;
  damage(&shared, 0, 1);
  forget_diags();
  long failures = fail_each_allocation(run_failing);
  ck_assert_int_gt(failures, 50);
  release(&shared);
}
END_TEST

static void add_exact_tests(TCase *t)
{
  tcase_add_loop_test(t, right_exact_hessians_agree, 0, RATIONAL);
  tcase_add_loop_test(t, wrong_exact_values_are_found, 0, RATIONAL);
  tcase_add_loop_test(t, missing_entries_are_found, HOLOMORPHIC, HOLOMORPHIC + RATIONAL);
  tcase_add_test(t, digits_are_counted);
  tcase_add_test(t, digits_of_zeros_are_counted);
  tcase_add_test(t, cancellation_is_found);
  tcase_add_test(t, nearest_doubles_are_right);
  tcase_add_test(t, what_the_pattern_lacks_is_found_exactly);
  tcase_add_test(t, exact_references_may_not_exist);
  tcase_add_loop_test(t, every_allocation_may_fail, 3, 6);
}

Suite *verify_fields_suite(void)
{
  Suite *s = suite_create("verify_fields");
  TCase *t = tcase_create("verify_fields");
  tcase_add_checked_fixture(t, fixture_setup, fixture_teardown);
  tcase_set_timeout(t, 60);
  tcase_add_loop_test(t, right_complex_hessians_agree, 0, HOLOMORPHIC + EDGES);
  tcase_add_loop_test(t, wrong_complex_values_are_found, 0, HOLOMORPHIC);
  tcase_add_loop_test(t, missing_entries_are_found, 0, HOLOMORPHIC);
  tcase_add_loop_test(t, each_wrong_rule_is_found, 0, OP_COUNT);
  tcase_add_test(t, wrong_complex_gradients_are_found);
  tcase_add_loop_test(t, every_allocation_may_fail, 0, 3);
  if (rational_available) add_exact_tests(t);
  suite_add_tcase(s, t);
  return s;
}
