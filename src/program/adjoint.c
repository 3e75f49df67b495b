/* Reverse mode: for each kernel, in reverse, a kernel that takes the adjoints of its outputs to
 * those of its reads, recomputing the body.
 *
 * Branches that are not taken must not leak: 0 · ∞ is NaN.  So each operation has a *use*, the
 * condition under which the result counts: everything is used always, until a select (or a losing
 * operand of a min or max reduction) says otherwise.  A contribution that goes from an operation to
 * an argument with another use is masked by a select, which never multiplies.  Where elements of an
 * array are used conditionally, the condition travels to the kernel that computes them through an
 * array of uses.  The masks are selects themselves, so that the transforms compose. */
#include "config.h"

#include "program/transform.h"

#include <string.h>

enum { USE_NEVER = -2, USE_ALWAYS = -1 }; /* else: the operation that computes the condition */

struct adjoint {
  struct context *ctx;
  struct program *p;
  struct derivatives *bar;
  bool *active;   /* per array: depends on the unknowns */
  int *use;       /* per array: the array of uses, or -1: all elements are used always */
  size_t narrays; /* before the transform */
};

/* ---- which arrays are used conditionally ---- */

static bool conditional_output(const struct adjoint *t, const struct output *out)
{
  return t->use[out->array] >= 0 || out->mode == OUTPUT_MIN || out->mode == OUTPUT_MAX;
}

enum level { LEVEL_NEVER, LEVEL_SOMETIMES, LEVEL_ALWAYS };

/* How the result uses each operation of k: never, under a condition, or always. */
static void find_levels(const struct adjoint *t, const struct kernel *k, unsigned char *level)
{
  memset(level, LEVEL_NEVER, k->ops.len);
  for (size_t j = 0; j < k->outputs.len; j++) {
    const struct output *out = &k->outputs.data[j];
    if (derivative_of(t->bar, out->array) < 0) continue;
    unsigned char l = conditional_output(t, out) ? LEVEL_SOMETIMES : LEVEL_ALWAYS;
    if (l > level[out->value]) level[out->value] = l;
  }
  for (size_t i = k->ops.len; i-- > 0;) {
    const struct op *o = &k->ops.data[i];
    unsigned char l = o->code == OP_SELECT && level[i] ? LEVEL_SOMETIMES : level[i];
    for (int slot = 0; slot < op_table[o->code].arity; slot++)
      if (op_passes(o->code, slot) && l > level[op_arg(o, slot)]) level[op_arg(o, slot)] = l;
  }
}

/* Gives an array of uses to the computed arrays with a read that is not always used, and to those
 * that such arrays are made of. */
static enum status find_conditional(struct adjoint *t)
{
  struct program *p = t->p;
  size_t most = program_max_ops(p);
  unsigned char *level = mem_alloc(most, 1);
  bool *active = mem_alloc(most, sizeof *active);
  enum status status = level && active ? STATUS_OK : diag_no_memory(t->ctx);
  for (bool changed = true; changed && status == STATUS_OK;) {
    changed = false;
    for (size_t i = p->kernels.len; i-- > 0 && status == STATUS_OK;) {
      const struct kernel *k = &p->kernels.data[i];
      find_levels(t, k, level);
      kernel_activity(k, t->active, active);
      for (size_t j = 0; j < k->ops.len && status == STATUS_OK; j++) {
        if (k->ops.data[j].code != OP_READ || level[j] != LEVEL_SOMETIMES || !active[j]) continue;
        int a = k->reads.data[k->ops.data[j].a].array;
        if (p->arrays.data[a].kind != ARRAY_COMPUTED || t->use[a] >= 0 ||
            derivative_of(t->bar, a) < 0)
          continue;
        struct array u = {.kind = ARRAY_COMPUTED,
                          .size = p->arrays.data[a].size,
                          .unknown = -1,
                          .symbol = p->arrays.data[a].symbol};
        t->use[a] = program_add_array(p, u, "used");
        if (t->use[a] < 0) status = diag_no_memory(t->ctx);
        changed = true;
      }
    }
  }
  mem_free(level);
  mem_free(active);
  return status;
}

/* ---- conditions of use ---- */

static bool is_op(const struct body *b, int32_t x, enum op_code code)
{
  return b->status == STATUS_OK && b->kernel.ops.data[x].code == code;
}

static bool is_not(const struct body *b, int32_t x, int32_t y)
{
  return is_op(b, x, OP_NOT) && b->kernel.ops.data[x].a == y;
}

static int32_t use_or(struct body *b, int32_t x, int32_t y)
{
  if (x == USE_NEVER || x == y) return y;
  if (y == USE_NEVER) return x;
  if (x == USE_ALWAYS || y == USE_ALWAYS || is_not(b, x, y) || is_not(b, y, x)) return USE_ALWAYS;
  if (is_op(b, x, OP_AND) && is_op(b, y, OP_AND)) { /* (u and c) or (u and not c) */
    const struct op *ox = &b->kernel.ops.data[x], *oy = &b->kernel.ops.data[y];
    if (ox->a == oy->a && (is_not(b, ox->b, oy->b) || is_not(b, oy->b, ox->b))) return ox->a;
  }
  return body_op2(b, OP_OR, x, y);
}

static int32_t use_and(struct body *b, int32_t use, int32_t condition)
{
  return use == USE_NEVER || use == condition ? use
         : use == USE_ALWAYS                  ? condition
                                              : body_op2(b, OP_AND, use, condition);
}

/* ---- one kernel ---- */

struct adjoint_body {
  struct adjoint *t;
  struct kernel k; /* the kernel that is transformed */
  struct body b;
  int32_t *id; /* operation of k → its copy in b */
  int32_t *use;
  int32_t *bar; /* adjoint, or -1: zero */
  bool *active;
};

/* Whether argument `slot` of operation i gets an adjoint. */
static bool passes(const struct adjoint_body *s, size_t i, int slot)
{
  const struct op *o = &s->k.ops.data[i];
  return op_passes(o->code, slot) && s->active[op_arg(o, slot)];
}

/* Whether the position is the one that won a min or max. */
static int32_t wins(struct adjoint_body *s, const struct output *out)
{
  struct map here = {.kind = MAP_POSITION};
  return body_op2(&s->b, OP_EQ, body_read(&s->b, -1, &here),
                  body_read(&s->b, out->winner, &out->map));
}

/* The use of branch `slot` of a select. */
static int32_t branch_use(struct adjoint_body *s, size_t i, int slot)
{
  int32_t c = s->id[s->k.ops.data[i].a];
  return use_and(&s->b, s->use[i], slot == 1 ? c : body_op1(&s->b, OP_NOT, c));
}

static void find_uses(struct adjoint_body *s)
{
  struct body *b = &s->b;
  for (size_t i = 0; i < s->k.ops.len; i++) s->use[i] = USE_NEVER;
  for (size_t j = 0; j < s->k.outputs.len; j++) {
    const struct output *out = &s->k.outputs.data[j];
    if (derivative_of(s->t->bar, out->array) < 0) continue;
    int32_t u = USE_ALWAYS;
    if (s->t->use[out->array] >= 0)
      u = body_op2(b, OP_NE, body_read(b, s->t->use[out->array], &out->map), body_const(b, 0));
    if (out->mode == OUTPUT_MIN || out->mode == OUTPUT_MAX) u = use_and(b, u, wins(s, out));
    s->use[out->value] = use_or(b, s->use[out->value], u);
  }
  for (size_t i = s->k.ops.len; i-- > 0 && b->status == STATUS_OK;) {
    const struct op *o = &s->k.ops.data[i];
    if (s->use[i] == USE_NEVER) continue;
    for (int slot = 0; slot < op_table[o->code].arity; slot++) {
      if (!passes(s, i, slot)) continue;
      int32_t u = o->code == OP_SELECT ? branch_use(s, i, slot) : s->use[i], arg = op_arg(o, slot);
      s->use[arg] = use_or(b, s->use[arg], u);
    }
  }
}

/* Adds a contribution that counts where `from` holds to the adjoint of operation i. */
static void contribute(struct adjoint_body *s, size_t i, int32_t value, int32_t from)
{
  if (from != s->use[i] && from != USE_ALWAYS)
    value = body_op3(&s->b, OP_SELECT, from, value, body_const(&s->b, 0));
  s->bar[i] = s->bar[i] < 0 ? value : body_op2(&s->b, OP_ADD, s->bar[i], value);
}

static void reverse_op(struct adjoint_body *s, size_t i)
{
  struct body *b = &s->b;
  const struct op *o = &s->k.ops.data[i];
  int32_t x = o->a >= 0 ? s->id[o->a] : -1, y = o->b >= 0 ? s->id[o->b] : -1;
  b->loc = o->loc;
  for (int slot = 0; slot < op_table[o->code].arity; slot++) {
    if (!passes(s, i, slot)) continue;
    size_t arg = (size_t)op_arg(o, slot);
    if (o->code == OP_SELECT) { /* where the branch is not taken its adjoint does not matter */
      contribute(s, arg, s->bar[i], branch_use(s, i, slot));
      continue;
    }
    bool exponent_active = o->b >= 0 && s->active[o->b];
    int32_t d = op_derivative(b, o, slot, x, y, s->id[i], exponent_active, s->bar[i]);
    if (d >= 0) contribute(s, arg, d, s->use[i]);
  }
}

static void read_output_adjoints(struct adjoint_body *s)
{
  struct body *b = &s->b;
  for (size_t i = 0; i < s->k.ops.len; i++) s->bar[i] = -1;
  for (size_t j = 0; j < s->k.outputs.len; j++) {
    const struct output *out = &s->k.outputs.data[j];
    int bar = derivative_of(s->t->bar, out->array);
    if (bar < 0 || !s->active[out->value]) continue;
    int32_t d = body_read(b, bar, &out->map);
    if (out->mode == OUTPUT_MIN || out->mode == OUTPUT_MAX)
      d = body_op3(b, OP_SELECT, wins(s, out), d, body_const(b, 0));
    contribute(s, (size_t)out->value, d, USE_ALWAYS);
  }
}

/* A value with the meaning of use u: 1 where it counts. */
static int32_t use_value(struct body *b, int32_t u)
{
  return u == USE_ALWAYS ? body_const(b, 1) : u;
}

static void write_read_adjoints(struct adjoint_body *s)
{
  struct body *b = &s->b;
  for (size_t i = 0; i < s->k.ops.len && b->status == STATUS_OK; i++) {
    const struct op *o = &s->k.ops.data[i];
    if (o->code != OP_READ || s->bar[i] < 0) continue;
    const struct read *r = &s->k.reads.data[o->a];
    int bar = derivative_of(s->t->bar, r->array);
    if (bar < 0) continue;
    int32_t d = s->bar[i], u = s->use[i];
    b->loc = o->loc;
    if (u != USE_ALWAYS) d = body_op3(b, OP_SELECT, u, d, body_const(b, 0));
    body_output(b, (struct output){
                       .array = bar, .map = r->map, .mode = OUTPUT_ADD, .value = d, .winner = -1});
    if (s->t->use[r->array] >= 0)
      body_output(b, (struct output){.array = s->t->use[r->array],
                                     .map = r->map,
                                     .mode = OUTPUT_ADD,
                                     .value = use_value(b, u),
                                     .winner = -1});
  }
}

static enum status adjoint_kernel(struct adjoint *t, int kernel)
{
  struct adjoint_body s = {.t = t, .k = t->p->kernels.data[kernel]};
  size_t nops = s.k.ops.len;
  body_init(&s.b, t->ctx, s.k.domain, s.k.loc);
  s.b.kernel.order = -s.k.order;
  s.id = mem_alloc(nops, sizeof *s.id);
  s.use = mem_alloc(nops, sizeof *s.use);
  s.bar = mem_alloc(nops, sizeof *s.bar);
  s.active = mem_alloc(nops, sizeof *s.active);
  if (s.id && s.use && s.bar && s.active) {
    body_copy(&s.b, &s.k, s.id);
    kernel_activity(&s.k, t->active, s.active);
    find_uses(&s);
    read_output_adjoints(&s);
    for (size_t i = nops; i-- > 0 && s.b.status == STATUS_OK;)
      if (s.bar[i] >= 0) reverse_op(&s, i);
    write_read_adjoints(&s);
  } else {
    s.b.status = diag_no_memory(t->ctx);
  }
  mem_free(s.id);
  mem_free(s.use);
  mem_free(s.bar);
  mem_free(s.active);
  return body_finish(&s.b, t->p);
}

/* ---- the program ---- */

/* Marks the arrays that `result` depends on with derivative ≠ 0. */
static enum status find_reaching(struct adjoint *t, int result, bool *reaches)
{
  const struct program *p = t->p;
  bool *live = mem_alloc(program_max_ops(p), sizeof *live);
  if (!live) return diag_no_memory(t->ctx);
  memset(reaches, 0, t->narrays * sizeof *reaches);
  reaches[result] = true;
  for (bool changed = true; changed;) {
    changed = false;
    for (size_t i = p->kernels.len; i-- > 0;)
      changed |= kernel_reach(&p->kernels.data[i], t->active, reaches, live);
  }
  mem_free(live);
  return STATUS_OK;
}

static enum status add_adjoint_arrays(struct adjoint *t, int result, const bool *reaches)
{
  struct program *p = t->p;
  if (!VEC_RESERVE(&t->bar->of, t->narrays)) return diag_no_memory(t->ctx);
  t->bar->of.len = t->narrays;
  for (size_t a = 0; a < t->narrays; a++) {
    const struct array *x = &p->arrays.data[a];
    bool unknown = x->kind == ARRAY_VARIABLE && x->unknown >= 0;
    t->bar->of.data[a] = -1;
    if (!unknown && !(reaches[a] && t->active[a])) continue;
    struct array bar = {.kind = ARRAY_COMPUTED,
                        .size = x->size,
                        .unknown = -1,
                        .symbol = x->symbol,
                        .fill = (int)a == result ? 1 : 0};
    int number = program_add_array(p, bar, "adjoint");
    if (number < 0) return diag_no_memory(t->ctx);
    t->bar->of.data[a] = number;
  }
  return STATUS_OK;
}

static enum status reverse_groups(struct adjoint *t)
{
  struct program *p = t->p;
  for (size_t g = p->groups.len; g-- > 0;) {
    struct group group = p->groups.data[g];
    int first = (int)p->kernels.len;
    for (int i = group.count; i-- > 0;) TRY(adjoint_kernel(t, group.first + i));
    group.first = first;
    group.reverse = !group.reverse;
    if (program_add_group(p, group) < 0) return diag_no_memory(t->ctx);
  }
  return STATUS_OK;
}

enum status program_adjoint(struct context *ctx, struct program *p, int result,
                            struct derivatives *bar)
{
  struct adjoint t = {.ctx = ctx, .p = p, .bar = bar, .narrays = p->arrays.len};
  bool *reaches = mem_alloc(t.narrays, sizeof *reaches);
  t.active = mem_alloc(t.narrays, sizeof *t.active);
  t.use = mem_alloc(t.narrays, sizeof *t.use);
  enum status status = reaches && t.active && t.use ? STATUS_OK : diag_no_memory(ctx);
  for (size_t a = 0; status == STATUS_OK && a < t.narrays; a++) t.use[a] = -1;
  if (status == STATUS_OK) status = program_activity(ctx, p, t.active);
  if (status == STATUS_OK) status = find_reaching(&t, result, reaches);
  if (status == STATUS_OK) status = add_adjoint_arrays(&t, result, reaches);
  if (status == STATUS_OK) status = find_conditional(&t);
  if (status == STATUS_OK) status = reverse_groups(&t);
  mem_free(reaches);
  mem_free(t.active);
  mem_free(t.use);
  return status;
}
