/* Forward mode: for each kernel, a kernel for the tangents of its outputs, in the same order. */
#include "config.h"

#include "program/transform.h"

#include <string.h>

static enum status add_seeds(struct context *ctx, struct program *p, struct derivatives *dot)
{
  size_t narrays = p->arrays.len;
  if (!VEC_RESERVE(&dot->of, narrays)) return diag_no_memory(ctx);
  dot->of.len = narrays;
  /* A program has one direction: a second transform finds the seeds of the first, which are in the
   * order of the blocks. */
  size_t seed = 0;
  while (seed < narrays && p->arrays.data[seed].kind != ARRAY_SEED) seed++;
  for (size_t a = 0; a < narrays; a++) {
    const struct array *x = &p->arrays.data[a];
    dot->of.data[a] = -1;
    if (x->kind != ARRAY_VARIABLE || x->unknown < 0) continue;
    if (seed < narrays) {
      dot->of.data[a] = (int)seed++;
      continue;
    }
    struct array v = {.kind = ARRAY_SEED,
                      .size = x->size,
                      .lane = true,
                      .offset = x->unknown,
                      .unknown = -1,
                      .symbol = x->symbol};
    dot->of.data[a] = program_add_array(p, v, "v");
    if (dot->of.data[a] < 0) return diag_no_memory(ctx);
  }
  return STATUS_OK;
}

/* x + y, where -1 is zero. */
static int32_t sum(struct body *b, int32_t x, int32_t y)
{
  return x < 0 ? y : y < 0 ? x : body_op2(b, OP_ADD, x, y);
}

static int32_t tangent_select(struct body *b, int32_t c, int32_t dx, int32_t dy)
{
  if (dx < 0) dx = body_const(b, 0);
  if (dy < 0) dy = body_const(b, 0);
  return body_op3(b, OP_SELECT, c, dx, dy);
}

/* The tangent of operation o, whose copies in b are id[], from the tangents of its arguments. */
static int32_t tangent_op(struct body *b, const struct op *o, const int32_t *id, int32_t w,
                          const int32_t *dots)
{
  int32_t x = o->a >= 0 ? id[o->a] : -1, y = o->b >= 0 ? id[o->b] : -1, total = -1;
  if (o->code == OP_SELECT) {
    int32_t dy = dots[o->b], dz = dots[o->c];
    return dy < 0 && dz < 0 ? -1 : tangent_select(b, x, dy, dz);
  }
  for (int slot = 0; slot < op_table[o->code].arity; slot++) {
    int32_t d = op_passes(o->code, slot) ? dots[op_arg(o, slot)] : -1;
    if (d < 0) continue;
    bool exponent_active = o->b >= 0 && dots[o->b] >= 0;
    total = sum(b, total, op_derivative(b, o, slot, x, y, w, exponent_active, d));
  }
  return total;
}

static enum status tangent_kernel(struct context *ctx, struct program *p, int kernel,
                                  const struct derivatives *dot)
{
  struct kernel k = p->kernels.data[kernel]; /* the vector may move */
  struct body b;
  body_init(&b, ctx, k.domain, k.loc);
  b.kernel.order = k.order;
  int32_t *id = mem_alloc(k.ops.len, sizeof *id), *dots = mem_alloc(k.ops.len, sizeof *dots);
  if (!id || !dots) {
    b.status = diag_no_memory(ctx);
    goto done;
  }
  body_copy(&b, &k, id);
  for (size_t i = 0; i < k.ops.len && b.status == STATUS_OK; i++) {
    const struct op *o = &k.ops.data[i];
    b.loc = o->loc;
    if (o->code == OP_READ) {
      const struct read *r = &k.reads.data[o->a];
      int d = derivative_of(dot, r->array);
      dots[i] = d < 0 ? -1 : body_read(&b, d, &r->map);
    } else {
      dots[i] = tangent_op(&b, o, id, id[i], dots);
    }
  }
  for (size_t j = 0; j < k.outputs.len && b.status == STATUS_OK; j++) {
    struct output out = k.outputs.data[j];
    int32_t d = dots[out.value];
    if (d < 0 || derivative_of(dot, out.array) < 0) continue;
    if (out.mode == OUTPUT_MIN || out.mode == OUTPUT_MAX) {
      struct map here = {.kind = MAP_POSITION};
      int32_t wins =
          body_op2(&b, OP_EQ, body_read(&b, -1, &here), body_read(&b, out.winner, &out.map));
      d = tangent_select(&b, wins, d, -1);
      out.mode = OUTPUT_ADD;
    }
    out.array = derivative_of(dot, out.array);
    out.value = d;
    out.winner = -1;
    body_output(&b, out);
  }
done:
  mem_free(id);
  mem_free(dots);
  return body_finish(&b, p);
}

enum status program_tangent(struct context *ctx, struct program *p, struct derivatives *dot)
{
  TRY(add_seeds(ctx, p, dot));
  size_t narrays = dot->of.len;
  bool *active = mem_alloc(p->arrays.len, sizeof *active); /* the seeds too */
  if (!active) return diag_no_memory(ctx);
  enum status status = program_activity(ctx, p, active);
  for (size_t a = 0; a < narrays && status == STATUS_OK; a++) {
    if (!active[a] || dot->of.data[a] >= 0) continue;
    struct array d = {.kind = ARRAY_COMPUTED,
                      .size = p->arrays.data[a].size,
                      .unknown = -1,
                      .symbol = p->arrays.data[a].symbol};
    dot->of.data[a] = program_add_array(p, d, "tangent");
    if (dot->of.data[a] < 0) status = diag_no_memory(ctx);
  }
  mem_free(active);
  TRY(status);
  size_t ngroups = p->groups.len;
  for (size_t g = 0; g < ngroups; g++) {
    struct group group = p->groups.data[g];
    int first = (int)p->kernels.len;
    for (int i = 0; i < group.count; i++) TRY(tangent_kernel(ctx, p, group.first + i, dot));
    group.first = first;
    if (program_add_group(p, group) < 0) return diag_no_memory(ctx);
  }
  return STATUS_OK;
}

enum status program_dot_seed(struct context *ctx, struct program *p, const struct derivatives *grad,
                             int *result)
{
  struct derivatives seeds = {0};
  enum status status = add_seeds(ctx, p, &seeds);
  struct array s = {.kind = ARRAY_COMPUTED, .size = 1, .unknown = -1, .symbol = -1};
  *result = status == STATUS_OK ? program_add_array(p, s, "gradient*v") : -1;
  if (status == STATUS_OK && *result < 0) status = diag_no_memory(ctx);
  for (size_t a = 0; a < seeds.of.len && status == STATUS_OK; a++) {
    int g = derivative_of(grad, (int)a);
    if (seeds.of.data[a] < 0 || g < 0 || p->arrays.data[a].kind != ARRAY_VARIABLE) continue;
    struct domain d = {.kind = DOMAIN_BOX, .ndim = 1, .count = p->arrays.data[a].size};
    d.step[0] = 1;
    d.extent[0] = d.count;
    int domain = program_add_domain(p, d);
    if (domain < 0) {
      status = diag_no_memory(ctx);
      break;
    }
    struct body b;
    struct map element = {.kind = MAP_POSITION};
    body_init(&b, ctx, domain, NO_LOC);
    int32_t product =
        body_op2(&b, OP_MUL, body_read(&b, g, &element), body_read(&b, seeds.of.data[a], &element));
    body_output(&b, (struct output){.array = *result,
                                    .map = map_constant(0),
                                    .mode = OUTPUT_ADD,
                                    .value = product,
                                    .winner = -1});
    status = body_finish(&b, p);
    struct group group = {.first = (int)p->kernels.len - 1, .count = 1};
    if (status == STATUS_OK && program_add_group(p, group) < 0) status = diag_no_memory(ctx);
  }
  VEC_FREE(&seeds.of);
  return status;
}
