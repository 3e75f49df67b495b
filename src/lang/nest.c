#include "config.h"

#include "lang/nest.h"

#include <string.h>

/* ---- runs ---- */

void runs_free(struct runs *r)
{
  VEC_FREE(&r->start);
  VEC_FREE(&r->first);
  VEC_FREE(&r->step);
}

/* Whether the run continues the last one. */
static bool continues(struct runs *r, const int64_t *first, int64_t count, int64_t step)
{
  size_t n = r->start.len;
  if (r->single || n == 0) return false;
  const int64_t *last = r->first.data + (n - 1) * (size_t)r->ndim;
  int d = r->ndim - 1;
  if (memcmp(last, first, (size_t)d * sizeof *first) != 0) return false;
  int64_t len = r->count - r->start.data[n - 1], gap = first[d] - last[d];
  if (count == 1 && len == 1 && gap != 0) {
    r->step.data[n - 1] = gap;
    return true;
  }
  int64_t s = r->step.data[n - 1];
  return gap == len * s && (count == 1 || step == s);
}

static enum status add_run(struct elab *e, struct runs *r, const int64_t *first, int64_t count,
                           int64_t step)
{
  if (!continues(r, first, count, step)) {
    if (!VEC_RESERVE(&r->first, (size_t)r->ndim) || !VEC_PUSH(&r->start, r->count) ||
        !VEC_PUSH(&r->step, step))
      return diag_no_memory(e->ctx);
    for (int d = 0; d < r->ndim; d++) r->first.data[r->first.len++] = first[d];
    if (r->first.cap > (1u << 20) && r->start.len == r->start.cap)
      TRY(diag_check_memory(e->ctx, 1.5 * 8 * (double)(r->first.cap + 2 * r->start.cap),
                            "the iterations of a loop"));
  }
  r->count += count;
  return STATUS_OK;
}

enum status runs_add(struct elab *e, struct runs *r, const int64_t *first, int64_t count,
                     int64_t step)
{
  if (count == 0) return STATUS_OK;
  if (!r->single) return add_run(e, r, first, count, step);
  int64_t index[LOOP_MAX];
  memcpy(index, first, (size_t)r->ndim * sizeof *index);
  for (int64_t k = 0; k < count; k++, index[r->ndim - 1] += step) TRY(add_run(e, r, index, 1, 1));
  return STATUS_OK;
}

enum status runs_finish(struct elab *e, struct runs *r, int *domain)
{
  struct domain d = {.kind = DOMAIN_RUNS, .ndim = r->ndim, .count = r->count};
  d.nruns = (int64_t)r->start.len;
  memcpy(d.label, e->label, (size_t)r->ndim * sizeof *d.label);
  if (!VEC_PUSH(&r->start, r->count) || !VEC_RESERVE(&r->first, 1) || !VEC_RESERVE(&r->step, 1)) {
    runs_free(r);
    return diag_no_memory(e->ctx);
  }
  d.start = r->start.data;
  d.first = r->first.data;
  d.run_step = r->step.data;
  memset(&r->start, 0, sizeof r->start);
  memset(&r->first, 0, sizeof r->first);
  memset(&r->step, 0, sizeof r->step);
  *domain = program_add_domain(e->program, d);
  return *domain < 0 ? diag_no_memory(e->ctx) : STATUS_OK;
}

/* ---- walking ---- */

enum status nest_walk(struct elab *e, int domain, nest_visit *visit, void *user)
{
  int64_t hint = 0, saved[LOOP_MAX];
  struct stretch s;
  struct domain d = e->program->domains.data[domain]; /* the vector may move */
  enum status status = STATUS_OK;
  memcpy(saved, e->at, sizeof saved);
  for (int64_t p = 0; p < d.count && status == STATUS_OK; p += s.len) {
    domain_stretch(&d, p, d.count, &hint, &s);
    memcpy(e->at, s.index, (size_t)d.ndim * sizeof *e->at);
    for (int64_t k = 0; k < s.len && status == STATUS_OK; k++) {
      status = visit(e, p + k, user);
      if (d.ndim) e->at[d.ndim - 1] += s.step;
    }
  }
  memcpy(e->at, saved, sizeof saved);
  return status;
}

/* ---- opening loops ---- */

struct opening {
  const struct loop *loops;
  int nloops, base;
  bool fixed[LOOP_MAX];
  struct span span[LOOP_MAX];
  struct runs runs;
  struct loc loc;
};

static enum status count_check(struct elab *e, int64_t count, struct loc loc)
{
  if (count > ITERATIONS_MAX)
    return FAIL(e->ctx, TOO_MANY_ITERATIONS, loc, (long long)ITERATIONS_MAX);
  return STATUS_OK;
}

/* The span of loop l at the current outer iteration.  What goes wrong is told at that: the loop
 * itself, and those in it, do not run yet. */
static enum status span_here(struct elab *e, const struct opening *o, int l, struct span *out)
{
  int ndims = e->ndims;
  e->ndims = o->base + l;
  enum status status = loop_span(e, &o->loops[l], out);
  e->ndims = ndims;
  return status;
}

/* Enumerates loop l and all that are in it, at the current outer iteration. */
static enum status enumerate(struct elab *e, struct opening *o, int l)
{
  int dim = o->base + l;
  struct span s = o->span[l];
  if (!o->fixed[l]) TRY(span_here(e, o, l, &s));
  int64_t first = o->fixed[l] ? 0 : s.lo, step = o->fixed[l] ? 1 : s.step;
  TRY(count_check(e, s.count, o->loc));
  if (l == o->nloops - 1) {
    e->at[dim] = first;
    TRY(runs_add(e, &o->runs, e->at, s.count, step));
    return count_check(e, o->runs.count, o->loc);
  }
  for (int64_t k = 0; k < s.count; k++) {
    e->at[dim] = first + k * step;
    TRY(enumerate(e, o, l + 1));
  }
  return STATUS_OK;
}

static enum status visit_outer(struct elab *e, int64_t p, void *user)
{
  (void)p;
  return enumerate(e, user, 0);
}

static enum status open_box(struct elab *e, const struct opening *o, int outer, int *domain)
{
  struct domain d = e->program->domains.data[outer];
  d.slab = NULL;
  for (int l = 0; l < o->nloops; l++) {
    d.lo[d.ndim] = 0;
    d.step[d.ndim] = 1;
    d.extent[d.ndim] = o->span[l].count;
    d.label[d.ndim] = e->label[d.ndim];
    d.ndim++;
    if (__builtin_mul_overflow(d.count, o->span[l].count, &d.count)) d.count = INT64_MAX;
  }
  TRY(count_check(e, d.count, o->loc));
  *domain = program_add_domain(e->program, d);
  return *domain < 0 ? diag_no_memory(e->ctx) : STATUS_OK;
}

/* Names loop `dim` after the first of the `count` bindings that it made. */
static void label_loop(struct elab *e, int dim, size_t count)
{
  e->label[dim] = (struct loop_label){NULL, 0, 0};
  if (count == 0) return;
  const struct binding *b = &e->scope.data[e->scope.len - count];
  if (b->kind == BIND_INDEX && form_is_affine(&b->form))
    e->label[dim] = (struct loop_label){b->binder->name, b->form.constant, b->form.coef[dim]};
}

static enum status open_loops(struct elab *e, int outer, const struct loop *loops, int nloops,
                              bool single, struct loc loc, int *domain, size_t *pushed)
{
  struct opening o = {.loops = loops, .nloops = nloops, .base = e->ndims, .loc = loc};
  bool box = e->program->domains.data[outer].kind == DOMAIN_BOX;
  if (e->ndims + nloops > LOOP_MAX) return FAIL(e->ctx, LOOPS_TOO_DEEP, loc, LOOP_MAX);
  for (int l = 0; l < nloops; l++) {
    o.fixed[l] = loop_is_fixed(e, &loops[l]);
    if (o.fixed[l]) TRY(loop_span(e, &loops[l], &o.span[l]));
    box = box && o.fixed[l];
    size_t before = *pushed;
    TRY(loop_bind(e, &loops[l], e->ndims + l, &o.span[l], !o.fixed[l], pushed));
    label_loop(e, e->ndims + l, *pushed - before);
  }
  e->ndims += nloops;
  if (nloops == 0) return STATUS_OK;
  enum status status;
  if (box) {
    status = open_box(e, &o, outer, domain);
  } else {
    o.runs.ndim = e->ndims;
    o.runs.single = single;
    status = nest_walk(e, outer, visit_outer, &o);
    if (status == STATUS_OK)
      status = runs_finish(e, &o.runs, domain);
    else
      runs_free(&o.runs);
  }
  if (status != STATUS_OK) e->ndims -= nloops;
  return status;
}

void nest_close(struct elab *e, int nloops, size_t pushed)
{
  scope_pop(e, pushed);
  e->ndims -= nloops;
}

enum status nest_open(struct elab *e, int outer, const struct loop *loops, int nloops, bool single,
                      struct loc loc, int *domain, size_t *pushed)
{
  *pushed = 0;
  *domain = outer;
  enum status status = open_loops(e, outer, loops, nloops, single, loc, domain, pushed);
  if (status != STATUS_OK) scope_pop(e, *pushed);
  return status;
}

/* ---- conditions ---- */

bool nest_form_range(const struct form *f, const struct domain *d, int64_t *least,
                     int64_t *greatest)
{
  *least = *greatest = f->constant;
  for (int k = 0; k < d->ndim; k++) {
    int64_t first = d->lo[k], last = first + d->extent[k] - 1;
    bool up = f->coef[k] > 0;
    if (!form_add_term(least, f->coef[k], up ? first : last) ||
        !form_add_term(greatest, f->coef[k], up ? last : first))
      return false;
  }
  return true;
}

/* The sign of a comparison's difference where it holds: bit 0 negative, bit 1 zero, bit 2 positive.
 */
static int sign_set(char sign)
{
  switch (sign) {
  case '<': return 1;
  case 'l': return 3;
  case '=': return 2;
  case 'g': return 6;
  case '>': return 4;
  default: return 5;
  }
}

static enum status add_piece(struct elab *e, const struct domain *d, int dim, int64_t lo,
                             int64_t hi, struct pieces *pieces)
{
  if (lo > hi) return STATUS_OK;
  struct domain piece = *d;
  piece.slab = NULL;
  piece.count = d->count / d->extent[dim] * (hi - lo + 1);
  piece.lo[dim] = lo;
  piece.extent[dim] = hi - lo + 1;
  int number = program_add_domain(e->program, piece);
  if (number < 0) return diag_no_memory(e->ctx);
  pieces->domain[pieces->count++] = number;
  return STATUS_OK;
}

static int64_t floor_div(int64_t a, int64_t b)
{
  int64_t q = a / b;
  return a % b != 0 && (a < 0) != (b < 0) ? q - 1 : q;
}

/* A comparison of affine forms over a box: decided, or split along the one loop that is in it.
 * *done tells whether it was one of these. */
static enum status decide_affine(struct elab *e, const struct form *f, char sign,
                                 const struct domain *d, enum verdict *verdict,
                                 struct pieces *pieces, bool *done)
{
  int64_t least, greatest;
  int holds = sign_set(sign), dim = -1, ndims = 0;
  *done = nest_form_range(f, d, &least, &greatest);
  if (!*done) return STATUS_OK;
  int possible = (least < 0) | (least <= 0 && greatest >= 0) << 1 | (greatest > 0) << 2;
  *verdict = VERDICT_SPLIT;
  if ((possible & ~holds) == 0) *verdict = VERDICT_TRUE;
  if ((possible & holds) == 0) *verdict = VERDICT_FALSE;
  if (*verdict != VERDICT_SPLIT) return STATUS_OK;
  for (int k = 0; k < d->ndim; k++)
    if (f->coef[k] && d->extent[k] > 1) dim = k, ndims++;
  *done = ndims == 1;
  if (ndims != 1) return STATUS_OK;
  /* coef · digit + rest: below zero up to digit `under`, zero at most at one digit */
  int64_t coef = f->coef[dim], rest = f->constant, lo = d->lo[dim], hi = lo + d->extent[dim] - 1;
  for (int k = 0; k < d->ndim; k++)
    if (k != dim) rest += f->coef[k] * d->lo[k];
  int64_t root = floor_div(-rest, coef); /* last digit with coef·digit + rest on one side or zero */
  bool exact = coef * root + rest == 0;
  /* merge the sides that are alike, so that an inequality makes two pieces */
  int before = coef > 0 ? 1 : 4, after = 5 - before;
  bool b = holds & before, z = holds & 2, a = holds & after;
  if (!exact && b == a) { /* == and != of what is never zero */
    *verdict = b ? VERDICT_TRUE : VERDICT_FALSE;
    return STATUS_OK;
  }
  if (!exact) {
    TRY(add_piece(e, d, dim, lo, root < hi ? root : hi, pieces));
    return add_piece(e, d, dim, root + 1 > lo ? root + 1 : lo, hi, pieces);
  }
  if (b == z || z == a) {
    int64_t end = b == z ? root : root - 1;
    TRY(add_piece(e, d, dim, lo, end, pieces));
    return add_piece(e, d, dim, end + 1, hi, pieces);
  }
  TRY(add_piece(e, d, dim, lo, root - 1, pieces));
  TRY(add_piece(e, d, dim, root, root, pieces));
  return add_piece(e, d, dim, root + 1, hi, pieces);
}

struct decision {
  const struct expr *condition;
  struct runs side[2];
};

static enum status visit_decision(struct elab *e, int64_t p, void *user)
{
  struct decision *d = user;
  bool holds;
  (void)p;
  TRY(data_condition(e, d->condition, &holds));
  return runs_add(e, &d->side[holds], e->at, 1, 1);
}

static enum status decide_each(struct elab *e, const struct expr *condition, int domain,
                               bool single, enum verdict *verdict, struct pieces *pieces)
{
  int ndim = e->program->domains.data[domain].ndim;
  struct decision d = {.condition = condition};
  if (ndim == 0) {
    bool holds;
    TRY(data_condition(e, condition, &holds));
    *verdict = holds ? VERDICT_TRUE : VERDICT_FALSE;
    return STATUS_OK;
  }
  for (int i = 0; i < 2; i++) {
    d.side[i].ndim = ndim;
    d.side[i].single = single;
  }
  enum status status = nest_walk(e, domain, visit_decision, &d);
  *verdict = d.side[0].count == 0   ? VERDICT_TRUE
             : d.side[1].count == 0 ? VERDICT_FALSE
                                    : VERDICT_SPLIT;
  for (int i = 1; i >= 0; i--) {
    if (status == STATUS_OK && *verdict == VERDICT_SPLIT)
      status = runs_finish(e, &d.side[i], &pieces->domain[pieces->count++]);
    else
      runs_free(&d.side[i]);
  }
  return status;
}

enum status nest_decide(struct elab *e, const struct expr *c, int domain, bool single,
                        enum verdict *verdict, struct pieces *pieces)
{
  struct domain d = e->program->domains.data[domain];
  struct form f, g;
  pieces->count = 0;
  *verdict = VERDICT_TRUE;
  if (d.count == 0) return STATUS_OK;
  if (c->kind == EXPR_COMPARE && d.kind == DOMAIN_BOX && form_of(e, c->args[0], &f) &&
      form_of(e, c->args[1], &g) && form_is_affine(&f) && form_is_affine(&g)) {
    bool done;
    f.constant -= g.constant;
    for (int k = 0; k < LOOP_MAX; k++) f.coef[k] -= g.coef[k];
    TRY(decide_affine(e, &f, c->signs[0], &d, verdict, pieces, &done));
    if (done) return STATUS_OK;
  }
  return decide_each(e, c, domain, single, verdict, pieces);
}

/* ---- maps between nests ---- */

enum status nest_table(struct elab *e, int64_t *offsets, int64_t len, struct map *map)
{
  struct table t = {.len = len};
  bool small = true;
  for (int64_t p = 0; p < len; p++)
    small = small && offsets[p] >= INT32_MIN && offsets[p] <= INT32_MAX;
  memset(map, 0, sizeof *map);
  map->kind = MAP_TABLE;
  if (small) {
    t.v32 = (int32_t *)offsets; /* narrowed in place */
    for (int64_t p = 0; p < len; p++) {
      int32_t v = (int32_t)offsets[p];
      memcpy((char *)offsets + (size_t)p * sizeof v, &v, sizeof v);
    }
    void *smaller = mem_resize(t.v32, (size_t)len, sizeof *t.v32);
    if (smaller) t.v32 = smaller;
  } else {
    t.v64 = offsets;
  }
  for (size_t k = e->program->tables.len; small && k-- > 0;) {
    const struct table *other = &e->program->tables.data[k];
    if (other->len != len || !other->v32 ||
        memcmp(other->v32, t.v32, (size_t)len * sizeof *t.v32) != 0)
      continue;
    mem_free(t.v32);
    map->table = (int)k;
    return STATUS_OK;
  }
  map->table = program_add_table(e->program, t);
  return map->table < 0 ? diag_no_memory(e->ctx) : STATUS_OK;
}

struct positions {
  const struct domain *outer;
  int64_t at, hint; /* the current position in outer */
  struct stretch s; /* the stretch that holds it */
  int64_t *table;
};

/* Advances to the outer position with the leading indices of e->at. */
static enum status visit_position(struct elab *e, int64_t p, void *user)
{
  struct positions *o = user;
  int n = o->outer->ndim;
  for (;;) {
    int64_t k = o->at - o->s.p;
    if (k < o->s.len && memcmp(o->s.index, e->at, (size_t)(n - 1) * sizeof *e->at) == 0 &&
        o->s.index[n - 1] + k * o->s.step == e->at[n - 1])
      break;
    o->at++;
    if (o->at >= o->outer->count) /* cannot be: inner is nested in outer */
      return FAIL(e->ctx, BUG, NO_LOC, "an iteration is not in the enclosing loop");
    if (o->at >= o->s.p + o->s.len)
      domain_stretch(o->outer, o->at, o->outer->count, &o->hint, &o->s);
  }
  o->table[p] = o->at;
  return STATUS_OK;
}

enum status nest_position(struct elab *e, int inner, int outer, struct map *map)
{
  struct domain in = e->program->domains.data[inner], out = e->program->domains.data[outer];
  memset(map, 0, sizeof *map);
  map->kind = MAP_AFFINE;
  if (out.ndim == 0 || in.count == 0) return STATUS_OK;
  if (inner == outer) {
    map->kind = MAP_POSITION;
    return STATUS_OK;
  }
  if (out.kind == DOMAIN_BOX) {
    int64_t stride = 1;
    for (int d = out.ndim; d-- > 0;) {
      map->coef[d] = stride;
      map->base -= stride * out.lo[d];
      stride *= out.extent[d];
    }
    return STATUS_OK;
  }
  struct positions o = {.outer = &out};
  TRY(diag_check_memory(e->ctx, 8.0 * (double)in.count, "a table of positions"));
  o.table = mem_alloc((size_t)in.count, sizeof *o.table);
  if (!o.table) return diag_no_memory(e->ctx);
  domain_stretch(&out, 0, out.count, &o.hint, &o.s);
  enum status status = nest_walk(e, inner, visit_position, &o);
  if (status == STATUS_OK) return nest_table(e, o.table, in.count, map);
  mem_free(o.table);
  return status;
}

/* ---- slabs ---- */

static enum status visit_slab(struct elab *e, int64_t p, void *user)
{
  (void)p;
  return runs_add(e, user, e->at, 1, 1);
}

enum status nest_slabs(struct elab *e, int *domain, int outer, const int64_t *ticks, int64_t nticks)
{
  struct domain d = e->program->domains.data[*domain], o = e->program->domains.data[outer];
  int n = o.ndim;
  bool same = d.kind == DOMAIN_BOX && o.kind == DOMAIN_BOX && !ticks;
  for (int k = 0; k < n && same; k++) same = d.lo[k] == o.lo[k] && d.extent[k] == o.extent[k];
  if (same) return STATUS_OK;
  struct runs runs = {.ndim = d.ndim, .single = d.ndim == n};
  enum status status = nest_walk(e, *domain, visit_slab, &runs);
  if (status != STATUS_OK) {
    runs_free(&runs);
    return status;
  }
  TRY(runs_finish(e, &runs, domain));
  struct domain *r = &e->program->domains.data[*domain];
  int64_t count = ticks ? nticks : o.count, run = 0, tick = 0, index[LOOP_MAX];
  int64_t *slab = mem_alloc((size_t)count + 1, sizeof *slab);
  if (!slab) return diag_no_memory(e->ctx);
  for (int64_t k = 0; k < o.count; k++) {
    for (int64_t end = ticks ? ticks[k] : k; tick <= end; tick++) slab[tick] = run;
    domain_indices(&o, k, index);
    while (run < r->nruns &&
           memcmp(r->first + run * r->ndim, index, (size_t)n * sizeof *index) == 0)
      run++;
  }
  for (; tick <= count; tick++) slab[tick] = run;
  r->slab = slab;
  return STATUS_OK;
}
