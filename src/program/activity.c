#include "config.h"

#include "program/transform.h"

#include <string.h>

bool op_passes(enum op_code code, int slot)
{
  switch (op_table[code].class) {
  case CLASS_LEAF:
  case CLASS_ZERO: return false;
  case CLASS_SELECT: return slot > 0;
  default: return slot < op_table[code].arity;
  }
}

void kernel_activity(const struct kernel *k, const bool *array_active, bool *active)
{
  for (size_t i = 0; i < k->ops.len; i++) {
    const struct op *o = &k->ops.data[i];
    active[i] = false;
    if (o->code == OP_READ) {
      int array = k->reads.data[o->a].array;
      active[i] = array >= 0 && array_active[array];
      continue;
    }
    for (int slot = 0; slot < op_table[o->code].arity; slot++)
      if (op_passes(o->code, slot) && active[op_arg(o, slot)]) active[i] = true;
  }
}

enum status program_activity(struct context *ctx, const struct program *p, bool *array_active)
{
  bool *active = mem_alloc(program_max_ops(p), sizeof *active);
  if (!active) return diag_no_memory(ctx);
  for (size_t a = 0; a < p->arrays.len; a++)
    array_active[a] = p->arrays.data[a].kind == ARRAY_VARIABLE && p->arrays.data[a].unknown >= 0;
  for (bool changed = true; changed;) { /* recurrences: once more until nothing changes */
    changed = false;
    for (size_t i = 0; i < p->kernels.len; i++) {
      const struct kernel *k = &p->kernels.data[i];
      kernel_activity(k, array_active, active);
      for (size_t j = 0; j < k->outputs.len; j++) {
        const struct output *out = &k->outputs.data[j];
        if (active[out->value] && !array_active[out->array]) {
          array_active[out->array] = true;
          changed = true;
        }
      }
    }
  }
  mem_free(active);
  return STATUS_OK;
}

bool kernel_reach(const struct kernel *k, const bool *array_active, bool *reaches, bool *live)
{
  bool changed = false;
  memset(live, 0, k->ops.len * sizeof *live);
  for (size_t j = 0; j < k->outputs.len; j++)
    if (reaches[k->outputs.data[j].array]) live[k->outputs.data[j].value] = true;
  for (size_t j = k->ops.len; j-- > 0;) {
    const struct op *o = &k->ops.data[j];
    if (!live[j]) continue;
    if (o->code == OP_READ) {
      int a = k->reads.data[o->a].array;
      if (a >= 0 && array_active[a] && !reaches[a]) reaches[a] = changed = true;
      continue;
    }
    for (int slot = 0; slot < op_table[o->code].arity; slot++)
      if (op_passes(o->code, slot)) live[op_arg(o, slot)] = true;
  }
  return changed;
}

void body_copy(struct body *b, const struct kernel *k, int32_t *id)
{
  for (size_t i = 0; i < k->ops.len; i++) {
    struct op o = k->ops.data[i];
    b->loc = o.loc;
    if (o.code == OP_READ) {
      const struct read *r = &k->reads.data[o.a];
      id[i] = body_read(b, r->array, &r->map);
      continue;
    }
    if (o.a >= 0) o.a = id[o.a];
    if (o.b >= 0) o.b = id[o.b];
    if (o.c >= 0) o.c = id[o.c];
    id[i] = body_emit(b, o);
  }
}
