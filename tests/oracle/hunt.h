/* What the parts of hunt share. */
#ifndef ASDEX_ORACLE_HUNT_H
#define ASDEX_ORACLE_HUNT_H

#include "hessian/plan.h"
#include "reference.h"

/* The library's answers to one model at one point are compared with `want`. */
struct hunt {
  struct context ctx;
  struct problem *problem;
  struct model *model;
  int source;
  struct reference want;
  struct pattern pattern;
  bool failed, skipped;
  char difference[512];
};

/* Notes the first difference. */
void hunt_differ(struct hunt *h, const char *format, ...) PRINTF_LIKE(2, 3);
/* Takes the status of a call of the library; whether it is STATUS_OK. */
bool hunt_ok(struct hunt *h, const char *what, enum status status);
/* Parses, checks and loads a model in a field. */
void hunt_load(struct hunt *h, const char *text, size_t len, enum field field);
/* Detects the pattern and compares it with want.pattern. */
void hunt_pattern(struct hunt *h);

/* A model in exact or in complex numbers (its hunt_load is done) at its default point and, with a
 * seed, at another; is_smooth: the same in double precision must be near.  is_real (complex): its
 * data and default point are real, and there the real results are those of FIELD_REAL.  Sets
 * h->skipped if numbers get too large to be compared. */
void hunt_field(struct hunt *h, enum field field, bool is_smooth, bool is_real, uint64_t seed);

#endif
