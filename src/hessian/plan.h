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

/* Something to evaluate at points: the Program for it, made once, and its evaluator, in the
 * problem's field: all vectors of numbers below are of that field. */
enum evaluation_kind { EVALUATE_VALUE, EVALUATE_GRADIENT, EVALUATE_HVP };
struct evaluation_options {
  enum evaluation_kind kind;
  enum hessian_mode mode;    /* of HVP */
  int64_t directions;        /* of HVP: how many there will be in all; 0: none */
  int64_t lanes;             /* of HVP: directions taken at a time; 0: chosen to fit the cache */
  bool with_value, with_aux; /* of GRADIENT and HVP: they ride along.  VALUE always has both, unless
                                the problem is without_aux */
};
struct evaluation;

enum status evaluation_create(struct context *ctx, const struct problem *p,
                              const struct evaluation_options *options,
                              struct evaluation **out) MUST_CHECK;
/* The same for a Program that belongs to no problem (without auxiliary outputs); it must outlive
 * *out. */
enum status evaluation_of_program(struct context *ctx, const struct program *p, enum field field,
                                  const struct evaluation_options *options,
                                  struct evaluation **out) MUST_CHECK;
void evaluation_free(struct evaluation *e);
int64_t evaluation_lanes(const struct evaluation *e);
int evaluation_threads(const struct evaluation *e); /* at most: 1 if the work is small */
const struct program *evaluation_program(const struct evaluation *e);

/* Computes all that depends on the point alone.  x (nx numbers) is kept by reference. */
enum status evaluation_point(struct context *ctx, struct evaluation *e,
                             const struct numbers *x) MUST_CHECK;

/* Views, until the next point: f (1 element), auxiliary output k.  If they are computed. */
struct numbers evaluation_value(const struct evaluation *e);
struct numbers evaluation_aux(const struct evaluation *e, size_t k);
void evaluation_gradient(const struct evaluation *e, struct numbers *gradient); /* GRADIENT: n */

/* out (count × n, row by row) = H times each of the count directions (count × n).  HVP. */
enum status evaluation_hvp(struct context *ctx, struct evaluation *e,
                           const struct numbers *directions, int64_t count,
                           struct numbers *out) MUST_CHECK;

/* compressed (num_colors × n): row c is H times the indicator of color c.  HVP. */
enum status evaluation_compress(struct context *ctx, struct evaluation *e, const struct coloring *c,
                                struct numbers *compressed) MUST_CHECK;

/* The sparse Hessian: values (parallel to the pattern's ind) of the entries that `r`, made of the
 * pattern and c, recovers.  Holds evaluation_lanes rows of the compressed matrix at a time. *finite
 * becomes what evaluation_check_rows gives.  HVP. */
enum status evaluation_hessian(struct context *ctx, struct evaluation *e, const struct problem *p,
                               const struct coloring *c, const struct recovery *r,
                               struct numbers *values, enum status *finite) MUST_CHECK;

/* If a result is not finite: a diagnostic (status 5) that names the operation's place in the model
 * and the indices; STATUS_OK if all are finite.  An exact result that is no number has the status
 * of what happened: 5 for a division by zero, 3 where the rational numbers are left, 7 for too many
 * digits.  For HVP `rows` is what evaluation_hvp or evaluation_compress put out; `coloring` is NULL
 * for plain directions (given again). */
enum status evaluation_check_value(struct context *ctx, struct evaluation *e,
                                   const struct problem *p) MUST_CHECK; /* and all aux */
enum status evaluation_check_aux(struct context *ctx, struct evaluation *e, const struct problem *p,
                                 size_t k) MUST_CHECK; /* this aux alone */
enum status evaluation_check_gradient(struct context *ctx, struct evaluation *e,
                                      const struct problem *p) MUST_CHECK;
enum status evaluation_check_rows(struct context *ctx, struct evaluation *e,
                                  const struct problem *p, const struct numbers *rows,
                                  int64_t count, const struct coloring *coloring,
                                  const struct numbers *directions) MUST_CHECK;

#endif
