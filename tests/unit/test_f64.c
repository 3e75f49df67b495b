/* The evaluator against a naive scalar interpreter, on random Programs.  The values are small whole
 * numbers, so that sums are exact in any order and results must agree bit for bit. */
#include "config.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "eval/f64.h"
#include "eval/f64_ops.h"
#include "program/special.h"
#include "program/vecmath.h"
#include "unit/failing.h"

Suite *f64_suite(void);

/* Random numbers: SplitMix64 */

static uint64_t state;

static uint64_t next(void)
{
  uint64_t z = (state += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

static int64_t pick(int64_t lo, int64_t hi)
{
  return lo + (int64_t)(next() % (uint64_t)(hi - lo + 1));
}

/* The oracle: one iteration after the other, one number at a time. */

static double naive_op(enum op_code code, double a, double b, double c, double k)
{
  switch (code) {
#define OP(id, name, arity, class, in_language, value, holomorphic, da, db, doc)                   \
  case OP_##id:                                                                                    \
    return value;
#include "program/ops.def"
#undef OP
  default: abort();
  }
}

struct naive {
  const struct program *p;
  double **planes; /* of each array, for one lane */
  char **written;
};

static void naive_iteration(struct naive *n, const struct kernel *k, int64_t position)
{
  const struct program *p = n->p;
  const struct domain *d = &p->domains.data[k->domain];
  int64_t index[LOOP_MAX];
  domain_indices(d, position, index);
  double v[200];
  ck_assert_uint_le(k->ops.len, sizeof v / sizeof *v);
  for (size_t i = 0; i < k->ops.len; i++) {
    const struct op *op = &k->ops.data[i];
    if (op->code == OP_READ) {
      const struct read *r = &k->reads.data[op->a];
      int64_t offset = map_offset(p, &r->map, position, index, d->ndim);
      v[i] = r->array < 0 ? (double)offset : n->planes[r->array][offset];
    } else {
      v[i] = naive_op(op->code, op->a < 0 ? 0 : v[op->a], op->b < 0 ? 0 : v[op->b],
                      op->c < 0 ? 0 : v[op->c], op->value);
    }
  }
  for (size_t i = 0; i < k->outputs.len; i++) {
    const struct output *o = &k->outputs.data[i];
    int64_t offset = map_offset(p, &o->map, position, index, d->ndim);
    double *dst = &n->planes[o->array][offset], value = v[o->value];
    char *written = &n->written[o->array][offset];
    bool better =
        !*written ||
        (!isnan(*dst) && (isnan(value) || (o->mode == OUTPUT_MIN ? value < *dst : value > *dst)));
    if (o->mode == OUTPUT_ADD)
      *dst += value;
    else if (o->mode == OUTPUT_SET || better)
      *dst = value;
    if ((o->mode == OUTPUT_MIN || o->mode == OUTPUT_MAX) && better && o->winner >= 0)
      n->planes[o->winner][offset] = (double)position;
    *written = 1;
  }
}

/* Everything at point x and direction v. */
static void naive_run(struct naive *n, const struct program *p, const double *x, const double *v)
{
  n->p = p;
  n->planes = mem_zalloc(p->arrays.len, sizeof *n->planes);
  n->written = mem_zalloc(p->arrays.len, sizeof *n->written);
  for (size_t i = 0; i < p->arrays.len; i++) {
    const struct array *a = &p->arrays.data[i];
    n->planes[i] = mem_zalloc((size_t)a->size, sizeof **n->planes);
    n->written[i] = mem_zalloc((size_t)a->size, 1);
    for (int64_t j = 0; j < a->size; j++)
      n->planes[i][j] = a->kind == ARRAY_VARIABLE ? x[a->offset + j]
                        : a->kind == ARRAY_SEED   ? v[a->offset + j]
                        : a->kind == ARRAY_DATA   ? a->data.re[j]
                                                  : a->fill;
  }
  for (size_t i = 0; i < p->groups.len; i++) {
    const struct group *g = &p->groups.data[i];
    int64_t count = group_outer_count(p, g);
    for (int64_t o = 0; o < count; o++)
      for (int k = g->first; k < g->first + g->count; k++) {
        const struct kernel *kernel = &p->kernels.data[k];
        int64_t begin, end;
        domain_slab(&p->domains.data[kernel->domain], g->nouter, g->reverse ? count - 1 - o : o,
                    &begin, &end);
        for (int64_t q = begin; q < end; q++)
          naive_iteration(n, kernel, kernel->order < 0 ? begin + (end - 1 - q) : q);
      }
  }
}

static void naive_free(struct naive *n)
{
  for (size_t i = 0; i < n->p->arrays.len; i++) {
    mem_free(n->planes[i]);
    mem_free(n->written[i]);
  }
  mem_free(n->planes);
  mem_free(n->written);
}

/* Random Programs */

static int64_t random_extent(void)
{
  static const int64_t typical[] = {1, 1, 2, 3, 5, 8, 17, 40, 63, 64, 65, 130, 256, 300, 700};
  return next() % 40 ? typical[next() % (sizeof typical / sizeof *typical)] : 0;
}

static struct domain random_box(void)
{
  struct domain d = {.kind = DOMAIN_BOX, .ndim = (int)pick(0, 4), .count = 1};
  for (int i = 0; i < d.ndim; i++) {
    do d.extent[i] = random_extent();
    while (d.count * d.extent[i] > 3000);
    d.count *= d.extent[i];
    d.lo[i] = pick(-3, 3);
    d.step[i] = pick(0, 3) ? 1 : pick(0, 1) ? -1 : 2;
  }
  return d;
}

static struct domain random_runs(void)
{
  struct domain d = {.kind = DOMAIN_RUNS, .ndim = (int)pick(1, 3), .nruns = pick(0, 60)};
  size_t n = (size_t)d.nruns;
  int64_t longest = pick(0, 1) ? 6 : 300;
  d.start = mem_zalloc(n + 1, sizeof *d.start);
  d.first = mem_zalloc(n * (size_t)d.ndim, sizeof *d.first);
  d.run_step = mem_zalloc(n, sizeof *d.run_step);
  for (size_t r = 0; r < n; r++) {
    int64_t len = d.start[r] < 4000 ? pick(0, longest) : 0;
    d.start[r + 1] = d.start[r] + len;
    for (int i = 0; i < d.ndim; i++) d.first[r * (size_t)d.ndim + (size_t)i] = pick(-5, 20);
    d.run_step[r] = pick(0, 2) ? 1 : pick(-2, 2);
  }
  d.count = d.start[n];
  return d;
}

static void map_range(const struct program *p, const struct domain *d, const struct map *m,
                      int64_t *lo, int64_t *hi)
{
  *lo = INT64_MAX, *hi = INT64_MIN;
  for (int64_t q = 0; q < d->count; q++) {
    int64_t index[LOOP_MAX];
    domain_indices(d, q, index);
    int64_t offset = map_offset(p, m, q, index, d->ndim);
    if (offset < *lo) *lo = offset;
    if (offset > *hi) *hi = offset;
  }
}

static struct map random_table(struct program *p, int64_t count, int64_t size)
{
  struct table t = {.len = count};
  bool wide = next() % 2;
  if (wide)
    t.v64 = mem_zalloc((size_t)count, sizeof *t.v64);
  else
    t.v32 = mem_zalloc((size_t)count, sizeof *t.v32);
  for (int64_t i = 0; i < count; i++) {
    int64_t offset = pick(0, size - 1);
    if (wide)
      t.v64[i] = offset;
    else
      t.v32[i] = (int32_t)offset;
  }
  return (struct map){.kind = MAP_TABLE, .table = program_add_table(p, t)};
}

/* Any map from the domain into an array of `size` > 0 elements. */
static struct map random_map(struct program *p, const struct domain *d, int64_t size)
{
  struct map m = map_constant(pick(0, size - 1));
  int64_t lo, hi, choice = pick(0, 7);
  if (d->count == 0 || choice == 0) return m;
  if (choice == 1 && size >= d->count)
    return (struct map){.kind = MAP_POSITION, .base = pick(0, size - d->count)};
  if (choice == 2) return random_table(p, d->count, size);
  int64_t w = 1; /* often equidistant in the position */
  for (int i = d->ndim - 1; i >= 0; i--) {
    m.coef[i] = choice <= 4 ? w : pick(-3, 3) * (pick(0, 2) ? 1 : pick(0, 20));
    if (d->kind == DOMAIN_BOX) w = choice == 3 ? w * d->extent[i] * d->step[i] : w * 2;
  }
  for (;;) {
    map_range(p, d, &m, &lo, &hi);
    if (hi - lo < size) break;
    for (int i = 0; i < d->ndim; i++) m.coef[i] /= 2;
  }
  m.base += pick(0, size - 1 - (hi - lo)) - lo;
  return m;
}

static int add_kernel(struct program *p, int domain)
{
  struct kernel k = {.domain = domain, .loc = NO_LOC};
  return program_add_kernel(p, k);
}

static int32_t add_op(struct kernel *k, enum op_code code, int32_t a, int32_t b, int32_t c,
                      double value)
{
  struct op op = {.code = code, .a = a, .b = b, .c = c, .value = value, .loc = NO_LOC};
  ck_assert(VEC_PUSH(&k->ops, op));
  return (int32_t)k->ops.len - 1;
}

static int32_t add_read(struct kernel *k, int array, struct map map)
{
  struct read r = {.array = array, .map = map};
  ck_assert(VEC_PUSH(&k->reads, r));
  return add_op(k, OP_READ, (int32_t)k->reads.len - 1, -1, -1, 0);
}

static void add_output(struct kernel *k, int array, struct map map, enum output_mode mode,
                       int32_t value, int winner)
{
  struct output o = {.array = array, .map = map, .mode = mode, .value = value, .winner = winner};
  ck_assert(VEC_PUSH(&k->outputs, o));
}

/* Operators that turn small whole numbers into such; with `any`, all there are. */
static int32_t random_op(struct kernel *k, bool any)
{
  static const enum op_code whole[] = {
      OP_ADD,  OP_SUB,       OP_NEG,       OP_LT,        OP_LE,   OP_EQ,     OP_NE,   OP_AND,
      OP_OR,   OP_NOT,       OP_ABS,       OP_MIN_FIRST, OP_ADD,  OP_SUB,    OP_SIGN, OP_SELECT,
      OP_STOP, OP_MAX_FIRST, OP_MAX_FIRST, OP_MUL,       OP_POWI, OP_FINITE, OP_MOD,  OP_FLOOR};
  enum op_code code = whole[next() % (sizeof whole / sizeof *whole)];
  double value = code == OP_POWI ? (double)pick(0, 3) : 0;
  int64_t last = (int64_t)k->ops.len - 1;
  if (any) {
    do code = (enum op_code)pick(0, OP_COUNT - 1);
    while (op_table[code].arity == 0);
    value = code == OP_POWI ? (double)pick(-5, 9) : code == OP_POLYGAMMA ? (double)pick(0, 5) : 0;
  } else if (code == OP_MUL || code == OP_POWI || code == OP_MOD) {
    int32_t seven = add_op(k, OP_CONST, -1, -1, -1, (double)pick(2, 7)); /* keeps numbers small */
    int32_t a = add_op(k, OP_MOD, (int32_t)pick(0, last), seven, -1, 0);
    if (code == OP_MOD) return a;
    return add_op(k, code, a, code == OP_POWI ? -1 : seven, -1, value);
  }
  return add_op(k, code, (int32_t)pick(0, last), (int32_t)pick(0, last), (int32_t)pick(0, last),
                value);
}

static int add_computed(struct program *p, int64_t size, bool lane, double fill)
{
  struct array a = {.kind = ARRAY_COMPUTED, .size = size, .lane = lane, .symbol = -1, .fill = fill};
  return program_add_array(p, a, "computed");
}

/* An injective map and the size that it needs. */
static struct map injective_map(struct program *p, const struct domain *d, int64_t *size)
{
  struct map m = {.kind = MAP_POSITION};
  *size = d->count;
  if (pick(0, 3) == 0 || (d->kind == DOMAIN_RUNS && pick(0, 1))) {
    m.base = pick(0, 2);
    *size += m.base + pick(0, 2);
  } else if (d->kind == DOMAIN_BOX && pick(0, 3)) {
    int64_t w = pick(1, 2), padding = pick(0, 1), lo, hi;
    m = map_constant(0);
    for (int i = d->ndim - 1; i >= 0; i--) {
      m.coef[i] = pick(0, 3) ? w : -w;
      w *= d->extent[i] * llabs(d->step[i]) + padding;
    }
    map_range(p, d, &m, &lo, &hi);
    if (d->count) m.base = -lo, *size = hi - lo + 1;
  } else { /* a permutation */
    m = random_table(p, d->count, d->count ? d->count : 1);
    struct table *t = &p->tables.data[m.table];
    for (int64_t i = 0; i < t->len; i++) {
      int64_t j = pick(0, i), old = i == j ? i : table_get(t, j);
      if (t->v32)
        t->v32[i] = (int32_t)old, t->v32[j] = (int32_t)i;
      else
        t->v64[i] = old, t->v64[j] = i;
    }
  }
  return m;
}

static void random_outputs(struct program *p, struct kernel *k, const struct domain *d, bool lane)
{
  for (int64_t i = pick(1, 3); i-- > 0;) {
    enum output_mode mode = (enum output_mode)pick(0, 3);
    int32_t value =
        (int32_t)(pick(0, 2) ? (int64_t)k->ops.len - 1 : pick(0, (int64_t)k->ops.len - 1));
    int64_t size = random_extent() + 1;
    int winner = -1, array;
    struct map m;
    if (mode == OUTPUT_SET)
      m = injective_map(p, d, &size);
    else
      m = random_map(p, d, size);
    array = add_computed(p, size, lane, (double)pick(-1, 1));
    if (mode >= OUTPUT_MIN && pick(0, 1)) winner = add_computed(p, size, lane, -1);
    add_output(k, array, m, mode, value, winner);
  }
}

static void random_body(struct program *p, struct kernel *k, const struct domain *d, bool lane,
                        int narrays, bool any)
{
  for (int64_t i = pick(1, 5); i-- > 0;) {
    int array = (int)pick(-1, narrays - 1);
    if (array >= 0 && ((p->arrays.data[array].lane && !lane) || p->arrays.data[array].size == 0))
      continue;
    add_read(k, array, random_map(p, d, array < 0 ? 1000 : p->arrays.data[array].size));
  }
  add_op(k, OP_CONST, -1, -1, -1, (double)pick(-3, 3));
  if (lane) add_read(k, 2, random_map(p, d, p->arrays.data[2].size));
  for (int64_t i = pick(0, 25); i-- > 0;) random_op(k, any);
}

/* Arrays 0, 1, 2: variables, data, seeds. */
static void begin_program(struct program *p)
{
  program_init(p);
  p->n = p->nx = pick(1, 500) + 5;
  struct array x = {.kind = ARRAY_VARIABLE, .size = p->n - 5, .offset = 3, .symbol = -1};
  struct array data = {.kind = ARRAY_DATA, .size = pick(1, 3000), .symbol = -1};
  struct array v = {.kind = ARRAY_SEED, .size = p->n - 5, .offset = 3, .lane = true, .symbol = -1};
  data.data =
      (struct numbers){.count = data.size, .re = mem_zalloc((size_t)data.size, sizeof(double))};
  for (int64_t i = 0; i < data.size; i++) data.data.re[i] = (double)pick(-9, 9);
  program_add_array(p, x, "x");
  program_add_array(p, data, "data");
  program_add_array(p, v, "v");
}

static void add_random_group(struct program *p, bool any)
{
  int first = (int)p->kernels.len, count = (int)pick(1, 2);
  for (int i = 0; i < count; i++) {
    int domain = program_add_domain(p, pick(0, 2) ? random_box() : random_runs());
    struct domain d = p->domains.data[domain];
    bool lane = next() % 2;
    int narrays = (int)p->arrays.len;
    int kernel = add_kernel(p, domain);
    random_body(p, &p->kernels.data[kernel], &d, lane, narrays, any);
    random_outputs(p, &p->kernels.data[kernel], &d, lane);
  }
  program_add_group(p, (struct group){.first = first, .count = count});
}

/* A recurrence s[t+1, j] = op(s[t, m-1-j], …) over one or two outer loops; in reverse, an adjoint's
 * s[t, j] += op(s[t+1, m-1-j], …), in runs of different lengths, or boxes. */
static void add_sequence(struct program *p)
{
  bool reverse = next() % 2, lane = next() % 2, runs = next() % 2;
  int nouter = (int)pick(1, 2), narrays = (int)p->arrays.len;
  int64_t m = pick(0, 2) ? pick(1, 6) : pick(60, 300), steps = pick(1, 40);
  struct domain outer = {.kind = DOMAIN_BOX, .ndim = nouter, .count = steps};
  struct domain d = {.kind = runs ? DOMAIN_RUNS : DOMAIN_BOX, .ndim = nouter + 1};
  for (int i = 0; i < nouter; i++) outer.step[i] = 1, outer.extent[i] = 1;
  outer.extent[nouter - 1] = steps;
  if (runs) {
    d.nruns = steps;
    d.start = mem_zalloc((size_t)steps + 1, sizeof *d.start);
    d.first = mem_zalloc((size_t)(steps * d.ndim), sizeof *d.first);
    d.run_step = mem_zalloc((size_t)steps, sizeof *d.run_step);
    d.slab = mem_zalloc((size_t)steps + 1, sizeof *d.slab);
    for (int64_t t = 0; t < steps; t++) {
      d.start[t + 1] = d.start[t] + pick(0, m);
      d.first[t * d.ndim + nouter - 1] = t;
      d.run_step[t] = 1;
      d.slab[t + 1] = t + 1;
    }
    d.count = d.start[steps];
  } else {
    memcpy(d.lo, outer.lo, sizeof d.lo);
    memcpy(d.step, outer.step, sizeof d.step);
    memcpy(d.extent, outer.extent, sizeof d.extent);
    d.step[nouter] = 1;
    d.extent[nouter] = m;
    d.count = steps * m;
  }
  struct domain copy = d;
  int s = add_computed(p, (steps + 1) * m, lane, 1), first = (int)p->kernels.len;
  int kernel = add_kernel(p, program_add_domain(p, d));
  struct map here = map_constant(0), there = map_constant(m);
  here.coef[nouter - 1] = there.coef[nouter - 1] = m;
  there.coef[nouter] = 1;
  here.base = m - 1; /* the previous row backwards */
  here.coef[nouter] = -1;
  if (reverse) {
    here.base += m;
    there.base = 0;
  }
  struct kernel *k = &p->kernels.data[kernel];
  add_read(k, s, here);
  random_body(p, k, &copy, lane, narrays, false);
  int32_t nine = add_op(k, OP_CONST, -1, -1, -1, 9);
  int32_t sum = add_op(k, OP_ADD, 0, (int32_t)pick(0, nine), -1, 0);
  add_output(k, s, there, reverse ? OUTPUT_ADD : OUTPUT_SET, add_op(k, OP_MOD, sum, nine, -1, 0),
             -1);
  add_output(k, add_computed(p, 1, lane, 0), map_constant(0), OUTPUT_ADD, sum, -1);
  program_add_group(p, (struct group){.nouter = nouter,
                                      .outer = program_add_domain(p, outer),
                                      .reverse = reverse,
                                      .first = first,
                                      .count = 1});
}

/* An ordered kernel over a box of two loops: s[p+1] = op(s[p], …), or backwards, an adjoint's
 * s[p] += op(s[p+1], …). */
static void add_ordered(struct program *p)
{
  bool lane = next() % 2;
  int narrays = (int)p->arrays.len;
  int64_t rows = pick(1, 9), columns = pick(1, 50), padding = pick(0, 1);
  struct domain d = {.kind = DOMAIN_BOX,
                     .ndim = 2,
                     .count = rows * columns,
                     .step = {1, 1},
                     .extent = {rows, columns}};
  int s = add_computed(p, rows * (columns + padding) + 1, lane, 2);
  int kernel = add_kernel(p, program_add_domain(p, d));
  struct kernel *k = &p->kernels.data[kernel];
  struct map low = map_constant(0);
  low.coef[0] = columns + padding;
  low.coef[1] = 1;
  struct map high = low;
  high.base = 1;
  k->order = pick(0, 1) ? 1 : -1;
  add_read(k, s, k->order > 0 ? low : high);
  random_body(p, k, &d, lane, narrays, false);
  int32_t nine = add_op(k, OP_CONST, -1, -1, -1, 9);
  int32_t sum = add_op(k, OP_ADD, 0, (int32_t)pick(0, nine), -1, 0);
  add_output(k, s, k->order > 0 ? high : low, k->order > 0 ? OUTPUT_SET : OUTPUT_ADD,
             add_op(k, OP_MOD, sum, nine, -1, 0), -1);
  add_output(k, add_computed(p, 1, lane, 0), map_constant(0), OUTPUT_ADD, sum, -1);
  program_add_group(p, (struct group){.first = kernel, .count = 1});
}

/* Comparing */

static bool same(double a, double b)
{
  return a == b ? signbit(a) == signbit(b) || a == 0 : a != a && b != b;
}

static void compare(const struct program *p, const struct f64 *e, const struct naive *n, int lane,
                    bool lanes, uint64_t seed)
{
  for (size_t i = 0; i < p->arrays.len; i++) {
    const struct array *a = &p->arrays.data[i];
    if (a->lane != lanes) continue;
    const double *got = f64_array(e, (int)i, lane);
    for (int64_t j = 0; j < a->size; j++)
      ck_assert_msg(same(got[j], n->planes[i][j]),
                    "seed %llu: array %zu, element %lld, lane %d: %a instead of %a",
                    (unsigned long long)seed, i, (long long)j, lane, got[j], n->planes[i][j]);
  }
}

static double *random_vector(int64_t n)
{
  double *v = mem_zalloc((size_t)n, sizeof *v);
  for (int64_t i = 0; i < n; i++) v[i] = (double)pick(-9, 9);
  return v;
}

static void check_program(const struct program *p, uint64_t seed)
{
  enum { LANES = 19 };
  struct context ctx;
  struct f64 *e;
  char why[200];
  context_init(&ctx);
  ck_assert_msg(program_check(p, why, sizeof why), "seed %llu: %s", (unsigned long long)seed, why);
  ck_assert_int_eq(f64_create(&ctx, p, &(struct f64_options){.lanes = LANES}, &e), STATUS_OK);
  double *x = random_vector(p->n), *v = random_vector(LANES * p->n);
  struct naive naive[LANES];
  for (int l = 0; l < LANES; l++) naive_run(&naive[l], p, x, v + l * p->n);
  static const int sizes[] = {1, 3, LANES};
  for (int i = 0; i < 3; i++) {
    f64_run_uniform(e, x);
    compare(p, e, &naive[0], 0, false, seed);
    int first = (int)pick(0, LANES - sizes[i]);
    f64_run_lanes(e, v + first * p->n, sizes[i]);
    for (int l = 0; l < sizes[i]; l++) compare(p, e, &naive[first + l], l, true, seed);
  }
  for (int l = 0; l < LANES; l++) naive_free(&naive[l]);
  mem_free(x);
  mem_free(v);
  f64_free(e);
  context_free(&ctx);
}

START_TEST(test_random_programs)
{
  for (uint64_t seed = 1; seed <= 25; seed++) {
    struct program p;
    state = seed * 1000 + (uint64_t)_i;
    begin_program(&p);
    for (int64_t i = pick(1, 6); i-- > 0;) {
      int64_t kind = pick(0, 5);
      if (kind < 3)
        add_random_group(&p, false);
      else if (kind < 5)
        add_sequence(&p);
      else
        add_ordered(&p);
    }
    check_program(&p, state);
    program_free(&p);
  }
}
END_TEST

/* Vector functions err otherwise than the C library (which is off by up to 3 units for cbrt). */
static bool as_expected(enum op_code code, double value, double expected)
{
  if (same(value, expected)) return true;
  return vecmath_covers(code) && fabs(value - expected) <= 0x1p-50 * fabs(expected);
}

/* All operators, at any numbers: real sums depend on the order, so that there are none here. */
START_TEST(test_all_operators)
{
  for (int code = 0; code < OP_COUNT; code++) {
    int arity = op_table[code].arity;
    if (arity == 0) continue;
    state = (uint64_t)code;
    for (int round = 0; round < 24; round++) {
      double v[3][F64_BLOCK], dst[F64_BLOCK];
      int n = (int)pick(1, F64_BLOCK), k = code == OP_POLYGAMMA ? round % 6 : round - 8;
      static const double special[] = {0, -0.0, 1,        -1,        0.5, -0.5,      2,   -2,
                                       3, 1.5,  INFINITY, -INFINITY, NAN, 0x1p-1070, 1e9, 1e300};
      struct value arg[3];
      for (int j = 0; j < 3; j++) {
        for (int i = 0; i < F64_BLOCK; i++)
          v[j][i] = pick(0, 2) ? ldexp((double)pick(-1000, 1000), -(int)pick(4, 9))
                               : special[next() % (sizeof special / sizeof *special)];
        arg[j] = (struct value){v[j], round >> j & 1};
      }
      f64_op_vector((enum op_code)code, n, dst, arg[0], arg[1], arg[2], k);
      for (int i = 0; i < n; i++) {
        double a = arg[0].p[arg[0].stride * i], b = arg[1].p[arg[1].stride * i],
               c = arg[2].p[arg[2].stride * i];
        double expected = naive_op((enum op_code)code, a, b, c, k);
        ck_assert_msg(as_expected((enum op_code)code, dst[i], expected) &&
                          same(op_value((enum op_code)code, a, b, c, k), dst[i]),
                      "%s(%a, %a, %a), k %d: %a instead of %a", op_table[code].name, a, b, c, k,
                      dst[i], expected);
      }
    }
  }
}
END_TEST

/* Sums of real numbers do not depend on how many lanes there are, nor on where a lane stands. */
START_TEST(test_lanes_are_independent)
{
  enum { LANES = 21 };
  for (uint64_t seed = 1; seed <= 20; seed++) {
    struct program p;
    struct context ctx;
    struct f64 *all, *one;
    state = seed + 77777;
    context_init(&ctx);
    begin_program(&p);
    for (int i = 0; i < 3; i++) add_random_group(&p, true);
    double *x = random_vector(p.n), *v = random_vector(LANES * p.n);
    for (int64_t i = 0; i < p.n; i++) x[i] = sin(x[i] + (double)i);
    for (int64_t i = 0; i < LANES * p.n; i++) v[i] = cos(v[i] + (double)i);
    ck_assert_int_eq(f64_create(&ctx, &p, &(struct f64_options){.lanes = LANES}, &all), STATUS_OK);
    ck_assert_int_eq(f64_create(&ctx, &p, &(struct f64_options){.lanes = 1}, &one), STATUS_OK);
    f64_run_uniform(all, x);
    f64_run_uniform(one, x);
    f64_run_lanes(all, v, LANES);
    for (int l = 0; l < LANES; l++) {
      f64_run_lanes(one, v + l * p.n, 1);
      for (size_t i = 0; i < p.arrays.len; i++) {
        const double *a = f64_array(all, (int)i, l), *b = f64_array(one, (int)i, 0);
        for (int64_t j = 0; p.arrays.data[i].lane && j < p.arrays.data[i].size; j++)
          ck_assert_msg(a[j] == b[j] || (isnan(a[j]) && isnan(b[j])),
                        "seed %d, lane %d, array %d[%d]: %a and %a", (int)seed, l, (int)i, (int)j,
                        a[j], b[j]);
      }
    }
    mem_free(x);
    mem_free(v);
    f64_free(all);
    f64_free(one);
    program_free(&p);
    context_free(&ctx);
  }
}
END_TEST

/* A sum over few different elements is that of its parts, to rounding. */
START_TEST(test_sum)
{
  double v[F64_BLOCK];
  state = 5;
  for (int n = 0; n <= F64_BLOCK; n++) {
    long double expected = 0, size = 0;
    for (int i = 0; i < n; i++) {
      v[i] = ldexp((double)pick(-1000000, 1000000), -(int)pick(0, 30)) / 3;
      expected += v[i];
      size += fabsl((long double)v[i]);
    }
    ck_assert(fabsl(f64_sum(v, n) - expected) <= 9 * 0x1p-53L * size);
  }
}
END_TEST

/* The first least element wins; the first NaN wins over all. */
START_TEST(test_winner)
{
  for (int nans = 0; nans < 2; nans++) {
    struct program p;
    struct context ctx;
    struct f64 *e;
    enum { N = 5000 };
    double x[N];
    context_init(&ctx);
    program_init(&p);
    p.n = p.nx = N;
    program_add_array(&p, (struct array){.kind = ARRAY_VARIABLE, .size = N, .symbol = -1}, "x");
    int least = add_computed(&p, 2, false, 7), winner = add_computed(&p, 2, false, -1);
    struct domain d = {.kind = DOMAIN_BOX, .ndim = 1, .count = N, .step = {1}, .extent = {N}};
    int k = add_kernel(&p, program_add_domain(&p, d));
    int32_t r = add_read(&p.kernels.data[k], 0, (struct map){.kind = MAP_POSITION});
    add_output(&p.kernels.data[k], least, map_constant(1), OUTPUT_MIN, r, winner);
    program_add_group(&p, (struct group){.count = 1});
    for (int i = 0; i < N; i++) x[i] = i % 1000 == 777 ? -3 : i % 17;
    if (nans) x[1234] = x[4000] = NAN;
    ck_assert_int_eq(f64_create(&ctx, &p, &(struct f64_options){.lanes = 0}, &e), STATUS_OK);
    f64_run_uniform(e, x);
    const double *m = f64_array(e, least, 0), *w = f64_array(e, winner, 0);
    ck_assert(m[0] == 7 && w[0] == -1);
    ck_assert(nans ? isnan(m[1]) : m[1] == -3);
    ck_assert_int_eq((int)w[1], nans ? 1234 : 777);
    f64_free(e);
    program_free(&p);
    context_free(&ctx);
  }
}
END_TEST

/* Every allocation in turn fails. */
START_TEST(test_no_memory)
{
  struct program p;
  state = 99;
  begin_program(&p);
  for (int i = 0; i < 4; i++) add_random_group(&p, false);
  for (size_t n = 0;; n++) {
    struct context ctx;
    struct f64 *e;
    context_init(&ctx);
    struct failing f = {.fail_at = (long)n + 1, .forever = true};
    mem_set_hook(failing_hook, &f);
    enum status status = f64_create(&ctx, &p, &(struct f64_options){.lanes = 3}, &e);
    mem_set_hook(NULL, NULL);
    context_free(&ctx);
    if (status == STATUS_OK) {
      f64_free(e);
      ck_assert_uint_gt(n, 5);
      break;
    }
    ck_assert_int_eq(status, STATUS_LIMIT);
    ck_assert_ptr_null(e);
  }
  program_free(&p);
}
END_TEST

START_TEST(test_memory_limit)
{
  struct program p;
  struct context ctx;
  struct f64 *e;
  context_init(&ctx);
  ctx.max_memory = 1000000;
  state = 3;
  begin_program(&p);
  int big = add_computed(&p, 1000000, false, 0);
  struct domain d = {.kind = DOMAIN_BOX, .count = 1};
  int k = add_kernel(&p, program_add_domain(&p, d));
  int32_t one = add_op(&p.kernels.data[k], OP_CONST, -1, -1, -1, 1);
  add_output(&p.kernels.data[k], big, map_constant(0), OUTPUT_SET, one, -1);
  program_add_group(&p, (struct group){.count = 1});
  ck_assert_int_eq(f64_create(&ctx, &p, &(struct f64_options){.lanes = 0}, &e), STATUS_LIMIT);
  ck_assert_int_eq(ctx.diags.data[0].id, ERR_TOO_MUCH_MEMORY);
  program_free(&p);
  context_free(&ctx);
}
END_TEST

Suite *f64_suite(void)
{
  Suite *s = suite_create("f64");
  TCase *t = tcase_create("all");
  tcase_set_timeout(t, 300);
  tcase_add_loop_test(t, test_random_programs, 0, 4);
  tcase_add_test(t, test_all_operators);
  tcase_add_test(t, test_lanes_are_independent);
  tcase_add_test(t, test_sum);
  tcase_add_test(t, test_winner);
  tcase_add_test(t, test_no_memory);
  tcase_add_test(t, test_memory_limit);
  suite_add_tcase(s, t);
  return s;
}
