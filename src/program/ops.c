#include "config.h"

#include "program/program.h"

const struct op_info op_table[OP_COUNT] = {
#define OP(id, name, arity, class, in_language, value, da, db, doc)                                \
  [OP_##id] = {name, arity, CLASS_##class, in_language, doc},
#include "program/ops.def"
#undef OP
};
