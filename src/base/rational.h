/* Exact rational numbers: immutable, shared by counted references, of a bounded size.
 *
 * A function that makes a number stores a new reference in *out (to be dropped by the caller) or,
 * if the result is not RATIONAL_OK, NULL.  Operands are never changed and must not be NULL.  When
 * memory runs out nothing is lost but the result.  For one thread.
 *
 * A fault is a value that stands for "no number": why, and at which place.  What is computed from
 * a fault is that fault (of two, the first), and the result is RATIONAL_OK. */
#ifndef ASDEX_BASE_RATIONAL_H
#define ASDEX_BASE_RATIONAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/strbuf.h"

struct rational;

/* False in a build without GNU MP: all that makes a number then gives RATIONAL_NO_MEMORY. */
extern const bool rational_available;

enum rational_result {
  RATIONAL_OK,
  RATIONAL_NO_MEMORY,
  RATIONAL_TOO_LARGE, /* over RATIONAL_BITS_MAX, or on the way there before it is reduced */
  RATIONAL_DIVISION_BY_ZERO,
  RATIONAL_IRRATIONAL, /* no function here gives it; it is a reason for a fault */
  RATIONAL_SYNTAX
};

enum { RATIONAL_BITS_MAX = 1 << 24 }; /* of the numerator and of the denominator */

/* Another reference to r, and one given back; NULL is fine. */
struct rational *rational_keep(struct rational *r);
void rational_drop(struct rational *r);

MUST_CHECK enum rational_result rational_of_int(int64_t v, struct rational **out);

/* Exactly the value of v; RATIONAL_SYNTAX if it is infinite or NaN. */
MUST_CHECK enum rational_result rational_of_double(double v, struct rational **out);

/* Parses all of [s, s+len) as number_parse does, with `d` or `D` for an `e`, too: exactly what it
 * spells.  The size is estimated before anything is allocated. */
MUST_CHECK enum rational_result rational_parse(const char *s, size_t len, struct rational **out);

/* The same, or two of them with a slash between: `p/q`. */
MUST_CHECK enum rational_result rational_parse_fraction(const char *s, size_t len,
                                                        struct rational **out);

MUST_CHECK enum rational_result rational_fault(enum rational_result why, int32_t where,
                                               struct rational **out);
/* `why` and `where` may be NULL; they are set for a fault alone. */
bool rational_is_fault(const struct rational *a, enum rational_result *why, int32_t *where);

MUST_CHECK enum rational_result rational_add(const struct rational *a, const struct rational *b,
                                             struct rational **out);
MUST_CHECK enum rational_result rational_sub(const struct rational *a, const struct rational *b,
                                             struct rational **out);
MUST_CHECK enum rational_result rational_mul(const struct rational *a, const struct rational *b,
                                             struct rational **out);
MUST_CHECK enum rational_result rational_div(const struct rational *a, const struct rational *b,
                                             struct rational **out);
/* a - b·floor(a/b): zero or of b's sign. */
MUST_CHECK enum rational_result rational_mod(const struct rational *a, const struct rational *b,
                                             struct rational **out);
MUST_CHECK enum rational_result rational_neg(const struct rational *a, struct rational **out);
MUST_CHECK enum rational_result rational_abs(const struct rational *a, struct rational **out);

/* a^k; a^0 is 1 for every a, a negative power of 0 is RATIONAL_DIVISION_BY_ZERO. */
MUST_CHECK enum rational_result rational_powi(const struct rational *a, int64_t k,
                                              struct rational **out);

MUST_CHECK enum rational_result rational_floor(const struct rational *a, struct rational **out);
MUST_CHECK enum rational_result rational_ceil(const struct rational *a, struct rational **out);
MUST_CHECK enum rational_result rational_trunc(const struct rational *a, struct rational **out);
/* The nearest whole number, halves away from zero. */
MUST_CHECK enum rational_result rational_round(const struct rational *a, struct rational **out);

/* -1, 0, 1: the sign of a, and of a - b.  Not for faults. */
int rational_sign(const struct rational *a);
int rational_compare(const struct rational *a, const struct rational *b);

/* These take faults: no whole number, NaN, the text `nan`, no bits. */
bool rational_is_whole(const struct rational *a);
bool rational_to_int64(const struct rational *a, int64_t *v); /* false: not whole, or too large */
double rational_to_double(const struct rational *a); /* the nearest, ties to even; ±inf beyond */
void rational_format(const struct rational *a, struct strbuf *out); /* `p/q` or `p` */
size_t rational_bits(const struct rational *a); /* the larger of numerator and denominator */

#endif
