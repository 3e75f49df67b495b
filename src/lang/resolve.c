#include "config.h"

#include "lang/check.h"

#include <string.h>

#include "lang/foreign.h"

static const struct {
  const char *name;
  enum builtin builtin;
} builtins[] = {{"sum", BUILTIN_SUM},     {"prod", BUILTIN_PROD}, {"min", BUILTIN_MIN},
                {"max", BUILTIN_MAX},     {"dot", BUILTIN_DOT},   {"logsumexp", BUILTIN_LOGSUMEXP},
                {"norm2", BUILTIN_NORM2}, {"size", BUILTIN_NONE}, {"read", BUILTIN_NONE}};

enum status resolve_entry(struct checker *c, const char *text, struct name **out)
{
  *out = name_table_add(&c->names, &c->arena, text, strlen(text));
  return *out ? STATUS_OK : diag_no_memory(c->ctx);
}

bool resolve_is_function(const char *name)
{
  for (size_t i = 0; i < sizeof builtins / sizeof *builtins; i++)
    if (strcmp(builtins[i].name, name) == 0) return true;
  for (int op = 0; op < OP_COUNT; op++)
    if (op_table[op].in_language && strcmp(op_table[op].name, name) == 0) return true;
  return false;
}

static enum status add_functions(struct checker *c)
{
  struct name *n;
  for (size_t i = 0; i < sizeof builtins / sizeof *builtins; i++) {
    TRY(resolve_entry(c, builtins[i].name, &n));
    n->is_function = true;
    n->builtin = builtins[i].builtin;
  }
  for (int op = 0; op < OP_COUNT; op++) {
    if (!op_table[op].in_language) continue;
    TRY(resolve_entry(c, op_table[op].name, &n));
    n->is_function = true;
    n->op = (enum op_code)op;
  }
  return STATUS_OK;
}

static enum status add_statement(struct checker *c, struct stmt *s)
{
  struct name *n;
  TRY(resolve_entry(c, s->name, &n));
  if (!n->first) n->first = s;
  if (s->kind == STMT_LET) n->clauses_left++;
  return STATUS_OK;
}

static enum status add_statements(struct checker *c)
{
  for (size_t i = 0; i < c->model->stmts.len; i++) {
    struct stmt *s = c->model->stmts.data[i];
    if (s->kind == STMT_FOR) {
      for (int k = 0; k < s->nbody; k++)
        if (s->body[k]->ndims > 0) TRY(add_statement(c, s->body[k]));
    } else if (s->kind != STMT_RETURN) {
      TRY(add_statement(c, s));
    }
  }
  return STATUS_OK;
}

static enum status add_suspects(struct checker *c)
{
  struct name *n;
  for (size_t i = 0; i < c->model->suspects.len; i++) {
    TRY(resolve_entry(c, c->model->suspects.data[i], &n));
    n->is_suspect = true;
  }
  return STATUS_OK;
}

enum status resolve_begin(struct checker *c)
{
  name_table_init(&c->names);
  TRY(add_functions(c));
  TRY(add_suspects(c));
  return add_statements(c);
}

void resolve_end(struct checker *c)
{
  name_table_free(&c->names);
  arena_free(&c->arena);
  VEC_FREE(&c->scopes);
}

/* The known name nearest to `text`: binders in scope, what is declared, functions. */
static const char *nearest(struct checker *c, const char *text)
{
  VEC(const char *) known = {NULL, 0, 0};
  const char *found = NULL;
  for (size_t i = c->scopes.len; i-- > 0;)
    if (!VEC_PUSH(&known, c->scopes.data[i].name->text)) goto done;
  for (size_t i = 0; i < c->model->decls.len; i++)
    if (!VEC_PUSH(&known, c->model->decls.data[i]->name)) goto done;
  for (size_t i = 0; i < sizeof builtins / sizeof *builtins; i++)
    if (!VEC_PUSH(&known, builtins[i].name)) goto done;
  for (int op = 0; op < OP_COUNT; op++)
    if (op_table[op].in_language && !VEC_PUSH(&known, op_table[op].name)) goto done;
  found = suggest(text, known.data, known.len);
done:
  VEC_FREE(&known);
  return found;
}

static enum status fail_unknown(struct checker *c, const char *text, struct loc loc, bool call)
{
  const char *advice = foreign_name(text), *near = advice ? NULL : nearest(c, text);
  if (advice) return FAIL(c->ctx, UNKNOWN_NAME_ADVICE, loc, (int)strlen(text), text, advice);
  if (near) return FAIL(c->ctx, UNKNOWN_NAME_NEAR, loc, text, near);
  if (call) return FAIL(c->ctx, UNKNOWN_FUNCTION, loc, text);
  return FAIL(c->ctx, UNKNOWN_NAME, loc, text, text);
}

static enum status resolve(struct checker *c, const char *text, struct loc loc, bool call,
                           struct name **out)
{
  struct name *n = name_table_find(&c->names, text, strlen(text));
  *out = n;
  if (n && n->binder ? n->binder->is_broken : n && n->is_broken) return STATUS_MODEL;
  if (n && (n->binder || n->decl || n->is_function)) return STATUS_OK;
  if (n && n->is_suspect) return STATUS_MODEL;
  if (n && n->first && n->first == c->stmt) {
    if (n->first->kind == STMT_DEF) return FAIL(c->ctx, DEF_RECURSION, loc, text);
    return FAIL(c->ctx, USED_IN_ITSELF, loc, text);
  }
  if (n && n->first) {
    enum status status = FAIL(c->ctx, USED_BEFORE_DECLARED, loc, text);
    diag_note(c->ctx, n->first->name_loc, "'%s' is declared here", text);
    return status;
  }
  if (c->model->is_incomplete) return STATUS_MODEL;
  return fail_unknown(c, text, loc, call);
}

bool resolve_is_unknown(struct checker *c, const char *text)
{
  const struct name *n = name_table_find(&c->names, text, strlen(text));
  if (n && (n->binder || n->decl || n->is_function || n->is_suspect || n->first)) return false;
  return !c->model->is_incomplete && !foreign_name(text) && !nearest(c, text);
}

enum status resolve_use(struct checker *c, const char *text, struct loc loc, struct name **out)
{
  return resolve(c, text, loc, false, out);
}

enum status resolve_call(struct checker *c, const char *text, struct loc loc, struct name **out)
{
  return resolve(c, text, loc, true, out);
}

size_t resolve_mark(const struct checker *c)
{
  return c->scopes.len;
}

enum status resolve_push(struct checker *c, struct binder *b, size_t begin)
{
  struct name *n;
  TRY(resolve_entry(c, b->name, &n));
  if (n->is_function) return FAIL(c->ctx, RESERVED_NAME, b->loc, b->name);
  if (n->binder && n->depth >= begin) {
    enum status status = FAIL(c->ctx, DUPLICATE_BINDER, b->loc, b->name);
    diag_note(c->ctx, n->binder->loc, "the other one is here");
    return status;
  }
  struct scope_entry entry = {n, n->binder, n->depth};
  if (!VEC_PUSH(&c->scopes, entry)) return diag_no_memory(c->ctx);
  n->binder = b;
  n->depth = c->scopes.len - 1;
  return STATUS_OK;
}

void resolve_pop(struct checker *c, size_t mark)
{
  while (c->scopes.len > mark) {
    struct scope_entry entry = c->scopes.data[--c->scopes.len];
    entry.name->binder = entry.hidden;
    entry.name->depth = entry.hidden_depth;
  }
}
