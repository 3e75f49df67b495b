#include "config.h"

#include "eval/f64.h"

#include <assert.h>
#include <string.h>
#include <sys/mman.h>

#include "base/pool.h"
#include "eval/f64_run.h"

/* Memory */

/* What the kernels do with an array. */
struct usage {
  bool read, written, extreme;
  int64_t set; /* elements that outputs of mode SET write; -1 if there are other outputs */
  int writers; /* outputs */
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
      u->writers++;
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

/* What the memory of an evaluator holds, in numbers (flags: in bytes). */
struct layout {
  size_t *offsets; /* of the arrays */
  size_t arrays, rows, partials, work, flags;
  size_t slots, stretches; /* of a worker: the longest plan's */
  int cursors;
};

/* Lays out the arrays.  Those that nobody writes share one vector of zeros, which comes first. */
static bool lay_out(struct f64 *e, const struct usage *usage, const bool *in_rows, struct layout *l)
{
  const struct program *p = e->p;
  for (size_t i = 0; i < p->arrays.len; i++) {
    const struct array *a = &p->arrays.data[i];
    size_t plane;
    if (!plane_size(a->size, &plane)) return false;
    if (a->kind == ARRAY_COMPUTED && !usage[i].written && a->fill == 0 && plane > l->arrays)
      l->arrays = plane;
  }
  for (size_t i = 0; i < p->arrays.len; i++) {
    const struct array *a = &p->arrays.data[i];
    struct store *s = &e->stores[i];
    size_t plane, size;
    if (a->kind != ARRAY_COMPUTED || !plane_size(a->size, &plane)) continue;
    s->fill = !(usage[i].set == a->size);
    if (in_rows[i] || (!usage[i].written && a->fill == 0)) continue;
    if (!size_mul(plane, a->lane ? (size_t)e->lanes : 1, &size)) return false;
    s->plane = a->lane ? (int64_t)plane : 0;
    l->offsets[i] = l->arrays;
    if (!size_add(l->arrays, (size + 7) / 8 * 8, &l->arrays)) return false;
    if (usage[i].extreme && !size_add(l->flags, size, &l->flags)) return false;
  }
  return true;
}

/* The workspace of the blocks. */
static bool work_sizes(struct f64 *e, struct layout *l)
{
  for (size_t i = 0; i < e->p->kernels.len; i++) {
    struct plan *plan = &e->plans[i];
    size_t lanes = plan->lane ? (size_t)e->lanes : 1, work;
    if (plan->ncursors > l->cursors) l->cursors = plan->ncursors;
    int64_t most = plan->domain->count < F64_BLOCK ? plan->domain->count : F64_BLOCK;
    plan->width = F64_BLOCK;
    if ((size_t)most * lanes < F64_BLOCK) plan->width = ((int)((size_t)most * lanes) + 7) / 8 * 8;
    if (!size_mul((size_t)plan->nslots, (size_t)plan->width, &work)) return false;
    if (work > l->slots) l->slots = work;
    if (!size_mul((size_t)plan->nsuper * (size_t)plan->npartials, lanes, &work)) return false;
    if (work > l->partials) l->partials = work;
  }
  l->slots = (l->slots + 7) / 8 * 8;
  return size_add(l->slots, (size_t)2 * F64_BLOCK, &l->work) &&
         size_mul(l->work, (size_t)e->nworkers, &l->work);
}

static bool total_size(const struct layout *l, size_t *bytes)
{
  size_t numbers;
  return size_add(l->arrays, l->rows, &numbers) && size_add(numbers, l->partials, &numbers) &&
         size_add(numbers, l->work, &numbers) && size_add(numbers, 24, &numbers) &&
         size_mul(numbers, sizeof(double), bytes);
}

static void advise_large_pages(void *memory, size_t bytes)
{
#ifdef MADV_HUGEPAGE
  uintptr_t page = 4096, begin = ((uintptr_t)memory + page - 1) / page * page;
  if (bytes >= (size_t)8 << 20) madvise((void *)begin, (bytes - page) / page * page, MADV_HUGEPAGE);
#else
  (void)memory, (void)bytes;
#endif
}

/* Gives the arrays their places: first the workspace, then partial sums, the rows, the arrays. */
static void place_arrays(struct f64 *e, const struct usage *usage, const struct layout *l,
                         const struct f64_options *o)
{
  double *next = (double *)(((uintptr_t)e->memory + 63) / 64 * 64);
  size_t slots = l->work / (size_t)e->nworkers;
  for (int w = 0; w < e->nworkers; w++, next += slots) {
    e->workers[w].slots = next;
    e->workers[w].scratch = next + l->slots;
    e->workers[w].sum = e->workers[w].scratch + F64_BLOCK;
  }
  e->partials = next;
  e->rows = next + (l->partials + 7) / 8 * 8;
  double *arrays = e->rows + (l->rows + 7) / 8 * 8;
  char *written = e->written;
  for (size_t i = 0; i < e->p->arrays.len; i++) {
    struct store *s = &e->stores[i];
    const struct array *a = &e->p->arrays.data[i];
    if (a->kind == ARRAY_COMPUTED) s->data = arrays + l->offsets[i];
    if (a->kind == ARRAY_DATA) s->data = a->data.re;
    if (usage[i].extreme) {
      s->written = written;
      written += a->lane ? s->plane * e->lanes : a->size;
    }
  }
  for (size_t i = 0; i < o->npieces; i++) {
    struct store *s = &e->stores[o->pieces[i].array];
    s->data = e->rows + o->pieces[i].column;
    s->plane = o->row;
  }
}

/* What a worker has beside its vectors. */
static bool make_workers(struct f64 *e, const struct layout *l)
{
  size_t nvalues = 0;
  for (size_t i = 0; i < e->p->kernels.len; i++) {
    e->first_value[i] = nvalues;
    nvalues += (size_t)e->plans[i].nvalues;
  }
  for (int w = 0; w < e->nworkers; w++) {
    struct worker *worker = &e->workers[w];
    size_t ncursors = (size_t)l->cursors;
    worker->values = arena_alloc(&e->arena, nvalues, sizeof *worker->values);
    worker->cursors = arena_alloc(&e->arena, ncursors, sizeof *worker->cursors);
    int64_t *steps = arena_alloc(&e->arena, ncursors, (size_t)2 * F64_BLOCK * sizeof *steps);
    if (!worker->values || !worker->cursors || !steps) return false;
    for (size_t c = 0; c < ncursors; c++, steps += (ptrdiff_t)2 * F64_BLOCK)
      worker->cursors[c] = (struct cursor){.offset = steps, .step = steps + F64_BLOCK};
    for (size_t i = 0; i < e->p->kernels.len; i++)
      for (int v = 0; v < e->plans[i].nvalues; v++)
        if (e->plans[i].ops[v].code == OP_CONST)
          worker->values[e->first_value[i] + (size_t)v] =
              (struct value){&e->plans[i].ops[v].value, 0};
  }
  return true;
}

static enum status allocate(struct context *ctx, struct f64 *e, const struct usage *usage,
                            const struct f64_options *o)
{
  struct layout l = {0};
  size_t bytes, narrays = e->p->arrays.len;
  l.offsets = arena_alloc(&e->arena, narrays, sizeof *l.offsets);
  bool *in_rows = arena_alloc(&e->arena, narrays, sizeof *in_rows);
  e->workers = arena_alloc(&e->arena, (size_t)e->nworkers, sizeof *e->workers);
  if (!l.offsets || !in_rows || !e->workers) return diag_no_memory(ctx);
  for (size_t i = 0; i < o->npieces; i++) in_rows[o->pieces[i].array] = true;
  if (!size_mul((size_t)o->row, (size_t)e->lanes, &l.rows)) return diag_no_memory(ctx);
  if (!work_sizes(e, &l) || !lay_out(e, usage, in_rows, &l) || !total_size(&l, &bytes))
    return diag_no_memory(ctx);
  TRY(diag_check_memory(ctx, (double)bytes + (double)l.flags, "the evaluation"));
  e->memory = mem_zalloc(bytes, 1);
  e->written = mem_zalloc(l.flags, 1);
  if (!e->memory || !e->written || !make_workers(e, &l)) return diag_no_memory(ctx);
  advise_large_pages(e->memory, bytes);
  place_arrays(e, usage, &l, o);
  return STATUS_OK;
}

/* Whether output j of the plan is all that is ever added to its array, once to each element. */
static bool adds_first(const struct f64 *e, const struct usage *usage, const struct plan *plan,
                       int j)
{
  const struct access *x = &plan->access[plan->nreads + j];
  const struct array *a = &e->p->arrays.data[x->array];
  bool each = x->kind == ACCESS_FLAT && x->stride == 1 && x->base == 0;
  return plan->outputs[j].mode == OUTPUT_ADD && usage[x->array].writers == 1 && a->fill == 0 &&
         each && plan->domain->count == a->size && x->partial < 0 && plan->order == 0;
}

static void find_first_additions(struct f64 *e, struct usage *usage)
{
  for (size_t i = 0; i < e->p->kernels.len; i++)
    for (int j = 0; j < e->plans[i].naccess - e->plans[i].nreads; j++) {
      struct access *x = &e->plans[i].access[e->plans[i].nreads + j];
      x->first = adds_first(e, usage, &e->plans[i], j);
      if (x->first) usage[x->array].set = e->p->arrays.data[x->array].size;
    }
}

/* Every kernel with what its group means for it. */
static bool make_plans(struct f64 *e)
{
  for (size_t g = 0; g < e->p->groups.len; g++) {
    const struct group *group = &e->p->groups.data[g];
    for (int i = group->first; i < group->first + group->count; i++)
      if (f64_plan(&e->arena, e->p, group, &e->p->kernels.data[i], &e->plans[i]) != STATUS_OK)
        return false;
  }
  return true;
}

/* Whether there is anything for threads to do. */
static bool has_superblocks(const struct f64 *e)
{
  for (size_t i = 0; i < e->p->kernels.len; i++)
    if (e->plans[i].nsuper > 0) return true;
  return false;
}

enum status f64_create(struct context *ctx, const struct program *p,
                       const struct f64_options *options, struct f64 **out)
{
  enum status status = STATUS_OK;
  struct f64 *e = mem_zalloc(1, sizeof *e);
  struct usage *usage = mem_zalloc(p->arrays.len, sizeof *usage);
  *out = NULL;
  if (!e || !usage) goto no_memory;
  e->p = p;
  e->lanes = options->lanes;
  e->stores = arena_alloc(&e->arena, p->arrays.len, sizeof *e->stores);
  e->plans = arena_alloc(&e->arena, p->kernels.len, sizeof *e->plans);
  e->first_value = arena_alloc(&e->arena, p->kernels.len, sizeof *e->first_value);
  if (!e->stores || !e->plans || !e->first_value) goto no_memory;
  find_usage(p, usage);
  if (!make_plans(e)) goto no_memory;
  find_first_additions(e, usage);
  if (has_superblocks(e)) e->pool = options->pool;
  e->nworkers = pool_workers(e->pool);
  status = allocate(ctx, e, usage, options);
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

int f64_threads(const struct f64 *e)
{
  return e->nworkers;
}

const double *f64_array(const struct f64 *e, int array, int lane)
{
  const struct store *s = &e->stores[array];
  return s->data ? s->data + lane * s->plane : NULL;
}

const double *f64_rows(const struct f64 *e)
{
  return e->rows;
}

/* Running */

static struct block begin_block(const struct f64 *e, size_t kernel, int worker)
{
  struct worker *w = &e->workers[worker];
  return (struct block){
      .e = e, .plan = &e->plans[kernel], .w = w, .values = w->values + e->first_value[kernel]};
}

/* The superblocks of a kernel as tasks. */
struct superblocks {
  const struct f64 *e;
  size_t kernel;
  int lanes;
};

static void run_superblock(void *user, int worker, int64_t s)
{
  const struct superblocks *t = user;
  struct block b = begin_block(t->e, t->kernel, worker);
  const struct plan *plan = b.plan;
  int64_t begin = s * plan->super, end = begin + plan->super;
  b.partials = t->e->partials + s * plan->npartials * (t->lanes > 0 ? t->lanes : 1);
  f64_run_blocks(&b, begin, end < plan->domain->count ? end : plan->domain->count, t->lanes);
}

/* Adds the partial sums to their elements, superblock after superblock. */
static void add_partials(const struct f64 *e, const struct plan *plan, int lanes)
{
  const double *partial = e->partials;
  for (int64_t s = 0; s < plan->nsuper; s++)
    for (int l = 0; l < (lanes > 0 ? lanes : 1); l++)
      for (int j = plan->nreads; j < plan->naccess; j++) {
        const struct access *x = &plan->access[j];
        const struct store *to = &e->stores[x->array];
        if (x->partial >= 0) to->data[l * to->plane + x->base] += *partial++;
      }
}

static void run_kernel(struct f64 *e, size_t kernel, int lanes)
{
  const struct plan *plan = &e->plans[kernel];
  struct superblocks t = {.e = e, .kernel = kernel, .lanes = plan->lane ? lanes : 0};
  if (plan->nsuper == 0) {
    struct block b = begin_block(e, kernel, 0);
    f64_run_blocks(&b, 0, plan->domain->count, lanes);
    return;
  }
  size_t partials =
      (size_t)plan->nsuper * (size_t)plan->npartials * (t.lanes > 0 ? (size_t)t.lanes : 1);
  memset(e->partials, 0, partials * sizeof *e->partials);
  for (int phase = 0; phase < plan->phases; phase++)
    pool_run(e->pool, run_superblock, &t, phase, plan->nsuper, plan->phases);
  add_partials(e, plan, t.lanes);
}

static void run_steps(struct f64 *e, const struct group *g, bool lane, int lanes)
{
  int64_t outer = group_outer_count(e->p, g);
  for (int64_t step = 0; step < outer; step++)
    for (int i = g->first; i < g->first + g->count; i++) {
      int64_t begin, end;
      if (e->plans[i].ninsns == 0 || e->plans[i].lane != lane) continue;
      struct block b = begin_block(e, (size_t)i, 0);
      domain_slab(b.plan->domain, g->nouter, g->reverse ? outer - 1 - step : step, &begin, &end);
      f64_run_blocks(&b, begin, end, lanes);
    }
}

static void run_group(struct f64 *e, const struct group *g, bool lane, int lanes)
{
  bool any = false;
  for (int i = g->first; i < g->first + g->count; i++) {
    const struct plan *plan = &e->plans[i];
    if (plan->ninsns == 0) continue;
    assert(g->nouter == 0 || !any || plan->lane == lane);
    if (plan->lane != lane) continue;
    any = true;
    if (g->nouter == 0) run_kernel(e, (size_t)i, lanes);
  }
  if (any && g->nouter > 0) run_steps(e, g, lane, lanes);
}

/* A plane of an array that starts with a value. */
struct plane {
  double *data, fill;
  char *written; /* or NULL */
  int64_t size;
};
enum { FILL_PART = 1 << 16 }; /* elements */

static void fill_part(void *user, int worker, int64_t i)
{
  const struct plane *a = user;
  (void)worker;
  int64_t n = a->size - i < FILL_PART ? a->size - i : FILL_PART;
  if (a->fill == 0)
    memset(a->data + i, 0, (size_t)n * sizeof *a->data);
  else
    for (int64_t j = i; j < i + n; j++) a->data[j] = a->fill;
  if (a->written) memset(a->written + i, 0, (size_t)n);
}

static void fill_array(const struct f64 *e, size_t array, int planes)
{
  const struct store *s = &e->stores[array];
  const struct array *a = &e->p->arrays.data[array];
  for (int l = 0; l < planes; l++) {
    struct plane plane = {s->data + l * s->plane, a->fill,
                          s->written ? s->written + l * s->plane : NULL, a->size};
    pool_run(e->pool, fill_part, &plane, 0, a->size, FILL_PART);
  }
}

/* Starts the arrays of one kind and runs the kernels that compute them. */
static void run(struct f64 *e, bool lane, int lanes)
{
  const struct program *p = e->p;
  for (size_t i = 0; i < p->arrays.len; i++) {
    const struct array *a = &p->arrays.data[i];
    if (a->kind == ARRAY_COMPUTED && a->lane == lane && e->stores[i].fill)
      fill_array(e, i, lane ? lanes : 1);
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
  e->color = NULL;
  for (size_t i = 0; i < e->p->arrays.len; i++)
    if (e->p->arrays.data[i].kind == ARRAY_SEED) {
      e->stores[i].data = (double *)seeds + e->p->arrays.data[i].offset;
      e->stores[i].plane = e->p->n;
    }
  run(e, true, lanes);
}

void f64_run_colors(struct f64 *e, const int32_t *color, int64_t first, int lanes)
{
  assert(lanes <= e->lanes);
  e->color = color;
  e->first_color = first;
  run(e, true, lanes);
}
