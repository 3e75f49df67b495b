/* Statements to kernels. */
#include "config.h"

#include "lang/lower.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#include "lang/declare.h"
#include "lang/lowering.h"
#include "lang/needed.h"

/* A clause of a let (or an aux): its statement, the for block that it is in, and its left side as
 * an expression, NAME[index, …]. */
struct clause {
  struct stmt *stmt, *block;
  struct expr *lhs;
  int next; /* clause of the same let, or -1 */
};

struct lowering {
  struct elab *e;
  VEC(struct clause) clauses; /* in order of the model */
  int root;                   /* the domain of a single iteration */
};

/* ---- frames ---- */

bool frame_stopped(const struct frame *f)
{
  return f->body.status != STATUS_OK;
}

void frame_fail(struct frame *f, enum status status)
{
  if (f->body.status == STATUS_OK) f->body.status = status;
}

bool frame_single(const struct frame *f)
{
  return f->sequence && f->e->program->domains.data[f->sequence->outer].ndim == f->ndims;
}

int frame_array(struct frame *f, const char *name, int64_t size, double fill)
{
  if (frame_stopped(f)) return -1;
  struct array a = {
      .kind = ARRAY_COMPUTED, .size = size, .unknown = -1, .symbol = -1, .fill = fill};
  enum status status =
      diag_check_memory_at(f->e->ctx, f->body.loc, 8.0 * (double)size, "the terms of this");
  int array = status == STATUS_OK ? program_add_array(f->e->program, a, name) : -1;
  if (status == STATUS_OK && array < 0) status = diag_no_memory(f->e->ctx);
  if (array < 0) frame_fail(f, status);
  return array;
}

enum status clock_map(struct elab *e, const struct sequence *s, int domain, struct map *outer)
{
  if (s) return nest_position(e, domain, s->outer, outer);
  *outer = map_constant(0);
  return STATUS_OK;
}

int64_t clock_time(const struct elab *e, const struct sequence *s, int64_t position)
{
  if (!s) return e->clock;
  return s->clock + (s->ticks ? s->ticks[position] : position * s->statements + s->rank);
}

enum status frame_finish(struct frame *f)
{
  int domain = f->domain;
  if (frame_stopped(f)) return f->body.status;
  const struct sequence *s = f->sequence;
  if (s) TRY(nest_slabs(f->e, &domain, s->outer, s->ticks, s->nticks));
  f->body.kernel.domain = domain;
  return body_finish(&f->body, f->e->program);
}

/* Takes back what a body that must be started again has added. */
static void roll_back(struct elab *e, size_t arrays, size_t kernels)
{
  struct program *p = e->program;
  while (p->kernels.len > kernels) kernel_free(&p->kernels.data[--p->kernels.len]);
  while (p->arrays.len > arrays) mem_free(p->arrays.data[--p->arrays.len].name);
  for (size_t i = 0; i < e->scope.len; i++)
    if (e->scope.data[i].array >= (int)arrays) e->scope.data[i].array = -1;
}

enum status frame_run(struct frame *f, frame_emit *emit, void *user)
{
  struct elab *e = f->e;
  VEC(int) todo = {0};
  enum status status = VEC_PUSH(&todo, f->full) ? STATUS_OK : diag_no_memory(e->ctx);
  while (todo.len > 0 && status == STATUS_OK) {
    size_t arrays = e->program->arrays.len, kernels = e->program->kernels.len;
    int depth = e->depth;
    f->domain = todo.data[--todo.len];
    if (e->program->domains.data[f->domain].count == 0) continue;
    body_init(&f->body, e->ctx, f->domain, NO_LOC);
    f->serial = ++e->bodies;
    f->split = false;
    f->expanded = 0;
    status = emit(f, user);
    body_free(&f->body);
    if (!f->split) continue;
    roll_back(e, arrays, kernels);
    e->depth = depth;
    status = STATUS_OK;
    for (int i = f->pieces.count; i-- > 0 && status == STATUS_OK;)
      if (!VEC_PUSH(&todo, f->pieces.domain[i])) status = diag_no_memory(e->ctx);
  }
  VEC_FREE(&todo);
  return status;
}

/* ---- clauses ---- */

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

/* Opens the loops of the ranges of a for block. */
static enum status open_block(struct lowering *l, const struct stmt *block, bool single,
                              int *domain, size_t *pushed)
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

/* The loops of a clause's dimensions: those that are not single indices. */
static int clause_loops(const struct clause *c, struct loop loops[LOOP_MAX])
{
  int n = 0;
  for (int d = 0; d < c->stmt->ndims; d++)
    if (!(c->stmt->kind == STMT_LET && c->stmt->dims[d]->single))
      loops[n++] = (struct loop){.dim = c->stmt->dims[d]};
  return n;
}

/* ---- shapes of lets ---- */

static enum status clause_index(struct elab *e, const struct clause *c, int64_t *index)
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
  strbuf_puts(&name, c->stmt->name);
  for (int d = 0; d < c->stmt->ndims; d++) {
    strbuf_putc(&name, d ? ',' : '[');
    strbuf_int(&name, index[d]);
  }
  strbuf_putc(&name, ']');
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
  if (c->block) TRY(open_block(l, c->block, false, &outer, &block_pushed));
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

static enum status shape_lets(struct lowering *l)
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

static enum status start_clock(struct lowering *l, struct symbol *s)
{
  if (s->when || s->decl->ndim == 0) return STATUS_OK;
  s->when = mem_alloc((size_t)s->shape.size, sizeof *s->when);
  if (!s->when) return diag_no_memory(l->e->ctx);
  for (int64_t k = 0; k < s->shape.size; k++) s->when[k] = INT64_MAX;
  return STATUS_OK;
}

/* ---- reads of arrays that are being defined ---- */

typedef bool expr_test(const struct expr *x, void *user);

static bool any_below(const struct expr *x, expr_test *test, void *user, int depth, int64_t *nodes)
{
  if (depth > EXPANSION_MAX || ++*nodes > EXPANDED_MAX || test(x, user)) return true;
  for (int i = 0; i < x->nargs; i++)
    if (any_below(x->args[i], test, user, depth + 1, nodes)) return true;
  return x->kind == EXPR_CALL && x->decl && any_below(x->decl->body, test, user, depth + 1, nodes);
}

/* Whether test holds for some node of x, bodies of defs included; true also if they are too many
 * to tell (then the lowering of x will fail for that). */
static bool any_node(const struct expr *x, expr_test *test, void *user)
{
  int64_t nodes = 0;
  return any_below(x, test, user, 0, &nodes);
}

static bool reads_decl(const struct expr *x, void *user)
{
  return (x->kind == EXPR_INDEX || (x->kind == EXPR_NAME && !x->binder)) && x->decl == user;
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

/* ---- statements ---- */

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
  roll_back(e, arrays, kernels);
  e->depth = depth;
  e->ndims = ndims;
  return STATUS_OK;
}

/* Lowers a clause inside the loops that are open (domain `outer`). */
static enum status lower_clause(struct elab *e, const struct clause *c, int outer,
                                const struct loop *loops, int nloops,
                                const struct sequence *sequence)
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

static enum status clock_clause(struct elab *e, const struct clause *c, int outer,
                                const struct loop *loops, int nloops,
                                const struct sequence *sequence)
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

static enum status add_group(struct lowering *l, struct group group)
{
  struct program *p = l->e->program;
  group.count = (int)p->kernels.len - group.first;
  if (group.count == 0) return STATUS_OK;
  return program_add_group(p, group) < 0 ? diag_no_memory(l->e->ctx) : STATUS_OK;
}

/* A clause that reads its own array: the loops that carry the recurrence are outer loops of a
 * sequential group, the others run inside it. */
static enum status lower_recurrence(struct lowering *l, const struct clause *c)
{
  struct elab *e = l->e;
  struct loop loops[LOOP_MAX];
  int n = clause_loops(c, loops), outer, all;
  struct carrying t = {.e = e, .c = c, .ndims = n};
  struct group group = {.first = (int)e->program->kernels.len};
  size_t pushed;
  TRY(nest_open(e, l->root, loops, n, false, c->stmt->loc, &all, &pushed));
  if (any_node(c->stmt->expr, visit_carrying, &t)) t.level = n;
  nest_close(e, n, pushed);
  if (t.level > n) t.level = n;
  TRY(nest_open(e, l->root, loops, t.level, true, c->stmt->loc, &outer, &pushed));
  struct sequence sequence = {.outer = outer, .clock = e->clock, .statements = 1};
  struct sequence *used = t.level > 0 ? &sequence : NULL;
  enum status status = clock_clause(e, c, outer, loops + t.level, n - t.level, used);
  if (status == STATUS_OK) status = lower_clause(e, c, outer, loops + t.level, n - t.level, used);
  nest_close(e, t.level, pushed);
  TRY(status);
  e->clock += t.level > 0 ? e->program->domains.data[outer].count + 1 : 1;
  group.nouter = t.level;
  group.outer = outer;
  return add_group(l, group);
}

static enum status lower_statement(struct lowering *l, const struct clause *c)
{
  struct elab *e = l->e;
  struct symbol *s = symbol_of(e, c->stmt->decl);
  struct loop loops[LOOP_MAX];
  int n = clause_loops(c, loops);
  bool let = c->stmt->kind == STMT_LET;
  bool recurrence = let && any_node(c->stmt->expr, reads_decl, c->stmt->decl);
  if (let && (recurrence || s->in_block || s->clauses > 1)) TRY(start_clock(l, s));
  if (recurrence && n > 0) return lower_recurrence(l, c);
  struct group group = {.first = (int)e->program->kernels.len};
  TRY(clock_clause(e, c, l->root, loops, n, NULL));
  TRY(lower_clause(e, c, l->root, loops, n, NULL));
  l->e->clock++;
  return add_group(l, group);
}

/* ---- for blocks ---- */

/* Whether every read of an array of the block is of the element that the same iteration sets: then
 * its statements may run one after another, each for all iterations. */
struct coupling {
  struct lowering *l;
  const struct stmt *block;
  bool carried;
};

static bool visit_coupling(const struct expr *x, void *user)
{
  struct coupling *t = user;
  struct elab *e = t->l->e;
  if ((x->kind != EXPR_INDEX && !(x->kind == EXPR_NAME && x->is_array)) || !x->decl ||
      x->decl->kind != DECL_LET)
    return false;
  const struct clause *c;
  for (int i = symbol_of(e, x->decl)->first_clause; i >= 0; i = c->next) {
    c = &t->l->clauses.data[i];
    if (c->block != t->block) continue;
    bool loops[LOOP_MAX] = {false};
    if (x->kind == EXPR_NAME) return t->carried = true;
    for (int d = 0; d < x->nargs; d++) {
      struct form to, from;
      /* dimensions of the clause's own loops do not matter; those are not in scope here */
      if (!form_of(e, c->lhs->args[d], &to) || !form_is_affine(&to)) continue;
      if (!form_of(e, x->args[d], &from) || memcmp(&to, &from, sizeof to) != 0) continue;
      for (int k = 0; k < e->ndims; k++) loops[k] |= to.coef[k] != 0;
    }
    for (int k = 0; k < e->ndims; k++)
      if (!loops[k]) return t->carried = true;
  }
  return false;
}

/* A statement of a sequential block: its loops of which the first `serial` carry a recurrence
 * inside an iteration of the block (u[t, j] from u[t, j-1]). */
struct block_stmt {
  const struct clause *c;
  struct loop loops[LOOP_MAX];
  int nloops, serial;
  struct sequence sequence; /* of its kernels */
  struct sequence home;     /* of what it stores in the block's own loops */
};

struct blocking {
  struct lowering *l;
  const struct stmt *stmt;
  struct frame home; /* the block's loops */
  bool sequential;
  struct block_stmt *body; /* the lets that are not local */
  int nbody;
};

static enum status find_serial_loops(struct blocking *b, struct block_stmt *s)
{
  struct elab *e = b->l->e;
  struct carrying t = {.e = e, .c = s->c, .ndims = b->home.ndims + s->nloops};
  int domain;
  size_t pushed;
  TRY(nest_open(e, b->home.full, s->loops, s->nloops, false, s->c->stmt->loc, &domain, &pushed));
  if (any_node(s->c->stmt->expr, visit_carrying, &t)) t.level = t.ndims;
  nest_close(e, s->nloops, pushed);
  s->serial = t.level > b->home.ndims ? t.level - b->home.ndims : 0;
  return STATUS_OK;
}

/* Numbers the ticks of a block some of whose statements take several in an iteration. */
static enum status number_ticks(struct blocking *b)
{
  struct elab *e = b->l->e;
  int64_t count = e->program->domains.data[b->home.full].count, tick = 0;
  int64_t *next = mem_zalloc((size_t)b->nbody, sizeof *next);
  enum status status = next ? STATUS_OK : diag_no_memory(e->ctx);
  for (int i = 0; i < b->nbody && status == STATUS_OK; i++) {
    struct block_stmt *s = &b->body[i];
    int64_t own = e->program->domains.data[s->sequence.outer].count;
    s->sequence.ticks = mem_alloc((size_t)own, sizeof *s->sequence.ticks);
    s->home.ticks = mem_alloc((size_t)count, sizeof *s->home.ticks);
    if (!s->sequence.ticks || !s->home.ticks) status = diag_no_memory(e->ctx);
  }
  for (int64_t q = 0; q < count && status == STATUS_OK; q++) {
    int64_t index[LOOP_MAX], at[LOOP_MAX];
    domain_indices(&e->program->domains.data[b->home.full], q, index);
    for (int i = 0; i < b->nbody; i++) {
      struct block_stmt *s = &b->body[i];
      const struct domain *d = &e->program->domains.data[s->sequence.outer];
      s->home.ticks[q] = tick++;
      while (next[i] < d->count) {
        domain_indices(d, next[i], at);
        if (memcmp(index, at, (size_t)b->home.ndims * sizeof *at) != 0) break;
        s->sequence.ticks[next[i]++] = tick++;
      }
    }
  }
  mem_free(next);
  for (int i = 0; i < b->nbody; i++) b->body[i].sequence.nticks = b->body[i].home.nticks = tick;
  return status;
}

static enum status plan_block(struct blocking *b)
{
  struct elab *e = b->l->e;
  bool ticks = false;
  for (int i = 0; i < b->nbody; i++) {
    TRY(find_serial_loops(b, &b->body[i]));
    ticks |= b->body[i].serial > 0;
  }
  b->sequential |= ticks;
  if (!b->sequential) return STATUS_OK;
  for (int i = 0; i < b->nbody; i++) {
    struct block_stmt *s = &b->body[i];
    size_t pushed;
    s->home = (struct sequence){
        .outer = b->home.full, .clock = e->clock, .rank = i, .statements = b->nbody};
    s->sequence = s->home;
    TRY(nest_open(e, b->home.full, s->loops, s->serial, true, s->c->stmt->loc, &s->sequence.outer,
                  &pushed));
    nest_close(e, s->serial, pushed);
  }
  return ticks ? number_ticks(b) : STATUS_OK;
}

/* Either notes when the statement sets its elements, or lowers it. */
static enum status lower_block_stmt(struct blocking *b, struct block_stmt *s, bool clock)
{
  struct elab *e = b->l->e;
  int outer;
  size_t pushed;
  const struct sequence *sequence = b->sequential ? &s->sequence : NULL;
  b->home.sequence = b->sequential ? &s->home : NULL;
  TRY(nest_open(e, b->home.full, s->loops, s->serial, true, s->c->stmt->loc, &outer, &pushed));
  if (sequence) s->sequence.outer = outer;
  enum status status = (clock ? clock_clause : lower_clause)(e, s->c, outer, s->loops + s->serial,
                                                             s->nloops - s->serial, sequence);
  nest_close(e, s->serial, pushed);
  if (!sequence) e->clock++;
  return status;
}

/* The statements in order, local lets brought into scope as they come. */
static enum status block_statements(struct blocking *b, bool clock)
{
  struct elab *e = b->l->e;
  enum status status = STATUS_OK;
  size_t pushed = 0;
  int k = 0;
  for (int i = 0; i < b->stmt->nbody && status == STATUS_OK; i++) {
    struct stmt *s = b->stmt->body[i];
    if (!s->local) {
      status = lower_block_stmt(b, &b->body[k++], clock);
      continue;
    }
    struct binding local = {.kind = BIND_EXPR, .expr = s->expr, .frame = &b->home};
    status = scope_push(e, s->local, local);
    pushed += status == STATUS_OK;
  }
  scope_pop(e, pushed);
  return status;
}

static enum status run_block(struct blocking *b)
{
  struct elab *e = b->l->e;
  struct coupling t = {.l = b->l, .block = b->stmt};
  struct group group = {.first = (int)e->program->kernels.len};
  int64_t clock = e->clock, outer = e->program->domains.data[b->home.full].count;
  for (int i = 0; i < b->stmt->nbody; i++)
    t.carried |= any_node(b->stmt->body[i]->expr, visit_coupling, &t);
  b->sequential = t.carried;
  TRY(plan_block(b));
  TRY(block_statements(b, true));
  e->clock = clock;
  TRY(block_statements(b, false));
  if (!b->sequential) return add_group(b->l, group);
  bool ticks = b->nbody > 0 && b->body[0].home.ticks;
  group.nouter = b->home.ndims;
  group.outer = b->home.full;
  if (ticks) {
    struct domain d = {.kind = DOMAIN_BOX, .ndim = 1, .count = b->body[0].home.nticks};
    d.step[0] = 1;
    d.extent[0] = outer = d.count;
    group.nouter = 1;
    if ((group.outer = program_add_domain(e->program, d)) < 0) return diag_no_memory(e->ctx);
  }
  e->clock = clock + outer * b->nbody + 1;
  return add_group(b->l, group);
}

static enum status lower_block(struct lowering *l, const struct stmt *stmt, size_t *clause)
{
  struct elab *e = l->e;
  struct blocking b = {.l = l, .stmt = stmt, .home = {.e = e}};
  size_t pushed;
  int ndims = e->ndims;
  b.body = mem_zalloc((size_t)stmt->nbody, sizeof *b.body);
  if (!b.body) return diag_no_memory(e->ctx);
  enum status status = open_block(l, stmt, true, &b.home.full, &pushed);
  bool opened = status == STATUS_OK;
  for (int i = 0; i < stmt->nbody && status == STATUS_OK; i++) {
    if (stmt->body[i]->local) continue;
    struct block_stmt *s = &b.body[b.nbody++];
    s->c = &l->clauses.data[(*clause)++];
    s->nloops = clause_loops(s->c, s->loops);
    status = start_clock(l, symbol_of(e, s->c->stmt->decl));
  }
  b.home.domain = b.home.full;
  b.home.ndims = e->ndims;
  if (status == STATUS_OK) status = run_block(&b);
  if (opened) nest_close(e, e->ndims - ndims, pushed);
  for (int i = 0; i < b.nbody; i++) {
    mem_free(b.body[i].sequence.ticks);
    mem_free(b.body[i].home.ticks);
  }
  mem_free(b.body);
  return status;
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
  return add_group(l, group);
}

/* ---- the model ---- */

static enum status find_clauses(struct lowering *l)
{
  struct model *m = l->e->model;
  for (size_t i = 0; i < m->stmts.len; i++) {
    struct stmt *s = m->stmts.data[i];
    if (s->kind == STMT_LET || s->kind == STMT_AUX) TRY(add_clause(l, s, NULL));
    for (int k = 0; s->kind == STMT_FOR && k < s->nbody; k++)
      if (!s->body[k]->local) TRY(add_clause(l, s->body[k], s));
  }
  for (size_t i = 0; i < l->clauses.len; i++) {
    struct symbol *s = symbol_of(l->e, l->clauses.data[i].stmt->decl);
    if (s->clauses == 1 && !s->in_block && s->decl->kind == DECL_LET)
      s->inlining = inlining_of(m, s->decl);
  }
  return STATUS_OK;
}

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
  if (status == STATUS_OK) status = find_clauses(&l);
  if (status == STATUS_OK) status = shape_lets(&l);
  if (status == STATUS_OK) status = add_arrays(&l);
  if (status == STATUS_OK) status = lower_statements(&l);
  VEC_FREE(&l.clauses);
  return status;
}
