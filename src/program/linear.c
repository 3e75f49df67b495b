/* Products of derivatives as matrices: what a kernel does with its lane reads is linear, y = C r
 * with coefficients C that are the same in all lanes.  Where a lane then has less to do, the body
 * is written in this form; the coefficients are computed once for all lanes. */
#include "config.h"

#include "program/transform.h"

#include <string.h>

struct linear {
  const struct program *p;
  const struct kernel *k;
  struct body b;
  bool *lane;
  int32_t *id;    /* of uniform operations in b */
  int32_t nreads; /* operations that are lane reads */
  int32_t *reads; /* they, in b */
  int32_t *coef;  /* operations × nreads: coefficients in b; -1: zero */
};

enum { FORM_MAX = 1 << 20 }; /* coefficients of a kernel: more are not worth their room */

static int32_t *form(const struct linear *l, size_t op)
{
  return l->coef + op * (size_t)l->nreads;
}

static bool is_zero(struct linear *l, int32_t op)
{
  return body_is_const(&l->b, l->id[op], 0);
}

static int32_t combine(struct body *b, enum op_code code, int32_t x, int32_t y)
{
  if (x >= 0 && y >= 0) return body_op2(b, code, x, y);
  if (x >= 0) return x;
  return y >= 0 && code == OP_SUB ? body_op1(b, OP_NEG, y) : y;
}

static bool sum_form(struct linear *l, const struct op *o, int32_t *to)
{
  const int32_t *x = form(l, (size_t)o->a), *y = form(l, (size_t)o->b);
  if ((!l->lane[o->a] && !is_zero(l, o->a)) || (!l->lane[o->b] && !is_zero(l, o->b))) return false;
  for (int32_t j = 0; j < l->nreads; j++) to[j] = combine(&l->b, o->code, x[j], y[j]);
  return true;
}

/* A product with, or a quotient by, something uniform. */
static bool scaled_form(struct linear *l, const struct op *o, int32_t *to)
{
  bool first = l->lane[o->a];
  if (first == l->lane[o->b] || (!first && o->code == OP_DIV)) return false;
  const int32_t *x = form(l, (size_t)(first ? o->a : o->b));
  int32_t by = l->id[first ? o->b : o->a];
  for (int32_t j = 0; j < l->nreads; j++)
    to[j] = x[j] >= 0 ? body_op2(&l->b, o->code, x[j], by) : -1;
  return true;
}

static bool select_form(struct linear *l, const struct op *o, int32_t *to)
{
  const int32_t *x = form(l, (size_t)o->b), *y = form(l, (size_t)o->c);
  if (l->lane[o->a]) return false;
  if ((!l->lane[o->b] && !is_zero(l, o->b)) || (!l->lane[o->c] && !is_zero(l, o->c))) return false;
  int32_t zero = body_const(&l->b, 0);
  for (int32_t j = 0; j < l->nreads; j++) {
    to[j] = -1;
    if (x[j] >= 0 || y[j] >= 0)
      to[j] =
          body_op3(&l->b, OP_SELECT, l->id[o->a], x[j] >= 0 ? x[j] : zero, y[j] >= 0 ? y[j] : zero);
  }
  return true;
}

static bool make_form(struct linear *l, size_t op, int32_t *next_read)
{
  const struct op *o = &l->k->ops.data[op];
  int32_t *to = form(l, op);
  switch (o->code) {
  case OP_READ: to[(*next_read)++] = body_const(&l->b, 1); return true;
  case OP_NEG:
    for (int32_t j = 0; j < l->nreads; j++)
      to[j] = combine(&l->b, OP_SUB, -1, form(l, (size_t)o->a)[j]);
    return true;
  case OP_ADD:
  case OP_SUB: return sum_form(l, o, to);
  case OP_MUL:
  case OP_DIV: return scaled_form(l, o, to);
  case OP_SELECT: return select_form(l, o, to);
  default: return false;
  }
}

static int32_t read_in(struct linear *l, const struct op *o)
{
  const struct read *r = &l->k->reads.data[o->a];
  return body_read(&l->b, r->array, &r->map);
}

/* Uniform operations as they are, the others as forms; false if one is not linear. */
static bool make_forms(struct linear *l)
{
  int32_t next_read = 0;
  for (size_t i = 0; i < l->k->ops.len && l->b.status == STATUS_OK; i++) {
    struct op o = l->k->ops.data[i];
    l->b.loc = o.loc;
    if (l->lane[i]) {
      if (!make_form(l, i, &next_read)) return false;
      continue;
    }
    if (o.code == OP_READ) {
      l->id[i] = read_in(l, &o);
      continue;
    }
    if (o.a >= 0) o.a = l->id[o.a];
    if (o.b >= 0) o.b = l->id[o.b];
    if (o.c >= 0) o.c = l->id[o.c];
    l->id[i] = body_emit(&l->b, o);
  }
  return true;
}

static void put_out(struct linear *l, struct output out)
{
  if (!l->lane[out.value]) {
    out.value = l->id[out.value];
  } else {
    const int32_t *c = form(l, (size_t)out.value);
    int32_t sum = -1;
    for (int32_t j = 0; j < l->nreads; j++)
      if (c[j] >= 0) sum = combine(&l->b, OP_ADD, sum, body_op2(&l->b, OP_MUL, c[j], l->reads[j]));
    out.value = sum >= 0 ? sum : body_const(&l->b, 0);
  }
  body_output(&l->b, out);
}

/* About the work for one direction, with `share` of what is uniform.  The sums of products of the
 * linear form run in one pass, which makes their operations cheaper. */
static double work(const struct program *p, const struct kernel *k, bool *lane, double share,
                   double each)
{
  double sum = 0;
  kernel_lanes(p, k, lane);
  for (size_t i = 0; i < k->ops.len; i++) {
    enum op_code code = k->ops.data[i].code;
    if (code != OP_READ && code != OP_CONST) sum += lane[i] ? each : share;
  }
  return sum;
}

static enum status allocate(struct linear *l, struct arena *arena)
{
  size_t nops = l->k->ops.len, cells = nops * (size_t)l->nreads;
  l->id = arena_alloc(arena, nops, sizeof *l->id);
  l->reads = arena_alloc(arena, (size_t)l->nreads, sizeof *l->reads);
  l->coef = arena_alloc(arena, cells, sizeof *l->coef);
  if (!l->id || !l->reads || !l->coef) return STATUS_LIMIT;
  memset(l->coef, -1, cells * sizeof *l->coef);
  return STATUS_OK;
}

/* *out = the kernel in linear form; *linear = false if it has none, or if that is no gain. */
static enum status rewrite(struct linear *l, struct arena *arena, double share, struct kernel *out,
                           bool *linear)
{
  *linear = false;
  if (allocate(l, arena) != STATUS_OK) {
    body_free(&l->b);
    return diag_no_memory(l->b.ctx);
  }
  if (!make_forms(l)) {
    enum status status = l->b.status;
    body_free(&l->b);
    return status;
  }
  int32_t next_read = 0;
  for (size_t i = 0; i < l->k->ops.len; i++)
    if (l->lane[i] && l->k->ops.data[i].code == OP_READ)
      l->reads[next_read++] = read_in(l, &l->k->ops.data[i]);
  for (size_t i = 0; i < l->k->outputs.len; i++) put_out(l, l->k->outputs.data[i]);
  TRY(body_take(&l->b, out));
  bool *lane = arena_alloc(arena, out->ops.len, sizeof *lane);
  if (!lane) {
    kernel_free(out);
    return diag_no_memory(l->b.ctx);
  }
  *linear = work(l->p, out, lane, share, 0.5) < work(l->p, l->k, l->lane, share, 1);
  if (!*linear) kernel_free(out);
  return STATUS_OK;
}

static enum status factor_kernel(struct context *ctx, struct program *p, struct kernel *k,
                                 double share)
{
  struct arena arena = {0};
  struct linear l = {.p = p, .k = k};
  bool linear = false;
  struct kernel better;
  enum status status = STATUS_OK;
  l.lane = arena_alloc(&arena, k->ops.len, sizeof *l.lane);
  if (!l.lane) {
    status = diag_no_memory(ctx);
    goto done;
  }
  kernel_lanes(p, k, l.lane);
  for (size_t i = 0; i < k->ops.len; i++) l.nreads += l.lane[i] && k->ops.data[i].code == OP_READ;
  if (l.nreads == 0 || k->ops.len > (size_t)(FORM_MAX / l.nreads)) goto done;
  body_init(&l.b, ctx, k->domain, k->loc);
  l.b.kernel.order = k->order;
  status = rewrite(&l, &arena, share, &better, &linear);
  if (linear) {
    kernel_free(k);
    *k = better;
  }
done:
  arena_free(&arena);
  return status;
}

enum status program_factor_lanes(struct context *ctx, struct program *p, int64_t directions)
{
  double share = directions > 1 ? 1 / (double)directions : 1;
  for (size_t i = 0; i < p->kernels.len; i++)
    TRY(factor_kernel(ctx, p, &p->kernels.data[i], share));
  return STATUS_OK;
}
