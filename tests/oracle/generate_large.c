/* Models with up to some thousands of unknowns: the paths of the library for long loops, many
 * blocks, wide patterns. */
#include "config.h"

#include "generator.h"

#include <stdio.h>
#include <string.h>

/* Loops inside long ones are short. */
enum { WORK = 10, RECURRENCE_MAX = 300 };

static void params(struct generator *g)
{
  int kind = gen_pick(g, 0, 9);
  g->n = kind < 4 ? gen_pick(g, 20, 80) : kind < 7 ? gen_pick(g, 81, 500) : gen_pick(g, 501, 2500);
  if (kind == 9) g->n = gen_pick(g, 17000, 50000); /* several superblocks of the evaluator */
  g->large = g->n;
  strbuf_printf(g->out, "param n = %d;\nparam zero = 0;\nparam one = 2 - 1;\nparam c = ", g->n);
  g->has_zero = true;
  gen_put_number(g, 0.4, 1.6);
  gen_put(g, ";\nparam w[i in 1..n] = 0.35 + 0.17*(i % 7);\n");
  gen_add_scalar(g, "c", true);
  gen_add_array(g,
                &(struct array){.name = "w", .ndim = 1, .dims = {{1, g->n, 1}}, .is_data = true});
  if (gen_chance(g, 40)) {
    struct array a = {.name = "at", .ndim = 1, .dims = {{1, g->n, 1}}, .is_data = true};
    a.is_index = true;
    a.vlo = 1;
    a.vhi = gen_chance(g, 50) ? g->n : gen_pick(g, 1, g->n);
    strbuf_printf(g->out, "param at[i in 1..n] integer = 1 + (%d*i + %d*floor(i/3)) %% %d;\n",
                  gen_pick(g, 1, 20), gen_pick(g, 0, 5), a.vhi);
    gen_add_array(g, &a);
  }
  g->nparams = g->narrays;
}

static int column_count(const struct generator *g)
{
  int count = 3;
  while ((count + 1) * (count + 1) <= g->n) count++;
  return count;
}

/* The loops over a's elements, or over some of them; their indices are i and j. */
static void loops_over(struct generator *g, const struct array *a, bool some)
{
  static const char *const names[] = {"i", "j"};
  for (int d = 0; d < a->ndim; d++) {
    struct span s = a->dims[d];
    if (some && gen_chance(g, 30) && gen_span_count(&s) > 2) {
      s.lo += s.by;
      s.hi -= s.by;
    }
    if (some && gen_chance(g, 15)) s = (struct span){gen_span_greatest(&s), gen_span_least(&s), -1};
    if (some && gen_chance(g, 15)) s = (struct span){gen_span_least(&s), gen_span_greatest(&s), 3};
    if (d > 0) gen_put(g, ", ");
    strbuf_printf(g->out, "%s in ", names[d]);
    gen_put_span(g, &s);
    gen_push_loop(g, names[d], gen_span_least(&s), gen_span_greatest(&s));
  }
  g->work = WORK;
}

static void end(struct generator *g)
{
  g->nloops = 0;
  g->work = 1;
}

static struct array shape(struct generator *g)
{
  struct array a = {.ndim = 1, .dims = {{1, g->n, 1}}};
  int m = column_count(g);
  switch (gen_pick(g, 0, 6)) {
  case 0: a.dims[0] = (struct span){0, g->n - 1, 1}; break;
  case 1: a.dims[0] = (struct span){2, 2 * g->n, 2}; break;
  case 2: a.dims[0] = (struct span){g->n, 1, -1}; break;
  case 3:
  case 4:
    a.ndim = 2;
    a.dims[0] = (struct span){1, m, 1};
    a.dims[1] = (struct span){gen_pick(g, 0, 1), m, 1};
    break;
  default: break;
  }
  return a;
}

static void variables(struct generator *g)
{
  for (int k = gen_pick(g, 1, 2); k > 0; k--) {
    struct array a = shape(g);
    gen_new_name(g, a.name, "x");
    strbuf_printf(g->out, "var %s[", a.name);
    loops_over(g, &a, false);
    strbuf_printf(g->out, "] = 1.3*sin(%d.3 + %.3f*i%s);\n", gen_pick(g, 0, 6),
                  random_uniform(&g->state, 0.5, 3), a.ndim == 2 ? " + 1.7*j" : "");
    end(g);
    gen_add_array(g, &a);
  }
  if (gen_chance(g, 40)) {
    gen_put(g, "var s = 0.73;\n");
    gen_add_scalar(g, "s", false);
  }
}

static void let_array(struct generator *g)
{
  struct array a = shape(g);
  gen_new_name(g, a.name, "y");
  strbuf_printf(g->out, "let %s[", a.name);
  loops_over(g, &a, false);
  gen_put(g, "] = ");
  gen_moderate(g, 3);
  gen_put(g, ";\n");
  end(g);
  gen_add_array(g, &a);
}

static void let_recurrence(struct generator *g)
{
  struct array a = {.ndim = 1, .dims = {{1, g->n < RECURRENCE_MAX ? g->n : RECURRENCE_MAX, 1}}};
  gen_new_name(g, a.name, "r");
  strbuf_printf(g->out, "let %s[1] = 0.1;\nlet %s[i in 2..%d] = ", a.name, a.name, a.dims[0].hi);
  gen_put_template(g, g->words->steps[gen_pick(g, 0, 4)], a.name, "i-1");
  gen_push_loop(g, "i", 2, a.dims[0].hi);
  g->work = WORK;
  gen_moderate(g, 1);
  gen_put(g, ";\n");
  end(g);
  gen_add_array(g, &a);
}

/* Few steps, each along a line; the last of them is in scope. */
static void for_steps(struct generator *g)
{
  char u[NAME_SIZE], last[NAME_SIZE];
  int steps = gen_pick(g, 1, 4);
  gen_new_name(g, u, "u");
  gen_new_name(g, last, "y");
  strbuf_printf(g->out, "let %s[0, i in 1..n] = ", u);
  gen_push_loop(g, "i", 1, g->n);
  g->work = WORK;
  gen_moderate(g, 1);
  strbuf_printf(g->out, ";\nfor t in 1..%d {\n  let %s[t, 1] = 0.5*%s[t-1, 1];\n", steps, u, u);
  strbuf_printf(g->out,
                "  let %s[t, i in 2..n-1] = 0.5*%s[t-1, i] + 0.2*%s[t-1, i-1]*%s[%s, i+1];\n", u, u,
                u, u, "t-1");
  strbuf_printf(g->out, "  let %s[t, n] = ", u);
  end(g);
  gen_moderate(g, 1);
  strbuf_printf(g->out, ";\n}\nlet %s[i in 1..n] = %s[%d, i];\n", last, u, steps);
  struct array a = {.ndim = 1, .dims = {{1, g->n, 1}}};
  snprintf(a.name, NAME_SIZE, "%s", last);
  gen_add_array(g, &a);
}

static void let_clauses(struct generator *g)
{
  struct array a = {.ndim = 1, .dims = {{1, g->n, 1}}};
  gen_new_name(g, a.name, "z");
  strbuf_printf(g->out, "let %s[i in 1..n by 2] = ", a.name);
  gen_push_loop(g, "i", 1, g->n);
  g->work = WORK;
  gen_moderate(g, 2);
  strbuf_printf(g->out, ";\nlet %s[i in 2..n by 2] = 0.3*%s[i-1]*", a.name, a.name);
  gen_moderate(g, 1);
  gen_put(g, ";\n");
  end(g);
  gen_add_array(g, &a);
}

static void term(struct generator *g)
{
  const struct array *a = gen_some_array(g, false);
  const char *filters[] = {"", "", " if i % 3 != 1", " if i > 4 and i < n - 3"};
  if (a && gen_chance(g, 10)) {
    strbuf_printf(g->out, "0.3*%s(%s)", gen_chance(g, 70) ? "norm2" : "sum", a->name);
    return;
  }
  if (a && g->n < 100 && gen_chance(g, 15)) {
    strbuf_printf(g->out, "%s(%s)", gen_chance(g, 50) ? "logsumexp" : "max", a->name);
    return;
  }
  struct array over = a && gen_chance(g, 70) ? *a : shape(g);
  struct strbuf ranges = {0}, *out = g->out;
  g->out = &ranges;
  loops_over(g, &over, true);
  if (over.ndim == 1 && gen_chance(g, 15)) {
    strbuf_printf(g->out, ", k in i+1..min(%d, i+2)", gen_span_greatest(&over.dims[0]));
    gen_push_loop(g, "k", gen_span_least(&over.dims[0]) + 1, gen_span_greatest(&over.dims[0]));
  }
  gen_put(g, filters[gen_pick(g, 0, 3)]);
  g->out = out;
  gen_put(g, "sum(");
  g->budget = gen_pick(g, 4, 16);
  gen_expr(g, 3);
  gen_put(g, " for ");
  strbuf_add(g->out, ranges.data, ranges.len);
  gen_put(g, ")");
  strbuf_free(&ranges);
  end(g);
}

void generate_large(uint64_t seed, struct strbuf *out)
{
  static void (*const statements[])(struct generator *) = {
      let_array,   let_array,    let_recurrence, for_steps,
      let_clauses, gen_let_copy, gen_let_copy,   gen_let_once};
  struct generator g = {
      .state = seed, .kind = MODEL_REAL, .words = &gen_words[MODEL_REAL], .out = out, .work = 1};
  params(&g);
  variables(&g);
  for (int count = gen_pick(&g, 0, 4); count > 0; count--)
    statements[gen_pick(&g, 0, sizeof statements / sizeof *statements - 1)](&g);
  gen_put(&g, "return ");
  for (int k = gen_pick(&g, 1, 3); k > 0; k--) {
    term(&g);
    gen_put(&g, k > 1 ? "\n  + " : ";\n");
  }
}
