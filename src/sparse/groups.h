/* What a coloring makes of the rows of a pattern: groups of entries whose columns share a color.
 * B(c, i) is the sum of the group of color c in row i, so that an entry alone in its group can be
 * read off, and groups of which all but one are known give that one. */
#ifndef ASDEX_SPARSE_GROUPS_H
#define ASDEX_SPARSE_GROUPS_H

#include "sparse/coloring.h"

/* *single (mem_free; one byte per entry): whether entry k is alone in its group.  Entries of
 * neutral columns are in no group: 0.  All colors must be -1 … num_colors - 1.  O(nnz). */
enum status groups_single(struct context *ctx, const struct pattern *p, const int32_t *color,
                          int32_t num_colors, uint8_t **single) MUST_CHECK;

/* Walks the entries row by row and tells where the mirror image of each is: entry (i, j) at k has
 * its mirror (j, i) at mirror_next(&m, j).  Every entry must be visited, in order.  O(nnz). */
struct mirror {
  int64_t *next; /* by row */
};
enum status mirror_begin(struct context *ctx, const struct pattern *p, struct mirror *m) MUST_CHECK;
void mirror_end(struct mirror *m);
static inline int64_t mirror_next(struct mirror *m, int32_t column)
{
  return m->next[column]++;
}

/* Walks the entries row by row, too: both (i, j) and (j, i) are edge {i, j}, and edges are numbered
 * as the entries on and above the diagonal are, row by row.  Call upper_row(&u, i) before the
 * entries of row i.  O(nnz). */
struct upper {
  int64_t *next; /* by row: the edge of its mirror image that is met next */
  int64_t count; /* of edges so far */
};
enum status upper_begin(struct context *ctx, const struct pattern *p, struct upper *u) MUST_CHECK;
void upper_end(struct upper *u);
static inline void upper_row(struct upper *u, int32_t row)
{
  u->next[row] = u->count;
}
static inline int64_t upper_next(struct upper *u, int32_t row, int32_t column)
{
  if (column > row) return u->count++;
  u->count += column == row;
  return u->next[column]++;
}

/* The order in which a symmetric matrix can be recovered by substitution: edges alone in a group
 * first, then those whose group they leave alone, and so on.  Edge {i, j}, i < j, is in two groups:
 * in row i with the color of j, and in row j with the color of i. */
#define ELIMINATION_NONE UINT32_MAX
enum edge_state {
  EDGE_UNKNOWN, /* it cannot be recovered */
  EDGE_FIRST,   /* from its group in row i */
  EDGE_SECOND   /* from its group in row j */
};
struct elimination {
  uint32_t num_edges;
  uint8_t *state; /* by edge */
  uint32_t *rest; /* by edge that is recovered: the edge that is recovered from its other group, and
                     from which it must be taken off; NONE */
  uint32_t *order; /* the edges that are recovered, in order */
  uint32_t count;  /* of them */
  bool complete;   /* all are */
};
/* STATUS_LIMIT from 2^32 - 1 entries on. */
enum status elimination_create(struct context *ctx, const struct pattern *p, const int32_t *color,
                               int32_t num_colors, struct elimination *out) MUST_CHECK;
void elimination_free(struct elimination *e);

#endif
