/* Culprits planted at known places are found. */
#include "config.h"

#include <check.h>
#include <math.h>

#include "eval/f64.h"
#include "eval/trace.h"

Suite *trace_suite(void);

static int32_t add_op(struct kernel *k, enum op_code code, int32_t a, int32_t b, int32_t c)
{
  struct op op = {.code = code, .a = a, .b = b, .c = c, .loc = {0, (uint32_t)code, 99}};
  ck_assert(VEC_PUSH(&k->ops, op));
  return (int32_t)k->ops.len - 1;
}

static int32_t add_read(struct kernel *k, int array, struct map map)
{
  struct read r = {.array = array, .map = map};
  ck_assert(VEC_PUSH(&k->reads, r));
  return add_op(k, OP_READ, (int32_t)k->reads.len - 1, -1, -1);
}

static void add_output(struct kernel *k, int array, struct map map, enum output_mode mode,
                       int32_t value)
{
  struct output o = {.array = array, .map = map, .mode = mode, .value = value, .winner = -1};
  ck_assert(VEC_PUSH(&k->outputs, o));
}

enum { N = 3000 };

/* s[i+1] = s[i] + (x[i] > 100 ? sqrt(x[i]) : log(x[i])), a recurrence; f = Σ s[i+1]·x[i]. */
static void build(struct program *p)
{
  program_init(p);
  p->n = p->nx = N;
  int x = program_add_array(p, (struct array){.kind = ARRAY_VARIABLE, .size = N}, "x");
  int s = program_add_array(p, (struct array){.kind = ARRAY_COMPUTED, .size = N + 1}, "s");
  int f = program_add_array(p, (struct array){.kind = ARRAY_COMPUTED, .size = 1}, "f");
  struct domain d = {
      .kind = DOMAIN_BOX, .ndim = 1, .count = N, .lo = {1}, .step = {1}, .extent = {N}};
  int domain = program_add_domain(p, d);
  struct map here = {.kind = MAP_POSITION}, next = {.kind = MAP_POSITION, .base = 1};

  struct kernel k = {.domain = domain, .loc = NO_LOC};
  int32_t before = add_read(&k, s, here), xi = add_read(&k, x, here);
  int32_t hundred = add_op(&k, OP_CONST, -1, -1, -1);
  k.ops.data[hundred].value = 100;
  int32_t large = add_op(&k, OP_LT, hundred, xi, -1);
  int32_t root = add_op(&k, OP_SQRT, xi, -1, -1), log = add_op(&k, OP_LOG, xi, -1, -1);
  int32_t term = add_op(&k, OP_SELECT, large, root, log);
  add_output(&k, s, next, OUTPUT_SET, add_op(&k, OP_ADD, before, term, -1));
  program_add_kernel(p, k);
  program_add_group(p, (struct group){.nouter = 1, .outer = domain, .count = 1});

  struct kernel sum = {.domain = domain, .loc = {0, 7, 8}};
  int32_t si = add_read(&sum, s, next), xj = add_read(&sum, x, here);
  add_output(&sum, f, map_constant(0), OUTPUT_ADD, add_op(&sum, OP_MUL, si, xj, -1));
  program_add_kernel(p, sum);
  program_add_group(p, (struct group){.first = 1, .count = 1});
}

static struct numbers array_of(const void *evaluator, int array, int lane)
{
  return (struct numbers){.re = (double *)f64_array(evaluator, array, lane)};
}

static struct culprit trace(const double *x)
{
  struct program p;
  struct context ctx;
  struct f64 *e;
  struct culprit c;
  context_init(&ctx);
  build(&p);
  ck_assert_int_eq(f64_create(&ctx, &p, &(struct f64_options){.lanes = 0}, &e), STATUS_OK);
  f64_run_uniform(e, x);
  struct trace_source source = {&p, FIELD_REAL, array_of, e};
  ck_assert_int_eq(trace_nonfinite(&ctx, &source, 2, 0, 0, &c), STATUS_OK);
  ck_assert(c.found == !isfinite(f64_array(e, 2, 0)[0]));
  f64_free(e);
  program_free(&p);
  context_free(&ctx);
  return c;
}

START_TEST(test_culprits)
{
  double x[N];
  for (int i = 0; i < N; i++) x[i] = 1 + i % 7;
  ck_assert(!trace(x).found);
  static const int places[] = {0, 1, 255, 256, 1700, N - 1};
  for (int i = 0; i < 6; i++) {
    double old = x[places[i]];
    x[places[i]] = -2;
    struct culprit c = trace(x); /* though all later elements are NaN, too */
    ck_assert(c.found && c.code == OP_LOG && c.kernel == 0 && c.loc.begin == OP_LOG);
    ck_assert(c.ndim == 1 && c.index[0] == places[i] + 1);
    ck_assert(c.nargs == 1 && c.arg[0].re == -2 && isnan(c.value.re));
    x[places[i]] = 0;
    c = trace(x);
    ck_assert(c.code == OP_LOG && c.index[0] == places[i] + 1 && c.value.re == -INFINITY);
    x[places[i]] = old;
  }
}
END_TEST

START_TEST(test_contributions_and_sums)
{
  double x[N];
  for (int i = 0; i < N; i++) x[i] = 1;
  x[40] = 101; /* sqrt is taken, which is finite */
  ck_assert(!trace(x).found);
  x[1000] = 1e308; /* s is about 1e154, so that the product overflows */
  struct culprit c = trace(x);
  ck_assert(c.found && c.code == OP_MUL && c.kernel == 1 && c.index[0] == 1001 && c.nargs == 2);
  ck_assert(c.arg[1].re == 1e308 && isfinite(c.arg[0].re) && c.value.re == INFINITY);
  for (int i = 0; i < N; i++) x[i] = 1;
  x[N - 1] = x[N - 2] = 1.2e205; /* products of 4e307 and 8e307: the sum is finite */
  ck_assert(!trace(x).found);
  x[N - 1] = x[N - 2] = x[N - 3] = 1.4e205; /* 5e307, 1e308 and 1.6e308: only the sum overflows */
  c = trace(x);
  ck_assert(c.found && c.code == OP_ADD && c.loc.begin == 7 && c.kernel == 1);
}
END_TEST

Suite *trace_suite(void)
{
  Suite *s = suite_create("trace");
  TCase *t = tcase_create("all");
  tcase_add_test(t, test_culprits);
  tcase_add_test(t, test_contributions_and_sums);
  suite_add_tcase(s, t);
  return s;
}
