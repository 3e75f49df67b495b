#include "config.h"

#include "cmd/commands.h"
#include "cmd/summary.h"
#include "cmd/write.h"
#include "io/mtx.h"

static enum status sparsity_json(struct work *w, struct sink *out)
{
  struct json_writer j;
  write_json_begin(&j, out, "sparsity");
  json_key(&j, "n");
  json_int(&j, w->n);
  json_key(&j, "nnz");
  json_int(&j, pattern_nnz(&w->pattern));
  write_json_wrt(w, &j, false);
  write_json_positions(&j, &w->pattern, !w->o->both_triangles);
  return write_json_end(w, &j);
}

static enum status sparsity_csv(struct work *w, struct sink *out)
{
  const struct pattern *p = &w->pattern;
  TRY(sink_puts(out, "row,col\n"));
  for (int32_t i = 0; i < p->n; i++)
    for (int64_t k = p->ptr[i]; k < p->ptr[i + 1]; k++)
      if (w->o->both_triangles || p->ind[k] <= i)
        TRY(write_csv_line(w, out, i, p->ind[k], NULL, 0));
  return STATUS_OK;
}

static enum status write_sparsity(struct work *w, struct sink *out, const void *what)
{
  (void)what;
  switch (w->o->format) {
  case FORMAT_JSON: return sparsity_json(w, out);
  case FORMAT_CSV: return sparsity_csv(w, out);
  default: return mtx_write_symmetric(out, &w->pattern, NULL, w->o->both_triangles, w->comment);
  }
}

enum status cmd_sparsity(struct context *ctx, const struct options *o)
{
  struct work w;
  work_begin(&w, ctx, o);
  enum status status = work_load_any(&w);
  if (status == STATUS_OK) status = work_pattern(&w);
  if (status == STATUS_OK) {
    summary_pattern(&w);
    status = write_output(&w, write_sparsity, NULL);
  }
  return work_end(&w, status);
}
