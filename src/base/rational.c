#include "config.h"

#include "base/rational.h"

#ifdef HAVE_GMP

#include <assert.h>

#include "base/rational_parts.h"

const bool rational_available = true;

static struct rational shared[] = {{.kind = WHOLE, .whole = -1},
                                   {.kind = WHOLE, .whole = 0},
                                   {.kind = WHOLE, .whole = 1},
                                   {.kind = WHOLE, .whole = 2}};

struct rational *rational_keep(struct rational *r)
{
  /* A count that would wrap ends at 0: such a number stays for good. */
  if (r && r->references) r->references++;
  return r;
}

void rational_drop(struct rational *r)
{
  if (!r || !r->references || --r->references) return;
  if (r->kind == BIG) rational_clear(r->q);
  mem_free(r);
}

static enum rational_result same(const struct rational *a, struct rational **out)
{
  *out = rational_keep((struct rational *)a);
  return RATIONAL_OK;
}

static struct rational *fresh(enum kind kind)
{
  struct rational *r = mem_alloc(1, sizeof *r);
  if (!r) return NULL;
  r->references = 1;
  r->kind = kind;
  return r;
}

enum rational_result rational_of_int(int64_t v, struct rational **out)
{
  if (v >= -1 && v <= 2) return same(&shared[v + 1], out);
  *out = fresh(WHOLE);
  if (!*out) return RATIONAL_NO_MEMORY;
  (*out)->whole = v;
  return RATIONAL_OK;
}

enum rational_result rational_fault(enum rational_result why, int32_t where, struct rational **out)
{
  *out = fresh(FAULT);
  if (!*out) return RATIONAL_NO_MEMORY;
  (*out)->fault.why = why;
  (*out)->fault.where = where;
  return RATIONAL_OK;
}

bool rational_is_fault(const struct rational *a, enum rational_result *why, int32_t *where)
{
  if (a->kind != FAULT) return false;
  if (why) *why = a->fault.why;
  if (where) *where = a->fault.where;
  return true;
}

static bool fits_int64(mpz_srcptr z, int64_t *v)
{
  if (mpz_sizeinbase(z, 2) > 64) return false;
  uint64_t u = 0;
  for (size_t i = mpz_size(z); i-- > 0;)
    u = u << (GMP_NUMB_BITS - 1) << 1 | (uint64_t)mpz_getlimbn(z, (mp_size_t)i);
  if (mpz_sgn(z) < 0 ? u > (uint64_t)INT64_MAX + 1 : u > INT64_MAX) return false;
  *v = mpz_sgn(z) < 0 ? -(int64_t)(u - 1) - 1 : (int64_t)u;
  return true;
}

static size_t larger(size_t a, size_t b)
{
  return a > b ? a : b;
}

static size_t bits_of(mpq_srcptr q)
{
  return larger(bits(mpq_numref(q)), bits(mpq_denref(q)));
}

/* The sizes at which a job is refused before it runs are lower bounds of what it would compute
 * before that is reduced; the result is measured when it is there. */
enum rational_result rational_compute(struct job *job, struct rational **out)
{
  *out = NULL;
  struct rational *r = fresh(BIG);
  if (!r) return RATIONAL_NO_MEMORY;
  job->out = r->q;
  if (!rational_guarded(job)) {
    mem_free(r);
    return RATIONAL_NO_MEMORY;
  }
  int64_t v;
  if (is_one(mpq_denref(r->q)) && fits_int64(mpq_numref(r->q), &v)) {
    rational_drop(r);
    return rational_of_int(v, out);
  }
  if (bits_of(r->q) > RATIONAL_BITS_MAX) {
    rational_drop(r);
    return RATIONAL_TOO_LARGE;
  }
  *out = r;
  return RATIONAL_OK;
}

/* The first fault among two operands, or NULL. */
static const struct rational *faulty(const struct rational *a, const struct rational *b)
{
  return a->kind == FAULT ? a : b->kind == FAULT ? b : NULL;
}

static bool is_whole_value(const struct rational *a, int64_t v)
{
  return a->kind == WHOLE && a->whole == v;
}

static bool both_whole(const struct rational *a, const struct rational *b)
{
  return a->kind == WHOLE && b->kind == WHOLE;
}

/* Whether x·y has too many bits for certain. */
static bool product_is_large(mpz_srcptr x, mpz_srcptr y)
{
  return bits(x) + bits(y) - 1 > RATIONAL_BITS_MAX;
}

/* Whether bringing a and b over one denominator makes numbers that are too large. */
static bool common_is_large(mpq_srcptr a, mpq_srcptr b)
{
  if (mpz_cmp(mpq_denref(a), mpq_denref(b)) == 0) return false;
  return product_is_large(mpq_numref(a), mpq_denref(b)) ||
         product_is_large(mpq_numref(b), mpq_denref(a)) ||
         product_is_large(mpq_denref(a), mpq_denref(b));
}

static void set_operands(struct job *job, const struct rational *a, const struct rational *b)
{
  job->a = rational_view(a, &job->views[0]);
  if (b) job->b = rational_view(b, &job->views[1]);
}

static enum rational_result compute_common(void (*run)(struct job *), const struct rational *a,
                                           const struct rational *b, struct rational **out)
{
  struct job job = {.run = run};
  set_operands(&job, a, b);
  if (common_is_large(job.a, job.b)) return rational_refuse(RATIONAL_TOO_LARGE, out);
  return rational_compute(&job, out);
}

static void run_add(struct job *job)
{
  mpq_add(job->out, job->a, job->b);
}

static void run_sub(struct job *job)
{
  mpq_sub(job->out, job->a, job->b);
}

static void run_mul(struct job *job)
{
  mpq_mul(job->out, job->a, job->b);
}

static void run_div(struct job *job)
{
  mpq_div(job->out, job->a, job->b);
}

/* a + b, or with `minus` a - b. */
static enum rational_result sum(const struct rational *a, const struct rational *b, bool minus,
                                struct rational **out)
{
  const struct rational *fault = faulty(a, b);
  if (fault) return same(fault, out);
  int64_t v;
  if (both_whole(a, b) && !(minus ? __builtin_sub_overflow(a->whole, b->whole, &v)
                                  : __builtin_add_overflow(a->whole, b->whole, &v)))
    return rational_of_int(v, out);
  if (is_whole_value(b, 0)) return same(a, out);
  if (is_whole_value(a, 0) && !minus) return same(b, out);
  return compute_common(minus ? run_sub : run_add, a, b, out);
}

enum rational_result rational_add(const struct rational *a, const struct rational *b,
                                  struct rational **out)
{
  return sum(a, b, false, out);
}

enum rational_result rational_sub(const struct rational *a, const struct rational *b,
                                  struct rational **out)
{
  return sum(a, b, true, out);
}

enum rational_result rational_mul(const struct rational *a, const struct rational *b,
                                  struct rational **out)
{
  const struct rational *fault = faulty(a, b);
  if (fault) return same(fault, out);
  int64_t v;
  if (both_whole(a, b) && !__builtin_mul_overflow(a->whole, b->whole, &v))
    return rational_of_int(v, out);
  if (is_whole_value(a, 0) || is_whole_value(b, 1)) return same(a, out);
  if (is_whole_value(b, 0) || is_whole_value(a, 1)) return same(b, out);
  struct job job = {.run = run_mul};
  set_operands(&job, a, b);
  if (product_is_large(mpq_numref(job.a), mpq_numref(job.b)) ||
      product_is_large(mpq_denref(job.a), mpq_denref(job.b)))
    return rational_refuse(RATIONAL_TOO_LARGE, out);
  return rational_compute(&job, out);
}

enum rational_result rational_div(const struct rational *a, const struct rational *b,
                                  struct rational **out)
{
  const struct rational *fault = faulty(a, b);
  if (fault) return same(fault, out);
  if (is_whole_value(b, 0)) return rational_refuse(RATIONAL_DIVISION_BY_ZERO, out);
  if (is_whole_value(a, 0) || is_whole_value(b, 1)) return same(a, out);
  /* INT64_MIN / -1 is not a 64-bit number. */
  if (both_whole(a, b) && b->whole != -1 && a->whole % b->whole == 0)
    return rational_of_int(a->whole / b->whole, out);
  struct job job = {.run = run_div};
  set_operands(&job, a, b);
  if (product_is_large(mpq_numref(job.a), mpq_denref(job.b)) ||
      product_is_large(mpq_denref(job.a), mpq_numref(job.b)))
    return rational_refuse(RATIONAL_TOO_LARGE, out);
  return rational_compute(&job, out);
}

/* (p/q) mod (r/s) is (p·s mod r·q) / (q·s). */
static void run_mod(struct job *job)
{
  mpz_ptr num = mpq_numref(job->out), den = mpq_denref(job->out);
  mpz_srcptr q = mpq_denref(job->a), s = mpq_denref(job->b);
  if (mpz_cmp(q, s) == 0) {
    mpz_fdiv_r(num, mpq_numref(job->a), mpq_numref(job->b));
    mpz_set(den, q);
  } else {
    mpz_mul(num, mpq_numref(job->a), s);
    mpz_mul(den, mpq_numref(job->b), q);
    mpz_fdiv_r(num, num, den);
    mpz_mul(den, q, s);
  }
  mpq_canonicalize(job->out);
}

enum rational_result rational_mod(const struct rational *a, const struct rational *b,
                                  struct rational **out)
{
  const struct rational *fault = faulty(a, b);
  if (fault) return same(fault, out);
  if (is_whole_value(b, 0)) return rational_refuse(RATIONAL_DIVISION_BY_ZERO, out);
  if (is_whole_value(a, 0)) return same(a, out);
  if (!both_whole(a, b)) return compute_common(run_mod, a, b, out);
  if (b->whole == -1) return rational_of_int(0, out);
  int64_t rest = a->whole % b->whole;
  return rational_of_int(rest && (rest < 0) != (b->whole < 0) ? rest + b->whole : rest, out);
}

static void run_neg(struct job *job)
{
  mpq_neg(job->out, job->a);
}

enum rational_result rational_neg(const struct rational *a, struct rational **out)
{
  if (a->kind == FAULT || is_whole_value(a, 0)) return same(a, out);
  if (a->kind == WHOLE && a->whole != INT64_MIN) return rational_of_int(-a->whole, out);
  struct job job = {.run = run_neg};
  set_operands(&job, a, NULL);
  return rational_compute(&job, out);
}

enum rational_result rational_abs(const struct rational *a, struct rational **out)
{
  return a->kind == FAULT || rational_sign(a) >= 0 ? same(a, out) : rational_neg(a, out);
}

static void run_power(struct job *job)
{
  mpz_pow_ui(mpq_numref(job->out), mpq_numref(job->a), job->k);
  mpz_pow_ui(mpq_denref(job->out), mpq_denref(job->a), job->k);
  if (job->order < 0) mpq_inv(job->out, job->out);
}

enum rational_result rational_powi(const struct rational *a, int64_t k, struct rational **out)
{
  if (a->kind == FAULT || k == 1) return same(a, out);
  if (k == 0 || is_whole_value(a, 1)) return rational_of_int(1, out);
  if (k == 2) return rational_mul(a, a, out);
  if (is_whole_value(a, 0))
    return k < 0 ? rational_refuse(RATIONAL_DIVISION_BY_ZERO, out) : same(a, out);
  if (is_whole_value(a, -1)) return rational_of_int(k % 2 ? -1 : 1, out);
  /* The larger of numerator and denominator is at least 2. */
  uint64_t n = magnitude_of(k);
  if (n > RATIONAL_BITS_MAX || (rational_bits(a) - 1) * n + 1 > RATIONAL_BITS_MAX)
    return rational_refuse(RATIONAL_TOO_LARGE, out);
  struct job job = {.run = run_power, .k = (unsigned long)n, .order = k < 0 ? -1 : 1};
  set_operands(&job, a, NULL);
  return rational_compute(&job, out);
}

static void run_floor(struct job *job)
{
  mpz_fdiv_q(mpq_numref(job->out), mpq_numref(job->a), mpq_denref(job->a));
}

static void run_ceil(struct job *job)
{
  mpz_cdiv_q(mpq_numref(job->out), mpq_numref(job->a), mpq_denref(job->a));
}

static void run_trunc(struct job *job)
{
  mpz_tdiv_q(mpq_numref(job->out), mpq_numref(job->a), mpq_denref(job->a));
}

/* ±(|p|/q + 1/2), truncated: (2p ± q) / 2q. */
static void run_round(struct job *job)
{
  mpz_ptr num = mpq_numref(job->out);
  mpz_t twice;
  mpz_init(twice);
  mpz_mul_2exp(num, mpq_numref(job->a), 1);
  mpz_mul_2exp(twice, mpq_denref(job->a), 1);
  if (mpz_sgn(num) < 0)
    mpz_sub(num, num, mpq_denref(job->a));
  else
    mpz_add(num, num, mpq_denref(job->a));
  mpz_tdiv_q(num, num, twice);
  mpz_clear(twice);
}

static enum rational_result to_whole(void (*run)(struct job *), const struct rational *a,
                                     struct rational **out)
{
  if (a->kind == FAULT || rational_is_whole(a)) return same(a, out);
  struct job job = {.run = run, .a = a->q};
  return rational_compute(&job, out);
}

enum rational_result rational_floor(const struct rational *a, struct rational **out)
{
  return to_whole(run_floor, a, out);
}

enum rational_result rational_ceil(const struct rational *a, struct rational **out)
{
  return to_whole(run_ceil, a, out);
}

enum rational_result rational_trunc(const struct rational *a, struct rational **out)
{
  return to_whole(run_trunc, a, out);
}

enum rational_result rational_round(const struct rational *a, struct rational **out)
{
  return to_whole(run_round, a, out);
}

int rational_sign(const struct rational *a)
{
  assert(a->kind != FAULT);
  if (a->kind == WHOLE) return (a->whole > 0) - (a->whole < 0);
  return mpq_sgn(a->q);
}

static void run_compare(struct job *job)
{
  job->order = mpq_cmp(job->a, job->b);
}

int rational_compare(const struct rational *a, const struct rational *b)
{
  int sign = rational_sign(a), other = rational_sign(b);
  if (both_whole(a, b)) return (a->whole > b->whole) - (a->whole < b->whole);
  if (sign != other || sign == 0) return (sign > other) - (sign < other);
  struct job job = {.run = run_compare};
  set_operands(&job, a, b);
  if (mpq_equal(job.a, job.b)) return 0;
  if (rational_guarded(&job)) return (job.order > 0) - (job.order < 0);
  /* A comparison cannot fail: without memory it takes longer. */
  return sign * rational_compare_products(mpq_numref(job.a), mpq_denref(job.b), mpq_numref(job.b),
                                          mpq_denref(job.a));
}

bool rational_is_whole(const struct rational *a)
{
  return a->kind == WHOLE || (a->kind == BIG && is_one(mpq_denref(a->q)));
}

bool rational_to_int64(const struct rational *a, int64_t *v)
{
  if (a->kind != WHOLE) return false;
  *v = a->whole;
  return true;
}

size_t rational_bits(const struct rational *a)
{
  struct view v;
  return a->kind == FAULT ? 0 : bits_of(rational_view(a, &v));
}

#else /* without GMP */

const bool rational_available = false;

static enum rational_result none(struct rational **out)
{
  *out = NULL;
  return RATIONAL_NO_MEMORY;
}

#define UNARY(name)                                                                                \
  enum rational_result rational_##name(const struct rational *a, struct rational **out)            \
  {                                                                                                \
    (void)a;                                                                                       \
    return none(out);                                                                              \
  }
#define BINARY(name)                                                                               \
  enum rational_result rational_##name(const struct rational *a, const struct rational *b,         \
                                       struct rational **out)                                      \
  {                                                                                                \
    (void)a;                                                                                       \
    (void)b;                                                                                       \
    return none(out);                                                                              \
  }

UNARY(neg)
UNARY(abs)
UNARY(floor)
UNARY(ceil)
UNARY(trunc)
UNARY(round)
BINARY(add)
BINARY(sub)
BINARY(mul)
BINARY(div)
BINARY(mod)

struct rational *rational_keep(struct rational *r)
{
  return r;
}

void rational_drop(struct rational *r)
{
  (void)r;
}

enum rational_result rational_of_int(int64_t v, struct rational **out)
{
  (void)v;
  return none(out);
}

enum rational_result rational_of_double(double v, struct rational **out)
{
  (void)v;
  return none(out);
}

enum rational_result rational_parse(const char *s, size_t len, struct rational **out)
{
  (void)s;
  (void)len;
  return none(out);
}

enum rational_result rational_parse_fraction(const char *s, size_t len, struct rational **out)
{
  (void)s;
  (void)len;
  return none(out);
}

enum rational_result rational_fault(enum rational_result why, int32_t where, struct rational **out)
{
  (void)why;
  (void)where;
  return none(out);
}

enum rational_result rational_powi(const struct rational *a, int64_t k, struct rational **out)
{
  (void)a;
  (void)k;
  return none(out);
}

/* There is no number, so nothing below is ever called. */

bool rational_is_fault(const struct rational *a, enum rational_result *why, int32_t *where)
{
  (void)a;
  (void)why;
  (void)where;
  return false;
}

int rational_sign(const struct rational *a)
{
  (void)a;
  return 0;
}

int rational_compare(const struct rational *a, const struct rational *b)
{
  (void)a;
  (void)b;
  return 0;
}

bool rational_is_whole(const struct rational *a)
{
  (void)a;
  return false;
}

bool rational_to_int64(const struct rational *a, int64_t *v)
{
  (void)a;
  (void)v;
  return false;
}

double rational_to_double(const struct rational *a)
{
  (void)a;
  return 0;
}

void rational_format(const struct rational *a, struct strbuf *out)
{
  (void)a;
  (void)out;
}

size_t rational_bits(const struct rational *a)
{
  (void)a;
  return 0;
}

#endif
