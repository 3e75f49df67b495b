/* Data expressions, evaluated where they stand: sizes, bounds, indices, filters, parameters,
 * default points.  Recursion is bounded by the tree's height and by EXPANSION_MAX. */
#include "config.h"

#include "lang/elab.h"

#include <math.h>
#include <string.h>

#include "base/number.h"
#include "program/value.h"

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

/* Whether an element of a parameter array takes part in the expression (or, with `scalars`, a
 * scalar parameter that was given from outside): then a wrong value is the data's fault. */
static bool uses_data(const struct elab *e, const struct expr *x, bool scalars)
{
  if (x->kind == EXPR_INDEX) return true;
  if (x->kind == EXPR_NAME && x->binder) {
    const struct binding *b = binding_of(e, x->binder);
    return b->kind == BIND_VALUE || (b->kind == BIND_INDEX && b->form.data) ||
           (b->kind == BIND_EXPR && uses_data(e, b->expr, scalars));
  }
  if (scalars && x->kind == EXPR_NAME && x->decl && symbol_of(e, x->decl)->from_input) return true;
  for (int i = 0; i < x->nargs; i++)
    if (uses_data(e, x->args[i], scalars)) return true;
  return false;
}

static void print_indices(struct strbuf *out, const int64_t *index, int ndim)
{
  for (int d = 0; d < ndim; d++) {
    if (d) strbuf_puts(out, ", ");
    strbuf_int(out, index[d]);
  }
}

enum status fail_bounds(struct elab *e, const struct expr *x, const struct symbol *s,
                        const int64_t *index)
{
  struct strbuf at = {0}, shape = {0};
  bool data = false;
  for (int i = 0; i < x->nargs; i++) data |= uses_data(e, x->args[i], false);
  if (s->shape.ndim > 1) strbuf_putc(&at, '[');
  print_indices(&at, index, s->shape.ndim);
  if (s->shape.ndim > 1) strbuf_putc(&at, ']');
  shape_print(&s->shape, &shape);
  const char *name = s->decl->name;
  enum status status =
      at.failed || shape.failed ? diag_no_memory(e->ctx)
      : data ? FAIL(e->ctx, DATA_INDEX_OUT_OF_BOUNDS, x->loc, at.data, name, shape.data)
             : FAIL(e->ctx, INDEX_OUT_OF_BOUNDS, x->loc, at.data, name, shape.data);
  note_indices(e);
  strbuf_free(&at);
  strbuf_free(&shape);
  return status;
}

/* Whether the entries of two sparse parameters are at the same places. */
static bool same_entries(const struct symbol *a, const struct symbol *b)
{
  if (a->nentries != b->nentries) return false;
  for (int d = 0; d < a->shape.ndim; d++) {
    if (!a->coord[d] != !b->coord[d]) return false;
    for (int64_t k = 0; a->coord[d] && k < a->nentries; k++)
      if (a->coord[d][k] - (double)a->shape.lo[d] != b->coord[d][k] - (double)b->shape.lo[d])
        return false;
  }
  return true;
}

enum status check_same_shape(struct elab *e, const struct expr *x, const struct symbol *a,
                             const struct symbol *b)
{
  if (a == b || (a->decl->is_sparse == b->decl->is_sparse && shape_same(&a->shape, &b->shape) &&
                 (!a->decl->is_sparse || same_entries(a, b))))
    return STATUS_OK;
  struct strbuf sa = {0}, sb = {0};
  shape_print(&a->shape, &sa);
  shape_print(&b->shape, &sb);
  enum status status = sa.failed || sb.failed ? diag_no_memory(e->ctx)
                                              : FAIL(e->ctx, SHAPES_DIFFER, x->loc, a->decl->name,
                                                     sa.data, b->decl->name, sb.data);
  strbuf_free(&sa);
  strbuf_free(&sb);
  return status;
}

/* ---- numbers ---- */

enum status data_whole(struct elab *e, const struct expr *x, const char *what, int64_t *out)
{
  double v;
  TRY(data_value(e, x, &v));
  if (fabs(v) < WHOLE_MAX && v == trunc(v)) {
    *out = (int64_t)v;
    return STATUS_OK;
  }
  char text[NUMBER_MAX + 1];
  text[number_format(text, v)] = '\0';
  if (fabs(v) >= WHOLE_MAX) return FAIL(e->ctx, NUMBER_TOO_LARGE, x->loc, what, text);
  const char *advice = x->kind == EXPR_MUL ? "; floor(...) rounds down" : "";
  enum status status = uses_data(e, x, true)
                           ? FAIL(e->ctx, DATA_NOT_WHOLE, x->loc, what, text, advice)
                           : FAIL(e->ctx, NOT_WHOLE, x->loc, what, text, advice);
  note_indices(e);
  return status;
}

enum status data_element(struct elab *e, const struct expr *x, int64_t *offset)
{
  const struct symbol *s = symbol_of(e, x->decl);
  int64_t index[LOOP_MAX];
  for (int d = 0; d < x->nargs; d++) TRY(data_whole(e, x->args[d], "an index", &index[d]));
  if (x->decl->is_sparse) {
    for (int d = 0; d < 2; d++)
      if (index[d] < 1 || index[d] > s->shape.extent[d]) return fail_bounds(e, x, s, index);
    int64_t lo = s->row_lo[index[0] - 1], hi = s->row_hi[index[0] - 1], end = hi;
    while (lo < hi) {
      int64_t mid = lo + (hi - lo) / 2;
      if (s->coord[1][mid] < (double)index[1])
        lo = mid + 1;
      else
        hi = mid;
    }
    *offset = lo < end && s->coord[1][lo] == (double)index[1] ? lo : s->nentries;
    return STATUS_OK;
  }
  *offset = shape_find(&s->shape, index);
  return *offset < 0 ? fail_bounds(e, x, s, index) : STATUS_OK;
}

static enum status size_value(struct elab *e, const struct expr *x, double *out)
{
  const struct symbol *s = symbol_of(e, x->decl);
  if (x->nargs == 0) {
    *out = (double)s->shape.size;
    if (x->decl->is_sparse) *out = (double)s->shape.extent[0] * (double)s->shape.extent[1];
    return STATUS_OK;
  }
  int64_t k;
  TRY(data_whole(e, x->args[0], "a dimension", &k));
  if (k < 1 || k > s->shape.ndim)
    return FAIL(e->ctx, BAD_SIZE_DIMENSION, x->args[0]->loc, x->decl->name, s->shape.ndim,
                (long long)k);
  *out = (double)s->shape.extent[k - 1];
  return STATUS_OK;
}

static enum status name_value(struct elab *e, const struct expr *x, double *out)
{
  if (x->binder) {
    const struct binding b = *binding_of(e, x->binder);
    bool ok = true;
    switch (b.kind) {
    case BIND_INDEX: *out = form_value(e, &b.form, &ok); return STATUS_OK;
    case BIND_VALUE: *out = b.symbol->data[(int64_t)form_value(e, &b.form, &ok)]; return STATUS_OK;
    case BIND_EXPR:
      if (++e->calls > EXPANDED_MAX) return FAIL(e->ctx, EXPANSION_TOO_LONG, x->loc, EXPANDED_MAX);
      return data_value(e, b.expr, out);
    }
  }
  const struct symbol *s = symbol_of(e, x->decl);
  if (x->decl->kind == DECL_PARAM && s->data && x->decl->ndim == 0) {
    *out = s->data[0];
    return STATUS_OK;
  }
  if (x->decl->kind == DECL_LET && s->known) {
    *out = s->known_value;
    return STATUS_OK;
  }
  return FAIL(e->ctx, NOT_DATA_HERE, x->loc);
}

static enum status index_value(struct elab *e, const struct expr *x, double *out)
{
  int64_t offset;
  if (x->decl->kind != DECL_PARAM) return FAIL(e->ctx, NOT_DATA_HERE, x->loc);
  TRY(data_element(e, x, &offset));
  *out = symbol_of(e, x->decl)->data[offset];
  return STATUS_OK;
}

static enum status chain_value(struct elab *e, const struct expr *x, double *out)
{
  TRY(data_value(e, x->args[0], out));
  for (int i = 1; i < x->nargs; i++) {
    double v;
    TRY(data_value(e, x->args[i], &v));
    enum op_code code = x->signs[i] == '+'   ? OP_ADD
                        : x->signs[i] == '-' ? OP_SUB
                        : x->signs[i] == '*' ? OP_MUL
                        : x->signs[i] == '/' ? OP_DIV
                                             : OP_MOD;
    *out = op_value(code, *out, v, 0, 0);
  }
  return STATUS_OK;
}

/* x^k with a whole exponent is a product. */
static double power(double x, double k)
{
  return k == trunc(k) && fabs(k) < 0x1p30 ? op_value(OP_POWI, x, 0, 0, k)
                                           : op_value(OP_POW, x, k, 0, 0);
}

/* ---- reductions ---- */

struct fold {
  enum builtin builtin;
  const struct expr *body;
  bool any;
  double acc, sum; /* logsumexp: greatest term so far, Σ exp(term - greatest) */
};

static void fold_add(struct fold *f, double v)
{
  switch (f->builtin) {
  case BUILTIN_SUM: f->acc += v; break;
  case BUILTIN_PROD: f->acc *= v; break;
  case BUILTIN_MIN:
    f->acc = !f->any || !op_value(OP_MIN_FIRST, f->acc, v, 0, 0) ? v : f->acc;
    break;
  case BUILTIN_MAX:
    f->acc = !f->any || !op_value(OP_MAX_FIRST, f->acc, v, 0, 0) ? v : f->acc;
    break;
  case BUILTIN_NORM2: f->acc += v * v; break;
  default: /* logsumexp */
    if (!f->any || v > f->acc) {
      f->sum = (f->any && isfinite(v) ? f->sum * exp(f->acc - v) : 0) + 1;
      f->acc = v;
    } else {
      f->sum += exp(v - f->acc);
    }
  }
  f->any = true;
}

static void fold_begin(struct fold *f, enum builtin builtin, const struct expr *body)
{
  *f = (struct fold){.builtin = builtin, .body = body, .acc = builtin == BUILTIN_PROD ? 1 : 0};
}

static const char *builtin_name(enum builtin b)
{
  return b == BUILTIN_MIN ? "min" : b == BUILTIN_MAX ? "max" : "logsumexp";
}

static enum status fold_end(struct elab *e, const struct expr *x, const struct fold *f, double *out)
{
  bool needs_some =
      f->builtin == BUILTIN_MIN || f->builtin == BUILTIN_MAX || f->builtin == BUILTIN_LOGSUMEXP;
  if (needs_some && !f->any) {
    enum status status = FAIL(e->ctx, EMPTY_MIN_MAX, x->loc, builtin_name(f->builtin));
    note_indices(e);
    return status;
  }
  *out = f->builtin == BUILTIN_LOGSUMEXP ? f->acc + log(f->sum) : f->acc;
  return STATUS_OK;
}

static enum status fold_visit(struct elab *e, void *user)
{
  struct fold *f = user;
  double v;
  int64_t calls = e->calls; /* each term has its own count */
  TRY(data_value(e, f->body, &v));
  e->calls = calls;
  fold_add(f, v);
  return STATUS_OK;
}

static enum status reduction_value(struct elab *e, const struct expr *x, double *out)
{
  struct fold f;
  fold_begin(&f, x->builtin, x->args[0]);
  TRY(data_iterate(e, x->ranges, x->nranges, x->filter, fold_visit, &f));
  return fold_end(e, x, &f, out);
}

/* sum(w), dot(v, w) …: whole arrays of parameters. */
static enum status array_value(struct elab *e, const struct expr *x, double *out)
{
  const struct symbol *s[2] = {symbol_of(e, x->args[0]->decl),
                               symbol_of(e, x->args[x->nargs - 1]->decl)};
  for (int i = 0; i < 2; i++)
    if (s[i]->decl->kind != DECL_PARAM) return FAIL(e->ctx, NOT_DATA_HERE, x->loc);
  TRY(check_same_shape(e, x, s[0], s[1]));
  struct fold f;
  fold_begin(&f, x->builtin == BUILTIN_DOT ? BUILTIN_SUM : x->builtin, NULL);
  int64_t count = s[0]->decl->is_sparse ? s[0]->nentries : s[0]->shape.size;
  for (int64_t k = 0; k < count; k++)
    fold_add(&f, x->builtin == BUILTIN_DOT ? s[0]->data[k] * s[1]->data[k] : s[0]->data[k]);
  return fold_end(e, x, &f, out);
}

static enum status def_value(struct elab *e, const struct expr *x, double *out)
{
  const struct decl *d = x->decl;
  size_t pushed = 0;
  enum status status = STATUS_OK;
  if (++e->calls > EXPANDED_MAX) return FAIL(e->ctx, EXPANSION_TOO_LONG, x->loc, EXPANDED_MAX);
  for (int i = 0; i < d->nparams && status == STATUS_OK; i++) {
    status = scope_push(e, d->params[i], (struct binding){.kind = BIND_EXPR, .expr = x->args[i]});
    pushed += status == STATUS_OK;
  }
  if (status == STATUS_OK) status = data_value(e, d->body, out);
  scope_pop(e, pushed);
  return status;
}

static enum status call_value(struct elab *e, const struct expr *x, double *out)
{
  if (x->decl) return def_value(e, x, out);
  if (x->builtin && x->nargs >= 1 && x->args[0]->is_array) return array_value(e, x, out);
  if (x->builtin) {
    struct fold f;
    fold_begin(&f, x->builtin, NULL);
    for (int i = 0; i < x->nargs; i++) {
      double v;
      TRY(data_value(e, x->args[i], &v));
      fold_add(&f, v);
    }
    return fold_end(e, x, &f, out);
  }
  double v[3] = {0};
  for (int i = 0; i < x->nargs && i < 3; i++) TRY(data_value(e, x->args[i], &v[i]));
  *out = x->op == OP_POW ? power(v[0], v[1]) : op_value(x->op, v[0], v[1], v[2], 0);
  return STATUS_OK;
}

static enum status value_below(struct elab *e, const struct expr *x, double *out)
{
  double v;
  bool c;
  switch (x->kind) {
  case EXPR_NUMBER: *out = x->value; return STATUS_OK;
  case EXPR_NAME: return name_value(e, x, out);
  case EXPR_INDEX: return index_value(e, x, out);
  case EXPR_CALL: return call_value(e, x, out);
  case EXPR_SIZE: return size_value(e, x, out);
  case EXPR_NEG:
    TRY(data_value(e, x->args[0], out));
    *out = -*out;
    return STATUS_OK;
  case EXPR_ADD:
  case EXPR_MUL: return chain_value(e, x, out);
  case EXPR_POW:
    TRY(data_value(e, x->args[0], out));
    TRY(data_value(e, x->args[1], &v));
    *out = power(*out, v);
    return STATUS_OK;
  case EXPR_IF:
    TRY(data_condition(e, x->args[0], &c));
    return data_value(e, x->args[c ? 1 : 2], out);
  case EXPR_REDUCTION: return reduction_value(e, x, out);
  case EXPR_NOT:
  case EXPR_COMPARE:
  case EXPR_AND:
  case EXPR_OR:
    TRY(data_condition(e, x, &c));
    *out = c;
    return STATUS_OK;
  case EXPR_ARRAY:
  case EXPR_READ: break;
  }
  return FAIL(e->ctx, NOT_DATA_HERE, x->loc);
}

enum status data_value(struct elab *e, const struct expr *x, double *out)
{
  if (++e->depth > EXPANSION_MAX) return FAIL(e->ctx, EXPANSION_TOO_DEEP, x->loc, EXPANSION_MAX);
  if (e->depth == 1) e->calls = 0;
  enum status status = value_below(e, x, out);
  e->depth--;
  return status;
}

static bool compare(char sign, double a, double b)
{
  switch (sign) {
  case '<': return a < b;
  case '>': return a > b;
  case 'l': return a <= b;
  case 'g': return a >= b;
  case '=': return a == b;
  default: return a != b;
  }
}

enum status data_condition(struct elab *e, const struct expr *x, bool *out)
{
  double a, b;
  switch (x->kind) {
  case EXPR_COMPARE:
    TRY(data_value(e, x->args[0], &a));
    TRY(data_value(e, x->args[1], &b));
    *out = compare(x->signs[0], a, b);
    return STATUS_OK;
  case EXPR_NOT:
    TRY(data_condition(e, x->args[0], out));
    *out = !*out;
    return STATUS_OK;
  case EXPR_AND:
  case EXPR_OR:
    for (int i = 0; i < x->nargs; i++) {
      TRY(data_condition(e, x->args[i], out));
      if (*out == (x->kind == EXPR_OR)) return STATUS_OK;
    }
    return STATUS_OK;
  default:
    TRY(data_value(e, x, &a));
    *out = a != 0;
    return STATUS_OK;
  }
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
