#include "config.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "sparse/pattern.h"
#include "unit/failing.h"
#include "unit/random.h"

enum { N_MAX = 24 };

static struct context ctx;
static struct pattern p;

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

/* The entries of q are those of the boolean matrix, sorted row by row; pattern_find finds them. */
static void check_equals(const struct pattern *q, int32_t n, bool a[N_MAX][N_MAX])
{
  ck_assert_int_eq(q->n, n);
  ck_assert_int_eq(q->ptr[0], 0);
  int64_t k = 0;
  for (int32_t i = 0; i < n; i++) {
    for (int32_t j = 0; j < n; j++) {
      ck_assert_int_eq(pattern_find(q, i, j), a[i][j] ? k : -1);
      if (!a[i][j]) continue;
      ck_assert_int_lt(k, pattern_nnz(q));
      ck_assert_int_eq(q->ind[k++], j);
    }
    ck_assert_int_eq(q->ptr[i + 1], k);
  }
}

/* Random pairs with many duplicates, against a boolean matrix; then from the lower half of it. */
START_TEST(random_pairs)
{
  enum { COUNT_MAX = 300 };
  int32_t rows[COUNT_MAX], cols[COUNT_MAX];
  random_state = (uint64_t)_i + 1;
  for (int round = 0; round < 20; round++) {
    bool a[N_MAX][N_MAX] = {{false}};
    int32_t n = 1 + random_below(N_MAX), count = random_below(COUNT_MAX);
    for (int32_t k = 0; k < count; k++) {
      rows[k] = random_below(n);
      cols[k] = random_below(n);
      a[rows[k]][cols[k]] = a[cols[k]][rows[k]] = true;
    }
    ck_assert_int_eq(pattern_from_pairs(&ctx, n, count, rows, cols, &p), STATUS_OK);
    check_equals(&p, n, a);

    int64_t ptr[N_MAX + 1] = {0};
    int32_t ind[N_MAX * N_MAX];
    for (int32_t i = 0; i < n; i++) {
      ptr[i + 1] = ptr[i];
      for (int32_t j = 0; j <= i; j++)
        if (a[i][j]) ind[ptr[i + 1]++] = j;
    }
    pattern_free(&p);
    ck_assert_int_eq(pattern_from_lower(&ctx, n, ptr, ind, &p), STATUS_OK);
    check_equals(&p, n, a);
    pattern_free(&p);
  }
}
END_TEST

START_TEST(nothing)
{
  int64_t ptr[2] = {0, 0};
  bool a[N_MAX][N_MAX] = {{false}};
  for (int32_t n = 0; n < 2; n++) {
    ck_assert_int_eq(pattern_from_pairs(&ctx, n, 0, NULL, NULL, &p), STATUS_OK);
    check_equals(&p, n, a);
    pattern_free(&p);
    ck_assert_int_eq(pattern_from_lower(&ctx, n, ptr, NULL, &p), STATUS_OK);
    check_equals(&p, n, a);
    pattern_free(&p);
  }
  pattern_free(&p); /* zeroed: fine */
  ck_assert_int_eq(pattern_nnz(&p), 0);
}
END_TEST

START_TEST(one_diagonal_entry)
{
  int32_t zero[3] = {0, 0, 0};
  bool a[N_MAX][N_MAX] = {{true}};
  ck_assert_int_eq(pattern_from_pairs(&ctx, 1, 3, zero, zero, &p), STATUS_OK);
  check_equals(&p, 1, a);
}
END_TEST

START_TEST(memory_limit)
{
  int32_t rows[2] = {0, 1}, cols[2] = {1, 1};
  int64_t ptr[3] = {0, 1, 2};
  ctx.max_memory = 16;
  ck_assert_int_eq(pattern_from_pairs(&ctx, 2, 2, rows, cols, &p), STATUS_LIMIT);
  ck_assert_int_eq(pattern_from_lower(&ctx, 2, ptr, rows, &p), STATUS_LIMIT);
  ck_assert_uint_eq(ctx.diags.len, 2);
  ck_assert_int_eq(ctx.diags.data[0].id, ERR_TOO_MUCH_MEMORY);
  ck_assert_ptr_null(p.ptr);
}
END_TEST

/* Every allocation in turn fails: status 7, nothing in the result, and no leak (under ASan). */
START_TEST(failing_allocations)
{
  int32_t rows[4] = {0, 1, 2, 1}, cols[4] = {1, 0, 2, 2};
  int64_t ptr[4] = {0, 1, 2, 4};
  int32_t ind[4] = {0, 0, 1, 2};
  int failures = 0;
  for (int form = 0; form < 2; form++)
    for (long n = 0;; n++) {
      context_init(&ctx);
      struct failing f = {.fail_at = n + 1, .forever = true};
      mem_set_hook(failing_hook, &f);
      enum status status = form ? pattern_from_lower(&ctx, 3, ptr, ind, &p)
                                : pattern_from_pairs(&ctx, 3, 4, rows, cols, &p);
      bool empty = !p.ptr && !p.ind;
      pattern_free(&p);
      context_free(&ctx);
      mem_set_hook(NULL, NULL);
      if (status == STATUS_OK) break;
      ck_assert_int_eq(status, STATUS_LIMIT);
      ck_assert(empty);
      failures++;
    }
  ck_assert_int_ge(failures, 6);
}
END_TEST

Suite *pattern_suite(void);
Suite *pattern_suite(void)
{
  Suite *suite = suite_create("pattern");
  TCase *tc = tcase_create("pattern");
  tcase_add_checked_fixture(tc, setup, teardown);
  tcase_add_loop_test(tc, random_pairs, 0, 8);
  tcase_add_test(tc, nothing);
  tcase_add_test(tc, one_diagonal_entry);
  tcase_add_test(tc, memory_limit);
  tcase_add_test(tc, failing_allocations);
  suite_add_tcase(suite, tc);
  return suite;
}
