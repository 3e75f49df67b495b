/* Colorings of a symmetric pattern's graph, and recovery of the matrix from its compression.
 *
 * B = the compressed matrix, colors × n, row by row: row c is H times the indicator of color c. */
#ifndef ASDEX_SPARSE_COLORING_H
#define ASDEX_SPARSE_COLORING_H

#include "base/numbers.h"
#include "sparse/pattern.h"

enum coloring_method { METHOD_STAR, METHOD_ACYCLIC, METHOD_COLUMN, METHOD_COUNT };
extern const char *const method_names[METHOD_COUNT]; /* "star", "acyclic", "column" */

enum coloring_ordering {
  ORDERING_NATURAL,
  ORDERING_LARGEST_FIRST, /* by degree without the diagonal, descending; ties by index */
  ORDERING_SMALLEST_LAST,
  ORDERING_INCIDENCE_DEGREE,
  ORDERING_DYNAMIC_LARGEST_FIRST,
  ORDERING_RANDOM,
  ORDERING_BEST, /* all of the above; the fewest colors, the first of equals */
  ORDERING_COUNT
};
extern const char *const ordering_names[ORDERING_COUNT];

struct coloring {
  enum coloring_method method;
  enum coloring_ordering ordering;
  int32_t n, num_colors;
  int32_t *color; /* n colors, 0-based; -1: neutral (recovers nothing) */
};

void coloring_free(struct coloring *c);

struct coloring_options {
  enum coloring_method method;
  enum coloring_ordering ordering;
  uint64_t seed;    /* of ORDERING_RANDOM, also among ORDERING_BEST */
  bool postprocess; /* free colors that recover nothing (star, acyclic) */
};

/* Colors the pattern.  Star: Gebremedhin, Tarafdar, Manne, Pothen, "New acyclic and star coloring
 * algorithms with application to computing Hessians", SIAM J. Sci. Comput. 29 (2007), Algorithm
 * 4.1; acyclic: its Algorithm 3.1; column: distance 2.  A pattern without entries has 0
 * colors. */
enum status coloring_compute(struct context *ctx, const struct pattern *p,
                             const struct coloring_options *options,
                             struct coloring *out) MUST_CHECK;

/* Where a coloring breaks: up to four vertices of the path or cycle, and a sentence about them. */
struct coloring_flaw {
  int count;
  int32_t vertex[4];
  const char *what; /* static text: "adjacent vertices share a color" … */
};

/* Proves that the coloring recovers every entry of the pattern by its method; else fills *flaw and
 * *valid = false. */
enum status coloring_check(struct context *ctx, const struct pattern *p, const struct coloring *c,
                           bool *valid, struct coloring_flaw *flaw) MUST_CHECK;

/* A lower bound on the colors of any such coloring without neutral vertices: a clique and the
 * density of the graph (star, acyclic), the longest row (column).  0 without entries. */
enum status coloring_lower_bound(struct context *ctx, const struct pattern *p,
                                 enum coloring_method method, int32_t *bound) MUST_CHECK;

/* How to recover the matrix from B; depends on pattern and coloring alone. */
struct recovery;
enum status recovery_create(struct context *ctx, const struct pattern *p, const struct coloring *c,
                            struct recovery **out) MUST_CHECK;
/* The same for the entries on and above the diagonal alone, row by row: half of the work and the
 * memory, and the order of a lower triangle by columns.  Their values have the same bits. */
enum status recovery_create_upper(struct context *ctx, const struct pattern *p,
                                  const struct coloring *c, struct recovery **out) MUST_CHECK;
void recovery_free(struct recovery *r);
int64_t recovery_count(const struct recovery *r); /* of values */

/* values[k] of the k-th entry, from B (num_colors × n); star and acyclic give both
 * triangles the same bits.  Of every field; exact numbers may take memory, or grow too large. */
enum status recovery_apply(struct context *ctx, const struct recovery *r,
                           const struct numbers *compressed, struct numbers *values) MUST_CHECK;

/* The same in parts, so that B need not be held whole: takes what is read from the rows (colors)
 * first … first+count-1 of B, which are `rows` (count × n); after all of them, finish.  Threads of
 * the pool, if there is one, share out the values. */
struct pool;
void recovery_gather(struct pool *pool, const struct recovery *r, int64_t first, int64_t count,
                     const struct numbers *rows, struct numbers *values);
enum status recovery_finish(struct context *ctx, const struct recovery *r,
                            struct numbers *values) MUST_CHECK;

/* Both triangles of a symmetric matrix (all: one value per entry) from the values on and above the
 * diagonal.  O(nnz). */
enum status recovery_expand(struct context *ctx, const struct pattern *p,
                            const struct numbers *upper, struct numbers *all) MUST_CHECK;

#endif
