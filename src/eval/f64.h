/* The evaluator in double precision: runs a Program in blocks of iterations. */
#ifndef ASDEX_EVAL_F64_H
#define ASDEX_EVAL_F64_H

#include "program/program.h"

struct f64;

/* Prepares p (which must outlive it) for at most `lanes` lanes at a time (0 if p has no lane
 * arrays).  Memory: the computed arrays once, the lane arrays `lanes` times, and a block. */
enum status f64_create(struct context *ctx, const struct program *p, int lanes,
                       struct f64 **out) MUST_CHECK;
void f64_free(struct f64 *e);

/* Computes all uniform arrays at the point x (n values; kept by reference until the next call). */
void f64_run_uniform(struct f64 *e, const double *x);

/* Computes all lane arrays for `lanes` directions: seeds is lanes × n, row by row (each row is the
 * stacked vector v of one lane).  After f64_run_uniform. */
void f64_run_lanes(struct f64 *e, const double *seeds, int lanes);

/* The values of an array after the runs; of a lane array, those of `lane`. */
const double *f64_array(const struct f64 *e, int array, int lane);

#endif
