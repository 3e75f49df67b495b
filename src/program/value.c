#include "config.h"

#include "program/value.h"

#include <math.h>

#include "program/special.h"
#include "program/vecmath.h"

double op_value(enum op_code code, double a, double b, double c, double k)
{
  vecmath_loop *loop = vecmath_covers(code) ? vecmath_of(code) : NULL;
  if (loop) {
    double result;
    loop(1, &result, &a);
    return result;
  }
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
