#include "config.h"

#include "eval/scalar.h"

#include <math.h>
#include <string.h>

/* Elements of arrays that are to be minima or maxima of nothing begin as this fault: no number, and
 * nothing to complain of. */
enum { NOTHING = -1 };

struct scalar {
  const struct program *p;
  enum field field;
  struct numbers *stores; /* per array: of computed ones its own, else a view */
  char **written;         /* of arrays with minima or maxima: the elements that have one */
  struct number *values;  /* of the body at the current iteration */
  VEC(struct accident) accidents;
  struct accident not_real;
};

/* The iteration that is being computed. */
struct at {
  struct context *ctx;
  const struct kernel *kernel;
  int number; /* of the kernel */
  int ndim;
  int64_t position, index[LOOP_MAX];
};

/* ---- memory ---- */

static enum status create_stores(struct context *ctx, struct scalar *s)
{
  const struct program *p = s->p;
  for (size_t i = 0; i < p->arrays.len; i++) {
    const struct array *a = &p->arrays.data[i];
    if (a->kind == ARRAY_DATA) s->stores[i] = numbers_view(&a->data, 0, a->size);
    if (a->kind == ARRAY_COMPUTED)
      TRY(numbers_create(ctx, s->field, (double)a->size, "the evaluation", &s->stores[i]));
  }
  for (size_t k = 0; k < p->kernels.len; k++)
    for (size_t j = 0; j < p->kernels.data[k].outputs.len; j++) {
      const struct output *o = &p->kernels.data[k].outputs.data[j];
      if (o->mode != OUTPUT_MIN && o->mode != OUTPUT_MAX) continue;
      if (s->written[o->array]) continue;
      s->written[o->array] = mem_zalloc((size_t)p->arrays.data[o->array].size, 1);
      if (!s->written[o->array]) return diag_no_memory(ctx);
    }
  return STATUS_OK;
}

enum status scalar_create(struct context *ctx, const struct program *p, enum field field,
                          struct scalar **out)
{
  struct scalar *s = mem_zalloc(1, sizeof *s);
  *out = NULL;
  if (!s) return diag_no_memory(ctx);
  s->p = p;
  s->field = field;
  s->stores = mem_zalloc(p->arrays.len, sizeof *s->stores);
  s->written = mem_zalloc(p->arrays.len, sizeof *s->written);
  s->values = mem_zalloc(program_max_ops(p), sizeof *s->values);
  enum status status =
      s->stores && s->written && s->values ? create_stores(ctx, s) : diag_no_memory(ctx);
  if (status == STATUS_OK)
    *out = s;
  else
    scalar_free(s);
  return status;
}

void scalar_free(struct scalar *s)
{
  if (!s) return;
  for (size_t i = 0; i < s->p->arrays.len; i++) {
    if (s->stores && s->p->arrays.data[i].kind == ARRAY_COMPUTED) numbers_free(&s->stores[i]);
    if (s->written) mem_free(s->written[i]);
  }
  mem_free(s->stores);
  mem_free(s->written);
  mem_free(s->values);
  VEC_FREE(&s->accidents);
  mem_free(s);
}

const struct numbers *scalar_array(const struct scalar *s, int array)
{
  return &s->stores[array];
}

struct accident scalar_accident(const struct scalar *s, int32_t where)
{
  return where >= 0 && (size_t)where < s->accidents.len ? s->accidents.data[where] : s->not_real;
}

/* ---- operations ---- */

static struct number argument(const struct scalar *s, int32_t v)
{
  return v >= 0 ? s->values[v] : (struct number){0};
}

/* An exact value that is no number, and a note of the place. */
static enum status add_accident(const struct at *at, struct scalar *s, const struct op *op,
                                enum arithmetic why, struct number *out)
{
  static const enum rational_result reason[] = {[ARITHMETIC_DIVISION_BY_ZERO] =
                                                    RATIONAL_DIVISION_BY_ZERO,
                                                [ARITHMETIC_IRRATIONAL] = RATIONAL_IRRATIONAL,
                                                [ARITHMETIC_TOO_LARGE] = RATIONAL_TOO_LARGE};
  struct accident a = {why, op->code, op->loc, at->number, at->position};
  if (s->field == FIELD_COMPLEX) {
    if (s->not_real.why == ARITHMETIC_OK) s->not_real = a;
    *out = (struct number){.re = NAN, .im = NAN};
    return STATUS_OK;
  }
  int32_t where = (int32_t)s->accidents.len;
  if (where == INT32_MAX || !VEC_PUSH(&s->accidents, a) ||
      rational_fault(reason[why], where, &out->exact) != RATIONAL_OK)
    return diag_no_memory(at->ctx);
  return STATUS_OK;
}

static enum status read_element(const struct at *at, const struct scalar *s, const struct op *op,
                                struct number *out)
{
  const struct read *r = &at->kernel->reads.data[op->a];
  int64_t offset = map_offset(s->p, &r->map, at->position, at->index, at->ndim);
  if (r->array >= 0) {
    *out = numbers_get(&s->stores[r->array], offset);
    rational_keep(out->exact);
  } else {
    *out = (struct number){.re = (double)offset};
    if (s->field == FIELD_EXACT && rational_of_int(offset, &out->exact) != RATIONAL_OK)
      return diag_no_memory(at->ctx);
  }
  return STATUS_OK;
}

static enum status run_op(const struct at *at, struct scalar *s, const struct op *op,
                          struct number *out)
{
  if (op->code == OP_READ) return read_element(at, s, op, out);
  if (op->code == OP_CONST && op->literal) {
    *out = s->p->literals.data[op->literal - 1];
    rational_keep(out->exact);
    return STATUS_OK;
  }
  struct number a = argument(s, op->a), b = argument(s, op->b), c = argument(s, op->c);
  enum arithmetic result = number_op(s->field, op->code, &a, &b, &c, op->value, out);
  if (result == ARITHMETIC_OK) return STATUS_OK;
  return result == ARITHMETIC_NO_MEMORY ? diag_no_memory(at->ctx)
                                        : add_accident(at, s, op, result, out);
}

/* ---- outputs ---- */

static enum status add(const struct at *at, struct scalar *s, struct numbers *to, int64_t offset,
                       const struct number *v)
{
  struct number old = numbers_get(to, offset), sum = {0};
  struct op plus = {.code = OP_ADD, .loc = at->kernel->loc};
  enum arithmetic result = number_op(s->field, OP_ADD, &old, v, NULL, 0, &sum);
  if (result == ARITHMETIC_NO_MEMORY) return diag_no_memory(at->ctx);
  if (result != ARITHMETIC_OK) TRY(add_accident(at, s, &plus, result, &sum));
  numbers_set(to, offset, &sum);
  rational_drop(sum.exact);
  return STATUS_OK;
}

static bool is_nothing(const struct number *v)
{
  int32_t where;
  return v->exact && rational_is_fault(v->exact, NULL, &where) && where == NOTHING;
}

static enum status compete(const struct at *at, struct scalar *s, const struct output *o,
                           int64_t offset, const struct number *v)
{
  struct number best = numbers_get(&s->stores[o->array], offset);
  char *written = &s->written[o->array][offset];
  if (is_nothing(v) || (*written && !number_beats(s->field, o->mode, v, &best))) return STATUS_OK;
  *written = 1;
  struct number kept = *v;
  kept.im = 0;
  numbers_set(&s->stores[o->array], offset, &kept);
  if (o->winner >= 0 && !numbers_set_real(&s->stores[o->winner], offset, (double)at->position))
    return diag_no_memory(at->ctx);
  return STATUS_OK;
}

static enum status put(const struct at *at, struct scalar *s, const struct output *o)
{
  int64_t offset = map_offset(s->p, &o->map, at->position, at->index, at->ndim);
  const struct number *v = &s->values[o->value];
  switch (o->mode) {
  case OUTPUT_SET: numbers_set(&s->stores[o->array], offset, v); return STATUS_OK;
  case OUTPUT_ADD: return add(at, s, &s->stores[o->array], offset, v);
  case OUTPUT_MIN:
  case OUTPUT_MAX: break;
  }
  return compete(at, s, o, offset, v);
}

/* ---- control ---- */

static enum status run_iteration(const struct at *at, struct scalar *s)
{
  const struct kernel *k = at->kernel;
  enum status status = STATUS_OK;
  size_t done = 0;
  for (; done < k->ops.len && status == STATUS_OK; done++) {
    s->values[done] = (struct number){0};
    status = run_op(at, s, &k->ops.data[done], &s->values[done]);
  }
  for (size_t j = 0; j < k->outputs.len && status == STATUS_OK; j++)
    status = put(at, s, &k->outputs.data[j]);
  for (size_t i = 0; s->field == FIELD_EXACT && i < done; i++) rational_drop(s->values[i].exact);
  return status;
}

static enum status run_kernel(struct context *ctx, struct scalar *s, int number, int64_t begin,
                              int64_t end)
{
  const struct kernel *k = &s->p->kernels.data[number];
  const struct domain *d = &s->p->domains.data[k->domain];
  struct at at = {.ctx = ctx, .kernel = k, .number = number, .ndim = d->ndim};
  for (int64_t i = begin; i < end; i++) {
    at.position = k->order < 0 ? begin + end - 1 - i : i;
    domain_indices(d, at.position, at.index);
    TRY(run_iteration(&at, s));
  }
  return STATUS_OK;
}

static bool is_lane(const struct program *p, const struct kernel *k)
{
  return k->outputs.len > 0 && p->arrays.data[k->outputs.data[0].array].lane;
}

static enum status run_group(struct context *ctx, struct scalar *s, const struct group *g,
                             bool lane)
{
  int64_t count = group_outer_count(s->p, g);
  for (int64_t o = 0; o < count; o++)
    for (int i = g->first; i < g->first + g->count; i++) {
      const struct kernel *k = &s->p->kernels.data[i];
      int64_t begin, end;
      if (is_lane(s->p, k) != lane) continue;
      domain_slab(&s->p->domains.data[k->domain], g->nouter, g->reverse ? count - 1 - o : o, &begin,
                  &end);
      TRY(run_kernel(ctx, s, i, begin, end));
    }
  return STATUS_OK;
}

static enum status fill(struct context *ctx, struct scalar *s, size_t array)
{
  double v = s->p->arrays.data[array].fill;
  struct numbers *to = &s->stores[array];
  struct number nothing = {0};
  numbers_zero(to);
  if (s->written[array]) memset(s->written[array], 0, (size_t)to->count);
  if (v == 0) return STATUS_OK;
  if (s->field == FIELD_EXACT && isinf(v) &&
      rational_fault(RATIONAL_IRRATIONAL, NOTHING, &nothing.exact) != RATIONAL_OK)
    return diag_no_memory(ctx);
  bool ok = true;
  for (int64_t i = 0; ok && i < to->count; i++) {
    if (nothing.exact)
      numbers_set(to, i, &nothing);
    else
      ok = numbers_set_real(to, i, v);
  }
  rational_drop(nothing.exact);
  return ok ? STATUS_OK : diag_no_memory(ctx);
}

static enum status run(struct context *ctx, struct scalar *s, bool lane)
{
  for (size_t i = 0; i < s->p->arrays.len; i++) {
    const struct array *a = &s->p->arrays.data[i];
    if (a->kind == ARRAY_COMPUTED && a->lane == lane) TRY(fill(ctx, s, i));
  }
  for (size_t i = 0; i < s->p->groups.len; i++) TRY(run_group(ctx, s, &s->p->groups.data[i], lane));
  return STATUS_OK;
}

/* The parts of v become the arrays of a kind. */
static void attach(struct scalar *s, enum array_kind kind, const struct numbers *v)
{
  for (size_t i = 0; i < s->p->arrays.len; i++) {
    const struct array *a = &s->p->arrays.data[i];
    if (a->kind == kind) s->stores[i] = numbers_view(v, a->offset, a->size);
  }
}

enum status scalar_run_uniform(struct context *ctx, struct scalar *s, const struct numbers *x)
{
  s->accidents.len = 0;
  s->not_real = (struct accident){0};
  attach(s, ARRAY_VARIABLE, x);
  return run(ctx, s, false);
}

enum status scalar_run_lane(struct context *ctx, struct scalar *s, const struct numbers *v)
{
  attach(s, ARRAY_SEED, v);
  return run(ctx, s, true);
}
