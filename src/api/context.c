#include "config.h"

#include "api/handles.h"

#include <string.h>

#include "base/pool.h"

const char *asdex_version(void)
{
  return PACKAGE_VERSION;
}

/* ---- the handle ---- */

asdex_context *asdex_context_create(const asdex_allocator *allocator)
{
  struct mem_account account = {0};
  if (allocator) {
    account.hook = allocator->resize;
    account.user = allocator->user;
  }
  struct mem_account *before = mem_enter(&account);
  asdex_context *c = mem_zalloc(1, sizeof *c);
  mem_enter(before);
  if (c) c->account = account;
  return c;
}

static void drop_diagnostics(asdex_context *c)
{
  c->diagnostics.len = 0;
  c->is_lost = false;
  arena_free(&c->texts);
}

static void context_drop(asdex_context *c)
{
  struct mem_account account = c->account; /* outlives what it stands in */
  struct mem_account *before = mem_enter(&account);
  pool_free(c->pool);
  drop_diagnostics(c);
  VEC_FREE(&c->diagnostics);
  mem_free(c);
  mem_enter(before);
}

void asdex_context_free(asdex_context *c)
{
  if (!c) return;
  c->is_freed = true;
  if (c->handles == 0) context_drop(c);
}

void context_release(asdex_context *c, struct mem_account *before)
{
  context_leave(before);
  if (--c->handles == 0 && c->is_freed) context_drop(c);
}

void asdex_context_set_memory_limit(asdex_context *c, size_t bytes)
{
  struct mem_account *before = context_enter(c);
  c->max_memory = bytes;
  mem_set_limit(bytes);
  context_leave(before);
}

void asdex_context_allow_files(asdex_context *c, int allowed)
{
  c->refuse_external = !allowed;
}

static enum status set_threads(struct call *call, int threads)
{
  asdex_context *c = call->context;
  if (threads < 0 || threads > POOL_WORKERS_MAX)
    return FAIL(&call->inner, LIBRARY_RANGE, NO_LOC, "the number of threads", (long long)threads, 0,
                (long long)POOL_WORKERS_MAX);
  if (c->used) return FAIL(&call->inner, LIBRARY_THREADS_LATE, NO_LOC);
  struct pool *pool = NULL;
  if (threads == 0) threads = pool_processors();
  if (threads > 1 && !(pool = pool_create(threads))) return diag_no_memory(&call->inner);
  pool_free(c->pool);
  c->pool = pool;
  return STATUS_OK;
}

asdex_status asdex_context_set_threads(asdex_context *c, int threads)
{
  struct call call = call_begin(c, NULL);
  call.inner.pool = NULL;
  return call_end(&call, set_threads(&call, threads));
}

/* ---- diagnostics ---- */

size_t asdex_context_diagnostics(const asdex_context *c, const asdex_diagnostic **list)
{
  *list = c->is_lost ? &c->lost : c->diagnostics.data;
  return c->is_lost ? 1 : c->diagnostics.len;
}

const char *asdex_context_message(const asdex_context *c)
{
  const asdex_diagnostic *list;
  size_t count = asdex_context_diagnostics(c, &list);
  for (size_t i = 0; i < count; i++)
    if (list[i].severity == ASDEX_ERROR) return list[i].message;
  return "";
}

static char *copy_text(asdex_context *c, const char *text)
{
  return arena_strndup(&c->texts, text, strlen(text));
}

/* Names from outside may have line breaks and other control characters. */
static char *copy_line(asdex_context *c, const char *text)
{
  char *line = copy_text(c, text);
  for (char *q = line; q && *q; q++)
    if ((unsigned char)*q < ' ' || *q == 0x7f) *q = '?';
  return line;
}

static bool find_place(asdex_context *c, const struct context *inner, struct loc loc,
                       asdex_diagnostic *out)
{
  if (loc.source < 0 || (size_t)loc.source >= inner->sources.len) return true;
  const struct source *src = &inner->sources.data[loc.source];
  out->file = copy_text(c, src->name);
  if (src->text && loc.begin != UINT32_MAX) {
    source_position(src, loc.begin, &out->line, &out->column);
    source_position(src, loc.end > loc.begin ? loc.end : loc.begin, &out->end_line,
                    &out->end_column);
  }
  return out->file != NULL;
}

static bool collect_one(asdex_context *c, const struct context *inner, const struct diag *d)
{
  asdex_diagnostic out = {.severity = (asdex_severity)d->severity,
                          .status = (asdex_status)d->status,
                          .message = copy_line(c, d->message)};
  return out.message && find_place(c, inner, d->loc, &out) && VEC_PUSH(&c->diagnostics, out);
}

void context_collect(asdex_context *c, struct context *inner, enum status status)
{
  bool ok = !inner->lost;
  for (size_t i = 0; i < inner->diags.len && ok; i++)
    ok = collect_one(c, inner, &inner->diags.data[i]);
  if (!ok && status != STATUS_OK) {
    c->is_lost = true;
    c->lost = (asdex_diagnostic){.severity = ASDEX_ERROR,
                                 .status = (asdex_status)status,
                                 .message = mem_over_limit() ? ERR_FORMAT_MEMORY_LIMIT
                                                             : ERR_FORMAT_NO_MEMORY};
  }
  inner->lost = false;
  inner->kept = inner->sources.len;
  context_rewind(inner);
}

/* ---- calls ---- */

struct mem_account *context_enter(asdex_context *c)
{
  return mem_enter(&c->account);
}

struct mem_account *context_begin(asdex_context *c)
{
  struct mem_account *before = context_enter(c);
  if (c->diagnostics.len > 0 || c->is_lost) drop_diagnostics(c);
  return before;
}

void context_leave(struct mem_account *before)
{
  mem_enter(before);
}

/* The sources are the model's own: only the list of them is copied. */
enum status inner_open(asdex_context *c, const asdex_model *model, struct context *inner)
{
  context_init(inner);
  inner->max_memory = c->max_memory;
  inner->refuse_external = c->refuse_external;
  inner->pool = c->pool;
  if (!model || model->inner.sources.len == 0) return STATUS_OK;
  size_t count = model->inner.sources.len;
  if (!VEC_RESERVE(&inner->sources, count)) return diag_no_memory(inner);
  memcpy(inner->sources.data, model->inner.sources.data, count * sizeof *inner->sources.data);
  inner->sources.len = inner->kept = count;
  return STATUS_OK;
}

void inner_close(struct context *inner)
{
  context_rewind(inner); /* what was added to the sources */
  inner->sources.len = 0;
  inner->pool = NULL;
  context_free(inner);
}

struct call call_begin(asdex_context *c, const asdex_model *model)
{
  struct call call = {.context = c, .before = context_begin(c)};
  call.status = inner_open(c, model, &call.inner);
  return call;
}

asdex_status call_end(struct call *call, enum status status)
{
  size_t kept = call->inner.kept;
  if (call->makes && status == STATUS_OK) {
    call->context->used = true;
    call->context->handles++;
  }
  context_collect(call->context, &call->inner, status);
  call->inner.kept = kept;
  inner_close(&call->inner);
  context_leave(call->before);
  return (asdex_status)status;
}

enum status call_new(struct call *call, size_t size, void **handle)
{
  TRY(call->status);
  *handle = mem_zalloc(1, size);
  call->makes = true;
  return *handle ? STATUS_OK : diag_no_memory(&call->inner);
}
