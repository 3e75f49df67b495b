/* What to say of a name that no parameter, or no variable, has: the nearest one, or all there are.
 *
 *   const char *near = unknown_nearest(model, DECL_VAR, name);
 *   status = FAIL(ctx, ID, loc, name, DID_YOU_MEAN(near));
 *   if (!near) unknown_note(ctx, model, DECL_VAR); */
#ifndef ASDEX_LANG_UNKNOWN_H
#define ASDEX_LANG_UNKNOWN_H

#include "lang/ast.h"

/* The name nearest to `name` among the declarations of this kind, or NULL if none is near. */
const char *unknown_nearest(const struct model *m, enum decl_kind kind, const char *name);

/* The arguments of "%s%s%s". */
#define DID_YOU_MEAN(near)                                                                         \
  (near) ? "; did you mean '" : "", (near) ? (near) : "", (near) ? "'?" : ""

/* A note to the last error: all names of this kind, DECL_PARAM or DECL_VAR. */
void unknown_note(struct context *ctx, const struct model *m, enum decl_kind kind);

#endif
