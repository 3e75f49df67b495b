#include "config.h"

#include "lang/unknown.h"

struct known {
  VEC(const char *) names;
};

/* Where memory ends, so do the names: there is an error to be told already. */
static void collect(const struct model *m, enum decl_kind kind, struct known *known)
{
  *known = (struct known){{NULL, 0, 0}};
  for (size_t i = 0; i < m->decls.len; i++) {
    const struct decl *d = m->decls.data[i];
    if (d->kind == kind && !VEC_PUSH(&known->names, d->name)) return;
  }
}

const char *unknown_nearest(const struct model *m, enum decl_kind kind, const char *name)
{
  struct known known;
  collect(m, kind, &known);
  const char *near = suggest(name, known.names.data, known.names.len);
  VEC_FREE(&known.names);
  return near;
}

void unknown_note(struct context *ctx, const struct model *m, enum decl_kind kind)
{
  struct known known;
  collect(m, kind, &known);
  diag_note_names(ctx, kind == DECL_PARAM ? "its parameters" : "its variables", known.names.data,
                  known.names.len);
  VEC_FREE(&known.names);
}
