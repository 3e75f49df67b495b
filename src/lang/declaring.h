/* What the files that give declarations their sizes and values share: declare_shape.c,
 * declare_values.c, declare.c. */
#ifndef ASDEX_LANG_DECLARING_H
#define ASDEX_LANG_DECLARING_H

#include "lang/content.h"
#include "lang/elab.h"

/* ---- declare_shape.c ---- */
/* Visits every index tuple of a declaration in row-major order of its loops, the dimensions'
 * indices in scope.  `open` has the sizes of open dimensions. */
typedef enum status walk_visit(struct elab *e, const int64_t *index, void *user);
enum status declared_walk(struct elab *e, const struct stmt *s, const int64_t *open,
                          walk_visit *visit, void *user) MUST_CHECK;
/* The index set of params, vars, auxes: without strides and size if it is a box (*box), else
 * complete. */
enum status declared_ranges(struct elab *e, const struct stmt *s, const int64_t *open,
                            struct shape *out, bool *box) MUST_CHECK;
/* The same, complete, of what has no open dimensions. */
enum status declared_shape(struct elab *e, const struct stmt *s, struct shape *out) MUST_CHECK;

/* ---- declare_values.c ---- */
/* Where values go, and what they must be. */
struct fill {
  const char *name;
  const struct shape *shape;
  bool integer, point;
  struct numbers *out;
  int64_t k;                       /* elements filled so far, in a walk */
  const struct expr *expr;         /* one for all, */
  const struct expr *const *items; /* or one for each */
};

/* Room for a declared array.  There is one element more: sparse parameters have a 0 behind them. */
enum status fill_allocate(struct elab *e, struct loc loc, int64_t count,
                          struct numbers *out) MUST_CHECK;
/* From expressions, with the indices of the declaration in scope; evaluated once where there are
 * none. */
enum status fill_expressions(struct elab *e, const struct stmt *s, struct fill *f) MUST_CHECK;
/* From content that fits the shape. */
enum status fill_content(struct elab *e, struct fill *f, const struct content *c) MUST_CHECK;
/* The stored entries of a matrix (CONTENT_ENTRIES) for a sparse parameter, one after the other. */
enum status fill_entries(struct elab *e, struct fill *f, const struct content *c) MUST_CHECK;
/* The error for content that does not fit; s NULL: the shape was to be that of the content. */
enum status fail_shape(struct elab *e, const char *name, const struct shape *s,
                       const struct content *c) MUST_CHECK;

#endif
