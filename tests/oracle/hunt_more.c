/* What must not change a Hessian: orderings, threads, chunks, and how the model is written. */
#include "config.h"

#include "hunt.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/pool.h"
#include "generate.h"
#include "hessian/verify.h"
#include "lang/shape.h"
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

/* ---- other words for the same ---- */

/* A model that is made of another: its unknown i is the other's unknown[i], its Hessian
 * a·H + b·g·gᵀ + c·I. */
struct variant {
  const char *name;
  struct strbuf text;
  int unknown[N];
  double a, b, c;
};

static bool variant_has(const struct hunt *h, const struct variant *v, int i, int j)
{
  return h->want.pattern[i][j] || (v->c != 0 && i == j) ||
         (v->b != 0 && h->want.depends[i] && h->want.depends[j]);
}

static void compare_variant_entries(struct hunt *h, const struct variant *v,
                                    const struct pattern *p, const double *columns)
{
  int n = h->want.n;
  double scale = 1;
  for (int i = 0; i < n; i++) {
    scale = fmax(scale, fabs(v->b) * h->want.gradient[i] * h->want.gradient[i]);
    for (int j = 0; j < n; j++) scale = fmax(scale, fabs(v->a * h->want.hessian[i][j]));
  }
  for (int k = 0; k < n * n; k++) {
    int i = v->unknown[k / n], j = v->unknown[k % n];
    double want = v->a * h->want.hessian[i][j] + v->b * h->want.gradient[i] * h->want.gradient[j] +
                  (i == j ? v->c : 0);
    bool is = pattern_find(p, k / n, k % n) >= 0;
    if (is != variant_has(h, v, i, j))
      hunt_differ(h, "%s: (%d, %d) is %s", v->name, i, j, is ? "there" : "missing");
    if (!(fabs(columns[k] - want) <= 1e-8 * scale) && !hunt_is_ill(h))
      hunt_differ(h, "%s: (%d, %d) is %.17g, not %.17g", v->name, i, j, columns[k], want);
  }
}

static void compare_variant(struct hunt *h, const struct variant *v, enum hessian_mode mode)
{
  struct hunt other = {.ctx = h->ctx}; /* its sources and diagnostics stay there */
  struct evaluation *e = NULL;
  double directions[N * N] = {0}, out[N * N] = {0}, x[N];
  int n = h->want.n;
  hunt_load(&other, v->text.data, v->text.len, FIELD_REAL);
  for (int i = 0; i < n; i++) {
    directions[i * n + i] = 1;
    x[i] = h->want.point[v->unknown[i]];
  }
  if (!other.failed &&
      hunt_ok(&other, v->name, problem_pattern(&other.ctx, other.problem, &other.pattern)) &&
      hunt_ok(&other, v->name,
              doubles_create(&other.ctx, other.problem, EVALUATE_HVP, mode, n, 0, &e))) {
    evaluation_point_doubles(e, x);
    evaluation_hvp_doubles(e, directions, n, out);
    compare_variant_entries(h, v, &other.pattern, out);
  }
  if (other.failed) hunt_differ(h, "%s: %s", v->name, other.difference);
  h->ctx = other.ctx;
  evaluation_free(e);
  pattern_free(&other.pattern);
  if (other.problem) problem_free(other.problem);
  if (other.model) model_free(other.model);
}

/* The text with `return E;` written as before E after, or false if it returns an array. */
static bool rewrite_result(const char *text, const char *before, const char *after,
                           struct strbuf *out)
{
  const char *last = strstr(text, "\nreturn "), *end = strrchr(text, ';');
  if (!last || !end || !strncmp(last, "\nreturn out;", 12)) return false;
  strbuf_add(out, text, (size_t)(last - text) + 1);
  strbuf_puts(out, before);
  strbuf_add(out, last + 8, (size_t)(end - last) - 8);
  strbuf_puts(out, after);
  return true;
}

/* The same with the declarations of variables in the opposite order. */
static void reverse_variables(const struct hunt *h, const char *text, struct variant *v)
{
  const struct block *blocks;
  int count = (int)problem_blocks(h->problem, &blocks), n = 0;
  bool done = false;
  const char *line[N];
  int nlines = 0;
  for (const char *at = text; at && nlines < N; at = strchr(at, '\n'), at = at ? at + 1 : NULL)
    if (!strncmp(at, "var ", 4)) line[nlines++] = at;
  for (const char *at = text; *at; at += strcspn(at, "\n") + 1) {
    if (strncmp(at, "var ", 4) != 0) {
      strbuf_add(&v->text, at, strcspn(at, "\n") + 1);
    } else if (!done) {
      for (int k = nlines - 1; k >= 0; k--)
        strbuf_add(&v->text, line[k], strcspn(line[k], "\n") + 1);
      done = true;
    }
  }
  for (int k = count - 1; k >= 0; k--)
    for (int64_t i = 0; i < blocks[k].size; i++) v->unknown[n++] = (int)(blocks[k].offset + i);
}

/* + 0.3·x² for all unknowns x. */
static bool add_squares(const struct hunt *h, const char *text, struct variant *v)
{
  struct strbuf squares = {0};
  const struct block *blocks;
  size_t count = problem_blocks(h->problem, &blocks);
  strbuf_puts(&squares, ")");
  for (size_t k = 0; k < count; k++) {
    bool scalar = !problem_block_shape(h->problem, &blocks[k])->ndim;
    strbuf_printf(&squares, scalar ? " + 0.3*%s^2" : " + 0.3*norm2(%s)", blocks[k].name);
  }
  strbuf_puts(&squares, ";\n");
  v->c = 0.6;
  bool done = rewrite_result(text, "return (", squares.data, &v->text);
  strbuf_free(&squares);
  return done;
}

static void compare_variants(struct hunt *h, const char *text, uint64_t *seed)
{
  struct variant v = {.a = 1};
  bool made = true;
  for (int i = 0; i < N; i++) v.unknown[i] = i;
  switch (random_int(seed, 0, 3)) {
  case 0:
    v.name = "f multiplied";
    v.a = -1.5;
    made = rewrite_result(text, "let f_ = ", ";\nreturn -2.5*f_ + f_;\n", &v.text);
    break;
  case 1:
    v.name = "f squared";
    v.a = 2 * h->want.value - 3;
    v.b = 2;
    made = rewrite_result(text, "let f_ = ", ";\nreturn f_^2 - 3*f_;\n", &v.text);
    break;
  case 2:
    v.name = "squares added";
    made = add_squares(h, text, &v);
    break;
  default:
    v.name = "variables the other way round";
    reverse_variables(h, text, &v);
    break;
  }
  if (made) compare_variant(h, &v, (enum hessian_mode)random_int(seed, 0, MODE_COUNT - 1));
  strbuf_free(&v.text);
}

void hunt_more(struct hunt *h, const char *text, uint64_t seed)
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
  if (!h->failed) compare_variants(h, text, &seed);
done:
  evaluation_free(p.a);
  evaluation_free(p.b);
  pool_free(pool);
}
