#include "config.h"

#include "sparse/groups.h"

#include <string.h>

enum status groups_single(struct context *ctx, const struct pattern *p, const int32_t *color,
                          int32_t num_colors, uint8_t **single)
{
  struct latest {
    int32_t stamp; /* row + 1 */
    int64_t entry;
  } *latest = mem_zalloc((size_t)num_colors, sizeof *latest);
  uint8_t *flags = mem_alloc((size_t)pattern_nnz(p), 1);
  *single = NULL;
  if (!latest || !flags) {
    mem_free(latest);
    mem_free(flags);
    return diag_no_memory(ctx);
  }
  for (int32_t i = 0; i < p->n; i++)
    for (int64_t k = p->ptr[i]; k < p->ptr[i + 1]; k++) {
      int32_t c = color[p->ind[k]];
      flags[k] = 0;
      if (c < 0) continue;
      struct latest *l = &latest[c];
      if (l->stamp == i + 1) {
        flags[l->entry] = 0;
      } else {
        *l = (struct latest){i + 1, k};
        flags[k] = 1;
      }
    }
  mem_free(latest);
  *single = flags;
  return STATUS_OK;
}

enum status mirror_begin(struct context *ctx, const struct pattern *p, struct mirror *m)
{
  m->next = mem_alloc((size_t)p->n, sizeof *m->next);
  if (!m->next) return diag_no_memory(ctx);
  if (p->n) memcpy(m->next, p->ptr, (size_t)p->n * sizeof *m->next);
  return STATUS_OK;
}

void mirror_end(struct mirror *m)
{
  mem_free(m->next);
  m->next = NULL;
}

enum status upper_begin(struct context *ctx, const struct pattern *p, struct upper *u)
{
  *u = (struct upper){.next = mem_alloc((size_t)p->n, sizeof *u->next)};
  return u->next ? STATUS_OK : diag_no_memory(ctx);
}

void upper_end(struct upper *u)
{
  mem_free(u->next);
  u->next = NULL;
}

void elimination_free(struct elimination *e)
{
  mem_free(e->state);
  mem_free(e->rest);
  mem_free(e->order);
  *e = (struct elimination){0};
}

/* What is left of a group: the number of edges, and the exclusive or of them, which is the edge
 * itself when one is left. */
struct group {
  uint32_t count, xor;
};

/* Groups are numbered from 1, row by row, so that of the two groups of an edge the one in its first
 * row has the lower number.  A group that is missing, because of a neutral vertex or on the
 * diagonal, has a number that keeps this order. */
enum { NO_FIRST = 0 };
#define NO_SECOND UINT32_MAX

struct eliminator {
  struct elimination e;
  uint32_t *pair; /* by edge: the exclusive or of its two groups */
  struct group *groups;
  uint32_t num_groups;
  struct latest {
    int32_t stamp; /* row + 1 */
    uint32_t group;
  } * latest; /* by color */
};

static uint32_t group_of(struct eliminator *e, int32_t row, int32_t color, uint32_t missing)
{
  if (color < 0) return missing;
  struct latest *l = &e->latest[color];
  if (l->stamp != row + 1) *l = (struct latest){row + 1, ++e->num_groups};
  return l->group;
}

static void enter(struct eliminator *e, uint32_t group, uint32_t edge)
{
  if (group == NO_FIRST || group == NO_SECOND) return;
  e->groups[group].count++;
  e->groups[group].xor ^= edge;
}

static void collect_groups(struct eliminator *e, const struct pattern *p, const int32_t *color,
                           struct upper *u)
{
  for (int32_t i = 0; i < p->n; i++) {
    upper_row(u, i);
    for (int64_t k = p->ptr[i]; k < p->ptr[i + 1]; k++) {
      int32_t j = p->ind[k];
      uint32_t edge = (uint32_t)upper_next(u, i, j);
      uint32_t g = group_of(e, i, color[j], j < i ? NO_SECOND : NO_FIRST);
      if (j < i)
        e->pair[edge] ^= g;
      else
        e->pair[edge] = j > i ? g : g ^ NO_SECOND;
      enter(e, g, edge);
    }
  }
}

/* Takes out edges that are alone in their groups, first come, first served: the leaves of all
 * two-colored trees at once, layer by layer, so that no value depends on more layers of others than
 * half the diameter of its tree.  The queue of groups makes way for the order of edges, which is
 * never ahead of it. */
static void eliminate(struct eliminator *a)
{
  struct elimination *e = &a->e;
  uint32_t *queue = e->order, head = 0, tail = 0;
  for (uint32_t g = 1; g <= a->num_groups; g++)
    if (a->groups[g].count == 1) queue[tail++] = g;
  while (head < tail) {
    uint32_t g = queue[head++];
    if (a->groups[g].count == 0) continue; /* the other end of a tree's last edge */
    uint32_t edge = a->groups[g].xor, h = a->pair[edge] ^ g;
    a->groups[g].count = 0;
    a->pair[edge] = h;
    e->state[edge] = g < h ? EDGE_FIRST : EDGE_SECOND;
    e->order[e->count++] = edge;
    if (h == NO_FIRST || h == NO_SECOND) continue;
    struct group *other = &a->groups[h];
    other->xor ^= edge;
    if (--other->count == 1) queue[tail++] = h;
    if (other->count == 0) other->xor = ELIMINATION_NONE;
  }
  e->complete = e->count == e->num_edges;
}

/* A group whose edges are all known has the edge that was recovered from it, or NONE, in `xor`. */
static void find_rests(struct eliminator *a)
{
  struct elimination *e = &a->e;
  e->rest = a->pair;
  a->pair = NULL;
  for (uint32_t s = 0; s < e->count; s++) {
    uint32_t h = e->rest[e->order[s]];
    bool missing = h == NO_FIRST || h == NO_SECOND;
    e->rest[e->order[s]] = missing ? ELIMINATION_NONE : a->groups[h].xor ;
  }
}

static uint64_t most_groups(const struct pattern *p, int32_t num_colors)
{
  uint64_t most = 0;
  for (int32_t i = 0; i < p->n; i++) {
    int64_t len = p->ptr[i + 1] - p->ptr[i];
    most += (uint64_t)(len < num_colors ? len : num_colors);
  }
  return most;
}

static enum status eliminator_init(struct context *ctx, struct eliminator *a,
                                   const struct pattern *p, int32_t num_colors)
{
  int64_t nnz = pattern_nnz(p);
  if (nnz >= ELIMINATION_NONE - 1)
    return FAIL(ctx, PATTERN_TOO_LARGE, NO_LOC, (long long)nnz, (long long)ELIMINATION_NONE - 2,
                "recovery by substitution");
  int64_t edges = pattern_upper_nnz(p);
  uint64_t groups = most_groups(p, num_colors);
  TRY(diag_check_memory(ctx, 5.0 * (double)edges + 12.0 * (double)groups,
                        "the recovery of the matrix"));
  a->e.num_edges = (uint32_t)edges;
  a->e.state = mem_zalloc((size_t)edges, sizeof *a->e.state);
  a->e.order = mem_alloc((size_t)groups, sizeof *a->e.order);
  a->pair = mem_alloc((size_t)edges, sizeof *a->pair);
  a->groups = mem_zalloc((size_t)groups + 1, sizeof *a->groups);
  a->latest = mem_zalloc((size_t)num_colors, sizeof *a->latest);
  return a->e.state && a->e.order && a->pair && a->groups && a->latest ? STATUS_OK
                                                                       : diag_no_memory(ctx);
}

enum status elimination_create(struct context *ctx, const struct pattern *p, const int32_t *color,
                               int32_t num_colors, struct elimination *out)
{
  struct eliminator a = {0};
  struct upper u = {0};
  *out = a.e;
  enum status status = eliminator_init(ctx, &a, p, num_colors);
  if (status == STATUS_OK) status = upper_begin(ctx, p, &u);
  if (status != STATUS_OK) goto done;
  collect_groups(&a, p, color, &u);
  eliminate(&a);
  find_rests(&a);
  *out = a.e;
  a.e = (struct elimination){0};
done:
  upper_end(&u);
  mem_free(a.pair);
  mem_free(a.groups);
  mem_free(a.latest);
  elimination_free(&a.e);
  return status;
}
