/* Sets of unknowns, hash-consed: what is made in the same way has the same number.  A set is a
 * sorted list of disjoint intervals that do not touch, or, where those would be many, a union of
 * other sets that is written out only when it is asked for: so a recurrence that gathers unknowns
 * in any order costs memory per step, not per step and unknown.
 *
 * What the elements of an array depend on is mostly the same but for its place: an element has the
 * number of a set and a shift, and small sets are stored from 0 on. */
#ifndef ASDEX_PROGRAM_DEPSETS_H
#define ASDEX_PROGRAM_DEPSETS_H

#include "base/diag.h"

struct interval {
  int32_t lo, hi; /* inclusive */
};

/* The unknowns of a set, shifted.  Small sets (see DEPSET_LARGE) begin at 0, so that equal ones are
 * the same; large sets and unions are not shifted. */
struct dependence {
  int32_t set, shift;
};
enum { DEPSET_EMPTY = 0, DEPSET_SINGLE = 1 }; /* {}, {0} */

struct depset {
  int64_t begin, count; /* its intervals; count < 0: not written out */
  int64_t parts;        /* a union: where its parts are */
  int32_t nparts;       /* 0: no union */
  uint32_t visited;     /* last walk that came here */
};

struct depsets {
  VEC(struct interval) intervals;
  VEC(int32_t) parts;
  VEC(struct depset) sets;
  VEC(int32_t) stack;
  uint32_t walk;
  uint64_t *slots; /* of a hash table: number below the upper half of the hash; 0: empty */
  size_t nslots;
};

enum { DEPSET_LARGE = 64 }; /* sets with more intervals become parts of unions */

enum status depsets_init(struct context *ctx, struct depsets *s) MUST_CHECK;
void depsets_free(struct depsets *s);

/* Writes a set out; its intervals stay valid until the next call that takes s. */
enum status depsets_expand(struct context *ctx, struct depsets *s, int32_t set) MUST_CHECK;
/* The intervals of a set that is written out. */
static inline const struct interval *depsets_get(const struct depsets *s, int32_t set,
                                                 int64_t *count)
{
  *count = s->sets.data[set].count;
  return s->intervals.data + s->sets.data[set].begin;
}

/* Whether the set is small: it may be shifted. */
static inline bool depsets_small(const struct depsets *s, int32_t set)
{
  return s->sets.data[set].nparts == 0 && s->sets.data[set].count <= DEPSET_LARGE;
}

/* A union under construction. */
struct depunion {
  VEC(struct interval) intervals;
  VEC(int32_t) sets; /* large ones */
  size_t compacted;  /* number of intervals after the last compaction */
};
enum status depunion_add(struct context *ctx, struct depunion *u, struct interval part) MUST_CHECK;
enum status depunion_add_set(struct context *ctx, struct depunion *u, const struct depsets *s,
                             struct dependence d) MUST_CHECK;
/* The union's set; empties u. */
enum status depunion_take(struct context *ctx, struct depunion *u, struct depsets *s,
                          struct dependence *d) MUST_CHECK;
void depunion_free(struct depunion *u);

#endif
