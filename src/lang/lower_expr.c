/* Scalar expressions to operations.  Recursion is bounded by the tree's height and EXPANSION_MAX.
 */
#include "config.h"

#include "lang/lowering.h"

#include <math.h>

#include "program/complex.h"

static struct value unknown(int32_t id)
{
  return (struct value){.id = id};
}

/* Literals of other kinds that are looked through for an equal one. */
enum { LITERALS_LOOK = 64 };

/* The number of a literal of the program, which is added if it is none yet; -1: no memory. */
static int literal_number(struct frame *f, const struct number *x)
{
  struct program *p = f->e->program;
  size_t len = p->literals.len, first = len > LITERALS_LOOK ? len - LITERALS_LOOK : 0;
  for (size_t i = first; i < len; i++)
    if (number_equal(f->e->field, &p->literals.data[i], x)) return (int)i;
  if (len >= INT32_MAX - 1 || !VEC_PUSH(&p->literals, *x)) return -1;
  rational_keep(x->exact);
  return (int)len;
}

struct value lower_number(struct frame *f, const struct number *number)
{
  double near = number_nearest(f->e->field, number);
  struct value v = {.known = true, .number = *number};
  if (number_is_double(f->e->field, number)) {
    v.id = body_const(&f->body, near);
    return v;
  }
  int literal = literal_number(f, number);
  if (literal < 0)
    frame_fail(f, diag_no_memory(f->e->ctx));
  else
    v.id = body_literal(&f->body, literal, near);
  return v;
}

struct value lower_known(struct frame *f, double number)
{
  struct value v = {.id = body_const(&f->body, number), .known = true};
  enum status status = number_of_double(f->e, number, &v.number);
  if (status != STATUS_OK) frame_fail(f, status);
  return v;
}

bool value_is_true(const struct frame *f, struct value v)
{
  return number_is_true(f->e->field, &v.number);
}

bool value_is_zero(const struct frame *f, struct value v)
{
  return v.known && !value_is_true(f, v);
}

/* Keeps what number_op has made of known arguments; without a result the value is not known, and
 * the evaluation will tell what is wrong with it. */
static void know(struct frame *f, struct value *v, enum arithmetic result)
{
  v->known = result == ARITHMETIC_OK;
  enum status status = result == ARITHMETIC_NO_MEMORY ? diag_no_memory(f->e->ctx)
                       : v->known                     ? number_hold(f->e, &v->number)
                                                      : STATUS_OK;
  if (status != STATUS_OK) frame_fail(f, status);
}

/* A product with a known 0 is 0, whatever the other factor. */
struct value lower_op(struct frame *f, enum op_code code, struct value a, struct value b)
{
  bool two = op_table[code].arity > 1;
  bool zero = (code == OP_MUL && (value_is_zero(f, a) || value_is_zero(f, b))) ||
              (code == OP_DIV && value_is_zero(f, a) && !value_is_zero(f, b));
  if (zero) return lower_known(f, 0);
  struct value v =
      unknown(two ? body_op2(&f->body, code, a.id, b.id) : body_op1(&f->body, code, a.id));
  if (a.known && (!two || b.known))
    know(f, &v, number_op(f->e->field, code, &a.number, &b.number, NULL, 0, &v.number));
  return v;
}

struct value lower_power(struct frame *f, struct value base, struct value exponent)
{
  double k;
  if (!exponent.known || !number_is_whole(f->e->field, &exponent.number, &k) || fabs(k) >= 0x1p30)
    return lower_op(f, OP_POW, base, exponent);
  if (k == 0) return lower_known(f, 1);
  struct value v = unknown(body_powi(&f->body, base.id, (int)k));
  if (base.known)
    know(f, &v, number_op(f->e->field, OP_POWI, &base.number, NULL, NULL, k, &v.number));
  return v;
}

static struct value select_value(struct frame *f, struct value c, struct value a, struct value b)
{
  if (c.known) return value_is_true(f, c) ? a : b;
  return unknown(body_op3(&f->body, OP_SELECT, c.id, a.id, b.id));
}

void lower_check_complex(struct frame *f, const struct expr *x, enum op_code code)
{
  struct elab *e = f->e;
  if (e->field != FIELD_COMPLEX || e->unneeded) return;
  if (op_is_holomorphic(code) || frame_stopped(f)) return;
  if (!expr_is_data(e, x))
    frame_fail(f, FAIL(e->ctx, NOT_HOLOMORPHIC, x->loc, operator_name(code)));
}

static struct value lower_literal(struct frame *f, const struct expr *x)
{
  struct number number;
  enum status status = number_of_literal(f->e, x, &number);
  if (status == STATUS_OK) return lower_number(f, &number);
  frame_fail(f, status);
  return unknown(0);
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
  lower_check_complex(f, x, OP_LT);
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
    if (all.known && value_is_true(f, all) == is_or) return all;
    struct value c = lower_condition(f, x->args[i]);
    if (c.known && value_is_true(f, c) == is_or) return c;
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
  case EXPR_NUMBER: return lower_literal(f, x);
  case EXPR_COMPARE: return lower_comparison(f, x);
  case EXPR_AND: return lower_logical(f, x, false);
  case EXPR_OR: return lower_logical(f, x, true);
  case EXPR_NOT: return lower_op(f, OP_NOT, lower_condition(f, x->args[0]), unknown(0));
  case EXPR_IF: {
    struct value c = lower_condition(f, x->args[0]);
    if (c.known) return lower_condition(f, x->args[value_is_true(f, c) ? 1 : 2]);
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
  struct number number;
};

static enum status emit_stored(struct frame *f, void *user)
{
  struct storing *s = user;
  struct output out = {.array = s->array, .mode = OUTPUT_SET, .winner = -1};
  struct value v = lower_expr(f, s->x);
  if (frame_stopped(f)) return f->body.status;
  bool first = s->bodies++ == 0;
  s->known = v.known && (first || (s->known && number_equal(f->e->field, &s->number, &v.number)));
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
  return b->constant ? lower_number(f, &b->known_value)
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
    v.number = numbers_get(&s->data, 0);
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
  lower_check_complex(f, x, first);
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
  lower_check_complex(f, x, x->op);
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
    default:
      lower_check_complex(f, x, OP_MOD);
      all = lower_op(f, OP_MOD, all, v);
      break;
    }
  }
  return all;
}

static struct value lower_if(struct frame *f, const struct expr *x)
{
  struct value c = lower_condition(f, x->args[0]);
  if (c.known) return lower_expr(f, x->args[value_is_true(f, c) ? 1 : 2]);
  struct value a = lower_expr(f, x->args[1]), b = lower_expr(f, x->args[2]);
  f->body.loc = x->loc;
  return select_value(f, c, a, b);
}

static struct value lower_size(struct frame *f, const struct expr *x)
{
  double v = 0;
  enum status status = data_size(f->e, x, &v);
  if (status != STATUS_OK) frame_fail(f, status);
  return lower_known(f, v);
}

static struct value lower_below(struct frame *f, const struct expr *x)
{
  f->body.loc = x->loc;
  switch (x->kind) {
  case EXPR_NUMBER: return lower_literal(f, x);
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
