/* What the tests of readers and writers share: a context, sources from texts, expectations about
 * errors, failing allocations, a scratch folder. */
#ifndef ASDEX_TESTS_IO_FIXTURE_H
#define ASDEX_TESTS_IO_FIXTURE_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/strbuf.h"
#include "io/file.h"
#include "io/sink.h"
#include "unit/failing.h"
#include "unit/random.h"

#ifdef COVERAGE
void __gcov_dump(void);
#endif

/* Ends a child process, without what its parent has registered; what it did is counted. */
MAYBE_UNUSED static void leave(int status)
{
#ifdef COVERAGE
  __gcov_dump();
#endif
  _exit(status);
}

static struct context ctx;

MAYBE_UNUSED static void fixture_setup(void)
{
  context_init(&ctx);
}

MAYBE_UNUSED static void fixture_teardown(void)
{
  context_free(&ctx);
}

MAYBE_UNUSED static int add_bytes(const char *text, size_t len)
{
  int id;
  char *copy = mem_strndup(text, len);
  ck_assert_ptr_nonnull(copy);
  ck_assert_int_eq(context_add_source(&ctx, "test", copy, len, &id), STATUS_OK);
  return id;
}

MAYBE_UNUSED static int add_text(const char *text)
{
  return add_bytes(text, strlen(text));
}

MAYBE_UNUSED static void forget_diags(void)
{
  context_free(&ctx);
  context_init(&ctx);
}

/* The first diagnostic is this error, at this place of its source. */
MAYBE_UNUSED static void expect_error(const char *text, enum error_id id, size_t line,
                                      size_t column)
{
  size_t l, c;
  ck_assert_msg(ctx.diags.len > 0, "no diagnostic for: %s", text);
  const struct diag *d = &ctx.diags.data[0];
  ck_assert_msg(d->severity == SEVERITY_ERROR && d->id == id, "%s instead of %s for: %s (%s)",
                error_name(d->id), error_name(id), text, d->message);
  ck_assert_int_ge(d->loc.source, 0);
  source_position(&ctx.sources.data[d->loc.source], d->loc.begin, &l, &c);
  ck_assert_msg(l == line && c == column, "%zu:%zu instead of %zu:%zu for: %s (%s)", l, c, line,
                column, text, d->message);
  ck_assert_uint_ge(d->loc.end, d->loc.begin);
}

MAYBE_UNUSED static bool same_bits(double a, double b)
{
  return !memcmp(&a, &b, sizeof a) || (a != a && b != b);
}

/* Lets each allocation of `run` fail in turn until it succeeds: status 7 and no leak each time.
 * `run` parses the text from a source and frees what it got. */
MAYBE_UNUSED static void check_failing_allocations(const char *text, enum status (*run)(int source))
{
  enum status status = STATUS_LIMIT;
  for (long n = 1; status != STATUS_OK; n++) {
    ck_assert_int_lt(n, 100000);
    forget_diags();
    int id = add_text(text);
    /* Diagnostics have room, so that what they take is no leak. */
    ck_assert(VEC_RESERVE(&ctx.diags, 8));
    struct failing f = {.fail_at = n};
    mem_set_hook(failing_hook, &f);
    status = run(id);
    mem_set_hook(NULL, NULL);
    ck_assert_int_eq(f.live, 0);
    if (status == STATUS_OK) {
      ck_assert_int_lt(f.calls, n);
    } else {
      ck_assert_int_eq(status, STATUS_LIMIT);
      ck_assert_uint_gt(ctx.diags.len, 0);
      ck_assert_int_eq(ctx.diags.data[0].id, ERR_NO_MEMORY);
    }
  }
}

/* Damages a text in many ways; `run` must come back with a status, whatever it is. */
MAYBE_UNUSED static void check_damaged_texts(const char *text, enum status (*run)(int source),
                                             int rounds)
{
  static const char bytes[] = "0123456789-+.eEdDiI \t\r\n%[]{}:,\"\\#&*!~?|>'u\xC3\xA9\xFF\x01";
  size_t len = strlen(text);
  char *copy = malloc(len + 1);
  ck_assert_ptr_nonnull(copy);
  for (int round = 0; round < rounds; round++) {
    memcpy(copy, text, len + 1);
    size_t n = random_below(4) ? len : (size_t)random_below((int)len + 1);
    for (int k = random_below(4); n && k >= 0; k--)
      copy[random_below((int)n)] = bytes[random_below(sizeof bytes - 1)];
    forget_diags();
    enum status status = run(add_bytes(copy, n));
    ck_assert(status == STATUS_OK || status == STATUS_DATA || status == STATUS_LIMIT);
    bool error = false;
    for (size_t i = 0; i < ctx.diags.len; i++)
      error = error || ctx.diags.data[i].severity == SEVERITY_ERROR;
    ck_assert_int_eq(error, status != STATUS_OK);
  }
  free(copy);
}

/* A scratch folder of the test, and paths in it. */
static char folder[64];

MAYBE_UNUSED static void folder_setup(void)
{
  fixture_setup();
  strcpy(folder, "asdex-test-XXXXXX");
  ck_assert_ptr_nonnull(mkdtemp(folder));
}

MAYBE_UNUSED static const char *in_folder(const char *name)
{
  static char paths[4][128];
  static int next;
  char *path = paths[next++ % 4];
  snprintf(path, sizeof paths[0], "%s/%s", folder, name);
  return path;
}

MAYBE_UNUSED static void folder_teardown(void)
{
  char command[128];
  fixture_teardown();
  snprintf(command, sizeof command, "rm -rf %s", folder);
  ck_assert_int_eq(system(command), 0);
}

/* The source id of a file's text. */
MAYBE_UNUSED static int read_back(const char *path)
{
  int id;
  ck_assert_int_eq(file_read(&ctx, path, &id), STATUS_OK);
  return id;
}

#endif
