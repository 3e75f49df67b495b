/* Points and results of problems in double precision as plain arrays, for tests. */
#ifndef ASDEX_TESTS_DOUBLES_H
#define ASDEX_TESTS_DOUBLES_H

#include <string.h>

#include "hessian/evaluation.h"

static inline struct numbers doubles(const double *v)
{
  return (struct numbers){.field = FIELD_REAL, .count = INT64_MAX, .re = (double *)v};
}

static inline enum status doubles_create(struct context *c0, const struct problem *p,
                                         enum evaluation_kind kind, enum hessian_mode mode,
                                         int64_t directions, int64_t lanes, struct evaluation **out)
{
  struct evaluation_options options = {
      .kind = kind, .mode = mode, .directions = directions, .lanes = lanes};
  return evaluation_create(c0, p, &options, out);
}

/* Doubles cannot fail. */
static inline void evaluation_point_doubles(struct evaluation *e, const double *x)
{
  struct numbers point = doubles(x);
  struct context none = {0};
  enum status status = evaluation_point(&none, e, &point);
  (void)status;
}

static inline void evaluation_gradient_doubles(const struct evaluation *e, double *gradient)
{
  struct numbers to = doubles(gradient);
  evaluation_gradient(e, &to);
}

static inline void evaluation_hvp_doubles(struct evaluation *e, const double *directions,
                                          int64_t count, double *out)
{
  struct numbers v = doubles(directions), to = doubles(out);
  struct context none = {0};
  enum status status = evaluation_hvp(&none, e, &v, count, &to);
  (void)status;
}

static inline double doubles_value(const struct evaluation *e)
{
  return evaluation_value(e).re[0];
}

static inline const double *doubles_aux(const struct evaluation *e, size_t k)
{
  return evaluation_aux(e, k).re;
}

static inline enum status doubles_compress(struct context *c0, struct evaluation *e,
                                           const struct coloring *c, double *compressed)
{
  struct numbers b = doubles(compressed);
  return evaluation_compress(c0, e, c, &b);
}

/* Of a value (without pieces), or of a gradient. */
static inline enum status doubles_check_finite(struct context *c0, struct evaluation *e,
                                               const struct problem *p)
{
  return e->pieces.len == 0 ? evaluation_check_value(c0, e, p)
                            : evaluation_check_gradient(c0, e, p);
}

static inline enum status doubles_check_rows(struct context *c0, struct evaluation *e,
                                             const struct problem *p, const double *rows,
                                             int64_t count, const struct coloring *c,
                                             const double *directions)
{
  struct numbers r = doubles(rows), d = doubles(directions);
  return evaluation_check_rows(c0, e, p, &r, count, c, directions ? &d : NULL);
}

static inline enum status doubles_point(struct context *c0, const struct problem *p, const char *at,
                                        double *x)
{
  struct numbers v;
  TRY(numbers_create(c0, FIELD_REAL, (double)problem_program(p)->nx, "the point", &v));
  enum status status = problem_point(c0, p, at, &v);
  if (v.count) memcpy(x, v.re, (size_t)v.count * sizeof *x);
  numbers_free(&v);
  return status;
}

static inline void doubles_recover(const struct recovery *r, const double *compressed,
                                   double *values)
{
  struct numbers b = doubles(compressed), v = doubles(values);
  enum status status = recovery_apply(NULL, r, &b, &v); /* doubles cannot fail */
  (void)status;
}

#endif
