/* The first partial derivatives of the operators, from ops.def. */
#include "config.h"

#include "program/transform.h"

/* The derivative of w = pow(x, y) in y, w·log(x).  At x = 0 < y it is 0, and not 0·∞; its own
 * derivative in x there is 0 for y > 1 and -∞ else, as that of -√x is. */
static int32_t pow_in_exponent(struct body *b, int32_t x, int32_t y, int32_t w)
{
  int32_t zero = body_const(b, 0), at_zero = body_op2(b, OP_EQ, x, zero);
  int32_t flat = body_op2(b, OP_AND, at_zero, body_op2(b, OP_LT, body_const(b, 1), y));
  int32_t small = body_op2(b, OP_AND, at_zero, body_op2(b, OP_LT, zero, y));
  int32_t steep = body_op1(b, OP_NEG, body_op1(b, OP_SQRT, x));
  int32_t plain = body_op2(b, OP_MUL, w, body_op1(b, OP_LOG, x));
  return body_op3(b, OP_SELECT, flat, zero, body_op3(b, OP_SELECT, small, steep, plain));
}

/* pow(x, y).  With data as exponent the derivative at y = 0 is 0 for every x (0 too, where
 * y·pow(x, y-1) would be 0·∞). */
static int32_t pow_partial(struct body *b, int slot, int32_t x, int32_t y, int32_t w,
                           bool exponent_active)
{
  if (slot == 1) return pow_in_exponent(b, x, y, w);
  int32_t one = body_const(b, 1), zero = body_const(b, 0);
  int32_t d = body_op2(b, OP_MUL, y, body_op2(b, OP_POW, x, body_op2(b, OP_SUB, y, one)));
  return exponent_active ? d : body_op3(b, OP_SELECT, body_op2(b, OP_EQ, y, zero), zero, d);
}

static int32_t partial_of(struct body *b, const struct op *o, int slot, int32_t x, int32_t y,
                          int32_t w, bool exponent_active)
{
#define A x
#define B y
#define W w
#define IMM ((int)o->value)
#define NONE (-1)
#define K(c) body_const(b, (c))
#define ADD(u, v) body_op2(b, OP_ADD, u, v)
#define SUB(u, v) body_op2(b, OP_SUB, u, v)
#define MUL(u, v) body_op2(b, OP_MUL, u, v)
#define DIV(u, v) body_op2(b, OP_DIV, u, v)
#define NEG(u) body_op1(b, OP_NEG, u)
#define TIMES(c, u) body_scale(b, (c), u)
#define POWI(u, k) body_powi(b, u, (k))
#define POLYGAMMA(m, u) body_polygamma(b, (m), u)
#define FN(f, u) body_op1(b, OP_##f, u)
#define FN2(f, u, v) body_op2(b, OP_##f, u, v)
  if (o->code == OP_POW) return pow_partial(b, slot, x, y, w, exponent_active);
  switch (o->code) {
#define OP(id, name, arity, class, in_language, value, holomorphic, da, db, doc)                   \
  case OP_##id:                                                                                    \
    return slot == 0 ? (da) : (db);
#include "program/ops.def"
#undef OP
  case OP_COUNT: break;
  }
  return -1;
}

/* -w/y·d as (d/y)·w, from w and 1/y: y² may be beyond the range of doubles where its logarithm,
 * say, is not. */
static int32_t quotient_derivative(struct body *b, int32_t reciprocal, int32_t w, int32_t d)
{
  return body_op1(b, OP_NEG, body_op2(b, OP_MUL, body_op2(b, OP_MUL, d, reciprocal), w));
}

int32_t op_derivative(struct body *b, const struct op *o, int slot, int32_t x, int32_t y, int32_t w,
                      bool exponent_active, int32_t d)
{
  if (slot == 1 && (o->code == OP_DIV || o->code == OP_SLOPE))
    return quotient_derivative(b, body_op2(b, OP_DIV, body_const(b, 1), y), w, d);
  if (o->code == OP_LOG_SLOPE) return quotient_derivative(b, w, w, d);
  int32_t partial = partial_of(b, o, slot, x, y, w, exponent_active);
  return partial < 0 ? -1 : body_op2(b, OP_MUL, partial, d);
}
