/* What is said about a token that the parser refuses.  For grammar/ alone. */
#ifndef ASDEX_GRAMMAR_REFUSAL_H
#define ASDEX_GRAMMAR_REFUSAL_H

#include "grammar/parser.h"
#include "lang/parse.h"

enum { TOKENS_END = DOTDOT + 1, EXPECTED_MAX = 4 };

/* The tokens that the parser could go on with; reductions by default may have narrowed them. */
struct expected {
  bool set[TOKENS_END];
  int count;
  const char *names[EXPECTED_MAX]; /* of the first ones */
};

/* Reports p->last_kind, at p->last, as an error; nothing was refused before in its statement. */
void refusal_report(struct parse *p, const struct expected *e);

#endif
