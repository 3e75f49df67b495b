#include "config.h"

#include "lang/given.h"

#include <string.h>

#include "io/file.h"
#include "io/text.h"
#include "lang/content.h"
#include "lang/unknown.h"

static enum status index_names(struct elab *e, struct givens *g)
{
  size_t count = e->model->decls.len;
  name_table_init(&g->names);
  g->of = mem_alloc(count, sizeof *g->of);
  if (!g->of) return diag_no_memory(e->ctx);
  for (size_t i = 0; i < count; i++) {
    struct decl *d = e->model->decls.data[i];
    struct name *n = name_table_add(&g->names, &g->arena, d->name, strlen(d->name));
    if (!n) return diag_no_memory(e->ctx);
    n->decl = d;
    g->of[i] = (struct given){NULL, -1};
  }
  return STATUS_OK;
}

static enum status fail_unknown(struct elab *e, const char *name, bool set, struct loc loc)
{
  const char *near = unknown_nearest(e->model, DECL_PARAM, name);
  enum status status = set ? FAIL(e->ctx, SET_UNKNOWN_NAME, loc, name, DID_YOU_MEAN(near))
                           : FAIL(e->ctx, DATA_UNKNOWN_NAME, loc, name, DID_YOU_MEAN(near));
  if (!near) unknown_note(e->ctx, e->model, DECL_PARAM);
  return status;
}

static const char *kind_text(enum decl_kind kind)
{
  return kind == DECL_VAR   ? "a variable"
         : kind == DECL_LET ? "a let"
         : kind == DECL_AUX ? "an aux output"
                            : "a def";
}

static enum status give(struct elab *e, struct givens *g, const char *name, bool set,
                        struct loc loc, struct given value)
{
  struct name *n = name_table_find(&g->names, name, strlen(name));
  const struct decl *d = n ? n->decl : NULL;
  if (d && d->kind == DECL_PARAM) {
    g->of[d->number] = value;
    return STATUS_OK;
  }
  if (d) {
    const char *advice = d->kind == DECL_VAR ? "; its value belongs to the point, --at" : "";
    return set ? FAIL(e->ctx, SET_NOT_PARAM, loc, name, kind_text(d->kind), advice)
               : FAIL(e->ctx, DATA_NOT_PARAM, loc, name, kind_text(d->kind), advice);
  }
  return fail_unknown(e, name, set, loc);
}

/* Parses a source and keeps the tree. */
static enum status parse_tree(struct elab *e, struct givens *g, int source, const struct data **out)
{
  struct data *d;
  TRY(content_document(e->ctx, source, e->field, &d));
  *out = d;
  if (VEC_PUSH(&g->trees, d)) return STATUS_OK;
  data_free(d);
  return diag_no_memory(e->ctx);
}

static enum status add_tree(struct elab *e, struct givens *g, const struct data *d)
{
  for (size_t i = 0; i < d->nentries; i++)
    TRY(give(e, g, d->entries[i].key, false, d->entries[i].loc,
             (struct given){d->entries[i].value, -1}));
  return STATUS_OK;
}

static enum status add_file(struct elab *e, struct givens *g, const struct parameter_input *input)
{
  const struct data *d = NULL;
  int source;
  bool named = input->kind == INPUT_NAMED_DATA;
  TRY(file_read_again(e->ctx, input->text, -1, &source));
  const struct source *s = &e->ctx->sources.data[source];
  bool matrix = mtx_is_matrix_market(s);
  if (!matrix) TRY(parse_tree(e, g, source, &d));
  if (named) return give(e, g, input->name, false, NO_LOC, (struct given){d, matrix ? source : -1});
  if (matrix || (d->kind != DATA_MAP && d->kind != DATA_NULL)) {
    enum status status = FAIL(e->ctx, DATA_NOT_MAP, matrix ? text_loc(source, 0, 1) : d->loc);
    diag_note(e->ctx, NO_LOC, "a single array is given as --data NAME=FILE");
    return status;
  }
  return add_tree(e, g, d);
}

static enum status add_set(struct elab *e, struct givens *g, const struct parameter_input *input)
{
  struct strbuf name = {0};
  const struct data *d;
  int source;
  strbuf_puts(&name, "--set ");
  strbuf_puts(&name, input->name);
  char *text = mem_strndup(input->text, strlen(input->text));
  enum status status = STATUS_OK;
  if (name.failed || !text) {
    mem_free(text);
    status = diag_no_memory(e->ctx);
  } else {
    status = context_add_source(e->ctx, name.data, text, strlen(input->text), &source);
  }
  strbuf_free(&name);
  TRY(status);
  TRY(give(e, g, input->name, true, NO_LOC, (struct given){NULL, -1}));
  TRY(parse_tree(e, g, source, &d));
  return give(e, g, input->name, true, NO_LOC, (struct given){d, -1});
}

static enum status add_input(struct elab *e, struct givens *g, const struct parameter_input *input)
{
  switch (input->kind) {
  case INPUT_SET: return add_set(e, g, input);
  case INPUT_VALUE: return give(e, g, input->name, true, NO_LOC, (struct given){input->value, -1});
  case INPUT_DATA:
  case INPUT_NAMED_DATA: break;
  }
  return add_file(e, g, input);
}

void givens_free(struct givens *g)
{
  for (size_t i = 0; i < g->trees.len; i++) data_free(g->trees.data[i]);
  VEC_FREE(&g->trees);
  mem_free(g->of);
  name_table_free(&g->names);
  arena_free(&g->arena);
}

enum status givens_collect(struct elab *e, const struct parameter_input *inputs, size_t ninputs,
                           struct givens *out)
{
  *out = (struct givens){0};
  TRY(index_names(e, out));
  for (size_t i = 0; i < ninputs; i++) TRY(add_input(e, out, &inputs[i]));
  return e->set ? add_tree(e, out, e->set) : STATUS_OK;
}
