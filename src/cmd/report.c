#include "config.h"

#include "cmd/report.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const severity_names[] = {"error", "warning", "note"};
static const char *const severity_colors[] = {"\033[1;31m", "\033[1;35m", "\033[1;36m"};
static const char bold[] = "\033[1m", green[] = "\033[1;32m", plain[] = "\033[0m";

static const struct source *source_of(const struct context *ctx, struct loc loc)
{
  if (loc.source < 0 || (size_t)loc.source >= ctx->sources.len) return NULL;
  return &ctx->sources.data[loc.source];
}

static bool has_line(const struct source *src, struct loc loc)
{
  return src && src->text && loc.begin != UINT32_MAX;
}

/* --- text ----------------------------------------------------------------------------------- */

/* Decodes the UTF-8 character at s, of at most `left` bytes; an invalid byte is -1 with length 1.
 */
static int32_t decode(const char *s, size_t left, size_t *length)
{
  const unsigned char *u = (const unsigned char *)s;
  size_t n = u[0] < 0x80   ? 1
             : u[0] < 0xC2 ? 0
             : u[0] < 0xE0 ? 2
             : u[0] < 0xF0 ? 3
             : u[0] < 0xF5 ? 4
                           : 0;
  *length = 1;
  if (n == 1) return u[0];
  if (n == 0 || n > left) return -1;
  int32_t c = u[0] & (0xFF >> (n + 1));
  for (size_t i = 1; i < n; i++) {
    if ((u[i] & 0xC0) != 0x80) return -1;
    c = c << 6 | (u[i] & 0x3F);
  }
  if ((n == 3 && c < 0x800) || (n == 4 && (c < 0x10000 || c > 0x10FFFF)) ||
      (c >= 0xD800 && c < 0xE000))
    return -1;
  *length = n;
  return c;
}

/* The columns that a character takes in a terminal: the ranges of combining and of wide characters
 * that occur in practice (Unicode Standard Annex 11), independent of the locale. */
static int width_of(int32_t c)
{
  if ((c >= 0x300 && c < 0x370) || (c >= 0x200B && c < 0x2010) || (c >= 0x20D0 && c < 0x2100) ||
      (c >= 0xFE00 && c < 0xFE10) || c == 0xFEFF)
    return 0;
  if ((c >= 0x1100 && c < 0x1160) || (c >= 0x2E80 && c < 0x303F) || (c >= 0x3041 && c < 0xA4D0) ||
      (c >= 0xAC00 && c < 0xD7A4) || (c >= 0xF900 && c < 0xFB00) || (c >= 0xFE30 && c < 0xFE70) ||
      (c >= 0xFF00 && c < 0xFF61) || (c >= 0xFFE0 && c < 0xFFE7) || (c >= 0x1F300 && c < 0x1F650) ||
      (c >= 0x1F900 && c < 0x1FA00) || (c >= 0x20000 && c < 0x3FFFE))
    return 2;
  return 1;
}

/* Adds a character as it may be shown (tabs to the next multiple of 8, control characters and
 * invalid bytes escaped) and returns the columns that it took. */
static size_t add_character(struct strbuf *out, const char *s, size_t left, size_t column,
                            size_t *length)
{
  int32_t c = decode(s, left, length);
  if (c == '\t') {
    size_t width = 8 - column % 8;
    strbuf_printf(out, "%*s", (int)width, "");
    return width;
  }
  if (c < 0x20 || (c >= 0x7F && c < 0xA0)) { /* also invalid: -1 */
    for (size_t i = 0; i < *length; i++) strbuf_printf(out, "\\x%02X", (unsigned char)s[i]);
    return 4 * *length;
  }
  strbuf_add(out, s, *length);
  return (size_t)width_of(c);
}

/* Names and excerpts can hold anything: nothing of them may reach the terminal as a command. */
static void add_safe(struct strbuf *out, const char *text)
{
  size_t left = strlen(text), length;
  for (; left; text += length, left -= length) add_character(out, text, left, 0, &length);
}

enum {
  EXCERPT_WIDTH = 100,
  EXCERPT_BEFORE = 60
}; /* of long lines: columns, bytes before the caret */

struct excerpt {
  const char *start, *end;    /* of the line, without its end */
  const char *from;           /* the first character that is shown */
  const char *begin, *finish; /* what is marked */
};

/* Finds the line, and in a long one the window that holds the beginning of the range. */
static struct excerpt find_excerpt(const struct source *src, struct loc loc)
{
  const char *text = src->text, *stop = text + src->len;
  struct excerpt e;
  e.begin = text + (loc.begin < src->len ? loc.begin : src->len);
  e.finish = text + (loc.end < src->len ? loc.end : src->len);
  for (e.start = e.begin; e.start > text && e.start[-1] != '\n';) e.start--;
  e.end = memchr(e.begin, '\n', (size_t)(stop - e.begin));
  if (!e.end) e.end = stop;
  if (e.end > e.start && e.end[-1] == '\r') e.end--;
  if (e.begin > e.end) e.begin = e.end;
  if (e.finish > e.end) e.finish = e.end;
  e.from = e.start;
  if (e.begin - e.start > EXCERPT_BEFORE + 20 && e.end - e.start > EXCERPT_WIDTH) {
    e.from = e.begin - EXCERPT_BEFORE;
    while (((unsigned char)*e.from & 0xC0) == 0x80) e.from++;
  }
  return e;
}

static void add_excerpt(struct strbuf *out, const struct source *src, struct loc loc, size_t line,
                        bool color)
{
  struct excerpt e = find_excerpt(src, loc);
  struct strbuf marks = {0};
  size_t column = 0, length;
  strbuf_printf(out, "%5zu | ", line);
  strbuf_printf(&marks, "%5s | %s", "", color ? green : "");
  if (e.from > e.start) {
    strbuf_puts(out, "...");
    strbuf_puts(&marks, "   ");
    column = 3;
  }
  bool marked = false;
  for (const char *s = e.from; s < e.end || !marked; s += length) {
    if (column >= EXCERPT_WIDTH && s < e.end) {
      strbuf_puts(out, "...");
      break;
    }
    size_t width = 1;
    length = 1;
    if (s < e.end) width = add_character(out, s, (size_t)(e.end - s), column, &length);
    for (size_t i = 0; i < width && (s < e.finish || !marked); i++) {
      bool first = s + length > e.begin && !marked;
      strbuf_putc(&marks, s + length <= e.begin ? ' ' : first ? '^' : '~');
      marked = marked || first;
    }
    column += width;
  }
  strbuf_puts(out, "\n");
  if (marks.data && !marks.failed) strbuf_add(out, marks.data, marks.len);
  strbuf_puts(out, color ? "\033[0m\n" : "\n");
  strbuf_free(&marks);
}

static void add_diagnostic(struct strbuf *out, const struct context *ctx, const struct diag *d,
                           bool color)
{
  const struct source *src = source_of(ctx, d->loc);
  size_t line = 0, column;
  if (d->severity == SEVERITY_NOTE && !src && d > ctx->diags.data) {
    strbuf_printf(out, "   %snote:%s ", color ? severity_colors[SEVERITY_NOTE] : "",
                  color ? plain : "");
    add_safe(out, d->message);
    strbuf_putc(out, '\n');
    return;
  }
  if (color) strbuf_puts(out, bold);
  add_safe(out, src ? src->name : "asdex");
  if (has_line(src, d->loc)) {
    source_position(src, d->loc.begin, &line, &column);
    strbuf_printf(out, ":%zu:%zu", line, column);
  }
  strbuf_printf(out, ": %s%s:%s ", color ? severity_colors[d->severity] : "",
                severity_names[d->severity], color ? plain : "");
  add_safe(out, d->message);
  strbuf_putc(out, '\n');
  if (line) add_excerpt(out, src, d->loc, line, color);
}

/* A warning and its notes are left out together. */
static bool next_shown(const struct context *ctx, size_t *i, bool warnings)
{
  while (*i < ctx->diags.len && !warnings && ctx->diags.data[*i].severity == SEVERITY_WARNING) do
      ++*i;
    while (*i < ctx->diags.len && ctx->diags.data[*i].severity == SEVERITY_NOTE);
  return *i < ctx->diags.len;
}

void report_text(struct strbuf *out, const struct context *ctx, bool color, bool warnings)
{
  for (size_t i = 0; next_shown(ctx, &i, warnings); i++)
    add_diagnostic(out, ctx, &ctx->diags.data[i], color);
}

/* --- JSON ----------------------------------------------------------------------------------- */

void report_json_string(struct strbuf *out, const char *text)
{
  size_t left = strlen(text), length;
  strbuf_putc(out, '"');
  for (; left; text += length, left -= length) {
    int32_t c = decode(text, left, &length);
    if (c < 0)
      strbuf_puts(out, "\\ufffd");
    else if (c < 0x20 || c == 0x7F)
      strbuf_printf(out, c == '\n' ? "\\n" : c == '\t' ? "\\t" : "\\u%04x", (unsigned)c);
    else if (c == '"' || c == '\\')
      strbuf_printf(out, "\\%c", (char)c);
    else
      strbuf_add(out, text, length);
  }
  strbuf_putc(out, '"');
}

static void add_place(struct strbuf *out, const struct context *ctx, struct loc loc)
{
  const struct source *src = source_of(ctx, loc);
  size_t line, column;
  if (!src) return;
  strbuf_puts(out, ",\"file\":");
  report_json_string(out, src->name);
  if (!has_line(src, loc)) return;
  source_position(src, loc.begin, &line, &column);
  strbuf_printf(out, ",\"line\":%zu,\"column\":%zu", line, column);
  source_position(src, loc.end > loc.begin ? loc.end : loc.begin, &line, &column);
  strbuf_printf(out, ",\"end_line\":%zu,\"end_column\":%zu", line, column);
}

void report_json(struct strbuf *out, const struct context *ctx, bool warnings)
{
  for (size_t i = 0; next_shown(ctx, &i, warnings);) {
    const struct diag *d = &ctx->diags.data[i++];
    strbuf_printf(out, "{\"schema\":\"asdex/error/1\",\"severity\":\"%s\"",
                  severity_names[d->severity]);
    if (d->severity == SEVERITY_ERROR)
      strbuf_printf(out, ",\"id\":\"%s\",\"status\":%d", error_name(d->id), (int)d->status);
    strbuf_puts(out, ",\"message\":");
    report_json_string(out, d->message);
    add_place(out, ctx, d->loc);
    strbuf_puts(out, ",\"notes\":[");
    for (bool first = true; i < ctx->diags.len && ctx->diags.data[i].severity == SEVERITY_NOTE;
         i++, first = false) {
      strbuf_puts(out, first ? "{\"message\":" : ",{\"message\":");
      report_json_string(out, ctx->diags.data[i].message);
      add_place(out, ctx, ctx->diags.data[i].loc);
      strbuf_putc(out, '}');
    }
    strbuf_puts(out, "]}\n");
  }
}

/* --- printing ------------------------------------------------------------------------------- */

bool report_on_terminal(int file)
{
  const char *term = getenv("TERM");
  return term && strcmp(term, "dumb") != 0 && isatty(file);
}

bool report_color(const struct options *o, int file)
{
  if (o->color != WHEN_AUTO) return o->color == WHEN_ALWAYS;
  const char *no_color = getenv("NO_COLOR");
  return !(no_color && *no_color) && report_on_terminal(file);
}

/* Where memory is out, even for the report: what can be told without any. */
static void print_bare(const struct context *ctx, const struct options *o, bool messages)
{
  const char *lost = mem_over_limit() ? ERR_FORMAT_MEMORY_LIMIT : ERR_FORMAT_NO_MEMORY;
  if (o->json_errors) {
    fprintf(stderr,
            "{\"schema\":\"asdex/error/1\",\"severity\":\"error\",\"id\":\"%s\",\"status\":%d,"
            "\"message\":\"%s\",\"notes\":[]}\n",
            error_name(mem_over_limit() ? ERR_MEMORY_LIMIT : ERR_NO_MEMORY), (int)STATUS_LIMIT,
            lost);
    return;
  }
  for (size_t i = 0; i < ctx->diags.len && messages; i++)
    fprintf(stderr, "asdex: %s: %s\n", severity_names[ctx->diags.data[i].severity],
            ctx->diags.data[i].message);
  if (ctx->lost) fprintf(stderr, "asdex: error: %s\n", lost);
}

void report_print(const struct context *ctx, const struct options *o)
{
  struct strbuf out = {0};
  if (o->json_errors)
    report_json(&out, ctx, !o->quiet);
  else
    report_text(&out, ctx, report_color(o, STDERR_FILENO), !o->quiet);
  if (!out.failed) fwrite(out.data ? out.data : "", 1, out.len, stderr);
  if (out.failed || ctx->lost) print_bare(ctx, o, out.failed);
  strbuf_free(&out);
}

void report_note(const char *text, const struct options *o)
{
  struct context ctx;
  context_init(&ctx);
  diag_note(&ctx, NO_LOC, "%s", text);
  report_print(&ctx, o);
  context_free(&ctx);
}
