/* References by Hessian-vector products of the uncolored program. */
#include "config.h"

#include "hessian/verify_parts.h"

#include <string.h>

static enum hessian_mode other_mode(enum hessian_mode mode)
{
  return mode == MODE_FWD_OVER_REV ? MODE_REV_OVER_FWD : MODE_FWD_OVER_REV;
}

enum status verify_products(const struct verify *s, const struct problem *p,
                            const struct numbers *x, int64_t directions, struct evaluation **out)
{
  struct evaluation_options options = {.kind = EVALUATE_HVP,
                                       .mode = other_mode(s->options->mode),
                                       .directions = directions,
                                       .lanes = s->options->chunk};
  TRY(evaluation_create(s->ctx, p, &options, out));
  return evaluation_point(s->ctx, *out, x);
}

/* Directions that are taken at a time, and the products. */
struct products {
  struct evaluation *e;
  int64_t lanes;
  struct numbers v, reference;  /* lanes × n, of the reference's field */
  struct numbers own, absolute; /* n: H·v by the sparse matrix, sizes of its terms */
};

static void products_free(struct products *q)
{
  evaluation_free(q->e);
  numbers_free(&q->v);
  numbers_free(&q->reference);
  numbers_free(&q->own);
  numbers_free(&q->absolute);
}

static enum status products_create(const struct verify *s, const struct problem *p,
                                   const struct numbers *x, int64_t directions, struct products *q)
{
  enum field field = problem_field(p);
  memset(q, 0, sizeof *q);
  TRY(verify_products(s, p, x, directions, &q->e));
  q->lanes = evaluation_lanes(q->e);
  TRY(verify_vectors(s, field, q->lanes, &q->v));
  TRY(verify_vectors(s, field, q->lanes, &q->reference));
  TRY(verify_vectors(s, s->field, 1, &q->own));
  return verify_vectors(s, FIELD_REAL, 1, &q->absolute);
}

/* ---- random directions ---- */

static enum status compare_products(struct verify *s, struct products *q, int64_t lane,
                                    int64_t probe)
{
  struct numbers v = numbers_view(&q->v, lane * s->n, s->n);
  TRY(verify_multiply(s, &v, &q->own, q->absolute.re));
  for (int64_t i = 0; i < s->n; i++) {
    struct verify_report entry = {.row = i,
                                  .column = -1,
                                  .probe = probe,
                                  .value = numbers_get(&q->own, i),
                                  .reference = numbers_get(&q->reference, lane * s->n + i)};
    TRY(verify_error(s, &entry.value, &entry.reference, verify_rounding(q->absolute.re[i]),
                     &entry.error));
    verify_note(s, &entry);
  }
  return STATUS_OK;
}

static enum status run_probes(struct verify *s, struct products *q, uint64_t *state)
{
  int64_t probes = s->options->probes;
  for (int64_t k = 0; k < probes; k += q->lanes) {
    int64_t count = probes - k < q->lanes ? probes - k : q->lanes;
    for (int64_t l = 0; l < count; l++) {
      struct numbers v = numbers_view(&q->v, l * s->n, s->n);
      TRY(verify_direction(s, state, &v));
    }
    TRY(evaluation_hvp(s->ctx, q->e, &q->v, count, &q->reference));
    for (int64_t l = 0; l < count; l++) TRY(compare_products(s, q, l, k + l));
  }
  return STATUS_OK;
}

enum status verify_probes(struct verify *s, uint64_t *state)
{
  struct products q;
  enum status status = products_create(s, s->p, s->x, s->options->probes, &q);
  if (status == STATUS_OK) status = run_probes(s, &q, state);
  products_free(&q);
  return status;
}

/* ---- columns ---- */

static enum status set_units(const struct verify *s, struct products *q, int64_t first,
                             int64_t count, double value)
{
  for (int64_t l = 0; l < count; l++)
    if (!numbers_set_real(&q->v, l * s->n + first + l, value)) return diag_no_memory(s->ctx);
  return STATUS_OK;
}

static enum status run_columns(struct verify *s, struct products *q, verify_column_check *check,
                               void *state)
{
  for (int64_t k = 0; k < s->n; k += q->lanes) {
    int64_t count = s->n - k < q->lanes ? s->n - k : q->lanes;
    TRY(set_units(s, q, k, count, 1));
    TRY(evaluation_hvp(s->ctx, q->e, &q->v, count, &q->reference));
    TRY(set_units(s, q, k, count, 0));
    for (int64_t l = 0; l < count; l++) {
      struct numbers reference = numbers_view(&q->reference, l * s->n, s->n);
      TRY(check(s, q->e, k + l, &reference, state));
    }
  }
  return STATUS_OK;
}

enum status verify_each_column(struct verify *s, const struct problem *p, const struct numbers *x,
                               verify_column_check *check, void *state)
{
  struct products q;
  enum status status = products_create(s, p, x, s->n, &q);
  if (status == STATUS_OK) status = run_columns(s, &q, check, state);
  products_free(&q);
  return status;
}

static enum status compare_column(struct verify *s, struct evaluation *e, int64_t j,
                                  const struct numbers *reference, void *room)
{
  (void)e;
  return verify_column(s, j, reference, NULL, room);
}

enum status verify_dense(struct verify *s)
{
  struct numbers room = {0};
  enum status status = verify_vectors(s, s->field, 1, &room);
  if (status == STATUS_OK) status = verify_each_column(s, s->p, s->x, compare_column, &room);
  numbers_free(&room);
  return status;
}

/* H is symmetric: column i is row i. */
enum status verify_product_row(const struct verify *s, int64_t i, struct numbers *row)
{
  struct products q;
  enum status status = products_create(s, s->p, s->x, 1, &q);
  if (status == STATUS_OK) status = set_units(s, &q, i, 1, 1);
  if (status == STATUS_OK) status = evaluation_hvp(s->ctx, q.e, &q.v, 1, row);
  products_free(&q);
  return status;
}
