/* What the lexer, the parser and the constructors of the tree share while one model is parsed.
 * For grammar/ and src/lang/ alone. */
#ifndef ASDEX_LANG_PARSE_H
#define ASDEX_LANG_PARSE_H

#include "lang/names.h"

struct parse {
  struct context *ctx;
  struct model *model;
  struct name_table names; /* one copy of each name, in the model's arena */
  int source;
  const char *text;          /* of the source */
  size_t offset;             /* of the next byte that is scanned */
  int nesting;               /* open ( and [ */
  struct loc last, previous; /* the last token and the one before */
  int head;           /* the token that began a declaration whose '=' has not come yet, or 0 */
  bool in_head;       /* the last token stands in such a head, and not in its dimensions */
  enum status status; /* of the first failure; it is in the context then */

  /* The scanner's own small objects.  Its generated code ends the process where it gets no memory:
   * so it gets all that it can ask for beforehand. */
  max_align_t pool[32];
  size_t pool_used;
};

/* Record a failure in p->status. */
void parse_no_memory(struct parse *p);
#define PARSE_FAIL(p, id, loc, ...) ((p)->status = FAIL((p)->ctx, id, loc, ##__VA_ARGS__))

/* Memory for the parser's stack. */
void *parse_alloc(struct parse *p, size_t bytes);

/* A copy of len bytes that lives as long as the model; NULL: see p->status. */
const char *parse_text(struct parse *p, const char *s, size_t len);
const char *parse_name(struct parse *p, const char *s, size_t len); /* one copy of each */

/* The scanner: begins with a buffer of len bytes and two further NUL bytes, which it writes to. */
enum status lexer_begin(struct parse *p, char *buffer, size_t len, void **scanner) MUST_CHECK;
void lexer_end(void *scanner);

#endif
