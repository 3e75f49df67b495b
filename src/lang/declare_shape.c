#include "config.h"

#include "lang/declaring.h"

#include <assert.h>
#include <string.h>

/* ---- walking the dimensions ---- */

struct walk {
  const struct stmt *stmt;
  const int64_t *open; /* sizes of open dimensions */
  walk_visit *visit;
  void *user;
  int64_t steps;
  int64_t index[LOOP_MAX];
};

static enum status dim_span(struct elab *e, const struct stmt *s, int d, const int64_t *open,
                            struct span *out)
{
  struct loop l = {.dim = s->dims[d]};
  if (!s->dims[d]->open) return loop_span(e, &l, out);
  assert(open); /* only parameters have such dimensions */
  *out = (struct span){1, 1, open[d]};
  return STATUS_OK;
}

static enum status dim_bind(struct elab *e, const struct stmt *s, int d, const struct span *span,
                            size_t *pushed)
{
  struct loop l = {.dim = s->dims[d]};
  if (e->ndims >= LOOP_MAX) return FAIL(e->ctx, LOOPS_TOO_DEEP, s->dims[d]->loc, (int)LOOP_MAX);
  e->at[e->ndims] = 0;
  TRY(loop_bind(e, &l, e->ndims, span, false, pushed));
  e->ndims++;
  return STATUS_OK;
}

static enum status walk_from(struct elab *e, struct walk *w, int d)
{
  struct span span;
  size_t pushed = 0;
  if (d == w->stmt->ndims) return w->visit(e, w->index, w->user);
  TRY(dim_span(e, w->stmt, d, w->open, &span));
  if (span.count > ITERATIONS_MAX - w->steps)
    return FAIL(e->ctx, TOO_MANY_ITERATIONS, w->stmt->dims[d]->loc, (long long)ITERATIONS_MAX);
  w->steps += span.count;
  TRY(dim_bind(e, w->stmt, d, &span, &pushed));
  enum status status = STATUS_OK;
  for (int64_t k = 0; k < span.count && status == STATUS_OK; k++) {
    e->at[e->ndims - 1] = k;
    w->index[d] = span.lo + span.step * k;
    status = walk_from(e, w, d + 1);
  }
  scope_pop(e, pushed);
  e->ndims--;
  return status;
}

enum status declared_walk(struct elab *e, const struct stmt *s, const int64_t *open,
                          walk_visit *visit, void *user)
{
  struct walk w = {.stmt = s, .open = open, .visit = visit, .user = user};
  return walk_from(e, &w, 0);
}

/* ---- shapes ---- */

static bool mentions(const struct expr *x, const struct binder *b);

static bool range_mentions(const struct range *r, const struct binder *b)
{
  return mentions(r->lo, b) || mentions(r->hi, b) || mentions(r->by, b) || mentions(r->row, b);
}

/* Whether the index occurs in the expression (or in NULL: no).  Recursion is bounded by its height.
 */
static bool mentions(const struct expr *x, const struct binder *b)
{
  if (!x) return false;
  if (x->binder == b || mentions(x->filter, b)) return true;
  for (int i = 0; i < x->nargs; i++)
    if (mentions(x->args[i], b)) return true;
  for (int i = 0; i < x->nranges; i++)
    if (range_mentions(x->ranges[i], b)) return true;
  return false;
}

/* Whether the range of dimension d depends on the index of an earlier one. */
static bool depends(struct elab *e, const struct stmt *s, int d)
{
  const struct dim *x = s->dims[d];
  struct loop l = {.dim = x};
  bool earlier = false;
  for (int i = 0; i < d && !x->open; i++) {
    const struct binder *b = s->dims[i]->index;
    earlier |= b && (mentions(x->lo, b) || mentions(x->hi, b) || mentions(x->by, b));
  }
  return earlier && !loop_is_fixed(e, &l);
}

/* The ranges of dimensions d … as those of a box; *box is false if a range depends on an earlier
 * index. */
static enum status box_from(struct elab *e, const struct stmt *s, int d, const int64_t *open,
                            struct shape *out, bool *box)
{
  struct span span;
  size_t pushed = 0;
  if (d == s->ndims) return STATUS_OK;
  *box = !depends(e, s, d);
  if (!*box) return STATUS_OK;
  TRY(dim_span(e, s, d, open, &span));
  out->lo[d] = span.lo;
  out->step[d] = span.step;
  out->extent[d] = span.count;
  TRY(dim_bind(e, s, d, &span, &pushed));
  enum status status = box_from(e, s, d + 1, open, out, box);
  scope_pop(e, pushed);
  e->ndims--;
  return status;
}

static enum status visit_tuple(struct elab *e, const int64_t *index, void *user)
{
  struct shape *s = user;
  bool fresh;
  /* tuples, their hash table, and both once more while it grows */
  if ((s->size & 0xFFFF) == 0)
    TRY(diag_check_memory(e->ctx, (double)(s->size + 0x10000) * 8 * (2 * s->ndim + 6), "an array"));
  return shape_add(e->ctx, s, index, &fresh);
}

enum status declared_ranges(struct elab *e, const struct stmt *s, const int64_t *open,
                            struct shape *out, bool *box)
{
  memset(out, 0, sizeof *out);
  out->ndim = s->ndims;
  *box = true;
  TRY(box_from(e, s, 0, open, out, box));
  out->box = *box;
  if (*box) return STATUS_OK;
  memset(out, 0, sizeof *out);
  out->ndim = s->ndims;
  enum status status = declared_walk(e, s, open, visit_tuple, out);
  if (status != STATUS_OK) shape_free(out);
  return status;
}

enum status declared_shape(struct elab *e, const struct stmt *s, struct shape *out)
{
  bool box;
  if (s->ndims == 0) {
    shape_scalar(out);
    return STATUS_OK;
  }
  TRY(declared_ranges(e, s, NULL, out, &box));
  return box ? shape_box(e->ctx, s->name_loc, out) : STATUS_OK;
}
