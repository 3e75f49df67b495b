/* Tangent and adjoint on small Programs made by hand: their three compositions against each other,
 * against finite differences, and against Hessians known in closed form. */
#include "config.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "eval/f64.h"
#include "program/transform.h"

Suite *transform_suite(void);

/* ---- Programs ---- */

static struct context ctx;
static struct program program;

static void setup(void)
{
  context_init(&ctx);
  program_init(&program);
}

static void teardown(void)
{
  program_free(&program);
  context_free(&ctx);
}

/* A block of variables, unknowns if `unknown` ≥ 0. */
static int variable(int64_t size, int64_t unknown)
{
  int a = program_add_array(&program,
                            (struct array){.kind = ARRAY_VARIABLE,
                                           .size = size,
                                           .offset = program.nx,
                                           .unknown = unknown,
                                           .symbol = -1},
                            "x");
  ck_assert_int_ge(a, 0);
  program.nx += size;
  if (unknown >= 0) program.n += size;
  return a;
}

static int computed(int64_t size)
{
  struct array a = {.kind = ARRAY_COMPUTED, .size = size, .unknown = -1, .symbol = -1};
  return program_add_array(&program, a, "y");
}

static int box(int ndim, int64_t first, int64_t second)
{
  struct domain d = {.kind = DOMAIN_BOX,
                     .ndim = ndim,
                     .count = ndim == 0 ? 1 : first * (ndim == 2 ? second : 1),
                     .step = {1, 1},
                     .extent = {first, second}};
  return program_add_domain(&program, d);
}

static struct map table(const int32_t *offsets, int64_t len)
{
  int32_t *copy = mem_alloc((size_t)len, sizeof *copy);
  memcpy(copy, offsets, (size_t)len * sizeof *copy);
  int t = program_add_table(&program, (struct table){.len = len, .v32 = copy});
  return (struct map){.kind = MAP_TABLE, .table = t};
}

static struct map here(int64_t base)
{
  return (struct map){.kind = MAP_POSITION, .base = base};
}

static struct map index_map(int64_t base, int64_t first, int64_t second)
{
  return (struct map){.kind = MAP_AFFINE, .base = base, .coef = {first, second}};
}

static struct body begin(int domain)
{
  struct body b;
  body_init(&b, &ctx, domain, NO_LOC);
  return b;
}

static void put(struct body *b, int array, struct map map, enum output_mode mode, int32_t value)
{
  int winner = -1;
  if (mode == OUTPUT_MIN || mode == OUTPUT_MAX) winner = computed(program.arrays.data[array].size);
  body_output(b, (struct output){array, map, mode, value, winner});
}

static void end_kernel(struct body *b)
{
  ck_assert_int_eq(body_finish(b, &program), STATUS_OK);
}

static void group(struct group g)
{
  ck_assert_int_ge(program_add_group(&program, g), 0);
}

/* Ends the kernel, which is a group by itself. */
static void end(struct body *b)
{
  end_kernel(b);
  group((struct group){.first = (int)program.kernels.len - 1, .count = 1});
}

/* ---- derivatives ---- */

enum { N_MAX = 8 };

enum mode { FWD_OVER_REV, REV_OVER_FWD, REV_OVER_REV, MODES };

static void check_invariants(const struct program *p)
{
  char why[200] = "";
  ck_assert_msg(program_check(p, why, sizeof why), "%s", why);
}

/* of := the derivatives of the derivatives. */
static void compose(struct derivatives *of, const struct derivatives *second)
{
  for (size_t a = 0; a < of->of.len; a++) of->of.data[a] = derivative_of(second, of->of.data[a]);
}

/* The Program of H·v; out->of: the product's arrays. */
static void product_program(enum mode mode, struct program *p, struct derivatives *out)
{
  struct derivatives first = {0};
  int slope;
  ck_assert_int_eq(program_extend(&ctx, &program, p), STATUS_OK);
  memset(out, 0, sizeof *out);
  if (mode == FWD_OVER_REV) {
    ck_assert_int_eq(program_adjoint(&ctx, p, p->value, out), STATUS_OK);
    ck_assert_int_eq(program_tangent(&ctx, p, &first), STATUS_OK);
    compose(out, &first);
  } else if (mode == REV_OVER_FWD) {
    ck_assert_int_eq(program_tangent(&ctx, p, &first), STATUS_OK);
    slope = derivative_of(&first, p->value);
    if (slope >= 0) ck_assert_int_eq(program_adjoint(&ctx, p, slope, out), STATUS_OK);
  } else {
    ck_assert_int_eq(program_adjoint(&ctx, p, p->value, &first), STATUS_OK);
    ck_assert_int_eq(program_dot_seed(&ctx, p, &first, &slope), STATUS_OK);
    ck_assert_int_eq(program_adjoint(&ctx, p, slope, out), STATUS_OK);
  }
  VEC_FREE(&first.of);
}

static void prune(struct program *p, const struct derivatives *of)
{
  int needed[N_MAX], count = 0;
  for (size_t a = 0; a < program.arrays.len; a++)
    if (program.arrays.data[a].kind == ARRAY_VARIABLE && derivative_of(of, (int)a) >= 0)
      needed[count++] = derivative_of(of, (int)a);
  ck_assert_int_eq(program_prune(&ctx, p, needed, count), STATUS_OK);
  ck_assert_int_eq(program_split_lanes(&ctx, p), STATUS_OK);
  check_invariants(p);
}

/* The stacked derivatives of the unknowns in `lane`. */
static void stack(const struct program *p, const struct f64 *e, const struct derivatives *of,
                  int lane, double *out)
{
  for (size_t a = 0; a < program.arrays.len; a++) {
    const struct array *x = &p->arrays.data[a];
    int d = derivative_of(of, (int)a);
    if (x->kind != ARRAY_VARIABLE || x->unknown < 0) continue;
    for (int64_t i = 0; i < x->size; i++)
      out[x->unknown + i] = d < 0 ? 0 : f64_array(e, d, p->arrays.data[d].lane ? lane : 0)[i];
  }
}

/* All columns of the Hessian, `lanes` at a time. */
static void hessian(enum mode mode, const double *x, int lanes, double *h)
{
  struct program p;
  struct derivatives of;
  struct f64 *e;
  int n = (int)program.n;
  double seeds[N_MAX * N_MAX];
  product_program(mode, &p, &of);
  prune(&p, &of);
  ck_assert_int_eq(f64_create(&ctx, &p, &(struct f64_options){.lanes = lanes}, &e), STATUS_OK);
  f64_run_uniform(e, x);
  for (int j = 0; j < n; j += lanes) {
    int count = n - j < lanes ? n - j : lanes;
    memset(seeds, 0, sizeof seeds);
    for (int l = 0; l < count; l++) seeds[l * n + j + l] = 1;
    f64_run_lanes(e, seeds, count);
    for (int l = 0; l < count; l++) stack(&p, e, &of, l, h + (j + l) * n);
  }
  f64_free(e);
  program_free(&p);
  VEC_FREE(&of.of);
}

static double value(const double *x)
{
  struct f64 *e;
  ck_assert_int_eq(f64_create(&ctx, &program, &(struct f64_options){.lanes = 0}, &e), STATUS_OK);
  f64_run_uniform(e, x);
  double v = f64_array(e, program.value, 0)[0];
  f64_free(e);
  return v;
}

static void gradient(const double *x, double *g)
{
  struct program p;
  struct derivatives of = {0};
  struct f64 *e;
  ck_assert_int_eq(program_extend(&ctx, &program, &p), STATUS_OK);
  ck_assert_int_eq(program_adjoint(&ctx, &p, p.value, &of), STATUS_OK);
  check_invariants(&p);
  ck_assert_int_eq(f64_create(&ctx, &p, &(struct f64_options){.lanes = 0}, &e), STATUS_OK);
  f64_run_uniform(e, x);
  stack(&p, e, &of, 0, g);
  f64_free(e);
  program_free(&p);
  VEC_FREE(&of.of);
}

/* The directional derivative of the value along unknown j, by the tangent alone. */
static double slope_along(const double *x, int j)
{
  struct program p;
  struct derivatives dot = {0};
  struct f64 *e;
  double seed[N_MAX] = {0}, slope = 0;
  ck_assert_int_eq(program_extend(&ctx, &program, &p), STATUS_OK);
  ck_assert_int_eq(program_tangent(&ctx, &p, &dot), STATUS_OK);
  int d = derivative_of(&dot, p.value);
  if (d >= 0) {
    ck_assert_int_eq(program_prune(&ctx, &p, &d, 1), STATUS_OK);
    ck_assert_int_eq(program_split_lanes(&ctx, &p), STATUS_OK);
    ck_assert_int_eq(f64_create(&ctx, &p, &(struct f64_options){.lanes = 1}, &e), STATUS_OK);
    seed[j] = 1;
    f64_run_uniform(e, x);
    f64_run_lanes(e, seed, 1);
    slope = f64_array(e, d, 0)[0];
    f64_free(e);
  }
  program_free(&p);
  VEC_FREE(&dot.of);
  return slope;
}

/* The place of unknown j in x. */
static int place_of(int j)
{
  for (size_t a = 0; a < program.arrays.len; a++) {
    const struct array *x = &program.arrays.data[a];
    if (x->kind == ARRAY_VARIABLE && x->unknown >= 0 && x->unknown <= j && j < x->unknown + x->size)
      return (int)(x->offset + j - x->unknown);
  }
  ck_abort_msg("no unknown %d", j);
}

static const char *tested = "a Program";

static void close_to(double v, double reference, double tolerance, const char *what, int i, int j)
{
  if (!(fabs(v - reference) <= tolerance * (1 + fabs(reference))))
    ck_abort_msg("%s: %s (%d, %d): %.17g instead of %.17g", tested, what, i, j, v, reference);
}

/* f' by the five-point formula, the error is of order step⁴. */
static double five_points(const double f[4], double step)
{
  return (8 * (f[1] - f[2]) - (f[0] - f[3])) / (12 * step);
}
static const double at_steps[4] = {2, 1, -1, -2};

static void check_differences(const double *x, const double *g, const double *h)
{
  double y[2 * N_MAX], gs[4][N_MAX], f[4], step = 1e-3;
  int n = (int)program.n;
  for (int j = 0; j < n; j++) {
    memcpy(y, x, (size_t)program.nx * sizeof *y);
    for (int k = 0; k < 4; k++) {
      y[place_of(j)] = x[place_of(j)] + at_steps[k] * step;
      f[k] = value(y);
      gradient(y, gs[k]);
    }
    close_to(g[j], five_points(f, step), 1e-7, "gradient against differences", j, j);
    for (int i = 0; i < n; i++) {
      for (int k = 0; k < 4; k++) f[k] = gs[k][i];
      close_to(h[j * n + i], five_points(f, step), 1e-6, "Hessian against differences", i, j);
    }
  }
}

/* The three modes agree, and are symmetric; one lane at a time gives the same bits as all together;
 * g and h get the derivatives. */
static void check_modes(const double *x, double *g, double *h)
{
  double other[N_MAX * N_MAX];
  int n = (int)program.n;
  ck_assert_int_le(n, N_MAX);
  check_invariants(&program);
  gradient(x, g);
  for (int j = 0; j < n; j++) close_to(slope_along(x, j), g[j], 1e-13, "tangent", j, j);
  hessian(FWD_OVER_REV, x, n, h);
  for (enum mode mode = FWD_OVER_REV; mode < MODES; mode++) {
    hessian(mode, x, n, other);
    for (int i = 0; i < n * n; i++) close_to(other[i], h[i], 1e-12, "modes", i % n, i / n);
    for (int i = 0; i < n * n; i++)
      close_to(other[i], other[i % n * n + i / n], 1e-12, "symmetry", i % n, i / n);
    double single[N_MAX * N_MAX];
    hessian(mode, x, 1, single);
    ck_assert_mem_eq(single, other, (size_t)(n * n) * sizeof *other);
  }
}

static void check_all(const double *x, double *g, double *h)
{
  check_modes(x, g, h);
  check_differences(x, g, h);
}

/* ---- every operator ---- */

/* f = op(A·x0·x1, B·x1·x2, x0·x0)·x2 */
static void operator_program(struct op op, double a, double b)
{
  setup();
  int x = variable(3, 0), f = computed(1);
  program.value = f;
  struct body k = begin(box(0, 0, 0));
  int32_t v[3];
  for (int i = 0; i < 3; i++) {
    struct map at = map_constant(i);
    v[i] = body_read(&k, x, &at);
  }
  int arity = op_table[op.code].arity;
  op.a = body_scale(&k, a, body_op2(&k, OP_MUL, v[0], v[1]));
  op.b = arity > 1 ? body_scale(&k, b, body_op2(&k, OP_MUL, v[1], v[2])) : -1;
  op.c = arity > 2 ? body_op2(&k, OP_MUL, v[0], v[0]) : -1;
  put(&k, f, map_constant(0), OUTPUT_SET, body_op2(&k, OP_MUL, body_emit(&k, op), v[2]));
  end(&k);
}

static void check_operator(enum op_code code, double k, double a, double b)
{
  tested = op_table[code].name;
  double x[3] = {1.1, 0.9, 1.2}, g[N_MAX], h[N_MAX * N_MAX];
  struct op op = {.code = code, .value = k, .loc = NO_LOC};
  operator_program(op, a, b);
  check_modes(x, g, h);
  if (code == OP_STOP) /* by its contract not the derivative: f = A·x0·x1·x2, of which x2 counts */
    ck_assert(g[0] == 0 && g[1] == 0 && g[2] == a * (x[0] * x[1]) && h[8] == 0);
  else
    check_differences(x, g, h);
  teardown();
}

START_TEST(test_operators)
{
  for (int code = 0; code < OP_COUNT; code++) {
    enum op_code c = (enum op_code)code;
    if (c == OP_CONST || c == OP_READ) continue;
    if (c == OP_POWI) {
      for (int k = -3; k <= 5; k++) check_operator(c, k, 0.7, 1);
      for (int k = -3; k <= 5; k++) check_operator(c, k, -0.7, 1);
    } else if (c == OP_POLYGAMMA) {
      for (int k = 0; k < 4; k++) check_operator(c, k, 1.3, 1);
    } else if (c == OP_ACOSH) {
      check_operator(c, 0, 1.8, 1);
    } else {
      check_operator(c, 0, 0.4, 0.6);
      check_operator(c, 0, 0.7, 0.3);
    }
  }
}
END_TEST

START_TEST(test_negative_arguments)
{
  static const enum op_code total[] = {
      OP_ABS,     OP_SIGN,     OP_CBRT,  OP_EXP,  OP_SIN,  OP_COS,     OP_TAN,   OP_ASIN, OP_ACOS,
      OP_ATAN,    OP_ATAN2,    OP_HYPOT, OP_SINH, OP_TANH, OP_ASINH,   OP_ATANH, OP_ERF,  OP_ERFC,
      OP_SIGMOID, OP_SOFTPLUS, OP_MOD,   OP_DIV,  OP_MUL,  OP_NORMCDF, OP_LGAMMA};
  for (size_t i = 0; i < sizeof total / sizeof *total; i++) {
    check_operator(total[i], 0, -0.4, 0.6);
    check_operator(total[i], 0, -0.4, -0.6);
  }
}
END_TEST

/* ---- kernels ---- */

/* f = Σ x[i]²·x[i+1]: a sum into one element, reads with an offset.  Its Hessian is tridiagonal. */
START_TEST(test_sum)
{
  enum { N = 6 };
  double x[N] = {0.3, -1.2, 0.8, 2.1, -0.4, 1.5}, g[N_MAX], h[N_MAX * N_MAX];
  setup();
  int v = variable(N, 0), f = computed(1);
  program.value = f;
  struct body b = begin(box(1, N - 1, 0));
  struct map at = here(0), next = index_map(1, 1, 0);
  int32_t xi = body_read(&b, v, &at), xj = body_read(&b, v, &next);
  put(&b, f, map_constant(0), OUTPUT_ADD, body_op2(&b, OP_MUL, body_powi(&b, xi, 2), xj));
  end(&b);
  check_all(x, g, h);
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) {
      double known = i == j && i < N - 1 ? 2 * x[i + 1]
                     : j == i + 1        ? 2 * x[i]
                     : i == j + 1        ? 2 * x[j]
                                         : 0;
      close_to(h[i * N + j], known, 1e-14, "sum", i, j);
    }
  teardown();
}
END_TEST

/* y[to[p]] += x[from[p]]²: duplicates on both sides; f = Σ y[j]³.
 * ∂²f = Σ_j 6 y_j ∂y_j ∂y_jᵀ + 3 y_j² ∂²y_j. */
START_TEST(test_tables)
{
  enum { N = 4, M = 3, COUNT = 7 };
  static const int32_t from[COUNT] = {3, 0, 1, 1, 2, 0, 3}, to[COUNT] = {0, 2, 1, 2, 2, 0, 0};
  double x[N] = {0.7, -0.5, 1.3, 0.9}, g[N_MAX], h[N_MAX * N_MAX], y[M] = {0}, c[M][N] = {{0}};
  setup();
  int v = variable(N, 0), sums = computed(M), f = computed(1);
  program.value = f;
  struct map gather = table(from, COUNT), scatter = table(to, COUNT), at = here(0);
  struct body b = begin(box(1, COUNT, 0));
  put(&b, sums, scatter, OUTPUT_ADD, body_powi(&b, body_read(&b, v, &gather), 2));
  end(&b);
  b = begin(box(1, M, 0));
  put(&b, f, map_constant(0), OUTPUT_ADD, body_powi(&b, body_read(&b, sums, &at), 3));
  end(&b);
  check_all(x, g, h);
  for (int p = 0; p < COUNT; p++) {
    y[to[p]] += x[from[p]] * x[from[p]];
    c[to[p]][from[p]]++;
  }
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) {
      double known = 0;
      for (int k = 0; k < M; k++) {
        known += 6 * y[k] * (2 * c[k][i] * x[i]) * (2 * c[k][j] * x[j]);
        if (i == j) known += 3 * y[k] * y[k] * 2 * c[k][i];
      }
      close_to(h[i * N + j], known, 1e-13, "tables", i, j);
    }
  teardown();
}
END_TEST

/* s[t+1] = s[t]·cos(x[t]) + p[t], p[t+1] = p[t] + x[t]·s[t]: two recurrences in one group, whose
 * second kernel reads what the first one has just written; forwards or backwards. */
static void recurrence_program(int64_t n, bool reverse)
{
  int x = variable(n, 0), s = computed(n + 1), q = computed(n + 1), f = computed(1);
  program.value = f;
  int64_t first = reverse ? n : 0;
  struct map now = here(reverse ? 1 : 0), then = here(reverse ? 0 : 1), at = here(0);
  struct body b = begin(box(0, 0, 0));
  put(&b, s, map_constant(first), OUTPUT_SET, body_const(&b, 0.5));
  put(&b, q, map_constant(first), OUTPUT_SET, body_const(&b, -1));
  end(&b);
  int loop = box(1, n, 0), kernel = (int)program.kernels.len;
  b = begin(loop);
  int32_t xt = body_read(&b, x, &at);
  int32_t turned = body_op2(&b, OP_MUL, body_read(&b, s, &now), body_op1(&b, OP_COS, xt));
  put(&b, s, then, OUTPUT_SET, body_op2(&b, OP_ADD, turned, body_read(&b, q, &now)));
  end_kernel(&b);
  b = begin(loop);
  xt = body_read(&b, x, &at);
  int32_t force = body_op2(&b, OP_MUL, xt, body_read(&b, s, &then));
  put(&b, q, then, OUTPUT_SET, body_op2(&b, OP_ADD, body_read(&b, q, &now), force));
  end_kernel(&b);
  group(
      (struct group){.nouter = 1, .outer = loop, .reverse = reverse, .first = kernel, .count = 2});
  b = begin(box(0, 0, 0));
  struct map last = map_constant(reverse ? 0 : n);
  int32_t product = body_op2(&b, OP_MUL, body_read(&b, s, &last), body_read(&b, q, &last));
  put(&b, f, map_constant(0), OUTPUT_SET, body_op1(&b, OP_SIN, body_scale(&b, 0.01, product)));
  end(&b);
}

START_TEST(test_recurrence)
{
  enum { N = 5 };
  double x[N] = {0.3, 0.7, -0.2, 0.9, 0.4}, g[N_MAX], h[N_MAX * N_MAX];
  setup();
  recurrence_program(N, _i);
  double s = 0.5, q = -1;
  for (int k = 0; k < N; k++) {
    double xt = x[_i ? N - 1 - k : k], next = s * cos(xt) + q;
    q += xt * next;
    s = next;
  }
  close_to(value(x), sin(0.01 * (s * q)), 1e-15, "value", 0, 0);
  check_all(x, g, h);
  teardown();
}
END_TEST

/* a[t] = Σ_j x[j]·s[t]^(1) sin(…), s[t+1] = s[t] + a[t]²: slabs with a loop inside of the group. */
START_TEST(test_slabs)
{
  enum { N = 4, T = 3 };
  double x[N] = {0.3, 0.6, -0.5, 0.2}, g[N_MAX], h[N_MAX * N_MAX], known = 1;
  setup();
  int v = variable(N, 0), a = computed(T), s = computed(T + 1);
  program.value = computed(1);
  struct map now = index_map(0, 1, 0), then = index_map(1, 1, 0), inner = index_map(0, 0, 1);
  struct body b = begin(box(0, 0, 0));
  put(&b, s, map_constant(0), OUTPUT_SET, body_const(&b, 1));
  end(&b);
  int outer = box(1, T, 0), nest = box(2, T, N), kernel = (int)program.kernels.len;
  b = begin(nest);
  int32_t product = body_op2(&b, OP_MUL, body_read(&b, v, &inner), body_read(&b, s, &now));
  put(&b, a, now, OUTPUT_ADD, body_op1(&b, OP_SIN, product));
  end_kernel(&b);
  b = begin(outer);
  int32_t square = body_powi(&b, body_read(&b, a, &now), 2);
  put(&b, s, then, OUTPUT_SET, body_op2(&b, OP_ADD, body_read(&b, s, &now), square));
  end_kernel(&b);
  group((struct group){.nouter = 1, .outer = outer, .first = kernel, .count = 2});
  b = begin(box(0, 0, 0));
  struct map last = map_constant(T);
  put(&b, program.value, map_constant(0), OUTPUT_SET,
      body_op1(&b, OP_LOG, body_read(&b, s, &last)));
  end(&b);
  for (int t = 0; t < T; t++) {
    double sum = 0;
    for (int j = 0; j < N; j++) sum += sin(x[j] * known);
    known += sum * sum;
  }
  close_to(value(x), log(known), 1e-14, "value", 0, 0);
  check_all(x, g, h);
  teardown();
}
END_TEST

/* Partial products in an ordered kernel; zero factors are nothing special. */
static void check_product(const double *x, int n, int order)
{
  double g[N_MAX], h[N_MAX * N_MAX];
  setup();
  int v = variable(n, 0), q = computed(n + 1);
  program.value = computed(1);
  struct body b = begin(box(0, 0, 0));
  put(&b, q, map_constant(order > 0 ? 0 : n), OUTPUT_SET, body_const(&b, 1));
  end(&b);
  struct map at = here(0), now = here(order > 0 ? 0 : 1), then = here(order > 0 ? 1 : 0);
  b = begin(box(1, n, 0));
  b.kernel.order = order;
  put(&b, q, then, OUTPUT_SET, body_op2(&b, OP_MUL, body_read(&b, q, &now), body_read(&b, v, &at)));
  end(&b);
  struct map last = map_constant(order > 0 ? n : 0);
  b = begin(box(0, 0, 0));
  put(&b, program.value, map_constant(0), OUTPUT_SET, body_read(&b, q, &last));
  end(&b);
  check_all(x, g, h);
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++) {
      double known = i != j;
      for (int k = 0; k < n; k++) known *= k == i || k == j ? 1 : x[k];
      close_to(h[i * n + j], known, 1e-14, "product", i, j);
    }
  teardown();
}

START_TEST(test_ordered)
{
  static const double points[][5] = {
      {1.5, -0.7, 2, 0.3, 1.1}, {1.5, 0, 2, 0.3, 1.1}, {1.5, 0, 2, 0, 1.1}, {0, 0, 0, 2, 3}};
  for (int i = 0; i < 4; i++) {
    check_product(points[i], 5, 1);
    check_product(points[i], 5, -1);
  }
}
END_TEST

/* f = max(x[i]²) · min(sin(x[i])·x[i+1]) */
static void extremes_program(int64_t n)
{
  int x = variable(n, 0), most = computed(1), least = computed(1);
  program.value = computed(1);
  struct map at = here(0), next = here(1), zero = map_constant(0);
  struct body b = begin(box(1, n - 1, 0));
  int32_t xi = body_read(&b, x, &at), xj = body_read(&b, x, &next);
  put(&b, most, zero, OUTPUT_MAX, body_powi(&b, xi, 2));
  put(&b, least, zero, OUTPUT_MIN, body_op2(&b, OP_MUL, body_op1(&b, OP_SIN, xi), xj));
  end(&b);
  b = begin(box(0, 0, 0));
  put(&b, program.value, zero, OUTPUT_SET,
      body_op2(&b, OP_MUL, body_read(&b, most, &zero), body_read(&b, least, &zero)));
  end(&b);
}

START_TEST(test_extremes)
{
  double x[5] = {0.3, -1.4, 0.8, 1.1, -0.6}, g[N_MAX], h[N_MAX * N_MAX];
  setup();
  extremes_program(5);
  check_all(x, g, h);
  close_to(h[1 * 5 + 2], 2 * x[1] * sin(x[1]) + x[1] * x[1] * cos(x[1]), 1e-14, "max min", 1, 2);
  teardown();
  setup(); /* a tie: the first one counts, for the maximum 1.4² of -1.4, for the minimum -0.5 of 0
            */
  extremes_program(5);
  double tie[5] = {1.4, -1.4, 1.4, -1.4, 0.2};
  check_modes(tie, g, h);
  close_to(g[0], 2 * 1.4 * value(tie) / (1.4 * 1.4) + 1.4 * 1.4 * cos(1.4) * -1.4, 1e-14, "tie", 0,
           0);
  ck_assert(g[2] == 0 && g[3] == 0 && g[4] == 0 && h[2 * 5 + 2] == 0);
  teardown();
}
END_TEST

/* What loses a maximum must not leak: here its derivative is infinite, or it is NaN·0. */
START_TEST(test_loser)
{
  double x[3] = {0, 4, 1}, g[N_MAX], h[N_MAX * N_MAX];
  setup();
  int v = variable(3, 0), roots = computed(3), most = computed(1);
  program.value = computed(1);
  struct map at = here(0), zero = map_constant(0);
  struct body b = begin(box(1, 3, 0));
  put(&b, roots, at, OUTPUT_SET, body_op1(&b, OP_SQRT, body_read(&b, v, &at)));
  end(&b);
  b = begin(box(1, 3, 0));
  put(&b, most, zero, OUTPUT_MAX, body_read(&b, roots, &at));
  end(&b);
  b = begin(box(0, 0, 0));
  put(&b, program.value, zero, OUTPUT_SET, body_powi(&b, body_read(&b, most, &zero), 3));
  end(&b);
  check_modes(x, g, h); /* f = x1^1.5 */
  double known[9] = {0};
  known[4] = 0.75 / 2;
  for (int i = 0; i < 9; i++) close_to(h[i], known[i], 1e-14, "loser", i % 3, i / 3);
  ck_assert(g[0] == 0 && g[2] == 0);
  teardown();
}
END_TEST

/* f = Σ (if 0 < x then log(x)·sqrt(x) else x³)², the branch in the same kernel or in another one.
 */
static void branches_program(bool apart)
{
  int x = variable(4, 0), branch = computed(4);
  program.value = computed(1);
  struct map at = here(0);
  struct body b = begin(box(1, 4, 0));
  int32_t xi = body_read(&b, x, &at);
  int32_t log = body_op2(&b, OP_MUL, body_op1(&b, OP_LOG, xi), body_op1(&b, OP_SQRT, xi));
  if (apart) {
    put(&b, branch, at, OUTPUT_SET, log);
    end(&b);
    b = begin(box(1, 4, 0));
    xi = body_read(&b, x, &at);
    log = body_read(&b, branch, &at);
  }
  int32_t positive = body_op2(&b, OP_LT, body_const(&b, 0), xi);
  int32_t chosen = body_op3(&b, OP_SELECT, positive, log, body_powi(&b, xi, 3));
  put(&b, program.value, map_constant(0), OUTPUT_ADD, body_powi(&b, chosen, 2));
  end(&b);
}

START_TEST(test_branches)
{
  double x[4] = {0.8, -1, 0, 1.7}, g[N_MAX], h[N_MAX * N_MAX];
  setup();
  branches_program(_i);
  check_modes(x, g, h);
  for (int i = 0; i < 4; i++)
    for (int j = 0; j < 4; j++) { /* x·log(x)² has the derivatives log² + 2·log, 2·(log + 1)/x */
      double known = i != j ? 0 : x[i] > 0 ? 2 * (log(x[i]) + 1) / x[i] : 30 * pow(x[i], 4);
      close_to(h[i * 4 + j], known, 1e-13, "branches", i, j);
    }
  close_to(g[1], -6, 1e-15, "branches", 1, 1);
  ck_assert(g[2] == 0);
  x[2] = -0.3;
  check_all(x, g, h);
  teardown();
}
END_TEST

/* ---- unknowns ---- */

/* f = Σ a[i]·b[i]²·c, of which b is held, and c stands before a. */
START_TEST(test_held_and_reordered)
{
  double x[5] = {2, 3, 5, 7, 11}, g[N_MAX], h[N_MAX * N_MAX];
  setup();
  int a = variable(2, 1), held = variable(2, -1), c = variable(1, 0);
  program.value = computed(1);
  struct map at = here(0), zero = map_constant(0);
  struct body b = begin(box(1, 2, 0));
  int32_t square = body_powi(&b, body_read(&b, held, &at), 2);
  int32_t product = body_op2(&b, OP_MUL, body_read(&b, a, &at), square);
  put(&b, program.value, zero, OUTPUT_ADD, body_op2(&b, OP_MUL, product, body_read(&b, c, &zero)));
  end(&b);
  check_all(x, g, h);
  static const double known[9] = {0, 25, 49, 25, 0, 0, 49, 0, 0};
  for (int i = 0; i < 9; i++) ck_assert_double_eq(h[i], known[i]);
  ck_assert(g[0] == 2 * 25 + 3 * 49 && g[1] == 11 * 25 && g[2] == 11 * 49);
  teardown();
}
END_TEST

/* Where H is zero: linear functions, a variable itself, constants, stop(…). */
START_TEST(test_flat)
{
  double x[3] = {0.4, 0.5, 0.6}, g[N_MAX], h[N_MAX * N_MAX];
  for (int kind = 0; kind < 4; kind++) {
    setup();
    int v = variable(3, 0);
    program.value = kind == 0 ? v : computed(1);
    struct map at = here(0), zero = map_constant(0);
    struct body b = begin(box(1, 3, 0));
    int32_t xi = body_read(&b, v, &at);
    if (kind == 1) put(&b, program.value, zero, OUTPUT_ADD, body_scale(&b, 3, xi));
    if (kind == 2) put(&b, program.value, zero, OUTPUT_ADD, body_const(&b, 7));
    if (kind == 3) {
      int32_t stopped = body_op1(&b, OP_STOP, body_op1(&b, OP_EXP, xi));
      put(&b, program.value, zero, OUTPUT_ADD, stopped);
    }
    if (kind == 0) {
      body_free(&b);
      program.arrays.data[v].size = program.nx = program.n = 1;
    } else {
      end(&b);
    }
    check_modes(x, g, h);
    for (int i = 0; i < program.n; i++) ck_assert(g[i] == (kind == 0 ? 1 : kind == 1 ? 3 : 0));
    for (int i = 0; i < program.n * program.n; i++) ck_assert(h[i] == 0);
    teardown();
  }
}
END_TEST

/* Many blocks: f = Σ exp(x[i]·x[i+1]/n), along a random direction. */
START_TEST(test_blocks)
{
  enum { N = 1000 };
  double *x = mem_alloc(N, sizeof *x), *v = mem_alloc(N, sizeof *v),
         *known = mem_zalloc(N, sizeof *known);
  for (int i = 0; i < N; i++) x[i] = sin(i), v[i] = cos(3 * i);
  for (int i = 0; i < N - 1; i++) {
    double z = x[i] * x[i + 1], w = v[i] * x[i + 1] + v[i + 1] * x[i], e = exp(z);
    known[i] += e * (w * x[i + 1] + v[i + 1]);
    known[i + 1] += e * (w * x[i] + v[i]);
  }
  setup();
  int a = variable(N, 0);
  program.value = computed(1);
  struct map at = here(0), next = here(1);
  struct body b = begin(box(1, N - 1, 0));
  int32_t z = body_op2(&b, OP_MUL, body_read(&b, a, &at), body_read(&b, a, &next));
  put(&b, program.value, map_constant(0), OUTPUT_ADD, body_op1(&b, OP_EXP, z));
  end(&b);
  for (enum mode mode = FWD_OVER_REV; mode < MODES; mode++) {
    struct program p;
    struct derivatives of;
    struct f64 *e;
    product_program(mode, &p, &of);
    prune(&p, &of);
    ck_assert_int_eq(f64_create(&ctx, &p, &(struct f64_options){.lanes = 1}, &e), STATUS_OK);
    f64_run_uniform(e, x);
    f64_run_lanes(e, v, 1);
    const double *product = f64_array(e, derivative_of(&of, a), 0);
    for (int i = 0; i < N; i++) close_to(product[i], known[i], 1e-13, "blocks", i, i);
    f64_free(e);
    program_free(&p);
    VEC_FREE(&of.of);
  }
  teardown();
  mem_free(x);
  mem_free(v);
  mem_free(known);
}
END_TEST

Suite *transform_suite(void)
{
  Suite *s = suite_create("transform");
  TCase *t = tcase_create("all");
  tcase_set_timeout(t, 60);
  tcase_add_test(t, test_operators);
  tcase_add_test(t, test_negative_arguments);
  tcase_add_test(t, test_sum);
  tcase_add_test(t, test_tables);
  tcase_add_loop_test(t, test_recurrence, 0, 2);
  tcase_add_test(t, test_slabs);
  tcase_add_test(t, test_ordered);
  tcase_add_test(t, test_extremes);
  tcase_add_test(t, test_loser);
  tcase_add_loop_test(t, test_branches, 0, 2);
  tcase_add_test(t, test_held_and_reordered);
  tcase_add_test(t, test_flat);
  tcase_add_test(t, test_blocks);
  suite_add_tcase(s, t);
  return s;
}
