#include "config.h"

#include "cmd/commands.h"
#include "cmd/points.h"

#include "base/number.h"

static enum status write_line(struct sink *out, const char *name, double v)
{
  char number[NUMBER_MAX + 1];
  size_t len = number_format(number, v);
  number[len++] = '\n';
  if (name) {
    TRY(sink_puts(out, name));
    TRY(sink_puts(out, " = "));
  }
  return sink_write(out, number, len);
}

static int64_t aux_size(const struct work *w, size_t k)
{
  return problem_program(w->problem)->arrays.data[problem_aux_array(w->problem, k)].size;
}

static enum status write_text(struct work *w, struct sink *out)
{
  struct strbuf name = {0};
  enum status status = write_line(out, NULL, evaluation_value(w->evaluation));
  for (size_t k = 0; k < problem_auxes(w->problem); k++) {
    const double *v = evaluation_aux(w->evaluation, k);
    int array = problem_aux_array(w->problem, k);
    for (int64_t i = 0; status == STATUS_OK && i < aux_size(w, k); i++) {
      name.len = 0;
      problem_element_name(w->problem, array, i, &name);
      status = name.failed ? diag_no_memory(w->ctx) : write_line(out, name.data, v[i]);
    }
  }
  strbuf_free(&name);
  return status;
}

/* Nested lists, row-major; depth is at most LOOP_MAX. */
static void json_nested(struct json_writer *j, const double *v, const int64_t *extent, int ndim)
{
  if (ndim == 0) {
    json_number(j, *v);
    return;
  }
  if (ndim == 1) {
    json_numbers(j, v, extent[0], 1);
    return;
  }
  int64_t inner = 1;
  for (int d = 1; d < ndim; d++) inner *= extent[d];
  json_array_begin(j);
  for (int64_t i = 0; i < extent[0]; i++) json_nested(j, v + i * inner, extent + 1, ndim - 1);
  json_array_end(j);
}

static void json_aux(struct work *w, struct json_writer *j, size_t k)
{
  int64_t extent[LOOP_MAX];
  const double *v = evaluation_aux(w->evaluation, k);
  int ndim = problem_aux_shape(w->problem, k, extent);
  json_key(j, problem_aux_name(w->problem, k));
  if (ndim < 0) {
    extent[0] = aux_size(w, k);
    ndim = 1;
  }
  json_nested(j, v, extent, ndim);
}

static enum status write_value(struct work *w, struct sink *out, const void *what)
{
  (void)what;
  if (w->o->format != FORMAT_JSON) return write_text(w, out);
  struct json_writer j;
  write_json_begin(&j, out, "value");
  json_key(&j, "value");
  json_number(&j, evaluation_value(w->evaluation));
  size_t count = problem_auxes(w->problem);
  if (count) {
    json_key(&j, "aux");
    json_object_begin(&j);
    for (size_t k = 0; k < count; k++) json_aux(w, &j, k);
    json_object_end(&j);
  }
  return write_json_end(w, &j);
}

static enum status plan(struct work *w, void *state)
{
  (void)state;
  return work_evaluation(w, EVALUATE_VALUE, 1);
}

static enum status evaluate(struct work *w, void *state, enum status *finite)
{
  (void)state;
  evaluation_point(w->evaluation, w->x);
  timing_stage(&w->timing, "evaluate");
  *finite = evaluation_check_finite(w->ctx, w->evaluation, w->problem);
  return *finite == STATUS_NONFINITE ? STATUS_OK : *finite;
}

enum status cmd_value(struct context *ctx, const struct options *o)
{
  static const struct point_command command = {
      .plan = plan, .evaluate = evaluate, .write = write_value};
  struct work w;
  work_begin(&w, ctx, o);
  enum status status = points_run(&w, &command, NULL);
  return work_end(&w, status);
}
