/* The operators on single numbers of each field. */
#ifndef ASDEX_PROGRAM_ARITHMETIC_H
#define ASDEX_PROGRAM_ARITHMETIC_H

#include "base/numbers.h"
#include "program/program.h"

enum arithmetic {
  ARITHMETIC_OK,
  ARITHMETIC_NO_MEMORY,
  /* exact numbers alone: */
  ARITHMETIC_DIVISION_BY_ZERO,
  ARITHMETIC_IRRATIONAL, /* the result is not a rational number, as far as asdex knows */
  ARITHMETIC_TOO_LARGE,  /* beyond RATIONAL_BITS_MAX */
  /* complex numbers alone: an operator that takes real numbers got another */
  ARITHMETIC_NOT_REAL,
};

/* out = the operator's value.  a, b, c: the arguments (those beyond its arity are not looked at; they may be *out);
 * k: its op's `value`.  Exact numbers: NULL stands for 0; a fault among the arguments is the result
 * unless it does not matter (the branch that a select does not take, what `and` and `or` need not
 * look at); *out gets a reference that the caller owns (NULL: 0).  Not for READ; a CONST is k. */
enum arithmetic number_op(enum field field, enum op_code code, const struct number *a,
                          const struct number *b, const struct number *c, double k,
                          struct number *out) MUST_CHECK;

/* Whether a condition with this value holds: it is not 0. */
bool number_is_true(enum field field, const struct number *x);
/* Whether v beats the least (or greatest) value so far: NaN and faults win; of complex numbers the
 * real parts count. */
bool number_beats(enum field field, enum output_mode mode, const struct number *v,
                  const struct number *best);

/* What went wrong, for messages: "a division by zero". */
const char *arithmetic_text(enum arithmetic why);
enum arithmetic arithmetic_of(enum rational_result r);

#endif
