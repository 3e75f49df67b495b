#include "config.h"

#include "base/number.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <system_error>

#if defined(__has_feature)
#if __has_feature(memory_sanitizer)
#include <sanitizer/msan_interface.h>
#define WRITTEN(p, len) __msan_unpoison(p, len) /* by the C++ library, which tells it nothing */
#endif
#endif
#ifndef WRITTEN
#define WRITTEN(p, len) ((void)0)
#endif

static size_t put(char *out, const char *word)
{
  size_t len = std::strlen(word);
  std::memcpy(out, word, len);
  return len;
}

/* Eight digits as text, from v < 10^8, the first in the lowest byte: halves, quarters and eighths
 * of them are divided at once. */
static uint64_t eight_digits(uint32_t v)
{
  uint64_t fours = v / 10000 | uint64_t{v % 10000} << 32;
  uint64_t hundreds = (fours * 10486 >> 20) & 0x0000007F0000007F;
  uint64_t twos = hundreds | (fours - hundreds * 100) << 16;
  uint64_t tens = (twos * 103 >> 10) & 0x000F000F000F000F;
  return 0x3030303030303030 | tens | (twos - tens * 10) << 8;
}

static char *put_eight(char *p, uint64_t text, int skipped)
{
  text >>= 8 * skipped;
  if (__BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__) text = __builtin_bswap64(text);
  std::memcpy(p, &text, sizeof text);
  return p + 8 - skipped;
}

/* Writes up to 7 bytes more than the digits.  Half the time of to_chars, which goes by two digits;
 * there are as many indices as values in most of what is written. */
static char *put_whole(char *p, uint64_t v)
{
  if (v < 100000000) {
    uint64_t text = eight_digits(static_cast<uint32_t>(v));
    int zeros = __builtin_ctzll((text & 0x0F0F0F0F0F0F0F0F) | UINT64_C(1) << 56) / 8;
    return put_eight(p, text, zeros);
  }
  p = put_whole(p, v / 100000000); /* at most two levels deep */
  return put_eight(p, eight_digits(static_cast<uint32_t>(v % 100000000)), 0);
}

size_t number_format(char out[NUMBER_MAX], double v)
{
  if (std::fabs(v) < 100000 && v == static_cast<double>(static_cast<int32_t>(v))) {
    /* What to_chars writes, too: from 1e+05 on, an exponent may be shorter. */
    char *p = out;
    if (std::signbit(v)) *p++ = '-';
    return static_cast<size_t>(put_whole(p, static_cast<uint64_t>(std::fabs(v))) - out);
  }
  if (std::isnan(v)) return put(out, "nan"); /* to_chars shows the sign of a NaN */
  if (std::isinf(v)) return put(out, v < 0 ? "-inf" : "inf");
  size_t len = static_cast<size_t>(std::to_chars(out, out + NUMBER_MAX, v).ptr - out);
  WRITTEN(out, len);
  return len;
}

size_t number_format_int(char out[NUMBER_MAX], int64_t v)
{
  char *p = out;
  if (v < 0) *p++ = '-';
  uint64_t magnitude = v < 0 ? -static_cast<uint64_t>(v) : static_cast<uint64_t>(v);
  return static_cast<size_t>(put_whole(p, magnitude) - out);
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

/* Keeps out what from_chars takes beyond the grammar: inf and nan. */
static bool begins_number(const char *s, const char *end)
{
  return s < end && (is_digit(*s) || *s == '.');
}

const char *number_scan(const char *s, const char *end, double *value)
{
  bool negative = s < end && *s == '-';
  if (s < end && (*s == '+' || *s == '-')) s++;
  double v = 0;
  if (!begins_number(s, end)) return nullptr;
  auto [ptr, ec] = std::from_chars(s, end, v);
  if (ec != std::errc() || std::isinf(v)) return nullptr;
  *value = negative ? -v : v;
  return ptr;
}

/* Which asks for digits on both sides of a point, and takes no zeros that lead, and no plus. */
const char *number_scan_json(const char *s, const char *end, double *value)
{
  const char *digits = s < end && *s == '-' ? s + 1 : s, *p = digits;
  while (p < end && is_digit(*p)) p++;
  if (p == digits || (*digits == '0' && p - digits > 1)) return nullptr;
  if (p < end && *p == '.' && (p + 1 == end || !is_digit(p[1]))) return nullptr;
  return number_scan(s, end, value);
}

enum number_result number_parse(const char *s, size_t len, double *value)
{
  const char *end = s + len, *digits = s;
  if (digits < end && (*digits == '+' || *digits == '-')) digits++;
  if (!begins_number(digits, end)) return NUMBER_SYNTAX;
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

bool number_parse_unsigned(const char *s, uint64_t *value)
{
  const char *end = s + strlen(s);
  uint64_t v;
  auto [ptr, ec] = std::from_chars(s, end, v);
  if (ptr != end || ec != std::errc()) return false;
  *value = v;
  return true;
}
