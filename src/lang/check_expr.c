#include "config.h"

#include "lang/check.h"

#include <math.h>
#include <string.h>

static enum status check(struct checker *c, struct expr *e);

/* The node takes over from a part of it. */
static void include(struct expr *e, const struct expr *part, int levels)
{
  e->is_data = e->is_data && part->is_data;
  e->is_fixed = e->is_fixed && part->is_fixed;
  if (part->height + levels > e->height) e->height = part->height + levels;
}

static enum status check_height(struct checker *c, const struct expr *e)
{
  if (e->height <= NESTING_MAX) return STATUS_OK;
  return FAIL(c->ctx, NESTING, e->loc, (int)NESTING_MAX);
}

enum status check_number_or_array(struct checker *c, struct expr *e)
{
  TRY(check(c, e));
  return e->is_condition ? FAIL(c->ctx, CONDITION_AS_NUMBER, e->loc) : STATUS_OK;
}

enum status check_scalar(struct checker *c, struct expr *e)
{
  TRY(check(c, e));
  if (!e->is_array) return STATUS_OK;
  enum status status = FAIL(c->ctx, ARRAY_AS_SCALAR, e->loc, e->name);
  diag_note(c->ctx, e->decl->loc, "'%s' is declared here, with %d dimension%s", e->name,
            e->decl->ndim, e->decl->ndim == 1 ? "" : "s");
  return status;
}

enum status check_number(struct checker *c, struct expr *e)
{
  TRY(check_scalar(c, e));
  return e->is_condition ? FAIL(c->ctx, CONDITION_AS_NUMBER, e->loc) : STATUS_OK;
}

enum status check_condition(struct checker *c, struct expr *e)
{
  TRY(check_scalar(c, e));
  return e->is_condition ? STATUS_OK : FAIL(c->ctx, NUMBER_AS_CONDITION, e->loc);
}

/* What must be data */

static const struct expr *find_unfixed(const struct expr *e);

static const struct expr *find_in_ranges(const struct expr *e)
{
  for (int i = 0; i < e->nranges; i++) {
    const struct range *r = e->ranges[i];
    const struct expr *parts[] = {r->lo, r->hi, r->by, r->row};
    for (size_t k = 0; k < sizeof parts / sizeof *parts; k++)
      if (parts[k] && !parts[k]->is_fixed) return find_unfixed(parts[k]);
  }
  return NULL;
}

/* The innermost part that is not data. */
static const struct expr *find_unfixed(const struct expr *e)
{
  for (int i = 0; i < e->nargs; i++)
    if (!e->args[i]->is_fixed) return find_unfixed(e->args[i]);
  const struct expr *in_ranges = find_in_ranges(e);
  if (in_ranges) return in_ranges;
  if (e->filter && !e->filter->is_fixed) return find_unfixed(e->filter);
  return e;
}

/* The parameters of the def that e is in must be given data. */
static void mark_parameters(struct expr *e)
{
  if (e->kind == EXPR_NAME && e->binder && e->binder->kind == BINDER_DEF)
    e->binder->needs_data = true;
  for (int i = 0; i < e->nargs; i++) mark_parameters(e->args[i]);
  for (int i = 0; i < e->nranges; i++) {
    struct expr *parts[] = {e->ranges[i]->lo, e->ranges[i]->hi, e->ranges[i]->by,
                            e->ranges[i]->row};
    for (size_t k = 0; k < sizeof parts / sizeof *parts; k++)
      if (parts[k]) mark_parameters(parts[k]);
  }
  if (e->filter) mark_parameters(e->filter);
}

static const char *describe(const struct expr *e)
{
  if (e->binder) return "a let";
  switch (e->decl->kind) {
  case DECL_VAR: return "a variable";
  case DECL_AUX: return "an aux";
  case DECL_DEF: return "a def that uses variables or lets";
  default: return "a let";
  }
}

enum status require_fixed(struct checker *c, struct expr *e, const char *what)
{
  if (e->is_fixed) {
    if (c->stmt && c->stmt->kind == STMT_DEF) mark_parameters(e);
    return STATUS_OK;
  }
  const struct expr *culprit = find_unfixed(e);
  return FAIL(c->ctx, NOT_DATA, culprit->loc, what, culprit->name, describe(culprit));
}

enum status check_fixed(struct checker *c, struct expr *e, const char *what)
{
  TRY(check_number(c, e));
  return require_fixed(c, e, what);
}

/* Names */

static enum status check_declared(struct checker *c, struct expr *e, struct name *n)
{
  struct decl *d = n->decl;
  if (d->kind == DECL_AUX && c->stmt->kind != STMT_AUX)
    return FAIL(c->ctx, AUX_READ, e->name_loc, e->name);
  e->decl = d;
  e->is_data = d->kind == DECL_PARAM || (d->kind == DECL_LET && d->is_data && !n->clauses_left);
  e->is_fixed = d->kind == DECL_PARAM;
  return STATUS_OK;
}

static enum status check_name(struct checker *c, struct expr *e)
{
  struct name *n;
  TRY(resolve_use(c, e->name, e->name_loc, &n));
  if (n->binder) {
    e->binder = n->binder;
    n->binder->is_read = true;
    e->is_data = n->binder->is_data;
    e->is_fixed = n->binder->kind != BINDER_LOCAL;
    return STATUS_OK;
  }
  if (!n->decl || n->decl->kind == DECL_DEF)
    return FAIL(c->ctx, FUNCTION_AS_VALUE, e->loc, e->name, e->name);
  TRY(check_declared(c, e, n));
  e->is_array = n->decl->ndim > 0;
  return STATUS_OK;
}

static enum status fail_at_decl(struct checker *c, enum status status, const struct decl *d)
{
  diag_note(c->ctx, d->loc, "'%s' is declared here", d->name);
  return status;
}

static enum status check_rank(struct checker *c, const struct decl *d, struct loc loc, int nindex)
{
  if (nindex == d->ndim) return STATUS_OK;
  return fail_at_decl(c,
                      FAIL(c->ctx, WRONG_RANK, loc, d->name, d->ndim, d->ndim == 1 ? "" : "s",
                           nindex, nindex == 1 ? "ex" : "ices"),
                      d);
}

static enum status check_index(struct checker *c, struct expr *e)
{
  struct name *n;
  TRY(resolve_use(c, e->name, e->name_loc, &n));
  if (n->binder) return FAIL(c->ctx, SCALAR_INDEXED, e->loc, e->name);
  if (!n->decl || n->decl->kind == DECL_DEF)
    return FAIL(c->ctx, FUNCTION_INDEXED, e->loc, e->name, e->name);
  if (n->decl->ndim == 0)
    return fail_at_decl(c, FAIL(c->ctx, SCALAR_INDEXED, e->loc, e->name), n->decl);
  TRY(check_rank(c, n->decl, e->loc, e->nargs));
  TRY(check_declared(c, e, n));
  for (int i = 0; i < e->nargs; i++) {
    TRY(check_fixed(c, e->args[i], "an index"));
    include(e, e->args[i], 1);
  }
  return STATUS_OK;
}

/* size(A, k): literal k, so that wrong ones are found here. */
static enum status check_size(struct checker *c, struct expr *e)
{
  struct name *n;
  TRY(resolve_use(c, e->name, e->name_loc, &n));
  const struct decl *d = n->binder ? NULL : n->decl;
  if (!d || d->ndim == 0 || (d->kind != DECL_PARAM && d->kind != DECL_VAR))
    return FAIL(c->ctx, SIZE_ARGUMENT, e->name_loc);
  e->decl = n->decl;
  e->is_data = e->is_fixed = true;
  if (e->nargs == 0)
    return d->ndim == 1 ? STATUS_OK
                        : FAIL(c->ctx, SIZE_WHICH, e->loc, e->name, d->ndim, e->name, d->ndim);
  const struct expr *k = e->args[0];
  TRY(check_number(c, e->args[0]));
  if (k->kind != EXPR_NUMBER || !(k->value >= 1 && k->value <= d->ndim) ||
      k->value != floor(k->value))
    return FAIL(c->ctx, SIZE_DIMENSION, k->loc, e->name, d->ndim);
  include(e, k, 1);
  return STATUS_OK;
}

/* Calls */

static enum status check_array_argument(struct checker *c, const struct expr *call,
                                        struct expr *arg)
{
  if (arg->kind != EXPR_NAME) return FAIL(c->ctx, ARRAY_EXPECTED, arg->loc, call->name, call->name);
  TRY(check(c, arg));
  if (!arg->is_array && arg->kind == EXPR_NAME)
    return FAIL(c->ctx, SCALAR_REDUCED, arg->loc, arg->name, call->name, call->name);
  return arg->is_array ? STATUS_OK : FAIL(c->ctx, ARRAY_EXPECTED, arg->loc, call->name, call->name);
}

static enum status check_arity(struct checker *c, const struct expr *e, int arity)
{
  if (e->nargs == arity) return STATUS_OK;
  return FAIL(c->ctx, WRONG_ARITY, e->loc, e->name, arity, arity == 1 ? "" : "s", e->nargs);
}

static enum status check_dot(struct checker *c, struct expr *e)
{
  TRY(check_arity(c, e, 2));
  for (int i = 0; i < 2; i++) TRY(check_array_argument(c, e, e->args[i]));
  const struct decl *a = e->args[0]->decl, *b = e->args[1]->decl;
  if (a->ndim == b->ndim) return STATUS_OK;
  return FAIL(c->ctx, DOT_RANKS, e->loc, a->name, a->ndim, b->name, b->ndim);
}

static enum status check_builtin(struct checker *c, struct expr *e)
{
  bool scalars = e->nargs >= 2 && (e->builtin == BUILTIN_MIN || e->builtin == BUILTIN_MAX);
  if (scalars) {
    for (int i = 0; i < e->nargs; i++) TRY(check_number(c, e->args[i]));
  } else if (e->builtin == BUILTIN_DOT) {
    TRY(check_dot(c, e));
  } else {
    if (e->nargs > 1 && e->builtin != BUILTIN_NORM2)
      return FAIL(c->ctx, ARRAY_EXPECTED, e->loc, e->name, e->name);
    TRY(check_arity(c, e, 1));
    TRY(check_array_argument(c, e, e->args[0]));
  }
  for (int i = 0; i < e->nargs; i++) include(e, e->args[i], 1);
  return STATUS_OK;
}

static enum status check_operator(struct checker *c, struct expr *e)
{
  TRY(check_arity(c, e, op_table[e->op].arity));
  for (int i = 0; i < e->nargs; i++) {
    TRY(check_number(c, e->args[i]));
    include(e, e->args[i], 1);
  }
  return STATUS_OK;
}

static enum status check_def_call(struct checker *c, struct expr *e)
{
  const struct decl *d = e->decl;
  if (e->nargs != d->nparams) return fail_at_decl(c, check_arity(c, e, d->nparams), d);
  e->is_data = e->is_fixed = d->body->is_fixed;
  e->is_condition = d->body->is_condition;
  if (d->body->height + 1 > e->height) e->height = d->body->height + 1;
  for (int i = 0; i < e->nargs; i++) {
    TRY(check_number(c, e->args[i]));
    if (d->params[i]->needs_data) {
      enum status status = require_fixed(c, e->args[i], "this argument");
      if (status != STATUS_OK) {
        diag_note(c->ctx, d->params[i]->loc, "'%s' uses it where only data may stand", d->name);
        return status;
      }
    }
    include(e, e->args[i], 1);
  }
  return STATUS_OK;
}

static enum status check_call(struct checker *c, struct expr *e)
{
  struct name *n;
  e->is_data = e->is_fixed = true;
  TRY(resolve_call(c, e->name, e->name_loc, &n));
  if (!n->binder && n->decl && n->decl->kind == DECL_DEF) {
    e->decl = n->decl;
    return check_def_call(c, e);
  }
  if (n->binder || n->decl) {
    if (n->binder || n->decl->ndim == 0) return FAIL(c->ctx, SCALAR_CALLED, e->loc, e->name);
    return fail_at_decl(c, FAIL(c->ctx, ARRAY_CALLED, e->loc, e->name, e->name), n->decl);
  }
  e->builtin = n->builtin;
  e->op = n->op;
  if (e->builtin) return check_builtin(c, e);
  if (strcmp(e->name, "size") == 0) return FAIL(c->ctx, SIZE_ARGUMENT, e->loc);
  if (strcmp(e->name, "read") == 0) return FAIL(c->ctx, READ_ARGUMENT, e->loc);
  return check_operator(c, e);
}

/* Ranges and reductions */

static enum status check_span(struct checker *c, struct range *r, size_t begin)
{
  TRY(check_fixed(c, r->lo, "a bound of a range"));
  TRY(check_fixed(c, r->hi, "a bound of a range"));
  if (r->by) TRY(check_fixed(c, r->by, "the step of a range"));
  return resolve_push(c, r->index, begin);
}

static enum status check_entries(struct checker *c, struct range *r, size_t begin)
{
  struct name *n;
  TRY(resolve_use(c, r->name, r->name_loc, &n));
  struct decl *d = n->binder ? NULL : n->decl;
  if (!d || d->kind != DECL_PARAM || d->ndim == 0)
    return FAIL(c->ctx, ENTRIES_OF_PARAM, r->name_loc, r->name, r->name);
  r->decl = d;
  if (r->row && d->ndim != 2)
    return fail_at_decl(c, FAIL(c->ctx, ROW_OF_MATRIX, r->name_loc, r->name, d->ndim), d);
  int expected = r->row ? 2 : d->ndim + 1;
  if (r->nbinders != expected)
    return fail_at_decl(c,
                        FAIL(c->ctx, ENTRY_NAMES, r->loc, expected, r->row ? "a row of " : "",
                             r->name, r->nbinders),
                        d);
  if (r->row) TRY(check_fixed(c, r->row, "the index of a row"));
  for (int i = 0; i < r->nbinders; i++) TRY(resolve_push(c, r->binders[i], begin));
  return STATUS_OK;
}

enum status check_ranges(struct checker *c, struct range **ranges, int count)
{
  size_t begin = resolve_mark(c);
  int loops = 0;
  for (int i = 0; i < count; i++) {
    if (ranges[i]->entries)
      TRY(check_entries(c, ranges[i], begin));
    else
      TRY(check_span(c, ranges[i], begin));
    loops += ranges[i]->entries ? ranges[i]->nbinders - 1 : 1;
    if (loops > LOOP_MAX) return FAIL(c->ctx, TOO_MANY_LOOPS, ranges[i]->loc, (int)LOOP_MAX);
  }
  return STATUS_OK;
}

static void include_range(struct expr *e, const struct range *r)
{
  if (r->lo) include(e, r->lo, 1);
  if (r->hi) include(e, r->hi, 1);
  if (r->by) include(e, r->by, 1);
  if (r->row) include(e, r->row, 2);
}

static enum status check_reduction(struct checker *c, struct expr *e)
{
  struct name *n;
  size_t mark = resolve_mark(c);
  TRY(resolve_use(c, e->name, e->name_loc, &n));
  bool plain = !n->binder && n->is_function;
  if (!plain || n->builtin < BUILTIN_SUM || n->builtin > BUILTIN_LOGSUMEXP)
    return FAIL(c->ctx, NO_REDUCTION, e->name_loc, e->name);
  e->builtin = n->builtin;
  e->is_data = e->is_fixed = true;
  TRY(check_ranges(c, e->ranges, e->nranges));
  for (int i = 0; i < e->nranges; i++) include_range(e, e->ranges[i]);
  if (e->filter) {
    TRY(check_condition(c, e->filter));
    TRY(require_fixed(c, e->filter, "a filter"));
    include(e, e->filter, 1);
  }
  TRY(check_number(c, e->args[0]));
  include(e, e->args[0], 1);
  resolve_pop(c, mark);
  return STATUS_OK;
}

/* Operators */

static enum status check_numbers(struct checker *c, struct expr *e)
{
  e->is_data = e->is_fixed = true;
  for (int i = 0; i < e->nargs; i++) {
    TRY(check_number(c, e->args[i]));
    include(e, e->args[i], 1);
  }
  return STATUS_OK;
}

static enum status check_conditions(struct checker *c, struct expr *e)
{
  e->is_data = e->is_fixed = true;
  e->is_condition = true;
  for (int i = 0; i < e->nargs; i++) {
    TRY(check_condition(c, e->args[i]));
    include(e, e->args[i], 1);
  }
  return STATUS_OK;
}

static enum status check_if(struct checker *c, struct expr *e)
{
  struct expr *a = e->args[1], *b = e->args[2];
  e->is_data = e->is_fixed = true;
  TRY(check_condition(c, e->args[0]));
  TRY(check_scalar(c, a));
  TRY(check_scalar(c, b));
  if (a->is_condition != b->is_condition) return FAIL(c->ctx, BRANCHES_DIFFER, e->loc);
  e->is_condition = a->is_condition;
  for (int i = 0; i < 3; i++) include(e, e->args[i], 1);
  return STATUS_OK;
}

static enum status check_literal(struct checker *c, struct expr *e)
{
  if (e->imaginary && !c->model->imaginary) c->model->imaginary = e;
  e->is_data = e->is_fixed = true;
  e->is_condition = e->is_bool;
  return STATUS_OK;
}

static enum status check_kind(struct checker *c, struct expr *e)
{
  switch (e->kind) {
  case EXPR_NUMBER: return check_literal(c, e);
  case EXPR_NAME: return check_name(c, e);
  case EXPR_INDEX: return check_index(c, e);
  case EXPR_CALL: return check_call(c, e);
  case EXPR_SIZE: return check_size(c, e);
  case EXPR_NEG:
  case EXPR_ADD:
  case EXPR_MUL:
  case EXPR_POW: return check_numbers(c, e);
  case EXPR_COMPARE:
    TRY(check_numbers(c, e));
    e->is_condition = true;
    return STATUS_OK;
  case EXPR_NOT:
  case EXPR_AND:
  case EXPR_OR: return check_conditions(c, e);
  case EXPR_IF: return check_if(c, e);
  case EXPR_REDUCTION: return check_reduction(c, e);
  case EXPR_ARRAY: return FAIL(c->ctx, ARRAY_LITERAL, e->loc);
  case EXPR_READ:
    if (strcmp(e->name, "read") != 0) return FAIL(c->ctx, MISPLACED_STRING, e->loc);
    return FAIL(c->ctx, MISPLACED_READ, e->loc);
  }
  return FAIL(c->ctx, BUG, e->loc, "an expression of unknown kind");
}

/* The tree is no deeper than NESTING_MAX: the parser has seen to it. */
static enum status check(struct checker *c, struct expr *e)
{
  e->height = 1;
  TRY(check_kind(c, e));
  return check_height(c, e);
}
