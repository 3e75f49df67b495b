/* The running evaluator: what f64.c (memory, groups), f64_block.c (a block) and f64_output.c (its
 * writes) share. */
#ifndef ASDEX_EVAL_F64_RUN_H
#define ASDEX_EVAL_F64_RUN_H

#include "eval/f64_plan.h"

/* Where an array is: uniform arrays have a plane of 0. */
struct store {
  double *data;
  int64_t plane; /* from one lane to the next */
  char *written; /* of arrays with minima or maxima: the elements that have one (all lanes) */
  bool fill;     /* must be filled before each run */
};

/* A stepped access in the current block. */
struct cursor {
  int64_t row;            /* offset at the beginning of the current row of a box */
  int64_t *offset, *step; /* for each stretch of the block */
};

/* The stretches of the current block, and where the walk over the domain stands. */
struct walk {
  int count;
  int32_t start[F64_BLOCK + 1]; /* within the block; start[count] is its length */
  int64_t digit[LOOP_MAX];      /* box: of all loops but the last */
  int64_t column;               /* the position within the row (box) or run */
  int64_t run;
};

/* What a thread needs to run blocks. */
struct worker {
  struct walk walk;
  struct cursor *cursors; /* as many as the plan that has most */
  struct value *values;   /* of the operations of all plans; those of constants stay */
  double *slots;          /* vectors, shared by all plans */
  double *scratch, *sum;  /* two more */
};

struct f64 {
  const struct program *p;
  int lanes; /* at most */
  struct store *stores;
  struct plan *plans;
  size_t *first_value; /* of each plan, in the values of a worker */
  struct pool *pool;
  int nworkers;
  struct worker *workers;
  double *partials;     /* superblocks × lanes × partials, of the plan that has most */
  const int32_t *color; /* the lanes' directions are the indicators of colors first_color … */
  int64_t first_color;  /* … unless color is NULL */
  double *rows;         /* lanes × row: where the arrays of the result stand */
  double *memory;       /* all arrays, slots */
  char *written;
  struct arena arena;
};

/* The block being run: positions p … p+n-1.  In tile mode, `tile` ≥ 1 lanes from `lane` on are
 * evaluated together, and a vector holds n elements of each, lane after lane; else tile is 0. */
struct block {
  const struct f64 *e;
  const struct plan *plan;
  struct worker *w;
  struct value *values; /* of the plan's operations */
  double *partials;     /* lanes × partials of this superblock; or NULL */
  int64_t p;
  int n;
  int lane, tile;
};

/* If the access is equidistant all over the block: its offset at p and its stride. */
static inline bool access_single(const struct block *b, const struct access *x, int64_t *offset,
                                 int64_t *stride)
{
  if (x->kind == ACCESS_FLAT) {
    *offset = x->base + x->stride * b->p;
    *stride = x->stride;
    return true;
  }
  if (x->kind != ACCESS_STEPPED || b->w->walk.count != 1) return false;
  *offset = b->w->cursors[x->cursor].offset[0];
  *stride = b->w->cursors[x->cursor].step[0];
  return true;
}

/* The offset in a block of one position. */
static inline int64_t access_one(const struct block *b, const struct access *x)
{
  if (x->kind == ACCESS_FLAT) return x->base + x->stride * b->p;
  return x->kind == ACCESS_STEPPED ? b->w->cursors[x->cursor].offset[0]
                                   : table_get(x->table, b->p);
}

/* Runs the positions [begin, end) of b's plan, blocks of them, in `lanes` lanes. */
void f64_run_blocks(struct block *b, int64_t begin, int64_t end, int lanes);

/* The values of a sum's terms in a block; true if all are numbers, the same all over the block. */
bool f64_terms(const struct block *b, const struct insn *insn, struct term_value *terms);

void f64_output(const struct block *b, const struct insn *insn);

#endif
