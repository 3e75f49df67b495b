#include "config.h"

#include <check.h>

#include "cmd/progress.h"

Suite *progress_suite(void);

static const struct {
  double part, left;
  const char *text;
} lines[] = {
    {0, -1, "work: 0 %"},
    {0.454, 12.3, "work: 45 %, 12 s left"},
    {0.5, 99.4, "work: 50 %, 99 s left"},
    {0.01, 120, "work: 1 %, 2 min left"},
    {0.01, 7200, "work: 1 %, 2 h left"},
    {1, 0, "work: 100 %, 0 s left"},
};

START_TEST(line)
{
  char text[60];
  progress_format(text, sizeof text, "work", lines[_i].part, lines[_i].left);
  ck_assert_str_eq(text, lines[_i].text);
}
END_TEST

START_TEST(bytes)
{
  char text[60];
  progress_format_bytes(text, sizeof text, "work", 123.6e6);
  ck_assert_str_eq(text, "work: 124 MB");
}
END_TEST

START_TEST(wanted)
{
  struct context ctx;
  struct options o = {.progress = WHEN_NEVER};
  struct progress p;
  context_init(&ctx);
  progress_begin(&p, &ctx, &o);
  ck_assert(!p.wanted && !ctx.progress);
  o.progress = WHEN_ALWAYS;
  progress_begin(&p, &ctx, &o);
  ck_assert(p.wanted && ctx.progress == progress_tick);
  progress_end(&p, &ctx);
  ck_assert(!ctx.progress);
  o.progress = WHEN_AUTO;
  o.quiet = true;
  progress_begin(&p, &ctx, &o);
  ck_assert(!p.wanted);
  context_free(&ctx);
}
END_TEST

/* Nothing is shown before the delay, and there is nothing to clear then. */
START_TEST(delay)
{
  struct progress p = {.wanted = true, .delay = 1e300};
  progress_tick(&p, "work", 1, 2);
  ck_assert(!p.shown);
  progress_clear(&p);
}
END_TEST

Suite *progress_suite(void)
{
  Suite *s = suite_create("progress");
  TCase *t = tcase_create("progress");
  tcase_add_loop_test(t, line, 0, sizeof lines / sizeof *lines);
  tcase_add_test(t, bytes);
  tcase_add_test(t, wanted);
  tcase_add_test(t, delay);
  suite_add_tcase(s, t);
  return s;
}
