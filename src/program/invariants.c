/* program_check: that a Program keeps the invariants of program.h, by running through all of its
 * iterations without computing anything. */
#include "config.h"

#include "program/program.h"

#include <stdio.h>
#include <string.h>

/* What happened to an element so far: how it is written, and the last step of time that did it.  A
 * step is a kernel at one outer position of its group, or one iteration of an ordered kernel. */
enum written { NEVER, SET, ADDED, LEAST, GREATEST };
struct element {
  int64_t time;
  char how;
};

struct check {
  const struct program *p;
  char *why;
  size_t size;
  struct element **elements; /* of each array */
  int64_t time;
  bool writing; /* the first pass records the writes, the second one compares the reads */
};

static bool broken(struct check *c, const char *format, ...) PRINTF_LIKE(2, 3);
static bool broken(struct check *c, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  vsnprintf(c->why, c->size, format, args);
  va_end(args);
  return false;
}

static bool check_map(struct check *c, const struct kernel *k, const struct map *m)
{
  if (m->kind != MAP_TABLE) return true;
  if (m->table < 0 || (size_t)m->table >= c->p->tables.len)
    return broken(c, "there is no table %d", m->table);
  if (c->p->tables.data[m->table].len < c->p->domains.data[k->domain].count)
    return broken(c, "table %d is shorter than its domain", m->table);
  return true;
}

static bool check_array(struct check *c, int array)
{
  return (array >= 0 && (size_t)array < c->p->arrays.len) ||
         broken(c, "there is no array %d", array);
}

static bool check_ops(struct check *c, int number, const struct kernel *k)
{
  for (size_t i = 0; i < k->ops.len; i++) {
    const struct op *op = &k->ops.data[i];
    if ((unsigned)op->code >= OP_COUNT)
      return broken(c, "kernel %d: operation %zu is unknown", number, i);
    int32_t arg[3] = {op->a, op->b, op->c};
    if (op->code == OP_READ && (op->a < 0 || (size_t)op->a >= k->reads.len))
      return broken(c, "kernel %d: operation %zu: there is no read %d", number, i, op->a);
    for (int j = 0; op->code != OP_READ && j < op_table[op->code].arity; j++)
      if (arg[j] < 0 || (size_t)arg[j] >= i)
        return broken(c, "kernel %d: operation %zu (%s) uses %d", number, i,
                      op_table[op->code].name, arg[j]);
  }
  return true;
}

/* Whether the value of operation v depends on the lane.  (Bodies are short, and this is a check:
 * it looks at all operations up to v.) */
static bool depends_on_lane(struct check *c, const struct kernel *k, int32_t v)
{
  bool *lane = mem_zalloc((size_t)v + 1, sizeof *lane);
  bool result = false;
  for (int32_t i = 0; lane && i <= v; i++) {
    const struct op *op = &k->ops.data[i];
    int32_t arg[3] = {op->a, op->b, op->c};
    if (op->code == OP_READ) {
      int array = k->reads.data[op->a].array;
      lane[i] = array >= 0 && c->p->arrays.data[array].lane;
    }
    for (int j = 0; op->code != OP_READ && j < op_table[op->code].arity; j++)
      lane[i] |= lane[arg[j]];
    result = lane[i];
  }
  mem_free(lane);
  return result;
}

static bool check_output(struct check *c, int number, const struct kernel *k,
                         const struct output *o, bool *lane)
{
  if (!check_array(c, o->array) || !check_map(c, k, &o->map)) return false;
  const struct array *a = &c->p->arrays.data[o->array];
  if (a->kind != ARRAY_COMPUTED)
    return broken(c, "kernel %d writes %s, which is not computed", number, a->name);
  if (o->value < 0 || (size_t)o->value >= k->ops.len)
    return broken(c, "kernel %d: there is no operation %d to put out", number, o->value);
  if (o == k->outputs.data) *lane = a->lane;
  if (a->lane != *lane) return broken(c, "kernel %d writes both uniform and lane arrays", number);
  if (!a->lane && depends_on_lane(c, k, o->value))
    return broken(c, "kernel %d writes lane values to %s, which is uniform", number, a->name);
  if (o->winner < 0) return true;
  if (!check_array(c, o->winner)) return false;
  const struct array *w = &c->p->arrays.data[o->winner];
  if (w->kind != ARRAY_COMPUTED || w->size != a->size || w->lane != a->lane)
    return broken(c, "kernel %d: %s is not like %s, whose winners it holds", number, w->name,
                  a->name);
  return true;
}

static bool check_domain(struct check *c, int number)
{
  const struct domain *d = &c->p->domains.data[number];
  int64_t count = 1;
  if (d->ndim < 0 || d->ndim > LOOP_MAX) return broken(c, "domain %d has too many loops", number);
  if (d->kind == DOMAIN_BOX) {
    for (int i = 0; i < d->ndim; i++)
      if (d->extent[i] < 0 || __builtin_mul_overflow(count, d->extent[i], &count))
        return broken(c, "domain %d: its size is out of range", number);
    return count == d->count || broken(c, "domain %d has the wrong count", number);
  }
  if (d->ndim < 1 || d->start[0] != 0 || d->start[d->nruns] != d->count)
    return broken(c, "domain %d: its runs have the wrong count", number);
  for (int64_t r = 0; r < d->nruns; r++)
    if (d->start[r] > d->start[r + 1])
      return broken(c, "domain %d: its runs are out of order", number);
  return true;
}

/* Slabs: those of a box lie along the outer loops, those of runs follow each other. */
static bool check_slabs(struct check *c, const struct group *g, int number)
{
  const struct program *p = c->p;
  const struct domain *d = &p->domains.data[p->kernels.data[number].domain];
  const struct domain *outer = &p->domains.data[g->outer];
  if (d->ndim < g->nouter) return broken(c, "kernel %d has no outer loops", number);
  if (d->slab) {
    if (d->slab[0] != 0 || d->slab[outer->count] != d->nruns)
      return broken(c, "kernel %d: its slabs do not cover it", number);
    for (int64_t o = 0; o < outer->count; o++)
      if (d->slab[o] > d->slab[o + 1])
        return broken(c, "kernel %d: its slabs are out of order", number);
    return true;
  }
  if (d->kind != DOMAIN_BOX || outer->kind != DOMAIN_BOX)
    return broken(c, "kernel %d has no slabs", number);
  for (int i = 0; i < g->nouter; i++)
    if (d->extent[i] != outer->extent[i] || d->lo[i] != outer->lo[i] ||
        d->step[i] != outer->step[i])
      return broken(c, "kernel %d: its outer loops are not the group's", number);
  return true;
}

static bool check_groups(struct check *c)
{
  const struct program *p = c->p;
  for (size_t i = 0; i < p->groups.len; i++) {
    const struct group *g = &p->groups.data[i];
    if (g->first < 0 || g->count < 0 || (size_t)g->first + (size_t)g->count > p->kernels.len)
      return broken(c, "group %zu has kernels that do not exist", i);
    if (g->nouter == 0) continue;
    if (g->outer < 0 || (size_t)g->outer >= p->domains.len ||
        p->domains.data[g->outer].ndim != g->nouter)
      return broken(c, "group %zu has no domain of %d outer loops", i, g->nouter);
    for (int k = g->first; k < g->first + g->count; k++)
      if (!check_slabs(c, g, k)) return false;
  }
  return true;
}

static bool group_lane(const struct program *p, int kernel)
{
  const struct kernel *k = &p->kernels.data[kernel];
  return k->outputs.len > 0 && p->arrays.data[k->outputs.data[0].array].lane;
}

static bool check_structure(struct check *c)
{
  const struct program *p = c->p;
  for (size_t i = 0; i < p->domains.len; i++)
    if (!check_domain(c, (int)i)) return false;
  for (size_t i = 0; i < p->kernels.len; i++) {
    const struct kernel *k = &p->kernels.data[i];
    bool lane = false;
    if (k->domain < 0 || (size_t)k->domain >= p->domains.len)
      return broken(c, "kernel %zu: there is no domain %d", i, k->domain);
    for (size_t r = 0; r < k->reads.len; r++)
      if ((k->reads.data[r].array >= 0 && !check_array(c, k->reads.data[r].array)) ||
          !check_map(c, k, &k->reads.data[r].map))
        return false;
    if (!check_ops(c, (int)i, k)) return false;
    for (size_t o = 0; o < k->outputs.len; o++)
      if (!check_output(c, (int)i, k, &k->outputs.data[o], &lane)) return false;
  }
  if (!check_groups(c)) return false;
  for (size_t i = 0; i < p->groups.len; i++) {
    const struct group *g = &p->groups.data[i];
    for (int k = g->first; g->nouter > 0 && k < g->first + g->count; k++)
      if (group_lane(p, k) != group_lane(p, g->first))
        return broken(c, "group %zu mixes uniform and lane kernels", i);
  }
  if (p->value >= 0 && (!check_array(c, p->value) || p->arrays.data[p->value].size < 1))
    return broken(c, "there is no value");
  return true;
}

static bool note_write(struct check *c, int number, int array, int64_t offset, enum written how)
{
  struct element *e = &c->elements[array][offset];
  if (e->how != NEVER && (e->how == SET || how == SET))
    return broken(c, "kernel %d: %s[%lld] is set more than once", number,
                  c->p->arrays.data[array].name, (long long)offset);
  if (e->how != NEVER && (enum written)e->how != how)
    return broken(c, "kernel %d: %s[%lld] is accumulated into in two ways", number,
                  c->p->arrays.data[array].name, (long long)offset);
  e->how = (char)how;
  e->time = c->time;
  return true;
}

static bool check_offset(struct check *c, int number, int array, int64_t offset)
{
  const struct array *a = &c->p->arrays.data[array];
  return (offset >= 0 && offset < a->size) ||
         broken(c, "kernel %d leaves %s: offset %lld of %lld", number, a->name, (long long)offset,
                (long long)a->size);
}

static bool check_iteration(struct check *c, int number, int64_t position)
{
  const struct program *p = c->p;
  const struct kernel *k = &p->kernels.data[number];
  const struct domain *d = &p->domains.data[k->domain];
  int64_t index[LOOP_MAX];
  domain_indices(d, position, index);
  for (size_t i = 0; c->writing && i < k->outputs.len; i++) {
    const struct output *o = &k->outputs.data[i];
    static const enum written how[] = {
        [OUTPUT_SET] = SET, [OUTPUT_ADD] = ADDED, [OUTPUT_MIN] = LEAST, [OUTPUT_MAX] = GREATEST};
    int64_t offset = map_offset(p, &o->map, position, index, d->ndim);
    if (!check_offset(c, number, o->array, offset) ||
        !note_write(c, number, o->array, offset, how[o->mode]))
      return false;
    if (o->winner >= 0 && !note_write(c, number, o->winner, offset, how[o->mode])) return false;
  }
  for (size_t i = 0; !c->writing && i < k->reads.len; i++) {
    const struct read *r = &k->reads.data[i];
    if (r->array < 0) continue;
    int64_t offset = map_offset(p, &r->map, position, index, d->ndim);
    if (!check_offset(c, number, r->array, offset)) return false;
    if (c->elements[r->array][offset].time >= c->time)
      return broken(c, "kernel %d reads %s[%lld] before its last write", number,
                    p->arrays.data[r->array].name, (long long)offset);
  }
  return true;
}

/* Runs through all iterations in the order of the evaluators. */
static bool walk(struct check *c)
{
  const struct program *p = c->p;
  c->time = 0;
  for (size_t i = 0; i < p->groups.len; i++) {
    const struct group *g = &p->groups.data[i];
    int64_t outer = group_outer_count(p, g);
    for (int64_t step = 0; step < outer; step++)
      for (int k = g->first; k < g->first + g->count; k++) {
        const struct domain *d = &p->domains.data[p->kernels.data[k].domain];
        int64_t begin, end;
        domain_slab(d, g->nouter, g->reverse ? outer - 1 - step : step, &begin, &end);
        c->time++;
        int order = p->kernels.data[k].order;
        for (int64_t q = begin; q < end; q++) {
          if (order) c->time++;
          if (!check_iteration(c, k, order < 0 ? begin + (end - 1 - q) : q)) return false;
        }
      }
  }
  return true;
}

bool program_check(const struct program *p, char *why, size_t size)
{
  struct check c = {.p = p, .why = why, .size = size};
  bool ok = false;
  if (!check_structure(&c)) return false;
  c.elements = mem_zalloc(p->arrays.len, sizeof *c.elements);
  if (!c.elements) return broken(&c, "out of memory");
  for (size_t i = 0; i < p->arrays.len; i++) {
    c.elements[i] = mem_zalloc((size_t)p->arrays.data[i].size, sizeof **c.elements);
    if (!c.elements[i]) {
      broken(&c, "out of memory");
      goto done;
    }
  }
  c.writing = true;
  if (!walk(&c)) goto done;
  c.writing = false;
  ok = walk(&c);
done:
  for (size_t i = 0; i < p->arrays.len; i++) mem_free(c.elements[i]);
  mem_free(c.elements);
  return ok;
}
