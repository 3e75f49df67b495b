#include "config.h"

#include "lang/shape.h"

#include <string.h>

void shape_free(struct shape *s)
{
  mem_free(s->index);
  mem_free(s->slots);
  mem_free(s->hole);
  memset(s, 0, sizeof *s);
}

void shape_scalar(struct shape *s)
{
  memset(s, 0, sizeof *s);
  s->box = true;
  s->size = 1;
}

enum status shape_box(struct context *ctx, struct loc loc, struct shape *s)
{
  s->box = true;
  s->size = 1;
  for (int d = s->ndim; d-- > 0;) {
    s->stride[d] = s->size;
    if (__builtin_mul_overflow(s->size, s->extent[d], &s->size) || s->size > INT64_MAX / 16)
      return FAIL(ctx, ARRAY_TOO_LARGE, loc);
  }
  return STATUS_OK;
}

static size_t find_slot(const struct shape *s, const int64_t *index)
{
  uint64_t h = 0;
  for (int d = 0; d < s->ndim; d++) {
    h = (h ^ (uint64_t)index[d]) * 0x9E3779B97F4A7C15u;
    h ^= h >> 32;
  }
  size_t i = h & (s->nslots - 1);
  for (; s->slots[i]; i = (i + 1) & (s->nslots - 1))
    if (memcmp(s->index + (s->slots[i] - 1) * s->ndim, index, (size_t)s->ndim * sizeof *index) == 0)
      break;
  return i;
}

static bool grow(struct shape *s)
{
  size_t nslots = s->nslots ? 2 * s->nslots : 64;
  int64_t *slots = mem_zalloc(nslots, sizeof *slots);
  int64_t *index = mem_resize(s->index, nslots / 2, (size_t)s->ndim * sizeof *index);
  if (index) s->index = index;
  if (!slots || !index) {
    mem_free(slots);
    return false;
  }
  mem_free(s->slots);
  s->slots = slots;
  s->nslots = nslots;
  for (int64_t k = 0; k < s->size; k++) s->slots[find_slot(s, s->index + k * s->ndim)] = k + 1;
  return true;
}

enum status shape_add(struct context *ctx, struct shape *s, const int64_t *index, bool *fresh)
{
  if (2 * ((size_t)s->size + 1) > s->nslots && !grow(s)) return diag_no_memory(ctx);
  size_t slot = find_slot(s, index);
  *fresh = s->slots[slot] == 0;
  if (!*fresh) return STATUS_OK;
  memcpy(s->index + s->size * s->ndim, index, (size_t)s->ndim * sizeof *index);
  for (int d = 0; d < s->ndim; d++) {
    int64_t hi = s->lo[d] + s->extent[d] - 1;
    s->step[d] = 1;
    if (s->size == 0 || index[d] < s->lo[d]) {
      if (s->size == 0) hi = index[d];
      s->lo[d] = index[d];
    }
    if (index[d] > hi) hi = index[d];
    s->extent[d] = hi - s->lo[d] + 1;
  }
  s->slots[slot] = ++s->size;
  return STATUS_OK;
}

int64_t shape_find(const struct shape *s, const int64_t *index)
{
  if (!s->box) {
    if (s->size == 0) return -1;
    return s->slots[find_slot(s, index)] - 1;
  }
  int64_t offset = 0;
  for (int d = 0; d < s->ndim; d++) {
    int64_t digit = index[d] - s->lo[d];
    if (s->step[d] != 1) {
      if (digit % s->step[d]) return -1;
      digit /= s->step[d];
    }
    if (digit < 0 || digit >= s->extent[d]) return -1;
    offset += digit * s->stride[d];
  }
  return s->hole && s->hole[offset] ? -1 : offset;
}

void shape_index(const struct shape *s, int64_t offset, int64_t *index)
{
  for (int d = 0; d < s->ndim; d++) {
    if (!s->box) {
      index[d] = s->index[offset * s->ndim + d];
      continue;
    }
    index[d] = s->lo[d] + s->step[d] * (offset / s->stride[d]);
    offset %= s->stride[d];
  }
}

int shape_shared(const struct shape *s, int64_t offset)
{
  const int64_t *index = s->index + offset * s->ndim;
  int shared = 0;
  while (offset > 0 && shared < s->ndim && index[shared] == index[shared - s->ndim]) shared++;
  return shared;
}

bool shape_is_full(const struct shape *s)
{
  return s->box && !s->hole;
}

static bool same_boxes(const struct shape *a, const struct shape *b)
{
  for (int d = 0; d < a->ndim; d++)
    if (a->extent[d] != b->extent[d] || (a->extent[d] > 1 && a->step[d] != b->step[d]))
      return false;
  return true;
}

/* The first element from `at` on, or size. */
static int64_t existing(const struct shape *s, int64_t at)
{
  while (s->hole && at < s->size && s->hole[at]) at++;
  return at;
}

static bool same_index(const struct shape *a, int64_t i, const struct shape *b, int64_t j)
{
  int64_t x[LOOP_MAX], y[LOOP_MAX];
  shape_index(a, i, x);
  shape_index(b, j, y);
  for (int d = 0; d < a->ndim; d++)
    if (x[d] - a->lo[d] != y[d] - b->lo[d]) return false;
  return true;
}

bool shape_same(const struct shape *a, const struct shape *b)
{
  if (a->ndim != b->ndim) return false;
  if (shape_is_full(a) && shape_is_full(b)) return same_boxes(a, b);
  int64_t i = existing(a, 0), j = existing(b, 0);
  while (i < a->size && j < b->size && same_index(a, i, b, j)) {
    i = existing(a, i + 1);
    j = existing(b, j + 1);
  }
  return i == a->size && j == b->size;
}

void shape_print(const struct shape *s, struct strbuf *out)
{
  strbuf_putc(out, '[');
  for (int d = 0; d < s->ndim; d++) {
    if (d) strbuf_puts(out, ", ");
    int64_t last = s->lo[d] + s->step[d] * (s->extent[d] - 1);
    if (s->extent[d] == 0) {
      strbuf_puts(out, "empty");
      continue;
    }
    strbuf_int(out, s->lo[d]);
    strbuf_puts(out, "..");
    strbuf_int(out, last);
    if (s->step[d] != 1) {
      strbuf_puts(out, " by ");
      strbuf_int(out, s->step[d]);
    }
  }
  strbuf_putc(out, ']');
}

void shape_print_element(const char *name, const int64_t *index, int ndim, struct strbuf *out)
{
  strbuf_puts(out, name);
  for (int d = 0; d < ndim; d++) {
    strbuf_putc(out, d ? ',' : '[');
    strbuf_int(out, index[d]);
  }
  if (ndim > 0) strbuf_putc(out, ']');
}
