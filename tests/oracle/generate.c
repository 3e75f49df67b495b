#include "config.h"

#include "generate.h"
#include "generator.h"

#include <stdio.h>
#include <string.h>

enum {
  UNKNOWNS = 12,
  ARRAY_MAX = 99 /* elements of an intermediate, but for wide ones */
};

bool generate_with_files;

uint64_t random_next(uint64_t *state)
{
  uint64_t z = *state += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

double random_uniform(uint64_t *state, double lo, double hi)
{
  return lo + (hi - lo) * (double)(random_next(state) >> 11) * 0x1p-53;
}

int random_int(uint64_t *state, int lo, int hi)
{
  return lo + (int)(random_next(state) % (uint64_t)(hi - lo + 1));
}

/* An expression of its own size. */
static void whole_expr(struct generator *g, int depth)
{
  g->budget = gen_pick(g, 4, 16);
  gen_expr(g, depth);
}

/* Statements. */

static void param_array(struct generator *g)
{
  struct array a = {.ndim = 1, .dims = {{1, g->n, 1}}, .is_data = true};
  gen_new_name(g, a.name, "w");
  if (gen_chance(g, 30)) a.dims[0] = (struct span){0, g->n - 1, 1};
  strbuf_printf(g->out, "param %s[", a.name);
  if (a.dims[0].lo == 1 && gen_chance(g, 50)) {
    gen_put_bound(g, g->n);
  } else if (gen_chance(g, 50)) {
    gen_put(g, "i in ");
    gen_put_span(g, &a.dims[0]);
    gen_put(g, "] = 0.35 + 0.17*i;\n");
    gen_add_array(g, &a);
    return;
  } else {
    gen_put_span(g, &a.dims[0]);
  }
  gen_put(g, "] = [");
  for (int k = 0; k < g->n; k++) {
    if (k > 0) gen_put(g, ", ");
    gen_put_datum(g, 0.2, 1.8);
  }
  gen_put(g, "];\n");
  gen_add_array(g, &a);
}

static void param_index(struct generator *g)
{
  struct array a = {.ndim = 1, .dims = {{1, g->n, 1}}, .is_data = true, .is_index = true};
  a.vlo = 1;
  a.vhi = gen_chance(g, 50) ? g->n : 2;
  gen_new_name(g, a.name, "at");
  strbuf_printf(g->out, "param %s[n] integer = [", a.name);
  for (int k = 0; k < g->n; k++)
    strbuf_printf(g->out, k ? ", %d" : "%d", gen_pick(g, a.vlo, a.vhi));
  gen_put(g, "];\n");
  gen_add_array(g, &a);
}

static void param_matrix(struct generator *g)
{
  struct array a = {.ndim = 2, .dims = {{1, 2, 1}, {1, 3, 1}}, .is_data = true};
  gen_new_name(g, a.name, "M");
  strbuf_printf(g->out, "param %s[2, 3] = [[", a.name);
  for (int k = 0; k < 6; k++) {
    if (k > 0) gen_put(g, k == 3 ? "], [" : ", ");
    gen_put_datum(g, -1.5, 1.5);
  }
  gen_put(g, "]];\n");
  gen_add_array(g, &a);
}

/* Its entries stand before it, as the comments that reference_files reads. */
static void param_sparse(struct generator *g)
{
  int rows = gen_pick(g, 1, 4), columns = gen_pick(g, 1, 4), count = 0;
  struct array a = {
      .ndim = 2, .dims = {{1, rows, 1}, {1, columns, 1}}, .is_data = true, .is_sparse = true};
  struct strbuf entries = {0}, *out = g->out;
  g->out = &entries;
  for (int k = 0; k < rows * columns; k++) {
    if (!gen_chance(g, 40)) continue;
    strbuf_printf(g->out, "#| %d %d ", k / columns + 1, k % columns + 1);
    gen_put_number(g, 0.2, 1.8);
    gen_put(g, "\n");
    count++;
  }
  g->out = out;
  gen_new_name(g, a.name, "P");
  strbuf_printf(g->out, "#| %d %d %d\n", rows, columns, count);
  strbuf_add(g->out, entries.data, entries.len);
  strbuf_printf(g->out, "param %s[%d, %d] sparse = read(\"entries.mtx\");\n", a.name, rows,
                columns);
  strbuf_free(&entries);
  gen_add_array(g, &a);
}

static void params(struct generator *g)
{
  char name[NAME_SIZE];
  g->n = gen_chance(g, 4) ? 1 : gen_pick(g, 2, 6);
  strbuf_printf(g->out, "param n = %d;\n", g->n);
  g->has_zero = gen_chance(g, 60);
  if (g->has_zero) gen_put(g, "param zero = 0;\nparam one = 2 - 1;\n");
  for (int k = gen_pick(g, 0, 2); k > 0; k--) {
    gen_new_name(g, name, "c");
    strbuf_printf(g->out, "param %s = ", name);
    gen_put_datum(g, 0.4, 1.6);
    gen_put(g, ";\n");
    gen_add_scalar(g, name, true);
  }
  if (gen_chance(g, 60)) param_array(g);
  if (gen_chance(g, 40)) param_index(g);
  if (gen_chance(g, 30)) param_matrix(g);
  if (gen_chance(g, 15)) gen_param_triangle(g);
  if (gen_chance(g, 25) && generate_with_files) param_sparse(g);
  g->nparams = g->narrays;
}

/* The shape of a new array, of at most `room` elements; writes its dimensions. */
static void shape(struct generator *g, struct array *a, int room, bool named)
{
  static const char *const names[] = {"i", "j"};
  int kind = gen_pick(g, 0, 9), len = g->n < room ? g->n : room;
  if (room == ARRAY_MAX && g->is_wide && kind < 7 && gen_chance(g, 50)) {
    len = gen_pick(g, 100, 600);
    g->is_wide = false;
  }
  a->ndim = 1;
  a->dims[0] = (struct span){1, len, 1};
  if (kind == 0) a->dims[0] = (struct span){0, len - 1, 1};
  if (kind == 1) a->dims[0] = (struct span){2, 2 * len, 2};
  if (kind == 2) a->dims[0] = (struct span){gen_chance(g, 50) ? 3 : -2, 0, 1};
  if (kind == 2) a->dims[0].hi = a->dims[0].lo + len - 1;
  if (kind == 3) a->dims[0] = (struct span){len, 1, -1};
  if (kind == 4) a->dims[0] = (struct span){2 * len, 2, -2};
  if (kind >= 7 && room >= 6) {
    a->ndim = 2;
    a->dims[0] = (struct span){1, kind == 7 ? 3 : 2, 1};
    a->dims[1] = kind == 8 ? (struct span){0, 2, 1} : (struct span){1, kind == 7 ? 3 : 2, 1};
    a->triangle = kind == 7;
  }
  for (int d = 0; d < a->ndim; d++) {
    if (d > 0) gen_put(g, ", ");
    if (named || a->triangle) strbuf_printf(g->out, "%s in ", names[d]);
    if (d == 1 && a->triangle)
      gen_put(g, "1..i");
    else
      gen_put_span(g, &a->dims[d]);
    if (named) {
      const struct span *s = &a->dims[d];
      gen_push_loop(g, names[d], s->lo < s->hi ? s->lo : s->hi, s->lo < s->hi ? s->hi : s->lo);
    }
  }
}

static int var_block(struct generator *g, int room)
{
  struct array a = {0};
  gen_new_name(g, a.name, "x");
  strbuf_printf(g->out, "var %s", a.name);
  if (room == 1 || gen_chance(g, 20)) {
    gen_put(g, " = ");
    gen_put_datum(g, -1.3, 1.3);
    gen_put(g, ";\n");
    gen_add_scalar(g, a.name, false);
    return 1;
  }
  gen_put(g, "[");
  shape(g, &a, room, true);
  double shift = random_uniform(&g->state, 0, 6), slope = random_uniform(&g->state, 0.5, 3);
  const char *second = a.ndim == 2 ? " + 1.7*j" : "";
  if (g->kind == MODEL_RATIONAL)
    strbuf_printf(g->out, "] = ((%.3f + %.3f*i%s) %% 2.61 - 1.3)/%d;\n", shift, slope, second,
                  gen_pick(g, 1, 3));
  else
    strbuf_printf(g->out, "] = 1.3*sin(%.4f + %.4f*i%s)%s;\n", shift, slope, second,
                  g->kind == MODEL_COMPLEX ? " + 0.3i*cos(i)" : "");
  g->nloops = 0;
  gen_add_array(g, &a);
  return gen_array_size(&a);
}

static void def(struct generator *g)
{
  static const char *const params[] = {"a", "b", "i"};
  struct def d = {.nparams = gen_pick(g, 1, 3)};
  int first = g->first_scalar, nscalars = g->nscalars;
  if (g->ndefs == DEFS_MAX) return;
  gen_new_name(g, d.name, "f");
  strbuf_printf(g->out, "def %s(", d.name);
  g->in_def = true;
  g->first_scalar = g->nscalars;
  for (int k = 0; k < d.nparams; k++) {
    strbuf_printf(g->out, k ? ", %s" : "%s", params[k]);
    gen_add_scalar(g, params[k], false);
  }
  gen_put(g, ") = ");
  size_t begin = g->out->len;
  whole_expr(g, 3);
  d.body = gen_body(g, begin);
  gen_put(g, ";\n");
  g->in_def = false;
  g->first_scalar = first;
  g->nscalars = nscalars;
  g->defs[g->ndefs++] = d;
}

void gen_put_template(struct generator *g, const char *text, const char *first, const char *rest)
{
  for (const char *c = text; *c; c++) {
    if (c[0] != '%') {
      strbuf_putc(g->out, *c);
    } else if (*++c == 's') {
      gen_put(g, first);
      first = rest;
    } else {
      strbuf_putc(g->out, *c);
    }
  }
}

/* A def whose second parameter must be data: an exponent, or an index of an array. */
static void def_data(struct generator *g)
{
  struct def d = {.nparams = 2, .lo = -2, .hi = 4};
  size_t begin;
  if (g->ndefs == DEFS_MAX) return;
  gen_new_name(g, d.name, "f");
  const struct array *a = NULL;
  for (int k = 0; k < g->narrays; k++)
    if (!g->arrays[k].is_data && g->arrays[k].ndim == 1 && g->arrays[k].dims[0].by == 1)
      a = &g->arrays[k];
  if (a && gen_chance(g, 60)) {
    d.lo = a->dims[0].lo;
    d.hi = a->dims[0].hi;
    gen_put_template(g, "def %s(a, k) = ", d.name, "");
    begin = g->out->len;
    gen_put_template(g, g->words->of_element, a->name, "");
  } else {
    gen_put_template(g, "def %s(a, k) = ", d.name, "");
    begin = g->out->len;
    gen_put_template(g, g->words->power, "", "");
  }
  d.body = gen_body(g, begin);
  gen_put(g, ";\n");
  d.second_is_data = true;
  g->defs[g->ndefs++] = d;
}

void gen_moderate(struct generator *g, int depth)
{
  g->budget = gen_pick(g, 4, 14);
  if (gen_chance(g, 50)) {
    gen_bounded(g, depth);
  } else {
    gen_put(g, "0.4*(");
    gen_expr(g, depth);
    gen_put(g, ")");
  }
}

static void let_scalar(struct generator *g)
{
  char name[NAME_SIZE];
  bool of_data = gen_chance(g, 15);
  gen_new_name(g, name, "s");
  strbuf_printf(g->out, "let %s = ", name);
  size_t begin = g->out->len;
  if (of_data)
    gen_data(g);
  else
    gen_moderate(g, 3);
  int body = gen_body(g, begin), before = g->nscalars;
  gen_put(g, ";\n");
  gen_add_scalar(g, name, false);
  if (g->nscalars > before) g->scalars[before].body = body;
}

static void let_array(struct generator *g)
{
  struct array a = {0};
  bool of_data = gen_chance(g, 10);
  gen_new_name(g, a.name, of_data ? "e" : "y");
  strbuf_printf(g->out, "let %s[", a.name);
  shape(g, &a, ARRAY_MAX, true);
  gen_put(g, "] = ");
  g->work = gen_array_size(&a);
  size_t begin = g->out->len;
  if (of_data)
    gen_data(g);
  else
    gen_moderate(g, 3);
  a.body = gen_body(g, begin);
  gen_put(g, ";\n");
  g->work = 1;
  g->nloops = 0;
  gen_add_array(g, &a);
}

/* A recurrence step from the elements before. */
static void step(struct generator *g, const char *name, const char *before, const char *before2)
{
  gen_put_template(g, g->words->steps[gen_pick(g, 0, 4)], name, before);
  if (before2 && gen_chance(g, 60)) strbuf_printf(g->out, "0.2*%s[%s]*", name, before2);
  gen_moderate(g, 2);
}

static void let_recurrence(struct generator *g)
{
  struct array a = {.ndim = 1, .dims = {{1, gen_pick(g, 3, 6), 1}}};
  int last = a.dims[0].hi, order = gen_pick(g, 1, 2);
  if (g->is_wide && gen_chance(g, 50)) last = a.dims[0].hi = gen_pick(g, 100, 300);
  if (last > 100) g->is_wide = false;
  bool backwards = gen_chance(g, 40);
  gen_new_name(g, a.name, "r");
  for (int k = 1; k <= order; k++) {
    strbuf_printf(g->out, "let %s[%d] = ", a.name, backwards ? last + 1 - k : k);
    gen_moderate(g, 1);
    gen_put(g, ";\n");
  }
  strbuf_printf(g->out, "let %s[", a.name);
  if (backwards)
    strbuf_printf(g->out, "i in %d..1 by -1] = ", last - order);
  else
    strbuf_printf(g->out, "i in %d..%d] = ", order + 1, last);
  gen_push_loop(g, "i", backwards ? 1 : order + 1, backwards ? last - order : last);
  g->work = last;
  step(g, a.name, backwards ? "i+1" : "i-1", order < 2 ? NULL : backwards ? "i+2" : "i-2");
  gen_put(g, ";\n");
  g->work = 1;
  g->nloops = 0;
  gen_add_array(g, &a);
}

/* Several clauses that share the index set, the second from the first. */
static void let_clauses(struct generator *g)
{
  struct array a = {.ndim = 1, .dims = {{1, gen_pick(g, 3, 6), 1}}};
  int last = a.dims[0].hi;
  gen_new_name(g, a.name, "z");
  g->work = last;
  if (gen_chance(g, 50)) { /* odd ones, then even ones */
    strbuf_printf(g->out, "let %s[i in 1..%d by 2] = ", a.name, last);
    gen_push_loop(g, "i", 1, last);
    gen_moderate(g, 2);
    strbuf_printf(g->out, ";\nlet %s[i in 2..%d by 2] = ", a.name, last);
    step(g, a.name, "i-1", NULL);
  } else {
    int cut = gen_pick(g, 1, last - 1);
    strbuf_printf(g->out, "let %s[i in %d..%d] = ", a.name, cut + 1, last);
    gen_push_loop(g, "i", cut + 1, last);
    gen_moderate(g, 2);
    g->nloops = 0;
    gen_push_loop(g, "i", 1, cut);
    strbuf_printf(g->out, ";\nlet %s[i in 1..%d] = ", a.name, cut);
    char at[40];
    if (gen_chance(g, 50))
      snprintf(at, sizeof at, "%d", gen_pick(g, cut + 1, last));
    else
      snprintf(at, sizeof at, "max(%d, min(%d, i + %d))", cut + 1, last, gen_pick(g, 0, 3));
    step(g, a.name, at, NULL);
  }
  gen_put(g, ";\n");
  g->work = 1;
  g->nloops = 0;
  gen_add_array(g, &a);
}

/* The body of a block over t: two coupled recurrences with a local let between them, and sometimes
 * a third array with an index of its own. */
static void block_body(struct generator *g, const struct array *p, const struct array *v,
                       const char *before)
{
  struct array inner = {.ndim = 2, .dims = {p->dims[0], {1, 2, 1}}};
  char local[NAME_SIZE];
  const struct scalar *known = gen_some_scalar(g, false);
  gen_new_name(g, local, "a");
  if (known && !g->twins && gen_chance(g, 15)) snprintf(local, NAME_SIZE, "%s", known->name);
  strbuf_printf(g->out, "  let %s = ", local);
  step(g, p->name, before, NULL);
  gen_put(g, ";\n");
  gen_add_scalar(g, local, false);
  if (gen_chance(g, 40)) {
    gen_new_name(g, inner.name, "q");
    strbuf_printf(g->out, "  let %s[t, j in 1..2] = 0.3*j*%s + ", inner.name, local);
    gen_push_loop(g, "j", 1, 2);
    gen_moderate(g, 2);
    g->nloops--;
    gen_put(g, ";\n");
  }
  strbuf_printf(g->out, "  let %s[t] = %s[%s] + 0.1*%s*", p->name, p->name, before, local);
  gen_moderate(g, 1);
  if (inner.name[0]) strbuf_printf(g->out, " + 0.2*%s[t, 1]*%s[t, 2]", inner.name, inner.name);
  strbuf_printf(g->out, ";\n  let %s[t] = 0.4*%s[%s]*%s[%s] + ", v->name, v->name, before, p->name,
                gen_chance(g, 50) ? "t" : before);
  gen_moderate(g, 1);
  gen_put(g, ";\n");
}

static void for_recurrence(struct generator *g)
{
  int last = gen_pick(g, 2, 4), nscalars = g->nscalars;
  bool backwards = gen_chance(g, 30);
  struct array p = {.ndim = 1, .dims = {{0, last, 1}}}, v = p;
  gen_new_name(g, p.name, "p");
  gen_new_name(g, v.name, "v");
  strbuf_printf(g->out, "let %s[%d] = ", p.name, backwards ? last : 0);
  gen_moderate(g, 1);
  strbuf_printf(g->out, ";\nlet %s[%d] = ", v.name, backwards ? last : 0);
  gen_moderate(g, 1);
  if (backwards)
    strbuf_printf(g->out, ";\nfor t in %d..0 by -1 {\n", last - 1);
  else
    strbuf_printf(g->out, ";\nfor t in 1..%d {\n", last);
  gen_push_loop(g, "t", backwards ? 0 : 1, backwards ? last - 1 : last);
  g->work = 4;
  block_body(g, &p, &v, backwards ? "t+1" : "t-1");
  gen_put(g, "}\n");
  g->work = 1;
  g->nloops = 0;
  g->nscalars = nscalars;
  gen_add_array(g, &p);
  gen_add_array(g, &v);
}

/* A block without a recurrence, over two loops. */
static void for_grid(struct generator *g)
{
  struct array a = {.ndim = 2, .dims = {{1, gen_pick(g, 1, 3), 1}, {1, gen_pick(g, 2, 3), 1}}};
  int nscalars = g->nscalars;
  char local[NAME_SIZE];
  gen_new_name(g, a.name, "G");
  gen_new_name(g, local, "b");
  strbuf_printf(g->out, "for i in 1..%d, j in 1..%d {\n  let %s = ", a.dims[0].hi, a.dims[1].hi,
                local);
  gen_push_loop(g, "i", 1, a.dims[0].hi);
  gen_push_loop(g, "j", 1, a.dims[1].hi);
  g->work = 6;
  gen_moderate(g, 2);
  gen_add_scalar(g, local, false);
  strbuf_printf(g->out, ";\n  let %s[i, j] = %s*", a.name, local);
  gen_moderate(g, 2);
  gen_put(g, ";\n}\n");
  g->work = 1;
  g->nloops = 0;
  g->nscalars = nscalars;
  gen_add_array(g, &a);
}

/* Two loops, with reads of earlier elements along the rows and, sometimes, across them. */
static void let_grid_recurrence(struct generator *g)
{
  struct array a = {.ndim = 2, .dims = {{1, gen_pick(g, 2, 3), 1}, {1, 3, 1}}};
  int rows = a.dims[0].hi;
  gen_new_name(g, a.name, "A");
  strbuf_printf(g->out, "let %s[i in 1..%d, 1] = ", a.name, rows);
  gen_push_loop(g, "i", 1, rows);
  g->work = 6;
  gen_moderate(g, 2);
  strbuf_printf(g->out, ";\nlet %s[i in 1..%d, j in 2..3] = 0.5*%s[i, j-1]^2 + ", a.name, rows,
                a.name);
  gen_push_loop(g, "j", 2, 3);
  if (gen_chance(g, 60)) {
    gen_put(g, "(if i > 1 then ");
    gen_put_template(g, g->words->above, a.name, "");
    gen_put(g, " else 0.3) + ");
  }
  gen_moderate(g, 2);
  gen_put(g, ";\n");
  g->work = 1;
  g->nloops = 0;
  gen_add_array(g, &a);
}

/* Each element reads all of those before it. */
static void let_history(struct generator *g)
{
  struct array a = {.ndim = 1, .dims = {{1, gen_pick(g, 3, 5), 1}}};
  int last = a.dims[0].hi;
  gen_new_name(g, a.name, "h");
  strbuf_printf(g->out, "let %s[1] = ", a.name);
  gen_moderate(g, 1);
  strbuf_printf(g->out, ";\nlet %s[i in 2..%d] = %s(sum(%s[k]*", a.name, last, g->words->history,
                a.name);
  gen_push_loop(g, "i", 2, last);
  gen_push_loop(g, "k", 1, last - 1);
  g->work = 6;
  gen_moderate(g, 1);
  g->nloops--;
  gen_put(g, " for k in 1..i-1)) + ");
  gen_moderate(g, 1);
  gen_put(g, ";\n");
  g->work = 1;
  g->nloops = 0;
  gen_add_array(g, &a);
}

/* Time steps on a line with boundary values. */
static void for_steps(struct generator *g)
{
  struct array u = {.ndim = 2, .dims = {{0, gen_pick(g, 1, 2), 1}, {1, gen_pick(g, 3, 4), 1}}};
  int last = u.dims[0].hi, m = u.dims[1].hi;
  gen_new_name(g, u.name, "u");
  const char *name = u.name;
  strbuf_printf(g->out, "let %s[0, j in 1..%d] = ", name, m);
  gen_push_loop(g, "j", 1, m);
  gen_moderate(g, 1);
  g->nloops = 0;
  strbuf_printf(g->out, ";\nfor t in 1..%d {\n  let %s[t, 1] = 0.9*%s[t-1, 1]", last, name, name);
  strbuf_printf(g->out, ";\n  let %s[t, %d] = ", name, m);
  gen_push_loop(g, "t", 1, last);
  gen_moderate(g, 1);
  strbuf_printf(g->out,
                ";\n  let %s[t, j in 2..%d] = %s[t-1, j] + 0.2*(%s[t-1, j+1] - "
                "2*%s[t-1, j] + %s[%s, j-1])",
                name, m - 1, name, name, name, name, gen_chance(g, 50) ? "t-1" : "t");
  strbuf_printf(g->out, " - 0.1*%s[t-1, j]^%d;\n}\n", name, gen_pick(g, 1, 3));
  g->nloops = 0;
  gen_add_array(g, &u);
}

/* A forward algorithm: each state from all states of the step before. */
static void for_states(struct generator *g)
{
  struct array a = {.ndim = 2, .dims = {{0, gen_pick(g, 1, 3), 1}, {1, 2, 1}}};
  const char *name = a.name;
  gen_new_name(g, a.name, "al");
  strbuf_printf(g->out, "let %s[0, j in 1..2] = %s;\n", name, gen_chance(g, 50) ? "0" : "0.1*j");
  strbuf_printf(g->out, "for t in 1..%d {\n  let %s[t, j in 1..2] = ", a.dims[0].hi, name);
  gen_push_loop(g, "t", 1, a.dims[0].hi);
  gen_push_loop(g, "j", 1, 2);
  g->work = 6;
  gen_moderate(g, 2);
  gen_push_loop(g, "k", 1, 2);
  strbuf_printf(g->out, " + %s(%s[t-1, k] - ",
                gen_chance(g, 70) ? g->words->states : g->words->rare_states, name);
  gen_moderate(g, 1);
  gen_put(g, " for k in 1..2);\n}\n");
  g->work = 1;
  g->nloops = 0;
  gen_add_array(g, &a);
}

/* A block over two loops, with a recurrence along the inner or the outer one. */
static void for_two(struct generator *g)
{
  bool inner = gen_chance(g, 50);
  struct array a = {.ndim = 2, .dims = {{inner, 3, 1}, {!inner, 2, 1}}};
  char local[NAME_SIZE];
  int nscalars = g->nscalars;
  gen_new_name(g, a.name, "S");
  gen_new_name(g, local, "b");
  strbuf_printf(g->out, "let %s[%s] = 0.2;\n", a.name, inner ? "i in 1..3, 0" : "0, j in 1..2");
  strbuf_printf(g->out, "for i in 1..3, j in 1..2 {\n  let %s = %s[%s] + ", local, a.name,
                inner ? "i, j-1" : "i-1, j");
  gen_push_loop(g, "i", 1, 3);
  gen_push_loop(g, "j", 1, 2);
  g->work = 6;
  gen_moderate(g, 1);
  gen_add_scalar(g, local, false);
  strbuf_printf(g->out, ";\n  let %s[i, j] = 0.5*%s*", a.name, local);
  gen_moderate(g, 2);
  gen_put(g, ";\n}\n");
  g->work = 1;
  g->nloops = 0;
  g->nscalars = nscalars;
  gen_add_array(g, &a);
}

/* What does not reach the result. */
static void let_unused(struct generator *g)
{
  char name[NAME_SIZE];
  gen_new_name(g, name, "unused");
  strbuf_printf(g->out, "let %s = ", name);
  whole_expr(g, 3);
  gen_put(g, ";\n");
}

static void aux(struct generator *g)
{
  struct array a = {0};
  char name[NAME_SIZE];
  gen_new_name(g, name, "aux");
  strbuf_printf(g->out, "aux %s", name);
  if (gen_chance(g, 50)) {
    gen_put(g, "[");
    shape(g, &a, 4, true);
    gen_put(g, "]");
  }
  gen_put(g, " = ");
  g->work = 4;
  whole_expr(g, 2);
  gen_put(g, ";\n");
  g->work = 1;
  g->nloops = 0;
}

static void intermediates(struct generator *g)
{
  static void (*const statements[])(struct generator *) = {let_scalar,
                                                           let_array,
                                                           let_array,
                                                           let_recurrence,
                                                           let_recurrence,
                                                           let_clauses,
                                                           let_grid_recurrence,
                                                           let_history,
                                                           def,
                                                           for_recurrence,
                                                           for_grid,
                                                           for_steps,
                                                           for_states,
                                                           for_two,
                                                           def_data,
                                                           let_unused,
                                                           aux,
                                                           gen_let_copy,
                                                           gen_let_copy,
                                                           gen_let_once,
                                                           gen_let_once,
                                                           gen_let_three,
                                                           gen_let_border,
                                                           gen_let_pascal,
                                                           gen_for_values,
                                                           gen_for_local,
                                                           gen_for_coupled,
                                                           gen_def_loop,
                                                           gen_let_total,
                                                           gen_let_empty};
  if (g->odd) gen_let_odd(g);
  for (int count = gen_pick(g, 0, 5); count > 0; count--)
    statements[gen_pick(g, 0, sizeof statements / sizeof *statements - 1)](g);
}

static void result(struct generator *g)
{
  int nterms = gen_pick(g, 1, 5);
  bool array = gen_chance(g, 5);
  char out[NAME_SIZE];
  gen_new_name(g, out, "out");
  strbuf_printf(g->out, array ? "let %s[1] = " : "return ", out);
  for (int k = 0; k < nterms; k++) {
    if (k > 0) gen_put(g, gen_chance(g, 80) ? "\n  + " : "\n  - ");
    if (gen_chance(g, 50)) {
      g->budget = gen_pick(g, 4, 16);
      gen_reduction(g, 4);
    } else {
      whole_expr(g, 4);
    }
  }
  gen_put(g, ";\n");
  if (array) strbuf_printf(g->out, "return %s;\n", out);
}

/* Models that sit exactly on kinks and ties: all unknowns are the same small dyadic number, and
 * the terms are computed without rounding. */
static void kink_variables(struct generator *g)
{
  static const char *const points[] = {"0", "0.5", "1", "-1", "-0.5", "1.5", "2"};
  g->n = gen_pick(g, 2, 4);
  strbuf_printf(g->out, "param n = %d;\nvar x[n] = ", g->n);
  gen_put(g, points[gen_pick(g, 0, 6)]);
  gen_put(g, ";\nvar y[n] = ");
  gen_put(g, points[gen_pick(g, 0, 6)]);
  gen_put(g, ";\n");
}

static void kinks(struct generator *g)
{
  static const char *const terms[] = {"max(@, @)^2",
                                      "min(@, @)*@",
                                      "min(@, @, @)^3",
                                      "max(@, @, 0.5)*@",
                                      "abs(@ - @)*@",
                                      "abs(@)*@",
                                      "abs(@)^3",
                                      "sign(@)*@^2",
                                      "sign(@ - @)*@^2",
                                      "@^3",
                                      "@^0*@",
                                      "@^1*@",
                                      "@^2",
                                      "(@*@)^2",
                                      "floor(@)*@^2",
                                      "ceil(@ + @)*@*@",
                                      "round(@)*@^2",
                                      "trunc(@ + 0.25)*@^2",
                                      "(@ % 0.5)*@",
                                      "((@ + 0.25) % 0.5)*@",
                                      "(-@ % 2)^2",
                                      "stop(@)*@^2",
                                      "stop(@^2)*@",
                                      "max(x[i] for i in 1..n)^2",
                                      "min(x[i]^2 for i in n..1 by -1)*@",
                                      "max(x)*min(x)",
                                      "prod(x)",
                                      "prod(x[i]*x[i] for i in 1..n)",
                                      "prod(x[i] - x[1] for i in 2..n)*@",
                                      "sum(max(x[i], x[j])*x[i] for i in 1..n, j in i+1..n)",
                                      "norm2(x)",
                                      "dot(x, y)",
                                      "(if @ > @ then @^2 else @*@)",
                                      "(if @ >= @ then @^2 else @*@)",
                                      "(if @ == @ then @^3 else @^2*@)",
                                      "(if y[2] != 0 then 1/y[2] else @^2)",
                                      "(if @ > 0 or @ < 0 then @^2 else @^3)",
                                      "abs(max(@, @) - min(@, @))*@",
                                      "max(abs(@), abs(@))^2",
                                      "y[1]^2*max(y[2], y[1])",
                                      "(@ - @)^2*@",
                                      "0/@",
                                      "(if x[1] > 0 then log(x[1])*@ else @^2)",
                                      "(if y[1] > 0 then sqrt(y[1])*@ else @^3)",
                                      "0*log(@)"};
  enum { IRRATIONAL = 3, TERMS = sizeof terms / sizeof *terms };
  int last = g->kind == MODEL_RATIONAL ? TERMS - IRRATIONAL - 1 : TERMS - 1;
  gen_put(g, "return ");
  for (int count = gen_pick(g, 1, 4), k = 0; k < count; k++) {
    if (k > 0) gen_put(g, "\n  + ");
    for (const char *c = terms[gen_pick(g, 0, last)]; *c; c++) {
      if (*c == '@')
        strbuf_printf(g->out, "%c[%d]", gen_chance(g, 70) ? 'x' : 'y', gen_pick(g, 1, g->n));
      else
        strbuf_putc(g->out, *c);
    }
  }
  gen_put(g, ";\n");
}

static void variables(struct generator *g)
{
  g->is_wide = gen_chance(g, 6) && g->kind == MODEL_REAL;
  g->plain = gen_chance(g, 15);
  g->twins = !g->is_wide && gen_chance(g, 35);
  params(g);
  int room = gen_pick(g, 2, UNKNOWNS), blocks = gen_chance(g, 1) ? 0 : gen_pick(g, 1, 4);
  if (blocks == 0 || gen_chance(g, 12)) room -= gen_var_odd(g, room);
  for (int k = 0; k < blocks && room > 0; k++) room -= var_block(g, room);
}

/* Declares parameters and variables; whether they are those of kinks. */
static bool begin(struct generator *g, enum model_kind kind, uint64_t seed, struct strbuf *out)
{
  bool holomorphic = kind == MODEL_HOLOMORPHIC || kind == MODEL_COMPLEX;
  *g = (struct generator){
      .state = seed, .kind = kind, .words = &gen_words[kind], .out = out, .work = 1};
  bool is_kinks = gen_chance(g, 12) && !holomorphic;
  (is_kinks ? kink_variables : variables)(g);
  return is_kinks;
}

static void finish(struct generator *g, bool is_kinks)
{
  if (is_kinks) {
    kinks(g);
  } else {
    intermediates(g);
    result(g);
  }
  for (int k = 0; k < g->nbodies; k++) strbuf_free(&g->bodies[k]);
}

bool generate_model(enum model_kind kind, uint64_t seed, struct strbuf *out)
{
  struct generator g;
  bool is_kinks = begin(&g, kind, seed, out);
  finish(&g, is_kinks);
  return !is_kinks;
}

bool generate_otherwise(enum model_kind kind, uint64_t seed, struct strbuf *out,
                        struct otherwise *differs)
{
  struct generator g;
  bool is_kinks = begin(&g, kind, seed, out);
  g.way = 1;
  finish(&g, is_kinks);
  *differs = g.differs;
  return g.twins;
}

size_t generate_second(enum model_kind kind, uint64_t seed, struct strbuf *out)
{
  enum { OTHER_NAMES = 500 };
  struct generator g;
  bool is_kinks = begin(&g, kind, seed, out);
  size_t head = out->len;
  g.twins = false;
  g.state = ~seed;
  g.names += OTHER_NAMES;
  finish(&g, is_kinks);
  return head;
}
