#include "config.h"

#include "cmd/commands.h"
#include "cmd/write.h"

static enum status write_gradient(struct work *w, struct sink *out, const void *what)
{
  const double *g = what;
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

static enum status compute(struct work *w, double **gradient, enum status *finite)
{
  TRY(work_load(w));
  TRY(work_point(w));
  TRY(work_evaluation(w, EVALUATE_GRADIENT, 1));
  *gradient = mem_zalloc((size_t)w->n, sizeof **gradient);
  if (!*gradient) return diag_no_memory(w->ctx);
  evaluation_point(w->evaluation, w->x);
  evaluation_gradient(w->evaluation, *gradient);
  timing_stage(&w->timing, "evaluate");
  *finite = evaluation_check_finite(w->ctx, w->evaluation, w->problem);
  return *finite == STATUS_NONFINITE ? STATUS_OK : *finite;
}

enum status cmd_gradient(struct context *ctx, const struct options *o)
{
  struct work w;
  double *gradient = NULL;
  enum status finite = STATUS_OK;
  work_begin(&w, ctx, o);
  enum status status = compute(&w, &gradient, &finite);
  if (status == STATUS_OK) status = write_output(&w, write_gradient, gradient);
  mem_free(gradient);
  return work_end(&w, status == STATUS_OK ? finite : status);
}
