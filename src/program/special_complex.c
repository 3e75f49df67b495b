#include "config.h"

#include "program/special_complex.h"

#include <limits.h>
#include <math.h>
#include <stdbool.h>

#include "program/special.h"

static const double ln2 = 0x1.62e42fefa39efp-1, log2e = 0x1.71547652b82fep+0,
                    log10e = 0x1.bcb7b1526e50ep-2;

/* Scaled where 2^Re a alone would overflow or lose digits, and the cosine or sine might help. */
double complex special_cexp2(double complex a)
{
  double x = creal(a), y = cimag(a);
  if (y == 0) return complex_of(exp2(x), y);
  if (!isfinite(x) || !isfinite(y)) return cexp(complex_of(x * ln2, y * ln2));
  double shift = x > 1000 ? 1000 : x < -1000 ? -1000 : 0;
  double radius = exp2(x - shift), scale = exp2(shift), angle = y * ln2;
  return complex_of(radius * cos(angle) * scale, radius * sin(angle) * scale);
}

/* exp(x) cos y - 1 = expm1(x) cos y - (1 - cos y) */
double complex special_cexpm1(double complex a)
{
  double x = creal(a), y = cimag(a);
  if (!(fabs(x) < 40) || !isfinite(y)) return cexp(a) - 1;
  double s = sin(y / 2);
  return complex_of(expm1(x) * cos(y) - 2 * s * s, exp(x) * sin(y));
}

double complex special_clog2(double complex a)
{
  double complex l = clog(a);
  return complex_of(cimag(a) == 0 ? log2(fabs(creal(a))) : creal(l) * log2e, cimag(l) * log2e);
}

double complex special_clog10(double complex a)
{
  double complex l = clog(a);
  return complex_of(cimag(a) == 0 ? log10(fabs(creal(a))) : creal(l) * log10e, cimag(l) * log10e);
}

/* |1 + a|² = 1 + x(2 + x) + y² near 0; elsewhere the logarithm is so large that it does no harm to
 * round 1 + x. */
double complex special_clog1p(double complex a)
{
  double x = creal(a), y = cimag(a);
  if (y == 0 && x >= -1) return complex_of(log1p(x), y);
  if (!(fabs(x) < 0.5 && fabs(y) < 0.5)) return clog(complex_of(1 + x, y));
  return complex_of(0.5 * log1p(x * (2 + x) + y * y), atan2(y, 1 + x));
}

/* A power of a number on the real axis that is real, too: the side of the axis that it lies on
 * follows from the sign of the derivative b x^(b-1). */
static double complex real_power(double complex a, double b, double power)
{
  bool flip = (b < 0) != (creal(a) < 0 && fmod(b, 2) == 0);
  return complex_of(power, flip ? -cimag(a) : cimag(a));
}

double complex special_cpowi(double complex a, int k)
{
  if (k == 0) return 1;
  if (cimag(a) == 0) return real_power(a, k, special_powi(creal(a), k));
  double complex result = 1;
  for (unsigned n = k < 0 ? 0U - (unsigned)k : (unsigned)k; n; n >>= 1) {
    if (n & 1) result *= a;
    a *= a;
  }
  return k < 0 ? 1 / result : result;
}

double complex special_cpow(double complex a, double complex b)
{
  double y = creal(b);
  bool real = cimag(b) == 0, whole = real && y == trunc(y);
  if (b == 0) return 1;
  if (real && cimag(a) == 0 && (whole || creal(a) >= 0))
    return real_power(a, y, special_pow(creal(a), y));
  if (whole && fabs(y) <= INT_MAX) return special_cpowi(a, (int)y);
  if (a == 0) return y > 0 ? 0 : complex_of(y < 0 ? INFINITY : NAN, NAN);
  double complex l = clog(a);
  return cexp(real ? complex_of(y * creal(l), y * cimag(l)) : b * l);
}

/* As a product of two roots it neither overflows nor cancels: for Re b > 0 = Im b the imaginary
 * parts of the roots have opposite signs.  A zero in Im b must not touch the sign of one in Re a,
 * nor may a tiny Im a get lost: it follows from the imaginary part of the square, 2xy. */
double complex special_chypot(double complex a, double complex b)
{
  double x = creal(a), y = cimag(a), u = creal(b), v = cimag(b);
  double complex p = complex_of(u - y, v == 0 ? x : v + x);
  double complex q = complex_of(u + y, v == 0 ? -x : v - x);
  double complex root = csqrt(p) * csqrt(q);
  if (creal(root) < 0) root = -root;
  return v == 0 && creal(root) > 0 ? complex_of(creal(root), y * (x / creal(root))) : root;
}

double complex special_ccircle(double complex a)
{
  double x = creal(a), y = cimag(a);
  return csqrt(complex_of(1 - x, -y)) * csqrt(complex_of(1 + x, y));
}

double complex special_csigmoid(double complex a)
{
  if (cimag(a) == 0) return complex_of(special_sigmoid(creal(a)), cimag(a));
  if (creal(a) >= 0) return 1 / (1 + cexp(-a));
  double complex e = cexp(a);
  return e / (1 + e);
}

/* For x > 0 the modulus of 1 + exp a is exp(x) |1 + exp(-a)|, and exp(-x) (1 + exp a) has its
 * direction. */
double complex special_csoftplus(double complex a)
{
  double x = creal(a), y = cimag(a);
  if (y == 0) return complex_of(special_softplus(x), y);
  double complex rest = special_clog1p(cexp(complex_of(-fabs(x), y)));
  if (!(x > 0)) return rest;
  return complex_of(x + creal(rest), atan2(sin(y), exp(-x) + cos(y)));
}
