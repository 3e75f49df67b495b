/* The functions of ops.def that the C library does not have, in double precision.  All are pure and
 * may be called from several threads. */
#ifndef ASDEX_PROGRAM_SPECIAL_H
#define ASDEX_PROGRAM_SPECIAL_H

/* The floored remainder a - b·floor(a/b): it has the sign of b.  NaN for b = 0. */
double special_mod(double a, double b);

/* a^k as a product (k < 0: its reciprocal), by squaring; a^0 is 1 for every a. */
double special_powi(double a, int k);

double special_pow(double a, double b);

/* log |Γ(a)| */
double special_lgamma(double a);

/* The m-th derivative of digamma, m = 0 … POLYGAMMA_MAX (NaN beyond).  At the poles 0, -1, -2 …:
 * inf for odd m, NaN for even m (at ±0 the limit from that side). */
enum { POLYGAMMA_MAX = 16 };
double special_polygamma(int m, double a);

double special_sigmoid(double a);  /* 1/(1 + exp(-a)) */
double special_softplus(double a); /* log(1 + exp(a)) */
double special_normcdf(double a);  /* Φ(a), accurate relative to its size also in the lower tail */

#endif
