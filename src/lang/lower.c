/* Statements to kernels. */
#include "config.h"

#include "lang/lower.h"

#include "lang/clause.h"
#include "lang/needed.h"

/* ---- arrays ---- */

static enum status add_arrays(struct lowering *l)
{
  struct elab *e = l->e;
  struct program *p = e->program;
  for (size_t i = 0; i < e->model->decls.len; i++) {
    struct symbol *s = &e->symbols[i];
    struct array a = {.size = s->shape.size, .unknown = -1, .symbol = (int)i};
    switch (s->decl->kind) {
    case DECL_DEF: continue;
    case DECL_PARAM:
      a.kind = ARRAY_DATA;
      a.data = s->data;
      if (s->decl->is_sparse) a.size = s->nentries + 1;
      break;
    case DECL_VAR:
      a.kind = ARRAY_VARIABLE;
      a.offset = a.unknown = p->nx;
      if (__builtin_add_overflow(p->nx, a.size, &p->nx))
        return FAIL(e->ctx, ARRAY_TOO_LARGE, s->decl->loc);
      break;
    default:
      a.kind = ARRAY_COMPUTED;
      TRY(diag_check_memory_at(e->ctx, s->decl->loc, 8.0 * (double)a.size, "this array"));
    }
    s->array = program_add_array(p, a, s->decl->name);
    if (s->array < 0) {
      s->data = (struct numbers){0}; /* was freed */
      return diag_no_memory(e->ctx);
    }
  }
  p->n = p->nx;
  return STATUS_OK;
}

/* ---- statements ---- */

enum status lower_group(struct elab *e, struct group group)
{
  struct program *p = e->program;
  group.count = (int)p->kernels.len - group.first;
  if (group.count == 0) return STATUS_OK;
  return program_add_group(p, group) < 0 ? diag_no_memory(e->ctx) : STATUS_OK;
}

/* A clause that reads its own array: the loops that carry the recurrence are outer loops of a
 * sequential group, the others run inside it. */
static enum status lower_recurrence(struct lowering *l, const struct clause *c)
{
  struct elab *e = l->e;
  struct loop loops[LOOP_MAX];
  int n = clause_loops(c, loops), outer, level;
  struct group group = {.first = (int)e->program->kernels.len};
  size_t pushed;
  TRY(clause_carried(e, c, l->root, loops, n, &level));
  TRY(nest_open(e, l->root, loops, level, true, c->stmt->loc, &outer, &pushed));
  struct sequence sequence = {.outer = outer, .clock = e->clock, .statements = 1};
  struct sequence *used = level > 0 ? &sequence : NULL;
  enum status status = clause_clock(e, c, outer, loops + level, n - level, used);
  if (status == STATUS_OK) status = lower_clause(e, c, outer, loops + level, n - level, used);
  nest_close(e, level, pushed);
  TRY(status);
  e->clock += level > 0 ? e->program->domains.data[outer].count + 1 : 1;
  group.nouter = level;
  group.outer = outer;
  return lower_group(e, group);
}

static enum status lower_statement(struct lowering *l, const struct clause *c)
{
  struct elab *e = l->e;
  struct symbol *s = symbol_of(e, c->stmt->decl);
  struct loop loops[LOOP_MAX];
  int n = clause_loops(c, loops);
  bool let = c->stmt->kind == STMT_LET;
  bool recurrence = let && clause_reads_itself(c);
  if (let && (recurrence || s->in_block || s->clauses > 1)) TRY(clock_start(e, s));
  if (recurrence && n > 0) return lower_recurrence(l, c);
  struct group group = {.first = (int)e->program->kernels.len};
  TRY(clause_clock(e, c, l->root, loops, n, NULL));
  TRY(lower_clause(e, c, l->root, loops, n, NULL));
  l->e->clock++;
  return lower_group(e, group);
}

/* ---- the result ---- */

static enum status emit_result(struct frame *f, void *user)
{
  struct lowering *l = user;
  const struct expr *x = l->e->model->result;
  struct output out = {.array = f->e->program->value, .mode = OUTPUT_SET, .winner = -1};
  if (x->kind == EXPR_NAME && !x->binder && x->decl->ndim > 0) { /* a single element */
    struct map first = map_constant(0);
    f->body.loc = x->loc;
    out.value = body_read(&f->body, symbol_of(f->e, x->decl)->array, &first);
  } else {
    out.value = lower_expr(f, x).id;
  }
  if (frame_stopped(f)) return f->body.status;
  f->body.kernel.loc = x->loc;
  body_output(&f->body, out);
  return frame_finish(f);
}

static enum status lower_result(struct lowering *l)
{
  struct elab *e = l->e;
  const struct expr *x = e->model->result;
  struct group group = {.first = (int)e->program->kernels.len};
  struct frame f = {.e = e, .full = l->root};
  struct array value = {.kind = ARRAY_COMPUTED, .size = 1, .unknown = -1, .symbol = -1};
  if (x->kind == EXPR_NAME && !x->binder && x->decl->ndim > 0) {
    const struct shape *s = &symbol_of(e, x->decl)->shape;
    if (s->size != 1 || s->hole) {
      struct strbuf shape = {0};
      shape_print(s, &shape);
      enum status status = shape.failed
                               ? diag_no_memory(e->ctx)
                               : FAIL(e->ctx, RETURN_ARRAY, x->loc, x->name, shape.data, x->name);
      strbuf_free(&shape);
      return status;
    }
  }
  e->program->value = program_add_array(e->program, value, "value");
  if (e->program->value < 0) return diag_no_memory(e->ctx);
  TRY(frame_run(&f, emit_result, l));
  return lower_group(e, group);
}

/* ---- the model ---- */

/* A clause is lowered; with the last one the array is complete, and no read of it can be too early.
 */
static void complete(struct lowering *l, const struct clause *c)
{
  struct symbol *s = symbol_of(l->e, c->stmt->decl);
  if (++s->lowered < s->clauses) return;
  mem_free(s->when);
  s->when = NULL;
}

static enum status lower_statements(struct lowering *l)
{
  struct model *m = l->e->model;
  size_t clause = 0, completed = 0;
  for (size_t i = 0; i < m->stmts.len; i++) {
    const struct stmt *s = m->stmts.data[i];
    if (s->kind == STMT_LET || s->kind == STMT_AUX)
      TRY(lower_statement(l, &l->clauses.data[clause++]));
    else if (s->kind == STMT_FOR)
      TRY(lower_block(l, s, &clause));
    else
      continue;
    while (completed < clause) complete(l, &l->clauses.data[completed++]);
  }
  return lower_result(l);
}

enum status lower_model(struct elab *e)
{
  struct lowering l = {.e = e};
  struct domain root = {.kind = DOMAIN_BOX, .count = 1};
  l.root = program_add_domain(e->program, root);
  e->clock = 1;
  enum status status = l.root < 0 ? diag_no_memory(e->ctx) : STATUS_OK;
  if (status == STATUS_OK) status = mark_needed(e);
  if (status == STATUS_OK) status = clauses_find(&l);
  if (status == STATUS_OK) status = clauses_shape(&l);
  if (status == STATUS_OK) status = add_arrays(&l);
  if (status == STATUS_OK) status = lower_statements(&l);
  VEC_FREE(&l.clauses);
  return status;
}
