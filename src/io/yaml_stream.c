#include "config.h"

#include "io/yaml_stream.h"

#include <string.h>

#include "io/file.h"
#include "io/mtx.h"
#include "io/text.h"

/* libyaml tells the end of a document only when it has seen what follows, and a program at the
 * other end of a pipe sends nothing more before it has its answer.  So the text is cut here; in
 * YAML, the two marks at the beginning of a line end a document wherever they stand, also in a
 * quoted or a block scalar. */
struct yaml_stream {
  struct context *ctx;
  struct input_file in; /* its text: what is not delivered yet, from `begin` on */
  bool whole;           /* not to be cut */
  bool end_of_file, delivered;
  size_t begin, at;    /* of the document; the next byte to look at */
  size_t lines, bytes; /* of the file, before `begin` */
  bool line_start;     /* `at` is the beginning of a line */
  bool skipping;       /* the rest of the line does not matter */
  bool opened;         /* the document began with a mark */
  bool content;        /* it holds more than blanks, comments and directives */
};

enum status yaml_stream_open(struct context *ctx, const char *path, struct yaml_stream **out)
{
  *out = NULL;
  struct yaml_stream *s = mem_zalloc(1, sizeof *s);
  if (!s) return diag_no_memory(ctx);
  s->ctx = ctx;
  enum status status = file_open(ctx, path, &s->in);
  if (status != STATUS_OK) {
    mem_free(s);
    return status;
  }
  s->line_start = true;
  s->whole = text_has_extension(s->in.name, ".json");
  *out = s;
  return STATUS_OK;
}

void yaml_stream_close(struct yaml_stream *s)
{
  if (!s) return;
  file_close(&s->in);
  mem_free(s);
}

/* --- Marks ------------------------------------------------------------------------------------ */

static bool is_break(char c)
{
  return c == '\n' || c == '\r';
}

/* The offset behind the line of `at`, or 0 if its end is not there yet. */
static size_t line_end(const struct yaml_stream *s, size_t at)
{
  while (at < s->in.len && !is_break(s->in.text[at])) at++;
  return at < s->in.len ? at + 1 : s->end_of_file ? at : 0;
}

enum mark { MARK_NONE, MARK_BYTE_ORDER, MARK_START, MARK_END, MARK_UNKNOWN };

/* What stands at the beginning of a line.  Files may be joined: a byte order mark before the
 * content of a document is no part of it, and behind one that comes first the line begins.  Of
 * `---` a blank behind it is enough to know; `...` is the last of its document, with its line. */
static enum mark mark_at(const struct yaml_stream *s)
{
  const char *text = s->in.text + s->at;
  size_t left = s->in.len - s->at, len = left < 3 ? left : 3;
  bool start = !memcmp(text, "---", len), end = !memcmp(text, "...", len);
  bool order = !s->opened && !s->content && !memcmp(text, "\xEF\xBB\xBF", len);
  if (!start && !end && !order) return MARK_NONE;
  if (order && left > 2) return MARK_BYTE_ORDER;
  if (left < 4 && !s->end_of_file) return MARK_UNKNOWN;
  if (left < 3) return MARK_NONE;
  if (left > 3 && text[3] != ' ' && text[3] != '\t' && !is_break(text[3])) return MARK_NONE;
  if (start) return MARK_START;
  return line_end(s, s->at) ? MARK_END : MARK_UNKNOWN;
}

/* --- Documents -------------------------------------------------------------------------------- */

/* The byte at the cursor, which is none of a mark; where the rest of the line does not matter, all
 * of that. */
static void look(struct yaml_stream *s)
{
  if (s->skipping && !s->line_start)
    while (s->at + 1 < s->in.len && !is_break(s->in.text[s->at])) s->at++;
  char c = s->in.text[s->at++];
  if (is_break(c)) {
    s->line_start = true;
    return;
  }
  bool directive = s->line_start && c == '%' && !s->opened;
  s->line_start = false;
  if (s->skipping || c == ' ' || c == '\t') return;
  s->skipping = true;
  if (!directive && c != '#') s->content = true;
}

/* The next document begins at `begin`. */
static void begin_document(struct yaml_stream *s, size_t begin)
{
  for (size_t i = s->begin; i < begin; i++) s->lines += s->in.text[i] == '\n';
  s->bytes += begin - s->begin;
  s->begin = s->at = begin;
  s->line_start = true;
  s->opened = s->content = false;
}

/* Looks on to the end of the document; false if it is not there yet. */
static bool find_end(struct yaml_stream *s, size_t *end)
{
  while (s->at < s->in.len) {
    if (!s->line_start) {
      look(s);
      continue;
    }
    s->skipping = s->content;
    switch (mark_at(s)) {
    case MARK_UNKNOWN: return false;
    case MARK_NONE: look(s); break;
    case MARK_BYTE_ORDER:
      s->line_start = s->at == s->begin;
      s->at += 3;
      break;
    case MARK_START:
      *end = s->at;
      if (s->opened || s->content) return true;
      s->opened = true;
      s->line_start = false;
      s->at += 3;
      break;
    case MARK_END:
      *end = line_end(s, s->at);
      if (s->opened || s->content || !s->delivered) return true;
      begin_document(s, *end); /* it ends nothing */
      break;
    }
  }
  return false;
}

/* What is delivered makes room for more. */
static enum status read_more(struct yaml_stream *s)
{
  struct input_file *in = &s->in;
  bool more;
  if (s->begin > 0 && (s->begin == in->len || in->len + 2 >= in->cap)) {
    memmove(in->text, in->text + s->begin, in->len - s->begin);
    in->len -= s->begin;
    s->at -= s->begin;
    s->begin = 0;
  }
  if (s->whole) TRY(file_expect_all(s->ctx, in));
  TRY(file_read_some(s->ctx, in, &more));
  s->end_of_file = !more;
  return STATUS_OK;
}

static bool is_matrix(const struct yaml_stream *s)
{
  struct source src = {.name = (char *)s->in.name, .text = s->in.text, .len = s->in.len};
  return !s->delivered && mtx_is_matrix_market(&src);
}

/* Delivers the text up to `end`: without a copy, if that is all. */
static enum status deliver(struct yaml_stream *s, size_t end, int *source)
{
  size_t len = end - s->begin, lines = s->lines, bytes = s->bytes;
  char *text = s->in.text;
  bool all = s->end_of_file && s->begin == 0 && end == s->in.len;
  if (all) { /* nothing follows: its lines need no counting */
    text[len] = '\0';
    s->in.text = NULL;
    s->in.len = s->in.cap = 0;
    end = 0;
  } else {
    TRY(diag_check_memory(s->ctx, (double)len, "the text of the input"));
    text = mem_strndup(text + s->begin, len);
    if (!text) return diag_no_memory(s->ctx);
  }
  begin_document(s, end);
  s->delivered = true;
  TRY(file_add_source(s->ctx, &s->in, text, len, source));
  struct source *src = &s->ctx->sources.data[*source];
  src->lines_before = lines;
  src->bytes_before = bytes;
  return STATUS_OK;
}

enum status yaml_stream_next(struct yaml_stream *s, int *source, bool *ended)
{
  size_t end;
  *source = -1;
  for (;;) {
    s->whole = s->whole || is_matrix(s);
    *ended = !s->whole && find_end(s, &end);
    if (*ended) return deliver(s, end, source);
    if (s->end_of_file) break;
    TRY(read_more(s));
  }
  if (s->delivered && !s->content) return STATUS_OK;
  return deliver(s, s->in.len, source);
}

size_t yaml_stream_line(const struct yaml_stream *s)
{
  return s->lines + 1;
}
