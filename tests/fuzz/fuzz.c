#include "config.h"

#include "fuzz.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cmd/report.h"

enum { MEMORY_LIMIT = 256 << 20 };

const struct fuzz_target fuzz_targets[] = {
#define TARGET(name) {#name, fuzz_##name},
    FUZZ_TARGETS
#undef TARGET
    {NULL, NULL}};

const struct fuzz_target *fuzz_target_find(const char *name)
{
  for (const struct fuzz_target *t = fuzz_targets; t->name; t++)
    if (!strcmp(t->name, name)) return t;
  return NULL;
}

void fuzz_stop(const char *file, int line, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  fprintf(stderr, "%s:%d: ", file, line);
  vfprintf(stderr, format, args);
  fputc('\n', stderr);
  va_end(args);
  abort();
}

void fuzz_begin(struct fuzz *f)
{
  mem_set_limit(MEMORY_LIMIT);
  f->in_use = mem_in_use();
  context_init(&f->ctx);
  f->ctx.max_memory = MEMORY_LIMIT;
  f->ctx.refuse_external = true;
}

static void check_place(const struct context *ctx, const struct diag *d)
{
  if (d->loc.source < 0) return;
  FUZZ_CHECK((size_t)d->loc.source < ctx->sources.len, "no such source: %s", d->message);
  const struct source *s = &ctx->sources.data[d->loc.source];
  if (d->loc.begin == UINT32_MAX || !s->text) return;
  /* What is missing at the end has a place of one byte there. */
  FUZZ_CHECK(d->loc.begin <= s->len && d->loc.begin <= d->loc.end && d->loc.end <= s->len + 1,
             "%u to %u of %zu bytes: %s", d->loc.begin, d->loc.end, s->len, d->message);
}

static void check_diagnostics(const struct context *ctx, enum status status)
{
  enum status first = STATUS_OK;
  for (size_t i = 0; i < ctx->diags.len; i++) {
    const struct diag *d = &ctx->diags.data[i];
    check_place(ctx, d);
    if (d->severity == SEVERITY_ERROR && first == STATUS_OK) first = d->status;
    FUZZ_CHECK(d->message[0] && d->status != STATUS_BUG, "%s", d->message);
  }
  if (ctx->lost && first == STATUS_OK) first = STATUS_LIMIT;
  FUZZ_CHECK(first == status, "status %d, but the first error has %d", status, first);
}

static void print_diagnostics(const struct context *ctx)
{
  struct strbuf text = {0}, json = {0};
  if (ctx->diags.len) {
    report_text(&text, ctx, false, true);
    report_json(&json, ctx, true);
    FUZZ_CHECK(text.len && (json.len || json.failed), "nothing is printed");
  }
  strbuf_free(&text);
  strbuf_free(&json);
}

void fuzz_end(struct fuzz *f, enum status status)
{
  check_diagnostics(&f->ctx, status);
  print_diagnostics(&f->ctx);
  context_free(&f->ctx);
  FUZZ_CHECK(mem_in_use() == f->in_use, "%zu bytes in use, not %zu", mem_in_use(), f->in_use);
  mem_set_limit(0);
}

int fuzz_source(struct fuzz *f, const char *name, const char *text, size_t size)
{
  int id;
  char *copy = mem_strndup(text, size);
  FUZZ_CHECK(copy && context_add_source(&f->ctx, name, copy, size, &id) == STATUS_OK, "no source");
  return id;
}

void fuzz_forget(struct fuzz *f)
{
  for (size_t i = 0; i < f->ctx.diags.len; i++) mem_free(f->ctx.diags.data[i].message);
  f->ctx.diags.len = 0;
}

uint8_t fuzz_byte(struct fuzz_bytes *b)
{
  return b->left ? (b->left--, *b->next++) : 0;
}

int fuzz_pick(struct fuzz_bytes *b, int n)
{
  return fuzz_byte(b) % n;
}

void fuzz_file_open(const void *bytes, size_t size, int *file, char path[FUZZ_PATH_MAX])
{
  *file = memfd_create("fuzz", 0);
  FUZZ_CHECK(*file >= 0 && write(*file, bytes, size) == (ssize_t)size, "no file");
  snprintf(path, FUZZ_PATH_MAX, "/proc/self/fd/%d", *file);
}

void fuzz_file_close(int file)
{
  close(file);
}
