#include "config.h"

#include "io/braille.h"

#include <stdio.h>

#include "base/strbuf.h"
#include "io/palette.h"

enum { NO_PAINT = -1, GAP = 2 };

/* One of the framed pictures. */
struct panel {
  struct raster raster;
  bool dots;    /* a tile is an entry, not a Braille pattern */
  bool spaced;  /* with blanks between the columns */
  bool letters; /* entries are color classes */
  bool colored;
};

/* --- characters ----------------------------------------------------------------------------- */

static void add_braille(struct strbuf *line, unsigned mask)
{
  /* Bit y·2+x of a mask is dot 1, 4, 2, 5, 3, 6, 7, 8; dot d is bit d-1 of the character. */
  static const uint8_t bit[8] = {0, 3, 1, 4, 2, 5, 6, 7};
  unsigned pattern = 0;
  for (int i = 0; i < 8; i++) pattern |= (mask >> i & 1) << bit[i];
  char utf8[3] = {'\xE2', (char)(0xA0 | pattern >> 6), (char)(0x80 | (pattern & 0x3F))};
  strbuf_add(line, utf8, sizeof utf8);
}

/* The mask of a tile that is one dot wide, as one that is two wide. */
static unsigned widen(unsigned mask)
{
  unsigned wide = 0;
  for (int y = 0; y < 4; y++) wide |= (mask >> y & 1) * 3 << 2 * y;
  return wide;
}

static void add_letter(struct strbuf *line, int32_t color)
{
  static const char letters[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  if (color < 0)
    strbuf_puts(line, "●");
  else
    strbuf_putc(line, color < (int32_t)sizeof letters - 1 ? letters[color] : '*');
}

static void add_tile(struct strbuf *line, const struct panel *p, size_t tile)
{
  unsigned mask = p->raster.mask[tile];
  if (!p->dots)
    add_braille(line, p->raster.tile_width == 1 ? widen(mask) : mask);
  else if (!mask)
    strbuf_puts(line, "·");
  else if (p->letters)
    add_letter(line, p->raster.color[tile]);
  else
    strbuf_puts(line, "●");
}

/* Goes over to another color where it changes; *paint is the one that the terminal has. */
static void set_paint(struct strbuf *line, int wanted, int *paint)
{
  if (wanted == *paint) return;
  *paint = wanted;
  if (wanted == NO_PAINT)
    strbuf_puts(line, "\033[0m");
  else
    strbuf_printf(line, "\033[38;5;%dm", wanted);
}

/* --- lines ---------------------------------------------------------------------------------- */

static int32_t panel_width(const struct panel *p)
{
  int32_t across = p->raster.across;
  return p->spaced && across ? 2 * across - 1 : across;
}

static void add_border(struct strbuf *line, const struct panel *p, const char *left,
                       const char *right)
{
  strbuf_puts(line, left);
  for (int32_t x = panel_width(p); x > 0; x--) strbuf_puts(line, "─");
  strbuf_puts(line, right);
}

static void add_row(struct strbuf *line, const struct panel *p, int32_t y)
{
  int paint = NO_PAINT;
  strbuf_puts(line, "│");
  for (int32_t x = 0; x < p->raster.across; x++) {
    size_t tile = raster_tile(&p->raster, y, x);
    bool painted = p->colored && p->raster.mask[tile];
    if (x && p->spaced) strbuf_putc(line, ' ');
    set_paint(line, painted ? palette_color(p->raster.color[tile]).terminal : NO_PAINT, &paint);
    add_tile(line, p, tile);
  }
  set_paint(line, NO_PAINT, &paint);
  strbuf_puts(line, "│");
}

/* Ends a line and writes it. */
static enum status put_line(struct sink *out, struct strbuf *line)
{
  strbuf_putc(line, '\n');
  if (line->failed) return diag_no_memory(sink_context(out));
  enum status status = sink_write(out, line->data, line->len);
  line->len = 0;
  return status;
}

static enum status put_panels(struct sink *out, const struct panel *panels, int count,
                              struct strbuf *line)
{
  int32_t down = panels[0].raster.down;
  for (int32_t y = -1; y <= down; y++) {
    for (int i = 0; i < count; i++) {
      if (i) strbuf_printf(line, "%*s", GAP, "");
      if (y < 0)
        add_border(line, &panels[i], "┌", "┐");
      else if (y < down)
        add_row(line, &panels[i], y);
      else
        add_border(line, &panels[i], "└", "┘");
    }
    TRY(put_line(out, line));
  }
  return STATUS_OK;
}

/* --- the line above ------------------------------------------------------------------------- */

static void add_plural(struct strbuf *line, int64_t count, const char *one, const char *many)
{
  strbuf_int(line, count);
  strbuf_puts(line, count == 1 ? one : many);
}

/* "5 x 5, 13 entries (52 %)" */
static void add_matrix(struct strbuf *line, const struct entries *e)
{
  double room = (double)e->rows * e->cols, percent = 100 * (double)e->total / room;
  strbuf_printf(line, "%ld x %ld, ", (long)e->rows, (long)e->cols);
  add_plural(line, e->total, " entry", " entries");
  if (room == 0 || e->total == 0) return;
  if (percent < 0.001)
    strbuf_puts(line, " (under 0.001 %)");
  else
    strbuf_printf(line, " (%.3g %%)", percent);
}

static enum status put_header(struct sink *out, const struct drawing *d, struct strbuf *line)
{
  add_matrix(line, &d->matrix);
  if (d->color) {
    strbuf_puts(line, "; ");
    add_plural(line, d->num_colors, " color", " colors");
    strbuf_puts(line, ", compressed ");
    add_matrix(line, &d->compressed);
  }
  return put_line(out, line);
}

/* --- layout --------------------------------------------------------------------------------- */

static enum status make_panels(struct context *ctx, const struct drawing *d, int32_t height,
                               int32_t width, struct panel *panels)
{
  const struct entries *m = &d->matrix, *c = &d->compressed;
  bool dots = m->rows <= height && m->cols <= width;
  panels[0].dots = panels[1].dots = dots;
  panels[0].spaced = dots && 2 * (int64_t)m->cols - 1 <= width;
  panels[1].spaced = panels[0].spaced;
  int32_t h = m->rows, w = m->cols;
  if (!dots) raster_fit(m->rows, m->cols, 4 * height, 2 * width, &h, &w);
  int32_t tile = dots ? 1 : 4;
  TRY(raster_make(ctx, m, d->color, h, w, tile, dots ? 1 : 2, &panels[0].raster));
  if (!d->color) return STATUS_OK;
  bool whole = dots || c->cols <= width / 2; /* a color is a character wide */
  return raster_make(ctx, c, d->numbers, h, whole || c->cols < width ? c->cols : width, tile,
                     whole ? 1 : 2, &panels[1].raster);
}

enum status braille_write(struct sink *out, const struct drawing *d, int32_t height, int32_t width,
                          bool colored)
{
  struct panel panels[2] = {0};
  struct strbuf line = {0};
  enum status status = make_panels(sink_context(out), d, height, width, panels);
  for (int i = 0; i < 2; i++) {
    panels[i].colored = colored && d->color;
    panels[i].letters = !colored && d->color;
  }
  if (status == STATUS_OK) status = put_header(out, d, &line);
  if (status == STATUS_OK) status = put_panels(out, panels, d->color ? 2 : 1, &line);
  raster_free(&panels[0].raster);
  raster_free(&panels[1].raster);
  strbuf_free(&line);
  return status;
}
