/* Parts of the dependency analysis (depend.c): what its passes share. */
#ifndef ASDEX_PROGRAM_DEPEND_PARTS_H
#define ASDEX_PROGRAM_DEPEND_PARTS_H

#include "program/depsets.h"
#include "program/program.h"
#include "sparse/rows.h"

/* The reads that an operation depends on, ascending. */
struct readset {
  int32_t count;
  const int32_t *read;
};

struct read_pair {
  int32_t first, second; /* first ≤ second */
};

struct kernel_deps {
  bool *live;          /* per operation: enters the result with a derivative */
  bool *active;        /* per operation: depends on the unknowns */
  struct readset *set; /* per operation, where needed */
  VEC(struct read_pair) pairs;
};

struct analysis {
  struct context *ctx;
  const struct program *p;
  struct arena arena;
  bool *active;                 /* per array */
  bool *live;                   /* per array: enters the result with a derivative */
  unsigned char **element_live; /* the same for the elements of live computed arrays */
  bool *whole;                  /* per array: all elements are live */
  bool *needs_sets;             /* per array */
  struct dependence **sets;     /* per array: what each element depends on */
  struct kernel_deps *kernels;
  struct depsets store;
  struct depunion join; /* the union under construction */
};

/* The passes, in order.  Per body: which operations and arrays enter the result, which pairs of
 * reads interact, and which arrays need sets for that. */
enum status depend_bodies(struct analysis *t) MUST_CHECK;
/* Backwards: the elements of intermediates that enter the result. */
enum status depend_reach(struct analysis *t) MUST_CHECK;
/* Forwards: the sets of the arrays that need them. */
enum status depend_sets(struct analysis *t) MUST_CHECK;
/* Each pair of reads through the index maps: both passes of rows. */
enum status depend_entries(struct analysis *t, struct rows *rows) MUST_CHECK;

/* ---- through the index maps (depend.c) ---- */

/* The offsets of a read (or output) along a stretch of iterations. */
struct cursor {
  int64_t at, stride;
  const struct table *table;
  int64_t p;
};

struct cursor cursor_at(const struct program *p, const struct map *m, const struct stretch *s,
                        int ndim);

static inline int64_t cursor_offset(const struct cursor *c, int64_t k)
{
  return c->table ? table_get(c->table, c->p + k) : c->at + k * c->stride;
}

/* What a read depends on in iterations k … k+len-1 of a stretch: in each the same set, shifted by
 * `step` more. */
struct piece {
  struct dependence at; /* in the first */
  int32_t step;
  int64_t len;
};

/* The longest piece that begins at iteration k and ends before `end`. */
struct piece read_piece(const struct analysis *t, const struct read *r, const struct cursor *c,
                        int64_t k, int64_t end);

/* Cuts the first k iterations off. */
static inline void piece_skip(struct piece *p, int64_t k)
{
  p->at.shift = (int32_t)(p->at.shift + k * p->step);
  p->len -= k;
}

#endif
