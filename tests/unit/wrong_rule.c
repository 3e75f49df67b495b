#define op_partial right_partial
#include "program/partial.c"
#undef op_partial

#include "unit/wrong_rule.h"

enum op_code wrong_rule = OP_COUNT;

int32_t op_partial(struct body *b, const struct op *o, int slot, int32_t x, int32_t y, int32_t w,
                   bool exponent_active)
{
  int32_t d = right_partial(b, o, slot, x, y, w, exponent_active);
  return o->code == wrong_rule && d >= 0 ? body_scale(b, 1.5, d) : d;
}
