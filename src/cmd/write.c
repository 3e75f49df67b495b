#include "config.h"

#include "cmd/write.h"

#include <math.h>
#include <string.h>

#include "base/number.h"
#include "cmd/tables.h"
#include "io/mtx.h"

enum status write_output(struct work *w, writer *write, const void *what)
{
  struct sink *out = NULL;
  TRY(sink_check_path(w->ctx, w->o->output)); /* by now all inputs have been read */
  TRY(sink_open(w->ctx, w->o->output, &out));
  enum status status = write(w, out, what);
  if (status == STATUS_OK)
    status = sink_commit(out);
  else
    sink_abandon(out);
  timing_stage(&w->timing, "write");
  return status;
}

/* --- JSON ----------------------------------------------------------------------------------- */

void write_json_begin(struct json_writer *j, struct sink *out, const char *kind)
{
  char schema[48] = "asdex/";
  strcat(schema, kind);
  strcat(schema, "/1");
  json_begin(j, out);
  json_object_begin(j);
  json_key(j, "schema");
  json_string(j, schema);
}

/* The names of the unknowns: of the model, else those that the coloring was saved with. */
static enum status write_labels(struct work *w, struct json_writer *j)
{
  struct strbuf name = {0};
  json_key(j, "labels");
  json_array_begin(j);
  for (size_t u = 0; u < w->saved.labels.len && !w->problem; u++)
    json_string(j, w->saved.labels.data[u]);
  for (int32_t u = 0; u < w->n && w->problem && !name.failed; u++) {
    name.len = 0;
    problem_unknown_name(w->problem, u, &name);
    if (name.data) json_string(j, name.data);
  }
  json_array_end(j);
  enum status status = name.failed ? diag_no_memory(w->ctx) : STATUS_OK;
  strbuf_free(&name);
  return status;
}

enum status write_json_end(struct work *w, struct json_writer *j)
{
  if (w->o->labels) TRY(write_labels(w, j));
  json_object_end(j);
  return json_end(j);
}

static void write_block_names(struct work *w, struct json_writer *j)
{
  const struct block *blocks;
  const int *order;
  size_t count = problem_unknown_blocks(w->problem, &order);
  problem_blocks(w->problem, &blocks);
  for (size_t i = 0; i < count; i++) json_string(j, blocks[order[i]].name);
}

void write_json_wrt(struct work *w, struct json_writer *j, bool always)
{
  if (!w->saved.has_wrt && !(w->problem && (always || w->o->wrt.len))) return;
  json_key(j, "wrt");
  json_array_begin(j);
  if (w->saved.has_wrt)
    for (size_t i = 0; i < w->saved.wrt.len; i++) json_string(j, w->saved.wrt.data[i]);
  else
    write_block_names(w, j);
  json_array_end(j);
}

/* Of row i: the entries that are written. */
static int64_t row_end(const struct pattern *p, int32_t i, bool lower)
{
  int64_t end = p->ptr[i + 1];
  while (lower && end > p->ptr[i] && p->ind[end - 1] > i) end--;
  return end;
}

void write_json_positions(struct json_writer *j, const struct pattern *p, bool lower)
{
  json_key(j, "rows");
  json_array_begin(j);
  for (int32_t i = 0; i < p->n; i++)
    for (int64_t k = p->ptr[i], end = row_end(p, i, lower); k < end; k++) json_int(j, i);
  json_array_end(j);
  json_key(j, "cols");
  if (!lower) {
    json_ints(j, p->ind, pattern_nnz(p));
    return;
  }
  json_array_begin(j);
  for (int32_t i = 0; i < p->n; i++)
    for (int64_t k = p->ptr[i], end = row_end(p, i, lower); k < end; k++) json_int(j, p->ind[k]);
  json_array_end(j);
}

/* --- numbers -------------------------------------------------------------------------------- */

static void json_exact(struct json_writer *j, const struct number *x)
{
  struct strbuf text = {0};
  number_print(FIELD_EXACT, x, &text);
  if (text.data && !text.failed)
    json_string(j, text.data);
  else if (j->status == STATUS_OK)
    j->status = diag_no_memory(sink_context(j->sink));
  strbuf_free(&text);
}

void write_json_number(struct json_writer *j, enum field field, const struct number *x)
{
  if (field == FIELD_EXACT) {
    json_exact(j, x);
  } else if (field == FIELD_REAL) {
    json_number(j, x->re);
  } else {
    json_array_begin(j);
    json_number(j, x->re);
    json_number(j, x->im);
    json_array_end(j);
  }
}

void write_json_numbers(struct json_writer *j, const struct numbers *v, int64_t first,
                        int64_t count, int64_t stride)
{
  if (v->field == FIELD_REAL) {
    json_numbers(j, v->re + first, count, stride);
    return;
  }
  json_array_begin(j);
  for (int64_t i = 0; i < count; i++) {
    struct number x = numbers_get(v, first + i * stride);
    write_json_number(j, v->field, &x);
  }
  json_array_end(j);
}

/* Nested lists, row-major; depth is at most LOOP_MAX. */
static void json_nested(struct json_writer *j, const struct numbers *v, int64_t first,
                        const int64_t *extent, int ndim)
{
  if (ndim == 0) {
    struct number x = numbers_get(v, first);
    write_json_number(j, v->field, &x);
    return;
  }
  if (ndim == 1) {
    write_json_numbers(j, v, first, extent[0], 1);
    return;
  }
  int64_t inner = 1;
  for (int d = 1; d < ndim; d++) inner *= extent[d];
  json_array_begin(j);
  for (int64_t i = 0; i < extent[0]; i++)
    json_nested(j, v, first + i * inner, extent + 1, ndim - 1);
  json_array_end(j);
}

/* The same of dimensions that depend on each other: lists without elements are left out. */
static void json_ragged(struct work *w, struct json_writer *j, size_t k, const struct numbers *v,
                        int ndim)
{
  json_array_begin(j);
  for (int64_t i = 0; i < v->count; i++) {
    int shared = problem_aux_shared(w->problem, k, i);
    for (int d = shared + 1; i > 0 && d < ndim; d++) json_array_end(j);
    for (int d = shared + 1; d < ndim; d++) json_array_begin(j);
    struct number x = numbers_get(v, i);
    write_json_number(j, v->field, &x);
  }
  for (int d = 1; v->count > 0 && d < ndim; d++) json_array_end(j);
  json_array_end(j);
}

static void json_aux(struct work *w, struct json_writer *j, size_t k)
{
  int64_t extent[LOOP_MAX];
  bool ragged;
  struct numbers v = evaluation_aux(w->evaluation, k);
  int ndim = problem_aux_shape(w->problem, k, extent, &ragged);
  json_key(j, problem_aux_name(w->problem, k));
  if (ragged)
    json_ragged(w, j, k, &v, ndim);
  else
    json_nested(j, &v, 0, extent, ndim);
}

void write_json_extras(struct work *w, struct json_writer *j, bool value, bool aux)
{
  size_t count = aux ? problem_auxes(w->problem) : 0;
  if (value) {
    struct numbers v = evaluation_value(w->evaluation);
    struct number x = numbers_get(&v, 0);
    json_key(j, "value");
    write_json_number(j, v.field, &x);
  }
  if (count == 0) return;
  json_key(j, "aux");
  json_object_begin(j);
  for (size_t k = 0; k < count; k++) json_aux(w, j, k);
  json_object_end(j);
}

/* --- the Hessian as JSON -------------------------------------------------------------------- */

/* A compressed sparse matrix, by rows or by columns. */
struct compressed {
  int64_t *ptr;
  int32_t *ind;
  int64_t *entry; /* of the pattern */
};

static void compressed_free(struct compressed *c)
{
  mem_free(c->ptr);
  mem_free(c->ind);
  mem_free(c->entry);
}

/* Takes over the entries row by row; by columns, entry (i, j) of column j is found by a cursor in
 * each row, as columns come in ascending order. */
static enum status compress_entries(struct context *ctx, const struct pattern *p, bool lower,
                                    bool columns, struct compressed *out)
{
  size_t n = (size_t)p->n, nnz = (size_t)pattern_nnz(p);
  int64_t *cursor = mem_alloc(n, sizeof *cursor), at = 0;
  out->ptr = mem_alloc(n + 1, sizeof *out->ptr);
  out->ind = mem_alloc(nnz, sizeof *out->ind);
  out->entry = mem_alloc(nnz, sizeof *out->entry);
  enum status status = STATUS_OK;
  if (!cursor || !out->ptr || !out->ind || !out->entry) {
    status = diag_no_memory(ctx);
    goto done;
  }
  for (size_t i = 0; i < n; i++) cursor[i] = p->ptr[i];
  for (int32_t i = 0; i < p->n; i++) {
    out->ptr[i] = at;
    for (int64_t k = p->ptr[i]; k < p->ptr[i + 1]; k++) {
      int32_t other = p->ind[k];
      int64_t from = columns ? cursor[other]++ : k;
      if (lower && (columns ? other < i : other > i)) continue;
      out->ind[at] = other;
      out->entry[at++] = from;
    }
  }
  out->ptr[n] = at;
done:
  mem_free(cursor);
  return status;
}

/* Numbers entry[0 … count-1] of the vector as a list. */
static enum status json_gathered(struct work *w, struct json_writer *j,
                                 const struct numbers *values, const int64_t *entry, int64_t count)
{
  struct numbers v;
  TRY(numbers_create(w->ctx, values->field, (double)count, "the output", &v));
  for (int64_t k = 0; k < count; k++) {
    struct number x = numbers_get(values, entry[k]);
    numbers_set(&v, k, &x);
  }
  write_json_numbers(j, &v, 0, count, 1);
  numbers_free(&v);
  return STATUS_OK;
}

static enum status json_coo(struct work *w, struct json_writer *j, const struct numbers *values)
{
  const struct pattern *p = &w->pattern;
  struct compressed c = {0};
  bool lower = !w->o->both_triangles;
  write_json_positions(j, p, lower);
  json_key(j, "values");
  if (!lower) {
    write_json_numbers(j, values, 0, pattern_nnz(p), 1);
    return STATUS_OK;
  }
  enum status status = compress_entries(w->ctx, p, lower, false, &c);
  if (status == STATUS_OK) status = json_gathered(w, j, values, c.entry, c.ptr[p->n]);
  compressed_free(&c);
  return status;
}

static enum status json_compressed(struct work *w, struct json_writer *j,
                                   const struct numbers *values)
{
  const struct pattern *p = &w->pattern;
  struct compressed c = {0};
  if (p->ptr && w->o->both_triangles &&
      w->o->layout == LAYOUT_CSR) { /* the pattern itself: no copy */
    json_key(j, "indptr");
    json_ints64(j, p->ptr, (int64_t)p->n + 1);
    json_key(j, "indices");
    json_ints(j, p->ind, pattern_nnz(p));
    json_key(j, "values");
    write_json_numbers(j, values, 0, pattern_nnz(p), 1);
    return STATUS_OK;
  }
  enum status status =
      compress_entries(w->ctx, p, !w->o->both_triangles, w->o->layout == LAYOUT_CSC, &c);
  if (status == STATUS_OK) {
    json_key(j, "indptr");
    json_ints64(j, c.ptr, (int64_t)w->n + 1);
    json_key(j, "indices");
    json_ints(j, c.ind, c.ptr[w->n]);
    json_key(j, "values");
    status = json_gathered(w, j, values, c.entry, c.ptr[w->n]);
  }
  compressed_free(&c);
  return status;
}

static enum status json_dense(struct work *w, struct json_writer *j, const struct numbers *values)
{
  const struct pattern *p = &w->pattern;
  struct numbers row;
  TRY(numbers_create(w->ctx, values->field, p->n, "the output", &row));
  json_key(j, "values");
  json_array_begin(j);
  for (int32_t i = 0; i < p->n; i++) {
    for (int64_t k = p->ptr[i]; k < p->ptr[i + 1]; k++) {
      struct number v = numbers_get(values, k);
      numbers_set(&row, p->ind[k], &v);
    }
    write_json_numbers(j, &row, 0, p->n, 1);
    for (int64_t k = p->ptr[i]; k < p->ptr[i + 1]; k++)
      numbers_set(&row, p->ind[k], &(struct number){0});
  }
  json_array_end(j);
  numbers_free(&row);
  return STATUS_OK;
}

static enum status json_entries(struct work *w, struct json_writer *j, const struct numbers *values)
{
  json_key(j, "layout");
  json_string(j, layout_names[w->o->layout]);
  switch (w->o->layout) {
  case LAYOUT_CSR:
  case LAYOUT_CSC: return json_compressed(w, j, values);
  case LAYOUT_DENSE: return json_dense(w, j, values);
  default: return json_coo(w, j, values);
  }
}

static enum status hessian_json(struct work *w, struct sink *out, const struct numbers *values)
{
  struct json_writer j;
  write_json_begin(&j, out, "hessian");
  json_key(&j, "n");
  json_int(&j, w->n);
  json_key(&j, "nnz");
  json_int(&j, pattern_nnz(&w->pattern));
  json_key(&j, "symmetric");
  json_bool(&j, w->coloring.method != METHOD_COLUMN);
  json_key(&j, "method");
  json_string(&j, method_names[w->coloring.method]);
  if (w->has_mode) {
    json_key(&j, "mode");
    json_string(&j, mode_names[w->mode]);
  }
  json_key(&j, "num_colors");
  json_int(&j, w->coloring.num_colors);
  write_json_wrt(w, &j, false);
  write_json_extras(w, &j, w->o->with_value, w->o->with_aux);
  TRY(w->o->blocks ? write_json_blocks(w, &j, values) : json_entries(w, &j, values));
  return write_json_end(w, &j);
}

/* --- the Hessian in the other formats ------------------------------------------------------- */

enum { CSV_LINE_MAX = 2 * NUMBER_MAX + COMPLEX_MAX + 4 };

static enum status csv_exact(struct work *w, struct sink *out, const struct numbers *values,
                             int64_t k)
{
  struct strbuf text = {0};
  struct number x = numbers_get(values, k);
  number_print(values->field, &x, &text);
  strbuf_putc(&text, '\n');
  enum status status = text.failed ? diag_no_memory(w->ctx) : sink_write(out, text.data, text.len);
  strbuf_free(&text);
  return status;
}

enum status write_csv_line(struct work *w, struct sink *out, int64_t row, int64_t col,
                           const struct numbers *values, int64_t k)
{
  bool exact = values && values->field == FIELD_EXACT;
  char *line = sink_room(out, CSV_LINE_MAX), *p = line;
  p += number_format_int(p, row);
  *p++ = ',';
  p += number_format_int(p, col);
  if (values) *p++ = ',';
  if (values && values->field == FIELD_REAL) p += number_format(p, values->re[k]);
  if (values && values->field == FIELD_COMPLEX)
    p += number_format_complex(p, values->re[k], values->im[k]);
  if (!exact) *p++ = '\n';
  sink_used(out, (size_t)(p - line));
  return exact ? csv_exact(w, out, values, k) : STATUS_OK;
}

static enum status hessian_csv(struct work *w, struct sink *out, const struct numbers *values)
{
  const struct pattern *p = &w->pattern;
  TRY(sink_puts(out, "row,col,value\n"));
  for (int32_t i = 0; i < p->n; i++)
    for (int64_t k = p->ptr[i], end = row_end(p, i, !w->o->both_triangles); k < end; k++)
      TRY(write_csv_line(w, out, i, p->ind[k], values, k));
  return STATUS_OK;
}

static enum status hessian_dense(struct work *w, struct sink *out, const struct numbers *values)
{
  const struct pattern *p = &w->pattern;
  int64_t n = p->n;
  struct numbers a;
  TRY(numbers_create(w->ctx, values->field, (double)n * (double)n, "the dense matrix", &a));
  for (int32_t i = 0; i < p->n; i++)
    for (int64_t k = p->ptr[i]; k < p->ptr[i + 1]; k++) {
      struct number v = numbers_get(values, k);
      numbers_set(&a, i * n + p->ind[k], &v);
    }
  enum status status = write_dense(w, out, &(struct dense){&a, n, n, n, 1});
  numbers_free(&a);
  return status;
}

/* Doubles for Matrix Market: the numbers themselves, or *own, which the caller frees. */
static enum status doubles_of(struct work *w, const struct numbers *v, int64_t count, double **own,
                              const double **out)
{
  *own = NULL;
  *out = v->re;
  if (v->field != FIELD_EXACT) return STATUS_OK;
  TRY(diag_check_memory(w->ctx, 8.0 * (double)count, "the output"));
  *out = *own = mem_zalloc((size_t)count, sizeof **own);
  if (!*own) return diag_no_memory(w->ctx);
  for (int64_t k = 0; k < count; k++) (*own)[k] = v->exact[k] ? rational_to_double(v->exact[k]) : 0;
  return STATUS_OK;
}

/* What Matrix Market files tell in comments; a value that rides along has a line of its own, in
 * exact mode as the nearest double, like all numbers there.  Without comments *text stays empty. */
static enum status make_comment(const struct work *w, struct strbuf *text)
{
  if (!w->comment) return STATUS_OK;
  strbuf_puts(text, w->comment);
  if (w->o->with_value) {
    struct numbers v = evaluation_value(w->evaluation);
    struct number x = numbers_get(&v, 0);
    bool exact = v.field == FIELD_EXACT;
    if (exact && x.exact) x.re = rational_to_double(x.exact);
    strbuf_puts(text, "\nvalue = ");
    number_print(exact ? FIELD_REAL : v.field, &x, text);
  }
  return text->failed ? diag_no_memory(w->ctx) : STATUS_OK;
}

static enum status put_hessian(struct work *w, struct sink *out, const struct numbers *values,
                               const char *comment)
{
  bool both = !work_upper_values(w);
  double *own;
  const double *re;
  if (values->field == FIELD_COMPLEX)
    return mtx_write_complex_symmetric(out, &w->pattern, values->re, values->im, both, comment);
  TRY(doubles_of(w, values, values->count, &own, &re));
  enum status status = mtx_write_symmetric(out, &w->pattern, re, both, comment);
  mem_free(own);
  return status;
}

static enum status hessian_mtx(struct work *w, struct sink *out, const struct numbers *values)
{
  struct strbuf comment = {0};
  enum status status = make_comment(w, &comment);
  if (status == STATUS_OK) status = put_hessian(w, out, values, comment.data);
  strbuf_free(&comment);
  return status;
}

enum status write_hessian(struct work *w, struct sink *out, const void *what)
{
  const struct numbers *values = what;
  switch (w->o->format) {
  case FORMAT_JSON: return hessian_json(w, out, values);
  case FORMAT_CSV: return hessian_csv(w, out, values);
  case FORMAT_DENSE: return hessian_dense(w, out, values);
  default: return hessian_mtx(w, out, values);
  }
}

static enum status put_dense(struct work *w, struct sink *out, const struct dense *d,
                             const char *comment)
{
  double *own;
  const double *re;
  if (d->a->field == FIELD_COMPLEX)
    return mtx_write_complex_dense(out, d->rows, d->cols, d->a->re, d->a->im, d->row_stride,
                                   d->col_stride, comment);
  TRY(doubles_of(w, d->a, d->rows * d->cols, &own, &re));
  enum status status =
      mtx_write_dense(out, d->rows, d->cols, re, d->row_stride, d->col_stride, comment);
  mem_free(own);
  return status;
}

static enum status dense_mtx(struct work *w, struct sink *out, const struct dense *d)
{
  struct strbuf comment = {0};
  enum status status = make_comment(w, &comment);
  if (status == STATUS_OK) status = put_dense(w, out, d, comment.data);
  strbuf_free(&comment);
  return status;
}

enum status write_dense(struct work *w, struct sink *out, const struct dense *d)
{
  if (w->o->format != FORMAT_CSV) return dense_mtx(w, out, d);
  TRY(sink_puts(out, "row,col,value\n"));
  for (int64_t i = 0; i < d->rows; i++)
    for (int64_t j = 0; j < d->cols; j++)
      TRY(write_csv_line(w, out, i, j, d->a, i * d->row_stride + j * d->col_stride));
  return STATUS_OK;
}
