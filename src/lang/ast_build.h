/* Constructors of the syntax tree, for the actions of the grammar alone.
 *
 * They return NULL on failure, with the reason in p->status and in the context.  Names are those
 * of parse_name. */
#ifndef ASDEX_LANG_AST_BUILD_H
#define ASDEX_LANG_AST_BUILD_H

#include "lang/parse.h"

/* A list under construction: its last item; the last item's `next` is the first. */
struct list {
  void *item;
  struct list *next;
};
struct list *list_add(struct parse *p, struct list *list, void *item); /* list NULL: a new one */

/* A name with its place. */
struct ident {
  const char *text;
  struct loc loc;
};

/* Numbers: the text without the i of an imaginary one. */
struct expr *ast_number(struct parse *p, struct loc loc, const char *text, bool imaginary);
struct expr *ast_constant(struct parse *p, struct loc loc,
                          const char *text); /* pi inf true false */
struct expr *ast_name(struct parse *p, struct ident name);
struct expr *ast_index(struct parse *p, struct loc loc, struct ident name, struct list *args);
struct expr *ast_call(struct parse *p, struct loc loc, struct ident name, struct list *args);
struct expr *ast_read(struct parse *p, struct loc loc, struct ident name, const char *file);
struct expr *ast_reduction(struct parse *p, struct loc loc, struct ident name, struct expr *body,
                           struct list *ranges, struct expr *filter);
struct expr *ast_array(struct parse *p, struct loc loc, struct list *items);
struct expr *ast_unary(struct parse *p, struct loc loc, enum expr_kind kind, struct expr *a);
struct expr *ast_power(struct parse *p, struct loc loc, struct expr *a, struct expr *b);
struct expr *ast_compare(struct parse *p, struct loc loc, char op, struct expr *a, struct expr *b);
struct expr *ast_if(struct parse *p, struct loc loc, struct expr *c, struct expr *a,
                    struct expr *b);
/* a op b; where a is a chain of this kind, it is extended in place (amortized O(1)). */
struct expr *ast_chain(struct parse *p, struct loc loc, enum expr_kind kind, char op,
                       struct expr *a, struct expr *b);

struct range *ast_span(struct parse *p, struct loc loc, struct ident index, struct dim *span);
struct range *ast_entries(struct parse *p, struct loc loc, struct list *binders, struct ident name,
                          struct expr *row);

/* lo..hi by step, or hi alone; NULL for what is left out. */
struct dim *ast_dim(struct parse *p, struct loc loc, struct expr *lo, struct expr *hi,
                    struct expr *by);
struct dim *ast_dim_index(struct parse *p, struct loc loc, struct ident index, struct dim *span);
/* list_add of an index with this name. */
struct list *ast_add_index(struct parse *p, struct list *list, struct ident name);

enum { ATTRIBUTE_INTEGER = 1, ATTRIBUTE_SPARSE = 2 };
struct stmt *ast_declaration(struct parse *p, struct loc loc, enum stmt_kind kind,
                             struct ident name, struct list *dims, int attributes,
                             struct expr *value);
struct stmt *ast_def(struct parse *p, struct loc loc, struct ident name, struct list *params,
                     struct expr *body);
struct stmt *ast_for(struct parse *p, struct loc loc, struct list *ranges, struct list *body);
struct stmt *ast_return(struct parse *p, struct loc loc, struct expr *value);

/* Appends a statement to the model; false on failure. */
bool ast_add_statement(struct parse *p, struct stmt *s);

/* Names that statements with errors, which are left out, may have declared: one, or those of a
 * block; false on failure. */
bool ast_add_suspect(struct parse *p, const char *name);
bool ast_suspect_block(struct parse *p, const struct list *lets);

/* Counts an operator whose operand follows, within NESTING_MAX; false on failure.  p->depth-- when
 * it is complete. */
bool parse_enter(struct parse *p, struct loc loc);

#endif
