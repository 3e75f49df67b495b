/* Doubles against rational numbers. */
#include "config.h"

#include "hessian/verify_parts.h"

#include <math.h>

struct comparison {
  struct numbers column; /* n: of the matrix under test */
  double largest;        /* exact value, in size */
  /* of the entries whose exact value is 0 the one that is farthest from it */
  double off_zero;
  int64_t row, column_off_zero;
};

static double digits_of(double distance, double size)
{
  if (distance == 0) return VERIFY_DIGITS;
  return size > distance ? fmin(VERIFY_DIGITS, -log10(distance / size)) : 0;
}

static void note_digits(struct verify *s, int64_t i, int64_t j, double digits)
{
  struct verify_report *r = s->report;
  if (!(digits < r->digits)) return;
  r->digits = digits;
  r->digits_row = i;
  r->digits_column = j;
}

/* Entry (i, j) is off by `distance` from an exact value of this size. */
static void count_digits(struct verify *s, struct comparison *c, int64_t i, int64_t j,
                         double distance, double size)
{
  if (size > 0 || isinf(distance)) {
    note_digits(s, i, j, digits_of(distance, size));
  } else if (distance > c->off_zero) {
    c->off_zero = distance;
    c->row = i;
    c->column_off_zero = j;
  }
}

/* |value - reference|.  Of the nearest double to the reference no digit is wrong. */
static enum status measure(struct verify *s, double value, const struct number *reference,
                           double *distance, bool *nearest)
{
  struct number own = {0};
  *distance = INFINITY;
  *nearest = value == (reference->exact ? rational_to_double(reference->exact) : 0);
  if (!isfinite(value)) return STATUS_OK;
  *distance = 0;
  if (value == 0 && !reference->exact) return STATUS_OK;
  if (rational_of_double(value, &own.exact) != RATIONAL_OK) return diag_no_memory(s->ctx);
  enum status status = verify_exact_distance(s, &own, reference, distance);
  rational_drop(own.exact);
  return status;
}

static enum status compare_entry(struct verify *s, struct comparison *c, int64_t i, int64_t j,
                                 const struct number *reference)
{
  struct verify_report entry = {.row = i,
                                .column = j,
                                .probe = j,
                                .value = numbers_get(&c->column, i),
                                .reference = *reference};
  double distance, size = verify_size(FIELD_EXACT, reference);
  bool nearest;
  TRY(measure(s, entry.value.re, reference, &distance, &nearest));
  if (!nearest) count_digits(s, c, i, j, distance, size);
  c->largest = fmax(c->largest, size);
  entry.error = distance == 0 ? 0 : distance / (s->atol + s->rtol * size);
  if (isnan(entry.error)) entry.error = INFINITY; /* both beyond the doubles */
  verify_note(s, &entry);
  return STATUS_OK;
}

/* A reference without a value is the error that exact mode makes of it. */
static enum status compare_column(struct verify *s, struct evaluation *e, int64_t j,
                                  const struct numbers *reference, void *state)
{
  struct comparison *c = state;
  TRY(evaluation_check_rows(s->ctx, e, s->options->exact, reference, 1, NULL, NULL));
  verify_expand(s, j, &c->column);
  for (int64_t i = 0; i < s->n; i++) {
    struct number exact = numbers_get(reference, i);
    TRY(compare_entry(s, c, i, j, &exact));
  }
  return STATUS_OK;
}

enum status verify_exactly(struct verify *s)
{
  struct comparison c = {0};
  enum status status = verify_vectors(s, s->field, 1, &c.column);
  if (status == STATUS_OK)
    status = verify_each_column(s, s->options->exact, s->options->exact_x, compare_column, &c);
  if (c.off_zero > 0) note_digits(s, c.row, c.column_off_zero, digits_of(c.off_zero, c.largest));
  numbers_free(&c.column);
  return status;
}
