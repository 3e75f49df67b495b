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

extern const char *const format_names[FORMAT_COUNT];

#define LENGTH(a) (sizeof(a) / sizeof *(a))

/* Whether the options that were given go together; resolves the format and what depends on it. */
enum status options_check(struct context *ctx, struct options *o) MUST_CHECK;

#define ALL_COMMANDS ((1u << COMMAND_COUNT) - 1)

#endif
