/* Numbers of the run's field while a model meets its data.
 *
 * What is computed here in exact mode belongs to a pool, e->temporaries; number_release gives back
 * what came after a mark (its length then). */
#ifndef ASDEX_LANG_QUANTITY_H
#define ASDEX_LANG_QUANTITY_H

#include "lang/elab.h"
#include "program/arithmetic.h"

/* out = the operator's value (arguments may be *out), or an error at `loc`: a division by zero in
 * exact mode, an operator that leaves the rational numbers, one that needs real numbers. */
enum status number_apply(struct elab *e, struct loc loc, enum op_code code, const struct number *a,
                         const struct number *b, struct number *out) MUST_CHECK;
/* Puts what number_op has made into the pool, or reports why it has made nothing. */
enum status number_result(struct elab *e, struct loc loc, enum op_code code, enum arithmetic result,
                          struct number *out) MUST_CHECK;
enum status number_hold(struct elab *e, const struct number *x) MUST_CHECK;
void number_release(struct elab *e, size_t mark);

/* A number that is exact as it is: an index, a count. */
enum status number_of_double(struct elab *e, double v, struct number *out) MUST_CHECK;
/* What a literal spells (EXPR_NUMBER). */
enum status number_of_literal(struct elab *e, const struct expr *x, struct number *out) MUST_CHECK;
/* What a text spells, as data files have it; `near` is its double. */
enum status number_of_text(struct elab *e, struct loc loc, const char *text, size_t len,
                           double near, struct number *out) MUST_CHECK;

/* The nearest double (of a complex number: of its real part). */
double number_nearest(enum field field, const struct number *x);
/* Whether it is a whole number; then *k is the nearest double. */
bool number_is_whole(enum field field, const struct number *x, double *k);
/* Whether it is its nearest double, exactly. */
bool number_is_double(enum field field, const struct number *x);
bool number_equal(enum field field, const struct number *a, const struct number *b);

/* The operator's name for messages: "abs", "a comparison". */
const char *operator_name(enum op_code code);

#endif
