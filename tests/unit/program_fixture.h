/* Random small Programs, for the suites of the passes over them, and an interpreter that is as
 * plain as can be: the meaning of program.h, one iteration and one operation after the other. */
#ifndef ASDEX_TESTS_PROGRAM_FIXTURE_H
#define ASDEX_TESTS_PROGRAM_FIXTURE_H

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "program/body.h"
#include "program/value.h"
#include "unit/failing.h"

struct fixture {
  struct context ctx;
  struct program p;
  uint64_t random;
};

static inline void fixture_open(struct fixture *f, uint64_t seed)
{
  memset(f, 0, sizeof *f);
  context_init(&f->ctx);
  program_init(&f->p);
  f->random = seed * 0x9E3779B97F4A7C15u + 1;
}

static inline void fixture_close(struct fixture *f)
{
  program_free(&f->p);
  context_free(&f->ctx);
}

/* A random number lo … hi (xorshift64*). */
static inline int64_t fixture_pick(struct fixture *f, int64_t lo, int64_t hi)
{
  f->random ^= f->random >> 12;
  f->random ^= f->random << 25;
  f->random ^= f->random >> 27;
  uint64_t r = (f->random * 0x2545F4914F6CDD1Du) >> 33;
  return lo + (int64_t)(r % (uint64_t)(hi - lo + 1));
}

/* Numbers that foldings like to get wrong come often. */
static inline double fixture_number(struct fixture *f)
{
  static const double nasty[] = {0.0, -0.0, 1, -1, NAN, INFINITY, -INFINITY, 2, 0.5, -3, 0x1p-1074};
  int64_t i = fixture_pick(f, 0, 15);
  return i < 11 ? nasty[i] : (double)fixture_pick(f, -4000, 4000) / 512;
}

/* The same number, of which a NaN is a NaN. */
static inline bool same_number(double a, double b)
{
  return a != a ? b != b : a == b && !signbit(a) == !signbit(b);
}

/* ---- parts ---- */

/* A block of variables; unknown < 0: held. */
static inline int fixture_block(struct fixture *f, int64_t size, int64_t unknown)
{
  struct array a = {.kind = ARRAY_VARIABLE, .size = size, .unknown = unknown, .symbol = -1};
  a.offset = f->p.nx;
  f->p.nx += size;
  if (unknown >= 0) f->p.n += size;
  return program_add_array(&f->p, a, "x");
}

static inline int fixture_computed(struct fixture *f, int64_t size)
{
  struct array a = {.kind = ARRAY_COMPUTED, .size = size, .unknown = -1, .symbol = -1};
  int number = program_add_array(&f->p, a, "y");
  ck_assert_int_ge(number, 0);
  return number;
}

static inline int fixture_box(struct fixture *f, int ndim, int64_t first, int64_t second)
{
  struct domain d = {
      .kind = DOMAIN_BOX, .ndim = ndim, .count = 1, .step = {1, 1}, .extent = {first, second}};
  for (int i = 0; i < ndim; i++) d.count *= d.extent[i];
  return program_add_domain(&f->p, d);
}

/* Runs of random lengths, of one loop or two. */
static inline int fixture_runs(struct fixture *f, int64_t nruns, int64_t longest)
{
  struct domain d = {.kind = DOMAIN_RUNS, .ndim = (int)fixture_pick(f, 1, 2), .nruns = nruns};
  d.start = mem_zalloc((size_t)nruns + 1, sizeof *d.start);
  d.first = mem_zalloc((size_t)(nruns * d.ndim), sizeof *d.first);
  d.run_step = mem_zalloc((size_t)nruns, sizeof *d.run_step);
  for (int64_t r = 0; r < nruns; r++) {
    d.start[r + 1] = d.start[r] + fixture_pick(f, 0, longest);
    for (int i = 0; i < d.ndim; i++) d.first[r * d.ndim + i] = fixture_pick(f, -2, 3);
    d.run_step[r] = fixture_pick(f, 0, 2) ? 1 : fixture_pick(f, -2, 2);
  }
  d.count = d.start[nruns];
  return program_add_domain(&f->p, d);
}

static inline struct map fixture_table(struct fixture *f, const int32_t *offsets, int64_t len)
{
  int32_t *copy = mem_alloc((size_t)len, sizeof *copy);
  memcpy(copy, offsets, (size_t)len * sizeof *copy);
  int t = program_add_table(&f->p, (struct table){.len = len, .v32 = copy});
  return (struct map){.kind = MAP_TABLE, .table = t};
}

static inline struct map fixture_here(int64_t base)
{
  return (struct map){.kind = MAP_POSITION, .base = base};
}

static inline int64_t fixture_offset(const struct program *p, int domain, const struct map *m,
                                     int64_t position)
{
  int64_t index[LOOP_MAX];
  const struct domain *d = &p->domains.data[domain];
  domain_indices(d, position, index);
  return map_offset(p, m, position, index, d->ndim);
}

/* Any map of the domain's iterations into `size` > 0 elements. */
static inline struct map fixture_map(struct fixture *f, int domain, int64_t size)
{
  enum { TABLE_MAX = 64 };
  struct domain d = f->p.domains.data[domain];
  struct map m = map_constant(fixture_pick(f, 0, size - 1));
  int64_t kind = fixture_pick(f, 0, 4), lo = INT64_MAX, hi = INT64_MIN;
  if (kind == 0 || d.count == 0) return m;
  if (kind == 1 && d.count <= size) return fixture_here(fixture_pick(f, 0, size - d.count));
  if (kind == 2 && d.count <= TABLE_MAX) {
    int32_t offset[TABLE_MAX];
    for (int64_t i = 0; i < d.count; i++) offset[i] = (int32_t)fixture_pick(f, 0, size - 1);
    return fixture_table(f, offset, d.count);
  }
  for (int i = 0; i < d.ndim; i++) m.coef[i] = fixture_pick(f, -2, 2);
  for (int64_t q = 0; q < d.count; q++) {
    int64_t o = fixture_offset(&f->p, domain, &m, q);
    lo = o < lo ? o : lo;
    hi = o > hi ? o : hi;
  }
  if (hi - lo >= size) return map_constant(fixture_pick(f, 0, size - 1));
  m.base += fixture_pick(f, 0, size - 1 - (hi - lo)) - lo;
  return m;
}

/* ---- Programs ---- */

struct fixture_options {
  int outputs;  /* at most that many of a kernel */
  bool lanes;   /* also seeds */
  int size;     /* of the blocks of variables, at most */
  int groups;   /* at most */
  bool results; /* the last kernel reduces everything to a value */
};

/* Appends an operation on random earlier ones; what keeps derivatives simple comes often. */
static inline int32_t fixture_op(struct fixture *f, struct body *b, const int32_t *id, int count)
{
  static const enum op_code usual[] = {OP_ADD, OP_SUB, OP_NEG,    OP_MUL,  OP_MUL, OP_DIV,
                                       OP_ABS, OP_LT,  OP_SELECT, OP_STOP, OP_MOD, OP_SIN};
  enum op_code code = usual[fixture_pick(f, 0, 11)];
  if (fixture_pick(f, 0, 4) == 0) do
      code = (enum op_code)fixture_pick(f, 0, OP_COUNT - 1);
    while (op_table[code].arity == 0);
  struct op o = {.code = code, .a = -1, .b = -1, .c = -1, .loc = NO_LOC};
  int32_t *arg[3] = {&o.a, &o.b, &o.c};
  for (int i = 0; i < op_table[code].arity; i++) *arg[i] = id[fixture_pick(f, 0, count - 1)];
  if (code == OP_POWI) o.value = (double)fixture_pick(f, -2, 3);
  if (code == OP_POLYGAMMA) o.value = (double)fixture_pick(f, 0, 3);
  return body_emit(b, o);
}

/* Random operations on reads of any of the first `arrays` arrays: adds their numbers to id. */
static inline void fixture_body(struct fixture *f, struct body *b, int arrays, int32_t *id,
                                int *count)
{
  for (int64_t i = fixture_pick(f, 1, 3); i-- > 0;) {
    int a = (int)fixture_pick(f, -1, arrays - 1);
    if (fixture_pick(f, 0, 1) && arrays > 2) a = (int)fixture_pick(f, arrays - 3, arrays - 1);
    int64_t size = a < 0 ? 9 : f->p.arrays.data[a].size;
    struct map m = fixture_map(f, b->kernel.domain, size);
    id[(*count)++] = body_read(b, a, &m);
  }
  if (fixture_pick(f, 0, 2) == 0) id[(*count)++] = body_const(b, fixture_number(f));
  for (int64_t i = fixture_pick(f, 0, 5); i-- > 0; (*count)++)
    id[*count] = fixture_op(f, b, id, *count);
}

static inline int fixture_end(struct fixture *f, struct body *b)
{
  ck_assert_int_eq(body_finish(b, &f->p), STATUS_OK);
  return (int)f->p.kernels.len - 1;
}

static inline void fixture_group(struct fixture *f, struct group g)
{
  ck_assert_int_ge(program_add_group(&f->p, g), 0);
}

/* One or two kernels over any domain. */
static inline void fixture_plain(struct fixture *f, const struct fixture_options *o)
{
  int first = (int)f->p.kernels.len, kernels = (int)fixture_pick(f, 1, 2);
  for (int k = 0; k < kernels; k++) {
    int32_t id[16];
    int count = 0, arrays = (int)f->p.arrays.len;
    int domain = fixture_pick(f, 0, 3) ? fixture_box(f, (int)fixture_pick(f, 0, 2),
                                                     fixture_pick(f, 1, 4), fixture_pick(f, 1, 4))
                                       : fixture_runs(f, fixture_pick(f, 1, 4), 4);
    int64_t positions = f->p.domains.data[domain].count;
    struct body b;
    body_init(&b, &f->ctx, domain, NO_LOC);
    fixture_body(f, &b, arrays, id, &count);
    for (int64_t j = fixture_pick(f, 1, o->outputs); j-- > 0;) {
      enum output_mode mode = (enum output_mode)fixture_pick(f, 0, 3);
      int64_t size = mode == OUTPUT_SET ? positions + 1 : fixture_pick(f, 1, 4);
      struct map m =
          mode == OUTPUT_SET ? fixture_here(fixture_pick(f, 0, 1)) : fixture_map(f, domain, size);
      int32_t value = fixture_pick(f, 0, 2) ? id[count - 1] : id[fixture_pick(f, 0, count - 1)];
      int array = fixture_computed(f, size), winner = -1;
      if (mode >= OUTPUT_MIN && fixture_pick(f, 0, 1)) winner = fixture_computed(f, size);
      body_output(&b, (struct output){array, m, mode, value, winner});
    }
    fixture_end(f, &b);
  }
  fixture_group(f, (struct group){.first = first, .count = kernels});
}

/* Over steps t: in(t) = Σ_j …, then s(t+1) = … s(t) … in(t) … */
static inline void fixture_recurrence(struct fixture *f)
{
  int64_t steps = fixture_pick(f, 1, 4), inner = fixture_pick(f, 1, 3);
  int arrays = (int)f->p.arrays.len, s = fixture_computed(f, steps + 1);
  int in = fixture_computed(f, steps), outer = fixture_box(f, 1, steps, 0);
  int nest = fixture_box(f, 2, steps, inner), first = (int)f->p.kernels.len;
  struct map now = {.kind = MAP_AFFINE, .coef = {1}}, then = now;
  int32_t id[20];
  int count = 0;
  struct body b;
  then.base = 1;
  body_init(&b, &f->ctx, nest, NO_LOC);
  id[count++] = body_read(&b, s, &now);
  fixture_body(f, &b, arrays, id, &count);
  body_output(&b, (struct output){in, now, OUTPUT_ADD, id[count - 1], -1});
  fixture_end(f, &b);
  count = 0;
  body_init(&b, &f->ctx, outer, NO_LOC);
  id[count++] = body_read(&b, s, &now);
  id[count++] = body_read(&b, in, &now);
  fixture_body(f, &b, arrays, id, &count);
  int32_t next = fixture_pick(f, 0, 1) ? id[count - 1] : body_op2(&b, OP_ADD, id[count - 1], id[0]);
  body_output(&b, (struct output){s, then, OUTPUT_SET, next, -1});
  fixture_end(f, &b);
  fixture_group(f, (struct group){.nouter = 1, .outer = outer, .first = first, .count = 2});
}

/* s[p+1] = … s[p] … in an ordered kernel. */
static inline void fixture_ordered(struct fixture *f)
{
  int64_t n = fixture_pick(f, 1, 5);
  int arrays = (int)f->p.arrays.len, s = fixture_computed(f, n + 1), count = 0;
  struct map now = fixture_here(0);
  int32_t id[20];
  struct body b;
  body_init(&b, &f->ctx, fixture_box(f, 1, n, 0), NO_LOC);
  b.kernel.order = 1;
  id[count++] = body_read(&b, s, &now);
  fixture_body(f, &b, arrays, id, &count);
  int32_t next = body_op2(&b, fixture_pick(f, 0, 1) ? OP_ADD : OP_MUL, id[0], id[count - 1]);
  body_output(&b, (struct output){s, fixture_here(1), OUTPUT_SET, next, -1});
  fixture_group(f, (struct group){.first = fixture_end(f, &b), .count = 1});
}

/* Blocks of unknowns (stacked in another order than the variables) around a held one, data, and
 * groups of kernels on them. */
static inline void fixture_program(struct fixture *f, const struct fixture_options *o)
{
  int64_t first = fixture_pick(f, 1, o->size), second = fixture_pick(f, 1, o->size);
  fixture_block(f, first, second);
  fixture_block(f, 3, -1);
  fixture_block(f, second, 0);
  struct array data = {.kind = ARRAY_DATA, .size = 4, .unknown = -1, .symbol = -1};
  data.data = (struct numbers){.count = 4, .re = mem_zalloc(4, sizeof(double))};
  for (int i = 0; i < 4; i++) data.data.re[i] = fixture_number(f);
  ck_assert_int_ge(program_add_array(&f->p, data, "data"), 0);
  struct array seed = {.kind = ARRAY_SEED, .size = f->p.n, .lane = true, .symbol = -1};
  if (o->lanes) ck_assert_int_ge(program_add_array(&f->p, seed, "v"), 0);
  for (int64_t g = fixture_pick(f, 1, o->groups); g-- > 0;) {
    int64_t kind = fixture_pick(f, 0, 5);
    if (kind == 0)
      fixture_recurrence(f);
    else if (kind == 1)
      fixture_ordered(f);
    else
      fixture_plain(f, o);
  }
  if (!o->results) return;
  int32_t id[40], sum;
  int count = 0, arrays = (int)f->p.arrays.len;
  struct body b;
  body_init(&b, &f->ctx, fixture_box(f, 1, 3, 0), NO_LOC);
  for (int i = 0; i < 3; i++) fixture_body(f, &b, arrays, id, &count);
  sum = id[0];
  for (int i = 1; i < count; i++) sum = body_op2(&b, OP_ADD, sum, id[i]);
  f->p.value = fixture_computed(f, 1);
  body_output(&b, (struct output){f->p.value, map_constant(0), OUTPUT_ADD, sum, -1});
  fixture_group(f, (struct group){.first = fixture_end(f, &b), .count = 1});
}

static inline void fixture_check(const struct program *p)
{
  char why[200] = "";
  ck_assert_msg(program_check(p, why, sizeof why), "%s", why);
}

/* ---- the interpreter ---- */

/* Calls `each` for all iterations in the order in which they run. */
typedef void each_iteration(void *user, const struct kernel *k, int64_t position);
static inline void fixture_walk(const struct program *p, each_iteration *each, void *user)
{
  for (size_t g = 0; g < p->groups.len; g++) {
    const struct group *group = &p->groups.data[g];
    int64_t outer = group_outer_count(p, group), begin, end;
    for (int64_t o = 0; o < outer; o++)
      for (int i = 0; i < group->count; i++) {
        const struct kernel *k = &p->kernels.data[group->first + i];
        domain_slab(&p->domains.data[k->domain], group->nouter, group->reverse ? outer - 1 - o : o,
                    &begin, &end);
        for (int64_t q = begin; q < end; q++)
          each(user, k, k->order < 0 ? end - 1 - (q - begin) : q);
      }
  }
}

struct values {
  const struct program *p;
  double **of;    /* per array */
  bool **written; /* its elements */
};

static inline void fixture_step(void *user, const struct kernel *k, int64_t q)
{
  struct values *v = user;
  double *w = mem_alloc(k->ops.len, sizeof *w);
  for (size_t i = 0; i < k->ops.len; i++) {
    const struct op *o = &k->ops.data[i];
    if (o->code == OP_READ) {
      const struct read *r = &k->reads.data[o->a];
      int64_t at = fixture_offset(v->p, k->domain, &r->map, q);
      w[i] = r->array < 0 ? (double)at : v->of[r->array][at];
    } else {
      w[i] = op_value(o->code, o->a < 0 ? 0 : w[o->a], o->b < 0 ? 0 : w[o->b],
                      o->c < 0 ? 0 : w[o->c], o->value);
    }
  }
  for (size_t j = 0; j < k->outputs.len; j++) {
    const struct output *out = &k->outputs.data[j];
    int64_t at = fixture_offset(v->p, k->domain, &out->map, q);
    double *to = &v->of[out->array][at], x = w[out->value];
    bool first = !v->written[out->array][at];
    v->written[out->array][at] = true;
    if (out->mode == OUTPUT_ADD) {
      *to += x;
    } else if (out->mode == OUTPUT_SET || first || (x != x && *to == *to) ||
               (out->mode == OUTPUT_MIN ? x < *to : x > *to)) {
      *to = x;
      if (out->winner >= 0) v->of[out->winner][at] = (double)q;
    }
  }
  mem_free(w);
}

/* The values of all arrays for variables x and seeds v. */
static inline struct values fixture_run(const struct program *p, const double *x, const double *v)
{
  size_t n = p->arrays.len;
  struct values values = {p, mem_zalloc(n, sizeof *values.of), mem_zalloc(n, sizeof(bool *))};
  for (size_t i = 0; i < n; i++) {
    const struct array *a = &p->arrays.data[i];
    values.of[i] = mem_zalloc((size_t)a->size, sizeof **values.of);
    values.written[i] = mem_zalloc((size_t)a->size, sizeof **values.written);
    for (int64_t k = 0; k < a->size; k++)
      values.of[i][k] = a->kind == ARRAY_VARIABLE ? x[a->offset + k]
                        : a->kind == ARRAY_SEED   ? v[a->offset + k]
                        : a->kind == ARRAY_DATA   ? a->data.re[k]
                                                  : a->fill;
  }
  fixture_walk(p, fixture_step, &values);
  return values;
}

static inline void values_free(struct values *v)
{
  for (size_t i = 0; i < v->p->arrays.len; i++) {
    mem_free(v->of[i]);
    mem_free(v->written[i]);
  }
  mem_free(v->of);
  mem_free(v->written);
}

#endif
