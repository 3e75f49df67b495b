#include "config.h"

#include "io_fixture.h"

#include <math.h>
#include <time.h>

#include "io/data.h"
#include "io/text.h"

Suite *data_suite(void);

/* --- Random documents, spelled three ways: as JSON, as YAML, and plainly, to compare with ------
 */

struct document {
  struct strbuf json, yaml, plain;
};

static void put_all(struct document *d, const char *text)
{
  strbuf_puts(&d->json, text);
  strbuf_puts(&d->yaml, text);
  strbuf_puts(&d->plain, text);
}

static void put_space(struct document *d)
{
  static const char *const spaces[] = {"", " ", "\n ", "\r\n  ", "  "};
  if (random_below(3)) return;
  strbuf_puts(&d->json, spaces[random_below(5)]);
  strbuf_puts(&d->yaml, spaces[random_below(5)]);
}

static void put_number(struct document *d)
{
  static const char *const words[] = {"0", "-0", "12", "-3.25", "1e3", "1E-3", "2.5e+10", "0.1"};
  char text[40];
  if (random_below(2))
    snprintf(text, sizeof text, "%s", words[random_below(8)]);
  else
    snprintf(text, sizeof text, "%.17g", random_double());
  strbuf_puts(&d->json, text);
  strbuf_puts(&d->yaml, text);
  strbuf_printf(&d->plain, "%a", strtod(text, NULL));
}

static void put_list(struct document *d, int depth)
{
  int n = random_below(4) + (depth > 0);
  put_all(d, "[");
  for (int k = 0; k < n; k++) {
    if (k) {
      put_space(d);
      strbuf_puts(&d->json, ",");
      strbuf_puts(&d->yaml, ", ");
    }
    put_space(d);
    if (depth)
      put_list(d, depth - 1);
    else
      put_number(d);
    strbuf_puts(&d->plain, ";");
  }
  put_space(d);
  put_all(d, "]");
}

static void put_string(struct document *d)
{
  /* JSON, YAML, plain */
  static const char *const strings[][3] = {
      {"\"yes\"", "yes", "yes"},
      {"\"a.mtx\"", "a.mtx", "a.mtx"},
      {"\"1.5-2i\"", "'1.5-2i'", "1.5-2i"},
      {"\"17\"", "\"17\"", "17"},
      {"\"\\u00e9\\n\\\"\"", "\"\\u00e9\\n\\\"\"", "\xC3\xA9\n\""},
      {"\"\\ud83d\\ude00\"", "\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80"},
      {"\"\"", "''", ""},
      {"\"-\"", "'-'", "-"},
      {"\"\xE2\x82\xAC\"", "\xE2\x82\xAC", "\xE2\x82\xAC"}};
  int k = random_below(9);
  strbuf_puts(&d->json, strings[k][0]);
  strbuf_puts(&d->yaml, strings[k][1]);
  strbuf_printf(&d->plain, "<%s>", strings[k][2]);
}

static void put_map(struct document *d, int depth, int indent);

static void put_value(struct document *d, int depth, int indent)
{
  switch (random_below(depth ? 4 : 3)) {
  case 0: put_number(d); break;
  case 1: put_list(d, random_below(3)); break;
  case 2: put_string(d); break;
  default: put_map(d, depth - 1, indent + 2);
  }
}

/* YAML: block style, one key a line. */
static void put_map(struct document *d, int depth, int indent)
{
  static const char *const keys[] = {"n", "y", "on", "x1", "\xC3\xA9", "null"};
  int n = 1 + random_below(6), first = random_below(6);
  strbuf_puts(&d->json, "{");
  strbuf_puts(&d->plain, "{");
  for (int k = 0; k < n; k++) {
    const char *key = keys[(first + k) % 6];
    put_space(d);
    strbuf_printf(&d->json, "%s\"%s\":", k ? "," : "", key);
    strbuf_printf(&d->yaml, "\n%*s%s: ", indent, "", key);
    strbuf_printf(&d->plain, "%s=", key);
    put_value(d, depth, indent);
    strbuf_puts(&d->plain, ";");
  }
  strbuf_puts(&d->json, "}");
  strbuf_puts(&d->plain, "}");
}

/* The tree in the same plain spelling. */
static void dump_list(struct strbuf *s, const struct data *d, int level, int64_t *next)
{
  int64_t count = d->counts[level][next[level]++];
  bool lists = level + 1 < d->depth && next[level + 1] < d->ncounts[level + 1];
  strbuf_puts(s, "[");
  for (int64_t k = 0; k < count; k++) {
    if (lists) {
      dump_list(s, d, level + 1, next);
    } else {
      int64_t at = next[DATA_NESTING_MAX]++;
      ck_assert_int_lt(at, d->nvalues);
      strbuf_printf(s, "%a", d->values[at]);
      const char *text = ctx.sources.data[d->loc.source].text + d->where[at];
      ck_assert(same_bits(strtod(text, NULL), d->values[at]));
    }
    strbuf_puts(s, ";");
  }
  strbuf_puts(s, "]");
}

static void dump(struct strbuf *s, const struct data *d)
{
  int64_t next[DATA_NESTING_MAX + 1] = {0};
  switch (d->kind) {
  case DATA_NULL: strbuf_puts(s, "null"); break;
  case DATA_NUMBER:
    ck_assert(same_bits(strtod(d->text, NULL), d->number));
    strbuf_printf(s, "%a", d->number);
    break;
  case DATA_STRING: strbuf_printf(s, "<%s>", d->text); break;
  case DATA_LIST:
    dump_list(s, d, 0, next);
    ck_assert_int_eq(next[DATA_NESTING_MAX], d->nvalues);
    for (int k = 0; k < d->depth; k++) ck_assert_int_eq(next[k], d->ncounts[k]);
    break;
  case DATA_MAP:
    strbuf_puts(s, "{");
    for (size_t i = 0; i < d->nentries; i++) {
      ck_assert_ptr_eq(data_get(d, d->entries[i].key), &d->entries[i]);
      strbuf_printf(s, "%s=", d->entries[i].key);
      dump(s, d->entries[i].value);
      strbuf_puts(s, ";");
    }
    strbuf_puts(s, "}");
    ck_assert_ptr_null(data_get(d, "no such key"));
    break;
  }
}

typedef enum status parser(struct context *context, int source, struct data **out);

static enum status parse_yaml(struct context *context, int source, struct data **out)
{
  return data_parse_yaml(context, source, DATA_REAL, out);
}

static enum status parse_json(struct context *context, int source, struct data **out)
{
  return data_parse_json(context, source, DATA_REAL, out);
}

static void check_parse(const struct strbuf *text, parser *parse, const char *plain)
{
  struct data *d;
  struct strbuf dumped = {0};
  forget_diags();
  enum status status = parse(&ctx, add_bytes(text->data, text->len), &d);
  ck_assert_msg(status == STATUS_OK, "%s\n%s", text->data,
                ctx.diags.len ? ctx.diags.data[0].message : "");
  dump(&dumped, d);
  ck_assert_msg(!strcmp(dumped.data, plain), "%s\ngives\n%s\nnot\n%s", text->data, dumped.data,
                plain);
  strbuf_free(&dumped);
  data_free(d);
}

START_TEST(reads_random_documents)
{
  for (int round = 0; round < 2000; round++) {
    struct document d = {0};
    if (random_below(5) == 0) strbuf_puts(&d.yaml, "\xEF\xBB\xBF");
    if (random_below(5) == 0) strbuf_puts(&d.json, "\xEF\xBB\xBF");
    put_map(&d, 3, 0);
    check_parse(&d.json, parse_json, d.plain.data);
    check_parse(&d.yaml, parse_yaml, d.plain.data);
    strbuf_free(&d.json);
    strbuf_free(&d.yaml);
    strbuf_free(&d.plain);
  }
}
END_TEST

static void reads_as(parser *parse, const char *text, const char *plain)
{
  struct strbuf s = {0};
  strbuf_puts(&s, text);
  check_parse(&s, parse, plain);
  strbuf_free(&s);
}

START_TEST(reads_exactly_this)
{
  reads_as(parse_yaml, "", "null");
  reads_as(parse_yaml, "# nothing\n", "null");
  reads_as(parse_yaml, "---\n", "null");
  reads_as(parse_yaml, "3", "0x1.8p+1");
  reads_as(parse_yaml, "[1,2,3]", "[0x1p+0;0x1p+1;0x1.8p+1;]");
  reads_as(parse_yaml, "- 1\n- 2\n", "[0x1p+0;0x1p+1;]");
  reads_as(parse_yaml, "w:\n- - 1\n  - 2\n- [0.5]\n- []\n",
           "{w=[[0x1p+0;0x1p+1;];[0x1p-1;];[];];}");
  reads_as(parse_yaml, "{a: [], b: [[], []]}", "{a=[];b=[[];[];];}");
  reads_as(parse_yaml, "a: 1\r\nb: x\r\n", "{a=0x1p+0;b=<x>;}");
  reads_as(parse_yaml, "<<: 1\n1: 2\n\"q r\": 0", "{<<=0x1p+0;1=0x1p+1;q r=0x0p+0;}");
  reads_as(parse_yaml, "A: {file: stiffness.mtx}\n", "{A={file=<stiffness.mtx>;};}");
  reads_as(parse_yaml, "%YAML 1.1\n---\na: 1\n...\n", "{a=0x1p+0;}");
  reads_as(parse_json, " {} ", "{}");
  reads_as(parse_json, "[[], [[1]]]", "[[];[[0x1p+0;];];]");
}
END_TEST

static const struct {
  const char *text;
  enum error_id id;
  size_t line, column;
} bad_yaml[] = {
    {"n: 017", ERR_DATA_NUMBER_FORM, 1, 4},
    {"n: 1_000", ERR_DATA_NUMBER_FORM, 1, 4},
    {"n: 1:30", ERR_DATA_NUMBER_FORM, 1, 4},
    {"n: .5", ERR_DATA_NUMBER_FORM, 1, 4},
    {"n: 5.", ERR_DATA_NUMBER_FORM, 1, 4},
    {"n: +1", ERR_DATA_NUMBER_FORM, 1, 4},
    {"n: 0x10", ERR_DATA_NUMBER_FORM, 1, 4},
    {"n: .inf", ERR_DATA_NONFINITE, 1, 4},
    {"n: -.Inf", ERR_DATA_NONFINITE, 1, 4},
    {"n: .nan", ERR_DATA_NONFINITE, 1, 4},
    {"n: 1 2", ERR_DATA_LIST_FORM, 1, 4},
    {"n: 1.5-2i", ERR_DATA_NUMBER_FORM, 1, 4},
    {"n: [1, 1.2.3]", ERR_DATA_NUMBER_FORM, 1, 8},
    {"\xC3\xA9: 1\nn: [\xC3\xA9]", ERR_DATA_NOT_A_NUMBER, 2, 5},
    {"n: 1e999", ERR_NUMBER_RANGE, 1, 4},
    {"n: [-1e999]", ERR_NUMBER_RANGE, 1, 5},
    {"n: ~", ERR_DATA_NULL_VALUE, 1, 4},
    {"n: null", ERR_DATA_NULL_VALUE, 1, 4},
    {"n:\nm: 1", ERR_DATA_NULL_VALUE, 1, 3},
    {"n: [1, \"2\"]", ERR_DATA_NOT_A_NUMBER, 1, 8},
    {"n: [1, {a: 2}]", ERR_DATA_NOT_A_NUMBER, 1, 8},
    {"n: [1, [2]]", ERR_DATA_UNEVEN, 1, 8},
    {"n:\n- [1]\n- 2\n", ERR_DATA_UNEVEN, 3, 3},
    {"n: [[[1]], [2]]", ERR_DATA_UNEVEN, 1, 13},
    {"{n: 3, n: 4}", ERR_DATA_DUPLICATE, 1, 8},
    {"n: 3\nm: 4\n\"n\": 4", ERR_DATA_DUPLICATE, 3, 1},
    {"[1]: 3", ERR_YAML_KEY, 1, 1},
    {"n: &a 1", ERR_YAML_ANCHOR, 1, 4},
    {"n: 1\nm: *a", ERR_YAML_ANCHOR, 2, 4},
    {"n: &a [1]", ERR_YAML_ANCHOR, 1, 4},
    {"n: !!int 3", ERR_YAML_TAG, 1, 4},
    {"! {n: 3}", ERR_YAML_TAG, 1, 1},
    {"%TAG !e! tag:e,2000:\n---\nn: 1", ERR_YAML_TAG, 1, 1},
    {"a: 1\n---\nb: 2\n", ERR_DATA_SECOND_DOCUMENT, 3, 1},
    {"a: 1\n---\n", ERR_DATA_SECOND_DOCUMENT, 3, 1},
    {"1\n--- [2]\n--- {", ERR_DATA_SECOND_DOCUMENT, 2, 5},
    {"a:\n\tb: 1\n", ERR_YAML_TAB, 2, 1},
    {"a:\n  b: 1\n\tc: 1\n", ERR_YAML_TAB, 3, 1},
    {"a: b: c", ERR_YAML_SYNTAX, 1, 5},
    {"\xC3\xA9: 1\n\xC3\xA9\xC3\xA9: @", ERR_YAML_SYNTAX, 2, 5},
    {"\xC3\xA9: \x01", ERR_YAML_SYNTAX, 1, 4},
    {"a: \"x\\0y\"", ERR_DATA_NUL, 1, 4},
    {"a: \xFF", ERR_TEXT_UTF8, 1, 4},
};

START_TEST(refuses_yaml_with_the_place)
{
  struct data *d;
  enum status status = parse_yaml(&ctx, add_text(bad_yaml[_i].text), &d);
  ck_assert_msg(status == error_status(bad_yaml[_i].id), "status %d: %s", status,
                bad_yaml[_i].text);
  ck_assert_ptr_null(d);
  expect_error(bad_yaml[_i].text, bad_yaml[_i].id, bad_yaml[_i].line, bad_yaml[_i].column);
}
END_TEST

static const struct {
  const char *text;
  enum error_id id;
  size_t line, column;
} bad_json[] = {
    {"", ERR_JSON_SYNTAX, 1, 1},
    {"{\"n\": 017}", ERR_JSON_NUMBER, 1, 7},
    {"{\"n\": .5}", ERR_JSON_NUMBER, 1, 7},
    {"{\"n\": +1}", ERR_JSON_NUMBER, 1, 7},
    {"{\"n\": 1.}", ERR_JSON_NUMBER, 1, 7},
    {"{\"n\": true}", ERR_JSON_NUMBER, 1, 7},
    {"{\"n\": null}", ERR_DATA_NULL_VALUE, 1, 7},
    {"{\"n\": nan}", ERR_JSON_SYNTAX, 1, 7},
    {"{\"n\": 1e999}", ERR_NUMBER_RANGE, 1, 7},
    {"{\"n\": 1,}", ERR_JSON_SYNTAX, 1, 9},
    {"{\"n\" 1}", ERR_JSON_SYNTAX, 1, 5},
    {"{n: 1}", ERR_JSON_SYNTAX, 1, 2},
    {"{\"n\": 1\n \"m\": 2}", ERR_JSON_SYNTAX, 2, 2},
    {"[1, 2", ERR_JSON_SYNTAX, 1, 6},
    {"[1, 2}", ERR_JSON_SYNTAX, 1, 6},
    {"[1,, 2]", ERR_JSON_SYNTAX, 1, 4},
    {"[1 2]", ERR_JSON_SYNTAX, 1, 4},
    {"[1] x", ERR_JSON_SYNTAX, 1, 5},
    {"[1] // no", ERR_JSON_SYNTAX, 1, 5},
    {"[1, \"2\"]", ERR_DATA_NOT_A_NUMBER, 1, 5},
    {"[[1], 2]", ERR_DATA_UNEVEN, 1, 7},
    {"{\"n\": 1, \"m\": 2, \"n\": 3}", ERR_DATA_DUPLICATE, 1, 18},
    {"{\"n\": \"a\nb\"}", ERR_JSON_SYNTAX, 1, 9},
    {"{\"n\": \"abc", ERR_JSON_SYNTAX, 1, 7},
    {"{\"n\": \"\\x\"}", ERR_JSON_SYNTAX, 1, 9},
    {"{\"n\": \"\\u00\"}", ERR_JSON_SYNTAX, 1, 10},
    {"{\"n\": \"\\ud800\"}", ERR_JSON_SYNTAX, 1, 10},
    {"{\"n\": \"\\u0000\"}", ERR_JSON_SYNTAX, 1, 10},
    {"\xC3", ERR_TEXT_UTF8, 1, 1},
};

START_TEST(refuses_json_with_the_place)
{
  struct data *d;
  enum status status = parse_json(&ctx, add_text(bad_json[_i].text), &d);
  ck_assert_msg(status == error_status(bad_json[_i].id), "status %d: %s", status,
                bad_json[_i].text);
  ck_assert_ptr_null(d);
  expect_error(bad_json[_i].text, bad_json[_i].id, bad_json[_i].line, bad_json[_i].column);
}
END_TEST

/* Long lists: a complex number, or an item of another kind, among or behind many. */
START_TEST(long_json_lists)
{
  for (int at = 250; at < 262; at++) {
    struct strbuf s = {0};
    struct data *d;
    strbuf_puts(&s, "[");
    for (int i = 0; i < 600; i++)
      strbuf_printf(&s, i == at ? "%s\"%d+2i\"" : "%s%d", i ? ",\n" : "", i);
    strbuf_puts(&s, "]");
    ck_assert_int_eq(data_parse_json(&ctx, add_bytes(s.data, s.len), DATA_COMPLEX, &d), STATUS_OK);
    ck_assert_int_eq(d->nvalues, 600);
    for (int i = 0; i < 600; i++) {
      ck_assert(d->values[i] == i && d->imag[i] == (i == at ? 2 : 0));
      size_t line, column;
      source_position(&ctx.sources.data[d->loc.source], d->where[i], &line, &column);
      ck_assert(line == (size_t)i + 1 && column == (i ? 1 : 2));
    }
    data_free(d);
    strbuf_free(&s);
    strbuf_puts(&s, "[[1],\n[2]");
    for (int i = 0; i < at; i++) strbuf_puts(&s, i ? ",3" : ",\n3");
    strbuf_puts(&s, "]");
    ck_assert_int_eq(parse_json(&ctx, add_bytes(s.data, s.len), &d), STATUS_DATA);
    expect_error("uneven", ERR_DATA_UNEVEN, 3, 1);
    forget_diags();
    strbuf_free(&s);
  }
}
END_TEST

START_TEST(duplicate_keys_show_both_places)
{
  struct data *d;
  ck_assert_int_eq(parse_yaml(&ctx, add_text("a: 1\nn: 3\nn: 4\na: 2\n"), &d), STATUS_DATA);
  ck_assert_uint_eq(ctx.diags.len, 2);
  ck_assert_uint_eq(ctx.diags.data[0].loc.begin, 10);
  ck_assert_int_eq(ctx.diags.data[1].severity, SEVERITY_NOTE);
  ck_assert_uint_eq(ctx.diags.data[1].loc.begin, 5);
}
END_TEST

static void refuses_depth(const char *unit, parser *parse)
{
  struct strbuf s = {0};
  struct data *d;
  for (int i = 0; i < 40000; i++) strbuf_puts(&s, unit);
  forget_diags();
  clock_t begin = clock();
  ck_assert_int_eq(parse(&ctx, add_bytes(s.data, s.len), &d), STATUS_LIMIT);
  ck_assert_int_lt(clock() - begin, CLOCKS_PER_SEC / 4);
  expect_error(unit, ERR_DATA_NESTING, 1, 1 + DATA_NESTING_MAX * strlen(unit));
  strbuf_free(&s);
}

START_TEST(refuses_depth_at_once)
{
  refuses_depth("{a: ", parse_yaml);
  refuses_depth("[", parse_yaml);
  refuses_depth("- ", parse_yaml);
  refuses_depth("[", parse_json);
  refuses_depth("{\"a\":", parse_json);
}
END_TEST

START_TEST(takes_the_greatest_depth)
{
  char text[2 * DATA_NESTING_MAX + 2];
  memset(text, '[', DATA_NESTING_MAX);
  text[DATA_NESTING_MAX] = '7';
  memset(text + DATA_NESTING_MAX + 1, ']', DATA_NESTING_MAX);
  for (int k = 0; k < 2; k++) {
    struct data *d;
    parser *parse = k ? parse_json : parse_yaml;
    ck_assert_int_eq(parse(&ctx, add_bytes(text, sizeof text - 1), &d), STATUS_OK);
    ck_assert_int_eq(d->depth, DATA_NESTING_MAX);
    ck_assert_double_eq(d->values[0], 7);
    data_free(d);
  }
}
END_TEST

START_TEST(many_directives_and_keys_are_no_burden)
{
  struct strbuf tags = {0}, keys = {0};
  struct data *d;
  for (int i = 0; i < 100000; i++) {
    strbuf_printf(&tags, "%%TAG !a%d! x\n", i);
    strbuf_printf(&keys, "k%d: %d\n", i, i);
  }
  strbuf_puts(&tags, "---\na: 1\n");
  clock_t begin = clock();
  ck_assert_int_eq(parse_yaml(&ctx, add_bytes(tags.data, tags.len), &d), STATUS_DATA);
  ck_assert_int_lt(clock() - begin, CLOCKS_PER_SEC / 4);
  ck_assert_int_eq(parse_yaml(&ctx, add_bytes(keys.data, keys.len), &d), STATUS_OK);
  ck_assert_double_eq(data_get(d, "k77777")->value->number, 77777);
  data_free(d);
  strbuf_free(&tags);
  strbuf_free(&keys);
}
END_TEST

START_TEST(several_documents)
{
  struct data_list list;
  int id = add_text("x: 1\n---\nx: 2\n---\n[3]\n");
  ck_assert_int_eq(data_parse_yaml_all(&ctx, id, DATA_REAL, &list), STATUS_OK);
  ck_assert_uint_eq(list.len, 3);
  ck_assert_double_eq(data_get(list.data[1], "x")->value->number, 2);
  ck_assert_double_eq(list.data[2]->values[0], 3);
  data_list_free(&list);
  ck_assert_int_eq(data_parse_yaml_all(&ctx, add_text("x: 1\n---\n{"), DATA_REAL, &list),
                   STATUS_DATA);
  ck_assert_uint_eq(list.len, 0);
}
END_TEST

START_TEST(complex_numbers)
{
  static const struct {
    const char *text;
    double re, im;
  } good[] = {{"1.5-2i", 1.5, -2},   {"2i", 0, 2},       {"-i", 0, -1},
              {"i", 0, 1},           {"3", 3, 0},        {"1e-3+1e3i", 1e-3, 1e3},
              {"-1e+2-i", -100, -1}, {"-1e+2i", 0, -100}};
  static const char *const bad[] = {"",    "x",     "1+",      "1+2", "1+2j", "1 + 2i",
                                    "1i2", "1--2i", "1+2i+3i", "ii",  "nani", "e5i"};
  double re, im;
  for (size_t k = 0; k < sizeof good / sizeof *good; k++) {
    ck_assert_msg(data_parse_complex(good[k].text, strlen(good[k].text), &re, &im), "%s",
                  good[k].text);
    ck_assert_double_eq(re, good[k].re);
    ck_assert_double_eq(im, good[k].im);
  }
  for (size_t k = 0; k < sizeof bad / sizeof *bad; k++)
    ck_assert_msg(!data_parse_complex(bad[k], strlen(bad[k]), &re, &im), "%s", bad[k]);
  struct data_list list;
  int id = add_text("[1, \"1.5-2i\", 2i, 3]");
  ck_assert_int_eq(data_parse_yaml_all(&ctx, id, DATA_COMPLEX, &list), STATUS_OK);
  const double expected[2][4] = {{1, 1.5, 0, 3}, {0, -2, 2, 0}};
  for (int k = 0; k < 4; k++) {
    ck_assert_double_eq(list.data[0]->values[k], expected[0][k]);
    ck_assert_double_eq(list.data[0]->imag[k], expected[1][k]);
  }
  data_list_free(&list);
}
END_TEST

/* The code point in `len` bytes, whether or not UTF-8 writes it so. */
static void encode(char *s, uint32_t c, int len)
{
  static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
  for (int k = len - 1; k > 0; k--, c >>= 6) s[k] = (char)(0x80 | (c & 0x3F));
  s[0] = (char)(lead[len] | c);
}

START_TEST(takes_exactly_utf8)
{
  char text[] = "0123456789abcdef";
  size_t start;
  int id = add_text(text);
  char *s = ctx.sources.data[id].text;
  for (uint32_t c = 1; c < 0x200000; c += c < 0x12000 ? 1 : 61)
    for (int len = 2; len <= 4; len++) {
      if (c >> (len == 2 ? 11 : len == 3 ? 16 : 21)) continue;
      int proper = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
      bool valid = len == proper && c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF);
      memcpy(s, text, sizeof text - 1);
      encode(s + 5, c, len);
      enum status status = text_check(&ctx, id, &start);
      ck_assert_msg((status == STATUS_OK) == valid, "U+%04X in %d bytes", c, len);
      if (status != STATUS_OK) mem_free(ctx.diags.data[--ctx.diags.len].message);
    }
}
END_TEST

static enum status yaml_run(int source)
{
  struct data_list list;
  TRY(data_parse_yaml_all(&ctx, source, DATA_COMPLEX, &list));
  data_list_free(&list);
  return STATUS_OK;
}

static enum status json_run(int source)
{
  struct data *d;
  TRY(data_parse_json(&ctx, source, DATA_COMPLEX, &d));
  data_free(d);
  return STATUS_OK;
}

static const char json_text[] = "{\"a\": [[1, 2.5e3], [\"2i\"]], \"b\": {\"file\": \"x\\u00e9\"}}";
static const char yaml_text[] =
    "a: [[1, 2.5e3],\n  [\"2i\"]]\nb: {file: x}\nc:\n- 1\n- -2\n---\nd: 'x'\n";

START_TEST(survives_failing_allocations)
{
  check_failing_allocations(json_text, json_run);
  check_failing_allocations(yaml_text, yaml_run);
}
END_TEST

START_TEST(survives_damage)
{
  check_damaged_texts(json_text, json_run, 20000);
  check_damaged_texts(yaml_text, yaml_run, 20000);
}
END_TEST

Suite *data_suite(void)
{
  Suite *suite = suite_create("data");
  TCase *tc = tcase_create("data");
  tcase_add_checked_fixture(tc, fixture_setup, fixture_teardown);
  tcase_set_timeout(tc, 60);
  tcase_add_test(tc, reads_random_documents);
  tcase_add_test(tc, reads_exactly_this);
  tcase_add_loop_test(tc, refuses_yaml_with_the_place, 0, sizeof bad_yaml / sizeof *bad_yaml);
  tcase_add_loop_test(tc, refuses_json_with_the_place, 0, sizeof bad_json / sizeof *bad_json);
  tcase_add_test(tc, duplicate_keys_show_both_places);
  tcase_add_test(tc, long_json_lists);
  tcase_add_test(tc, refuses_depth_at_once);
  tcase_add_test(tc, takes_the_greatest_depth);
  tcase_add_test(tc, many_directives_and_keys_are_no_burden);
  tcase_add_test(tc, several_documents);
  tcase_add_test(tc, complex_numbers);
  tcase_add_test(tc, takes_exactly_utf8);
  tcase_add_test(tc, survives_failing_allocations);
  tcase_add_test(tc, survives_damage);
  suite_add_tcase(suite, tc);
  return suite;
}
