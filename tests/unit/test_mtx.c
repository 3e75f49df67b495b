#include "config.h"

#include "io_fixture.h"

#include <math.h>

#include "base/number.h"
#include "io/mtx.h"

Suite *mtx_suite(void);

/* --- Reading: against a dense array that the test fills itself -------------------------------- */

enum { SIZE = 9 };

/* A random matrix with one symmetry, which of its entries are stored, and its file. */
struct sample {
  enum mtx_field field;
  enum mtx_symmetry symmetry;
  bool coordinate, upper; /* upper: some entries stand in the other triangle */
  int rows, cols, stored;
  double re[SIZE][SIZE], im[SIZE][SIZE];
  bool there[SIZE][SIZE];
  struct strbuf text;
};

static void put_blanks(struct strbuf *s)
{
  static const char *const blanks[] = {" ", "  ", "\t", " \t "};
  strbuf_puts(s, blanks[random_below(4)]);
}

static void put_line_end(struct strbuf *s)
{
  static const char *const ends[] = {
      "\n", "\r\n", " \n", "\n\n", "\n% a comment\n", "\n \t\r\n", "\n  %%MatrixMarket 1 1 1\n"};
  strbuf_puts(s, ends[random_below(7)]);
}

static void put_value(struct strbuf *s, double v, bool integer)
{
  char text[64];
  if (integer) {
    strbuf_printf(s, "%s%.0f", v > 0 && random_below(4) == 0 ? "+" : "", v);
    return;
  }
  snprintf(text, sizeof text, "%.17g", v);
  char *e = strchr(text, 'e');
  if (e && random_below(3) == 0) *e = "EDd"[random_below(3)];
  if (v > 0 && random_below(4) == 0) strbuf_putc(s, '+');
  strbuf_puts(s, text);
}

static double sample_value(enum mtx_field field)
{
  if (field == MTX_INTEGER) return random_below(2001) - 1000;
  return random_below(3) ? random_double() : (random_below(200) - 100) / 8.0;
}

/* Fills (i, j) and its mirror image. */
static void fill(struct sample *m, int i, int j)
{
  double re = sample_value(m->field), im = m->field == MTX_COMPLEX ? sample_value(m->field) : 0;
  if (m->field == MTX_PATTERN) re = 1;
  if (m->symmetry == MTX_HERMITIAN && i == j) im = 0;
  m->re[i][j] = re;
  m->im[i][j] = im;
  m->there[i][j] = true;
  m->stored++;
  if (m->symmetry == MTX_GENERAL || i == j) return;
  m->there[j][i] = true;
  m->re[j][i] = m->symmetry == MTX_SKEW ? -re : re;
  m->im[j][i] = m->symmetry == MTX_SYMMETRIC ? im : -im;
}

static bool in_file(const struct sample *m, int i, int j)
{
  if (m->symmetry == MTX_SKEW) return i > j;
  return m->symmetry == MTX_GENERAL || i >= j;
}

static void put_entry(struct sample *m, int i, int j)
{
  if (m->coordinate) {
    strbuf_printf(&m->text, "%d", i + 1);
    put_blanks(&m->text);
    strbuf_printf(&m->text, random_below(9) ? "%d" : "+0%d", j + 1);
  }
  if (m->field == MTX_PATTERN) return;
  if (m->coordinate) put_blanks(&m->text);
  put_value(&m->text, m->re[i][j], m->field == MTX_INTEGER);
  if (m->field != MTX_COMPLEX) return;
  put_blanks(&m->text);
  put_value(&m->text, m->im[i][j], false);
}

static void put_entries(struct sample *m)
{
  int order[SIZE * SIZE], count = 0;
  for (int j = 0; j < m->cols; j++)
    for (int i = 0; i < m->rows; i++)
      if (m->there[i][j] && in_file(m, i, j)) order[count++] = i * SIZE + j;
  for (int k = count - 1; m->coordinate && k > 0; k--) {
    int other = random_below(k + 1), swap = order[k];
    order[k] = order[other];
    order[other] = swap;
  }
  for (int k = 0; k < count; k++) {
    int i = order[k] / SIZE, j = order[k] % SIZE;
    bool flip = m->upper && m->symmetry != MTX_GENERAL && random_below(2);
    put_line_end(&m->text);
    put_entry(m, flip ? j : i, flip ? i : j);
  }
}

static void make_sample(struct sample *m, bool coordinate, enum mtx_field field,
                        enum mtx_symmetry symmetry)
{
  static const char *const fields[] = {"real", "Integer", "COMPLEX", "pattern"};
  static const char *const kinds[] = {"general", "SYMMETRIC", "skew-Symmetric", "hermitian"};
  memset(m, 0, sizeof *m);
  m->coordinate = coordinate;
  m->field = field;
  m->symmetry = symmetry;
  m->upper = coordinate && random_below(2);
  m->rows = random_below(SIZE + 1);
  m->cols = symmetry == MTX_GENERAL ? random_below(SIZE + 1) : m->rows;
  for (int i = 0; i < m->rows; i++)
    for (int j = 0; j < m->cols; j++)
      if (in_file(m, i, j) && (!coordinate || random_below(3) == 0)) fill(m, i, j);
  strbuf_printf(&m->text, "%s%%%%matrixMARKET matrix %s\t%s %s",
                random_below(4) ? "" : "\xEF\xBB\xBF", coordinate ? "Coordinate" : "array",
                fields[field], kinds[symmetry]);
  put_line_end(&m->text);
  strbuf_printf(&m->text, "%d %d", m->rows, m->cols);
  if (coordinate) strbuf_printf(&m->text, " %d", m->stored);
  put_entries(m);
  if (random_below(2)) put_line_end(&m->text);
}

static void check_value(const struct sample *s, const struct mtx *m, int64_t k, int i, int j)
{
  ck_assert(s->there[i][j]);
  if (s->field == MTX_PATTERN) {
    ck_assert_ptr_null(m->re);
    return;
  }
  /* 0 and -0 are alike where a sign was turned. */
  ck_assert_msg(same_bits(m->re[k], s->re[i][j]) || (m->re[k] == 0 && s->re[i][j] == 0),
                "(%d, %d): %.17g, not %.17g", i, j, m->re[k], s->re[i][j]);
  if (s->field != MTX_COMPLEX)
    ck_assert_ptr_null(m->im);
  else
    ck_assert(same_bits(m->im[k], s->im[i][j]) || (m->im[k] == 0 && s->im[i][j] == 0));
}

static void check_coordinate(const struct sample *s, struct mtx *m)
{
  ck_assert_int_eq(m->nnz, s->stored);
  for (int64_t k = 0; k < m->nnz; k++) {
    ck_assert(s->symmetry == MTX_GENERAL || m->row[k] >= m->col[k]);
    check_value(s, m, k, m->row[k], m->col[k]);
  }
  ck_assert_int_eq(mtx_expand(&ctx, m), STATUS_OK);
  ck_assert_int_eq(m->symmetry, MTX_GENERAL);
  int64_t k = 0;
  for (int i = 0; i < s->rows; i++)
    for (int j = 0; j < s->cols; j++) {
      if (!s->there[i][j]) continue;
      ck_assert_int_lt(k, m->nnz);
      ck_assert_int_eq(m->row[k], i);
      ck_assert_int_eq(m->col[k], j);
      check_value(s, m, k++, i, j);
    }
  ck_assert_int_eq(k, m->nnz);
}

static void check_array(const struct sample *s, const struct mtx *m)
{
  ck_assert_int_eq(m->nnz, s->rows * s->cols);
  ck_assert_int_eq(m->symmetry, MTX_GENERAL);
  for (int j = 0; j < s->cols; j++)
    for (int i = 0; i < s->rows; i++) {
      if (s->symmetry == MTX_SKEW && i == j)
        ck_assert_double_eq(m->re[i + j * s->rows], 0);
      else
        check_value(s, m, i + j * s->rows, i, j);
    }
}

static void check_sample(bool coordinate, enum mtx_field field, enum mtx_symmetry symmetry)
{
  struct sample s;
  struct mtx *m;
  make_sample(&s, coordinate, field, symmetry);
  forget_diags();
  int id = add_bytes(s.text.data, s.text.len);
  enum status status = mtx_read(&ctx, id, MTX_FINITE_ONLY, &m);
  ck_assert_msg(status == STATUS_OK, "%s\n%s", s.text.data,
                ctx.diags.len ? ctx.diags.data[0].message : "");
  ck_assert_int_eq(m->rows, s.rows);
  ck_assert_int_eq(m->cols, s.cols);
  ck_assert_int_eq(m->field, field);
  for (int64_t k = 0; k < m->nnz; k++) ck_assert_uint_lt(m->where[k], s.text.len);
  if (coordinate)
    check_coordinate(&s, m);
  else
    check_array(&s, m);
  mtx_free(m);
  strbuf_free(&s.text);
}

START_TEST(reads_every_kind)
{
  for (int round = 0; round < 200; round++)
    for (int symmetry = 0; symmetry < 4; symmetry++)
      for (int field = 0; field < 4; field++) {
        if (symmetry == MTX_HERMITIAN && field != MTX_COMPLEX) continue;
        if (!(symmetry == MTX_SKEW && field == MTX_PATTERN))
          check_sample(true, (enum mtx_field)field, (enum mtx_symmetry)symmetry);
        if (field != MTX_PATTERN)
          check_sample(false, (enum mtx_field)field, (enum mtx_symmetry)symmetry);
      }
}
END_TEST

START_TEST(warns_of_upper_entries)
{
  struct mtx *m;
  int id = add_text("%%MatrixMarket matrix coordinate real symmetric\n2 2 2\n1 1 3\n1 2 4\n");
  ck_assert_int_eq(mtx_read(&ctx, id, MTX_FINITE_ONLY, &m), STATUS_OK);
  ck_assert_uint_eq(ctx.diags.len, 1);
  ck_assert_int_eq(ctx.diags.data[0].severity, SEVERITY_WARNING);
  ck_assert_uint_eq(ctx.diags.data[0].loc.begin, m->where[1]);
  ck_assert_int_eq(m->row[1], 1);
  ck_assert_int_eq(m->col[1], 0);
  mtx_free(m);
}
END_TEST

#define BANNER "%%MatrixMarket matrix "
#define REAL BANNER "coordinate real general\n"
#define SYMMETRIC BANNER "coordinate real symmetric\n"
#define ARRAY BANNER "array real general\n"

static const struct {
  const char *text;
  enum error_id id;
  size_t line, column;
} bad[] = {
    {"", ERR_MTX_NO_BANNER, 1, 1},
    {"\n" REAL, ERR_MTX_NO_BANNER, 1, 1},
    {"1 2 3\n", ERR_MTX_NO_BANNER, 1, 1},
    {"%MatrixMarket matrix coordinate real general\n1 1 0\n", ERR_MTX_NO_BANNER, 1, 1},
    {"%%MatrixMarketmatrix coordinate real general\n1 1 0\n", ERR_MTX_NO_BANNER, 1, 1},
    {BANNER "coordinate real\n1 1 0\n", ERR_MTX_BANNER_MISSING, 1, 38},
    {BANNER "coordinate reel general\n1 1 0\n", ERR_MTX_BANNER_WORD, 1, 34},
    {"%%MatrixMarket vector coordinate real general\n", ERR_MTX_BANNER_WORD, 1, 16},
    {BANNER "coordinate real general x\n1 1 0\n", ERR_MTX_BANNER_TRAILING, 1, 47},
    {BANNER "array pattern general\n1 1\n", ERR_MTX_BANNER_COMBINATION, 1, 1},
    {BANNER "coordinate real hermitian\n1 1 0\n", ERR_MTX_BANNER_COMBINATION, 1, 1},
    {BANNER "coordinate pattern skew-symmetric\n1 1 0\n", ERR_MTX_BANNER_COMBINATION, 1, 1},
    {REAL, ERR_MTX_NO_SIZES, 2, 1},
    {REAL "% only a comment", ERR_MTX_NO_SIZES, 2, 17},
    {REAL "2 2\n1 1 1\n", ERR_MTX_LINE_SHORT, 2, 4},
    {REAL "2 2 1 7\n1 1 1\n", ERR_MTX_LINE_LONG, 2, 7},
    {REAL "2 -2 1\n1 1 1\n", ERR_MTX_SIZE, 2, 3},
    {REAL "2 2.0 1\n1 1 1\n", ERR_MTX_SIZE, 2, 3},
    {REAL "2 2 18446744073709551615\n", ERR_MTX_SIZE_TOO_LARGE, 2, 5},
    {REAL "2147483648 2 1\n1 1 1\n", ERR_MTX_SIZE_TOO_LARGE, 2, 1},
    {REAL "2 2 5\n1 1 1\n1 2 1\n2 1 1\n2 2 1\n1 1 1\n", ERR_MTX_NNZ_TOO_LARGE, 2, 1},
    {REAL "2000000000 2000000000 1000000000\n1 1 1\n", ERR_MTX_NNZ_PROMISED, 2, 1},
    {ARRAY "2147483647 2147483647\n1\n", ERR_MTX_NNZ_PROMISED, 2, 1},
    {ARRAY "3 1\n1\n2", ERR_MTX_TOO_FEW, 4, 2},
    {SYMMETRIC "2 3 1\n1 1 1\n", ERR_MTX_NOT_SQUARE, 2, 1},
    {REAL "2 2 2\n1 1 1.0000\n", ERR_MTX_TOO_FEW, 4, 1},
    {REAL "2 2 1\n1 1 1\n2 2 1\n", ERR_MTX_TOO_MANY, 4, 1},
    {REAL "2 2 1\n1 1 1 1\n", ERR_MTX_LINE_LONG, 3, 7},
    {REAL "2 2 1\n1 1 1 % no\n", ERR_MTX_LINE_LONG, 3, 7},
    {REAL "2 2 2\n1 1\n2 2 1.5\n", ERR_MTX_LINE_SHORT, 3, 4},
    {REAL "2 2 1\n0 1 1\n", ERR_MTX_INDEX_ZERO, 3, 1},
    {REAL "2 2 1\n3 1 1\n", ERR_MTX_INDEX_RANGE, 3, 1},
    {REAL "2 2 1\n1 -1 1\n", ERR_MTX_INDEX_RANGE, 3, 3},
    {REAL "2 2 1\n1 99999999999999999999 1\n", ERR_MTX_INDEX_RANGE, 3, 3},
    {REAL "2 2 1\n1 4294967297 1\n", ERR_MTX_INDEX_RANGE, 3, 3},
    {REAL "2 2 1\n1.0 1 1\n", ERR_MTX_INDEX_SYNTAX, 3, 1},
    {REAL "2 2 1\n1 1 1,5\n", ERR_MTX_VALUE_SYNTAX, 3, 5},
    {REAL "2 2 1\n1 1 0x1.8p1\n", ERR_MTX_VALUE_SYNTAX, 3, 5},
    {REAL "2 2 1\n1 1 1.2.3\n", ERR_MTX_VALUE_SYNTAX, 3, 5},
    {REAL "2 2 1\n1 1 1\x0B\n", ERR_MTX_VALUE_SYNTAX, 3, 5},
    {REAL "2 2 1\n1 1 \r1\n", ERR_MTX_VALUE_SYNTAX, 3, 5},
    {REAL "2 2 1\n1 1 1e999\n", ERR_NUMBER_RANGE, 3, 5},
    {REAL "2 2 1\n1 1 1D999\n", ERR_NUMBER_RANGE, 3, 5},
    {REAL "2 2 1\n1 1 nan\n", ERR_MTX_VALUE_NONFINITE, 3, 5},
    {REAL "2 2 1\n1 1 -Inf\n", ERR_MTX_VALUE_NONFINITE, 3, 5},
    {BANNER "coordinate integer general\n2 2 1\n1 1 1.5\n", ERR_MTX_VALUE_INTEGER, 3, 5},
    {BANNER "coordinate complex general\n2 2 1\n1 1 1.50000\n", ERR_MTX_LINE_SHORT, 3, 12},
    {ARRAY "2 2\n1 2\n3\n4\n5\n", ERR_MTX_LINE_LONG, 3, 3},
    {ARRAY "2 2\n1\n2\n3\n4\n5\n", ERR_MTX_TOO_MANY, 7, 1},
    {REAL "2 2 3\n1 1 1\n2 2 1\n1 1 2\n", ERR_MTX_DUPLICATE, 5, 1},
    {SYMMETRIC "2 2 2\n2 1 1\n1 2 1\n", ERR_MTX_DUPLICATE, 4, 1},
    {BANNER "coordinate real skew-symmetric\n2 2 1\n1 1 1\n", ERR_MTX_SKEW_DIAGONAL, 3, 1},
    {BANNER "coordinate complex hermitian\n2 2 1\n1 1 1 2\n", ERR_MTX_HERMITIAN_DIAGONAL, 3, 1},
    {BANNER "array complex hermitian\n2 2\n1 0\n1 1\n3 4\n", ERR_MTX_HERMITIAN_DIAGONAL, 5, 1},
    {REAL "2 2 1\n1 1 1\n% \xFF\n", ERR_TEXT_UTF8, 4, 3},
};

START_TEST(refuses_with_the_place)
{
  struct mtx *m;
  int id = add_text(bad[_i].text);
  enum status status = mtx_read(&ctx, id, MTX_FINITE_ONLY, &m);
  ck_assert_msg(status == error_status(bad[_i].id), "status %d for: %s", status, bad[_i].text);
  ck_assert_ptr_null(m);
  expect_error(bad[_i].text, bad[_i].id, bad[_i].line, bad[_i].column);
}
END_TEST

/* --- Long files ------------------------------------------------------------------------------- */

enum { LINES = 5000 };

static const char *line_end_of(int kind)
{
  return kind == 0 ? "\n" : kind == 1 ? "\r\n" : random_below(50) ? "\n" : "\n\n%\n \t";
}

START_TEST(reads_many_lines)
{
  for (int kind = 0; kind < 6; kind++) {
    bool coordinate = kind % 2;
    struct strbuf s = {0};
    struct mtx *m;
    static double v[LINES];
    static size_t where[LINES];
    strbuf_printf(&s, "%%%%MatrixMarket matrix %s real general\n",
                  coordinate ? "coordinate" : "array");
    strbuf_printf(&s, coordinate ? "%d 7 %d\n" : "%d 1\n", LINES, LINES);
    for (int i = 0; i < LINES; i++) {
      v[i] = random_below(4) ? random_double() : random_below(2000) - 1000;
      where[i] = s.len;
      if (coordinate) strbuf_printf(&s, "%d %d ", i + 1, i % 7 + 1);
      strbuf_printf(&s, "%.17g%s", v[i], i + 1 < LINES || kind < 4 ? line_end_of(kind / 2) : "");
      if (s.data[s.len - 1] == '\t' && i + 1 < LINES) where[i + 1] = s.len;
    }
    ck_assert_int_eq(mtx_read(&ctx, add_bytes(s.data, s.len), MTX_FINITE_ONLY, &m), STATUS_OK);
    ck_assert_int_eq(m->nnz, LINES);
    for (int i = 0; i < LINES; i++) {
      ck_assert(same_bits(m->re[i], v[i]));
      ck_assert_uint_eq(m->where[i], where[i]);
      ck_assert(!coordinate || (m->row[i] == i && m->col[i] == i % 7));
    }
    mtx_free(m);
    strbuf_free(&s);
  }
}
END_TEST

static const struct {
  const char *kind, *good, *bad;
  enum error_id id;
  size_t column;
} spoiled[] = {
    {"array real", "1.5", "1.5 2", ERR_MTX_LINE_LONG, 5},
    {"array real", "1.5", "1.5x", ERR_MTX_VALUE_SYNTAX, 1},
    {"array real", "1.5", "1e", ERR_MTX_VALUE_SYNTAX, 1},
    {"array real", "1.5", "1e999", ERR_NUMBER_RANGE, 1},
    {"array real", "1.5", "inf", ERR_MTX_VALUE_NONFINITE, 1},
    {"array real", "1.5", "1\r5", ERR_MTX_LINE_LONG, 2},
    {"array integer", "15", "1.5", ERR_MTX_VALUE_INTEGER, 1},
    {"array integer", "15", "1e5", ERR_MTX_VALUE_INTEGER, 1},
    {"array complex", "1 2", "1", ERR_MTX_LINE_SHORT, 2},
    {"array complex", "1 2", "1 x", ERR_MTX_VALUE_SYNTAX, 3},
};

/* Behind many lines that are fine. */
START_TEST(refuses_a_later_line)
{
  struct strbuf s = {0};
  struct mtx *m;
  strbuf_printf(&s, "%%%%MatrixMarket matrix %s general\n300 1\n", spoiled[_i].kind);
  for (int i = 0; i < 300; i++)
    strbuf_printf(&s, "%s\n", i == 250 ? spoiled[_i].bad : spoiled[_i].good);
  int id = add_bytes(s.data, s.len);
  ck_assert_int_eq(mtx_read(&ctx, id, MTX_FINITE_ONLY, &m), error_status(spoiled[_i].id));
  expect_error(spoiled[_i].bad, spoiled[_i].id, 253, spoiled[_i].column);
  strbuf_free(&s);
}
END_TEST

START_TEST(refuses_nul_and_utf16)
{
  struct mtx *m;
  const char nul[] = ARRAY "1 1\n1\0";
  ck_assert_int_eq(mtx_read(&ctx, add_bytes(nul, sizeof nul - 1), MTX_FINITE_ONLY, &m),
                   STATUS_DATA);
  expect_error("NUL", ERR_TEXT_NUL, 3, 2);
  forget_diags();
  ck_assert_int_eq(mtx_read(&ctx, add_bytes("\xFF\xFE%\0%\0", 6), MTX_FINITE_ONLY, &m),
                   STATUS_DATA);
  expect_error("UTF-16", ERR_TEXT_UTF16, 1, 1);
}
END_TEST

START_TEST(takes_nonfinite_results)
{
  struct mtx *m;
  int id = add_text(ARRAY "1 4\ninf\n-inf\nnan\n1\n");
  ck_assert_int_eq(mtx_read(&ctx, id, MTX_ALLOW_NONFINITE, &m), STATUS_OK);
  ck_assert(m->re[0] == INFINITY && m->re[1] == -INFINITY && isnan(m->re[2]) && m->re[3] == 1);
  mtx_free(m);
}
END_TEST

START_TEST(finds_duplicates)
{
  for (int round = 0; round < 500; round++) {
    enum { N = 6 };
    int count = 1 + random_below(10), seen[N * N], first = -1, second = -1;
    memset(seen, -1, sizeof seen);
    struct strbuf text = {0};
    strbuf_puts(&text, BANNER "coordinate pattern general\n");
    strbuf_printf(&text, "70000 70000 %d\n", count);
    for (int k = 0; k < count; k++) {
      int at = random_below(N * N);
      strbuf_printf(&text, "%d %d\n", at / N * 10000 + 1, at % N * 10000 + 1);
      if (seen[at] >= 0 && second < 0) first = seen[at], second = k;
      if (seen[at] < 0) seen[at] = k;
    }
    forget_diags();
    struct mtx *m;
    enum status status = mtx_read(&ctx, add_bytes(text.data, text.len), MTX_FINITE_ONLY, &m);
    ck_assert_msg(status == (second < 0 ? STATUS_OK : STATUS_DATA), "status %d for %s", status,
                  text.data);
    if (second >= 0) {
      expect_error(text.data, ERR_MTX_DUPLICATE, (size_t)second + 3, 1);
      size_t line, column;
      ck_assert_uint_eq(ctx.diags.len, 2);
      source_position(&ctx.sources.data[0], ctx.diags.data[1].loc.begin, &line, &column);
      ck_assert_uint_eq(line, (size_t)first + 3);
    }
    mtx_free(m);
    strbuf_free(&text);
  }
}
END_TEST

static enum status read_and_expand(int source)
{
  struct mtx *m;
  TRY(mtx_read(&ctx, source, MTX_ALLOW_NONFINITE, &m));
  enum status status = mtx_expand(&ctx, m);
  mtx_free(m);
  return status;
}

static const char shuffled[] =
    BANNER "coordinate complex hermitian\n3 3 4\n3 1 1 2\n2 2 1 0\n2 1 5 -1e5\n1 1 7 0\n";

START_TEST(survives_failing_allocations)
{
  check_failing_allocations(shuffled, read_and_expand);
  check_failing_allocations(BANNER "array real skew-symmetric\n3 3\n1\n2\n3\n", read_and_expand);
}
END_TEST

START_TEST(survives_damage)
{
  check_damaged_texts(shuffled, read_and_expand, 20000);
  check_damaged_texts(BANNER "array real symmetric\n2 2\n1\n+2.5\n3D+02\n", read_and_expand, 20000);
}
END_TEST

/* --- Writing ---------------------------------------------------------------------------------- */

/* A random structurally symmetric pattern, in the memory of the caller. */
struct random_pattern {
  struct pattern p;
  int64_t ptr[SIZE + 1];
  int32_t ind[SIZE * SIZE];
  bool there[SIZE][SIZE];
};

static void make_pattern(struct random_pattern *r)
{
  memset(r, 0, sizeof *r);
  int n = random_below(SIZE + 1);
  for (int i = 0; i < n; i++)
    for (int j = 0; j <= i; j++) r->there[i][j] = r->there[j][i] = random_below(3) == 0;
  int64_t k = 0;
  for (int i = 0; i < n; i++) {
    for (int j = 0; j < n; j++)
      if (r->there[i][j]) r->ind[k++] = j;
    r->ptr[i + 1] = k;
  }
  r->p = (struct pattern){n, r->ptr, r->ind};
}

static double output_value(void)
{
  static const double special[] = {0.0, -0.0, INFINITY, -INFINITY, NAN, 1, -0.1};
  return random_below(2) ? random_double() : special[random_below(7)];
}

enum writer { WRITE_PATTERN, WRITE_REAL, WRITE_COMPLEX };

static struct mtx *write_and_read(const struct random_pattern *r, enum writer writer,
                                  const double *re, const double *im, bool both)
{
  struct sink *s;
  struct mtx *m;
  const char *path = in_folder("m.mtx"), *comment = random_below(2) ? "two\nlines" : NULL;
  ck_assert_int_eq(sink_open(&ctx, path, &s), STATUS_OK);
  enum status status = writer == WRITE_COMPLEX
                           ? mtx_write_complex_symmetric(s, &r->p, re, im, both, comment)
                           : mtx_write_symmetric(s, &r->p, re, both, comment);
  ck_assert_int_eq(status, STATUS_OK);
  ck_assert_int_eq(sink_commit(s), STATUS_OK);
  ck_assert_int_eq(mtx_read(&ctx, read_back(path), MTX_ALLOW_NONFINITE, &m), STATUS_OK);
  ck_assert_int_eq(m->symmetry, both ? MTX_GENERAL : MTX_SYMMETRIC);
  ck_assert_int_eq(m->field, writer == WRITE_COMPLEX ? MTX_COMPLEX
                             : writer == WRITE_REAL  ? MTX_REAL
                                                     : MTX_PATTERN);
  return m;
}

/* The values of the entries on and above the diagonal, moved to the front. */
static void keep_upper(const struct pattern *p, double *v)
{
  int64_t count = 0;
  for (int i = 0; i < p->n; i++)
    for (int64_t k = p->ptr[i]; k < p->ptr[i + 1]; k++)
      if (p->ind[k] >= i) v[count++] = v[k];
}

static void check_written(const struct random_pattern *r, enum writer writer, bool both)
{
  /* `both` is for values that need not be symmetric. */
  double re[SIZE * SIZE], im[SIZE * SIZE], at[2][SIZE][SIZE];
  for (int i = 0; i < r->p.n; i++)
    for (int64_t k = r->ptr[i]; k < r->ptr[i + 1]; k++) {
      int j = r->ind[k];
      bool copy = !both && j < i;
      at[0][i][j] = re[k] = copy ? at[0][j][i] : output_value();
      at[1][i][j] = im[k] = copy ? at[1][j][i] : output_value();
    }
  if (!both) {
    keep_upper(&r->p, re);
    keep_upper(&r->p, im);
  }
  struct mtx *m = write_and_read(r, writer, writer == WRITE_PATTERN ? NULL : re, im, both);
  int64_t k = 0;
  for (int j = 0; j < r->p.n; j++)
    for (int i = both ? 0 : j; i < r->p.n; i++) {
      if (!r->there[i][j]) continue;
      ck_assert_int_lt(k, m->nnz);
      ck_assert_int_eq(m->row[k], i);
      ck_assert_int_eq(m->col[k], j);
      if (m->re) ck_assert(same_bits(m->re[k], at[0][i][j]));
      if (m->im) ck_assert(same_bits(m->im[k], at[1][i][j]));
      k++;
    }
  ck_assert_int_eq(k, m->nnz);
  mtx_free(m);
}

START_TEST(writes_what_it_reads)
{
  for (int round = 0; round < 60; round++) {
    struct random_pattern r;
    make_pattern(&r);
    for (int writer = WRITE_PATTERN; writer <= WRITE_COMPLEX; writer++) {
      check_written(&r, (enum writer)writer, false);
      check_written(&r, (enum writer)writer, true);
    }
    forget_diags();
  }
}
END_TEST

static void check_file(const char *path, const char *expected)
{
  int id = read_back(path);
  ck_assert_str_eq(ctx.sources.data[id].text, expected);
}

START_TEST(writes_exactly_this)
{
  int64_t ptr[] = {0, 2, 3};
  int32_t ind[] = {0, 1, 0};
  double values[] = {0.0, -0.0, -0.0};
  struct pattern p = {2, ptr, ind};
  struct sink *s;
  ck_assert_int_eq(sink_open(&ctx, in_folder("a"), &s), STATUS_OK);
  ck_assert_int_eq(mtx_write_symmetric(s, &p, values, false, "from m.expr"), STATUS_OK);
  ck_assert_int_eq(mtx_write_symmetric(s, &p, NULL, true, NULL), STATUS_OK);
  ck_assert_int_eq(sink_commit(s), STATUS_OK);
  check_file(in_folder("a"), "%%MatrixMarket matrix coordinate real symmetric\n% from m.expr\n"
                             "2 2 2\n1 1 0\n2 1 -0\n"
                             "%%MatrixMarket matrix coordinate pattern general\n"
                             "2 2 3\n1 1\n2 1\n1 2\n");
  const int32_t colors[] = {0, -1, 11};
  const double dense[] = {1, 2, 3, 1e300, 5.5, 6};
  ck_assert_int_eq(sink_open(&ctx, in_folder("b"), &s), STATUS_OK);
  ck_assert_int_eq(mtx_write_colors(s, 3, colors, NULL), STATUS_OK);
  ck_assert_int_eq(mtx_write_dense(s, 2, 3, dense, 3, 1, "rows\n\tof two"), STATUS_OK);
  ck_assert_int_eq(mtx_write_complex_dense(s, 1, 2, dense, dense + 3, 0, 1, NULL), STATUS_OK);
  ck_assert_int_eq(sink_commit(s), STATUS_OK);
  check_file(in_folder("b"), "%%MatrixMarket matrix array integer general\n3 1\n1\n0\n12\n"
                             "%%MatrixMarket matrix array real general\n% rows\n%  of two\n2 3\n"
                             "1\n1e+300\n2\n5.5\n3\n6\n"
                             "%%MatrixMarket matrix array complex general\n1 2\n"
                             "1 1e+300\n2 5.5\n");
}
END_TEST

/* Some megabytes, so that lines come to the end of the sink's buffer at all places, read by
 * scanf. */
START_TEST(writes_many_lines)
{
  enum { N = 40000 };
  struct pattern p = {N, mem_alloc(N + 1, sizeof *p.ptr), mem_alloc(3 * N, sizeof *p.ind)};
  double *v = mem_alloc(3 * N, sizeof *v), value;
  struct sink *s;
  int64_t k = 0;
  int i, j, n, m, nnz;
  for (p.ptr[0] = i = 0; i < N; p.ptr[++i] = k)
    for (j = i ? i - 1 : 0; j <= i + 1 && j < N; p.ind[k++] = j++)
      v[k] = random_below(3) ? random_double() : random_below(100);
  ck_assert_int_eq(sink_open(&ctx, in_folder("long"), &s), STATUS_OK);
  keep_upper(&p, v);
  ck_assert_int_eq(mtx_write_symmetric(s, &p, v, false, NULL), STATUS_OK);
  ck_assert_int_eq(sink_commit(s), STATUS_OK);
  FILE *f = fopen(in_folder("long"), "r");
  ck_assert_ptr_nonnull(f);
  ck_assert_int_eq(
      fscanf(f, "%%%%MatrixMarket matrix coordinate real symmetric %d%d%d", &n, &m, &nnz), 3);
  ck_assert(n == N && m == N && nnz == 2 * N - 1);
  k = 0;
  for (int col = 0; col < N; col++)
    for (int64_t e = p.ptr[col]; e < p.ptr[col + 1]; e++) {
      if (p.ind[e] < col) continue;
      ck_assert_int_eq(fscanf(f, "%d%d%lf", &i, &j, &value), 3);
      ck_assert(i == p.ind[e] + 1 && j == col + 1 && same_bits(value, v[k++]));
    }
  ck_assert_int_eq(fgetc(f), '\n');
  ck_assert_int_eq(fgetc(f), EOF);
  fclose(f);
  mem_free(p.ptr);
  mem_free(p.ind);
  mem_free(v);
}
END_TEST

Suite *mtx_suite(void)
{
  Suite *suite = suite_create("mtx");
  TCase *tc = tcase_create("read");
  tcase_add_checked_fixture(tc, fixture_setup, fixture_teardown);
  tcase_set_timeout(tc, 60);
  tcase_add_test(tc, reads_every_kind);
  tcase_add_test(tc, warns_of_upper_entries);
  tcase_add_loop_test(tc, refuses_with_the_place, 0, sizeof bad / sizeof *bad);
  tcase_add_test(tc, reads_many_lines);
  tcase_add_loop_test(tc, refuses_a_later_line, 0, sizeof spoiled / sizeof *spoiled);
  tcase_add_test(tc, refuses_nul_and_utf16);
  tcase_add_test(tc, takes_nonfinite_results);
  tcase_add_test(tc, finds_duplicates);
  tcase_add_test(tc, survives_failing_allocations);
  tcase_add_test(tc, survives_damage);
  suite_add_tcase(suite, tc);
  tc = tcase_create("write");
  tcase_add_checked_fixture(tc, folder_setup, folder_teardown);
  tcase_add_test(tc, writes_what_it_reads);
  tcase_add_test(tc, writes_exactly_this);
  tcase_add_test(tc, writes_many_lines);
  suite_add_tcase(suite, tc);
  return suite;
}
