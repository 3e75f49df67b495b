/* Frames: loop nests with a body under construction, and the order in which they run. */
#include "config.h"

#include "lang/lowering.h"

bool frame_stopped(const struct frame *f)
{
  return f->body.status != STATUS_OK;
}

void frame_fail(struct frame *f, enum status status)
{
  if (f->body.status == STATUS_OK) f->body.status = status;
}

bool frame_single(const struct frame *f)
{
  return f->sequence && f->e->program->domains.data[f->sequence->outer].ndim == f->ndims;
}

int frame_array(struct frame *f, const char *name, int64_t size, double fill)
{
  if (frame_stopped(f)) return -1;
  struct array a = {
      .kind = ARRAY_COMPUTED, .size = size, .unknown = -1, .symbol = -1, .fill = fill};
  enum status status =
      diag_check_memory_at(f->e->ctx, f->body.loc, 8.0 * (double)size, "the terms of this");
  int array = status == STATUS_OK ? program_add_array(f->e->program, a, name) : -1;
  if (status == STATUS_OK && array < 0) status = diag_no_memory(f->e->ctx);
  if (array < 0) frame_fail(f, status);
  return array;
}

enum status clock_map(struct elab *e, const struct sequence *s, int domain, struct map *outer)
{
  if (s) return nest_position(e, domain, s->outer, outer);
  *outer = map_constant(0);
  return STATUS_OK;
}

int64_t clock_time(const struct elab *e, const struct sequence *s, int64_t position)
{
  if (!s) return e->clock;
  return s->clock + (s->ticks ? s->ticks[position] : position * s->statements + s->rank);
}

enum status frame_finish(struct frame *f)
{
  int domain = f->domain;
  if (frame_stopped(f)) return f->body.status;
  const struct sequence *s = f->sequence;
  if (s) TRY(nest_slabs(f->e, &domain, s->outer, s->ticks, s->nticks));
  f->body.kernel.domain = domain;
  return body_finish(&f->body, f->e->program);
}

void frame_roll_back(struct elab *e, size_t arrays, size_t kernels)
{
  struct program *p = e->program;
  while (p->kernels.len > kernels) kernel_free(&p->kernels.data[--p->kernels.len]);
  while (p->arrays.len > arrays) mem_free(p->arrays.data[--p->arrays.len].name);
  for (size_t i = 0; i < e->scope.len; i++)
    if (e->scope.data[i].array >= (int)arrays) e->scope.data[i].array = -1;
}

enum status frame_run(struct frame *f, frame_emit *emit, void *user)
{
  struct elab *e = f->e;
  VEC(int) todo = {0};
  enum status status = VEC_PUSH(&todo, f->full) ? STATUS_OK : diag_no_memory(e->ctx);
  while (todo.len > 0 && status == STATUS_OK) {
    size_t arrays = e->program->arrays.len, kernels = e->program->kernels.len;
    int depth = e->depth;
    f->domain = todo.data[--todo.len];
    if (e->program->domains.data[f->domain].count == 0) continue;
    body_init(&f->body, e->ctx, f->domain, NO_LOC);
    f->serial = ++e->bodies;
    f->split = false;
    f->expanded = 0;
    status = emit(f, user);
    body_free(&f->body);
    if (!f->split) continue;
    frame_roll_back(e, arrays, kernels);
    e->depth = depth;
    status = STATUS_OK;
    for (int i = f->pieces.count; i-- > 0 && status == STATUS_OK;)
      if (!VEC_PUSH(&todo, f->pieces.domain[i])) status = diag_no_memory(e->ctx);
  }
  VEC_FREE(&todo);
  return status;
}
