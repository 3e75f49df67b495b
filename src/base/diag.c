#include "config.h"

#include "base/diag.h"

#include <stdio.h>
#include <string.h>

#include "base/pool.h"

void context_init(struct context *ctx)
{
  memset(ctx, 0, sizeof *ctx);
}

/* As in errors.def; these two are told without any memory. */
static char no_memory_text[] = "out of memory";
static char over_limit_text[] = "out of memory: the limit is reached (--max-memory)";

static bool is_static(const char *message)
{
  return message == no_memory_text || message == over_limit_text;
}

void diag_drop(struct context *ctx, size_t first)
{
  for (size_t i = first; i < ctx->diags.len; i++)
    if (!is_static(ctx->diags.data[i].message)) mem_free(ctx->diags.data[i].message);
  if (first < ctx->diags.len) ctx->diags.len = first;
}

void context_rewind(struct context *ctx)
{
  for (size_t i = ctx->kept; i < ctx->sources.len; i++) {
    mem_free(ctx->sources.data[i].name);
    mem_free(ctx->sources.data[i].text);
  }
  ctx->sources.len = ctx->kept;
  diag_drop(ctx, 0);
}

void context_free(struct context *ctx)
{
  ctx->kept = 0;
  context_rewind(ctx);
  VEC_FREE(&ctx->sources);
  VEC_FREE(&ctx->diags);
  pool_free(ctx->pool);
  ctx->pool = NULL;
}

enum status context_add_source(struct context *ctx, const char *name, char *text, size_t len,
                               int *id)
{
  struct source src = {.name = mem_strndup(name, strlen(name)), .text = text, .len = len};
  if (!src.name || !VEC_PUSH(&ctx->sources, src)) {
    mem_free(src.name);
    mem_free(text);
    return diag_no_memory(ctx);
  }
  *id = (int)ctx->sources.len - 1;
  /* Locations hold 32-bit offsets; the largest is FILE_LOC's. */
  if (len >= UINT32_MAX)
    return FAIL(ctx, SOURCE_TOO_LONG, FILE_LOC(*id), len, (size_t)UINT32_MAX - 1);
  return STATUS_OK;
}

void context_release_source(struct context *ctx, int id)
{
  struct source *src = &ctx->sources.data[id];
  mem_free(src->text);
  src->text = NULL;
}

static void add(struct context *ctx, struct diag d, const char *format, va_list args)
{
  char buf[1024];
  int len = vsnprintf(buf, sizeof buf, format, args);
  if (len < 0) len = 0;
  if ((size_t)len >= sizeof buf) { /* names can be long: cut, and show that it was cut */
    len = sizeof buf - 1;
    memcpy(buf + len - 3, "...", sizeof "...");
  }
  d.message = mem_strndup(buf, (size_t)len);
  if (!d.message && mem_over_limit()) d.message = mem_strndup(buf, (size_t)len); /* the reserve */
  if (!d.message) d.message = no_memory_text;
  if (VEC_PUSH(&ctx->diags, d)) return;
  if (!is_static(d.message)) mem_free(d.message);
  if (d.severity == SEVERITY_ERROR) ctx->lost = true;
}

enum status diag_error(struct context *ctx, enum error_id id, struct loc loc, const char *format,
                       ...)
{
  va_list args;
  va_start(args, format);
  add(ctx,
      (struct diag){.severity = SEVERITY_ERROR, .id = id, .status = error_status(id), .loc = loc},
      format, args);
  va_end(args);
  return error_status(id);
}

void diag_note(struct context *ctx, struct loc loc, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  add(ctx, (struct diag){.severity = SEVERITY_NOTE, .loc = loc}, format, args);
  va_end(args);
}

void diag_warning(struct context *ctx, struct loc loc, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  add(ctx, (struct diag){.severity = SEVERITY_WARNING, .loc = loc}, format, args);
  va_end(args);
}

enum status diag_no_memory(struct context *ctx)
{
  struct diag d = {.severity = SEVERITY_ERROR,
                   .id = mem_over_limit() ? ERR_MEMORY_LIMIT : ERR_NO_MEMORY,
                   .status = STATUS_LIMIT,
                   .loc = NO_LOC,
                   .message = mem_over_limit() ? over_limit_text : no_memory_text};
  if (!VEC_PUSH(&ctx->diags, d)) ctx->lost = true;
  return STATUS_LIMIT;
}

size_t diag_errors(const struct context *ctx, size_t first)
{
  size_t n = 0;
  for (size_t i = first; i < ctx->diags.len; i++)
    n += ctx->diags.data[i].severity == SEVERITY_ERROR;
  return n;
}

static uint64_t place_of(const struct diag *d)
{
  return d->loc.source < 0 ? UINT64_MAX : d->loc.begin;
}

/* The end of the error at i with its notes. */
static size_t end_of(const struct context *ctx, size_t i)
{
  do i++;
  while (i < ctx->diags.len && ctx->diags.data[i].severity == SEVERITY_NOTE);
  return i;
}

static void reverse(struct diag *d, size_t from, size_t to)
{
  for (; from + 1 < to; from++, to--) {
    struct diag t = d[from];
    d[from] = d[to - 1];
    d[to - 1] = t;
  }
}

/* Sorts by insertion; an error moves down with its notes by three reversals. */
enum status diag_arrange(struct context *ctx, size_t first, size_t most, enum status status)
{
  struct diag *d = ctx->diags.data;
  for (size_t i = first, end; i < ctx->diags.len; i = end) {
    size_t to = first;
    end = end_of(ctx, i);
    while (to < i && place_of(&d[to]) <= place_of(&d[i])) to = end_of(ctx, to);
    reverse(d, to, i);
    reverse(d, i, end);
    reverse(d, to, end);
  }
  if (diag_errors(ctx, first) >= most)
    diag_note(ctx, NO_LOC, "too many errors: only the first %zu are told", most);
  if (first < ctx->diags.len && status != STATUS_OK) status = ctx->diags.data[first].status;
  return status;
}

enum status diag_check_memory(struct context *ctx, double bytes, const char *what)
{
  return diag_check_memory_at(ctx, NO_LOC, bytes, what);
}

enum status diag_check_memory_at(struct context *ctx, struct loc loc, double bytes,
                                 const char *what)
{
  if (!ctx->max_memory || bytes + (double)mem_in_use() <= (double)ctx->max_memory) return STATUS_OK;
  char need[32], limit[32];
  mem_format(need, sizeof need, bytes);
  mem_format(limit, sizeof limit, (double)ctx->max_memory);
  return FAIL(ctx, TOO_MUCH_MEMORY, loc, what, need, limit);
}

void source_position(const struct source *src, size_t offset, size_t *line, size_t *column)
{
  size_t l = src->lines_before + 1, c = 1;
  if (offset > src->len) offset = src->len;
  for (size_t i = 0; src->text && i < offset; i++) {
    unsigned char b = (unsigned char)src->text[i];
    if (b == '\n')
      l++, c = 1;
    else if ((b & 0xC0) != 0x80) /* not a continuation byte of UTF-8 */
      c++;
  }
  *line = l;
  *column = c;
}

/* Edit distance with transpositions of neighbours (optimal string alignment), for short names. */
static size_t distance(const char *a, size_t m, const char *b, size_t n)
{
  enum { MAX = 40 };
  size_t d[MAX + 1][MAX + 1];
  if (m > MAX || n > MAX) return SIZE_MAX;
  for (size_t i = 0; i <= m; i++)
    for (size_t j = 0; j <= n; j++) {
      if (!i || !j) {
        d[i][j] = i + j;
        continue;
      }
      size_t best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
      if (d[i - 1][j] + 1 < best) best = d[i - 1][j] + 1;
      if (d[i][j - 1] + 1 < best) best = d[i][j - 1] + 1;
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
          d[i - 2][j - 2] + 1 < best)
        best = d[i - 2][j - 2] + 1;
      d[i][j] = best;
    }
  return d[m][n];
}

static bool same_letters(const char *a, const char *b)
{
  for (; *a && *b; a++, b++) {
    char x = *a >= 'A' && *a <= 'Z' ? (char)(*a | 0x20) : *a;
    char y = *b >= 'A' && *b <= 'Z' ? (char)(*b | 0x20) : *b;
    if (x != y) return false;
  }
  return *a == *b;
}

void diag_note_names(struct context *ctx, const char *what, const char *const *names, size_t count)
{
  enum { SHOWN = 12, WIDTH = 400 };
  char list[WIDTH + 64] = "";
  size_t len = 0;
  for (size_t i = 0; i < count; i++) {
    size_t need = strlen(names[i]) + 2;
    bool last = i == SHOWN || len + need > WIDTH;
    len += (size_t)snprintf(list + len, sizeof list - len, "%s%s", i ? ", " : "",
                            last ? "..." : names[i]);
    if (last) break;
  }
  if (count > 0)
    diag_note(ctx, NO_LOC, "%s: %s", what, list);
  else
    diag_note(ctx, NO_LOC, "%s: none", what);
}

const char *suggest(const char *name, const char *const *candidates, size_t count)
{
  enum { BEGINNING_MIN = 3 };
  size_t len = strlen(name), best = len < 4 ? 2 : len < 6 ? 3 : 4; /* fewer edits than that */
  const char *found = NULL;
  for (size_t i = 0; i < count; i++) {
    if (same_letters(name, candidates[i])) return candidates[i];
    size_t d = distance(name, len, candidates[i], strlen(candidates[i]));
    if (len >= BEGINNING_MIN && !strncmp(name, candidates[i], len)) d = 1;
    if (d < best && d < len) best = d, found = candidates[i];
  }
  return found;
}

static const struct {
  const char *name;
  enum status status;
} errors[] = {
#define ERROR(id, status, format) {#id, status},
#include "base/errors.def"
#undef ERROR
};

enum status error_status(enum error_id id)
{
  return errors[id].status;
}

const char *error_name(enum error_id id)
{
  return errors[id].name;
}
