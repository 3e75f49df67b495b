/* Dependency analysis.  Patterns of random Programs against an unrolled trace in which every scalar
 * carries the set of its unknowns; sets and rows against arrays of flags. */
#include "config.h"

#include "program_fixture.h"

#include "program/depend.h"
#include "program/depsets.h"
#include "sparse/rows.h"

Suite *depend_suite(void);

/* ---- the trace ---- */

/* A scalar: the result of an operation, or of joining an element of an array with what is written
 * to it. */
enum { JOIN = OP_COUNT };
struct node {
  int code, arg[3]; /* -1: none */
  bool live;
  unsigned char *has; /* per unknown */
};
struct trace {
  const struct program *p;
  VEC(struct node) nodes;
  int **element; /* per array: the node of each element, as of now */
  unsigned char *matrix;
};

static int add_node(struct trace *t, int code, int a, int b, int c)
{
  struct node node = {.code = code, .arg = {a, b, c}};
  node.has = mem_zalloc((size_t)t->p->n, 1);
  ck_assert(VEC_PUSH(&t->nodes, node));
  return (int)t->nodes.len - 1;
}

static bool passes(const struct node *node, int slot)
{
  if (node->arg[slot] < 0) return false;
  if (node->code == JOIN) return true;
  enum op_class class = op_table[node->code].class;
  return class != CLASS_ZERO && class != CLASS_LEAF && (class != CLASS_SELECT || slot > 0);
}

static void inherit(struct trace *t, int number)
{
  struct node *node = &t->nodes.data[number];
  for (int slot = 0; slot < 3; slot++)
    for (int64_t i = 0; passes(node, slot) && i < t->p->n; i++)
      node->has[i] |= t->nodes.data[node->arg[slot]].has[i];
}

static void trace_step(void *user, const struct kernel *k, int64_t q)
{
  struct trace *t = user;
  int *id = mem_alloc(k->ops.len, sizeof *id);
  for (size_t i = 0; i < k->ops.len; i++) {
    const struct op *o = &k->ops.data[i];
    const struct read *r = o->code == OP_READ ? &k->reads.data[o->a] : NULL;
    if (r && r->array >= 0) {
      id[i] = t->element[r->array][fixture_offset(t->p, k->domain, &r->map, q)];
      continue;
    }
    int arity = op_table[o->code].arity;
    id[i] = add_node(t, r ? OP_CONST : (int)o->code, arity > 0 ? id[o->a] : -1,
                     arity > 1 ? id[o->b] : -1, arity > 2 ? id[o->c] : -1);
    inherit(t, id[i]);
  }
  for (size_t j = 0; j < k->outputs.len; j++) {
    const struct output *out = &k->outputs.data[j];
    int *element = &t->element[out->array][fixture_offset(t->p, k->domain, &out->map, q)];
    *element = add_node(t, JOIN, *element, id[out->value], -1);
    inherit(t, *element);
  }
  mem_free(id);
}

static void couple(struct trace *t, int a, int b)
{
  size_t n = (size_t)t->p->n;
  const unsigned char *x = t->nodes.data[a].has, *y = t->nodes.data[b].has;
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; x[i] && j < n; j++)
      if (y[j]) t->matrix[i * n + j] = t->matrix[j * n + i] = 1;
}

static void couple_arguments(struct trace *t, const struct node *node)
{
  const int *arg = node->arg;
  if (node->code == JOIN) return;
  switch (op_table[node->code].class) {
  case CLASS_BILINEAR: couple(t, arg[0], arg[1]); break;
  case CLASS_QUOTIENT:
    couple(t, arg[0], arg[1]);
    couple(t, arg[1], arg[1]);
    break;
  case CLASS_NONLINEAR:
    for (int a = 0; a < 3; a++)
      for (int b = 0; b < 3; b++)
        if (arg[a] >= 0 && arg[b] >= 0) couple(t, arg[a], arg[b]);
    break;
  default: break;
  }
}

/* The pattern as n × n flags. */
static unsigned char *brute_force(const struct program *p)
{
  struct trace t = {.p = p};
  t.element = mem_zalloc(p->arrays.len, sizeof *t.element);
  t.matrix = mem_zalloc((size_t)(p->n * p->n), 1);
  for (size_t a = 0; a < p->arrays.len; a++) {
    const struct array *array = &p->arrays.data[a];
    t.element[a] = mem_alloc((size_t)array->size, sizeof **t.element);
    for (int64_t i = 0; i < array->size; i++) {
      t.element[a][i] = add_node(&t, OP_CONST, -1, -1, -1);
      if (array->kind == ARRAY_VARIABLE && array->unknown >= 0)
        t.nodes.data[t.element[a][i]].has[array->unknown + i] = 1;
    }
  }
  fixture_walk(p, trace_step, &t);
  t.nodes.data[t.element[p->value][0]].live = true;
  for (size_t i = t.nodes.len; i-- > 0;) {
    struct node *node = &t.nodes.data[i];
    for (int slot = 0; node->live && slot < 3; slot++)
      if (passes(node, slot)) t.nodes.data[node->arg[slot]].live = true;
    if (node->live) couple_arguments(&t, node);
    mem_free(node->has); /* what comes earlier does not look at it */
  }
  for (size_t a = 0; a < p->arrays.len; a++) mem_free(t.element[a]);
  mem_free(t.element);
  VEC_FREE(&t.nodes);
  return t.matrix;
}

static void compare(const struct pattern *pattern, const unsigned char *dense, int64_t n,
                    uint64_t seed)
{
  ck_assert_int_eq(pattern->n, n);
  for (int64_t i = 0, k = 0; i < n; i++) {
    ck_assert_int_eq(pattern->ptr[i], k);
    for (int64_t j = 0; j < n; j++) {
      bool has = k < pattern->ptr[i + 1] && pattern->ind[k] == j;
      ck_assert_msg(has == dense[i * n + j], "seed %llu: (%lld, %lld) is %d",
                    (unsigned long long)seed, (long long)i, (long long)j, has);
      k += has;
    }
    ck_assert_int_eq(pattern->ptr[i + 1], k);
  }
}

/* Returns the number of entries. */
static int64_t check_pattern(struct fixture *f, uint64_t seed)
{
  struct pattern pattern;
  unsigned char *dense = brute_force(&f->p);
  fixture_check(&f->p);
  ck_assert_int_eq(program_pattern(&f->ctx, &f->p, &pattern), STATUS_OK);
  compare(&pattern, dense, f->p.n, seed);
  int64_t nnz = pattern_nnz(&pattern);
  pattern_free(&pattern);
  mem_free(dense);
  return nnz;
}

/* ---- random Programs ---- */

static const struct fixture_options options = {
    .outputs = 1, .size = 8, .groups = 8, .results = true};

START_TEST(test_random)
{
  enum { TRIES = 500 };
  int partly = 0;
  for (uint64_t seed = (uint64_t)_i * TRIES; seed < (uint64_t)(_i + 1) * TRIES; seed++) {
    struct fixture f;
    fixture_open(&f, seed);
    fixture_program(&f, &options);
    int64_t nnz = check_pattern(&f, seed), n = f.p.n;
    partly += nnz > 0 && nnz < n * n;
    fixture_close(&f);
  }
  ck_assert_int_gt(partly, TRIES / 10); /* it is not all or nothing */
}
END_TEST

/* ---- long loops ---- */

/* A read of one of the first arrays, as loops over neighbours have it: mostly one step forwards per
 * iteration. */
static int32_t neighbour(struct fixture *f, struct body *b, int arrays)
{
  int a = (int)fixture_pick(f, fixture_pick(f, 0, 2) ? arrays / 2 : 0, arrays - 1);
  int domain = b->kernel.domain;
  const struct domain *d = &f->p.domains.data[domain];
  int64_t size = f->p.arrays.data[a].size, reach = d->extent[d->ndim - 1] - 1;
  struct map m = map_constant(0);
  if (fixture_pick(f, 0, 9) == 0 || reach >= size) {
    m = fixture_map(f, domain, size);
    return body_read(b, a, &m);
  }
  int64_t stride = fixture_pick(f, 0, 4) ? 1 : fixture_pick(f, -2, 2), outer = 0;
  if (reach * (stride < 0 ? -stride : stride) >= size) stride = stride < 0 ? -1 : 1;
  int64_t low = stride < 0 ? stride * reach : 0, high = stride > 0 ? stride * reach : 0;
  if (d->ndim == 2) outer = fixture_pick(f, 0, (size - 1 - (high - low)) / d->extent[0]);
  high += outer * (d->extent[0] - 1) * (d->ndim == 2);
  m.coef[d->ndim - 1] = stride;
  if (d->ndim == 2) m.coef[0] = outer;
  m.base = fixture_pick(f, 0, size - 1 - (high - low)) - low;
  return body_read(b, a, &m);
}

static int32_t neighbours(struct fixture *f, struct body *b, int arrays)
{
  int32_t sum = neighbour(f, b, arrays);
  for (int64_t i = fixture_pick(f, 0, 2); i-- > 0;)
    sum = body_op2(b, OP_ADD, sum, neighbour(f, b, arrays));
  return fixture_pick(f, 0, 4) ? sum : body_op2(b, OP_MUL, sum, neighbour(f, b, arrays));
}

/* An array whose elements are set by two kernels, some not at all, or added to, a few by many. */
static void stencil_array(struct fixture *f)
{
  int64_t len = fixture_pick(f, 6, 20), split = fixture_pick(f, 1, len - 1);
  int array = fixture_computed(f, len + 2);
  bool add = fixture_pick(f, 0, 3) == 0, back = fixture_pick(f, 0, 3) == 0;
  for (int part = 0; part < 2; part++) {
    struct body b;
    int64_t n = part ? len - split : split;
    body_init(&b, &f->ctx, add ? fixture_box(f, 2, 3, n) : fixture_box(f, 1, n, 0), NO_LOC);
    int32_t value = neighbours(f, &b, array);
    struct map to = map_constant(part ? split : 0);
    to.coef[0] = 1;
    if (!add && back) to.coef[0] = -1, to.base += n - 1;
    body_output(&b, (struct output){array, to, add ? OUTPUT_ADD : OUTPUT_SET, value, -1});
    fixture_group(f, (struct group){.first = fixture_end(f, &b), .count = 1});
    if (add || fixture_pick(f, 0, 3) == 0) break;
  }
}

/* Arrays of arrays of neighbours, and nonlinear sums over some of their elements. */
static void stencil_program(struct fixture *f)
{
  int64_t n = fixture_pick(f, 20, 60), m = fixture_pick(f, 20, 30);
  fixture_block(f, n, m);
  fixture_block(f, m, 0);
  for (int64_t i = fixture_pick(f, 0, 4); i-- > 0;) stencil_array(f);
  int value = fixture_computed(f, 1);
  for (int64_t i = fixture_pick(f, 1, 3); i-- > 0;) {
    struct body b;
    int64_t last = fixture_pick(f, 1, 18);
    int domain = fixture_pick(f, 0, 2) ? fixture_box(f, 1, last, 0)
                                       : fixture_box(f, 2, fixture_pick(f, 1, 4), last);
    body_init(&b, &f->ctx, domain, NO_LOC);
    int32_t x = neighbours(f, &b, value), y = neighbours(f, &b, value);
    x = fixture_pick(f, 0, 1) ? body_op2(&b, OP_MUL, x, y) : body_op1(&b, OP_SIN, x);
    body_output(&b, (struct output){value, map_constant(0), OUTPUT_ADD, x, -1});
    fixture_group(f, (struct group){.first = fixture_end(f, &b), .count = 1});
  }
  f->p.value = value;
}

START_TEST(test_stencils)
{
  enum { TRIES = 150 };
  int sparse = 0;
  for (uint64_t seed = (uint64_t)_i * TRIES; seed < (uint64_t)(_i + 1) * TRIES; seed++) {
    struct fixture f;
    fixture_open(&f, seed + 1000000);
    stencil_program(&f);
    int64_t nnz = check_pattern(&f, seed);
    sparse += nnz > 0 && nnz < f.p.n * f.p.n / 8;
    fixture_close(&f);
  }
  ck_assert_int_gt(sparse, TRIES / 2);
}
END_TEST

/* y[i] = x[i] - x[i+1], f = Σ y[i]²: one set and a few stretches, whatever the size. */
START_TEST(test_long_loop)
{
  enum { N = 100000 };
  struct fixture f;
  struct body b;
  struct pattern p;
  fixture_open(&f, 1);
  int x = fixture_block(&f, N + 1, 0), y = fixture_computed(&f, N), all = fixture_box(&f, 1, N, 0);
  struct map here = fixture_here(0), then = fixture_here(1);
  body_init(&b, &f.ctx, all, NO_LOC);
  int32_t d = body_op2(&b, OP_SUB, body_read(&b, x, &here), body_read(&b, x, &then));
  body_output(&b, (struct output){y, here, OUTPUT_SET, d, -1});
  fixture_group(&f, (struct group){.first = fixture_end(&f, &b), .count = 1});
  body_init(&b, &f.ctx, all, NO_LOC);
  f.p.value = fixture_computed(&f, 1);
  int32_t square = body_powi(&b, body_read(&b, y, &here), 2);
  body_output(&b, (struct output){f.p.value, map_constant(0), OUTPUT_ADD, square, -1});
  fixture_group(&f, (struct group){.first = fixture_end(&f, &b), .count = 1});
  /* The sets of y, which of it is live, and the counts of the rows: a list of the entries beside them
   * would be too much. */
  f.ctx.max_memory = (8 + 1 + 16) * N + 100000 + mem_in_use();
  ck_assert_int_eq(program_pattern(&f.ctx, &f.p, &p), STATUS_OK);
  ck_assert_int_eq(pattern_nnz(&p), 3 * N + 1);
  for (int32_t i = 0; i <= N; i++) {
    int32_t first = i > 0 ? i - 1 : 0, last = i < N ? i + 1 : N;
    ck_assert(p.ptr[i + 1] - p.ptr[i] == last - first + 1);
    for (int32_t j = first; j <= last; j++) ck_assert(p.ind[p.ptr[i] + j - first] == j);
  }
  pattern_free(&p);
  fixture_close(&f);
}
END_TEST

/* ---- large sets ---- */

/* Two recurrences that gather n unknowns in steps, in an order of their own each, an interval's
 * ends or anywhere, and meet nonlinearly now and then: order 0: upwards, 1: downwards, 2: random,
 * 3: every second one first. */
static int32_t gathered(struct fixture *f, int order, int32_t t, int32_t n)
{
  return order == 0   ? t
         : order == 1 ? n - 1 - t
         : order == 2 ? (int32_t)fixture_pick(f, 0, n - 1)
                      : (2 * t) % n + (2 * t >= n && n % 2 == 0);
}

static void gather_program(struct fixture *f, int64_t n, int first, int second)
{
  enum { N_MAX = 600 };
  int32_t offset[N_MAX];
  int x = fixture_block(f, n, 0), s[2], steps = fixture_box(f, 1, n, 0);
  struct map now = fixture_here(0), then = fixture_here(1), one = map_constant(0);
  struct body b;
  ck_assert_int_le(n, N_MAX);
  for (int i = 0; i < 2; i++) {
    for (int32_t t = 0; t < n; t++) offset[t] = gathered(f, i ? second : first, t, (int32_t)n);
    struct map from = fixture_table(f, offset, n);
    s[i] = fixture_computed(f, n + 1);
    body_init(&b, &f->ctx, steps, NO_LOC);
    int32_t next = body_op2(&b, OP_ADD, body_read(&b, s[i], &now), body_read(&b, x, &from));
    body_output(&b, (struct output){s[i], then, OUTPUT_SET, next, -1});
    fixture_group(
        f, (struct group){.nouter = 1, .outer = steps, .first = fixture_end(f, &b), .count = 1});
  }
  int64_t meetings = fixture_pick(f, 1, 12);
  f->p.value = fixture_computed(f, 1);
  for (int i = 0; i < 3; i++) {
    struct map at[2];
    int domain = fixture_box(f, 1, meetings, 0);
    if (i < 2 && fixture_pick(f, 0, 1)) continue;
    for (int k = 0; k < 2; k++) {
      for (int m = 0; m < meetings; m++) offset[m] = (int32_t)fixture_pick(f, 0, n / 2);
      at[k] = fixture_table(f, offset, meetings);
    }
    body_init(&b, &f->ctx, domain, NO_LOC);
    int32_t product =
        body_op2(&b, OP_MUL, body_read(&b, s[i % 2], &at[0]), body_read(&b, s[i != 0], &at[1]));
    body_output(&b, (struct output){f->p.value, one, OUTPUT_ADD, product, -1});
    fixture_group(f, (struct group){.first = fixture_end(f, &b), .count = 1});
  }
}

START_TEST(test_gathered)
{
  for (uint64_t seed = 0; seed < 4; seed++) {
    struct fixture f;
    fixture_open(&f, seed + 10 * (uint64_t)_i);
    gather_program(&f, fixture_pick(&f, 200, 330), _i / 4, _i % 4);
    ck_assert_int_gt(check_pattern(&f, seed), 0);
    fixture_close(&f);
  }
}
END_TEST

/* s[t+1] = s[t] + x[t]^2, f = s[k]: the steps from k on do not enter the result. */
START_TEST(test_live_steps)
{
  enum { N = 6 };
  for (int k = 0; k <= N; k++) {
    struct fixture f;
    struct body b;
    fixture_open(&f, 1);
    int x = fixture_block(&f, N, 0), s = fixture_computed(&f, N + 1),
        steps = fixture_box(&f, 1, N, 0);
    struct map now = fixture_here(0), at = map_constant(k);
    body_init(&b, &f.ctx, steps, NO_LOC);
    int32_t square = body_powi(&b, body_read(&b, x, &now), 2);
    int32_t next = body_op2(&b, OP_ADD, body_read(&b, s, &now), square);
    body_output(&b, (struct output){s, fixture_here(1), OUTPUT_SET, next, -1});
    fixture_group(
        &f, (struct group){.nouter = 1, .outer = steps, .first = fixture_end(&f, &b), .count = 1});
    body_init(&b, &f.ctx, fixture_box(&f, 0, 0, 0), NO_LOC);
    f.p.value = fixture_computed(&f, 1);
    body_output(&b, (struct output){f.p.value, map_constant(0), OUTPUT_SET,
                                    body_op1(&b, OP_ABS, body_read(&b, s, &at)), -1});
    fixture_group(&f, (struct group){.first = fixture_end(&f, &b), .count = 1});
    ck_assert_int_eq(check_pattern(&f, (uint64_t)k), k);
    fixture_close(&f);
  }
}
END_TEST

/* ---- limits ---- */

START_TEST(test_memory)
{
  for (int which = 0; which < 6; which++) {
    enum status status = STATUS_LIMIT;
    for (int64_t fail = 0; status != STATUS_OK; fail++) {
      struct fixture f;
      struct pattern pattern;
      fixture_open(&f, (uint64_t)which);
      if (which < 2)
        gather_program(&f, 250, 2, 3 * which);
      else if (which < 4)
        stencil_program(&f);
      else
        fixture_program(&f, &options);
      struct failing s = {.fail_at = (long)fail + 1, .forever = true};
      mem_set_hook(failing_hook, &s);
      status = program_pattern(&f.ctx, &f.p, &pattern);
      ck_assert(status == STATUS_OK || (status == STATUS_LIMIT && pattern.ptr == NULL));
      ck_assert(status == STATUS_OK || f.ctx.lost || f.ctx.diags.len == 1);
      pattern_free(&pattern);
      context_free(&f.ctx);
      mem_set_hook(NULL, NULL);
      ck_assert_msg(s.live == 0, "%lld lost after %lld", (long long)s.live, (long long)fail);
      fixture_close(&f);
    }
  }
}
END_TEST

START_TEST(test_limit)
{
  struct fixture f;
  struct pattern pattern;
  fixture_open(&f, 1);
  gather_program(&f, 250, 2, 3);
  f.ctx.max_memory = 1;
  ck_assert_int_eq(program_pattern(&f.ctx, &f.p, &pattern), STATUS_LIMIT);
  ck_assert(f.ctx.diags.len == 1 && f.ctx.diags.data[0].id == ERR_TOO_MUCH_MEMORY);
  fixture_close(&f);
}
END_TEST

/* ---- sets ---- */

enum { UNKNOWNS = 900, SETS = 120 };

/* A set that is written out, against flags. */
static void check_set(struct fixture *f, struct depsets *s, struct dependence d, const bool *has)
{
  int64_t count;
  bool found[UNKNOWNS] = {0};
  ck_assert_int_eq(depsets_expand(&f->ctx, s, d.set), STATUS_OK);
  const struct interval *a = depsets_get(s, d.set, &count);
  for (int64_t i = 0; i < count; i++) {
    ck_assert(a[i].lo <= a[i].hi && (i == 0 || a[i - 1].hi + 1 < a[i].lo));
    for (int32_t u = a[i].lo; u <= a[i].hi; u++) found[u + d.shift] = true;
  }
  ck_assert_mem_eq(found, has, sizeof found);
}

static bool same_dependence(struct dependence a, struct dependence b)
{
  return a.set == b.set && a.shift == b.shift;
}

static int64_t count_intervals(const bool *has)
{
  int64_t n = has[0];
  for (int i = 1; i < UNKNOWNS; i++) n += has[i] && !has[i - 1];
  return n;
}

START_TEST(test_sets)
{
  static bool has[SETS][UNKNOWNS];
  struct dependence number[SETS] = {0};
  struct fixture f;
  struct depsets s;
  struct depunion u = {0};
  int large = 0;
  fixture_open(&f, (uint64_t)_i);
  memset(has, 0, sizeof has);
  ck_assert_int_eq(depsets_init(&f.ctx, &s), STATUS_OK);
  for (int n = 0; n < SETS; n++) {
    bool small = true; /* made of nothing large */
    for (int64_t i = fixture_pick(&f, 0, 3); i-- > 0 && n > 0;) {
      int other = (int)fixture_pick(&f, 0, n - 1);
      for (int k = 0; k < UNKNOWNS; k++) has[n][k] |= has[other][k];
      small = small && count_intervals(has[other]) <= DEPSET_LARGE;
      ck_assert_int_eq(depunion_add_set(&f.ctx, &u, &s, number[other]), STATUS_OK);
    }
    for (int64_t i = fixture_pick(&f, 0, 5) ? fixture_pick(&f, 0, 4) : 300; i-- > 0;) {
      int32_t lo = (int32_t)fixture_pick(&f, 0, UNKNOWNS - 1), hi = lo;
      if (fixture_pick(&f, 0, 4) == 0) hi += (int32_t)fixture_pick(&f, 0, 4);
      if (hi >= UNKNOWNS) hi = UNKNOWNS - 1;
      for (int32_t k = lo; k <= hi; k++) has[n][k] = true;
      ck_assert_int_eq(depunion_add(&f.ctx, &u, (struct interval){lo, hi}), STATUS_OK);
    }
    ck_assert_int_eq(depunion_take(&f.ctx, &u, &s, &number[n]), STATUS_OK);
    ck_assert(u.intervals.len == 0 && u.sets.len == 0);
    large += count_intervals(has[n]) > DEPSET_LARGE;
    if (fixture_pick(&f, 0, 1)) check_set(&f, &s, number[n], has[n]);
    for (int k = 0; k < n; k++) {
      bool same = !memcmp(has[n], has[k], sizeof has[n]);
      if (same_dependence(number[n], number[k])) ck_assert(same);
      if (same && small && count_intervals(has[n]) <= DEPSET_LARGE &&
          s.sets.data[number[k].set].nparts == 0)
        ck_assert(same_dependence(number[n], number[k]));
    }
  }
  ck_assert_int_gt(large, 5);
  for (int n = 0; n < SETS; n++) check_set(&f, &s, number[n], has[n]);
  depunion_free(&u);
  depsets_free(&s);
  fixture_close(&f);
}
END_TEST

/* The empty set is 0; the same parts in another order are the same set; what a large set has
 * already adds nothing to it; a chain of unions as long as a recurrence. */
START_TEST(test_unions)
{
  enum { LINKS = 20000 };
  struct fixture f;
  struct depsets s;
  struct depunion u = {0};
  struct dependence set[4], chain;
  int64_t count;
  fixture_open(&f, 1);
  ck_assert_int_eq(depsets_init(&f.ctx, &s), STATUS_OK);
  ck_assert_int_eq(depunion_take(&f.ctx, &u, &s, &set[0]), STATUS_OK);
  ck_assert(set[0].set == DEPSET_EMPTY && set[0].shift == 0);
  for (int k = 0; k < 2; k++) {
    for (int32_t i = 2 * DEPSET_LARGE; i >= 0; i--)
      ck_assert_int_eq(depunion_add(&f.ctx, &u, (struct interval){5 * i + 2 * k, 5 * i + 2 * k}),
                       STATUS_OK);
    ck_assert_int_eq(depunion_take(&f.ctx, &u, &s, &set[k]), STATUS_OK);
  }
  for (int k = 0; k < 2; k++) {
    for (int i = 0; i < 3; i++)
      ck_assert_int_eq(depunion_add_set(&f.ctx, &u, &s, set[(i + k) % 2]), STATUS_OK);
    ck_assert_int_eq(depunion_take(&f.ctx, &u, &s, &set[2 + k]), STATUS_OK);
  }
  ck_assert(same_dependence(set[2], set[3]));
  ck_assert_int_eq(depunion_add_set(&f.ctx, &u, &s, set[0]), STATUS_OK);
  ck_assert_int_eq(depunion_add(&f.ctx, &u, (struct interval){10, 10}), STATUS_OK);
  ck_assert_int_eq(depunion_take(&f.ctx, &u, &s, &chain), STATUS_OK);
  ck_assert(same_dependence(chain, set[0]));
  for (int32_t i = 0; i < LINKS; i++) {
    ck_assert_int_eq(depunion_add_set(&f.ctx, &u, &s, chain), STATUS_OK);
    ck_assert_int_eq(depunion_add(&f.ctx, &u, (struct interval){1000 + 2 * i, 1000 + 2 * i}),
                     STATUS_OK);
    ck_assert_int_eq(depunion_take(&f.ctx, &u, &s, &chain), STATUS_OK);
  }
  ck_assert_uint_lt(s.intervals.len + s.parts.len, 4 * LINKS); /* per link, not per link and set */
  f.ctx.max_memory = 1;
  ck_assert_int_eq(depsets_expand(&f.ctx, &s, chain.set), STATUS_LIMIT);
  f.ctx.max_memory = 0;
  ck_assert_int_eq(depsets_expand(&f.ctx, &s, chain.set), STATUS_OK);
  depsets_get(&s, chain.set, &count);
  ck_assert_int_eq(count, 2 * DEPSET_LARGE + 1 + LINKS);
  depunion_free(&u);
  depsets_free(&s);
  fixture_close(&f);
}
END_TEST

/* ---- rows ---- */

/* Random stretches of diagonals, of few distances or of many, that often overlap or touch. */
static void random_diagonals(struct context *ctx, struct fixture *f, int32_t n, struct rows *r,
                             unsigned char *dense)
{
  int32_t from = (int32_t)fixture_pick(f, 0, n - 1), farthest = (int32_t)fixture_pick(f, 0, n - 1);
  for (int64_t i = fixture_pick(f, 0, 1) ? fixture_pick(f, 1, 5 * n) : 0; i > 0; i--) {
    int32_t row = (int32_t)fixture_pick(f, from, n - 1), col = row;
    if (fixture_pick(f, 0, 1)) col = (int32_t)fixture_pick(f, 0, row < farthest ? row : farthest);
    int32_t len = (int32_t)fixture_pick(f, 1, n - row);
    bool upper = fixture_pick(f, 0, 1);
    for (int32_t k = 0; k < len; k++)
      dense[(row + k) * n + col + k] = dense[(col + k) * n + row + k] = 1;
    ck_assert_int_eq(rows_diagonal(ctx, r, upper ? col : row, upper ? row : col, len), STATUS_OK);
  }
}

/* Random points and intervals of an n × n matrix, the same in each call with the same seed. */
static void random_rows(uint64_t seed, int32_t n, struct rows *r, unsigned char *dense)
{
  struct fixture f;
  fixture_open(&f, seed);
  int64_t points = fixture_pick(&f, 0, 6 * n), intervals = fixture_pick(&f, 0, 3) * n;
  int32_t widest = (int32_t)fixture_pick(&f, 0, n);
  int64_t rows = fixture_pick(&f, 0, 1) ? n : 1; /* few rows: long ones */
  for (int64_t i = 0; i < points + intervals; i++) {
    int32_t row = (int32_t)fixture_pick(&f, n - rows, n - 1),
            lo = (int32_t)fixture_pick(&f, 0, n - 1);
    int32_t hi = lo + (int32_t)fixture_pick(&f, 0, widest);
    if (hi >= n) hi = n - 1;
    if (fixture_pick(&f, 0, points + intervals - 1) < points) {
      rows_point(r, row, lo);
      dense[row * n + lo] = dense[lo * n + row] = 1;
    } else {
      rows_interval(r, row, lo, hi);
      for (int32_t j = lo; j <= hi && j <= row; j++) dense[row * n + j] = dense[j * n + row] = 1;
    }
  }
  fixture_close(&f);
}

static enum status make_rows(struct context *ctx, uint64_t seed, int32_t n, unsigned char *dense,
                             struct pattern *out)
{
  struct rows r;
  enum status status = rows_begin(ctx, &r, n);
  if (status == STATUS_OK) {
    random_rows(seed, n, &r, dense);
    status = rows_fill(ctx, &r);
  }
  if (status == STATUS_OK) {
    random_rows(seed, n, &r, dense);
    return rows_finish(ctx, &r, out);
  }
  rows_free(&r);
  return status;
}

START_TEST(test_rows)
{
  enum { N_MAX = 60, TRIES = 300 };
  for (uint64_t seed = 0; seed < TRIES; seed++) {
    struct context ctx;
    struct pattern pattern = {0};
    unsigned char dense[N_MAX * N_MAX] = {0};
    int32_t n = seed < 4 ? (int32_t)seed + 1 : (int32_t)(seed * 7 % N_MAX) + 1;
    context_init(&ctx);
    ck_assert_int_eq(make_rows(&ctx, seed, n, dense, &pattern), STATUS_OK);
    compare(&pattern, dense, n, seed);
    pattern_free(&pattern);
    context_free(&ctx);
  }
}
END_TEST

/* Diagonals alone need no second pass; with points and intervals they are merged. */
START_TEST(test_diagonals)
{
  enum { N_MAX = 50, TRIES = 400 };
  for (uint64_t seed = 0; seed < TRIES; seed++) {
    struct fixture f;
    struct rows r;
    struct pattern pattern = {0};
    unsigned char dense[N_MAX * N_MAX] = {0};
    int32_t n = (int32_t)(seed * 7 % N_MAX) + 1;
    bool alone = seed % 2;
    fixture_open(&f, seed);
    ck_assert_int_eq(rows_begin(&f.ctx, &r, n), STATUS_OK);
    for (int pass = 0; pass < (alone ? 1 : 2); pass++) {
      f.random = seed + 1;
      if (!alone) random_rows(seed, n, &r, dense);
      random_diagonals(&f.ctx, &f, n, &r, dense);
      if (pass == 0) ck_assert_int_eq(rows_fill(&f.ctx, &r), STATUS_OK);
      if (alone) ck_assert(rows_complete(&r));
    }
    ck_assert_int_eq(rows_finish(&f.ctx, &r, &pattern), STATUS_OK);
    compare(&pattern, dense, n, seed);
    pattern_free(&pattern);
    fixture_close(&f);
  }
}
END_TEST

/* The same stretches again and again take no more memory than once. */
START_TEST(test_repeated_diagonals)
{
  enum { N = 100, TIMES = 200000 };
  struct context ctx;
  struct diagonals d = {0};
  struct pattern pattern = {0}, none = {.n = N};
  context_init(&ctx);
  for (int32_t i = 0; i < TIMES; i++)
    ck_assert_int_eq(diagonals_add(&ctx, &d, 10 + i % 7, i * 5 % 11, 20), STATUS_OK);
  ck_assert_uint_lt(d.segments.len, 10000);
  ck_assert_int_eq(diagonals_join(&ctx, &d, &none, &pattern), STATUS_OK);
  for (int32_t i = 0; i < N; i++)
    for (int32_t j = 0; j < N; j++) {
      bool has = false;
      for (int32_t a = 10; a < 17; a++)
        for (int32_t b = 0; b < 11; b++) /* 7 and 11 have no common divisor: all pairs come */
          has |=
              (i - a == j - b && i >= a && i < a + 20) || (j - a == i - b && j >= a && j < a + 20);
      ck_assert((pattern_find(&pattern, i, j) >= 0) == has);
    }
  pattern_free(&pattern);
  diagonals_free(&d);
  context_free(&ctx);
}
END_TEST

START_TEST(test_no_rows)
{
  struct context ctx;
  struct rows r;
  struct pattern pattern = {0};
  context_init(&ctx);
  for (int32_t n = 0; n < 3; n++) {
    ck_assert_int_eq(rows_begin(&ctx, &r, n), STATUS_OK);
    if (n) rows_interval(&r, 0, 1, 0); /* nothing: the interval is empty, or above the diagonal */
    if (n > 1) rows_interval(&r, 0, 1, 1);
    ck_assert_int_eq(rows_fill(&ctx, &r), STATUS_OK);
    ck_assert_int_eq(rows_finish(&ctx, &r, &pattern), STATUS_OK);
    ck_assert(pattern.n == n && pattern_nnz(&pattern) == 0);
    pattern_free(&pattern);
  }
  context_free(&ctx);
}
END_TEST

START_TEST(test_rows_memory)
{
  enum { N = 40 };
  unsigned char dense[N * N];
  for (uint64_t seed = 0; seed < 6; seed++) {
    enum status status = STATUS_LIMIT;
    for (int64_t fail = 0; status != STATUS_OK; fail++) {
      struct context ctx;
      struct pattern pattern = {0};
      struct failing s = {.fail_at = (long)fail + 1, .forever = true};
      context_init(&ctx);
      mem_set_hook(failing_hook, &s);
      status = make_rows(&ctx, seed, N, dense, &pattern);
      ck_assert(status == STATUS_OK || status == STATUS_LIMIT);
      pattern_free(&pattern);
      context_free(&ctx);
      mem_set_hook(NULL, NULL);
      ck_assert_int_eq(s.live, 0);
    }
  }
}
END_TEST

Suite *depend_suite(void)
{
  Suite *s = suite_create("depend");
  TCase *t = tcase_create("all");
  tcase_set_timeout(t, 60);
  tcase_add_loop_test(t, test_random, 0, 8);
  tcase_add_loop_test(t, test_stencils, 0, 6);
  tcase_add_test(t, test_long_loop);
  tcase_add_loop_test(t, test_gathered, 0, 16);
  tcase_add_test(t, test_live_steps);
  tcase_add_test(t, test_memory);
  tcase_add_test(t, test_limit);
  tcase_add_loop_test(t, test_sets, 0, 4);
  tcase_add_test(t, test_unions);
  tcase_add_test(t, test_rows);
  tcase_add_test(t, test_diagonals);
  tcase_add_test(t, test_repeated_diagonals);
  tcase_add_test(t, test_no_rows);
  tcase_add_test(t, test_rows_memory);
  suite_add_tcase(s, t);
  return s;
}
