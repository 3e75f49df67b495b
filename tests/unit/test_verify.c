/* Verification: agrees where the Hessian is right, kinks or not, and finds and names whatever is
 * wrong. */
#include "config.h"

#include "io_fixture.h"

#include <math.h>

#include "hessian/verify.h"
#include "oracle/generate.h"
#include "unit/wrong_rule.h"
#include "tests/doubles.h"

Suite *verify_suite(void);

/* A problem with its sparse Hessian at the default point. */
struct solved {
  struct problem *p;
  double *x, *values;
  struct pattern pattern;
};

static void solve(struct solved *s, const char *text, enum hessian_mode mode,
                  enum coloring_method method)
{
  struct problem_options options = {.model_source = add_text(text)};
  struct coloring_options how = {.method = method, .ordering = ORDERING_LARGEST_FIRST};
  struct coloring c;
  struct evaluation *e;
  struct recovery *r;
  if (problem_load(&ctx, &options, &s->p) != STATUS_OK)
    ck_abort_msg("%s\nin: %s", ctx.diags.data[0].message, text);
  s->x = mem_zalloc((size_t)problem_program(s->p)->nx, sizeof *s->x);
  ck_assert_int_eq(doubles_point(&ctx, s->p, NULL, s->x), STATUS_OK);
  ck_assert_int_eq(problem_pattern(&ctx, s->p, &s->pattern), STATUS_OK);
  ck_assert_int_eq(coloring_compute(&ctx, &s->pattern, &how, &c), STATUS_OK);
  double *compressed = mem_zalloc((size_t)(c.num_colors * c.n), sizeof *compressed);
  s->values = mem_zalloc((size_t)pattern_nnz(&s->pattern), sizeof *s->values);
  ck_assert_int_eq(doubles_create(&ctx, s->p, EVALUATE_HVP, mode, c.num_colors, 0, &e), STATUS_OK);
  evaluation_point_doubles(e, s->x);
  ck_assert_int_eq(doubles_compress(&ctx, e, &c, compressed), STATUS_OK);
  ck_assert_int_eq(recovery_create(&ctx, &s->pattern, &c, &r), STATUS_OK);
  doubles_recover(r, compressed, s->values);
  recovery_free(r);
  evaluation_free(e);
  mem_free(compressed);
  coloring_free(&c);
}

static void release(struct solved *s)
{
  mem_free(s->x);
  mem_free(s->values);
  pattern_free(&s->pattern);
  problem_free(s->p);
}

static struct verify_options standard(enum verify_check check)
{
  return (struct verify_options){.check = check, .probes = 25, .rtol = -1, .atol = -1};
}

static struct verify_report verify(const struct solved *s, const struct verify_options *options)
{
  struct verify_report r;
  struct numbers x = doubles(s->x), values = doubles(s->values);
  ck_assert_int_eq(verify_hessian(&ctx, s->p, &x, &s->pattern, &values, options, &r), STATUS_OK);
  return r;
}

static const char *const models[] = {
    "var x[10] = 0.5; let r[i in 1..9] = x[i+1] - x[i]^2;"
    "return sum(100*r[i]^2 + (1 - x[i])^2 for i in 1..9);",
    "var x[6] = 0.3; var t = 1.2; let s[0] = t; let s[i in 1..6] = s[i-1]*cos(x[i]) + x[i]^2;"
    "return s[6]*exp(-t);",
    "var x[i in 1..5] = i/4; return prod(x[i] for i in 1..5)*log(sum(x[i]^2 for i in 1..5));",
    "var x[i in 1..6] = i; return sum(1e3*x[i]^3 for i in 1..6) + 0.1*x[1]*x[6];",
    "var x[i in 1..4] = 1e-4*i; var y = 1e4; return sum(log(x[i])*y for i in 1..4) + 1e-3*y^2;",
    "var x[4] = 0; return sum((x[i] - i)^4 for i in 1..4) + x[1]*x[2];",
    "var x[3] = 1; return sum(x);",
    "var x = 2; return x^5;",
    "var x = 0.5; var y = 1; return prod(1.3 + 0.3*tanh(x) for i in 1..400) + x*y^2;",
};
enum { MODELS = sizeof models / sizeof *models };

/* Kinks, jumps and edges of domains exactly at the point; every H is what the language says. */
static const char *const kinks[] = {
    "var x[3] = 0; return sum(abs(x[i])*x[i] for i in 1..3) + x[1]*x[2];",
    "var x[3] = 0; return sum(abs(x[i]) for i in 1..3)^2;",
    "var x[3] = 2; return max(x[1]^2, x[2]^2, x[3]^3/2) + min(x[i]*x[1] for i in 1..3);",
    "var x[3] = 1; return sum(floor(x[i])*x[i]^2 + sign(x[i] - 1)*x[i] for i in 1..3);",
    "var x[2] = 1; return sum(if x[i] < 1 then x[i]^2 else x[i]^3 for i in 1..2) + x[1] % x[2];",
    "var x[2] = 1e-7; return sum(x[i]^1.5 for i in 1..2) + x[1]*x[2];",
    "var x[3] = -1; return sum(if x[i] > 0 then log(x[i]) else x[i]^2 for i in 1..3);",
    /* not quite: the larger steps lead to other elements on both sides, the smaller ones do not */
    "var x[i in 1..60] = if i == 7 then 1.0001 else 1; return max(x[i]^2 for i in 1..60);",
};
enum { KINKS = sizeof kinks / sizeof *kinks };

static void expect_ok(const struct solved *s, const struct verify_options *options,
                      const char *text)
{
  struct verify_report r = verify(s, options);
  if (!r.ok)
    ck_abort_msg("%s, mode %d: (%d, %d): %g, the reference has %g, %g of the tolerance\nin: %s",
                 check_names[options->check], options->mode, (int)r.row, (int)r.column, r.value.re,
                 r.reference.re, r.error, text);
  ck_assert(r.error <= 1 && r.row >= 0 && r.row < s->pattern.n && !r.pattern_at_fault);
  ck_assert_int_eq(r.column >= 0, options->check != CHECK_MATVEC);
  ck_assert_int_eq(r.probes, options->check == CHECK_MATVEC ? options->probes : s->pattern.n);
}

START_TEST(right_hessians_agree)
{
  const char *text = _i < MODELS ? models[_i] : kinks[_i - MODELS];
  for (enum hessian_mode mode = 0; mode < MODE_COUNT; mode++)
    for (enum coloring_method method = 0; method < METHOD_COUNT; method++) {
      struct solved s;
      solve(&s, text, mode, method);
      for (enum verify_check check = 0; check < CHECK_EXACT; check++) {
        struct verify_options options = standard(check);
        options.mode = mode;
        for (options.seed = 0; options.seed < 5; options.seed++) expect_ok(&s, &options, text);
        options.chunk = 1;
        expect_ok(&s, &options, text);
      }
      release(&s);
    }
}
END_TEST

START_TEST(random_models_agree)
{
  for (uint64_t seed = 1; seed <= 100; seed++) {
    struct strbuf text = {0};
    struct solved s;
    forget_diags();
    generate_model(MODEL_REAL, seed, &text);
    solve(&s, text.data, seed % MODE_COUNT, METHOD_STAR);
    for (enum verify_check check = 0; check < CHECK_EXACT; check++) {
      struct verify_options options = standard(check);
      options.mode = seed % MODE_COUNT;
      expect_ok(&s, &options, text.data);
    }
    release(&s);
    strbuf_free(&text);
  }
}
END_TEST

/* Each entry is damaged in turn: every check finds it, and names its place. */
START_TEST(wrong_values_are_found)
{
  /* The last model's are lost beside a gradient of 1e60, which is what it is there for. */
  struct solved s;
  solve(&s, models[_i], MODE_FWD_OVER_REV, METHOD_STAR);
  for (int32_t i = 0; i < s.pattern.n; i++)
    for (int64_t k = s.pattern.ptr[i]; k < s.pattern.ptr[i + 1]; k++)
      for (enum verify_check check = 0; check < CHECK_EXACT; check++) {
        struct verify_options options = standard(check);
        double old = s.values[k], largest = 0.1;
        for (int64_t l = s.pattern.ptr[i]; l < s.pattern.ptr[i + 1]; l++)
          largest = fmax(largest, fabs(s.values[l]));
        s.values[k] += 1e-2 * largest;
        struct verify_report r = verify(&s, &options);
        ck_assert(!r.ok && r.error > 1);
        ck_assert_int_eq(r.row, i);
        ck_assert(!r.pattern_at_fault);
        ck_assert_int_eq(r.column, check == CHECK_MATVEC ? -1 : s.pattern.ind[k]);
        if (check != CHECK_MATVEC) ck_assert_double_eq(r.value.re, s.values[k]);
        options.rtol = 1;
        options.atol = 10 * (1 + largest);
        ck_assert(verify(&s, &options).ok); /* but a tolerance that large takes it */
        s.values[k] = NAN;
        ck_assert(!verify(&s, &options).ok);
        s.values[k] = old;
      }
  release(&s);
}
END_TEST

/* Takes the entry (i, j) and its mirror image away. */
static void remove_entry(struct solved *s, int32_t i, int32_t j)
{
  int64_t kept = 0, from = 0;
  for (int32_t row = 0; row < s->pattern.n; row++) {
    for (; from < s->pattern.ptr[row + 1]; from++) {
      int32_t column = s->pattern.ind[from];
      if ((row == i && column == j) || (row == j && column == i)) continue;
      s->pattern.ind[kept] = column;
      s->values[kept++] = s->values[from];
    }
    s->pattern.ptr[row + 1] = kept;
  }
}

START_TEST(missing_entries_are_found)
{
  struct solved all;
  solve(&all, models[_i], MODE_FWD_OVER_REV, METHOD_STAR);
  for (int32_t i = 0; i < all.pattern.n; i++)
    for (int64_t k = all.pattern.ptr[i]; k < all.pattern.ptr[i + 1]; k++) {
      int32_t j = all.pattern.ind[k];
      if (j > i || fabs(all.values[k]) < 1e-2) continue;
      struct solved s;
      solve(&s, models[_i], MODE_FWD_OVER_REV, METHOD_STAR);
      remove_entry(&s, i, j);
      for (enum verify_check check = 0; check < CHECK_EXACT; check++) {
        struct verify_options options = standard(check);
        struct verify_report r = verify(&s, &options);
        ck_assert(!r.ok && r.pattern_at_fault && (r.row == i || r.row == j));
        if (check != CHECK_MATVEC) ck_assert(r.row + r.column == i + j && r.value.re == 0);
      }
      release(&s);
    }
  release(&all);
}
END_TEST

/* A star recovery that takes the leaf for the hub reads, for the entry (i, j), where all entries of
 * row i in columns of j's color are summed up: each such value in turn is found and named. */
START_TEST(wrong_hubs_are_found)
{
  static const char text[] = "var x[i in 1..9] = 0.3 + i/10; return sum((1 + i/7)*x[i]^2*x[i+1]"
                             " + x[i]*x[1]^3/i for i in 1..8);";
  struct coloring_options how = {.method = METHOD_STAR, .ordering = ORDERING_LARGEST_FIRST};
  struct coloring c;
  struct solved s;
  int planted = 0;
  solve(&s, text, MODE_FWD_OVER_REV, METHOD_STAR);
  ck_assert_int_eq(coloring_compute(&ctx, &s.pattern, &how, &c), STATUS_OK);
  for (int32_t i = 0; i < c.n; i++)
    for (int64_t k = s.pattern.ptr[i]; k < s.pattern.ptr[i + 1]; k++) {
      int32_t j = s.pattern.ind[k];
      int64_t mirror = pattern_find(&s.pattern, j, i);
      double right = s.values[k], wrong = 0;
      for (int64_t l = s.pattern.ptr[i]; l < s.pattern.ptr[i + 1]; l++)
        if (c.color[s.pattern.ind[l]] == c.color[j]) wrong += s.values[l];
      if (fabs(wrong - right) < 1e-3) continue;
      planted++;
      s.values[k] = s.values[mirror] = wrong;
      for (enum verify_check check = 0; check < CHECK_EXACT; check++) {
        struct verify_options options = standard(check);
        struct verify_report r = verify(&s, &options);
        bool matvec = check == CHECK_MATVEC;
        int64_t row = matvec ? r.entry_row : r.row, column = matvec ? r.entry_column : r.column;
        ck_assert(!r.ok && !r.pattern_at_fault && !r.gradient_at_fault && !r.finite_difference);
        ck_assert((row == i && column == j) || (row == j && column == i));
        ck_assert_double_eq(matvec ? r.entry_value.re : r.value.re, wrong);
        ck_assert_double_eq_tol(matvec ? r.entry_reference.re : r.reference.re, right, 1e-6);
      }
      s.values[k] = s.values[mirror] = right;
    }
  ck_assert_int_gt(planted, 5);
  coloring_free(&c);
  release(&s);
}
END_TEST

/* What a missing entry is added to is wrong, too, but the pattern is what is at fault. */
START_TEST(missing_entries_come_before_what_they_spoil)
{
  static const char text[] = "var x[i in 1..6] = 1 + i/10;"
                             "return sum(x[i]^2*x[6]*i for i in 1..5) + x[1]*x[2]^2;";
  struct solved all;
  solve(&all, text, MODE_FWD_OVER_REV, METHOD_STAR);
  for (int32_t i = 0; i < all.pattern.n; i++)
    for (int64_t k = all.pattern.ptr[i]; k < all.pattern.ptr[i + 1]; k++) {
      int32_t j = all.pattern.ind[k];
      if (j >= i) continue;
      struct solved s;
      solve(&s, text, MODE_FWD_OVER_REV, METHOD_STAR);
      double lost = s.values[k];
      for (int32_t l = 0; l < s.pattern.n; l++) { /* as if it were read together with it */
        int64_t at = pattern_find(&s.pattern, i, l), mirror = pattern_find(&s.pattern, l, i);
        if (at >= 0 && l != j && l != i) s.values[at] = s.values[mirror] = s.values[at] + 3 * lost;
      }
      remove_entry(&s, i, j);
      struct verify_options options = standard(CHECK_MATVEC);
      struct verify_report r = verify(&s, &options);
      ck_assert(!r.ok && r.pattern_at_fault && r.entry_value.re == 0);
      ck_assert((r.entry_row == i && r.entry_column == j) ||
                (r.entry_row == j && r.entry_column == i));
      ck_assert_double_eq_tol(r.entry_reference.re, lost, 1e-9);
      release(&s);
    }
  release(&all);
}
END_TEST

static struct verify_report verify_wrongly(const char *text, enum op_code code,
                                           enum hessian_mode mode, enum verify_check check)
{
  struct verify_options options = standard(check);
  struct solved s;
  options.mode = mode;
  wrong_rule = code;
  solve(&s, text, mode, METHOD_STAR);
  struct verify_report r = verify(&s, &options);
  wrong_rule = OP_COUNT;
  release(&s);
  return r;
}

/* All modes share the rules: a wrong one is found by differences of the gradient alone, where only
 * second derivatives need it, and names the entry. */
START_TEST(wrong_second_derivatives_are_found)
{
  static const char text[] = "var x[i in 1..5] = i/5; return sum(sin(x[i]*x[i+1]) for i in 1..4)"
                             " + 7*x[1]^2;";
  for (enum hessian_mode mode = 0; mode < MODE_COUNT; mode++) {
    ck_assert(verify_wrongly(text, OP_COS, mode, CHECK_DENSE).ok);
    struct verify_report r = verify_wrongly(text, OP_COS, mode, CHECK_MATVEC);
    ck_assert(!r.ok && r.finite_difference && !r.gradient_at_fault && !r.pattern_at_fault);
    ck_assert(r.row >= 0 && r.entry_row >= 0 && llabs(r.entry_row - r.entry_column) <= 1);
    /* half of the term -sin(x y) times the derivatives of x y is too much */
    ck_assert_double_gt(fabs(r.entry_value.re - r.entry_reference.re), 1e-3);
    r = verify_wrongly(text, OP_COS, mode, CHECK_FD);
    ck_assert(!r.ok && r.row >= 0 && r.column >= 0 && !r.gradient_at_fault && !r.pattern_at_fault);
  }
}
END_TEST

/* Where the gradient is wrong by the same rule, its differences agree with the Hessian, and those
 * of the value tell. */
START_TEST(wrong_gradients_are_found)
{
  static const char text[] = "var x[i in 1..50] = i/50; var t = 2; return t^2*x[3]"
                             " + sum(x[i]^2*x[i+1] for i in 1..49) + sin(x[17]);";
  for (enum verify_check check = 0; check < CHECK_EXACT; check++) {
    struct verify_report r = verify_wrongly(text, OP_SIN, MODE_FWD_OVER_REV, check);
    if (check == CHECK_DENSE) {
      ck_assert(r.ok);
      continue;
    }
    ck_assert(!r.ok && r.gradient_at_fault && r.finite_difference && r.error > 1);
    ck_assert_int_eq(r.row, 16);
    ck_assert_double_eq_tol(r.value.re - r.reference.re, 0.5 * cos(0.34), 1e-5);
  }
}
END_TEST

/* Every rule of the table for which the model's function has a name. */
START_TEST(each_wrong_rule_is_found)
{
  enum op_code code = (enum op_code)_i;
  const struct op_info *op = &op_table[code];
  if (!op->in_language || op->class == CLASS_ZERO) return;
  char text[200];
  snprintf(text, sizeof text, "var x[2] = %s; return %s(x[1]%s)*(1 + x[2]) + x[2]^3;",
           code == OP_ACOSH ? "1.4" : "0.4", op->name, op->arity == 2 ? ", 1 + x[2]" : "");
  for (enum hessian_mode mode = 0; mode < MODE_COUNT; mode++) {
    ck_assert_msg(verify_wrongly(text, OP_COUNT, mode, CHECK_MATVEC).ok, "%s", text);
    ck_assert_msg(!verify_wrongly(text, code, mode, CHECK_MATVEC).ok, "%s", text);
    ck_assert_msg(!verify_wrongly(text, code, mode, CHECK_FD).ok, "%s", text);
  }
}
END_TEST

/* What is not finite on both sides agrees under matvec alone. */
START_TEST(nonfinite_values)
{
  struct solved s;
  solve(&s, "var x[i in 1..3] = if i == 2 then 0 else 1; return x[1]^2 + sqrt(x[2])*x[3] + x[3]^2;",
        MODE_FWD_OVER_REV, METHOD_STAR);
  struct verify_options options = standard(CHECK_MATVEC);
  ck_assert(verify(&s, &options).ok);
  options.check = CHECK_DENSE;
  struct verify_report r = verify(&s, &options);
  ck_assert(!r.ok && r.row == 1 && r.column == 1 && !r.pattern_at_fault && isinf(r.error));
  s.values[0] = NAN; /* H[x[1], x[1]] = 2 */
  for (options.check = 0; options.check < CHECK_EXACT; options.check++) {
    r = verify(&s, &options);
    ck_assert(!r.ok && r.row == 0 && !r.pattern_at_fault);
  }
  release(&s);
}
END_TEST

/* What is stopped does not change with the point, also for the differences. */
START_TEST(stops_are_held)
{
  static const char *const texts[] = {
      "var x[2] = 3; return x[1]*stop(x[2]^2) + x[2]^2;",
      "param a = 2; var x[2] = 3; return x[1]*stop(a)*x[2];",
      "var x[3] = 2; let s[1] = x[1]; let s[i in 2..3] = s[i-1]*stop(s[i-1]); return s[3];",
      "var x[i in 1..4] = sin(i); return logsumexp(x[i]*x[i+1] for i in 1..3);"};
  for (int i = 0; i < 4; i++) {
    struct solved s;
    solve(&s, texts[i], MODE_FWD_OVER_REV, METHOD_STAR);
    for (enum verify_check check = 0; check < CHECK_EXACT; check++) {
      struct verify_options options = standard(check);
      expect_ok(&s, &options, texts[i]);
    }
    release(&s);
  }
}
END_TEST

START_TEST(nothing_to_verify)
{
  struct solved s;
  solve(&s, "var x[0]; return 1;", MODE_FWD_OVER_REV, METHOD_STAR);
  for (enum verify_check check = 0; check < CHECK_EXACT; check++) {
    struct verify_options options = standard(check);
    struct verify_report r = verify(&s, &options);
    ck_assert(r.ok && r.row == -1 && r.probes == 0);
  }
  release(&s);
}
END_TEST

static struct solved shared;

static enum status run_failing(void)
{
  enum status status = STATUS_OK;
  for (enum verify_check check = 0; check < CHECK_EXACT && status == STATUS_OK; check++) {
    struct verify_options options = standard(check);
    struct verify_report r;
    struct numbers x = doubles(shared.x), values = doubles(shared.values);
    status = verify_hessian(&ctx, shared.p, &x, &shared.pattern, &values, &options, &r);
    ck_assert(status != STATUS_OK || !r.ok);
  }
  context_free(&ctx);
  context_init(&ctx);
  return status;
}

START_TEST(every_allocation_may_fail)
{
  solve(&shared, models[0], MODE_FWD_OVER_REV, METHOD_STAR);
  shared.values[3] += 1;
  forget_diags();
  long failures = fail_each_allocation(run_failing);
  ck_assert_int_gt(failures, 200);
  release(&shared);
}
END_TEST

Suite *verify_suite(void)
{
  Suite *s = suite_create("verify");
  TCase *t = tcase_create("verify");
  tcase_add_checked_fixture(t, fixture_setup, fixture_teardown);
  tcase_set_timeout(t, 60);
  tcase_add_loop_test(t, right_hessians_agree, 0, MODELS + KINKS);
  tcase_add_test(t, random_models_agree);
  tcase_add_loop_test(t, wrong_values_are_found, 0, MODELS - 1);
  tcase_add_loop_test(t, missing_entries_are_found, 0, MODELS - 1);
  tcase_add_test(t, wrong_hubs_are_found);
  tcase_add_test(t, missing_entries_come_before_what_they_spoil);
  tcase_add_test(t, wrong_second_derivatives_are_found);
  tcase_add_test(t, wrong_gradients_are_found);
  tcase_add_loop_test(t, each_wrong_rule_is_found, 0, OP_COUNT);
  tcase_add_test(t, nonfinite_values);
  tcase_add_test(t, stops_are_held);
  tcase_add_test(t, nothing_to_verify);
  tcase_add_test(t, every_allocation_may_fail);
  suite_add_tcase(s, t);
  return s;
}
