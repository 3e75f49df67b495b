/* The outputs of the subcommands in their formats. */
#ifndef ASDEX_CMD_WRITE_H
#define ASDEX_CMD_WRITE_H

#include "cmd/work.h"
#include "io/json.h"

/* Opens the output, calls `write`, and closes it: nothing is replaced unless all went well. */
typedef enum status writer(struct work *w, struct sink *out, const void *what);
enum status write_output(struct work *w, writer *write, const void *what) MUST_CHECK;

/* The Hessian: what = the values of w->pattern's entries. */
enum status write_hessian(struct work *w, struct sink *out, const void *what) MUST_CHECK;

/* A dense matrix; element (i, j) is a[i * row_stride + j * col_stride]. */
struct dense {
  const struct numbers *a;
  int64_t rows, cols, row_stride, col_stride;
};
/* Matrix Market (exact numbers as the nearest doubles) or csv, as the options say. */
enum status write_dense(struct work *w, struct sink *out, const struct dense *d) MUST_CHECK;

/* One line of csv; values NULL: without, else with number k of them. */
enum status write_csv_line(struct work *w, struct sink *out, int64_t row, int64_t col,
                           const struct numbers *values, int64_t k) MUST_CHECK;

/* A number in JSON: a number, a pair, a string. */
void write_json_number(struct json_writer *j, enum field field, const struct number *x);
/* count of the numbers, from `first` on, as a list. */
void write_json_numbers(struct json_writer *j, const struct numbers *v, int64_t first,
                        int64_t count, int64_t stride);

/* "value" and "aux", where they ride along. */
void write_json_extras(struct work *w, struct json_writer *j, bool value, bool aux);

/* {"schema":"asdex/KIND/1" … and … }; write_json_end adds the labels, if they are asked for. */
void write_json_begin(struct json_writer *j, struct sink *out, const char *kind);
enum status write_json_end(struct work *w, struct json_writer *j) MUST_CHECK;

/* "wrt": the blocks in the order of the unknowns.  Always with a coloring's; else if given. */
void write_json_wrt(struct work *w, struct json_writer *j, bool always);
/* "rows": …, "cols": … of the entries (with `lower`, of the lower triangle), row by row. */
void write_json_positions(struct json_writer *j, const struct pattern *p, bool lower);

/* "blocks": {ROW: {COLUMN: {"nrows", "ncols", "rows", "cols", "values"} …} …} for all pairs of
 * differentiated blocks, empty ones too, in the order of the unknowns; row by row, both triangles,
 * indices counted from where the blocks begin. */
enum status write_json_blocks(struct work *w, struct json_writer *j,
                              const struct numbers *values) MUST_CHECK;

#endif
