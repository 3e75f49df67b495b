#include "config.h"

#include "cost.h"

#include <math.h>

enum { BINDERS_MAX = 64, DECLS_MAX = 64 };

struct cost {
  const struct model *model;
  double value[DECLS_MAX]; /* bounds of absolute values: of parameters */
  double size[DECLS_MAX];  /* of elements, of all arrays so far */
  double work[DECLS_MAX];  /* of a call of a def */
  const struct binder *binder[BINDERS_MAX];
  double bound[BINDERS_MAX];
  int nbinders;
};

static void bind(struct cost *c, const struct binder *b, double bound)
{
  if (!b || c->nbinders == BINDERS_MAX) return;
  c->binder[c->nbinders] = b;
  c->bound[c->nbinders++] = bound;
}

static double bound_of(const struct cost *c, const struct expr *x);

static double bound_of_name(const struct cost *c, const struct expr *x)
{
  if (x->decl) return c->value[x->decl->number];
  for (int k = 0; k < c->nbinders; k++)
    if (c->binder[k] == x->binder) return c->bound[k];
  return INFINITY;
}

static double bound_of_call(const struct cost *c, const struct expr *x)
{
  double most = 0;
  for (int i = 0; i < x->nargs; i++) most = fmax(most, bound_of(c, x->args[i]));
  switch (x->op) {
  case OP_ABS:
  case OP_FLOOR:
  case OP_CEIL:
  case OP_ROUND:
  case OP_TRUNC:
  case OP_SQRT:
  case OP_SIGN: return most + 1;
  default: return x->builtin == BUILTIN_MIN || x->builtin == BUILTIN_MAX ? most : INFINITY;
  }
}

static double bound_of(const struct cost *c, const struct expr *x)
{
  double sum = 0, product = 1;
  switch (x->kind) {
  case EXPR_NUMBER: return fabs(x->value);
  case EXPR_NAME:
  case EXPR_INDEX: return bound_of_name(c, x);
  case EXPR_SIZE: return c->size[x->decl->number];
  case EXPR_CALL: return bound_of_call(c, x);
  case EXPR_NEG:
  case EXPR_ADD:
  case EXPR_IF:
  case EXPR_ARRAY:
    for (int i = 0; i < x->nargs; i++) sum += bound_of(c, x->args[i]);
    return sum;
  case EXPR_MUL:
    for (int i = 0; i < x->nargs; i++) {
      if (i && x->signs[i] == '/' && x->args[i]->kind != EXPR_NUMBER) return INFINITY;
      product *= i && x->signs[i] == '/' ? 1 / bound_of(c, x->args[i]) : bound_of(c, x->args[i]);
    }
    return isnan(product) ? INFINITY : product;
  case EXPR_NOT:
  case EXPR_COMPARE:
  case EXPR_AND:
  case EXPR_OR: return 1;
  default: return INFINITY;
  }
}

/* Iterations of lo..hi. */
static double span(const struct cost *c, const struct expr *lo, const struct expr *hi,
                   double *bound)
{
  double a = lo ? bound_of(c, lo) : 1, b = bound_of(c, hi);
  *bound = fmax(a, b);
  return a + b + 1;
}

static double work_of(struct cost *c, const struct expr *x);

static double open_range(struct cost *c, const struct range *r)
{
  double bound;
  if (!r->entries) {
    double count = span(c, r->lo, r->hi, &bound);
    bind(c, r->index, bound);
    return count;
  }
  for (int k = 0; k < r->nbinders; k++)
    bind(c, r->binders[k],
         k + 1 < r->nbinders ? c->size[r->decl->number] : c->value[r->decl->number]);
  return c->size[r->decl->number];
}

static double work_of_reduction(struct cost *c, const struct expr *x)
{
  int begin = c->nbinders;
  double times = 1, work = 0;
  for (int k = 0; k < x->nranges; k++) times *= open_range(c, x->ranges[k]) + 1;
  if (x->filter) work += work_of(c, x->filter);
  work += work_of(c, x->args[0]);
  c->nbinders = begin;
  return times * work;
}

static double work_of(struct cost *c, const struct expr *x)
{
  double work = 1;
  if (x->kind == EXPR_REDUCTION) return work_of_reduction(c, x);
  for (int i = 0; i < x->nargs; i++) {
    const struct expr *a = x->args[i];
    work += a->is_array ? c->size[a->decl->number] : work_of(c, a);
  }
  if (x->kind == EXPR_CALL && x->decl) work *= c->work[x->decl->number];
  return work;
}

/* Elements of the dimensions; their indices are bound. */
static double open_dims(struct cost *c, const struct stmt *s)
{
  double size = 1;
  for (int d = 0; d < s->ndims; d++) {
    const struct dim *dim = s->dims[d];
    double bound = INFINITY, count = INFINITY;
    if (!dim->open) count = span(c, dim->lo, dim->hi, &bound);
    if (dim->open && s->expr && s->expr->kind == EXPR_ARRAY) count = bound = 100;
    bind(c, dim->index, bound);
    size *= count;
  }
  return size;
}

static double work_of_statement(struct cost *c, const struct stmt *s);

static double work_of_block(struct cost *c, const struct stmt *s)
{
  int begin = c->nbinders;
  double times = 1, work = 1;
  for (int k = 0; k < s->nranges; k++) times *= open_range(c, s->ranges[k]) + 1;
  for (int k = 0; k < s->nbody; k++) work += work_of_statement(c, s->body[k]);
  for (int k = 0; k < s->nbody; k++) /* what stands for a name in the block may be expanded */
    if (s->body[k]->local) work *= 2;
  c->nbinders = begin;
  return times * work;
}

static double work_of_statement(struct cost *c, const struct stmt *s)
{
  if (s->kind == STMT_FOR) return work_of_block(c, s);
  int begin = c->nbinders, number = s->decl ? s->decl->number : -1;
  double size = open_dims(c, s), work = s->expr ? work_of(c, s->expr) : 1;
  if (s->kind == STMT_DEF) c->work[number] = work + 1;
  if (s->kind == STMT_PARAM) c->value[number] = s->expr ? bound_of(c, s->expr) : INFINITY;
  if (number >= 0) c->size[number] += size;
  c->nbinders = begin;
  return size * work;
}

double cost_of_model(const struct model *m)
{
  struct cost c = {.model = m};
  double work = 0;
  if (m->decls.len > DECLS_MAX) return INFINITY;
  for (int k = 0; k < DECLS_MAX; k++) c.value[k] = INFINITY, c.work[k] = 1;
  for (size_t k = 0; k < m->stmts.len; k++) work += work_of_statement(&c, m->stmts.data[k]);
  return isnan(work) ? INFINITY : work;
}
