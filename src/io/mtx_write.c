#include "config.h"

#include "io/mtx.h"

#include <string.h>

#include "base/number.h"

enum {
  COMMENT_MAX = 200, /* readers have buffers of fixed size for a line */
  LINE_MAX_BYTES = 4 * (NUMBER_MAX + 1)
};

static enum status write_comment_line(struct sink *s, const char *text, size_t len)
{
  if (len > COMMENT_MAX) {
    len = COMMENT_MAX;
    while (len && ((unsigned char)text[len] & 0xC0) == 0x80) len--;
  }
  TRY(sink_puts(s, "% "));
  for (size_t i = 0; i < len; i++) {
    char c = (unsigned char)text[i] < ' ' ? ' ' : text[i];
    TRY(sink_write(s, &c, 1));
  }
  return sink_puts(s, "\n");
}

/* Under the banner, each line of the text as one. */
static enum status write_comment(struct sink *s, const char *comment)
{
  for (const char *line = comment; line;) {
    size_t len = strcspn(line, "\n");
    TRY(write_comment_line(s, line, len));
    line = line[len] ? line + len + 1 : NULL;
  }
  return STATUS_OK;
}

static enum status write_head(struct sink *s, const char *kind, const char *comment,
                              const int64_t *sizes, int count)
{
  TRY(sink_puts(s, "%%MatrixMarket matrix "));
  TRY(sink_puts(s, kind));
  TRY(sink_puts(s, "\n"));
  TRY(write_comment(s, comment));
  for (int i = 0; i < count; i++) {
    char number[NUMBER_MAX];
    TRY(sink_write(s, number, number_format_int(number, sizes[i])));
    TRY(sink_puts(s, i + 1 < count ? " " : "\n"));
  }
  return STATUS_OK;
}

/* --- Lines ------------------------------------------------------------------------------------ */

struct values {
  const double *re, *im; /* NULL: none */
};

/* Lines are formatted into the sink's buffer, many for each call of it. */
struct lines {
  struct sink *sink;
  char *begin, *p, *end;
};

enum { LINES_ROOM = 64 * 1024 };

static void end_lines(struct lines *l)
{
  sink_used(l->sink, (size_t)(l->p - l->begin));
  l->begin = l->p;
}

/* Where the next line goes: LINE_MAX_BYTES. */
static char *line_room(struct lines *l)
{
  if (l->end - l->p < LINE_MAX_BYTES) {
    end_lines(l);
    l->begin = l->p = sink_room(l->sink, LINES_ROOM);
    l->end = l->p + LINES_ROOM;
  }
  return l->p;
}

static struct lines begin_lines(struct sink *s)
{
  char *p = sink_room(s, LINES_ROOM);
  return (struct lines){s, p, p, p + LINES_ROOM};
}

/* --- Coordinates ------------------------------------------------------------------------------ */

static char *put_value(char *p, struct values v, int64_t k)
{
  p += number_format(p, v.re[k]);
  if (v.im) {
    *p++ = ' ';
    p += number_format(p, v.im[k]);
  }
  *p++ = '\n';
  return p;
}

/* The digits of the column between blanks, the same for all of its entries; a copy of fixed length
 * is no call. */
enum { COLUMN_BYTES = 16 };
struct column {
  char text[NUMBER_MAX + 2];
  size_t len;
};

static void set_column(struct column *c, int32_t j, bool value_follows)
{
  c->text[0] = ' ';
  c->len = 1 + number_format_int(c->text + 1, (int64_t)j + 1);
  c->text[c->len++] = value_follows ? ' ' : '\n';
}

static void write_entry(struct lines *l, int32_t i, const struct column *c, struct values v,
                        int64_t k)
{
  char *p = line_room(l);
  p += number_format_int(p, (int64_t)i + 1);
  memcpy(p, c->text, COLUMN_BYTES);
  p += c->len;
  if (v.re) p = put_value(p, v, k);
  l->p = p;
}

/* The first position in row i at or behind the diagonal. */
static int64_t from_diagonal(const struct pattern *p, int32_t i)
{
  int64_t low = p->ptr[i], high = p->ptr[i + 1];
  while (low < high) {
    int64_t mid = low + (high - low) / 2;
    if (p->ind[mid] < i)
      low = mid + 1;
    else
      high = mid;
  }
  return low;
}

/* Column j of the lower triangle is row j of the symmetric pattern, from the diagonal on. */
static void write_lower(struct sink *s, const struct pattern *p, struct values v)
{
  struct lines l = begin_lines(s);
  int64_t value = 0;
  for (int32_t j = 0; j < p->n; j++) {
    struct column c;
    set_column(&c, j, v.re != NULL);
    for (int64_t k = from_diagonal(p, j); k < p->ptr[j + 1]; k++)
      write_entry(&l, p->ind[k], &c, v, value++);
  }
  end_lines(&l);
}

/* Column j has the rows of row j, as the pattern is symmetric, but its values stand in those
 * rows: next[i] is the first entry of row i that was not written yet. */
static enum status write_both(struct sink *s, const struct pattern *p, struct values v)
{
  int64_t *next = NULL;
  if (v.re) {
    next = mem_alloc((size_t)p->n, sizeof *next);
    if (!next) return diag_no_memory(sink_context(s));
    memcpy(next, p->ptr, (size_t)p->n * sizeof *next);
  }
  struct lines l = begin_lines(s);
  for (int32_t j = 0; j < p->n; j++) {
    struct column c;
    set_column(&c, j, v.re != NULL);
    for (int64_t k = p->ptr[j]; k < p->ptr[j + 1]; k++) {
      int32_t i = p->ind[k];
      write_entry(&l, i, &c, v, next ? next[i]++ : k);
    }
  }
  end_lines(&l);
  mem_free(next);
  return STATUS_OK;
}

static enum status write_symmetric(struct sink *s, const struct pattern *p, struct values v,
                                   bool both, const char *comment)
{
  static const char *const kinds[3][2] = {
      {"coordinate pattern symmetric", "coordinate pattern general"},
      {"coordinate real symmetric", "coordinate real general"},
      {"coordinate complex symmetric", "coordinate complex general"}};
  int64_t sizes[3] = {p->n, p->n, pattern_nnz(p)};
  if (!both) {
    sizes[2] = 0;
    for (int32_t j = 0; j < p->n; j++) sizes[2] += p->ptr[j + 1] - from_diagonal(p, j);
  }
  TRY(write_head(s, kinds[v.im ? 2 : v.re ? 1 : 0][both], comment, sizes, 3));
  if (both)
    TRY(write_both(s, p, v));
  else
    write_lower(s, p, v);
  return sink_puts(s, ""); /* what a write has met */
}

enum status mtx_write_symmetric(struct sink *s, const struct pattern *p, const double *values,
                                bool both, const char *comment)
{
  return write_symmetric(s, p, (struct values){values, NULL}, both, comment);
}

enum status mtx_write_complex_symmetric(struct sink *s, const struct pattern *p, const double *re,
                                        const double *im, bool both, const char *comment)
{
  return write_symmetric(s, p, (struct values){re, im}, both, comment);
}

/* --- Arrays ----------------------------------------------------------------------------------- */

static enum status write_dense(struct sink *s, const int64_t sizes[2], struct values v,
                               int64_t row_stride, int64_t col_stride, const char *comment)
{
  TRY(write_head(s, v.im ? "array complex general" : "array real general", comment, sizes, 2));
  struct lines l = begin_lines(s);
  for (int64_t j = 0; j < sizes[1]; j++)
    for (int64_t i = 0; i < sizes[0]; i++)
      l.p = put_value(line_room(&l), v, i * row_stride + j * col_stride);
  end_lines(&l);
  return sink_puts(s, "");
}

enum status mtx_write_dense(struct sink *s, int64_t rows, int64_t cols, const double *a,
                            int64_t row_stride, int64_t col_stride, const char *comment)
{
  const int64_t sizes[2] = {rows, cols};
  return write_dense(s, sizes, (struct values){a, NULL}, row_stride, col_stride, comment);
}

enum status mtx_write_complex_dense(struct sink *s, int64_t rows, int64_t cols, const double *re,
                                    const double *im, int64_t row_stride, int64_t col_stride,
                                    const char *comment)
{
  const int64_t sizes[2] = {rows, cols};
  return write_dense(s, sizes, (struct values){re, im}, row_stride, col_stride, comment);
}

enum status mtx_write_colors(struct sink *s, int32_t n, const int32_t *color, const char *comment)
{
  const int64_t sizes[2] = {n, 1};
  TRY(write_head(s, "array integer general", comment, sizes, 2));
  struct lines l = begin_lines(s);
  for (int32_t i = 0; i < n; i++) {
    char *p = line_room(&l);
    p += number_format_int(p, (int64_t)color[i] + 1);
    *p++ = '\n';
    l.p = p;
  }
  end_lines(&l);
  return sink_puts(s, "");
}
