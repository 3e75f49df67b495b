/* What a model can say in two ways: the texts that names stand for, formulas for functions,
 * reductions as recurrences. */
#include "config.h"

#include "generator.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { BODY_MAX = 300, INLINED_MAX = 600 };

/* ---- inlining ---- */

int gen_body(struct generator *g, size_t begin)
{
  if (!g->twins || g->nbodies == NAMES_MAX) return 0;
  struct strbuf *body = &g->bodies[g->nbodies++];
  strbuf_putc(body, '(');
  strbuf_add(body, g->out->data + begin, g->out->len - begin);
  strbuf_putc(body, ')');
  return g->nbodies;
}

static bool is_word(char c)
{
  return isalnum((unsigned char)c) || c == '_';
}

/* Writes text with each word that is one of the names replaced by (its text). */
static void substitute(const char *text, size_t len, const char *const names[], char *const texts[],
                       int count, struct strbuf *out)
{
  for (size_t at = 0, end; at < len; at = end) {
    end = at + 1;
    if (is_word(text[at]))
      while (end < len && is_word(text[end])) end++;
    int k = 0;
    while (k < count && (strlen(names[k]) != end - at || memcmp(names[k], text + at, end - at)))
      k++;
    if (k < count)
      strbuf_printf(out, "(%s)", texts[k]);
    else
      strbuf_add(out, text + at, end - at);
  }
}

bool gen_inline(struct generator *g, int body, const char *const names[], char *const texts[],
                int count)
{
  struct strbuf out = {0};
  if (g->way == 0 || body == 0 || g->bodies[body - 1].len > BODY_MAX) return false;
  substitute(g->bodies[body - 1].data, g->bodies[body - 1].len, names, texts, count, &out);
  bool fits = out.len <= INLINED_MAX;
  if (fits) strbuf_add(g->out, out.data, out.len);
  strbuf_free(&out);
  return fits;
}

/* ---- functions ---- */

/* What is random must be asked for in the same order on both sides. */
const char *const gen_pairs[PAIRS][2] = {
    {"tanh(|)", "((exp(|) - exp(-|))/(exp(|) + exp(-|)))"},
    {"tanh(|)", "(sinh(|)/cosh(|))"},
    {"sinh(|)", "(0.5*(exp(|) - exp(-|)))"},
    {"cosh(|)", "(0.5*(exp(|) + exp(-|)))"},
    {"sigmoid(|)", "(1/(1 + exp(-|)))"},
    {"sigmoid(&)", "(0.5 + 0.5*tanh(&/2))"},
    {"softplus(|)", "log1p(exp(|))"},
    {"softplus(3*|)", "logsumexp(if k_ == 1 then 3*| else 0 for k_ in 1..2)"},
    {"expm1(|)", "(exp(|) - 1)"},
    {"exp2(|)", "2^|"},
    {"exp(|)", "exp(|/2)^2"},
    {"log1p(0.7*|)", "log(1 + 0.7*|)"},
    {"log2(1.6 + |)", "(log(1.6 + |)/log(2))"},
    {"log10(1.6 + |)", "(log(1.6 + |)/log(10))"},
    {"sqrt(1.4 + |)", "(1.4 + |)^0.5"},
    {"sqrt(1.4 + |)", "exp(0.5*log(1.4 + |))"},
    {"cbrt(1.4 + |)", "pow(1.4 + |, 1/3)"},
    {"(1.5 + |)^-1", "1/(1.5 + |)"},
    {"(&)^3", "(&*&*&)"},
    {"(&)^2", "(&*&)"},
    {"(&)^4", "((&)^2)^2"},
    {"(1.6 + |)^-2", "1/(1.6 + |)/(1.6 + |)"},
    {"(1.6 + |)^$", "exp(log(1.6 + |)*$)"},
    {"hypot(&, 1.5 + |)", "sqrt(&^2 + (1.5 + |)^2)"},
    {"tan(0.9*|)", "(sin(0.9*|)/cos(0.9*|))"},
    {"sin(&)", "cos(& - pi/2)"},
    {"cos(&)", "(1 - 2*sin(&/2)^2)"},
    {"acos(0.8*|)", "(pi/2 - asin(0.8*|))"},
    {"asin(0.8*|)", "atan2(0.8*|, sqrt(1 - (0.8*|)^2))"},
    {"atan2(&, 1.5 + |)", "atan(&/(1.5 + |))"},
    {"asinh(|)", "log(| + sqrt(|^2 + 1))"},
    {"acosh(2.6 + |)", "log(2.6 + | + sqrt((2.6 + |)^2 - 1))"},
    {"atanh(0.8*|)", "(0.5*log((1 + 0.8*|)/(1 - 0.8*|)))"},
    {"erfc(|)", "(1 - erf(|))"},
    {"normcdf(|)", "(0.5*erfc(-|/sqrt(2)))"},
    {"lgamma(2.6 + |)", "(lgamma(1.6 + |) + log(1.6 + |))"},
    {"digamma(2.8 + |)", "(digamma(1.8 + |) + 1/(1.8 + |))"},
    {"abs(&)", "max(&, -&)"},
    {"abs(&)", "(if & < 0 then -& else &)"},
    {"max(&, |)", "(if & >= | then & else |)"},
    {"min(&, |)", "(if & <= | then & else |)"},
    {"min(&, |)", "-max(-&, -|)"},
    {"((&) % 0.7)", "(& - 0.7*floor(&/0.7))"},
    {"ceil(3*|)*@", "-floor(-3*|)*@"},
    {"round(2.3*|)*@", "sign(|)*floor(abs(2.3*|) + 0.5)*@"},
    {"trunc(3.1*|)*@", "(if | < 0 then ceil(3.1*|) else floor(3.1*|))*@"}};

const char *const gen_rational_pairs[RATIONAL_PAIRS][2] = {
    {"(1.5 + |)^-1", "1/(1.5 + |)"},
    {"(&)^3", "(&*&*&)"},
    {"(&)^2", "(&*&)"},
    {"((|)^4)", "((|)^2)^2"},
    {"(1.6 + |)^-2", "1/(1.6 + |)/(1.6 + |)"},
    {"abs(&)", "max(&, -&)"},
    {"abs(&)", "(if & < 0 then -& else &)"},
    {"max(&, |)", "(if & >= | then & else |)"},
    {"min(&, |)", "-max(-&, -|)"},
    {"((&) % 0.7)", "(& - 0.7*floor(&/0.7))"},
    {"((& + |)*(& - |))", "(&^2 - &*| + |*& - |*|)"},
    {"ceil(3*|)*@", "-floor(-3*|)*@"},
    {"round(2.3*|)*@", "sign(|)*floor(abs(2.3*|) + 0.5)*@"},
    {"trunc(3.1*|)*@", "(if | < 0 then ceil(3.1*|) else floor(3.1*|))*@"}};

const char *const gen_holomorphic_pairs[HOLOMORPHIC_PAIRS][2] = {
    {"tanh(|)", "((exp(|) - exp(-|))/(exp(|) + exp(-|)))"},
    {"tanh(|)", "(sinh(|)/cosh(|))"},
    {"sinh(|)", "(0.5*(exp(|) - exp(-|)))"},
    {"cosh(|)", "(0.5*(exp(|) + exp(-|)))"},
    {"sigmoid(|)", "(1/(1 + exp(-|)))"},
    {"softplus(|)", "log1p(exp(|))"},
    {"expm1(|)", "(exp(|) - 1)"},
    {"exp2(|)", "2^|"},
    {"exp(|)", "exp(|/2)^2"},
    {"log1p(0.5*|)", "log(1 + 0.5*|)"},
    {"log2(1.9 + |)", "(log(1.9 + |)/log(2))"},
    {"log10(1.9 + |)", "(log(1.9 + |)/log(10))"},
    {"sqrt(1.9 + |)", "(1.9 + |)^0.5"},
    {"(1.9 + |)^-1", "1/(1.9 + |)"},
    {"(&)^3", "(&*&*&)"},
    {"(&)^2", "(&*&)"},
    {"(1.9 + |)^$", "exp(log(1.9 + |)*$)"},
    {"tan(0.7*|)", "(sin(0.7*|)/cos(0.7*|))"},
    {"sin(&)", "cos(& - pi/2)"},
    {"cos(&)", "(1 - 2*sin(&/2)^2)"},
    {"acos(0.5*|)", "(pi/2 - asin(0.5*|))"},
    {"atanh(0.5*|)", "(0.5*log((1 + 0.5*|)/(1 - 0.5*|)))"}};

/* ---- reductions ---- */

/* let NAME = 0.3·(the reduction of E over INDEX in lo … hi). */
struct total {
  const char *reduction, *e; /* e is in parentheses */
  char name[NAME_SIZE], index[NAME_SIZE], array[NAME_SIZE];
  int lo, hi;
};

enum form { WHOLE, RECURRENCE, BLOCK, BACKWARDS, PARTS, ONE_BY_ONE, NESTED, FORMULA, FORMS };

/* a, b or more of them taken together: how they begin, what stands between, the end. */
static const char *const joins[][4] = {{"sum", "(", " + ", ")"},
                                       {"prod", "(", "*", ")"},
                                       {"min", "min(", ", ", ")"},
                                       {"max", "max(", ", ", ")"},
                                       {"logsumexp", "log(exp", " + exp", ")"}};

static const char *const *join_of(const struct total *t)
{
  int k = 0;
  while (strcmp(joins[k][0], t->reduction)) k++;
  return joins[k];
}

static void at_index(struct generator *g, const struct total *t, char *value)
{
  const char *names[] = {t->index};
  substitute(t->e, strlen(t->e), names, &value, 1, g->out);
}

/* The partial results, from the one of the first element on. */
static void recurrence(struct generator *g, const struct total *t)
{
  const char *const *join = join_of(t);
  char first[NAME_SIZE];
  snprintf(first, sizeof first, "%d", t->lo);
  strbuf_printf(g->out, "let %s[%d] = ", t->array, t->lo);
  at_index(g, t, first);
  strbuf_printf(g->out, ";\nlet %s[%s in %d..%d] = %s(%s[%s-1])%s%s%s;\n", t->array, t->index,
                t->lo + 1, t->hi, join[1], t->array, t->index, join[2], t->e, join[3]);
  strbuf_printf(g->out, "let %s = 0.3*%s[%d];\n", t->name, t->array, t->hi);
}

static void block(struct generator *g, const struct total *t, bool backwards)
{
  strbuf_printf(g->out,
                "for %s in %d..%d by %d {\n  let b_ = 0.5*%s;\n  let %s[%s] = b_ + b_;\n}\n",
                t->index, backwards ? t->hi : t->lo, backwards ? t->lo : t->hi, backwards ? -1 : 1,
                t->e, t->array, t->index);
  if (backwards)
    strbuf_printf(g->out, "let %s = 0.3*%s(%s);\n", t->name, t->reduction, t->array);
  else
    strbuf_printf(g->out, "let %s = 0.3*%s(%s[%s] for %s in %d..%d by -1);\n", t->name,
                  t->reduction, t->array, t->index, t->index, t->hi, t->lo);
}

static void parts(struct generator *g, const struct total *t)
{
  const char *const *join = join_of(t);
  int mid = (t->lo + t->hi) / 2;
  strbuf_printf(g->out, "let %s = 0.3*%s(%s(%s for %s in %d..%d))", t->name, join[1], t->reduction,
                t->e, t->index, t->lo, mid);
  strbuf_printf(g->out, "%s(%s(%s for %s in %d..%d))%s;\n", join[2], t->reduction, t->e, t->index,
                mid + 1, t->hi, join[3]);
}

static void one_by_one(struct generator *g, const struct total *t)
{
  const char *const *join = join_of(t);
  strbuf_printf(g->out, "let %s = 0.3*%s", t->name, join[1]);
  for (int k = t->lo; k <= t->hi; k++) {
    char value[NAME_SIZE];
    snprintf(value, sizeof value, "%d", k);
    if (k > t->lo) gen_put(g, join[2]);
    at_index(g, t, value);
  }
  strbuf_printf(g->out, "%s;\n", join[3]);
}

/* Two loops for one. */
static void nested(struct generator *g, const struct total *t)
{
  char value[40];
  snprintf(value, sizeof value, "%d + 2*q_ + r_", t->lo);
  strbuf_printf(g->out, "let %s = 0.3*%s(", t->name, t->reduction);
  at_index(g, t, value);
  strbuf_printf(g->out, " for q_ in 0..%d, r_ in 0..1 if %s <= %d);\n", (t->hi - t->lo) / 2, value,
                t->hi);
}

/* The product of positive factors couples each of them with itself, then. */
static void formula(struct generator *g, const struct total *t)
{
  if (!strcmp(t->reduction, "prod"))
    strbuf_printf(g->out, "let %s = 0.3*exp(sum(log%s for %s in %d..%d));\n", t->name, t->e,
                  t->index, t->lo, t->hi);
  else
    strbuf_printf(g->out, "let %s = 0.3*log(sum(exp%s for %s in %d..%d));\n", t->name, t->e,
                  t->index, t->lo, t->hi);
  g->differs.may_have_more = true;
}

static void put_total(struct generator *g, const struct total *t, enum form form)
{
  switch (form) {
  case RECURRENCE: recurrence(g, t); break;
  case BLOCK:
  case BACKWARDS: block(g, t, form == BACKWARDS); break;
  case PARTS: parts(g, t); break;
  case ONE_BY_ONE: one_by_one(g, t); break;
  case NESTED: nested(g, t); break;
  case FORMULA: formula(g, t); break;
  default:
    strbuf_printf(g->out, "let %s = 0.3*%s(%s for %s in %d..%d);\n", t->name, t->reduction, t->e,
                  t->index, t->lo, t->hi);
    break;
  }
}

void gen_let_total(struct generator *g)
{
  struct total t = {.reduction = g->words->reductions[gen_pick(g, 0, 6)], .lo = gen_pick(g, 0, 2)};
  struct strbuf e = {0}, *out = g->out;
  bool product = !strcmp(t.reduction, "prod");
  int forms[2] = {gen_pick(g, 0, FORMULA - 1), gen_pick(g, 0, FORMS - 1)};
  t.hi = t.lo + gen_pick(g, 1, 4);
  bool has_formula = g->kind != MODEL_RATIONAL && (product || !strcmp(t.reduction, "logsumexp"));
  if (!has_formula && forms[1] == FORMULA) forms[1] = WHOLE;
  gen_new_name(g, t.name, "s");
  gen_new_name(g, t.index, "t");
  gen_new_name(g, t.array, "T");
  g->out = &e;
  gen_push_loop(g, t.index, t.lo, t.hi);
  g->work = t.hi - t.lo + 1;
  gen_put(g, "(");
  (product ? gen_factor : gen_moderate)(g, 2);
  gen_put(g, ")");
  strbuf_putc(&e, 0);
  g->out = out;
  t.e = e.data;
  put_total(g, &t, (enum form)forms[g->way]);
  g->nloops = 0;
  g->work = 1;
  gen_add_scalar(g, t.name, false);
  strbuf_free(&e);
}
