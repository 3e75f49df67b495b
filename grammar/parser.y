/* The grammar of the modelling language.  Actions only call the constructors of the tree. */

%code requires {
#include "lang/ast_build.h"
}

%{
#include "config.h"

#include <string.h>

#include "lang/ast_build.h"
%}

%code provides {
int asdex_yylex(ASDEX_YYSTYPE *value, struct loc *loc, void *scanner);
}

%code {
/* The deepest legal text has NESTING_MAX brackets, and at most some 30 symbols wait within each;
 * what exhausts the stack (a million signs in a row) is nested too deeply, too. */
#define YYMAXDEPTH (40 * NESTING_MAX)
#define YYSTACK_USE_ALLOCA 0
#define YYMALLOC(bytes) parse_alloc(p, (size_t)(bytes))
#define YYFREE mem_free

#define YYLLOC_DEFAULT(current, rhs, n)                                                            \
  do {                                                                                             \
    (current) = (n) ? YYRHSLOC(rhs, 1) : YYRHSLOC(rhs, 0);                                         \
    if (!(n)) (current).begin = (current).end;                                                     \
    (current).end = YYRHSLOC(rhs, n).end;                                                          \
  } while (0)

#define BUILD(result, node)                                                                        \
  do {                                                                                             \
    if (!((result) = (node))) YYABORT;                                                             \
  } while (0)

static int next_token(ASDEX_YYSTYPE *value, struct loc *loc, struct parse *p, void *scanner);
static void yyerror(const struct loc *loc, struct parse *p, void *scanner, const char *message);
#undef yylex
#define yylex(value, loc, scanner) next_token(value, loc, p, scanner)
}

%define api.pure full
%define api.prefix {asdex_yy}
%define api.location.type {struct loc}
%define parse.error custom
%locations
%expect 0
%parse-param {struct parse *p} {void *scanner}
%lex-param {void *scanner}

%union {
  const char *text;
  struct ident ident;
  struct expr *expr;
  struct list *list;
  struct dim *dim;
  struct range *range;
  struct stmt *stmt;
  enum stmt_kind kind;
  int attributes;
  char op;
}

%token END 0 "end of file"
%token <text> NUMBER "number" IMAGINARY "imaginary number" NAME "name"
%token <text> STRING "string" CONSTANT "constant"
%token <text> BY "'by'" INTEGER "'integer'" SPARSE "'sparse'"
%token PARAM "'param'" VAR "'var'" LET "'let'" DEF "'def'" AUX "'aux'" RETURN "'return'"
%token FOR "'for'" IN "'in'" IF "'if'" THEN "'then'" ELSE "'else'"
%token AND "'and'" OR "'or'" NOT "'not'"
%token EQ "'=='" NE "'!='" LE "'<='" GE "'>='" DOTDOT "'..'"

%type <expr> value expr disjunction conjunction negation relation sum product unary power
%type <expr> primary filter
%type <list> args items ranges range_list dims dim_list lets names name_list params
%type <dim> dim span
%type <range> range
%type <stmt> statement let
%type <ident> name
%type <attributes> attributes attribute
%type <kind> kind
%type <op> comparison

%%

model: %empty
  | model statement { if (!ast_add_statement(p, $2)) YYABORT; };

statement: kind name dims attributes value ';'
      { BUILD($$, ast_declaration(p, @$, $1, $2, $3, $4, $5)); }
  | let
  | DEF name '(' params ')' '=' expr ';' { BUILD($$, ast_def(p, @$, $2, $4, $7)); }
  | FOR ranges '{' lets '}' { BUILD($$, ast_for(p, @$, $2, $4)); }
  | RETURN expr ';' { BUILD($$, ast_return(p, @$, $2)); };

kind: PARAM { $$ = STMT_PARAM; }
  | VAR { $$ = STMT_VAR; }
  | AUX { $$ = STMT_AUX; };

let: LET name dims attributes value ';'
      { BUILD($$, ast_declaration(p, @$, STMT_LET, $2, $3, $4, $5)); };

lets: %empty { $$ = NULL; }
  | lets let { BUILD($$, list_add(p, $1, $2)); };

value: %empty { $$ = NULL; }
  | '=' expr { $$ = $2; };

attributes: %empty { $$ = 0; }
  | attributes attribute { $$ = $1 | $2; };

attribute: INTEGER { $$ = ATTRIBUTE_INTEGER; }
  | SPARSE { $$ = ATTRIBUTE_SPARSE; };

name: NAME { $$ = (struct ident){$1, @1}; }
  | BY { $$ = (struct ident){$1, @1}; }
  | INTEGER { $$ = (struct ident){$1, @1}; }
  | SPARSE { $$ = (struct ident){$1, @1}; };

params: %empty { $$ = NULL; }
  | names;

names: name_list;

name_list: name
      { struct binder *b; BUILD(b, ast_binder(p, BINDER_INDEX, $1));
        BUILD($$, list_add(p, NULL, b)); }
  | name_list ',' name
      { struct binder *b; BUILD(b, ast_binder(p, BINDER_INDEX, $3));
        BUILD($$, list_add(p, $1, b)); };

dims: %empty { $$ = NULL; }
  | '[' dim_list ']' { $$ = $2; };

dim_list: dim { BUILD($$, list_add(p, NULL, $1)); }
  | dim_list ',' dim { BUILD($$, list_add(p, $1, $3)); };

dim: %empty { BUILD($$, ast_dim(p, @$, NULL, NULL, NULL)); }
  | expr { BUILD($$, ast_dim(p, @$, NULL, $1, NULL)); }
  | span
  | name IN span { BUILD($$, ast_dim_index(p, @$, $1, $3)); };

span: expr DOTDOT expr { BUILD($$, ast_dim(p, @$, $1, $3, NULL)); }
  | expr DOTDOT expr BY expr { BUILD($$, ast_dim(p, @$, $1, $3, $5)); };

ranges: range_list;

range_list: range { BUILD($$, list_add(p, NULL, $1)); }
  | range_list ',' range { BUILD($$, list_add(p, $1, $3)); };

range: name IN span { BUILD($$, ast_span(p, @$, $1, $3)); }
  | '(' names ')' IN name { BUILD($$, ast_entries(p, @$, $2, $5, NULL)); }
  | '(' names ')' IN name '[' expr ']' { BUILD($$, ast_entries(p, @$, $2, $5, $7)); };

filter: %empty { $$ = NULL; }
  | IF expr { $$ = $2; };

expr: disjunction
  | IF expr THEN expr ELSE expr { BUILD($$, ast_if(p, @$, $2, $4, $6)); };

disjunction: conjunction
  | disjunction OR conjunction { BUILD($$, ast_chain(p, @$, EXPR_OR, '+', $1, $3)); };

conjunction: negation
  | conjunction AND negation { BUILD($$, ast_chain(p, @$, EXPR_AND, '+', $1, $3)); };

negation: relation
  | NOT negation { BUILD($$, ast_unary(p, @$, EXPR_NOT, $2)); };

relation: sum
  | sum comparison sum { BUILD($$, ast_compare(p, @$, $2, $1, $3)); };

comparison: '<' { $$ = '<'; }
  | '>' { $$ = '>'; }
  | LE { $$ = 'l'; }
  | GE { $$ = 'g'; }
  | EQ { $$ = '='; }
  | NE { $$ = '!'; };

sum: product
  | sum '+' product { BUILD($$, ast_chain(p, @$, EXPR_ADD, '+', $1, $3)); }
  | sum '-' product { BUILD($$, ast_chain(p, @$, EXPR_ADD, '-', $1, $3)); };

product: unary
  | product '*' unary { BUILD($$, ast_chain(p, @$, EXPR_MUL, '*', $1, $3)); }
  | product '/' unary { BUILD($$, ast_chain(p, @$, EXPR_MUL, '/', $1, $3)); }
  | product '%' unary { BUILD($$, ast_chain(p, @$, EXPR_MUL, '%', $1, $3)); };

unary: power
  | '-' unary { BUILD($$, ast_unary(p, @$, EXPR_NEG, $2)); }
  | '+' unary { $$ = $2; };

power: primary
  | primary '^' unary { BUILD($$, ast_power(p, @$, $1, $3)); };

primary: NUMBER { BUILD($$, ast_number(p, @$, $1, false)); }
  | IMAGINARY { BUILD($$, ast_number(p, @$, $1, true)); }
  | CONSTANT { BUILD($$, ast_constant(p, @$, $1)); }
  | name { BUILD($$, ast_name(p, $1)); }
  | name '[' args ']' { BUILD($$, ast_index(p, @$, $1, $3)); }
  | name '(' items ')' { BUILD($$, ast_call(p, @$, $1, $3)); }
  | name '(' STRING ')' { BUILD($$, ast_read(p, @$, $1, $3)); }
  | name '(' expr FOR ranges filter ')' { BUILD($$, ast_reduction(p, @$, $1, $3, $5, $6)); }
  | '[' items ']' { BUILD($$, ast_array(p, @$, $2)); }
  | '(' expr ')' { $$ = $2; $$->loc = @$; };

items: %empty { $$ = NULL; }
  | args;

args: expr { BUILD($$, list_add(p, NULL, $1)); }
  | args ',' expr { BUILD($$, list_add(p, $1, $3)); };

%%

/* Where the parse is, for messages: p->head is the keyword of a declaration up to its '='. */
static int next_token(ASDEX_YYSTYPE *value, struct loc *loc, struct parse *p, void *scanner)
{
  bool in_brackets = p->nesting > 0 && p->head != DEF;
  p->previous = p->last;
  p->in_head = p->head && !in_brackets;
  int kind = asdex_yylex(value, loc, scanner);
  if (kind == END) *loc = (struct loc){p->source, (uint32_t)p->offset, (uint32_t)p->offset};
  p->last = *loc;
  if (kind == PARAM || kind == VAR || kind == LET || kind == AUX || kind == DEF)
    p->head = kind;
  else if (kind == '=' || kind == ';')
    p->head = 0;
  return kind;
}

/* Called by the parser where its stack is exhausted, alone (see YYMAXDEPTH, parse_alloc). */
static void yyerror(const struct loc *loc, struct parse *p, void *scanner, const char *message)
{
  (void)scanner, (void)message;
  if (p->status == STATUS_OK) PARSE_FAIL(p, NESTING, *loc, (int)NESTING_MAX);
}

enum { SHOWN_MAX = 40, EXPECTED_MAX = 4 };

/* What the parser could go on with; reductions by default may have narrowed it. */
struct expected {
  bool set[YYNTOKENS];
  int count;
};

static void get_expected(const yypcontext_t *at, struct expected *e)
{
  yysymbol_kind_t kinds[YYNTOKENS];
  memset(e, 0, sizeof *e);
  e->count = yypcontext_expected_tokens(at, kinds, YYNTOKENS);
  for (int i = 0; i < e->count; i++) e->set[kinds[i]] = true;
}

/* Whether the unexpected token stands where an operator could. */
static bool ends_operand(const struct parse *p, const struct expected *e)
{
  if (p->previous.end == 0 || p->in_head || e->set[YYSYMBOL_NUMBER]) return false;
  char c = p->text[p->previous.end - 1];
  return c == ')' || c == ']' || c == '_' || c == '.' || (c >= '0' && c <= '9') ||
         (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_keyword(yysymbol_kind_t k)
{
  return (k >= YYSYMBOL_PARAM && k <= YYSYMBOL_NOT) || k == YYSYMBOL_CONSTANT;
}

static bool is_comparison(yysymbol_kind_t k)
{
  return (k >= YYSYMBOL_EQ && k <= YYSYMBOL_GE) || yysymbol_name(k)[1] == '<' ||
         yysymbol_name(k)[1] == '>';
}

static bool begins_statement(yysymbol_kind_t k)
{
  return k == YYSYMBOL_YYEOF || (k >= YYSYMBOL_PARAM && k <= YYSYMBOL_RETURN);
}

static bool is(yysymbol_kind_t k, char c)
{
  return yysymbol_name(k)[0] == '\'' && yysymbol_name(k)[1] == c && yysymbol_name(k)[2] == '\'';
}

static bool expects(const struct expected *e, char c)
{
  for (int k = 0; k < YYNTOKENS; k++)
    if (e->set[k] && is((yysymbol_kind_t)k, c)) return true;
  return false;
}

/* "a, b or c"; or what they are all about, where there are too many. */
static const char *describe(const struct expected *e, char *buf, size_t size)
{
  size_t len = 0;
  int left = e->count;
  if (e->set[YYSYMBOL_NUMBER]) return "an expression";
  if (e->set[YYSYMBOL_RETURN]) return "a statement: param, var, let, def, aux, for or return";
  if (e->set[YYSYMBOL_NAME]) return "a name";
  if (left == 0 || left > EXPECTED_MAX) return left ? "an operator or the end" : "something else";
  for (int k = 0; k < YYNTOKENS; k++) {
    if (!e->set[k]) continue;
    const char *name = yysymbol_name((yysymbol_kind_t)k);
    const char *joint = len == 0 ? "" : left == 1 ? " or " : ", ";
    size_t need = strlen(joint) + strlen(name);
    if (len + need >= size) break;
    memcpy(buf + len, joint, strlen(joint));
    memcpy(buf + len + strlen(joint), name, strlen(name));
    len += need;
    left--;
  }
  buf[len] = '\0';
  return buf;
}

/* The slips that are common: true if the token is one, and was reported. */
static bool report_slip(struct parse *p, yysymbol_kind_t k, struct loc loc,
                        const struct expected *e, int len, const char *text)
{
  bool operand = ends_operand(p, e);
  if (is_keyword(k) && e->set[YYSYMBOL_NAME] && !e->set[YYSYMBOL_NUMBER])
    PARSE_FAIL(p, KEYWORD_AS_NAME, loc, len, text);
  else if (k == YYSYMBOL_IN)
    PARSE_FAIL(p, MISPLACED_IN, loc);
  else if (is(k, '=') && operand && !e->set[YYSYMBOL_RETURN])
    PARSE_FAIL(p, ASSIGN_IN_EXPRESSION, loc);
  else if (is_comparison(k) && operand)
    PARSE_FAIL(p, CHAINED_COMPARISON, loc);
  else if (k == YYSYMBOL_IF && e->set[YYSYMBOL_NUMBER])
    PARSE_FAIL(p, CONDITIONAL_OPERAND, loc);
  else if (e->set[YYSYMBOL_ELSE] && k != YYSYMBOL_YYEOF)
    PARSE_FAIL(p, MISSING_ELSE, loc, len, text);
  else if (k == YYSYMBOL_STRING)
    PARSE_FAIL(p, MISPLACED_STRING, loc);
  else if (is(k, '[') && operand)
    PARSE_FAIL(p, DOUBLE_INDEX, loc);
  else
    return false;
  return true;
}

/* A word where a statement should begin: a misspelled keyword, or an assignment without one. */
static void report_statement(struct parse *p, struct loc loc, int len, const char *text)
{
  static const char *const words[] = {"param", "var", "let", "def", "aux", "for", "return"};
  char word[SHOWN_MAX + 1];
  memcpy(word, text, (size_t)len);
  word[len] = '\0';
  const char *near = suggest(word, words, sizeof words / sizeof *words);
  if (near && near[0] == (word[0] | 0x20))
    PARSE_FAIL(p, UNKNOWN_STATEMENT_NEAR, loc, word, near);
  else
    PARSE_FAIL(p, UNKNOWN_STATEMENT, loc, word);
}

static void report_missing_end(struct parse *p, yysymbol_kind_t k, struct loc loc,
                               const struct expected *e, int len, const char *text)
{
  struct loc end = {p->source, p->previous.end, p->previous.end};
  bool same_line = !memchr(p->text + p->previous.end, '\n', loc.begin - p->previous.end);
  bool operand = k == YYSYMBOL_NAME || k == YYSYMBOL_NUMBER || is(k, '(');
  if (same_line && operand && ends_operand(p, e))
    PARSE_FAIL(p, MISSING_OPERATOR, loc, len, text);
  else if (begins_statement(k) || is(k, '}') || !same_line)
    PARSE_FAIL(p, MISSING_SEMICOLON, end);
  else
    PARSE_FAIL(p, SYNTAX, loc, len, text, p->in_head ? "'=' or ';'" : "an operator or ';'");
}

static int yyreport_syntax_error(const yypcontext_t *at, struct parse *p, void *scanner)
{
  struct expected e;
  char buf[160];
  yysymbol_kind_t k = yypcontext_token(at);
  struct loc loc = *yypcontext_location(at);
  const char *text = p->text + loc.begin;
  int len = (int)(loc.end - loc.begin);
  if (len > SHOWN_MAX) len = SHOWN_MAX;
  (void)scanner;
  get_expected(at, &e);
  if (report_slip(p, k, loc, &e, len, text)) return 0;
  if (e.set[YYSYMBOL_RETURN] && k == YYSYMBOL_NAME)
    report_statement(p, loc, len, text);
  else if (expects(&e, ';'))
    report_missing_end(p, k, loc, &e, len, text);
  else if (k == YYSYMBOL_YYEOF)
    PARSE_FAIL(p, UNEXPECTED_END, loc, describe(&e, buf, sizeof buf));
  else
    PARSE_FAIL(p, SYNTAX, loc, len, text, describe(&e, buf, sizeof buf));
  return 0;
}
