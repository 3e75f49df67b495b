/* Minimizes a model with Ipopt: once with the exact sparse Hessian from asdex, and once with
 * Ipopt's own limited-memory approximation, and compares the iterations.
 *
 *   ipopt MODEL.expr [NAME=VALUE]...
 *   cc ipopt.c $(pkg-config --cflags --libs asdex ipopt) */
#include <asdex.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <IpStdCInterface.h>

enum { SETTINGS_MAX = 20 };

struct user {
  asdex_plan *plan;
  int iterations;
};

/* Ipopt says when the point is new; asdex computes what belongs to a point once.  A point without a
 * finite value is no reason to stop: Ipopt takes a shorter step. */
static int move(struct user *u, Bool new_x, const Number *x)
{
  return !new_x || asdex_plan_set_point(u->plan, x) == ASDEX_OK;
}

static Bool value(Index n, Number *x, Bool new_x, Number *f, UserDataPtr data)
{
  struct user *u = data;
  (void)n;
  return move(u, new_x, x) && asdex_plan_value(u->plan, f) == ASDEX_OK;
}

static Bool gradient(Index n, Number *x, Bool new_x, Number *g, UserDataPtr data)
{
  struct user *u = data;
  (void)n;
  return move(u, new_x, x) && asdex_plan_gradient(u->plan, NULL, g) == ASDEX_OK;
}

/* There are no constraints. */
static Bool constraints(Index n, Number *x, Bool new_x, Index m, Number *g, UserDataPtr data)
{
  (void)n, (void)m, (void)g;
  return move(data, new_x, x);
}

static Bool jacobian(Index n, Number *x, Bool new_x, Index m, Index nnz, Index *rows,
                     Index *columns, Number *values, UserDataPtr data)
{
  (void)n, (void)m, (void)nnz, (void)rows, (void)columns;
  return !values || !x || move(data, new_x, x);
}

/* The lower triangle, entry by entry: first where they stand, then, again and again, the values. */
static Bool hessian(Index n, Number *x, Bool new_x, Number factor, Index m, Number *lambda,
                    Bool new_lambda, Index nnz, Index *rows, Index *columns, Number *values,
                    UserDataPtr data)
{
  struct user *u = data;
  (void)m, (void)lambda, (void)new_lambda;
  if (values) {
    if (!move(u, new_x, x) || asdex_plan_hessian(u->plan, values) != ASDEX_OK) return FALSE;
    for (Index k = 0; k < nnz; k++) values[k] *= factor;
    return TRUE;
  }
  const int64_t *starts = asdex_plan_starts(u->plan);
  for (Index j = 0; j < n; j++)
    for (int64_t k = starts[j]; k < starts[j + 1]; k++) {
      rows[k] = asdex_plan_rows(u->plan)[k];
      columns[k] = j;
    }
  return TRUE;
}

static Bool count_iterations(Index mode, Index iteration, Number f, Number inf_pr, Number inf_du,
                             Number mu, Number norm, Number regularization, Number alpha_du,
                             Number alpha_pr, Index trials, UserDataPtr data)
{
  (void)mode, (void)f, (void)inf_pr, (void)inf_du, (void)mu, (void)norm, (void)regularization;
  (void)alpha_du, (void)alpha_pr, (void)trials;
  ((struct user *)data)->iterations = iteration;
  return TRUE;
}

/* Ipopt's interface does not say const. */
static void set_text(IpoptProblem p, const char *option, const char *text)
{
  AddIpoptStrOption(p, (char *)option, (char *)text);
}

static void set_number(IpoptProblem p, const char *option, int number)
{
  AddIpoptIntOption(p, (char *)option, number);
}

/* Solves from x on, and prints a line.  Ipopt is quiet otherwise. */
static int solve(asdex_plan *plan, int n, double *x, double *bounds, const char *hessian_by)
{
  struct user u = {.plan = plan};
  double f = NAN;
  for (int i = 0; i < n; i++) bounds[i] = -2e19, bounds[n + i] = 2e19;
  IpoptProblem p =
      CreateIpoptProblem(n, bounds, bounds + n, 0, NULL, NULL, 0, (Index)asdex_plan_nnz(plan), 0,
                         value, constraints, gradient, jacobian, hessian);
  if (!p) return 1;
  set_text(p, "hessian_approximation", hessian_by);
  set_number(p, "print_level", 0);
  set_number(p, "max_iter", 3000);
  set_text(p, "sb", "yes");
  SetIntermediateCallback(p, count_iterations);
  enum ApplicationReturnStatus status = IpoptSolve(p, x, NULL, &f, NULL, NULL, NULL, &u);
  FreeIpoptProblem(p);
  printf("%-14s %5d iterations, f = %.10g%s\n", hessian_by, u.iterations, f,
         status == Solve_Succeeded               ? ""
         : status == Solved_To_Acceptable_Level  ? " (acceptable)"
         : status == Maximum_Iterations_Exceeded ? " (not solved: iterations)"
                                                 : " (not solved)");
  return status != Solve_Succeeded && status != Solved_To_Acceptable_Level;
}

static asdex_status load(asdex_context *context, int argc, char **argv, asdex_model **model)
{
  asdex_setting settings[SETTINGS_MAX] = {{0}};
  asdex_model_options options = {.file = argv[1], .settings = settings};
  for (int i = 2; i < argc && i - 2 < SETTINGS_MAX; i++) {
    char *text = strchr(argv[i], '=');
    if (text) *text++ = '\0';
    settings[i - 2] = (asdex_setting){.kind = ASDEX_SET_TEXT, .name = argv[i], .text = text};
    options.num_settings++;
  }
  return asdex_model_load(context, &options, model);
}

static asdex_status run(asdex_context *context, const asdex_model *model, int *unsolved)
{
  const asdex_plan_options what = {.compute = ASDEX_VALUE | ASDEX_GRADIENT | ASDEX_HESSIAN};
  int n = asdex_model_unknowns(model);
  asdex_plan *plan = NULL;
  double *room = calloc(3 * (size_t)n + 1, sizeof *room);
  if (!room) return ASDEX_LIMIT;
  asdex_status status = asdex_plan_create(context, model, &what, &plan);
  static const char *const kinds[] = {"exact", "limited-memory"};
  for (int k = 0; k < 2 && status == ASDEX_OK; k++) {
    status = asdex_model_point(context, model, NULL, room);
    if (status == ASDEX_OK) *unsolved |= solve(plan, n, room, room + n, kinds[k]);
  }
  asdex_plan_free(plan);
  free(room);
  return status;
}

int main(int argc, char **argv)
{
  asdex_model *model = NULL;
  int unsolved = 0;
  asdex_context *context = asdex_context_create(NULL);
  if (argc < 2 || !context) {
    fprintf(stderr, "usage: ipopt MODEL.expr [NAME=VALUE]...\n");
    asdex_context_free(context);
    return ASDEX_USAGE;
  }
  asdex_status status = load(context, argc, argv, &model);
  if (status == ASDEX_OK) status = run(context, model, &unsolved);
  const asdex_diagnostic *list;
  size_t count = asdex_context_diagnostics(context, &list);
  for (size_t i = 0; i < count && status != ASDEX_OK; i++)
    fprintf(stderr, "%s:%zu:%zu: %s\n", list[i].file ? list[i].file : "ipopt", list[i].line,
            list[i].column, list[i].message);
  asdex_model_free(model);
  asdex_context_free(context);
  return status != ASDEX_OK ? (int)status : unsolved;
}
