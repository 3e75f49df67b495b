/* For blocks to kernels. */
#include "config.h"

#include "lang/clause.h"

#include <string.h>

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
  int level;
  TRY(clause_carried(b->l->e, s->c, b->home.full, s->loops, s->nloops, &level));
  s->serial = level > b->home.ndims ? level - b->home.ndims : 0;
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
  enum status status = (clock ? clause_clock : lower_clause)(e, s->c, outer, s->loops + s->serial,
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
    t.carried |= expr_any(b->stmt->body[i]->expr, visit_coupling, &t);
  b->sequential = t.carried;
  TRY(plan_block(b));
  TRY(block_statements(b, true));
  e->clock = clock;
  TRY(block_statements(b, false));
  if (!b->sequential) return lower_group(e, group);
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
  return lower_group(e, group);
}

enum status lower_block(struct lowering *l, const struct stmt *stmt, size_t *clause)
{
  struct elab *e = l->e;
  struct blocking b = {.l = l, .stmt = stmt, .home = {.e = e}};
  size_t pushed;
  int ndims = e->ndims;
  b.body = mem_zalloc((size_t)stmt->nbody, sizeof *b.body);
  if (!b.body) return diag_no_memory(e->ctx);
  enum status status = block_open(l, stmt, true, &b.home.full, &pushed);
  bool opened = status == STATUS_OK;
  for (int i = 0; i < stmt->nbody && status == STATUS_OK; i++) {
    if (stmt->body[i]->local) continue;
    struct block_stmt *s = &b.body[b.nbody++];
    s->c = &l->clauses.data[(*clause)++];
    s->nloops = clause_loops(s->c, s->loops);
    status = clock_start(e, symbol_of(e, s->c->stmt->decl));
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
