#include "config.h"

#include "bench.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* --- cells ---------------------------------------------------------------------------------- */

static void cell(double value)
{
  if (isnan(value))
    printf(" – |");
  else if (value >= 1000)
    printf(" %.0f |", value);
  else
    printf(" %.3g |", value);
}

static void heading(const char *title, const char *columns, int left, int right)
{
  printf("\n### %s\n\n%s\n|", title, columns);
  for (int i = 0; i < left; i++) printf(" --- |");
  for (int i = 0; i < right; i++) printf(" --: |");
  putchar('\n');
}

/* A problem at one size, as tables have it. */
struct row {
  const struct bench *b;
  const char *name;
  int64_t n;
  bool sparse;
};

static double value(const struct row *r, const char *tool, const char *measure)
{
  return samples_median(&r->b->samples, r->name, r->n, tool, measure);
}

static struct row row_of(const struct bench *b, size_t problem, size_t size)
{
  int p = b->problems.data[problem];
  return (struct row){b, problem_names[p], bench_unknowns(p, b->sizes.data[size]), p != LSE};
}

/* Prints what follows the problem and its size. */
typedef void row_printer(const struct row *r);

static void print_rows(const struct bench *b, row_printer *print)
{
  for (size_t p = 0; p < b->problems.len; p++)
    for (size_t s = 0; s < b->sizes.len; s++) {
      struct row r = row_of(b, p, s);
      if (r.n == 0) continue;
      printf("| %s | %lld |", r.name, (long long)r.n);
      print(&r);
      putchar('\n');
    }
}

/* --- ratios --------------------------------------------------------------------------------- */

typedef double ratio(const struct row *r);

static double ratio_hand(const struct row *r)
{
  return value(r, "asdex", "repeat") / value(r, "hand", "repeat");
}

static double ratio_asl(const struct row *r)
{
  return value(r, "asl", "repeat") / value(r, "asdex", "repeat");
}

static double ratio_one_shot(const struct row *r)
{
  return value(r, "asl", "total") / value(r, "asdex", "total");
}

static double ratio_pattern(const struct row *r)
{
  return value(r, "asdex", "pattern") / value(r, "hand", "pattern");
}

static double ratio_write(const struct row *r)
{
  return value(r, "asdex", "write") / value(r, "std", "to_chars");
}

/* Over the sparse problems of one size that have it; NaN if none does. */
static double geometric_mean(const struct bench *b, size_t size, ratio *of)
{
  double sum = 0;
  int count = 0;
  for (size_t p = 0; p < b->problems.len; p++) {
    struct row r = row_of(b, p, size);
    double value = r.sparse ? of(&r) : NAN;
    if (isnan(value)) continue;
    sum += log(value);
    count++;
  }
  return count ? exp(sum / count) : NAN;
}

/* Below a table, with so many empty cells before the means. */
static void print_means(const struct bench *b, int before, ratio *first, int between, ratio *second)
{
  for (size_t s = 0; s < b->sizes.len; s++) {
    printf("| geometric mean, sparse | %lld |", (long long)b->sizes.data[s]);
    for (int i = 0; i < before; i++) printf("  |");
    cell(geometric_mean(b, s, first));
    for (int i = 0; i < between; i++) printf("  |");
    if (second) cell(geometric_mean(b, s, second));
    putchar('\n');
  }
}

/* --- Hessians ------------------------------------------------------------------------------- */

static void print_stages(const struct row *r)
{
  static const char *const stages[] = {"parse", "lower", "point",    "pattern",
                                       "color", "plan",  "evaluate", "decompress",
                                       "write", "total", "process"};
  for (size_t i = 0; i < sizeof stages / sizeof *stages; i++)
    cell(1e3 * value(r, "asdex", stages[i]));
}

static void print_repeat(const struct row *r)
{
  cell(1e3 * value(r, "hand", "repeat"));
  cell(1e3 * value(r, "asdex", "repeat"));
  cell(1e3 * value(r, "asl", "repeat"));
  cell(ratio_hand(r));
  cell(ratio_asl(r));
  cell(value(r, "asdex", "allocations"));
}

static void print_one_shot(const struct row *r)
{
  cell(1e3 * value(r, "asdex", "total"));
  cell(1e3 * value(r, "asl", "total"));
  cell(ratio_one_shot(r));
  cell(1e-6 * value(r, "asdex", "peak"));
  cell(1e-6 * value(r, "asl", "peak"));
  cell(1e-6 * value(r, "hand", "peak"));
}

static void print_arrays(const struct row *r)
{
  cell(1e3 * value(r, "asdex", "pattern"));
  cell(1e3 * value(r, "hand", "pattern"));
  cell(ratio_pattern(r));
  cell(1e3 * value(r, "hand", "lower"));
  cell(1e3 * value(r, "asdex", "write"));
  cell(1e3 * value(r, "std", "to_chars"));
  cell(ratio_write(r));
}

/* d log t / d log n from one size to the next. */
static double slope(const struct row *a, const struct row *b, const char *tool, const char *measure)
{
  return log(value(b, tool, measure) / value(a, tool, measure)) / log((double)b->n / (double)a->n);
}

static void print_growth(const struct row *a, const struct row *b)
{
  printf("| %s | %lld – %lld |", b->name, (long long)a->n, (long long)b->n);
  cell(slope(a, b, "hand", "repeat"));
  cell(slope(a, b, "asdex", "repeat"));
  cell(slope(a, b, "asl", "repeat"));
  cell(slope(a, b, "asdex", "total"));
  cell(slope(a, b, "asl", "total"));
  cell(slope(a, b, "asdex", "peak"));
  cell(ratio_hand(b) / ratio_hand(a));
  putchar('\n');
}

static void report_growth(const struct bench *b)
{
  heading("Growth from size to size",
          "| problem | n | hand-written, repeated | asdex, repeated | ASL, repeated | asdex, one "
          "shot | ASL, one shot | asdex, peak memory | asdex ÷ hand-written, change |",
          2, 7);
  for (size_t p = 0; p < b->problems.len; p++)
    for (size_t s = 1; s < b->sizes.len; s++) {
      struct row from = row_of(b, p, s - 1), to = row_of(b, p, s);
      if (from.n > 0 && to.n > from.n) print_growth(&from, &to);
    }
  puts("\nExponents of n; the last column is the growth of asdex divided by that of hand-written "
       "C.");
}

void report_hessians(const struct bench *b)
{
  heading(
      "Stages of asdex from file to file, milliseconds",
      "| problem | n | parse | lower | point | pattern | color | plan | evaluate | decompress | "
      "write | all | process |",
      2, 10);
  print_rows(b, print_stages);
  heading("Repeated evaluation and decompression, milliseconds",
          "| problem | n | hand-written C | asdex | ASL | asdex ÷ hand-written | ASL ÷ asdex | "
          "allocations |",
          2, 6);
  print_rows(b, print_repeat);
  print_means(b, 3, ratio_hand, 0, ratio_asl);
  heading(
      "From file to Matrix Market file, milliseconds; peak memory, MB",
      "| problem | n | asdex | ASL | ASL ÷ asdex | memory of asdex | of ASL | of hand-written C "
      "|",
      2, 6);
  print_rows(b, print_one_shot);
  print_means(b, 2, ratio_one_shot, 0, NULL);
  heading("The pattern, and writing, milliseconds",
          "| problem | n | pattern | hand-written, both triangles | ratio | hand-written, lower | "
          "write | to_chars alone | ratio |",
          2, 7);
  print_rows(b, print_arrays);
  print_means(b, 2, ratio_pattern, 3, ratio_write);
  report_growth(b);
}

/* --- the others ----------------------------------------------------------------------------- */

static void print_threads(const struct row *r)
{
  double one = value(r, "threads", "evaluate-1"), two = value(r, "threads", "evaluate-2");
  cell(1e3 * one);
  cell(1e3 * two);
  cell(one / two);
  printf(" %s |", value(r, "threads", "same-bytes") == 1 ? "yes" : "no");
}

void report_threads(const struct bench *b)
{
  if (!b->has_threads) {
    puts("\nThis asdex has no --threads: one thread is not compared with two.");
    return;
  }
  heading("Threads: the stage evaluate, milliseconds",
          "| problem | n | one | two | one ÷ two | the same bytes |", 2, 4);
  print_rows(b, print_threads);
}

static void print_coloring(const struct row *r, const char *method, const char *count)
{
  double ours = value(r, "asdex", method), theirs = value(r, "colpack", method);
  if (isnan(ours)) return;
  printf("| %s | %s |", r->name, method);
  cell(1e3 * ours);
  cell(1e3 * theirs);
  cell(theirs / ours);
  cell(value(r, "asdex", count));
  cell(value(r, "colpack", count));
  putchar('\n');
}

void report_colorings(const struct bench *b)
{
  heading("Colorings, largest first, milliseconds",
          "| graph | method | asdex | ColPack | ColPack ÷ asdex | colors of asdex | of ColPack |",
          2, 5);
  for (size_t i = 0; i < b->samples.quantities.len; i++) {
    const struct quantity *q = &b->samples.quantities.data[i];
    struct row r = {b, q->problem, 0, true};
    if (strcmp(q->tool, "asdex")) continue;
    if (!strcmp(q->measure, "star")) print_coloring(&r, "star", "star-colors");
    if (!strcmp(q->measure, "acyclic")) print_coloring(&r, "acyclic", "acyclic-colors");
  }
}

void report_numbers(const struct bench *b)
{
  struct row r = {b, "point", b->points, false};
  double ours = value(&r, "asdex", "point"), alone = value(&r, "std", "from_chars");
  heading("Reading a point from Matrix Market, milliseconds",
          "| numbers | asdex | from_chars alone | ratio | memory of asdex, MB |", 1, 4);
  printf("| %lld |", (long long)b->points);
  cell(1e3 * ours);
  cell(1e3 * alone);
  cell(ours / alone);
  cell(1e-6 * value(&r, "asdex", "peak"));
  putchar('\n');
}
