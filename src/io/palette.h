/* The colors that pictures of colorings are drawn in. */
#ifndef ASDEX_IO_PALETTE_H
#define ASDEX_IO_PALETTE_H

#include <stdint.h>

/* A color as red, green, blue (0 … 255), and the nearest of a terminal's 256 colors that can be
 * read on white and on black. */
struct paint {
  uint8_t red, green, blue;
  uint8_t terminal;
};

enum { PALETTE_SIZE = 12 };

/* The color of a color class, with -1 for neutral columns; the palette cycles. */
struct paint palette_color(int32_t color_class);

#endif
