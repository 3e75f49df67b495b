#include "config.h"

#include "sparse/coloring.h"

#include "sparse/places.h"
#include "sparse/groups.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/pool.h"

/* A value that is recovered by substitution and must be taken off from another, see
 * recovery_finish. */
struct step {
  uint32_t value, rest;
};

/* A value that changes in a step, and its mirror image, which must follow. */
struct copy {
  uint32_t from, to;
};

/* Where in B each value is read: color × n + row, in 32 bits where that fits; of many colors in
 * buckets, for parts of B. */
struct recovery {
  int64_t n, count;
  uint64_t size; /* of B */
  uint32_t *at32;
  uint64_t *at64;
  struct places *sorted; /* or NULL */
  struct step *steps;
  struct copy *copies;
  uint32_t num_steps, num_copies;
};

void recovery_free(struct recovery *r)
{
  if (!r) return;
  mem_free(r->at32);
  mem_free(r->at64);
  places_free(r->sorted);
  mem_free(r->steps);
  mem_free(r->copies);
  mem_free(r);
}

int64_t recovery_count(const struct recovery *r)
{
  return r->count;
}

static bool alloc_places(struct recovery *r, int64_t count, bool narrow)
{
  r->count = count;
  r->at32 = narrow ? mem_alloc((size_t)count, sizeof *r->at32) : NULL;
  r->at64 = narrow ? NULL : mem_alloc((size_t)count, sizeof *r->at64);
  return r->at32 || r->at64;
}

static enum status create(struct context *ctx, const struct pattern *p, const struct coloring *c,
                          bool upper, struct recovery **out)
{
  uint64_t rows = (uint64_t)c->num_colors * (uint64_t)p->n;
  bool narrow = rows <= UINT32_MAX;
  bool general = c->method == METHOD_COLUMN;
  double half = (double)pattern_upper_nnz(p), size = narrow ? 4 : 8;
  double places = (upper || !general ? half : 0) + (upper ? 0 : (double)pattern_nnz(p));
  TRY(diag_check_memory(ctx, size * places, "the recovery of the matrix"));
  struct recovery *r = mem_zalloc(1, sizeof *r);
  if (!r) return diag_no_memory(ctx);
  r->n = p->n;
  r->size = rows;
  if (!alloc_places(r, general && !upper ? pattern_nnz(p) : (int64_t)half, narrow)) {
    recovery_free(r);
    return diag_no_memory(ctx);
  }
  *out = r;
  return STATUS_OK;
}

static void put(struct recovery *r, int64_t value, uint64_t at)
{
  if (r->at32)
    r->at32[value] = (uint32_t)at;
  else
    r->at64[value] = at;
}

/* Where value k is read in B. */
static uint64_t place(const struct recovery *r, int64_t k)
{
  return r->at32 ? r->at32[k] : r->at64[k];
}

static void read_at(struct recovery *r, int64_t value, int32_t color, int32_t row)
{
  put(r, value, (uint64_t)color * (uint64_t)r->n + (uint64_t)row);
}

/* Which colors the columns of a row have: stamp(row) once, stamp(row) + 1 more than once. */
static uint32_t stamp(int32_t row)
{
  return 2 * (uint32_t)row + 1;
}

static void mark_row(const struct pattern *p, const struct coloring *c, int32_t i, uint32_t *seen)
{
  for (int64_t k = p->ptr[i]; k < p->ptr[i + 1]; k++) {
    int32_t color = c->color[p->ind[k]];
    if (color >= 0) seen[color] = stamp(i) + (seen[color] >= stamp(i));
  }
}

/* Whether the only column of the row with this color has it. */
static bool alone(const uint32_t *seen, int32_t row, int32_t color)
{
  return color >= 0 && seen[color] == stamp(row);
}

/* Entry (i, j) is B(color[j], i) if it is alone in its group. */
static bool plan_columns(const struct pattern *p, const struct coloring *c, bool upper,
                         uint32_t *seen, struct recovery *r)
{
  int64_t value = 0;
  for (int32_t i = 0; i < p->n; i++) {
    mark_row(p, c, i, seen);
    for (int64_t k = p->ptr[i]; k < p->ptr[i + 1]; k++) {
      int32_t j = p->ind[k];
      if (!alone(seen, i, c->color[j])) return false;
      if (!upper || j >= i) read_at(r, value++, c->color[j], i);
    }
  }
  return true;
}

/* Both (i, j) and (j, i) are read at the hub's color and the leaf's row.  Where both could be the
 * hub, in a star of a single edge, it is the lower one.  Row i tells whether j may be the hub; of
 * an edge, the first row leaves that in the place for the second one. */
static bool plan_star(const struct pattern *p, const struct coloring *c, struct upper *u,
                      uint32_t *seen, struct recovery *r)
{
  for (int32_t i = 0; i < p->n; i++) {
    upper_row(u, i);
    mark_row(p, c, i, seen);
    for (int64_t k = p->ptr[i]; k < p->ptr[i + 1]; k++) {
      int32_t j = p->ind[k];
      int64_t edge = upper_next(u, i, j);
      bool is_hub = alone(seen, i, c->color[j]);
      if (j > i)
        put(r, edge, is_hub);
      else if (is_hub)
        read_at(r, edge, c->color[j], i);
      else if (j < i && place(r, edge))
        read_at(r, edge, c->color[i], j);
      else
        return false;
    }
  }
  return true;
}

static enum status plan_direct(struct context *ctx, const struct pattern *p,
                               const struct coloring *c, bool upper, struct recovery *r,
                               bool *complete)
{
  struct upper u;
  TRY(upper_begin(ctx, p, &u));
  uint32_t *seen = mem_zalloc((size_t)c->num_colors, sizeof *seen); /* by color */
  if (seen)
    *complete = c->method == METHOD_COLUMN ? plan_columns(p, c, upper, seen, r)
                                           : plan_star(p, c, &u, seen, r);
  mem_free(seen);
  upper_end(&u);
  return seen ? STATUS_OK : diag_no_memory(ctx);
}

static void place_edges(const struct pattern *p, const struct coloring *c,
                        const struct elimination *e, struct recovery *r)
{
  int64_t edge = 0;
  for (int32_t i = 0; i < p->n; i++)
    for (int64_t k = p->ptr[i]; k < p->ptr[i + 1]; k++) {
      int32_t j = p->ind[k];
      if (j < i) continue;
      if (e->state[edge] == EDGE_FIRST)
        read_at(r, edge++, c->color[j], i);
      else
        read_at(r, edge++, c->color[i], j);
    }
}

static enum status plan_substitution(struct context *ctx, const struct pattern *p,
                                     const struct coloring *c, struct recovery *r, bool *complete)
{
  struct elimination e;
  TRY(elimination_create(ctx, p, c->color, c->num_colors, &e));
  enum status status = STATUS_OK;
  *complete = e.complete;
  if (!e.complete) goto done;
  place_edges(p, c, &e, r);
  uint32_t count = 0;
  for (uint32_t s = 0; s < e.count; s++) count += e.rest[e.order[s]] != ELIMINATION_NONE;
  r->steps = mem_alloc(count, sizeof *r->steps);
  if (!r->steps) {
    status = diag_no_memory(ctx);
    goto done;
  }
  for (uint32_t s = 0; s < e.count; s++) {
    uint32_t edge = e.order[s], rest = e.rest[edge];
    if (rest != ELIMINATION_NONE) r->steps[r->num_steps++] = (struct step){edge, rest};
  }
done:
  elimination_free(&e);
  return status;
}

/* The places of both triangles from those of the edges. */
static enum status expand_places(struct context *ctx, const struct pattern *p, struct recovery *r)
{
  struct recovery edges = *r;
  struct upper u;
  TRY(upper_begin(ctx, p, &u));
  bool allocated = alloc_places(r, pattern_nnz(p), edges.at32);
  for (int32_t i = 0; i < p->n && allocated; i++) {
    upper_row(&u, i);
    for (int64_t k = p->ptr[i]; k < p->ptr[i + 1]; k++)
      put(r, k, place(&edges, upper_next(&u, i, p->ind[k])));
  }
  mem_free(edges.at32);
  mem_free(edges.at64);
  upper_end(&u);
  return allocated ? STATUS_OK : diag_no_memory(ctx);
}

/* Steps between edges become steps between the entries above the diagonal.  Entries below it were
 * read where those were; they differ only if those change. */
static enum status expand_steps(struct context *ctx, const struct pattern *p, int64_t num_edges,
                                struct recovery *r)
{
  struct upper u;
  TRY(upper_begin(ctx, p, &u));
  uint32_t *entry = mem_alloc((size_t)num_edges, sizeof *entry);
  uint8_t *changes = mem_zalloc((size_t)num_edges, 1);
  r->copies = mem_alloc(r->num_steps, sizeof *r->copies);
  bool allocated = entry && changes && r->copies;
  for (uint32_t s = 0; s < r->num_steps && allocated; s++) changes[r->steps[s].rest] = 1;
  for (int32_t i = 0; i < p->n && allocated; i++) {
    upper_row(&u, i);
    for (int64_t k = p->ptr[i]; k < p->ptr[i + 1]; k++) {
      int64_t edge = upper_next(&u, i, p->ind[k]);
      if (p->ind[k] >= i)
        entry[edge] = (uint32_t)k;
      else if (changes[edge])
        r->copies[r->num_copies++] = (struct copy){entry[edge], (uint32_t)k};
    }
  }
  for (uint32_t s = 0; s < r->num_steps && allocated; s++)
    r->steps[s] = (struct step){entry[r->steps[s].value], entry[r->steps[s].rest]};
  mem_free(entry);
  mem_free(changes);
  upper_end(&u);
  return allocated ? STATUS_OK : diag_no_memory(ctx);
}

static enum status both_triangles(struct context *ctx, const struct pattern *p, struct recovery *r)
{
  int64_t num_edges = r->count;
  TRY(expand_places(ctx, p, r));
  return r->num_steps ? expand_steps(ctx, p, num_edges, r) : STATUS_OK;
}

static uint64_t place_of(const void *r, int64_t k)
{
  return place(r, k);
}

/* A look at all places for each chunk of colors is too much if there are many chunks. */
enum { SCANNED_COLORS = 64 };
static enum status sort_places(struct context *ctx, int32_t num_colors, struct recovery *r)
{
  if (num_colors <= SCANNED_COLORS || !places_fit(r->n, r->count)) return STATUS_OK;
  TRY(places_create(ctx, r->n, num_colors, r->count, place_of, r, &r->sorted));
  mem_free(r->at32);
  mem_free(r->at64);
  r->at32 = NULL;
  r->at64 = NULL;
  return STATUS_OK;
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

static enum status plan(struct context *ctx, const struct pattern *p, const struct coloring *c,
                        bool upper, struct recovery **out)
{
  struct recovery *r = NULL;
  bool complete = false;
  *out = NULL;
  if (c->n != p->n) return FAIL(ctx, COLORING_SIZE, NO_LOC, (long)c->n, (long)p->n);
  if (!colors_in_range(c)) return fail_flawed(ctx, p, c);
  TRY(create(ctx, p, c, upper, &r));
  assert(r);
  enum status status = c->method == METHOD_ACYCLIC ? plan_substitution(ctx, p, c, r, &complete)
                                                   : plan_direct(ctx, p, c, upper, r, &complete);
  if (status == STATUS_OK && !complete) status = fail_flawed(ctx, p, c);
  if (status == STATUS_OK && !upper && c->method != METHOD_COLUMN)
    status = both_triangles(ctx, p, r);
  if (status == STATUS_OK) status = sort_places(ctx, c->num_colors, r);
  if (status == STATUS_OK) {
    *out = r;
    r = NULL;
  }
  recovery_free(r);
  return status;
}

enum status recovery_create(struct context *ctx, const struct pattern *p, const struct coloring *c,
                            struct recovery **out)
{
  return plan(ctx, p, c, false, out);
}

enum status recovery_create_upper(struct context *ctx, const struct pattern *p,
                                  const struct coloring *c, struct recovery **out)
{
  return plan(ctx, p, c, true, out);
}

/* All places are within `rows`. */
static void gather_all(const struct recovery *r, const double *rows, double *values)
{
  if (r->at32)
    for (int64_t k = 0; k < r->count; k++) values[k] = rows[r->at32[k]];
  else
    for (int64_t k = 0; k < r->count; k++) values[k] = rows[r->at64[k]];
}

/* Without branches, as no processor could predict them. */
static void gather_part(const struct recovery *r, uint64_t begin, uint64_t len, const double *rows,
                        double *values)
{
  for (int64_t k = 0; k < r->count; k++) {
    uint64_t at = place(r, k) - begin;
    bool here = at < len;
    const double *from = here ? &rows[at] : &values[k];
    values[k] = *from;
  }
}

static void gather_doubles(const struct recovery *r, uint64_t begin, uint64_t len,
                           const double *rows, double *values)
{
  if (r->sorted)
    places_gather(r->sorted, begin, begin + len, rows, values);
  else if (begin == 0 && len >= r->size)
    gather_all(r, rows, values);
  else
    gather_part(r, begin, len, rows, values);
}

struct copying {
  const struct numbers *from;
  struct numbers *to;
};

static void copy_number(void *copying, int64_t at, int64_t k)
{
  struct copying *c = copying;
  struct number v = numbers_get(c->from, at);
  numbers_set(c->to, k, &v);
}

static void gather_exact(const struct recovery *r, uint64_t begin, uint64_t len,
                         const struct numbers *rows, struct numbers *values)
{
  struct copying c = {rows, values};
  if (r->sorted) {
    places_visit(r->sorted, begin, begin + len, copy_number, &c);
    return;
  }
  for (int64_t k = 0; k < r->count; k++) {
    uint64_t at = place(r, k) - begin;
    if (at < len) copy_number(&c, (int64_t)at, k);
  }
}

static void gather(const struct recovery *r, uint64_t begin, uint64_t len,
                   const struct numbers *rows, struct numbers *values)
{
  if (rows->field == FIELD_EXACT) {
    gather_exact(r, begin, len, rows, values);
    return;
  }
  gather_doubles(r, begin, len, rows->re, values->re);
  if (rows->field == FIELD_COMPLEX) gather_doubles(r, begin, len, rows->im, values->im);
}

struct gathering {
  const struct recovery *r;
  uint64_t begin, len;
  const struct numbers *rows, *values;
};
enum { GATHER_PART = 1 << 16 }; /* values */

/* The values from k on, as a recovery of its own. */
static void gather_values(void *user, int worker, int64_t k)
{
  const struct gathering *g = user;
  struct recovery part = *g->r;
  (void)worker;
  part.count = g->r->count - k < GATHER_PART ? g->r->count - k : GATHER_PART;
  if (part.at32)
    part.at32 += k;
  else
    part.at64 += k;
  struct numbers values = numbers_view(g->values, k, part.count);
  gather(&part, g->begin, g->len, g->rows, &values);
}

void recovery_gather(struct pool *pool, const struct recovery *r, int64_t first, int64_t count,
                     const struct numbers *rows, struct numbers *values)
{
  struct gathering g = {r, (uint64_t)(first * r->n), (uint64_t)(count * r->n), rows, values};
  bool by_value = r->at32 || r->at64;
  if (rows->field != FIELD_EXACT && by_value) /* exact numbers are counted references */
    pool_run(pool, gather_values, &g, 0, r->count, GATHER_PART);
  else
    gather(r, g.begin, g.len, rows, values);
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
  for (uint32_t s = 0; s < r->num_steps; s++) values[r->steps[s].rest] -= values[r->steps[s].value];
  for (uint32_t k = 0; k < r->num_copies; k++) values[r->copies[k].to] = values[r->copies[k].from];
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
  for (uint32_t s = 0; s < r->num_steps; s++) {
    const struct step *step = &r->steps[s];
    struct number rest = {0};
    enum rational_result result =
        subtract(values->exact[step->rest], values->exact[step->value], &rest.exact);
    if (result == RATIONAL_TOO_LARGE)
      return FAIL(ctx, EXACT_TOO_LARGE, NO_LOC, (int)RATIONAL_BITS_MAX);
    if (result != RATIONAL_OK) return diag_no_memory(ctx);
    numbers_set(values, step->rest, &rest);
    rational_drop(rest.exact);
  }
  for (uint32_t k = 0; k < r->num_copies; k++) {
    struct number v = numbers_get(values, r->copies[k].from);
    numbers_set(values, r->copies[k].to, &v);
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
  gather(r, 0, r->size, compressed, values);
  return recovery_finish(ctx, r, values);
}

enum status recovery_expand(struct context *ctx, const struct pattern *p,
                            const struct numbers *upper, struct numbers *all)
{
  struct upper u;
  TRY(upper_begin(ctx, p, &u));
  for (int32_t i = 0; i < p->n; i++) {
    upper_row(&u, i);
    for (int64_t k = p->ptr[i]; k < p->ptr[i + 1]; k++) {
      struct number v = numbers_get(upper, upper_next(&u, i, p->ind[k]));
      numbers_set(all, k, &v);
    }
  }
  upper_end(&u);
  return STATUS_OK;
}
