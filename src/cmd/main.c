#include "config.h"

#include <stdio.h>

#include "base/strbuf.h"
#include "cmd/commands.h"
#include "cmd/options.h"
#include "cmd/report.h"
#include "io/sink.h"

static enum status (*const run[COMMAND_COUNT])(struct context *, const struct options *) = {
#define COMMAND(id, name, operand, summary) cmd_##name,
#include "cmd/commands.def"
#undef COMMAND
};

/* --help and --version go to standard output, and a full disk is an error there, too. */
static enum status show(struct context *ctx, const struct options *o)
{
  struct strbuf text = {0};
  struct sink *out = NULL;
  if (o->action == ACTION_HELP && o->topic != TOPIC_COUNT)
    options_help_topic(&text, o->topic);
  else if (o->action == ACTION_HELP)
    options_help(&text, o->command);
  else
    options_version(&text);
  enum status status = text.failed ? diag_no_memory(ctx) : sink_open(ctx, NULL, &out);
  if (status == STATUS_OK) {
    status = sink_write(out, text.data, text.len);
    enum status closed = sink_commit(out);
    if (status == STATUS_OK) status = closed;
  }
  strbuf_free(&text);
  return status;
}

static int usage(void)
{
  struct strbuf text = {0};
  options_usage(&text);
  if (!text.failed) fputs(text.data, stderr);
  strbuf_free(&text);
  return STATUS_USAGE;
}

int main(int argc, char **argv)
{
  if (argc < 2) return usage();
  struct context ctx;
  struct options options;
  context_init(&ctx);
  enum status status = options_parse(&ctx, argc, argv, &options);
  if (status == STATUS_OK)
    status =
        options.action == ACTION_RUN ? run[options.command](&ctx, &options) : show(&ctx, &options);
  report_print(&ctx, &options);
  options_free(&options);
  context_free(&ctx);
  return (int)status;
}
