/* Exact and complex numbers of the library against those of the oracle. */
#include "config.h"

#include "hunt.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/pool.h"
#include "tests/doubles.h"

enum { N = UNKNOWNS_MAX };

struct side {
  struct hunt *h;
  enum field field;
  const char *place; /* which point */
  double tolerance;  /* of the numbers under comparison: absolute; 0 in exact numbers */
};

/* The oracle's number in words. */
static void describe(const struct side *s, const struct number *got, union num want,
                     struct strbuf *out)
{
  if (s->field == FIELD_EXACT) {
    if (got->exact)
      rational_format(got->exact, out);
    else
      strbuf_puts(out, "0");
    strbuf_puts(out, ", not ");
    num_format(want, out);
  } else {
    strbuf_printf(out, "%.17g%+.17gi, not %.17g%+.17gi", got->re, got->im, creal(want.z),
                  cimag(want.z));
  }
}

static bool same_exact(const struct number *got, union num want)
{
  struct strbuf a = {0}, b = {0};
  if (got->exact)
    rational_format(got->exact, &a);
  else
    strbuf_puts(&a, "0");
  num_format(want, &b);
  bool same = a.len == b.len && !memcmp(a.data, b.data, a.len);
  strbuf_free(&a);
  strbuf_free(&b);
  return same;
}

/* Whether element k of both has the same bits. */
static bool same_numbers(enum field field, const struct numbers *a, const struct numbers *b,
                         int64_t k)
{
  struct strbuf x = {0}, y = {0};
  struct number v = numbers_get(a, k), w = numbers_get(b, k);
  number_print(field, &v, &x);
  number_print(field, &w, &y);
  bool same = x.len == y.len && !memcmp(x.data, y.data, x.len);
  strbuf_free(&x);
  strbuf_free(&y);
  return same;
}

static void compare(const struct side *s, const char *what, const char *mode, int i, int j,
                    const struct numbers *v, int64_t at, union num want)
{
  struct number got = numbers_get(v, at);
  bool same = s->field == FIELD_EXACT ? same_exact(&got, want)
                                      : cabs(got.re + got.im * I - want.z) <= s->tolerance;
  if (same || s->h->failed) return;
  struct strbuf text = {0};
  describe(s, &got, want, &text);
  hunt_differ(s->h, "%s, %s, %s (%d, %d): %.*s", s->place, what, mode, i, j, (int)text.len,
              text.data);
  strbuf_free(&text);
}

/* Of complex numbers: what rounding may do beside others as large as the greatest of them. */
static void set_scale(struct side *s, const union num *v, int count)
{
  double m = 1;
  for (int k = 0; s->field == FIELD_COMPLEX && k < count; k++) m = fmax(m, cabs(v[k].z));
  s->tolerance = s->field == FIELD_COMPLEX ? 1e-9 * m : 0;
}

static bool create(struct side *s, enum evaluation_kind kind, enum hessian_mode mode,
                   struct evaluation **out)
{
  struct evaluation_options options = {.kind = kind, .mode = mode, .directions = s->h->want.n};
  return hunt_ok(s->h, "evaluation", evaluation_create(&s->h->ctx, s->h->problem, &options, out));
}

static void compare_aux(struct side *s, const struct evaluation *e)
{
  const struct reference *want = &s->h->want;
  int next = 0;
  for (size_t k = 0; k < problem_auxes(s->h->problem); k++) {
    struct numbers v = evaluation_aux(e, k);
    for (int64_t j = 0; j < v.count && next < want->naux; j++, next++) {
      set_scale(s, &want->aux_in[next], 1);
      compare(s, problem_aux_name(s->h->problem, k), "aux", (int)j, 0, &v, j, want->aux_in[next]);
    }
  }
  if (next != want->naux) hunt_differ(s->h, "%d auxiliary values, not %d", next, want->naux);
}

static void compare_value(struct side *s, const struct numbers *x)
{
  struct evaluation *e = NULL;
  const struct reference *want = &s->h->want;
  bool is_number = !num_is_none(want->value_in);
  if (create(s, EVALUATE_VALUE, MODE_FWD_OVER_REV, &e) &&
      hunt_ok(s->h, "value", evaluation_point(&s->h->ctx, e, x))) {
    struct numbers v = evaluation_value(e);
    set_scale(s, &want->value_in, 1);
    compare(s, "value", "", 0, 0, &v, 0, want->value_in);
    compare_aux(s, e);
    for (int k = 0; k < want->naux; k++) is_number = is_number && !num_is_none(want->aux_in[k]);
    enum status status = evaluation_check_value(&s->h->ctx, e, s->h->problem);
    if ((status == STATUS_OK) != is_number)
      hunt_differ(s->h, "%s: the check of the value has status %d", s->place, (int)status);
  }
  evaluation_free(e);
}

static void compare_gradient(struct side *s, const struct numbers *x)
{
  struct evaluation *e = NULL;
  struct numbers g = {0};
  const struct reference *want = &s->h->want;
  if (create(s, EVALUATE_GRADIENT, MODE_FWD_OVER_REV, &e) &&
      hunt_ok(s->h, "gradient", evaluation_point(&s->h->ctx, e, x)) &&
      hunt_ok(s->h, "gradient",
              numbers_create(&s->h->ctx, s->field, want->n, "the gradient", &g))) {
    evaluation_gradient(e, &g);
    set_scale(s, want->gradient_in, want->n);
    for (int i = 0; i < want->n; i++) compare(s, "gradient", "", i, 0, &g, i, want->gradient_in[i]);
    hunt_ok(s->h, "gradient, check", evaluation_check_gradient(&s->h->ctx, e, s->h->problem));
  }
  numbers_free(&g);
  evaluation_free(e);
}

/* All columns, without pattern or coloring. */
static void compare_columns(struct side *s, struct evaluation *e, const char *mode)
{
  struct hunt *h = s->h;
  struct numbers directions = {0}, out = {0};
  int n = h->want.n;
  if (hunt_ok(h, mode, numbers_create(&h->ctx, s->field, n * n, "directions", &directions)) &&
      hunt_ok(h, mode, numbers_create(&h->ctx, s->field, n * n, "products", &out))) {
    bool memory = true;
    for (int i = 0; i < n; i++) memory = numbers_set_real(&directions, i * n + i, 1) && memory;
    if (!memory) hunt_differ(h, "no memory");
    if (hunt_ok(h, mode, evaluation_hvp(&h->ctx, e, &directions, n, &out)))
      for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
          compare(s, "column by column", mode, i, j, &out, i * n + j, h->want.hessian_in[i][j]);
  }
  numbers_free(&directions);
  numbers_free(&out);
}

/* One coloring, with e and with another that takes chunks and threads: the same in all bits. */
static void compare_colored(struct side *s, struct evaluation *e, struct evaluation *other,
                            const char *mode, const struct coloring_options *options)
{
  struct hunt *h = s->h;
  struct coloring c = {0};
  struct recovery *r = NULL;
  struct numbers values = {0}, again = {0};
  enum status finite = STATUS_OK;
  const struct pattern *p = &h->pattern;
  char what[80];
  snprintf(what, sizeof what, "%s, %s%s", method_names[options->method],
           ordering_names[options->ordering], options->postprocess ? ", postprocessed" : "");
  if (!hunt_ok(h, what, coloring_compute(&h->ctx, p, options, &c)) ||
      !hunt_ok(h, what, recovery_create(&h->ctx, p, &c, &r)) ||
      !hunt_ok(h, what,
               numbers_create(&h->ctx, s->field, (double)p->ptr[p->n], "values", &values)) ||
      !hunt_ok(h, what, numbers_create(&h->ctx, s->field, (double)p->ptr[p->n], "values", &again)))
    goto done;
  if (!hunt_ok(h, what, evaluation_hessian(&h->ctx, e, h->problem, &c, r, &values, &finite)) ||
      !hunt_ok(h, what, finite) ||
      !hunt_ok(h, what, evaluation_hessian(&h->ctx, other, h->problem, &c, r, &again, &finite)))
    goto done;
  for (int i = 0; i < p->n; i++)
    for (int64_t k = p->ptr[i]; k < p->ptr[i + 1]; k++) {
      compare(s, what, mode, i, p->ind[k], &values, k, h->want.hessian_in[i][p->ind[k]]);
      if (!same_numbers(s->field, &values, &again, k))
        hunt_differ(h, "%s, %s: chunks or threads change (%d, %d)", mode, what, i, (int)p->ind[k]);
    }
done:
  numbers_free(&values);
  numbers_free(&again);
  recovery_free(r);
  coloring_free(&c);
}

static void compare_colorings(struct side *s, struct evaluation *e, struct evaluation *other,
                              enum hessian_mode mode, uint64_t *seed)
{
  for (int times = 0; times < METHOD_COUNT && !s->h->failed; times++) {
    struct coloring_options options = {
        .method = (enum coloring_method)times,
        .ordering = (enum coloring_ordering)random_int(seed, 0, ORDERING_COUNT - 1),
        .seed = *seed};
    options.postprocess = random_int(seed, 0, 1) && options.method != METHOD_COLUMN;
    compare_colored(s, e, other, mode_names[mode], &options);
  }
}

static void compare_hessian(struct side *s, const struct numbers *x, enum hessian_mode mode)
{
  struct hunt *h = s->h;
  struct evaluation *e = NULL, *other = NULL;
  const char *name = mode_names[mode];
  uint64_t seed = h->seed + (uint64_t)mode;
  struct pool *own = h->ctx.pool, *pool = random_int(&seed, 0, 3) ? NULL : pool_create(2);
  struct evaluation_options options = {.kind = EVALUATE_HVP, .mode = mode};
  options.directions = h->want.n;
  options.lanes = random_int(&seed, 1, 5);
  set_scale(s, h->want.hessian_in[0], N * N);
  h->ctx.pool = pool;
  bool ok = hunt_ok(h, name, evaluation_create(&h->ctx, h->problem, &options, &other));
  h->ctx.pool = own;
  if (ok && create(s, EVALUATE_HVP, mode, &e) &&
      hunt_ok(h, name, evaluation_point(&h->ctx, e, x)) &&
      hunt_ok(h, name, evaluation_point(&h->ctx, other, x))) {
    compare_columns(s, e, name);
    compare_colorings(s, e, other, mode, &seed);
  }
  evaluation_free(e);
  evaluation_free(other);
  pool_free(pool);
}

/* Where the value does not exist, there is nothing to say of derivatives. */
static void compare_at(struct side *s, const struct numbers *x)
{
  compare_value(s, x);
  if (s->h->failed || num_is_none(s->h->want.value_in)) return;
  compare_gradient(s, x);
  for (int mode = 0; mode < MODE_COUNT && !s->h->failed; mode++)
    compare_hessian(s, x, (enum hessian_mode)mode);
}

/* Drops the oracle's numbers. */
static void begin(const struct side *s)
{
  num_begin(s->field == FIELD_EXACT ? NUM_EXACT : NUM_COMPLEX);
}

static bool run_oracle(struct side *s, const union num *point)
{
  if (!reference_run_in(s->h->model, point, &s->h->want))
    hunt_differ(s->h, "oracle: %s", s->h->want.error);
  if (num_is_too_large()) s->h->skipped = true;
  return !s->h->failed && !s->h->skipped;
}

/* A small fraction, or a complex number near the real axis. */
static union num random_number(struct side *s, uint64_t *seed)
{
  if (s->field == FIELD_EXACT)
    return num_of_fraction(random_int(seed, -13, 13), (unsigned)random_int(seed, 1, 10));
  double re = random_uniform(seed, -1.3, 1.3);
  return num_of_complex(re, random_uniform(seed, -0.4, 0.4));
}

bool hunt_set(enum field field, struct numbers *x, int64_t i, union num v)
{
  struct number number = {.re = v.re};
  if (field == FIELD_COMPLEX) number = (struct number){.re = creal(v.z), .im = cimag(v.z)};
  if (field != FIELD_EXACT) {
    numbers_set(x, i, &number);
    return true;
  }
  struct number top = {0}, bottom = {0};
  struct strbuf text = {0};
  num_format(v, &text);
  const char *slash = memchr(text.data, '/', text.len);
  size_t len = slash ? (size_t)(slash - text.data) : text.len;
  bool ok = rational_parse(text.data, len, &top.exact) == RATIONAL_OK &&
            (!slash || rational_parse(slash + 1, text.len - len - 1, &bottom.exact) == RATIONAL_OK);
  if (ok && slash)
    ok = rational_div(top.exact, bottom.exact, &number.exact) == RATIONAL_OK;
  else if (ok)
    number.exact = rational_keep(top.exact);
  if (ok) numbers_set(x, i, &number);
  rational_drop(top.exact);
  rational_drop(bottom.exact);
  rational_drop(number.exact);
  strbuf_free(&text);
  return ok;
}

static void compare_random(struct side *s, struct numbers *x, uint64_t seed)
{
  union num point[N];
  begin(s);
  for (int i = 0; i < N; i++) point[i] = random_number(s, &seed);
  s->place = "a random point";
  if (!run_oracle(s, point)) return;
  for (int i = 0; i < s->h->want.n; i++)
    if (!hunt_set(s->field, x, i, point[i])) hunt_differ(s->h, "a point that cannot be set");
  if (!s->h->failed) compare_at(s, x);
}

/* Whether the interpreter in double precision, with some way of rounding, finds the library's
 * `out`: then rounding has led over a step, as in floor(3/(1 + 1e-20)), or to another of equal
 * terms. */
static bool rounding_explains(struct hunt *h, const double *out)
{
  static struct reference rounded; /* large */
  bool found = false;
  num_begin(NUM_REAL);
  for (uint64_t way = 0; way < 24 && !found; way++) {
    double scale = 1;
    num_round_randomly(way);
    found = reference_run(h->model, h->want.point, &rounded);
    num_round_randomly(0);
    for (int k = 0; k < N * N; k++) scale = fmax(scale, fabs(rounded.hessian[k / N][k % N]));
    for (int k = 0, n = h->want.n; k < n * n && found; k++)
      found = fabs(out[k] - rounded.hessian[k / n][k % n]) <= 1e-7 * scale;
  }
  num_begin(NUM_EXACT);
  h->ill = h->ill || found;
  return found;
}

/* The Hessian's columns of another problem in double precision at want.point against `want`
 * rounded to doubles.  The exact numbers of `want` may be gone after it. */
static void compare_doubles(struct hunt *h)
{
  struct problem_options options = {.model_source = h->source, .model_path = hunt_path()};
  struct problem *p = NULL;
  struct evaluation *e = NULL;
  double directions[N * N] = {0}, out[N * N] = {0}, scale = 1;
  int n = h->want.n;
  for (int i = 0; i < n; i++) {
    directions[i * n + i] = 1;
    for (int j = 0; j < n; j++) scale = fmax(scale, fabs(h->want.hessian[i][j]));
  }
  if (hunt_ok(h, "doubles", problem_load(&h->ctx, &options, &p)) &&
      hunt_ok(h, "doubles",
              doubles_create(&h->ctx, p, EVALUATE_HVP, MODE_FWD_OVER_REV, n, 0, &e))) {
    evaluation_point_doubles(e, h->want.point);
    evaluation_hvp_doubles(e, directions, n, out);
    bool near = true;
    for (int k = 0; k < n * n; k++)
      near = near && fabs(out[k] - h->want.hessian[k / n][k % n]) <= 1e-7 * scale;
    near = near || rounding_explains(h, out);
    for (int k = 0; k < n * n && !near; k++)
      if (!(fabs(out[k] - h->want.hessian[k / n][k % n]) <= 1e-7 * scale))
        hunt_differ(h, "double precision (%d, %d): %.17g, exactly near %.17g", k / n, k % n, out[k],
                    h->want.hessian[k / n][k % n]);
  }
  evaluation_free(e);
  if (p) problem_free(p);
}

/* W. Squire, G. Trapp, "Using complex variables to estimate derivatives of real functions", SIAM
 * Rev. 40 (1998): without a difference there is no cancellation, so the step may be tiny.  Takes
 * the gradient, which shares no second derivative with the Hessian. */
static void compare_complex_step(struct side *s, struct numbers *x)
{
  const double step = 1e-20;
  struct hunt *h = s->h;
  struct evaluation *e = NULL;
  struct numbers g = {0};
  double scale = 1;
  for (int k = 0; k < N * N; k++) scale = fmax(scale, fabs(h->want.hessian[k / N][k % N]));
  if (!create(s, EVALUATE_GRADIENT, MODE_FWD_OVER_REV, &e) ||
      !hunt_ok(h, "gradient", numbers_create(&h->ctx, s->field, h->want.n, "the gradient", &g)))
    goto done;
  for (int j = 0; j < h->want.n; j++) {
    struct number old = numbers_get(x, j), up = {.re = old.re, .im = step};
    numbers_set(x, j, &up);
    if (!hunt_ok(h, "complex step", evaluation_point(&h->ctx, e, x))) goto done;
    evaluation_gradient(e, &g);
    numbers_set(x, j, &old);
    for (int i = 0; i < h->want.n; i++) {
      double got = numbers_get(&g, i).im / step;
      if (!(fabs(got - h->want.hessian[i][j]) <= 1e-9 * scale))
        hunt_differ(h, "complex step (%d, %d): %.17g, not %.17g", i, j, got, h->want.hessian[i][j]);
    }
  }
done:
  numbers_free(&g);
  evaluation_free(e);
}

/* The oracle in double precision gives what the library has to give in complex numbers. */
static void compare_real(struct side *s, struct numbers *x)
{
  struct reference *want = &s->h->want;
  s->place = "real numbers";
  num_begin(NUM_REAL);
  if (!reference_run_in(s->h->model, NULL, want)) hunt_differ(s->h, "oracle: %s", want->error);
  begin(s);
  if (!isfinite(want->value) || s->h->failed) return;
  want->value_in = num_of(want->value);
  for (int k = 0; k < want->naux; k++) want->aux_in[k] = num_of(want->aux[k]);
  for (int i = 0; i < want->n; i++) {
    want->gradient_in[i] = num_of(want->gradient[i]);
    for (int j = 0; j < want->n; j++) want->hessian_in[i][j] = num_of(want->hessian[i][j]);
  }
  compare_at(s, x);
  if (!s->h->failed) compare_complex_step(s, x);
}

void hunt_field(struct hunt *h, enum field field, bool is_smooth, bool is_real, uint64_t seed)
{
  struct side s = {.h = h, .field = field, .place = "the default point"};
  struct numbers x = {0};
  begin(&s);
  if (h->failed || !run_oracle(&s, NULL)) goto done;
  hunt_pattern(h);
  if (h->failed ||
      !hunt_ok(h, "point", numbers_create(&h->ctx, field, h->want.n, "the point", &x)) ||
      !hunt_ok(h, "point", problem_point(&h->ctx, h->problem, NULL, &x)))
    goto done;
  set_scale(&s, h->want.point_in, h->want.n);
  for (int i = 0; i < h->want.n; i++) compare(&s, "unknown", "", i, 0, &x, i, h->want.point_in[i]);
  if (!h->failed) compare_at(&s, &x);
  if (!h->failed && !num_is_none(h->want.value_in)) hunt_variants(h, field, seed);
  if (!h->failed && is_smooth && field == FIELD_EXACT && !num_is_none(h->want.value_in))
    compare_doubles(h);
  if (!h->failed && is_real) compare_real(&s, &x);
  if (!h->failed && seed) compare_random(&s, &x, seed);
done:
  numbers_free(&x);
  num_begin(NUM_REAL);
}
