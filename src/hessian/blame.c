/* What made a result not finite, or no number: for messages. */
#include "config.h"

#include "hessian/evaluation.h"

#include <math.h>
#include <string.h>

#include "eval/trace.h"

/* ---- what is not finite ---- */

/* Complex numbers that are real are shown so. */
static void put_number(const struct number *v, struct strbuf *out)
{
  number_print(v->im == 0 ? FIELD_REAL : FIELD_COMPLEX, v, out);
}

static bool is_infix(enum op_code code)
{
  return code == OP_ADD || code == OP_SUB || code == OP_MUL || code == OP_DIV || code == OP_MOD;
}

/* "1 / 0", "log(-1)": the operation with its operands' values. */
static void describe_operation(const struct culprit *c, struct strbuf *out)
{
  if (c->code == OP_ADD && c->nargs == 0) {
    strbuf_puts(out, "a sum");
  } else if (c->code == OP_CONST) {
    strbuf_puts(out, "a constant");
  } else if (c->code == OP_READ) {
    strbuf_puts(out, "a number that is read");
  } else if (c->code == OP_POWI) {
    strbuf_puts(out, "a whole power of ");
    put_number(&c->arg[0], out);
  } else if (is_infix(c->code)) {
    put_number(&c->arg[0], out);
    strbuf_printf(out, " %s ", op_table[c->code].name);
    put_number(&c->arg[1], out);
  } else {
    strbuf_printf(out, "%s(", op_table[c->code].name);
    for (int i = 0; i < c->nargs; i++) {
      if (i > 0) strbuf_puts(out, ", ");
      put_number(&c->arg[i], out);
    }
    strbuf_putc(out, ')');
  }
}

/* The position of the iteration with these loop indices. */
static int64_t position_of(const struct domain *d, const int64_t *index)
{
  int64_t p = 0;
  int last = d->ndim - 1;
  if (d->kind == DOMAIN_BOX) {
    for (int i = 0; i <= last; i++)
      p = p * d->extent[i] + (d->step[i] ? (index[i] - d->lo[i]) / d->step[i] : 0);
    return p;
  }
  for (int64_t r = 0; r < d->nruns; r++) {
    const int64_t *first = d->first + r * d->ndim;
    int64_t step = d->run_step[r], distance = index[last] - first[last];
    if (memcmp(first, index, (size_t)last * sizeof *first) != 0) continue;
    p = step ? distance / step : 0;
    if (p * step == distance && p >= 0 && p < d->start[r + 1] - d->start[r]) return d->start[r] + p;
  }
  return 0;
}

static bool within(const struct loc *inner, const struct loc *outer)
{
  return inner->source == outer->source && inner->begin >= outer->begin && inner->end <= outer->end;
}

enum { FRACTION_SHOWN = 60 }; /* bytes */

static void put_element(const struct evaluation *e, int array, int64_t offset, struct strbuf *out)
{
  struct numbers v = evaluation_array(e, array, 0);
  struct number x = numbers_get(&v, offset);
  if (e->field != FIELD_EXACT) {
    put_number(&x, out);
    return;
  }
  size_t start = out->len;
  number_print(e->field, &x, out);
  size_t len = out->len - start;
  if (out->failed || len <= FRACTION_SHOWN) return;
  out->len = start + FRACTION_SHOWN;
  strbuf_printf(out, "… (%zu characters)", len);
}

enum { ELEMENTS_MAX = 6 };

/* Lists the elements of the model's arrays that the culprit's iteration reads, with their values;
 * those alone whose place is inside of the culprit's, unless `all`. */
static void list_elements(const struct evaluation *e, const struct problem *p,
                          const struct culprit *c, bool all, struct strbuf *text)
{
  const struct kernel *k = &e->program.kernels.data[c->kernel];
  const struct domain *d = &e->program.domains.data[k->domain];
  int64_t position = position_of(d, c->index);
  int count = 0;
  for (size_t i = 0; i < k->ops.len; i++) {
    const struct op *o = &k->ops.data[i];
    if (o->code != OP_READ || !(all || within(&o->loc, &c->loc))) continue;
    const struct read *r = &k->reads.data[o->a];
    if (r->array < 0 || (size_t)r->array >= problem_program(p)->arrays.len ||
        e->program.arrays.data[r->array].symbol < 0)
      continue;
    if (count++ == ELEMENTS_MAX) {
      strbuf_puts(text, " …");
      return;
    }
    int64_t offset = map_offset(&e->program, &r->map, position, c->index, d->ndim);
    strbuf_puts(text, count > 1 ? ", " : "with ");
    problem_element_name(p, r->array, offset, text);
    strbuf_puts(text, " = ");
    put_element(e, r->array, offset, text);
  }
}

/* The loop indices of the iteration ("at i = 3, j = 4"). */
static void note_indices(struct context *ctx, const struct evaluation *e, const struct culprit *c)
{
  const struct domain *d = &e->program.domains.data[e->program.kernels.data[c->kernel].domain];
  struct strbuf text = {0};
  for (int i = 0; i < d->ndim; i++) {
    const struct loop_label *label = &d->label[i];
    if (!label->name) continue;
    strbuf_puts(&text, text.len ? ", " : "at ");
    strbuf_puts(&text, label->name);
    strbuf_puts(&text, " = ");
    strbuf_int(&text, label->first + label->step * c->index[i]);
  }
  if (text.len > 0 && !text.failed) diag_note(ctx, NO_LOC, "%s", text.data);
  strbuf_free(&text);
}

/* The iteration in the user's terms: the elements that it reads. */
static void note_elements(struct context *ctx, const struct evaluation *e, const struct problem *p,
                          const struct culprit *c)
{
  struct strbuf text = {0};
  list_elements(e, p, c, false, &text);
  if (text.len == 0) list_elements(e, p, c, true, &text);
  if (text.len > 0 && !text.failed) diag_note(ctx, NO_LOC, "%s", text.data);
  strbuf_free(&text);
}

static struct numbers array_of(const void *evaluator, int array, int lane)
{
  return evaluation_array(evaluator, array, lane);
}

/* The place of what happened in exact or complex arithmetic. */
static struct culprit culprit_of(const struct evaluation *e, const struct accident *a)
{
  const struct domain *d = &e->program.domains.data[e->program.kernels.data[a->kernel].domain];
  struct culprit c = {.code = a->code, .loc = a->loc, .kernel = a->kernel, .ndim = d->ndim};
  domain_indices(d, a->position, c.index);
  return c;
}

/* The value is a fault: what happened to it, and where. */
static enum status report_exact(struct context *ctx, const struct evaluation *e,
                                const struct problem *p, const struct number *value,
                                const struct strbuf *what)
{
  int32_t where = -1;
  rational_is_fault(value->exact, NULL, &where);
  struct accident a = scalar_accident(e->scalar, where);
  struct culprit c = culprit_of(e, &a);
  enum status status =
      a.why == ARITHMETIC_IRRATIONAL ? FAIL(ctx, IRRATIONAL, a.loc, op_table[a.code].name)
      : a.why == ARITHMETIC_TOO_LARGE
          ? FAIL(ctx, EXACT_TOO_LARGE, a.loc, (int)RATIONAL_BITS_MAX)
          : FAIL(ctx, EXACT_DIVISION_HERE, a.loc, what->data,
                 e->pieces.len == 0 ? "here" : "here (or in a derivative of this)");
  note_indices(ctx, e, &c);
  note_elements(ctx, e, p, &c);
  return status;
}

/* Reports that `what`, element `offset` of `array` after the last run (in lane 0), is `value`. */
static enum status report(struct context *ctx, const struct evaluation *e, const struct problem *p,
                          int array, int64_t offset, const struct number *value,
                          struct strbuf *what)
{
  struct culprit c = {0};
  struct strbuf operation = {0};
  if (what->failed) return diag_no_memory(ctx);
  if (e->field == FIELD_EXACT) return report_exact(ctx, e, p, value, what);
  struct trace_source source = {&e->program, e->field, array_of, e};
  TRY(trace_nonfinite(ctx, &source, array, offset, 0, &c));
  if (!c.found)
    return FAIL(ctx, NOT_FINITE, NO_LOC, what->data,
                isnan(value->re) || isnan(value->im) ? "not a number (nan)" : "infinite");
  describe_operation(&c, &operation);
  strbuf_puts(&operation, c.code == OP_READ || c.code == OP_CONST ? " is " : " gives ");
  put_number(&c.value, &operation);
  enum status status =
      operation.failed ? diag_no_memory(ctx)
                       : FAIL(ctx, NOT_FINITE_HERE, c.loc, what->data, operation.data,
                              e->pieces.len == 0 ? "here" : "here (or in a derivative of this)");
  bool iteration = c.code != OP_ADD || c.nargs > 0; /* not a sum as a whole */
  if (status == STATUS_NONFINITE && iteration) {
    note_indices(ctx, e, &c);
    note_elements(ctx, e, p, &c);
  }
  strbuf_free(&operation);
  return status;
}

enum status evaluation_check_complex(struct context *ctx, const struct evaluation *e)
{
  if (e->field != FIELD_COMPLEX) return STATUS_OK;
  struct accident a = scalar_accident(e->scalar, -1);
  if (a.why == ARITHMETIC_OK) return STATUS_OK;
  struct culprit c = culprit_of(e, &a);
  enum status status = FAIL(ctx, NOT_REAL, a.loc, op_table[a.code].name);
  note_indices(ctx, e, &c);
  return status;
}

enum status evaluation_check_aux(struct context *ctx, struct evaluation *e, const struct problem *p,
                                 size_t k)
{
  int array = e->auxes.data[k];
  struct numbers v = evaluation_aux(e, k);
  int64_t i = numbers_first_nonfinite(&v, 0, v.count);
  if (i < 0) return STATUS_OK;
  struct strbuf what = {0};
  struct number value = numbers_get(&v, i);
  problem_element_name(p, array, i, &what);
  enum status status = report(ctx, e, p, array, i, &value, &what);
  strbuf_free(&what);
  return status;
}

enum status evaluation_check_value(struct context *ctx, struct evaluation *e,
                                   const struct problem *p)
{
  struct strbuf what = {0};
  enum status status = STATUS_OK;
  struct numbers v = evaluation_value(e);
  if (!numbers_is_finite(&v, 0)) {
    struct number value = numbers_get(&v, 0);
    strbuf_puts(&what, "the value");
    status = report(ctx, e, p, e->program.value, 0, &value, &what);
  }
  for (size_t k = 0; k < e->auxes.len && status == STATUS_OK; k++)
    status = evaluation_check_aux(ctx, e, p, k);
  strbuf_free(&what);
  return status;
}

enum status evaluation_check_gradient(struct context *ctx, struct evaluation *e,
                                      const struct problem *p)
{
  for (size_t k = 0; k < e->pieces.len; k++) {
    const struct piece *q = &e->pieces.data[k];
    if (q->array < 0) continue;
    struct numbers v = evaluation_array(e, q->array, 0);
    int64_t i = numbers_first_nonfinite(&v, 0, q->size);
    if (i < 0) continue;
    struct strbuf what = {0};
    struct number value = numbers_get(&v, i);
    strbuf_puts(&what, "the gradient in ");
    problem_unknown_name(p, q->unknown + i, &what);
    enum status status = report(ctx, e, p, q->array, i, &value, &what);
    strbuf_free(&what);
    return status;
  }
  return STATUS_OK;
}

static const struct piece *piece_of(const struct evaluation *e, int64_t u)
{
  for (size_t k = 0; k < e->pieces.len; k++) {
    const struct piece *q = &e->pieces.data[k];
    if (u >= q->unknown && u < q->unknown + q->size && q->array >= 0) return q;
  }
  return NULL;
}

/* Whether entry u of H times the indicator of the columns lo … hi-1 of a color is finite. */
static enum status probe(struct context *ctx, struct evaluation *e, const struct piece *q,
                         int64_t u, const struct coloring *c, int64_t color, int64_t lo, int64_t hi,
                         bool *finite)
{
  bool ok = true;
  for (int64_t i = lo; i < hi && ok; i++)
    if (c->color[i] == color) ok = numbers_set_real(&e->seeds, i, 1);
  enum status status = ok ? evaluation_run_lanes(ctx, e, &e->seeds, 1) : diag_no_memory(ctx);
  struct numbers v = evaluation_array(e, q->array, 0);
  *finite = numbers_is_finite(&v, u - q->unknown);
  struct numbers used = numbers_view(&e->seeds, lo, hi - lo);
  numbers_zero(&used);
  return status;
}

/* The column of the color that alone makes entry u of the product not finite, by bisection, and the
 * runs for it left behind; or -1, if there is none such: the whole row is not finite (0·∞ makes it
 * so in every direction), or only the sum is. */
static enum status find_column(struct context *ctx, struct evaluation *e, const struct piece *q,
                               int64_t u, const struct coloring *c, int64_t color, int64_t *column)
{
  int64_t lo = 0, hi = e->n;
  bool alone, first, second;
  TRY(probe(ctx, e, q, u, c, color, 0, 0, &alone));
  while (alone && hi - lo > 1) {
    int64_t middle = lo + (hi - lo) / 2;
    TRY(probe(ctx, e, q, u, c, color, lo, middle, &first));
    second = first;
    if (first) TRY(probe(ctx, e, q, u, c, color, middle, hi, &second));
    if (!first)
      hi = middle;
    else if (!second)
      lo = middle;
    else
      alone = false;
  }
  *column = alone ? lo : -1;
  return probe(ctx, e, q, u, c, color, alone ? lo : 0, alone ? hi : e->n, &first);
}

/* Where the first entry stands that is not finite: its row, and its unknown (-1: there is none). */
static void find_entry(const struct evaluation *e, const struct numbers *rows, int64_t count,
                       int64_t *row, int64_t *u)
{
  *u = -1;
  for (*row = 0; *row < count; ++*row)
    if ((*u = numbers_first_nonfinite(rows, *row * e->n, e->n)) >= 0) return;
}

enum status evaluation_blame_rows(struct context *ctx, struct evaluation *e,
                                  const struct problem *p, const struct numbers *rows,
                                  int64_t first, int64_t count, const struct coloring *coloring,
                                  const struct numbers *directions)
{
  int64_t row, u, column = -1;
  find_entry(e, rows, count, &row, &u);
  const struct piece *q = u >= 0 ? piece_of(e, u) : NULL;
  if (!q) return STATUS_OK;
  struct number value = numbers_get(rows, row * e->n + u); /* the runs below overwrite rows */
  if (coloring && e->field != FIELD_EXACT) {
    TRY(evaluation_make_seeds(ctx, e));
    TRY(find_column(ctx, e, q, u, coloring, first + row, &column));
  } else if (directions && e->field != FIELD_EXACT) {
    struct numbers seeds = numbers_view(directions, row * e->n, e->n);
    TRY(evaluation_run_lanes(ctx, e, &seeds, 1));
  }
  struct strbuf what = {0};
  if (column >= 0) {
    strbuf_puts(&what, "H[");
    problem_unknown_name(p, u, &what);
    strbuf_puts(&what, ", ");
    problem_unknown_name(p, column, &what);
    strbuf_putc(&what, ']');
  } else {
    strbuf_puts(&what, coloring ? "the Hessian's row of " : "the Hessian-vector product in ");
    problem_unknown_name(p, u, &what);
    if (!coloring && count > 1) strbuf_printf(&what, " (vector %lld)", (long long)row + 1);
  }
  enum status status = report(ctx, e, p, q->array, u - q->unknown, &value, &what);
  strbuf_free(&what);
  return status;
}

enum status evaluation_check_rows(struct context *ctx, struct evaluation *e,
                                  const struct problem *p, const struct numbers *rows,
                                  int64_t count, const struct coloring *coloring,
                                  const struct numbers *directions)
{
  if (numbers_first_nonfinite(rows, 0, count * e->n) < 0) return STATUS_OK;
  TRY(evaluation_plain(ctx, e, &e));
  return evaluation_blame_rows(ctx, e, p, rows, 0, count, coloring, directions);
}
