#include "config.h"

#include "sparse/diagonals.h"

#include <stdlib.h>
#include <string.h>

enum { COMPACT_MIN = 4096 }; /* so few are not worth it */

void diagonals_free(struct diagonals *d)
{
  VEC_FREE(&d->segments);
  d->compacted = 0;
}

static int compare_int(int32_t a, int32_t b)
{
  return (a > b) - (a < b);
}

static int by_shift(const void *x, const void *y)
{
  const struct segment *a = x, *b = y;
  int order = compare_int(a->shift, b->shift);
  return order ? order : compare_int(a->row, b->row);
}

static int by_row(const void *x, const void *y)
{
  const struct segment *a = x, *b = y;
  int order = compare_int(a->row, b->row);
  return order ? order : compare_int(a->shift, b->shift);
}

/* Adds b to a if the two overlap or touch and a does not begin later. */
static bool join(struct segment *a, const struct segment *b)
{
  if (a->shift != b->shift || b->row < a->row || b->row > a->end) return false;
  if (b->end > a->end) a->end = b->end;
  return true;
}

static void compact(struct diagonals *d)
{
  struct segment *a = d->segments.data;
  size_t m = 0;
  if (d->segments.len > 1) qsort(a, d->segments.len, sizeof *a, by_shift);
  for (size_t i = 0; i < d->segments.len; i++)
    if (m == 0 || !join(&a[m - 1], &a[i])) a[m++] = a[i];
  d->segments.len = d->compacted = m;
}

enum status diagonals_add(struct context *ctx, struct diagonals *d, int32_t row, int32_t col,
                          int32_t len)
{
  int32_t low = row > col ? row : col; /* the lower one of the two images */
  struct segment s = {low, low + len, (row > col ? col : row) - low};
  size_t count = d->segments.len;
  if (count > 0 && join(&d->segments.data[count - 1], &s)) return STATUS_OK;
  if (count > 2 * d->compacted + COMPACT_MIN) compact(d);
  return VEC_PUSH(&d->segments, s) ? STATUS_OK : diag_no_memory(ctx);
}

int64_t diagonals_entries(const struct diagonals *d)
{
  int64_t count = 0;
  for (size_t i = 0; i < d->segments.len; i++)
    count += d->segments.data[i].end - d->segments.data[i].row;
  return count;
}

/* ---- row by row ---- */

/* Goes down the rows.  Between two rows in which a segment begins or ends, all rows have entries at
 * the same distances from the diagonal. */
struct active {
  int32_t shift, end;
};
struct sweep {
  int32_t n, row, until; /* the rows that are alike */
  int32_t count;         /* entries in each: */
  int32_t *shift;        /* ascending */
  struct active *active; /* the same with their ends */
  struct active *spare;
  const struct segment *next, *last; /* what begins later, in order */
};

static bool begins(const struct sweep *s)
{
  return s->next < s->last && s->next->row == s->row;
}

/* The next rows that are alike; false: no more. */
static bool advance(struct sweep *s)
{
  int32_t m = 0;
  s->row = s->until;
  if (s->row == s->n) return false;
  s->until = s->n;
  for (int32_t k = 0; k < s->count || begins(s);) {
    if (k < s->count && s->active[k].end == s->row) {
      k++;
      continue;
    }
    bool old = k < s->count && !(begins(s) && s->next->shift < s->active[k].shift);
    struct active a = old ? s->active[k] : (struct active){s->next->shift, s->next->end};
    k += old;
    s->next += !old;
    if (a.end < s->until) s->until = a.end;
    s->shift[m] = a.shift;
    s->spare[m++] = a;
  }
  if (s->next < s->last && s->next->row < s->until) s->until = s->next->row;
  struct active *spare = s->active;
  s->active = s->spare;
  s->spare = spare;
  s->count = m;
  return true;
}

static void rewind_sweep(struct sweep *s, const struct segment *all, size_t count)
{
  s->row = s->until = s->count = 0;
  s->next = all;
  s->last = all + count;
}

/* The union of a row of the sweep and the columns rest[0 … len-1]; returns its length.  out NULL:
 * the length alone. */
static int64_t merge(const struct sweep *s, int32_t row, const int32_t *rest, int64_t len,
                     int32_t *out)
{
  int64_t m = 0, k = 0;
  for (int32_t d = 0; d < s->count; d++) {
    int32_t col = row + s->shift[d];
    for (; k < len && rest[k] < col; k++, m++)
      if (out) out[m] = rest[k];
    k += k < len && rest[k] == col;
    if (out) out[m] = col;
    m++;
  }
  if (out && len > k) memcpy(out + m, rest + k, (size_t)(len - k) * sizeof *out);
  return m + len - k;
}

static int64_t count_entries(struct sweep *s, const struct pattern *rest)
{
  int64_t total = 0;
  while (advance(s)) {
    if (!rest->ptr) total += (int64_t)s->count * (s->until - s->row);
    for (int32_t i = s->row; rest->ptr && i < s->until; i++)
      total += merge(s, i, rest->ind + rest->ptr[i], rest->ptr[i + 1] - rest->ptr[i], NULL);
  }
  return total;
}

static void fill(struct sweep *s, const struct pattern *rest, struct pattern *out)
{
  int64_t at = 0;
  while (advance(s)) {
    for (int32_t i = s->row; i < s->until; i++) {
      out->ptr[i] = at;
      if (rest->ptr) {
        at += merge(s, i, rest->ind + rest->ptr[i], rest->ptr[i + 1] - rest->ptr[i], out->ind + at);
        continue;
      }
      for (int32_t d = 0; d < s->count; d++) out->ind[at + d] = i + s->shift[d];
      at += s->count;
    }
  }
  out->ptr[out->n] = at;
}

/* The segments and their mirror images, by rows; the number of different shifts in *width. */
static struct segment *both_triangles(const struct diagonals *d, size_t *count, size_t *width)
{
  const struct segment *a = d->segments.data;
  struct segment *all = mem_alloc(d->segments.len, 2 * sizeof *all);
  *count = *width = 0;
  if (!all) return NULL;
  for (size_t i = 0; i < d->segments.len; i++) {
    int32_t shift = a[i].shift;
    *width += i == 0 || a[i - 1].shift != shift ? 2 : 0;
    all[(*count)++] = a[i];
    if (shift) all[(*count)++] = (struct segment){a[i].row + shift, a[i].end + shift, -shift};
  }
  if (*count > 1) qsort(all, *count, sizeof *all, by_row);
  return all;
}

enum status diagonals_join(struct context *ctx, struct diagonals *d, const struct pattern *rest,
                           struct pattern *out)
{
  size_t count, width;
  struct sweep s = {.n = rest->n};
  struct pattern p = {.n = rest->n};
  enum status status = STATUS_OK;
  *out = (struct pattern){0};
  compact(d);
  struct segment *all = both_triangles(d, &count, &width);
  s.shift = mem_alloc(width, sizeof *s.shift);
  s.active = mem_alloc(width, sizeof *s.active);
  s.spare = mem_alloc(width, sizeof *s.spare);
  if (!all || !s.shift || !s.active || !s.spare) goto no_memory;
  rewind_sweep(&s, all, count);
  int64_t total = count_entries(&s, rest);
  status = diag_check_memory(ctx, 8.0 * p.n + 4.0 * (double)total, "the pattern");
  if (status != STATUS_OK) goto done;
  p.ptr = mem_alloc((size_t)p.n + 1, sizeof *p.ptr);
  p.ind = mem_alloc((size_t)total, sizeof *p.ind);
  if (!p.ptr || !p.ind) goto no_memory;
  rewind_sweep(&s, all, count);
  fill(&s, rest, &p);
  *out = p;
  p = (struct pattern){0};
  goto done;

no_memory:
  status = diag_no_memory(ctx);
done:
  pattern_free(&p);
  mem_free(all);
  mem_free(s.shift);
  mem_free(s.active);
  mem_free(s.spare);
  return status;
}
