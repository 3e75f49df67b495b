#include "config.h"

#include "program/special.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

double special_mod(double a, double b)
{
  bool small = a >= 0 && a < 0x1p31 && b >= 1 && b < 0x1p31;
  if (small && a == (double)(int64_t)a && b == (double)(int64_t)b) /* as indices are */
    return (double)((int64_t)a % (int64_t)b);
  double r = fmod(a, b);
  if (r == 0) return copysign(r, b);
  return (r < 0) != (b < 0) ? r + b : r;
}

double special_powi(double a, int k)
{
  double result = 1;
  for (unsigned n = k < 0 ? 0U - (unsigned)k : (unsigned)k; n; n >>= 1) {
    if (n & 1) result *= a;
    a *= a;
  }
  return k < 0 ? 1 / result : result;
}

double special_pow(double a, double b)
{
  return pow(a, b);
}

double special_lgamma(double a)
{
  int sign;
  return lgamma_r(a, &sign); /* lgamma itself writes the sign to a global variable */
}

/* B_2k, k = 1 … */
static const double bernoulli[] = {
    1.0 / 6, -1.0 / 30,     1.0 / 42,      -1.0 / 30,       5.0 / 66,       -691.0 / 2730,
    7.0 / 6, -3617.0 / 510, 43867.0 / 798, -174611.0 / 330, 854513.0 / 138, -236364091.0 / 2730};
enum { BERNOULLI = sizeof bernoulli / sizeof *bernoulli };

/* The asymptotic series for large x (Abramowitz & Stegun 6.3.18, 6.4.11), without the factor
 * (-1)^(m+1) for m > 0. */
static double polygamma_series(int m, double x)
{
  double square = 1 / (x * x), sum = 0, term[BERNOULLI];
  double factor = 1; /* (2k+m-1)! / (2k)! · x^-2k, from the last one on */
  for (int k = 1; k <= BERNOULLI; k++) {
    if (k == 1)
      for (int i = 3; i <= m + 1; i++) factor *= i; /* (m+1)! / 2! */
    else
      factor *= (2.0 * k + m - 2) * (2.0 * k + m - 1) / ((2.0 * k - 1) * (2.0 * k));
    if (k == 1 && m == 0) factor = 0.5; /* 1! / 2! */
    factor *= square;
    term[k - 1] = factor * bernoulli[k - 1];
  }
  for (int k = BERNOULLI - 1; k >= 0; k--) sum += term[k];
  if (m == 0) return log(x) - (0.5 / x + sum);
  double gamma = 1; /* (m-1)! */
  for (int i = 2; i < m; i++) gamma *= i;
  return (gamma + (m * gamma / (2 * x) + sum)) / special_powi(x, m);
}

/* For x > 0: the recurrence ψm(x) = ψm(x+1) - (-1)^m m! / x^(m+1) up to where the series holds. */
static double polygamma_positive(int m, double x)
{
  double factorial = 1, sum = 0, sign = m % 2 ? 1 : -1, large = 20.0 + m;
  for (int i = 2; i <= m; i++) factorial *= i;
  if (x < large) {
    int steps = (int)ceil(large - x);
    double top = x + steps;
    for (int i = steps - 1; i >= 0; i--) sum += 1 / special_powi(x + i, m + 1);
    x = top;
  }
  double series = polygamma_series(m, x);
  return m == 0 ? series - sum : sign * (series + factorial * sum);
}

/* The m-th derivative of π cot πx for x that is not whole: π^(m+1) P(cot πx), where each derivative
 * turns P into -(1 + c²) P'. */
static double cot_derivative(int m, double x)
{
  const double pi = 0x1.921fb54442d18p+1;
  double r = x - round(x);
  double c = fabs(r) <= 0.25 ? 1 / tan(pi * r) : copysign(tan(pi * (0.5 - fabs(r))), r);
  double p[POLYGAMMA_MAX + 3] = {0, 1};
  for (int i = 0; i < m; i++) {
    double q[POLYGAMMA_MAX + 3] = {0};
    for (int j = 1; j <= i + 1; j++) {
      q[j - 1] -= j * p[j];
      q[j + 1] -= j * p[j];
    }
    for (int j = 0; j <= i + 2; j++) p[j] = q[j];
  }
  double value = 0;
  for (int j = m + 1; j >= 0; j--) value = value * c + p[j];
  return special_powi(pi, m + 1) * value;
}

double special_polygamma(int m, double a)
{
  if (m < 0 || m > POLYGAMMA_MAX || isnan(a) || a == -INFINITY) return NAN;
  if (a == INFINITY) return m == 0 ? a : 0;
  if (a <= 0 && a == floor(a)) {
    if (m % 2) return INFINITY;
    return a == 0 ? copysign(INFINITY, -a) : NAN;
  }
  if (a > 0) return polygamma_positive(m, a);
  double mirrored = polygamma_positive(m, 1 - a); /* the reflection formula */
  return (m % 2 ? -mirrored : mirrored) - cot_derivative(m, a);
}

double special_sigmoid(double a)
{
  if (a >= 0) return 1 / (1 + exp(-a));
  double e = exp(a);
  return e / (1 + e);
}

double special_softplus(double a)
{
  return (a > 0 ? a : 0) + log1p(exp(-fabs(a)));
}

/* erfc(-a/√2)/2.  In the tail the rounding error of the argument is magnified by its square, so
 * that it is computed and corrected for to first order. */
double special_normcdf(double a)
{
  const double root = 0x1.6a09e667f3bcdp-1, root_rest = -0x1.bdd3413b26456p-55; /* 1/√2 */
  double x = -a * root;
  if (!(a < -1 && a > -40)) return 0.5 * erfc(x);
  double rest = fma(-a, root, -x) - a * root_rest;
  return 0.5 * (erfc(x) - 0x1.20dd750429b6dp+0 * exp(-x * x) * rest);
}
