/* The entries of a Matrix Market file once they are read: order, duplicates, symmetry. */
#ifndef ASDEX_IO_MTX_ENTRIES_H
#define ASDEX_IO_MTX_ENTRIES_H

#include "io/mtx.h"

/* Refuses an entry that is given twice (coordinate), naming both places. */
enum status mtx_refuse_duplicates(struct context *ctx, const struct mtx *m) MUST_CHECK;

/* Expands an array with symmetric storage (the packed lower triangle) to all of its elements, and
 * makes it `general`. */
enum status mtx_expand_array(struct context *ctx, struct mtx *m) MUST_CHECK;

#endif
