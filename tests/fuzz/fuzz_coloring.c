/* Colorings of patterns from bytes: how many unknowns, how to color, whether to color as the
 * library does or by further bytes, then pairs of unknowns.
 *
 * What the library makes is valid, and every coloring that is valid or accepted gives the matrix
 * back. */
#include "config.h"

#include <string.h>

#include "fuzz.h"
#include "sparse/coloring.h"

enum { N = 48, PAIRS = 400 };

struct input {
  struct fuzz_bytes bytes;
  int32_t n, pairs, row[PAIRS], col[PAIRS];
  struct coloring_options options;
  bool arbitrary; /* colors from bytes */
  struct pattern pattern;
  struct coloring coloring;
};

static void choose(struct input *in)
{
  struct fuzz_bytes *b = &in->bytes;
  in->n = fuzz_pick(b, N + 1);
  in->options.method = (enum coloring_method)fuzz_pick(b, METHOD_COUNT);
  in->options.ordering = (enum coloring_ordering)fuzz_pick(b, ORDERING_COUNT);
  in->options.seed = fuzz_byte(b);
  in->options.postprocess = fuzz_pick(b, 2) && in->options.method != METHOD_COLUMN;
  in->arbitrary = fuzz_pick(b, 4) == 3;
}

static void color_arbitrarily(struct input *in)
{
  struct coloring *c = &in->coloring;
  *c = (struct coloring){.method = in->options.method, .n = in->n};
  c->color = mem_alloc((size_t)in->n, sizeof *c->color);
  FUZZ_CHECK(c->color, "no memory");
  c->num_colors = 1 + fuzz_pick(&in->bytes, N);
  for (int32_t i = 0; i < in->n; i++) c->color[i] = fuzz_pick(&in->bytes, c->num_colors + 1) - 1;
}

static void read_pairs(struct input *in)
{
  for (; in->n > 0 && in->bytes.left >= 2 && in->pairs < PAIRS; in->pairs++) {
    in->row[in->pairs] = fuzz_pick(&in->bytes, in->n);
    in->col[in->pairs] = fuzz_pick(&in->bytes, in->n);
  }
}

/* A whole number for each edge, so that sums and differences are exact. */
static double entry(int32_t i, int32_t j)
{
  int32_t low = i < j ? i : j, high = i < j ? j : i;
  return (low * 131 + high * 7919) % 8191 - 4000;
}

static void compress(const struct pattern *p, const struct coloring *c, double *b)
{
  for (int32_t i = 0; i < p->n; i++)
    for (int64_t k = p->ptr[i]; k < p->ptr[i + 1]; k++)
      if (c->color[p->ind[k]] >= 0)
        b[(size_t)c->color[p->ind[k]] * (size_t)p->n + (size_t)i] += entry(i, p->ind[k]);
}

static void check_values(const struct pattern *p, const double *values, bool upper)
{
  int64_t at = 0;
  for (int32_t i = 0; i < p->n; i++)
    for (int64_t k = p->ptr[i]; k < p->ptr[i + 1]; k++) {
      int32_t j = p->ind[k];
      if (upper && j < i) continue;
      FUZZ_CHECK(values[at] == entry(i, j), "(%d, %d) is %g, not %g", i, j, values[at],
                 entry(i, j));
      at++;
    }
}

static enum status check_recovery(struct fuzz *f, const struct input *in, bool upper)
{
  static double b[N * (N + 1)], values[N * N];
  struct recovery *r = NULL;
  const struct pattern *p = &in->pattern;
  enum status status =
      (upper ? recovery_create_upper : recovery_create)(&f->ctx, p, &in->coloring, &r);
  if (status != STATUS_OK) return status;
  int64_t count = recovery_count(r);
  FUZZ_CHECK(count == (upper ? pattern_upper_nnz(p) : pattern_nnz(p)), "%lld values",
             (long long)count);
  memset(b, 0, sizeof b);
  compress(p, &in->coloring, b);
  struct numbers from = {.field = FIELD_REAL, .count = in->coloring.num_colors * p->n, .re = b};
  struct numbers to = {.field = FIELD_REAL, .count = count, .re = values};
  status = recovery_apply(&f->ctx, r, &from, &to);
  if (status == STATUS_OK) check_values(p, values, upper);
  recovery_free(r);
  return status;
}

/* Colors of the library: valid, and not fewer than the bound says. */
static enum status check_own(struct fuzz *f, const struct input *in, bool valid,
                             const struct coloring_flaw *flaw)
{
  const struct coloring *c = &in->coloring;
  FUZZ_CHECK(valid, "%s", flaw->what);
  FUZZ_CHECK(c->num_colors <= in->n, "%d colors for %d columns", c->num_colors, in->n);
  if (in->options.postprocess) return STATUS_OK;
  int32_t bound;
  TRY(coloring_lower_bound(&f->ctx, &in->pattern, c->method, &bound));
  FUZZ_CHECK(c->num_colors >= bound, "%d colors are under the bound", c->num_colors);
  return STATUS_OK;
}

static enum status run(struct fuzz *f, struct input *in)
{
  struct coloring_flaw flaw;
  bool valid = false;
  if (in->arbitrary) color_arbitrarily(in);
  read_pairs(in);
  TRY(pattern_from_pairs(&f->ctx, in->n, in->pairs, in->row, in->col, &in->pattern));
  for (int32_t k = 0; k < in->pairs; k++)
    FUZZ_CHECK(pattern_find(&in->pattern, in->col[k], in->row[k]) >= 0, "pair %d is missing", k);
  if (!in->arbitrary) TRY(coloring_compute(&f->ctx, &in->pattern, &in->options, &in->coloring));
  TRY(coloring_check(&f->ctx, &in->pattern, &in->coloring, &valid, &flaw));
  if (!in->arbitrary) TRY(check_own(f, in, valid, &flaw));
  enum status status = check_recovery(f, in, false);
  FUZZ_CHECK(status == STATUS_OK || !valid, "valid, but status %d", status);
  if (status == STATUS_OK) status = check_recovery(f, in, in->options.method != METHOD_COLUMN);
  return status;
}

void fuzz_coloring(const uint8_t *data, size_t size)
{
  struct fuzz f;
  struct input in = {.bytes = {data, size}};
  fuzz_begin(&f);
  choose(&in);
  enum status status = run(&f, &in);
  coloring_free(&in.coloring);
  pattern_free(&in.pattern);
  fuzz_end(&f, status);
}
