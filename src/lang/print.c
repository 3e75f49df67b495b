#include "config.h"

#include "lang/ast.h"

#include <string.h>

#include "base/strbuf.h"

/* An operand of an operator is printed in parentheses unless it is a name, a number, a call …;
 * what stands between brackets or commas already is not: so the text has no more brackets within
 * each other than the tree has levels, and stays within the parser's limit. */

static void print_expr(struct strbuf *out, const struct expr *e);

static void print_operand(struct strbuf *out, const struct expr *e)
{
  switch (e->kind) {
  case EXPR_NEG:
  case EXPR_NOT:
  case EXPR_ADD:
  case EXPR_MUL:
  case EXPR_POW:
  case EXPR_COMPARE:
  case EXPR_AND:
  case EXPR_OR:
  case EXPR_IF:
    strbuf_putc(out, '(');
    print_expr(out, e);
    strbuf_putc(out, ')');
    break;
  default: print_expr(out, e);
  }
}

static void print_args(struct strbuf *out, const struct expr *e, char open, char close)
{
  strbuf_putc(out, open);
  for (int i = 0; i < e->nargs; i++) {
    if (i) strbuf_puts(out, ", ");
    print_expr(out, e->args[i]);
  }
  strbuf_putc(out, close);
}

/* word: " and " …, or NULL: the signs of the chain. */
static void print_chain(struct strbuf *out, const struct expr *e, const char *word)
{
  for (int i = 0; i < e->nargs; i++) {
    if (i && word) strbuf_puts(out, word);
    if (i && !word) strbuf_printf(out, " %c ", e->signs[i]);
    print_operand(out, e->args[i]);
  }
}

static const char *comparison(char sign)
{
  switch (sign) {
  case 'l': return " <= ";
  case 'g': return " >= ";
  case '=': return " == ";
  case '!': return " != ";
  case '<': return " < ";
  default: return " > ";
  }
}

/* Blanks around `..`: the lower end may end in a point. */
static void print_span(struct strbuf *out, const struct expr *lo, const struct expr *hi,
                       const struct expr *by)
{
  if (lo) {
    print_expr(out, lo);
    strbuf_puts(out, " .. ");
  }
  print_expr(out, hi);
  if (by) {
    strbuf_puts(out, " by ");
    print_expr(out, by);
  }
}

static void print_binders(struct strbuf *out, struct binder *const *binders, int count)
{
  strbuf_putc(out, '(');
  for (int i = 0; i < count; i++) strbuf_printf(out, "%s%s", i ? ", " : "", binders[i]->name);
  strbuf_putc(out, ')');
}

static void print_ranges(struct strbuf *out, struct range *const *ranges, int count)
{
  for (int i = 0; i < count; i++) {
    const struct range *r = ranges[i];
    if (i) strbuf_puts(out, ", ");
    if (r->entries) {
      print_binders(out, r->binders, r->nbinders);
      strbuf_printf(out, " in %s", r->name);
      if (!r->row) continue;
      strbuf_putc(out, '[');
      print_expr(out, r->row);
      strbuf_putc(out, ']');
    } else {
      strbuf_printf(out, "%s in ", r->index->name);
      print_span(out, r->lo, r->hi, r->by);
    }
  }
}

static void print_reduction(struct strbuf *out, const struct expr *e)
{
  strbuf_printf(out, "%s(", e->name);
  print_expr(out, e->args[0]);
  strbuf_puts(out, " for ");
  print_ranges(out, e->ranges, e->nranges);
  if (e->filter) {
    strbuf_puts(out, " if ");
    print_expr(out, e->filter);
  }
  strbuf_putc(out, ')');
}

static void print_size(struct strbuf *out, const struct expr *e)
{
  strbuf_printf(out, "size(%s", e->name);
  if (e->nargs) {
    strbuf_puts(out, ", ");
    print_expr(out, e->args[0]);
  }
  strbuf_putc(out, ')');
}

static void print_expr(struct strbuf *out, const struct expr *e)
{
  switch (e->kind) {
  case EXPR_NUMBER:
    strbuf_puts(out, e->text);
    if (e->imaginary) strbuf_putc(out, 'i');
    break;
  case EXPR_NAME: strbuf_puts(out, e->name); break;
  case EXPR_INDEX:
    strbuf_puts(out, e->name);
    print_args(out, e, '[', ']');
    break;
  case EXPR_CALL:
    strbuf_puts(out, e->name);
    print_args(out, e, '(', ')');
    break;
  case EXPR_SIZE: print_size(out, e); break;
  case EXPR_NEG:
    strbuf_putc(out, '-');
    print_operand(out, e->args[0]);
    break;
  case EXPR_NOT:
    strbuf_puts(out, "not ");
    print_operand(out, e->args[0]);
    break;
  case EXPR_ADD:
  case EXPR_MUL: print_chain(out, e, NULL); break;
  case EXPR_AND: print_chain(out, e, " and "); break;
  case EXPR_OR: print_chain(out, e, " or "); break;
  case EXPR_POW:
    print_operand(out, e->args[0]);
    strbuf_puts(out, " ^ ");
    print_operand(out, e->args[1]);
    break;
  case EXPR_COMPARE: print_chain(out, e, comparison(e->signs[0])); break;
  case EXPR_IF:
    strbuf_puts(out, "if ");
    print_operand(out, e->args[0]);
    strbuf_puts(out, " then ");
    print_operand(out, e->args[1]);
    strbuf_puts(out, " else ");
    print_operand(out, e->args[2]);
    break;
  case EXPR_REDUCTION: print_reduction(out, e); break;
  case EXPR_ARRAY: print_args(out, e, '[', ']'); break;
  case EXPR_READ:
    strbuf_printf(out, "%s(\"", e->name);
    strbuf_puts(out, e->text);
    strbuf_puts(out, "\")");
    break;
  }
}

static void print_dims(struct strbuf *out, const struct stmt *s)
{
  if (s->ndims == 0) return;
  strbuf_putc(out, '[');
  for (int i = 0; i < s->ndims; i++) {
    const struct dim *d = s->dims[i];
    if (i) strbuf_puts(out, ", ");
    if (d->open) continue;
    if (d->index) strbuf_printf(out, "%s in ", d->index->name);
    print_span(out, d->lo, d->hi, d->by);
  }
  strbuf_putc(out, ']');
}

static void print_declaration(struct strbuf *out, const struct stmt *s, const char *keyword)
{
  strbuf_printf(out, "%s %s", keyword, s->name);
  if (s->kind == STMT_DEF) print_binders(out, s->params, s->nparams);
  print_dims(out, s);
  if (s->is_integer) strbuf_puts(out, " integer");
  if (s->is_sparse) strbuf_puts(out, " sparse");
  if (s->expr) {
    strbuf_puts(out, " = ");
    print_expr(out, s->expr);
  }
  strbuf_puts(out, ";\n");
}

static void print_for(struct strbuf *out, const struct stmt *s)
{
  strbuf_puts(out, "for ");
  print_ranges(out, s->ranges, s->nranges);
  strbuf_puts(out, " {\n");
  for (int i = 0; i < s->nbody; i++) {
    strbuf_puts(out, "  ");
    print_declaration(out, s->body[i], "let");
  }
  strbuf_puts(out, "}\n");
}

void model_print(const struct model *m, struct strbuf *out)
{
  static const char *const keywords[] = {"param", "var", "let", "aux", "def"};
  for (size_t i = 0; i < m->stmts.len; i++) {
    const struct stmt *s = m->stmts.data[i];
    if (s->kind == STMT_FOR) {
      print_for(out, s);
    } else if (s->kind == STMT_RETURN) {
      strbuf_puts(out, "return ");
      print_expr(out, s->expr);
      strbuf_puts(out, ";\n");
    } else {
      print_declaration(out, s, keywords[s->kind]);
    }
  }
}
