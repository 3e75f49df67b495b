/* The Program: a short list of kernels that streams over arrays.  Its size does not depend on the
 * size of the data.
 *
 *   Program ─ arrays      flat vectors of doubles: variables, data, intermediates, and what the
 *           │             transforms add (tangents, adjoints)
 *           ├ domains     sets of iterations, in loop order, with a flat position p = 0 … count-1
 *           ├ tables      index data: one offset per iteration
 *           └ groups ─ kernels ─ reads (array, map), a body in SSA form, outputs (array, map, mode)
 *
 * A group without outer loops runs its kernels one after another, each over its whole domain; the
 * iterations of such a kernel are independent of each other (unless it is `order`ed).  A group with
 * outer loops is sequential (a recurrence): for each outer position in order (or in reverse), each
 * of its kernels in order (the transforms store the order that is to be run) runs its *slab*, the
 * iterations with that outer position.
 *
 * Invariants: an array is either data, or set (every element at most once), or accumulated into
 * (ADD, MIN, MAX; it starts as 0), and no read sees an element before its last write.  Maps never
 * leave their array.
 *
 * Arrays with `lane` have one plane per lane (a direction v, a color) and are stored lane after
 * lane; all others are the same for all lanes ("uniform"). */
#ifndef ASDEX_PROGRAM_PROGRAM_H
#define ASDEX_PROGRAM_PROGRAM_H

#include "base/numbers.h"

enum { LOOP_MAX = 16 }; /* nested loops of a kernel, index dimensions of an array */

enum op_code {
#define OP(id, ...) OP_##id,
#include "program/ops.def"
#undef OP
  OP_COUNT
};

/* How an operator depends on its arguments, for the pattern (ops.def says which). */
enum op_class {
  CLASS_LEAF,     /* no arguments */
  CLASS_LINEAR,   /* first derivatives in all arguments, no second ones */
  CLASS_ZERO,     /* derivative zero everywhere */
  CLASS_BILINEAR, /* mul: couples a with b, not a with a */
  CLASS_QUOTIENT, /* div: couples a with b and b with b */
  CLASS_SELECT,   /* linear in all but a, zero in a */
  CLASS_NONLINEAR /* couples everything with everything */
};

struct op_info {
  const char *name; /* in the language, or as it is printed */
  int arity;
  enum op_class class;
  bool in_language; /* a function that a model can call by `name` */
  enum {
    COMPLEX_MODELS,   /* models may use it on complex numbers */
    COMPLEX_INTERNAL, /* only what the lowering and the transforms add may */
    COMPLEX_NEVER
  } complex_use;
  const char *doc;
};
extern const struct op_info op_table[OP_COUNT];

/* Whether the operator takes rational numbers to rational ones (powers with a whole exponent do, POW
 * does not in general). */
bool op_is_rational(enum op_code code);

/* Whether a model may use the operator on complex numbers (program/complex.h has its values). */
bool op_is_holomorphic(enum op_code code);
/* Whether it takes real numbers alone. */
bool op_is_real_only(enum op_code code);

/* An operation of a body.  Arguments are indices of earlier operations.  `value` is the constant
 * of CONST, the exponent of POWI, the order of POLYGAMMA; `a` of READ is the number of the read. */
struct op {
  enum op_code code;
  int32_t a, b, c; /* -1 where there is none */
  double value;
  struct loc loc;
  int32_t literal; /* of a CONST that is no double (0.1 in exact mode, 2i): 1 + its number among the
                      program's literals, and `value` is near it; else 0 */
};

enum map_kind {
  MAP_AFFINE,   /* offset = base + Σ coef[d] · index[d], of the loop indices' values */
  MAP_POSITION, /* offset = base + p */
  MAP_TABLE     /* offset = table[p] */
};
struct map {
  enum map_kind kind;
  int table; /* of MAP_TABLE: index into the program's tables */
  int64_t base;
  int64_t coef[LOOP_MAX];
};

/* Offsets, one per iteration of a domain: 32 bits where they fit (then v64 is NULL). */
struct table {
  int64_t len;
  int32_t *v32;
  int64_t *v64;
};
static inline int64_t table_get(const struct table *t, int64_t p)
{
  return t->v32 ? t->v32[p] : t->v64[p];
}

enum domain_kind {
  DOMAIN_BOX, /* index[d] = lo[d] + step[d] · digit, digit = 0 … count[d]-1, the last fastest */
  DOMAIN_RUNS /* a list of runs: all indices but the last fixed, the last one equidistant */
};
/* A loop as messages name it: index `name` = first + step · digit.  No name: NULL. */
struct loop_label {
  const char *name; /* the model's */
  int64_t first, step;
};
struct domain {
  enum domain_kind kind;
  int ndim; /* 0: a single iteration */
  int64_t count;
  /* box */
  int64_t lo[LOOP_MAX], step[LOOP_MAX], extent[LOOP_MAX];
  /* runs (ndim ≥ 1), in loop order */
  int64_t nruns;
  int64_t *start;    /* nruns + 1: the position of the first iteration of each run */
  int64_t *first;    /* nruns × ndim: its indices */
  int64_t *run_step; /* nruns: step of the last index */
  /* in a sequential group, for each outer position: a box has the group's outer loops as its first
   * `nouter` dimensions (and the same ranges there); runs have */
  int64_t *slab; /* outer positions + 1: the first run of each slab; NULL outside such groups */
  struct loop_label label[LOOP_MAX];
};

enum array_kind {
  ARRAY_VARIABLE, /* a block of variables: part of x, from `offset` on */
  ARRAY_DATA,     /* parameter: real data, `data` */
  ARRAY_SEED,     /* tangent of a block: part of v, from `offset` on; lane */
  ARRAY_COMPUTED  /* written by kernels */
};
struct array {
  enum array_kind kind;
  char *name; /* for messages and prints; owned */
  int64_t size;
  bool lane;
  int64_t offset;  /* VARIABLE: in the stacked vector x of all variables; SEED: in v */
  int64_t unknown; /* VARIABLE: in the stacked vector of the unknowns, or -1 if it is held */
  struct numbers data; /* of ARRAY_DATA: size values; owned.  Exact ones have the nearest doubles
                          beside them */
  int symbol;      /* the model's number for it (to name its elements); -1 if it has none */
  double fill;     /* the value that a computed array starts with (seeds of adjoints: 1) */
};

/* What a body reads: array[map], or, with array < 0, the map's value itself as a number (a loop
 * index, a position). */
struct read {
  int array;
  struct map map;
};

enum output_mode {
  OUTPUT_SET,
  OUTPUT_ADD,
  OUTPUT_MIN, /* the least value, first in position order; NaN wins over everything */
  OUTPUT_MAX  /* (these two also write the position that won into `winner`) */
};
struct output {
  int array;
  struct map map;
  enum output_mode mode;
  int32_t value; /* an operation of the body */
  int winner;    /* array, of MIN and MAX: the winning position, as a number; else -1 */
};

struct kernel {
  int domain;
  int order; /* 0: iterations are independent; else one after another, 1: forwards, -1: backwards,
                and may read what earlier ones wrote (partial products) */
  VEC(struct read) reads;
  VEC(struct op) ops;
  VEC(struct output) outputs;
  struct loc loc;
};

struct group {
  int nouter;       /* 0: not sequential */
  int outer;        /* domain of the outer loops, if nouter > 0 */
  bool reverse;     /* outer positions from last to first */
  int first, count; /* kernels [first, first + count) */
};

struct program {
  VEC(struct array) arrays;
  VEC(struct table) tables;
  VEC(struct domain) domains;
  VEC(struct kernel) kernels;
  VEC(struct group) groups;
  VEC(struct number) literals; /* constants that are no doubles; exact ones are owned */
  int64_t nx; /* length of x: all variables, in order of declaration */
  int64_t n;  /* unknowns: the variables that are differentiated in; length of v and H·v */
  int value;  /* array (1 element): f; -1 if none */
  size_t shared_arrays, shared_tables, shared_domains,
      shared_literals; /* the first ones belong to another program */
};

void program_init(struct program *p);
void program_free(struct program *p);

/* A program that begins as a copy of base, to be transformed; data, tables and domains are shared:
 * base must outlive it. */
enum status program_extend(struct context *ctx, const struct program *base,
                           struct program *out) MUST_CHECK;

/* Adding parts; each returns the new index, or -1 if memory is out.  Contents are taken over. */
int program_add_array(struct program *p, struct array a, const char *name);
int program_add_table(struct program *p, struct table t);
int program_add_domain(struct program *p, struct domain d);
int program_add_kernel(struct program *p, struct kernel k);
int program_add_group(struct program *p, struct group g);
void kernel_free(struct kernel *k);

/* The operations of the longest kernel, at least 1: room for what passes note per operation. */
size_t program_max_ops(const struct program *p);

/* Operations of all kernels, and iterations of all domains that they run over. */
void program_totals(const struct program *p, int64_t *operations, int64_t *iterations);

/* The map that gives `base` in every iteration. */
struct map map_constant(int64_t base);
bool map_equal(const struct map *a, const struct map *b);

/* The number of outer positions of a group (1 if it has no outer loops). */
int64_t group_outer_count(const struct program *p, const struct group *g);

/* The positions [*begin, *end) of kernel domain d that belong to outer position o of a sequential
 * group with nouter outer loops; with nouter 0 the whole domain. */
void domain_slab(const struct domain *d, int nouter, int64_t o, int64_t *begin, int64_t *end);

/* The loop indices of position p (ndim values).  O(ndim), or O(log nruns) for runs. */
void domain_indices(const struct domain *d, int64_t p, int64_t *index);

/* The offset that a map gives at position p with loop indices `index`. */
int64_t map_offset(const struct program *prog, const struct map *m, int64_t p, const int64_t *index,
                   int ndim);

/* A stretch of iterations in which the indices are equidistant in the last loop: within it an
 * affine map is offset + k · stride.  Walks positions [p, end): */
struct stretch {
  int64_t p, len;          /* positions p … p+len-1 */
  int64_t index[LOOP_MAX]; /* indices at p */
  int64_t step;            /* of the last index */
};
/* The stretch that begins at p, cut at `end`.  *hint (start with 0) makes walks in order O(1). */
void domain_stretch(const struct domain *d, int64_t p, int64_t end, int64_t *hint,
                    struct stretch *s);
/* Σ coef[d] · index[d] + base at the stretch's first iteration, and the increment per iteration. */
int64_t map_stretch(const struct map *m, const struct stretch *s, int ndim, int64_t *stride);

/* Checks the invariants (debug builds and tests); false and a text in `why` if one is broken. */
bool program_check(const struct program *p, char *why, size_t size);

#endif
