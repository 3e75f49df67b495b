/* The evaluator in double precision: runs a Program in blocks of iterations. */
#ifndef ASDEX_EVAL_F64_H
#define ASDEX_EVAL_F64_H

#include "program/program.h"

struct f64;
struct pool;

/* A lane array that stands in the rows of a matrix, from column `column` on. */
struct f64_piece {
  int array;
  int64_t column;
};
struct f64_options {
  int lanes;         /* at most so many at a time (0 if the program has no lane arrays) */
  struct pool *pool; /* threads to use, or NULL */
  const struct f64_piece *pieces;
  size_t npieces;
  int64_t row; /* columns of the matrix, if there are pieces */
};

/* Prepares p (which must outlive it).  Memory: the computed arrays once, the lane arrays and the
 * matrix `lanes` times, and a block for each thread.  The results do not depend on lanes and pool.
 */
enum status f64_create(struct context *ctx, const struct program *p,
                       const struct f64_options *options, struct f64 **out) MUST_CHECK;
void f64_free(struct f64 *e);

/* Threads that it uses at most: 1 if no kernel is large enough to be shared out. */
int f64_threads(const struct f64 *e);

/* Computes all uniform arrays at the point x (n values; kept by reference until the next call). */
void f64_run_uniform(struct f64 *e, const double *x);

/* Computes all lane arrays for `lanes` directions: seeds is lanes × n, row by row (each row is the
 * stacked vector v of one lane).  After f64_run_uniform. */
void f64_run_lanes(struct f64 *e, const double *seeds, int lanes);

/* The same where the directions are the indicators of the colors first … first + lanes - 1 (of n
 * colors). */
void f64_run_colors(struct f64 *e, const int32_t *color, int64_t first, int lanes);

/* The values of an array after the runs; of a lane array, those of `lane`. */
const double *f64_array(const struct f64 *e, int array, int lane);

/* The matrix of the pieces after a run of lanes (lanes × row, row by row), zero elsewhere. */
const double *f64_rows(const struct f64 *e);

#endif
