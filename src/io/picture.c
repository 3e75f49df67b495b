#include "config.h"

#include "io/picture.h"

#ifndef HAVE_CAIRO

enum status picture_available(struct context *ctx)
{
  return FAIL(ctx, NO_CAIRO, NO_LOC);
}

enum status picture_write(struct sink *out, enum picture_kind kind, const struct drawing *d,
                          int32_t width, int32_t height)
{
  (void)kind, (void)d, (void)width, (void)height;
  return picture_available(sink_context(out));
}

#else

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <cairo.h>
#include <math.h>

#include "base/number.h"
#include "io/palette.h"

enum {
  SIZE = 640,         /* pixels of a matrix, if nothing else is asked for */
  CELL_MAX = 64,      /* pixels of an entry, at most */
  GRID_MIN = 6,       /* from that size on there are lines between the entries */
  SQUARE_MIN = 3,     /* smaller entries are pixels of an image */
  SQUARES_MAX = 20000 /* and so are more of them */
};

/* One of the matrices on the page. */
struct box {
  const struct entries *e;
  const int32_t *color;   /* of its columns, or NULL */
  int32_t down, across;   /* cells: rows and columns, or fewer */
  int32_t cell_h, cell_w; /* pixels of a cell */
  int32_t x, y;           /* of the first cell */
  int32_t width, height;  /* pixels, without the frame around it */
  int64_t first;          /* the index of the first column */
  struct raster raster;
};

struct page {
  int32_t width, height;
  bool labels;
  int count;
  struct box box[2];
};

static int32_t least(int32_t a, int32_t b)
{
  return a < b ? a : b;
}

static int32_t clamp(int32_t v, int32_t lo, int32_t hi)
{
  return v < lo ? lo : v > hi ? hi : v;
}

/* --- numbers, without fonts ----------------------------------------------------------------- */

enum { DIGIT_H = 9, DIGIT_ADVANCE = 8, LABEL_GAP = 5, LABELS_MIN = 160, PAD = 10 };

static int32_t label_width(int64_t number)
{
  char text[NUMBER_MAX];
  return DIGIT_ADVANCE * (int32_t)number_format_int(text, number) - 2;
}

/* Polylines on a grid of 5 × 7 points: pairs of coordinates; a blank lifts the pen. */
static const char *const digit_lines[10] = {
    "103041453616050110",          "112026 1636", "01103041420646",
    "01103041423323 334445361605", "36300444",    "400002324345361605",
    "30200205163645443303",        "004016",      "103041423344453616050413020110 1333",
    "16264441301001021343",
};

static void digit(cairo_t *cr, double x, double y, int which)
{
  const double unit = DIGIT_H / 6.0;
  bool down = false;
  for (const char *s = digit_lines[which]; *s; s++) {
    if (*s == ' ') {
      down = false;
      continue;
    }
    double px = x + unit * (s[0] - '0'), py = y + unit * (s[1] - '0');
    if (down)
      cairo_line_to(cr, px, py);
    else
      cairo_move_to(cr, px, py);
    down = true;
    s++;
  }
}

/* With its upper left corner at (x, y). */
static void label(cairo_t *cr, double x, double y, int64_t number)
{
  char text[NUMBER_MAX];
  size_t len = number_format_int(text, number);
  for (size_t i = 0; i < len; i++) digit(cr, x + DIGIT_ADVANCE * (double)i, y, text[i] - '0');
  cairo_stroke(cr);
}

/* The step between labels that have `pixels` per index and need `room`: 1, 2, 5, 10, 20 … */
static int64_t label_step(double pixels, double room)
{
  for (int64_t step = 1;; step *= 10)
    for (int64_t factor = 1; factor <= 5; factor += factor == 1 ? 1 : 3)
      if ((double)(factor * step) * pixels >= room) return factor * step;
}

/* Labels the columns whose index is a multiple of a step.  The last label ends with the box, which
 * moves it by half of its width at most. */
static void column_labels(cairo_t *cr, const struct box *b)
{
  int64_t last = b->first + b->e->cols - 1;
  double pixels = (double)b->width / b->e->cols;
  double wide = label_width(last), room = wide + DIGIT_ADVANCE;
  int64_t step = label_step(pixels, pixels < room ? room + wide / 2 : room);
  for (int64_t i = (b->first + step - 1) / step * step; i <= last; i += step) {
    double center = b->x + ((double)(i - b->first) + 0.5) * pixels, width = label_width(i);
    double x = fmin(round(center - width / 2), fmax(b->x, b->x + b->width - width));
    label(cr, x, b->y - LABEL_GAP - DIGIT_H, i);
  }
}

static void row_labels(cairo_t *cr, const struct box *b)
{
  double pixels = (double)b->height / b->e->rows, room = DIGIT_H + 4;
  int64_t step = label_step(pixels, pixels < room ? 2 * room : room);
  for (int64_t i = step; i <= b->e->rows; i += step) {
    double center = b->y + ((double)i - 0.5) * pixels;
    label(cr, b->x - LABEL_GAP - label_width(i), round(center - DIGIT_H / 2.0), i);
  }
}

static void draw_labels(cairo_t *cr, const struct page *p)
{
  cairo_set_line_width(cr, 1.25);
  cairo_set_line_cap(cr, CAIRO_LINE_CAP_ROUND);
  cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
  cairo_set_source_rgb(cr, 0.25, 0.25, 0.25);
  if (p->box[0].e->rows) row_labels(cr, &p->box[0]);
  for (int i = 0; i < p->count; i++)
    if (p->box[i].e->cols) column_labels(cr, &p->box[i]);
}

/* --- layout --------------------------------------------------------------------------------- */

static bool has_grid(const struct box *b)
{
  return b->cell_h >= GRID_MIN && b->cell_w >= GRID_MIN;
}

/* With a grid, the last pixel of a cell is the line to the next; of the last one, the frame. */
static void measure(struct box *b)
{
  b->width = b->across * b->cell_w - has_grid(b);
  b->height = b->down * b->cell_h - has_grid(b);
  if (b->width < 1) b->width = 1;
  if (b->height < 1) b->height = 1;
}

/* Each entry a square of k pixels. */
static void place_squares(struct page *p, int32_t k)
{
  for (int i = 0; i < p->count; i++) {
    struct box *b = &p->box[i];
    b->down = b->e->rows;
    b->across = b->e->cols;
    b->cell_h = b->cell_w = k;
    measure(b);
  }
}

/* In a room that is too small for that: the matrix in proportion, a few columns as stripes. */
static void place_shades(struct page *p, int32_t room_h, int32_t room_w, int32_t rest)
{
  struct box *m = &p->box[0], *c = &p->box[1];
  raster_fit(m->e->rows, m->e->cols, room_h, room_w, &m->down, &m->across);
  bool few_rows = m->down == m->e->rows && m->down, few = m->across == m->e->cols && m->across;
  m->cell_h = few_rows ? clamp(room_h / 4 / m->down, 1, 16) : 1;
  m->cell_w = few ? clamp(room_w / 4 / m->across, 1, 16) : 1;
  measure(m);
  if (p->count < 2) return;
  c->down = m->down;
  c->cell_h = m->cell_h;
  c->across = least(c->e->cols, rest);
  c->cell_w = c->across ? clamp(rest / c->across, 1, 16) : 1;
  measure(c);
}

static void lay_out(struct page *p, int32_t width, int32_t height)
{
  bool fixed = width > 0;
  int32_t w = fixed ? width : SIZE, h = fixed ? height : SIZE;
  struct box *m = &p->box[0], *c = &p->box[1];
  p->labels = w >= LABELS_MIN && h >= LABELS_MIN;
  int32_t pad = p->labels ? PAD : least(w, h) >= 16 ? 2 : 0;
  int32_t left = pad + (p->labels ? LABEL_GAP + label_width(m->e->rows) : 0);
  int32_t top = pad + (p->labels ? LABEL_GAP + DIGIT_H : 0);
  int32_t room_w = w - left - pad, room_h = h - top - pad;
  int32_t gap = p->count > 1 ? clamp(room_w / 16, 2, 30) : 0;
  if (fixed && room_w < 8) p->count = 1, gap = 0;

  int64_t cols = m->e->cols + (fixed && p->count > 1 ? c->e->cols : 0);
  int64_t k_w = (room_w - (fixed ? gap : 0)) / (cols ? cols : 1);
  int64_t k_h = room_h / (m->e->rows ? m->e->rows : 1), k = k_w < k_h ? k_w : k_h;
  if (k >= 1) {
    place_squares(p, k < CELL_MAX ? (int32_t)k : CELL_MAX);
  } else if (fixed && p->count > 1) {
    int32_t matrix = (room_w - gap) * 3 / 4;
    place_shades(p, room_h, matrix, room_w - gap - matrix);
  } else {
    place_shades(p, room_h, room_w, room_w / 4);
  }

  int32_t used_w = m->width + (p->count > 1 ? gap + c->width : 0);
  p->width = fixed ? w : left + used_w + pad;
  p->height = fixed ? h : top + m->height + pad;
  m->x = left + (fixed ? (room_w - used_w) / 2 : 0);
  m->y = c->y = top + (fixed ? (room_h - m->height) / 2 : 0);
  c->x = m->x + m->width + gap;
}

/* --- cells ---------------------------------------------------------------------------------- */

/* How dark a cell with entries is: one entry alone is seen, and the most entries are all dark. */
static double darkness(uint32_t count, uint32_t most)
{
  const double faintest = 0.55;
  return most < 2 ? 1 : faintest + (1 - faintest) * log(count) / log(most);
}

static uint32_t most_entries(const struct raster *r)
{
  uint32_t most = 0;
  size_t cells = (size_t)r->down * (size_t)r->across;
  for (size_t i = 0; i < cells; i++)
    if (r->count[i] > most) most = r->count[i];
  return most;
}

static struct paint cell_paint(const struct raster *r, size_t cell)
{
  static const struct paint plain = {30, 62, 115, 0};
  return r->color ? palette_color(r->color[cell]) : plain;
}

static void draw_grid(cairo_t *cr, const struct box *b)
{
  cairo_set_source_rgb(cr, 0.87, 0.87, 0.87);
  for (int32_t i = 1; i < b->down; i++) {
    cairo_move_to(cr, b->x, b->y + i * b->cell_h - 0.5);
    cairo_rel_line_to(cr, b->width, 0);
  }
  for (int32_t j = 1; j < b->across; j++) {
    cairo_move_to(cr, b->x + j * b->cell_w - 0.5, b->y);
    cairo_rel_line_to(cr, 0, b->height);
  }
  cairo_stroke(cr);
}

static void draw_squares(cairo_t *cr, const struct box *b)
{
  const struct raster *r = &b->raster;
  uint32_t most = most_entries(r);
  int32_t line = has_grid(b), inset = b->cell_w >= 16 && b->cell_h >= 16;
  for (int32_t i = 0; i < r->down; i++)
    for (int32_t j = 0; j < r->across; j++) {
      size_t cell = raster_tile(r, i, j);
      if (!r->count[cell]) continue;
      struct paint paint = cell_paint(r, cell);
      double white = 1 - darkness(r->count[cell], most), full = (1 - white) / 255;
      cairo_set_source_rgb(cr, white + full * paint.red, white + full * paint.green,
                           white + full * paint.blue);
      cairo_rectangle(cr, b->x + j * b->cell_w + inset, b->y + i * b->cell_h + inset,
                      b->cell_w - line - 2 * inset, b->cell_h - line - 2 * inset);
      cairo_fill(cr);
    }
}

static uint32_t pixel_of(const struct raster *r, size_t cell, uint32_t most)
{
  struct paint paint = cell_paint(r, cell);
  double dark = darkness(r->count[cell], most);
  uint32_t red = (uint32_t)(255 - dark * (255 - paint.red) + 0.5);
  uint32_t green = (uint32_t)(255 - dark * (255 - paint.green) + 0.5);
  uint32_t blue = (uint32_t)(255 - dark * (255 - paint.blue) + 0.5);
  return red << 16 | green << 8 | blue;
}

static void fill_image(const struct box *b, unsigned char *data, int stride)
{
  const struct raster *r = &b->raster;
  uint32_t most = most_entries(r);
  for (int32_t y = 0; y < b->height; y++) {
    uint32_t *pixel = (uint32_t *)(void *)(data + (ptrdiff_t)y * stride);
    for (int32_t x = 0; x < b->width; x++) {
      size_t cell = raster_tile(r, y / b->cell_h, x / b->cell_w);
      pixel[x] = r->count[cell] ? pixel_of(r, cell, most) : 0xFFFFFF;
    }
  }
}

/* As an image with the pixels of the page. */
static void draw_image(cairo_t *cr, const struct box *b)
{
  cairo_surface_t *image = cairo_image_surface_create(CAIRO_FORMAT_RGB24, b->width, b->height);
  unsigned char *data = cairo_image_surface_get_data(image);
  if (data) { /* else the drawing gets the image's error */
    cairo_surface_flush(image);
    fill_image(b, data, cairo_image_surface_get_stride(image));
    cairo_surface_mark_dirty(image);
  }
  cairo_set_source_surface(cr, image, b->x, b->y);
  cairo_pattern_set_filter(cairo_get_source(cr), CAIRO_FILTER_NEAREST);
  cairo_paint(cr);
  cairo_surface_destroy(image);
}

static bool as_squares(const struct box *b)
{
  const struct raster *r = &b->raster;
  size_t cells = (size_t)r->down * (size_t)r->across, used = 0;
  if (b->cell_h < SQUARE_MIN || b->cell_w < SQUARE_MIN) return false;
  for (size_t i = 0; i < cells && used <= SQUARES_MAX; i++) used += r->count[i] > 0;
  return used <= SQUARES_MAX;
}

static void draw_box(cairo_t *cr, const struct box *b)
{
  cairo_set_line_width(cr, 1);
  if (has_grid(b)) draw_grid(cr, b);
  if (b->raster.down && b->raster.across) {
    if (as_squares(b))
      draw_squares(cr, b);
    else
      draw_image(cr, b);
  }
  cairo_set_source_rgb(cr, 0.5, 0.5, 0.5);
  cairo_rectangle(cr, b->x - 0.5, b->y - 0.5, b->width + 1, b->height + 1);
  cairo_stroke(cr);
}

static void draw_page(cairo_t *cr, const struct page *p)
{
  cairo_set_source_rgb(cr, 1, 1, 1);
  cairo_paint(cr);
  for (int i = 0; i < p->count; i++) draw_box(cr, &p->box[i]);
  if (p->labels) draw_labels(cr, p);
}

/* --- surfaces ------------------------------------------------------------------------------- */

struct stream {
  struct sink *out;
  enum status status; /* the sink's first failure */
};

static cairo_status_t write_bytes(void *closure, const unsigned char *data, unsigned len)
{
  struct stream *s = closure;
  if (s->status == STATUS_OK) s->status = sink_write(s->out, (const char *)data, len);
  return s->status == STATUS_OK ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

static cairo_surface_t *new_surface(enum picture_kind kind, const struct page *p, struct stream *s)
{
  cairo_surface_t *surface;
  switch (kind) {
  case PICTURE_SVG:
    surface = cairo_svg_surface_create_for_stream(write_bytes, s, p->width, p->height);
    cairo_svg_surface_set_document_unit(surface, CAIRO_SVG_UNIT_PX);
    return surface;
  case PICTURE_PDF:
    surface = cairo_pdf_surface_create_for_stream(write_bytes, s, p->width, p->height);
    /* Else Cairo writes the time of day. */
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, NULL);
    return surface;
  default: return cairo_image_surface_create(CAIRO_FORMAT_RGB24, p->width, p->height);
  }
}

static enum status status_of(struct context *ctx, const struct stream *s, cairo_status_t cairo)
{
  if (s->status != STATUS_OK || cairo == CAIRO_STATUS_SUCCESS) return s->status;
  /* The sink takes what is written, so that libpng has no other reason to fail. */
  bool memory = cairo == CAIRO_STATUS_NO_MEMORY || cairo == CAIRO_STATUS_PNG_ERROR;
  return memory ? diag_no_memory(ctx) : FAIL(ctx, BUG, NO_LOC, cairo_status_to_string(cairo));
}

static enum status render(struct sink *out, enum picture_kind kind, const struct page *p)
{
  struct stream s = {out, STATUS_OK};
  TRY(diag_check_memory(sink_context(out), 8.0 * p->width * p->height, "the picture"));
  cairo_surface_t *surface = new_surface(kind, p, &s);
  cairo_t *cr = cairo_create(surface);
  draw_page(cr, p);
  cairo_status_t status = cairo_status(cr);
  cairo_destroy(cr);
  if (kind == PICTURE_PNG && status == CAIRO_STATUS_SUCCESS)
    status = cairo_surface_write_to_png_stream(surface, write_bytes, &s);
  cairo_surface_finish(surface);
  if (status == CAIRO_STATUS_SUCCESS) status = cairo_surface_status(surface);
  cairo_surface_destroy(surface);
  return status_of(sink_context(out), &s, status);
}

enum status picture_available(struct context *ctx)
{
  (void)ctx;
  return STATUS_OK;
}

enum status picture_write(struct sink *out, enum picture_kind kind, const struct drawing *d,
                          int32_t width, int32_t height)
{
  struct page p = {.count = d->color ? 2 : 1};
  p.box[0] = (struct box){.e = &d->matrix, .color = d->color, .first = 1};
  p.box[1] = (struct box){.e = &d->compressed, .color = d->numbers};
  lay_out(&p, width, height);
  enum status status = STATUS_OK;
  for (int i = 0; i < p.count && status == STATUS_OK; i++) {
    struct box *b = &p.box[i];
    status = raster_make(sink_context(out), b->e, b->color, b->down, b->across, 1, 1, &b->raster);
  }
  if (status == STATUS_OK) status = render(out, kind, &p);
  raster_free(&p.box[0].raster);
  raster_free(&p.box[1].raster);
  return status;
}

#endif
