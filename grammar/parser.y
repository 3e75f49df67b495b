/* The grammar of the modelling language.  Actions only call the constructors of the tree. */

%code requires {
#include "lang/ast_build.h"
}

%{
#include "config.h"

#include <string.h>

#include "lang/ast_build.h"
#include "lang/foreign.h"
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
    if (!recover(p)) YYABORT;                                                                      \
    yyerrok;                                                                                       \
  } while (0)

static int next_token(ASDEX_YYSTYPE *value, struct loc *loc, struct parse *p, void *scanner);
static bool recover(struct parse *p);
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

/* Tokens, and the recovery from errors.
 *
 * An error is followed by what stands up to the end of its statement, which is left out: the parser
 * waits for the ';' of `error ';'`, or the '{' behind the head of a for.  skip() looks for it in the
 * text, and puts it in where a new statement begins without one.  What a statement may have declared
 * that is left out is told to the checker.
 *
 * A ';' is put in before a keyword that begins a statement, too, where no token was refused yet: if
 * the parser takes it, it was missing, and nothing else is wrong; if not, what is refused is the
 * keyword. */

static bool is_declaration(int kind)
{
  return kind == PARAM || kind == VAR || kind == LET || kind == AUX || kind == DEF;
}

/* Whether a line ends between the last token and the one before. */
static bool after_break(const struct parse *p, struct loc loc)
{
  return memchr(p->text + p->previous.end, '\n', loc.begin - p->previous.end) != NULL;
}

/* Whether the last token begins a statement, wherever it stands. */
static bool is_beginning(const struct parse *p)
{
  if (p->misplaced) return false;
  return is_declaration(p->last_kind) || p->last_kind == RETURN ||
         (p->last_kind == FOR && p->nesting <= 0 && (p->ended || after_break(p, p->last)));
}

static bool in_for_head(const struct parse *p)
{
  return p->statement == FOR && !p->in_block;
}

static int scan(ASDEX_YYSTYPE *value, struct loc *loc, struct parse *p, void *scanner)
{
  p->previous = p->last;
  p->misplaced = false;
  int kind = p->stopped ? END : asdex_yylex(value, loc, scanner);
  if (kind == END) *loc = (struct loc){p->source, (uint32_t)p->offset, (uint32_t)p->offset};
  p->last = *loc;
  return p->last_kind = kind;
}

/* The tokens up to the last one, in this order, come before the text goes on. */
static int take_first(struct parse *p, struct loc *loc)
{
  int kind = p->queue[0];
  for (int i = 1; i < p->queued; i++) p->queue[i - 1] = p->queue[i];
  *loc = --p->queued ? p->gap : p->last;
  return kind;
}

static void put_first(struct parse *p, int kind)
{
  for (int i = p->queued++; i > 0; i--) p->queue[i] = p->queue[i - 1];
  p->queue[0] = kind;
}

/* The last token begins a statement, or ends a block, and something is missing in front of it. */
static int put_in(struct parse *p, int first, struct loc *loc)
{
  p->gap = (struct loc){p->source, p->previous.end, p->previous.end};
  put_first(p, p->last_kind);
  *loc = p->gap;
  return first;
}

/* The names that stand in front of the '=', or in the head of a for. */
static void note_name(struct parse *p, int kind, const ASDEX_YYSTYPE *value)
{
  const int room = (int)(sizeof p->heads / sizeof *p->heads);
  if (kind == '=' && p->statement != FOR) p->heads_closed = true;
  if (kind == NAME && !p->heads_closed && p->nheads < room) p->heads[p->nheads++] = value->text;
}

/* What ends the rest of a statement in which a token was refused. */
static int skip(ASDEX_YYSTYPE *value, struct loc *loc, struct parse *p, void *scanner)
{
  uint32_t refused = p->last.end;
  int braces = 0;
  *loc = p->last;
  for (int kind = p->last_kind;; kind = scan(value, loc, p, scanner)) {
    if (p->last.end > refused) note_name(p, kind, value);
    if (kind == END || p->fatal) return END;
    if (kind == '{' && braces == 0 && in_for_head(p)) return kind;
    if (kind == '{')
      braces++;
    else if (kind == '}' && braces > 0)
      braces--;
    else if (braces > 0)
      continue;
    else if (kind == ';')
      return kind;
    else if (kind == '}' && p->in_block)
      return put_in(p, ';', loc);
    else if (is_beginning(p))
      break;
  }
  if (in_for_head(p) && p->last_kind == LET) {
    p->lone_let = p->stray_brace = true;
    return put_in(p, '{', loc);
  }
  int first = put_in(p, ';', loc);
  if (!p->in_block || p->last_kind == LET) return first;
  p->stray_brace = true;
  if (p->last_kind == FOR) p->stopped = true; /* blocks in a block: which brace ends which? */
  if (!p->lone_let) put_first(p, '}'); /* else it comes behind the ';' as it is */
  return p->stopped ? END : first;
}

/* Braces that were put in may have partners in the text. */
static bool is_stray(const struct parse *p, int kind, const ASDEX_YYSTYPE *value)
{
  if (!p->stray_brace || p->statement || p->in_block) return false;
  return kind == '}' || kind == ';' || (kind == NAME && strcmp(value->text, "end") == 0);
}

/* Whether a ';' belongs in front of the last token. */
static bool lacks_end(const struct parse *p)
{
  if (!is_declaration(p->statement) && p->statement != RETURN) return false;
  return p->last_kind == END || is_beginning(p) || (p->last_kind == '}' && p->in_block);
}

static int choose_token(ASDEX_YYSTYPE *value, struct loc *loc, struct parse *p, void *scanner)
{
  if (p->skipping && p->queued == 0) return skip(value, loc, p, scanner);
  if (p->queued > 0) {
    if (p->inserted) PARSE_FAIL(p, MISSING_SEMICOLON, p->gap);
    p->inserted = false;
    return take_first(p, loc);
  }
  int kind;
  do kind = scan(value, loc, p, scanner);
  while (is_stray(p, kind, value));
  if (!lacks_end(p)) return kind;
  p->inserted = true;
  return put_in(p, ';', loc);
}

/* What the token, which is the parser's now, says about the place of the next one. */
static void move_on(struct parse *p, int kind)
{
  if (is_declaration(kind))
    p->head = kind;
  else if (kind == '=' || kind == ';')
    p->head = 0;
  if (kind == '{' && in_for_head(p)) p->in_block = true, p->block_broken = false;
  if (kind == '}') p->in_block = false;
  p->ended = kind == ';' || kind == '{' || kind == '}';
  if (kind != ';' || !p->lone_let || !p->in_block) return;
  p->lone_let = false;
  put_first(p, '}');
}

/* Where the parse is: p->head is the keyword of a declaration up to its '='. */
static int next_token(ASDEX_YYSTYPE *value, struct loc *loc, struct parse *p, void *scanner)
{
  bool in_brackets = p->nesting > 0 && p->head != DEF, skipped = p->skipping;
  p->in_head = p->head && !in_brackets;
  if (p->ended && !p->skipping) {
    p->statement = p->nheads = 0;
    p->heads_closed = false;
  }
  int kind = choose_token(value, loc, p, scanner);
  if (!p->statement) p->statement = kind;
  if (!skipped) note_name(p, kind, value);
  if (kind == ASDEX_YYerror) p->skipping = true;
  move_on(p, kind);
  return kind;
}

static bool recover(struct parse *p)
{
  for (int i = 0; i < p->nheads; i++)
    if (!ast_add_suspect(p, p->heads[i])) return false;
  p->skipping = p->misplaced && p->inserted; /* then there is more to skip */
  if (p->skipping) p->queued = 0;
  p->inserted = false;
  p->nesting = p->depth = 0;
  return true;
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

static bool is_word(const char *word, const char *text, int len)
{
  return strlen(word) == (size_t)len && memcmp(word, text, (size_t)len) == 0;
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

/* The slips where a declaration should have gone on. */
static bool report_head(struct parse *p, yysymbol_kind_t k, struct loc loc, int len,
                        const char *text)
{
  const struct loc *name = &p->previous;
  if (is(k, '{') && p->statement == DEF)
    PARSE_FAIL(p, DEF_BRACE, loc);
  else if (!p->in_head)
    return false;
  else if (is_comparison(k) && p->statement == VAR)
    PARSE_FAIL(p, VAR_BOUNDS, loc, len, text);
  else if (is(k, '(') && p->statement != DEF)
    PARSE_FAIL(p, DIMENSION_PARENTHESES, loc, (int)(name->end - name->begin),
               p->text + name->begin);
  else
    return false;
  return true;
}

/* Whether the block goes on: a '}' follows, and before it no '{' of another one. */
static bool block_ends_later(const struct parse *p, struct loc loc)
{
  const char *s = p->text + loc.end;
  while (*(s += strcspn(s, "{}#")) == '#') s += strcspn(s, "\n");
  return *s == '}';
}

/* Another statement in a for block.  If the block goes on behind it, it is left out there. */
static void report_foreign(struct parse *p, struct loc loc, int len, const char *text)
{
  if (!block_ends_later(p, loc)) {
    PARSE_FAIL(p, BLOCK_END, loc, len, text);
    return;
  }
  PARSE_FAIL(p, BLOCK_FOREIGN, loc, len, text);
  p->misplaced = true;
}

/* Those in a for block, or where it should begin. */
static bool report_block(struct parse *p, yysymbol_kind_t k, struct loc loc,
                         const struct expected *e, int len, const char *text)
{
  if (k == YYSYMBOL_LET && expects(e, '{'))
    PARSE_FAIL(p, BLOCK_BRACE, loc);
  else if (!e->set[YYSYMBOL_LET] || !expects(e, '}'))
    return false;
  else if (k == YYSYMBOL_FOR)
    PARSE_FAIL(p, BLOCK_IN_BLOCK, loc);
  else if (is_keyword(k))
    report_foreign(p, loc, len, text);
  else if (k == YYSYMBOL_NAME)
    PARSE_FAIL(p, BLOCK_STATEMENT, loc, len, text);
  else
    return false;
  return true;
}

/* Whether a parenthesis right behind a `for` is open: for (i, a in … */
static bool behind_for(const struct parse *p)
{
  const char *s = p->text + p->previous.begin;
  while (s > p->text && s[-1] != '(' && s[-1] != '\n') s--;
  if (s == p->text || s[-1] != '(') return false;
  for (s--; s > p->text && (s[-1] == ' ' || s[-1] == '\t');) s--;
  return s - p->text >= 3 && memcmp(s - 3, "for", 3) == 0;
}

/* Those in ranges. */
static bool report_range(struct parse *p, yysymbol_kind_t k, struct loc loc,
                         const struct expected *e)
{
  if (is(k, '=') && e->set[YYSYMBOL_IN])
    PARSE_FAIL(p, RANGE_EQUALS, loc);
  else if (k == YYSYMBOL_IN && behind_for(p))
    PARSE_FAIL(p, FOR_PARENTHESES, loc);
  else if (is(k, ',') && e->set[YYSYMBOL_IN])
    PARSE_FAIL(p, RANGE_NAMES, loc);
  else if (e->count == 1 && e->set[YYSYMBOL_DOTDOT])
    PARSE_FAIL(p, RANGE_BOUNDS, loc);
  else if (k == YYSYMBOL_FOR && ends_operand(p, e) && !after_break(p, loc))
    PARSE_FAIL(p, FOR_MISPLACED, loc);
  else
    return false;
  return true;
}

/* Those of brackets, commas and words behind an operand. */
static bool report_mark(struct parse *p, yysymbol_kind_t k, struct loc loc,
                        const struct expected *e, int len, const char *text)
{
  bool ends = ends_operand(p, e) && expects(e, ';');
  if (is(k, '{') && ends_operand(p, e))
    PARSE_FAIL(p, BRACE_IN_EXPRESSION, loc);
  else if (ends && (is(k, ')') || is(k, ']')))
    PARSE_FAIL(p, EXTRA_BRACKET, loc, len, text);
  else if (ends && is(k, ','))
    PARSE_FAIL(p, COMMA, loc);
  else if (e->set[YYSYMBOL_ELSE] && (is_word("elseif", text, len) || is_word("elif", text, len)))
    PARSE_FAIL(p, ELSE_IF, loc, len, text);
  else
    return false;
  return true;
}

/* After that its uses are no errors of their own. */
static void report_keyword(struct parse *p, struct loc loc, int len, const char *text)
{
  PARSE_FAIL(p, KEYWORD_AS_NAME, loc, len, text);
  p->misplaced = true;
  p->named = p->last_kind;
}

/* The slips that are common: true if the token is one, and was reported. */
static bool report_slip(struct parse *p, yysymbol_kind_t k, struct loc loc,
                        const struct expected *e, int len, const char *text)
{
  bool operand = ends_operand(p, e);
  if (report_head(p, k, loc, len, text) || report_block(p, k, loc, e, len, text) ||
      report_range(p, k, loc, e) || report_mark(p, k, loc, e, len, text))
    return true;
  if (is_keyword(k) && e->set[YYSYMBOL_NAME] && !e->set[YYSYMBOL_NUMBER])
    report_keyword(p, loc, len, text);
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

/* Whether '=' follows, perhaps behind an index or an operator. */
static bool is_assigned(const struct parse *p, struct loc loc)
{
  const char *s = p->text + loc.end;
  s += strspn(s, " \t");
  if (*s == '[') s += strcspn(s, "]\n;");
  if (*s == ']') s++;
  s += strspn(s, " \t");
  if (*s && strchr("+-*/:", *s)) s++;
  return s[0] == '=' && s[1] != '=';
}

/* A word where a statement should begin: a misspelled keyword, or an assignment without one. */
static void report_statement(struct parse *p, struct loc loc, int len, const char *text)
{
  static const char *const words[] = {"param", "var", "let", "def", "aux", "for", "return"};
  char word[SHOWN_MAX + 1];
  memcpy(word, text, (size_t)len);
  word[len] = '\0';
  const char *near = suggest(word, words, sizeof words / sizeof *words);
  const char *advice = foreign_statement(word);
  if (advice)
    PARSE_FAIL(p, UNKNOWN_STATEMENT_NEAR, loc, word, advice);
  else if (is_assigned(p, loc))
    PARSE_FAIL(p, ASSIGNMENT, loc, word, word);
  else if (near && near[0] == (word[0] | 0x20))
    PARSE_FAIL(p, UNKNOWN_STATEMENT_NEAR, loc, word, near);
  else
    PARSE_FAIL(p, UNKNOWN_STATEMENT, loc, word);
}

/* What is to be said about the name in front, as in "sum_i x[i]". */
static const char *previous_advice(const struct parse *p)
{
  char word[SHOWN_MAX + 1];
  size_t len = p->previous.end - p->previous.begin;
  if (len > SHOWN_MAX) return NULL;
  memcpy(word, p->text + p->previous.begin, len);
  word[len] = '\0';
  return foreign_name(word);
}

static void report_missing_end(struct parse *p, yysymbol_kind_t k, struct loc loc,
                               const struct expected *e, int len, const char *text)
{
  struct loc end = {p->source, p->previous.end, p->previous.end};
  bool same_line = !after_break(p, loc);
  const char *advice = previous_advice(p);
  bool operand = k == YYSYMBOL_NAME || k == YYSYMBOL_NUMBER || is(k, '(');
  if (same_line && operand && advice)
    PARSE_FAIL(p, UNKNOWN_NAME_ADVICE, p->previous, (int)(end.begin - p->previous.begin),
               p->text + p->previous.begin, advice);
  else if (same_line && operand && ends_operand(p, e))
    PARSE_FAIL(p, MISSING_OPERATOR, loc, len, text);
  else if (begins_statement(k) || is(k, '}') || !same_line)
    PARSE_FAIL(p, MISSING_SEMICOLON, end);
  else
    PARSE_FAIL(p, SYNTAX, loc, len, text, p->in_head ? "'=' or ';'" : "an operator or ';'");
}

static void report_refused(const yypcontext_t *at, struct parse *p)
{
  struct expected e;
  char buf[160];
  yysymbol_kind_t k = p->inserted ? YYTRANSLATE(p->queue[p->queued - 1]) : yypcontext_token(at);
  struct loc loc = p->inserted ? p->last : *yypcontext_location(at);
  const char *text = p->text + loc.begin;
  int len = (int)(loc.end - loc.begin);
  if (len > SHOWN_MAX) len = SHOWN_MAX;
  get_expected(at, &e);
  bool begins = !e.set[YYSYMBOL_NUMBER] && k != YYSYMBOL_FOR;
  if (is_keyword(k) && !begins && !after_break(p, loc)) p->misplaced = true;
  if (p->named && p->named == p->last_kind) return;
  if (report_slip(p, k, loc, &e, len, text)) return;
  if (e.set[YYSYMBOL_RETURN] && k == YYSYMBOL_NAME)
    report_statement(p, loc, len, text);
  else if (e.set[YYSYMBOL_RETURN] && is(k, ';'))
    PARSE_FAIL(p, EXTRA_SEMICOLON, loc);
  else if (e.set[YYSYMBOL_RETURN] && is(k, '%'))
    PARSE_FAIL(p, COMMENT, loc, len, text);
  else if (expects(&e, ';'))
    report_missing_end(p, k, loc, &e, len, text);
  else if (k == YYSYMBOL_YYEOF)
    PARSE_FAIL(p, UNEXPECTED_END, loc, describe(&e, buf, sizeof buf));
  else
    PARSE_FAIL(p, SYNTAX, loc, len, text, describe(&e, buf, sizeof buf));
}

static int yyreport_syntax_error(const yypcontext_t *at, struct parse *p, void *scanner)
{
  (void)scanner;
  report_refused(at, p);
  p->skipping = true;
  return 0;
}
