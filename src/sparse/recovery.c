#include "config.h"

#include "sparse/coloring.h"
#include "sparse/groups.h"

#include <stdio.h>
#include <string.h>

/* A value that is recovered by substitution and that others depend on, see recovery_finish. */
struct step {
  uint32_t entry, mirror;
  uint32_t rest; /* the entry whose group holds the mirror, too; ELIMINATION_NONE */
};

/* Where in B each entry is read: color × n + row, in 32 bits where that fits. */
struct recovery {
  int64_t n, nnz;
  uint32_t *at32;
  uint64_t *at64;
  VEC(struct step) steps;
};

void recovery_free(struct recovery *r)
{
  if (!r) return;
  mem_free(r->at32);
  mem_free(r->at64);
  VEC_FREE(&r->steps);
  mem_free(r);
}

static enum status create(struct context *ctx, const struct pattern *p, const struct coloring *c,
                          struct recovery **out)
{
  bool narrow = (uint64_t)c->num_colors * (uint64_t)p->n <= UINT32_MAX;
  int64_t nnz = pattern_nnz(p);
  TRY(diag_check_memory(ctx, (narrow ? 5.0 : 9.0) * (double)nnz, "the recovery of the matrix"));
  struct recovery *r = mem_zalloc(1, sizeof *r);
  if (!r) return diag_no_memory(ctx);
  r->n = p->n;
  r->nnz = nnz;
  if (narrow)
    r->at32 = mem_alloc((size_t)nnz, sizeof *r->at32);
  else
    r->at64 = mem_alloc((size_t)nnz, sizeof *r->at64);
  if (!r->at32 && !r->at64) {
    recovery_free(r);
    return diag_no_memory(ctx);
  }
  *out = r;
  return STATUS_OK;
}

static void read_at(struct recovery *r, int64_t entry, const struct coloring *c, int32_t color,
                    int32_t row)
{
  uint64_t at = (uint64_t)color * (uint64_t)c->n + (uint64_t)row;
  if (r->at32)
    r->at32[entry] = (uint32_t)at;
  else
    r->at64[entry] = at;
}

/* Entry (i, j) is B(color[j], i) if it is alone in its group. */
static bool plan_columns(const struct pattern *p, const struct coloring *c, const uint8_t *single,
                         struct recovery *r)
{
  for (int32_t i = 0; i < p->n; i++)
    for (int64_t k = p->ptr[i]; k < p->ptr[i + 1]; k++) {
      if (!single[k]) return false;
      read_at(r, k, c, c->color[p->ind[k]], i);
    }
  return true;
}

/* Both (i, j) and (j, i) are read at the hub's color and the leaf's row.  Where both could be the
 * hub, in a star of a single edge, it is the lower one. */
static bool plan_star(const struct pattern *p, const struct coloring *c, const uint8_t *single,
                      struct mirror *m, struct recovery *r)
{
  for (int32_t i = 0; i < p->n; i++)
    for (int64_t k = p->ptr[i]; k < p->ptr[i + 1]; k++) {
      int32_t j = p->ind[k];
      int64_t mirror = mirror_next(m, j);
      int32_t low = i < j ? i : j, high = i < j ? j : i;
      bool low_is_hub = i < j ? single[mirror] : single[k];
      bool high_is_hub = i < j ? single[k] : single[mirror];
      if (low_is_hub)
        read_at(r, k, c, c->color[low], high);
      else if (high_is_hub)
        read_at(r, k, c, c->color[high], low);
      else
        return false;
    }
  return true;
}

static enum status plan_direct(struct context *ctx, const struct pattern *p,
                               const struct coloring *c, struct recovery *r, bool *complete)
{
  uint8_t *single;
  TRY(groups_single(ctx, p, c->color, c->num_colors, &single));
  enum status status = STATUS_OK;
  if (c->method == METHOD_COLUMN) {
    *complete = plan_columns(p, c, single, r);
  } else {
    struct mirror m;
    status = mirror_begin(ctx, p, &m);
    if (status == STATUS_OK) *complete = plan_star(p, c, single, &m, r);
    mirror_end(&m);
  }
  mem_free(single);
  return status;
}

/* Both halves are read where the entry is recovered.  A step is needed for an entry that must be
 * taken off from the group of its mirror image, of which another entry is left; and for an entry
 * from whose group others were taken off, as its mirror image must follow. */
static enum status plan_substitution(struct context *ctx, const struct pattern *p,
                                     const struct coloring *c, struct recovery *r, bool *complete)
{
  struct elimination e;
  TRY(elimination_create(ctx, p, c->color, c->num_colors, &e));
  enum status status = STATUS_OK;
  uint8_t *reduced = mem_zalloc(e.num_groups, 1); /* by group */
  *complete = e.complete;
  if (!e.complete) goto done;
  if (!reduced) goto no_memory;
  for (uint32_t s = 0; s < e.count; s++) {
    uint32_t k = e.order[s], m = e.mirror[k], h = e.group[m], rest = ELIMINATION_NONE;
    int32_t row = p->ind[m], color = c->color[p->ind[k]];
    read_at(r, k, c, color, row);
    if (m != k) read_at(r, m, c, color, row);
    if (m != k && h != ELIMINATION_NONE) rest = e.solved[h];
    if (rest != ELIMINATION_NONE) reduced[h] = 1;
    if (rest == ELIMINATION_NONE && !reduced[e.group[k]]) continue;
    if (!VEC_PUSH(&r->steps, ((struct step){k, m, rest}))) goto no_memory;
  }
  goto done;

no_memory:
  status = diag_no_memory(ctx);
done:
  mem_free(reduced);
  elimination_free(&e);
  return status;
}

static enum status fail_flawed(struct context *ctx, const struct pattern *p,
                               const struct coloring *c)
{
  bool valid;
  struct coloring_flaw flaw;
  TRY(coloring_check(ctx, p, c, &valid, &flaw));
  if (valid) return FAIL(ctx, BUG, NO_LOC, "a valid coloring cannot be used");
  char where[64] = "no unknown in particular";
  size_t len = 0;
  for (int i = 0; i < flaw.count; i++) {
    int written = snprintf(where + len, sizeof where - len, "%s%ld", i ? ", " : "unknowns ",
                           (long)flaw.vertex[i] + 1);
    len += (size_t)written;
  }
  return FAIL(ctx, COLORING_FLAW, NO_LOC, flaw.what, where);
}

static bool colors_in_range(const struct coloring *c)
{
  for (int32_t v = 0; v < c->n; v++)
    if (c->color[v] < -1 || c->color[v] >= c->num_colors) return false;
  return true;
}

enum status recovery_create(struct context *ctx, const struct pattern *p, const struct coloring *c,
                            struct recovery **out)
{
  struct recovery *r = NULL;
  bool complete = false;
  *out = NULL;
  if (c->n != p->n) return FAIL(ctx, COLORING_SIZE, NO_LOC, (long)c->n, (long)p->n);
  if (!colors_in_range(c)) return fail_flawed(ctx, p, c);
  TRY(create(ctx, p, c, &r));
  enum status status = c->method == METHOD_ACYCLIC ? plan_substitution(ctx, p, c, r, &complete)
                                                   : plan_direct(ctx, p, c, r, &complete);
  if (status == STATUS_OK && !complete) status = fail_flawed(ctx, p, c);
  if (status == STATUS_OK) {
    *out = r;
    r = NULL;
  }
  recovery_free(r);
  return status;
}

/* Where entry k is read in B, counted from `begin`. */
static uint64_t place(const struct recovery *r, int64_t k, uint64_t begin)
{
  return (r->at32 ? r->at32[k] : r->at64[k]) - begin;
}

static void gather_doubles(const struct recovery *r, uint64_t begin, uint64_t len,
                           const double *rows, double *values)
{
  for (int64_t k = 0; k < r->nnz; k++) {
    uint64_t at = place(r, k, begin);
    if (at < len) values[k] = rows[at];
  }
}

static void gather(const struct recovery *r, uint64_t begin, uint64_t len,
                   const struct numbers *rows, struct numbers *values)
{
  if (rows->field != FIELD_EXACT) gather_doubles(r, begin, len, rows->re, values->re);
  if (rows->field == FIELD_COMPLEX) gather_doubles(r, begin, len, rows->im, values->im);
  for (int64_t k = 0; rows->field == FIELD_EXACT && k < r->nnz; k++) {
    uint64_t at = place(r, k, begin);
    if (at >= len) continue;
    struct number v = numbers_get(rows, (int64_t)at);
    numbers_set(values, k, &v);
  }
}

void recovery_gather(const struct recovery *r, int64_t first, int64_t count,
                     const struct numbers *rows, struct numbers *values)
{
  gather(r, (uint64_t)(first * r->n), (uint64_t)(count * r->n), rows, values);
}

/* Direct recovery is a gather.  Substitution goes through the two-colored trees from the leaves
 * inwards, in the order of the plan (D. Powell, Ph. L. Toint, "On the estimation of sparse Hessian
 * matrices", SIAM J. Numer. Anal. 16 (1979)): B(color of w, v) is the sum of all edges between v
 * and vertices of w's color; when all but the edge vw are known they are taken off, in the place of
 * vw.
 *
 * There are no multiplications and no divisions, so errors only add up: with u the unit roundoff,
 * the error of an edge is at most the sum of the errors of the entries of B that were used in its
 * subtree, plus u times the sum of the magnitudes of the differences that were rounded there.  It
 * grows with the number of edges of the subtree at most linearly, and not at all in stars.  Working
 * from all leaves at once keeps the depth to half of the diameter. */
static void finish_doubles(const struct recovery *r, double *values)
{
  for (size_t s = 0; s < r->steps.len; s++) {
    const struct step *step = &r->steps.data[s];
    double v = values[step->entry];
    values[step->mirror] = v;
    if (step->rest != ELIMINATION_NONE) values[step->rest] -= v;
  }
}

/* a - b; NULL is 0. */
static enum rational_result subtract(struct rational *a, struct rational *b, struct rational **out)
{
  *out = NULL;
  if (b && a) return rational_sub(a, b, out);
  if (b) return rational_neg(b, out);
  *out = rational_keep(a);
  return RATIONAL_OK;
}

static enum status finish_exact(struct context *ctx, const struct recovery *r,
                                struct numbers *values)
{
  for (size_t s = 0; s < r->steps.len; s++) {
    const struct step *step = &r->steps.data[s];
    struct number v = numbers_get(values, step->entry), rest = {0};
    numbers_set(values, step->mirror, &v);
    if (step->rest == ELIMINATION_NONE) continue;
    enum rational_result result = subtract(values->exact[step->rest], v.exact, &rest.exact);
    if (result == RATIONAL_TOO_LARGE)
      return FAIL(ctx, EXACT_TOO_LARGE, NO_LOC, (int)RATIONAL_BITS_MAX);
    if (result != RATIONAL_OK) return diag_no_memory(ctx);
    numbers_set(values, step->rest, &rest);
    rational_drop(rest.exact);
  }
  return STATUS_OK;
}

enum status recovery_finish(struct context *ctx, const struct recovery *r, struct numbers *values)
{
  if (values->field == FIELD_EXACT) return finish_exact(ctx, r, values);
  finish_doubles(r, values->re);
  if (values->field == FIELD_COMPLEX) finish_doubles(r, values->im);
  return STATUS_OK;
}

enum status recovery_apply(struct context *ctx, const struct recovery *r,
                           const struct numbers *compressed, struct numbers *values)
{
  gather(r, 0, UINT64_MAX, compressed, values);
  return recovery_finish(ctx, r, values);
}
