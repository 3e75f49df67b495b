#include "config.h"

#include "hessian/verify.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "eval/f64.h"
#include "hessian/differences.h"

const char *const check_names[CHECK_COUNT] = {"matvec", "dense", "fd"};

struct verify {
  struct context *ctx;
  const struct problem *p;
  const double *x;
  const struct pattern *pattern;
  const double *values;
  const struct verify_options *options;
  struct verify_report *report;
  int64_t n;
  double rtol, atol;
};

/* ---- comparing ---- */

/* The difference in units of the tolerance, which `slack` widens: what the reference itself may be
 * wrong by. */
static double error_of(const struct verify *s, double value, double reference, double slack)
{
  if (!isfinite(value) || !isfinite(reference)) {
    bool matvec = s->options->check == CHECK_MATVEC;
    bool agree = value == reference || (matvec && !isfinite(value) && !isfinite(reference));
    return agree ? 0 : INFINITY;
  }
  double difference = fabs(value - reference);
  return difference == 0 || isinf(slack)
             ? 0
             : difference / (s->atol + s->rtol * fabs(reference) + slack);
}

/* Keeps the worst entry, the first of equals. */
static void note(struct verify *s, const struct verify_report *entry)
{
  struct verify_report *r = s->report;
  if (r->row >= 0 && !(entry->error > r->error)) return;
  int64_t probes = r->probes;
  *r = *entry;
  r->probes = probes;
  r->entry_row = r->entry_column = -1;
  r->ok = r->error <= 1;
}

/* sums = H·v by the sparse matrix, and the sums of the terms' absolute values. */
static void multiply(const struct verify *s, const double *v, double *product, double *absolute)
{
  for (int64_t i = 0; i < s->n; i++) {
    double sum = 0, total = 0;
    for (int64_t k = s->pattern->ptr[i]; k < s->pattern->ptr[i + 1]; k++) {
      double term = s->values[k] * v[s->pattern->ind[k]];
      sum += term;
      total += fabs(term);
    }
    product[i] = sum;
    absolute[i] = total;
  }
}

/* Rounding of the product, at most; so that cancellation between large entries is no difference. */
static double rounding(double absolute)
{
  return 1e-13 * absolute;
}

/* column = column j of the sparse matrix. */
static void expand_column(const struct verify *s, int64_t j, double *column)
{
  memset(column, 0, (size_t)s->n * sizeof *column);
  for (int64_t k = s->pattern->ptr[j]; k < s->pattern->ptr[j + 1]; k++) {
    int32_t i = s->pattern->ind[k];
    int64_t at = pattern_find(s->pattern, i, (int32_t)j);
    if (at >= 0) column[i] = s->values[at];
  }
}

static bool in_pattern(const struct verify *s, int64_t i, int64_t j)
{
  return pattern_find(s->pattern, (int32_t)i, (int32_t)j) >= 0;
}

/* ---- buffers ---- */

/* count vectors of n numbers; NULL if memory is out (with a diagnostic in *status). */
static double *vectors(const struct verify *s, int64_t count, enum status *status)
{
  size_t size;
  if (*status != STATUS_OK) return NULL;
  *status = diag_check_memory(s->ctx, 8.0 * (double)count * (double)s->n, "the check");
  if (*status != STATUS_OK) return NULL;
  double *v = size_mul((size_t)count, (size_t)s->n, &size) ? mem_alloc(size, sizeof *v) : NULL;
  if (!v) *status = diag_no_memory(s->ctx);
  return v;
}

/* ---- references by Hessian-vector products ---- */

static enum hessian_mode other_mode(enum hessian_mode mode)
{
  return mode == MODE_FWD_OVER_REV ? MODE_REV_OVER_FWD : MODE_FWD_OVER_REV;
}

static enum status reference_products(const struct verify *s, int64_t directions,
                                      struct evaluation **out)
{
  struct evaluation_options options = {.kind = EVALUATE_HVP,
                                       .mode = other_mode(s->options->mode),
                                       .directions = directions,
                                       .lanes = s->options->chunk};
  TRY(evaluation_create(s->ctx, s->p, &options, out));
  evaluation_point_doubles(*out, s->x);
  return STATUS_OK;
}

static void random_direction(uint64_t *state, int64_t n, double *v)
{
  for (int64_t i = 0; i < n; i++) v[i] = 2 * splitmix_uniform(state) - 1;
}

static void compare_products(struct verify *s, const double *v, const double *reference,
                             int64_t probe, double *product, double *absolute)
{
  multiply(s, v, product, absolute);
  for (int64_t i = 0; i < s->n; i++) {
    struct verify_report entry = {
        .row = i, .column = -1, .probe = probe, .value = product[i], .reference = reference[i]};
    entry.error = error_of(s, product[i], reference[i], rounding(absolute[i]));
    note(s, &entry);
  }
}

/* The probes; leaves the generator behind them. */
static enum status check_probes(struct verify *s, uint64_t *state)
{
  int64_t probes = s->options->probes;
  struct evaluation *e = NULL;
  enum status status = reference_products(s, probes, &e);
  int64_t lanes = status == STATUS_OK ? evaluation_lanes(e) : 0;
  double *v = vectors(s, lanes, &status), *reference = vectors(s, lanes, &status);
  double *product = vectors(s, 2, &status);
  for (int64_t k = 0; k < probes && status == STATUS_OK; k += lanes) {
    int64_t count = probes - k < lanes ? probes - k : lanes;
    for (int64_t l = 0; l < count; l++) random_direction(state, s->n, v + l * s->n);
    evaluation_hvp_doubles(e, v, count, reference);
    for (int64_t l = 0; l < count; l++)
      compare_products(s, v + l * s->n, reference + l * s->n, k + l, product, product + s->n);
  }
  mem_free(v);
  mem_free(reference);
  mem_free(product);
  evaluation_free(e);
  return status;
}

static void compare_column(struct verify *s, int64_t j, const double *reference,
                           const double *slack, double *column)
{
  expand_column(s, j, column);
  for (int64_t i = 0; i < s->n; i++) {
    struct verify_report entry = {
        .row = i, .column = j, .probe = j, .value = column[i], .reference = reference[i]};
    entry.error = error_of(s, column[i], reference[i], slack ? slack[i] : 0);
    /* 0·∞ outside of the pattern comes from an entry inside, which is to be the one reported. */
    if (isinf(entry.error) && !isfinite(reference[i]) && !in_pattern(s, i, j))
      entry.error = DBL_MAX;
    note(s, &entry);
  }
}

static enum status check_dense(struct verify *s)
{
  struct evaluation *e = NULL;
  enum status status = reference_products(s, s->n, &e);
  int64_t lanes = status == STATUS_OK ? evaluation_lanes(e) : 0;
  double *v = vectors(s, lanes, &status), *reference = vectors(s, lanes, &status);
  double *column = vectors(s, 1, &status);
  if (status == STATUS_OK) memset(v, 0, (size_t)(lanes * s->n) * sizeof *v);
  for (int64_t k = 0; k < s->n && status == STATUS_OK; k += lanes) {
    int64_t count = s->n - k < lanes ? s->n - k : lanes;
    for (int64_t l = 0; l < count; l++) v[l * s->n + k + l] = 1;
    evaluation_hvp_doubles(e, v, count, reference);
    for (int64_t l = 0; l < count; l++) v[l * s->n + k + l] = 0;
    for (int64_t l = 0; l < count; l++)
      compare_column(s, k + l, reference + l * s->n, NULL, column);
  }
  s->report->probes = s->n;
  mem_free(v);
  mem_free(reference);
  mem_free(column);
  evaluation_free(e);
  return status;
}

/* ---- finite differences of the gradient ---- */

struct differences {
  struct program frozen;
  struct evaluation *gradient;
  double *point;         /* nx */
  double *quotient;      /* DIFFERENCE_STEPS × n */
  double *other;         /* n */
  double *size;          /* n: of the gradient's elements */
  double *value, *error; /* n each: the derivative, and what it may be wrong by */
};

/* stop(e) does not change with the point by definition, so that differences must hold it at its
 * value in x: `recorder` is the Program with the values of all stops as further arrays (from
 * `first` on, in order), `frozen` reads them as data. */
static enum status add_recordings(struct context *ctx, struct program *recorder)
{
  for (size_t i = 0; i < recorder->kernels.len; i++) {
    struct kernel *k = &recorder->kernels.data[i];
    int64_t count = recorder->domains.data[k->domain].count;
    for (size_t j = 0; j < k->ops.len; j++) {
      if (k->ops.data[j].code != OP_STOP) continue;
      struct array a = {.kind = ARRAY_COMPUTED, .size = count, .unknown = -1, .symbol = -1};
      struct output out = {.array = program_add_array(recorder, a, "stopped"),
                           .map = {.kind = MAP_POSITION},
                           .value = (int32_t)j,
                           .winner = -1};
      if (out.array < 0 || !VEC_PUSH(&k->outputs, out)) return diag_no_memory(ctx);
    }
  }
  return STATUS_OK;
}

static enum status read_recordings(struct context *ctx, const struct f64 *e, int next,
                                   struct program *frozen)
{
  for (size_t i = 0; i < frozen->kernels.len; i++) {
    struct kernel *k = &frozen->kernels.data[i];
    int64_t count = frozen->domains.data[k->domain].count;
    for (size_t j = 0; j < k->ops.len; j++) {
      if (k->ops.data[j].code != OP_STOP) continue;
      struct array a = {.kind = ARRAY_DATA, .size = count, .unknown = -1, .symbol = -1};
      TRY(numbers_create(ctx, FIELD_REAL, (double)count, "the check", &a.data));
      memcpy(a.data.re, f64_array(e, next++, 0), (size_t)count * sizeof *a.data.re);
      struct read r = {.array = program_add_array(frozen, a, "stopped"),
                       .map = {.kind = MAP_POSITION}};
      if (r.array < 0 || !VEC_PUSH(&k->reads, r)) return diag_no_memory(ctx);
      struct op read = {.code = OP_READ, .a = (int32_t)k->reads.len - 1, .b = -1, .c = -1};
      read.loc = k->ops.data[j].loc;
      k->ops.data[j] = read;
    }
  }
  return STATUS_OK;
}

static enum status freeze(const struct verify *s, struct program *frozen)
{
  const struct program *base = problem_program(s->p);
  struct program recorder;
  struct f64 *e = NULL;
  TRY(program_extend(s->ctx, base, frozen));
  TRY(program_extend(s->ctx, base, &recorder));
  enum status status = add_recordings(s->ctx, &recorder);
  if (status == STATUS_OK && recorder.arrays.len > base->arrays.len) {
    status = f64_create(s->ctx, &recorder, &(struct f64_options){.lanes = 0}, &e);
    if (status == STATUS_OK) {
      f64_run_uniform(e, s->x);
      status = read_recordings(s->ctx, e, (int)base->arrays.len, frozen);
    }
    f64_free(e);
  }
  program_free(&recorder);
  return status;
}

static void differences_free(struct differences *d)
{
  evaluation_free(d->gradient);
  program_free(&d->frozen);
  mem_free(d->point);
  mem_free(d->quotient);
}

static enum status differences_create(const struct verify *s, struct differences *d)
{
  memset(d, 0, sizeof *d);
  program_init(&d->frozen);
  enum status status = freeze(s, &d->frozen);
  if (status == STATUS_OK)
    status = evaluation_of_program(
        s->ctx, &d->frozen, &(struct evaluation_options){.kind = EVALUATE_GRADIENT}, &d->gradient);
  d->quotient = vectors(s, DIFFERENCE_STEPS + 4, &status);
  if (status != STATUS_OK) return status;
  d->other = d->quotient + DIFFERENCE_STEPS * s->n;
  d->size = d->other + s->n;
  d->value = d->size + s->n;
  d->error = d->value + s->n;
  d->point = mem_alloc((size_t)problem_program(s->p)->nx, sizeof *d->point);
  return d->point ? STATUS_OK : diag_no_memory(s->ctx);
}

/* d->point = x + t·v */
static void move_point(const struct verify *s, struct differences *d, const double *v, double t)
{
  difference_point(problem_program(s->p), s->x, v, 0, s->n, t, d->point);
}

static void gradient_at(const struct verify *s, struct differences *d, const double *v, double t,
                        double *gradient)
{
  move_point(s, d, v, t);
  evaluation_point_doubles(d->gradient, d->point);
  evaluation_gradient_doubles(d->gradient, gradient);
}

static struct estimate extrapolate(const struct differences *d, int64_t n, int64_t i, double step)
{
  return difference_extrapolate(d->quotient + i, n, d->size[i], step);
}

static void run_sequence(const struct verify *s, struct differences *d, const double *v,
                         double scale, int sequence)
{
  double step = scale * difference_first_steps[sequence];
  for (int k = 0; k < DIFFERENCE_STEPS; k++, step /= DIFFERENCE_RATIO) {
    double *quotient = d->quotient + k * s->n;
    gradient_at(s, d, v, step, quotient);
    gradient_at(s, d, v, -step, d->other);
    for (int64_t i = 0; i < s->n; i++) {
      if (k == 0) d->size[i] = fabs(d->other[i]);
      d->size[i] = fmin(d->size[i], fabs(d->other[i]));
      quotient[i] = (quotient[i] - d->other[i]) / (2 * step);
    }
  }
}

/* The derivative of the gradient in direction v, from steps that begin at some hundredths of
 * `scale`. */
static void differentiate(const struct verify *s, struct differences *d, const double *v,
                          double scale)
{
  run_sequence(s, d, v, scale, 0);
  for (int64_t i = 0; i < s->n; i++) {
    struct estimate e = extrapolate(d, s->n, i, scale * difference_first_steps[0]);
    d->value[i] = e.value;
    d->error[i] = difference_doubt * e.error;
  }
}

/* Widens the errors by what the second sequence says. */
static void confirm(const struct verify *s, struct differences *d, const double *v, double scale)
{
  run_sequence(s, d, v, scale, 1);
  for (int64_t i = 0; i < s->n; i++) {
    struct estimate e = extrapolate(d, s->n, i, scale * difference_first_steps[1]);
    double spread = difference_doubt * fmax(e.error, fabs(e.value - d->value[i]));
    d->error[i] = fmax(d->error[i], isnan(spread) ? INFINITY : spread);
  }
}

/* Where the second derivatives on both sides of x are not those in x, x sits on a kink, and a
 * difference across it says nothing about the conventions that hold there: entries whose
 * disagreement with `value` that explains get an infinite error. */
static enum status forgive_kinks(const struct verify *s, struct differences *d, const double *v,
                                 double scale, const double *value)
{
  struct evaluation *e = NULL;
  enum status status = reference_products(s, 1, &e);
  double *here = vectors(s, 2, &status), *there = here + s->n;
  if (status == STATUS_OK) evaluation_hvp_doubles(e, v, 1, here);
  for (int side = 0; side < 4 && status == STATUS_OK; side++) {
    double step = scale * (side < 2 ? 1e-5 : 1e-8);
    move_point(s, d, v, side % 2 ? -step : step);
    evaluation_point_doubles(e, d->point);
    evaluation_hvp_doubles(e, v, 1, there);
    for (int64_t i = 0; i < s->n; i++) {
      double jump = fabs(there[i] - here[i]), disagreement = fabs(value[i] - d->value[i]);
      if (!(jump < 0.1 * disagreement)) d->error[i] = INFINITY;
    }
  }
  mem_free(here);
  evaluation_free(e);
  return status;
}

/* The distance at which a variable changes noticeably: its size.  What is about 0 has none. */
static double scale_of(double x)
{
  return fabs(x) < 1e-8 ? 1e-3 : fabs(x);
}

/* Scales the direction by the variables' sizes, to at most 1; returns the largest size. */
static double scale_direction(const struct verify *s, double *v)
{
  const struct program *p = problem_program(s->p);
  double largest = 0;
  for (int pass = 0; pass < 2; pass++)
    for (size_t a = 0; a < p->arrays.len; a++) {
      const struct array *x = &p->arrays.data[a];
      if (x->kind != ARRAY_VARIABLE || x->unknown < 0) continue;
      for (int64_t k = 0; k < x->size; k++) {
        double scale = fmax(scale_of(s->x[x->offset + k]), 1e-3);
        if (pass == 0)
          largest = fmax(largest, scale);
        else
          v[x->unknown + k] *= scale / largest;
      }
    }
  return largest;
}

/* The error of an entry of H·v against a finite difference.  Where a difference is of no use, it
 * says nothing. */
static double probe_error(const struct verify *s, const struct differences *d, int64_t i,
                          double value, double absolute)
{
  double reference = d->value[i];
  if (!isfinite(reference)) return 0;
  if (!isfinite(value)) return d->error[i] <= s->atol + s->rtol * fabs(reference) ? INFINITY : 0;
  return error_of(s, value, reference, d->error[i] + rounding(absolute));
}

/* The gradient against differences of the value in direction v: a rule that is wrong in the first
 * derivatives, too, makes a Hessian that agrees with the gradient. */
static enum status check_gradient(struct verify *s, struct differences *d, const double *v,
                                  double scale)
{
  struct gradient_check check = {.program = &d->frozen,
                                 .gradient = d->gradient,
                                 .x = s->x,
                                 .v = v,
                                 .scale = scale,
                                 .rtol = s->rtol,
                                 .atol = s->atol};
  struct gradient_fault fault;
  TRY(gradient_check(s->ctx, &check, &fault));
  if (!fault.found) return STATUS_OK;
  struct verify_report *r = s->report;
  *r = (struct verify_report){.probes = r->probes,
                              .row = fault.row,
                              .column = -1,
                              .entry_row = -1,
                              .entry_column = -1,
                              .probe = s->options->probes,
                              .value = fault.value,
                              .reference = fault.reference,
                              .error = fault.error,
                              .finite_difference = true,
                              .gradient_at_fault = true};
  return STATUS_OK;
}

static enum status check_difference(struct verify *s, uint64_t *state)
{
  struct differences d;
  enum status status = differences_create(s, &d);
  double *v = vectors(s, 1, &status), *product = vectors(s, 2, &status);
  if (status == STATUS_OK) {
    bool agree = true;
    random_direction(state, s->n, v);
    double scale = scale_direction(s, v);
    multiply(s, v, product, product + s->n);
    differentiate(s, &d, v, scale);
    for (int64_t i = 0; i < s->n; i++)
      agree &= probe_error(s, &d, i, product[i], product[s->n + i]) <= 1;
    if (!agree) {
      confirm(s, &d, v, scale);
      status = forgive_kinks(s, &d, v, scale, product);
    }
    for (int64_t i = 0; i < s->n && status == STATUS_OK; i++) {
      struct verify_report entry = {.row = i,
                                    .column = -1,
                                    .probe = s->options->probes,
                                    .value = product[i],
                                    .reference = d.value[i],
                                    .finite_difference = true};
      entry.error = probe_error(s, &d, i, product[i], product[s->n + i]);
      note(s, &entry);
    }
    if (status == STATUS_OK && s->report->ok) status = check_gradient(s, &d, v, scale);
  }
  mem_free(v);
  mem_free(product);
  differences_free(&d);
  return status;
}

static enum status check_columns(struct verify *s)
{
  const struct program *p = problem_program(s->p);
  struct differences d;
  enum status status = differences_create(s, &d);
  double *v = vectors(s, 1, &status), *column = vectors(s, 1, &status);
  if (status == STATUS_OK) memset(v, 0, (size_t)s->n * sizeof *v);
  for (size_t a = 0; a < p->arrays.len && status == STATUS_OK; a++) {
    const struct array *x = &p->arrays.data[a];
    if (x->kind != ARRAY_VARIABLE || x->unknown < 0) continue;
    for (int64_t k = 0; k < x->size && status == STATUS_OK; k++) {
      int64_t j = x->unknown + k;
      double scale = scale_of(s->x[x->offset + k]);
      bool agree = true;
      v[j] = 1;
      differentiate(s, &d, v, scale);
      expand_column(s, j, column);
      for (int64_t i = 0; i < s->n; i++)
        agree &= error_of(s, column[i], d.value[i], d.error[i]) <= 1;
      if (!agree) {
        confirm(s, &d, v, scale);
        status = forgive_kinks(s, &d, v, scale, column);
      }
      if (status == STATUS_OK) compare_column(s, j, d.value, d.error, column);
      v[j] = 0;
    }
  }
  s->report->probes = s->n;
  if (status == STATUS_OK && s->report->ok) {
    uint64_t state = s->options->seed;
    random_direction(&state, s->n, v);
    double scale = scale_direction(s, v);
    status = check_gradient(s, &d, v, scale);
  }
  mem_free(v);
  mem_free(column);
  differences_free(&d);
  return status;
}

/* ---- the check ---- */

/* Row i by the reference that found fault with it, and what that may be wrong by.  H is symmetric:
 * column i is row i. */
static enum status reference_row(const struct verify *s, int64_t i, double *unit, double *row,
                                 double *slack)
{
  memset(unit, 0, (size_t)s->n * sizeof *unit);
  memset(slack, 0, (size_t)s->n * sizeof *slack);
  unit[i] = 1;
  if (!s->report->finite_difference) {
    struct evaluation *e = NULL;
    enum status status = reference_products(s, 1, &e);
    if (status == STATUS_OK) evaluation_hvp_doubles(e, unit, 1, row);
    evaluation_free(e);
    return status;
  }
  struct differences d;
  enum status status = differences_create(s, &d);
  if (status == STATUS_OK) {
    differentiate(s, &d, unit, scale_direction(s, unit));
    for (int64_t j = 0; j < s->n; j++) {
      row[j] = d.value[j] / unit[i];
      slack[j] = isnan(d.value[j]) ? INFINITY : d.error[j] / unit[i];
    }
  }
  differences_free(&d);
  return status;
}

/* Finds the worst entry of row i; those that the pattern lacks come first, as they are added to
 * others that are recovered from the same row. */
static enum status look_at_row(struct verify *s, int64_t i)
{
  enum status status = STATUS_OK;
  double *unit = vectors(s, 3, &status), worst = 0;
  double *row = unit + s->n, *slack = row + s->n;
  struct verify_report *r = s->report;
  if (status == STATUS_OK) status = reference_row(s, i, unit, row, slack);
  for (int64_t j = 0; j < s->n && status == STATUS_OK; j++) {
    int64_t at = pattern_find(s->pattern, (int32_t)i, (int32_t)j);
    double value = at >= 0 ? s->values[at] : 0, difference = fabs(value - row[j]) - slack[j];
    bool lacking = at < 0 && isfinite(row[j]) && error_of(s, value, row[j], slack[j]) > 1;
    if (isnan(difference) && isfinite(slack[j])) difference = INFINITY;
    if (r->pattern_at_fault && !lacking) continue;
    if (!(difference > worst) && lacking == r->pattern_at_fault) continue;
    worst = difference;
    r->pattern_at_fault = lacking;
    r->entry_row = i;
    r->entry_column = j;
    r->entry_value = value;
    r->entry_reference = row[j];
  }
  mem_free(unit);
  return status;
}

/* A value is read from one of its two rows, so what the pattern lacks may be in the other one. */
static enum status look_for_entry(struct verify *s)
{
  struct verify_report *r = s->report, first;
  TRY(look_at_row(s, r->row));
  if (r->pattern_at_fault || r->entry_column < 0 || r->entry_column == r->row) return STATUS_OK;
  first = *r;
  TRY(look_at_row(s, r->entry_column));
  if (!r->pattern_at_fault) *r = first;
  return STATUS_OK;
}

static enum status check_matvec(struct verify *s)
{
  uint64_t state = s->options->seed;
  s->report->probes = s->options->probes;
  TRY(check_probes(s, &state));
  TRY(check_difference(s, &state));
  bool look = !s->report->ok && !s->report->gradient_at_fault;
  return look ? look_for_entry(s) : STATUS_OK;
}

enum status verify_hessian(struct context *ctx, const struct problem *p, const double *x,
                           const struct pattern *pattern, const double *values,
                           const struct verify_options *options, struct verify_report *report)
{
  double tolerance = options->check == CHECK_DENSE ? 1e-7 : 1e-5;
  struct verify s = {.ctx = ctx,
                     .p = p,
                     .x = x,
                     .pattern = pattern,
                     .values = values,
                     .options = options,
                     .report = report,
                     .n = pattern->n,
                     .rtol = options->rtol < 0 ? tolerance : options->rtol,
                     .atol = options->atol < 0 ? tolerance : options->atol};
  *report = (struct verify_report){
      .ok = true, .row = -1, .column = -1, .entry_row = -1, .entry_column = -1};
  if (s.n == 0) return STATUS_OK;
  if (options->check == CHECK_MATVEC) return check_matvec(&s);
  TRY(options->check == CHECK_DENSE ? check_dense(&s) : check_columns(&s));
  if (!report->ok && !report->gradient_at_fault)
    report->pattern_at_fault = !in_pattern(&s, report->row, report->column);
  return STATUS_OK;
}
