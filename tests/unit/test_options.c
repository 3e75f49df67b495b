#include "config.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "cmd/options.h"
#include "cmd/tables.h"

static struct context ctx;
static struct options o;

/* Parses "asdex " + line, split at blanks. */
static enum status parse(const char *line)
{
  static char buffer[1024];
  static char *argv[64];
  int argc = 0;
  ck_assert_uint_lt(strlen(line), sizeof buffer);
  strcpy(buffer, line);
  argv[argc++] = (char *)"asdex";
  for (char *word = strtok(buffer, " "); word; word = strtok(NULL, " ")) argv[argc++] = word;
  argv[argc] = NULL;
  options_free(&o);
  context_free(&ctx);
  context_init(&ctx);
  return options_parse(&ctx, argc, argv, &o);
}

static const char *message(void)
{
  return ctx.diags.len ? ctx.diags.data[0].message : "";
}

static void refused(const char *line, const char *text)
{
  ck_assert_int_eq(parse(line), STATUS_USAGE);
  ck_assert_msg(strstr(message(), text) != NULL, "'%s' gave: %s", line, message());
}

static void accepted(const char *line)
{
  enum status status = parse(line);
  ck_assert_msg(status == STATUS_OK, "'%s' gave: %s", line, message());
  ck_assert_uint_eq(ctx.diags.len, 0);
}

static void setup(void)
{
  memset(&o, 0, sizeof o);
  context_init(&ctx);
}

static void teardown(void)
{
  options_free(&o);
  context_free(&ctx);
}

START_TEST(defaults)
{
  accepted("hessian");
  ck_assert_int_eq(o.command, COMMAND_HESSIAN);
  ck_assert_int_eq(o.format, FORMAT_MTX);
  ck_assert_int_eq(o.coloring.method, METHOD_STAR);
  ck_assert_int_eq(o.coloring.ordering, ORDERING_LARGEST_FIRST);
  ck_assert_int_eq(o.probes, 25);
  ck_assert(!o.both_triangles && !o.file && !o.output && !o.at.file && !o.at.random);
  accepted("coloring m.expr");
  ck_assert_int_eq(o.format, FORMAT_JSON);
  accepted("value m.expr");
  ck_assert_int_eq(o.format, FORMAT_TEXT);
}
END_TEST

START_TEST(forms_of_options)
{
  accepted("hessian --at=p.yaml m.expr");
  ck_assert_str_eq(o.at.file, "p.yaml");
  ck_assert_str_eq(o.file, "m.expr");
  accepted("hessian m.expr --at p.yaml");
  ck_assert_str_eq(o.at.file, "p.yaml");
  accepted("hessian -qvo out.json m.expr");
  ck_assert(o.quiet && o.verbose);
  ck_assert_str_eq(o.output, "out.json");
  ck_assert_int_eq(o.format, FORMAT_JSON);
  accepted("hessian -q -- --at");
  ck_assert_str_eq(o.file, "--at");
  accepted("hessian --trian both m.expr"); /* a unique beginning will do */
  ck_assert(o.both_triangles);
  accepted("--quiet hessian m.expr");
  ck_assert(o.quiet);
  ck_assert_str_eq(o.file, "m.expr");
  accepted("hessian -");
  ck_assert_str_eq(o.file, "-");
}
END_TEST

START_TEST(values)
{
  accepted("hvp m --at random:17 --vector random:18446744073709551615");
  ck_assert(o.at.random && o.vector.random);
  ck_assert_uint_eq(o.at.seed, 17);
  ck_assert_uint_eq(o.vector.seed, UINT64_MAX);
  accepted("hessian m --set n=3 --data d.yaml --data A=a.mtx --set s=x=1 --data ./a=b.yaml");
  ck_assert_uint_eq(o.parameters.len, 5);
  ck_assert_int_eq(o.parameters.data[0].kind, INPUT_SET);
  ck_assert_int_eq(o.parameters.data[1].kind, INPUT_DATA);
  ck_assert_int_eq(o.parameters.data[2].kind, INPUT_NAMED_DATA);
  ck_assert_str_eq(o.parameters.data[0].name, "n");
  ck_assert_str_eq(o.parameters.data[0].text, "3");
  ck_assert_ptr_null(o.parameters.data[1].name);
  ck_assert_str_eq(o.parameters.data[2].name, "A");
  ck_assert_str_eq(o.parameters.data[3].text, "x=1");
  ck_assert_ptr_null(o.parameters.data[4].name);
  accepted("hessian m --wrt x,y_1");
  ck_assert_uint_eq(o.wrt.len, 2);
  ck_assert_str_eq(o.wrt.data[1], "y_1");
  accepted("coloring m --method acyclic --ordering random --seed 5 --postprocess");
  ck_assert_int_eq(o.coloring.method, METHOD_ACYCLIC);
  ck_assert_int_eq(o.coloring.ordering, ORDERING_RANDOM);
  ck_assert_uint_eq(o.coloring.seed, 5);
  ck_assert(o.coloring.postprocess);
  accepted("verify m --check fd --rtol 1e-3 --atol 0");
  ck_assert_int_eq(o.check, CHECK_FD);
  ck_assert(o.rtol == 1e-3 && o.atol == 0 && o.probes == 25);
  accepted("verify m --probes 3 --check-seed 2");
  ck_assert(o.probes == 3 && o.check_seed == 2);
  accepted("hessian m --no-symmetric --method star");
  ck_assert_int_eq(o.coloring.method, METHOD_COLUMN);
  ck_assert(o.both_triangles);
}
END_TEST

START_TEST(sizes)
{
  static const struct {
    const char *text;
    size_t size;
  } rows[] = {{"500", 500},           {"500M", 500000000}, {"2G", 2000000000}, {"2GB", 2000000000},
              {"1.5GiB", 1610612736}, {"4k", 4000},        {"4Ki", 4096},      {"7B", 7}};
  char line[64];
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    snprintf(line, sizeof line, "info m --max-memory %s", rows[i].text);
    accepted(line);
    ck_assert_uint_eq(o.max_memory, rows[i].size);
  }
  static const char *const bad[] = {"0", "G", "-1", "1X", "1GiBs", "1e3", "99999E", "1.2.3", "1iB"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    snprintf(line, sizeof line, "info m --max-memory %s", bad[i]);
    refused(line, "takes a size");
  }
}
END_TEST

START_TEST(formats)
{
  accepted("hessian m -o h.csv");
  ck_assert_int_eq(o.format, FORMAT_CSV);
  ck_assert(o.both_triangles);
  accepted("hessian m -o h.json --format mtx");
  ck_assert_int_eq(o.format, FORMAT_MTX);
  accepted("coloring m -o c.mtx");
  ck_assert_int_eq(o.format, FORMAT_MTX);
  accepted("value m -o v.txt");
  ck_assert_int_eq(o.format, FORMAT_TEXT);
  refused("value m -o v.csv", "cannot write csv");
  refused("value m --format mtx", "cannot write the format 'mtx'");
  refused("hessian m --layout csr", "needs --format json");
  refused("hessian m --labels", "needs --format json");
  refused("verify m --check dense --probes 3", "'--probes' needs --check matvec");
  refused("verify m --check-seed 3 --check fd", "'--check-seed' needs --check matvec");
  refused("hessian m --format dense --triangle lower", "cannot be combined");
}
END_TEST

START_TEST(mistakes)
{
  refused("", "a command is missing");
  refused("hesian m.expr", "unknown command 'hesian'");
  ck_assert_str_eq(ctx.diags.data[1].message, "did you mean 'hessian'?");
  refused("hesian --nope", "unknown command");
  ck_assert_uint_eq(ctx.diags.len, 2);
  refused("hessian --ordring natural", "unknown option '--ordring'");
  ck_assert_str_eq(ctx.diags.data[1].message, "did you mean '--ordering'?");
  refused("hessian --exakt", "unknown option");
  refused("hessian -z", "unknown option '-z'");
  refused("hessian --no m", "ambiguous");
  refused("hessian m --at", "'--at' needs an argument");
  refused("hessian m -o", "'-o' needs an argument");
  refused("hessian m --quiet=3", "'--quiet' takes no argument");
  refused("gradient m --ordering natural", "does not apply to 'gradient'");
  refused("hessian m --mode forward", "takes fwd-over-rev, rev-over-fwd or rev-over-rev");
  refused("hessian m --method column", "takes star or acyclic");
  refused("hessian m n", "only one input");
  refused("hessian m --set n", "takes NAME=VALUE");
  refused("hessian m --set 1=2", "takes NAME=VALUE");
  refused("hessian m --wrt x,,y", "--wrt");
  refused("hessian m --wrt x,x", "each name once");
  refused("hessian m --at random:x", "random:SEED");
  refused("hessian m --chunk-size 0", "from 1");
  refused("hessian m --ordering random --seed 18446744073709551616", "whole number");
  refused("hessian m --seed 3", "needs --ordering random");
  refused("hessian m --method acyclic --no-symmetric", "cannot be combined");
  refused("hessian m --no-symmetric --method acyclic", "cannot be combined");
  refused("hessian m --coloring c.json --ordering natural", "cannot be combined");
  refused("hessian m --allow-int", "integer variables cannot be differentiated");
  refused("decompress b.mtx", "needs option '--coloring'");
  refused("hessian --at -", "only once");
  refused("verify m --rtol -1", "not negative");
  refused("hessian m --timings=xml", "takes text or json");
}
END_TEST

START_TEST(help_and_version)
{
  accepted("help");
  ck_assert(o.action == ACTION_HELP && o.command == COMMAND_COUNT);
  accepted("help hvp");
  ck_assert(o.action == ACTION_HELP && o.command == COMMAND_HVP);
  accepted("hvp --help --probes 3");
  ck_assert(o.action == ACTION_HELP && o.command == COMMAND_HVP);
  accepted("--version");
  ck_assert(o.action == ACTION_VERSION);
  accepted("help formats");
  ck_assert_int_eq(o.action, ACTION_HELP);
  ck_assert_int_eq(o.topic, TOPIC_FORMATS);
  accepted("help coloring");
  ck_assert_int_eq(o.topic, TOPIC_COUNT);
  refused("help formats data", "'data' follows 'formats'");
  refused("formats", "unknown command");
  refused("help hvpp", "there is no help on 'hvpp'");
  for (int c = 0; c <= COMMAND_COUNT + TOPIC_COUNT; c++) {
    struct strbuf text = {0};
    if (c <= COMMAND_COUNT)
      options_help(&text, (enum command)c);
    else
      options_help_topic(&text, (enum topic)(c - COMMAND_COUNT - 1));
    ck_assert(!text.failed);
    for (char *line = strtok(text.data, "\n"); line; line = strtok(NULL, "\n"))
      ck_assert_msg(strlen(line) <= 80, "too wide: %s", line);
    strbuf_free(&text);
  }
}
END_TEST

START_TEST(diagnostics_options_survive_errors)
{
  refused("hessian --nope --error-format json -q", "unknown option '--nope'");
  ck_assert(o.json_errors && o.quiet);
  refused("nope --error-format=json", "unknown command");
  ck_assert(o.json_errors);
  ck_assert_uint_eq(ctx.diags.data[0].status, STATUS_USAGE);
}
END_TEST

/* The words that completions offer and the manual names are those that are taken. */
START_TEST(words_of_options)
{
  char line[80];
  for (int i = 0; i < OPTION_COUNT; i++) {
    size_t count = 0;
    const char *const *words = option_words((enum option_id)i, &count);
    if (!words) continue;
    ck_assert_uint_gt(count, 1);
    for (size_t k = 0; k < count; k++)
      for (int c = 0; c < COMMAND_COUNT; c++) {
        bool written = i != OPTION_FORMAT || command_writes((enum command)c, false, (enum format)k);
        if (!(option_table[i].commands & (1u << c))) continue;
        snprintf(line, sizeof line, "%s%s --%s=%s", command_table[c].name,
                 c == COMMAND_DECOMPRESS ? " --coloring c" : "", option_table[i].name, words[k]);
        enum status status = parse(line);
        ck_assert_msg(!strstr(message(), " takes "), "%s: %s", line, message());
        ck_assert_msg(!strstr(message(), "cannot write") == written, "%s: %s", line, message());
        if (i == OPTION_FORMAT) ck_assert_int_eq(status, written ? STATUS_OK : STATUS_USAGE);
      }
    snprintf(line, sizeof line, "hessian --%s=nothing", option_table[i].name);
    refused(line, "nothing");
  }
}
END_TEST

Suite *options_suite(void)
{
  Suite *s = suite_create("options");
  TCase *c = tcase_create("options");
  tcase_add_checked_fixture(c, setup, teardown);
  tcase_add_test(c, defaults);
  tcase_add_test(c, forms_of_options);
  tcase_add_test(c, values);
  tcase_add_test(c, sizes);
  tcase_add_test(c, formats);
  tcase_add_test(c, mistakes);
  tcase_add_test(c, help_and_version);
  tcase_add_test(c, words_of_options);
  tcase_add_test(c, diagnostics_options_survive_errors);
  suite_add_tcase(s, c);
  return s;
}
