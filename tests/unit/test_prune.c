/* Pruning, activity and the split of lanes on random Programs: what each output depends on is found
 * by following arguments one by one, and all values are compared before and after. */
#include "config.h"

#include "program_fixture.h"

#include "program/transform.h"

Suite *prune_suite(void);

enum { ARRAYS = 64, N_MAX = 32, TRIES = 300 };

static const struct fixture_options options = {.outputs = 3, .lanes = true, .size = 4, .groups = 6};
static const struct fixture_options without_lanes = {.outputs = 3, .size = 4, .groups = 7};

/* ---- what depends on what ---- */

static bool any_slot(enum op_code code, int slot)
{
  return slot < op_table[code].arity;
}

/* The slots with a derivative, as the documentation of the classes has it. */
static bool derivative_slot(enum op_code code, int slot)
{
  switch (op_table[code].class) {
  case CLASS_LEAF:
  case CLASS_ZERO: return false;
  case CLASS_SELECT: return slot == 1 || slot == 2;
  case CLASS_LINEAR:
  case CLASS_BILINEAR:
  case CLASS_QUOTIENT:
  case CLASS_NONLINEAR: return any_slot(code, slot);
  }
  return false;
}

typedef bool follows(enum op_code code, int slot);

/* Marks the arrays whose reads operation i is made of, along the slots that count. */
static void find_reads(const struct kernel *k, int32_t i, follows *follow, bool *reads)
{
  const struct op *o = &k->ops.data[i];
  if (o->code == OP_READ) {
    if (k->reads.data[o->a].array >= 0) reads[k->reads.data[o->a].array] = true;
    return;
  }
  if (follow(o->code, 0)) find_reads(k, o->a, follow, reads);
  if (follow(o->code, 1)) find_reads(k, o->b, follow, reads);
  if (follow(o->code, 2)) find_reads(k, o->c, follow, reads);
}

/* made[a][b]: array a is made of array b, directly or not (and each of itself). */
static void find_made(const struct program *p, follows *follow, bool winners,
                      bool made[ARRAYS][ARRAYS])
{
  size_t n = p->arrays.len;
  ck_assert_uint_le(n, ARRAYS);
  memset(made, 0, sizeof(bool[ARRAYS][ARRAYS]));
  for (size_t a = 0; a < n; a++) made[a][a] = true;
  for (size_t i = 0; i < p->kernels.len; i++) {
    const struct kernel *k = &p->kernels.data[i];
    for (size_t j = 0; j < k->outputs.len; j++) {
      const struct output *out = &k->outputs.data[j];
      find_reads(k, out->value, follow, made[out->array]);
      if (winners && out->winner >= 0) find_reads(k, out->value, follow, made[out->winner]);
    }
  }
  for (size_t c = 0; c < n; c++)
    for (size_t a = 0; a < n; a++)
      for (size_t b = 0; b < n; b++) made[a][b] |= made[a][c] && made[c][b];
}

static void random_point(struct fixture *f, double *x, int64_t n)
{
  ck_assert_int_le(n, N_MAX);
  for (int64_t i = 0; i < n; i++) x[i] = fixture_number(f);
}

static void compare(const struct values *a, const struct values *b, size_t array)
{
  for (int64_t i = 0; i < a->p->arrays.data[array].size; i++)
    ck_assert_msg(same_number(a->of[array][i], b->of[array][i]), "y%zu[%lld]: %a, then %a", array,
                  (long long)i, a->of[array][i], b->of[array][i]);
}

/* ---- pruning ---- */

/* The outputs of p on arrays that keep[…] names, in order. */
static size_t list_outputs(const struct program *p, const bool *keep, int *list)
{
  size_t n = 0;
  for (size_t i = 0; i < p->kernels.len; i++)
    for (size_t j = 0; j < p->kernels.data[i].outputs.len; j++) {
      const struct output *out = &p->kernels.data[i].outputs.data[j];
      ck_assert_uint_lt(n, 2 * ARRAYS);
      if (!keep || keep[out->array] || (out->winner >= 0 && keep[out->winner]))
        list[n++] = out->array;
    }
  return n;
}

static void check_groups(const struct program *p)
{
  int next = 0;
  for (size_t g = 0; g < p->groups.len; g++) {
    ck_assert(p->groups.data[g].first == next && p->groups.data[g].count > 0);
    next += p->groups.data[g].count;
  }
  ck_assert_uint_eq((size_t)next, p->kernels.len);
}

/* Everything that is left is needed. */
static void check_lean(const struct kernel *k)
{
  bool live[64] = {0}, read[32] = {0};
  ck_assert(k->ops.len <= 64 && k->reads.len <= 32 && k->outputs.len > 0);
  for (size_t j = 0; j < k->outputs.len; j++) live[k->outputs.data[j].value] = true;
  for (size_t i = k->ops.len; i-- > 0;) {
    const struct op *o = &k->ops.data[i];
    ck_assert(live[i]);
    if (o->code == OP_READ) read[o->a] = true;
    for (int slot = 0; slot < op_table[o->code].arity; slot++) live[op_arg(o, slot)] = true;
  }
  for (size_t r = 0; r < k->reads.len; r++) ck_assert(read[r]);
}

START_TEST(test_prune)
{
  static bool made[ARRAYS][ARRAYS];
  for (int seed = _i * TRIES; seed < (_i + 1) * TRIES; seed++) {
    struct fixture f;
    struct program p;
    double x[N_MAX], v[N_MAX];
    int roots[3], before[2 * ARRAYS], after[2 * ARRAYS];
    bool keep[ARRAYS] = {0};
    fixture_open(&f, (uint64_t)seed);
    fixture_program(&f, &without_lanes);
    fixture_check(&f.p);
    random_point(&f, x, f.p.nx);
    random_point(&f, v, f.p.n);
    ck_assert_int_eq(program_extend(&f.ctx, &f.p, &p), STATUS_OK);
    int count = (int)fixture_pick(&f, 0, 3);
    find_made(&f.p, any_slot, true, made);
    for (int i = 0; i < count; i++) {
      roots[i] = (int)fixture_pick(&f, 0, (int64_t)p.arrays.len - 1);
      for (size_t a = 0; a < p.arrays.len; a++) keep[a] |= made[roots[i]][a];
    }
    ck_assert_int_eq(program_prune(&f.ctx, &p, roots, count), STATUS_OK);
    fixture_check(&p);
    check_groups(&p);
    for (size_t i = 0; i < p.kernels.len; i++) check_lean(&p.kernels.data[i]);
    size_t left = list_outputs(&f.p, keep, before);
    ck_assert_uint_eq(list_outputs(&p, NULL, after), left);
    for (size_t i = 0; i < left; i++) ck_assert_int_eq(before[i], after[i]);
    struct values whole = fixture_run(&f.p, x, v), pruned = fixture_run(&p, x, v);
    for (size_t a = 0; a < p.arrays.len; a++)
      if (keep[a]) compare(&whole, &pruned, a);
    ck_assert_int_eq(program_drop_copies(&f.ctx, &p, roots, count), STATUS_OK);
    fixture_check(&p);
    struct values direct = fixture_run(&p, x, v);
    for (int i = 0; i < count; i++) compare(&whole, &direct, (size_t)roots[i]);
    values_free(&direct);
    values_free(&whole);
    values_free(&pruned);
    program_free(&p);
    fixture_close(&f);
  }
}
END_TEST

static void add_kernel(struct fixture *f, int domain, int from, int64_t at, int power, int to,
                       enum output_mode mode)
{
  struct body b;
  struct map there = fixture_here(at);
  body_init(&b, &f->ctx, domain, NO_LOC);
  int32_t v = body_read(&b, from, &there);
  if (power > 1) v = body_powi(&b, v, power);
  body_output(&b, (struct output){to, fixture_here(0), mode, v, -1});
  fixture_group(f, (struct group){.first = fixture_end(f, &b), .count = 1});
}

/* Copies before and behind a kernel vanish: t[p] = x[p + 1], s[p] = t[p]^3, r[p] += s[p].  What is
 * needed stays. */
START_TEST(test_copies)
{
  enum { SIZE = 5 };
  struct fixture f;
  double x[SIZE + 1] = {9, 1, 2, 3, 4, 5}, v[SIZE + 1] = {0};
  fixture_open(&f, 7);
  int from = fixture_block(&f, SIZE + 1, 0), domain = fixture_box(&f, 1, SIZE, 0);
  int t = fixture_computed(&f, SIZE), s = fixture_computed(&f, SIZE);
  int r = fixture_computed(&f, SIZE), needed[] = {r, _i ? t : r, _i ? s : r};
  add_kernel(&f, domain, from, 1, 1, t, OUTPUT_SET);
  add_kernel(&f, domain, t, 0, 3, s, OUTPUT_SET);
  add_kernel(&f, domain, s, 0, 1, r, OUTPUT_ADD);
  ck_assert_int_eq(program_drop_copies(&f.ctx, &f.p, needed, 3), STATUS_OK);
  fixture_check(&f.p);
  ck_assert_uint_eq(f.p.kernels.len, _i ? 3 : 1);
  struct values values = fixture_run(&f.p, x, v);
  for (int p = 0; p < SIZE; p++) ck_assert(values.of[r][p] == (p + 1.0) * (p + 1) * (p + 1));
  values_free(&values);
  fixture_close(&f);
}
END_TEST

/* A recurrence that needs a second one of its group, whose kernel comes later; a third is dead. */
START_TEST(test_recurrences)
{
  struct fixture f;
  fixture_open(&f, 1);
  int s[3], steps = fixture_box(&f, 1, 3, 0);
  for (int i = 0; i < 3; i++) s[i] = fixture_computed(&f, 4);
  struct map now = fixture_here(0);
  for (int i = 0; i < 3; i++) { /* s0 of s0 and s1, s1 of s1 alone, s2 of all */
    struct body b;
    body_init(&b, &f.ctx, steps, NO_LOC);
    int32_t sum = body_read(&b, s[i], &now);
    for (int j = 0; j < 3; j++)
      if (i == 2 || j == i + 1 - 2 * i) sum = body_op2(&b, OP_ADD, sum, body_read(&b, s[j], &now));
    if (i == 1) sum = body_op1(&b, OP_SIN, body_read(&b, s[1], &now));
    body_output(&b, (struct output){s[i], fixture_here(1), OUTPUT_SET, sum, -1});
    fixture_end(&f, &b);
  }
  fixture_group(&f, (struct group){.nouter = 1, .outer = steps, .count = 3});
  ck_assert_int_eq(program_prune(&f.ctx, &f.p, &s[0], 1), STATUS_OK);
  ck_assert(f.p.kernels.len == 2 && f.p.groups.len == 1 && f.p.groups.data[0].count == 2);
  ck_assert(f.p.groups.data[0].nouter == 1 && f.p.groups.data[0].outer == steps);
  ck_assert_int_eq(program_prune(&f.ctx, &f.p, &s[1], 1), STATUS_OK);
  ck_assert(f.p.kernels.len == 1 && f.p.kernels.data[0].outputs.data[0].array == s[1]);
  ck_assert_int_eq(program_prune(&f.ctx, &f.p, NULL, 0), STATUS_OK);
  ck_assert(f.p.kernels.len == 0 && f.p.groups.len == 0);
  fixture_close(&f);
}
END_TEST

/* Of a maximum that is wanted for its winner alone, and of one beside it that nobody wants. */
START_TEST(test_winners)
{
  struct fixture f;
  struct body b;
  fixture_open(&f, 1);
  int x = fixture_block(&f, 4, 0), most[2], winner[2];
  struct map at = fixture_here(0), one = map_constant(0);
  body_init(&b, &f.ctx, fixture_box(&f, 1, 4, 0), NO_LOC);
  for (int i = 0; i < 2; i++) {
    most[i] = fixture_computed(&f, 1), winner[i] = fixture_computed(&f, 1);
    int32_t value = body_op1(&b, i ? OP_COS : OP_SIN, body_read(&b, x, &at));
    body_output(&b, (struct output){most[i], one, i ? OUTPUT_MAX : OUTPUT_MIN, value, winner[i]});
  }
  fixture_group(&f, (struct group){.first = fixture_end(&f, &b), .count = 1});
  ck_assert_int_eq(program_prune(&f.ctx, &f.p, &winner[1], 1), STATUS_OK);
  const struct kernel *k = &f.p.kernels.data[0];
  ck_assert(f.p.kernels.len == 1 && k->outputs.len == 1 && k->ops.len == 2);
  ck_assert(k->outputs.data[0].array == most[1] && k->outputs.data[0].winner == winner[1]);
  ck_assert(k->outputs.data[0].mode == OUTPUT_MAX && k->ops.data[1].code == OP_COS);
  fixture_close(&f);
}
END_TEST

/* ---- activity ---- */

START_TEST(test_slots)
{
  for (int code = 0; code < OP_COUNT; code++)
    for (int slot = 0; slot < 3; slot++)
      ck_assert_int_eq(op_passes((enum op_code)code, slot),
                       derivative_slot((enum op_code)code, slot));
}
END_TEST

START_TEST(test_activity)
{
  static bool made[ARRAYS][ARRAYS];
  for (int seed = _i * TRIES; seed < (_i + 1) * TRIES; seed++) {
    struct fixture f;
    bool active[ARRAYS] = {0}, ops[64];
    fixture_open(&f, (uint64_t)seed);
    fixture_program(&f, &options);
    find_made(&f.p, derivative_slot, false, made);
    ck_assert_int_eq(program_activity(&f.ctx, &f.p, active), STATUS_OK);
    for (size_t a = 0; a < f.p.arrays.len; a++) /* blocks 0 and 2 are the unknowns */
      ck_assert_int_eq(active[a], made[a][0] || made[a][2]);
    for (size_t i = 0; i < f.p.kernels.len; i++) {
      const struct kernel *k = &f.p.kernels.data[i];
      ck_assert_uint_le(k->ops.len, 64);
      kernel_activity(k, active, ops);
      for (size_t j = 0; j < k->ops.len; j++) {
        bool reads[ARRAYS] = {0}, any = false;
        find_reads(k, (int32_t)j, derivative_slot, reads);
        for (size_t a = 0; a < f.p.arrays.len; a++) any |= reads[a] && active[a];
        ck_assert_int_eq(ops[j], any);
      }
    }
    fixture_close(&f);
  }
}
END_TEST

/* ---- lanes ---- */

/* Groups are uniform or have lanes, the uniform ones first. */
static void check_split(const struct program *p)
{
  bool lanes = false;
  for (size_t g = 0; g < p->groups.len; g++) {
    const struct group *group = &p->groups.data[g];
    bool group_lane = p->arrays.data[p->kernels.data[group->first].outputs.data[0].array].lane;
    ck_assert_msg(group_lane || !lanes, "group %zu is uniform and comes late", g);
    lanes = group_lane;
    for (int i = group->first; i < group->first + group->count; i++)
      for (size_t j = 0; j < p->kernels.data[i].outputs.len; j++)
        ck_assert_int_eq(p->arrays.data[p->kernels.data[i].outputs.data[j].array].lane, lanes);
  }
}

START_TEST(test_split)
{
  static bool made[ARRAYS][ARRAYS];
  for (int seed = _i * TRIES; seed < (_i + 1) * TRIES; seed++) {
    struct fixture f;
    struct program p;
    double x[N_MAX], v[N_MAX];
    int seeds = -1, before[2 * ARRAYS], after[2 * ARRAYS];
    fixture_open(&f, (uint64_t)seed);
    fixture_program(&f, &options);
    random_point(&f, x, f.p.nx);
    random_point(&f, v, f.p.n);
    for (size_t a = 0; a < f.p.arrays.len; a++)
      if (f.p.arrays.data[a].kind == ARRAY_SEED) seeds = (int)a;
    find_made(&f.p, any_slot, true, made);
    ck_assert_int_eq(program_extend(&f.ctx, &f.p, &p), STATUS_OK);
    ck_assert_int_eq(program_split_lanes(&f.ctx, &p), STATUS_OK);
    fixture_check(&p);
    check_groups(&p);
    check_split(&p);
    for (size_t i = 0; i < p.kernels.len; i++) check_lean(&p.kernels.data[i]);
    for (size_t a = 0; a < p.arrays.len; a++)
      ck_assert_int_eq(p.arrays.data[a].lane, made[a][seeds]);
    for (int lane = 0; lane < 2; lane++) { /* both halves keep their order, and nothing is lost */
      bool half[ARRAYS];
      for (size_t a = 0; a < p.arrays.len; a++) half[a] = p.arrays.data[a].lane == lane;
      size_t n = list_outputs(&f.p, half, before);
      ck_assert_uint_eq(list_outputs(&p, half, after), n);
      for (size_t i = 0; i < n; i++) ck_assert_int_eq(before[i], after[i]);
    }
    struct values whole = fixture_run(&f.p, x, v), split = fixture_run(&p, x, v);
    for (size_t a = 0; a < p.arrays.len; a++) compare(&whole, &split, a);
    values_free(&whole);
    values_free(&split);
    program_free(&p);
    fixture_close(&f);
  }
}
END_TEST

/* ---- memory ---- */

START_TEST(test_memory)
{
  for (int which = 0; which < 3; which++) {
    enum status status = STATUS_LIMIT;
    for (int64_t fail = 0; status != STATUS_OK; fail++) {
      struct fixture f;
      struct program p;
      bool active[ARRAYS];
      fixture_open(&f, 17);
      fixture_program(&f, &options);
      int root = (int)f.p.arrays.len - 1;
      ck_assert_int_eq(program_extend(&f.ctx, &f.p, &p), STATUS_OK);
      struct failing s = {.fail_at = (long)fail + 1, .forever = true};
      mem_set_hook(failing_hook, &s);
      status = which == 0   ? program_prune(&f.ctx, &p, &root, 1)
               : which == 1 ? program_split_lanes(&f.ctx, &p)
                            : program_activity(&f.ctx, &p, active);
      mem_set_hook(NULL, NULL);
      ck_assert(status == STATUS_OK || status == STATUS_LIMIT);
      ck_assert(status == STATUS_OK || f.ctx.lost || f.ctx.diags.len == 1);
      if (status != STATUS_OK) { /* the Program is as it was */
        ck_assert_uint_eq(p.kernels.len, f.p.kernels.len);
        ck_assert_uint_eq(p.groups.len, f.p.groups.len);
      }
      program_free(&p);
      fixture_close(&f);
    }
  }
}
END_TEST

Suite *prune_suite(void)
{
  Suite *s = suite_create("prune");
  TCase *t = tcase_create("all");
  tcase_set_timeout(t, 60);
  tcase_add_loop_test(t, test_prune, 0, 5);
  tcase_add_loop_test(t, test_copies, 0, 2);
  tcase_add_test(t, test_recurrences);
  tcase_add_test(t, test_winners);
  tcase_add_test(t, test_slots);
  tcase_add_loop_test(t, test_activity, 0, 2);
  tcase_add_loop_test(t, test_split, 0, 5);
  tcase_add_test(t, test_memory);
  suite_add_tcase(s, t);
  return s;
}
