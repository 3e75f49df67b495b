/* stop(e) does not change with the point by definition, so that finite differences must hold it. */
#ifndef ASDEX_HESSIAN_HELD_H
#define ASDEX_HESSIAN_HELD_H

#include "base/numbers.h"
#include "program/program.h"

/* *held = the Program in double precision with all stops at their values in x, as data.  It is to
 * be freed, also after a failure. */
enum status program_hold_stops(struct context *ctx, const struct program *p, const double *x,
                               struct program *held) MUST_CHECK;

#endif
