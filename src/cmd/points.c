#include "config.h"

#include "cmd/points.h"

#include <string.h>

#include "cmd/report.h"
#include "io/yaml_stream.h"

struct points {
  struct work *w;
  const struct point_command *command;
  void *state;
  struct yaml_stream *stream; /* of --at FILE, else NULL */
  bool several;
  int64_t number; /* of the current point, from 1; it may turn out that there is none */
  size_t line;    /* where it begins */
  struct sink *out;
  enum status result; /* of the points so far, all of which are written */
};

/* --- the next point ------------------------------------------------------------------------- */

/* A line that ends the first document says that there may be more, which come only when the first
 * is answered. */
static enum status begin_several(struct points *p)
{
  struct work *w = p->w;
  TRY(options_for_points(w->ctx, w->o, &w->points_options));
  w->o = &w->points_options;
  p->several = true;
  return STATUS_OK;
}

static enum status take_point(struct points *p, int source)
{
  struct work *w = p->w;
  struct point_input in;
  TRY(point_input_read(w->ctx, w->problem, source, &in));
  enum status status = work_set(w, in.set);
  if (status == STATUS_OK) status = work_point(w, &in);
  point_input_free(&in);
  return status;
}

static enum status next_point(struct points *p, bool *more)
{
  struct context *ctx = p->w->ctx;
  int source = -1;
  bool ended;
  p->number++;
  if (!p->stream) {
    *more = p->number == 1;
    return *more ? work_point(p->w, NULL) : STATUS_OK;
  }
  p->line = yaml_stream_line(p->stream);
  TRY(yaml_stream_next(p->stream, &source, &ended));
  *more = source >= 0;
  if (!*more) return STATUS_OK;
  p->line = ctx->sources.data[source].lines_before + 1;
  if (p->number == 1 && ended) TRY(begin_several(p));
  return take_point(p, source);
}

/* --- its result ----------------------------------------------------------------------------- */

/* A difference is worth more than numbers that are not finite. */
static void add_result(struct points *p, enum status status)
{
  if (p->result != STATUS_DIFFERENCE && status != STATUS_OK) p->result = status;
}

static enum status write_point(struct points *p)
{
  struct work *w = p->w;
  TRY(sink_check_path(w->ctx, w->o->output)); /* by now all inputs have been read */
  progress_clear(&w->progress);
  if (!p->out) TRY(sink_open(w->ctx, w->o->output, &p->out));
  TRY(p->command->write(w, p->out, p->state));
  timing_stage(&w->timing, "write");
  return STATUS_OK;
}

static enum status compute_point(struct points *p)
{
  enum status status = STATUS_OK;
  if (!p->w->evaluation) TRY(p->command->plan(p->w, p->state));
  TRY(p->command->evaluate(p->w, p->state, &status));
  TRY(write_point(p));
  add_result(p, status);
  return STATUS_OK;
}

/* Behind what has been said since there were `before` diagnostics. */
static void name_point(const struct points *p, size_t before)
{
  struct context *ctx = p->w->ctx;
  if (p->several && ctx->diags.len > before)
    diag_note(ctx, NO_LOC, "in point %lld, which begins in line %zu", (long long)p->number,
              p->line);
}

/* Whoever waits for the answer gets it now, and what is to be said about it; all that belongs to
 * this point is dropped. */
static enum status finish_point(struct points *p)
{
  if (!p->several) return STATUS_OK;
  progress_clear(&p->w->progress);
  if (p->w->ctx->diags.len > 0) report_print(p->w->ctx, p->w->o);
  context_rewind(p->w->ctx);
  return sink_flush(p->out);
}

/* --- all of them ---------------------------------------------------------------------------- */

/* A point in place of the name of its file is a mistake that has a better answer than that there is
 * no such file. */
static enum status open_stream(struct points *p)
{
  struct context *ctx = p->w->ctx;
  const char *file = p->w->o->at.file;
  enum status status = yaml_stream_open(ctx, file, &p->stream);
  if (status == STATUS_IO && strpbrk(file, "={[:"))
    diag_note(ctx, NO_LOC,
              "--at takes the name of a file, or random:SEED, or - for standard input");
  return status;
}

static enum status run(struct points *p)
{
  struct work *w = p->w;
  TRY(work_load(w));
  if (p->command->load) TRY(p->command->load(w, p->state));
  w->ctx->kept = w->ctx->sources.len;
  if (w->o->at.file) TRY(open_stream(p));
  for (bool more = true; more;) {
    size_t before = w->ctx->diags.len; /* of the load, which the first point is not to blame for */
    enum status status = next_point(p, &more);
    if (status == STATUS_OK && more) status = compute_point(p);
    name_point(p, before);
    TRY(status);
    if (more) TRY(finish_point(p));
  }
  return STATUS_OK;
}

enum status points_run(struct work *w, const struct point_command *c, void *state)
{
  struct points p = {.w = w, .command = c, .state = state};
  enum status status = run(&p);
  if (status == STATUS_OK) {
    status = sink_commit(p.out);
    timing_stage(&w->timing, "write");
  } else {
    sink_abandon(p.out);
  }
  yaml_stream_close(p.stream);
  return status == STATUS_OK ? p.result : status;
}

enum status points_command(struct context *ctx, const struct options *o,
                           const struct point_command *c)
{
  struct work w;
  struct numbers result = {0};
  work_begin(&w, ctx, o);
  enum status status = points_run(&w, c, &result);
  numbers_free(&result);
  return work_end(&w, status);
}
