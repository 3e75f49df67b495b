/* What other languages call things: for messages about names that asdex does not know. */
#ifndef ASDEX_LANG_FOREIGN_H
#define ASDEX_LANG_FOREIGN_H

/* What to use here instead of a function or constant of another language; NULL: nothing is known.
 */
const char *foreign_name(const char *name);

/* The same for a word behind a range: how to write what was meant. */
const char *foreign_range(const char *word);

/* The same for the word that begins a statement elsewhere. */
const char *foreign_statement(const char *word);

#endif
