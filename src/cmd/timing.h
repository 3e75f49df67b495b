/* --timings: seconds and peak memory of each stage. */
#ifndef ASDEX_CMD_TIMING_H
#define ASDEX_CMD_TIMING_H

#include <time.h>

#include "base/strbuf.h"

enum { STAGE_MAX = 16 };

struct timing {
  double start, last; /* seconds of a monotonic clock */
  double last_cpu;    /* processor seconds of all threads */
  int count;
  struct stage {
    const char *name; /* static */
    double seconds, cpu;
    double peak; /* bytes, of the process up to the end of the stage */
  } stages[STAGE_MAX];
};

double timing_now(clockid_t clock); /* in seconds */

void timing_begin(struct timing *t);
/* What happened since the last call, or since the beginning, was `name`; stages that come again are
 * added up. */
void timing_stage(struct timing *t, const char *name);
/* What the work was about; -1: not known. */
struct timing_counts {
  int64_t n, nnz, num_colors, chunk_size;
};
/* A table, or one line of JSON, which also has the counts. */
void timing_format(struct strbuf *out, const struct timing *t, const struct timing_counts *counts,
                   bool json);

#endif
