#include "config.h"

#include "generate_model.h"

enum { LETS_MAX = 4, LOOPS_MAX = 3, BUDGET = 60 };

/* What is in scope: x[1..n], the array u[1..n] and the scalars l1 … of lets, the defs, the indices
 * i, j, k of loops, all of which run within 1..n. */
struct generator {
  struct fuzz_bytes *bytes;
  struct strbuf *out;
  enum field field;
  int n, lets, loops, budget;
  bool has_array, has_def, in_def;
};

static int pick(struct generator *g, int n)
{
  return fuzz_pick(g->bytes, n);
}

static void put(struct generator *g, const char *text)
{
  strbuf_puts(g->out, text);
}

static void put_index(struct generator *g)
{
  int loop = g->loops ? pick(g, g->loops + 1) : 0;
  if (!loop) {
    strbuf_int(g->out, 1 + pick(g, g->n));
    return;
  }
  static const char *const wrapped[] = {"%c", "if %c > 1 then %c - 1 else %c", "n + 1 - %c"};
  for (const char *s = wrapped[pick(g, 3)]; *s; s++)
    if (*s == '%')
      strbuf_putc(g->out, (char)('h' + loop)), s++;
    else
      strbuf_putc(g->out, *s);
}

/* From a byte, but not round, so that hardly anything is equal by chance. */
static void put_constant(struct generator *g)
{
  int v = pick(g, 256);
  if (v % 16 == 15)
    put(g, v / 16 % 2 ? "0" : "1");
  else
    strbuf_printf(g->out, g->field == FIELD_EXACT ? "%d/7" : "0.%03d17", v % 128 + 1);
  if (g->field == FIELD_COMPLEX && v % 5 == 0) put(g, "*0.7i");
}

static void put_leaf(struct generator *g)
{
  int choice = pick(g, 6);
  if (choice == 5) {
    put(g, "(");
    put_constant(g);
    put(g, ")");
  } else if (g->in_def) {
    put(g, choice % 2 ? "b" : "a");
  } else if (choice == 1 && g->lets) {
    strbuf_printf(g->out, "l%d", 1 + pick(g, g->lets));
  } else if (choice == 2) {
    put(g, "w[");
    put_index(g);
    put(g, "]");
  } else {
    put(g, choice == 3 && g->has_array ? "u[" : "x[");
    put_index(g);
    put(g, "]");
  }
}

static void put_expr(struct generator *g, int depth);

/* A text with an expression for each $. */
static void put_template(struct generator *g, const char *text, int depth)
{
  for (; *text; text++)
    if (*text == '$')
      put_expr(g, depth);
    else
      strbuf_putc(g->out, *text);
}

static void put_reduction(struct generator *g, int depth)
{
  static const char *const real[] = {"sum(", "max(", "min(", "logsumexp(", "prod(0.9*"};
  static const char *const exact[] = {"sum(", "max(", "min(", "sum(", "prod("};
  static const char *const holomorphic[] = {"sum(", "sum(", "logsumexp(", "sum(", "prod(0.9*"};
  if (g->loops == LOOPS_MAX || g->in_def) {
    put_leaf(g);
    return;
  }
  int choice = pick(g, 5), filter = pick(g, 4);
  put(g, (g->field == FIELD_REAL ? real : g->field == FIELD_EXACT ? exact : holomorphic)[choice]);
  char index = (char)('i' + g->loops++);
  if (choice == 4 && g->field != FIELD_EXACT) put(g, "sin");
  put_template(g, "($)", depth);
  /* Parts of 1..n that are not empty. */
  strbuf_printf(g->out, " for %c in ", index);
  if (g->loops > 1 && pick(g, 2))
    strbuf_printf(g->out, "1..%c", index - 1);
  else
    put(g, pick(g, 2) ? "1..n" : "n..1 by -2");
  if (choice == 0 && filter == 3) strbuf_printf(g->out, " if %c != 2", index);
  put(g, ")");
  g->loops--;
}

static void put_expr(struct generator *g, int depth)
{
  static const char *const real[] = {"($ + $)",
                                     "($ - $)",
                                     "$*sin($)",
                                     "$/(2 + sin($))",
                                     "sin($)^2",
                                     "exp(sin($))",
                                     "sqrt(1.1 + cos($)^2)",
                                     "abs($)",
                                     "(if $ > 0.31 then $ else $)",
                                     "max($, $)",
                                     "min($, $, 0.4)",
                                     "tanh($)*$",
                                     "(-$)",
                                     "stop($)*$",
                                     "log(2 + sin($))",
                                     "atan2($, 3 + sin($))",
                                     "hypot($, 1.3)",
                                     "(2 + sin($))^$",
                                     "erf($)",
                                     "softplus(sin($))",
                                     "sin($)^3",
                                     "0*$",
                                     "(if 1 > 2 then $ else $)",
                                     "(sin($)*3 % 1.7)",
                                     "floor($)",
                                     "normcdf($)*$",
                                     "(if $ > 0 and $ < 1 then log($ + 9) else $)",
                                     "(2 + cos($))^-2"};
  static const char *const exact[] = {"($ + $)",     "($ - $)",      "$*$",
                                      "$/(2 + $^2)", "$^2",          "abs($)",
                                      "max($, $)",   "stop($)",      "(if $ > 1/3 then $ else $)",
                                      "(-$)",        "(1 + $^2)^-1", "0*$",
                                      "floor($)",    "($ % 3)"};
  static const char *const holomorphic[] = {
      "($ + $)", "($ - $)",      "$*sin($/9)",    "$/(9 + sin($/9))", "($/9)^2", "exp($/9)",
      "(-$)",    "log(9 + $/9)", "sqrt(9 + $/9)", "tanh($/9)",        "0*$"};
  if (depth == 0 || --g->budget < 0) {
    put_leaf(g);
    return;
  }
  int choice = pick(g, 8);
  if (choice < 2)
    put_leaf(g);
  else if (choice == 2)
    put_reduction(g, depth - 1);
  else if (choice == 3 && g->has_def && !g->in_def)
    put_template(g, "f($, $)", depth - 1);
  else if (g->field == FIELD_REAL)
    put_template(g, real[pick(g, sizeof real / sizeof *real)], depth - 1);
  else if (g->field == FIELD_EXACT)
    put_template(g, exact[pick(g, sizeof exact / sizeof *exact)], depth > 2 ? 2 : depth - 1);
  else
    put_template(g, holomorphic[pick(g, sizeof holomorphic / sizeof *holomorphic)], depth - 1);
}

static void put_def(struct generator *g)
{
  g->in_def = true;
  put(g, "def f(a, b) = ");
  put_expr(g, 2);
  put(g, ";\n");
  g->in_def = false;
  g->has_def = true;
}

/* u: one clause, a recurrence forwards or backwards, or a block. */
static void put_array(struct generator *g)
{
  static const char *const heads[] = {
      "let u[i in 1..n] = ", "let u[1] = x[1];\nlet u[i in 2..n] = 0.3*u[i-1] + ",
      "let u[n] = x[1];\nlet u[i in n-1..1 by -1] = 0.3*u[i+1] - ",
      "let u[1] = x[n];\nfor i in 2..n {\n let t = 0.4*u[i-1];\n let u[i] = t*t + "};
  int choice = pick(g, 4);
  put(g, heads[choice]);
  g->loops = 1;
  put_expr(g, 3);
  g->loops = 0;
  put(g, choice == 3 ? ";\n}\n" : ";\n");
  g->has_array = true;
}

enum field generate_from_bytes(struct fuzz_bytes *bytes, struct strbuf *out)
{
  static const enum field fields[] = {FIELD_REAL, FIELD_REAL, FIELD_EXACT, FIELD_COMPLEX};
  struct generator g = {.bytes = bytes, .out = out, .budget = BUDGET};
  g.field = fields[pick(&g, 4)];
  g.n = 2 + pick(&g, 6);
  strbuf_printf(out, "param n = %d;\nparam w[i in 1..n] = %s - 2/3*i;\n", g.n, "3/4");
  strbuf_printf(out, "var x[i in 1..n] = %s*i - 1/3;\n", pick(&g, 2) ? "2/7" : "5/9");
  if (pick(&g, 2)) put_def(&g);
  if (pick(&g, 2)) put_array(&g);
  for (int k = pick(&g, LETS_MAX + 1); g.lets < k; g.lets++) {
    strbuf_printf(out, "let l%d = ", g.lets + 1);
    put_expr(&g, 3);
    put(&g, ";\n");
  }
  put(&g, "return ");
  for (int k = pick(&g, 3); k >= 0; k--) {
    put_expr(&g, 4);
    put(&g, k ? " + " : ";\n");
  }
  return g.field;
}
