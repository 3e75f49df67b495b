/* What problem.c, point.c and describe.c share. */
#ifndef ASDEX_HESSIAN_PROBLEM_PARTS_H
#define ASDEX_HESSIAN_PROBLEM_PARTS_H

#include "hessian/problem.h"
#include "lang/elab.h"
#include "lang/names.h"

struct problem {
  enum field field;
  bool without_aux;
  struct model *model;
  struct program program;
  struct symbol *symbols; /* by decl->number; the params' data has gone to the program */
  size_t nsymbols;
  char *folder; /* of the model */
  VEC(struct block) blocks;
  struct name_table block_names; /* the place in `blocks` is their depth */
  struct arena arena;            /* the names' */
  VEC(int) unknown_blocks;       /* of them, those that are differentiated, in the order of --wrt */
  VEC(int) auxes;                /* decl numbers */
};

/* The block called so, or NULL. */
struct block *problem_find_block(const struct problem *p, const char *name);

#endif
