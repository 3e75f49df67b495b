/* Checks a sparse Hessian against references that do not use the pattern, the coloring, or (finite
 * differences of the gradient, and of the value for the gradient) any derivative rule. */
#ifndef ASDEX_HESSIAN_VERIFY_H
#define ASDEX_HESSIAN_VERIFY_H

#include "hessian/plan.h"

enum verify_check { CHECK_MATVEC, CHECK_DENSE, CHECK_FD, CHECK_COUNT };
extern const char *const check_names[CHECK_COUNT];

struct verify_options {
  enum verify_check check;
  int64_t probes;         /* matvec: 25 */
  uint64_t seed;          /* 0 */
  double rtol, atol;      /* negative: the check's own (matvec, fd 1e-5; dense 1e-7) */
  enum hessian_mode mode; /* under test */
  int64_t chunk;          /* lanes; 0: chosen */
};

struct verify_report {
  bool ok;
  int64_t probes; /* directions compared */
  /* the worst entry: of H (dense, fd) or of H·v (matvec) */
  int64_t row, column; /* column -1 for matvec: then `probe` counts */
  int64_t probe;
  double value, reference; /* under test, and the reference's */
  /* |value - reference| / (atol + rtol·|reference|); ok: all ≤ 1.  The tolerance is wider by the
   * rounding of H·v (matvec), and by what a finite difference may itself be wrong by. */
  double error;
  bool pattern_at_fault;  /* dense, fd: the entry is not in the pattern; matvec: as a dense look at
                             the row tells */
  bool finite_difference; /* the worst comes from the finite-difference probe */
  /* matvec, where it disagrees: the entry of H behind it, which that look finds: one that the
   * pattern lacks, else the worst of the row; -1: none */
  int64_t entry_row, entry_column;
  double entry_value, entry_reference;
  /* The Hessian agrees with the gradient, but the gradient does not with differences of the value
   * (matvec, fd): row is that of the gradient, or -1 if only a direction tells. */
  bool gradient_at_fault;
};

/* values: parallel to pattern->ind, the sparse Hessian under test at x. */
enum status verify_hessian(struct context *ctx, const struct problem *p, const double *x,
                           const struct pattern *pattern, const double *values,
                           const struct verify_options *options,
                           struct verify_report *report) MUST_CHECK;

#endif
