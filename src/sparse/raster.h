/* From the entries of a matrix to a picture of them: a grid of tiles, each of a few dots. */
#ifndef ASDEX_SPARSE_RASTER_H
#define ASDEX_SPARSE_RASTER_H

#include "sparse/pattern.h"

/* The positions of the entries of a rows × cols matrix, each once: by rows (row i has the columns
 * col[ptr[i]] … col[ptr[i+1]-1]), or, with ptr NULL, one by one in any order, so that memory
 * follows the entries and not the size. */
struct entries {
  int32_t rows, cols;
  int64_t count; /* that are listed */
  int64_t total; /* with mirror images */
  bool mirrored; /* (i, j) off the diagonal stands for (j, i), too; then ptr is NULL */
  int64_t *ptr;  /* rows + 1, or NULL */
  int32_t *row;  /* count, where ptr is NULL */
  int32_t *col;  /* count */
};
void entries_free(struct entries *e); /* also of zeroed ones */

/* Moves a pattern to entries and, of entries by rows that came from one, back; what is moved from
 * is empty then. */
void entries_from_pattern(struct entries *e, struct pattern *p);
void entries_to_pattern(struct entries *e, struct pattern *p);

/* Lists the entries by rows, mirror images as entries of their own.  In place. */
enum status entries_by_rows(struct context *ctx, struct entries *e) MUST_CHECK;

/* What the compression by a coloring of the columns (-1: neutral) can hold: (i, c) for every row i
 * with an entry in some column of color c.  e must be by rows; so is *out. */
enum status entries_compress(struct context *ctx, const struct entries *e, const int32_t *color,
                             int32_t num_colors, struct entries *out) MUST_CHECK;

/* A matrix to be drawn; with a coloring, its compression is drawn beside it. */
struct drawing {
  struct entries matrix;
  const int32_t *color;      /* of the columns, -1: neutral; NULL: no coloring */
  int32_t num_colors;        /* 0: no coloring */
  struct entries compressed; /* rows × num_colors, with a coloring */
  int32_t *numbers;          /* 0 … num_colors-1: the colors of its columns */
};
/* Adds the coloring to a drawing that has its matrix; `color` must outlive it. */
enum status drawing_color(struct context *ctx, struct drawing *d, const int32_t *color,
                          int32_t num_colors) MUST_CHECK;
void drawing_free(struct drawing *d);

/* Dot (y, x) stands for the rows from y·rows/height to before (y+1)·rows/height, and for columns
 * likewise: exactly one entry if the grid is not smaller than the matrix.  A tile has up to 8 dots.
 */
struct raster {
  int32_t height, width;           /* dots, at most rows and cols */
  int32_t tile_height, tile_width; /* dots of a tile */
  int32_t down, across;            /* tiles */
  uint8_t *mask;                   /* of each tile: bit y·tile_width+x, is there an entry? */
  uint32_t *count;                 /* of each tile: entries (at most 2^32-1) */
  int32_t *color;                  /* of each tile with entries, or NULL; see below */
};

/* Draws the entries in one pass.  `color` of the columns may be NULL.  A tile gets the color that
 * most of its entries have, if one has most (Boyer and Moore's majority vote), else one of theirs.
 */
enum status raster_make(struct context *ctx, const struct entries *e, const int32_t *color,
                        int32_t height, int32_t width, int32_t tile_height, int32_t tile_width,
                        struct raster *out) MUST_CHECK;
void raster_free(struct raster *r);

/* The dots for a matrix in a box: its size if it fits; else shrunk, in proportion, but neither side
 * to less than a quarter of the box because of the other. */
void raster_fit(int64_t rows, int64_t cols, int32_t box_height, int32_t box_width, int32_t *height,
                int32_t *width);

static inline size_t raster_tile(const struct raster *r, int32_t y, int32_t x)
{
  return (size_t)y * (size_t)r->across + (size_t)x;
}

#endif
