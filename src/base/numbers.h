/* Numbers of the three kinds that asdex computes in, one by one and as vectors. */
#ifndef ASDEX_BASE_NUMBERS_H
#define ASDEX_BASE_NUMBERS_H

#include "base/diag.h"
#include "base/number.h"
#include "base/rational.h"

enum field {
  FIELD_REAL,    /* double precision */
  FIELD_COMPLEX, /* pairs of these: holomorphic mode */
  FIELD_EXACT    /* rational numbers: exact mode */
};

/* One number.  The exact one is counted; who owns the reference is said where a number is made. */
struct number {
  double re, im;          /* REAL: re; COMPLEX: both */
  struct rational *exact; /* EXACT */
};

/* A vector, or a view of a part of one.  In exact mode NULL stands for 0, so that zeroed memory is
 * a vector of zeros in every field. */
struct numbers {
  enum field field;
  int64_t count;
  double *re, *im;         /* REAL: re; COMPLEX: both; EXACT: re may hold the nearest doubles */
  struct rational **exact; /* EXACT */
};

/* count zeros; `what` names them if there is no memory: "the point". */
enum status numbers_create(struct context *ctx, enum field field, double count, const char *what,
                           struct numbers *out) MUST_CHECK;
void numbers_free(struct numbers *v);

/* The bytes of a number (without what a rational number itself takes). */
double numbers_size(enum field field);

/* The part from `first` on; it belongs to v. */
struct numbers numbers_view(const struct numbers *v, int64_t first, int64_t count);

/* Element i, which v goes on owning. */
static inline struct number numbers_get(const struct numbers *v, int64_t i)
{
  switch (v->field) {
  case FIELD_REAL: return (struct number){.re = v->re[i]};
  case FIELD_COMPLEX: return (struct number){.re = v->re[i], .im = v->im[i]};
  case FIELD_EXACT: break;
  }
  return (struct number){.exact = v->exact[i]};
}
/* Sets element i; v keeps a reference of its own. */
void numbers_set(struct numbers *v, int64_t i, const struct number *x);
/* Sets element i to a real number that is exact as it is (0, 1, an indicator); false: no memory. */
bool numbers_set_real(struct numbers *v, int64_t i, double x) MUST_CHECK;
/* dst[0 … count) = src[0 … count), of the same field. */
void numbers_copy(struct numbers *dst, const struct numbers *src, int64_t count);
void numbers_zero(struct numbers *v);

/* The number as text: "1.5"; "1.5-2i", always with both parts; "3/2". */
void number_print(enum field field, const struct number *x, struct strbuf *out);
/* The same for a complex one, as number_format does. */
enum { COMPLEX_MAX = 2 * NUMBER_MAX + 2 };
size_t number_format_complex(char out[COMPLEX_MAX], double re, double im);

/* Whether element i is a number: neither infinite, nor NaN, nor without an exact value. */
bool numbers_is_finite(const struct numbers *v, int64_t i);
/* The first of the elements first … first+count-1 that is none, counted from `first`; -1: all are. */
int64_t numbers_first_nonfinite(const struct numbers *v, int64_t first, int64_t count);

#endif
