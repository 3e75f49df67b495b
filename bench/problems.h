/* The problems, as all programs here know them; models/NAME.expr is the same for asdex.
 *
 *   rosen    sum of 100 (x[i+1] - x[i]^2)^2 + (1 - x[i])^2                       tridiagonal
 *   broyden  sum of ((3 - 2 x[i]) x[i] - x[i-1] - x[i+1] + 1)^2, 0 outside       pentadiagonal
 *   bratu    energy of squared differences / 2 - lambda h^2 exp(u), k × k grid   5 points
 *   minsurf  area of h^2 sqrt(1 + forward differences^2), k × k grid             7 points
 *   trans    sum of sin(x[i]) exp(-x[i+1]^2) log(1 + x[i]^2 x[i+2]^2)            pentadiagonal
 *   lse      log of the sum of exp(x[i])                                         dense
 */
#ifndef ASDEX_BENCH_PROBLEMS_H
#define ASDEX_BENCH_PROBLEMS_H

#include <stdbool.h>
#include <stdint.h>

enum bench_problem { ROSEN, BROYDEN, BRATU, MINSURF, TRANS, LSE, BENCH_PROBLEMS };
extern const char *const problem_names[BENCH_PROBLEMS];

#define BRATU_LAMBDA 6.0

/* By name; -1: there is none. */
int problem_by_name(const char *name);
bool problem_is_grid(enum bench_problem p);
/* For about n unknowns: points on a side of the grid, else n. */
int64_t problem_side(enum bench_problem p, int64_t n);
int64_t problem_unknowns(enum bench_problem p, int64_t side);

/* The point at which all begin. */
void problem_start(enum bench_problem p, int64_t side, double *x);
/* Where they go on, step 1, 2 …: no number stays. */
static inline void point_at_step(const double *start, int64_t n, int step, double *x)
{
  for (int64_t i = 0; i < n; i++) x[i] = start[i] + 1e-3 * step / (1.0 + (double)(i % 7));
}

#endif
