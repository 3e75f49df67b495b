/* Recovery in parts: a matrix of whole numbers, compressed by the definition, comes back whatever
 * the colors that are given at a time, and in every field. */
#include "config.h"

#include <check.h>
#include <string.h>

#include "base/rational.h"
#include "sparse/coloring.h"
#include "unit/random.h"

enum { N = 180, CELLS = N * N };

static struct context ctx;
static struct pattern p;
static double h[CELLS], b[CELLS];

static void setup(void)
{
  context_init(&ctx);
  p = (struct pattern){0};
}

static void teardown(void)
{
  pattern_free(&p);
  context_free(&ctx);
}

/* Full; full up to a few entries; dense blocks; dense with holes; an arrow's dense rows. */
enum { SHAPES = 5 };
static bool has_entry(int shape, int32_t i, int32_t j)
{
  switch (shape) {
  case 0: return true;
  case 1: return random_below(200) > 0;
  case 2: return i / 90 == j / 90;
  case 3: return random_below(4) > 0;
  default: return j < 70 || i == j;
  }
}

static void make_matrix(int shape)
{
  static int32_t rows[CELLS], cols[CELLS];
  int64_t count = 0;
  memset(h, 0, sizeof h);
  for (int32_t i = 0; i < N; i++)
    for (int32_t j = 0; j <= i; j++) {
      if (!has_entry(shape, i, j)) continue;
      rows[count] = i, cols[count++] = j;
      h[i * N + j] = h[j * N + i] = (double)random_below(2000001) - 1e6;
    }
  ck_assert_int_eq(pattern_from_pairs(&ctx, N, count, rows, cols, &p), STATUS_OK);
}

static void compress(const struct coloring *c)
{
  memset(b, 0, sizeof b);
  for (int32_t i = 0; i < N; i++)
    for (int32_t j = 0; j < N; j++)
      if (c->color[j] >= 0) b[c->color[j] * N + i] += h[i * N + j];
}

static struct numbers vector(enum field field, int64_t count, const double *from, double scale)
{
  struct numbers v;
  ck_assert_int_eq(numbers_create(&ctx, field, (double)count, "a vector", &v), STATUS_OK);
  for (int64_t i = 0; from && i < count; i++) {
    ck_assert(numbers_set_real(&v, i, from[i]));
    if (field == FIELD_COMPLEX) v.im[i] = scale * from[i];
  }
  return v;
}

static double number(const struct numbers *v, int64_t i)
{
  if (v->field != FIELD_EXACT) return v->re[i];
  return v->exact[i] ? rational_to_double(v->exact[i]) : 0;
}

/* Gives the rows from B in parts of `most` colors, or in parts at random. */
static void gather(const struct recovery *r, const struct coloring *c, const struct numbers *from,
                   int64_t most, struct numbers *values)
{
  for (int64_t first = 0, count; first < c->num_colors; first += count) {
    count = most ? most : 1 + random_below(40);
    if (count > c->num_colors - first) count = c->num_colors - first;
    struct numbers part = numbers_view(from, first * N, count * N);
    struct numbers rows = vector(from->field, count * N, NULL, 0); /* nothing else is at hand */
    numbers_copy(&rows, &part, count * N);
    recovery_gather(NULL, r, first, count, &rows, values);
    numbers_free(&rows);
  }
  ck_assert_int_eq(recovery_finish(&ctx, r, values), STATUS_OK);
}

static void check_values(const struct numbers *values, bool upper)
{
  int64_t next = 0;
  for (int32_t i = 0; i < N; i++)
    for (int64_t k = p.ptr[i]; k < p.ptr[i + 1]; k++) {
      if (upper && p.ind[k] < i) continue;
      double expected = h[i * N + p.ind[k]];
      ck_assert_double_eq(number(values, next), expected);
      if (values->field == FIELD_COMPLEX) ck_assert_double_eq(values->im[next], -2 * expected);
      next++;
    }
  ck_assert_int_eq(next, values->count);
}

static void check_parts(const struct coloring *c, enum field field, bool upper, int64_t most)
{
  struct recovery *r;
  struct numbers from = vector(field, (int64_t)c->num_colors * N, b, -2);
  ck_assert_int_eq(
      upper ? recovery_create_upper(&ctx, &p, c, &r) : recovery_create(&ctx, &p, c, &r), STATUS_OK);
  struct numbers values = vector(field, recovery_count(r), NULL, 0);
  gather(r, c, &from, most, &values);
  check_values(&values, upper);
  numbers_free(&values);
  numbers_free(&from);
  recovery_free(r);
}

static void check_coloring(const struct coloring *c)
{
  static const int64_t most[] = {0, 1, 16, 33, N};
  bool exact = rational_available;
  compress(c);
  for (int upper = 0; upper < 2; upper++)
    for (size_t i = 0; i < sizeof most / sizeof *most; i++) {
      check_parts(c, FIELD_REAL, upper, most[i]);
      if (i < 2) check_parts(c, FIELD_COMPLEX, upper, most[i]);
      if (i == 0 && exact) check_parts(c, FIELD_EXACT, upper, most[i]);
    }
}

START_TEST(parts)
{
  random_state = (uint64_t)_i + 1;
  make_matrix(_i);
  for (int m = 0; m < METHOD_COUNT; m++)
    for (int postprocess = 0; postprocess < 2; postprocess++) {
      struct coloring_options o = {m, ORDERING_LARGEST_FIRST, 0, postprocess};
      struct coloring c;
      ck_assert_int_eq(coloring_compute(&ctx, &p, &o, &c), STATUS_OK);
      if (postprocess == 0) ck_assert_int_gt(c.num_colors, 64);
      check_coloring(&c);
      coloring_free(&c);
    }
}
END_TEST

/* More colors than are necessary: single values from everywhere. */
START_TEST(scattered)
{
  random_state = 99;
  make_matrix(2 + _i);
  struct coloring c = {.method = METHOD_STAR, .n = N, .num_colors = N};
  int32_t color[N];
  for (int32_t v = 0; v < N; v++) color[v] = v * 77 % N; /* 77 and N have no common factor */
  c.color = color;
  check_coloring(&c);
}
END_TEST

Suite *recovery_suite(void);
Suite *recovery_suite(void)
{
  Suite *suite = suite_create("recovery");
  TCase *tc = tcase_create("recovery");
  tcase_set_timeout(tc, 60);
  tcase_add_checked_fixture(tc, setup, teardown);
  tcase_add_loop_test(tc, parts, 0, SHAPES);
  tcase_add_loop_test(tc, scattered, 0, 3);
  suite_add_tcase(suite, tc);
  return suite;
}
