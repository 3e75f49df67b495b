#include "config.h"

#include "generate.h"

#include <stdio.h>
#include <string.h>

enum { NAMES_MAX = 64, NAME_SIZE = 16, RANK = 2, UNKNOWNS = 12, WORK_MAX = 40 };

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

struct span {
  int lo, hi, by; /* the elements lo, lo + by, … up to hi; by may be negative */
};

/* What can be read with indices. */
struct array {
  char name[NAME_SIZE];
  int ndim;
  struct span dims[RANK];
  bool triangle; /* the second index runs over 1 … the first one */
  bool is_data;
  bool is_index; /* whole numbers vlo … vhi */
  int vlo, vhi;
};

struct scalar {
  char name[NAME_SIZE];
  bool is_data;
};

struct loop {
  char name[NAME_SIZE];
  int lo, hi; /* its values lie in between */
};

struct def {
  char name[NAME_SIZE];
  int nparams;
};

struct generator {
  uint64_t state;
  struct strbuf *out;
  struct array arrays[NAMES_MAX];
  int narrays, nparams; /* the first nparams arrays are parameters */
  struct scalar scalars[NAMES_MAX];
  int nscalars, first_scalar;
  struct loop loops[NAMES_MAX];
  int nloops, first_loop;
  struct def defs[4];
  int ndefs;
  bool in_def;  /* no arrays are visible, nor what stands before first_scalar, first_loop */
  int n;        /* the value of the parameter n */
  int work;     /* iterations of the loops around */
  int budget;   /* nodes that the current expression may still get */
  int names;    /* to make new names */
  bool has_zero; /* parameters `zero` = 0 and `one` = 1 are declared */
};

static void expr(struct generator *g, int depth);
static void data(struct generator *g);

static int pick(struct generator *g, int lo, int hi)
{
  return random_int(&g->state, lo, hi);
}

static bool chance(struct generator *g, int percent)
{
  return pick(g, 1, 100) <= percent;
}

static void put(struct generator *g, const char *text)
{
  strbuf_puts(g->out, text);
}

static void put_int(struct generator *g, int v)
{
  strbuf_int(g->out, v);
}

/* A number with many digits, so that nothing is equal by chance. */
static void put_number(struct generator *g, double lo, double hi)
{
  strbuf_printf(g->out, "%.5f", random_uniform(&g->state, lo, hi));
}

/* n where it is n, sometimes. */
static void put_bound(struct generator *g, int v)
{
  if (v == g->n && chance(g, 60))
    put(g, "n");
  else
    put_int(g, v);
}

static int span_count(const struct span *s)
{
  return (s->hi - s->lo) / s->by + 1;
}

static void put_span(struct generator *g, const struct span *s)
{
  put_bound(g, s->lo);
  put(g, "..");
  put_bound(g, s->hi);
  if (s->by != 1) {
    put(g, " by ");
    put_int(g, s->by);
  }
}

/* Names. */

static void new_name(struct generator *g, char name[NAME_SIZE], const char *stem)
{
  snprintf(name, NAME_SIZE, "%s%d", stem, ++g->names);
}

static void add_scalar(struct generator *g, const char *name, bool is_data)
{
  if (g->nscalars == NAMES_MAX) return;
  struct scalar *s = &g->scalars[g->nscalars++];
  snprintf(s->name, NAME_SIZE, "%s", name);
  s->is_data = is_data;
}

static struct array *add_array(struct generator *g, const struct array *a)
{
  if (g->narrays < NAMES_MAX) g->arrays[g->narrays++] = *a;
  return &g->arrays[g->narrays - 1];
}

static void push_loop(struct generator *g, const char *name, int lo, int hi)
{
  if (g->nloops == NAMES_MAX) return;
  struct loop *l = &g->loops[g->nloops++];
  snprintf(l->name, NAME_SIZE, "%s", name);
  l->lo = lo;
  l->hi = hi;
}

static void loop_name(struct generator *g, char name[NAME_SIZE])
{
  static const char *const names[] = {"i", "j", "k", "l", "p", "q"};
  const char *base = names[g->nloops < 6 && chance(g, 90) ? g->nloops : pick(g, 0, 5)];
  snprintf(name, NAME_SIZE, "%s", base);
}

/* A loop index in scope that no inner one shadows, or NULL. */
static struct loop *some_loop(struct generator *g)
{
  if (g->nloops == g->first_loop) return NULL;
  int k = pick(g, g->first_loop, g->nloops - 1);
  for (int j = k + 1; j < g->nloops; j++)
    if (!strcmp(g->loops[k].name, g->loops[j].name)) return &g->loops[g->nloops - 1];
  return &g->loops[k];
}

static const struct scalar *some_scalar(struct generator *g, bool is_data)
{
  for (int tries = 0; tries < 8 && g->nscalars > g->first_scalar; tries++) {
    const struct scalar *s = &g->scalars[pick(g, g->first_scalar, g->nscalars - 1)];
    if (s->is_data == is_data) return s;
  }
  return NULL;
}

static const struct array *some_array(struct generator *g, bool is_data)
{
  for (int tries = 0; tries < 8 && g->narrays > 0 && !g->in_def; tries++) {
    const struct array *a = &g->arrays[pick(g, 0, g->narrays - 1)];
    if (a->is_data == is_data) return a;
  }
  return NULL;
}

/* Index expressions. */

static void put_shifted(struct generator *g, const char *name, int shift)
{
  put(g, name);
  if (shift) strbuf_printf(g->out, "%+d", shift);
}

/* An index array whose values lie in lo … hi, at some index of a loop. */
static bool indirect(struct generator *g, int lo, int hi);

/* An expression of data whose value is a whole number of lo … hi. */
static void index_within(struct generator *g, int lo, int hi)
{
  const struct loop *l = some_loop(g);
  if (chance(g, 15) && indirect(g, lo, hi)) return;
  if (!l || chance(g, 10)) {
    put_bound(g, pick(g, lo, hi));
  } else if (lo - l->lo <= hi - l->hi) { /* a shift keeps it inside */
    int shift = pick(g, lo - l->lo, hi - l->hi);
    if (lo <= l->lo && l->hi <= hi && chance(g, 50)) shift = 0;
    put_shifted(g, l->name, shift);
  } else if (chance(g, 50)) {
    strbuf_printf(g->out, "max(%d, min(%d, ", lo, hi);
    put_shifted(g, l->name, pick(g, -1, 1));
    put(g, "))");
  } else {
    strbuf_printf(g->out, "(%d*%s) %% %d + %d", pick(g, 1, 3), l->name, hi - lo + 1, lo);
  }
}

static bool indirect(struct generator *g, int lo, int hi)
{
  for (int k = 0; k < g->narrays && !g->in_def; k++) {
    const struct array *a = &g->arrays[k];
    if (!a->is_index || a->vlo < lo || a->vhi > hi) continue;
    put(g, a->name);
    put(g, "[");
    const struct loop *l = some_loop(g);
    if (l && l->lo >= a->dims[0].lo && l->hi <= a->dims[0].hi)
      put(g, l->name);
    else
      put_int(g, pick(g, a->dims[0].lo, a->dims[0].hi));
    put(g, "]");
    return true;
  }
  return false;
}

static void index_of_span(struct generator *g, const struct span *s)
{
  if (s->by == 1) {
    index_within(g, s->lo, s->hi);
  } else if (chance(g, 50)) {
    put_int(g, s->lo + s->by * pick(g, 0, span_count(s) - 1));
  } else {
    strbuf_printf(g->out, "%d %c %d*(", s->lo, s->by < 0 ? '-' : '+', s->by < 0 ? -s->by : s->by);
    index_within(g, 0, span_count(s) - 1);
    put(g, ")");
  }
}

static void triangle_indices(struct generator *g, const struct array *a)
{
  const struct loop *l = some_loop(g), *m = some_loop(g);
  int hi = a->dims[0].hi;
  if (l && m && l->lo >= 1 && m->lo >= 1 && l->hi <= hi && m->hi <= hi) {
    strbuf_printf(g->out, "max(%s, %s), min(%s, %s)", l->name, m->name, l->name, m->name);
  } else {
    int row = pick(g, 1, hi);
    put_int(g, row);
    put(g, ", ");
    index_within(g, 1, row);
  }
}

static void element(struct generator *g, const struct array *a)
{
  put(g, a->name);
  put(g, "[");
  if (a->triangle) {
    triangle_indices(g, a);
  } else {
    for (int d = 0; d < a->ndim; d++) {
      if (d > 0) put(g, ", ");
      index_of_span(g, &a->dims[d]);
    }
  }
  put(g, "]");
}

/* Data: values of moderate size, never 0. */
static void data(struct generator *g)
{
  const struct loop *l = some_loop(g);
  const struct array *a = some_array(g, true);
  const struct scalar *s = some_scalar(g, true);
  switch (pick(g, 0, 7)) {
  case 0:
  case 1:
    if (a && !a->is_index) {
      element(g, a);
      return;
    }
    break;
  case 2:
    if (s) {
      put(g, s->name);
      return;
    }
    break;
  case 3:
    if (l) {
      strbuf_printf(g->out, "(1.05 + 0.1*%s)", l->name);
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
  case 6: put(g, "(pi/4)"); return;
  default: break;
  }
  put_number(g, 0.3, 1.7);
}

/* Conditions. */

static void data_condition(struct generator *g)
{
  const struct loop *l = some_loop(g), *m = some_loop(g);
  if (!l) {
    put(g, chance(g, 50) ? "n > 3" : "n % 2 == 1");
    return;
  }
  switch (pick(g, 0, 5)) {
  case 0: strbuf_printf(g->out, "%s != %s", l->name, m->name); break;
  case 1: strbuf_printf(g->out, "(%s + %s) %% 2 == 0", l->name, m->name); break;
  case 2: strbuf_printf(g->out, "%s > %d", l->name, pick(g, l->lo, l->hi)); break;
  case 3: strbuf_printf(g->out, "not (%s == %d)", l->name, pick(g, l->lo, l->hi)); break;
  case 4:
    strbuf_printf(g->out, "%s >= %d and %s <= %d", l->name, l->lo, m->name, pick(g, m->lo, m->hi));
    break;
  default:
    data(g);
    put(g, " > 0.9");
    break;
  }
}

static void variable_condition(struct generator *g, int depth)
{
  static const char *const compares[] = {" < ", " <= ", " > ", " >= ", " != "};
  int kind = pick(g, 0, 9);
  if (kind == 0) put(g, "not (");
  if (kind == 1 && g->has_zero) put(g, "zero < one and ");
  if (kind == 2) put(g, "false or ");
  expr(g, depth - 1);
  put(g, compares[pick(g, 0, 4)]);
  if (chance(g, 50)) {
    put_number(g, -0.5, 0.8);
  } else {
    put(g, "(");
    expr(g, depth - 2);
    put(g, ")");
  }
  if (kind == 0) put(g, ")");
  if (kind >= 8) {
    put(g, kind == 8 ? " and " : " or ");
    expr(g, depth - 2);
    put(g, " > ");
    put_number(g, -0.5, 0.8);
  }
}

/* Templates: @ an expression, ~ one in [-1, 1], & one expression several times, # a literal, $ data,
 * ? a condition on variables, % as it is. */

static const char *const bounded[] = {"sin(@)",    "cos(@)",         "tanh(@)",     "0.6*atan(@)",
                                      "erf(@)",    "0.5*sin(# + @)", "sin($*@)",    "(1 - 2*sigmoid(@))",
                                      "normcdf(@)", "(&/(1 + &^2))"};

static const char *const templates[] = {
    "(@ + @)", "(@ - @)", "(@ + @ - @)", "(@ - # + $)", "~*~", "@*~", "#*@", "$*@", "@/$", "-@",
    "-(@)", "(@)*(~)", "@/(1.5 + (@)^2)", "#/(2.2 + ~)", "$/(2.1 + ~)", "~/(1.7 + ~)*~",
    "(@)^2", "(~)^2", "(@)^2", "(~)^3", "(~)^4", "(1.7 + ~)^-1", "(2.1 + ~)^-2", "(1.5 + ~)^0.7",
    "(1.5 + ~)^(~)", "2^(~)", "#^(~)", "pow(1.6 + ~, ~)", "pow(1.6 + ~, 2)", "pow(1.6 + ~, 1.5)",
    "-~^2", "(1.8 + ~)^$",
    /* one row or more for each function */
    "abs(@)", "sign(@)*@", "min(@, @)", "max(@, @)", "min(@, @, #)", "max(#, @)", "floor(3*~)*@",
    "ceil(2*~)*~", "round(2.3*~)*~", "trunc(3.1*~)*@", "sqrt(0.5 + (@)^2)", "cbrt(1.4 + ~)",
    "cbrt(-1.4 - ~)", "exp(~)", "exp2(~)", "expm1(~)", "log(1.1 + (@)^2)", "log(1.5 + ~)",
    "log2(1.6 + ~)", "log10(1.2 + (@)^2)", "log1p((@)^2)", "log1p(0.7*~)", "hypot(@, 1.3)",
    "hypot(@, 1.2 + (@)^2)", "sin(@)", "cos(@)", "tan(0.9*~)", "asin(0.8*~)", "acos(0.8*~)",
    "atan(@)", "atan2(@, 1.4 + (@)^2)", "atan2(1.5 + ~, ~)", "atan2(@, -1.2)", "sinh(~)",
    "cosh(~)", "tanh(@)", "asinh(@)", "acosh(2.6 + ~)", "acosh(1.5 + (@)^2)", "atanh(0.8*~)",
    "erf(@)", "erfc(~)", "lgamma(1.6 + (@)^2)", "lgamma(0.4*~ - 2.5)", "digamma(1.8 + ~)",
    "digamma(0.4*~ - 1.5)", "sigmoid(@)", "softplus(@)", "softplus(20*~)*0.1", "normcdf(@)",
    "stop(@)*@", "stop(~)", "(@) % 0.7", "(@) % (1.1 + 0.3*~)", "(0.37 + 5*~) % #*~",
    /* conditions, with branches that are not defined where they are not taken */
    "(if ? then @ else @)", "(if ? then ~ else #)", "(if & > 0.2 then log(&) else 0.3*&)",
    "(if & > 0.3 then sqrt(&)*@ else &^2)", "(if abs(&) < 0.9 then asin(&) else 0.1*&)",
    "(if & > 1.2 then acosh(&) else 0)", "(if & != 0 then sin(&)/& else 1)",
    "(if & <= 0 then 0 else &^1.5)", "(if & > 0 and log(&) > -1 then log(&)*~ else ~)",
    "(if & < 0.4 or sqrt(&) < 1 then ~ else sqrt(& - 0.3))", "(if & > 0.2 then 1/& else -&)*0.1",
    "(if & < 0.1 then ~ else log(& + sqrt(& - 0.05)))",
    "(if abs(&) > 1.1 then 1/(abs(&) - 1) else atanh(&*0.9)) * 0.1",
    /* shared operands */
    "(& + 1.5)*&", "&*&*0.5", "(& - 0.3)*(& + 0.3)", "sin(&)*cos(&)"};

/* What is folded: rows for the structure alone. */
static const char *const folded[] = {
    "(0*(@) + @)", "zero*(@)", "(@)^0*@", "(@)^1", "(@)^one", "(@)^zero*~", "0/(1.5 + (@)^2)",
    "(one - 1)*@ + ~", "one*@", "(if true or @ > 0 then ~ else @)", "(@*(zero + zero) - ~)",
    "(if zero > one or @ > 0.2 then ~ else @)", "(if false and @ > 0 then @ else ~)",
    "(if one > zero then @ else @^2)", "(if one == 1 and zero == 0 then ~ else @)",
    "@^(1 + one)", "@*zero*@", "(~/one)^(2*one)"};

static void shared(struct generator *g, struct strbuf *text, int depth)
{
  struct strbuf *out = g->out;
  if (text->len == 0) {
    g->out = text;
    put(g, "(");
    expr(g, depth < 2 ? depth : 2);
    put(g, ")");
    g->out = out;
  }
  strbuf_add(out, text->data, text->len);
}

static void fill(struct generator *g, const char *template, int depth)
{
  struct strbuf text = {0};
  for (const char *c = template; *c; c++) {
    switch (*c) {
    case '@': expr(g, depth - 1); break;
    case '~':
      if (depth > 1)
        fill(g, bounded[pick(g, 0, sizeof bounded / sizeof *bounded - 1)], depth - 1);
      else
        fill(g, bounded[pick(g, 0, 3)], 0);
      break;
    case '&': shared(g, &text, depth - 1); break;
    case '#': put_number(g, 0.3, 1.9); break;
    case '$': data(g); break;
    case '?': variable_condition(g, depth); break;
    default: strbuf_putc(g->out, *c);
    }
  }
  strbuf_free(&text);
}

/* Reductions. */

/* One range; its index is in scope afterwards.  Sets *empty if it may be empty. */
static void span_range(struct generator *g, bool *empty)
{
  const struct loop *l = some_loop(g);
  char name[NAME_SIZE];
  int top = g->work > 8 ? 3 : g->n < 5 ? g->n : 5, kind = pick(g, 0, 9);
  struct span s = {1, pick(g, 1, top), 1};
  loop_name(g, name);
  strbuf_printf(g->out, "%s in ", name);
  if (kind < 3 && l && l->lo >= 1 && l->hi <= 6) {
    struct loop outer = *l;
    if (kind == 0) {
      strbuf_printf(g->out, "max(1, %s-1)..min(%d, %s+1)", outer.name, outer.hi, outer.name);
      push_loop(g, name, 1, outer.hi);
    } else if (kind == 1) {
      strbuf_printf(g->out, "1..%s", outer.name);
      push_loop(g, name, 1, outer.hi);
    } else {
      strbuf_printf(g->out, "%s+1..", outer.name);
      put_bound(g, outer.hi);
      push_loop(g, name, outer.lo + 1, outer.hi);
      *empty = true;
    }
    g->work *= 3;
    return;
  }
  if (kind == 3) s = (struct span){pick(g, 1, 2), top + 1, 2};
  if (kind == 4) s = (struct span){top, 1, -1};
  if (kind == 5) s = (struct span){0, top - 1, 1};
  put_span(g, &s);
  push_loop(g, name, s.lo < s.hi ? s.lo : s.hi, s.lo < s.hi ? s.hi : s.lo);
  g->work *= span_count(&s);
}

/* for (i, v) in w, for (i, j, a) in A, for (j, a) in A[i]. */
static bool entry_range(struct generator *g)
{
  const struct array *a = some_array(g, true);
  char i[NAME_SIZE], j[NAME_SIZE], v[NAME_SIZE];
  if (!a || a->is_index || a >= g->arrays + g->nparams || a->triangle) return false;
  loop_name(g, i);
  snprintf(j, NAME_SIZE, "%sj", i);
  snprintf(v, NAME_SIZE, "v%s", i);
  const struct span *rows = &a->dims[0], *columns = &a->dims[1];
  if (a->ndim == 1) {
    strbuf_printf(g->out, "(%s, %s) in %s", i, v, a->name);
    push_loop(g, i, rows->lo, rows->hi);
    g->work *= span_count(rows);
  } else if (chance(g, 50)) {
    strbuf_printf(g->out, "(%s, %s, %s) in %s", i, j, v, a->name);
    push_loop(g, i, rows->lo, rows->hi);
    push_loop(g, j, columns->lo, columns->hi);
    g->work *= span_count(rows) * span_count(columns);
  } else {
    strbuf_printf(g->out, "(%s, %s) in %s[", j, v, a->name);
    index_within(g, rows->lo, rows->hi);
    put(g, "]");
    push_loop(g, j, columns->lo, columns->hi);
    g->work *= span_count(columns);
  }
  add_scalar(g, v, true);
  return true;
}

static void factor(struct generator *g, int depth)
{
  put(g, "(");
  put_number(g, 0.8, 1.2);
  put(g, " + 0.3*");
  fill(g, bounded[pick(g, 0, 4)], depth);
  put(g, ")");
}

static void reduction(struct generator *g, int depth)
{
  static const char *const names[] = {"sum", "sum", "sum", "prod", "min", "max", "logsumexp"};
  int nloops = g->nloops, nscalars = g->nscalars, work = g->work;
  const char *name = names[pick(g, 0, 6)];
  bool total = !strcmp(name, "sum") || !strcmp(name, "prod"), empty = false;
  struct strbuf ranges = {0}, *out = g->out;
  g->out = &ranges;
  for (int k = 0, count = chance(g, 25) ? 2 : 1; k < count; k++) {
    if (k > 0) put(g, ", ");
    if (!chance(g, 15) || !entry_range(g)) span_range(g, &empty);
  }
  if (total && chance(g, 25)) {
    put(g, " if ");
    data_condition(g);
  }
  g->out = out;
  if (empty && !total) name = "sum";
  strbuf_printf(g->out, "%s(", name);
  if (!strcmp(name, "prod"))
    factor(g, depth - 1);
  else
    expr(g, depth - 1);
  put(g, " for ");
  strbuf_add(g->out, ranges.data, ranges.len);
  put(g, ")");
  strbuf_free(&ranges);
  g->nloops = nloops;
  g->nscalars = nscalars;
  g->work = work;
}

static int array_size(const struct array *a)
{
  int rows = span_count(&a->dims[0]);
  if (a->ndim == 1) return rows;
  return a->triangle ? rows * (rows + 1) / 2 : rows * span_count(&a->dims[1]);
}

static bool whole_array(struct generator *g)
{
  static const char *const names[] = {"sum", "norm2", "min", "max", "logsumexp", "prod"};
  const struct array *a = some_array(g, false), *b = some_array(g, chance(g, 50));
  if (!a || array_size(a) * g->work > 60) return false;
  if (b && a->ndim == b->ndim && !a->triangle && !b->triangle && !b->is_index &&
      !memcmp(a->dims, b->dims, sizeof a->dims) && chance(g, 70))
    strbuf_printf(g->out, "(0.2*dot(%s, %s))", a->name, b->name);
  else
    strbuf_printf(g->out, "(0.2*%s(%s))", names[pick(g, 0, array_size(a) < 5 ? 5 : 4)], a->name);
  return true;
}

/* Expressions. */

/* A condition on a loop index, in whose branches the index is known to lie in a smaller range. */
static void guarded(struct generator *g, int depth)
{
  struct loop *l = some_loop(g);
  if (!l || l->lo >= l->hi) {
    put(g, "(if ");
    data_condition(g);
    put(g, " then ");
    expr(g, depth - 1);
    put(g, " else ");
    expr(g, depth - 1);
    put(g, ")");
    return;
  }
  struct loop saved = *l;
  int at = (int)(l - g->loops), cut = pick(g, l->lo, l->hi - 1);
  strbuf_printf(g->out, "(if %s > %d then ", saved.name, cut);
  g->loops[at].lo = cut + 1;
  expr(g, depth - 1);
  put(g, " else ");
  g->loops[at] = saved;
  g->loops[at].hi = cut;
  expr(g, depth - 1);
  put(g, ")");
  g->loops[at] = saved;
}

static bool def_call(struct generator *g, int depth)
{
  if (g->ndefs == 0) return false;
  const struct def *d = &g->defs[pick(g, 0, g->ndefs - 1)];
  put(g, d->name);
  put(g, "(");
  for (int k = 0; k < d->nparams; k++) {
    if (k > 0) put(g, ", ");
    if (chance(g, 20))
      data(g);
    else
      expr(g, depth - 1);
  }
  put(g, ")");
  return true;
}

static void atom(struct generator *g)
{
  const struct array *a = some_array(g, false);
  const struct scalar *s = some_scalar(g, false);
  if (a && (!s || chance(g, 75)))
    element(g, a);
  else if (s)
    put(g, s->name);
  else
    data(g);
}

static void expr(struct generator *g, int depth)
{
  int kind = pick(g, 0, 99);
  if (depth <= 0 || g->budget-- <= 0 || kind < 12)
    atom(g);
  else if (kind < 25 && g->work <= WORK_MAX && depth > 1)
    reduction(g, depth);
  else if (kind < 31 && depth > 1)
    guarded(g, depth);
  else if (kind < 36 && g->has_zero)
    fill(g, folded[pick(g, 0, sizeof folded / sizeof *folded - 1)], depth);
  else if (kind < 42 && def_call(g, depth))
    return;
  else if (kind < 45 && whole_array(g))
    return;
  else
    fill(g, templates[pick(g, 0, sizeof templates / sizeof *templates - 1)], depth);
}

/* An expression of its own size. */
static void whole_expr(struct generator *g, int depth)
{
  g->budget = pick(g, 4, 16);
  expr(g, depth);
}

/* Statements. */

static void param_array(struct generator *g)
{
  struct array a = {.ndim = 1, .dims = {{1, g->n, 1}}, .is_data = true};
  new_name(g, a.name, "w");
  if (chance(g, 30)) a.dims[0] = (struct span){0, g->n - 1, 1};
  strbuf_printf(g->out, "param %s[", a.name);
  if (a.dims[0].lo == 1 && chance(g, 50)) {
    put_bound(g, g->n);
  } else if (chance(g, 50)) {
    put(g, "i in ");
    put_span(g, &a.dims[0]);
    put(g, "] = 0.35 + 0.17*i;\n");
    add_array(g, &a);
    return;
  } else {
    put_span(g, &a.dims[0]);
  }
  put(g, "] = [");
  for (int k = 0; k < g->n; k++) {
    if (k > 0) put(g, ", ");
    put_number(g, 0.2, 1.8);
  }
  put(g, "];\n");
  add_array(g, &a);
}

static void param_index(struct generator *g)
{
  struct array a = {.ndim = 1, .dims = {{1, g->n, 1}}, .is_data = true, .is_index = true};
  a.vlo = 1;
  a.vhi = chance(g, 50) ? g->n : 2;
  new_name(g, a.name, "at");
  strbuf_printf(g->out, "param %s[n] integer = [", a.name);
  for (int k = 0; k < g->n; k++) strbuf_printf(g->out, k ? ", %d" : "%d", pick(g, a.vlo, a.vhi));
  put(g, "];\n");
  add_array(g, &a);
}

static void param_matrix(struct generator *g)
{
  struct array a = {.ndim = 2, .dims = {{1, 2, 1}, {1, 3, 1}}, .is_data = true};
  new_name(g, a.name, "M");
  strbuf_printf(g->out, "param %s[2, 3] = [[", a.name);
  for (int k = 0; k < 6; k++) {
    if (k > 0) put(g, k == 3 ? "], [" : ", ");
    put_number(g, -1.5, 1.5);
  }
  put(g, "]];\n");
  add_array(g, &a);
}

static void params(struct generator *g)
{
  char name[NAME_SIZE];
  g->n = pick(g, 2, 6);
  strbuf_printf(g->out, "param n = %d;\n", g->n);
  g->has_zero = chance(g, 60);
  if (g->has_zero) put(g, "param zero = 0;\nparam one = 2 - 1;\n");
  for (int k = pick(g, 0, 2); k > 0; k--) {
    new_name(g, name, "c");
    strbuf_printf(g->out, "param %s = ", name);
    put_number(g, 0.4, 1.6);
    put(g, ";\n");
    add_scalar(g, name, true);
  }
  if (chance(g, 60)) param_array(g);
  if (chance(g, 40)) param_index(g);
  if (chance(g, 30)) param_matrix(g);
  g->nparams = g->narrays;
}

/* The shape of a new array, of at most `room` elements; writes its dimensions. */
static void shape(struct generator *g, struct array *a, int room, bool named)
{
  static const char *const names[] = {"i", "j"};
  int kind = pick(g, 0, 9), len = g->n < room ? g->n : room;
  a->ndim = 1;
  a->dims[0] = (struct span){1, len, 1};
  if (kind == 0) a->dims[0] = (struct span){0, len - 1, 1};
  if (kind == 1) a->dims[0] = (struct span){2, 2 * len, 2};
  if (kind == 2) a->dims[0] = (struct span){3, len + 2, 1};
  if (kind == 3) a->dims[0] = (struct span){len, 1, -1};
  if (kind >= 7 && room >= 6) {
    a->ndim = 2;
    a->dims[0] = (struct span){1, kind == 7 ? 3 : 2, 1};
    a->dims[1] = kind == 8 ? (struct span){0, 2, 1} : (struct span){1, kind == 7 ? 3 : 2, 1};
    a->triangle = kind == 7;
  }
  for (int d = 0; d < a->ndim; d++) {
    if (d > 0) put(g, ", ");
    if (named || a->triangle) strbuf_printf(g->out, "%s in ", names[d]);
    if (d == 1 && a->triangle)
      put(g, "1..i");
    else
      put_span(g, &a->dims[d]);
    if (named) {
      const struct span *s = &a->dims[d];
      push_loop(g, names[d], s->lo < s->hi ? s->lo : s->hi, s->lo < s->hi ? s->hi : s->lo);
    }
  }
}

static int var_block(struct generator *g, int room)
{
  struct array a = {0};
  new_name(g, a.name, "x");
  strbuf_printf(g->out, "var %s", a.name);
  if (room == 1 || chance(g, 20)) {
    put(g, " = ");
    put_number(g, -1.3, 1.3);
    put(g, ";\n");
    add_scalar(g, a.name, false);
    return 1;
  }
  put(g, "[");
  shape(g, &a, room, true);
  double shift = random_uniform(&g->state, 0, 6), slope = random_uniform(&g->state, 0.5, 3);
  strbuf_printf(g->out, "] = 1.3*sin(%.4f + %.4f*i%s);\n", shift, slope,
                a.ndim == 2 ? " + 1.7*j" : "");
  g->nloops = 0;
  add_array(g, &a);
  return array_size(&a);
}

static void def(struct generator *g)
{
  static const char *const params[] = {"a", "b", "i"};
  struct def d = {.nparams = pick(g, 1, 3)};
  int first = g->first_scalar, nscalars = g->nscalars;
  if (g->ndefs == 4) return;
  new_name(g, d.name, "f");
  strbuf_printf(g->out, "def %s(", d.name);
  g->in_def = true;
  g->first_scalar = g->nscalars;
  for (int k = 0; k < d.nparams; k++) {
    strbuf_printf(g->out, k ? ", %s" : "%s", params[k]);
    add_scalar(g, params[k], false);
  }
  put(g, ") = ");
  whole_expr(g, 3);
  put(g, ";\n");
  g->in_def = false;
  g->first_scalar = first;
  g->nscalars = nscalars;
  g->defs[g->ndefs++] = d;
}

/* An intermediate of moderate size: what is built from it must not grow from let to let. */
static void moderate(struct generator *g, int depth)
{
  g->budget = pick(g, 4, 14);
  if (chance(g, 50)) {
    fill(g, bounded[pick(g, 0, sizeof bounded / sizeof *bounded - 1)], depth);
  } else {
    put(g, "0.4*(");
    expr(g, depth);
    put(g, ")");
  }
}

static void let_scalar(struct generator *g)
{
  char name[NAME_SIZE];
  bool is_data = chance(g, 15);
  new_name(g, name, "s");
  strbuf_printf(g->out, "let %s = ", name);
  if (is_data)
    data(g);
  else
    moderate(g, 3);
  put(g, ";\n");
  add_scalar(g, name, is_data);
}

static void let_array(struct generator *g)
{
  struct array a = {.is_data = chance(g, 10)};
  new_name(g, a.name, a.is_data ? "e" : "y");
  strbuf_printf(g->out, "let %s[", a.name);
  shape(g, &a, 9, true);
  put(g, "] = ");
  g->work = array_size(&a);
  if (a.is_data)
    data(g);
  else
    moderate(g, 3);
  put(g, ";\n");
  g->work = 1;
  g->nloops = 0;
  add_array(g, &a);
}

/* A recurrence step from the elements before. */
static void step(struct generator *g, const char *name, const char *before, const char *before2)
{
  static const char *const forms[] = {"0.6*%s[%s] + ", "tanh(%s[%s])*0.5 + ",
                                      "0.5*%s[%s]^2 + ", "sin(1.3*%s[%s]) - ",
                                      "(if %s[%s] > 0.1 then 0.3 else 0.6) + "};
  strbuf_printf(g->out, forms[pick(g, 0, 4)], name, before);
  if (before2 && chance(g, 60)) strbuf_printf(g->out, "0.2*%s[%s]*", name, before2);
  moderate(g, 2);
}

static void let_recurrence(struct generator *g)
{
  struct array a = {.ndim = 1, .dims = {{1, pick(g, 3, 6), 1}}};
  int last = a.dims[0].hi, order = pick(g, 1, 2);
  bool backwards = chance(g, 40);
  new_name(g, a.name, "r");
  for (int k = 1; k <= order; k++) {
    strbuf_printf(g->out, "let %s[%d] = ", a.name, backwards ? last + 1 - k : k);
    moderate(g, 1);
    put(g, ";\n");
  }
  strbuf_printf(g->out, "let %s[", a.name);
  if (backwards)
    strbuf_printf(g->out, "i in %d..1 by -1] = ", last - order);
  else
    strbuf_printf(g->out, "i in %d..%d] = ", order + 1, last);
  push_loop(g, "i", backwards ? 1 : order + 1, backwards ? last - order : last);
  g->work = last;
  step(g, a.name, backwards ? "i+1" : "i-1", order < 2 ? NULL : backwards ? "i+2" : "i-2");
  put(g, ";\n");
  g->work = 1;
  g->nloops = 0;
  add_array(g, &a);
}

/* Several clauses that share the index set, the second from the first. */
static void let_clauses(struct generator *g)
{
  struct array a = {.ndim = 1, .dims = {{1, pick(g, 3, 6), 1}}};
  int last = a.dims[0].hi;
  new_name(g, a.name, "z");
  g->work = last;
  if (chance(g, 50)) { /* odd ones, then even ones */
    strbuf_printf(g->out, "let %s[i in 1..%d by 2] = ", a.name, last);
    push_loop(g, "i", 1, last);
    moderate(g, 2);
    strbuf_printf(g->out, ";\nlet %s[i in 2..%d by 2] = ", a.name, last);
    step(g, a.name, "i-1", NULL);
  } else {
    int cut = pick(g, 1, last - 1);
    strbuf_printf(g->out, "let %s[i in %d..%d] = ", a.name, cut + 1, last);
    push_loop(g, "i", cut + 1, last);
    moderate(g, 2);
    g->nloops = 0;
    push_loop(g, "i", 1, cut);
    strbuf_printf(g->out, ";\nlet %s[i in 1..%d] = ", a.name, cut);
    step(g, a.name, chance(g, 50) ? (cut + 1 == last ? "n*0 + i*0 + 2" : "i*0 + 3") : "i",
         NULL);
  }
  put(g, ";\n");
  g->work = 1;
  g->nloops = 0;
  add_array(g, &a);
}
