/* Positions of entries, of whatever can be drawn. */
#include "config.h"

#include <string.h>

#include "base/number.h"
#include "cmd/members.h"
#include "cmd/readers_parts.h"

/* Both triangles, or one of them alone, which stands for both. */
static void complete(struct entries *e)
{
  int64_t lower = 0, upper = 0;
  for (int64_t k = 0; k < e->count; k++) {
    lower += e->row[k] > e->col[k];
    upper += e->row[k] < e->col[k];
  }
  e->mirrored = (lower > 0) != (upper > 0);
  e->total = e->count + (e->mirrored ? lower + upper : 0);
}

void entries_of_coordinates(struct entries *out, struct mtx *m)
{
  *out = (struct entries){.rows = (int32_t)m->rows,
                          .cols = (int32_t)m->cols,
                          .count = m->nnz,
                          .total = m->nnz,
                          .row = m->row,
                          .col = m->col};
  m->row = m->col = NULL;
  if (m->symmetry != MTX_GENERAL) complete(out);
}

enum status pattern_of_entries(struct context *ctx, int source, struct entries *e,
                               struct pattern *out)
{
  *out = (struct pattern){0};
  if (e->ptr) {
    entries_to_pattern(e, out);
    return STATUS_OK;
  }
  if (e->rows != e->cols)
    return FAIL(ctx, NOT_SQUARE, FILE_LOC(source), (long)e->rows, (long)e->cols);
  TRY(pattern_from_pairs(ctx, e->rows, e->count, e->row, e->col, out));
  long long nnz = (long long)pattern_nnz(out), total = (long long)e->total;
  entries_free(e);
  if (nnz == total) return STATUS_OK;
  pattern_free(out);
  *out = (struct pattern){0};
  return FAIL(ctx, PATTERN_NOT_SYMMETRIC, FILE_LOC(source), total, nnz);
}

static enum status new_positions(struct context *ctx, int64_t count, struct entries *out)
{
  TRY(diag_check_memory(ctx, 8.0 * (double)count, "the matrix"));
  out->row = mem_alloc((size_t)count, sizeof *out->row);
  out->col = mem_alloc((size_t)count, sizeof *out->col);
  return out->row && out->col ? STATUS_OK : diag_no_memory(ctx);
}

static void add_position(struct entries *e, int32_t row, int32_t col)
{
  e->row[e->count] = row;
  e->col[e->count++] = col;
  e->total++;
}

static bool is_zero(const struct mtx *m, int64_t k)
{
  return m->re[k] == 0 && (!m->im || m->im[k] == 0);
}

static enum status entries_of_array(struct context *ctx, const struct mtx *m, struct entries *out)
{
  int64_t count = 0, size = m->rows * m->cols;
  *out = (struct entries){.rows = (int32_t)m->rows, .cols = (int32_t)m->cols};
  for (int64_t k = 0; k < size; k++) count += !is_zero(m, k);
  TRY(new_positions(ctx, count, out));
  for (int64_t k = 0; k < size; k++)
    if (!is_zero(m, k)) add_position(out, (int32_t)(k % m->rows), (int32_t)(k / m->rows));
  return STATUS_OK;
}

static enum status entries_of_mtx(struct context *ctx, struct mtx *m, struct saved_coloring *s,
                                  struct entries *out)
{
  if (!m->coordinate && m->cols == 1 && m->field == MTX_INTEGER) return coloring_of_mtx(ctx, m, s);
  if (!m->coordinate) return entries_of_array(ctx, m, out);
  entries_of_coordinates(out, m);
  return STATUS_OK;
}

/* The layouts csr and csc: lists of ascending indices. */
static enum status entries_of_compressed(struct context *ctx, const struct json *j,
                                         const int32_t *ind, int64_t nnz, int32_t n,
                                         struct entries *out)
{
  const struct json *layout = json_get(j, "layout"), *ptr = json_get(j, "indptr");
  bool columns = layout && layout->kind == JSON_STRING && !strcmp(layout->text, "csc");
  if (ptr->kind != JSON_NUMBERS || ptr->count != (size_t)n + 1 || ptr->values[0] != 0 ||
      ptr->values[n] != (double)nnz)
    return member_fail(ctx, j, "indptr", "n+1 numbers, from 0 to the number of \"indices\"");
  for (int32_t i = 0; i < n; i++) {
    double end = ptr->values[i + 1];
    if (!(end >= (double)out->count && end <= (double)nnz) || end != (double)(int64_t)end)
      return member_fail(ctx, j, "indptr", "a list of whole numbers that do not descend");
    for (int64_t first = out->count; out->count < (int64_t)end;) {
      int32_t k = ind[out->count];
      if (out->count > first && k <= ind[out->count - 1])
        return member_fail(ctx, j, "indices", "ascending in each row or column");
      add_position(out, columns ? k : i, columns ? i : k);
    }
  }
  return STATUS_OK;
}

static enum status read_compressed_layout(struct context *ctx, const struct json *j,
                                          struct entries *out)
{
  int32_t n, *ind = NULL;
  int64_t nnz = 0;
  TRY(member_int(ctx, j, "n", &n));
  *out = (struct entries){.rows = n, .cols = n};
  enum status status = member_ints(ctx, j, "indices", 0, n - 1, &nnz, &ind);
  if (status == STATUS_OK) status = new_positions(ctx, nnz, out);
  if (status == STATUS_OK) status = entries_of_compressed(ctx, j, ind, nnz, n, out);
  mem_free(ind);
  if (status == STATUS_OK) complete(out);
  return status;
}

/* Whether the number that is spelled here is zero: by its digits, as a small one may be none that a
 * double can tell from zero.  False if it is no number. */
static bool decimal_is_zero(const char *s, size_t len, bool *zero)
{
  double v;
  size_t zeros = strspn(s, "+-.0");
  *zero = zeros >= len || strchr("eE", s[zeros]);
  return number_parse(s, len, &v) != NUMBER_SYNTAX;
}

/* The same of an exact number, p or p/q; a build without GMP can draw it, too. */
static bool fraction_is_zero(const char *s, bool *zero)
{
  size_t len = strcspn(s, "/");
  bool q_zero = false;
  if (s[len] && !decimal_is_zero(s + len + 1, strlen(s + len + 1), &q_zero)) return false;
  return decimal_is_zero(s, len, zero) && !q_zero;
}

/* Whether number k of a list is zero: 1.5, [re, im] or "p/q".  False if it is none of these. */
static bool item_is_zero(const struct json *row, size_t k, bool *zero)
{
  double re, im = 0;
  if (!json_number_at(row, k, &re)) {
    const struct json *item = row->items[k];
    if (item->kind == JSON_STRING) return fraction_is_zero(item->text, zero);
    bool pair = member_is_list(item) && item->count == 2 && json_number_at(item, 0, &re) &&
                json_number_at(item, 1, &im);
    if (!pair) return false;
  }
  *zero = re == 0 && im == 0;
  return true;
}

/* Lists of `cols` numbers each; what is not zero is an entry. */
static enum status entries_of_lists(struct context *ctx, const struct json *j, int32_t rows,
                                    int32_t cols, struct entries *out)
{
  const struct json *values = json_get(j, "values");
  int64_t count = 0;
  bool zero;
  *out = (struct entries){.rows = rows, .cols = cols};
  if (values->kind != JSON_ARRAY || values->count != (size_t)rows)
    return member_fail(ctx, j, "values", "a list for each row");
  for (int pass = 0; pass < 2; pass++) {
    if (pass) TRY(new_positions(ctx, count, out));
    for (int32_t i = 0; i < rows; i++) {
      const struct json *row = values->items[i];
      if (!member_is_list(row) || row->count != (size_t)cols)
        return FAIL(ctx, JSON_MEMBER, row->loc, "values", "lists of the same length, of numbers");
      for (int32_t k = 0; k < cols; k++) {
        if (!item_is_zero(row, (size_t)k, &zero))
          return FAIL(ctx, JSON_MEMBER, row->loc, "values", "lists of numbers");
        if (zero) continue;
        if (pass)
          add_position(out, i, k);
        else
          count++;
      }
    }
  }
  return STATUS_OK;
}

static enum status entries_of_json(struct context *ctx, const struct json *j,
                                   struct saved_coloring *s, struct entries *out)
{
  static const char *const schemas[] = {"asdex/hessian/1", "asdex/compressed/1"};
  int32_t rows, cols;
  if (j->kind != JSON_OBJECT) return FAIL(ctx, NOT_A_DRAWING, j->loc);
  if (json_get(j, "colors")) {
    TRY(coloring_of_json(ctx, j, s));
    entries_from_pattern(out, &s->pattern);
    return STATUS_OK;
  }
  if (json_get(j, "rows")) {
    struct pattern p;
    TRY(pattern_of_json(ctx, j, &p));
    entries_from_pattern(out, &p);
    return STATUS_OK;
  }
  if (!json_get(j, "n") || !json_get(j, "values")) return FAIL(ctx, NOT_A_DRAWING, j->loc);
  TRY(member_schema(ctx, j, schemas, 2, "that of a Hessian or a compressed matrix"));
  if (json_get(j, "indptr")) return read_compressed_layout(ctx, j, out);
  TRY(member_int(ctx, j, "n", &cols));
  rows = cols;
  if (!json_get(j, "layout")) TRY(member_int(ctx, j, "num_colors", &rows));
  return entries_of_lists(ctx, j, rows, cols, out);
}

enum status read_entries(struct context *ctx, int source, enum input_kind from,
                         struct saved_coloring *coloring, struct entries *out)
{
  enum status status;
  memset(coloring, 0, sizeof *coloring);
  *out = (struct entries){0};
  if (input_kind_of(ctx, source, from) == INPUT_JSON) {
    struct json *j = NULL;
    status = json_parse(ctx, source, &j);
    if (status == STATUS_OK) status = entries_of_json(ctx, j, coloring, out);
    json_free(j);
  } else {
    struct mtx *m = NULL;
    status = mtx_read(ctx, source, MTX_ALLOW_NONFINITE, &m);
    if (status == STATUS_OK) status = entries_of_mtx(ctx, m, coloring, out);
    mtx_free(m);
  }
  if (status != STATUS_OK) {
    saved_coloring_free(coloring);
    memset(coloring, 0, sizeof *coloring);
    entries_free(out);
  }
  return status;
}
