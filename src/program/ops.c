#include "config.h"

#include "program/program.h"

#define HOLOMORPHIC(value) COMPLEX_MODELS
#define COMPLEX(value) COMPLEX_INTERNAL
#define REAL_ONLY COMPLEX_NEVER

const struct op_info op_table[OP_COUNT] = {
#define OP(id, name, arity, class, in_language, value, holomorphic, da, db, doc)                   \
  [OP_##id] = {name, arity, CLASS_##class, in_language, holomorphic, doc},
#include "program/ops.def"
#undef OP
};

bool op_is_rational(enum op_code code)
{
  return op_table[code].class != CLASS_NONLINEAR || code == OP_POWI || code == OP_SLOPE ||
         code == OP_LOG_SLOPE;
}

bool op_is_holomorphic(enum op_code code)
{
  return op_table[code].complex_use == COMPLEX_MODELS;
}

bool op_is_real_only(enum op_code code)
{
  return op_table[code].complex_use == COMPLEX_NEVER;
}
