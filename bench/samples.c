#include "config.h"

#include "bench.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"

static struct quantity *find(const struct samples *s, const char *problem, int64_t n,
                             const char *tool, const char *measure)
{
  for (size_t i = 0; i < s->quantities.len; i++) {
    struct quantity *q = &s->quantities.data[i];
    if (q->n == n && !strcmp(q->problem, problem) && !strcmp(q->tool, tool) &&
        !strcmp(q->measure, measure))
      return q;
  }
  return NULL;
}

void samples_add(struct samples *s, const char *problem, int64_t n, const char *tool,
                 const char *measure, double value)
{
  struct quantity *q = find(s, problem, n, tool, measure);
  if (isnan(value)) return;
  if (!q) {
    struct quantity fresh = {mem_strndup(problem, strlen(problem)), n, tool, measure, {NULL, 0, 0}};
    if (!fresh.problem || !VEC_PUSH(&s->quantities, fresh)) abort();
    q = &s->quantities.data[s->quantities.len - 1];
  }
  if (!VEC_PUSH(&q->values, value)) abort();
}

double samples_median(const struct samples *s, const char *problem, int64_t n, const char *tool,
                      const char *measure)
{
  struct quantity *q = find(s, problem, n, tool, measure);
  return q ? median(q->values.data, (int)q->values.len) : NAN;
}

bool samples_write(const struct samples *s, const char *path)
{
  FILE *f = fopen(path, "w");
  if (!f) return false;
  fputs("problem,n,tool,measure,median,least,greatest,count\n", f);
  for (size_t i = 0; i < s->quantities.len; i++) {
    const struct quantity *q = &s->quantities.data[i];
    double middle = median(q->values.data, (int)q->values.len); /* which sorts them */
    fprintf(f, "%s,%lld,%s,%s,%.9g,%.9g,%.9g,%zu\n", q->problem, (long long)q->n, q->tool,
            q->measure, middle, q->values.data[0], q->values.data[q->values.len - 1],
            q->values.len);
  }
  bool failed = ferror(f);
  return !fclose(f) && !failed;
}

void samples_free(struct samples *s)
{
  for (size_t i = 0; i < s->quantities.len; i++) {
    mem_free(s->quantities.data[i].problem);
    VEC_FREE(&s->quantities.data[i].values);
  }
  VEC_FREE(&s->quantities);
}
