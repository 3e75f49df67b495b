/* What the subcommands have in common: from the options to a problem, a point, a pattern, a
 * coloring, an evaluation and an output, each stage timed. */
#ifndef ASDEX_CMD_WORK_H
#define ASDEX_CMD_WORK_H

#include "cmd/options.h"
#include "cmd/progress.h"
#include "cmd/readers.h"
#include "cmd/timing.h"
#include "hessian/plan.h"
#include "io/sink.h"

struct work {
  struct context *ctx;
  const struct options *o;
  struct options points_options; /* what o is for several points */
  struct timing timing;
  struct progress progress;
  int source;              /* the input */
  struct problem *problem; /* NULL: no model */
  bool has_set;            /* it has parameters that the last point set */
  int32_t n;               /* unknowns */
  struct numbers x;        /* the point */
  struct problem *exact;   /* of --check exact: the problem and the point in rational numbers */
  struct numbers exact_x;
  struct pattern pattern;
  struct coloring coloring;
  bool has_mode; /* false: a coloring that was not made for a model */
  enum hessian_mode mode;
  struct saved_coloring saved; /* --coloring; its coloring and pattern are moved to those above */
  int coloring_source;         /* its file */
  struct recovery *recovery;   /* with --coloring, which is checked by that; else NULL */
  struct evaluation *evaluation;
  char *comment; /* for Matrix Market, one line; NULL: none */
};

/* Zeroes w and sets the limits.  work_end frees everything, prints --timings, and returns `status`.
 */
void work_begin(struct work *w, struct context *ctx, const struct options *o);
enum status work_end(struct work *w, enum status status) MUST_CHECK;

/* Reads the text of the input into w->source. */
enum status work_read(struct work *w) MUST_CHECK;

/* Reads the input as a model; or as a model or a pattern (then w->problem stays NULL). */
enum status work_load(struct work *w) MUST_CHECK;
enum status work_load_any(struct work *w) MUST_CHECK;

/* The same, and the coloring of --validate into w->coloring; its blocks are those of the problem.
 */
enum status work_load_validated(struct work *w) MUST_CHECK;

/* Reads the input, whatever can be drawn: of a model as work_load does (*out stays empty); else the
 * positions into *out and, if it is a coloring or there is --coloring, that into w->coloring. */
enum status work_load_entries(struct work *w, struct entries *out) MUST_CHECK;

/* The problem with `set` (a map of parameters, or NULL), which holds until it is called again. What
 * was made before is kept if it fits; else it is freed, and w->evaluation is NULL. */
enum status work_set(struct work *w, const struct data *set) MUST_CHECK;

/* Each needs what stands before it. */
enum status work_point(struct work *w, const struct point_input *in) MUST_CHECK; /* NULL: --at */
enum status work_pattern(struct work *w) MUST_CHECK;  /* found, or read */
enum status work_coloring(struct work *w) MUST_CHECK; /* with the pattern, which it fits */
enum status work_evaluation(struct work *w, enum evaluation_kind kind,
                            int64_t directions) MUST_CHECK;

/* w->evaluation at the point, and what rides along checked, as by work_check. */
enum status work_evaluate_point(struct work *w, enum status *finite) MUST_CHECK;
/* `check`, what a check for finite numbers gave; a value that is not finite is reported, and
 * `*finite` is its status (STATUS_NONFINITE): the result is still to be written, unless it is
 * exact. */
enum status work_check(const struct work *w, enum status *finite, enum status check) MUST_CHECK;

/* --coloring of a command without a model: fills coloring, pattern, n. */
enum status work_saved_coloring(struct work *w) MUST_CHECK;

/* A plan makes all that is needed at every point, and room for the result: `compressed` for B,
 * num_colors × n, `values` for the entries of the Hessian; what was there is freed. */
enum status work_plan_compressed(struct work *w, struct numbers *compressed) MUST_CHECK;
enum status work_plan_hessian(struct work *w, struct numbers *values) MUST_CHECK;

/* The result at the point; the Hessian without holding B.  A value that is not finite is reported,
 * and `*finite` is its status (STATUS_NONFINITE): the result is still to be written. */
enum status work_compress(struct work *w, struct numbers *compressed,
                          enum status *finite) MUST_CHECK;
enum status work_hessian(struct work *w, struct numbers *values, enum status *finite) MUST_CHECK;

/* Whether the values of the Hessian are those on and above the diagonal alone, as Matrix Market's
 * lower triangle is written from them; else they are parallel to pattern.ind. */
bool work_upper_values(const struct work *w);

/* The values of the Hessian from B, in its field. */
enum status work_recover(struct work *w, const struct numbers *compressed,
                         struct numbers *values) MUST_CHECK;

/* --verbose: a line on standard error. */
void work_say(struct work *w, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
