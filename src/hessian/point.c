/* Points: values for all variables, from the model's defaults, a file, or a generator. */
#include "config.h"

#include "hessian/problem_parts.h"

#include <string.h>

#include "base/number.h"
#include "base/random.h"
#include "io/file.h"
#include "lang/content.h"
#include "lang/declare.h"
#include "lang/quantity.h"
#include "lang/unknown.h"

struct point {
  struct context *ctx;
  const struct problem *problem;
  struct elab elab; /* for reading values: no names in scope */
  struct numbers *x;
  bool *given; /* by block */
};

/* ---- random points ---- */

static enum status random_point(struct context *ctx, const struct problem *p, const char *seed,
                                struct numbers *x)
{
  uint64_t state;
  if (!number_parse_unsigned(seed, &state)) return FAIL(ctx, BAD_SEED, NO_LOC, seed);
  for (int64_t i = 0; i < p->program.nx; i++)
    if (!numbers_set_real(x, i, splitmix_uniform(&state) + 0.5)) return diag_no_memory(ctx);
  return STATUS_OK;
}

/* ---- the stacked vector ---- */

/* Doubles, without a look at each: the values of an array are the point, and change owners, as the
 * first touch of a copy's pages would take as long as a third of the reading. */
static void take_doubles(struct mtx *m, struct numbers *x)
{
  if (m->coordinate) {
    for (int64_t k = 0; k < m->nnz; k++) x->re[m->row[k] + m->col[k]] = m->re[k];
  } else {
    double *values = m->re;
    m->re = x->re;
    x->re = values;
  }
}

static enum status stacked_point(struct point *p, int source)
{
  struct content c;
  int64_t nx = p->problem->program.nx;
  TRY(content_of_source(&p->elab, "the point", source, &c));
  struct mtx *m = c.matrix;
  enum status status = STATUS_OK;
  if (m->rows != 1 && m->cols != 1)
    status = FAIL(p->ctx, POINT_NO_VECTOR, c.loc, (long long)m->rows, (long long)m->cols);
  else if (m->rows * m->cols != nx)
    status = FAIL(p->ctx, POINT_WRONG_LENGTH, c.loc, (long long)(m->rows * m->cols), (long long)nx);
  bool doubles = p->x->field == FIELD_REAL;
  if (status == STATUS_OK && (m->coordinate || !doubles)) numbers_zero(p->x);
  if (status == STATUS_OK && doubles) take_doubles(m, p->x);
  for (int64_t k = 0; k < m->nnz && status == STATUS_OK && !doubles; k++) {
    struct number v;
    status = content_number(&p->elab, &c, k, &v);
    if (status == STATUS_OK) numbers_set(p->x, m->coordinate ? m->row[k] + m->col[k] : k, &v);
    number_release(&p->elab, 0);
  }
  content_free(&c);
  return status;
}

/* ---- blocks by name ---- */

static enum status fail_name(struct point *p, const struct data_entry *entry)
{
  const struct problem *q = p->problem;
  for (size_t i = 0; i < q->nsymbols; i++) {
    const struct decl *d = q->symbols[i].decl;
    if (strcmp(d->name, entry->key) != 0) continue;
    bool param = d->kind == DECL_PARAM;
    return FAIL(p->ctx, POINT_NOT_VARIABLE, entry->loc, entry->key,
                param                 ? "a parameter"
                : d->kind == DECL_DEF ? "a def"
                                      : "computed",
                param ? "; its value comes with --data or --set" : "");
  }
  const char *near = unknown_nearest(q->model, DECL_VAR, entry->key);
  enum status status = FAIL(p->ctx, POINT_UNKNOWN_NAME, entry->loc, entry->key, DID_YOU_MEAN(near));
  if (!near) unknown_note(p->ctx, q->model, DECL_VAR);
  return status;
}

/* {x: 3} below x: its value would be that of a file of x alone, which points do not have. */
static enum status check_named_once(struct point *p, const char *name, const struct data *d)
{
  bool twice = d->kind == DATA_MAP && data_get(d, name) && !data_get(d, "file");
  return twice ? FAIL(p->ctx, POINT_NAMED_TWICE, d->loc, name, name) : STATUS_OK;
}

/* A number fills the block. */
static enum status fill_block(struct point *p, const char *name, const struct data *d,
                              struct numbers *x)
{
  struct content c;
  struct number v;
  TRY(content_of_data(&p->elab, name, d, &c));
  TRY(content_number(&p->elab, &c, 0, &v));
  for (int64_t i = 0; i < x->count; i++) numbers_set(x, i, &v);
  number_release(&p->elab, 0);
  return STATUS_OK;
}

static enum status set_block(struct point *p, const struct block *b, const struct data *d)
{
  const struct array *a = &p->problem->program.arrays.data[b->array];
  struct numbers x = numbers_view(p->x, b->offset, b->size);
  p->given[b - p->problem->blocks.data] = true;
  /* A string is a number, or an error. */
  if (d->kind == DATA_NUMBER || d->kind == DATA_STRING) return fill_block(p, b->name, d, &x);
  TRY(check_named_once(p, b->name, d));
  return declare_values(&p->elab, b->name, &p->problem->symbols[a->symbol].shape, d, &x);
}

static enum status set_blocks(struct point *p, const struct data *map)
{
  for (size_t i = 0; i < map->nentries; i++) {
    const struct data_entry *entry = &map->entries[i];
    const struct block *b = problem_find_block(p->problem, entry->key);
    TRY(b ? set_block(p, b, entry->value) : fail_name(p, entry));
  }
  return STATUS_OK;
}

/* ---- all of it ---- */

static void set_defaults(struct point *p)
{
  for (size_t k = 0; k < p->problem->blocks.len; k++) {
    const struct block *b = &p->problem->blocks.data[k];
    const struct symbol *s = &p->problem->symbols[p->problem->program.arrays.data[b->array].symbol];
    struct numbers x = numbers_view(p->x, b->offset, b->size);
    p->given[k] = s->has_default || b->size == 0;
    if (s->has_default) numbers_copy(&x, &s->given, b->size);
  }
}

static enum status check_complete(struct point *p)
{
  for (size_t k = 0; k < p->problem->blocks.len; k++) {
    const struct block *b = &p->problem->blocks.data[k];
    const struct symbol *s = &p->problem->symbols[p->problem->program.arrays.data[b->array].symbol];
    if (!p->given[k]) return FAIL(p->ctx, VAR_MISSING, s->decl->loc, b->name);
  }
  return STATUS_OK;
}

static enum status find_point(struct point *p, const struct point_input *in)
{
  if (in->vector) return stacked_point(p, in->source);
  set_defaults(p);
  if (in->at) TRY(set_blocks(p, in->at));
  return check_complete(p);
}

enum status problem_point_of(struct context *ctx, const struct problem *p,
                             const struct point_input *in, struct numbers *x)
{
  struct point point = {.ctx = ctx, .problem = p, .x = x};
  point.elab = (struct elab){
      .ctx = ctx, .field = p->field, .model = p->model, .folder = p->folder, .symbols = p->symbols};
  point.given = mem_zalloc(p->blocks.len, sizeof *point.given);
  if (!point.given) return diag_no_memory(ctx);
  enum status status = find_point(&point, in);
  mem_free(point.given);
  VEC_FREE(&point.elab.scope);
  number_release(&point.elab, 0);
  VEC_FREE(&point.elab.temporaries);
  return status;
}

static enum status point_of_file(struct context *ctx, const struct problem *p, const char *path,
                                 struct numbers *x)
{
  int source;
  struct point_input in;
  TRY(file_read(ctx, path, &source));
  TRY(point_input_read(ctx, p, source, &in));
  enum status status = problem_point_of(ctx, p, &in, x);
  point_input_free(&in);
  return status;
}

enum status problem_point(struct context *ctx, const struct problem *p, const char *at,
                          struct numbers *x)
{
  if (!at) return problem_point_of(ctx, p, &(struct point_input){0}, x);
  if (strncmp(at, "random:", 7) == 0) return random_point(ctx, p, at + 7, x);
  return point_of_file(ctx, p, at, x);
}

/* ---- what a source gives ---- */

static enum status take_part(struct context *ctx, const struct data_entry *entry,
                             const struct data **part)
{
  if (entry->value->kind != DATA_MAP) return FAIL(ctx, DATA_NOT_MAP, entry->value->loc);
  *part = entry->value;
  return STATUS_OK;
}

static enum status find_parts(struct context *ctx, const struct problem *p, struct point_input *in)
{
  const struct data *d = in->tree;
  if (d->kind == DATA_NULL) return STATUS_OK;
  if (d->kind != DATA_MAP) return FAIL(ctx, DATA_NOT_MAP, d->loc);
  bool parts = (data_get(d, "at") || data_get(d, "set")) && !problem_find_block(p, "at") &&
               !problem_find_block(p, "set");
  if (!parts) in->at = d;
  for (size_t i = 0; i < d->nentries && parts; i++) {
    const struct data_entry *entry = &d->entries[i];
    if (strcmp(entry->key, "at") == 0)
      TRY(take_part(ctx, entry, &in->at));
    else if (strcmp(entry->key, "set") == 0)
      TRY(take_part(ctx, entry, &in->set));
    else
      return FAIL(ctx, POINT_PARTS, entry->loc, entry->key);
  }
  return STATUS_OK;
}

enum status point_input_read(struct context *ctx, const struct problem *p, int source,
                             struct point_input *out)
{
  *out = (struct point_input){.source = source};
  out->vector = mtx_is_matrix_market(&ctx->sources.data[source]);
  if (out->vector) return STATUS_OK;
  TRY(content_document(ctx, source, problem_field(p), &out->tree));
  enum status status = find_parts(ctx, p, out);
  if (status != STATUS_OK) point_input_free(out);
  return status;
}

void point_input_free(struct point_input *in)
{
  data_free(in->tree);
  *in = (struct point_input){0};
}
