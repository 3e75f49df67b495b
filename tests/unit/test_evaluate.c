/* Expressions of data: the interpreter that gives parameters their values while a model is loaded,
 * against values by hand, in all three fields, and against the Program. */
#include "config.h"

#include "io_fixture.h"

#include <math.h>

#include "base/rational.h"
#include "hessian/problem_parts.h"
#include "lang/quantity.h"
#include "tests/doubles.h"

Suite *evaluate_suite(void);

static const char data[] =
    "param n = 4; param c = 0.5; param w[n] = [1, 2.5, -3, 0.5]; param u[n] = [2, 1, 4, -1];\n"
    "param S[2,3] sparse = [[1, 0, 2], [0, 3, 0]]; param T[2,3] sparse = [[2, 0, 1], [0, 5, 0]];\n"
    "param D[0..1, 5..7] = [[1, 10, 100], [1000, 10000, 100000]];\n"
    "def sq(t) = t^2 + w[1];\n"
    "var z = 0;\n";

static const struct {
  const char *text;
  double value;
  bool is_rational;
} cases[] = {
    {"sum(w)", 1, true},
    {"dot(w, u)", -8, true},
    {"dot(w, w)", 16.5, true},
    {"norm2(w)", 16.5, true},
    {"prod(w[i] for i in 1..n)", -3.75, true},
    {"prod(w[i] for i in 1..0)", 1, true},
    {"sum(w[i] for i in 1..0)", 0, true},
    {"min(w[i] for i in 1..n)", -3, true},
    {"max(w[i] for i in 1..n)", 2.5, true},
    {"min(w) + 10*max(w)", 22, true},
    {"min(c, w[2], -1)", -1, true},
    {"max(c, w[2], -1)", 2.5, true},
    {"sum(S)", 6, true},
    {"dot(S, T)", 19, true},
    {"dot(S, D)", 30201, true},
    {"dot(D, T)", 50102, true},
    {"norm2(S)", 14, true},
    {"sum(a*i + 10*j for (i, j, a) in S)", 129, true}, /* all that the literal has */
    {"sq(c)", 1.25, true},
    {"sum(sq(i) for i in 1..n if i != 2)", 29, true},
    {"sum(w[i]*u[j] for i in 1..n, j in i..n)", 6.5, true},
    {"if c > 0 then w[1] else u[1]", 1, true},
    {"if c > 1 and w[1] == 1 or not (u[1] < 3) then 1 else 2", 2, true},
    {"sign(-2) + abs(-3) + trunc(2.5) + ceil(2.1) + floor(-0.5) + 7 % 3", 7, true},
    {"size(w) + w[2]^2", 10.25, true},
    {"logsumexp(w)", 2.8093595696272056, false},
    {"logsumexp(w[i] for i in 1..n)", 2.8093595696272056, false},
    {"logsumexp(1000*i for i in 1..2)", 2000, false},
    {"logsumexp(-1000*i for i in 1..2)", -1000, false},
    /* what is infinite: all terms, one of them, one behind others */
    {"if logsumexp(log(0)*i for i in 1..2) < -1e308 then 1 else 2", 1, false},
    {"logsumexp(if i == 1 then log(0) else i for i in 1..2)", 2, false},
    {"logsumexp(if i == 2 then log(0) else i for i in 1..2)", 1, false},
    {"if logsumexp(-log(0)*i for i in 1..2) > 1e308 then 1 else 2", 1, false},
};

static const struct number *parameter(const struct problem *p, const char *name, struct number *out)
{
  for (size_t i = 0; i < p->model->decls.len; i++)
    if (strcmp(p->model->decls.data[i]->name, name) == 0) {
      *out = numbers_get(&p->program.arrays.data[p->symbols[i].array].data, 0);
      return out;
    }
  ck_abort_msg("no parameter %s", name);
  return NULL;
}

static void expect_near(double got, double expected, const char *text, const char *how)
{
  ck_assert_msg(fabs(got - expected) <= 4e-16 * (1 + fabs(expected)), "%s: %.17g, not %.17g (%s)",
                text, got, expected, how);
}

static struct problem *load(enum field field, const char *statement)
{
  struct strbuf model = {0};
  struct problem *p;
  strbuf_puts(&model, data);
  strbuf_puts(&model, statement);
  strbuf_putc(&model, '\0');
  struct problem_options options = {.model_source = add_text(model.data), .field = field};
  if (problem_load(&ctx, &options, &p) != STATUS_OK)
    ck_abort_msg("%s\nin: %s", ctx.diags.data[0].message, statement);
  strbuf_free(&model);
  return p;
}

START_TEST(by_hand)
{
  static const enum field fields[] = {FIELD_REAL, FIELD_COMPLEX, FIELD_EXACT};
  static const char *const names[] = {"real", "complex", "exact"};
  for (int k = 0; k < 3; k++) {
    if (fields[k] == FIELD_EXACT && (!cases[_i].is_rational || !rational_available)) continue;
    char text[200];
    struct number v;
    snprintf(text, sizeof text, "param v = %s; return z + v;", cases[_i].text);
    struct problem *p = load(fields[k], text);
    double got = number_nearest(fields[k], parameter(p, "v", &v));
    expect_near(got, cases[_i].value, cases[_i].text, names[k]);
    if (fields[k] == FIELD_COMPLEX) ck_assert(v.im == 0);
    problem_free(p);
  }
}
END_TEST

START_TEST(as_the_program)
{
  char text[200];
  double x = 0;
  struct evaluation *e;
  snprintf(text, sizeof text, "return z + (%s);", cases[_i].text);
  struct problem *p = load(FIELD_REAL, text);
  ck_assert_int_eq(doubles_create(&ctx, p, EVALUATE_VALUE, 0, 0, 0, &e), STATUS_OK);
  evaluation_point_doubles(e, &x);
  expect_near(doubles_value(e), cases[_i].value, cases[_i].text, "program");
  evaluation_free(e);
  problem_free(p);
}
END_TEST

Suite *evaluate_suite(void)
{
  Suite *s = suite_create("evaluate");
  TCase *t = tcase_create("evaluate");
  tcase_add_checked_fixture(t, fixture_setup, fixture_teardown);
  tcase_add_loop_test(t, by_hand, 0, sizeof cases / sizeof *cases);
  tcase_add_loop_test(t, as_the_program, 0, sizeof cases / sizeof *cases);
  suite_add_tcase(s, t);
  return s;
}
