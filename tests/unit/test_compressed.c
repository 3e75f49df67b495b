/* What goes out in one field and comes back in it: compressed matrices, vectors. */
#include "config.h"

#include "unit/cmd_fixture.h"

/* Wide enough for a substitution to take several steps, narrow enough for sparse colors. */
static const char model[] = "param n = 7;\n"
                            "param w[i in 1..n] = 1/(i + 1);\n"
                            "var x[n] = 1/3;\n"
                            "var y[2] = 2;\n"
                            "return sum(w[i]*x[i]^3*x[i+1] for i in 1..n-1) + 0.1*y[1]*x[1]^2\n"
                            "  + y[2]^4/x[n] + sum(x[i]*x[i+2] for i in 1..n-2);\n";

static void setup(void)
{
  enter_folder();
  put("m.expr", model);
  put("z.yaml", "x: [\"1+2i\", 0.5, -1, \"2i\", 1e-3, \"0.1-0.7i\", 3]\ny: [\"1-1i\", 3]\n");
}

/* --- compressed matrices -------------------------------------------------------------------- */

static const char *const fields[] = {"", "--holomorphic --at z.yaml", "--exact"};
static const char *const colorings[] = {"--method star", "--method acyclic", "--no-symmetric",
                                        "--method acyclic --postprocess --ordering smallest-last",
                                        "--wrt y,x"};
static const char *const modes[] = {"fwd-over-rev", "rev-over-fwd", "rev-over-rev"};
static const char *const formats[] = {
    "mtx --no-comments", "dense --no-comments", "csv", "json", "json --layout csr",
    "json --layout csc", "json --layout dense"};

enum { FIELDS = 3, COLORINGS = 5, MODES = 3, FORMATS = 7, EXACT = 2 };

static void recovers(const char *compressed, const char *field, const char *format)
{
  char line[256];
  snprintf(line, sizeof line, "hessian m.expr -q %s --coloring c.json -o h --format %s", field,
           format);
  succeeds(line);
  snprintf(line, sizeof line, "decompress %s --coloring c.json -o d --format %s", compressed,
           format);
  succeeds(line);
  same("h", "d");
}

/* In Matrix Market exact numbers are their nearest doubles, so that the rest is one of doubles; and
 * differences of these are not the nearest doubles of differences. */
static bool is_kept(int field, int coloring, int format)
{
  if (field != EXACT) return true;
  return format < 2 && !strstr(colorings[coloring], "acyclic");
}

START_TEST(decompress_is_the_inverse)
{
  int field = _i / COLORINGS, coloring = _i % COLORINGS;
  char line[256];
  if (field == EXACT && !rational_available) return;
  for (int m = 0; m < MODES; m++) {
    snprintf(line, sizeof line, "coloring m.expr -q %s --mode %s -o c.json", colorings[coloring],
             modes[m]);
    succeeds(line);
    snprintf(line, sizeof line, "compress m.expr %s --coloring c.json -o b.json", fields[field]);
    succeeds(line);
    snprintf(line, sizeof line, "compress m.expr %s --coloring c.json -o b.mtx", fields[field]);
    succeeds(line);
    for (int f = 0; f < FORMATS; f++) {
      recovers("b.json", fields[field], formats[f]);
      if (is_kept(field, coloring, f)) recovers("b.mtx", fields[field], formats[f]);
    }
  }
}
END_TEST

/* --- vectors -------------------------------------------------------------------------------- */

/* The matrix [0 1/3 0; 1/3 0 0; 0 0 2/7]. */
static const char quadratic[] = "var x[3] = 1;\nreturn x[1]*x[2]/3 + x[3]^2/7;\n";

static void gives(const char *options, const char *vector, const char *products)
{
  char line[256];
  put("q.expr", quadratic);
  snprintf(line, sizeof line, "hvp q.expr %s --vector %s -o p.json", options, vector);
  succeeds(line);
  char *text = get("p.json"), *found = strstr(text, "\"hvp\":");
  ck_assert_ptr_nonnull(found);
  found += strlen("\"hvp\":");
  ck_assert_msg(!strncmp(found, products, strlen(products)), "%s\nnot %s", found, products);
  free(text);
}

START_TEST(exact_vectors)
{
  if (!rational_available) return;
  static const char one[] = "[\"1/30\",\"1/9\",\"-1/2\"]}";
  put("v.yaml", "[1/3, 0.1, \"-7/4\"]\n");
  gives("--exact", "v.yaml", one);
  put("v.yaml", "- '1/3'\n- 1e-1\n- -1.75\n");
  gives("--exact", "v.yaml", one);
  put("v.json", "[ \"+2/6\", \"0.1\" , -175e-2]");
  gives("--exact", "v.json", one);
  put("v.json", "[[\"1/3\", 3], [0.1, 6], [\"-7/4\", \"7\"]]");
  gives("--exact", "v.json", "[[\"1/30\",\"2\"],[\"1/9\",\"1\"],[\"-1/2\",\"2\"]]}");
  put("v.mtx", "%%MatrixMarket matrix array real general\n3 1\n0.3\n+1.5D+01\n7e-1\n");
  gives("--exact", "v.mtx", "[\"5\",\"1/10\",\"1/5\"]}");
  put("v.mtx", "%%MatrixMarket matrix coordinate real general\n3 2 2\n3 2 0.7\n1 1 0.3\n");
  gives("--exact", "v.mtx", "[[\"0\",\"0\"],[\"1/10\",\"0\"],[\"0\",\"1/5\"]]}");
  /* More than 2^64, and farther apart than doubles are. */
  put("v.json", "[\"300000000000000000000000000000/1\", 0, 0]");
  gives("--exact", "v.json", "[\"0\",\"100000000000000000000000000000\"");
}
END_TEST

START_TEST(complex_vectors)
{
  static const char one[] = "[[0,2],[1,0.5],[2,0]]}";
  put("v.yaml", "[3+1.5i, 6i, 7]\n");
  gives("--holomorphic", "v.yaml", one);
  put("v.json", "[\"3+1.5i\", \"6i\", 7]");
  gives("--holomorphic", "v.json", one);
  put("v.json", "[[3, 1.5], [0, 6], [7, 0]]");
  gives("--holomorphic", "v.json", one);
  put("v.json", "[[[3, 1.5], [3, 0]], [[0, 6], [3, 0]], [[7, 0], [7, 0]]]");
  gives("--holomorphic", "v.json", "[[[0,2],[1,0]],[[1,0.5],[1,0]],[[2,0],[2,0]]]}");
  put("v.json", "[[3, \"0\"], [0, 6], [7, 0]]"); /* a string: two vectors */
  gives("--holomorphic", "v.json", "[[[0,0],[2,0]],[[1,0],[0,0]],[[2,0],[0,0]]]}");
  put("v.yaml", "[[3, 3+0i], [0, 0], [7, 7]]\n");
  gives("--holomorphic", "v.yaml", "[[[0,0],[0,0]],[[1,0],[1,0]],[[2,0],[2,0]]]}");
  put("v.mtx", "%%MatrixMarket matrix array complex general\n3 1\n3 1.5\n0 6\n7 0\n");
  gives("--holomorphic", "v.mtx", one);
  put("v.mtx", "%%MatrixMarket matrix coordinate complex general\n3 1 2\n2 1 0 6\n3 1 7 0\n");
  gives("--holomorphic", "v.mtx", "[[0,2],[0,0],[2,0]]}");
  put("v.json", "[[3, 6], [0, 3], [7, 7]]"); /* as ever in doubles */
  gives("", "v.json", "[[0,1],[1,2],[2,2]]}");
}
END_TEST

static void refuses(const char *options, const char *vector, const char *expected)
{
  char line[256];
  struct strbuf report = {0};
  put("q.expr", quadratic);
  snprintf(line, sizeof line, "hvp q.expr %s --vector %s -o p.json", options, vector);
  ck_assert_int_eq(run(line, &report), STATUS_DATA);
  ck_assert_msg(strstr(report.data, expected) != NULL, "%s", report.data);
  strbuf_free(&report);
}

START_TEST(vectors_of_another_field)
{
  put("z.json", "[1, \"2+1i\", 3]");
  put("z.mtx", "%%MatrixMarket matrix array complex general\n3 1\n3 1.5\n0 6\n7 0\n");
  put("q.json", "[1, \"1/2\", 3]");
  put("pairs.json", "[[[1, 2]], [[1, 2]], [[1, 2]]]");
  refuses("", "z.json", "z.json:1:5: error: '--vector' gets a complex number here; --holomorphic");
  refuses("", "z.mtx", "this is a complex matrix; --holomorphic takes it");
  refuses("", "q.json", "q.json:1:5: error: the fraction \"1/2\" takes --exact");
  refuses("", "pairs.json", "this is no vector");
  refuses("--holomorphic", "q.json", "q.json:1:5: error: the fraction");
  put("uneven.json", "[[[1, 2]], [[1, 2], [3, 4]], [[1, 2]]]");
  refuses("--holomorphic", "uneven.json", "this is no vector");
  if (!rational_available) return;
  refuses("--exact", "z.json", "'--vector' gets a complex number here, and --exact takes rational");
  refuses("--exact", "z.mtx", "this is a complex matrix, and --exact takes rational");
  put("q.json", "[1, \"1/0\", 3]");
  refuses("--exact", "q.json", "q.json:1:5: error: the fraction \"1/0\" divides by 0");
  put("q.json", "[1, \"1\\/2\", 3]"); /* what is read at its place must be spelled there */
  refuses("--exact", "q.json", "q.json:1:5: error: a text in a list");
  put("q.json", "[1, \"1/2/3\", 3]");
  refuses("--exact", "q.json", "q.json:1:5: error: a text in a list");
}
END_TEST

/* --- what is not as it should be ------------------------------------------------------------ */

static void not_compressed(const char *text, const char *expected)
{
  struct strbuf report = {0};
  put("b.json", text);
  ck_assert_int_eq(run("decompress b.json --coloring c.json -o d", &report), STATUS_DATA);
  ck_assert_msg(strstr(report.data, expected) != NULL, "%s\n%s", text, report.data);
  strbuf_free(&report);
}

#define COMPRESSED(rows) "{\"num_colors\":2,\"n\":2,\"values\":[" rows "]}"

START_TEST(kinds_are_not_mixed)
{
  static const char one_kind[] = "all of one kind: 1.5, [re, im] or \"p/q\"";
  put("two.expr", "var x[2] = 1;\nreturn x[1]*x[2]^2 + x[1]^2;\n");
  succeeds("coloring two.expr -q -o c.json");
  not_compressed(COMPRESSED("[1,2],[3]"), "b.json:1:39: error: the member \"values\" must be num");
  not_compressed(COMPRESSED("[1,2]"), "must be num_colors lists of n numbers");
  not_compressed(COMPRESSED("[1,2],[3,\"1/2\"]"), one_kind);
  not_compressed(COMPRESSED("[1,2],[[3,0],[4,0]]"), one_kind);
  not_compressed(COMPRESSED("[[1,2],[1,2]],[3,4]"), one_kind);
  not_compressed(COMPRESSED("[[1,2],[1,2]],[[1,2],[1,2,3]]"), "b.json:1:54: error:");
  not_compressed(COMPRESSED("[[1,2],[1,2]],[[1,2],[1,\"x\"]]"), "b.json:1:54: error:");
  not_compressed(COMPRESSED("[null,1],[1,1]"), one_kind);
  if (!rational_available) return;
  not_compressed(COMPRESSED("[\"1\",\"2\"],[\"1\",3]"), "b.json:1:48: error:");
  not_compressed(COMPRESSED("[\"1\",\"2\"],[\"1\",\"1/0\"]"), "b.json:1:48: error:");
  not_compressed(COMPRESSED("[\"1\",\"2\"],[\"1\",\"x\"]"), "b.json:1:48: error:");
  not_compressed(COMPRESSED("[\"1\",\"2\"],[\"1\",\"inf\"]"), "b.json:1:48: error:");
  put("b.json", COMPRESSED("[\"1\",\"2\"],[\"2\",\"1e99999999\"]"));
  ck_assert_int_eq(run("decompress b.json --coloring c.json -o d", NULL), STATUS_LIMIT);
}
END_TEST

/* Numbers that are not finite are strings in JSON, also where a row has no others. */
START_TEST(nonfinite_rows)
{
  static const char *const rows[] = {"[\"inf\",\"nan\"],[\"nan\",\"-inf\"]",
                                     "[[\"inf\",\"nan\"],[1,\"nan\"]],[[1,\"nan\"],[2,0]]"};
  static const char *const expected[] = {
      "\"values\":[\"inf\",\"nan\",\"nan\",\"-inf\"]}\n",
      "\"values\":[[\"inf\",\"nan\"],[1,\"nan\"],[1,\"nan\"],[2,0]]}\n"};
  put("two.expr", "var x[2] = 1;\nreturn x[1]*x[2]^2 + x[1]^2;\n");
  succeeds("coloring two.expr -q -o c.json");
  for (int k = 0; k < 2; k++) {
    char text[256];
    snprintf(text, sizeof text, "{\"num_colors\":2,\"n\":2,\"values\":[%s]}", rows[k]);
    put("b.json", text);
    succeeds("decompress b.json --coloring c.json -o d.json");
    char *d = get("d.json");
    ck_assert_msg(strstr(d, expected[k]) != NULL, "%s", d);
    free(d);
  }
}
END_TEST

START_TEST(empty_matrices)
{
  put("two.expr", "var x[2] = 1;\nreturn x[1] + x[2];\n");
  succeeds("coloring two.expr -q -o c.json");
  for (int f = 0; f < FIELDS - !rational_available; f++) {
    const char *field = f == 1 ? "--holomorphic" : fields[f];
    char line[256];
    snprintf(line, sizeof line, "compress two.expr --coloring c.json %s -o b.json", field);
    succeeds(line);
    succeeds("decompress b.json --coloring c.json -o d.json");
    snprintf(line, sizeof line, "hessian two.expr --coloring c.json %s -o h.json", field);
    succeeds(line);
    same("h.json", "d.json");
  }
}
END_TEST

START_TEST(each_allocation_fails)
{
  static const char *const lines[] = {
      "decompress z.json -o out --coloring c.json",
      "decompress z.mtx -o out --coloring c.json --format json --layout dense",
      "hvp m.expr --holomorphic --vector v.yaml -o out",
      "decompress q.json -o out --coloring c.json --format json --layout csc",
      "hvp m.expr --exact --vector q.yaml -o out",
  };
  if (_i > 2 && !rational_available) return;
  put("v.yaml", "[1, 2i, 3, 4, 5, 6, 7, 8, 9]\n");
  put("q.yaml", "[1/3, 2/3, 0.1, 4, 5, 6, 7, 8, 12345678901234567890123/2]\n");
  succeeds("coloring m.expr -q --method acyclic -o c.json");
  succeeds("compress m.expr --holomorphic --at z.yaml --coloring c.json -o z.json");
  succeeds("compress m.expr --holomorphic --at z.yaml --coloring c.json -o z.mtx");
  if (rational_available) succeeds("compress m.expr --exact --coloring c.json -o q.json");
  starve(lines[_i], true);
  starve(lines[_i], false);
  ck_assert_uint_eq(sizeof lines / sizeof *lines, 5);
}
END_TEST

Suite *compressed_suite(void)
{
  Suite *s = suite_create("compressed");
  TCase *c = tcase_create("compressed");
  tcase_set_timeout(c, 120);
  tcase_add_checked_fixture(c, setup, leave_folder);
  tcase_add_loop_test(c, decompress_is_the_inverse, 0, FIELDS * COLORINGS);
  tcase_add_test(c, exact_vectors);
  tcase_add_test(c, complex_vectors);
  tcase_add_test(c, vectors_of_another_field);
  tcase_add_test(c, kinds_are_not_mixed);
  tcase_add_test(c, nonfinite_rows);
  tcase_add_test(c, empty_matrices);
  tcase_add_loop_test(c, each_allocation_fails, 0, 5);
  suite_add_tcase(s, c);
  return s;
}
