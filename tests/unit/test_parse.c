#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "model_fixture.h"
#include "unit/failing.h"

static char *print(const struct model *m)
{
  struct strbuf s = {0};
  model_print(m, &s);
  ck_assert(!s.failed);
  ck_assert_ptr_nonnull(s.data);
  return s.data;
}

/* Random expressions.  The generator knows the precedence of what it writes and computes the value
 * as it goes; the tree that the parser makes of the text must have the same value. */

enum { NAMES = 3, DEPTH = 5 };

struct generator {
  struct strbuf text;
  double index[NAMES]; /* values of the loop indices i, j, k in scope */
  bool in_scope[NAMES];
};

enum level {
  CONDITIONAL,
  DISJUNCTION,
  CONJUNCTION,
  NEGATION,
  RELATION,
  SUM,
  PRODUCT,
  UNARY,
  POWER,
  PRIMARY
};

static void put(struct generator *g, const char *token)
{
  static const char *const blanks[] = {" ",     "\n", "\r\n", "\r", "\t", " # a comment ) ; \"\n",
                                       "# c\r", "  "};
  if (random_below(4) == 0 || strchr("abcdefghijklmnopqrstuvwxyz0123456789.", token[0]))
    strbuf_puts(&g->text, blanks[random_below(sizeof blanks / sizeof *blanks)]);
  strbuf_puts(&g->text, token);
  if (strchr("abcdefghijklmnopqrstuvwxyz", token[0])) strbuf_putc(&g->text, ' ');
}

static double number(struct generator *g, enum level level, int depth);
static bool condition(struct generator *g, enum level level, int depth);

/* Writes the opening parenthesis of an expression of level `own` where one of at least `level` is
 * wanted; sometimes where none is needed. */
static bool open(struct generator *g, enum level own, enum level level)
{
  bool needed = own < level || random_below(10) == 0;
  if (needed) put(g, "(");
  return needed;
}

static void close(struct generator *g, bool opened)
{
  if (opened) put(g, ")");
}

static double leaf(struct generator *g)
{
  static const char *const names[] = {"i", "j", "k"};
  char text[32];
  int name = random_below(NAMES);
  if (g->in_scope[name] && random_below(2)) {
    put(g, names[name]);
    return g->index[name];
  }
  int v = random_below(40);
  snprintf(text, sizeof text, v % 4 ? "%d" : "%d.5", v);
  put(g, text);
  return v % 4 ? v : v + 0.5;
}

/* sum(body for i in lo..hi by step if condition), evaluated by definition: the text of the body
 * is written once, its value computed for every index from the same random choices. */
static double reduction(struct generator *g, int depth)
{
  static const char *const names[] = {"i", "j", "k"};
  struct strbuf before = {0};
  int which = random_below(NAMES), lo = random_below(3);
  int hi = lo + random_below(3), step = 1 + random_below(2);
  bool filtered = random_below(2), had = g->in_scope[which];
  bool product = random_below(2);
  double saved = g->index[which], total = product;
  char range[64];
  uint64_t start;
  put(g, product ? "prod" : "sum");
  strbuf_puts(&g->text, "(");
  start = random_state;
  strbuf_add(&before, g->text.data, g->text.len);
  g->in_scope[which] = true;
  for (int i = lo; i <= hi; i += step) {
    g->index[which] = i;
    random_state = start;
    g->text.len = before.len;
    double v = number(g, CONDITIONAL, depth - 1);
    snprintf(range, sizeof range, "for %s in %d..%d by %d", names[which], lo, hi, step);
    put(g, range);
    bool taken = true;
    if (filtered) {
      put(g, "if");
      taken = condition(g, CONDITIONAL, depth - 1);
    }
    if (taken) total = product ? total * v : total + v;
  }
  g->in_scope[which] = had;
  g->index[which] = saved;
  put(g, ")");
  strbuf_free(&before);
  return total;
}

static double binary(struct generator *g, enum level own, const char *ops, int depth)
{
  double v = number(g, own, depth - 1);
  int count = 1 + random_below(3);
  for (int i = 0; i < count; i++) {
    char op[2] = {ops[random_below((int)strlen(ops))], '\0'};
    put(g, op);
    double w = number(g, own + 1, depth - 1);
    switch (op[0]) {
    case '+': v += w; break;
    case '-': v -= w; break;
    case '*': v *= w; break;
    case '/': v /= w; break;
    default: v = v - w * floor(v / w);
    }
  }
  return v;
}

static double number(struct generator *g, enum level level, int depth)
{
  int kind = depth <= 0 ? 0 : random_below(9);
  bool parentheses;
  double v, w;
  switch (kind) {
  case 1:
    parentheses = open(g, SUM, level);
    v = binary(g, SUM, "+-", depth);
    break;
  case 2:
    parentheses = open(g, PRODUCT, level);
    v = binary(g, PRODUCT, "*/%", depth);
    break;
  case 3:
    parentheses = open(g, UNARY, level);
    put(g, "-");
    v = -number(g, UNARY, depth - 1);
    break;
  case 4:
    parentheses = open(g, UNARY, level);
    put(g, "+");
    v = number(g, UNARY, depth - 1);
    break;
  case 5:
    parentheses = open(g, POWER, level);
    v = number(g, PRIMARY, depth - 1);
    put(g, "^");
    w = number(g, UNARY, depth - 1);
    v = pow(v, w);
    break;
  case 6: {
    parentheses = open(g, CONDITIONAL, level);
    put(g, "if");
    bool c = condition(g, CONDITIONAL, depth - 1);
    put(g, "then");
    v = number(g, CONDITIONAL, depth - 1);
    put(g, "else");
    w = number(g, CONDITIONAL, depth - 1);
    v = c ? v : w;
    break;
  }
  case 7:
    parentheses = open(g, PRIMARY, level);
    v = reduction(g, depth);
    break;
  case 8:
    parentheses = open(g, PRIMARY, level);
    put(g, "max");
    put(g, "(");
    v = number(g, CONDITIONAL, depth - 1);
    put(g, ",");
    w = number(g, CONDITIONAL, depth - 1);
    put(g, ")");
    v = v >= w ? v : w;
    break;
  default: parentheses = open(g, PRIMARY, level); v = leaf(g);
  }
  close(g, parentheses);
  return v;
}

static bool comparison(struct generator *g, int depth)
{
  static const char *const ops[] = {"<", "<=", ">", ">=", "==", "!="};
  int op = random_below(6);
  double v = number(g, SUM, depth - 1);
  put(g, ops[op]);
  double w = number(g, SUM, depth - 1);
  return op == 0   ? v < w
         : op == 1 ? v <= w
         : op == 2 ? v > w
         : op == 3 ? v >= w
         : op == 4 ? v == w
                   : v != w;
}

static bool condition(struct generator *g, enum level level, int depth)
{
  int kind = depth <= 0 ? 0 : random_below(6);
  bool parentheses, v, w;
  switch (kind) {
  case 1:
  case 2: {
    bool or = kind == 1;
    enum level own = or ? DISJUNCTION : CONJUNCTION;
    parentheses = open(g, own, level);
    v = condition(g, own, depth - 1);
    for (int i = 1 + random_below(2); i > 0; i--) {
      put(g, or ? "or" : "and");
      w = condition(g, own + 1, depth - 1);
      v = or ? v || w : v && w;
    }
    break;
  }
  case 3:
    parentheses = open(g, NEGATION, level);
    put(g, "not");
    v = !condition(g, NEGATION, depth - 1);
    break;
  case 4:
    parentheses = open(g, CONDITIONAL, level);
    put(g, "if");
    bool c = condition(g, CONDITIONAL, depth - 1);
    put(g, "then");
    v = condition(g, CONDITIONAL, depth - 1);
    put(g, "else");
    w = condition(g, CONDITIONAL, depth - 1);
    v = c ? v : w;
    break;
  case 5:
    parentheses = open(g, RELATION, level);
    v = comparison(g, depth);
    break;
  default:
    parentheses = open(g, PRIMARY, level);
    v = random_below(2);
    put(g, v ? "true" : "false");
  }
  close(g, parentheses);
  return v;
}

/* The value of a tree, by the definition of its kinds. */
static double indices[1000];

static double value(const struct expr *e);

static double reduce(const struct expr *e)
{
  static int slots;
  struct range *r = e->ranges[0];
  int slot = slots++ % 1000;
  double total = e->builtin == BUILTIN_PROD;
  ck_assert_int_eq(e->nranges, 1);
  r->index->slot = slot;
  for (double i = value(r->lo); i <= value(r->hi); i += r->by ? value(r->by) : 1) {
    indices[slot] = i;
    if (e->filter && value(e->filter) == 0) continue;
    total = e->builtin == BUILTIN_PROD ? total * value(e->args[0]) : total + value(e->args[0]);
  }
  return total;
}

static double compare(char op, double a, double b)
{
  return op == '<'   ? a < b
         : op == '>' ? a > b
         : op == 'l' ? a <= b
         : op == 'g' ? a >= b
         : op == '=' ? a == b
                     : a != b;
}

static double chain(const struct expr *e)
{
  double v = value(e->args[0]);
  for (int i = 1; i < e->nargs; i++) {
    double w = value(e->args[i]);
    char op = e->kind == EXPR_AND ? '&' : e->kind == EXPR_OR ? '|' : e->signs[i];
    switch (op) {
    case '+': v += w; break;
    case '-': v -= w; break;
    case '*': v *= w; break;
    case '/': v /= w; break;
    case '%': v = v - w * floor(v / w); break;
    case '&': v = v && w; break;
    default: v = v || w;
    }
  }
  return v;
}

static double value(const struct expr *e)
{
  double v, w;
  switch (e->kind) {
  case EXPR_NUMBER: return e->value;
  case EXPR_NAME: ck_assert_ptr_nonnull(e->binder); return indices[e->binder->slot];
  case EXPR_NEG: return -value(e->args[0]);
  case EXPR_NOT: return value(e->args[0]) == 0;
  case EXPR_POW: return pow(value(e->args[0]), value(e->args[1]));
  case EXPR_COMPARE: return compare(e->signs[0], value(e->args[0]), value(e->args[1]));
  case EXPR_IF: return value(e->args[0]) != 0 ? value(e->args[1]) : value(e->args[2]);
  case EXPR_REDUCTION: return reduce(e);
  case EXPR_CALL:
    ck_assert_int_eq(e->builtin, BUILTIN_MAX);
    v = value(e->args[0]), w = value(e->args[1]);
    return v >= w ? v : w;
  default: return chain(e);
  }
}

static bool same(double a, double b)
{
  return a == b || (isnan(a) && isnan(b));
}

START_TEST(precedence)
{
  struct generator g = {0};
  random_state = (uint64_t)_i;
  struct fixture f, again;
  put(&g, "return");
  double expected = number(&g, CONDITIONAL, DEPTH);
  put(&g, ";");
  fixture_open_valid(&f, g.text.data);
  if (!same(value(f.model->result), expected))
    ck_abort_msg("%.17g instead of %.17g\nin: %s", value(f.model->result), expected, g.text.data);
  char *once = print(f.model);
  fixture_open_valid(&again, once);
  ck_assert(same(value(again.model->result), expected));
  char *twice = print(again.model);
  ck_assert_str_eq(once, twice);
  mem_free(once);
  mem_free(twice);
  fixture_close(&again);
  fixture_close(&f);
  strbuf_free(&g.text);
}
END_TEST

/* Texts, and what they are printed as. */
static const struct {
  const char *text, *printed;
} texts[] = {
    {"return 1;", "return 1;\n"},
    {"return((1));", "return 1;\n"},
    {"var x[3];return x[1]-(x[2]-x[3])-1;", "var x[3];\nreturn x[1] - (x[2] - x[3]) - 1;\n"},
    {"var x;return (x+1)+2;", "var x;\nreturn x + 1 + 2;\n"},
    {"var x;return -x^2;", "var x;\nreturn -(x ^ 2);\n"},
    {"var x;return 2^-x^2*3;", "var x;\nreturn (2 ^ (-(x ^ 2))) * 3;\n"},
    {"var x;return -x*+x;", "var x;\nreturn (-x) * x;\n"},
    {"var x;return if not x==1 and x>2 or x<3 then x else if x<1 then 1 else 2;",
     "var x;\nreturn if (((not (x == 1)) and (x > 2)) or (x < 3)) then x else (if (x < 1) then 1 "
     "else 2);\n"},
    {"param n=3;var x[n]=.5;return sum(x[i]for i in 1..n);",
     "param n = 3;\nvar x[n] = .5;\nreturn sum(x[i] for i in 1 .. n);\n"},
    {"param n=4.;return sum(i for i in 1...5+4 by .5);", NULL},
    {"param n=4.;return sum(i for i in 1.. .5+4 by .5);",
     "param n = 4.;\nreturn sum(i for i in 1 .. .5 + 4 by .5);\n"},
    {"param by=1;param integer integer=2;param sparse[,]sparse;var in_[2];"
     "return sum(by for by in by..integer by integer if by!=2);",
     "param by = 1;\nparam integer integer = 2;\nparam sparse[, ] sparse;\nvar in_[2];\n"
     "return sum(by for by in by .. integer by integer if by != 2);\n"},
    {"param w[]=[1,2,-3];param A[2,2]=[[1,2],[3,4]];return size(w)+size(A,2);",
     "param w[] = [1, 2, -3];\nparam A[2, 2] = [[1, 2], [3, 4]];\nreturn size(w) + size(A, 2);\n"},
    {"param A[,]sparse=read(\"a b.mtx\");var x[3];"
     "return sum(a*x[j]for(i,j,a)in A)+sum(a for i in 1..2,(j,a)in A[i]);",
     "param A[, ] sparse = read(\"a b.mtx\");\nvar x[3];\n"
     "return sum(a * x[j] for (i, j, a) in A) + sum(a for i in 1 .. 2, (j, a) in A[i]);\n"},
    {"def f(a,b)=a*b;def c()=2;var u[i in 0..3,j in i..3 by 2]=i;aux z[2]=1;return f(u[0,0],c());",
     "def f(a, b) = a * b;\ndef c() = 2;\nvar u[i in 0 .. 3, j in i .. 3 by 2] = i;\n"
     "aux z[2] = 1;\nreturn f(u[0, 0], c());\n"},
    {"let p[0]=1;for t in 1..3,s in 1..2{let a=p[t-1];let p[t]=a;}return sum(p);",
     "let p[0] = 1;\nfor t in 1 .. 3, s in 1 .. 2 {\n  let a = p[t - 1];\n  let p[t] = a;\n}\n"
     "return sum(p);\n"},
    {"param x = pi + inf; let b = if true or false then x else 1e-3; return b;",
     "param x = pi + inf;\nlet b = if (true or false) then x else 1e-3;\nreturn b;\n"},
};

START_TEST(round_trip)
{
  struct fixture f, again;
  if (!texts[_i].printed) {
    expect_error(ERR_NO_SUCH_OPERATOR, texts[_i].text);
    return;
  }
  fixture_open_valid(&f, texts[_i].text);
  char *once = print(f.model);
  ck_assert_str_eq(once, texts[_i].printed);
  fixture_open_valid(&again, once);
  char *twice = print(again.model);
  ck_assert_str_eq(once, twice);
  mem_free(once);
  mem_free(twice);
  fixture_close(&again);
  fixture_close(&f);
}
END_TEST

static const struct {
  enum error_id id;
  const char *text;
} errors[] = {
    {ERR_NO_SUCH_OPERATOR, "var x; return x@**2;"},
    {ERR_NO_SUCH_OPERATOR, "var x; return if x > 1 @&& x < 2 then 1 else 2;"},
    {ERR_NO_SUCH_OPERATOR, "var x; return if x > 1 @|| x < 2 then 1 else 2;"},
    {ERR_NO_SUCH_OPERATOR, "var x; return if @!(x > 1) then 1 else 2;"},
    {ERR_NO_SUCH_OPERATOR, "param n @:= 3; return 1;"},
    {ERR_NO_SUCH_OPERATOR, "return sum(i for i in 1@:3);"},
    {ERR_NO_SUCH_OPERATOR, "return 1 @// 2;"},
    {ERR_NO_SUCH_OPERATOR, "return 1 @\xE2\x88\x92 2;"},
    {ERR_SINGLE_QUOTE, "param s = @'a'; return 1;"},
    {ERR_UNTERMINATED_STRING, "param s[] = read(@\"a.mtx); return 1;\n\""},
    {ERR_LETTER_AFTER_NUMBER, "return @2x;"},
    {ERR_LETTER_AFTER_NUMBER, "return @3i4;"},
    {ERR_MALFORMED_NUMBER, "return @3.5_;"},
    {ERR_MALFORMED_NUMBER, "return @0x10;"},
    {ERR_MALFORMED_NUMBER, "return @1.2.3;"},
    {ERR_MALFORMED_NUMBER, "return @1e;"},
    {ERR_NUMBER_OVERFLOW, "return @1e999;"},
    {ERR_CHARACTER, "return 3 $ 4;"},
    {ERR_NOT_ASCII, "return @\xC3\xA9;"},
    {ERR_CONTROL_CHARACTER, "return @\x01;"},
    {ERR_ASSIGN_IN_EXPRESSION, "var x; return if x @= 1 then 2 else 3;"},
    {ERR_ASSIGN_IN_EXPRESSION, "let y = 1 @= 2; return y;"},
    {ERR_MISSING_SEMICOLON, "var x@ return x;"},
    {ERR_MISSING_SEMICOLON, "var x;\nlet y = x + 1@   # a comment\nreturn y;"},
    {ERR_MISSING_SEMICOLON, "var x;\nreturn x@\n\n"},
    {ERR_MISSING_SEMICOLON, "for t in 1..3 { let p[t] = 2@ } return 1;"},
    {ERR_MISSING_OPERATOR, "var x; return x @x;"},
    {ERR_MISSING_OPERATOR, "var x; return 2 @(x);"},
    {ERR_MISSING_ELSE, "var x; return if x > 0 then 1@;"},
    {ERR_UNEXPECTED_END, "var x; return (x +@"},
    {ERR_CHAINED_COMPARISON, "var x; return if 1 < x @< 3 then 1 else 2;"},
    {ERR_CONDITIONAL_OPERAND, "var x; return 1 + @if x > 0 then 1 else 2;"},
    {ERR_MISPLACED_IN, "var x[3]; return sum(i @in 1..3, x[i]);"},
    {ERR_MISPLACED_STRING, "return @\"text\";"},
    {ERR_MISPLACED_STRING, "return @sin(\"text\");"},
    {ERR_DOUBLE_INDEX, "var x[2,2]; return x[1]@[2];"},
    {ERR_KEYWORD_AS_NAME, "var @in; return 1;"},
    {ERR_KEYWORD_AS_NAME, "param @pi = 3; return 1;"},
    {ERR_UNKNOWN_STATEMENT_NEAR, "@parm n = 3; return n;"},
    {ERR_ASSIGNMENT, "@x = 3; return x;"},
    {ERR_VAR_BOUNDS, "var x @== 3; return x;"},
    {ERR_SYNTAX, "var x @3; return x;"},
    {ERR_SYNTAX, "return (1@;"},
    {ERR_SYNTAX, "return 1 + @;"},
    {ERR_SYNTAX, "let @= 3; return 1;"},
    {ERR_BLOCK_FOREIGN, "for i in 1..3 { @param p = 1; } return 1;"},
    {ERR_BLOCK_END, "for i in 1..3 { let a = i; @param p = 1; return 1;"},
    {ERR_RANGE_BOUNDS, "return sum(1 for i in n@);"},
    {ERR_NO_RETURN, ""},
    {ERR_NO_RETURN, "# nothing\n"},
    {ERR_NO_RETURN, "\xEF\xBB\xBF"},
    {ERR_MODEL_UTF16, "\xFF\xFEr"},
    {ERR_MODEL_UTF8, "# caf@\xE9\nreturn 1;"},
    {ERR_MODEL_UTF8, "# @\xC0\xAF\nreturn 1;"},
    {ERR_MODEL_UTF8, "# @\xED\xA0\x80\nreturn 1;"},
    {ERR_MODEL_UTF8, "# @\xF4\x90\x80\x80\nreturn 1;"},
    {ERR_MODEL_UTF8, "# @\xE2\x82"},
};

START_TEST(syntax_error)
{
  expect_error(errors[_i].id, errors[_i].text);
}
END_TEST

START_TEST(bytes)
{
  static const char plain[] = "var x;\nreturn x; # \xE2\x82\xAC\n";
  static const char marked[] = "\xEF\xBB\xBFvar x;\r\nreturn x; # \xE2\x82\xAC\r\n";
  struct fixture a, b;
  fixture_open_valid(&a, plain);
  fixture_open_valid(&b, marked);
  char *p = print(a.model), *q = print(b.model);
  ck_assert_str_eq(p, q);
  ck_assert_ptr_eq(marked + b.model->result->loc.begin, strstr(marked, "return x") + 7);
  mem_free(p);
  mem_free(q);
  fixture_close(&a);
  fixture_close(&b);
  for (size_t i = 0; i < sizeof plain - 1; i++) { /* a NUL in each place */
    char text[sizeof plain];
    memcpy(text, plain, sizeof plain);
    text[i] = '\0';
    fixture_open(&a, text, sizeof plain - 1);
    /* within the three bytes of the euro sign the sequence is broken before the NUL is reached */
    bool inside = i == 20 || i == 21;
    ck_assert_int_eq(a.ctx.diags.data[0].id, inside ? ERR_MODEL_UTF8 : ERR_MODEL_NUL);
    ck_assert_uint_eq(a.ctx.diags.data[0].loc.begin, inside ? 19 : i);
    fixture_close(&a);
  }
}
END_TEST

/* Nesting: prefix × n, a middle, suffix × n is accepted up to n = most, and refused (status 7, with
 * a place) beyond, however far. */
static const struct {
  const char *begin, *prefix, *middle, *suffix, *end;
  int most;
} nests[] = {
    {"return ", "(", "1", ")", ";", NESTING_MAX},
    {"return ", "-", "1", "", ";", NESTING_MAX - 1},
    {"return ", "2^", "1", "", ";", NESTING_MAX - 1},
    {"return ", "sin(", "1", ")", ";", NESTING_MAX - 1},
    {"return ", "1+(", "1", ")", ";", NESTING_MAX - 1},
    {"return ", "1*(1+(", "1", "))", ";", (NESTING_MAX - 1) / 2},
    {"return ", "if true then 1 else ", "1", "", ";", NESTING_MAX - 1},
    {"return ", "if true then ", "1", " else 1", ";", NESTING_MAX - 1},
    {"return if ", "not ", "true", "", " then 1 else 1;", NESTING_MAX - 2},
    {"param w[2]; return ", "w[", "1", "]", ";", NESTING_MAX - 1},
    {"return ", "sum(", "1", " for i in 1..2)", ";", NESTING_MAX - 1},
    {"return ", "sum(1 for i in 1..", "1", ")", ";", NESTING_MAX - 1},
    {"return ", "max(1,", "1", ")", ";", NESTING_MAX - 1},
    {"def f(a)=a; return ", "f(", "1", ")", ";", NESTING_MAX - 1},
};

static void open_nest(struct fixture *f, int i, int n)
{
  struct strbuf s = {0};
  strbuf_puts(&s, nests[i].begin);
  for (int k = 0; k < n; k++) strbuf_puts(&s, nests[i].prefix);
  strbuf_puts(&s, nests[i].middle);
  for (int k = 0; k < n; k++) strbuf_puts(&s, nests[i].suffix);
  strbuf_puts(&s, nests[i].end);
  ck_assert(!s.failed);
  fixture_open(f, s.data, s.len);
  strbuf_free(&s);
}

START_TEST(nesting)
{
  static const int beyond[] = {1, 2, 500, 100000};
  struct fixture f, again;
  open_nest(&f, _i, nests[_i].most);
  if (f.status != STATUS_OK) ck_abort_msg("refused: %s", f.ctx.diags.data[0].message);
  char *text = print(f.model); /* what is printed is within the limits, too */
  fixture_open_valid(&again, text);
  mem_free(text);
  fixture_close(&again);
  fixture_close(&f);
  for (size_t k = 0; k < sizeof beyond / sizeof *beyond; k++) {
    open_nest(&f, _i, nests[_i].most + beyond[k]);
    ck_assert_int_eq(f.status, STATUS_LIMIT);
    ck_assert_int_eq(f.ctx.diags.data[0].id, ERR_NESTING);
    ck_assert_int_eq(f.ctx.diags.data[0].loc.source, 0);
    fixture_close(&f);
  }
}
END_TEST

START_TEST(longest)
{
  char text[LITERAL_MAX + 100];
  struct fixture f;
  memset(text, 'a', sizeof text);
  memcpy(text, "var ", 4);
  for (int n = IDENTIFIER_MAX; n <= IDENTIFIER_MAX + 1; n++) {
    memset(text + 4, 'a', IDENTIFIER_MAX + 1);
    strcpy(text + 4 + n, "; return 1;");
    fixture_open(&f, text, strlen(text));
    ck_assert_int_eq(f.status, n > IDENTIFIER_MAX ? STATUS_LIMIT : STATUS_OK);
    fixture_close(&f);
  }
  memcpy(text, "return ", 7);
  for (int n = LITERAL_MAX; n <= LITERAL_MAX + 1; n++) {
    memset(text + 7, '0', LITERAL_MAX + 1);
    strcpy(text + 7 + n, ";");
    fixture_open(&f, text, strlen(text));
    ck_assert_int_eq(f.status, n > LITERAL_MAX ? STATUS_LIMIT : STATUS_OK);
    fixture_close(&f);
  }
}
END_TEST

START_TEST(long_chains)
{
  enum { TERMS = 100000 };
  static const char *const terms[] = {"x-", "x*", "x/", "x>0 and ", "x>0 or "};
  static const enum expr_kind kinds[] = {EXPR_ADD, EXPR_MUL, EXPR_MUL, EXPR_AND, EXPR_OR};
  struct strbuf s = {0};
  struct fixture f;
  bool conditions = kinds[_i] == EXPR_AND || kinds[_i] == EXPR_OR;
  strbuf_puts(&s, conditions ? "var x; return if " : "var x; return ");
  for (int k = 1; k < TERMS; k++) strbuf_puts(&s, terms[_i]);
  strbuf_puts(&s, conditions ? "x>0 then 1 else 2;" : "x;");
  fixture_open_valid(&f, s.data);
  const struct expr *e = conditions ? f.model->result->args[0] : f.model->result;
  ck_assert_int_eq(e->kind, kinds[_i]);
  ck_assert_int_eq(e->nargs, TERMS);
  ck_assert_int_le(e->height, 3);
  if (!conditions) ck_assert_int_eq(e->signs[TERMS - 1], terms[_i][1]);
  fixture_close(&f);
  strbuf_free(&s);
}
END_TEST

/* Damaged models: an error has a place within the text and a known status; nothing crashes. */
static void check_damaged(const char *text, size_t len)
{
  struct fixture f;
  fixture_open(&f, text, len);
  if (f.status != STATUS_OK) {
    const struct diag *d = &f.ctx.diags.data[0];
    ck_assert_int_eq(d->severity, SEVERITY_ERROR);
    ck_assert_int_eq(f.status, error_status(d->id));
    ck_assert(f.status == STATUS_MODEL || f.status == STATUS_LIMIT);
    ck_assert_int_eq(d->loc.source, 0);
    if (d->loc.begin != UINT32_MAX) ck_assert_uint_le(d->loc.begin, d->loc.end);
    if (d->loc.begin != UINT32_MAX) ck_assert_uint_le(d->loc.end, len);
  } else {
    char *once = print(f.model);
    struct fixture again;
    fixture_open_valid(&again, once);
    char *twice = print(again.model);
    ck_assert_str_eq(once, twice);
    mem_free(once);
    mem_free(twice);
    fixture_close(&again);
  }
  fixture_close(&f);
}

START_TEST(damaged)
{
  static const char alphabet[] = "()[]{}+-*/%^<>=!;,.\"'# \n019aixn\xC3\xA9@&|:~?";
  const char *whole = texts[_i].text;
  size_t len = strlen(whole);
  char text[500];
  random_state = (uint64_t)_i;
  ck_assert_uint_lt(len, sizeof text);
  for (size_t n = 0; n < len; n++) check_damaged(whole, n);
  for (int round = 0; round < 400; round++) {
    memcpy(text, whole, len);
    for (int k = 1 + random_below(3); k > 0; k--)
      text[random_below((int)len)] =
          alphabet[random_below((int)sizeof alphabet)]; /* its NUL, too */
    check_damaged(text, len);
  }
}
END_TEST

/* Every allocation fails in turn: a status, and nothing is left behind. */
static enum status parse_under_hook(const char *text)
{
  struct context ctx;
  struct model *m = NULL;
  int source;
  enum status status = STATUS_LIMIT;
  char *copy = mem_strndup(text, strlen(text));
  context_init(&ctx);
  if (copy) status = context_add_source(&ctx, "m", copy, strlen(text), &source);
  if (status == STATUS_OK) status = model_parse(&ctx, source, &m);
  if (status != STATUS_OK) ck_assert_ptr_null(m);
  model_free(m);
  context_free(&ctx);
  return status;
}

START_TEST(no_memory)
{
  struct failing f = {.forever = true};
  struct strbuf s = {0};
  enum status status = STATUS_LIMIT;
  /* Deep enough that the parser's stack grows, long enough that vectors and tables do. */
  for (int i = 0; i < 200; i++) strbuf_printf(&s, "param p%d = %d;\n", i, i);
  strbuf_puts(&s, "return ");
  for (int i = 0; i < 300; i++) strbuf_puts(&s, "(1+");
  strbuf_puts(&s, "p1");
  for (int i = 0; i < 300; i++) strbuf_puts(&s, ")");
  strbuf_puts(&s, "+sum(i+j for i in 1..3, j in 1..i);");
  ck_assert(!s.failed);
  long n = 0;
  mem_set_hook(failing_hook, &f);
  for (; status != STATUS_OK && n < 100000; n++) {
    f.calls = 0;
    f.fail_at = n + 1;
    status = parse_under_hook(s.data);
    if (status != STATUS_OK && status != STATUS_LIMIT) break;
    if (f.live != 0) break;
  }
  mem_set_hook(NULL, NULL);
  ck_assert_int_eq(f.live, 0);
  ck_assert_int_eq(status, STATUS_OK);
  ck_assert_int_gt(n, 10);
  strbuf_free(&s);
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof *(a)))

Suite *parse_suite(void);
Suite *parse_suite(void)
{
  Suite *s = suite_create("parse");
  TCase *t = tcase_create("parse");
  tcase_set_timeout(t, 60);
  tcase_add_loop_test(t, precedence, 0, 500);
  tcase_add_loop_test(t, round_trip, 0, COUNT(texts));
  tcase_add_loop_test(t, syntax_error, 0, COUNT(errors));
  tcase_add_test(t, bytes);
  tcase_add_loop_test(t, nesting, 0, COUNT(nests));
  tcase_add_test(t, longest);
  tcase_add_loop_test(t, long_chains, 0, 5);
  tcase_add_loop_test(t, damaged, 0, COUNT(texts));
  tcase_add_test(t, no_memory);
  suite_add_tcase(s, t);
  return s;
}
