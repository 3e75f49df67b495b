/* Statements with clauses and blocks of the less usual kinds. */
#include "config.h"

#include "generator.h"

#include <stdio.h>
#include <string.h>

static void end(struct generator *g, int nscalars)
{
  g->nloops = 0;
  g->nscalars = nscalars;
  g->work = 1;
}

/* Two borders and the inside of a grid, each element from those before. */
void gen_let_border(struct generator *g)
{
  struct array a = {.ndim = 2, .dims = {{0, gen_pick(g, 1, 3), 1}, {0, gen_pick(g, 1, 3), 1}}};
  int rows = a.dims[0].hi, columns = a.dims[1].hi, first = gen_pick(g, 0, 1);
  gen_new_name(g, a.name, "B");
  strbuf_printf(g->out, "let %s[i in %d..%d, 0] = ", a.name, first, rows);
  gen_push_loop(g, "i", first, rows);
  g->work = 6;
  gen_moderate(g, 1);
  g->nloops = 0;
  strbuf_printf(g->out, ";\nlet %s[0, j in %d..%d] = ", a.name, 1 - first, columns);
  gen_push_loop(g, "j", 1 - first, columns);
  gen_moderate(g, 1);
  strbuf_printf(g->out, ";\nlet %s[i in 1..%d, j in 1..%d] = 0.4*%s[i-1, j] ", a.name, rows,
                columns, a.name);
  strbuf_printf(g->out, "+ 0.3*%s[i, j-1]*%s[i-1, j-1] + ", a.name, a.name);
  gen_push_loop(g, "i", 1, rows);
  g->loops[0].lo = 1;
  gen_moderate(g, 1);
  gen_put(g, ";\n");
  end(g, g->nscalars);
  gen_add_array(g, &a);
}

/* As in Pascal's triangle. */
void gen_let_pascal(struct generator *g)
{
  int rows = gen_pick(g, 2, 4);
  struct array a = {.ndim = 2, .dims = {{1, rows, 1}, {1, rows, 1}}, .triangle = true};
  gen_new_name(g, a.name, "C");
  strbuf_printf(g->out, "let %s[i in 1..%d, 1] = ", a.name, rows);
  gen_push_loop(g, "i", 1, rows);
  g->work = 6;
  gen_moderate(g, 1);
  strbuf_printf(g->out, ";\nlet %s[i in 2..%d, j in 2..i] = 0.5*%s[i-1, j-1]*", a.name, rows,
                a.name);
  g->loops[0].lo = 2;
  gen_push_loop(g, "j", 2, rows);
  gen_moderate(g, 1);
  strbuf_printf(g->out, " - (if j < i then %s[i-1, j] else 0.3)^2*0.2;\n", a.name);
  end(g, g->nscalars);
  gen_add_array(g, &a);
}

/* Backwards in time, over states: the best, the worst or the sum of what follows. */
void gen_for_values(struct generator *g)
{
  int last = gen_pick(g, 1, 3), nscalars = g->nscalars;
  struct array v = {.ndim = 2, .dims = {{0, last, 1}, {1, 2, 1}}};
  const char *reduction = g->words->reductions[gen_pick(g, 0, 6)];
  gen_new_name(g, v.name, "V");
  strbuf_printf(g->out, "let %s[%d, s in 1..2] = ", v.name, last);
  gen_push_loop(g, "s", 1, 2);
  g->work = 6;
  gen_moderate(g, 1);
  g->nloops = 0;
  strbuf_printf(g->out, ";\nfor t in %d..0 by -1 {\n", last - 1);
  gen_push_loop(g, "t", 0, last - 1);
  gen_put(g, "  let m = ");
  gen_moderate(g, 1);
  gen_add_scalar(g, "m", false);
  strbuf_printf(g->out, ";\n  let %s[t, s in 1..2] = 0.3*%s(0.9*%s[t+1, k] + ", v.name, reduction,
                v.name);
  gen_push_loop(g, "s", 1, 2);
  gen_push_loop(g, "k", 1, 2);
  gen_moderate(g, 1);
  gen_put(g, " for k in 1..2) + 0.1*m;\n}\n");
  end(g, nscalars);
  gen_add_array(g, &v);
}

/* Iterations that do not depend on each other, with local lets from local lets and a reduction. */
void gen_for_local(struct generator *g)
{
  int last = gen_pick(g, 2, 4), nscalars = g->nscalars, by = gen_pick(g, 1, 2);
  struct array a = {.ndim = 1, .dims = {{1, 1 + (last - 1) / by * by, by}}};
  gen_new_name(g, a.name, "L");
  strbuf_printf(g->out, "for i in 1..%d by %d {\n  let a = ", last, by);
  gen_push_loop(g, "i", 1, last);
  g->work = 6;
  gen_moderate(g, 1);
  gen_add_scalar(g, "a", false);
  strbuf_printf(g->out, ";\n  let a = 0.5*a + 0.1*%s(", g->words->reductions[gen_pick(g, 0, 6)]);
  gen_push_loop(g, "k", 1, 3);
  gen_moderate(g, 1);
  g->nloops--;
  gen_put(g, " + 0.2*a for k in 1..3);\n  let b = a*");
  gen_moderate(g, 1);
  gen_add_scalar(g, "b", false);
  strbuf_printf(g->out, ";\n  let %s[i] = 0.5*(a + b)*", a.name);
  gen_moderate(g, 1);
  gen_put(g, ";\n}\n");
  end(g, nscalars);
  gen_add_array(g, &a);
}

/* Three coupled sequences, of which one looks two steps back and one reads what the same step has
 * made. */
void gen_for_coupled(struct generator *g)
{
  int last = gen_pick(g, 2, 5);
  char p[NAME_SIZE], q[NAME_SIZE], r[NAME_SIZE];
  struct array a = {.ndim = 1, .dims = {{0, last, 1}}};
  gen_new_name(g, p, "p");
  gen_new_name(g, q, "q");
  gen_new_name(g, r, "r");
  strbuf_printf(g->out, "let %s[0] = 0.3; let %s[1] = ", p, p);
  gen_moderate(g, 1);
  strbuf_printf(g->out, ";\nlet %s[i in 0..1] = 0.2*i; let %s[1] = 0.4;\n", q, r);
  strbuf_printf(g->out, "for t in 2..%d {\n  let %s[t] = 0.5*%s[t-2]*%s[t-1] + ", last, p, p, q);
  gen_push_loop(g, "t", 2, last);
  g->work = 6;
  gen_moderate(g, 1);
  strbuf_printf(g->out, ";\n  let %s[t] = %s*0.4*%s[t]*%s[t-1] + ", q,
                gen_chance(g, 50) ? "1" : "t", p, r);
  gen_moderate(g, 1);
  strbuf_printf(g->out, ";\n  let %s[t] = 0.3*%s[t] - 0.2*%s[t]^2 + 0.1*%s[t-1];\n}\n", r, p, q, r);
  end(g, g->nscalars);
  snprintf(a.name, NAME_SIZE, "%s", gen_chance(g, 50) ? p : q);
  gen_add_array(g, &a);
}

/* A function of a scalar and of a number that bounds a loop. */
void gen_def_loop(struct generator *g)
{
  struct def d = {.nparams = 2, .second_is_data = true, .lo = 0, .hi = 4};
  if (g->ndefs == DEFS_MAX) return;
  gen_new_name(g, d.name, "f");
  strbuf_printf(g->out, "def %s(a, k) = 0.2*sum((0.3*a)^j/(j + %d) for j in 0..k if j != 1);\n",
                d.name, gen_pick(g, 1, 3));
  g->defs[g->ndefs++] = d;
}

/* Data over a triangle. */
void gen_param_triangle(struct generator *g)
{
  int rows = gen_pick(g, 1, 3);
  struct array a = {
      .ndim = 2, .dims = {{1, rows, 1}, {1, rows, 1}}, .is_data = true, .triangle = true};
  gen_new_name(g, a.name, "D");
  strbuf_printf(g->out, "param %s[i in 1..%d, j in 1..i] = 0.31 + 0.17*i*j - 0.05*j;\n", a.name,
                rows);
  gen_add_array(g, &a);
}
