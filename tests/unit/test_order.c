/* A whole Hessian in several tasks: whatever the order in which they run, the same bits, and no two
 * of those that run together write to the same element of B, or of the result. */
#include "config.h"

#include "io_fixture.h"

#include "hessian/evaluation.h"
#include "tests/doubles.h"
#include "unit/ordered.h"

Suite *order_suite(void);

/* Neighbours, others far away, the rows of a grid and its columns. */
static const char model[] =
    "param n = 40000; param m = 2000; param k = 12; param next[i in 1..n] = 1 + (i*7919) % n;"
    "var x[i in 1..n] = sin(i); var u[i in 1..m, j in 1..k] = cos(i*j);"
    "let row[i in 1..m] = sum(u[i, j]^2 for j in 1..k);"
    "return sum(exp(x[i])*x[i+1]^2 + (x[i] - x[next[i]])^4 for i in 1..n-1)"
    "     + sum(row[i]^2 for i in 1..m) + sum(u[i, j]^3*u[i+1, j] for i in 1..m-1, j in 1..k);";

struct solver {
  struct problem *p;
  struct pattern pattern;
  struct coloring coloring;
  struct recovery *recovery;
  double *x;
  int64_t nnz;
};

static void open_solver(struct solver *s)
{
  struct problem_options options = {.model_source = add_text(model)};
  struct coloring_options how = {.method = METHOD_STAR, .ordering = ORDERING_NATURAL};
  ck_assert_int_eq(problem_load(&ctx, &options, &s->p), STATUS_OK);
  s->x = mem_alloc((size_t)problem_program(s->p)->nx, sizeof *s->x);
  ck_assert_int_eq(doubles_point(&ctx, s->p, NULL, s->x), STATUS_OK);
  ck_assert_int_eq(problem_pattern(&ctx, s->p, &s->pattern), STATUS_OK);
  ck_assert_int_eq(coloring_compute(&ctx, &s->pattern, &how, &s->coloring), STATUS_OK);
  ck_assert_int_eq(recovery_create(&ctx, &s->pattern, &s->coloring, &s->recovery), STATUS_OK);
  s->nnz = pattern_nnz(&s->pattern);
}

static void close_solver(struct solver *s)
{
  recovery_free(s->recovery);
  coloring_free(&s->coloring);
  pattern_free(&s->pattern);
  mem_free(s->x);
  problem_free(s->p);
}

enum watched { NOTHING, ROWS, VALUES };

/* The values, with the tasks in this order if `o`. */
static void solve(const struct solver *s, struct ordered *o, enum order order, enum watched what,
                  double *values)
{
  struct numbers v = {.count = s->nnz, .re = values};
  struct evaluation *e;
  enum status finite;
  if (o) {
    ctx.pool = pool_create(2);
    ordered_open(o, ctx.pool, order);
  }
  memset(values, 0, (size_t)s->nnz * sizeof *values);
  ck_assert_int_eq(
      doubles_create(&ctx, s->p, EVALUATE_HVP, MODE_FWD_OVER_REV, s->coloring.num_colors, 3, &e),
      STATUS_OK);
  if (what == ROWS)
    ordered_watch(o, (double *)f64_rows(e->f64), (size_t)(evaluation_lanes(e) * e->n));
  if (what == VALUES) ordered_watch(o, values, (size_t)s->nnz);
  evaluation_point_doubles(e, s->x);
  ck_assert_int_eq(evaluation_hessian(&ctx, e, s->p, &s->coloring, s->recovery, &v, &finite),
                   STATUS_OK);
  ck_assert_int_eq(finite, STATUS_OK);
  evaluation_free(e);
  if (!o) return;
  ordered_close(o);
  pool_free(ctx.pool);
  ctx.pool = NULL;
}

START_TEST(test_any_order)
{
  struct solver s;
  struct ordered o;
  open_solver(&s);
  size_t bytes = (size_t)s.nnz * sizeof(double);
  double *expected = mem_alloc((size_t)s.nnz, sizeof *expected);
  double *values = mem_alloc((size_t)s.nnz, sizeof *values);
  solve(&s, NULL, ORDER_FORWARDS, NOTHING, expected);
  for (enum order order = 0; order < ORDERS; order++) {
    enum watched what = order == ORDER_BACKWARDS ? ROWS : VALUES;
    solve(&s, &o, order, what, values);
    ck_assert_int_gt(o.runs, 5);
    ck_assert_int_gt(o.written, 100000);
    ck_assert_msg(o.disputed == 0, "%lld elements are written to by two tasks",
                  (long long)o.disputed);
    ck_assert_msg(!memcmp(values, expected, bytes), "order %d gives other bits", (int)order);
  }
  mem_free(expected);
  mem_free(values);
  close_solver(&s);
}
END_TEST

Suite *order_suite(void)
{
  Suite *s = suite_create("order");
  TCase *t = tcase_create("order");
  tcase_add_checked_fixture(t, fixture_setup, fixture_teardown);
  tcase_set_timeout(t, 120);
  tcase_add_test(t, test_any_order);
  suite_add_tcase(s, t);
  return s;
}
