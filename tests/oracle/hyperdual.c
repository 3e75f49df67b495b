#include "config.h"

#include "hyperdual.h"

#include <math.h>
#include <string.h>

static const double PI = 3.14159265358979323846, LN2 = 0.69314718055994530942,
                    LN10 = 2.30258509299404568402;

void hd_number(struct hyperdual *out, double v, bool is_constant)
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

void hd_variable(struct hyperdual *out, double v, int i)
{
  memset(out, 0, sizeof *out);
  out->value = v;
  out->g[i] = 1;
  out->dep = (uint16_t)(1u << i);
}

/* Value and partial derivatives of an operation, and which of them are structurally nonzero. */
struct partials {
  double value, a, b, aa, ab, bb;
  bool has_a, has_b, has_aa, has_ab, has_bb;
};

static bool has(uint16_t set, int i)
{
  return set >> i & 1;
}

/* Derivatives that are structurally zero are never multiplied: no 0 · ∞ may arise from them. */
static double second(const struct partials *p, const struct hyperdual *a, const struct hyperdual *b,
                     int i, int j)
{
  double h = 0;
  if (p->has_a && has(a->pair[i], j)) h += p->a * a->h[i][j];
  if (p->has_b && has(b->pair[i], j)) h += p->b * b->h[i][j];
  if (p->has_aa && has(a->dep, i) && has(a->dep, j)) h += p->aa * a->g[i] * a->g[j];
  if (p->has_bb && has(b->dep, i) && has(b->dep, j)) h += p->bb * b->g[i] * b->g[j];
  if (p->has_ab && has(a->dep, i) && has(b->dep, j)) h += p->ab * a->g[i] * b->g[j];
  if (p->has_ab && has(b->dep, i) && has(a->dep, j)) h += p->ab * b->g[i] * a->g[j];
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
      if (p->has_a && has(a->dep, i)) r.g[i] += p->a * a->g[i];
      if (p->has_b && has(b->dep, i)) r.g[i] += p->b * b->g[i];
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
        &(struct partials){
            .value = a->value + b->value, .a = 1, .b = 1, .has_a = true, .has_b = true});
}

void hd_sub(int n, struct hyperdual *out, const struct hyperdual *a, const struct hyperdual *b)
{
  chain(n, out, a, b,
        &(struct partials){
            .value = a->value - b->value, .a = 1, .b = -1, .has_a = true, .has_b = true});
}

void hd_neg(int n, struct hyperdual *out, const struct hyperdual *a)
{
  chain(n, out, a, a, &(struct partials){.value = -a->value, .a = -1, .has_a = true});
}

static void fold(struct hyperdual *out, double v, const struct hyperdual *a,
                 const struct hyperdual *b)
{
  bool is_data = a->is_data && b->is_data;
  hd_number(out, v, true);
  out->is_data = is_data;
}

static bool is_zero(const struct hyperdual *a)
{
  return a->is_constant && a->value == 0;
}

void hd_mul(int n, struct hyperdual *out, const struct hyperdual *a, const struct hyperdual *b)
{
  if (is_zero(a) || is_zero(b)) {
    fold(out, 0, a, b);
    return;
  }
  chain(n, out, a, b,
        &(struct partials){.value = a->value * b->value,
                           .a = b->value,
                           .b = a->value,
                           .ab = 1,
                           .has_a = true,
                           .has_b = true,
                           .has_ab = true});
}

void hd_div(int n, struct hyperdual *out, const struct hyperdual *a, const struct hyperdual *b)
{
  double x = a->value, y = b->value;
  if (is_zero(a)) {
    fold(out, 0, a, b);
    return;
  }
  chain(n, out, a, b,
        &(struct partials){.value = x / y,
                           .a = 1 / y,
                           .b = -x / (y * y),
                           .ab = -1 / (y * y),
                           .bb = 2 * x / (y * y * y),
                           .has_a = true,
                           .has_b = true,
                           .has_ab = true,
                           .has_bb = true});
}

void hd_mod(int n, struct hyperdual *out, const struct hyperdual *a, const struct hyperdual *b)
{
  double q = floor(a->value / b->value);
  chain(n, out, a, b,
        &(struct partials){
            .value = a->value - b->value * q, .a = 1, .b = -q, .has_a = true, .has_b = true});
}

/* k is whole: a product, with derivatives that vanish for small exponents. */
static struct partials whole_power(double x, double k)
{
  struct partials p = {.value = pow(x, k), .has_a = true, .has_aa = true};
  p.a = k == 0 ? 0 : k * pow(x, k - 1);
  p.aa = k == 0 || k == 1 ? 0 : k * (k - 1) * pow(x, k - 2);
  return p;
}

static struct partials general_power(double x, double y)
{
  double w = pow(x, y), l = log(x);
  return (struct partials){.value = w,
                           .a = y * pow(x, y - 1),
                           .b = w * l,
                           .aa = y * (y - 1) * pow(x, y - 2),
                           .ab = pow(x, y - 1) * (1 + y * l),
                           .bb = w * l * l,
                           .has_a = true,
                           .has_b = true,
                           .has_aa = true,
                           .has_ab = true,
                           .has_bb = true};
}

void hd_pow(int n, struct hyperdual *out, const struct hyperdual *a, const struct hyperdual *b)
{
  if (b->is_constant && b->value == 0) {
    fold(out, 1, a, b);
    return;
  }
  if (b->is_constant && b->value == 1) {
    if (out != a) *out = *a;
    return;
  }
  bool product = hd_is_decided(b) && b->value == floor(b->value);
  struct partials p = product ? whole_power(a->value, b->value) : general_power(a->value, b->value);
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

void hd_logsumexp(int n, struct hyperdual *out, const struct hyperdual *terms, int count)
{
  struct hyperdual r;
  double top = terms[0].value, total = 0;
  hd_number(&r, 0, false);
  for (int k = 0; k < count; k++) {
    if (terms[k].value > top) top = terms[k].value;
    r.dep |= terms[k].dep;
    r.is_data = r.is_data && terms[k].is_data;
    for (int i = 0; i < n; i++) r.pair[i] |= terms[k].pair[i];
  }
  for (int k = 0; k < count; k++) total += exp(terms[k].value - top);
  r.value = top + log(total);
  for (int k = 0; k < count; k++)
    for (int i = 0; i < n; i++) r.g[i] += exp(terms[k].value - r.value) * terms[k].g[i];
  for (int i = 0; i < n; i++) {
    if (has(r.dep, i)) r.pair[i] |= r.dep;
    for (int j = 0; j < n; j++) {
      for (int k = 0; k < count; k++) {
        const struct hyperdual *t = &terms[k];
        r.h[i][j] +=
            exp(t->value - r.value) * (t->h[i][j] + (t->g[i] - r.g[i]) * (t->g[j] - r.g[j]));
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

#define DEFINE(name, value, first, second)                                                         \
  static void smooth_##name(double x, double d[3])                                                 \
  {                                                                                                \
    double w = (value);                                                                            \
    d[0] = w;                                                                                      \
    d[1] = (first);                                                                                \
    d[2] = (second);                                                                               \
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

static double identity(double x)
{
  return x;
}

static double sign(double x)
{
  return x > 0 ? 1 : x < 0 ? -1 : x;
}

static const struct {
  const char *name;
  double (*value)(double x);
} steps[] = {{"sign", sign},   {"floor", floor}, {"ceil", ceil},
             {"round", round}, {"trunc", trunc}, {"stop", identity}};

static bool call_unary(int n, struct hyperdual *out, const char *name, const struct hyperdual *a)
{
  struct partials p = {.has_a = true};
  if (!strcmp(name, "abs")) {
    p.value = fabs(a->value);
    p.a = a->value == 0 ? 0 : sign(a->value);
    chain(n, out, a, a, &p);
    return true;
  }
  for (unsigned k = 0; k < sizeof steps / sizeof *steps; k++)
    if (!strcmp(name, steps[k].name)) {
      p = (struct partials){.value = steps[k].value(a->value)};
      chain(n, out, a, a, &p);
      return true;
    }
  for (unsigned k = 0; k < sizeof smooth / sizeof *smooth; k++)
    if (!strcmp(name, smooth[k].name)) {
      double d[3];
      smooth[k].derivatives(a->value, d);
      p = (struct partials){.value = d[0], .a = d[1], .aa = d[2], .has_a = true, .has_aa = true};
      chain(n, out, a, a, &p);
      return true;
    }
  return false;
}

static struct partials call_hypot(double a, double b)
{
  double w = hypot(a, b), w3 = w * w * w;
  return (struct partials){
      .value = w, .a = a / w, .b = b / w, .aa = b * b / w3, .ab = -a * b / w3, .bb = a * a / w3};
}

static struct partials call_atan2(double a, double b)
{
  double r = a * a + b * b;
  return (struct partials){.value = atan2(a, b),
                           .a = b / r,
                           .b = -a / r,
                           .aa = -2 * a * b / (r * r),
                           .ab = (a * a - b * b) / (r * r),
                           .bb = 2 * a * b / (r * r)};
}

bool hd_call(int n, struct hyperdual *out, const char *name, const struct hyperdual *a,
             const struct hyperdual *b)
{
  struct partials p;
  if (!b) return call_unary(n, out, name, a);
  if (!strcmp(name, "min") || !strcmp(name, "max")) {
    bool first = !strcmp(name, "min") ? a->value <= b->value : a->value >= b->value;
    if (isnan(a->value)) first = true;
    hd_join(n, out, first ? a : b, first ? b : a);
    return true;
  }
  if (!strcmp(name, "pow")) {
    hd_pow(n, out, a, b);
    return true;
  }
  if (!strcmp(name, "hypot"))
    p = call_hypot(a->value, b->value);
  else if (!strcmp(name, "atan2"))
    p = call_atan2(a->value, b->value);
  else
    return false;
  p.has_a = p.has_b = p.has_aa = p.has_ab = p.has_bb = true;
  chain(n, out, a, b, &p);
  return true;
}
