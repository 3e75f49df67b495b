/* Matrices drawn as SVG, PNG and PDF, through Cairo. */
#ifndef ASDEX_IO_PICTURE_H
#define ASDEX_IO_PICTURE_H

#include "io/sink.h"
#include "sparse/raster.h"

enum picture_kind { PICTURE_SVG, PICTURE_PNG, PICTURE_PDF };

/* STATUS_USAGE in a build without Cairo. */
enum status picture_available(struct context *ctx) MUST_CHECK;

/* Draws the matrix, with a coloring its compression beside it; indices count from 1, colors from 0.
 * Up to a few hundred rows and columns each entry is a square; beyond, a pixel is the darker the
 * more entries it stands for (by the logarithm, and one alone can be seen).
 *
 * The picture has width × height pixels (points of PDF), or, with width 0, what is needed, so that
 * the matrix takes at most 640.  The bytes depend on the drawing and on Cairo alone: there is no
 * date and no font in them. */
enum status picture_write(struct sink *out, enum picture_kind kind, const struct drawing *d,
                          int32_t width, int32_t height) MUST_CHECK;

#endif
