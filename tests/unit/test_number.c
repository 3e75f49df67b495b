#include "config.h"

#include "io_fixture.h"

#include <ctype.h>
#include <errno.h>
#include <float.h>
#include <math.h>
#include <regex.h>

#include "base/number.h"
#include "base/numbers.h"
#include "base/random.h"

Suite *number_suite(void);

/* How many significant digits printf needs until strtod reads the same double. */
static int fewest_digits(double v)
{
  char text[64];
  for (int digits = 1; digits < 17; digits++) {
    snprintf(text, sizeof text, "%.*e", digits - 1, v);
    if (strtod(text, NULL) == v) return digits;
  }
  return 17;
}

/* The length of the scientific form with that many digits: d.dddde+XX. */
static size_t scientific_length(double v, int digits)
{
  char text[64];
  size_t len = (size_t)snprintf(text, sizeof text, "%.*e", digits - 1, v);
  return len;
}

/* Digits from the first to the last that is not zero. */
static int significant_digits(const char *s)
{
  int digits = 0, zeros = 0;
  for (; *s && *s != 'e'; s++) {
    if (!isdigit((unsigned char)*s) || (*s == '0' && !digits)) continue;
    digits++;
    zeros = *s == '0' ? zeros + 1 : 0;
  }
  return digits - zeros;
}

/* No more digits than are needed, except in a whole number written out, which is then no longer
 * than the scientific form. */
static bool is_shortest(const char *text, double v)
{
  int fewest = fewest_digits(v);
  if (strlen(text) > scientific_length(v, fewest)) return false;
  return significant_digits(text) == fewest || !strpbrk(text, ".e");
}

static void check_round_trip(double v)
{
  char text[NUMBER_MAX + 1];
  double back = 0.125;
  size_t len = number_format(text, v);
  ck_assert_uint_le(len, NUMBER_MAX);
  text[len] = '\0';
  ck_assert_msg(same_bits(strtod(text, NULL), v), "strtod(%s) is not %.17g", text, v);
  ck_assert_int_eq(number_parse(text, len, &back), NUMBER_OK);
  ck_assert_msg(same_bits(back, v), "%s reads as %.17g, not %.17g", text, back, v);
  ck_assert_uint_eq(number_json_prefix(text, len), len);
  ck_assert_msg(v == 0 || is_shortest(text, v), "%s is not the shortest", text);
}

START_TEST(format_round_trips)
{
  static const double special[] = {0.0,
                                   -0.0,
                                   1,
                                   0.1,
                                   -1.0 / 3,
                                   DBL_MAX,
                                   DBL_MIN,
                                   DBL_TRUE_MIN,
                                   5e-324,
                                   1e22,
                                   1e23,
                                   9007199254740993.0,
                                   2.2250738585072011e-308,
                                   123456789012345680.0};
  for (size_t i = 0; i < sizeof special / sizeof *special; i++) check_round_trip(special[i]);
  for (int i = 0; i < 20000; i++) check_round_trip(random_double());
  for (int i = 0; i < 5000; i++) check_round_trip((double)random_below(1000000) / 1000);
}
END_TEST

static void formats_as(double v, const char *expected)
{
  char text[NUMBER_MAX + 1];
  text[number_format(text, v)] = '\0';
  ck_assert_str_eq(text, expected);
}

START_TEST(format_of_special_values)
{
  formats_as(0.0, "0");
  formats_as(-0.0, "-0");
  formats_as(1, "1");
  formats_as(-0.5, "-0.5");
  formats_as(INFINITY, "inf");
  formats_as(-INFINITY, "-inf");
  formats_as(NAN, "nan");
  formats_as(-NAN, "nan");
  formats_as(1e300, "1e+300");
}
END_TEST

/* The longest prefix that number_parse does not refuse, if it is within the range. */
static size_t longest_number(const char *text, size_t len, double *v)
{
  for (size_t n = len; n > 0; n--) {
    enum number_result result = number_parse(text, n, v);
    if (result != NUMBER_SYNTAX) return result == NUMBER_OK ? n : 0;
  }
  return 0;
}

START_TEST(scan_finds_the_longest_number)
{
  static const char alphabet[] = "0123456789012345678901234.eE+-, ni";
  for (int i = 0; i < 200000; i++) {
    char text[16];
    size_t len = (size_t)random_below(12);
    for (size_t k = 0; k < len; k++) text[k] = alphabet[random_below(sizeof alphabet - 1)];
    double v = 0, expected = 0;
    size_t n = longest_number(text, len, &expected);
    if (fabs(expected) < DBL_MIN) continue; /* perhaps an underflow, which both may tell */
    const char *end = number_scan(text, text + len, &v);
    ck_assert_msg(end == (n ? text + n : NULL), "%.*s", (int)len, text);
    ck_assert(!n || same_bits(v, expected));
    bool json = n && number_json_prefix(text, n) == n;
    end = number_scan_json(text, text + len, &v);
    ck_assert_msg(end == (json ? text + n : NULL), "JSON: %.*s", (int)len, text);
  }
}
END_TEST

static void check_int(int64_t v)
{
  char text[NUMBER_MAX + 1], expected[40];
  text[number_format_int(text, v)] = '\0';
  snprintf(expected, sizeof expected, "%lld", (long long)v);
  ck_assert_str_eq(text, expected);
}

START_TEST(format_of_integers)
{
  check_int(INT64_MIN);
  check_int(INT64_MAX);
  for (int64_t power = 1; power <= INT64_MAX / 10; power *= 10)
    for (int64_t k = -2; k <= 2; k++) {
      check_int(power + k);
      check_int(-power + k);
    }
  for (int i = 0; i < 100000; i++) check_int((int64_t)random_bits() >> random_below(64));
}
END_TEST

/* Written out, unless the scientific form is shorter. */
static void check_whole(double v)
{
  char text[NUMBER_MAX + 1], expected[64];
  text[number_format(text, v)] = '\0';
  snprintf(expected, sizeof expected, "%.0f", v);
  int digits = fewest_digits(v);
  if (v != 0 && strlen(expected) > scientific_length(v, digits))
    snprintf(expected, sizeof expected, "%.*e", digits - 1, v);
  ck_assert_str_eq(text, expected);
}

START_TEST(format_of_whole_doubles)
{
  for (int i = -1100; i <= 1100; i++) {
    check_whole(i);
    check_whole(i * 100.0);
    check_whole(100000 + i);
    check_whole(-1000000.0 + i * 1000.0);
  }
  for (int i = 0; i < 20000; i++) check_whole((double)(random_bits() >> (12 + random_below(50))));
}
END_TEST

START_TEST(parse_agrees_with_strtod)
{
  for (int i = 0; i < 50000; i++) {
    char text[80];
    size_t n = 0;
    if (random_below(2)) text[n++] = random_below(2) ? '-' : '+';
    int before = random_below(20), after = random_below(20);
    if (!before && !after) before = 1;
    for (int k = 0; k < before; k++) text[n++] = (char)('0' + random_below(10));
    if (after || random_below(2)) text[n++] = '.';
    for (int k = 0; k < after; k++) text[n++] = (char)('0' + random_below(10));
    if (random_below(2))
      n += (size_t)snprintf(text + n, 10, "%c%+d", random_below(2) ? 'e' : 'E',
                            random_below(700) - 350);
    text[n] = '\0';
    double v = 0, expected = strtod(text, NULL);
    enum number_result result = number_parse(text, n, &v);
    ck_assert_msg(result == (isinf(expected) ? NUMBER_OVERFLOW : NUMBER_OK), "%s: result %d", text,
                  result);
    ck_assert_msg(result != NUMBER_OK || same_bits(v, expected), "%s: %.17g, not %.17g", text, v,
                  expected);
  }
}
END_TEST

START_TEST(parse_refuses)
{
  static const char *const bad[] = {"",     "+",   "-",    ".",     "+.",       "e5",    "1e",
                                    "1e+",  "+-1", "--1",  "0x1",   "0x1p3",    "inf",   "nan",
                                    "-inf", "1 ",  " 1",   "1,5",   "1_0",      "1.2.3", "1d5",
                                    "1e5.", "1f",  "+inf", "1e5e5", "infinity", "-nan"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    double v;
    ck_assert_msg(number_parse(bad[i], strlen(bad[i]), &v) == NUMBER_SYNTAX, "accepted: %s",
                  bad[i]);
  }
}
END_TEST

static void parses_as(const char *text, enum number_result result, double expected)
{
  double v = 0.125;
  ck_assert_msg(number_parse(text, strlen(text), &v) == result, "%.40s", text);
  ck_assert_msg(result != NUMBER_OK || same_bits(v, expected), "%.40s: %g", text, v);
}

START_TEST(parse_out_of_range)
{
  parses_as("1e999", NUMBER_OVERFLOW, 0);
  parses_as("-1e999", NUMBER_OVERFLOW, 0);
  parses_as("1e-1141622225", NUMBER_OK, 0);
  parses_as("-1e-400", NUMBER_OK, -0.0);
  parses_as("0e999999999999", NUMBER_OK, 0);
  parses_as("1e99999999999999999999999999", NUMBER_OVERFLOW, 0);
  parses_as("1e-99999999999999999999999999", NUMBER_OK, 0);
  parses_as("2.4703282292062327e-324", NUMBER_OK, 0);
  parses_as("2.4703282292062328e-324", NUMBER_OK, DBL_TRUE_MIN);
  parses_as("1.7976931348623157e308", NUMBER_OK, DBL_MAX);
  parses_as("1.797693134862316e308", NUMBER_OVERFLOW, 0);
  parses_as(".5", NUMBER_OK, 0.5);
  parses_as("5.", NUMBER_OK, 5);
  parses_as("+1.5", NUMBER_OK, 1.5);
}
END_TEST

/* 0.000…01e+N and 1000…0e-N, which are 1 whatever N is. */
START_TEST(parse_long_digits)
{
  enum { N = 100000 };
  char *text = malloc(N + 64);
  ck_assert_ptr_nonnull(text);
  memset(text, '0', N + 2);
  text[1] = '.';
  snprintf(text + N + 1, 60, "1e+%d", N);
  parses_as(text, NUMBER_OK, 1);
  memset(text, '0', N + 1);
  text[0] = '1';
  snprintf(text + N + 1, 60, "e-%d", N);
  parses_as(text, NUMBER_OK, 1);
  text[N + 1] = '\0';
  parses_as(text, NUMBER_OVERFLOW, 0);
  memset(text + 1, '0', N);
  text[0] = '.';
  text[N] = '1';
  parses_as(text, NUMBER_OK, 0);
  free(text);
}
END_TEST

START_TEST(json_prefix_agrees_with_a_regular_expression)
{
  regex_t grammar;
  const char *pattern = "^-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?";
  ck_assert_int_eq(regcomp(&grammar, pattern, REG_EXTENDED), 0);
  for (int i = 0; i < 100000; i++) {
    char text[12];
    int n = random_below(10);
    for (int k = 0; k < n; k++) text[k] = "001239..eE-+x "[random_below(14)];
    text[n] = '\0';
    regmatch_t match;
    size_t expected = regexec(&grammar, text, 1, &match, 0) ? 0 : (size_t)match.rm_eo;
    ck_assert_msg(number_json_prefix(text, (size_t)n) == expected, "%s: not %zu", text, expected);
  }
  regfree(&grammar);
}
END_TEST

START_TEST(whole_numbers)
{
  static const char *const texts[] = {"0",
                                      "+7",
                                      "-7",
                                      "007",
                                      "9223372036854775807",
                                      "-9223372036854775808",
                                      "9223372036854775808",
                                      "18446744073709551616",
                                      "-9223372036854775809"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    int64_t v = 0;
    errno = 0;
    long long expected = strtoll(texts[i], NULL, 10);
    enum number_result result = errno == ERANGE ? NUMBER_OVERFLOW : NUMBER_OK;
    ck_assert_int_eq(number_parse_int(texts[i], strlen(texts[i]), &v), result);
    if (result == NUMBER_OK) ck_assert_int_eq(v, expected);
  }
  static const char *const bad[] = {"", "+", "-", "+-1", "1.0", "1e3", "0x1", " 1", "1 ", "1_0"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    int64_t v;
    ck_assert_msg(number_parse_int(bad[i], strlen(bad[i]), &v) == NUMBER_SYNTAX, "%s", bad[i]);
  }
  for (int i = 0; i < 1000; i++) {
    char text[NUMBER_MAX + 1], expected[NUMBER_MAX];
    int64_t v = (int64_t)(random_bits() >> random_below(64)), back;
    if (random_below(2)) v = -v;
    size_t len = number_format_int(text, v);
    text[len] = '\0';
    snprintf(expected, sizeof expected, "%lld", (long long)v);
    ck_assert_str_eq(text, expected);
    ck_assert_int_eq(number_parse_int(text, len, &back), NUMBER_OK);
    ck_assert_int_eq(back, v);
  }
}
END_TEST

START_TEST(unsigned_numbers)
{
  static const struct {
    const char *text;
    uint64_t value;
  } good[] = {{"0", 0},
              {"007", 7},
              {"18446744073709551615", UINT64_MAX},
              {"0018446744073709551615", UINT64_MAX}};
  static const char *const bad[] = {"",
                                    " 1",
                                    "1 ",
                                    "+1",
                                    "-1",
                                    "-0",
                                    "1.0",
                                    "1e3",
                                    "0x1",
                                    "1,0",
                                    "abc",
                                    "18446744073709551616",
                                    "99999999999999999999999999"};
  uint64_t v = 5;
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    ck_assert_msg(!number_parse_unsigned(bad[i], &v), "%s", bad[i]);
    ck_assert_uint_eq(v, 5);
  }
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    ck_assert_msg(number_parse_unsigned(good[i].text, &v), "%s", good[i].text);
    ck_assert_uint_eq(v, good[i].value);
  }
}
END_TEST

START_TEST(random_numbers_are_splitmix64)
{
  static const uint64_t known[] = {UINT64_C(6457827717110365317), UINT64_C(3203168211198807973),
                                   UINT64_C(9817491932198370423), UINT64_C(4593380528125082431),
                                   UINT64_C(16408922859458223821)};
  uint64_t state = 1234567;
  for (int i = 0; i < 5; i++) ck_assert_uint_eq(splitmix64(&state), known[i]);
  state = 1234567;
  for (int i = 0; i < 5; i++)
    ck_assert_double_eq(splitmix_uniform(&state), ldexp((double)(known[i] >> 11), -53));
}
END_TEST

START_TEST(strbuf_grows)
{
  struct strbuf s = {0};
  char expected[4000] = "";
  for (int i = 0; i < 200; i++) {
    char piece[40];
    snprintf(piece, sizeof piece, "%d,%g;", i, i / 4.0);
    strcat(expected, piece);
    strbuf_int(&s, i);
    strbuf_putc(&s, ',');
    strbuf_number(&s, i / 4.0);
    strbuf_printf(&s, "%s", ";");
  }
  ck_assert(!s.failed);
  ck_assert_str_eq(s.data, expected);
  ck_assert_uint_eq(s.len, strlen(expected));
  strbuf_free(&s);
  strbuf_free(&s);
}
END_TEST

START_TEST(strbuf_remembers_failure)
{
  struct strbuf s = {0};
  struct failing f = {.fail_at = 1};
  mem_set_hook(failing_hook, &f);
  strbuf_puts(&s, "lost");
  strbuf_puts(&s, "ignored");
  strbuf_free(&s);
  mem_set_hook(NULL, NULL);
  ck_assert_int_eq(f.calls, 1);
  struct strbuf t = {0};
  f = (struct failing){.fail_at = 1};
  mem_set_hook(failing_hook, &f);
  strbuf_printf(&t, "%d", 1);
  mem_set_hook(NULL, NULL);
  ck_assert(t.failed);
  strbuf_free(&t);
}
END_TEST

START_TEST(prints_each_field)
{
  static const struct {
    enum field field;
    double re, im;
    const char *text;
  } cases[] = {
      {FIELD_REAL, -1.5, 7, "-1.5"},
      {FIELD_COMPLEX, 1.5, -2, "1.5-2i"},
      {FIELD_COMPLEX, 0, 0, "0+0i"},
      {FIELD_COMPLEX, -0.0, -0.0, "-0-0i"},
      {FIELD_COMPLEX, -INFINITY, INFINITY, "-inf+infi"},
      {FIELD_COMPLEX, NAN, NAN, "nan+nani"},
      {FIELD_COMPLEX, 1, -NAN, "1+nani"},
      {FIELD_COMPLEX, -2.2250738585072014e-308, -1.7976931348623157e308,
       "-2.2250738585072014e-308-1.7976931348623157e+308i"},
      {FIELD_EXACT, 3, 4, "0"},
  };
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    struct strbuf s = {0};
    number_print(cases[k].field, &(struct number){.re = cases[k].re, .im = cases[k].im}, &s);
    ck_assert_str_eq(s.data, cases[k].text);
    strbuf_free(&s);
  }
}
END_TEST

Suite *number_suite(void)
{
  Suite *suite = suite_create("number");
  TCase *tc = tcase_create("number");
  tcase_add_test(tc, format_round_trips);
  tcase_add_test(tc, format_of_special_values);
  tcase_add_test(tc, format_of_integers);
  tcase_add_test(tc, format_of_whole_doubles);
  tcase_add_test(tc, scan_finds_the_longest_number);
  tcase_add_test(tc, parse_agrees_with_strtod);
  tcase_add_test(tc, parse_refuses);
  tcase_add_test(tc, parse_out_of_range);
  tcase_add_test(tc, parse_long_digits);
  tcase_add_test(tc, json_prefix_agrees_with_a_regular_expression);
  tcase_add_test(tc, whole_numbers);
  tcase_add_test(tc, unsigned_numbers);
  tcase_add_test(tc, random_numbers_are_splitmix64);
  tcase_add_test(tc, prints_each_field);
  tcase_add_test(tc, strbuf_grows);
  tcase_add_test(tc, strbuf_remembers_failure);
  suite_add_tcase(suite, tc);
  return suite;
}
