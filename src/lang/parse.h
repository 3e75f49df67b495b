/* What the lexer, the parser and the constructors of the tree share while one model is parsed.
 * For grammar/ and src/lang/ alone. */
#ifndef ASDEX_LANG_PARSE_H
#define ASDEX_LANG_PARSE_H

#include "lang/names.h"

struct bracket {
  uint32_t begin;  /* where it stands */
  bool has_ranges; /* an 'in' came directly in it */
};

struct parse {
  struct context *ctx;
  struct model *model;
  struct name_table names; /* one copy of each name, in the model's arena */
  int source;
  const char *text;                 /* of the source */
  size_t offset;                    /* of the next byte that is scanned */
  int nesting;                      /* open ( and [ */
  struct bracket open[NESTING_MAX]; /* these, and behind them the one closed last */
  int depth;                        /* open -, ^, not and if, whose operand is not complete */
  struct loc last, previous;        /* the last token of the text and the one before */
  int head;           /* the token that began a declaration whose '=' has not come yet, or 0 */
  bool in_head;       /* the last token stands in such a head, and not in its dimensions */
  bool in_dims;       /* it stands in its dimensions */
  enum status status; /* of the first failure; it is in the context then */
  int errors;         /* that are in the context */
  bool fatal;         /* no memory, or too deep for the parser: it cannot go on */

  /* Recovery, see grammar/recovery.c. */
  bool skipping;     /* a token was refused: up to the end of the statement nothing is reported */
  bool stopped;      /* the rest of the text is not read */
  int last_kind;     /* of the last token */
  bool misplaced;    /* a keyword that begins no statement */
  uint32_t list_end; /* up to here, where a list ends, a ; ends no statement */
  bool end_told;     /* that the text ends too early was said */
  int named;         /* a keyword that was declared as a name, or 0 */
  int statement;     /* the token that the statement began with; 0 at its beginning */
  bool in_block;     /* of a for */
  struct loc brace;  /* where its { stands; without a place: it is missing */
  bool block_broken; /* which had errors */
  bool lone_let;     /* the block's braces are missing: it ends with the next ; */
  bool stray_brace;  /* a brace was put in, so that its partner may be there in vain */
  bool inserted;     /* the last token is a ; that is missing in the text */
  struct loc gap;    /* where */
  int queue[3];      /* tokens (without a value) that come before the text goes on */
  int queued;        /* how many; the last one stands at `last` */
  const char *heads[32]; /* in the head of the statement: what it may declare */
  int nheads;
  bool heads_closed;
  bool several; /* names are declared in it, with commas between them, which is wrong */
  bool ended;   /* the last token ended a statement */

  /* The scanner's own small objects.  Its generated code ends the process where it gets no memory:
   * so it gets all that it can ask for beforehand. */
  max_align_t pool[32];
  size_t pool_used;
};

/* Record a failure in p->status.  What is wrong in the rest of a wrong statement is not told. */
void parse_no_memory(struct parse *p);
void parse_failed(struct parse *p, enum status status);
#define PARSE_FAIL(p, id, loc, ...)                                                                \
  do {                                                                                             \
    if (!(p)->skipping && !(p)->stopped)                                                           \
      parse_failed((p), FAIL((p)->ctx, id, loc, ##__VA_ARGS__));                                   \
  } while (0)

/* Memory for the parser's stack. */
void *parse_alloc(struct parse *p, size_t bytes);

/* A copy of len bytes that lives as long as the model; NULL: see p->status. */
const char *parse_text(struct parse *p, const char *s, size_t len);
const char *parse_name(struct parse *p, const char *s, size_t len); /* one copy of each */

/* The scanner: begins with a buffer of len bytes and two further NUL bytes, which it writes to. */
enum status lexer_begin(struct parse *p, char *buffer, size_t len, void **scanner) MUST_CHECK;
void lexer_end(void *scanner);

#endif
