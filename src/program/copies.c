/* Copies of arrays that the transforms leave behind, where a derivative merely passes through. */
#include "config.h"

#include "program/transform.h"

struct use {
  int outputs, reads; /* in all kernels */
  bool needed;
};

struct copies {
  struct program *p;
  struct use *use; /* by array */
};

static void count_uses(struct copies *c)
{
  for (size_t i = 0; i < c->p->kernels.len; i++) {
    const struct kernel *k = &c->p->kernels.data[i];
    for (size_t j = 0; j < k->reads.len; j++)
      if (k->reads.data[j].array >= 0) c->use[k->reads.data[j].array].reads++;
    for (size_t j = 0; j < k->outputs.len; j++) {
      c->use[k->outputs.data[j].array].outputs++;
      if (k->outputs.data[j].winner >= 0) c->use[k->outputs.data[j].winner].outputs++;
    }
  }
}

/* Whether iteration p is at element *base + p. */
static bool is_position(const struct domain *d, const struct map *m, int64_t *base)
{
  int64_t next = 1;
  *base = m->base;
  if (m->kind == MAP_POSITION) return true;
  if (m->kind != MAP_AFFINE || d->kind != DOMAIN_BOX) return false;
  for (int i = d->ndim - 1; i >= 0; i--) {
    *base += m->coef[i] * d->lo[i];
    if (d->extent[i] != 1 && m->coef[i] * d->step[i] != next) return false;
    next *= d->extent[i];
  }
  return true;
}

/* A kernel that does nothing but `to`[p + put] = (or +=) `from`[p + at]. */
struct copy {
  int from, to;
  int64_t at, put, count;
  enum output_mode mode;
};

static bool is_copy(const struct copies *c, const struct kernel *k, struct copy *copy)
{
  const struct domain *d = &c->p->domains.data[k->domain];
  if (k->order != 0 || k->ops.len != 1 || k->reads.len != 1 || k->outputs.len != 1) return false;
  const struct read *r = &k->reads.data[0];
  const struct output *o = &k->outputs.data[0];
  *copy = (struct copy){.from = r->array, .to = o->array, .count = d->count, .mode = o->mode};
  return r->array >= 0 && is_position(d, &r->map, &copy->at) &&
         is_position(d, &o->map, &copy->put) && (o->mode == OUTPUT_SET || o->mode == OUTPUT_ADD);
}

static bool is_whole(const struct copies *c, int array, int64_t base, int64_t count)
{
  const struct array *a = &c->p->arrays.data[array];
  return a->kind == ARRAY_COMPUTED && a->fill == 0 && base == 0 && count == a->size;
}

static bool can_move(const struct map *m, int64_t by)
{
  return by == 0 || m->kind != MAP_TABLE;
}

static bool can_move_reads(const struct copies *c, int array, int64_t by)
{
  for (size_t i = 0; i < c->p->kernels.len; i++) {
    const struct kernel *k = &c->p->kernels.data[i];
    for (size_t j = 0; j < k->reads.len; j++)
      if (k->reads.data[j].array == array && !can_move(&k->reads.data[j].map, by)) return false;
  }
  return true;
}

/* Minima, maxima and their winners stay where they are. */
static bool can_move_outputs(const struct copies *c, int array, int64_t by)
{
  for (size_t i = 0; i < c->p->kernels.len; i++) {
    const struct kernel *k = &c->p->kernels.data[i];
    for (size_t j = 0; j < k->outputs.len; j++) {
      const struct output *o = &k->outputs.data[j];
      bool sum = o->mode == OUTPUT_SET || o->mode == OUTPUT_ADD;
      if (o->winner == array) return false;
      if (o->array == array && (!sum || !can_move(&o->map, by))) return false;
    }
  }
  return true;
}

/* Reads of the copy read the original. */
static bool read_original(struct copies *c, const struct copy *copy)
{
  const struct use *to = &c->use[copy->to];
  if (copy->mode != OUTPUT_SET || to->needed || to->outputs != 1) return false;
  if (!is_whole(c, copy->to, copy->put, copy->count)) return false;
  if (!can_move_reads(c, copy->to, copy->at)) return false;
  for (size_t i = 0; i < c->p->kernels.len; i++) {
    struct kernel *k = &c->p->kernels.data[i];
    for (size_t j = 0; j < k->reads.len; j++) {
      if (k->reads.data[j].array != copy->to) continue;
      k->reads.data[j].array = copy->from;
      k->reads.data[j].map.base += copy->at;
    }
  }
  c->use[copy->from].reads += to->reads - 1;
  c->use[copy->to] = (struct use){0};
  return true;
}

/* What is written into an array that is copied once, and used for nothing else, is written where it
 * goes.  It is added there (to zeros), so that -0 becomes 0 as before. */
static bool write_target(struct copies *c, const struct copy *copy)
{
  const struct use *from = &c->use[copy->from];
  if (copy->mode != OUTPUT_ADD || from->needed || from->reads != 1) return false;
  if (c->use[copy->to].outputs != 1 || c->p->arrays.data[copy->to].fill != 0) return false;
  if (!is_whole(c, copy->from, copy->at, copy->count)) return false;
  if (!can_move_outputs(c, copy->from, copy->put)) return false;
  for (size_t i = 0; i < c->p->kernels.len; i++) {
    struct kernel *k = &c->p->kernels.data[i];
    for (size_t j = 0; j < k->outputs.len; j++) {
      struct output *o = &k->outputs.data[j];
      if (o->array != copy->from) continue;
      o->array = copy->to;
      o->map.base += copy->put;
      if (o->mode == OUTPUT_SET) o->mode = OUTPUT_ADD;
    }
  }
  c->use[copy->to].outputs = from->outputs;
  c->use[copy->from] = (struct use){0};
  return true;
}

static void drop(struct copies *c)
{
  for (size_t i = 0; i < c->p->kernels.len; i++) {
    struct kernel *k = &c->p->kernels.data[i];
    struct copy copy;
    if (!is_copy(c, k, &copy) || read_original(c, &copy)) continue;
    if (write_target(c, &copy)) k->outputs.len = 0;
  }
}

enum status program_drop_copies(struct context *ctx, struct program *p, const int *needed,
                                int count)
{
  struct copies c = {.p = p, .use = mem_zalloc(p->arrays.len, sizeof *c.use)};
  if (!c.use) return diag_no_memory(ctx);
  for (int i = 0; i < count; i++) c.use[needed[i]].needed = true;
  count_uses(&c);
  drop(&c);
  mem_free(c.use);
  return program_prune(ctx, p, needed, count);
}
