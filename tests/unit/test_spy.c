/* Pictures of matrices: rasters against a count by definition, text against a decoder of it, files
 * against their signatures, the number of their squares, their pixels, and themselves. */
#include "config.h"

#ifdef HAVE_CAIRO
#include <cairo.h>
#endif

#include <sys/wait.h>

#include "io/braille.h"
#include "io/palette.h"
#include "io/picture.h"
#include "unit/io_fixture.h"

/* A random matrix: cell (i, j) of a dense rows × cols array says whether there is an entry. */
struct dense {
  int rows, cols;
  bool *has;
};

static struct dense random_dense(int rows, int cols, int percent, bool symmetric)
{
  struct dense m = {rows, cols, calloc((size_t)(rows * cols) + 1, 1)};
  ck_assert_ptr_nonnull(m.has);
  for (int i = 0; i < rows; i++)
    for (int j = 0; j < cols; j++) {
      bool mirror = symmetric && j > i;
      if (!mirror) m.has[i * cols + j] = random_below(100) < percent;
    }
  for (int i = 0; i < rows && symmetric; i++)
    for (int j = i + 1; j < cols; j++) m.has[i * cols + j] = m.has[j * cols + i];
  return m;
}

/* The same as entries one by one, in random order; of a symmetric one only a triangle. */
static struct entries listed(const struct dense *m, bool mirrored)
{
  struct entries e = {.rows = m->rows, .cols = m->cols, .mirrored = mirrored};
  size_t room = (size_t)(m->rows * m->cols);
  e.row = mem_alloc(room, sizeof *e.row);
  e.col = mem_alloc(room, sizeof *e.col);
  for (int i = 0; i < m->rows; i++)
    for (int j = 0; j < m->cols; j++) {
      if (!m->has[i * m->cols + j]) continue;
      e.total++;
      if (mirrored && j > i) continue;
      int at = random_below((int)e.count + 1);
      e.row[e.count] = e.row[at];
      e.col[e.count++] = e.col[at];
      e.row[at] = i;
      e.col[at] = j;
    }
  return e;
}

/* --- rasters -------------------------------------------------------------------------------- */

/* Dot y holds row i if y·rows ≤ i·height < (y+1)·rows, by its definition. */
static bool in_dot(int i, int y, int dots, int size)
{
  return (long)y * size <= (long)i * dots && (long)i * dots < (long)(y + 1) * size;
}

static void check_tile(const struct dense *m, const int32_t *color, const struct raster *r, int ty,
                       int tx)
{
  size_t tile = raster_tile(r, ty, tx);
  unsigned mask = 0;
  uint32_t count = 0, votes[16] = {0};
  for (int i = 0; i < m->rows; i++)
    for (int j = 0; j < m->cols; j++) {
      if (!m->has[i * m->cols + j]) continue;
      for (int y = 0; y < r->tile_height; y++)
        for (int x = 0; x < r->tile_width; x++)
          if (in_dot(i, ty * r->tile_height + y, r->height, m->rows) &&
              in_dot(j, tx * r->tile_width + x, r->width, m->cols)) {
            mask |= 1u << (y * r->tile_width + x);
            count++;
            votes[color[j] + 1]++;
          }
    }
  ck_assert_uint_eq(r->mask[tile], mask);
  ck_assert_uint_eq(r->count[tile], count);
  if (!count) return;
  ck_assert_uint_gt(votes[r->color[tile] + 1], 0);
  for (int c = 0; c < 16; c++)
    if (2 * votes[c] > count) ck_assert_int_eq(r->color[tile], c - 1);
}

static void check_raster(const struct dense *m, const struct entries *e, const int32_t *color,
                         int height, int width, int tile_height, int tile_width)
{
  struct raster r;
  ck_assert_int_eq(raster_make(&ctx, e, color, height, width, tile_height, tile_width, &r),
                   STATUS_OK);
  ck_assert_int_eq(r.down, (height + tile_height - 1) / tile_height);
  ck_assert_int_eq(r.across, (width + tile_width - 1) / tile_width);
  for (int y = 0; y < r.down; y++)
    for (int x = 0; x < r.across; x++) check_tile(m, color, &r, y, x);
  raster_free(&r);
}

START_TEST(rasters_are_counts)
{
  random_state = 1;
  for (int round = 0; round < 150; round++) {
    bool symmetric = random_below(2);
    int rows = random_below(20), cols = symmetric ? rows : random_below(20);
    struct dense m = random_dense(rows, cols, 5 + random_below(60), symmetric);
    struct entries e = listed(&m, symmetric);
    int32_t color[20];
    for (int j = 0; j < cols; j++) color[j] = random_below(4) - 1;
    int height = rows ? 1 + random_below(rows) : 0, width = cols ? 1 + random_below(cols) : 0;
    check_raster(&m, &e, color, height, width, 4, 2);
    check_raster(&m, &e, color, rows, cols, 1, 1);
    ck_assert_int_eq(entries_by_rows(&ctx, &e), STATUS_OK);
    ck_assert(e.ptr && !e.row && !e.mirrored && e.count == e.total);
    check_raster(&m, &e, color, height, width, 1, 1);
    check_raster(&m, &e, color, height, width, 4, 1);
    entries_free(&e);
    free(m.has);
  }
}
END_TEST

/* Sizes at the limit of 32 bits. */
START_TEST(huge_sizes)
{
  enum { N = INT32_MAX };
  int32_t row[] = {0, N - 1, N / 2, N - 1}, col[] = {N - 1, 0, N / 2, N - 1};
  struct entries e = {.rows = N, .cols = N, .count = 4, .total = 4, .row = row, .col = col};
  struct raster r;
  ck_assert_int_eq(raster_make(&ctx, &e, NULL, 1001, 1001, 1, 1, &r), STATUS_OK);
  for (int y = 0; y < 1001; y++)
    for (int x = 0; x < 1001; x++) {
      bool there = (y == 0 && x == 1000) || (y == 1000 && x == 0) || (y == 500 && x == 500) ||
                   (y == 1000 && x == 1000);
      ck_assert_int_eq(r.count[raster_tile(&r, y, x)], there);
    }
  raster_free(&r);
}
END_TEST

START_TEST(sizes_that_fit)
{
  static const struct {
    int64_t rows, cols;
    int32_t box_height, box_width, height, width;
  } cases[] = {
      {80, 80, 80, 80, 80, 80},
      {81, 81, 80, 80, 80, 80},
      {5, 7, 80, 80, 5, 7},
      {1000, 500, 80, 80, 80, 40},
      {500, 1000, 80, 80, 40, 80},
      {1000000, 3, 80, 80, 80, 3},
      {3, 1000000, 80, 80, 3, 80},
      {1000000, 100, 80, 80, 80, 20},
      {0, 0, 80, 80, 0, 0},
      {0, 1000, 80, 80, 0, 80},
      {1000, 0, 80, 80, 80, 0},
      {INT32_MAX, INT32_MAX, 40000, 20000, 20000, 20000},
      {INT32_MAX, 1, 1, 1, 1, 1},
      {100, 100, 4, 2, 2, 2},
      {INT32_MAX, 2, 40000, 20000, 40000, 2},
  };
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    int32_t h, w;
    raster_fit(cases[k].rows, cases[k].cols, cases[k].box_height, cases[k].box_width, &h, &w);
    ck_assert_msg(h == cases[k].height && w == cases[k].width, "case %zu: %d x %d", k, (int)h,
                  (int)w);
  }
}
END_TEST

START_TEST(compression)
{
  random_state = 2;
  for (int round = 0; round < 100; round++) {
    struct dense m = random_dense(random_below(15), 1 + random_below(15), 30, false);
    struct drawing d = {.matrix = listed(&m, false)};
    int32_t color[15];
    int colors = random_below(m.cols + 1);
    for (int j = 0; j < m.cols; j++) color[j] = random_below(colors + 1) - 1;
    ck_assert_int_eq(drawing_color(&ctx, &d, color, colors), STATUS_OK);
    struct dense b = {m.rows, colors, calloc((size_t)(m.rows * colors) + 1, 1)};
    int64_t total = 0;
    for (int i = 0; i < m.rows; i++)
      for (int j = 0; j < m.cols; j++) {
        if (!m.has[i * m.cols + j] || color[j] < 0) continue;
        total += !b.has[i * colors + color[j]];
        b.has[i * colors + color[j]] = true;
      }
    ck_assert_int_eq(d.compressed.total, total);
    check_raster(&b, &d.compressed, d.numbers, m.rows, colors, 1, 1);
    drawing_free(&d);
    free(b.has);
    free(m.has);
  }
}
END_TEST

/* --- text ----------------------------------------------------------------------------------- */

static char *draw(const struct drawing *d, int height, int width, bool colored)
{
  struct sink *s;
  ck_assert_int_eq(sink_open(&ctx, in_folder("out"), &s), STATUS_OK);
  ck_assert_int_eq(braille_write(s, d, height, width, colored), STATUS_OK);
  ck_assert_int_eq(sink_commit(s), STATUS_OK);
  int id = read_back(in_folder("out"));
  return mem_strndup(ctx.sources.data[id].text, ctx.sources.data[id].len);
}

/* The character at *s as a code point; goes on to the next. */
static unsigned next_character(const char **s)
{
  const unsigned char *u = (const unsigned char *)*s;
  int len = u[0] < 0x80 ? 1 : u[0] < 0xE0 ? 2 : 3;
  unsigned c = len == 1 ? u[0] : len == 2 ? u[0] & 0x1F : u[0] & 0x0F;
  for (int i = 1; i < len; i++) {
    ck_assert_uint_eq(u[i] & 0xC0, 0x80);
    c = c << 6 | (u[i] & 0x3F);
  }
  *s += len;
  return c;
}

/* The dots of a Braille picture, by the numbers that Unicode gives them: 1 2 3 7 down the left
 * column, 4 5 6 8 down the right one.  The picture must have exactly down × across characters. */
static bool *decode(const char *text, int down, int across)
{
  static const int number[4][2] = {{1, 4}, {2, 5}, {3, 6}, {7, 8}};
  bool *dots = calloc((size_t)(8 * down * across) + 1, 1);
  const char *s = strchr(text, '\n') + 1; /* behind the line about the matrix */
  ck_assert_uint_eq(next_character(&s), 0x250C);
  for (int i = 0; i < across; i++) ck_assert_uint_eq(next_character(&s), 0x2500);
  ck_assert_uint_eq(next_character(&s), 0x2510);
  for (int i = 0; i < down; i++) {
    s = strchr(s, '\n') + 1;
    ck_assert_uint_eq(next_character(&s), 0x2502);
    for (int j = 0; j < across; j++) {
      unsigned c = next_character(&s);
      ck_assert_uint_eq(c & ~0xFFu, 0x2800);
      for (int y = 0; y < 4; y++)
        for (int x = 0; x < 2; x++)
          dots[(4 * i + y) * 2 * across + 2 * j + x] = c >> (number[y][x] - 1) & 1;
    }
    ck_assert_uint_eq(next_character(&s), 0x2502);
  }
  s = strchr(s, '\n') + 1;
  ck_assert_uint_eq(next_character(&s), 0x2514);
  return dots;
}

START_TEST(braille_shows_each_entry)
{
  random_state = 3;
  for (int round = 0; round < 60; round++) {
    int rows = 21 + random_below(60), cols = 1 + random_below(80);
    struct dense m = random_dense(rows, cols, 20, false);
    struct drawing d = {.matrix = listed(&m, false)};
    char *text = draw(&d, 20, 40, false);
    int across = (cols + 1) / 2;
    bool *dots = decode(text, (rows + 3) / 4, across);
    for (int i = 0; i < (rows + 3) / 4 * 4; i++)
      for (int j = 0; j < 2 * across; j++) {
        bool there = i < rows && j < cols && m.has[i * cols + j];
        ck_assert_int_eq(dots[i * 2 * across + j], there);
      }
    free(dots);
    mem_free(text);
    drawing_free(&d);
    free(m.has);
  }
}
END_TEST

/* Of more dots than there is room for, each is there if any of its entries is. */
START_TEST(braille_shrinks)
{
  random_state = 4;
  for (int round = 0; round < 20; round++) {
    int n = 9 + random_below(100);
    struct dense m = random_dense(n, n, 1, true);
    struct drawing d = {.matrix = listed(&m, true)};
    char *text = draw(&d, 2, 4, false);
    bool *dots = decode(text, 2, 4);
    for (int y = 0; y < 8; y++)
      for (int x = 0; x < 8; x++) {
        bool there = false;
        for (int i = 0; i < n; i++)
          for (int j = 0; j < n; j++)
            there = there || (m.has[i * n + j] && in_dot(i, y, 8, n) && in_dot(j, x, 8, n));
        ck_assert_int_eq(dots[y * 8 + x], there);
      }
    free(dots);
    mem_free(text);
    drawing_free(&d);
    free(m.has);
  }
}
END_TEST

/* Small matrices have a character per entry; of a coloring its class. */
START_TEST(classes_are_letters)
{
  enum { N = 65 };
  struct dense m = {N, N, calloc(N * N, 1)};
  int32_t color[N];
  for (int i = 0; i < N; i++) {
    m.has[i * N + i] = true;
    color[i] = i - 1;
  }
  struct drawing d = {.matrix = listed(&m, false)};
  ck_assert_int_eq(drawing_color(&ctx, &d, color, N - 1), STATUS_OK);
  char *text = draw(&d, N, N, false);
  static const char letters[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ**";
  const char *s = strchr(strchr(text, '\n') + 1, '\n') + 1;
  for (int i = 0; i < N; i++, s = strchr(s, '\n') + 1) {
    const char *c = s;
    ck_assert_uint_eq(next_character(&c), 0x2502);
    for (int j = 0; j < N; j++) {
      unsigned wanted = i != j ? 0xB7 : i ? (unsigned char)letters[i - 1] : 0x25CF;
      ck_assert_uint_eq(next_character(&c), wanted);
    }
    ck_assert_uint_eq(next_character(&c), 0x2502);
  }
  mem_free(text);
  drawing_free(&d);
  free(m.has);
}
END_TEST

/* Escape sequences aside, colors change nothing but letters; each line ends without a color. */
START_TEST(colors_are_escapes)
{
  random_state = 5;
  struct dense m = random_dense(60, 60, 20, true);
  struct drawing d = {.matrix = listed(&m, true)};
  int32_t color[60];
  for (int j = 0; j < 60; j++) color[j] = random_below(15) - 1;
  ck_assert_int_eq(drawing_color(&ctx, &d, color, 14), STATUS_OK);
  char *plain = draw(&d, 20, 40, false), *colored = draw(&d, 20, 40, true), *to = colored;
  ck_assert_ptr_null(strchr(plain, '\033'));
  ck_assert_ptr_nonnull(strchr(colored, '\033'));
  bool reset = true;
  for (const char *s = colored; *s;) {
    if (*s == '\033') {
      const char *end = strchr(s, 'm');
      reset = end - s == 3 && !strncmp(s, "\033[0", 3);
      ck_assert(reset || !strncmp(s, "\033[38;5;", 7));
      s = end + 1;
      continue;
    }
    if (*s == '\n') ck_assert(reset);
    *to++ = *s++;
  }
  *to = '\0';
  ck_assert_str_eq(plain, colored);
  mem_free(plain);
  mem_free(colored);
  drawing_free(&d);
  free(m.has);
}
END_TEST

/* --- pictures ------------------------------------------------------------------------------- */

#ifdef HAVE_CAIRO

static enum status paint(const char *path, enum picture_kind kind, const struct drawing *d,
                         int32_t width, int32_t height)
{
  struct sink *s;
  ck_assert_int_eq(sink_open(&ctx, path, &s), STATUS_OK);
  enum status status = picture_write(s, kind, d, width, height);
  enum status closed = sink_commit(s);
  return status == STATUS_OK ? closed : status;
}

/* In a process of its own, as Cairo counts its surfaces. */
static void paint_apart(const char *path, enum picture_kind kind, const struct drawing *d,
                        int32_t width, int32_t height)
{
  int status;
  fflush(NULL);
  pid_t child = fork();
  ck_assert_int_ge(child, 0);
  if (child == 0) leave((int)paint(path, kind, d, width, height));
  ck_assert_int_eq(waitpid(child, &status, 0), child);
  ck_assert_int_eq(status, 0);
}

/* A random drawing with a coloring; the caller frees m->has. */
static struct drawing random_drawing(int n, int percent, const int32_t *color, int num_colors,
                                     struct dense *m)
{
  *m = random_dense(n, n, percent, true);
  struct drawing d = {.matrix = listed(m, true)};
  if (num_colors) ck_assert_int_eq(drawing_color(&ctx, &d, color, num_colors), STATUS_OK);
  return d;
}

/* The file has the format's signature; `again`: and the bytes that it had the first time. */
static void check_file(enum picture_kind kind, const struct drawing *d, int32_t width,
                       int32_t height, bool again)
{
  static const char *const begins[] = {"<?xml", "\x89PNG\r\n\x1A\n", "%PDF-"};
  static const char *const holds[] = {"</svg>", "IEND", "%%EOF"};
  char name[32];
  snprintf(name, sizeof name, "%d-%dx%d-%d-%d", (int)kind, (int)width, (int)height,
           (int)d->matrix.rows, (int)d->num_colors);
  char copy[40];
  snprintf(copy, sizeof copy, "%s-again", name);
  paint_apart(in_folder(again ? copy : name), kind, d, width, height);
  int id = read_back(in_folder(name));
  const struct source *a = &ctx.sources.data[id];
  ck_assert_uint_gt(a->len, 20);
  ck_assert(!memcmp(a->text, begins[kind], strlen(begins[kind])));
  const char *tail = a->text + a->len - 12;
  bool ends = false;
  for (const char *s = tail; s < a->text + a->len; s++)
    ends = ends || !strncmp(s, holds[kind], strlen(holds[kind]));
  ck_assert_msg(ends, "%s does not end", name);
  if (kind == PICTURE_PNG && width) { /* its header has the size, most significant byte first */
    const unsigned char *u = (const unsigned char *)a->text + 16;
    ck_assert_int_eq(u[2] << 8 | u[3], width);
    ck_assert_int_eq(u[6] << 8 | u[7], height);
  }
  if (!again) return;
  int other = read_back(in_folder(copy));
  const struct source *b = &ctx.sources.data[other];
  a = &ctx.sources.data[id];
  ck_assert_msg(a->len == b->len && !memcmp(a->text, b->text, a->len), "%s changes", name);
}

START_TEST(files_are_the_same)
{
  static const int32_t sizes[][2] = {{0, 0}, {1, 1}, {3, 9}, {9, 3}, {17, 40}, {300, 200}};
  static const int ns[] = {0, 1, 5, 300};
  random_state = 6;
  int32_t color[300];
  for (int j = 0; j < 300; j++) color[j] = random_below(20) - 1;
  struct drawing d[8];
  struct dense m[8];
  for (int k = 0; k < 8; k++)
    d[k] = random_drawing(ns[k / 2], k < 6 ? 40 : 3, color, k % 2 ? 19 : 0, &m[k]);
  for (int again = 0; again < 2; again++) {
    if (again) usleep(1100000);
    for (int k = 0; k < 8; k++)
      for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int kind = 0; kind < 3; kind++)
          check_file((enum picture_kind)kind, &d[k], sizes[i][0], sizes[i][1], again);
  }
  for (int k = 0; k < 8; k++) {
    drawing_free(&d[k]);
    free(m[k].has);
  }
}
END_TEST

/* A small matrix has a filled shape for each entry. */
START_TEST(svg_has_a_square_for_each_entry)
{
  random_state = 7;
  for (int round = 0; round < 20; round++) {
    int32_t color[30];
    for (int j = 0; j < 30; j++) color[j] = random_below(5) - 1;
    struct dense m;
    struct drawing d = random_drawing(random_below(30), 30, color, round % 2 ? 4 : 0, &m);
    ck_assert_int_eq(paint(in_folder("s.svg"), PICTURE_SVG, &d, 0, 0), STATUS_OK);
    int64_t squares = 0;
    int id = read_back(in_folder("s.svg"));
    for (const char *s = ctx.sources.data[id].text; (s = strstr(s, "<path")); s++) {
      const char *rule = strstr(s, "fill-rule"), *end = strchr(s, '>');
      squares += rule && rule < end;
    }
    ck_assert_int_eq(squares, d.matrix.total + d.compressed.total);
    drawing_free(&d);
    free(m.has);
  }
}
END_TEST

/* One pixel per entry, without labels: in the middle of the picture. */
START_TEST(png_has_the_colors)
{
  enum { N = 50, SIZE = 100, AT = (SIZE - N) / 2 };
  random_state = 8;
  int32_t color[N];
  for (int j = 0; j < N; j++) color[j] = random_below(14) - 1;
  struct dense m;
  struct drawing d = random_drawing(N, 30, color, 0, &m);
  ck_assert_int_eq(entries_by_rows(&ctx, &d.matrix), STATUS_OK);
  for (int colored = 0; colored < 2; colored++) {
    int at_x = colored ? -1 : AT;
    if (colored) ck_assert_int_eq(drawing_color(&ctx, &d, color, 13), STATUS_OK);
    ck_assert_int_eq(paint(in_folder("p.png"), PICTURE_PNG, &d, SIZE, SIZE), STATUS_OK);
    cairo_surface_t *image = cairo_image_surface_create_from_png(in_folder("p.png"));
    ck_assert_int_eq(cairo_surface_status(image), CAIRO_STATUS_SUCCESS);
    const unsigned char *data = cairo_image_surface_get_data(image);
    int stride = cairo_image_surface_get_stride(image);
    const uint32_t *row = (const uint32_t *)(const void *)(data + (ptrdiff_t)AT * stride);
    /* With a coloring the compression is beside it; the frame of the matrix comes first. */
    for (int x = 0; at_x < 0; x++)
      if ((row[x] & 0xFFFFFF) != 0xFFFFFF) at_x = x + 1;
    for (int i = 0; i < N; i++) {
      row = (const uint32_t *)(const void *)(data + (ptrdiff_t)(AT + i) * stride);
      for (int j = 0; j < N; j++) {
        uint32_t pixel = row[at_x + j] & 0xFFFFFF;
        struct paint p = palette_color(color[j]);
        uint32_t wanted = (uint32_t)p.red << 16 | (uint32_t)p.green << 8 | p.blue;
        if (!m.has[i * N + j])
          ck_assert_uint_eq(pixel, 0xFFFFFF);
        else if (colored)
          ck_assert_uint_eq(pixel, wanted);
        else
          ck_assert_uint_ne(pixel, 0xFFFFFF);
      }
    }
    cairo_surface_destroy(image);
  }
  drawing_free(&d);
  free(m.has);
}
END_TEST

START_TEST(full_disk)
{
  struct dense m;
  random_state = 9;
  struct drawing d = random_drawing(10, 50, NULL, 0, &m);
  for (int kind = 0; kind < 3; kind++)
    ck_assert_int_eq(paint("/dev/full", (enum picture_kind)kind, &d, 0, 0), STATUS_IO);
  drawing_free(&d);
  free(m.has);
}
END_TEST

#else

START_TEST(no_cairo)
{
  struct drawing d = {0};
  struct sink *s;
  puts("spy: no Cairo in this build, pictures are left out");
  ck_assert_int_eq(picture_available(&ctx), STATUS_USAGE);
  ck_assert_int_eq(sink_open(&ctx, in_folder("out"), &s), STATUS_OK);
  ck_assert_int_eq(picture_write(s, PICTURE_PNG, &d, 0, 0), STATUS_USAGE);
  sink_abandon(s);
  ck_assert_int_eq(ctx.diags.data[0].id, ERR_NO_CAIRO);
}
END_TEST

#endif

Suite *spy_suite(void)
{
  Suite *s = suite_create("spy");
  TCase *c = tcase_create("spy");
  tcase_add_checked_fixture(c, folder_setup, folder_teardown);
  tcase_add_test(c, rasters_are_counts);
  tcase_add_test(c, huge_sizes);
  tcase_add_test(c, sizes_that_fit);
  tcase_add_test(c, compression);
  tcase_add_test(c, braille_shows_each_entry);
  tcase_add_test(c, braille_shrinks);
  tcase_add_test(c, classes_are_letters);
  tcase_add_test(c, colors_are_escapes);
#ifdef HAVE_CAIRO
  tcase_add_test(c, files_are_the_same);
  tcase_add_test(c, svg_has_a_square_for_each_entry);
  tcase_add_test(c, png_has_the_colors);
  tcase_add_test(c, full_disk);
#else
  tcase_add_test(c, no_cairo);
#endif
  suite_add_tcase(s, c);
  return s;
}
