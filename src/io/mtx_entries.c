#include "config.h"

#include "io/mtx_entries.h"

#include <string.h>

#include "io/text.h"

/* An entry's place in the order by row, then column, and where it stands now. */
struct keyed {
  uint64_t key;
  uint32_t index; /* entries are fewer than the bytes of a source */
};

static uint64_t entry_key(const struct mtx *m, int64_t k)
{
  return (uint64_t)m->row[k] << 32 | (uint32_t)m->col[k];
}

/* Least-significant-digit radix sort: stable, linear, and its memory follows the entries, where
 * buckets by row would follow the header's number of rows. */
enum { DIGIT = 11, BUCKETS = 1 << DIGIT };

static void radix_pass(const struct keyed *from, struct keyed *to, size_t n, int shift)
{
  size_t start[BUCKETS + 1] = {0};
  for (size_t k = 0; k < n; k++) start[(from[k].key >> shift & (BUCKETS - 1)) + 1]++;
  for (int b = 0; b < BUCKETS; b++) start[b + 1] += start[b];
  for (size_t k = 0; k < n; k++) to[start[from[k].key >> shift & (BUCKETS - 1)]++] = from[k];
}

/* The entries in order, in new memory; NULL if memory is out. */
static struct keyed *sorted_entries(const struct mtx *m)
{
  size_t n = (size_t)m->nnz;
  struct keyed *a = mem_alloc(n, sizeof *a), *b = mem_alloc(n, sizeof *b);
  if (!a || !b) {
    mem_free(a);
    mem_free(b);
    return NULL;
  }
  uint64_t differ = 0;
  for (size_t k = 0; k < n; k++) {
    a[k] = (struct keyed){entry_key(m, (int64_t)k), (uint32_t)k};
    differ |= a[k].key ^ a[0].key;
  }
  for (int shift = 0; shift < 64; shift += DIGIT) {
    if (!(differ >> shift & (BUCKETS - 1))) continue; /* the digit is the same everywhere */
    radix_pass(a, b, n, shift);
    struct keyed *swap = a;
    a = b;
    b = swap;
  }
  mem_free(b);
  return a;
}

static bool rows_ascend(const struct mtx *m)
{
  for (int64_t k = 1; k < m->nnz; k++)
    if (entry_key(m, k - 1) >= entry_key(m, k)) return false;
  return true;
}

static bool columns_ascend(const struct mtx *m)
{
  for (int64_t k = 1; k < m->nnz; k++)
    if (m->col[k - 1] > m->col[k] || (m->col[k - 1] == m->col[k] && m->row[k - 1] >= m->row[k]))
      return false;
  return true;
}

enum status mtx_refuse_duplicates(struct context *ctx, const struct mtx *m)
{
  if (rows_ascend(m) || columns_ascend(m)) return STATUS_OK;
  struct keyed *sorted = sorted_entries(m);
  if (!sorted) return diag_no_memory(ctx);
  int64_t first = -1, second = -1; /* the pair whose second place comes first in the file */
  for (int64_t k = 1; k < m->nnz; k++)
    if (sorted[k - 1].key == sorted[k].key && (second < 0 || sorted[k].index < second)) {
      first = sorted[k - 1].index;
      second = sorted[k].index;
    }
  mem_free(sorted);
  if (second < 0) return STATUS_OK;
  size_t at = m->where[second], before = m->where[first];
  enum status status = FAIL(ctx, MTX_DUPLICATE, text_loc(m->source, at, at + 1), m->row[second] + 1,
                            m->col[second] + 1);
  diag_note(ctx, text_loc(m->source, before, before + 1), "first given here");
  return status;
}

/* --- Expansion of coordinate matrices --------------------------------------------------------- */

static void set_entry(struct mtx *to, int64_t at, const struct mtx *from, int64_t k, bool transpose)
{
  to->row[at] = transpose ? from->col[k] : from->row[k];
  to->col[at] = transpose ? from->row[k] : from->col[k];
  to->where[at] = from->where[k];
  bool skew = transpose && from->symmetry == MTX_SKEW;
  bool conjugate = transpose && from->symmetry == MTX_HERMITIAN;
  if (from->re) to->re[at] = skew ? -from->re[k] : from->re[k];
  if (from->im) to->im[at] = skew || conjugate ? -from->im[k] : from->im[k];
}

static bool allocate_like(struct mtx *to, const struct mtx *from, int64_t nnz)
{
  size_t n = (size_t)nnz;
  to->nnz = nnz;
  to->row = mem_alloc(n, sizeof *to->row);
  to->col = mem_alloc(n, sizeof *to->col);
  to->where = mem_alloc(n, sizeof *to->where);
  to->re = from->re ? mem_alloc(n, sizeof *to->re) : NULL;
  to->im = from->im ? mem_alloc(n, sizeof *to->im) : NULL;
  return to->row && to->col && to->where && !to->re == !from->re && !to->im == !from->im;
}

static void free_entries(struct mtx *m)
{
  mem_free(m->row);
  mem_free(m->col);
  mem_free(m->where);
  mem_free(m->re);
  mem_free(m->im);
}

/* Puts `to` in place of m's entries. */
static void take_over(struct mtx *m, const struct mtx *to)
{
  free_entries(m);
  *m = *to;
}

static enum status add_mirror_images(struct context *ctx, struct mtx *m)
{
  struct mtx to = *m;
  int64_t nnz = m->nnz;
  for (int64_t k = 0; k < m->nnz; k++) nnz += m->row[k] != m->col[k];
  if (!allocate_like(&to, m, nnz)) {
    free_entries(&to);
    return diag_no_memory(ctx);
  }
  int64_t at = 0;
  for (int64_t k = 0; k < m->nnz; k++) {
    set_entry(&to, at++, m, k, false);
    if (m->row[k] != m->col[k]) set_entry(&to, at++, m, k, true);
  }
  to.symmetry = MTX_GENERAL;
  take_over(m, &to);
  return STATUS_OK;
}

static enum status sort_by_rows(struct context *ctx, struct mtx *m)
{
  if (rows_ascend(m)) return STATUS_OK;
  struct mtx to = *m;
  struct keyed *sorted = sorted_entries(m);
  if (!sorted) return diag_no_memory(ctx);
  if (!allocate_like(&to, m, m->nnz)) {
    free_entries(&to);
    mem_free(sorted);
    return diag_no_memory(ctx);
  }
  for (int64_t k = 0; k < m->nnz; k++) set_entry(&to, k, m, sorted[k].index, false);
  mem_free(sorted);
  take_over(m, &to);
  return STATUS_OK;
}

enum status mtx_expand(struct context *ctx, struct mtx *m)
{
  if (!m->coordinate) return STATUS_OK;
  /* The old and the new entries, and the keys of the sort twice. */
  TRY(diag_check_memory(ctx, 150.0 * (double)m->nnz, "the matrix"));
  if (m->symmetry != MTX_GENERAL) TRY(add_mirror_images(ctx, m));
  return sort_by_rows(ctx, m);
}

/* --- Expansion of arrays ---------------------------------------------------------------------- */

/* Element (i, j), i ≥ j, of the packed triangle, column by column; *k is its position. */
static void expand_element(struct mtx *to, const struct mtx *m, int64_t i, int64_t j, int64_t *k)
{
  int64_t n = m->rows, lower = i + j * n, upper = j + i * n;
  if (i == j && m->symmetry == MTX_SKEW) {
    to->re[lower] = 0;
    if (m->im) to->im[lower] = 0;
    to->where[lower] = *k < m->nnz ? m->where[*k] : m->nnz ? m->where[m->nnz - 1] : 0;
    return;
  }
  double sign = m->symmetry == MTX_SKEW ? -1 : 1;
  to->re[upper] = sign * m->re[*k];
  to->re[lower] = m->re[*k];
  if (m->im) {
    to->im[upper] = (m->symmetry == MTX_HERMITIAN ? -1 : sign) * m->im[*k];
    to->im[lower] = m->im[*k];
  }
  to->where[lower] = to->where[upper] = m->where[*k];
  ++*k;
}

static enum status refuse_complex_diagonal(struct context *ctx, const struct mtx *m)
{
  if (m->symmetry != MTX_HERMITIAN) return STATUS_OK;
  for (int64_t j = 0, k = 0; j < m->rows; k += m->rows - j, j++)
    if (m->im[k] != 0)
      return FAIL(ctx, MTX_HERMITIAN_DIAGONAL,
                  text_loc(m->source, m->where[k], (size_t)m->where[k] + 1), (int)j + 1,
                  (int)j + 1);
  return STATUS_OK;
}

enum status mtx_expand_array(struct context *ctx, struct mtx *m)
{
  if (m->symmetry == MTX_GENERAL) return STATUS_OK;
  TRY(refuse_complex_diagonal(ctx, m));
  struct mtx to = *m;
  size_t n = (size_t)m->rows, count;
  /* A skew-symmetric 1 x 1 array has no entry in the file, so n is bounded by the entries + 1. */
  if (!size_mul(n, n, &count)) return diag_no_memory(ctx);
  to.nnz = (int64_t)count;
  to.symmetry = MTX_GENERAL;
  to.re = mem_alloc(count, sizeof *to.re);
  to.im = m->im ? mem_alloc(count, sizeof *to.im) : NULL;
  to.where = mem_alloc(count, sizeof *to.where);
  if (!to.re || !to.where || !to.im != !m->im) {
    mem_free(to.re);
    mem_free(to.im);
    mem_free(to.where);
    return diag_no_memory(ctx);
  }
  int64_t k = 0;
  for (int64_t j = 0; j < m->rows; j++)
    for (int64_t i = j; i < m->rows; i++) expand_element(&to, m, i, j, &k);
  take_over(m, &to);
  return STATUS_OK;
}
