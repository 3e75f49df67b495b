/* The subcommands: each takes its input and options and writes its output. */
#ifndef ASDEX_CMD_COMMANDS_H
#define ASDEX_CMD_COMMANDS_H

#include "cmd/options.h"

#define COMMAND(id, name, operand, summary)                                                        \
  enum status cmd_##name(struct context *ctx, const struct options *o) MUST_CHECK;
#include "cmd/commands.def"
#undef COMMAND

#endif
