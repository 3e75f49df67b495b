/* What is given as the value of an array, before it meets the array's shape: a number, nested
 * lists, a matrix, an array literal.  For src/lang/ and points. */
#ifndef ASDEX_LANG_CONTENT_H
#define ASDEX_LANG_CONTENT_H

#include "io/data.h"
#include "io/mtx.h"
#include "lang/elab.h"

struct content {
  enum content_kind {
    CONTENT_NUMBER,  /* depth 0 */
    CONTENT_LIST,    /* `list`, which belongs to someone else */
    CONTENT_LITERAL, /* `items`, in row-major order */
    CONTENT_MATRIX,  /* `matrix`, dense: column-major */
    CONTENT_ENTRIES  /* `matrix`, coordinates: general, sorted by row, then column */
  } kind;
  struct loc loc;
  int depth;                /* levels of nesting; a matrix has 2 */
  bool even;                /* the lists of each level are equally long */
  int64_t extent[LOOP_MAX]; /* of each level (of its first list, if uneven) */
  int64_t nvalues;          /* numbers that are there */
  /* lists and literals: the lengths of the lists of each level, in order */
  const int64_t *counts[LOOP_MAX];
  int64_t ncounts[LOOP_MAX];
  /* owned: */
  struct mtx *matrix;
  const struct expr **items;
  int64_t *own_counts[LOOP_MAX];
  /* not owned: */
  const struct data *list; /* or a single number */
};

/* From a value of a data file; {file: NAME.mtx} is read, relative to the folder of the file that
 * names it.  `name` is the array's, for messages. */
enum status content_of_data(struct elab *e, const char *name, const struct data *d,
                            struct content *out) MUST_CHECK;
/* From a source in Matrix Market. */
enum status content_of_source(struct elab *e, const char *name, int source,
                              struct content *out) MUST_CHECK;
/* From read("…") and from an array literal of an array with ndim dimensions. */
enum status content_of_read(struct elab *e, const char *name, const struct expr *x,
                            struct content *out) MUST_CHECK;
enum status content_of_literal(struct elab *e, const struct expr *x, int ndim,
                               struct content *out) MUST_CHECK;
void content_free(struct content *c);

/* The place of number k: of a list or literal in row-major order, of a matrix in its own. */
struct loc content_loc(const struct content *c, int64_t k);
/* The number, in e's field (see quantity.h for who owns it); not of literals. */
enum status content_number(struct elab *e, const struct content *c, int64_t k,
                           struct number *out) MUST_CHECK;

/* Whether it has the shape, element for element (a number never has one with dimensions).
 * *fits is false also where the rows of a list of index tuples have other lengths. */
enum status content_fits(struct context *ctx, const struct content *c, const struct shape *s,
                         bool *fits) MUST_CHECK;

/* Its own shape for messages: "[1..3, 1..4]". */
void content_print(const struct content *c, struct strbuf *out);

/* The document of a YAML source, or of a JSON one (by its name, *.json), with fractions in
 * exact mode.  A second document is an error.  Complex numbers are read, so that their refusal can
 * say why. */
enum status content_document(struct context *ctx, int source, enum field field,
                             struct data **out) MUST_CHECK;

#endif
