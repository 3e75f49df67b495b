/* Reductions.  The terms run in a nest of their own, inside the loops around them; the result goes
 * into an array with an element for each iteration of the enclosing nest.
 *
 * Sums add up directly.  The others first store their terms: min and max then take the extremal one
 * and its position, logsumexp subtracts the greatest term before it exponentiates (and does not
 * differentiate it: its derivatives cancel), and prod is a recurrence of partial products, so that
 * zeros differentiate correctly. */
#include "config.h"

#include "lang/lowering.h"

#include <math.h>
#include <string.h>

struct reduction {
  const struct expr *x;
  enum builtin builtin;
  struct frame *outer;
  /* the terms: an expression, or the elements of whole arrays */
  const struct expr *term, *filter;
  const struct symbol *array[2];
  const double *elements[2]; /* numbers of the elements of an array with holes; else NULL */
  int dim;                   /* the loop over the elements */
  int sum, terms;            /* arrays */
  bool any;                  /* a term was put out */
};

static int64_t domain_count(const struct frame *f, int domain)
{
  return f->e->program->domains.data[domain].count;
}

/* ---- terms ---- */

static struct value element_value(struct frame *g, const struct reduction *r, int which)
{
  struct form at = {0};
  if (r->elements[which]) {
    at.data = r->elements[which];
    at.ndata = INT64_MAX;
    at.gather_coef = 1;
    at.gather_stride[r->dim] = 1;
  } else {
    at.coef[r->dim] = 1;
  }
  struct map map;
  enum status status = form_map(g->e, &at, g->domain, &map);
  if (status != STATUS_OK) frame_fail(g, status);
  return (struct value){.id = frame_stopped(g) ? 0
                                               : body_read(&g->body, r->array[which]->array, &map)};
}

static struct value term_value(struct frame *g, const struct reduction *r)
{
  if (r->term) return lower_expr(g, r->term);
  g->body.loc = r->x->loc;
  struct value v = element_value(g, r, 0);
  if (r->builtin == BUILTIN_DOT) return lower_op(g, OP_MUL, v, element_value(g, r, 1));
  return r->builtin == BUILTIN_NORM2 ? lower_power(g, v, lower_known(g, 2)) : v;
}

/* Whether the filter lets this piece of the terms pass. */
static bool passes(struct frame *g, const struct reduction *r)
{
  return !r->filter || value_is_true(g, lower_condition(g, r->filter));
}

static enum status emit_sum(struct frame *g, void *user)
{
  struct reduction *r = user;
  struct output out = {.array = r->sum, .mode = OUTPUT_ADD, .winner = -1};
  bool pass = passes(g, r);
  struct value v = pass ? term_value(g, r) : (struct value){0};
  if (frame_stopped(g)) return g->body.status;
  if (!pass || value_is_zero(g, v)) return STATUS_OK;
  out.value = v.id;
  TRY(nest_position(g->e, g->domain, r->outer->domain, &out.map));
  body_output(&g->body, out);
  r->any = true;
  return frame_finish(g);
}

static enum status emit_term(struct frame *g, void *user)
{
  struct reduction *r = user;
  struct output out = {.array = r->terms, .mode = OUTPUT_SET, .winner = -1};
  bool pass = passes(g, r);
  struct value v = pass ? term_value(g, r) : (struct value){0};
  if (frame_stopped(g)) return g->body.status;
  if (!pass) return STATUS_OK;
  out.value = v.id;
  TRY(nest_position(g->e, g->domain, g->full, &out.map));
  body_output(&g->body, out);
  return frame_finish(g);
}

/* ---- empty reductions ---- */

struct emptiness {
  const struct reduction *r;
  struct map outer;
  int ndim;
  unsigned char *seen;
};

static enum status visit_term(struct elab *e, int64_t p, void *user)
{
  struct emptiness *t = user;
  bool pass = true;
  if (t->r->filter) TRY(data_condition(e, t->r->filter, &pass));
  if (pass) t->seen[map_offset(e->program, &t->outer, p, e->at, t->ndim)] = 1;
  return STATUS_OK;
}

static enum status visit_empty(struct elab *e, int64_t p, void *user)
{
  struct emptiness *t = user;
  if (t->seen[p]) return STATUS_OK;
  const struct expr *x = t->r->x;
  enum status status = FAIL(e->ctx, EMPTY_MIN_MAX, x->loc, x->name);
  note_indices(e);
  return status;
}

/* min, max and logsumexp need a term in every iteration of the enclosing nest. */
static enum status check_nonempty(struct frame *g, const struct reduction *r)
{
  struct elab *e = g->e;
  const struct domain *d = &e->program->domains.data[g->full];
  struct emptiness t = {.r = r, .ndim = g->ndims};
  if (d->kind == DOMAIN_BOX && d->count > 0 && !r->filter) return STATUS_OK;
  TRY(nest_position(e, g->full, r->outer->domain, &t.outer));
  t.seen = mem_zalloc((size_t)domain_count(g, r->outer->domain), 1);
  if (!t.seen) return diag_no_memory(e->ctx);
  enum status status = nest_walk(e, g->full, visit_term, &t);
  int ndims = e->ndims;
  if (status == STATUS_OK) {
    e->ndims = r->outer->ndims; /* the notes tell of the enclosing loops */
    status = nest_walk(e, r->outer->domain, visit_empty, &t);
    e->ndims = ndims;
  }
  mem_free(t.seen);
  return status;
}

/* ---- from the stored terms ---- */

/* A kernel over all terms, as it is used for everything but sums. */
struct pass {
  struct reduction *r;
  enum output_mode mode;
  int array, winner, greatest;
};

static int32_t read_term(struct frame *g, const struct reduction *r)
{
  struct map here = {.kind = MAP_POSITION};
  g->body.loc = r->x->loc;
  return body_read(&g->body, r->terms, &here);
}

static enum status emit_extremum(struct frame *g, void *user)
{
  struct pass *s = user;
  struct output out = {.array = s->array, .mode = s->mode, .winner = s->winner};
  TRY(nest_position(g->e, g->full, s->r->outer->domain, &out.map));
  out.value = read_term(g, s->r);
  body_output(&g->body, out);
  return frame_finish(g);
}

/* The greatest term at `map`, without derivative; 0 where it is infinite, so that ∞ - ∞ does not
 * come up. */
static int32_t shift(struct frame *f, int greatest, const struct map *map)
{
  int32_t m = body_op1(&f->body, OP_STOP, body_read(&f->body, greatest, map));
  return body_op3(&f->body, OP_SELECT, body_op1(&f->body, OP_FINITE, m), m,
                  body_const(&f->body, 0));
}

static enum status emit_exponentials(struct frame *g, void *user)
{
  struct pass *s = user;
  struct output out = {.array = s->array, .mode = OUTPUT_ADD, .winner = -1};
  TRY(nest_position(g->e, g->full, s->r->outer->domain, &out.map));
  int32_t e = body_op2(&g->body, OP_SUB, read_term(g, s->r), shift(g, s->greatest, &out.map));
  out.value = body_op1(&g->body, OP_EXP, e);
  body_output(&g->body, out);
  return frame_finish(g);
}

static struct value extremum(struct frame *g, struct reduction *r, enum output_mode mode,
                             struct pass *s)
{
  struct map here = {.kind = MAP_POSITION};
  int64_t count = domain_count(r->outer, r->outer->domain);
  *s = (struct pass){.r = r, .mode = mode};
  s->array = frame_array(r->outer, mode == OUTPUT_MIN ? "min" : "max", count, 0);
  s->winner = s->array < 0 ? -1 : frame_array(r->outer, "winner", count, 0);
  if (s->winner < 0) return (struct value){0};
  enum status status = frame_run(g, emit_extremum, s);
  if (status != STATUS_OK) frame_fail(r->outer, status);
  return (struct value){.id = body_read(&r->outer->body, s->array, &here)};
}

static struct value log_sum_exp(struct frame *g, struct reduction *r)
{
  struct frame *f = r->outer;
  struct map here = {.kind = MAP_POSITION};
  struct pass greatest, sum = {.r = r};
  extremum(g, r, OUTPUT_MAX, &greatest);
  if (frame_stopped(f)) return (struct value){0};
  sum.greatest = greatest.array;
  sum.array = frame_array(f, "sum", domain_count(f, f->domain), 0);
  if (sum.array < 0) return (struct value){0};
  enum status status = frame_run(g, emit_exponentials, &sum);
  if (status != STATUS_OK) frame_fail(f, status);
  f->body.loc = r->x->loc;
  int32_t log = body_op1(&f->body, OP_LOG, body_read(&f->body, sum.array, &here));
  return (struct value){.id = body_op2(&f->body, OP_ADD, shift(f, greatest.array, &here), log)};
}

/* ---- products ---- */

/* Partial products: each segment (the terms of one enclosing iteration) has a 1 before it. */
struct product {
  struct reduction *r;
  int array;
  struct map read, write;
};

static enum status emit_product(struct frame *g, void *user)
{
  struct product *s = user;
  struct output out = {.array = s->array, .map = s->write, .mode = OUTPUT_SET, .winner = -1};
  int32_t before = body_read(&g->body, s->array, &s->read);
  out.value = body_op2(&g->body, OP_MUL, before, read_term(g, s->r));
  body_output(&g->body, out);
  g->body.kernel.order = 1;
  return frame_finish(g);
}

/* Where partial products are read and written (per term), and where the whole products are (per
 * enclosing iteration). */
static enum status product_maps(struct frame *g, struct product *s, struct map *result)
{
  struct elab *e = g->e;
  const struct frame *f = s->r->outer;
  int64_t terms = domain_count(f, g->full), count = domain_count(f, f->domain);
  if (count == 1) {
    s->read = s->write = (struct map){.kind = MAP_POSITION};
    s->write.base = 1;
    *result = map_constant(terms);
    return STATUS_OK;
  }
  struct map outer;
  TRY(nest_position(e, g->full, f->domain, &outer));
  int64_t *read = mem_alloc((size_t)terms, sizeof *read);
  int64_t *write = mem_alloc((size_t)terms, sizeof *write);
  int64_t *last = mem_zalloc((size_t)count, sizeof *last);
  enum status status = read && write && last ? STATUS_OK : diag_no_memory(e->ctx);
  if (status == STATUS_OK) {
    const struct domain *d = &e->program->domains.data[g->full];
    int64_t hint = 0;
    struct stretch t;
    for (int64_t p = 0; p < terms; p += t.len) {
      domain_stretch(d, p, terms, &hint, &t);
      for (int64_t k = 0; k < t.len; k++) {
        int64_t q = map_offset(e->program, &outer, p + k, t.index, d->ndim);
        read[p + k] = p + k + q;
        write[p + k] = read[p + k] + 1;
        last[q]++;
        t.index[d->ndim - 1] += t.step;
      }
    }
    for (int64_t q = 0, before = 0; q < count; q++) {
      before += last[q];
      last[q] = before + q;
    }
  }
  if (status == STATUS_OK) {
    status = nest_table(e, read, terms, &s->read);
    read = NULL;
  }
  if (status == STATUS_OK) {
    status = nest_table(e, write, terms, &s->write);
    write = NULL;
  }
  if (status == STATUS_OK) {
    status = nest_table(e, last, count, result);
    last = NULL;
  }
  mem_free(read);
  mem_free(write);
  mem_free(last);
  return status;
}

static struct value product(struct frame *g, struct reduction *r)
{
  struct frame *f = r->outer;
  struct product s = {.r = r};
  struct map result;
  int64_t size = domain_count(f, g->full) + domain_count(f, f->domain);
  s.array = frame_array(f, "product", size, 1);
  if (s.array < 0) return (struct value){0};
  enum status status = product_maps(g, &s, &result);
  if (status == STATUS_OK) status = frame_run(g, emit_product, &s);
  if (status != STATUS_OK) frame_fail(f, status);
  return (struct value){.id = frame_stopped(f) ? 0 : body_read(&f->body, s.array, &result)};
}

/* ---- all of them ---- */

static struct value sum(struct frame *g, struct reduction *r)
{
  struct frame *f = r->outer;
  struct map here = {.kind = MAP_POSITION};
  r->sum = frame_array(f, "sum", domain_count(f, f->domain), 0);
  if (r->sum < 0) return (struct value){0};
  enum status status = frame_run(g, emit_sum, r);
  if (status != STATUS_OK) frame_fail(f, status);
  if (frame_stopped(f)) return (struct value){0};
  f->body.loc = r->x->loc;
  return (struct value){.id =
                            r->any ? body_read(&f->body, r->sum, &here) : body_const(&f->body, 0)};
}

static struct value reduce_stored(struct frame *g, struct reduction *r)
{
  struct frame *f = r->outer;
  struct pass unused;
  double neutral = r->builtin == BUILTIN_PROD  ? 1
                   : r->builtin == BUILTIN_MIN ? INFINITY
                                               : -INFINITY;
  if (r->builtin == BUILTIN_PROD && domain_count(f, g->full) == 0) return lower_known(f, 1);
  enum status status = STATUS_OK;
  if (r->builtin != BUILTIN_PROD) status = check_nonempty(g, r);
  if (status == STATUS_OK && domain_count(f, f->domain) == 0) return lower_known(f, 0);
  r->terms = status == STATUS_OK ? frame_array(f, "terms", domain_count(f, g->full), neutral) : -1;
  if (r->terms >= 0) status = frame_run(g, emit_term, r);
  if (status != STATUS_OK) frame_fail(f, status);
  if (frame_stopped(f)) return (struct value){0};
  switch (r->builtin) {
  case BUILTIN_PROD: return product(g, r);
  case BUILTIN_MIN: return extremum(g, r, OUTPUT_MIN, &unused);
  case BUILTIN_MAX: return extremum(g, r, OUTPUT_MAX, &unused);
  default: return log_sum_exp(g, r);
  }
}

static struct value reduce(struct reduction *r, const struct loop *loops, int nloops)
{
  struct frame *f = r->outer;
  if (r->builtin == BUILTIN_MIN || r->builtin == BUILTIN_MAX)
    lower_check_complex(f, r->x, r->builtin == BUILTIN_MIN ? OP_MIN_FIRST : OP_MAX_FIRST);
  struct elab *e = f->e;
  struct frame g = {.e = e, .sequence = f->sequence};
  size_t pushed;
  int ndims = e->ndims;
  r->dim = f->ndims;
  enum status status = nest_open(e, f->domain, loops, nloops, false, r->x->loc, &g.full, &pushed);
  if (status != STATUS_OK) {
    frame_fail(f, status);
    return (struct value){0};
  }
  g.ndims = e->ndims;
  bool is_sum =
      r->builtin == BUILTIN_SUM || r->builtin == BUILTIN_DOT || r->builtin == BUILTIN_NORM2;
  struct value v = is_sum ? sum(&g, r) : reduce_stored(&g, r);
  nest_close(e, e->ndims - ndims, pushed);
  return v;
}

struct value lower_reduction(struct frame *f, const struct expr *x)
{
  struct reduction r = {
      .x = x, .builtin = x->builtin, .outer = f, .term = x->args[0], .filter = x->filter};
  struct loop loops[LOOP_MAX];
  int n = 0;
  for (int i = 0; i < x->nranges; i++) {
    int more = range_loops(f->e, x->ranges[i]);
    for (int k = 0; k < more; k++) {
      if (n == LOOP_MAX) {
        frame_fail(f, FAIL(f->e->ctx, LOOPS_TOO_DEEP, x->loc, LOOP_MAX));
        return (struct value){0};
      }
      loops[n++] = (struct loop){.range = x->ranges[i], .which = k};
    }
  }
  return reduce(&r, loops, n);
}

/* The elements that exist, where an array has holes; the count of entries where it is sparse. */
static enum status find_elements(struct elab *e, const struct symbol *s, int64_t *count,
                                 const double **elements)
{
  *count = s->decl->is_sparse ? s->nentries : s->shape.size;
  *elements = NULL;
  if (!s->shape.hole) return STATUS_OK;
  double *list = arena_alloc(&e->model->arena, (size_t)s->shape.size, sizeof *list);
  if (!list) return diag_no_memory(e->ctx);
  *count = 0;
  for (int64_t k = 0; k < s->shape.size; k++)
    if (!s->shape.hole[k]) list[(*count)++] = (double)k;
  *elements = list;
  return STATUS_OK;
}

/* dot with a sparse factor: its entries, and the elements of the other one at their places. */
static enum status find_partners(struct elab *e, struct reduction *r, int64_t *count)
{
  int lead = dot_leader(r->array);
  const struct symbol *a = r->array[lead], *b = r->array[!lead];
  *count = a->nentries;
  double *list = arena_alloc(&e->model->arena, (size_t)a->nentries + 1, sizeof *list);
  if (!list) return diag_no_memory(e->ctx);
  for (int64_t k = 0; k < a->nentries; k++) list[k] = (double)element_of_entry(a, k, b);
  r->elements[!lead] = list;
  return STATUS_OK;
}

struct value lower_array_call(struct frame *f, const struct expr *x)
{
  struct elab *e = f->e;
  struct reduction r = {.x = x, .builtin = x->builtin, .outer = f};
  struct loop loop = {0};
  enum status status = STATUS_OK;
  r.array[0] = symbol_of(e, x->args[0]->decl);
  r.array[1] = symbol_of(e, x->args[x->nargs - 1]->decl);
  for (int i = 0; i < 2 && status == STATUS_OK; i++)
    if (r.array[i]->when) status = FAIL(e->ctx, NOT_DEFINED_YET, x->loc, r.array[i]->decl->name);
  if (status == STATUS_OK) status = check_same_shape(e, x, r.array[0], r.array[1]);
  bool sparse = r.array[0]->decl->is_sparse || r.array[1]->decl->is_sparse;
  if (status == STATUS_OK && x->builtin == BUILTIN_DOT && sparse)
    status = find_partners(e, &r, &loop.elements);
  else
    for (int i = 0; i < 2 && status == STATUS_OK; i++)
      status = find_elements(e, r.array[i], &loop.elements, &r.elements[i]);
  if (status != STATUS_OK) {
    frame_fail(f, status);
    return (struct value){0};
  }
  return reduce(&r, &loop, 1);
}
