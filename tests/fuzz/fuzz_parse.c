/* Lexer, parser, check; what is printed parses to the same tree. */
#include "config.h"

#include <string.h>

#include "fuzz.h"
#include "lang/ast.h"

static enum status parse(struct fuzz *f, const char *text, size_t size, struct model **m)
{
  int source = fuzz_source(f, "model.expr", text, size);
  enum status status = model_parse(&f->ctx, source, m);
  FUZZ_CHECK((status == STATUS_OK) == (*m != NULL), "status %d", status);
  return status == STATUS_OK ? model_check(&f->ctx, *m) : status;
}

static bool same_word(const char *a, const char *b)
{
  return !a == !b && (!a || !strcmp(a, b));
}

static bool same(const struct expr *a, const struct expr *b);

static bool same_ranges(const struct expr *a, const struct expr *b)
{
  for (int k = 0; k < a->nranges; k++) {
    const struct range *r = a->ranges[k], *s = b->ranges[k];
    if (r->entries != s->entries || r->nbinders != s->nbinders || !same_word(r->name, s->name) ||
        !same(r->lo, s->lo) || !same(r->hi, s->hi) || !same(r->by, s->by) || !same(r->row, s->row))
      return false;
  }
  return true;
}

static bool same(const struct expr *a, const struct expr *b)
{
  if (!a || !b) return a == b;
  if (a->kind != b->kind || a->nargs != b->nargs || a->nranges != b->nranges || a->op != b->op ||
      a->builtin != b->builtin || a->imaginary != b->imaginary || a->is_data != b->is_data ||
      a->is_condition != b->is_condition || !same_word(a->text, b->text) ||
      !same_word(a->name, b->name) || !a->signs != !b->signs)
    return false;
  for (int i = 0; i < a->nargs; i++)
    if (!same(a->args[i], b->args[i])) return false;
  if (a->signs && memcmp(a->signs, b->signs, a->kind == EXPR_COMPARE ? 1 : (size_t)a->nargs) != 0)
    return false;
  return same_ranges(a, b) && same(a->filter, b->filter);
}

static bool same_statement(const struct stmt *a, const struct stmt *b)
{
  if (a->kind != b->kind || a->ndims != b->ndims || a->nranges != b->nranges ||
      a->nbody != b->nbody || !same_word(a->name, b->name) || a->is_integer != b->is_integer ||
      a->is_sparse != b->is_sparse || !same(a->expr, b->expr))
    return false;
  for (int d = 0; d < a->ndims; d++)
    if (a->dims[d]->open != b->dims[d]->open || !same(a->dims[d]->lo, b->dims[d]->lo) ||
        !same(a->dims[d]->hi, b->dims[d]->hi) || !same(a->dims[d]->by, b->dims[d]->by))
      return false;
  for (int k = 0; k < a->nbody; k++)
    if (!same_statement(a->body[k], b->body[k])) return false;
  return true;
}

static bool same_model(const struct model *a, const struct model *b)
{
  if (a->stmts.len != b->stmts.len) return false;
  for (size_t k = 0; k < a->stmts.len; k++)
    if (!same_statement(a->stmts.data[k], b->stmts.data[k])) return false;
  return true;
}

/* Parentheses may bring it over the limit of nesting. */
static void check_print(struct fuzz *f, const struct model *m)
{
  struct strbuf first = {0}, second = {0};
  struct model *again = NULL;
  model_print(m, &first);
  FUZZ_CHECK(!first.failed, "not printed");
  enum status status = parse(f, first.data ? first.data : "", first.len, &again);
  FUZZ_CHECK(status == STATUS_OK || status == STATUS_LIMIT, "printed, it fails (%s): %.2000s",
             f->ctx.diags.data[f->ctx.diags.len - 1].message, first.data);
  if (status == STATUS_OK) {
    model_print(again, &second);
    FUZZ_CHECK(same_model(m, again), "another tree: %.2000s", first.data);
    FUZZ_CHECK(first.len == second.len && !memcmp(first.data, second.data, first.len),
               "prints differ:\n%.2000s\n%.2000s", first.data, second.data);
  } else {
    fuzz_forget(f);
  }
  model_free(again);
  strbuf_free(&first);
  strbuf_free(&second);
}

void fuzz_parse(const uint8_t *data, size_t size)
{
  struct fuzz f;
  struct model *m = NULL;
  fuzz_begin(&f);
  enum status status = parse(&f, (const char *)data, size, &m);
  if (status == STATUS_OK) check_print(&f, m);
  model_free(m);
  fuzz_end(&f, status);
}
