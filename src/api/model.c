#include "config.h"

#include "api/handles.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "base/strbuf.h"
#include "io/data.h"
#include "io/file.h"

/* ---- settings ---- */

struct settings {
  struct parameter_input *inputs;
  struct data *values; /* by number of the setting: what INPUT_VALUE points to */
  size_t count;
};

static void settings_free(struct settings *s)
{
  for (size_t i = 0; i < s->count && s->values; i++)
    for (int d = 0; d < s->values[i].depth; d++) mem_free(s->values[i].counts[d]);
  mem_free(s->values);
  mem_free(s->inputs);
}

/* The lengths of the lists of a level: as many as there are items in the level above. */
static enum status add_level(struct context *ctx, struct data *d, int64_t length)
{
  int64_t lists = d->nvalues;
  if (__builtin_mul_overflow(lists, length, &d->nvalues)) return FAIL(ctx, ARRAY_TOO_LARGE, NO_LOC);
  TRY(diag_check_memory(ctx, 8.0 * (double)lists, "an array"));
  int64_t *counts = mem_alloc((size_t)lists, sizeof *counts);
  if (!counts) return diag_no_memory(ctx);
  for (int64_t k = 0; k < lists; k++) counts[k] = length;
  d->counts[d->depth] = counts;
  d->ncounts[d->depth++] = lists;
  return STATUS_OK;
}

static enum status check_array(struct context *ctx, const asdex_setting *s)
{
  if (s->dimensions < 0 || s->dimensions > LOOP_MAX)
    return FAIL(ctx, LIBRARY_RANGE, NO_LOC, "the number of dimensions", (long long)s->dimensions, 0,
                (long long)LOOP_MAX);
  if (s->dimensions > 0 && !s->extents)
    return FAIL(ctx, LIBRARY_NULL, NO_LOC, "the extents of an array");
  for (int k = 0; k < s->dimensions; k++)
    if (s->extents[k] < 0)
      return FAIL(ctx, LIBRARY_RANGE, NO_LOC, "an extent", (long long)s->extents[k], 0,
                  (long long)INT64_MAX);
  return STATUS_OK;
}

/* Numbers in memory as if they had been read as nested lists, which end at an empty one.  They are
 * not copied, and only read. */
static enum status array_value(struct context *ctx, const asdex_setting *s, struct data *d)
{
  static char no_spelling[] = "";
  TRY(check_array(ctx, s));
  *d = (struct data){.kind = DATA_LIST, .loc = NO_LOC, .nvalues = 1, .values = (double *)s->values};
  for (int k = 0; k < s->dimensions && d->nvalues > 0; k++) TRY(add_level(ctx, d, s->extents[k]));
  if (!s->values && d->nvalues > 0)
    return FAIL(ctx, LIBRARY_NULL, NO_LOC, "the values of an array");
  for (int64_t k = 0; k < d->nvalues; k++)
    if (!isfinite(s->values[k]))
      return FAIL(ctx, LIBRARY_VALUE, NO_LOC, (long long)k, s->name,
                  isnan(s->values[k]) ? "not a number (nan)" : "infinite");
  if (s->dimensions > 0) return STATUS_OK;
  d->kind = DATA_NUMBER;
  d->number = s->values[0];
  d->text = no_spelling;
  return STATUS_OK;
}

static enum status take_setting(struct context *ctx, const asdex_setting *s, struct data *value,
                                struct parameter_input *out)
{
  out->name = s->name;
  out->text = s->text;
  out->value = value;
  switch (s->kind) {
  case ASDEX_SET_TEXT: out->kind = INPUT_SET; break;
  case ASDEX_SET_ARRAY: out->kind = INPUT_VALUE; break;
  case ASDEX_DATA_FILE: out->kind = s->name ? INPUT_NAMED_DATA : INPUT_DATA; break;
  default: return FAIL(ctx, LIBRARY_UNKNOWN, NO_LOC, "kind of setting", (int)s->kind);
  }
  if (!s->name && s->kind != ASDEX_DATA_FILE) return FAIL(ctx, LIBRARY_NULL, NO_LOC, "a name");
  if (s->kind == ASDEX_SET_ARRAY) return array_value(ctx, s, value);
  return s->text ? STATUS_OK : FAIL(ctx, LIBRARY_NULL, NO_LOC, "the text of a setting");
}

static enum status take_settings(struct context *ctx, const asdex_model_options *o,
                                 struct settings *s)
{
  s->count = o->num_settings;
  s->inputs = mem_zalloc(s->count, sizeof *s->inputs);
  s->values = mem_zalloc(s->count, sizeof *s->values);
  if (!s->inputs || !s->values) return diag_no_memory(ctx);
  for (size_t i = 0; i < s->count; i++)
    TRY(take_setting(ctx, &o->settings[i], &s->values[i], &s->inputs[i]));
  return STATUS_OK;
}

/* ---- loading ---- */

static enum status check_options(struct context *ctx, const asdex_model_options *o)
{
  if (!o) return FAIL(ctx, LIBRARY_NULL, NO_LOC, "the options");
  if (!o->settings && o->num_settings > 0) return FAIL(ctx, LIBRARY_NULL, NO_LOC, "the settings");
  for (size_t i = 0; i < o->num_wrt; i++)
    if (!o->wrt || !o->wrt[i]) return FAIL(ctx, LIBRARY_NULL, NO_LOC, "a name of wrt");
  return STATUS_OK;
}

static enum status read_text(struct context *ctx, const asdex_model_options *o, int *source)
{
  if (!o->text && !o->file) return FAIL(ctx, LIBRARY_NULL, NO_LOC, "the model's file, or its text");
  if (!o->text) return file_read(ctx, o->file, source);
  char *copy = mem_strndup(o->text, o->length);
  if (!copy) return diag_no_memory(ctx);
  return context_add_source(ctx, o->file ? o->file : "<text>", copy, o->length, source);
}

static enum status load(asdex_model *m, const asdex_model_options *o, struct settings *s)
{
  struct context *ctx = &m->inner;
  struct problem_options p = {.inputs = s->inputs,
                              .ninputs = s->count,
                              .model_path = o->file && strcmp(o->file, "-") ? o->file : NULL,
                              .wrt = o->wrt,
                              .nwrt = o->num_wrt};
  TRY(read_text(ctx, o, &p.model_source));
  TRY(problem_load(ctx, &p, &m->problem));
  for (int i = 0; i < (int)ctx->sources.len; i++) /* places in the data are needed no longer */
    if (i != p.model_source) context_release_source(ctx, i);
  return STATUS_OK;
}

static _Atomic uint64_t models; /* so far */

static void model_drop(asdex_model *m)
{
  if (!m) return;
  problem_free(m->problem);
  m->inner.pool = NULL;
  context_free(&m->inner);
  mem_free(m);
}

asdex_status asdex_model_load(asdex_context *c, const asdex_model_options *options,
                              asdex_model **model)
{
  struct call call = call_begin(c, NULL);
  struct settings settings = {0};
  asdex_model *m = NULL;
  *model = NULL;
  enum status status = call_new(&call, sizeof *m, (void **)&m);
  if (status != STATUS_OK) goto done;
  m->context = c;
  m->number = atomic_fetch_add(&models, 1) + 1;
  status = inner_open(c, NULL, &m->inner);
  if (status == STATUS_OK) status = check_options(&m->inner, options);
  if (status == STATUS_OK) status = take_settings(&m->inner, options, &settings);
  if (status == STATUS_OK) status = load(m, options, &settings);
  context_collect(c, &m->inner, status);
  if (status == STATUS_OK)
    *model = m;
  else
    model_drop(m);
done:
  settings_free(&settings);
  return call_end(&call, status);
}

void asdex_model_free(asdex_model *m)
{
  if (!m) return;
  asdex_context *c = m->context;
  struct mem_account *before = context_enter(c);
  model_drop(m);
  context_release(c, before);
}

/* ---- parts ---- */

int64_t asdex_model_variables(const asdex_model *m)
{
  return problem_program(m->problem)->nx;
}

int32_t asdex_model_unknowns(const asdex_model *m)
{
  return (int32_t)problem_program(m->problem)->n;
}

size_t asdex_model_blocks(const asdex_model *m)
{
  const struct block *blocks;
  return problem_blocks(m->problem, &blocks);
}

asdex_block asdex_model_block(const asdex_model *m, size_t k)
{
  const struct block *blocks;
  problem_blocks(m->problem, &blocks);
  return (asdex_block){.name = blocks[k].name,
                       .size = blocks[k].size,
                       .variable = blocks[k].offset,
                       .unknown = blocks[k].unknown};
}

size_t asdex_model_auxes(const asdex_model *m)
{
  return problem_auxes(m->problem);
}

const char *asdex_model_aux_name(const asdex_model *m, size_t k)
{
  return problem_aux_name(m->problem, k);
}

int64_t asdex_model_aux_size(const asdex_model *m, size_t k)
{
  return problem_program(m->problem)->arrays.data[problem_aux_array(m->problem, k)].size;
}

static enum status unknown_name(struct call *call, const asdex_model *m, int32_t u, char *name,
                                size_t size)
{
  struct strbuf text = {0};
  int32_t n = asdex_model_unknowns(m);
  TRY(call->status);
  if (u < 0 || u >= n)
    return FAIL(&call->inner, LIBRARY_NUMBER, NO_LOC, "unknown", (long long)u, (long long)n);
  problem_unknown_name(m->problem, u, &text);
  enum status status = text.failed ? diag_no_memory(&call->inner) : STATUS_OK;
  if (status == STATUS_OK && size > 0) {
    size_t len = text.len < size ? text.len : size - 1;
    memcpy(name, text.data, len);
    name[len] = '\0';
  }
  strbuf_free(&text);
  return status;
}

asdex_status asdex_model_unknown_name(asdex_context *c, const asdex_model *m, int32_t u, char *name,
                                      size_t size)
{
  struct call call = call_begin(c, m);
  return call_end(&call, unknown_name(&call, m, u, name, size));
}

static enum status point(struct call *call, const asdex_model *m, const char *at, double *x)
{
  struct numbers point;
  int64_t count = asdex_model_variables(m);
  TRY(call->status);
  TRY(numbers_create(&call->inner, FIELD_REAL, (double)count, "the point", &point));
  enum status status = problem_point(&call->inner, m->problem, at, &point);
  if (status == STATUS_OK && count > 0) memcpy(x, point.re, (size_t)count * sizeof *x);
  numbers_free(&point);
  return status;
}

asdex_status asdex_model_point(asdex_context *c, const asdex_model *m, const char *at, double *x)
{
  struct call call = call_begin(c, m);
  return call_end(&call, point(&call, m, at, x));
}
