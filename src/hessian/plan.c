#include "config.h"

#include "hessian/evaluation.h"

#include <limits.h>
#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "base/pool.h"
#include "program/depend.h"
#include "program/transform.h"

const char *const mode_names[MODE_COUNT] = {"fwd-over-rev", "rev-over-fwd", "rev-over-rev"};

enum status problem_pattern(struct context *ctx, const struct problem *p, struct pattern *out)
{
  return program_pattern(ctx, problem_program(p), out);
}

/* ---- the Program ---- */

/* Notes the pieces of the unknowns, taken from `of`, sorted by their place. */
static enum status add_pieces(struct context *ctx, struct evaluation *e,
                              const struct derivatives *of)
{
  const struct program *p = &e->program;
  for (size_t a = 0; a < p->arrays.len; a++) {
    const struct array *x = &p->arrays.data[a];
    if (x->kind != ARRAY_VARIABLE || x->unknown < 0 || x->size == 0) continue;
    struct piece piece = {
        .array = of ? derivative_of(of, (int)a) : -1, .unknown = x->unknown, .size = x->size};
    if (!VEC_PUSH(&e->pieces, piece)) return diag_no_memory(ctx);
    for (size_t i = e->pieces.len - 1; i > 0; i--) {
      struct piece *q = &e->pieces.data[i];
      if (q[-1].unknown < q->unknown) break;
      *q = q[-1];
      q[-1] = piece;
    }
  }
  return STATUS_OK;
}

/* What rides along: the value, the auxiliary outputs. */
static enum status add_extras(struct context *ctx, struct evaluation *e, const struct problem *p,
                              const struct evaluation_options *o)
{
  bool all = o->kind == EVALUATE_VALUE;
  size_t naux = (all || o->with_aux) && problem_has_aux_values(p) ? problem_auxes(p) : 0;
  if (!VEC_RESERVE(&e->auxes, naux)) return diag_no_memory(ctx);
  for (size_t k = 0; k < naux; k++) e->auxes.data[e->auxes.len++] = problem_aux_array(p, k);
  return STATUS_OK;
}

/* Drops what the results do not need. */
static enum status prune(struct context *ctx, struct evaluation *e)
{
  int count = 0, *needed = mem_alloc(e->pieces.len + e->auxes.len + 1, sizeof *needed);
  if (!needed) return diag_no_memory(ctx);
  for (size_t i = 0; i < e->pieces.len; i++)
    if (e->pieces.data[i].array >= 0) needed[count++] = e->pieces.data[i].array;
  for (size_t i = 0; i < e->auxes.len; i++) needed[count++] = e->auxes.data[i];
  if (e->has_value) needed[count++] = e->program.value;
  enum status status = program_prune(ctx, &e->program, needed, count);
  if (status == STATUS_OK) status = program_drop_copies(ctx, &e->program, needed, count);
  mem_free(needed);
  return status;
}

static enum status make_gradient(struct context *ctx, struct evaluation *e)
{
  struct derivatives bar = {0};
  enum status status = program_adjoint(ctx, &e->program, e->program.value, &bar);
  if (status == STATUS_OK) status = add_pieces(ctx, e, &bar);
  VEC_FREE(&bar.of);
  return status == STATUS_OK ? prune(ctx, e) : status;
}

/* The directional derivative of the gradient: the tangents of the unknowns' adjoints. */
static enum status fwd_over_rev(struct context *ctx, struct evaluation *e)
{
  struct derivatives bar = {0}, dot = {0};
  struct program *p = &e->program;
  enum status status = program_adjoint(ctx, p, p->value, &bar);
  if (status == STATUS_OK) status = program_tangent(ctx, p, &dot);
  for (size_t a = 0; a < bar.of.len && status == STATUS_OK; a++)
    bar.of.data[a] = derivative_of(&dot, bar.of.data[a]);
  if (status == STATUS_OK) status = add_pieces(ctx, e, &bar);
  VEC_FREE(&bar.of);
  VEC_FREE(&dot.of);
  return status;
}

/* The gradient of the directional derivative. */
static enum status rev_over_fwd(struct context *ctx, struct evaluation *e)
{
  struct derivatives dot = {0}, bar = {0};
  struct program *p = &e->program;
  enum status status = program_tangent(ctx, p, &dot);
  int slope = derivative_of(&dot, p->value);
  if (status == STATUS_OK && slope >= 0) status = program_adjoint(ctx, p, slope, &bar);
  if (status == STATUS_OK) status = add_pieces(ctx, e, &bar);
  VEC_FREE(&dot.of);
  VEC_FREE(&bar.of);
  return status;
}

/* The gradient of gradient · v. */
static enum status rev_over_rev(struct context *ctx, struct evaluation *e)
{
  struct derivatives bar = {0}, second = {0};
  struct program *p = &e->program;
  int slope;
  enum status status = program_adjoint(ctx, p, p->value, &bar);
  if (status == STATUS_OK) status = program_dot_seed(ctx, p, &bar, &slope);
  if (status == STATUS_OK) status = program_adjoint(ctx, p, slope, &second);
  if (status == STATUS_OK) status = add_pieces(ctx, e, &second);
  VEC_FREE(&bar.of);
  VEC_FREE(&second.of);
  return status;
}

static enum status make_hvp(struct context *ctx, struct evaluation *e, enum hessian_mode mode)
{
  switch (mode) {
  case MODE_FWD_OVER_REV: TRY(fwd_over_rev(ctx, e)); break;
  case MODE_REV_OVER_FWD: TRY(rev_over_fwd(ctx, e)); break;
  default: TRY(rev_over_rev(ctx, e)); break;
  }
  TRY(prune(ctx, e));
  TRY(program_split_lanes(ctx, &e->program));
  e->flat = true;
  for (size_t i = 0; i < e->pieces.len; i++) {
    struct piece *q = &e->pieces.data[i];
    if (q->array >= 0 && !e->program.arrays.data[q->array].lane) q->array = -1;
    e->flat &= q->array < 0;
  }
  return STATUS_OK;
}

/* ---- creation ---- */

/* How many lanes to take at a time.  Each chunk does again what its kernels need and does not
 * depend on the direction; each lane takes memory, and to touch it the first time costs more than
 * to compute with it.  With L lanes that is (directions / L) · again + L · touch, the least at L =
 * sqrt(directions · again / touch).  The weights are nanoseconds, about. */
enum { MOST_LANES = 64, SHORT_STRETCH = 64 };
static const double op_time = 0.5, function_time = 10, dispatch_time = 15, byte_time = 0.25;

static double touch_time(const struct program *p)
{
  double bytes = 0;
  for (size_t a = 0; a < p->arrays.len; a++)
    if (p->arrays.data[a].lane && p->arrays.data[a].kind == ARRAY_COMPUTED)
      bytes += 8.0 * (double)p->arrays.data[a].size;
  return bytes * byte_time;
}

/* What a chunk does again in kernel k, which runs in `stretches` pieces; lane has room for a flag
 * per operation. */
static double kernel_again(const struct program *p, const struct kernel *k, double stretches,
                           bool *lane)
{
  double count = (double)p->domains.data[k->domain].count, each = 0, dispatched = 0;
  bool any = false;
  kernel_lanes(p, k, lane);
  for (size_t i = 0; i < k->ops.len; i++) {
    const struct op *o = &k->ops.data[i];
    any |= lane[i];
    if (!lane[i])
      each += op_table[o->code].class == CLASS_NONLINEAR && o->code != OP_POWI ? function_time
                                                                               : op_time;
    if (!lane[i] || count < SHORT_STRETCH * stretches) dispatched++;
  }
  return any ? count * each + (stretches + count / 256) * dispatched * dispatch_time : 0;
}

static enum status again_time(struct context *ctx, const struct program *p, double *time)
{
  bool *lane = mem_alloc(program_max_ops(p), sizeof *lane);
  if (!lane) return diag_no_memory(ctx);
  *time = 0;
  for (size_t g = 0; g < p->groups.len; g++) {
    const struct group *group = &p->groups.data[g];
    double outer = (double)group_outer_count(p, group);
    for (int i = group->first; i < group->first + group->count; i++) {
      const struct kernel *k = &p->kernels.data[i];
      double count = (double)p->domains.data[k->domain].count;
      *time += kernel_again(p, k, k->order != 0 ? count : fmin(outer, count), lane);
    }
  }
  mem_free(lane);
  return STATUS_OK;
}

/* Chunks of about the same size. */
static enum status choose_lanes(struct context *ctx, const struct program *p, int64_t directions,
                                int64_t *lanes)
{
  double again = 0, touch = touch_time(p), limit = (double)ctx->max_memory / 4;
  TRY(again_time(ctx, p, &again));
  double best = touch > 0 ? sqrt((double)directions * again / touch) : MOST_LANES;
  *lanes = best < 1 ? 1 : best < MOST_LANES ? (int64_t)(best + 0.5) : MOST_LANES;
  while (*lanes > 1 && limit > 0 && (double)*lanes * touch / byte_time > limit) *lanes /= 2;
  if (directions < 1) return STATUS_OK;
  int64_t chunks = (directions - 1) / *lanes + 1;
  *lanes = (directions - 1) / chunks + 1;
  return STATUS_OK;
}

static enum status prepare_hvp(struct context *ctx, struct evaluation *e,
                               const struct evaluation_options *o)
{
  int64_t lanes = e->field == FIELD_REAL ? o->lanes : 1;
  TRY(make_hvp(ctx, e, o->mode));
  if (e->factored) TRY(program_factor_lanes(ctx, &e->program, o->directions));
  if (lanes <= 0) TRY(choose_lanes(ctx, &e->program, o->directions, &lanes));
  if (o->directions >= 1 && lanes > o->directions) lanes = o->directions;
  e->lanes = lanes < INT_MAX ? lanes : INT_MAX;
  return STATUS_OK;
}

/* In exact mode: an operation that leaves the rational numbers is an error at its place. */
static enum status check_rational(struct context *ctx, const struct program *p)
{
  for (size_t k = 0; k < p->kernels.len; k++)
    for (size_t i = 0; i < p->kernels.data[k].ops.len; i++) {
      const struct op *o = &p->kernels.data[k].ops.data[i];
      if (!op_is_rational(o->code) && o->code != OP_POW) /* its exponents may be whole */
        return FAIL(ctx, IRRATIONAL, o->loc, op_table[o->code].name);
    }
  return STATUS_OK;
}

static enum status create_f64(struct context *ctx, struct evaluation *e)
{
  struct f64_options o = {.lanes = (int)e->lanes, .pool = ctx->pool};
  struct f64_piece *pieces = mem_alloc(e->pieces.len, sizeof *pieces);
  if (!pieces) return diag_no_memory(ctx);
  for (size_t i = 0; i < e->pieces.len && e->lanes > 0; i++) {
    const struct piece *q = &e->pieces.data[i];
    if (q->array >= 0) pieces[o.npieces++] = (struct f64_piece){q->array, q->unknown};
  }
  o.pieces = pieces;
  o.row = e->lanes > 0 ? e->n : 0;
  enum status status = f64_create(ctx, &e->program, &o, &e->f64);
  mem_free(pieces);
  return status;
}

static enum status create_evaluator(struct context *ctx, struct evaluation *e)
{
  if (e->field == FIELD_EXACT) TRY(check_rational(ctx, &e->program));
  return e->field == FIELD_REAL ? create_f64(ctx, e)
                                : scalar_create(ctx, &e->program, e->field, &e->scalar);
}

static enum status prepare(struct context *ctx, struct evaluation *e, const struct program *p,
                           const struct problem *owner, const struct evaluation_options *o)
{
  TRY(program_extend(ctx, p, &e->program));
  e->has_value = o->kind == EVALUATE_VALUE || o->with_value;
  if (owner) TRY(add_extras(ctx, e, owner, o));
  switch (o->kind) {
  case EVALUATE_VALUE: TRY(prune(ctx, e)); break;
  case EVALUATE_GRADIENT: TRY(make_gradient(ctx, e)); break;
  case EVALUATE_HVP: TRY(prepare_hvp(ctx, e, o)); break;
  }
  return create_evaluator(ctx, e);
}

static enum status create(struct context *ctx, const struct program *p, enum field field,
                          const struct problem *owner, const struct evaluation_options *o,
                          bool factored, struct evaluation **out)
{
  struct evaluation *e = mem_zalloc(1, sizeof *e);
  *out = NULL;
  if (!e) return diag_no_memory(ctx);
  e->base = p;
  e->owner = owner;
  e->options = *o;
  e->field = field;
  e->factored = factored && e->field == FIELD_REAL && o->kind == EVALUATE_HVP;
  e->n = p->n;
  enum status status = prepare(ctx, e, p, owner, o);
  if (status == STATUS_OK)
    *out = e;
  else
    evaluation_free(e);
  return status;
}

enum status evaluation_create(struct context *ctx, const struct problem *p,
                              const struct evaluation_options *options, struct evaluation **out)
{
  return create(ctx, problem_program(p), problem_field(p), p, options, true, out);
}

enum status evaluation_of_program(struct context *ctx, const struct program *p, enum field field,
                                  const struct evaluation_options *options, struct evaluation **out)
{
  return create(ctx, p, field, NULL, options, true, out);
}

enum status evaluation_plain(struct context *ctx, struct evaluation *e, struct evaluation **plain)
{
  *plain = e;
  if (!e->factored) return STATUS_OK;
  if (!e->plain) TRY(create(ctx, e->base, e->field, e->owner, &e->options, false, &e->plain));
  *plain = e->plain;
  if (!e->plain_ready) TRY(evaluation_point(ctx, e->plain, &e->point));
  e->plain_ready = true;
  return STATUS_OK;
}

void evaluation_free(struct evaluation *e)
{
  if (!e) return;
  evaluation_free(e->plain);
  f64_free(e->f64);
  scalar_free(e->scalar);
  program_free(&e->program);
  VEC_FREE(&e->pieces);
  VEC_FREE(&e->auxes);
  numbers_free(&e->seeds);
  numbers_free(&e->row);
  mem_free(e);
}

int64_t evaluation_lanes(const struct evaluation *e)
{
  return e->lanes;
}

int evaluation_threads(const struct evaluation *e)
{
  return e->f64 ? f64_threads(e->f64) : 1;
}

const struct program *evaluation_program(const struct evaluation *e)
{
  return &e->program;
}

/* ---- results ---- */

struct numbers evaluation_array(const struct evaluation *e, int array, int lane)
{
  int64_t size = e->program.arrays.data[array].size;
  if (e->field != FIELD_REAL) return numbers_view(scalar_array(e->scalar, array), 0, size);
  return (struct numbers){.count = size, .re = (double *)f64_array(e->f64, array, lane)};
}

enum status evaluation_point(struct context *ctx, struct evaluation *e, const struct numbers *x)
{
  e->point = *x;
  e->plain_ready = false;
  if (e->field == FIELD_REAL)
    f64_run_uniform(e->f64, x->re);
  else
    TRY(scalar_run_uniform(ctx, e->scalar, x));
  return evaluation_check_complex(ctx, e);
}

struct numbers evaluation_value(const struct evaluation *e)
{
  return evaluation_array(e, e->program.value, 0);
}

struct numbers evaluation_aux(const struct evaluation *e, size_t k)
{
  return evaluation_array(e, e->auxes.data[k], 0);
}

/* to[first … first+n) = the pieces, in this lane. */
static void gather(const struct evaluation *e, int lane, struct numbers *to, int64_t first)
{
  for (size_t i = 0; i < e->pieces.len; i++) {
    const struct piece *q = &e->pieces.data[i];
    struct numbers part = numbers_view(to, first + q->unknown, q->size);
    if (q->array >= 0) {
      struct numbers from = evaluation_array(e, q->array, lane);
      numbers_copy(&part, &from, q->size);
    } else {
      numbers_zero(&part);
    }
  }
}

void evaluation_gradient(const struct evaluation *e, struct numbers *gradient)
{
  gather(e, 0, gradient, 0);
}

enum status evaluation_run_lanes(struct context *ctx, struct evaluation *e,
                                 const struct numbers *seeds, int64_t lanes)
{
  if (e->flat) return STATUS_OK;
  if (e->field != FIELD_REAL) return scalar_run_lane(ctx, e->scalar, seeds);
  f64_run_lanes(e->f64, seeds->re, (int)lanes);
  return STATUS_OK;
}

/* What the last run of `lanes` lanes gave, row by row: a view until the next one. */
static enum status take_rows(struct context *ctx, struct evaluation *e, int64_t lanes,
                             struct numbers *rows)
{
  if (e->field == FIELD_REAL) {
    *rows = (struct numbers){.count = lanes * e->n, .re = (double *)f64_rows(e->f64)};
    return STATUS_OK;
  }
  if (!e->row.re && !e->row.exact)
    TRY(numbers_create(ctx, e->field, (double)e->n, "a row of the compressed matrix", &e->row));
  gather(e, 0, &e->row, 0);
  *rows = numbers_view(&e->row, 0, e->n);
  return STATUS_OK;
}

static void copy_rows(const struct numbers *rows, struct numbers *to, int64_t first)
{
  struct numbers part = numbers_view(to, first, rows->count);
  numbers_copy(&part, rows, rows->count);
}

struct finiteness {
  const struct numbers *v;
  atomic_bool lost;
};
enum { CHECK_PART = 1 << 16 }; /* numbers */

static void check_part(void *user, int worker, int64_t first)
{
  struct finiteness *f = user;
  int64_t count = f->v->count - first < CHECK_PART ? f->v->count - first : CHECK_PART;
  (void)worker;
  if (numbers_first_nonfinite(f->v, first, count) >= 0) f->lost = true;
}

static bool all_finite(const struct context *ctx, const struct numbers *v)
{
  struct finiteness f = {.v = v};
  pool_run(ctx->pool, check_part, &f, 0, v->count, CHECK_PART);
  return !f.lost;
}

static bool must_be_plain(const struct context *ctx, const struct evaluation *e,
                          const struct numbers *rows)
{
  return e->factored && !all_finite(ctx, rows);
}

enum status evaluation_hvp(struct context *ctx, struct evaluation *e,
                           const struct numbers *directions, int64_t count, struct numbers *out)
{
  for (int64_t k = 0; k < count; k += e->lanes) {
    int64_t lanes = count - k < e->lanes ? count - k : e->lanes;
    context_progress(ctx, "products", (double)k, (double)count);
    struct numbers seeds = numbers_view(directions, k * e->n, lanes * e->n), rows;
    TRY(evaluation_run_lanes(ctx, e, &seeds, lanes));
    TRY(take_rows(ctx, e, lanes, &rows));
    if (must_be_plain(ctx, e, &rows)) {
      TRY(evaluation_plain(ctx, e, &e));
      return evaluation_hvp(ctx, e, directions, count, out);
    }
    copy_rows(&rows, out, k * e->n);
  }
  return STATUS_OK;
}

enum status evaluation_make_seeds(struct context *ctx, struct evaluation *e)
{
  if (e->seeds.re || e->seeds.exact) return STATUS_OK;
  return numbers_create(ctx, e->field, (double)e->n, "a direction", &e->seeds);
}

/* Writes `value` where the indicator of the color is not zero. */
static enum status set_indicator(struct context *ctx, struct evaluation *e,
                                 const struct coloring *c, int64_t color, double value)
{
  for (int64_t i = 0; i < e->n; i++)
    if (c->color[i] == color && !numbers_set_real(&e->seeds, i, value)) return diag_no_memory(ctx);
  return STATUS_OK;
}

static enum status run_colors(struct context *ctx, struct evaluation *e, const struct coloring *c,
                              int64_t first, int64_t lanes)
{
  if (e->flat) return STATUS_OK;
  if (e->field == FIELD_REAL) {
    f64_run_colors(e->f64, c->color, first, (int)lanes);
    return STATUS_OK;
  }
  TRY(evaluation_make_seeds(ctx, e));
  TRY(set_indicator(ctx, e, c, first, 1));
  TRY(scalar_run_lane(ctx, e->scalar, &e->seeds));
  return set_indicator(ctx, e, c, first, 0);
}

/* The rows first … of the compressed matrix, as many as there are lanes: a view until the next run.
 */
static enum status compress_chunk(struct context *ctx, struct evaluation *e,
                                  const struct coloring *c, int64_t first, struct numbers *rows,
                                  int64_t *count)
{
  *count = c->num_colors - first < e->lanes ? c->num_colors - first : e->lanes;
  context_progress(ctx, "evaluating colors", (double)first, (double)c->num_colors);
  TRY(run_colors(ctx, e, c, first, *count));
  return take_rows(ctx, e, *count, rows);
}

enum status evaluation_compress(struct context *ctx, struct evaluation *e, const struct coloring *c,
                                struct numbers *compressed)
{
  for (int64_t k = 0, count; k < c->num_colors; k += count) {
    struct numbers rows;
    TRY(compress_chunk(ctx, e, c, k, &rows, &count));
    if (must_be_plain(ctx, e, &rows)) {
      TRY(evaluation_plain(ctx, e, &e));
      return evaluation_compress(ctx, e, c, compressed);
    }
    copy_rows(&rows, compressed, k * e->n);
  }
  return STATUS_OK;
}

/* values, from chunk after chunk; if `blame`: *finite as evaluation_check_rows gives it. */
static enum status recover(struct context *ctx, struct evaluation *e, const struct problem *p,
                           const struct coloring *c, const struct recovery *r,
                           struct numbers *values, bool blame, enum status *finite)
{
  for (int64_t k = 0, count; k < c->num_colors; k += count) {
    struct numbers rows;
    TRY(compress_chunk(ctx, e, c, k, &rows, &count));
    context_stage(ctx, "evaluate");
    recovery_gather(ctx->pool, r, k, count, &rows, values);
    context_stage(ctx, "decompress");
    if (blame && *finite == STATUS_OK)
      *finite = evaluation_blame_rows(ctx, e, p, &rows, k, count, c, NULL);
    if (*finite != STATUS_OK && *finite != STATUS_NONFINITE) return *finite;
  }
  TRY(recovery_finish(ctx, r, values));
  context_stage(ctx, "decompress");
  return STATUS_OK;
}

enum status evaluation_hessian(struct context *ctx, struct evaluation *e, const struct problem *p,
                               const struct coloring *c, const struct recovery *r,
                               struct numbers *values, enum status *finite)
{
  *finite = STATUS_OK;
  if (e->field != FIELD_REAL) return recover(ctx, e, p, c, r, values, true, finite);
  TRY(recover(ctx, e, p, c, r, values, false, finite));
  struct numbers entries = numbers_view(values, 0, recovery_count(r));
  if (all_finite(ctx, &entries)) return STATUS_OK;
  TRY(evaluation_plain(ctx, e, &e));
  return recover(ctx, e, p, c, r, values, true, finite);
}
