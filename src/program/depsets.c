#include "config.h"

#include "program/depsets.h"

#include <stdlib.h>
#include <string.h>

enum status depsets_init(struct context *ctx, struct depsets *s)
{
  memset(s, 0, sizeof *s);
  /* set 0: empty */
  if (!VEC_PUSH(&s->start, 0) || !VEC_PUSH(&s->start, 0) || !VEC_PUSH(&s->size, 0))
    return diag_no_memory(ctx);
  return STATUS_OK;
}

void depsets_free(struct depsets *s)
{
  VEC_FREE(&s->intervals);
  VEC_FREE(&s->start);
  VEC_FREE(&s->size);
  mem_free(s->slots);
  s->slots = NULL;
  s->nslots = 0;
}

static uint64_t hash(const struct interval *a, int64_t count)
{
  uint64_t h = (uint64_t)count;
  for (int64_t i = 0; i < count; i++) {
    h = (h ^ (uint32_t)a[i].lo ^ ((uint64_t)(uint32_t)a[i].hi << 32)) * 0x9E3779B97F4A7C15u;
    h ^= h >> 32;
  }
  return h;
}

static size_t find_slot(const struct depsets *s, const struct interval *a, int64_t count)
{
  size_t i = hash(a, count) & (s->nslots - 1);
  for (; s->slots[i] > 0; i = (i + 1) & (s->nslots - 1)) {
    int64_t other;
    const struct interval *b = depsets_get(s, s->slots[i], &other);
    if (other == count && memcmp(a, b, (size_t)count * sizeof *a) == 0) break;
  }
  return i;
}

static bool grow(struct depsets *s)
{
  size_t nslots = s->nslots ? 2 * s->nslots : 1024;
  int32_t *slots = mem_zalloc(nslots, sizeof *slots);
  if (!slots) return false;
  mem_free(s->slots);
  s->slots = slots;
  s->nslots = nslots;
  for (size_t set = 1; set < s->size.len; set++) {
    int64_t count;
    const struct interval *a = depsets_get(s, (int32_t)set, &count);
    s->slots[find_slot(s, a, count)] = (int32_t)set;
  }
  return true;
}

static enum status intern(struct context *ctx, struct depsets *s, const struct interval *a,
                          int64_t count, int32_t *set)
{
  if (count == 0) {
    *set = 0;
    return STATUS_OK;
  }
  if (2 * (s->size.len + 1) > s->nslots && !grow(s)) return diag_no_memory(ctx);
  size_t slot = find_slot(s, a, count);
  *set = s->slots[slot];
  if (*set > 0) return STATUS_OK;
  size_t more = (size_t)count;
  if (s->intervals.len + more > s->intervals.cap)
    TRY(diag_check_memory(ctx, 1.5 * (double)(s->intervals.len + more) * sizeof *a,
                          "the dependencies of the intermediates"));
  if (s->size.len >= INT32_MAX || !VEC_RESERVE(&s->intervals, more)) return diag_no_memory(ctx);
  int64_t size = 0;
  for (int64_t i = 0; i < count; i++) {
    s->intervals.data[s->intervals.len++] = a[i];
    size += a[i].hi - a[i].lo + 1;
  }
  if (!VEC_PUSH(&s->start, (int64_t)s->intervals.len) || !VEC_PUSH(&s->size, size))
    return diag_no_memory(ctx);
  *set = s->slots[slot] = (int32_t)s->size.len - 1;
  return STATUS_OK;
}

static int compare(const void *x, const void *y)
{
  const struct interval *a = x, *b = y;
  return (a->lo > b->lo) - (a->lo < b->lo);
}

/* Sorts and joins what overlaps or touches. */
static void compact(struct depunion *u)
{
  struct interval *a = u->parts.data;
  size_t len = u->parts.len, m = 0;
  bool sorted = true;
  for (size_t i = 1; i < len && sorted; i++) sorted = a[i - 1].lo <= a[i].lo;
  if (!sorted && len <= 16) {
    for (size_t i = 1; i < len; i++) {
      struct interval x = a[i];
      size_t k = i;
      for (; k > 0 && a[k - 1].lo > x.lo; k--) a[k] = a[k - 1];
      a[k] = x;
    }
  } else if (!sorted) {
    qsort(a, len, sizeof *a, compare);
  }
  for (size_t i = 0; i < len; i++) {
    if (m > 0 && a[i].lo <= (int64_t)a[m - 1].hi + 1) {
      if (a[i].hi > a[m - 1].hi) a[m - 1].hi = a[i].hi;
    } else {
      a[m++] = a[i];
    }
  }
  u->parts.len = u->compacted = m;
}

enum status depunion_add(struct context *ctx, struct depunion *u, const struct interval *parts,
                         int64_t count)
{
  if (u->parts.len > 2 * u->compacted + 64) compact(u);
  if (!VEC_RESERVE(&u->parts, (size_t)count)) return diag_no_memory(ctx);
  for (int64_t i = 0; i < count; i++) u->parts.data[u->parts.len++] = parts[i];
  return STATUS_OK;
}

enum status depunion_take(struct context *ctx, struct depunion *u, struct depsets *s, int32_t *set)
{
  compact(u);
  enum status status = intern(ctx, s, u->parts.data, (int64_t)u->parts.len, set);
  u->parts.len = u->compacted = 0;
  return status;
}
