/* Sets of intermediates.
 *
 * Where the reads of an output have pieces that move on together, all of its elements have the same
 * set, shifted: the union is made once. */
#include "config.h"

#include "program/depend_parts.h"

/* One of the reads that an output depends on, along a stretch. */
struct operand {
  const struct read *read;
  struct cursor cursor;
  struct piece piece; /* from the iteration that comes next on */
};

/* The sets of an output, as they are made. */
struct making {
  struct analysis *t;
  const struct kernel *k;
  const struct output *out;
  struct dependence *sets; /* of the array */
  struct operand *operand;
  int32_t count;
  int64_t target; /* the element that the union is for, -1: none */
};

/* Brings all operands to iteration n; returns for how many iterations their pieces last. */
static int64_t read_pieces(struct making *m, int64_t n, int64_t end)
{
  int64_t len = end - n;
  for (int32_t i = 0; i < m->count; i++) {
    struct operand *from = &m->operand[i];
    if (from->piece.len == 0) from->piece = read_piece(m->t, from->read, &from->cursor, n, end);
    if (from->piece.len < len) len = from->piece.len;
  }
  return len;
}

static void skip_pieces(struct making *m, int64_t len)
{
  for (int32_t i = 0; i < m->count; i++) piece_skip(&m->operand[i].piece, len);
}

/* Whether all pieces move on by the same step. */
static bool move_together(const struct making *m, int32_t *step)
{
  bool any = false;
  *step = 0;
  for (int32_t i = 0; i < m->count; i++) {
    const struct piece *p = &m->operand[i].piece;
    if (p->at.set == DEPSET_EMPTY) continue;
    if (any && p->step != *step) return false;
    *step = p->step;
    any = true;
  }
  return true;
}

/* Ends the union for the target: joins what was there. */
static enum status store_union(struct making *m)
{
  struct dependence *element = &m->sets[m->target];
  m->target = -1;
  TRY(depunion_add_set(m->t->ctx, &m->t->join, &m->t->store, *element));
  return depunion_take(m->t->ctx, &m->t->join, &m->t->store, element);
}

static enum status add_firsts(struct making *m)
{
  for (int32_t i = 0; i < m->count; i++)
    TRY(depunion_add_set(m->t->ctx, &m->t->join, &m->t->store, m->operand[i].piece.at));
  return STATUS_OK;
}

/* Elements that are set, each once: `*len` iterations or, if they differ, one. */
static enum status set_elements(struct making *m, const struct cursor *to, int64_t n, int64_t *len)
{
  int32_t step;
  struct dependence d;
  if (!move_together(m, &step)) *len = 1;
  TRY(add_firsts(m));
  TRY(depunion_take(m->t->ctx, &m->t->join, &m->t->store, &d));
  if (step != 0 && !depsets_small(&m->t->store, d.set)) *len = 1;
  for (int64_t k = 0; k < *len; k++)
    m->sets[cursor_offset(to, n + k)] =
        (struct dependence){d.set, (int32_t)(d.shift + (d.set ? k * step : 0))};
  return STATUS_OK;
}

/* Adds what a piece has in len iterations. */
static enum status add_piece(struct making *m, const struct piece *p, int64_t len)
{
  const struct depsets *s = &m->t->store;
  struct depset set = s->sets.data[p->at.set];
  if (p->step == 0) return depunion_add_set(m->t->ctx, &m->t->join, s, p->at);
  int32_t far = p->at.shift + (int32_t)((len - 1) * p->step);
  int32_t low = p->step < 0 ? far : p->at.shift, high = p->step < 0 ? p->at.shift : far;
  for (int64_t i = 0; i < set.count; i++) {
    struct interval a = s->intervals.data[set.begin + i];
    TRY(depunion_add(m->t->ctx, &m->t->join, (struct interval){a.lo + low, a.hi + high}));
  }
  return STATUS_OK;
}

/* Adds what an operand has in the whole stretch. */
static enum status add_operand(struct making *m, const struct operand *from, int64_t len)
{
  int64_t some;
  for (int64_t n = 0; n < len; n += some) {
    struct piece p = read_piece(m->t, from->read, &from->cursor, n, len);
    bool gaps = p.step < -1 || p.step > 1;
    some = gaps ? 1 : p.len;
    TRY(add_piece(m, &p, some));
  }
  return STATUS_OK;
}

/* Begins (or goes on with) the union for an element that is added to. */
static enum status go_to(struct making *m, int64_t target)
{
  if (m->target >= 0 && m->target != target) TRY(store_union(m));
  m->target = target;
  return STATUS_OK;
}

/* Elements that are added to, in a stretch: one, or one per iteration. */
static enum status add_stretch(struct making *m, const struct cursor *to, int64_t len)
{
  bool still = to->stride == 0 && !to->table && !m->k->order;
  if (still) TRY(go_to(m, to->at));
  for (int32_t i = 0; i < m->count && still; i++) TRY(add_operand(m, &m->operand[i], len));
  for (int64_t n = 0; n < len && !still; n++) {
    TRY(go_to(m, cursor_offset(to, n)));
    read_pieces(m, n, m->k->order ? n + 1 : len);
    TRY(add_firsts(m));
    skip_pieces(m, 1);
  }
  return STATUS_OK;
}

/* Elements that are set, in a stretch. */
static enum status set_stretch(struct making *m, const struct cursor *to, int64_t len)
{
  int64_t some;
  for (int64_t n = 0; n < len; n += some) {
    /* An iteration of an ordered kernel may read what the one before wrote. */
    some = read_pieces(m, n, m->k->order ? n + 1 : len);
    TRY(set_elements(m, to, n, &some));
    skip_pieces(m, some);
  }
  return STATUS_OK;
}

static enum status make_stretch(struct making *m, const struct stretch *s, int ndim)
{
  struct cursor to = cursor_at(m->t->p, &m->out->map, s, ndim);
  for (int32_t i = 0; i < m->count; i++) {
    struct operand *from = &m->operand[i];
    from->cursor = cursor_at(m->t->p, &from->read->map, s, ndim);
    from->piece.len = 0;
  }
  return m->out->mode == OUTPUT_SET ? set_stretch(m, &to, s->len) : add_stretch(m, &to, s->len);
}

/* The positions [begin, end) of kernel i add to the sets of output j. */
static enum status output_sets(struct analysis *t, size_t i, size_t j, int64_t begin, int64_t end)
{
  const struct kernel *k = &t->p->kernels.data[i];
  const struct domain *d = &t->p->domains.data[k->domain];
  const struct output *out = &k->outputs.data[j];
  struct readset reads = t->kernels[i].set[out->value];
  struct making m = {
      .t = t, .k = k, .out = out, .sets = t->sets[out->array], .count = reads.count, .target = -1};
  m.operand = mem_alloc((size_t)reads.count, sizeof *m.operand);
  if (!m.operand) return diag_no_memory(t->ctx);
  for (int32_t r = 0; r < reads.count; r++) m.operand[r].read = &k->reads.data[reads.read[r]];
  enum status status = STATUS_OK;
  int64_t hint = 0;
  struct stretch s;
  for (int64_t p = begin; p < end && status == STATUS_OK; p += s.len) {
    domain_stretch(d, p, end, &hint, &s);
    status = make_stretch(&m, &s, d->ndim);
  }
  if (m.target >= 0 && status == STATUS_OK) status = store_union(&m);
  mem_free(m.operand);
  return status;
}

static enum status kernel_sets(struct analysis *t, size_t i, int64_t begin, int64_t end)
{
  const struct kernel *k = &t->p->kernels.data[i];
  for (size_t j = 0; j < k->outputs.len; j++)
    if (t->needs_sets[k->outputs.data[j].array] &&
        t->kernels[i].set[k->outputs.data[j].value].count)
      TRY(output_sets(t, i, j, begin, end));
  return STATUS_OK;
}

enum status depend_sets(struct analysis *t)
{
  const struct program *p = t->p;
  for (size_t a = 0; a < p->arrays.len; a++)
    if (t->needs_sets[a] &&
        !(t->sets[a] = mem_zalloc((size_t)p->arrays.data[a].size, sizeof **t->sets)))
      return diag_no_memory(t->ctx);
  for (size_t g = 0; g < p->groups.len; g++) {
    const struct group *group = &p->groups.data[g];
    int64_t outer = group_outer_count(p, group);
    bool any = false;
    for (int i = 0; i < group->count; i++) {
      const struct kernel *k = &p->kernels.data[group->first + i];
      for (size_t j = 0; j < k->outputs.len; j++) any |= t->needs_sets[k->outputs.data[j].array];
    }
    for (int64_t o = 0; any && o < outer; o++)
      for (int i = 0; i < group->count; i++) {
        size_t k = (size_t)(group->first + i);
        int64_t begin, end;
        domain_slab(&p->domains.data[p->kernels.data[k].domain], group->nouter, o, &begin, &end);
        TRY(kernel_sets(t, k, begin, end));
      }
  }
  return STATUS_OK;
}
