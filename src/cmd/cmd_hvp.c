#include "config.h"

#include "cmd/commands.h"
#include "cmd/points.h"

struct products {
  int64_t n, count;
  double *vectors, *products; /* count × n */
};

/* One column is written as a list of n numbers, several as n lists. */
static enum status write_products(struct work *w, struct sink *out, const void *what)
{
  const struct products *p = what;
  int64_t n = w->n;
  if (w->o->format != FORMAT_JSON)
    return write_dense(w, out, &(struct dense){p->products, n, p->count, 1, n});
  struct json_writer j;
  write_json_begin(&j, out, "hvp");
  json_key(&j, "n");
  json_int(&j, n);
  write_json_wrt(w, &j, false);
  json_key(&j, "hvp");
  if (p->count == 1) {
    json_numbers(&j, p->products, n, 1);
  } else {
    json_array_begin(&j);
    for (int64_t i = 0; i < n; i++) json_numbers(&j, p->products + i, p->count, n);
    json_array_end(&j);
  }
  return write_json_end(w, &j);
}

static enum status make_vectors(struct work *w, void *state)
{
  const struct vector_argument *v = &w->o->vector;
  struct products *p = state;
  mem_free(p->vectors);
  p->n = w->n;
  p->count = 1;
  if (v->file) return read_vectors(w->ctx, v->file, w->n, &p->count, &p->vectors);
  p->vectors = mem_alloc((size_t)w->n, sizeof *p->vectors);
  if (!p->vectors) return diag_no_memory(w->ctx);
  uint64_t seed = v->seed;
  for (int32_t i = 0; i < w->n; i++) p->vectors[i] = v->random ? 0.5 + splitmix_uniform(&seed) : 1;
  return STATUS_OK;
}

static enum status plan(struct work *w, void *state)
{
  struct products *p = state;
  if (p->n != w->n) TRY(make_vectors(w, p));
  TRY(diag_check_memory(w->ctx, 8.0 * (double)p->count * w->n, "the products"));
  mem_free(p->products);
  p->products = mem_zalloc((size_t)p->count, (size_t)w->n * sizeof *p->products);
  if (!p->products) return diag_no_memory(w->ctx);
  return work_evaluation(w, EVALUATE_HVP, p->count);
}

static enum status evaluate(struct work *w, void *state, enum status *finite)
{
  struct products *p = state;
  evaluation_point(w->evaluation, w->x);
  evaluation_hvp(w->evaluation, p->vectors, p->count, p->products);
  timing_stage(&w->timing, "evaluate");
  *finite = evaluation_check_rows(w->ctx, w->evaluation, w->problem, p->products, p->count, NULL,
                                  p->vectors);
  return *finite == STATUS_NONFINITE ? STATUS_OK : *finite;
}

enum status cmd_hvp(struct context *ctx, const struct options *o)
{
  static const struct point_command command = {
      .load = make_vectors, .plan = plan, .evaluate = evaluate, .write = write_products};
  struct work w;
  struct products p = {0};
  work_begin(&w, ctx, o);
  enum status status = points_run(&w, &command, &p);
  mem_free(p.vectors);
  mem_free(p.products);
  return work_end(&w, status);
}
