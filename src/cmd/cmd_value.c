#include "config.h"

#include "cmd/commands.h"
#include "cmd/points.h"

static enum status write_line(struct work *w, struct sink *out, const struct strbuf *name,
                              const struct numbers *v, int64_t i)
{
  struct strbuf line = {0};
  struct number x = numbers_get(v, i);
  if (name) {
    strbuf_puts(&line, name->data);
    strbuf_puts(&line, " = ");
  }
  number_print(v->field, &x, &line);
  strbuf_putc(&line, '\n');
  enum status status = line.failed ? diag_no_memory(w->ctx) : sink_write(out, line.data, line.len);
  strbuf_free(&line);
  return status;
}

static enum status write_text(struct work *w, struct sink *out)
{
  struct strbuf name = {0};
  struct numbers v = evaluation_value(w->evaluation);
  enum status status = write_line(w, out, NULL, &v, 0);
  for (size_t k = 0; k < problem_auxes(w->problem); k++) {
    int array = problem_aux_array(w->problem, k);
    v = evaluation_aux(w->evaluation, k);
    for (int64_t i = 0; status == STATUS_OK && i < v.count; i++) {
      name.len = 0;
      problem_element_name(w->problem, array, i, &name);
      status = name.failed ? diag_no_memory(w->ctx) : write_line(w, out, &name, &v, i);
    }
  }
  strbuf_free(&name);
  return status;
}

static enum status write_value(struct work *w, struct sink *out, const void *what)
{
  (void)what;
  if (w->o->format != FORMAT_JSON) return write_text(w, out);
  struct json_writer j;
  write_json_begin(&j, out, "value");
  write_json_extras(w, &j, true, true);
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
  TRY(evaluation_point(w->ctx, w->evaluation, &w->x));
  timing_stage(&w->timing, "evaluate");
  return work_check(w, finite, evaluation_check_value(w->ctx, w->evaluation, w->problem));
}

enum status cmd_value(struct context *ctx, const struct options *o)
{
  static const struct point_command command = {
      .plan = plan, .evaluate = evaluate, .write = write_value};
  return points_command(ctx, o, &command);
}
