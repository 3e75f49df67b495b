/* What the evaluator f64 prepares of each kernel.
 *
 * A block is up to F64_BLOCK consecutive positions.  Its values live in slots (vectors of one
 * block) that are used again once their value is dead, or are pointers into arrays.  A plan's
 * instructions come in two sections: the uniform ones, once per block, and those that depend on the
 * lane, once per block and lane.
 *
 * The blocks of a large kernel are grouped into superblocks, which threads share out.  Where they
 * begin and end depends on the kernel alone. */
#ifndef ASDEX_EVAL_F64_PLAN_H
#define ASDEX_EVAL_F64_PLAN_H

#include "eval/f64.h"
#include "eval/f64_ops.h"

/* A map, prepared.  A stepped map is equidistant within a stretch of the domain only. */
enum access_kind { ACCESS_FLAT, ACCESS_STEPPED, ACCESS_TABLE };
struct access {
  int array; /* or negative: the map's value itself */
  enum access_kind kind;
  int64_t base, stride; /* flat: base + stride · p; stepped over a box: the last loop's stride */
  int64_t carry[LOOP_MAX]; /* box: increment when loop d steps and all loops in it start again */
  const struct map *map;
  const struct table *table;
  int cursor;  /* of a stepped one: its number among them */
  int partial; /* of an output that adds everything to one element: its number among them; or -1 */
  bool first;  /* an output that adds, once, to each element of an array that has nothing else: need
                  not find zeros there */
};

enum insn_kind { INSN_READ, INSN_OP, INSN_SUM, INSN_OUTPUT };
struct insn {
  enum insn_kind kind;
  enum op_code code;
  int32_t v, a, b, c; /* indices of values; of an output v is what is put out */
  int32_t arity;
  int32_t access; /* of reads and outputs */
  int32_t slot;
  int32_t term, nterms; /* of sums, and of outputs of a sum that is used nowhere else */
  double k;
};

/* ± a · b, a term of a sum of products. */
struct term {
  int32_t a, b; /* values; b = -1: ± a */
  bool minus;   /* never the first one */
};
enum { TERMS_MAX = 16 }; /* of a sum */

/* A uniform value that lane instructions use, and the slot for its copies, one per lane. */
struct copied {
  int32_t v, slot;
};

struct plan {
  const struct domain *domain;
  int order;    /* of the kernel */
  bool lane;    /* the outputs are lane arrays */
  int ncursors; /* stepped maps, which need the stretches of a block */
  int naccess;  /* reads, then outputs */
  struct access *access;
  const struct output *outputs; /* output i is access[nreads + i] */
  int width;    /* elements of a slot: the longest vector that the domain and the lanes make */
  int nreads, nuniform, ninsns, ncopied, nslots;
  struct insn *insns; /* nuniform uniform ones, then the lane's */
  struct term *terms;
  struct copied *copied;
  int nvalues; /* operations */
  const struct op *ops;
  int64_t row, piece; /* if row > 0: blocks end with rows of so many positions, and are of `piece` */
  int64_t super, nsuper; /* positions of a superblock; superblocks (0: run as a whole) */
  int phases;   /* 1: all superblocks at the same time; 2: first those with even numbers, then odd */
  int npartials;
};

/* Fills *plan from kernel k of group g; what it allocates is in `arena`.  STATUS_LIMIT if memory is
 * out (without a diagnostic). */
enum status f64_plan(struct arena *arena, const struct program *p, const struct group *g,
                     const struct kernel *k, struct plan *plan) MUST_CHECK;

/* Finds sums of products in k that can be computed in one pass.  sum[i] becomes the first of
 * nterms[i] terms of the sum with operation i as its result; absorbed[i]: it is a part of a sum and
 * used nowhere else.  `needed` and `lane` are per operation.  False if memory is out. */
bool f64_find_sums(struct arena *arena, const struct kernel *k, const bool *needed,
                   const bool *lane, struct term **terms, int32_t *sum, int32_t *nterms,
                   bool *absorbed);

/* Decides on superblocks. */
void f64_plan_superblocks(struct plan *plan);

#endif
