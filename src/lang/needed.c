/* Which lets and aux outputs are evaluated: those that the result or a wanted aux reads, directly
 * or through others.  Statements of a for block are evaluated together, so all count if one does.
 */
#include "config.h"

#include "lang/needed.h"

/* A statement that defines elements of an array, and the next one of the same array. */
struct definition {
  const struct stmt *stmt;
  int block; /* number of the for statement that it is in, or -1 */
  int next;  /* or -1 */
};

struct needs {
  struct elab *e;
  VEC(struct definition) definitions;
  int *first;       /* of a decl's definitions, by its number, or -1 */
  bool *read_block; /* of the statements: a for block that was read */
  VEC(const struct decl *) todo;
  bool failed;
};

static void need(struct needs *n, const struct decl *d)
{
  struct symbol *s = symbol_of(n->e, d);
  if (s->needed) return;
  s->needed = true;
  if (!VEC_PUSH(&n->todo, d)) n->failed = true;
}

/* Ranges, filters and indices are data: they read no lets. */
static void read_expr(struct needs *n, const struct expr *x)
{
  if (x->decl) need(n, x->decl);
  for (int i = 0; i < x->nargs; i++) read_expr(n, x->args[i]);
}

static void read_block(struct needs *n, int block)
{
  const struct stmt *s = n->e->model->stmts.data[block];
  if (n->read_block[block]) return;
  n->read_block[block] = true;
  for (int i = 0; i < s->nbody; i++) {
    if (s->body[i]->decl) need(n, s->body[i]->decl);
    read_expr(n, s->body[i]->expr);
  }
}

static void read_decl(struct needs *n, const struct decl *d)
{
  if (d->kind == DECL_DEF) read_expr(n, d->body);
  const struct definition *f;
  for (int i = n->first[d->number]; i >= 0; i = f->next) {
    f = &n->definitions.data[i];
    if (f->block >= 0)
      read_block(n, f->block);
    else
      read_expr(n, f->stmt->expr);
  }
}

static enum status add_definition(struct needs *n, const struct stmt *s, int block)
{
  struct definition f = {s, block, n->first[s->decl->number]};
  if (!VEC_PUSH(&n->definitions, f)) return diag_no_memory(n->e->ctx);
  n->first[s->decl->number] = (int)n->definitions.len - 1;
  return STATUS_OK;
}

static enum status find_definitions(struct needs *n)
{
  const struct model *m = n->e->model;
  for (size_t i = 0; i < m->decls.len; i++) n->first[i] = -1;
  for (size_t i = 0; i < m->stmts.len; i++) {
    const struct stmt *s = m->stmts.data[i];
    if (s->kind == STMT_LET || s->kind == STMT_AUX) TRY(add_definition(n, s, -1));
    for (int k = 0; s->kind == STMT_FOR && k < s->nbody; k++)
      if (s->body[k]->decl) TRY(add_definition(n, s->body[k], (int)i));
  }
  return STATUS_OK;
}

static enum status find_needed(struct needs *n)
{
  const struct model *m = n->e->model;
  n->first = mem_alloc(m->decls.len, sizeof *n->first);
  n->read_block = mem_zalloc(m->stmts.len, sizeof *n->read_block);
  if (!n->first || !n->read_block) return diag_no_memory(n->e->ctx);
  TRY(find_definitions(n));
  read_expr(n, m->result);
  for (size_t i = 0; i < m->decls.len && !n->e->without_aux; i++)
    if (m->decls.data[i]->kind == DECL_AUX) need(n, m->decls.data[i]);
  while (n->todo.len > 0) read_decl(n, n->todo.data[--n->todo.len]);
  return n->failed ? diag_no_memory(n->e->ctx) : STATUS_OK;
}

enum status mark_needed(struct elab *e)
{
  struct needs n = {.e = e};
  enum status status = find_needed(&n);
  VEC_FREE(&n.definitions);
  VEC_FREE(&n.todo);
  mem_free(n.first);
  mem_free(n.read_block);
  return status;
}
