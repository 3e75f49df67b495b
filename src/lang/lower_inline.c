/* Reads of lets that are lowered in place: the definition instead of an element of its array.
 *
 * That saves the array, its tangents and its adjoints.  It is done where nothing is computed more
 * often for it: for copies, whose values are elements of other arrays under conditions on the
 * indices (a grid with its boundary around), and for lets that are read at one place, once for each
 * iteration.  The let is lowered on its own all the same: all of its elements must be right, read
 * or not. */
#include "config.h"

#include "lang/lowering.h"

/* Beyond these an array is the better way. */
enum { INLINE_NODES = 200, DATA_NODES = 12, INLINE_DEPTH = 200, INLINE_EXPANDED = 100000 };

/* ---- which lets ---- */

/* A whole number made of indices, numbers and scalar parameters. */
static bool is_index(const struct expr *x)
{
  switch (x->kind) {
  case EXPR_NUMBER: return true;
  case EXPR_NAME:
    return x->binder ? x->binder->kind == BINDER_INDEX
                     : x->decl->kind == DECL_PARAM && x->decl->ndim == 0;
  case EXPR_NEG: return is_index(x->args[0]);
  case EXPR_ADD:
  case EXPR_MUL:
    for (int i = 0; i < x->nargs; i++)
      if (!is_index(x->args[i]) || x->signs[i] == '/' || x->signs[i] == '%') return false;
    return true;
  default: return false;
  }
}

static bool is_index_condition(const struct expr *x)
{
  bool comparison = x->kind == EXPR_COMPARE;
  if (!comparison && x->kind != EXPR_AND && x->kind != EXPR_OR && x->kind != EXPR_NOT) return false;
  for (int i = 0; i < x->nargs; i++)
    if (!(comparison ? is_index(x->args[i]) : is_index_condition(x->args[i]))) return false;
  return true;
}

static bool is_element(const struct expr *x)
{
  if (x->kind != EXPR_INDEX || x->decl->is_sparse) return false;
  for (int i = 0; i < x->nargs; i++)
    if (!is_index(x->args[i])) return false;
  return true;
}

/* Nodes of x, bodies of defs included, as far as there are at most `most`; reductions are too much.
 */
static int count_nodes(const struct expr *x, int most)
{
  int count = 1;
  if (x->kind == EXPR_REDUCTION || x->is_array || most < 1) return most + 1;
  for (int i = 0; i < x->nargs && count <= most; i++)
    count += count_nodes(x->args[i], most - count);
  if (x->kind == EXPR_CALL && x->decl && count <= most)
    count += count_nodes(x->decl->body, most - count);
  return count;
}

static bool is_copy(const struct expr *x)
{
  if (x->kind == EXPR_IF)
    return is_index_condition(x->args[0]) && is_copy(x->args[1]) && is_copy(x->args[2]);
  return is_element(x) || (x->is_data && count_nodes(x, DATA_NODES) <= DATA_NODES);
}

/* All elements that x reads and all conditions on data are simple. */
static bool is_simple(const struct expr *x)
{
  if (x->kind == EXPR_INDEX) return is_element(x);
  if (x->is_condition && x->is_data && x->kind != EXPR_NUMBER) return is_index_condition(x);
  if (x->kind == EXPR_CALL && x->decl) return false;
  for (int i = 0; i < x->nargs; i++)
    if (!is_simple(x->args[i])) return false;
  return true;
}

static bool reads(const struct expr *x, const struct decl *d)
{
  if (!x) return false;
  for (int i = 0; i < x->nargs; i++)
    if (reads(x->args[i], d)) return true;
  return x->decl == d;
}

/* Adds `weight` to the reads of all that x reads. */
static void count_reads(struct elab *e, const struct expr *x, int weight)
{
  if (!x) return;
  for (int i = 0; i < x->nargs; i++) count_reads(e, x->args[i], weight);
  if ((x->kind != EXPR_INDEX && x->kind != EXPR_NAME) || !x->decl) return;
  struct symbol *s = symbol_of(e, x->decl);
  s->reads = s->reads + weight < 2 ? s->reads + weight : 2;
}

void reads_count(struct elab *e)
{
  const struct model *m = e->model;
  for (size_t i = 0; i < m->stmts.len; i++) {
    const struct stmt *s = m->stmts.data[i];
    if (s->kind == STMT_DEF) count_reads(e, s->expr, 2);
    if (s->kind == STMT_LET || s->kind == STMT_RETURN) count_reads(e, s->expr, 1);
    for (int k = 0; s->kind == STMT_FOR && k < s->nbody; k++) count_reads(e, s->body[k]->expr, 1);
  }
}

enum inlining inlining_of(const struct symbol *symbol)
{
  const struct decl *d = symbol->decl;
  const struct stmt *s = d->stmt;
  if (d->ndim == 0 || d->is_data || reads(s->expr, d)) return INLINE_NEVER;
  for (int i = 0; i < s->ndims; i++)
    if (!s->dims[i]->index) return INLINE_NEVER;
  if (count_nodes(s->expr, INLINE_NODES) > INLINE_NODES) return INLINE_NEVER;
  if (is_copy(s->expr)) return INLINE_COPY;
  return symbol->reads == 1 && is_simple(s->expr) ? INLINE_ONCE : INLINE_NEVER;
}

/* ---- at a read ---- */

/* Whether the indices of the read are the indices of all loops: no element is read twice. */
static bool reads_each_once(const struct frame *f, const struct expr *x, const struct form *forms)
{
  bool seen[LOOP_MAX] = {false};
  if (x->nargs != f->ndims) return false;
  for (int k = 0; k < x->nargs; k++) {
    int loop = -1;
    if (x->args[k]->kind != EXPR_NAME) return false;
    for (int d = 0; d < f->ndims; d++)
      if (forms[k].coef[d]) loop = d;
    if (loop < 0 || seen[loop]) return false;
    seen[loop] = true;
  }
  return true;
}

bool lower_inline(struct frame *f, const struct expr *x, struct value *out)
{
  struct elab *e = f->e;
  const struct symbol *s = symbol_of(e, x->decl);
  const struct stmt *stmt = x->decl->stmt;
  struct form forms[LOOP_MAX];
  if (x->kind != EXPR_INDEX || s->inlining == INLINE_NEVER || s->lowered < s->clauses) return false;
  if (e->depth > INLINE_DEPTH || f->expanded > INLINE_EXPANDED) return false;
  for (int k = 0; k < x->nargs; k++)
    if (!form_of(e, x->args[k], &forms[k]) || !form_is_affine(&forms[k])) return false;
  if (s->inlining == INLINE_ONCE && !reads_each_once(f, x, forms)) return false;
  size_t pushed = 0;
  enum status status = STATUS_OK;
  for (int k = 0; k < x->nargs && status == STATUS_OK; k++) {
    status =
        scope_push(e, stmt->dims[k]->index, (struct binding){.kind = BIND_INDEX, .form = forms[k]});
    pushed += status == STATUS_OK;
  }
  if (status == STATUS_OK)
    *out = lower_expr(f, stmt->expr);
  else
    frame_fail(f, status);
  scope_pop(e, pushed);
  out->known = false; /* elements of arrays are not folded: the pattern must not depend on this */
  return true;
}
