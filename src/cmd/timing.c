#include "config.h"

#include "cmd/timing.h"

#include <string.h>
#include <sys/resource.h>
#include <time.h>

double timing_now(clockid_t clock)
{
  struct timespec t;
  clock_gettime(clock, &t);
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
  t->start = t->last = timing_now(CLOCK_MONOTONIC);
  t->last_cpu = timing_now(CLOCK_PROCESS_CPUTIME_ID);
}

void timing_stage(struct timing *t, const char *name)
{
  int i = 0;
  while (i < t->count && strcmp(t->stages[i].name, name)) i++;
  if (i == STAGE_MAX) return;
  if (i == t->count) t->stages[t->count++].name = name;
  double end = timing_now(CLOCK_MONOTONIC), end_cpu = timing_now(CLOCK_PROCESS_CPUTIME_ID);
  t->stages[i].seconds += end - t->last;
  t->stages[i].cpu += end_cpu - t->last_cpu;
  t->stages[i].peak = peak_memory();
  t->last = end;
  t->last_cpu = end_cpu;
}

static void format_count(struct strbuf *out, const char *name, int64_t count)
{
  if (count >= 0) strbuf_printf(out, ",\"%s\":%lld", name, (long long)count);
}

static void format_json(struct strbuf *out, const struct timing *t, const struct timing_counts *c)
{
  strbuf_puts(out, "{\"schema\":\"asdex/timings/1\",\"stages\":[");
  double cpu = 0;
  for (int i = 0; i < t->count; i++) {
    const struct stage *s = &t->stages[i];
    cpu += s->cpu;
    strbuf_printf(out,
                  "%s{\"stage\":\"%s\",\"seconds\":%.9f,\"cpu_seconds\":%.9f,\"peak_bytes\":%.0f}",
                  i ? "," : "", s->name, s->seconds, s->cpu, s->peak);
  }
  strbuf_printf(out, "],\"seconds\":%.9f,\"cpu_seconds\":%.9f,\"peak_bytes\":%.0f",
                t->last - t->start, cpu, peak_memory());
  format_count(out, "n", c->n);
  format_count(out, "nnz", c->nnz);
  format_count(out, "num_colors", c->num_colors);
  format_count(out, "chunk_size", c->chunk_size);
  strbuf_puts(out, "}\n");
}

void timing_format(struct strbuf *out, const struct timing *t, const struct timing_counts *counts,
                   bool json)
{
  if (json) {
    format_json(out, t, counts);
    return;
  }
  strbuf_printf(out, "%-12s %10s %12s\n", "stage", "seconds", "peak memory");
  for (int i = 0; i < t->count; i++)
    strbuf_printf(out, "%-12s %10.4f %9.1f MB\n", t->stages[i].name, t->stages[i].seconds,
                  t->stages[i].peak / 1e6);
  strbuf_printf(out, "%-12s %10.4f %9.1f MB\n", "total", t->last - t->start, peak_memory() / 1e6);
}
