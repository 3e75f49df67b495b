/* The grammar of the modelling language.  Actions only call the constructors of the tree. */

%code requires {
#include "lang/ast_build.h"
}

%{
#include "config.h"

#include "grammar/recovery.h"
#include "grammar/refusal.h"
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

#define CHECK(done)                                                                                \
  do {                                                                                             \
    if (!(done)) {                                                                                 \
      if (p->fatal) YYABORT;                                                                       \
      p->skipping = true;                                                                          \
      YYERROR;                                                                                     \
    }                                                                                              \
  } while (0)
#define BUILD(result, node) CHECK((result) = (node))
#define ENTER(loc) CHECK(parse_enter(p, (loc)))
#define LEAVE() p->depth--
/* The statement with the error is behind. */
#define RECOVER()                                                                                  \
  do {                                                                                             \
    if (!recovery_end(p)) YYABORT;                                                                 \
    yyerrok;                                                                                       \
  } while (0)

static void yyerror(const struct loc *loc, struct parse *p, void *scanner, const char *message);
#undef yylex
#define yylex(value, loc, scanner) recovery_token(value, loc, p, scanner)
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
  | model statement { if ($2) CHECK(ast_add_statement(p, $2)); }
  | model error ';' { RECOVER(); };

statement: kind name dims attributes value ';'
      { BUILD($$, ast_declaration(p, @$, $1, $2, $3, $4, $5)); }
  | let
  | DEF name '(' params ')' '=' expr ';' { BUILD($$, ast_def(p, @$, $2, $4, $7)); }
  | FOR ranges '{' lets '}' { BUILD($$, ast_for(p, @$, $2, $4)); }
  | FOR error '{' { RECOVER(); } lets '}' { CHECK(ast_suspect_block(p, $5)); $$ = NULL; }
  | FOR error ';' { RECOVER(); $$ = NULL; }
  | RETURN expr ';' { BUILD($$, ast_return(p, @$, $2)); };

kind: PARAM { $$ = STMT_PARAM; }
  | VAR { $$ = STMT_VAR; }
  | AUX { $$ = STMT_AUX; };

let: LET name dims attributes value ';'
      { BUILD($$, ast_declaration(p, @$, STMT_LET, $2, $3, $4, $5)); };

lets: %empty { $$ = NULL; }
  | lets let { BUILD($$, list_add(p, $1, $2)); }
  | lets error ';' { p->block_broken = true; RECOVER(); $$ = $1; };

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

name_list: name { BUILD($$, ast_add_index(p, NULL, $1)); }
  | name_list ',' name { BUILD($$, ast_add_index(p, $1, $3)); };

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
  | IF { ENTER(@1); } expr THEN expr ELSE expr { LEAVE(); BUILD($$, ast_if(p, @$, $3, $5, $7)); };

disjunction: conjunction
  | disjunction OR conjunction { BUILD($$, ast_chain(p, @$, EXPR_OR, '+', $1, $3)); };

conjunction: negation
  | conjunction AND negation { BUILD($$, ast_chain(p, @$, EXPR_AND, '+', $1, $3)); };

negation: relation
  | NOT { ENTER(@1); } negation { LEAVE(); BUILD($$, ast_unary(p, @$, EXPR_NOT, $3)); };

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
  | '-' { ENTER(@1); } unary { LEAVE(); BUILD($$, ast_unary(p, @$, EXPR_NEG, $3)); }
  | '+' unary { $$ = $2; };

power: primary
  | primary '^' { ENTER(@2); } unary { LEAVE(); BUILD($$, ast_power(p, @$, $1, $4)); };

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

/* Called by the parser where its stack is exhausted, alone (see YYMAXDEPTH, parse_alloc). */
static void yyerror(const struct loc *loc, struct parse *p, void *scanner, const char *message)
{
  (void)scanner, (void)message;
  if (p->status == STATUS_OK) PARSE_FAIL(p, NESTING, *loc, (int)NESTING_MAX);
}

/* The parser knows symbols, all others know tokens. */
static void get_expected(const yypcontext_t *at, struct expected *e)
{
  yysymbol_kind_t kinds[YYNTOKENS];
  bool set[YYNTOKENS] = {false};
  e->count = yypcontext_expected_tokens(at, kinds, YYNTOKENS);
  for (int i = 0; i < e->count; i++) {
    set[kinds[i]] = true;
    if (i < EXPECTED_MAX) e->names[i] = yysymbol_name(kinds[i]);
  }
  for (int token = 0; token < TOKENS_END; token++) e->set[token] = set[YYTRANSLATE(token)];
}

static int yyreport_syntax_error(const yypcontext_t *at, struct parse *p, void *scanner)
{
  struct expected e;
  (void)scanner;
  if (p->skipping || p->stopped) return 0;
  get_expected(at, &e);
  refusal_report(p, &e);
  p->skipping = true;
  return 0;
}
