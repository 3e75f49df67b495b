/* Kernels that threads share out, and sums in one pass: large random Programs against the
 * interpreter, and the same bits for every number of threads, lanes, and order of the superblocks.
 */
#include "config.h"

#include "base/pool.h"
#include "eval/f64_run.h"
#include "unit/ordered.h"
#include "unit/program_fixture.h"

Suite *superblocks_suite(void);

enum { LANES = 3, UNKNOWNS = 50 };
static const int pool_sizes[] = {0, 1, 2, 3, 5}; /* 0: none */
enum { POOLS = sizeof pool_sizes / sizeof *pool_sizes };

/* How often something was met that the tests are about. */
static struct {
  int shared, whole, phases, partials, rows, sums;
  int64_t written;
} met;

/* ---- random Programs ---- */

/* Domains larger than a superblock, mostly. */
static int large_domain(struct fixture *f)
{
  int64_t rows = fixture_pick(f, 3, 200);
  switch (fixture_pick(f, 0, 3)) {
  case 0: return fixture_box(f, 1, fixture_pick(f, 15000, 60000), 0);
  case 1: return fixture_box(f, 2, rows, fixture_pick(f, 14000, 50000) / rows);
  case 2: return fixture_runs(f, fixture_pick(f, 1000, 2000), 40);
  default: return fixture_runs(f, fixture_pick(f, 20, 40), 3000);
  }
}

static struct map table_of(struct fixture *f, int64_t count, int64_t size, int kind)
{
  int32_t *at = mem_alloc((size_t)count, sizeof *at);
  int64_t part = count / size + 1, shift = fixture_pick(f, 0, count);
  for (int64_t i = 0; i < count; i++)
    at[i] = (int32_t)(kind == 0   ? i / part                     /* upwards */
                      : kind == 1 ? (count - 1 - i) / part       /* downwards */
                      : kind == 2 ? fixture_pick(f, 0, size - 1) /* anyhow */
                                  : (i + shift) % count);        /* a permutation, if size fits */
  int t = program_add_table(&f->p, (struct table){.len = count, .v32 = at});
  return (struct map){.kind = MAP_TABLE, .table = t};
}

/* An affine map with these coefficients, its least offset 0; *size becomes its range. */
static struct map affine(struct fixture *f, int domain, int64_t a, int64_t b, int64_t *size)
{
  int64_t lo = INT64_MAX, hi = 0;
  struct map m = {.kind = MAP_AFFINE, .coef = {a, b}};
  for (int64_t q = 0; q < f->p.domains.data[domain].count; q++) {
    int64_t at = fixture_offset(&f->p, domain, &m, q);
    if (lo == INT64_MAX || at > hi) hi = at;
    if (at < lo) lo = at;
  }
  m.base = -lo;
  *size = hi - lo + 1;
  return m;
}

/* Where a kernel adds, or looks for extremes: *size elements. */
static struct map any_target(struct fixture *f, int domain, int64_t *size)
{
  static const int64_t coefs[][2] = {{1, 0}, {0, 1}, {-1, 0}, {1, 1}, {2, -1}, {7, 1}, {0, 0}};
  int64_t count = f->p.domains.data[domain].count, kind = fixture_pick(f, 0, 7);
  if (kind < 3) {
    *size = fixture_pick(f, 1, kind == 2 ? 50 : 9000);
    return table_of(f, count, *size, (int)kind);
  }
  if (kind == 3) {
    *size = count + fixture_pick(f, 0, 2000);
    return fixture_here(fixture_pick(f, 0, *size - count));
  }
  const struct domain *d = &f->p.domains.data[domain];
  if (kind == 4 && d->kind == DOMAIN_BOX && d->ndim == 2)
    return affine(f, domain, d->extent[1] + fixture_pick(f, 0, 1), 1, size);
  const int64_t *c = coefs[fixture_pick(f, 0, 6)];
  return affine(f, domain, c[0], c[1], size);
}

/* Where it sets: each element at most once. */
static struct map once_target(struct fixture *f, int domain, int64_t *size)
{
  const struct domain *d = &f->p.domains.data[domain];
  int64_t columns = d->extent[1], kind = fixture_pick(f, 0, 2);
  if (kind == 0 && d->kind == DOMAIN_BOX && d->ndim == 2)
    return fixture_pick(f, 0, 1) ? affine(f, domain, columns + 3, 1, size)
                                 : affine(f, domain, -1, d->extent[0], size);
  *size = d->count;
  return kind == 1 ? table_of(f, d->count, d->count, 3) : fixture_here(0);
}

static int lane_array(struct fixture *f, int64_t size, bool lane)
{
  int array = fixture_computed(f, size);
  f->p.arrays.data[array].lane = lane;
  f->p.arrays.data[array].fill = (double)fixture_pick(f, -1, 1);
  return array;
}

static void add_outputs(struct fixture *f, struct body *b, bool lane, const int32_t *id, int count)
{
  int domain = b->kernel.domain;
  for (int64_t i = fixture_pick(f, 1, 2); i-- > 0;) {
    enum output_mode mode = fixture_pick(f, 0, 2) ? OUTPUT_ADD : fixture_pick(f, 0, 3);
    int32_t value = id[fixture_pick(f, 0, 2) ? count - 1 : fixture_pick(f, 0, count - 1)];
    int64_t size;
    struct map m =
        mode == OUTPUT_SET ? once_target(f, domain, &size) : any_target(f, domain, &size);
    int64_t shift = mode == OUTPUT_ADD ? fixture_pick(f, 0, 1) * fixture_pick(f, 1, 1000) : 0;
    int array = lane_array(f, size + shift, lane), winner = -1;
    if (mode >= OUTPUT_MIN && fixture_pick(f, 0, 1)) winner = lane_array(f, size, lane);
    body_output(b, (struct output){array, m, mode, value, winner});
    if (shift == 0 || m.kind == MAP_TABLE) continue;
    m.base += shift; /* a neighbour, into the same array */
    body_output(b, (struct output){array, m, mode, id[fixture_pick(f, 0, count - 1)], -1});
  }
}

/* Sums and products of the reads; of whole numbers the products are kept small. */
static int add_operations(struct fixture *f, struct body *b, bool whole, int32_t *id, int count)
{
  for (int64_t i = fixture_pick(f, 2, 12); i-- > 0; count++) {
    static const enum op_code codes[] = {OP_ADD, OP_SUB, OP_MUL, OP_NEG, OP_ADD, OP_SIN};
    enum op_code code = codes[fixture_pick(f, 0, whole ? 4 : 5)];
    int32_t x = id[fixture_pick(f, 0, count - 1)], y = id[fixture_pick(f, 0, count - 1)];
    if (op_table[code].arity == 1)
      id[count] = body_op1(b, code, x);
    else if (whole && code == OP_MUL)
      id[count] = body_op2(b, OP_MOD, body_op2(b, code, x, body_const(b, 3)), body_const(b, 5));
    else
      id[count] = body_op2(b, code, x, y);
  }
  return count;
}

/* Array 0: the unknowns, 1: their seeds. */
static void add_kernel(struct fixture *f, bool whole)
{
  bool lane = fixture_pick(f, 0, 1);
  int32_t id[30];
  int count = 0, arrays = (int)f->p.arrays.len, domain = large_domain(f);
  struct body b;
  body_init(&b, &f->ctx, domain, NO_LOC);
  for (int64_t i = fixture_pick(f, 1, 4) + lane; i-- > 0;) {
    int array = i == 0 && lane ? 1 : (int)fixture_pick(f, 0, arrays - 1);
    const struct array *a = &f->p.arrays.data[array];
    if (a->lane && !lane) continue;
    int64_t size = a->size;
    struct map m = fixture_pick(f, 0, 3) ? fixture_map(f, domain, size)
                                         : table_of(f, f->p.domains.data[domain].count, size, 2);
    id[count++] = body_read(&b, array, &m);
  }
  id[count++] = body_const(&b, whole ? 2 : 0.7);
  count = add_operations(f, &b, whole, id, count);
  add_outputs(f, &b, lane, id, count);
  fixture_group(f, (struct group){.first = fixture_end(f, &b), .count = 1});
}

static void open_program(struct fixture *f, uint64_t seed)
{
  fixture_open(f, seed);
  fixture_block(f, UNKNOWNS, 0);
  struct array v = {.kind = ARRAY_SEED, .size = UNKNOWNS, .lane = true, .symbol = -1};
  ck_assert_int_eq(program_add_array(&f->p, v, "v"), 1);
}

static void random_vector(struct fixture *f, bool whole, double *v, int n)
{
  for (int i = 0; i < n; i++)
    v[i] = whole ? (double)fixture_pick(f, -4, 4) : (double)fixture_pick(f, -4000, 4000) / 3000;
}

/* ---- comparing ---- */

static void look_at_plans(const struct f64 *e)
{
  for (size_t i = 0; i < e->p->kernels.len; i++) {
    const struct plan *plan = &e->plans[i];
    met.shared += plan->nsuper > 1;
    met.whole += plan->nsuper == 0 && plan->domain->count > 20000;
    met.phases += plan->nsuper > 2 && plan->phases == 2;
    met.partials += plan->npartials > 0;
    met.rows += plan->row > 0 && plan->nsuper > 1;
    for (int j = 0; j < plan->ninsns; j++) met.sums += plan->insns[j].nterms > 0;
  }
}

static struct f64 *evaluator(struct fixture *f, struct pool *pool, int lanes)
{
  struct f64 *e;
  struct f64_options o = {.lanes = lanes, .pool = pool};
  ck_assert_int_eq(f64_create(&f->ctx, &f->p, &o, &e), STATUS_OK);
  return e;
}

static void same_arrays(const struct program *p, bool lanes, const struct f64 *e, int lane,
                        const struct f64 *f, int other)
{
  for (size_t i = 0; i < p->arrays.len; i++) {
    const struct array *a = &p->arrays.data[i];
    if (a->kind == ARRAY_COMPUTED && a->lane == lanes)
      ck_assert_mem_eq(f64_array(e, (int)i, lane), f64_array(f, (int)i, other),
                       (size_t)a->size * sizeof(double));
  }
}

/* All pools give the bytes of `e`, in LANES lanes and one at a time. */
static void check_pools(struct fixture *f, const struct f64 *e, const double *x, const double *v)
{
  for (int i = 0; i < POOLS; i++) {
    struct pool *pool = pool_sizes[i] ? pool_create(pool_sizes[i]) : NULL;
    struct f64 *all = evaluator(f, pool, LANES), *one = evaluator(f, pool, 1);
    f64_run_uniform(all, x);
    f64_run_lanes(all, v, LANES);
    f64_run_lanes(all, v, LANES);
    same_arrays(&f->p, false, e, 0, all, 0);
    for (int l = 0; l < LANES; l++) same_arrays(&f->p, true, e, l, all, l);
    f64_run_uniform(one, x);
    same_arrays(&f->p, false, e, 0, one, 0);
    for (int l = 0; l < LANES; l++) {
      f64_run_lanes(one, v + l * UNKNOWNS, 1);
      same_arrays(&f->p, true, e, l, one, 0);
    }
    f64_free(all);
    f64_free(one);
    pool_free(pool);
  }
}

/* What the superblocks write to: partial sums and arrays. */
static void watch_arrays(struct ordered *o, const struct f64 *e)
{
  const double *end = e->rows;
  for (size_t i = 0; i < e->p->arrays.len; i++) {
    const struct array *a = &e->p->arrays.data[i];
    const struct store *s = &e->stores[i];
    if (a->kind != ARRAY_COMPUTED || !s->data) continue;
    const double *last = s->data + (a->lane ? e->lanes - 1 : 0) * s->plane + a->size;
    if (last > end) end = last;
  }
  ordered_watch(o, e->partials, (size_t)(end - e->partials));
}

/* Superblocks that run together: no two write to the same element, and in any order they give the
 * bytes of `e`. */
static void check_orders(struct fixture *f, const struct f64 *e, const double *x, const double *v)
{
  struct pool *pool = pool_create(2);
  for (enum order order = 0; order < ORDERS; order++) {
    struct ordered o;
    ordered_open(&o, pool, order);
    struct f64 *g = evaluator(f, pool, LANES);
    if (order == ORDER_BACKWARDS && f64_threads(g) > 1) watch_arrays(&o, g);
    f64_run_uniform(g, x);
    f64_run_lanes(g, v, LANES);
    same_arrays(&f->p, false, e, 0, g, 0);
    for (int l = 0; l < LANES; l++) same_arrays(&f->p, true, e, l, g, l);
    ck_assert_msg(o.disputed == 0, "%lld elements are written to by two superblocks",
                  (long long)o.disputed);
    met.written += o.written;
    f64_free(g);
    ordered_close(&o);
  }
  pool_free(pool);
}

/* Whole numbers: the interpreter has the same, whatever the order of its sums. */
static void check_naive(const struct program *p, const struct f64 *e, const double *x,
                        const double *v)
{
  for (int l = 0; l < LANES; l++) {
    struct values values = fixture_run(p, x, v + l * UNKNOWNS);
    for (size_t i = 0; i < p->arrays.len; i++) {
      const double *got = f64_array(e, (int)i, p->arrays.data[i].lane ? l : 0);
      for (int64_t k = 0; p->arrays.data[i].kind == ARRAY_COMPUTED && k < p->arrays.data[i].size;
           k++)
        ck_assert_msg(got[k] == values.of[i][k], "array %zu[%lld], lane %d: %g instead of %g", i,
                      (long long)k, l, got[k], values.of[i][k]);
    }
    values_free(&values);
  }
}

START_TEST(test_random_programs)
{
  memset(&met, 0, sizeof met);
  for (uint64_t seed = 1; seed <= 24; seed++) {
    struct fixture f;
    bool whole = seed % 2;
    double x[UNKNOWNS], v[LANES * UNKNOWNS];
    open_program(&f, seed);
    for (int64_t i = fixture_pick(&f, 1, 3); i-- > 0;) add_kernel(&f, whole);
    fixture_check(&f.p);
    random_vector(&f, whole, x, UNKNOWNS);
    random_vector(&f, whole, v, LANES * UNKNOWNS);
    struct f64 *e = evaluator(&f, NULL, LANES);
    look_at_plans(e);
    f64_run_uniform(e, x);
    f64_run_lanes(e, v, LANES);
    if (whole) check_naive(&f.p, e, x, v);
    check_orders(&f, e, x, v);
    check_pools(&f, e, x, v);
    f64_free(e);
    fixture_close(&f);
  }
  ck_assert(met.shared > 10 && met.whole > 2 && met.phases > 2 && met.partials > 2 && met.rows > 2);
  ck_assert_int_gt(met.written, 100000);
}
END_TEST

/* Threads are for kernels of several superblocks. */
START_TEST(test_small_work)
{
  for (int large = 0; large < 2; large++) {
    struct fixture f;
    struct body b;
    struct map here = map_constant(0);
    struct pool *pool = pool_create(4);
    open_program(&f, 1);
    body_init(&b, &f.ctx, fixture_box(&f, 1, large ? 16385 : 16384, 0), NO_LOC);
    int sum = fixture_computed(&f, 1);
    body_output(&b, (struct output){sum, here, OUTPUT_ADD, body_read(&b, 0, &here), -1});
    fixture_group(&f, (struct group){.first = fixture_end(&f, &b), .count = 1});
    struct f64 *e = evaluator(&f, pool, 0);
    ck_assert_int_eq(f64_threads(e), large ? 4 : 1);
    f64_free(e);
    pool_free(pool);
    fixture_close(&f);
  }
}
END_TEST

/* ---- sums in one pass ---- */

static int32_t sum_operation(struct fixture *f, struct body *b, const int32_t *id, int count)
{
  static const enum op_code codes[] = {OP_ADD, OP_SUB, OP_ADD, OP_SUB, OP_MUL, OP_MUL, OP_NEG};
  int32_t last = id[count - 1], other = id[fixture_pick(f, 0, count - 1)];
  int32_t x = fixture_pick(f, 0, 3) ? last : id[fixture_pick(f, 0, count - 1)];
  int64_t kind = fixture_pick(f, 0, 8);
  if (kind == 8) return body_powi(b, other, 2);
  if (kind == 7) { /* c·y, or x + c·y */
    int32_t product = body_op2(b, OP_MUL, other, id[fixture_pick(f, 0, count - 1)]);
    return fixture_pick(f, 0, 1) ? body_op2(b, OP_ADD, product, x)
                                 : body_op2(b, OP_SUB, x, product);
  }
  if (kind == 6) return body_op1(b, OP_NEG, other);
  return fixture_pick(f, 0, 1) ? body_op2(b, codes[kind], x, other)
                               : body_op2(b, codes[kind], other, x);
}

/* y = a body of sums and products, over `count` positions; each element of y once. */
static void add_sums(struct fixture *f, int64_t count)
{
  bool lane = fixture_pick(f, 0, 2);
  int32_t id[80];
  int n = 0, arrays = (int)f->p.arrays.len;
  struct body b;
  body_init(&b, &f->ctx, fixture_box(f, 1, count, 0), NO_LOC);
  for (int64_t i = fixture_pick(f, 1, 5) + lane; i-- > 0;) {
    int array = i == 0 && lane ? 1 : (int)fixture_pick(f, 0, arrays - 1);
    if (f->p.arrays.data[array].lane && !lane) continue;
    struct map m = fixture_map(f, b.kernel.domain, f->p.arrays.data[array].size);
    id[n++] = body_read(&b, array, &m);
  }
  id[n++] = body_const(&b, fixture_number(f));
  for (int64_t i = fixture_pick(f, 1, 40); i-- > 0; n++) id[n] = sum_operation(f, &b, id, n);
  for (int64_t i = fixture_pick(f, 1, 3); i-- > 0;) {
    enum output_mode mode = fixture_pick(f, 0, 1) ? OUTPUT_SET : OUTPUT_ADD;
    int y = lane_array(f, count + 2, lane);
    struct map m = fixture_here(fixture_pick(f, 0, 2));
    body_output(&b,
                (struct output){y, m, mode, id[i == 0 ? n - 1 : fixture_pick(f, 0, n - 1)], -1});
  }
  fixture_group(f, (struct group){.first = fixture_end(f, &b), .count = 1});
}

START_TEST(test_sums)
{
  static const int64_t counts[] = {1, 2, 7, 63, 64, 300, 700};
  memset(&met, 0, sizeof met);
  for (uint64_t seed = 1; seed <= 400; seed++) {
    struct fixture f;
    double x[UNKNOWNS], v[LANES * UNKNOWNS];
    open_program(&f, seed);
    for (int64_t i = fixture_pick(&f, 1, 2); i-- > 0;) add_sums(&f, counts[fixture_pick(&f, 0, 6)]);
    for (int i = 0; i < UNKNOWNS; i++) x[i] = fixture_number(&f);
    random_vector(&f, false, v, LANES * UNKNOWNS);
    struct f64 *e = evaluator(&f, NULL, LANES);
    look_at_plans(e);
    f64_run_uniform(e, x);
    f64_run_lanes(e, v, LANES);
    for (int l = 0; l < LANES; l++) {
      struct values values = fixture_run(&f.p, x, v + l * UNKNOWNS);
      for (size_t i = 0; i < f.p.arrays.len; i++) {
        const struct array *a = &f.p.arrays.data[i];
        const double *got = f64_array(e, (int)i, a->lane ? l : 0);
        for (int64_t k = 0; a->kind == ARRAY_COMPUTED && k < a->size; k++)
          ck_assert_msg(same_number(got[k], values.of[i][k]),
                        "seed %d, array %zu[%lld], lane %d: %a instead of %a", (int)seed, i,
                        (long long)k, l, got[k], values.of[i][k]);
      }
      values_free(&values);
    }
    f64_free(e);
    fixture_close(&f);
  }
  ck_assert_int_gt(met.sums, 500);
}
END_TEST

Suite *superblocks_suite(void)
{
  Suite *s = suite_create("superblocks");
  TCase *t = tcase_create("all");
  tcase_set_timeout(t, 300);
  tcase_add_test(t, test_random_programs);
  tcase_add_test(t, test_small_work);
  tcase_add_test(t, test_sums);
  suite_add_tcase(s, t);
  return s;
}
