#include "config.h"

#include "cmd/commands.h"
#include "cmd/write.h"

static enum status write_compressed(struct work *w, struct sink *out, const void *what)
{
  const double *b = what;
  int64_t colors = w->coloring.num_colors, n = w->n;
  if (w->o->format != FORMAT_JSON) return write_dense(w, out, &(struct dense){b, colors, n, n, 1});
  struct json_writer j;
  write_json_begin(&j, out, "compressed");
  json_key(&j, "num_colors");
  json_int(&j, colors);
  json_key(&j, "n");
  json_int(&j, n);
  json_key(&j, "values");
  json_array_begin(&j);
  for (int64_t c = 0; c < colors; c++) json_numbers(&j, b + c * n, n, 1);
  json_array_end(&j);
  return write_json_end(w, &j);
}

enum status cmd_compress(struct context *ctx, const struct options *o)
{
  struct work w;
  double *compressed = NULL;
  enum status finite = STATUS_OK;
  work_begin(&w, ctx, o);
  enum status status = work_load(&w);
  if (status == STATUS_OK) status = work_point(&w);
  if (status == STATUS_OK) status = work_coloring(&w);
  if (status == STATUS_OK) status = work_compress(&w, &compressed, &finite);
  if (status == STATUS_OK) status = write_output(&w, write_compressed, compressed);
  mem_free(compressed);
  return work_end(&w, status == STATUS_OK ? finite : status);
}
