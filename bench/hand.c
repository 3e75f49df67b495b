/* Analytic Hessians, written by hand into compressed arrays: what a program for one problem takes.
 *
 *   hand PROBLEM N [-o FILE.mtx]
 *
 * Prints n and the lower entries, the seconds to build the arrays of both triangles (as asdex has
 * them) and of the lower one (columns), of the first evaluation, and of a repeated one. */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "problems.h"

struct arrays {
  int64_t *ptr; /* n + 1 */
  int32_t *ind;
};

struct hand {
  int64_t rows, cols, n; /* a chain is one row */
  struct arrays both, lower;
};

static void *allocate(int64_t count, size_t size)
{
  void *p = malloc((size_t)count * size);
  if (p) return p;
  fputs("hand: out of memory\n", stderr);
  exit(1);
}

/* --- positions ------------------------------------------------------------------------------ */

/* Puts out the columns of row m, which is point (i, j) of the grid; the lower triangle by columns
 * is the upper one by rows: those from m on.  Returns how many. */
typedef int64_t row_positions(const struct hand *h, int64_t i, int64_t j, bool lower,
                              int32_t *restrict out);

#define INLINE static inline __attribute__((always_inline))

INLINE int64_t band(const struct hand *h, int64_t m, int64_t width, bool lower,
                    int32_t *restrict out)
{
  int64_t first = lower ? m : m < width ? 0 : m - width;
  int64_t end = m + width < h->n ? m + width + 1 : h->n;
  for (int64_t c = first; c < end; c++) out[c - first] = (int32_t)c;
  return end - first;
}

INLINE int64_t row_3(const struct hand *h, int64_t i, int64_t j, bool lower, int32_t *restrict out)
{
  (void)i;
  return band(h, j, 1, lower, out);
}

INLINE int64_t row_5(const struct hand *h, int64_t i, int64_t j, bool lower, int32_t *restrict out)
{
  (void)i;
  return band(h, j, 2, lower, out);
}

INLINE int64_t row_dense(const struct hand *h, int64_t i, int64_t j, bool lower,
                         int32_t *restrict out)
{
  (void)i;
  return band(h, j, h->n, lower, out);
}

INLINE int64_t row_bratu(const struct hand *h, int64_t i, int64_t j, bool lower,
                         int32_t *restrict out)
{
  int64_t k = h->cols, m = i * k + j, z = 0;
  if (!lower && i > 0) out[z++] = (int32_t)(m - k);
  if (!lower && j > 0) out[z++] = (int32_t)(m - 1);
  out[z++] = (int32_t)m;
  if (j + 1 < k) out[z++] = (int32_t)(m + 1);
  if (i + 1 < k) out[z++] = (int32_t)(m + k);
  return z;
}

INLINE int64_t row_minsurf(const struct hand *h, int64_t i, int64_t j, bool lower,
                           int32_t *restrict out)
{
  int64_t k = h->cols, m = i * k + j, z = 0;
  if (!lower && i > 0) out[z++] = (int32_t)(m - k);
  if (!lower && i > 0 && j + 1 < k) out[z++] = (int32_t)(m - k + 1);
  if (!lower && j > 0) out[z++] = (int32_t)(m - 1);
  out[z++] = (int32_t)m;
  if (j + 1 < k) out[z++] = (int32_t)(m + 1);
  if (i + 1 < k && j > 0) out[z++] = (int32_t)(m + k - 1);
  if (i + 1 < k) out[z++] = (int32_t)(m + k);
  return z;
}

INLINE void fill(const struct hand *h, row_positions *row, bool lower, struct arrays *out)
{
  int64_t z = 0, m = 0;
  for (int64_t i = 0; i < h->rows; i++)
    for (int64_t j = 0; j < h->cols; j++) {
      out->ptr[m++] = z;
      z += row(h, i, j, lower, out->ind + z);
    }
  out->ptr[m] = z;
}

static void fill_arrays(const struct hand *h, enum bench_problem p, bool lower, struct arrays *out)
{
  switch (p) {
  case ROSEN: fill(h, row_3, lower, out); break;
  case BROYDEN:
  case TRANS: fill(h, row_5, lower, out); break;
  case BRATU: fill(h, row_bratu, lower, out); break;
  case MINSURF: fill(h, row_minsurf, lower, out); break;
  default: fill(h, row_dense, lower, out); break;
  }
}

static double make_arrays(const struct hand *h, enum bench_problem p, bool lower,
                          struct arrays *out)
{
  static const int width[BENCH_PROBLEMS] = {3, 5, 5, 7, 5, 0};
  double begin = now();
  int64_t row = p == LSE ? h->n : lower ? width[p] / 2 + 1 : width[p];
  out->ptr = allocate(h->n + 1, sizeof *out->ptr);
  out->ind = allocate(h->n * row, sizeof *out->ind);
  fill_arrays(h, p, lower, out);
  return now() - begin;
}

/* --- values --------------------------------------------------------------------------------- */

static void rosen(const struct hand *h, const double *restrict x, double *restrict v)
{
  int64_t last = h->n - 1;
  for (int64_t j = 0; j < last; j++) {
    v[2 * j] = 1200 * x[j] * x[j] - 400 * x[j + 1] + (j > 0 ? 202 : 2);
    v[2 * j + 1] = -400 * x[j];
  }
  v[2 * last] = 200;
}

static void broyden(const struct hand *h, const double *restrict x, double *restrict v)
{
  int64_t n = h->n;
  for (int64_t j = 0; j < n; j++) {
    double before = j > 0 ? x[j - 1] : 0, after = j + 1 < n ? x[j + 1] : 0;
    double r = (3 - 2 * x[j]) * x[j] + 1 - before - after, d = 3 - 4 * x[j];
    *v++ = 2 * d * d - 8 * r + 2 * ((j > 0) + (j + 1 < n));
    if (j + 1 < n) *v++ = -2 * (d + 3 - 4 * after);
    if (j + 2 < n) *v++ = 2;
  }
}

static void bratu(const struct hand *h, const double *restrict x, double *restrict v)
{
  int64_t k = h->cols;
  double side = 1.0 / (double)(k + 1), c = BRATU_LAMBDA * side * side;
  for (int64_t i = 0; i < k; i++)
    for (int64_t j = 0; j < k; j++) {
      *v++ = 4 - c * exp(x[i * k + j]);
      if (j + 1 < k) *v++ = -1;
      if (i + 1 < k) *v++ = -1;
    }
}

/* Cell (i, j) has the corner m at (i, j), `down` the next row, `right` the next column; rows and
 * columns 0 and k + 1 are zero and no unknowns. */
static void minsurf(const struct hand *h, const double *restrict x, double *restrict v)
{
  const int64_t k = h->cols, *ptr = h->lower.ptr;
  double scale = (double)(k + 1);
  memset(v, 0, (size_t)ptr[h->n] * sizeof *v);
  for (int64_t i = 0; i <= k; i++)
    for (int64_t j = 0; j <= k; j++) {
      bool corner = i > 0 && j > 0, down = i < k && j > 0, right = i > 0 && j < k;
      int64_t m = (i - 1) * k + j - 1;
      double u = corner ? x[m] : 0;
      double a = ((down ? x[m + k] : 0) - u) * scale, b = ((right ? x[m + 1] : 0) - u) * scale;
      double s = 1 + a * a + b * b, w = 1 / (s * sqrt(s));
      double aa = (1 + b * b) * w, bb = (1 + a * a) * w, ab = -a * b * w;
      if (corner) {
        double *column = v + ptr[m];
        column[0] += aa + 2 * ab + bb;
        if (right) column[1] -= bb + ab;
        if (down) column[1 + (j < k) + (j > 1)] -= aa + ab;
      }
      if (down) v[ptr[m + k]] += aa;
      if (right) v[ptr[m + 1]] += bb;
      if (down && right) v[ptr[m + 1] + 1 + (j + 1 < k)] += ab;
    }
}

static void trans(const struct hand *h, const double *restrict x, double *restrict v)
{
  const int64_t n = h->n, *ptr = h->lower.ptr;
  memset(v, 0, (size_t)ptr[n] * sizeof *v);
  for (int64_t i = 0; i + 2 < n; i++) {
    double a = x[i], b = x[i + 1], c = x[i + 2];
    double s = sin(a), ds = cos(a), e = exp(-b * b);
    double q = 1 / (1 + a * a * c * c), l = log1p(a * a * c * c);
    double la = 2 * a * c * c * q, lc = 2 * a * a * c * q;
    double laa = 2 * c * c * q - la * la, lcc = 2 * a * a * q - lc * lc;
    double lac = 4 * a * c * q - la * lc;
    double *first = v + ptr[i], *second = v + ptr[i + 1], *third = v + ptr[i + 2];
    first[0] += e * (s * laa + 2 * ds * la - s * l);
    first[1] -= 2 * b * e * (ds * l + s * la);
    first[2] += e * (ds * lc + s * lac);
    second[0] += (4 * b * b - 2) * e * s * l;
    second[1] -= 2 * b * e * s * lc;
    third[0] += e * s * lcc;
  }
}

static void lse(const struct hand *h, const double *restrict x, double *restrict v)
{
  static double *weight;
  int64_t n = h->n;
  double sum = 0;
  if (!weight) weight = allocate(n, sizeof *weight);
  for (int64_t i = 0; i < n; i++) sum += weight[i] = exp(x[i]);
  for (int64_t i = 0; i < n; i++) weight[i] /= sum;
  for (int64_t j = 0; j < n; j++) {
    double w = weight[j];
    *v++ = w - w * w;
    for (int64_t i = j + 1; i < n; i++) *v++ = -w * weight[i];
  }
}

typedef void hessian(const struct hand *h, const double *restrict x, double *restrict v);
static hessian *const hessians[BENCH_PROBLEMS] = {rosen, broyden, bratu, minsurf, trans, lse};

/* -------------------------------------------------------------------------------------------- */

static int write_matrix(const char *path, const struct hand *h, const double *v)
{
  FILE *f = fopen(path, "w");
  if (!f) return 1;
  const int64_t *ptr = h->lower.ptr;
  fprintf(f, "%%%%MatrixMarket matrix coordinate real symmetric\n%lld %lld %lld\n", (long long)h->n,
          (long long)h->n, (long long)ptr[h->n]);
  for (int64_t j = 0; j < h->n; j++)
    for (int64_t z = ptr[j]; z < ptr[j + 1]; z++)
      fprintf(f, "%ld %lld %.17g\n", (long)h->lower.ind[z] + 1, (long long)j + 1, v[z]);
  return fclose(f) != 0;
}

static double repeat(const struct hand *h, hessian *evaluate, const double *start, double *v)
{
  double *x = allocate(h->n, sizeof *x);
  struct timer t = {0};
  while (timer_more(&t)) {
    point_at_step(start, h->n, t.count + 1, x);
    timer_start(&t);
    for (int k = 0; k < t.inner; k++) {
      evaluate(h, x, v);
      fence();
    }
    timer_stop(&t);
  }
  free(x);
  return timer_median(&t);
}

int main(int argc, char **argv)
{
  int p = argc >= 3 ? problem_by_name(argv[1]) : -1;
  int64_t side = argc >= 3 && p >= 0 ? problem_side(p, atoll(argv[2])) : 0;
  if (side < 3 || side > INT32_MAX) {
    fputs("usage: hand PROBLEM N [-o FILE.mtx], N at least 9\n", stderr);
    return 2;
  }
  struct hand h = {.rows = problem_is_grid(p) ? side : 1, .cols = side};
  h.n = problem_unknowns(p, side);
  double both = make_arrays(&h, p, false, &h.both);
  free(h.both.ptr);
  free(h.both.ind);
  double lower = make_arrays(&h, p, true, &h.lower);
  double *x = allocate(h.n, sizeof *x), *v = allocate(h.lower.ptr[h.n], sizeof *v);
  problem_start(p, side, x);
  double begin = now();
  hessians[p](&h, x, v);
  double first = now() - begin;
  bool write = argc == 5 && !strcmp(argv[3], "-o");
  int failed = write ? write_matrix(argv[4], &h, v) : 0;
  double repeated = repeat(&h, hessians[p], x, v);
  printf("n=%lld entries=%lld pattern=%.9f lower=%.9f first=%.9f repeat=%.9f\n", (long long)h.n,
         (long long)h.lower.ptr[h.n], both, lower, first, repeated);
  free(h.lower.ptr);
  free(h.lower.ind);
  free(x);
  free(v);
  return failed;
}
