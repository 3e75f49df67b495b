#include "config.h"

#include "program/complex.h"

#include <math.h>

#include "program/special_complex.h"
#include "program/value.h"

#define HOLOMORPHIC(value) (value)
#define COMPLEX(value) (value)
#define REAL_ONLY op_value(code, creal(a), creal(b), creal(c), k)

double complex op_value_complex(enum op_code code, double complex a, double complex b,
                                double complex c, double k)
{
  switch (code) {
#define OP(id, name, arity, class, in_language, value, holomorphic, da, db, doc)                   \
  case OP_##id:                                                                                    \
    return holomorphic;
#include "program/ops.def"
#undef OP
  case OP_COUNT: break;
  }
  return NAN;
}
