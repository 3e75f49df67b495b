/* What the evaluator f64 prepares of each kernel.
 *
 * A block is up to F64_BLOCK consecutive positions.  Its values live in slots (vectors of one
 * block) that are used again once their value is dead, or are pointers into arrays.  A plan's
 * instructions come in two sections: the uniform ones, once per block, and those that depend on the
 * lane, once per block and lane. */
#ifndef ASDEX_EVAL_F64_PLAN_H
#define ASDEX_EVAL_F64_PLAN_H

#include "eval/f64.h"
#include "eval/f64_ops.h"

/* Where an array is: uniform arrays have a plane of 0. */
struct store {
  double *data;
  int64_t plane; /* from one lane to the next */
  char *written; /* of arrays with minima or maxima: the elements that have one (all lanes) */
  bool fill;     /* must be filled before each run */
};

/* A map, prepared.  A stepped map is equidistant within a stretch of the domain only. */
enum access_kind { ACCESS_FLAT, ACCESS_STEPPED, ACCESS_TABLE };
struct access {
  int array; /* or negative: the map's value itself */
  enum access_kind kind;
  int64_t base, stride; /* flat: base + stride · p; stepped over a box: the last loop's stride */
  int64_t carry[LOOP_MAX]; /* box: increment when loop d steps and all loops in it start again */
  const struct map *map;
  const struct table *table;
  int64_t row;            /* offset at the beginning of the current row of a box */
  int64_t *offset, *step; /* for each stretch of the current block */
};

enum insn_kind { INSN_READ, INSN_OP, INSN_OUTPUT };
struct insn {
  enum insn_kind kind;
  enum op_code code;
  int32_t v, a, b, c; /* indices of values; of an output v is what is put out */
  int32_t arity;
  int32_t access; /* of reads and outputs */
  int32_t slot;
  double k;
};

/* A uniform value that lane instructions use, and the slot for its copies, one per lane. */
struct copied {
  int32_t v, slot;
};

struct plan {
  const struct domain *domain;
  int order;    /* of the kernel */
  bool lane;    /* the outputs are lane arrays */
  bool stepped; /* has maps that need the stretches of a block */
  int naccess;  /* reads, then outputs */
  struct access *access;
  const struct output *outputs; /* output i is access[nreads + i] */
  int width;    /* elements of a slot: the longest vector that the domain and the lanes make */
  int nreads, nuniform, ninsns, ncopied, nslots;
  struct insn *insns; /* nuniform uniform ones, then the lane's */
  struct copied *copied;
  struct value *values; /* of each operation; those of constants stay */
};

/* Fills *plan from kernel k; what it allocates is in `arena`.  STATUS_LIMIT if memory is out
 * (without a diagnostic). */
enum status f64_plan(struct arena *arena, const struct program *p, const struct kernel *k,
                     struct plan *plan) MUST_CHECK;

#endif
