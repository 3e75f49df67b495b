#include "config.h"

#include "io/palette.h"

static const struct paint neutral = {150, 150, 150, 245};

/* Neighbours differ in hue and lightness, as low colors are the most frequent ones. */
static const struct paint palette[PALETTE_SIZE] = {
    {31, 104, 189, 33},   /* blue */
    {214, 39, 40, 196},   /* red */
    {44, 160, 44, 34},    /* green */
    {255, 140, 0, 208},   /* orange */
    {138, 80, 190, 99},   /* violet */
    {0, 180, 200, 44},    /* cyan */
    {130, 80, 50, 130},   /* brown */
    {240, 110, 190, 213}, /* pink */
    {170, 180, 20, 142},  /* olive */
    {20, 30, 120, 63},    /* navy */
    {0, 110, 90, 29},     /* teal */
    {160, 0, 90, 162},    /* crimson */
};

struct paint palette_color(int32_t color_class)
{
  return color_class < 0 ? neutral : palette[color_class % PALETTE_SIZE];
}
