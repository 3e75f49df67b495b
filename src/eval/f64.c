#include "config.h"

#include "eval/f64.h"

#include <assert.h>
#include <string.h>
#include <sys/mman.h>

#include "eval/f64_run.h"

/* With blocks shorter than this, several lanes are evaluated together. */
enum { SHORT_BLOCK = 64 };

/* Memory */

/* What the kernels do with an array. */
struct usage {
  bool read, written, extreme;
  int64_t set; /* elements that outputs of mode SET write; -1 if there are other outputs */
};

static void find_usage(const struct program *p, struct usage *usage)
{
  for (size_t i = 0; i < p->kernels.len; i++) {
    const struct kernel *k = &p->kernels.data[i];
    for (size_t j = 0; j < k->reads.len; j++)
      if (k->reads.data[j].array >= 0) usage[k->reads.data[j].array].read = true;
    for (size_t j = 0; j < k->outputs.len; j++) {
      const struct output *o = &k->outputs.data[j];
      struct usage *u = &usage[o->array];
      u->written = true;
      u->extreme |= o->mode == OUTPUT_MIN || o->mode == OUTPUT_MAX;
      if (o->mode != OUTPUT_SET)
        u->set = -1;
      else if (u->set >= 0)
        u->set += p->domains.data[k->domain].count;
      if (o->winner >= 0)
        usage[o->winner] = (struct usage){.read = true, .written = true, .set = -1};
    }
  }
}

/* Numbers from one lane to the next: an odd number of cache lines for large arrays, so that the
 * same element of different lanes does not fall into the same set of the cache. */
static bool plane_size(int64_t size, size_t *plane)
{
  if (size < 0 || (uint64_t)size > PTRDIFF_MAX / sizeof(double)) return false;
  *plane = (size_t)size;
  if (size >= 512) *plane = ((*plane + 7) / 8 | 1) * 8;
  return true;
}

/* Lays out the arrays: offsets into one memory, whose size in numbers is *total; `flags` is that of
 * the marks of elements that have a minimum.  Arrays that nobody writes share one vector of zeros,
 * which comes first. */
static bool lay_out(struct f64 *e, const struct usage *usage, size_t *offsets, size_t *total,
                    size_t *flags)
{
  const struct program *p = e->p;
  *total = *flags = 0;
  for (size_t i = 0; i < p->arrays.len; i++) {
    const struct array *a = &p->arrays.data[i];
    size_t plane;
    if (!plane_size(a->size, &plane)) return false;
    if (a->kind == ARRAY_COMPUTED && !usage[i].written && a->fill == 0 && plane > *total)
      *total = plane;
  }
  for (size_t i = 0; i < p->arrays.len; i++) {
    const struct array *a = &p->arrays.data[i];
    struct store *s = &e->stores[i];
    size_t plane, size;
    if (a->kind != ARRAY_COMPUTED || !plane_size(a->size, &plane)) continue;
    if (!usage[i].written && a->fill == 0) continue;
    if (!size_mul(plane, a->lane ? (size_t)e->lanes : 1, &size)) return false;
    s->plane = a->lane ? (int64_t)plane : 0;
    s->fill = !(usage[i].set == a->size);
    offsets[i] = *total;
    if (!size_add(*total, (size + 7) / 8 * 8, total)) return false;
    if (usage[i].extreme && !size_add(*flags, size, flags)) return false;
  }
  return true;
}

/* The workspace of the blocks. */
static bool work_sizes(struct f64 *e, size_t *slots, size_t *stepped)
{
  *slots = *stepped = 0;
  for (size_t i = 0; i < e->p->kernels.len; i++) {
    struct plan *plan = &e->plans[i];
    size_t n = 0, lanes = plan->lane ? (size_t)e->lanes : 1, work;
    for (int j = 0; j < plan->naccess; j++) n += plan->access[j].kind == ACCESS_STEPPED;
    if (n > *stepped) *stepped = n;
    int64_t most = plan->domain->count < F64_BLOCK ? plan->domain->count : F64_BLOCK;
    plan->width = F64_BLOCK;
    if ((size_t)most * lanes < F64_BLOCK) plan->width = ((int)((size_t)most * lanes) + 7) / 8 * 8;
    if (!size_mul((size_t)plan->nslots, (size_t)plan->width, &work)) return false;
    if (work > *slots) *slots = work;
  }
  return true;
}

static enum status allocate(struct context *ctx, struct f64 *e, const struct usage *usage)
{
  const struct program *p = e->p;
  size_t total, flags, slots, stepped, work, bytes;
  size_t *offsets = arena_alloc(&e->arena, p->arrays.len, sizeof *offsets);
  if (!offsets || !work_sizes(e, &slots, &stepped) || !lay_out(e, usage, offsets, &total, &flags) ||
      !size_add(total, 16, &total) || !size_add(slots, F64_BLOCK, &work) ||
      !size_add(total, work, &total) || !size_mul(total, sizeof(double), &bytes))
    return diag_no_memory(ctx);
  TRY(diag_check_memory(ctx, (double)bytes + (double)flags, "the evaluation"));
  e->memory = mem_zalloc(total, sizeof(double));
  e->written = mem_zalloc(flags, 1);
  int64_t *steps = arena_alloc(&e->arena, 2 * stepped * F64_BLOCK, sizeof *steps);
  if (!e->memory || !e->written || !steps) return diag_no_memory(ctx);
#ifdef MADV_HUGEPAGE
  if (bytes >= (size_t)8 << 20) {
    uintptr_t page = 4096, begin = ((uintptr_t)e->memory + page - 1) / page * page;
    madvise((void *)begin, (bytes - page) / page * page, MADV_HUGEPAGE);
  }
#endif
  e->slots = (double *)(((uintptr_t)e->memory + 63) / 64 * 64);
  e->scratch = e->slots + slots;
  double *arrays = e->scratch + F64_BLOCK;
  char *written = e->written;
  for (size_t i = 0; i < p->arrays.len; i++) {
    struct store *s = &e->stores[i];
    const struct array *a = &p->arrays.data[i];
    if (a->kind == ARRAY_COMPUTED) s->data = arrays + offsets[i];
    if (a->kind == ARRAY_DATA) s->data = a->data.re;
    if (usage[i].extreme) {
      s->written = written;
      written += a->lane ? s->plane * e->lanes : a->size;
    }
  }
  for (size_t i = 0; i < p->kernels.len; i++) {
    struct plan *plan = &e->plans[i];
    int64_t *next = steps;
    for (int j = 0; j < plan->naccess; j++) {
      struct access *x = &plan->access[j];
      if (x->kind != ACCESS_STEPPED) continue;
      x->offset = next;
      x->step = next + F64_BLOCK;
      next += 2 * F64_BLOCK;
    }
  }
  return STATUS_OK;
}

enum status f64_create(struct context *ctx, const struct program *p, int lanes, struct f64 **out)
{
  enum status status = STATUS_OK;
  struct f64 *e = mem_zalloc(1, sizeof *e);
  struct usage *usage = mem_zalloc(p->arrays.len, sizeof *usage);
  *out = NULL;
  if (!e || !usage) goto no_memory;
  e->p = p;
  e->lanes = lanes;
  e->stores = arena_alloc(&e->arena, p->arrays.len, sizeof *e->stores);
  e->plans = arena_alloc(&e->arena, p->kernels.len, sizeof *e->plans);
  if (!e->stores || !e->plans) goto no_memory;
  find_usage(p, usage);
  for (size_t i = 0; i < p->kernels.len; i++)
    if (f64_plan(&e->arena, p, &p->kernels.data[i], &e->plans[i]) != STATUS_OK) goto no_memory;
  status = allocate(ctx, e, usage);
  if (status == STATUS_OK) {
    *out = e;
    e = NULL;
  }
  goto done;
no_memory:
  status = diag_no_memory(ctx);
done:
  mem_free(usage);
  f64_free(e);
  return status;
}

void f64_free(struct f64 *e)
{
  if (!e) return;
  mem_free(e->memory);
  mem_free(e->written);
  arena_free(&e->arena);
  mem_free(e);
}

const double *f64_array(const struct f64 *e, int array, int lane)
{
  const struct store *s = &e->stores[array];
  return s->data ? s->data + lane * s->plane : NULL;
}

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

static void begin_walk(struct walk *w, const struct plan *plan, int64_t p)
{
  const struct domain *d = plan->domain;
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
  for (int j = 0; j < plan->naccess; j++) {
    struct access *x = &plan->access[j];
    if (x->kind != ACCESS_STEPPED) continue;
    x->row = x->base + x->map->coef[last] * d->lo[last];
    for (int i = 0; i < last; i++)
      x->row += x->map->coef[i] * (d->lo[i] + d->step[i] * w->digit[i]);
  }
}

static void next_row(struct walk *w, const struct plan *plan)
{
  const struct domain *d = plan->domain;
  int i = d->ndim - 2;
  w->column = 0;
  while (i >= 0 && ++w->digit[i] == d->extent[i]) w->digit[i--] = 0;
  for (int j = 0; i >= 0 && j < plan->naccess; j++)
    if (plan->access[j].kind == ACCESS_STEPPED) plan->access[j].row += plan->access[j].carry[i];
}

static void next_run(struct walk *w, const struct domain *d)
{
  w->column = 0;
  do w->run++;
  while (w->run < d->nruns && d->start[w->run] == d->start[w->run + 1]);
}

static void run_offset(struct access *x, const struct domain *d, const struct walk *w)
{
  int last = d->ndim - 1;
  const int64_t *first = d->first + w->run * d->ndim;
  int64_t offset = x->base, step = x->map->coef[last] * d->run_step[w->run];
  for (int i = 0; i <= last; i++) offset += x->map->coef[i] * first[i];
  x->offset[w->count] = offset + w->column * step;
  x->step[w->count] = step;
}

/* Finds the stretches of the block of n positions at which the walk stands, and moves on. */
static void walk_block(struct walk *w, const struct plan *plan, int n)
{
  const struct domain *d = plan->domain;
  bool box = d->kind == DOMAIN_BOX;
  w->count = 0;
  for (int filled = 0; filled < n; w->count++) {
    int64_t row = box ? d->extent[d->ndim - 1] : d->start[w->run + 1] - d->start[w->run];
    int64_t len = row - w->column < n - filled ? row - w->column : n - filled;
    w->start[w->count] = filled;
    for (int j = 0; j < plan->naccess; j++) {
      struct access *x = &plan->access[j];
      if (x->kind != ACCESS_STEPPED) continue;
      if (box) {
        x->offset[w->count] = x->row + w->column * x->stride;
        x->step[w->count] = x->stride;
      } else {
        run_offset(x, d, w);
      }
    }
    filled += (int)len;
    w->column += len;
    if (w->column < row) continue;
    if (box)
      next_row(w, plan);
    else
      next_run(w, d);
  }
  w->start[w->count] = n;
}

/* Reads */

static void gather_stretch(double *restrict dst, const double *restrict src, int64_t stride, int n)
{
  if (stride == 1)
    for (int i = 0; i < n; i++) dst[i] = src[i];
  else if (stride == 0)
    for (int i = 0; i < n; i++) dst[i] = *src;
  else
    for (int i = 0; i < n; i++) dst[i] = src[i * stride];
}

static void gather(const struct walk *w, const struct access *x, const struct block *b,
                   const double *restrict src, double *restrict dst)
{
  int64_t offset, stride;
  if (access_single(w, x, b->p, &offset, &stride)) {
    gather_stretch(dst, src + offset, stride, b->n);
  } else if (x->kind == ACCESS_TABLE && x->table->v32) {
    const int32_t *at = x->table->v32 + b->p;
    for (int i = 0; i < b->n; i++) dst[i] = src[at[i]];
  } else if (x->kind == ACCESS_TABLE) {
    const int64_t *at = x->table->v64 + b->p;
    for (int i = 0; i < b->n; i++) dst[i] = src[at[i]];
  } else {
    for (int i = 0; i < w->count; i++)
      gather_stretch(dst + w->start[i], src + x->offset[i], x->step[i],
                     w->start[i + 1] - w->start[i]);
  }
}

/* The map's values as numbers (exact: they are far below 2^53). */
static void offsets_as_numbers(const struct walk *w, const struct access *x, const struct block *b,
                               double *dst)
{
  int64_t offset, stride;
  if (x->kind == ACCESS_TABLE) {
    for (int i = 0; i < b->n; i++) dst[i] = (double)table_get(x->table, b->p + i);
    return;
  }
  int count = x->kind == ACCESS_FLAT ? 1 : w->count;
  for (int s = 0; s < count; s++) {
    int from = count == 1 ? 0 : w->start[s], to = count == 1 ? b->n : w->start[s + 1];
    if (!access_single(w, x, b->p, &offset, &stride)) offset = x->offset[s], stride = x->step[s];
    double first = (double)offset, step = (double)stride;
    for (int i = from; i < to; i++) dst[i] = first + step * (double)(i - from);
  }
}

static struct value read_value(struct f64 *e, const struct block *b, const struct access *x,
                               double *slot)
{
  int64_t offset, stride;
  if (x->array < 0) {
    offsets_as_numbers(&e->walk, x, b, slot);
    return (struct value){slot, 1};
  }
  const struct store *s = &e->stores[x->array];
  const double *src = s->data + b->lane * s->plane;
  if (b->n == 1) {
    const double *first = src + access_one(x, b->p);
    if (!b->tile) return (struct value){first, 0};
    for (int g = 0; g < b->tile; g++) slot[g] = first[g * s->plane];
    return (struct value){slot, 1};
  }
  if (b->tile) {
    for (int g = 0; g < b->tile; g++)
      gather(&e->walk, x, b, src + g * s->plane, slot + (ptrdiff_t)g * b->n);
    return (struct value){slot, 1};
  }
  if (access_single(&e->walk, x, b->p, &offset, &stride) && (stride == 0 || stride == 1))
    return (struct value){src + offset, (int)stride};
  gather(&e->walk, x, b, src, slot);
  return (struct value){slot, 1};
}

/* Running */

static void run_section(struct f64 *e, const struct block *b, int from, int to)
{
  const struct plan *plan = b->plan;
  struct value *values = plan->values;
  int n = b->tile ? b->n * b->tile : b->n;
  for (const struct insn *i = plan->insns + from, *end = plan->insns + to; i < end; i++) {
    double *slot = e->slots + (ptrdiff_t)i->slot * plan->width;
    if (i->kind == INSN_READ) {
      values[i->v] = read_value(e, b, &plan->access[i->access], slot);
    } else if (i->kind == INSN_OUTPUT) {
      f64_output(e, b, i);
    } else {
      int arity = i->arity;
      struct value none = {slot, 0}, va = values[i->a];
      struct value vb = arity > 1 ? values[i->b] : none, vc = arity > 2 ? values[i->c] : none;
      int stride = va.stride | vb.stride | vc.stride;
      if (n == 1 || !stride)
        *slot = op_value(i->code, *va.p, arity > 1 ? *vb.p : 0, arity > 2 ? *vc.p : 0, i->k);
      else
        f64_op_vector(i->code, n, slot, va, vb, vc, i->k);
      values[i->v] = (struct value){slot, stride};
    }
  }
}

/* Copies the uniform values that lane instructions use, once for each lane of a tile. */
static void copy_uniform(struct f64 *e, const struct block *b, int tile)
{
  for (int i = 0; i < b->plan->ncopied; i++) {
    const struct copied *c = &b->plan->copied[i];
    struct value *v = &b->plan->values[c->v];
    if (!v->stride) continue;
    double *slot = e->slots + (ptrdiff_t)c->slot * b->plan->width;
    for (int g = 0; g < tile; g++) memcpy(slot + g * b->n, v->p, (size_t)b->n * sizeof *slot);
    v->p = slot;
  }
}

static void run_block(struct f64 *e, const struct plan *plan, int64_t p, int n, int lanes)
{
  struct block b = {.plan = plan, .p = p, .n = n};
  run_section(e, &b, 0, plan->nuniform);
  if (!plan->lane) return;
  if (n >= SHORT_BLOCK) {
    for (b.lane = 0; b.lane < lanes; b.lane++) run_section(e, &b, plan->nuniform, plan->ninsns);
    return;
  }
  int tile = F64_BLOCK / n < lanes ? F64_BLOCK / n : lanes;
  if (n == 1)
    for (int i = 0; i < plan->ncopied; i++) plan->values[plan->copied[i].v].stride = 0;
  else
    copy_uniform(e, &b, tile);
  for (b.lane = 0; b.lane < lanes; b.lane += tile) {
    b.tile = tile < lanes - b.lane ? tile : lanes - b.lane;
    run_section(e, &b, plan->nuniform, plan->ninsns);
  }
}

/* An ordered kernel: blocks of a single iteration. */
static void run_ordered(struct f64 *e, const struct plan *plan, int64_t begin, int64_t end,
                        int lanes)
{
  for (int64_t i = begin; i < end; i++) {
    int64_t p = plan->order > 0 ? i : begin + (end - 1 - i);
    if (plan->stepped) {
      if (plan->order < 0 || i == begin) begin_walk(&e->walk, plan, p);
      walk_block(&e->walk, plan, 1);
    }
    run_block(e, plan, p, 1, lanes);
  }
}

static void run_slab(struct f64 *e, const struct plan *plan, int64_t begin, int64_t end, int lanes)
{
  if (plan->ninsns == 0 || begin >= end) return;
  if (plan->order != 0) {
    run_ordered(e, plan, begin, end, lanes);
    return;
  }
  if (plan->stepped) begin_walk(&e->walk, plan, begin);
  for (int64_t p = begin; p < end; p += F64_BLOCK) {
    int n = end - p < F64_BLOCK ? (int)(end - p) : F64_BLOCK;
    if (plan->stepped) walk_block(&e->walk, plan, n);
    run_block(e, plan, p, n, lanes);
  }
}

static void run_group(struct f64 *e, const struct group *g, bool lane, int lanes)
{
  const struct plan *plans = e->plans + g->first;
  int64_t outer = group_outer_count(e->p, g);
  bool any = false;
  for (int i = 0; i < g->count; i++) {
    if (plans[i].ninsns == 0) continue;
    assert(g->nouter == 0 || !any || plans[i].lane == lane);
    any |= plans[i].lane == lane;
  }
  if (!any) return;
  for (int64_t step = 0; step < outer; step++)
    for (int i = 0; i < g->count; i++) {
      int64_t begin, end;
      if (plans[i].lane != lane) continue;
      domain_slab(plans[i].domain, g->nouter, g->reverse ? outer - 1 - step : step, &begin, &end);
      run_slab(e, &plans[i], begin, end, lanes);
    }
}

/* Starts the arrays of one kind and runs the kernels that compute them. */
static void run(struct f64 *e, bool lane, int lanes)
{
  const struct program *p = e->p;
  for (size_t i = 0; i < p->arrays.len; i++) {
    const struct array *a = &p->arrays.data[i];
    struct store *s = &e->stores[i];
    if (a->kind != ARRAY_COMPUTED || a->lane != lane || !s->fill) continue;
    for (int l = 0; l < (lane ? lanes : 1); l++) {
      double *data = s->data + l * s->plane;
      if (a->fill == 0)
        memset(data, 0, (size_t)a->size * sizeof *data);
      else
        for (int64_t j = 0; j < a->size; j++) data[j] = a->fill;
      if (s->written) memset(s->written + l * s->plane, 0, (size_t)a->size);
    }
  }
  for (size_t i = 0; i < p->groups.len; i++) run_group(e, &p->groups.data[i], lane, lanes);
}

void f64_run_uniform(struct f64 *e, const double *x)
{
  for (size_t i = 0; i < e->p->arrays.len; i++)
    if (e->p->arrays.data[i].kind == ARRAY_VARIABLE)
      e->stores[i].data = (double *)x + e->p->arrays.data[i].offset;
  run(e, false, 0);
}

void f64_run_lanes(struct f64 *e, const double *seeds, int lanes)
{
  assert(lanes <= e->lanes);
  for (size_t i = 0; i < e->p->arrays.len; i++)
    if (e->p->arrays.data[i].kind == ARRAY_SEED) {
      e->stores[i].data = (double *)seeds + e->p->arrays.data[i].offset;
      e->stores[i].plane = e->p->n;
    }
  run(e, true, lanes);
}
