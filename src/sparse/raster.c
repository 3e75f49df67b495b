#include "config.h"

#include "sparse/raster.h"

#include <assert.h>

/* --- entries -------------------------------------------------------------------------------- */

void entries_free(struct entries *e)
{
  mem_free(e->ptr);
  mem_free(e->row);
  mem_free(e->col);
  *e = (struct entries){0};
}

void entries_from_pattern(struct entries *e, struct pattern *p)
{
  int64_t count = pattern_nnz(p);
  *e = (struct entries){p->n, p->n, count, count, false, p->ptr, NULL, p->ind};
  *p = (struct pattern){0};
}

void entries_to_pattern(struct entries *e, struct pattern *p)
{
  assert(e->ptr && e->rows == e->cols);
  *p = (struct pattern){e->rows, e->ptr, e->col};
  *e = (struct entries){0};
}

static bool has_image(const struct entries *e, int64_t k)
{
  return e->mirrored && e->row[k] != e->col[k];
}

/* Counting sort; ptr[i + 1] is first the number of entries of row i, then where the next goes. */
static void sort_by_rows(const struct entries *e, int64_t *ptr, int32_t *col)
{
  for (int64_t k = 0; k < e->count; k++) {
    ptr[e->row[k] + 1]++;
    if (has_image(e, k)) ptr[e->col[k] + 1]++;
  }
  int64_t sum = 0;
  for (int32_t i = 0; i < e->rows; i++) {
    int64_t count = ptr[i + 1];
    ptr[i + 1] = sum;
    sum += count;
  }
  for (int64_t k = 0; k < e->count; k++) {
    col[ptr[e->row[k] + 1]++] = e->col[k];
    if (has_image(e, k)) col[ptr[e->col[k] + 1]++] = e->row[k];
  }
}

enum status entries_by_rows(struct context *ctx, struct entries *e)
{
  if (e->ptr) return STATUS_OK;
  TRY(diag_check_memory(ctx, 8.0 * e->rows + 4.0 * (double)e->total, "the matrix"));
  int64_t *ptr = mem_zalloc((size_t)e->rows + 1, sizeof *ptr);
  int32_t *col = mem_alloc((size_t)e->total, sizeof *col);
  if (!ptr || !col) {
    mem_free(ptr);
    mem_free(col);
    return diag_no_memory(ctx);
  }
  sort_by_rows(e, ptr, col);
  mem_free(e->row);
  mem_free(e->col);
  e->row = NULL;
  e->ptr = ptr;
  e->col = col;
  e->count = e->total;
  e->mirrored = false;
  return STATUS_OK;
}

/* Lists the colors of each row once; last[c] is the last row that had color c, plus 1. */
static int64_t list_colors(const struct entries *e, const int32_t *color, int32_t *last,
                           struct entries *out)
{
  int64_t count = 0;
  for (int32_t i = 0; i < e->rows; i++) {
    out->ptr[i] = count;
    for (int64_t k = e->ptr[i]; k < e->ptr[i + 1]; k++) {
      int32_t c = color[e->col[k]];
      if (c < 0 || last[c] == i + 1) continue;
      last[c] = i + 1;
      out->col[count++] = c;
    }
  }
  out->ptr[e->rows] = count;
  return count;
}

enum status entries_compress(struct context *ctx, const struct entries *e, const int32_t *color,
                             int32_t num_colors, struct entries *out)
{
  assert(e->ptr && num_colors >= 0);
  *out = (struct entries){.rows = e->rows, .cols = num_colors};
  TRY(diag_check_memory(ctx, 8.0 * e->rows + 4.0 * (double)e->count, "the compressed pattern"));
  int32_t *last = mem_zalloc((size_t)num_colors, sizeof *last);
  out->ptr = mem_alloc((size_t)e->rows + 1, sizeof *out->ptr);
  out->col = mem_alloc((size_t)e->count, sizeof *out->col);
  bool ok = last && out->ptr && out->col;
  if (ok)
    out->count = out->total = list_colors(e, color, last, out);
  else
    entries_free(out);
  mem_free(last);
  return ok ? STATUS_OK : diag_no_memory(ctx);
}

/* --- drawings ------------------------------------------------------------------------------- */

enum status drawing_color(struct context *ctx, struct drawing *d, const int32_t *color,
                          int32_t num_colors)
{
  TRY(entries_by_rows(ctx, &d->matrix));
  TRY(entries_compress(ctx, &d->matrix, color, num_colors, &d->compressed));
  d->numbers = mem_alloc((size_t)num_colors, sizeof *d->numbers);
  if (!d->numbers) return diag_no_memory(ctx);
  for (int32_t c = 0; c < num_colors; c++) d->numbers[c] = c;
  d->color = color;
  d->num_colors = num_colors;
  return STATUS_OK;
}

void drawing_free(struct drawing *d)
{
  entries_free(&d->matrix);
  entries_free(&d->compressed);
  mem_free(d->numbers);
  *d = (struct drawing){0};
}

/* --- rasters -------------------------------------------------------------------------------- */

void raster_free(struct raster *r)
{
  mem_free(r->mask);
  mem_free(r->count);
  mem_free(r->color);
  *r = (struct raster){0};
}

void raster_fit(int64_t rows, int64_t cols, int32_t box_height, int32_t box_width, int32_t *height,
                int32_t *width)
{
  int64_t h = rows, w = cols;
  if (rows > box_height || cols > box_width) {
    if (rows * box_width > cols * box_height) {
      h = box_height;
      w = cols * box_height / rows;
      if (w < box_width / 4) w = box_width / 4;
    } else {
      w = box_width;
      h = rows * box_width / cols;
      if (h < box_height / 4) h = box_height / 4;
    }
  }
  if (h < 1) h = 1;
  if (w < 1) w = 1;
  *height = (int32_t)(h < rows ? h : rows);
  *width = (int32_t)(w < cols ? w : cols);
}

struct brush {
  struct raster *r;
  const struct entries *e;
  const int32_t *color; /* of the columns, or NULL */
  uint32_t *votes;      /* by how many the color of a tile leads */
};

static void vote(struct brush *b, size_t tile, int32_t color)
{
  if (b->votes[tile] == 0) {
    b->r->color[tile] = color;
    b->votes[tile] = 1;
  } else if (b->r->color[tile] == color) {
    b->votes[tile] += b->votes[tile] != UINT32_MAX;
  } else {
    b->votes[tile]--;
  }
}

/* The dot of an index: the inverse of "from y·rows/height on". */
static int32_t dot_of(int32_t index, int32_t dots, int32_t size)
{
  return dots == size ? index : (int32_t)((uint64_t)index * (uint32_t)dots / (uint32_t)size);
}

static void paint(struct brush *b, int32_t i, int32_t j)
{
  struct raster *r = b->r;
  int32_t y = dot_of(i, r->height, b->e->rows), x = dot_of(j, r->width, b->e->cols);
  size_t tile = raster_tile(r, y / r->tile_height, x / r->tile_width);
  if (b->votes) vote(b, tile, b->color[j]);
  r->mask[tile] |= (uint8_t)(1u << (y % r->tile_height * r->tile_width + x % r->tile_width));
  r->count[tile] += r->count[tile] != UINT32_MAX;
}

static void paint_all(struct brush *b)
{
  const struct entries *e = b->e;
  if (e->ptr) {
    for (int32_t i = 0; i < e->rows; i++)
      for (int64_t k = e->ptr[i]; k < e->ptr[i + 1]; k++) paint(b, i, e->col[k]);
    return;
  }
  for (int64_t k = 0; k < e->count; k++) {
    paint(b, e->row[k], e->col[k]);
    if (has_image(e, k)) paint(b, e->col[k], e->row[k]);
  }
}

enum status raster_make(struct context *ctx, const struct entries *e, const int32_t *color,
                        int32_t height, int32_t width, int32_t tile_height, int32_t tile_width,
                        struct raster *out)
{
  assert(height <= e->rows && width <= e->cols && tile_height * tile_width <= 8);
  struct raster r = {.height = height,
                     .width = width,
                     .tile_height = tile_height,
                     .tile_width = tile_width,
                     .down = (height + tile_height - 1) / tile_height,
                     .across = (width + tile_width - 1) / tile_width};
  struct brush b = {.r = &r, .e = e, .color = color};
  size_t tiles = (size_t)r.down * (size_t)r.across;
  *out = (struct raster){0};
  TRY(diag_check_memory(ctx, (color ? 13.0 : 5.0) * (double)tiles, "the picture"));
  r.mask = mem_zalloc(tiles, sizeof *r.mask);
  r.count = mem_zalloc(tiles, sizeof *r.count);
  bool ok = r.mask && r.count;
  if (color) {
    r.color = mem_zalloc(tiles, sizeof *r.color);
    b.votes = mem_zalloc(tiles, sizeof *b.votes);
    ok = ok && r.color && b.votes;
  }
  if (ok) {
    paint_all(&b);
    *out = r;
  } else {
    raster_free(&r);
  }
  mem_free(b.votes);
  return ok ? STATUS_OK : diag_no_memory(ctx);
}
