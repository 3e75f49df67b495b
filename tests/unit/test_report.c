#include "config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/report.h"

static struct context ctx;
static struct strbuf out;

static void setup(void)
{
  context_init(&ctx);
  memset(&out, 0, sizeof out);
}

static void teardown(void)
{
  strbuf_free(&out);
  context_free(&ctx);
}

static int add(const char *name, const char *text)
{
  int id;
  char *copy = mem_strndup(text, strlen(text));
  ck_assert_int_eq(context_add_source(&ctx, name, copy, strlen(text), &id), STATUS_OK);
  return id;
}

/* An error whose place is the first occurrence of `word` in the source. */
static void complain(int id, const char *word)
{
  const char *text = ctx.sources.data[id].text, *at = strstr(text, word);
  struct loc loc = {id, (uint32_t)(at - text), (uint32_t)(at - text + (long)strlen(word))};
  ck_assert_int_eq(FAIL(&ctx, UNKNOWN_COMMAND, loc, "q"), STATUS_USAGE);
}

static void prints(const char *expected)
{
  report_text(&out, &ctx, false, true);
  ck_assert_str_eq(out.data, expected);
}

START_TEST(excerpt)
{
  complain(add("m.expr", "a\nb\nc\nreturn sum(x[i+1]^2 for i in 1..n);\n"), "x[i+1]");
  diag_note(&ctx, NO_LOC, "at i = %d", 1000);
  prints("m.expr:4:12: error: unknown command 'q'\n"
         "    4 | return sum(x[i+1]^2 for i in 1..n);\n"
         "      |            ^~~~~~\n"
         "   note: at i = 1000\n");
}
END_TEST

START_TEST(tabs_and_wide_characters)
{
  complain(add("m", "\tx # \xC3\xA4\xE6\xBC\xA2 y\r\n"), "y");
  prints("m:1:9: error: unknown command 'q'\n"
         "    1 |         x # \xC3\xA4\xE6\xBC\xA2 y\n"
         "      |                 ^\n");
}
END_TEST

START_TEST(control_characters_are_shown)
{
  complain(add("m\033", "a\033[31mb\xFF!"), "!");
  prints("m\\x1B:1:9: error: unknown command 'q'\n"
         "    1 | a\\x1B[31mb\\xFF!\n"
         "      |               ^\n");
}
END_TEST

START_TEST(end_of_text)
{
  int id = add("m", "x = 1");
  ck_assert_int_eq(FAIL(&ctx, UNKNOWN_COMMAND, ((struct loc){id, 5, 5}), "q"), STATUS_USAGE);
  prints("m:1:6: error: unknown command 'q'\n"
         "    1 | x = 1\n"
         "      |      ^\n");
}
END_TEST

START_TEST(range_over_lines_ends_with_the_first)
{
  complain(add("m", "ab (\n c)"), "(\n c)");
  prints("m:1:4: error: unknown command 'q'\n"
         "    1 | ab (\n"
         "      |    ^\n");
}
END_TEST

/* Whatever the length of the line and the place: the caret is under the marked character, and no
 * line is much wider than the window. */
START_TEST(long_lines)
{
  static char text[5000];
  for (size_t at = 0; at < 4000; at += 37) {
    memset(text, '.', 4000);
    text[4000] = '\0';
    text[at] = '#';
    teardown();
    setup();
    complain(add("m", text), "#");
    report_text(&out, &ctx, false, true);
    char *first = strchr(out.data, '\n') + 1, *second = strchr(first, '\n') + 1;
    char *hash = strchr(first, '#'), *caret = strchr(second, '^');
    ck_assert(hash && caret && hash < second);
    ck_assert_int_eq(hash - first, caret - second);
    ck_assert_int_lt(second - first, 120);
  }
}
END_TEST

START_TEST(places_without_lines)
{
  int id = add("d.yaml", "x");
  ck_assert_int_eq(FAIL(&ctx, UNKNOWN_COMMAND, FILE_LOC(id), "q"), STATUS_USAGE);
  ck_assert_int_eq(FAIL(&ctx, UNKNOWN_COMMAND, NO_LOC, "r"), STATUS_USAGE);
  context_release_source(&ctx, id);
  ck_assert_int_eq(FAIL(&ctx, UNKNOWN_COMMAND, ((struct loc){id, 0, 1}), "s"), STATUS_USAGE);
  prints("d.yaml: error: unknown command 'q'\n"
         "asdex: error: unknown command 'r'\n"
         "d.yaml: error: unknown command 's'\n");
}
END_TEST

START_TEST(warnings_can_be_left_out)
{
  int id = add("m", "x");
  diag_warning(&ctx, FILE_LOC(id), "w");
  diag_note(&ctx, NO_LOC, "wn");
  ck_assert_int_eq(FAIL(&ctx, UNKNOWN_COMMAND, NO_LOC, "q"), STATUS_USAGE);
  diag_note(&ctx, NO_LOC, "qn");
  report_text(&out, &ctx, false, false);
  ck_assert_str_eq(out.data, "asdex: error: unknown command 'q'\n   note: qn\n");
}
END_TEST

START_TEST(json_lines)
{
  complain(add("a\"b", "1\n\xC3\xA4 zz"), "zz");
  diag_note(&ctx, NO_LOC, "tab\tand \\");
  diag_warning(&ctx, NO_LOC, "w\x01");
  report_json(&out, &ctx, true);
  ck_assert_str_eq(
      out.data, "{\"schema\":\"asdex/error/1\",\"severity\":\"error\",\"id\":\"UNKNOWN_COMMAND\",\"status\":2,"
                "\"message\":\"unknown command 'q'\",\"file\":\"a\\\"b\",\"line\":2,\"column\":3,"
                "\"end_line\":2,\"end_column\":5,\"notes\":[{\"message\":\"tab\\tand \\\\\"}]}\n"
                "{\"schema\":\"asdex/error/1\",\"severity\":\"warning\",\"message\":\"w\\u0001\","
                "\"notes\":[]}\n");
}
END_TEST

START_TEST(colors)
{
  complain(add("m", "x"), "x");
  report_text(&out, &ctx, true, true);
  ck_assert_str_eq(out.data, "\033[1mm:1:1: \033[1;31merror:\033[0m unknown command 'q'\n"
                             "    1 | x\n"
                             "      | \033[1;32m^\033[0m\n");
}
END_TEST

static void *no_memory(void *user, void *old, size_t size)
{
  (void)user;
  if (size == 0) free(old);
  return NULL;
}

/* What report_print writes while there is no memory at all. */
static void prints_without_memory(bool json, const char *expected)
{
  struct options options = {.json_errors = json};
  char got[256] = "";
  FILE *f = tmpfile();
  int saved = dup(STDERR_FILENO);
  ck_assert(f && saved >= 0 && dup2(fileno(f), STDERR_FILENO) >= 0);
  mem_set_hook(no_memory, NULL);
  report_print(&ctx, &options);
  mem_set_hook(NULL, NULL);
  dup2(saved, STDERR_FILENO);
  close(saved);
  rewind(f);
  got[fread(got, 1, sizeof got - 1, f)] = '\0';
  fclose(f);
  ck_assert_str_eq(got, expected);
}

START_TEST(memory_that_is_out_is_told)
{
  mem_set_hook(no_memory, NULL);
  ck_assert_int_eq(diag_no_memory(&ctx), STATUS_LIMIT);
  mem_set_hook(NULL, NULL);
  prints_without_memory(false, "asdex: error: out of memory\n");
  prints_without_memory(true, "{\"schema\":\"asdex/error/1\",\"severity\":\"error\",\"id\":\"NO_MEMORY\",\"status\":7,"
                              "\"message\":\"out of memory\",\"notes\":[]}\n");
  context_free(&ctx);
  context_init(&ctx);
  complain(add("m", "x"), "x");
  prints_without_memory(false, "asdex: error: unknown command 'q'\n");
}
END_TEST

/* What a source says to be long; its text is not looked at. */
START_TEST(longest_source)
{
  for (int k = -1; k <= 1; k++) {
    int id;
    size_t len = (size_t)((int64_t)UINT32_MAX - 1 + k);
    enum status status = context_add_source(&ctx, "long", mem_strndup("", 0), len, &id);
    ck_assert_int_eq(status, k > 0 ? STATUS_LIMIT : STATUS_OK);
  }
  prints("long: error: the file has 4294967295 bytes, more than the limit of 4294967294\n");
}
END_TEST

Suite *report_suite(void)
{
  Suite *s = suite_create("report");
  TCase *c = tcase_create("report");
  tcase_add_checked_fixture(c, setup, teardown);
  tcase_add_test(c, excerpt);
  tcase_add_test(c, tabs_and_wide_characters);
  tcase_add_test(c, control_characters_are_shown);
  tcase_add_test(c, end_of_text);
  tcase_add_test(c, range_over_lines_ends_with_the_first);
  tcase_add_test(c, long_lines);
  tcase_add_test(c, places_without_lines);
  tcase_add_test(c, warnings_can_be_left_out);
  tcase_add_test(c, json_lines);
  tcase_add_test(c, colors);
  tcase_add_test(c, memory_that_is_out_is_told);
  tcase_add_test(c, longest_source);
  suite_add_tcase(s, c);
  return s;
}
