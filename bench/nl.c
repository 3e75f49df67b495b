/* The problems as AMPL writes them, unrolled:  nl PROBLEM N > FILE.nl
 *
 * The text form of D. M. Gay, "Writing .nl Files", SAND2005-7907P: a header, the objective in
 * Polish prefix notation, a starting point, free variables, a gradient with all of them. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "problems.h"

enum {
  PLUS = 0,
  MINUS = 1,
  TIMES = 2,
  POWER = 5,
  NEGATE = 16,
  SQRT = 39,
  SIN = 41,
  LOG = 43,
  EXP = 44,
  SUM = 54
};

static void op(int code)
{
  printf("o%d\n", code);
}

static void sum(int64_t terms)
{
  printf("o%d\n%lld\n", SUM, (long long)terms);
}

static void number(double value)
{
  printf("n%.17g\n", value);
}

static void variable(int64_t i)
{
  printf("v%lld\n", (long long)i);
}

/* operator, number, … */
static void op_number(int code, double value)
{
  op(code);
  number(value);
}

static void square_of(int64_t i)
{
  op(POWER);
  variable(i);
  number(2);
}

/* --- objectives ----------------------------------------------------------------------------- */

static void rosen(int64_t n)
{
  sum(2 * (n - 1));
  for (int64_t i = 0; i + 1 < n; i++) {
    op_number(TIMES, 100);
    op(POWER);
    op(MINUS);
    variable(i + 1);
    square_of(i);
    number(2);
    op(POWER);
    op_number(MINUS, 1);
    variable(i);
    number(2);
  }
}

static void broyden(int64_t n)
{
  sum(n);
  for (int64_t i = 0; i < n; i++) {
    op(POWER);
    sum(2 + (i > 0) + (i + 1 < n));
    op(TIMES);
    op_number(MINUS, 3);
    op_number(TIMES, 2);
    variable(i);
    variable(i);
    number(1);
    if (i > 0) op(NEGATE), variable(i - 1);
    if (i + 1 < n) op(NEGATE), variable(i + 1);
    number(2);
  }
}

/* Point (i, j), 1 … k, of the grid. */
static bool inside(int64_t k, int64_t i, int64_t j)
{
  return i >= 1 && i <= k && j >= 1 && j <= k;
}

static void point(int64_t k, int64_t i, int64_t j)
{
  variable((i - 1) * k + j - 1);
}

/* The difference of two points, at least one of which is no zero of the border. */
static void difference(int64_t k, int64_t i, int64_t j, int64_t di, int64_t dj)
{
  bool from = inside(k, i, j), to = inside(k, i + di, j + dj);
  if (from) op(to ? MINUS : NEGATE);
  if (to) point(k, i + di, j + dj);
  if (from) point(k, i, j);
}

static void half_square(int64_t k, int64_t i, int64_t j, int64_t di, int64_t dj)
{
  op_number(TIMES, 0.5);
  op(POWER);
  difference(k, i, j, di, dj);
  number(2);
}

static void bratu(int64_t k)
{
  double h = 1.0 / (double)(k + 1);
  sum(2 * k * (k + 1) + k * k);
  for (int64_t i = 0; i <= k; i++)
    for (int64_t j = 0; j <= k; j++) {
      if (j > 0) half_square(k, i, j, 1, 0);
      if (i > 0) half_square(k, i, j, 0, 1);
      if (!inside(k, i, j)) continue;
      op_number(TIMES, -BRATU_LAMBDA * h * h);
      op(EXP);
      point(k, i, j);
    }
}

static void slope_square(int64_t k, int64_t i, int64_t j, int64_t di, int64_t dj)
{
  op(POWER);
  op_number(TIMES, (double)(k + 1));
  difference(k, i, j, di, dj);
  number(2);
}

static void minsurf(int64_t k)
{
  double h = 1.0 / (double)(k + 1);
  sum((k + 1) * (k + 1) - 1);
  for (int64_t i = 0; i <= k; i++)
    for (int64_t j = i == 0; j <= k; j++) {
      op_number(TIMES, h * h);
      op(SQRT);
      if (i > 0 && j > 0)
        sum(3);
      else
        op(PLUS);
      number(1);
      if (j > 0) slope_square(k, i, j, 1, 0);
      if (i > 0) slope_square(k, i, j, 0, 1);
    }
}

static void trans(int64_t n)
{
  sum(n - 2);
  for (int64_t i = 0; i + 2 < n; i++) {
    op(TIMES);
    op(TIMES);
    op(SIN);
    variable(i);
    op(EXP);
    op(NEGATE);
    square_of(i + 1);
    op(LOG);
    op_number(PLUS, 1);
    op(TIMES);
    square_of(i);
    square_of(i + 2);
  }
}

static void lse(int64_t n)
{
  op(LOG);
  sum(n);
  for (int64_t i = 0; i < n; i++) op(EXP), variable(i);
}

static void (*const objectives[BENCH_PROBLEMS])(int64_t) = {rosen,   broyden, bratu,
                                                            minsurf, trans,   lse};

/* -------------------------------------------------------------------------------------------- */

static void header(const char *name, long long n)
{
  printf("g3 1 1 0\t# problem %s\n", name);
  printf(" %lld 0 1 0 0\t# vars, constraints, objectives, ranges, eqns\n", n);
  printf(" 0 1\t# nonlinear constraints, objectives\n");
  printf(" 0 0\t# network constraints: nonlinear, linear\n");
  printf(" 0 %lld 0\t# nonlinear vars in constraints, objectives, both\n", n);
  printf(" 0 0 0 1\t# linear network variables; functions; arith, flags\n");
  printf(" 0 0 0 0 0\t# discrete variables: binary, integer, nonlinear (b,c,o)\n");
  printf(" 0 %lld\t# nonzeros in Jacobian, gradients\n", n);
  printf(" 0 0\t# max name lengths: constraints, variables\n");
  printf(" 0 0 0 0 0\t# common exprs: b,c,o,c1,o1\n");
}

static int footer(enum bench_problem p, int64_t side, int64_t n)
{
  double *x = malloc((size_t)n * sizeof *x);
  if (!x) return 1;
  problem_start(p, side, x);
  printf("x%lld\n", (long long)n);
  for (int64_t i = 0; i < n; i++) printf("%lld %.17g\n", (long long)i, x[i]);
  puts("b");
  for (int64_t i = 0; i < n; i++) puts("3");
  printf("k%lld\n", (long long)n - 1);
  for (int64_t i = 0; i + 1 < n; i++) puts("0");
  printf("G0 %lld\n", (long long)n);
  for (int64_t i = 0; i < n; i++) printf("%lld 0\n", (long long)i);
  free(x);
  return 0;
}

int main(int argc, char **argv)
{
  int p = argc == 3 ? problem_by_name(argv[1]) : -1;
  int64_t side = p >= 0 ? problem_side(p, atoll(argv[2])) : 0;
  if (side < 3 || side > INT32_MAX) {
    fputs("usage: nl PROBLEM N, N at least 9\n", stderr);
    return 2;
  }
  int64_t n = problem_unknowns(p, side);
  header(argv[1], n);
  puts("O0 0");
  objectives[p](side);
  int failed = footer(p, side, n);
  return failed || ferror(stdout) || fclose(stdout) ? 1 : 0;
}
