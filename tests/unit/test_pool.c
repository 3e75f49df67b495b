/* Threads: every task runs once, by workers that are one at a time. */
#include "config.h"

#include <check.h>
#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

#include "base/pool.h"
#include "unit/failing.h"

Suite *pool_suite(void);

enum { TASKS_MAX = 2000, WORKERS_MAX = 8 };

/* What tasks leave behind. */
struct trace {
  atomic_int times[TASKS_MAX];
  atomic_int running[WORKERS_MAX]; /* tasks at this moment */
  atomic_int tasks[WORKERS_MAX];
  atomic_int faults;
  int workers;
  int64_t first, step, last; /* last: the task before, of a single worker */
};

static void leave_trace(void *user, int worker, int64_t i)
{
  struct trace *t = user;
  int64_t number = (i - t->first) / t->step;
  if (worker < 0 || worker >= t->workers || (i - t->first) % t->step) {
    t->faults++;
    return;
  }
  if (t->running[worker]++) t->faults++;
  t->tasks[worker]++;
  t->times[number]++;
  if (number % 5 == 0) sched_yield();
  t->running[worker]--;
  if (t->workers > 1) return;
  if (i <= t->last) t->faults++;
  t->last = i;
}

static void check_run(struct pool *p, int64_t first, int64_t end, int64_t step)
{
  static struct trace t;
  memset(&t, 0, sizeof t);
  t.workers = pool_workers(p);
  t.first = first;
  t.step = step;
  t.last = first - 1;
  int64_t count = end > first ? (end - first - 1) / step + 1 : 0;
  ck_assert_int_le(count, TASKS_MAX);
  pool_run(p, leave_trace, &t, first, end, step);
  ck_assert_int_eq(t.faults, 0);
  for (int i = 0; i < TASKS_MAX; i++) ck_assert_int_eq(t.times[i], i < count);
}

START_TEST(test_each_task_once)
{
  static const int workers[] = {1, 2, 3, 5, WORKERS_MAX};
  for (size_t w = 0; w < sizeof workers / sizeof *workers; w++) {
    struct pool *p = pool_create(workers[w]);
    ck_assert_ptr_nonnull(p);
    ck_assert_int_eq(pool_workers(p), workers[w]);
    check_run(p, 0, 0, 1);
    check_run(p, 7, 3, 1);
    check_run(p, 0, 1, 1);
    check_run(p, 1, 2000, 2);
    check_run(p, -5, TASKS_MAX - 5, 1);
    check_run(p, (int64_t)1 << 40, ((int64_t)1 << 40) + 999999, 65536);
    for (int round = 0; round < 300; round++) check_run(p, 0, round % 9, 1);
    pool_free(p);
  }
}
END_TEST

START_TEST(test_no_pool)
{
  ck_assert_int_eq(pool_workers(NULL), 1);
  check_run(NULL, 0, 100, 1);
  pool_free(NULL);
  pool_free(pool_create(5)); /* that nothing ran in */
}
END_TEST

/* Threads of this process; -1: not known. */
static int threads(void)
{
  int count = 0;
  DIR *d = opendir("/proc/self/task");
  if (!d) return -1;
  for (const struct dirent *e = readdir(d); e; e = readdir(d)) count += e->d_name[0] != '.';
  closedir(d);
  return count;
}

START_TEST(test_started_when_needed)
{
  int before = threads();
  struct pool *p = pool_create(3);
  check_run(p, 0, 1, 1);
  check_run(p, 0, 10, 10);
  ck_assert_int_eq(threads(), before);
  check_run(p, 0, 2, 1);
  int after = threads(); /* a sanitizer may have one of its own */
  ck_assert(before < 0 || after >= before + 2);
  check_run(p, 0, 100, 1);
  ck_assert_int_eq(threads(), after);
  pool_free(p);
}
END_TEST

static void meet(void *user, int worker, int64_t i)
{
  (void)worker, (void)i;
  pthread_barrier_wait(user);
}

/* Tasks that wait for each other end only if as many run at the same time. */
START_TEST(test_at_the_same_time)
{
  struct pool *p = pool_create(4);
  pthread_barrier_t barrier;
  pthread_barrier_init(&barrier, NULL, 4);
  for (int round = 0; round < 20; round++) pool_run(p, meet, &barrier, 0, 4, 1);
  pthread_barrier_destroy(&barrier);
  pool_free(p);
}
END_TEST

struct signals {
  pthread_barrier_t barrier;
  atomic_int open; /* threads but the first that would take SIGINT */
};

static void look_at_signals(void *user, int worker, int64_t i)
{
  struct signals *s = user;
  sigset_t blocked;
  (void)i;
  pthread_sigmask(SIG_SETMASK, NULL, &blocked);
  if (worker > 0 && !sigismember(&blocked, SIGINT)) s->open++;
  if (worker == 0 && sigismember(&blocked, SIGINT)) s->open++;
  pthread_barrier_wait(&s->barrier);
}

START_TEST(test_signals_are_for_the_first_thread)
{
  struct signals s = {.open = 0};
  struct pool *p = pool_create(3);
  pthread_barrier_init(&s.barrier, NULL, 3);
  pool_run(p, look_at_signals, &s, 0, 3, 1);
  ck_assert_int_eq(s.open, 0);
  pthread_barrier_destroy(&s.barrier);
  pool_free(p);
}
END_TEST

#ifdef __GLIBC__
/* A thread with a stack that fits no address space cannot be created. */
START_TEST(test_no_threads)
{
  pthread_attr_t usual, huge;
  ck_assert_int_eq(pthread_getattr_default_np(&usual), 0);
  ck_assert_int_eq(pthread_getattr_default_np(&huge), 0);
  ck_assert_int_eq(pthread_attr_setstacksize(&huge, (size_t)1 << 62), 0);
  ck_assert_int_eq(pthread_setattr_default_np(&huge), 0);
  struct pool *p = pool_create(4);
  int before = threads();
  check_run(p, 0, 100, 1);
  ck_assert_int_eq(threads(), before);
  ck_assert_int_eq(pthread_setattr_default_np(&usual), 0);
  check_run(p, 0, 100, 1); /* not tried again */
  ck_assert_int_eq(threads(), before);
  pool_free(p);
  pthread_attr_destroy(&usual);
  pthread_attr_destroy(&huge);
}
END_TEST
#endif

START_TEST(test_no_memory)
{
  for (long n = 1; n <= 2; n++) {
    struct failing f = {.fail_at = n};
    mem_set_hook(failing_hook, &f);
    ck_assert_ptr_null(pool_create(3));
    mem_set_hook(NULL, NULL);
  }
}
END_TEST

START_TEST(test_processors)
{
  int n = pool_processors();
  ck_assert(n >= 1 && n <= POOL_WORKERS_MAX);
}
END_TEST

Suite *pool_suite(void)
{
  Suite *s = suite_create("pool");
  TCase *t = tcase_create("all");
  tcase_set_timeout(t, 120);
  tcase_add_test(t, test_each_task_once);
  tcase_add_test(t, test_no_pool);
  tcase_add_test(t, test_started_when_needed);
  tcase_add_test(t, test_at_the_same_time);
  tcase_add_test(t, test_signals_are_for_the_first_thread);
#ifdef __GLIBC__
  tcase_add_test(t, test_no_threads);
#endif
  tcase_add_test(t, test_no_memory);
  tcase_add_test(t, test_processors);
  suite_add_tcase(s, t);
  return s;
}
