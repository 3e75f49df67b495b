#include "config.h"

#include "lang/declare.h"

#include <math.h>
#include <string.h>

#include "base/number.h"
#include "lang/declaring.h"
#include "lang/quantity.h"

/* ---- messages ---- */

/* The dimensions of a declaration that leaves its sizes to the data: "[any, any]". */
static void print_open(const struct elab *e, const char *name, struct strbuf *out)
{
  int ndim = 1;
  for (size_t i = 0; i < e->model->decls.len; i++)
    if (strcmp(e->model->decls.data[i]->name, name) == 0) ndim = e->model->decls.data[i]->ndim;
  strbuf_puts(out, "[any");
  while (--ndim > 0) strbuf_puts(out, ", any");
  strbuf_putc(out, ']');
}

enum status fail_shape(struct elab *e, const char *name, const struct shape *s,
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

static enum status fail_value(struct elab *e, const struct fill *f, int64_t k,
                              const struct number *x, struct loc loc)
{
  struct strbuf element = {0};
  int64_t index[LOOP_MAX];
  char text[NUMBER_MAX + 1];
  enum status status;
  double v = number_nearest(e->field, x);
  if (isfinite(v) && !isfinite(x->im)) v = x->im;
  text[number_format(text, v)] = '\0';
  shape_index(f->shape, k, index);
  shape_print_element(f->name, index, f->shape->ndim, &element);
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

enum status fill_allocate(struct elab *e, struct loc loc, int64_t count, struct numbers *out)
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

static bool has_index(const struct stmt *s)
{
  for (int d = 0; d < s->ndims; d++)
    if (s->dims[d]->index) return true;
  return false;
}

enum status fill_expressions(struct elab *e, const struct stmt *s, struct fill *f)
{
  if (f->items || has_index(s)) return declared_walk(e, s, f->shape->extent, visit_value, f);
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

enum status fill_content(struct elab *e, struct fill *f, const struct content *c)
{
  if (c->kind == CONTENT_MATRIX || c->kind == CONTENT_ENTRIES) return fill_matrix(e, f, c);
  if (c->kind == CONTENT_LIST && c->nvalues && takes_doubles(f)) {
    memcpy(f->out->re, c->list->values, (size_t)c->nvalues * sizeof *f->out->re);
    return STATUS_OK;
  }
  for (int64_t k = 0; k < c->nvalues; k++) TRY(set_content(e, f, k, c, k));
  return STATUS_OK;
}

enum status fill_entries(struct elab *e, struct fill *f, const struct content *c)
{
  for (int64_t k = 0; k < c->nvalues; k++) {
    struct number v;
    size_t mark = e->temporaries.len;
    TRY(content_number(e, c, k, &v));
    int64_t offset = c->matrix->row[k] * f->shape->stride[0] + c->matrix->col[k];
    if (!is_allowed(e, f, &v)) return fail_value(e, f, offset, &v, content_loc(c, k));
    numbers_set(f->out, k, &v);
    number_release(e, mark);
  }
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
