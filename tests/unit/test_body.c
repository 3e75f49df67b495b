/* Bodies: random expressions against their values operation by operation, the foldings one by one,
 * and what a finished kernel promises. */
#include "config.h"

#include "program_fixture.h"

#include "program/transform.h"

Suite *body_suite(void);

enum { OPS = 40, READS = 4, DATA = 8 };

/* ---- values ---- */

/* Values of operations as they were asked for, next to their numbers in the body. */
struct asked {
  double value[OPS];
  int32_t id[OPS];
  int count;
};

static void ask(struct asked *a, double value, int32_t id)
{
  a->value[a->count] = value;
  a->id[a->count++] = id;
}

/* One more operation, through any of the ways to emit one. */
static void ask_op(struct fixture *f, struct body *b, struct asked *a)
{
  int n = a->count;
  int x = (int)fixture_pick(f, 0, n - 1), y = (int)fixture_pick(f, 0, n - 1),
      z = (int)fixture_pick(f, n > 6 ? n - 6 : 0, n - 1);
  int64_t way = fixture_pick(f, 0, 9);
  static const enum op_code folded[] = {OP_NEG, OP_ADD, OP_SUB, OP_MUL, OP_DIV, OP_SELECT};
  if (way == 0) {
    int k = (int)fixture_pick(f, -3, 4);
    ask(a, op_value(OP_POWI, a->value[x], 0, 0, k), body_powi(b, a->id[x], k));
  } else if (way == 1) {
    int m = (int)fixture_pick(f, 0, 3);
    ask(a, op_value(OP_POLYGAMMA, a->value[x], 0, 0, m), body_polygamma(b, m, a->id[x]));
  } else if (way == 2) {
    double c = fixture_number(f);
    ask(a, c * a->value[x], body_scale(b, c, a->id[x]));
  } else if (way == 3) {
    double c = fixture_number(f);
    ask(a, c, body_const(b, c));
  } else {
    enum op_code code = folded[fixture_pick(f, 0, 5)];
    if (way == 4) do
        code = (enum op_code)fixture_pick(f, 0, OP_COUNT - 1);
      while (op_table[code].arity == 0 || code == OP_POWI || code == OP_POLYGAMMA);
    double value = op_value(code, a->value[x], a->value[y], a->value[z], 0);
    int arity = op_table[code].arity;
    ask(a, value,
        arity == 1   ? body_op1(b, code, a->id[x])
        : arity == 2 ? body_op2(b, code, a->id[x], a->id[y])
                     : body_op3(b, code, a->id[x], a->id[y], a->id[z]));
  }
}

static bool same_op(const struct op *x, const struct op *y)
{
  return x->code == y->code && x->a == y->a && x->b == y->b && x->c == y->c &&
         !memcmp(&x->value, &y->value, sizeof x->value);
}

/* Arguments come first, all is different, and all is needed. */
static void check_kernel(const struct kernel *k)
{
  bool live[OPS * 3] = {0}, read[READS * 4] = {0};
  ck_assert(k->ops.len <= sizeof live && k->reads.len <= sizeof read);
  for (size_t j = 0; j < k->outputs.len; j++) {
    ck_assert(k->outputs.data[j].value >= 0 && (size_t)k->outputs.data[j].value < k->ops.len);
    live[k->outputs.data[j].value] = true;
  }
  for (size_t i = k->ops.len; i-- > 0;) {
    const struct op *o = &k->ops.data[i];
    ck_assert_msg(live[i], "operation %zu is not needed", i);
    for (size_t j = 0; j < i; j++) ck_assert(!same_op(o, &k->ops.data[j]));
    if (o->code == OP_READ) {
      ck_assert(o->a >= 0 && (size_t)o->a < k->reads.len);
      read[o->a] = true;
      continue;
    }
    for (int slot = 0; slot < 3; slot++) {
      int32_t arg = slot == 0 ? o->a : slot == 1 ? o->b : o->c;
      ck_assert_int_eq(arg >= 0, slot < op_table[o->code].arity);
      ck_assert(arg < (int32_t)i);
      if (arg >= 0) live[arg] = true;
    }
  }
  for (size_t r = 0; r < k->reads.len; r++) {
    ck_assert_msg(read[r], "read %zu is not needed", r);
    for (size_t q = 0; q < r; q++)
      ck_assert(k->reads.data[q].array != k->reads.data[r].array ||
                !map_equal(&k->reads.data[q].map, &k->reads.data[r].map));
  }
}

static void run_kernel(const struct kernel *k, const double *data, double *w)
{
  for (size_t i = 0; i < k->ops.len; i++) {
    const struct op *o = &k->ops.data[i];
    w[i] = o->code == OP_READ ? data[k->reads.data[o->a].map.base]
                              : op_value(o->code, o->a < 0 ? 0 : w[o->a], o->b < 0 ? 0 : w[o->b],
                                         o->c < 0 ? 0 : w[o->c], o->value);
  }
}

/* A copy of a finished kernel is that kernel: nothing is left to share or to fold. */
static void check_copy(struct fixture *f, const struct kernel *k)
{
  struct body b;
  struct kernel copy;
  int32_t id[OPS * 3];
  body_init(&b, &f->ctx, k->domain, k->loc);
  body_copy(&b, k, id);
  for (size_t j = 0; j < k->outputs.len; j++) {
    struct output out = k->outputs.data[j];
    out.value = id[out.value];
    body_output(&b, out);
  }
  ck_assert_int_eq(body_take(&b, &copy), STATUS_OK);
  ck_assert_uint_eq(copy.ops.len, k->ops.len);
  for (size_t i = 0; i < k->ops.len; i++) {
    ck_assert(same_op(&copy.ops.data[i], &k->ops.data[i]));
    ck_assert_int_eq(id[i], (int)i);
  }
  kernel_free(&copy);
}

START_TEST(test_random)
{
  enum { TRIES = 400 };
  for (int seed = _i * TRIES; seed < (_i + 1) * TRIES; seed++) {
    struct fixture f;
    struct body b;
    struct kernel k;
    struct asked a = {.count = 0};
    double data[DATA], w[OPS * 3];
    int wanted[OPS], count = 0;
    fixture_open(&f, (uint64_t)seed);
    for (int i = 0; i < DATA; i++) data[i] = fixture_number(&f);
    body_init(&b, &f.ctx, 0, NO_LOC);
    for (int i = 0; i < READS; i++) {
      int at = (int)fixture_pick(&f, 0, DATA - 1);
      struct map m = map_constant(at);
      ask(&a, data[at], body_read(&b, 0, &m));
    }
    while (a.count < OPS) ask_op(&f, &b, &a);
    for (int i = 0; i < OPS; i++)
      if (fixture_pick(&f, 0, 7) == 0) {
        body_output(&b, (struct output){i, map_constant(0), OUTPUT_SET, a.id[i], -1});
        wanted[count++] = i;
      }
    ck_assert_int_eq(body_take(&b, &k), STATUS_OK);
    ck_assert_uint_eq(k.outputs.len, (size_t)count);
    check_kernel(&k);
    check_copy(&f, &k);
    run_kernel(&k, data, w);
    for (int i = 0; i < count; i++) {
      double got = w[k.outputs.data[i].value], known = a.value[wanted[i]];
      ck_assert_int_eq(k.outputs.data[i].array, wanted[i]);
      ck_assert_msg(same_number(got, known), "seed %d: operation %d is %a, not %a", seed, wanted[i],
                    got, known);
    }
    kernel_free(&k);
    fixture_close(&f);
  }
}
END_TEST

/* ---- foldings ---- */

START_TEST(test_folded)
{
  struct fixture f;
  struct body b;
  struct map m = map_constant(0), n = map_constant(1);
  fixture_open(&f, 1);
  body_init(&b, &f.ctx, 0, NO_LOC);
  int32_t x = body_read(&b, 0, &m), y = body_read(&b, 0, &n), minus = body_op1(&b, OP_NEG, x);
  int32_t one = body_const(&b, 1), nan = body_const(&b, NAN), zero = body_const(&b, -0.0);
  ck_assert_int_eq(body_op1(&b, OP_NEG, minus), x);
  ck_assert_int_eq(body_op2(&b, OP_MUL, one, x), x);
  ck_assert_int_eq(body_op2(&b, OP_MUL, x, one), x);
  ck_assert_int_eq(body_scale(&b, 1, x), x);
  ck_assert_int_eq(body_scale(&b, -1, x), minus);
  ck_assert_int_eq(body_op2(&b, OP_MUL, x, body_const(&b, -1)), minus);
  ck_assert_int_eq(body_op2(&b, OP_DIV, x, one), x);
  ck_assert_int_eq(body_powi(&b, x, 1), x);
  ck_assert_int_eq(body_powi(&b, x, 0), one);
  ck_assert_int_eq(body_op2(&b, OP_ADD, y, minus), body_op2(&b, OP_SUB, y, x));
  ck_assert_int_eq(body_op2(&b, OP_ADD, minus, y), body_op2(&b, OP_SUB, y, x));
  ck_assert_int_eq(body_op2(&b, OP_SUB, y, minus), body_op2(&b, OP_ADD, y, x));
  ck_assert_int_eq(body_op3(&b, OP_SELECT, x, y, y), y);
  ck_assert_int_eq(body_op3(&b, OP_SELECT, one, x, y), x);
  ck_assert_int_eq(body_op3(&b, OP_SELECT, nan, x, y), x); /* NaN is not 0 */
  ck_assert_int_eq(body_op3(&b, OP_SELECT, zero, x, y), y);
  ck_assert(body_is_const(&b, body_scale(&b, 3, body_const(&b, -2)), -6));
  ck_assert(body_is_const(&b, body_op1(&b, OP_NEG, zero), 0));
  ck_assert_int_eq(b.status, STATUS_OK);
  body_free(&b);
  fixture_close(&f);
}
END_TEST

/* What looks like a folding, but is wrong for a NaN, an infinity or a zero. */
START_TEST(test_kept)
{
  struct fixture f;
  struct body b;
  struct map m = map_constant(0);
  fixture_open(&f, 1);
  body_init(&b, &f.ctx, 0, NO_LOC);
  int32_t x = body_read(&b, 0, &m), zero = body_const(&b, 0), less = body_const(&b, -0.0);
  ck_assert_int_ne(zero, less);
  ck_assert(body_is_const(&b, zero, 0) && !body_is_const(&b, zero, -0.0));
  ck_assert(body_is_const(&b, less, -0.0) && !body_is_const(&b, less, 0));
  ck_assert(!body_is_const(&b, x, 0));
  int32_t kept[] = {
      body_op2(&b, OP_MUL, x, zero), body_op2(&b, OP_MUL, zero, x), body_scale(&b, 0, x),
      body_op2(&b, OP_ADD, x, zero), body_op2(&b, OP_SUB, x, x),    body_op2(&b, OP_SUB, zero, x),
      body_op2(&b, OP_DIV, x, x),    body_op2(&b, OP_DIV, zero, x), body_op2(&b, OP_MUL, less, x),
      body_op2(&b, OP_ADD, x, less), body_op2(&b, OP_EQ, x, x),     body_op1(&b, OP_STOP, x)};
  for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
    ck_assert_int_ne(kept[i], x);
    ck_assert(b.kernel.ops.data[kept[i]].code != OP_CONST);
  }
  /* products of numbers that may not be exact are left to the evaluator */
  int32_t tenth = body_scale(&b, 0.1, body_const(&b, 3));
  ck_assert_int_eq(b.kernel.ops.data[tenth].code, OP_MUL);
  ck_assert_int_eq(b.kernel.ops.data[body_scale(&b, NAN, zero)].code, OP_MUL);
  body_free(&b);
  fixture_close(&f);
}
END_TEST

/* ---- sharing ---- */

START_TEST(test_shared)
{
  struct fixture f;
  struct body b;
  fixture_open(&f, 1);
  body_init(&b, &f.ctx, 0, NO_LOC);
  struct map m = map_constant(0), n = m, t = {.kind = MAP_TABLE, .table = 0}, u = t;
  n.coef[LOOP_MAX - 1] = 1;
  u.table = 1;
  struct map position = fixture_here(0);
  const struct map *maps[] = {&m, &n, &t, &u, &position};
  int32_t first[2][5];
  for (int pass = 0; pass < 2; pass++) /* twice the same: the same numbers */
    for (int array = -1; array < 1; array++)
      for (int i = 0; i < 5; i++) {
        int32_t id = body_read(&b, array, maps[i]);
        if (pass == 0) first[array + 1][i] = id;
        ck_assert_int_eq(id, first[array + 1][i]);
        ck_assert_int_eq(id, (array + 1) * 5 + i);
      }
  ck_assert_int_eq(body_const(&b, NAN), body_const(&b, NAN));
  int32_t x = first[0][0], y = first[0][1];
  ck_assert_int_eq(body_op2(&b, OP_ATAN2, x, y), body_op2(&b, OP_ATAN2, x, y));
  ck_assert_int_ne(body_op2(&b, OP_ATAN2, x, y), body_op2(&b, OP_ATAN2, y, x));
  ck_assert_int_ne(body_powi(&b, x, 2), body_powi(&b, x, 3));
  ck_assert_int_ne(body_polygamma(&b, 1, x), body_polygamma(&b, 2, x));
  ck_assert_int_ne(body_op1(&b, OP_SIN, x), body_op1(&b, OP_COS, x));
  body_free(&b);
  fixture_close(&f);
}
END_TEST

/* Many reads, numbers and operations, so that the tables grow; all again, backwards. */
START_TEST(test_many)
{
  enum { N = 5000 };
  struct fixture f;
  struct body b;
  int32_t *id = mem_alloc(3 * N, sizeof *id);
  fixture_open(&f, 1);
  body_init(&b, &f.ctx, 0, NO_LOC);
  for (int i = 0; i < 2 * N; i++) {
    int n = i < N ? i : 2 * N - 1 - i;
    struct map m = map_constant(n % 2 ? n : -7 * n);
    int32_t x = body_read(&b, n % 3, &m), c = body_const(&b, n + 0.5);
    int32_t sum = body_op2(&b, OP_ADD, x, c);
    if (i < N) id[3 * n] = x, id[3 * n + 1] = c, id[3 * n + 2] = sum;
    ck_assert(id[3 * n] == x && id[3 * n + 1] == c && id[3 * n + 2] == sum);
  }
  for (int i = 0; i < 3 * N; i++) ck_assert_int_eq(id[i], i);
  ck_assert_uint_eq(b.kernel.reads.len, N);
  body_free(&b);
  fixture_close(&f);
  mem_free(id);
}
END_TEST

/* Places: a shared operation keeps its first one. */
START_TEST(test_places)
{
  struct fixture f;
  struct body b;
  struct kernel k;
  struct map m = map_constant(0);
  fixture_open(&f, 1);
  body_init(&b, &f.ctx, 3, (struct loc){0, 1, 2});
  int32_t x = body_read(&b, 0, &m);
  b.loc = (struct loc){0, 5, 6};
  body_op1(&b, OP_SIN, x);
  b.loc = (struct loc){0, 7, 8};
  int32_t y = body_op1(&b, OP_SIN, x), z = body_op1(&b, OP_EXP, y);
  body_op1(&b, OP_LOG, x); /* for nothing */
  body_output(&b, (struct output){1, m, OUTPUT_ADD, z, -1});
  ck_assert_int_eq(body_take(&b, &k), STATUS_OK);
  ck_assert(k.ops.len == 3 && k.domain == 3 && k.loc.begin == 1);
  ck_assert(k.ops.data[0].loc.begin == 1 && k.ops.data[1].loc.begin == 5);
  ck_assert(k.ops.data[2].loc.begin == 7 && k.outputs.data[0].value == 2);
  kernel_free(&k);
  fixture_close(&f);
}
END_TEST

/* ---- memory ---- */

/* Builds and finishes a body of some size. */
static enum status build(struct fixture *f)
{
  struct body b;
  body_init(&b, &f->ctx, 0, NO_LOC);
  int32_t sum = body_const(&b, 0.25);
  for (int i = 0; i < 200; i++) {
    struct map m = map_constant(i);
    sum = body_op2(&b, OP_ADD, sum, body_op1(&b, OP_EXP, body_read(&b, 0, &m)));
    body_op3(&b, OP_SELECT, sum, body_powi(&b, sum, 1), body_scale(&b, 2, sum));
  }
  body_output(&b, (struct output){1, map_constant(0), OUTPUT_SET, sum, -1});
  return body_finish(&b, &f->p);
}

START_TEST(test_memory)
{
  enum status status = STATUS_LIMIT;
  for (int64_t fail = 0; status != STATUS_OK; fail++) {
    struct failing s = {.fail_at = (long)fail + 1, .forever = true};
    struct fixture f;
    ck_assert_int_lt(fail, 200);
    mem_set_hook(failing_hook, &s);
    fixture_open(&f, 1);
    status = build(&f);
    ck_assert(status == STATUS_OK || status == STATUS_LIMIT);
    ck_assert_uint_eq(f.p.kernels.len, status == STATUS_OK);
    ck_assert(status == STATUS_OK || f.ctx.lost || f.ctx.diags.len == 1);
    fixture_close(&f);
    mem_set_hook(NULL, NULL);
    ck_assert_msg(s.live == 0, "%lld lost after %lld", (long long)s.live, (long long)fail);
  }
}
END_TEST

Suite *body_suite(void)
{
  Suite *s = suite_create("body");
  TCase *t = tcase_create("all");
  tcase_set_timeout(t, 60);
  tcase_add_loop_test(t, test_random, 0, 10);
  tcase_add_test(t, test_folded);
  tcase_add_test(t, test_kept);
  tcase_add_test(t, test_shared);
  tcase_add_test(t, test_many);
  tcase_add_test(t, test_places);
  tcase_add_test(t, test_memory);
  suite_add_tcase(s, t);
  return s;
}
