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

/* The order in which a symmetric matrix can be recovered by substitution: entries alone in their
 * group first, then those whose group they leave alone, and so on. */
#define ELIMINATION_NONE UINT32_MAX
struct elimination {
  uint32_t nnz, num_groups;
  uint32_t *mirror; /* by entry: its mirror image, itself on the diagonal */
  uint32_t *group;  /* by entry: its group; NONE in neutral columns */
  uint32_t *solved; /* by group: the entry that is recovered from it; NONE: all of its entries were
                       recovered as mirror images */
  uint32_t *order;  /* the entries that are recovered from their groups, in order */
  uint32_t count;   /* of them */
  bool complete;    /* everything can be recovered (or is the mirror image of what can) */
};
/* STATUS_LIMIT from 2^32 - 1 entries on. */
enum status elimination_create(struct context *ctx, const struct pattern *p, const int32_t *color,
                               int32_t num_colors, struct elimination *out) MUST_CHECK;
void elimination_free(struct elimination *e);

#endif
