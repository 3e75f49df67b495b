#include "config.h"

#include "api/handles.h"

#include <math.h>
#include <string.h>

#include "base/pool.h"
#include "base/strbuf.h"

/* Each thing to compute has a Program of its own. */
enum part { PART_VALUE, PART_GRADIENT, PART_HVP, PART_HESSIAN, PART_COUNT };

static const struct {
  unsigned flag;
  enum evaluation_kind kind;
  const char *what, *name;
} parts[PART_COUNT] = {
    {ASDEX_VALUE, EVALUATE_VALUE, "the value", "ASDEX_VALUE"},
    {ASDEX_GRADIENT, EVALUATE_GRADIENT, "the gradient", "ASDEX_GRADIENT"},
    {ASDEX_HVP, EVALUATE_HVP, "Hessian-vector products", "ASDEX_HVP"},
    {ASDEX_HESSIAN, EVALUATE_HVP, "the Hessian", "ASDEX_HESSIAN"},
};
enum { ALL_PARTS = ASDEX_VALUE | ASDEX_GRADIENT | ASDEX_HVP | ASDEX_HESSIAN };

struct asdex_plan {
  asdex_context *context;
  struct context inner; /* knows the model's sources, and is there so that nothing is allocated */
  const asdex_model *model;
  struct evaluation *evaluation[PART_COUNT];
  bool at_point[PART_COUNT]; /* it has seen the point */
  struct numbers x;
  bool has_point;
  asdex_pattern pattern; /* what the plan has made itself */
  asdex_coloring own;
  const asdex_coloring *coloring;
  struct recovery *recovery;
  int64_t *own_starts; /* of a lower triangle */
  int32_t *own_rows;
  const int64_t *starts;
  const int32_t *rows;
};

/* ---- making ---- */

static enum status check_options(struct context *ctx, const asdex_plan_options *o)
{
  if (o->compute & ~(unsigned)ALL_PARTS)
    return FAIL(ctx, LIBRARY_UNKNOWN, NO_LOC, "sum of things to compute", (int)o->compute);
  if ((unsigned)o->mode > ASDEX_REV_OVER_REV)
    return FAIL(ctx, LIBRARY_UNKNOWN, NO_LOC, "mode", (int)o->mode);
  if ((unsigned)o->triangle > ASDEX_BOTH)
    return FAIL(ctx, LIBRARY_UNKNOWN, NO_LOC, "triangle", (int)o->triangle);
  if (o->chunk < 0)
    return FAIL(ctx, LIBRARY_RANGE, NO_LOC, "the chunk", (long long)o->chunk, 0,
                (long long)INT64_MAX);
  if (o->vectors < 0)
    return FAIL(ctx, LIBRARY_RANGE, NO_LOC, "the number of vectors", (long long)o->vectors, 0,
                (long long)INT64_MAX);
  return STATUS_OK;
}

static enum status make_coloring(asdex_plan *p)
{
  const struct coloring_options star = {METHOD_STAR, ORDERING_LARGEST_FIRST, 0, false};
  TRY(problem_pattern(&p->inner, p->model->problem, &p->pattern.pattern));
  p->own.context = p->pattern.context = p->context;
  p->own.pattern = &p->pattern;
  p->coloring = &p->own;
  return coloring_compute(&p->inner, &p->pattern.pattern, &star, &p->own.coloring);
}

/* The entries on and above the diagonal, by rows: the lower triangle by columns. */
static enum status make_lower(asdex_plan *p)
{
  const struct pattern *all = &p->coloring->pattern->pattern;
  size_t nnz = (size_t)pattern_upper_nnz(all);
  TRY(diag_check_memory(&p->inner, 4.0 * (double)nnz + 8.0 * ((double)all->n + 1), "the pattern"));
  p->own_starts = mem_alloc((size_t)all->n + 1, sizeof *p->own_starts);
  p->own_rows = mem_alloc(nnz, sizeof *p->own_rows);
  if (!p->own_starts || !p->own_rows) return diag_no_memory(&p->inner);
  int64_t count = 0;
  for (int32_t i = 0; i < all->n; i++) {
    p->own_starts[i] = count;
    for (int64_t k = all->ptr[i]; k < all->ptr[i + 1]; k++)
      if (all->ind[k] >= i) p->own_rows[count++] = all->ind[k];
  }
  p->own_starts[all->n] = count;
  p->starts = p->own_starts;
  p->rows = p->own_rows;
  return STATUS_OK;
}

/* An entry that is missing would be added to others: they would be wrong without a sign. */
static enum status check_pattern(asdex_plan *p, const asdex_pattern *given)
{
  struct pattern all = {0};
  const struct pattern *have = &given->pattern;
  int32_t n = asdex_model_unknowns(p->model);
  if (have->n != n) return FAIL(&p->inner, LIBRARY_PATTERN_SIZE, NO_LOC, (long)have->n, (long)n);
  if (given->model == p->model->number) return STATUS_OK;
  enum status status = problem_pattern(&p->inner, p->model->problem, &all);
  for (int32_t i = 0; i < n && status == STATUS_OK; i++) {
    int64_t at = have->ptr[i];
    for (int64_t k = all.ptr[i]; k < all.ptr[i + 1] && status == STATUS_OK; k++) {
      while (at < have->ptr[i + 1] && have->ind[at] < all.ind[k]) at++;
      if (at == have->ptr[i + 1] || have->ind[at] != all.ind[k])
        status = FAIL(&p->inner, LIBRARY_PATTERN, NO_LOC, (long)i, (long)all.ind[k]);
    }
  }
  pattern_free(&all);
  return status;
}

static enum status make_structure(asdex_plan *p, const asdex_plan_options *o)
{
  struct context *ctx = &p->inner;
  p->coloring = o->coloring;
  if (p->coloring)
    TRY(check_pattern(p, p->coloring->pattern));
  else
    TRY(make_coloring(p));
  const struct pattern *pattern = &p->coloring->pattern->pattern;
  const struct coloring *c = &p->coloring->coloring;
  if (o->triangle == ASDEX_BOTH) {
    p->starts = pattern->ptr;
    p->rows = pattern->ind;
    return recovery_create(ctx, pattern, c, &p->recovery);
  }
  if (c->method == METHOD_COLUMN) return FAIL(ctx, LIBRARY_COLUMN_LOWER, NO_LOC);
  TRY(make_lower(p));
  return recovery_create_upper(ctx, pattern, c, &p->recovery);
}

static enum status make_part(asdex_plan *p, const asdex_plan_options *o, enum part part)
{
  static const enum hessian_mode modes[] = {[ASDEX_FWD_OVER_REV] = MODE_FWD_OVER_REV,
                                            [ASDEX_REV_OVER_FWD] = MODE_REV_OVER_FWD,
                                            [ASDEX_REV_OVER_REV] = MODE_REV_OVER_REV};
  struct evaluation_options e = {
      .kind = parts[part].kind, .mode = modes[o->mode], .with_value = part == PART_GRADIENT};
  if (part == PART_HVP) e.directions = o->vectors > 0 ? o->vectors : 1;
  if (part == PART_HESSIAN) {
    TRY(make_structure(p, o));
    e.directions = p->coloring->coloring.num_colors;
    e.lanes = o->chunk;
  }
  return evaluation_create(&p->inner, p->model->problem, &e, &p->evaluation[part]);
}

static enum status make_plan(asdex_plan *p, const asdex_plan_options *o)
{
  double count = (double)asdex_model_variables(p->model);
  TRY(check_options(&p->inner, o));
  TRY(numbers_create(&p->inner, FIELD_REAL, count, "the point", &p->x));
  unsigned compute = o->compute ? o->compute : ALL_PARTS;
  for (int part = 0; part < PART_COUNT; part++)
    if (compute & parts[part].flag) TRY(make_part(p, o, (enum part)part));
  return STATUS_OK;
}

static void plan_drop(asdex_plan *p)
{
  if (!p) return;
  for (int part = 0; part < PART_COUNT; part++) evaluation_free(p->evaluation[part]);
  recovery_free(p->recovery);
  coloring_free(&p->own.coloring);
  pattern_free(&p->pattern.pattern);
  numbers_free(&p->x);
  mem_free(p->own_starts);
  mem_free(p->own_rows);
  inner_close(&p->inner);
  mem_free(p);
}

asdex_status asdex_plan_create(asdex_context *c, const asdex_model *model,
                               const asdex_plan_options *options, asdex_plan **plan)
{
  static const asdex_plan_options defaults;
  struct call call = call_begin(c, NULL);
  asdex_plan *p = NULL;
  *plan = NULL;
  enum status status = call_new(&call, sizeof *p, (void **)&p);
  if (status == STATUS_OK) {
    p->context = c;
    p->model = model;
    status = inner_open(c, model, &p->inner);
    if (status == STATUS_OK) status = make_plan(p, options ? options : &defaults);
    context_collect(c, &p->inner, status);
  }
  if (status == STATUS_OK) {
    pool_start(c->pool);
    *plan = p;
  } else {
    plan_drop(p);
  }
  return call_end(&call, status);
}

void asdex_plan_free(asdex_plan *p)
{
  if (!p) return;
  asdex_context *c = p->context;
  struct mem_account *before = context_enter(c);
  plan_drop(p);
  context_release(c, before);
}

/* ---- evaluating ---- */

static asdex_status plan_end(asdex_plan *p, struct mem_account *before, enum status status)
{
  if (status != STATUS_OK) context_collect(p->context, &p->inner, status);
  context_leave(before);
  return (asdex_status)status;
}

/* The part's evaluation, at the point. */
static enum status get(asdex_plan *p, enum part part, struct evaluation **e)
{
  *e = p->evaluation[part];
  if (!*e) return FAIL(&p->inner, LIBRARY_NOT_PLANNED, NO_LOC, parts[part].what, parts[part].name);
  if (!p->has_point) return FAIL(&p->inner, LIBRARY_NO_POINT, NO_LOC);
  if (p->at_point[part]) return STATUS_OK;
  TRY(evaluation_point(&p->inner, *e, &p->x));
  p->at_point[part] = true;
  return STATUS_OK;
}

static enum status fail_point(asdex_plan *p, int64_t i, double value)
{
  const struct block *blocks;
  struct strbuf name = {0};
  size_t k = 0, count = problem_blocks(p->model->problem, &blocks);
  while (k + 1 < count && i - blocks[k].offset >= blocks[k].size) k++;
  problem_element_name(p->model->problem, blocks[k].array, i - blocks[k].offset, &name);
  enum status status = name.failed ? diag_no_memory(&p->inner)
                                   : FAIL(&p->inner, LIBRARY_POINT, NO_LOC, name.data,
                                          isnan(value) ? "not a number (nan)" : "infinite");
  strbuf_free(&name);
  return status;
}

static enum status set_point(asdex_plan *p, const double *x)
{
  if (!x && p->x.count > 0) return FAIL(&p->inner, LIBRARY_NULL, NO_LOC, "the point");
  for (int64_t i = 0; i < p->x.count; i++)
    if (!isfinite(x[i])) return fail_point(p, i, x[i]);
  if (p->x.count > 0) memcpy(p->x.re, x, (size_t)p->x.count * sizeof *x);
  memset(p->at_point, 0, sizeof p->at_point);
  p->has_point = true;
  return STATUS_OK;
}

asdex_status asdex_plan_set_point(asdex_plan *p, const double *x)
{
  struct mem_account *before = context_begin(p->context);
  return plan_end(p, before, set_point(p, x));
}

static enum status value(asdex_plan *p, enum part part, double *value)
{
  struct evaluation *e;
  TRY(get(p, part, &e));
  *value = evaluation_value(e).re[0];
  return isfinite(*value) ? STATUS_OK : evaluation_check_value(&p->inner, e, p->model->problem);
}

asdex_status asdex_plan_value(asdex_plan *p, double *v)
{
  struct mem_account *before = context_begin(p->context);
  return plan_end(p, before, value(p, PART_VALUE, v));
}

static enum status aux(asdex_plan *p, size_t k, double *out)
{
  struct evaluation *e;
  size_t count = asdex_model_auxes(p->model);
  TRY(get(p, PART_VALUE, &e));
  if (k >= count)
    return FAIL(&p->inner, LIBRARY_NUMBER, NO_LOC, "auxiliary output", (long long)k,
                (long long)count);
  struct numbers v = evaluation_aux(e, k);
  if (v.count > 0) memcpy(out, v.re, (size_t)v.count * sizeof *out);
  return evaluation_check_aux(&p->inner, e, p->model->problem, k);
}

asdex_status asdex_plan_aux(asdex_plan *p, size_t k, double *out)
{
  struct mem_account *before = context_begin(p->context);
  return plan_end(p, before, aux(p, k, out));
}

/* A caller's vector. */
static struct numbers vector(const double *data, int64_t count)
{
  return (struct numbers){.field = FIELD_REAL, .count = count, .re = (double *)data};
}

static enum status gradient(asdex_plan *p, double *v, double *out)
{
  struct evaluation *e;
  TRY(get(p, PART_GRADIENT, &e));
  struct numbers g = vector(out, asdex_model_unknowns(p->model));
  evaluation_gradient(e, &g);
  enum status status = v ? value(p, PART_GRADIENT, v) : STATUS_OK;
  return status == STATUS_OK ? evaluation_check_gradient(&p->inner, e, p->model->problem) : status;
}

asdex_status asdex_plan_gradient(asdex_plan *p, double *v, double *out)
{
  struct mem_account *before = context_begin(p->context);
  return plan_end(p, before, gradient(p, v, out));
}

static enum status hvp(asdex_plan *p, int64_t count, const double *vectors, double *products)
{
  struct evaluation *e;
  int64_t size, n = asdex_model_unknowns(p->model);
  TRY(get(p, PART_HVP, &e));
  if (count < 0 || __builtin_mul_overflow(count, n, &size))
    return FAIL(&p->inner, LIBRARY_RANGE, NO_LOC, "the number of vectors", (long long)count, 0,
                (long long)(INT64_MAX / (n > 0 ? n : 1)));
  if (size == 0) return STATUS_OK;
  if (!vectors) return FAIL(&p->inner, LIBRARY_NULL, NO_LOC, "the vectors");
  struct numbers from = vector(vectors, size), to = vector(products, size);
  TRY(evaluation_hvp(&p->inner, e, &from, count, &to));
  return evaluation_check_rows(&p->inner, e, p->model->problem, &to, count, NULL, &from);
}

asdex_status asdex_plan_hvp(asdex_plan *p, int64_t count, const double *vectors, double *products)
{
  struct mem_account *before = context_begin(p->context);
  return plan_end(p, before, hvp(p, count, vectors, products));
}

static enum status hessian(asdex_plan *p, double *values)
{
  struct evaluation *e;
  enum status finite;
  TRY(get(p, PART_HESSIAN, &e));
  struct numbers out = vector(values, recovery_count(p->recovery));
  TRY(evaluation_hessian(&p->inner, e, p->model->problem, &p->coloring->coloring, p->recovery, &out,
                         &finite));
  return finite;
}

asdex_status asdex_plan_hessian(asdex_plan *p, double *values)
{
  struct mem_account *before = context_begin(p->context);
  return plan_end(p, before, hessian(p, values));
}

/* ---- parts ---- */

int64_t asdex_plan_nnz(const asdex_plan *p)
{
  return p->recovery ? recovery_count(p->recovery) : 0;
}

const int64_t *asdex_plan_starts(const asdex_plan *p)
{
  return p->starts;
}

const int32_t *asdex_plan_rows(const asdex_plan *p)
{
  return p->rows;
}

const asdex_coloring *asdex_plan_coloring(const asdex_plan *p)
{
  return p->coloring;
}
