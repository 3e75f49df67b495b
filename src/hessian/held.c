#include "config.h"

#include "hessian/held.h"

#include <string.h>

#include "eval/f64.h"
#include "program/transform.h"

/* The values of all stops as further arrays, in order. */
static enum status add_recordings(struct context *ctx, struct program *recorder)
{
  for (size_t i = 0; i < recorder->kernels.len; i++) {
    struct kernel *k = &recorder->kernels.data[i];
    int64_t count = recorder->domains.data[k->domain].count;
    for (size_t j = 0; j < k->ops.len; j++) {
      if (k->ops.data[j].code != OP_STOP) continue;
      struct array a = {.kind = ARRAY_COMPUTED, .size = count, .unknown = -1, .symbol = -1};
      struct output out = {.array = program_add_array(recorder, a, "stopped"),
                           .map = {.kind = MAP_POSITION},
                           .value = (int32_t)j,
                           .winner = -1};
      if (out.array < 0 || !VEC_PUSH(&k->outputs, out)) return diag_no_memory(ctx);
    }
  }
  return STATUS_OK;
}

/* These arrays, from `next` on, as data that is read where the stops were. */
static enum status read_recordings(struct context *ctx, const struct f64 *e, int next,
                                   struct program *held)
{
  for (size_t i = 0; i < held->kernels.len; i++) {
    struct kernel *k = &held->kernels.data[i];
    int64_t count = held->domains.data[k->domain].count;
    for (size_t j = 0; j < k->ops.len; j++) {
      if (k->ops.data[j].code != OP_STOP) continue;
      struct array a = {.kind = ARRAY_DATA, .size = count, .unknown = -1, .symbol = -1};
      TRY(numbers_create(ctx, FIELD_REAL, (double)count, "the check", &a.data));
      memcpy(a.data.re, f64_array(e, next++, 0), (size_t)count * sizeof *a.data.re);
      struct read r = {.array = program_add_array(held, a, "stopped"),
                       .map = {.kind = MAP_POSITION}};
      if (r.array < 0 || !VEC_PUSH(&k->reads, r)) return diag_no_memory(ctx);
      struct op read = {.code = OP_READ, .a = (int32_t)k->reads.len - 1, .b = -1, .c = -1};
      read.loc = k->ops.data[j].loc;
      k->ops.data[j] = read;
    }
  }
  return STATUS_OK;
}

enum status program_hold_stops(struct context *ctx, const struct program *p, const double *x,
                               struct program *held)
{
  struct program recorder;
  struct f64 *e = NULL;
  TRY(program_extend(ctx, p, held));
  TRY(program_extend(ctx, p, &recorder));
  enum status status = add_recordings(ctx, &recorder);
  if (status == STATUS_OK && recorder.arrays.len > p->arrays.len) {
    status = f64_create(ctx, &recorder, &(struct f64_options){.lanes = 0}, &e);
    if (status == STATUS_OK) {
      f64_run_uniform(e, x);
      status = read_recordings(ctx, e, (int)p->arrays.len, held);
    }
    f64_free(e);
  }
  program_free(&recorder);
  return status;
}
