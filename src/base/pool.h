/* Threads that share out numbered tasks.  What a task computes must not depend on who runs it. */
#ifndef ASDEX_BASE_POOL_H
#define ASDEX_BASE_POOL_H

#include <stdint.h>

struct pool;

enum { POOL_WORKERS_MAX = 1024 };

/* A pool of `workers` from 1 to POOL_WORKERS_MAX, of which the caller of pool_run is one.  The
 * threads are started by the first pool_run that has several tasks; if the system does not give so
 * many, those that it gives do the work.  NULL if memory is out; a NULL pool has one worker. */
struct pool *pool_create(int workers);
void pool_free(struct pool *p);

/* Starts the threads now, so that no pool_run has to: that takes memory.  NULL is fine. */
void pool_start(struct pool *p);

/* Workers at most, at least 1. */
int pool_workers(const struct pool *p);

/* Runs task(user, worker, i) for i = first, first + step, … < end, each once, in no particular
 * order but the one of i with a single worker; returns when all are done.  `worker` is below
 * pool_workers, and no two tasks run with the same one at the same time.  Tasks allocate nothing,
 * and do not run the pool.  Called by one thread at a time. */
typedef void pool_task(void *user, int worker, int64_t i);
void pool_run(struct pool *p, pool_task *task, void *user, int64_t first, int64_t end,
              int64_t step);

/* For tests: `run` runs the tasks of pool_run in place of the threads, in the order and by the
 * workers that it likes; NULL: the threads again.  Whatever it does, the results must be the same.
 */
typedef void pool_runner(void *runner, pool_task *task, void *user, int64_t first, int64_t end,
                         int64_t step);
void pool_set_runner(struct pool *p, pool_runner *run, void *runner);

/* Processors that this process may use, from 1 to POOL_WORKERS_MAX. */
int pool_processors(void);

#endif
