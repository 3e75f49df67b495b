/* Commands at several points: a client at the other end of two pipes, and each line against a run
 * of its own at that point alone. */
#include "config.h"

#include "tests/doubles.h"

#include "io_fixture.h"

#include <sys/wait.h>

#include "cmd/commands.h"
#include "hessian/plan.h"

Suite *points_suite(void);

static const char model[] = "param n = 4;\nparam m = 2;\nparam k = 3;\nparam c = 1.5;\n"
                            "param z = 0;\nparam f = 2;\nparam from[n] integer = [1, 2, 3, 4];\n"
                            "param w[n] = 1;\nvar x[n] = c/4;\nvar y = 2;\n"
                            "return sum(w[i]*c*x[from[i]]^k for i in 1..n)\n"
                            "  + sum(exp(x[i]*y) for i in 1..n if i > f)\n"
                            "  + (if m > 1 then x[1]*x[n]^2 else y^2) + z*sin(x[2]*x[1]);\n";

static void put_file(const char *name, const char *text)
{
  FILE *f = fopen(in_folder(name), "w");
  ck_assert_ptr_nonnull(f);
  ck_assert_int_ge(fputs(text, f), 0);
  ck_assert_int_eq(fclose(f), 0);
}

/* Runs "asdex " + line. */
static enum status run(const char *line)
{
  static enum status (*const commands[COMMAND_COUNT])(struct context *, const struct options *) = {
#define COMMAND(id, name, operand, summary) cmd_##name,
#include "cmd/commands.def"
#undef COMMAND
  };
  char buffer[1024], *argv[64] = {(char *)"asdex"};
  int argc = 1;
  struct context own;
  struct options o;
  ck_assert_uint_lt(strlen(line), sizeof buffer);
  strcpy(buffer, line);
  for (char *word = strtok(buffer, " "); word; word = strtok(NULL, " ")) argv[argc++] = word;
  context_init(&own);
  enum status status = options_parse(&own, argc, argv, &o);
  if (status == STATUS_OK) status = commands[o.command](&own, &o);
  for (size_t i = 0; i < own.diags.len && status != STATUS_LIMIT; i++)
    fprintf(stderr, "%s: %s\n", line, own.diags.data[i].message);
  options_free(&o);
  context_free(&own);
  return status;
}

static void read_text(const char *name, struct strbuf *out)
{
  FILE *f = fopen(in_folder(name), "r");
  ck_assert_ptr_nonnull(f);
  for (int c; (c = getc(f)) != EOF;) strbuf_putc(out, (char)c);
  fclose(f);
}

/* ---- each line is that of a run of its own ---- */

static const struct {
  const char *at, *set, *options; /* the document; and what says the same alone */
} points[] = {
    {"x: [1, 2, 3, 4]", "", ""},
    {"x: [0.5, 1, 1, 2]\ny: 0.25", "", ""},
    {"", "{c: 2}", "--set c=2"},
    {"x: 0.75", "{c: 0, w: [4, 3, 2, 1]}", "--set c=0 --set w=[4,3,2,1]"},
    {"", "", ""},
    {"", "{k: 2}", "--set k=2"},
    {"", "{k: 0}", "--set k=0"},
    {"", "{k: 1}", "--set k=1"},
    {"y: 3", "{from: [4, 4, 1, 1]}", "--set from=[4,4,1,1]"},
    {"y: 3", "{f: 0}", "--set f=0"},
    {"y: 3", "{m: 0}", "--set m=0"},
    {"", "{z: 2}", "--set z=2"},
    {"", "{z: 3, c: 4}", "--set z=3 --set c=4"},
    {"x: [1, 2]", "{n: 2, from: [2, 1], f: 1}", "--set n=2 --set from=[2,1] --set f=1"},
    {"x: [1, 2, 3, 5]", "{}", ""},
    {"x: [1, 2, 3, 4]", "", ""},
};
enum { POINTS = sizeof points / sizeof *points };

static const char *const commands[] = {
    "value",
    "gradient --wrt y,x",
    "hvp --vector random:3",
    "hessian",
    "hessian --mode rev-over-rev --layout csr --format json --labels",
    "hessian --method acyclic --triangle lower",
    "compress --no-symmetric",
    "verify --check dense",
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static void put_point(FILE *f, int k)
{
  if (!*points[k].set) {
    fprintf(f, "---\n%s\n", points[k].at);
    return;
  }
  fprintf(f, "--- # set\nset: %s\n", points[k].set);
  if (!*points[k].at) return;
  fputs("at:\n  ", f);
  for (const char *s = points[k].at; *s; s++) fputs(*s == '\n' ? "\n  " : (char[]){*s, 0}, f);
  putc('\n', f);
}

static void run_alone(const char *command, int k, struct strbuf *out)
{
  char line[512];
  put_file("p.yaml", points[k].at);
  snprintf(line, sizeof line, "%s %s --at %s --format json %s -o %s", command, in_folder("m.expr"),
           in_folder("p.yaml"), points[k].options, in_folder("one"));
  ck_assert_int_eq(run(line), STATUS_OK);
  read_text("one", out);
}

START_TEST(lines_are_those_of_single_runs)
{
  const char *command = commands[_i];
  struct strbuf expected = {0}, got = {0};
  char line[512];
  put_file("m.expr", model);
  FILE *f = fopen(in_folder("s.yaml"), "w");
  for (int k = 0; k < POINTS; k++) {
    put_point(f, k);
    run_alone(command, k, &expected);
  }
  fputs("---\n", f);
  fclose(f);
  snprintf(line, sizeof line, "%s %s --at %s -o %s", command, in_folder("m.expr"),
           in_folder("s.yaml"), in_folder("all"));
  ck_assert_int_eq(run(line), STATUS_OK);
  read_text("all", &got);
  strbuf_putc(&expected, '\0');
  strbuf_putc(&got, '\0');
  ck_assert_str_eq(got.data, expected.data);
  strbuf_free(&expected);
  strbuf_free(&got);
}
END_TEST

/* ---- what keeps the plan ---- */

static struct problem *load(const struct parameter_input *inputs, size_t count)
{
  struct problem *p;
  struct problem_options o = {.model_source = 0, .inputs = inputs, .ninputs = count};
  ck_assert_int_eq(problem_load(&ctx, &o, &p), STATUS_OK);
  return p;
}

static const struct {
  const char *name, *value;
  bool kept;
} changes[] = {{"c", "7", true},
               {"w", "[1, 0, 3, 4]", true},
               {"y", NULL, true},
               {"k", "4", false},
               {"from", "[1, 2, 4, 3]", false},
               {"f", "3", false},
               {"m", "0", false},
               {"z", "1", false},
               {"f", "1.5", false}};

START_TEST(numbers_alone_keep_the_plan)
{
  struct parameter_input input = {
      .kind = INPUT_SET, .name = changes[_i].name, .text = changes[_i].value};
  size_t count = changes[_i].value ? 1 : 0;
  double x[5], before, after;
  struct evaluation *e, *fresh;
  ck_assert_int_eq(add_text(model), 0);
  struct problem *p = load(NULL, 0), *q = load(&input, count), *r = load(&input, count);
  ck_assert_int_eq(doubles_create(&ctx, p, EVALUATE_VALUE, MODE_FWD_OVER_REV, 1, 0, &e), STATUS_OK);
  ck_assert_int_eq(doubles_create(&ctx, r, EVALUATE_VALUE, MODE_FWD_OVER_REV, 1, 0, &fresh),
                   STATUS_OK);
  ck_assert_int_eq(problem_take_data(p, q), changes[_i].kept);
  problem_free(q);
  if (changes[_i].kept) {
    ck_assert_int_eq(doubles_point(&ctx, p, NULL, x), STATUS_OK); /* its default depends on c */
    evaluation_point_doubles(e, x);
    before = doubles_value(e);
    ck_assert_int_eq(doubles_point(&ctx, r, NULL, x), STATUS_OK);
    evaluation_point_doubles(fresh, x);
    after = doubles_value(fresh);
    ck_assert(same_bits(before, after));
  }
  evaluation_free(e);
  evaluation_free(fresh);
  problem_free(p);
  problem_free(r);
}
END_TEST

/* ---- a client ---- */

enum { EXCHANGES = 20000, WARM = 1000 };
static FILE *to, *from;
static pid_t server;

static void start_server(const char *line)
{
  int questions[2], answers[2];
  ck_assert(pipe(questions) == 0 && pipe(answers) == 0);
  server = fork();
  ck_assert_int_ge(server, 0);
  if (server == 0) {
    dup2(questions[0], STDIN_FILENO);
    dup2(answers[1], STDOUT_FILENO);
    for (int i = 0; i < 2; i++) {
      close(questions[i]);
      close(answers[i]);
    }
    leave((int)run(line));
  }
  close(questions[0]);
  close(answers[1]);
  to = fdopen(questions[1], "w");
  from = fdopen(answers[0], "r");
}

static int end_server(void)
{
  int status;
  fclose(to);
  ck_assert_int_eq(getc(from), '\n');
  ck_assert_int_eq(getc(from), EOF);
  fclose(from);
  ck_assert_int_eq(waitpid(server, &status, 0), server);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define QUARANTINE 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define QUARANTINE 1
#endif
#if !defined(QUARANTINE)
#define QUARANTINE 0 /* else freed memory stays resident, for the sanitizer */
#endif

/* Resident memory of the server, in pages. */
static long server_pages(void)
{
  char path[64];
  long total, resident = 0;
  snprintf(path, sizeof path, "/proc/%ld/statm", (long)server);
  FILE *f = fopen(path, "r");
  if (f && fscanf(f, "%ld %ld", &total, &resident) != 2) resident = 0;
  if (f) fclose(f);
  return resident;
}

/* Each question is asked when the one before has its answer; every seventh sets a coefficient. */
START_TEST(answers_before_the_next_question)
{
  char line[512];
  long before = 0;
  alarm(100);
  put_file("m.expr", "param c = 1;\nvar x[2];\nreturn c*x[1]^2 + x[2];\n");
  snprintf(line, sizeof line, "value %s --at -", in_folder("m.expr"));
  start_server(line);
  for (int k = 0; k < EXCHANGES; k++) {
    double value, c = k % 7 ? 1 : k;
    if (k % 7)
      fprintf(to, "x: [%d, 0.5]\n---\n", k);
    else
      fprintf(to, "at: {x: [%d, 0.5]}\nset: {c: %d}\n---\n", k, k);
    fflush(to);
    ck_assert_int_eq(fscanf(from, " {\"schema\":\"asdex/value/1\",\"value\":%lf}", &value), 1);
    ck_assert(value == c * k * k + 0.5);
    if (k == WARM) before = server_pages();
  }
  if (!QUARANTINE) ck_assert_int_le(server_pages(), before + 32);
  ck_assert_int_eq(end_server(), STATUS_OK);
  alarm(0);
}
END_TEST

/* ---- memory ---- */

START_TEST(each_allocation_fails)
{
  static const char *const lines[] = {"hessian", "hvp", "verify", "value"};
  char line[512];
  put_file("m.expr", model);
  put_file("s.yaml", "y: 1\n---\nset: {c: 2}\n---\nat: {y: 3}\nset: {k: 2}\n---\n");
  put_file("d.yaml", "w: [1, 2, 3, 4]\n");
  snprintf(line, sizeof line, "%s %s --data %s --at %s -o %s", lines[_i], in_folder("m.expr"),
           in_folder("d.yaml"), in_folder("s.yaml"), in_folder("out"));
  enum status status = STATUS_LIMIT;
  for (long n = 1; status != STATUS_OK; n++) {
    put_file("out", "old");
    struct failing f = {.fail_at = n};
    mem_set_hook(failing_hook, &f);
    status = run(line);
    mem_set_hook(NULL, NULL);
    ck_assert_msg(f.live == 0, "%ld leaks when allocation %ld fails", f.live, n);
    ck_assert(status == STATUS_OK || status == STATUS_LIMIT);
    struct strbuf text = {0};
    read_text("out", &text);
    ck_assert_int_eq(text.len == 3, status == STATUS_LIMIT);
    strbuf_free(&text);
    ck_assert_int_lt(n, 100000);
  }
}
END_TEST

Suite *points_suite(void)
{
  Suite *s = suite_create("points");
  TCase *c = tcase_create("points");
  tcase_add_checked_fixture(c, folder_setup, folder_teardown);
  tcase_set_timeout(c, 120);
  tcase_add_loop_test(c, lines_are_those_of_single_runs, 0, COMMANDS);
  tcase_add_loop_test(c, numbers_alone_keep_the_plan, 0, sizeof changes / sizeof *changes);
  tcase_add_test(c, answers_before_the_next_question);
  tcase_add_loop_test(c, each_allocation_fails, 0, 4);
  suite_add_tcase(s, c);
  return s;
}
