/* Colorings of random graphs: patterns of models are often blocks, bands or nearly dense, and
 * hardly ever have the long two-colored paths that acyclic colorings are about. */
#include "config.h"

#include "hunt.h"

#include <stdlib.h>

#include "tests/doubles.h"

struct graph {
  struct pattern p;
  double *values; /* of the entries: whole numbers, so that sums of them are exact */
};

static bool has_room(struct hunt *h, const void *a)
{
  if (!a) hunt_differ(h, "no memory");
  return a != NULL;
}

/* A few edges per vertex; of some graphs a vertex with edges to a third of the others. */
static void make_graph(struct hunt *h, uint64_t *seed, struct graph *g)
{
  int n = random_int(seed, 0, 7) ? random_int(seed, 1, 40) : random_int(seed, 80, 200);
  int edges = n * random_int(seed, 2, 9) / 2, hub = random_int(seed, 0, 1) ? n / 3 : 0;
  int32_t *a = malloc((size_t)(edges + hub + 1) * sizeof *a);
  int32_t *b = malloc((size_t)(edges + hub + 1) * sizeof *b);
  if (!has_room(h, a) || !has_room(h, b)) goto done;
  for (int k = 0; k < edges + hub; k++) {
    a[k] = k < edges ? random_int(seed, 0, n - 1) : 0;
    b[k] = random_int(seed, 0, n - 1);
  }
  if (!hunt_ok(h, "graph", pattern_from_pairs(&h->ctx, n, edges + hub, a, b, &g->p))) goto done;
  g->values = malloc((size_t)(pattern_nnz(&g->p) + 1) * sizeof *g->values);
  if (!has_room(h, g->values)) goto done;
  for (int32_t i = 0; i < g->p.n; i++)
    for (int64_t k = g->p.ptr[i]; k < g->p.ptr[i + 1]; k++) {
      int32_t j = g->p.ind[k];
      g->values[k] = j < i ? g->values[pattern_find(&g->p, j, i)] : random_int(seed, -999, 999);
    }
done:
  free(a);
  free(b);
}

static void compress(const struct graph *g, const struct coloring *c, double *b)
{
  for (int32_t i = 0; i < g->p.n; i++)
    for (int64_t k = g->p.ptr[i]; k < g->p.ptr[i + 1]; k++) {
      int32_t color = c->color[g->p.ind[k]];
      if (color >= 0) b[(int64_t)color * g->p.n + i] += g->values[k];
    }
}

static void compare_recovered(struct hunt *h, const struct graph *g, const struct coloring *c,
                              const char *how)
{
  struct recovery *r = NULL;
  double *b = calloc((size_t)c->num_colors * (size_t)g->p.n + 1, sizeof *b);
  double *got = calloc((size_t)pattern_nnz(&g->p) + 1, sizeof *got);
  if (has_room(h, b) && has_room(h, got) &&
      hunt_ok(h, how, recovery_create(&h->ctx, &g->p, c, &r))) {
    compress(g, c, b);
    doubles_recover(r, b, got);
    for (int32_t i = 0; i < g->p.n; i++)
      for (int64_t k = g->p.ptr[i]; k < g->p.ptr[i + 1]; k++)
        if (got[k] != g->values[k])
          hunt_differ(h, "a graph, %s: (%d, %d) is %g, not %g", how, (int)i, (int)g->p.ind[k],
                      got[k], g->values[k]);
  }
  recovery_free(r);
  free(b);
  free(got);
}

static void compare_colored(struct hunt *h, const struct graph *g,
                            const struct coloring_options *options)
{
  struct coloring c = {0};
  struct coloring_flaw flaw;
  bool valid = false;
  const char *how = method_names[options->method];
  if (hunt_ok(h, how, coloring_compute(&h->ctx, &g->p, options, &c)) &&
      hunt_ok(h, how, coloring_check(&h->ctx, &g->p, &c, &valid, &flaw))) {
    if (!valid)
      hunt_differ(h, "a graph, %s, %s: %s", how, ordering_names[options->ordering], flaw.what);
    else
      compare_recovered(h, g, &c, how);
  }
  coloring_free(&c);
}

void hunt_coloring(struct hunt *h, uint64_t seed)
{
  struct graph g = {0};
  seed ^= 0xc01057;
  make_graph(h, &seed, &g);
  for (int method = 0; method < METHOD_COUNT && !h->failed; method++) {
    struct coloring_options options = {.method = (enum coloring_method)method, .seed = seed};
    options.ordering = (enum coloring_ordering)random_int(&seed, 0, ORDERING_COUNT - 1);
    options.postprocess = options.method != METHOD_COLUMN && random_int(&seed, 0, 1);
    compare_colored(h, &g, &options);
  }
  pattern_free(&g.p);
  free(g.values);
}
