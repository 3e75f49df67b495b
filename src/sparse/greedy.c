#include "config.h"

#include "sparse/greedy_parts.h"

enum status greedy_begin(struct context *ctx, struct greedy *g, const struct pattern *p,
                         int32_t *color)
{
  *g = (struct greedy){.p = p, .color = color};
  g->forbidden = mem_zalloc((size_t)p->n + 1, sizeof *g->forbidden);
  g->sights = mem_zalloc((size_t)p->n, sizeof *g->sights);
  for (int32_t v = 0; v < p->n; v++) color[v] = -1;
  return g->forbidden && g->sights ? STATUS_OK : diag_no_memory(ctx);
}

void greedy_end(struct greedy *g)
{
  mem_free(g->forbidden);
  mem_free(g->sights);
}

enum status lists_begin(struct context *ctx, struct lists *l, const struct pattern *p)
{
  double bytes = 8.0 * p->n + 8.0 * (double)pattern_nnz(p);
  TRY(diag_check_memory(ctx, bytes, "the coloring"));
  l->p = p;
  l->list = mem_zalloc((size_t)p->n, sizeof *l->list);
  l->items = mem_alloc((size_t)pattern_nnz(p), sizeof *l->items);
  return l->list && l->items ? STATUS_OK : diag_no_memory(ctx);
}

void lists_end(struct lists *l)
{
  mem_free(l->list);
  mem_free(l->items);
}
