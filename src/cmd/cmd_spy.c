#include "config.h"

#include <string.h>
#include <unistd.h>

#include "cmd/commands.h"
#include "cmd/report.h"
#include "cmd/write.h"
#include "io/braille.h"
#include "io/picture.h"

enum { LINES = 20, CHARACTERS = 40 };

/* Colors are for a terminal: what goes into a file is colored only where --color says so. */
static bool wants_color(const struct options *o)
{
  bool to_file = o->output && strcmp(o->output, "-") != 0;
  return to_file ? o->color == WHEN_ALWAYS : report_color(o, STDOUT_FILENO);
}

static enum picture_kind kind_of(const struct options *o)
{
  return o->format == FORMAT_SVG   ? PICTURE_SVG
         : o->format == FORMAT_PNG ? PICTURE_PNG
                                   : PICTURE_PDF;
}

static enum status write_drawing(struct work *w, struct sink *out, const void *what)
{
  const struct options *o = w->o;
  if (o->format != FORMAT_TEXT) return picture_write(out, kind_of(o), what, o->width, o->height);
  return braille_write(out, what, o->height ? o->height : LINES, o->width ? o->width : CHARACTERS,
                       wants_color(o));
}

/* Colors what is drawn, whatever coloring it came with. */
static enum status color_now(struct work *w, struct entries *e)
{
  if (!w->problem) TRY(pattern_of_entries(w->ctx, w->source, e, &w->pattern));
  coloring_free(&w->coloring);
  w->coloring = (struct coloring){0};
  return work_coloring(w);
}

static enum status make_drawing(struct work *w, struct drawing *d)
{
  TRY(work_load_entries(w, &d->matrix));
  if (w->problem) TRY(work_pattern(w));
  if (w->o->colored) TRY(color_now(w, &d->matrix));
  if (w->pattern.ptr) entries_from_pattern(&d->matrix, &w->pattern);
  if (!w->coloring.color) return STATUS_OK;
  return drawing_color(w->ctx, d, w->coloring.color, w->coloring.num_colors);
}

enum status cmd_spy(struct context *ctx, const struct options *o)
{
  struct work w;
  struct drawing d = {0};
  work_begin(&w, ctx, o);
  enum status status = o->format == FORMAT_TEXT ? STATUS_OK : picture_available(ctx);
  if (status == STATUS_OK) status = make_drawing(&w, &d);
  if (status == STATUS_OK) status = write_output(&w, write_drawing, &d);
  drawing_free(&d);
  return work_end(&w, status);
}
