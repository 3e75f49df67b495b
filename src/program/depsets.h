/* Sets of unknowns, hash-consed: equal sets have equal numbers.  A set is a sorted list of disjoint
 * intervals that do not touch; the empty set is number 0. */
#ifndef ASDEX_PROGRAM_DEPSETS_H
#define ASDEX_PROGRAM_DEPSETS_H

#include "base/diag.h"

struct interval {
  int32_t lo, hi; /* inclusive */
};

struct depsets {
  VEC(struct interval) intervals;
  VEC(int64_t) start; /* sets + 1 */
  VEC(int64_t) size;  /* elements of each set */
  int32_t *slots;
  size_t nslots;
};

enum status depsets_init(struct context *ctx, struct depsets *s) MUST_CHECK;
void depsets_free(struct depsets *s);

static inline const struct interval *depsets_get(const struct depsets *s, int32_t set,
                                                 int64_t *count)
{
  *count = s->start.data[set + 1] - s->start.data[set];
  return s->intervals.data + s->start.data[set];
}

/* A union under construction. */
struct depunion {
  VEC(struct interval) parts;
  size_t compacted; /* length after the last compaction */
};
enum status depunion_add(struct context *ctx, struct depunion *u, const struct interval *parts,
                         int64_t count) MUST_CHECK;
/* The number of the union's set; empties u. */
enum status depunion_take(struct context *ctx, struct depunion *u, struct depsets *s,
                          int32_t *set) MUST_CHECK;

#endif
