/* A bucket has the values of COLORS colors, in their order: values that follow each other in the
 * matrix are near each other in B, too, and a bucket's part of B stays in the cache.  Where several
 * values in a row are at as many places in a row, as in dense blocks, they are a run. */
#include "config.h"

#include "sparse/places.h"

#include <string.h>

#include "base/mem.h"

enum { COLORS = 16, RUN_LEAST = 4 };

/* Values value, value + 1 … at place, place + 1 … of the bucket's part of B, all of one color. */
struct run {
  uint32_t value, place, len;
};
struct single {
  uint32_t value, place;
};

/* Where a bucket's runs and singles begin. */
struct bucket {
  int64_t run, single;
};

struct places {
  uint64_t n, size; /* places of a color, of a bucket */
  size_t count;
  struct bucket *bucket; /* count + 1 */
  struct run *runs;
  struct single *singles;
};

bool places_fit(int64_t n, int64_t count)
{
  return count < UINT32_MAX && n <= UINT32_MAX / COLORS;
}

void places_free(struct places *b)
{
  if (!b) return;
  mem_free(b->bucket);
  mem_free(b->runs);
  mem_free(b->singles);
  mem_free(b);
}

/* ---- creation ---- */

struct unsorted {
  int64_t count;
  places_at *place;
  const void *user;
};

/* The values from k on that stand in a row in B, too, in one color. */
static int64_t run_length(const struct places *b, const struct unsorted *s, int64_t k, uint64_t at)
{
  uint64_t row = at % b->n;
  int64_t len = 1, most = (int64_t)(b->n - row);
  if (most > s->count - k) most = s->count - k;
  while (len < most && s->place(s->user, k + len) == at + (uint64_t)len) len++;
  return len;
}

static void count_values(struct places *b, const struct unsorted *s)
{
  for (int64_t k = 0, len; k < s->count; k += len) {
    uint64_t at = s->place(s->user, k);
    struct bucket *to = &b->bucket[at / b->size];
    len = run_length(b, s, k, at);
    if (len >= RUN_LEAST)
      to->run++;
    else
      to->single += len;
  }
}

/* Numbers become the ends of the buckets. */
static void add_up(struct places *b)
{
  struct bucket sum = {0, 0};
  for (size_t i = 0; i <= b->count; i++) {
    sum.run += b->bucket[i].run;
    sum.single += b->bucket[i].single;
    b->bucket[i] = sum;
  }
}

/* The ends of the buckets become their beginnings. */
static void move_back(struct places *b)
{
  memmove(b->bucket + 1, b->bucket, b->count * sizeof *b->bucket);
  b->bucket[0] = (struct bucket){0, 0};
}

static void enter_values(struct places *b, const struct unsorted *s)
{
  for (int64_t k = 0, len; k < s->count; k += len) {
    uint64_t at = s->place(s->user, k);
    struct bucket *to = &b->bucket[at / b->size];
    uint32_t value = (uint32_t)k, place = (uint32_t)(at % b->size);
    len = run_length(b, s, k, at);
    if (len >= RUN_LEAST)
      b->runs[to->run++] = (struct run){value, place, (uint32_t)len};
    else
      for (uint32_t i = 0; i < len; i++)
        b->singles[to->single++] = (struct single){value + i, place + i};
  }
}

static enum status fill(struct context *ctx, struct places *b, const struct unsorted *s)
{
  count_values(b, s);
  add_up(b);
  struct bucket all = b->bucket[b->count];
  move_back(b);
  double bytes = (double)all.run * sizeof *b->runs + (double)all.single * sizeof *b->singles;
  TRY(diag_check_memory(ctx, bytes, "the recovery of the matrix"));
  b->runs = mem_alloc((size_t)all.run, sizeof *b->runs);
  b->singles = mem_alloc((size_t)all.single, sizeof *b->singles);
  if (!b->runs || !b->singles) return diag_no_memory(ctx);
  enter_values(b, s);
  move_back(b);
  return STATUS_OK;
}

enum status places_create(struct context *ctx, int64_t n, int32_t num_colors, int64_t count,
                          places_at *place, const void *user, struct places **out)
{
  struct unsorted s = {count, place, user};
  struct places *b = mem_zalloc(1, sizeof *b);
  *out = NULL;
  if (!b) return diag_no_memory(ctx);
  b->n = (uint64_t)n;
  b->size = COLORS * b->n;
  b->count = ((size_t)num_colors + COLORS - 1) / COLORS;
  b->bucket = mem_zalloc(b->count + 1, sizeof *b->bucket);
  enum status status = b->bucket ? fill(ctx, b, &s) : diag_no_memory(ctx);
  if (status == STATUS_OK)
    *out = b;
  else
    places_free(b);
  return status;
}

/* ---- use ---- */

/* A bucket in the part of B that is given: place p is rows[p + shift], if that is below `len`. */
struct view {
  const struct run *runs, *runs_end;
  const struct single *singles, *singles_end;
  uint64_t shift, len;
  bool whole; /* it is, for all places */
};

static struct view view_of(const struct places *b, size_t i, uint64_t begin, uint64_t end)
{
  const struct bucket *at = &b->bucket[i];
  uint64_t first = i * b->size;
  return (struct view){.runs = b->runs + at[0].run,
                       .runs_end = b->runs + at[1].run,
                       .singles = b->singles + at[0].single,
                       .singles_end = b->singles + at[1].single,
                       .shift = first - begin,
                       .len = end - begin,
                       .whole = first >= begin && first + b->size <= end};
}

static size_t bucket_end(const struct places *b, uint64_t end)
{
  uint64_t last = (end + b->size - 1) / b->size;
  return last < b->count ? (size_t)last : b->count;
}

static void gather(const struct view *v, const double *restrict rows, double *restrict values)
{
  for (const struct run *r = v->runs; r < v->runs_end; r++)
    if (r->place + v->shift < v->len)
      memcpy(values + r->value, rows + (r->place + v->shift), r->len * sizeof *rows);
  if (v->whole)
    for (const struct single *s = v->singles; s < v->singles_end; s++)
      values[s->value] = rows[s->place + v->shift];
  else
    for (const struct single *s = v->singles; s < v->singles_end; s++)
      if (s->place + v->shift < v->len) values[s->value] = rows[s->place + v->shift];
}

void places_gather(const struct places *b, uint64_t begin, uint64_t end, const double *rows,
                   double *values)
{
  for (size_t i = (size_t)(begin / b->size); i < bucket_end(b, end); i++) {
    struct view v = view_of(b, i, begin, end);
    gather(&v, rows, values);
  }
}

void places_visit(const struct places *b, uint64_t begin, uint64_t end, places_move *move,
                  void *user)
{
  for (size_t i = (size_t)(begin / b->size); i < bucket_end(b, end); i++) {
    struct view v = view_of(b, i, begin, end);
    for (const struct run *r = v.runs; r < v.runs_end; r++)
      for (uint32_t k = 0; k < r->len && r->place + v.shift < v.len; k++)
        move(user, (int64_t)(r->place + v.shift + k), (int64_t)r->value + k);
    for (const struct single *s = v.singles; s < v.singles_end; s++)
      if (s->place + v.shift < v.len) move(user, (int64_t)(s->place + v.shift), s->value);
  }
}
