/* Time, and repeated measurements of one piece of work.
 *
 *   for (struct timer t = {0}; timer_more(&t);) {
 *     … a new point …
 *     timer_start(&t);
 *     for (int k = 0; k < t.inner; k++) … the work …
 *     timer_stop(&t);
 *   }
 */
#ifndef ASDEX_BENCH_CLOCK_H
#define ASDEX_BENCH_CLOCK_H

#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

/* Seconds of the processor: what else runs on it does not count. */
static inline double now(void)
{
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static inline int compare_seconds(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Sorts the values. */
static inline double median(double *values, int count)
{
  if (count == 0) return 0;
  qsort(values, (size_t)count, sizeof *values, compare_seconds);
  return (values[count / 2] + values[(count - 1) / 2]) / 2;
}

enum { TIMER_SAMPLES = 200 };

struct timer {
  int inner; /* how often the work is to be done in one sample, so that it is long enough */
  int count; /* samples so far */
  double started, spent;
  double sample[TIMER_SAMPLES]; /* seconds of one piece of work */
};

/* Whether another sample is wanted: at least five and 0.4 seconds of them, or ten seconds. */
static inline bool timer_more(struct timer *t)
{
  if (t->inner == 0) t->inner = 1;
  if (t->count == TIMER_SAMPLES) return false;
  return t->spent < 0.4 || (t->count < 5 && t->spent < 10);
}

static inline void timer_start(struct timer *t)
{
  t->started = now();
}

/* The first samples are dropped until one is at least 50 microseconds long. */
static inline void timer_stop(struct timer *t)
{
  double seconds = now() - t->started;
  t->spent += seconds;
  if (seconds < 50e-6 && t->count == 0 && t->inner < 100000)
    t->inner *= 4;
  else
    t->sample[t->count++] = seconds / t->inner;
}

static inline double timer_median(struct timer *t)
{
  return median(t->sample, t->count);
}

/* Keeps the compiler from moving or merging the work of two calls. */
static inline void fence(void)
{
  __asm__ volatile("" ::: "memory");
}

#endif
