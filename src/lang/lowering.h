/* What the files of the lowering share (those of statements: clause.h, too). */
#ifndef ASDEX_LANG_LOWERING_H
#define ASDEX_LANG_LOWERING_H

#include "lang/nest.h"
#include "lang/quantity.h"
#include "program/body.h"

/* What a statement of a sequential group needs to know.  Its kernels run in slabs, one for each
 * position of `outer`, at the tick of the group that belongs to it. */
struct sequence {
  int outer;      /* domain of the loops whose iterations come one after another */
  int64_t *ticks; /* of each position; NULL: position q is tick q */
  int64_t nticks;
  int64_t clock;        /* time of the group's first tick */
  int rank, statements; /* without ticks: of a tick's `statements` this is number `rank` */
};

/* A loop nest with a body under construction.  The body runs over `domain`, which is `full` or a
 * piece of it: data conditions split it until each holds or fails all over a piece. */
struct frame {
  struct elab *e;
  int ndims; /* loops */
  int full, domain;
  struct body body;
  uint64_t serial;  /* of the body */
  int64_t expanded; /* expressions lowered into the body */
  bool split;       /* a condition divides the domain: start again on `pieces` */
  struct pieces pieces;
  const struct sequence *sequence; /* or NULL */
};

/* A value in a body.  Known: it follows from literals and scalar parameters alone. */
struct value {
  int32_t id;
  bool known;
  struct number number; /* exact ones are in the pool of temporaries */
};

/* ---- lower_frame.c ---- */
/* Calls emit with a fresh body on the full domain, and again on pieces of it as long as conditions
 * split it; emit adds outputs and calls frame_finish, or drops the body. */
typedef enum status frame_emit(struct frame *f, void *user);
enum status frame_run(struct frame *f, frame_emit *emit, void *user) MUST_CHECK;
enum status frame_finish(struct frame *f) MUST_CHECK;
/* Takes back all arrays and kernels of the program but the first ones. */
void frame_roll_back(struct elab *e, size_t arrays, size_t kernels);
/* Records a failure: the body's operations do nothing from here on. */
void frame_fail(struct frame *f, enum status status);
bool frame_stopped(const struct frame *f);
/* Whether runs must be single iterations: all loops are outer loops of the sequence. */
bool frame_single(const struct frame *f);
/* A computed array for intermediate results; -1 after a failure. */
int frame_array(struct frame *f, const char *name, int64_t size, double fill);
/* The time at which an iteration of the domain runs: clock_time of its outer position. */
enum status clock_map(struct elab *e, const struct sequence *s, int domain,
                      struct map *outer) MUST_CHECK;
int64_t clock_time(const struct elab *e, const struct sequence *s, int64_t position);

/* ---- lower_expr.c ---- */
struct value lower_expr(struct frame *f, const struct expr *x);
struct value lower_condition(struct frame *f, const struct expr *x);
/* A known number; one that is exact as it is. */
struct value lower_number(struct frame *f, const struct number *number);
struct value lower_known(struct frame *f, double number);
bool value_is_true(const struct frame *f, struct value v);
bool value_is_zero(const struct frame *f, struct value v); /* known to be 0 */
/* Holomorphic mode: fails if x, which applies `code`, depends on a variable, unless the operator is
 * holomorphic or the statement is never evaluated. */
void lower_check_complex(struct frame *f, const struct expr *x, enum op_code code);
/* An operator on values, folded where the language promises it. */
struct value lower_op(struct frame *f, enum op_code code, struct value a, struct value b);
struct value lower_power(struct frame *f, struct value base, struct value exponent);

/* ---- lower_reduce.c ---- */
struct value lower_reduction(struct frame *f, const struct expr *x);
struct value lower_array_call(struct frame *f, const struct expr *x);

/* ---- lower_read.c ---- */
/* The map of an element x (EXPR_INDEX, or EXPR_NAME of a scalar) over f's domain. */
enum status lower_map(struct frame *f, const struct expr *x, struct map *map) MUST_CHECK;
struct value lower_read(struct frame *f, const struct expr *x);
/* *out = the definition of the let element x in place of a read, if that is better (x is known to
 * be in bounds). */
bool lower_inline(struct frame *f, const struct expr *x, struct value *out);
/* Sets `reads` of all symbols. */
void reads_count(struct elab *e);
/* Of a let with a single clause that is not in a block; its reads were counted. */
enum inlining inlining_of(const struct symbol *s);
/* A loop index (or what is computed from one) as a number. */
struct value lower_form(struct frame *f, const struct form *form);
/* The map with the value of a form in each iteration of domain. */
enum status form_map(struct elab *e, const struct form *form, int domain,
                     struct map *map) MUST_CHECK;

#endif
