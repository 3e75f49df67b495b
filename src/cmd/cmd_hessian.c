#include "config.h"

#include "cmd/commands.h"
#include "cmd/points.h"

static enum status plan(struct work *w, void *state)
{
  struct numbers *values = state;
  return work_plan_hessian(w, values);
}

static enum status evaluate(struct work *w, void *state, enum status *finite)
{
  struct numbers *values = state;
  return work_hessian(w, values, finite);
}

static enum status write_values(struct work *w, struct sink *out, const void *what)
{
  return write_hessian(w, out, what);
}

enum status cmd_hessian(struct context *ctx, const struct options *o)
{
  static const struct point_command command = {
      .plan = plan, .evaluate = evaluate, .write = write_values};
  return points_command(ctx, o, &command);
}
