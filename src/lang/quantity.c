#include "config.h"

#include "lang/quantity.h"

#include <math.h>
#include <string.h>

#include "base/number.h"
#include "program/complex.h"
#include "program/value.h"

enum status number_hold(struct elab *e, const struct number *x)
{
  if (!x->exact || VEC_PUSH(&e->temporaries, x->exact)) return STATUS_OK;
  rational_drop(x->exact);
  return diag_no_memory(e->ctx);
}

void number_release(struct elab *e, size_t mark)
{
  while (e->temporaries.len > mark) rational_drop(e->temporaries.data[--e->temporaries.len]);
}

const char *operator_name(enum op_code code)
{
  switch (code) {
  case OP_LT:
  case OP_LE:
  case OP_EQ:
  case OP_NE: return "a comparison";
  case OP_MIN_FIRST: return "min";
  case OP_MAX_FIRST: return "max";
  case OP_NOT:
  case OP_AND:
  case OP_OR:
  case OP_SELECT: return "a condition";
  default: return op_table[code].name;
  }
}

enum status number_result(struct elab *e, struct loc loc, enum op_code code, enum arithmetic result,
                          struct number *out)
{
  switch (result) {
  case ARITHMETIC_OK: return number_hold(e, out);
  case ARITHMETIC_NO_MEMORY: return diag_no_memory(e->ctx);
  case ARITHMETIC_DIVISION_BY_ZERO: return FAIL(e->ctx, EXACT_DIVISION, loc);
  case ARITHMETIC_IRRATIONAL: return FAIL(e->ctx, IRRATIONAL, loc, operator_name(code));
  case ARITHMETIC_TOO_LARGE: return FAIL(e->ctx, EXACT_TOO_LARGE, loc, (int)RATIONAL_BITS_MAX);
  case ARITHMETIC_NOT_REAL: break;
  }
  return FAIL(e->ctx, NOT_REAL, loc, operator_name(code));
}

enum status number_apply(struct elab *e, struct loc loc, enum op_code code, const struct number *a,
                         const struct number *b, struct number *out)
{
  bool two = op_table[code].arity > 1;
  if (e->field == FIELD_REAL) { /* most of them, and they cannot fail */
    *out = (struct number){.re = op_value(code, a->re, two ? b->re : 0, 0, 0)};
    return STATUS_OK;
  }
  struct number v = {0};
  enum arithmetic result = number_op(e->field, code, a, two ? b : NULL, NULL, 0, &v);
  if (e->field == FIELD_COMPLEX && !op_is_holomorphic(code) && (a->im != 0 || (two && b->im != 0)))
    result = ARITHMETIC_NOT_REAL;
  *out = v;
  return number_result(e, loc, code, result, out);
}

enum status number_of_double(struct elab *e, double v, struct number *out)
{
  *out = (struct number){.re = v};
  if (e->field != FIELD_EXACT || v == 0) return STATUS_OK;
  enum rational_result result = rational_of_double(v, &out->exact);
  return result == RATIONAL_OK ? number_hold(e, out) : diag_no_memory(e->ctx);
}

enum status number_of_text(struct elab *e, struct loc loc, const char *text, size_t len,
                           double near, struct number *out)
{
  *out = (struct number){.re = near};
  if (e->field != FIELD_EXACT) return STATUS_OK;
  return number_result(e, loc, OP_CONST,
                       arithmetic_of(rational_parse_fraction(text, len, &out->exact)), out);
}

/* Nodes that the model does not spell out are whole numbers. */
enum status number_of_literal(struct elab *e, const struct expr *x, struct number *out)
{
  *out = (struct number){0};
  if (x->imaginary)
    out->im = x->value;
  else if (e->field != FIELD_EXACT)
    out->re = x->value;
  else if (x->text && (x->text[0] == '.' || (x->text[0] >= '0' && x->text[0] <= '9')))
    return number_of_text(e, x->loc, x->text, strlen(x->text), x->value, out);
  else if (x->value != trunc(x->value) || !isfinite(x->value))
    return FAIL(e->ctx, IRRATIONAL, x->loc, isfinite(x->value) ? "pi" : "inf");
  else
    return number_of_double(e, x->value, out);
  return STATUS_OK;
}

double number_nearest(enum field field, const struct number *x)
{
  if (field != FIELD_EXACT) return x->re;
  return x->exact ? rational_to_double(x->exact) : 0;
}

bool number_is_whole(enum field field, const struct number *x, double *k)
{
  *k = number_nearest(field, x);
  if (field == FIELD_EXACT) return !x->exact || rational_is_whole(x->exact);
  return x->im == 0 && x->re == trunc(x->re);
}

bool number_equal(enum field field, const struct number *a, const struct number *b)
{
  if (field != FIELD_EXACT) return a->re == b->re && a->im == b->im;
  if (!a->exact || !b->exact) {
    const struct rational *other = a->exact ? a->exact : b->exact;
    return !other || rational_sign(other) == 0;
  }
  return rational_compare(a->exact, b->exact) == 0;
}

bool number_is_double(enum field field, const struct number *x)
{
  struct number near = {.re = number_nearest(field, x)};
  if (field != FIELD_EXACT) return x->im == 0;
  if (!isfinite(near.re) || rational_of_double(near.re, &near.exact) != RATIONAL_OK) return false;
  bool same = number_equal(field, x, &near);
  rational_drop(near.exact);
  return same;
}
