/* The elaboration: a checked model meets its data.
 *
 * What the parts of lang that know sizes and values share: symbols with their shapes and data, loop
 * indices in scope, the evaluation of data expressions. */
#ifndef ASDEX_LANG_ELAB_H
#define ASDEX_LANG_ELAB_H

#include "lang/ast.h"
#include "lang/shape.h"

/* The whole numbers that a double holds exactly. */
#define WHOLE_MAX 9007199254740992.0
/* Terms of this size add up in any order without overflow. */
#define FORM_MAX (INT64_C(1) << 58)
/* Iterations of one kernel. */
#define ITERATIONS_MAX ((int64_t)10000000000)

/* A whole number as a function of the loop digits: constant + Σ coef[d] · at[d], plus at most one
 * element of data: gather_coef · data[gather_base + Σ gather_stride[d] · at[d]].  Its numbers are
 * at most FORM_MAX. */
struct form {
  int64_t constant, coef[LOOP_MAX];
  const double *data; /* or NULL */
  int64_t ndata;
  int64_t gather_coef, gather_base, gather_stride[LOOP_MAX];
};

/* What a name in scope stands for. */
struct frame;
struct binding {
  enum { BIND_INDEX, BIND_VALUE, BIND_EXPR } kind;
  struct binder *binder;
  int old_slot;                /* what the binder's slot was before */
  struct form form;            /* INDEX: its value; VALUE: the offset in the data */
  const struct symbol *symbol; /* VALUE: the parameter */
  const struct expr *expr;     /* EXPR: a local let, an argument of a def */
  struct frame *frame;         /* EXPR: where it was bound (lowering) */
  /* EXPR, lowering: its value in the body with this serial number, and as an array */
  uint64_t body;
  int32_t value;
  bool known;
  struct number known_value; /* in the pool of temporaries */
  int array;                 /* -1: not stored */
  bool constant;             /* stored, but known: its value is known_value */
};

/* Whether reads of a let are lowered in place, see lower_inline.c. */
enum inlining { INLINE_NEVER, INLINE_COPY, INLINE_ONCE };

/* A declared name with its data. */
struct symbol {
  struct decl *decl;
  struct shape shape;
  struct numbers data;  /* params: values in order of the elements; of sparse ones the stored
                           entries and a 0 behind them.  Exact ones with the nearest doubles beside.
                           Handed over to the program when it is lowered */
  struct numbers given; /* vars: default point, or without elements */
  bool has_default;     /* vars: `given` counts */
  bool plain;           /* params: all values are doubles exactly */
  /* params that are a list of entries (sparse ones, sorted; and lists of index tuples) */
  int64_t nentries;
  double *coord[LOOP_MAX];  /* the indices of each entry, as numbers */
  int64_t *row_lo, *row_hi; /* entries [lo, hi) of the row with first index shape.lo[0] + k */
  int array;                /* in the program, -1: none yet */
  bool from_input;          /* params: the value came from the command line or its files */
  bool known;               /* scalar let whose value follows from literals and scalar parameters */
  struct number known_value;     /* owned */
  int64_t *when;                 /* lets with recurrences: the time at which an element is set */
  int clauses, lowered;          /* lets: how many there are, and how many are lowered */
  int first_clause, last_clause; /* in the lowering's list */
  bool in_block;                 /* lets: one of them is in a for block */
  bool needed;                   /* lets, auxes: is evaluated (needed.h) */
  int reads;                     /* lets: places that read it, auxiliary outputs aside; 2: more, or
                                    one in a def, which stands for many */
  enum inlining inlining;        /* lets */
};

struct elab {
  struct context *ctx;
  enum field field;
  bool without_aux;                   /* auxes are lowered, but never evaluated */
  VEC(struct rational *) temporaries; /* see quantity.h */
  struct model *model;
  const char *folder;     /* of the model, for read("…"); "" or with a final slash */
  struct symbol *symbols; /* by decl->number */
  struct program *program;
  const struct data *set; /* values of parameters that win over all others, by name; or NULL */
  VEC(struct binding) scope;
  int ndims;            /* loops in scope */
  int64_t at[LOOP_MAX]; /* digits of the current iteration */
  struct loop_label label[LOOP_MAX];
  int depth;       /* of nested expansions */
  int looks;       /* local lets and arguments that were looked into for the present question */
  int64_t calls;   /* of defs, for the data value that is being computed */
  uint64_t bodies; /* serial number of the last body */
  int64_t clock;   /* time of the statement that is being lowered */
  bool unneeded;   /* it is never evaluated */
};

enum {
  LOOKS_MAX = 10000,    /* local lets and arguments looked into for one question */
  EXPANSION_MAX = 2000, /* nested expressions, expansions of defs included */
  EXPANDED_MAX =
      20000000 /* expressions that one statement expands to; calls that one value takes */
};

static inline struct symbol *symbol_of(const struct elab *e, const struct decl *d)
{
  return &e->symbols[d->number];
}

/* ---- scope.c ---- */
enum status scope_push(struct elab *e, struct binder *b, struct binding binding) MUST_CHECK;
void scope_pop(struct elab *e, size_t count);
static inline struct binding *binding_of(const struct elab *e, const struct binder *b)
{
  return &e->scope.data[b->slot];
}

/* A node that the model does not spell out, in its arena; NULL if memory is out. */
struct expr *elab_expr(struct elab *e, enum expr_kind kind, int nargs, struct loc loc);

/* The whole expression as a form of the loop digits; false if it is none (then evaluate it). */
bool form_of(struct elab *e, const struct expr *x, struct form *out);
bool form_is_affine(const struct form *f);
/* *sum += coef · digit; false if one of the two is beyond FORM_MAX. */
bool form_add_term(int64_t *sum, int64_t coef, int64_t digit);
/* Its value at e->at; *ok becomes false if the gather leaves its data or the value is too large. */
double form_value(const struct elab *e, const struct form *f, bool *ok);

/* Whether the expression is data here, arguments of defs being what they are at this call; false if
 * that takes more than LOOKS_MAX of them to tell. */
bool expr_is_data(struct elab *e, const struct expr *x);

/* A loop of a range, or of a dimension: digits 0 … count-1, of which a binder makes
 * lo + step · digit; or entries of a parameter. */
struct loop {
  const struct range *range; /* or */
  const struct dim *dim;     /* or neither: a count of elements */
  int64_t elements;
  int which; /* dense entries over a box: the index, one loop each */
  bool one;  /* a dimension of a let clause that is a single index */
};
struct span {
  int64_t lo, step, count;
};
/* How many loops a range makes. */
int range_loops(const struct elab *e, const struct range *r);
/* The span of a loop at e->at (entries: lo is the first entry, step 1). */
enum status loop_span(struct elab *e, const struct loop *l, struct span *out) MUST_CHECK;
/* Whether the span is the same in every iteration. */
bool loop_is_fixed(struct elab *e, const struct loop *l);
/* Brings the loop's binders into scope for loop number `dim`; raw: the digits are the values
 * themselves (lo + step · k), else 0 … count-1. */
enum status loop_bind(struct elab *e, const struct loop *l, int dim, const struct span *span,
                      bool raw, size_t *pushed) MUST_CHECK;

/* ---- evaluate.c: data expressions at e->at ---- */
/* In exact mode the result is among the temporaries: it lasts until they are released. */
enum status data_number(struct elab *e, const struct expr *x, struct number *out) MUST_CHECK;
/* size(w), size(A, k) (EXPR_SIZE). */
enum status data_size(struct elab *e, const struct expr *x, double *out) MUST_CHECK;
/* A whole number; `what` names it in the message: "an index", "a bound". */
enum status data_whole(struct elab *e, const struct expr *x, const char *what,
                       int64_t *out) MUST_CHECK;
enum status data_condition(struct elab *e, const struct expr *x, bool *out) MUST_CHECK;
/* Calls visit in every iteration of the loops of `nranges` ranges where the filter holds. */
typedef enum status data_visit(struct elab *e, void *user);
enum status data_iterate(struct elab *e, struct range *const *ranges, int nranges,
                         const struct expr *filter, data_visit *visit, void *user) MUST_CHECK;
/* Notes the values of the loop indices in scope ("at i = 3, j = 4"). */
void note_indices(struct elab *e);
/* The error for an element that does not exist. */
enum status fail_bounds(struct elab *e, const struct expr *x, const struct symbol *s,
                        const int64_t *index) MUST_CHECK;
/* dot: an error unless both have the same index set, but for where their ranges begin. */
enum status check_same_shape(struct elab *e, const struct expr *x, const struct symbol *a,
                             const struct symbol *b) MUST_CHECK;
/* Which of the two factors of dot gives the terms: a sparse one, if there is one. */
static inline int dot_leader(const struct symbol *const s[2])
{
  return !s[0]->decl->is_sparse && s[1]->decl->is_sparse;
}
/* The element of b (dense, or sparse: see data_element) where the sparse a, which has the same
 * shape, has its entry k. */
int64_t element_of_entry(const struct symbol *a, int64_t k, const struct symbol *b);
/* The element that x (EXPR_INDEX, or a name of a scalar) means at e->at, or an error; of a sparse
 * parameter an entry that is not stored is the 0 behind the data. */
enum status data_element(struct elab *e, const struct expr *x, int64_t *offset) MUST_CHECK;

#endif
