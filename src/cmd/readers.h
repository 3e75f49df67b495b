/* What one command wrote and another reads back: patterns, colorings, compressed matrices; and the
 * vectors of hvp. */
#ifndef ASDEX_CMD_READERS_H
#define ASDEX_CMD_READERS_H

#include "cmd/options.h"
#include "sparse/raster.h"

/* What a source holds: as `from` says, else by the extension of its name, else by its first
 * bytes; what is neither Matrix Market nor JSON is a model. */
enum input_kind input_kind_of(const struct context *ctx, int source, enum input_kind from);

/* A pattern from Matrix Market or JSON.  On failure *out is empty. */
enum status read_pattern(struct context *ctx, int source, enum input_kind from,
                         struct pattern *out) MUST_CHECK;

struct name_list {
  const char **data;
  size_t len, cap;
};

/* A coloring with all that its file tells.  From Matrix Market: the colors alone (method star). */
struct saved_coloring {
  struct coloring coloring;
  bool is_json;           /* else there is no pattern */
  struct pattern pattern; /* of JSON */
  bool has_mode;
  enum hessian_mode mode;
  bool has_digest;
  char digest[20];
  bool has_ordering, has_wrt, has_labels;
  struct name_list wrt, labels; /* in the arena; n labels */
  struct arena arena;
};
enum status read_coloring(struct context *ctx, int source, enum input_kind from,
                          struct saved_coloring *out) MUST_CHECK;
void saved_coloring_free(struct saved_coloring *s);

/* The positions of a matrix's entries: of a pattern, a matrix in Matrix Market of any shape (an
 * array: what is not zero), a Hessian in any layout or a compressed matrix in JSON; or of the
 * pattern of a coloring, which *coloring is then (else it is empty).  A coloring in Matrix Market
 * has no positions: *out stays empty.  On failure both are empty. */
enum status read_entries(struct context *ctx, int source, enum input_kind from,
                         struct saved_coloring *coloring, struct entries *out) MUST_CHECK;

/* Moves entries to a pattern.  Those that are not by rows, as patterns are, must be those of a
 * symmetric matrix, and are freed. */
enum status pattern_of_entries(struct context *ctx, int source, struct entries *e,
                               struct pattern *out) MUST_CHECK;

/* A compressed matrix, rows × cols, row by row, of real, complex or exact numbers as the file has
 * them.  On failure *out is empty. */
enum status read_compressed(struct context *ctx, int source, enum input_kind from, int64_t *rows,
                            int64_t *cols, struct numbers *out) MUST_CHECK;

/* The vectors of a file (Matrix Market, JSON, YAML), n × count, of numbers of the field: *out is
 * count × n.  On failure *out is empty. */
enum status read_vectors(struct context *ctx, const char *path, enum field field, int64_t n,
                         int64_t *count, struct numbers *out) MUST_CHECK;

#endif
