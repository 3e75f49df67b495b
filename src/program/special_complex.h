/* The complex functions of ops.def that <complex.h> does not have.  All are pure and may be called
 * from several threads.  They have the symmetry f(conj a) = conj f(a); on a branch cut along the
 * real axis the sign of the zero imaginary part tells the side.  Real and imaginary part are each
 * accurate near the real axis, so that the complex step works: Im f(x + ih) / h for tiny h. */
#ifndef ASDEX_PROGRAM_SPECIAL_COMPLEX_H
#define ASDEX_PROGRAM_SPECIAL_COMPLEX_H

#include <complex.h>

/* re + i·im, also with zeros of either sign, infinities and NaN (C11's CMPLX, which not every
 * compiler has). */
static inline double complex complex_of(double re, double im)
{
  union {
    double part[2];
    double complex whole;
  } number = {{re, im}};
  return number.whole;
}

double complex special_cexp2(double complex a);  /* 2^a */
double complex special_cexpm1(double complex a); /* exp(a) - 1 */
double complex special_clog2(double complex a);  /* cut: the negative real axis, as for log */
double complex special_clog10(double complex a);
double complex special_clog1p(double complex a); /* log(1 + a); cut: real a < -1 */

/* a^k as a product (k < 0: its reciprocal), by squaring; a^0 is 1 for every a. */
double complex special_cpowi(double complex a, int k);

/* a^b = exp(b log a), with the cut of log; the product where b is whole and real, as the real pow
 * where all of a, b and the result are real.  a^0 = 1; 0^b is 0 for Re b > 0 and not finite for
 * other b that are not real. */
double complex special_cpow(double complex a, double complex b);

/* The square root of a² + b² whose real part is not negative.  Cut for real b: the imaginary axis
 * beyond ±ib, where the sign of Re a = ±0 tells the side. */
double complex special_chypot(double complex a, double complex b);

double complex special_ccircle(double complex a); /* sqrt(1 - a²); cuts: real a < -1 and a > 1 */

double complex special_csigmoid(double complex a); /* 1/(1 + exp(-a)) */

/* log(1 + exp a), the principal value: analytic but for Re a ≥ 0 with Im a an odd multiple of π,
 * where it jumps by 2πi. */
double complex special_csoftplus(double complex a);

#endif
