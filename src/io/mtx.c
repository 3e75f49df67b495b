#include "config.h"

#include "io/mtx.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/number.h"
#include "io/mtx_entries.h"
#include "io/text.h"

struct reader {
  struct context *ctx;
  int source;
  enum mtx_nonfinite nonfinite;
  const char *text, *p, *end;
  struct mtx *m;
  int64_t stored; /* entries in the file */
  int64_t count;  /* of them, read so far */
  int64_t mirrored;
  uint32_t first_mirrored;
};

struct token {
  const char *s;
  size_t len;
};

static struct loc token_loc(const struct reader *r, struct token t)
{
  size_t begin = (size_t)(t.s - r->text);
  return text_loc(r->source, begin, begin + t.len);
}

#define FAIL_TOKEN(r, id, t, ...)                                                                  \
  FAIL((r)->ctx, id, token_loc(r, t), TEXT_SHOWN((t).s, (t).len), ##__VA_ARGS__)

static bool at_line_end(const struct reader *r)
{
  return r->p == r->end || *r->p == '\n';
}

/* Blanks within a line; a carriage return is one only where it ends the line. */
static void skip_blanks(struct reader *r)
{
  while (r->p < r->end && (*r->p == ' ' || *r->p == '\t' ||
                           (*r->p == '\r' && (r->p + 1 == r->end || r->p[1] == '\n'))))
    r->p++;
}

static void skip_rest_of_line(struct reader *r)
{
  const char *nl = memchr(r->p, '\n', (size_t)(r->end - r->p));
  r->p = nl ? nl + 1 : r->end;
}

/* Goes to the first token of the next line that is neither blank nor a comment; false at the end
 * of the text. */
static bool next_line(struct reader *r)
{
  for (;;) {
    skip_blanks(r);
    if (r->p == r->end) return false;
    if (*r->p == '%')
      skip_rest_of_line(r);
    else if (*r->p == '\n')
      r->p++;
    else
      return true;
  }
}

/* The next token of the line (empty at its end). */
static struct token next_token(struct reader *r)
{
  skip_blanks(r);
  const char *s = r->p;
  while (r->p < r->end && (unsigned char)*r->p > ' ') r->p++;
  /* Control characters that are no blanks belong to the token, and spoil it. */
  while (!at_line_end(r) && *r->p != ' ' && *r->p != '\t' && *r->p != '\r') r->p++;
  if (r->p == s && !at_line_end(r)) r->p++;
  return (struct token){s, (size_t)(r->p - s)};
}

static enum status end_line(struct reader *r, const char *expected)
{
  skip_blanks(r);
  if (at_line_end(r)) return STATUS_OK;
  struct token t = next_token(r);
  return FAIL_TOKEN(r, MTX_LINE_LONG, t, expected);
}

static struct loc line_end_loc(const struct reader *r)
{
  size_t at = (size_t)(r->p - r->text);
  return text_loc(r->source, at, at + 1);
}

/* --- The banner ------------------------------------------------------------------------------ */

static const char banner[] = "%%MatrixMarket";

bool mtx_is_matrix_market(const struct source *src)
{
  const char *text = src->text;
  size_t len = src->len;
  if (text_has_extension(src->name, ".mtx")) return true;
  if (len >= 3 && !memcmp(text, "\xEF\xBB\xBF", 3)) text += 3, len -= 3;
  return len >= sizeof banner - 1 && !strncasecmp(text, banner, sizeof banner - 1);
}

static const char *const field_names[] = {"real", "integer", "complex", "pattern"};
static const char *const symmetry_names[] = {"general", "symmetric", "skew-symmetric", "hermitian"};

static enum status banner_word(struct reader *r, const char *const *words, int count,
                               const char *expected, int *found)
{
  struct token t = next_token(r);
  if (!t.len) return FAIL(r->ctx, MTX_BANNER_MISSING, line_end_loc(r), expected);
  for (int i = 0; i < count; i++)
    if (strlen(words[i]) == t.len && !strncasecmp(words[i], t.s, t.len)) {
      *found = i;
      return STATUS_OK;
    }
  return FAIL_TOKEN(r, MTX_BANNER_WORD, t, expected);
}

static enum status read_banner(struct reader *r)
{
  static const char *const objects[] = {"matrix"};
  static const char *const formats[] = {"coordinate", "array"};
  int object = 0, format = 0, field = 0, symmetry = 0;
  struct token first = next_token(r);
  if (first.len != sizeof banner - 1 || strncasecmp(first.s, banner, first.len) != 0) {
    if (!first.len) first.len = 1;
    return FAIL(r->ctx, MTX_NO_BANNER, token_loc(r, first));
  }
  TRY(banner_word(r, objects, 1, "\"matrix\"", &object));
  TRY(banner_word(r, formats, 2, "\"coordinate\" or \"array\"", &format));
  TRY(banner_word(r, field_names, 4, "\"real\", \"integer\", \"complex\" or \"pattern\"", &field));
  TRY(banner_word(r, symmetry_names, 4,
                  "\"general\", \"symmetric\", \"skew-symmetric\" or \"hermitian\"", &symmetry));
  struct token rest = next_token(r);
  if (rest.len) return FAIL(r->ctx, MTX_BANNER_TRAILING, token_loc(r, rest));
  r->m->coordinate = format == 0;
  r->m->field = (enum mtx_field)field;
  r->m->symmetry = (enum mtx_symmetry)symmetry;
  struct loc loc = token_loc(r, first);
  if (format == 1 && field == MTX_PATTERN)
    return FAIL(r->ctx, MTX_BANNER_COMBINATION, loc, "array", "pattern");
  if (symmetry == MTX_HERMITIAN && field != MTX_COMPLEX)
    return FAIL(r->ctx, MTX_BANNER_COMBINATION, loc, field_names[field], "hermitian");
  if (symmetry == MTX_SKEW && field == MTX_PATTERN)
    return FAIL(r->ctx, MTX_BANNER_COMBINATION, loc, "pattern", "skew-symmetric");
  return STATUS_OK;
}

/* --- Sizes ----------------------------------------------------------------------------------- */

static enum status read_size(struct reader *r, int64_t limit, const char *expected, int64_t *size)
{
  struct token t = next_token(r);
  if (!t.len) return FAIL(r->ctx, MTX_LINE_SHORT, line_end_loc(r), expected);
  enum number_result result = number_parse_int(t.s, t.len, size);
  if (result == NUMBER_SYNTAX || *t.s == '-') return FAIL_TOKEN(r, MTX_SIZE, t, expected);
  if (result == NUMBER_OVERFLOW || *size > limit)
    return FAIL_TOKEN(r, MTX_SIZE_TOO_LARGE, t, (long long)limit);
  return STATUS_OK;
}

/* How many entries the kind of matrix has at most (of an array: exactly). */
static int64_t capacity(const struct mtx *m)
{
  int64_t n = m->rows; /* < 2^31, so that no product overflows */
  if (m->symmetry == MTX_GENERAL) return m->rows * m->cols;
  if (m->symmetry == MTX_SKEW) return n ? n * (n - 1) / 2 : 0;
  return m->coordinate ? n * n : n * (n + 1) / 2; /* a file may hold upper entries: as they come */
}

static int tokens_per_entry(const struct mtx *m)
{
  int values = m->field == MTX_PATTERN ? 0 : m->field == MTX_COMPLEX ? 2 : 1;
  return values + (m->coordinate ? 2 : 0);
}

/* A header is believed up to that many entries. */
enum { PROMISE_MIN = 100000 };

static enum status read_sizes(struct reader *r)
{
  struct mtx *m = r->m;
  const char *expected = m->coordinate ? "rows, columns, entries" : "rows, columns";
  if (!next_line(r)) {
    r->p = r->end;
    return FAIL(r->ctx, MTX_NO_SIZES, line_end_loc(r), expected);
  }
  struct token line = {r->p, 0};
  TRY(read_size(r, INT32_MAX, expected, &m->rows));
  TRY(read_size(r, INT32_MAX, expected, &m->cols));
  if (m->coordinate) TRY(read_size(r, INT64_MAX - 1, expected, &r->stored));
  line.len = (size_t)(r->p - line.s);
  TRY(end_line(r, expected));
  if (m->symmetry != MTX_GENERAL && m->rows != m->cols)
    return FAIL(r->ctx, MTX_NOT_SQUARE, token_loc(r, line), symmetry_names[m->symmetry],
                (long long)m->rows, (long long)m->cols);
  if (!m->coordinate) r->stored = capacity(m);
  if (r->stored > capacity(m))
    return FAIL(r->ctx, MTX_NNZ_TOO_LARGE, token_loc(r, line), (long long)r->stored,
                (long long)m->rows, (long long)m->cols);
  /* Each token takes a byte and one that separates it from the next. */
  int64_t room = (r->end - r->p) / (2 * (int64_t)tokens_per_entry(m));
  if (r->stored > room && r->stored > PROMISE_MIN) /* of fewer, tell where the first is missing */
    return FAIL(r->ctx, MTX_NNZ_PROMISED, token_loc(r, line), (long long)r->stored,
                (long long)room);
  return STATUS_OK;
}

/* --- Entries --------------------------------------------------------------------------------- */

static const char *entry_form(const struct mtx *m)
{
  static const char *const coordinate[] = {"row, column, value", "row, column, value",
                                           "row, column, real part, imaginary part", "row, column"};
  static const char *const array[] = {"one value a line", "one value a line",
                                      "real part, imaginary part", ""};
  return (m->coordinate ? coordinate : array)[m->field];
}

static enum status index_failed(struct reader *r, struct token t, int64_t limit, const char *what)
{
  int64_t v;
  enum number_result result = number_parse_int(t.s, t.len, &v);
  if (!t.len) return FAIL(r->ctx, MTX_LINE_SHORT, line_end_loc(r), entry_form(r->m));
  if (result == NUMBER_SYNTAX) return FAIL_TOKEN(r, MTX_INDEX_SYNTAX, t);
  if (result == NUMBER_OK && v == 0) return FAIL(r->ctx, MTX_INDEX_ZERO, token_loc(r, t));
  return FAIL(r->ctx, MTX_INDEX_RANGE, token_loc(r, t), what, TEXT_SHOWN(t.s, t.len),
              (long long)limit);
}

/* The index in digits at s; where it ends, or NULL if it is to be looked at more closely. */
static const char *plain_index(const char *s, const char *end, int64_t limit, int32_t *index)
{
  const char *from = s, *most = end - s > 10 ? s + 10 : end;
  int64_t v = 0;
  while (s < most && *s >= '0' && *s <= '9') v = v * 10 + (*s++ - '0');
  if (s == from || v < 1 || v > limit) return NULL;
  *index = (int32_t)(v - 1);
  return s;
}

static bool ends_token(const struct reader *r, const char *s)
{
  return s == r->end || *s == ' ' || *s == '\n' || *s == '\t' || *s == '\r';
}

static enum status read_index(struct reader *r, int64_t limit, const char *what, int32_t *index)
{
  skip_blanks(r);
  const char *s = plain_index(r->p, r->end, limit, index);
  if (s && ends_token(r, s)) {
    r->p = s;
    return STATUS_OK;
  }
  /* A sign, leading zeros, or an error. */
  struct token t = next_token(r);
  int64_t v;
  if (number_parse_int(t.s, t.len, &v) != NUMBER_OK || v < 1 || v > limit)
    return index_failed(r, t, limit, what);
  *index = (int32_t)(v - 1);
  return STATUS_OK;
}

static bool nonfinite_word(struct token t, double *v)
{
  static const char *const words[] = {"inf", "-inf", "nan", "+inf", "-nan"};
  const double values[] = {INFINITY, -INFINITY, NAN, INFINITY, NAN};
  for (int i = 0; i < 5; i++)
    if (strlen(words[i]) == t.len && !strncasecmp(words[i], t.s, t.len)) {
      *v = values[i];
      return true;
    }
  return false;
}

/* FORTRAN's double precision exponent, 1.5D+02. */
static enum number_result parse_d_exponent(struct token t, double *v)
{
  char copy[400];
  if (t.len >= sizeof copy) return NUMBER_SYNTAX;
  memcpy(copy, t.s, t.len);
  for (size_t i = 1; i < t.len; i++)
    if (copy[i] == 'D' || copy[i] == 'd') {
      copy[i] = 'e';
      return number_parse(copy, t.len, v);
    }
  return NUMBER_SYNTAX;
}

static bool is_whole(struct token t)
{
  size_t i = *t.s == '+' || *t.s == '-';
  if (i == t.len) return false;
  for (; i < t.len; i++)
    if (t.s[i] < '0' || t.s[i] > '9') return false;
  return true;
}

static enum status read_value(struct reader *r, double *v)
{
  struct token t = next_token(r);
  if (!t.len) return FAIL(r->ctx, MTX_LINE_SHORT, line_end_loc(r), entry_form(r->m));
  enum number_result result = number_parse(t.s, t.len, v);
  if (result == NUMBER_SYNTAX) {
    if (nonfinite_word(t, v)) {
      if (r->nonfinite == MTX_ALLOW_NONFINITE) return STATUS_OK;
      return FAIL_TOKEN(r, MTX_VALUE_NONFINITE, t);
    }
    result = parse_d_exponent(t, v);
  }
  if (result == NUMBER_SYNTAX) return FAIL_TOKEN(r, MTX_VALUE_SYNTAX, t);
  if (result == NUMBER_OVERFLOW)
    return FAIL(r->ctx, NUMBER_RANGE, token_loc(r, t), TEXT_SHOWN(t.s, t.len));
  if (r->m->field == MTX_INTEGER && !is_whole(t)) return FAIL_TOKEN(r, MTX_VALUE_INTEGER, t);
  return STATUS_OK;
}

/* Brings an entry of the upper triangle to the lower one. */
static void mirror(struct reader *r, int64_t k)
{
  struct mtx *m = r->m;
  int32_t i = m->row[k];
  m->row[k] = m->col[k];
  m->col[k] = i;
  if (m->symmetry == MTX_SKEW) {
    m->re[k] = -m->re[k];
    if (m->im) m->im[k] = -m->im[k];
  } else if (m->symmetry == MTX_HERMITIAN) {
    m->im[k] = -m->im[k];
  }
  if (!r->mirrored++) r->first_mirrored = m->where[k];
}

static enum status check_triangle(struct reader *r, int64_t k)
{
  struct mtx *m = r->m;
  int32_t i = m->row[k], j = m->col[k];
  struct loc loc = text_loc(r->source, m->where[k], (size_t)(r->p - r->text));
  if (i == j && m->symmetry == MTX_SKEW) return FAIL(r->ctx, MTX_SKEW_DIAGONAL, loc, i + 1, j + 1);
  if (i == j && m->symmetry == MTX_HERMITIAN && m->im[k] != 0)
    return FAIL(r->ctx, MTX_HERMITIAN_DIAGONAL, loc, i + 1, j + 1);
  if (i < j) mirror(r, k);
  return STATUS_OK;
}

static enum status read_entry(struct reader *r)
{
  struct mtx *m = r->m;
  int64_t k = r->count;
  m->where[k] = (uint32_t)(r->p - r->text);
  if (m->coordinate) {
    TRY(read_index(r, m->rows, "row", &m->row[k]));
    TRY(read_index(r, m->cols, "column", &m->col[k]));
  }
  if (m->re) TRY(read_value(r, &m->re[k]));
  if (m->im) TRY(read_value(r, &m->im[k]));
  TRY(end_line(r, entry_form(m)));
  if (m->coordinate && m->symmetry != MTX_GENERAL) TRY(check_triangle(r, k));
  r->count++;
  return STATUS_OK;
}

static enum status allocate(struct reader *r)
{
  struct mtx *m = r->m;
  size_t n = (size_t)r->stored;
  m->nnz = r->stored;
  TRY(diag_check_memory(r->ctx, 32.0 * (double)n, "the matrix"));
  m->where = mem_alloc(n, sizeof *m->where);
  bool ok = m->where != NULL;
  if (m->coordinate) {
    m->row = mem_alloc(n, sizeof *m->row);
    m->col = mem_alloc(n, sizeof *m->col);
    ok = ok && m->row && m->col;
  }
  if (m->field != MTX_PATTERN) ok = (m->re = mem_alloc(n, sizeof *m->re)) && ok;
  if (m->field == MTX_COMPLEX) ok = (m->im = mem_alloc(n, sizeof *m->im)) && ok;
  return ok ? STATUS_OK : diag_no_memory(r->ctx);
}

/* --- Plain entries ---------------------------------------------------------------------------- */

/* Nearly all lines hold nothing but indices and finite numbers, with a blank between any two.
 * These are read in one go, which takes half the time; all others, and what is wrong with them, are
 * left to read_entry. */

static const char *plain_value(const struct reader *r, const char *s, double *v)
{
  const char *end = number_scan(s, r->end, v);
  bool refused =
      end && r->m->field == MTX_INTEGER && !is_whole((struct token){s, (size_t)(end - s)});
  return refused ? NULL : end;
}

static const char *one_blank(const char *s, const char *end)
{
  return s && s < end && *s == ' ' ? s + 1 : NULL;
}

/* Entry k at s; where it ends, or NULL. */
static const char *plain_entry(const struct reader *r, int64_t k, const char *s)
{
  struct mtx *m = r->m;
  if (m->coordinate) {
    s = one_blank(plain_index(s, r->end, m->rows, &m->row[k]), r->end);
    s = s ? plain_index(s, r->end, m->cols, &m->col[k]) : NULL;
    if (!s) return NULL;
    int32_t i = m->row[k], j = m->col[k];
    if (m->symmetry != MTX_GENERAL && (i < j || (i == j && m->symmetry != MTX_SYMMETRIC)))
      return NULL;
    if (m->re) s = one_blank(s, r->end);
  }
  if (s && m->re) s = plain_value(r, s, &m->re[k]);
  if (m->im) s = one_blank(s, r->end);
  return s && m->im ? plain_value(r, s, &m->im[k]) : s;
}

/* Reads entries from r->p on, up to a line that is not plain; false if there is none. */
static bool read_plain(struct reader *r)
{
  struct mtx *m = r->m;
  int64_t first = r->count;
  while (r->count < r->stored) {
    const char *s = plain_entry(r, r->count, r->p);
    if (s && r->end - s >= 2 && *s == '\r') s++;
    if (!s || s == r->end || *s != '\n') break;
    m->where[r->count++] = (uint32_t)(r->p - r->text);
    r->p = s + 1;
  }
  return r->count > first;
}

static enum status read_entries(struct reader *r)
{
  while (next_line(r)) {
    if (r->count == r->stored) {
      struct token t = next_token(r);
      return FAIL(r->ctx, MTX_TOO_MANY, token_loc(r, t), (long long)r->stored);
    }
    if (!read_plain(r)) TRY(read_entry(r));
  }
  if (r->count < r->stored)
    return FAIL(r->ctx, MTX_TOO_FEW, line_end_loc(r), (long long)r->count, (long long)r->stored);
  return STATUS_OK;
}

static void warn_mirrored(struct reader *r)
{
  size_t at = r->first_mirrored;
  if (r->mirrored)
    diag_warning(r->ctx, text_loc(r->source, at, at + 1),
                 "an entry of the upper triangle in a %s matrix: taken as its mirror image "
                 "(entries of that kind: %lld)",
                 symmetry_names[r->m->symmetry], (long long)r->mirrored);
}

/* Of a file that was cut off within its last number nothing else tells. */
static void warn_cut(struct reader *r)
{
  if (r->count > 0 && r->m->field != MTX_PATTERN && (unsigned char)r->end[-1] > ' ')
    diag_warning(
        r->ctx, line_end_loc(r),
        "the file ends without a line break: if it was cut off, so may be its last number");
}

static enum status read_matrix(struct reader *r)
{
  TRY(read_banner(r));
  TRY(read_sizes(r));
  TRY(allocate(r));
  TRY(read_entries(r));
  TRY(r->m->coordinate ? mtx_refuse_duplicates(r->ctx, r->m) : mtx_expand_array(r->ctx, r->m));
  warn_mirrored(r);
  warn_cut(r);
  return STATUS_OK;
}

enum status mtx_read(struct context *ctx, int source, enum mtx_nonfinite nonfinite,
                     struct mtx **out)
{
  *out = NULL;
  size_t start;
  TRY(text_check(ctx, source, &start));
  const struct source *src = &ctx->sources.data[source];
  struct reader r = {.ctx = ctx,
                     .source = source,
                     .nonfinite = nonfinite,
                     .text = src->text,
                     .p = src->text + start,
                     .end = src->text + src->len};
  r.m = mem_zalloc(1, sizeof *r.m);
  if (!r.m) return diag_no_memory(ctx);
  r.m->source = source;
  enum status status = read_matrix(&r);
  if (status != STATUS_OK) {
    mtx_free(r.m);
    return status;
  }
  *out = r.m;
  return STATUS_OK;
}

void mtx_free(struct mtx *m)
{
  if (!m) return;
  mem_free(m->row);
  mem_free(m->col);
  mem_free(m->re);
  mem_free(m->im);
  mem_free(m->where);
  mem_free(m);
}
