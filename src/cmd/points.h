/* The way of all commands with a point: load, then for each point evaluate and write.  There is one
 * point, or a stream of them (YAML documents of --at). */
#ifndef ASDEX_CMD_POINTS_H
#define ASDEX_CMD_POINTS_H

#include "cmd/write.h"

struct point_command {
  /* Once, when the problem is loaded: what else has to be read.  May be NULL. */
  enum status (*load)(struct work *w, void *state);
  /* At the first point, and again if its parameters change more than numbers: makes w->evaluation,
   * and room for the result. */
  enum status (*plan)(struct work *w, void *state);
  /* At each point, w->x.  *status (STATUS_OK until then) becomes what the command returns in the
   * end, though the result is written: STATUS_NONFINITE, STATUS_DIFFERENCE. */
  enum status (*evaluate)(struct work *w, void *state, enum status *status);
  writer *write; /* gets the state */
};

/* Runs the command between work_begin and work_end.  The state is the command's, and stays. */
enum status points_run(struct work *w, const struct point_command *c, void *state) MUST_CHECK;

/* The whole of a command whose state is its result, a vector of numbers. */
enum status points_command(struct context *ctx, const struct options *o,
                           const struct point_command *c) MUST_CHECK;

#endif
