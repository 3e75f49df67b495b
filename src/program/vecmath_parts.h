/* The tables of vector functions, one in each of vecmath_*.c. */
#ifndef ASDEX_PROGRAM_VECMATH_PARTS_H
#define ASDEX_PROGRAM_VECMATH_PARTS_H

#include "program/vecmath.h"

extern vecmath_loop *const vecmath_sse2[OP_COUNT], *const vecmath_avx[OP_COUNT],
                                                       *const vecmath_avx512[OP_COUNT];

#endif
