#include "config.h"

#include "grammar/recovery.h"

#include <string.h>

#include "lang/ast_build.h"

/* An error is followed by what stands up to the end of its statement, which is left out: the parser
 * waits for the ';' of `error ';'`, or the '{' behind the head of a for.  skip() looks for it in
 * the text, and puts it in where a new statement begins without one.  What a statement may have
 * declared that is left out is told to the checker.
 *
 * A ';' is put in before a keyword that begins a statement, too, where no token was refused yet: if
 * the parser takes it, it was missing, and nothing else is wrong; if not, what is refused is the
 * keyword. */

static bool is_declaration(int kind)
{
  return kind == PARAM || kind == VAR || kind == LET || kind == AUX || kind == DEF;
}

bool token_after_break(const struct parse *p)
{
  return memchr(p->text + p->previous.end, '\n', p->last.begin - p->previous.end) != NULL;
}

/* Whether the last token begins a statement, wherever it stands. */
static bool is_beginning(const struct parse *p)
{
  if (p->misplaced) return false;
  return is_declaration(p->last_kind) || p->last_kind == RETURN ||
         (p->last_kind == FOR && p->nesting <= 0 && (p->ended || token_after_break(p)));
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
  if (kind == ',' && p->several) p->heads_closed = false;
  if (kind == NAME && !p->heads_closed && p->nheads < room) p->heads[p->nheads++] = value->text;
}

/* What ends the rest of a statement in which a token was refused. */
static int skip(ASDEX_YYSTYPE *value, struct loc *loc, struct parse *p, void *scanner)
{
  uint32_t refused = p->last.end;
  int braces = 0;
  *loc = p->last;
  if (p->several) p->heads_closed = false;
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
    else if (kind == ';' && p->last.begin >= p->list_end)
      return kind;
    else if (kind == '}' && p->in_block)
      return put_in(p, ';', loc);
    else if (is_beginning(p))
      break;
  }
  p->list_end = 0; /* no list: a statement begins in it */
  if (in_for_head(p) && p->last_kind == LET) {
    p->lone_let = p->stray_brace = true;
    return put_in(p, '{', loc);
  }
  int first = put_in(p, ';', loc);
  if (!p->in_block || p->last_kind == LET) return first;
  p->stray_brace = true;
  if (p->last_kind == FOR) p->stopped = true; /* blocks in a block: which brace ends which? */
  if (!p->lone_let) put_first(p, '}');        /* else it comes behind the ';' as it is */
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
  if (kind == '{' && in_for_head(p)) {
    p->in_block = true;
    p->block_broken = false;
    p->brace = p->queued ? NO_LOC : p->last;
  }
  if (kind == '}') p->in_block = false;
  if (kind == IN && p->nesting > 0) p->open[p->nesting - 1].has_ranges = true;
  p->ended = kind == ';' || kind == '{' || kind == '}';
  if (kind != ';' || !p->lone_let || !p->in_block) return;
  p->lone_let = false;
  put_first(p, '}');
}

int recovery_token(ASDEX_YYSTYPE *value, struct loc *loc, struct parse *p, void *scanner)
{
  bool in_brackets = p->nesting > 0 && p->head != DEF, skipped = p->skipping;
  p->in_head = p->head && !in_brackets;
  p->in_dims = p->head && in_brackets;
  if (p->ended && !p->skipping) {
    p->statement = p->nheads = 0;
    p->heads_closed = p->several = false;
  }
  int kind = choose_token(value, loc, p, scanner);
  if (!p->statement) p->statement = kind;
  if (!skipped) note_name(p, kind, value);
  if (kind == ASDEX_YYerror) p->skipping = true;
  move_on(p, kind);
  return kind;
}

bool recovery_end(struct parse *p)
{
  for (int i = 0; i < p->nheads; i++)
    if (!ast_add_suspect(p, p->heads[i])) return false;
  /* Then there is more to skip: */
  p->skipping = (p->misplaced && p->inserted) || p->last.begin < p->list_end;
  if (p->skipping) p->queued = 0;
  p->inserted = false;
  p->nesting = p->depth = 0;
  return true;
}
