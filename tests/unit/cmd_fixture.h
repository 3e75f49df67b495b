/* Subcommands run as functions in a scratch folder, for the suites of the command line. */
#ifndef ASDEX_TESTS_CMD_FIXTURE_H
#define ASDEX_TESTS_CMD_FIXTURE_H

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/commands.h"
#include "cmd/report.h"
#include "unit/failing.h"

static char folder[] = "asdex-cmd-XXXXXX";

MAYBE_UNUSED static void put(const char *name, const char *text)
{
  FILE *f = fopen(name, "w");
  ck_assert_ptr_nonnull(f);
  ck_assert_int_ge(fputs(text, f), 0);
  ck_assert_int_eq(fclose(f), 0);
}

/* The text of a file, NUL-terminated; the caller frees it. */
MAYBE_UNUSED static char *get(const char *name)
{
  FILE *f = fopen(name, "r");
  ck_assert_msg(f != NULL, "no file %s", name);
  char *text = calloc(1, 1 << 20);
  ck_assert_ptr_nonnull(text);
  ck_assert_uint_lt(fread(text, 1, (1 << 20) - 1, f), (1 << 20) - 1);
  fclose(f);
  return text;
}

MAYBE_UNUSED static void enter_folder(void)
{
  ck_assert_ptr_nonnull(mkdtemp(folder));
  ck_assert_int_eq(chdir(folder), 0);
}

MAYBE_UNUSED static int count_files(bool remove_them)
{
  int count = 0;
  DIR *dir = opendir(".");
  ck_assert_ptr_nonnull(dir);
  for (struct dirent *e; (e = readdir(dir));) {
    if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..")) continue;
    count++;
    if (remove_them) unlink(e->d_name);
  }
  closedir(dir);
  return count;
}

MAYBE_UNUSED static void leave_folder(void)
{
  count_files(true);
  ck_assert_int_eq(chdir(".."), 0);
  ck_assert_int_eq(rmdir(folder), 0);
}

/* Runs "asdex " + line; *report gets the diagnostics as text (may be NULL). */
MAYBE_UNUSED static enum status run(const char *line, struct strbuf *report)
{
  static enum status (*const commands[COMMAND_COUNT])(struct context *, const struct options *) = {
#define COMMAND(id, name, operand, summary) cmd_##name,
#include "cmd/commands.def"
#undef COMMAND
  };
  char buffer[1024], *argv[64];
  int argc = 0;
  ck_assert_uint_lt(strlen(line), sizeof buffer);
  strcpy(buffer, line);
  argv[argc++] = (char *)"asdex";
  for (char *word = strtok(buffer, " "); word; word = strtok(NULL, " ")) argv[argc++] = word;
  argv[argc] = NULL;
  struct context ctx;
  struct options o;
  context_init(&ctx);
  enum status status = options_parse(&ctx, argc, argv, &o);
  if (status == STATUS_OK) status = commands[o.command](&ctx, &o);
  ck_assert_msg(status <= STATUS_DIFFERENCE || ctx.diags.len || ctx.lost,
                "asdex %s: status %d without a message", line, (int)status);
  if (report) report_text(report, &ctx, false, true);
  options_free(&o);
  context_free(&ctx);
  return status;
}

MAYBE_UNUSED static void succeeds(const char *line)
{
  struct strbuf report = {0};
  enum status status = run(line, &report);
  ck_assert_msg(status == STATUS_OK, "asdex %s: status %d\n%s", line, (int)status,
                report.data ? report.data : "");
  strbuf_free(&report);
}

MAYBE_UNUSED static void same(const char *a, const char *b)
{
  char *s = get(a), *t = get(b);
  ck_assert_msg(!strcmp(s, t), "%s and %s differ:\n%s\n%s", a, b, s, t);
  free(s);
  free(t);
}

/* Each allocation in turn fails, alone or with all that follow: status 7 with a message, nothing
 * leaks, no temporary is left, and the old output is whole.  One that gives memory back may fail
 * unnoticed: then the output is what it always is. */
MAYBE_UNUSED static void starve(const char *line, bool once)
{
  enum status expected = run(line, NULL);
  ck_assert_msg(expected <= STATUS_DIFFERENCE, "asdex %s: status %d", line, (int)expected);
  ck_assert_int_eq(rename("out", "right"), 0);
  put("out", "old\n");
  int files = count_files(false);
  for (long n = 1;; n++) {
    struct failing f = {.fail_at = n, .forever = !once};
    mem_set_hook(failing_hook, &f);
    enum status status = run(line, NULL);
    mem_set_hook(NULL, NULL);
    ck_assert_msg(f.live == 0, "asdex %s: %ld leaks when allocation %ld fails", line, f.live, n);
    ck_assert_int_eq(count_files(false), files);
    if (status == expected) {
      if (!strstr(line, "svg")) same("out", "right"); /* Cairo numbers what it draws on */
      put("out", "old\n");
    }
    if (f.calls < n) break;
    ck_assert_msg(status == STATUS_LIMIT || status == expected,
                  "asdex %s: status %d when allocation %ld fails", line, (int)status, n);
    char *text = get("out");
    ck_assert_str_eq(text, "old\n");
    free(text);
    ck_assert_int_lt(n, 100000);
  }
}

#endif
