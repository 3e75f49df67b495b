#include "config.h"

#include "cmd/summary.h"

#include <math.h>

static void add_count(struct strbuf *text, int64_t count, const char *what, const char *plural)
{
  strbuf_int(text, count);
  strbuf_printf(text, " %s%s", what, count == 1 ? "" : plural);
}

/* Percents are rounded down, so that 100 % means that there is no entry. */
static void add_pattern(struct strbuf *text, const struct pattern *p)
{
  double cells = (double)p->n * p->n, zeros = cells - (double)pattern_nnz(p);
  strbuf_printf(text, "%ld x %ld, ", (long)p->n, (long)p->n);
  if (pattern_nnz(p) == 1)
    strbuf_puts(text, "1 entry");
  else
    add_count(text, pattern_nnz(p), "entries", "");
  if (p->n > 0) strbuf_printf(text, ", %.2f %% zero", floor(1e4 * zeros / cells) / 100);
}

static void add_coloring(struct strbuf *text, const struct work *w)
{
  const struct coloring *c = &w->coloring;
  bool from_file = w->o->coloring_file || w->o->validate_file;
  bool has_ordering = !from_file || w->saved.has_ordering;
  strbuf_puts(text, "; ");
  add_count(text, c->num_colors, "color", "s");
  strbuf_printf(text, " (%s%s%s): ", method_names[c->method], has_ordering ? ", " : "",
                has_ordering ? ordering_names[c->ordering] : "");
  add_count(text, c->num_colors, "Hessian-vector product", "s");
  strbuf_printf(text, " instead of %ld", (long)c->n);
}

static void say(struct work *w, bool coloring)
{
  struct strbuf text = {0};
  if (!w->o->verbose) return;
  add_pattern(&text, &w->pattern);
  if (coloring) add_coloring(&text, w);
  if (!text.failed) work_say(w, "%s", text.data);
  strbuf_free(&text);
}

void summary_pattern(struct work *w)
{
  say(w, false);
}

void summary_coloring(struct work *w)
{
  say(w, true);
}

/* All pairs of different unknowns. */
static bool is_full(const struct pattern *p)
{
  for (int32_t i = 0; i < p->n; i++)
    if (p->ptr[i + 1] - p->ptr[i] - (pattern_find(p, i, i) >= 0) < p->n - 1) return false;
  return true;
}

/* Star and acyclic colorings have n colors of full patterns alone, in every order: as long as no
 * color has been used twice, two unknowns that do not meet can share one. */
void summary_warn(struct work *w)
{
  int32_t n = w->coloring.n;
  if (n < 2 || w->coloring.num_colors < n) return;
  diag_warning(w->ctx, NO_LOC, "there are as many colors as unknowns, %ld: sparsity saves nothing",
               (long)n);
  if (is_full(&w->pattern))
    diag_note(w->ctx, NO_LOC, "the pattern is full: no coloring has fewer");
  else
    diag_note(w->ctx, NO_LOC, "the symmetry of the Hessian saves some: drop --no-symmetric");
}
