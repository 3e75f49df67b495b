#include "config.h"

#include "program/program.h"

#include <assert.h>
#include <string.h>

/* Programs */

void program_init(struct program *p)
{
  memset(p, 0, sizeof *p);
  p->value = -1;
}

static void array_free(struct array *a)
{
  mem_free(a->name);
  numbers_free(&a->data);
}

static void table_free(struct table *t)
{
  mem_free(t->v32);
  mem_free(t->v64);
}

static void domain_free(struct domain *d)
{
  mem_free(d->start);
  mem_free(d->first);
  mem_free(d->run_step);
  mem_free(d->slab);
}

void kernel_free(struct kernel *k)
{
  VEC_FREE(&k->reads);
  VEC_FREE(&k->ops);
  VEC_FREE(&k->outputs);
}

void program_free(struct program *p)
{
  for (size_t i = p->shared_arrays; i < p->arrays.len; i++) array_free(&p->arrays.data[i]);
  for (size_t i = p->shared_tables; i < p->tables.len; i++) table_free(&p->tables.data[i]);
  for (size_t i = p->shared_domains; i < p->domains.len; i++) domain_free(&p->domains.data[i]);
  for (size_t i = 0; i < p->kernels.len; i++) kernel_free(&p->kernels.data[i]);
  for (size_t i = p->shared_literals; i < p->literals.len; i++)
    rational_drop(p->literals.data[i].exact);
  VEC_FREE(&p->literals);
  VEC_FREE(&p->arrays);
  VEC_FREE(&p->tables);
  VEC_FREE(&p->domains);
  VEC_FREE(&p->kernels);
  VEC_FREE(&p->groups);
  program_init(p);
}

static bool copy_kernel(const struct kernel *from, struct kernel *to)
{
  *to = (struct kernel){.domain = from->domain, .order = from->order, .loc = from->loc};
  if (!VEC_RESERVE(&to->reads, from->reads.len) || !VEC_RESERVE(&to->ops, from->ops.len) ||
      !VEC_RESERVE(&to->outputs, from->outputs.len)) {
    kernel_free(to);
    return false;
  }
  for (size_t i = 0; i < from->reads.len; i++)
    to->reads.data[to->reads.len++] = from->reads.data[i];
  for (size_t i = 0; i < from->ops.len; i++) to->ops.data[to->ops.len++] = from->ops.data[i];
  for (size_t i = 0; i < from->outputs.len; i++)
    to->outputs.data[to->outputs.len++] = from->outputs.data[i];
  return true;
}

enum status program_extend(struct context *ctx, const struct program *base, struct program *out)
{
  program_init(out);
  bool ok = true;
  for (size_t i = 0; i < base->arrays.len && ok; i++) {
    ok = VEC_PUSH(&out->arrays, base->arrays.data[i]);
    out->shared_arrays = out->arrays.len;
  }
  for (size_t i = 0; i < base->tables.len && ok; i++) {
    ok = VEC_PUSH(&out->tables, base->tables.data[i]);
    out->shared_tables = out->tables.len;
  }
  for (size_t i = 0; i < base->domains.len && ok; i++) {
    ok = VEC_PUSH(&out->domains, base->domains.data[i]);
    out->shared_domains = out->domains.len;
  }
  for (size_t i = 0; i < base->kernels.len && ok; i++) {
    struct kernel k;
    ok = copy_kernel(&base->kernels.data[i], &k) && program_add_kernel(out, k) >= 0;
  }
  for (size_t i = 0; i < base->groups.len && ok; i++)
    ok = VEC_PUSH(&out->groups, base->groups.data[i]);
  for (size_t i = 0; i < base->literals.len && ok; i++) {
    ok = VEC_PUSH(&out->literals, base->literals.data[i]);
    out->shared_literals = out->literals.len;
  }
  out->n = base->n;
  out->nx = base->nx;
  out->value = base->value;
  if (ok) return STATUS_OK;
  program_free(out);
  return diag_no_memory(ctx);
}

/* Contents are taken over also where memory is out: they are then freed. */

int program_add_array(struct program *p, struct array a, const char *name)
{
  a.name = mem_strndup(name, strlen(name));
  if (a.name && p->arrays.len < INT32_MAX && VEC_PUSH(&p->arrays, a)) return (int)p->arrays.len - 1;
  array_free(&a);
  return -1;
}

int program_add_table(struct program *p, struct table t)
{
  if (p->tables.len < INT32_MAX && VEC_PUSH(&p->tables, t)) return (int)p->tables.len - 1;
  table_free(&t);
  return -1;
}

int program_add_domain(struct program *p, struct domain d)
{
  if (p->domains.len < INT32_MAX && VEC_PUSH(&p->domains, d)) return (int)p->domains.len - 1;
  domain_free(&d);
  return -1;
}

int program_add_kernel(struct program *p, struct kernel k)
{
  if (p->kernels.len < INT32_MAX && VEC_PUSH(&p->kernels, k)) return (int)p->kernels.len - 1;
  kernel_free(&k);
  return -1;
}

int program_add_group(struct program *p, struct group g)
{
  if (p->groups.len < INT32_MAX && VEC_PUSH(&p->groups, g)) return (int)p->groups.len - 1;
  return -1;
}

int64_t group_outer_count(const struct program *p, const struct group *g)
{
  return g->nouter ? p->domains.data[g->outer].count : 1;
}

/* Domains */

void domain_slab(const struct domain *d, int nouter, int64_t o, int64_t *begin, int64_t *end)
{
  if (nouter == 0) {
    *begin = 0;
    *end = d->count;
  } else if (d->slab) {
    *begin = d->start[d->slab[o]];
    *end = d->start[d->slab[o + 1]];
  } else {
    assert(d->kind == DOMAIN_BOX);
    int64_t inner = 1;
    for (int i = nouter; i < d->ndim; i++) inner *= d->extent[i];
    *begin = o * inner;
    *end = *begin + inner;
  }
}

/* The run that holds position p: the last one that begins at or before it. */
static int64_t find_run(const struct domain *d, int64_t p)
{
  int64_t lo = 0, hi = d->nruns;
  while (hi - lo > 1) {
    int64_t mid = lo + (hi - lo) / 2;
    if (d->start[mid] <= p)
      lo = mid;
    else
      hi = mid;
  }
  return lo;
}

/* The indices of position p of a box; returns the digit of the last one. */
static int64_t box_indices(const struct domain *d, int64_t p, int64_t *index)
{
  int64_t last = 0;
  for (int i = d->ndim - 1; i >= 0; i--) {
    int64_t digit = p;
    if (i > 0) {
      digit = p % d->extent[i];
      p /= d->extent[i];
    }
    index[i] = d->lo[i] + d->step[i] * digit;
    if (i == d->ndim - 1) last = digit;
  }
  return last;
}

static void run_indices(const struct domain *d, int64_t run, int64_t p, int64_t *index)
{
  memcpy(index, d->first + run * d->ndim, (size_t)d->ndim * sizeof *index);
  index[d->ndim - 1] += (p - d->start[run]) * d->run_step[run];
}

void domain_indices(const struct domain *d, int64_t p, int64_t *index)
{
  if (d->kind == DOMAIN_BOX)
    box_indices(d, p, index);
  else
    run_indices(d, find_run(d, p), p, index);
}

void domain_stretch(const struct domain *d, int64_t p, int64_t end, int64_t *hint,
                    struct stretch *s)
{
  int64_t rest = 1;
  s->p = p;
  s->step = 0;
  if (d->kind == DOMAIN_BOX) {
    int64_t digit = box_indices(d, p, s->index);
    if (d->ndim > 0) {
      s->step = d->step[d->ndim - 1];
      rest = d->extent[d->ndim - 1] - digit;
    }
  } else {
    int64_t r = *hint;
    if (r < 0 || r >= d->nruns || d->start[r] > p) r = find_run(d, p);
    for (int tries = 0; d->start[r + 1] <= p; r++)
      if (++tries == 4) { /* not a walk in order */
        r = find_run(d, p);
        break;
      }
    *hint = r;
    run_indices(d, r, p, s->index);
    s->step = d->run_step[r];
    rest = d->start[r + 1] - p;
  }
  s->len = rest < end - p ? rest : end - p;
}

/* Maps */

size_t program_max_ops(const struct program *p)
{
  size_t most = 1;
  for (size_t k = 0; k < p->kernels.len; k++)
    if (p->kernels.data[k].ops.len > most) most = p->kernels.data[k].ops.len;
  return most;
}

void program_totals(const struct program *p, int64_t *operations, int64_t *iterations)
{
  *operations = *iterations = 0;
  for (size_t k = 0; k < p->kernels.len; k++) {
    *operations += (int64_t)p->kernels.data[k].ops.len;
    *iterations += p->domains.data[p->kernels.data[k].domain].count;
  }
}

struct map map_constant(int64_t base)
{
  return (struct map){.kind = MAP_AFFINE, .table = -1, .base = base};
}

bool map_equal(const struct map *a, const struct map *b)
{
  if (a->kind != b->kind) return false;
  switch (a->kind) {
  case MAP_TABLE: return a->table == b->table;
  case MAP_POSITION: return a->base == b->base;
  case MAP_AFFINE: break;
  }
  if (a->base != b->base) return false;
  for (int i = 0; i < LOOP_MAX; i++)
    if (a->coef[i] != b->coef[i]) return false;
  return true;
}

int64_t map_offset(const struct program *prog, const struct map *m, int64_t p, const int64_t *index,
                   int ndim)
{
  if (m->kind == MAP_TABLE) return table_get(&prog->tables.data[m->table], p);
  if (m->kind == MAP_POSITION) return m->base + p;
  int64_t offset = m->base;
  for (int i = 0; i < ndim; i++) offset += m->coef[i] * index[i];
  return offset;
}

int64_t map_stretch(const struct map *m, const struct stretch *s, int ndim, int64_t *stride)
{
  assert(m->kind != MAP_TABLE);
  if (m->kind == MAP_POSITION) {
    *stride = 1;
    return m->base + s->p;
  }
  int64_t offset = m->base;
  for (int i = 0; i < ndim; i++) offset += m->coef[i] * s->index[i];
  *stride = ndim > 0 ? m->coef[ndim - 1] * s->step : 0;
  return offset;
}
