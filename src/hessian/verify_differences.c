/* References by finite differences of the gradient. */
#include "config.h"

#include "hessian/verify_parts.h"

#include <math.h>
#include <string.h>

#include "hessian/differences.h"
#include "hessian/held.h"
#include "program/transform.h"

/* Complex numbers are differentiated as twice as many real functions of a real step: first the real
 * parts, then the imaginary ones. */
struct differences {
  struct program held; /* of complex numbers as it is: none of their stops depends on the point */
  struct evaluation *gradient;
  int64_t parts;                   /* n, or 2n */
  struct numbers point;            /* nx */
  struct numbers v, own, absolute; /* n: the direction, H·v by the sparse matrix, of its terms */
  struct numbers here, there;      /* n */
  double *quotient;                /* DIFFERENCE_STEPS × parts */
  double *other, *size;            /* parts: of the gradient, and the sizes of its elements */
  double *part, *doubt;            /* parts: the derivative, and what it may be wrong by */
  struct numbers value;            /* n: the derivative, a view of part */
  double *error;                   /* n: what it may be wrong by */
};

/* parts numbers as a vector of n. */
static struct numbers vector_of(const struct verify *s, double *parts)
{
  struct numbers v = {.field = s->field, .count = s->n, .re = parts};
  if (s->field == FIELD_COMPLEX) v.im = parts + s->n;
  return v;
}

static void differences_free(struct differences *d)
{
  evaluation_free(d->gradient);
  program_free(&d->held);
  numbers_free(&d->point);
  numbers_free(&d->v);
  numbers_free(&d->own);
  numbers_free(&d->absolute);
  numbers_free(&d->here);
  numbers_free(&d->there);
  mem_free(d->quotient);
}

static enum status create_gradient(const struct verify *s, struct differences *d)
{
  const struct program *p = problem_program(s->p);
  struct evaluation_options options = {.kind = EVALUATE_GRADIENT};
  TRY(s->field == FIELD_REAL ? program_hold_stops(s->ctx, p, s->x->re, &d->held)
                             : program_extend(s->ctx, p, &d->held));
  return evaluation_of_program(s->ctx, &d->held, s->field, &options, &d->gradient);
}

static enum status create_vectors(const struct verify *s, struct differences *d)
{
  double nx = (double)problem_program(s->p)->nx, parts = s->field == FIELD_COMPLEX ? 2 : 1;
  double count = parts * (double)s->n * (DIFFERENCE_STEPS + 5);
  TRY(numbers_create(s->ctx, s->field, nx, "the check", &d->point));
  TRY(verify_vectors(s, s->field, 1, &d->v));
  TRY(verify_vectors(s, s->field, 1, &d->own));
  TRY(verify_vectors(s, FIELD_REAL, 1, &d->absolute));
  TRY(verify_vectors(s, s->field, 1, &d->here));
  TRY(verify_vectors(s, s->field, 1, &d->there));
  TRY(diag_check_memory(s->ctx, 8 * count, "the check"));
  d->parts = (int64_t)parts * s->n;
  d->quotient = mem_zalloc((size_t)count, sizeof *d->quotient);
  if (!d->quotient) return diag_no_memory(s->ctx);
  d->other = d->quotient + DIFFERENCE_STEPS * d->parts;
  d->size = d->other + d->parts;
  d->part = d->size + d->parts;
  d->doubt = d->part + d->parts;
  d->error = d->doubt + d->parts;
  d->value = vector_of(s, d->part);
  return STATUS_OK;
}

static enum status differences_create(const struct verify *s, struct differences *d)
{
  memset(d, 0, sizeof *d);
  program_init(&d->held);
  TRY(create_gradient(s, d));
  return create_vectors(s, d);
}

/* ---- a derivative of the gradient ---- */

/* d->point = x + t·v */
static void move_point(const struct verify *s, struct differences *d, double t)
{
  difference_point(problem_program(s->p), s->x, &d->v, 0, s->n, t, &d->point);
}

static enum status gradient_at(const struct verify *s, struct differences *d, double t,
                               double *parts)
{
  struct numbers gradient = vector_of(s, parts);
  move_point(s, d, t);
  TRY(evaluation_point(s->ctx, d->gradient, &d->point));
  evaluation_gradient(d->gradient, &gradient);
  return STATUS_OK;
}

/* Of both parts of an element the size is that of the whole, which its rounding goes by. */
static void take_sizes(const struct verify *s, struct differences *d, bool first)
{
  for (int64_t i = 0; i < s->n; i++) {
    struct number g = {.re = d->other[i], .im = d->parts > s->n ? d->other[s->n + i] : 0};
    double size = verify_size(s->field, &g);
    d->size[i] = first ? size : fmin(d->size[i], size);
    if (d->parts > s->n) d->size[s->n + i] = d->size[i];
  }
}

static enum status run_sequence(const struct verify *s, struct differences *d, double scale,
                                int sequence)
{
  double step = scale * difference_first_steps[sequence];
  for (int k = 0; k < DIFFERENCE_STEPS; k++, step /= DIFFERENCE_RATIO) {
    double *quotient = d->quotient + k * d->parts;
    TRY(gradient_at(s, d, step, quotient));
    TRY(gradient_at(s, d, -step, d->other));
    take_sizes(s, d, k == 0);
    for (int64_t i = 0; i < d->parts; i++) quotient[i] = (quotient[i] - d->other[i]) / (2 * step);
  }
  return STATUS_OK;
}

static struct estimate estimate(const struct differences *d, int64_t i, double step)
{
  return difference_extrapolate(d->quotient + i, d->parts, d->size[i], step);
}

static void sum_doubts(const struct verify *s, struct differences *d)
{
  for (int64_t i = 0; i < s->n; i++)
    d->error[i] = d->doubt[i] + (d->parts > s->n ? d->doubt[s->n + i] : 0);
}

/* The derivative of the gradient in direction v, from steps that begin at some hundredths of
 * `scale`. */
static enum status differentiate(const struct verify *s, struct differences *d, double scale)
{
  TRY(run_sequence(s, d, scale, 0));
  for (int64_t i = 0; i < d->parts; i++) {
    struct estimate e = estimate(d, i, scale * difference_first_steps[0]);
    d->part[i] = e.value;
    d->doubt[i] = difference_doubt * e.error;
  }
  sum_doubts(s, d);
  return STATUS_OK;
}

/* Widens the errors by what the second sequence says. */
static enum status confirm(const struct verify *s, struct differences *d, double scale)
{
  TRY(run_sequence(s, d, scale, 1));
  for (int64_t i = 0; i < d->parts; i++) {
    struct estimate e = estimate(d, i, scale * difference_first_steps[1]);
    double spread = difference_doubt * fmax(e.error, fabs(e.value - d->part[i]));
    d->doubt[i] = fmax(d->doubt[i], isnan(spread) ? INFINITY : spread);
  }
  sum_doubts(s, d);
  return STATUS_OK;
}

static double gap(const struct verify *s, const struct numbers *a, const struct numbers *b,
                  int64_t i)
{
  struct number x = numbers_get(a, i), y = numbers_get(b, i);
  struct number d = {.re = x.re - y.re, .im = x.im - y.im};
  return verify_size(s->field, &d);
}

/* The products on both sides of x against that in x. */
static enum status compare_sides(const struct verify *s, struct differences *d,
                                 struct evaluation *e, double scale)
{
  TRY(evaluation_hvp(s->ctx, e, &d->v, 1, &d->here));
  for (int side = 0; side < 4; side++) {
    double step = scale * (side < 2 ? 1e-5 : 1e-8);
    move_point(s, d, side % 2 ? -step : step);
    TRY(evaluation_point(s->ctx, e, &d->point));
    TRY(evaluation_hvp(s->ctx, e, &d->v, 1, &d->there));
    for (int64_t i = 0; i < s->n; i++)
      if (!(gap(s, &d->there, &d->here, i) < 0.1 * gap(s, &d->own, &d->value, i)))
        d->error[i] = INFINITY;
  }
  return STATUS_OK;
}

/* Where the second derivatives on both sides of x are not those in x, x sits on a kink, and a
 * difference across it says nothing about the conventions that hold there: entries whose
 * disagreement with d->own that explains get an infinite error. */
static enum status forgive_kinks(const struct verify *s, struct differences *d, double scale)
{
  struct evaluation *e = NULL;
  enum status status = verify_products(s, s->p, s->x, 1, &e);
  if (status == STATUS_OK) status = compare_sides(s, d, e, scale);
  evaluation_free(e);
  return status;
}

/* ---- the gradient against the value ---- */

/* In direction v: a rule that is wrong in the first derivatives, too, makes a Hessian that agrees
 * with the gradient. */
static enum status check_gradient(struct verify *s, struct differences *d, double scale)
{
  struct gradient_check check = {.program = &d->held,
                                 .gradient = d->gradient,
                                 .x = s->x,
                                 .v = &d->v,
                                 .scale = scale,
                                 .rtol = s->rtol,
                                 .atol = s->atol};
  struct gradient_fault fault;
  TRY(gradient_check(s->ctx, &check, &fault));
  struct verify_report entry = {.row = fault.row,
                                .column = -1,
                                .probe = s->options->probes,
                                .value = fault.value,
                                .reference = fault.reference,
                                .error = fault.error,
                                .finite_difference = true,
                                .gradient_at_fault = true};
  if (fault.found) verify_report_entry(s, &entry);
  return STATUS_OK;
}

/* ---- one direction ---- */

static double scale_direction(const struct verify *s, struct differences *d)
{
  return difference_scale_direction(problem_program(s->p), s->x, &d->v);
}

/* The error of entry i of H·v against a finite difference.  Where a difference is of no use, it
 * says nothing. */
static enum status probe_error(const struct verify *s, const struct differences *d, int64_t i,
                               double *error)
{
  struct number value = numbers_get(&d->own, i), reference = numbers_get(&d->value, i);
  *error = 0;
  if (!verify_is_finite(s->field, &reference)) return STATUS_OK;
  if (verify_is_finite(s->field, &value))
    return verify_error(s, &value, &reference, d->error[i] + verify_rounding(d->absolute.re[i]),
                        error);
  double tolerance = s->atol + s->rtol * verify_size(s->field, &reference);
  if (d->error[i] <= tolerance) *error = INFINITY;
  return STATUS_OK;
}

/* The derivative, looked at twice before there is an alarm.  Of a column every entry counts, though
 * its difference be of no use. */
static enum status differ(const struct verify *s, struct differences *d, double scale, bool column)
{
  bool agree = true;
  TRY(differentiate(s, d, scale));
  for (int64_t i = 0; i < s->n && agree; i++) {
    struct number value = numbers_get(&d->own, i), reference = numbers_get(&d->value, i);
    double error;
    TRY(column ? verify_error(s, &value, &reference, d->error[i], &error)
               : probe_error(s, d, i, &error));
    agree = error <= 1;
  }
  if (agree) return STATUS_OK;
  TRY(confirm(s, d, scale));
  return forgive_kinks(s, d, scale);
}

static enum status probe(struct verify *s, uint64_t *state, struct differences *d)
{
  TRY(verify_direction(s, state, &d->v));
  double scale = scale_direction(s, d);
  TRY(verify_multiply(s, &d->v, &d->own, d->absolute.re));
  TRY(differ(s, d, scale, false));
  for (int64_t i = 0; i < s->n; i++) {
    struct verify_report entry = {.row = i,
                                  .column = -1,
                                  .probe = s->options->probes,
                                  .value = numbers_get(&d->own, i),
                                  .reference = numbers_get(&d->value, i),
                                  .finite_difference = true};
    TRY(probe_error(s, d, i, &entry.error));
    verify_note(s, &entry);
  }
  return s->report->ok ? check_gradient(s, d, scale) : STATUS_OK;
}

enum status verify_difference(struct verify *s, uint64_t *state)
{
  struct differences d;
  enum status status = differences_create(s, &d);
  if (status == STATUS_OK) status = probe(s, state, &d);
  differences_free(&d);
  return status;
}

/* ---- all columns ---- */

/* v = i·v, or with sign -1 v/i. */
static void turn(struct numbers *v, double sign)
{
  for (int64_t k = 0; k < v->count; k++) {
    double re = v->re[k];
    v->re[k] = -sign * v->im[k];
    v->im[k] = sign * re;
  }
}

/* Column j, from steps along the real or the imaginary axis. */
static enum status check_column(struct verify *s, struct differences *d, int64_t j, double scale,
                                bool imaginary)
{
  double *v = imaginary ? d->v.im : d->v.re;
  v[j] = 1;
  verify_expand(s, j, &d->own);
  if (imaginary) turn(&d->own, 1);
  TRY(differ(s, d, scale, true));
  if (imaginary) turn(&d->value, -1);
  v[j] = 0;
  return verify_column(s, j, &d->value, d->error, &d->own);
}

static enum status check_block(struct verify *s, struct differences *d, const struct array *block)
{
  for (int64_t k = 0; k < block->size; k++) {
    double scale = difference_scale(s->x, block->offset + k);
    TRY(check_column(s, d, block->unknown + k, scale, false));
    if (s->field == FIELD_COMPLEX) TRY(check_column(s, d, block->unknown + k, scale, true));
  }
  return STATUS_OK;
}

static enum status check_columns(struct verify *s, struct differences *d)
{
  const struct program *p = problem_program(s->p);
  uint64_t state = s->options->seed;
  for (size_t a = 0; a < p->arrays.len; a++) {
    const struct array *x = &p->arrays.data[a];
    if (x->kind == ARRAY_VARIABLE && x->unknown >= 0) TRY(check_block(s, d, x));
  }
  if (!s->report->ok) return STATUS_OK;
  TRY(verify_direction(s, &state, &d->v));
  return check_gradient(s, d, scale_direction(s, d));
}

enum status verify_difference_columns(struct verify *s)
{
  struct differences d;
  enum status status = differences_create(s, &d);
  if (status == STATUS_OK) status = check_columns(s, &d);
  differences_free(&d);
  return status;
}

/* ---- a row ---- */

static enum status find_row(const struct verify *s, struct differences *d, int64_t i,
                            struct numbers *row, double *slack)
{
  d->v.re[i] = 1;
  TRY(differentiate(s, d, scale_direction(s, d)));
  for (int64_t j = 0; j < s->n; j++) {
    struct number value = numbers_get(&d->value, j);
    value.re /= d->v.re[i];
    value.im /= d->v.re[i];
    numbers_set(row, j, &value);
    bool known = !isnan(value.re) && !isnan(value.im);
    slack[j] = known ? d->error[j] / d->v.re[i] : INFINITY;
  }
  return STATUS_OK;
}

/* H is symmetric: column i is row i. */
enum status verify_difference_row(const struct verify *s, int64_t i, struct numbers *row,
                                  double *slack)
{
  struct differences d;
  enum status status = differences_create(s, &d);
  if (status == STATUS_OK) status = find_row(s, &d, i, row, slack);
  differences_free(&d);
  return status;
}
