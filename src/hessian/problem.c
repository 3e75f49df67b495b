#include "config.h"

#include "hessian/problem_parts.h"

#include <string.h>

#include "lang/declare.h"
#include "lang/lower.h"
#include "lang/quantity.h"
#include "lang/unknown.h"

enum { UNKNOWNS_MAX = INT32_MAX };

/* ---- loading ---- */

static enum status find_folder(struct context *ctx, struct problem *p, const char *path)
{
  const char *slash = path ? strrchr(path, '/') : NULL;
  p->folder = mem_strndup(slash ? path : "", slash ? (size_t)(slash - path) + 1 : 0);
  return p->folder ? STATUS_OK : diag_no_memory(ctx);
}

static enum status elaborate(struct context *ctx, struct problem *p,
                             const struct problem_options *options)
{
  struct elab e = {.ctx = ctx,
                   .field = p->field,
                   .without_aux = p->without_aux,
                   .model = p->model,
                   .folder = p->folder,
                   .program = &p->program,
                   .set = options->set};
  p->symbols = e.symbols = mem_zalloc(p->model->decls.len, sizeof *p->symbols);
  if (!p->symbols) return diag_no_memory(ctx);
  p->nsymbols = p->model->decls.len;
  for (size_t i = 0; i < p->nsymbols; i++) {
    p->symbols[i].decl = p->model->decls.data[i];
    p->symbols[i].array = -1;
  }
  enum status status = elaborate_declarations(&e, options->inputs, options->ninputs);
  if (status == STATUS_OK) status = lower_model(&e);
  VEC_FREE(&e.scope);
  number_release(&e, 0);
  VEC_FREE(&e.temporaries);
  /* The data of what became an array is the program's. */
  for (size_t i = 0; i < p->nsymbols; i++)
    if (p->symbols[i].array >= 0) p->symbols[i].data = (struct numbers){0};
  return status;
}

static enum status list_parts(struct context *ctx, struct problem *p)
{
  for (size_t i = 0; i < p->nsymbols; i++) {
    const struct symbol *s = &p->symbols[i];
    if (s->decl->kind == DECL_AUX && !VEC_PUSH(&p->auxes, (int)i)) return diag_no_memory(ctx);
    if (s->decl->kind != DECL_VAR) continue;
    struct block b = {.name = s->decl->name,
                      .array = s->array,
                      .size = s->shape.size,
                      .offset = p->program.arrays.data[s->array].offset,
                      .unknown = -1};
    if (!VEC_PUSH(&p->blocks, b)) return diag_no_memory(ctx);
  }
  return STATUS_OK;
}

static enum status index_blocks(struct context *ctx, struct problem *p)
{
  for (size_t i = 0; i < p->blocks.len; i++) {
    const char *name = p->blocks.data[i].name;
    struct name *n = name_table_add(&p->block_names, &p->arena, name, strlen(name));
    if (!n) return diag_no_memory(ctx);
    n->depth = i;
  }
  return STATUS_OK;
}

struct block *problem_find_block(const struct problem *p, const char *name)
{
  const struct name *n = name_table_find(&p->block_names, name, strlen(name));
  return n ? &p->blocks.data[n->depth] : NULL;
}

static enum status fail_wrt(struct context *ctx, const struct problem *p, const struct loc *saved,
                            const char *name)
{
  const char *near = unknown_nearest(p->model, DECL_VAR, name);
  enum status status = saved ? FAIL(ctx, SAVED_WRT_UNKNOWN_NAME, *saved, name, DID_YOU_MEAN(near))
                             : FAIL(ctx, WRT_UNKNOWN_NAME, NO_LOC, name, DID_YOU_MEAN(near));
  if (!near) unknown_note(ctx, p->model, DECL_VAR);
  return status;
}

static enum status select_block(struct context *ctx, struct problem *p, struct block *b)
{
  int64_t n = p->program.n;
  b->unknown = n;
  if (b->size > UNKNOWNS_MAX - n)
    return FAIL(ctx, TOO_MANY_UNKNOWNS,
                p->symbols[p->program.arrays.data[b->array].symbol].decl->loc,
                (long long)(n + b->size), (long long)UNKNOWNS_MAX);
  p->program.n += b->size;
  return VEC_PUSH(&p->unknown_blocks, (int)(b - p->blocks.data)) ? STATUS_OK : diag_no_memory(ctx);
}

/* The unknowns: the blocks that --wrt names, in its order, or all in order of declaration. */
static enum status select_unknowns(struct context *ctx, struct problem *p,
                                   const struct problem_options *options)
{
  p->program.n = 0;
  for (size_t i = 0; i < p->blocks.len && options->nwrt == 0; i++)
    TRY(select_block(ctx, p, &p->blocks.data[i]));
  for (size_t i = 0; i < options->nwrt; i++) {
    struct block *b = problem_find_block(p, options->wrt[i]);
    const struct loc *saved = options->saved_wrt;
    if (!b) return fail_wrt(ctx, p, saved, options->wrt[i]);
    if (b->unknown >= 0)
      return saved ? FAIL(ctx, SAVED_WRT_REPEATED, *saved, b->name)
                   : FAIL(ctx, WRT_REPEATED, NO_LOC, b->name);
    TRY(select_block(ctx, p, b));
  }
  for (size_t i = 0; i < p->blocks.len; i++)
    p->program.arrays.data[p->blocks.data[i].array].unknown = p->blocks.data[i].unknown;
  return STATUS_OK;
}

static enum status load(struct context *ctx, struct problem *p,
                        const struct problem_options *options)
{
  TRY(find_folder(ctx, p, options->model_path));
  TRY(model_parse(ctx, options->model_source, &p->model));
  context_stage(ctx, "parse");
  const struct expr *imaginary = p->model->imaginary;
  if (imaginary && p->field != FIELD_COMPLEX)
    return FAIL(ctx, IMAGINARY, imaginary->loc, imaginary->text);
  TRY(elaborate(ctx, p, options));
  TRY(list_parts(ctx, p));
  TRY(index_blocks(ctx, p));
  return select_unknowns(ctx, p, options);
}

enum status problem_load(struct context *ctx, const struct problem_options *options,
                         struct problem **out)
{
  *out = NULL;
  struct problem *p = mem_zalloc(1, sizeof *p);
  if (!p) return diag_no_memory(ctx);
  p->field = options->field;
  p->without_aux = options->without_aux;
  program_init(&p->program);
  name_table_init(&p->block_names);
  enum status status = load(ctx, p, options);
  if (status == STATUS_OK)
    *out = p;
  else
    problem_free(p);
  return status;
}

void problem_free(struct problem *p)
{
  if (!p) return;
  for (size_t i = 0; i < p->nsymbols; i++) symbol_free(&p->symbols[i]);
  mem_free(p->symbols);
  program_free(&p->program);
  if (p->model) model_free(p->model);
  mem_free(p->folder);
  VEC_FREE(&p->blocks);
  name_table_free(&p->block_names);
  arena_free(&p->arena);
  VEC_FREE(&p->unknown_blocks);
  VEC_FREE(&p->auxes);
  mem_free(p);
}

/* ---- parts ---- */

const struct program *problem_program(const struct problem *p)
{
  return &p->program;
}

enum field problem_field(const struct problem *p)
{
  return p->field;
}

const struct model *problem_model(const struct problem *p)
{
  return p->model;
}

size_t problem_blocks(const struct problem *p, const struct block **blocks)
{
  *blocks = p->blocks.data;
  return p->blocks.len;
}

size_t problem_unknown_blocks(const struct problem *p, const int **order)
{
  *order = p->unknown_blocks.data;
  return p->unknown_blocks.len;
}

size_t problem_auxes(const struct problem *p)
{
  return p->auxes.len;
}

bool problem_has_aux_values(const struct problem *p)
{
  return !p->without_aux;
}

static const struct symbol *aux_symbol(const struct problem *p, size_t k)
{
  return &p->symbols[p->auxes.data[k]];
}

const char *problem_aux_name(const struct problem *p, size_t k)
{
  return aux_symbol(p, k)->decl->name;
}

int problem_aux_array(const struct problem *p, size_t k)
{
  return aux_symbol(p, k)->array;
}

int problem_aux_shape(const struct problem *p, size_t k, int64_t extent[LOOP_MAX], bool *ragged)
{
  const struct shape *s = &aux_symbol(p, k)->shape;
  memcpy(extent, s->extent, sizeof s->extent);
  *ragged = !s->box;
  return s->ndim;
}

int problem_aux_shared(const struct problem *p, size_t k, int64_t element)
{
  return shape_shared(&aux_symbol(p, k)->shape, element);
}

/* ---- names of elements ---- */

void problem_element_name(const struct problem *p, int array, int64_t offset, struct strbuf *out)
{
  const struct array *a = &p->program.arrays.data[array];
  int64_t index[LOOP_MAX] = {offset + 1};
  if (a->symbol < 0 || (size_t)a->symbol >= p->nsymbols) {
    shape_print_element(a->name, index, a->size != 1, out);
    return;
  }
  const struct symbol *s = &p->symbols[a->symbol];
  if (!s->decl->is_sparse) {
    shape_index(&s->shape, offset, index);
  } else if (offset < s->nentries) {
    for (int d = 0; d < 2; d++) index[d] = (int64_t)s->coord[d][offset];
  } else {
    strbuf_puts(out, a->name);
    strbuf_puts(out, "[not stored]");
    return;
  }
  shape_print_element(a->name, index, s->shape.ndim, out);
}

/* The unknowns of the blocks follow each other; empty blocks have none. */
void problem_unknown_name(const struct problem *p, int64_t u, struct strbuf *out)
{
  size_t low = 0, high = p->unknown_blocks.len; /* those before low begin at u or before it */
  while (low < high) {
    size_t mid = low + (high - low) / 2;
    if (p->blocks.data[p->unknown_blocks.data[mid]].unknown <= u)
      low = mid + 1;
    else
      high = mid;
  }
  if (low == 0) return;
  const struct block *b = &p->blocks.data[p->unknown_blocks.data[low - 1]];
  if (u - b->unknown < b->size) problem_element_name(p, b->array, u - b->unknown, out);
}
