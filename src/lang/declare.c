#include "config.h"

#include "lang/declare.h"

#include <string.h>

#include "lang/declaring.h"
#include "lang/given.h"
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

/* ---- parameters ---- */

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
    TRY(declared_ranges(e, s, open, shape, &box));
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
  TRY(fill_allocate(e, sym->decl->loc, count, &sym->data));
  struct fill f = {.name = p->stmt->name,
                   .shape = &sym->shape,
                   .integer = p->stmt->is_integer,
                   .out = &sym->data};
  sym->nentries = p->stmt->is_sparse || !sym->shape.box ? count : 0;
  f.expr = p->stmt->expr;
  if (!p->has_content) return fill_expressions(e, p->stmt, &f);
  f.items = c->items;
  if (f.items) return fill_expressions(e, p->stmt, &f);
  return entries ? fill_entries(e, &f, c) : fill_content(e, &f, c);
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
  TRY(declared_shape(e, s, &sym->shape));
  if (!s->expr) return STATUS_OK;
  TRY(fill_allocate(e, sym->decl->loc, sym->shape.size, &sym->given));
  sym->has_default = true;
  struct fill f = {
      .name = s->name, .shape = &sym->shape, .point = true, .out = &sym->given, .expr = s->expr};
  return fill_expressions(e, s, &f);
}

/* ---- all ---- */

static enum status declare_all(struct elab *e, const struct givens *g)
{
  for (size_t i = 0; i < e->model->decls.len; i++) {
    struct symbol *s = &e->symbols[i];
    switch (s->decl->kind) {
    case DECL_PARAM: TRY(declare_param(e, s, &g->of[i])); break;
    case DECL_VAR: TRY(declare_var(e, s)); break;
    case DECL_AUX: TRY(declared_shape(e, s->decl->stmt, &s->shape)); break;
    case DECL_LET:
    case DECL_DEF: break;
    }
  }
  return STATUS_OK;
}

enum status elaborate_declarations(struct elab *e, const struct parameter_input *inputs,
                                   size_t ninputs)
{
  struct givens g;
  enum status status = givens_collect(e, inputs, ninputs, &g);
  if (status == STATUS_OK) status = declare_all(e, &g);
  givens_free(&g);
  return status;
}
