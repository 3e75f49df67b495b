#include "config.h"

#include "cmd/commands.h"
#include "cmd/points.h"

static enum status write_gradient(struct work *w, struct sink *out, const void *what)
{
  const struct numbers *g = what;
  if (w->o->format != FORMAT_JSON) return write_dense(w, out, &(struct dense){g, w->n, 1, 1, 1});
  struct json_writer j;
  write_json_begin(&j, out, "gradient");
  json_key(&j, "n");
  json_int(&j, w->n);
  write_json_wrt(w, &j, false);
  write_json_extras(w, &j, w->o->with_value, w->o->with_aux);
  json_key(&j, "gradient");
  write_json_numbers(&j, g, 0, w->n, 1);
  return write_json_end(w, &j);
}

static enum status plan(struct work *w, void *state)
{
  struct numbers *gradient = state;
  TRY(work_evaluation(w, EVALUATE_GRADIENT, 1));
  numbers_free(gradient);
  return numbers_create(w->ctx, w->o->field, w->n, "the gradient", gradient);
}

static enum status evaluate(struct work *w, void *state, enum status *finite)
{
  struct numbers *gradient = state;
  TRY(work_evaluate_point(w, finite));
  evaluation_gradient(w->evaluation, gradient);
  timing_stage(&w->timing, "evaluate");
  return work_check(w, finite, evaluation_check_gradient(w->ctx, w->evaluation, w->problem));
}

enum status cmd_gradient(struct context *ctx, const struct options *o)
{
  static const struct point_command command = {
      .plan = plan, .evaluate = evaluate, .write = write_gradient};
  return points_command(ctx, o, &command);
}
