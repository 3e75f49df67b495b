/* Elements that enter the result. */
#include "config.h"

#include "program/depend_parts.h"

#include <string.h>

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
enum status depend_reach(struct analysis *t)
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
