/* Index sets against plain loops and plain lists. */
#include "config.h"

#include "lang/shape.h"

#include "io_fixture.h"

Suite *shape_suite(void);

/* A box of at most 4 dimensions, steps of both signs. */
static void random_box(struct shape *s, int ndim)
{
  memset(s, 0, sizeof *s);
  s->ndim = ndim;
  for (int d = 0; d < ndim; d++) {
    s->lo[d] = random_below(21) - 10;
    s->step[d] = 1 + random_below(4);
    if (random_below(2)) s->step[d] = -s->step[d];
    s->extent[d] = random_below(6);
  }
  ck_assert_int_eq(shape_box(&ctx, NO_LOC, s), STATUS_OK);
  ck_assert(s->box);
}

/* The next digits in row-major order; false after the last. */
static bool advance(const struct shape *s, int64_t *digit)
{
  for (int d = s->ndim; d-- > 0;) {
    if (++digit[d] < s->extent[d]) return true;
    digit[d] = 0;
  }
  return false;
}

START_TEST(boxes_are_row_major)
{
  for (int round = 0; round < 300; round++) {
    struct shape s;
    int64_t size = 1, k = 0, digit[LOOP_MAX] = {0}, index[LOOP_MAX], back[LOOP_MAX];
    random_box(&s, 1 + round % 4);
    for (int d = 0; d < s.ndim; d++) size *= s.extent[d];
    ck_assert_int_eq(s.size, size);
    if (size == 0) continue;
    do {
      for (int d = 0; d < s.ndim; d++) index[d] = s.lo[d] + s.step[d] * digit[d];
      ck_assert_int_eq(shape_find(&s, index), k);
      shape_index(&s, k++, back);
      for (int d = 0; d < s.ndim; d++) ck_assert_int_eq(back[d], index[d]);
    } while (advance(&s, digit));
    ck_assert_int_eq(k, size);
  }
}
END_TEST

/* Whether a loop lo, lo + step, … of `extent` steps comes to v. */
static bool comes_to(int64_t lo, int64_t step, int64_t extent, int64_t v)
{
  for (int64_t k = 0; k < extent; k++, lo += step)
    if (lo == v) return true;
  return false;
}

START_TEST(what_is_not_in_a_box_is_not_found)
{
  for (int round = 0; round < 100; round++) {
    struct shape s;
    int64_t index[2], found = 0;
    random_box(&s, 2);
    for (index[0] = -40; index[0] <= 40; index[0]++)
      for (index[1] = -40; index[1] <= 40; index[1]++) {
        bool inside = true;
        for (int d = 0; d < 2; d++)
          inside = inside && comes_to(s.lo[d], s.step[d], s.extent[d], index[d]);
        ck_assert_int_eq(shape_find(&s, index) >= 0, inside);
        found += inside;
      }
    ck_assert_int_eq(found, s.size);
  }
}
END_TEST

START_TEST(holes_do_not_exist)
{
  for (int round = 0; round < 50; round++) {
    struct shape s;
    int64_t index[LOOP_MAX];
    random_box(&s, 3);
    s.hole = mem_zalloc((size_t)s.size, 1);
    ck_assert_ptr_nonnull(s.hole);
    for (int64_t k = 0; k < s.size; k++) s.hole[k] = random_below(3) == 0;
    for (int64_t k = 0; k < s.size; k++) {
      shape_index(&s, k, index);
      ck_assert_int_eq(shape_find(&s, index), s.hole[k] ? -1 : k);
    }
    shape_free(&s);
  }
}
END_TEST

START_TEST(scalars_have_one_element)
{
  struct shape s;
  shape_scalar(&s);
  ck_assert_int_eq(s.size, 1);
  ck_assert_int_eq(shape_find(&s, NULL), 0);
  shape_index(&s, 0, NULL);
  shape_free(&s);
}
END_TEST

enum { TUPLES = 3000, RANK_MAX = 4 };

struct tuples {
  int ndim;
  int64_t count;
  int64_t index[TUPLES][RANK_MAX];
};

static int64_t position(const struct tuples *t, const int64_t *index)
{
  for (int64_t k = 0; k < t->count; k++)
    if (!memcmp(t->index[k], index, (size_t)t->ndim * sizeof *index)) return k;
  return -1;
}

static int64_t least(const struct tuples *t, int d, int sign)
{
  int64_t v = sign * t->index[0][d];
  for (int64_t k = 1; k < t->count; k++)
    if (sign * t->index[k][d] < v) v = sign * t->index[k][d];
  return sign * v;
}

static void compare_list(const struct shape *s, const struct tuples *t)
{
  int64_t index[LOOP_MAX];
  ck_assert_int_eq(s->size, t->count);
  for (int64_t k = 0; k < t->count; k++) {
    ck_assert_int_eq(shape_find(s, t->index[k]), k);
    shape_index(s, k, index);
    ck_assert(!memcmp(index, t->index[k], (size_t)t->ndim * sizeof *index));
  }
  for (int d = 0; d < t->ndim && t->count; d++) {
    ck_assert_int_eq(s->step[d], 1);
    ck_assert_int_eq(s->lo[d], least(t, d, 1));
    ck_assert_int_eq(s->lo[d] + s->extent[d] - 1, least(t, d, -1));
  }
}

START_TEST(lists_keep_their_order)
{
  static struct tuples t;
  for (int round = 0; round < 24; round++) {
    int span = round % 3 == 0 ? 4 : round % 3 == 1 ? 40 : 1000000000;
    struct shape s = {.ndim = 1 + round % RANK_MAX};
    t.ndim = s.ndim;
    t.count = 0;
    ck_assert_int_eq(shape_find(&s, t.index[0]), -1);
    for (int i = 0, n = random_below(700); i < n; i++) {
      int64_t index[RANK_MAX];
      bool fresh;
      for (int d = 0; d < t.ndim; d++) index[d] = random_below(2 * span) - span;
      int64_t at = position(&t, index);
      ck_assert_int_eq(shape_find(&s, index), at);
      ck_assert_int_eq(shape_add(&ctx, &s, index, &fresh), STATUS_OK);
      ck_assert_int_eq(fresh, at < 0);
      if (at < 0) memcpy(t.index[t.count++], index, sizeof index);
    }
    compare_list(&s, &t);
    shape_free(&s);
  }
}
END_TEST

START_TEST(sizes_that_overflow_are_refused)
{
  static const int64_t two32 = (int64_t)1 << 32;
  static const struct {
    int ndim;
    int64_t extent[4];
    bool fine;
  } cases[] = {
      {2, {two32, two32}, false},
      {2, {two32, two32 / 2}, false},
      {1, {INT64_MAX}, false},
      {1, {INT64_MAX / 16 + 1}, false},
      {1, {INT64_MAX / 16}, true},
      {4, {two32, 2, two32, two32}, false},
      {3, {1 << 20, 1 << 20, 1 << 18}, true},
      {2, {two32, 0}, true},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct shape s = {.ndim = cases[i].ndim, .step = {1, 1, 1, 1}};
    memcpy(s.extent, cases[i].extent, sizeof cases[i].extent);
    forget_diags();
    enum status status = shape_box(&ctx, NO_LOC, &s);
    ck_assert_msg((status == STATUS_OK) == cases[i].fine, "case %zu", i);
    if (status == STATUS_OK) continue;
    ck_assert_int_eq(status, STATUS_LIMIT);
    ck_assert_int_eq(ctx.diags.data[0].id, ERR_ARRAY_TOO_LARGE);
  }
}
END_TEST

static void expect_print(const struct shape *s, const char *want)
{
  struct strbuf out = {0};
  shape_print(s, &out);
  ck_assert_str_eq(out.data, want);
  strbuf_free(&out);
}

START_TEST(shapes_in_words)
{
  struct shape s = {.ndim = 3, .lo = {1, 9, 0}, .step = {1, -2, 1}, .extent = {10, 4, 0}};
  ck_assert_int_eq(shape_box(&ctx, NO_LOC, &s), STATUS_OK);
  expect_print(&s, "[1..10, 9..3 by -2, empty]");
  struct shape list = {.ndim = 2};
  static const int64_t tuples[][2] = {{3, -1}, {1, 4}, {2, 2}};
  for (int i = 0; i < 3; i++) {
    bool fresh;
    ck_assert_int_eq(shape_add(&ctx, &list, tuples[i], &fresh), STATUS_OK);
  }
  expect_print(&list, "[1..3, -1..4]");
  shape_free(&list);
}
END_TEST

/* A list stays whole when it cannot grow. */
START_TEST(growth_may_fail)
{
  struct shape s = {.ndim = 2};
  struct failing f = {0};
  int64_t count = 0, failures = 0;
  mem_set_hook(failing_hook, &f);
  while (count < 500) {
    int64_t index[2] = {count, -count};
    bool fresh;
    f.fail_at = f.calls + 1 + count % 2; /* the first or the second of the next two */
    bool failed = shape_add(&ctx, &s, index, &fresh) != STATUS_OK;
    failures += failed;
    if (failed) {
      ck_assert_int_eq(s.size, count);
      f.fail_at = 0;
      ck_assert_int_eq(shape_add(&ctx, &s, index, &fresh), STATUS_OK);
    }
    ck_assert(fresh);
    count++;
    for (int64_t k = 0; k < count; k++) ck_assert_int_eq(shape_find(&s, (int64_t[]){k, -k}), k);
  }
  shape_free(&s);
  mem_set_hook(NULL, NULL);
  ck_assert_int_ge(failures, 4);
}
END_TEST

Suite *shape_suite(void)
{
  Suite *s = suite_create("shape");
  TCase *t = tcase_create("shape");
  tcase_add_checked_fixture(t, fixture_setup, fixture_teardown);
  tcase_set_timeout(t, 60);
  tcase_add_test(t, boxes_are_row_major);
  tcase_add_test(t, what_is_not_in_a_box_is_not_found);
  tcase_add_test(t, holes_do_not_exist);
  tcase_add_test(t, scalars_have_one_element);
  tcase_add_test(t, lists_keep_their_order);
  tcase_add_test(t, sizes_that_overflow_are_refused);
  tcase_add_test(t, shapes_in_words);
  tcase_add_test(t, growth_may_fail);
  suite_add_tcase(s, t);
  return s;
}
