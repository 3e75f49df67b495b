#include "config.h"

#include "cmd/commands.h"
#include "cmd/write.h"

enum status cmd_hessian(struct context *ctx, const struct options *o)
{
  struct work w;
  double *values = NULL;
  enum status finite = STATUS_OK;
  work_begin(&w, ctx, o);
  enum status status = work_load(&w);
  if (status == STATUS_OK) status = work_point(&w);
  if (status == STATUS_OK) status = work_coloring(&w);
  if (status == STATUS_OK) status = work_hessian(&w, &values, &finite);
  if (status == STATUS_OK) status = write_output(&w, write_hessian, values);
  mem_free(values);
  return work_end(&w, status == STATUS_OK ? finite : status);
}
