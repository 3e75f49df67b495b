/* Reads: from index expressions to maps, with every bound checked. */
#include "config.h"

#include "lang/lowering.h"

#include <math.h>
#include <string.h>

/* ---- affine maps ---- */

/* The digit of dimension d as an affine form; false if it is not whole. */
static bool digit_of(const struct shape *s, int d, struct form *f)
{
  int64_t step = s->step[d];
  f->constant -= s->lo[d];
  if (step == 1) return true;
  if (f->constant % step) return false;
  f->constant /= step;
  for (int k = 0; k < LOOP_MAX; k++) {
    if (f->coef[k] % step) return false;
    f->coef[k] /= step;
  }
  return true;
}

/* Whether 0 ≤ f < extent in every iteration of the domain. */
static bool stays_within(const struct domain *d, const struct form *f, int64_t extent)
{
  if (d->kind == DOMAIN_BOX) {
    int64_t least, greatest;
    return nest_form_range(f, d, &least, &greatest) && least >= 0 && greatest < extent;
  }
  for (int64_t r = 0; r < d->nruns; r++) {
    int64_t at = f->constant, len = d->start[r + 1] - d->start[r];
    for (int k = 0; k < d->ndim; k++)
      if (!form_add_term(&at, f->coef[k], d->first[r * d->ndim + k])) return false;
    int64_t end = at;
    if (len > 1 && !form_add_term(&end, f->coef[d->ndim - 1], d->run_step[r] * (len - 1)))
      return false;
    if (at < 0 || at >= extent || end < 0 || end >= extent) return false;
  }
  return true;
}

/* The element as an affine map, if it is one that stays in bounds. */
static bool affine_map(struct frame *f, const struct expr *x, const struct symbol *s,
                       struct map *map)
{
  const struct domain *d = &f->e->program->domains.data[f->domain];
  struct form offset = {0};
  if (!s->shape.box || s->shape.hole || x->decl->is_sparse) return false;
  for (int k = 0; k < s->shape.ndim; k++) {
    struct form form;
    if (!form_of(f->e, x->args[k], &form) || !form_is_affine(&form) ||
        !digit_of(&s->shape, k, &form) || !stays_within(d, &form, s->shape.extent[k]))
      return false;
    if (!form_add_term(&offset.constant, form.constant, s->shape.stride[k])) return false;
    for (int c = 0; c < LOOP_MAX; c++)
      if (!form_add_term(&offset.coef[c], form.coef[c], s->shape.stride[k])) return false;
  }
  *map = (struct map){.kind = MAP_AFFINE, .base = offset.constant};
  memcpy(map->coef, offset.coef, sizeof map->coef);
  return s->shape.ndim == 1 || stays_within(d, &offset, s->shape.size);
}

/* ---- tables ---- */

struct tabulation {
  const struct expr *x;
  const struct symbol *s;
  bool forms; /* all indices are forms */
  struct form form[LOOP_MAX];
  int64_t *offset;
};

static enum status visit_element(struct elab *e, int64_t p, void *user)
{
  struct tabulation *t = user;
  if (t->forms) {
    int64_t index[LOOP_MAX];
    bool ok = true;
    for (int k = 0; k < t->s->shape.ndim && ok; k++) {
      double v = form_value(e, &t->form[k], &ok);
      ok = ok && v == trunc(v) && fabs(v) < WHOLE_MAX;
      if (ok) index[k] = (int64_t)v;
    }
    if (ok && (t->offset[p] = shape_find(&t->s->shape, index)) >= 0) return STATUS_OK;
  }
  return data_element(e, t->x, &t->offset[p]); /* slow, and finds the words for what is wrong */
}

static enum status table_map(struct frame *f, const struct expr *x, const struct symbol *s,
                             struct map *map)
{
  struct elab *e = f->e;
  int64_t count = e->program->domains.data[f->domain].count;
  struct tabulation t = {.x = x, .s = s, .forms = !x->decl->is_sparse};
  for (int k = 0; k < s->shape.ndim && t.forms; k++) t.forms = form_of(e, x->args[k], &t.form[k]);
  TRY(diag_check_memory(e->ctx, 8.0 * (double)count, "a table of indices"));
  t.offset = mem_alloc((size_t)count, sizeof *t.offset);
  if (!t.offset) return diag_no_memory(e->ctx);
  enum status status = nest_walk(e, f->domain, visit_element, &t);
  if (status == STATUS_OK) return nest_table(e, t.offset, count, map);
  mem_free(t.offset);
  return status;
}

enum status lower_map(struct frame *f, const struct expr *x, struct map *map)
{
  const struct symbol *s = symbol_of(f->e, x->decl);
  if (s->shape.ndim == 0) {
    *map = map_constant(0);
    return STATUS_OK;
  }
  if (affine_map(f, x, s, map)) return STATUS_OK;
  return table_map(f, x, s, map);
}

/* ---- forms as maps ---- */

struct form_table {
  const struct form *form;
  int64_t *value;
};

static enum status visit_form(struct elab *e, int64_t p, void *user)
{
  struct form_table *t = user;
  bool ok = true;
  t->value[p] = (int64_t)form_value(e, t->form, &ok);
  return STATUS_OK;
}

enum status form_map(struct elab *e, const struct form *form, int domain, struct map *map)
{
  memset(map, 0, sizeof *map);
  if (form_is_affine(form)) {
    map->kind = MAP_AFFINE;
    map->base = form->constant;
    memcpy(map->coef, form->coef, sizeof map->coef);
    return STATUS_OK;
  }
  int64_t count = e->program->domains.data[domain].count;
  TRY(diag_check_memory(e->ctx, 8.0 * (double)count, "a table of indices"));
  struct form_table t = {form, mem_alloc((size_t)count, sizeof *t.value)};
  if (!t.value) return diag_no_memory(e->ctx);
  enum status status = nest_walk(e, domain, visit_form, &t);
  if (status == STATUS_OK) return nest_table(e, t.value, count, map);
  mem_free(t.value);
  return status;
}

struct value lower_form(struct frame *f, const struct form *form)
{
  struct map map;
  enum status status = form_map(f->e, form, f->domain, &map);
  if (status != STATUS_OK) frame_fail(f, status);
  return (struct value){.id = frame_stopped(f) ? 0 : body_read(&f->body, -1, &map)};
}

/* ---- order of definition ---- */

struct clock_check {
  const struct expr *x;
  const struct symbol *s;
  struct map map, outer;
  const struct sequence *sequence;
  int ndim;
};

static enum status visit_clock(struct elab *e, int64_t p, void *user)
{
  struct clock_check *c = user;
  int64_t offset = map_offset(e->program, &c->map, p, e->at, c->ndim);
  int64_t position = map_offset(e->program, &c->outer, p, e->at, c->ndim);
  if (c->s->when[offset] < clock_time(e, c->sequence, position)) return STATUS_OK;
  struct strbuf name = {0};
  int64_t index[LOOP_MAX];
  shape_index(&c->s->shape, offset, index);
  shape_print_element(c->s->decl->name, index, c->s->shape.ndim, &name);
  enum status status =
      name.failed ? diag_no_memory(e->ctx) : FAIL(e->ctx, NOT_DEFINED_YET, c->x->loc, name.data);
  strbuf_free(&name);
  note_indices(e);
  return status;
}

/* Every element must have been set at an earlier time than this iteration's. */
static enum status check_clock(struct frame *f, const struct expr *x, const struct symbol *s,
                               const struct map *map)
{
  struct clock_check c = {.x = x, .s = s, .map = *map, .sequence = f->sequence, .ndim = f->ndims};
  if (!s->when) return STATUS_OK;
  TRY(clock_map(f->e, f->sequence, f->domain, &c.outer));
  return nest_walk(f->e, f->domain, visit_clock, &c);
}

struct value lower_read(struct frame *f, const struct expr *x)
{
  const struct symbol *s = symbol_of(f->e, x->decl);
  struct map map;
  struct value inlined;
  f->body.loc = x->loc;
  if (frame_stopped(f)) return (struct value){0};
  enum status status = lower_map(f, x, &map);
  if (status == STATUS_OK && map.kind == MAP_AFFINE && lower_inline(f, x, &inlined)) return inlined;
  if (status == STATUS_OK) status = check_clock(f, x, s, &map);
  if (status != STATUS_OK) {
    frame_fail(f, status);
    return (struct value){0};
  }
  return (struct value){.id = body_read(&f->body, s->array, &map)};
}
