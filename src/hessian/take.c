/* The same model with other data: is its Program the same but for the numbers in it? */
#include "config.h"

#include "hessian/problem_parts.h"

#include <string.h>

#include "base/number.h"
#include "lang/quantity.h"

/* A digest would do almost always; this is exact, and compares what messages say, too. */

static bool same_words(const int64_t *a, const int64_t *b, int64_t count)
{
  if (!a || !b) return a == b;
  return count <= 0 || memcmp(a, b, (size_t)count * sizeof *a) == 0;
}

static bool same_name(const char *a, const char *b)
{
  return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_loc(struct loc a, struct loc b)
{
  return a.source == b.source && a.begin == b.begin && a.end == b.end;
}

/* ---- the Program ---- */

static bool same_array(const struct array *a, const struct array *b)
{
  return a->kind == b->kind && a->size == b->size && a->lane == b->lane && a->offset == b->offset &&
         a->unknown == b->unknown && a->symbol == b->symbol && number_same_bits(a->fill, b->fill) &&
         same_name(a->name, b->name);
}

static bool same_table(const struct table *a, const struct table *b)
{
  if (a->len != b->len) return false;
  for (int64_t i = 0; i < a->len; i++)
    if (table_get(a, i) != table_get(b, i)) return false;
  return true;
}

static bool same_labels(const struct domain *a, const struct domain *b)
{
  for (int d = 0; d < a->ndim; d++)
    if (!same_name(a->label[d].name, b->label[d].name) || a->label[d].first != b->label[d].first ||
        a->label[d].step != b->label[d].step)
      return false;
  return true;
}

/* Not the slabs: the runs and the outer loops of the group make them. */
static bool same_domain(const struct domain *a, const struct domain *b)
{
  if (a->kind != b->kind || a->ndim != b->ndim || a->count != b->count || !same_labels(a, b))
    return false;
  if (a->kind == DOMAIN_BOX)
    return same_words(a->lo, b->lo, a->ndim) && same_words(a->step, b->step, a->ndim) &&
           same_words(a->extent, b->extent, a->ndim);
  return a->nruns == b->nruns && same_words(a->start, b->start, a->nruns + 1) &&
         same_words(a->first, b->first, a->nruns * a->ndim) &&
         same_words(a->run_step, b->run_step, a->nruns);
}

static bool same_op(const struct op *a, const struct op *b)
{
  return a->code == b->code && a->literal == b->literal && a->a == b->a && a->b == b->b &&
         a->c == b->c && number_same_bits(a->value, b->value) && same_loc(a->loc, b->loc);
}

static bool same_output(const struct output *a, const struct output *b)
{
  return a->array == b->array && map_equal(&a->map, &b->map) && a->mode == b->mode &&
         a->value == b->value && a->winner == b->winner;
}

static bool same_kernel(const struct kernel *a, const struct kernel *b)
{
  bool same = a->domain == b->domain && a->order == b->order && a->reads.len == b->reads.len &&
              a->ops.len == b->ops.len && a->outputs.len == b->outputs.len &&
              same_loc(a->loc, b->loc);
  for (size_t i = 0; same && i < a->reads.len; i++)
    same = a->reads.data[i].array == b->reads.data[i].array &&
           map_equal(&a->reads.data[i].map, &b->reads.data[i].map);
  for (size_t i = 0; same && i < a->ops.len; i++) same = same_op(&a->ops.data[i], &b->ops.data[i]);
  for (size_t i = 0; same && i < a->outputs.len; i++)
    same = same_output(&a->outputs.data[i], &b->outputs.data[i]);
  return same;
}

static bool same_group(const struct group *a, const struct group *b)
{
  return a->nouter == b->nouter && (!a->nouter || a->outer == b->outer) &&
         a->reverse == b->reverse && a->first == b->first && a->count == b->count;
}

static bool same_literals(enum field field, const struct program *a, const struct program *b)
{
  bool same = a->literals.len == b->literals.len;
  for (size_t i = 0; same && i < a->literals.len; i++)
    same = number_equal(field, &a->literals.data[i], &b->literals.data[i]);
  return same;
}

static bool same_program(const struct program *a, const struct program *b)
{
  bool same = a->nx == b->nx && a->n == b->n && a->value == b->value &&
              a->arrays.len == b->arrays.len && a->tables.len == b->tables.len &&
              a->domains.len == b->domains.len && a->kernels.len == b->kernels.len &&
              a->groups.len == b->groups.len;
  for (size_t i = 0; same && i < a->arrays.len; i++)
    same = same_array(&a->arrays.data[i], &b->arrays.data[i]);
  for (size_t i = 0; same && i < a->tables.len; i++)
    same = same_table(&a->tables.data[i], &b->tables.data[i]);
  for (size_t i = 0; same && i < a->domains.len; i++)
    same = same_domain(&a->domains.data[i], &b->domains.data[i]);
  for (size_t i = 0; same && i < a->kernels.len; i++)
    same = same_kernel(&a->kernels.data[i], &b->kernels.data[i]);
  for (size_t i = 0; same && i < a->groups.len; i++)
    same = same_group(&a->groups.data[i], &b->groups.data[i]);
  return same;
}

/* ---- symbols: the names of elements ---- */

static bool same_shape(const struct shape *a, const struct shape *b)
{
  if (a->ndim != b->ndim || a->box != b->box || a->size != b->size || !a->hole != !b->hole)
    return false;
  if (!same_words(a->lo, b->lo, a->ndim) || !same_words(a->step, b->step, a->ndim) ||
      !same_words(a->extent, b->extent, a->ndim))
    return false;
  if (!a->box) return same_words(a->index, b->index, a->size * a->ndim);
  return !a->hole || memcmp(a->hole, b->hole, (size_t)a->size) == 0;
}

static bool same_symbol(const struct symbol *a, const struct symbol *b)
{
  if (a->array != b->array || a->nentries != b->nentries || a->has_default != b->has_default ||
      !same_shape(&a->shape, &b->shape))
    return false;
  for (int d = 0; d < LOOP_MAX; d++)
    if (!a->coord[d] != !b->coord[d] ||
        (a->coord[d] && a->nentries &&
         memcmp(a->coord[d], b->coord[d], (size_t)a->nentries * sizeof *a->coord[d]) != 0))
      return false;
  return true;
}

static bool same_but_data(const struct problem *p, const struct problem *q)
{
  if (p->nsymbols != q->nsymbols || !same_program(&p->program, &q->program) ||
      !same_literals(p->field, &p->program, &q->program))
    return false;
  for (size_t i = 0; i < p->nsymbols; i++)
    if (!same_symbol(&p->symbols[i], &q->symbols[i])) return false;
  return true;
}

/* ---- taking ---- */

static void swap(struct numbers *a, struct numbers *b)
{
  struct numbers old = *a;
  *a = *b;
  *b = old;
}

/* Evaluations share the arrays of data: these stay where they are, and get other numbers. */
bool problem_take_data(struct problem *p, struct problem *from)
{
  if (!same_but_data(p, from)) return false;
  for (size_t i = 0; i < p->program.arrays.len; i++) {
    struct array *a = &p->program.arrays.data[i];
    if (a->kind == ARRAY_DATA && a->size > 0)
      numbers_copy(&a->data, &from->program.arrays.data[i].data, a->size);
  }
  for (size_t i = 0; i < p->nsymbols; i++) {
    swap(&p->symbols[i].data, &from->symbols[i].data);
    swap(&p->symbols[i].given, &from->symbols[i].given);
  }
  return true;
}
