/* The command line, parsed. */
#ifndef ASDEX_CMD_OPTIONS_H
#define ASDEX_CMD_OPTIONS_H

#include "base/diag.h"
#include "base/strbuf.h"
#include "hessian/verify.h"

enum command {
#define COMMAND(id, name, operand, summary) COMMAND_##id,
#include "cmd/commands.def"
#undef COMMAND
  COMMAND_COUNT
};

enum option_id {
#define OPTION(id, name, letter, argument, metavar, commands, help) OPTION_##id,
#include "cmd/options.def"
#undef OPTION
  OPTION_COUNT
};

enum topic {
#define TOPIC(id, name, summary, text) TOPIC_##id,
#include "cmd/topics.def"
#undef TOPIC
  TOPIC_COUNT
};

enum action { ACTION_RUN, ACTION_HELP, ACTION_VERSION };
enum format {
  FORMAT_TEXT,
  FORMAT_MTX,
  FORMAT_JSON,
  FORMAT_DENSE,
  FORMAT_CSV,
  FORMAT_SVG,
  FORMAT_PNG,
  FORMAT_PDF,
  FORMAT_COUNT
};
enum layout { LAYOUT_COO, LAYOUT_CSR, LAYOUT_CSC, LAYOUT_DENSE, LAYOUT_COUNT };
enum input_kind { INPUT_AUTO, INPUT_EXPR, INPUT_MTX, INPUT_JSON };
enum timings { TIMINGS_NONE, TIMINGS_TEXT, TIMINGS_JSON };
enum debug { DEBUG_AST, DEBUG_PROGRAM, DEBUG_PATTERN, DEBUG_COUNT };
enum when { WHEN_AUTO, WHEN_ALWAYS, WHEN_NEVER };

/* A vector argument: a file, or uniform random numbers from a seed. */
struct vector_argument {
  const char *text; /* as given; NULL: not given */
  const char *file; /* NULL: not given, or random */
  bool random;
  uint64_t seed;
};

/* Strings belong to argv or to the arena. */
struct options {
  struct arena arena;
  enum action action;
  enum command command; /* COMMAND_COUNT: none (of help) */
  enum topic topic;     /* of help; TOPIC_COUNT: none */
  const char *file;     /* NULL or "-": standard input */
  bool given[OPTION_COUNT];

  enum field field; /* --exact, --holomorphic */
  bool with_value, with_aux;
  struct vector_argument at, vector;
  VEC(struct parameter_input) parameters;
  VEC(const char *) wrt;

  enum hessian_mode mode;
  struct coloring_options coloring;
  const char *coloring_file, *pattern_file, *validate_file;
  int64_t chunk_size; /* 0: automatic */
  int threads;        /* 0: not given */

  bool colored;          /* --colored */
  int32_t width, height; /* --size; 0: not given */

  enum verify_check check;
  int64_t probes;
  uint64_t check_seed;
  double rtol, atol; /* negative: by the kind of check */

  enum format format; /* resolved: never a default */
  bool format_given;  /* by --format or the extension of the output */
  enum layout layout;
  bool both_triangles; /* resolved by the format */
  bool blocks, labels, no_comments;
  const char *output; /* NULL: standard output */
  enum input_kind from;
  bool no_external_files;
  size_t max_memory; /* 0: not given */

  enum timings timings;
  bool json_errors, quiet, verbose;
  bool debug[DEBUG_COUNT]; /* stages that are printed on standard error */
  enum when color, progress;
};

/* Parses the command line.  What concerns diagnostics themselves (--error-format, --color, --quiet)
 * is honoured in *o even if another option is wrong, wherever it stands. */
enum status options_parse(struct context *ctx, int argc, char **argv, struct options *o) MUST_CHECK;
void options_free(struct options *o);

/* What holds for several points in one file, whose outputs are JSON lines: *out is a shallow copy
 * of *o, not to be freed. */
enum status options_for_points(struct context *ctx, const struct options *o,
                               struct options *out) MUST_CHECK;

const char *command_name(enum command c);

/* The texts of --help (of a command, or in general with COMMAND_COUNT), of `asdex help TOPIC`, of a
 * bare `asdex`, and of --version. */
void options_help(struct strbuf *out, enum command c);
void options_help_topic(struct strbuf *out, enum topic t);
void options_usage(struct strbuf *out);
void options_version(struct strbuf *out);

#endif
