/* The library as a program uses it: asdex.h alone. */
#include "config.h"

#include "asdex.h"

#include <check.h>
#include <dirent.h>
#include <math.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *library_suite(void);

/* ---- an allocator that counts and fails ---- */

struct counter {
  long calls, live, fail_at; /* fail_at 0: never */
  bool forever;
};

static void *count_resize(void *user, void *old, size_t size)
{
  struct counter *c = user;
  if (size == 0) {
    c->live--;
    free(old);
    return NULL;
  }
  c->calls++;
  if (c->fail_at && (c->calls == c->fail_at || (c->forever && c->calls > c->fail_at))) return NULL;
  void *p = realloc(old, size);
  if (p && !old) c->live++;
  return p;
}

/* ---- a model whose derivatives are known ---- */

enum { N = 40 };
static const char rosenbrock[] = "param n = 40;\n"
                                 "param a = 100;\n"
                                 "var x[n] = 0.5;\n"
                                 "aux worst[i in 1..2] = max(x) + i;\n"
                                 "return sum(a*(x[i+1] - x[i]^2)^2 + (1 - x[i])^2 for i in "
                                 "1..n-1);\n";

static double value_of(int n, const double *x)
{
  double f = 0;
  for (int i = 0; i + 1 < n; i++)
    f += 100 * pow(x[i + 1] - x[i] * x[i], 2) + (1 - x[i]) * (1 - x[i]);
  return f;
}

static void gradient_of(int n, const double *x, double *g)
{
  memset(g, 0, (size_t)n * sizeof *g);
  for (int i = 0; i + 1 < n; i++) {
    double r = x[i + 1] - x[i] * x[i];
    g[i] += -400 * x[i] * r - 2 * (1 - x[i]);
    g[i + 1] += 200 * r;
  }
}

static double entry_of(int n, const double *x, int i, int j)
{
  if (i == j) return (i > 0 ? 200 : 0) + (i + 1 < n ? 1200 * x[i] * x[i] - 400 * x[i + 1] + 2 : 0);
  if (abs(i - j) == 1) return -400 * x[i < j ? i : j];
  return 0;
}

static void close_to(double got, double want)
{
  ck_assert_double_le(fabs(got - want), 1e-12 * (1 + fabs(want)));
}

static void point_at(int step, int n, double *x)
{
  for (int i = 0; i < n; i++) x[i] = sin(1 + step + 0.7 * i);
}

static asdex_status load(asdex_context *c, const char *text, asdex_model **m)
{
  asdex_model_options o = {.file = "model.expr", .text = text, .length = strlen(text)};
  return asdex_model_load(c, &o, m);
}

static asdex_model *load_well(asdex_context *c, const char *text)
{
  asdex_model *m;
  if (load(c, text, &m) != ASDEX_OK) ck_abort_msg("%s", asdex_context_message(c));
  return m;
}

static asdex_plan *plan_well(asdex_context *c, const asdex_model *m, const asdex_plan_options *o)
{
  asdex_plan *p;
  if (asdex_plan_create(c, m, o, &p) != ASDEX_OK) ck_abort_msg("%s", asdex_context_message(c));
  return p;
}

/* All results at a point, against the formulas. */
static void check_plan(asdex_plan *p, const double *x, bool lower)
{
  double f, g[N], want[N], v[2 * N], hv[2 * N], values[3 * N];
  ck_assert_int_eq(asdex_plan_set_point(p, x), ASDEX_OK);
  ck_assert_int_eq(asdex_plan_value(p, &f), ASDEX_OK);
  close_to(f, value_of(N, x));
  ck_assert_int_eq(asdex_plan_gradient(p, &f, g), ASDEX_OK);
  close_to(f, value_of(N, x));
  gradient_of(N, x, want);
  for (int i = 0; i < N; i++) close_to(g[i], want[i]);
  for (int i = 0; i < 2 * N; i++) v[i] = cos(i);
  ck_assert_int_eq(asdex_plan_hvp(p, 2, v, hv), ASDEX_OK);
  for (int k = 0; k < 2; k++)
    for (int i = 0; i < N; i++) {
      double sum = 0;
      for (int j = 0; j < N; j++) sum += entry_of(N, x, i, j) * v[k * N + j];
      ck_assert_double_le(fabs(hv[k * N + i] - sum), 1e-9);
    }
  ck_assert_int_eq(asdex_plan_nnz(p), lower ? 2 * N - 1 : 3 * N - 2);
  ck_assert_int_eq(asdex_plan_hessian(p, values), ASDEX_OK);
  const int64_t *starts = asdex_plan_starts(p);
  const int32_t *rows = asdex_plan_rows(p);
  ck_assert_int_eq(starts[N], asdex_plan_nnz(p));
  for (int j = 0; j < N; j++)
    for (int64_t k = starts[j]; k < starts[j + 1]; k++) {
      ck_assert_int_le(abs(rows[k] - j), 1);
      ck_assert(!lower || rows[k] >= j);
      ck_assert(k == starts[j] || rows[k] > rows[k - 1]);
      close_to(values[k], entry_of(N, x, rows[k], j));
    }
}

START_TEST(every_plan_is_right)
{
  static const asdex_method methods[] = {ASDEX_STAR, ASDEX_ACYCLIC, ASDEX_COLUMN};
  asdex_context *c = asdex_context_create(NULL);
  asdex_model *m = load_well(c, rosenbrock);
  asdex_pattern *pattern;
  double x[N];
  ck_assert_int_eq(asdex_pattern_create(c, m, &pattern), ASDEX_OK);
  ck_assert_int_eq(asdex_pattern_nnz(pattern), 3 * N - 2);
  for (int k = 0; k < 3; k++)
    for (int ordering = ASDEX_LARGEST_FIRST; ordering <= ASDEX_BEST; ordering++) {
      asdex_coloring *coloring;
      asdex_coloring_options o = {methods[k], (asdex_ordering)ordering, 7, _i % 2};
      ck_assert_int_eq(asdex_coloring_create(c, pattern, &o, &coloring), ASDEX_OK);
      ck_assert_int_eq(asdex_coloring_method(coloring), methods[k]);
      ck_assert_int_le(asdex_coloring_count(coloring), 4);
      asdex_plan_options options = {.mode = (asdex_mode)_i,
                                    .triangle = k < 2 && ordering % 2 ? ASDEX_LOWER : ASDEX_BOTH,
                                    .coloring = coloring,
                                    .chunk = ordering % 3,
                                    .vectors = ordering % 3};
      asdex_plan *p = plan_well(c, m, &options);
      for (int step = 0; step < 3; step++) {
        point_at(step, N, x);
        check_plan(p, x, options.triangle == ASDEX_LOWER);
      }
      asdex_plan_free(p);
      asdex_coloring_free(coloring);
    }
  asdex_pattern_free(pattern);
  asdex_model_free(m);
  asdex_context_free(c);
}
END_TEST

/* ---- memory ---- */

START_TEST(evaluations_allocate_nothing)
{
  struct counter counter = {0};
  asdex_allocator allocator = {count_resize, &counter};
  asdex_context *c = asdex_context_create(&allocator);
  ck_assert_int_eq(asdex_context_set_threads(c, _i), ASDEX_OK);
  asdex_model *m = load_well(c, rosenbrock);
  asdex_plan_options options = {.chunk = _i, .vectors = _i};
  asdex_plan *p = plan_well(c, m, &options);
  double x[N], aux[2];
  long before = counter.calls;
  ck_assert_int_gt(before, 0);
  for (int step = 0; step < 20; step++) {
    point_at(step, N, x);
    check_plan(p, x, true);
    ck_assert_int_eq(asdex_plan_aux(p, 0, aux), ASDEX_OK);
    close_to(aux[1] - aux[0], 1);
  }
  ck_assert_int_eq(counter.calls, before);
  asdex_plan_free(p);
  asdex_model_free(m);
  asdex_context_free(c);
  ck_assert_int_eq(counter.live, 0);
}
END_TEST

/* As much as there is, until something fails. */
static asdex_status use_all(asdex_context *c)
{
  static const double weights[] = {1, 2, 3, 4, 5, 6};
  static const int64_t extents[] = {2, 3};
  const asdex_setting settings[] = {{.kind = ASDEX_SET_ARRAY,
                                     .name = "w",
                                     .values = weights,
                                     .dimensions = 2,
                                     .extents = extents},
                                    {.kind = ASDEX_SET_TEXT, .name = "a", .text = "2.5"}};
  static const char text[] = "param a; param w[2,3]; var y = 2; var x[3] = 1;\n"
                             "return sum(w[i,j]*exp(a*x[j]*y)/x[i] for i in 1..2, j in 1..3);\n";
  const asdex_model_options o = {
      .text = text, .length = strlen(text), .settings = settings, .num_settings = 2};
  asdex_model *m = NULL;
  asdex_pattern *pattern = NULL;
  asdex_coloring *coloring = NULL;
  asdex_plan *p = NULL, *q = NULL;
  char name[10];
  double x[4], f, g[4], h[16];
  asdex_status s = asdex_context_set_threads(c, 2);
  if (s == ASDEX_OK) s = asdex_model_load(c, &o, &m);
  if (s == ASDEX_OK) s = asdex_model_unknown_name(c, m, 3, name, sizeof name);
  if (s == ASDEX_OK) s = asdex_model_point(c, m, NULL, x);
  if (s == ASDEX_OK) s = asdex_pattern_create(c, m, &pattern);
  if (s == ASDEX_OK) s = asdex_coloring_create(c, pattern, NULL, &coloring);
  if (s == ASDEX_OK) s = asdex_plan_create(c, m, &(asdex_plan_options){.coloring = coloring}, &p);
  if (s == ASDEX_OK) s = asdex_plan_create(c, m, NULL, &q);
  for (int turn = 0; turn < 2 && s == ASDEX_OK; turn++) {
    x[1] = turn; /* the second time 1/0 */
    s = asdex_plan_set_point(p, x);
    if (s == ASDEX_OK) s = asdex_plan_gradient(p, &f, g);
    if (s == ASDEX_OK) s = asdex_plan_hvp(p, 1, x, g);
    if (s == ASDEX_OK) s = asdex_plan_hessian(p, h);
  }
  const asdex_diagnostic *list;
  ck_assert((asdex_context_diagnostics(c, &list) > 0) == (s != ASDEX_OK));
  if (s != ASDEX_OK) ck_assert_int_eq(list[0].status, s);
  asdex_plan_free(p);
  asdex_plan_free(q);
  asdex_coloring_free(coloring);
  asdex_pattern_free(pattern);
  asdex_model_free(m);
  return s;
}

START_TEST(each_allocation_fails)
{
  bool done = false;
  for (struct counter c = {.fail_at = 1}; !done; c.fail_at++) {
    c.calls = c.live = 0;
    c.forever = _i;
    asdex_allocator allocator = {count_resize, &c};
    asdex_context *context = asdex_context_create(&allocator);
    asdex_status s = ASDEX_LIMIT;
    if (context) s = use_all(context);
    asdex_context_free(context);
    ck_assert_msg(c.live == 0, "allocation %ld: %ld are lost", c.fail_at, c.live);
    ck_assert_msg(s == ASDEX_NONFINITE || s == ASDEX_LIMIT, "allocation %ld: status %d", c.fail_at,
                  (int)s);
    done = c.calls < c.fail_at;
    ck_assert(!done || s == ASDEX_NONFINITE);
  }
}
END_TEST

/* A context that is freed first stays for what was made in it, and goes with the last of that. */
START_TEST(a_context_is_freed_first)
{
  for (int last = 0; last < 4; last++) {
    struct counter counter = {0};
    asdex_allocator allocator = {count_resize, &counter};
    asdex_context *c = asdex_context_create(&allocator);
    asdex_pattern *pattern;
    asdex_coloring *coloring;
    double x[N];
    ck_assert_int_eq(asdex_context_set_threads(c, 1 + last % 2), ASDEX_OK);
    asdex_model *m = load_well(c, rosenbrock), *none;
    ck_assert_int_eq(load(c, "return", &none), ASDEX_MODEL); /* leaves diagnostics, and no handle */
    ck_assert_int_eq(asdex_pattern_create(c, m, &pattern), ASDEX_OK);
    ck_assert_int_eq(asdex_coloring_create(c, pattern, NULL, &coloring), ASDEX_OK);
    asdex_plan *p = plan_well(c, m, &(asdex_plan_options){.coloring = coloring});
    asdex_context_free(c);
    point_at(last, N, x);
    check_plan(p, x, true);
    x[3] = NAN;
    ck_assert_int_eq(asdex_plan_set_point(p, x), ASDEX_DATA);
    asdex_plan_free(p);
    if (last != 1) asdex_coloring_free(coloring);
    if (last != 1 && last != 2) asdex_pattern_free(pattern);
    if (last != 3) asdex_model_free(m);
    ck_assert((counter.live == 0) == (last == 0));
    if (last == 1) asdex_coloring_free(coloring);
    if (last == 1 || last == 2) asdex_pattern_free(pattern);
    if (last == 3) asdex_model_free(m);
    ck_assert_int_eq(counter.live, 0);
  }
}
END_TEST

/* Nothing is left of a context in which nothing could be made; a model keeps the context of another
 * thread, whose plan of it is freed before. */
START_TEST(contexts_without_handles)
{
  struct counter counter = {0};
  asdex_allocator allocator = {count_resize, &counter};
  asdex_context *c = asdex_context_create(&allocator), *other = asdex_context_create(&allocator);
  asdex_model *m, *none;
  ck_assert_int_eq(load(other, "return", &none), ASDEX_MODEL);
  m = load_well(c, rosenbrock);
  asdex_plan *p = plan_well(other, m, NULL);
  asdex_context_free(c);
  asdex_context_free(other);
  double x[N];
  point_at(1, N, x);
  check_plan(p, x, true);
  long live = counter.live;
  asdex_plan_free(p);
  ck_assert_int_lt(counter.live, live);
  ck_assert_int_eq(asdex_model_unknowns(m), N);
  asdex_model_free(m);
  ck_assert_int_eq(counter.live, 0);
  c = asdex_context_create(&allocator);
  ck_assert_int_eq(load(c, "return", &none), ASDEX_MODEL);
  asdex_context_free(c);
  ck_assert_int_eq(counter.live, 0);
}
END_TEST

START_TEST(limits_are_of_a_context)
{
  asdex_context *small = asdex_context_create(NULL), *large = asdex_context_create(NULL);
  asdex_model *m, *ok;
  const asdex_setting n = {.kind = ASDEX_SET_TEXT, .name = "n", .text = "1000000"};
  asdex_model_options o = {
      .text = rosenbrock, .length = strlen(rosenbrock), .settings = &n, .num_settings = 1};
  asdex_context_set_memory_limit(small, 1000000);
  ck_assert_int_eq(asdex_model_load(small, &o, &m), ASDEX_LIMIT);
  ck_assert_ptr_null(m);
  ck_assert_ptr_nonnull(strstr(asdex_context_message(small), "memory"));
  ck_assert_int_eq(asdex_model_load(large, &o, &ok), ASDEX_OK);
  ck_assert_str_eq(asdex_context_message(large), "");
  asdex_context_set_memory_limit(small, 0);
  ck_assert_int_eq(asdex_model_load(small, &o, &m), ASDEX_OK);
  asdex_model_free(ok);
  asdex_model_free(m);
  asdex_context_free(large);
  asdex_context_free(small);
}
END_TEST

/* ---- models and data ---- */

static const char two_blocks[] = "param w[2,2]; param k integer = 1;\n"
                                 "var x[2] = 3; var y = 5; aux t = k; aux s[3] = 1;\n"
                                 "return w[1,2]*x[1]^2*y + w[2,1]*x[2]*y^3;\n";

START_TEST(held_blocks_and_arrays)
{
  static const double first[] = {0, 7, 0, 0}, second[] = {0, 2, 11, 0}, one[] = {4};
  static const int64_t extents[] = {2, 2};
  static const char *const wrt[] = {"y", "x"};
  const asdex_setting settings[] = {
      {.kind = ASDEX_SET_ARRAY, .name = "w", .values = first, .dimensions = 2, .extents = extents},
      {.kind = ASDEX_SET_ARRAY, .name = "k", .values = one},
      {.kind = ASDEX_SET_ARRAY,
       .name = "w",
       .values = second,
       .dimensions = 2,
       .extents = extents}};
  asdex_model_options o = {.text = two_blocks,
                           .length = strlen(two_blocks),
                           .settings = settings,
                           .num_settings = 3,
                           .wrt = wrt,
                           .num_wrt = 2};
  asdex_context *c = asdex_context_create(NULL);
  asdex_model *m;
  char name[8];
  double x[3], g[3], t, s[3];
  ck_assert_int_eq(asdex_model_load(c, &o, &m), ASDEX_OK);
  ck_assert_int_eq(asdex_model_variables(m), 3);
  ck_assert_int_eq(asdex_model_unknowns(m), 3);
  ck_assert_uint_eq(asdex_model_blocks(m), 2);
  asdex_block b = asdex_model_block(m, 1);
  ck_assert_str_eq(b.name, "y");
  ck_assert(b.size == 1 && b.variable == 2 && b.unknown == 0);
  ck_assert_int_eq(asdex_model_block(m, 0).unknown, 1);
  ck_assert_uint_eq(asdex_model_auxes(m), 2);
  ck_assert_str_eq(asdex_model_aux_name(m, 1), "s");
  ck_assert_int_eq(asdex_model_aux_size(m, 1), 3);
  ck_assert_int_eq(asdex_model_unknown_name(c, m, 2, name, sizeof name), ASDEX_OK);
  ck_assert_str_eq(name, "x[2]");
  ck_assert_int_eq(asdex_model_unknown_name(c, m, 2, name, 3), ASDEX_OK);
  ck_assert_str_eq(name, "x[");
  ck_assert_int_eq(asdex_model_unknown_name(c, m, 3, name, sizeof name), ASDEX_USAGE);
  ck_assert_int_eq(asdex_model_point(c, m, NULL, x), ASDEX_OK);
  ck_assert(x[0] == 3 && x[1] == 3 && x[2] == 5);
  asdex_plan *p = plan_well(c, m, NULL);
  ck_assert_int_eq(asdex_plan_set_point(p, x), ASDEX_OK);
  ck_assert_int_eq(asdex_plan_gradient(p, NULL, g), ASDEX_OK);
  close_to(g[0], 2 * 9 + 11 * 3 * 3 * 25);
  close_to(g[1], 2 * 2 * 3 * 5);
  close_to(g[2], 11 * 125);
  ck_assert_int_eq(asdex_plan_aux(p, 0, &t), ASDEX_OK);
  close_to(t, 4);
  ck_assert_int_eq(asdex_plan_aux(p, 1, s), ASDEX_OK);
  close_to(s[2], 1);
  ck_assert_int_eq(asdex_plan_aux(p, 2, s), ASDEX_USAGE);
  asdex_plan_free(p);
  o.num_wrt = 1;
  asdex_model *held;
  ck_assert_int_eq(asdex_model_load(c, &o, &held), ASDEX_OK);
  ck_assert_int_eq(asdex_model_unknowns(held), 1);
  ck_assert_int_eq(asdex_model_block(held, 0).unknown, -1);
  asdex_model_free(held);
  asdex_model_free(m);
  asdex_context_free(c);
}
END_TEST

static const double six[6];
static const double numbers[] = {1, 2, 3, NAN, 1.5, 1, 2, 3, 4};
static const int64_t two_three[] = {2, 3}, three_two[] = {3, 2}, two_two[] = {2, 2},
                     none[] = {0, 2}, negative[] = {-1, 2}, huge[] = {INT64_MAX / 2, 4};
static const struct {
  asdex_setting setting;
  asdex_status status;
  const char *message;
} bad_settings[] = {
    {{ASDEX_SET_ARRAY, "w", NULL, six, 2, two_three}, ASDEX_DATA, "w"},
    {{ASDEX_SET_ARRAY, "w", NULL, six, 2, three_two}, ASDEX_DATA, "w"},
    {{ASDEX_SET_ARRAY, "w", NULL, numbers, 2, none}, ASDEX_DATA, "w"},
    {{ASDEX_SET_ARRAY, "w", NULL, numbers, 0, NULL}, ASDEX_DATA, "w"},
    {{ASDEX_SET_ARRAY, "w", NULL, numbers, 2, two_two},
     ASDEX_DATA,
     "element 3 of the values of 'w' is not a number"},
    {{ASDEX_SET_ARRAY, "w", NULL, numbers, 2, negative}, ASDEX_USAGE, "extent"},
    {{ASDEX_SET_ARRAY, "w", NULL, numbers, 17, two_two}, ASDEX_USAGE, "dimensions"},
    {{ASDEX_SET_ARRAY, "w", NULL, numbers, -1, two_two}, ASDEX_USAGE, "dimensions"},
    {{ASDEX_SET_ARRAY, "w", NULL, NULL, 2, two_two}, ASDEX_USAGE, "NULL"},
    {{ASDEX_SET_ARRAY, "w", NULL, NULL, 0, NULL}, ASDEX_USAGE, "NULL"},
    {{ASDEX_SET_ARRAY, "w", NULL, numbers, 2, NULL}, ASDEX_USAGE, "NULL"},
    {{ASDEX_SET_ARRAY, NULL, NULL, numbers, 2, two_two}, ASDEX_USAGE, "NULL"},
    {{ASDEX_SET_ARRAY, "ww", NULL, six, 2, two_two}, ASDEX_USAGE, "did you mean 'w'"},
    {{ASDEX_SET_ARRAY, "x", NULL, six, 2, two_two}, ASDEX_USAGE, "variable"},
    {{ASDEX_SET_ARRAY, "k", NULL, numbers + 4, 0, NULL}, ASDEX_DATA, "k"},
    {{ASDEX_SET_ARRAY, "w", NULL, numbers, 2, huge}, ASDEX_LIMIT, "large"},
    {{ASDEX_SET_TEXT, "w", "[[1, 2], [3, oops]]", NULL, 0, NULL}, ASDEX_DATA, "number"},
    {{ASDEX_SET_TEXT, "w", NULL, NULL, 0, NULL}, ASDEX_USAGE, "NULL"},
    {{ASDEX_DATA_FILE, NULL, "/no/such/file", NULL, 0, NULL}, ASDEX_IO, "/no/such/file"},
    {{ASDEX_DATA_FILE, "w", "/no/such/file", NULL, 0, NULL}, ASDEX_IO, "/no/such/file"},
    {{(asdex_setting_kind)9, "w", NULL, NULL, 0, NULL}, ASDEX_USAGE, "kind"},
};
enum { BAD_SETTINGS = sizeof bad_settings / sizeof *bad_settings };

START_TEST(settings_that_are_wrong)
{
  asdex_context *c = asdex_context_create(NULL);
  const asdex_setting settings[] = {{.kind = ASDEX_SET_ARRAY,
                                     .name = "w",
                                     .values = numbers + 5,
                                     .dimensions = 2,
                                     .extents = two_two},
                                    bad_settings[_i].setting};
  asdex_model_options o = {
      .text = two_blocks, .length = strlen(two_blocks), .settings = settings, .num_settings = 2};
  asdex_model *m;
  asdex_status s = asdex_model_load(c, &o, &m);
  const char *message = asdex_context_message(c);
  ck_assert_msg(s == bad_settings[_i].status, "status %d: %s", (int)s, message);
  ck_assert_msg(strstr(message, bad_settings[_i].message), "%s", message);
  ck_assert_ptr_null(m);
  asdex_context_free(c);
}
END_TEST

START_TEST(an_empty_model)
{
  asdex_context *c = asdex_context_create(NULL);
  asdex_model *m = load_well(c, "var x[0]; return sum(x[i]^2 for i in 1..0);");
  asdex_plan *p = plan_well(c, m, NULL);
  double none_at_all[1] = {0}, f = 1;
  ck_assert_int_eq(asdex_model_unknowns(m), 0);
  ck_assert_int_eq(asdex_plan_set_point(p, none_at_all), ASDEX_OK);
  ck_assert_int_eq(asdex_plan_gradient(p, &f, none_at_all), ASDEX_OK);
  ck_assert_int_eq(asdex_plan_hessian(p, none_at_all), ASDEX_OK);
  ck_assert_int_eq(asdex_plan_hvp(p, 0, none_at_all, none_at_all), ASDEX_OK);
  ck_assert(f == 0 && asdex_plan_nnz(p) == 0 && asdex_plan_starts(p)[0] == 0);
  asdex_plan_free(p);
  asdex_model_free(m);
  asdex_context_free(c);
}
END_TEST

/* ---- diagnostics ---- */

START_TEST(places)
{
  asdex_context *c = asdex_context_create(NULL);
  const asdex_diagnostic *list;
  asdex_model *m;
  ck_assert_int_eq(load(c, "var x[3];\nreturn sum(y[i] for i in 1..3);\n", &m), ASDEX_MODEL);
  ck_assert_uint_gt(asdex_context_diagnostics(c, &list), 0);
  ck_assert_str_eq(list[0].file, "model.expr");
  ck_assert(list[0].severity == ASDEX_ERROR && list[0].status == ASDEX_MODEL);
  ck_assert(list[0].line == 2 && list[0].column == 12 && list[0].end_column > 12);
  ck_assert_str_eq(asdex_context_message(c), list[0].message);
  m = load_well(c, "var x[3] = -1;\nvar y = 2;\nreturn sum(log(x[i])*y for i in 1..3);\n");
  ck_assert_uint_eq(asdex_context_diagnostics(c, &list), 0);
  asdex_plan *p = plan_well(c, m, NULL);
  double x[] = {1, -1, 1, 2}, f = 0, g[4], h[10];
  ck_assert_int_eq(asdex_plan_set_point(p, x), ASDEX_OK);
  ck_assert_int_eq(asdex_plan_value(p, &f), ASDEX_NONFINITE);
  ck_assert(isnan(f));
  ck_assert_uint_eq(asdex_context_diagnostics(c, &list), 3);
  ck_assert_str_eq(list[0].file, "model.expr");
  ck_assert(list[0].line == 3 && list[0].column == 12);
  ck_assert(list[1].severity == ASDEX_NOTE && !list[1].file);
  ck_assert_str_eq(list[1].message, "at i = 2");
  x[1] = 0;
  ck_assert_int_eq(asdex_plan_set_point(p, x), ASDEX_OK);
  ck_assert_uint_eq(asdex_context_diagnostics(c, &list), 0);
  ck_assert_int_eq(asdex_plan_gradient(p, NULL, g), ASDEX_NONFINITE);
  ck_assert_int_eq(asdex_plan_hessian(p, h), ASDEX_NONFINITE);
  ck_assert_double_eq(h[0], -2);
  ck_assert_double_eq(h[1], 1); /* (y, x[1]) */
  ck_assert_int_eq(asdex_plan_hvp(p, 1, x, g), ASDEX_NONFINITE);
  x[1] = INFINITY;
  ck_assert_int_eq(asdex_plan_set_point(p, x), ASDEX_DATA);
  ck_assert_ptr_nonnull(strstr(asdex_context_message(c), "x[2] is infinite"));
  x[3] = NAN;
  x[1] = 1;
  ck_assert_int_eq(asdex_plan_set_point(p, x), ASDEX_DATA);
  ck_assert_ptr_nonnull(strstr(asdex_context_message(c), "y is not a number"));
  x[3] = 2;
  ck_assert_int_eq(asdex_plan_set_point(p, x), ASDEX_OK);
  ck_assert_int_eq(asdex_plan_value(p, &f), ASDEX_OK);
  asdex_plan_free(p);
  asdex_model_free(m);
  asdex_context_free(c);
}
END_TEST

START_TEST(files_can_be_refused)
{
  asdex_context *c = asdex_context_create(NULL);
  asdex_model *m;
  static const char text[] = "param w[] = read(\"no-such-file.mtx\"); var x; return w[1]*x;";
  ck_assert_int_eq(load(c, text, &m), ASDEX_IO);
  asdex_context_allow_files(c, 0);
  ck_assert_int_ne(load(c, text, &m), ASDEX_IO);
  ck_assert_ptr_nonnull(strstr(asdex_context_message(c), "no-such-file.mtx"));
  asdex_model_options nothing = {0};
  ck_assert_int_eq(asdex_model_load(c, &nothing, &m), ASDEX_USAGE);
  asdex_model_options missing = {.file = "/no/such/model.expr"};
  ck_assert_int_eq(asdex_model_load(c, &missing, &m), ASDEX_IO);
  asdex_context_free(c);
}
END_TEST

START_TEST(points)
{
  asdex_context *c = asdex_context_create(NULL);
  asdex_model *m = load_well(c, "var x[2];\nvar y = 1;\nreturn x[1]*x[2]*y;\n");
  const asdex_diagnostic *list;
  double x[3] = {9, 9, 9};
  ck_assert_int_eq(asdex_model_point(c, m, NULL, x), ASDEX_DATA);
  ck_assert_uint_gt(asdex_context_diagnostics(c, &list), 0);
  ck_assert_str_eq(list[0].file, "model.expr");
  ck_assert_uint_eq(list[0].line, 1);
  ck_assert_double_eq(x[0], 9);
  ck_assert_int_eq(asdex_model_point(c, m, "random:1", x), ASDEX_OK);
  for (int i = 0; i < 3; i++) ck_assert(x[i] >= 0.5 && x[i] < 1.5);
  ck_assert_int_eq(asdex_model_point(c, m, "random:x", x), ASDEX_USAGE);
  ck_assert_int_eq(asdex_model_point(c, m, "/no/such/point", x), ASDEX_IO);
  asdex_model_free(m);
  asdex_context_free(c);
}
END_TEST

/* ---- what callers do wrong ---- */

START_TEST(misuse)
{
  asdex_context *c = asdex_context_create(NULL);
  ck_assert_int_eq(asdex_context_set_threads(c, -1), ASDEX_USAGE);
  ck_assert_int_eq(asdex_context_set_threads(c, 1025), ASDEX_USAGE);
  ck_assert_int_eq(asdex_context_set_threads(c, 0), ASDEX_OK);
  asdex_model *m = load_well(c, rosenbrock);
  ck_assert_int_eq(asdex_context_set_threads(c, 1), ASDEX_USAGE);
  asdex_plan *p;
  static const asdex_plan_options bad[] = {{.compute = 16},
                                           {.mode = (asdex_mode)3},
                                           {.triangle = (asdex_triangle)2},
                                           {.chunk = -1},
                                           {.vectors = -1}};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    ck_assert_int_eq(asdex_plan_create(c, m, &bad[i], &p), ASDEX_USAGE);
    ck_assert_ptr_null(p);
  }
  p = plan_well(c, m, &(asdex_plan_options){.compute = ASDEX_GRADIENT});
  ck_assert_int_eq(asdex_plan_nnz(p), 0);
  ck_assert_ptr_null(asdex_plan_starts(p));
  ck_assert_ptr_null(asdex_plan_rows(p));
  ck_assert_ptr_null(asdex_plan_coloring(p));
  double x[N] = {0}, g[N], f;
  ck_assert_int_eq(asdex_plan_gradient(p, &f, g), ASDEX_USAGE);
  ck_assert_int_eq(asdex_plan_set_point(p, x), ASDEX_OK);
  ck_assert_int_eq(asdex_plan_gradient(p, &f, g), ASDEX_OK);
  ck_assert_int_eq(asdex_plan_value(p, &f), ASDEX_USAGE);
  ck_assert_ptr_nonnull(strstr(asdex_context_message(c), "ASDEX_VALUE"));
  ck_assert_int_eq(asdex_plan_hvp(p, 1, x, g), ASDEX_USAGE);
  ck_assert_int_eq(asdex_plan_hessian(p, g), ASDEX_USAGE);
  asdex_plan_free(p);
  p = plan_well(c, m, &(asdex_plan_options){.compute = ASDEX_HVP});
  ck_assert_int_eq(asdex_plan_set_point(p, x), ASDEX_OK);
  ck_assert_int_eq(asdex_plan_hvp(p, -1, x, g), ASDEX_USAGE);
  ck_assert_int_eq(asdex_plan_hvp(p, INT64_MAX, x, g), ASDEX_USAGE);
  asdex_plan_free(p);
  asdex_model_free(m);
  asdex_context_free(c);
  asdex_plan_free(NULL);
  asdex_coloring_free(NULL);
  asdex_pattern_free(NULL);
  asdex_model_free(NULL);
  asdex_context_free(NULL);
}
END_TEST

START_TEST(patterns_and_colorings)
{
  static const int32_t rows[] = {0, 1, 2, 1, 1}, columns[] = {1, 0, 1, 2, 1}, out[] = {0, 3},
                       good[] = {0, 1, 0}, same[] = {0, 0, 0}, gap[] = {0, 2, 0},
                       low[] = {-2, 1, 0};
  asdex_context *c = asdex_context_create(NULL);
  asdex_pattern *p, *q;
  asdex_coloring *g;
  ck_assert_int_eq(asdex_pattern_create_from_entries(c, 3, 5, rows, columns, &p), ASDEX_OK);
  ck_assert_int_eq(asdex_pattern_size(p), 3);
  ck_assert_int_eq(asdex_pattern_nnz(p), 5);
  ck_assert_int_eq(asdex_pattern_starts(p)[2], 4);
  ck_assert_int_eq(asdex_pattern_columns(p)[2], 1);
  ck_assert_int_eq(asdex_pattern_create_from_entries(c, 3, 2, out, columns, &q), ASDEX_DATA);
  ck_assert_ptr_null(q);
  ck_assert_int_eq(asdex_pattern_create_from_entries(c, 3, 2, columns, out, &q), ASDEX_DATA);
  ck_assert_int_eq(asdex_pattern_create_from_entries(c, -1, 0, rows, columns, &q), ASDEX_USAGE);
  ck_assert_int_eq(asdex_pattern_create_from_entries(c, 1, -1, rows, columns, &q), ASDEX_USAGE);
  ck_assert_int_eq(asdex_pattern_create_from_entries(c, 0, 0, NULL, NULL, &q), ASDEX_OK);
  ck_assert_int_eq(asdex_coloring_create(c, q, NULL, &g), ASDEX_OK);
  ck_assert_int_eq(asdex_coloring_count(g), 0);
  asdex_coloring_free(g);
  asdex_pattern_free(q);
  ck_assert_int_eq(asdex_coloring_create_from_colors(c, p, ASDEX_STAR, good, &g), ASDEX_OK);
  ck_assert_int_eq(asdex_coloring_count(g), 2);
  ck_assert_int_eq(asdex_coloring_colors(g)[1], 1);
  ck_assert_ptr_eq(asdex_coloring_pattern(g), p);
  asdex_model *m = load_well(c, "var x[2] = 1; return x[1]^2;");
  asdex_plan *plan;
  ck_assert_int_eq(asdex_plan_create(c, m, &(asdex_plan_options){.coloring = g}, &plan),
                   ASDEX_DATA);
  asdex_model_free(m);
  asdex_coloring_free(g);
  ck_assert_int_eq(asdex_coloring_create_from_colors(c, p, ASDEX_STAR, same, &g), ASDEX_DATA);
  ck_assert_ptr_null(g);
  ck_assert_int_eq(asdex_coloring_create_from_colors(c, p, ASDEX_STAR, gap, &g), ASDEX_DATA);
  ck_assert_int_eq(asdex_coloring_create_from_colors(c, p, ASDEX_STAR, low, &g), ASDEX_DATA);
  ck_assert_int_eq(asdex_coloring_create_from_colors(c, p, (asdex_method)5, good, &g), ASDEX_USAGE);
  ck_assert_int_eq(
      asdex_coloring_create(c, p, &(asdex_coloring_options){(asdex_method)3, 0, 0, 0}, &g),
      ASDEX_USAGE);
  ck_assert_int_eq(
      asdex_coloring_create(c, p, &(asdex_coloring_options){0, (asdex_ordering)7, 0, 0}, &g),
      ASDEX_USAGE);
  ck_assert_int_eq(
      asdex_coloring_create(c, p, &(asdex_coloring_options){.method = ASDEX_COLUMN}, &g), ASDEX_OK);
  m = load_well(c, "var x[3] = 1; return x[1]*x[2] + x[2]^2*x[3];");
  ck_assert_int_eq(asdex_plan_create(c, m, &(asdex_plan_options){.coloring = g}, &plan),
                   ASDEX_USAGE);
  ck_assert_ptr_nonnull(strstr(asdex_context_message(c), "ASDEX_BOTH"));
  asdex_model_free(m);
  asdex_coloring_free(g);
  asdex_pattern_free(p);
  asdex_context_free(c);
}
END_TEST

/* Rows take memory, entries or not: asdex.h says how much. */
START_TEST(rows_with_few_entries)
{
  static const int32_t rows[] = {0, 5}, columns[] = {999999, 5};
  asdex_context *c = asdex_context_create(NULL);
  asdex_pattern *p;
  asdex_context_set_memory_limit(c, 1000000000);
  ck_assert_int_eq(asdex_pattern_create_from_entries(c, INT32_MAX, 2, rows, columns, &p),
                   ASDEX_LIMIT);
  ck_assert_ptr_null(p);
  asdex_context_set_memory_limit(c, 15900000);
  ck_assert_int_eq(asdex_pattern_create_from_entries(c, 1000000, 2, rows, columns, &p),
                   ASDEX_LIMIT);
  asdex_context_set_memory_limit(c, 16100000);
  ck_assert_int_eq(asdex_pattern_create_from_entries(c, 1000000, 2, rows, columns, &p), ASDEX_OK);
  ck_assert_int_eq(asdex_pattern_nnz(p), 3);
  ck_assert_int_eq(asdex_pattern_starts(p)[1000000], 3);
  asdex_pattern_free(p);
  asdex_context_free(c);
}
END_TEST

/* A call that never ends is stopped by Check's time limit. */
START_TEST(no_unknowns_and_many_vectors)
{
  asdex_context *c = asdex_context_create(NULL);
  asdex_model *m = load_well(c, "return 5;");
  asdex_plan *p = plan_well(c, m, NULL);
  double f;
  ck_assert_int_eq(asdex_plan_set_point(p, NULL), ASDEX_OK);
  ck_assert_int_eq(asdex_plan_hvp(p, INT64_MAX, NULL, NULL), ASDEX_OK);
  ck_assert_int_eq(asdex_plan_gradient(p, &f, NULL), ASDEX_OK);
  ck_assert(f == 5);
  ck_assert_int_eq(asdex_plan_aux(p, 0, &f), ASDEX_USAGE);
  ck_assert_str_eq(asdex_context_message(c),
                   "there is no auxiliary output 0; the model has 0, numbered from 0");
  asdex_plan_free(p);
  asdex_model_free(m);
  asdex_context_free(c);
}
END_TEST

static void is_null(asdex_context *c, asdex_status s)
{
  ck_assert_int_eq(s, ASDEX_USAGE);
  ck_assert_ptr_nonnull(strstr(asdex_context_message(c), "must not be NULL"));
}

START_TEST(inputs_that_are_null)
{
  static const char *const no_name[] = {NULL};
  static const asdex_model_options bad[] = {{.text = rosenbrock, .length = 3, .num_settings = 1},
                                            {.text = rosenbrock, .length = 3, .num_wrt = 1},
                                            {.text = rosenbrock, .num_wrt = 1, .wrt = no_name},
                                            {.text = NULL}};
  static const int32_t index[] = {0};
  asdex_context *c = asdex_context_create(NULL);
  asdex_model *m;
  asdex_pattern *pattern;
  asdex_coloring *g;
  double v[N];
  is_null(c, asdex_model_load(c, NULL, &m));
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    is_null(c, asdex_model_load(c, &bad[i], &m));
    ck_assert_ptr_null(m);
  }
  is_null(c, asdex_pattern_create_from_entries(c, 1, 1, NULL, index, &pattern));
  is_null(c, asdex_pattern_create_from_entries(c, 1, 1, index, NULL, &pattern));
  ck_assert_int_eq(asdex_pattern_create_from_entries(c, 1, 1, index, index, &pattern), ASDEX_OK);
  is_null(c, asdex_coloring_create_from_colors(c, pattern, ASDEX_STAR, NULL, &g));
  asdex_pattern_free(pattern);
  m = load_well(c, rosenbrock);
  asdex_plan *p = plan_well(c, m, NULL);
  is_null(c, asdex_plan_set_point(p, NULL));
  point_at(0, N, v);
  ck_assert_int_eq(asdex_plan_set_point(p, v), ASDEX_OK);
  is_null(c, asdex_plan_hvp(p, 1, NULL, v));
  asdex_plan_free(p);
  asdex_model_free(m);
  asdex_context_free(c);
}
END_TEST

START_TEST(an_empty_array_needs_no_memory)
{
  static const int64_t empty[] = {0};
  static const char text[] = "param w[0]; return sum(w);";
  const asdex_setting w = {.kind = ASDEX_SET_ARRAY, .name = "w", .dimensions = 1, .extents = empty};
  asdex_model_options o = {.text = text, .length = strlen(text), .settings = &w, .num_settings = 1};
  asdex_context *c = asdex_context_create(NULL);
  asdex_model *m;
  ck_assert_int_eq(asdex_model_load(c, &o, &m), ASDEX_OK);
  asdex_model_free(m);
  asdex_context_free(c);
}
END_TEST

START_TEST(a_message_is_one_line)
{
  const asdex_setting s = {.kind = ASDEX_SET_TEXT, .name = "a\n\x1b[1m\x7f", .text = "1"};
  asdex_model_options o = {.text = "return 1;", .length = 9, .settings = &s, .num_settings = 1};
  asdex_context *c = asdex_context_create(NULL);
  asdex_model *m;
  ck_assert_int_eq(asdex_model_load(c, &o, &m), ASDEX_USAGE);
  ck_assert_ptr_nonnull(strstr(asdex_context_message(c), "'a??[1m?'"));
  asdex_context_free(c);
}
END_TEST

START_TEST(the_aux_that_is_not_finite_is_named)
{
  asdex_context *c = asdex_context_create(NULL);
  asdex_model *m =
      load_well(c, "var x; aux p = log(x); aux q = x; aux r[i in 1..2] = x^(3 - 2*i); return 1/x;");
  asdex_plan *p = plan_well(c, m, NULL);
  double x = 0, v[2];
  ck_assert_int_eq(asdex_plan_set_point(p, &x), ASDEX_OK);
  ck_assert_int_eq(asdex_plan_aux(p, 1, v), ASDEX_OK);
  ck_assert_int_eq(asdex_plan_aux(p, 2, v), ASDEX_NONFINITE);
  ck_assert(v[0] == 0 && isinf(v[1]));
  ck_assert_ptr_nonnull(strstr(asdex_context_message(c), "r[2] is not finite"));
  asdex_plan_free(p);
  asdex_model_free(m);
  asdex_context_free(c);
}
END_TEST

START_TEST(threads_after_a_failure)
{
  asdex_context *c = asdex_context_create(NULL);
  asdex_model *m;
  ck_assert_int_eq(load(c, "return nonsense;", &m), ASDEX_MODEL);
  ck_assert_int_eq(asdex_context_set_threads(c, 2), ASDEX_OK);
  asdex_model_free(load_well(c, rosenbrock));
  ck_assert_int_eq(asdex_context_set_threads(c, 1), ASDEX_USAGE);
  asdex_context_free(c);
}
END_TEST

/* x1 x2 x3 has three pairs; with one missing, two entries would be added up. */
START_TEST(a_coloring_of_another_pattern)
{
  static const int32_t rows[] = {0, 1, 0, 2}, columns[] = {1, 2, 2, 2}, two[] = {0, 1, 0},
                       three[] = {0, 1, 2};
  static const double x[] = {2, 3, 5};
  asdex_context *c = asdex_context_create(NULL);
  asdex_model *m = load_well(c, "var x[3]; return x[1]*x[2]*x[3];");
  for (int count = 2; count <= 4; count++) {
    asdex_pattern *pattern;
    asdex_coloring *g;
    asdex_plan *p;
    double h[4];
    ck_assert_int_eq(asdex_pattern_create_from_entries(c, 3, count, rows, columns, &pattern),
                     ASDEX_OK);
    ck_assert_int_eq(
        asdex_coloring_create_from_colors(c, pattern, ASDEX_STAR, count == 2 ? two : three, &g),
        ASDEX_OK);
    asdex_status s = asdex_plan_create(c, m, &(asdex_plan_options){.coloring = g}, &p);
    if (count == 2) {
      ck_assert_int_eq(s, ASDEX_DATA);
      ck_assert_ptr_nonnull(strstr(asdex_context_message(c), "lacks entry (0, 2)"));
    } else {
      ck_assert_int_eq(s, ASDEX_OK);
      ck_assert_int_eq(asdex_plan_set_point(p, x), ASDEX_OK);
      ck_assert_int_eq(asdex_plan_hessian(p, h), ASDEX_OK);
      ck_assert(asdex_plan_nnz(p) == count && h[0] == 5 && h[1] == 3 && h[2] == 2);
      ck_assert(count == 3 || h[3] == 0);
    }
    asdex_plan_free(p);
    asdex_coloring_free(g);
    asdex_pattern_free(pattern);
  }
  asdex_model_free(m);
  asdex_context_free(c);
}
END_TEST

START_TEST(version)
{
  ck_assert_str_eq(asdex_version(), ASDEX_VERSION);
}
END_TEST

/* ---- threads ---- */

/* One model and one coloring, shared; each thread has a context and a plan of its own, and makes a
 * model of its own, too, which fails half of the time. */
enum { THREADS = 4, STEPS = 30 };
struct job {
  const asdex_model *model;
  const asdex_coloring *coloring;
  int number;
  double values[STEPS][2 * N];
  bool ok;
};

static void *run_job(void *user)
{
  struct job *job = user;
  asdex_context *c = asdex_context_create(NULL);
  asdex_model *own;
  asdex_plan *p;
  double x[N];
  job->ok = c && asdex_plan_create(c, job->model,
                                   &(asdex_plan_options){.compute = ASDEX_HESSIAN | ASDEX_VALUE,
                                                         .coloring = job->coloring},
                                   &p) == ASDEX_OK;
  for (int step = 0; step < STEPS && job->ok; step++) {
    double bad[N] = {NAN}, f;
    point_at(step, N, x);
    asdex_status wanted = step % 2 ? ASDEX_OK : ASDEX_MODEL;
    job->ok = asdex_plan_set_point(p, bad) == ASDEX_DATA &&
              asdex_plan_set_point(p, x) == ASDEX_OK && asdex_plan_value(p, &f) == ASDEX_OK &&
              asdex_plan_hessian(p, job->values[step]) == ASDEX_OK &&
              load(c, step % 2 ? rosenbrock : "return nonsense;", &own) == wanted;
    asdex_model_free(own);
  }
  if (job->ok) asdex_plan_free(p);
  asdex_context_free(c);
  return NULL;
}

START_TEST(several_threads)
{
  static struct job jobs[THREADS], alone;
  pthread_t threads[THREADS];
  asdex_context *c = asdex_context_create(NULL);
  asdex_model *m = load_well(c, rosenbrock);
  asdex_pattern *pattern;
  asdex_coloring *coloring;
  ck_assert_int_eq(asdex_pattern_create(c, m, &pattern), ASDEX_OK);
  ck_assert_int_eq(asdex_coloring_create(c, pattern, NULL, &coloring), ASDEX_OK);
  alone.model = m;
  alone.coloring = coloring;
  run_job(&alone);
  ck_assert(alone.ok);
  for (int i = 0; i < THREADS; i++) {
    jobs[i] = (struct job){.model = m, .coloring = coloring, .number = i};
    ck_assert_int_eq(pthread_create(&threads[i], NULL, run_job, &jobs[i]), 0);
  }
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
  for (int i = 0; i < THREADS; i++) {
    ck_assert(jobs[i].ok);
    ck_assert_mem_eq(jobs[i].values, alone.values, sizeof alone.values);
  }
  asdex_coloring_free(coloring);
  asdex_pattern_free(pattern);
  asdex_model_free(m);
  asdex_context_free(c);
}
END_TEST

/* As deep as a model may be, on the stack that asdex.h asks for. */
static void *load_deep(void *user)
{
  enum { DEPTH = 990 };
  static char text[6 * DEPTH + 100];
  size_t len = (size_t)sprintf(text, "var x = 1; return ");
  for (int i = 0; i < DEPTH; i++) len += (size_t)sprintf(text + len, "sin(");
  text[len++] = 'x';
  memset(text + len, ')', DEPTH);
  strcpy(text + len + DEPTH, ";");
  asdex_context *c = asdex_context_create(NULL);
  asdex_model *m;
  asdex_plan *p = NULL;
  bool *ok = user;
  *ok = load(c, text, &m) == ASDEX_OK && asdex_plan_create(c, m, NULL, &p) == ASDEX_OK;
  asdex_plan_free(p);
  asdex_model_free(m);
  asdex_context_free(c);
  return NULL;
}

START_TEST(small_stacks)
{
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) &&    \
    !defined(__clang__)
  enum { STACK = 2 << 20 };
#else
  enum { STACK = 64 << 20 }; /* frames are larger */
#endif
  bool ok = false;
  pthread_attr_t attributes;
  pthread_t thread;
  pthread_attr_init(&attributes);
  ck_assert_int_eq(pthread_attr_setstacksize(&attributes, STACK), 0);
  ck_assert_int_eq(pthread_create(&thread, &attributes, load_deep, &ok), 0);
  pthread_join(thread, NULL);
  pthread_attr_destroy(&attributes);
  ck_assert(ok);
}
END_TEST

/* Of this process; -1 where the system does not tell. */
static int count_threads(void)
{
  int count = 0;
  DIR *dir = opendir("/proc/self/task");
  if (!dir) return -1;
  while (readdir(dir)) count++;
  closedir(dir);
  return count;
}

/* Large enough for several tasks: the same bits with other threads. */
START_TEST(threads_of_a_context)
{
  enum { LARGE = 100000 };
  static double x[LARGE], h[2][2 * LARGE];
  const asdex_setting n = {.kind = ASDEX_SET_TEXT, .name = "n", .text = "100000"};
  asdex_model_options o = {
      .text = rosenbrock, .length = strlen(rosenbrock), .settings = &n, .num_settings = 1};
  point_at(0, LARGE, x);
  for (int k = 0; k < 2; k++) {
    asdex_context *c = asdex_context_create(NULL);
    asdex_model *m;
    ck_assert_int_eq(asdex_context_set_threads(c, k ? 3 : 1), ASDEX_OK);
    ck_assert_int_eq(asdex_model_load(c, &o, &m), ASDEX_OK);
    asdex_plan *p = plan_well(c, m, &(asdex_plan_options){.compute = ASDEX_HESSIAN});
    ck_assert_int_eq(asdex_plan_nnz(p), 2 * LARGE - 1);
    ck_assert_int_eq(asdex_plan_set_point(p, x), ASDEX_OK);
    int threads = count_threads();
    ck_assert_int_eq(asdex_plan_hessian(p, h[k]), ASDEX_OK);
    ck_assert_int_eq(count_threads(), threads);
    asdex_plan_free(p);
    asdex_model_free(m);
    asdex_context_free(c);
  }
  close_to(h[0][0], entry_of(LARGE, x, 0, 0));
  ck_assert_mem_eq(h[0], h[1], sizeof h[0]);
}
END_TEST

Suite *library_suite(void)
{
  Suite *s = suite_create("library");
  TCase *c = tcase_create("library");
  tcase_add_loop_test(c, every_plan_is_right, 0, 3);
  tcase_add_loop_test(c, evaluations_allocate_nothing, 1, 4);
  tcase_add_loop_test(c, each_allocation_fails, 0, 2);
  tcase_add_test(c, a_context_is_freed_first);
  tcase_add_test(c, contexts_without_handles);
  tcase_add_test(c, limits_are_of_a_context);
  tcase_add_test(c, held_blocks_and_arrays);
  tcase_add_loop_test(c, settings_that_are_wrong, 0, BAD_SETTINGS);
  tcase_add_test(c, an_empty_model);
  tcase_add_test(c, places);
  tcase_add_test(c, files_can_be_refused);
  tcase_add_test(c, points);
  tcase_add_test(c, misuse);
  tcase_add_test(c, patterns_and_colorings);
  tcase_add_test(c, rows_with_few_entries);
  tcase_add_test(c, no_unknowns_and_many_vectors);
  tcase_add_test(c, inputs_that_are_null);
  tcase_add_test(c, an_empty_array_needs_no_memory);
  tcase_add_test(c, a_message_is_one_line);
  tcase_add_test(c, the_aux_that_is_not_finite_is_named);
  tcase_add_test(c, threads_after_a_failure);
  tcase_add_test(c, a_coloring_of_another_pattern);
  tcase_add_test(c, version);
  tcase_add_test(c, several_threads);
  tcase_add_test(c, threads_of_a_context);
  tcase_add_test(c, small_stacks);
  suite_add_tcase(s, c);
  return s;
}
