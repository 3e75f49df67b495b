#include "config.h"

#include "api/handles.h"

#include <string.h>

/* asdex.h numbers them so that zeros are the defaults. */
static const enum coloring_method methods[] = {
    [ASDEX_STAR] = METHOD_STAR, [ASDEX_ACYCLIC] = METHOD_ACYCLIC, [ASDEX_COLUMN] = METHOD_COLUMN};
static const enum coloring_ordering orderings[] = {
    [ASDEX_LARGEST_FIRST] = ORDERING_LARGEST_FIRST,
    [ASDEX_NATURAL] = ORDERING_NATURAL,
    [ASDEX_SMALLEST_LAST] = ORDERING_SMALLEST_LAST,
    [ASDEX_INCIDENCE_DEGREE] = ORDERING_INCIDENCE_DEGREE,
    [ASDEX_DYNAMIC_LARGEST_FIRST] = ORDERING_DYNAMIC_LARGEST_FIRST,
    [ASDEX_RANDOM] = ORDERING_RANDOM,
    [ASDEX_BEST] = ORDERING_BEST};

static enum status method_of(struct context *ctx, asdex_method method, enum coloring_method *out)
{
  if ((unsigned)method >= sizeof methods / sizeof *methods)
    return FAIL(ctx, LIBRARY_UNKNOWN, NO_LOC, "method of coloring", (int)method);
  *out = methods[method];
  return STATUS_OK;
}

static enum status take_options(struct context *ctx, const asdex_coloring_options *o,
                                struct coloring_options *out)
{
  static const asdex_coloring_options defaults = {ASDEX_STAR, ASDEX_LARGEST_FIRST, 0, 0};
  if (!o) o = &defaults;
  TRY(method_of(ctx, o->method, &out->method));
  if ((unsigned)o->ordering >= sizeof orderings / sizeof *orderings)
    return FAIL(ctx, LIBRARY_UNKNOWN, NO_LOC, "ordering", (int)o->ordering);
  out->ordering = orderings[o->ordering];
  out->seed = o->seed;
  out->postprocess = o->postprocess != 0;
  return STATUS_OK;
}

static void coloring_drop(asdex_coloring *g)
{
  if (!g) return;
  coloring_free(&g->coloring);
  mem_free(g);
}

/* The end of a call that makes g: hands it over, or drops it after a failure. */
static asdex_status coloring_end(struct call *call, enum status status,
                                 const asdex_pattern *pattern, asdex_coloring *g,
                                 asdex_coloring **coloring)
{
  if (status == STATUS_OK) {
    g->context = call->context;
    g->pattern = pattern;
    *coloring = g;
  } else {
    coloring_drop(g);
  }
  return call_end(call, status);
}

asdex_status asdex_coloring_create(asdex_context *c, const asdex_pattern *pattern,
                                   const asdex_coloring_options *options, asdex_coloring **coloring)
{
  struct call call = call_begin(c, NULL);
  struct coloring_options o;
  asdex_coloring *g = NULL;
  *coloring = NULL;
  enum status status = call_new(&call, sizeof *g, (void **)&g);
  if (status == STATUS_OK) status = take_options(&call.inner, options, &o);
  if (status == STATUS_OK)
    status = coloring_compute(&call.inner, &pattern->pattern, &o, &g->coloring);
  return coloring_end(&call, status, pattern, g, coloring);
}

/* ---- colors that are given ---- */

/* Colors are 0 … num_colors-1, none of them unused: so there are at most n. */
static enum status count_colors(struct context *ctx, struct coloring *c)
{
  int32_t most = -1;
  for (int32_t i = 0; i < c->n; i++) {
    if (c->color[i] < -1 || c->color[i] >= c->n)
      return FAIL(ctx, LIBRARY_COLOR, NO_LOC, (long)c->color[i], (long)i, (long)c->n - 1);
    if (c->color[i] > most) most = c->color[i];
  }
  c->num_colors = most + 1;
  bool *used = mem_zalloc((size_t)c->num_colors, sizeof *used);
  if (!used) return diag_no_memory(ctx);
  for (int32_t i = 0; i < c->n; i++)
    if (c->color[i] >= 0) used[c->color[i]] = true;
  int32_t unused = 0;
  while (unused < c->num_colors && used[unused]) unused++;
  mem_free(used);
  return unused == c->num_colors ? STATUS_OK
                                 : FAIL(ctx, LIBRARY_COLOR_UNUSED, NO_LOC, (long)unused);
}

static enum status take_colors(struct context *ctx, const struct pattern *p, const int32_t *colors,
                               struct coloring *c)
{
  bool valid;
  struct coloring_flaw flaw = {0};
  if (!colors && p->n > 0) return FAIL(ctx, LIBRARY_NULL, NO_LOC, "the colors");
  c->n = p->n;
  c->color = mem_alloc((size_t)p->n, sizeof *c->color);
  if (!c->color) return diag_no_memory(ctx);
  if (p->n > 0) memcpy(c->color, colors, (size_t)p->n * sizeof *colors);
  TRY(count_colors(ctx, c));
  TRY(coloring_check(ctx, p, c, &valid, &flaw));
  return valid ? STATUS_OK
               : FAIL(ctx, LIBRARY_COLORING, NO_LOC, method_names[c->method], (long)flaw.vertex[0],
                      flaw.what);
}

asdex_status asdex_coloring_create_from_colors(asdex_context *c, const asdex_pattern *pattern,
                                               asdex_method method, const int32_t *colors,
                                               asdex_coloring **coloring)
{
  struct call call = call_begin(c, NULL);
  asdex_coloring *g = NULL;
  *coloring = NULL;
  enum status status = call_new(&call, sizeof *g, (void **)&g);
  if (status == STATUS_OK) status = method_of(&call.inner, method, &g->coloring.method);
  if (status == STATUS_OK)
    status = take_colors(&call.inner, &pattern->pattern, colors, &g->coloring);
  return coloring_end(&call, status, pattern, g, coloring);
}

void asdex_coloring_free(asdex_coloring *g)
{
  if (!g) return;
  asdex_context *c = g->context;
  struct mem_account *before = context_enter(c);
  coloring_drop(g);
  context_release(c, before);
}

/* ---- parts ---- */

asdex_method asdex_coloring_method(const asdex_coloring *g)
{
  switch (g->coloring.method) {
  case METHOD_ACYCLIC: return ASDEX_ACYCLIC;
  case METHOD_COLUMN: return ASDEX_COLUMN;
  default: return ASDEX_STAR;
  }
}

int32_t asdex_coloring_count(const asdex_coloring *g)
{
  return g->coloring.num_colors;
}

const int32_t *asdex_coloring_colors(const asdex_coloring *g)
{
  return g->coloring.color;
}

const asdex_pattern *asdex_coloring_pattern(const asdex_coloring *g)
{
  return g->pattern;
}
