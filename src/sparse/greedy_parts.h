/* What the greedy colorings share.  For their own sources. */
#ifndef ASDEX_SPARSE_GREEDY_PARTS_H
#define ASDEX_SPARSE_GREEDY_PARTS_H

#include "sparse/greedy.h"

#include <assert.h>

/* What the vertex v that is to be colored sees of a color; a stamp is v + 1. */
struct sight {
  int32_t seen;    /* stamp: a neighbour has the color */
  int32_t several; /* stamp: two or more have it */
  int32_t first;   /* the first neighbour that has it */
  uint32_t tree;   /* acyclic: of v and this color */
};

struct greedy {
  const struct pattern *p;
  int32_t *color; /* -1: not yet */
  int32_t num_colors;
  int32_t *forbidden;   /* by color (one more than vertices): stamp */
  struct sight *sights; /* by color */
};

/* Allocates, and clears the colors. */
enum status greedy_begin(struct context *ctx, struct greedy *g, const struct pattern *p,
                         int32_t *color) MUST_CHECK;
void greedy_end(struct greedy *g);

/* k of n vertices are colored. */
static inline void greedy_progress(const struct context *ctx, int32_t k, int32_t n)
{
  if (k % 4096 == 0) context_progress(ctx, "coloring", k, n);
}

static inline int32_t greedy_stamp(int32_t v)
{
  return v + 1;
}

/* The first color from `least` on that is not forbidden. */
static inline int32_t greedy_smallest(const struct greedy *g, int32_t least, int32_t stamp)
{
  while (g->forbidden[least] == stamp) least++;
  return least;
}

/* Lists of distinct colors, one for each vertex, with something about each color.  A list has no
 * more colors than the vertex has neighbours; it is kept where they are in the pattern.  The first
 * ones can be set apart. */
struct item {
  int32_t color;
  uint32_t tag;
};
struct list {
  int32_t len, front; /* items; as many at the front are set apart */
};
struct lists {
  const struct pattern *p;
  struct list *list; /* by vertex */
  struct item *items;
};
enum status lists_begin(struct context *ctx, struct lists *l, const struct pattern *p) MUST_CHECK;
void lists_end(struct lists *l);

static inline struct item *lists_items(const struct lists *l, int32_t v)
{
  return l->items + l->p->ptr[v];
}

static inline struct item *lists_append(struct lists *l, int32_t v, int32_t color, uint32_t tag)
{
  assert(l->list[v].len < l->p->ptr[v + 1] - l->p->ptr[v]);
  struct item *item = lists_items(l, v) + l->list[v].len++;
  *item = (struct item){color, tag};
  return item;
}

/* The item behind the front, or NULL. */
static inline struct item *lists_find(const struct lists *l, int32_t v, int32_t color)
{
  struct item *items = lists_items(l, v);
  for (int32_t k = l->list[v].front; k < l->list[v].len; k++)
    if (items[k].color == color) return &items[k];
  return NULL;
}

static inline void lists_to_front(struct lists *l, int32_t v, struct item *item)
{
  struct item *end = lists_items(l, v) + l->list[v].front++, moved = *end;
  *end = *item;
  *item = moved;
}

#endif
