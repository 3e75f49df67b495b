/* Where an element of the model is among the unknowns: --blocks, --labels and info, against the
 * same told in another way. */
#include "config.h"

#include "unit/cmd_fixture.h"

#include <math.h>

#include "io/file.h"
#include "io/json.h"

Suite *layout_suite(void);

/* The JSON that a command writes; the context holds its text. */
static struct context source_context;

static struct json *written(const char *line)
{
  struct json *j = NULL;
  int source;
  char with_output[512];
  snprintf(with_output, sizeof with_output, "%s --format json -o out.json", line);
  succeeds(with_output);
  ck_assert_int_eq(file_read(&source_context, "out.json", &source), STATUS_OK);
  ck_assert_int_eq(json_parse(&source_context, source, &j), STATUS_OK);
  return j;
}

static const struct json *member(const struct json *j, const char *name)
{
  const struct json *m = json_get(j, name);
  ck_assert_msg(m != NULL, "no member %s", name);
  return m;
}

static double number_at(const struct json *list, size_t k)
{
  double v;
  ck_assert_uint_lt(k, list->count);
  ck_assert(json_number_at(list, k, &v));
  return v;
}

static int integer(const struct json *j, const char *name)
{
  const struct json *m = member(j, name);
  ck_assert_int_eq(m->kind, JSON_NUMBER);
  return (int)m->number;
}

static void setup(void)
{
  enter_folder();
  context_init(&source_context);
}

static void teardown(void)
{
  context_free(&source_context);
  leave_folder();
}

/* ---- blocks ---- */

static const char coupled[] =
    "param n = 3; var x[2,n] = 0.5; var y = 2; var e[0]; var z[i in 0..4 by 2] = 1;"
    "var u[i in 1..3, j in 1..i] = i + j/8;"
    "return sum(x[i,j]*z[2*(j-1)]^2*y for i in 1..2, j in 1..n) + exp(u[3,1]*u[2,2]) + u[1,1]^3"
    "  + x[1,2]^4*u[3,3];";
static const char *const orders[] = {"x,y,e,z,u", "u,z,e,y,x", "e,z,x", "y", "e", "z,u,y"};
static const char *const methods[] = {"", "--method acyclic", "--no-symmetric",
                                      "--mode rev-over-rev --ordering natural"};

/* Adds a block's entries to the n × n array `a`; its place is (top, left).  Returns their number.
 */
static size_t put_block(const struct json *block, int top, int left, int n, double *a)
{
  const struct json *rows = member(block, "rows"), *cols = member(block, "cols");
  const struct json *values = member(block, "values");
  int before = -1;
  ck_assert_uint_eq(rows->count, cols->count);
  ck_assert_uint_eq(rows->count, values->count);
  for (size_t k = 0; k < rows->count; k++) {
    int i = (int)number_at(rows, k), j = (int)number_at(cols, k);
    ck_assert(i >= 0 && i < integer(block, "nrows") && j >= 0 && j < integer(block, "ncols"));
    ck_assert_int_gt(i * n + j, before); /* row by row, each once */
    before = i * n + j;
    a[(top + i) * n + left + j] += number_at(values, k);
  }
  return rows->count;
}

static void expect_same_matrix(const char *line, const char *order)
{
  char plain[400], blocked[420];
  snprintf(plain, sizeof plain, "%s --layout dense", line);
  snprintf(blocked, sizeof blocked, "%s --blocks", line);
  struct json *whole = written(plain), *parts = written(blocked);
  const struct json *blocks = member(parts, "blocks"), *values = member(whole, "values");
  int n = integer(whole, "n"), top = 0;
  size_t nnz = 0;
  double *a = mem_zalloc((size_t)(n * n), sizeof *a);
  struct strbuf names = {0};
  ck_assert_ptr_null(json_get(parts, "layout"));
  ck_assert_ptr_null(json_get(parts, "rows"));
  ck_assert_int_eq(integer(parts, "nnz"), integer(whole, "nnz"));
  for (size_t r = 0; r < blocks->count; r++) {
    const struct json *row = blocks->items[r];
    int left = 0, height = integer(row->items[0], "nrows");
    strbuf_printf(&names, "%s%s", r ? "," : "", blocks->keys[r]);
    ck_assert_uint_eq(row->count, blocks->count);
    for (size_t c = 0; c < row->count; c++) {
      ck_assert_str_eq(row->keys[c], blocks->keys[c]);
      ck_assert_int_eq(integer(row->items[c], "nrows"), height);
      nnz += put_block(row->items[c], top, left, n, a);
      left += integer(row->items[c], "ncols");
    }
    ck_assert_int_eq(left, n);
    top += height;
  }
  ck_assert_int_eq(top, n);
  ck_assert_str_eq(names.data, order);
  ck_assert_uint_eq(nnz, (size_t)integer(whole, "nnz"));
  for (int i = 0; i < n * n; i++)
    ck_assert(a[i] == number_at(values->items[i / n], (size_t)(i % n)));
  strbuf_free(&names);
  mem_free(a);
  json_free(whole);
  json_free(parts);
}

START_TEST(blocks_make_up_the_hessian)
{
  put("m.expr", coupled);
  for (size_t k = 0; k < sizeof methods / sizeof *methods; k++) {
    char line[256];
    snprintf(line, sizeof line, "hessian m.expr --wrt %s %s", orders[_i], methods[k]);
    expect_same_matrix(line, orders[_i]);
    if (_i) continue;
    snprintf(line, sizeof line, "hessian m.expr %s", methods[k]);
    expect_same_matrix(line, orders[0]);
  }
  char line[256];
  snprintf(line, sizeof line, "coloring m.expr --wrt %s -o c.json", orders[_i]);
  succeeds(line);
  expect_same_matrix("hessian m.expr --coloring c.json", orders[_i]);
}
END_TEST

START_TEST(blocks_need_plain_json)
{
  static const char *const lines[] = {
      "hessian m.expr --blocks -o h.mtx", "hessian m.expr --blocks -o h.json --layout csr",
      "hessian m.expr --blocks -o h.json --layout dense",
      "hessian m.expr --blocks -o h.json --triangle lower", "sparsity m.expr --blocks -o h.json"};
  put("m.expr", coupled);
  for (size_t k = 0; k < sizeof lines / sizeof *lines; k++) {
    struct strbuf report = {0};
    ck_assert_int_eq(run(lines[k], &report), STATUS_USAGE);
    ck_assert_ptr_nonnull(strstr(report.data, "--blocks"));
    strbuf_free(&report);
  }
  succeeds("hessian m.expr --blocks -o h.json --layout coo --triangle both");
}
END_TEST

/* ---- labels ---- */

/* At 1 the gradient, the diagonal of the Hessian and its product with ones have the value of an
 * element's weight, which its name tells: 1000 times the block's number and 100·i + 10·j + k. */
static const char weighted[] =
    "var u[2,3] = 1; var t = 1; var e[2..1] = 1; var v[i in 3..-1 by -2] = 1;"
    "var w[i in 1..3, j in 1..i] = 1; var c[k in 4..5, 0..1, 2..3] = 1;"
    "return sum((1100 + 100*(i-1) + 10*j)*u[i,j]^2/2 for i in 1..2, j in 1..3) + 2000*t^2/2"
    "  + sum((3000 + 100*i)*v[i]^2/2 for i in 3..-1 by -2)"
    "  + sum((4000 + 100*i + 10*j)*w[i,j]^2/2 for i in 1..3, j in 1..i)"
    "  + sum((5000 + 100*i + 10*j + k)*c[i,j,k]^2/2 for i in 4..5, j in 0..1, k in 2..3);";

static double weight_of(const char *label)
{
  static const char blocks[] = "utvwc";
  const char *block = strchr(blocks, label[0]);
  int index[3] = {0}, used = 0;
  ck_assert_msg(block && label[1] == (label[0] == 't' ? '\0' : '['), "%s", label);
  sscanf(label + 1, "[%d%n,%d%n,%d%n", &index[0], &used, &index[1], &used, &index[2], &used);
  if (label[0] != 't') ck_assert_str_eq(label + 1 + used, "]");
  return 1000 * (double)(block - blocks + 1) + 100 * index[0] + 10 * index[1] + index[2];
}

static void expect_weights(const struct json *j, const struct json *values, const char *line)
{
  const struct json *labels = member(j, "labels");
  ck_assert_uint_eq(labels->count, (size_t)integer(j, "n"));
  ck_assert_uint_eq(values->count, labels->count);
  for (size_t k = 0; k < labels->count; k++)
    ck_assert_msg(number_at(values, k) == weight_of(labels->items[k]->text), "asdex %s: %s has %g",
                  line, labels->items[k]->text, number_at(values, k));
}

START_TEST(labels_name_what_they_stand_beside)
{
  static const struct {
    const char *command, *values;
  } rows[] = {{"gradient", "gradient"}, {"hvp", "hvp"},     {"hessian", "values"},
              {"compress", "values"},   {"sparsity", NULL}, {"coloring", NULL}};
  static const char *const wrt[] = {"", "--wrt v,u", "--wrt c,w,t,e,v,u", "--wrt w,e", "--wrt t"};
  put("m.expr", weighted);
  for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
    char line[256], plain[256];
    snprintf(line, sizeof line, "%s m.expr --labels %s", rows[k].command, wrt[_i]);
    snprintf(plain, sizeof plain, "gradient m.expr --labels %s", wrt[_i]);
    struct json *j = written(line), *gradient = written(plain);
    const struct json *values = rows[k].values ? member(j, rows[k].values) : NULL;
    if (!strcmp(rows[k].command, "compress")) values = values->items[0];
    expect_weights(j, values ? values : member(gradient, "gradient"), line);
    json_free(j);
    json_free(gradient);
  }
  char line[256];
  snprintf(line, sizeof line, "coloring m.expr --labels -o c.json %s", wrt[_i]);
  succeeds(line);
  succeeds("compress m.expr --coloring c.json -o b.mtx");
  struct json *j = written("decompress b.mtx --coloring c.json --labels");
  expect_weights(j, member(j, "values"), "decompress");
  json_free(j);
}
END_TEST

START_TEST(labels_of_a_coloring_must_be_there)
{
  struct strbuf report = {0};
  put("m.expr", weighted);
  succeeds("coloring m.expr -o c.json");
  succeeds("compress m.expr --coloring c.json -o b.mtx");
  ck_assert_int_eq(run("decompress b.mtx --coloring c.json --labels -o h.json", &report),
                   STATUS_USAGE);
  ck_assert_ptr_nonnull(strstr(report.data, "made with --labels"));
  strbuf_free(&report);
  char *text = get("c.json");
  ck_assert_uint_gt(strlen(text), 2);
  strcpy(strrchr(text, '}'), ",\"labels\":[\"x\"]}\n");
  put("c.json", text);
  free(text);
  ck_assert_int_eq(run("decompress b.mtx --coloring c.json -o h.json", NULL), STATUS_DATA);
}
END_TEST

/* ---- info ---- */

/* Columns follow from where the blocks begin and their shapes, counted row by row; the oracle is
 * the list of labels. */
START_TEST(info_tells_the_columns)
{
  static const char *const wrt[] = {"", "--wrt v,u", "--wrt c,w,t,e,v,u", "--wrt w,e", "--wrt t"};
  char line[256];
  put("m.expr", weighted);
  snprintf(line, sizeof line, "info m.expr %s", wrt[_i]);
  struct json *info = written(line);
  snprintf(line, sizeof line, "sparsity m.expr --labels %s", wrt[_i]);
  struct json *sparsity = written(line);
  const struct json *blocks = member(info, "blocks"), *labels = member(sparsity, "labels");
  int at = 0;
  ck_assert_uint_eq(blocks->count, 6);
  for (size_t b = 0; b < blocks->count; b++) {
    const struct json *block = blocks->items[b], *ranges = member(block, "ranges");
    const char *name = member(block, "name")->text;
    if (json_get(block, "held")) {
      ck_assert_ptr_null(json_get(block, "column"));
      continue;
    }
    ck_assert_int_eq(integer(block, "column"), at);
    int size = integer(block, "size"), cells = 1;
    const struct json *shape = member(block, "shape");
    for (size_t d = 0; d < shape->count; d++) cells *= (int)number_at(shape, d);
    ck_assert_int_eq(size, json_get(block, "in_part") ? 6 : cells);
    for (int k = 0; k < size && !json_get(block, "in_part"); k++) {
      char want[80], *end = want + sprintf(want, "%s", name);
      int rest = k, digits[3] = {0};
      for (size_t d = shape->count; d-- > 0; rest /= (int)number_at(shape, d))
        digits[d] = rest % (int)number_at(shape, d);
      for (size_t d = 0; d < shape->count; d++) {
        const struct json *range = ranges->items[d];
        end += sprintf(end, "%c%g", d ? ',' : '[',
                       number_at(range, 0) + digits[d] * number_at(range, 2));
      }
      if (shape->count) strcpy(end, "]");
      ck_assert_str_eq(labels->items[at + k]->text, want);
    }
    at += size;
  }
  ck_assert_int_eq(at, integer(sparsity, "n"));
  json_free(info);
  json_free(sparsity);
}
END_TEST

Suite *layout_suite(void)
{
  Suite *s = suite_create("layout");
  TCase *t = tcase_create("layout");
  tcase_add_checked_fixture(t, setup, teardown);
  tcase_add_loop_test(t, blocks_make_up_the_hessian, 0, sizeof orders / sizeof *orders);
  tcase_add_test(t, blocks_need_plain_json);
  tcase_add_loop_test(t, labels_name_what_they_stand_beside, 0, 5);
  tcase_add_test(t, labels_of_a_coloring_must_be_there);
  tcase_add_loop_test(t, info_tells_the_columns, 0, 5);
  suite_add_tcase(s, t);
  return s;
}
