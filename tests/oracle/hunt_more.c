/* What must not change a Hessian: orderings, threads, chunks. */
#include "config.h"

#include "hunt.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/pool.h"
#include "generate.h"
#include "hessian/verify.h"
#include "tests/doubles.h"

enum { N = UNKNOWNS_MAX };

/* ---- colorings ---- */

/* The same model evaluated in two ways. */
struct pair {
  struct hunt *h;
  struct evaluation *a, *b;
  const char *how;
};

static bool hessian_values(struct hunt *h, struct evaluation *e, const struct coloring *c,
                           const struct recovery *r, double *values)
{
  struct numbers out = doubles(values);
  enum status finite;
  return hunt_ok(h, "hessian", evaluation_hessian(&h->ctx, e, h->problem, c, r, &out, &finite));
}

/* The entries on and above the diagonal alone have the same bits. */
static void compare_upper(struct pair *p, const struct coloring *c, const double *values)
{
  struct hunt *h = p->h;
  struct recovery *upper = NULL;
  double half[N * N] = {0};
  int64_t next = 0;
  if (hunt_ok(h, "upper", recovery_create_upper(&h->ctx, &h->pattern, c, &upper)) &&
      hessian_values(h, p->b, c, upper, half)) {
    for (int i = 0; i < h->pattern.n; i++)
      for (int64_t k = h->pattern.ptr[i]; k < h->pattern.ptr[i + 1]; k++)
        if (h->pattern.ind[k] >= i && memcmp(&half[next++], &values[k], sizeof *values) != 0)
          hunt_differ(h, "%s: the upper triangle is different: (%d, %d) %.17g, not %.17g", p->how,
                      i, (int)h->pattern.ind[k], half[next - 1], values[k]);
    if (next != recovery_count(upper)) hunt_differ(h, "%d entries above", (int)next);
  }
  recovery_free(upper);
}

static void compare_coloring(struct pair *p, const struct coloring_options *options)
{
  struct hunt *h = p->h;
  struct coloring c = {0};
  struct coloring_flaw flaw;
  struct recovery *r = NULL;
  bool valid = false;
  double values[N * N] = {0}, again[N * N] = {0};
  char what[80];
  snprintf(what, sizeof what, "%s, %s%s, %s", method_names[options->method],
           ordering_names[options->ordering], options->postprocess ? ", postprocessed" : "",
           p->how);
  if (!hunt_ok(h, what, coloring_compute(&h->ctx, &h->pattern, options, &c)) ||
      !hunt_ok(h, what, coloring_check(&h->ctx, &h->pattern, &c, &valid, &flaw)) ||
      !hunt_ok(h, what, recovery_create(&h->ctx, &h->pattern, &c, &r)))
    goto done;
  if (!valid) hunt_differ(h, "%s: %s", what, flaw.what);
  if (!hessian_values(h, p->a, &c, r, values) || !hessian_values(h, p->b, &c, r, again)) goto done;
  if (memcmp(values, again, sizeof values) != 0) hunt_differ(h, "%s: other bits", what);
  for (int i = 0; i < h->pattern.n; i++)
    for (int64_t k = h->pattern.ptr[i]; k < h->pattern.ptr[i + 1]; k++)
      hunt_entry(h, "hessian", what, i, h->pattern.ind[k], values[k]);
  compare_upper(p, &c, values);
done:
  recovery_free(r);
  coloring_free(&c);
}

static void compare_colorings(struct pair *p, uint64_t *seed)
{
  for (int times = 0; times < 6 && !p->h->failed; times++) {
    struct coloring_options options = {
        .method = (enum coloring_method)(times % METHOD_COUNT),
        .ordering = (enum coloring_ordering)random_int(seed, 0, ORDERING_COUNT - 1),
        .seed = *seed};
    options.postprocess = times >= METHOD_COUNT && options.method != METHOD_COLUMN;
    compare_coloring(p, &options);
  }
}

/* ---- verify ---- */

static void fail_verify(struct hunt *h, enum verify_check check, const struct verify_report *r)
{
  if (hunt_is_ill(h)) return;
  hunt_differ(h, "verify, %s: (%d, %d) %.17g, the reference has %.17g%s", check_names[check],
              (int)r->row, (int)r->column, r->value.re, r->reference.re,
              r->gradient_at_fault ? ", the gradient is at fault" : "");
}

/* verify finds nothing in what is right, and what is wrong in one entry. */
static void compare_verify(struct hunt *h, struct evaluation *e, enum hessian_mode mode,
                           uint64_t *seed)
{
  struct coloring_options how = {.ordering = ORDERING_NATURAL};
  struct coloring c = {0};
  struct recovery *r = NULL;
  double values[N * N] = {0};
  struct numbers v = doubles(values), x = doubles(h->want.point);
  int64_t nnz = pattern_nnz(&h->pattern), at = nnz ? random_int(seed, 0, (int)nnz - 1) : 0;
  if (!hunt_ok(h, "verify", coloring_compute(&h->ctx, &h->pattern, &how, &c)) ||
      !hunt_ok(h, "verify", recovery_create(&h->ctx, &h->pattern, &c, &r)) ||
      !hessian_values(h, e, &c, r, values))
    goto done;
  for (int check = 0; check <= CHECK_COUNT && !h->failed; check++) {
    bool wrong = check == CHECK_COUNT;
    struct verify_options options = {.check = wrong ? CHECK_DENSE : (enum verify_check)check,
                                     .probes = 5,
                                     .seed = *seed,
                                     .rtol = -1,
                                     .atol = -1,
                                     .mode = mode};
    struct verify_report report = {0};
    if (check == CHECK_EXACT || (wrong && nnz == 0)) continue;
    if (wrong) values[at] += 0.01 * (1 + fabs(values[at]));
    if (hunt_ok(h, "verify",
                verify_hessian(&h->ctx, h->problem, &x, &h->pattern, &v, &options, &report))) {
      if (wrong && (report.ok || report.column != h->pattern.ind[at]))
        hunt_differ(h, "verify does not find a wrong entry in column %d", (int)h->pattern.ind[at]);
      if (!wrong && !report.ok) fail_verify(h, options.check, &report);
    }
    verify_report_free(&report);
  }
done:
  recovery_free(r);
  coloring_free(&c);
}

void hunt_more(struct hunt *h, uint64_t seed)
{
  static const int64_t chunks[] = {0, 2, 3, 5, 7};
  enum hessian_mode mode = (enum hessian_mode)random_int(&seed, 0, MODE_COUNT - 1);
  struct pair p = {.h = h, .how = mode_names[mode]};
  struct pool *pool = random_int(&seed, 0, 3) == 0 ? pool_create(random_int(&seed, 2, 3)) : NULL;
  int64_t lanes = chunks[random_int(&seed, 0, 4)];
  struct pool *own = h->ctx.pool;
  if (!hunt_ok(h, "more",
               doubles_create(&h->ctx, h->problem, EVALUATE_HVP, mode, h->want.n, 0, &p.a)))
    goto done;
  h->ctx.pool = pool;
  bool ok = hunt_ok(
      h, "more", doubles_create(&h->ctx, h->problem, EVALUATE_HVP, mode, h->want.n, lanes, &p.b));
  h->ctx.pool = own;
  if (!ok) goto done;
  evaluation_point_doubles(p.a, h->want.point);
  evaluation_point_doubles(p.b, h->want.point);
  compare_colorings(&p, &seed);
  if (!h->failed) compare_verify(h, p.a, mode, &seed);
done:
  evaluation_free(p.a);
  evaluation_free(p.b);
  pool_free(pool);
}
