#define op_derivative right_derivative
#include "program/partial.c"
#undef op_derivative

#include "unit/wrong_rule.h"

enum op_code wrong_rule = OP_COUNT;

int32_t op_derivative(struct body *b, const struct op *o, int slot, int32_t x, int32_t y, int32_t w,
                      bool exponent_active, int32_t d)
{
  int32_t product = right_derivative(b, o, slot, x, y, w, exponent_active, d);
  return o->code == wrong_rule && product >= 0 ? body_scale(b, 1.5, product) : product;
}
