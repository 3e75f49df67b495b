/* Matrix Market files: a strict reader, and the writers. */
#ifndef ASDEX_IO_MTX_H
#define ASDEX_IO_MTX_H

#include "base/diag.h"
#include "io/sink.h"
#include "sparse/pattern.h"

enum mtx_field { MTX_REAL, MTX_INTEGER, MTX_COMPLEX, MTX_PATTERN };
enum mtx_symmetry { MTX_GENERAL, MTX_SYMMETRIC, MTX_SKEW, MTX_HERMITIAN };

struct mtx {
  bool coordinate; /* else array */
  enum mtx_field field;
  enum mtx_symmetry symmetry;
  int64_t rows, cols;
  int64_t nnz;        /* stored entries in the file; of an array rows × cols after expansion */
  int32_t *row, *col; /* coordinate: 0-based, as in the file (an upper entry of a symmetric file is
                         mirrored to the lower triangle, with a warning); NULL for arrays */
  double *re, *im; /* values; re NULL for patterns, im NULL unless complex.  An array is expanded to
                      general and column-major as in the file */
  uint32_t *where; /* byte offset of each entry in the source */
  int source;
};

/* How non-finite numbers are taken: data and points refuse them, results that are read back don't.
 */
enum mtx_nonfinite { MTX_FINITE_ONLY, MTX_ALLOW_NONFINITE };

/* Reads the text of a source.  Memory follows the entries that are there, never the header.
 * Errors: banner, sizes, syntax, index 0 or out of range, the same entry twice, too few or too many
 * entries, with line and column.  What is taken beyond the format, and what is refused, stands in
 * asdex-formats(5). */
enum status mtx_read(struct context *ctx, int source, enum mtx_nonfinite nonfinite,
                     struct mtx **out) MUST_CHECK;
void mtx_free(struct mtx *m);

/* Expands symmetric storage to all entries (coordinate matrices), sorted by row, then column; the
 * result is `general`.  In place. */
enum status mtx_expand(struct context *ctx, struct mtx *m) MUST_CHECK;

/* Whether the source is to be read so: it begins with %%MatrixMarket (any case), or is a .mtx file.
 */
bool mtx_is_matrix_market(const struct source *src);

/* Writers.  `comment` (may be NULL) goes directly under the banner, its lines as comment lines. */
/* A symmetric matrix on pattern p, or with values NULL the pattern itself; sorted by column, then row.
 * The lower triangle with `symmetric`, values being those of the entries on and above the diagonal,
 * row by row; or `both` with `general`, values parallel to p->ind. */
enum status mtx_write_symmetric(struct sink *s, const struct pattern *p, const double *values,
                                bool both, const char *comment) MUST_CHECK;
/* A dense rows × cols matrix; element (i, j) is a[i * row_stride + j * col_stride].  Written column
 * by column. */
enum status mtx_write_dense(struct sink *s, int64_t rows, int64_t cols, const double *a,
                            int64_t row_stride, int64_t col_stride, const char *comment) MUST_CHECK;
/* The same with complex values re + i·im: `complex symmetric` (or `general`), `complex general`. */
enum status mtx_write_complex_symmetric(struct sink *s, const struct pattern *p, const double *re,
                                        const double *im, bool both,
                                        const char *comment) MUST_CHECK;
enum status mtx_write_complex_dense(struct sink *s, int64_t rows, int64_t cols, const double *re,
                                    const double *im, int64_t row_stride, int64_t col_stride,
                                    const char *comment) MUST_CHECK;
/* The colors of a coloring: an integer n × 1 array, 1-based, 0 = neutral. */
enum status mtx_write_colors(struct sink *s, int32_t n, const int32_t *color,
                             const char *comment) MUST_CHECK;

#endif
