/* Names: a hash table from the names of a model to what they stand for.
 *
 * The parser uses it to keep one copy of each name, the checker to resolve them.  The hash is
 * keyed (SipHash-1-3) with a key that differs from table to table, so that no model can be made
 * whose names all collide. */
#ifndef ASDEX_LANG_NAMES_H
#define ASDEX_LANG_NAMES_H

#include "lang/ast.h"

struct name {
  const char *text; /* NUL-terminated, in the arena that was given to name_table_add */
  size_t len;
  uint64_t hash;

  /* what the checker knows; zero at first */
  bool is_function;      /* a reserved name: an operator, a builtin, size, read */
  enum op_code op;       /* of a function that is an operator */
  enum builtin builtin;  /* of a function that is a builtin */
  bool is_suspect;       /* a statement that is left out may declare it */
  bool is_broken;        /* its declaration is wrong: uses of it are no errors */
  struct stmt *first;    /* the first statement that declares it at top level */
  struct decl *decl;     /* once declared */
  int clauses_left;      /* clauses of a let that were not checked yet */
  struct binder *binder; /* the innermost one in scope, or NULL */
  size_t depth;          /* its place in the stack of scopes */
};

struct name_table {
  struct name **slots; /* open addressing; cap is a power of two */
  size_t cap, len;
  uint64_t key[2];
};

void name_table_init(struct name_table *t);
void name_table_free(struct name_table *t); /* the names themselves belong to the arena */

/* Finds the name, or adds it (with a copy of the text in the arena); NULL if memory is out. */
struct name *name_table_add(struct name_table *t, struct arena *arena, const char *text,
                            size_t len);

/* Finds the name; NULL if it is not there. */
struct name *name_table_find(const struct name_table *t, const char *text, size_t len);

#endif
