#include "config.h"

#include <math.h>
#include <stdio.h>

#include "cmd/commands.h"
#include "cmd/points.h"

struct verification {
  struct numbers values; /* of the sparse Hessian under test */
  struct verify_report report;
};

enum { NUMBER_LENGTH_MAX = 60 }; /* of a fraction in the text */

/* A long fraction as the nearest double. */
static void add_number(struct strbuf *text, enum field field, const struct number *x)
{
  size_t start = text->len;
  number_print(field, x, text);
  if (field != FIELD_EXACT || text->failed || text->len - start <= NUMBER_LENGTH_MAX) return;
  text->len = start;
  strbuf_puts(text, "about ");
  strbuf_number(text, rational_to_double(x->exact));
}

static void add_numbers(struct strbuf *text, const struct verify_report *r,
                        const struct number *value, const struct number *reference)
{
  strbuf_puts(text, ": ");
  add_number(text, r->field, value);
  strbuf_puts(text, ", the reference has ");
  add_number(text, r->reference_field, reference);
}

static void add_names(struct work *w, struct strbuf *text, int64_t row, int64_t column)
{
  problem_unknown_name(w->problem, row, text);
  strbuf_puts(text, ", ");
  problem_unknown_name(w->problem, column, text);
}

/* What disagrees most: an element of the gradient, of H·v, or of H. */
static void add_place(struct work *w, const struct verify_report *r, struct strbuf *text)
{
  if (r->gradient_at_fault)
    strbuf_puts(text, r->row >= 0 ? "the gradient, " : "the gradient in a random direction");
  if (r->column >= 0)
    add_names(w, text, r->row, r->column);
  else if (r->row >= 0)
    problem_unknown_name(w->problem, r->row, text);
  if (r->column < 0 && !r->finite_difference)
    strbuf_printf(text, " of probe %lld", (long long)r->probe);
  else if (r->column < 0 && !r->gradient_at_fault)
    strbuf_puts(text, " of the finite difference");
}

static void add_worst(struct work *w, const struct verify_report *r, struct strbuf *text)
{
  strbuf_puts(text, "worst: ");
  add_place(w, r, text);
  add_numbers(text, r, &r->value, &r->reference);
  if (r->field != FIELD_EXACT)
    strbuf_printf(text, " (%.2g of the tolerance)\n", r->error);
  else
    strbuf_puts(text, r->error == 0 ? " (equal)\n" : "\n");
  if (r->entry_column < 0) return;
  strbuf_puts(text, "entry: ");
  add_names(w, text, r->entry_row, r->entry_column);
  add_numbers(text, r, &r->entry_value, &r->entry_reference);
  strbuf_putc(text, '\n');
}

static bool has_worst(const struct verify_report *r)
{
  return r->probes > 0 && (r->row >= 0 || r->gradient_at_fault);
}

/* Never more than there are. */
static double tenths(double digits)
{
  return floor(10 * digits) / 10;
}

static void add_digits(struct work *w, const struct verify_report *r, struct strbuf *text)
{
  if (r->digits_row < 0) {
    strbuf_puts(text, "digits: all; every entry is the nearest double\n");
    return;
  }
  strbuf_printf(text, "digits: %.1f of %.1f at least; the fewest in ", tenths(r->digits),
                tenths(VERIFY_DIGITS));
  add_names(w, text, r->digits_row, r->digits_column);
  strbuf_putc(text, '\n');
}

static void add_compared(struct strbuf *text, const struct work *w, int64_t count)
{
  bool columns = w->o->check != CHECK_MATVEC;
  strbuf_printf(text, "%lld %s%s", (long long)count, columns ? "column" : "probe",
                count == 1 ? "" : "s");
  if (!columns && w->o->field != FIELD_EXACT) strbuf_puts(text, " and a finite difference");
}

/* Of entries that are not finite, or not there, no digits can be told. */
static bool has_digits(const struct work *w, const struct verify_report *r)
{
  return has_worst(r) && w->o->check == CHECK_EXACT && (r->ok || r->digits_row >= 0);
}

static enum status report_text_form(struct work *w, struct sink *out, const struct verify_report *r)
{
  struct strbuf text = {0};
  strbuf_printf(&text, "%s: %s, ", r->ok ? "ok" : "different", check_names[w->o->check]);
  add_compared(&text, w, r->probes);
  strbuf_putc(&text, '\n');
  if (has_worst(r)) add_worst(w, r, &text);
  if (has_digits(w, r)) add_digits(w, r, &text);
  if (r->gradient_at_fault)
    strbuf_puts(&text, "at fault: the gradient, which differences of the value contradict\n");
  else if (!r->ok)
    strbuf_puts(&text, r->pattern_at_fault ? "at fault: the pattern, which lacks the entry\n"
                                           : "at fault: a value\n");
  enum status status = text.failed ? diag_no_memory(w->ctx) : sink_write(out, text.data, text.len);
  strbuf_free(&text);
  return status;
}

/* The members KEY and KEY_name of an unknown. */
static enum status json_unknown(struct work *w, struct json_writer *j, const char *key, int64_t u)
{
  struct strbuf name = {0};
  char key_name[16];
  snprintf(key_name, sizeof key_name, "%s_name", key);
  problem_unknown_name(w->problem, u, &name);
  if (name.failed) {
    strbuf_free(&name);
    return diag_no_memory(w->ctx);
  }
  json_key(j, key);
  json_int(j, u);
  json_key(j, key_name);
  json_string(j, name.data);
  strbuf_free(&name);
  return STATUS_OK;
}

static void json_pair(struct json_writer *j, const struct verify_report *r,
                      const struct number *value, const struct number *reference)
{
  json_key(j, "value");
  write_json_number(j, r->field, value);
  json_key(j, "reference");
  write_json_number(j, r->reference_field, reference);
}

static enum status json_digits(struct work *w, struct json_writer *j, const struct verify_report *r)
{
  json_key(j, "digits");
  json_object_begin(j);
  json_key(j, "right");
  json_number(j, tenths(r->digits));
  if (r->digits_row >= 0) {
    TRY(json_unknown(w, j, "row", r->digits_row));
    TRY(json_unknown(w, j, "column", r->digits_column));
  }
  json_object_end(j);
  return STATUS_OK;
}

static enum status json_worst(struct work *w, struct json_writer *j, const struct verify_report *r)
{
  json_key(j, "worst");
  json_object_begin(j);
  if (r->row >= 0) TRY(json_unknown(w, j, "row", r->row));
  if (r->column >= 0) {
    TRY(json_unknown(w, j, "column", r->column));
  } else if (!r->finite_difference) {
    json_key(j, "probe");
    json_int(j, r->probe);
  }
  if (r->finite_difference) {
    json_key(j, "finite_difference");
    json_bool(j, true);
  }
  json_pair(j, r, &r->value, &r->reference);
  json_key(j, r->field == FIELD_EXACT ? "difference" : "error");
  json_number(j, r->error);
  if (r->entry_column >= 0) {
    json_key(j, "entry");
    json_object_begin(j);
    TRY(json_unknown(w, j, "row", r->entry_row));
    TRY(json_unknown(w, j, "column", r->entry_column));
    json_pair(j, r, &r->entry_value, &r->entry_reference);
    json_object_end(j);
  }
  if (!r->ok) {
    json_key(j, "at_fault");
    json_string(j, r->gradient_at_fault ? "gradient" : r->pattern_at_fault ? "pattern" : "value");
  }
  json_object_end(j);
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
  if (has_worst(r)) TRY(json_worst(w, &j, r));
  if (has_digits(w, r)) TRY(json_digits(w, &j, r));
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
  TRY(work_hessian(w, &v->values, result));
  struct verify_options options = {.check = o->check,
                                   .probes = o->probes,
                                   .seed = o->check_seed,
                                   .rtol = o->rtol,
                                   .atol = o->atol,
                                   .mode = w->mode,
                                   .exact = w->exact,
                                   .exact_x = &w->exact_x};
  verify_report_free(&v->report);
  TRY(verify_hessian(w->ctx, w->problem, &w->x, &w->pattern, &v->values, &options, &v->report));
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
  numbers_free(&v.values);
  verify_report_free(&v.report);
  return work_end(&w, status);
}
