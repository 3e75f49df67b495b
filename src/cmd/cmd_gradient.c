#include "config.h"

#include "cmd/commands.h"
#include "cmd/points.h"

static enum status write_gradient(struct work *w, struct sink *out, const void *what)
{
  const double *g = *(double *const *)what;
  if (w->o->format != FORMAT_JSON) return write_dense(w, out, &(struct dense){g, w->n, 1, 1, 1});
  struct json_writer j;
  write_json_begin(&j, out, "gradient");
  json_key(&j, "n");
  json_int(&j, w->n);
  write_json_wrt(w, &j, false);
  json_key(&j, "gradient");
  json_numbers(&j, g, w->n, 1);
  return write_json_end(w, &j);
}

static enum status plan(struct work *w, void *state)
{
  double **gradient = state;
  TRY(work_evaluation(w, EVALUATE_GRADIENT, 1));
  mem_free(*gradient);
  *gradient = mem_zalloc((size_t)w->n, sizeof **gradient);
  return *gradient ? STATUS_OK : diag_no_memory(w->ctx);
}

static enum status evaluate(struct work *w, void *state, enum status *finite)
{
  double *const *gradient = state;
  evaluation_point(w->evaluation, w->x);
  evaluation_gradient(w->evaluation, *gradient);
  timing_stage(&w->timing, "evaluate");
  *finite = evaluation_check_finite(w->ctx, w->evaluation, w->problem);
  return *finite == STATUS_NONFINITE ? STATUS_OK : *finite;
}

enum status cmd_gradient(struct context *ctx, const struct options *o)
{
  static const struct point_command command = {
      .plan = plan, .evaluate = evaluate, .write = write_gradient};
  struct work w;
  double *gradient = NULL;
  work_begin(&w, ctx, o);
  enum status status = points_run(&w, &command, &gradient);
  mem_free(gradient);
  return work_end(&w, status);
}
