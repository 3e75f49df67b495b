/* Kernels in linear form: what random bodies that are linear in their lane reads compute stays the
 * same, of whole numbers exactly. */
#include "config.h"

#include <float.h>

#include "program/transform.h"
#include "unit/program_fixture.h"

Suite *linear_suite(void);

enum { N = 12, KERNELS = 3 };

/* Kinds of random bodies.  BOUND: what the products and sums of magnitudes are, by which rounding
 * errors are judged; it draws the same random numbers as REAL. */
enum body_kind { WHOLE, REAL, BOUND };

struct random_body {
  struct fixture *f;
  struct body *b;
  enum body_kind kind;
  int32_t uniform[40], lane[40];
  int nuniform, nlane;
};

static int32_t any_uniform(struct random_body *r)
{
  return r->uniform[fixture_pick(r->f, 0, r->nuniform - 1)];
}

static int32_t any_lane(struct random_body *r)
{
  return r->lane[fixture_pick(r->f, 0, r->nlane - 1)];
}

static int32_t difference(const struct random_body *r, int32_t x, int32_t y)
{
  return body_op2(r->b, r->kind == BOUND ? OP_ADD : OP_SUB, x, y);
}

static int32_t uniform_operation(struct random_body *r)
{
  int64_t kind = fixture_pick(r->f, 0, 2);
  int32_t x = any_uniform(r), y = any_uniform(r);
  return body_op2(r->b, kind ? OP_ADD : OP_MUL, x, y);
}

/* Uniform numbers are positive, so that quotients have no poles. */
static int32_t lane_operation(struct random_body *r)
{
  int64_t kind = fixture_pick(r->f, 0, 6);
  int32_t x = any_lane(r), y = any_lane(r), u = any_uniform(r);
  switch (kind) {
  case 0: return body_op2(r->b, OP_ADD, x, y);
  case 1: return difference(r, x, y);
  case 2: return body_op2(r->b, OP_MUL, x, u);
  case 3: return body_op2(r->b, OP_MUL, u, x);
  case 4: return body_op2(r->b, r->kind == WHOLE ? OP_MUL : OP_DIV, x, u);
  case 5: return r->kind == BOUND ? x : body_op1(r->b, OP_NEG, x);
  default: {
    int32_t zero = body_const(r->b, 0), choice = fixture_pick(r->f, 0, 1) ? y : zero;
    int32_t condition = body_op2(r->b, OP_LT, r->uniform[0], r->uniform[1]);
    return body_op3(r->b, OP_SELECT, condition, x, choice);
  }
  }
}

/* Array 0: x, 1: v, 2: computed from v. */
static void add_linear_kernel(struct fixture *f, enum body_kind kind, int y)
{
  struct body b;
  struct random_body r = {.f = f, .b = &b, .kind = kind};
  int domain = fixture_box(f, 1, fixture_pick(f, 1, 5), 0);
  int64_t count = f->p.domains.data[domain].count;
  body_init(&b, &f->ctx, domain, NO_LOC);
  for (int i = 0; i < 3; i++) {
    struct map m = fixture_map(f, domain, N);
    r.uniform[r.nuniform++] = body_read(&b, 0, &m);
  }
  for (int64_t i = fixture_pick(f, 1, 4); i-- > 0;) {
    int array = fixture_pick(f, 0, 2) ? 1 : y - 1;
    struct map m = fixture_map(f, domain, f->p.arrays.data[array].size);
    r.lane[r.nlane++] = body_read(&b, array, &m);
  }
  for (int64_t i = fixture_pick(f, 0, 3); i-- > 0;) r.uniform[r.nuniform++] = uniform_operation(&r);
  for (int64_t i = fixture_pick(f, 1, 10); i-- > 0;) r.lane[r.nlane++] = lane_operation(&r);
  body_output(&b, (struct output){y, fixture_here(0), OUTPUT_SET, r.lane[r.nlane - 1], -1});
  if (count == 1 || fixture_pick(f, 0, 1)) {
    struct map sum = map_constant(N - 1);
    body_output(&b, (struct output){y, sum, OUTPUT_ADD, any_lane(&r), -1});
    b.kernel.outputs.data[0].mode = OUTPUT_ADD;
  }
  fixture_group(f, (struct group){.first = fixture_end(f, &b), .count = 1});
}

static void make_program(struct fixture *f, uint64_t seed, enum body_kind kind)
{
  fixture_open(f, seed);
  fixture_block(f, N, 0);
  struct array v = {.kind = ARRAY_SEED, .size = N, .lane = true, .symbol = -1};
  ck_assert_int_eq(program_add_array(&f->p, v, "v"), 1);
  for (int i = 0; i < KERNELS; i++) {
    int y = fixture_computed(f, N);
    f->p.arrays.data[y].lane = true;
    add_linear_kernel(f, kind, y);
  }
  fixture_check(&f->p);
}

static size_t operations(const struct program *p)
{
  size_t sum = 0;
  for (size_t i = 0; i < p->kernels.len; i++) sum += p->kernels.data[i].ops.len;
  return sum;
}

/* Whether operations on lanes are sums of products with uniform numbers alone. */
static bool is_linear_form(const struct program *p, const struct kernel *k)
{
  bool lane[400], any = false;
  ck_assert_uint_le(k->ops.len, sizeof lane / sizeof *lane);
  kernel_lanes(p, k, lane);
  for (size_t i = 0; i < k->ops.len; i++) {
    const struct op *o = &k->ops.data[i];
    if (!lane[i] || o->code == OP_READ) continue;
    bool product = o->code == OP_MUL && lane[o->a] != lane[o->b];
    if (product && k->ops.data[lane[o->a] ? o->a : o->b].code != OP_READ) return false;
    bool sum = (o->code == OP_ADD || o->code == OP_SUB) && lane[o->a] && lane[o->b];
    if (!product && !sum && o->code != OP_NEG) return false;
    any = true;
  }
  return any;
}

static void random_point(struct fixture *f, enum body_kind kind, double *x, double *v)
{
  for (int i = 0; i < N; i++) {
    x[i] = kind == WHOLE ? (double)fixture_pick(f, 1, 3) : (double)fixture_pick(f, 500, 1500) / 999;
    v[i] = kind == WHOLE ? (double)fixture_pick(f, -3, 3) : (double)fixture_pick(f, 1, 1500) / 999;
  }
}

/* The factored Program against the one that it was made of; `bound`: of magnitudes, or NULL. */
static void compare(const struct program *p, const struct program *factored,
                    const struct program *bound, const double *x, const double *v, uint64_t seed)
{
  struct values want = fixture_run(p, x, v), got = fixture_run(factored, x, v);
  struct values size = fixture_run(bound ? bound : p, x, v);
  for (size_t a = 2; a < p->arrays.len; a++)
    for (int64_t i = 0; i < N; i++) {
      double error = fabs(got.of[a][i] - want.of[a][i]);
      double allowed = bound ? 200 * DBL_EPSILON * size.of[a][i] : 0;
      ck_assert_msg(error <= allowed, "seed %d: array %zu[%d]: %.17g instead of %.17g", (int)seed,
                    a, (int)i, got.of[a][i], want.of[a][i]);
    }
  values_free(&want);
  values_free(&got);
  values_free(&size);
}

/* For one direction nothing is gained by coefficients; for many, most kernels change. */
START_TEST(test_random_bodies)
{
  int changed = 0, forms = 0;
  for (uint64_t seed = 1; seed <= 1500; seed++) {
    enum body_kind kind = seed % 2 ? WHOLE : REAL;
    struct fixture f, bound;
    struct program factored;
    double x[N], v[N];
    make_program(&f, seed, kind);
    make_program(&bound, seed, kind == REAL ? BOUND : kind);
    random_point(&f, kind, x, v);
    ck_assert_int_eq(program_extend(&f.ctx, &f.p, &factored), STATUS_OK);
    int64_t directions = seed % 3 ? 1000 : (int64_t)seed % 7;
    ck_assert_int_eq(program_factor_lanes(&f.ctx, &factored, directions), STATUS_OK);
    fixture_check(&factored);
    compare(&f.p, &factored, kind == REAL ? &bound.p : NULL, x, v, seed);
    changed += operations(&factored) != operations(&f.p);
    for (int k = 0; k < KERNELS; k++) forms += is_linear_form(&factored, &factored.kernels.data[k]);
    program_free(&factored);
    fixture_close(&f);
    fixture_close(&bound);
  }
  ck_assert_int_gt(changed, 500);
  ck_assert_int_gt(forms, 2000);
}
END_TEST

/* y = (x₀ v₀) x₁, v₀ v₁, sin(v₀), v₀ + 1, x₀ / v₀, |v₀|: only the first one changes. */
START_TEST(test_what_is_not_linear)
{
  for (int kind = 0; kind < 6; kind++) {
    struct fixture f;
    struct body b;
    struct map first = map_constant(0), second = map_constant(1);
    fixture_open(&f, 1);
    fixture_block(&f, N, 0);
    struct array seeds = {.kind = ARRAY_SEED, .size = N, .lane = true, .symbol = -1};
    program_add_array(&f.p, seeds, "v");
    int y = fixture_computed(&f, 1);
    f.p.arrays.data[y].lane = true;
    body_init(&b, &f.ctx, fixture_box(&f, 0, 0, 0), NO_LOC);
    int32_t x0 = body_read(&b, 0, &first), x1 = body_read(&b, 0, &second);
    int32_t v0 = body_read(&b, 1, &first), v1 = body_read(&b, 1, &second);
    int32_t value = kind == 0   ? body_op2(&b, OP_MUL, body_op2(&b, OP_MUL, x0, v0), x1)
                    : kind == 1 ? body_op2(&b, OP_MUL, v0, v1)
                    : kind == 2 ? body_op1(&b, OP_SIN, v0)
                    : kind == 3 ? body_op2(&b, OP_ADD, v0, body_const(&b, 1))
                    : kind == 4 ? body_op2(&b, OP_DIV, x0, v0)
                                : body_op1(&b, OP_ABS, v0);
    body_output(&b, (struct output){y, first, OUTPUT_SET, value, -1});
    fixture_group(&f, (struct group){.first = fixture_end(&f, &b), .count = 1});
    ck_assert(!is_linear_form(&f.p, &f.p.kernels.data[0]));
    ck_assert_int_eq(program_factor_lanes(&f.ctx, &f.p, 100), STATUS_OK);
    ck_assert_int_eq(is_linear_form(&f.p, &f.p.kernels.data[0]), kind == 0);
    fixture_close(&f);
  }
}
END_TEST

/* Every allocation in turn fails. */
START_TEST(test_no_memory)
{
  struct fixture f;
  make_program(&f, 5, REAL);
  for (long n = 1;; n++) {
    struct program p;
    ck_assert_int_eq(program_extend(&f.ctx, &f.p, &p), STATUS_OK);
    struct failing failing = {.fail_at = n};
    mem_set_hook(failing_hook, &failing);
    enum status status = program_factor_lanes(&f.ctx, &p, 1000);
    mem_set_hook(NULL, NULL);
    program_free(&p);
    if (status == STATUS_OK) {
      ck_assert_int_gt(n, 10);
      break;
    }
    ck_assert_int_eq(status, STATUS_LIMIT);
  }
  fixture_close(&f);
}
END_TEST

Suite *linear_suite(void)
{
  Suite *s = suite_create("linear");
  TCase *t = tcase_create("all");
  tcase_set_timeout(t, 120);
  tcase_add_test(t, test_random_bodies);
  tcase_add_test(t, test_what_is_not_linear);
  tcase_add_test(t, test_no_memory);
  suite_add_tcase(s, t);
  return s;
}
