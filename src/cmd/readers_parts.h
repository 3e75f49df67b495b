/* What the sources of readers.h share. */
#ifndef ASDEX_CMD_READERS_PARTS_H
#define ASDEX_CMD_READERS_PARTS_H

#include "cmd/readers.h"
#include "io/json.h"
#include "io/mtx.h"

/* On failure *out is empty. */
enum status pattern_of_json(struct context *ctx, const struct json *j,
                            struct pattern *out) MUST_CHECK;

/* Moves the positions of a coordinate matrix. */
void entries_of_coordinates(struct entries *out, struct mtx *m);

/* On failure the caller frees what is in *s. */
enum status coloring_of_mtx(struct context *ctx, const struct mtx *m,
                            struct saved_coloring *s) MUST_CHECK;
enum status coloring_of_json(struct context *ctx, const struct json *j,
                             struct saved_coloring *s) MUST_CHECK;

#endif
