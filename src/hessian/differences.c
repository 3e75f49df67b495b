#include "config.h"

#include "hessian/differences.h"

#include <float.h>
#include <math.h>
#include <string.h>

const double difference_first_steps[2] = {1e-2, 0.6e-2};
const double difference_doubt = 10;

/* Steps that are smaller than that of row `row` must come nearer to the value than its quotient
 * did, but for rounding.  If they do not, the larger ones all led across the same kinks. */
static double contradiction(const double *quotient, int64_t stride, double size, double step,
                            int row, double value)
{
  double truncation = fabs(quotient[row * stride] - value), worst = 0;
  for (int k = 0; k < DIFFERENCE_STEPS; k++, step /= DIFFERENCE_RATIO) {
    double distance = fabs(quotient[k * stride] - value);
    if (k > row && distance > truncation + 16 * DBL_EPSILON * size / step)
      worst = fmax(worst, distance);
  }
  return worst;
}

struct estimate difference_extrapolate(const double *quotient, int64_t stride, double size,
                                       double step)
{
  double previous[DIFFERENCE_STEPS], current[DIFFERENCE_STEPS];
  struct estimate best = {NAN, INFINITY};
  const double first = step;
  int count = 0, row = 0;
  for (int k = 0; k < DIFFERENCE_STEPS; k++, step /= DIFFERENCE_RATIO) {
    double rounded = DBL_EPSILON * size / step;
    current[0] = quotient[k * stride];
    if (!isfinite(current[0])) { /* outside of the domain: begin again with the next step */
      count = 0;
      continue;
    }
    if (isnan(best.value)) best.value = current[0];
    double factor = DIFFERENCE_RATIO * DIFFERENCE_RATIO;
    for (int j = 1; j <= count; j++, factor *= DIFFERENCE_RATIO * DIFFERENCE_RATIO) {
      current[j] = (factor * current[j - 1] - previous[j - 1]) / (factor - 1);
      double error = fmax(fabs(current[j] - current[j - 1]), fabs(current[j] - previous[j - 1]));
      error = fmax(error, rounded);
      if (error >= best.error) continue;
      best = (struct estimate){current[j], error};
      row = k;
    }
    count++;
    memcpy(previous, current, sizeof previous);
  }
  best.error = fmax(best.error, contradiction(quotient, stride, size, first, row, best.value));
  return best;
}

void difference_point(const struct program *p, const struct numbers *x, const struct numbers *v,
                      int64_t first, int64_t end, double t, struct numbers *to)
{
  numbers_copy(to, x, p->nx);
  for (size_t a = 0; a < p->arrays.len; a++) {
    const struct array *block = &p->arrays.data[a];
    if (block->kind != ARRAY_VARIABLE || block->unknown < 0) continue;
    int64_t low = first > block->unknown ? first - block->unknown : 0;
    int64_t high = end < block->unknown + block->size ? end - block->unknown : block->size;
    for (int64_t k = low; k < high; k++) {
      to->re[block->offset + k] += t * v->re[block->unknown + k];
      if (to->im) to->im[block->offset + k] += t * v->im[block->unknown + k];
    }
  }
}

double difference_scale(const struct numbers *x, int64_t i)
{
  double size = x->im ? hypot(x->re[i], x->im[i]) : fabs(x->re[i]);
  return size < 1e-8 ? 1e-3 : size;
}

double difference_scale_direction(const struct program *p, const struct numbers *x,
                                  struct numbers *v)
{
  double largest = 0;
  for (int pass = 0; pass < 2; pass++)
    for (size_t a = 0; a < p->arrays.len; a++) {
      const struct array *block = &p->arrays.data[a];
      if (block->kind != ARRAY_VARIABLE || block->unknown < 0) continue;
      for (int64_t k = 0; k < block->size; k++) {
        double scale = fmax(difference_scale(x, block->offset + k), 1e-3);
        largest = fmax(largest, pass == 0 ? scale : 0);
        if (pass == 1) v->re[block->unknown + k] *= scale / largest;
        if (pass == 1 && v->im) v->im[block->unknown + k] *= scale / largest;
      }
    }
  return largest;
}

/* ---- the gradient against differences of the value ---- */

/* In a direction; real numbers have the imaginary part 0. */
struct slope {
  double re, im, error;
};

struct slopes {
  struct context *ctx;
  const struct gradient_check *check;
  enum field field;
  struct evaluation *value;
  struct numbers point;           /* nx */
  struct numbers gradient, moved; /* n: in x, and beside it */
};

static void slopes_free(struct slopes *s)
{
  evaluation_free(s->value);
  numbers_free(&s->point);
  numbers_free(&s->gradient);
  numbers_free(&s->moved);
}

static enum status slopes_create(struct context *ctx, const struct gradient_check *check,
                                 struct slopes *s)
{
  const struct program *p = check->program;
  struct evaluation_options options = {.kind = EVALUATE_VALUE};
  memset(s, 0, sizeof *s);
  s->ctx = ctx;
  s->check = check;
  s->field = check->x->field;
  TRY(evaluation_of_program(ctx, p, s->field, &options, &s->value));
  TRY(numbers_create(ctx, s->field, (double)p->nx, "the check", &s->point));
  TRY(numbers_create(ctx, s->field, (double)p->n, "the check", &s->gradient));
  TRY(numbers_create(ctx, s->field, (double)p->n, "the check", &s->moved));
  TRY(evaluation_point(ctx, check->gradient, check->x));
  evaluation_gradient(check->gradient, &s->gradient);
  return STATUS_OK;
}

static void move(struct slopes *s, int64_t first, int64_t end, double t)
{
  difference_point(s->check->program, s->check->x, s->check->v, first, end, t, &s->point);
}

static enum status value_at(struct slopes *s, int64_t first, int64_t end, double t,
                            struct number *value)
{
  move(s, first, end, t);
  TRY(evaluation_point(s->ctx, s->value, &s->point));
  struct numbers v = evaluation_value(s->value);
  *value = numbers_get(&v, 0);
  return STATUS_OK;
}

static enum status slope_of_value(struct slopes *s, int64_t first, int64_t end, int sequence,
                                  struct slope *slope)
{
  double re[DIFFERENCE_STEPS], im[DIFFERENCE_STEPS], size = INFINITY;
  double start = s->check->scale * difference_first_steps[sequence], step = start;
  for (int k = 0; k < DIFFERENCE_STEPS; k++, step /= DIFFERENCE_RATIO) {
    struct number up, down;
    TRY(value_at(s, first, end, step, &up));
    TRY(value_at(s, first, end, -step, &down));
    re[k] = (up.re - down.re) / (2 * step);
    im[k] = (up.im - down.im) / (2 * step);
    size = fmin(size, hypot(down.re, down.im));
  }
  struct estimate real = difference_extrapolate(re, 1, size, start), imaginary = {0, 0};
  if (s->field == FIELD_COMPLEX) imaginary = difference_extrapolate(im, 1, size, start);
  *slope = (struct slope){real.value, imaginary.value, real.error + imaginary.error};
  return STATUS_OK;
}

/* gradient · v, and the sum of its terms' absolute values. */
static struct number slope_of(const struct slopes *s, const struct numbers *gradient, int64_t first,
                              int64_t end, double *absolute)
{
  struct number sum = {0};
  *absolute = 0;
  for (int64_t i = first; i < end; i++) {
    struct number g = numbers_get(gradient, i), v = numbers_get(s->check->v, i);
    double re = g.re * v.re, im = 0;
    if (s->field == FIELD_COMPLEX) {
      re -= g.im * v.im;
      im = g.re * v.im + g.im * v.re;
    }
    sum.re += re;
    sum.im += im;
    *absolute += hypot(re, im);
  }
  return sum;
}

static double distance(const struct number *a, const struct number *b)
{
  return hypot(a->re - b->re, a->im - b->im);
}

/* Whether the gradient beside x is another than in x, by as much as would explain the disagreement:
 * then x sits on a kink, across which differences tell nothing. */
static enum status find_kink(struct slopes *s, int64_t first, int64_t end, double disagreement,
                             bool *kink)
{
  double absolute;
  struct number here = slope_of(s, &s->gradient, first, end, &absolute);
  *kink = false;
  for (int side = 0; side < 4 && !*kink; side++) {
    double step = s->check->scale * (side < 2 ? 1e-5 : 1e-8);
    move(s, first, end, side % 2 ? -step : step);
    TRY(evaluation_point(s->ctx, s->check->gradient, &s->point));
    evaluation_gradient(s->check->gradient, &s->moved);
    struct number there = slope_of(s, &s->moved, first, end, &absolute);
    *kink = !(distance(&there, &here) < 0.1 * disagreement);
  }
  return STATUS_OK;
}

/* The disagreement in the direction's part first … end-1, in units of the tolerance; `reference` is
 * what differences give. */
static enum status slope_error(struct slopes *s, int64_t first, int64_t end,
                               struct number *reference, double *error)
{
  double absolute;
  struct number value = slope_of(s, &s->gradient, first, end, &absolute);
  struct slope e = {0}, second = {0};
  *error = 0;
  TRY(slope_of_value(s, first, end, 0, &e));
  *reference = (struct number){.re = e.re, .im = e.im};
  double disagreement = distance(&value, reference);
  if (!isfinite(disagreement) || isinf(e.error)) return STATUS_OK;
  double tolerance = s->check->atol + s->check->rtol * hypot(e.re, e.im) + 1e-13 * absolute;
  if (disagreement <= tolerance + difference_doubt * e.error) return STATUS_OK;
  TRY(slope_of_value(s, first, end, 1, &second));
  double moved = hypot(second.re - e.re, second.im - e.im);
  tolerance += difference_doubt * fmax(fmax(e.error, second.error), moved);
  if (!(disagreement > tolerance)) return STATUS_OK;
  bool kink;
  TRY(find_kink(s, first, end, disagreement, &kink));
  if (!kink) *error = disagreement / tolerance;
  return STATUS_OK;
}

/* Halves a direction in which the gradient is wrong as long as one half is wrong by itself. */
static enum status narrow(struct slopes *s, int64_t *first, int64_t *end,
                          struct gradient_fault *fault)
{
  while (*end - *first > 1) {
    int64_t middle = *first + (*end - *first) / 2;
    struct number reference;
    double error;
    TRY(slope_error(s, *first, middle, &reference, &error));
    bool left = error > 1;
    if (!left) TRY(slope_error(s, middle, *end, &reference, &error));
    if (!(error > 1)) break; /* the parts are within the tolerance, their sum is not */
    *(left ? end : first) = middle;
    fault->error = error;
    fault->reference = reference;
  }
  return STATUS_OK;
}

static struct number quotient(const struct number *a, const struct number *b)
{
  if (b->im == 0) return (struct number){.re = a->re / b->re, .im = a->im / b->re};
  double size = b->re * b->re + b->im * b->im;
  return (struct number){.re = (a->re * b->re + a->im * b->im) / size,
                         .im = (a->im * b->re - a->re * b->im) / size};
}

static void describe(const struct slopes *s, int64_t first, int64_t end,
                     struct gradient_fault *fault)
{
  double absolute;
  fault->row = end - first == 1 ? first : -1;
  fault->value = slope_of(s, &s->gradient, first, end, &absolute);
  if (fault->row < 0) return;
  struct number v = numbers_get(s->check->v, first);
  fault->value = numbers_get(&s->gradient, first);
  fault->reference = quotient(&fault->reference, &v);
}

enum status gradient_check(struct context *ctx, const struct gradient_check *check,
                           struct gradient_fault *fault)
{
  struct slopes s;
  enum status status = slopes_create(ctx, check, &s);
  int64_t first = 0, end = check->program->n;
  *fault = (struct gradient_fault){0};
  if (status == STATUS_OK) status = slope_error(&s, first, end, &fault->reference, &fault->error);
  fault->found = status == STATUS_OK && fault->error > 1;
  if (fault->found) status = narrow(&s, &first, &end, fault);
  if (fault->found && status == STATUS_OK) describe(&s, first, end, fault);
  slopes_free(&s);
  return status;
}
