#include "config.h"

#include "problems.h"

#include <math.h>
#include <string.h>

const char *const problem_names[BENCH_PROBLEMS] = {"rosen",   "broyden", "bratu",
                                                   "minsurf", "trans",   "lse"};

int problem_by_name(const char *name)
{
  for (int p = 0; p < BENCH_PROBLEMS; p++)
    if (!strcmp(name, problem_names[p])) return p;
  return -1;
}

bool problem_is_grid(enum bench_problem p)
{
  return p == BRATU || p == MINSURF;
}

int64_t problem_side(enum bench_problem p, int64_t n)
{
  return problem_is_grid(p) ? (int64_t)lround(sqrt((double)n)) : n;
}

int64_t problem_unknowns(enum bench_problem p, int64_t side)
{
  return problem_is_grid(p) ? side * side : side;
}

static void start_grid(int64_t k, double *x)
{
  double h = 1.0 / (double)(k + 1), pi = acos(-1);
  for (int64_t i = 0; i < k; i++)
    for (int64_t j = 0; j < k; j++)
      x[i * k + j] = sin(pi * (double)(i + 1) * h) * sin(pi * (double)(j + 1) * h);
}

void problem_start(enum bench_problem p, int64_t side, double *x)
{
  if (problem_is_grid(p)) {
    start_grid(side, x);
    return;
  }
  for (int64_t i = 0; i < side; i++) {
    double wave = p == TRANS || p == LSE ? sin((double)(i + 1)) : 0;
    x[i] = p == ROSEN     ? (i % 2 ? 1 : -1.2)
           : p == BROYDEN ? -1
           : p == TRANS   ? 0.3 + 0.5 * wave
                          : wave;
  }
}
