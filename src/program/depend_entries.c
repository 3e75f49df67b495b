/* Entries: each pair of reads that interacts, through the index maps.
 *
 * Along a stretch of iterations both reads are cut into pieces (read_piece).  Where two pieces move
 * on together by one unknown at a time, their entries are stretches of diagonals; elsewhere they
 * are points, or products of sets. */
#include "config.h"

#include "program/depend_parts.h"

/* The entries x × y and their mirror images. */
struct rectangle {
  struct interval x, y;
};
enum { HELD_MAX = 8 };

/* Two sets: both as in a `struct dependence`, in order. */
struct set_pair {
  struct dependence x, y;
};

struct entries {
  struct analysis *t;
  struct rows *rows;
  struct set_pair *seen; /* in the first pass: large products so far; x.set is 0: free */
  size_t nseen, seen_cap;
  VEC(bool) first;                 /* for each large product whether it came for the first time */
  size_t nfirst;                   /* in the second pass: how many have come */
  struct rectangle held[HELD_MAX]; /* not written down yet */
  int nheld, next;
  int64_t stretches, covered; /* of diagonals so far, at most; iterations that they stand for */
};

/* ---- products of sets ---- */

static size_t pair_slot(const struct set_pair *p, size_t cap)
{
  uint64_t x = (uint64_t)(uint32_t)p->x.set << 32 | (uint32_t)p->x.shift;
  uint64_t y = (uint64_t)(uint32_t)p->y.set << 32 | (uint32_t)p->y.shift;
  uint64_t h = x * 0x9E3779B97F4A7C15u;
  h = ((h ^ h >> 32) + y) * 0xD6E8FEB86659FD93u;
  h = (h ^ h >> 32) * 0x9E3779B97F4A7C15u;
  return (h ^ h >> 32) & (cap - 1);
}

static bool same(struct dependence a, struct dependence b)
{
  return a.set == b.set && a.shift == b.shift;
}

/* Where the pair is, or would be. */
static size_t find_pair(const struct set_pair *seen, size_t cap, const struct set_pair *p)
{
  size_t s = pair_slot(p, cap);
  while (seen[s].x.set && !(same(seen[s].x, p->x) && same(seen[s].y, p->y)))
    s = (s + 1) & (cap - 1);
  return s;
}

static enum status grow_seen(struct entries *e)
{
  size_t cap = e->seen_cap ? 2 * e->seen_cap : 1024;
  struct set_pair *seen = mem_zalloc(cap, sizeof *seen);
  if (!seen) return diag_no_memory(e->t->ctx);
  for (size_t i = 0; i < e->seen_cap; i++)
    if (e->seen[i].x.set) seen[find_pair(seen, cap, &e->seen[i])] = e->seen[i];
  mem_free(e->seen);
  e->seen = seen;
  e->seen_cap = cap;
  return STATUS_OK;
}

static enum status look_up(struct entries *e, struct dependence x, struct dependence y)
{
  bool in_order = x.set != y.set ? x.set < y.set : x.shift <= y.shift;
  struct set_pair p = {in_order ? x : y, in_order ? y : x};
  if (2 * (e->nseen + 1) > e->seen_cap) TRY(grow_seen(e));
  size_t s = find_pair(e->seen, e->seen_cap, &p);
  bool first = e->seen[s].x.set == DEPSET_EMPTY;
  e->seen[s] = p;
  e->nseen += first;
  return VEC_PUSH(&e->first, first) ? STATUS_OK : diag_no_memory(e->t->ctx);
}

/* Whether the pair of sets comes for the first time.  The second pass does as the first one did. */
static enum status first_time(struct entries *e, struct dependence x, struct dependence y,
                              bool *first)
{
  if (!e->rows->filling) TRY(look_up(e, x, y));
  *first = e->first.data[e->nfirst++];
  return STATUS_OK;
}

/* Products of sets up to this size are written down again rather than looked up. */
enum { SMALL_PRODUCT = 16 };

/* The intervals of a set. */
struct unknowns {
  const struct interval *a;
  int64_t count;
  int32_t shift;
};

static struct unknowns unknowns_of(const struct analysis *t, struct dependence d)
{
  struct unknowns u = {.shift = d.shift};
  u.a = depsets_get(&t->store, d.set, &u.count);
  return u;
}

static struct interval shifted(const struct unknowns *u, int64_t i)
{
  return (struct interval){u->a[i].lo + u->shift, u->a[i].hi + u->shift};
}

static int64_t size_of(const struct unknowns *u)
{
  int64_t size = 0;
  for (int64_t i = 0; i < u->count; i++) size += u->a[i].hi - u->a[i].lo + 1;
  return size;
}

/* All entries x × y on or below the diagonal. */
static void add_block(struct rows *rows, const struct unknowns *x, const struct unknowns *y)
{
  int32_t first = shifted(y, 0).lo;
  for (int64_t a = 0; a < x->count; a++) {
    struct interval of = shifted(x, a);
    for (int32_t i = of.lo > first ? of.lo : first; i <= of.hi; i++)
      for (int64_t b = 0; b < y->count && y->a[b].lo + y->shift <= i; b++)
        rows_interval(rows, i, y->a[b].lo + y->shift, y->a[b].hi + y->shift);
  }
}

static bool contains(const struct interval *outer, const struct interval *inner)
{
  return outer->lo <= inner->lo && inner->hi <= outer->hi;
}

static bool covers(const struct rectangle *outer, const struct rectangle *inner)
{
  return (contains(&outer->x, &inner->x) && contains(&outer->y, &inner->y)) ||
         (contains(&outer->x, &inner->y) && contains(&outer->y, &inner->x));
}

static void add_rectangle(struct rows *rows, const struct rectangle *r)
{
  struct unknowns x = {&r->x, 1, 0}, y = {&r->y, 1, 0};
  add_block(rows, &x, &y);
  if (r->x.lo != r->y.lo || r->x.hi != r->y.hi) add_block(rows, &y, &x);
}

/* Recurrences make growing (or shrinking) intervals, each rectangle within the next: the last few
 * are kept back, so that only the largest of such a chain is written down. */
static void hold_rectangle(struct entries *e, struct rectangle r)
{
  for (int i = 0; i < e->nheld; i++)
    if (covers(&e->held[i], &r)) return;
  for (int i = 0; i < e->nheld;) {
    if (covers(&r, &e->held[i]))
      e->held[i] = e->held[--e->nheld];
    else
      i++;
  }
  if (e->nheld == HELD_MAX) {
    add_rectangle(e->rows, &e->held[e->next]);
    e->held[e->next] = r;
    e->next = (e->next + 1) % HELD_MAX;
  } else {
    e->held[e->nheld++] = r;
  }
}

static void release_rectangles(struct entries *e)
{
  for (int i = 0; i < e->nheld; i++) add_rectangle(e->rows, &e->held[i]);
  e->nheld = e->next = 0;
}

/* `again`: the product may come again and again, and is looked up if it is large. */
static enum status add_product(struct entries *e, struct dependence x, struct dependence y,
                               bool again)
{
  struct analysis *t = e->t;
  bool first = true;
  TRY(depsets_expand(t->ctx, &t->store, x.set));
  TRY(depsets_expand(t->ctx, &t->store, y.set));
  struct unknowns ux = unknowns_of(t, x), uy = unknowns_of(t, y);
  bool large = again && size_of(&ux) * size_of(&uy) > SMALL_PRODUCT;
  if (large) TRY(first_time(e, x, y, &first));
  if (!first) return STATUS_OK;
  if (large && ux.count == 1 && uy.count == 1) {
    hold_rectangle(e, (struct rectangle){shifted(&ux, 0), shifted(&uy, 0)});
    return STATUS_OK;
  }
  add_block(e->rows, &ux, &uy);
  if (!same(x, y)) add_block(e->rows, &uy, &ux);
  return STATUS_OK;
}

/* ---- pieces ---- */

/* The entries of intervals x and y that both move on by one unknown, len - 1 times: on each
 * diagonal that one of the products has, those of the others lie next to each other. */
static enum status add_band(struct entries *e, struct interval x, struct interval y, int64_t len)
{
  for (int32_t d = y.lo - x.hi; d <= y.hi - x.lo; d++) {
    int32_t first = x.lo > y.lo - d ? x.lo : y.lo - d, last = x.hi < y.hi - d ? x.hi : y.hi - d;
    TRY(rows_diagonal(e->t->ctx, e->rows, first, first + d, (int32_t)(last - first + len)));
  }
  return STATUS_OK;
}

/* Stretches of diagonals are worth it if they have this many entries on average, and a few of them
 * in any case: loops have borders. */
enum { STRETCH_MEAN = 8, STRETCHES_FREE = 64 };

/* Whether to write len iterations of x and y down as stretches of diagonals; counts them. */
static bool worth_it(struct entries *e, const struct piece *x, const struct piece *y, int64_t len)
{
  const struct depsets *store = &e->t->store;
  int64_t spare = e->covered + (e->t->p->n / STRETCHES_FREE - e->stretches) * STRETCH_MEAN;
  if (len < STRETCH_MEAN && spare <= 0) return false;
  if (len > 1 && (x->step != y->step || (x->step != 1 && x->step != -1))) return false;
  if (!depsets_small(store, x->at.set) || !depsets_small(store, y->at.set)) return false;
  struct unknowns ux = unknowns_of(e->t, x->at), uy = unknowns_of(e->t, y->at);
  int64_t stretches = ux.count * size_of(&uy) + uy.count * size_of(&ux);
  if (stretches * (STRETCH_MEAN - len) > spare) return false;
  e->stretches += stretches;
  e->covered += stretches * len;
  return true;
}

static enum status add_diagonals(struct entries *e, struct dependence x, struct dependence y,
                                 int64_t len)
{
  struct unknowns ux = unknowns_of(e->t, x), uy = unknowns_of(e->t, y);
  if (e->rows->filling) return STATUS_OK;
  for (int64_t i = 0; i < ux.count; i++)
    for (int64_t j = same(x, y) ? i : 0; j < uy.count; j++)
      TRY(add_band(e, shifted(&ux, i), shifted(&uy, j), len));
  return STATUS_OK;
}

static void add_points(struct rows *rows, const struct piece *x, const struct piece *y, int64_t len)
{
  int64_t i = x->at.shift, j = y->at.shift;
  for (int64_t n = 0; n < len; n++, i += x->step, j += y->step)
    rows_point(rows, (int32_t)i, (int32_t)j);
}

/* The entries of two pieces in their first len iterations. */
static enum status add_pieces(struct entries *e, struct piece x, struct piece y, int64_t len,
                              bool again)
{
  if (x.at.set == DEPSET_EMPTY || y.at.set == DEPSET_EMPTY) return STATUS_OK;
  if (x.step == 0 && y.step == 0) len = 1; /* one iteration stands for all */
  if (worth_it(e, &x, &y, len)) {
    if (x.step < 0 && len > 1) {
      piece_skip(&x, len - 1);
      piece_skip(&y, len - 1);
    }
    return add_diagonals(e, x.at, y.at, len);
  }
  if (x.at.set == DEPSET_SINGLE && y.at.set == DEPSET_SINGLE) {
    add_points(e->rows, &x, &y, len);
    return STATUS_OK;
  }
  for (; len-- > 0; piece_skip(&x, 1), piece_skip(&y, 1)) TRY(add_product(e, x.at, y.at, again));
  return STATUS_OK;
}

static bool is_variable(const struct program *p, const struct read *r)
{
  return p->arrays.data[r->array].kind == ARRAY_VARIABLE;
}

/* Reads of variables through tables: points. */
static void add_listed(struct entries *e, const struct read *x, const struct read *y,
                       const struct cursor *at_x, const struct cursor *at_y, int64_t first,
                       int64_t len)
{
  int64_t ux = e->t->p->arrays.data[x->array].unknown, uy = e->t->p->arrays.data[y->array].unknown;
  for (int64_t n = first; n < first + len; n++)
    rows_point(e->rows, (int32_t)(ux + cursor_offset(at_x, n)),
               (int32_t)(uy + cursor_offset(at_y, n)));
}

/* The entries of a pair in iterations [first, first + len) of a stretch. */
static enum status pair_entries(struct entries *e, const struct kernel *k, struct read_pair pair,
                                const struct stretch *s, int64_t first, int64_t len)
{
  const struct program *p = e->t->p;
  const struct read *x = &k->reads.data[pair.first], *y = &k->reads.data[pair.second];
  int ndim = p->domains.data[k->domain].ndim;
  struct cursor at_x = cursor_at(p, &x->map, s, ndim), at_y = cursor_at(p, &y->map, s, ndim);
  bool variables = is_variable(p, x) && is_variable(p, y);
  bool again = !is_variable(p, x) && !is_variable(p, y);
  if (variables && (at_x.table || at_y.table)) {
    add_listed(e, x, y, &at_x, &at_y, first, len);
    return STATUS_OK;
  }
  struct piece px = {0}, py = {0};
  for (int64_t n = first, end = first + len, m; n < end; n += m) {
    if (px.len == 0) px = read_piece(e->t, x, &at_x, n, end);
    if (x == y)
      py = px;
    else if (py.len == 0)
      py = read_piece(e->t, y, &at_y, n, end);
    m = px.len < py.len ? px.len : py.len;
    TRY(add_pieces(e, px, py, m, again));
    piece_skip(&px, m);
    piece_skip(&py, m);
  }
  return STATUS_OK;
}

/* The iterations of a stretch whose output enters the result, run by run. */
static enum status live_entries(struct entries *e, const struct kernel *k, struct read_pair pair,
                                const struct stretch *s)
{
  const struct program *p = e->t->p;
  const struct output *out = &k->outputs.data[0];
  const unsigned char *live = e->t->element_live[out->array];
  struct cursor to = cursor_at(p, &out->map, s, p->domains.data[k->domain].ndim);
  for (int64_t n = 0, first; n < s->len; n++) {
    for (first = n; n < s->len && live[cursor_offset(&to, n)];) n++;
    if (n > first) TRY(pair_entries(e, k, pair, s, first, n - first));
  }
  return STATUS_OK;
}

enum { TICK_STRETCHES = 256 }; /* from one report of the progress to the next */

static void tell_progress(const struct entries *e, size_t kernel, double part)
{
  context_progress(e->t->ctx, "finding the pattern", (double)kernel + part,
                   (double)e->t->p->kernels.len);
}

static enum status kernel_entries(struct entries *e, size_t i)
{
  const struct kernel *k = &e->t->p->kernels.data[i];
  const struct domain *d = &e->t->p->domains.data[k->domain];
  const struct kernel_deps *deps = &e->t->kernels[i];
  bool whole = e->t->whole[k->outputs.data[0].array];
  int64_t ticks = 0;
  for (size_t j = 0; j < deps->pairs.len; j++) {
    int64_t hint = 0;
    struct stretch s;
    for (int64_t p = 0; p < d->count; p += s.len) {
      domain_stretch(d, p, d->count, &hint, &s);
      if (ticks++ % TICK_STRETCHES == 0)
        tell_progress(e, i, ((double)j + (double)p / (double)d->count) / (double)deps->pairs.len);
      if (whole)
        TRY(pair_entries(e, k, deps->pairs.data[j], &s, 0, s.len));
      else
        TRY(live_entries(e, k, deps->pairs.data[j], &s));
    }
  }
  return STATUS_OK;
}

static enum status pass(struct entries *e)
{
  e->nfirst = 0;
  e->stretches = e->covered = 0;
  for (size_t i = 0; i < e->t->p->kernels.len; i++) TRY(kernel_entries(e, i));
  release_rectangles(e);
  return STATUS_OK;
}

enum status depend_entries(struct analysis *t, struct rows *rows)
{
  struct entries e = {.t = t, .rows = rows};
  enum status status = pass(&e);
  mem_free(e.seen);
  if (status == STATUS_OK) status = rows_fill(t->ctx, rows);
  if (status == STATUS_OK && !rows_complete(rows)) status = pass(&e);
  VEC_FREE(&e.first);
  return status;
}
