#include "config.h"

#include "io_fixture.h"

#include <math.h>

#include "hessian/problem_parts.h"
#include "lang/declare.h"
#include "program/print.h"
#include "tests/doubles.h"

Suite *problem_suite(void);

/* ---- loading ---- */

static void write_file(const char *name, const char *text)
{
  FILE *f = fopen(in_folder(name), "w");
  ck_assert_ptr_nonnull(f);
  ck_assert_int_ge(fputs(text, f), 0);
  ck_assert_int_eq(fclose(f), 0);
}

static enum status load_with(const char *text, const struct parameter_input *inputs, size_t ninputs,
                             const char *const *wrt, size_t nwrt, struct problem **out)
{
  char path[100];
  int source = add_text(text);
  snprintf(path, sizeof path, "%s/model.expr", folder);
  struct problem_options options = {.model_source = source,
                                    .model_path = path,
                                    .inputs = inputs,
                                    .ninputs = ninputs,
                                    .wrt = wrt,
                                    .nwrt = nwrt};
  enum status status = problem_load(&ctx, &options, out);
  ck_assert_int_eq(status == STATUS_OK, *out != NULL);
  return status;
}

static struct problem *load_inputs(const char *text, const struct parameter_input *inputs, size_t n)
{
  struct problem *p;
  if (load_with(text, inputs, n, NULL, 0, &p) != STATUS_OK)
    ck_abort_msg("%s\nin: %s", ctx.diags.data[0].message, text);
  return p;
}

static struct problem *load(const char *text)
{
  return load_inputs(text, NULL, 0);
}

static struct parameter_input set(const char *name, const char *value)
{
  return (struct parameter_input){.kind = INPUT_SET, .name = name, .text = value};
}

static struct parameter_input data(const char *name, const char *file)
{
  return (struct parameter_input){
      .kind = name ? INPUT_NAMED_DATA : INPUT_DATA, .name = name, .text = in_folder(file)};
}

static const struct symbol *symbol(const struct problem *p, const char *name)
{
  for (size_t i = 0; i < p->nsymbols; i++)
    if (!strcmp(p->symbols[i].decl->name, name)) return &p->symbols[i];
  ck_abort_msg("no symbol %s", name);
  return NULL;
}

static const double *values(const struct problem *p, const char *name)
{
  return p->program.arrays.data[symbol(p, name)->array].data.re;
}

static void expect_name(const struct problem *p, int array, int64_t k, const char *want)
{
  struct strbuf name = {0};
  problem_element_name(p, array, k, &name);
  ck_assert_str_eq(name.data, want);
  strbuf_free(&name);
}

/* ---- shapes ---- */

/* Ranges lo..hi by step whose bounds depend on the outer index, against plain loops. */
START_TEST(shapes_follow_the_loops)
{
  for (int round = 0; round < 300; round++) {
    int lo = random_below(7) - 3, hi = lo + random_below(6) - 1, by = 1 + random_below(3);
    int lo2 = random_below(5) - 2, hi2 = lo2 + random_below(5) - 1, a = random_below(3) - 1;
    int b = random_below(3) - 1, down = random_below(2);
    char text[300], name[60];
    snprintf(text, sizeof text,
             "param w[i in %d..%d by %d, j in %d+%d*i..%d+%d*i by %d] = 100*i + j; return 0;",
             down ? hi : lo, down ? lo : hi, down ? -by : by, lo2, a, hi2, b, 1 + round % 2);
    struct problem *p = load(text);
    const struct symbol *s = symbol(p, "w");
    const double *w = values(p, "w");
    int64_t k = 0;
    for (int i = down ? hi : lo; down ? i >= lo : i <= hi; i += down ? -by : by)
      for (int j = lo2 + a * i; j <= hi2 + b * i; j += 1 + round % 2, k++) {
        ck_assert_int_lt(k, s->shape.size);
        ck_assert_double_eq(w[k], 100 * i + j);
        snprintf(name, sizeof name, "w[%d,%d]", i, j);
        expect_name(p, s->array, k, name);
        int64_t index[2] = {i, j};
        ck_assert_int_eq(shape_find(&s->shape, index), k);
        if (s->shape.box) continue;
        ck_assert_double_eq(s->coord[0][k], i);
        ck_assert_double_eq(s->coord[1][k], j);
        int64_t row = i - s->shape.lo[0];
        ck_assert(s->row_lo[row] <= k && k < s->row_hi[row]);
      }
    ck_assert_int_eq(s->shape.size, k);
    /* the rows hold every entry once */
    int64_t sum = 0;
    for (int64_t r = 0; !s->shape.box && r < s->shape.extent[0]; r++)
      sum += s->row_hi[r] - s->row_lo[r];
    if (!s->shape.box) ck_assert_int_eq(sum, k);
    ck_assert(s->shape.box == (a == 0 && b == 0));
    problem_free(p);
  }
}
END_TEST

START_TEST(dimensions_are_plain_where_nothing_varies)
{
  struct problem *p = load("param n = 3; param g[2] = [2, 4];"
                           "var x[n]; var y[if n > 2 then 2 else 1]; var z[i in 0..n, 1..g[1]];"
                           "var t = 0.25; var u[i in 2..4] = i/2; var e[5..4] = 1/0; return t;");
  ck_assert_int_eq(p->program.nx, 3 + 2 + 8 + 1 + 3 + 0);
  for (size_t i = 0; i < p->blocks.len; i++)
    ck_assert(symbol(p, p->blocks.data[i].name)->shape.box);
  expect_name(p, symbol(p, "z")->array, 7, "z[3,2]");
  ck_assert(!symbol(p, "x")->has_default);
  ck_assert_double_eq(symbol(p, "t")->given.re[0], 0.25);
  for (int k = 0; k < 3; k++) ck_assert_double_eq(symbol(p, "u")->given.re[k], (k + 2) / 2.0);
  problem_free(p);
}
END_TEST

/* ---- the same values, given in every way ---- */

struct grid {
  int rows, cols;
  bool triangle; /* row i has i elements */
  double v[8][8];
};

static int row_length(const struct grid *t, int i)
{
  return t->triangle ? i + 1 : t->cols;
}

static void random_grid(struct grid *t, bool triangle)
{
  t->rows = 1 + random_below(6);
  t->cols = triangle ? t->rows : 1 + random_below(6);
  t->triangle = triangle;
  for (int i = 0; i < t->rows; i++)
    for (int j = 0; j < t->cols; j++)
      t->v[i][j] = j >= row_length(t, i) || random_below(4) == 0 ? 0 : random_double();
}

static void put_nested(const struct grid *t, struct strbuf *out)
{
  strbuf_puts(out, "[");
  for (int i = 0; i < t->rows; i++) {
    strbuf_puts(out, i ? ", [" : "[");
    for (int j = 0; j < row_length(t, i); j++)
      strbuf_printf(out, "%s%.17g", j ? ", " : "", t->v[i][j]);
    strbuf_puts(out, "]");
  }
  strbuf_puts(out, "]");
}

static void put_array_mtx(const struct grid *t, struct strbuf *out)
{
  strbuf_printf(out, "%%%%MatrixMarket matrix array real general\n%d %d\n", t->rows, t->cols);
  for (int j = 0; j < t->cols; j++)
    for (int i = 0; i < t->rows; i++) strbuf_printf(out, "%.17g\n", t->v[i][j]);
}

static int put_coordinate_mtx(const struct grid *t, struct strbuf *out)
{
  int nnz = 0;
  for (int pass = 0; pass < 2; pass++) {
    if (pass)
      strbuf_printf(out, "%%%%MatrixMarket matrix coordinate real general\n%d %d %d\n", t->rows,
                    t->cols, nnz);
    for (int j = t->cols; j-- > 0;)
      for (int i = 0; i < t->rows; i++) {
        if (t->v[i][j] == 0) continue;
        nnz += !pass;
        if (pass) strbuf_printf(out, "%d %d %.17g\n", i + 1, j + 1, t->v[i][j]);
      }
  }
  return nnz;
}

static void expect_grid(const struct problem *p, const struct grid *t, const char *how)
{
  const double *w = values(p, "w");
  int64_t k = 0;
  for (int i = 0; i < t->rows; i++)
    for (int j = 0; j < row_length(t, i); j++, k++)
      ck_assert_msg(w[k] == t->v[i][j], "%s: element (%d, %d): %g, not %g", how, i, j, w[k],
                    t->v[i][j]);
  ck_assert_int_eq(symbol(p, "w")->shape.size, k);
}

static void try_grid(const struct grid *t, const char *head, struct parameter_input input,
                     const char *literal, const char *how)
{
  struct strbuf text = {0};
  strbuf_printf(&text, "param w%s%s%s; return 0;", head, literal ? " = " : "",
                literal ? literal : "");
  struct problem *p = load_inputs(text.data, &input, literal ? 0 : 1);
  expect_grid(p, t, how);
  problem_free(p);
  strbuf_free(&text);
}

START_TEST(values_are_the_same_in_every_form)
{
  struct grid t;
  for (int round = 0; round < 60; round++) {
    char heads[2][60] = {"[,]", ""};
    struct strbuf list = {0}, yaml = {0}, dense = {0}, sparse = {0};
    random_grid(&t, round % 2);
    snprintf(heads[1], sizeof heads[1], t.triangle ? "[i in 1..%d, 1..i]" : "[0..%d, 2..%d]",
             t.triangle ? t.rows : t.rows - 1, t.cols + 1);
    put_nested(&t, &list);
    strbuf_printf(&yaml, "w: %s\n", list.data);
    put_array_mtx(&t, &dense);
    put_coordinate_mtx(&t, &sparse);
    write_file("w.json", list.data);
    write_file("w.yaml", yaml.data);
    write_file("dense.mtx", dense.data);
    write_file("sparse.mtx", sparse.data);
    write_file("by_name.yaml", "w: {file: sparse.mtx}");
    for (int h = t.triangle; h < 2; h++) {
      try_grid(&t, heads[h], data("w", "w.json"), NULL, "json");
      try_grid(&t, heads[h], data(NULL, "w.yaml"), NULL, "yaml");
      try_grid(&t, heads[h], data("w", "dense.mtx"), NULL, "dense mtx");
      try_grid(&t, heads[h], data("w", "sparse.mtx"), NULL, "sparse mtx");
      try_grid(&t, heads[h], data(NULL, "by_name.yaml"), NULL, "file by name");
      try_grid(&t, heads[h], set("w", list.data), NULL, "--set");
      try_grid(&t, heads[h], set("w", ""), list.data, "literal");
      try_grid(&t, heads[h], set("w", ""), "read(\"dense.mtx\")", "read");
    }
    strbuf_free(&list);
    strbuf_free(&yaml);
    strbuf_free(&dense);
    strbuf_free(&sparse);
    forget_diags();
  }
}
END_TEST

static void expect_sparse(const struct problem *p, const struct grid *t, bool all)
{
  const struct symbol *s = symbol(p, "w");
  const double *w = values(p, "w");
  int64_t k = 0;
  for (int i = 0; i < t->rows; i++) {
    ck_assert(s->row_lo[i] == k || s->row_lo[i] == s->row_hi[i]);
    for (int j = 0; j < t->cols; j++) {
      if (!all && t->v[i][j] == 0) continue;
      ck_assert_double_eq(s->coord[0][k], i + 1);
      ck_assert_double_eq(s->coord[1][k], j + 1);
      char name[60];
      snprintf(name, sizeof name, "w[%d,%d]", i + 1, j + 1);
      expect_name(p, s->array, k, name);
      ck_assert_double_eq(w[k++], t->v[i][j]);
    }
    ck_assert(s->row_hi[i] == k || s->row_lo[i] == s->row_hi[i]);
  }
  ck_assert_int_eq(s->nentries, k);
  ck_assert_int_eq(p->program.arrays.data[s->array].size, k + 1);
  ck_assert_double_eq(w[k], 0);
  ck_assert_int_eq(s->shape.extent[0], t->rows);
  ck_assert_int_eq(s->shape.extent[1], t->cols);
}

START_TEST(sparse_parameters_keep_what_is_stored)
{
  struct grid t;
  for (int round = 0; round < 60; round++) {
    struct strbuf list = {0}, sparse = {0}, text = {0};
    random_grid(&t, false);
    put_nested(&t, &list);
    put_coordinate_mtx(&t, &sparse);
    write_file("w.mtx", sparse.data);
    struct parameter_input inputs[] = {data("w", "w.mtx"), set("w", list.data)};
    struct problem *p = load_inputs("param w[,] sparse; return 0;", inputs, 1);
    expect_sparse(p, &t, false);
    expect_name(p, symbol(p, "w")->array, symbol(p, "w")->nentries, "w[not stored]");
    problem_free(p);
    p = load_inputs("param w[,] sparse; return 0;", inputs, 2);
    expect_sparse(p, &t, true);
    problem_free(p);
    strbuf_printf(&text, "param w[%d, %d] sparse = %s; return 0;", t.rows, t.cols, list.data);
    p = load(text.data);
    expect_sparse(p, &t, true);
    problem_free(p);
    strbuf_free(&list);
    strbuf_free(&sparse);
    strbuf_free(&text);
  }
}
END_TEST

START_TEST(symmetric_files_are_expanded)
{
  static const struct grid t = {3, 3, false, {{2, 5, 0}, {5, 0, 7}, {0, 7, 0}}};
  static const struct grid skew = {2, 2, false, {{0, -3}, {3, 0}}};
  write_file("s.mtx", "%%MatrixMarket matrix coordinate real symmetric\n3 3 3\n"
                      "1 1 2\n3 2 7\n2 1 5\n");
  write_file("k.mtx", "%%MatrixMarket matrix array real skew-symmetric\n2 2\n3\n");
  struct parameter_input inputs[] = {data("w", "s.mtx"), data("w", "k.mtx")};
  struct problem *p = load_inputs("param w[,] sparse; return 0;", inputs, 1);
  expect_sparse(p, &t, false);
  problem_free(p);
  p = load_inputs("param w[3,3]; return 0;", inputs, 1);
  expect_grid(p, &t, "symmetric");
  problem_free(p);
  p = load_inputs("param w[,]; return 0;", inputs, 2);
  expect_grid(p, &skew, "skew");
  problem_free(p);
}
END_TEST

START_TEST(vectors_come_from_rows_and_columns)
{
  static const double want[3] = {4, 0, 6};
  write_file("row.mtx", "%%MatrixMarket matrix array real general\n1 3\n4\n0\n6\n");
  write_file("column.mtx",
             "%%MatrixMarket matrix coordinate integer general\n3 1 2\n3 1 6\n1 1 4\n");
  write_file("list.yaml", "- 4\n- 0\n- 6\n");
  static const char *const files[] = {"row.mtx", "column.mtx", "list.yaml"};
  static const char *const texts[] = {"param w[] integer; param n = size(w); return n;",
                                      "param n = 3; param w[2..n+1]; return 0;"};
  for (int i = 0; i < 6; i++) {
    struct parameter_input input = data("w", files[i / 2]);
    struct problem *p = load_inputs(texts[i % 2], &input, 1);
    for (int k = 0; k < 3; k++) ck_assert_double_eq(values(p, "w")[k], want[k]);
    ck_assert_double_eq(values(p, "n")[0], 3);
    problem_free(p);
  }
}
END_TEST

START_TEST(deep_and_empty_arrays)
{
  struct parameter_input inputs[] = {set("w", "[[[1,2],[3,4]],[[5,6],[7,8]],[[9,10],[11,12]]]"),
                                     set("e", "[]"), set("f", "[[],[]]"),
                                     set("g", "[[[]],[[1],[2,3]],[[],[4],[5,6]]]")};
  struct problem *p = load_inputs("param w[3,2,0..1]; param e[,]; param f[2,0]; param z[0,5] = [];"
                                  "param h[,] = [[1, 2*3], [-1, 4]]; return 0;",
                                  inputs, 3);
  for (int k = 0; k < 12; k++) ck_assert_double_eq(values(p, "w")[k], k + 1);
  ck_assert_int_eq(symbol(p, "e")->shape.size, 0);
  ck_assert_double_eq(values(p, "h")[1], 6);
  problem_free(p);
  forget_diags();
  /* row (i, j) has the elements 2..j: [[]], [[], [1]], [[], [2], [3, 4]] */
  inputs[3] = set("g", "[[[]],[[],[1]],[[],[2],[3,4]]]");
  p = load_inputs("param g[i in 1..3, j in 1..i, 2..j]; return 0;", inputs + 3, 1);
  for (int k = 0; k < 4; k++) ck_assert_double_eq(values(p, "g")[k], k + 1);
  expect_name(p, symbol(p, "g")->array, 3, "g[3,3,3]");
  problem_free(p);
}
END_TEST

START_TEST(later_inputs_win_and_are_seen)
{
  write_file("a.yaml", "n: 5\nm: 1\n");
  write_file("b.json", "{\"m\": 7}");
  struct parameter_input inputs[] = {set("n", "2"), data(NULL, "a.yaml"), set("m", "3"),
                                     data(NULL, "b.json")};
  struct problem *p = load_inputs("param n = 1/0; param m = 4; param k = 10*n + m; param w[n] = k;"
                                  "return 0;",
                                  inputs, 4);
  ck_assert_double_eq(values(p, "k")[0], 57);
  ck_assert_int_eq(symbol(p, "w")->shape.size, 5);
  problem_free(p);
}
END_TEST

START_TEST(files_are_found_beside_what_names_them)
{
  char command[200];
  snprintf(command, sizeof command, "mkdir %s/sub", folder);
  ck_assert_int_eq(system(command), 0);
  write_file("sub/d.yaml", "w: {file: v.mtx}");
  write_file("sub/v.mtx", "%%MatrixMarket matrix array real general\n2 1\n1\n2\n");
  write_file("v.mtx", "%%MatrixMarket matrix array real general\n2 1\n3\n4\n");
  struct parameter_input input = data(NULL, "sub/d.yaml");
  struct problem *p = load_inputs("param w[]; param v[] = read(\"v.mtx\"); return 0;", &input, 1);
  ck_assert_double_eq(values(p, "w")[1], 2);
  ck_assert_double_eq(values(p, "v")[1], 4);
  problem_free(p);
}
END_TEST

/* ---- errors ---- */

struct bad {
  enum error_id id;
  const char *model, *name, *value; /* --set NAME=VALUE, or --data if the name is "" */
  size_t line, column;              /* 0: no place */
  const char *part;                 /* of the message */
};

static const struct bad bad_inputs[] = {
    {ERR_PARAM_MISSING, "param n; return n;", NULL, NULL, 1, 7, "'n'"},
    {ERR_PARAM_WRONG_SHAPE, "param n = 3; param w[n]; return 0;", "w", "[1,\n2]", 1, 1, "[1..3]"},
    {ERR_PARAM_WRONG_SHAPE, "param n = 3; param w[n]; return 0;", "w", "[1,2]", 1, 1, "[1..2]"},
    {ERR_PARAM_WRONG_SHAPE, "param w[3]; return 0;", "w", "5", 1, 1, "no dimensions"},
    {ERR_PARAM_WRONG_SHAPE, "param w[]; return 0;", "w", "5", 1, 1, "no dimensions"},
    {ERR_PARAM_WRONG_SHAPE, "param w[,]; return 0;", "w", "[[1,2],[3]]", 1, 1, "uneven"},
    {ERR_PARAM_WRONG_SHAPE, "param w[2,2]; return 0;", "w", "[[1,2],[3]]", 1, 1, "uneven"},
    {ERR_PARAM_WRONG_SHAPE, "param w[2,2]; return 0;", "w", "[1,2]", 1, 1, "[1..2, 1..2]"},
    {ERR_PARAM_WRONG_SHAPE, "param w[i in 1..2,1..i]; return 0;", "w", "[[1,2],[3]]", 1, 1, "'w'"},
    {ERR_PARAM_WRONG_SHAPE, "param w[i in 1..2,1..i]; return 0;", "w", "[[1],[3]]", 1, 1, "'w'"},
    {ERR_PARAM_WRONG_SHAPE, "param g[i in 1..3, j in 1..i, 2..j]; return 0;", "g",
     "[[[1]],[[],[2]],[[3,4]]]", 1, 1, "'g'"},
    {ERR_PARAM_NOT_SCALAR, "param n; return n;", "n", "[5]", 1, 1, "a list"},
    {ERR_LITERAL_RAGGED, "param w[2] = [1, 2, 3]; return 0;", NULL, NULL, 1, 14, "[1..2]"},
    {ERR_LITERAL_RAGGED, "param w[,] = [[1, 2], [3]]; return 0;", NULL, NULL, 1, 14, "'w'"},
    {ERR_PARAM_NOT_INTEGER, "param w[2] integer; return 0;", "w", "[1,\n 2.5]", 2, 2,
     "w[2] is 2.5"},
    {ERR_PARAM_NOT_INTEGER, "param n integer = 1/2; return 0;", NULL, NULL, 1, 19, "0.5"},
    {ERR_PARAM_NOT_INTEGER, "param n integer = 1e300; return 0;", NULL, NULL, 1, 19, "1e+300"},
    {ERR_PARAM_NOT_FINITE, "param n = 1/0; return n;", NULL, NULL, 1, 11, "inf"},
    {ERR_PARAM_NOT_FINITE, "param n[2] = [1, log(0)]; return 0;", NULL, NULL, 1, 18, "'n[2]'"},
    {ERR_PARAM_NOT_FINITE, "param n[i in 1..3] = 1/(i-2); return 0;", NULL, NULL, 1, 22, "'n[2]'"},
    {ERR_POINT_NOT_FINITE, "var x[2] = 1/0; return 0;", NULL, NULL, 1, 12, "'x[1]'"},
    {ERR_COMPLEX_VALUE, "param n; return n;", "n", "1+2i", 1, 1, "holomorphic"},
    {ERR_COMPLEX_VALUE, "param w[]; return 0;", "w", "[1, \"2i\"]", 1, 5, "holomorphic"},
    {ERR_DATA_NOT_ARRAY, "param n; return n;", "n", "many", 1, 1, "'n'"},
    {ERR_DATA_NOT_ARRAY, "param n; return n;", "n", "", 1, 1, "'n'"},
    {ERR_DATA_FILE_MAP, "param w[]; return 0;", "w", "{fiel: a.mtx}", 1, 1, "file"},
    {ERR_SET_UNKNOWN_NAME, "param number; return 0;", "numbr", "1", 0, 0, "'number'"},
    {ERR_SET_NOT_PARAM, "var x; return x;", "x", "1", 0, 0, "a variable"},
    {ERR_SET_NOT_PARAM, "let x = 1; return x;", "x", "1", 0, 0, "a let"},
    {ERR_DATA_UNKNOWN_NAME, "param number; return 0;", "", "a:\n  1", 1, 1, "'a'"},
    {ERR_DATA_UNKNOWN_NAME, "param number = 1; return 0;", "", "number: 2\nnumbr: 1", 2, 1,
     "mean 'number'"},
    {ERR_DATA_NOT_PARAM, "var x; return x;", "", "x: 1", 1, 1, "--at"},
    {ERR_DATA_NOT_MAP, "param n; return n;", "", "[1, 2]", 1, 1, "names"},
    {ERR_DATA_NOT_MAP, "param n; return n;", "",
     "%%MatrixMarket matrix array real general\n1 1\n1\n", 1, 1, "names"},
    {ERR_DATA_SECOND_DOCUMENT, "param n; return n;", "", "n: 1\n---\nn: 2\n", 3, 1, "second"},
    {ERR_SPARSE_RANGES, "param w[0..3, 2] sparse; return 0;", "w", "[]", 1, 7, "w[n, m]"},
    {ERR_STEP_ZERO, "param n = 0; param w[1..5 by n] = 1; return 0;", NULL, NULL, 1, 30, "step"},
    {ERR_NOT_WHOLE, "param n = 3; var x[n/2]; return 0;", NULL, NULL, 1, 20, "floor"},
    {ERR_ARRAY_TOO_LARGE, "var x[4294967296, 4294967296]; return 0;", NULL, NULL, 1, 5, "large"},
    {ERR_TOO_MANY_UNKNOWNS, "var y; var x[2147483647]; return 0;", NULL, NULL, 1, 12, "2147483648"},
    {ERR_TOO_MANY_ITERATIONS, "var x[i in 1..2e10, j in i..i]; return 0;", NULL, NULL, 1, 0,
     "iterations"},
    {ERR_TOO_MUCH_MEMORY, "param w[1e9] = 1; return 0;", NULL, NULL, 0, 0, "memory"},
    {ERR_TOO_MUCH_MEMORY, "var x[i in 1..1e5, i..1e5]; return 0;", NULL, NULL, 0, 0, "memory"},
    {ERR_TOO_MUCH_MEMORY, "param w[1e8, 1e9] sparse = 1; return 0;", NULL, NULL, 0, 0, "memory"},
    {ERR_FILE_OPEN, "param w[] = read(\"none.mtx\"); return 0;", NULL, NULL, 0, 0, "none.mtx"},
};

START_TEST(bad_inputs_are_refused)
{
  const struct bad *b = &bad_inputs[_i];
  struct parameter_input input = {.kind = INPUT_SET, .name = b->name, .text = b->value};
  struct problem *p;
  size_t line, column;
  if (b->name && !*b->name) {
    write_file("bad.yaml", b->value);
    input = data(NULL, "bad.yaml");
  }
  ctx.max_memory = 1 << 30;
  enum status status = load_with(b->model, &input, b->name ? 1 : 0, NULL, 0, &p);
  ck_assert_msg(status != STATUS_OK, "accepted: %s", b->model);
  const struct diag *d = &ctx.diags.data[0];
  ck_assert_msg(d->id == b->id, "%s instead of %s: %s\nin: %s", error_name(d->id),
                error_name(b->id), d->message, b->model);
  ck_assert_int_eq(status, error_status(b->id));
  ck_assert_msg(strstr(d->message, b->part), "'%s' is not in: %s", b->part, d->message);
  if (!b->line) return;
  source_position(&ctx.sources.data[d->loc.source], d->loc.begin, &line, &column);
  ck_assert_msg(line == b->line && (column == b->column || !b->column), "%zu:%zu: %s\nin: %s", line,
                column, d->message, b->model);
}
END_TEST

static const struct {
  enum error_id id;
  const char *param, *text;
} bad_matrices[] = {
    {ERR_MTX_WRONG_KIND, "w[]", "%%MatrixMarket matrix array complex general\n1 1\n1 2\n"},
    {ERR_MTX_WRONG_KIND, "w[,] sparse",
     "%%MatrixMarket matrix coordinate complex general\n"
     "1 1 1\n1 1 1 2\n"},
    {ERR_MTX_DUPLICATE, "w[,] sparse",
     "%%MatrixMarket matrix coordinate real general\n"
     "2 2 2\n1 1 1\n1 1 2\n"},
    {ERR_PARAM_WRONG_SHAPE, "w[]", "%%MatrixMarket matrix array real general\n2 2\n1\n2\n3\n4\n"},
    {ERR_PARAM_WRONG_SHAPE, "w[4]", "%%MatrixMarket matrix array real general\n2 2\n1\n2\n3\n4\n"},
    {ERR_PARAM_WRONG_SHAPE, "w[3]", "%%MatrixMarket matrix array real general\n2 1\n1\n2\n"},
    {ERR_PARAM_WRONG_SHAPE, "w[2,1,1]", "%%MatrixMarket matrix array real general\n2 1\n1\n2\n"},
    {ERR_PARAM_WRONG_SHAPE, "w[2,1] sparse",
     "%%MatrixMarket matrix array real general\n1 2\n1\n2\n"},
    {ERR_PARAM_NOT_SCALAR, "w", "%%MatrixMarket matrix array real general\n1 1\n1\n"},
    {ERR_PARAM_NO_ELEMENT, "w[i in 1..2, 1..i]",
     "%%MatrixMarket matrix coordinate real general\n2 2 1\n1 2 3\n"},
    {ERR_PARAM_NOT_INTEGER, "w[2] integer",
     "%%MatrixMarket matrix array real general\n"
     "2 1\n1\n2.5\n"},
    {ERR_PARAM_NOT_INTEGER, "w[,] integer sparse",
     "%%MatrixMarket matrix coordinate real general\n2 2 1\n1 1 2.5\n"},
    {ERR_MTX_VALUE_NONFINITE, "w[]", "%%MatrixMarket matrix array real general\n1 1\nnan\n"},
    {ERR_ARRAY_TOO_LARGE, "w[,]",
     "%%MatrixMarket matrix coordinate real general\n2000000000 2000000000 0\n"},
    {ERR_TOO_MUCH_MEMORY, "w[,] sparse",
     "%%MatrixMarket matrix coordinate real general\n2000000000 2000000000 0\n"},
};

START_TEST(bad_matrices_are_refused)
{
  char text[200];
  struct problem *p;
  snprintf(text, sizeof text, "param %s; return 0;", bad_matrices[_i].param);
  write_file("bad.mtx", bad_matrices[_i].text);
  struct parameter_input input = data("w", "bad.mtx");
  ctx.max_memory = 1 << 30;
  enum status status = load_with(text, &input, 1, NULL, 0, &p);
  ck_assert_msg(status != STATUS_OK, "accepted: %s", text);
  ck_assert_str_eq(error_name(ctx.diags.data[0].id), error_name(bad_matrices[_i].id));
  ck_assert_int_eq(status, error_status(bad_matrices[_i].id));
}
END_TEST

START_TEST(external_files_are_refused)
{
  static const char *const texts[] = {"param w[] = read(\"v.mtx\"); return 0;",
                                      "param w[]; return 0;"};
  struct parameter_input input = set("w", "{file: v.mtx}");
  struct problem *p;
  for (int i = 0; i < 2; i++) {
    forget_diags();
    ctx.refuse_external = true;
    ck_assert_int_eq(load_with(texts[i], &input, (size_t)i, NULL, 0, &p), STATUS_USAGE);
    ck_assert_int_eq(ctx.diags.data[0].id, ERR_EXTERNAL_REFUSED);
  }
}
END_TEST

/* ---- points ---- */

static const char point_model[] = "param n = 2; var x[n, 0..1] = 3; var t; var y[i in 1..2, 1..i];"
                                  "return t;";

static void expect_point(const struct problem *p, const char *at, const double *want)
{
  double x[8];
  ck_assert_int_eq(p->program.nx, 8);
  if (doubles_point(&ctx, p, at, x) != STATUS_OK)
    ck_abort_msg("%s: %s", at, ctx.diags.data[0].message);
  for (int i = 0; i < 8; i++)
    ck_assert_msg(x[i] == want[i], "%s: x[%d] = %g, not %g", at, i, x[i], want[i]);
}

START_TEST(points_are_the_same_in_every_form)
{
  static const double want[] = {1, 2, 0, 4, 5, 6, 7, 8}, filled[] = {3, 3, 3, 3, 5, 9, 9, 9};
  struct problem *p = load(point_model);
  write_file("p.yaml", "y: [[6], [7, 8]]\nt: 5\nx: [[1, 2], [0, 4]]\n");
  write_file("p.json", "{\"t\": 5, \"x\": {\"file\": \"x.mtx\"}, \"y\": [[6], [7, 8]]}");
  write_file("x.mtx",
             "%%MatrixMarket matrix coordinate real general\n2 2 3\n1 1 1\n1 2 2\n2 2 4\n");
  write_file("column.mtx",
             "%%MatrixMarket matrix array real general\n8 1\n1\n2\n0\n4\n5\n6\n7\n8\n");
  write_file("row.mtx", "%%MatrixMarket matrix coordinate real general\n1 8 7\n1 8 8\n"
                        "1 1 1\n1 2 2\n1 4 4\n1 5 5\n1 6 6\n1 7 7\n");
  write_file("fill.yaml", "y: 9\nt: 5\n");
  expect_point(p, in_folder("p.yaml"), want);
  expect_point(p, in_folder("p.json"), want);
  expect_point(p, in_folder("column.mtx"), want);
  expect_point(p, in_folder("row.mtx"), want);
  expect_point(p, in_folder("fill.yaml"), filled);
  problem_free(p);
}
END_TEST

START_TEST(random_points_are_splitmix64)
{
  static const uint64_t seeds[] = {0, 1, 12345, UINT64_MAX};
  static const char *const names[] = {"random:0", "random:1", "random:12345",
                                      "random:18446744073709551615"};
  struct problem *p = load(point_model);
  double want[8];
  for (int i = 0; i < 4; i++) {
    random_state = seeds[i];
    for (int k = 0; k < 8; k++) want[k] = (double)(random_bits() >> 11) * 0x1p-53 + 0.5;
    expect_point(p, names[i], want);
  }
  problem_free(p);
}
END_TEST

static const struct {
  enum error_id id;
  const char *text; /* of the file, or random:… */
  const char *part;
} bad_points[] = {
    {ERR_VAR_MISSING, "y: 1", "'t'"},
    {ERR_VAR_MISSING, "", "'t'"},
    {ERR_POINT_UNKNOWN_NAME, "t: 1\nyy: 1", "mean 'y'"},
    {ERR_POINT_NOT_VARIABLE, "n: 1", "a parameter"},
    {ERR_PARAM_WRONG_SHAPE, "t: 1\ny: [[1,2],[3]]", "'y'"},
    {ERR_PARAM_WRONG_SHAPE, "x: [1, 2]", "[1..2, 0..1]"},
    {ERR_PARAM_NOT_SCALAR, "t: [1]", "'t'"},
    {ERR_COMPLEX_VALUE, "t: 1+i", "holomorphic"},
    {ERR_DATA_NOT_MAP, "[1, 2]", "names"},
    {ERR_DATA_SECOND_DOCUMENT, "t: 1\n---\nt: 2", "second"},
    {ERR_POINT_WRONG_LENGTH, "%%MatrixMarket matrix array real general\n1 2\n1\n2\n", "2 numbers"},
    {ERR_POINT_NO_VECTOR, "%%MatrixMarket matrix coordinate real general\n2 4 0\n", "2 x 4"},
    {ERR_BAD_SEED, "random:", "seed"},
    {ERR_BAD_SEED, "random:-1", "seed"},
    {ERR_BAD_SEED, "random:18446744073709551616", "seed"},
};

START_TEST(bad_points_are_refused)
{
  double x[8];
  const char *at = bad_points[_i].text;
  struct problem *p = load(point_model);
  if (strncmp(at, "random:", 7) != 0) {
    write_file("p.yaml", at);
    at = in_folder("p.yaml");
  }
  enum status status = doubles_point(&ctx, p, at, x);
  ck_assert_msg(status != STATUS_OK, "accepted: %s", bad_points[_i].text);
  ck_assert_str_eq(error_name(ctx.diags.data[0].id), error_name(bad_points[_i].id));
  ck_assert_msg(strstr(ctx.diags.data[0].message, bad_points[_i].part), "%s",
                ctx.diags.data[0].message);
  problem_free(p);
}
END_TEST

/* ---- unknowns, names, digest, description ---- */

START_TEST(unknowns_follow_wrt)
{
  static const char *const orders[] = {"y", "x"};
  static const char *const names[] = {"y[1]", "y[2]", "y[3]", "x[0,1]", "x[0,2]"};
  struct problem *p;
  const struct block *blocks;
  const char *text = "var x[0..0, 2]; var z; var y[3]; return z;";
  ck_assert_int_eq(load_with(text, NULL, 0, orders, 2, &p), STATUS_OK);
  ck_assert_uint_eq(problem_blocks(p, &blocks), 3);
  ck_assert_int_eq(p->program.n, 5);
  ck_assert_int_eq(p->program.nx, 6);
  for (int64_t u = 0; u < 5; u++) {
    struct strbuf name = {0};
    problem_unknown_name(p, u, &name);
    ck_assert_str_eq(name.data, names[u]);
    strbuf_free(&name);
  }
  ck_assert_int_eq(blocks[1].unknown, -1);
  ck_assert_int_eq(blocks[2].offset, 3);
  ck_assert_int_eq(p->program.arrays.data[blocks[1].array].unknown, -1);
  ck_assert_int_eq(p->program.arrays.data[blocks[0].array].unknown, 3);
  problem_free(p);
  static const char *const twice[] = {"y", "y"}, *const unknown[] = {"zz"};
  ck_assert_int_eq(load_with(text, NULL, 0, twice, 2, &p), STATUS_USAGE);
  ck_assert_int_eq(ctx.diags.data[0].id, ERR_WRT_REPEATED);
  forget_diags();
  ck_assert_int_eq(load_with(text, NULL, 0, unknown, 1, &p), STATUS_USAGE);
  ck_assert_int_eq(ctx.diags.data[0].id, ERR_WRT_UNKNOWN_NAME);
  ck_assert_ptr_nonnull(strstr(ctx.diags.data[0].message, "mean 'z'"));
}
END_TEST

START_TEST(empty_blocks_have_no_unknowns)
{
  static const char *const orders[] = {"d", "a", "c", "b", "e"};
  static const char *const names[] = {"a", "b[1]", "b[2]", NULL};
  struct problem *p;
  const char *text = "var a; var b[2]; var c[1..0]; var d[1..0]; var e[1..0]; return a;";
  ck_assert_int_eq(load_with(text, NULL, 0, orders, 5, &p), STATUS_OK);
  for (int64_t u = -1; u < 4; u++) {
    struct strbuf name = {0};
    problem_unknown_name(p, u, &name);
    if (u < 0 || !names[u])
      ck_assert_uint_eq(name.len, 0);
    else
      ck_assert_str_eq(name.data, names[u]);
    strbuf_free(&name);
  }
  problem_free(p);
}
END_TEST

START_TEST(aux_outputs_are_listed)
{
  struct problem *p = load("var x[3]; aux a = x[1]; aux b[2..3, 4] = x[1];"
                           "aux c[i in 1..2, 1..i] = x[i]; return x[1];");
  int64_t extent[LOOP_MAX];
  ck_assert_uint_eq(problem_auxes(p), 3);
  ck_assert_str_eq(problem_aux_name(p, 1), "b");
  bool ragged[3];
  ck_assert_int_eq(problem_aux_shape(p, 0, extent, &ragged[0]), 0);
  ck_assert_int_eq(problem_aux_shape(p, 1, extent, &ragged[1]), 2);
  ck_assert_int_eq(extent[0], 2);
  ck_assert_int_eq(extent[1], 4);
  ck_assert_int_eq(problem_aux_shape(p, 2, extent, &ragged[2]), 2);
  ck_assert(!ragged[0] && !ragged[1] && ragged[2]);
  static const int shared[] = {0, 0, 1};
  for (int i = 0; i < 3; i++) ck_assert_int_eq(problem_aux_shared(p, 2, i), shared[i]);
  expect_name(p, problem_aux_array(p, 2), 2, "c[2,2]");
  problem_free(p);
}
END_TEST

static uint64_t digest_of(const char *text, struct parameter_input a, struct parameter_input b)
{
  struct parameter_input inputs[] = {a, b};
  struct problem *p = load_inputs(text, inputs, 2);
  uint64_t digest = problem_digest(p);
  problem_free(p);
  return digest;
}

START_TEST(digests_tell_structures_apart)
{
  static const char text[] = "param w[]; param k[] integer; var x[4];"
                             "return sum(w[i]*x[k[i]]^2 for i in 1..size(w));";
  struct parameter_input w = set("w", "[1, 2]"), k = set("k", "[1, 3]");
  uint64_t base = digest_of(text, w, k);
  ck_assert(base == digest_of(text, w, k));
  ck_assert(base == digest_of(text, set("w", "[5, 7.5]"), k));
  ck_assert(base != digest_of(text, w, set("k", "[1, 4]")));
  ck_assert(base != digest_of(text, set("w", "[1, 2, 3]"), set("k", "[1, 3, 3]")));
  ck_assert(base != digest_of("param w[]; param k[] integer; var x[4];"
                              "return sum(w[i]*x[k[i]]^3 for i in 1..size(w));",
                              w, k));
  ck_assert(base != digest_of("param w[]; param k[] integer; var x[5];"
                              "return sum(w[i]*x[k[i]]^2 for i in 1..size(w));",
                              w, k));
  ck_assert(base != digest_of("param w[]; param k[] integer; var x[4];"
                              "return sum(w[i]*x[k[i]]^2 for i in 1..size(w)) + x[1];",
                              w, k));
}
END_TEST

static struct strbuf describe(const char *n)
{
  struct parameter_input input = set("n", n);
  struct strbuf text = {0};
  struct problem *p = load_inputs(
      "param n; param w[n] = 2; var x[n] = 0.5; var t; let r[i in 1..n-1] = x[i+1] - x[i]^2;"
      "let s[1] = x[1]; let s[i in 2..n] = 0.9*s[i-1] + w[i]*r[i-1];"
      "aux a = max(abs(r[i]) for i in 1..n-1);"
      "return s[n] + t*sum(exp(r[i])*x[i] for i in 1..n-1 if i % 2 == 0);",
      &input, 1);
  problem_describe(p, &text);
  ck_assert(!text.failed);
  problem_free(p);
  return text;
}

START_TEST(descriptions_do_not_grow)
{
  static const char *const parts[] = {("x[1..3000]: 3000 elements, columns 1..3000, x[1] is 1, "
                                       "x[3000] is 3000, has a default\n"),
                                      "  t, column 3001\n",
                                      "  n = 3000\n",
                                      "unknowns    3001 of",
                                      "group 0",
                                      "kernel 0, 2999 iterations: i0 in 0..2998",
                                      "read x[i0]",
                                      "set value",
                                      "value value"};
  struct strbuf a = describe("3000"), b = describe("9000");
  ck_assert_uint_eq(a.len, b.len);
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
    ck_assert_msg(strstr(a.data, parts[i]), "no '%s' in\n%s", parts[i], a.data);
  strbuf_free(&a);
  strbuf_free(&b);
}
END_TEST

/* ---- memory ---- */

static enum status run_failing(const char *text)
{
  struct parameter_input inputs[] = {set("w", "[[1], [2, 3]]"), data(NULL, "d.yaml")};
  struct problem_options options = {.inputs = inputs, .ninputs = 2};
  char path[100];
  double x[5];
  struct problem *p = NULL;
  char *copy = mem_strndup(text, strlen(text));
  if (!copy) return STATUS_LIMIT;
  snprintf(path, sizeof path, "%s/model.expr", folder);
  options.model_path = path;
  enum status status =
      context_add_source(&ctx, "model.expr", copy, strlen(text), &options.model_source);
  if (status == STATUS_OK) status = problem_load(&ctx, &options, &p);
  if (status == STATUS_OK) status = doubles_point(&ctx, p, in_folder("p.yaml"), x);
  problem_free(p);
  context_free(&ctx);
  context_init(&ctx);
  return status;
}

/* Some memory is only saved where it is to be had (shrinking): then all goes well without it. */
START_TEST(every_allocation_may_fail)
{
  static const char text[] = "param n; param w[i in 1..2, 1..i]; param A[,] sparse;"
                             "param v[] = [1, 2]; var x[n] = 1; var y[i in 1..2, 1..i];"
                             "param B[,] = read(\"A.mtx\"); aux a = w[1,1];"
                             "return sum(a*x[i]*x[j] for (i, j, a) in A) + v[1]*y[1,1]^2;";
  long failures = 0;
  write_file("d.yaml", "A: {file: A.mtx}\nn: 2\n");
  write_file("A.mtx", "%%MatrixMarket matrix coordinate real symmetric\n2 2 2\n1 1 1\n2 1 3\n");
  write_file("p.yaml", "x: [1, 2]\ny: [[6], [7, 8]]\n");
  for (struct failing f = {.fail_at = 1, .calls = 1}; f.calls + 1 >= f.fail_at; f.fail_at++) {
    f.calls = f.live = 0;
    mem_set_hook(failing_hook, &f);
    enum status status = run_failing(text);
    mem_set_hook(NULL, NULL);
    ck_assert_int_eq(f.live, 0);
    ck_assert(status == STATUS_OK || status == STATUS_LIMIT);
    failures += status != STATUS_OK;
  }
  ck_assert_int_gt(failures, 100);
}
END_TEST

Suite *problem_suite(void)
{
  Suite *s = suite_create("problem");
  TCase *t = tcase_create("problem");
  tcase_add_checked_fixture(t, folder_setup, folder_teardown);
  tcase_set_timeout(t, 60);
  tcase_add_test(t, shapes_follow_the_loops);
  tcase_add_test(t, dimensions_are_plain_where_nothing_varies);
  tcase_add_test(t, values_are_the_same_in_every_form);
  tcase_add_test(t, sparse_parameters_keep_what_is_stored);
  tcase_add_test(t, symmetric_files_are_expanded);
  tcase_add_test(t, vectors_come_from_rows_and_columns);
  tcase_add_test(t, deep_and_empty_arrays);
  tcase_add_test(t, later_inputs_win_and_are_seen);
  tcase_add_test(t, files_are_found_beside_what_names_them);
  tcase_add_loop_test(t, bad_inputs_are_refused, 0, sizeof bad_inputs / sizeof *bad_inputs);
  tcase_add_loop_test(t, bad_matrices_are_refused, 0, sizeof bad_matrices / sizeof *bad_matrices);
  tcase_add_test(t, external_files_are_refused);
  tcase_add_test(t, points_are_the_same_in_every_form);
  tcase_add_test(t, random_points_are_splitmix64);
  tcase_add_loop_test(t, bad_points_are_refused, 0, sizeof bad_points / sizeof *bad_points);
  tcase_add_test(t, unknowns_follow_wrt);
  tcase_add_test(t, empty_blocks_have_no_unknowns);
  tcase_add_test(t, aux_outputs_are_listed);
  tcase_add_test(t, digests_tell_structures_apart);
  tcase_add_test(t, descriptions_do_not_grow);
  tcase_add_test(t, every_allocation_may_fail);
  suite_add_tcase(s, t);
  return s;
}
