/* The oracle against finite differences, and on models that were worked out by hand: what judges
 * the library must be right itself. */
#include "config.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../oracle/generate.h"
#include "../oracle/reference.h"

/* Parses and checks; NULL and the message printed if that fails. */
static struct model *load(struct context *ctx, const char *text)
{
  struct model *m = NULL;
  int source;
  size_t len = strlen(text);
  if (context_add_source(ctx, "model", mem_strndup(text, len), len, &source) != STATUS_OK ||
      model_parse(ctx, source, &m) != STATUS_OK)
    return NULL;
  if (model_check(ctx, m) != STATUS_OK) {
    model_free(m);
    return NULL;
  }
  return m;
}

static void run(const char *text, struct reference *out)
{
  struct context ctx;
  context_init(&ctx);
  struct model *m = load(&ctx, text);
  ck_assert_msg(m != NULL, "%s\n%s", ctx.diags.len ? ctx.diags.data[0].message : "?", text);
  ck_assert_msg(reference_run(m, NULL, out), "%s\n%s", out->error, text);
  model_free(m);
  context_free(&ctx);
}

/* Central differences of values and first derivatives of every function of the language. */
static void compare_function(const char *name, double x, double y, bool two)
{
  struct hyperdual f, up, down, a, b;
  const double h = 1e-5;
  hd_variable(&a, num_of(x), 0);
  hd_variable(&b, num_of(y), 1);
  ck_assert_msg(hd_call(2, &f, name, &a, two ? &b : NULL), "%s is unknown", name);
  for (int i = 0; i < (two ? 2 : 1); i++) {
    hd_variable(&a, num_of(x + (i == 0 ? h : 0)), 0);
    hd_variable(&b, num_of(y + (i == 1 ? h : 0)), 1);
    hd_call(2, &up, name, &a, two ? &b : NULL);
    hd_variable(&a, num_of(x - (i == 0 ? h : 0)), 0);
    hd_variable(&b, num_of(y - (i == 1 ? h : 0)), 1);
    hd_call(2, &down, name, &a, two ? &b : NULL);
    if (!strcmp(name, "stop")) continue;
    double g = (up.value.re - down.value.re) / (2 * h);
    ck_assert_msg(fabs(g - f.g[i].re) < 1e-7 * (1 + fabs(g)), "%s'(%g, %g): %.10g, not %.10g", name,
                  x, y, f.g[i].re, g);
    for (int j = 0; j < 2; j++) {
      double d = (up.g[j].re - down.g[j].re) / (2 * h);
      ck_assert_msg(fabs(d - f.h[i][j].re) < 1e-7 * (1 + fabs(d)), "%s''(%g, %g): %.10g, not %.10g",
                    name, x, y, f.h[i][j].re, d);
      ck_assert_msg(d == 0 || f.pair[i] >> j & 1, "%s: the pattern lacks (%d, %d)", name, i, j);
    }
  }
}

START_TEST(functions)
{
  static const double points[] = {0.31, 0.83, 1.42, 3.21, -0.42, -1.7};
  for (int op = 0; op < OP_COUNT; op++) {
    if (!op_table[op].in_language) continue;
    int compared = 0;
    for (size_t k = 0; k < sizeof points / sizeof *points; k++) {
      struct hyperdual x, f;
      const char *name = op_table[op].name;
      hd_variable(&x, num_of(points[k]), 0);
      if (op_table[op].arity == 2) {
        compare_function(name, fabs(points[k]), points[(k + 1) % 6], true);
        compared++;
      } else if (hd_call(1, &f, name, &x, NULL) && isfinite(f.value.re) && isfinite(f.g[0].re)) {
        compare_function(name, points[k], 0, false);
        compared++;
      }
    }
    ck_assert_msg(compared > 0, "%s was never compared", op_table[op].name);
  }
}
END_TEST

/* Gradient and Hessian of a random model against differences of values and gradients. */
static void compare_model(uint64_t seed, const char *text)
{
  struct context ctx;
  struct reference f, up, down;
  const double h = 1e-6;
  context_init(&ctx);
  struct model *m = load(&ctx, text);
  ck_assert_msg(m != NULL, "seed %llu: %s\n%s", (unsigned long long)seed,
                ctx.diags.len ? ctx.diags.data[0].message : "?", text);
  ck_assert_msg(reference_run(m, NULL, &f), "seed %llu: %s\n%s", (unsigned long long)seed, f.error,
                text);
  for (int i = 0; i < f.n; i++) {
    double x[UNKNOWNS_MAX];
    memcpy(x, f.point, sizeof x);
    x[i] = f.point[i] + h;
    ck_assert(reference_run(m, x, &up));
    x[i] = f.point[i] - h;
    ck_assert(reference_run(m, x, &down));
    double g = (up.value - down.value) / (2 * h), scale = fabs(f.value) + fabs(g) + 1;
    ck_assert_msg(fabs(g - f.gradient[i]) < 1e-4 * scale, "seed %llu, gradient %d: %g, not %g\n%s",
                  (unsigned long long)seed, i, f.gradient[i], g, text);
    for (int j = 0; j < f.n; j++) {
      double d = (up.gradient[j] - down.gradient[j]) / (2 * h);
      scale = fabs(f.gradient[j]) + fabs(d) + 1;
      ck_assert_msg(fabs(d - f.hessian[i][j]) < 1e-4 * scale, "seed %llu, (%d, %d): %g, not %g\n%s",
                    (unsigned long long)seed, i, j, f.hessian[i][j], d, text);
      ck_assert_msg(d == 0 || f.pattern[i][j] || fabs(d) < 1e-4 * scale,
                    "seed %llu: the pattern lacks (%d, %d)\n%s", (unsigned long long)seed, i, j,
                    text);
    }
  }
  model_free(m);
  context_free(&ctx);
}

static bool same_number(double a, double b)
{
  return a == b || (isnan(a) && isnan(b));
}

START_TEST(random_models)
{
  for (uint64_t seed = 1; seed <= 400; seed++) {
    struct strbuf text = {0};
    bool smooth = generate_model(MODEL_REAL, seed, &text);
    /* Differences of what `stop` holds fast are not zero. */
    if (smooth && !strstr(text.data, "stop")) compare_model(seed, text.data);
    strbuf_free(&text);
  }
}
END_TEST

/* Differentiating in some unknowns alone gives these rows and columns. */
START_TEST(chosen_unknowns)
{
  for (uint64_t seed = 1; seed <= 100; seed++) {
    struct strbuf text = {0};
    struct context ctx;
    struct reference all, some;
    int chosen[UNKNOWNS_MAX], count = 0;
    generate_model(MODEL_REAL, seed, &text);
    context_init(&ctx);
    struct model *m = load(&ctx, text.data);
    ck_assert(m && reference_run(m, NULL, &all));
    for (int i = (int)seed % 2; i < all.n; i += 1 + (int)seed % 3) chosen[count++] = i;
    ck_assert(reference_run_chosen(m, all.point, chosen, count, &some));
    ck_assert_int_eq(some.n, count);
    ck_assert(same_number(some.value, all.value));
    for (int i = 0; i < count; i++) {
      ck_assert(same_number(some.gradient[i], all.gradient[chosen[i]]));
      for (int j = 0; j < count; j++) {
        ck_assert(same_number(some.hessian[i][j], all.hessian[chosen[i]][chosen[j]]));
        ck_assert(some.pattern[i][j] == all.pattern[chosen[i]][chosen[j]]);
      }
    }
    model_free(m);
    context_free(&ctx);
    strbuf_free(&text);
  }
}
END_TEST

START_TEST(sparse_parameters)
{
  struct reference r;
  const char *text =
      "#| 3 2 3\n#| 1 2 0.5\n#| 3 1 4\n#| 3 2 -2e0\n"
      "param A[3, 2] sparse = read(\"entries.mtx\");\n"
      "var x[3] = 1;\n"
      "return sum(i*a*x[i]*x[j] for (i, j, a) in A) + 100*sum(a for (j, a) in A[3])\n"
      "  + 1000*A[1, 2] + A[2, 2]*x[2]^2;\n";
  reference_files(text);
  run(text, &r);
  ck_assert(fabs(r.value - (0.5 + 12 - 6 + 200 + 500)) < 1e-12);
  ck_assert(r.pattern[0][1] && r.pattern[2][0] && r.pattern[2][1] && r.pattern[1][1]);
  ck_assert(!r.pattern[0][0] && !r.pattern[2][2]);
  ck_assert(fabs(r.hessian[2][0] - 12) < 1e-12 && r.hessian[1][1] == 0);
}
END_TEST

/* Patterns as strings, row by row: what the language says must be there, and no more. */
static const struct {
  const char *text, *pattern;
} patterns[] = {
    {"var x = 1.5; var y = 2.5; return x*y;", "01 10"},
    {"param a[1] = [2]; var x = 1.5; var y = 2.5; return (if a[1] > 0 then x else y)^2;", "10 00"},
    {"param a[1] = [2]; var x = 1.5; var y = 2.5;"
     " return (if (if x < 0 or true then a[1] else 1) > 0 then x else y)^2;",
     "11 11"},
    {"var x = 1.5; var y = 2.5; return x/y;", "01 11"},
    {"var x = 1.5; var y = 2.5; return hypot(x, y);", "11 11"},
    {"var x = 1.5; var y = 2.5; return x^y;", "11 11"},
    {"var x = 1.5; var y = 2.5; return x*x + abs(y) + floor(x)*y;", "10 00"},
    {"var x = 1.5; var y = 2.5; return max(x^2, y^2);", "10 01"},
    {"var x = 1.5; var y = 2.5; return if x > y then x^2 else y^3;", "10 01"},
    {"var x = 1.5; var y = 2.5; return if 1 > 2 then x^2 else y^3;", "00 01"},
    {"param a = 2; var x = 1.5; var y = 2.5; return (a - 2)*x^2 + y^(a - 2) + y^(a - 1);", "00 00"},
    {"param w[1] = [0]; var x = 1.5; var y = 2.5; return w[1]*x^2 + 0/y;", "10 00"},
    {"var x[3] = 1.5; return prod(x);", "011 101 110"},
    {"var x[3] = 1.5; return logsumexp(x[i] for i in 1..2) + norm2(x);", "110 110 001"},
    {"var x[3] = 1.5; return sum(if i > 1 then x[i]*x[i-1] else 0 for i in 1..3);", "010 101 010"},
    {"var x = 1.5; var y = 2.5; return (x % y)*x + stop(y^2);", "11 10"},
    {"var x = 1.5; var y = 2.5; let u = exp(y); return if true or y > 0 then x^2 else u;", "10 00"},
    {"def f(a, b) = a*b; var x = 1.5; var y = 2.5; return f(x + y, 3) + f(x, x);", "10 00"}};

START_TEST(known_patterns)
{
  struct reference f;
  run(patterns[_i].text, &f);
  for (int i = 0; i < f.n; i++)
    for (int j = 0; j < f.n; j++)
      ck_assert_msg(f.pattern[i][j] == (patterns[_i].pattern[i * (f.n + 1) + j] == '1'),
                    "%s at (%d, %d)", patterns[_i].text, i, j);
}
END_TEST

/* Conventions at kinks: f, its gradient and the second derivative in the first unknown. */
static const struct {
  const char *text;
  double value, g0, h00;
} kinks[] = {{"var x = 0; return abs(x) + x^2;", 0, 0, 2},
             {"var x = 1; var y = 1; return max(x, y)^2 + min(y, x)^2;", 2, 2, 2},
             {"var x[3] = 1; return max(x[i] for i in 1..3)^3;", 1, 3, 6},
             {"var x = -1; return if x > 0 then log(x) else x^2;", 1, -2, 2},
             {"var x = -2.5; return round(x)*x + x^3;", -8.125, 15.75, -15},
             {"var x = -0.5; return (x % 2)^2;", 2.25, 3, 2},
             {"var x = 0; return x^0 + x^1 + x^2;", 1, 1, 2},
             {"var x = -2; return x^3 + x^-1 + 0*log(x);", -8.5, 11.75, -12.25},
             {"var x[2] = 0; return prod(x) + x[1]^2;", 0, 0, 2},
             {"var x = 3; return stop(x)*x^2;", 27, 18, 6}};

START_TEST(known_kinks)
{
  struct reference f;
  run(kinks[_i].text, &f);
  ck_assert_double_eq_tol(f.value, kinks[_i].value, 1e-14);
  ck_assert_double_eq_tol(f.gradient[0], kinks[_i].g0, 1e-14);
  ck_assert_double_eq_tol(f.hessian[0][0], kinks[_i].h00, 1e-14);
}
END_TEST

static double difference(double seed, double a, double b)
{
  num_round_randomly((uint64_t)seed);
  double d = num_sub(num_mul(num_of(a), num_of(b)), num_mul(num_of(-b), num_of(-a))).re;
  num_round_randomly(0);
  return d;
}

/* Each of the neighbours comes; what is exact stays, and so do ties. */
START_TEST(random_rounding)
{
  double lost = 0.1 + 0.2, sums[3] = {0};
  for (uint64_t seed = 1; seed <= 24; seed++) {
    num_round_randomly(seed);
    double sum = num_add(num_of(0.1), num_of(0.2)).re;
    ck_assert_double_eq(num_sub(num_of(-0.1), num_of(0.2)).re, -sum);
    ck_assert_double_eq(num_add(num_of(0.5), num_of(0.25)).re, 0.75);
    ck_assert_double_eq(num_mul(num_of(3), num_of(0.1875)).re, 0.5625);
    ck_assert_double_eq(num_div(num_of(3), num_of(8)).re, 0.375);
    ck_assert_double_eq(num_exp(num_of(0)).re, 1);
    num_round_randomly(0);
    sums[sum < lost ? 0 : sum > lost ? 2 : 1] += 1;
    ck_assert_double_le(fabs(sum - lost), 0x1p-54);
    ck_assert_double_eq(difference((double)seed, 0.1, 0.7), 0);
  }
  for (int k = 0; k < 3; k++) ck_assert_double_gt(sums[k], 2);
}
END_TEST

/* A second derivative that cancels: near 0 its digits are those of the rounding. */
START_TEST(rounding_of_derivatives)
{
  struct reference f;
  double least = INFINITY, greatest = -INFINITY;
  for (uint64_t seed = 1; seed <= 24; seed++) {
    num_round_randomly(seed);
    run("var x = 4.6e-5; return sin(x)/x;", &f);
    num_round_randomly(0);
    ck_assert_double_eq_tol(f.hessian[0][0], -1.0 / 3, 1e-5);
    least = fmin(least, f.hessian[0][0]);
    greatest = fmax(greatest, f.hessian[0][0]);
  }
  ck_assert_double_gt(greatest - least, 1e-7);
}
END_TEST

Suite *oracle_suite(void);
Suite *oracle_suite(void)
{
  Suite *s = suite_create("oracle");
  TCase *tc = tcase_create("oracle");
  tcase_set_timeout(tc, 120);
  tcase_add_test(tc, functions);
  tcase_add_test(tc, random_models);
  tcase_add_test(tc, chosen_unknowns);
  tcase_add_test(tc, sparse_parameters);
  tcase_add_test(tc, random_rounding);
  tcase_add_test(tc, rounding_of_derivatives);
  tcase_add_loop_test(tc, known_patterns, 0, sizeof patterns / sizeof *patterns);
  tcase_add_loop_test(tc, known_kinks, 0, sizeof kinks / sizeof *kinks);
  suite_add_tcase(s, tc);
  return s;
}
