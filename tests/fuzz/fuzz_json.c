/* What one command wrote and another reads: patterns, colorings, compressed matrices, entries, in
 * JSON or Matrix Market.  The first byte chooses what is read. */
#include "config.h"

#include "cmd/readers.h"
#include "fuzz.h"

static void check_pattern(const struct pattern *p)
{
  FUZZ_CHECK(p->n >= 0 && p->ptr && p->ptr[0] == 0, "no pattern");
  for (int32_t i = 0; i < p->n; i++) {
    FUZZ_CHECK(p->ptr[i] <= p->ptr[i + 1], "row %d", i);
    for (int64_t k = p->ptr[i]; k < p->ptr[i + 1]; k++) {
      int32_t j = p->ind[k];
      FUZZ_CHECK(j >= 0 && j < p->n && (k == p->ptr[i] || p->ind[k - 1] < j), "(%d, %d)", i, j);
      FUZZ_CHECK(pattern_find(p, j, i) >= 0, "(%d, %d) has no mirror image", i, j);
    }
  }
}

static enum status pattern(struct fuzz *f, int source, enum input_kind from)
{
  struct pattern p = {0};
  enum status status = read_pattern(&f->ctx, source, from, &p);
  if (status == STATUS_OK) check_pattern(&p);
  pattern_free(&p);
  return status;
}

/* A coloring that is valid can be recovered with. */
static enum status check_coloring(struct fuzz *f, const struct saved_coloring *s)
{
  struct coloring_flaw flaw;
  struct recovery *r = NULL;
  bool valid;
  TRY(coloring_check(&f->ctx, &s->pattern, &s->coloring, &valid, &flaw));
  enum status status = recovery_create(&f->ctx, &s->pattern, &s->coloring, &r);
  FUZZ_CHECK(status == STATUS_OK || !valid || status == STATUS_LIMIT, "valid, but status %d",
             status);
  recovery_free(r);
  return status;
}

static enum status coloring(struct fuzz *f, int source, enum input_kind from)
{
  struct saved_coloring s = {0};
  enum status status = read_coloring(&f->ctx, source, from, &s);
  if (status != STATUS_OK) return status;
  FUZZ_CHECK(s.coloring.n >= 0 && s.coloring.num_colors >= 0, "sizes");
  for (int32_t i = 0; i < s.coloring.n; i++)
    FUZZ_CHECK(s.coloring.color[i] >= -1 && s.coloring.color[i] < s.coloring.num_colors,
               "color %d of column %d", s.coloring.color[i], i);
  if (s.is_json) {
    check_pattern(&s.pattern);
    FUZZ_CHECK(s.pattern.n == s.coloring.n, "%d columns, not %d", s.pattern.n, s.coloring.n);
    status = check_coloring(f, &s);
  }
  saved_coloring_free(&s);
  return status;
}

static enum status compressed(struct fuzz *f, int source, enum input_kind from)
{
  int64_t rows, cols;
  struct numbers b = {0};
  enum status status = read_compressed(&f->ctx, source, from, &rows, &cols, &b);
  if (status == STATUS_OK)
    FUZZ_CHECK(rows >= 0 && cols >= 0 && b.count == rows * cols, "%lld numbers",
               (long long)b.count);
  numbers_free(&b);
  return status;
}

static void check_entries(const struct entries *e)
{
  for (int64_t k = 0; k < e->count; k++)
    FUZZ_CHECK(e->col[k] >= 0 && e->col[k] < e->cols, "column %d", e->col[k]);
  for (int64_t k = 0; !e->ptr && k < e->count; k++)
    FUZZ_CHECK(e->row[k] >= 0 && e->row[k] < e->rows, "row %d", e->row[k]);
  FUZZ_CHECK(!e->ptr || e->ptr[e->rows] == e->count, "rows");
}

static enum status entries(struct fuzz *f, int source, enum input_kind from)
{
  struct saved_coloring s = {0};
  struct entries e = {0};
  enum status status = read_entries(&f->ctx, source, from, &s, &e);
  if (status == STATUS_OK) check_entries(&e);
  if (status == STATUS_OK && e.count) {
    status = entries_by_rows(&f->ctx, &e);
    if (status == STATUS_OK) check_entries(&e);
  }
  entries_free(&e);
  saved_coloring_free(&s);
  return status;
}

void fuzz_json(const uint8_t *data, size_t size)
{
  static enum status (*const read[])(struct fuzz *, int, enum input_kind) = {coloring, compressed,
                                                                             pattern, entries};
  struct fuzz f;
  struct fuzz_bytes choices = {data, size};
  int choice = fuzz_pick(&choices, 8);
  fuzz_begin(&f);
  int source = fuzz_source(&f, "input", (const char *)choices.next, choices.left);
  fuzz_end(&f, read[choice % 4](&f, source, choice < 4 ? INPUT_AUTO : INPUT_JSON));
}
