/* Matrices drawn as text. */
#ifndef ASDEX_IO_BRAILLE_H
#define ASDEX_IO_BRAILLE_H

#include "io/sink.h"
#include "sparse/raster.h"

/* Writes a line about the matrix and a framed picture of at most height lines and width characters,
 * in UTF-8; the compression stands beside it.
 *
 * A matrix of at most height × width is drawn with one character per entry: ● or, for what is no
 * entry, ·; with a blank between columns if there is room.  Without `colored`, the entries of a
 * coloring are the color classes instead: 0-9, a-z, A-Z, then *; ● in neutral columns.
 *
 * Larger ones are drawn in Braille patterns (U+2800 …), 4 × 2 dots each: one dot per entry as long
 * as there is room, else a dot where there is any entry (see raster_fit).  The compression takes at
 * most half of the width: a color is a character wide if there is room for that, else a dot.
 *
 * `colored` colors what has a color class with escape sequences for 256 colors. */
enum status braille_write(struct sink *out, const struct drawing *d, int32_t height, int32_t width,
                          bool colored) MUST_CHECK;

#endif
