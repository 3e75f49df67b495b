/* Whether two symmetric Matrix Market files agree to 1e-10 of the largest entry, where an entry
 * that is not there is zero:  compare A.mtx B.mtx
 *
 * Prints the greatest difference divided by the largest entry; the status is 1 if it is too large.
 * A program of its own, as the memory of the driver would count as that of what it starts. */
#include "config.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static const double tolerance = 1e-10;

struct entry {
  int64_t place; /* column × rows + row, of the lower triangle */
  double value;
};

struct matrix {
  long long n, nnz;
  struct entry *entries;
};

static int compare_places(const void *a, const void *b)
{
  const struct entry *x = a, *y = b;
  return (x->place > y->place) - (x->place < y->place);
}

static bool read_header(FILE *f, struct matrix *m)
{
  char line[4096];
  long long columns;
  do {
    if (!fgets(line, sizeof line, f)) return false;
  } while (line[0] == '%');
  return sscanf(line, "%lld %lld %lld", &m->n, &columns, &m->nnz) == 3 && m->n == columns &&
         m->n < INT32_MAX && m->nnz >= 0;
}

static bool read_entries(FILE *f, struct matrix *m)
{
  char line[256];
  bool sorted = true;
  m->entries = malloc((size_t)(m->nnz + 1) * sizeof *m->entries);
  if (!m->entries) return false;
  for (int64_t k = 0; k < m->nnz; k++) {
    char *end;
    if (!fgets(line, sizeof line, f)) return false;
    int64_t row = strtoll(line, &end, 10), column = strtoll(end, &end, 10);
    int64_t low = row > column ? row : column, high = row > column ? column : row;
    if (high < 1 || low > m->n) return false;
    m->entries[k] = (struct entry){high * m->n + low, strtod(end, NULL)};
    sorted = sorted && (k == 0 || m->entries[k].place > m->entries[k - 1].place);
  }
  if (!sorted) qsort(m->entries, (size_t)m->nnz, sizeof *m->entries, compare_places);
  return true;
}

static bool read_matrix(const char *path, struct matrix *m)
{
  FILE *f = fopen(path, "r");
  bool ok = f && read_header(f, m) && read_entries(f, m);
  if (f) fclose(f);
  return ok;
}

static double largest(const struct matrix *m)
{
  double most = 0;
  for (int64_t k = 0; k < m->nnz; k++) most = fmax(most, fabs(m->entries[k].value));
  return most;
}

/* NaN anywhere makes it NaN. */
static double greatest_difference(const struct matrix *a, const struct matrix *b)
{
  double most = 0;
  for (int64_t i = 0, k = 0; i < a->nnz || k < b->nnz;) {
    int64_t pa = i < a->nnz ? a->entries[i].place : INT64_MAX;
    int64_t pb = k < b->nnz ? b->entries[k].place : INT64_MAX;
    double d = (pa <= pb ? a->entries[i].value : 0) - (pb <= pa ? b->entries[k].value : 0);
    if (!(fabs(d) <= most)) most = fabs(d);
    if (isnan(d)) return d;
    i += pa <= pb;
    k += pb <= pa;
  }
  return most;
}

int main(int argc, char **argv)
{
  struct matrix x = {0}, y = {0};
  if (argc != 3) {
    fputs("usage: compare A.mtx B.mtx\n", stderr);
    return 2;
  }
  double worst = NAN;
  if (read_matrix(argv[1], &x) && read_matrix(argv[2], &y) && x.n == y.n) {
    double scale = fmax(largest(&x), largest(&y));
    worst = greatest_difference(&x, &y) / (scale > 0 ? scale : 1);
  }
  free(x.entries);
  free(y.entries);
  printf("worst=%.2g\n", worst);
  return worst <= tolerance ? 0 : 1;
}
