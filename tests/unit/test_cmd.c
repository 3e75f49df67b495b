/* The subcommands as a whole: what one writes another reads, all ways to the same Hessian agree,
 * and each allocation in turn fails. */
#include "config.h"

#include <check.h>
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/commands.h"
#include "cmd/report.h"
#include "unit/failing.h"

static const char model[] = "param n = 7;\n"
                            "param w[n];\n"
                            "var x[n] = 0.5;\n"
                            "var y = 2;\n"
                            "let r[i in 1..n-1] = x[i+1]*y - x[i]^2;\n"
                            "aux worst = max(abs(r[i]) for i in 1..n-1);\n"
                            "aux both[i in 1..2, j in 1..n] = i*x[j];\n"
                            "return sum(w[i]*r[i]^2 + exp(x[i]*x[n]) for i in 1..n-1);\n";
static const char data[] = "w: [1, 2, 3, 4.5, 5, 6, 7]\n";
static const char point[] = "x: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]\ny: 1.25\n";

static char folder[] = "asdex-cmd-XXXXXX";

static void put(const char *name, const char *text)
{
  FILE *f = fopen(name, "w");
  ck_assert_ptr_nonnull(f);
  ck_assert_int_ge(fputs(text, f), 0);
  ck_assert_int_eq(fclose(f), 0);
}

/* The text of a file, NUL-terminated; the caller frees it. */
static char *get(const char *name)
{
  FILE *f = fopen(name, "r");
  ck_assert_msg(f != NULL, "no file %s", name);
  char *text = calloc(1, 1 << 20);
  ck_assert_ptr_nonnull(text);
  ck_assert_uint_lt(fread(text, 1, (1 << 20) - 1, f), (1 << 20) - 1);
  fclose(f);
  return text;
}

static void setup(void)
{
  ck_assert_ptr_nonnull(mkdtemp(folder));
  ck_assert_int_eq(chdir(folder), 0);
  put("m.expr", model);
  put("d.yaml", data);
  put("p.yaml", point);
}

static int count_files(bool remove_them)
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

static void teardown(void)
{
  count_files(true);
  ck_assert_int_eq(chdir(".."), 0);
  ck_assert_int_eq(rmdir(folder), 0);
}

/* Runs "asdex " + line; *report gets the diagnostics as text (may be NULL). */
static enum status run(const char *line, struct strbuf *report)
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
  if (report) report_text(report, &ctx, false, true);
  options_free(&o);
  context_free(&ctx);
  return status;
}

static void succeeds(const char *line)
{
  struct strbuf report = {0};
  enum status status = run(line, &report);
  ck_assert_msg(status == STATUS_OK, "asdex %s: status %d\n%s", line, (int)status,
                report.data ? report.data : "");
  strbuf_free(&report);
}

static void same(const char *a, const char *b)
{
  char *s = get(a), *t = get(b);
  ck_assert_msg(!strcmp(s, t), "%s and %s differ:\n%s\n%s", a, b, s, t);
  free(s);
  free(t);
}

#define MODEL " m.expr --data d.yaml --at p.yaml "

/* Reads the csv of a matrix into a dense n × n array. */
static void read_csv(const char *name, int n, double *a)
{
  char *text = get(name), *line = strchr(text, '\n') + 1;
  memset(a, 0, (size_t)n * (size_t)n * sizeof *a);
  for (; *line; line = strchr(line, '\n') + 1) {
    int i, j, used;
    ck_assert_int_eq(sscanf(line, "%d,%d,%n", &i, &j, &used), 2);
    ck_assert(i >= 0 && i < n && j >= 0 && j < n);
    a[i * n + j] = strtod(line + used, NULL);
  }
  free(text);
}

/* The Hessian in closed form. */
static void expected_hessian(double *h)
{
  enum { N = 7, M = 8 };
  static const double w[] = {1, 2, 3, 4.5, 5, 6, 7}, x[] = {.1, .2, .3, .4, .5, .6, .7};
  const double y = 1.25;
  memset(h, 0, M * M * sizeof *h);
  for (int i = 0; i + 1 < N; i++) {
    double r = x[i + 1] * y - x[i] * x[i], e = exp(x[i] * x[N - 1]);
    int k[3] = {i, i + 1, N};
    double d[3] = {-2 * x[i], y, x[i + 1]};
    for (int a = 0; a < 3; a++)
      for (int b = 0; b < 3; b++) h[k[a] * M + k[b]] += 2 * w[i] * d[a] * d[b];
    h[i * M + i] += 2 * w[i] * r * -2;
    h[(i + 1) * M + N] += 2 * w[i] * r;
    h[N * M + i + 1] += 2 * w[i] * r;
    h[i * M + i] += e * x[N - 1] * x[N - 1];
    h[(N - 1) * M + N - 1] += e * x[i] * x[i];
    h[i * M + N - 1] += e * (1 + x[i] * x[N - 1]);
    h[(N - 1) * M + i] += e * (1 + x[i] * x[N - 1]);
  }
}

START_TEST(all_ways_agree)
{
  enum { M = 8 };
  static const char *const ways[] = {
      "",
      "--mode rev-over-fwd",
      "--mode rev-over-rev",
      "--method acyclic",
      "--no-symmetric",
      "--postprocess",
      "--method acyclic --postprocess --ordering smallest-last",
      "--ordering natural",
      "--ordering incidence-degree",
      "--ordering dynamic-largest-first",
      "--ordering random --seed 3",
      "--ordering best",
      "--chunk-size 1",
      "--chunk-size 2",
      "--chunk-size 1000",
      "--pattern pattern.mtx",
      "--pattern pattern.json",
      "--coloring c.json",
      "--coloring c.mtx",
  };
  double h[M * M], got[M * M];
  expected_hessian(h);
  succeeds("sparsity m.expr --data d.yaml -o pattern.mtx");
  succeeds("sparsity m.expr --data d.yaml -o pattern.json");
  succeeds("coloring m.expr --data d.yaml -o c.json");
  succeeds("coloring m.expr --data d.yaml -o c.mtx");
  for (size_t k = 0; k < sizeof ways / sizeof *ways; k++) {
    char line[256];
    snprintf(line, sizeof line, "hessian" MODEL "%s -o h.csv", ways[k]);
    succeeds(line);
    read_csv("h.csv", M, got);
    for (int i = 0; i < M * M; i++)
      ck_assert_msg(fabs(got[i] - h[i]) <= 1e-12 * (1 + fabs(h[i])), "%s: (%d,%d) %.17g, not %.17g",
                    ways[k], i / M, i % M, got[i], h[i]);
  }
}
END_TEST

START_TEST(chunks_give_the_same_bits)
{
  succeeds("hessian" MODEL "-o a.json");
  succeeds("hessian" MODEL "--chunk-size 1 -o b.json");
  same("a.json", "b.json");
  succeeds("hessian" MODEL "--chunk-size 3 -o b.json");
  same("a.json", "b.json");
}
END_TEST

START_TEST(decompress_of_compress)
{
  static const char *const colorings[] = {
      "",          "--method acyclic",           "--no-symmetric", "--postprocess",
      "--wrt y,x", "--wrt x --mode rev-over-rev"};
  static const char *const formats[] = {"mtx --no-comments", "json", "json --layout csc", "csv",
                                        "dense --no-comments"};
  for (size_t k = 0; k < sizeof colorings / sizeof *colorings; k++) {
    char line[256];
    snprintf(line, sizeof line, "coloring m.expr --data d.yaml %s -o c.json", colorings[k]);
    succeeds(line);
    succeeds("compress" MODEL "--coloring c.json -o b.mtx");
    succeeds("compress" MODEL "--coloring c.json -o b.json");
    for (size_t f = 0; f < sizeof formats / sizeof *formats; f++) {
      snprintf(line, sizeof line, "hessian" MODEL "--coloring c.json -o h --format %s", formats[f]);
      succeeds(line);
      snprintf(line, sizeof line, "decompress b.mtx --coloring c.json -o d --format %s",
               formats[f]);
      succeeds(line);
      same("h", "d");
      snprintf(line, sizeof line, "decompress b.json --coloring c.json -o d --format %s",
               formats[f]);
      succeeds(line);
      same("h", "d");
    }
  }
}
END_TEST

START_TEST(products_are_those_of_the_matrix)
{
  enum { M = 8 };
  double h[M * M], got[M * M];
  expected_hessian(h);
  put("v.mtx", "%%MatrixMarket matrix array real general\n8 2\n"
               "1\n0\n0\n0\n0\n0\n0\n0\n1\n2\n3\n4\n5\n6\n7\n8\n");
  for (int chunk = 1; chunk <= 2; chunk++) {
    char line[256];
    snprintf(line, sizeof line, "hvp" MODEL "--vector v.mtx -o p.csv --chunk-size %d", chunk);
    succeeds(line);
    read_csv("p.csv", M, got);
    for (int i = 0; i < M; i++) {
      double sum = 0;
      for (int j = 0; j < M; j++) sum += h[i * M + j] * (j + 1);
      ck_assert_double_eq_tol(got[i * M], h[i * M], 1e-12);
      ck_assert_double_eq_tol(got[i * M + 1], sum, 1e-10);
    }
  }
}
END_TEST

START_TEST(value_and_aux)
{
  succeeds("value" MODEL "--set n=2 --set w=[1,2] --at random:1 -o v");
  char *text = get("v");
  ck_assert_msg(strstr(text, "\nworst = ") && strstr(text, "\nboth[2,1] = "), "%s", text);
  free(text);
  succeeds("value m.expr --set n=2 --set w=[1,2] -o v.json");
  text = get("v.json");
  ck_assert_msg(strstr(text, "\"aux\":{\"worst\":0.75,\"both\":[[0.5,0.5],[1,1]]}}"), "%s", text);
  free(text);
}
END_TEST

START_TEST(colorings_must_fit)
{
  succeeds("coloring m.expr --data d.yaml -o c.json");
  put("other.expr", "var x[8] = 1; return sum(x[i]^2*x[i+1] for i in 1..7);");
  ck_assert_int_eq(run("hessian other.expr --coloring c.json -o h", NULL), STATUS_DATA);
  ck_assert_int_eq(run("hessian m.expr --set n=3 --set w=[1,2,3] --coloring c.json -o h", NULL),
                   STATUS_DATA);
  ck_assert_int_eq(run("hessian" MODEL "--coloring c.json --wrt x -o h", NULL), STATUS_USAGE);
  ck_assert_int_eq(run("hessian" MODEL "--coloring c.json --mode rev-over-rev -o h", NULL),
                   STATUS_USAGE);
  ck_assert_int_eq(run("hessian" MODEL "--coloring c.json --method acyclic -o h", NULL),
                   STATUS_USAGE);
  succeeds("hessian" MODEL "--coloring c.json --wrt x,y --mode fwd-over-rev -o h");
}
END_TEST

START_TEST(verify_finds_a_wrong_pattern)
{
  succeeds("verify" MODEL "-o v");
  succeeds("verify" MODEL "--check dense -o v");
  succeeds("verify" MODEL "--check fd --format json -o v");
  /* A coloring of a pattern that lacks (x[1], x[2]). */
  succeeds("sparsity m.expr --data d.yaml -o p.csv --triangle lower");
  char *text = get("p.csv"), *line = strchr(text, '\n') + 1;
  FILE *f = fopen("p.mtx", "w");
  int count = 0;
  for (char *s = line; *s; s = strchr(s, '\n') + 1) count++;
  fprintf(f, "%%%%MatrixMarket matrix coordinate pattern symmetric\n8 8 %d\n", count - 1);
  for (; *line; line = strchr(line, '\n') + 1) {
    int i, j;
    sscanf(line, "%d,%d", &i, &j);
    if (i != 1 || j != 0) fprintf(f, "%d %d\n", i + 1, j + 1);
  }
  fclose(f);
  free(text);
  succeeds("coloring p.mtx -o c.json");
  ck_assert_int_eq(run("verify" MODEL "--coloring c.json -o v", NULL), STATUS_DIFFERENCE);
  ck_assert_int_eq(run("verify" MODEL "--coloring c.json --check dense -o v", NULL),
                   STATUS_DIFFERENCE);
  text = get("v");
  ck_assert_msg(strstr(text, "pattern") && strstr(text, "x[1]"), "%s", text);
  free(text);
}
END_TEST

/* --- memory --------------------------------------------------------------------------------- */

/* Each allocation in turn fails, alone or with all that follow: status 7, nothing leaks, no
 * temporary is left, and the old output is whole. */
static void starve(const char *line, bool once)
{
  put("out", "old\n");
  int files = count_files(false);
  for (long n = 0;; n++) {
    struct failing f = {.fail_at = n + 1, .forever = !once};
    mem_set_hook(failing_hook, &f);
    enum status status = run(line, NULL);
    mem_set_hook(NULL, NULL);
    ck_assert_msg(f.live == 0, "asdex %s: %ld leaks when allocation %ld fails", line, f.live, n);
    ck_assert_int_eq(count_files(false), files);
    if (status == STATUS_OK) break;
    ck_assert_msg(status == STATUS_LIMIT, "asdex %s: status %d when allocation %ld fails", line,
                  (int)status, n);
    char *text = get("out");
    ck_assert_str_eq(text, "old\n");
    free(text);
    ck_assert_int_lt(n, 100000);
  }
}

START_TEST(each_allocation_fails)
{
  static const char *const lines[] = {
      "hessian" MODEL "-o out",
      "hessian" MODEL "-o out --format json --layout csr --labels --mode rev-over-rev",
      "hessian" MODEL "-o out --method acyclic --mode rev-over-fwd --postprocess",
      "hessian" MODEL "-o out --coloring c.json",
      "value" MODEL "-o out",
      "value" MODEL "-o out --format json",
      "gradient" MODEL "-o out",
      "hvp" MODEL "-o out --vector v.yaml",
      "sparsity m.expr --data d.yaml -o out",
      "coloring m.expr --data d.yaml -o out",
      "coloring m.expr --data d.yaml -o out --validate c.json",
      "coloring p.mtx -o out --ordering best",
      "compress" MODEL "-o out --no-symmetric",
      "decompress b.mtx -o out --coloring c.json",
      "verify" MODEL "-o out",
      "info m.expr --data d.yaml -o out",
  };
  put("v.yaml", "[1, 2, 3, 4, 5, 6, 7, 8]\n");
  succeeds("sparsity m.expr --data d.yaml -o p.mtx");
  succeeds("coloring m.expr --data d.yaml -o c.json");
  succeeds("compress" MODEL "--coloring c.json -o b.mtx");
  starve(lines[_i], true);
  starve(lines[_i], false);
  ck_assert_uint_eq(sizeof lines / sizeof *lines, 16);
}
END_TEST

Suite *cmd_suite(void)
{
  Suite *s = suite_create("cmd");
  TCase *c = tcase_create("cmd");
  tcase_set_timeout(c, 120);
  tcase_add_checked_fixture(c, setup, teardown);
  tcase_add_test(c, all_ways_agree);
  tcase_add_test(c, chunks_give_the_same_bits);
  tcase_add_test(c, decompress_of_compress);
  tcase_add_test(c, products_are_those_of_the_matrix);
  tcase_add_test(c, value_and_aux);
  tcase_add_test(c, colorings_must_fit);
  tcase_add_test(c, verify_finds_a_wrong_pattern);
  tcase_add_loop_test(c, each_allocation_fails, 0, 16);
  suite_add_tcase(s, c);
  return s;
}
