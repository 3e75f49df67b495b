#include "config.h"

#include "program/arithmetic.h"

#include <complex.h>
#include <math.h>

#include "program/complex.h"
#include "program/special_complex.h"
#include "program/value.h"

enum arithmetic arithmetic_of(enum rational_result r)
{
  switch (r) {
  case RATIONAL_OK: return ARITHMETIC_OK;
  case RATIONAL_NO_MEMORY: return ARITHMETIC_NO_MEMORY;
  case RATIONAL_DIVISION_BY_ZERO: return ARITHMETIC_DIVISION_BY_ZERO;
  case RATIONAL_TOO_LARGE: return ARITHMETIC_TOO_LARGE;
  case RATIONAL_IRRATIONAL:
  case RATIONAL_SYNTAX: break;
  }
  return ARITHMETIC_IRRATIONAL;
}

const char *arithmetic_text(enum arithmetic why)
{
  switch (why) {
  case ARITHMETIC_DIVISION_BY_ZERO: return "a division by zero";
  case ARITHMETIC_IRRATIONAL: return "a result that is no rational number";
  case ARITHMETIC_TOO_LARGE: return "a number with too many digits";
  case ARITHMETIC_NOT_REAL: return "a complex number where a real one is needed";
  case ARITHMETIC_NO_MEMORY: return "no memory";
  case ARITHMETIC_OK: break;
  }
  return "nothing";
}

/* ---- complex ---- */

static enum arithmetic complex_op(enum op_code code, const struct number *a, const struct number *b,
                                  const struct number *c, double k, struct number *out)
{
  int arity = op_table[code].arity;
  const struct number none = {0}, *arg[3] = {arity > 0 ? a : &none, arity > 1 ? b : &none,
                                             arity > 2 ? c : &none};
  for (int i = 0; i < arity && op_is_real_only(code); i++)
    if (arg[i]->im != 0) return ARITHMETIC_NOT_REAL;
  double complex v =
      op_value_complex(code, complex_of(arg[0]->re, arg[0]->im), complex_of(arg[1]->re, arg[1]->im),
                       complex_of(arg[2]->re, arg[2]->im), k);
  *out = (struct number){.re = creal(v), .im = cimag(v)};
  return ARITHMETIC_OK;
}

/* ---- exact ---- */

static bool is_fault(const struct rational *r)
{
  return r && rational_is_fault(r, NULL, NULL);
}

static int sign(const struct rational *r)
{
  return r ? rational_sign(r) : 0;
}

/* Three-way comparison; NULL is 0. */
static int compare(const struct rational *a, const struct rational *b)
{
  if (!a) return -sign(b);
  return b ? rational_compare(a, b) : sign(a);
}

static enum rational_result whole(int v, struct rational **out)
{
  *out = NULL;
  return v ? rational_of_int(v, out) : RATIONAL_OK;
}

static enum rational_result keep(struct rational *v, struct rational **out)
{
  *out = rational_keep(v);
  return RATIONAL_OK;
}

/* a^b with a whole exponent. */
static enum rational_result power(const struct rational *a, const struct rational *b,
                                  struct rational **out)
{
  int64_t k = 0;
  if (b && !rational_is_whole(b)) return RATIONAL_IRRATIONAL;
  if (b && !rational_to_int64(b, &k)) return RATIONAL_TOO_LARGE;
  if (a) return rational_powi(a, k, out);
  return k < 0 ? RATIONAL_DIVISION_BY_ZERO : whole(k == 0, out);
}

/* Operators of which some arguments need not be numbers. */
static bool lazy_op(enum op_code code, struct rational *a, struct rational *b, struct rational *c,
                    enum rational_result *result, struct rational **out)
{
  switch (code) {
  case OP_SELECT: *result = keep(is_fault(a) ? a : sign(a) ? b : c, out); return true;
  case OP_AND:
    if (is_fault(a) || sign(a)) return false;
    *result = whole(0, out);
    return true;
  case OP_OR:
    if (is_fault(a) || !sign(a)) return false;
    *result = whole(1, out);
    return true;
  case OP_FINITE: *result = whole(!is_fault(a), out); return true;
  default: return false;
  }
}

/* Conditions and the like, on arguments that are numbers. */
static bool test_op(enum op_code code, const struct rational *a, const struct rational *b, int *v)
{
  switch (code) {
  case OP_LT: *v = compare(a, b) < 0; return true;
  case OP_LE:
  case OP_MIN_FIRST: *v = compare(a, b) <= 0; return true;
  case OP_MAX_FIRST: *v = compare(a, b) >= 0; return true;
  case OP_EQ: *v = compare(a, b) == 0; return true;
  case OP_NE: *v = compare(a, b) != 0; return true;
  case OP_AND: *v = sign(a) && sign(b); return true;
  case OP_OR: *v = sign(a) || sign(b); return true;
  case OP_NOT: *v = !sign(a); return true;
  case OP_SIGN: *v = sign(a); return true;
  default: return false;
  }
}

/* The rest; where an argument is 0 as NULL, it has been replaced where a function needs one. */
static enum rational_result rational_op(enum op_code code, struct rational *a, struct rational *b,
                                        double k, struct rational **out)
{
  switch (code) {
  case OP_CONST: return k == 0 ? keep(NULL, out) : rational_of_double(k, out);
  case OP_ADD: return !a ? keep(b, out) : !b ? keep(a, out) : rational_add(a, b, out);
  case OP_SUB:
    if (!b) return keep(a, out);
    return a ? rational_sub(a, b, out) : rational_neg(b, out);
  case OP_NEG: return a ? rational_neg(a, out) : keep(NULL, out);
  case OP_MUL: return a && b ? rational_mul(a, b, out) : keep(NULL, out);
  case OP_SLOPE:
    if (!sign(b)) return keep(NULL, out);
    return a ? rational_div(a, b, out) : keep(NULL, out);
  case OP_DIV:
    if (!sign(b)) return RATIONAL_DIVISION_BY_ZERO;
    return a ? rational_div(a, b, out) : keep(NULL, out);
  case OP_LOG_SLOPE:
    if (!sign(a)) return RATIONAL_DIVISION_BY_ZERO;
    return sign(a) < 0 ? RATIONAL_IRRATIONAL : rational_powi(a, -1, out);
  case OP_MOD:
    if (!sign(b)) return RATIONAL_DIVISION_BY_ZERO;
    return a ? rational_mod(a, b, out) : keep(NULL, out);
  case OP_POWI:
    if (a) return rational_powi(a, (int64_t)k, out);
    return k < 0 ? RATIONAL_DIVISION_BY_ZERO : whole(k == 0, out);
  case OP_POW: return power(a, b, out);
  case OP_FLOOR: return a ? rational_floor(a, out) : keep(NULL, out);
  case OP_CEIL: return a ? rational_ceil(a, out) : keep(NULL, out);
  case OP_ROUND: return a ? rational_round(a, out) : keep(NULL, out);
  case OP_TRUNC: return a ? rational_trunc(a, out) : keep(NULL, out);
  case OP_STOP: return keep(a, out);
  case OP_ABS: return a ? rational_abs(a, out) : keep(NULL, out);
  default: return RATIONAL_IRRATIONAL;
  }
}

static enum arithmetic exact_op(enum op_code code, const struct number *a, const struct number *b,
                                const struct number *c, double k, struct number *out)
{
  int arity = op_table[code].arity, test;
  struct rational *x = arity > 0 ? a->exact : NULL, *y = arity > 1 ? b->exact : NULL,
                  *z = arity > 2 ? c->exact : NULL, *fault = is_fault(x) ? x : y;
  enum rational_result result;
  *out = (struct number){0};
  if (!lazy_op(code, x, y, z, &result, &out->exact)) {
    if (is_fault(fault))
      result = keep(fault, &out->exact);
    else if (test_op(code, x, y, &test))
      result = whole(test, &out->exact);
    else
      result = rational_op(code, x, y, k, &out->exact);
  }
  return arithmetic_of(result);
}

/* ---- all fields ---- */

enum arithmetic number_op(enum field field, enum op_code code, const struct number *a,
                          const struct number *b, const struct number *c, double k,
                          struct number *out)
{
  int arity = op_table[code].arity;
  if (field == FIELD_COMPLEX) return complex_op(code, a, b, c, k, out);
  if (field == FIELD_EXACT) return exact_op(code, a, b, c, k, out);
  double x = arity > 0 ? a->re : 0, y = arity > 1 ? b->re : 0, z = arity > 2 ? c->re : 0;
  *out = (struct number){.re = op_value(code, x, y, z, k)};
  return ARITHMETIC_OK;
}

bool number_is_true(enum field field, const struct number *x)
{
  return field == FIELD_EXACT ? sign(x->exact) != 0 : x->re != 0 || x->im != 0;
}

bool number_beats(enum field field, enum output_mode mode, const struct number *v,
                  const struct number *best)
{
  if (field == FIELD_EXACT) {
    if (is_fault(best->exact)) return false;
    int order = is_fault(v->exact) ? 0 : compare(v->exact, best->exact);
    return is_fault(v->exact) || (mode == OUTPUT_MIN ? order < 0 : order > 0);
  }
  if (isnan(best->re)) return false;
  return isnan(v->re) || (mode == OUTPUT_MIN ? v->re < best->re : v->re > best->re);
}
