/* The program that makes the manual pages and the completions from the tables of asdex:
 *
 *   generate man TEMPLATE OPTIONS    a page, on standard output; man/README says what is in them
 *   generate bash|zsh|fish           completions for a shell */
#ifndef ASDEX_TOOLS_GENERATE_H
#define ASDEX_TOOLS_GENERATE_H

#include <stdbool.h>
#include <stddef.h>

#include "cmd/tables.h"

/* Of an option's value.  `words` are those that it can be, `count` of them; `file` says that it can
 * be the name of a file. */
enum { WORDS_MAX = 16, WORD_MAX = 32 };
struct value {
  size_t count;
  char words[WORDS_MAX][WORD_MAX];
  bool file;
};

/* The values of an option of the command; COMMAND_COUNT: of any.  Ends the program where the table
 * has more or longer words than that. */
void option_value(enum option_id id, enum command c, struct value *v);

static inline bool option_belongs(enum option_id id, enum command c)
{
  return option_table[id].help && (option_table[id].commands & (1u << c));
}

/* Ends the program with a message. */
_Noreturn void generate_fail(const char *what, const char *name);

void generate_manual(const char *template, const char *options);
void generate_bash(void);
void generate_zsh(void);
void generate_fish(void);

#endif
