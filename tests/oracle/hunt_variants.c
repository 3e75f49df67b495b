/* Models made of a model, whose Hessians follow from its own: multiples, squares, sums and products
 * with another model, unknowns permuted or changed linearly, the same in other words. */
#include "config.h"

#include "hunt.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lang/shape.h"
#include "tests/doubles.h"

enum { N = UNKNOWNS_MAX };

struct variant {
  struct hunt *h;
  enum field field;
  uint64_t state; /* of random numbers */
  const char *name;
  struct strbuf text;
  int n;
  union num x[N];       /* the point */
  union num want[N][N]; /* the Hessian there */
  bool has[N][N];
  struct otherwise differs;
};

static int pick(struct variant *v, int lo, int hi)
{
  return random_int(&v->state, lo, hi);
}

/* ---- comparison ---- */

static double magnitude(enum field field, union num a)
{
  return field == FIELD_COMPLEX ? cabs(a.z) : fabs(num_near(a));
}

static bool same(const struct variant *v, const struct number *got, union num want, double scale)
{
  if (v->field == FIELD_REAL) return fabs(got->re - want.re) <= 1e-8 * scale || hunt_is_ill(v->h);
  if (v->field == FIELD_COMPLEX) return cabs(got->re + got->im * I - want.z) <= 1e-8 * scale;
  struct strbuf a = {0}, b = {0};
  number_print(FIELD_EXACT, got, &a);
  num_format(want, &b);
  bool equal = a.len == b.len && !memcmp(a.data, b.data, a.len);
  strbuf_free(&a);
  strbuf_free(&b);
  return equal;
}

static void compare_entry(const struct variant *v, const char *how, int i, int j,
                          const struct numbers *from, int64_t at, double scale)
{
  struct number got = numbers_get(from, at), want = {.re = num_near(v->want[i][j])};
  if (v->h->failed || same(v, &got, v->want[i][j], scale)) return;
  struct strbuf text = {0}, other = {0};
  if (v->field == FIELD_COMPLEX) want.im = cimag(v->want[i][j].z);
  number_print(v->field, &got, &text);
  if (v->field == FIELD_EXACT)
    num_format(v->want[i][j], &other);
  else
    number_print(v->field, &want, &other);
  hunt_differ(v->h, "%s, %s: (%d, %d) is %.*s, not %.*s", v->name, how, i, j, (int)text.len,
              text.data, (int)other.len, other.data);
  strbuf_free(&text);
  strbuf_free(&other);
}

static double scale_of(const struct variant *v)
{
  const struct reference *f = &v->h->want;
  double scale = 1;
  for (int i = 0; i < v->n; i++)
    for (int j = 0; j < v->n; j++) scale = fmax(scale, magnitude(v->field, v->want[i][j]));
  for (int i = 0; i < f->n; i++)
    for (int j = 0; j < f->n; j++) scale = fmax(scale, magnitude(v->field, f->hessian_in[i][j]));
  return scale;
}

static void compare_pattern(struct variant *v, const struct pattern *p)
{
  double tiny = v->field == FIELD_EXACT ? 0 : 1e-8 * scale_of(v);
  if (p->n != v->n) {
    hunt_differ(v->h, "%s: %d unknowns, not %d", v->name, (int)p->n, v->n);
    return;
  }
  for (int i = 0; i < v->n; i++)
    for (int j = 0; j < v->n; j++) {
      bool is = pattern_find(p, i, j) >= 0, is_zero = magnitude(v->field, v->want[i][j]) <= tiny;
      bool explained = is ? v->differs.may_have_more : v->differs.may_have_less && is_zero;
      if (is != v->has[i][j] && !explained)
        hunt_differ(v->h, "%s: (%d, %d) is %s", v->name, i, j, is ? "there" : "missing");
    }
}

static void compare_columns(struct variant *v, struct hunt *other, struct evaluation *e)
{
  struct numbers directions = {0}, out = {0};
  int n = v->n;
  if (hunt_ok(other, v->name,
              numbers_create(&other->ctx, v->field, n * n, "directions", &directions)) &&
      hunt_ok(other, v->name, numbers_create(&other->ctx, v->field, n * n, "products", &out))) {
    bool memory = true;
    for (int i = 0; i < n; i++) memory = numbers_set_real(&directions, i * n + i, 1) && memory;
    if (!memory) hunt_differ(other, "no memory");
    if (hunt_ok(other, v->name, evaluation_hvp(&other->ctx, e, &directions, n, &out)))
      for (int k = 0; k < n * n; k++)
        compare_entry(v, "column by column", k / n, k % n, &out, k, scale_of(v));
  }
  numbers_free(&directions);
  numbers_free(&out);
}

static void compare_colored(struct variant *v, struct hunt *other, struct evaluation *e)
{
  struct coloring_options options = {.method = (enum coloring_method)pick(v, 0, METHOD_COUNT - 1),
                                     .ordering = ORDERING_SMALLEST_LAST};
  struct coloring c = {0};
  struct recovery *r = NULL;
  struct numbers values = {0};
  enum status finite;
  const struct pattern *p = &other->pattern;
  const char *how = method_names[options.method];
  if (hunt_ok(other, how, coloring_compute(&other->ctx, p, &options, &c)) &&
      hunt_ok(other, how, recovery_create(&other->ctx, p, &c, &r)) &&
      hunt_ok(other, how,
              numbers_create(&other->ctx, v->field, (double)pattern_nnz(p), "values", &values)) &&
      hunt_ok(other, how,
              evaluation_hessian(&other->ctx, e, other->problem, &c, r, &values, &finite)))
    for (int i = 0; i < v->n; i++)
      for (int64_t k = p->ptr[i]; k < p->ptr[i + 1]; k++)
        compare_entry(v, how, i, p->ind[k], &values, k, scale_of(v));
  numbers_free(&values);
  recovery_free(r);
  coloring_free(&c);
}

static void compare_at_point(struct variant *v, struct hunt *other)
{
  struct evaluation_options options = {.kind = EVALUATE_HVP, .directions = v->n};
  struct evaluation *e = NULL;
  struct numbers x = {0};
  bool memory = true;
  options.mode = (enum hessian_mode)pick(v, 0, MODE_COUNT - 1);
  if (!hunt_ok(other, "point", numbers_create(&other->ctx, v->field, v->n, "the point", &x)))
    return;
  for (int i = 0; i < v->n; i++) memory = hunt_set(v->field, &x, i, v->x[i]) && memory;
  if (!memory) hunt_differ(other, "no memory");
  if (hunt_ok(other, mode_names[options.mode],
              evaluation_create(&other->ctx, other->problem, &options, &e)) &&
      hunt_ok(other, "point", evaluation_point(&other->ctx, e, &x))) {
    compare_columns(v, other, e);
    compare_colored(v, other, e);
  }
  evaluation_free(e);
  numbers_free(&x);
}

static void compare_variant(struct variant *v)
{
  struct hunt other = {.ctx = v->h->ctx}; /* its sources and diagnostics stay there */
  hunt_load(&other, v->text.data, v->text.len, v->field);
  if (!other.failed &&
      hunt_ok(&other, "pattern", problem_pattern(&other.ctx, other.problem, &other.pattern))) {
    compare_pattern(v, &other.pattern);
    if (!v->h->failed) compare_at_point(v, &other);
  }
  if (other.failed) hunt_differ(v->h, "%s: %s", v->name, other.difference);
  if (v->h->failed) fprintf(stdout, "# %s:\n%.*s\n", v->name, (int)v->text.len, v->text.data);
  v->h->ctx = other.ctx;
  pattern_free(&other.pattern);
  if (other.problem) problem_free(other.problem);
  if (other.model) model_free(other.model);
}

/* Of what is as large as the greatest numbers, nothing follows. */
static bool is_finite(const struct variant *v)
{
  for (int k = 0; k < v->n * v->n; k++)
    if (!isfinite(magnitude(v->field, v->want[k / v->n][k % v->n]))) return false;
  return scale_of(v) < 1e150 && !num_is_too_large();
}

/* ---- functions of the value ---- */

/* Splits a text at its result: `return E;` or `return NAME;` of an array with one element. */
struct result {
  size_t begin; /* of the statement */
  struct strbuf expr;
};

static bool split_result(const char *text, struct result *r)
{
  const char *last = text, *next = strncmp(text, "return ", 7) ? NULL : text;
  while ((last = strstr(last, "\nreturn ")) != NULL) next = ++last;
  if (!next) return false;
  const char *expr = next + 7, *end = strrchr(expr, ';');
  if (!end) return false;
  r->begin = (size_t)(next - text);
  strbuf_add(&r->expr, expr, (size_t)(end - expr));
  if (!strncmp(expr, "out", 3)) strbuf_puts(&r->expr, "[1]");
  return true;
}

/* The text with the result named f_, and then `after`. */
static bool write_after(struct variant *v, const char *after)
{
  struct result r = {0};
  bool ok = split_result(v->h->text, &r);
  if (ok) {
    strbuf_add(&v->text, v->h->text, r.begin);
    strbuf_puts(&v->text, "let f_ = ");
    strbuf_add(&v->text, r.expr.data, r.expr.len);
    strbuf_puts(&v->text, after);
  }
  strbuf_free(&r.expr);
  return ok;
}

/* a·H + b·g·gᵀ */
static void combine(struct variant *v, union num a, union num b)
{
  const struct reference *f = &v->h->want;
  for (int i = 0; i < v->n; i++)
    for (int j = 0; j < v->n; j++) {
      v->want[i][j] = num_mul(a, f->hessian_in[i][j]);
      if (num_is_zero(b)) continue;
      union num outer = num_mul(f->gradient_in[i], f->gradient_in[j]);
      v->want[i][j] = num_add(v->want[i][j], num_mul(b, outer));
      if (f->depends[i] && f->depends[j]) v->has[i][j] = true;
    }
}

static bool multiplied(struct variant *v)
{
  v->name = "f multiplied";
  combine(v, num_of(-1.5), num_of(0));
  return write_after(v, ";\nreturn -2.5*f_ + f_;\n");
}

static bool squared(struct variant *v)
{
  union num twice = num_mul(num_of(2), v->h->want.value_in);
  v->name = "f squared";
  combine(v, num_sub(twice, num_of(3)), num_of(2));
  return write_after(v, ";\nreturn f_^2 - 3*f_;\n");
}

/* + 0.25·x² for all unknowns x. */
static bool with_squares(struct variant *v)
{
  struct strbuf squares = {0};
  const struct block *blocks;
  size_t count = problem_blocks(v->h->problem, &blocks);
  v->name = "squares added";
  strbuf_puts(&squares, ";\nreturn f_");
  for (size_t k = 0; k < count; k++) {
    bool scalar = !problem_block_shape(v->h->problem, &blocks[k])->ndim;
    strbuf_printf(&squares, scalar ? " + 0.25*%s^2" : " + 0.25*norm2(%s)", blocks[k].name);
  }
  strbuf_puts(&squares, ";\n");
  for (int i = 0; i < v->n; i++) {
    v->want[i][i] = num_add(v->want[i][i], num_of(0.5));
    v->has[i][i] = true;
  }
  bool done = write_after(v, squares.data);
  strbuf_free(&squares);
  return done;
}

/* ---- with another model of the same unknowns ---- */

/* f + g, or f·g. */
static void combine_two(struct variant *v, const struct reference *g, bool product)
{
  const struct reference *f = &v->h->want;
  for (int i = 0; i < v->n; i++)
    for (int j = 0; j < v->n; j++) {
      union num a = f->hessian_in[i][j], b = g->hessian_in[i][j];
      v->has[i][j] = v->has[i][j] || g->pattern[i][j];
      if (product) {
        a = num_add(num_mul(g->value_in, a), num_mul(f->gradient_in[i], g->gradient_in[j]));
        b = num_add(num_mul(f->value_in, b), num_mul(g->gradient_in[i], f->gradient_in[j]));
        if ((f->depends[i] && g->depends[j]) || (g->depends[i] && f->depends[j]))
          v->has[i][j] = true;
      }
      v->want[i][j] = num_add(a, b);
    }
}

static bool run_oracle(struct variant *v, const char *text, struct reference *out)
{
  struct hunt other = {.ctx = v->h->ctx};
  int source;
  size_t len = strlen(text);
  bool ok =
      hunt_ok(&other, "source",
              context_add_source(&other.ctx, "second", mem_strndup(text, len), len, &source)) &&
      hunt_ok(&other, "parse", model_parse(&other.ctx, source, &other.model)) &&
      hunt_ok(&other, "check", model_check(&other.ctx, other.model));
  if (ok && !reference_run_in(other.model, v->x, out)) {
    hunt_differ(&other, "oracle: %s", out->error);
    ok = false;
  }
  if (!ok) hunt_differ(v->h, "%s: %s:\n%s", v->name, other.difference, text);
  v->h->ctx = other.ctx;
  if (other.model) model_free(other.model);
  return ok;
}

static bool is_number(const struct variant *v, const struct reference *g)
{
  bool ok = !num_is_none(g->value_in) && isfinite(g->value);
  for (int i = 0; i < v->n; i++) {
    ok = ok && !num_is_none(g->gradient_in[i]) && isfinite(g->gradient[i]);
    for (int j = 0; j < v->n; j++)
      ok = ok && !num_is_none(g->hessian_in[i][j]) && isfinite(g->hessian[i][j]);
  }
  return ok;
}

static bool depends(const struct reference *f)
{
  bool any = false;
  for (int i = 0; i < f->n; i++) any = any || f->depends[i];
  return any;
}

static bool with_another(struct variant *v)
{
  static struct reference g; /* large */
  struct strbuf second = {0}, rest = {0};
  struct result r = {0};
  bool product = pick(v, 0, 1), ok = false;
  v->name = "with another model";
  if (!v->h->generated) return false;
  size_t head = generate_second(v->h->kind, v->h->seed, &second);
  if (!run_oracle(v, second.data, &g) || !is_number(v, &g) || num_is_too_large()) goto done;
  if (!depends(&g) || !depends(&v->h->want)) product = false; /* what is constant may be folded */
  combine_two(v, &g, product);
  if (!split_result(second.data, &r)) goto done;
  strbuf_puts(&rest, ";\n");
  strbuf_add(&rest, second.data + head, r.begin - head);
  strbuf_puts(&rest, product ? "return f_*(" : "return f_ + (");
  strbuf_add(&rest, r.expr.data, r.expr.len);
  strbuf_puts(&rest, ");\n");
  ok = write_after(v, rest.data);
done:
  strbuf_free(&second);
  strbuf_free(&rest);
  strbuf_free(&r.expr);
  return ok;
}

/* ---- other unknowns ---- */

/* The declarations of variables in the opposite order. */
static bool reversed(struct variant *v)
{
  const struct block *blocks;
  int count = (int)problem_blocks(v->h->problem, &blocks), n = 0, nlines = 0, unknown[N];
  bool done = false;
  const char *line[N], *text = v->h->text;
  v->name = "variables the other way round";
  for (const char *at = text; at && nlines < N; at = strchr(at, '\n'), at = at ? at + 1 : NULL)
    if (!strncmp(at, "var ", 4)) line[nlines++] = at;
  for (const char *at = text; *at; at += strcspn(at, "\n") + 1) {
    if (strncmp(at, "var ", 4) != 0) {
      strbuf_add(&v->text, at, strcspn(at, "\n") + 1);
    } else if (!done) {
      for (int k = nlines - 1; k >= 0; k--)
        strbuf_add(&v->text, line[k], strcspn(line[k], "\n") + 1);
      done = true;
    }
  }
  for (int k = count - 1; k >= 0; k--)
    for (int64_t i = 0; i < blocks[k].size; i++) unknown[n++] = (int)(blocks[k].offset + i);
  for (int i = 0; i < v->n; i++) {
    v->x[i] = v->h->want.point_in[unknown[i]];
    for (int j = 0; j < v->n; j++) {
      v->want[i][j] = v->h->want.hessian_in[unknown[i]][unknown[j]];
      v->has[i][j] = v->h->want.pattern[unknown[i]][unknown[j]];
    }
  }
  return nlines == count;
}

/* x = c + A·y, element by element of the blocks x. */
struct change {
  enum { GATHER, ROWS_SPARSE, ROWS_DENSE, ENTRIES } kind;
  double a[N][N]; /* rows of x, columns of y; numbers without rounding */
  bool has[N][N];
};

static void put_number(struct variant *v, union num x)
{
  struct number number = {.re = x.re, .im = 0};
  if (v->field == FIELD_COMPLEX) number = (struct number){.re = creal(x.z), .im = cimag(x.z)};
  if (v->field == FIELD_EXACT)
    num_format(x, &v->text);
  else
    number_print(v->field, &number, &v->text);
}

/* Complex numbers print as a+bi, which is an expression. */
static void put_expr(struct variant *v, struct change *c, const char *position)
{
  switch (c->kind) {
  case GATHER: strbuf_printf(&v->text, "y_[at_[%s]]", position); break;
  case ROWS_SPARSE:
    strbuf_printf(&v->text, "c_[%s] + sum(a_*y_[j_] for (j_, a_) in A_[%s])", position, position);
    break;
  case ROWS_DENSE:
    strbuf_printf(&v->text, "c_[%s] + sum(A_[%s, j_]*y_[j_] for j_ in 1..%d)", position, position,
                  v->n);
    break;
  case ENTRIES:
    strbuf_printf(&v->text, "c_[%s] + sum(a_*y_[j_] for (i_, j_, a_) in A_ if i_ == %s)", position,
                  position);
    break;
  }
}

/* let NAME[…] for all elements of a block, in one loop or one by one. */
static void put_block(struct variant *v, struct change *c, const struct block *b)
{
  const struct shape *s = problem_block_shape(v->h->problem, b);
  char position[256];
  int64_t index[LOOP_MAX];
  if (s->size == 0) {
    strbuf_printf(&v->text, "let %s[", b->name);
    for (int d = 0; d < s->ndim; d++)
      strbuf_printf(&v->text, d ? ", i%d_ in 2..1" : "i%d_ in 2..1", d);
    strbuf_puts(&v->text, "] = 1;\n");
    return;
  }
  if (s->ndim > 0 && s->box && !s->hole) {
    int len = snprintf(position, sizeof position, "%d", (int)b->offset + 1);
    strbuf_printf(&v->text, "let %s[", b->name);
    for (int d = 0; d < s->ndim; d++) {
      int lo = (int)s->lo[d], step = (int)s->step[d], last = lo + step * ((int)s->extent[d] - 1);
      strbuf_printf(&v->text, "%si%d_ in %d..%d by %d", d ? ", " : "", d, lo, last, step);
      len += snprintf(position + len, sizeof position - (size_t)len, " + %d*((i%d_ - (%d))/(%d))",
                      (int)s->stride[d], d, lo, step);
    }
    strbuf_puts(&v->text, "] = ");
    put_expr(v, c, position);
    strbuf_puts(&v->text, ";\n");
    return;
  }
  for (int64_t k = 0; k < s->size; k++) {
    snprintf(position, sizeof position, "%d", (int)(b->offset + k) + 1);
    strbuf_printf(&v->text, "let %s", b->name);
    if (s->ndim > 0) shape_index(s, k, index);
    for (int d = 0; d < s->ndim; d++) strbuf_printf(&v->text, d ? ", %d" : "[%d", (int)index[d]);
    strbuf_puts(&v->text, s->ndim ? "] = " : " = ");
    put_expr(v, c, position);
    strbuf_puts(&v->text, ";\n");
  }
}

static void put_permutation(struct variant *v, const struct change *c)
{
  strbuf_puts(&v->text, "param at_[1..0 + ");
  strbuf_printf(&v->text, "%d] integer = [", v->n);
  for (int i = 0; i < v->n; i++)
    for (int j = 0; j < v->n; j++)
      if (c->has[i][j]) strbuf_printf(&v->text, i ? ", %d" : "%d", j + 1);
  strbuf_puts(&v->text, "];\n");
}

static void put_matrix(struct variant *v, const struct change *c)
{
  struct strbuf file = {0};
  int count = 0;
  for (int k = 0; k < v->n * v->n; k++) count += c->has[k / v->n][k % v->n];
  strbuf_printf(&file, "%%%%MatrixMarket matrix coordinate real general\n%d %d %d\n", v->n, v->n,
                count);
  for (int j = 0; j < v->n; j++)
    for (int i = 0; i < v->n; i++)
      if (c->has[i][j]) strbuf_printf(&file, "%d %d %g\n", i + 1, j + 1, c->a[i][j]);
  hunt_write("change.mtx", file.data, file.len);
  strbuf_free(&file);
  if (c->kind == ROWS_DENSE) {
    strbuf_printf(&v->text, "param A_[%d, %d] = [", v->n, v->n);
    for (int i = 0; i < v->n; i++)
      for (int j = 0; j < v->n; j++)
        strbuf_printf(&v->text, "%s%g%s",
                      j   ? ", "
                      : i ? ", ["
                          : "[",
                      c->a[i][j], j == v->n - 1 ? "]" : "");
    strbuf_puts(&v->text, "];\n");
  } else {
    strbuf_printf(&v->text, "param A_[%d, %d] sparse = read(\"change.mtx\");\n", v->n, v->n);
  }
}

/* c = x - A·y, so that the point is the same. */
static void put_shift(struct variant *v, const struct change *c)
{
  strbuf_printf(&v->text, "param c_[%d] = [", v->n);
  for (int i = 0; i < v->n; i++) {
    union num shift = v->h->want.point_in[i];
    for (int j = 0; j < v->n; j++)
      if (c->has[i][j]) shift = num_sub(shift, num_mul(num_of(c->a[i][j]), v->x[j]));
    if (i > 0) strbuf_puts(&v->text, ", ");
    put_number(v, shift);
  }
  strbuf_puts(&v->text, "];\n");
}

static void choose_change(struct variant *v, struct change *c)
{
  static const double values[] = {1, -1, 0.5, 2, -0.25, 1.5, -0.75};
  int order[N], n = v->n;
  for (int i = 0; i < n; i++) order[i] = i;
  for (int i = n - 1; i > 0; i--) {
    int j = pick(v, 0, i), old = order[i];
    order[i] = order[j];
    order[j] = old;
  }
  for (int i = 0; i < n; i++) {
    c->has[i][order[i]] = true;
    c->a[i][order[i]] = c->kind == GATHER ? 1 : values[pick(v, 0, 6)];
    for (int j = 0; j < n && c->kind != GATHER; j++) {
      if (pick(v, 0, 5) == 0) c->a[i][j] = values[pick(v, 0, 6)];
      c->has[i][j] = c->a[i][j] != 0 || c->kind == ROWS_DENSE;
    }
  }
}

/* AᵀHA */
static void transform(struct variant *v, const struct change *c)
{
  const struct reference *f = &v->h->want;
  union num half[N][N] = {{{0}}};
  memset(v->want, 0, sizeof v->want);
  memset(v->has, 0, sizeof v->has);
  for (int i = 0; i < v->n; i++)
    for (int q = 0; q < v->n; q++)
      for (int j = 0; j < v->n; j++)
        half[i][q] = num_add(half[i][q], num_mul(f->hessian_in[i][j], num_of(c->a[j][q])));
  for (int p = 0; p < v->n; p++)
    for (int q = 0; q < v->n; q++)
      for (int i = 0; i < v->n; i++) {
        v->want[p][q] = num_add(v->want[p][q], num_mul(num_of(c->a[i][p]), half[i][q]));
        for (int j = 0; j < v->n; j++)
          if (c->has[i][p] && c->has[j][q] && f->pattern[i][j]) v->has[p][q] = true;
      }
}

static void set_point(struct variant *v, const struct change *c)
{
  for (int j = 0; j < v->n; j++)
    for (int i = 0; i < v->n; i++)
      if (c->kind != GATHER)
        v->x[j] = num_of_fraction(pick(v, -6, 6), 4);
      else if (c->has[i][j])
        v->x[j] = v->h->want.point_in[i];
}

static bool changed(struct variant *v)
{
  struct change c = {.kind = pick(v, 0, 3)};
  const struct block *blocks;
  int count = (int)problem_blocks(v->h->problem, &blocks), next = 0;
  v->name = c.kind == GATHER ? "unknowns permuted" : "unknowns changed linearly";
  if (v->n == 0) return false;
  choose_change(v, &c);
  set_point(v, &c);
  transform(v, &c);
  for (const char *at = v->h->text; *at; at += strcspn(at, "\n") + 1) {
    size_t len = strcspn(at, "\n");
    if (strncmp(at, "var ", 4) != 0) {
      strbuf_add(&v->text, at, len + (at[len] != 0));
      if (!at[len]) break;
      continue;
    }
    if (next == count || at[len] == 0 || at[len - 1] != ';') return false;
    if (next == 0) {
      strbuf_printf(&v->text, "var y_[%d];\n", v->n);
      if (c.kind == GATHER) put_permutation(v, &c);
      if (c.kind != GATHER) put_matrix(v, &c);
      if (c.kind != GATHER) put_shift(v, &c);
    }
    put_block(v, &c, &blocks[next++]);
  }
  return next == count;
}

/* ---- in other words ---- */

static bool said_otherwise(struct variant *v)
{
  v->name = "in other words";
  return v->h->generated && generate_otherwise(v->h->kind, v->h->seed, &v->text, &v->differs);
}

void hunt_variants(struct hunt *h, enum field field, uint64_t seed)
{
  static bool (*const kinds[])(struct variant *) = {multiplied, squared, with_squares,
                                                    reversed,   changed, with_another};
  static struct variant v; /* large */
  for (int times = 0; times < 3 && !h->failed; times++) {
    v = (struct variant){.h = h, .field = field, .state = seed + (uint64_t)times, .n = h->want.n};
    memcpy(v.x, h->want.point_in, sizeof v.x);
    memcpy(v.want, h->want.hessian_in, sizeof v.want);
    memcpy(v.has, h->want.pattern, sizeof v.has);
    bool made =
        times == 0 ? said_otherwise(&v) : kinds[times == 1 ? pick(&v, 0, 3) : pick(&v, 4, 5)](&v);
    if (made && is_finite(&v)) compare_variant(&v);
    strbuf_free(&v.text);
  }
}
