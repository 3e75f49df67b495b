#include "config.h"

#include "lang/content.h"

#include <string.h>

#include "base/number.h"
#include "io/file.h"
#include "io/text.h"
#include "lang/quantity.h"

/* ---- documents ---- */

enum status content_document(struct context *ctx, int source, enum field field, struct data **out)
{
  enum data_numbers numbers = field == FIELD_EXACT ? DATA_EXACT : DATA_COMPLEX;
  const char *file = ctx->sources.data[source].name;
  if (text_has_extension(file, ".csv")) return FAIL(ctx, DATA_CSV, text_loc(source, 0, 0));
  if (text_has_extension(file, ".json")) return data_parse_json(ctx, source, numbers, out);
  return data_parse_yaml(ctx, source, numbers, out);
}

/* ---- matrices ---- */

/* What to do about complex numbers. */
static const char *holomorphic_hint(const struct elab *e)
{
  return e->field == FIELD_EXACT ? ", and --exact takes rational ones" : "; --holomorphic takes it";
}

static enum status take_matrix(struct elab *e, const char *name, struct content *c)
{
  struct mtx *m = c->matrix;
  if (m->im && e->field != FIELD_COMPLEX)
    return FAIL(e->ctx, MTX_WRONG_KIND, c->loc, name, "complex", holomorphic_hint(e));
  if (m->coordinate) TRY(mtx_expand(e->ctx, m));
  if (!m->re) { /* a pattern: its entries count as 1, as readers of such files take them */
    m->re = mem_alloc((size_t)m->nnz, sizeof *m->re);
    if (!m->re) return diag_no_memory(e->ctx);
    for (int64_t k = 0; k < m->nnz; k++) m->re[k] = 1;
  }
  c->kind = m->coordinate ? CONTENT_ENTRIES : CONTENT_MATRIX;
  c->depth = 2;
  c->even = true;
  c->extent[0] = m->rows;
  c->extent[1] = m->cols;
  c->nvalues = m->nnz;
  return STATUS_OK;
}

enum status content_of_source(struct elab *e, const char *name, int source, struct content *out)
{
  memset(out, 0, sizeof *out);
  out->loc = text_loc(source, 0, 1);
  TRY(mtx_read(e->ctx, source, MTX_FINITE_ONLY, &out->matrix));
  enum status status = take_matrix(e, name, out);
  if (status != STATUS_OK) content_free(out);
  return status;
}

/* The path of `file` beside `beside`, which is cut behind its last slash; NULL: no memory. */
static char *path_beside(const char *beside, const char *file)
{
  const char *slash = file[0] == '/' ? NULL : strrchr(beside, '/');
  size_t folder = slash ? (size_t)(slash - beside) + 1 : 0, len = strlen(file);
  char *path = mem_alloc(folder + len + 1, 1);
  if (!path) return NULL;
  memcpy(path, beside, folder);
  memcpy(path + folder, file, len + 1);
  return path;
}

static enum status content_of_file(struct elab *e, const char *name, const char *beside,
                                   const char *file, struct loc loc, struct content *out)
{
  int source;
  if (e->ctx->refuse_external) return FAIL(e->ctx, EXTERNAL_REFUSED, loc, file);
  char *path = path_beside(beside, file);
  if (!path) return diag_no_memory(e->ctx);
  enum status status = file_read_again(e->ctx, path, loc.source, &source);
  mem_free(path);
  if (status == STATUS_IO) diag_note(e->ctx, loc, "it is named here, as the value of '%s'", name);
  TRY(status);
  return content_of_source(e, name, source, out);
}

enum status content_of_read(struct elab *e, const char *name, const struct expr *x,
                            struct content *out)
{
  return content_of_file(e, name, e->folder, x->text, x->loc, out);
}

/* ---- lists ---- */

static void measure(struct content *c)
{
  c->even = true;
  for (int d = 0; d < c->depth && d < LOOP_MAX; d++) {
    c->extent[d] = c->ncounts[d] ? c->counts[d][0] : 0;
    for (int64_t k = 1; k < c->ncounts[d]; k++) c->even &= c->counts[d][k] == c->extent[d];
  }
}

static enum status fail_complex(struct elab *e, const char *name, struct loc loc)
{
  return FAIL(e->ctx, COMPLEX_VALUE, loc, name, holomorphic_hint(e));
}

static enum status fail_string(struct elab *e, const char *name, const char *text, size_t len,
                               struct loc loc)
{
  double re, im;
  char plain[NUMBER_MAX];
  enum number_result number = number_parse(text, len, &re);
  if (number == NUMBER_OVERFLOW) return FAIL(e->ctx, NUMBER_RANGE, loc, TEXT_SHOWN(text, len));
  if (number == NUMBER_OK) {
    if (number_json_prefix(text, len) != len) len = number_format(plain, re), text = plain;
    return FAIL(e->ctx, DATA_QUOTED_NUMBER, loc, name, (int)len, text);
  }
  if (data_is_fraction(text, len))
    return data_fail_fraction(e->ctx, e->field == FIELD_EXACT, text, len, loc);
  if (data_parse_complex(text, len, &re, &im)) return fail_complex(e, name, loc);
  return e->field == FIELD_COMPLEX ? FAIL(e->ctx, DATA_NOT_COMPLEX, loc, name)
                                   : FAIL(e->ctx, DATA_NOT_ARRAY, loc, name);
}

/* What a source spells at an offset, in quotes or not: the characters of a number that is not
 * complex. */
static size_t spelled_begin(const struct source *src, size_t at)
{
  return at + (at < src->len && (src->text[at] == '"' || src->text[at] == '\''));
}

static size_t spelled_end(const struct source *src, size_t at)
{
  while (at < src->len && src->text[at] && strchr("0123456789.+-eEdD/", src->text[at])) at++;
  return at;
}

/* In doubles a string is no number; in exact mode, a complex one is none. */
static enum status refuse_texts(struct elab *e, const char *name, const struct data *d)
{
  const struct source *src = &e->ctx->sources.data[d->loc.source];
  size_t begin = spelled_begin(src, d->string_loc.begin);
  size_t quotes = begin - d->string_loc.begin;
  if (e->field == FIELD_REAL)
    return fail_string(e, name, src->text + begin, d->string_loc.end - quotes - begin,
                       d->string_loc);
  for (int64_t k = 0; e->field == FIELD_EXACT && k < d->nvalues; k++)
    if (src->text[spelled_end(src, spelled_begin(src, d->where[k]))] == 'i')
      return fail_complex(e, name, data_number_loc(d, k));
  return STATUS_OK;
}

static enum status take_list(struct elab *e, const char *name, struct content *c)
{
  const struct data *d = c->list;
  if (d->string_loc.end) TRY(refuse_texts(e, name, d));
  c->kind = CONTENT_LIST;
  c->depth = d->depth;
  c->nvalues = d->nvalues;
  for (int k = 0; k < d->depth && k < LOOP_MAX; k++) {
    c->counts[k] = d->counts[k];
    c->ncounts[k] = d->ncounts[k];
  }
  measure(c);
  return STATUS_OK;
}

static void take_number(const struct data *d, struct content *c)
{
  c->kind = CONTENT_NUMBER;
  c->list = d;
  c->nvalues = 1;
  c->even = true;
}

/* Whether a string is a number of this field. */
static bool is_number(const struct elab *e, const char *text, size_t len)
{
  double re, im;
  if (len == 0) return false;
  switch (e->field) {
  case FIELD_REAL: break;
  case FIELD_COMPLEX: return data_parse_complex(text, len, &re, &im);
  case FIELD_EXACT: return text[len - 1] != 'i' && data_parse_text(DATA_EXACT, text, len, &re, &im);
  }
  return false;
}

enum status content_of_data(struct elab *e, const char *name, const struct data *d,
                            struct content *out)
{
  memset(out, 0, sizeof *out);
  out->loc = d->loc;
  switch (d->kind) {
  case DATA_NUMBER: take_number(d, out); return STATUS_OK;
  case DATA_LIST: out->list = d; return take_list(e, name, out);
  case DATA_MAP: break;
  case DATA_STRING:
    if (!is_number(e, d->text, strlen(d->text)))
      return fail_string(e, name, d->text, strlen(d->text), d->loc);
    take_number(d, out);
    return STATUS_OK;
  case DATA_NULL: return FAIL(e->ctx, DATA_NOT_ARRAY, d->loc, name);
  }
  const struct data_entry *file = data_get(d, "file");
  if (!file && data_get(d, name)) return FAIL(e->ctx, DATA_NAMED_TWICE, d->loc, name, name, name);
  if (!file || d->nentries != 1 || file->value->kind != DATA_STRING)
    return FAIL(e->ctx, DATA_FILE_MAP, d->loc, name);
  return content_of_file(e, name, e->ctx->sources.data[d->loc.source].name, file->value->text,
                         file->value->loc, out);
}

/* ---- literals ---- */

struct literal {
  VEC(const struct expr *) items;
  VEC(int64_t) counts[LOOP_MAX];
};

/* The list x of level `level`; the checker has made sure that it is nested as the dimensions are.
 */
static bool flatten(struct literal *l, const struct expr *x, int level)
{
  if (!VEC_PUSH(&l->counts[level], x->nargs)) return false;
  for (int i = 0; i < x->nargs; i++) {
    bool ok = x->args[i]->kind == EXPR_ARRAY ? flatten(l, x->args[i], level + 1)
                                             : VEC_PUSH(&l->items, x->args[i]);
    if (!ok) return false;
  }
  return true;
}

enum status content_of_literal(struct elab *e, const struct expr *x, int ndim, struct content *out)
{
  struct literal l = {0};
  memset(out, 0, sizeof *out);
  bool ok = flatten(&l, x, 0);
  out->kind = CONTENT_LITERAL;
  out->loc = x->loc;
  out->items = l.items.data;
  out->nvalues = (int64_t)l.items.len;
  for (int d = 0; d < ndim; d++) {
    out->own_counts[d] = l.counts[d].data;
    out->counts[d] = l.counts[d].data;
    out->ncounts[d] = (int64_t)l.counts[d].len;
    if (l.counts[d].len) out->depth = d + 1;
  }
  measure(out);
  if (ok) return STATUS_OK;
  content_free(out);
  return diag_no_memory(e->ctx);
}

/* ---- what it is ---- */

void content_free(struct content *c)
{
  mtx_free(c->matrix);
  mem_free(c->items);
  for (int d = 0; d < LOOP_MAX; d++) mem_free(c->own_counts[d]);
  memset(c, 0, sizeof *c);
}

struct loc content_loc(const struct content *c, int64_t k)
{
  switch (c->kind) {
  case CONTENT_LIST: return data_number_loc(c->list, k);
  case CONTENT_LITERAL: return c->items[k]->loc;
  case CONTENT_MATRIX:
  case CONTENT_ENTRIES:
    return text_loc(c->matrix->source, c->matrix->where[k], (size_t)c->matrix->where[k] + 1);
  case CONTENT_NUMBER: break;
  }
  return c->loc;
}

static enum status spelled_number(struct elab *e, int source, size_t at, double near,
                                  struct number *out)
{
  const struct source *src = &e->ctx->sources.data[source];
  at = spelled_begin(src, at);
  size_t end = spelled_end(src, at);
  return number_of_text(e, text_loc(source, at, end), src->text + at, end - at, near, out);
}

/* Where a sign was turned, or the value is implied (the diagonal of a skew-symmetric matrix), its
 * double tells. */
static enum status stored_number(struct elab *e, int source, size_t at, double value,
                                 struct number *out)
{
  struct loc loc = text_loc(source, at, at + 1);
  TRY(spelled_number(e, source, at, value, out));
  double spelled = number_nearest(e->field, out);
  if (spelled == value) return STATUS_OK;
  return spelled == -value ? number_apply(e, loc, OP_NEG, out, NULL, out)
                           : number_of_double(e, value, out);
}

/* The value of entry k of a matrix: it stands behind the indices. */
static enum status matrix_number(struct elab *e, const struct mtx *m, int64_t k, struct number *out)
{
  static const char blanks[] = " \t\r";
  const char *text = e->ctx->sources.data[m->source].text;
  size_t at = m->where[k];
  *out = (struct number){.re = m->re[k], .im = m->im ? m->im[k] : 0};
  if (e->field != FIELD_EXACT) return STATUS_OK;
  if (m->field == MTX_PATTERN) return number_of_double(e, m->re[k], out);
  at += strspn(text + at, blanks);
  for (int skip = m->coordinate ? 2 : 0; skip > 0; skip--) {
    at += strcspn(text + at, blanks);
    at += strspn(text + at, blanks);
  }
  return stored_number(e, m->source, at, m->re[k], out);
}

enum status content_number(struct elab *e, const struct content *c, int64_t k, struct number *out)
{
  const struct data *d = c->list;
  *out = (struct number){0};
  switch (c->kind) {
  case CONTENT_MATRIX:
  case CONTENT_ENTRIES: return matrix_number(e, c->matrix, k, out);
  case CONTENT_LIST:
    if (e->field == FIELD_EXACT)
      return spelled_number(e, d->loc.source, d->where[k], d->values[k], out);
    *out = (struct number){.re = d->values[k], .im = d->imag ? d->imag[k] : 0};
    return STATUS_OK;
  case CONTENT_NUMBER:
    if (d->kind == DATA_NUMBER)
      return number_of_text(e, d->loc, d->text, strlen(d->text), d->number, out);
    data_parse_text(DATA_EXACT, d->text, strlen(d->text), &out->re, &out->im);
    if (e->field != FIELD_EXACT) return STATUS_OK;
    return number_of_text(e, d->loc, d->text, strlen(d->text), out->re, out);
  case CONTENT_LITERAL: break;
  }
  return STATUS_OK;
}

void content_print(const struct content *c, struct strbuf *out)
{
  if (c->depth == 0) {
    strbuf_puts(out, "no dimensions");
    return;
  }
  strbuf_putc(out, '[');
  for (int d = 0; d < c->depth && d < LOOP_MAX; d++) {
    bool even = true;
    for (int64_t k = 1; k < c->ncounts[d]; k++) even &= c->counts[d][k] == c->extent[d];
    if (d) strbuf_puts(out, ", ");
    if (!even)
      strbuf_puts(out, "uneven");
    else if (c->extent[d] == 0)
      strbuf_puts(out, "empty");
    else
      strbuf_printf(out, "1..%lld", (long long)c->extent[d]);
  }
  strbuf_puts(out, c->depth > LOOP_MAX ? ", …]" : "]");
}

/* ---- whether it fits ---- */

static bool is_matrix(const struct content *c)
{
  return c->kind == CONTENT_MATRIX || c->kind == CONTENT_ENTRIES;
}

static bool matrix_fits(const struct content *c, const struct shape *s)
{
  int64_t rows = c->extent[0], cols = c->extent[1];
  if (s->ndim == 1) return (rows == 1 || cols == 1) && rows * cols == s->extent[0];
  return s->ndim == 2 && rows == s->extent[0] && cols == s->extent[1];
}

/* [] may stand for all dimensions from an empty one on. */
static bool list_fits_box(const struct content *c, const struct shape *s)
{
  if (c->depth > s->ndim || !c->even) return false;
  for (int d = 0; d < c->depth; d++) {
    if (c->extent[d] != s->extent[d]) return false;
    if (s->extent[d] == 0) return true;
  }
  return c->depth == s->ndim;
}

static bool same_prefix(const struct shape *s, int64_t a, int64_t b, int len)
{
  return memcmp(s->index + a * s->ndim, s->index + b * s->ndim, (size_t)len * sizeof *s->index) ==
         0;
}

/* Whether the non-empty lists of a level, with sizes[0 … count-1] non-empty items each, are those
 * of the tuples: one list for each prefix of length `level`, one item for each longer by one. */
static bool level_fits(const struct shape *s, int level, const int64_t *sizes, int64_t count)
{
  int64_t list = 0;
  for (int64_t k = 0; k < s->size; list++) {
    int64_t first = k, items = 0;
    while (list < count && sizes[list] == 0) list++;
    if (list == count) return false;
    for (; k < s->size && same_prefix(s, first, k, level); k++)
      items += k == first || !same_prefix(s, k - 1, k, level + 1);
    if (items != sizes[list]) return false;
  }
  for (; list < count; list++)
    if (sizes[list] != 0) return false;
  return true;
}

/* The tuples are in row-major order of the loops, as the numbers are: so each level is compared
 * from the innermost to the outermost, empty lists being of no account. */
static enum status list_fits_tuples(struct context *ctx, const struct content *c,
                                    const struct shape *s, bool *fits)
{
  int64_t *sizes = NULL, *below = NULL;
  enum status status = STATUS_OK;
  *fits = c->nvalues == s->size && c->depth <= s->ndim && (c->depth == s->ndim || s->size == 0);
  if (s->size == 0) return STATUS_OK;
  for (int level = s->ndim - 1; *fits && level >= 0; level--) {
    int64_t item = 0;
    sizes = mem_zalloc((size_t)c->ncounts[level], sizeof *sizes);
    if (!sizes) {
      status = diag_no_memory(ctx);
      break;
    }
    for (int64_t k = 0; k < c->ncounts[level]; k++) {
      if (!below) sizes[k] = c->counts[level][k];
      for (int64_t i = 0; below && i < c->counts[level][k]; i++) sizes[k] += below[item++] != 0;
    }
    *fits = level_fits(s, level, sizes, c->ncounts[level]);
    mem_free(below);
    below = sizes;
    sizes = NULL;
  }
  mem_free(below);
  return status;
}

enum status content_fits(struct context *ctx, const struct content *c, const struct shape *s,
                         bool *fits)
{
  *fits = false;
  if (s->ndim == 0 || c->depth == 0) {
    *fits = s->ndim == 0 && c->depth == 0;
  } else if (is_matrix(c)) {
    *fits = matrix_fits(c, s);
  } else if (s->box) {
    *fits = list_fits_box(c, s);
  } else {
    return list_fits_tuples(ctx, c, s, fits);
  }
  return STATUS_OK;
}
