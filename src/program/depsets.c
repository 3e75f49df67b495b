#include "config.h"

#include "program/depsets.h"

#include <stdlib.h>
#include <string.h>

enum status depsets_init(struct context *ctx, struct depsets *s)
{
  struct depunion u = {0};
  struct dependence single;
  memset(s, 0, sizeof *s);
  if (!VEC_PUSH(&s->sets, (struct depset){0})) return diag_no_memory(ctx);
  enum status status = depunion_add(ctx, &u, (struct interval){0, 0});
  if (status == STATUS_OK) status = depunion_take(ctx, &u, s, &single);
  depunion_free(&u);
  return status;
}

void depsets_free(struct depsets *s)
{
  VEC_FREE(&s->intervals);
  VEC_FREE(&s->parts);
  VEC_FREE(&s->sets);
  VEC_FREE(&s->stack);
  mem_free(s->slots);
  memset(s, 0, sizeof *s);
}

void depunion_free(struct depunion *u)
{
  VEC_FREE(&u->intervals);
  VEC_FREE(&u->sets);
}

/* ---- hash-consing ---- */

/* What a set is known by: its intervals, or the numbers of its parts. */
struct key {
  const void *bytes;
  size_t len;
  bool is_union;
};

static struct key key_of(const struct depsets *s, int32_t set)
{
  const struct depset *d = &s->sets.data[set];
  if (d->nparts > 0)
    return (struct key){s->parts.data + d->parts, (size_t)d->nparts * sizeof(int32_t), true};
  return (struct key){s->intervals.data + d->begin, (size_t)d->count * sizeof(struct interval),
                      false};
}

static uint64_t hash_of(struct key k)
{
  uint64_t h = k.len;
  for (size_t i = 0; i < k.len; i += sizeof(uint32_t)) {
    uint32_t word;
    memcpy(&word, (const char *)k.bytes + i, sizeof word);
    h = (h ^ word) * 0x9E3779B97F4A7C15u;
    h ^= h >> 32;
  }
  return h;
}

static uint64_t slot_of(uint64_t hash, size_t set)
{
  return (hash & ~(uint64_t)UINT32_MAX) | set;
}

static size_t find_slot(const struct depsets *s, struct key k, uint64_t hash)
{
  size_t i = hash & (s->nslots - 1);
  for (; s->slots[i]; i = (i + 1) & (s->nslots - 1)) {
    if ((s->slots[i] ^ hash) >> 32) continue;
    struct key other = key_of(s, (int32_t)(uint32_t)s->slots[i]);
    if (other.len == k.len && other.is_union == k.is_union && !memcmp(other.bytes, k.bytes, k.len))
      break;
  }
  return i;
}

static bool grow(struct depsets *s)
{
  size_t nslots = s->nslots ? 2 * s->nslots : 1024;
  uint64_t *slots = mem_zalloc(nslots, sizeof *slots);
  if (!slots) return false;
  for (size_t set = 1; set < s->sets.len; set++) { /* all are different */
    uint64_t hash = hash_of(key_of(s, (int32_t)set));
    size_t i = hash & (nslots - 1);
    while (slots[i]) i = (i + 1) & (nslots - 1);
    slots[i] = slot_of(hash, set);
  }
  mem_free(s->slots);
  s->slots = slots;
  s->nslots = nslots;
  return true;
}

static enum status add_intervals(struct context *ctx, struct depsets *s, const struct interval *a,
                                 size_t count, int64_t *begin)
{
  if (s->intervals.len + count > s->intervals.cap)
    TRY(diag_check_memory(ctx, 1.5 * (double)(s->intervals.len + count) * sizeof *a,
                          "the dependencies of the intermediates"));
  if (!VEC_RESERVE(&s->intervals, count)) return diag_no_memory(ctx);
  *begin = (int64_t)s->intervals.len;
  for (size_t i = 0; i < count; i++) s->intervals.data[s->intervals.len++] = a[i];
  return STATUS_OK;
}

static enum status intern(struct context *ctx, struct depsets *s, struct key k, int32_t *set)
{
  struct depset d = {.count = -1};
  *set = 0;
  if (k.len == 0) return STATUS_OK;
  if (2 * (s->sets.len + 1) > s->nslots && !grow(s)) return diag_no_memory(ctx);
  uint64_t hash = hash_of(k);
  size_t slot = find_slot(s, k, hash);
  *set = (int32_t)(uint32_t)s->slots[slot];
  if (*set > 0) return STATUS_OK;
  if (k.is_union) {
    d.nparts = (int32_t)(k.len / sizeof(int32_t));
    d.parts = (int64_t)s->parts.len;
    if (!VEC_RESERVE(&s->parts, (size_t)d.nparts)) return diag_no_memory(ctx);
    memcpy(s->parts.data + d.parts, k.bytes, k.len);
    s->parts.len += (size_t)d.nparts;
  } else {
    d.count = (int64_t)(k.len / sizeof(struct interval));
    TRY(add_intervals(ctx, s, k.bytes, (size_t)d.count, &d.begin));
  }
  if (s->sets.len >= INT32_MAX || !VEC_PUSH(&s->sets, d)) return diag_no_memory(ctx);
  *set = (int32_t)s->sets.len - 1;
  s->slots[slot] = slot_of(hash, s->sets.len - 1);
  return STATUS_OK;
}

/* ---- unions ---- */

static int compare_intervals(const void *x, const void *y)
{
  const struct interval *a = x, *b = y;
  return (a->lo > b->lo) - (a->lo < b->lo);
}

static int compare_sets(const void *x, const void *y)
{
  int32_t a = *(const int32_t *)x, b = *(const int32_t *)y;
  return (a > b) - (a < b);
}

static void sort(struct interval *a, size_t len)
{
  bool sorted = true;
  for (size_t i = 1; i < len && sorted; i++) sorted = a[i - 1].lo <= a[i].lo;
  if (sorted) return;
  if (len > 16) {
    qsort(a, len, sizeof *a, compare_intervals);
    return;
  }
  for (size_t i = 1; i < len; i++) {
    struct interval x = a[i];
    size_t k = i;
    for (; k > 0 && a[k - 1].lo > x.lo; k--) a[k] = a[k - 1];
    a[k] = x;
  }
}

/* Sorts and joins what overlaps or touches. */
static void compact(struct depunion *u)
{
  struct interval *a = u->intervals.data;
  size_t len = u->intervals.len, m = 0;
  sort(a, len);
  for (size_t i = 0; i < len; i++) {
    if (m > 0 && a[i].lo <= (int64_t)a[m - 1].hi + 1) {
      if (a[i].hi > a[m - 1].hi) a[m - 1].hi = a[i].hi;
    } else {
      a[m++] = a[i];
    }
  }
  u->intervals.len = u->compacted = m;
}

enum status depunion_add(struct context *ctx, struct depunion *u, struct interval part)
{
  if (u->intervals.len > 2 * u->compacted + 64) compact(u);
  return VEC_PUSH(&u->intervals, part) ? STATUS_OK : diag_no_memory(ctx);
}

enum status depunion_add_set(struct context *ctx, struct depunion *u, const struct depsets *s,
                             struct dependence d)
{
  int64_t count = s->sets.data[d.set].count;
  if (!depsets_small(s, d.set)) return VEC_PUSH(&u->sets, d.set) ? STATUS_OK : diag_no_memory(ctx);
  for (int64_t i = 0; i < count; i++) {
    struct interval part = s->intervals.data[s->sets.data[d.set].begin + i];
    TRY(depunion_add(ctx, u, (struct interval){part.lo + d.shift, part.hi + d.shift}));
  }
  return STATUS_OK;
}

/* Whether the set, if it is written out, has all intervals of u. */
static bool has_all(const struct depsets *s, int32_t set, const struct depunion *u)
{
  int64_t count, k = 0;
  const struct interval *a = depsets_get(s, set, &count);
  for (size_t i = 0; i < u->intervals.len; i++) {
    struct interval x = u->intervals.data[i];
    while (k < count && a[k].hi < x.lo) k++;
    if (k >= count || a[k].lo > x.lo || a[k].hi < x.hi) return false;
  }
  return true;
}

/* Sorts the numbers of the large sets; each stays once. */
static void unite_numbers(struct depunion *u)
{
  size_t n = u->sets.len, m = 0;
  int32_t *sets = u->sets.data;
  if (n > 1) qsort(sets, n, sizeof *sets, compare_sets);
  for (size_t i = 0; i < n; i++)
    if (m == 0 || sets[i] != sets[m - 1]) sets[m++] = sets[i];
  u->sets.len = m;
}

/* A union of intervals alone: shifted to 0 if it is small. */
static enum status take_intervals(struct context *ctx, struct depunion *u, struct depsets *s,
                                  struct dependence *d)
{
  struct interval *a = u->intervals.data;
  size_t n = u->intervals.len;
  d->shift = n > 0 && n <= DEPSET_LARGE ? a[0].lo : 0;
  for (size_t i = 0; i < n && d->shift; i++) {
    a[i].lo -= d->shift;
    a[i].hi -= d->shift;
  }
  return intern(ctx, s, (struct key){a, n * sizeof *a, false}, &d->set);
}

/* A union with large sets; the intervals are a part of their own, if they are needed. */
static enum status take_union(struct context *ctx, struct depunion *u, struct depsets *s,
                              struct dependence *d)
{
  int32_t rest = DEPSET_EMPTY;
  d->shift = 0;
  if (u->sets.len > 1 || !has_all(s, u->sets.data[0], u))
    TRY(intern(ctx, s,
               (struct key){u->intervals.data, u->intervals.len * sizeof *u->intervals.data, false},
               &rest));
  if (rest != DEPSET_EMPTY && !VEC_PUSH(&u->sets, rest)) return diag_no_memory(ctx);
  d->set = u->sets.data[0];
  if (u->sets.len == 1) return STATUS_OK;
  return intern(ctx, s, (struct key){u->sets.data, u->sets.len * sizeof *u->sets.data, true},
                &d->set);
}

enum status depunion_take(struct context *ctx, struct depunion *u, struct depsets *s,
                          struct dependence *d)
{
  compact(u);
  unite_numbers(u);
  enum status status = u->sets.len > 0 ? take_union(ctx, u, s, d) : take_intervals(ctx, u, s, d);
  u->intervals.len = u->compacted = u->sets.len = 0;
  return status;
}

/* ---- writing out ---- */

/* Gathers the intervals of all sets that a union is made of, each once. */
static enum status gather(struct context *ctx, struct depsets *s, int32_t set, struct depunion *u)
{
  s->walk++;
  s->stack.len = 0;
  if (!VEC_PUSH(&s->stack, set)) return diag_no_memory(ctx);
  while (s->stack.len > 0) {
    struct depset *d = &s->sets.data[s->stack.data[--s->stack.len]];
    if (d->visited == s->walk) continue;
    d->visited = s->walk;
    for (int64_t i = 0; i < d->count; i++)
      TRY(depunion_add(ctx, u, s->intervals.data[d->begin + i]));
    for (int32_t i = 0; d->count < 0 && i < d->nparts; i++)
      if (!VEC_PUSH(&s->stack, s->parts.data[d->parts + i])) return diag_no_memory(ctx);
  }
  return STATUS_OK;
}

enum status depsets_expand(struct context *ctx, struct depsets *s, int32_t set)
{
  struct depunion u = {0};
  if (s->sets.data[set].count >= 0) return STATUS_OK;
  enum status status = gather(ctx, s, set, &u);
  compact(&u);
  struct depset *d = &s->sets.data[set];
  if (status == STATUS_OK)
    status = add_intervals(ctx, s, u.intervals.data, u.intervals.len, &d->begin);
  if (status == STATUS_OK) d->count = (int64_t)u.intervals.len;
  depunion_free(&u);
  return status;
}
