/* What the parts of the verification share: verify.c (comparing, the whole check),
 * verify_products.c, verify_differences.c, verify_exact.c (the references) and verify_fault.c (what
 * is behind a disagreement). */
#ifndef ASDEX_HESSIAN_VERIFY_PARTS_H
#define ASDEX_HESSIAN_VERIFY_PARTS_H

#include "hessian/verify.h"

struct verify {
  struct context *ctx;
  const struct problem *p;
  enum field field;
  const struct numbers *x;
  const struct pattern *pattern;
  const struct numbers *values;
  const struct verify_options *options;
  struct verify_report *report;
  int64_t n;
  double rtol, atol;
  double most; /* the largest error that is none: 1, of exact numbers 0 */
};

/* count vectors of n numbers. */
enum status verify_vectors(const struct verify *s, enum field field, int64_t count,
                           struct numbers *out) MUST_CHECK;

/* The absolute value, as a double. */
double verify_size(enum field field, const struct number *x);
bool verify_is_finite(enum field field, const struct number *x);
/* |a - b|, in the field under test and of exact numbers: never 0 if these are different. */
enum status verify_distance(const struct verify *s, const struct number *a, const struct number *b,
                            double *distance) MUST_CHECK;
enum status verify_exact_distance(const struct verify *s, const struct number *a,
                                  const struct number *b, double *distance) MUST_CHECK;
/* The report's `error`; `slack` widens the tolerance: what the reference itself may be wrong by. */
enum status verify_error(const struct verify *s, const struct number *value,
                         const struct number *reference, double slack, double *error) MUST_CHECK;

/* The report is about this entry (its place, numbers, error, and what is at fault). */
void verify_report_entry(struct verify *s, const struct verify_report *entry);
/* The same if it is worse than what was noted before. */
void verify_note(struct verify *s, const struct verify_report *entry);

/* product = H·v by the sparse matrix, and absolute[i] the sum of its terms' absolute values. */
enum status verify_multiply(const struct verify *s, const struct numbers *v,
                            struct numbers *product, double *absolute) MUST_CHECK;
/* Rounding of the product, at most; so that cancellation between large entries is no difference. */
static inline double verify_rounding(double absolute)
{
  return 1e-13 * absolute;
}

/* Entry (i, j) of the sparse matrix; false: the pattern lacks it, and it is 0. */
bool verify_entry(const struct verify *s, int64_t i, int64_t j, struct number *value);
/* column = column j of the sparse matrix. */
void verify_expand(const struct verify *s, int64_t j, struct numbers *column);
/* Notes column j against the reference.  slack: per entry, or NULL; column: room for n numbers. */
enum status verify_column(struct verify *s, int64_t j, const struct numbers *reference,
                          const double *slack, struct numbers *column) MUST_CHECK;

/* Uniform on (-1, 1); of complex numbers both parts. */
enum status verify_direction(const struct verify *s, uint64_t *state, struct numbers *v) MUST_CHECK;

/* ---- verify_products.c: Hessian-vector products in another mode than the one under test ---- */

/* Of problem p at x, which may be another than the one under test. */
enum status verify_products(const struct verify *s, const struct problem *p,
                            const struct numbers *x, int64_t directions,
                            struct evaluation **out) MUST_CHECK;
enum status verify_probes(struct verify *s, uint64_t *state) MUST_CHECK;
/* All columns of the reference, a chunk at a time: `check` gets each as n numbers. */
typedef enum status verify_column_check(struct verify *s, struct evaluation *e, int64_t j,
                                        const struct numbers *reference, void *state);
enum status verify_each_column(struct verify *s, const struct problem *p, const struct numbers *x,
                               verify_column_check *check, void *state) MUST_CHECK;
enum status verify_dense(struct verify *s) MUST_CHECK;
enum status verify_product_row(const struct verify *s, int64_t i, struct numbers *row) MUST_CHECK;

/* ---- verify_differences.c: finite differences of the gradient, real or complex ---- */

enum status verify_difference(struct verify *s, uint64_t *state) MUST_CHECK; /* a direction */
enum status verify_difference_columns(struct verify *s) MUST_CHECK;
/* Row i, and what it may be wrong by. */
enum status verify_difference_row(const struct verify *s, int64_t i, struct numbers *row,
                                  double *slack) MUST_CHECK;

/* ---- verify_exact.c ---- */

enum status verify_exactly(struct verify *s) MUST_CHECK;

/* ---- verify_fault.c ---- */

/* Of H·v: finds the entry of H behind the worst one. */
enum status verify_find_entry(struct verify *s) MUST_CHECK;

#endif
