#include "config.h"

#include "sparse/greedy.h"

/* A. H. Gebremedhin, A. Tarafdar, F. Manne, A. Pothen, "New acyclic and star coloring algorithms
 * with application to computing Hessians", SIAM J. Sci. Comput. 29 (2007), Algorithm 4.1.
 *
 * The stars of a partial coloring are the components of its two-colored subgraphs: a hub and
 * leaves, or a single edge.  Vertex v may take color c unless
 *   - a neighbour has it,
 *   - neighbours w ≠ w' share a color and one of them has a neighbour x of color c (path x w v w'),
 *   - a neighbour w is a leaf in a star whose hub x has color c (path v w x y).
 *
 * The paper finds these colors through the neighbours of w and the hub of each edge.  Here every
 * colored vertex keeps a list of the *distinct* colors of its colored neighbours instead, those of
 * the hubs whose leaf it is first.  That holds all that the three rules ask of w, is contiguous and
 * is shorter than the row: the hub of an arrow has one color in it, not n neighbours. */

struct vertex {
  int64_t begin;       /* of its list */
  int32_t len, leaves; /* colors in the list; as many of them, at its front, are those of hubs */
};

/* What v sees of a color; a stamp is v + 1. */
struct sight {
  int32_t seen;    /* stamp: a neighbour has the color */
  int32_t several; /* stamp: two or more have it */
  int32_t first;   /* the first neighbour that has it */
};

struct star {
  const struct pattern *p;
  int32_t *color;
  int32_t num_colors;
  struct vertex *vertices;
  int32_t *list;      /* per entry of the pattern: the lists of colors */
  int32_t *only;      /* beside it: the only neighbour of that color; -1 if there are more */
  int32_t *forbidden; /* by color: stamp */
  struct sight *sights;
};

static void forbid_all(struct star *s, int32_t w, int32_t stamp)
{
  const struct vertex *x = &s->vertices[w];
  const int32_t *list = s->list + x->begin;
  for (int32_t k = 0; k < x->len; k++) s->forbidden[list[k]] = stamp;
}

static void forbid_hubs(struct star *s, int32_t w, int32_t stamp)
{
  const struct vertex *x = &s->vertices[w];
  const int32_t *list = s->list + x->begin;
  for (int32_t k = 0; k < x->leaves; k++) s->forbidden[list[k]] = stamp;
}

static void look_around(struct star *s, int32_t v, int32_t stamp)
{
  const struct pattern *p = s->p;
  for (int64_t k = p->ptr[v]; k < p->ptr[v + 1]; k++) {
    int32_t w = p->ind[k], c = s->color[w];
    if (c < 0) continue;
    struct sight *sight = &s->sights[c];
    if (sight->seen != stamp) {
      sight->seen = stamp;
      sight->first = w;
      s->forbidden[c] = stamp;
      forbid_hubs(s, w, stamp);
      continue;
    }
    if (sight->several != stamp) {
      sight->several = stamp;
      forbid_all(s, sight->first, stamp);
    }
    forbid_all(s, w, stamp);
  }
}

static int32_t smallest_allowed(const struct star *s, int32_t stamp)
{
  int32_t c = 0;
  while (s->forbidden[c] == stamp) c++;
  return c;
}

static void swap_entries(struct star *s, int64_t a, int64_t b)
{
  int32_t color = s->list[a], only = s->only[a];
  s->list[a] = s->list[b];
  s->only[a] = s->only[b];
  s->list[b] = color;
  s->only[b] = only;
}

static void append(struct star *s, int32_t w, int32_t color, int32_t only)
{
  struct vertex *x = &s->vertices[w];
  s->list[x->begin + x->len] = color;
  s->only[x->begin + x->len] = only;
  x->len++;
}

static void append_hub(struct star *s, int32_t w, int32_t color, int32_t hub)
{
  append(s, w, color, hub);
  struct vertex *x = &s->vertices[w];
  swap_entries(s, x->begin + x->leaves, x->begin + x->len - 1);
  x->leaves++;
}

/* Where a color stands in w's list behind the hubs' colors, or -1. */
static int64_t find(const struct star *s, int32_t w, int32_t color)
{
  const struct vertex *x = &s->vertices[w];
  for (int64_t k = x->begin + x->leaves; k < x->begin + x->len; k++)
    if (s->list[k] == color) return k;
  return -1;
}

/* The single edge between x and its neighbour of the given color gets a hub, which x is not. */
static void become_leaf(struct star *s, int32_t x, int32_t color)
{
  struct vertex *leaf = &s->vertices[x];
  swap_entries(s, leaf->begin + leaf->leaves, find(s, x, color));
  leaf->leaves++;
}

/* Enters the edges between v, just colored, and its colored neighbours into their stars. */
static void update_stars(struct star *s, int32_t v, int32_t stamp, bool new_color)
{
  const struct pattern *p = s->p;
  int32_t color = s->color[v];
  for (int64_t k = p->ptr[v]; k < p->ptr[v + 1]; k++) {
    int32_t w = p->ind[k], c = s->color[w];
    if (c < 0 || w == v) continue;
    const struct sight *sight = &s->sights[c];
    if (sight->several == stamp) { /* v is the hub; no w has another neighbour of v's color */
      append_hub(s, w, color, v);
      if (sight->first == w) append(s, v, c, -1);
      continue;
    }
    int64_t at = new_color ? -1 : find(s, w, color);
    if (at < 0) {
      append(s, w, color, v);
      append(s, v, c, w);
      continue;
    }
    if (s->only[at] >= 0) { /* a single edge until now */
      become_leaf(s, s->only[at], c);
      s->only[at] = -1;
    }
    append_hub(s, v, c, w);
  }
}

static void star_free(struct star *s)
{
  mem_free(s->vertices);
  mem_free(s->list);
  mem_free(s->only);
  mem_free(s->forbidden);
  mem_free(s->sights);
}

static enum status star_init(struct context *ctx, struct star *s)
{
  size_t n = (size_t)s->p->n, nnz = (size_t)pattern_nnz(s->p);
  s->vertices = mem_alloc(n, sizeof *s->vertices);
  s->list = mem_alloc(nnz, sizeof *s->list);
  s->only = mem_alloc(nnz, sizeof *s->only);
  s->forbidden = mem_zalloc(n + 1, sizeof *s->forbidden);
  s->sights = mem_zalloc(n, sizeof *s->sights);
  if (!s->vertices || !s->list || !s->only || !s->forbidden || !s->sights)
    return diag_no_memory(ctx);
  for (int32_t v = 0; v < s->p->n; v++) {
    s->vertices[v] = (struct vertex){.begin = s->p->ptr[v]};
    s->color[v] = -1;
  }
  return STATUS_OK;
}

enum status greedy_star(struct context *ctx, const struct pattern *p, const int32_t *order,
                        int32_t *color, int32_t *num_colors)
{
  struct star s = {.p = p, .color = color};
  enum status status = star_init(ctx, &s);
  if (status != STATUS_OK) goto done;
  for (int32_t k = 0; k < p->n; k++) {
    int32_t v = order[k], stamp = v + 1;
    look_around(&s, v, stamp);
    int32_t c = smallest_allowed(&s, stamp);
    color[v] = c;
    update_stars(&s, v, stamp, c == s.num_colors);
    if (c == s.num_colors) s.num_colors++;
  }
  *num_colors = s.num_colors;
done:
  star_free(&s);
  return status;
}
