/* What plan.c (making and running evaluations) and blame.c (what went wrong in them) share. */
#ifndef ASDEX_HESSIAN_EVALUATION_H
#define ASDEX_HESSIAN_EVALUATION_H

#include "eval/f64.h"
#include "eval/scalar.h"
#include "hessian/plan.h"

/* Where a piece of a result comes from.  With array < 0 it is zero everywhere. */
struct piece {
  int array;
  int64_t unknown, size; /* the unknowns that it belongs to */
};

struct evaluation {
  const struct program *base;  /* what the Program below was made of */
  const struct problem *owner; /* of base, or NULL */
  struct evaluation_options options;
  struct evaluation *plain; /* see evaluation_plain */
  struct numbers point;     /* a view */
  bool plain_ready;         /* it is at the point, too */
  bool factored; /* products of derivatives have been taken together (program_factor_lanes) */
  enum field field;
  struct program program;
  struct f64 *f64;       /* REAL */
  struct scalar *scalar; /* the other fields */
  int64_t n, lanes;
  VEC(struct piece) pieces; /* of GRADIENT and HVP: all unknowns, in order */
  VEC(int) auxes;           /* arrays */
  bool has_value;
  bool flat;            /* of HVP: H is zero */
  struct numbers seeds; /* a direction, zeros; made when it is needed */
  struct numbers row;   /* a row of the compressed matrix, in the other fields */
};

/* The values of an array after the runs; of a lane array, those of `lane`. */
struct numbers evaluation_array(const struct evaluation *e, int array, int lane);

/* Runs the lanes of the Program in `lanes` directions. */
enum status evaluation_run_lanes(struct context *ctx, struct evaluation *e,
                                 const struct numbers *seeds, int64_t lanes) MUST_CHECK;
enum status evaluation_make_seeds(struct context *ctx, struct evaluation *e) MUST_CHECK;

/* In a Program with factored products an infinite derivative makes NaNs of zeros in other columns,
 * and it is not where it came to be.  So if a result is not finite, it is computed again without:
 * *plain becomes an evaluation at the same point, or e itself if it is not factored. */
enum status evaluation_plain(struct context *ctx, struct evaluation *e,
                             struct evaluation **plain) MUST_CHECK;

/* An error if a complex number has come to an operator that takes real ones. */
enum status evaluation_check_complex(struct context *ctx, const struct evaluation *e) MUST_CHECK;

/* evaluation_check_rows, where the rows are those of the colors from `first` on. */
enum status evaluation_blame_rows(struct context *ctx, struct evaluation *e,
                                  const struct problem *p, const struct numbers *rows,
                                  int64_t first, int64_t count, const struct coloring *coloring,
                                  const struct numbers *directions) MUST_CHECK;

#endif
