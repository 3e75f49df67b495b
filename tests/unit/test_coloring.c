#include "config.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "sparse/coloring.h"
#include "sparse/greedy.h"
#include "sparse/groups.h"
#include "sparse/ordering.h"
#include "sparse/postprocess.h"
#include "unit/failing.h"
#include "unit/random.h"
#include "tests/doubles.h"

enum { N_MAX = 40 };

/* A small graph as a boolean matrix: all oracles work on it by the definitions. */
struct graph {
  int32_t n;
  bool a[N_MAX][N_MAX];
};

static struct context ctx;
static struct pattern p;
static struct graph g;

static void setup(void)
{
  context_init(&ctx);
  p = (struct pattern){0};
  memset(&g, 0, sizeof g);
}

static void teardown(void)
{
  pattern_free(&p);
  context_free(&ctx);
}

static void graph_to_pattern(void)
{
  int32_t rows[N_MAX * N_MAX], cols[N_MAX * N_MAX];
  int64_t count = 0;
  for (int32_t i = 0; i < g.n; i++)
    for (int32_t j = 0; j <= i; j++)
      if (g.a[i][j]) rows[count] = i, cols[count++] = j;
  pattern_free(&p);
  ck_assert_int_eq(pattern_from_pairs(&ctx, g.n, count, rows, cols, &p), STATUS_OK);
}

static void link_vertices(int32_t i, int32_t j)
{
  g.a[i][j] = g.a[j][i] = true;
}

/* Sparse, dense, tree-like, with and without diagonals. */
static void random_graph(int32_t max)
{
  memset(&g, 0, sizeof g);
  g.n = 1 + random_below(max);
  int edges = random_below(8) + 1, diagonal = random_below(3);
  for (int32_t i = 1; i < g.n; i++)
    for (int e = 0; e < edges; e++)
      if (random_below(3)) link_vertices(i, random_below(i));
  for (int32_t i = 0; i < g.n; i++) g.a[i][i] = diagonal == 0 || (diagonal == 1 && random_below(2));
  graph_to_pattern();
}

static void band(int32_t n, int32_t half)
{
  memset(&g, 0, sizeof g);
  g.n = n;
  for (int32_t i = 0; i < n; i++)
    for (int32_t j = i > half ? i - half : 0; j <= i; j++) link_vertices(i, j);
  graph_to_pattern();
}

/* The definitions, for vertices with colors; neutral ones (-1) count as not there. */

static bool edge(int32_t i, int32_t j)
{
  return i != j && g.a[i][j];
}

static bool proper(const int32_t *color)
{
  for (int32_t i = 0; i < g.n; i++)
    for (int32_t j = 0; j < i; j++)
      if (edge(i, j) && color[i] >= 0 && color[i] == color[j]) return false;
  return true;
}

static bool is_star(const int32_t *color)
{
  if (!proper(color)) return false;
  for (int32_t b = 0; b < g.n; b++)
    for (int32_t c = 0; c < g.n; c++) {
      if (!edge(b, c) || color[b] < 0 || color[c] < 0) continue;
      for (int32_t a = 0; a < g.n; a++) {
        if (a == c || !edge(a, b) || color[a] != color[c]) continue;
        for (int32_t d = 0; d < g.n; d++)
          if (d != b && d != a && edge(c, d) && color[d] == color[b]) return false;
      }
    }
  return true;
}

static int32_t component(const int32_t *parent, int32_t v)
{
  while (parent[v] != v) v = parent[v];
  return v;
}

static bool is_acyclic(const int32_t *color)
{
  if (!proper(color)) return false;
  for (int32_t one = 0; one < g.n; one++)
    for (int32_t two = 0; two < one; two++) {
      int32_t parent[N_MAX];
      for (int32_t v = 0; v < g.n; v++) parent[v] = v;
      for (int32_t i = 0; i < g.n; i++)
        for (int32_t j = 0; j < g.n; j++) {
          if (!edge(i, j) || color[i] != one || color[j] != two) continue;
          int32_t a = component(parent, i), b = component(parent, j);
          if (a == b) return false;
          parent[a] = b;
        }
    }
  return true;
}

static bool is_column(const int32_t *color)
{
  for (int32_t i = 0; i < g.n; i++)
    for (int32_t j = 0; j < g.n; j++)
      for (int32_t k = 0; k < j; k++)
        if (g.a[i][j] && g.a[i][k] && color[j] >= 0 && color[j] == color[k]) return false;
  return true;
}

static bool (*const is_valid[METHOD_COUNT])(const int32_t *) = {is_star, is_acyclic, is_column};

/* What neutral vertices must leave: an entry at a neutral vertex i is read in row i. */
static bool neutral_is_recoverable(enum coloring_method method, const int32_t *color)
{
  for (int32_t i = 0; i < g.n; i++)
    for (int32_t j = 0; j < g.n; j++) {
      if (!g.a[i][j]) continue;
      if (method == METHOD_COLUMN && color[j] < 0) return false;
      if (method == METHOD_COLUMN || color[i] >= 0) continue;
      if (color[j] < 0) return false;
      for (int32_t k = 0; k < g.n; k++)
        if (k != j && g.a[i][k] && color[k] == color[j]) return false;
    }
  return true;
}

static bool check(const struct coloring *c, struct coloring_flaw *flaw)
{
  bool valid;
  ck_assert_int_eq(coloring_check(&ctx, &p, c, &valid, flaw), STATUS_OK);
  ck_assert_int_eq(valid, flaw->what == NULL);
  return valid;
}

static struct coloring compute(enum coloring_method method, enum coloring_ordering ordering,
                               uint64_t seed, bool postprocess)
{
  struct coloring_options options = {method, ordering, seed, postprocess};
  struct coloring c;
  ck_assert_int_eq(coloring_compute(&ctx, &p, &options, &c), STATUS_OK);
  ck_assert_int_eq(c.n, p.n);
  ck_assert_int_eq(c.method, method);
  ck_assert_int_eq(c.ordering, ordering);
  return c;
}

static int32_t lower_bound(enum coloring_method method)
{
  int32_t bound = -1;
  ck_assert_int_eq(coloring_lower_bound(&ctx, &p, method, &bound), STATUS_OK);
  return bound;
}

static int32_t num_colors(enum coloring_method method, enum coloring_ordering ordering)
{
  struct coloring c = compute(method, ordering, 0, false);
  struct coloring_flaw flaw;
  ck_assert(check(&c, &flaw));
  int32_t count = c.num_colors;
  coloring_free(&c);
  return count;
}

/* Each of the colors 0 … num_colors - 1 is used. */
static void check_compact(const struct coloring *c)
{
  bool used[N_MAX] = {false};
  int32_t count = 0;
  for (int32_t v = 0; v < c->n; v++) {
    ck_assert_int_ge(c->color[v], -1);
    ck_assert_int_lt(c->color[v], c->num_colors);
    if (c->color[v] >= 0 && !used[c->color[v]]) count++, used[c->color[v]] = true;
  }
  ck_assert_int_eq(count, c->num_colors);
}

/* The values of one triangle have the bits of those of both. */
static void check_upper(const struct coloring *c, const double *b, const double *values)
{
  double upper[N_MAX * N_MAX], both[N_MAX * N_MAX];
  struct recovery *r;
  ck_assert_int_eq(recovery_create_upper(&ctx, &p, c, &r), STATUS_OK);
  ck_assert_int_eq(recovery_count(r), pattern_upper_nnz(&p));
  doubles_recover(r, b, upper);
  int64_t next = 0;
  for (int32_t i = 0; i < p.n; i++)
    for (int64_t k = p.ptr[i]; k < p.ptr[i + 1]; k++)
      if (p.ind[k] >= i) ck_assert_mem_eq(&values[k], &upper[next++], sizeof *upper);
  ck_assert_int_eq(next, recovery_count(r));
  struct numbers from = {.count = next, .re = upper}, to = {.count = pattern_nnz(&p), .re = both};
  ck_assert_int_eq(recovery_expand(&ctx, &p, &from, &to), STATUS_OK);
  if (c->method != METHOD_COLUMN)
    ck_assert_mem_eq(both, values, (size_t)pattern_nnz(&p) * sizeof *both);
  recovery_free(r);
}

/* A matrix of whole numbers (so that all sums are exact), compressed by the definition, comes back
 * exactly. */
static void check_recovery(const struct coloring *c)
{
  double h[N_MAX][N_MAX] = {{0}}, b[N_MAX * N_MAX] = {0}, values[N_MAX * N_MAX];
  bool symmetric = c->method != METHOD_COLUMN;
  for (int32_t i = 0; i < g.n; i++)
    for (int32_t j = 0; j < g.n; j++) {
      if (!g.a[i][j]) continue;
      h[i][j] = symmetric && j < i ? h[j][i] : (double)random_below(2000001) - 1e6;
    }
  for (int32_t i = 0; i < g.n; i++)
    for (int32_t j = 0; j < g.n; j++)
      if (c->color[j] >= 0) b[c->color[j] * g.n + i] += h[i][j];
  struct recovery *r;
  ck_assert_int_eq(recovery_create(&ctx, &p, c, &r), STATUS_OK);
  doubles_recover(r, b, values);
  recovery_free(r);
  for (int32_t i = 0; i < g.n; i++)
    for (int64_t k = p.ptr[i]; k < p.ptr[i + 1]; k++) ck_assert(values[k] == h[i][p.ind[k]]);
  check_upper(c, b, values);
}

/* No further color can be freed. */
static void check_all_needed(const struct coloring *c)
{
  for (int32_t one = 0; one < c->num_colors; one++) {
    int32_t color[N_MAX];
    for (int32_t v = 0; v < c->n; v++) color[v] = c->color[v] == one ? -1 : c->color[v];
    ck_assert(!neutral_is_recoverable(c->method, color));
  }
}

/* Colorings of random graphs: valid by the definitions, found valid, compact, within the bound, and
 * the matrix comes back.  Postprocessing only frees. */
START_TEST(random_graphs)
{
  random_state = (uint64_t)_i + 1;
  for (int round = 0; round < 25; round++) {
    random_graph(round < 15 ? 12 : N_MAX);
    for (int m = 0; m < METHOD_COUNT; m++) {
      int32_t fewest = INT32_MAX, fewest_freed = INT32_MAX;
      for (int o = 0; o < ORDERING_COUNT; o++) {
        struct coloring_flaw flaw;
        struct coloring c = compute(m, o, 9, false), freed = compute(m, o, 9, true);
        check_compact(&c);
        ck_assert(is_valid[m](c.color));
        ck_assert(check(&c, &flaw));
        ck_assert_int_ge(c.num_colors, lower_bound(m));
        check_recovery(&c);
        check_compact(&freed);
        ck_assert(is_valid[m](freed.color) && neutral_is_recoverable(m, freed.color));
        ck_assert(check(&freed, &flaw));
        ck_assert_int_le(freed.num_colors, c.num_colors);
        check_recovery(&freed);
        if (m != METHOD_COLUMN) check_all_needed(&freed);
        if (o == ORDERING_BEST) {
          ck_assert_int_eq(c.num_colors, fewest);
          ck_assert_int_eq(freed.num_colors, fewest_freed);
        }
        if (c.num_colors < fewest) fewest = c.num_colors;
        if (freed.num_colors < fewest_freed) fewest_freed = freed.num_colors;
        coloring_free(&c);
        coloring_free(&freed);
      }
    }
  }
}
END_TEST

/* Greedy by the definition: each vertex in turn takes the smallest color that leaves the coloring
 * of those so far valid. */
START_TEST(smallest_color)
{
  random_state = (uint64_t)_i + 100;
  for (int round = 0; round < 20; round++) {
    random_graph(round < 14 ? 14 : 24);
    for (int m = 0; m < METHOD_COUNT; m++)
      for (int o = 0; o < ORDERING_BEST; o++) {
        int32_t order[N_MAX], expected[N_MAX];
        ck_assert_int_eq(ordering_compute(&ctx, &p, o, 7, order), STATUS_OK);
        for (int32_t v = 0; v < g.n; v++) expected[v] = -1;
        for (int32_t k = 0; k < g.n; k++) {
          int32_t v = order[k];
          expected[v] = 0;
          while (!is_valid[m](expected)) expected[v]++;
        }
        struct coloring c = compute(m, o, 7, false);
        if (pattern_nnz(&p)) ck_assert_mem_eq(c.color, expected, (size_t)g.n * sizeof *expected);
        coloring_free(&c);
      }
  }
}
END_TEST

/* The pattern of a clique, joined to all vertices of the graph, which come after it. */
static void join_clique(int32_t size)
{
  enum { MAX = 64 + N_MAX };
  static int32_t rows[MAX * MAX], cols[MAX * MAX];
  int64_t count = 0;
  for (int32_t i = 0; i < size + g.n; i++)
    for (int32_t j = 0; j < i; j++)
      if (j < size || edge(i - size, j - size)) rows[count] = i, cols[count++] = j;
  pattern_free(&p);
  ck_assert_int_eq(pattern_from_pairs(&ctx, size + g.n, count, rows, cols, &p), STATUS_OK);
}

/* Each vertex of the clique has a color of its own, so that it is in no path and no cycle of two
 * colors: all others are colored as without it, by higher colors.  These are of two kinds, below
 * and above 64, whose stars meet. */
START_TEST(many_colors)
{
  random_state = (uint64_t)_i + 500;
  int32_t most = 0;
  for (int round = 0; round < 100; round++) {
    random_graph(N_MAX);
    if (pattern_nnz(&p) == 0) continue;
    enum coloring_method m = round % 2 ? METHOD_ACYCLIC : METHOD_STAR;
    int32_t size = 64 - random_below(12);
    struct coloring alone = compute(m, ORDERING_NATURAL, 0, false);
    join_clique(size);
    struct coloring joined = compute(m, ORDERING_NATURAL, 0, false);
    ck_assert_int_eq(joined.num_colors, size + alone.num_colors);
    for (int32_t v = 0; v < joined.n; v++)
      ck_assert_int_eq(joined.color[v], v < size ? v : size + alone.color[v - size]);
    if (joined.num_colors > most) most = joined.num_colors;
    struct coloring_flaw flaw;
    ck_assert(check(&joined, &flaw));
    coloring_free(&alone);
    coloring_free(&joined);
  }
  ck_assert_int_gt(most, 68);
}
END_TEST

/* The number of neighbours of v among the vertices whose mark is `of`. */
static int32_t degree_among(int32_t v, const bool *mark, bool of)
{
  int32_t count = 0;
  for (int32_t w = 0; w < g.n; w++) count += edge(v, w) && mark[w] == of;
  return count;
}

/* The property that each ordering is defined by. */
static bool comes_before(enum coloring_ordering o, int32_t v, int32_t w, const bool *taken)
{
  const bool none[N_MAX] = {false};
  int32_t dv = degree_among(v, none, false), dw = degree_among(w, none, false);
  switch (o) {
  case ORDERING_NATURAL: return v < w;
  case ORDERING_LARGEST_FIRST: return dv > dw || (dv == dw && v < w);
  case ORDERING_SMALLEST_LAST: /* from the last on: the smallest degree in the rest */
    return degree_among(v, taken, false) <= degree_among(w, taken, false);
  case ORDERING_INCIDENCE_DEGREE:
    return degree_among(v, taken, true) >= degree_among(w, taken, true);
  case ORDERING_DYNAMIC_LARGEST_FIRST:
    return degree_among(v, taken, false) >= degree_among(w, taken, false);
  default: return true;
  }
}

START_TEST(orderings)
{
  random_state = (uint64_t)_i + 200;
  for (int round = 0; round < 20; round++) {
    random_graph(N_MAX);
    for (int o = 0; o < ORDERING_BEST; o++) {
      int32_t order[N_MAX];
      bool taken[N_MAX] = {false};
      ck_assert_int_eq(ordering_compute(&ctx, &p, o, 3, order), STATUS_OK);
      for (int32_t k = 0; k < g.n; k++) {
        int32_t v = order[o == ORDERING_SMALLEST_LAST ? g.n - 1 - k : k];
        ck_assert(v >= 0 && v < g.n && !taken[v]);
        for (int32_t w = 0; w < g.n; w++)
          if (w != v && !taken[w]) ck_assert(comes_before(o, v, w, taken));
        taken[v] = true;
      }
    }
  }
}
END_TEST

START_TEST(random_ordering_follows_seed)
{
  int32_t first[N_MAX], second[N_MAX];
  band(N_MAX, 2);
  ck_assert_int_eq(ordering_compute(&ctx, &p, ORDERING_RANDOM, 1, first), STATUS_OK);
  ck_assert_int_eq(ordering_compute(&ctx, &p, ORDERING_RANDOM, 1, second), STATUS_OK);
  ck_assert_mem_eq(first, second, sizeof first);
  ck_assert_int_eq(ordering_compute(&ctx, &p, ORDERING_RANDOM, 2, second), STATUS_OK);
  ck_assert_mem_ne(first, second, sizeof first);
}
END_TEST

/* The flaw's vertices show it. */
static void check_flaw(enum coloring_method method, const struct coloring_flaw *flaw,
                       const int32_t *color)
{
  const int32_t *v = flaw->vertex;
  if (flaw->count == 4) {
    ck_assert(edge(v[0], v[1]) && edge(v[1], v[2]) && edge(v[2], v[3]));
    ck_assert(color[v[0]] == color[v[2]] && color[v[1]] == color[v[3]]);
    ck_assert(v[0] != v[2] && v[1] != v[3]);
  } else if (flaw->count == 3) {
    bool column = method == METHOD_COLUMN;
    int32_t one = v[0], two = column ? v[1] : v[2], row = column ? v[2] : v[1];
    ck_assert(one != two && g.a[row][one] && g.a[row][two] && color[one] == color[two]);
  } else if (flaw->count == 2 && method == METHOD_COLUMN) {
    ck_assert(g.a[v[1]][v[0]] && color[v[0]] == -1);
  } else if (flaw->count == 2) {
    ck_assert(edge(v[0], v[1]) && color[v[0]] == color[v[1]]);
  } else {
    ck_assert(flaw->count == 1 && g.a[v[0]][v[0]] && color[v[0]] == -1);
  }
}

/* The verdict on random colorings, good and bad, against the definitions.  What is valid recovers;
 * what has a flaw is refused or recovers all the same (a path may have two colors where the
 * diagonal is zero), and never reads the wrong place. */
START_TEST(verdicts)
{
  random_state = (uint64_t)_i + 300;
  int valid = 0, flawed = 0;
  for (int round = 0; round < 1500; round++) {
    random_graph(4 + round % 8);
    int32_t color[N_MAX], colors = 1 + random_below(g.n);
    bool neutral = round % 3 == 0;
    for (int32_t v = 0; v < g.n; v++) color[v] = random_below(colors + neutral) - neutral;
    for (int m = 0; m < METHOD_COUNT; m++) {
      struct coloring c = {m, ORDERING_NATURAL, g.n, colors, color};
      struct coloring_flaw flaw;
      bool expected = is_valid[m](color) && neutral_is_recoverable(m, color);
      ck_assert_int_eq(check(&c, &flaw), expected);
      if (expected) {
        valid++;
        check_recovery(&c);
      } else {
        flawed++;
        check_flaw(m, &flaw, color);
        struct recovery *r;
        enum status status = recovery_create(&ctx, &p, &c, &r);
        recovery_free(r);
        if (status == STATUS_OK)
          check_recovery(&c);
        else
          ck_assert_int_eq(status, STATUS_DATA);
      }
    }
  }
  ck_assert_int_gt(valid, 100);
  ck_assert_int_gt(flawed, 100);
}
END_TEST

/* A good coloring that is broken in one place. */
START_TEST(planted_flaws)
{
  struct coloring_flaw flaw;
  band(12, 1);
  struct coloring c = compute(METHOD_STAR, ORDERING_NATURAL, 0, false);
  ck_assert(check(&c, &flaw));
  c.color[7] = c.color[5];
  c.color[8] = c.color[6];
  ck_assert(!check(&c, &flaw));
  ck_assert_int_eq(flaw.count, 4);
  check_flaw(METHOD_STAR, &flaw, c.color);
  c.method = METHOD_ACYCLIC; /* a path is a tree */
  ck_assert(check(&c, &flaw));
  link_vertices(5, 8);
  graph_to_pattern();
  ck_assert(!check(&c, &flaw));
  check_flaw(METHOD_ACYCLIC, &flaw, c.color);
  struct recovery *r;
  ck_assert_int_eq(recovery_create(&ctx, &p, &c, &r), STATUS_DATA);
  ck_assert_ptr_null(r);
  ck_assert_int_eq(ctx.diags.data[0].id, ERR_COLORING_FLAW);

  c.color[3] = c.num_colors;
  ck_assert(!check(&c, &flaw));
  ck_assert_int_eq(flaw.vertex[0], 3);
  ck_assert_int_eq(recovery_create(&ctx, &p, &c, &r), STATUS_DATA);
  c.color[3] = -2;
  ck_assert(!check(&c, &flaw));
  ck_assert_int_eq(flaw.vertex[0], 3);
  coloring_free(&c);
}
END_TEST

START_TEST(wrong_size)
{
  struct coloring_flaw flaw;
  bool valid;
  struct recovery *r;
  band(5, 1);
  struct coloring c = compute(METHOD_STAR, ORDERING_NATURAL, 0, false);
  band(6, 1);
  ck_assert_int_eq(coloring_check(&ctx, &p, &c, &valid, &flaw), STATUS_DATA);
  ck_assert(!valid);
  ck_assert_int_eq(recovery_create(&ctx, &p, &c, &r), STATUS_DATA);
  ck_assert_int_eq(ctx.diags.data[1].id, ERR_COLORING_SIZE);
  coloring_free(&c);
}
END_TEST

/* Bands of half-width m: 2m + 1 colors by star, m + 1 by acyclic, as many as the bound says; and so
 * by acyclic in smallest-last order however the band is permuted, as that order is a perfect
 * elimination order. */
START_TEST(bands)
{
  random_state = 5;
  for (int32_t m = 1; m <= 6; m++) {
    band(N_MAX, m);
    ck_assert_int_eq(num_colors(METHOD_STAR, ORDERING_NATURAL), 2 * m + 1);
    ck_assert_int_eq(num_colors(METHOD_STAR, ORDERING_LARGEST_FIRST), 2 * m + 1);
    ck_assert_int_eq(num_colors(METHOD_ACYCLIC, ORDERING_NATURAL), m + 1);
    ck_assert_int_eq(num_colors(METHOD_COLUMN, ORDERING_NATURAL), 2 * m + 1);
    ck_assert_int_eq(lower_bound(METHOD_ACYCLIC), m + 1);
    ck_assert_int_eq(lower_bound(METHOD_COLUMN), 2 * m + 1);
    int32_t place[N_MAX];
    ck_assert_int_eq(ordering_compute(&ctx, &p, ORDERING_RANDOM, (uint64_t)m, place), STATUS_OK);
    struct graph before = g;
    for (int32_t i = 0; i < g.n; i++)
      for (int32_t j = 0; j < g.n; j++) g.a[place[i]][place[j]] = before.a[i][j];
    graph_to_pattern();
    ck_assert_int_eq(num_colors(METHOD_ACYCLIC, ORDERING_SMALLEST_LAST), m + 1);
  }
}
END_TEST

static void fill(int32_t n, const char *const *rows)
{
  memset(&g, 0, sizeof g);
  g.n = n;
  for (int32_t i = 0; i < n; i++)
    for (int32_t j = 0; j < n; j++) g.a[i][j] = rows[i][j] == 'x';
  graph_to_pattern();
}

/* Figure 4.1 of A. H. Gebremedhin, F. Manne, A. Pothen, "What color is your Jacobian?", SIAM Rev.
 * 47 (2005), and its colors. */
START_TEST(published_star)
{
  static const char *const rows[] = {"xx....", "xxx.xx", ".xxx..", "..xx.x", ".x..x.", ".x.x.x"};
  static const int32_t colors[] = {0, 1, 0, 2, 0, 0};
  fill(6, rows);
  struct coloring c = compute(METHOD_STAR, ORDERING_NATURAL, 0, false);
  ck_assert_int_eq(c.num_colors, 3);
  ck_assert_mem_eq(c.color, colors, sizeof colors);
  coloring_free(&c);
}
END_TEST

/* Figures 1 and 4 of A. H. Gebremedhin, A. Tarafdar, A. Pothen, A. Walther, "Efficient computation
 * of sparse Hessians using coloring and automatic differentiation", INFORMS J. Comput. 21 (2009): a
 * star and an acyclic coloring of one matrix. */
START_TEST(published_hessian)
{
  static const char *const rows[] = {"xx....x...", "xxx.x.....", ".xxx.x....", "..xx.....x",
                                     ".x..xx.x..", "..x.xx..x.", "x.....xx..", "....x.xxx.",
                                     ".....x.xxx", "...x....xx"};
  static const int32_t star[] = {0, 1, 0, 2, 0, 3, 2, 4, 0, 1};
  static const int32_t acyclic[] = {0, 1, 0, 1, 0, 2, 1, 2, 1, 0};
  fill(10, rows);
  struct coloring c = compute(METHOD_STAR, ORDERING_NATURAL, 0, false);
  ck_assert_mem_eq(c.color, star, sizeof star);
  coloring_free(&c);
  c = compute(METHOD_ACYCLIC, ORDERING_NATURAL, 0, false);
  ck_assert_mem_eq(c.color, acyclic, sizeof acyclic);
  coloring_free(&c);
}
END_TEST

START_TEST(empty)
{
  for (int32_t n = 0; n < 4; n++)
    for (int m = 0; m < METHOD_COUNT; m++)
      for (int o = 0; o < ORDERING_COUNT; o++) {
        g.n = n;
        graph_to_pattern();
        ck_assert_int_eq(num_colors(m, o), 0);
        ck_assert_int_eq(lower_bound(m), 0);
        struct coloring c = compute(m, o, 0, true);
        ck_assert_int_eq(c.num_colors, 0);
        check_compact(&c);
        check_recovery(&c);
        coloring_free(&c);
      }
}
END_TEST

START_TEST(diagonal_only)
{
  band(9, 0);
  for (int m = 0; m < METHOD_COUNT; m++)
    for (int post = 0; post < 2; post++) {
      struct coloring c = compute(m, ORDERING_LARGEST_FIRST, 0, post);
      ck_assert_int_eq(c.num_colors, 1);
      coloring_free(&c);
    }
}
END_TEST

START_TEST(dense)
{
  band(N_MAX, N_MAX);
  for (int m = 0; m < METHOD_COUNT; m++) {
    ck_assert_int_eq(num_colors(m, ORDERING_BEST), N_MAX);
    ck_assert_int_eq(lower_bound(m), N_MAX);
  }
}
END_TEST

/* Without diagonal entries: of a single edge one end is enough, of a star the hub, of a clique all
 * but one; a path of three edges needs both of its two colors. */
START_TEST(freed_colors)
{
  g.n = 2;
  link_vertices(0, 1);
  graph_to_pattern();
  struct coloring c = compute(METHOD_STAR, ORDERING_NATURAL, 0, true);
  ck_assert_int_eq(c.num_colors, 1);
  coloring_free(&c);

  g.n = 9;
  for (int32_t i = 0; i < 9; i++)
    if (i != 4) link_vertices(4, i);
  g.a[0][1] = g.a[1][0] = false;
  graph_to_pattern();
  c = compute(METHOD_ACYCLIC, ORDERING_NATURAL, 0, true);
  ck_assert_int_eq(c.num_colors, 1);
  for (int32_t i = 0; i < 9; i++) ck_assert_int_eq(c.color[i], i == 4 ? 0 : -1);
  check_recovery(&c);
  coloring_free(&c);

  band(7, 7);
  for (int32_t i = 0; i < 7; i++) g.a[i][i] = false;
  graph_to_pattern();
  c = compute(METHOD_STAR, ORDERING_NATURAL, 0, true);
  ck_assert_int_eq(c.num_colors, 6);
  check_recovery(&c);
  coloring_free(&c);

  band(4, 1);
  for (int32_t i = 0; i < 4; i++) g.a[i][i] = false;
  graph_to_pattern();
  c = compute(METHOD_ACYCLIC, ORDERING_NATURAL, 0, true);
  ck_assert_int_eq(c.num_colors, 2);
  coloring_free(&c);
}
END_TEST

/* A spider of three legs with two edges each, every vertex with a color of its own: the center is
 * in the most pairs of colors, but the middles of the legs are enough without it. */
START_TEST(superfluous_color)
{
  int32_t color[] = {0, 1, 2, 3, 4, 5, 6};
  static const int32_t kept[] = {-1, 0, 1, 2, -1, -1, -1};
  g.n = 7;
  for (int32_t leg = 1; leg <= 3; leg++) {
    link_vertices(0, leg);
    link_vertices(leg, leg + 3);
  }
  graph_to_pattern();
  struct coloring c = {METHOD_STAR, ORDERING_NATURAL, 7, 7, color};
  ck_assert_int_eq(coloring_postprocess(&ctx, &p, &c), STATUS_OK);
  ck_assert_int_eq(c.num_colors, 3);
  ck_assert_mem_eq(color, kept, sizeof kept);
  check_recovery(&c);
}
END_TEST

/* Both triangles have the same bits, whatever the rounding. */
START_TEST(symmetric_bits)
{
  random_state = 11;
  for (int round = 0; round < 50; round++) {
    random_graph(N_MAX);
    for (int m = 0; m < METHOD_COLUMN; m++) {
      struct coloring c = compute(m, ORDERING_SMALLEST_LAST, 0, round % 2);
      double b[N_MAX * N_MAX], values[N_MAX * N_MAX];
      struct recovery *r;
      for (int k = 0; k < c.num_colors * g.n; k++) b[k] = (random_below(1000) + 0.1) / 3;
      ck_assert_int_eq(recovery_create(&ctx, &p, &c, &r), STATUS_OK);
      doubles_recover(r, b, values);
      recovery_free(r);
      for (int32_t i = 0; i < g.n; i++)
        for (int64_t k = p.ptr[i]; k < p.ptr[i + 1]; k++)
          ck_assert_mem_eq(&values[k], &values[pattern_find(&p, p.ind[k], i)], sizeof *values);
      check_upper(&c, b, values);
      coloring_free(&c);
    }
  }
}
END_TEST

/* Errors of B do not grow on the way from the leaves of a long path to its middle by more than one
 * rounding for each edge. */
START_TEST(long_path)
{
  enum { N = 20001 };
  int32_t *rows = mem_alloc(N, sizeof *rows), *cols = mem_alloc(N, sizeof *cols);
  double *b = mem_zalloc(2 * N, sizeof *b), *values = mem_alloc(2 * N, sizeof *values);
  struct recovery *r;
  for (int32_t i = 0; i + 1 < N; i++) rows[i] = i, cols[i] = i + 1;
  ck_assert_int_eq(pattern_from_pairs(&ctx, N, N - 1, rows, cols, &p), STATUS_OK);
  struct coloring c = compute(METHOD_ACYCLIC, ORDERING_NATURAL, 0, false);
  ck_assert_int_eq(c.num_colors, 2);
  for (int32_t i = 0; i < N; i++) /* edge (i, i + 1) has the value (i % 7 + 1) / 7 */
    b[(1 - c.color[i]) * N + i] =
        (i + 1 < N ? (i % 7 + 1) / 7.0 : 0) + (i ? ((i - 1) % 7 + 1) / 7.0 : 0);
  ck_assert_int_eq(recovery_create(&ctx, &p, &c, &r), STATUS_OK);
  doubles_recover(r, b, values);
  for (int32_t i = 0; i + 1 < N; i++)
    ck_assert_double_eq_tol(values[pattern_find(&p, i, i + 1)], (i % 7 + 1) / 7.0, N / 2 * 2.3e-16);
  recovery_free(r);
  coloring_free(&c);
  mem_free(rows);
  mem_free(cols);
  mem_free(b);
  mem_free(values);
}
END_TEST

/* An arrow of a million takes two colors (a column coloring one for each), and no time. */
START_TEST(large_arrow)
{
  enum { N = 1000000 };
  int32_t *rows = mem_zalloc(2 * N, sizeof *rows), *cols = mem_alloc(2 * N, sizeof *cols);
  for (int32_t i = 0; i < N; i++) cols[i] = rows[N + i] = cols[N + i] = i;
  if (_i)
    for (int32_t i = 0; i < N; i++) rows[i] = N - 1;
  ck_assert_int_eq(pattern_from_pairs(&ctx, N, 2 * N, rows, cols, &p), STATUS_OK);
  ck_assert_int_eq(pattern_nnz(&p), 3 * (int64_t)N - 2);
  ck_assert_int_eq(num_colors(METHOD_STAR, ORDERING_NATURAL), 2);
  ck_assert_int_eq(num_colors(METHOD_ACYCLIC, ORDERING_SMALLEST_LAST), 2);
  ck_assert_int_eq(num_colors(METHOD_COLUMN, ORDERING_LARGEST_FIRST), N);
  ck_assert_int_eq(lower_bound(METHOD_COLUMN), N);
  mem_free(rows);
  mem_free(cols);
}
END_TEST

static enum status color_check_recover(const struct coloring_options *options)
{
  struct coloring c;
  struct recovery *r = NULL;
  struct coloring_flaw flaw;
  bool valid;
  int32_t bound;
  enum status status = coloring_compute(&ctx, &p, options, &c);
  if (status == STATUS_OK) status = coloring_lower_bound(&ctx, &p, options->method, &bound);
  if (status == STATUS_OK) status = coloring_check(&ctx, &p, &c, &valid, &flaw);
  if (status == STATUS_OK) status = recovery_create(&ctx, &p, &c, &r);
  if (status == STATUS_OK && options->method != METHOD_COLUMN) {
    recovery_free(r);
    for (int32_t v = 0; v < c.n; v++) c.color[v] = v % 2;
    status = recovery_create(&ctx, &p, &c, &r) == STATUS_DATA ? STATUS_OK : STATUS_LIMIT;
  }
  recovery_free(r);
  coloring_free(&c);
  return status;
}

/* Every allocation in turn fails: status 7 and no leak (under ASan). */
START_TEST(failing_allocations)
{
  band(10, 2);
  link_vertices(0, 9); /* with colors 0, 1, 0, 1, … there is a cycle of two colors */
  graph_to_pattern();
  for (int m = 0; m < METHOD_COUNT; m++)
    for (int o = 0; o < ORDERING_COUNT; o++) {
      struct coloring_options options = {m, o, 1, o % 2};
      for (long n = 0;; n++) {
        struct failing f = {.fail_at = n + 1, .forever = true};
        mem_set_hook(failing_hook, &f);
        enum status status = color_check_recover(&options);
        mem_set_hook(NULL, NULL);
        if (status == STATUS_OK) break;
        ck_assert_int_eq(status, STATUS_LIMIT);
        ck_assert_int_lt(n, 1000);
      }
    }
}
END_TEST

/* All graphs of up to 5 vertices: star and acyclic colorings have n colors if and only if all are
 * neighbors. */
START_TEST(full_patterns_alone_take_n_colors)
{
  for (int32_t n = 2; n <= 5; n++)
    for (int set = 0, pairs = n * (n - 1) / 2; set < 1 << pairs; set++) {
      int32_t rows[10], cols[10], count = 0, bit = 0;
      for (int32_t i = 0; i < n; i++)
        for (int32_t j = 0; j < i; j++, bit++) {
          if (!(set >> bit & 1)) continue;
          rows[count] = i;
          cols[count++] = j;
        }
      ck_assert_int_eq(pattern_from_pairs(&ctx, n, count, rows, cols, &p), STATUS_OK);
      for (int how = 0; how < 2 * ORDERING_COUNT; how++) {
        struct coloring_options o = {.method = how % 2 ? METHOD_ACYCLIC : METHOD_STAR,
                                     .ordering = (enum coloring_ordering)(how / 2)};
        struct coloring c;
        ck_assert_int_eq(coloring_compute(&ctx, &p, &o, &c), STATUS_OK);
        ck_assert_int_eq(c.num_colors == n, count == pairs);
        coloring_free(&c);
      }
      pattern_free(&p);
    }
}
END_TEST

START_TEST(memory_limit)
{
  struct coloring c;
  band(10, 1);
  ctx.max_memory = 100;
  ck_assert_int_eq(coloring_compute(&ctx, &p, &(struct coloring_options){0}, &c), STATUS_LIMIT);
  ck_assert_ptr_null(c.color);
}
END_TEST

/* What a pattern that says that it has so many entries is refused for, before any is looked at. */
static enum error_id refused_by_coloring(int64_t nnz)
{
  struct pattern many = {.n = 0, .ptr = &nnz};
  int32_t order = 0, color = 0, num_colors;
  diag_drop(&ctx, 0);
  ck_assert_int_eq(greedy_acyclic(&ctx, &many, &order, &color, &num_colors), STATUS_LIMIT);
  return ctx.diags.data[0].id;
}

static enum error_id refused_by_recovery(int64_t nnz)
{
  struct pattern many = {.n = 0, .ptr = &nnz};
  struct elimination e;
  int32_t color = 0;
  diag_drop(&ctx, 0);
  ck_assert_int_eq(elimination_create(&ctx, &many, &color, 0, &e), STATUS_LIMIT);
  return ctx.diags.data[0].id;
}

/* Edges have numbers of 32 bits, one of which stands for none (two in the recovery). */
START_TEST(most_entries)
{
  const int64_t coloring = (INT64_C(1) << 33) - 3, recovery = (INT64_C(1) << 32) - 3;
  ctx.max_memory = 1;
  for (int64_t k = -1; k <= 1; k++) {
    enum error_id id = k > 0 ? ERR_PATTERN_TOO_LARGE : ERR_TOO_MUCH_MEMORY;
    ck_assert_int_eq(refused_by_coloring(coloring + k), id);
    ck_assert_int_eq(refused_by_recovery(recovery + k), id);
  }
}
END_TEST

Suite *coloring_suite(void);
Suite *coloring_suite(void)
{
  Suite *suite = suite_create("coloring");
  TCase *tc = tcase_create("coloring");
  tcase_set_timeout(tc, 60);
  tcase_add_checked_fixture(tc, setup, teardown);
  tcase_add_loop_test(tc, random_graphs, 0, 6);
  tcase_add_loop_test(tc, smallest_color, 0, 3);
  tcase_add_loop_test(tc, many_colors, 0, 4);
  tcase_add_loop_test(tc, orderings, 0, 3);
  tcase_add_test(tc, random_ordering_follows_seed);
  tcase_add_loop_test(tc, verdicts, 0, 4);
  tcase_add_test(tc, planted_flaws);
  tcase_add_test(tc, wrong_size);
  tcase_add_test(tc, bands);
  tcase_add_test(tc, published_star);
  tcase_add_test(tc, published_hessian);
  tcase_add_test(tc, empty);
  tcase_add_test(tc, diagonal_only);
  tcase_add_test(tc, dense);
  tcase_add_test(tc, full_patterns_alone_take_n_colors);
  tcase_add_test(tc, freed_colors);
  tcase_add_test(tc, superfluous_color);
  tcase_add_test(tc, symmetric_bits);
  tcase_add_test(tc, long_path);
  tcase_add_loop_test(tc, large_arrow, 0, 2);
  tcase_add_test(tc, failing_allocations);
  tcase_add_test(tc, memory_limit);
  tcase_add_test(tc, most_entries);
  suite_add_tcase(suite, tc);
  return suite;
}
