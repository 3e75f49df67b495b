/* What the models that were hunted with are made of: how many of them have what. */
#include "config.h"

#include "hunt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lang/shape.h"

enum { KINDS_MAX = 512, KEY_MAX = 48 };

struct kind {
  char key[KEY_MAX];
  unsigned long models; /* that have it */
  bool in_this;
};

static struct kind kinds[KINDS_MAX];
static int nkinds;
static unsigned long nmodels;

static void note(const char *group, const char *what)
{
  char key[KEY_MAX];
  int k = 0;
  snprintf(key, sizeof key, "%s %s", group, what);
  while (k < nkinds && strcmp(kinds[k].key, key) != 0) k++;
  if (k == KINDS_MAX) return;
  if (k == nkinds) memcpy(kinds[nkinds++].key, key, sizeof key);
  kinds[k].models += !kinds[k].in_this;
  kinds[k].in_this = true;
}

/* ---- the tree ---- */

static void see(const struct expr *e, int depth);

static void see_range(const struct range *r, int depth)
{
  const struct binder *index = r->index;
  if (r->entries) {
    const char *what = r->row                          ? "of a row"
                       : r->decl && r->decl->ndim == 1 ? "of a vector"
                                                       : "of a matrix";
    note(r->decl && r->decl->is_sparse ? "entries, sparse," : "entries, dense,", what);
    if (r->row) see(r->row, depth);
    return;
  }
  if (index && r->lo->kind != EXPR_NUMBER) note("range", "from a bound that is computed");
  if (r->by) note("range", r->by->kind == EXPR_NEG ? "backwards" : "in steps");
  if (r->lo) see(r->lo, depth);
  if (r->hi) see(r->hi, depth);
}

static const char *const expr_names[] = {[EXPR_NUMBER] = "number",
                                         [EXPR_NAME] = "name",
                                         [EXPR_INDEX] = "element",
                                         [EXPR_CALL] = "call",
                                         [EXPR_SIZE] = "size",
                                         [EXPR_NEG] = "negation",
                                         [EXPR_NOT] = "not",
                                         [EXPR_ADD] = "sum",
                                         [EXPR_MUL] = "product",
                                         [EXPR_POW] = "power",
                                         [EXPR_COMPARE] = "comparison",
                                         [EXPR_AND] = "and",
                                         [EXPR_OR] = "or",
                                         [EXPR_IF] = "if",
                                         [EXPR_REDUCTION] = "reduction",
                                         [EXPR_ARRAY] = "array literal",
                                         [EXPR_READ] = "read"};

static void see_kind(const struct expr *e, int depth)
{
  static const char *const depths[] = {"reduction", "reduction in a reduction",
                                       "reduction in two reductions"};
  note("expression", expr_names[e->kind]);
  switch (e->kind) {
  case EXPR_CALL:
    if (e->decl) note("call of", "a def");
    note(e->builtin && e->nargs == 1 ? "whole array:" : "function",
         e->decl ? "of the model" : e->name);
    break;
  case EXPR_REDUCTION:
    note("comprehension:", e->name);
    note("nesting:", depths[depth < 2 ? depth : 2]);
    if (e->filter) note("comprehension:", "with a filter");
    if (e->nranges > 1) note("comprehension:", "of several ranges");
    break;
  case EXPR_IF: note("if", e->args[0]->is_data ? "on data" : "on values"); break;
  case EXPR_POW: note("exponent", e->args[1]->is_data ? "of data" : "of values"); break;
  case EXPR_INDEX:
    if (e->decl && e->decl->kind == DECL_LET) note("element", "of a let");
    for (int k = 0; k < e->nargs; k++)
      if (e->args[k]->kind == EXPR_INDEX) note("element", "at an element of an index array");
    break;
  default: break;
  }
}

/* Bounded by NESTING_MAX. */
static void see(const struct expr *e, int depth)
{
  see_kind(e, depth);
  int inner = depth + (e->kind == EXPR_REDUCTION);
  for (int k = 0; k < e->nranges; k++) see_range(e->ranges[k], inner);
  if (e->filter) see(e->filter, inner);
  for (int k = 0; k < e->nargs; k++) see(e->args[k], inner);
}

static void see_stmt(const struct stmt *s, bool in_block)
{
  static const char *const names[] = {"param", "var", "let", "aux", "def", "for", "return"};
  static const char *const ranks[] = {"scalar", "1 index", "2 indices", "3 indices or more"};
  char what[KEY_MAX];
  snprintf(what, sizeof what, "%s%s, %s", in_block ? "block, " : "", names[s->kind],
           ranks[s->ndims < 3 ? s->ndims : 3]);
  if (s->kind <= STMT_AUX) note("statement", what);
  if (s->kind > STMT_AUX) note("statement", names[s->kind]);
  if (s->is_integer || s->is_sparse) note("param", s->is_sparse ? "sparse" : "integer");
  if (s->kind == STMT_FOR) note("for", s->nranges > 1 ? "several ranges" : "one range");
  if (s->kind == STMT_LET && s->decl && s->decl->stmt != s) note("let", "further clause");
  if (s->kind == STMT_LET && s->decl && s->decl->is_data) note("let", "of data");
  for (int k = 0; k < s->ndims; k++)
    if (s->dims[k]->by)
      note("dimension", s->dims[k]->by->kind == EXPR_NEG ? "backwards" : "in steps");
  for (int k = 0; k < s->nranges; k++) see_range(s->ranges[k], 0);
  if (s->expr) see(s->expr, 0);
  for (int k = 0; k < s->nbody; k++) see_stmt(s->body[k], true);
}

/* ---- the Program, and sizes ---- */

static void see_kernel(const struct program *p, const struct kernel *k)
{
  const struct domain *d = &p->domains.data[k->domain];
  note("domain", d->kind == DOMAIN_BOX ? "box" : "runs");
  if (d->count <= 1) note("domain", d->count ? "of one iteration" : "empty");
  if (d->count > 512) note("domain", "of several blocks");
  if (k->order) note("kernel", k->order > 0 ? "in order" : "in the opposite order");
  for (size_t i = 0; i < k->ops.len; i++) note("operator", op_table[k->ops.data[i].code].name);
  for (size_t i = 0; i < k->reads.len; i++) {
    static const char *const maps[] = {"affine", "position", "table"};
    note("read", maps[k->reads.data[i].map.kind]);
  }
  for (size_t i = 0; i < k->outputs.len; i++) {
    static const char *const modes[] = {"set", "add", "min", "max"};
    note("output", modes[k->outputs.data[i].mode]);
  }
}

static void see_problem(const struct problem *problem)
{
  const struct program *p = problem_program(problem);
  const struct block *blocks;
  size_t count = problem_blocks(problem, &blocks);
  for (size_t k = 0; k < count; k++) {
    const struct shape *s = problem_block_shape(problem, &blocks[k]);
    note("variables", !s->ndim ? "a scalar" : s->box ? "a box" : "a list of indices");
    if (s->ndim > 0 && s->size <= 1) note("variables", s->size ? "of one element" : "empty");
  }
  for (size_t k = 0; k < p->kernels.len; k++) see_kernel(p, &p->kernels.data[k]);
  for (size_t k = 0; k < p->groups.len; k++)
    note("group", p->groups.data[k].nouter ? "sequential" : "plain");
  for (size_t k = 0; k < p->arrays.len; k++)
    if (p->arrays.data[k].kind == ARRAY_COMPUTED && p->arrays.data[k].size <= 1)
      note("computed array", p->arrays.data[k].size ? "of one element" : "empty");
  if (p->n == 0) note("unknowns", "none");
  if (p->n == 1) note("unknowns", "one");
}

void hunt_statistics_add(const struct hunt *h)
{
  for (int k = 0; k < nkinds; k++) kinds[k].in_this = false;
  nmodels++;
  for (size_t k = 0; h->model && k < h->model->stmts.len; k++)
    see_stmt(h->model->stmts.data[k], false);
  if (h->problem) see_problem(h->problem);
}

/* ---- the table ---- */

static int by_key(const void *a, const void *b)
{
  return strcmp(((const struct kind *)a)->key, ((const struct kind *)b)->key);
}

static bool is_seen(const char *group, const char *what)
{
  char key[KEY_MAX];
  snprintf(key, sizeof key, "%s %s", group, what);
  for (int k = 0; k < nkinds; k++)
    if (!strcmp(kinds[k].key, key)) return true;
  return false;
}

void hunt_statistics_print(void)
{
  printf("of %lu models\n", nmodels);
  for (int op = 0; op < OP_COUNT; op++) {
    if (!is_seen("operator", op_table[op].name)) printf("%8d operator %s\n", 0, op_table[op].name);
    if (op_table[op].in_language && !is_seen("function", op_table[op].name))
      printf("%8d function %s\n", 0, op_table[op].name);
  }
  qsort(kinds, (size_t)nkinds, sizeof *kinds, by_key);
  for (int k = 0; k < nkinds; k++) printf("%8lu %s\n", kinds[k].models, kinds[k].key);
}
