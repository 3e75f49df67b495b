#include "config.h"

#include "sparse/greedy.h"

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

struct sight {
  int32_t seen;    /* stamp (v + 1): a neighbour has the color */
  int32_t first;   /* the first neighbour that has it */
  int32_t several; /* stamp: two or more have it */
  uint32_t tree;   /* of v and this color; NO_TREE while there is none */
};
#define NO_TREE UINT32_MAX

struct vertex {
  int64_t begin; /* of its list */
  int32_t len;
};

struct acyclic {
  const struct pattern *p;
  int32_t *color;
  int32_t num_colors;
  struct vertex *vertices;
  int32_t *list;      /* per entry of the pattern: the lists of colors */
  uint32_t *tree;     /* beside it: their trees */
  int32_t *forbidden; /* by color: stamp */
  struct sight *sights;
  uint32_t *parent; /* of each tree: the one that it was united with */
  int32_t *touched; /* of each tree: stamp of the vertex that met it last */
  uint32_t num_trees;
};

static uint32_t root(struct acyclic *a, uint32_t t)
{
  uint32_t *parent = a->parent;
  while (parent[t] != t) t = parent[t] = parent[parent[t]]; /* path halving */
  return t;
}

static void unite(struct acyclic *a, uint32_t t, uint32_t u)
{
  t = root(a, t);
  u = root(a, u);
  if (t < u)
    a->parent[u] = t;
  else
    a->parent[t] = u;
}

static uint32_t new_tree(struct acyclic *a)
{
  uint32_t t = a->num_trees++;
  a->parent[t] = t;
  a->touched[t] = 0;
  return t;
}

/* Forbids the colors of those trees at w that another neighbour of v is in, too. */
static void prevent_cycles(struct acyclic *a, int32_t w, int32_t stamp)
{
  const struct vertex *x = &a->vertices[w];
  for (int64_t k = x->begin; k < x->begin + x->len; k++) {
    int32_t c = a->list[k];
    if (a->forbidden[c] == stamp) continue;
    uint32_t t = root(a, a->tree[k]);
    if (a->touched[t] == stamp)
      a->forbidden[c] = stamp;
    else
      a->touched[t] = stamp;
  }
}

static void look_around(struct acyclic *a, int32_t v, int32_t stamp)
{
  const struct pattern *p = a->p;
  for (int64_t k = p->ptr[v]; k < p->ptr[v + 1]; k++) {
    int32_t w = p->ind[k], c = a->color[w];
    if (c < 0) continue;
    struct sight *sight = &a->sights[c];
    if (sight->seen != stamp) {
      *sight = (struct sight){.seen = stamp, .first = w, .tree = NO_TREE};
      a->forbidden[c] = stamp;
      continue;
    }
    if (sight->several != stamp) {
      sight->several = stamp;
      prevent_cycles(a, sight->first, stamp);
    }
    prevent_cycles(a, w, stamp);
  }
}

static int32_t smallest_allowed(const struct acyclic *a, int32_t stamp)
{
  int32_t c = 0;
  while (a->forbidden[c] == stamp) c++;
  return c;
}

static void append(struct acyclic *a, int32_t w, int32_t color, uint32_t tree)
{
  struct vertex *x = &a->vertices[w];
  a->list[x->begin + x->len] = color;
  a->tree[x->begin + x->len] = tree;
  x->len++;
}

static int64_t find(const struct acyclic *a, int32_t w, int32_t color)
{
  const struct vertex *x = &a->vertices[w];
  for (int64_t k = x->begin; k < x->begin + x->len; k++)
    if (a->list[k] == color) return k;
  return -1;
}

/* Enters the edges between v, just colored, and its colored neighbours into their trees. */
static void update_trees(struct acyclic *a, int32_t v, bool new_color)
{
  const struct pattern *p = a->p;
  int32_t color = a->color[v];
  for (int64_t k = p->ptr[v]; k < p->ptr[v + 1]; k++) {
    int32_t w = p->ind[k], c = a->color[w];
    if (c < 0 || w == v) continue;
    struct sight *sight = &a->sights[c];
    int64_t at = new_color ? -1 : find(a, w, color);
    if (sight->tree == NO_TREE) {
      sight->tree = at >= 0 ? a->tree[at] : new_tree(a);
      append(a, v, c, sight->tree);
    } else if (at >= 0) {
      unite(a, sight->tree, a->tree[at]);
    }
    if (at < 0) append(a, w, color, sight->tree);
  }
}

static void acyclic_free(struct acyclic *a)
{
  mem_free(a->vertices);
  mem_free(a->list);
  mem_free(a->tree);
  mem_free(a->forbidden);
  mem_free(a->sights);
  mem_free(a->parent);
  mem_free(a->touched);
}

static enum status acyclic_init(struct context *ctx, struct acyclic *a)
{
  size_t n = (size_t)a->p->n, nnz = (size_t)pattern_nnz(a->p), edges = nnz / 2;
  if (edges >= NO_TREE)
    return FAIL(ctx, PATTERN_TOO_LARGE, NO_LOC, (long long)nnz, 2LL * NO_TREE - 1,
                "acyclic colorings");
  a->vertices = mem_alloc(n, sizeof *a->vertices);
  a->list = mem_alloc(nnz, sizeof *a->list);
  a->tree = mem_alloc(nnz, sizeof *a->tree);
  a->forbidden = mem_zalloc(n + 1, sizeof *a->forbidden);
  a->sights = mem_zalloc(n, sizeof *a->sights);
  a->parent = mem_alloc(edges, sizeof *a->parent);
  a->touched = mem_alloc(edges, sizeof *a->touched);
  if (!a->vertices || !a->list || !a->tree || !a->forbidden || !a->sights || !a->parent ||
      !a->touched)
    return diag_no_memory(ctx);
  for (int32_t v = 0; v < a->p->n; v++) {
    a->vertices[v] = (struct vertex){.begin = a->p->ptr[v]};
    a->color[v] = -1;
  }
  return STATUS_OK;
}

enum status greedy_acyclic(struct context *ctx, const struct pattern *p, const int32_t *order,
                           int32_t *color, int32_t *num_colors)
{
  struct acyclic a = {.p = p, .color = color};
  enum status status = acyclic_init(ctx, &a);
  if (status != STATUS_OK) goto done;
  for (int32_t k = 0; k < p->n; k++) {
    int32_t v = order[k], stamp = v + 1;
    look_around(&a, v, stamp);
    int32_t c = smallest_allowed(&a, stamp);
    color[v] = c;
    update_trees(&a, v, c == a.num_colors);
    if (c == a.num_colors) a.num_colors++;
  }
  *num_colors = a.num_colors;
done:
  acyclic_free(&a);
  return status;
}
