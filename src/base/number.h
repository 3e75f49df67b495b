/* Numbers as decimal text, independent of locale. */
#ifndef ASDEX_BASE_NUMBER_H
#define ASDEX_BASE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { NUMBER_MAX = 32 }; /* bytes that a formatted number needs at most */

/* Writes the shortest decimal that reads back as the same double (`inf`, `-inf`, `nan` else) and
 * returns its length; not NUL-terminated.  Both may write to all of `out`. */
size_t number_format(char out[NUMBER_MAX], double v);
size_t number_format_int(char out[NUMBER_MAX], int64_t v);

enum number_result { NUMBER_OK, NUMBER_SYNTAX, NUMBER_OVERFLOW };

/* Parses all of [s, s+len) as [+-]digits[.digits][e[+-]digits], also `.5` and `5.`; nearest double
 * (underflow gives 0 or a denormal).  Neither hexadecimal, nor inf, nor nan, nor blanks. */
enum number_result number_parse(const char *s, size_t len, double *value);

/* The same for the longest prefix of [s, end) that is such a number: returns where it ends, or NULL
 * where there is none, or one that is out of the range of doubles. */
const char *number_scan(const char *s, const char *end, double *value);

/* The same by the JSON grammar. */
const char *number_scan_json(const char *s, const char *end, double *value);

/* Length of the longest prefix of [s, s+len) that is a number by the JSON grammar; 0: none. */
size_t number_json_prefix(const char *s, size_t len);

/* A whole number in decimal digits with an optional sign. */
enum number_result number_parse_int(const char *s, size_t len, int64_t *value);
/* One from 0 to 2^64-1, in digits alone: a seed, a count.  False: *value is as it was. */
bool number_parse_unsigned(const char *s, uint64_t *value);

/* Whether two doubles are the same to the bit: 0 is not -0, and a NaN is itself. */
static inline bool number_same_bits(double a, double b)
{
  uint64_t x, y;
  memcpy(&x, &a, sizeof x);
  memcpy(&y, &b, sizeof y);
  return x == y;
}

#ifdef __cplusplus
}
#endif

#endif
