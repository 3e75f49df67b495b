#include "config.h"

#include "io_fixture.h"

#include <math.h>

#include "io/json.h"

Suite *json_suite(void);

static const struct json *parse(const char *text)
{
  struct json *j;
  enum status status = json_parse(&ctx, add_text(text), &j);
  ck_assert_msg(status == STATUS_OK, "%s: %s", text,
                ctx.diags.len ? ctx.diags.data[0].message : "");
  return j;
}

/* --- Reading ---------------------------------------------------------------------------------- */

/* The tree as compact JSON again (numbers by %a, which no JSON has). */
static void dump(struct strbuf *s, const struct json *j)
{
  static const char *const open[] = {"", "", "", "", "[", "<", "{"};
  static const char *const close[] = {"", "", "", "", "]", ">", "}"};
  strbuf_puts(s, open[j->kind]);
  switch (j->kind) {
  case JSON_NULL: strbuf_puts(s, "null"); break;
  case JSON_BOOL: strbuf_puts(s, j->truth ? "true" : "false"); break;
  case JSON_NUMBER: strbuf_printf(s, "%a", j->number); break;
  case JSON_STRING: strbuf_printf(s, "'%s'", j->text); break;
  default: break;
  }
  for (size_t k = 0; k < j->count; k++) {
    if (k) strbuf_putc(s, ',');
    if (j->kind == JSON_OBJECT) strbuf_printf(s, "%s:", j->keys[k]);
    if (j->kind == JSON_NUMBERS)
      strbuf_printf(s, "%a", j->values[k]);
    else
      dump(s, j->items[k]);
  }
  strbuf_puts(s, close[j->kind]);
}

static void reads_as(const char *text, const char *expected)
{
  struct strbuf s = {0};
  struct json *j = (struct json *)parse(text);
  dump(&s, j);
  ck_assert_str_eq(s.data, expected);
  strbuf_free(&s);
  json_free(j);
}

START_TEST(reads_exactly_this)
{
  reads_as("null", "null");
  reads_as(" true ", "true");
  reads_as("\xEF\xBB\xBF-0.5e1\r\n", "-0x1.4p+2");
  reads_as("\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\u20AC\\ud83d\\ude00\"",
           "'a\"\\/\b\f\n\r\tA\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80'");
  reads_as("[]", "[]");
  reads_as("{}", "{}");
  reads_as("[1, 2]", "<0x1p+0,0x1p+1>");
  reads_as("[[1, 2], [], [\"a\"]]", "[<0x1p+0,0x1p+1>,[],['a']]");
  reads_as("[1, \"inf\", \"nan\", \"-inf\"]", "<0x1p+0,inf,nan,-inf>");
  reads_as("[\"inf\", 1]", "<inf,0x1p+0>");
  reads_as("[\"nan\", \"inf\"]", "['nan','inf']");
  reads_as("[1, \"-inf\", \"x\", 2]", "[0x1p+0,'-inf','x',0x1p+1]");
  reads_as("[1, [\"nan\", 2], null, \"nan\"]", "[0x1p+0,<nan,0x1p+1>,null,'nan']");
  reads_as("{\"a\": {\"b\": [true, 1]}, \"c\": [[3]]}", "{a:{b:[true,0x1p+0]},c:[<0x1.8p+1>]}");
}
END_TEST

START_TEST(finds_members_and_numbers)
{
  double v = 0;
  struct json *j =
      (struct json *)parse("{\"n\": 7, \"x\": [1, 2.5], \"y\": [\"nan\"], \"w\": \"-inf\"}");
  ck_assert_ptr_null(json_get(j, "m"));
  ck_assert(json_as_number(json_get(j, "n"), &v) && v == 7);
  ck_assert(json_as_number(json_get(j, "w"), &v) && v == -INFINITY);
  ck_assert(!json_as_number(json_get(j, "x"), &v));
  ck_assert(json_number_at(json_get(j, "x"), 1, &v) && v == 2.5);
  ck_assert(json_number_at(json_get(j, "y"), 0, &v) && isnan(v));
  ck_assert_uint_eq(json_get(j, "x")->where[1], 18);
  ck_assert_ptr_null(json_get(json_get(j, "n"), "n"));
  json_free(j);
}
END_TEST

static const struct {
  const char *text;
  enum error_id id;
  size_t line, column;
} bad[] = {
    {"", ERR_JSON_SYNTAX, 1, 1},
    {"[1,]", ERR_JSON_SYNTAX, 1, 4},
    {"[1", ERR_JSON_SYNTAX, 1, 3},
    {"{\"a\"}", ERR_JSON_SYNTAX, 1, 5},
    {"{\"a\": 1,}", ERR_JSON_SYNTAX, 1, 9},
    {"{\"a\": 1]", ERR_JSON_SYNTAX, 1, 8},
    {"[1}", ERR_JSON_SYNTAX, 1, 3},
    {"nul", ERR_JSON_SYNTAX, 1, 1},
    {"nulll", ERR_JSON_SYNTAX, 1, 1},
    {"True", ERR_JSON_SYNTAX, 1, 1},
    {"'a'", ERR_JSON_NUMBER, 1, 1},
    {"[NaN]", ERR_JSON_SYNTAX, 1, 2},
    {"[-]", ERR_JSON_NUMBER, 1, 2},
    {"[01]", ERR_JSON_NUMBER, 1, 2},
    {"[1.]", ERR_JSON_NUMBER, 1, 2},
    {"[0x1]", ERR_JSON_NUMBER, 1, 2},
    {"[1e]", ERR_JSON_NUMBER, 1, 2},
    {"[2.e3]", ERR_JSON_NUMBER, 1, 2},
    {"[1e400]", ERR_NUMBER_RANGE, 1, 2},
    {"[1]]", ERR_JSON_SYNTAX, 1, 4},
    {"1 2", ERR_JSON_SYNTAX, 1, 3},
    {"\"a\tb\"", ERR_JSON_SYNTAX, 1, 3},
    {"\"\\u0000\"", ERR_JSON_SYNTAX, 1, 4},
    {"\"\\udc00\"", ERR_JSON_SYNTAX, 1, 4},
    {"\"\\ud800\\u0041\"", ERR_JSON_SYNTAX, 1, 4},
    {"\"\\ud83d\\nde00\"", ERR_JSON_SYNTAX, 1, 4},
    {"\"\\ud8", ERR_JSON_SYNTAX, 1, 4},
    {"\"\\", ERR_JSON_SYNTAX, 1, 3},
    {"\"a", ERR_JSON_SYNTAX, 1, 1},
    {"{\"a\": 1, \"b\": 2, \"a\": 3}", ERR_DATA_DUPLICATE, 1, 18},
    {"[\"\xC3\xA9\", \xC0]", ERR_TEXT_UTF8, 1, 7},
};

START_TEST(refuses_with_the_place)
{
  struct json *j;
  enum status status = json_parse(&ctx, add_text(bad[_i].text), &j);
  ck_assert_msg(status == error_status(bad[_i].id), "status %d: %s", status, bad[_i].text);
  ck_assert_ptr_null(j);
  expect_error(bad[_i].text, bad[_i].id, bad[_i].line, bad[_i].column);
}
END_TEST

/* A list of 1000 numbers, of which one is replaced. */
static void put_list(struct strbuf *s, int at, const char *item)
{
  strbuf_puts(s, "[\n");
  for (int i = 0; i < 1000; i++) {
    if (i == at)
      strbuf_puts(s, item);
    else
      strbuf_printf(s, "%d.5", i);
    strbuf_puts(s, i + 1 < 1000 ? ",\n" : "\n]");
  }
}

static const struct {
  const char *item;
  enum error_id id;
  size_t column;
} spoiled[] = {
    {"", ERR_JSON_SYNTAX, 1},      {"01", ERR_JSON_NUMBER, 1},          {"1.", ERR_JSON_NUMBER, 1},
    {".5", ERR_JSON_NUMBER, 1},    {"+1", ERR_JSON_NUMBER, 1},          {"1e", ERR_JSON_NUMBER, 1},
    {"-", ERR_JSON_NUMBER, 1},     {"1 2", ERR_JSON_SYNTAX, 3},         {"1x", ERR_JSON_NUMBER, 1},
    {"[1, 2", ERR_JSON_SYNTAX, 0}, {"1e999", ERR_NUMBER_RANGE, 1},
};

START_TEST(refuses_a_later_item)
{
  struct strbuf s = {0};
  struct json *j;
  int at = (int[]){0, 1, 255, 256, 257, 512, 998}[random_below(7)];
  put_list(&s, at, spoiled[_i].item);
  enum status status = json_parse(&ctx, add_bytes(s.data, s.len), &j);
  ck_assert_int_eq(status, error_status(spoiled[_i].id));
  if (spoiled[_i].column)
    expect_error(spoiled[_i].item, spoiled[_i].id, (size_t)at + 2, spoiled[_i].column);
  strbuf_free(&s);
}
END_TEST

START_TEST(reads_long_lists)
{
  static const char *const items[] = {"-1e-3", "7", "\"inf\"", "null", "[1, 2]", "\"name\""};
  for (int at = 250; at < 262; at++)
    for (size_t kind = 0; kind < sizeof items / sizeof *items; kind++) {
      struct strbuf s = {0};
      struct json *j;
      put_list(&s, at, items[kind]);
      ck_assert_int_eq(json_parse(&ctx, add_bytes(s.data, s.len), &j), STATUS_OK);
      ck_assert_int_eq(j->kind, kind < 3 ? JSON_NUMBERS : JSON_ARRAY);
      ck_assert_uint_eq(j->count, 1000);
      for (size_t i = 0; i < 1000; i++) {
        double v = -1;
        bool number = json_number_at(j, i, &v);
        if ((int)i == at)
          ck_assert(number == (kind < 3) && (!number || v == (double[]){-1e-3, 7, INFINITY}[kind]));
        else
          ck_assert(number && v == (double)i + 0.5);
      }
      json_free(j);
      strbuf_free(&s);
    }
}
END_TEST

START_TEST(refuses_depth_and_crowds)
{
  struct strbuf s = {0};
  struct json *j;
  for (int i = 0; i < 1000000; i++) strbuf_putc(&s, '[');
  ck_assert_int_eq(json_parse(&ctx, add_bytes(s.data, s.len), &j), STATUS_LIMIT);
  expect_error("[[[", ERR_DATA_NESTING, 1, 65);
  s.len = 0;
  forget_diags();
  strbuf_puts(&s, "{");
  for (int i = 0; i < 100000; i++) strbuf_printf(&s, "\"k%d\":%d,", i, i);
  ck_assert_int_eq(json_parse(&ctx, add_bytes(s.data, s.len), &j), STATUS_LIMIT);
  ck_assert_int_eq(ctx.diags.data[0].id, ERR_JSON_MEMBERS);
  strbuf_free(&s);
}
END_TEST

static enum status run(int source)
{
  struct json *j;
  TRY(json_parse(&ctx, source, &j));
  json_free(j);
  return STATUS_OK;
}

static const char sample[] =
    "{\"schema\": \"asdex/x/1\", \"values\": [1, 2.5, \"inf\"], \"labels\": [\"a\\u00e9\", "
    "\"nan\"],"
    " \"pairs\": [[1, 2], [3e1, 4]], \"ok\": true, \"wrt\": [1, \"b\", null]}";

START_TEST(survives_failing_allocations)
{
  check_failing_allocations(sample, run);
}
END_TEST

START_TEST(survives_damage)
{
  check_damaged_texts(sample, run, 40000);
}
END_TEST

/* --- Writing ---------------------------------------------------------------------------------- */

static const char *written(void (*write)(struct json_writer *w))
{
  struct sink *s;
  struct json_writer w;
  ck_assert_int_eq(sink_open(&ctx, in_folder("out.json"), &s), STATUS_OK);
  json_begin(&w, s);
  write(&w);
  ck_assert_int_eq(json_end(&w), STATUS_OK);
  ck_assert_int_eq(sink_commit(s), STATUS_OK);
  int id = read_back(in_folder("out.json"));
  return ctx.sources.data[id].text;
}

static void write_members(struct json_writer *w)
{
  const double values[] = {0.1, -0.0, INFINITY, NAN, 1e300, -INFINITY};
  const int32_t ints[] = {0, -1, INT32_MAX};
  const int64_t longs[] = {INT64_MIN, 5};
  json_object_begin(w);
  json_key(w, "text");
  json_string(w, "\"\\\n\t\x01\xC3\xA9/");
  json_key(w, "empty");
  json_object_begin(w);
  json_object_end(w);
  json_key(w, "values");
  json_numbers(w, values, 6, 1);
  json_key(w, "every other");
  json_numbers(w, values, 3, 2);
  json_key(w, "ints");
  json_ints(w, ints, 3);
  json_key(w, "longs");
  json_ints64(w, longs, 2);
  json_key(w, "none");
  json_ints(w, NULL, 0);
  json_key(w, "mixed");
  json_array_begin(w);
  json_bool(w, true);
  json_int(w, -7);
  json_number(w, NAN);
  json_array_begin(w);
  json_array_end(w);
  json_number(w, 2.5);
  json_array_end(w);
  json_object_end(w);
}

START_TEST(writes_exactly_this)
{
  ck_assert_str_eq(written(write_members),
                   "{\"text\":\"\\\"\\\\\\n\\t\\u0001\xC3\xA9/\",\"empty\":{},"
                   "\"values\":[0.1,-0,\"inf\",\"nan\",1e+300,\"-inf\"],"
                   "\"every other\":[0.1,\"inf\",1e+300],"
                   "\"ints\":[0,-1,2147483647],\"longs\":[-9223372036854775808,5],\"none\":[],"
                   "\"mixed\":[true,-7,\"nan\",[],2.5]}\n");
}
END_TEST

enum { COUNT = 50000 };
static double bulk[COUNT];
static char every_byte[128];

static void write_bulk(struct json_writer *w)
{
  json_object_begin(w);
  json_key(w, every_byte);
  json_numbers(w, bulk, COUNT, 1);
  json_key(w, "text");
  json_string(w, every_byte);
  json_object_end(w);
}

START_TEST(reads_back_what_it_writes)
{
  for (int k = 0; k < COUNT; k++) bulk[k] = k % 100 == 99 ? NAN : random_double();
  for (int k = 0; k < 127; k++) every_byte[k] = (char)(k + 1);
  struct json *j = (struct json *)parse(written(write_bulk));
  const struct json *values = json_get(j, every_byte), *text = json_get(j, "text");
  ck_assert_ptr_nonnull(values);
  ck_assert_int_eq(values->kind, JSON_NUMBERS);
  ck_assert_uint_eq(values->count, COUNT);
  for (int k = 0; k < COUNT; k++) ck_assert(same_bits(values->values[k], bulk[k]));
  ck_assert_str_eq(text->text, every_byte);
  json_free(j);
}
END_TEST

START_TEST(keeps_the_first_failure)
{
  struct sink *s;
  struct json_writer w;
  ck_assert_int_eq(sink_open(&ctx, "/dev/full", &s), STATUS_OK);
  json_begin(&w, s);
  for (int k = 0; k < 100; k++) write_bulk(&w);
  ck_assert_int_eq(json_end(&w), STATUS_IO);
  ck_assert_int_eq(sink_commit(s), STATUS_IO);
  ck_assert_uint_eq(ctx.diags.len, 1);
}
END_TEST

Suite *json_suite(void)
{
  Suite *suite = suite_create("json");
  TCase *tc = tcase_create("json");
  tcase_add_checked_fixture(tc, folder_setup, folder_teardown);
  tcase_set_timeout(tc, 60);
  tcase_add_test(tc, reads_exactly_this);
  tcase_add_test(tc, finds_members_and_numbers);
  tcase_add_loop_test(tc, refuses_with_the_place, 0, sizeof bad / sizeof *bad);
  tcase_add_test(tc, refuses_depth_and_crowds);
  tcase_add_loop_test(tc, refuses_a_later_item, 0, sizeof spoiled / sizeof *spoiled);
  tcase_add_test(tc, reads_long_lists);
  tcase_add_test(tc, survives_failing_allocations);
  tcase_add_test(tc, survives_damage);
  tcase_add_test(tc, writes_exactly_this);
  tcase_add_test(tc, reads_back_what_it_writes);
  tcase_add_test(tc, keeps_the_first_failure);
  suite_add_tcase(suite, tc);
  return suite;
}
