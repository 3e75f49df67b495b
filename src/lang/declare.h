/* Sizes and data: from the declarations and what the command line gives to them. */
#ifndef ASDEX_LANG_DECLARE_H
#define ASDEX_LANG_DECLARE_H

#include "lang/elab.h"
#include "lang/inputs.h"

/* Fills e->symbols, whose decl and array are set, of params (shape, data, entries), vars (shape, default point in `given`) and aux
 * outputs (shape); those of lets are the lowering's.  In order of declaration.  Errors: unknown
 * names in the inputs, missing values, wrong shapes, not whole, not finite. */
enum status elaborate_declarations(struct elab *e, const struct parameter_input *inputs,
                                   size_t ninputs) MUST_CHECK;

/* Reads values for an array with shape `shape` (data of io/data.h, see asdex-language(5)):
 * numbers into out (shape->size of them).  `name` is for messages. */
struct data;
enum status declare_values(struct elab *e, const char *name, const struct shape *shape,
                           const struct data *d, struct numbers *out) MUST_CHECK;

void symbol_free(struct symbol *s);

#endif
