/* The evaluator for complex and exact numbers: random Programs against the plain interpreter (it
 * takes doubles, too), places of what has no value, the complex step. */
#include "config.h"

#include "eval/scalar.h"

#include <stdio.h>

#include "unit/program_fixture.h"

#include "hessian/plan.h"

Suite *scalar_suite(void);

/* ---- random Programs ---- */

START_TEST(random_programs)
{
  static const struct fixture_options options = {
      .outputs = 3, .size = 4, .groups = 4, .results = true};
  for (uint64_t seed = 0; seed < 250; seed++) {
    struct fixture f;
    struct scalar *s;
    double x[16];
    fixture_open(&f, (uint64_t)_i * 250 + seed);
    fixture_program(&f, &options);
    ck_assert_int_eq(scalar_create(&f.ctx, &f.p, FIELD_REAL, &s), STATUS_OK);
    for (int run = 0; run < 2; run++) { /* the second forgets the first */
      for (int64_t i = 0; i < f.p.nx; i++) x[i] = fixture_number(&f);
      struct numbers at = {.field = FIELD_REAL, .count = f.p.nx, .re = x};
      struct values want = fixture_run(&f.p, x, NULL);
      ck_assert_int_eq(scalar_run_uniform(&f.ctx, s, &at), STATUS_OK);
      for (size_t a = 0; a < f.p.arrays.len; a++)
        for (int64_t k = 0; k < f.p.arrays.data[a].size; k++) {
          double got = numbers_get(scalar_array(s, (int)a), k).re;
          ck_assert_msg(same_number(got, want.of[a][k]), "seed %d, array %zu[%d]: %.17g, not %.17g",
                        (int)seed, a, (int)k, got, want.of[a][k]);
        }
      values_free(&want);
    }
    scalar_free(s);
    fixture_close(&f);
  }
}
END_TEST

/* ---- models ---- */

static struct context ctx;
static struct problem *problem;
static struct scalar *scalar;

static enum status load(const char *text, enum field field)
{
  struct problem_options options = {.field = field};
  size_t len = strlen(text);
  context_init(&ctx);
  TRY(context_add_source(&ctx, "model", mem_strndup(text, len), len, &options.model_source));
  return problem_load(&ctx, &options, &problem);
}

/* Its Program at its default point. */
static void open_model(const char *text, enum field field)
{
  struct numbers x;
  enum status status = load(text, field);
  ck_assert_msg(status == STATUS_OK, "%s", ctx.diags.len ? ctx.diags.data[0].message : "?");
  const struct program *p = problem_program(problem);
  ck_assert_int_eq(numbers_create(&ctx, field, (double)p->nx, "the point", &x), STATUS_OK);
  ck_assert_int_eq(problem_point(&ctx, problem, NULL, &x), STATUS_OK);
  ck_assert_int_eq(scalar_create(&ctx, p, field, &scalar), STATUS_OK);
  ck_assert_int_eq(scalar_run_uniform(&ctx, scalar, &x), STATUS_OK);
  numbers_free(&x);
}

static void close_model(void)
{
  scalar_free(scalar);
  problem_free(problem);
  context_free(&ctx);
}

static struct number value(void)
{
  return numbers_get(scalar_array(scalar, problem_program(problem)->value), 0);
}

/* The value is a fault from the text after the @ (which is taken out), in that iteration. */
static void expect_fault(const char *marked, enum arithmetic why, enum op_code code,
                         int64_t position)
{
  char text[400];
  const char *mark = strchr(marked, '@');
  int32_t where = -1;
  ck_assert_ptr_nonnull(mark);
  snprintf(text, sizeof text, "%.*s%s", (int)(mark - marked), marked, mark + 1);
  open_model(text, FIELD_EXACT);
  struct number v = value();
  ck_assert_msg(v.exact && rational_is_fault(v.exact, NULL, &where), "has a value: %s", text);
  struct accident a = scalar_accident(scalar, where);
  ck_assert_msg(a.why == why && a.code == code, "%s, %s: %s", arithmetic_text(a.why),
                op_table[a.code].name, text);
  ck_assert_msg(a.loc.begin == (uint32_t)(mark - marked) && a.position == position,
                "at %d, iteration %d: %s", (int)a.loc.begin, (int)a.position, text);
  close_model();
}

START_TEST(faults_and_their_places)
{
  if (!rational_available) return;
  expect_fault("var x[4] = 1; return sum(x[i] + @x[i]/(i - 3) for i in 1..4);",
               ARITHMETIC_DIVISION_BY_ZERO, OP_DIV, 2);
  expect_fault("var x[3] = 0; return sum(i + @(x[i] - i + 2)^-1 for i in 1..3);",
               ARITHMETIC_DIVISION_BY_ZERO, OP_POWI, 1);
  expect_fault("var x = 0; return 3 + 2*@(1/x) - 1/x;", ARITHMETIC_DIVISION_BY_ZERO, OP_DIV, 0);
  expect_fault("var x = 5; return max(@x % (x - 5), x);", ARITHMETIC_DIVISION_BY_ZERO, OP_MOD, 0);
  expect_fault("var x[3] = 0; let s[1] = x[1]; let s[i in 2..3] = s[i-1] + @1/(x[i] + 3 - i);"
               "return s[3]*0 + min(s);",
               ARITHMETIC_DIVISION_BY_ZERO, OP_DIV, 1);
  expect_fault("var x = 3; return @((x^1000)^1000)^1000 + 1;", ARITHMETIC_TOO_LARGE, OP_POWI, 0);
}
END_TEST

/* What is computed and not needed may be a fault. */
START_TEST(faults_that_do_not_matter)
{
  if (!rational_available) return;
  open_model("var x[3] = 0; let unused = 1/x[1];"
             "return sum((if x[i] > 0 then 1/x[i] else i/3) for i in 1..3)"
             "  + (if x[2] == 0 or 1/x[2] > 1 then 1/7 else 5) + 0*(1/x[1]);",
             FIELD_EXACT);
  struct number v = value();
  struct strbuf text = {0};
  ck_assert_ptr_nonnull(v.exact);
  rational_format(v.exact, &text);
  ck_assert_str_eq(text.data, "15/7");
  strbuf_free(&text);
  close_model();
}
END_TEST

/* abs of the first iteration whose number is complex. */
START_TEST(complex_numbers_at_real_operators)
{
  struct fixture f;
  struct scalar *s;
  double re[] = {-1, -2, -3, -4}, im[] = {0, 0, 1e-9, 1};
  struct numbers x = {.field = FIELD_COMPLEX, .count = 4, .re = re, .im = im};
  struct map here = fixture_here(0);
  struct body b;
  fixture_open(&f, 1);
  int block = fixture_block(&f, 4, 0), out = fixture_computed(&f, 4);
  body_init(&b, &f.ctx, fixture_box(&f, 1, 4, 0), NO_LOC);
  b.loc = (struct loc){.source = 0, .begin = 11, .end = 12};
  int32_t v = body_op1(&b, OP_ABS, body_read(&b, block, &here));
  body_output(&b, (struct output){out, here, OUTPUT_SET, v, -1});
  fixture_group(&f, (struct group){.first = fixture_end(&f, &b), .count = 1});
  ck_assert_int_eq(scalar_create(&f.ctx, &f.p, FIELD_COMPLEX, &s), STATUS_OK);
  ck_assert_int_eq(scalar_run_uniform(&f.ctx, s, &x), STATUS_OK);
  struct accident a = scalar_accident(s, -1);
  ck_assert(a.why == ARITHMETIC_NOT_REAL && a.code == OP_ABS && a.position == 2);
  ck_assert_uint_eq(a.loc.begin, 11);
  ck_assert_double_eq(numbers_get(scalar_array(s, out), 1).re, 2);
  ck_assert(!numbers_is_finite(scalar_array(s, out), 3));
  im[2] = im[3] = 0;
  ck_assert_int_eq(scalar_run_uniform(&f.ctx, s, &x), STATUS_OK);
  ck_assert_int_eq(scalar_accident(s, -1).why, ARITHMETIC_OK);
  ck_assert_double_eq(numbers_get(scalar_array(s, out), 3).re, 4);
  scalar_free(s);
  fixture_close(&f);
}
END_TEST

/* f(x + ih) = f(x) + ih f'(x) + …, without a difference: a derivative up to rounding. */
START_TEST(complex_step)
{
  const double x = 0.7, slope = 2 * x * sin(x) + x * x * cos(x) - exp(-x) / (1 + exp(-x));
  open_model("var x = 0.7 + 1e-40i; return x^2*sin(x) + log1p(exp(-x));", FIELD_COMPLEX);
  struct number v = value();
  ck_assert_double_eq_tol(v.im / 1e-40, slope, 1e-15 * 4);
  ck_assert_double_eq_tol(v.re, x * x * sin(x) + log1p(exp(-x)), 1e-15);
  close_model();
}
END_TEST

/* Exactly: the inverse of Hilbert's matrix has whole elements; f sums those of a row of it times
 * the matrix, which is a row of the identity. */
START_TEST(exact_sums)
{
  if (!rational_available) return;
  open_model("param n = 12; param row = 5;"
             "def choose(m, k) = prod((m - k + l)/l for l in 1..k);"
             "param inv[j in 1..n] = (-1)^(row + j)*(row + j - 1)*choose(n + row - 1, n - j)"
             "  *choose(n + j - 1, n - row)*choose(row + j - 2, row - 1)^2;"
             "var x[n] = 1;"
             "return sum(10^i*sum(inv[j]*x[j]/(i + j - 1) for j in 1..n) for i in 1..n);",
             FIELD_EXACT);
  struct number v = value();
  int64_t k = 0;
  ck_assert_ptr_nonnull(v.exact);
  ck_assert(rational_to_int64(v.exact, &k));
  ck_assert_int_eq(k, 100000);
  close_model();
}
END_TEST

START_TEST(no_memory)
{
#define MODEL "var x[3] = 1/3; let r[1] = x[1]; let r[i in 2..3] = r[i-1]/x[i]; return prod(x) + "
  static const char *const texts[] = {[FIELD_COMPLEX] = MODEL "logsumexp(r)*1i + exp(x[1]);",
                                      [FIELD_EXACT] =
                                          MODEL "min(r)*1e30*x[3]^20 + 1/(x[1] - x[2]);"};
  for (int field = FIELD_COMPLEX; field <= FIELD_EXACT; field++) {
    enum status status = STATUS_LIMIT;
    if (field == FIELD_EXACT && !rational_available) continue;
    ck_assert_int_eq(load(texts[field], (enum field)field), STATUS_OK);
    const struct program *p = problem_program(problem);
    struct numbers x;
    ck_assert_int_eq(numbers_create(&ctx, (enum field)field, 3, "the point", &x), STATUS_OK);
    if (field == FIELD_EXACT) ck_assert_int_eq(problem_point(&ctx, problem, NULL, &x), STATUS_OK);
    for (long n = 1; status != STATUS_OK; n++) {
      struct failing f = {.fail_at = n};
      struct context c;
      struct scalar *s;
      mem_set_hook(failing_hook, &f);
      context_init(&c);
      status = scalar_create(&c, p, (enum field)field, &s);
      if (status == STATUS_OK) status = scalar_run_uniform(&c, s, &x);
      scalar_free(s);
      context_free(&c);
      mem_set_hook(NULL, NULL);
      ck_assert_int_eq(f.live, 0);
      ck_assert(status == STATUS_OK || status == STATUS_LIMIT);
      ck_assert_int_lt(n, 10000);
    }
    numbers_free(&x);
    problem_free(problem);
    context_free(&ctx);
  }
}
END_TEST

Suite *scalar_suite(void)
{
  Suite *s = suite_create("scalar");
  TCase *t = tcase_create("scalar");
  tcase_add_loop_test(t, random_programs, 0, 4);
  tcase_add_test(t, faults_and_their_places);
  tcase_add_test(t, faults_that_do_not_matter);
  tcase_add_test(t, complex_numbers_at_real_operators);
  tcase_add_test(t, complex_step);
  tcase_add_test(t, exact_sums);
  tcase_add_test(t, no_memory);
  suite_add_tcase(s, t);
  return s;
}
