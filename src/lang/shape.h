/* Index sets of arrays, and where their elements are. */
#ifndef ASDEX_LANG_SHAPE_H
#define ASDEX_LANG_SHAPE_H

#include "base/strbuf.h"
#include "program/program.h"

/* A box of equidistant ranges (row-major, the last index fastest), or a list of index tuples in
 * order, found through a hash table. */
struct shape {
  int ndim;
  bool box;
  int64_t size;                                           /* elements */
  int64_t lo[LOOP_MAX], step[LOOP_MAX], extent[LOOP_MAX]; /* box; of a list: its bounds (step 1) */
  int64_t stride[LOOP_MAX];                               /* box: elements per step of an index */
  int64_t *index;                                         /* list: size × ndim */
  int64_t *slots; /* list: hash table of element numbers + 1 */
  size_t nslots;
  unsigned char *hole; /* box: elements that do not exist, or NULL */
};

void shape_free(struct shape *s);

/* A scalar's shape: one element, no index. */
void shape_scalar(struct shape *s);
/* Computes strides and size from lo, step, extent; status 7 where the size overflows. */
enum status shape_box(struct context *ctx, struct loc loc, struct shape *s) MUST_CHECK;

/* Appends a tuple to a list (zero-initialized but for ndim); *fresh tells whether it was new. */
enum status shape_add(struct context *ctx, struct shape *s, const int64_t *index,
                      bool *fresh) MUST_CHECK;

/* The element with these indices, or -1. */
int64_t shape_find(const struct shape *s, const int64_t *index);
/* The indices of an element. */
void shape_index(const struct shape *s, int64_t offset, int64_t *index);

/* Of a list: how many indices from the first on the element shares with the one before; 0 for the
 * first element. */
int shape_shared(const struct shape *s, int64_t offset);

/* Whether it is a box in which all elements exist. */
bool shape_is_full(const struct shape *s);

/* Whether the two have the same elements in the same order, numbers counted from where each range
 * begins; upwards and downwards are different. */
bool shape_same(const struct shape *a, const struct shape *b);

/* "[1..10, 0..5]": for messages. */
void shape_print(const struct shape *s, struct strbuf *out);
/* "x[3,4]", or "x" if it has no dimensions. */
void shape_print_element(const char *name, const int64_t *index, int ndim, struct strbuf *out);

#endif
