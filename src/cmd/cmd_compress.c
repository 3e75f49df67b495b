#include "config.h"

#include "cmd/commands.h"
#include "cmd/points.h"

static enum status write_compressed(struct work *w, struct sink *out, const void *what)
{
  const struct numbers *b = what;
  int64_t colors = w->coloring.num_colors, n = w->n;
  if (w->o->format != FORMAT_JSON) return write_dense(w, out, &(struct dense){b, colors, n, n, 1});
  struct json_writer j;
  write_json_begin(&j, out, "compressed");
  json_key(&j, "num_colors");
  json_int(&j, colors);
  json_key(&j, "n");
  json_int(&j, n);
  write_json_extras(w, &j, w->o->with_value, w->o->with_aux);
  json_key(&j, "values");
  json_array_begin(&j);
  for (int64_t c = 0; c < colors; c++) write_json_numbers(&j, b, c * n, n, 1);
  json_array_end(&j);
  return write_json_end(w, &j);
}

static enum status plan(struct work *w, void *state)
{
  struct numbers *compressed = state;
  return work_plan_compressed(w, compressed);
}

static enum status evaluate(struct work *w, void *state, enum status *finite)
{
  struct numbers *compressed = state;
  return work_compress(w, compressed, finite);
}

enum status cmd_compress(struct context *ctx, const struct options *o)
{
  static const struct point_command command = {
      .plan = plan, .evaluate = evaluate, .write = write_compressed};
  return points_command(ctx, o, &command);
}
