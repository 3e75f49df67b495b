/* Dense matrices of numbers: compressed ones, and vectors. */
#include "config.h"

#include <string.h>

#include "base/number.h"
#include "cmd/members.h"
#include "cmd/readers.h"
#include "io/file.h"
#include "io/mtx.h"
#include "lang/content.h"
#include "lang/quantity.h"

/* --- compressed matrices -------------------------------------------------------------------- */

static enum status new_compressed(struct context *ctx, enum field field, int64_t rows, int64_t cols,
                                  struct numbers *out)
{
  return numbers_create(ctx, field, (double)rows * (double)cols, "the matrix that is read", out);
}

static enum status compressed_of_mtx(struct context *ctx, struct mtx *m, struct numbers *out)
{
  if (!m->re) return FAIL(ctx, NOT_COMPRESSED, FILE_LOC(m->source));
  if (m->coordinate) TRY(mtx_expand(ctx, m));
  TRY(new_compressed(ctx, m->im ? FIELD_COMPLEX : FIELD_REAL, m->rows, m->cols, out));
  for (int64_t k = 0; k < m->nnz; k++) {
    int64_t row = m->coordinate ? m->row[k] : k % m->rows;
    int64_t col = m->coordinate ? m->col[k] : k / m->rows;
    out->re[row * m->cols + col] = m->re[k];
    if (m->im) out->im[row * m->cols + col] = m->im[k];
  }
  return STATUS_OK;
}

/* The first number of all rows tells: a pair is complex, a text that is neither infinity nor NaN is
 * exact. */
static enum field field_of_rows(const struct json *rows)
{
  double v;
  if (rows->count == 0 || rows->items[0]->kind != JSON_ARRAY || rows->items[0]->count == 0)
    return FIELD_REAL;
  const struct json *first = rows->items[0]->items[0];
  if (member_is_list(first)) return FIELD_COMPLEX;
  return first->kind == JSON_STRING && !json_as_number(first, &v) ? FIELD_EXACT : FIELD_REAL;
}

static enum status fail_number(struct context *ctx, struct loc loc)
{
  return FAIL(ctx, JSON_MEMBER, loc, "values",
              "num_colors lists of n numbers, all of one kind: 1.5, [re, im] or \"p/q\"");
}

static enum status take_exact(struct context *ctx, const struct json *item, struct numbers *to,
                              int64_t at)
{
  struct number x = {0};
  if (item->kind != JSON_STRING) return fail_number(ctx, item->loc);
  switch (rational_parse_fraction(item->text, strlen(item->text), &x.exact)) {
  case RATIONAL_OK: break;
  case RATIONAL_NO_MEMORY: return diag_no_memory(ctx);
  case RATIONAL_TOO_LARGE: return FAIL(ctx, EXACT_TOO_LARGE, item->loc, (int)RATIONAL_BITS_MAX);
  default: return fail_number(ctx, item->loc);
  }
  numbers_set(to, at, &x);
  rational_drop(x.exact);
  return STATUS_OK;
}

static enum status take_pair(struct context *ctx, const struct json *item, struct numbers *to,
                             int64_t at)
{
  bool pair = member_is_list(item) && item->count == 2 && json_number_at(item, 0, &to->re[at]) &&
              json_number_at(item, 1, &to->im[at]);
  return pair ? STATUS_OK : fail_number(ctx, item->loc);
}

/* The numbers of a list to those of `to` from `first` on. */
static enum status take_row(struct context *ctx, const struct json *row, struct numbers *to,
                            int64_t first)
{
  for (size_t k = 0; k < row->count; k++) {
    int64_t at = first + (int64_t)k;
    const struct json *item = row->kind == JSON_ARRAY ? row->items[k] : NULL;
    if (to->field == FIELD_REAL) {
      if (!json_number_at(row, k, &to->re[at]))
        return fail_number(ctx, item ? item->loc : row->loc);
    } else if (!item) {
      return fail_number(ctx, row->loc);
    } else {
      TRY(to->field == FIELD_EXACT ? take_exact(ctx, item, to, at) : take_pair(ctx, item, to, at));
    }
  }
  return STATUS_OK;
}

static enum status compressed_of_json(struct context *ctx, const struct json *j, int64_t *rows,
                                      int64_t *cols, struct numbers *out)
{
  static const char *const schema = "asdex/compressed/1";
  int32_t colors, n;
  if (j->kind != JSON_OBJECT || !json_get(j, "values")) return FAIL(ctx, NOT_COMPRESSED, j->loc);
  TRY(member_schema(ctx, j, &schema, 1, "\"asdex/compressed/1\""));
  TRY(member_int(ctx, j, "num_colors", &colors));
  TRY(member_int(ctx, j, "n", &n));
  const struct json *values = json_get(j, "values");
  static const char wanted[] = "num_colors lists of n numbers";
  if (values->kind != JSON_ARRAY || values->count != (size_t)colors)
    return member_fail(ctx, j, "values", wanted);
  for (int32_t c = 0; c < colors; c++)
    if (!member_is_list(values->items[c]) || values->items[c]->count != (size_t)n)
      return FAIL(ctx, JSON_MEMBER, values->items[c]->loc, "values", wanted);
  enum field field = field_of_rows(values);
  if (field == FIELD_EXACT && !rational_available) return FAIL(ctx, NO_EXACT_INPUT, values->loc);
  TRY(new_compressed(ctx, field, colors, n, out));
  for (int32_t c = 0; c < colors; c++) TRY(take_row(ctx, values->items[c], out, (int64_t)c * n));
  *rows = colors;
  *cols = n;
  return STATUS_OK;
}

enum status read_compressed(struct context *ctx, int source, enum input_kind from, int64_t *rows,
                            int64_t *cols, struct numbers *out)
{
  enum status status;
  *out = (struct numbers){0};
  if (input_kind_of(ctx, source, from) == INPUT_JSON) {
    struct json *j = NULL;
    status = json_parse(ctx, source, &j);
    if (status == STATUS_OK) status = compressed_of_json(ctx, j, rows, cols, out);
    json_free(j);
  } else { /* whatever else it is, the reader of Matrix Market says best what is wrong */
    struct mtx *m = NULL;
    status = mtx_read(ctx, source, MTX_ALLOW_NONFINITE, &m);
    if (status == STATUS_OK) status = compressed_of_mtx(ctx, m, out);
    if (status == STATUS_OK) *rows = m->rows, *cols = m->cols;
    mtx_free(m);
  }
  if (status != STATUS_OK) numbers_free(out);
  return status;
}

/* --- vectors -------------------------------------------------------------------------------- */

/* The numbers of a file, rows × count; in *out vector by vector. */
struct vectors {
  struct elab elab; /* for reading values: no names in scope */
  struct content content;
  int64_t rows, count;
  bool pairs; /* the list ends in pairs, of real and imaginary parts */
  struct numbers *out;
};

/* Whether the number that is spelled here is no more than a number, without quotes. */
static bool is_plain_number(const struct source *src, size_t at)
{
  size_t len = number_json_prefix(src->text + at, src->len - at);
  return len > 0 && (at + len == src->len || !strchr("+-i", src->text[at + len]));
}

/* In holomorphic mode two plain numbers in a list of their own are a pair. */
static bool holds_pairs(const struct context *ctx, enum field field, const struct data *d)
{
  const struct source *src = &ctx->sources.data[d->loc.source];
  int inner = d->depth - 1;
  if (field != FIELD_COMPLEX || inner < 1 || d->nvalues == 0 || d->imag) return false;
  for (int64_t i = 0; i < d->ncounts[inner]; i++)
    if (d->counts[inner][i] != 2) return false;
  for (int64_t k = 0; k < d->nvalues; k++)
    if (!is_plain_number(src, d->where[k])) return false;
  return true;
}

/* n numbers, or n lists of as many. */
static enum status measure_list(struct vectors *v, const struct data *d)
{
  struct context *ctx = v->elab.ctx;
  if (d->kind != DATA_LIST) return FAIL(ctx, NOT_A_VECTOR, d->loc);
  v->pairs = holds_pairs(ctx, v->elab.field, d);
  int depth = d->depth - v->pairs;
  if (depth > 2) return FAIL(ctx, NOT_A_VECTOR, d->loc);
  v->rows = d->counts[0][0];
  v->count = depth == 2 && v->rows ? d->counts[1][0] : 1;
  for (int64_t i = 0; depth == 2 && i < v->rows; i++)
    if (d->counts[1][i] != v->count) return FAIL(ctx, NOT_A_VECTOR, d->loc);
  return content_of_data(&v->elab, "--vector", d, &v->content);
}

static enum status measure_matrix(struct vectors *v, int source)
{
  TRY(content_of_source(&v->elab, "--vector", source, &v->content));
  v->rows = v->content.matrix->rows;
  v->count = v->content.matrix->cols;
  return STATUS_OK;
}

/* Number k of the content, and where it belongs. */
static enum status vector_number(struct vectors *v, int64_t k, struct number *x, int64_t *at)
{
  const struct content *c = &v->content;
  *at = k;
  if (c->kind == CONTENT_ENTRIES)
    *at = c->matrix->col[k] * v->rows + c->matrix->row[k];
  else if (c->kind == CONTENT_LIST)
    *at = k % v->count * v->rows + k / v->count;
  if (!v->pairs) return content_number(&v->elab, c, k, x);
  *x = (struct number){.re = c->list->values[2 * k], .im = c->list->values[2 * k + 1]};
  return STATUS_OK;
}

static enum status take_vectors(struct vectors *v)
{
  int64_t numbers = v->content.nvalues / (v->pairs ? 2 : 1), at;
  double size = (double)v->rows * (double)v->count;
  struct number x;
  TRY(numbers_create(v->elab.ctx, v->elab.field, size, "the vectors", v->out));
  for (int64_t k = 0; k < numbers; k++) {
    TRY(vector_number(v, k, &x, &at));
    numbers_set(v->out, at, &x);
    number_release(&v->elab, 0);
  }
  return STATUS_OK;
}

enum status read_vectors(struct context *ctx, const char *path, enum field field, int64_t n,
                         int64_t *count, struct numbers *out)
{
  int source;
  struct vectors v = {.elab = {.ctx = ctx, .field = field}, .out = out};
  struct data *d = NULL;
  enum status status;
  *out = (struct numbers){0};
  TRY(file_read(ctx, path, &source));
  if (mtx_is_matrix_market(&ctx->sources.data[source])) {
    status = measure_matrix(&v, source);
  } else {
    status = content_document(ctx, source, field, &d);
    if (status == STATUS_OK) status = measure_list(&v, d);
  }
  if (status == STATUS_OK && v.rows != n)
    status = FAIL(ctx, VECTOR_SHAPE, FILE_LOC(source), (long long)v.rows, (long long)n);
  if (status == STATUS_OK) status = take_vectors(&v);
  *count = v.count;
  content_free(&v.content);
  data_free(d);
  number_release(&v.elab, 0);
  VEC_FREE(&v.elab.temporaries);
  if (status != STATUS_OK) numbers_free(out);
  return status;
}
