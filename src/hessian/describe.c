/* What a problem is made of, for people (info) and as a digest. */
#include "config.h"

#include "hessian/problem_parts.h"

#include <string.h>

#include "program/print.h"

/* ---- digest ---- */

/* FNV-1a, 64 bits, over whole words in little-endian order. */
static void hash_word(uint64_t *h, uint64_t word)
{
  for (int i = 0; i < 8; i++) {
    *h = (*h ^ (word >> 8 * i & 0xFF)) * UINT64_C(0x100000001B3);
  }
}

static void hash_ints(uint64_t *h, const int64_t *v, int64_t count)
{
  for (int64_t i = 0; i < count; i++) hash_word(h, (uint64_t)v[i]);
}

static void hash_double(uint64_t *h, double v)
{
  uint64_t bits;
  memcpy(&bits, &v, sizeof bits);
  hash_word(h, bits);
}

static void hash_map(uint64_t *h, const struct map *m)
{
  hash_word(h, (uint64_t)m->kind);
  switch (m->kind) {
  case MAP_TABLE: hash_word(h, (uint64_t)m->table); break;
  case MAP_POSITION: hash_word(h, (uint64_t)m->base); break;
  case MAP_AFFINE:
    hash_word(h, (uint64_t)m->base);
    hash_ints(h, m->coef, LOOP_MAX);
    break;
  }
}

static void hash_domain(uint64_t *h, const struct domain *d)
{
  hash_word(h, (uint64_t)d->kind);
  hash_word(h, (uint64_t)d->ndim);
  hash_word(h, (uint64_t)d->count);
  if (d->kind == DOMAIN_BOX) {
    hash_ints(h, d->lo, d->ndim);
    hash_ints(h, d->step, d->ndim);
    hash_ints(h, d->extent, d->ndim);
    return;
  }
  hash_word(h, (uint64_t)d->nruns);
  hash_ints(h, d->start, d->nruns + 1);
  hash_ints(h, d->first, d->nruns * d->ndim);
  hash_ints(h, d->run_step, d->nruns);
}

static void hash_kernel(uint64_t *h, const struct kernel *k)
{
  hash_word(h, (uint64_t)k->domain);
  hash_word(h, (uint64_t)k->order);
  hash_word(h, k->reads.len);
  for (size_t i = 0; i < k->reads.len; i++) {
    hash_word(h, (uint64_t)k->reads.data[i].array);
    hash_map(h, &k->reads.data[i].map);
  }
  hash_word(h, k->ops.len);
  for (size_t i = 0; i < k->ops.len; i++) {
    const struct op *op = &k->ops.data[i];
    /* by name: codes may be numbered anew */
    for (const char *c = op_table[op->code].name; *c; c++) hash_word(h, (unsigned char)*c);
    hash_word(h, (uint64_t)op->a);
    hash_word(h, (uint64_t)op->b);
    hash_word(h, (uint64_t)op->c);
    hash_double(h, op->value);
  }
  hash_word(h, k->outputs.len);
  for (size_t i = 0; i < k->outputs.len; i++) {
    const struct output *o = &k->outputs.data[i];
    hash_word(h, (uint64_t)o->array);
    hash_map(h, &o->map);
    hash_word(h, (uint64_t)o->mode);
    hash_word(h, (uint64_t)o->value);
    hash_word(h, (uint64_t)o->winner);
  }
}

static void hash_array(uint64_t *h, const struct array *a)
{
  hash_word(h, (uint64_t)a->kind);
  hash_word(h, (uint64_t)a->size);
  hash_word(h, a->lane);
  if (a->kind == ARRAY_VARIABLE) hash_word(h, (uint64_t)a->unknown);
}

/* Constants of operations count: whether a factor is 0 or an exponent 1 matters to the pattern. */
uint64_t problem_digest(const struct problem *problem)
{
  const struct program *p = &problem->program;
  uint64_t h = UINT64_C(0xCBF29CE484222325);
  hash_word(&h, (uint64_t)p->n);
  hash_word(&h, (uint64_t)p->nx);
  hash_word(&h, (uint64_t)p->value);
  hash_word(&h, p->arrays.len);
  for (size_t i = 0; i < p->arrays.len; i++) hash_array(&h, &p->arrays.data[i]);
  hash_word(&h, p->tables.len);
  for (size_t i = 0; i < p->tables.len; i++) {
    hash_word(&h, (uint64_t)p->tables.data[i].len);
    for (int64_t k = 0; k < p->tables.data[i].len; k++)
      hash_word(&h, (uint64_t)table_get(&p->tables.data[i], k));
  }
  hash_word(&h, p->domains.len);
  for (size_t i = 0; i < p->domains.len; i++) hash_domain(&h, &p->domains.data[i]);
  hash_word(&h, p->kernels.len);
  for (size_t i = 0; i < p->kernels.len; i++) hash_kernel(&h, &p->kernels.data[i]);
  for (size_t i = 0; i < p->groups.len; i++) {
    const struct group *g = &p->groups.data[i];
    hash_word(&h, (uint64_t)g->nouter);
    hash_word(&h, g->nouter ? (uint64_t)g->outer : 0);
    hash_word(&h, g->reverse);
    hash_word(&h, (uint64_t)g->first);
    hash_word(&h, (uint64_t)g->count);
  }
  return h;
}

/* ---- description ---- */

static const struct symbol *block_symbol(const struct problem *p, const struct block *b)
{
  return &p->symbols[p->program.arrays.data[b->array].symbol];
}

const struct shape *problem_block_shape(const struct problem *p, const struct block *b)
{
  return &block_symbol(p, b)->shape;
}

static void put_symbol(const struct symbol *s, struct strbuf *out)
{
  strbuf_puts(out, "  ");
  strbuf_puts(out, s->decl->name);
  if (s->shape.ndim == 0) return;
  shape_print(&s->shape, out);
  if (!s->shape.box) strbuf_puts(out, " (in part)");
  strbuf_printf(out, ": %lld element%s", (long long)s->shape.size, s->shape.size == 1 ? "" : "s");
}

/* ", x[1,1] is 5" */
static void put_column(const struct problem *p, const struct block *b, int64_t k,
                       struct strbuf *out)
{
  strbuf_puts(out, ", ");
  problem_element_name(p, b->array, k, out);
  strbuf_printf(out, " is %lld", (long long)(b->unknown + k + 1));
}

/* How to go from an element to its column (from 1) and back. */
static void put_columns(const struct problem *p, const struct block *b, int ndim,
                        struct strbuf *out)
{
  if (b->size == 0) return;
  if (b->size == 1)
    strbuf_printf(out, ", column %lld", (long long)b->unknown + 1);
  else
    strbuf_printf(out, ", columns %lld..%lld", (long long)b->unknown + 1,
                  (long long)(b->unknown + b->size));
  if (ndim > 1) strbuf_puts(out, ", row-major");
  if (ndim > 0) put_column(p, b, 0, out);
  if (b->size > 1) put_column(p, b, b->size - 1, out);
}

static void put_block(const struct problem *p, const struct block *b, struct strbuf *out)
{
  const struct symbol *s = block_symbol(p, b);
  put_symbol(s, out);
  if (b->unknown < 0)
    strbuf_puts(out, ", held");
  else
    put_columns(p, b, s->shape.ndim, out);
  strbuf_puts(out, s->has_default ? ", has a default\n" : "\n");
}

static void put_blocks(const struct problem *p, struct strbuf *out)
{
  if (p->blocks.len) strbuf_puts(out, "variables\n");
  for (size_t i = 0; i < p->unknown_blocks.len; i++)
    put_block(p, &p->blocks.data[p->unknown_blocks.data[i]], out);
  for (size_t i = 0; i < p->blocks.len; i++)
    if (p->blocks.data[i].unknown < 0) put_block(p, &p->blocks.data[i], out);
}

static void put_param(const struct problem *p, const struct symbol *s, struct strbuf *out)
{
  put_symbol(s, out);
  if (s->decl->is_integer) strbuf_puts(out, ", integer");
  if (s->decl->is_sparse) strbuf_printf(out, ", sparse, %lld stored", (long long)s->nentries);
  if (s->shape.ndim == 0 && s->array >= 0 && p->program.arrays.data[s->array].data.count) {
    struct number x = numbers_get(&p->program.arrays.data[s->array].data, 0);
    strbuf_puts(out, " = ");
    number_print(p->field == FIELD_COMPLEX && x.im == 0 ? FIELD_REAL : p->field, &x, out);
  }
  strbuf_putc(out, '\n');
}

static void put_kind(const struct problem *p, enum decl_kind kind, const char *title,
                     struct strbuf *out)
{
  bool any = false;
  for (size_t i = 0; i < p->nsymbols; i++) {
    const struct symbol *s = &p->symbols[i];
    if (s->decl->kind != kind) continue;
    if (!any) strbuf_printf(out, "%s\n", title);
    any = true;
    if (kind == DECL_PARAM) {
      put_param(p, s, out);
    } else {
      put_symbol(s, out);
      strbuf_putc(out, '\n');
    }
  }
}

static void put_counts(const struct program *p, struct strbuf *out)
{
  int64_t operations, iterations;
  program_totals(p, &operations, &iterations);
  strbuf_printf(out, "unknowns    %lld of %lld\n", (long long)p->n, (long long)p->nx);
  strbuf_printf(out, "arrays      %zu\n", p->arrays.len);
  strbuf_printf(out, "groups      %zu\n", p->groups.len);
  strbuf_printf(out, "kernels     %zu\n", p->kernels.len);
  strbuf_printf(out, "operations  %lld\n", (long long)operations);
  strbuf_printf(out, "iterations  %lld\n", (long long)iterations);
}

static bool has_complex(const struct problem *p)
{
  const struct program *g = &p->program;
  bool found = false;
  if (p->field != FIELD_COMPLEX) return false;
  for (size_t i = 0; i < g->literals.len && !found; i++) found = g->literals.data[i].im != 0;
  for (size_t i = 0; i < g->arrays.len && !found; i++) {
    const struct numbers *data = &g->arrays.data[i].data;
    for (int64_t k = 0; k < data->count && !found; k++) found = data->im[k] != 0;
  }
  return found;
}

bool problem_is_rational(const struct problem *p, bool irrational[OP_COUNT])
{
  bool rational = !has_complex(p);
  memset(irrational, 0, OP_COUNT * sizeof *irrational);
  for (size_t k = 0; k < p->program.kernels.len; k++) {
    const struct kernel *kernel = &p->program.kernels.data[k];
    for (size_t i = 0; i < kernel->ops.len; i++) {
      enum op_code code = kernel->ops.data[i].code;
      if (op_is_rational(code)) continue;
      irrational[code] = true;
      rational = false;
    }
  }
  return rational;
}

/* Whether exact arithmetic could evaluate the model, and if not, why. */
static void put_exact(const struct problem *p, struct strbuf *out)
{
  bool irrational[OP_COUNT], any = false;
  if (problem_is_rational(p, irrational)) {
    strbuf_puts(out, "exact       possible\n");
    return;
  }
  strbuf_puts(out, "exact       impossible: ");
  if (has_complex(p)) {
    strbuf_puts(out, "complex numbers");
    any = true;
  }
  for (int code = 0; code < OP_COUNT; code++) {
    if (!irrational[code]) continue;
    strbuf_printf(out, "%s%s", any ? ", " : "", op_table[code].name);
    any = true;
  }
  strbuf_putc(out, '\n');
}

void problem_describe(const struct problem *p, struct strbuf *out)
{
  put_blocks(p, out);
  put_kind(p, DECL_PARAM, "parameters", out);
  put_kind(p, DECL_LET, "lets", out);
  put_kind(p, DECL_AUX, "auxiliary outputs", out);
  strbuf_putc(out, '\n');
  put_counts(&p->program, out);
  put_exact(p, out);
  strbuf_putc(out, '\n');
  program_print(&p->program, out);
}
