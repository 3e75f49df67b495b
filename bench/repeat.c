/* asdex's library, as a program with a loop around it would use it: set up once, then the sparse
 * Hessian at many points.
 *
 *   repeat MODEL PARAMETER=VALUE [-o FILE.mtx]
 *
 * Prints the sizes, the seconds of setting up, of the first evaluation and decompression and of a
 * repeated one, and how often that allocated memory. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "hessian/plan.h"
#include "io/mtx.h"
#include "problems.h"

struct repeat {
  struct problem *problem;
  struct pattern pattern;
  struct coloring coloring;
  struct recovery *recovery;
  struct evaluation *evaluation;
  struct numbers start, x, values;
};

static enum status load(struct context *ctx, const char *model, char *setting, struct repeat *r)
{
  char *value = strchr(setting, '=');
  if (!value) return STATUS_USAGE;
  *value++ = '\0';
  struct parameter_input input = {.kind = INPUT_SET, .name = setting, .text = value};
  struct problem_options options = {.model_path = model, .inputs = &input, .ninputs = 1};
  TRY(file_read(ctx, model, &options.model_source));
  return problem_load(ctx, &options, &r->problem);
}

static enum status set_up(struct context *ctx, struct repeat *r)
{
  const struct coloring_options star = {METHOD_STAR, ORDERING_LARGEST_FIRST, 0, false};
  TRY(problem_pattern(ctx, r->problem, &r->pattern));
  TRY(coloring_compute(ctx, &r->pattern, &star, &r->coloring));
  TRY(recovery_create_upper(ctx, &r->pattern, &r->coloring, &r->recovery));
  const struct evaluation_options options = {.kind = EVALUATE_HVP,
                                             .directions = r->coloring.num_colors};
  TRY(evaluation_create(ctx, r->problem, &options, &r->evaluation));
  double n = (double)problem_program(r->problem)->nx;
  TRY(numbers_create(ctx, FIELD_REAL, n, "the start", &r->start));
  TRY(numbers_create(ctx, FIELD_REAL, n, "the point", &r->x));
  TRY(numbers_create(ctx, FIELD_REAL, (double)recovery_count(r->recovery), "values", &r->values));
  return problem_point(ctx, r->problem, NULL, &r->start);
}

static enum status evaluate(struct context *ctx, struct repeat *r, const struct numbers *x)
{
  enum status finite;
  TRY(evaluation_point(ctx, r->evaluation, x));
  TRY(evaluation_hessian(ctx, r->evaluation, r->problem, &r->coloring, r->recovery, &r->values,
                         &finite));
  return finite;
}

static void *count_allocation(void *count, void *old, size_t size)
{
  if (size > 0) ++*(long *)count;
  if (size > 0) return realloc(old, size);
  free(old);
  return NULL;
}

static enum status count_allocations(struct context *ctx, struct repeat *r, long *count)
{
  *count = 0;
  mem_set_hook(count_allocation, count);
  enum status status = evaluate(ctx, r, &r->x);
  mem_set_hook(NULL, NULL);
  return status;
}

static enum status repeat(struct context *ctx, struct repeat *r, double *seconds)
{
  struct timer t = {0};
  while (timer_more(&t)) {
    point_at_step(r->start.re, r->start.count, t.count + 1, r->x.re);
    timer_start(&t);
    for (int k = 0; k < t.inner; k++) TRY(evaluate(ctx, r, &r->x));
    timer_stop(&t);
  }
  *seconds = timer_median(&t);
  return STATUS_OK;
}

static enum status write_matrix(struct context *ctx, const struct repeat *r, const char *path)
{
  struct sink *out;
  TRY(sink_open(ctx, path, &out));
  enum status status = mtx_write_symmetric(out, &r->pattern, r->values.re, false, NULL);
  if (status == STATUS_OK) return sink_commit(out);
  sink_abandon(out);
  return status;
}

static enum status run(struct context *ctx, int argc, char **argv, struct repeat *r)
{
  long allocations = 0;
  double repeated = 0, begin = now();
  TRY(load(ctx, argv[1], argv[2], r));
  TRY(set_up(ctx, r));
  double ready = now();
  TRY(evaluate(ctx, r, &r->start));
  double first = now() - ready;
  if (argc == 5 && !strcmp(argv[3], "-o")) TRY(write_matrix(ctx, r, argv[4]));
  TRY(repeat(ctx, r, &repeated));
  TRY(count_allocations(ctx, r, &allocations));
  printf("n=%ld nnz=%lld colors=%ld chunk=%lld setup=%.9f first=%.9f repeat=%.9f allocations=%ld\n",
         (long)r->pattern.n, (long long)pattern_nnz(&r->pattern), (long)r->coloring.num_colors,
         (long long)evaluation_lanes(r->evaluation), ready - begin, first, repeated, allocations);
  return STATUS_OK;
}

int main(int argc, char **argv)
{
  struct context ctx;
  struct repeat r = {0};
  context_init(&ctx);
  enum status status = argc >= 3 ? run(&ctx, argc, argv, &r) : STATUS_USAGE;
  for (size_t i = 0; i < ctx.diags.len; i++)
    fprintf(stderr, "repeat: %s\n", ctx.diags.data[i].message);
  if (status == STATUS_USAGE) fputs("usage: repeat MODEL PARAMETER=VALUE [-o FILE.mtx]\n", stderr);
  evaluation_free(r.evaluation);
  recovery_free(r.recovery);
  coloring_free(&r.coloring);
  pattern_free(&r.pattern);
  problem_free(r.problem);
  numbers_free(&r.start);
  numbers_free(&r.x);
  numbers_free(&r.values);
  context_free(&ctx);
  return (int)status;
}
