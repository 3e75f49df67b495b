#include "config.h"

#include "program/program.h"

#define HOLOMORPHIC(value) true
#define COMPLEX(value) false
#define REAL_ONLY false

const struct op_info op_table[OP_COUNT] = {
#define OP(id, name, arity, class, in_language, value, holomorphic, da, db, doc)                   \
  [OP_##id] = {name, arity, CLASS_##class, in_language, holomorphic, doc},
#include "program/ops.def"
#undef OP
};

bool op_is_rational(enum op_code code)
{
  return op_table[code].class != CLASS_NONLINEAR || code == OP_POWI || code == OP_SLOPE;
}

bool op_is_holomorphic(enum op_code code)
{
  return op_table[code].holomorphic;
}
