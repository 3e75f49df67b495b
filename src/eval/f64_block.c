/* A block of positions: where its accesses stand, reads, instructions. */
#include "config.h"

#include "eval/f64_run.h"

#include <string.h>

/* Walking over a domain */

static int64_t find_run(const struct domain *d, int64_t near, int64_t p)
{
  for (int64_t r = near > 0 ? near - 1 : 0; r < near + 2 && r < d->nruns; r++)
    if (d->start[r] <= p && p < d->start[r + 1]) return r;
  int64_t hint = d->nruns;
  struct stretch s;
  domain_stretch(d, p, p + 1, &hint, &s);
  return hint;
}

static void begin_walk(const struct block *b, int64_t p)
{
  const struct domain *d = b->plan->domain;
  struct walk *w = &b->w->walk;
  int last = d->ndim - 1;
  if (d->kind == DOMAIN_RUNS) {
    w->run = find_run(d, w->run, p);
    w->column = p - d->start[w->run];
    return;
  }
  int64_t rest = p / d->extent[last];
  w->column = p % d->extent[last];
  for (int i = last - 1; i >= 0; i--) {
    w->digit[i] = i > 0 ? rest % d->extent[i] : rest;
    rest /= d->extent[i];
  }
  for (int j = 0; j < b->plan->naccess; j++) {
    const struct access *x = &b->plan->access[j];
    if (x->kind != ACCESS_STEPPED) continue;
    int64_t row = x->base + x->map->coef[last] * d->lo[last];
    for (int i = 0; i < last; i++) row += x->map->coef[i] * (d->lo[i] + d->step[i] * w->digit[i]);
    b->w->cursors[x->cursor].row = row;
  }
}

static void next_row(const struct block *b)
{
  const struct domain *d = b->plan->domain;
  struct walk *w = &b->w->walk;
  int i = d->ndim - 2;
  w->column = 0;
  while (i >= 0 && ++w->digit[i] == d->extent[i]) w->digit[i--] = 0;
  for (int j = 0; i >= 0 && j < b->plan->naccess; j++) {
    const struct access *x = &b->plan->access[j];
    if (x->kind == ACCESS_STEPPED) b->w->cursors[x->cursor].row += x->carry[i];
  }
}

static void next_run(struct walk *w, const struct domain *d)
{
  w->column = 0;
  do w->run++;
  while (w->run < d->nruns && d->start[w->run] == d->start[w->run + 1]);
}

static void run_offset(const struct access *x, struct cursor *c, const struct domain *d,
                       const struct walk *w)
{
  int last = d->ndim - 1;
  const int64_t *first = d->first + w->run * d->ndim;
  int64_t offset = x->base, step = x->map->coef[last] * d->run_step[w->run];
  for (int i = 0; i <= last; i++) offset += x->map->coef[i] * first[i];
  c->offset[w->count] = offset + w->column * step;
  c->step[w->count] = step;
}

/* Finds the stretches of the block at which the walk stands, and moves on. */
static void walk_block(const struct block *b)
{
  const struct plan *plan = b->plan;
  const struct domain *d = plan->domain;
  struct walk *w = &b->w->walk;
  bool box = d->kind == DOMAIN_BOX;
  w->count = 0;
  for (int filled = 0; filled < b->n; w->count++) {
    int64_t row = box ? d->extent[d->ndim - 1] : d->start[w->run + 1] - d->start[w->run];
    int64_t len = row - w->column < b->n - filled ? row - w->column : b->n - filled;
    w->start[w->count] = filled;
    for (int j = 0; j < plan->naccess; j++) {
      const struct access *x = &plan->access[j];
      if (x->kind != ACCESS_STEPPED) continue;
      struct cursor *c = &b->w->cursors[x->cursor];
      if (box) {
        c->offset[w->count] = c->row + w->column * x->stride;
        c->step[w->count] = x->stride;
      } else {
        run_offset(x, c, d, w);
      }
    }
    filled += (int)len;
    w->column += len;
    if (w->column < row) continue;
    if (box)
      next_row(b);
    else
      next_run(w, d);
  }
  w->start[w->count] = b->n;
}

/* Reads */

/* Where the numbers of a read come from: an array, or the indicator of a color. */
struct origin {
  const double *data;
  const int32_t *color; /* or NULL */
  int32_t c;
};

static double element(const struct origin *o, int64_t i)
{
  if (!o->color) return o->data[i];
  return o->color[i] == o->c ? 1 : 0;
}

static void gather_stretch(double *restrict dst, const struct origin *o, int64_t offset,
                           int64_t stride, int n)
{
  if (stride == 0) {
    double v = element(o, offset);
    for (int i = 0; i < n; i++) dst[i] = v;
  } else if (o->color && stride == 1) {
    f64_indicator(n, dst, o->color + offset, o->c);
  } else if (stride == 1) {
    memcpy(dst, o->data + offset, (size_t)n * sizeof *dst);
  } else if (o->color) {
    for (int i = 0; i < n; i++) dst[i] = element(o, offset + i * stride);
  } else {
    const double *restrict src = o->data + offset;
    for (int i = 0; i < n; i++) dst[i] = src[i * stride];
  }
}

static void gather(const struct block *b, const struct access *x, const struct origin *o,
                   double *restrict dst)
{
  const struct walk *w = &b->w->walk;
  int64_t offset, stride;
  if (access_single(b, x, &offset, &stride)) {
    gather_stretch(dst, o, offset, stride, b->n);
  } else if (x->kind == ACCESS_TABLE && x->table->v32 && !o->color) {
    const int32_t *at = x->table->v32 + b->p;
    for (int i = 0; i < b->n; i++) dst[i] = o->data[at[i]];
  } else if (x->kind == ACCESS_TABLE) {
    for (int i = 0; i < b->n; i++) dst[i] = element(o, table_get(x->table, b->p + i));
  } else {
    const struct cursor *c = &b->w->cursors[x->cursor];
    for (int i = 0; i < w->count; i++)
      gather_stretch(dst + w->start[i], o, c->offset[i], c->step[i], w->start[i + 1] - w->start[i]);
  }
}

/* The map's values as numbers (exact: they are far below 2^53). */
static void offsets_as_numbers(const struct block *b, const struct access *x, double *dst)
{
  const struct walk *w = &b->w->walk;
  int64_t offset = 0, stride = 0;
  if (x->kind == ACCESS_TABLE) {
    for (int i = 0; i < b->n; i++) dst[i] = (double)table_get(x->table, b->p + i);
    return;
  }
  bool single = access_single(b, x, &offset, &stride);
  int count = single ? 1 : w->count;
  for (int s = 0; s < count; s++) {
    int from = single ? 0 : w->start[s], to = single ? b->n : w->start[s + 1];
    if (!single) {
      offset = b->w->cursors[x->cursor].offset[s];
      stride = b->w->cursors[x->cursor].step[s];
    }
    double first = (double)offset, step = (double)stride;
    for (int i = from; i < to; i++) dst[i] = first + step * (double)(i - from);
  }
}

static struct origin origin_in(const struct block *b, const struct access *x, int lane)
{
  const struct f64 *e = b->e;
  const struct store *s = &e->stores[x->array];
  const struct array *a = &e->p->arrays.data[x->array];
  struct origin o = {0};
  if (s->data) o.data = s->data + lane * s->plane;
  if (a->kind == ARRAY_SEED && e->color) {
    o.color = e->color + a->offset;
    o.c = (int32_t)(e->first_color + lane);
  }
  return o;
}

static struct value read_value(const struct block *b, const struct access *x, double *slot)
{
  int64_t offset, stride;
  if (x->array < 0) {
    offsets_as_numbers(b, x, slot);
    return (struct value){slot, 1};
  }
  struct origin o = origin_in(b, x, b->lane);
  if (b->tile) {
    for (int g = 0; g < b->tile; g++) {
      struct origin in = origin_in(b, x, b->lane + g);
      if (b->n == 1)
        slot[g] = element(&in, access_one(b, x));
      else
        gather(b, x, &in, slot + (ptrdiff_t)g * b->n);
    }
    return (struct value){slot, 1};
  }
  if (b->n == 1) {
    *slot = element(&o, access_one(b, x));
    return (struct value){slot, 0};
  }
  if (!o.color && access_single(b, x, &offset, &stride) && (stride == 0 || stride == 1))
    return (struct value){o.data + offset, (int)stride};
  gather(b, x, &o, slot);
  return (struct value){slot, 1};
}

/* Instructions */

static int length(const struct block *b)
{
  return b->tile ? b->n * b->tile : b->n;
}

bool f64_terms(const struct block *b, const struct insn *insn, struct term_value *terms)
{
  bool numbers = true;
  const struct value one = {NULL, 0};
  for (int j = 0; j < insn->nterms; j++) {
    const struct term *from = &b->plan->terms[insn->term + j];
    struct value x = b->values[from->a], y = from->b >= 0 ? b->values[from->b] : one;
    if (x.stride && !y.stride) { /* vectors last */
      struct value t = x;
      x = y;
      y = t;
    }
    struct term_value *to = &terms[j];
    to->minus = from->minus;
    to->a = x.p;
    to->b = y.p;
    if (x.stride)
      to->kind = TERM_PRODUCT;
    else if (y.stride)
      to->kind = x.p ? TERM_SCALED : TERM_PLAIN;
    else
      to->kind = TERM_NUMBER;
    if (to->kind == TERM_SCALED) to->scale = *x.p;
    if (to->kind == TERM_NUMBER) to->scale = y.p ? *x.p * *y.p : *x.p;
    numbers &= to->kind == TERM_NUMBER;
  }
  return numbers;
}

static struct value run_sum(const struct block *b, const struct insn *i, double *slot)
{
  struct term_value terms[TERMS_MAX];
  bool numbers = f64_terms(b, i, terms);
  f64_sum_of_products(numbers ? 1 : length(b), slot, terms, i->nterms, SUM_SET);
  return (struct value){slot, !numbers};
}

static struct value run_op(const struct block *b, const struct insn *i, double *slot)
{
  int arity = i->arity, n = length(b);
  struct value none = {slot, 0}, va = b->values[i->a];
  struct value vb = arity > 1 ? b->values[i->b] : none, vc = arity > 2 ? b->values[i->c] : none;
  int stride = va.stride | vb.stride | vc.stride;
  if (n == 1 || !stride)
    *slot = op_value(i->code, *va.p, arity > 1 ? *vb.p : 0, arity > 2 ? *vc.p : 0, i->k);
  else
    f64_op_vector(i->code, n, slot, va, vb, vc, i->k);
  return (struct value){slot, stride};
}

static void run_section(const struct block *b, int from, int to)
{
  const struct plan *plan = b->plan;
  for (const struct insn *i = plan->insns + from, *end = plan->insns + to; i < end; i++) {
    double *slot = b->w->slots + (ptrdiff_t)i->slot * plan->width;
    switch (i->kind) {
    case INSN_READ: b->values[i->v] = read_value(b, &plan->access[i->access], slot); break;
    case INSN_OP: b->values[i->v] = run_op(b, i, slot); break;
    case INSN_SUM: b->values[i->v] = run_sum(b, i, slot); break;
    case INSN_OUTPUT: f64_output(b, i); break;
    }
  }
}

/* Copies the uniform values that lane instructions use, once for each lane of a tile. */
static void copy_uniform(const struct block *b, int tile)
{
  for (int i = 0; i < b->plan->ncopied; i++) {
    const struct copied *c = &b->plan->copied[i];
    struct value *v = &b->values[c->v];
    if (!v->stride) continue;
    double *slot = b->w->slots + (ptrdiff_t)c->slot * b->plan->width;
    for (int g = 0; g < tile; g++)
      memcpy(slot + (ptrdiff_t)g * b->n, v->p, (size_t)b->n * sizeof *slot);
    v->p = slot;
  }
}

static void run_block(struct block *b, int lanes)
{
  const struct plan *plan = b->plan;
  b->lane = b->tile = 0;
  if (plan->ncursors > 0) walk_block(b);
  run_section(b, 0, plan->nuniform);
  if (!plan->lane) return;
  if (b->n >= F64_SHORT) {
    for (b->lane = 0; b->lane < lanes; b->lane++) run_section(b, plan->nuniform, plan->ninsns);
    return;
  }
  int tile = F64_BLOCK / b->n < lanes ? F64_BLOCK / b->n : lanes;
  if (b->n == 1)
    for (int i = 0; i < plan->ncopied; i++) b->values[plan->copied[i].v].stride = 0;
  else
    copy_uniform(b, tile);
  for (b->lane = 0; b->lane < lanes; b->lane += tile) {
    b->tile = tile < lanes - b->lane ? tile : lanes - b->lane;
    run_section(b, plan->nuniform, plan->ninsns);
  }
}

/* An ordered kernel: blocks of a single iteration. */
static void run_ordered(struct block *b, int64_t begin, int64_t end, int lanes)
{
  const struct plan *plan = b->plan;
  b->n = 1;
  for (int64_t i = begin; i < end; i++) {
    b->p = plan->order > 0 ? i : begin + (end - 1 - i);
    if (plan->ncursors > 0 && (plan->order < 0 || i == begin)) begin_walk(b, b->p);
    run_block(b, lanes);
  }
}

void f64_run_blocks(struct block *b, int64_t begin, int64_t end, int lanes)
{
  const struct plan *plan = b->plan;
  if (plan->ninsns == 0 || begin >= end) return;
  if (plan->order != 0) {
    run_ordered(b, begin, end, lanes);
    return;
  }
  if (plan->ncursors > 0) begin_walk(b, begin);
  for (b->p = begin; b->p < end; b->p += b->n) {
    int64_t most = F64_BLOCK;
    if (plan->row) {
      most = plan->row - b->p % plan->row;
      if (most > plan->piece) most = plan->piece;
    }
    b->n = (int)(end - b->p < most ? end - b->p : most);
    run_block(b, lanes);
  }
}
