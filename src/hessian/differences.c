#include "config.h"

#include "hessian/differences.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "eval/f64.h"
#include "program/transform.h"

const double difference_first_steps[2] = {1e-2, 0.6e-2};
const double difference_doubt = 10;

struct estimate difference_extrapolate(const double *quotient, int64_t stride, double size,
                                       double step)
{
  double previous[DIFFERENCE_STEPS], current[DIFFERENCE_STEPS];
  struct estimate best = {NAN, INFINITY};
  int count = 0;
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
      if (error < best.error) best = (struct estimate){current[j], error};
    }
    count++;
    memcpy(previous, current, sizeof previous);
  }
  return best;
}

void difference_point(const struct program *p, const double *x, const double *v, int64_t first,
                      int64_t end, double t, double *to)
{
  memcpy(to, x, (size_t)p->nx * sizeof *to);
  for (size_t a = 0; a < p->arrays.len; a++) {
    const struct array *block = &p->arrays.data[a];
    if (block->kind != ARRAY_VARIABLE || block->unknown < 0) continue;
    int64_t low = first > block->unknown ? first - block->unknown : 0;
    int64_t high = end < block->unknown + block->size ? end - block->unknown : block->size;
    for (int64_t k = low; k < high; k++) to[block->offset + k] += t * v[block->unknown + k];
  }
}

/* ---- the gradient against differences of the value ---- */

struct slopes {
  const struct gradient_check *check;
  struct program program; /* of the value alone */
  struct f64 *value;
  double *point;            /* nx */
  double *gradient, *moved; /* n: in x, and beside it */
};

static void slopes_free(struct slopes *s)
{
  f64_free(s->value);
  program_free(&s->program);
  mem_free(s->point);
  mem_free(s->gradient);
}

static enum status slopes_create(struct context *ctx, const struct gradient_check *check,
                                 struct slopes *s)
{
  size_t n = (size_t)check->program->n;
  memset(s, 0, sizeof *s);
  s->check = check;
  TRY(program_extend(ctx, check->program, &s->program));
  TRY(program_prune(ctx, &s->program, &s->program.value, 1));
  TRY(f64_create(ctx, &s->program, &(struct f64_options){.lanes = 0}, &s->value));
  s->point = mem_alloc((size_t)s->program.nx, sizeof *s->point);
  s->gradient = mem_alloc(2 * n, sizeof *s->gradient);
  if (!s->point || !s->gradient) return diag_no_memory(ctx);
  s->moved = s->gradient + n;
  evaluation_point_doubles(check->gradient, check->x);
  evaluation_gradient_doubles(check->gradient, s->gradient);
  return STATUS_OK;
}

static double value_at(struct slopes *s, int64_t first, int64_t end, double t)
{
  difference_point(s->check->program, s->check->x, s->check->v, first, end, t, s->point);
  f64_run_uniform(s->value, s->point);
  return f64_array(s->value, s->program.value, 0)[0];
}

static struct estimate slope_of_value(struct slopes *s, int64_t first, int64_t end, int sequence)
{
  double quotient[DIFFERENCE_STEPS], size = INFINITY;
  double start = s->check->scale * difference_first_steps[sequence], step = start;
  for (int k = 0; k < DIFFERENCE_STEPS; k++, step /= DIFFERENCE_RATIO) {
    double up = value_at(s, first, end, step), down = value_at(s, first, end, -step);
    quotient[k] = (up - down) / (2 * step);
    size = fmin(size, fabs(down));
  }
  return difference_extrapolate(quotient, 1, size, start);
}

static double slope_of(const struct slopes *s, const double *gradient, int64_t first, int64_t end)
{
  double sum = 0;
  for (int64_t i = first; i < end; i++) sum += gradient[i] * s->check->v[i];
  return sum;
}

/* Whether the gradient beside x is another than in x, by as much as would explain the disagreement:
 * then x sits on a kink, across which differences tell nothing. */
static bool on_kink(struct slopes *s, int64_t first, int64_t end, double disagreement)
{
  double here = slope_of(s, s->gradient, first, end);
  for (int side = 0; side < 4; side++) {
    double step = s->check->scale * (side < 2 ? 1e-5 : 1e-8);
    difference_point(s->check->program, s->check->x, s->check->v, first, end,
                     side % 2 ? -step : step, s->point);
    evaluation_point_doubles(s->check->gradient, s->point);
    evaluation_gradient_doubles(s->check->gradient, s->moved);
    if (!(fabs(slope_of(s, s->moved, first, end) - here) < 0.1 * disagreement)) return true;
  }
  return false;
}

/* The disagreement in the direction's part first … end-1, in units of the tolerance; `reference` is
 * what differences give. */
static double slope_error(struct slopes *s, int64_t first, int64_t end, double *reference)
{
  double value = slope_of(s, s->gradient, first, end), absolute = 0;
  struct estimate e = slope_of_value(s, first, end, 0);
  *reference = e.value;
  if (!isfinite(value) || !isfinite(e.value) || isinf(e.error)) return 0;
  for (int64_t i = first; i < end; i++) absolute += fabs(s->gradient[i] * s->check->v[i]);
  double disagreement = fabs(value - e.value);
  double tolerance = s->check->atol + s->check->rtol * fabs(e.value) + 1e-13 * absolute;
  if (disagreement <= tolerance + difference_doubt * e.error) return 0;
  struct estimate second = slope_of_value(s, first, end, 1);
  double spread = fmax(fmax(e.error, second.error), fabs(second.value - e.value));
  tolerance += difference_doubt * spread;
  if (!(disagreement > tolerance) || on_kink(s, first, end, disagreement)) return 0;
  return disagreement / tolerance;
}

enum status gradient_check(struct context *ctx, const struct gradient_check *check,
                           struct gradient_fault *fault)
{
  struct slopes s;
  enum status status = slopes_create(ctx, check, &s);
  int64_t first = 0, end = check->program->n;
  double reference;
  *fault = (struct gradient_fault){0};
  if (status == STATUS_OK) fault->error = slope_error(&s, first, end, &reference);
  fault->found = fault->error > 1;
  while (fault->found && end - first > 1) {
    int64_t middle = first + (end - first) / 2;
    double part, error = slope_error(&s, first, middle, &part);
    if (error > 1) {
      end = middle;
    } else {
      error = slope_error(&s, middle, end, &part);
      if (!(error > 1)) break; /* the parts are within the tolerance, their sum is not */
      first = middle;
    }
    fault->error = error;
    reference = part;
  }
  if (fault->found) {
    bool single = end - first == 1;
    fault->row = single ? first : -1;
    fault->value = single ? s.gradient[first] : slope_of(&s, s.gradient, first, end);
    fault->reference = single ? reference / check->v[first] : reference;
  }
  slopes_free(&s);
  return status;
}
