#include "config.h"

#include "lang/declare.h"

#include <math.h>
#include <string.h>

#include "base/number.h"
#include "io/text.h"
#include "lang/content.h"
#include "lang/names.h"
#include "lang/quantity.h"

void symbol_free(struct symbol *s)
{
  shape_free(&s->shape);
  numbers_free(&s->data);
  numbers_free(&s->given);
  rational_drop(s->known_value.exact);
  for (int d = 0; d < LOOP_MAX; d++) mem_free(s->coord[d]);
  mem_free(s->row_lo);
  mem_free(s->row_hi);
  mem_free(s->when);
  memset(s, 0, sizeof *s);
}

/* ---- walking the dimensions ---- */

/* Visits every index tuple of a declaration in row-major order of its loops, the dimensions'
 * indices in scope. */
typedef enum status walk_visit(struct elab *e, const int64_t *index, void *user);
struct walk {
  const struct stmt *stmt;
  const int64_t *open; /* sizes of open dimensions */
  walk_visit *visit;
  void *user;
  int64_t steps;
  int64_t index[LOOP_MAX];
};

static enum status dim_span(struct elab *e, const struct stmt *s, int d, const int64_t *open,
                            struct span *out)
{
  struct loop l = {.dim = s->dims[d], .one = s->kind == STMT_LET && s->dims[d]->single};
  if (!s->dims[d]->open) return loop_span(e, &l, out);
  *out = (struct span){1, 1, open[d]};
  return STATUS_OK;
}

static enum status dim_bind(struct elab *e, const struct stmt *s, int d, const struct span *span,
                            size_t *pushed)
{
  struct loop l = {.dim = s->dims[d]};
  if (e->ndims >= LOOP_MAX) return FAIL(e->ctx, LOOPS_TOO_DEEP, s->dims[d]->loc, (int)LOOP_MAX);
  e->at[e->ndims] = 0;
  TRY(loop_bind(e, &l, e->ndims, span, false, pushed));
  e->ndims++;
  return STATUS_OK;
}

static enum status walk_from(struct elab *e, struct walk *w, int d)
{
  struct span span;
  size_t pushed = 0;
  if (d == w->stmt->ndims) return w->visit(e, w->index, w->user);
  TRY(dim_span(e, w->stmt, d, w->open, &span));
  if (span.count > ITERATIONS_MAX - w->steps)
    return FAIL(e->ctx, TOO_MANY_ITERATIONS, w->stmt->dims[d]->loc, (long long)ITERATIONS_MAX);
  w->steps += span.count;
  enum status status = dim_bind(e, w->stmt, d, &span, &pushed);
  if (status != STATUS_OK) return status;
  for (int64_t k = 0; k < span.count && status == STATUS_OK; k++) {
    e->at[e->ndims - 1] = k;
    w->index[d] = span.lo + span.step * k;
    status = walk_from(e, w, d + 1);
  }
  scope_pop(e, pushed);
  e->ndims--;
  return status;
}

/* ---- shapes ---- */

static bool has_index(const struct stmt *s)
{
  for (int d = 0; d < s->ndims; d++)
    if (s->dims[d]->index) return true;
  return false;
}

static bool mentions(const struct expr *x, const struct binder *b);

static bool range_mentions(const struct range *r, const struct binder *b)
{
  return mentions(r->lo, b) || mentions(r->hi, b) || mentions(r->by, b) || mentions(r->row, b);
}

/* Whether the index occurs in the expression (or in NULL: no).  Recursion is bounded by its height.
 */
static bool mentions(const struct expr *x, const struct binder *b)
{
  if (!x) return false;
  if (x->binder == b || mentions(x->filter, b)) return true;
  for (int i = 0; i < x->nargs; i++)
    if (mentions(x->args[i], b)) return true;
  for (int i = 0; i < x->nranges; i++)
    if (range_mentions(x->ranges[i], b)) return true;
  return false;
}

/* Whether the range of dimension d depends on the index of an earlier one. */
static bool depends(struct elab *e, const struct stmt *s, int d)
{
  const struct dim *x = s->dims[d];
  struct loop l = {.dim = x, .one = s->kind == STMT_LET && x->single};
  bool earlier = false;
  for (int i = 0; i < d && !x->open; i++) {
    const struct binder *b = s->dims[i]->index;
    earlier |= b && (mentions(x->lo, b) || mentions(x->hi, b) || mentions(x->by, b));
  }
  return earlier && !loop_is_fixed(e, &l);
}

/* The ranges of dimensions d … as those of a box; *box is false if a range depends on an earlier
 * index. */
static enum status box_from(struct elab *e, const struct stmt *s, int d, const int64_t *open,
                            struct shape *out, bool *box)
{
  struct span span;
  size_t pushed = 0;
  if (d == s->ndims) return STATUS_OK;
  *box = !depends(e, s, d);
  if (!*box) return STATUS_OK;
  TRY(dim_span(e, s, d, open, &span));
  out->lo[d] = span.lo;
  out->step[d] = span.step;
  out->extent[d] = span.count;
  TRY(dim_bind(e, s, d, &span, &pushed));
  enum status status = box_from(e, s, d + 1, open, out, box);
  scope_pop(e, pushed);
  e->ndims--;
  return status;
}

static enum status visit_tuple(struct elab *e, const int64_t *index, void *user)
{
  struct shape *s = user;
  bool fresh;
  /* tuples, their hash table, and both once more while it grows */
  if ((s->size & 0xFFFF) == 0)
    TRY(diag_check_memory(e->ctx, (double)(s->size + 0x10000) * 8 * (2 * s->ndim + 6), "an array"));
  return shape_add(e->ctx, s, index, &fresh);
}

/* The shape without strides and size if it is a box (*box), else complete. */
static enum status find_shape(struct elab *e, const struct stmt *s, const int64_t *open,
                              struct shape *out, bool *box)
{
  memset(out, 0, sizeof *out);
  out->ndim = s->ndims;
  *box = true;
  TRY(box_from(e, s, 0, open, out, box));
  out->box = *box;
  if (*box) return STATUS_OK;
  memset(out, 0, sizeof *out);
  out->ndim = s->ndims;
  struct walk w = {.stmt = s, .open = open, .visit = visit_tuple, .user = out};
  enum status status = walk_from(e, &w, 0);
  if (status != STATUS_OK) shape_free(out);
  return status;
}

enum status declare_shape(struct elab *e, const struct stmt *s, struct shape *out)
{
  bool box;
  if (s->ndims == 0) {
    shape_scalar(out);
    return STATUS_OK;
  }
  TRY(find_shape(e, s, NULL, out, &box));
  return box ? shape_box(e->ctx, s->name_loc, out) : STATUS_OK;
}

/* ---- messages ---- */

/* The dimensions of a declaration that leaves its sizes to the data: "[,]". */
static void print_open(const struct elab *e, const char *name, struct strbuf *out)
{
  int ndim = 1;
  for (size_t i = 0; i < e->model->decls.len; i++)
    if (strcmp(e->model->decls.data[i]->name, name) == 0) ndim = e->model->decls.data[i]->ndim;
  strbuf_putc(out, '[');
  while (--ndim > 0) strbuf_putc(out, ',');
  strbuf_putc(out, ']');
}

static enum status fail_shape(struct elab *e, const char *name, const struct shape *s,
                              const struct content *c)
{
  struct strbuf want = {0}, got = {0};
  enum status status;
  if (s)
    shape_print(s, &want);
  else
    print_open(e, name, &want);
  content_print(c, &got);
  if (want.failed || got.failed)
    status = diag_no_memory(e->ctx);
  else if (c->kind == CONTENT_LITERAL)
    status = FAIL(e->ctx, LITERAL_RAGGED, c->loc, want.data, name);
  else if (s && s->ndim == 0)
    status = FAIL(e->ctx, PARAM_NOT_SCALAR, c->loc, name,
                  c->kind == CONTENT_LIST ? "a list" : "a matrix");
  else
    status = FAIL(e->ctx, PARAM_WRONG_SHAPE, c->loc, name, want.data, got.data);
  if (status != STATUS_LIMIT && c->kind == CONTENT_LITERAL)
    diag_note(e->ctx, NO_LOC, "the literal has the shape %s", got.data);
  if (status != STATUS_LIMIT && s && !s->box)
    diag_note(e->ctx, NO_LOC,
              "the dimensions of '%s' depend on each other: give the elements that exist, row by "
              "row",
              name);
  strbuf_free(&want);
  strbuf_free(&got);
  return status;
}

/* ---- values ---- */

/* Where values go, and what they must be. */
struct fill {
  const char *name;
  const struct shape *shape;
  bool integer, point;
  struct numbers *out;
  int64_t k;                       /* elements filled so far, in a walk */
  const struct expr *expr;         /* one for all, */
  const struct expr *const *items; /* or one for each */
};

static void element_text(const struct fill *f, int64_t k, struct strbuf *out)
{
  int64_t index[LOOP_MAX];
  strbuf_puts(out, f->name);
  if (f->shape->ndim == 0) return;
  shape_index(f->shape, k, index);
  for (int d = 0; d < f->shape->ndim; d++) {
    strbuf_puts(out, d ? "," : "[");
    strbuf_int(out, index[d]);
  }
  strbuf_putc(out, ']');
}

static enum status fail_value(struct elab *e, const struct fill *f, int64_t k,
                              const struct number *x, struct loc loc)
{
  struct strbuf element = {0};
  char text[NUMBER_MAX + 1];
  enum status status;
  double v = number_nearest(e->field, x);
  if (isfinite(v) && !isfinite(x->im)) v = x->im;
  text[number_format(text, v)] = '\0';
  element_text(f, k, &element);
  if (element.failed)
    status = diag_no_memory(e->ctx);
  else if (isfinite(v))
    status = FAIL(e->ctx, PARAM_NOT_INTEGER, loc, f->name, element.data, text);
  else if (f->point)
    status = FAIL(e->ctx, POINT_NOT_FINITE, loc, element.data, text);
  else
    status = FAIL(e->ctx, PARAM_NOT_FINITE, loc, element.data, text);
  strbuf_free(&element);
  return status;
}

static bool is_allowed(const struct elab *e, const struct fill *f, const struct number *x)
{
  double k;
  if (e->field != FIELD_EXACT && !(isfinite(x->re) && isfinite(x->im))) return false;
  return !f->integer || (number_is_whole(e->field, x, &k) && fabs(k) < WHOLE_MAX);
}

static enum status set_value(struct elab *e, struct fill *f, int64_t k, const struct number *x,
                             struct loc loc)
{
  if (!is_allowed(e, f, x)) return fail_value(e, f, k, x, loc);
  numbers_set(f->out, k, x);
  return STATUS_OK;
}

/* Room for a declared array.  There is one element more: sparse parameters have a 0 behind them. */
static enum status allocate(struct elab *e, struct loc loc, int64_t count, struct numbers *out)
{
  TRY(diag_check_memory_at(e->ctx, loc, numbers_size(e->field) * ((double)count + 1),
                           "this array"));
  TRY(numbers_create(e->ctx, e->field, (double)count + 1, "an array", out));
  if (e->field != FIELD_EXACT) return STATUS_OK;
  out->re = mem_zalloc((size_t)count + 1, sizeof *out->re);
  return out->re ? STATUS_OK : diag_no_memory(e->ctx);
}

static enum status visit_value(struct elab *e, const int64_t *index, void *user)
{
  struct fill *f = user;
  const struct expr *x = f->items ? f->items[f->k] : f->expr;
  struct number v;
  size_t mark = e->temporaries.len;
  (void)index;
  TRY(data_number(e, x, &v));
  TRY(set_value(e, f, f->k++, &v, x->loc));
  number_release(e, mark);
  return STATUS_OK;
}

/* Expressions, with the indices of the declaration in scope; evaluated once where there are none.
 */
static enum status fill_expressions(struct elab *e, const struct stmt *s, struct fill *f)
{
  struct walk w = {.stmt = s, .open = f->shape->extent, .visit = visit_value, .user = f};
  if (f->items || has_index(s)) return walk_from(e, &w, 0);
  if (f->shape->size == 0) return STATUS_OK;
  TRY(visit_value(e, NULL, f));
  struct number first = numbers_get(f->out, 0);
  for (int64_t k = 1; k < f->shape->size; k++) numbers_set(f->out, k, &first);
  return STATUS_OK;
}

/* The element that stands in row i and column j (from 0) of a matrix, or -1. */
static int64_t matrix_element(const struct shape *s, int64_t i, int64_t j)
{
  if (s->ndim == 1) return i + j;
  if (s->box) return i * s->extent[1] + j;
  int64_t index[2] = {s->lo[0] + i, s->lo[1] + j};
  return shape_find(s, index);
}

/* Whether all doubles are allowed: what is read from files is finite. */
static bool takes_doubles(const struct fill *f)
{
  return f->out->field == FIELD_REAL && !f->integer;
}

/* Element `offset` becomes number k of the content. */
static enum status set_content(struct elab *e, struct fill *f, int64_t offset,
                               const struct content *c, int64_t k)
{
  struct number v;
  if (c->matrix && takes_doubles(f)) {
    f->out->re[offset] = c->matrix->re[k];
    return STATUS_OK;
  }
  size_t mark = e->temporaries.len;
  TRY(content_number(e, c, k, &v));
  TRY(set_value(e, f, offset, &v, content_loc(c, k)));
  number_release(e, mark);
  return STATUS_OK;
}

static enum status fill_matrix(struct elab *e, struct fill *f, const struct content *c)
{
  const struct mtx *m = c->matrix;
  for (int64_t k = 0; k < m->nnz; k++) {
    int64_t i = m->coordinate ? m->row[k] : k % m->rows,
            j = m->coordinate ? m->col[k] : k / m->rows;
    int64_t offset = matrix_element(f->shape, i, j);
    if (offset < 0) {
      if (!m->coordinate && m->re[k] == 0 && !(m->im && m->im[k] != 0)) continue;
      return FAIL(e->ctx, PARAM_NO_ELEMENT, content_loc(c, k), f->name,
                  (long long)(f->shape->lo[0] + i), (long long)(f->shape->lo[1] + j));
    }
    TRY(set_content(e, f, offset, c, k));
  }
  return STATUS_OK;
}

static enum status fill_content(struct elab *e, struct fill *f, const struct content *c)
{
  if (c->kind == CONTENT_MATRIX || c->kind == CONTENT_ENTRIES) return fill_matrix(e, f, c);
  if (c->kind == CONTENT_LIST && c->nvalues && takes_doubles(f)) {
    memcpy(f->out->re, c->list->values, (size_t)c->nvalues * sizeof *f->out->re);
    return STATUS_OK;
  }
  for (int64_t k = 0; k < c->nvalues; k++) TRY(set_content(e, f, k, c, k));
  return STATUS_OK;
}

enum status declare_values(struct elab *e, const char *name, const struct shape *shape,
                           const struct data *d, struct numbers *out)
{
  struct fill f = {.name = name, .shape = shape, .point = true, .out = out};
  struct content c;
  bool fits;
  TRY(content_of_data(e, name, d, &c));
  enum status status = content_fits(e->ctx, &c, shape, &fits);
  if (status == STATUS_OK && !fits) status = fail_shape(e, name, shape, &c);
  if (status == STATUS_OK) numbers_zero(out);
  if (status == STATUS_OK) status = fill_content(e, &f, &c);
  content_free(&c);
  return status;
}

/* ---- parameters ---- */

/* What the command line gives to a parameter. */
struct given {
  const struct data *value;
  int source; /* value NULL: in Matrix Market; -1: nothing is given */
};

struct declaration {
  struct symbol *symbol;
  const struct stmt *stmt;
  struct content content;
  bool has_content; /* else the default expression */
};

static enum status find_content(struct elab *e, struct declaration *p, const struct given *g)
{
  const struct stmt *s = p->stmt;
  p->has_content = true;
  if (g->value) return content_of_data(e, s->name, g->value, &p->content);
  if (g->source >= 0) return content_of_source(e, s->name, g->source, &p->content);
  if (!s->expr) return FAIL(e->ctx, PARAM_MISSING, s->name_loc, s->name);
  if (s->expr->kind == EXPR_READ) return content_of_read(e, s->name, s->expr, &p->content);
  if (s->expr->kind == EXPR_ARRAY) return content_of_literal(e, s->expr, s->ndims, &p->content);
  p->has_content = false;
  return STATUS_OK;
}

static bool has_open(const struct stmt *s)
{
  for (int d = 0; d < s->ndims; d++)
    if (s->dims[d]->open) return true;
  return false;
}

/* The sizes of the open dimensions. */
static enum status open_sizes(struct elab *e, const struct declaration *p, int64_t *open)
{
  const struct content *c = &p->content;
  bool matrix = c->kind == CONTENT_MATRIX || c->kind == CONTENT_ENTRIES;
  if (!has_open(p->stmt)) return STATUS_OK;
  if (p->has_content && matrix && p->stmt->ndims == 1 && (c->extent[0] == 1 || c->extent[1] == 1)) {
    open[0] = c->extent[0] * c->extent[1];
    return STATUS_OK;
  }
  bool empty = c->nvalues == 0 && c->depth < p->stmt->ndims; /* [] */
  if (!p->has_content || !c->even || c->depth == 0 || (c->depth != p->stmt->ndims && !empty))
    return fail_shape(e, p->stmt->name, NULL, c);
  memcpy(open, c->extent, (size_t)p->stmt->ndims * sizeof *open);
  return STATUS_OK;
}

/* Sparse ones count from 1, and may have more elements than fit into memory. */
static enum status sparse_shape(struct elab *e, const struct stmt *s, struct shape *shape)
{
  bool plain = shape->box;
  for (int d = 0; plain && d < 2; d++) plain = shape->lo[d] == 1 && shape->step[d] == 1;
  if (!plain) return FAIL(e->ctx, SPARSE_RANGES, s->name_loc, s->name);
  shape->stride[0] = shape->extent[1];
  shape->stride[1] = 1;
  if (__builtin_mul_overflow(shape->extent[0], shape->extent[1], &shape->size))
    return FAIL(e->ctx, ARRAY_TOO_LARGE, s->name_loc);
  return STATUS_OK;
}

static enum status param_shape(struct elab *e, struct declaration *p)
{
  struct shape *shape = &p->symbol->shape;
  const struct stmt *s = p->stmt;
  int64_t open[LOOP_MAX] = {0};
  bool box, fits = true;
  if (s->ndims == 0) {
    shape_scalar(shape);
  } else {
    TRY(open_sizes(e, p, open));
    TRY(find_shape(e, s, open, shape, &box));
    if (s->is_sparse)
      TRY(sparse_shape(e, s, shape));
    else if (box)
      TRY(shape_box(e->ctx, s->name_loc, shape));
  }
  if (p->has_content) TRY(content_fits(e->ctx, &p->content, shape, &fits));
  return fits ? STATUS_OK : fail_shape(e, s->name, shape, &p->content);
}

static enum status param_values(struct elab *e, struct declaration *p)
{
  struct symbol *sym = p->symbol;
  const struct content *c = &p->content;
  bool entries = p->has_content && c->kind == CONTENT_ENTRIES && p->stmt->is_sparse;
  int64_t count = entries ? c->nvalues : sym->shape.size;
  if (count > INT64_MAX / 16) return FAIL(e->ctx, ARRAY_TOO_LARGE, p->stmt->name_loc);
  TRY(allocate(e, sym->decl->loc, count, &sym->data));
  struct fill f = {.name = p->stmt->name,
                   .shape = &sym->shape,
                   .integer = p->stmt->is_integer,
                   .out = &sym->data};
  sym->nentries = p->stmt->is_sparse || !sym->shape.box ? count : 0;
  f.expr = p->stmt->expr;
  if (!p->has_content) return fill_expressions(e, p->stmt, &f);
  f.items = c->items;
  if (f.items) return fill_expressions(e, p->stmt, &f);
  if (!entries) return fill_content(e, &f, c);
  for (int64_t k = 0; k < count; k++) {
    struct number v;
    size_t mark = e->temporaries.len;
    TRY(content_number(e, c, k, &v));
    int64_t offset = c->matrix->row[k] * sym->shape.stride[0] + c->matrix->col[k];
    if (!is_allowed(e, &f, &v)) return fail_value(e, &f, offset, &v, content_loc(c, k));
    numbers_set(&sym->data, k, &v);
    number_release(e, mark);
  }
  return STATUS_OK;
}

static bool is_plain(const struct numbers *v)
{
  for (int64_t k = 0; v->field != FIELD_REAL && k < v->count; k++) {
    struct number x = numbers_get(v, k);
    if (!number_is_double(v->field, &x)) return false;
  }
  return true;
}

/* The entries of each row; those of one row stand together, whatever the order of the rows. */
static enum status find_rows(struct elab *e, struct symbol *s)
{
  size_t rows = (size_t)s->shape.extent[0];
  s->row_lo = mem_zalloc(rows, sizeof *s->row_lo);
  s->row_hi = mem_zalloc(rows, sizeof *s->row_hi);
  if (!s->row_lo || !s->row_hi) return diag_no_memory(e->ctx);
  for (int64_t k = 0; k < s->nentries; k++) {
    int64_t row = (int64_t)s->coord[0][k] - s->shape.lo[0];
    if (k == 0 || s->coord[0][k] != s->coord[0][k - 1]) s->row_lo[row] = k;
    s->row_hi[row] = k + 1;
  }
  return STATUS_OK;
}

static enum status param_entries(struct elab *e, struct declaration *p)
{
  struct symbol *s = p->symbol;
  const struct mtx *m = p->content.kind == CONTENT_ENTRIES ? p->content.matrix : NULL;
  int64_t index[LOOP_MAX];
  double bytes = 8.0 * (double)s->nentries * s->shape.ndim + 16.0 * (double)s->shape.extent[0];
  TRY(diag_check_memory(e->ctx, bytes, "an array"));
  for (int d = 0; d < s->shape.ndim; d++) {
    s->coord[d] = mem_alloc((size_t)s->nentries, sizeof *s->coord[d]);
    if (!s->coord[d]) return diag_no_memory(e->ctx);
  }
  for (int64_t k = 0; k < s->nentries; k++) {
    if (m && p->stmt->is_sparse) {
      index[0] = (int64_t)m->row[k] + 1;
      index[1] = (int64_t)m->col[k] + 1;
    } else {
      shape_index(&s->shape, k, index);
    }
    for (int d = 0; d < s->shape.ndim; d++) s->coord[d][k] = (double)index[d];
  }
  return s->shape.ndim == 2 ? find_rows(e, s) : STATUS_OK;
}

static enum status declare_param(struct elab *e, struct symbol *sym, const struct given *g)
{
  struct declaration p = {.symbol = sym, .stmt = sym->decl->stmt};
  enum status status = find_content(e, &p, g);
  sym->from_input = g->value || g->source >= 0;
  if (status == STATUS_OK) status = param_shape(e, &p);
  if (status == STATUS_OK) status = param_values(e, &p);
  sym->plain = status == STATUS_OK && is_plain(&sym->data);
  if (status == STATUS_OK && (p.stmt->is_sparse || !sym->shape.box)) status = param_entries(e, &p);
  content_free(&p.content);
  return status;
}

/* ---- variables ---- */

static enum status declare_var(struct elab *e, struct symbol *sym)
{
  const struct stmt *s = sym->decl->stmt;
  TRY(declare_shape(e, s, &sym->shape));
  if (!s->expr) return STATUS_OK;
  TRY(allocate(e, sym->decl->loc, sym->shape.size, &sym->given));
  sym->has_default = true;
  struct fill f = {
      .name = s->name, .shape = &sym->shape, .point = true, .out = &sym->given, .expr = s->expr};
  return fill_expressions(e, s, &f);
}

/* ---- what is given ---- */

struct inputs {
  struct name_table names;
  struct arena arena;
  struct given *given;      /* by decl->number */
  VEC(struct data *) trees; /* what the values point into */
};

static enum status index_names(struct elab *e, struct inputs *in)
{
  size_t count = e->model->decls.len;
  name_table_init(&in->names);
  in->given = mem_alloc(count, sizeof *in->given);
  if (!in->given) return diag_no_memory(e->ctx);
  for (size_t i = 0; i < count; i++) {
    struct decl *d = e->model->decls.data[i];
    struct name *n = name_table_add(&in->names, &in->arena, d->name, strlen(d->name));
    if (!n) return diag_no_memory(e->ctx);
    n->decl = d;
    in->given[i] = (struct given){NULL, -1};
  }
  return STATUS_OK;
}

/* No parameter is called `name`: with the nearest one, or all that there are. */
static enum status fail_unknown(struct elab *e, const char *name, bool set, struct loc loc)
{
  VEC(const char *) known = {NULL, 0, 0};
  for (size_t i = 0; i < e->model->decls.len; i++)
    if (e->model->decls.data[i]->kind == DECL_PARAM &&
        !VEC_PUSH(&known, e->model->decls.data[i]->name))
      break;
  const char *near = suggest(name, known.data, known.len);
  const char *before = near ? "; did you mean '" : "", *behind = near ? "'?" : "";
  enum status status =
      set ? FAIL(e->ctx, SET_UNKNOWN_NAME, loc, name, before, near ? near : "", behind)
          : FAIL(e->ctx, DATA_UNKNOWN_NAME, loc, name, before, near ? near : "", behind);
  if (!near) diag_note_names(e->ctx, "its parameters", known.data, known.len);
  VEC_FREE(&known);
  return status;
}

static const char *kind_text(enum decl_kind kind)
{
  return kind == DECL_VAR   ? "a variable"
         : kind == DECL_LET ? "a let"
         : kind == DECL_AUX ? "an aux output"
                            : "a def";
}

static enum status give(struct elab *e, struct inputs *in, const char *name, bool set,
                        struct loc loc, struct given g)
{
  struct name *n = name_table_find(&in->names, name, strlen(name));
  const struct decl *d = n ? n->decl : NULL;
  if (d && d->kind == DECL_PARAM) {
    in->given[d->number] = g;
    return STATUS_OK;
  }
  if (d) {
    const char *advice = d->kind == DECL_VAR ? "; its value belongs to the point, --at" : "";
    return set ? FAIL(e->ctx, SET_NOT_PARAM, loc, name, kind_text(d->kind), advice)
               : FAIL(e->ctx, DATA_NOT_PARAM, loc, name, kind_text(d->kind), advice);
  }
  return fail_unknown(e, name, set, loc);
}

/* Parses a source and keeps the tree. */
static enum status parse_tree(struct elab *e, struct inputs *in, int source,
                              const struct data **out)
{
  struct data *d;
  TRY(content_document(e->ctx, source, e->field, &d));
  *out = d;
  if (VEC_PUSH(&in->trees, d)) return STATUS_OK;
  data_free(d);
  return diag_no_memory(e->ctx);
}

static enum status add_tree(struct elab *e, struct inputs *in, const struct data *d)
{
  for (size_t i = 0; i < d->nentries; i++)
    TRY(give(e, in, d->entries[i].key, false, d->entries[i].loc,
             (struct given){d->entries[i].value, -1}));
  return STATUS_OK;
}

static enum status add_file(struct elab *e, struct inputs *in, const struct parameter_input *input)
{
  const struct data *d = NULL;
  int source;
  bool named = input->kind == INPUT_NAMED_DATA;
  TRY(file_read_again(e->ctx, input->text, -1, &source));
  const struct source *s = &e->ctx->sources.data[source];
  bool matrix = mtx_is_matrix_market(s);
  if (!matrix) TRY(parse_tree(e, in, source, &d));
  if (named)
    return give(e, in, input->name, false, NO_LOC, (struct given){d, matrix ? source : -1});
  if (matrix || (d->kind != DATA_MAP && d->kind != DATA_NULL)) {
    enum status status = FAIL(e->ctx, DATA_NOT_MAP, matrix ? text_loc(source, 0, 1) : d->loc);
    diag_note(e->ctx, NO_LOC, "a single array is given as --data NAME=FILE");
    return status;
  }
  return add_tree(e, in, d);
}

static enum status add_set(struct elab *e, struct inputs *in, const struct parameter_input *input)
{
  struct strbuf name = {0};
  const struct data *d;
  int source;
  strbuf_puts(&name, "--set ");
  strbuf_puts(&name, input->name);
  char *text = mem_strndup(input->text, strlen(input->text));
  enum status status = STATUS_OK;
  if (name.failed || !text) {
    mem_free(text);
    status = diag_no_memory(e->ctx);
  } else {
    status = context_add_source(e->ctx, name.data, text, strlen(input->text), &source);
  }
  strbuf_free(&name);
  TRY(status);
  TRY(give(e, in, input->name, true, NO_LOC, (struct given){NULL, -1}));
  TRY(parse_tree(e, in, source, &d));
  return give(e, in, input->name, true, NO_LOC, (struct given){d, -1});
}

static enum status add_input(struct elab *e, struct inputs *in, const struct parameter_input *input)
{
  switch (input->kind) {
  case INPUT_SET: return add_set(e, in, input);
  case INPUT_VALUE: return give(e, in, input->name, true, NO_LOC, (struct given){input->value, -1});
  case INPUT_DATA:
  case INPUT_NAMED_DATA: break;
  }
  return add_file(e, in, input);
}

static void inputs_free(struct inputs *in)
{
  for (size_t i = 0; i < in->trees.len; i++) data_free(in->trees.data[i]);
  VEC_FREE(&in->trees);
  mem_free(in->given);
  name_table_free(&in->names);
  arena_free(&in->arena);
}

static enum status declare_all(struct elab *e, const struct inputs *in)
{
  for (size_t i = 0; i < e->model->decls.len; i++) {
    struct symbol *s = &e->symbols[i];
    s->decl = e->model->decls.data[i];
    s->array = -1;
    switch (s->decl->kind) {
    case DECL_PARAM: TRY(declare_param(e, s, &in->given[i])); break;
    case DECL_VAR: TRY(declare_var(e, s)); break;
    case DECL_AUX: TRY(declare_shape(e, s->decl->stmt, &s->shape)); break;
    case DECL_LET:
    case DECL_DEF: break;
    }
  }
  return STATUS_OK;
}

enum status elaborate_declarations(struct elab *e, const struct parameter_input *inputs,
                                   size_t ninputs)
{
  struct inputs in = {0};
  enum status status = index_names(e, &in);
  for (size_t i = 0; i < ninputs && status == STATUS_OK; i++)
    status = add_input(e, &in, &inputs[i]);
  if (status == STATUS_OK && e->set) status = add_tree(e, &in, e->set);
  if (status == STATUS_OK) status = declare_all(e, &in);
  inputs_free(&in);
  return status;
}
