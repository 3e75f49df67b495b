#include "config.h"

#include "cmd/timing.h"

#include <string.h>
#include <sys/resource.h>
#include <time.h>

static double now(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double peak_memory(void)
{
  struct rusage usage;
  return getrusage(RUSAGE_SELF, &usage) == 0 ? 1024.0 * (double)usage.ru_maxrss : 0;
}

void timing_begin(struct timing *t)
{
  *t = (struct timing){0};
  t->start = t->last = now();
}

void timing_stage(struct timing *t, const char *name)
{
  int i = 0;
  while (i < t->count && strcmp(t->stages[i].name, name)) i++;
  if (i == STAGE_MAX) return;
  if (i == t->count) t->stages[t->count++].name = name;
  double end = now();
  t->stages[i].seconds += end - t->last;
  t->stages[i].peak = peak_memory();
  t->last = end;
}

static void format_json(struct strbuf *out, const struct timing *t)
{
  strbuf_puts(out, "{\"schema\":\"asdex/timings/1\",\"stages\":[");
  for (int i = 0; i < t->count; i++)
    strbuf_printf(out, "%s{\"stage\":\"%s\",\"seconds\":%.6f,\"peak_bytes\":%.0f}", i ? "," : "",
                  t->stages[i].name, t->stages[i].seconds, t->stages[i].peak);
  strbuf_printf(out, "],\"seconds\":%.6f,\"peak_bytes\":%.0f}\n", t->last - t->start,
                peak_memory());
}

void timing_format(struct strbuf *out, const struct timing *t, bool json)
{
  if (json) {
    format_json(out, t);
    return;
  }
  strbuf_printf(out, "%-12s %10s %12s\n", "stage", "seconds", "peak memory");
  for (int i = 0; i < t->count; i++)
    strbuf_printf(out, "%-12s %10.4f %9.1f MB\n", t->stages[i].name, t->stages[i].seconds,
                  t->stages[i].peak / 1e6);
  strbuf_printf(out, "%-12s %10.4f %9.1f MB\n", "total", t->last - t->start, peak_memory() / 1e6);
}
