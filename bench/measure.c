#include "config.h"

#include "bench.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DENSE_MAX = 4000 };
static const double slow = 8; /* seconds: what takes longer is run once */

/* --- names ---------------------------------------------------------------------------------- */

struct name {
  char text[512];
};

static struct name in_folder(const struct bench *b, const char *name)
{
  struct name path;
  snprintf(path.text, sizeof path.text, "%s/%s", b->folder, name);
  return path;
}

static struct name program(const struct bench *b, const char *name)
{
  struct name path;
  snprintf(path.text, sizeof path.text, "%s/%s", b->programs, name);
  return path;
}

static struct name decimal(int64_t value)
{
  struct name text;
  snprintf(text.text, sizeof text.text, "%lld", (long long)value);
  return text;
}

int64_t bench_unknowns(int p, int64_t size)
{
  return p == LSE && size > DENSE_MAX ? 0 : problem_unknowns(p, problem_side(p, size));
}

/* --- one run -------------------------------------------------------------------------------- */

static void complain(struct bench *b, const char *what, const struct run *r)
{
  b->disagreement = true;
  fprintf(stderr, "bench: %s failed with status %d: %.300s\n", what, r->status, r->text);
}

/* A problem at one size. */
struct task {
  struct bench *b;
  int problem;
  const char *name;
  int64_t size, n;
  bool check; /* results are written and nothing is noted */
};

static void note(const struct task *t, const char *tool, const char *measure, double value)
{
  if (!t->check) samples_add(&t->b->samples, t->name, t->n, tool, measure, value);
}

static bool launch(const struct task *t, const char *output, const char *const *argv, struct run *r)
{
  run_program(t->b->folder, 1, output, argv, r);
  if (r->status == 0) return true;
  complain(t->b, argv[0], r);
  return false;
}

static struct name model_of(const struct task *t)
{
  struct name path;
  snprintf(path.text, sizeof path.text, "%s/%s.expr", t->b->models, t->name);
  return path;
}

static struct name setting_of(const struct task *t)
{
  struct name text;
  snprintf(text.text, sizeof text.text, "%s=%lld", problem_is_grid(t->problem) ? "k" : "n",
           (long long)problem_side(t->problem, t->size));
  return text;
}

/* --- tools: each returns its seconds, or NaN if it failed ----------------------------------- */

static double run_hand(const struct task *t)
{
  struct name path = program(t->b, "hand"), out = in_folder(t->b, "hand.mtx");
  struct name size = decimal(t->size);
  const char *argv[] = {path.text, t->name, size.text, t->check ? "-o" : NULL, out.text, NULL};
  struct run r;
  bool ok = launch(t, NULL, argv, &r);
  note(t, "hand", "pattern", run_value(&r, "pattern"));
  note(t, "hand", "lower", run_value(&r, "lower"));
  note(t, "hand", "repeat", run_value(&r, "repeat"));
  note(t, "hand", "peak", r.peak);
  run_free(&r);
  return ok ? r.seconds : NAN;
}

static double run_asdex(const struct task *t)
{
  static const char *const stages[] = {"read",  "parse", "lower",    "point",      "pattern",
                                       "color", "plan",  "evaluate", "decompress", "write"};
  struct name model = model_of(t), setting = setting_of(t), out = in_folder(t->b, "asdex.mtx");
  const char *argv[] = {
      t->b->asdex, "hessian",    "--quiet",  "--timings=json",
      "--set",     setting.text, model.text, t->b->has_threads ? "--threads=1" : NULL,
      NULL};
  struct run r;
  bool ok = launch(t, out.text, argv, &r);
  for (size_t i = 0; i < sizeof stages / sizeof *stages; i++)
    note(t, "asdex", stages[i], run_stage(&r, stages[i]));
  note(t, "asdex", "total", run_total(&r));
  note(t, "asdex", "process", r.processor);
  note(t, "asdex", "peak", r.peak);
  run_free(&r);
  return ok ? r.seconds : NAN;
}

static double run_repeat(const struct task *t)
{
  struct name path = program(t->b, "repeat"), out = in_folder(t->b, "repeat.mtx");
  struct name model = model_of(t), setting = setting_of(t);
  const char *argv[] = {path.text, model.text, setting.text, t->check ? "-o" : NULL,
                        out.text,  NULL};
  struct run r;
  bool ok = launch(t, NULL, argv, &r);
  note(t, "asdex", "repeat", run_value(&r, "repeat"));
  note(t, "asdex", "first", run_value(&r, "first"));
  note(t, "asdex", "allocations", run_value(&r, "allocations"));
  run_free(&r);
  return ok ? r.seconds : NAN;
}

static double run_asl(const struct task *t)
{
  struct name path = program(t->b, "asl"), nl = in_folder(t->b, "model.nl");
  struct name out = in_folder(t->b, "asl.mtx");
  const char *argv[] = {path.text, nl.text, out.text, t->check ? "once" : NULL, NULL};
  static const char *const measures[] = {"read", "setup", "first", "write", "total", "repeat"};
  struct run r;
  bool ok = launch(t, NULL, argv, &r);
  for (size_t i = 0; i < sizeof measures / sizeof *measures; i++)
    note(t, "asl", measures[i], run_value(&r, measures[i]));
  note(t, "asl", "peak", r.peak);
  run_free(&r);
  return ok ? r.seconds : NAN;
}

static double run_to_chars(const struct task *t)
{
  struct name path = program(t->b, "numbers"), matrix = in_folder(t->b, "asdex.mtx");
  const char *argv[] = {path.text, "write", matrix.text, NULL};
  struct run r;
  bool ok = launch(t, NULL, argv, &r);
  note(t, "std", "to_chars", run_value(&r, "to_chars"));
  run_free(&r);
  return ok ? r.seconds : NAN;
}

static const struct tool {
  const char *name, *matrix; /* NULL: it has no result to check */
  bool peer;
  double (*run)(const struct task *);
} tools[] = {
    {"hand", "hand.mtx", false, run_hand},       {"asdex", "asdex.mtx", false, run_asdex},
    {"repeat", "repeat.mtx", false, run_repeat}, {"asl", "asl.mtx", true, run_asl},
    {"numbers", NULL, false, run_to_chars},
};
enum { TOOLS = sizeof tools / sizeof *tools };

/* --- Hessians ------------------------------------------------------------------------------- */

static bool write_nl(const struct task *t)
{
  struct name path = program(t->b, "nl"), out = in_folder(t->b, "model.nl");
  struct name size = decimal(t->size);
  const char *argv[] = {path.text, t->name, size.text, NULL};
  struct run r;
  bool ok = launch(t, out.text, argv, &r);
  run_free(&r);
  return ok;
}

static bool agrees(const struct task *t, const struct tool *tool)
{
  struct name path = program(t->b, "compare"), reference = in_folder(t->b, "hand.mtx");
  struct name result = in_folder(t->b, tool->matrix);
  const char *argv[] = {path.text, reference.text, result.text, NULL};
  struct run r;
  run_program(t->b->folder, 1, NULL, argv, &r);
  if (r.status)
    fprintf(stderr,
            "bench: %s, n = %lld: %s disagrees with hand-written C by %.2g of the largest entry; "
            "it is not timed\n",
            t->name, (long long)t->n, tool->name, run_value(&r, "worst"));
  run_free(&r);
  return r.status == 0;
}

/* Runs each tool once; those whose results agree are to be timed. */
static void check_tools(const struct task *t, int rounds[TOOLS])
{
  for (int i = 0; i < TOOLS; i++) {
    bool runs = !tools[i].peer || (t->b->has_asl && t->n <= t->b->peer_max && write_nl(t));
    double seconds = runs ? tools[i].run(t) : NAN;
    rounds[i] = isnan(seconds) ? 0 : seconds > slow ? 1 : t->b->rounds;
    if (i == 0 || rounds[i] == 0 || !tools[i].matrix || agrees(t, &tools[i])) continue;
    t->b->disagreement = true;
    rounds[i] = 0;
  }
}

static void measure_problem(struct bench *b, int problem, int64_t size)
{
  int rounds[TOOLS];
  struct task t = {b, problem, problem_names[problem], size, bench_unknowns(problem, size), true};
  if (t.n == 0) return;
  fprintf(stderr, "%s, n = %lld\n", t.name, (long long)t.n);
  check_tools(&t, rounds);
  t.check = false;
  for (int round = 0; round < b->rounds; round++)
    for (int i = 0; i < TOOLS; i++)
      if (round < rounds[i]) tools[i].run(&t);
}

void measure_hessians(struct bench *b)
{
  for (size_t p = 0; p < b->problems.len; p++)
    for (size_t s = 0; s < b->sizes.len; s++)
      measure_problem(b, b->problems.data[p], b->sizes.data[s]);
}

/* --- threads -------------------------------------------------------------------------------- */

static void run_threads(const struct task *t, int threads)
{
  static const char *const measures[] = {NULL, "evaluate-1", "evaluate-2"};
  struct name model = model_of(t), setting = setting_of(t);
  struct name out = in_folder(t->b, threads == 1 ? "asdex.mtx" : "repeat.mtx");
  const char *argv[] = {
      t->b->asdex, "hessian",    "--quiet",  "--timings=json",
      "--set",     setting.text, model.text, threads == 1 ? "--threads=1" : "--threads=2",
      NULL};
  struct run r;
  run_program(t->b->folder, threads, out.text, argv, &r);
  if (r.status) complain(t->b, t->b->asdex, &r);
  note(t, "threads", measures[threads], run_stage_wall(&r, "evaluate"));
  run_free(&r);
}

static bool files_equal(const char *a, const char *b)
{
  static char left[1 << 16], right[1 << 16];
  FILE *f = fopen(a, "r"), *g = fopen(b, "r");
  bool same = f && g;
  for (size_t len = 1; same && len > 0;) {
    len = fread(left, 1, sizeof left, f);
    same = fread(right, 1, sizeof right, g) == len && !memcmp(left, right, len);
  }
  if (f) fclose(f);
  if (g) fclose(g);
  return same;
}

static void compare_threads(struct bench *b, int problem, int64_t size)
{
  struct task t = {b, problem, problem_names[problem], size, bench_unknowns(problem, size), false};
  if (t.n == 0) return;
  for (int round = 0; round < b->rounds; round++) {
    run_threads(&t, 1);
    run_threads(&t, 2);
  }
  struct name one = in_folder(b, "asdex.mtx"), two = in_folder(b, "repeat.mtx");
  bool same = files_equal(one.text, two.text);
  note(&t, "threads", "same-bytes", same);
  if (!same) b->disagreement = true;
}

void measure_threads(struct bench *b)
{
  struct task t = {.b = b, .problem = ROSEN, .name = "rosen", .size = 100};
  struct name model = model_of(&t);
  const char *argv[] = {b->asdex, "hessian", "--threads=2", "--set", "n=100", model.text, NULL};
  struct run r;
  run_program(b->folder, 1, "/dev/null", argv, &r);
  b->has_threads = r.status == 0;
  run_free(&r);
  for (size_t p = 0; p < b->problems.len && b->has_threads; p++)
    for (size_t s = 0; s < b->sizes.len; s++)
      compare_threads(b, b->problems.data[p], b->sizes.data[s]);
}

/* --- colorings ------------------------------------------------------------------------------ */

static const char *const methods[] = {"star", "acyclic"};
static const char *const count_measures[] = {"star-colors", "acyclic-colors"};

static void note_coloring(struct bench *b, const char *graph, const char *tool, int method,
                          double seconds, double colors)
{
  samples_add(&b->samples, graph, 0, tool, methods[method], seconds);
  samples_add(&b->samples, graph, 0, tool, count_measures[method], colors);
}

static void color_asdex(struct bench *b, const char *file, const char *graph, int method)
{
  const char *argv[] = {b->asdex,   "coloring",      "--quiet", "--timings=json",
                        "--method", methods[method], file,      NULL};
  struct run r;
  run_program(b->folder, 1, "/dev/null", argv, &r);
  if (r.status) complain(b, b->asdex, &r);
  const char *count = strstr(r.text, "\"num_colors\":");
  note_coloring(b, graph, "asdex", method, run_stage(&r, "color"),
                count ? atof(count + strlen("\"num_colors\":")) : NAN);
  run_free(&r);
}

static double color_colpack(struct bench *b, const char *file, const char *graph, int method)
{
  struct name path = program(b, "colpack");
  const char *argv[] = {path.text, file, methods[method], NULL};
  struct run r;
  run_program(b->folder, 1, NULL, argv, &r);
  if (r.status) complain(b, path.text, &r);
  note_coloring(b, graph, "colpack", method, run_value(&r, "color"), run_value(&r, "colors"));
  double seconds = r.seconds;
  run_free(&r);
  return seconds;
}

static void color_graph(struct bench *b, const char *file, const char *graph)
{
  fprintf(stderr, "coloring %s\n", graph);
  for (int method = 0; method < 2; method++) {
    double peer = 0;
    for (int round = 0; round < b->rounds; round++) {
      color_asdex(b, file, graph, method);
      if (b->has_colpack && peer < slow) peer += color_colpack(b, file, graph, method);
    }
  }
}

static void color_grid(struct bench *b, int points, int64_t side)
{
  char graph[48];
  struct name path = program(b, "grid"), file = in_folder(b, "graph.mtx");
  struct name kind = decimal(points), length = decimal(side);
  const char *argv[] = {path.text, kind.text, length.text, NULL};
  struct run r;
  run_program(b->folder, 1, file.text, argv, &r);
  if (r.status) complain(b, path.text, &r);
  run_free(&r);
  snprintf(graph, sizeof graph, "grid-%d-%lld", points, (long long)side);
  color_graph(b, file.text, graph);
}

void measure_colorings(struct bench *b)
{
  color_grid(b, 5, 1000);
  color_grid(b, 9, 1000);
  color_grid(b, 27, 100);
  for (size_t i = 0; i < b->graphs.len; i++) {
    const char *slash = strrchr(b->graphs.data[i], '/');
    color_graph(b, b->graphs.data[i], slash ? slash + 1 : b->graphs.data[i]);
  }
}

/* --- numbers -------------------------------------------------------------------------------- */

static void read_point(struct bench *b, const char *file)
{
  char setting[48];
  struct name model = {{0}}, path = program(b, "numbers");
  struct task t = {.b = b, .name = "rosen"};
  model = model_of(&t);
  snprintf(setting, sizeof setting, "n=%lld", (long long)b->points);
  const char *ours[] = {b->asdex, "value", "--quiet", "--timings=json", "--at",
                        file,     "--set", setting,   model.text,       NULL};
  const char *alone[] = {path.text, "read", file, NULL};
  struct run r;
  run_program(b->folder, 1, "/dev/null", ours, &r);
  if (r.status) complain(b, b->asdex, &r);
  samples_add(&b->samples, "point", b->points, "asdex", "point", run_stage(&r, "point"));
  samples_add(&b->samples, "point", b->points, "asdex", "peak", r.peak);
  run_free(&r);
  run_program(b->folder, 1, NULL, alone, &r);
  samples_add(&b->samples, "point", b->points, "std", "from_chars", run_value(&r, "from_chars"));
  run_free(&r);
}

void measure_numbers(struct bench *b)
{
  struct name path = program(b, "numbers"), file = in_folder(b, "point.mtx");
  struct name count = decimal(b->points);
  const char *argv[] = {path.text, "make", count.text, NULL};
  struct run r;
  fprintf(stderr, "reading a point of %lld numbers\n", (long long)b->points);
  run_program(b->folder, 1, file.text, argv, &r);
  if (r.status) complain(b, path.text, &r);
  run_free(&r);
  for (int round = 0; round < b->rounds; round++) read_point(b, file.text);
  unlink(file.text);
}
