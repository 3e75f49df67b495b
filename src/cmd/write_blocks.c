/* --blocks: the Hessian as a matrix for each pair of blocks of variables. */
#include "config.h"

#include "cmd/write.h"

/* A block as a range of unknowns. */
struct range {
  const char *name;
  int32_t first, end;
};

struct blocks {
  struct work *w;
  struct json_writer *j;
  const struct numbers *values;
  struct range *range;
  size_t count;
  int64_t *next; /* of each row: its first entry in the block at hand or those after it */
};

static enum status find_ranges(struct work *w, struct blocks *b)
{
  const struct block *blocks;
  const int *order;
  b->count = problem_unknown_blocks(w->problem, &order);
  problem_blocks(w->problem, &blocks);
  b->range = mem_alloc(b->count, sizeof *b->range);
  b->next = mem_alloc((size_t)w->n, sizeof *b->next);
  if (!b->range || !b->next) return diag_no_memory(w->ctx);
  for (size_t i = 0; i < b->count; i++) {
    const struct block *from = &blocks[order[i]];
    b->range[i] =
        (struct range){from->name, (int32_t)from->unknown, (int32_t)(from->unknown + from->size)};
  }
  for (int32_t i = 0; i < w->n; i++) b->next[i] = w->pattern.ptr[i];
  return STATUS_OK;
}

/* The end of row i's entries in the columns before `end`. */
static int64_t row_end(const struct blocks *b, int32_t i, int32_t end)
{
  const struct pattern *p = &b->w->pattern;
  int64_t k = b->next[i];
  while (k < p->ptr[i + 1] && p->ind[k] < end) k++;
  return k;
}

static void put_pair(struct blocks *b, const struct range *r, const struct range *c)
{
  struct json_writer *j = b->j;
  json_object_begin(j);
  json_key(j, "nrows");
  json_int(j, r->end - r->first);
  json_key(j, "ncols");
  json_int(j, c->end - c->first);
  json_key(j, "rows");
  json_array_begin(j);
  for (int32_t i = r->first; i < r->end; i++)
    for (int64_t k = b->next[i], end = row_end(b, i, c->end); k < end; k++)
      json_int(j, i - r->first);
  json_array_end(j);
  json_key(j, "cols");
  json_array_begin(j);
  for (int32_t i = r->first; i < r->end; i++)
    for (int64_t k = b->next[i], end = row_end(b, i, c->end); k < end; k++)
      json_int(j, b->w->pattern.ind[k] - c->first);
  json_array_end(j);
  json_key(j, "values");
  json_array_begin(j);
  for (int32_t i = r->first; i < r->end; i++)
    for (int64_t end = row_end(b, i, c->end); b->next[i] < end; b->next[i]++) {
      struct number v = numbers_get(b->values, b->next[i]);
      write_json_number(j, b->values->field, &v);
    }
  json_array_end(j);
  json_object_end(j);
}

enum status write_json_blocks(struct work *w, struct json_writer *j, const struct numbers *values)
{
  struct blocks b = {.w = w, .j = j, .values = values};
  enum status status = find_ranges(w, &b);
  if (status == STATUS_OK) {
    json_key(j, "blocks");
    json_object_begin(j);
    for (size_t r = 0; r < b.count; r++) {
      json_key(j, b.range[r].name);
      json_object_begin(j);
      for (size_t c = 0; c < b.count; c++) {
        json_key(j, b.range[c].name);
        put_pair(&b, &b.range[r], &b.range[c]);
      }
      json_object_end(j);
    }
    json_object_end(j);
  }
  mem_free(b.range);
  mem_free(b.next);
  return status;
}
