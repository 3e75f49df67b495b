/* Checks a sparse Hessian against references that do not use the pattern, the coloring, or (finite
 * differences of the gradient, and of the value for the gradient) any derivative rule. */
#ifndef ASDEX_HESSIAN_VERIFY_H
#define ASDEX_HESSIAN_VERIFY_H

#include "hessian/plan.h"

/* FD is not for exact numbers; EXACT is for doubles: rational numbers are the reference. */
enum verify_check { CHECK_MATVEC, CHECK_DENSE, CHECK_FD, CHECK_EXACT, CHECK_COUNT };
extern const char *const check_names[CHECK_COUNT];

struct verify_options {
  enum verify_check check;
  int64_t probes;         /* matvec: 25 */
  uint64_t seed;          /* 0 */
  double rtol, atol;      /* negative: the check's own (matvec, fd 1e-5; dense, exact 1e-7).  Exact
                             numbers are compared for equality */
  enum hessian_mode mode; /* under test */
  int64_t chunk;          /* lanes; 0: chosen */
  /* EXACT: the same model with the same pattern of unknowns in FIELD_EXACT, and the point */
  const struct problem *exact;
  const struct numbers *exact_x;
};

struct verify_report {
  bool ok;
  int64_t probes; /* directions compared */
  /* of the numbers below: those under test, those of the reference */
  enum field field, reference_field;
  /* the worst entry: of H (dense, fd, exact) or of H·v (matvec) */
  int64_t row, column; /* column -1 for matvec: then `probe` counts */
  int64_t probe;
  struct number value, reference; /* under test, and the reference's */
  /* |value - reference| / (atol + rtol·|reference|); ok: all ≤ 1.  The tolerance is wider by the
   * rounding of H·v (matvec), and by what a finite difference may itself be wrong by.  Of exact
   * numbers it is |value - reference|; ok: all 0. */
  double error;
  bool pattern_at_fault;  /* dense, fd, exact: the entry is not in the pattern; matvec: as a dense
                             look at the row tells */
  bool finite_difference; /* the worst comes from the finite-difference probe */
  /* matvec, where it disagrees: the entry of H behind it, which that look finds: one that the
   * pattern lacks, else the worst of the row; -1: none */
  int64_t entry_row, entry_column;
  struct number entry_value, entry_reference;
  /* The Hessian agrees with the gradient, but the gradient does not with differences of the value
   * (matvec, fd): row is that of the gradient, or -1 if only a direction tells. */
  bool gradient_at_fault;
  /* EXACT: decimal digits that every entry has right, at most VERIFY_DIGITS, and the entry with the
   * fewest (-1: all have VERIFY_DIGITS).  An entry is measured by its exact value, and if that is 0
   * by the largest of all. */
  double digits;
  int64_t digits_row, digits_column;
};
/* Of the nearest double to a number: -log10(2⁻⁵³). */
#define VERIFY_DIGITS 15.954589770191003

/* values: parallel to pattern->ind, the sparse Hessian under test at x, in the problem's field.
 * The report owns its exact numbers, also if it fails. */
enum status verify_hessian(struct context *ctx, const struct problem *p, const struct numbers *x,
                           const struct pattern *pattern, const struct numbers *values,
                           const struct verify_options *options,
                           struct verify_report *report) MUST_CHECK;
/* Leaves an empty one; a zeroed one is fine. */
void verify_report_free(struct verify_report *r);

#endif
