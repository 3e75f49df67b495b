#include "config.h"

#include "cmd/readers.h"

#include <stdio.h>
#include <string.h>

#include "io/data.h"
#include "io/json.h"
#include "io/mtx.h"
#include "io/text.h"

enum input_kind input_kind_of(const struct context *ctx, int source, enum input_kind from)
{
  const struct source *src = &ctx->sources.data[source];
  if (from != INPUT_AUTO) return from;
  if (text_has_extension(src->name, ".expr")) return INPUT_EXPR;
  if (text_has_extension(src->name, ".json")) return INPUT_JSON;
  if (mtx_is_matrix_market(src)) return INPUT_MTX;
  for (size_t i = 0; i < src->len; i++)
    if (!strchr(" \t\r\n", src->text[i])) return src->text[i] == '{' ? INPUT_JSON : INPUT_EXPR;
  return INPUT_EXPR;
}

/* --- members of JSON objects ---------------------------------------------------------------- */

static enum status bad_member(struct context *ctx, const struct json *object, const char *key,
                              const char *wanted)
{
  const struct json *member = json_get(object, key);
  return FAIL(ctx, JSON_MEMBER, member ? member->loc : object->loc, key, wanted);
}

static enum status get_int(struct context *ctx, const struct json *object, const char *key,
                           int32_t *value)
{
  const struct json *member = json_get(object, key);
  if (!member || member->kind != JSON_NUMBER || !(member->number >= 0) ||
      member->number > INT32_MAX || member->number != (double)(int32_t)member->number)
    return bad_member(ctx, object, key, "a whole number from 0 to 2^31-1");
  *value = (int32_t)member->number;
  return STATUS_OK;
}

static bool is_empty_array(const struct json *member)
{
  return member && member->kind == JSON_ARRAY && member->count == 0;
}

/* A list of whole numbers from lo to hi; *out is never NULL on success. */
static enum status get_ints(struct context *ctx, const struct json *object, const char *key,
                            int32_t lo, int32_t hi, int64_t *count, int32_t **out)
{
  const struct json *member = json_get(object, key);
  char wanted[80];
  snprintf(wanted, sizeof wanted, "a list of whole numbers from %ld to %ld", (long)lo, (long)hi);
  bool empty = is_empty_array(member);
  if (!empty && (!member || member->kind != JSON_NUMBERS))
    return bad_member(ctx, object, key, wanted);
  size_t n = empty ? 0 : member->count;
  int32_t *values = mem_alloc(n, sizeof *values);
  if (!values) return diag_no_memory(ctx);
  for (size_t i = 0; i < n; i++) {
    double v = member->values[i];
    if (!(v >= lo && v <= hi) || v != (double)(int32_t)v) {
      struct loc loc = {member->loc.source, member->where[i], member->where[i] + 1};
      mem_free(values);
      return FAIL(ctx, JSON_MEMBER, loc, key, wanted);
    }
    values[i] = (int32_t)v;
  }
  *count = (int64_t)n;
  *out = values;
  return STATUS_OK;
}

/* One of `names`; left out: *chosen stays. */
static enum status get_choice(struct context *ctx, const struct json *object, const char *key,
                              const char *const *names, int count, int *chosen, bool *found)
{
  const struct json *member = json_get(object, key);
  *found = member != NULL;
  for (int i = 0; member && i < count; i++)
    if (member->kind == JSON_STRING && !strcmp(member->text, names[i])) {
      *chosen = i;
      return STATUS_OK;
    }
  return member ? bad_member(ctx, object, key, "a name that 'asdex coloring' writes there")
                : STATUS_OK;
}

/* Whether "schema" is left out or one of the kinds. */
static enum status check_schema(struct context *ctx, const struct json *object,
                                const char *const *schemas, size_t count, const char *wanted)
{
  const struct json *member = json_get(object, "schema");
  if (!member) return STATUS_OK;
  for (size_t i = 0; i < count && member->kind == JSON_STRING; i++)
    if (!strcmp(member->text, schemas[i])) return STATUS_OK;
  return bad_member(ctx, object, "schema", wanted);
}

/* --- patterns ------------------------------------------------------------------------------- */

/* The positions that a JSON pattern lists, in its order. */
struct positions {
  int64_t count;
  int32_t *rows, *cols;
};

/* The order of asdex's own files: that of the pattern itself, so that nothing can be wrong. */
static bool lists_all_in_order(const struct pattern *p, const struct positions *l)
{
  if (l->count != pattern_nnz(p)) return false;
  for (int32_t i = 0; i < p->n; i++)
    for (int64_t k = p->ptr[i]; k < p->ptr[i + 1]; k++)
      if (l->rows[k] != i || l->cols[k] != p->ind[k]) return false;
  return true;
}

static enum status check_duplicates(struct context *ctx, const struct json *j,
                                    const struct pattern *p, const struct positions *l)
{
  const struct json *rows = json_get(j, "rows");
  uint8_t *seen = mem_zalloc((size_t)pattern_nnz(p), 1);
  enum status status = seen ? STATUS_OK : diag_no_memory(ctx);
  for (int64_t k = 0; k < l->count && status == STATUS_OK; k++) {
    int64_t at = pattern_find(p, l->rows[k], l->cols[k]);
    if (seen[at])
      status = FAIL(ctx, PATTERN_DUPLICATE,
                    ((struct loc){rows->loc.source, rows->where[k], rows->where[k] + 1}),
                    (long)l->rows[k], (long)l->cols[k]);
    seen[at] = 1;
  }
  mem_free(seen);
  return status;
}

/* No entry twice, and both triangles; or, where that is allowed, one of them alone. */
static enum status check_positions(struct context *ctx, const struct json *j, bool whole,
                                   const struct pattern *p, const struct positions *l)
{
  if (lists_all_in_order(p, l)) return STATUS_OK;
  TRY(check_duplicates(ctx, j, p, l));
  bool lower = false, upper = false;
  for (int64_t k = 0; k < l->count; k++) {
    lower = lower || l->rows[k] > l->cols[k];
    upper = upper || l->rows[k] < l->cols[k];
  }
  long long nnz = (long long)pattern_nnz(p);
  if ((whole || (lower && upper)) && l->count != nnz)
    return FAIL(ctx, PATTERN_NOT_SYMMETRIC, json_get(j, "rows")->loc, (long long)l->count, nnz);
  return STATUS_OK;
}

/* "nnz" counts both triangles, whatever is listed. */
static enum status check_nnz(struct context *ctx, const struct json *j, const struct pattern *p)
{
  const struct json *nnz = json_get(j, "nnz");
  char wanted[80];
  if (!nnz || (nnz->kind == JSON_NUMBER && nnz->number == (double)pattern_nnz(p))) return STATUS_OK;
  snprintf(wanted, sizeof wanted, "%lld, the number of entries in both triangles",
           (long long)pattern_nnz(p));
  return bad_member(ctx, j, "nnz", wanted);
}

/* `whole`: both triangles must be listed. */
static enum status pattern_of_json(struct context *ctx, const struct json *j, bool whole,
                                   struct pattern *out)
{
  int32_t n;
  struct positions l = {0};
  int64_t ncols;
  if (j->kind != JSON_OBJECT || !json_get(j, "n") || !json_get(j, "rows") || !json_get(j, "cols"))
    return FAIL(ctx, NOT_A_PATTERN, j->loc);
  TRY(get_int(ctx, j, "n", &n));
  enum status status = get_ints(ctx, j, "rows", 0, n - 1, &l.count, &l.rows);
  if (status == STATUS_OK) status = get_ints(ctx, j, "cols", 0, n - 1, &ncols, &l.cols);
  if (status == STATUS_OK && l.count != ncols)
    status = bad_member(ctx, j, "cols", "as long as \"rows\"");
  if (status == STATUS_OK) status = pattern_from_pairs(ctx, n, l.count, l.rows, l.cols, out);
  if (status == STATUS_OK) status = check_positions(ctx, j, whole, out, &l);
  if (status == STATUS_OK) status = check_nnz(ctx, j, out);
  mem_free(l.rows);
  mem_free(l.cols);
  if (status != STATUS_OK) {
    pattern_free(out);
    *out = (struct pattern){0};
  }
  return status;
}

static enum status plain_pattern_of_json(struct context *ctx, const struct json *j,
                                         struct pattern *out)
{
  static const char *const schemas[] = {"asdex/sparsity/1", "asdex/coloring/1", "asdex/hessian/1"};
  TRY(pattern_of_json(ctx, j, false, out));
  enum status status = check_schema(ctx, j, schemas, sizeof schemas / sizeof *schemas,
                                    "that of a pattern, such as \"asdex/sparsity/1\"");
  if (status != STATUS_OK) {
    pattern_free(out);
    *out = (struct pattern){0};
  }
  return status;
}

static enum status pattern_of_mtx(struct context *ctx, const struct mtx *m, struct pattern *out)
{
  if (!m->coordinate || m->rows != m->cols || m->rows > INT32_MAX)
    return FAIL(ctx, NOT_A_PATTERN, FILE_LOC(m->source));
  TRY(pattern_from_pairs(ctx, (int32_t)m->rows, m->nnz, m->row, m->col, out));
  if (m->symmetry == MTX_GENERAL && pattern_nnz(out) != m->nnz) {
    long long nnz = (long long)pattern_nnz(out);
    pattern_free(out);
    *out = (struct pattern){0};
    return FAIL(ctx, PATTERN_NOT_SYMMETRIC, FILE_LOC(m->source), (long long)m->nnz, nnz);
  }
  return STATUS_OK;
}

enum status read_pattern(struct context *ctx, int source, enum input_kind from, struct pattern *out)
{
  enum status status;
  *out = (struct pattern){0};
  switch (input_kind_of(ctx, source, from)) {
  case INPUT_MTX: {
    struct mtx *m = NULL;
    status = mtx_read(ctx, source, MTX_ALLOW_NONFINITE, &m);
    if (status == STATUS_OK) status = pattern_of_mtx(ctx, m, out);
    mtx_free(m);
    return status;
  }
  case INPUT_JSON: {
    struct json *j = NULL;
    status = json_parse(ctx, source, &j);
    if (status == STATUS_OK) status = plain_pattern_of_json(ctx, j, out);
    json_free(j);
    return status;
  }
  default: return FAIL(ctx, NOT_A_PATTERN, FILE_LOC(source));
  }
}

/* --- colorings ------------------------------------------------------------------------------ */

static enum status coloring_of_mtx(struct context *ctx, const struct mtx *m,
                                   struct saved_coloring *s)
{
  struct coloring *c = &s->coloring;
  if (m->coordinate || m->cols != 1 || m->field != MTX_INTEGER || m->rows > INT32_MAX)
    return FAIL(ctx, NOT_A_COLORING, FILE_LOC(m->source));
  c->method = METHOD_STAR;
  c->n = (int32_t)m->rows;
  c->color = mem_alloc((size_t)m->rows, sizeof *c->color);
  if (!c->color) return diag_no_memory(ctx);
  for (int32_t i = 0; i < c->n; i++) {
    double v = m->re[i];
    if (!(v >= 0 && v <= c->n))
      return FAIL(ctx, NOT_A_COLORING, ((struct loc){m->source, m->where[i], m->where[i] + 1}));
    c->color[i] = (int32_t)v - 1;
    if (c->color[i] >= c->num_colors) c->num_colors = c->color[i] + 1;
  }
  return STATUS_OK;
}

static enum status get_names(struct context *ctx, const struct json *j, const char *member,
                             struct arena *arena, struct name_list *names)
{
  const struct json *list = json_get(j, member);
  if (!list) return STATUS_OK;
  if (list->kind != JSON_ARRAY) return bad_member(ctx, j, member, "a list of names");
  for (size_t i = 0; i < list->count; i++) {
    const struct json *item = list->items[i];
    if (item->kind != JSON_STRING) return bad_member(ctx, j, member, "a list of names");
    const char *name = arena_strndup(arena, item->text, strlen(item->text));
    if (!name || !VEC_PUSH(names, name)) return diag_no_memory(ctx);
  }
  return STATUS_OK;
}

static enum status get_labels(struct context *ctx, const struct json *j, struct saved_coloring *s)
{
  TRY(get_names(ctx, j, "labels", &s->arena, &s->labels));
  s->has_labels = json_get(j, "labels") != NULL;
  return !s->has_labels || s->labels.len == (size_t)s->coloring.n
             ? STATUS_OK
             : bad_member(ctx, j, "labels", "a list of n names");
}

static enum status check_symmetric(struct context *ctx, const struct json *j,
                                   enum coloring_method method)
{
  const struct json *member = json_get(j, "symmetric");
  bool symmetric = method != METHOD_COLUMN;
  if (!member || (member->kind == JSON_BOOL && member->truth == symmetric)) return STATUS_OK;
  return bad_member(ctx, j, "symmetric",
                    symmetric ? "true with this method" : "false with the method column");
}

static enum status coloring_of_json(struct context *ctx, const struct json *j,
                                    struct saved_coloring *s)
{
  static const char *const schema = "asdex/coloring/1";
  struct coloring *c = &s->coloring;
  int64_t count;
  int chosen = 0;
  bool found;
  if (j->kind != JSON_OBJECT || !json_get(j, "colors")) return FAIL(ctx, NOT_A_COLORING, j->loc);
  s->is_json = true;
  TRY(check_schema(ctx, j, &schema, 1, "\"asdex/coloring/1\""));
  TRY(get_int(ctx, j, "n", &c->n));
  TRY(get_int(ctx, j, "num_colors", &c->num_colors));
  if (c->num_colors > c->n) /* memory follows it */
    return bad_member(ctx, j, "num_colors", "a whole number, not greater than \"n\"");
  TRY(get_ints(ctx, j, "colors", -1, c->num_colors - 1, &count, &c->color));
  if (count != c->n) return bad_member(ctx, j, "colors", "a list of n colors");
  TRY(get_choice(ctx, j, "method", method_names, METHOD_COUNT, &chosen, &found));
  if (!found) return bad_member(ctx, j, "method", "star, acyclic or column");
  c->method = (enum coloring_method)chosen;
  TRY(check_symmetric(ctx, j, c->method));
  chosen = ORDERING_NATURAL;
  TRY(get_choice(ctx, j, "ordering", ordering_names, ORDERING_COUNT, &chosen, &s->has_ordering));
  c->ordering = (enum coloring_ordering)chosen;
  chosen = 0;
  TRY(get_choice(ctx, j, "mode", mode_names, MODE_COUNT, &chosen, &s->has_mode));
  s->mode = (enum hessian_mode)chosen;
  const struct json *digest = json_get(j, "digest");
  s->has_digest = digest != NULL;
  if (digest) {
    if (digest->kind != JSON_STRING || strlen(digest->text) >= sizeof s->digest)
      return bad_member(ctx, j, "digest", "16 hexadecimal digits");
    strcpy(s->digest, digest->text);
  }
  TRY(get_names(ctx, j, "wrt", &s->arena, &s->wrt));
  s->has_wrt = json_get(j, "wrt") != NULL;
  TRY(get_labels(ctx, j, s));
  return pattern_of_json(ctx, j, true, &s->pattern);
}

enum status read_coloring(struct context *ctx, int source, enum input_kind from,
                          struct saved_coloring *out)
{
  enum status status;
  memset(out, 0, sizeof *out);
  switch (input_kind_of(ctx, source, from)) {
  case INPUT_MTX: {
    struct mtx *m = NULL;
    status = mtx_read(ctx, source, MTX_FINITE_ONLY, &m);
    if (status == STATUS_OK) status = coloring_of_mtx(ctx, m, out);
    mtx_free(m);
    break;
  }
  case INPUT_JSON: {
    struct json *j = NULL;
    status = json_parse(ctx, source, &j);
    if (status == STATUS_OK) status = coloring_of_json(ctx, j, out);
    json_free(j);
    break;
  }
  default: status = FAIL(ctx, NOT_A_COLORING, FILE_LOC(source));
  }
  if (status != STATUS_OK) {
    saved_coloring_free(out);
    memset(out, 0, sizeof *out);
  }
  return status;
}

void saved_coloring_free(struct saved_coloring *s)
{
  coloring_free(&s->coloring);
  pattern_free(&s->pattern);
  VEC_FREE(&s->wrt);
  VEC_FREE(&s->labels);
  arena_free(&s->arena);
}

/* --- dense matrices ------------------------------------------------------------------------- */

/* rows × cols zeros, checked. */
static enum status new_dense(struct context *ctx, int64_t rows, int64_t cols, double **out)
{
  size_t count;
  TRY(diag_check_memory(ctx, 8.0 * (double)rows * (double)cols, "the matrix that is read"));
  if (!size_mul((size_t)rows, (size_t)cols, &count)) return diag_no_memory(ctx);
  *out = mem_zalloc(count, sizeof **out);
  return *out ? STATUS_OK : diag_no_memory(ctx);
}

static bool is_real(const struct mtx *m)
{
  return m->re && !m->im;
}

/* Element (i, j) goes to out[i * row_stride + j * col_stride]. */
static enum status dense_of_mtx(struct context *ctx, struct mtx *m, bool transpose, double **out)
{
  if (m->coordinate) TRY(mtx_expand(ctx, m));
  TRY(new_dense(ctx, m->rows, m->cols, out));
  int64_t row_stride = transpose ? 1 : m->cols, col_stride = transpose ? m->rows : 1;
  if (m->coordinate) {
    for (int64_t k = 0; k < m->nnz; k++)
      (*out)[m->row[k] * row_stride + m->col[k] * col_stride] = m->re[k];
  } else {
    for (int64_t j = 0; j < m->cols; j++)
      for (int64_t i = 0; i < m->rows; i++)
        (*out)[i * row_stride + j * col_stride] = m->re[j * m->rows + i];
  }
  return STATUS_OK;
}

static enum status compressed_of_json(struct context *ctx, const struct json *j, int64_t *rows,
                                      int64_t *cols, double **out)
{
  static const char *const schema = "asdex/compressed/1";
  int32_t colors, n;
  if (j->kind != JSON_OBJECT || !json_get(j, "values")) return FAIL(ctx, NOT_COMPRESSED, j->loc);
  TRY(check_schema(ctx, j, &schema, 1, "\"asdex/compressed/1\""));
  TRY(get_int(ctx, j, "num_colors", &colors));
  TRY(get_int(ctx, j, "n", &n));
  const struct json *values = json_get(j, "values");
  static const char wanted[] = "num_colors lists of n numbers";
  if (!values || values->kind != JSON_ARRAY || values->count != (size_t)colors)
    return bad_member(ctx, j, "values", wanted);
  TRY(new_dense(ctx, colors, n, out));
  for (int32_t c = 0; c < colors; c++) {
    const struct json *row = values->items[c];
    if (n == 0 && is_empty_array(row)) continue;
    if (row->kind != JSON_NUMBERS || row->count != (size_t)n)
      return FAIL(ctx, JSON_MEMBER, row->loc, "values", wanted);
    memcpy(*out + (size_t)c * (size_t)n, row->values, (size_t)n * sizeof **out);
  }
  *rows = colors;
  *cols = n;
  return STATUS_OK;
}

enum status read_compressed(struct context *ctx, int source, enum input_kind from, int64_t *rows,
                            int64_t *cols, double **out)
{
  enum status status;
  *out = NULL;
  if (input_kind_of(ctx, source, from) == INPUT_JSON) {
    struct json *j = NULL;
    status = json_parse(ctx, source, &j);
    if (status == STATUS_OK) status = compressed_of_json(ctx, j, rows, cols, out);
    json_free(j);
  } else { /* whatever else it is, the reader of Matrix Market says best what is wrong */
    struct mtx *m = NULL;
    status = mtx_read(ctx, source, MTX_ALLOW_NONFINITE, &m);
    if (status == STATUS_OK && !is_real(m)) status = FAIL(ctx, NOT_COMPRESSED, FILE_LOC(source));
    if (status == STATUS_OK) status = dense_of_mtx(ctx, m, false, out);
    if (status == STATUS_OK) *rows = m->rows, *cols = m->cols;
    mtx_free(m);
  }
  if (status != STATUS_OK) {
    mem_free(*out);
    *out = NULL;
  }
  return status;
}

/* n numbers, or n lists of k numbers. */
static enum status vectors_of_data(struct context *ctx, const struct data *d, int64_t *rows,
                                   int64_t *k, double **out)
{
  if (d->kind != DATA_LIST || d->depth > 2) return FAIL(ctx, NOT_A_VECTOR, d->loc);
  *rows = d->counts[0][0];
  *k = 1;
  if (d->depth == 2) {
    *k = *rows ? d->counts[1][0] : 1;
    for (int64_t i = 0; i < *rows; i++)
      if (d->counts[1][i] != *k) return FAIL(ctx, NOT_A_VECTOR, d->loc);
  }
  TRY(new_dense(ctx, *k, *rows, out));
  for (int64_t i = 0; i < *rows; i++)
    for (int64_t j = 0; j < *k; j++) (*out)[j * *rows + i] = d->values[i * *k + j];
  return STATUS_OK;
}

enum status read_vectors(struct context *ctx, const char *path, int64_t n, int64_t *k, double **out)
{
  int source;
  int64_t rows = 0;
  enum status status;
  *out = NULL;
  TRY(file_read(ctx, path, &source));
  const struct source *src = &ctx->sources.data[source];
  if (mtx_is_matrix_market(src)) {
    struct mtx *m = NULL;
    status = mtx_read(ctx, source, MTX_FINITE_ONLY, &m);
    if (status == STATUS_OK && !is_real(m)) status = FAIL(ctx, NOT_A_VECTOR, FILE_LOC(source));
    if (status == STATUS_OK) status = dense_of_mtx(ctx, m, true, out);
    if (status == STATUS_OK) rows = m->rows, *k = m->cols;
    mtx_free(m);
  } else {
    struct data *d = NULL;
    status = text_has_extension(src->name, ".json") ? data_parse_json(ctx, source, &d)
                                                    : data_parse_yaml(ctx, source, &d);
    if (status == STATUS_OK) status = vectors_of_data(ctx, d, &rows, k, out);
    data_free(d);
  }
  if (status == STATUS_OK && rows != n)
    status = FAIL(ctx, VECTOR_SHAPE, FILE_LOC(source), (long long)rows, (long long)n);
  if (status != STATUS_OK) {
    mem_free(*out);
    *out = NULL;
  }
  return status;
}

/* --- positions of entries, of whatever can be drawn ----------------------------------------- */

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
  *out = (struct entries){.rows = (int32_t)m->rows, .cols = (int32_t)m->cols};
  if (!m->coordinate) return entries_of_array(ctx, m, out);
  out->row = m->row;
  out->col = m->col;
  m->row = m->col = NULL;
  out->count = out->total = m->nnz;
  if (m->symmetry != MTX_GENERAL) complete(out);
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
    return bad_member(ctx, j, "indptr", "n+1 numbers, from 0 to the number of \"indices\"");
  for (int32_t i = 0; i < n; i++) {
    double end = ptr->values[i + 1];
    if (!(end >= (double)out->count && end <= (double)nnz) || end != (double)(int64_t)end)
      return bad_member(ctx, j, "indptr", "a list of whole numbers that do not descend");
    for (int64_t first = out->count; out->count < (int64_t)end;) {
      int32_t k = ind[out->count];
      if (out->count > first && k <= ind[out->count - 1])
        return bad_member(ctx, j, "indices", "ascending in each row or column");
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
  TRY(get_int(ctx, j, "n", &n));
  *out = (struct entries){.rows = n, .cols = n};
  enum status status = get_ints(ctx, j, "indices", 0, n - 1, &nnz, &ind);
  if (status == STATUS_OK) status = new_positions(ctx, nnz, out);
  if (status == STATUS_OK) status = entries_of_compressed(ctx, j, ind, nnz, n, out);
  mem_free(ind);
  if (status == STATUS_OK) complete(out);
  return status;
}

/* Lists of `cols` numbers each; what is not zero is an entry. */
static enum status entries_of_lists(struct context *ctx, const struct json *j, int32_t rows,
                                    int32_t cols, struct entries *out)
{
  const struct json *values = json_get(j, "values");
  int64_t count = 0;
  double v;
  *out = (struct entries){.rows = rows, .cols = cols};
  if (values->kind != JSON_ARRAY || values->count != (size_t)rows)
    return bad_member(ctx, j, "values", "a list for each row");
  for (int pass = 0; pass < 2; pass++) {
    if (pass) TRY(new_positions(ctx, count, out));
    for (int32_t i = 0; i < rows; i++) {
      const struct json *row = values->items[i];
      bool list = row->kind == JSON_NUMBERS || row->kind == JSON_ARRAY;
      if (!list || row->count != (size_t)cols)
        return FAIL(ctx, JSON_MEMBER, row->loc, "values", "lists of the same length, of numbers");
      for (int32_t k = 0; k < cols; k++) {
        if (!json_number_at(row, (size_t)k, &v))
          return FAIL(ctx, JSON_MEMBER, row->loc, "values", "lists of numbers");
        if (v == 0) continue;
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
    TRY(plain_pattern_of_json(ctx, j, &p));
    entries_from_pattern(out, &p);
    return STATUS_OK;
  }
  if (!json_get(j, "n") || !json_get(j, "values")) return FAIL(ctx, NOT_A_DRAWING, j->loc);
  TRY(check_schema(ctx, j, schemas, 2, "that of a Hessian or a compressed matrix"));
  if (json_get(j, "indptr")) return read_compressed_layout(ctx, j, out);
  TRY(get_int(ctx, j, "n", &cols));
  rows = cols;
  if (!json_get(j, "layout")) TRY(get_int(ctx, j, "num_colors", &rows));
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
