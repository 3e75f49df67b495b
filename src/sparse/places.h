/* Where the values of a matrix are in its compression, sorted by color, so that what a few of the
 * colors give is found without a look at the rest.  For matrices of many colors. */
#ifndef ASDEX_SPARSE_PLACES_H
#define ASDEX_SPARSE_PLACES_H

#include "base/diag.h"

struct places;

/* Whether value numbers and places fit into the buckets' 32 bits. */
bool places_fit(int64_t n, int64_t count);

/* Value k of `count` is at place(user, k) = color · n + row in a compression of num_colors rows of
 * n.  places_fit(n, count) must hold. */
typedef uint64_t places_at(const void *user, int64_t k);
enum status places_create(struct context *ctx, int64_t n, int32_t num_colors, int64_t count,
                          places_at *place, const void *user, struct places **out) MUST_CHECK;
void places_free(struct places *b);

/* values[k] = rows[place of k - begin] for all values whose places are begin … end - 1, where the
 * rows of whole colors begin and end. */
void places_gather(const struct places *b, uint64_t begin, uint64_t end, const double *rows,
                   double *values);

/* The same by a function: move(user, place - begin, k). */
typedef void places_move(void *user, int64_t at, int64_t k);
void places_visit(const struct places *b, uint64_t begin, uint64_t end, places_move *move,
                  void *user);

#endif
