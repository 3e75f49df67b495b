#include "config.h"

#include "cmd/commands.h"
#include "cmd/points.h"

struct verification {
  double *values; /* of the sparse Hessian under test */
  struct verify_report report;
};

static void add_worst(struct work *w, const struct verify_report *r, struct strbuf *text)
{
  strbuf_puts(text, "worst: ");
  problem_unknown_name(w->problem, r->row, text);
  if (r->column >= 0) {
    strbuf_puts(text, ", ");
    problem_unknown_name(w->problem, r->column, text);
  } else if (r->finite_difference) {
    strbuf_puts(text, " of the finite difference");
  } else {
    strbuf_printf(text, " of probe %lld", (long long)r->probe);
  }
  strbuf_puts(text, ": ");
  strbuf_number(text, r->value);
  strbuf_puts(text, ", the reference has ");
  strbuf_number(text, r->reference);
  strbuf_printf(text, " (%.2g of the tolerance)\n", r->error);
}

static enum status report_text_form(struct work *w, struct sink *out, const struct verify_report *r)
{
  struct strbuf text = {0};
  strbuf_printf(&text, "%s: %s, %lld %s\n", r->ok ? "ok" : "different", check_names[w->o->check],
                (long long)r->probes,
                w->o->check == CHECK_MATVEC ? "probes and a finite difference" : "columns");
  if (r->probes > 0 && r->row >= 0) add_worst(w, r, &text);
  if (!r->ok)
    strbuf_puts(&text, r->pattern_at_fault ? "at fault: the pattern, which lacks the entry\n"
                                           : "at fault: a value\n");
  enum status status = text.failed ? diag_no_memory(w->ctx) : sink_write(out, text.data, text.len);
  strbuf_free(&text);
  return status;
}

static enum status json_worst(struct work *w, struct json_writer *j, const struct verify_report *r)
{
  struct strbuf name = {0};
  problem_unknown_name(w->problem, r->row, &name);
  strbuf_putc(&name, '\0');
  size_t second = name.len;
  if (r->column >= 0) problem_unknown_name(w->problem, r->column, &name);
  if (name.failed) {
    strbuf_free(&name);
    return diag_no_memory(w->ctx);
  }
  json_key(j, "worst");
  json_object_begin(j);
  json_key(j, "row");
  json_int(j, r->row);
  json_key(j, "row_name");
  json_string(j, name.data);
  if (r->column >= 0) {
    json_key(j, "column");
    json_int(j, r->column);
    json_key(j, "column_name");
    json_string(j, name.data + second);
  } else if (!r->finite_difference) {
    json_key(j, "probe");
    json_int(j, r->probe);
  }
  if (r->finite_difference) {
    json_key(j, "finite_difference");
    json_bool(j, true);
  }
  json_key(j, "value");
  json_number(j, r->value);
  json_key(j, "reference");
  json_number(j, r->reference);
  json_key(j, "error");
  json_number(j, r->error);
  if (!r->ok) {
    json_key(j, "at_fault");
    json_string(j, r->pattern_at_fault ? "pattern" : "value");
  }
  json_object_end(j);
  strbuf_free(&name);
  return STATUS_OK;
}

static enum status write_report(struct work *w, struct sink *out, const void *what)
{
  const struct verify_report *r = &((const struct verification *)what)->report;
  if (w->o->format != FORMAT_JSON) return report_text_form(w, out, r);
  struct json_writer j;
  write_json_begin(&j, out, "verify");
  json_key(&j, "ok");
  json_bool(&j, r->ok);
  json_key(&j, "check");
  json_string(&j, check_names[w->o->check]);
  json_key(&j, "probes");
  json_int(&j, r->probes);
  if (r->probes > 0 && r->row >= 0) TRY(json_worst(w, &j, r));
  return write_json_end(w, &j);
}

static enum status plan(struct work *w, void *state)
{
  struct verification *v = state;
  return work_plan_hessian(w, &v->values);
}

/* NaN and infinity are compared: they may agree. */
static enum status evaluate(struct work *w, void *state, enum status *result)
{
  const struct options *o = w->o;
  struct verification *v = state;
  TRY(work_hessian(w, v->values, result));
  struct verify_options options = {.check = o->check,
                                   .probes = o->probes,
                                   .seed = o->check_seed,
                                   .rtol = o->rtol,
                                   .atol = o->atol,
                                   .mode = w->mode,
                                   .chunk = o->chunk_size};
  v->report = (struct verify_report){0};
  TRY(verify_hessian(w->ctx, w->problem, w->x, &w->pattern, v->values, &options, &v->report));
  timing_stage(&w->timing, "verify");
  if (!v->report.ok) *result = STATUS_DIFFERENCE;
  return STATUS_OK;
}

enum status cmd_verify(struct context *ctx, const struct options *o)
{
  static const struct point_command command = {
      .plan = plan, .evaluate = evaluate, .write = write_report};
  struct work w;
  struct verification v = {0};
  work_begin(&w, ctx, o);
  enum status status = points_run(&w, &command, &v);
  mem_free(v.values);
  return work_end(&w, status);
}
