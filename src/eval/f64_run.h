/* The running evaluator: what f64.c (control, reads) and f64_output.c (writes) share. */
#ifndef ASDEX_EVAL_F64_RUN_H
#define ASDEX_EVAL_F64_RUN_H

#include "eval/f64_plan.h"

/* The stretches of the current block, and where the walk over the domain stands. */
struct walk {
  int count;
  int32_t start[F64_BLOCK + 1]; /* within the block; start[count] is its length */
  int64_t digit[LOOP_MAX];      /* box: of all loops but the last */
  int64_t column;               /* the position within the row (box) or run */
  int64_t run;
};

struct f64 {
  const struct program *p;
  int lanes; /* at most */
  struct store *stores;
  struct plan *plans;
  const double *x;
  struct walk walk;
  double *slots;   /* vectors, shared by all plans */
  double *scratch; /* one more */
  double *memory;  /* all arrays, slots */
  char *written;
  struct arena arena;
};

/* The block being run: positions p … p+n-1.  In tile mode, `tile` ≥ 1 lanes from `lane` on are
 * evaluated together, and a vector holds n elements of each, lane after lane; else tile is 0. */
struct block {
  const struct plan *plan;
  int64_t p;
  int n;
  int lane, tile;
};

/* If the access is equidistant all over the block: its offset at p and its stride. */
static inline bool access_single(const struct walk *w, const struct access *x, int64_t p,
                                 int64_t *offset, int64_t *stride)
{
  if (x->kind == ACCESS_FLAT) {
    *offset = x->base + x->stride * p;
    *stride = x->stride;
    return true;
  }
  if (x->kind != ACCESS_STEPPED || w->count != 1) return false;
  *offset = x->offset[0];
  *stride = x->step[0];
  return true;
}

/* The offset in a block of one position. */
static inline int64_t access_one(const struct access *x, int64_t p)
{
  if (x->kind == ACCESS_FLAT) return x->base + x->stride * p;
  return x->kind == ACCESS_STEPPED ? x->offset[0] : table_get(x->table, p);
}

void f64_output(struct f64 *e, const struct block *b, const struct insn *insn);

#endif
