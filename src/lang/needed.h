/* Which definitions are evaluated. */
#ifndef ASDEX_LANG_NEEDED_H
#define ASDEX_LANG_NEEDED_H

#include "lang/elab.h"

/* Sets `needed` of the symbols of lets and aux outputs: the result, or an aux unless
 * e->without_aux, reads them. */
enum status mark_needed(struct elab *e) MUST_CHECK;

#endif
