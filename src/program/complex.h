/* The operators of ops.def on single complex numbers.  Branch cuts are those of C11's Annex G: on a
 * cut the sign of the zero imaginary part (of asinh and atan: the zero real part) tells the side.
 */
#ifndef ASDEX_PROGRAM_COMPLEX_H
#define ASDEX_PROGRAM_COMPLEX_H

#include <complex.h>

#include "program/program.h"

/* The value of the operator; of those with fewer arguments the others are not looked at.  Orders
 * compare real parts, conditions are true if they are not 0.  An operator that is REAL_ONLY is
 * applied to the real parts: the imaginary ones have to be zero.  On the real axis, within the
 * domain of the real function, the result is op_value up to a few units in the last place. */
double complex op_value_complex(enum op_code code, double complex a, double complex b,
                                double complex c, double k);

#endif
