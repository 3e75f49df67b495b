/* Dependency analysis of bodies: the part that does not depend on the size of the data. */
#include "config.h"

#include "program/depend_parts.h"

#include <stdlib.h>
#include <string.h>

#include "program/transform.h"

static bool kernel_mark_live(struct analysis *t, size_t i)
{
  const struct kernel *k = &t->p->kernels.data[i];
  struct kernel_deps *d = &t->kernels[i];
  bool changed = kernel_reach(k, t->active, t->live, d->live);
  for (size_t j = 0; j < k->ops.len; j++) d->live[j] = d->live[j] && d->active[j];
  return changed;
}

/* Whether the second derivatives of o involve argument `slot`, given which operations are active.
 */
static bool couples(const struct op *o, int slot, const bool *active)
{
  switch (op_table[o->code].class) {
  case CLASS_BILINEAR: return active[o->a] && active[o->b];
  case CLASS_QUOTIENT: return active[o->b] && slot < 2;
  case CLASS_NONLINEAR: return slot < op_table[o->code].arity;
  default: return false;
  }
}

/* need[j]: the set of reads of operation j is asked for by an interaction (or by an output). */
static void mark_needs(const struct analysis *t, size_t i, bool *need)
{
  const struct kernel *k = &t->p->kernels.data[i];
  const struct kernel_deps *d = &t->kernels[i];
  memset(need, 0, k->ops.len * sizeof *need);
  for (size_t j = 0; j < k->outputs.len; j++)
    if (t->needs_sets[k->outputs.data[j].array]) need[k->outputs.data[j].value] = true;
  for (size_t j = k->ops.len; j-- > 0;) {
    const struct op *o = &k->ops.data[j];
    need[j] = need[j] && d->active[j];
    if (o->code == OP_READ) continue;
    for (int slot = 0; slot < op_table[o->code].arity; slot++)
      if ((need[j] && op_passes(o->code, slot)) || (d->live[j] && couples(o, slot, d->active)))
        need[op_arg(o, slot)] = true;
  }
}

static struct readset unite(struct analysis *t, struct readset x, struct readset y)
{
  if (x.count == 0 || x.read == y.read) return y;
  if (y.count == 0) return x;
  int32_t *r = arena_alloc(&t->arena, (size_t)x.count + (size_t)y.count, sizeof *r), n = 0, a = 0,
          b = 0;
  if (!r) return (struct readset){-1, NULL};
  while (a < x.count || b < y.count) {
    int32_t u = a < x.count ? x.read[a] : INT32_MAX, v = b < y.count ? y.read[b] : INT32_MAX;
    r[n++] = u < v ? u : v;
    a += u <= v;
    b += v <= u;
  }
  return (struct readset){n, r};
}

/* Adds all pairs of x and y.  `made` remembers the last product, which chains like exp(exp(s)) ask
 * for again. */
static bool add_product(struct kernel_deps *d, struct readset x, struct readset y,
                        struct readset made[2])
{
  if (x.count == 0 || y.count == 0) return true;
  if (made[0].read == x.read && made[1].read == y.read && made[0].count == x.count &&
      made[1].count == y.count)
    return true;
  made[0] = x;
  made[1] = y;
  for (int32_t a = 0; a < x.count; a++)
    for (int32_t b = x.read == y.read ? a : 0; b < y.count; b++) {
      int32_t u = x.read[a], v = y.read[b];
      struct read_pair pair = {u < v ? u : v, u < v ? v : u};
      if (!VEC_PUSH(&d->pairs, pair)) return false;
    }
  return true;
}

static int compare_pairs(const void *x, const void *y)
{
  const struct read_pair *a = x, *b = y;
  if (a->first != b->first) return a->first < b->first ? -1 : 1;
  return (a->second > b->second) - (a->second < b->second);
}

static bool op_interactions(struct analysis *t, struct kernel_deps *d, const struct op *o,
                            struct readset made[2])
{
  struct readset x = d->set[o->a],
                 y = op_table[o->code].arity > 1 ? d->set[o->b] : (struct readset){0};
  switch (op_table[o->code].class) {
  case CLASS_BILINEAR: return add_product(d, x, y, made);
  case CLASS_QUOTIENT: return add_product(d, x, y, made) && add_product(d, y, y, made);
  case CLASS_NONLINEAR: {
    struct readset all = unite(t, x, y);
    return all.count >= 0 && add_product(d, all, all, made);
  }
  default: return true;
  }
}

/* The read sets that are needed, and the pairs of reads that interact. */
static bool kernel_interactions(struct analysis *t, size_t i, const bool *need)
{
  const struct kernel *k = &t->p->kernels.data[i];
  struct kernel_deps *d = &t->kernels[i];
  struct readset made[2] = {{0}};
  if (!(d->set = arena_alloc(&t->arena, k->ops.len, sizeof *d->set))) return false;
  for (size_t j = 0; j < k->ops.len; j++) {
    const struct op *o = &k->ops.data[j];
    if (o->code == OP_READ && need[j]) {
      int32_t *r = arena_alloc(&t->arena, 1, sizeof *r);
      if (!r) return false;
      *r = o->a;
      d->set[j] = (struct readset){1, r};
      continue;
    }
    for (int slot = 0; need[j] && slot < op_table[o->code].arity; slot++) {
      if (op_passes(o->code, slot)) d->set[j] = unite(t, d->set[j], d->set[op_arg(o, slot)]);
      if (d->set[j].count < 0) return false;
    }
    if (d->live[j] && o->code != OP_READ && !op_interactions(t, d, o, made)) return false;
  }
  if (d->pairs.len == 0) return true;
  qsort(d->pairs.data, d->pairs.len, sizeof *d->pairs.data, compare_pairs);
  size_t m = 1;
  for (size_t j = 1; j < d->pairs.len; j++)
    if (compare_pairs(&d->pairs.data[j], &d->pairs.data[m - 1]))
      d->pairs.data[m++] = d->pairs.data[j];
  d->pairs.len = m;
  return true;
}

/* Marks the computed arrays that interactions, or arrays with sets, are made of. */
static bool mark_arrays(struct analysis *t, size_t i, const bool *need)
{
  const struct kernel *k = &t->p->kernels.data[i];
  bool changed = false;
  for (size_t j = 0; j < k->ops.len; j++) {
    if (k->ops.data[j].code != OP_READ || !need[j] || !t->kernels[i].active[j]) continue;
    int a = k->reads.data[k->ops.data[j].a].array;
    if (t->p->arrays.data[a].kind == ARRAY_COMPUTED && !t->needs_sets[a])
      t->needs_sets[a] = changed = true;
  }
  return changed;
}

enum status depend_bodies(struct analysis *t)
{
  size_t most = 1, nkernels = t->p->kernels.len;
  for (size_t i = 0; i < nkernels; i++) {
    const struct kernel *k = &t->p->kernels.data[i];
    struct kernel_deps *d = &t->kernels[i];
    if (k->ops.len > most) most = k->ops.len;
    d->live = arena_alloc(&t->arena, k->ops.len, sizeof *d->live);
    d->active = arena_alloc(&t->arena, k->ops.len, sizeof *d->active);
    if (!d->live || !d->active) return diag_no_memory(t->ctx);
    kernel_activity(k, t->active, d->active);
  }
  for (bool changed = true; changed;) {
    changed = false;
    for (size_t i = nkernels; i-- > 0;) changed |= kernel_mark_live(t, i);
  }
  bool *need = mem_alloc(most, sizeof *need), ok = need != NULL;
  for (bool changed = true; changed && ok;) {
    changed = false;
    for (size_t i = nkernels; i-- > 0;) {
      mark_needs(t, i, need);
      changed |= mark_arrays(t, i, need);
    }
  }
  for (size_t i = 0; i < nkernels && ok; i++) {
    mark_needs(t, i, need);
    ok = kernel_interactions(t, i, need);
  }
  mem_free(need);
  return ok ? STATUS_OK : diag_no_memory(t->ctx);
}
