/* Which options belong together, and to the command. */
#include "config.h"

#include <string.h>

#include "cmd/tables.h"
#include "io/sink.h"
#include "io/text.h"

static enum status check_applicable(struct context *ctx, const struct options *o)
{
  for (int i = 0; i < OPTION_COUNT; i++) {
    if (!o->given[i] || (option_table[i].commands & (1u << o->command))) continue;
    enum status status = FAIL(ctx, OPTION_NOT_APPLICABLE, NO_LOC, option_table[i].name,
                              command_table[o->command].name);
    struct strbuf list = {0};
    for (int c = 0; c < COMMAND_COUNT; c++)
      if (option_table[i].commands & (1u << c))
        strbuf_printf(&list, "%s%s", list.len ? ", " : "", command_table[c].name);
    if (!list.failed && list.len) diag_note(ctx, NO_LOC, "it belongs to: %s", list.data);
    strbuf_free(&list);
    return status;
  }
  return STATUS_OK;
}

/* The formats that each command writes, the default first. */
static const char *formats_of(enum command c, bool validate)
{
  switch (c) {
  case COMMAND_VALUE:
  case COMMAND_VERIFY:
  case COMMAND_INFO: return "tj";
  case COMMAND_SPARSITY: return "mjc";
  case COMMAND_COLORING: return validate ? "tj" : "jm";
  case COMMAND_SPY: return "tsgp";
  default: return "mjdc";
  }
}

static const char letters[FORMAT_COUNT + 1] = "tmjdcsgp";

bool command_writes(enum command c, bool validate, enum format f)
{
  return strchr(formats_of(c, validate), letters[f]) != NULL;
}

/* `f` was asked for by --format, or by the extension of the output. */
static enum status fail_format(struct context *ctx, const struct options *o, enum format f)
{
  const char *command = command_table[o->command].name;
  enum status status = o->given[OPTION_FORMAT]
                           ? FAIL(ctx, BAD_FORMAT, NO_LOC, command, format_names[f])
                           : FAIL(ctx, BAD_EXTENSION, NO_LOC, command, format_names[f], o->output);
  struct strbuf list = {0};
  for (const char *s = formats_of(o->command, o->validate_file); *s; s++)
    strbuf_printf(&list, "%s%s", list.len ? ", " : "", format_names[strchr(letters, *s) - letters]);
  if (!list.failed) diag_note(ctx, NO_LOC, "it writes: %s", list.data);
  strbuf_free(&list);
  return status;
}

static enum status resolve_format(struct context *ctx, struct options *o)
{
  const char *formats = formats_of(o->command, o->validate_file);
  o->format_given = o->given[OPTION_FORMAT];
  if (o->given[OPTION_FORMAT]) {
    if (strchr(formats, letters[o->format])) return STATUS_OK;
    return fail_format(ctx, o, o->format);
  }
  o->format = (enum format)(strchr(letters, formats[0]) - letters);
  for (enum format f = FORMAT_MTX; o->output && f < FORMAT_COUNT; f++) {
    char extension[8] = ".";
    strcat(extension, format_names[f]);
    if (!text_has_extension(o->output, extension)) continue;
    if (!strchr(formats, letters[f])) return fail_format(ctx, o, f);
    o->format = f;
    o->format_given = true;
  }
  return STATUS_OK;
}

static enum status check_field(struct context *ctx, const struct options *o)
{
  if (o->given[OPTION_EXACT] && o->given[OPTION_HOLOMORPHIC])
    return FAIL(ctx, OPTION_CONFLICT, NO_LOC, "exact", "holomorphic");
  if (o->given[OPTION_EXACT] && !rational_available) return FAIL(ctx, NO_EXACT_MODE, NO_LOC);
  if (o->with_value && o->format == FORMAT_CSV)
    return FAIL(ctx, OPTION_NEEDS, NO_LOC, "with-value", "--format json or mtx");
  if (o->with_aux && o->format != FORMAT_JSON)
    return FAIL(ctx, OPTION_NEEDS, NO_LOC, "with-aux", "--format json");
  return STATUS_OK;
}

static enum status check_blocks(struct context *ctx, const struct options *o)
{
  if (!o->blocks) return STATUS_OK;
  if (o->format != FORMAT_JSON) return FAIL(ctx, OPTION_NEEDS, NO_LOC, "blocks", "--format json");
  if (o->layout != LAYOUT_COO) return FAIL(ctx, OPTION_NEEDS, NO_LOC, "blocks", "--layout coo");
  if (o->given[OPTION_TRIANGLE] && !o->both_triangles)
    return FAIL(ctx, OPTION_NEEDS, NO_LOC, "blocks", "--triangle both");
  return STATUS_OK;
}

static enum status check_output_options(struct context *ctx, struct options *o)
{
  TRY(resolve_format(ctx, o));
  if (o->given[OPTION_LAYOUT] && o->format != FORMAT_JSON)
    return FAIL(ctx, OPTION_NEEDS, NO_LOC, "layout", "--format json");
  TRY(check_blocks(ctx, o));
  TRY(check_field(ctx, o));
  if (o->labels && o->format != FORMAT_JSON)
    return FAIL(ctx, OPTION_NEEDS, NO_LOC, "labels", "--format json");
  if (!o->given[OPTION_TRIANGLE]) {
    o->both_triangles = o->format != FORMAT_MTX || o->coloring.method == METHOD_COLUMN;
  } else if (!o->both_triangles) {
    if (o->format == FORMAT_DENSE || o->layout == LAYOUT_DENSE)
      return FAIL(ctx, OPTION_CONFLICT, NO_LOC, "triangle lower",
                  o->format == FORMAT_DENSE ? "format dense" : "layout dense");
    if (o->coloring.method == METHOD_COLUMN)
      return FAIL(ctx, OPTION_CONFLICT, NO_LOC, "triangle lower", "no-symmetric");
  }
  return STATUS_OK;
}

/* What verify can compare in the field. */
static enum status check_verify_options(struct context *ctx, const struct options *o)
{
  bool exact = o->field == FIELD_EXACT;
  if (o->command != COMMAND_VERIFY) return STATUS_OK;
  if (o->check == CHECK_EXACT && !rational_available) return FAIL(ctx, CHECK_EXACT_MODE, NO_LOC);
  if (o->check == CHECK_EXACT && o->field != FIELD_REAL)
    return FAIL(ctx, CHECK_FIELD, NO_LOC, "exact", exact ? "exact" : "holomorphic",
                exact ? "it checks the Hessian in double precision; leave --exact out"
                      : "its rational numbers are real; take matvec, dense or fd");
  if (o->check == CHECK_FD && exact)
    return FAIL(ctx, CHECK_FIELD, NO_LOC, "fd", "exact",
                "finite differences are never exact; take matvec or dense, or leave --exact out");
  for (int i = 0; i < 2 && o->check != CHECK_MATVEC; i++) {
    enum option_id drawn = i ? OPTION_CHECK_SEED : OPTION_PROBES;
    if (o->given[drawn])
      return FAIL(ctx, OPTION_NEEDS, NO_LOC, option_table[drawn].name, "--check matvec");
  }
  for (int i = 0; i < 2 && exact; i++)
    if (o->given[i ? OPTION_ATOL : OPTION_RTOL])
      return FAIL(ctx, EXACT_TOLERANCE, NO_LOC, i ? "atol" : "rtol");
  return STATUS_OK;
}

/* What says how to color needs something to color, or a coloring to compare with. */
static enum status check_spy_options(struct context *ctx, const struct options *o)
{
  static const enum option_id coloring[] = {OPTION_METHOD, OPTION_NO_SYMMETRIC, OPTION_ORDERING,
                                            OPTION_SEED, OPTION_POSTPROCESS};
  if (o->command != COMMAND_SPY) return STATUS_OK;
  if (o->colored && o->coloring_file)
    return FAIL(ctx, OPTION_CONFLICT, NO_LOC, "colored", "coloring");
  for (size_t i = 0; i < LENGTH(coloring) && !o->colored && !o->coloring_file; i++)
    if (o->given[coloring[i]])
      return FAIL(ctx, OPTION_NEEDS, NO_LOC, option_table[coloring[i]].name, "--colored");
  return STATUS_OK;
}

static enum status check_coloring_options(struct context *ctx, const struct options *o)
{
  static const enum option_id replaced[] = {OPTION_ORDERING, OPTION_SEED, OPTION_POSTPROCESS};
  for (size_t i = 0; o->coloring_file && i < LENGTH(replaced); i++)
    if (o->given[replaced[i]])
      return FAIL(ctx, OPTION_CONFLICT, NO_LOC, option_table[replaced[i]].name, "coloring");
  if (o->given[OPTION_SEED] && o->coloring.ordering != ORDERING_RANDOM &&
      o->coloring.ordering != ORDERING_BEST)
    return FAIL(ctx, OPTION_NEEDS, NO_LOC, "seed", "--ordering random (or best)");
  if (o->command == COMMAND_DECOMPRESS && !o->coloring_file)
    return FAIL(ctx, COMMAND_NEEDS, NO_LOC, "decompress", "coloring");
  return o->given[OPTION_ALLOW_INT] ? FAIL(ctx, ALLOW_INT, NO_LOC) : STATUS_OK;
}

/* Standard input can be read only once: as the input itself (also by default), or as a file. */
static enum status check_standard_input(struct context *ctx, const struct options *o)
{
  const char *files[] = {o->at.file, o->vector.file, o->coloring_file, o->pattern_file,
                         o->validate_file};
  int count = !o->file || sink_is_standard_input(o->file);
  for (size_t i = 0; i < LENGTH(files); i++) count += files[i] && sink_is_standard_input(files[i]);
  for (size_t i = 0; i < o->parameters.len; i++)
    count += o->parameters.data[i].kind != INPUT_SET &&
             sink_is_standard_input(o->parameters.data[i].text);
  return count > 1 ? FAIL(ctx, STANDARD_INPUT_TWICE, NO_LOC) : STATUS_OK;
}

static enum status check_output_file(struct context *ctx, const struct options *o)
{
  const char *inputs[] = {o->file ? o->file : "-", o->at.file,      o->vector.file,
                          o->coloring_file,        o->pattern_file, o->validate_file};
  if (!o->output || !strcmp(o->output, "-")) return STATUS_OK;
  for (size_t i = 0; i < LENGTH(inputs); i++)
    if (inputs[i] && sink_same_file(o->output, inputs[i]))
      return FAIL(ctx, OUTPUT_IS_INPUT, NO_LOC, o->output);
  for (size_t i = 0; i < o->parameters.len; i++)
    if (o->parameters.data[i].kind != INPUT_SET &&
        sink_same_file(o->output, o->parameters.data[i].text))
      return FAIL(ctx, OUTPUT_IS_INPUT, NO_LOC, o->output);
  return STATUS_OK;
}

enum status options_check(struct context *ctx, struct options *o)
{
  TRY(check_applicable(ctx, o));
  TRY(check_coloring_options(ctx, o));
  TRY(check_spy_options(ctx, o));
  TRY(check_output_file(ctx, o));
  TRY(check_output_options(ctx, o));
  TRY(check_verify_options(ctx, o));
  return check_standard_input(ctx, o);
}

enum status options_for_points(struct context *ctx, const struct options *o, struct options *out)
{
  *out = *o;
  if (o->format_given && o->format != FORMAT_JSON)
    return FAIL(ctx, POINTS_FORMAT, NO_LOC, format_names[o->format]);
  out->format = FORMAT_JSON;
  if (!o->given[OPTION_TRIANGLE]) out->both_triangles = true;
  return STATUS_OK;
}
