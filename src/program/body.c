#include "config.h"

#include "program/body.h"

#include <math.h>
#include <string.h>

#include "base/number.h"

void body_init(struct body *b, struct context *ctx, int domain, struct loc loc)
{
  memset(b, 0, sizeof *b);
  b->ctx = ctx;
  b->kernel.domain = domain;
  b->kernel.loc = loc;
  b->loc = loc;
}

void body_free(struct body *b)
{
  kernel_free(&b->kernel);
  mem_free(b->slots);
  mem_free(b->read_slots);
  b->slots = NULL;
  b->read_slots = NULL;
}

static int32_t no_memory(struct body *b)
{
  if (b->status == STATUS_OK) b->status = diag_no_memory(b->ctx);
  return 0;
}

static uint64_t mix(uint64_t h, uint64_t v)
{
  h = (h ^ v) * 0x9E3779B97F4A7C15u;
  return h ^ (h >> 29);
}

static uint64_t op_hash(const struct op *o)
{
  uint64_t bits;
  memcpy(&bits, &o->value, sizeof bits);
  uint64_t h = mix((uint64_t)o->code, bits);
  h = mix(h, (uint32_t)o->a);
  h = mix(h, (uint32_t)o->b);
  return mix(h, (uint64_t)(uint32_t)o->c << 32 | (uint32_t)o->literal);
}

static bool op_same(const struct op *x, const struct op *y)
{
  return x->code == y->code && x->a == y->a && x->b == y->b && x->c == y->c &&
         x->literal == y->literal && number_same_bits(x->value, y->value);
}

/* A slot holds the number of an operation + 1 below the upper half of its hash, so that most of
 * what is different is told without looking at the operation; 0: empty. */
static uint64_t slot_of(uint64_t hash, size_t number)
{
  return (hash & ~(uint64_t)UINT32_MAX) | (number + 1);
}

/* The slot of an equal operation, or the empty one where it belongs. */
static size_t find_slot(const struct body *b, const struct op *o, uint64_t hash)
{
  size_t i = hash & (b->nslots - 1);
  for (; b->slots[i]; i = (i + 1) & (b->nslots - 1))
    if ((b->slots[i] ^ hash) >> 32 == 0 &&
        op_same(&b->kernel.ops.data[(uint32_t)b->slots[i] - 1], o))
      break;
  return i;
}

static bool grow_slots(struct body *b)
{
  size_t nslots = b->nslots ? 2 * b->nslots : 64;
  uint64_t *slots = mem_zalloc(nslots, sizeof *slots);
  if (!slots) return false;
  for (size_t k = 0; k < b->kernel.ops.len; k++) { /* all are different */
    uint64_t hash = op_hash(&b->kernel.ops.data[k]);
    size_t i = hash & (nslots - 1);
    while (slots[i]) i = (i + 1) & (nslots - 1);
    slots[i] = slot_of(hash, k);
  }
  mem_free(b->slots);
  b->slots = slots;
  b->nslots = nslots;
  return true;
}

/* The operation, shared with an equal one. */
static int32_t intern(struct body *b, struct op o)
{
  if (b->status != STATUS_OK) return 0;
  if (2 * (b->kernel.ops.len + 1) > b->nslots && !grow_slots(b)) return no_memory(b);
  uint64_t hash = op_hash(&o);
  size_t slot = find_slot(b, &o, hash);
  if (b->slots[slot]) return (int32_t)((uint32_t)b->slots[slot] - 1);
  if (b->kernel.ops.len >= BODY_MAX) {
    b->status = FAIL(b->ctx, BODY_TOO_LONG, b->loc, BODY_MAX);
    return 0;
  }
  o.loc = b->loc;
  if (!VEC_PUSH(&b->kernel.ops, o)) return no_memory(b);
  b->slots[slot] = slot_of(hash, b->kernel.ops.len - 1);
  return (int32_t)b->kernel.ops.len - 1;
}

int32_t body_const(struct body *b, double value)
{
  return intern(b, (struct op){.code = OP_CONST, .a = -1, .b = -1, .c = -1, .value = value});
}

static size_t find_read_slot(const struct body *b, const struct read *r)
{
  uint64_t h = mix(mix((uint64_t)r->map.kind, (uint32_t)r->array), (uint64_t)r->map.base);
  h = mix(h, (uint32_t)r->map.table);
  for (int d = 0; d < LOOP_MAX; d++) h = mix(h, (uint64_t)r->map.coef[d]);
  size_t i = h & (b->nread_slots - 1);
  for (; b->read_slots[i] >= 0; i = (i + 1) & (b->nread_slots - 1)) {
    const struct read *other = &b->kernel.reads.data[b->read_slots[i]];
    if (other->array == r->array && map_equal(&other->map, &r->map)) break;
  }
  return i;
}

static bool grow_read_slots(struct body *b)
{
  size_t n = b->nread_slots ? 2 * b->nread_slots : 16;
  int32_t *slots = mem_alloc(n, sizeof *slots);
  if (!slots) return false;
  memset(slots, -1, n * sizeof *slots);
  mem_free(b->read_slots);
  b->read_slots = slots;
  b->nread_slots = n;
  for (size_t i = 0; i < b->kernel.reads.len; i++)
    b->read_slots[find_read_slot(b, &b->kernel.reads.data[i])] = (int32_t)i;
  return true;
}

int32_t body_read(struct body *b, int array, const struct map *map)
{
  struct read read = {array, *map};
  if (b->status != STATUS_OK) return 0;
  if (2 * (b->kernel.reads.len + 1) > b->nread_slots && !grow_read_slots(b)) return no_memory(b);
  size_t slot = find_read_slot(b, &read);
  if (b->read_slots[slot] < 0) {
    if (!VEC_PUSH(&b->kernel.reads, read)) return no_memory(b);
    b->read_slots[slot] = (int32_t)b->kernel.reads.len - 1;
  }
  return intern(b, (struct op){.code = OP_READ, .a = b->read_slots[slot], .b = -1, .c = -1});
}

static const struct op *get(const struct body *b, int32_t x)
{
  return &b->kernel.ops.data[x];
}

int32_t body_literal(struct body *b, int number, double value)
{
  return intern(b, (struct op){.code = OP_CONST,
                               .a = -1,
                               .b = -1,
                               .c = -1,
                               .value = value,
                               .literal = number + 1});
}

/* Whether x is a constant that is a double. */
static bool is_plain(const struct body *b, int32_t x)
{
  return get(b, x)->code == OP_CONST && !get(b, x)->literal;
}

bool body_is_const(const struct body *b, int32_t x, double value)
{
  return b->status == STATUS_OK && is_plain(b, x) && get(b, x)->value == value &&
         !signbit(get(b, x)->value) == !signbit(value);
}

/* An operation that is not worth doing, or has a simpler form; -1: none. */
static int32_t simpler(struct body *b, const struct op *o)
{
  switch (o->code) {
  case OP_NEG:
    if (get(b, o->a)->code == OP_NEG) return get(b, o->a)->a;
    if (is_plain(b, o->a)) return body_const(b, -get(b, o->a)->value);
    return -1;
  case OP_ADD:
    if (get(b, o->b)->code == OP_NEG) return body_op2(b, OP_SUB, o->a, get(b, o->b)->a);
    if (get(b, o->a)->code == OP_NEG) return body_op2(b, OP_SUB, o->b, get(b, o->a)->a);
    return -1;
  case OP_SUB:
    if (get(b, o->b)->code == OP_NEG) return body_op2(b, OP_ADD, o->a, get(b, o->b)->a);
    return -1;
  case OP_MUL:
    if (body_is_const(b, o->a, 1)) return o->b;
    if (body_is_const(b, o->b, 1)) return o->a;
    if (body_is_const(b, o->a, -1)) return body_op1(b, OP_NEG, o->b);
    if (body_is_const(b, o->b, -1)) return body_op1(b, OP_NEG, o->a);
    return -1;
  case OP_DIV: return body_is_const(b, o->b, 1) ? o->a : -1;
  case OP_POWI:
    if (o->value == 0) return body_const(b, 1);
    return o->value == 1 ? o->a : -1;
  case OP_SELECT:
    if (o->b == o->c) return o->b;
    if (!is_plain(b, o->a)) return -1;
    return get(b, o->a)->value != 0 ? o->b : o->c;
  default: return -1;
  }
}

int32_t body_emit(struct body *b, struct op op)
{
  if (b->status != STATUS_OK) return 0;
  int32_t s = simpler(b, &op);
  return s >= 0 ? s : intern(b, op);
}

int32_t body_op3(struct body *b, enum op_code code, int32_t x, int32_t y, int32_t z)
{
  return body_emit(b, (struct op){.code = code, .a = x, .b = y, .c = z});
}

int32_t body_op2(struct body *b, enum op_code code, int32_t x, int32_t y)
{
  return body_op3(b, code, x, y, -1);
}

int32_t body_op1(struct body *b, enum op_code code, int32_t x)
{
  return body_op3(b, code, x, -1, -1);
}

int32_t body_powi(struct body *b, int32_t x, int k)
{
  return body_emit(b, (struct op){.code = OP_POWI, .a = x, .b = -1, .c = -1, .value = k});
}

int32_t body_polygamma(struct body *b, int m, int32_t x)
{
  return body_emit(b, (struct op){.code = OP_POLYGAMMA, .a = x, .b = -1, .c = -1, .value = m});
}

int32_t body_scale(struct body *b, double c, int32_t x)
{
  if (b->status == STATUS_OK && is_plain(b, x) && fabs(c) < 0x1p26 &&
      fabs(get(b, x)->value) < 0x1p26 && c == trunc(c) &&
      get(b, x)->value == trunc(get(b, x)->value))
    return body_const(b, c * get(b, x)->value); /* exact */
  return body_op2(b, OP_MUL, body_const(b, c), x);
}

void body_output(struct body *b, struct output out)
{
  if (b->status == STATUS_OK && !VEC_PUSH(&b->kernel.outputs, out)) no_memory(b);
}

/* Marks in live what the outputs of k need. */
static void kernel_live(const struct kernel *k, bool *live)
{
  for (size_t i = 0; i < k->outputs.len; i++) live[k->outputs.data[i].value] = true;
  for (size_t i = k->ops.len; i-- > 0;) {
    const struct op *o = &k->ops.data[i];
    if (!live[i] || o->code == OP_READ) continue;
    if (o->a >= 0) live[o->a] = true;
    if (o->b >= 0) live[o->b] = true;
    if (o->c >= 0) live[o->c] = true;
  }
}

/* Moves what is live to the front and renumbers. */
static bool compact(struct kernel *k)
{
  bool *live = mem_zalloc(k->ops.len, sizeof *live);
  int32_t *number = mem_alloc(k->ops.len, sizeof *number);
  int32_t *read_number = mem_alloc(k->reads.len, sizeof *read_number);
  bool ok = live && number && read_number;
  if (ok) {
    int32_t nops = 0, nreads = 0;
    kernel_live(k, live);
    for (size_t r = 0; r < k->reads.len; r++) read_number[r] = -1;
    for (size_t i = 0; i < k->ops.len; i++)
      if (live[i] && k->ops.data[i].code == OP_READ) read_number[k->ops.data[i].a] = 0;
    for (size_t r = 0; r < k->reads.len; r++)
      if (read_number[r] == 0) {
        k->reads.data[nreads] = k->reads.data[r];
        read_number[r] = nreads++;
      }
    k->reads.len = (size_t)nreads;
    for (size_t i = 0; i < k->ops.len; i++) {
      if (!live[i]) continue;
      struct op o = k->ops.data[i];
      if (o.code == OP_READ) {
        o.a = read_number[o.a];
      } else {
        if (o.a >= 0) o.a = number[o.a];
        if (o.b >= 0) o.b = number[o.b];
        if (o.c >= 0) o.c = number[o.c];
      }
      k->ops.data[nops] = o;
      number[i] = nops++;
    }
    k->ops.len = (size_t)nops;
    for (size_t i = 0; i < k->outputs.len; i++)
      k->outputs.data[i].value = number[k->outputs.data[i].value];
  }
  mem_free(live);
  mem_free(number);
  mem_free(read_number);
  return ok;
}

/* Gives back what the vector has in reserve; if that fails, nothing is lost. */
#define SHRINK(v)                                                                                  \
  do {                                                                                             \
    void *smaller = mem_resize((v)->data, (v)->len, sizeof *(v)->data);                            \
    if (smaller) (v)->data = smaller, (v)->cap = (v)->len;                                         \
  } while (0)

enum status body_take(struct body *b, struct kernel *out)
{
  if (b->status == STATUS_OK && !compact(&b->kernel)) no_memory(b);
  if (b->status == STATUS_OK) {
    SHRINK(&b->kernel.reads);
    SHRINK(&b->kernel.ops);
    SHRINK(&b->kernel.outputs);
    *out = b->kernel;
    memset(&b->kernel, 0, sizeof b->kernel);
  }
  body_free(b);
  return b->status;
}

enum status body_finish(struct body *b, struct program *p)
{
  struct kernel k;
  TRY(body_take(b, &k));
  return program_add_kernel(p, k) >= 0 ? STATUS_OK : diag_no_memory(b->ctx);
}
