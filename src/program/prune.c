/* Dead code, and the split into what is computed once and what is computed per lane. */
#include "config.h"

#include "program/transform.h"

#include <string.h>

/* The kernel with those outputs alone for which keep[j] holds. */
static enum status filter_kernel(struct context *ctx, const struct kernel *k, const bool *keep,
                                 struct kernel *out)
{
  struct body b;
  body_init(&b, ctx, k->domain, k->loc);
  b.kernel.order = k->order;
  int32_t *id = mem_alloc(k->ops.len, sizeof *id);
  if (id) {
    body_copy(&b, k, id);
    for (size_t j = 0; j < k->outputs.len && b.status == STATUS_OK; j++) {
      struct output o = k->outputs.data[j];
      if (!keep[j]) continue;
      o.value = id[o.value];
      body_output(&b, o);
    }
  } else {
    b.status = diag_no_memory(ctx);
  }
  mem_free(id);
  return body_take(&b, out);
}

/* A new list of kernels and groups, made from the old one. */
struct rebuilt {
  VEC(struct kernel) kernels;
  VEC(struct group) groups;
};

static void discard(struct rebuilt *r)
{
  for (size_t i = 0; i < r->kernels.len; i++) kernel_free(&r->kernels.data[i]);
  VEC_FREE(&r->kernels);
  VEC_FREE(&r->groups);
}

static void replace(struct program *p, struct rebuilt *r)
{
  for (size_t i = 0; i < p->kernels.len; i++) kernel_free(&p->kernels.data[i]);
  VEC_FREE(&p->kernels);
  VEC_FREE(&p->groups);
  memcpy(&p->kernels, &r->kernels, sizeof p->kernels);
  memcpy(&p->groups, &r->groups, sizeof p->groups);
}

typedef bool wanted_output(const struct program *p, const struct output *out, const bool *flags);

static bool output_needed(const struct program *p, const struct output *out, const bool *needed)
{
  (void)p;
  return needed[out->array] || (out->winner >= 0 && needed[out->winner]);
}

static bool output_uniform(const struct program *p, const struct output *out, const bool *unused)
{
  (void)unused;
  return !p->arrays.data[out->array].lane;
}

static bool output_lane(const struct program *p, const struct output *out, const bool *unused)
{
  return !output_uniform(p, out, unused);
}

/* Appends to r the groups of p, with the wanted outputs alone. */
static enum status rebuild(struct context *ctx, const struct program *p, wanted_output *wanted,
                           const bool *flags, struct rebuilt *r)
{
  size_t most = 1;
  for (size_t k = 0; k < p->kernels.len; k++)
    if (p->kernels.data[k].outputs.len > most) most = p->kernels.data[k].outputs.len;
  bool *keep = mem_alloc(most, sizeof *keep);
  enum status status = keep ? STATUS_OK : diag_no_memory(ctx);
  for (size_t g = 0; g < p->groups.len && status == STATUS_OK; g++) {
    struct group group = p->groups.data[g];
    int first = (int)r->kernels.len;
    for (int i = 0; i < group.count && status == STATUS_OK; i++) {
      const struct kernel *k = &p->kernels.data[group.first + i];
      bool any = false;
      for (size_t j = 0; j < k->outputs.len; j++)
        any |= keep[j] = wanted(p, &k->outputs.data[j], flags);
      struct kernel kept;
      if (!any) continue;
      status = filter_kernel(ctx, k, keep, &kept);
      if (status == STATUS_OK && !VEC_PUSH(&r->kernels, kept)) {
        kernel_free(&kept);
        status = diag_no_memory(ctx);
      }
    }
    group.first = first;
    group.count = (int)r->kernels.len - first;
    if (status == STATUS_OK && group.count > 0 && !VEC_PUSH(&r->groups, group))
      status = diag_no_memory(ctx);
  }
  mem_free(keep);
  return status;
}

/* Marks what the needed outputs of k need; true if an array was new. */
static bool mark_needed(const struct program *p, const struct kernel *k, bool *live, bool *needed)
{
  bool changed = false, any = false;
  memset(live, 0, k->ops.len * sizeof *live);
  for (size_t j = 0; j < k->outputs.len; j++)
    if (output_needed(p, &k->outputs.data[j], needed)) live[k->outputs.data[j].value] = any = true;
  if (!any) return false;
  for (size_t i = k->ops.len; i-- > 0;) {
    const struct op *o = &k->ops.data[i];
    if (!live[i]) continue;
    if (o->code == OP_READ) {
      int a = k->reads.data[o->a].array;
      if (a >= 0 && !needed[a]) needed[a] = changed = true;
      continue;
    }
    for (int slot = 0; slot < op_table[o->code].arity; slot++) live[op_arg(o, slot)] = true;
  }
  return changed;
}

enum status program_prune(struct context *ctx, struct program *p, const int *roots, int count)
{
  struct rebuilt r = {0};
  size_t most = program_max_ops(p);
  bool *needed = mem_zalloc(p->arrays.len, sizeof *needed), *live = mem_alloc(most, sizeof *live);
  enum status status = needed && live ? STATUS_OK : diag_no_memory(ctx);
  if (status == STATUS_OK) {
    for (int i = 0; i < count; i++) needed[roots[i]] = true;
    for (bool changed = true; changed;) { /* recurrences: until nothing changes */
      changed = false;
      for (size_t k = p->kernels.len; k-- > 0;)
        if (mark_needed(p, &p->kernels.data[k], live, needed)) changed = true;
    }
    status = rebuild(ctx, p, output_needed, needed, &r);
  }
  if (status == STATUS_OK)
    replace(p, &r);
  else
    discard(&r);
  mem_free(needed);
  mem_free(live);
  return status;
}

void kernel_lanes(const struct program *p, const struct kernel *k, bool *lane)
{
  for (size_t i = 0; i < k->ops.len; i++) {
    const struct op *o = &k->ops.data[i];
    lane[i] = false;
    if (o->code == OP_READ) {
      int a = k->reads.data[o->a].array;
      lane[i] = a >= 0 && p->arrays.data[a].lane;
      continue;
    }
    for (int slot = 0; slot < op_table[o->code].arity; slot++) lane[i] |= lane[op_arg(o, slot)];
  }
}

static enum status find_lane_arrays(struct context *ctx, struct program *p)
{
  bool *lane = mem_alloc(program_max_ops(p), sizeof *lane);
  if (!lane) return diag_no_memory(ctx);
  for (bool changed = true; changed;) {
    changed = false;
    for (size_t i = 0; i < p->kernels.len; i++) {
      const struct kernel *k = &p->kernels.data[i];
      kernel_lanes(p, k, lane);
      for (size_t j = 0; j < k->outputs.len; j++) {
        const struct output *out = &k->outputs.data[j];
        bool *to = &p->arrays.data[out->array].lane;
        bool *winner = out->winner < 0 ? to : &p->arrays.data[out->winner].lane;
        if ((lane[out->value] && !*to) || *winner != *to) *to = *winner = changed = true;
      }
    }
  }
  mem_free(lane);
  return STATUS_OK;
}

enum status program_split_lanes(struct context *ctx, struct program *p)
{
  struct rebuilt r = {0};
  TRY(find_lane_arrays(ctx, p));
  enum status status = rebuild(ctx, p, output_uniform, NULL, &r);
  if (status == STATUS_OK) status = rebuild(ctx, p, output_lane, NULL, &r);
  if (status == STATUS_OK)
    replace(p, &r);
  else
    discard(&r);
  return status;
}
