#include "config.h"

#include "grammar/refusal.h"

#include <string.h>

#include "grammar/recovery.h"
#include "lang/ast_build.h"
#include "lang/check.h"
#include "lang/foreign.h"

enum { SHOWN_MAX = 40 };

#define NAME_LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789"

/* The token, and what the messages say about it. */
struct refusal {
  int token;
  struct loc loc;
  const char *text; /* its first len bytes are shown */
  int len;
  const struct expected *expected;
  bool operand;       /* it stands where an operator could, behind an operand */
  bool same_line;     /* as the token before */
  struct loc bracket; /* the last one, or brace of a block, that is open in front of it */
  bool far;           /* on another line */
  bool in_ranges;     /* behind an 'in', up to the end of its bracket or head */
};

/* ---- tokens ---- */

static bool is_letter(char c)
{
  return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Whether p->last stands where an operator could. */
static bool is_behind_operand(const struct parse *p, const struct expected *e)
{
  if (p->previous.end == 0 || p->in_head || e->set[NUMBER]) return false;
  char c = p->text[p->previous.end - 1];
  return c == ')' || c == ']' || c == '.' || (c >= '0' && c <= '9') || is_letter(c);
}

static bool is_keyword(int token)
{
  return (token >= PARAM && token <= NOT) || token == CONSTANT;
}

static bool is_comparison(int token)
{
  return (token >= EQ && token <= GE) || token == '<' || token == '>';
}

static bool begins_statement(int token)
{
  return token == END || (token >= PARAM && token <= RETURN);
}

static bool is_word(const char *word, const struct refusal *r)
{
  return strlen(word) == (size_t)r->len && memcmp(word, r->text, (size_t)r->len) == 0;
}

/* At most SHOWN_MAX bytes, to which a NUL is added. */
static const char *copy_word(char *word, const char *text, size_t len)
{
  memcpy(word, text, len);
  word[len] = '\0';
  return word;
}

/* "a, b or c"; or what they are all about, where there are too many. */
static const char *describe(const struct expected *e, char *buf, size_t size)
{
  size_t len = 0;
  if (e->set[NUMBER]) return "an expression";
  if (e->set[RETURN]) return "a statement: param, var, let, def, aux, for or return";
  if (e->set[NAME]) return "a name";
  if (e->count == 0 || e->count > EXPECTED_MAX)
    return e->count ? "an operator or the end" : "something else";
  for (int i = 0; i < e->count; i++) {
    const char *joint = i == 0 ? "" : i == e->count - 1 ? " or " : ", ";
    size_t joined = strlen(joint), named = strlen(e->names[i]);
    if (len + joined + named >= size) break;
    memcpy(buf + len, joint, joined);
    memcpy(buf + len + joined, e->names[i], named);
    len += joined + named;
  }
  buf[len] = '\0';
  return buf;
}

/* ---- brackets ---- */

/* The last bracket that is open in front of the token, or NULL. */
static const struct bracket *open_bracket(const struct parse *p, int token)
{
  int depth = p->nesting;
  if (token == '(' || token == '[') depth--;
  if (token == ')' || token == ']') depth++;
  return depth > 0 ? &p->open[depth - 1] : NULL;
}

static void locate(const struct parse *p, struct refusal *r)
{
  const struct bracket *b = open_bracket(p, r->token);
  r->bracket = p->in_block ? p->brace : NO_LOC;
  if (b) r->bracket = (struct loc){p->source, b->begin, b->begin + 1};
  if (r->bracket.source >= 0)
    r->far = memchr(p->text + r->bracket.begin, '\n', r->loc.begin - r->bracket.begin) != NULL;
  r->in_ranges = b ? b->has_ranges : p->statement == FOR && !p->in_block;
}

/* Whether the token is wrong in all brackets, or in those that it does not close. */
static bool is_never_inside(int token)
{
  return begins_statement(token) || token == FOR || token == ';' || token == '{' || token == '}' ||
         token == '=' || token == ')' || token == ']';
}

static char closing(char bracket)
{
  return bracket == '(' ? ')' : bracket == '[' ? ']' : '}';
}

/* Whether the text goes on to what closes the bracket: in its statement, if it is no brace. */
static bool closes_later(const struct parse *p, const struct refusal *r)
{
  char open = p->text[r->bracket.begin], close = closing(open);
  int depth = 0;
  for (const char *s = p->text + r->loc.begin; *s && (*s != ';' || open == '{'); s++) {
    if (*s == '#') s += strcspn(s, "\r\n");
    if (*s == open)
      depth++;
    else if (*s == close && depth-- == 0)
      return true;
    else if (!*s)
      break;
  }
  return false;
}

/* To the error that was just reported: which bracket was not closed, if it is not, and two of three
 * signs tell that this is what is wrong. */
static void note_bracket(struct parse *p, const struct refusal *r)
{
  if (r->bracket.source < 0 || p->fatal) return;
  char bracket = p->text[r->bracket.begin];
  bool closes = r->expected->set[(unsigned char)closing(bracket)];
  bool crossed = bracket != '{' && (r->token == ')' || r->token == ']');
  if (!crossed && closes_later(p, r)) return;
  if (closes + r->far + is_never_inside(r->token) >= 2)
    diag_note(p->ctx, r->bracket, "this '%c' is still open", bracket);
}

/* ---- the slips that are common: true if the token is one, and was reported ---- */

static const char *declaring_word(int statement)
{
  switch (statement) {
  case PARAM: return "param";
  case VAR: return "var";
  case LET: return "let";
  case AUX: return "aux";
  default: return NULL;
  }
}

static const char *skip_blanks(const char *s)
{
  return s + strspn(s, " \t\r\n");
}

/* Whether behind a ',' that follows a value there is a further declaration: a name with a value of
 * its own; or alone, where it cannot be meant as a value. */
static bool declares_name(const struct parse *p, const char *name, size_t len)
{
  const char *s = skip_blanks(name + len);
  if (*s == '[') {
    s += strcspn(s, "];");
    if (*s == ']') s = skip_blanks(s + 1);
  }
  if (*s == '=') return s[1] != '=';
  return (*s == ',' || *s == ';') && (p->statement == PARAM || p->statement == VAR);
}

/* Several names in one declaration: param n = 3, m = 4; */
static bool report_names(struct parse *p, const struct refusal *r)
{
  const char *word = declaring_word(p->statement);
  const char *name = skip_blanks(p->text + r->loc.end);
  size_t len = strspn(name, NAME_LETTERS);
  if (r->token != ',' || !word || p->nheads == 0 || !is_letter(*name)) return false;
  if (!p->in_head && !(r->operand && r->expected->set[';'] && declares_name(p, name, len)))
    return false;
  PARSE_FAIL(p, SEVERAL_NAMES, r->loc, word, SHOWN_MAX, p->heads[0], word,
             len < SHOWN_MAX ? (int)len : SHOWN_MAX, name);
  p->several = true;
  return true;
}

/* Those where a declaration should have gone on. */
static bool report_head(struct parse *p, const struct refusal *r)
{
  const struct loc *name = &p->previous;
  if (report_names(p, r))
    return true;
  else if (r->token == '{' && p->statement == DEF)
    PARSE_FAIL(p, DEF_BRACE, r->loc);
  else if (!p->in_head)
    return false;
  else if (is_comparison(r->token) && p->statement == VAR)
    PARSE_FAIL(p, VAR_BOUNDS, r->loc, r->len, r->text);
  else if (r->token == '(' && p->statement != DEF)
    PARSE_FAIL(p, DIMENSION_PARENTHESES, r->loc, (int)(name->end - name->begin),
               p->text + name->begin);
  else
    return false;
  return true;
}

/* Whether the block goes on: a '}' follows, and before it no '{' of another one. */
static bool block_ends_later(const struct parse *p, struct loc loc)
{
  const char *s = p->text + loc.end;
  while (*(s += strcspn(s, "{}#")) == '#') s += strcspn(s, "\r\n");
  return *s == '}';
}

/* Another statement in a for block.  If the block goes on behind it, it is left out there. */
static void report_foreign(struct parse *p, const struct refusal *r)
{
  if (!block_ends_later(p, r->loc)) {
    PARSE_FAIL(p, BLOCK_END, r->loc, r->len, r->text);
    note_bracket(p, r);
    return;
  }
  PARSE_FAIL(p, BLOCK_FOREIGN, r->loc, r->len, r->text);
  p->misplaced = true;
}

/* Those in a for block, or where it should begin. */
static bool report_block(struct parse *p, const struct refusal *r)
{
  const bool *expected = r->expected->set;
  if (r->token == LET && expected['{'])
    PARSE_FAIL(p, BLOCK_BRACE, r->loc);
  else if (!expected[LET] || !expected['}'])
    return false;
  else if (r->token == FOR)
    PARSE_FAIL(p, BLOCK_IN_BLOCK, r->loc);
  else if (is_keyword(r->token))
    report_foreign(p, r);
  else if (r->token == NAME)
    PARSE_FAIL(p, BLOCK_STATEMENT, r->loc, r->len, r->text);
  else
    return false;
  return true;
}

/* Whether a parenthesis right behind a `for` is open: for (i, a in … */
static bool is_behind_for(const struct parse *p)
{
  const char *s = p->text + p->previous.begin;
  while (s > p->text && s[-1] != '(' && s[-1] != '\n') s--;
  if (s == p->text || s[-1] != '(') return false;
  for (s--; s > p->text && (s[-1] == ' ' || s[-1] == '\t');) s--;
  return s - p->text >= 3 && memcmp(s - 3, "for", 3) == 0;
}

/* It may be that of a for block, whose head was taken for that of a reduction. */
static void report_brace(struct parse *p, const struct refusal *r)
{
  PARSE_FAIL(p, BRACE_IN_EXPRESSION, r->loc);
  if (r->far) note_bracket(p, r);
}

static void report_misplaced_for(struct parse *p, const struct refusal *r)
{
  PARSE_FAIL(p, FOR_MISPLACED, r->loc);
  note_bracket(p, r);
}

/* Those between a range and what follows it. */
static bool report_behind_range(struct parse *p, const struct refusal *r)
{
  char word[SHOWN_MAX + 1];
  bool ends = r->bracket.source < 0 || closes_later(p, r);
  const char *advice = foreign_range(copy_word(word, r->text, (size_t)r->len));
  if (!r->in_ranges)
    return false;
  else if (r->token == FOR && r->operand && ends)
    PARSE_FAIL(p, RANGE_FOR, r->loc);
  else if (r->token == IF && r->expected->set[NAME] && !r->expected->set[NUMBER])
    PARSE_FAIL(p, RANGE_IF, p->previous);
  else if (r->token == NAME && r->operand && advice)
    PARSE_FAIL(p, RANGE_WORD, r->loc, word, advice);
  else
    return false;
  return true;
}

/* Those in ranges. */
static bool report_range(struct parse *p, const struct refusal *r)
{
  const struct expected *e = r->expected;
  if (r->token == '=' && e->set[IN])
    PARSE_FAIL(p, RANGE_EQUALS, r->loc);
  else if (r->token == IN && is_behind_for(p))
    PARSE_FAIL(p, FOR_PARENTHESES, r->loc);
  else if (r->token == ',' && e->set[IN])
    PARSE_FAIL(p, RANGE_NAMES, r->loc);
  else if (is_comparison(r->token) && e->set[IN])
    PARSE_FAIL(p, RANGE_FILTER, p->previous);
  else if (e->count == 1 && e->set[DOTDOT])
    PARSE_FAIL(p, RANGE_BOUNDS, r->loc);
  else if (r->token == FOR && r->operand && r->same_line)
    report_misplaced_for(p, r);
  else
    return false;
  return true;
}

/* A ';' in a list, [1, 2; 3, 4], where the ']' follows: it ends no statement. */
static bool report_row(struct parse *p, const struct refusal *r)
{
  if (r->token != ';' || !r->operand) return false;
  if (r->bracket.source < 0 || p->text[r->bracket.begin] != '[') return false;
  uint32_t end = r->loc.end + (uint32_t)strcspn(p->text + r->loc.end, "]=#{}");
  if (p->text[end] != ']') return false;
  PARSE_FAIL(p, ROW_SEMICOLON, r->loc);
  p->list_end = end;
  return true;
}

/* Those of brackets, commas and words behind an operand. */
static bool report_mark(struct parse *p, const struct refusal *r)
{
  bool ends = r->operand && r->expected->set[';'];
  bool opens = p->in_block && p->brace.begin == r->loc.begin;
  if (r->token == '{' && r->operand && !opens)
    report_brace(p, r);
  else if (ends && (r->token == ')' || r->token == ']'))
    PARSE_FAIL(p, EXTRA_BRACKET, r->loc, r->len, r->text);
  else if (ends && r->token == ',')
    PARSE_FAIL(p, COMMA, r->loc);
  else if (r->expected->set[ELSE] && (is_word("elseif", r) || is_word("elif", r)))
    PARSE_FAIL(p, ELSE_IF, r->loc, r->len, r->text);
  else
    return false;
  return true;
}

/* Whether the token is .1 directly behind a name or an index. */
static bool is_member(const struct parse *p, const struct refusal *r)
{
  if ((r->token != NUMBER && r->token != IMAGINARY) || r->text[0] != '.') return false;
  return p->previous.end == r->loc.begin && (r->operand || (p->in_head && !r->expected->set[NAME]));
}

/* x.1: an element, as it is written elsewhere. */
static bool report_member(struct parse *p, const struct refusal *r)
{
  const char *name = p->text + p->previous.begin, *member = r->text + 1;
  int len = (int)(p->previous.end - p->previous.begin), digits = r->len - 1;
  if (!is_member(p, r))
    return false;
  else if (name[0] == ']')
    PARSE_FAIL(p, DOUBLE_INDEX, r->loc);
  else if (is_letter(name[0]))
    PARSE_FAIL(p, MEMBER, r->loc, len, name, digits, member, len, name, digits, member);
  else
    return false;
  return true;
}

/* After that its uses are no errors of their own. */
static void report_keyword(struct parse *p, const struct refusal *r)
{
  PARSE_FAIL(p, KEYWORD_AS_NAME, r->loc, r->len, r->text);
  p->misplaced = true;
  p->named = r->token;
}

static bool report_slip(struct parse *p, const struct refusal *r)
{
  const bool *expected = r->expected->set;
  if (report_head(p, r) || report_block(p, r) || report_behind_range(p, r) || report_range(p, r) ||
      report_mark(p, r) || report_row(p, r) || report_member(p, r))
    return true;
  if (is_keyword(r->token) && expected[NAME] && !expected[NUMBER])
    report_keyword(p, r);
  else if (r->token == IN)
    PARSE_FAIL(p, MISPLACED_IN, r->loc);
  else if (r->token == '=' && r->operand && !expected[RETURN] && !p->in_dims)
    PARSE_FAIL(p, ASSIGN_IN_EXPRESSION, r->loc);
  else if (is_comparison(r->token) && r->operand)
    PARSE_FAIL(p, CHAINED_COMPARISON, r->loc);
  else if (r->token == IF && expected[NUMBER])
    PARSE_FAIL(p, CONDITIONAL_OPERAND, r->loc);
  else if (expected[ELSE] && r->token != END)
    PARSE_FAIL(p, MISSING_ELSE, r->loc, r->len, r->text);
  else if (r->token == STRING)
    PARSE_FAIL(p, MISPLACED_STRING, r->loc);
  else if (r->token == '[' && r->operand)
    PARSE_FAIL(p, DOUBLE_INDEX, r->loc);
  else
    return false;
  return true;
}

/* ---- the beginnings and the ends of statements ---- */

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
static void report_statement(struct parse *p, const struct refusal *r)
{
  static const char *const words[] = {"param", "var", "let", "def", "aux", "for", "return"};
  char word[SHOWN_MAX + 1];
  copy_word(word, r->text, (size_t)r->len);
  const char *near = suggest(word, words, sizeof words / sizeof *words);
  const char *advice = foreign_statement(word);
  if (advice)
    PARSE_FAIL(p, UNKNOWN_STATEMENT_NEAR, r->loc, word, advice);
  else if (is_assigned(p, r->loc))
    PARSE_FAIL(p, ASSIGNMENT, r->loc, word, word);
  else if (near && near[0] == (word[0] | 0x20))
    PARSE_FAIL(p, UNKNOWN_STATEMENT_NEAR, r->loc, word, near);
  else
    PARSE_FAIL(p, UNKNOWN_STATEMENT, r->loc, word);
}

/* What is to be said about the name in front, as in "sum_i x[i]". */
static const char *previous_advice(const struct parse *p)
{
  char word[SHOWN_MAX + 1];
  size_t len = p->previous.end - p->previous.begin;
  if (len > SHOWN_MAX) return NULL;
  return foreign_name(copy_word(word, p->text + p->previous.begin, len));
}

/* Whether the token in front is the name of a function. */
static bool is_behind_function(const struct parse *p)
{
  char word[SHOWN_MAX + 1];
  size_t len = p->previous.end - p->previous.begin;
  if (len > SHOWN_MAX) return false;
  copy_word(word, p->text + p->previous.begin, len);
  for (size_t i = 0; i < p->model->stmts.len; i++) {
    const struct stmt *s = p->model->stmts.data[i];
    if (s->kind == STMT_DEF && strcmp(s->name, word) == 0) return true;
  }
  return resolve_is_function(word);
}

/* sin x, where the operand may go on behind the x. */
static void report_argument(struct parse *p, const struct refusal *r)
{
  const char *name = p->text + p->previous.begin, *rest = p->text + r->loc.end;
  int len = (int)(p->previous.end - p->previous.begin);
  const char *ends = r->expected->set[';'] ? ";" : "),;]";
  bool whole = r->loc.end - r->loc.begin == (uint32_t)r->len && strchr(ends, *skip_blanks(rest));
  PARSE_FAIL(p, ARGUMENT_PARENTHESES, r->loc, len, name, len, name, r->len, r->text,
             whole ? "" : "…");
}

/* Another operand where an operator should be. */
static bool report_operand(struct parse *p, const struct refusal *r)
{
  const bool *expected = r->expected->set;
  const char *advice = previous_advice(p);
  if (r->token != NAME && r->token != NUMBER && r->token != '(') return false;
  if (!r->same_line || !(expected[';'] || expected[')'] || expected[']'])) return false;
  if (expected[';'] && advice)
    PARSE_FAIL(p, UNKNOWN_NAME_ADVICE, p->previous, (int)(p->previous.end - p->previous.begin),
               p->text + p->previous.begin, advice);
  else if (r->operand && is_behind_function(p))
    report_argument(p, r);
  else if (r->operand)
    PARSE_FAIL(p, MISSING_OPERATOR, r->loc, r->len, r->text);
  else
    return false;
  return true;
}

static void report_missing_end(struct parse *p, const struct refusal *r)
{
  struct loc end = {p->source, p->previous.end, p->previous.end};
  if (begins_statement(r->token) || r->token == '}' || !r->same_line)
    PARSE_FAIL(p, MISSING_SEMICOLON, end);
  else
    PARSE_FAIL(p, SYNTAX, r->loc, r->len, r->text,
               p->in_head ? "'=' or ';'" : "an operator or ';'");
}

/* Only the parser knows what is missing. */
static void report_syntax(struct parse *p, const struct refusal *r)
{
  char buf[160];
  const char *expected = describe(r->expected, buf, sizeof buf);
  if (r->token == END && p->end_told) return;
  p->end_told = r->token == END;
  if (p->end_told)
    PARSE_FAIL(p, UNEXPECTED_END, r->loc, expected);
  else
    PARSE_FAIL(p, SYNTAX, r->loc, r->len, r->text, expected);
  note_bracket(p, r);
}

static void report_rest(struct parse *p, const struct refusal *r)
{
  const bool *expected = r->expected->set;
  if (expected[RETURN] && r->token == NAME)
    report_statement(p, r);
  else if (expected[RETURN] && r->token == ';')
    PARSE_FAIL(p, EXTRA_SEMICOLON, r->loc);
  else if (expected[RETURN] && r->token == '%')
    PARSE_FAIL(p, COMMENT, r->loc, r->len, r->text);
  else if (report_operand(p, r))
    return;
  else if (expected[';'])
    report_missing_end(p, r);
  else
    report_syntax(p, r);
}

void refusal_report(struct parse *p, const struct expected *e)
{
  uint32_t len = p->last.end - p->last.begin;
  struct refusal r = {.token = p->last_kind,
                      .loc = p->last,
                      .text = p->text + p->last.begin,
                      .len = len < SHOWN_MAX ? (int)len : SHOWN_MAX,
                      .expected = e,
                      .operand = is_behind_operand(p, e),
                      .same_line = !token_after_break(p)};
  locate(p, &r);
  bool begins = !e->set[NUMBER] && r.token != FOR;
  if (is_keyword(r.token) && !begins && r.same_line) p->misplaced = true;
  if (p->named && p->named == r.token) return;
  if (!report_slip(p, &r)) report_rest(p, &r);
}
