/* Values, gradients, products and compressed Hessians: against finite differences, against each
 * other in all modes and chunk sizes, and what is reported where they are not finite. */
#include "config.h"

#include "io_fixture.h"

#include <math.h>

#include "hessian/plan.h"
#include "oracle/generate.h"
#include "tests/doubles.h"

Suite *plan_suite(void);

static struct problem *load_wrt(const char *text, const char *const *wrt, size_t nwrt)
{
  struct problem *p;
  struct problem_options options = {.model_source = add_text(text), .wrt = wrt, .nwrt = nwrt};
  if (problem_load(&ctx, &options, &p) != STATUS_OK)
    ck_abort_msg("%s\nin: %s", ctx.diags.data[0].message, text);
  return p;
}

static struct problem *load(const char *text)
{
  return load_wrt(text, NULL, 0);
}

static int64_t unknowns(const struct problem *p)
{
  return problem_program(p)->n;
}

static double *numbers(int64_t count)
{
  double *v = mem_zalloc((size_t)count, sizeof *v);
  ck_assert_ptr_nonnull(v);
  return v;
}

static double *default_point(const struct problem *p)
{
  double *x = numbers(problem_program(p)->nx);
  if (doubles_point(&ctx, p, NULL, x) != STATUS_OK) ck_abort_msg("%s", ctx.diags.data[0].message);
  return x;
}

static struct evaluation *create(const struct problem *p, enum evaluation_kind kind,
                                 enum hessian_mode mode, int64_t directions, int64_t lanes)
{
  struct evaluation *e;
  ck_assert_int_eq(doubles_create(&ctx, p, kind, mode, directions, lanes, &e), STATUS_OK);
  return e;
}

static void gradient_at(const struct problem *p, const double *x, double *g)
{
  struct evaluation *e = create(p, EVALUATE_GRADIENT, MODE_FWD_OVER_REV, 0, 0);
  evaluation_point_doubles(e, x);
  evaluation_gradient_doubles(e, g);
  evaluation_free(e);
}

/* All of H, row j is column j; from mem_alloc. */
static double *dense(const struct problem *p, const double *x, enum hessian_mode mode,
                     int64_t lanes)
{
  int64_t n = unknowns(p);
  double *units = numbers(n * n), *h = numbers(n * n);
  for (int64_t j = 0; j < n; j++) units[j * n + j] = 1;
  struct evaluation *e = create(p, EVALUATE_HVP, mode, n, lanes);
  ck_assert_int_ge(evaluation_lanes(e), 1);
  ck_assert_int_le(evaluation_lanes(e), n > 1 ? n : 1);
  if (lanes > 0 && lanes <= n) ck_assert_int_eq(evaluation_lanes(e), lanes);
  evaluation_point_doubles(e, x);
  evaluation_hvp_doubles(e, units, n, h);
  evaluation_free(e);
  mem_free(units);
  return h;
}

static bool close_to(double v, double reference, double tolerance)
{
  return fabs(v - reference) <= tolerance * (1 + fabs(reference));
}

static const char *const models[] = {
    "var x[10] = 0.5; let r[i in 1..9] = x[i+1] - x[i]^2;"
    "return sum(100*r[i]^2 + (1 - x[i])^2 for i in 1..9);",
    "var x[6] = 0.3; var t = 1.2; let s[0] = t; let s[i in 1..6] = s[i-1]*cos(x[i]) + x[i]^2;"
    "return s[6]*exp(-t);",
    "var x[i in 1..7] = i/4; return prod(x[i] for i in 1..7) + log(sum(x[i]^2 for i in 1..7));",
    "var x[i in 1..7] = sin(i); return logsumexp(x[i]*x[j] for i in 1..7, j in i+1..7);",
    "param n = 4; var u[i in 1..n, j in 1..i] = 1/(i + j);"
    "return sum(sqrt(1 + u[i,j]^2*u[j,1]) for i in 1..n, j in 1..i);",
    "var x[5] = 0.7; return sum(if i > 2 then x[i]*x[i-1] else exp(x[i]) for i in 1..5);",
    "var x[i in 1..5] = i; return max(x[i]^2 for i in 1..5)*min(x[i]*x[1] for i in 2..5);",
    "param w[] = [1, 2, 3]; param k[] integer = [3, 1, 2, 3]; var x[3] = 1.5;"
    "return sum(w[k[i]]*x[k[i]]^3 for i in 1..4) + norm2(x)*x[1];",
    "var x[4] = 2; let p[0] = x[1]; let v[0] = x[2];"
    "for t in 1..5 { let a = -x[3]*p[t-1]; let p[t] = p[t-1] + 0.1*v[t-1];"
    "let v[t] = v[t-1] + 0.1*a; } return p[5]^2 + x[4];",
    "var x[2] = 1; var y[3] = 2; return x[1]*y[3];",
    "var x[3] = 1; return sum(x);",
    "var x[3] = 1; return 7;",
    "var x = 3; return x;",
    "var x = 3; return x^4;",
};
enum { MODELS = sizeof models / sizeof *models };

START_TEST(values_and_auxes)
{
  struct problem *p = load("param n = 3; var x[i in 1..n] = i; aux square[i in 1..n] = x[i]^2;"
                           "aux total = sum(square[i] for i in 1..n); aux first = x[1];"
                           "return sum(x)*x[3];");
  double *x = default_point(p);
  struct evaluation *e = create(p, EVALUATE_VALUE, MODE_FWD_OVER_REV, 0, 0);
  evaluation_point_doubles(e, x);
  ck_assert_double_eq(doubles_value(e), 18);
  for (int i = 0; i < 3; i++) ck_assert_double_eq(doubles_aux(e, 0)[i], (i + 1) * (i + 1));
  ck_assert_double_eq(doubles_aux(e, 1)[0], 14);
  ck_assert_double_eq(doubles_aux(e, 2)[0], 1);
  ck_assert_int_eq(doubles_check_finite(&ctx, e, p), STATUS_OK);
  x[2] = -3; /* another point with the same evaluation */
  evaluation_point_doubles(e, x);
  ck_assert_double_eq(doubles_value(e), 0);
  ck_assert_double_eq(doubles_aux(e, 1)[0], 14);
  evaluation_free(e);
  mem_free(x);
  problem_free(p);
}
END_TEST

/* The gradient against differences of the value, H against differences of the gradient. */
START_TEST(derivatives_are_differences)
{
  struct problem *p = load(models[_i]);
  int64_t n = unknowns(p);
  double *x = default_point(p), *g = numbers(n), *up = numbers(n), *down = numbers(n);
  double *h = dense(p, x, MODE_FWD_OVER_REV, 0), step = 1e-5, f[2];
  struct evaluation *e = create(p, EVALUATE_VALUE, MODE_FWD_OVER_REV, 0, 0);
  gradient_at(p, x, g);
  for (int64_t j = 0; j < n; j++) {
    double old = x[j];
    for (int k = 0; k < 2; k++) {
      x[j] = old + (k ? -step : step);
      evaluation_point_doubles(e, x);
      f[k] = doubles_value(e);
      gradient_at(p, x, k ? down : up);
    }
    x[j] = old;
    ck_assert(close_to(g[j], (f[0] - f[1]) / (2 * step), 1e-6));
    for (int64_t i = 0; i < n; i++)
      ck_assert(close_to(h[j * n + i], (up[i] - down[i]) / (2 * step), 1e-5));
  }
  evaluation_free(e);
  mem_free(x);
  mem_free(g);
  mem_free(up);
  mem_free(down);
  mem_free(h);
  problem_free(p);
}
END_TEST

/* The modes agree to rounding; within one, every chunk size gives the same bits; H is symmetric. */
static void check_modes(const struct problem *p)
{
  int64_t n = unknowns(p);
  double *x = default_point(p), *reference = dense(p, x, MODE_FWD_OVER_REV, 0), largest = 1;
  for (int64_t i = 0; i < n * n; i++) largest = fmax(largest, fabs(reference[i]));
  for (enum hessian_mode mode = 0; mode < MODE_COUNT; mode++) {
    double *h = dense(p, x, mode, 0);
    for (int64_t i = 0; i < n * n; i++) {
      double tolerance = 1e-9 * largest;
      ck_assert(fabs(h[i] - reference[i]) <= tolerance || (isnan(h[i]) && isnan(reference[i])));
      ck_assert(fabs(h[i] - h[i % n * n + i / n]) <= tolerance || isnan(h[i]));
    }
    for (int64_t lanes = 1; lanes <= n + 1; lanes += 1 + lanes / 4) {
      double *other = dense(p, x, mode, lanes);
      for (int64_t i = 0; i < n * n; i++)
        ck_assert_msg(same_bits(other[i], h[i]), "%d lanes: %a, not %a", (int)lanes, other[i],
                      h[i]);
      mem_free(other);
    }
    mem_free(h);
  }
  mem_free(x);
  mem_free(reference);
}

START_TEST(modes_and_chunks_agree)
{
  struct problem *p = load(models[_i]);
  check_modes(p);
  problem_free(p);
}
END_TEST

START_TEST(modes_and_chunks_agree_on_random_models)
{
  for (uint64_t seed = 1; seed <= 60; seed++) {
    struct strbuf text = {0};
    forget_diags();
    generate_model(MODEL_REAL, seed, &text);
    struct problem *p = load(text.data);
    check_modes(p);
    problem_free(p);
    strbuf_free(&text);
  }
}
END_TEST

/* Of functions of one unknown whose derivatives are known, although squares of what is in them are
 * beyond the range of doubles, or quotients are not what they are when rounded. */
static const struct {
  const char *text;
  double g, h;
} wide[] = {{"var x = 1; return 1e200/(x*1e200);", -1, 2},
            {"var x = 1; return (x*1e200)/(x*x*1e200);", -1, 2},
            {"var x = 400; return log(cosh(x));", 1, 0},
            {"var x = 400; return asinh(exp(x));", 1, 0},
            {"var x = 100; return log(x^90);", 0.9, -0.009},
            {"var x = 25; return log(exp(-x^2) + exp(-(x - 1)^2));", -48, -2},
            {"var x = -30; return log(normcdf(x));", 30.033259667433677, -0.9988962284881099},
            {"var x = 0.1; return 1%x + x^2;", -8.8, 2},
            {"var x = 0.7; return (-7)%x;", 11, 0}};

START_TEST(derivatives_of_wide_range)
{
  struct problem *p = load(wide[_i].text);
  double *x = default_point(p), g;
  gradient_at(p, x, &g);
  ck_assert_msg(close_to(g, wide[_i].g, 1e-12), "%s: %.17g", wide[_i].text, g);
  for (enum hessian_mode mode = 0; mode < MODE_COUNT; mode++) {
    double *h = dense(p, x, mode, 0);
    ck_assert_msg(close_to(*h, wide[_i].h, 1e-11), "%s: %.17g", wide[_i].text, *h);
    mem_free(h);
  }
  mem_free(x);
  problem_free(p);
}
END_TEST

static const char *const outside[] = {
    "var x = -1; return log(x) + x^2;",    "var x = -1; return log2(x) + x^2;",
    "var x = -1; return log10(x) + x^2;",  "var x = -2; return log1p(x) + x^2;",
    "var x = 2; return atanh(x) + x^2;",   "var x = -2; return atanh(x) + x^2;",
    "var x = -1; return sqrt(x) + x^2;",   "var x = 2; return asin(x) + acos(x);",
    "var x = 0.5; return acosh(x);",       "var x = -1; return x^1.5;",
    "var x = -1; return max(x^2, log(x));"};

START_TEST(no_derivatives_outside_of_the_domain)
{
  struct problem *p = load(outside[_i]);
  double *x = default_point(p), g;
  gradient_at(p, x, &g);
  ck_assert_msg(isnan(g), "%s: %g", outside[_i], g);
  for (enum hessian_mode mode = 0; mode < MODE_COUNT; mode++) {
    double *h = dense(p, x, mode, 0);
    ck_assert_msg(isnan(*h), "%s: %g", outside[_i], *h);
    mem_free(h);
  }
  mem_free(x);
  problem_free(p);
}
END_TEST

/* A directional derivative in a permutation of some of the blocks is the permuted part of H. */
START_TEST(unknowns_follow_wrt)
{
  static const char text[] = "var a[2] = 0.3; var b = 1.1; var c[3] = 0.8;"
                             "return sum(a[i]^2*c[j]*b for i in 1..2, j in 1..3) + exp(b*c[2]);";
  static const char *const wrt[] = {"c", "a"};
  static const int64_t place[] = {3, 4, 5, 0, 1};
  struct problem *all = load(text), *part = load_wrt(text, wrt, 2);
  double *x = default_point(all), g[6], other_g[5];
  gradient_at(all, x, g);
  gradient_at(part, x, other_g);
  for (enum hessian_mode mode = 0; mode < MODE_COUNT; mode++) {
    double *h = dense(all, x, mode, 0), *other = dense(part, x, mode, 0);
    for (int i = 0; i < 5; i++) {
      ck_assert(close_to(other_g[i], g[place[i]], 1e-15));
      for (int j = 0; j < 5; j++)
        ck_assert(close_to(other[i * 5 + j], h[place[i] * 6 + place[j]], 1e-14));
    }
    mem_free(h);
    mem_free(other);
  }
  mem_free(x);
  problem_free(all);
  problem_free(part);
}
END_TEST

START_TEST(no_unknowns)
{
  struct problem *p = load("var x[0]; return 5 + sum(x[i]^2 for i in 1..0);");
  struct pattern pattern;
  double x[1], compressed[1];
  ck_assert_int_eq(unknowns(p), 0);
  for (enum hessian_mode mode = 0; mode < MODE_COUNT; mode++) {
    struct evaluation *e = create(p, EVALUATE_HVP, mode, 0, 0);
    evaluation_point_doubles(e, x);
    ck_assert_int_eq(doubles_compress(&ctx, e, &(struct coloring){.num_colors = 0}, compressed),
                     STATUS_OK);
    evaluation_free(e);
  }
  gradient_at(p, x, compressed);
  ck_assert_int_eq(problem_pattern(&ctx, p, &pattern), STATUS_OK);
  ck_assert_int_eq(pattern_nnz(&pattern), 0);
  pattern_free(&pattern);
  problem_free(p);
}
END_TEST

/* ---- compression ---- */

static void check_compressed(const struct problem *p, const double *x, const struct coloring *c,
                             int64_t lanes, const double *compressed)
{
  int64_t n = unknowns(p);
  double *indicators = numbers(c->num_colors * n), *rows = numbers(c->num_colors * n);
  for (int64_t i = 0; i < n; i++)
    if (c->color[i] >= 0) indicators[c->color[i] * n + i] = 1;
  struct evaluation *e = create(p, EVALUATE_HVP, MODE_FWD_OVER_REV, c->num_colors, lanes);
  evaluation_point_doubles(e, x);
  evaluation_hvp_doubles(e, indicators, c->num_colors, rows);
  for (int64_t i = 0; i < c->num_colors * n; i++) ck_assert(same_bits(rows[i], compressed[i]));
  ck_assert_int_eq(doubles_check_rows(&ctx, e, p, rows, c->num_colors, NULL, indicators),
                   STATUS_OK);
  evaluation_free(e);
  mem_free(indicators);
  mem_free(rows);
}

/* Compressed rows are products with the colors' indicators, and H is recovered from them. */
static void check_coloring(const struct problem *p, const double *x, const struct pattern *pattern,
                           const struct coloring *c)
{
  int64_t n = unknowns(p), nnz = pattern_nnz(pattern);
  double *compressed = numbers(c->num_colors * n), *values = numbers(nnz);
  double *h = dense(p, x, MODE_FWD_OVER_REV, 0);
  struct evaluation *e = create(p, EVALUATE_HVP, MODE_FWD_OVER_REV, c->num_colors, 2);
  struct recovery *recovery;
  evaluation_point_doubles(e, x);
  for (int again = 0; again < 2; again++)
    ck_assert_int_eq(doubles_compress(&ctx, e, c, compressed), STATUS_OK);
  ck_assert_int_eq(doubles_check_rows(&ctx, e, p, compressed, c->num_colors, c, NULL), STATUS_OK);
  for (int64_t lanes = 0; lanes <= 3; lanes++) check_compressed(p, x, c, lanes, compressed);
  ck_assert_int_eq(recovery_create(&ctx, pattern, c, &recovery), STATUS_OK);
  doubles_recover(recovery, compressed, values);
  for (int32_t i = 0; i < n; i++)
    for (int32_t j = 0; j < n; j++) {
      int64_t at = pattern_find(pattern, i, j);
      ck_assert(close_to(at < 0 ? 0 : values[at], h[i * n + j], 1e-9));
    }
  recovery_free(recovery);
  evaluation_free(e);
  mem_free(compressed);
  mem_free(values);
  mem_free(h);
}

START_TEST(compression_and_recovery)
{
  struct problem *p = load(models[_i]);
  double *x = default_point(p);
  struct pattern pattern;
  ck_assert_int_eq(problem_pattern(&ctx, p, &pattern), STATUS_OK);
  for (enum coloring_method method = 0; method < METHOD_COUNT; method++)
    for (int postprocess = 0; postprocess < (method == METHOD_COLUMN ? 1 : 2); postprocess++) {
      struct coloring_options options = {
          .method = method, .ordering = ORDERING_LARGEST_FIRST, .postprocess = postprocess};
      struct coloring c;
      ck_assert_int_eq(coloring_compute(&ctx, &pattern, &options, &c), STATUS_OK);
      check_coloring(p, x, &pattern, &c);
      coloring_free(&c);
    }
  pattern_free(&pattern);
  mem_free(x);
  problem_free(p);
}
END_TEST

/* ---- what is not finite ---- */

struct nonfinite {
  const char *text; /* the place is marked by @ */
  enum evaluation_kind kind;
  const char *message, *note;
};

static const struct nonfinite nonfinite[] = {
    {"var x = 0; return @1/x;", EVALUATE_VALUE,
     "the value is not finite at this point: 1 / 0 gives inf here", "with x = 0"},
    {"var x[3] = -1; aux a[i in 1..3] = @log(2 - i + x[i] + 1); return x[1];", EVALUATE_VALUE,
     "a[2] is not finite at this point: log(0) gives -inf here", "at i = 2"},
    {"var x[i in 3..6] = i - 5; return sum(@sqrt(x[i]^2) for i in 3..6);", EVALUATE_GRADIENT,
     "the gradient in x[5] is not finite at this point: 0.5 / 0 gives inf", "at i = 5"},
    {"var y = 1; var x[2] = 0; return y^2 + x[1] + @x[2]^-1;", EVALUATE_GRADIENT,
     "the gradient in x[2] is not finite at this point: a whole power of 0 gives inf",
     "with x[2] = 0"},
    {"var x[2] = 0; var y = 1; return y^2 + @cbrt(x[1]) + x[2]^3;", EVALUATE_HVP,
     "the Hessian's row of x[1] is not finite at this point: 1 / 0 gives inf", "with x[1] = 0"},
    {"var x = 1e200; var y = 1e200; var z = 1; return @x^3*y + z*x;", EVALUATE_HVP,
     "the Hessian's row of x is not finite at this point: a whole power of 1e+200 gives inf",
     "with x = 1e+200"},
};

static void expect_nonfinite(const struct nonfinite *t, enum status status)
{
  size_t at = (size_t)(strchr(t->text, '@') - t->text);
  bool noted = false;
  ck_assert_int_eq(status, STATUS_NONFINITE);
  ck_assert_uint_gt(ctx.diags.len, 0);
  const struct diag *d = &ctx.diags.data[0];
  ck_assert_int_eq(d->id, ERR_NOT_FINITE_HERE);
  ck_assert_msg(!strncmp(d->message, t->message, strlen(t->message)), "%s\ninstead of: %s",
                d->message, t->message);
  ck_assert_msg(d->loc.begin == at, "place %u of %s", d->loc.begin, t->text);
  for (size_t i = 1; i < ctx.diags.len; i++) noted |= !strcmp(ctx.diags.data[i].message, t->note);
  ck_assert_msg(noted, "no note '%s', but '%s'", t->note,
                ctx.diags.len > 1 ? ctx.diags.data[1].message : "none");
}

/* The rows of one color a column. */
static enum status check_rows(struct problem *p, struct evaluation *e)
{
  int32_t n = (int32_t)unknowns(p), color[8];
  for (int32_t i = 0; i < n; i++) color[i] = i;
  struct coloring c = {.n = n, .num_colors = n, .color = color};
  double *rows = numbers((int64_t)n * n);
  ck_assert_int_eq(doubles_compress(&ctx, e, &c, rows), STATUS_OK);
  enum status status = doubles_check_rows(&ctx, e, p, rows, n, &c, NULL);
  mem_free(rows);
  return status;
}

START_TEST(the_culprit_is_named)
{
  const struct nonfinite *t = &nonfinite[_i];
  char text[300] = "";
  const char *mark = strchr(t->text, '@');
  strncat(text, t->text, (size_t)(mark - t->text));
  strcat(text, mark + 1);
  struct problem *p = load(text);
  double *x = default_point(p);
  struct evaluation *e = create(p, t->kind, MODE_FWD_OVER_REV, unknowns(p), 0);
  evaluation_point_doubles(e, x);
  if (t->kind == EVALUATE_HVP)
    expect_nonfinite(t, check_rows(p, e));
  else
    expect_nonfinite(t, doubles_check_finite(&ctx, e, p));
  evaluation_free(e);
  mem_free(x);
  problem_free(p);
}
END_TEST

/* With many columns in a color, the one at fault is found; of several vectors, its number. */
START_TEST(the_column_is_found)
{
  struct problem *p = load("param w[i in 1..100] = if i == 63 then 1e308 else 1; var x[100] = 0.5;"
                           "return sum(w[i]*x[i]*x[i] for i in 1..100);");
  int32_t color[100] = {0};
  double *x = default_point(p), rows[2 * 100], directions[2 * 100] = {0};
  struct coloring c = {.n = 100, .num_colors = 1, .color = color};
  struct evaluation *e = create(p, EVALUATE_HVP, MODE_FWD_OVER_REV, 2, 0);
  evaluation_point_doubles(e, x);
  ck_assert_int_eq(doubles_compress(&ctx, e, &c, rows), STATUS_OK);
  ck_assert_int_eq(doubles_check_rows(&ctx, e, p, rows, 1, &c, NULL), STATUS_NONFINITE);
  static const char expected[] = "H[x[63], x[63]] is not finite at this point: a sum gives inf";
  ck_assert_msg(!strncmp(ctx.diags.data[0].message, expected, strlen(expected)), "%s",
                ctx.diags.data[0].message);
  forget_diags();
  directions[62] = 0.5;
  directions[100 + 62] = 1;
  evaluation_hvp_doubles(e, directions, 2, rows);
  ck_assert_int_eq(doubles_check_rows(&ctx, e, p, rows, 2, NULL, directions), STATUS_NONFINITE);
  ck_assert_msg(strstr(ctx.diags.data[0].message, "product in x[63] (vector 2) is") != NULL, "%s",
                ctx.diags.data[0].message);
  evaluation_free(e);
  mem_free(x);
  problem_free(p);
}
END_TEST

/* The first one in the order of the unknowns. */
START_TEST(the_first_culprit_is_named)
{
  static const char *const wrt[] = {"b", "a"};
  struct problem *p = load_wrt("var a = 0; var b = 0; return 1/a + 1/b;", wrt, 2);
  double *x = default_point(p);
  struct evaluation *e = create(p, EVALUATE_GRADIENT, MODE_FWD_OVER_REV, 0, 0);
  evaluation_point_doubles(e, x);
  ck_assert_int_eq(doubles_check_finite(&ctx, e, p), STATUS_NONFINITE);
  ck_assert_msg(!strncmp(ctx.diags.data[0].message, "the gradient in b is not", 24), "%s",
                ctx.diags.data[0].message);
  evaluation_free(e);
  mem_free(x);
  problem_free(p);
}
END_TEST

/* ---- memory ---- */

START_TEST(limits_are_kept)
{
  struct problem *p = load("var x[100000] = 1; return sum(x[i]^2*x[i+1]^2 for i in 1..99999);");
  struct evaluation *e;
  ctx.max_memory = 100000;
  for (enum evaluation_kind kind = EVALUATE_GRADIENT; kind <= EVALUATE_HVP; kind++) {
    ck_assert_int_eq(doubles_create(&ctx, p, kind, MODE_FWD_OVER_REV, 3, 0, &e), STATUS_LIMIT);
    ck_assert_int_eq(ctx.diags.data[0].id, ERR_TOO_MUCH_MEMORY);
    ck_assert_ptr_null(e);
    forget_diags();
    ctx.max_memory = 100000;
  }
  ctx.max_memory = 0;
  e = create(p, EVALUATE_HVP, MODE_REV_OVER_REV, 1000, 0);
  int64_t free_choice = evaluation_lanes(e);
  evaluation_free(e);
  ctx.max_memory = 12000000;
  e = create(p, EVALUATE_HVP, MODE_REV_OVER_REV, 1000, 0);
  ck_assert_int_lt(evaluation_lanes(e), free_choice);
  evaluation_free(e);
  problem_free(p);
}
END_TEST

static struct problem *shared;
static double *shared_point;

static enum status run_failing(void)
{
  enum status status = STATUS_OK;
  int32_t color[4] = {0, 1, 2, 0};
  struct coloring c = {.n = 4, .num_colors = 3, .color = color};
  double rows[12], g[4];
  for (enum hessian_mode mode = 0; mode < MODE_COUNT && status == STATUS_OK; mode++) {
    struct evaluation *e;
    status = doubles_create(&ctx, shared, EVALUATE_HVP, mode, 3, 0, &e);
    if (status == STATUS_OK) evaluation_point_doubles(e, shared_point);
    if (status == STATUS_OK) status = doubles_compress(&ctx, e, &c, rows);
    if (status == STATUS_OK) status = doubles_check_rows(&ctx, e, shared, rows, 3, &c, NULL);
    if (status == STATUS_NONFINITE) status = STATUS_OK;
    evaluation_free(e);
  }
  for (enum evaluation_kind kind = 0; kind < EVALUATE_HVP && status == STATUS_OK; kind++) {
    struct evaluation *e;
    status = doubles_create(&ctx, shared, kind, MODE_FWD_OVER_REV, 0, 0, &e);
    if (status == STATUS_OK) evaluation_point_doubles(e, shared_point);
    if (status == STATUS_OK && kind == EVALUATE_GRADIENT) evaluation_gradient_doubles(e, g);
    if (status == STATUS_OK) status = doubles_check_finite(&ctx, e, shared);
    if (status == STATUS_NONFINITE) status = STATUS_OK;
    evaluation_free(e);
  }
  context_free(&ctx);
  context_init(&ctx);
  return status;
}

/* A diagnostic that has no memory left is no failure: all goes on. */
START_TEST(every_allocation_may_fail)
{
  shared = load("var x[i in 1..4] = i - 2; let s[1] = x[1]; let s[i in 2..4] = s[i-1]*x[i];"
                "aux a = log(x[1]); return s[4]*max(x[i] for i in 1..4) + cbrt(x[2])*x[4];");
  shared_point = default_point(shared);
  forget_diags();
  long failures = fail_each_allocation(run_failing);
  ck_assert_int_gt(failures, 200);
  mem_free(shared_point);
  problem_free(shared);
}
END_TEST

Suite *plan_suite(void)
{
  Suite *s = suite_create("plan");
  TCase *t = tcase_create("plan");
  tcase_add_checked_fixture(t, fixture_setup, fixture_teardown);
  tcase_set_timeout(t, 60);
  tcase_add_test(t, values_and_auxes);
  tcase_add_loop_test(t, derivatives_are_differences, 0, MODELS);
  tcase_add_loop_test(t, derivatives_of_wide_range, 0, sizeof wide / sizeof *wide);
  tcase_add_loop_test(t, no_derivatives_outside_of_the_domain, 0, sizeof outside / sizeof *outside);
  tcase_add_loop_test(t, modes_and_chunks_agree, 0, MODELS);
  tcase_add_test(t, modes_and_chunks_agree_on_random_models);
  tcase_add_test(t, unknowns_follow_wrt);
  tcase_add_test(t, no_unknowns);
  tcase_add_loop_test(t, compression_and_recovery, 0, MODELS);
  tcase_add_loop_test(t, the_culprit_is_named, 0, sizeof nonfinite / sizeof *nonfinite);
  tcase_add_test(t, the_column_is_found);
  tcase_add_test(t, the_first_culprit_is_named);
  tcase_add_test(t, limits_are_kept);
  suite_add_tcase(s, t);
  t = tcase_create("allocations");
  tcase_add_checked_fixture(t, fixture_setup, fixture_teardown);
  tcase_set_timeout(t, 60);
  tcase_add_test(t, every_allocation_may_fail);
  suite_add_tcase(s, t);
  return s;
}
