#include "config.h"

#include "lang/ast_build.h"

#include <math.h>
#include <string.h>

#include "base/number.h"

#ifndef M_PI
#define M_PI 3.14159265358979323846
#endif

void parse_no_memory(struct parse *p)
{
  p->status = diag_no_memory(p->ctx);
  p->fatal = true;
}

void parse_failed(struct parse *p, enum status status)
{
  if (p->status == STATUS_OK) p->status = status;
  p->fatal = p->fatal || status != STATUS_MODEL || p->ctx->lost;
  p->stopped = ++p->errors >= MODEL_ERRORS_MAX;
}

bool parse_enter(struct parse *p, struct loc loc)
{
  if (++p->depth < NESTING_MAX) return true;
  PARSE_FAIL(p, NESTING, loc, (int)NESTING_MAX);
  return false;
}

static void *node(struct parse *p, size_t count, size_t size)
{
  void *n = arena_alloc(&p->model->arena, count, size);
  if (!n) parse_no_memory(p);
  return n;
}

const char *parse_text(struct parse *p, const char *s, size_t len)
{
  const char *copy = arena_strndup(&p->model->arena, s, len);
  if (!copy) parse_no_memory(p);
  return copy;
}

const char *parse_name(struct parse *p, const char *s, size_t len)
{
  struct name *n = name_table_add(&p->names, &p->model->arena, s, len);
  if (!n) parse_no_memory(p);
  return n ? n->text : NULL;
}

/* Lists */

struct list *list_add(struct parse *p, struct list *list, void *item)
{
  struct list *l = node(p, 1, sizeof *l);
  if (!l) return NULL;
  l->item = item;
  l->next = list ? list->next : l;
  if (list) list->next = l;
  return l;
}

static int list_count(const struct list *list)
{
  int n = 0;
  if (!list) return 0;
  const struct list *l = list;
  do n++, l = l->next;
  while (l != list);
  return n;
}

/* bool NAME(p, list, &array, &count): copies the items of a list into a new array. */
#define DEFINE_COPY(NAME, T)                                                                       \
  static bool NAME(struct parse *p, struct list *list, struct T ***array, int *count)              \
  {                                                                                                \
    int n = list_count(list);                                                                      \
    *count = n;                                                                                    \
    if (n == 0) return true;                                                                       \
    *array = node(p, (size_t)n, sizeof **array);                                                   \
    if (!*array) return false;                                                                     \
    for (int i = 0; i < n; i++) {                                                                  \
      list = list->next;                                                                           \
      (*array)[i] = list->item;                                                                    \
    }                                                                                              \
    return true;                                                                                   \
  }
DEFINE_COPY(copy_exprs, expr)
DEFINE_COPY(copy_ranges, range)
DEFINE_COPY(copy_dims, dim)
DEFINE_COPY(copy_binders, binder)
DEFINE_COPY(copy_stmts, stmt)

/* Expressions */

static struct expr *expr_new(struct parse *p, enum expr_kind kind, struct loc loc)
{
  struct expr *e = node(p, 1, sizeof *e);
  if (!e) return NULL;
  e->kind = kind;
  e->loc = loc;
  e->height = 1;
  return e;
}

/* Puts e above `child`: its height, within the limit. */
static bool raise_height(struct parse *p, struct expr *e, const struct expr *child, int levels)
{
  if (child && child->height + levels > e->height) e->height = child->height + levels;
  if (e->height <= NESTING_MAX) return true;
  PARSE_FAIL(p, NESTING, e->loc, (int)NESTING_MAX);
  return false;
}

static struct expr *with_args(struct parse *p, struct expr *e, struct list *args)
{
  if (!e || !copy_exprs(p, args, &e->args, &e->nargs)) return NULL;
  for (int i = 0; i < e->nargs; i++)
    if (!raise_height(p, e, e->args[i], 1)) return NULL;
  return e;
}

/* An expression with the arguments a, b, c (up to the first NULL). */
static struct expr *expr_of(struct parse *p, enum expr_kind kind, struct loc loc, struct expr *a,
                            struct expr *b, struct expr *c)
{
  struct expr *args[] = {a, b, c};
  struct expr *e = expr_new(p, kind, loc);
  if (!e) return NULL;
  e->args = node(p, 3, sizeof *e->args);
  if (!e->args) return NULL;
  for (int i = 0; i < 3 && args[i]; i++) {
    e->args[e->nargs++] = args[i];
    if (!raise_height(p, e, args[i], 1)) return NULL;
  }
  return e;
}

static struct expr *named(struct expr *e, struct ident name)
{
  if (!e) return NULL;
  e->name = name.text;
  e->name_loc = name.loc;
  return e;
}

struct expr *ast_number(struct parse *p, struct loc loc, const char *text, bool imaginary)
{
  struct expr *e = expr_new(p, EXPR_NUMBER, loc);
  if (!e) return NULL;
  e->text = text;
  e->imaginary = imaginary;
  switch (number_parse(text, strlen(text), &e->value)) {
  case NUMBER_OK: return e;
  case NUMBER_OVERFLOW: PARSE_FAIL(p, NUMBER_OVERFLOW, loc, text); return NULL;
  case NUMBER_SYNTAX: break;
  }
  PARSE_FAIL(p, MALFORMED_NUMBER, loc, (int)strlen(text), text, "");
  return NULL;
}

struct expr *ast_constant(struct parse *p, struct loc loc, const char *text)
{
  struct expr *e = expr_new(p, EXPR_NUMBER, loc);
  if (!e) return NULL;
  e->text = text;
  if (strcmp(text, "pi") == 0) {
    e->value = M_PI;
  } else if (strcmp(text, "inf") == 0) {
    e->value = INFINITY;
  } else {
    e->is_bool = true;
    e->value = strcmp(text, "true") == 0;
  }
  return e;
}

struct expr *ast_name(struct parse *p, struct ident name)
{
  return named(expr_new(p, EXPR_NAME, name.loc), name);
}

struct expr *ast_index(struct parse *p, struct loc loc, struct ident name, struct list *args)
{
  return with_args(p, named(expr_new(p, EXPR_INDEX, loc), name), args);
}

/* size(name), size(name, k) are nodes of their own; other arguments are left to the checker. */
static void make_size(struct expr *e)
{
  const struct expr *array = e->nargs ? e->args[0] : NULL;
  if (!array || array->kind != EXPR_NAME || e->nargs > 2 || strcmp(e->name, "size") != 0) return;
  e->kind = EXPR_SIZE;
  e->name = array->name;
  e->name_loc = array->name_loc;
  e->args++;
  e->nargs--;
}

struct expr *ast_call(struct parse *p, struct loc loc, struct ident name, struct list *args)
{
  struct expr *e = with_args(p, named(expr_new(p, EXPR_CALL, loc), name), args);
  if (e) make_size(e);
  return e;
}

struct expr *ast_read(struct parse *p, struct loc loc, struct ident name, const char *file)
{
  struct expr *e = named(expr_new(p, EXPR_READ, loc), name);
  if (e) e->text = file;
  return e;
}

static bool raise_over_range(struct parse *p, struct expr *e, const struct range *r)
{
  return raise_height(p, e, r->lo, 1) && raise_height(p, e, r->hi, 1) &&
         raise_height(p, e, r->by, 1) && raise_height(p, e, r->row, 2);
}

struct expr *ast_reduction(struct parse *p, struct loc loc, struct ident name, struct expr *body,
                           struct list *ranges, struct expr *filter)
{
  struct expr *e = named(expr_of(p, EXPR_REDUCTION, loc, body, NULL, NULL), name);
  if (!e || !copy_ranges(p, ranges, &e->ranges, &e->nranges)) return NULL;
  for (int i = 0; i < e->nranges; i++)
    if (!raise_over_range(p, e, e->ranges[i])) return NULL;
  e->filter = filter;
  return raise_height(p, e, filter, 1) ? e : NULL;
}

struct expr *ast_array(struct parse *p, struct loc loc, struct list *items)
{
  return with_args(p, expr_new(p, EXPR_ARRAY, loc), items);
}

struct expr *ast_unary(struct parse *p, struct loc loc, enum expr_kind kind, struct expr *a)
{
  return expr_of(p, kind, loc, a, NULL, NULL);
}

struct expr *ast_power(struct parse *p, struct loc loc, struct expr *a, struct expr *b)
{
  return expr_of(p, EXPR_POW, loc, a, b, NULL);
}

static bool set_sign(struct parse *p, struct expr *e, int count, int i, char sign)
{
  if (!e->signs) e->signs = node(p, (size_t)count, 1);
  if (e->signs) e->signs[i] = sign;
  return e->signs != NULL;
}

struct expr *ast_compare(struct parse *p, struct loc loc, char op, struct expr *a, struct expr *b)
{
  struct expr *e = expr_of(p, EXPR_COMPARE, loc, a, b, NULL);
  return e && set_sign(p, e, 1, 0, op) ? e : NULL;
}

struct expr *ast_if(struct parse *p, struct loc loc, struct expr *c, struct expr *a, struct expr *b)
{
  return expr_of(p, EXPR_IF, loc, c, a, b);
}

/* A chain of n ≥ 2 operands has room for n rounded up to a power of two (at least 4). */
enum { CHAIN_FIRST = 4 };

static struct expr *chain_new(struct parse *p, struct loc loc, enum expr_kind kind,
                              struct expr *first)
{
  struct expr *e = expr_new(p, kind, loc);
  if (!e) return NULL;
  e->args = node(p, CHAIN_FIRST, sizeof *e->args);
  if (!e->args || !set_sign(p, e, CHAIN_FIRST, 0, kind == EXPR_MUL ? '*' : '+')) return NULL;
  e->args[e->nargs++] = first;
  return raise_height(p, e, first, 1) ? e : NULL;
}

static bool chain_grow(struct parse *p, struct expr *e)
{
  size_t n = (size_t)e->nargs;
  if (n < CHAIN_FIRST || (n & (n - 1)) != 0) return true;
  struct expr **args = node(p, 2 * n, sizeof *args);
  char *signs = node(p, 2 * n, 1);
  if (!args || !signs) return false;
  memcpy(args, e->args, n * sizeof *args);
  memcpy(signs, e->signs, n);
  e->args = args;
  e->signs = signs;
  return true;
}

struct expr *ast_chain(struct parse *p, struct loc loc, enum expr_kind kind, char op,
                       struct expr *a, struct expr *b)
{
  struct expr *e = a->kind == kind ? a : chain_new(p, loc, kind, a);
  if (!e || !chain_grow(p, e)) return NULL;
  e->loc = loc;
  e->signs[e->nargs] = op;
  e->args[e->nargs++] = b;
  return raise_height(p, e, b, 1) ? e : NULL;
}

/* Ranges, dimensions, binders */

static struct binder *index_new(struct parse *p, struct ident name)
{
  struct binder *b = node(p, 1, sizeof *b);
  if (!b) return NULL;
  b->kind = BINDER_INDEX;
  b->name = name.text;
  b->loc = name.loc;
  b->is_data = true;
  return b;
}

struct list *ast_add_index(struct parse *p, struct list *list, struct ident name)
{
  struct binder *b = index_new(p, name);
  return b ? list_add(p, list, b) : NULL;
}

struct range *ast_span(struct parse *p, struct loc loc, struct ident index, struct dim *span)
{
  struct range *r = node(p, 1, sizeof *r);
  struct binder *b = index_new(p, index);
  if (!r || !b) return NULL;
  b->range = r;
  r->loc = loc;
  r->index = b;
  r->lo = span->lo;
  r->hi = span->hi;
  r->by = span->by;
  return r;
}

struct range *ast_entries(struct parse *p, struct loc loc, struct list *binders, struct ident name,
                          struct expr *row)
{
  struct range *r = node(p, 1, sizeof *r);
  if (!r || !copy_binders(p, binders, &r->binders, &r->nbinders)) return NULL;
  r->loc = loc;
  r->entries = true;
  r->name = name.text;
  r->name_loc = name.loc;
  r->row = row;
  for (int i = 0; i < r->nbinders; i++) r->binders[i]->range = r;
  r->binders[r->nbinders - 1]->kind = BINDER_VALUE;
  return r;
}

struct dim *ast_dim(struct parse *p, struct loc loc, struct expr *lo, struct expr *hi,
                    struct expr *by)
{
  struct dim *d = node(p, 1, sizeof *d);
  if (!d) return NULL;
  d->loc = loc;
  d->lo = lo;
  d->hi = hi;
  d->by = by;
  d->open = !hi;
  d->single = hi && !lo;
  return d;
}

struct dim *ast_dim_index(struct parse *p, struct loc loc, struct ident index, struct dim *span)
{
  span->loc = loc;
  span->index = index_new(p, index);
  return span->index ? span : NULL;
}

/* Statements */

static struct stmt *stmt_new(struct parse *p, enum stmt_kind kind, struct loc loc)
{
  struct stmt *s = node(p, 1, sizeof *s);
  if (!s) return NULL;
  s->kind = kind;
  s->loc = loc;
  return s;
}

struct stmt *ast_declaration(struct parse *p, struct loc loc, enum stmt_kind kind,
                             struct ident name, struct list *dims, int attributes,
                             struct expr *value)
{
  struct stmt *s = stmt_new(p, kind, loc);
  if (!s || !copy_dims(p, dims, &s->dims, &s->ndims)) return NULL;
  s->name = name.text;
  s->name_loc = name.loc;
  s->is_integer = attributes & ATTRIBUTE_INTEGER;
  s->is_sparse = attributes & ATTRIBUTE_SPARSE;
  s->expr = value;
  return s;
}

struct stmt *ast_def(struct parse *p, struct loc loc, struct ident name, struct list *params,
                     struct expr *body)
{
  struct stmt *s = stmt_new(p, STMT_DEF, loc);
  if (!s || !copy_binders(p, params, &s->params, &s->nparams)) return NULL;
  for (int i = 0; i < s->nparams; i++) {
    s->params[i]->kind = BINDER_DEF;
    s->params[i]->is_data = false;
  }
  s->name = name.text;
  s->name_loc = name.loc;
  s->expr = body;
  return s;
}

struct stmt *ast_for(struct parse *p, struct loc loc, struct list *ranges, struct list *body)
{
  struct stmt *s = stmt_new(p, STMT_FOR, loc);
  if (!s || !copy_ranges(p, ranges, &s->ranges, &s->nranges)) return NULL;
  s->is_partial = p->block_broken;
  return copy_stmts(p, body, &s->body, &s->nbody) ? s : NULL;
}

struct stmt *ast_return(struct parse *p, struct loc loc, struct expr *value)
{
  struct stmt *s = stmt_new(p, STMT_RETURN, loc);
  if (s) s->expr = value;
  return s;
}

bool ast_add_suspect(struct parse *p, const char *name)
{
  if (VEC_PUSH(&p->model->suspects, name)) return true;
  parse_no_memory(p);
  return false;
}

bool ast_suspect_block(struct parse *p, const struct list *lets)
{
  const struct list *l = lets;
  if (!lets) return true;
  do {
    if (!ast_add_suspect(p, ((const struct stmt *)l->item)->name)) return false;
    l = l->next;
  } while (l != lets);
  return true;
}

bool ast_add_statement(struct parse *p, struct stmt *s)
{
  if (VEC_PUSH(&p->model->stmts, s)) return true;
  parse_no_memory(p);
  return false;
}

void model_free(struct model *m)
{
  if (!m) return;
  arena_free(&m->arena);
  VEC_FREE(&m->stmts);
  VEC_FREE(&m->decls);
  VEC_FREE(&m->suspects);
  mem_free(m);
}
