/* The operators of ops.def on single numbers. */
#ifndef ASDEX_PROGRAM_VALUE_H
#define ASDEX_PROGRAM_VALUE_H

#include "program/program.h"

/* The value of the operator; of those with fewer arguments the others are not looked at. */
double op_value(enum op_code code, double a, double b, double c, double k);

#endif
