/* What is given to each parameter, found by its name: values from files and from the command line
 * (inputs.h).  For declare.c. */
#ifndef ASDEX_LANG_GIVEN_H
#define ASDEX_LANG_GIVEN_H

#include "lang/elab.h"
#include "lang/inputs.h"
#include "lang/names.h"

struct given {
  const struct data *value;
  int source; /* value NULL: in Matrix Market; -1: nothing is given */
};

struct givens {
  struct given *of;         /* by decl->number */
  struct name_table names;  /* of declarations */
  struct arena arena;       /* the names' */
  VEC(struct data *) trees; /* what the values point into */
};

/* Reads the files and looks up the names, e->set last.  Errors: unknown names, names of what is no
 * parameter, bad files.  To be freed either way. */
enum status givens_collect(struct elab *e, const struct parameter_input *inputs, size_t ninputs,
                           struct givens *out) MUST_CHECK;
void givens_free(struct givens *g);

#endif
