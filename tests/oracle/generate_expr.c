#include "config.h"

#include "generator.h"

#include <stdio.h>
#include <string.h>

int gen_pick(struct generator *g, int lo, int hi)
{
  return random_int(&g->state, lo, hi);
}

bool gen_chance(struct generator *g, int percent)
{
  return gen_pick(g, 1, 100) <= percent;
}

void gen_put(struct generator *g, const char *text)
{
  strbuf_puts(g->out, text);
}

void gen_put_int(struct generator *g, int v)
{
  strbuf_int(g->out, v);
}

/* A number with many digits, so that nothing is equal by chance. */
void gen_put_number(struct generator *g, double lo, double hi)
{
  int digits = g->kind == MODEL_RATIONAL ? 3 : 5; /* they multiply */
  strbuf_printf(g->out, "%.*f", digits, random_uniform(&g->state, lo, hi));
}

void gen_put_datum(struct generator *g, double lo, double hi)
{
  gen_put_number(g, lo, hi);
  if (g->kind != MODEL_COMPLEX || gen_chance(g, 50)) return;
  gen_put(g, gen_chance(g, 50) ? "+" : "-");
  gen_put_number(g, 0.01, 0.4);
  gen_put(g, "i");
}

/* n where it is n, sometimes. */
void gen_put_bound(struct generator *g, int v)
{
  if (v == g->n && gen_chance(g, 60))
    gen_put(g, "n");
  else
    gen_put_int(g, v);
}

int gen_span_count(const struct span *s)
{
  return (s->hi - s->lo) / s->by + 1;
}

void gen_put_span(struct generator *g, const struct span *s)
{
  gen_put_bound(g, s->lo);
  gen_put(g, "..");
  gen_put_bound(g, s->hi);
  if (s->by != 1) {
    gen_put(g, " by ");
    gen_put_int(g, s->by);
  }
}

/* Names. */

void gen_new_name(struct generator *g, char name[NAME_SIZE], const char *stem)
{
  snprintf(name, NAME_SIZE, "%s%d", stem, ++g->names);
}

void gen_add_scalar(struct generator *g, const char *name, bool is_data)
{
  if (g->nscalars == NAMES_MAX) return;
  struct scalar *s = &g->scalars[g->nscalars++];
  snprintf(s->name, NAME_SIZE, "%s", name);
  s->is_data = is_data;
}

void gen_add_array(struct generator *g, const struct array *a)
{
  if (g->narrays < NAMES_MAX) g->arrays[g->narrays++] = *a;
}

void gen_push_loop(struct generator *g, const char *name, int lo, int hi)
{
  if (g->nloops == NAMES_MAX) return;
  struct loop *l = &g->loops[g->nloops++];
  snprintf(l->name, NAME_SIZE, "%s", name);
  l->lo = lo;
  l->hi = hi;
}

/* Mostly a new name; one that shadows an outer index now and then, but none of the same list. */
static void loop_name(struct generator *g, char name[NAME_SIZE])
{
  static const char *const names[] = {"i", "j", "k", "l", "p", "q"};
  int k = g->nloops < 6 && gen_chance(g, 90) ? g->nloops : gen_pick(g, 0, 5);
  snprintf(name, NAME_SIZE, "%s", names[k]);
  if (g->twins) gen_new_name(g, name, "m");
  for (int j = g->list; j < g->nloops; j++)
    if (!strcmp(g->loops[j].name, name)) gen_new_name(g, name, "m");
}

/* A loop index in scope that no inner one shadows, or NULL. */
static struct loop *some_loop(struct generator *g)
{
  if (g->nloops == 0) return NULL;
  int k = gen_pick(g, 0, g->nloops - 1);
  for (int j = k + 1; j < g->nloops; j++)
    if (!strcmp(g->loops[k].name, g->loops[j].name)) return &g->loops[g->nloops - 1];
  return &g->loops[k];
}

const struct scalar *gen_some_scalar(struct generator *g, bool is_data)
{
  for (int tries = 0; tries < 8 && g->nscalars > g->first_scalar; tries++) {
    const struct scalar *s = &g->scalars[gen_pick(g, g->first_scalar, g->nscalars - 1)];
    if (s->is_data == is_data) return s;
  }
  return NULL;
}

const struct array *gen_some_array(struct generator *g, bool is_data)
{
  for (int tries = 0; tries < 8 && g->narrays > 0 && !g->in_def; tries++) {
    const struct array *a = &g->arrays[gen_pick(g, 0, g->narrays - 1)];
    if (a->is_data == is_data) return a;
  }
  return NULL;
}

/* Index expressions. */

static void put_shifted(struct generator *g, const char *name, int shift)
{
  gen_put(g, name);
  if (shift) strbuf_printf(g->out, "%+d", shift);
}

/* An index array whose values lie in lo … hi, at some index of a loop. */
static bool indirect(struct generator *g, int lo, int hi);

/* An expression of data whose value is a whole number of lo … hi. */
static void index_within(struct generator *g, int lo, int hi)
{
  const struct loop *l = some_loop(g);
  if (!g->plain && gen_chance(g, 15) && indirect(g, lo, hi)) return;
  if (!l || gen_chance(g, 10) || (g->plain && lo - l->lo > hi - l->hi)) {
    gen_put_bound(g, gen_pick(g, lo, hi));
  } else if (lo - l->lo <= hi - l->hi) { /* a shift keeps it inside */
    int shift = gen_pick(g, lo - l->lo, hi - l->hi);
    if (lo <= l->lo && l->hi <= hi && gen_chance(g, 50)) shift = 0;
    put_shifted(g, l->name, shift);
  } else if (gen_chance(g, 50)) {
    strbuf_printf(g->out, "max(%d, min(%d, ", lo, hi);
    put_shifted(g, l->name, gen_pick(g, -1, 1));
    gen_put(g, "))");
  } else {
    strbuf_printf(g->out, "(%d*%s) %% %d + %d", gen_pick(g, 1, 3), l->name, hi - lo + 1, lo);
  }
}

static bool indirect(struct generator *g, int lo, int hi)
{
  for (int k = 0; k < g->narrays && !g->in_def; k++) {
    const struct array *a = &g->arrays[k];
    if (!a->is_index || a->vlo < lo || a->vhi > hi) continue;
    gen_put(g, a->name);
    gen_put(g, "[");
    const struct loop *l = some_loop(g);
    if (l && l->lo >= a->dims[0].lo && l->hi <= a->dims[0].hi)
      gen_put(g, l->name);
    else
      gen_put_int(g, gen_pick(g, a->dims[0].lo, a->dims[0].hi));
    gen_put(g, "]");
    return true;
  }
  return false;
}

static void index_of_span(struct generator *g, const struct span *s)
{
  if (s->by == 1) {
    index_within(g, s->lo, s->hi);
  } else if (gen_chance(g, 50)) {
    gen_put_int(g, s->lo + s->by * gen_pick(g, 0, gen_span_count(s) - 1));
  } else {
    strbuf_printf(g->out, "%d %c %d*(", s->lo, s->by < 0 ? '-' : '+', s->by < 0 ? -s->by : s->by);
    index_within(g, 0, gen_span_count(s) - 1);
    gen_put(g, ")");
  }
}

static void triangle_indices(struct generator *g, const struct array *a)
{
  const struct loop *l = some_loop(g), *m = some_loop(g);
  int hi = a->dims[0].hi;
  if (l && m && l->lo >= 1 && m->lo >= 1 && l->hi <= hi && m->hi <= hi) {
    strbuf_printf(g->out, "max(%s, %s), min(%s, %s)", l->name, m->name, l->name, m->name);
  } else {
    int row = gen_pick(g, 1, hi);
    gen_put_int(g, row);
    gen_put(g, ", ");
    index_within(g, 1, row);
  }
}

static void put_indices(struct generator *g, const struct array *a)
{
  if (a->triangle) {
    triangle_indices(g, a);
  } else {
    for (int d = 0; d < a->ndim; d++) {
      if (d > 0) gen_put(g, ", ");
      index_of_span(g, &a->dims[d]);
    }
  }
}

/* Cuts "i, j" at the comma that is outside of parentheses. */
static char *second_index(char *indices)
{
  int open = 0;
  for (char *c = indices; *c; c++) {
    open += (*c == '(' || *c == '[') - (*c == ')' || *c == ']');
    if (*c != ',' || open > 0) continue;
    *c = 0;
    return c + 1;
  }
  return NULL;
}

static void element(struct generator *g, const struct array *a)
{
  static const char *const names[] = {"i", "j"};
  struct strbuf indices = {0}, *out = g->out;
  g->out = &indices;
  put_indices(g, a);
  strbuf_putc(&indices, 0);
  g->out = out;
  struct strbuf copy = {0};
  strbuf_add(&copy, indices.data, indices.len);
  char *texts[2] = {copy.data, a->ndim > 1 ? second_index(copy.data) : NULL};
  if (gen_inline(g, a->body, names, texts, a->ndim))
    g->differs.may_have_less = true;
  else
    strbuf_printf(g->out, "%s[%s]", a->name, indices.data);
  strbuf_free(&copy);
  strbuf_free(&indices);
}

/* Data: values of moderate size, never 0. */
void gen_data(struct generator *g)
{
  const struct loop *l = some_loop(g);
  const struct array *a = gen_some_array(g, true);
  const struct scalar *s = gen_some_scalar(g, true);
  switch (gen_pick(g, 0, 7)) {
  case 0:
  case 1:
    if (a && !a->is_index && !(a->is_sparse && g->plain)) {
      if (a->is_sparse) gen_put(g, "(0.6 + 0.3*");
      element(g, a);
      if (a->is_sparse) gen_put(g, ")");
      return;
    }
    break;
  case 2:
    if (s) {
      gen_put(g, s->name);
      return;
    }
    break;
  case 3:
    if (l) {
      strbuf_printf(g->out, l->hi > 10 ? "(1.05 + 0.1*(%s %% 7))" : "(1.05 + 0.1*%s)", l->name);
      return;
    }
    break;
  case 4:
    if (l) {
      strbuf_printf(g->out, "(if %s %% 2 == 0 then 0.7 else 1.3)", l->name);
      return;
    }
    break;
  case 5:
    if (a && a->ndim == 1 && !a->is_index) {
      strbuf_printf(g->out, "(size(%s)/10)", a->name);
      return;
    }
    break;
  case 6: gen_put(g, g->kind == MODEL_RATIONAL ? "(3/4)" : "(pi/4)"); return;
  default: break;
  }
  if (g->kind == MODEL_COMPLEX) gen_put(g, "(");
  gen_put_datum(g, 0.3, 1.7);
  if (g->kind == MODEL_COMPLEX) gen_put(g, ")");
}

/* Conditions. */

static void data_condition(struct generator *g)
{
  const struct loop *l = some_loop(g), *m = some_loop(g);
  int kind = gen_pick(g, 0, 5);
  if (!l) {
    gen_put(g, gen_chance(g, 50) ? "n > 3" : "n % 2 == 1");
    return;
  }
  switch (g->plain && (kind == 1 || kind == 5) ? 0 : kind) {
  case 0: strbuf_printf(g->out, "%s != %s", l->name, m->name); break;
  case 1: strbuf_printf(g->out, "(%s + %s) %% 2 == 0", l->name, m->name); break;
  case 2: strbuf_printf(g->out, "%s > %d", l->name, gen_pick(g, l->lo, l->hi)); break;
  case 3: strbuf_printf(g->out, "not (%s == %d)", l->name, gen_pick(g, l->lo, l->hi)); break;
  case 4:
    strbuf_printf(g->out, "%s >= %d and %s <= %d", l->name, l->lo, m->name,
                  gen_pick(g, m->lo, m->hi));
    break;
  default:
    if (g->kind == MODEL_COMPLEX)
      gen_put(g, l->name);
    else
      gen_data(g);
    gen_put(g, " > 0.9");
    break;
  }
}

static void variable_condition(struct generator *g, int depth)
{
  static const char *const compares[] = {" < ", " <= ", " > ", " >= ", " != "};
  int kind = gen_pick(g, 0, 9);
  if (kind == 0) gen_put(g, "not (");
  if (kind == 1 && g->has_zero) gen_put(g, "zero < one and ");
  if (kind == 2) gen_put(g, "false or ");
  if (kind == 3 || kind == 4) {
    gen_put(g, "(");
    data_condition(g);
    gen_put(g, kind == 3 ? ") and " : ") or ");
  }
  gen_expr(g, depth - 1);
  gen_put(g, compares[gen_pick(g, 0, 4)]);
  if (gen_chance(g, 50)) {
    gen_put_number(g, -0.5, 0.8);
  } else {
    gen_put(g, "(");
    gen_expr(g, depth - 2);
    gen_put(g, ")");
  }
  if (kind == 0) gen_put(g, ")");
  if (kind == 5) {
    gen_put(g, gen_chance(g, 50) ? " and " : " or ");
    gen_put(g, "(");
    data_condition(g);
    gen_put(g, ")");
  }
  if (kind >= 8) {
    gen_put(g, kind == 8 ? " and " : " or ");
    gen_expr(g, depth - 2);
    gen_put(g, " > ");
    gen_put_number(g, -0.5, 0.8);
  }
}

/* Templates: @ an expression, ~ one in [-1, 1], & and | such ones several times, # a literal, $
 * data, ? a condition on variables, % as it is. */

static const char *const bounded[] = {
    "sin(@)",     "cos(@)",         "tanh(@)",  "0.6*atan(@)",
    "erf(@)",     "0.5*sin(# + @)", "sin($*@)", "(1 - 2*sigmoid(@))",
    "normcdf(@)", "(&/(1 + &^2))"};

static const char *const templates[] = {
    "(@ + @)", "(@ - @)", "(@ + @ - @)", "(@ - # + $)", "~*~", "@*~", "#*@", "$*@", "@/$", "-@",
    "-(@)", "(@)*(~)", "@/(1.5 + (@)^2)", "#/(2.2 + ~)", "$/(2.1 + ~)", "~/(1.7 + ~)*~", "(@)^2",
    "(~)^2", "(@)^2", "(~)^3", "(~)^4", "(1.7 + ~)^-1", "(2.1 + ~)^-2", "(1.5 + ~)^0.7",
    "(1.5 + ~)^(~)", "2^(~)", "#^(~)", "pow(1.6 + ~, ~)", "pow(1.6 + ~, 2)", "pow(1.6 + ~, 1.5)",
    "-~^2", "(1.8 + ~)^$",
    /* one row or more for each function */
    "abs(@)", "sign(@)*@", "min(@, @)", "max(@, @)", "min(@, @, #)", "max(#, @)", "floor(3*~)*@",
    "ceil(2*~)*~", "round(2.3*~)*~", "trunc(3.1*~)*@", "sqrt(0.5 + (@)^2)", "cbrt(1.4 + ~)",
    "cbrt(-1.4 - ~)", "exp(~)", "exp2(~)", "expm1(~)", "log(1.1 + (@)^2)", "log(1.5 + ~)",
    "log2(1.6 + ~)", "log10(1.2 + (@)^2)", "log1p((@)^2)", "log1p(0.7*~)", "hypot(@, 1.3)",
    "hypot(@, 1.2 + (@)^2)", "sin(@)", "cos(@)", "tan(0.9*~)", "asin(0.8*~)", "acos(0.8*~)",
    "atan(@)", "atan2(@, 1.4 + (@)^2)", "atan2(1.5 + ~, ~)", "atan2(@, -1.2)", "sinh(~)", "cosh(~)",
    "tanh(@)", "asinh(@)", "acosh(2.6 + ~)", "acosh(1.5 + (@)^2)", "atanh(0.8*~)", "erf(@)",
    "erfc(~)", "lgamma(1.6 + (@)^2)", "lgamma(0.4*~ - 2.5)", "digamma(1.8 + ~)",
    "digamma(0.4*~ - 1.5)", "sigmoid(@)", "softplus(@)", "softplus(20*~)*0.1", "normcdf(@)",
    "stop(@)*@", "stop(~)", "(@) % 0.7", "(@) % (1.1 + 0.3*~)", "(0.37 + 5*~) % #*~",
    /* conditions, with branches that are not defined where they are not taken */
    "(if ? then @ else @)", "(if ? then ~ else #)", "(if & > 0.2 then log(&) else 0.3*&)",
    "(if round(2*~) == 0 then @ else ~)", "(if not (& > 0.1 and & < 0.6) then ~ else &^2)",
    "(if not (round(@) == 1 or @ <= 0.3) then log(1.2 + ~) else @)",
    "(if & > 0.3 then sqrt(&)*@ else &^2)", "(if abs(&) < 0.9 then asin(&) else 0.1*&)",
    "(if & > 1.2 then acosh(&) else 0)", "(if & != 0 then sin(&)/& else 1)",
    "(if & <= 0 then 0 else &^1.5)", "(if & > 0 and log(&) > -1 then log(&)*~ else ~)",
    "(if & < 0.4 or sqrt(&) < 1 then ~ else sqrt(& - 0.3))", "(if & > 0.2 then 1/& else -&)*0.1",
    "(if & < 0.1 then ~ else log(& + sqrt(& - 0.05)))",
    "(if abs(&) > 1.1 then 1/(abs(&) - 1) else atanh(&*0.9)) * 0.1",
    /* shared operands */
    "(& + 1.5)*&", "&*&*0.5", "(& - 0.3)*(& + 0.3)", "sin(&)*cos(&)"};

/* What is folded: rows for the structure alone. */
static const char *const folded[] = {"(0*(@) + @)",
                                     "zero*(@)",
                                     "(@)^0*@",
                                     "(@)^1",
                                     "(@)^one",
                                     "(@)^zero*~",
                                     "0/(1.5 + (@)^2)",
                                     "(one - 1)*@ + ~",
                                     "one*@",
                                     "(@*(zero + zero) - ~)",
                                     "(if one > zero then @ else @^2)",
                                     "(if one == 1 and zero == 0 then ~ else @)",
                                     "@^(1 + one)",
                                     "@*zero*@",
                                     "(~/one)^(2*one)",
                                     "(if true or @ > 0 then ~ else @)",
                                     "(if zero > one or @ > 0.2 then ~ else @)",
                                     "(if false and @ > 0 then @ else ~)"};
enum { FOLDED_REAL = 3 }; /* the last ones need unknowns that can be compared */

static const char *const rational_bounded[] = {"max(-1, min(1, @))", "((@) % 1)",
                                               "(if abs(&) > 1 then 1/& else &)", "(&/(1 + &^2))",
                                               "1/(1 + (@)^2)"};

/* Where the real ones have functions that leave the rational numbers: more remainders, roundings
 * and quotients. */
static const char *const rational_templates[] = {
    "(@ + @)",
    "(@ - @)",
    "(@ + @ - @)",
    "(@ - # + $)",
    "~*~",
    "@*~",
    "#*@",
    "$*@",
    "@/$",
    "-@",
    "-(@)",
    "(@)*(~)",
    "@/(1.5 + (@)^2)",
    "#/(2.2 + ~)",
    "$/(2.1 + ~)",
    "~/(1.7 + ~)*~",
    "(@)^2",
    "(~)^2",
    "(~)^3",
    "(~)^4",
    "(1.7 + ~)^-1",
    "(2.1 + ~)^-2",
    "pow(1.6 + ~, 2)",
    "-~^2",
    "(~/3)^5",
    "abs(@)",
    "sign(@)*@",
    "min(@, @)",
    "max(@, @)",
    "min(@, @, #)",
    "max(#, @)",
    "floor(3*~)*@",
    "ceil(2*~)*~",
    "round(2.3*~)*~",
    "trunc(3.1*~)*@",
    "stop(@)*@",
    "stop(~)",
    "(@) % 0.7",
    "(@) % (1.1 + 0.3*~)",
    "(0.37 + 5*~) % #*~",
    "(@) % -1.3",
    "@*1e-3/0.001",
    "(if ? then @ else @)",
    "(if ? then ~ else #)",
    "(if & != 0 then (1 - &^2)/& else 1)*0.2",
    "(if & > 0.2 then 1/& else -&)*0.1",
    "(if & > 0 and 1/& > 2 then &*~ else ~)",
    "(if abs(&) > 1.1 then 1/(abs(&) - 1) else &)*0.1",
    "(if & < 0.4 or 1/& < 1 then ~ else 1/(& - 0.3))*0.1",
    "(if & == & then ~ else 1/(& - &))",
    "(if not (& != &) then & else & % 0)",
    "(if round(2*~) == 0 then @ else ~)",
    "(if not (& > 0.1 and & < 0.6) then ~ else &^2)",
    "(& + 1.5)*&",
    "&*&*0.5",
    "(& - 0.3)*(& + 0.3)"};

/* Without poles and cuts near arguments of moderate imaginary part. */
static const char *const holomorphic_bounded[] = {"sin(@)",
                                                  "cos(@)",
                                                  "tanh(@)",
                                                  "0.6*atan(@)",
                                                  "0.5*sin(# + @)",
                                                  "sin($*@)",
                                                  "(1 - 2*sigmoid(@))",
                                                  "(&/(1.3 + &^2))"};

static const char *const holomorphic_templates[] = {"(@ + @)",
                                                    "(@ - @)",
                                                    "(@ + @ - @)",
                                                    "(@ - # + $)",
                                                    "~*~",
                                                    "@*~",
                                                    "#*@",
                                                    "$*@",
                                                    "@/$",
                                                    "-@",
                                                    "-(@)",
                                                    "(@)*(~)",
                                                    "@/(1.5 + (@)^2)",
                                                    "#/(2.2 + ~)",
                                                    "$/(2.1 + ~)",
                                                    "~/(1.7 + ~)*~",
                                                    "(@)^2",
                                                    "(~)^2",
                                                    "(@)^2",
                                                    "(~)^3",
                                                    "(~)^4",
                                                    "(1.7 + ~)^-1",
                                                    "(2.1 + ~)^-2",
                                                    "(1.5 + ~)^0.7",
                                                    "(1.5 + ~)^(~)",
                                                    "2^(~)",
                                                    "#^(~)",
                                                    "pow(1.6 + ~, ~)",
                                                    "pow(1.6 + ~, 2)",
                                                    "pow(1.6 + ~, 1.5)",
                                                    "-~^2",
                                                    "(1.8 + ~)^$",
                                                    "$^(~)",
                                                    "sqrt(0.5 + (@)^2)",
                                                    "exp(~)",
                                                    "exp2(~)",
                                                    "expm1(~)",
                                                    "log(1.1 + (@)^2)",
                                                    "log(1.5 + ~)",
                                                    "log2(1.6 + ~)",
                                                    "log10(1.2 + (@)^2)",
                                                    "log1p((@)^2)",
                                                    "log1p(0.7*~)",
                                                    "sin(@)",
                                                    "cos(@)",
                                                    "tan(0.9*~)",
                                                    "asin(0.8*~)",
                                                    "acos(0.8*~)",
                                                    "atan(@)",
                                                    "sinh(~)",
                                                    "cosh(~)",
                                                    "tanh(@)",
                                                    "asinh(@)",
                                                    "acosh(2.6 + ~)",
                                                    "acosh(1.5 + (@)^2)",
                                                    "atanh(0.8*~)",
                                                    "sigmoid(@)",
                                                    "softplus(@)",
                                                    "softplus(5*~)*0.1",
                                                    "(& + 1.5)*&",
                                                    "&*&*0.5",
                                                    "(& - 0.3)*(& + 0.3)",
                                                    "sin(&)*cos(&)"};

void gen_bounded(struct generator *g, int depth)
{
  int last = depth > 0 ? g->words->nbounded - 1 : 3;
  gen_fill(g, g->words->bounded[gen_pick(g, 0, last)], depth);
}

static void shared(struct generator *g, struct strbuf *text, bool is_bounded, int depth)
{
  struct strbuf *out = g->out;
  if (text->len == 0) {
    g->out = text;
    gen_put(g, "(");
    (is_bounded ? gen_bounded : gen_expr)(g, depth < 2 ? depth : 2);
    gen_put(g, ")");
    g->out = out;
  }
  strbuf_add(out, text->data, text->len);
}

void gen_fill(struct generator *g, const char *template, int depth)
{
  struct strbuf text = {0}, bounded_text = {0};
  for (const char *c = template; *c; c++) {
    switch (*c) {
    case '@': gen_expr(g, depth - 1); break;
    case '~': gen_bounded(g, depth - 1); break;
    case '&': shared(g, &text, false, depth - 1); break;
    case '|': shared(g, &bounded_text, true, depth - 1); break;
    case '#': gen_put_number(g, 0.3, 1.9); break;
    case '$': gen_data(g); break;
    case '?': variable_condition(g, depth); break;
    default: strbuf_putc(g->out, *c);
    }
  }
  strbuf_free(&text);
  strbuf_free(&bounded_text);
}

/* Reductions. */

/* One range; its index is in scope afterwards.  Sets *empty if it may be empty. */
static void span_range(struct generator *g, bool *empty)
{
  const struct loop *l = some_loop(g);
  char name[NAME_SIZE];
  int top = g->work > 8 ? 3 : g->n < 5 ? g->n : 5, kind = gen_pick(g, 0, 9);
  struct span s = {1, gen_pick(g, 1, top), 1};
  loop_name(g, name);
  strbuf_printf(g->out, "%s in ", name);
  if (kind < 3 && l && l->lo >= 1 && l->lo < l->hi && l->hi <= 6) {
    struct loop outer = *l;
    if (kind == 0) {
      strbuf_printf(g->out, "max(1, %s-1)..min(%d, %s+1)", outer.name, outer.hi, outer.name);
      gen_push_loop(g, name, 1, outer.hi);
    } else if (kind == 1) {
      strbuf_printf(g->out, "1..%s", outer.name);
      gen_push_loop(g, name, 1, outer.hi);
    } else {
      strbuf_printf(g->out, "%s+1..", outer.name);
      gen_put_bound(g, outer.hi);
      gen_push_loop(g, name, outer.lo + 1, outer.hi);
      *empty = true;
    }
    g->work *= 3;
    return;
  }
  if (kind == 6) { /* as long as an index or an element of an index array says */
    gen_put(g, "1..");
    index_within(g, 1, top);
    gen_push_loop(g, name, 1, top);
    g->work *= 3;
    return;
  }
  if (g->is_wide && g->work == 1) {
    s.hi = gen_pick(g, 100, 600);
    g->is_wide = false; /* one is enough */
  }
  if (kind == 3) s = (struct span){gen_pick(g, 1, 2), s.hi + 1, 2};
  if (kind == 4) s = (struct span){s.hi, 1, -1};
  if (kind == 5) s = (struct span){0, s.hi - 1, 1};
  gen_put_span(g, &s);
  gen_push_loop(g, name, s.lo < s.hi ? s.lo : s.hi, s.lo < s.hi ? s.hi : s.lo);
  g->work *= gen_span_count(&s);
}

/* for (i, v) in w, for (i, j, a) in A, for (j, a) in A[i]. */
static bool entry_range(struct generator *g, bool *empty)
{
  const struct array *a = gen_some_array(g, true);
  char i[NAME_SIZE], j[NAME_SIZE], v[NAME_SIZE];
  if (!a || a->is_index || a >= g->arrays + g->nparams) return false;
  if (gen_array_size(a) * g->work > 400) return false; /* quadratic in large models */
  *empty = *empty || a->is_sparse;
  loop_name(g, i);
  gen_new_name(g, j, "j");
  gen_new_name(g, v, "v");
  const struct span *rows = &a->dims[0], *columns = &a->dims[1];
  if (a->ndim == 1) {
    strbuf_printf(g->out, "(%s, %s) in %s", i, v, a->name);
    gen_push_loop(g, i, rows->lo, rows->hi);
    g->work *= gen_span_count(rows);
  } else if (gen_chance(g, 50)) {
    strbuf_printf(g->out, "(%s, %s, %s) in %s", i, j, v, a->name);
    gen_push_loop(g, i, rows->lo, rows->hi);
    gen_push_loop(g, j, columns->lo, columns->hi);
    g->work *= gen_span_count(rows) * gen_span_count(columns);
  } else {
    strbuf_printf(g->out, "(%s, %s) in %s[", j, v, a->name);
    index_within(g, rows->lo, rows->hi);
    gen_put(g, "]");
    gen_push_loop(g, j, columns->lo, columns->hi);
    g->work *= gen_span_count(columns);
  }
  gen_add_scalar(g, v, true);
  return true;
}

void gen_factor(struct generator *g, int depth)
{
  gen_put(g, "(");
  gen_put_number(g, 0.8, 1.2);
  gen_put(g, " + 0.3*");
  gen_fill(g, g->words->bounded[gen_pick(g, 0, 4)], depth);
  gen_put(g, ")");
}

void gen_reduction(struct generator *g, int depth)
{
  int nloops = g->nloops, nscalars = g->nscalars, work = g->work, list = g->list;
  const char *name = g->words->reductions[gen_pick(g, 0, 6)];
  bool total = !strcmp(name, "sum") || !strcmp(name, "prod"), empty = false;
  struct strbuf ranges = {0}, *out = g->out;
  g->list = nloops;
  g->out = &ranges;
  for (int k = 0, count = gen_chance(g, 25) ? 2 : 1; k < count; k++) {
    if (k > 0) gen_put(g, ", ");
    if (!gen_chance(g, 15) || !entry_range(g, &empty)) span_range(g, &empty);
  }
  if (total && gen_chance(g, 25)) {
    gen_put(g, " if ");
    data_condition(g);
  }
  g->out = out;
  if (empty && !total) name = "sum";
  /* Long sums would be ill-conditioned as arguments of sin and the like. */
  strbuf_printf(g->out, g->work > 99 && !strcmp(name, "sum") ? "0.003*%s(" : "%s(", name);
  if (!strcmp(name, "prod"))
    gen_factor(g, depth - 1);
  else
    gen_expr(g, depth - 1);
  gen_put(g, " for ");
  strbuf_add(g->out, ranges.data, ranges.len);
  gen_put(g, ")");
  strbuf_free(&ranges);
  g->nloops = nloops;
  g->nscalars = nscalars;
  g->work = work;
  g->list = list;
}

int gen_array_size(const struct array *a)
{
  int rows = gen_span_count(&a->dims[0]);
  if (a->ndim == 1) return rows;
  return a->triangle ? rows * (rows + 1) / 2 : rows * gen_span_count(&a->dims[1]);
}

static bool whole_array(struct generator *g)
{
  const struct array *a = gen_some_array(g, false), *b = gen_some_array(g, gen_chance(g, 50));
  if (!a || gen_array_size(a) * g->work > 60) return false;
  if (b && a->ndim == b->ndim && !b->is_sparse && a->triangle == b->triangle && !b->is_index &&
      !memcmp(a->dims, b->dims, sizeof a->dims) && gen_chance(g, 70))
    strbuf_printf(g->out, "(0.2*dot(%s, %s))", a->name, b->name);
  else
    strbuf_printf(g->out, "(0.2*%s(%s))",
                  g->words->totals[gen_pick(g, 0, gen_array_size(a) < 5 ? 5 : 4)], a->name);
  return true;
}

/* Expressions. */

/* A condition on a loop index, in whose branches the index is known to lie in a smaller range. */
static void guarded(struct generator *g, int depth)
{
  struct loop *l = some_loop(g);
  if (!l || l->lo >= l->hi) {
    gen_put(g, "(if ");
    data_condition(g);
    gen_put(g, " then ");
    gen_expr(g, depth - 1);
    gen_put(g, " else ");
    gen_expr(g, depth - 1);
    gen_put(g, ")");
    return;
  }
  struct loop saved = *l;
  int at = (int)(l - g->loops), cut = gen_pick(g, l->lo, l->hi - 1);
  strbuf_printf(g->out, "(if %s > %d then ", saved.name, cut);
  g->loops[at].lo = cut + 1;
  gen_expr(g, depth - 1);
  gen_put(g, " else ");
  g->loops[at] = saved;
  g->loops[at].hi = cut;
  gen_expr(g, depth - 1);
  gen_put(g, ")");
  g->loops[at] = saved;
}

static void argument(struct generator *g, const struct def *d, int k, int depth)
{
  if (k == 1 && d->second_is_data)
    index_within(g, d->lo, d->hi);
  else if (gen_chance(g, 20))
    gen_data(g);
  else
    gen_expr(g, depth - 1);
}

static bool def_call(struct generator *g, int depth)
{
  if (g->ndefs == 0) return false;
  const struct def *d = &g->defs[gen_pick(g, 0, g->ndefs - 1)];
  const char *const names[] = {"a", d->second_is_data ? "k" : "b", "i"};
  struct strbuf arguments[3] = {{0}}, *out = g->out;
  char *texts[3];
  for (int k = 0; k < d->nparams; k++) {
    g->out = &arguments[k];
    argument(g, d, k, depth);
    strbuf_putc(g->out, 0);
    texts[k] = arguments[k].data;
  }
  g->out = out;
  if (!gen_inline(g, d->body, names, texts, d->nparams)) {
    gen_put(g, d->name);
    for (int k = 0; k < d->nparams; k++) strbuf_printf(g->out, k ? ", %s" : "(%s", texts[k]);
    gen_put(g, ")");
  }
  for (int k = 0; k < d->nparams; k++) strbuf_free(&arguments[k]);
  return true;
}

static void atom(struct generator *g)
{
  const struct array *a = gen_some_array(g, false);
  const struct scalar *s = gen_some_scalar(g, false);
  if (a && (!s || gen_chance(g, 75)))
    element(g, a);
  else if (!s)
    gen_data(g);
  else if (gen_inline(g, s->body, NULL, NULL, 0))
    g->differs.may_have_less = true;
  else
    gen_put(g, s->name);
}

/* In parentheses, for the two may bind differently. */
static void paired(struct generator *g, int depth)
{
  gen_put(g, "(");
  gen_fill(g, g->words->pairs[gen_pick(g, 0, g->words->npairs - 1)][g->way], depth);
  gen_put(g, ")");
  g->differs.may_have_less = true; /* x/y of a zero x is folded, atan2(x, y) is not */
}

void gen_expr(struct generator *g, int depth)
{
  int kind = gen_pick(g, 0, 99);
  if (depth <= 0 || g->budget-- <= 0 || kind < 12)
    atom(g);
  else if (kind < 25 && g->work <= WORK_MAX && depth > 1 && !g->plain)
    gen_reduction(g, depth);
  else if (kind < 31 && depth > 1)
    guarded(g, depth);
  else if (kind < 36 && g->has_zero)
    gen_fill(g, g->words->folded[gen_pick(g, 0, g->words->nfolded - 1)], depth);
  else if (kind < 42 && !g->plain && def_call(g, depth))
    return;
  else if (kind < 45 && !g->plain && whole_array(g))
    return;
  else if (g->twins && gen_chance(g, 30))
    paired(g, depth);
  else
    gen_fill(g, g->words->templates[gen_pick(g, 0, g->words->ntemplates - 1)], depth);
}

#define LIST(name, list) .name = list, .n##name = sizeof list / sizeof *list
#define HOLOMORPHIC_WORDS                                                                          \
  {                                                                                                \
    LIST(bounded, holomorphic_bounded), LIST(templates, holomorphic_templates),                    \
        .folded = folded, .nfolded = sizeof folded / sizeof *folded - FOLDED_REAL,                 \
        .pairs = gen_holomorphic_pairs, .npairs = HOLOMORPHIC_PAIRS,                               \
        .reductions = {"sum", "sum", "sum", "prod", "sum", "logsumexp", "logsumexp"},              \
        .totals = {"sum", "norm2", "logsumexp", "norm2", "logsumexp", "prod"},                     \
        .steps = {"0.6*%s[%s] + ", "tanh(%s[%s])*0.5 + ", "0.5*tanh(%s[%s])^2 + ",                 \
                  "sin(1.3*%s[%s]) - ", "exp(0.3*%s[%s])*0.2 + "},                                 \
        .history = "tanh", .above = "sin(%s[i-1, j])*0.4", .states = "logsumexp",                  \
        .rare_states = "0.3*sum", .of_element = "%s[k]*sin(a + 0.1*k)",                            \
        .power = "(1.4 + 0.4*sin(a))^k - 0.2*a"                                                    \
  }

const struct words gen_words[MODEL_KINDS] = {
    [MODEL_REAL] = {LIST(bounded, bounded), LIST(templates, templates), LIST(folded, folded),
                    .pairs = gen_pairs, .npairs = PAIRS,
                    .reductions = {"sum", "sum", "sum", "prod", "min", "max", "logsumexp"},
                    .totals = {"sum", "norm2", "min", "max", "logsumexp", "prod"},
                    .steps = {"0.6*%s[%s] + ", "tanh(%s[%s])*0.5 + ", "0.5*tanh(%s[%s])^2 + ",
                              "sin(1.3*%s[%s]) - ", "(if %s[%s] > 0.1 then 0.3 else 0.6) + "},
                    .history = "tanh", .above = "sin(%s[i-1, j])*0.4", .states = "logsumexp",
                    .rare_states = "0.3*max", .of_element = "%s[k]*sin(a + 0.1*k)",
                    .power = "(1.4 + 0.4*sin(a))^k - 0.2*a"},
    [MODEL_RATIONAL] = {LIST(bounded, rational_bounded), LIST(templates, rational_templates),
                        LIST(folded, folded), .pairs = gen_rational_pairs, .npairs = RATIONAL_PAIRS,
                        .reductions = {"sum", "sum", "sum", "prod", "min", "max", "max"},
                        .totals = {"sum", "norm2", "min", "max", "norm2", "prod"},
                        .steps = {"0.6*%s[%s] + ", "max(-1, %s[%s])*0.5 + ", "0.25*%s[%s]^2 + ",
                                  "(%s[%s] %% 1.3) - ", "(if %s[%s] > 0.1 then 0.3 else 0.6) + "},
                        .history = "0.2*", .above = "max(%s[i-1, j], 0.1)*0.4", .states = "0.3*max",
                        .rare_states = "0.2*min", .of_element = "%s[k]*(a + 0.1*k)",
                        .power = "(1.4 + 0.4/(1 + a^2))^k - 0.2*a"},
    [MODEL_HOLOMORPHIC] = HOLOMORPHIC_WORDS,
    [MODEL_COMPLEX] = HOLOMORPHIC_WORDS};
