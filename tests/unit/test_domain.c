/* Domains and maps against nested loops; and program_check finds what is broken. */
#include "config.h"

#include <check.h>
#include <string.h>

#include "program/program.h"
#include "unit/random.h"

Suite *domain_suite(void);

static int64_t pick(int64_t lo, int64_t hi)
{
  return lo + random_below((int)(hi - lo + 1));
}

/* All iterations of a domain, listed by counting like an odometer. */
struct list {
  int64_t count;
  int64_t index[2000][LOOP_MAX];
};

static void list_box(const struct domain *d, struct list *l)
{
  int64_t digit[LOOP_MAX] = {0};
  l->count = 0;
  for (int i = 0; i < d->ndim; i++)
    if (d->extent[i] == 0) return;
  for (;;) {
    for (int i = 0; i < d->ndim; i++) l->index[l->count][i] = d->lo[i] + digit[i] * d->step[i];
    l->count++;
    int i = d->ndim - 1;
    while (i >= 0 && ++digit[i] == d->extent[i]) digit[i--] = 0;
    if (i < 0) return;
  }
}

static void list_runs(const struct domain *d, struct list *l)
{
  l->count = 0;
  for (int64_t r = 0; r < d->nruns; r++)
    for (int64_t j = 0; j < d->start[r + 1] - d->start[r]; j++, l->count++)
      for (int i = 0; i < d->ndim; i++)
        l->index[l->count][i] =
            d->first[r * d->ndim + i] + (i == d->ndim - 1 ? j * d->run_step[r] : 0);
}

static struct domain random_box(void)
{
  struct domain d = {.kind = DOMAIN_BOX, .ndim = (int)pick(0, 5), .count = 1};
  for (int i = 0; i < d.ndim; i++) {
    d.extent[i] = pick(0, 15) ? pick(1, 4) : 0;
    d.lo[i] = pick(-9, 9);
    d.step[i] = pick(-2, 2);
    d.count *= d.extent[i];
  }
  return d;
}

static struct domain random_runs(void)
{
  struct domain d = {.kind = DOMAIN_RUNS, .ndim = (int)pick(1, 4), .nruns = pick(0, 30)};
  d.start = mem_zalloc((size_t)d.nruns + 1, sizeof *d.start);
  d.first = mem_zalloc((size_t)(d.nruns * d.ndim), sizeof *d.first);
  d.run_step = mem_zalloc((size_t)d.nruns, sizeof *d.run_step);
  for (int64_t r = 0; r < d.nruns; r++) {
    d.start[r + 1] = d.start[r] + (pick(0, 2) ? pick(0, 20) : 0);
    for (int i = 0; i < d.ndim; i++) d.first[r * d.ndim + i] = pick(-9, 9);
    d.run_step[r] = pick(-2, 2);
  }
  d.count = d.start[d.nruns];
  return d;
}

static void check_walk(const struct program *p, const struct domain *d, const struct list *l)
{
  int64_t begin = pick(0, d->count), end = pick(begin, d->count), hint = pick(0, 3), q = begin;
  struct map m = {.kind = MAP_AFFINE, .base = pick(-5, 5)};
  struct stretch s;
  for (int i = 0; i < d->ndim; i++) m.coef[i] = pick(-3, 3);
  while (q < end) {
    int64_t stride, offset;
    domain_stretch(d, q, end, &hint, &s);
    offset = map_stretch(&m, &s, d->ndim, &stride);
    ck_assert(s.p == q && s.len > 0 && q + s.len <= end);
    for (int64_t j = 0; j < s.len; j++) {
      const int64_t *index = l->index[q + j];
      for (int i = 0; i < d->ndim; i++)
        ck_assert_int_eq(index[i], s.index[i] + (i == d->ndim - 1 ? j * s.step : 0));
      int64_t expected = m.base;
      for (int i = 0; i < d->ndim; i++) expected += m.coef[i] * index[i];
      ck_assert_int_eq(expected, offset + j * stride);
      ck_assert_int_eq(expected, map_offset(p, &m, q + j, index, d->ndim));
    }
    q += s.len;
  }
}

START_TEST(test_iterations)
{
  static struct list l;
  for (int round = 0; round < 2000; round++) {
    struct program p;
    random_state = (uint64_t)round;
    program_init(&p);
    struct domain d = round % 2 ? random_box() : random_runs();
    program_add_domain(&p, d);
    if (d.kind == DOMAIN_BOX)
      list_box(&d, &l);
    else
      list_runs(&d, &l);
    ck_assert_int_eq(l.count, d.count);
    for (int64_t q = 0; q < d.count; q++) {
      int64_t index[LOOP_MAX];
      domain_indices(&d, q, index);
      ck_assert(memcmp(index, l.index[q], (size_t)d.ndim * sizeof *index) == 0);
    }
    for (int i = 0; i < 5; i++) check_walk(&p, &d, &l);
    program_free(&p);
  }
}
END_TEST

/* The slabs of a domain are consecutive, and each has its outer indices. */
START_TEST(test_slabs)
{
  for (int round = 0; round < 300; round++) {
    random_state = (uint64_t)round;
    struct domain d = random_box();
    for (int nouter = 1; nouter <= d.ndim; nouter++) {
      int64_t outer = 1, next = 0, begin, end;
      for (int i = 0; i < nouter; i++) outer *= d.extent[i];
      for (int64_t o = 0; o < outer; o++) {
        domain_slab(&d, nouter, o, &begin, &end);
        ck_assert_int_eq(begin, next);
        for (int64_t q = begin; q < end; q++) {
          int64_t first[LOOP_MAX], index[LOOP_MAX];
          domain_indices(&d, begin, first);
          domain_indices(&d, q, index);
          ck_assert(memcmp(first, index, (size_t)nouter * sizeof *index) == 0);
        }
        next = end;
      }
      ck_assert_int_eq(next, d.count);
    }
    domain_slab(&d, 0, 0, &(int64_t){0}, &d.nruns);
    ck_assert_int_eq(d.nruns, d.count);
  }
  int64_t start[] = {0, 3, 3, 7, 9}, slab[] = {0, 2, 2, 4}, begin, end;
  struct domain d = {
      .kind = DOMAIN_RUNS, .ndim = 2, .nruns = 4, .count = 9, .start = start, .slab = slab};
  domain_slab(&d, 1, 0, &begin, &end);
  ck_assert(begin == 0 && end == 3);
  domain_slab(&d, 1, 1, &begin, &end);
  ck_assert(begin == 3 && end == 3);
  domain_slab(&d, 1, 2, &begin, &end);
  ck_assert(begin == 3 && end == 9);
}
END_TEST

START_TEST(test_maps)
{
  struct program p;
  program_init(&p);
  int64_t index[LOOP_MAX] = {2, 5};
  struct table wide = {.len = 2, .v64 = mem_alloc(2, 8)},
               narrow = {.len = 2, .v32 = mem_alloc(2, 4)};
  wide.v64[0] = 1, wide.v64[1] = INT64_C(1) << 40;
  narrow.v32[0] = 7, narrow.v32[1] = 3;
  struct map w = {.kind = MAP_TABLE, .table = program_add_table(&p, wide)};
  struct map n = {.kind = MAP_TABLE, .table = program_add_table(&p, narrow)};
  ck_assert_int_eq(map_offset(&p, &w, 1, index, 2), INT64_C(1) << 40);
  ck_assert_int_eq(map_offset(&p, &n, 1, index, 2), 3);
  ck_assert_int_eq(map_offset(&p, &(struct map){.kind = MAP_POSITION, .base = 4}, 9, index, 2), 13);
  struct map a = {.kind = MAP_AFFINE, .base = 1, .coef = {10, -2}}, b = a;
  ck_assert_int_eq(map_offset(&p, &a, 1, index, 2), 11);
  ck_assert_int_eq(map_offset(&p, &(struct map){0}, 1, index, 0), 0);
  struct map c = map_constant(42);
  ck_assert_int_eq(map_offset(&p, &c, 3, index, 2), 42);
  ck_assert(map_equal(&a, &b) && !map_equal(&w, &n) && !map_equal(&a, &n) && !map_equal(&a, &c));
  b.coef[15] = 1;
  ck_assert(!map_equal(&a, &b));
  program_free(&p);
}
END_TEST

/* A running sum s[i+1] = s[i] + x[i] of 5 steps, f = s[5] added up, and ways to break it. */
enum breakage {
  NOTHING,
  SET_TWICE,
  READ_TOO_EARLY,
  OUT_OF_BOUNDS,
  LATER_OPERAND,
  NO_SUCH_READ,
  LANE_INTO_UNIFORM,
  WRITES_DATA,
  WRONG_COUNT,
  OTHER_OUTER_LOOPS,
  MIXED_MODES,
  SHORT_TABLE,
  REVERSED,
  BREAKAGES
};

static struct op op_of(enum op_code code, int32_t a, int32_t b)
{
  return (struct op){.code = code, .a = a, .b = b, .c = -1, .loc = NO_LOC};
}

static void running_sum(struct program *p, enum breakage how)
{
  enum { N = 5 };
  program_init(p);
  p->n = p->nx = N;
  int x = program_add_array(p, (struct array){.kind = ARRAY_VARIABLE, .size = N}, "x");
  int s = program_add_array(p, (struct array){.kind = ARRAY_COMPUTED, .size = N + 1}, "s");
  int f = program_add_array(p, (struct array){.kind = ARRAY_COMPUTED, .size = 1}, "f");
  int v = program_add_array(p, (struct array){.kind = ARRAY_SEED, .size = N, .lane = true}, "v");
  struct domain loop = {.kind = DOMAIN_BOX, .ndim = 1, .count = N, .step = {1}, .extent = {N}};
  struct domain inner = loop;
  if (how == WRONG_COUNT) inner.count = N - 1;
  if (how == OTHER_OUTER_LOOPS) inner.lo[0] = 1;
  int d = program_add_domain(p, inner), outer = program_add_domain(p, loop);
  int one = program_add_domain(p, (struct domain){.kind = DOMAIN_BOX, .count = 1});
  struct table t = {.len = N - 1, .v32 = mem_zalloc(N, sizeof *t.v32)};
  for (int i = 0; i < N; i++) t.v32[i] = i + 1;
  int table = program_add_table(p, t);
  p->value = f;

  struct kernel k = {.domain = d, .loc = NO_LOC};
  struct map here = map_constant(0), next = map_constant(1);
  here.coef[0] = next.coef[0] = 1;
  if (how == READ_TOO_EARLY) here.base = 1;
  if (how == OUT_OF_BOUNDS) next.base = 2;
  if (how == SET_TWICE) next = map_constant(1);
  if (how == SHORT_TABLE) next = (struct map){.kind = MAP_TABLE, .table = table};
  struct read from = {.array = s, .map = here}, value = {.array = x, .map = here};
  value.map.base = 0;
  if (how == LANE_INTO_UNIFORM) value.array = v;
  struct output to = {.array = how == WRITES_DATA ? x : s,
                      .map = next,
                      .mode = OUTPUT_SET,
                      .value = 2,
                      .winner = -1};
  if (how == WRITES_DATA) to.map.base = 0;
  bool ok = VEC_PUSH(&k.reads, from) && VEC_PUSH(&k.reads, value) &&
            VEC_PUSH(&k.ops, op_of(OP_READ, how == NO_SUCH_READ ? 2 : 0, -1)) &&
            VEC_PUSH(&k.ops, op_of(OP_READ, 1, -1)) &&
            VEC_PUSH(&k.ops, op_of(OP_ADD, 0, how == LATER_OPERAND ? 2 : 1)) &&
            VEC_PUSH(&k.outputs, to);
  struct kernel last = {.domain = one, .loc = NO_LOC};
  struct read end = {.array = s, .map = map_constant(N)};
  struct output out = {.array = f, .map = map_constant(0), .mode = OUTPUT_ADD, .winner = -1};
  ok = ok && VEC_PUSH(&last.reads, end) && VEC_PUSH(&last.ops, op_of(OP_READ, 0, -1)) &&
       VEC_PUSH(&last.outputs, out);
  out.mode = OUTPUT_MAX;
  if (how == MIXED_MODES) ok = ok && VEC_PUSH(&last.outputs, out);
  ck_assert(ok);
  program_add_kernel(p, k);
  program_add_kernel(p, last);
  program_add_group(
      p, (struct group){.nouter = 1, .outer = outer, .count = 1, .reverse = how == REVERSED});
  program_add_group(p, (struct group){.first = 1, .count = 1});
}

START_TEST(test_check)
{
  for (int how = NOTHING; how < BREAKAGES; how++) {
    struct program p;
    char why[200] = "";
    running_sum(&p, (enum breakage)how);
    bool fine = program_check(&p, why, sizeof why);
    ck_assert_msg(fine == (how == NOTHING), "breakage %d: %s", how, why);
    ck_assert(fine == (why[0] == '\0'));
    program_free(&p);
  }
}
END_TEST

START_TEST(test_operators)
{
  for (int i = 0; i < OP_COUNT; i++) {
    ck_assert_ptr_nonnull(op_table[i].name);
    ck_assert_ptr_nonnull(op_table[i].doc);
    ck_assert(op_table[i].arity >= 0 && op_table[i].arity <= 3);
    for (int j = 0; j < i; j++) ck_assert_str_ne(op_table[i].name, op_table[j].name);
  }
  ck_assert_str_eq(op_table[OP_SELECT].name, "select");
  ck_assert_int_eq(op_table[OP_DIV].class, CLASS_QUOTIENT);
}
END_TEST

Suite *domain_suite(void)
{
  Suite *s = suite_create("domain");
  TCase *t = tcase_create("all");
  tcase_add_test(t, test_iterations);
  tcase_add_test(t, test_slabs);
  tcase_add_test(t, test_maps);
  tcase_add_test(t, test_check);
  tcase_add_test(t, test_operators);
  suite_add_tcase(s, t);
  return s;
}
