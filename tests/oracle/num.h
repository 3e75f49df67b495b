/* The numbers of the oracle, in the field that num_begin chooses: doubles, complex numbers of
 * <complex.h>, or rational numbers straight from GNU MP.
 *
 * Zero bits are 0 in all fields.  Exact numbers live until num_begin or num_release; where there is
 * none (a division by zero) it is a number that is_none, and so is what is computed from it. */
#ifndef ASDEX_ORACLE_NUM_H
#define ASDEX_ORACLE_NUM_H

#include <complex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"

enum num_field { NUM_REAL, NUM_COMPLEX, NUM_EXACT };

struct num_exact;
union num {
  double complex z;          /* the largest, so first: {0} is 0 in all of them */
  double re;                 /* COMPLEX: the real part */
  const struct num_exact *q; /* NULL: 0 */
};

extern const bool num_has_exact; /* false without GNU MP */
extern enum num_field num_field; /* the one chosen: to be read alone */
extern uint64_t num_rounding;    /* as num_round_randomly was told: to be read alone */

void num_begin(enum num_field field);
/* Doubles that are not exact are from now on rounded to one of the neighbours as `seed` chooses, 0:
 * as usual.  The same operation with the same operands gives the same number, and what is exact
 * stays so: ties stay ties.  (D. Stott Parker, "Monte Carlo arithmetic", 1997, without this
 * restriction; J. Vignes, "A stochastic arithmetic for reliable scientific computation", 1993.) */
void num_round_randomly(uint64_t seed);
/* The double r that a function (any number that names it) gives at a and b, rounded so. */
double num_rounded(uint64_t function, double a, double b, double r);
void num_release(void);
/* Whether, since num_begin, an exact number had more digits, or a complex one was greater, than is
 * good for a comparison. */
bool num_is_too_large(void);

union num num_of(double v); /* exactly */
union num num_of_fraction(long p, unsigned long q);
union num num_of_complex(double re, double im);
/* What a literal of the language spells. */
union num num_literal(const char *text, double value, bool imaginary);

enum num_code { NUM_ADD, NUM_SUB, NUM_MUL, NUM_DIV };
union num num_operation(enum num_code code, union num a, union num b);

static inline bool num_is_plain(void)
{
  return num_field == NUM_REAL && num_rounding == 0;
}

static inline union num num_add(union num a, union num b)
{
  return num_is_plain() ? (union num){.re = a.re + b.re} : num_operation(NUM_ADD, a, b);
}
static inline union num num_sub(union num a, union num b)
{
  return num_is_plain() ? (union num){.re = a.re - b.re} : num_operation(NUM_SUB, a, b);
}
static inline union num num_mul(union num a, union num b)
{
  return num_is_plain() ? (union num){.re = a.re * b.re} : num_operation(NUM_MUL, a, b);
}
static inline union num num_div(union num a, union num b)
{
  return num_is_plain() ? (union num){.re = a.re / b.re} : num_operation(NUM_DIV, a, b);
}
union num num_neg(union num a);
union num num_powi(union num a, double k);   /* k is whole */
union num num_pow(union num a, union num b); /* not in exact numbers */
union num num_exp(union num a);              /* these two neither */
union num num_log(union num a);
union num num_floor(union num a); /* not in complex numbers */
union num num_ceil(union num a);
union num num_trunc(union num a);

bool num_is_none(union num a); /* or NaN */
bool num_is_zero(union num a);
int num_compare(union num a, union num b); /* -1, 0, 1; of complex numbers the real parts */
double num_near(union num a);              /* of complex numbers the real part */
bool num_is_whole(union num a);

/* As the command line writes exact numbers: `p/q` or `p`, or `nan`. */
void num_format(union num a, struct strbuf *out);

#endif
