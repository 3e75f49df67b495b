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
  int workers; /* at most; the caller of pool_run is worker 0, the threads are 1, 2 … */
  bool started;
  int nthreads; /* that run */
  struct thread *threads;
  pthread_mutex_t mutex; /* for what follows, but `next` */
  pthread_cond_t begin, done;
  struct job job;
  atomic_int_fast64_t next; /* the task to take */
  bool open;                /* there may be tasks left to take */
  int active;               /* threads that take tasks */
  bool stop;
  pool_runner *run; /* or NULL */
  void *runner;
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
  pthread_mutex_lock(&p->mutex);
  for (;;) {
    while (!p->open && !p->stop) pthread_cond_wait(&p->begin, &p->mutex);
    if (p->stop) break;
    p->active++;
    pthread_mutex_unlock(&p->mutex);
    take_tasks(p, t->worker);
    pthread_mutex_lock(&p->mutex);
    p->open = false;
    if (--p->active == 0) pthread_cond_signal(&p->done);
  }
  pthread_mutex_unlock(&p->mutex);
  return NULL;
}

/* As many as the system gives. */
void pool_start(struct pool *p)
{
  sigset_t all, old;
  if (!p || p->started) return;
  p->started = true;
  sigfillset(&all); /* signals are for the threads that were there before */
  pthread_sigmask(SIG_SETMASK, &all, &old);
  for (; p->nthreads < p->workers - 1; p->nthreads++) {
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
  p->workers = workers;
  p->threads = mem_zalloc((size_t)workers, sizeof *p->threads);
  if (!p->threads) {
    mem_free(p);
    return NULL;
  }
  pthread_mutex_init(&p->mutex, NULL);
  pthread_cond_init(&p->begin, NULL);
  pthread_cond_init(&p->done, NULL);
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
  return p ? p->workers : 1;
}

/* The caller does not wait for threads that wake up when all tasks are taken. */
static void share_out(struct pool *p, const struct job *job, int64_t first)
{
  pthread_mutex_lock(&p->mutex);
  p->job = *job;
  atomic_store_explicit(&p->next, first, memory_order_relaxed);
  p->open = true;
  pthread_cond_broadcast(&p->begin);
  pthread_mutex_unlock(&p->mutex);
  take_tasks(p, 0);
  pthread_mutex_lock(&p->mutex);
  p->open = false;
  while (p->active > 0) pthread_cond_wait(&p->done, &p->mutex);
  pthread_mutex_unlock(&p->mutex);
}

void pool_run(struct pool *p, pool_task *task, void *user, int64_t first, int64_t end, int64_t step)
{
  const struct job job = {task, user, end, step};
  if (p && p->run) {
    p->run(p->runner, task, user, first, end, step);
    return;
  }
  bool several = end - first > step && pool_workers(p) > 1;
  if (several) pool_start(p);
  if (several && p->nthreads > 0) {
    share_out(p, &job, first);
    return;
  }
  for (int64_t i = first; i < end; i += step) task(user, 0, i);
}

void pool_set_runner(struct pool *p, pool_runner *run, void *runner)
{
  p->run = run;
  p->runner = runner;
}

int pool_processors(void)
{
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
  long n = sysconf(_SC_NPROCESSORS_ONLN);
  return n < 1 ? 1 : n < POOL_WORKERS_MAX ? (int)n : POOL_WORKERS_MAX;
}
