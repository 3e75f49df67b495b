#include "config.h"

#include "cmd/commands.h"
#include "cmd/write.h"
#include "lang/shape.h"

/* "ranges": [[first, last, step] …]; of an index set that is not a box they are its bounds. */
static void json_shape(struct json_writer *j, const struct shape *s)
{
  json_key(j, "shape");
  json_array_begin(j);
  for (int d = 0; d < s->ndim; d++) json_int(j, s->extent[d]);
  json_array_end(j);
  json_key(j, "ranges");
  json_array_begin(j);
  for (int d = 0; d < s->ndim; d++) {
    int64_t last = s->lo[d] + s->step[d] * (s->extent[d] - 1);
    json_ints64(j, (int64_t[]){s->lo[d], last, s->step[d]}, 3);
  }
  json_array_end(j);
  if (s->box) return;
  json_key(j, "in_part");
  json_bool(j, true);
}

static void json_block(struct work *w, struct json_writer *j, const struct block *b)
{
  json_object_begin(j);
  json_key(j, "name");
  json_string(j, b->name);
  json_shape(j, problem_block_shape(w->problem, b));
  json_key(j, "size");
  json_int(j, b->size);
  json_key(j, b->unknown >= 0 ? "column" : "held");
  if (b->unknown >= 0)
    json_int(j, b->unknown);
  else
    json_bool(j, true);
  json_object_end(j);
}

static void json_blocks(struct work *w, struct json_writer *j)
{
  const struct block *blocks;
  const int *order;
  size_t count = problem_blocks(w->problem, &blocks);
  size_t unknown = problem_unknown_blocks(w->problem, &order);
  json_key(j, "blocks");
  json_array_begin(j);
  for (size_t i = 0; i < unknown; i++) json_block(w, j, &blocks[order[i]]);
  for (size_t i = 0; i < count; i++)
    if (blocks[i].unknown < 0) json_block(w, j, &blocks[i]);
  json_array_end(j);
}

static void json_aux_names(struct work *w, struct json_writer *j)
{
  json_key(j, "aux");
  json_array_begin(j);
  for (size_t k = 0; k < problem_auxes(w->problem); k++)
    json_string(j, problem_aux_name(w->problem, k));
  json_array_end(j);
}

static enum status write_info(struct work *w, struct sink *out, const void *what)
{
  const struct program *p = problem_program(w->problem);
  (void)what;
  if (w->o->format != FORMAT_JSON) {
    struct strbuf text = {0};
    problem_describe(w->problem, &text);
    enum status status = text.failed ? diag_no_memory(w->ctx)
                                     : sink_write(out, text.data ? text.data : "", text.len);
    strbuf_free(&text);
    return status;
  }
  struct json_writer j;
  bool irrational[OP_COUNT];
  int64_t operations, iterations;
  program_totals(p, &operations, &iterations);
  write_json_begin(&j, out, "info");
  json_key(&j, "n");
  json_int(&j, w->n);
  json_blocks(w, &j);
  json_aux_names(w, &j);
  json_key(&j, "kernels");
  json_int(&j, (int64_t)p->kernels.len);
  json_key(&j, "operations");
  json_int(&j, operations);
  json_key(&j, "iterations");
  json_int(&j, iterations);
  json_key(&j, "exact_capable");
  json_bool(&j, problem_is_rational(w->problem, irrational));
  return write_json_end(w, &j);
}

enum status cmd_info(struct context *ctx, const struct options *o)
{
  struct work w;
  work_begin(&w, ctx, o);
  enum status status = work_load(&w);
  if (status == STATUS_OK) status = write_output(&w, write_info, NULL);
  return work_end(&w, status);
}
