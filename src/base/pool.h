/* Threads that share out numbered tasks.  What a task computes must not depend on who runs it. */
#ifndef ASDEX_BASE_POOL_H
#define ASDEX_BASE_POOL_H

#include <stdint.h>

struct pool;

/* Workers that can run at the same time, at least 1. */
int pool_workers(const struct pool *p);

/* A pool of `workers` ≥ 1, of which the caller of pool_run is one.  NULL if memory is out or the
 * system gives no threads at all; a NULL pool has one worker. */
struct pool *pool_create(int workers);
void pool_free(struct pool *p);

/* Runs task(user, worker, i) for i = first, first + step, … < end, each once, in no particular
 * order but the one of i with a single worker; returns when all are done.  `worker` is below
 * pool_workers, and no two tasks run with the same one at the same time.  Tasks allocate nothing.
 */
typedef void pool_task(void *user, int worker, int64_t i);
void pool_run(struct pool *p, pool_task *task, void *user, int64_t first, int64_t end,
              int64_t step);

/* Processors that this process may use, at least 1. */
int pool_processors(void);

#endif
