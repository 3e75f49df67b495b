#include "config.h"

#include "sparse/greedy_parts.h"

/* A. H. Gebremedhin, A. Tarafdar, F. Manne, A. Pothen, "New acyclic and star coloring algorithms
 * with application to computing Hessians", SIAM J. Sci. Comput. 29 (2007), Algorithm 3.1.
 *
 * The components of the two-colored subgraphs of a partial coloring are trees, kept as disjoint
 * sets.  Vertex v may take color c unless a neighbour has it, or two neighbours w, w' are in the
 * same tree of colors c and color[w]: v would close a cycle.  These w share their color, so a
 * neighbour whose color v sees only once is never asked.
 *
 * All edges between w and neighbours of one color are in one tree; so each colored vertex keeps the
 * distinct colors of its colored neighbours, and the tree of each, instead of the edges. */

#define NO_TREE UINT32_MAX

struct acyclic {
  struct greedy g;
  struct lists trees; /* of the colors of each vertex's colored neighbours */
  struct set {
    uint32_t parent; /* the tree that this one was united with, or itself */
    int32_t touched; /* stamp of the vertex that met it last */
  } * sets;          /* by tree */
  uint32_t num_trees;
};

static uint32_t root(struct acyclic *a, uint32_t t)
{
  struct set *sets = a->sets;
  while (sets[t].parent != t) t = sets[t].parent = sets[sets[t].parent].parent; /* path halving */
  return t;
}

static void unite(struct acyclic *a, uint32_t t, uint32_t u)
{
  t = root(a, t);
  u = root(a, u);
  if (t < u)
    a->sets[u].parent = t;
  else
    a->sets[t].parent = u;
}

static uint32_t new_tree(struct acyclic *a)
{
  uint32_t t = a->num_trees++;
  a->sets[t] = (struct set){.parent = t};
  return t;
}

/* Forbids the colors of those trees at w that another neighbour of v is in, too. */
static void prevent_cycles(struct acyclic *a, int32_t w, int32_t stamp)
{
  const struct item *items = lists_items(&a->trees, w);
  for (int32_t k = 0; k < a->trees.list[w].len; k++) {
    int32_t c = items[k].color;
    if (a->g.forbidden[c] == stamp) continue;
    struct set *set = &a->sets[root(a, items[k].tag)];
    if (set->touched == stamp)
      a->g.forbidden[c] = stamp;
    else
      set->touched = stamp;
  }
}

static void look_around(struct acyclic *a, int32_t v)
{
  const struct pattern *p = a->g.p;
  int32_t stamp = greedy_stamp(v);
  for (int64_t k = p->ptr[v]; k < p->ptr[v + 1]; k++) {
    int32_t w = p->ind[k], c = a->g.color[w];
    if (c < 0) continue;
    struct sight *sight = &a->g.sights[c];
    if (sight->seen != stamp) {
      *sight = (struct sight){.seen = stamp, .first = w, .tree = NO_TREE};
      a->g.forbidden[c] = stamp;
      continue;
    }
    if (sight->several != stamp) {
      sight->several = stamp;
      prevent_cycles(a, sight->first, stamp);
    }
    prevent_cycles(a, w, stamp);
  }
}

/* Enters the edges between v, just colored, and its colored neighbours into their trees. */
static void update_trees(struct acyclic *a, int32_t v, bool new_color)
{
  const struct pattern *p = a->g.p;
  int32_t color = a->g.color[v];
  for (int64_t k = p->ptr[v]; k < p->ptr[v + 1]; k++) {
    int32_t w = p->ind[k], c = a->g.color[w];
    if (c < 0 || w == v) continue;
    struct sight *sight = &a->g.sights[c];
    const struct item *item = new_color ? NULL : lists_find(&a->trees, w, color);
    if (sight->tree == NO_TREE) {
      sight->tree = item ? item->tag : new_tree(a);
      lists_append(&a->trees, v, c, sight->tree);
    } else if (item) {
      unite(a, sight->tree, item->tag);
    }
    if (!item) lists_append(&a->trees, w, color, sight->tree);
  }
}

static enum status acyclic_begin(struct context *ctx, struct acyclic *a, const struct pattern *p,
                                 int32_t *color)
{
  size_t edges = (size_t)pattern_nnz(p) / 2;
  if (edges >= NO_TREE)
    return FAIL(ctx, PATTERN_TOO_LARGE, NO_LOC, (long long)pattern_nnz(p), 2LL * NO_TREE - 1,
                "acyclic colorings");
  TRY(greedy_begin(ctx, &a->g, p, color));
  TRY(lists_begin(ctx, &a->trees, p));
  TRY(diag_check_memory(ctx, (double)edges * sizeof *a->sets, "the coloring"));
  a->sets = mem_alloc(edges, sizeof *a->sets);
  return a->sets ? STATUS_OK : diag_no_memory(ctx);
}

enum status greedy_acyclic(struct context *ctx, const struct pattern *p, const int32_t *order,
                           int32_t *color, int32_t *num_colors)
{
  struct acyclic a = {0};
  enum status status = acyclic_begin(ctx, &a, p, color);
  for (int32_t k = 0; k < p->n && status == STATUS_OK; k++) {
    int32_t v = order[k];
    greedy_progress(ctx, k, p->n);
    look_around(&a, v);
    int32_t c = greedy_smallest(&a.g, 0, greedy_stamp(v));
    bool new_color = c == a.g.num_colors;
    color[v] = c;
    update_trees(&a, v, new_color);
    a.g.num_colors += new_color;
  }
  *num_colors = a.g.num_colors;
  greedy_end(&a.g);
  lists_end(&a.trees);
  mem_free(a.sets);
  return status;
}
