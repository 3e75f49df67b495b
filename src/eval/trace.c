#include "config.h"

#include "eval/trace.h"

#include <math.h>
#include <string.h>

struct tracer {
  const struct program *p;
  const struct trace_source *source;
  int lane;
  struct number *values; /* of the body at the current iteration */
  int64_t *last;         /* of each kernel: the position last found, where the next search begins */
  double work;           /* iterations looked at so far */
  struct culprit *out;
};

/* Searches give up after that many iterations: some seconds. */
static const double work_limit = 3e8;

/* An element of an array, and, once its writer is found, the iteration and the operation there. */
struct place {
  int array;
  int64_t offset;
  int kernel;
  int64_t position;
  int32_t value;
};

static struct number element(const struct tracer *t, int array, int64_t offset)
{
  int lane = t->p->arrays.data[array].lane ? t->lane : 0;
  struct numbers v = t->source->array(t->source->evaluator, array, lane);
  return numbers_get(&v, offset);
}

static bool is_finite(const struct number *v)
{
  return isfinite(v->re) && isfinite(v->im);
}

static struct number apply(const struct tracer *t, const struct op *op)
{
  static const struct number none;
  struct number v;
  if (op->code == OP_CONST && op->literal) return t->p->literals.data[op->literal - 1];
  enum arithmetic result =
      number_op(t->source->field, op->code, op->a >= 0 ? &t->values[op->a] : &none,
                op->b >= 0 ? &t->values[op->b] : &none, op->c >= 0 ? &t->values[op->c] : &none,
                op->value, &v);
  return result == ARITHMETIC_OK ? v : (struct number){.re = NAN};
}

static void evaluate(struct tracer *t, const struct kernel *k, int64_t position)
{
  const struct domain *d = &t->p->domains.data[k->domain];
  int64_t index[LOOP_MAX];
  struct number *v = t->values;
  domain_indices(d, position, index);
  for (size_t i = 0; i < k->ops.len; i++) {
    const struct op *op = &k->ops.data[i];
    if (op->code == OP_READ) {
      const struct read *r = &k->reads.data[op->a];
      int64_t offset = map_offset(t->p, &r->map, position, index, d->ndim);
      v[i] = r->array < 0 ? (struct number){.re = (double)offset} : element(t, r->array, offset);
    } else {
      v[i] = apply(t, op);
    }
  }
}

/* Whether output o writes the element at this position; if it accumulates, something that is not
 * finite. */
static bool hits(struct tracer *t, const struct kernel *k, const struct output *o, int64_t position,
                 int64_t offset)
{
  const struct domain *d = &t->p->domains.data[k->domain];
  int64_t index[LOOP_MAX];
  t->work++;
  domain_indices(d, position, index);
  if (map_offset(t->p, &o->map, position, index, d->ndim) != offset) return false;
  if (o->mode == OUTPUT_SET) return true;
  evaluate(t, k, position);
  return !is_finite(&t->values[o->value]);
}

/* The position at which output o writes the element, or -1.  An element that is set is set near the
 * last one found in this kernel if the path runs back through a recurrence: the search goes
 * outwards from there.  Of an accumulated one the first culprit counts. */
static int64_t search(struct tracer *t, int kernel, const struct output *o, int64_t offset)
{
  const struct kernel *k = &t->p->kernels.data[kernel];
  int64_t count = t->p->domains.data[k->domain].count;
  if (o->mode != OUTPUT_SET) {
    for (int64_t q = 0; q < count && t->work < work_limit; q++)
      if (hits(t, k, o, q, offset)) return q;
    return -1;
  }
  int64_t below = t->last[kernel], above = below + 1;
  while ((below >= 0 || above < count) && t->work < work_limit) {
    if (below >= 0 && below < count && hits(t, k, o, below, offset)) return below;
    if (above < count && hits(t, k, o, above, offset)) return above;
    below--;
    above++;
  }
  return -1;
}

static bool find_writer(struct tracer *t, struct place *at)
{
  for (int i = 0; i < (int)t->p->kernels.len; i++) {
    const struct kernel *k = &t->p->kernels.data[i];
    for (size_t j = 0; j < k->outputs.len; j++) {
      const struct output *o = &k->outputs.data[j];
      if (o->array != at->array) continue;
      int64_t position = search(t, i, o, at->offset);
      if (position < 0) continue;
      t->last[i] = position;
      at->kernel = i;
      at->position = position;
      at->value = o->value;
      return true;
    }
  }
  return false;
}

/* No contribution to an accumulated element is at fault: the sum itself overflows.  Reports the
 * first kernel that adds to it. */
static void report_sum(struct tracer *t, const struct place *at)
{
  for (size_t i = 0; i < t->p->kernels.len; i++) {
    const struct kernel *k = &t->p->kernels.data[i];
    for (size_t j = 0; j < k->outputs.len; j++)
      if (k->outputs.data[j].array == at->array && k->outputs.data[j].mode == OUTPUT_ADD) {
        *t->out = (struct culprit){.found = true,
                                   .code = OP_ADD,
                                   .loc = k->loc,
                                   .kernel = (int)i,
                                   .value = element(t, at->array, at->offset)};
        return;
      }
  }
}

static void report(struct tracer *t, const struct place *at, int32_t v)
{
  const struct kernel *k = &t->p->kernels.data[at->kernel];
  const struct domain *d = &t->p->domains.data[k->domain];
  const struct op *op = &k->ops.data[v];
  const int32_t arg[3] = {op->a, op->b, op->c};
  *t->out = (struct culprit){.found = true,
                             .code = op->code,
                             .loc = op->loc,
                             .kernel = at->kernel,
                             .ndim = d->ndim,
                             .value = t->values[v]};
  domain_indices(d, at->position, t->out->index);
  for (int i = 0; i < op_table[op->code].arity; i++)
    t->out->arg[t->out->nargs++] = t->values[arg[i]];
}

/* The first operand that is not finite; -1 if all are.  Of a select only the taken one counts. */
static int32_t bad_operand(const struct tracer *t, const struct op *op)
{
  const int32_t arg[3] = {op->a, op->b, op->c};
  if (op->code == OP_SELECT) {
    int32_t taken = number_is_true(t->source->field, &t->values[op->a]) ? op->b : op->c;
    return is_finite(&t->values[taken]) ? -1 : taken;
  }
  for (int i = 0; op->code != OP_READ && i < op_table[op->code].arity; i++)
    if (!is_finite(&t->values[arg[i]])) return arg[i];
  return -1;
}

/* Follows operands within the body at `at`; true if the path goes on at another element, which *at
 * then is. */
static bool follow(struct tracer *t, struct place *at)
{
  const struct kernel *k = &t->p->kernels.data[at->kernel];
  const struct domain *d = &t->p->domains.data[k->domain];
  int32_t v = at->value, next;
  evaluate(t, k, at->position);
  while ((next = bad_operand(t, &k->ops.data[v])) >= 0) v = next;
  const struct op *op = &k->ops.data[v];
  if (op->code == OP_READ && k->reads.data[op->a].array >= 0) {
    const struct read *r = &k->reads.data[op->a];
    if (t->p->arrays.data[r->array].kind == ARRAY_COMPUTED) {
      int64_t index[LOOP_MAX];
      domain_indices(d, at->position, index);
      at->array = r->array;
      at->offset = map_offset(t->p, &r->map, at->position, index, d->ndim);
      return true;
    }
  }
  report(t, at, v);
  return false;
}

enum status trace_nonfinite(struct context *ctx, const struct trace_source *source, int array,
                            int64_t offset, int lane, struct culprit *out)
{
  const struct program *p = source->program;
  struct place at = {.array = array, .offset = offset};
  struct arena arena = {0};
  size_t longest = 0;
  memset(out, 0, sizeof *out);
  if (p->arrays.data[array].kind != ARRAY_COMPUTED) return STATUS_OK;
  for (size_t i = 0; i < p->kernels.len; i++)
    if (p->kernels.data[i].ops.len > longest) longest = p->kernels.data[i].ops.len;
  struct tracer t = {.p = p, .source = source, .lane = lane, .out = out};
  t.values = arena_alloc(&arena, longest, sizeof *t.values);
  t.last = arena_alloc(&arena, p->kernels.len, sizeof *t.last);
  if (!t.values || !t.last) {
    arena_free(&arena);
    return diag_no_memory(ctx);
  }
  /* Every step goes to an element that was complete before, so that this ends. */
  struct number first = element(&t, array, offset);
  bool more = !is_finite(&first);
  while (more) {
    if (!find_writer(&t, &at)) {
      report_sum(&t, &at);
      break;
    }
    more = follow(&t, &at);
  }
  arena_free(&arena);
  return STATUS_OK;
}
