/* Operators on complex numbers: finite differences in two directions, the real functions, series in
 * long double, identities, and the sides of branch cuts as C11's Annex G has them. */
#include "config.h"

#include <check.h>
#include <complex.h>
#include <math.h>
#include <stdlib.h>

#include "program/body.h"
#include "program/complex.h"
#include "program/special_complex.h"
#include "program/transform.h"
#include "program/value.h"

Suite *complex_suite(void);

static const double pi = 0x1.921fb54442d18p+1;

/* What a model may use, as the manual lists it. */
static const enum op_code holomorphic[] = {
    OP_CONST, OP_READ, OP_ADD,   OP_SUB,   OP_NEG,   OP_MUL,     OP_DIV,     OP_POWI,
    OP_POW,   OP_SQRT, OP_EXP,   OP_EXP2,  OP_EXPM1, OP_LOG,     OP_LOG2,    OP_LOG10,
    OP_LOG1P, OP_SIN,  OP_COS,   OP_TAN,   OP_ASIN,  OP_ACOS,    OP_ATAN,    OP_SINH,
    OP_COSH,  OP_TANH, OP_ASINH, OP_ACOSH, OP_ATANH, OP_SIGMOID, OP_SOFTPLUS};
enum { HOLOMORPHIC = sizeof holomorphic / sizeof *holomorphic };

/* and what the rules for derivatives use besides. */
static const enum op_code helpers[] = {OP_HYPOT, OP_SLOPE, OP_CIRCLE, OP_LOG_SLOPE};
enum { SMOOTH = HOLOMORPHIC + sizeof helpers / sizeof *helpers };

static enum op_code smooth(int i)
{
  return i < HOLOMORPHIC ? holomorphic[i] : helpers[i - HOLOMORPHIC];
}

static double complex f1(enum op_code code, double complex a)
{
  return op_value_complex(code, a, 0, 0, 0);
}

static double complex f2(enum op_code code, double complex a, double complex b)
{
  return op_value_complex(code, a, b, 0, 0);
}

static void near(double complex got, double complex want, double tolerance, const char *what,
                 double complex at)
{
  ck_assert_msg(cabs(got - want) <= tolerance * cabs(want),
                "%s(%.17g, %.17g): (%.17g, %.17g) instead of (%.17g, %.17g)", what, creal(at),
                cimag(at), creal(got), cimag(got), creal(want), cimag(want));
}

/* Random numbers: SplitMix64 */
static uint64_t state;

static double uniform(double lo, double hi)
{
  uint64_t z = (state += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return lo + (hi - lo) * (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

/* A number away from the axes, where all the branch cuts are. */
static double complex random_complex(double size)
{
  double re = uniform(0.05, 1) * size, im = uniform(0.05, 1) * size;
  return complex_of(uniform(-1, 1) < 0 ? -re : re, uniform(-1, 1) < 0 ? -im : im);
}

/* The partial derivative as the transforms write it, evaluated. */
static double complex partial(struct op o, int slot, double complex a, double complex b,
                              bool exponent_active)
{
  struct context ctx;
  struct body body;
  double complex v[64], argument[2] = {a, b};
  context_init(&ctx);
  body_init(&body, &ctx, 0, NO_LOC);
  for (int i = 0; i < 2; i++) {
    struct map at = map_constant(i);
    body_read(&body, 0, &at);
  }
  o.a = 0;
  o.b = op_table[o.code].arity > 1 ? 1 : -1;
  o.c = -1;
  int32_t w = body_emit(&body, o), one = body_const(&body, 1);
  int32_t d = op_derivative(&body, &o, slot, 0, 1, w, exponent_active, one);
  ck_assert_int_eq(body.status, STATUS_OK);
  ck_assert_uint_le(body.kernel.ops.len, sizeof v / sizeof *v);
  for (size_t i = 0; i < body.kernel.ops.len; i++) {
    const struct op *p = &body.kernel.ops.data[i];
    v[i] = p->code == OP_READ
               ? argument[body.kernel.reads.data[p->a].map.base]
               : op_value_complex(p->code, p->a < 0 ? 0 : v[p->a], p->b < 0 ? 0 : v[p->b],
                                  p->c < 0 ? 0 : v[p->c], p->value);
  }
  double complex value = d < 0 ? 0 : v[d];
  body_free(&body);
  context_free(&ctx);
  return value;
}

static double complex slope1(enum op_code code, double complex a)
{
  return partial((struct op){.code = code}, 0, a, 0, false);
}

START_TEST(test_flags)
{
  for (int code = 0; code < OP_COUNT; code++) {
    bool listed = false;
    for (int i = 0; i < HOLOMORPHIC; i++) listed |= (int)holomorphic[i] == code;
    ck_assert_msg(op_is_holomorphic((enum op_code)code) == listed, "%s", op_table[code].name);
  }
}
END_TEST

/* Cauchy and Riemann: the derivative is the same along the real and along the imaginary axis. */
static void check_partial(struct op o, int slot, double complex a, double complex b, bool active)
{
  double h = 1e-5;
  double complex got = partial(o, slot, a, b, active), step[] = {h, complex_of(0, h)};
  for (int i = 0; i < 2; i++) {
    double complex da = slot == 0 ? step[i] : 0, db = slot == 1 ? step[i] : 0;
    double complex up = op_value_complex(o.code, a + da, b + db, 0, o.value);
    double complex down = op_value_complex(o.code, a - da, b - db, 0, o.value);
    double complex want = (up - down) / (2 * step[i]);
    ck_assert_msg(cabs(got - want) <= 1e-7 * (1 + cabs(want) + cabs(up)),
                  "%s (%g, %g) (%g, %g), slot %d: (%g, %g) instead of (%g, %g)",
                  op_table[o.code].name, creal(a), cimag(a), creal(b), cimag(b), slot, creal(got),
                  cimag(got), creal(want), cimag(want));
  }
}

START_TEST(test_partials)
{
  for (int i = 0; i < SMOOTH; i++)
    for (int n = 0; n < 200; n++) {
      enum op_code code = smooth(i);
      struct op o = {.code = code, .value = code == OP_POWI ? n % 13 - 6 : 0};
      double complex a = random_complex(n % 2 ? 1.2 : 3), b = random_complex(3);
      if (code == OP_HYPOT) b = uniform(0.5, 3);
      for (int slot = 0; slot < op_table[code].arity; slot++)
        if (code != OP_HYPOT || slot == 0) check_partial(o, slot, a, b, n % 4 < 2);
    }
}
END_TEST

/* z f'(z) where z is so large or so small that squares would overflow or vanish. */
START_TEST(test_partials_far_out)
{
  static const enum op_code codes[] = {OP_ASIN, OP_ACOS,  OP_ASINH, OP_ACOSH, OP_SQRT,  OP_LOG,
                                       OP_LOG2, OP_LOG10, OP_LOG1P, OP_ATAN,  OP_ATANH, OP_EXPM1};
  for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
    for (int n = 0; n < 100; n++) {
      enum op_code code = codes[i];
      bool large = n % 2 && code != OP_EXPM1;
      double complex z = random_complex(large ? 1e200 : 1e-200), h = 1e-4 * random_complex(1);
      double complex want = (f1(code, z * (1 + h)) - f1(code, z * (1 - h))) / (2 * h);
      double complex got = slope1(code, z) * z;
      double size = cabs(want) + 1e-6 * cabs(f1(code, z));
      ck_assert_msg(cabs(got - want) <= 1e-6 * size, "%s (%g, %g): (%g, %g) instead of (%g, %g)",
                    op_table[code].name, creal(z), cimag(z), creal(got), cimag(got), creal(want),
                    cimag(want));
    }
  for (double y = 10; y < 1e300; y *= 9) { /* tan' = 1/cos², which is tiny here */
    ck_assert(cabs(slope1(OP_TAN, complex_of(0.7, y))) < 1e-7);
    ck_assert(cabs(slope1(OP_TANH, complex_of(-y, 0.7))) < 1e-7);
    ck_assert(cabs(slope1(OP_SIGMOID, complex_of(y, 0.7))) < 1e-4);
    near(slope1(OP_SOFTPLUS, complex_of(y, 0.7)), 1, 1e-4, "softplus'", y);
  }
}
END_TEST

/* An operator on a branch cut, from its two sides: offset is 0, with the sign of the side. */
struct cut {
  enum op_code code;
  double at;
  bool imaginary; /* the cut is on the imaginary axis */
  double upper_re, upper_im, lower_re, lower_im;
};

#define ACOSH2 1.3169578969248167086
#define ATANH_HALF 0.54930614433405484570
#define PI 3.1415926535897932385
static const struct cut cuts[] = {
    {OP_SQRT, -4, false, 0, 2, 0, -2},
    {OP_LOG, -1, false, 0, PI, 0, -PI},
    {OP_LOG2, -8, false, 3, 4.5323601418271938096, 3, -4.5323601418271938096},
    {OP_LOG10, -1000, false, 3, 1.3643763538418413475, 3, -1.3643763538418413475},
    {OP_LOG1P, -3, false, 0.69314718055994530942, PI, 0.69314718055994530942, -PI},
    {OP_ASIN, 2, false, PI / 2, ACOSH2, PI / 2, -ACOSH2},
    {OP_ASIN, -2, false, -PI / 2, ACOSH2, -PI / 2, -ACOSH2},
    {OP_ACOS, 2, false, 0, -ACOSH2, 0, ACOSH2},
    {OP_ACOS, -2, false, PI, -ACOSH2, PI, ACOSH2},
    {OP_ATAN, 2, true, PI / 2, ATANH_HALF, -PI / 2, ATANH_HALF},
    {OP_ATAN, -2, true, PI / 2, -ATANH_HALF, -PI / 2, -ATANH_HALF},
    {OP_ASINH, 2, true, ACOSH2, PI / 2, -ACOSH2, PI / 2},
    {OP_ASINH, -2, true, ACOSH2, -PI / 2, -ACOSH2, -PI / 2},
    {OP_ACOSH, 0.5, false, 0, PI / 3, 0, -PI / 3},
    {OP_ACOSH, -0.5, false, 0, 2 * PI / 3, 0, -2 * PI / 3},
    {OP_ACOSH, -2, false, ACOSH2, PI, ACOSH2, -PI},
    {OP_ATANH, 2, false, ATANH_HALF, PI / 2, ATANH_HALF, -PI / 2},
    {OP_ATANH, -2, false, -ATANH_HALF, PI / 2, -ATANH_HALF, -PI / 2},
    {OP_CIRCLE, 2, false, 0, -1.7320508075688772935, 0, 1.7320508075688772935},
    {OP_CIRCLE, -2, false, 0, 1.7320508075688772935, 0, -1.7320508075688772935},
};

static void check_side(const struct cut *c, double side)
{
  double complex on = c->imaginary ? complex_of(side * 0, c->at) : complex_of(c->at, side * 0);
  double complex off = on + (c->imaginary ? side * 1e-9 : complex_of(0, side * 1e-9));
  double complex want =
      side > 0 ? complex_of(c->upper_re, c->upper_im) : complex_of(c->lower_re, c->lower_im);
  const char *name = op_table[c->code].name;
  near(f1(c->code, on), want, 1e-15, name, on);
  near(f1(c->code, off), want, 1e-8, name, off);
  near(slope1(c->code, on), slope1(c->code, off), 1e-8, "derivative", on);
}

START_TEST(test_cuts)
{
  for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
    check_side(&cuts[i], 1);
    check_side(&cuts[i], -1);
  }
  near(f2(OP_POW, complex_of(-4, 0.0), 0.5), complex_of(0, 2), 1e-15, "pow", -4);
  near(f2(OP_POW, complex_of(-4, -0.0), 0.5), complex_of(0, -2), 1e-15, "pow", -4);
  near(f2(OP_HYPOT, complex_of(0.0, 2), 1), complex_of(0, sqrt(3)), 1e-15, "hypot", 2);
  near(f2(OP_HYPOT, complex_of(-0.0, 2), 1), complex_of(0, -sqrt(3)), 1e-15, "hypot", 2);
  for (int x = -1; x <= 1; x += 2) { /* softplus has a cut for x > 0, and none for x < 0 */
    double complex below = f1(OP_SOFTPLUS, complex_of(x, nextafter(pi, 0)));
    double complex above = f1(OP_SOFTPLUS, complex_of(x, nextafter(pi, 4)));
    near(above, x > 0 ? conj(below) : below, 1e-14, "softplus", x);
    ck_assert(x < 0 || fabs(cimag(below) - pi) < 1e-14);
  }
}
END_TEST

START_TEST(test_conjugates)
{
  for (int i = 0; i < SMOOTH; i++)
    for (int n = 0; n < 200; n++) {
      enum op_code code = smooth(i);
      int k = code == OP_POWI ? n % 13 - 6 : 0;
      double complex a = random_complex(n % 2 ? 1.2 : 30), b = random_complex(3);
      near(op_value_complex(code, conj(a), conj(b), 0, k), conj(op_value_complex(code, a, b, 0, k)),
           1e-15, op_table[code].name, a);
    }
}
END_TEST

/* On the real axis: op_value, with a zero as imaginary part. */
static void check_real(enum op_code code, double a, double b, double k)
{
  double want = op_value(code, a, b, 0, k), zero[] = {0.0, -0.0};
  if (isnan(want)) return;
  for (int i = 0; i < 2; i++) {
    double complex got = op_value_complex(code, complex_of(a, zero[i]), b, 0, k);
    ck_assert_msg(isfinite(want) ? fabs(creal(got) - want) <= 1e-15 * fabs(want)
                                 : creal(got) == want || cimag(got) == want,
                  "%s %.17g %.17g: %.17g instead of %.17g", op_table[code].name, a, b, creal(got),
                  want);
    ck_assert_msg(!isfinite(want) || cimag(got) == 0, "%s %g %g: %g", op_table[code].name, a, b,
                  cimag(got));
  }
}

START_TEST(test_real_axis)
{
  for (int i = 0; i < SMOOTH; i++)
    for (int n = 0; n < 400; n++) {
      enum op_code code = smooth(i);
      double size = n % 4 == 0 ? 700 : n % 4 == 1 ? 1e-3 : 2, b = uniform(-4, 4);
      if (code == OP_HYPOT) b = fabs(b);
      check_real(code, uniform(-size, size), n % 3 ? b : round(b), n % 13 - 6);
    }
}
END_TEST

/* The complex step: the imaginary part, too, is accurate relative to its own size. */
START_TEST(test_complex_step)
{
  const double h = 1e-30;
  for (int i = 0; i < SMOOTH; i++)
    for (int n = 0; n < 200; n++) {
      struct op o = {.code = smooth(i), .value = n % 13 - 6};
      double a = uniform(-3, 3), b = uniform(0.5, 3), value = op_value(o.code, a, b, 0, o.value);
      if (!isfinite(value) || op_table[o.code].arity == 0) continue;
      double want = creal(partial(o, 0, a, b, true));
      double complex got = op_value_complex(o.code, complex_of(a, h), b, 0, o.value);
      ck_assert_msg(fabs(cimag(got) / h - want) <= 1e-13 * (fabs(want) + 1e-2),
                    "%s %g %g: %.17g instead of %.17g", op_table[o.code].name, a, b, cimag(got) / h,
                    want);
      ck_assert_msg(fabs(creal(got) - value) <= 1e-15 * fabs(value), "%s %g %g: %.17g",
                    op_table[o.code].name, a, b, creal(got));
    }
}
END_TEST

START_TEST(test_identities)
{
  for (int n = 0; n < 500; n++) {
    double complex z = random_complex(n % 2 ? 1 : 3), w = random_complex(2), s = z * 0.3;
    double complex sine = f1(OP_SIN, z), cosine = f1(OP_COS, z), e = f1(OP_EXP, z);
    near(f1(OP_EXP, f1(OP_LOG, z)), z, 4e-15, "exp log", z);
    near(f1(OP_EXP2, f1(OP_LOG2, z)), z, 4e-15, "exp2 log2", z);
    near(f2(OP_POW, 10, f1(OP_LOG10, z)), z, 1e-14, "10^log10", z);
    near(f1(OP_EXPM1, f1(OP_LOG1P, z)), z, 1e-14, "expm1 log1p", z);
    near(f1(OP_EXPM1, z) + 1, e, 1e-14, "expm1", z);
    ck_assert(cabs(sine * sine + cosine * cosine - 1) <= 1e-15 * (1 + cabs(sine * sine)));
    near(f1(OP_TAN, z), sine / cosine, 4e-15, "tan", z);
    near(f1(OP_ASIN, f1(OP_SIN, s)), s, 4e-15, "asin sin", s);
    near(f1(OP_ATANH, f1(OP_TANH, s)), s, 4e-15, "atanh tanh", s);
    near(f1(OP_ASINH, f1(OP_SINH, s)), s, 4e-15, "asinh sinh", s);
    near(f1(OP_ACOS, z) + f1(OP_ASIN, z), pi / 2, 4e-15, "acos + asin", z);
    near(f1(OP_COSH, f1(OP_ACOSH, z)), z, 1e-14, "cosh acosh", z);
    near(f1(OP_SIGMOID, z) * (1 + e), e, 1e-14, "sigmoid", z);
    near(f1(OP_EXP, f1(OP_SOFTPLUS, z)), 1 + e, 1e-14, "exp softplus", z);
    near(f1(OP_SOFTPLUS, z) - f1(OP_SOFTPLUS, -z), z, 1e-14, "softplus", z);
    near(f2(OP_POW, z, w), cexp(w * clog(z)), 1e-14, "pow", z);
    near(f2(OP_HYPOT, z, 1.5) * f2(OP_HYPOT, z, 1.5), z * z + 2.25, 1e-13, "hypot", z);
    near(f1(OP_CIRCLE, z) * f1(OP_CIRCLE, z), 1 - z * z, 1e-13, "circle", z);
    ck_assert(creal(f2(OP_HYPOT, z, w)) >= 0 && creal(f1(OP_CIRCLE, z)) >= 0);
  }
}
END_TEST

/* Σ z^j/j! and Σ (-1)^(j+1) z^j/j from j = 1 on, the smallest terms first. */
static long double complex series(long double complex z, bool exponential)
{
  enum { TERMS = 40 };
  long double complex sum = 0;
  for (int j = TERMS; j >= 1; j--) sum = exponential ? z * (1 + sum) / j : z * (1.0L / j - sum);
  return sum;
}

static void check_parts(double complex got, long double complex want, double tolerance,
                        const char *what, double complex at)
{
  long double re = creall(want), im = cimagl(want);
  ck_assert_msg(fabsl(creal(got) - re) <= tolerance * fabsl(re) &&
                    fabsl(cimag(got) - im) <= tolerance * fabsl(im),
                "%s(%g, %g): (%.17g, %.17g) instead of (%.17Lg, %.17Lg)", what, creal(at),
                cimag(at), creal(got), cimag(got), re, im);
}

START_TEST(test_series)
{
  for (double size = 0.2; size > 1e-290; size *= 0.3) {
    double complex z = random_complex(size), flat = complex_of(uniform(-size, size), 1e-12 * size);
    near(f1(OP_EXPM1, z), (double complex)series(z, true), 5e-16, "expm1", z);
    near(f1(OP_LOG1P, z), (double complex)series(z, false), 5e-16, "log1p", z);
    check_parts(f1(OP_EXPM1, flat), series(flat, true), 5e-16, "expm1", flat);
    check_parts(f1(OP_LOG1P, flat), series(flat, false), 5e-16, "log1p", flat);
  }
  near(f1(OP_EXPM1, 0), 0, 0, "expm1", 0);
  near(f1(OP_LOG1P, 0), 0, 0, "log1p", 0);
}
END_TEST

START_TEST(test_large)
{
  const long double ln2 = 0.693147180559945309417232121458176568L;
  double complex z = complex_of(1024.3, 1.5 / 0.6931471805599453);
  double complex power = f1(OP_EXP2, z);
  near(creal(power), (double)(exp2l(1024.3) * cosl(cimag(z) * ln2)), 1e-14, "exp2", z);
  ck_assert(cimag(power) == INFINITY);
  for (int code = 0; code < OP_COUNT; code++) /* 0·∞ must not come in from the imaginary part */
    if (code == OP_EXP || code == OP_EXP2 || code == OP_EXPM1 || code == OP_SINH)
      ck_assert(creal(f1((enum op_code)code, 4000)) == INFINITY &&
                cimag(f1((enum op_code)code, 4000)) == 0);
  near(f1(OP_EXP2, complex_of(-1070, 1)),
       complex_of(ldexp(cos(0.6931471805599453), -1070), ldexp(sin(0.6931471805599453), -1070)),
       0.1, "exp2", -1070);
  for (double y = -3; y <= 3; y += 0.5)
    for (double x = 800; x < 1e300; x *= 1e10) {
      near(f1(OP_SIGMOID, complex_of(x, y)), 1, 1e-15, "sigmoid", x);
      ck_assert(f1(OP_SIGMOID, complex_of(-x, y)) == 0 && f1(OP_SOFTPLUS, complex_of(-x, y)) == 0);
      near(f1(OP_SOFTPLUS, complex_of(x, y)), complex_of(x, y), 1e-15, "softplus", x);
      near(f1(OP_EXPM1, complex_of(-x, y)), -1, 1e-15, "expm1", -x);
      near(f1(OP_LOG1P, complex_of(x, y * x)), clog(complex_of(x, y * x)), 1 / x + 1e-15, "log1p",
           x);
      near(f2(OP_HYPOT, complex_of(x, y), 1), complex_of(x, y), 1 / x + 1e-15, "hypot", x);
      if (y == 0) continue; /* a cut */
      double complex turned = y > 0 ? complex_of(y, -x) : complex_of(-y, x);
      near(f2(OP_HYPOT, complex_of(-y, x), 1), turned, 1 / x + 1e-15, "hypot", x);
      near(f1(OP_CIRCLE, complex_of(x, y)), turned, 1 / x + 1e-15, "circle", x);
    }
  ck_assert(f1(OP_SIGMOID, INFINITY) == 1 && f1(OP_SIGMOID, -INFINITY) == 0);
  ck_assert(creal(f1(OP_SOFTPLUS, INFINITY)) == INFINITY && f1(OP_SOFTPLUS, -INFINITY) == 0);
  ck_assert(f1(OP_EXP2, -INFINITY) == 0 && creal(f1(OP_EXP2, INFINITY)) == INFINITY);
  ck_assert(f1(OP_EXPM1, -INFINITY) == -1 &&
            creal(f1(OP_LOG1P, complex_of(0, INFINITY))) == INFINITY);
}
END_TEST

START_TEST(test_powers)
{
  for (int k = -12; k <= 12; k++)
    for (int n = 0; n < 50; n++) {
      double complex z = random_complex(3);
      long double complex product = 1;
      for (int i = 0; i < abs(k); i++) product *= z;
      double complex want = (double complex)(k < 0 ? 1 / product : product);
      near(op_value_complex(OP_POWI, z, 0, 0, k), want, 3e-15, "powi", z);
      near(f2(OP_POW, z, k), want, 3e-15, "pow", z);
    }
  ck_assert(f2(OP_POW, 0, 0) == 1 && f2(OP_POW, complex_of(NAN, 1), 0) == 1);
  ck_assert(op_value_complex(OP_POWI, complex_of(NAN, 1), 0, 0, 0) == 1);
  ck_assert(f2(OP_POW, 0, 2) == 0 && f2(OP_POW, 0, 0.5) == 0);
  ck_assert(f2(OP_POW, 0, complex_of(1, 1)) == 0);
  ck_assert(creal(f2(OP_POW, 0, -1)) == INFINITY && creal(f2(OP_POW, 0, -0.5)) == INFINITY);
  ck_assert(isinf(creal(f2(OP_POW, 0, complex_of(-1, 1)))));
  ck_assert(isnan(creal(f2(OP_POW, 0, complex_of(0, 1)))));
  ck_assert(f2(OP_POW, complex_of(0, 1), 2) == -1 && f2(OP_POW, -2, 3) == -8);
  ck_assert(creal(f2(OP_POW, 1.5, 1000)) == pow(1.5, 1000));
  ck_assert(isfinite(creal(f2(OP_POW, complex_of(0.6, 0.8), 1e18))));
  ck_assert(op_value_complex(OP_POWI, complex_of(0, 1), 0, 0, INT32_MIN) == 1);
  /* (-2 ± 0i)² lies below and above the axis: its derivative is negative */
  ck_assert(signbit(cimag(f2(OP_POW, complex_of(-2, 0.0), 2))));
  ck_assert(!signbit(cimag(op_value_complex(OP_POWI, complex_of(-2, -0.0), 0, 0, 2))));
}
END_TEST

START_TEST(test_conditions)
{
  double complex u = complex_of(1, 5), v = complex_of(2, -5), i = complex_of(0, 1);
  double complex nan = complex_of(0, NAN);
  ck_assert(f2(OP_LT, u, v) == 1 && f2(OP_LT, v, u) == 0 && f2(OP_LT, u, 1) == 0);
  ck_assert(f2(OP_LE, u, 1) == 1 && f2(OP_LE, v, u) == 0);
  ck_assert(f2(OP_EQ, u, 1) == 0 && f2(OP_EQ, u, u) == 1 && f2(OP_NE, u, 1) == 1);
  ck_assert(f2(OP_AND, i, u) == 1 && f2(OP_AND, i, 0) == 0 && f2(OP_OR, i, 0) == 1);
  ck_assert(f2(OP_OR, 0, 0) == 0 && f1(OP_NOT, i) == 0 && f1(OP_NOT, 0) == 1);
  ck_assert(f2(OP_MIN_FIRST, u, v) == 1 && f2(OP_MIN_FIRST, v, u) == 0);
  ck_assert(f2(OP_MAX_FIRST, u, v) == 0 && f2(OP_MAX_FIRST, v, u) == 1);
  ck_assert(f2(OP_MIN_FIRST, nan, -1) == 1 && f2(OP_MAX_FIRST, nan, 1) == 1);
  ck_assert(op_value_complex(OP_SELECT, i, u, v, 0) == u);
  ck_assert(op_value_complex(OP_SELECT, 0, u, v, 0) == v);
  ck_assert(f1(OP_FINITE, u) == 1 && f1(OP_FINITE, nan) == 0);
  ck_assert(f1(OP_FINITE, complex_of(0, INFINITY)) == 0 && f1(OP_FINITE, INFINITY) == 0);
  ck_assert(f1(OP_STOP, u) == u && f2(OP_SLOPE, u, 0) == 0);
  ck_assert(op_value_complex(OP_CONST, 0, 0, 0, 2.5) == 2.5);
}
END_TEST

/* What is not holomorphic still works on numbers that happen to be real. */
START_TEST(test_real_only)
{
  for (int code = 0; code < OP_COUNT; code++) {
    enum op_code c = (enum op_code)code;
    if (op_is_holomorphic(c) || c == OP_HYPOT || c == OP_SLOPE || c == OP_CIRCLE ||
        c == OP_LOG_SLOPE)
      continue;
    for (double a = -2.75; a < 3; a += 0.5) {
      double complex got = op_value_complex(c, a, 1.5, 0.5, 2);
      ck_assert_msg(got == op_value(c, a, 1.5, 0.5, 2), "%s %g", op_table[code].name, a);
    }
  }
}
END_TEST

Suite *complex_suite(void)
{
  Suite *s = suite_create("complex");
  TCase *t = tcase_create("all");
  tcase_add_test(t, test_flags);
  tcase_add_test(t, test_partials);
  tcase_add_test(t, test_partials_far_out);
  tcase_add_test(t, test_cuts);
  tcase_add_test(t, test_conjugates);
  tcase_add_test(t, test_real_axis);
  tcase_add_test(t, test_complex_step);
  tcase_add_test(t, test_identities);
  tcase_add_test(t, test_series);
  tcase_add_test(t, test_large);
  tcase_add_test(t, test_powers);
  tcase_add_test(t, test_conditions);
  tcase_add_test(t, test_real_only);
  suite_add_tcase(s, t);
  return s;
}
