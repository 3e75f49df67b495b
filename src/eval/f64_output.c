/* Writing a block's values into arrays.  The order of additions depends on positions alone. */
#include "config.h"

#include "eval/f64_run.h"

#include <string.h>

/* An output's array, in one lane. */
struct target {
  enum output_mode mode;
  bool first; /* see struct access */
  double *data;
  double *winner; /* or NULL */
  char *written;
};

static void set(double *restrict dst, int64_t stride, const double *restrict v, int n)
{
  if (stride == 1)
    memcpy(dst, v, (size_t)n * sizeof *v);
  else
    for (int i = 0; i < n; i++) dst[i * stride] = v[i];
}

/* With a stride, elements are different; without one, all add to the same. */
static void add(double *dst, int64_t stride, const double *v, int n, bool first)
{
  const struct term_value term = {.kind = TERM_PLAIN, .b = v};
  if (stride == 0)
    *dst += f64_sum(v, n);
  else if (stride == 1)
    f64_sum_of_products(n, dst, &term, 1, first ? SUM_ADD_TO_ZERO : SUM_ADD);
  else
    for (int i = 0; i < n; i++) dst[i * stride] += v[i];
}

static bool beats(enum output_mode mode, double v, double old)
{
  if (old != old) return false;
  return v != v || (mode == OUTPUT_MIN ? v < old : v > old);
}

static void compete(const struct target *t, int64_t offset, double v, int64_t p)
{
  if (t->written[offset] && !beats(t->mode, v, t->data[offset])) return;
  t->written[offset] = 1;
  t->data[offset] = v;
  if (t->winner) t->winner[offset] = (double)p;
}

static void extreme(const struct target *t, int64_t offset, int64_t stride, const double *v, int n,
                    int64_t p)
{
  if (stride == 0 && n >= 16 && t->written[offset]) { /* mostly there is nothing better */
    bool nan;
    double least = f64_least(v, n, t->mode == OUTPUT_MAX, &nan);
    if (!nan && !beats(t->mode, least, t->data[offset])) return;
  }
  for (int i = 0; i < n; i++) compete(t, offset + i * stride, v[i], p + i);
}

static void put(const struct target *t, int64_t offset, int64_t stride, const double *v, int n,
                int64_t p)
{
  switch (t->mode) {
  case OUTPUT_SET: set(t->data + offset, stride, v, n); break;
  case OUTPUT_ADD: add(t->data + offset, stride, v, n, t->first); break;
  case OUTPUT_MIN:
  case OUTPUT_MAX: extreme(t, offset, stride, v, n, p); break;
  }
}

static void put_table(const struct target *t, const struct table *table, const double *v, int n,
                      int64_t p)
{
  for (int i = 0; i < n; i++) {
    int64_t offset = table_get(table, p + i);
    switch (t->mode) {
    case OUTPUT_SET: t->data[offset] = v[i]; break;
    case OUTPUT_ADD: t->data[offset] += v[i]; break;
    case OUTPUT_MIN:
    case OUTPUT_MAX: compete(t, offset, v[i], p + i); break;
    }
  }
}

static void put_block(const struct block *b, const struct access *x, const struct target *t,
                      const double *v)
{
  const struct walk *w = &b->w->walk;
  int64_t offset, stride;
  if (access_single(b, x, &offset, &stride)) {
    put(t, offset, stride, v, b->n, b->p);
  } else if (x->kind == ACCESS_TABLE) {
    put_table(t, x->table, v, b->n, b->p);
  } else {
    const struct cursor *c = &b->w->cursors[x->cursor];
    for (int i = 0; i < w->count; i++) {
      int at = w->start[i];
      put(t, c->offset[i], c->step[i], v + at, w->start[i + 1] - at, b->p + at);
    }
  }
}

/* A block of one position, as in recurrences. */
static void output_one(const struct block *b, const struct access *x, const struct store *s,
                       enum output_mode mode, struct value v)
{
  int lanes = b->tile ? b->tile : 1;
  double *restrict dst = s->data + access_one(b, x) + b->lane * s->plane;
  if (mode == OUTPUT_SET)
    for (int g = 0; g < lanes; g++) dst[g * s->plane] = v.p[(ptrdiff_t)g * v.stride];
  else
    for (int g = 0; g < lanes; g++)
      dst[g * s->plane] = (x->first ? 0 : dst[g * s->plane]) + v.p[(ptrdiff_t)g * v.stride];
}

/* Computes the sum of a block straight into its elements, if they are consecutive. */
static bool sum_in_place(const struct block *b, const struct access *x, const struct output *o,
                         const struct term_value *terms, int nterms)
{
  int64_t offset, stride;
  bool add = o->mode == OUTPUT_ADD;
  enum sum_to to = !add ? SUM_SET : x->first ? SUM_ADD_TO_ZERO : SUM_ADD;
  const struct store *s = &b->e->stores[o->array];
  if (b->tile || b->n == 1 || !(add || o->mode == OUTPUT_SET)) return false;
  if (!access_single(b, x, &offset, &stride) || stride != 1) return false;
  f64_sum_of_products(b->n, s->data + b->lane * s->plane + offset, terms, nterms, to);
  return true;
}

/* The value of an output that is a sum of its own: true if it has been put out. */
static bool output_sum(const struct block *b, const struct insn *insn, const struct access *x,
                       const struct output *o, struct value *v)
{
  struct term_value terms[TERMS_MAX];
  bool numbers = f64_terms(b, insn, terms);
  if (!numbers && sum_in_place(b, x, o, terms, insn->nterms)) return true;
  int n = b->tile ? b->n * b->tile : b->n;
  f64_sum_of_products(numbers ? 1 : n, b->w->sum, terms, insn->nterms, SUM_SET);
  *v = (struct value){b->w->sum, !numbers};
  return false;
}

void f64_output(const struct block *b, const struct insn *insn)
{
  const struct f64 *e = b->e;
  const struct access *x = &b->plan->access[insn->access];
  const struct output *o = &b->plan->outputs[insn->access - b->plan->nreads];
  const struct store *s = &e->stores[o->array];
  const struct store *winner = o->winner >= 0 ? &e->stores[o->winner] : NULL;
  struct value v = b->values[insn->v];
  if (insn->nterms > 0 && output_sum(b, insn, x, o, &v)) return;
  bool partial = x->partial >= 0 && b->partials;
  if (b->n == 1 && !partial && (o->mode == OUTPUT_SET || o->mode == OUTPUT_ADD)) {
    output_one(b, x, s, o->mode, v);
    return;
  }
  if (!v.stride && b->n > 1) { /* one number stands for all */
    for (int i = 0; i < b->n; i++) b->w->scratch[i] = *v.p;
    v.p = b->w->scratch;
  }
  int64_t step = v.stride ? b->n : 0;
  for (int g = 0; g < (b->tile ? b->tile : 1); g++) {
    int64_t lane = b->lane + g;
    if (partial) {
      b->partials[lane * b->plan->npartials + x->partial] += f64_sum(v.p + g * step, b->n);
      continue;
    }
    struct target t = {.mode = o->mode,
                       .first = x->first,
                       .data = s->data + lane * s->plane,
                       .winner = winner ? winner->data + lane * winner->plane : NULL,
                       .written = s->written ? s->written + lane * s->plane : NULL};
    put_block(b, x, &t, v.p + g * step);
  }
}
