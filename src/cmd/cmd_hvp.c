#include "config.h"

#include "base/random.h"
#include "cmd/commands.h"
#include "cmd/points.h"

struct products {
  int64_t n, count;
  struct numbers vectors, products; /* count × n */
};

/* One column is written as a list of n numbers, several as n lists. */
static enum status write_products(struct work *w, struct sink *out, const void *what)
{
  const struct products *p = what;
  int64_t n = w->n;
  if (w->o->format != FORMAT_JSON)
    return write_dense(w, out, &(struct dense){&p->products, n, p->count, 1, n});
  struct json_writer j;
  write_json_begin(&j, out, "hvp");
  json_key(&j, "n");
  json_int(&j, n);
  write_json_wrt(w, &j, false);
  json_key(&j, "hvp");
  if (p->count == 1) {
    write_json_numbers(&j, &p->products, 0, n, 1);
  } else {
    json_array_begin(&j);
    for (int64_t i = 0; i < n; i++) write_json_numbers(&j, &p->products, i, p->count, n);
    json_array_end(&j);
  }
  return write_json_end(w, &j);
}

/* The numbers of a file, or as --vector says. */
static enum status make_vectors(struct work *w, void *state)
{
  struct products *p = state;
  const struct vector_argument *o = &w->o->vector;
  numbers_free(&p->vectors);
  p->n = w->n;
  p->count = 1;
  if (o->file) return read_vectors(w->ctx, o->file, w->o->field, w->n, &p->count, &p->vectors);
  TRY(numbers_create(w->ctx, w->o->field, w->n, "the vector", &p->vectors));
  uint64_t seed = o->seed;
  for (int32_t i = 0; i < w->n; i++)
    if (!numbers_set_real(&p->vectors, i, o->random ? 0.5 + splitmix_uniform(&seed) : 1))
      return diag_no_memory(w->ctx);
  return STATUS_OK;
}

static enum status plan(struct work *w, void *state)
{
  struct products *p = state;
  if (p->n != w->n) TRY(make_vectors(w, p));
  numbers_free(&p->products);
  TRY(numbers_create(w->ctx, w->o->field, (double)p->count * w->n, "the products", &p->products));
  return work_evaluation(w, EVALUATE_HVP, p->count);
}

static enum status evaluate(struct work *w, void *state, enum status *finite)
{
  struct products *p = state;
  TRY(work_evaluate_point(w, finite));
  TRY(evaluation_hvp(w->ctx, w->evaluation, &p->vectors, p->count, &p->products));
  timing_stage(&w->timing, "evaluate");
  return work_check(w, finite,
                    evaluation_check_rows(w->ctx, w->evaluation, w->problem, &p->products, p->count,
                                          NULL, &p->vectors));
}

enum status cmd_hvp(struct context *ctx, const struct options *o)
{
  static const struct point_command command = {
      .load = make_vectors, .plan = plan, .evaluate = evaluate, .write = write_products};
  struct work w;
  struct products p = {0};
  work_begin(&w, ctx, o);
  enum status status = points_run(&w, &command, &p);
  numbers_free(&p.vectors);
  numbers_free(&p.products);
  return work_end(&w, status);
}
