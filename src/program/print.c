#include "config.h"

#include "program/print.h"

static void print_count(struct strbuf *out, int64_t count, const char *what)
{
  strbuf_printf(out, "%lld %s%s", (long long)count, what, count == 1 ? "" : "s");
}

static void print_array(const struct program *p, int i, struct strbuf *out)
{
  static const char *const kinds[] = {"variable", "data", "seed", "computed"};
  const struct array *a = &p->arrays.data[i];
  strbuf_printf(out, "  @%d %s: %s, ", i, a->name, kinds[a->kind]);
  print_count(out, a->size, "element");
  if (a->kind == ARRAY_VARIABLE || a->kind == ARRAY_SEED)
    strbuf_printf(out, ", offset %lld", (long long)a->offset);
  if (a->kind == ARRAY_VARIABLE && a->unknown < 0) strbuf_puts(out, ", held");
  if (a->fill != 0) {
    strbuf_puts(out, ", starts with ");
    strbuf_number(out, a->fill);
  }
  strbuf_puts(out, a->lane ? ", per lane\n" : "\n");
}

static void print_domain(const struct domain *d, struct strbuf *out)
{
  print_count(out, d->count, "iteration");
  if (d->kind == DOMAIN_RUNS) {
    strbuf_printf(out, " of %d loop%s in ", d->ndim, d->ndim == 1 ? "" : "s");
    print_count(out, d->nruns, "run");
    return;
  }
  for (int i = 0; i < d->ndim; i++) {
    strbuf_printf(out, "%s i%d in %lld..%lld", i ? "," : ":", i, (long long)d->lo[i],
                  (long long)(d->lo[i] + d->step[i] * (d->extent[i] - 1)));
    if (d->step[i] != 1) strbuf_printf(out, " by %lld", (long long)d->step[i]);
  }
}

static void print_term(struct strbuf *out, bool *any, int64_t coef, const char *name, int index)
{
  if (coef == 0) return;
  unsigned long long size = coef < 0 ? 0 - (unsigned long long)coef : (unsigned long long)coef;
  strbuf_puts(out, *any ? (coef < 0 ? " - " : " + ") : (coef < 0 ? "-" : ""));
  if (size != 1 || !name) strbuf_printf(out, "%llu", size);
  if (size != 1 && name) strbuf_putc(out, '*');
  if (name) strbuf_puts(out, name);
  if (index >= 0) strbuf_int(out, index);
  *any = true;
}

static void print_map(const struct program *p, const struct map *m, struct strbuf *out)
{
  bool any = false;
  switch (m->kind) {
  case MAP_TABLE:
    strbuf_printf(out, "table%d[p], ", m->table);
    print_count(out, p->tables.data[m->table].len, "offset");
    return;
  case MAP_POSITION: print_term(out, &any, 1, "p", -1); break;
  case MAP_AFFINE:
    for (int i = 0; i < LOOP_MAX; i++) print_term(out, &any, m->coef[i], "i", i);
    break;
  }
  print_term(out, &any, m->base, NULL, -1);
  if (!any) strbuf_putc(out, '0');
}

static void print_element(const struct program *p, int array, const struct map *m,
                          struct strbuf *out)
{
  if (array < 0) {
    strbuf_puts(out, "(");
    print_map(p, m, out);
    strbuf_puts(out, ")");
    return;
  }
  strbuf_puts(out, p->arrays.data[array].name);
  strbuf_putc(out, '[');
  print_map(p, m, out);
  strbuf_putc(out, ']');
}

static const char *op_word(enum op_code code)
{
  switch (code) {
  case OP_ADD: return "add";
  case OP_SUB: return "sub";
  case OP_MUL: return "mul";
  case OP_DIV: return "div";
  case OP_MOD: return "mod";
  case OP_LT: return "less";
  case OP_LE: return "lessequal";
  case OP_EQ: return "equal";
  case OP_NE: return "differ";
  default: return op_table[code].name;
  }
}

static void print_constant(const struct program *p, const struct op *op, struct strbuf *out)
{
  if (!op->literal) {
    strbuf_number(out, op->value);
    return;
  }
  const struct number *x = &p->literals.data[op->literal - 1];
  number_print(x->exact ? FIELD_EXACT : FIELD_COMPLEX, x, out);
}

static void print_op(const struct program *p, const struct kernel *k, size_t i, struct strbuf *out)
{
  const struct op *op = &k->ops.data[i];
  const int32_t args[3] = {op->a, op->b, op->c};
  strbuf_printf(out, "    %%%zu = %s", i, op_word(op->code));
  if (op->code == OP_READ) {
    const struct read *r = &k->reads.data[op->a];
    strbuf_putc(out, ' ');
    print_element(p, r->array, &r->map, out);
  } else {
    for (int a = 0; a < op_table[op->code].arity; a++) strbuf_printf(out, " %%%d", (int)args[a]);
  }
  if (op->code == OP_CONST || op->code == OP_POWI || op->code == OP_POLYGAMMA) {
    strbuf_putc(out, ' ');
    print_constant(p, op, out);
  }
  strbuf_putc(out, '\n');
}

static void print_output(const struct program *p, const struct output *o, struct strbuf *out)
{
  static const char *const modes[] = {"set", "add", "min", "max"};
  strbuf_printf(out, "    %s ", modes[o->mode]);
  print_element(p, o->array, &o->map, out);
  strbuf_printf(out, " %%%d", (int)o->value);
  if (o->winner >= 0) strbuf_printf(out, ", position to %s", p->arrays.data[o->winner].name);
  strbuf_putc(out, '\n');
}

static void print_kernel(const struct program *p, int number, struct strbuf *out)
{
  const struct kernel *k = &p->kernels.data[number];
  strbuf_printf(out, "  kernel %d, ", number);
  print_domain(&p->domains.data[k->domain], out);
  strbuf_puts(out, k->order > 0 ? ", in order\n" : k->order < 0 ? ", in reverse order\n" : "\n");
  for (size_t i = 0; i < k->ops.len; i++) print_op(p, k, i, out);
  for (size_t i = 0; i < k->outputs.len; i++) print_output(p, &k->outputs.data[i], out);
}

static void print_group(const struct program *p, int number, struct strbuf *out)
{
  const struct group *g = &p->groups.data[number];
  strbuf_printf(out, "group %d", number);
  if (g->nouter) {
    strbuf_puts(out, g->reverse ? ", backwards over " : ", one after another over ");
    print_domain(&p->domains.data[g->outer], out);
  }
  strbuf_putc(out, '\n');
  for (int k = g->first; k < g->first + g->count; k++) print_kernel(p, k, out);
}

void program_print(const struct program *p, struct strbuf *out)
{
  strbuf_puts(out, "arrays\n");
  for (size_t i = 0; i < p->arrays.len; i++) print_array(p, (int)i, out);
  for (size_t i = 0; i < p->groups.len; i++) print_group(p, (int)i, out);
  if (p->value >= 0) strbuf_printf(out, "value %s\n", p->arrays.data[p->value].name);
}
