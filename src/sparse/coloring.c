#include "config.h"

#include "sparse/coloring.h"
#include "sparse/greedy.h"
#include "sparse/ordering.h"
#include "sparse/postprocess.h"

#include <assert.h>

const char *const method_names[METHOD_COUNT] = {"star", "acyclic", "column"};

const char *const ordering_names[ORDERING_COUNT] = {
    "natural", "largest-first", "smallest-last", "incidence-degree", "dynamic-largest-first",
    "random",  "best"};

static greedy_coloring *const greedy[METHOD_COUNT] = {greedy_star, greedy_acyclic, greedy_columns};

void coloring_free(struct coloring *c)
{
  mem_free(c->color);
  *c = (struct coloring){0};
}

/* In a full pattern every vertex needs a color of its own: what all algorithms give, too. */
static bool color_full(const struct pattern *p, const int32_t *order, struct coloring *out)
{
  if (pattern_nnz(p) != (int64_t)p->n * p->n) return false;
  out->num_colors = p->n;
  for (int32_t k = 0; k < p->n; k++) out->color[order[k]] = k;
  return true;
}

/* Colors in one ordering; out->color has room for n colors, order for n vertices. */
static enum status color_in_order(struct context *ctx, const struct pattern *p,
                                  const struct coloring_options *options,
                                  enum coloring_ordering ordering, int32_t *order,
                                  struct coloring *out)
{
  TRY(ordering_compute(ctx, p, ordering, options->seed, order));
  if (color_full(p, order, out)) return STATUS_OK;
  TRY(greedy[options->method](ctx, p, order, out->color, &out->num_colors));
  if (options->postprocess && options->method != METHOD_COLUMN)
    TRY(coloring_postprocess(ctx, p, out));
  return STATUS_OK;
}

/* Tries all orderings.  The lower bound ends the search early where it is met (it knows nothing of
 * colors that are freed). */
static enum status color_best(struct context *ctx, const struct pattern *p,
                              const struct coloring_options *options, int32_t *order,
                              struct coloring *out)
{
  struct coloring trial = *out;
  enum status status;
  int32_t bound = 0;
  if (!options->postprocess) TRY(coloring_lower_bound(ctx, p, options->method, &bound));
  trial.color = mem_alloc((size_t)p->n, sizeof *trial.color);
  if (!trial.color) return diag_no_memory(ctx);
  status = color_in_order(ctx, p, options, 0, order, out);
  for (enum coloring_ordering o = 1; o < ORDERING_BEST; o++) {
    if (status != STATUS_OK || out->num_colors <= bound) break;
    status = color_in_order(ctx, p, options, o, order, &trial);
    if (status == STATUS_OK && trial.num_colors < out->num_colors) {
      struct coloring worse = *out;
      *out = trial;
      trial = worse;
    }
  }
  coloring_free(&trial);
  return status;
}

/* Without entries nothing is to be recovered: all are neutral. */
static void color_empty(struct coloring *out)
{
  out->num_colors = 0;
  for (int32_t v = 0; v < out->n; v++) out->color[v] = -1;
}

enum status coloring_compute(struct context *ctx, const struct pattern *p,
                             const struct coloring_options *options, struct coloring *out)
{
  struct coloring c = {.method = options->method, .ordering = options->ordering, .n = p->n};
  int32_t *order = NULL;
  enum status status = STATUS_OK;
  assert(options->method < METHOD_COUNT && options->ordering < ORDERING_COUNT);
  *out = (struct coloring){0};

  TRY(diag_check_memory(ctx, 60.0 * p->n, "the coloring"));
  c.color = mem_alloc((size_t)p->n, sizeof *c.color);
  order = mem_alloc((size_t)p->n, sizeof *order);
  if (!c.color || !order)
    status = diag_no_memory(ctx);
  else if (pattern_nnz(p) == 0)
    color_empty(&c);
  else if (options->ordering == ORDERING_BEST)
    status = color_best(ctx, p, options, order, &c);
  else
    status = color_in_order(ctx, p, options, options->ordering, order, &c);
  mem_free(order);
  if (status == STATUS_OK)
    *out = c;
  else
    coloring_free(&c);
  return status;
}
