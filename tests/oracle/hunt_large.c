/* Large models: the sparse Hessian in several ways, and windows of it against the oracle, which
 * differentiates in a few of the unknowns alone.  The largest ones are compared with themselves:
 * modes, colorings, threads, and what verify says. */
#include "config.h"

#include "hunt.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "generate.h"
#include "hessian/verify.h"
#include "tests/doubles.h"

enum { W = UNKNOWNS_MAX - 1, ENTRIES_MAX = 1 << 19 };

struct large {
  struct hunt *h;
  int n;
  double *x, *gradient;
  double *values; /* of the pattern's entries */
  double *spread; /* of these, once it is wanted: what rounding does to them */
  double value, scale;
};

static double *room(struct hunt *h, int64_t count)
{
  double *v = calloc((size_t)count + 1, sizeof *v);
  if (!v) hunt_differ(h, "no memory");
  return v;
}

static bool near(double got, double want, double scale)
{
  return fabs(got - want) <= 1e-9 * (scale + fabs(want));
}

/* ---- the library ---- */

static void first_order(struct large *l)
{
  struct hunt *h = l->h;
  struct evaluation *e = NULL;
  if (hunt_ok(h, "value", doubles_create(&h->ctx, h->problem, EVALUATE_VALUE, 0, 1, 0, &e))) {
    evaluation_point_doubles(e, l->x);
    l->value = doubles_value(e);
  }
  evaluation_free(e);
  e = NULL;
  if (hunt_ok(h, "gradient", doubles_create(&h->ctx, h->problem, EVALUATE_GRADIENT, 0, 1, 0, &e))) {
    evaluation_point_doubles(e, l->x);
    evaluation_gradient_doubles(e, l->gradient);
  }
  evaluation_free(e);
}

static bool hessian(struct hunt *h, const double *x, enum hessian_mode mode, int64_t lanes,
                    const struct coloring *c, const struct recovery *r, double *values)
{
  struct evaluation *e = NULL;
  struct numbers out = doubles(values);
  enum status finite;
  bool ok =
      hunt_ok(h, mode_names[mode],
              doubles_create(&h->ctx, h->problem, EVALUATE_HVP, mode, c->num_colors, lanes, &e));
  if (ok) {
    evaluation_point_doubles(e, x);
    ok = hunt_ok(h, mode_names[mode],
                 evaluation_hessian(&h->ctx, e, h->problem, c, r, &out, &finite));
  }
  evaluation_free(e);
  return ok;
}

/* How much the library's own values differ between points that are equal but for their last
 * digits. */
static void find_spread(struct large *l)
{
  struct hunt *h = l->h;
  const struct coloring_options options = {.method = METHOD_STAR};
  struct coloring c = {0};
  struct recovery *r = NULL;
  uint64_t state = 1;
  int64_t nnz = pattern_nnz(&h->pattern);
  double *x = room(h, l->n), *values = room(h, nnz);
  l->spread = room(h, nnz);
  if (!x || !values || !l->spread ||
      !hunt_ok(h, "coloring", coloring_compute(&h->ctx, &h->pattern, &options, &c)) ||
      !hunt_ok(h, "recovery", recovery_create(&h->ctx, &h->pattern, &c, &r)))
    goto done;
  for (int times = 0; times < 8 && !h->failed; times++) {
    for (int i = 0; i < l->n; i++) x[i] = l->x[i] * (1 + 0x1p-52 * random_int(&state, -4, 4));
    if (!hessian(h, x, MODE_FWD_OVER_REV, 0, &c, r, values)) break;
    for (int64_t k = 0; k < nnz; k++)
      l->spread[k] = fmax(l->spread[k], fabs(values[k] - l->values[k]));
  }
done:
  free(x);
  free(values);
  recovery_free(r);
  coloring_free(&c);
}

static bool near_entry(struct large *l, int64_t k, double got, double want)
{
  if (near(got, want, l->scale)) return true;
  if (!l->spread) find_spread(l);
  bool explained = l->spread && fabs(got - want) <= 16 * l->spread[k];
  l->h->ill = l->h->ill || explained;
  return explained;
}

/* By one coloring: in two sizes of chunks, with and without threads, in all bits; near to the
 * values of the first coloring. */
static void colored(struct large *l, enum hessian_mode mode, enum coloring_method method,
                    bool is_first, uint64_t *seed)
{
  struct hunt *h = l->h;
  struct coloring_options options = {
      .method = method, .ordering = (enum coloring_ordering)random_int(seed, 0, ORDERING_BEST - 1)};
  struct coloring c = {0};
  struct coloring_flaw flaw;
  struct recovery *r = NULL;
  int64_t nnz = pattern_nnz(&h->pattern);
  double *a = room(h, nnz), *b = room(h, nnz);
  bool valid = false;
  options.postprocess = method != METHOD_COLUMN && random_int(seed, 0, 1);
  if (!a || !b || !hunt_ok(h, "coloring", coloring_compute(&h->ctx, &h->pattern, &options, &c)) ||
      !hunt_ok(h, "coloring", coloring_check(&h->ctx, &h->pattern, &c, &valid, &flaw)) ||
      !hunt_ok(h, "recovery", recovery_create(&h->ctx, &h->pattern, &c, &r)))
    goto done;
  if (!valid) hunt_differ(h, "%s: %s", method_names[method], flaw.what);
  struct pool *pool = pool_create(random_int(seed, 2, 3)), *own = h->ctx.pool;
  h->ctx.pool = pool;
  bool ok = hessian(h, l->x, mode, random_int(seed, 0, 6), &c, r, b);
  h->ctx.pool = own;
  ok = ok && hessian(h, l->x, mode, 0, &c, r, a);
  pool_free(pool);
  if (!ok) goto done;
  if (memcmp(a, b, (size_t)nnz * sizeof *a) != 0)
    hunt_differ(h, "%s, %s: chunks or threads change bits", mode_names[mode], method_names[method]);
  for (int64_t k = 0; is_first && k < nnz; k++) {
    l->values[k] = a[k];
    l->scale = fmax(l->scale, fabs(a[k]));
  }
  for (int64_t k = 0; k < nnz; k++)
    if (isfinite(l->scale) && !near_entry(l, k, a[k], l->values[k]))
      hunt_differ(h, "%s, %s: entry %d is %.17g, not %.17g", mode_names[mode], method_names[method],
                  (int)k, a[k], l->values[k]);
done:
  free(a);
  free(b);
  recovery_free(r);
  coloring_free(&c);
}

static void verified(struct large *l, uint64_t seed)
{
  struct hunt *h = l->h;
  struct verify_options options = {
      .check = CHECK_MATVEC, .probes = 2, .seed = seed, .rtol = -1, .atol = -1};
  struct verify_report r = {0};
  struct numbers x = doubles(l->x), v = doubles(l->values);
  if (hunt_ok(h, "verify",
              verify_hessian(&h->ctx, h->problem, &x, &h->pattern, &v, &options, &r)) &&
      !r.ok)
    hunt_differ(h, "verify: (%d, %d) %.17g, the reference has %.17g", (int)r.row, (int)r.column,
                r.value.re, r.reference.re);
  verify_report_free(&r);
}

/* ---- windows ---- */

static int ascending(const void *a, const void *b)
{
  return *(const int *)a - *(const int *)b;
}

static int distinct(int *chosen, int count)
{
  int kept = 0;
  qsort(chosen, (size_t)count, sizeof *chosen, ascending);
  for (int k = 0; k < count; k++)
    if (k == 0 || chosen[k] != chosen[k - 1]) chosen[kept++] = chosen[k];
  return kept;
}

/* Neighbours in order, at random, or in the pattern. */
static int choose(const struct large *l, int kind, int chosen[W], uint64_t *seed)
{
  const struct pattern *p = &l->h->pattern;
  int first = random_int(seed, 0, l->n - 1), count = 0, row = first;
  for (int k = 0; k < W; k++) {
    int64_t in_row = p->ptr[row + 1] - p->ptr[row];
    if (kind == 0 && first + k < l->n) chosen[count++] = first + k;
    if (kind == 1) chosen[count++] = random_int(seed, 0, l->n - 1);
    if (kind == 2) {
      chosen[count++] = row;
      row = in_row ? p->ind[p->ptr[row] + random_int(seed, 0, (int)in_row - 1)]
                   : random_int(seed, 0, l->n - 1);
    }
  }
  return distinct(chosen, count);
}

static void compare_window(struct large *l, const int *chosen, int count)
{
  struct hunt *h = l->h;
  struct reference *want = &h->want;
  double gscale = 1;
  if (!reference_run_chosen(h->model, l->x, chosen, count, want)) {
    hunt_differ(h, "oracle: %s", want->error);
    return;
  }
  for (int i = 0; i < count; i++) gscale = fmax(gscale, fabs(want->gradient[i]));
  if (!near(l->value, want->value, 1) && isfinite(want->value))
    hunt_differ(h, "value: %.17g, not %.17g", l->value, want->value);
  for (int i = 0; i < count; i++) {
    if (!near(l->gradient[chosen[i]], want->gradient[i], gscale) && isfinite(want->gradient[i]))
      hunt_differ(h, "gradient %d: %.17g, not %.17g", chosen[i], l->gradient[chosen[i]],
                  want->gradient[i]);
    for (int j = 0; j < count; j++) {
      int64_t at = pattern_find(&h->pattern, chosen[i], chosen[j]);
      if ((at >= 0) != want->pattern[i][j])
        hunt_differ(h, "pattern: (%d, %d) is %s", chosen[i], chosen[j],
                    at >= 0 ? "there, but must not be" : "missing");
      double v = at >= 0 && l->values ? l->values[at] : want->hessian[i][j];
      if (at >= 0 && l->values && isfinite(want->hessian[i][j]) &&
          !near_entry(l, at, v, want->hessian[i][j]))
        hunt_differ(h, "(%d, %d) is %.17g, not %.17g", chosen[i], chosen[j], v,
                    want->hessian[i][j]);
    }
  }
}

void hunt_large(struct hunt *h, uint64_t seed)
{
  struct large l = {.h = h, .scale = 1};
  int chosen[W];
  if (h->failed || !hunt_ok(h, "pattern", problem_pattern(&h->ctx, h->problem, &h->pattern)))
    return;
  l.n = h->pattern.n;
  int64_t nnz = pattern_nnz(&h->pattern);
  l.x = room(h, l.n);
  l.gradient = room(h, l.n);
  if (l.x && l.gradient && hunt_ok(h, "point", doubles_point(&h->ctx, h->problem, NULL, l.x)))
    first_order(&l);
  h->skipped = nnz > ENTRIES_MAX;
  l.values = h->skipped || h->failed ? NULL : room(h, nnz);
  for (int k = 0; k < 2 * MODE_COUNT && l.values && !h->failed; k++)
    colored(&l, (enum hessian_mode)(k % MODE_COUNT),
            (enum coloring_method)(k < MODE_COUNT ? METHOD_STAR : k % METHOD_COUNT), k == 0, &seed);
  if (l.values && !h->failed) verified(&l, seed);
  int windows = l.n < 2000 ? 6 : l.n < 8000 ? 2 : 0; /* they take the time */
  for (int k = 0; k < windows && !h->failed && l.n > 0; k++)
    compare_window(&l, chosen, choose(&l, (k + random_int(&seed, 0, 2)) % 3, chosen, &seed));
  free(l.x);
  free(l.gradient);
  free(l.values);
  free(l.spread);
}
