/* The AMPL Solver Library at the same work:  asl FILE.nl OUT.mtx [once]
 *
 * Reads, sets the sparse Hessian up, evaluates it at the file's point and writes it; `once`: no
 * repeated evaluation.  Prints the seconds of each, and of all of them. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "problems.h"

#include "asl_pfgh.h"

static ASL *asl;

static FILE *open_model(char *path)
{
  asl = ASL_alloc(ASL_read_pfgh);
  FILE *nl = jac0dim(path, (fint)strlen(path));
  want_xpi0 = 1;
  return nl;
}

/* The lower triangle: the library gives the upper one by columns. */
static int write_matrix(const char *path, int64_t entries, const double *values)
{
  FILE *f = fopen(path, "w");
  if (!f) return 1;
  fprintf(f, "%%%%MatrixMarket matrix coordinate real symmetric\n%d %d %lld\n", n_var, n_var,
          (long long)entries);
  for (int column = 0; column < n_var; column++)
    for (int64_t z = sputinfo->hcolstarts[column]; z < sputinfo->hcolstarts[column + 1]; z++)
      fprintf(f, "%d %ld %.17g\n", column + 1, (long)sputinfo->hrownos[z] + 1, values[z]);
  return fclose(f) != 0;
}

/* The value at a new point records the partial derivatives that the Hessian needs. */
static void evaluate(double *x, double *values)
{
  fint error = 0;
  objval(0, x, &error);
  sphes(values, 0, NULL, NULL);
}

static double repeat(const double *start, double *values)
{
  struct timer t = {0};
  double *x = malloc((size_t)n_var * sizeof *x);
  while (x && timer_more(&t)) {
    point_at_step(start, n_var, t.count + 1, x);
    timer_start(&t);
    for (int k = 0; k < t.inner; k++) {
      x[0] += 1e-9; /* the library does nothing at the same point */
      evaluate(x, values);
    }
    timer_stop(&t);
  }
  free(x);
  return timer_median(&t);
}

int main(int argc, char **argv)
{
  if (argc < 3) {
    fputs("usage: asl FILE.nl OUT.mtx [once]\n", stderr);
    return 2;
  }
  double begin = now();
  FILE *nl = open_model(argv[1]);
  if (pfgh_read(nl, ASL_return_read_err)) return 1;
  double read = now();
  int64_t entries = sphsetup(0, 0, 0, 1);
  double set_up = now();
  double *values = malloc((size_t)(entries + 1) * sizeof *values);
  if (!values) return 1;
  evaluate(X0, values);
  double evaluated = now();
  if (write_matrix(argv[2], entries, values)) return 1;
  double written = now();
  double repeated = argc == 3 ? repeat(X0, values) : 0;
  printf("n=%d entries=%lld read=%.9f setup=%.9f first=%.9f write=%.9f total=%.9f repeat=%.9f\n",
         n_var, (long long)entries, read - begin, set_up - read, evaluated - set_up,
         written - evaluated, written - begin, repeated);
  return 0;
}
