#include "config.h"

#include "lang/clause.h"

#include <string.h>

/* ---- the order of definition ---- */

struct clocking {
  const struct clause *c;
  struct symbol *s;
  const struct sequence *sequence;
  struct map outer;
  int ndim;
};

static enum status visit_time(struct elab *e, int64_t p, void *user)
{
  struct clocking *c = user;
  int64_t index[LOOP_MAX], position = map_offset(e->program, &c->outer, p, e->at, c->ndim);
  TRY(clause_index(e, c->c, index));
  c->s->when[shape_find(&c->s->shape, index)] = clock_time(e, c->sequence, position);
  return STATUS_OK;
}

enum status clock_start(struct elab *e, struct symbol *s)
{
  if (s->when || s->decl->ndim == 0) return STATUS_OK;
  s->when = mem_alloc((size_t)s->shape.size, sizeof *s->when);
  if (!s->when) return diag_no_memory(e->ctx);
  for (int64_t k = 0; k < s->shape.size; k++) s->when[k] = INT64_MAX;
  return STATUS_OK;
}

/* ---- reads of arrays that are being defined ---- */

static bool any_below(const struct expr *x, expr_test *test, void *user, int depth, int64_t *nodes)
{
  if (depth > EXPANSION_MAX || ++*nodes > EXPANDED_MAX || test(x, user)) return true;
  for (int i = 0; i < x->nargs; i++)
    if (any_below(x->args[i], test, user, depth + 1, nodes)) return true;
  return x->kind == EXPR_CALL && x->decl && any_below(x->decl->body, test, user, depth + 1, nodes);
}

bool expr_any(const struct expr *x, expr_test *test, void *user)
{
  int64_t nodes = 0;
  return any_below(x, test, user, 0, &nodes);
}

static bool reads_decl(const struct expr *x, void *user)
{
  return (x->kind == EXPR_INDEX || (x->kind == EXPR_NAME && !x->binder)) && x->decl == user;
}

bool clause_reads_itself(const struct clause *c)
{
  return expr_any(c->stmt->expr, reads_decl, c->stmt->decl);
}

/* The number of leading loops that carry the recurrence `lhs = … read …`: 0 if the read is of the
 * element itself or of none; all if it is not seen. */
struct carrying {
  struct elab *e;
  const struct clause *c;
  int ndims; /* loops of the clause (and of its block) */
  int level;
};

static bool visit_carrying(const struct expr *x, void *user)
{
  struct carrying *t = user;
  if (x->kind != EXPR_INDEX || x->decl != t->c->stmt->decl) return false;
  for (int d = 0; d < x->nargs; d++) {
    struct form to, from;
    int loop = -1;
    if (!form_of(t->e, t->c->lhs->args[d], &to) || !form_of(t->e, x->args[d], &from) ||
        !form_is_affine(&to) || !form_is_affine(&from) ||
        memcmp(to.coef, from.coef, sizeof to.coef) != 0) {
      t->level = t->ndims;
      return false;
    }
    for (int k = 0; k < LOOP_MAX; k++)
      if (to.coef[k]) loop = k;
    if (to.constant == from.constant) continue;
    if (loop < 0) return false; /* another single index: another clause's element */
    if (loop + 1 > t->level) t->level = loop + 1;
    return false;
  }
  t->level = t->ndims; /* the element itself: an error that the clock will find */
  return false;
}

enum status clause_carried(struct elab *e, const struct clause *c, int outer,
                           const struct loop *loops, int nloops, int *level)
{
  struct carrying t = {.e = e, .c = c};
  int domain;
  size_t pushed;
  TRY(nest_open(e, outer, loops, nloops, false, c->stmt->loc, &domain, &pushed));
  t.ndims = e->ndims;
  if (expr_any(c->stmt->expr, visit_carrying, &t)) t.level = t.ndims;
  nest_close(e, nloops, pushed);
  *level = t.level;
  return STATUS_OK;
}

/* ---- lowering ---- */

struct setting {
  const struct clause *c;
  struct symbol *s;
};

static enum status emit_set(struct frame *f, void *user)
{
  struct setting *t = user;
  struct output out = {.array = t->s->array, .mode = OUTPUT_SET, .winner = -1};
  struct value v = lower_expr(f, t->c->stmt->expr);
  if (frame_stopped(f)) return f->body.status;
  if (t->s->decl->kind == DECL_LET && t->s->decl->ndim == 0) {
    rational_drop(t->s->known_value.exact);
    t->s->known = v.known;
    t->s->known_value = v.number;
    rational_keep(v.number.exact);
  }
  TRY(lower_map(f, t->c->lhs, &out.map));
  out.value = v.id;
  f->body.kernel.loc = t->c->stmt->name_loc;
  body_output(&f->body, out);
  return frame_finish(f);
}

/* Whether the first error from diagnostic `mark` on is one of numbers alone: other values would not
 * raise it, and what is never evaluated needs none. */
static bool is_of_numbers(const struct context *ctx, size_t mark)
{
  for (size_t i = mark; i < ctx->diags.len; i++) {
    const struct diag *d = &ctx->diags.data[i];
    if (d->severity == SEVERITY_ERROR)
      return d->id == ERR_NOT_REAL || d->id == ERR_IRRATIONAL || d->id == ERR_EXACT_DIVISION ||
             d->id == ERR_EXACT_TOO_LARGE;
  }
  return false;
}

/* A statement that is never evaluated is lowered for its errors alone.  A condition on data that
 * has no truth value in this field leaves it without kernels. */
static enum status lower_unneeded(struct frame *f, struct setting *t)
{
  struct elab *e = f->e;
  size_t arrays = e->program->arrays.len, kernels = e->program->kernels.len;
  size_t scope = e->scope.len, mark = e->ctx->diags.len;
  int depth = e->depth, ndims = e->ndims;
  e->unneeded = true;
  enum status status = frame_run(f, emit_set, t);
  e->unneeded = false;
  if (status == STATUS_OK || !is_of_numbers(e->ctx, mark)) return status;
  diag_drop(e->ctx, mark);
  scope_pop(e, e->scope.len - scope);
  frame_roll_back(e, arrays, kernels);
  e->depth = depth;
  e->ndims = ndims;
  return STATUS_OK;
}

enum status lower_clause(struct elab *e, const struct clause *c, int outer,
                         const struct loop *loops, int nloops, const struct sequence *sequence)
{
  struct frame f = {.e = e, .sequence = sequence};
  struct setting t = {c, symbol_of(e, c->stmt->decl)};
  size_t pushed;
  TRY(nest_open(e, outer, loops, nloops, false, c->stmt->loc, &f.full, &pushed));
  f.ndims = e->ndims;
  enum status status = t.s->needed ? frame_run(&f, emit_set, &t) : lower_unneeded(&f, &t);
  nest_close(e, nloops, pushed);
  return status;
}

enum status clause_clock(struct elab *e, const struct clause *c, int outer,
                         const struct loop *loops, int nloops, const struct sequence *sequence)
{
  struct clocking t = {.c = c, .s = symbol_of(e, c->stmt->decl), .sequence = sequence};
  int domain;
  size_t pushed;
  if (t.s->decl->ndim == 0 || !t.s->when) return STATUS_OK;
  TRY(nest_open(e, outer, loops, nloops, false, c->stmt->loc, &domain, &pushed));
  t.ndim = e->ndims;
  enum status status = clock_map(e, sequence, domain, &t.outer);
  if (status == STATUS_OK) status = nest_walk(e, domain, visit_time, &t);
  nest_close(e, nloops, pushed);
  return status;
}
