/* Values, gradients, Hessian-vector products, sparse Hessians of a problem. */
#ifndef ASDEX_HESSIAN_PLAN_H
#define ASDEX_HESSIAN_PLAN_H

#include "hessian/problem.h"
#include "sparse/coloring.h"

enum hessian_mode { MODE_FWD_OVER_REV, MODE_REV_OVER_FWD, MODE_REV_OVER_REV, MODE_COUNT };
extern const char *const mode_names[MODE_COUNT]; /* "fwd-over-rev" … */

/* The global sparsity pattern of the Hessian in the unknowns. */
enum status problem_pattern(struct context *ctx, const struct problem *p,
                            struct pattern *out) MUST_CHECK;

/* Something to evaluate at points: the Program for it, made once, and its evaluator. */
enum evaluation_kind { EVALUATE_VALUE, EVALUATE_GRADIENT, EVALUATE_HVP };
struct evaluation;

/* lanes: directions that an EVALUATE_HVP takes at a time (0: chosen for `directions` directions in
 * all, to fit the cache).  EVALUATE_VALUE gives f and the auxiliary outputs.  `mode` matters for
 * EVALUATE_HVP alone. */
enum status evaluation_create(struct context *ctx, const struct problem *p,
                              enum evaluation_kind kind, enum hessian_mode mode, int64_t directions,
                              int64_t lanes, struct evaluation **out) MUST_CHECK;
/* The same for a Program that belongs to no problem (GRADIENT, HVP); it must outlive *out. */
enum status evaluation_of_program(struct context *ctx, const struct program *p,
                                  enum evaluation_kind kind, enum hessian_mode mode,
                                  int64_t directions, int64_t lanes,
                                  struct evaluation **out) MUST_CHECK;
void evaluation_free(struct evaluation *e);
int64_t evaluation_lanes(const struct evaluation *e);
const struct program *evaluation_program(const struct evaluation *e);

/* Computes all that depends on the point alone.  x (nx values) is kept by reference. */
void evaluation_point(struct evaluation *e, const double *x);

double evaluation_value(const struct evaluation *e);                    /* VALUE */
const double *evaluation_aux(const struct evaluation *e, size_t k);     /* VALUE */
void evaluation_gradient(const struct evaluation *e, double *gradient); /* GRADIENT: n values */

/* out (count × n, row by row) = H times each of the count directions (count × n).  HVP. */
void evaluation_hvp(struct evaluation *e, const double *directions, int64_t count, double *out);

/* compressed (num_colors × n): row c is H times the indicator of color c.  HVP. */
enum status evaluation_compress(struct context *ctx, struct evaluation *e, const struct coloring *c,
                                double *compressed) MUST_CHECK;

/* The sparse Hessian: values (parallel to the pattern's ind) of the entries that `r`, made of the
 * pattern and c, recovers.  Holds evaluation_lanes rows of the compressed matrix at a time.  *finite
 * becomes what evaluation_check_rows gives.  HVP. */
enum status evaluation_hessian(struct context *ctx, struct evaluation *e, const struct problem *p,
                               const struct coloring *c, const struct recovery *r, double *values,
                               enum status *finite) MUST_CHECK;

/* If a result is not finite: a diagnostic (status 5) that names the operation's place in the model
 * and the indices; STATUS_OK if all are finite.  For HVP `rows` is what evaluation_hvp or
 * evaluation_compress put out; `coloring` is NULL for plain directions (given again). */
enum status evaluation_check_finite(struct context *ctx, struct evaluation *e,
                                    const struct problem *p) MUST_CHECK; /* VALUE, GRADIENT */
enum status evaluation_check_rows(struct context *ctx, struct evaluation *e,
                                  const struct problem *p, const double *rows, int64_t count,
                                  const struct coloring *coloring,
                                  const double *directions) MUST_CHECK;

/* SplitMix64, as the manual documents it: z-th output; uniform on [0, 1) with 53 bits. */
uint64_t splitmix64(uint64_t *state);
double splitmix_uniform(uint64_t *state);

#endif
