/* Matrix Market.  The first byte chooses whether numbers must be finite. */
#include "config.h"

#include <math.h>

#include "fuzz.h"
#include "io/mtx.h"

static void check_number(const struct mtx *m, int64_t k, bool finite)
{
  if (m->re) FUZZ_CHECK(!finite || isfinite(m->re[k]), "entry %lld: %g", (long long)k, m->re[k]);
  if (m->im) FUZZ_CHECK(!finite || isfinite(m->im[k]), "entry %lld: %g", (long long)k, m->im[k]);
  if (m->field == MTX_INTEGER && isfinite(m->re[k]))
    FUZZ_CHECK(m->re[k] == floor(m->re[k]), "entry %lld: %g", (long long)k, m->re[k]);
}

/* In range; of symmetric storage in the lower triangle. */
static void check_entry(const struct mtx *m, int64_t k)
{
  int32_t i = m->row[k], j = m->col[k];
  FUZZ_CHECK(i >= 0 && i < m->rows && j >= 0 && j < m->cols, "(%d, %d)", i, j);
  if (m->symmetry == MTX_GENERAL) return;
  FUZZ_CHECK(i > j || (i == j && m->symmetry != MTX_SKEW), "(%d, %d) is stored", i, j);
}

static void check_matrix(const struct fuzz *f, const struct mtx *m, bool finite)
{
  size_t len = f->ctx.sources.data[m->source].len;
  FUZZ_CHECK(m->rows >= 0 && m->cols >= 0 && m->nnz >= 0, "sizes");
  FUZZ_CHECK((m->field == MTX_PATTERN) == !m->re, "values");
  FUZZ_CHECK((m->field == MTX_COMPLEX) == (m->im != NULL), "imaginary parts");
  for (int64_t k = 0; k < m->nnz; k++) {
    if (m->coordinate) check_entry(m, k);
    if (m->where) FUZZ_CHECK(m->where[k] < len, "the place of entry %lld", (long long)k);
    check_number(m, k, finite);
  }
  if (!m->coordinate) FUZZ_CHECK(m->nnz == m->rows * m->cols, "elements");
}

/* Sorted by rows, each entry once. */
static void check_expanded(const struct mtx *m)
{
  FUZZ_CHECK(m->symmetry == MTX_GENERAL, "symmetry %d", (int)m->symmetry);
  for (int64_t k = 0; k < m->nnz; k++) {
    check_entry(m, k);
    if (k > 0)
      FUZZ_CHECK(m->row[k - 1] < m->row[k] ||
                     (m->row[k - 1] == m->row[k] && m->col[k - 1] < m->col[k]),
                 "entry %lld is not sorted", (long long)k);
  }
}

void fuzz_mtx(const uint8_t *data, size_t size)
{
  struct fuzz f;
  struct mtx *m = NULL;
  bool finite = size && *data % 2 == 0;
  if (size) data++, size--;
  fuzz_begin(&f);
  int source = fuzz_source(&f, "matrix.mtx", (const char *)data, size);
  FUZZ_CHECK(mtx_is_matrix_market(&f.ctx.sources.data[source]), "not told by its name");
  enum status status = mtx_read(&f.ctx, source, finite ? MTX_FINITE_ONLY : MTX_ALLOW_NONFINITE, &m);
  FUZZ_CHECK((status == STATUS_OK) == (m != NULL), "status %d", status);
  if (m) {
    int64_t stored = m->nnz;
    check_matrix(&f, m, finite);
    if (m->coordinate) {
      status = mtx_expand(&f.ctx, m);
      if (status == STATUS_OK) {
        check_expanded(m);
        FUZZ_CHECK(m->nnz >= stored && m->nnz <= 2 * stored, "%lld of %lld entries",
                   (long long)m->nnz, (long long)stored);
      }
    }
  }
  mtx_free(m);
  fuzz_end(&f, status);
}
