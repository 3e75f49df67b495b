/* Loop indices and other names in scope, and whole numbers as functions of the loop digits. */
#include "config.h"

#include "lang/elab.h"

#include <math.h>
#include <string.h>

enum status scope_push(struct elab *e, struct binder *b, struct binding binding)
{
  /* Slot 0 is that of names that are not in scope. */
  if (e->scope.len == 0 && !VEC_PUSH(&e->scope, (struct binding){.kind = BIND_EXPR}))
    return diag_no_memory(e->ctx);
  binding.binder = b;
  binding.old_slot = b->slot;
  binding.array = -1;
  if (!VEC_PUSH(&e->scope, binding)) return diag_no_memory(e->ctx);
  b->slot = (int)e->scope.len - 1;
  return STATUS_OK;
}

void scope_pop(struct elab *e, size_t count)
{
  for (; count > 0; count--) {
    struct binding *b = &e->scope.data[--e->scope.len];
    b->binder->slot = b->old_slot;
  }
}

/* ---- forms ---- */

bool form_is_affine(const struct form *f)
{
  return f->data == NULL;
}

static void form_constant(struct form *f, int64_t c)
{
  memset(f, 0, sizeof *f);
  f->constant = c;
}

static bool scale_by(int64_t *v, int64_t c)
{
  return !__builtin_mul_overflow(*v, c, v) && *v >= -FORM_MAX && *v <= FORM_MAX;
}

static bool add_to(int64_t *v, int64_t c)
{
  return !__builtin_add_overflow(*v, c, v) && *v >= -FORM_MAX && *v <= FORM_MAX;
}

bool form_add_term(int64_t *sum, int64_t coef, int64_t digit)
{
  return scale_by(&digit, coef) && add_to(sum, digit);
}

static bool scale(struct form *f, int64_t c)
{
  bool ok = scale_by(&f->constant, c) && scale_by(&f->gather_coef, c);
  for (int d = 0; d < LOOP_MAX && ok; d++) ok = scale_by(&f->coef[d], c);
  return ok;
}

static bool add(struct form *f, const struct form *g)
{
  if (f->data && g->data) return false;
  bool ok = add_to(&f->constant, g->constant);
  for (int d = 0; d < LOOP_MAX && ok; d++) ok = add_to(&f->coef[d], g->coef[d]);
  if (g->data) {
    f->data = g->data;
    f->ndata = g->ndata;
    f->gather_coef = g->gather_coef;
    f->gather_base = g->gather_base;
    memcpy(f->gather_stride, g->gather_stride, sizeof f->gather_stride);
  }
  return ok;
}

static bool is_constant(const struct form *f)
{
  for (int d = 0; d < LOOP_MAX; d++)
    if (f->coef[d]) return false;
  return form_is_affine(f);
}

static bool whole_constant(struct form *out, double v)
{
  if (!(fabs(v) < WHOLE_MAX) || v != trunc(v)) return false;
  form_constant(out, (int64_t)v);
  return true;
}

/* Whether the literal is its double: in exact mode digits alone are. */
static bool is_plain(const struct elab *e, const struct expr *x)
{
  if (e->field != FIELD_EXACT || !x->text) return !x->imaginary;
  return x->text[strspn(x->text, "0123456789")] == '\0';
}

static bool form_at(struct elab *e, const struct expr *x, struct form *out);

/* An element of a one-dimensional parameter at an affine index. */
static bool form_gather(struct elab *e, const struct expr *x, struct form *out)
{
  const struct symbol *s = symbol_of(e, x->decl);
  struct form index;
  if (x->decl->kind != DECL_PARAM || !s->shape.box || s->shape.ndim != 1 || s->shape.step[0] != 1 ||
      s->nentries || !s->data.count || !s->plain || !form_at(e, x->args[0], &index) ||
      !form_is_affine(&index))
    return false;
  form_constant(out, 0);
  out->data = s->data.re;
  out->ndata = s->shape.size;
  out->gather_coef = 1;
  out->gather_base = index.constant - s->shape.lo[0];
  memcpy(out->gather_stride, index.coef, sizeof out->gather_stride);
  return true;
}

static bool form_name(struct elab *e, const struct expr *x, struct form *out)
{
  if (x->binder) {
    if (x->binder->slot == 0) return false;
    const struct binding *b = binding_of(e, x->binder);
    if (b->kind == BIND_EXPR) return ++e->looks <= LOOKS_MAX && form_at(e, b->expr, out);
    if (b->kind == BIND_INDEX) *out = b->form;
    return b->kind == BIND_INDEX;
  }
  if (!x->decl || x->decl->kind != DECL_PARAM || x->decl->ndim != 0) return false;
  const struct symbol *s = symbol_of(e, x->decl);
  return s->plain && whole_constant(out, s->data.re[0]);
}

static bool form_product(struct elab *e, const struct expr *x, struct form *out)
{
  form_constant(out, 1);
  for (int i = 0; i < x->nargs; i++) {
    struct form f;
    if (x->signs[i] != '*' || !form_at(e, x->args[i], &f)) return false;
    if (is_constant(out)) {
      int64_t c = out->constant;
      *out = f;
      if (!scale(out, c)) return false;
    } else if (!is_constant(&f) || !scale(out, f.constant)) {
      return false;
    }
  }
  return true;
}

static bool form_below(struct elab *e, const struct expr *x, struct form *out)
{
  switch (x->kind) {
  case EXPR_NUMBER: return is_plain(e, x) && whole_constant(out, x->value);
  case EXPR_NAME: return form_name(e, x, out);
  case EXPR_INDEX: return form_gather(e, x, out);
  case EXPR_NEG: return form_at(e, x->args[0], out) && scale(out, -1);
  case EXPR_ADD:
    form_constant(out, 0);
    for (int i = 0; i < x->nargs; i++) {
      struct form f;
      if (!form_at(e, x->args[i], &f) || (x->signs[i] == '-' && !scale(&f, -1)) || !add(out, &f))
        return false;
    }
    return true;
  case EXPR_MUL: return form_product(e, x, out);
  default: return false;
  }
}

static bool form_at(struct elab *e, const struct expr *x, struct form *out)
{
  if (e->depth >= EXPANSION_MAX) return false;
  e->depth++;
  bool found = form_below(e, x, out);
  e->depth--;
  return found;
}

bool form_of(struct elab *e, const struct expr *x, struct form *out)
{
  e->looks = 0;
  return form_at(e, x, out);
}

double form_value(const struct elab *e, const struct form *f, bool *ok)
{
  int64_t v = f->constant, at = f->gather_base;
  bool small = true;
  for (int d = 0; d < e->ndims && small; d++) small = form_add_term(&v, f->coef[d], e->at[d]);
  if (!f->data && small) return (double)v;
  for (int d = 0; d < e->ndims && small; d++)
    small = form_add_term(&at, f->gather_stride[d], e->at[d]);
  if (!small || at < 0 || at >= f->ndata) {
    *ok = false;
    return NAN;
  }
  return (double)v + (double)f->gather_coef * f->data[at];
}

/* ---- what is data ---- */

static bool data_at(struct elab *e, const struct expr *x, int depth)
{
  if (depth > EXPANSION_MAX) return false;
  if (x->is_data && x->is_fixed) return true; /* neither lets nor parameters of defs */
  if (x->kind == EXPR_NAME && x->binder) {
    if (x->binder->slot == 0)
      return x->binder->kind != BINDER_DEF && x->binder->kind != BINDER_LOCAL;
    const struct binding *b = binding_of(e, x->binder);
    return b->kind != BIND_EXPR || (++e->looks <= LOOKS_MAX && data_at(e, b->expr, depth + 1));
  }
  if (x->decl && (x->kind == EXPR_NAME || x->kind == EXPR_INDEX) && x->decl->kind != DECL_PARAM)
    return false;
  if (x->kind == EXPR_CALL && x->decl) return false; /* whether its body is data is not looked at */
  for (int i = 0; i < x->nargs; i++)
    if (!data_at(e, x->args[i], depth + 1)) return false;
  return true; /* ranges and filters always are */
}

bool expr_is_data(struct elab *e, const struct expr *x)
{
  e->looks = 0;
  return data_at(e, x, e->depth);
}

/* ---- loops ---- */

int range_loops(const struct elab *e, const struct range *r)
{
  if (!r->entries || r->row) return 1;
  const struct symbol *s = symbol_of(e, r->decl);
  return s->coord[0] ? 1 : s->shape.ndim;
}

static enum status expr_span(struct elab *e, const struct expr *lo, const struct expr *hi,
                             const struct expr *by, struct span *out)
{
  int64_t first = 1, last, step = 1;
  if (lo) TRY(data_whole(e, lo, "a bound", &first));
  TRY(data_whole(e, hi, "a bound", &last));
  if (by) TRY(data_whole(e, by, "a step", &step));
  if (step == 0) return FAIL(e->ctx, STEP_ZERO, by->loc);
  int64_t distance = step > 0 ? last - first : first - last;
  int64_t size = step > 0 ? step : -step;
  *out = (struct span){first, step, distance < 0 ? 0 : distance / size + 1};
  return STATUS_OK;
}

static enum status row_span(struct elab *e, const struct range *r, struct span *out)
{
  const struct symbol *s = symbol_of(e, r->decl);
  int64_t i, digit;
  if (!s->coord[0]) {
    /* A box: every row is the same; its elements are checked where they are read. */
    *out = (struct span){s->shape.lo[1], s->shape.step[1], s->shape.extent[1]};
    return STATUS_OK;
  }
  TRY(data_whole(e, r->row, "an index", &i));
  digit = i - s->shape.lo[0];
  if (digit >= 0 && digit < s->shape.extent[0]) {
    *out = (struct span){s->row_lo[digit], 1, s->row_hi[digit] - s->row_lo[digit]};
    return STATUS_OK;
  }
  enum status status =
      FAIL(e->ctx, ROW_OUT_OF_BOUNDS, r->row->loc, (long long)i, s->decl->name,
           (long long)s->shape.lo[0],
           (long long)(s->shape.lo[0] + s->shape.step[0] * (s->shape.extent[0] - 1)));
  note_indices(e);
  return status;
}

enum status loop_span(struct elab *e, const struct loop *l, struct span *out)
{
  if (!l->dim && !l->range) {
    *out = (struct span){0, 1, l->elements};
    return STATUS_OK;
  }
  if (l->dim) {
    const struct dim *d = l->dim;
    return expr_span(e, l->one ? d->hi : d->lo, d->hi, d->by, out);
  }
  const struct range *r = l->range;
  if (!r->entries) return expr_span(e, r->lo, r->hi, r->by, out);
  if (r->row) return row_span(e, r, out);
  const struct symbol *s = symbol_of(e, r->decl);
  if (s->coord[0])
    *out = (struct span){0, 1, s->nentries};
  else
    *out = (struct span){s->shape.lo[l->which], s->shape.step[l->which], s->shape.extent[l->which]};
  return STATUS_OK;
}

static bool constant_at(struct elab *e, const struct expr *x, int depth)
{
  struct form f;
  if (depth > EXPANSION_MAX) return false;
  if (form_at(e, x, &f)) return is_constant(&f);
  /* floor(n/2), min(n, 10), size(w) …: constant if no loop index and no other data is in it */
  switch (x->kind) {
  case EXPR_NUMBER:
  case EXPR_SIZE: return true;
  case EXPR_NAME:
    if (x->binder) {
      if (x->binder->slot == 0) return false;
      const struct binding *b = binding_of(e, x->binder);
      return b->kind == BIND_EXPR && ++e->looks <= LOOKS_MAX && constant_at(e, b->expr, depth + 1);
    }
    return x->decl->kind == DECL_PARAM;
  case EXPR_NEG:
  case EXPR_ADD:
  case EXPR_MUL:
  case EXPR_POW:
  case EXPR_CALL:
    if (x->decl) return false;
    for (int i = 0; i < x->nargs; i++)
      if (!x->args[i]->is_array && !constant_at(e, x->args[i], depth + 1)) return false;
    return true;
  default: return false;
  }
}

/* Whether it surely has one value for all iterations of the loops; it may be left out. */
static bool constant_expr(struct elab *e, const struct expr *x)
{
  e->looks = 0;
  return !x || constant_at(e, x, e->depth);
}

bool loop_is_fixed(struct elab *e, const struct loop *l)
{
  if (!l->dim && !l->range) return true;
  if (l->dim)
    return constant_expr(e, l->dim->lo) && constant_expr(e, l->dim->hi) &&
           constant_expr(e, l->dim->by);
  const struct range *r = l->range;
  if (!r->entries)
    return constant_expr(e, r->lo) && constant_expr(e, r->hi) && constant_expr(e, r->by);
  return !r->row || !symbol_of(e, r->decl)->coord[0] || constant_expr(e, r->row);
}

static void digit_form(struct form *f, int dim, const struct span *span, bool raw)
{
  form_constant(f, raw ? 0 : span->lo);
  f->coef[dim] = raw ? 1 : span->step;
}

/* Entry number → one of its indices. */
static struct form coord_form(const struct symbol *s, int which, int dim, const struct span *span,
                              bool raw)
{
  struct form f, entry;
  digit_form(&entry, dim, span, raw);
  form_constant(&f, 0);
  f.data = s->coord[which];
  f.ndata = s->nentries;
  f.gather_coef = 1;
  f.gather_base = entry.constant;
  memcpy(f.gather_stride, entry.coef, sizeof f.gather_stride);
  return f;
}

struct expr *elab_expr(struct elab *e, enum expr_kind kind, int nargs, struct loc loc)
{
  struct expr *x = arena_alloc(&e->model->arena, 1, sizeof *x);
  if (!x) return NULL;
  x->kind = kind;
  x->loc = x->name_loc = loc;
  x->is_data = x->is_fixed = true;
  x->nargs = nargs;
  x->args = arena_alloc(&e->model->arena, (size_t)nargs, sizeof *x->args);
  return x->args ? x : NULL;
}

static enum status bind(struct elab *e, struct binder *b, struct binding binding, size_t *pushed)
{
  TRY(scope_push(e, b, binding));
  ++*pushed;
  return STATUS_OK;
}

/* The value of an entry of a box as the expression A[i, j], which reads affinely. */
static enum status bind_element(struct elab *e, const struct range *r, size_t *pushed)
{
  int nindex = r->nbinders - 1, first = r->row ? 1 : 0;
  struct binder *value = r->binders[nindex];
  struct expr *x = elab_expr(e, EXPR_INDEX, nindex + first, value->loc);
  if (!x) return diag_no_memory(e->ctx);
  x->name = r->name;
  x->decl = r->decl;
  if (r->row) x->args[0] = r->row;
  for (int i = 0; i < nindex; i++) {
    struct expr *name = elab_expr(e, EXPR_NAME, 0, r->binders[i]->loc);
    if (!name) return diag_no_memory(e->ctx);
    name->name = r->binders[i]->name;
    name->binder = r->binders[i];
    x->args[i + first] = name;
  }
  return bind(e, value, (struct binding){.kind = BIND_EXPR, .expr = x}, pushed);
}

enum status loop_bind(struct elab *e, const struct loop *l, int dim, const struct span *span,
                      bool raw, size_t *pushed)
{
  struct binding index = {.kind = BIND_INDEX};
  if (!l->dim && !l->range) return STATUS_OK;
  digit_form(&index.form, dim, span, raw);
  if (l->dim || !l->range->entries) {
    struct binder *b = l->dim ? l->dim->index : l->range->index;
    return b ? bind(e, b, index, pushed) : STATUS_OK;
  }
  const struct range *r = l->range;
  const struct symbol *s = symbol_of(e, r->decl);
  int nindex = r->nbinders - 1;
  if (s->coord[0]) {
    struct binding value = {.kind = BIND_VALUE, .form = index.form, .symbol = s};
    for (int i = 0; i < nindex; i++) {
      index.form = coord_form(s, r->row ? i + 1 : i, dim, span, raw);
      TRY(bind(e, r->binders[i], index, pushed));
    }
    return bind(e, r->binders[nindex], value, pushed);
  }
  TRY(bind(e, r->binders[l->which], index, pushed));
  return l->which == nindex - 1 ? bind_element(e, r, pushed) : STATUS_OK;
}
