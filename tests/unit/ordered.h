/* The tasks of a pool one after the other, in an order that is chosen.  Of the watched
 * memory each task of a pool_run sees what was there at the beginning, and what it writes is found
 * by comparing: two tasks that write to the same place are found each time, not only when threads
 * happen to meet there, and what reads another task's result gives another one. */
#ifndef ASDEX_TESTS_ORDERED_H
#define ASDEX_TESTS_ORDERED_H

#include <check.h>
#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "base/pool.h"

enum order { ORDER_FORWARDS, ORDER_BACKWARDS, ORDER_INSIDE_OUT, ORDERS };

struct ordered {
  enum order order;
  double *watched; /* or NULL */
  size_t size;
  /* Results: */
  int64_t runs;     /* with several tasks */
  int64_t written;  /* places that tasks of these changed */
  int64_t disputed; /* those that a second task changed */
  /* Workspace: */
  double *before, *after; /* this run */
  int64_t *owner;         /* the task of this run that has changed it, + 1; 0: none */
};

/* Of n tasks the one whose turn is k: 0 1 2 …; … 2 1 0; from the middle one outwards. */
static inline int64_t ordered_turn(enum order order, int64_t n, int64_t k)
{
  int64_t middle = n / 2;
  if (order == ORDER_FORWARDS) return k;
  if (order == ORDER_BACKWARDS) return n - 1 - k;
  return k % 2 ? middle - (k + 1) / 2 : middle + k / 2;
}

/* Notes what the task has changed, and takes it back for now. */
static inline void ordered_note_writes(struct ordered *o, int64_t task)
{
  for (size_t i = 0; i < o->size; i++) {
    if (!memcmp(&o->watched[i], &o->before[i], sizeof *o->before)) continue;
    o->written++;
    o->disputed += o->owner[i] != 0 && o->owner[i] != task + 1;
    o->owner[i] = task + 1;
    o->after[i] = o->watched[i];
    o->watched[i] = o->before[i];
  }
}

static inline void ordered_run(void *runner, pool_task *task, void *user, int64_t first,
                               int64_t end, int64_t step)
{
  struct ordered *o = runner;
  int64_t n = end > first ? (end - first - 1) / step + 1 : 0;
  size_t bytes = o->size * sizeof *o->watched;
  bool watching = n > 1 && o->watched;
  o->runs += n > 1;
  if (watching) {
    memcpy(o->before, o->watched, bytes);
    memcpy(o->after, o->watched, bytes);
    memset(o->owner, 0, o->size * sizeof *o->owner);
  }
  for (int64_t k = 0; k < n; k++) {
    int64_t i = ordered_turn(o->order, n, k);
    task(user, 0, first + i * step);
    if (watching) ordered_note_writes(o, i);
  }
  if (watching) memcpy(o->watched, o->after, bytes);
}

/* From now on the pool (which stays the caller's) runs its tasks in this order. */
static inline void ordered_open(struct ordered *o, struct pool *p, enum order order)
{
  *o = (struct ordered){.order = order};
  pool_set_runner(p, ordered_run, o);
}

static inline void ordered_watch(struct ordered *o, double *memory, size_t size)
{
  o->watched = memory;
  o->size = size;
  o->before = mem_alloc(size, sizeof *o->before);
  o->after = mem_alloc(size, sizeof *o->after);
  o->owner = mem_alloc(size, sizeof *o->owner);
  ck_assert(o->before && o->after && o->owner);
}

static inline void ordered_close(struct ordered *o)
{
  mem_free(o->before);
  mem_free(o->after);
  mem_free(o->owner);
}

#endif
