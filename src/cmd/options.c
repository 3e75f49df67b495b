#include "config.h"

#include "cmd/options.h"

#include <getopt.h>
#include <string.h>

#include "base/number.h"
#include "base/pool.h"
#include "cmd/tables.h"
#include "io/text.h"

const char *const format_names[FORMAT_COUNT] = {"text", "mtx", "json", "dense",
                                                "csv",  "svg", "png",  "pdf"};
const char *const layout_names[LAYOUT_COUNT] = {"coo", "csr", "csc", "dense"};
static const char *const triangle_names[] = {"lower", "both"};
static const char *const input_names[] = {"expr", "mtx", "json"};
static const char *const text_json[] = {"text", "json"};
static const char *const when_names[] = {"auto", "always", "never"};

const char *command_name(enum command c)
{
  return command_table[c].name;
}

enum { METHODS_CHOSEN = 2 }; /* by --method; `column` is --no-symmetric */

const char *const *option_words(enum option_id id, size_t *count)
{
  switch (id) {
  case OPTION_MODE: return *count = MODE_COUNT, mode_names;
  case OPTION_METHOD: return *count = METHODS_CHOSEN, method_names;
  case OPTION_ORDERING: return *count = ORDERING_COUNT, ordering_names;
  case OPTION_CHECK: return *count = CHECK_COUNT, check_names;
  case OPTION_FORMAT: return *count = FORMAT_COUNT, format_names;
  case OPTION_LAYOUT: return *count = LAYOUT_COUNT, layout_names;
  default: return NULL;
  }
}

/* --- values --------------------------------------------------------------------------------- */

static enum status bad_value(struct context *ctx, enum option_id id, const char *wanted,
                             const char *value)
{
  return FAIL(ctx, BAD_OPTION_VALUE, NO_LOC, option_table[id].name, wanted, value);
}

static enum status choose(struct context *ctx, enum option_id id, const char *value,
                          const char *const *names, size_t count, int *chosen)
{
  for (size_t i = 0; i < count; i++)
    if (!strcmp(value, names[i])) {
      *chosen = (int)i;
      return STATUS_OK;
    }
  struct strbuf list = {0};
  for (size_t i = 0; i < count; i++) {
    if (i) strbuf_puts(&list, i + 1 < count ? ", " : " or ");
    strbuf_puts(&list, names[i]);
  }
  enum status status = list.failed ? diag_no_memory(ctx) : bad_value(ctx, id, list.data, value);
  const char *near = suggest(value, names, count);
  if (near) diag_note(ctx, NO_LOC, "did you mean '%s'?", near);
  strbuf_free(&list);
  return status;
}

static enum status take_seed(struct context *ctx, enum option_id id, const char *value,
                             uint64_t *seed)
{
  return number_parse_unsigned(value, seed)
             ? STATUS_OK
             : bad_value(ctx, id, "a whole number from 0 to 2^64-1", value);
}

static enum status take_count(struct context *ctx, enum option_id id, const char *value,
                              int64_t *count)
{
  uint64_t v;
  if (!number_parse_unsigned(value, &v) || v == 0 || v > INT32_MAX)
    return bad_value(ctx, id, "a whole number from 1 to 2^31-1", value);
  *count = (int64_t)v;
  return STATUS_OK;
}

static enum status take_threads(struct context *ctx, const char *value, int *threads)
{
  uint64_t v;
  if (!number_parse_unsigned(value, &v) || v == 0 || v > POOL_WORKERS_MAX)
    return bad_value(ctx, OPTION_THREADS, "a whole number from 1 to 1024", value);
  *threads = (int)v;
  return STATUS_OK;
}

static enum status take_tolerance(struct context *ctx, enum option_id id, const char *value,
                                  double *tolerance)
{
  double v;
  if (number_parse(value, strlen(value), &v) != NUMBER_OK || v < 0)
    return bad_value(ctx, id, "a number that is not negative", value);
  *tolerance = v;
  return STATUS_OK;
}

/* 500M, 2G (powers of 1000), 1.5GiB (powers of 1024), a B at the end at will. */
static bool parse_size(const char *s, size_t *size)
{
  static const char letters[] = "kMGTPE";
  size_t len = strlen(s), digits = strspn(s, "0123456789.");
  double v, unit = 1;
  if (number_parse(s, digits, &v) != NUMBER_OK) return false;
  const char *suffix = s + digits, *end = s + len;
  if (*suffix && *suffix != 'B') {
    const char *letter = strchr(letters, *suffix == 'K' ? 'k' : *suffix);
    if (!letter) return false;
    bool binary = suffix[1] == 'i';
    for (const char *l = letters; l <= letter; l++) unit *= binary ? 1024 : 1000;
    suffix += 1 + binary;
  }
  if (*suffix == 'B') suffix++;
  if (suffix != end || v * unit < 1 || v * unit >= 9e18) return false;
  *size = (size_t)(v * unit);
  return true;
}

enum { PICTURE_SIZE_MAX = 10000 };

/* A number from 1 to PICTURE_SIZE_MAX, in digits alone. */
static bool parse_side(const char *s, size_t len, int32_t *side)
{
  *side = 0;
  for (size_t i = 0; i < len && *side <= PICTURE_SIZE_MAX; i++) {
    if (s[i] < '0' || s[i] > '9') return false;
    *side = 10 * *side + (s[i] - '0');
  }
  return *side >= 1 && *side <= PICTURE_SIZE_MAX;
}

static enum status take_picture_size(struct context *ctx, const char *value, struct options *o)
{
  size_t len = strcspn(value, "x");
  if (value[len] && parse_side(value, len, &o->width) &&
      parse_side(value + len + 1, strlen(value + len + 1), &o->height))
    return STATUS_OK;
  return bad_value(ctx, OPTION_SIZE, "WIDTHxHEIGHT, two whole numbers from 1 to 10000", value);
}

static enum status take_vector(struct context *ctx, enum option_id id, const char *value,
                               struct vector_argument *v)
{
  *v = (struct vector_argument){.text = value};
  if (strncmp(value, "random:", 7)) {
    v->file = value;
    return *value ? STATUS_OK : bad_value(ctx, id, option_table[id].metavar, value);
  }
  v->random = true;
  return number_parse_unsigned(value + 7, &v->seed)
             ? STATUS_OK
             : bad_value(ctx, id, "a file or random:SEED with a whole number", value);
}

static bool is_identifier(const char *s, size_t len)
{
  for (size_t i = 0; i < len; i++) {
    bool letter = (s[i] >= 'a' && s[i] <= 'z') || (s[i] >= 'A' && s[i] <= 'Z') || s[i] == '_';
    if (!letter && !(i && s[i] >= '0' && s[i] <= '9')) return false;
  }
  return len > 0;
}

static enum status take_parameter(struct context *ctx, struct options *o, enum option_id id,
                                  const char *value)
{
  struct parameter_input p = {.kind = id == OPTION_SET ? INPUT_SET : INPUT_DATA, .text = value};
  const char *equals = strchr(value, '=');
  size_t len = equals ? (size_t)(equals - value) : 0;
  if (equals && is_identifier(value, len)) {
    if (p.kind == INPUT_DATA) p.kind = INPUT_NAMED_DATA;
    p.name = arena_strndup(&o->arena, value, len);
    p.text = equals + 1;
    if (!p.name) return diag_no_memory(ctx);
  }
  if (!*p.text || (p.kind == INPUT_SET && !p.name))
    return bad_value(ctx, id, option_table[id].metavar, value);
  return VEC_PUSH(&o->parameters, p) ? STATUS_OK : diag_no_memory(ctx);
}

static enum status take_wrt(struct context *ctx, struct options *o, const char *value)
{
  o->wrt.len = 0;
  for (const char *s = value;; s++) {
    size_t len = strcspn(s, ",");
    if (!is_identifier(s, len))
      return bad_value(ctx, OPTION_WRT, option_table[OPTION_WRT].metavar, value);
    const char *name = arena_strndup(&o->arena, s, len);
    if (!name || !VEC_PUSH(&o->wrt, name)) return diag_no_memory(ctx);
    for (size_t i = 0; i + 1 < o->wrt.len; i++)
      if (!strcmp(o->wrt.data[i], name)) return bad_value(ctx, OPTION_WRT, "each name once", value);
    s += len;
    if (!*s) return STATUS_OK;
  }
}

static enum status take_debug(struct context *ctx, const char *value, struct options *o)
{
  static const char *const names[DEBUG_COUNT] = {"ast", "program", "pattern"};
  for (const char *s = value;; s++) {
    size_t len = strcspn(s, ","), i = 0;
    while (i < DEBUG_COUNT && (strlen(names[i]) != len || strncmp(names[i], s, len))) i++;
    if (i == DEBUG_COUNT)
      return bad_value(ctx, OPTION_DEBUG, "a list of ast, program, pattern", value);
    o->debug[i] = true;
    s += len;
    if (!*s) return STATUS_OK;
  }
}

static enum status take_path(struct context *ctx, enum option_id id, const char *value,
                             const char **path)
{
  *path = value;
  return *value ? STATUS_OK : bad_value(ctx, id, "a file", value);
}

/* --- one option ----------------------------------------------------------------------------- */

/* Words for the values of an enum, one after another, from `first` on. */
#define CHOOSE_FROM(first, names, field)                                                           \
  do {                                                                                             \
    int chosen_ = 0;                                                                               \
    TRY(choose(ctx, id, value, names, LENGTH(names), &chosen_));                                   \
    (field) = (first) + chosen_;                                                                   \
  } while (0)
#define CHOOSE(names, field) CHOOSE_FROM(0, names, field)

static enum status take_method(struct context *ctx, enum option_id id, const char *value,
                               struct options *o)
{
  int chosen = 0;
  TRY(choose(ctx, id, value, method_names, METHODS_CHOSEN, &chosen));
  if (o->coloring.method != METHOD_COLUMN) o->coloring.method = (enum coloring_method)chosen;
  if (chosen == METHOD_ACYCLIC && o->given[OPTION_NO_SYMMETRIC])
    return FAIL(ctx, OPTION_CONFLICT, NO_LOC, "no-symmetric", "method acyclic");
  return STATUS_OK;
}

static enum status take_no_symmetric(struct context *ctx, struct options *o)
{
  if (o->coloring.method == METHOD_ACYCLIC)
    return FAIL(ctx, OPTION_CONFLICT, NO_LOC, "no-symmetric", "method acyclic");
  o->coloring.method = METHOD_COLUMN;
  return STATUS_OK;
}

static enum status take(struct context *ctx, struct options *o, enum option_id id,
                        const char *value)
{
  o->given[id] = true;
  switch (id) {
  case OPTION_AT: return take_vector(ctx, id, value, &o->at);
  case OPTION_VECTOR: return take_vector(ctx, id, value, &o->vector);
  case OPTION_DATA:
  case OPTION_SET: return take_parameter(ctx, o, id, value);
  case OPTION_WRT: return take_wrt(ctx, o, value);
  case OPTION_MODE: CHOOSE(mode_names, o->mode); break;
  case OPTION_METHOD: return take_method(ctx, id, value, o);
  case OPTION_NO_SYMMETRIC: return take_no_symmetric(ctx, o);
  case OPTION_ORDERING: CHOOSE(ordering_names, o->coloring.ordering); break;
  case OPTION_SEED: return take_seed(ctx, id, value, &o->coloring.seed);
  case OPTION_POSTPROCESS: o->coloring.postprocess = true; break;
  case OPTION_COLORING_FILE: return take_path(ctx, id, value, &o->coloring_file);
  case OPTION_PATTERN: return take_path(ctx, id, value, &o->pattern_file);
  case OPTION_VALIDATE: return take_path(ctx, id, value, &o->validate_file);
  case OPTION_OUTPUT: return take_path(ctx, id, value, &o->output);
  case OPTION_CHUNK_SIZE: return take_count(ctx, id, value, &o->chunk_size);
  case OPTION_THREADS: return take_threads(ctx, value, &o->threads);
  case OPTION_CHECK: CHOOSE(check_names, o->check); break;
  case OPTION_PROBES: return take_count(ctx, id, value, &o->probes);
  case OPTION_CHECK_SEED: return take_seed(ctx, id, value, &o->check_seed);
  case OPTION_RTOL: return take_tolerance(ctx, id, value, &o->rtol);
  case OPTION_ATOL: return take_tolerance(ctx, id, value, &o->atol);
  case OPTION_FORMAT: CHOOSE(format_names, o->format); break;
  case OPTION_COLORED: o->colored = true; break;
  case OPTION_SIZE: return take_picture_size(ctx, value, o);
  case OPTION_LAYOUT: CHOOSE(layout_names, o->layout); break;
  case OPTION_TRIANGLE: CHOOSE(triangle_names, o->both_triangles); break;
  case OPTION_FROM: CHOOSE_FROM(INPUT_EXPR, input_names, o->from); break;
  case OPTION_MAX_MEMORY:
    if (!parse_size(value, &o->max_memory))
      return bad_value(ctx, id, "a size such as 500M, 2G or 1.5GiB", value);
    break;
  case OPTION_TIMINGS:
    o->timings = TIMINGS_TEXT;
    if (value) CHOOSE_FROM(TIMINGS_TEXT, text_json, o->timings);
    break;
  case OPTION_ERROR_FORMAT: CHOOSE(text_json, o->json_errors); break;
  case OPTION_COLOR: CHOOSE(when_names, o->color); break;
  case OPTION_PROGRESS: CHOOSE(when_names, o->progress); break;
  case OPTION_QUIET: o->quiet = true; break;
  case OPTION_VERBOSE: o->verbose = true; break;
  case OPTION_BLOCKS: o->blocks = true; break;
  case OPTION_EXACT: o->field = FIELD_EXACT; break;
  case OPTION_HOLOMORPHIC: o->field = FIELD_COMPLEX; break;
  case OPTION_WITH_VALUE: o->with_value = true; break;
  case OPTION_WITH_AUX: o->with_aux = true; break;
  case OPTION_LABELS: o->labels = true; break;
  case OPTION_NO_COMMENTS: o->no_comments = true; break;
  case OPTION_NO_EXTERNAL_FILES: o->no_external_files = true; break;
  case OPTION_DEBUG: return take_debug(ctx, value, o);
  case OPTION_HELP: o->action = ACTION_HELP; break;
  case OPTION_VERSION: o->action = ACTION_VERSION; break;
  case OPTION_ALLOW_INT:
  case OPTION_COUNT: break;
  }
  return STATUS_OK;
}

/* --- the parser ----------------------------------------------------------------------------- */

enum { LONG_BASE = 256 }; /* getopt_long's values: a letter, or this and the option's id */

static enum option_id id_of(int value)
{
  for (int i = 0; i < OPTION_COUNT; i++)
    if (value == LONG_BASE + i || (option_table[i].letter && value == option_table[i].letter))
      return (enum option_id)i;
  return OPTION_COUNT;
}

static void fill_tables(struct option *longs, char *shorts)
{
  *shorts++ = ':';
  for (int i = 0; i < OPTION_COUNT; i++) {
    longs[i] =
        (struct option){option_table[i].name, (int)option_table[i].argument, NULL, LONG_BASE + i};
    if (!option_table[i].letter) continue;
    *shorts++ = (char)option_table[i].letter;
    if (option_table[i].argument == REQUIRED) *shorts++ = ':';
  }
  longs[OPTION_COUNT] = (struct option){0};
  *shorts = '\0';
}

static bool is_command(const char *word)
{
  for (int i = 0; i < COMMAND_COUNT; i++)
    if (!strcmp(word, command_table[i].name)) return true;
  return false;
}

/* Why getopt_long refused `word`: a long option that is unknown or ambiguous, or got a value that
 * it does not take (then optopt is its value); or an unknown letter. */
static enum status refuse_option(struct context *ctx, const char *word, int letter)
{
  if (letter >= LONG_BASE)
    return FAIL(ctx, OPTION_TAKES_NO_ARGUMENT, NO_LOC, option_table[letter - LONG_BASE].name);
  if (letter) {
    char text[3] = {'-', (char)letter, '\0'};
    return FAIL(ctx, UNKNOWN_OPTION, NO_LOC, text);
  }
  const char *name = word + 2, *candidates[OPTION_COUNT];
  size_t len = strcspn(name, "="), matches = 0;
  struct strbuf list = {0};
  for (int i = 0; i < OPTION_COUNT; i++) {
    candidates[i] = option_table[i].name;
    if (strncmp(option_table[i].name, name, len)) continue;
    strbuf_printf(&list, "%s'--%s'", matches++ ? ", " : "", option_table[i].name);
  }
  char *cut = mem_strndup(name, len);
  enum status status;
  if (!cut || list.failed) {
    status = diag_no_memory(ctx);
  } else if (matches > 1) {
    status = FAIL(ctx, AMBIGUOUS_OPTION, NO_LOC, word);
    diag_note(ctx, NO_LOC, "it may be %s", list.data);
  } else {
    status = FAIL(ctx, UNKNOWN_OPTION, NO_LOC, word);
    const char *near = suggest(cut, candidates, OPTION_COUNT);
    if (is_command(cut))
      diag_note(ctx, NO_LOC, "'%s' is a command: asdex %s", cut, cut);
    else if (near)
      diag_note(ctx, NO_LOC, "did you mean '--%s'?", near);
  }
  mem_free(cut);
  strbuf_free(&list);
  return status;
}

static bool concerns_diagnostics(enum option_id id)
{
  return id == OPTION_ERROR_FORMAT || id == OPTION_COLOR || id == OPTION_QUIET;
}

/* Goes on after the first error, to find out how errors are to be printed. */
static enum status parse_all(struct context *ctx, int argc, char **argv, struct options *o)
{
  struct option longs[OPTION_COUNT + 1];
  char shorts[2 * OPTION_COUNT + 2];
  enum status status = STATUS_OK;
  fill_tables(longs, shorts);
  opterr = 0;
  optind = 0; /* glibc and musl: begin anew */
  for (;;) {
    int before = optind ? optind : 1;
    int value = getopt_long(argc, argv, shorts, longs, NULL);
    if (value == -1) return status;
    if (value == '?' || value == ':') {
      if (status) continue;
      const char *word = argv[optind > before ? optind - 1 : before];
      if (value == '?') {
        status = refuse_option(ctx, word, optopt);
      } else {
        enum option_id id = id_of(optopt);
        status = FAIL(ctx, OPTION_NEEDS_ARGUMENT, NO_LOC, word, option_table[id].metavar);
      }
      continue;
    }
    enum option_id id = id_of(value);
    if (status == STATUS_OK || concerns_diagnostics(id)) {
      enum status taken = take(ctx, o, id, optarg);
      if (status == STATUS_OK) status = taken;
    }
  }
}

static bool find_topic(const char *word, enum topic *topic)
{
  for (int i = 0; i < TOPIC_COUNT; i++)
    if (!strcmp(word, topic_table[i].name)) return *topic = (enum topic)i, true;
  return false;
}

/* `help`: of `asdex help WORD`, which might have been a topic, too. */
static enum status find_command(struct context *ctx, const char *word, bool help,
                                enum command *command)
{
  const char *names[COMMAND_COUNT + 1 + TOPIC_COUNT];
  for (int i = 0; i < COMMAND_COUNT; i++) {
    names[i] = command_table[i].name;
    if (!strcmp(word, names[i])) {
      *command = (enum command)i;
      return STATUS_OK;
    }
  }
  names[COMMAND_COUNT] = "help";
  for (int i = 0; i < TOPIC_COUNT; i++) names[COMMAND_COUNT + 1 + i] = topic_table[i].name;
  enum status status =
      help ? FAIL(ctx, UNKNOWN_TOPIC, NO_LOC, word) : FAIL(ctx, UNKNOWN_COMMAND, NO_LOC, word);
  const char *near = suggest(word, names, COMMAND_COUNT + 1 + (help ? TOPIC_COUNT : 0));
  if (!help && text_has_extension(word, ".expr"))
    diag_note(ctx, NO_LOC, "the command comes first: asdex hessian %s", word);
  else if (near)
    diag_note(ctx, NO_LOC, "did you mean '%s'?", near);
  else
    diag_note(ctx, NO_LOC, "'asdex help' lists the commands%s", help ? " and the topics" : "");
  return status;
}

/* Of `asdex help`, what stands behind it: nothing, itself, a topic or a command. */
static enum status take_help(struct context *ctx, int argc, char **argv, struct options *o)
{
  o->action = ACTION_HELP;
  if (argc > 1) return FAIL(ctx, TOO_MANY_TOPICS, NO_LOC, argv[1], argv[0]);
  if (argc == 0 || !strcmp(argv[0], "help") || find_topic(argv[0], &o->topic)) return STATUS_OK;
  return find_command(ctx, argv[0], true, &o->command);
}

/* What is left after the options: the command and its input, or help and its command. */
static enum status take_operands(struct context *ctx, int argc, char **argv, struct options *o)
{
  if (argc == 0) {
    if (o->action != ACTION_RUN) return STATUS_OK;
    enum status status = FAIL(ctx, NO_COMMAND, NO_LOC);
    diag_note(ctx, NO_LOC, "'asdex help' lists the commands");
    return status;
  }
  if (!strcmp(argv[0], "help")) return take_help(ctx, argc - 1, argv + 1, o);
  TRY(find_command(ctx, argv[0], false, &o->command));
  if (argc > 1) o->file = argv[1];
  if (argc > 2) return FAIL(ctx, TOO_MANY_OPERANDS, NO_LOC, argv[2], argv[1]);
  return STATUS_OK;
}

enum status options_parse(struct context *ctx, int argc, char **argv, struct options *o)
{
  memset(o, 0, sizeof *o);
  o->command = COMMAND_COUNT;
  o->topic = TOPIC_COUNT;
  o->coloring.ordering = ORDERING_LARGEST_FIRST;
  o->probes = 25;
  o->rtol = o->atol = -1;
  /* A wrong command is told before what is wrong with its options. */
  bool first = argc > 1 && argv[1][0] != '-' && strcmp(argv[1], "help");
  enum status unknown = first ? find_command(ctx, argv[1], false, &o->command) : STATUS_OK;
  struct context later; /* what else is wrong, if the command is */
  context_init(&later);
  enum status status = parse_all(unknown ? &later : ctx, argc, argv, o);
  context_free(&later);
  if (unknown) return unknown;
  TRY(status);
  TRY(take_operands(ctx, argc - optind, argv + optind, o));
  if (o->action != ACTION_RUN || o->command == COMMAND_COUNT) return STATUS_OK;
  return options_check(ctx, o);
}

void options_free(struct options *o)
{
  VEC_FREE(&o->parameters);
  VEC_FREE(&o->wrt);
  arena_free(&o->arena);
}
