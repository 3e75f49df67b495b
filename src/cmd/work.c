#include "config.h"

#include "cmd/work.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/pool.h"
#include "cmd/report.h"
#include "cmd/summary.h"
#include "cmd/tables.h"
#include "io/file.h"
#include "lang/ast.h"
#include "program/print.h"

/* --- limits --------------------------------------------------------------------------------- */

/* What Linux says is available without swapping; elsewhere the free pages. */
static double available_memory(void)
{
  char line[128];
  static const char field[] = "MemAvailable:";
  double bytes = 0;
  FILE *f = fopen("/proc/meminfo", "r");
  while (f && fgets(line, sizeof line, f))
    if (strncmp(line, field, sizeof field - 1) == 0)
      bytes = 1024.0 * (double)strtoull(line + sizeof field - 1, NULL, 10); /* in kB */
  if (f) fclose(f);
#ifdef _SC_AVPHYS_PAGES
  if (bytes == 0) bytes = (double)sysconf(_SC_AVPHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
#endif
  struct rlimit limit;
  if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
      (bytes <= 0 || (double)limit.rlim_cur < bytes))
    bytes = (double)limit.rlim_cur;
  return bytes > 0 ? bytes : 0;
}

static void stage_done(void *timing, const char *stage)
{
  timing_stage(timing, stage);
}

void work_begin(struct work *w, struct context *ctx, const struct options *o)
{
  memset(w, 0, sizeof *w);
  w->ctx = ctx;
  w->o = o;
  w->mode = o->mode;
  timing_begin(&w->timing);
  if (o->timings != TIMINGS_NONE) {
    ctx->stage_done = stage_done;
    ctx->stage_user = &w->timing;
  }
  progress_begin(&w->progress, ctx, o);
  ctx->refuse_external = o->no_external_files;
  ctx->max_memory = o->max_memory ? o->max_memory : (size_t)(0.8 * available_memory());
  mem_set_limit(ctx->max_memory);
}

void work_say(struct work *w, const char *format, ...)
{
  char text[200];
  va_list args;
  if (!w->o->verbose) return;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  progress_clear(&w->progress);
  report_note(text, w->o);
}

/* --debug: a stage as text; for people who work on asdex. */
static enum status show_debug(struct work *w, struct strbuf *text)
{
  enum status status = text->failed ? diag_no_memory(w->ctx) : STATUS_OK;
  if (text->data && !text->failed) fwrite(text->data, 1, text->len, stderr);
  strbuf_free(text);
  return status;
}

static void print_pattern(const struct pattern *p, struct strbuf *text)
{
  strbuf_printf(text, "pattern of %ld unknowns, %lld entries\n", (long)p->n,
                (long long)pattern_nnz(p));
  for (int32_t i = 0; i < p->n; i++) {
    strbuf_printf(text, "  %ld:", (long)i + 1);
    for (int64_t k = p->ptr[i]; k < p->ptr[i + 1]; k++)
      strbuf_printf(text, " %ld", (long)p->ind[k] + 1);
    strbuf_putc(text, '\n');
  }
}

/* --timings, of what was done until it ended or failed. */
static void show_timings(struct work *w)
{
  int64_t lanes = w->evaluation ? evaluation_lanes(w->evaluation) : 0; /* of products alone */
  const struct timing_counts counts = {
      .n = w->problem || w->pattern.ptr ? w->n : -1,
      .nnz = w->pattern.ptr ? pattern_nnz(&w->pattern) : -1,
      .num_colors = w->coloring.color ? w->coloring.num_colors : -1,
      .chunk_size = lanes > 0 ? lanes : -1,
  };
  struct strbuf out = {0};
  timing_format(&out, &w->timing, &counts, w->o->timings == TIMINGS_JSON);
  if (out.data && !out.failed) fputs(out.data, stderr);
  strbuf_free(&out);
}

enum status work_end(struct work *w, enum status status)
{
  w->ctx->stage_done = NULL;
  progress_end(&w->progress, w->ctx);
  if (w->o->timings != TIMINGS_NONE && status != STATUS_USAGE) show_timings(w);
  evaluation_free(w->evaluation);
  problem_free(w->problem);
  problem_free(w->exact);
  pattern_free(&w->pattern);
  coloring_free(&w->coloring);
  recovery_free(w->recovery);
  saved_coloring_free(&w->saved);
  numbers_free(&w->x);
  numbers_free(&w->exact_x);
  mem_free(w->comment);
  return status;
}

/* --- input ---------------------------------------------------------------------------------- */

static enum status make_comment(struct work *w)
{
  struct strbuf text = {0};
  if (w->o->no_comments) return STATUS_OK;
  strbuf_printf(&text, "asdex " PACKAGE_VERSION " %s %s", command_name(w->o->command),
                w->ctx->sources.data[w->source].name);
  for (size_t i = 0; i < text.len; i++)
    if (text.data[i] == '\n') text.data[i] = ' ';
  w->comment = text.data;
  return text.failed ? diag_no_memory(w->ctx) : STATUS_OK;
}

enum status work_read(struct work *w)
{
  TRY(file_read(w->ctx, w->o->file ? w->o->file : "-", &w->source));
  timing_stage(&w->timing, "read");
  return make_comment(w);
}

static enum status read_saved_coloring(struct work *w)
{
  TRY(file_read(w->ctx, w->o->coloring_file, &w->coloring_source));
  TRY(read_coloring(w->ctx, w->coloring_source, INPUT_AUTO, &w->saved));
  w->coloring = w->saved.coloring;
  w->saved.coloring = (struct coloring){0};
  w->pattern = w->saved.pattern;
  w->saved.pattern = (struct pattern){0};
  return STATUS_OK;
}

static enum status check_saved_wrt(struct work *w)
{
  const struct options *o = w->o;
  const struct saved_coloring *s = &w->saved;
  if (!o->given[OPTION_WRT] || !s->has_wrt) return STATUS_OK;
  bool same = o->wrt.len == s->wrt.len;
  for (size_t i = 0; same && i < o->wrt.len; i++) same = !strcmp(o->wrt.data[i], s->wrt.data[i]);
  return same ? STATUS_OK
              : FAIL(w->ctx, COLORING_OPTION, NO_LOC, "wrt", "other blocks, or another order");
}

/* The options that say what the file says must say the same. */
static enum status check_saved_options(struct work *w)
{
  const struct options *o = w->o;
  const struct saved_coloring *s = &w->saved;
  if (!s->is_json) { /* the file holds colors alone: the options tell the rest */
    w->coloring.method = o->coloring.method;
    w->has_mode = w->problem || o->command != COMMAND_DECOMPRESS;
    return STATUS_OK;
  }
  if (o->pattern_file) return FAIL(w->ctx, OPTION_CONFLICT, NO_LOC, "pattern", "coloring");
  if ((o->given[OPTION_METHOD] || o->given[OPTION_NO_SYMMETRIC]) &&
      o->coloring.method != w->coloring.method)
    return FAIL(w->ctx, COLORING_OPTION, NO_LOC,
                o->coloring.method == METHOD_COLUMN ? "no-symmetric" : "method",
                method_names[w->coloring.method]);
  if (w->coloring.method == METHOD_COLUMN && o->given[OPTION_TRIANGLE] && !o->both_triangles)
    return FAIL(w->ctx, COLORING_OPTION, NO_LOC, "triangle lower",
                "the method column, which gives both triangles");
  if (o->given[OPTION_MODE] && s->has_mode && o->mode != s->mode)
    return FAIL(w->ctx, COLORING_OPTION, NO_LOC, "mode", mode_names[s->mode]);
  if (s->has_mode) w->mode = s->mode;
  w->has_mode = s->has_mode || o->command != COMMAND_DECOMPRESS;
  return check_saved_wrt(w);
}

static enum status make_problem(struct work *w, const struct data *set, enum field field,
                                struct problem **out)
{
  const struct options *o = w->o;
  bool named = o->file && strcmp(o->file, "-") != 0;
  bool saved_wrt = w->saved.has_wrt && !o->given[OPTION_WRT];
  struct loc coloring = FILE_LOC(w->coloring_source);
  struct problem_options p = {
      .model_source = w->source,
      .model_path = named ? o->file : NULL,
      .inputs = o->parameters.data,
      .ninputs = o->parameters.len,
      .set = set,
      .wrt = saved_wrt ? w->saved.wrt.data : o->wrt.data,
      .nwrt = saved_wrt ? w->saved.wrt.len : o->wrt.len,
      .saved_wrt = saved_wrt ? &coloring : NULL,
      .field = field,
      .without_aux = o->command != COMMAND_VALUE && !o->with_aux,
  };
  TRY(problem_load(w->ctx, &p, out));
  timing_stage(&w->timing, "lower");
  return STATUS_OK;
}

static void take_problem(struct work *w, struct problem *p)
{
  int64_t n = problem_program(p)->n;
  w->problem = p;
  w->n = (int32_t)n;
  work_say(w, "%lld unknown%s", (long long)n, n == 1 ? "" : "s");
}

static enum status make_exact(struct work *w, const struct data *set)
{
  if (w->o->command != COMMAND_VERIFY || w->o->check != CHECK_EXACT) return STATUS_OK;
  problem_free(w->exact);
  w->exact = NULL;
  return make_problem(w, set, FIELD_EXACT, &w->exact);
}

static enum status load_problem(struct work *w)
{
  struct problem *p;
  TRY(make_problem(w, NULL, w->o->field, &p));
  take_problem(w, p);
  w->ctx->kept = w->ctx->sources.len; /* to be read once, though there may be a second problem */
  TRY(make_exact(w, NULL));
  w->has_mode = true;
  struct strbuf text = {0};
  if (w->o->debug[DEBUG_AST]) model_print(problem_model(w->problem), &text);
  if (w->o->debug[DEBUG_PROGRAM]) program_print(problem_program(w->problem), &text);
  return show_debug(w, &text);
}

static enum status check_saved_problem(struct work *w)
{
  char digest[20];
  if (w->coloring.n != w->n)
    return FAIL(w->ctx, COLORING_UNKNOWNS, FILE_LOC(w->coloring_source), (long)w->coloring.n,
                (long)w->n);
  if (!w->saved.has_digest) return STATUS_OK;
  snprintf(digest, sizeof digest, "%016llx", (unsigned long long)problem_digest(w->problem));
  return strcmp(digest, w->saved.digest)
             ? FAIL(w->ctx, COLORING_OF_OTHER_MODEL, FILE_LOC(w->coloring_source))
             : STATUS_OK;
}

/* The input is a model; --coloring must fit it. */
static enum status load_model(struct work *w)
{
  if (w->o->coloring_file) {
    TRY(read_saved_coloring(w));
    TRY(check_saved_options(w));
  }
  TRY(load_problem(w));
  return w->o->coloring_file ? check_saved_problem(w) : STATUS_OK;
}

enum status work_load(struct work *w)
{
  static const char *const kinds[] = {"", "", "a Matrix Market file", "a JSON file"};
  TRY(work_read(w));
  enum input_kind kind = input_kind_of(w->ctx, w->source, w->o->from);
  if (kind != INPUT_EXPR)
    return FAIL(w->ctx, NOT_A_MODEL, FILE_LOC(w->source), command_name(w->o->command), kinds[kind]);
  return load_model(w);
}

/* Options that belong to models are refused beside a pattern. */
static enum status check_pattern_options(struct work *w)
{
  static const enum option_id refused[] = {OPTION_DATA, OPTION_SET,    OPTION_WRT,
                                           OPTION_MODE, OPTION_LABELS, OPTION_HOLOMORPHIC};
  for (size_t i = 0; i < LENGTH(refused); i++)
    if (w->o->given[refused[i]])
      return FAIL(w->ctx, OPTION_NEEDS, NO_LOC, option_table[refused[i]].name,
                  "a model, but the input is a pattern");
  return STATUS_OK;
}

enum status work_load_any(struct work *w)
{
  TRY(work_read(w));
  if (input_kind_of(w->ctx, w->source, w->o->from) == INPUT_EXPR) return load_problem(w);
  TRY(check_pattern_options(w));
  TRY(read_pattern(w->ctx, w->source, w->o->from, &w->pattern));
  w->n = w->pattern.n;
  timing_stage(&w->timing, "load");
  return STATUS_OK;
}

enum status work_load_validated(struct work *w)
{
  const struct options *o = w->o;
  TRY(file_read(w->ctx, o->validate_file, &w->coloring_source));
  TRY(read_coloring(w->ctx, w->coloring_source, INPUT_AUTO, &w->saved));
  TRY(check_saved_wrt(w));
  TRY(work_load_any(w));
  w->coloring = w->saved.coloring;
  w->saved.coloring = (struct coloring){0};
  if (!w->saved.is_json || o->given[OPTION_METHOD] || o->given[OPTION_NO_SYMMETRIC])
    w->coloring.method = o->coloring.method;
  if (w->coloring.n == w->n) return STATUS_OK;
  return FAIL(w->ctx, COLORING_UNKNOWNS, FILE_LOC(w->coloring_source), (long)w->coloring.n,
              (long)w->n);
}

static enum status check_pattern_size(struct work *w, struct loc file)
{
  if (w->pattern.n == w->n) return STATUS_OK;
  return FAIL(w->ctx, PATTERN_SIZE, file, (long)w->pattern.n, (long)w->pattern.n, (long)w->n);
}

/* What --coloring and --pattern gave stays, and must fit the new problem. */
static enum status drop_plan(struct work *w)
{
  evaluation_free(w->evaluation);
  w->evaluation = NULL;
  if (w->o->coloring_file) TRY(check_saved_problem(w));
  if (w->pattern.ptr && (w->o->pattern_file || w->saved.is_json))
    return check_pattern_size(w, NO_LOC);
  pattern_free(&w->pattern);
  recovery_free(w->recovery);
  w->recovery = NULL;
  if (!w->o->coloring_file) coloring_free(&w->coloring);
  return STATUS_OK;
}

static enum status replace_problem(struct work *w, const struct data *set)
{
  struct problem *p;
  TRY(make_problem(w, set, w->o->field, &p));
  w->has_set = set != NULL;
  if (problem_take_data(w->problem, p)) {
    problem_free(p);
    return STATUS_OK;
  }
  struct problem *old = w->problem;
  take_problem(w, p);
  enum status status = drop_plan(w); /* the evaluation refers to the old one */
  problem_free(old);
  return status;
}

enum status work_set(struct work *w, const struct data *set)
{
  if (!set && !w->has_set) return STATUS_OK;
  TRY(replace_problem(w, set));
  return make_exact(w, set);
}

static enum status read_point(struct work *w, const struct problem *p, const struct point_input *in,
                              struct numbers *x)
{
  double nx = (double)problem_program(p)->nx;
  numbers_free(x);
  TRY(numbers_create(w->ctx, problem_field(p), nx, "the point", x));
  return in ? problem_point_of(w->ctx, p, in, x) : problem_point(w->ctx, p, w->o->at.text, x);
}

enum status work_point(struct work *w, const struct point_input *in)
{
  TRY(read_point(w, w->problem, in, &w->x));
  if (w->exact) TRY(read_point(w, w->exact, in, &w->exact_x));
  timing_stage(&w->timing, "point");
  return sink_check_path(w->ctx, w->o->output); /* refuse before the work, as far as it is known */
}

/* --- pattern and coloring ------------------------------------------------------------------- */

static enum status read_pattern_file(struct work *w)
{
  int source;
  TRY(file_read(w->ctx, w->o->pattern_file, &source));
  TRY(read_pattern(w->ctx, source, INPUT_AUTO, &w->pattern));
  context_release_source(w->ctx, source);
  return w->problem ? check_pattern_size(w, FILE_LOC(source)) : STATUS_OK;
}

enum status work_pattern(struct work *w)
{
  if (w->pattern.ptr) return STATUS_OK; /* the input, or the coloring's */
  if (w->o->pattern_file)
    TRY(read_pattern_file(w));
  else
    TRY(problem_pattern(w->ctx, w->problem, &w->pattern));
  timing_stage(&w->timing, "pattern");
  struct strbuf text = {0};
  if (w->o->debug[DEBUG_PATTERN]) print_pattern(&w->pattern, &text);
  return show_debug(w, &text);
}

/* The input is a coloring: it was read into w->saved, with its pattern into *out if it has one. */
static enum status take_coloring_input(struct work *w, struct entries *out)
{
  if (w->o->coloring_file)
    return FAIL(w->ctx, OPTION_NEEDS, NO_LOC, "coloring",
                "an input that is no coloring; this one is");
  if (w->saved.is_json && w->o->pattern_file)
    return FAIL(w->ctx, OPTION_NEEDS, NO_LOC, "pattern",
                "a coloring without a pattern, but this one has its own");
  if (!w->saved.is_json) {
    if (!w->o->pattern_file) return FAIL(w->ctx, COLORING_NEEDS_PATTERN, NO_LOC);
    TRY(read_pattern_file(w));
    entries_from_pattern(out, &w->pattern);
  }
  w->coloring = w->saved.coloring;
  w->saved.coloring = (struct coloring){0};
  return STATUS_OK;
}

static enum status take_matrix_input(struct work *w)
{
  if (w->o->pattern_file)
    return FAIL(w->ctx, OPTION_NEEDS, NO_LOC, "pattern",
                "a model or a coloring, but the input has a pattern of its own");
  if (!w->o->coloring_file) return STATUS_OK;
  TRY(read_saved_coloring(w));
  pattern_free(&w->pattern); /* the input's is drawn */
  return check_saved_options(w);
}

enum status work_load_entries(struct work *w, struct entries *out)
{
  *out = (struct entries){0};
  TRY(work_read(w));
  if (input_kind_of(w->ctx, w->source, w->o->from) == INPUT_EXPR) return load_model(w);
  TRY(check_pattern_options(w));
  TRY(read_entries(w->ctx, w->source, w->o->from, &w->saved, out));
  w->coloring_source = w->source;
  TRY(w->saved.coloring.color ? take_coloring_input(w, out) : take_matrix_input(w));
  w->n = out->cols;
  timing_stage(&w->timing, "load");
  if (w->coloring.color && w->coloring.n != w->n)
    return FAIL(w->ctx, COLORING_SIZE, FILE_LOC(w->coloring_source), (long)w->coloring.n,
                (long)w->n);
  return STATUS_OK;
}

bool work_upper_values(const struct work *w)
{
  bool written = w->o->command == COMMAND_HESSIAN || w->o->command == COMMAND_DECOMPRESS;
  return written && w->o->format == FORMAT_MTX && !w->o->both_triangles &&
         w->coloring.method != METHOD_COLUMN;
}

static enum status make_recovery(struct work *w)
{
  if (w->recovery) return STATUS_OK;
  return (work_upper_values(w) ? recovery_create_upper
                               : recovery_create)(w->ctx, &w->pattern, &w->coloring, &w->recovery);
}

/* A plan of recovery from the coloring of a file: there is none unless it fits the pattern. */
static enum status check_saved_coloring(struct work *w)
{
  size_t first = w->ctx->diags.len;
  enum status status = make_recovery(w);
  if (status == STATUS_DATA && first < w->ctx->diags.len)
    w->ctx->diags.data[first].loc = FILE_LOC(w->coloring_source);
  return status;
}

enum status work_coloring(struct work *w)
{
  if (w->recovery) return STATUS_OK;
  TRY(work_pattern(w));
  if (w->o->coloring_file) {
    TRY(check_saved_coloring(w));
  } else {
    if (w->coloring.color) return STATUS_OK;
    TRY(coloring_compute(w->ctx, &w->pattern, &w->o->coloring, &w->coloring));
    timing_stage(&w->timing, "color");
    summary_warn(w);
  }
  summary_coloring(w);
  return STATUS_OK;
}

enum status work_saved_coloring(struct work *w)
{
  TRY(read_saved_coloring(w));
  TRY(check_saved_options(w));
  if (!w->saved.is_json) {
    if (!w->o->pattern_file) return FAIL(w->ctx, COLORING_NEEDS_PATTERN, NO_LOC);
    TRY(read_pattern_file(w));
  }
  if (w->o->labels && !w->saved.has_labels)
    return FAIL(w->ctx, OPTION_NEEDS, NO_LOC, "labels",
                "a coloring in JSON that was made with --labels");
  w->n = w->coloring.n;
  timing_stage(&w->timing, "load");
  TRY(check_saved_coloring(w));
  summary_coloring(w);
  return STATUS_OK;
}

/* --- evaluation ----------------------------------------------------------------------------- */

/* Threads for all evaluations; without memory for them there is one. */
static void make_pool(struct work *w)
{
  int threads = w->o->threads ? w->o->threads : pool_processors();
  if (!w->ctx->pool && threads > 1) w->ctx->pool = pool_create(threads);
}

enum status work_evaluation(struct work *w, enum evaluation_kind kind, int64_t directions)
{
  struct evaluation_options options = {.kind = kind,
                                       .mode = w->mode,
                                       .directions = directions,
                                       .lanes = w->o->chunk_size,
                                       .with_value = w->o->with_value,
                                       .with_aux = w->o->with_aux};
  make_pool(w);
  TRY(evaluation_create(w->ctx, w->problem, &options, &w->evaluation));
  int threads = evaluation_threads(w->evaluation);
  if (threads > 1) work_say(w, "%d threads", threads);
  timing_stage(&w->timing, "plan");
  return STATUS_OK;
}

enum status work_check(const struct work *w, enum status *finite, enum status check)
{
  if (check != STATUS_NONFINITE || w->o->field == FIELD_EXACT) return check;
  *finite = check;
  return STATUS_OK;
}

enum status work_evaluate_point(struct work *w, enum status *finite)
{
  TRY(evaluation_point(w->ctx, w->evaluation, &w->x));
  if (!w->o->with_value && !w->o->with_aux) return STATUS_OK;
  return work_check(w, finite, evaluation_check_value(w->ctx, w->evaluation, w->problem));
}

static enum status new_values(struct work *w, enum field field, double count, const char *what,
                              struct numbers *out)
{
  numbers_free(out);
  return numbers_create(w->ctx, field, count, what, out);
}

static enum status new_hessian(struct work *w, enum field field, struct numbers *out)
{
  return new_values(w, field, (double)recovery_count(w->recovery), "the Hessian", out);
}

static enum status plan_colors(struct work *w)
{
  TRY(work_evaluation(w, EVALUATE_HVP, w->coloring.num_colors));
  long long lanes = (long long)evaluation_lanes(w->evaluation);
  char memory[32]; /* all that is needed is allocated now */
  mem_format(memory, sizeof memory, (double)mem_in_use());
  work_say(w, "%s, %lld color%s at a time, %s of memory", mode_names[w->mode], lanes,
           lanes == 1 ? "" : "s", memory);
  return STATUS_OK;
}

enum status work_plan_compressed(struct work *w, struct numbers *compressed)
{
  TRY(work_coloring(w));
  TRY(new_values(w, w->o->field, (double)w->coloring.num_colors * w->coloring.n,
                 "the compressed matrix", compressed));
  return plan_colors(w);
}

enum status work_compress(struct work *w, struct numbers *compressed, enum status *finite)
{
  struct coloring *c = &w->coloring;
  TRY(work_evaluate_point(w, finite));
  TRY(evaluation_compress(w->ctx, w->evaluation, c, compressed));
  timing_stage(&w->timing, "evaluate");
  return work_check(
      w, finite,
      evaluation_check_rows(w->ctx, w->evaluation, w->problem, compressed, c->num_colors, c, NULL));
}

enum status work_plan_hessian(struct work *w, struct numbers *values)
{
  TRY(work_coloring(w));
  TRY(make_recovery(w));
  TRY(new_hessian(w, w->o->field, values));
  return plan_colors(w);
}

enum status work_hessian(struct work *w, struct numbers *values, enum status *finite)
{
  enum status entries;
  TRY(work_evaluate_point(w, finite));
  TRY(evaluation_hessian(w->ctx, w->evaluation, w->problem, &w->coloring, w->recovery, values,
                         &entries));
  timing_stage(&w->timing, "evaluate");
  return work_check(w, finite, entries);
}

enum status work_recover(struct work *w, const struct numbers *compressed, struct numbers *values)
{
  TRY(make_recovery(w));
  enum status status = new_hessian(w, compressed->field, values);
  if (status == STATUS_OK) status = recovery_apply(w->ctx, w->recovery, compressed, values);
  timing_stage(&w->timing, "decompress");
  return status;
}
