#include "config.h"

#include "program/value.h"

#include <math.h>

#include "program/special.h"

double op_value(enum op_code code, double a, double b, double c, double k)
{
  switch (code) {
#define OP(id, name, arity, class, in_language, value, holomorphic, da, db, doc)                   \
  case OP_##id:                                                                                    \
    return (value);
#include "program/ops.def"
#undef OP
  case OP_COUNT: break;
  }
  return NAN;
}
