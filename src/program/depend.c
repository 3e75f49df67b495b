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

#include "program/depend_parts.h"
#include "program/transform.h"

struct cursor cursor_at(const struct program *p, const struct map *m, const struct stretch *s,
                        int ndim)
{
  struct cursor c = {.p = s->p};
  if (m->kind == MAP_TABLE)
    c.table = &p->tables.data[m->table];
  else
    c.at = map_stretch(m, s, ndim, &c.stride);
  return c;
}

static struct dependence element(const struct analysis *t, const struct read *r, int64_t offset)
{
  const struct array *a = &t->p->arrays.data[r->array];
  if (a->kind == ARRAY_VARIABLE)
    return (struct dependence){DEPSET_SINGLE, (int32_t)(a->unknown + offset)};
  return t->sets[r->array][offset];
}

struct piece read_piece(const struct analysis *t, const struct read *r, const struct cursor *c,
                        int64_t k, int64_t end)
{
  struct piece p = {.at = element(t, r, cursor_offset(c, k)), .len = 1};
  if (k + 1 == end) return p;
  struct dependence next = element(t, r, cursor_offset(c, k + 1));
  if (next.set != p.at.set) return p;
  int64_t shift = p.at.shift;
  p.step = next.shift - p.at.shift;
  if (c->table) {
    if (p.step < -1 || p.step > 1) return (struct piece){.at = p.at, .len = 1};
    for (; k + p.len < end; p.len++) {
      next = element(t, r, cursor_offset(c, k + p.len));
      if (next.set != p.at.set || next.shift != (shift += p.step)) break;
    }
  } else if (t->p->arrays.data[r->array].kind == ARRAY_VARIABLE) {
    p.len = end - k;
  } else {
    const struct dependence *e = t->sets[r->array] + c->at + k * c->stride;
    for (; k + p.len < end; p.len++) {
      next = e[p.len * c->stride];
      if (next.set != p.at.set || next.shift != (shift += p.step)) break;
    }
  }
  return p;
}

static enum status create(struct analysis *t)
{
  const struct program *p = t->p;
  size_t narrays = p->arrays.len;
  t->active = arena_alloc(&t->arena, narrays, sizeof *t->active);
  t->live = arena_alloc(&t->arena, narrays, sizeof *t->live);
  t->needs_sets = arena_alloc(&t->arena, narrays, sizeof *t->needs_sets);
  t->sets = arena_alloc(&t->arena, narrays, sizeof *t->sets);
  t->element_live = arena_alloc(&t->arena, narrays, sizeof *t->element_live);
  t->whole = arena_alloc(&t->arena, narrays, sizeof *t->whole);
  t->kernels = arena_alloc(&t->arena, p->kernels.len, sizeof *t->kernels);
  if (!(t->active && t->live && t->needs_sets && t->sets && t->kernels && t->element_live &&
        t->whole))
    return diag_no_memory(t->ctx);
  return depsets_init(t->ctx, &t->store);
}

static void destroy(struct analysis *t)
{
  for (size_t a = 0; t->sets && a < t->p->arrays.len; a++) mem_free(t->sets[a]);
  for (size_t a = 0; t->element_live && a < t->p->arrays.len; a++) mem_free(t->element_live[a]);
  for (size_t i = 0; t->kernels && i < t->p->kernels.len; i++) VEC_FREE(&t->kernels[i].pairs);
  depsets_free(&t->store);
  depunion_free(&t->join);
  arena_free(&t->arena);
}

static enum status analyse(struct analysis *t, struct rows *rows)
{
  TRY(create(t));
  TRY(program_activity(t->ctx, t->p, t->active));
  if (t->p->value >= 0) t->live[t->p->value] = true;
  TRY(depend_bodies(t));
  TRY(depend_reach(t));
  TRY(depend_sets(t));
  TRY(rows_begin(t->ctx, rows, (int32_t)t->p->n));
  return depend_entries(t, rows);
}

enum status program_pattern(struct context *ctx, const struct program *p, struct pattern *out)
{
  struct analysis t = {.ctx = ctx, .p = p};
  struct rows rows = {0};
  *out = (struct pattern){0};
  enum status status = analyse(&t, &rows);
  destroy(&t);
  if (status == STATUS_OK) return rows_finish(ctx, &rows, out);
  rows_free(&rows);
  return status;
}
