/* What the sources of rational.h share: how a number is stored, and how GMP is called. */
#ifndef ASDEX_BASE_RATIONAL_PARTS_H
#define ASDEX_BASE_RATIONAL_PARTS_H

#include <gmp.h>

#include "base/rational.h"

/* A whole number that fits in 64 bits is always a WHOLE, so each value has one representation. */
enum kind { WHOLE, BIG, FAULT };

struct rational {
  uint32_t references; /* 0: never freed */
  enum kind kind;
  union {
    int64_t whole;
    mpq_t q; /* in lowest terms, the denominator positive */
    struct {
      enum rational_result why;
      int32_t where;
    } fault;
  };
};

/* An operand as GMP sees it, without a copy. */
struct view {
  mp_limb_t limbs[63 / GMP_NUMB_BITS + 1];
  mpq_t q;
};

/* Something for GMP to do that may allocate. */
struct job {
  void (*run)(struct job *);
  mpq_srcptr a, b; /* operands */
  mpq_ptr out;     /* the result, initialized by rational_guarded, or NULL */
  unsigned long k; /* exponent */
  double v;
  char *text;
  int order;
  struct view views[2];
};

/* Runs the job; false if memory ran out: all that it had allocated is freed, its operands are as
 * they were, its result is nothing. */
MUST_CHECK bool rational_guarded(struct job *job);

/* mpq_clear for a result of rational_guarded. */
void rational_clear(mpq_ptr q);

/* Runs the job and makes a number of what it computes. */
MUST_CHECK enum rational_result rational_compute(struct job *job, struct rational **out);

/* a as GMP sees it, as long as a and v are there. */
mpq_srcptr rational_view(const struct rational *a, struct view *v);

/* A whole number on these limbs (64 bits of them). */
mpz_srcptr rational_view_whole(uint64_t magnitude, bool negative, mp_limb_t *limbs, mpz_ptr z);

/* The sign of |a·b| - |c·d|, none of them zero; in quadratic time, but without memory. */
int rational_compare_products(mpz_srcptr a, mpz_srcptr b, mpz_srcptr c, mpz_srcptr d);

static inline enum rational_result rational_refuse(enum rational_result why, struct rational **out)
{
  *out = NULL;
  return why;
}

static inline uint64_t magnitude_of(int64_t v)
{
  return v < 0 ? -(uint64_t)v : (uint64_t)v;
}

static inline size_t bits(mpz_srcptr z)
{
  return mpz_sizeinbase(z, 2);
}

static inline bool is_one(mpz_srcptr z)
{
  return mpz_cmp_ui(z, 1) == 0;
}

#endif
