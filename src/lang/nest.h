/* Loop nests as domains of the Program: opening loops, splitting by conditions, maps from one nest
 * to an enclosing one. */
#ifndef ASDEX_LANG_NEST_H
#define ASDEX_LANG_NEST_H

#include "lang/elab.h"

/* A list of runs under construction, in loop order. */
struct runs {
  int ndim;
  bool single; /* one iteration a run: the last loop is an outer loop of a sequential group */
  int64_t count;
  VEC(int64_t) start, first, step;
};
enum status runs_add(struct elab *e, struct runs *r, const int64_t *first, int64_t count,
                     int64_t step) MUST_CHECK;
/* Adds the domain to the program and empties r. */
enum status runs_finish(struct elab *e, struct runs *r, int *domain) MUST_CHECK;
void runs_free(struct runs *r);

/* Opens loops inside the domain `outer` (the e->ndims loops in scope): binds their names, adds the
 * nested domain.  *pushed counts the bindings.  The caller closes with nest_close. */
enum status nest_open(struct elab *e, int outer, const struct loop *loops, int nloops, bool single,
                      struct loc loc, int *domain, size_t *pushed) MUST_CHECK;
void nest_close(struct elab *e, int nloops, size_t pushed);

/* The truth of a data condition over a domain: the same everywhere, or a split of the domain into
 * pieces on each of which it is. */
enum verdict { VERDICT_FALSE, VERDICT_TRUE, VERDICT_SPLIT };
enum { PIECES_MAX = 3 };
struct pieces {
  int count;
  int domain[PIECES_MAX];
};
enum status nest_decide(struct elab *e, const struct expr *condition, int domain, bool single,
                        enum verdict *verdict, struct pieces *pieces) MUST_CHECK;

/* Least and greatest value of an affine form over a box with iterations; false if a term is beyond
 * FORM_MAX. */
bool nest_form_range(const struct form *f, const struct domain *d, int64_t *least,
                     int64_t *greatest);

/* For each iteration of `inner`, the position in `outer` of the iteration with the same leading
 * indices.  inner's iterations are among those nested in outer's. */
enum status nest_position(struct elab *e, int inner, int outer, struct map *map) MUST_CHECK;

/* Gives the domain the slabs of a sequential group: one for each position of the domain `outer`, at
 * its tick (of nticks; ticks NULL: position q is tick q).  A box stays one if its leading ranges
 * are those of the outer domain and there are no ticks, else it becomes runs. */
enum status nest_slabs(struct elab *e, int *domain, int outer, const int64_t *ticks,
                       int64_t nticks) MUST_CHECK;

/* Adds a table (taken over) or finds an equal one; 32 bits where they fit. */
enum status nest_table(struct elab *e, int64_t *offsets, int64_t len, struct map *map) MUST_CHECK;

/* Walks a domain: sets e->at for each iteration. */
typedef enum status nest_visit(struct elab *e, int64_t p, void *user);
enum status nest_walk(struct elab *e, int domain, nest_visit *visit, void *user) MUST_CHECK;

#endif
