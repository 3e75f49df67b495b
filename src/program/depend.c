/* Dependency analysis.
 *
 * Per kernel body, once: which pairs of reads interact nonlinearly on a path that enters the result
 * (operator classes of ops.def).  Then each pair is instantiated through the index maps: reads of
 * variables are single unknowns, reads of intermediates carry sets of unknowns.  Only intermediates
 * that take part in a nonlinear interaction get sets; what enters the result linearly needs none.
 * The rules are those of forward-mode structural Hessians (Griewank and Walther, "Evaluating
 * Derivatives", 2nd ed., section 7.3), with classes as tight as the language promises. */
#include "config.h"

#include "program/depend.h"

#include "program/depsets.h"
#include "program/transform.h"
#include "sparse/rows.h"

#include <stdlib.h>
#include <string.h>

/* The reads that an operation depends on, ascending. */
struct readset {
  int32_t count;
  const int32_t *read;
};

struct read_pair {
  int32_t first, second; /* first ≤ second */
};

struct kernel_deps {
  bool *live;          /* per operation: enters the result with a derivative */
  bool *active;        /* per operation: depends on the unknowns */
  struct readset *set; /* per operation, where needed */
  VEC(struct read_pair) pairs;
};

/* The entries x × y and their mirror images. */
struct rectangle {
  struct interval x, y;
};
enum { HELD_MAX = 8 };

struct analysis {
  struct context *ctx;
  const struct program *p;
  struct arena arena;
  bool *active;                 /* per array */
  bool *live;                   /* per array: enters the result with a derivative */
  unsigned char **element_live; /* the same for the elements of live computed arrays */
  bool *whole;                  /* per array: all elements are live */
  bool *needs_sets;             /* per array */
  int32_t **sets;               /* per array: the set of each element */
  struct kernel_deps *kernels;
  struct depsets store;
  struct depunion join;
  uint64_t *seen; /* pairs of sets that were instantiated; 0: free */
  size_t nseen, seen_cap;
  struct rectangle held[HELD_MAX]; /* not written down yet */
  int nheld, next;
  enum status status; /* the first failure while entries are counted or filled */
};

/* ---- per body ---- */

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

static enum status analyse_bodies(struct analysis *t)
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

/* ---- through the index maps ---- */

/* The offsets of a read (or output) along a stretch of iterations. */
struct cursor {
  int64_t at, stride;
  const struct table *table;
  int64_t p;
};

static struct cursor cursor_at(const struct program *p, const struct map *m,
                               const struct stretch *s, int ndim)
{
  struct cursor c = {.p = s->p};
  if (m->kind == MAP_TABLE)
    c.table = &p->tables.data[m->table];
  else
    c.at = map_stretch(m, s, ndim, &c.stride);
  return c;
}

static int64_t cursor_offset(const struct cursor *c, int64_t k)
{
  return c->table ? table_get(c->table, c->p + k) : c->at + k * c->stride;
}

/* What a read depends on in iteration k of the stretch: the number of a set, or -1 and a single
 * unknown. */
static int32_t read_dependencies(const struct analysis *t, const struct read *r,
                                 const struct cursor *c, int64_t k, struct interval *own)
{
  int64_t offset = cursor_offset(c, k);
  const struct array *a = &t->p->arrays.data[r->array];
  if (a->kind != ARRAY_VARIABLE) return t->sets[r->array][offset];
  own->lo = own->hi = (int32_t)(a->unknown + offset);
  return -1;
}

/* ---- elements that enter the result ---- */

/* Marks the elements that a read sees along a stretch. */
static void mark_read(const struct analysis *t, const struct read *r, const struct cursor *c,
                      int64_t first, int64_t len)
{
  unsigned char *live = t->element_live[r->array];
  if (!live) return;
  if (!c->table && c->stride == 1)
    memset(live + cursor_offset(c, first), 1, (size_t)len);
  else
    for (int64_t n = first; n < first + len; n++) live[cursor_offset(c, n)] = 1;
}

/* Iterations of kernel i in [begin, end) whose output is live make what they read live.  In the
 * Program as it is lowered a kernel has one output. */
static void mark_stretch(const struct analysis *t, size_t i, const struct stretch *s)
{
  const struct kernel *k = &t->p->kernels.data[i];
  const struct output *out = &k->outputs.data[0];
  int ndim = t->p->domains.data[k->domain].ndim;
  const unsigned char *live = t->element_live[out->array];
  struct cursor to = cursor_at(t->p, &out->map, s, ndim);
  for (size_t j = 0; j < k->ops.len; j++) {
    if (k->ops.data[j].code != OP_READ || !t->kernels[i].live[j]) continue;
    const struct read *r = &k->reads.data[k->ops.data[j].a];
    struct cursor from = cursor_at(t->p, &r->map, s, ndim);
    if (t->whole[out->array]) {
      mark_read(t, r, &from, 0, s->len);
      continue;
    }
    for (int64_t n = 0; n < s->len; n++)
      if (live[cursor_offset(&to, n)]) mark_read(t, r, &from, n, 1);
  }
}

static void mark_slab(const struct analysis *t, size_t i, int64_t begin, int64_t end)
{
  const struct kernel *k = &t->p->kernels.data[i];
  const struct domain *d = &t->p->domains.data[k->domain];
  struct stretch s;
  int64_t hint = 0;
  if (!t->live[k->outputs.data[0].array]) return;
  if (k->order) {
    for (int64_t p = end; p-- > begin;) {
      domain_stretch(d, p, p + 1, &hint, &s);
      mark_stretch(t, i, &s);
    }
    return;
  }
  for (int64_t p = begin; p < end; p += s.len) {
    domain_stretch(d, p, end, &hint, &s);
    mark_stretch(t, i, &s);
  }
}

/* Backwards through the groups, from the result. */
static enum status find_live_elements(struct analysis *t)
{
  const struct program *p = t->p;
  for (size_t a = 0; a < p->arrays.len; a++) {
    if (!t->live[a] || p->arrays.data[a].kind != ARRAY_COMPUTED) continue;
    t->element_live[a] = mem_zalloc((size_t)p->arrays.data[a].size, 1);
    if (!t->element_live[a]) return diag_no_memory(t->ctx);
  }
  if (p->value >= 0 && t->element_live[p->value]) t->element_live[p->value][0] = 1;
  for (size_t g = p->groups.len; g-- > 0;) {
    const struct group *group = &p->groups.data[g];
    for (int64_t o = group_outer_count(p, group); o-- > 0;)
      for (int i = group->count; i-- > 0;) {
        size_t k = (size_t)(group->first + i);
        int a = p->kernels.data[k].outputs.data[0].array;
        int64_t begin, end;
        if (group->nouter == 0 && t->live[a]) /* what reads it comes later and has been seen */
          t->whole[a] = !memchr(t->element_live[a], 0, (size_t)p->arrays.data[a].size);
        domain_slab(&p->domains.data[p->kernels.data[k].domain], group->nouter, o, &begin, &end);
        mark_slab(t, k, begin, end);
      }
  }
  for (size_t a = 0; a < p->arrays.len; a++)
    if (t->element_live[a])
      t->whole[a] = !memchr(t->element_live[a], 0, (size_t)p->arrays.data[a].size);
  return STATUS_OK;
}

/* ---- sets of intermediates ---- */

/* Ends the union for one element: joins what was there. */
static enum status store_union(struct analysis *t, int32_t *element)
{
  TRY(depunion_add_set(t->ctx, &t->join, &t->store, *element));
  return depunion_take(t->ctx, &t->join, &t->store, element);
}

/* The positions [begin, end) of kernel i add to the sets of output j. */
static enum status output_sets(struct analysis *t, size_t i, size_t j, int64_t begin, int64_t end)
{
  const struct kernel *k = &t->p->kernels.data[i];
  const struct domain *d = &t->p->domains.data[k->domain];
  const struct output *out = &k->outputs.data[j];
  struct readset reads = t->kernels[i].set[out->value];
  int32_t *sets = t->sets[out->array];
  struct cursor *cursors = mem_alloc((size_t)reads.count, sizeof *cursors);
  if (!cursors) return diag_no_memory(t->ctx);
  enum status status = STATUS_OK;
  int64_t hint = 0, target = -1;
  struct stretch s;
  for (int64_t p = begin; p < end && status == STATUS_OK; p += s.len) {
    domain_stretch(d, p, end, &hint, &s);
    struct cursor to = cursor_at(t->p, &out->map, &s, d->ndim);
    bool still = to.stride == 0 && !to.table; /* one iteration stands for all */
    for (int32_t r = 0; r < reads.count; r++) {
      cursors[r] = cursor_at(t->p, &k->reads.data[reads.read[r]].map, &s, d->ndim);
      still = still && cursors[r].stride == 0 && !cursors[r].table;
    }
    for (int64_t n = 0; n < (still ? 1 : s.len) && status == STATUS_OK; n++) {
      int64_t now = cursor_offset(&to, n);
      if (now != target && target >= 0) status = store_union(t, &sets[target]);
      target = now;
      for (int32_t r = 0; r < reads.count && status == STATUS_OK; r++) {
        struct interval own;
        int32_t set = read_dependencies(t, &k->reads.data[reads.read[r]], &cursors[r], n, &own);
        status = set < 0 ? depunion_add(t->ctx, &t->join, own)
                         : depunion_add_set(t->ctx, &t->join, &t->store, set);
      }
    }
  }
  if (target >= 0 && status == STATUS_OK) status = store_union(t, &sets[target]);
  mem_free(cursors);
  return status;
}

static enum status kernel_sets(struct analysis *t, size_t i, int64_t begin, int64_t end)
{
  const struct kernel *k = &t->p->kernels.data[i];
  for (size_t j = 0; j < k->outputs.len; j++)
    if (t->needs_sets[k->outputs.data[j].array] &&
        t->kernels[i].set[k->outputs.data[j].value].count)
      TRY(output_sets(t, i, j, begin, end));
  return STATUS_OK;
}

static enum status find_sets(struct analysis *t)
{
  const struct program *p = t->p;
  for (size_t a = 0; a < p->arrays.len; a++)
    if (t->needs_sets[a] &&
        !(t->sets[a] = mem_zalloc((size_t)p->arrays.data[a].size, sizeof **t->sets)))
      return diag_no_memory(t->ctx);
  for (size_t g = 0; g < p->groups.len; g++) {
    const struct group *group = &p->groups.data[g];
    int64_t outer = group_outer_count(p, group);
    bool any = false;
    for (int i = 0; i < group->count; i++) {
      const struct kernel *k = &p->kernels.data[group->first + i];
      for (size_t j = 0; j < k->outputs.len; j++) any |= t->needs_sets[k->outputs.data[j].array];
    }
    for (int64_t o = 0; any && o < outer; o++)
      for (int i = 0; i < group->count; i++) {
        size_t k = (size_t)(group->first + i);
        int64_t begin, end;
        domain_slab(&p->domains.data[p->kernels.data[k].domain], group->nouter, o, &begin, &end);
        TRY(kernel_sets(t, k, begin, end));
      }
  }
  return STATUS_OK;
}

/* ---- entries ---- */

static size_t pair_slot(uint64_t key, size_t cap)
{
  uint64_t h = key * 0x9E3779B97F4A7C15u;
  h = (h ^ h >> 32) * 0xD6E8FEB86659FD93u;
  return (h ^ h >> 32) & (cap - 1);
}

/* Whether the pair of sets comes for the first time; remembers it. */
static bool first_time(struct analysis *t, int32_t x, int32_t y)
{
  uint64_t key = (uint64_t)(x < y ? x : y) << 32 | (uint32_t)(x < y ? y : x);
  if (2 * (t->nseen + 1) > t->seen_cap) {
    size_t cap = t->seen_cap ? 2 * t->seen_cap : 1024;
    uint64_t *seen = mem_zalloc(cap, sizeof *seen);
    if (!seen) {
      if (t->status == STATUS_OK) t->status = diag_no_memory(t->ctx);
      return false;
    }
    for (size_t i = 0; i < t->seen_cap; i++) {
      if (!t->seen[i]) continue;
      size_t s = pair_slot(t->seen[i], cap);
      while (seen[s]) s = (s + 1) & (cap - 1);
      seen[s] = t->seen[i];
    }
    mem_free(t->seen);
    t->seen = seen;
    t->seen_cap = cap;
  }
  size_t s = pair_slot(key, t->seen_cap);
  for (; t->seen[s]; s = (s + 1) & (t->seen_cap - 1))
    if (t->seen[s] == key) return false;
  t->seen[s] = key;
  t->nseen++;
  return true;
}

/* Products of sets up to this size are written down again rather than looked up. */
enum { SMALL_PRODUCT = 16 };

/* All entries x × y on or below the diagonal. */
static void add_block(struct rows *rows, const struct interval *x, int64_t nx,
                      const struct interval *y, int64_t ny)
{
  for (int64_t a = 0; a < nx; a++)
    for (int32_t i = x[a].lo > y[0].lo ? x[a].lo : y[0].lo; i <= x[a].hi; i++)
      for (int64_t b = 0; b < ny && y[b].lo <= i; b++) rows_interval(rows, i, y[b].lo, y[b].hi);
}

static bool contains(const struct interval *outer, const struct interval *inner)
{
  return outer->lo <= inner->lo && inner->hi <= outer->hi;
}

static bool covers(const struct rectangle *outer, const struct rectangle *inner)
{
  return (contains(&outer->x, &inner->x) && contains(&outer->y, &inner->y)) ||
         (contains(&outer->x, &inner->y) && contains(&outer->y, &inner->x));
}

static void add_rectangle(struct rows *rows, const struct rectangle *r)
{
  add_block(rows, &r->x, 1, &r->y, 1);
  if (r->x.lo != r->y.lo || r->x.hi != r->y.hi) add_block(rows, &r->y, 1, &r->x, 1);
}

/* Recurrences make growing (or shrinking) intervals, each rectangle within the next: the last few
 * are kept back, so that only the largest of such a chain is written down. */
static void hold_rectangle(struct analysis *t, struct rows *rows, struct rectangle r)
{
  for (int i = 0; i < t->nheld; i++)
    if (covers(&t->held[i], &r)) return;
  for (int i = 0; i < t->nheld;) {
    if (covers(&r, &t->held[i]))
      t->held[i] = t->held[--t->nheld];
    else
      i++;
  }
  if (t->nheld == HELD_MAX) {
    add_rectangle(rows, &t->held[t->next]);
    t->held[t->next] = r;
    t->next = (t->next + 1) % HELD_MAX;
  } else {
    t->held[t->nheld++] = r;
  }
}

static void release_rectangles(struct analysis *t, struct rows *rows)
{
  for (int i = 0; i < t->nheld; i++) add_rectangle(rows, &t->held[i]);
  t->nheld = t->next = 0;
}

/* The intervals of a set, or of a single unknown. */
static const struct interval *intervals_of(const struct analysis *t, int32_t set,
                                           const struct interval *own, int64_t *count)
{
  *count = 1;
  return set < 0 ? own : depsets_get(&t->store, set, count);
}

static int64_t set_size(const struct interval *a, int64_t count)
{
  int64_t size = 0;
  for (int64_t i = 0; i < count; i++) size += a[i].hi - a[i].lo + 1;
  return size;
}

static void add_sets(struct analysis *t, struct rows *rows, const struct kernel *k,
                     struct read_pair pair, const struct cursor *x, const struct cursor *y,
                     int64_t n)
{
  struct interval own_x, own_y;
  int64_t nx, ny;
  int32_t set_x = read_dependencies(t, &k->reads.data[pair.first], x, n, &own_x);
  int32_t set_y = read_dependencies(t, &k->reads.data[pair.second], y, n, &own_y);
  if (t->status == STATUS_OK && set_x >= 0) t->status = depsets_expand(t->ctx, &t->store, set_x);
  if (t->status == STATUS_OK && set_y >= 0) t->status = depsets_expand(t->ctx, &t->store, set_y);
  if (t->status != STATUS_OK) return;
  const struct interval *dx = intervals_of(t, set_x, &own_x, &nx);
  const struct interval *dy = intervals_of(t, set_y, &own_y, &ny);
  if (nx == 0 || ny == 0) return;
  bool large = set_x > 0 && set_y > 0 && set_size(dx, nx) * set_size(dy, ny) > SMALL_PRODUCT;
  if (large && !first_time(t, set_x, set_y)) return;
  if (large && nx == 1 && ny == 1) {
    hold_rectangle(t, rows, (struct rectangle){*dx, *dy});
    return;
  }
  add_block(rows, dx, nx, dy, ny);
  if (set_x < 0 || set_x != set_y) add_block(rows, dy, ny, dx, nx);
}

/* Reads of variables along a stretch: points. */
static void add_points(struct rows *rows, const struct program *p, const struct kernel *k,
                       struct read_pair pair, const struct cursor *x, const struct cursor *y,
                       int64_t len)
{
  int64_t ux = p->arrays.data[k->reads.data[pair.first].array].unknown;
  int64_t uy = p->arrays.data[k->reads.data[pair.second].array].unknown;
  if (!x->table && !y->table) {
    int64_t i = ux + x->at, j = uy + y->at;
    if (x->stride == 0 && y->stride == 0) len = 1;
    for (int64_t n = 0; n < len; n++, i += x->stride, j += y->stride)
      rows_point(rows, (int32_t)i, (int32_t)j);
    return;
  }
  for (int64_t n = 0; n < len; n++)
    rows_point(rows, (int32_t)(ux + cursor_offset(x, n)), (int32_t)(uy + cursor_offset(y, n)));
}

static bool is_variable(const struct program *p, const struct kernel *k, int32_t read)
{
  return p->arrays.data[k->reads.data[read].array].kind == ARRAY_VARIABLE;
}

/* The entries of a pair in iterations [first, first + len) of a stretch. */
static void pair_entries(struct analysis *t, struct rows *rows, const struct kernel *k,
                         struct read_pair pair, const struct stretch *s, int64_t first, int64_t len)
{
  int ndim = t->p->domains.data[k->domain].ndim;
  struct cursor x = cursor_at(t->p, &k->reads.data[pair.first].map, s, ndim);
  struct cursor y = cursor_at(t->p, &k->reads.data[pair.second].map, s, ndim);
  if (is_variable(t->p, k, pair.first) && is_variable(t->p, k, pair.second)) {
    x.at += first * x.stride;
    y.at += first * y.stride;
    x.p += first;
    y.p += first;
    add_points(rows, t->p, k, pair, &x, &y, len);
    return;
  }
  bool still = !x.table && !y.table && x.stride == 0 && y.stride == 0;
  for (int64_t n = first; n < first + (still ? 1 : len); n++) add_sets(t, rows, k, pair, &x, &y, n);
}

static void kernel_entries(struct analysis *t, struct rows *rows, size_t i)
{
  const struct kernel *k = &t->p->kernels.data[i];
  const struct domain *d = &t->p->domains.data[k->domain];
  const struct kernel_deps *deps = &t->kernels[i];
  const struct output *out = &k->outputs.data[0];
  for (size_t j = 0; j < deps->pairs.len; j++) {
    int64_t hint = 0;
    struct stretch s;
    for (int64_t p = 0; p < d->count; p += s.len) {
      domain_stretch(d, p, d->count, &hint, &s);
      if (t->whole[out->array]) {
        pair_entries(t, rows, k, deps->pairs.data[j], &s, 0, s.len);
        continue;
      }
      struct cursor to = cursor_at(t->p, &out->map, &s, d->ndim);
      for (int64_t n = 0; n < s.len; n++)
        if (t->element_live[out->array][cursor_offset(&to, n)])
          pair_entries(t, rows, k, deps->pairs.data[j], &s, n, 1);
    }
  }
}

static enum status find_entries(struct analysis *t, struct pattern *out)
{
  struct rows rows;
  enum status status = rows_begin(t->ctx, &rows, (int32_t)t->p->n);
  for (int pass = 0; pass < 2 && status == STATUS_OK; pass++) {
    if (t->seen) memset(t->seen, 0, t->seen_cap * sizeof *t->seen);
    t->nseen = 0;
    for (size_t i = 0; i < t->p->kernels.len; i++) kernel_entries(t, &rows, i);
    release_rectangles(t, &rows);
    status = t->status;
    if (status == STATUS_OK && pass == 0) status = rows_fill(t->ctx, &rows);
  }
  if (status == STATUS_OK) return rows_finish(t->ctx, &rows, out);
  rows_free(&rows);
  return status;
}

enum status program_pattern(struct context *ctx, const struct program *p, struct pattern *out)
{
  struct analysis t = {.ctx = ctx, .p = p};
  size_t narrays = p->arrays.len;
  memset(out, 0, sizeof *out);
  enum status status = depsets_init(ctx, &t.store);
  t.active = arena_alloc(&t.arena, narrays, sizeof *t.active);
  t.live = arena_alloc(&t.arena, narrays, sizeof *t.live);
  t.needs_sets = arena_alloc(&t.arena, narrays, sizeof *t.needs_sets);
  t.sets = arena_alloc(&t.arena, narrays, sizeof *t.sets);
  t.element_live = arena_alloc(&t.arena, narrays, sizeof *t.element_live);
  t.whole = arena_alloc(&t.arena, narrays, sizeof *t.whole);
  t.kernels = arena_alloc(&t.arena, p->kernels.len, sizeof *t.kernels);
  if (status == STATUS_OK &&
      !(t.active && t.live && t.needs_sets && t.sets && t.kernels && t.element_live && t.whole))
    status = diag_no_memory(ctx);
  if (status == STATUS_OK) status = program_activity(ctx, p, t.active);
  if (status == STATUS_OK && p->value >= 0) t.live[p->value] = true;
  if (status == STATUS_OK) status = analyse_bodies(&t);
  if (status == STATUS_OK) status = find_live_elements(&t);
  if (status == STATUS_OK) status = find_sets(&t);
  if (status == STATUS_OK) status = find_entries(&t, out);
  for (size_t a = 0; t.sets && a < narrays; a++) mem_free(t.sets[a]);
  for (size_t a = 0; t.element_live && a < narrays; a++) mem_free(t.element_live[a]);
  for (size_t i = 0; t.kernels && i < p->kernels.len; i++) VEC_FREE(&t.kernels[i].pairs);
  depsets_free(&t.store);
  depunion_free(&t.join);
  mem_free(t.seen);
  arena_free(&t.arena);
  return status;
}
