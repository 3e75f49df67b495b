/* What --verbose tells about a pattern and its coloring, and the warning where they are of no use.
 */
#ifndef ASDEX_CMD_SUMMARY_H
#define ASDEX_CMD_SUMMARY_H

#include "cmd/work.h"

/* --verbose: "1000 x 1000, 2998 entries, 99.70 % zero" */
void summary_pattern(struct work *w);

/* --verbose: the same, and "; 3 colors (star, largest-first): 3 Hessian-vector products instead of
 * 1000" */
void summary_coloring(struct work *w);

/* Warns of a computed coloring that has as many colors as there are unknowns. */
void summary_warn(struct work *w);

#endif
