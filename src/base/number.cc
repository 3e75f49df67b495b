#include "config.h"

#include "base/number.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <system_error>

static size_t put(char *out, const char *word)
{
  size_t len = std::strlen(word);
  std::memcpy(out, word, len);
  return len;
}

size_t number_format(char out[NUMBER_MAX], double v)
{
  if (std::isnan(v)) return put(out, "nan"); /* to_chars shows the sign of a NaN */
  if (std::isinf(v)) return put(out, v < 0 ? "-inf" : "inf");
  return static_cast<size_t>(std::to_chars(out, out + NUMBER_MAX, v).ptr - out);
}

size_t number_format_int(char out[NUMBER_MAX], int64_t v)
{
  return static_cast<size_t>(std::to_chars(out, out + NUMBER_MAX, v).ptr - out);
}

static bool is_digit(char c)
{
  return c >= '0' && c <= '9';
}

/* The decimal exponent of the first significant digit of a valid number that from_chars found to
 * be out of range; only its sign matters: positive is overflow, negative underflow. */
static int64_t magnitude(const char *s, const char *end)
{
  int64_t point = 0, lead = 0;
  bool seen_point = false, significant = false;
  const int64_t cap = INT64_MAX / 4;
  for (; s < end && *s != 'e' && *s != 'E'; s++) {
    if (*s == '.') {
      seen_point = true;
    } else if (is_digit(*s)) {
      significant = significant || *s != '0';
      if (significant && !seen_point) point++;
      if (!significant && seen_point) lead++;
    }
  }
  int64_t exponent = 0;
  if (s < end) {
    s++;
    bool negative = s < end && *s == '-';
    for (; s < end; s++)
      if (is_digit(*s) && exponent < cap / 10) exponent = exponent * 10 + (*s - '0');
    if (negative) exponent = -exponent;
  }
  return exponent + point - lead;
}

enum number_result number_parse(const char *s, size_t len, double *value)
{
  const char *end = s + len, *digits = s;
  if (digits < end && (*digits == '+' || *digits == '-')) digits++;
  /* Keeps out what from_chars takes beyond the grammar: inf and nan. */
  if (digits == end || !(is_digit(*digits) || *digits == '.')) return NUMBER_SYNTAX;
  double v = 0;
  auto [ptr, ec] = std::from_chars(digits, end, v);
  if (ptr != end || ec == std::errc::invalid_argument) return NUMBER_SYNTAX;
  if (ec == std::errc::result_out_of_range) {
    if (magnitude(digits, end) > 0) return NUMBER_OVERFLOW;
    v = 0;
  } else if (std::isinf(v)) {
    return NUMBER_OVERFLOW;
  }
  *value = *s == '-' ? -v : v;
  return NUMBER_OK;
}

size_t number_json_prefix(const char *s, size_t len)
{
  size_t i = 0;
  if (i < len && s[i] == '-') i++;
  if (i == len || !is_digit(s[i])) return 0;
  if (s[i] == '0')
    i++;
  else
    while (i < len && is_digit(s[i])) i++;
  if (i + 1 < len && s[i] == '.' && is_digit(s[i + 1]))
    for (i++; i < len && is_digit(s[i]);) i++;
  if (i < len && (s[i] == 'e' || s[i] == 'E')) {
    size_t k = i + 1;
    if (k < len && (s[k] == '+' || s[k] == '-')) k++;
    if (k < len && is_digit(s[k])) {
      while (k < len && is_digit(s[k])) k++;
      i = k;
    }
  }
  return i;
}

enum number_result number_parse_int(const char *s, size_t len, int64_t *value)
{
  const char *end = s + len;
  if (s < end && *s == '+') {
    s++;
    if (s < end && *s == '-') return NUMBER_SYNTAX;
  }
  int64_t v;
  auto [ptr, ec] = std::from_chars(s, end, v);
  if (ptr != end || ec == std::errc::invalid_argument) return NUMBER_SYNTAX;
  if (ec == std::errc::result_out_of_range) return NUMBER_OVERFLOW;
  *value = v;
  return NUMBER_OK;
}
