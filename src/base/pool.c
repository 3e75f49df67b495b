#include "config.h"

#include "base/pool.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>

#include "base/mem.h"

/* The work of one pool_run. */
struct job {
  pool_task *task;
  void *user;
  int64_t end, step;
};

struct thread {
  struct pool *pool;
  int worker;
  pthread_t id;
};

struct pool {
  int nthreads; /* that run; the caller is worker 0, they are 1, 2 … */
  struct thread *threads;
  pthread_mutex_t mutex;
  pthread_cond_t begin, done;
  struct job job;
  atomic_int_fast64_t next; /* the task to take */
  uint64_t round;           /* of pool_run */
  int busy;                 /* threads that still have tasks of this round */
  bool stop;
};

static void take_tasks(struct pool *p, int worker)
{
  const struct job j = p->job;
  for (;;) {
    int64_t i = atomic_fetch_add_explicit(&p->next, j.step, memory_order_relaxed);
    if (i >= j.end) return;
    j.task(j.user, worker, i);
  }
}

static void *work(void *arg)
{
  const struct thread *t = arg;
  struct pool *p = t->pool;
  uint64_t round = 0;
  pthread_mutex_lock(&p->mutex);
  for (;;) {
    while (p->round == round && !p->stop) pthread_cond_wait(&p->begin, &p->mutex);
    if (p->stop) break;
    round = p->round;
    pthread_mutex_unlock(&p->mutex);
    take_tasks(p, t->worker);
    pthread_mutex_lock(&p->mutex);
    if (--p->busy == 0) pthread_cond_signal(&p->done);
  }
  pthread_mutex_unlock(&p->mutex);
  return NULL;
}

static void start_threads(struct pool *p, int count)
{
  sigset_t all, old;
  sigfillset(&all); /* signals are for the threads that were there before */
  pthread_sigmask(SIG_SETMASK, &all, &old);
  for (; p->nthreads < count; p->nthreads++) {
    struct thread *t = &p->threads[p->nthreads];
    *t = (struct thread){.pool = p, .worker = p->nthreads + 1};
    if (pthread_create(&t->id, NULL, work, t) != 0) break;
  }
  pthread_sigmask(SIG_SETMASK, &old, NULL);
}

struct pool *pool_create(int workers)
{
  struct pool *p = mem_zalloc(1, sizeof *p);
  if (!p) return NULL;
  p->threads = mem_zalloc((size_t)workers, sizeof *p->threads);
  pthread_mutex_init(&p->mutex, NULL);
  pthread_cond_init(&p->begin, NULL);
  pthread_cond_init(&p->done, NULL);
  if (p->threads) start_threads(p, workers - 1);
  return p;
}

void pool_free(struct pool *p)
{
  if (!p) return;
  pthread_mutex_lock(&p->mutex);
  p->stop = true;
  pthread_cond_broadcast(&p->begin);
  pthread_mutex_unlock(&p->mutex);
  for (int i = 0; i < p->nthreads; i++) pthread_join(p->threads[i].id, NULL);
  pthread_mutex_destroy(&p->mutex);
  pthread_cond_destroy(&p->begin);
  pthread_cond_destroy(&p->done);
  mem_free(p->threads);
  mem_free(p);
}

int pool_workers(const struct pool *p)
{
  return p ? p->nthreads + 1 : 1;
}

void pool_run(struct pool *p, pool_task *task, void *user, int64_t first, int64_t end, int64_t step)
{
  if (pool_workers(p) == 1 || end - first <= step) {
    for (int64_t i = first; i < end; i += step) task(user, 0, i);
    return;
  }
  pthread_mutex_lock(&p->mutex);
  p->job = (struct job){task, user, end, step};
  atomic_store_explicit(&p->next, first, memory_order_relaxed);
  p->busy = p->nthreads;
  p->round++;
  pthread_cond_broadcast(&p->begin);
  pthread_mutex_unlock(&p->mutex);
  take_tasks(p, 0);
  pthread_mutex_lock(&p->mutex);
  while (p->busy > 0) pthread_cond_wait(&p->done, &p->mutex);
  pthread_mutex_unlock(&p->mutex);
}

int pool_processors(void)
{
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
  long n = sysconf(_SC_NPROCESSORS_ONLN);
  return n > 0 ? (int)n : 1;
}
