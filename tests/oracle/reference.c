#include "config.h"

#include "reference.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RANK_MAX = 6 };

static const char *files = "";

void reference_files(const char *text)
{
  files = text;
}

struct element {
  int64_t index[RANK_MAX];
  struct hyperdual x;
};

/* A declared array, or a scalar (ndim 0). */
struct variable {
  const char *name;
  const struct stmt *stmt; /* its first statement */
  int ndim;
  bool has_clauses; /* several, or a block: elements are taken in the order of their indices */
  VEC(struct element *) elements; /* in order of definition */
  int32_t *slots;                 /* hashed by index: positions in elements + 1; 0: free */
  size_t nslots;                  /* a power of two, more than twice as many */
};

struct binding {
  const char *name;
  struct hyperdual x;
};

struct interpreter {
  const union num *point;
  const double
      *all; /* the point in all unknowns, of which the chosen ones are looked at; or NULL */
  const int *chosen;
  int nchosen, unknowns; /* declared so far */
  struct reference *out;
  struct arena arena;
  VEC(struct variable) variables;
  VEC(struct binding) scope; /* loop indices, local lets, parameters of defs: innermost last */
  size_t visible;            /* the first binding that the running def (or model) can see */
  bool failed;
};

static void fail(struct interpreter *r, const char *what, const char *name)
{
  if (!r->failed) snprintf(r->out->error, sizeof r->out->error, "%s: %s", what, name);
  r->failed = true;
}

static void eval(struct interpreter *r, const struct expr *e, struct hyperdual *out);

static void bind(struct interpreter *r, const char *name, const struct hyperdual *x)
{
  struct binding b = {name, *x};
  if (!VEC_PUSH(&r->scope, b)) fail(r, "no memory", name);
}

static void bind_index(struct interpreter *r, const char *name, int64_t i)
{
  struct hyperdual x;
  hd_number(&x, num_of((double)i), false);
  bind(r, name, &x);
}

static const struct binding *find_binding(const struct interpreter *r, const char *name)
{
  for (size_t k = r->scope.len; k > r->visible; k--)
    if (!strcmp(r->scope.data[k - 1].name, name)) return &r->scope.data[k - 1];
  return NULL;
}

static struct variable *find_variable(const struct interpreter *r, const char *name)
{
  for (size_t k = 0; k < r->variables.len; k++)
    if (!strcmp(r->variables.data[k].name, name)) return &r->variables.data[k];
  return NULL;
}

/* The array that a bare name stands for, or NULL if it is a scalar or a binding. */
static struct variable *whole_array(const struct interpreter *r, const struct expr *e)
{
  if (e->kind != EXPR_NAME || find_binding(r, e->name)) return NULL;
  struct variable *v = find_variable(r, e->name);
  return v && v->ndim > 0 ? v : NULL;
}

static size_t slot_of(const struct variable *v, const int64_t *index)
{
  uint64_t hash = 0;
  for (int d = 0; d < v->ndim; d++) hash = (hash + (uint64_t)index[d]) * 0x9e3779b97f4a7c15u;
  return (size_t)(hash >> 20) & (v->nslots - 1);
}

static struct element *find_element(const struct variable *v, const int64_t *index)
{
  for (size_t at = v->nslots ? slot_of(v, index) : 0; v->nslots && v->slots[at];
       at = (at + 1) & (v->nslots - 1)) {
    struct element *el = v->elements.data[v->slots[at] - 1];
    if (!memcmp(el->index, index, (size_t)v->ndim * sizeof *index)) return el;
  }
  return NULL;
}

/* Notes the elements from `first` on; false if memory is out. */
static bool enter(struct variable *v, size_t first)
{
  if (2 * v->elements.len >= v->nslots) {
    mem_free(v->slots);
    v->nslots = v->nslots ? 4 * v->nslots : 16;
    v->slots = mem_zalloc(v->nslots, sizeof *v->slots);
    if (!v->slots) v->nslots = 0;
    first = 0;
  }
  for (size_t k = first; v->slots && k < v->elements.len; k++) {
    size_t at = slot_of(v, v->elements.data[k]->index);
    while (v->slots[at]) at = (at + 1) & (v->nslots - 1);
    v->slots[at] = (int32_t)k + 1;
  }
  return v->slots != NULL;
}

static void define(struct interpreter *r, struct variable *v, const int64_t *index,
                   const struct hyperdual *x)
{
  if (r->failed) return;
  struct element *el = arena_alloc(&r->arena, 1, sizeof *el);
  if (find_element(v, index)) fail(r, "defined twice", v->name);
  if (!el || !VEC_PUSH(&v->elements, el)) {
    fail(r, "no memory", v->name);
    return;
  }
  memcpy(el->index, index, (size_t)v->ndim * sizeof *index);
  el->x = *x;
  if (!enter(v, v->elements.len - 1)) fail(r, "no memory", v->name);
}

static void read_element(struct interpreter *r, const struct variable *v, const int64_t *index,
                         struct hyperdual *out)
{
  const struct element *el = find_element(v, index);
  if (!el && v->stmt->is_sparse) {
    hd_number(out, num_of(0), false);
    return;
  }
  if (!el) {
    fail(r, "no such element", v->name);
    return;
  }
  *out = el->x;
  if (v->ndim > 0) out->is_constant = false;
  if (v->stmt->kind == STMT_LET) out->is_data = false;
}

static int64_t eval_whole(struct interpreter *r, const struct expr *e)
{
  struct hyperdual x;
  hd_number(&x, num_of(0), false);
  eval(r, e, &x);
  if (!r->failed && (!x.is_data || !num_is_whole(x.value) || fabs(num_near(x.value)) > 1e9))
    fail(r, "not a whole number of data", "index or bound");
  return r->failed ? 0 : (int64_t)num_near(x.value);
}

/* Loops: `visit` is called with the indices of each iteration bound. */

struct span {
  int64_t lo, hi, by;
};

static bool in_span(const struct span *s, int64_t i)
{
  return s->by > 0 ? i <= s->hi : i >= s->hi;
}

static struct span eval_span(struct interpreter *r, const struct expr *lo, const struct expr *hi,
                             const struct expr *by)
{
  struct span s = {1, 0, 1};
  if (lo) s.lo = eval_whole(r, lo);
  s.hi = eval_whole(r, hi);
  if (by) s.by = eval_whole(r, by);
  if (!r->failed && s.by == 0) fail(r, "a step of zero", "range");
  if (r->failed) s = (struct span){1, 0, 1};
  return s;
}

typedef void visitor(struct interpreter *r, void *data);

static void each_range(struct interpreter *r, struct range *const *ranges, int count,
                       visitor *visit, void *data);

/* One entry of an array, or of one of its rows, as indices and a value. */
static void visit_entry(struct interpreter *r, const struct range *range, const struct element *el,
                        int ndim)
{
  int skip = range->row ? 1 : 0;
  for (int d = skip; d < ndim; d++) bind_index(r, range->binders[d - skip]->name, el->index[d]);
  struct hyperdual x = el->x;
  x.is_constant = false;
  bind(r, range->binders[ndim - skip]->name, &x);
}

static void each_entry(struct interpreter *r, struct range *const *ranges, int count,
                       visitor *visit, void *data)
{
  const struct range *range = ranges[0];
  const struct variable *v = find_variable(r, range->name);
  if (!v) {
    fail(r, "no such array", range->name);
    return;
  }
  int64_t row = range->row ? eval_whole(r, range->row) : 0;
  for (size_t k = 0; k < v->elements.len && !r->failed; k++) {
    if (range->row && v->elements.data[k]->index[0] != row) continue;
    size_t depth = r->scope.len;
    visit_entry(r, range, v->elements.data[k], v->ndim);
    each_range(r, ranges + 1, count - 1, visit, data);
    r->scope.len = depth;
  }
}

static void each_range(struct interpreter *r, struct range *const *ranges, int count,
                       visitor *visit, void *data)
{
  if (r->failed) return;
  if (count == 0) {
    visit(r, data);
  } else if (ranges[0]->entries) {
    each_entry(r, ranges, count, visit, data);
  } else {
    struct span s = eval_span(r, ranges[0]->lo, ranges[0]->hi, ranges[0]->by);
    for (int64_t i = s.lo; in_span(&s, i) && !r->failed; i += s.by) {
      size_t depth = r->scope.len;
      bind_index(r, ranges[0]->index->name, i);
      each_range(r, ranges + 1, count - 1, visit, data);
      r->scope.len = depth;
    }
  }
}

typedef void index_visitor(struct interpreter *r, const struct stmt *s, const int64_t *index);

static void each_index(struct interpreter *r, const struct stmt *s, int d, int64_t *index,
                       index_visitor *visit)
{
  if (r->failed) return;
  if (d == s->ndims) {
    visit(r, s, index);
    return;
  }
  const struct dim *dim = s->dims[d];
  struct span span = eval_span(r, dim->lo, dim->hi, dim->by);
  if (dim->single && s->kind == STMT_LET) span.lo = span.hi;
  for (int64_t i = span.lo; in_span(&span, i) && !r->failed; i += span.by) {
    size_t depth = r->scope.len;
    index[d] = i;
    if (dim->index) bind_index(r, dim->index->name, i);
    each_index(r, s, d + 1, index, visit);
    r->scope.len = depth;
  }
}

/* Reductions: the terms are collected first. */

struct terms {
  const struct expr *e;
  VEC(struct hyperdual) list;
};

static void collect(struct interpreter *r, void *data)
{
  struct terms *t = data;
  struct hyperdual x;
  hd_number(&x, num_of(1), true);
  if (t->e->filter) eval(r, t->e->filter, &x);
  if (!r->failed && !x.is_data) fail(r, "not data", "filter");
  if (r->failed || num_is_zero(x.value)) return;
  eval(r, t->e->args[0], &x);
  if (!r->failed && !VEC_PUSH(&t->list, x)) fail(r, "no memory", "terms");
}

/* Whether x comes before y in row-major order. */
static bool before(const struct element *x, const struct element *y, int ndim)
{
  for (int d = 0; d < ndim; d++)
    if (x->index[d] != y->index[d]) return x->index[d] < y->index[d];
  return false;
}

/* Several clauses may come in any order; then their elements are taken in that of their indices. */
static void collect_array(struct interpreter *r, const struct variable *v, struct terms *t)
{
  const struct element *last = NULL, *next;
  for (size_t n = 0; n < v->elements.len && !r->failed; n++, last = next) {
    next = v->has_clauses ? NULL : v->elements.data[n];
    for (size_t k = 0; v->has_clauses && k < v->elements.len; k++) {
      const struct element *el = v->elements.data[k];
      if ((!last || before(last, el, v->ndim)) && (!next || before(el, next, v->ndim))) next = el;
    }
    struct hyperdual x;
    read_element(r, v, next->index, &x);
    if (!r->failed && !VEC_PUSH(&t->list, x)) fail(r, "no memory", "terms");
  }
}

/* The least or greatest term, the first of equals; NaN wins. */
static void extremum(int n, const struct terms *t, bool least, struct hyperdual *out)
{
  size_t best = 0;
  for (size_t k = 1; k < t->list.len; k++) {
    union num v = t->list.data[k].value, w = t->list.data[best].value;
    if (num_is_none(w)) break;
    int order = num_is_none(v) ? 0 : num_compare(v, w);
    if (num_is_none(v) || (least ? order < 0 : order > 0)) best = k;
  }
  struct hyperdual r = t->list.data[best];
  for (size_t k = 0; k < t->list.len; k++) hd_join(n, &r, &r, &t->list.data[k]);
  *out = r;
}

static void reduce(struct interpreter *r, const char *name, const struct terms *t,
                   struct hyperdual *out)
{
  int n = r->out->n;
  bool empty = t->list.len == 0;
  if (r->failed) return;
  hd_number(out, num_of(0), false);
  if (!strcmp(name, "sum")) {
    for (size_t k = 0; k < t->list.len; k++) hd_add(n, out, out, &t->list.data[k]);
  } else if (!strcmp(name, "prod")) {
    out->value = num_of(1);
    for (size_t k = 0; k < t->list.len; k++) {
      struct hyperdual x = t->list.data[k];
      x.is_constant = false; /* it may depend on the loop's index */
      hd_mul(n, out, out, &x);
    }
  } else if (!strcmp(name, "norm2")) {
    for (size_t k = 0; k < t->list.len; k++) {
      struct hyperdual square;
      hd_mul(n, &square, &t->list.data[k], &t->list.data[k]);
      hd_add(n, out, out, &square);
    }
  } else if (empty) {
    fail(r, "an empty reduction", name);
  } else if (!strcmp(name, "logsumexp")) {
    hd_logsumexp(n, out, t->list.data, (int)t->list.len);
  } else if (!strcmp(name, "min") || !strcmp(name, "max")) {
    extremum(n, t, !strcmp(name, "min"), out);
  } else {
    fail(r, "no such reduction", name);
  }
  out->is_constant = false;
}

/* Elements are paired by their indices. */
static void eval_dot(struct interpreter *r, const struct expr *e, struct hyperdual *out)
{
  const struct variable *v = whole_array(r, e->args[0]), *w = whole_array(r, e->args[1]);
  if (!v || !w || v->ndim != w->ndim || v->elements.len != w->elements.len) {
    fail(r, "not two arrays of one shape", "dot");
    return;
  }
  hd_number(out, num_of(0), false);
  for (size_t k = 0; k < v->elements.len && !r->failed; k++) {
    const int64_t *index = v->elements.data[k]->index;
    struct hyperdual a, b;
    read_element(r, v, index, &a);
    read_element(r, w, index, &b);
    if (r->failed) return;
    hd_mul(r->out->n, &a, &a, &b);
    hd_add(r->out->n, out, out, &a);
  }
  out->is_constant = false;
}

static void eval_def(struct interpreter *r, const struct stmt *def, const struct expr *e,
                     struct hyperdual *out)
{
  size_t depth = r->scope.len, visible = r->visible;
  bool is_data = true;
  for (int k = 0; k < e->nargs && !r->failed; k++) {
    struct hyperdual x;
    eval(r, e->args[k], &x);
    is_data = is_data && x.is_data;
    /* The names of the parameters are hidden until all arguments are known. */
    if (!r->failed) bind(r, "", &x);
  }
  if (!r->failed) {
    for (int k = 0; k < e->nargs; k++) r->scope.data[depth + (size_t)k].name = def->params[k]->name;
    r->visible = depth;
    eval(r, def->expr, out);
    out->is_data = out->is_data && is_data;
  }
  r->visible = visible;
  r->scope.len = depth;
}

static void eval_call(struct interpreter *r, const struct expr *e, struct hyperdual *out)
{
  const struct variable *def = find_variable(r, e->name);
  if (def && def->stmt->kind == STMT_DEF) {
    eval_def(r, def->stmt, e, out);
    return;
  }
  if (!strcmp(e->name, "dot")) {
    eval_dot(r, e, out);
    return;
  }
  const struct variable *v = e->nargs == 1 ? whole_array(r, e->args[0]) : NULL;
  if (v) {
    struct terms t = {0};
    collect_array(r, v, &t);
    reduce(r, e->name, &t, out);
    VEC_FREE(&t.list);
    return;
  }
  struct hyperdual a, b;
  eval(r, e->args[0], &a);
  if (!r->failed && e->nargs == 1 && !hd_call(r->out->n, &a, e->name, &a, NULL))
    fail(r, "no such function", e->name);
  for (int k = 1; k < e->nargs && !r->failed; k++) {
    eval(r, e->args[k], &b);
    if (!r->failed && !hd_call(r->out->n, &a, e->name, &a, &b))
      fail(r, "no such function", e->name);
  }
  if (!r->failed) *out = a;
}

static void eval_name(struct interpreter *r, const struct expr *e, struct hyperdual *out)
{
  const struct binding *b = find_binding(r, e->name);
  if (b) {
    *out = b->x;
    return;
  }
  const struct variable *v = find_variable(r, e->name);
  if (v && v->ndim == 0 && v->elements.len == 1)
    read_element(r, v, (int64_t[RANK_MAX]){0}, out);
  else
    fail(r, "not a scalar", e->name);
}

static void eval_index(struct interpreter *r, const struct expr *e, struct hyperdual *out)
{
  int64_t index[RANK_MAX] = {0};
  const struct variable *v = find_variable(r, e->name);
  if (!v || v->ndim != e->nargs) {
    fail(r, "not an array of that rank", e->name);
    return;
  }
  for (int d = 0; d < e->nargs; d++) index[d] = eval_whole(r, e->args[d]);
  if (!r->failed) read_element(r, v, index, out);
}

static void eval_size(struct interpreter *r, const struct expr *e, struct hyperdual *out)
{
  const struct variable *v = find_variable(r, e->name);
  int64_t d = e->nargs ? eval_whole(r, e->args[0]) - 1 : 0, count = 0;
  if (!v || r->failed || d < 0 || d >= v->ndim) {
    fail(r, "no such size", e->name);
    return;
  }
  if (e->nargs == 0) count = (int64_t)v->elements.len;
  for (size_t k = 0; e->nargs && k < v->elements.len; k++) { /* distinct indices */
    size_t j = 0;
    while (v->elements.data[j]->index[d] != v->elements.data[k]->index[d]) j++;
    count += j == k;
  }
  hd_number(out, num_of((double)count), true);
}

static void eval_chain(struct interpreter *r, const struct expr *e, struct hyperdual *out)
{
  int n = r->out->n;
  struct hyperdual a, b;
  eval(r, e->args[0], &a);
  for (int k = 1; k < e->nargs && !r->failed; k++) {
    eval(r, e->args[k], &b);
    if (r->failed) return;
    switch (e->signs[k]) {
    case '+': hd_add(n, &a, &a, &b); break;
    case '-': hd_sub(n, &a, &a, &b); break;
    case '*': hd_mul(n, &a, &a, &b); break;
    case '/': hd_div(n, &a, &a, &b); break;
    default: hd_mod(n, &a, &a, &b); break;
    }
  }
  *out = a;
}

/* NaN is unequal to all, and neither less nor greater. */
static bool compare(char op, union num a, union num b)
{
  bool ordered = !num_is_none(a) && !num_is_none(b);
  int order = ordered ? num_compare(a, b) : 0;
  switch (op) {
  case '<': return ordered && order < 0;
  case '>': return ordered && order > 0;
  case 'l': return ordered && order <= 0;
  case 'g': return ordered && order >= 0;
  case '=': return ordered && order == 0;
  default: return !ordered || order != 0;
  }
}

static void truth(struct hyperdual *out, bool v, bool is_data, bool is_constant)
{
  hd_number(out, num_of(v), is_constant);
  out->is_data = is_data;
}

/* In exact numbers there is no NaN: what comes of a number that is none is none. */
static bool is_broken(const struct hyperdual *x)
{
  return num_field == NUM_EXACT && num_is_none(x->value);
}

/* `and` (decisive: false) and `or` (decisive: true).  One decisive operand that is decided while
 * the model is built decides the whole, wherever it stands; what is data is evaluated first, so
 * that it guards the other operands.  What comes before an operand without a value guards it. */
static void eval_logic(struct interpreter *r, const struct expr *e, bool decisive,
                       struct hyperdual *out)
{
  bool decided = false, broken = false, is_data = true, is_constant = true;
  for (int pass = 0; pass < 2; pass++)
    for (int k = 0; k < e->nargs && !r->failed; k++) {
      struct hyperdual a;
      if (e->args[k]->is_data != (pass == 0)) continue;
      eval(r, e->args[k], &a);
      if (r->failed) return;
      broken = broken || (is_broken(&a) && !decided);
      bool hit = !is_broken(&a) && !num_is_zero(a.value) == decisive;
      if (hit && hd_is_decided(&a)) {
        truth(out, decisive, a.is_data, a.is_constant);
        return;
      }
      decided = decided || (hit && !broken);
      is_data = is_data && hd_is_decided(&a); /* data with folded constants is decided, too */
      is_constant = is_constant && a.is_constant;
    }
  truth(out, decided == decisive, is_data, is_constant);
  if (broken) hd_none(r->out->n, out);
}

/* What is data is told by the names in it, also by those that are not looked at. */
static bool names_unknown(const struct interpreter *r, const struct expr *e)
{
  if (e->is_data && e->is_fixed) return false;
  if (e->kind == EXPR_NAME && e->binder) {
    const struct binding *b = find_binding(r, e->name);
    return b && !b->x.is_data; /* none: the index of a loop that is not run */
  }
  if ((e->kind == EXPR_NAME || e->kind == EXPR_INDEX) && e->decl->kind != DECL_PARAM) return true;
  if (e->kind == EXPR_CALL && e->decl) return true; /* of a def: whatever is in it */
  for (int k = 0; k < e->nargs; k++)
    if (names_unknown(r, e->args[k])) return true;
  return false;
}

static void eval_if(struct interpreter *r, const struct expr *e, struct hyperdual *out)
{
  struct hyperdual c, a, b;
  eval(r, e->args[0], &c);
  if (r->failed) return;
  bool taken = !num_is_zero(c.value);
  eval(r, e->args[taken ? 1 : 2], &a);
  if (r->failed) return;
  if (!hd_is_decided(&c)) {
    eval(r, e->args[taken ? 2 : 1], &b);
    if (r->failed) return;
    hd_join(r->out->n, &a, &a, &b);
  }
  a.is_data = a.is_data && !names_unknown(r, e);
  a.is_constant = a.is_constant && hd_is_decided(&c);
  if (is_broken(&c)) hd_none(r->out->n, &a);
  *out = a;
}

static void eval_reduction(struct interpreter *r, const struct expr *e, struct hyperdual *out)
{
  struct terms t = {.e = e};
  each_range(r, e->ranges, e->nranges, collect, &t);
  reduce(r, e->name, &t, out);
  if (t.list.len == 0) out->is_data = e->is_data;
  VEC_FREE(&t.list);
}

static void eval_operator(struct interpreter *r, const struct expr *e, struct hyperdual *out)
{
  struct hyperdual a, b;
  eval(r, e->args[0], &a);
  if (r->failed) return;
  if (e->kind == EXPR_NEG) {
    hd_neg(r->out->n, out, &a);
    return;
  }
  if (e->kind == EXPR_NOT) {
    truth(out, num_is_zero(a.value), a.is_data, a.is_constant);
    if (is_broken(&a)) hd_none(r->out->n, out);
    return;
  }
  eval(r, e->args[1], &b);
  if (r->failed) return;
  if (e->kind == EXPR_POW) {
    hd_pow(r->out->n, out, &a, &b);
    return;
  }
  truth(out, compare(e->signs[0], a.value, b.value), a.is_data && b.is_data,
        a.is_constant && b.is_constant);
  if (is_broken(&a) || is_broken(&b)) hd_none(r->out->n, out);
}

/* Recursion is bounded by the height of the tree and the number of defs. */
static void eval(struct interpreter *r, const struct expr *e, struct hyperdual *out)
{
  if (r->failed) return;
  switch (e->kind) {
  case EXPR_NUMBER: hd_number(out, num_literal(e->text, e->value, e->imaginary), true); break;
  case EXPR_NAME: eval_name(r, e, out); break;
  case EXPR_INDEX: eval_index(r, e, out); break;
  case EXPR_CALL: eval_call(r, e, out); break;
  case EXPR_SIZE: eval_size(r, e, out); break;
  case EXPR_ADD:
  case EXPR_MUL: eval_chain(r, e, out); break;
  case EXPR_NEG:
  case EXPR_NOT:
  case EXPR_POW:
  case EXPR_COMPARE: eval_operator(r, e, out); break;
  case EXPR_AND: eval_logic(r, e, false, out); break;
  case EXPR_OR: eval_logic(r, e, true, out); break;
  case EXPR_IF: eval_if(r, e, out); break;
  case EXPR_REDUCTION: eval_reduction(r, e, out); break;
  case EXPR_ARRAY:
  case EXPR_READ: fail(r, "not a scalar", "array"); break;
  }
}

/* Statements. */

static struct variable *declare(struct interpreter *r, const struct stmt *s)
{
  struct variable *known = find_variable(r, s->name);
  if (known || r->failed) return known;
  struct variable v = {.name = s->name, .stmt = s, .ndim = s->ndims};
  if (s->ndims > RANK_MAX || !VEC_PUSH(&r->variables, v)) {
    fail(r, "cannot declare", s->name);
    return NULL;
  }
  return &r->variables.data[r->variables.len - 1];
}

static void define_element(struct interpreter *r, const struct stmt *s, const int64_t *index)
{
  struct hyperdual x;
  hd_number(&x, num_of(0), false);
  if (!s->expr)
    fail(r, "no value", s->name);
  else if (s->expr->kind != EXPR_ARRAY)
    eval(r, s->expr, &x);
  if (s->kind == STMT_PARAM) hd_number(&x, x.value, s->ndims == 0);
  if (s->kind == STMT_AUX && r->out->naux < AUX_MAX) r->out->aux_in[r->out->naux++] = x.value;
  struct variable *v = find_variable(r, s->name);
  if (!v) return;
  v->has_clauses = v->has_clauses || v->stmt != s;
  define(r, v, index, &x);
}

static void define_unknown(struct interpreter *r, const struct stmt *s, const int64_t *index)
{
  struct hyperdual x;
  int k = r->out->n, unknown = r->unknowns++;
  hd_number(&x, num_of(0), false);
  if (r->all && (k == r->nchosen || r->chosen[k] != unknown)) {
    hd_number(&x, num_of(r->all[unknown]), false);
    x.is_data = false;
    define(r, find_variable(r, s->name), index, &x);
    return;
  }
  if (k >= UNKNOWNS_MAX)
    fail(r, "too many unknowns", s->name);
  else if (r->all)
    x.value = num_of(r->all[unknown]);
  else if (r->point)
    x.value = r->point[k];
  else if (s->expr)
    eval(r, s->expr, &x);
  else
    fail(r, "no point", s->name);
  if (r->failed) return;
  r->out->point_in[k] = x.value;
  r->out->n = k + 1;
  hd_variable(&x, x.value, k);
  define(r, find_variable(r, s->name), index, &x);
}

/* Fills the elements, which are there in row-major order, from nested lists. */
static void fill(struct interpreter *r, const struct expr *e, struct variable *v, size_t *next)
{
  if (r->failed) return;
  if (e->kind == EXPR_ARRAY) {
    for (int k = 0; k < e->nargs; k++) fill(r, e->args[k], v, next);
  } else if (*next >= v->elements.len) {
    fail(r, "too many values", v->name);
  } else {
    struct hyperdual x;
    eval(r, e, &x);
    if (!r->failed) hd_number(&v->elements.data[(*next)++]->x, x.value, false);
  }
}

static const char *next_entry(const char *at)
{
  while (at && strncmp(at, "#| ", 3) != 0) {
    at = strchr(at, '\n');
    if (at) at++;
  }
  return at;
}

/* The entries of a file. */
static void define_entries(struct interpreter *r, const struct stmt *s)
{
  const char *at = next_entry(files);
  for (at = at ? next_entry(at + 1) : NULL; at && !r->failed; at = next_entry(at)) {
    struct hyperdual x;
    char *end, number[40];
    int64_t index[RANK_MAX] = {0};
    for (int d = 0; d < 2; d++, at = end) index[d] = strtoll(d ? at : at + 3, &end, 10);
    snprintf(number, sizeof number, "%.*s", (int)strcspn(at + 1, "\n"), at + 1);
    hd_number(&x, num_literal(number, strtod(number, NULL), false), false);
    define(r, find_variable(r, s->name), index, &x);
  }
}

static void run_body(struct interpreter *r, void *data)
{
  const struct stmt *block = data;
  int64_t index[RANK_MAX] = {0};
  for (int k = 0; k < block->nbody && !r->failed; k++) {
    const struct stmt *s = block->body[k];
    if (s->ndims > 0) {
      declare(r, s);
      each_index(r, s, 0, index, define_element);
    } else {
      struct hyperdual x;
      eval(r, s->expr, &x);
      x.is_data = false;
      if (!r->failed) bind(r, s->name, &x);
    }
  }
}

/* Its arrays are there even if there is no iteration; each iteration is a clause. */
static void run_block(struct interpreter *r, const struct stmt *block)
{
  for (int k = 0; k < block->nbody; k++) {
    struct variable *v = block->body[k]->ndims > 0 ? declare(r, block->body[k]) : NULL;
    if (v) v->has_clauses = true;
  }
  each_range(r, block->ranges, block->nranges, run_body, (void *)block);
}

static void run_return(struct interpreter *r, const struct stmt *s, struct hyperdual *out)
{
  const struct variable *v = whole_array(r, s->expr);
  if (v && v->elements.len == 1)
    read_element(r, v, v->elements.data[0]->index, out);
  else
    eval(r, s->expr, out);
}

static void run_stmt(struct interpreter *r, const struct stmt *s, struct hyperdual *result)
{
  int64_t index[RANK_MAX] = {0};
  size_t next = 0;
  switch (s->kind) {
  case STMT_FOR: run_block(r, s); return;
  case STMT_RETURN: run_return(r, s, result); return;
  default: declare(r, s); break;
  }
  if (r->failed || s->kind == STMT_DEF) return;
  if (s->is_sparse) {
    define_entries(r, s);
    return;
  }
  each_index(r, s, 0, index, s->kind == STMT_VAR ? define_unknown : define_element);
  if (s->kind == STMT_PARAM && s->expr && s->expr->kind == EXPR_ARRAY)
    fill(r, s->expr, find_variable(r, s->name), &next);
}

/* The numbers as doubles. */
static void round_results(struct reference *out)
{
  out->value = num_near(out->value_in);
  for (int k = 0; k < out->naux; k++) out->aux[k] = num_near(out->aux_in[k]);
  for (int i = 0; i < out->n; i++) {
    out->point[i] = num_near(out->point_in[i]);
    out->gradient[i] = num_near(out->gradient_in[i]);
    for (int j = 0; j < out->n; j++) out->hessian[i][j] = num_near(out->hessian_in[i][j]);
  }
}

static bool interpret(struct interpreter start, const struct model *m)
{
  struct interpreter r = start;
  struct reference *out = r.out;
  struct hyperdual f;
  memset(out, 0, sizeof *out);
  hd_number(&f, num_of(0), false);
  for (size_t k = 0; k < m->stmts.len && !r.failed; k++) run_stmt(&r, m->stmts.data[k], &f);
  out->value_in = f.value;
  memcpy(out->gradient_in, f.g, sizeof f.g);
  memcpy(out->hessian_in, f.h, sizeof f.h);
  round_results(out);
  for (int i = 0; i < out->n; i++) {
    out->depends[i] = f.dep >> i & 1;
    for (int j = 0; j < out->n; j++) out->pattern[i][j] = f.pair[i] >> j & 1;
  }
  for (size_t k = 0; k < r.variables.len; k++) {
    VEC_FREE(&r.variables.data[k].elements);
    mem_free(r.variables.data[k].slots);
  }
  VEC_FREE(&r.variables);
  VEC_FREE(&r.scope);
  arena_free(&r.arena);
  return !r.failed;
}

bool reference_run_in(const struct model *m, const union num *point, struct reference *out)
{
  return interpret((struct interpreter){.point = point, .out = out}, m);
}

bool reference_run_chosen(const struct model *m, const double *point, const int *chosen, int count,
                          struct reference *out)
{
  num_begin(NUM_REAL);
  return interpret(
      (struct interpreter){.all = point, .chosen = chosen, .nchosen = count, .out = out}, m);
}

bool reference_run(const struct model *m, const double *point, struct reference *out)
{
  union num x[UNKNOWNS_MAX] = {{0}};
  for (int i = 0; point && i < UNKNOWNS_MAX; i++) x[i].re = point[i];
  num_begin(NUM_REAL);
  return reference_run_in(m, point ? x : NULL, out);
}
