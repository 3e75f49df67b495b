/* The tokens as the parser gets them, and how it goes on behind an error.  For grammar/ alone. */
#ifndef ASDEX_GRAMMAR_RECOVERY_H
#define ASDEX_GRAMMAR_RECOVERY_H

#include "grammar/parser.h"
#include "lang/parse.h"

/* The next token: of the text, or one that is missing there, or, once a token was refused
 * (p->skipping), the one that ends the statement.  The token itself is p->last_kind, at p->last,
 * also where one that is missing comes before it (p->inserted). */
int recovery_token(ASDEX_YYSTYPE *value, struct loc *loc, struct parse *p, void *scanner);

/* The statement with the error is behind: what it may have declared is told to the checker; false
 * if there is no memory for that. */
bool recovery_end(struct parse *p);

/* Whether a line of the text ends between p->previous and p->last. */
bool token_after_break(const struct parse *p);

#endif
