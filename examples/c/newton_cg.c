/* Minimizes a model by Newton's method with truncated conjugate gradients: from asdex come values,
 * gradients and Hessian-vector products; no matrix is ever made.
 *
 *   newton_cg MODEL.expr [NAME=VALUE]...
 *   cc newton_cg.c $(pkg-config --cflags --libs asdex) -lm
 *
 * J. Nocedal and S. J. Wright, Numerical Optimization, 2nd edition (2006), Algorithm 7.1. */
#include <asdex.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ITERATIONS_MAX = 200, SETTINGS_MAX = 20 };

struct solver {
  asdex_plan *plan;
  int n;
  double *x, *trial, *g, *step, *r, *d, *hd; /* n each */
  long products;
};

static double dot(int n, const double *a, const double *b)
{
  double sum = 0;
  for (int i = 0; i < n; i++) sum += a[i] * b[i];
  return sum;
}

/* step = an approximate solution of H step = -g, by conjugate gradients, which stop early far from
 * the minimum, and where the curvature is negative. */
static asdex_status find_step(struct solver *s)
{
  int n = s->n;
  double norm = sqrt(dot(n, s->g, s->g));
  double tolerance = fmin(0.5, sqrt(norm)) * norm;
  double rr = norm * norm;
  for (int i = 0; i < n; i++) {
    s->step[i] = 0;
    s->r[i] = s->g[i];
    s->d[i] = -s->g[i];
  }
  for (int k = 0; k < 2 * n; k++) {
    asdex_status status = asdex_plan_hvp(s->plan, 1, s->d, s->hd);
    if (status != ASDEX_OK) return status;
    s->products++;
    double curvature = dot(n, s->d, s->hd);
    if (curvature <= 0) {
      if (k == 0) memcpy(s->step, s->d, (size_t)n * sizeof *s->step);
      return ASDEX_OK;
    }
    double alpha = rr / curvature;
    for (int i = 0; i < n; i++) {
      s->step[i] += alpha * s->d[i];
      s->r[i] += alpha * s->hd[i];
    }
    double next = dot(n, s->r, s->r);
    if (sqrt(next) < tolerance) return ASDEX_OK;
    for (int i = 0; i < n; i++) s->d[i] = next / rr * s->d[i] - s->r[i];
    rr = next;
  }
  return ASDEX_OK;
}

/* The value at x; infinity where there is none, so that a line search steps back. */
static asdex_status value_at(struct solver *s, const double *x, double *f)
{
  asdex_status status = asdex_plan_set_point(s->plan, x);
  if (status == ASDEX_OK) status = asdex_plan_value(s->plan, f);
  if (status != ASDEX_NONFINITE && status != ASDEX_DATA) return status;
  *f = INFINITY;
  return ASDEX_OK;
}

/* Backtracking (Armijo); *moved is 0 if no step makes the value less. */
static asdex_status search_line(struct solver *s, double *f, int *moved)
{
  double slope = dot(s->n, s->g, s->step), length = 1, next;
  *moved = 0;
  for (int halved = 0; halved < 50 && !*moved; halved++, length /= 2) {
    for (int i = 0; i < s->n; i++) s->trial[i] = s->x[i] + length * s->step[i];
    asdex_status status = value_at(s, s->trial, &next);
    if (status != ASDEX_OK) return status;
    *moved = next <= *f + 1e-4 * length * slope;
  }
  if (!*moved) return asdex_plan_set_point(s->plan, s->x);
  memcpy(s->x, s->trial, (size_t)s->n * sizeof *s->x);
  *f = next;
  return ASDEX_OK;
}

static asdex_status minimize(struct solver *s)
{
  double f;
  int moved = 1, k = 0;
  asdex_status status = asdex_plan_set_point(s->plan, s->x);
  for (; status == ASDEX_OK && k < ITERATIONS_MAX; k++) {
    status = asdex_plan_gradient(s->plan, &f, s->g);
    if (status != ASDEX_OK) return status;
    double norm = sqrt(dot(s->n, s->g, s->g));
    printf("%3d  f = %-24.16g |g| = %.3g\n", k, f, norm);
    if (norm <= 1e-8 * (1 + fabs(f)) || !moved) break;
    status = find_step(s);
    if (status == ASDEX_OK) status = search_line(s, &f, &moved);
  }
  if (status == ASDEX_OK) printf("%d iterations, %ld products\n", k, s->products);
  return status;
}

/* NAME=VALUE */
static asdex_status load(asdex_context *context, int argc, char **argv, asdex_model **model)
{
  asdex_setting settings[SETTINGS_MAX] = {{0}};
  asdex_model_options options = {.file = argv[1], .settings = settings};
  for (int i = 2; i < argc && i - 2 < SETTINGS_MAX; i++) {
    char *value = strchr(argv[i], '=');
    if (value) *value++ = '\0';
    settings[i - 2] = (asdex_setting){.kind = ASDEX_SET_TEXT, .name = argv[i], .text = value};
    options.num_settings++;
  }
  return asdex_model_load(context, &options, model);
}

static asdex_status run(asdex_context *context, const asdex_model *model)
{
  const asdex_plan_options what = {.compute = ASDEX_VALUE | ASDEX_GRADIENT | ASDEX_HVP};
  struct solver s = {.n = asdex_model_unknowns(model)};
  size_t n = (size_t)s.n;
  double *room = calloc(7 * n + 1, sizeof *room); /* zeros */
  if (!room) return ASDEX_LIMIT;
  s.x = room, s.trial = room + n, s.g = room + 2 * n, s.step = room + 3 * n;
  s.r = room + 4 * n, s.d = room + 5 * n, s.hd = room + 6 * n;
  asdex_status status = asdex_model_point(context, model, NULL, s.x);
  if (status == ASDEX_OK) status = asdex_plan_create(context, model, &what, &s.plan);
  if (status == ASDEX_OK) status = minimize(&s);
  asdex_plan_free(s.plan);
  free(room);
  return status;
}

int main(int argc, char **argv)
{
  asdex_model *model = NULL;
  asdex_context *context = asdex_context_create(NULL);
  if (argc < 2 || !context) {
    fprintf(stderr, "usage: newton_cg MODEL.expr [NAME=VALUE]...\n");
    asdex_context_free(context);
    return ASDEX_USAGE;
  }
  asdex_status status = load(context, argc, argv, &model);
  if (status == ASDEX_OK) status = run(context, model);
  const asdex_diagnostic *list;
  size_t count = asdex_context_diagnostics(context, &list);
  for (size_t i = 0; i < count && status != ASDEX_OK; i++)
    fprintf(stderr, "%s:%zu:%zu: %s\n", list[i].file ? list[i].file : "newton_cg", list[i].line,
            list[i].column, list[i].message);
  asdex_model_free(model);
  asdex_context_free(context);
  return (int)status;
}
