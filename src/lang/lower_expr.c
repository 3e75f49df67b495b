/* Scalar expressions to operations.  Recursion is bounded by the tree's height and EXPANSION_MAX.
 */
#include "config.h"

#include "lang/lowering.h"

#include <math.h>

#include "program/value.h"

static struct value unknown(int32_t id)
{
  return (struct value){.id = id};
}

struct value lower_known(struct frame *f, double number)
{
  return (struct value){body_const(&f->body, number), true, number};
}

/* Whether the value is known to be 0: then it wins over everything in a product. */
static bool is_zero(struct value v)
{
  return v.known && v.number == 0;
}

struct value lower_op(struct frame *f, enum op_code code, struct value a, struct value b)
{
  bool zero = (code == OP_MUL && (is_zero(a) || is_zero(b))) ||
              (code == OP_DIV && is_zero(a) && !is_zero(b));
  if (zero) return lower_known(f, 0);
  struct value v = unknown(op_table[code].arity == 1 ? body_op1(&f->body, code, a.id)
                                                     : body_op2(&f->body, code, a.id, b.id));
  v.known = a.known && (op_table[code].arity == 1 || b.known);
  if (v.known) v.number = op_value(code, a.number, b.number, 0, 0);
  return v;
}

struct value lower_power(struct frame *f, struct value base, struct value exponent)
{
  double k = exponent.number;
  if (!exponent.known || k != trunc(k) || fabs(k) >= 0x1p30)
    return lower_op(f, OP_POW, base, exponent);
  if (k == 0) return lower_known(f, 1);
  struct value v = unknown(body_powi(&f->body, base.id, (int)k));
  v.known = base.known;
  if (v.known) v.number = op_value(OP_POWI, base.number, 0, 0, k);
  return v;
}

static struct value select_value(struct frame *f, struct value c, struct value a, struct value b)
{
  if (c.known) return c.number != 0 ? a : b;
  return unknown(body_op3(&f->body, OP_SELECT, c.id, a.id, b.id));
}

/* ---- conditions ---- */

static struct value decide(struct frame *f, const struct expr *x)
{
  enum verdict verdict = VERDICT_FALSE;
  if (!frame_stopped(f)) {
    struct pieces pieces;
    enum status status = nest_decide(f->e, x, f->domain, frame_single(f), &verdict, &pieces);
    if (status != STATUS_OK) {
      frame_fail(f, status);
    } else if (verdict == VERDICT_SPLIT) {
      f->split = true;
      f->pieces = pieces;
      f->body.status = STATUS_BUG; /* stops the body; frame_run starts again */
    }
  }
  return lower_known(f, verdict == VERDICT_TRUE);
}

static struct value lower_comparison(struct frame *f, const struct expr *x)
{
  if (expr_is_data(f->e, x)) return decide(f, x);
  struct value a = lower_expr(f, x->args[0]), b = lower_expr(f, x->args[1]);
  f->body.loc = x->loc;
  switch (x->signs[0]) {
  case '<': return lower_op(f, OP_LT, a, b);
  case '>': return lower_op(f, OP_LT, b, a);
  case 'l': return lower_op(f, OP_LE, a, b);
  case 'g': return lower_op(f, OP_LE, b, a);
  case '=': return lower_op(f, OP_EQ, a, b);
  default: return lower_op(f, OP_NE, a, b);
  }
}

/* A chain of `and` or `or`: a constant that decides it leaves no trace of the others. */
static struct value lower_logical(struct frame *f, const struct expr *x, bool is_or)
{
  struct value all = lower_condition(f, x->args[0]);
  for (int i = 1; i < x->nargs; i++) {
    if (all.known && (all.number != 0) == is_or) return all;
    struct value c = lower_condition(f, x->args[i]);
    if (c.known && (c.number != 0) == is_or) return c;
    if (all.known)
      all = c;
    else if (!c.known)
      all = unknown(body_op2(&f->body, is_or ? OP_OR : OP_AND, all.id, c.id));
  }
  return all;
}

struct value lower_condition(struct frame *f, const struct expr *x)
{
  if (frame_stopped(f)) return unknown(0);
  switch (x->kind) {
  case EXPR_NUMBER: return lower_known(f, x->value);
  case EXPR_COMPARE: return lower_comparison(f, x);
  case EXPR_AND: return lower_logical(f, x, false);
  case EXPR_OR: return lower_logical(f, x, true);
  case EXPR_NOT: return lower_op(f, OP_NOT, lower_condition(f, x->args[0]), unknown(0));
  case EXPR_IF: {
    struct value c = lower_condition(f, x->args[0]);
    if (c.known) return lower_condition(f, x->args[c.number != 0 ? 1 : 2]);
    struct value a = lower_condition(f, x->args[1]), b = lower_condition(f, x->args[2]);
    return select_value(f, c, a, b);
  }
  default: return lower_expr(f, x);
  }
}

/* ---- names ---- */

static bool is_light(const struct expr *x)
{
  return x->kind == EXPR_NUMBER || x->kind == EXPR_NAME || x->kind == EXPR_INDEX;
}

struct storing {
  const struct expr *x;
  int array;
  int bodies;
  bool known; /* in all bodies, with the same value */
  double number;
};

static enum status emit_stored(struct frame *f, void *user)
{
  struct storing *s = user;
  struct output out = {.array = s->array, .mode = OUTPUT_SET, .winner = -1};
  struct value v = lower_expr(f, s->x);
  if (frame_stopped(f)) return f->body.status;
  bool first = s->bodies++ == 0;
  s->known = v.known && (first || (s->known && s->number == v.number));
  s->number = v.number;
  out.value = v.id;
  TRY(nest_position(f->e, f->domain, f->full, &out.map));
  body_output(&f->body, out);
  return frame_finish(f);
}

/* An expression of an enclosing nest, used inside a deeper one: computed there once, into an array.
 */
static enum status store(struct frame *f, size_t slot)
{
  struct elab *e = f->e;
  const struct frame *home = e->scope.data[slot].frame;
  struct storing s = {.x = e->scope.data[slot].expr};
  struct frame g = {.e = e, .ndims = home->ndims, .full = home->domain, .sequence = home->sequence};
  int ndims = e->ndims;
  s.array = frame_array(f, e->scope.data[slot].binder->name,
                        e->program->domains.data[home->domain].count, 0);
  if (s.array < 0) return f->body.status;
  e->ndims = home->ndims;
  enum status status = frame_run(&g, emit_stored, &s);
  e->ndims = ndims;
  struct binding *b = &e->scope.data[slot];
  b->array = s.array;
  b->constant = s.known;
  b->known_value = s.number;
  return status;
}

static struct value lower_stored(struct frame *f, size_t slot)
{
  struct elab *e = f->e;
  struct map map;
  enum status status = STATUS_OK;
  int home = e->scope.data[slot].frame->domain;
  if (e->scope.data[slot].array < 0) status = store(f, slot);
  if (status == STATUS_OK) status = nest_position(e, f->domain, home, &map);
  if (status != STATUS_OK) {
    frame_fail(f, status);
    return unknown(0);
  }
  const struct binding *b = &e->scope.data[slot];
  return b->constant ? lower_known(f, b->known_value)
                     : unknown(body_read(&f->body, b->array, &map));
}

static struct value lower_binder(struct frame *f, const struct expr *x)
{
  struct elab *e = f->e;
  size_t slot = (size_t)x->binder->slot;
  struct binding b = e->scope.data[slot];
  if (b.kind == BIND_INDEX) return lower_form(f, &b.form);
  if (b.kind == BIND_VALUE) {
    struct map map;
    enum status status = form_map(e, &b.form, f->domain, &map);
    if (status != STATUS_OK) frame_fail(f, status);
    return unknown(frame_stopped(f) ? 0 : body_read(&f->body, b.symbol->array, &map));
  }
  if (b.body == f->serial) return (struct value){b.value, b.known, b.known_value};
  if (b.frame && b.frame->ndims < f->ndims && !is_light(b.expr) && !expr_is_data(e, b.expr))
    return lower_stored(f, slot);
  struct value v = lower_expr(f, b.expr);
  struct binding *again = &e->scope.data[slot]; /* the scope may have moved */
  again->body = f->serial;
  again->value = v.id;
  again->known = v.known;
  again->known_value = v.number;
  return v;
}

static struct value lower_name(struct frame *f, const struct expr *x)
{
  if (x->binder) return lower_binder(f, x);
  struct value v = lower_read(f, x);
  const struct symbol *s = symbol_of(f->e, x->decl);
  if (x->decl->kind == DECL_PARAM && x->decl->ndim == 0) {
    v.known = true;
    v.number = s->data[0];
  } else if (x->decl->kind == DECL_LET && s->known) {
    v.known = true;
    v.number = s->known_value;
  }
  return v;
}

/* ---- calls ---- */

static struct value lower_def(struct frame *f, const struct expr *x)
{
  struct elab *e = f->e;
  const struct decl *d = x->decl;
  size_t pushed = 0;
  enum status status = STATUS_OK;
  for (int i = 0; i < d->nparams && status == STATUS_OK; i++) {
    struct binding b = {.kind = BIND_EXPR, .expr = x->args[i], .frame = f};
    status = scope_push(e, d->params[i], b);
    pushed += status == STATUS_OK;
  }
  struct value v = unknown(0);
  if (status == STATUS_OK)
    v = lower_expr(f, d->body);
  else
    frame_fail(f, status);
  scope_pop(e, pushed);
  return v;
}

/* min or max of scalars: the first operand wins ties. */
static struct value lower_extremum(struct frame *f, const struct expr *x)
{
  enum op_code first = x->builtin == BUILTIN_MIN ? OP_MIN_FIRST : OP_MAX_FIRST;
  struct value best = lower_expr(f, x->args[0]);
  for (int i = 1; i < x->nargs; i++) {
    struct value v = lower_expr(f, x->args[i]);
    f->body.loc = x->loc;
    best = select_value(f, lower_op(f, first, best, v), best, v);
  }
  return best;
}

static struct value lower_call(struct frame *f, const struct expr *x)
{
  if (x->decl) return lower_def(f, x);
  if (x->builtin && x->args[0]->is_array) return lower_array_call(f, x);
  if (x->builtin == BUILTIN_MIN || x->builtin == BUILTIN_MAX) return lower_extremum(f, x);
  struct value a = lower_expr(f, x->args[0]);
  struct value b = x->nargs > 1 ? lower_expr(f, x->args[1]) : unknown(0);
  f->body.loc = x->loc;
  return x->op == OP_POW ? lower_power(f, a, b) : lower_op(f, x->op, a, b);
}

/* ---- chains ---- */

static struct value lower_chain(struct frame *f, const struct expr *x)
{
  struct value all = lower_expr(f, x->args[0]);
  for (int i = 1; i < x->nargs && !frame_stopped(f); i++) {
    struct value v = lower_expr(f, x->args[i]);
    f->body.loc = x->loc;
    switch (x->signs[i]) {
    case '+': all = lower_op(f, OP_ADD, all, v); break;
    case '-': all = lower_op(f, OP_SUB, all, v); break;
    case '*': all = lower_op(f, OP_MUL, all, v); break;
    case '/': all = lower_op(f, OP_DIV, all, v); break;
    default: all = lower_op(f, OP_MOD, all, v); break;
    }
  }
  return all;
}

static struct value lower_if(struct frame *f, const struct expr *x)
{
  struct value c = lower_condition(f, x->args[0]);
  if (c.known) return lower_expr(f, x->args[c.number != 0 ? 1 : 2]);
  struct value a = lower_expr(f, x->args[1]), b = lower_expr(f, x->args[2]);
  f->body.loc = x->loc;
  return select_value(f, c, a, b);
}

static struct value lower_size(struct frame *f, const struct expr *x)
{
  double v = 0;
  enum status status = data_value(f->e, x, &v);
  if (status != STATUS_OK) frame_fail(f, status);
  return lower_known(f, v);
}

static struct value lower_below(struct frame *f, const struct expr *x)
{
  f->body.loc = x->loc;
  switch (x->kind) {
  case EXPR_NUMBER: return lower_known(f, x->value);
  case EXPR_NAME: return lower_name(f, x);
  case EXPR_INDEX: return lower_read(f, x);
  case EXPR_CALL: return lower_call(f, x);
  case EXPR_SIZE: return lower_size(f, x);
  case EXPR_NEG: return lower_op(f, OP_NEG, lower_expr(f, x->args[0]), unknown(0));
  case EXPR_ADD:
  case EXPR_MUL: return lower_chain(f, x);
  case EXPR_POW: {
    struct value base = lower_expr(f, x->args[0]), exponent = lower_expr(f, x->args[1]);
    f->body.loc = x->loc;
    return lower_power(f, base, exponent);
  }
  case EXPR_IF: return lower_if(f, x);
  case EXPR_REDUCTION: return lower_reduction(f, x);
  case EXPR_COMPARE:
  case EXPR_NOT:
  case EXPR_AND:
  case EXPR_OR: return lower_condition(f, x);
  case EXPR_ARRAY:
  case EXPR_READ: break;
  }
  frame_fail(f, FAIL(f->e->ctx, BUG, x->loc, "an expression without a value"));
  return unknown(0);
}

struct value lower_expr(struct frame *f, const struct expr *x)
{
  if (frame_stopped(f)) return unknown(0);
  if (++f->e->depth > EXPANSION_MAX) {
    frame_fail(f, FAIL(f->e->ctx, EXPANSION_TOO_DEEP, x->loc, EXPANSION_MAX));
    return unknown(0);
  }
  if (++f->expanded > EXPANDED_MAX) {
    frame_fail(f, FAIL(f->e->ctx, EXPANSION_TOO_LONG, x->loc, EXPANDED_MAX));
    return unknown(0);
  }
  struct value v = lower_below(f, x);
  f->e->depth--;
  return v;
}
