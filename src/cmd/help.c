#include "config.h"

#include "cmd/tables.h"

#include <string.h>

#include "program/program.h"

const struct option_row option_table[OPTION_COUNT] = {
#define OPTION(id, name, letter, argument, metavar, commands, help)                                \
  {name, letter, argument, metavar, commands, help},
#include "cmd/options.def"
#undef OPTION
};

const struct command_row command_table[COMMAND_COUNT] = {
#define COMMAND(id, name, operand, summary) {#name, operand, summary},
#include "cmd/commands.def"
#undef COMMAND
};

const struct topic_row topic_table[TOPIC_COUNT] = {
#define TOPIC(id, name, summary, text) {name, summary, text},
#include "cmd/topics.def"
#undef TOPIC
};

const struct status_row status_table[] = {
#define STATUS(id, commands, doc) {STATUS_##id, commands, doc},
#include "cmd/statuses.def"
#undef STATUS
};
const size_t status_count = LENGTH(status_table);

enum { HELP_COLUMN = 30, HELP_WIDTH = 80 };

/* Adds `text`, broken between words, with all lines but the first indented. */
static void add_wrapped(struct strbuf *out, const char *text, size_t column)
{
  for (bool first = true; *text; first = false) {
    size_t word = strcspn(text, " ");
    if (!first && column + 1 + word > HELP_WIDTH) {
      strbuf_printf(out, "\n%*s", HELP_COLUMN, "");
      column = HELP_COLUMN;
    } else if (!first) {
      strbuf_putc(out, ' ');
      column++;
    }
    strbuf_add(out, text, word);
    column += word;
    text += word + strspn(text + word, " ");
  }
  strbuf_putc(out, '\n');
}

static void add_row(struct strbuf *out, size_t start, const char *text)
{
  size_t column = out->len - start;
  if (column + 2 > HELP_COLUMN) {
    strbuf_putc(out, '\n');
    column = 0;
  }
  strbuf_printf(out, "%*s", (int)(HELP_COLUMN - column), "");
  add_wrapped(out, text, HELP_COLUMN);
}

/* The options of a command, or with COMMAND_COUNT those that all commands have. */
static void add_options(struct strbuf *out, enum command c)
{
  for (int i = 0; i < OPTION_COUNT; i++) {
    const struct option_row *row = &option_table[i];
    if (!row->help) continue;
    if (c == COMMAND_COUNT ? row->commands != ALL_COMMANDS : !(row->commands & (1u << c))) continue;
    size_t start = out->len;
    if (row->letter)
      strbuf_printf(out, "  -%c, --%s", row->letter, row->name);
    else
      strbuf_printf(out, "      --%s", row->name);
    if (row->metavar)
      strbuf_printf(out, "%s=%s%s", row->argument == OPTIONAL ? "[" : "", row->metavar,
                    row->argument == OPTIONAL ? "]" : "");
    add_row(out, start, row->help);
  }
}

static void add_commands(struct strbuf *out)
{
  for (int i = 0; i < COMMAND_COUNT; i++) {
    size_t start = out->len;
    strbuf_printf(out, "  %s %s", command_table[i].name, command_table[i].operand);
    add_row(out, start, command_table[i].summary);
  }
}

static void add_topics(struct strbuf *out)
{
  for (int i = 0; i < TOPIC_COUNT; i++) {
    size_t start = out->len;
    strbuf_printf(out, "  %s", topic_table[i].name);
    add_row(out, start, topic_table[i].summary);
  }
}

void options_usage(struct strbuf *out)
{
  strbuf_puts(out, "Usage: asdex COMMAND [OPTION...] [FILE]\n\nCommands:\n");
  add_commands(out);
  strbuf_puts(out, "\n'asdex help' tells more, 'asdex help COMMAND' all about a command.\n");
}

void options_help(struct strbuf *out, enum command c)
{
  if (c == COMMAND_COUNT) {
    strbuf_puts(out, "Usage: asdex COMMAND [OPTION...] [FILE]\n"
                     "Exact sparse Hessians of scalar functions, from a model in a .expr file.\n"
                     "FILE is the model; - or nothing is standard input.\n\nCommands:\n");
    add_commands(out);
    strbuf_puts(out, "\nOptions of all commands:\n");
    add_options(out, COMMAND_COUNT);
    strbuf_puts(out, "\nTopics:\n");
    add_topics(out);
    strbuf_puts(out,
                "\n'asdex help COMMAND' shows the options of a command, 'asdex help TOPIC' tells\n"
                "about a topic. The manual: asdex(1), asdex-hessian(1) and so on,\n"
                "asdex-language(5), asdex-formats(5).\n");
    return;
  }
  const char *operand = strchr(command_table[c].operand, '|') ? "FILE" : command_table[c].operand;
  strbuf_printf(out, "Usage: asdex %s [OPTION...] [%s]\n", command_table[c].name, operand);
  strbuf_printf(out, "%c%s.\n", command_table[c].summary[0] - 'a' + 'A',
                command_table[c].summary + 1);
  strbuf_puts(out, "- or nothing is standard input.\n\nOptions:\n");
  add_options(out, c);
  strbuf_printf(out, "\nThe manual page is asdex-%s(1).\n", command_table[c].name);
}

static void add_functions(struct strbuf *out)
{
  static const char *const arguments[] = {"", "a", "a, b"};
  for (int i = 0; i < OP_COUNT; i++) {
    const struct op_info *op = &op_table[i];
    if (!op->in_language) continue;
    size_t start = out->len;
    strbuf_printf(out, "  %s(%s)", op->name, arguments[op->arity]);
    add_row(out, start, op->doc);
  }
}

static void add_statuses(struct strbuf *out)
{
  for (size_t i = 0; i < status_count; i++) {
    size_t start = out->len;
    strbuf_printf(out, "  %d", (int)status_table[i].status);
    add_row(out, start, status_table[i].doc);
  }
}

void options_help_topic(struct strbuf *out, enum topic t)
{
  if (topic_table[t].text) strbuf_puts(out, topic_table[t].text);
  if (t == TOPIC_FUNCTIONS) add_functions(out);
  if (t == TOPIC_STATUSES) add_statuses(out);
}

#ifdef HAVE_GMP
#define FEATURE_GMP " gmp"
#else
#define FEATURE_GMP ""
#endif
#ifdef HAVE_CAIRO
#define FEATURE_CAIRO " cairo"
#else
#define FEATURE_CAIRO ""
#endif
#define FEATURES FEATURE_GMP FEATURE_CAIRO

void options_version(struct strbuf *out)
{
  strbuf_puts(out, "asdex " PACKAGE_VERSION "\n"
                   "Features:" FEATURES "\n"
                   "Copyright (C) 2026 the asdex authors\n"
                   "License MIT: <https://opensource.org/license/mit>.\n"
                   "This is free software: you are free to change and redistribute it.\n"
                   "There is NO WARRANTY, to the extent permitted by law.\n");
}
