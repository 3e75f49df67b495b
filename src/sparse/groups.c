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

void elimination_free(struct elimination *e)
{
  mem_free(e->mirror);
  mem_free(e->group);
  mem_free(e->solved);
  mem_free(e->order);
  *e = (struct elimination){0};
}

/* Numbers the groups row by row. */
static enum status number_groups(struct context *ctx, const struct pattern *p, const int32_t *color,
                                 int32_t num_colors, struct elimination *e)
{
  struct latest {
    int32_t stamp; /* row + 1 */
    uint32_t group;
  } *latest = mem_zalloc((size_t)num_colors, sizeof *latest);
  if (!latest) return diag_no_memory(ctx);
  for (int32_t i = 0; i < p->n; i++)
    for (int64_t k = p->ptr[i]; k < p->ptr[i + 1]; k++) {
      int32_t c = color[p->ind[k]];
      e->group[k] = ELIMINATION_NONE;
      if (c < 0) continue;
      if (latest[c].stamp != i + 1) latest[c] = (struct latest){i + 1, e->num_groups++};
      e->group[k] = latest[c].group;
    }
  mem_free(latest);
  return STATUS_OK;
}

static enum status find_mirrors(struct context *ctx, const struct pattern *p, uint32_t *mirror)
{
  struct mirror m;
  TRY(mirror_begin(ctx, p, &m));
  for (int32_t i = 0; i < p->n; i++)
    for (int64_t k = p->ptr[i]; k < p->ptr[i + 1]; k++)
      mirror[k] = (uint32_t)mirror_next(&m, p->ind[k]);
  mirror_end(&m);
  return STATUS_OK;
}

/* What is left of a group: the number of entries, and the exclusive or of them, which is the entry
 * itself when one is left. */
struct rest {
  uint32_t count, xor;
};

/* Takes out entries that are alone in their groups, first come, first served: the leaves of all
 * two-colored trees at once, layer by layer, so that no value depends on more layers of others than
 * half the diameter of its tree. */
static void eliminate(struct elimination *e, struct rest *rest, uint32_t *queue)
{
  uint32_t head = 0, tail = 0, known = 0;
  for (uint32_t k = 0; k < e->nnz; k++) {
    uint32_t g = e->group[k];
    if (g == ELIMINATION_NONE) continue;
    rest[g].count++;
    rest[g].xor ^= k;
  }
  for (uint32_t g = 0; g < e->num_groups; g++) {
    e->solved[g] = ELIMINATION_NONE;
    if (rest[g].count == 1) queue[tail++] = g;
  }
  while (head < tail) {
    uint32_t g = queue[head++];
    if (rest[g].count == 0) continue; /* the other end of a tree's last edge */
    uint32_t k = rest[g].xor, m = e->mirror[k], h = e->group[m];
    rest[g].count = 0;
    e->solved[g] = k;
    e->order[e->count++] = k;
    known += m == k ? 1 : 2;
    if (m == k || h == ELIMINATION_NONE) continue;
    rest[h].xor ^= m;
    if (--rest[h].count == 1) queue[tail++] = h;
  }
  e->complete = known == e->nnz;
}

enum status elimination_create(struct context *ctx, const struct pattern *p, const int32_t *color,
                               int32_t num_colors, struct elimination *out)
{
  struct elimination e = {0};
  struct rest *rest = NULL;
  uint32_t *queue = NULL;
  enum status status;
  int64_t nnz = pattern_nnz(p);
  *out = e;
  if (nnz >= ELIMINATION_NONE)
    return FAIL(ctx, PATTERN_TOO_LARGE, NO_LOC, (long long)nnz, (long long)ELIMINATION_NONE - 1,
                "recovery by substitution");
  TRY(diag_check_memory(ctx, 28.0 * (double)nnz, "the recovery of the matrix"));
  e.nnz = (uint32_t)nnz;
  e.mirror = mem_alloc(e.nnz, sizeof *e.mirror);
  e.group = mem_alloc(e.nnz, sizeof *e.group);
  e.order = mem_alloc(e.nnz, sizeof *e.order);
  if (!e.mirror || !e.group || !e.order) goto no_memory;
  if ((status = number_groups(ctx, p, color, num_colors, &e)) != STATUS_OK) goto done;
  if ((status = find_mirrors(ctx, p, e.mirror)) != STATUS_OK) goto done;

  e.solved = mem_alloc(e.num_groups, sizeof *e.solved);
  rest = mem_zalloc(e.num_groups, sizeof *rest);
  queue = mem_alloc(e.num_groups, sizeof *queue);
  if (!e.solved || !rest || !queue) goto no_memory;
  eliminate(&e, rest, queue);
  *out = e;
  e = (struct elimination){0};
  goto done;

no_memory:
  status = diag_no_memory(ctx);
done:
  mem_free(rest);
  mem_free(queue);
  elimination_free(&e);
  return status;
}
