#include "config.h"

#include "api/handles.h"

asdex_status asdex_pattern_create(asdex_context *c, const asdex_model *m, asdex_pattern **pattern)
{
  struct call call = call_begin(c, m);
  asdex_pattern *p = NULL;
  *pattern = NULL;
  enum status status = call_new(&call, sizeof *p, (void **)&p);
  if (status == STATUS_OK) status = problem_pattern(&call.inner, m->problem, &p->pattern);
  if (status == STATUS_OK) {
    p->context = c;
    p->model = m->number;
    *pattern = p;
  } else {
    mem_free(p);
  }
  return call_end(&call, status);
}

static enum status check_entries(struct context *ctx, int32_t n, int64_t count, const int32_t *rows,
                                 const int32_t *columns)
{
  if (n < 0)
    return FAIL(ctx, LIBRARY_RANGE, NO_LOC, "the size of a pattern", (long long)n, 0,
                (long long)INT32_MAX);
  if (count < 0)
    return FAIL(ctx, LIBRARY_RANGE, NO_LOC, "the number of entries", (long long)count, 0,
                (long long)INT64_MAX);
  if (count > 0 && (!rows || !columns)) return FAIL(ctx, LIBRARY_NULL, NO_LOC, "rows and columns");
  for (int64_t k = 0; k < count; k++) {
    int32_t index = rows[k] >= 0 && rows[k] < n ? columns[k] : rows[k];
    if (index < 0 || index >= n)
      return FAIL(ctx, LIBRARY_INDEX, NO_LOC, (long)index, (long long)k, (long)n);
  }
  return STATUS_OK;
}

asdex_status asdex_pattern_create_from_entries(asdex_context *c, int32_t n, int64_t count,
                                               const int32_t *rows, const int32_t *columns,
                                               asdex_pattern **pattern)
{
  struct call call = call_begin(c, NULL);
  asdex_pattern *p = NULL;
  *pattern = NULL;
  enum status status = call_new(&call, sizeof *p, (void **)&p);
  if (status == STATUS_OK) status = check_entries(&call.inner, n, count, rows, columns);
  if (status == STATUS_OK)
    status = pattern_from_pairs(&call.inner, n, count, rows, columns, &p->pattern);
  if (status == STATUS_OK) {
    p->context = c;
    *pattern = p;
  } else {
    mem_free(p);
  }
  return call_end(&call, status);
}

void asdex_pattern_free(asdex_pattern *p)
{
  if (!p) return;
  asdex_context *c = p->context;
  struct mem_account *before = context_enter(c);
  pattern_free(&p->pattern);
  mem_free(p);
  context_release(c, before);
}

int32_t asdex_pattern_size(const asdex_pattern *p)
{
  return p->pattern.n;
}

int64_t asdex_pattern_nnz(const asdex_pattern *p)
{
  return pattern_nnz(&p->pattern);
}

const int64_t *asdex_pattern_starts(const asdex_pattern *p)
{
  return p->pattern.ptr;
}

const int32_t *asdex_pattern_columns(const asdex_pattern *p)
{
  return p->pattern.ind;
}
