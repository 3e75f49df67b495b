/* Lets that are lowered where they are read: the same function as written out by hand, no array for
 * it, and the same errors. */
#include "config.h"

#include <math.h>

#include "io_fixture.h"

#include "hessian/plan.h"
#include "hessian/problem_parts.h"
#include "tests/doubles.h"

Suite *inline_suite(void);

enum { N = 12 };

#define HEAD                                                                                       \
  "param n = 4; param h = 0.25; param q[n] = [3, 1, 2, 4]; var x[i in 1..12] = 0.3*i - 1;"

static const struct {
  const char *lets, *result, *by_hand;
  bool in_place;
} cases[] = {
    /* copies */
    {"let z[i in 0..n+1] = if i >= 1 and i <= n then x[i] else 0;",
     "sum((z[i+1] - z[i])^4 for i in 0..n)",
     "x[1]^4 + (x[2] - x[1])^4 + (x[3] - x[2])^4 + (x[4] - x[3])^4 + x[4]^4", true},
    {"let z[i in 0..n+1] = if i == 0 then h^2 else if i > n then 3*h else x[i];",
     "sum((z[i+1] - z[i])^4 for i in 0..n)",
     "(x[1] - h^2)^4 + (x[2] - x[1])^4 + (x[3] - x[2])^4 + (x[4] - x[3])^4 + (3*h - x[4])^4", true},
    {"let z[i in 1..3, j in 1..3] = if i == 1 or j == 3 then i*h else x[3*(i-1) + j];",
     "sum(z[i, j]^2*z[i+1, j] for i in 1..2, j in 1..3) + z[3, 2]^3",
     "h^2*x[4] + h^2*x[5] + h^2*2*h + x[4]^2*x[7] + x[5]^2*x[8] + 4*h^2*3*h + x[8]^3", true},
    {"let z[i in 1..n] = x[i+2]; let y[i in 2..n] = if i < 3 then z[i] else x[1];",
     "sum(exp(y[j]*z[j-1]) for j in 2..n)", "exp(x[4]*x[3]) + exp(x[1]*x[4]) + exp(x[1]*x[5])",
     true},
    {"let z[i in n..1 by -1] = x[2*i];", "sum(z[k]^3*z[5-k] for k in 1..4)",
     "x[2]^3*x[8] + x[4]^3*x[6] + x[6]^3*x[4] + x[8]^3*x[2]", true},
    {"let z[i in 1..9 by 4] = x[i];", "sum(z[4*i + 1]^3 for i in 0..2)", "x[1]^3 + x[5]^3 + x[9]^3",
     true},
    /* read once */
    {"let z[i in 1..n] = exp(x[i])*x[i+1] + (if i > 1 then x[i-1] else 0);",
     "sum(z[i]^2 for i in 1..n)",
     "(exp(x[1])*x[2])^2 + (exp(x[2])*x[3] + x[1])^2 + (exp(x[3])*x[4] + x[2])^2"
     "+ (exp(x[4])*x[5] + x[3])^2",
     true},
    {"let z[i in 1..3, j in 1..2] = x[i]*x[j+6]^2;", "sum(z[k, i]^2 for i in 1..2, k in 1..3)",
     "(x[1]*x[7]^2)^2 + (x[2]*x[7]^2)^2 + (x[3]*x[7]^2)^2 + (x[1]*x[8]^2)^2 + (x[2]*x[8]^2)^2"
     "+ (x[3]*x[8]^2)^2",
     true},
    {"let z[i in 1..n] = x[i]^3; aux worst = max(z[i] for i in 1..n);", "sum(z[i]^2 for i in 2..3)",
     "x[2]^6 + x[3]^6", true},
    /* others */
    {"let z[i in 1..n] = x[i]^3;", "sum(z[i]*z[i] for i in 1..n)",
     "x[1]^6 + x[2]^6 + x[3]^6 + x[4]^6", false},
    {"let z[i in 1..n] = x[i]^3;", "sum(z[i]*x[j] for i in 1..2, j in 3..4)",
     "(x[1]^3 + x[2]^3)*(x[3] + x[4])", false},
    {"let z[i in 1..n] = x[i]^3;", "sum(sin(z[q[i]]) for i in 1..n)",
     "sin(x[1]^3) + sin(x[2]^3) + sin(x[3]^3) + sin(x[4]^3)", false},
    {"let z[i in 1..n] = x[i]^3;", "sum(z[2]*x[i] for i in 5..6)", "x[2]^3*(x[5] + x[6])", false},
    {"let z[i in 1..n] = x[i]^3; def f(i) = z[i]^2;", "f(1) + f(2)", "x[1]^6 + x[2]^6", false},
    {"let z[1] = x[1]; let z[i in 2..n] = z[i-1]*x[i];", "z[4]^2", "(x[1]*x[2]*x[3]*x[4])^2",
     false},
    {"let z[i in 1..n] = 2*x[i];", "max(z)^2 + z[1]^2", "4*x[4]^2 + 4*x[1]^2", false},
};

static struct problem *load(const char *lets, const char *result)
{
  char text[2000];
  struct problem *p;
  snprintf(text, sizeof text, HEAD "%s return %s;", lets, result);
  struct problem_options options = {.model_source = add_text(text)};
  if (problem_load(&ctx, &options, &p) != STATUS_OK)
    ck_abort_msg("%s\nin: %s", ctx.diags.data[0].message, text);
  return p;
}

/* The Hessian, column by column, behind the value; whether an array `z` is computed for the value.
 */
static void evaluate(const struct problem *p, double out[1 + N * N], bool *computed)
{
  double x[N], directions[N * N] = {0};
  struct evaluation *e;
  *computed = false;
  ck_assert_int_eq(doubles_point(&ctx, p, NULL, x), STATUS_OK);
  ck_assert_int_eq(doubles_create(&ctx, p, EVALUATE_VALUE, 0, 0, 0, &e), STATUS_OK);
  evaluation_point_doubles(e, x);
  out[0] = doubles_value(e);
  const struct program *q = evaluation_program(e);
  for (size_t k = 0; k < q->kernels.len; k++)
    for (size_t j = 0; j < q->kernels.data[k].outputs.len; j++)
      *computed |= !strcmp(q->arrays.data[q->kernels.data[k].outputs.data[j].array].name, "z");
  evaluation_free(e);
  for (int i = 0; i < N; i++) directions[i * N + i] = 1;
  ck_assert_int_eq(doubles_create(&ctx, p, EVALUATE_HVP, MODE_FWD_OVER_REV, N, 0, &e), STATUS_OK);
  evaluation_point_doubles(e, x);
  evaluation_hvp_doubles(e, directions, N, out + 1);
  evaluation_free(e);
}

START_TEST(same_as_by_hand)
{
  double got[1 + N * N], want[1 + N * N];
  bool computed, unused;
  struct problem *p = load(cases[_i].lets, cases[_i].result), *by_hand;
  by_hand = strstr(cases[_i].by_hand, "norm2")
                ? load("let y[i in 1..n] = x[i];", "x[4]^2 + norm2(y)")
                : load("", cases[_i].by_hand);
  evaluate(p, got, &computed);
  evaluate(by_hand, want, &unused);
  for (int k = 0; k <= N * N; k++)
    ck_assert_msg(fabs(got[k] - want[k]) <= 1e-12 * (1 + fabs(want[k])), "%d: %.17g, not %.17g", k,
                  got[k], want[k]);
  ck_assert_int_eq(computed, !cases[_i].in_place);
  problem_free(p);
  problem_free(by_hand);
}
END_TEST

static const struct {
  const char *text, *message;
} bad[] = {
    {HEAD "let z[i in 1..n] = x[i+10]; return z[1]^2;", "index 13 is out of bounds for x[1..12]"},
    {HEAD "let z[i in 1..n] = x[i]^2; return sum(z[i] for i in 1..n+1);",
     "index 5 is out of bounds for z[1..4]"},
    {HEAD "let z[i in 1..n] = if i > 1 then x[i] else 0; return sum(z[i-1]^2 for i in 1..n);",
     "index 0 is out of bounds for z[1..4]"},
    {HEAD "let z[i in 1..9 by 4] = x[i]; return sum(z[i]^2 for i in 1..2);",
     "index 2 is out of bounds for z[1..9 by 4]"},
};

START_TEST(errors_stay)
{
  struct problem *p;
  struct problem_options options = {.model_source = add_text(bad[_i].text)};
  ck_assert_int_eq(problem_load(&ctx, &options, &p), STATUS_MODEL);
  ck_assert_msg(!strcmp(ctx.diags.data[0].message, bad[_i].message), "%s",
                ctx.diags.data[0].message);
  forget_diags();
}
END_TEST

/* A chain of lets, each read once, is longer than what is lowered in place. */
START_TEST(long_chains)
{
  struct strbuf text = {0};
  struct problem *p;
  double x[1] = {0}, value;
  enum { LINKS = 1000 };
  strbuf_puts(&text, "var x = 0.5; let a0[i in 1..3] = x + i;\n");
  for (int k = 1; k <= LINKS; k++)
    strbuf_printf(&text, "let a%d[i in 1..3] = a%d[i] + 0.5;\n", k, k - 1);
  strbuf_printf(&text, "return sum(a%d[i] for i in 1..3);\n", LINKS);
  struct problem_options options = {.model_source = add_text(text.data)};
  ck_assert_int_eq(problem_load(&ctx, &options, &p), STATUS_OK);
  struct evaluation *e;
  ck_assert_int_eq(doubles_point(&ctx, p, NULL, x), STATUS_OK);
  ck_assert_int_eq(doubles_create(&ctx, p, EVALUATE_VALUE, 0, 0, 0, &e), STATUS_OK);
  evaluation_point_doubles(e, x);
  value = doubles_value(e);
  ck_assert_double_eq_tol(value, 3 * (0.5 + LINKS * 0.5) + 6, 1e-9);
  evaluation_free(e);
  problem_free(p);
  strbuf_free(&text);
}
END_TEST

Suite *inline_suite(void)
{
  Suite *suite = suite_create("inline");
  TCase *tc = tcase_create("inline");
  tcase_add_checked_fixture(tc, fixture_setup, fixture_teardown);
  tcase_add_loop_test(tc, same_as_by_hand, 0, sizeof cases / sizeof *cases);
  tcase_add_loop_test(tc, errors_stay, 0, sizeof bad / sizeof *bad);
  tcase_add_test(tc, long_chains);
  suite_add_tcase(suite, tc);
  return suite;
}
