/* Sums of products, a₁b₁ ± a₂b₂ ± c₃ …, that are computed in one pass over a block: intermediate
 * results stay in registers.  The roundings are those of the operations one by one. */
#include "config.h"

#include "eval/f64_plan.h"

struct finder {
  const struct kernel *k;
  const bool *needed, *lane;
  int32_t *uses;
  bool *absorbed;
  struct term *terms;
  int32_t count;
};

static void count_uses(struct finder *f)
{
  for (size_t i = 0; i < f->k->ops.len; i++) {
    const struct op *o = &f->k->ops.data[i];
    if (!f->needed[i] || o->code == OP_READ) continue;
    int arity = op_table[o->code].arity;
    if (arity > 0) f->uses[o->a]++;
    if (arity > 1) f->uses[o->b]++;
    if (arity > 2) f->uses[o->c]++;
  }
  for (size_t i = 0; i < f->k->outputs.len; i++) f->uses[f->k->outputs.data[i].value]++;
}

static bool is_sum(enum op_code code)
{
  return code == OP_ADD || code == OP_SUB;
}

/* Whether operation i can be a part of the sum `of`. */
static bool can_absorb(const struct finder *f, int32_t of, int32_t i)
{
  return f->uses[i] == 1 && f->lane[i] == f->lane[of];
}

static bool is_product(const struct op *o)
{
  return o->code == OP_MUL || (o->code == OP_POWI && o->value == 2);
}

static bool add_term(struct finder *f, int32_t of, int32_t i, bool minus)
{
  const struct op *o = &f->k->ops.data[i];
  struct term t = {.a = i, .b = -1, .minus = minus};
  bool product = is_product(o) && can_absorb(f, of, i);
  if (product) {
    t.a = o->a;
    t.b = o->code == OP_MUL ? o->b : o->a;
    f->absorbed[i] = true;
  }
  f->terms[f->count++] = t;
  return product;
}

/* The operation that comes first in the sum o: one that is a sum, too, if there is one. */
static int32_t first_part(const struct finder *f, int32_t of, const struct op *o)
{
  bool a = is_sum(f->k->ops.data[o->a].code) && can_absorb(f, of, o->a);
  bool b = is_sum(f->k->ops.data[o->b].code) && can_absorb(f, of, o->b);
  return o->code == OP_ADD && !a && b ? o->b : o->a;
}

/* The terms of sum i, in the order of the additions, which go from the innermost sum outwards. */
static void take_terms(struct finder *f, int32_t i, int32_t *sum, int32_t *nterms)
{
  const struct op *ops = f->k->ops.data;
  int32_t chain[TERMS_MAX - 1], depth = 0, begin = f->count;
  for (int32_t j = i; depth < TERMS_MAX - 1; j = first_part(f, i, &ops[j])) {
    if (j != i && !(is_sum(ops[j].code) && can_absorb(f, i, j))) break;
    chain[depth++] = j;
  }
  const struct op *inner = &ops[chain[depth - 1]];
  int32_t first = first_part(f, i, inner);
  bool products = add_term(f, i, first, false);
  for (int32_t d = depth; d-- > 0;) {
    const struct op *o = &ops[chain[d]];
    int32_t before = first_part(f, i, o), after = before == o->a ? o->b : o->a;
    products |= add_term(f, i, after, o->code == OP_SUB);
    if (d > 0) f->absorbed[chain[d]] = true;
  }
  if (depth == 1 && !products) {
    f->count = begin; /* a plain operation */
    return;
  }
  sum[i] = begin;
  nterms[i] = f->count - begin;
}

bool f64_find_sums(struct arena *arena, const struct kernel *k, const bool *needed,
                   const bool *lane, struct term **terms, int32_t *sum, int32_t *nterms,
                   bool *absorbed)
{
  struct finder f = {.k = k, .needed = needed, .lane = lane, .absorbed = absorbed};
  struct arena work = {0};
  f.uses = arena_alloc(&work, k->ops.len, sizeof *f.uses);
  /* each operation is in at most one sum, as its result or inside, with at most two terms of its
   * own */
  f.terms = arena_alloc(arena, 2 * k->ops.len + TERMS_MAX, sizeof *f.terms);
  *terms = f.terms;
  bool ok = f.uses && f.terms;
  if (ok) {
    count_uses(&f);
    for (size_t i = k->ops.len; i-- > 0;)
      if (needed[i] && !absorbed[i] && is_sum(k->ops.data[i].code))
        take_terms(&f, (int32_t)i, sum, nterms);
  }
  arena_free(&work);
  return ok;
}
