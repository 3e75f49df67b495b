#include "config.h"

#include "num.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_GMP
#include <gmp.h>
#endif

/* The functions of num_rounded that are here; those elsewhere have other numbers. */
enum { POWER = NUM_DIV + 1, EXP, LOG };

enum num_field num_field = NUM_REAL;
uint64_t num_rounding;
static bool too_large;

bool num_is_too_large(void)
{
  return too_large;
}

/* Exact numbers. */

#ifdef HAVE_GMP

const bool num_has_exact = true;

enum { BITS_MAX = 1 << 12 };

struct num_exact {
  struct num_exact *next;
  bool is_none;
  mpq_t q;
};
static struct num_exact *all, none = {.is_none = true};

static struct num_exact *fresh(void)
{
  struct num_exact *x = malloc(sizeof *x);
  if (!x) abort();
  *x = (struct num_exact){.next = all};
  mpq_init(x->q);
  all = x;
  return x;
}

/* What has been computed; 0 is NULL. */
static union num result(const struct num_exact *x)
{
  if (x == &none || mpq_sgn(x->q) == 0) return (union num){.q = x == &none ? x : NULL};
  if (mpz_sizeinbase(mpq_numref(x->q), 2) > BITS_MAX ||
      mpz_sizeinbase(mpq_denref(x->q), 2) > BITS_MAX) {
    too_large = true;
    return (union num){.q = &none};
  }
  return (union num){.q = x};
}

/* The operand for GMP, also where it is 0. */
static const struct num_exact *operand(union num a)
{
  return a.q ? a.q : fresh();
}

static union num exact_operation(enum num_code code, union num a, union num b)
{
  if (num_is_none(a) || num_is_none(b) || (code == NUM_DIV && !b.q)) return (union num){.q = &none};
  const struct num_exact *x = operand(a), *y = operand(b);
  struct num_exact *r = fresh();
  switch (code) {
  case NUM_ADD: mpq_add(r->q, x->q, y->q); break;
  case NUM_SUB: mpq_sub(r->q, x->q, y->q); break;
  case NUM_MUL: mpq_mul(r->q, x->q, y->q); break;
  case NUM_DIV: mpq_div(r->q, x->q, y->q); break;
  }
  return result(r);
}

static union num exact_neg(union num a)
{
  if (!a.q || num_is_none(a)) return a;
  struct num_exact *r = fresh();
  mpq_neg(r->q, a.q->q);
  return result(r);
}

static union num exact_powi(union num a, long k)
{
  if (num_is_none(a) || (!a.q && k < 0)) return (union num){.q = &none};
  struct num_exact *r = fresh();
  const struct num_exact *x = operand(a);
  unsigned long e = k < 0 ? -(unsigned long)k : (unsigned long)k;
  mpz_pow_ui(mpq_numref(r->q), mpq_numref(x->q), e);
  mpz_pow_ui(mpq_denref(r->q), mpq_denref(x->q), e);
  if (k < 0) mpq_inv(r->q, r->q);
  return result(r);
}

typedef void rounding(mpz_ptr, mpz_srcptr, mpz_srcptr);

static union num exact_round(union num a, rounding *round)
{
  if (!a.q || num_is_none(a)) return a;
  struct num_exact *r = fresh();
  round(mpq_numref(r->q), mpq_numref(a.q->q), mpq_denref(a.q->q));
  return result(r);
}

static union num exact_of_double(double v)
{
  struct num_exact *r = fresh();
  if (!isfinite(v)) return (union num){.q = &none};
  mpq_set_d(r->q, v);
  return result(r);
}

union num num_of_fraction(long p, unsigned long q)
{
  if (num_field != NUM_EXACT) return num_of((double)p / (double)q);
  struct num_exact *r = fresh();
  mpq_set_si(r->q, p, q);
  mpq_canonicalize(r->q);
  return result(r);
}

/* Digits with a point among them, and an exponent: digits · 10^(exponent - digits after the
 * point). */
static union num exact_literal(const char *text)
{
  struct num_exact *r = fresh();
  long scale = 0;
  bool fraction = false;
  const char *c = text;
  for (; (*c >= '0' && *c <= '9') || *c == '.'; c++) {
    if (*c == '.') {
      fraction = true;
      continue;
    }
    mpz_mul_ui(mpq_numref(r->q), mpq_numref(r->q), 10);
    mpz_add_ui(mpq_numref(r->q), mpq_numref(r->q), (unsigned long)(*c - '0'));
    scale -= fraction;
  }
  if (*c == 'e' || *c == 'E') scale += strtol(c + 1, NULL, 10);
  return num_mul(result(r), num_powi(num_of(10), (double)scale));
}

static int exact_compare(union num a, union num b)
{
  int order = mpq_cmp(operand(a)->q, operand(b)->q);
  return (order > 0) - (order < 0);
}

/* GMP's conversion truncates; its error of one unit does not matter here. */
static double exact_near(union num a)
{
  return !a.q ? 0 : num_is_none(a) ? (double)NAN : mpq_get_d(a.q->q);
}

static bool exact_is_whole(union num a)
{
  return !a.q || (!num_is_none(a) && mpz_cmp_ui(mpq_denref(a.q->q), 1) == 0);
}

static bool exact_is_none(union num a)
{
  return a.q && a.q->is_none;
}

void num_format(union num a, struct strbuf *out)
{
  if (num_is_none(a)) {
    strbuf_puts(out, "nan");
    return;
  }
  char *text = mpq_get_str(NULL, 10, operand(a)->q);
  strbuf_puts(out, text);
  void (*release)(void *, size_t);
  mp_get_memory_functions(NULL, NULL, &release);
  release(text, strlen(text) + 1);
}

void num_release(void)
{
  for (struct num_exact *x = all, *next; x; x = next) {
    next = x->next;
    mpq_clear(x->q);
    free(x);
  }
  all = NULL;
}

#else /* no field is exact then */

const bool num_has_exact = false;

typedef void rounding(void);
static rounding *const mpz_fdiv_q, *const mpz_cdiv_q, *const mpz_tdiv_q;

static union num exact_operation(enum num_code code, union num a, union num b)
{
  (void)code, (void)b;
  return a;
}
static union num exact_neg(union num a)
{
  return a;
}
static union num exact_powi(union num a, long k)
{
  (void)k;
  return a;
}
static union num exact_round(union num a, rounding *round)
{
  (void)round;
  return a;
}
static union num exact_of_double(double v)
{
  (void)v;
  return (union num){0};
}
static union num exact_literal(const char *text)
{
  (void)text;
  return (union num){0};
}
static int exact_compare(union num a, union num b)
{
  (void)a, (void)b;
  return 0;
}
static double exact_near(union num a)
{
  (void)a;
  return 0;
}
static bool exact_is_whole(union num a)
{
  (void)a;
  return false;
}
static bool exact_is_none(union num a)
{
  (void)a;
  return true;
}
union num num_of_fraction(long p, unsigned long q)
{
  return num_of((double)p / (double)q);
}
void num_format(union num a, struct strbuf *out)
{
  (void)a;
  strbuf_puts(out, "nan");
}
void num_release(void)
{
}

#endif

/* Doubles that are rounded at random. */

void num_round_randomly(uint64_t seed)
{
  num_rounding = seed;
}

static uint64_t mix(uint64_t hash, double v)
{
  uint64_t bits;
  memcpy(&bits, &v, sizeof bits);
  hash = (hash ^ bits) * 0x9e3779b97f4a7c15u;
  return hash ^ hash >> 29;
}

/* With other signs of the operands the same, but for the sign of the result. */
static double neighbour(uint64_t function, double a, double b, double r)
{
  uint64_t hash = mix(num_rounding * 0xbf58476d1ce4e5b9u + function, fabs(a));
  uint64_t choice = (mix(mix(hash, fabs(b)), fabs(r)) >> 33) % 3;
  return choice == 0 ? r : nextafter(r, choice == 1 ? 0 : copysign(INFINITY, r));
}

/* A result that needs few digits was not rounded: transcendental functions have such values only
 * where they are trivial. */
double num_rounded(uint64_t function, double a, double b, double r)
{
  bool is_exact = (double)(float)r == r || !isfinite(r);
  return num_rounding == 0 || is_exact ? r : neighbour(function, a, b, r);
}

/* The errors of sums (D. Knuth's TwoSum), products and quotients are doubles: they are zero, or
 * rounding took place. */
static double random_operation(enum num_code code, double a, double b)
{
  double r = 0, error = 0;
  switch (code) {
  case NUM_SUB: return random_operation(NUM_ADD, a, -b);
  case NUM_ADD:
    r = a + b;
    error = (a - (r - (r - a))) + (b - (r - a));
    break;
  case NUM_MUL:
    r = a * b;
    error = fma(a, b, -r);
    break;
  case NUM_DIV:
    r = a / b;
    error = fma(r, b, -a);
    break;
  }
  bool swap = code != NUM_DIV && fabs(b) < fabs(a);
  if (error == 0 || !isfinite(r)) return r;
  return neighbour((uint64_t)code, swap ? b : a, swap ? a : b, r);
}

/* All fields. */

void num_begin(enum num_field field)
{
  num_release();
  num_field = field;
  too_large = false;
}

/* Functions of large complex numbers are ill-conditioned. */
static union num complex_result(double complex z)
{
  if (!(cabs(z) <= 1e4)) too_large = true;
  return (union num){.z = z};
}

union num num_of_complex(double re, double im)
{
  union num r = num_of(re);
  if (num_field == NUM_COMPLEX) r.z = re + im * I;
  return r;
}

union num num_of(double v)
{
  if (num_field == NUM_EXACT) return exact_of_double(v);
  return num_field == NUM_COMPLEX ? (union num){.z = v} : (union num){.re = v};
}

union num num_literal(const char *text, double value, bool imaginary)
{
  if (imaginary) return num_of_complex(0, value);
  bool spelled = text && ((*text >= '0' && *text <= '9') || *text == '.');
  return spelled && num_field == NUM_EXACT ? exact_literal(text) : num_of(value);
}

/* The quotient by the textbook: the compiler's takes care of infinities. */
union num num_operation(enum num_code code, union num a, union num b)
{
  if (num_field == NUM_EXACT) return exact_operation(code, a, b);
  if (num_field == NUM_REAL) return (union num){.re = random_operation(code, a.re, b.re)};
  switch (code) {
  case NUM_ADD: return complex_result(a.z + b.z);
  case NUM_SUB: return complex_result(a.z - b.z);
  case NUM_MUL: return complex_result(a.z * b.z);
  case NUM_DIV: break;
  }
  double d = creal(b.z) * creal(b.z) + cimag(b.z) * cimag(b.z);
  return complex_result(a.z * conj(b.z) / d);
}

union num num_neg(union num a)
{
  if (num_field == NUM_EXACT) return exact_neg(a);
  return num_field == NUM_COMPLEX ? (union num){.z = -a.z} : (union num){.re = -a.re};
}

union num num_powi(union num a, double k)
{
  if (num_field == NUM_REAL) return (union num){.re = num_rounded(POWER, a.re, k, pow(a.re, k))};
  if (num_field == NUM_EXACT) return exact_powi(a, (long)k);
  union num r = num_of(1);
  for (int i = 0; i < fabs(k); i++) r = num_mul(r, a);
  return k < 0 ? num_div(num_of(1), r) : r;
}

union num num_pow(union num a, union num b)
{
  return num_field == NUM_REAL ? num_powi(a, b.re) : num_exp(num_mul(b, num_log(a)));
}

union num num_exp(union num a)
{
  return num_field == NUM_REAL ? (union num){.re = num_rounded(EXP, a.re, 0, exp(a.re))}
                               : complex_result(cexp(a.z));
}

union num num_log(union num a)
{
  return num_field == NUM_REAL ? (union num){.re = num_rounded(LOG, a.re, 0, log(a.re))}
                               : complex_result(clog(a.z));
}

union num num_floor(union num a)
{
  return num_field == NUM_EXACT ? exact_round(a, mpz_fdiv_q) : num_of(floor(a.re));
}

union num num_ceil(union num a)
{
  return num_field == NUM_EXACT ? exact_round(a, mpz_cdiv_q) : num_of(ceil(a.re));
}

union num num_trunc(union num a)
{
  return num_field == NUM_EXACT ? exact_round(a, mpz_tdiv_q) : num_of(trunc(a.re));
}

bool num_is_none(union num a)
{
  if (num_field == NUM_EXACT) return exact_is_none(a);
  return isnan(a.re) || (num_field == NUM_COMPLEX && isnan(cimag(a.z)));
}

bool num_is_zero(union num a)
{
  if (num_field == NUM_EXACT) return !a.q;
  return num_field == NUM_COMPLEX ? a.z == 0 : a.re == 0;
}

int num_compare(union num a, union num b)
{
  if (num_field == NUM_EXACT) return exact_compare(a, b);
  return (a.re > b.re) - (a.re < b.re);
}

double num_near(union num a)
{
  return num_field == NUM_EXACT ? exact_near(a) : a.re;
}

bool num_is_whole(union num a)
{
  if (num_field == NUM_EXACT) return exact_is_whole(a);
  return a.re == floor(a.re) && (num_field == NUM_REAL || cimag(a.z) == 0);
}
