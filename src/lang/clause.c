#include "config.h"

#include "lang/clause.h"

#include <limits.h>
#include <math.h>
#include <string.h>

/* The left side; dimensions that are ranges without a name get one. */
static struct expr *left_side(struct elab *e, const struct stmt *s, bool single_is_index)
{
  struct expr *x = elab_expr(e, s->ndims ? EXPR_INDEX : EXPR_NAME, s->ndims, s->name_loc);
  if (!x) return NULL;
  x->name = s->name;
  x->decl = s->decl;
  for (int d = 0; d < s->ndims; d++) {
    struct dim *dim = s->dims[d];
    if (dim->single && single_is_index) {
      x->args[d] = dim->hi;
      continue;
    }
    if (!dim->index) {
      dim->index = arena_alloc(&e->model->arena, 1, sizeof *dim->index);
      if (!dim->index) return NULL;
      dim->index->name = "index";
      dim->index->loc = dim->loc;
      dim->index->is_data = true;
    }
    if (!(x->args[d] = elab_expr(e, EXPR_NAME, 0, dim->loc))) return NULL;
    x->args[d]->name = dim->index->name;
    x->args[d]->binder = dim->index;
  }
  return x;
}

static enum status add_clause(struct lowering *l, struct stmt *s, struct stmt *block)
{
  struct clause c = {s, block, left_side(l->e, s, s->kind == STMT_LET), -1};
  struct symbol *sym = symbol_of(l->e, s->decl);
  int number = (int)l->clauses.len;
  if (!c.lhs || number == INT_MAX || !VEC_PUSH(&l->clauses, c)) return diag_no_memory(l->e->ctx);
  if (sym->clauses++ == 0)
    sym->first_clause = number;
  else
    l->clauses.data[sym->last_clause].next = number;
  sym->last_clause = number;
  sym->in_block |= block != NULL;
  return STATUS_OK;
}

enum status block_open(struct lowering *l, const struct stmt *block, bool single, int *domain,
                       size_t *pushed)
{
  struct loop loops[LOOP_MAX];
  int n = 0;
  for (int i = 0; i < block->nranges; i++)
    for (int k = 0, more = range_loops(l->e, block->ranges[i]); k < more; k++) {
      if (n == LOOP_MAX) return FAIL(l->e->ctx, LOOPS_TOO_DEEP, block->loc, LOOP_MAX);
      loops[n++] = (struct loop){.range = block->ranges[i], .which = k};
    }
  return nest_open(l->e, l->root, loops, n, single, block->loc, domain, pushed);
}

int clause_loops(const struct clause *c, struct loop loops[LOOP_MAX])
{
  int n = 0;
  for (int d = 0; d < c->stmt->ndims; d++)
    if (!(c->stmt->kind == STMT_LET && c->stmt->dims[d]->single))
      loops[n++] = (struct loop){.dim = c->stmt->dims[d]};
  return n;
}

enum status clauses_find(struct lowering *l)
{
  struct model *m = l->e->model;
  for (size_t i = 0; i < m->stmts.len; i++) {
    struct stmt *s = m->stmts.data[i];
    if (s->kind == STMT_LET || s->kind == STMT_AUX) TRY(add_clause(l, s, NULL));
    for (int k = 0; s->kind == STMT_FOR && k < s->nbody; k++)
      if (!s->body[k]->local) TRY(add_clause(l, s->body[k], s));
  }
  reads_count(l->e);
  for (size_t i = 0; i < l->clauses.len; i++) {
    struct symbol *s = symbol_of(l->e, l->clauses.data[i].stmt->decl);
    if (s->clauses == 1 && !s->in_block && s->decl->kind == DECL_LET) s->inlining = inlining_of(s);
  }
  return STATUS_OK;
}

/* ---- index sets ---- */

enum status clause_index(struct elab *e, const struct clause *c, int64_t *index)
{
  for (int d = 0; d < c->lhs->nargs; d++) {
    struct form f;
    bool ok = true;
    if (form_of(e, c->lhs->args[d], &f)) {
      double v = form_value(e, &f, &ok);
      if (ok && fabs(v) < WHOLE_MAX && v == trunc(v)) {
        index[d] = (int64_t)v;
        continue;
      }
    }
    TRY(data_whole(e, c->lhs->args[d], "an index", &index[d]));
  }
  return STATUS_OK;
}

struct bounding {
  const struct clause *c;
  struct shape *shape;
  int64_t count, first[LOOP_MAX];
  bool mark; /* second pass: elements are marked in `hole`, 1: not there yet */
};

static enum status fail_overlap(struct elab *e, const struct clause *c, const int64_t *index)
{
  struct strbuf name = {0};
  shape_print_element(c->stmt->name, index, c->stmt->ndims, &name);
  enum status status = name.failed ? diag_no_memory(e->ctx)
                                   : FAIL(e->ctx, CLAUSES_OVERLAP, c->stmt->name_loc, name.data);
  strbuf_free(&name);
  note_indices(e);
  return status;
}

/* The greatest common divisor, not negative; that of 0 and x is |x|. */
static int64_t common_step(int64_t a, int64_t b)
{
  while (b != 0) {
    int64_t rest = a % b;
    a = b;
    b = rest;
  }
  return a < 0 ? -a : a;
}

static enum status visit_bounds(struct elab *e, int64_t p, void *user)
{
  struct bounding *b = user;
  struct shape *s = b->shape;
  int64_t index[LOOP_MAX];
  (void)p;
  TRY(clause_index(e, b->c, index));
  if (!b->mark) {
    for (int d = 0; d < s->ndim; d++) {
      if (b->count == 0 || index[d] < s->lo[d]) s->lo[d] = index[d];
      if (b->count == 0 || index[d] > s->extent[d]) s->extent[d] = index[d]; /* last, for now */
      if (b->count == 0) b->first[d] = index[d];
      s->step[d] = common_step(s->step[d], index[d] - b->first[d]);
    }
    b->count++;
    return STATUS_OK;
  }
  if (!s->box) {
    bool fresh;
    TRY(shape_add(e->ctx, s, index, &fresh));
    return fresh ? STATUS_OK : fail_overlap(e, b->c, index);
  }
  int64_t offset = 0;
  for (int d = 0; d < s->ndim; d++) offset += (index[d] - s->lo[d]) / s->step[d] * s->stride[d];
  if (!s->hole[offset]) return fail_overlap(e, b->c, index);
  s->hole[offset] = 0;
  return STATUS_OK;
}

static enum status walk_clause(struct lowering *l, const struct clause *c, nest_visit *visit,
                               void *user)
{
  struct elab *e = l->e;
  struct loop loops[LOOP_MAX];
  int n = clause_loops(c, loops), outer = l->root, domain, ndims = e->ndims;
  size_t block_pushed = 0, pushed = 0;
  if (c->block) TRY(block_open(l, c->block, false, &outer, &block_pushed));
  enum status status = nest_open(e, outer, loops, n, false, c->stmt->loc, &domain, &pushed);
  if (status == STATUS_OK) {
    /* Each iteration defines another element: what has no room need not be walked over. */
    double bytes = 8.0 * (double)e->program->domains.data[domain].count;
    status = diag_check_memory_at(e->ctx, c->stmt->decl->loc, bytes, "this array");
    if (status == STATUS_OK) status = nest_walk(e, domain, visit, user);
    nest_close(e, 0, pushed);
  }
  scope_pop(e, block_pushed);
  e->ndims = ndims;
  return status;
}

/* A let with one clause outside of blocks over a box is that box. */
static enum status simple_shape(struct lowering *l, const struct clause *c, struct shape *s,
                                bool *done)
{
  struct elab *e = l->e;
  *done = c->block == NULL;
  memset(s, 0, sizeof *s);
  s->ndim = c->stmt->ndims;
  for (int d = 0; d < s->ndim && *done; d++) {
    struct loop loop = {.dim = c->stmt->dims[d], .one = c->stmt->dims[d]->single};
    struct span span;
    if (!loop_is_fixed(e, &loop)) {
      *done = false;
      break;
    }
    TRY(loop_span(e, &loop, &span));
    s->lo[d] = span.lo;
    s->step[d] = span.step;
    s->extent[d] = span.count;
  }
  if (!*done) {
    memset(s, 0, sizeof *s);
    return STATUS_OK;
  }
  return shape_box(e->ctx, c->stmt->loc, s);
}

/* The union of all clauses: a box of steps (perhaps with holes) if that is not much larger, else a
 * list. */
static enum status union_shape(struct lowering *l, const struct decl *decl, struct shape *s)
{
  struct elab *e = l->e;
  struct bounding b = {.shape = s};
  double volume = 1;
  memset(s, 0, sizeof *s);
  s->ndim = decl->ndim;
  for (int pass = 0; pass < 2; pass++) {
    for (int i = symbol_of(e, decl)->first_clause; i >= 0; i = b.c->next) {
      b.c = &l->clauses.data[i];
      TRY(walk_clause(l, b.c, visit_bounds, &b));
    }
    if (pass == 1) break;
    for (int d = 0; d < s->ndim; d++) {
      if (s->step[d] == 0) s->step[d] = 1;
      s->extent[d] = b.count ? (s->extent[d] - s->lo[d]) / s->step[d] + 1 : 0;
      volume *= (double)s->extent[d];
    }
    if (volume <= 4 * (double)b.count + 1024) {
      TRY(shape_box(e->ctx, decl->loc, s));
      if (!(s->hole = mem_alloc((size_t)s->size, 1))) return diag_no_memory(e->ctx);
      memset(s->hole, 1, (size_t)s->size);
    } else {
      memset(s, 0, sizeof *s);
      s->ndim = decl->ndim;
    }
    b.mark = true;
  }
  if (s->box && b.count == s->size) { /* no holes */
    mem_free(s->hole);
    s->hole = NULL;
  }
  return STATUS_OK;
}

enum status clauses_shape(struct lowering *l)
{
  struct elab *e = l->e;
  for (size_t i = 0; i < l->clauses.len; i++) {
    const struct clause *c = &l->clauses.data[i];
    struct symbol *s = symbol_of(e, c->stmt->decl);
    bool done = false;
    if (c->stmt->kind != STMT_LET || s->first_clause != (int)i) continue;
    if (c->stmt->decl->ndim == 0) {
      shape_scalar(&s->shape);
      continue;
    }
    if (s->clauses == 1) TRY(simple_shape(l, c, &s->shape, &done));
    if (!done) TRY(union_shape(l, c->stmt->decl, &s->shape));
  }
  return STATUS_OK;
}
