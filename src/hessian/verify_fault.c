/* What is behind a wrong product: an entry that the pattern lacks, or a wrong one. */
#include "config.h"

#include "hessian/verify_parts.h"

#include <math.h>
#include <string.h>

struct suspect {
  bool lacking;        /* by the pattern */
  int64_t row, column; /* column -1: there is none */
  struct number value, reference;
  double distance;
};

static void suspect_free(struct suspect *q)
{
  rational_drop(q->value.exact);
  rational_drop(q->reference.exact);
}

static void suspect_set(struct suspect *q, const struct suspect *to)
{
  rational_keep(to->value.exact);
  rational_keep(to->reference.exact);
  suspect_free(q);
  *q = *to;
}

/* Entry (row, column), by how much it differs beyond what the reference may be wrong by. */
static enum status look_at(const struct verify *s, struct suspect *q, double slack)
{
  double error;
  bool known = verify_is_finite(s->field, &q->reference);
  q->lacking = !verify_entry(s, q->row, q->column, &q->value);
  TRY(verify_error(s, &q->value, &q->reference, slack, &error));
  q->lacking = q->lacking && known && error > s->most;
  if (known)
    TRY(verify_distance(s, &q->value, &q->reference, &q->distance));
  else
    q->distance = NAN;
  q->distance -= slack;
  if (isnan(q->distance) && isfinite(slack)) q->distance = INFINITY;
  return STATUS_OK;
}

static enum status reference_row(const struct verify *s, int64_t i, struct numbers *row,
                                 double *slack)
{
  memset(slack, 0, (size_t)s->n * sizeof *slack);
  return s->report->finite_difference ? verify_difference_row(s, i, row, slack)
                                      : verify_product_row(s, i, row);
}

static enum status search_row(const struct verify *s, int64_t i, const struct numbers *row,
                              const double *slack, struct suspect *worst)
{
  for (int64_t j = 0; j < s->n; j++) {
    struct suspect q = {.row = i, .column = j, .reference = numbers_get(row, j)};
    TRY(look_at(s, &q, slack[j]));
    if (worst->lacking && !q.lacking) continue;
    if (q.distance > worst->distance || q.lacking != worst->lacking) suspect_set(worst, &q);
  }
  return STATUS_OK;
}

/* The worst entry of row i by the reference that found fault with it; those that the pattern lacks
 * come first, as they are added to others that are recovered from the same row. */
static enum status look_at_row(const struct verify *s, int64_t i, struct suspect *worst)
{
  struct numbers row = {0}, slack = {0};
  enum status status = verify_vectors(s, s->field, 1, &row);
  *worst = (struct suspect){.row = i, .column = -1};
  if (status == STATUS_OK) status = verify_vectors(s, FIELD_REAL, 1, &slack);
  if (status == STATUS_OK) status = reference_row(s, i, &row, slack.re);
  if (status == STATUS_OK) status = search_row(s, i, &row, slack.re, worst);
  numbers_free(&row);
  numbers_free(&slack);
  return status;
}

/* The report takes the numbers over. */
static void report_suspect(struct verify *s, const struct suspect *q)
{
  struct verify_report *r = s->report;
  r->pattern_at_fault = q->lacking;
  if (q->column < 0) return;
  r->entry_row = q->row;
  r->entry_column = q->column;
  r->entry_value = q->value;
  r->entry_reference = q->reference;
}

/* A value is read from one of its two rows, so what the pattern lacks may be in the other one. */
enum status verify_find_entry(struct verify *s)
{
  struct suspect first, second = {0};
  enum status status = look_at_row(s, s->report->row, &first);
  bool other = !first.lacking && first.column >= 0 && first.column != first.row;
  if (status == STATUS_OK && other) status = look_at_row(s, first.column, &second);
  if (second.lacking) suspect_set(&first, &second);
  suspect_free(&second);
  report_suspect(s, &first);
  return status;
}
