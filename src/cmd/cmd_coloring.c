#include "config.h"

#include "cmd/commands.h"
#include "cmd/summary.h"
#include "cmd/write.h"
#include "io/mtx.h"

#include <stdio.h>

static void json_digest(struct work *w, struct json_writer *j)
{
  char digest[20];
  snprintf(digest, sizeof digest, "%016llx", (unsigned long long)problem_digest(w->problem));
  json_key(j, "digest");
  json_string(j, digest);
}

static enum status write_coloring(struct work *w, struct sink *out, const void *what)
{
  const struct coloring *c = &w->coloring;
  struct json_writer j;
  (void)what;
  if (w->o->format == FORMAT_MTX) return mtx_write_colors(out, c->n, c->color, w->comment);
  write_json_begin(&j, out, "coloring");
  json_key(&j, "n");
  json_int(&j, c->n);
  json_key(&j, "nnz");
  json_int(&j, pattern_nnz(&w->pattern));
  json_key(&j, "symmetric");
  json_bool(&j, c->method != METHOD_COLUMN);
  json_key(&j, "method");
  json_string(&j, method_names[c->method]);
  json_key(&j, "ordering");
  json_string(&j, ordering_names[c->ordering]);
  if (w->problem) {
    json_key(&j, "mode");
    json_string(&j, mode_names[w->mode]);
  }
  write_json_wrt(w, &j, true);
  json_key(&j, "num_colors");
  json_int(&j, c->num_colors);
  json_key(&j, "colors");
  json_ints(&j, c->color, c->n);
  write_json_positions(&j, &w->pattern, false);
  if (w->problem) json_digest(w, &j);
  return write_json_end(w, &j);
}

/* --- --validate ----------------------------------------------------------------------------- */

struct verdict {
  bool valid;
  int32_t at_least; /* colors, of a valid one */
  struct coloring_flaw flaw;
};

static void add_vertex(struct work *w, int32_t vertex, struct strbuf *text)
{
  if (w->problem)
    problem_unknown_name(w->problem, vertex, text);
  else
    strbuf_int(text, (int64_t)vertex + 1);
}

static enum status verdict_json(struct work *w, struct sink *out, const struct verdict *v)
{
  struct json_writer j;
  write_json_begin(&j, out, "validation");
  json_key(&j, "ok");
  json_bool(&j, v->valid);
  json_key(&j, "method");
  json_string(&j, method_names[w->coloring.method]);
  json_key(&j, "num_colors");
  json_int(&j, w->coloring.num_colors);
  if (v->valid) {
    json_key(&j, "at_least");
    json_int(&j, v->at_least);
  } else {
    json_key(&j, "flaw");
    json_string(&j, v->flaw.what);
    json_key(&j, "vertices");
    json_ints(&j, v->flaw.vertex, v->flaw.count);
  }
  return write_json_end(w, &j);
}

static enum status write_verdict(struct work *w, struct sink *out, const void *what)
{
  const struct verdict *v = what;
  struct strbuf text = {0};
  if (w->o->format == FORMAT_JSON) return verdict_json(w, out, v);
  if (v->valid) {
    int32_t colors = w->coloring.num_colors;
    strbuf_printf(&text, "valid: %ld color%s (%s), at least %ld %s needed\n", (long)colors,
                  colors == 1 ? "" : "s", method_names[w->coloring.method], (long)v->at_least,
                  v->at_least == 1 ? "is" : "are");
  } else {
    strbuf_printf(&text, "not valid: %s: ", v->flaw.what);
    for (int i = 0; i < v->flaw.count; i++) {
      if (i) strbuf_puts(&text, ", ");
      add_vertex(w, v->flaw.vertex[i], &text);
    }
    strbuf_putc(&text, '\n');
  }
  enum status status = text.failed ? diag_no_memory(w->ctx) : sink_write(out, text.data, text.len);
  strbuf_free(&text);
  return status;
}

static enum status validate(struct work *w)
{
  struct verdict v = {0};
  TRY(work_load_validated(w));
  TRY(work_pattern(w));
  TRY(coloring_check(w->ctx, &w->pattern, &w->coloring, &v.valid, &v.flaw));
  if (v.valid) TRY(coloring_lower_bound(w->ctx, &w->pattern, w->coloring.method, &v.at_least));
  timing_stage(&w->timing, "check");
  summary_coloring(w);
  TRY(write_output(w, write_verdict, &v));
  return v.valid ? STATUS_OK : STATUS_DIFFERENCE;
}

static enum status color(struct work *w)
{
  TRY(work_load_any(w));
  TRY(work_coloring(w));
  return write_output(w, write_coloring, NULL);
}

enum status cmd_coloring(struct context *ctx, const struct options *o)
{
  struct work w;
  work_begin(&w, ctx, o);
  return work_end(&w, o->validate_file ? validate(&w) : color(&w));
}
