#include "config.h"

#include "lang/check.h"

#include <string.h>

/* Declarations */

static enum status fail_duplicate(struct checker *c, const struct stmt *s, const struct decl *d)
{
  enum status status = FAIL(c->ctx, DUPLICATE_NAME, s->name_loc, s->name);
  diag_note(c->ctx, d->loc, "it was declared here first");
  return status;
}

/* Whether a statement may declare its name: not that of a function, not one that is taken. */
static enum status check_free(struct checker *c, const struct stmt *s)
{
  struct name *n;
  TRY(resolve_entry(c, s->name, &n));
  if (n->is_function) return FAIL(c->ctx, RESERVED_NAME, s->name_loc, s->name);
  return n->decl ? fail_duplicate(c, s, n->decl) : STATUS_OK;
}

static enum status declare(struct checker *c, struct stmt *s, enum decl_kind kind)
{
  struct name *n;
  TRY(check_free(c, s));
  TRY(resolve_entry(c, s->name, &n));
  struct decl *d = arena_alloc(&c->model->arena, 1, sizeof *d);
  if (!d) return diag_no_memory(c->ctx);
  d->kind = kind;
  d->name = s->name;
  d->loc = s->name_loc;
  d->ndim = s->ndims;
  d->number = (int)c->model->decls.len;
  d->stmt = s;
  d->is_integer = s->is_integer;
  d->is_sparse = s->is_sparse;
  d->is_data = kind == DECL_PARAM;
  if (!VEC_PUSH(&c->model->decls, d)) return diag_no_memory(c->ctx);
  s->decl = n->decl = d;
  return STATUS_OK;
}

static enum status check_attributes(struct checker *c, const struct stmt *s)
{
  if (s->kind == STMT_VAR && s->is_integer) return FAIL(c->ctx, VAR_INTEGER, s->name_loc, s->name);
  if (s->kind != STMT_PARAM && (s->is_integer || s->is_sparse))
    return FAIL(c->ctx, PARAM_ATTRIBUTE, s->name_loc, s->is_integer ? "integer" : "sparse");
  if (s->is_sparse && s->ndims != 2) return FAIL(c->ctx, SPARSE_RANK, s->name_loc, s->ndims);
  if (!s->expr && (s->kind == STMT_LET || s->kind == STMT_AUX))
    return FAIL(c->ctx, VALUE_MISSING, s->name_loc, s->name, s->kind == STMT_LET ? "let" : "aux",
                s->name);
  return STATUS_OK;
}

/* The sizes of open dimensions come with the data, or with an array that is the value. */
static enum status check_open(struct checker *c, const struct stmt *s, const struct dim *d)
{
  bool sized = !s->expr || s->expr->kind == EXPR_ARRAY || s->expr->kind == EXPR_READ;
  if (s->kind != STMT_PARAM) return FAIL(c->ctx, OPEN_DIMENSION, d->loc);
  return sized ? STATUS_OK : FAIL(c->ctx, OPEN_WITH_VALUE, d->loc);
}

/* let y[i] = …, where [i in 1..n] is meant. */
static enum status check_single(struct checker *c, const struct stmt *s, const struct expr *x)
{
  bool defines = s->kind == STMT_LET || s->kind == STMT_AUX;
  if (!defines || x->kind != EXPR_NAME || !resolve_is_unknown(c, x->name)) return STATUS_OK;
  return FAIL(c->ctx, INDEX_WITHOUT_RANGE, x->loc, x->name, x->name);
}

/* Checks the dimensions, and brings their indices into scope. */
static enum status check_dims(struct checker *c, struct stmt *s)
{
  size_t begin = resolve_mark(c);
  if (s->ndims > LOOP_MAX) return FAIL(c->ctx, TOO_MANY_DIMENSIONS, s->name_loc, (int)LOOP_MAX);
  for (int i = 0; i < s->ndims; i++) {
    struct dim *d = s->dims[i];
    if (d->open) {
      TRY(check_open(c, s, d));
      continue;
    }
    bool is_index = s->kind == STMT_LET && d->single;
    if (d->lo) TRY(check_fixed(c, d->lo, "a dimension"));
    if (d->single) TRY(check_single(c, s, d->hi));
    TRY(check_fixed(c, d->hi, is_index ? "an index" : "a dimension"));
    if (d->by) TRY(check_fixed(c, d->by, "a dimension"));
    if (d->index) TRY(resolve_push(c, d->index, begin));
  }
  return STATUS_OK;
}

/* Values of parameters */

static enum status check_array(struct checker *c, struct expr *e, const struct stmt *s, int ndim)
{
  e->is_data = e->is_fixed = true;
  e->height = 1;
  for (int i = 0; i < e->nargs; i++) {
    struct expr *item = e->args[i];
    if ((item->kind == EXPR_ARRAY) != (ndim > 1))
      return FAIL(c->ctx, ARRAY_DEPTH, item->loc, s->name, s->ndims, s->ndims == 1 ? "" : "s");
    if (item->kind == EXPR_ARRAY)
      TRY(check_array(c, item, s, ndim - 1));
    else
      TRY(check_fixed(c, item, "an element of a parameter"));
    if (item->height + 1 > e->height) e->height = item->height + 1;
  }
  return STATUS_OK;
}

/* An array, or the name of a file, is the value of a param without dimensions. */
static enum status fail_scalar(struct checker *c, const struct stmt *s)
{
  char dims[LOOP_MAX + 2] = "[";
  size_t len = 1;
  if (s->expr->kind == EXPR_READ)
    return FAIL(c->ctx, FILE_FOR_SCALAR, s->expr->loc, s->name, s->name, s->name);
  for (const struct expr *e = s->expr; len < LOOP_MAX; e = e->args[0], dims[len++] = ',')
    if (e->nargs == 0 || e->args[0]->kind != EXPR_ARRAY) break;
  dims[len++] = ']';
  return FAIL(c->ctx, ARRAY_FOR_SCALAR, s->expr->loc, s->name, s->name, dims);
}

static enum status check_param_value(struct checker *c, struct stmt *s)
{
  struct expr *e = s->expr;
  bool is_read = e->kind == EXPR_READ && strcmp(e->name, "read") == 0;
  if (e->kind != EXPR_ARRAY && !is_read) return check_fixed(c, e, "the value of a parameter");
  if (s->ndims == 0) return fail_scalar(c, s);
  if (!is_read) return check_array(c, e, s, s->ndims);
  e->is_data = e->is_fixed = true;
  e->height = 1;
  return STATUS_OK;
}

/* Statements */

static enum status check_value(struct checker *c, struct stmt *s)
{
  if (!s->expr) return STATUS_OK;
  switch (s->kind) {
  case STMT_PARAM: return check_param_value(c, s);
  case STMT_VAR: return check_fixed(c, s->expr, "the default point of a variable");
  default: return check_number(c, s->expr);
  }
}

/* Everything with a value and no recurrence: its name is known from the next statement on. */
static enum status check_plain(struct checker *c, struct stmt *s, enum decl_kind kind)
{
  size_t mark = resolve_mark(c);
  TRY(check_free(c, s));
  TRY(check_attributes(c, s));
  TRY(check_dims(c, s));
  TRY(check_value(c, s));
  resolve_pop(c, mark);
  TRY(declare(c, s, kind));
  if (kind == DECL_LET) s->decl->is_data = s->expr->is_data;
  return STATUS_OK;
}

/* The clauses of one let share a declaration. */
static enum status declare_clause(struct checker *c, struct stmt *s)
{
  struct name *n;
  TRY(resolve_entry(c, s->name, &n));
  const struct decl *d = n->decl;
  if (!d || d->kind != DECL_LET || d->ndim == 0) {
    TRY(declare(c, s, DECL_LET));
    s->decl->is_data = true;
    return STATUS_OK;
  }
  s->decl = n->decl;
  if (s->ndims == d->ndim) return STATUS_OK;
  enum status status =
      FAIL(c->ctx, CLAUSE_RANK, s->name_loc, s->name, s->ndims, s->ndims == 1 ? "" : "s", d->ndim);
  diag_note(c->ctx, d->loc, "the first clause is here");
  return status;
}

static enum status check_clause(struct checker *c, struct stmt *s)
{
  size_t mark = resolve_mark(c);
  TRY(check_attributes(c, s));
  TRY(check_dims(c, s));
  TRY(check_value(c, s));
  resolve_pop(c, mark);
  s->decl->is_data = s->decl->is_data && s->expr->is_data;
  return STATUS_OK;
}

/* Only after its last clause is a let known to be data. */
static enum status finish_clause(struct checker *c, const struct stmt *s)
{
  struct name *n;
  TRY(resolve_entry(c, s->name, &n));
  n->clauses_left--;
  return STATUS_OK;
}

static enum status check_let(struct checker *c, struct stmt *s)
{
  if (s->ndims > 0) {
    TRY(declare_clause(c, s));
    TRY(check_clause(c, s));
  } else {
    TRY(check_plain(c, s, DECL_LET));
  }
  return finish_clause(c, s);
}

/* A let without indices in a block: a binder, in scope until the end of the block. */
static enum status check_local(struct checker *c, struct stmt *s)
{
  struct binder *b = arena_alloc(&c->model->arena, 1, sizeof *b);
  struct name *n;
  if (!b) return diag_no_memory(c->ctx);
  TRY(resolve_entry(c, s->name, &n));
  b->kind = BINDER_LOCAL;
  b->hides = n->binder || n->decl;
  b->name = s->name;
  b->loc = s->name_loc;
  b->local = s->expr;
  enum status status = check_attributes(c, s);
  if (status == STATUS_OK) status = check_number(c, s->expr);
  b->is_broken = status != STATUS_OK;
  b->is_data = status == STATUS_OK && s->expr->is_data;
  s->local = b;
  enum status pushed = resolve_push(c, b, resolve_mark(c));
  return status == STATUS_OK ? pushed : status;
}

/* The name of a statement that is wrong may be used without a further error. */
static enum status mark_broken(struct checker *c, const struct stmt *s)
{
  struct name *n;
  for (int i = 0; i < s->nbody; i++) TRY(mark_broken(c, s->body[i]));
  if (!s->name || s->local) return STATUS_OK;
  TRY(resolve_entry(c, s->name, &n));
  if (!n->decl) n->is_broken = true;
  return STATUS_OK;
}

static bool has_error_within(const struct checker *c, const struct stmt *s, size_t end)
{
  for (size_t i = c->first; i < end; i++) {
    const struct diag *d = &c->ctx->diags.data[i];
    if (d->severity == SEVERITY_ERROR && d->loc.source == s->loc.source &&
        d->loc.begin >= s->loc.begin && d->loc.begin <= s->loc.end)
      return true;
  }
  return false;
}

/* After a failure of `status` in a statement, whose diagnostics begin at `before`: back to the
 * scopes at its beginning, and on with the next one, unless there is no memory or there are errors
 * enough. */
static enum status go_on(struct checker *c, const struct stmt *s, size_t before, enum status status)
{
  struct context *ctx = c->ctx;
  if (status == STATUS_OK) return STATUS_OK;
  const struct diag *last = ctx->diags.len > before ? &ctx->diags.data[before] : NULL;
  if (ctx->lost || status == STATUS_BUG ||
      (last && (last->id == ERR_NO_MEMORY || last->id == ERR_MEMORY_LIMIT)))
    return c->status = status;
  if (has_error_within(c, s, before)) diag_drop(ctx, before);
  if (c->status == STATUS_OK) c->status = status;
  TRY(mark_broken(c, s));
  return diag_errors(ctx, c->first) < MODEL_ERRORS_MAX ? STATUS_OK : c->status;
}

/* `let s = s + x[i];` in a block, as in languages with variables, is the end of nothing but the
 * iteration. */
static void warn_unread(struct checker *c, const struct stmt *s)
{
  for (int i = 0; i < s->nbody && c->status == STATUS_OK; i++) {
    const struct binder *b = s->body[i]->local;
    if (b && b->hides && !b->is_read)
      diag_warning(
          c->ctx, b->loc,
          "this '%s' is local to the iteration, and nothing reads it; the one outside "
          "stays as it is: write a sum, or a recurrence with an index, %s[i] = ... %s[i-1]",
          b->name, b->name, b->name);
  }
}

static enum status check_for(struct checker *c, struct stmt *s)
{
  size_t mark = resolve_mark(c);
  if (s->nbody == 0) return s->is_partial ? STATUS_OK : FAIL(c->ctx, EMPTY_BLOCK, s->loc);
  TRY(check_ranges(c, s->ranges, s->nranges));
  for (int i = 0; i < s->nbody; i++) {
    c->stmt = s->body[i];
    if (s->body[i]->ndims > 0) TRY(declare_clause(c, s->body[i]));
  }
  for (int i = 0; i < s->nbody; i++) {
    size_t before = c->ctx->diags.len, scopes = resolve_mark(c);
    bool is_clause = s->body[i]->ndims > 0;
    c->stmt = s->body[i];
    enum status status = is_clause ? check_clause(c, s->body[i]) : check_local(c, s->body[i]);
    if (is_clause) resolve_pop(c, scopes);
    TRY(go_on(c, s->body[i], before, status));
  }
  for (int i = 0; i < s->nbody; i++)
    if (s->body[i]->ndims > 0) TRY(finish_clause(c, s->body[i]));
  resolve_pop(c, mark);
  warn_unread(c, s);
  return STATUS_OK;
}

static enum status check_def(struct checker *c, struct stmt *s)
{
  size_t mark = resolve_mark(c);
  TRY(check_free(c, s));
  for (int i = 0; i < s->nparams; i++) TRY(resolve_push(c, s->params[i], mark));
  TRY(check_scalar(c, s->expr));
  resolve_pop(c, mark);
  TRY(declare(c, s, DECL_DEF));
  s->decl->nparams = s->nparams;
  s->decl->params = s->params;
  s->decl->body = s->expr;
  s->decl->is_data = s->expr->is_fixed;
  return STATUS_OK;
}

static enum status check_return(struct checker *c, struct stmt *s)
{
  struct model *m = c->model;
  if (m->result_stmt) {
    enum status status = FAIL(c->ctx, SECOND_RETURN, s->loc);
    diag_note(c->ctx, m->result_stmt->loc, "the first one is here");
    return status;
  }
  m->result = s->expr;
  m->result_stmt = s;
  return check_number_or_array(c, s->expr);
}

static enum status check_statement(struct checker *c, struct stmt *s)
{
  c->stmt = s;
  switch (s->kind) {
  case STMT_PARAM: return check_plain(c, s, DECL_PARAM);
  case STMT_VAR: return check_plain(c, s, DECL_VAR);
  case STMT_AUX: return check_plain(c, s, DECL_AUX);
  case STMT_LET: return check_let(c, s);
  case STMT_DEF: return check_def(c, s);
  case STMT_FOR: return check_for(c, s);
  case STMT_RETURN: return check_return(c, s);
  }
  return FAIL(c->ctx, BUG, s->loc, "a statement of unknown kind");
}

/* What stands behind return is told once; after a return that is wrong itself, perhaps for want of
 * what stands behind it, not at all. */
static enum status check_in_place(struct checker *c, struct stmt *s)
{
  bool behind = c->model->result_stmt && s->kind != STMT_RETURN;
  if (!behind || c->past_return || c->status != STATUS_OK) return check_statement(c, s);
  c->past_return = true;
  return FAIL(c->ctx, AFTER_RETURN, s->loc);
}

static enum status check_has_return(struct checker *c)
{
  if (c->model->result_stmt) return c->status;
  enum status missing = FAIL(c->ctx, NO_RETURN, FILE_LOC(c->model->source));
  if (c->model->stmts.len == 0) diag_note(c->ctx, NO_LOC, "there is no statement in it");
  return c->status == STATUS_OK ? missing : c->status;
}

/* `complete`: no statement is left out. */
static enum status check_all(struct checker *c, bool complete)
{
  struct model *m = c->model;
  for (size_t i = 0; i < m->stmts.len; i++) {
    size_t before = c->ctx->diags.len;
    enum status status = check_in_place(c, m->stmts.data[i]);
    resolve_pop(c, 0);
    TRY(go_on(c, m->stmts.data[i], before, status));
  }
  return complete ? check_has_return(c) : c->status;
}

enum status check_statements(struct context *ctx, struct model *m, size_t first)
{
  struct checker c = {.ctx = ctx, .model = m, .first = first};
  bool complete = diag_errors(ctx, first) == 0;
  enum status status = resolve_begin(&c);
  m->decls.len = 0;
  m->result = NULL;
  m->result_stmt = NULL;
  if (status == STATUS_OK) status = check_all(&c, complete);
  resolve_end(&c);
  return status;
}

enum status model_check(struct context *ctx, struct model *m)
{
  return check_statements(ctx, m, ctx->diags.len);
}
