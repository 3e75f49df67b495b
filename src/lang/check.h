/* The checker's parts: scopes (resolve.c), expressions (check_expr.c), statements (check.c).  For
 * src/lang/ alone. */
#ifndef ASDEX_LANG_CHECK_H
#define ASDEX_LANG_CHECK_H

#include "lang/names.h"

/* What a binder hides while it is in scope. */
struct scope_entry {
  struct name *name;
  struct binder *hidden;
  size_t hidden_depth;
};

struct checker {
  struct context *ctx;
  struct model *model;
  struct arena arena;
  struct name_table names;
  VEC(struct scope_entry) scopes;
  const struct stmt *stmt; /* the one that is checked; NULL before the first */
  size_t first;            /* the first diagnostic of the model */
  enum status status;      /* of the first statement that is wrong */
  bool past_return;        /* something behind it was told already */
};

/* The check of a model that was parsed with the errors in ctx->diags from `first` on, of which
 * there are to be MODEL_ERRORS_MAX at most.  A statement that is wrong is told once; what it
 * declares may be used without a further error. */
enum status check_statements(struct context *ctx, struct model *m, size_t first) MUST_CHECK;

/* Makes the table: the functions, then all names of the model, with the first statement that
 * declares each, and the clauses of lets counted. */
enum status resolve_begin(struct checker *c) MUST_CHECK;
void resolve_end(struct checker *c);

/* Whether the language has a function of this name. */
bool resolve_is_function(const char *name);

/* The entry of a name that is in the table, or is added. */
enum status resolve_entry(struct checker *c, const char *text, struct name **out) MUST_CHECK;

/* The entry of a name that is used in an expression: a binder or a declared name; else an error
 * that tells why not, or none if its declaration is wrong itself. */
enum status resolve_use(struct checker *c, const char *text, struct loc loc,
                        struct name **out) MUST_CHECK;
/* The same for a name that is called. */
enum status resolve_call(struct checker *c, const char *text, struct loc loc,
                         struct name **out) MUST_CHECK;

/* Whether nothing is known of the name, not even one like it. */
bool resolve_is_unknown(struct checker *c, const char *text);
/* Brings a binder into scope.  `begin` is resolve_mark() at the beginning of its list: a second
 * binder with the same name in one list is an error. */
enum status resolve_push(struct checker *c, struct binder *b, size_t begin) MUST_CHECK;
size_t resolve_mark(const struct checker *c);
void resolve_pop(struct checker *c, size_t mark); /* back to the mark */

/* Checks e as a number, or as a condition, that is no array. */
enum status check_number(struct checker *c, struct expr *e) MUST_CHECK;
enum status check_condition(struct checker *c, struct expr *e) MUST_CHECK;
/* The same, or the bare name of an array. */
enum status check_number_or_array(struct checker *c, struct expr *e) MUST_CHECK;
/* Either, but no array: e->is_condition tells. */
enum status check_scalar(struct checker *c, struct expr *e) MUST_CHECK;

/* Checks a number that must be data: `what` says where it stands ("an index"). */
enum status check_fixed(struct checker *c, struct expr *e, const char *what) MUST_CHECK;
/* The same for an expression that was checked already. */
enum status require_fixed(struct checker *c, struct expr *e, const char *what) MUST_CHECK;

/* Checks ranges and brings their binders into scope. */
enum status check_ranges(struct checker *c, struct range **ranges, int count) MUST_CHECK;

#endif
