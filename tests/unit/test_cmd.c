/* The subcommands as a whole: what one writes another reads, all ways to the same Hessian agree,
 * and each allocation in turn fails. */
#include "config.h"

#include "base/rational.h"
#include "unit/cmd_fixture.h"
#include "unit/wrong_rule.h"

#include <math.h>

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

static void setup(void)
{
  enter_folder();
  put("m.expr", model);
  put("d.yaml", data);
  put("p.yaml", point);
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

static void expect_report(const char *line, const char *const *parts, size_t count)
{
  ck_assert_int_eq(run(line, NULL), STATUS_DIFFERENCE);
  char *text = get("v");
  for (size_t i = 0; i < count; i++)
    ck_assert_msg(strstr(text, parts[i]), "no '%s' in the report of asdex %s:\n%s", parts[i], line,
                  text);
  free(text);
}

/* A rule that is wrong in second derivatives alone, and one that spoils the gradient, too. */
START_TEST(verify_reports_wrong_rules)
{
  static const char *const second[] = {"different: matvec", " of the finite difference: ",
                                       "entry: u[1,2], u[1,2]: ", ", the reference has ",
                                       "at fault: a value\n"};
  static const char *const second_json[] = {"\"finite_difference\":true", "\"entry\":{\"row\":1,",
                                            "\"row_name\":\"u[1,2]\",\"column\":1,",
                                            "\"at_fault\":\"value\""};
  static const char *const first[] = {"worst: the gradient, u[1,2]: ", ", the reference has ",
                                      "at fault: the gradient, which"};
  static const char *const first_json[] = {"\"row_name\":\"u[1,2]\"", "\"finite_difference\":true",
                                           "\"at_fault\":\"gradient\""};
  put("s.expr", "var u[2,2] = 0.5; return sin(u[1,2]) + u[1,1]*u[2,2]^2;");
  wrong_rule = OP_COS;
  expect_report("verify s.expr -o v", second, 5);
  expect_report("verify s.expr -o v --format json", second_json, 4);
  wrong_rule = OP_SIN;
  expect_report("verify s.expr -o v", first, 3);
  expect_report("verify s.expr -o v --check fd", first, 3);
  expect_report("verify s.expr -o v --format json", first_json, 3);
  wrong_rule = OP_COUNT;
  succeeds("verify s.expr -o v");
}
END_TEST

/* --- memory --------------------------------------------------------------------------------- */

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
      "spy m.expr --data d.yaml -o out --colored",
      "spy m.expr --data d.yaml -o out --coloring c.mtx",
      "spy c.json -o out --size 3x2",
      "spy c.mtx --pattern p.mtx -o out --color always",
      "spy b.mtx -o out",
      "spy h.json -o out --colored",
#ifdef HAVE_CAIRO
      "spy c.json -o out --format svg",
#else
      "spy c.json -o out --format text",
#endif
      "hessian" MODEL "-o out --format json --blocks --wrt y,x",
      "decompress b.mtx -o out --coloring l.json --format json --labels",
      "info m.expr --data d.yaml -o out --format json",
  };
  put("v.yaml", "[1, 2, 3, 4, 5, 6, 7, 8]\n");
  succeeds("sparsity m.expr --data d.yaml -o p.mtx");
  succeeds("coloring m.expr --data d.yaml -o c.json");
  succeeds("coloring m.expr --data d.yaml -o l.json --labels");
  succeeds("compress" MODEL "--coloring c.json -o b.mtx");
  succeeds("coloring m.expr --data d.yaml -o c.mtx");
  succeeds("hessian" MODEL "--layout csr -o h.json");
  starve(lines[_i], true);
  starve(lines[_i], false);
  ck_assert_uint_eq(sizeof lines / sizeof *lines, 26);
}
END_TEST

/* The same in exact and in complex numbers, where all points and results are made of allocations of
 * their own. */
static const char *const field_lines[] = {
    "value e.expr --exact --at e.yaml -o out",
    "gradient e.expr --exact --at e.yaml -o out --with-value --with-aux --format json",
    "hvp e.expr --exact --at e.yaml --vector v.yaml -o out",
    "hessian e.expr --exact --at e.yaml -o out --with-value",
    "hessian e.expr --exact --at e.yaml -o out --mode rev-over-fwd --method acyclic",
    "hessian e.expr --exact -o out --mode rev-over-rev --no-symmetric --format csv",
    "compress e.expr --exact --at e.yaml -o out --format json",
    "value z.expr --holomorphic --at z.yaml -o out",
    "gradient z.expr --holomorphic --at z.yaml -o out --with-value --with-aux --format json",
    "hvp z.expr --holomorphic --at z.yaml --vector v.yaml -o out",
    "hessian z.expr --holomorphic --at z.yaml -o out --with-value",
    "hessian z.expr --holomorphic --at z.yaml -o out --mode rev-over-fwd --method acyclic",
    "hessian z.expr --holomorphic -o out --mode rev-over-rev --no-symmetric --format csv",
    "compress z.expr --holomorphic --at z.yaml -o out --format json",
};
enum { EXACT_LINES = 7, FIELD_LINES = sizeof field_lines / sizeof *field_lines };

START_TEST(each_allocation_fails_in_other_fields)
{
  put("e.expr", "param w[3] = [0.1, 1/3, 1e30];\n"
                "var x[3] = 1/7;\n"
                "aux s = max(x) - 1e40*x[1];\n"
                "let r[1] = x[1];\n"
                "let r[i in 2..3] = r[i-1]*x[i] + w[i]/(x[i] + 1);\n"
                "return r[3]^2 + prod(x) + max(x[i]^2 for i in 1..3)\n"
                "  + (if x[1] > 1 then 1/(x[1] - x[1]) else 0.3);\n");
  put("e.yaml", "x: [0.1, 12345678901234567890123, 1e-20]\n");
  put("z.expr", "param w[3] = [0.1, 1-1i, 2i];\n"
                "var x[3] = 0.5;\n"
                "aux s = x[1] + 1i;\n"
                "let r[1] = x[1];\n"
                "let r[i in 2..3] = sin(r[i-1])*x[i] + w[i]/(x[i] + 1);\n"
                "return r[3]^2 + prod(x) + logsumexp(x) + x[1]^w[2];\n");
  put("z.yaml", "x: [\"1-2i\", 0.5, \"1i\"]\n");
  put("v.yaml", "[1, -2, 0.25]\n");
  if (!rational_available && _i < EXACT_LINES) return;
  starve(field_lines[_i], true);
  starve(field_lines[_i], false);
}
END_TEST

Suite *cmd_suite(void)
{
  Suite *s = suite_create("cmd");
  TCase *c = tcase_create("cmd");
  tcase_set_timeout(c, 120);
  tcase_add_checked_fixture(c, setup, leave_folder);
  tcase_add_test(c, all_ways_agree);
  tcase_add_test(c, chunks_give_the_same_bits);
  tcase_add_test(c, decompress_of_compress);
  tcase_add_test(c, products_are_those_of_the_matrix);
  tcase_add_test(c, value_and_aux);
  tcase_add_test(c, colorings_must_fit);
  tcase_add_test(c, verify_finds_a_wrong_pattern);
  tcase_add_test(c, verify_reports_wrong_rules);
  tcase_add_loop_test(c, each_allocation_fails, 0, 26);
  tcase_add_loop_test(c, each_allocation_fails_in_other_fields, 0, FIELD_LINES);
  suite_add_tcase(s, c);
  return s;
}
