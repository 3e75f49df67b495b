#include "config.h"

#include "hyperdual.h"

#include <math.h>
#include <string.h>

static const double PI = 3.14159265358979323846, LN2 = 0.69314718055994530942,
                    LN10 = 2.30258509299404568402;

void hd_number(struct hyperdual *out, union num v, bool is_constant)
{
  memset(out, 0, sizeof *out);
  out->value = v;
  out->is_data = true;
  out->is_constant = is_constant;
}

bool hd_is_decided(const struct hyperdual *x)
{
  return x->is_data || x->is_constant;
}

void hd_variable(struct hyperdual *out, union num v, int i)
{
  memset(out, 0, sizeof *out);
  out->value = v;
  out->g[i] = num_of(1);
  out->dep = (uint16_t)(1u << i);
}

/* Value and partial derivatives of an operation, and which of them are structurally nonzero. */
struct partials {
  union num value, a, b, aa, ab, bb;
  bool has_a, has_b, has_aa, has_ab, has_bb;
};

static bool has(uint16_t set, int i)
{
  return set >> i & 1;
}

/* to += a·b, to += a·b·c */
static void add2(union num *to, union num a, union num b)
{
  *to = num_add(*to, num_mul(a, b));
}

static void add3(union num *to, union num a, union num b, union num c)
{
  *to = num_add(*to, num_mul(num_mul(a, b), c));
}

/* Derivatives that are structurally zero are never multiplied: no 0 · ∞ may arise from them. */
static union num second(const struct partials *p, const struct hyperdual *a,
                        const struct hyperdual *b, int i, int j)
{
  union num h = {0};
  if (p->has_a && has(a->pair[i], j)) add2(&h, p->a, a->h[i][j]);
  if (p->has_b && has(b->pair[i], j)) add2(&h, p->b, b->h[i][j]);
  if (p->has_aa && has(a->dep, i) && has(a->dep, j)) add3(&h, p->aa, a->g[i], a->g[j]);
  if (p->has_bb && has(b->dep, i) && has(b->dep, j)) add3(&h, p->bb, b->g[i], b->g[j]);
  if (p->has_ab && has(a->dep, i) && has(b->dep, j)) add3(&h, p->ab, a->g[i], b->g[j]);
  if (p->has_ab && has(b->dep, i) && has(a->dep, j)) add3(&h, p->ab, b->g[i], a->g[j]);
  return h;
}

static uint16_t pairs(const struct partials *p, const struct hyperdual *a,
                      const struct hyperdual *b, int i)
{
  unsigned set = 0;
  if (p->has_a) set |= a->pair[i];
  if (p->has_b) set |= b->pair[i];
  if (p->has_aa && has(a->dep, i)) set |= a->dep;
  if (p->has_bb && has(b->dep, i)) set |= b->dep;
  if (p->has_ab && has(a->dep, i)) set |= b->dep;
  if (p->has_ab && has(b->dep, i)) set |= a->dep;
  return (uint16_t)set;
}

/* The chain rule. */
static void chain(int n, struct hyperdual *out, const struct hyperdual *a,
                  const struct hyperdual *b, const struct partials *p)
{
  struct hyperdual r;
  hd_number(&r, p->value, a->is_constant && b->is_constant);
  r.is_data = a->is_data && b->is_data;
  if (!r.is_data) {
    r.dep = (uint16_t)((p->has_a ? a->dep : 0) | (p->has_b ? b->dep : 0));
    for (int i = 0; i < n; i++) {
      if (p->has_a && has(a->dep, i)) add2(&r.g[i], p->a, a->g[i]);
      if (p->has_b && has(b->dep, i)) add2(&r.g[i], p->b, b->g[i]);
      r.pair[i] = pairs(p, a, b, i);
      if (r.pair[i])
        for (int j = 0; j < n; j++)
          if (has(r.pair[i], j)) r.h[i][j] = second(p, a, b, i, j);
    }
  }
  *out = r;
}

void hd_add(int n, struct hyperdual *out, const struct hyperdual *a, const struct hyperdual *b)
{
  chain(n, out, a, b,
        &(struct partials){.value = num_add(a->value, b->value),
                           .a = num_of(1),
                           .b = num_of(1),
                           .has_a = true,
                           .has_b = true});
}

void hd_sub(int n, struct hyperdual *out, const struct hyperdual *a, const struct hyperdual *b)
{
  chain(n, out, a, b,
        &(struct partials){.value = num_sub(a->value, b->value),
                           .a = num_of(1),
                           .b = num_of(-1),
                           .has_a = true,
                           .has_b = true});
}

void hd_neg(int n, struct hyperdual *out, const struct hyperdual *a)
{
  chain(n, out, a, a,
        &(struct partials){.value = num_neg(a->value), .a = num_of(-1), .has_a = true});
}

static void fold(struct hyperdual *out, double v, const struct hyperdual *a,
                 const struct hyperdual *b)
{
  bool is_data = a->is_data && b->is_data;
  hd_number(out, num_of(v), true);
  out->is_data = is_data;
}

static bool is_zero(const struct hyperdual *a)
{
  return a->is_constant && num_is_zero(a->value);
}

void hd_mul(int n, struct hyperdual *out, const struct hyperdual *a, const struct hyperdual *b)
{
  if (is_zero(a) || is_zero(b)) {
    fold(out, 0, a, b);
    return;
  }
  chain(n, out, a, b,
        &(struct partials){.value = num_mul(a->value, b->value),
                           .a = b->value,
                           .b = a->value,
                           .ab = num_of(1),
                           .has_a = true,
                           .has_b = true,
                           .has_ab = true});
}

void hd_div(int n, struct hyperdual *out, const struct hyperdual *a, const struct hyperdual *b)
{
  union num x = a->value, y = b->value, y2 = num_mul(y, y);
  if (is_zero(a)) {
    fold(out, 0, a, b);
    return;
  }
  chain(n, out, a, b,
        &(struct partials){.value = num_div(x, y),
                           .a = num_div(num_of(1), y),
                           .b = num_div(num_neg(x), y2),
                           .ab = num_div(num_of(-1), y2),
                           .bb = num_div(num_mul(num_of(2), x), num_mul(y2, y)),
                           .has_a = true,
                           .has_b = true,
                           .has_ab = true,
                           .has_bb = true});
}

void hd_mod(int n, struct hyperdual *out, const struct hyperdual *a, const struct hyperdual *b)
{
  union num q = num_floor(num_div(a->value, b->value));
  chain(n, out, a, b,
        &(struct partials){.value = num_sub(a->value, num_mul(b->value, q)),
                           .a = num_of(1),
                           .b = num_neg(q),
                           .has_a = true,
                           .has_b = true});
}

/* k is whole: a product, with derivatives that vanish for small exponents. */
static struct partials whole_power(union num x, double k)
{
  struct partials p = {.value = num_powi(x, k), .has_a = true, .has_aa = true};
  if (k != 0) p.a = num_mul(num_of(k), num_powi(x, k - 1));
  if (k != 0 && k != 1) p.aa = num_mul(num_of(k * (k - 1)), num_powi(x, k - 2));
  return p;
}

static struct partials general_power(union num x, union num y)
{
  union num w = num_pow(x, y), l = num_log(x), one = num_of(1), below = num_pow(x, num_sub(y, one));
  union num yy = num_mul(y, num_sub(y, one)), twice = num_pow(x, num_sub(y, num_of(2)));
  return (struct partials){.value = w,
                           .a = num_mul(y, below),
                           .b = num_mul(w, l),
                           .aa = num_mul(yy, twice),
                           .ab = num_mul(below, num_add(one, num_mul(y, l))),
                           .bb = num_mul(num_mul(w, l), l),
                           .has_a = true,
                           .has_b = true,
                           .has_aa = true,
                           .has_ab = true,
                           .has_bb = true};
}

void hd_pow(int n, struct hyperdual *out, const struct hyperdual *a, const struct hyperdual *b)
{
  bool is_whole = num_is_whole(b->value);
  if (b->is_constant && is_whole && num_near(b->value) == 0) {
    fold(out, 1, a, b);
    return;
  }
  if (b->is_constant && is_whole && num_near(b->value) == 1) {
    if (out != a) *out = *a;
    return;
  }
  bool product = hd_is_decided(b) && is_whole;
  struct partials p =
      product ? whole_power(a->value, num_near(b->value)) : general_power(a->value, b->value);
  chain(n, out, a, b, &p);
}

void hd_join(int n, struct hyperdual *out, const struct hyperdual *taken,
             const struct hyperdual *other)
{
  struct hyperdual r = *taken;
  r.dep |= other->dep;
  for (int i = 0; i < n; i++) r.pair[i] |= other->pair[i];
  r.is_data = taken->is_data && other->is_data;
  r.is_constant = taken->is_constant && other->is_constant;
  *out = r;
}

void hd_none(int n, struct hyperdual *x)
{
  union num none = num_div(num_of(0), num_of(0));
  x->value = none;
  for (int i = 0; i < n; i++) {
    if (has(x->dep, i)) x->g[i] = none;
    for (int j = 0; j < n; j++)
      if (has(x->pair[i], j)) x->h[i][j] = none;
  }
}

/* With the greatest term (of complex ones, real part) taken out. */
void hd_logsumexp(int n, struct hyperdual *out, const struct hyperdual *terms, int count)
{
  struct hyperdual r;
  double greatest = num_near(terms[0].value);
  union num total = {0};
  hd_number(&r, total, false);
  for (int k = 0; k < count; k++) {
    if (num_near(terms[k].value) > greatest) greatest = num_near(terms[k].value);
    r.dep |= terms[k].dep;
    r.is_data = r.is_data && terms[k].is_data;
    for (int i = 0; i < n; i++) r.pair[i] |= terms[k].pair[i];
  }
  union num top = num_of(greatest);
  for (int k = 0; k < count; k++) total = num_add(total, num_exp(num_sub(terms[k].value, top)));
  r.value = num_add(top, num_log(total));
  for (int k = 0; k < count; k++)
    for (int i = 0; i < n; i++)
      add2(&r.g[i], num_exp(num_sub(terms[k].value, r.value)), terms[k].g[i]);
  for (int i = 0; i < n; i++) {
    if (has(r.dep, i)) r.pair[i] |= r.dep;
    for (int j = 0; j < n; j++) {
      for (int k = 0; k < count; k++) {
        const struct hyperdual *t = &terms[k];
        union num di = num_sub(t->g[i], r.g[i]), dj = num_sub(t->g[j], r.g[j]);
        add2(&r.h[i][j], num_exp(num_sub(t->value, r.value)), num_add(t->h[i][j], num_mul(di, dj)));
      }
    }
  }
  *out = r;
}

/* ψ, ψ', ψ'': by recurrence to a large argument, there by the asymptotic series in the Bernoulli
 * numbers (Abramowitz and Stegun 6.3.18, 6.4.11). */
static double polygamma(int m, double x)
{
  static const double bernoulli[] = {1.0 / 6,  -1.0 / 30,      1.0 / 42, -1.0 / 30,
                                     5.0 / 66, -691.0 / 2730., 7.0 / 6,  -3617.0 / 510};
  double r = 0, power = 1;
  for (; x < 14; x++) r += m == 0 ? -1 / x : m == 1 ? 1 / (x * x) : -2 / (x * x * x);
  r += m == 0 ? log(x) - 0.5 / x : m == 1 ? 1 / x + 0.5 / (x * x) : -1 / (x * x) - 1 / (x * x * x);
  for (int k = 1; k <= 8; k++) {
    power /= x * x;
    double t = bernoulli[k - 1] * power;
    r += m == 0 ? -t / (2 * k) : m == 1 ? t / x : -(2 * k + 1) * t / (x * x);
  }
  return r;
}

/* NAME(name, value w, first, second derivative) */
#define SMOOTH(F)                                                                                  \
  F(sqrt, sqrt(x), 0.5 / w, -0.25 / (w * x))                                                       \
  F(cbrt, cbrt(x), 1 / (3 * w * w), -2 / (9 * w * w * w * w * w))                                  \
  F(exp, exp(x), w, w)                                                                             \
  F(exp2, exp2(x), LN2 *w, LN2 *LN2 *w)                                                            \
  F(expm1, expm1(x), exp(x), exp(x))                                                               \
  F(log, log(x), 1 / x, -1 / (x * x))                                                              \
  F(log2, log2(x), 1 / (LN2 * x), -1 / (LN2 * x * x))                                              \
  F(log10, log10(x), 1 / (LN10 * x), -1 / (LN10 * x * x))                                          \
  F(log1p, log1p(x), 1 / (1 + x), -1 / ((1 + x) * (1 + x)))                                        \
  F(sin, sin(x), cos(x), -w)                                                                       \
  F(cos, cos(x), -sin(x), -w)                                                                      \
  F(tan, tan(x), 1 + w * w, 2 * w * (1 + w * w))                                                   \
  F(asin, asin(x), pow(1 - x * x, -0.5), x *pow(1 - x * x, -1.5))                                  \
  F(acos, acos(x), -pow(1 - x * x, -0.5), -x *pow(1 - x * x, -1.5))                                \
  F(atan, atan(x), 1 / (1 + x * x), -2 * x / ((1 + x * x) * (1 + x * x)))                          \
  F(sinh, sinh(x), cosh(x), w)                                                                     \
  F(cosh, cosh(x), sinh(x), w)                                                                     \
  F(tanh, tanh(x), 1 - w * w, -2 * w * (1 - w * w))                                                \
  F(asinh, asinh(x), pow(1 + x * x, -0.5), -x *pow(1 + x * x, -1.5))                               \
  F(acosh, acosh(x), pow(x *x - 1, -0.5), -x *pow(x *x - 1, -1.5))                                 \
  F(atanh, atanh(x), 1 / (1 - x * x), 2 * x / ((1 - x * x) * (1 - x * x)))                         \
  F(erf, erf(x), 2 / sqrt(PI) * exp(-x * x), -4 * x / sqrt(PI) * exp(-x * x))                      \
  F(erfc, erfc(x), -2 / sqrt(PI) * exp(-x * x), 4 * x / sqrt(PI) * exp(-x * x))                    \
  F(lgamma, lgamma(x), polygamma(0, x), polygamma(1, x) + 0 * w)                                   \
  F(digamma, polygamma(0, x), polygamma(1, x), polygamma(2, x) + 0 * w)                            \
  F(sigmoid, 1 / (1 + exp(-x)), w * (1 - w), w * (1 - w) * (1 - 2 * w))                            \
  F(softplus, x > 0 ? x + log1p(exp(-x)) : log1p(exp(x)), 1 / (1 + exp(-x)),                       \
    0.25 / (cosh(x / 2) * cosh(x / 2)) + 0 * w)                                                    \
  F(normcdf, 0.5 * erfc(-x / sqrt(2)), exp(-x * x / 2) / sqrt(2 * PI),                             \
    -x * exp(-x * x / 2) / sqrt(2 * PI) + 0 * w)

/* Outside of its domain a function has no derivatives either. */
#define DEFINE(name, value, first, second)                                                         \
  static void smooth_##name(double x, double d[3])                                                 \
  {                                                                                                \
    double w = (value);                                                                            \
    d[0] = w;                                                                                      \
    d[1] = isnan(w) ? w : (first);                                                                 \
    d[2] = isnan(w) ? w : (second);                                                                \
  }
SMOOTH(DEFINE)
#undef DEFINE

static const struct {
  const char *name;
  void (*derivatives)(double x, double d[3]);
} smooth[] = {
#define ROW(name, value, first, second) {#name, smooth_##name},
    SMOOTH(ROW)
#undef ROW
};

/* The same for complex numbers, in the branches whose cuts the language names. */
#define HOLOMORPHIC(F)                                                                             \
  F(sqrt, csqrt(x), 0.5 / w, -0.25 / (w * x))                                                      \
  F(exp, cexp(x), w, w)                                                                            \
  F(exp2, cexp(LN2 *x), LN2 *w, LN2 *LN2 *w)                                                       \
  F(expm1, cexp(x) - 1, w + 1, w + 1)                                                              \
  F(log, clog(x), 1 / x, -1 / (x * x))                                                             \
  F(log2, clog(x) / LN2, 1 / (LN2 * x), -1 / (LN2 * x * x))                                        \
  F(log10, clog(x) / LN10, 1 / (LN10 * x), -1 / (LN10 * x * x))                                    \
  F(log1p, clog(1 + x), 1 / (1 + x), -1 / ((1 + x) * (1 + x)))                                     \
  F(sin, csin(x), ccos(x), -w)                                                                     \
  F(cos, ccos(x), -csin(x), -w)                                                                    \
  F(tan, ctan(x), 1 + w * w, 2 * w * (1 + w * w))                                                  \
  F(asin, casin(x), cpow(1 - x * x, -0.5), x *cpow(1 - x * x, -1.5))                               \
  F(acos, cacos(x), -cpow(1 - x * x, -0.5), -x *cpow(1 - x * x, -1.5))                             \
  F(atan, catan(x), 1 / (1 + x * x), -2 * x / ((1 + x * x) * (1 + x * x)))                         \
  F(sinh, csinh(x), ccosh(x), w)                                                                   \
  F(cosh, ccosh(x), csinh(x), w)                                                                   \
  F(tanh, ctanh(x), 1 - w * w, -2 * w * (1 - w * w))                                               \
  F(asinh, casinh(x), cpow(1 + x * x, -0.5), -x *cpow(1 + x * x, -1.5))                            \
  F(acosh, cacosh(x), 1 / (csqrt(x - 1) * csqrt(x + 1)),                                           \
    -x / ((x * x - 1) * csqrt(x - 1) * csqrt(x + 1)))                                              \
  F(atanh, catanh(x), 1 / (1 - x * x), 2 * x / ((1 - x * x) * (1 - x * x)))                        \
  F(sigmoid, 1 / (1 + cexp(-x)), w * (1 - w), w * (1 - w) * (1 - 2 * w))                           \
  F(softplus, clog(1 + cexp(x)), 1 / (1 + cexp(-x)), 1 / ((1 + cexp(-x)) * (1 + cexp(x))))

#define DEFINE(name, value, first, second)                                                         \
  static void holomorphic_##name(double complex x, double complex d[3])                            \
  {                                                                                                \
    double complex w = (value);                                                                    \
    d[0] = w;                                                                                      \
    d[1] = (first);                                                                                \
    d[2] = (second);                                                                               \
  }
HOLOMORPHIC(DEFINE)
#undef DEFINE

static const struct {
  const char *name;
  void (*derivatives)(double complex x, double complex d[3]);
} holomorphic[] = {
#define ROW(name, value, first, second) {#name, holomorphic_##name},
    HOLOMORPHIC(ROW)
#undef ROW
};

static union num identity(union num x)
{
  return x;
}

static union num sign(union num x)
{
  return num_is_none(x) ? x : num_of(num_compare(x, num_of(0)));
}

static union num away(union num x) /* rounds halves away from zero */
{
  union num half = num_of(num_compare(x, num_of(0)) < 0 ? -0.5 : 0.5);
  return num_field == NUM_REAL ? num_of(round(x.re)) : num_trunc(num_add(x, half));
}

static const struct {
  const char *name;
  union num (*value)(union num x);
} steps[] = {{"sign", sign},  {"floor", num_floor}, {"ceil", num_ceil},
             {"round", away}, {"trunc", num_trunc}, {"stop", identity}};

/* Derivative `which` of function k. */
static double rounded_call(unsigned k, int which, double a, double b, double r)
{
  return num_rounded(100 + 8 * (uint64_t)k + (uint64_t)which, a, b, r);
}

/* Value, first and second derivative of a smooth function of the field. */
static bool call_smooth(const char *name, union num x, union num d[3])
{
  double re[3];
  double complex z[3];
  for (unsigned k = 0; num_field == NUM_REAL && k < sizeof smooth / sizeof *smooth; k++)
    if (!strcmp(name, smooth[k].name)) {
      smooth[k].derivatives(x.re, re);
      for (int i = 0; i < 3; i++) d[i] = num_of(rounded_call(k, i, x.re, 0, re[i]));
      return true;
    }
  for (unsigned k = 0; num_field == NUM_COMPLEX && k < sizeof holomorphic / sizeof *holomorphic;
       k++)
    if (!strcmp(name, holomorphic[k].name)) {
      holomorphic[k].derivatives(x.z, z);
      for (int i = 0; i < 3; i++) d[i] = (union num){.z = z[i]};
      return true;
    }
  return false;
}

static bool call_unary(int n, struct hyperdual *out, const char *name, const struct hyperdual *a)
{
  struct partials p = {.has_a = true};
  union num d[3];
  if (!strcmp(name, "abs") && num_field != NUM_COMPLEX) {
    p.a = sign(a->value);
    p.value = num_mul(p.a, a->value);
    chain(n, out, a, a, &p);
    return true;
  }
  for (unsigned k = 0; num_field != NUM_COMPLEX && k < sizeof steps / sizeof *steps; k++)
    if (!strcmp(name, steps[k].name)) {
      p = (struct partials){.value = steps[k].value(a->value)};
      chain(n, out, a, a, &p);
      return true;
    }
  if (!call_smooth(name, a->value, d)) return false;
  p = (struct partials){.value = d[0], .a = d[1], .aa = d[2], .has_a = true, .has_aa = true};
  chain(n, out, a, a, &p);
  return true;
}

/* Of a function with two arguments, which is not one of the smooth[]. */
static void round_partials(struct partials *p, unsigned function, double a, double b)
{
  union num *const all[] = {&p->value, &p->a, &p->b, &p->aa, &p->ab, &p->bb};
  for (int k = 0; k < 6; k++) all[k]->re = rounded_call(100 + function, k, a, b, all[k]->re);
}

static struct partials call_hypot(double a, double b)
{
  double w = hypot(a, b), w3 = w * w * w;
  return (struct partials){.value.re = w,
                           .a.re = a / w,
                           .b.re = b / w,
                           .aa.re = b * b / w3,
                           .ab.re = -a * b / w3,
                           .bb.re = a * a / w3};
}

static struct partials call_atan2(double a, double b)
{
  double r = a * a + b * b;
  return (struct partials){.value.re = atan2(a, b),
                           .a.re = b / r,
                           .b.re = -a / r,
                           .aa.re = -2 * a * b / (r * r),
                           .ab.re = (a * a - b * b) / (r * r),
                           .bb.re = 2 * a * b / (r * r)};
}

/* The first operand on a tie; one that has no value wins. */
static void call_extremum(int n, struct hyperdual *out, bool least, const struct hyperdual *a,
                          const struct hyperdual *b)
{
  int order = num_is_none(a->value)   ? 0
              : num_is_none(b->value) ? (least ? 1 : -1)
                                      : num_compare(a->value, b->value);
  bool first = least ? order <= 0 : order >= 0;
  hd_join(n, out, first ? a : b, first ? b : a);
}

bool hd_call(int n, struct hyperdual *out, const char *name, const struct hyperdual *a,
             const struct hyperdual *b)
{
  struct partials p;
  if (!b) return call_unary(n, out, name, a);
  if (!strcmp(name, "min") || !strcmp(name, "max")) {
    call_extremum(n, out, !strcmp(name, "min"), a, b);
    return true;
  }
  if (!strcmp(name, "pow")) {
    hd_pow(n, out, a, b);
    return true;
  }
  if (num_field == NUM_REAL && !strcmp(name, "hypot"))
    p = call_hypot(a->value.re, b->value.re);
  else if (num_field == NUM_REAL && !strcmp(name, "atan2"))
    p = call_atan2(a->value.re, b->value.re);
  else
    return false;
  round_partials(&p, (unsigned)name[0], a->value.re, b->value.re);
  p.has_a = p.has_b = p.has_aa = p.has_ab = p.has_bb = true;
  chain(n, out, a, b, &p);
  return true;
}
