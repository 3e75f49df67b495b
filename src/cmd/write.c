#include "config.h"

#include "cmd/write.h"

#include <string.h>

#include "base/number.h"
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

/* --- the Hessian as JSON -------------------------------------------------------------------- */

static void json_coo(struct json_writer *j, const struct pattern *p, const double *values,
                     bool lower)
{
  write_json_positions(j, p, lower);
  json_key(j, "values");
  if (!lower) {
    json_numbers(j, values, pattern_nnz(p), 1);
    return;
  }
  json_array_begin(j);
  for (int32_t i = 0; i < p->n; i++)
    for (int64_t k = p->ptr[i], end = row_end(p, i, lower); k < end; k++) json_number(j, values[k]);
  json_array_end(j);
}

/* A compressed sparse matrix, by rows or by columns. */
struct compressed {
  int64_t *ptr;
  int32_t *ind;
  double *val;
};

static void compressed_free(struct compressed *c)
{
  mem_free(c->ptr);
  mem_free(c->ind);
  mem_free(c->val);
}

/* Takes over the entries row by row; by columns, entry (i, j) of column j is found by a cursor in
 * each row, as columns come in ascending order. */
static enum status compress_entries(struct context *ctx, const struct pattern *p,
                                    const double *values, bool lower, bool columns,
                                    struct compressed *out)
{
  size_t n = (size_t)p->n, nnz = (size_t)pattern_nnz(p);
  int64_t *cursor = mem_alloc(n, sizeof *cursor), at = 0;
  out->ptr = mem_alloc(n + 1, sizeof *out->ptr);
  out->ind = mem_alloc(nnz, sizeof *out->ind);
  out->val = mem_alloc(nnz, sizeof *out->val);
  enum status status = STATUS_OK;
  if (!cursor || !out->ptr || !out->ind || !out->val) {
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
      out->val[at++] = values[from];
    }
  }
  out->ptr[n] = at;
done:
  mem_free(cursor);
  return status;
}

static enum status json_compressed(struct work *w, struct json_writer *j, const double *values)
{
  struct compressed c = {0};
  enum status status = compress_entries(w->ctx, &w->pattern, values, !w->o->both_triangles,
                                        w->o->layout == LAYOUT_CSC, &c);
  if (status == STATUS_OK) {
    json_key(j, "indptr");
    json_ints64(j, c.ptr, (int64_t)w->n + 1);
    json_key(j, "indices");
    json_ints(j, c.ind, c.ptr[w->n]);
    json_key(j, "values");
    json_numbers(j, c.val, c.ptr[w->n], 1);
  }
  compressed_free(&c);
  return status;
}

static enum status json_dense(struct work *w, struct json_writer *j, const double *values)
{
  const struct pattern *p = &w->pattern;
  double *row = mem_zalloc((size_t)p->n, sizeof *row);
  if (!row) return diag_no_memory(w->ctx);
  json_key(j, "values");
  json_array_begin(j);
  for (int32_t i = 0; i < p->n; i++) {
    for (int64_t k = p->ptr[i]; k < p->ptr[i + 1]; k++) row[p->ind[k]] = values[k];
    json_numbers(j, row, p->n, 1);
    for (int64_t k = p->ptr[i]; k < p->ptr[i + 1]; k++) row[p->ind[k]] = 0;
  }
  json_array_end(j);
  mem_free(row);
  return STATUS_OK;
}

static enum status json_entries(struct work *w, struct json_writer *j, const double *values)
{
  static const char *const layouts[LAYOUT_COUNT] = {"coo", "csr", "csc", "dense"};
  json_key(j, "layout");
  json_string(j, layouts[w->o->layout]);
  switch (w->o->layout) {
  case LAYOUT_CSR:
  case LAYOUT_CSC: return json_compressed(w, j, values);
  case LAYOUT_DENSE: return json_dense(w, j, values);
  default: json_coo(j, &w->pattern, values, !w->o->both_triangles); return STATUS_OK;
  }
}

static enum status hessian_json(struct work *w, struct sink *out, const double *values)
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
  TRY(w->o->blocks ? write_json_blocks(w, &j, values) : json_entries(w, &j, values));
  return write_json_end(w, &j);
}

/* --- the Hessian in the other formats ------------------------------------------------------- */

enum status write_csv_line(struct sink *out, int64_t row, int64_t col, const double *value)
{
  char line[3 * NUMBER_MAX + 3];
  size_t len = number_format_int(line, row);
  line[len++] = ',';
  len += number_format_int(line + len, col);
  if (value) {
    line[len++] = ',';
    len += number_format(line + len, *value);
  }
  line[len++] = '\n';
  return sink_write(out, line, len);
}

static enum status hessian_csv(struct work *w, struct sink *out, const double *values)
{
  const struct pattern *p = &w->pattern;
  TRY(sink_puts(out, "row,col,value\n"));
  for (int32_t i = 0; i < p->n; i++)
    for (int64_t k = p->ptr[i], end = row_end(p, i, !w->o->both_triangles); k < end; k++)
      TRY(write_csv_line(out, i, p->ind[k], &values[k]));
  return STATUS_OK;
}

static enum status hessian_dense(struct work *w, struct sink *out, const double *values)
{
  const struct pattern *p = &w->pattern;
  int64_t n = p->n;
  TRY(diag_check_memory(w->ctx, 8.0 * (double)n * (double)n, "the dense matrix"));
  double *a = mem_zalloc((size_t)n, (size_t)n * sizeof *a);
  if (!a) return diag_no_memory(w->ctx);
  for (int32_t i = 0; i < p->n; i++)
    for (int64_t k = p->ptr[i]; k < p->ptr[i + 1]; k++) a[i * n + p->ind[k]] = values[k];
  enum status status = mtx_write_dense(out, n, n, a, n, 1, w->comment);
  mem_free(a);
  return status;
}

enum status write_hessian(struct work *w, struct sink *out, const void *what)
{
  const double *values = what;
  switch (w->o->format) {
  case FORMAT_JSON: return hessian_json(w, out, values);
  case FORMAT_CSV: return hessian_csv(w, out, values);
  case FORMAT_DENSE: return hessian_dense(w, out, values);
  default:
    return mtx_write_symmetric(out, &w->pattern, values,
                               w->o->both_triangles || w->coloring.method == METHOD_COLUMN,
                               w->comment);
  }
}

enum status write_dense(struct work *w, struct sink *out, const struct dense *d)
{
  if (w->o->format != FORMAT_CSV)
    return mtx_write_dense(out, d->rows, d->cols, d->a, d->row_stride, d->col_stride, w->comment);
  TRY(sink_puts(out, "row,col,value\n"));
  for (int64_t i = 0; i < d->rows; i++)
    for (int64_t j = 0; j < d->cols; j++)
      TRY(write_csv_line(out, i, j, &d->a[i * d->row_stride + j * d->col_stride]));
  return STATUS_OK;
}
