/* A problem: a model with its data, lowered to a Program, and points for it. */
#ifndef ASDEX_HESSIAN_PROBLEM_H
#define ASDEX_HESSIAN_PROBLEM_H

#include "base/strbuf.h"
#include "lang/inputs.h"
#include "program/program.h"

struct problem_options {
  int model_source;       /* the model's text, in the context */
  const char *model_path; /* for read("…"); NULL for standard input (then: the current folder) */
  const struct parameter_input *inputs;
  size_t ninputs;
  const struct data *set; /* a map that wins over the inputs: what a point sets; or NULL */
  const char *const *wrt; /* names of blocks, in order; nwrt 0: all */
  size_t nwrt;
  const struct loc *saved_wrt; /* wrt is that of a coloring, which is here; NULL: of --wrt */
  enum field field;            /* in which data, points and results are */
  bool without_aux; /* auxiliary outputs are never evaluated; they need not be holomorphic */
};

struct problem;
struct data;

enum status problem_load(struct context *ctx, const struct problem_options *options,
                         struct problem **out) MUST_CHECK;
void problem_free(struct problem *p);

const struct program *problem_program(const struct problem *p);
enum field problem_field(const struct problem *p);

/* The blocks of variables in order of declaration. */
struct block {
  const char *name;
  int array; /* in the program */
  int64_t size;
  int64_t offset;  /* in x */
  int64_t unknown; /* in the stacked unknowns, or -1: held */
};
size_t problem_blocks(const struct problem *p, const struct block **blocks);
/* Which of them are differentiated, in the order of their unknowns. */
size_t problem_unknown_blocks(const struct problem *p, const int **order);

/* Its index set, whose elements are stacked in order. */
struct shape;
const struct shape *problem_block_shape(const struct problem *p, const struct block *b);

/* The auxiliary outputs; whether they can be evaluated. */
size_t problem_auxes(const struct problem *p);
bool problem_has_aux_values(const struct problem *p);
const char *problem_aux_name(const struct problem *p, size_t k);
int problem_aux_array(const struct problem *p, size_t k);
/* Its dimensions (0: a scalar), and their extents unless they depend on each other (*ragged); then,
 * how many indices from the first on an element shares with the one before. */
int problem_aux_shape(const struct problem *p, size_t k, int64_t extent[LOOP_MAX], bool *ragged);
int problem_aux_shared(const struct problem *p, size_t k, int64_t element);

/* "x[3]", "u[2,3]", "t": the name of element `offset` of a program array that the model knows. */
void problem_element_name(const struct problem *p, int array, int64_t offset, struct strbuf *out);
/* The name of unknown u. */
void problem_unknown_name(const struct problem *p, int64_t u, struct strbuf *out);

/* Takes over the data and the default points of `from`, another problem of the same model, if
 * nothing else is different: all that was made of p stays right.  Else false, and p is as it was.
 */
bool problem_take_data(struct problem *p, struct problem *from);

/* Points: nx numbers of the problem's field, from numbers_create (they may get other memory; random
 * ones are real).  Each starts from the model's defaults; `at` (may be NULL) is a path ("-":
 * standard input) or "random:SEED".  A block without default that is not given is an error. */
enum status problem_point(struct context *ctx, const struct problem *p, const char *at,
                          struct numbers *x) MUST_CHECK;

/* A point as a source gives it: values of blocks by name, alone, or as the value of `at` beside
 * values of parameters, that of `set`, if no variable has one of these two names; or the stacked
 * vector, in Matrix Market. */
struct point_input {
  int source;
  bool vector;
  struct data *tree;           /* not of a vector */
  const struct data *at, *set; /* parts of the tree, or NULL */
};
enum status point_input_read(struct context *ctx, const struct problem *p, int source,
                             struct point_input *out) MUST_CHECK;
void point_input_free(struct point_input *in);
/* The point in x; what it sets is not looked at. */
enum status problem_point_of(struct context *ctx, const struct problem *p,
                             const struct point_input *in, struct numbers *x) MUST_CHECK;

/* A digest of the Program and its index data (FNV-1a, 64 bits): a coloring made for one problem
 * fits another with the same digest. */
uint64_t problem_digest(const struct problem *p);

/* Marks the operators that take the model out of the rational numbers; true if there is none, and
 * no number is complex. */
bool problem_is_rational(const struct problem *p, bool irrational[OP_COUNT]);

/* --debug and info */
void problem_describe(const struct problem *p, struct strbuf *out); /* text of `asdex info` */
struct model;
const struct model *problem_model(const struct problem *p);

#endif
