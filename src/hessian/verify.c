#include "config.h"

#include "hessian/verify_parts.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/random.h"
#include "program/arithmetic.h"

const char *const check_names[CHECK_COUNT] = {"matvec", "dense", "fd", "exact"};

enum status verify_vectors(const struct verify *s, enum field field, int64_t count,
                           struct numbers *out)
{
  return numbers_create(s->ctx, field, (double)count * (double)s->n, "the check", out);
}

/* ---- comparing ---- */

double verify_size(enum field field, const struct number *x)
{
  if (field == FIELD_EXACT) return x->exact ? fabs(rational_to_double(x->exact)) : 0;
  return field == FIELD_REAL ? fabs(x->re) : hypot(x->re, x->im);
}

bool verify_is_finite(enum field field, const struct number *x)
{
  if (field == FIELD_EXACT) return !x->exact || !rational_is_fault(x->exact, NULL, NULL);
  return isfinite(x->re) && (field == FIELD_REAL || isfinite(x->im));
}

enum status verify_exact_distance(const struct verify *s, const struct number *a,
                                  const struct number *b, double *distance)
{
  struct number d = {0};
  enum arithmetic result = number_op(FIELD_EXACT, OP_SUB, a, b, NULL, 0, &d);
  if (result == ARITHMETIC_NO_MEMORY) return diag_no_memory(s->ctx);
  *distance = result == ARITHMETIC_OK ? verify_size(FIELD_EXACT, &d) : INFINITY;
  if (*distance == 0 && d.exact && rational_sign(d.exact)) *distance = DBL_TRUE_MIN;
  rational_drop(d.exact);
  return STATUS_OK;
}

enum status verify_distance(const struct verify *s, const struct number *a, const struct number *b,
                            double *distance)
{
  if (s->field == FIELD_EXACT) return verify_exact_distance(s, a, b, distance);
  *distance = s->field == FIELD_REAL ? fabs(a->re - b->re) : hypot(a->re - b->re, a->im - b->im);
  return STATUS_OK;
}

static bool agree_nonfinite(const struct verify *s, const struct number *a, const struct number *b)
{
  bool matvec = s->options->check == CHECK_MATVEC && s->field != FIELD_EXACT;
  if (matvec && !verify_is_finite(s->field, a) && !verify_is_finite(s->field, b)) return true;
  return s->field != FIELD_EXACT && a->re == b->re && (s->field == FIELD_REAL || a->im == b->im);
}

enum status verify_error(const struct verify *s, const struct number *value,
                         const struct number *reference, double slack, double *error)
{
  double distance;
  if (!verify_is_finite(s->field, value) || !verify_is_finite(s->field, reference)) {
    *error = agree_nonfinite(s, value, reference) ? 0 : INFINITY;
    return STATUS_OK;
  }
  TRY(verify_distance(s, value, reference, &distance));
  *error = distance;
  if (s->field == FIELD_EXACT) return STATUS_OK;
  double tolerance = s->atol + s->rtol * verify_size(s->field, reference) + slack;
  *error = distance == 0 || isinf(slack) ? 0 : distance / tolerance;
  return STATUS_OK;
}

static void keep(const struct number *x)
{
  rational_keep(x->exact);
}

static void drop(struct number *x)
{
  rational_drop(x->exact);
  *x = (struct number){0};
}

void verify_report_free(struct verify_report *r)
{
  drop(&r->value);
  drop(&r->reference);
  drop(&r->entry_value);
  drop(&r->entry_reference);
}

void verify_report_entry(struct verify *s, const struct verify_report *entry)
{
  struct verify_report *r = s->report, old = *r;
  *r = *entry;
  keep(&r->value);
  keep(&r->reference);
  r->entry_value = r->entry_reference = (struct number){0};
  r->entry_row = r->entry_column = -1;
  r->ok = r->error <= s->most;
  r->probes = old.probes;
  r->field = old.field;
  r->reference_field = old.reference_field;
  r->digits = old.digits;
  r->digits_row = old.digits_row;
  r->digits_column = old.digits_column;
  verify_report_free(&old);
}

/* The first of equals is kept. */
void verify_note(struct verify *s, const struct verify_report *entry)
{
  if (s->report->row < 0 || entry->error > s->report->error) verify_report_entry(s, entry);
}

/* ---- the sparse matrix ---- */

static void multiply_doubles(const struct verify *s, const double *v, double *product,
                             double *absolute)
{
  const double *values = s->values->re;
  for (int64_t i = 0; i < s->n; i++) {
    double sum = 0, total = 0;
    for (int64_t k = s->pattern->ptr[i]; k < s->pattern->ptr[i + 1]; k++) {
      double term = values[k] * v[s->pattern->ind[k]];
      sum += term;
      total += fabs(term);
    }
    product[i] = sum;
    absolute[i] = total;
  }
}

/* sum += a·b; *size is that of the product. */
static enum status add_product(const struct verify *s, const struct number *a,
                               const struct number *b, struct number *sum, double *size)
{
  struct number term = {0}, next = {0};
  enum arithmetic result = number_op(s->field, OP_MUL, a, b, NULL, 0, &term);
  if (result == ARITHMETIC_OK) result = number_op(s->field, OP_ADD, sum, &term, NULL, 0, &next);
  *size = s->field == FIELD_COMPLEX ? verify_size(s->field, &term) : 0;
  drop(&term);
  if (result == ARITHMETIC_TOO_LARGE)
    return FAIL(s->ctx, EXACT_TOO_LARGE, NO_LOC, (int)RATIONAL_BITS_MAX);
  if (result != ARITHMETIC_OK) return diag_no_memory(s->ctx);
  drop(sum);
  *sum = next;
  return STATUS_OK;
}

enum status verify_multiply(const struct verify *s, const struct numbers *v,
                            struct numbers *product, double *absolute)
{
  enum status status = STATUS_OK;
  if (s->field == FIELD_REAL) {
    multiply_doubles(s, v->re, product->re, absolute);
    return STATUS_OK;
  }
  for (int64_t i = 0; i < s->n && status == STATUS_OK; i++) {
    struct number sum = {0};
    absolute[i] = 0;
    for (int64_t k = s->pattern->ptr[i]; k < s->pattern->ptr[i + 1] && status == STATUS_OK; k++) {
      double size = 0;
      struct number a = numbers_get(s->values, k), b = numbers_get(v, s->pattern->ind[k]);
      status = add_product(s, &a, &b, &sum, &size);
      absolute[i] += size;
    }
    numbers_set(product, i, &sum);
    drop(&sum);
  }
  return status;
}

bool verify_entry(const struct verify *s, int64_t i, int64_t j, struct number *value)
{
  int64_t at = pattern_find(s->pattern, (int32_t)i, (int32_t)j);
  *value = at >= 0 ? numbers_get(s->values, at) : (struct number){0};
  return at >= 0;
}

void verify_expand(const struct verify *s, int64_t j, struct numbers *column)
{
  numbers_zero(column);
  for (int64_t k = s->pattern->ptr[j]; k < s->pattern->ptr[j + 1]; k++) {
    struct number value;
    if (verify_entry(s, s->pattern->ind[k], j, &value))
      numbers_set(column, s->pattern->ind[k], &value);
  }
}

enum status verify_column(struct verify *s, int64_t j, const struct numbers *reference,
                          const double *slack, struct numbers *column)
{
  verify_expand(s, j, column);
  for (int64_t i = 0; i < s->n; i++) {
    struct number none;
    struct verify_report entry = {.row = i,
                                  .column = j,
                                  .probe = j,
                                  .value = numbers_get(column, i),
                                  .reference = numbers_get(reference, i)};
    TRY(verify_error(s, &entry.value, &entry.reference, slack ? slack[i] : 0, &entry.error));
    /* 0·∞ outside of the pattern comes from an entry inside, which is to be the one reported. */
    if (isinf(entry.error) && !verify_is_finite(s->field, &entry.reference) &&
        !verify_entry(s, i, j, &none))
      entry.error = DBL_MAX;
    verify_note(s, &entry);
  }
  return STATUS_OK;
}

enum status verify_direction(const struct verify *s, uint64_t *state, struct numbers *v)
{
  for (int64_t i = 0; i < s->n; i++) {
    if (!numbers_set_real(v, i, 2 * splitmix_uniform(state) - 1)) return diag_no_memory(s->ctx);
    if (s->field == FIELD_COMPLEX) v->im[i] = 2 * splitmix_uniform(state) - 1;
  }
  return STATUS_OK;
}

/* ---- the check ---- */

static enum status check_matvec(struct verify *s)
{
  uint64_t state = s->options->seed;
  s->report->probes = s->options->probes;
  TRY(verify_probes(s, &state));
  if (s->field != FIELD_EXACT) TRY(verify_difference(s, &state));
  bool look = !s->report->ok && !s->report->gradient_at_fault;
  return look ? verify_find_entry(s) : STATUS_OK;
}

static enum status check_columns(struct verify *s)
{
  struct verify_report *r = s->report;
  struct number none;
  switch (s->options->check) {
  case CHECK_FD: TRY(verify_difference_columns(s)); break;
  case CHECK_EXACT: TRY(verify_exactly(s)); break;
  default: TRY(verify_dense(s)); break;
  }
  r->probes = s->n;
  if (!r->ok && !r->gradient_at_fault)
    r->pattern_at_fault = !verify_entry(s, r->row, r->column, &none);
  return STATUS_OK;
}

enum status verify_hessian(struct context *ctx, const struct problem *p, const struct numbers *x,
                           const struct pattern *pattern, const struct numbers *values,
                           const struct verify_options *options, struct verify_report *report)
{
  enum verify_check check = options->check;
  enum field field = problem_field(p);
  double tolerance = check == CHECK_DENSE || check == CHECK_EXACT ? 1e-7 : 1e-5;
  struct verify s = {.ctx = ctx,
                     .p = p,
                     .field = field,
                     .x = x,
                     .pattern = pattern,
                     .values = values,
                     .options = options,
                     .report = report,
                     .n = pattern->n,
                     .rtol = options->rtol < 0 ? tolerance : options->rtol,
                     .atol = options->atol < 0 ? tolerance : options->atol,
                     .most = field == FIELD_EXACT ? 0 : 1};
  *report = (struct verify_report){.ok = true,
                                   .field = field,
                                   .reference_field = check == CHECK_EXACT ? FIELD_EXACT : field,
                                   .row = -1,
                                   .column = -1,
                                   .entry_row = -1,
                                   .entry_column = -1,
                                   .digits = VERIFY_DIGITS,
                                   .digits_row = -1,
                                   .digits_column = -1};
  if (s.n == 0) return STATUS_OK;
  return check == CHECK_MATVEC ? check_matvec(&s) : check_columns(&s);
}
