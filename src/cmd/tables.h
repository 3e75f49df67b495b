/* The options and the commands as tables, from options.def and commands.def. */
#ifndef ASDEX_CMD_TABLES_H
#define ASDEX_CMD_TABLES_H

#include <getopt.h>

#include "cmd/options.h"

enum argument { NONE = no_argument, REQUIRED = required_argument, OPTIONAL = optional_argument };

struct option_row {
  const char *name;
  int letter; /* 0: none */
  enum argument argument;
  const char *metavar; /* NULL without argument */
  unsigned commands;   /* bit c: it belongs to command c */
  const char *help;    /* NULL: not shown */
};
extern const struct option_row option_table[OPTION_COUNT];

struct command_row {
  const char *name, *operand, *summary;
};
extern const struct command_row command_table[COMMAND_COUNT];

struct topic_row {
  const char *name, *summary;
  const char *text; /* NULL: made from another table */
};
extern const struct topic_row topic_table[TOPIC_COUNT];

struct status_row {
  enum status status;
  unsigned commands; /* that can end with it */
  const char *doc;
};
extern const struct status_row status_table[];
extern const size_t status_count;

extern const char *const format_names[FORMAT_COUNT];
extern const char *const layout_names[LAYOUT_COUNT];

/* The words of which an option's value is one where its metavar does not list them (`a|b`), `count`
 * of them; else NULL. */
const char *const *option_words(enum option_id id, size_t *count);

/* Whether the command can write the format; `validate`: with --validate. */
bool command_writes(enum command c, bool validate, enum format f);

#define LENGTH(a) (sizeof(a) / sizeof *(a))

/* Whether the options that were given go together; resolves the format and what depends on it. */
enum status options_check(struct context *ctx, struct options *o) MUST_CHECK;

#define ALL_COMMANDS ((1u << COMMAND_COUNT) - 1)

/* The usual sets of commands in the tables. */
#define BIT(command) (1u << COMMAND_##command)
#define ALL ALL_COMMANDS
#define MODEL (ALL & ~BIT(DECOMPRESS))
#define POINT (MODEL & ~(BIT(SPARSITY) | BIT(COLORING) | BIT(SPY) | BIT(INFO)))
#define DERIVATIVE (MODEL & ~(BIT(VALUE) | BIT(INFO)))
#define COLORED (BIT(COLORING) | BIT(HESSIAN) | BIT(COMPRESS) | BIT(VERIFY) | BIT(SPY))

#endif
