#include "config.h"

#include "hessian/plan.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#include "eval/f64.h"
#include "eval/trace.h"
#include "program/depend.h"
#include "program/transform.h"

const char *const mode_names[MODE_COUNT] = {"fwd-over-rev", "rev-over-fwd", "rev-over-rev"};

/* Where a piece of a result comes from.  With array < 0 it is zero everywhere. */
struct piece {
  int array;
  int64_t unknown, size; /* the unknowns that it belongs to */
};

struct evaluation {
  enum evaluation_kind kind;
  struct program program;
  struct f64 *f64;
  int64_t n, lanes;
  VEC(struct piece) pieces; /* of GRADIENT and HVP: all unknowns, in order */
  VEC(int) auxes;           /* of VALUE: their arrays */
  bool flat;                /* of HVP: H is zero */
  double *seeds;            /* lanes × n, zeros; made when it is needed */
};

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

static enum status prune_to_pieces(struct context *ctx, struct evaluation *e)
{
  int count = 0, *needed = mem_alloc(e->pieces.len, sizeof *needed);
  if (!needed) return diag_no_memory(ctx);
  for (size_t i = 0; i < e->pieces.len; i++)
    if (e->pieces.data[i].array >= 0) needed[count++] = e->pieces.data[i].array;
  enum status status = program_prune(ctx, &e->program, needed, count);
  mem_free(needed);
  return status;
}

static enum status make_value(struct context *ctx, struct evaluation *e, const struct problem *p)
{
  size_t naux = problem_auxes(p);
  if (!VEC_RESERVE(&e->auxes, naux + 1)) return diag_no_memory(ctx);
  for (size_t k = 0; k < naux; k++) e->auxes.data[k] = problem_aux_array(p, k);
  e->auxes.data[naux] = e->program.value;
  e->auxes.len = naux;
  return program_prune(ctx, &e->program, e->auxes.data, (int)(naux + 1));
}

static enum status make_gradient(struct context *ctx, struct evaluation *e)
{
  struct derivatives bar = {0};
  enum status status = program_adjoint(ctx, &e->program, e->program.value, &bar);
  if (status == STATUS_OK) status = add_pieces(ctx, e, &bar);
  VEC_FREE(&bar.of);
  return status == STATUS_OK ? prune_to_pieces(ctx, e) : status;
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
  TRY(prune_to_pieces(ctx, e));
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
static const double op_time = 0.5, function_time = 10, dispatch_time = 15, byte_time = 0.7;

static double touch_time(const struct program *p)
{
  double bytes = 0;
  for (size_t a = 0; a < p->arrays.len; a++)
    if (p->arrays.data[a].lane) bytes += 8.0 * (double)p->arrays.data[a].size;
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

static enum status prepare_hvp(struct context *ctx, struct evaluation *e, enum hessian_mode mode,
                               int64_t directions, int64_t lanes)
{
  TRY(make_hvp(ctx, e, mode));
  if (lanes <= 0) TRY(choose_lanes(ctx, &e->program, directions, &lanes));
  if (directions >= 1 && lanes > directions) lanes = directions;
  e->lanes = lanes < INT_MAX ? lanes : INT_MAX;
  return STATUS_OK;
}

/* auxes: the problem that they belong to, for VALUE. */
static enum status create(struct context *ctx, const struct program *p, const struct problem *auxes,
                          enum evaluation_kind kind, enum hessian_mode mode, int64_t directions,
                          int64_t lanes, struct evaluation **out)
{
  struct evaluation *e = mem_zalloc(1, sizeof *e);
  *out = NULL;
  if (!e) return diag_no_memory(ctx);
  e->kind = kind;
  e->n = p->n;
  enum status status = program_extend(ctx, p, &e->program);
  if (status == STATUS_OK)
    status = kind == EVALUATE_VALUE      ? make_value(ctx, e, auxes)
             : kind == EVALUATE_GRADIENT ? make_gradient(ctx, e)
                                         : prepare_hvp(ctx, e, mode, directions, lanes);
  if (status == STATUS_OK) status = f64_create(ctx, &e->program, (int)e->lanes, &e->f64);
  if (status == STATUS_OK)
    *out = e;
  else
    evaluation_free(e);
  return status;
}

enum status evaluation_create(struct context *ctx, const struct problem *p,
                              enum evaluation_kind kind, enum hessian_mode mode, int64_t directions,
                              int64_t lanes, struct evaluation **out)
{
  return create(ctx, problem_program(p), p, kind, mode, directions, lanes, out);
}

enum status evaluation_of_program(struct context *ctx, const struct program *p,
                                  enum evaluation_kind kind, enum hessian_mode mode,
                                  int64_t directions, int64_t lanes, struct evaluation **out)
{
  return create(ctx, p, NULL, kind, mode, directions, lanes, out);
}

void evaluation_free(struct evaluation *e)
{
  if (!e) return;
  f64_free(e->f64);
  program_free(&e->program);
  VEC_FREE(&e->pieces);
  VEC_FREE(&e->auxes);
  mem_free(e->seeds);
  mem_free(e);
}

int64_t evaluation_lanes(const struct evaluation *e)
{
  return e->lanes;
}

const struct program *evaluation_program(const struct evaluation *e)
{
  return &e->program;
}

/* ---- results ---- */

void evaluation_point(struct evaluation *e, const double *x)
{
  f64_run_uniform(e->f64, x);
}

double evaluation_value(const struct evaluation *e)
{
  return f64_array(e->f64, e->program.value, 0)[0];
}

const double *evaluation_aux(const struct evaluation *e, size_t k)
{
  return f64_array(e->f64, e->auxes.data[k], 0);
}

static void gather(const struct evaluation *e, int lane, double *out)
{
  for (size_t i = 0; i < e->pieces.len; i++) {
    const struct piece *q = &e->pieces.data[i];
    size_t bytes = (size_t)q->size * sizeof *out;
    if (q->array >= 0)
      memcpy(out + q->unknown, f64_array(e->f64, q->array, lane), bytes);
    else
      memset(out + q->unknown, 0, bytes);
  }
}

void evaluation_gradient(const struct evaluation *e, double *gradient)
{
  gather(e, 0, gradient);
}

static void run_chunk(struct evaluation *e, const double *seeds, int64_t lanes, double *out)
{
  if (!e->flat) f64_run_lanes(e->f64, seeds, (int)lanes);
  for (int64_t l = 0; l < lanes; l++) gather(e, (int)l, out + l * e->n);
}

void evaluation_hvp(struct evaluation *e, const double *directions, int64_t count, double *out)
{
  for (int64_t k = 0; k < count; k += e->lanes) {
    int64_t lanes = count - k < e->lanes ? count - k : e->lanes;
    run_chunk(e, directions + k * e->n, lanes, out + k * e->n);
  }
}

static enum status make_seeds(struct context *ctx, struct evaluation *e)
{
  size_t count;
  if (e->seeds) return STATUS_OK;
  TRY(diag_check_memory(ctx, 8.0 * (double)e->lanes * (double)e->n, "the directions"));
  if (!size_mul((size_t)e->lanes, (size_t)e->n, &count)) return diag_no_memory(ctx);
  e->seeds = mem_zalloc(count, sizeof *e->seeds);
  return e->seeds ? STATUS_OK : diag_no_memory(ctx);
}

/* Writes `value` where the indicators of the colors first … first+count-1 are not zero. */
static void set_indicators(struct evaluation *e, const struct coloring *c, int64_t first,
                           int64_t count, double value)
{
  for (int64_t i = 0; i < e->n; i++) {
    int64_t row = c->color[i] - first;
    if (row >= 0 && row < count) e->seeds[row * e->n + i] = value;
  }
}

/* The rows first … of the compressed matrix, as many as there are lanes; returns their number. */
static int64_t compress_chunk(struct evaluation *e, const struct coloring *c, int64_t first,
                              double *rows)
{
  int64_t lanes = c->num_colors - first < e->lanes ? c->num_colors - first : e->lanes;
  set_indicators(e, c, first, lanes, 1);
  run_chunk(e, e->seeds, lanes, rows);
  set_indicators(e, c, first, lanes, 0);
  return lanes;
}

enum status evaluation_compress(struct context *ctx, struct evaluation *e, const struct coloring *c,
                                double *compressed)
{
  TRY(make_seeds(ctx, e));
  for (int64_t k = 0; k < c->num_colors;) k += compress_chunk(e, c, k, compressed + k * e->n);
  return STATUS_OK;
}

/* ---- what is not finite ---- */

static int64_t first_nonfinite(const double *v, int64_t count)
{
  for (int64_t i = 0; i < count; i++)
    if (!isfinite(v[i])) return i;
  return -1;
}

static bool is_infix(enum op_code code)
{
  return code == OP_ADD || code == OP_SUB || code == OP_MUL || code == OP_DIV || code == OP_MOD;
}

/* "1 / 0", "log(-1)": the operation with its operands' values. */
static void describe_operation(const struct culprit *c, struct strbuf *out)
{
  if (c->code == OP_ADD && c->nargs == 0) {
    strbuf_puts(out, "a sum");
  } else if (c->code == OP_CONST) {
    strbuf_puts(out, "a constant");
  } else if (c->code == OP_READ) {
    strbuf_puts(out, "a number that is read");
  } else if (c->code == OP_POWI) {
    strbuf_puts(out, "a whole power of ");
    strbuf_number(out, c->arg[0]);
  } else if (is_infix(c->code)) {
    strbuf_number(out, c->arg[0]);
    strbuf_printf(out, " %s ", op_table[c->code].name);
    strbuf_number(out, c->arg[1]);
  } else {
    strbuf_printf(out, "%s(", op_table[c->code].name);
    for (int i = 0; i < c->nargs; i++) {
      if (i > 0) strbuf_puts(out, ", ");
      strbuf_number(out, c->arg[i]);
    }
    strbuf_putc(out, ')');
  }
}

/* The position of the iteration with these loop indices. */
static int64_t position_of(const struct domain *d, const int64_t *index)
{
  int64_t p = 0;
  int last = d->ndim - 1;
  if (d->kind == DOMAIN_BOX) {
    for (int i = 0; i <= last; i++)
      p = p * d->extent[i] + (d->step[i] ? (index[i] - d->lo[i]) / d->step[i] : 0);
    return p;
  }
  for (int64_t r = 0; r < d->nruns; r++) {
    const int64_t *first = d->first + r * d->ndim;
    int64_t step = d->run_step[r], distance = index[last] - first[last];
    if (memcmp(first, index, (size_t)last * sizeof *first) != 0) continue;
    p = step ? distance / step : 0;
    if (p * step == distance && p >= 0 && p < d->start[r + 1] - d->start[r]) return d->start[r] + p;
  }
  return 0;
}

static bool within(const struct loc *inner, const struct loc *outer)
{
  return inner->source == outer->source && inner->begin >= outer->begin && inner->end <= outer->end;
}

enum { ELEMENTS_MAX = 6 };

/* Lists the elements of the model's arrays that the culprit's iteration reads, with their values;
 * those alone whose place is inside of the culprit's, unless `all`. */
static void list_elements(const struct evaluation *e, const struct problem *p,
                          const struct culprit *c, bool all, struct strbuf *text)
{
  const struct kernel *k = &e->program.kernels.data[c->kernel];
  const struct domain *d = &e->program.domains.data[k->domain];
  int64_t position = position_of(d, c->index);
  int count = 0;
  for (size_t i = 0; i < k->ops.len; i++) {
    const struct op *o = &k->ops.data[i];
    if (o->code != OP_READ || !(all || within(&o->loc, &c->loc))) continue;
    const struct read *r = &k->reads.data[o->a];
    if (r->array < 0 || (size_t)r->array >= problem_program(p)->arrays.len ||
        e->program.arrays.data[r->array].symbol < 0)
      continue;
    if (count++ == ELEMENTS_MAX) {
      strbuf_puts(text, " …");
      return;
    }
    int64_t offset = map_offset(&e->program, &r->map, position, c->index, d->ndim);
    strbuf_puts(text, count > 1 ? ", " : "with ");
    problem_element_name(p, r->array, offset, text);
    strbuf_puts(text, " = ");
    strbuf_number(text, f64_array(e->f64, r->array, 0)[offset]);
  }
}

/* The loop indices of the iteration ("at i = 3, j = 4"). */
static void note_indices(struct context *ctx, const struct evaluation *e, const struct culprit *c)
{
  const struct domain *d = &e->program.domains.data[e->program.kernels.data[c->kernel].domain];
  struct strbuf text = {0};
  for (int i = 0; i < d->ndim; i++) {
    const struct loop_label *label = &d->label[i];
    if (!label->name) continue;
    strbuf_puts(&text, text.len ? ", " : "at ");
    strbuf_puts(&text, label->name);
    strbuf_puts(&text, " = ");
    strbuf_int(&text, label->first + label->step * c->index[i]);
  }
  if (text.len > 0 && !text.failed) diag_note(ctx, NO_LOC, "%s", text.data);
  strbuf_free(&text);
}

/* The iteration in the user's terms: the elements that it reads. */
static void note_elements(struct context *ctx, const struct evaluation *e, const struct problem *p,
                          const struct culprit *c)
{
  struct strbuf text = {0};
  list_elements(e, p, c, false, &text);
  if (text.len == 0) list_elements(e, p, c, true, &text);
  if (text.len > 0 && !text.failed) diag_note(ctx, NO_LOC, "%s", text.data);
  strbuf_free(&text);
}

/* Reports that `what`, element `offset` of `array` after the last run (in lane 0), is `value`. */
static enum status report(struct context *ctx, const struct evaluation *e, const struct problem *p,
                          int array, int64_t offset, double value, struct strbuf *what)
{
  struct culprit c = {0};
  struct strbuf operation = {0};
  if (what->failed) return diag_no_memory(ctx);
  TRY(trace_nonfinite(ctx, &e->program, e->f64, array, offset, 0, &c));
  if (!c.found)
    return FAIL(ctx, NOT_FINITE, NO_LOC, what->data,
                isnan(value) ? "not a number (nan)" : "infinite");
  describe_operation(&c, &operation);
  strbuf_puts(&operation, c.code == OP_READ || c.code == OP_CONST ? " is " : " gives ");
  strbuf_number(&operation, c.value);
  enum status status =
      operation.failed
          ? diag_no_memory(ctx)
          : FAIL(ctx, NOT_FINITE_HERE, c.loc, what->data, operation.data,
                 e->kind == EVALUATE_VALUE ? "here" : "here (or in a derivative of this)");
  bool iteration = c.code != OP_ADD || c.nargs > 0; /* not a sum as a whole */
  if (status == STATUS_NONFINITE && iteration) {
    note_indices(ctx, e, &c);
    note_elements(ctx, e, p, &c);
  }
  strbuf_free(&operation);
  return status;
}

static enum status check_value(struct context *ctx, const struct evaluation *e,
                               const struct problem *p)
{
  struct strbuf what = {0};
  enum status status = STATUS_OK;
  double value = evaluation_value(e);
  if (!isfinite(value)) {
    strbuf_puts(&what, "the value");
    status = report(ctx, e, p, e->program.value, 0, value, &what);
  }
  for (size_t k = 0; k < e->auxes.len && status == STATUS_OK; k++) {
    int array = e->auxes.data[k];
    const double *v = evaluation_aux(e, k);
    int64_t i = first_nonfinite(v, e->program.arrays.data[array].size);
    if (i < 0) continue;
    problem_element_name(p, array, i, &what);
    status = report(ctx, e, p, array, i, v[i], &what);
  }
  strbuf_free(&what);
  return status;
}

static enum status check_gradient(struct context *ctx, const struct evaluation *e,
                                  const struct problem *p)
{
  for (size_t k = 0; k < e->pieces.len; k++) {
    const struct piece *q = &e->pieces.data[k];
    if (q->array < 0) continue;
    const double *v = f64_array(e->f64, q->array, 0);
    int64_t i = first_nonfinite(v, q->size);
    if (i < 0) continue;
    struct strbuf what = {0};
    strbuf_puts(&what, "the gradient in ");
    problem_unknown_name(p, q->unknown + i, &what);
    enum status status = report(ctx, e, p, q->array, i, v[i], &what);
    strbuf_free(&what);
    return status;
  }
  return STATUS_OK;
}

enum status evaluation_check_finite(struct context *ctx, struct evaluation *e,
                                    const struct problem *p)
{
  return e->kind == EVALUATE_VALUE ? check_value(ctx, e, p) : check_gradient(ctx, e, p);
}

static const struct piece *piece_of(const struct evaluation *e, int64_t u)
{
  for (size_t k = 0; k < e->pieces.len; k++) {
    const struct piece *q = &e->pieces.data[k];
    if (u >= q->unknown && u < q->unknown + q->size && q->array >= 0) return q;
  }
  return NULL;
}

/* Entry u of H times the indicator of the columns lo … hi-1 of a color. */
static double probe(struct evaluation *e, const struct piece *q, int64_t u,
                    const struct coloring *c, int64_t color, int64_t lo, int64_t hi)
{
  for (int64_t i = lo; i < hi; i++)
    if (c->color[i] == color) e->seeds[i] = 1;
  f64_run_lanes(e->f64, e->seeds, 1);
  for (int64_t i = lo; i < hi; i++) e->seeds[i] = 0;
  return f64_array(e->f64, q->array, 0)[u - q->unknown];
}

/* The column of the color that alone makes entry u of the product not finite, by bisection, and the
 * runs for it left behind; or -1, if there is none such: the whole row is not finite (0·∞ makes it
 * so in every direction), or only the sum is. */
static int64_t find_column(struct evaluation *e, const struct piece *q, int64_t u,
                           const struct coloring *c, int64_t color)
{
  int64_t lo = 0, hi = e->n;
  bool alone = isfinite(probe(e, q, u, c, color, 0, 0));
  while (alone && hi - lo > 1) {
    int64_t middle = lo + (hi - lo) / 2;
    if (!isfinite(probe(e, q, u, c, color, lo, middle)))
      hi = middle;
    else if (!isfinite(probe(e, q, u, c, color, middle, hi)))
      lo = middle;
    else
      alone = false;
  }
  if (alone) {
    probe(e, q, u, c, color, lo, hi);
    return lo;
  }
  probe(e, q, u, c, color, 0, e->n);
  return -1;
}

/* The rows are those from color `first` on. */
static enum status check_rows(struct context *ctx, struct evaluation *e, const struct problem *p,
                              const double *rows, int64_t first, int64_t count,
                              const struct coloring *coloring, const double *directions)
{
  int64_t row = 0, u = -1, column = -1;
  for (; row < count; row++)
    if ((u = first_nonfinite(rows + row * e->n, e->n)) >= 0) break;
  const struct piece *q = u >= 0 ? piece_of(e, u) : NULL;
  if (!q) return STATUS_OK;
  if (coloring) {
    TRY(make_seeds(ctx, e));
    column = find_column(e, q, u, coloring, first + row);
  } else {
    f64_run_lanes(e->f64, directions + row * e->n, 1);
  }
  struct strbuf what = {0};
  if (column >= 0) {
    strbuf_puts(&what, "H[");
    problem_unknown_name(p, u, &what);
    strbuf_puts(&what, ", ");
    problem_unknown_name(p, column, &what);
    strbuf_putc(&what, ']');
  } else {
    strbuf_puts(&what, coloring ? "the Hessian's row of " : "the Hessian-vector product in ");
    problem_unknown_name(p, u, &what);
    if (!coloring && count > 1) strbuf_printf(&what, " (vector %lld)", (long long)row + 1);
  }
  double value = rows[row * e->n + u];
  enum status status = report(ctx, e, p, q->array, u - q->unknown, value, &what);
  strbuf_free(&what);
  return status;
}

enum status evaluation_check_rows(struct context *ctx, struct evaluation *e,
                                  const struct problem *p, const double *rows, int64_t count,
                                  const struct coloring *coloring, const double *directions)
{
  return check_rows(ctx, e, p, rows, 0, count, coloring, directions);
}

enum status evaluation_hessian(struct context *ctx, struct evaluation *e, const struct problem *p,
                               const struct coloring *c, const struct recovery *r, double *values,
                               enum status *finite)
{
  double *rows;
  *finite = STATUS_OK;
  TRY(make_seeds(ctx, e));
  TRY(diag_check_memory(ctx, 8.0 * (double)e->lanes * (double)e->n, "the compressed matrix"));
  if (!(rows = mem_alloc((size_t)e->lanes * (size_t)e->n, sizeof *rows)))
    return diag_no_memory(ctx);
  for (int64_t k = 0, count; k < c->num_colors; k += count) {
    count = compress_chunk(e, c, k, rows);
    recovery_gather(r, k, count, rows, values);
    if (*finite == STATUS_OK) *finite = check_rows(ctx, e, p, rows, k, count, c, NULL);
  }
  mem_free(rows);
  recovery_finish(r, values);
  return *finite == STATUS_NONFINITE ? STATUS_OK : *finite;
}

/* ---- random numbers ---- */

uint64_t splitmix64(uint64_t *state)
{
  uint64_t z = (*state += 0x9E3779B97F4A7C15u);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

double splitmix_uniform(uint64_t *state)
{
  return (double)(splitmix64(state) >> 11) * 0x1p-53;
}
