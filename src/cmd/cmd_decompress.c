#include "config.h"

#include "cmd/commands.h"
#include "cmd/write.h"

/* The input is not a model: it is B, in the field that the result has, too. */
static enum status load_compressed(struct work *w, struct numbers *compressed)
{
  int64_t rows = 0, cols = 0;
  TRY(work_read(w));
  TRY(read_compressed(w->ctx, w->source, w->o->from, &rows, &cols, compressed));
  if (rows != w->coloring.num_colors || cols != w->n)
    return FAIL(w->ctx, COMPRESSED_SHAPE, FILE_LOC(w->source), (long long)rows, (long long)cols,
                (long long)w->coloring.num_colors, (long long)w->n);
  context_release_source(w->ctx, w->source);
  return STATUS_OK;
}

enum status cmd_decompress(struct context *ctx, const struct options *o)
{
  struct work w;
  struct numbers compressed = {0}, values = {0};
  work_begin(&w, ctx, o);
  enum status status = work_saved_coloring(&w);
  if (status == STATUS_OK) status = load_compressed(&w, &compressed);
  if (status == STATUS_OK) status = work_recover(&w, &compressed, &values);
  if (status == STATUS_OK) status = write_output(&w, write_hessian, &values);
  numbers_free(&compressed);
  numbers_free(&values);
  return work_end(&w, status);
}
