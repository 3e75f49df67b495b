/* Hunts for wrong answers: random models through the library and through the oracle.
 *
 *   hunt [--statistics] [FIELD] COUNT [SEED]   the models of COUNT seeds from SEED (1) on
 *   hunt [--statistics] [FIELD] FILE...        these models; parameters must have defaults
 *
 * FIELD is --large (models with up to thousands of unknowns), --exact (rational models in exact
 * numbers) or --holomorphic (holomorphic models in complex numbers); without it, all kinds of
 * models in double precision.
 * --statistics prints how many of the models had each operator, each statement and the like.
 *
 * Prints each model that differs, with its seed and the first difference, and last of all
 * `N passed, N failed`; status 1 if any failed. */
#include "config.h"

#include "hunt.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/doubles.h"

enum { N = UNKNOWNS_MAX };

void hunt_differ(struct hunt *h, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  if (!h->failed) vsnprintf(h->difference, sizeof h->difference, format, args);
  va_end(args);
  h->failed = true;
}

bool hunt_ok(struct hunt *h, const char *what, enum status status)
{
  size_t last = h->ctx.diags.len;
  if (status != STATUS_OK)
    hunt_differ(h, "%s: status %d: %s", what, (int)status,
                last ? h->ctx.diags.data[0].message : "(no diagnostic)");
  return status == STATUS_OK;
}

static char folder[256], path[300];

const char *hunt_path(void)
{
  return path;
}

void hunt_write(const char *name, const char *text, size_t len)
{
  char full[sizeof path + 64];
  snprintf(full, sizeof full, "%s/%s", folder, name);
  FILE *f = fopen(full, "wb");
  if (!f) return;
  fwrite(text, 1, len, f);
  fclose(f);
}

/* read("entries.mtx") finds what the text says. */
static void write_entries(const char *text)
{
  struct strbuf file = {0};
  strbuf_puts(&file, "%%MatrixMarket matrix coordinate real general\n");
  for (const char *at = text; (at = strstr(at, "#| ")) != NULL; at++)
    strbuf_add(&file, at + 3, strcspn(at + 3, "\n") + 1);
  if (strstr(text, "#| ")) hunt_write("entries.mtx", file.data, file.len);
  strbuf_free(&file);
}

static void widen(double *spread, double a, double b)
{
  double d = a == b || (isnan(a) && isnan(b)) ? 0 : fabs(a - b);
  if (!(d <= *spread)) *spread = isfinite(d) ? d : INFINITY;
}

/* On kinks the point stays as it is. */
static void find_spread(struct hunt *h)
{
  uint64_t state = 1;
  double x[N];
  struct hunt_spread *s = &h->spread;
  struct reference near;
  memset(s, 0, sizeof *s);
  s->known = true;
  for (int times = 0; times < 24; times++) {
    for (int i = 0; i < h->want.n; i++)
      x[i] = h->want.point[i] * (1 + (h->generic ? 0x1p-52 * random_int(&state, -4, 4) : 0));
    num_round_randomly((uint64_t)times + 1);
    bool ok = reference_run(h->model, x, &near);
    num_round_randomly(0);
    if (!ok) return;
    widen(&s->value, near.value, h->want.value);
    for (int k = 0; k < h->want.naux; k++) widen(&s->aux[k], near.aux[k], h->want.aux[k]);
    for (int i = 0; i < h->want.n; i++) {
      widen(&s->gradient[i], near.gradient[i], h->want.gradient[i]);
      for (int j = 0; j < h->want.n; j++)
        widen(&s->hessian[i][j], near.hessian[i][j], h->want.hessian[i][j]);
    }
  }
}

/* spread: the member of h->spread that belongs to the number. */
static bool close_to(struct hunt *h, double got, double want, double scale, const double *spread)
{
  if (isnan(want) ? isnan(got) : got == want || fabs(got - want) <= 1e-9 * scale) return true;
  if (isnan(got)) return false;
  if (!h->spread.known) find_spread(h);
  bool explained = fabs(got - want) <= 16 * *spread;
  h->ill = h->ill || explained;
  return explained;
}

static double largest(const double *v, int count)
{
  double m = 1;
  for (int k = 0; k < count; k++)
    if (fabs(v[k]) > m) m = fabs(v[k]);
  return m;
}

bool hunt_is_ill(struct hunt *h)
{
  double spread = 0, scale = largest(h->want.hessian[0], N * N);
  if (!h->spread.known) find_spread(h);
  for (int i = 0; i < h->want.n; i++)
    for (int j = 0; j < h->want.n; j++) spread = fmax(spread, h->spread.hessian[i][j]);
  bool ill = spread > 1e-11 * scale;
  h->ill = h->ill || ill;
  return ill;
}

void hunt_load(struct hunt *h, const char *text, size_t len, enum field field)
{
  struct problem_options options = {.field = field, .model_path = path};
  if (!hunt_ok(h, "source",
               context_add_source(&h->ctx, "model", mem_strndup(text, len), len, &h->source)) ||
      !hunt_ok(h, "parse", model_parse(&h->ctx, h->source, &h->model)) ||
      !hunt_ok(h, "check", model_check(&h->ctx, h->model)))
    return;
  options.model_source = h->source;
  hunt_ok(h, "load", problem_load(&h->ctx, &options, &h->problem));
}

/* What model_print puts out parses to a model that prints, and evaluates, the same. */
static void compare_print(struct hunt *h)
{
  struct strbuf first = {0}, second = {0};
  struct model *again = NULL;
  struct reference copy;
  int source;
  model_print(h->model, &first);
  if (!hunt_ok(h, "print",
               context_add_source(&h->ctx, "print", mem_strndup(first.data, first.len), first.len,
                                  &source)) ||
      !hunt_ok(h, "print, parse", model_parse(&h->ctx, source, &again)) ||
      !hunt_ok(h, "print, check", model_check(&h->ctx, again)))
    goto done;
  model_print(again, &second);
  if (first.len != second.len || memcmp(first.data, second.data, first.len) != 0)
    hunt_differ(h, "the printed model prints differently:\n%.400s", first.data);
  if (!reference_run(again, NULL, &copy) || copy.value != h->want.value)
    hunt_differ(h, "the printed model has another value: %.17g, not %.17g", copy.value,
                h->want.value);
done:
  strbuf_free(&first);
  strbuf_free(&second);
  if (again) model_free(again);
}

void hunt_pattern(struct hunt *h)
{
  if (!hunt_ok(h, "pattern", problem_pattern(&h->ctx, h->problem, &h->pattern))) return;
  if (h->pattern.n != h->want.n) {
    hunt_differ(h, "%d unknowns, not %d", (int)h->pattern.n, h->want.n);
    return;
  }
  for (int i = 0; i < h->want.n; i++)
    for (int j = 0; j < h->want.n; j++) {
      bool got = pattern_find(&h->pattern, i, j) >= 0;
      if (got != h->want.pattern[i][j])
        hunt_differ(h, "pattern: (%d, %d) is %s", i, j, got ? "there, but must not be" : "missing");
    }
}

static void compare_aux(struct hunt *h, const struct evaluation *e)
{
  const struct program *p = evaluation_program(e);
  int next = 0;
  for (size_t k = 0; k < problem_auxes(h->problem); k++) {
    const double *values = doubles_aux(e, k);
    int64_t size = p->arrays.data[problem_aux_array(h->problem, k)].size;
    for (int64_t j = 0; j < size && next < h->want.naux; j++, next++)
      if (!close_to(h, values[j], h->want.aux[next], fabs(h->want.aux[next]) + 1,
                    &h->spread.aux[next]))
        hunt_differ(h, "aux %s, element %d: %.17g, not %.17g", problem_aux_name(h->problem, k),
                    (int)j, values[j], h->want.aux[next]);
  }
  if (next != h->want.naux) hunt_differ(h, "%d auxiliary values, not %d", next, h->want.naux);
}

static void compare_value(struct hunt *h)
{
  struct evaluation *e = NULL;
  double want = h->want.value;
  if (!hunt_ok(h, "value",
               doubles_create(&h->ctx, h->problem, EVALUATE_VALUE, MODE_FWD_OVER_REV, 1, 0, &e)))
    return;
  evaluation_point_doubles(e, h->want.point);
  double got = doubles_value(e);
  if (!close_to(h, got, want, fabs(want) + 1, &h->spread.value))
    hunt_differ(h, "value: %.17g, not %.17g", got, want);
  compare_aux(h, e);
  if (isfinite(want)) hunt_ok(h, "value, finite", doubles_check_finite(&h->ctx, e, h->problem));
  evaluation_free(e);
}

static void compare_gradient(struct hunt *h)
{
  struct evaluation *e = NULL;
  double got[N], scale = largest(h->want.gradient, h->want.n);
  if (!hunt_ok(h, "gradient",
               doubles_create(&h->ctx, h->problem, EVALUATE_GRADIENT, MODE_FWD_OVER_REV, 1, 0, &e)))
    return;
  evaluation_point_doubles(e, h->want.point);
  evaluation_gradient_doubles(e, got);
  for (int i = 0; i < h->want.n; i++)
    if (!close_to(h, got[i], h->want.gradient[i], scale, &h->spread.gradient[i]))
      hunt_differ(h, "gradient %d: %.17g, not %.17g", i, got[i], h->want.gradient[i]);
  evaluation_free(e);
}

void hunt_entry(struct hunt *h, const char *what, const char *mode, int i, int j, double got)
{
  double want = h->want.hessian[i][j], scale = largest(h->want.hessian[0], N * N);
  if (!close_to(h, got, want, scale, &h->spread.hessian[i][j]))
    hunt_differ(h, "%s, %s: (%d, %d) is %.17g, not %.17g", mode, what, i, j, got, want);
}

/* All columns, without pattern or coloring. */
static void compare_columns(struct hunt *h, struct evaluation *e, const char *mode)
{
  double directions[N * N] = {0}, out[N * N] = {0};
  int n = h->want.n;
  for (int i = 0; i < n; i++) directions[i * n + i] = 1;
  evaluation_hvp_doubles(e, directions, n, out);
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++) hunt_entry(h, "column by column", mode, i, j, out[i * n + j]);
}

static void compare_colored(struct hunt *h, struct evaluation *e, struct evaluation *single,
                            const char *mode, enum coloring_method method, bool postprocess)
{
  struct coloring_options options = {.method = method,
                                     .ordering = ORDERING_LARGEST_FIRST,
                                     .postprocess = postprocess && method != METHOD_COLUMN};
  struct coloring c = {0};
  struct recovery *r = NULL;
  double b[N * N] = {0}, again[N * N] = {0}, values[N * N] = {0};
  const struct pattern *p = &h->pattern;
  if (!hunt_ok(h, "coloring", coloring_compute(&h->ctx, p, &options, &c)) ||
      !hunt_ok(h, "recovery", recovery_create(&h->ctx, p, &c, &r)) ||
      !hunt_ok(h, "compress", doubles_compress(&h->ctx, e, &c, b)) ||
      !hunt_ok(h, "compress", doubles_compress(&h->ctx, single, &c, again)))
    goto done;
  if (memcmp(b, again, sizeof b) != 0)
    hunt_differ(h, "%s, %s: the chunk size changes the result", mode, method_names[method]);
  doubles_recover(r, b, values);
  for (int i = 0; i < p->n; i++)
    for (int64_t k = p->ptr[i]; k < p->ptr[i + 1]; k++)
      hunt_entry(h, method_names[method], mode, i, p->ind[k], values[k]);
done:
  recovery_free(r);
  coloring_free(&c);
}

static void compare_hessian(struct hunt *h, enum hessian_mode mode)
{
  struct evaluation *e = NULL, *single = NULL;
  const char *name = mode_names[mode];
  if (hunt_ok(h, name, doubles_create(&h->ctx, h->problem, EVALUATE_HVP, mode, h->want.n, 0, &e)) &&
      hunt_ok(h, name,
              doubles_create(&h->ctx, h->problem, EVALUATE_HVP, mode, h->want.n, 1, &single))) {
    evaluation_point_doubles(e, h->want.point);
    evaluation_point_doubles(single, h->want.point);
    compare_columns(h, e, name);
    for (int method = 0; method < METHOD_COUNT; method++)
      compare_colored(h, e, single, name, (enum coloring_method)method, mode == MODE_REV_OVER_FWD);
  }
  evaluation_free(e);
  evaluation_free(single);
}

/* At want.point. */
static void compare_numbers(struct hunt *h)
{
  compare_value(h);
  compare_gradient(h);
  for (int mode = 0; mode < MODE_COUNT; mode++) compare_hessian(h, (enum hessian_mode)mode);
}

static void compare_defaults(struct hunt *h)
{
  double x[N];
  if (!hunt_ok(h, "point", doubles_point(&h->ctx, h->problem, NULL, x))) return;
  for (int i = 0; i < h->want.n; i++)
    if (fabs(x[i] - h->want.point[i]) > 1e-9) hunt_differ(h, "default point, %d: %.17g", i, x[i]);
}

/* The Hessian in some of the blocks of variables, in another order. */
static void compare_wrt(struct hunt *h, uint64_t seed)
{
  struct problem *part = NULL;
  struct evaluation *e = NULL;
  struct pattern pattern = {0};
  const struct block *blocks;
  const char *names[N];
  double directions[N * N] = {0}, out[N * N] = {0};
  int unknowns[N], n = 0, nblocks = (int)problem_blocks(h->problem, &blocks);
  struct problem_options options = {.model_source = h->source, .model_path = path, .wrt = names};
  for (int k = 0, first = random_int(&seed, 0, nblocks - 1); k < nblocks; k++) {
    const struct block *b = &blocks[(first + nblocks - k) % nblocks];
    if (k > 0 && random_int(&seed, 0, 1)) continue;
    names[options.nwrt++] = b->name;
    for (int64_t i = 0; i < b->size; i++) unknowns[n++] = (int)(b->offset + i);
  }
  enum hessian_mode mode = (enum hessian_mode)random_int(&seed, 0, MODE_COUNT - 1);
  if (!hunt_ok(h, "wrt", problem_load(&h->ctx, &options, &part)) ||
      !hunt_ok(h, "wrt", problem_pattern(&h->ctx, part, &pattern)) ||
      !hunt_ok(h, "wrt", doubles_create(&h->ctx, part, EVALUATE_HVP, mode, n, 0, &e)))
    goto done;
  if (pattern.n != n) hunt_differ(h, "wrt %s, …: %d unknowns, not %d", names[0], (int)pattern.n, n);
  if (h->failed) goto done;
  evaluation_point_doubles(e, h->want.point);
  for (int i = 0; i < n; i++) directions[i * n + i] = 1;
  evaluation_hvp_doubles(e, directions, n, out);
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++) {
      bool is = pattern_find(&pattern, i, j) >= 0;
      if (is != (pattern_find(&h->pattern, unknowns[i], unknowns[j]) >= 0))
        hunt_differ(h, "wrt %s, …: (%d, %d) is %s", names[0], i, j, is ? "there" : "missing");
      hunt_entry(h, "wrt", mode_names[mode], unknowns[i], unknowns[j], out[i * n + j]);
    }
done:
  evaluation_free(e);
  pattern_free(&pattern);
  if (part) problem_free(part);
}

static bool is_finite(const struct reference *r)
{
  bool finite = isfinite(r->value);
  for (int i = 0; i < r->n; i++) {
    finite = finite && isfinite(r->gradient[i]);
    for (int j = 0; j < r->n; j++) finite = finite && isfinite(r->hessian[i][j]);
  }
  return finite;
}

/* Another point; it must not change the oracle's pattern either.  Where a number is not finite,
 * nothing is compared. */
static void compare_at(struct hunt *h, const double *x)
{
  bool before[N][N];
  h->spread.known = false;
  memcpy(before, h->want.pattern, sizeof before);
  if (!reference_run(h->model, x, &h->want)) hunt_differ(h, "oracle: %s", h->want.error);
  if (memcmp(before, h->want.pattern, sizeof before) != 0)
    hunt_differ(h, "oracle: the pattern depends on the point");
  if (is_finite(&h->want) && !h->failed) compare_numbers(h);
}

/* A random point, and one where all unknowns are the same number: on many kinks and ties. */
static void compare_points(struct hunt *h, uint64_t seed)
{
  static const double equal[] = {0, 1, -1, 0.5};
  double x[N];
  for (int i = 0; i < N; i++) x[i] = random_uniform(&seed, -1.3, 1.3);
  compare_at(h, x);
  h->generic = false;
  double v = equal[random_int(&seed, 0, 3)];
  for (int i = 0; i < N; i++) x[i] = v;
  compare_at(h, x);
}

/* In double precision, at the default point and, with a seed, at others. */
static void compare_real(struct hunt *h, uint64_t seed)
{
  const struct block *blocks;
  h->generic = seed != 0;
  if (h->model && !reference_run(h->model, NULL, &h->want))
    hunt_differ(h, "oracle: %s", h->want.error);
  if (!h->failed) compare_print(h);
  if (!h->failed) compare_defaults(h);
  if (!h->failed) hunt_pattern(h);
  if (!h->failed) compare_numbers(h);
  if (!h->failed && problem_blocks(h->problem, &blocks) > 0) compare_wrt(h, seed);
  if (!h->failed && is_finite(&h->want)) hunt_more(h, seed);
  if (!h->failed && is_finite(&h->want)) hunt_variants(h, FIELD_REAL, seed);
  if (!h->failed && seed) compare_points(h, seed);
  if (!h->failed) hunt_coloring(h, h->seed);
}

static bool large;      /* --large */
static bool statistics; /* --statistics */

struct totals {
  unsigned long passed, failed, skipped, ill;
};

/* Counts whether library and oracle agree. */
static void compare_model(struct totals *t, enum model_kind kind, const char *title,
                          const struct strbuf *text, bool generated, bool is_smooth, uint64_t seed)
{
  static const enum field fields[MODEL_KINDS] = {[MODEL_RATIONAL] = FIELD_EXACT,
                                                 [MODEL_HOLOMORPHIC] = FIELD_COMPLEX,
                                                 [MODEL_COMPLEX] = FIELD_COMPLEX};
  struct hunt h = {.text = text->data, .generated = generated, .kind = kind, .seed = seed};
  context_init(&h.ctx);
  reference_files(text->data);
  write_entries(text->data);
  hunt_load(&h, text->data, text->len, large ? FIELD_REAL : fields[kind]);
  if (statistics && !h.failed) hunt_statistics_add(&h);
  if (large)
    hunt_large(&h, seed);
  else if (kind == MODEL_REAL)
    compare_real(&h, is_smooth ? seed : 0);
  else
    hunt_field(&h, fields[kind], is_smooth, kind == MODEL_HOLOMORPHIC, seed);
  if (h.failed) printf("%s: %s\n%s\n", title, h.difference, text->data);
  if (h.failed) fflush(stdout);
  t->failed += h.failed;
  t->passed += !h.failed;
  t->skipped += !h.failed && h.skipped;
  t->ill += !h.failed && h.ill;
  pattern_free(&h.pattern);
  if (h.problem) problem_free(h.problem);
  if (h.model) model_free(h.model);
  context_free(&h.ctx);
}

static void compare_seed(struct totals *t, enum model_kind kind, uint64_t seed)
{
  struct strbuf text = {0};
  char title[40];
  snprintf(title, sizeof title, "seed %llu", (unsigned long long)seed);
  if (kind == MODEL_HOLOMORPHIC && seed % 2 == 1) kind = MODEL_COMPLEX;
  bool is_smooth = true;
  if (large)
    generate_large(seed, &text);
  else
    is_smooth = generate_model(kind, seed, &text);
  compare_model(t, kind, title, &text, true, is_smooth, seed);
  strbuf_free(&text);
}

static void compare_file(struct totals *t, enum model_kind kind, const char *name)
{
  struct strbuf text = {0};
  FILE *f = fopen(name, "rb");
  if (f) {
    for (int c; (c = getc(f)) != EOF;) strbuf_putc(&text, (char)c);
    fclose(f);
    compare_model(t, kind, name, &text, false, true, 1);
  } else {
    printf("%s cannot be opened\n", name);
    t->failed++;
  }
  strbuf_free(&text);
}

static bool make_folder(void)
{
  const char *parent = getenv("TMPDIR");
  snprintf(folder, sizeof folder, "%s/hunt-XXXXXX", parent && *parent ? parent : "/tmp");
  if (!mkdtemp(folder)) {
    perror(folder);
    return false;
  }
  snprintf(path, sizeof path, "%s/model", folder);
  return true;
}

static void remove_folder(void)
{
  static const char *const names[] = {"entries.mtx", "change.mtx"};
  char name[sizeof folder + 64];
  for (int k = 0; k < 2; k++) {
    snprintf(name, sizeof name, "%s/%s", folder, names[k]);
    unlink(name);
  }
  rmdir(folder);
}

int main(int argc, char **argv)
{
  struct totals t = {0};
  enum model_kind kind = MODEL_REAL;
  if (!make_folder()) return EXIT_FAILURE;
  generate_with_files = true;
  statistics = argc > 1 && !strcmp(argv[1], "--statistics");
  if (statistics) argc--, argv++;
  if (argc > 1 && !strcmp(argv[1], "--exact")) kind = MODEL_RATIONAL;
  if (argc > 1 && !strcmp(argv[1], "--holomorphic")) kind = MODEL_HOLOMORPHIC;
  large = argc > 1 && !strcmp(argv[1], "--large");
  if (kind != MODEL_REAL || large) argc--, argv++;
  if (kind == MODEL_RATIONAL && !num_has_exact) {
    printf("this build has no exact numbers\n");
  } else if (argc > 1 && argv[1][strspn(argv[1], "0123456789")]) {
    for (int k = 1; k < argc; k++) compare_file(&t, kind, argv[k]);
  } else {
    uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000;
    uint64_t first = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    for (uint64_t k = 0; k < count; k++) compare_seed(&t, kind, first + k);
  }
  if (t.skipped > 0) printf("%lu not compared at all points\n", t.skipped);
  if (t.ill > 0) printf("%lu ill-conditioned\n", t.ill);
  remove_folder();
  if (statistics) hunt_statistics_print();
  printf("%lu passed, %lu failed\n", t.passed, t.failed);
  return t.failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
