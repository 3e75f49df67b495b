/* Data expressions, evaluated where they stand: sizes, bounds, indices, filters, parameters,
 * default points.  Recursion is bounded by the tree's height and by EXPANSION_MAX. */
#include "config.h"

#include "lang/elab.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/number.h"
#include "lang/quantity.h"

/* ---- messages ---- */

/* Whether the form is one of the loops that are running. */
static bool is_running(const struct elab *e, const struct form *f)
{
  for (int d = e->ndims; d < LOOP_MAX; d++)
    if (f->coef[d] || (f->data && f->gather_stride[d])) return false;
  return true;
}

void note_indices(struct elab *e)
{
  struct strbuf text = {0};
  for (size_t i = 0; i < e->scope.len; i++) {
    const struct binding *b = &e->scope.data[i];
    bool ok = true;
    if (b->kind != BIND_INDEX || !is_running(e, &b->form)) continue;
    double v = form_value(e, &b->form, &ok);
    strbuf_puts(&text, text.len ? ", " : "at ");
    strbuf_puts(&text, b->binder->name);
    strbuf_puts(&text, " = ");
    strbuf_number(&text, v);
  }
  if (text.len && !text.failed) diag_note(e->ctx, NO_LOC, "%s", text.data);
  strbuf_free(&text);
}

static bool data_is_in(struct elab *e, const struct expr *x, bool scalars, int depth);

static bool data_is_in_range(struct elab *e, const struct range *r, bool scalars, int depth)
{
  return r->entries || data_is_in(e, r->lo, scalars, depth) ||
         data_is_in(e, r->hi, scalars, depth) || data_is_in(e, r->by, scalars, depth);
}

static bool data_is_in(struct elab *e, const struct expr *x, bool scalars, int depth)
{
  if (!x || depth > EXPANSION_MAX) return false;
  if (x->kind == EXPR_INDEX || x->is_array) return true;
  if (x->kind == EXPR_NAME && x->binder) {
    if (x->binder->slot == 0) return false; /* of a reduction in x, whose ranges are looked at */
    const struct binding *b = binding_of(e, x->binder);
    return b->kind == BIND_VALUE || (b->kind == BIND_INDEX && b->form.data) ||
           (b->kind == BIND_EXPR && ++e->looks <= LOOKS_MAX &&
            data_is_in(e, b->expr, scalars, depth + 1));
  }
  if (scalars && x->kind == EXPR_NAME && x->decl && symbol_of(e, x->decl)->from_input) return true;
  for (int i = 0; i < x->nranges; i++)
    if (data_is_in_range(e, x->ranges[i], scalars, depth + 1)) return true;
  for (int i = 0; i < x->nargs; i++)
    if (data_is_in(e, x->args[i], scalars, depth + 1)) return true;
  return data_is_in(e, x->filter, scalars, depth + 1);
}

/* Whether an element of a parameter array takes part in the expression (or, with `scalars`, a
 * scalar parameter that was given from outside): then a wrong value is the data's fault. */
static bool uses_data(struct elab *e, const struct expr *x, bool scalars)
{
  e->looks = 0;
  return data_is_in(e, x, scalars, 0);
}

static void print_indices(struct strbuf *out, const int64_t *index, int ndim)
{
  for (int d = 0; d < ndim; d++) {
    if (d) strbuf_puts(out, ", ");
    strbuf_int(out, index[d]);
  }
}

/* Whether the ranges that shape_print shows hold the index. */
static bool is_within(const struct shape *s, const int64_t *index)
{
  for (int d = 0; d < s->ndim; d++) {
    if (s->extent[d] == 0) return false;
    int64_t digit = index[d] - s->lo[d];
    if (digit % s->step[d] || digit / s->step[d] < 0 || digit / s->step[d] >= s->extent[d])
      return false;
  }
  return true;
}

enum status fail_bounds(struct elab *e, const struct expr *x, const struct symbol *s,
                        const int64_t *index)
{
  struct strbuf at = {0}, shape = {0};
  bool data = false, within = is_within(&s->shape, index);
  for (int i = 0; i < x->nargs; i++) data |= uses_data(e, x->args[i], false);
  if (s->shape.ndim > 1 || within) strbuf_putc(&at, '[');
  print_indices(&at, index, s->shape.ndim);
  if (s->shape.ndim > 1 || within) strbuf_putc(&at, ']');
  shape_print(&s->shape, &shape);
  const char *name = s->decl->name;
  enum status status;
  if (at.failed || shape.failed)
    status = diag_no_memory(e->ctx);
  else if (within)
    status = data ? FAIL(e->ctx, DATA_NO_ELEMENT, x->loc, name, at.data, shape.data)
                  : FAIL(e->ctx, NO_ELEMENT, x->loc, name, at.data, shape.data);
  else
    status = data ? FAIL(e->ctx, DATA_INDEX_OUT_OF_BOUNDS, x->loc, at.data, name, shape.data)
                  : FAIL(e->ctx, INDEX_OUT_OF_BOUNDS, x->loc, at.data, name, shape.data);
  note_indices(e);
  for (int d = 0; d < s->shape.ndim; d++)
    if (index[d] == 0 && s->shape.lo[d] == 1) {
      diag_note(e->ctx, NO_LOC,
                "indices count from 1, unless the declaration says otherwise: [0..n-1]");
      break;
    }
  strbuf_free(&at);
  strbuf_free(&shape);
  return status;
}

static bool same_shape(const struct symbol *a, const struct symbol *b)
{
  if (!a->decl->is_sparse && !b->decl->is_sparse) return shape_same(&a->shape, &b->shape);
  return shape_is_full(&a->shape) && shape_is_full(&b->shape) && shape_same(&a->shape, &b->shape);
}

enum status check_same_shape(struct elab *e, const struct expr *x, const struct symbol *a,
                             const struct symbol *b)
{
  if (a == b || same_shape(a, b)) return STATUS_OK;
  struct strbuf sa = {0}, sb = {0};
  enum status status;
  shape_print(&a->shape, &sa);
  shape_print(&b->shape, &sb);
  if (sa.failed || sb.failed)
    status = diag_no_memory(e->ctx);
  else if (strcmp(sa.data, sb.data) == 0)
    status = FAIL(e->ctx, ELEMENTS_DIFFER, x->loc, a->decl->name, b->decl->name, sa.data);
  else
    status = FAIL(e->ctx, SHAPES_DIFFER, x->loc, a->decl->name, sa.data, b->decl->name, sb.data);
  strbuf_free(&sa);
  strbuf_free(&sb);
  return status;
}

/* ---- numbers ---- */

static enum status whole_value(struct elab *e, const struct expr *x, double *v, bool *whole)
{
  struct number number = {0};
  size_t mark = e->temporaries.len;
  TRY(data_number(e, x, &number));
  *v = number_nearest(e->field, &number);
  *whole = fabs(*v) < WHOLE_MAX && *v == trunc(*v) && number.im == 0 &&
           (!number.exact || rational_is_whole(number.exact));
  number_release(e, mark);
  return STATUS_OK;
}

/* What stands in place of a whole number: a complex one as a whole. */
static enum status whole_text(struct elab *e, const struct expr *x, double v,
                              char text[COMPLEX_MAX + 1])
{
  struct number number = {.re = v};
  size_t mark = e->temporaries.len;
  if (e->field == FIELD_COMPLEX) TRY(data_number(e, x, &number));
  size_t len =
      number.im == 0 ? number_format(text, v) : number_format_complex(text, number.re, number.im);
  text[len] = '\0';
  number_release(e, mark);
  return STATUS_OK;
}

enum status data_whole(struct elab *e, const struct expr *x, const char *what, int64_t *out)
{
  double v;
  bool whole;
  TRY(whole_value(e, x, &v, &whole));
  if (whole) {
    *out = (int64_t)v;
    return STATUS_OK;
  }
  char text[COMPLEX_MAX + 1];
  TRY(whole_text(e, x, v, text));
  if (fabs(v) >= WHOLE_MAX) return FAIL(e->ctx, NUMBER_TOO_LARGE, x->loc, what, text);
  const char *advice = x->kind == EXPR_MUL && !isnan(v) ? "; floor(...) rounds down" : "";
  enum status status = uses_data(e, x, true)
                           ? FAIL(e->ctx, DATA_NOT_WHOLE, x->loc, what, text, advice)
                           : FAIL(e->ctx, NOT_WHOLE, x->loc, what, text, advice);
  note_indices(e);
  return status;
}

/* The entry of a sparse parameter, or the 0 behind all if it is not stored. */
static int64_t find_entry(const struct symbol *s, const int64_t *index)
{
  int64_t lo = s->row_lo[index[0] - 1], hi = s->row_hi[index[0] - 1], end = hi;
  while (lo < hi) {
    int64_t mid = lo + (hi - lo) / 2;
    if (s->coord[1][mid] < (double)index[1])
      lo = mid + 1;
    else
      hi = mid;
  }
  return lo < end && s->coord[1][lo] == (double)index[1] ? lo : s->nentries;
}

int64_t element_of_entry(const struct symbol *a, int64_t k, const struct symbol *b)
{
  int64_t index[2];
  for (int d = 0; d < 2; d++)
    index[d] = b->shape.lo[d] + b->shape.step[d] * ((int64_t)a->coord[d][k] - 1);
  return b->decl->is_sparse ? find_entry(b, index) : shape_find(&b->shape, index);
}

enum status data_element(struct elab *e, const struct expr *x, int64_t *offset)
{
  const struct symbol *s = symbol_of(e, x->decl);
  int64_t index[LOOP_MAX] = {0};
  for (int d = 0; d < x->nargs; d++) TRY(data_whole(e, x->args[d], "an index", &index[d]));
  if (x->decl->is_sparse) {
    for (int d = 0; d < 2; d++)
      if (index[d] < 1 || index[d] > s->shape.extent[d]) return fail_bounds(e, x, s, index);
    *offset = find_entry(s, index);
    return STATUS_OK;
  }
  *offset = shape_find(&s->shape, index);
  return *offset < 0 ? fail_bounds(e, x, s, index) : STATUS_OK;
}

enum status data_size(struct elab *e, const struct expr *x, double *out)
{
  const struct symbol *s = symbol_of(e, x->decl);
  if (x->nargs == 0) {
    *out = (double)s->shape.size;
    if (x->decl->is_sparse) *out = (double)s->shape.extent[0] * (double)s->shape.extent[1];
    return STATUS_OK;
  }
  int64_t k;
  TRY(data_whole(e, x->args[0], "a dimension", &k));
  assert(k >= 1 && k <= s->shape.ndim); /* it is a literal, which was checked */
  *out = (double)s->shape.extent[k - 1];
  return STATUS_OK;
}

static enum status count_call(struct elab *e, const struct expr *x)
{
  return ++e->calls > EXPANDED_MAX ? FAIL(e->ctx, EXPANSION_TOO_LONG, x->loc, EXPANDED_MAX)
                                   : STATUS_OK;
}

static enum status binder_value(struct elab *e, const struct expr *x, struct number *out)
{
  const struct binding *b = binding_of(e, x->binder);
  bool ok = true;
  switch (b->kind) {
  case BIND_INDEX: return number_of_double(e, form_value(e, &b->form, &ok), out);
  case BIND_VALUE:
    *out = numbers_get(&b->symbol->data, (int64_t)form_value(e, &b->form, &ok));
    return STATUS_OK;
  case BIND_EXPR: break;
  }
  TRY(count_call(e, x));
  return data_number(e, b->expr, out);
}

static enum status name_value(struct elab *e, const struct expr *x, struct number *out)
{
  if (x->binder) return binder_value(e, x, out);
  const struct symbol *s = symbol_of(e, x->decl);
  if (x->decl->kind == DECL_PARAM && s->data.count && x->decl->ndim == 0) {
    *out = numbers_get(&s->data, 0);
    return STATUS_OK;
  }
  if (x->decl->kind == DECL_LET && s->known) {
    *out = s->known_value;
    return STATUS_OK;
  }
  return FAIL(e->ctx, BUG, x->loc, "a value that is no data");
}

static enum status index_value(struct elab *e, const struct expr *x, struct number *out)
{
  int64_t offset;
  if (x->decl->kind != DECL_PARAM) return FAIL(e->ctx, BUG, x->loc, "a value that is no data");
  TRY(data_element(e, x, &offset));
  *out = numbers_get(&symbol_of(e, x->decl)->data, offset);
  return STATUS_OK;
}

static enum status chain_value(struct elab *e, const struct expr *x, struct number *out)
{
  TRY(data_number(e, x->args[0], out));
  for (int i = 1; i < x->nargs; i++) {
    struct number v;
    TRY(data_number(e, x->args[i], &v));
    enum op_code code = x->signs[i] == '+'   ? OP_ADD
                        : x->signs[i] == '-' ? OP_SUB
                        : x->signs[i] == '*' ? OP_MUL
                        : x->signs[i] == '/' ? OP_DIV
                                             : OP_MOD;
    TRY(number_apply(e, x->loc, code, out, &v, out));
  }
  return STATUS_OK;
}

/* x^k with a whole exponent is a product. */
static enum status power(struct elab *e, const struct expr *x, const struct number *base,
                         const struct number *exponent, struct number *out)
{
  double k;
  if (!number_is_whole(e->field, exponent, &k) || fabs(k) >= 0x1p30)
    return number_apply(e, x->loc, OP_POW, base, exponent, out);
  return number_result(e, x->loc, OP_POWI, number_op(e->field, OP_POWI, base, NULL, NULL, k, out),
                       out);
}

static enum status power_value(struct elab *e, const struct expr *x, struct number *out)
{
  struct number exponent;
  TRY(data_number(e, x->args[0], out));
  TRY(data_number(e, x->args[1], &exponent));
  return power(e, x, out, &exponent, out);
}

/* ---- reductions ---- */

struct fold {
  const struct expr *x;
  enum builtin builtin;
  const struct expr *body;
  bool any;
  struct number acc, sum; /* logsumexp: greatest (real part of a) term so far, Σ exp(term -
                             greatest); references are owned */
};

static void fold_begin(struct fold *f, const struct expr *x, const struct expr *body)
{
  *f = (struct fold){.x = x, .builtin = x->builtin, .body = body};
  if (f->builtin == BUILTIN_DOT) f->builtin = BUILTIN_SUM;
}

/* Takes over what was computed last, a temporary, as the new value of *to. */
static void fold_keep(struct number *to, const struct number *v)
{
  struct rational *old = to->exact;
  *to = *v;
  rational_keep(to->exact);
  rational_drop(old);
}

/* The next Σ exp(term - greatest), and the greatest. */
static enum status fold_exponential(struct elab *e, struct fold *f, const struct number *v)
{
  struct loc loc = f->x->loc;
  bool greater = !f->any || v->re > f->acc.re;
  struct number top = greater ? (struct number){.re = v->re, .exact = v->exact} : f->acc, t;
  if (greater && f->any && isfinite(v->re)) { /* what there is shrinks */
    TRY(number_apply(e, loc, OP_SUB, &f->acc, &top, &t));
    TRY(number_apply(e, loc, OP_EXP, &t, NULL, &t));
    TRY(number_apply(e, loc, OP_MUL, &f->sum, &t, &t));
    fold_keep(&f->sum, &t);
  } else if (greater) {
    fold_keep(&f->sum, &(struct number){0});
  }
  TRY(number_apply(e, loc, OP_SUB, v, &top, &t));
  TRY(number_apply(e, loc, OP_EXP, &t, NULL, &t));
  if (!isfinite(v->re) && v->re == top.re) t = (struct number){.re = 1};
  TRY(number_apply(e, loc, OP_ADD, &f->sum, &t, &t));
  fold_keep(&f->sum, &t);
  fold_keep(&f->acc, &top);
  return STATUS_OK;
}

static enum status fold_add(struct elab *e, struct fold *f, const struct number *v)
{
  struct loc loc = f->x->loc;
  struct number t = *v, first;
  switch (f->builtin) {
  case BUILTIN_SUM: TRY(number_apply(e, loc, OP_ADD, &f->acc, v, &t)); break;
  case BUILTIN_NORM2:
    TRY(number_apply(e, loc, OP_MUL, v, v, &t));
    TRY(number_apply(e, loc, OP_ADD, &f->acc, &t, &t));
    break;
  case BUILTIN_PROD:
    if (f->any) TRY(number_apply(e, loc, OP_MUL, &f->acc, v, &t));
    break;
  case BUILTIN_MIN:
  case BUILTIN_MAX:
    if (!f->any) break;
    TRY(number_apply(e, loc, f->builtin == BUILTIN_MIN ? OP_MIN_FIRST : OP_MAX_FIRST, &f->acc, v,
                     &first));
    if (number_is_true(e->field, &first)) return STATUS_OK;
    break;
  default:
    TRY(fold_exponential(e, f, v));
    f->any = true;
    return STATUS_OK;
  }
  fold_keep(&f->acc, &t);
  f->any = true;
  return STATUS_OK;
}

static enum status fold_result(struct elab *e, const struct fold *f, struct number *out)
{
  const struct expr *x = f->x;
  bool needs_some =
      f->builtin == BUILTIN_MIN || f->builtin == BUILTIN_MAX || f->builtin == BUILTIN_LOGSUMEXP;
  if (needs_some && !f->any) {
    enum status status = FAIL(e->ctx, EMPTY_MIN_MAX, x->loc, x->name);
    note_indices(e);
    return status;
  }
  if (f->builtin == BUILTIN_PROD && !f->any) return number_of_double(e, 1, out);
  if (f->builtin == BUILTIN_LOGSUMEXP) {
    TRY(number_apply(e, x->loc, OP_LOG, &f->sum, NULL, out));
    return number_apply(e, x->loc, OP_ADD, &f->acc, out, out);
  }
  *out = f->acc;
  rational_keep(out->exact);
  return number_hold(e, out);
}

/* Ends the fold, also after a failure. */
static enum status fold_end(struct elab *e, struct fold *f, enum status status, struct number *out)
{
  if (status == STATUS_OK) status = fold_result(e, f, out);
  rational_drop(f->acc.exact);
  rational_drop(f->sum.exact);
  return status;
}

static enum status fold_visit(struct elab *e, void *user)
{
  struct fold *f = user;
  struct number v;
  int64_t calls = e->calls;         /* each term has its own count, */
  size_t mark = e->temporaries.len; /* and its own temporaries */
  TRY(data_number(e, f->body, &v));
  e->calls = calls;
  enum status status = fold_add(e, f, &v);
  number_release(e, mark);
  return status;
}

static enum status reduction_value(struct elab *e, const struct expr *x, struct number *out)
{
  struct fold f;
  fold_begin(&f, x, x->args[0]);
  enum status status = data_iterate(e, x->ranges, x->nranges, x->filter, fold_visit, &f);
  return fold_end(e, &f, status, out);
}

/* Of dot the factors, of others twice the array. */
static enum status fold_arrays(struct elab *e, struct fold *f, const struct symbol *const s[2])
{
  const struct symbol *a = s[dot_leader(s)], *b = s[!dot_leader(s)];
  int64_t count = a->decl->is_sparse ? a->nentries : a->shape.size;
  enum status status = STATUS_OK;
  for (int64_t k = 0; k < count && status == STATUS_OK; k++) {
    size_t mark = e->temporaries.len;
    struct number v = numbers_get(&a->data, k);
    if (f->x->builtin == BUILTIN_DOT) {
      struct number w = numbers_get(&b->data, a->decl->is_sparse ? element_of_entry(a, k, b) : k);
      status = number_apply(e, f->x->loc, OP_MUL, &v, &w, &v);
    }
    if (status == STATUS_OK) status = fold_add(e, f, &v);
    number_release(e, mark);
  }
  return status;
}

/* sum(w), dot(v, w) …: whole arrays of parameters. */
static enum status array_value(struct elab *e, const struct expr *x, struct number *out)
{
  const struct symbol *s[2] = {symbol_of(e, x->args[0]->decl),
                               symbol_of(e, x->args[x->nargs - 1]->decl)};
  for (int i = 0; i < 2; i++)
    if (s[i]->decl->kind != DECL_PARAM) return FAIL(e->ctx, BUG, x->loc, "a value that is no data");
  TRY(check_same_shape(e, x, s[0], s[1]));
  struct fold f;
  fold_begin(&f, x, NULL);
  return fold_end(e, &f, fold_arrays(e, &f, s), out);
}

/* min, max … of scalars. */
static enum status list_value(struct elab *e, const struct expr *x, struct number *out)
{
  struct fold f;
  enum status status = STATUS_OK;
  fold_begin(&f, x, NULL);
  for (int i = 0; i < x->nargs && status == STATUS_OK; i++) {
    struct number v;
    status = data_number(e, x->args[i], &v);
    if (status == STATUS_OK) status = fold_add(e, &f, &v);
  }
  return fold_end(e, &f, status, out);
}

static enum status def_value(struct elab *e, const struct expr *x, struct number *out)
{
  const struct decl *d = x->decl;
  size_t pushed = 0;
  enum status status = STATUS_OK;
  TRY(count_call(e, x));
  for (int i = 0; i < d->nparams && status == STATUS_OK; i++) {
    status = scope_push(e, d->params[i], (struct binding){.kind = BIND_EXPR, .expr = x->args[i]});
    pushed += status == STATUS_OK;
  }
  if (status == STATUS_OK) status = data_number(e, d->body, out);
  scope_pop(e, pushed);
  return status;
}

static enum status call_value(struct elab *e, const struct expr *x, struct number *out)
{
  if (x->decl) return def_value(e, x, out);
  if (x->builtin && x->nargs >= 1 && x->args[0]->is_array) return array_value(e, x, out);
  if (x->builtin) return list_value(e, x, out);
  struct number second = {0};
  TRY(data_number(e, x->args[0], out));
  if (x->nargs > 1) TRY(data_number(e, x->args[1], &second));
  return x->op == OP_POW ? power(e, x, out, &second, out)
                         : number_apply(e, x->loc, x->op, out, &second, out);
}

static enum status truth_value(struct elab *e, const struct expr *x, struct number *out)
{
  bool c;
  TRY(data_condition(e, x, &c));
  return number_of_double(e, c, out);
}

static enum status value_below(struct elab *e, const struct expr *x, struct number *out)
{
  double v = 0;
  bool c;
  switch (x->kind) {
  case EXPR_NUMBER: return number_of_literal(e, x, out);
  case EXPR_NAME: return name_value(e, x, out);
  case EXPR_INDEX: return index_value(e, x, out);
  case EXPR_CALL: return call_value(e, x, out);
  case EXPR_SIZE: TRY(data_size(e, x, &v)); return number_of_double(e, v, out);
  case EXPR_NEG:
    TRY(data_number(e, x->args[0], out));
    return number_apply(e, x->loc, OP_NEG, out, NULL, out);
  case EXPR_ADD:
  case EXPR_MUL: return chain_value(e, x, out);
  case EXPR_POW: return power_value(e, x, out);
  case EXPR_IF:
    TRY(data_condition(e, x->args[0], &c));
    return data_number(e, x->args[c ? 1 : 2], out);
  case EXPR_REDUCTION: return reduction_value(e, x, out);
  case EXPR_NOT:
  case EXPR_COMPARE:
  case EXPR_AND:
  case EXPR_OR: return truth_value(e, x, out);
  case EXPR_ARRAY:
  case EXPR_READ: break;
  }
  return FAIL(e->ctx, BUG, x->loc, "a value that is no data");
}

enum status data_number(struct elab *e, const struct expr *x, struct number *out)
{
  if (++e->depth > EXPANSION_MAX) return FAIL(e->ctx, EXPANSION_TOO_DEEP, x->loc, EXPANSION_MAX);
  if (e->depth == 1) e->calls = 0;
  *out = (struct number){0};
  enum status status = value_below(e, x, out);
  e->depth--;
  return status;
}

static enum status compare(struct elab *e, const struct expr *x, bool *out)
{
  struct number a, b, v;
  TRY(data_number(e, x->args[0], &a));
  TRY(data_number(e, x->args[1], &b));
  bool swap = x->signs[0] == '>' || x->signs[0] == 'g';
  enum op_code code = x->signs[0] == '<' || x->signs[0] == '>'   ? OP_LT
                      : x->signs[0] == 'l' || x->signs[0] == 'g' ? OP_LE
                      : x->signs[0] == '='                       ? OP_EQ
                                                                 : OP_NE;
  TRY(number_apply(e, x->loc, code, swap ? &b : &a, swap ? &a : &b, &v));
  *out = number_is_true(e->field, &v);
  return STATUS_OK;
}

static enum status condition_below(struct elab *e, const struct expr *x, bool *out)
{
  struct number v;
  switch (x->kind) {
  case EXPR_COMPARE: return compare(e, x, out);
  case EXPR_NOT:
    TRY(condition_below(e, x->args[0], out));
    *out = !*out;
    return STATUS_OK;
  case EXPR_AND:
  case EXPR_OR:
    for (int i = 0; i < x->nargs; i++) {
      TRY(condition_below(e, x->args[i], out));
      if (*out == (x->kind == EXPR_OR)) return STATUS_OK;
    }
    return STATUS_OK;
  default:
    TRY(data_number(e, x, &v));
    *out = number_is_true(e->field, &v);
    return STATUS_OK;
  }
}

enum status data_condition(struct elab *e, const struct expr *x, bool *out)
{
  size_t mark = e->temporaries.len;
  enum status status = condition_below(e, x, out);
  number_release(e, mark);
  return status;
}

/* ---- iteration ---- */

struct iteration {
  struct range *const *ranges;
  int nranges;
  const struct expr *filter;
  data_visit *visit;
  void *user;
};

static enum status iterate_from(struct elab *e, const struct iteration *it, int range, int which);

/* Loop `which` of range `range`, and all that are in it. */
static enum status iterate_loop(struct elab *e, const struct iteration *it, int range, int which)
{
  struct loop l = {.range = it->ranges[range], .which = which};
  struct span span;
  size_t pushed = 0;
  TRY(loop_span(e, &l, &span));
  if (e->ndims >= LOOP_MAX) return FAIL(e->ctx, LOOPS_TOO_DEEP, l.range->loc, LOOP_MAX);
  if (span.count > ITERATIONS_MAX)
    return FAIL(e->ctx, TOO_MANY_ITERATIONS, l.range->loc, (long long)ITERATIONS_MAX);
  int dim = e->ndims++;
  enum status status = loop_bind(e, &l, dim, &span, false, &pushed);
  for (int64_t k = 0; k < span.count && status == STATUS_OK; k++) {
    e->at[dim] = k;
    status = iterate_from(e, it, range, which + 1);
  }
  scope_pop(e, pushed);
  e->ndims--;
  return status;
}

static enum status iterate_from(struct elab *e, const struct iteration *it, int range, int which)
{
  if (range < it->nranges && which >= range_loops(e, it->ranges[range])) range++, which = 0;
  if (range < it->nranges) return iterate_loop(e, it, range, which);
  bool pass = true;
  if (it->filter) TRY(data_condition(e, it->filter, &pass));
  return pass ? it->visit(e, it->user) : STATUS_OK;
}

enum status data_iterate(struct elab *e, struct range *const *ranges, int nranges,
                         const struct expr *filter, data_visit *visit, void *user)
{
  struct iteration it = {ranges, nranges, filter, visit, user};
  return iterate_from(e, &it, 0, 0);
}
