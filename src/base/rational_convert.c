#include "config.h"

#ifdef HAVE_GMP

#include "base/rational_parts.h"

#include <float.h>
#include <math.h>
#include <string.h>

static void run_set_double(struct job *job)
{
  mpq_set_d(job->out, job->v);
}

enum rational_result rational_of_double(double v, struct rational **out)
{
  if (!isfinite(v)) return rational_refuse(RATIONAL_SYNTAX, out);
  if (v == trunc(v) && fabs(v) < 0x1p63) return rational_of_int((int64_t)v, out);
  struct job job = {.run = run_set_double, .v = v};
  return rational_compute(&job, out);
}

/* A decimal: ±digits·10^exponent, the digits from the first that is not 0 to the last. */
struct decimal {
  bool negative;
  const char *first, *last, *point; /* first is NULL for zero; the point may lie between */
  size_t count;                     /* digits from first to last */
  int64_t exponent;
};

static bool is_digit(char c)
{
  return c >= '0' && c <= '9';
}

static bool is_exponent_mark(char c)
{
  return c == 'e' || c == 'E' || c == 'd' || c == 'D';
}

/* Sign and digits of an exponent, all of [s, end); one that is far too large is capped. */
static bool read_exponent(const char *s, const char *end, int64_t *value)
{
  bool negative = s < end && *s == '-';
  if (s < end && (*s == '+' || *s == '-')) s++;
  if (s == end) return false;
  int64_t v = 0;
  for (; s < end && is_digit(*s); s++)
    if (v < INT64_MAX / 40) v = v * 10 + (*s - '0');
  *value = negative ? -v : v;
  return s == end;
}

static bool read_decimal(const char *s, const char *end, struct decimal *d)
{
  memset(d, 0, sizeof *d);
  d->negative = s < end && *s == '-';
  if (s < end && (*s == '+' || *s == '-')) s++;
  bool any = false;
  for (; s < end && (is_digit(*s) || (*s == '.' && !d->point)); s++) {
    if (*s == '.') {
      d->point = s;
      continue;
    }
    any = true;
    if (*s == '0') continue;
    if (!d->first) d->first = s;
    d->last = s;
  }
  if (!any) return false;
  if (!d->point) d->point = s;
  if (s < end && !(is_exponent_mark(*s) && read_exponent(s + 1, end, &d->exponent))) return false;
  if (!d->first) return true;
  d->exponent += d->last < d->point ? d->point - d->last - 1 : -(d->last - d->point);
  d->count = (size_t)(d->last - d->first) + !(d->first < d->point && d->point < d->last);
  return true;
}

/* At most as many bits as 10^digits has. */
static uint64_t decimal_bits(uint64_t digits)
{
  if (digits > RATIONAL_BITS_MAX) return UINT64_MAX;
  return digits * 3321928094 / 1000000000;
}

static void copy_digits(const struct decimal *d, char *out)
{
  for (const char *s = d->first; s <= d->last; s++)
    if (s != d->point) *out++ = *s;
  *out = '\0';
}

static void run_parse(struct job *job)
{
  mpz_t power;
  mpz_set_str(mpq_numref(job->out), job->text, 10);
  mpz_init(power);
  mpz_ui_pow_ui(power, 10, job->k);
  if (job->order > 0) {
    mpz_mul(mpq_numref(job->out), mpq_numref(job->out), power);
  } else {
    mpz_set(mpq_denref(job->out), power);
    mpq_canonicalize(job->out);
  }
  mpz_clear(power);
}

static enum rational_result parse_large(const struct decimal *d, struct rational **out)
{
  *out = NULL;
  char *text = mem_alloc(d->count + 2, 1);
  if (!text) return RATIONAL_NO_MEMORY;
  if (d->negative) *text = '-';
  copy_digits(d, text + d->negative);
  struct job job = {.run = run_parse,
                    .text = text,
                    .k = (unsigned long)magnitude_of(d->exponent),
                    .order = d->exponent < 0 ? -1 : 1};
  enum rational_result result = rational_compute(&job, out);
  mem_free(text);
  return result;
}

enum rational_result rational_parse(const char *s, size_t len, struct rational **out)
{
  struct decimal d;
  if (!read_decimal(s, s + len, &d)) return rational_refuse(RATIONAL_SYNTAX, out);
  if (!d.first) return rational_of_int(0, out);
  uint64_t scale = magnitude_of(d.exponent), zeros = d.exponent > 0 ? scale : 0;
  if (decimal_bits(scale) >= RATIONAL_BITS_MAX ||
      decimal_bits(d.count - 1 + zeros) >= RATIONAL_BITS_MAX)
    return rational_refuse(RATIONAL_TOO_LARGE, out);
  if (d.exponent < 0 || d.count + zeros > 18) return parse_large(&d, out);
  int64_t v = 0;
  for (const char *p = d.first; p <= d.last; p++)
    if (p != d.point) v = v * 10 + (*p - '0');
  for (; zeros; zeros--) v *= 10;
  return rational_of_int(d.negative ? -v : v, out);
}

enum rational_result rational_parse_fraction(const char *s, size_t len, struct rational **out)
{
  const char *slash = memchr(s, '/', len);
  if (!slash) return rational_parse(s, len, out);
  struct rational *p, *q = NULL;
  enum rational_result result = rational_parse(s, (size_t)(slash - s), &p);
  if (result == RATIONAL_OK) result = rational_parse(slash + 1, (size_t)(s + len - slash) - 1, &q);
  *out = NULL;
  if (result == RATIONAL_OK) result = rational_div(p, q, out);
  rational_drop(p);
  rational_drop(q);
  return result;
}

/* Room for any m·2^shift that a double or the middle of two needs. */
enum { BINARY_LIMBS = (1076 + 64) / GMP_NUMB_BITS + 2 };

static mpz_srcptr view_shifted(uint64_t m, unsigned shift, mp_limb_t limbs[BINARY_LIMBS], mpz_ptr z)
{
  mp_size_t low = shift / GMP_NUMB_BITS, n = BINARY_LIMBS;
  memset(limbs, 0, BINARY_LIMBS * sizeof *limbs);
  rational_view_whole(m, false, limbs + low, z);
  if (shift % GMP_NUMB_BITS) mpn_lshift(limbs, limbs, n, shift % GMP_NUMB_BITS);
  return mpz_roinit_n(z, limbs, n);
}

/* The sign of |q| - m·2^e, for q and m that are not zero and e from -1075 to 971. */
static int compare_binary(mpq_srcptr q, uint64_t m, int e)
{
  mp_limb_t left[BINARY_LIMBS], right[BINARY_LIMBS];
  mpz_t x, y;
  return rational_compare_products(
      mpq_numref(q), view_shifted(1, e < 0 ? (unsigned)-e : 0, left, x), mpq_denref(q),
      view_shifted(m, e > 0 ? (unsigned)e : 0, right, y));
}

/* A double is m·2^e with m < 2^53 and e ≥ -1074, and m ≥ 2^52 unless e is -1074. */
static const uint64_t m_min = UINT64_C(1) << 52, m_end = UINT64_C(1) << 53;
enum { E_MIN = -1074, E_MAX = 971 };

/* A double within a few units in the last place of |q|. */
static double approximate(mpq_srcptr q)
{
  long p_exponent, q_exponent;
  double x = mpz_get_d_2exp(&p_exponent, mpq_numref(q));
  double y = mpz_get_d_2exp(&q_exponent, mpq_denref(q));
  return fmin(ldexp(fabs(x) / y, (int)(p_exponent - q_exponent)), DBL_MAX);
}

/* The nearest double to |q|: the one below it is found from an approximation by exact comparisons,
 * then |q| is compared with the middle to the next one. */
static double nearest_double(mpq_srcptr q)
{
  size_t num = bits(mpq_numref(q)), den = bits(mpq_denref(q));
  if (num > den + 1026) return INFINITY;
  if (den > num + 1080) return 0;
  if (compare_binary(q, m_end, E_MAX) >= 0) return INFINITY;
  int e;
  uint64_t m = (uint64_t)ldexp(frexp(approximate(q), &e), 53);
  e -= 53;
  if (e < E_MIN || m == 0) {
    m = e < E_MIN - 53 ? 0 : m >> (m ? E_MIN - e : 0);
    e = E_MIN;
  }
  while (m && compare_binary(q, m, e) < 0)
    if (--m < m_min && e > E_MIN) {
      m = 2 * m + 1;
      e--;
    }
  while (compare_binary(q, m + 1, e) >= 0)
    if (++m == m_end) {
      m = m_min;
      e++;
    }
  int order = compare_binary(q, 2 * m + 1, e - 1);
  if (order > 0 || (order == 0 && m % 2)) m++;
  return ldexp((double)m, e);
}

double rational_to_double(const struct rational *a)
{
  if (a->kind == WHOLE) return (double)a->whole;
  if (a->kind == FAULT) return NAN;
  return mpq_sgn(a->q) < 0 ? -nearest_double(a->q) : nearest_double(a->q);
}

static void run_format(struct job *job)
{
  mpz_get_str(job->text, 10, mpq_numref(job->a));
  if (is_one(mpq_denref(job->a))) return;
  strcat(job->text, "/");
  mpz_get_str(job->text + strlen(job->text), 10, mpq_denref(job->a));
}

void rational_format(const struct rational *a, struct strbuf *out)
{
  if (a->kind == WHOLE) {
    strbuf_int(out, a->whole);
    return;
  }
  if (a->kind == FAULT) {
    strbuf_puts(out, "nan");
    return;
  }
  size_t room = mpz_sizeinbase(mpq_numref(a->q), 10) + mpz_sizeinbase(mpq_denref(a->q), 10) + 4;
  struct job job = {.run = run_format, .a = a->q, .text = mem_alloc(room, 1)};
  if (job.text && rational_guarded(&job))
    strbuf_puts(out, job.text);
  else
    out->failed = true;
  mem_free(job.text);
}

#endif
