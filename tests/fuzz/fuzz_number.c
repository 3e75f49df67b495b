/* Numbers: what is scanned is what the C library and exact numbers say; what is printed reads back
 * as the same. */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/numbers.h"
#include "fuzz.h"
#include "io/data.h"

enum { BITS_TO_PRINT = 20000, TEXT_MAX = 4000 };

static bool same(double a, double b)
{
  return !memcmp(&a, &b, sizeof a) || (isnan(a) && isnan(b));
}

static void check_double(double v)
{
  char text[NUMBER_MAX + 1];
  double again = 0;
  size_t len = number_format(text, v);
  FUZZ_CHECK(len > 0 && len <= NUMBER_MAX, "%zu bytes", len);
  text[len] = '\0';
  if (isfinite(v)) {
    FUZZ_CHECK(number_parse(text, len, &again) == NUMBER_OK, "%s", text);
    FUZZ_CHECK(number_scan(text, text + len, &again) == text + len, "%s", text);
    FUZZ_CHECK(number_json_prefix(text, len) == len, "%s is not JSON", text);
  }
  FUZZ_CHECK(same(strtod(text, NULL), v) && (!isfinite(v) || same(again, v)), "%s", text);
}

static void check_integer(int64_t v)
{
  char text[NUMBER_MAX];
  int64_t again = 0;
  size_t len = number_format_int(text, v);
  FUZZ_CHECK(number_parse_int(text, len, &again) == NUMBER_OK && again == v, "%lld", (long long)v);
}

static void check_complex(double re, double im)
{
  char text[COMPLEX_MAX];
  double re2, im2;
  if (!isfinite(re) || !isfinite(im)) return;
  size_t len = number_format_complex(text, re, im);
  FUZZ_CHECK(data_parse_complex(text, len, &re2, &im2), "%.*s", (int)len, text);
  FUZZ_CHECK(same(re, re2) && same(im, im2), "%.*s", (int)len, text);
}

static void check_rational_print(const struct rational *r)
{
  struct strbuf text = {0};
  struct rational *again = NULL;
  if (rational_bits(r) > BITS_TO_PRINT) return;
  rational_format(r, &text);
  FUZZ_CHECK(rational_parse_fraction(text.data, text.len, &again) == RATIONAL_OK &&
                 rational_compare(r, again) == 0,
             "%.200s", text.data);
  rational_drop(again);
  strbuf_free(&text);
}

/* The exact number's nearest double is the one that is scanned. */
static void check_rational(const char *text, size_t len, enum number_result result, double v)
{
  struct rational *r = NULL, *back = NULL;
  if (!rational_available) return;
  enum rational_result exact = rational_parse(text, len, &r);
  FUZZ_CHECK((exact == RATIONAL_OK) == (r != NULL), "%d", (int)exact);
  if (result != NUMBER_SYNTAX)
    FUZZ_CHECK(exact == RATIONAL_OK || exact == RATIONAL_TOO_LARGE, "not exact: %d", (int)exact);
  if (r && result != NUMBER_SYNTAX) {
    double nearest = rational_to_double(r);
    FUZZ_CHECK(result == NUMBER_OVERFLOW ? isinf(nearest) : nearest == v, "%.17g, not %.17g", v,
               nearest);
    check_rational_print(r);
  }
  if (result == NUMBER_OK) {
    FUZZ_CHECK(rational_of_double(v, &back) == RATIONAL_OK && rational_to_double(back) == v,
               "%.17g", v);
    check_rational_print(back);
  }
  rational_drop(back);
  rational_drop(r);
}

/* The whole text as a number, against strtod and the other ways to scan. */
static void check_text(const char *text, size_t len)
{
  double v = 0, scanned = 0;
  enum number_result result = number_parse(text, len, &v);
  const char *end = number_scan(text, text + len, &scanned);
  if (result != NUMBER_SYNTAX) {
    char *stop;
    double want = strtod(text, &stop);
    FUZZ_CHECK(stop == text + len, "strtod stops at %td of %s", stop - text, text);
    FUZZ_CHECK(result == NUMBER_OVERFLOW ? isinf(want) : same(want, v), "%s: %.17g, not %.17g",
               text, v, want);
  }
  if (result == NUMBER_OK && end) FUZZ_CHECK(end == text + len && same(scanned, v), "%s", text);
  if (end == text + len) FUZZ_CHECK(result == NUMBER_OK, "scanned, not parsed: %s", text);
  check_rational(text, len, result, v);
}

static void check_prefix(const char *text, size_t len)
{
  size_t prefix = number_json_prefix(text, len);
  double v = 0, w = 0;
  FUZZ_CHECK(prefix <= len, "%zu of %zu bytes", prefix, len);
  if (prefix > 0)
    FUZZ_CHECK(number_parse(text, prefix, &v) != NUMBER_SYNTAX, "JSON: %.*s", (int)prefix, text);
  const char *end = number_scan_json(text, text + len, &w);
  if (end) FUZZ_CHECK((size_t)(end - text) == prefix && same(v, w), "JSON: %.*s", (int)len, text);
}

static void check_whole(const char *text, size_t len)
{
  int64_t v = 0;
  enum number_result result = number_parse_int(text, len, &v);
  if (result == NUMBER_SYNTAX) return;
  errno = 0;
  char *end;
  long long want = strtoll(text, &end, 10);
  FUZZ_CHECK(end == text + len && (result == NUMBER_OVERFLOW) == (errno == ERANGE), "%s", text);
  if (result == NUMBER_OK) FUZZ_CHECK(want == v, "%s: %lld", text, (long long)v);
}

static void check_parts(const char *text, size_t len)
{
  struct rational *r = NULL;
  double re, im;
  bool is_complex = data_parse_complex(text, len, &re, &im);
  if (is_complex) check_complex(re, im);
  if (!rational_available) return;
  bool is_exact = data_parse_text(DATA_EXACT, text, len, &re, &im);
  enum rational_result result = rational_parse_fraction(text, len, &r);
  if (is_exact && !is_complex)
    FUZZ_CHECK(result == RATIONAL_OK || result == RATIONAL_TOO_LARGE, "%s", text);
  if (r) check_rational_print(r);
  rational_drop(r);
}

void fuzz_number(const uint8_t *data, size_t size)
{
  char text[TEXT_MAX + 1];
  double v[2] = {0};
  int64_t whole = 0;
  size_t len = size < TEXT_MAX ? size : TEXT_MAX;
  memcpy(text, data, len);
  text[len] = '\0';
  check_text(text, len);
  check_prefix(text, len);
  check_whole(text, len);
  check_parts(text, len);
  memcpy(v, data, size < sizeof v ? size : sizeof v);
  memcpy(&whole, data, size < sizeof whole ? size : sizeof whole);
  check_double(v[0]);
  check_integer(whole);
  check_double((double)whole);
  check_complex(v[0], v[1]);
}
