#include "config.h"

#include "sparse/ordering.h"

#include <assert.h>

#include "base/random.h"

static int32_t degree(const struct pattern *p, int32_t v)
{
  return (int32_t)(p->ptr[v + 1] - p->ptr[v] - (pattern_find(p, v, v) >= 0));
}

/* Vertices by an integer key; all operations O(1).  A bucket is a stack, kept as a doubly linked
 * list from the top down; where a vertex is taken out of the middle, the top one fills its place.
 * The published orderings leave ties open; these are the ties of ColPack's stacks in arrays. */
struct buckets {
  int32_t *head; /* by key: the top, or -1 */
  struct node {
    int32_t next, prev;
    int32_t key; /* GONE once taken out */
  } * node;      /* by vertex */
};
enum { GONE = -1 };

static void buckets_free(struct buckets *b)
{
  mem_free(b->head);
  mem_free(b->node);
}

static enum status buckets_init(struct context *ctx, struct buckets *b, int32_t n)
{
  *b = (struct buckets){mem_alloc((size_t)n + 1, sizeof *b->head),
                        mem_alloc((size_t)n, sizeof *b->node)};
  if (!b->head || !b->node) {
    buckets_free(b);
    return diag_no_memory(ctx);
  }
  for (int32_t i = 0; i <= n; i++) b->head[i] = -1;
  return STATUS_OK;
}

static void bucket_insert(struct buckets *b, int32_t v, int32_t key)
{
  int32_t first = b->head[key];
  b->node[v] = (struct node){first, -1, key};
  if (first >= 0) b->node[first].prev = v;
  b->head[key] = v;
}

static void bucket_pop(struct buckets *b, int32_t key)
{
  struct node *top = &b->node[b->head[key]];
  b->head[key] = top->next;
  if (top->next >= 0) b->node[top->next].prev = -1;
  top->key = GONE;
}

static void bucket_remove(struct buckets *b, int32_t v)
{
  struct node *node = &b->node[v];
  int32_t key = node->key, top = b->head[key];
  bucket_pop(b, key);
  if (top == v) return;
  b->node[top] = *node;
  if (node->prev >= 0)
    b->node[node->prev].next = top;
  else
    b->head[key] = top;
  if (node->next >= 0) b->node[node->next].prev = top;
  node->key = GONE;
}

/* Takes v out and moves its neighbours by `step` buckets. */
static void bucket_take(struct buckets *b, const struct pattern *p, int32_t v, int32_t step)
{
  bucket_remove(b, v);
  for (int64_t k = p->ptr[v]; k < p->ptr[v + 1]; k++) {
    int32_t w = p->ind[k], key = b->node[w].key;
    if (key == GONE) continue;
    bucket_remove(b, w);
    bucket_insert(b, w, key + step);
  }
}

/* All vertices by degree, from the first to the last; returns the highest degree. */
static int32_t insert_by_degree(struct buckets *b, const struct pattern *p)
{
  int32_t highest = 0;
  for (int32_t v = 0; v < p->n; v++) {
    int32_t d = degree(p, v);
    if (d > highest) highest = d;
    bucket_insert(b, v, d);
  }
  return highest;
}

/* Stable counting sort by descending degree. */
static enum status largest_first(struct context *ctx, const struct pattern *p, int32_t *order)
{
  int32_t n = p->n;
  int32_t *rank = mem_alloc((size_t)n, sizeof *rank); /* of the degree, from the largest */
  int32_t *start = mem_zalloc((size_t)n + 1, sizeof *start);
  if (rank && start) {
    for (int32_t v = 0; v < n; v++) start[(rank[v] = n - 1 - degree(p, v)) + 1]++;
    for (int32_t d = 0; d < n; d++) start[d + 1] += start[d];
    for (int32_t v = 0; v < n; v++) order[start[rank[v]]++] = v;
  }
  enum status status = rank && start ? STATUS_OK : diag_no_memory(ctx);
  mem_free(rank);
  mem_free(start);
  return status;
}

/* D. W. Matula, L. L. Beck, "Smallest-last ordering and clustering and graph coloring algorithms",
 * J. ACM 30 (1983): the last vertex has the smallest degree, and so on with the rest. */
static enum status smallest_last(struct context *ctx, const struct pattern *p, int32_t *order)
{
  struct buckets b;
  TRY(buckets_init(ctx, &b, p->n));
  (void)insert_by_degree(&b, p);
  int32_t key = 0;
  for (int32_t k = p->n - 1; k >= 0; k--) {
    while (b.head[key] < 0) key++;
    order[k] = b.head[key];
    bucket_take(&b, p, order[k], -1);
    if (key > 0) key--;
  }
  buckets_free(&b);
  return STATUS_OK;
}

/* T. F. Coleman, J. J. Moré, "Estimation of sparse Jacobian matrices and graph coloring problems",
 * SIAM J. Numer. Anal. 20 (1983): next is the vertex with the most neighbours already ordered; of
 * those that have none yet, the one of largest degree. */
static enum status incidence_degree(struct context *ctx, const struct pattern *p, int32_t *order)
{
  struct buckets b;
  TRY(largest_first(ctx, p, order));
  TRY(buckets_init(ctx, &b, p->n));
  for (int32_t k = p->n - 1; k >= 0; k--) bucket_insert(&b, order[k], 0);
  int32_t key = 0;
  for (int32_t k = 0; k < p->n; k++) {
    while (b.head[key] < 0) key--;
    order[k] = b.head[key];
    bucket_take(&b, p, order[k], 1);
    key++; /* a neighbour may have risen by one */
  }
  buckets_free(&b);
  return STATUS_OK;
}

static enum status dynamic_largest_first(struct context *ctx, const struct pattern *p,
                                         int32_t *order)
{
  struct buckets b;
  TRY(buckets_init(ctx, &b, p->n));
  int32_t key = insert_by_degree(&b, p);
  for (int32_t k = 0; k < p->n; k++) {
    while (b.head[key] < 0) key--;
    order[k] = b.head[key];
    bucket_take(&b, p, order[k], -1);
  }
  buckets_free(&b);
  return STATUS_OK;
}

/* M. M. Halldórsson, J. Radhakrishnan, "Greed is good: approximating independent sets in sparse and
 * bounded-degree graphs", Algorithmica 18 (1997).  The search for the least degree passes no more
 * buckets than neighbours go. */
enum status ordering_independent_set(struct context *ctx, const struct pattern *p, bool *member)
{
  struct buckets b;
  TRY(buckets_init(ctx, &b, p->n));
  (void)insert_by_degree(&b, p);
  for (int32_t left = p->n; left > 0; left--) {
    int32_t key = 0;
    while (b.head[key] < 0) key++;
    int32_t v = b.head[key];
    bucket_remove(&b, v);
    member[v] = true;
    for (int64_t k = p->ptr[v]; k < p->ptr[v + 1]; k++) {
      int32_t w = p->ind[k];
      if (b.node[w].key == GONE) continue;
      bucket_take(&b, p, w, -1);
      member[w] = false;
      left--;
    }
  }
  buckets_free(&b);
  return STATUS_OK;
}

static void natural(const struct pattern *p, int32_t *order)
{
  for (int32_t v = 0; v < p->n; v++) order[v] = v;
}

/* Fisher–Yates. */
static void shuffled(const struct pattern *p, uint64_t seed, int32_t *order)
{
  natural(p, order);
  for (int32_t k = p->n - 1; k > 0; k--) {
    uint64_t high = splitmix64(&seed) >> 32;
    int32_t r = (int32_t)(high * ((uint64_t)k + 1) >> 32), v = order[k];
    order[k] = order[r];
    order[r] = v;
  }
}

enum status ordering_compute(struct context *ctx, const struct pattern *p,
                             enum coloring_ordering ordering, uint64_t seed, int32_t *order)
{
  switch (ordering) {
  case ORDERING_NATURAL: natural(p, order); return STATUS_OK;
  case ORDERING_LARGEST_FIRST: return largest_first(ctx, p, order);
  case ORDERING_SMALLEST_LAST: return smallest_last(ctx, p, order);
  case ORDERING_INCIDENCE_DEGREE: return incidence_degree(ctx, p, order);
  case ORDERING_DYNAMIC_LARGEST_FIRST: return dynamic_largest_first(ctx, p, order);
  case ORDERING_RANDOM: shuffled(p, seed, order); return STATUS_OK;
  case ORDERING_BEST:
  case ORDERING_COUNT: break;
  }
  assert(!"an ordering of its own");
  return FAIL(ctx, BUG, NO_LOC, "no such ordering");
}
