/* The pattern of a grid as Matrix Market:  grid POINTS SIDE > FILE.mtx
 *
 * POINTS: 5 or 9 on a SIDE × SIDE grid, 27 on a SIDE × SIDE × SIDE grid. */
#include "config.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct grid {
  int points;
  int64_t side, depth; /* depth 1: two dimensions */
};

static int64_t lower_entries(const struct grid *g)
{
  int64_t k = g->side, n = k * k * g->depth;
  if (g->points == 5) return n + 2 * k * (k - 1);
  int64_t row = 3 * k - 2; /* pairs of neighbours in one dimension, both ways and itself */
  int64_t all = row * row * (g->depth > 1 ? row : 1);
  return n + (all - n) / 2;
}

static bool neighbours(const struct grid *g, int dz, int dy, int dx)
{
  return g->points != 5 || (dz == 0 && (dy == 0 || dx == 0));
}

/* The lower entries of row (z, y, x): neighbours that come before it, and itself. */
static void write_row(const struct grid *g, int64_t z, int64_t y, int64_t x)
{
  int64_t k = g->side, m = (z * k + y) * k + x;
  for (int dz = z > 0 ? -1 : 0; dz <= 0; dz++)
    for (int dy = y > 0 ? -1 : 0; dy <= 1 && y + dy < k; dy++)
      for (int dx = x > 0 ? -1 : 0; dx <= 1 && x + dx < k; dx++) {
        int64_t c = m + (dz * k + dy) * k + dx;
        if (c <= m && neighbours(g, dz, dy, dx))
          printf("%lld %lld\n", (long long)m + 1, (long long)c + 1);
      }
}

int main(int argc, char **argv)
{
  struct grid g = {.points = argc == 3 ? atoi(argv[1]) : 0, .side = argc == 3 ? atoi(argv[2]) : 0};
  if ((g.points != 5 && g.points != 9 && g.points != 27) || g.side < 1) {
    fputs("usage: grid 5|9|27 SIDE\n", stderr);
    return 2;
  }
  g.depth = g.points == 27 ? g.side : 1;
  long long n = (long long)(g.side * g.side * g.depth);
  puts("%%MatrixMarket matrix coordinate pattern symmetric");
  printf("%lld %lld %lld\n", n, n, (long long)lower_entries(&g));
  for (int64_t z = 0; z < g.depth; z++)
    for (int64_t y = 0; y < g.side; y++)
      for (int64_t x = 0; x < g.side; x++) write_row(&g, z, y, x);
  return ferror(stdout) || fclose(stdout) ? 1 : 0;
}
