#include "config.h"

#include "eval/f64_plan.h"

#include <assert.h>
#include <limits.h>
#include <string.h>

/* Maps */

/* Whether an affine map over a box is equidistant in the position: then each loop's step is that of
 * the whole loop in it.  Loops with a single iteration do not matter. */
static bool box_is_flat(const struct domain *d, const struct map *m, int64_t *base, int64_t *stride)
{
  int64_t next = 0;
  bool found = false;
  *base = m->base;
  *stride = 0;
  for (int i = d->ndim - 1; i >= 0; i--) {
    int64_t w = m->coef[i] * d->step[i];
    *base += m->coef[i] * d->lo[i];
    if (d->extent[i] == 1) continue;
    if (!found) *stride = w;
    if (found && w != next) return false;
    next = w * d->extent[i];
    found = true;
  }
  return true;
}

static bool is_constant(const struct domain *d, const struct map *m)
{
  for (int i = 0; i < d->ndim; i++)
    if (m->coef[i]) return false;
  return true;
}

static void plan_access(const struct program *p, const struct domain *d, int array,
                        const struct map *m, struct access *x)
{
  x->array = array;
  x->map = m;
  x->partial = -1;
  x->base = m->base;
  x->stride = 0;
  x->kind = ACCESS_FLAT;
  if (m->kind == MAP_TABLE) {
    x->kind = ACCESS_TABLE;
    x->table = &p->tables.data[m->table];
  } else if (m->kind == MAP_POSITION) {
    x->stride = 1;
  } else if (d->count == 0 || is_constant(d, m)) {
    return;
  } else if (d->kind == DOMAIN_RUNS) {
    x->kind = ACCESS_STEPPED;
  } else if (!box_is_flat(d, m, &x->base, &x->stride)) {
    x->kind = ACCESS_STEPPED;
    x->base = m->base;
    x->stride = m->coef[d->ndim - 1] * d->step[d->ndim - 1];
    int64_t inner = 0; /* what the loops within have moved it by when they end */
    for (int i = d->ndim - 1; i >= 0; i--) {
      x->carry[i] = m->coef[i] * d->step[i] - inner;
      if (i < d->ndim - 1) inner += m->coef[i] * d->step[i] * (d->extent[i] - 1);
    }
  }
}

/* Schedule */

struct scheduler {
  const struct program *p;
  const struct kernel *k;
  struct plan *plan;
  bool *needed, *lane, *done, *absorbed;
  int32_t *sum, *nterms;               /* of each operation that is a sum of products: its terms */
  int32_t *last;                       /* the last instruction that uses a value */
  int32_t *first_output, *next_output; /* of each value, a list of outputs */
};

static int arity(const struct op *op)
{
  return op->code == OP_READ ? 0 : op_table[op->code].arity;
}

static void mark(struct scheduler *s)
{
  const struct kernel *k = s->k;
  for (size_t i = 0; i < k->outputs.len; i++) s->needed[k->outputs.data[i].value] = true;
  for (size_t i = k->ops.len; i-- > 0;) {
    const struct op *op = &k->ops.data[i];
    if (!s->needed[i]) continue;
    if (arity(op) > 0) s->needed[op->a] = true;
    if (arity(op) > 1) s->needed[op->b] = true;
    if (arity(op) > 2) s->needed[op->c] = true;
  }
  for (size_t i = 0; i < k->ops.len; i++) {
    const struct op *op = &k->ops.data[i];
    if (op->code == OP_READ) {
      int array = k->reads.data[op->a].array;
      s->lane[i] = array >= 0 && s->p->arrays.data[array].lane;
    }
    if (arity(op) > 0) s->lane[i] = s->lane[op->a];
    if (arity(op) > 1) s->lane[i] |= s->lane[op->b];
    if (arity(op) > 2) s->lane[i] |= s->lane[op->c];
  }
}

static void emit(struct scheduler *s, int32_t i);

/* The reads that instruction i needs: they come right before their first use, so that they hold no
 * slot for long. */
static void emit_read(struct scheduler *s, int32_t arg, int32_t i)
{
  if (arg >= 0 && s->k->ops.data[arg].code == OP_READ && s->lane[arg] == s->lane[i]) emit(s, arg);
}

static void emit_reads(struct scheduler *s, int32_t i)
{
  const struct op *op = &s->k->ops.data[i];
  const int32_t arg[3] = {op->a, op->b, op->c};
  for (int32_t j = s->sum[i]; j < s->sum[i] + s->nterms[i]; j++) {
    emit_read(s, s->plan->terms[j].a, i);
    emit_read(s, s->plan->terms[j].b, i);
  }
  for (int j = 0; s->nterms[i] == 0 && j < arity(op); j++) emit_read(s, arg[j], i);
}

/* Whether value i is a sum that goes into a single output of its section, and nowhere else. */
static bool goes_out(const struct scheduler *s, int32_t i)
{
  int32_t out = s->first_output[i];
  return s->nterms[i] > 0 && out >= 0 && s->next_output[out] < 0 && s->last[i] < 0 &&
         s->lane[i] == s->plan->lane;
}

static struct insn *new_insn(struct scheduler *s, enum insn_kind kind, int32_t v)
{
  struct insn *insn = &s->plan->insns[s->plan->ninsns++];
  *insn = (struct insn){.kind = kind, .v = v, .slot = -1};
  if (s->nterms[v] > 0 && (kind == INSN_SUM || goes_out(s, v))) {
    insn->term = s->sum[v];
    insn->nterms = s->nterms[v];
  }
  return insn;
}

/* Adds the instruction that makes value i, after the reads that it needs. */
static void emit(struct scheduler *s, int32_t i)
{
  const struct op *op = &s->k->ops.data[i];
  if (s->done[i] || s->absorbed[i]) return;
  s->done[i] = true;
  if (op->code == OP_CONST) return;
  emit_reads(s, i);
  if (goes_out(s, i)) return;
  struct insn *insn = new_insn(s,
                               op->code == OP_READ ? INSN_READ
                               : s->nterms[i] > 0  ? INSN_SUM
                                                   : INSN_OP,
                               i);
  insn->code = op->code;
  insn->arity = arity(op);
  if (insn->kind == INSN_READ) insn->access = op->a;
  insn->a = op->a;
  insn->b = op->b;
  insn->c = op->c;
  insn->k = op->value;
}

static void emit_outputs(struct scheduler *s, int32_t v)
{
  for (int32_t i = s->first_output[v]; i >= 0; i = s->next_output[i])
    new_insn(s, INSN_OUTPUT, v)->access = (int32_t)s->k->reads.len + i;
}

/* Notes which values other instructions use: last[i] ≥ 0. */
static void find_uses(struct scheduler *s)
{
  const struct term *terms = s->plan->terms;
  for (size_t i = 0; i < s->k->ops.len; i++) s->last[i] = -1;
  for (size_t i = 0; i < s->k->ops.len; i++) {
    const struct op *op = &s->k->ops.data[i];
    const int32_t arg[3] = {op->a, op->b, op->c};
    if (!s->needed[i] || s->absorbed[i]) continue;
    for (int32_t j = s->sum[i]; j < s->sum[i] + s->nterms[i]; j++) {
      s->last[terms[j].a] = 0;
      if (terms[j].b >= 0) s->last[terms[j].b] = 0;
    }
    for (int j = 0; s->nterms[i] == 0 && j < arity(op); j++) s->last[arg[j]] = 0;
  }
}

/* Lists the outputs of each value, in their order. */
static void list_outputs(struct scheduler *s)
{
  for (size_t i = 0; i < s->k->ops.len; i++) s->first_output[i] = -1;
  for (int32_t i = (int32_t)s->k->outputs.len; i-- > 0;) {
    int32_t v = s->k->outputs.data[i].value;
    s->next_output[i] = s->first_output[v];
    s->first_output[v] = i;
  }
}

/* One section; outputs come as early as possible. */
static void emit_section(struct scheduler *s, bool lane)
{
  bool outputs = lane == s->plan->lane;
  int32_t n = (int32_t)s->k->ops.len;
  for (int32_t i = 0; i < n; i++) {
    if (!s->needed[i]) continue;
    if (s->lane[i] == lane && s->k->ops.data[i].code != OP_READ) emit(s, i);
    if (outputs && s->k->ops.data[i].code != OP_READ && s->lane[i] <= lane) emit_outputs(s, i);
  }
  for (int32_t i = 0; i < n; i++) {
    if (!s->needed[i] || s->k->ops.data[i].code != OP_READ) continue;
    if (s->lane[i] == lane) emit(s, i);
    if (outputs && s->lane[i] <= lane) emit_outputs(s, i);
  }
}

/* Slots */

/* The values that an instruction uses, at most 2 · TERMS_MAX. */
static int used_by(const struct plan *plan, const struct insn *insn, int32_t *use)
{
  int n = 0;
  if (insn->kind == INSN_READ) return 0;
  for (int32_t j = insn->term; j < insn->term + insn->nterms; j++) {
    use[n++] = plan->terms[j].a;
    if (plan->terms[j].b >= 0) use[n++] = plan->terms[j].b;
  }
  if (n > 0) return n;
  if (insn->kind == INSN_OUTPUT) {
    use[0] = insn->v;
    return 1;
  }
  use[0] = insn->a;
  use[1] = insn->b;
  use[2] = insn->c;
  return op_table[insn->code].arity;
}

static void find_last_uses(struct scheduler *s)
{
  const struct plan *plan = s->plan;
  for (int i = 0; i < plan->ninsns; i++) {
    int32_t use[2 * TERMS_MAX];
    for (int j = used_by(plan, &plan->insns[i], use); j-- > 0;)
      s->last[use[j]] = i >= plan->nuniform && !s->lane[use[j]] ? INT32_MAX : i;
  }
}

/* A linear scan: a slot is free again after the last use of its value.  An instruction's result
 * never shares a slot with its operands (the loops rely on that). */
static void assign_slots(struct scheduler *s, int32_t *slot, int32_t *free_slots)
{
  struct plan *plan = s->plan;
  int nfree = 0;
  for (int i = 0; i < plan->ninsns; i++) {
    struct insn *insn = &plan->insns[i];
    if (insn->kind != INSN_OUTPUT) {
      insn->slot = nfree ? free_slots[--nfree] : plan->nslots++;
      slot[insn->v] = insn->slot;
    }
    int32_t use[2 * TERMS_MAX];
    for (int j = used_by(plan, insn, use); j-- > 0;) {
      if (s->last[use[j]] != i || slot[use[j]] < 0) continue;
      free_slots[nfree++] = slot[use[j]];
      slot[use[j]] = -1;
    }
  }
  for (size_t i = 0; i < s->k->ops.len; i++)
    if (s->last[i] == INT32_MAX && s->k->ops.data[i].code != OP_CONST)
      plan->copied[plan->ncopied++] = (struct copied){(int32_t)i, plan->nslots++};
}

/* Blocks that end with the rows of a box: then stepped maps are equidistant within a block. */
static void plan_rows(struct plan *plan)
{
  const struct domain *d = plan->domain;
  if (plan->ncursors == 0 || d->kind != DOMAIN_BOX || d->extent[d->ndim - 1] < F64_SHORT) return;
  plan->row = d->extent[d->ndim - 1];
  int64_t pieces = (plan->row + F64_BLOCK - 1) / F64_BLOCK;
  plan->piece = (plan->row + pieces - 1) / pieces;
}

static void plan_accesses(const struct program *p, const struct kernel *k, struct plan *plan)
{
  for (int i = 0; i < plan->naccess; i++) {
    bool read = i < plan->nreads;
    const struct read *r = read ? &k->reads.data[i] : NULL;
    const struct output *o = read ? NULL : &k->outputs.data[i - plan->nreads];
    struct access *x = &plan->access[i];
    plan_access(p, plan->domain, read ? r->array : o->array, read ? &r->map : &o->map, x);
    if (x->kind == ACCESS_STEPPED) x->cursor = plan->ncursors++;
  }
  for (size_t i = 0; i < k->outputs.len; i++) {
    bool lane = p->arrays.data[k->outputs.data[i].array].lane;
    assert(i == 0 || lane == plan->lane);
    plan->lane = lane;
  }
  plan_rows(plan);
}

/* Sums, then instructions, then slots. */
static bool schedule(struct arena *arena, struct scheduler *s)
{
  struct plan *plan = s->plan;
  struct arena work = {0};
  size_t nops = s->k->ops.len, nout = s->k->outputs.len;
  s->needed = arena_alloc(&work, nops, sizeof *s->needed);
  s->lane = arena_alloc(&work, nops, sizeof *s->lane);
  s->done = arena_alloc(&work, nops, sizeof *s->done);
  s->absorbed = arena_alloc(&work, nops, sizeof *s->absorbed);
  s->sum = arena_alloc(&work, nops, sizeof *s->sum);
  s->nterms = arena_alloc(&work, nops, sizeof *s->nterms);
  s->last = arena_alloc(&work, nops, sizeof *s->last);
  s->first_output = arena_alloc(&work, nops, sizeof *s->first_output);
  s->next_output = arena_alloc(&work, nout, sizeof *s->next_output);
  int32_t *slot = arena_alloc(&work, nops, sizeof *slot);
  int32_t *free_slots = arena_alloc(&work, nops, sizeof *free_slots);
  bool ok = s->needed && s->lane && s->done && s->absorbed && s->sum && s->nterms && s->last &&
            s->first_output && s->next_output && slot && free_slots;
  if (ok) {
    mark(s);
    list_outputs(s);
    ok = f64_find_sums(arena, s->k, s->needed, s->lane, &plan->terms, s->sum, s->nterms,
                       s->absorbed);
  }
  if (ok) {
    find_uses(s);
    emit_section(s, false);
    plan->nuniform = plan->ninsns;
    if (plan->lane) emit_section(s, true);
    memset(slot, -1, nops * sizeof *slot);
    find_last_uses(s);
    assign_slots(s, slot, free_slots);
  }
  arena_free(&work);
  return ok;
}

enum status f64_plan(struct arena *arena, const struct program *p, const struct group *g,
                     const struct kernel *k, struct plan *plan)
{
  size_t nops = k->ops.len, nreads = k->reads.len, nout = k->outputs.len;
  if (nops + nout > INT32_MAX / 4) return STATUS_LIMIT;
  *plan = (struct plan){.domain = &p->domains.data[k->domain],
                        .order = k->order,
                        .outputs = k->outputs.data,
                        .nreads = (int)nreads,
                        .naccess = (int)(nreads + nout),
                        .nvalues = (int)nops,
                        .ops = k->ops.data};
  struct scheduler s = {.p = p, .k = k, .plan = plan};
  plan->access = arena_alloc(arena, nreads + nout, sizeof *plan->access);
  plan->insns = arena_alloc(arena, nops + nout, sizeof *plan->insns);
  plan->copied = arena_alloc(arena, nops, sizeof *plan->copied);
  if (!plan->access || !plan->insns || !plan->copied) return STATUS_LIMIT;
  plan_accesses(p, k, plan);
  if (!schedule(arena, &s)) return STATUS_LIMIT;
  if (g->nouter == 0 && k->order == 0) f64_plan_superblocks(plan);
  return STATUS_OK;
}
