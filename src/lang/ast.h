/* The syntax tree of a model, as the parser builds it and the checker resolves it.
 *
 * All nodes live in the model's arena.  Chains of + - and of * / %, of `and` and of `or` are one
 * n-ary node, so that a sum of a million literal terms is flat; everything else is nested no deeper
 * than NESTING_MAX (parser: status 7).  Passes may therefore recurse. */
#ifndef ASDEX_LANG_AST_H
#define ASDEX_LANG_AST_H

#include "base/diag.h"
#include "program/program.h"

enum {
  NESTING_MAX = 1000,   /* nested parentheses, calls, powers, conditionals … */
  IDENTIFIER_MAX = 255, /* bytes of a name */
  LITERAL_MAX = 10000,  /* bytes of a number or a string */
  MODEL_ERRORS_MAX = 20 /* errors of a model that are reported in one run */
};

struct decl;
struct binder;
struct range;

enum expr_kind {
  EXPR_NUMBER,    /* text (without the i), value, imaginary; also pi and inf, true (1) and false
                     (0): is_bool */
  EXPR_NAME,      /* a declared name, a loop index, a parameter of a def, a local let */
  EXPR_INDEX,     /* name[args] */
  EXPR_CALL,      /* an operator of ops.def, a builtin below, or a def */
  EXPR_SIZE,      /* size(name) or size(name, k): args[0] if k is given */
  EXPR_NEG,       /* -args[0] */
  EXPR_NOT,       /* not args[0] */
  EXPR_ADD,       /* chain: args, signs[i] is '+' or '-' ([0] is '+') */
  EXPR_MUL,       /* chain from left to right: signs[i] is '*', '/' or '%' ([0] is '*') */
  EXPR_POW,       /* args[0] ^ args[1] */
  EXPR_COMPARE,   /* args[0] op args[1], op in signs[0]: '<' '>' 'l' (<=) 'g' (>=) '=' '!' */
  EXPR_AND,       /* chain */
  EXPR_OR,        /* chain */
  EXPR_IF,        /* if args[0] then args[1] else args[2] */
  EXPR_REDUCTION, /* reduction(args[0] for ranges if filter) */
  EXPR_ARRAY,     /* [args]: array literal, as the value of a param alone */
  EXPR_READ       /* read("file"), as the value of a param alone; text */
};

enum builtin {
  BUILTIN_NONE,
  BUILTIN_SUM, /* these five: comprehension (EXPR_REDUCTION) or whole array (EXPR_CALL) */
  BUILTIN_PROD,
  BUILTIN_MIN, /* EXPR_CALL also with two or more scalars */
  BUILTIN_MAX,
  BUILTIN_LOGSUMEXP,
  BUILTIN_DOT, /* dot(x, y), norm2(x): arguments are array names */
  BUILTIN_NORM2
};

struct expr {
  enum expr_kind kind;
  struct loc loc;
  int nargs;
  struct expr **args;
  char *signs; /* of chains and comparisons, see above */

  /* numbers and strings: as they are spelled (NUL-terminated) */
  const char *text;
  double value;
  bool imaginary, is_bool;

  /* names: as written; the checker sets exactly one of decl and binder (or for calls decl of a def,
   * builtin, or op) */
  const char *name;
  struct loc name_loc;
  struct decl *decl;
  struct binder *binder;
  enum builtin builtin;
  enum op_code op;

  /* reductions */
  int nranges;
  struct range **ranges;
  struct expr *filter; /* or NULL */

  /* set by the checker */
  bool is_data;  /* depends on literals, parameters, loop indices and lets of such alone */
  bool is_fixed; /* on literals, parameters, loop indices (and the parameters of the def that it is
                    in) alone, not on lets: may be an index, a bound, a filter */
  bool is_array; /* the name of an array with dimensions, without indices (args of sum(x) …) */
  bool is_condition; /* true/false: comparison, and, or, not, true, false, if of such */
  int height;        /* levels of nesting below and with this node (checker: also those of the defs
                        that are called); at most NESTING_MAX */
};

enum binder_kind {
  BINDER_INDEX, /* a loop index: a whole number, data */
  BINDER_VALUE, /* the value of an entry: the a in (i, j, a) in A */
  BINDER_DEF,   /* a parameter of a def */
  BINDER_LOCAL  /* a let without indices inside a for block */
};
struct binder {
  enum binder_kind kind;
  const char *name;
  struct loc loc;
  bool is_data; /* INDEX: true; VALUE: whether its array is a parameter (always so); LOCAL: of its
                   expr; DEF: false in the check (the body is checked as if they were variables) */
  bool needs_data; /* DEF: the body uses it where only data may stand (an index, a bound …), so
                      that the arguments of the calls are data, see expr.is_fixed */
  struct range *range; /* INDEX, VALUE: where it is bound; NULL for an index of a dimension */
  struct expr *local;  /* LOCAL: its expression */
  bool is_broken;      /* LOCAL: its expression is wrong, so that uses of it are no errors */
  bool is_read;        /* some expression names it (checker) */
  bool hides;          /* LOCAL: its name means something else outside (checker) */
  int slot;            /* INDEX, VALUE: for the environment of the elaboration; set by it */
};

/* `i in lo..hi by step`, or `(i, j, a) in A`, `(i, v) in w`, `(j, a) in A[i]`. */
struct range {
  struct loc loc;
  struct binder *index;      /* span */
  struct expr *lo, *hi, *by; /* by: NULL for 1 */
  bool entries;
  int nbinders;            /* entries */
  struct binder **binders; /* ndim indices, then the value */
  const char *name;        /* A */
  struct loc name_loc;
  struct decl *decl; /* A: a param (checker) */
  struct expr *row;  /* the i of A[i], or NULL */
};

/* One dimension of a declaration or of a let clause. */
struct dim {
  struct loc loc;
  struct binder *index; /* i of `i in …`, or NULL */
  bool open;            /* nothing between the commas: the size comes from the data (param alone) */
  bool single;          /* a bare expression in a let clause or aux/param/var: `hi` alone is given.
                           let: that one index; else 1..hi */
  struct expr *lo, *hi, *by; /* lo NULL: 1; by NULL: 1 */
};

enum decl_kind { DECL_PARAM, DECL_VAR, DECL_LET, DECL_AUX, DECL_DEF };

/* A declared name.  A let has one decl for all of its clauses. */
struct decl {
  enum decl_kind kind;
  const char *name;
  struct loc loc;    /* of the name, in its (first) statement */
  int ndim;          /* 0: scalar */
  int number;        /* position in model->decls */
  struct stmt *stmt; /* (first) statement */
  bool is_integer, is_sparse;
  bool is_data; /* params, and lets whose clauses all are data */
  int nparams;  /* def */
  struct binder **params;
  struct expr *body; /* def */
};

enum stmt_kind { STMT_PARAM, STMT_VAR, STMT_LET, STMT_AUX, STMT_DEF, STMT_FOR, STMT_RETURN };

struct stmt {
  enum stmt_kind kind;
  struct loc loc;
  const char *name;
  struct loc name_loc;
  struct decl *decl;    /* all but for, return and local lets */
  struct binder *local; /* let without indices inside a for block */
  int ndims;
  struct dim **dims;
  bool is_integer, is_sparse;
  struct expr *expr; /* value, default or NULL; def: the body */
  int nparams;       /* def */
  struct binder **params;
  int nranges; /* for */
  struct range **ranges;
  int nbody; /* for: lets alone */
  struct stmt **body;
  bool is_partial; /* for: further statements of the block were wrong, and are left out */
};

struct model {
  struct arena arena;
  int source; /* the model's source id; its folder is what read("…") is relative to */
  VEC(struct stmt *) stmts;
  VEC(struct decl *) decls; /* in order of declaration (checker) */
  struct expr *result;      /* of return (checker) */
  struct stmt *result_stmt;
  const struct expr *imaginary; /* the first imaginary literal, or NULL (checker) */

  /* of a text with errors */
  VEC(const char *) suspects; /* what the statements that are left out may have declared */
  bool is_incomplete;         /* its end was not read, and anything may be declared there */
};

/* Parses the source and resolves and checks it: names, arities, ranks, what must be data, scalars
 * against arrays, order of declaration, duplicate names, var … integer.  What needs sizes and
 * values is left to the elaboration.  On failure *out is NULL, and the first MODEL_ERRORS_MAX
 * errors are in the context in the order of the text, at most one for each statement; the status is
 * that of the first. */
enum status model_parse(struct context *ctx, int source, struct model **out) MUST_CHECK;
/* The check alone.  The errors are in the order of the statements; the status is that of the first.
 */
enum status model_check(struct context *ctx, struct model *m) MUST_CHECK;
void model_free(struct model *m);

/* Prints the tree (--debug=ast), fully parenthesized, so that it parses to the same tree. */
struct strbuf;
void model_print(const struct model *m, struct strbuf *out);

#endif
