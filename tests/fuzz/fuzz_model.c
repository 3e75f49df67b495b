/* The whole pipeline on a small model, from raw text (model) or made from bytes (generated): load,
 * pattern, derivatives in three modes, colorings, verification.
 *
 * Always: the Program keeps its invariants, nothing is outside the pattern, and what is recovered
 * is what columns give.  In exact numbers the modes are equal; in others they are near each other
 * where the model is made so that they must be, and there a naive interpreter agrees, too. */
#include "config.h"

#include <math.h>
#include <string.h>

#include "cost.h"
#include "fuzz.h"
#include "generate_model.h"
#include "hessian/plan.h"
#include "hessian/verify.h"
#include "oracle/reference.h"
#include "program/print.h"

enum { N = UNKNOWNS_MAX };
static const double work_max = 3e4;

struct pipeline {
  struct fuzz *f;
  struct context *ctx;
  int source;
  enum field field;
  bool moderate; /* numbers are, so that results must agree to rounding */
  struct model *model;
  struct problem *problem;
  struct pattern pattern;
  struct numbers x;
  struct numbers columns[MODE_COUNT]; /* n × n, by each mode */
  int32_t n;
};

static double number_size(const struct numbers *v, int64_t i)
{
  struct number a = numbers_get(v, i);
  if (v->field == FIELD_EXACT) return a.exact ? fabs(rational_to_double(a.exact)) : 0;
  return v->field == FIELD_COMPLEX ? hypot(a.re, a.im) : fabs(a.re);
}

static bool number_same(const struct numbers *v, int64_t i, const struct numbers *w, int64_t k)
{
  struct number a = numbers_get(v, i), b = numbers_get(w, k);
  if (v->field != FIELD_EXACT) return a.re == b.re && (v->field == FIELD_REAL || a.im == b.im);
  if (!a.exact || !b.exact)
    return (!a.exact || !rational_sign(a.exact)) && (!b.exact || !rational_sign(b.exact));
  return rational_compare(a.exact, b.exact) == 0;
}

static double number_distance(const struct numbers *v, int64_t i, const struct numbers *w,
                              int64_t k)
{
  struct number a = numbers_get(v, i), b = numbers_get(w, k);
  if (v->field == FIELD_EXACT) return number_same(v, i, w, k) ? 0 : INFINITY;
  return v->field == FIELD_COMPLEX ? hypot(a.re - b.re, a.im - b.im) : fabs(a.re - b.re);
}

static bool all_finite(const struct numbers *v)
{
  return numbers_first_nonfinite(v, 0, v->count) < 0;
}

/* The largest, at least 1. */
static double scale_of(const struct numbers *v)
{
  double scale = 1;
  for (int64_t k = 0; k < v->count; k++) scale = fmax(scale, number_size(v, k));
  return scale;
}

static enum status new_numbers(struct pipeline *p, double count, struct numbers *out)
{
  return numbers_create(p->ctx, p->field, count, "a test", out);
}

/* ---- loading ---- */

static void check_program(const struct program *program)
{
  char why[200];
  FUZZ_CHECK(program_check(program, why, sizeof why), "%s", why);
}

static void print_problem(const struct problem *p)
{
  struct strbuf text = {0};
  program_print(problem_program(p), &text);
  problem_describe(p, &text);
  strbuf_free(&text);
}

/* STATUS_OK and no problem: a model that is not for this. */
static enum status load(struct pipeline *p)
{
  struct problem_options options = {.model_source = p->source, .field = p->field};
  TRY(model_parse(p->ctx, p->source, &p->model));
  TRY(model_check(p->ctx, p->model));
  if (!(cost_of_model(p->model) <= (p->field == FIELD_EXACT ? work_max / 30 : work_max)))
    return STATUS_OK;
  TRY(problem_load(p->ctx, &options, &p->problem));
  check_program(problem_program(p->problem));
  print_problem(p->problem);
  p->n = (int32_t)problem_program(p->problem)->n;
  TRY(problem_pattern(p->ctx, p->problem, &p->pattern));
  FUZZ_CHECK(p->pattern.n == p->n, "%d unknowns, not %d", p->pattern.n, p->n);
  return new_numbers(p, (double)problem_program(p->problem)->nx, &p->x);
}

/* The default point, or a random one where there is none. */
static enum status choose_point(struct pipeline *p)
{
  if (problem_point(p->ctx, p->problem, NULL, &p->x) == STATUS_OK) return STATUS_OK;
  fuzz_forget(p->f);
  return problem_point(p->ctx, p->problem, "random:1", &p->x);
}

/* ---- derivatives ---- */

static enum status create(struct pipeline *p, enum evaluation_kind kind, enum hessian_mode mode,
                          struct evaluation **out)
{
  struct evaluation_options options = {
      .kind = kind, .mode = mode, .directions = p->n, .with_value = true};
  enum status status = evaluation_create(p->ctx, p->problem, &options, out);
  if (status == STATUS_OK) check_program(evaluation_program(*out));
  if (status == STATUS_OK) status = evaluation_point(p->ctx, *out, &p->x);
  return status;
}

/* A result that is not finite is an answer, too; *finite: there is none. */
static enum status take_finite(struct pipeline *p, enum status status, bool *finite)
{
  if (status == STATUS_OK) return STATUS_OK;
  *finite = false;
  if (status != STATUS_NONFINITE && p->field != FIELD_EXACT) return status;
  fuzz_forget(p->f);
  return STATUS_OK;
}

static enum status check_value(struct pipeline *p, bool *finite)
{
  struct evaluation *e = NULL;
  struct numbers gradient = {0};
  enum status status = create(p, EVALUATE_VALUE, MODE_FWD_OVER_REV, &e);
  if (status == STATUS_OK)
    status = take_finite(p, evaluation_check_value(p->ctx, e, p->problem), finite);
  evaluation_free(e);
  if (status != STATUS_OK) return status;
  status = create(p, EVALUATE_GRADIENT, MODE_FWD_OVER_REV, &e);
  if (status == STATUS_OK) status = new_numbers(p, p->n, &gradient);
  if (status == STATUS_OK) {
    evaluation_gradient(e, &gradient);
    status = take_finite(p, evaluation_check_gradient(p->ctx, e, p->problem), finite);
  }
  numbers_free(&gradient);
  evaluation_free(e);
  return status;
}

/* What is not in the pattern is zero. */
static void check_columns(const struct pipeline *p, const struct numbers *columns)
{
  if (!all_finite(columns)) return;
  for (int32_t i = 0; i < p->n; i++)
    for (int32_t j = 0; j < p->n; j++)
      FUZZ_CHECK(pattern_find(&p->pattern, i, j) >= 0 ||
                     number_size(columns, (int64_t)i * p->n + j) <= 1e-9 * scale_of(columns),
                 "(%d, %d) is %g, and not in the pattern", i, j,
                 number_size(columns, (int64_t)i * p->n + j));
}

static enum status check_coloring(struct pipeline *p, struct evaluation *e,
                                  const struct numbers *columns, enum coloring_method method)
{
  struct coloring_options options = {.method = method, .ordering = ORDERING_LARGEST_FIRST};
  struct coloring c = {0};
  struct recovery *r = NULL;
  struct numbers values = {0};
  enum status finite = STATUS_OK, status = coloring_compute(p->ctx, &p->pattern, &options, &c);
  if (status == STATUS_OK) status = recovery_create(p->ctx, &p->pattern, &c, &r);
  if (status == STATUS_OK) status = new_numbers(p, (double)pattern_nnz(&p->pattern), &values);
  if (status == STATUS_OK)
    status = evaluation_hessian(p->ctx, e, p->problem, &c, r, &values, &finite);
  bool comparable = true;
  if (status == STATUS_OK) status = take_finite(p, finite, &comparable);
  comparable = comparable && status == STATUS_OK && all_finite(columns) && all_finite(&values) &&
               (p->moderate || p->field == FIELD_EXACT);
  for (int32_t i = 0; comparable && i < p->n; i++)
    for (int64_t k = p->pattern.ptr[i]; k < p->pattern.ptr[i + 1]; k++) {
      double off = number_distance(&values, k, columns, (int64_t)p->pattern.ind[k] * p->n + i);
      FUZZ_CHECK(off <= 1e-7 * scale_of(columns), "%s: (%d, %d) is off by %g", method_names[method],
                 i, p->pattern.ind[k], off);
    }
  numbers_free(&values);
  recovery_free(r);
  coloring_free(&c);
  return status;
}

static enum status check_mode(struct pipeline *p, enum hessian_mode mode)
{
  struct evaluation *e = NULL;
  struct numbers directions = {0}, *columns = &p->columns[mode];
  bool finite = true;
  enum status status = create(p, EVALUATE_HVP, mode, &e);
  if (status == STATUS_OK) status = new_numbers(p, (double)p->n * p->n, &directions);
  for (int32_t i = 0; status == STATUS_OK && i < p->n; i++)
    if (!numbers_set_real(&directions, (int64_t)i * p->n + i, 1)) status = diag_no_memory(p->ctx);
  if (status == STATUS_OK) status = new_numbers(p, (double)p->n * p->n, columns);
  if (status == STATUS_OK) status = evaluation_hvp(p->ctx, e, &directions, p->n, columns);
  if (status == STATUS_OK)
    status = take_finite(
        p, evaluation_check_rows(p->ctx, e, p->problem, columns, p->n, NULL, &directions), &finite);
  if (status == STATUS_OK && finite) check_columns(p, columns);
  for (int method = 0; status == STATUS_OK && method < METHOD_COUNT; method++)
    status = check_coloring(p, e, columns, (enum coloring_method)method);
  numbers_free(&directions);
  evaluation_free(e);
  return status;
}

/* The modes agree with each other, and with the mirror image. */
static void compare_modes(const struct pipeline *p)
{
  const struct numbers *first = &p->columns[0];
  for (int m = 0; m < MODE_COUNT; m++)
    if (!all_finite(&p->columns[m])) return;
  double allowed = 1e-7 * scale_of(first);
  for (int m = 0; m < MODE_COUNT; m++)
    for (int32_t i = 0; i < p->n; i++)
      for (int32_t j = 0; j < p->n; j++) {
        double off =
            number_distance(&p->columns[m], (int64_t)i * p->n + j, first, (int64_t)j * p->n + i);
        FUZZ_CHECK(off <= allowed, "%s: (%d, %d) is off by %g", mode_names[m], i, j, off);
      }
}

/* ---- references ---- */

static enum status verify(struct pipeline *p)
{
  struct verify_options options = {
      .check = CHECK_MATVEC, .probes = 3, .rtol = -1, .atol = -1, .mode = MODE_FWD_OVER_REV};
  struct verify_report report = {0};
  struct numbers values = {0};
  TRY(new_numbers(p, (double)pattern_nnz(&p->pattern), &values));
  for (int32_t i = 0; i < p->n; i++)
    for (int64_t k = p->pattern.ptr[i]; k < p->pattern.ptr[i + 1]; k++) {
      struct number v = numbers_get(&p->columns[0], (int64_t)i * p->n + p->pattern.ind[k]);
      numbers_set(&values, k, &v);
    }
  enum status status =
      verify_hessian(p->ctx, p->problem, &p->x, &p->pattern, &values, &options, &report);
  FUZZ_CHECK(status != STATUS_OK || report.ok || scale_of(&p->columns[0]) > 1e4,
             "verify: row %lld, column %lld, error %g", (long long)report.row,
             (long long)report.column, report.error);
  verify_report_free(&report);
  numbers_free(&values);
  return status;
}

static void compare_reference(const struct pipeline *p)
{
  static struct reference want;
  FUZZ_CHECK(reference_run(p->model, NULL, &want), "interpreter: %s", want.error);
  FUZZ_CHECK(want.n == p->n, "%d unknowns, not %d", p->n, want.n);
  double scale = 1;
  for (int i = 0; i < want.n; i++)
    for (int j = 0; j < want.n; j++) scale = fmax(scale, fabs(want.hessian[i][j]));
  for (int i = 0; i < want.n; i++)
    for (int j = 0; j < want.n; j++) {
      double got = p->columns[0].re[(int64_t)i * p->n + j];
      FUZZ_CHECK((pattern_find(&p->pattern, i, j) >= 0) == want.pattern[i][j],
                 "pattern: (%d, %d) must be %d", i, j, want.pattern[i][j]);
      if (isfinite(got) && isfinite(want.hessian[i][j]))
        FUZZ_CHECK(fabs(got - want.hessian[i][j]) <= 1e-7 * scale, "(%d, %d) is %.17g, not %.17g",
                   i, j, got, want.hessian[i][j]);
    }
}

/* ---- all of it ---- */

static enum status run(struct pipeline *p)
{
  bool finite = true;
  TRY(load(p));
  if (!p->problem || p->n > N || p->x.count > 4 * N) return STATUS_OK;
  TRY(choose_point(p));
  TRY(check_value(p, &finite));
  for (int mode = 0; mode < MODE_COUNT; mode++) TRY(check_mode(p, (enum hessian_mode)mode));
  if (p->moderate && p->field == FIELD_REAL) compare_reference(p);
  for (int mode = 0; mode < MODE_COUNT; mode++) finite = finite && all_finite(&p->columns[mode]);
  if (!finite) return STATUS_OK;
  if (p->moderate || p->field == FIELD_EXACT) compare_modes(p);
  return verify(p);
}

static void pipeline(const char *text, size_t size, enum field field, bool moderate)
{
  struct fuzz f;
  fuzz_begin(&f);
  struct pipeline p = {.f = &f, .ctx = &f.ctx, .field = field, .moderate = moderate};
  p.source = fuzz_source(&f, "model.expr", text, size);
  enum status status = run(&p);
  FUZZ_CHECK(status == STATUS_OK || !moderate || status == STATUS_NONFINITE, "%s\n%.*s",
             f.ctx.diags.data[0].message, (int)size, text);
  for (int mode = 0; mode < MODE_COUNT; mode++) numbers_free(&p.columns[mode]);
  numbers_free(&p.x);
  pattern_free(&p.pattern);
  if (p.problem) problem_free(p.problem);
  model_free(p.model);
  fuzz_end(&f, status);
}

void fuzz_model(const uint8_t *data, size_t size)
{
  static const enum field fields[] = {FIELD_REAL, FIELD_COMPLEX, FIELD_EXACT, FIELD_REAL};
  struct fuzz_bytes bytes = {data, size};
  enum field field = fields[fuzz_pick(&bytes, 4)];
  if (field == FIELD_EXACT && !rational_available) return;
  pipeline((const char *)bytes.next, bytes.left, field, false);
}

void fuzz_generated(const uint8_t *data, size_t size)
{
  struct fuzz_bytes bytes = {data, size};
  struct strbuf text = {0};
  enum field field = generate_from_bytes(&bytes, &text);
  FUZZ_CHECK(!text.failed, "no memory");
  if (field != FIELD_EXACT || rational_available) pipeline(text.data, text.len, field, true);
  strbuf_free(&text);
}
