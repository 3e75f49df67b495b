/* The driver: runs the tools in turn, keeps what they tell, and prints tables of it. */
#ifndef ASDEX_BENCH_BENCH_H
#define ASDEX_BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "problems.h"

/* --- measurements (samples.c) --------------------------------------------------------------- */

/* One quantity: of a tool, for a problem (or a graph) of a size. */
struct quantity {
  char *problem;
  int64_t n;
  const char *tool, *measure; /* static */
  VEC(double) values;
};

struct samples {
  VEC(struct quantity) quantities;
};

void samples_add(struct samples *s, const char *problem, int64_t n, const char *tool,
                 const char *measure, double value); /* a NaN is left out */
/* The median; NaN if there is nothing. */
double samples_median(const struct samples *s, const char *problem, int64_t n, const char *tool,
                      const char *measure);
/* problem,n,tool,measure,median,least,greatest,count; false if it cannot be written. */
bool samples_write(const struct samples *s, const char *path);
void samples_free(struct samples *s);

/* --- processes (run.c) ---------------------------------------------------------------------- */

struct run {
  int status;       /* what it exited with; -1: a signal */
  double seconds;   /* that passed */
  double processor; /* seconds, with those to start and end it */
  double peak;      /* bytes of memory */
  char *text;       /* of its standard error, and of its standard output if that went to no file */
};

/* Runs a program on `cpus` processors with its standard output in a file (NULL: none), and waits.
 * `folder` is where its messages are kept for a moment.  Ends the driver if it was interrupted. */
void run_program(const char *folder, int cpus, const char *output, const char *const *argv,
                 struct run *r);
void run_free(struct run *r);
/* What follows `key=` in the text; the processor seconds of a stage, those that passed, and the
 * processor seconds of all, of --timings=json.  NaN: it is not there. */
double run_value(const struct run *r, const char *key);
double run_stage(const struct run *r, const char *stage);
double run_stage_wall(const struct run *r, const char *stage);
double run_total(const struct run *r);

/* --- the work (measure.c) ------------------------------------------------------------------- */

struct bench {
  const char *asdex, *models; /* the program, and the folder of models/ */
  const char *programs;       /* the folder of the other programs */
  char folder[64];            /* for files */
  int rounds;
  int64_t peer_max; /* unknowns up to which the peers run */
  int64_t points;   /* numbers of the point that is read */
  VEC(int64_t) sizes;
  VEC(int) problems;
  VEC(const char *) graphs; /* files */
  bool has_asl, has_colpack, has_threads;
  bool disagreement; /* a result was wrong, or a tool failed */
  struct samples samples;
};

void measure_hessians(struct bench *b);
void measure_threads(struct bench *b);
void measure_colorings(struct bench *b);
void measure_numbers(struct bench *b);

/* Unknowns of problem p for a size; 0: it is left out, as a dense matrix would be too large. */
int64_t bench_unknowns(int p, int64_t size);

/* --- tables (report.c) ---------------------------------------------------------------------- */

void report_hessians(const struct bench *b);
void report_threads(const struct bench *b);
void report_colorings(const struct bench *b);
void report_numbers(const struct bench *b);

#endif
