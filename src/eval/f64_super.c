/* Superblocks.
 *
 * Threads run superblocks at the same time, so what two of them add to must be different elements.
 * The elements that a superblock adds to lie between a least and a greatest one.  If these ranges
 * do not overlap, all superblocks may run together; if only neighbours overlap, those with even
 * numbers may, and then those with odd numbers, always in this order, so that every element has its
 * terms added in the same order whatever runs where.  Sums into a single element get a partial sum
 * per superblock.  A kernel to which none of this applies runs as a whole. */
#include "config.h"

#include "eval/f64_plan.h"

enum { SUPERBLOCK = 64 * F64_BLOCK };

struct range {
  int64_t least, greatest;
};

static void widen(struct range *r, int64_t a, int64_t b)
{
  if (b < a) {
    int64_t t = a;
    a = b;
    b = t;
  }
  if (a < r->least) r->least = a;
  if (b > r->greatest) r->greatest = b;
}

/* The elements of an access at the positions [begin, end). */
static void widen_by(const struct domain *d, const struct access *x, int64_t begin, int64_t end,
                     struct range *r)
{
  struct stretch s;
  int64_t hint = 0, stride;
  switch (x->kind) {
  case ACCESS_FLAT: widen(r, x->base + x->stride * begin, x->base + x->stride * (end - 1)); break;
  case ACCESS_TABLE:
    for (int64_t p = begin; p < end; p++) {
      int64_t at = table_get(x->table, p);
      widen(r, at, at);
    }
    break;
  case ACCESS_STEPPED:
    for (int64_t p = begin; p < end; p += s.len) {
      domain_stretch(d, p, end, &hint, &s);
      int64_t at = map_stretch(x->map, &s, d->ndim, &stride);
      widen(r, at, at + stride * (s.len - 1));
    }
    break;
  }
}

static bool adds_by_superblocks(const struct plan *plan, int output)
{
  return plan->outputs[output].mode == OUTPUT_ADD &&
         plan->access[plan->nreads + output].partial < 0;
}

static struct range range_of(const struct plan *plan, int array, int64_t s)
{
  struct range r = {INT64_MAX, INT64_MIN};
  int64_t begin = s * plan->super, end = begin + plan->super, count = plan->domain->count;
  for (int i = 0; i < plan->naccess - plan->nreads; i++)
    if (adds_by_superblocks(plan, i) && plan->outputs[i].array == array)
      widen_by(plan->domain, &plan->access[plan->nreads + i], begin, end < count ? end : count, &r);
  return r;
}

/* How many superblocks back the range of one may not reach: 1 if no ranges overlap, 2 if only those
 * of neighbours do, 0 otherwise.  The ranges must go in one direction. */
static int distance(const struct plan *plan, int array)
{
  int up = 1, down = 1;
  struct range before[2] = {{0, 0}, {0, 0}}; /* of the last two */
  for (int64_t s = 0; s < plan->nsuper; s++) {
    struct range r = range_of(plan, array, s);
    for (int back = 1; back <= 2 && back <= s; back++) {
      const struct range *b = &before[back - 1];
      if (r.least <= b->greatest && up <= back) up = back + 1;
      if (r.greatest >= b->least && down <= back) down = back + 1;
    }
    before[1] = before[0];
    before[0] = r;
  }
  int least = up < down ? up : down;
  return least <= 2 ? least : 0;
}

static int64_t superblock_size(const struct plan *plan)
{
  if (plan->row == 0 || plan->row > SUPERBLOCK) return SUPERBLOCK;
  return SUPERBLOCK / plan->row * plan->row;
}

/* Outputs that add all to one element; false if there is one that superblocks cannot do. */
static bool number_partials(struct plan *plan)
{
  for (int i = 0; i < plan->naccess - plan->nreads; i++) {
    const struct output *o = &plan->outputs[i];
    struct access *x = &plan->access[plan->nreads + i];
    if (o->mode != OUTPUT_ADD && o->mode != OUTPUT_SET) return false;
    if (o->mode == OUTPUT_ADD && x->kind == ACCESS_FLAT && x->stride == 0)
      x->partial = plan->npartials++;
  }
  return true;
}

static void run_as_a_whole(struct plan *plan)
{
  for (int i = plan->nreads; i < plan->naccess; i++) plan->access[i].partial = -1;
  plan->npartials = 0;
  plan->nsuper = 0;
}

void f64_plan_superblocks(struct plan *plan)
{
  int64_t count = plan->domain->count;
  plan->super = superblock_size(plan);
  plan->phases = 1;
  if (count <= plan->super) return;
  plan->nsuper = (count - 1) / plan->super + 1;
  bool possible = number_partials(plan);
  for (int i = 0; possible && i < plan->naccess - plan->nreads; i++) {
    if (!adds_by_superblocks(plan, i)) continue;
    int least = distance(plan, plan->outputs[i].array);
    if (least > plan->phases) plan->phases = least;
    possible = least > 0;
  }
  if (!possible) run_as_a_whole(plan);
}
