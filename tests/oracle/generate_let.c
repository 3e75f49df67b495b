/* Lets that a library may read in place of their arrays: copies of other arrays, with boundaries
 * around, and lets that are read at one place alone.  What surrounds them is to break that: names
 * of indices that collide, permutations, steps, parts of the array, readers of every kind. */
#include "config.h"

#include "generator.h"

#include <stdio.h>
#include <string.h>

static const char *some_index(struct generator *g, const char *other)
{
  static const char *const names[] = {"i", "j", "k", "t", "l"};
  const char *name = other;
  while (!strcmp(name, other)) name = names[gen_pick(g, 0, 4)];
  return name;
}

static void begin_let(struct generator *g, struct array *a, const char *stem)
{
  gen_new_name(g, a->name, stem);
  strbuf_printf(g->out, "let %s[", a->name);
}

static void end_let(struct generator *g, const struct array *a)
{
  gen_put(g, ";\n");
  g->nloops = 0;
  g->work = 1;
  if (a) gen_add_array(g, a);
}

static void put_loop(struct generator *g, const char *name, const struct span *s)
{
  strbuf_printf(g->out, "%s in ", name);
  gen_put_span(g, s);
  gen_push_loop(g, name, gen_span_least(s), gen_span_greatest(s));
  g->work = g->large ? 10 : g->work * gen_span_count(s);
}

/* A small expression without loops and calls of defs, of elements at shifted indices. */
static void plain(struct generator *g, int depth)
{
  bool was = g->plain;
  g->plain = true;
  gen_moderate(g, depth);
  g->plain = was;
}

/* ---- copies ---- */

/* What stands on a boundary. */
static void boundary(struct generator *g, const char *i)
{
  switch (gen_pick(g, 0, 3)) {
  case 0: gen_put(g, "0"); break;
  case 1: strbuf_printf(g->out, "0.2*%s", i); break;
  case 2: gen_data(g); break;
  default: gen_put_number(g, 0.2, 1.4); break;
  }
}

/* An array of variables or intermediates with steps of 1, or NULL. */
static const struct array *source(struct generator *g, int ndim)
{
  for (int tries = 0; tries < 12; tries++) {
    const struct array *a = gen_some_array(g, false);
    if (!a || a->triangle || a->ndim != ndim || gen_array_size(a) > 30 + 2 * g->large) continue;
    if (a->dims[0].by == 1 && (ndim == 1 || a->dims[1].by == 1)) return a;
  }
  return NULL;
}

/* let e[i in lo-1..hi+1] = a[i] inside, something else around. */
static void padded_line(struct generator *g, const struct array *a, struct array *e, const char *i)
{
  int lo = a->dims[0].lo, hi = a->dims[0].hi;
  e->dims[0] = (struct span){lo - 1, hi + 1, 1};
  put_loop(g, i, &e->dims[0]);
  gen_put(g, "] = ");
  switch (gen_pick(g, 0, 3)) {
  case 0:
    strbuf_printf(g->out, "if %s < %d then ", i, lo);
    boundary(g, i);
    strbuf_printf(g->out, " else if %s > %d then %s[%d] else %s[%s]", i, hi, a->name, lo, a->name,
                  i);
    break;
  case 1:
    strbuf_printf(g->out, "if %s == %d or %s == %d then ", i, lo - 1, i, hi + 1);
    boundary(g, i);
    strbuf_printf(g->out, " else %s[%s]", a->name, i);
    break;
  case 2:
    strbuf_printf(g->out, "if %s >= %d and not (%s > %d) then %s[%s] else ", i, lo, i, hi, a->name,
                  i);
    boundary(g, i);
    break;
  default: /* periodic */
    strbuf_printf(g->out, "if %s == %d then %s[%d] else (if %s > %d then %s[%s - %d] else %s[%s])",
                  i, lo - 1, a->name, hi, i, hi, a->name, i, hi + 1 - lo, a->name, i);
    break;
  }
}

static void other_line(struct generator *g, const struct array *a, struct array *e, const char *i)
{
  int lo = a->dims[0].lo, hi = a->dims[0].hi, count = hi - lo + 1, cut = gen_pick(g, lo, hi);
  const char *name = a->name, *j = some_index(g, i);
  int kind = gen_pick(g, 0, 6);
  switch (kind == 5 && count > 60 ? 6 : kind) {
  case 0:
    e->dims[0] = (struct span){1, count, 1};
    put_loop(g, i, &e->dims[0]);
    strbuf_printf(g->out, "] = %s[%d - %s]", name, hi + 1, i);
    break;
  case 1:
    e->dims[0] = (struct span){0, count - 1, 1};
    put_loop(g, i, &e->dims[0]);
    strbuf_printf(g->out, "] = %s[%s + %d]", name, i, lo);
    break;
  case 2:
    e->dims[0] = (struct span){1, (count + 1) / 2, 1};
    put_loop(g, i, &e->dims[0]);
    strbuf_printf(g->out, "] = %s[2*%s + (%d)]", name, i, lo - 2);
    break;
  case 3:
    e->dims[0] = gen_chance(g, 50) || count < 2 ? (struct span){hi, lo, -1}
                                                : (struct span){lo, lo + (count - 1) / 2 * 2, 2};
    put_loop(g, i, &e->dims[0]);
    strbuf_printf(g->out, "] = %s[%s]", name, i);
    break;
  case 4:
    e->ndim = 2;
    e->dims[0] = (struct span){1, 2, 1};
    e->dims[1] = (struct span){lo, hi, 1};
    put_loop(g, i, &e->dims[0]);
    gen_put(g, ", ");
    put_loop(g, j, &e->dims[1]);
    strbuf_printf(g->out, "] = if %s == 1 then %s[%s] else %s[%d - %s]", i, name, j, name, lo + hi,
                  j);
    break;
  case 5: /* a diagonal matrix */
    e->ndim = 2;
    e->dims[0] = e->dims[1] = a->dims[0];
    put_loop(g, i, &e->dims[0]);
    gen_put(g, ", ");
    put_loop(g, j, &e->dims[1]);
    strbuf_printf(g->out, "] = if %s == %s then %s[%s] else ", i, j, name,
                  gen_chance(g, 50) ? i : j);
    boundary(g, i);
    break;
  default:
    e->dims[0] = a->dims[0];
    put_loop(g, i, &e->dims[0]);
    strbuf_printf(g->out, "] = if %s <= %d then %s[%d] else %s[%s - 1]", i, cut, name, cut, name,
                  i);
    break;
  }
}

static void padded_grid(struct generator *g, const struct array *a, struct array *e, const char *i,
                        const char *j)
{
  const struct span *r = &a->dims[0], *c = &a->dims[1];
  e->dims[0] = (struct span){r->lo - 1, r->hi + 1, 1};
  e->dims[1] = (struct span){c->lo - 1, c->hi + 1, 1};
  put_loop(g, i, &e->dims[0]);
  gen_put(g, ", ");
  put_loop(g, j, &e->dims[1]);
  if (gen_chance(g, 50)) {
    strbuf_printf(g->out, "] = if %s == %d or %s > %d or %s < %d or %s == %d then ", i, r->lo - 1,
                  i, r->hi, j, c->lo, j, c->hi + 1);
    boundary(g, j);
    strbuf_printf(g->out, " else %s[%s, %s]", a->name, i, j);
  } else {
    strbuf_printf(g->out, "] = if %s >= %d and %s <= %d then (if %s >= %d and %s <= %d then ", i,
                  r->lo, i, r->hi, j, c->lo, j, c->hi);
    strbuf_printf(g->out, "%s[%s, %s] else ", a->name, i, j);
    boundary(g, i);
    gen_put(g, ") else ");
    boundary(g, j);
  }
}

static void other_grid(struct generator *g, const struct array *a, struct array *e, const char *i,
                       const char *j)
{
  const struct span *r = &a->dims[0], *c = &a->dims[1];
  switch (gen_pick(g, 0, 2)) {
  case 0:
    e->dims[0] = *c;
    e->dims[1] = *r;
    put_loop(g, i, &e->dims[0]);
    gen_put(g, ", ");
    put_loop(g, j, &e->dims[1]);
    strbuf_printf(g->out, "] = %s[%s, %s]", a->name, j, i);
    break;
  case 1: /* a row */
    e->ndim = 1;
    e->dims[0] = *c;
    put_loop(g, i, &e->dims[0]);
    strbuf_printf(g->out, "] = %s[%d, %s]", a->name, gen_pick(g, r->lo, r->hi), i);
    break;
  default:
    e->dims[0] = *r;
    e->dims[1] = (struct span){0, c->hi - c->lo, 1};
    put_loop(g, i, &e->dims[0]);
    gen_put(g, ", ");
    put_loop(g, j, &e->dims[1]);
    strbuf_printf(g->out, "] = %s[%d - %s, %s + %d]", a->name, r->lo + r->hi, i, j, c->lo);
    break;
  }
}

/* Reads neighbours. */
static void stencil(struct generator *g, const struct array *e)
{
  struct array y = {.ndim = e->ndim};
  const char *i = some_index(g, ""), *j = some_index(g, i), *name = e->name;
  for (int d = 0; d < e->ndim; d++) {
    const struct span *s = &e->dims[d];
    if (s->by != 1 || s->hi - s->lo < 2) return;
    y.dims[d] = (struct span){s->lo + 1, s->hi - 1, 1};
  }
  begin_let(g, &y, "Y");
  put_loop(g, i, &y.dims[0]);
  if (e->ndim == 1) {
    strbuf_printf(g->out, "] = 0.3*%s[%s-1]*%s[%s+1] - 0.1*%s[%s]^2 + ", name, i, name, i, name, i);
  } else {
    gen_put(g, ", ");
    put_loop(g, j, &y.dims[1]);
    strbuf_printf(g->out, "] = 0.1*(%s[%s-1, %s] + %s[%s+1, %s] + %s[%s, %s-1]*%s[%s, %s+1]", name,
                  i, j, name, i, j, name, i, j, name, i, j);
    strbuf_printf(g->out, " - 4*%s[%s, %s]^2) + ", name, i, j);
  }
  gen_moderate(g, 1);
  end_let(g, &y);
}

void gen_let_copy(struct generator *g)
{
  const char *i = some_index(g, ""), *j = some_index(g, i);
  const struct array *found = source(g, gen_chance(g, 30) ? 2 : 1);
  if (!found) return;
  struct array a = *found, e = {.ndim = a.ndim};
  begin_let(g, &e, "E");
  bool padded = gen_chance(g, 50);
  if (a.ndim == 1)
    (padded ? padded_line : other_line)(g, &a, &e, i);
  else
    (padded ? padded_grid : other_grid)(g, &a, &e, i, j);
  end_let(g, &e);
  if (gen_chance(g, 60)) stencil(g, &e);
}

/* ---- read once ---- */

/* The loops over all elements of o, with new names, in some order; the indices of the read. */
static void reader_loops(struct generator *g, const struct array *o, char at[40], bool in_order)
{
  const char *i = some_index(g, ""), *j = some_index(g, i);
  bool swap = o->ndim == 2 && !in_order && gen_chance(g, 50);
  if (o->ndim == 1) {
    struct span s = o->dims[0];
    if (gen_chance(g, 20)) s = (struct span){s.hi, s.lo, -s.by}; /* of whole steps */
    if (gen_chance(g, 20)) s.lo += s.by * (gen_span_count(&s) > 1);
    put_loop(g, i, &s);
    snprintf(at, 40, "%s", i);
    return;
  }
  put_loop(g, swap ? j : i, &o->dims[swap]);
  gen_put(g, ", ");
  put_loop(g, swap ? i : j, &o->dims[!swap]);
  snprintf(at, 40, "%s, %s", i, j);
}

static void read_in_scalar(struct generator *g, const struct array *o)
{
  char name[NAME_SIZE], at[40];
  struct strbuf ranges = {0}, *out = g->out;
  const char *reduction = g->words->reductions[gen_pick(g, 0, 6)];
  gen_new_name(g, name, "s");
  g->out = &ranges;
  reader_loops(g, o, at, false);
  g->out = out;
  strbuf_printf(g->out, "let %s = 0.1*%s(0.7*%s[%s]*", name, reduction, o->name, at);
  if (g->kind != MODEL_HOLOMORPHIC && g->kind != MODEL_COMPLEX && gen_chance(g, 30)) {
    gen_put(g, "(if ");
    plain(g, 1);
    gen_put(g, " > 0.1 then 1 else 2)*");
  }
  gen_put(g, "(");
  plain(g, 2);
  gen_put(g, ")");
  gen_put(g, " for ");
  strbuf_add(g->out, ranges.data, ranges.len);
  gen_put(g, ");\n");
  strbuf_free(&ranges);
  g->nloops = 0;
  g->work = 1;
  gen_add_scalar(g, name, false);
}

/* Of values o[at], with others. */
static void read_in_let(struct generator *g, const struct array *o)
{
  char at[40];
  struct array r = {.ndim = o->ndim};
  memcpy(r.dims, o->dims, sizeof r.dims);
  begin_let(g, &r, "R");
  if (o->ndim == 1) {
    const char *i = some_index(g, "");
    if (gen_chance(g, 40)) r.dims[0] = (struct span){o->dims[0].hi, o->dims[0].lo, -o->dims[0].by};
    put_loop(g, i, &r.dims[0]);
    snprintf(at, sizeof at, "%s", i);
  } else {
    reader_loops(g, o, at, true);
  }
  gen_put(g, "] = ");
  if (gen_chance(g, 50)) {
    strbuf_printf(g->out, "0.5*%s[%s]*", o->name, at);
    plain(g, 1);
  } else {
    gen_put(g, "0.3*(");
    plain(g, 1);
    strbuf_printf(g->out, ") - %s[%s]^2*0.2", o->name, at);
  }
  end_let(g, &r);
}

/* In a recurrence, or in a block. */
static void read_in_steps(struct generator *g, const struct array *o)
{
  const struct span *s = &o->dims[0];
  struct array r = {.ndim = 1, .dims = {*s}};
  const char *i = some_index(g, "");
  gen_new_name(g, r.name, "r");
  if (s->by < 0 || gen_span_count(s) < 2) {
    read_in_let(g, o);
    return;
  }
  if (gen_chance(g, 50)) {
    strbuf_printf(g->out, "let %s[%d] = 0.3;\nlet %s[%s in %d..%d by %d] = ", r.name, s->lo, r.name,
                  i, s->lo + s->by, s->hi, s->by);
    gen_push_loop(g, i, s->lo + s->by, s->hi);
    g->work = 6;
    strbuf_printf(g->out, "0.6*%s[%s - %d]*%s[%s] + ", r.name, i, s->by, o->name, i);
    plain(g, 1);
    end_let(g, &r);
    return;
  }
  strbuf_printf(g->out, "for %s in %d..%d by %d {\n  let b = 0.5*%s[%s]", i, s->lo, s->hi, s->by,
                o->name, i);
  gen_push_loop(g, i, s->lo, s->hi);
  g->work = 6;
  gen_put(g, " - ");
  plain(g, 1);
  strbuf_printf(g->out, ";\n  let %s[%s] = b*(0.2 + b)*", r.name, i);
  gen_moderate(g, 1);
  gen_put(g, ";\n}\n");
  g->nloops = 0;
  g->work = 1;
  gen_add_array(g, &r);
}

static void aux_of(struct generator *g, const struct array *o)
{
  char name[NAME_SIZE], at[40];
  gen_new_name(g, name, "aux");
  if (gen_chance(g, 50)) {
    strbuf_printf(g->out, "aux %s = 0.3*%s(%s);\n", name, gen_chance(g, 50) ? "sum" : "norm2",
                  o->name);
    return;
  }
  strbuf_printf(g->out, "aux %s[", name);
  reader_loops(g, o, at, true);
  strbuf_printf(g->out, "] = 0.2*%s[%s] + 1;\n", o->name, at);
  g->nloops = 0;
  g->work = 1;
}

void gen_let_once(struct generator *g)
{
  int room = g->large ? g->large - gen_pick(g, 0, 3) : gen_pick(g, 2, 5);
  struct array o = {.ndim = gen_chance(g, 30) ? 2 : 1, .dims = {{1, room, 1}, {0, 2, 1}}};
  for (int chain = gen_chance(g, 30) ? 2 : 1; chain > 0; chain--) {
    const char *i = some_index(g, ""), *j = some_index(g, i);
    struct array before = o;
    begin_let(g, &o, "o");
    if (!before.name[0] && o.ndim == 1) {
      if (gen_chance(g, 20)) o.dims[0] = (struct span){1, 2 * room - 1, 2};
      if (gen_chance(g, 20)) o.dims[0] = (struct span){room, 1, -1};
      if (gen_chance(g, 20)) o.dims[0] = (struct span){0, room, 1};
    }
    put_loop(g, i, &o.dims[0]);
    if (o.ndim == 2) gen_put(g, ", ");
    if (o.ndim == 2) put_loop(g, j, &o.dims[1]);
    gen_put(g, "] = ");
    if (before.name[0])
      strbuf_printf(g->out, o.ndim == 1 ? "0.8*%s[%s] - " : "0.8*%s[%s, %s] - ", before.name, i, j);
    plain(g, 2);
    end_let(g, NULL);
  }
  if (gen_chance(g, 25)) aux_of(g, &o);
  switch (gen_pick(g, 0, o.ndim == 1 ? 3 : 2)) {
  case 0: read_in_scalar(g, &o); break;
  case 1:
  case 2: read_in_let(g, &o); break;
  default: read_in_steps(g, &o); break;
  }
  if (gen_chance(g, 25)) aux_of(g, &o);
  if (gen_chance(g, 15)) gen_add_array(g, &o); /* it may be read again */
}

/* ---- three indices ---- */

void gen_let_three(struct generator *g)
{
  char name[NAME_SIZE], sum[NAME_SIZE];
  const char *i = some_index(g, ""), *j = some_index(g, i), *k = i;
  while (!strcmp(k, i) || !strcmp(k, j)) k = some_index(g, j);
  int rows = gen_pick(g, 1, 2), columns = gen_pick(g, 1, 3);
  gen_new_name(g, name, "T");
  strbuf_printf(g->out, "let %s[%s in 1..%d, %s in 0..1, %s in 1..%d] = ", name, i, rows, j, k,
                columns);
  gen_push_loop(g, i, 1, rows);
  gen_push_loop(g, j, 0, 1);
  gen_push_loop(g, k, 1, columns);
  g->work = rows * columns * 2;
  gen_moderate(g, 2);
  end_let(g, NULL);
  gen_new_name(g, sum, "s");
  strbuf_printf(g->out, "let %s = 0.2*sum(%s[%s, %s, %s]*%s[%d - %s, 1 - %s, max(1, %s - 1)] for ",
                sum, name, i, j, k, name, rows + 1, i, j, k);
  strbuf_printf(g->out, "%s in 1..%d, %s in 1..%d, %s in 0..1);\n", k, columns, i, rows, j);
  gen_add_scalar(g, sum, false);
}
