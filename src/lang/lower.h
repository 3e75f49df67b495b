/* Lowering: an elaborated model becomes a Program.  No loop is unrolled. */
#ifndef ASDEX_LANG_LOWER_H
#define ASDEX_LANG_LOWER_H

#include "lang/elab.h"

/* Lowers lets, aux outputs and the result into e->program (initialized; the arrays of params and
 * variables are added here, from e->symbols, whose data it takes over; e->program->nx is set, and
 * n = nx with all variables as unknowns).  Sets e->program->value, and symbol.array of every
 * declaration. */
enum status lower_model(struct elab *e) MUST_CHECK;

#endif
