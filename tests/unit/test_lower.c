/* From models to Programs: sizes, what conditions leave, errors at the right iteration, recurrences
 * against loops in C, invariants of random models. */
#include "config.h"

#include "io_fixture.h"

#include "../oracle/generate.h"
#include "hessian/plan.h"
#include "hessian/problem_parts.h"
#include "program/transform.h"
#include "tests/doubles.h"

Suite *lower_suite(void);

static enum status try_load(const char *text, const char *n, struct problem **out)
{
  struct parameter_input input = {.kind = INPUT_SET, .name = "n", .text = n};
  struct problem_options options = {
      .model_source = add_text(text), .inputs = &input, .ninputs = n ? 1 : 0};
  return problem_load(&ctx, &options, out);
}

static void check_program(const struct program *p, const char *stage, const char *text)
{
  char why[200] = "";
  ck_assert_msg(program_check(p, why, sizeof why), "%s: %s\nin: %s", stage, why, text);
}

static struct problem *load_n(const char *text, const char *n)
{
  struct problem *p;
  if (try_load(text, n, &p) != STATUS_OK)
    ck_abort_msg("%s\nin: %s", ctx.diags.data[0].message, text);
  check_program(&p->program, "lowered", text);
  return p;
}

static struct problem *load(const char *text)
{
  return load_n(text, NULL);
}

/* The value at the default point. */
static double value_of(const struct problem *p)
{
  double x[64] = {0};
  struct evaluation *e;
  ck_assert_int_le(p->program.nx, 64);
  ck_assert_int_eq(doubles_point(&ctx, p, NULL, x), STATUS_OK);
  ck_assert_int_eq(doubles_create(&ctx, p, EVALUATE_VALUE, 0, 0, 0, &e), STATUS_OK);
  evaluation_point_doubles(e, x);
  double v = doubles_value(e);
  evaluation_free(e);
  return v;
}

/* The model is refused with this message, this note (NULL: none). */
static void expect_refusal(const char *text, enum error_id id, const char *message,
                           const char *note)
{
  struct problem *p;
  forget_diags();
  if (try_load(text, NULL, &p) == STATUS_OK) ck_abort_msg("accepted: %s", text);
  const struct diag *d = &ctx.diags.data[0];
  ck_assert_msg(d->id == id && !strcmp(d->message, message), "'%s'\nnot '%s'\nin: %s", d->message,
                message, text);
  if (!note) return;
  ck_assert_msg(ctx.diags.len > 1, "no note in: %s", text);
  ck_assert_msg(!strcmp(d[1].message, note), "'%s'\nnot '%s'\nin: %s", d[1].message, note, text);
}

/* ---- the size of the Program ---- */

static const char *const growing[] = {
    "param n; var x[n] = 1; return 3;",
    "param n; var x[n] = 1; return sum(x);",
    "param n; var x[n] = 1; return prod(x) + norm2(x) + dot(x, x) + logsumexp(x) + max(x);",
    "param n; var x[n] = 1; return sum(x[i]^2*x[i+1] for i in 1..n-1);",
    "param n; var x[n] = 1; return sum(x[i] for i in n..1 by -2);",
    "param n; param k[i in 1..n] = n + 1 - i; var x[n] = 1; return sum(x[k[i]]^2 for i in 1..n);",
    "param n; param g[i in 1..n] = (i*i) % 3; var x[n] = 1;"
    "return sum(if g[i] == 1 then exp(x[i]) else x[i]^2 for i in 1..n);",
    "param n; var x[n] = 1; return sum(x[i]*x[j] for i in 1..n, j in i+1..n if (i + j) % 2 == 0);",
    "param n; var x[n] = 1; return sum(if i > 1 then x[i-1]*x[i] else x[i]^2 for i in 1..n);",
    "param n; var x[n] = 1; return sum(exp(sum(x[j]*x[i] for j in 1..i)) for i in 1..n);",
    "param n; var x[n] = 1; return sum(max(x[j] for j in 1..i) for i in 1..n);",
    "param n; var x[n] = 1; return sum(min(x[j]*j for j in i..n if j != 3) for i in 1..3);",
    "param n; var x[n] = 1; return sum(prod(x[j] for j in 1..i) for i in 1..n);",
    "param n; var x[n] = 1; return sum(logsumexp(x[j]*i for j in 1..n) for i in 1..n);",
    "param n; var x[n] = 1; let r[i in 1..n-1] = x[i+1] - x[i]^2; return norm2(r);",
    "param n; var x[n] = 1; let s[1] = x[1]; let s[i in 2..n] = 0.5*s[i-1] + x[i]; return s[n];",
    "param n; var x[n] = 1; let s[n] = x[n]; let s[i in n-1..1 by -1] = s[i+1]*x[i]; return s[1];",
    "param n; var x[n] = 1; let s[i in 1..n] = if i > 1 then s[i-1]^2 else x[1]; return s[n];",
    "param n; var x[n] = 1; let s[i in 1..n, j in 1..i] = if j > 1 then s[i,j-1] + x[j] else x[i];"
    "return sum(s[n,j] for j in 1..n);",
    "param n; var x[n] = 1; let s[0] = x[1]; let s[1] = x[2];"
    "let s[i in 2..n] = s[i-1]*s[i-2] + sum(s[j] for j in 0..i-1); return s[n];",
    "param n; var x[n] = 1; let p[0] = x[1]; let v[0] = x[2];"
    "for t in 1..n { let a = -2*p[t-1]; let p[t] = p[t-1] + v[t-1]/9; let v[t] = v[t-1] + a/9; }"
    "return p[n]^2;",
    "param n; var x[n] = 1; for t in 1..n { let a = x[t]^2; let b[t] = a*a; } return sum(b);",
    "param n; var x[n] = 1; let u[0, i in 1..n] = x[i];"
    "for t in 1..n { let u[t, 1] = u[t-1, 1]; let u[t, n] = u[t-1, n];"
    "  let u[t, i in 2..n-1] = u[t-1, i-1] + u[t-1, i+1] - x[i]*u[t-1, i]; } return u[n, 2];",
    "param n; var x[n] = 1; let u[0, n] = x[1];"
    "for t in 1..n { let u[t, 1] = u[t-1, n]; let u[t, i in 2..n] = u[t, i-1]*x[i]; }"
    "return u[n, n];",
    "param n; var x[n] = 1; let a[i in 1..n by 2] = x[i]; let a[i in 2..n by 2] = x[i]^2;"
    "return norm2(a);",
    "param n; var x[n] = 1; def f(a, b) = a*exp(b); aux w[i in 1..n] = f(x[i], x[1]);"
    "aux m = max(x); return sum(f(x[i], i) for i in 1..n);",
    "param n; param A[n, n] sparse = 2; var x[n] = 1;"
    "return sum(a*x[i]*x[j] for (i, j, a) in A) + sum(sum(a*x[j] for (j, a) in A[i])^2 for i in "
    "1..n);",
    "param n; param A[n, 2] = 2; var x[n, 2] = 1; var y[i in 1..n, 1..i] = 2;"
    "return sum(a*x[i,j]*y[i,1] for (i, j, a) in A);",
    "param n; var x[n] = 1; return sum(if x[i] > 0 and i % 3 != 1 or i == n then log(x[i]) else 1 "
    "for i in 1..n);",
};

struct extent {
  size_t arrays, tables, kernels, groups, reads, ops, outputs;
};

static struct extent measure(const char *text, const char *n)
{
  struct problem *p = load_n(text, n);
  const struct program *q = &p->program;
  struct extent s = {q->arrays.len, q->tables.len, q->kernels.len, q->groups.len, 0, 0, 0};
  for (size_t k = 0; k < q->kernels.len; k++) {
    s.reads += q->kernels.data[k].reads.len;
    s.ops += q->kernels.data[k].ops.len;
    s.outputs += q->kernels.data[k].outputs.len;
  }
  problem_free(p);
  return s;
}

START_TEST(programs_do_not_grow)
{
  struct extent a = measure(growing[_i], "9"), b = measure(growing[_i], "23");
  ck_assert_uint_eq(a.arrays, b.arrays);
  ck_assert_uint_eq(a.tables, b.tables);
  ck_assert_uint_eq(a.kernels, b.kernels);
  ck_assert_uint_eq(a.groups, b.groups);
  ck_assert_uint_eq(a.reads, b.reads);
  ck_assert_uint_eq(a.ops, b.ops);
  ck_assert_uint_eq(a.outputs, b.outputs);
}
END_TEST

/* ---- conditions ---- */

static bool has_op(const struct kernel *k, enum op_code code)
{
  for (size_t i = 0; i < k->ops.len; i++)
    if (k->ops.data[i].code == code) return true;
  return false;
}

/* In how many iterations exp is computed, and y is read. */
static void count_traces(const struct problem *p, int64_t *exps, int64_t *reads)
{
  *exps = *reads = 0;
  for (size_t i = 0; i < p->program.kernels.len; i++) {
    const struct kernel *k = &p->program.kernels.data[i];
    int64_t count = p->program.domains.data[k->domain].count;
    if (has_op(k, OP_EXP)) *exps += count;
    for (size_t r = 0; r < k->reads.len; r++) {
      int array = k->reads.data[r].array;
      if (array >= 0 && !strcmp(p->program.arrays.data[array].name, "y")) *reads += count;
    }
  }
}

/* exp(y) in the branch, in `count` iterations of 12; where it is not taken even the index of x is
 * out of bounds. */
static const struct {
  const char *condition;
  int64_t count;
} conditions[] = {
    {"true", 12},
    {"false", 0},
    {"n > 12", 0},
    {"i > 0", 12},
    {"i < 1", 0},
    {"i <= 5", 5},
    {"2*i == 7", 0},
    {"2*i != 7", 12},
    {"i == 7", 1},
    {"3 - 2*i >= -9", 6},
    {"i % 3 == 1", 4},
    {"g[i] == 2", 3},
    {"g[i] > i", 1},
    {"i > 3 and i < 7", 3},
    {"i < 3 or i > 10", 4},
    {"not (i != 4 and g[i] != 2)", 4},
    {"size(x) == 12 and i != 12", 11},
    {"i > 4 and 1/(i - 4) > 0.3", 3},
    {"i <= 4 or 1/(i - 4) > 0.3", 7},
    {"f(i) > 16", 8},
    {"i*i > 30 and sum(k for k in 1..i if k % 2 == 0) < 30", 4},
};

static const char condition_head[] = "param n = 12; param g[n] = [2,1,0,1,2,1,3,3,2,1,0,1];"
                                     "def f(a) = a*a; var x[n] = 1; var y = 1;";

START_TEST(branches_not_taken_leave_no_trace)
{
  static const char *const forms[] = {
      "return sum(if %s then exp(y)*x[i] else x[1] for i in 1..n);",
      "return sum(if not (%s) then x[1] else exp(y)*x[i] for i in 1..n);",
      "return sum(exp(y)*x[i] for i in 1..n if %s);",
      "let a[i in 1..n] = if %s then exp(y) + x[i] else i; return sum(a);",
      "aux a[i in 1..n] = if %s then exp(y) + x[i] else i; return x[1];",
      "let s[0] = x[1]; let s[i in 1..n] = s[i-1] + (if %s then exp(y) else 2); return s[n];",
      "for i in 1..n { let b = if %s then exp(y) else x[i]; let c[i] = b*b; } return sum(c);",
  };
  for (size_t k = 0; k < sizeof forms / sizeof *forms; k++) {
    char text[700];
    int64_t exps, reads;
    int len = snprintf(text, sizeof text, "%s", condition_head);
    snprintf(text + len, sizeof text - (size_t)len, forms[k], conditions[_i].condition);
    struct problem *p = load(text);
    count_traces(p, &exps, &reads);
    ck_assert_msg(exps == conditions[_i].count && reads == conditions[_i].count,
                  "%lld times exp, %lld times y, not %lld\nin: %s", (long long)exps,
                  (long long)reads, (long long)conditions[_i].count, text);
    problem_free(p);
    forget_diags();
  }
}
END_TEST

/* The other branch would be out of bounds, undefined, empty or not whole wherever it is not
 * taken. */
START_TEST(branches_not_taken_are_not_looked_at)
{
  static const struct {
    const char *text;
    double value;
  } cases[] = {
      {"var x[5] = 2; return sum(if i > 1 then x[i-1] else 0 for i in 1..5);", 8},
      {"var x[5] = 2; return sum(if i < 5 then x[i+1]*x[i] else x[i-4] for i in 1..5);", 18},
      {"var x[5] = 2; return if 1 > 2 then x[77] else x[5];", 2},
      {"var x[5] = 2; return sum(if i % 2 == 0 then x[i/2] else 1 for i in 1..5);", 7},
      {"var x[5] = 2; return sum(if i > 3 then max(x[j] for j in 4..i) else 0 for i in 1..5);", 4},
      {"var x[5] = 2; let s[i in 1..5] = if i > 1 then s[i-1] + 1 else x[1]; return s[5];", 6},
      {"param k[3] = [1, 9, 2]; var x[5] = 2; return sum(if k[i] < 5 then x[k[i]] else 1 "
       "for i in 1..3);",
       5},
      {"var x[5] = 2; return sum(x[i-1]*x[i+1] for i in 1..5 if i != 1 and i < 5);", 12},
      {"var x[5] = 2; return sum(if i > 2 and x[i-2] > 1 then 1 else 0 for i in 1..5);", 3},
      {"var x[5] = 2; return sum(x[9+i] for i in 5..4) + x[1];", 2},
  };
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    struct problem *p = load(cases[k].text);
    ck_assert_msg(value_of(p) == cases[k].value, "%g: %s", value_of(p), cases[k].text);
    problem_free(p);
    forget_diags();
  }
}
END_TEST

/* ---- errors at the first offending iteration ---- */

START_TEST(bounds_name_array_indices_and_loops)
{
  int refused = 0;
  for (int round = 0; round < 600; round++) {
    int xlo = random_below(9) - 4, xn = 1 + random_below(20), a = random_below(5) - 2;
    int b = random_below(5) - 2, c = random_below(21) - 10, skip = random_below(8);
    int down = random_below(2), triangle = random_below(2), lookup = random_below(3) == 0;
    int i0 = down ? 5 : 1, i1 = down ? 1 : 5, step = down ? -1 : 1;
    char text[400], message[100] = "", note[100] = "";
    static const int g[] = {3, 1, 5, 2, 4};
    snprintf(text, sizeof text,
             "param g[5] = [3, 1, 5, 2, 4]; var x[%d..%d, 2] = 1;"
             "return sum(x[%d*%s + %d*j + %d, 2] for i in %d..%d by %d, j in %s..6 if i != %d);",
             xlo, xlo + xn - 1, a, lookup ? "g[i]" : "i", b, c, i0, i1, step, triangle ? "i" : "2",
             skip);
    for (int i = i0; i != i1 + step && !*message; i += step)
      for (int j = triangle ? i : 2; j <= 6 && !*message; j++) {
        int at = a * (lookup ? g[i - 1] : i) + b * j + c;
        if (i == skip || (at >= xlo && at < xlo + xn)) continue;
        snprintf(message, sizeof message, "index [%d, 2] is out of bounds for x[%d..%d, 1..2]", at,
                 xlo, xlo + xn - 1);
        snprintf(note, sizeof note, "at i = %d, j = %d", i, j);
      }
    forget_diags();
    if (!*message) {
      problem_free(load(text));
      continue;
    }
    refused++;
    expect_refusal(text, lookup ? ERR_DATA_INDEX_OUT_OF_BOUNDS : ERR_INDEX_OUT_OF_BOUNDS, message,
                   note);
  }
  ck_assert(refused > 100 && refused < 580);
}
END_TEST

/* s[i] = s[a·i + b] + x: out of bounds, too early, or fine; then the value is right. */
START_TEST(recurrences_read_what_is_defined)
{
  int outcomes[3] = {0};
  for (int round = 0; round < 1000; round++) {
    int n = 3 + random_below(5), a = random_below(4) - 1, b = random_below(9) - 4;
    int down = random_below(2), from = down ? n : 1, to = down ? 1 : n, step = down ? -1 : 1;
    int start = down ? n + 1 : 0, late = random_below(2);
    bool set[32] = {false};
    double s[32] = {0}, total = 2;
    char text[300], early[80] = "", outside[80] = "", early_note[40] = "", outside_note[40] = "";
    snprintf(text, sizeof text,
             "var x[1] = 2; %slet s[i in %d..%d by %d] = 3*s[%d*i + %d] + x[1]; %s return sum(s);",
             late ? "" : (down ? "let s[n+1] = x[1];" : "let s[0] = x[1];"), from, to, step, a, b,
             late ? (down ? "let s[n+1] = x[1];" : "let s[0] = x[1];") : "");
    /* n is a parameter only where the model says so */
    char full[330];
    snprintf(full, sizeof full, "param n = %d; %s", n, text);
    int lo = down ? 1 : 0, hi = down ? n + 1 : n;
    if (!late) set[start] = true, s[start] = 2;
    for (int i = from; i != to + step; i += step) {
      int at = a * i + b;
      if (at < lo || at > hi) {
        if (*outside) continue;
        snprintf(outside, sizeof outside, "index %d is out of bounds for s[%d..%d]", at, lo, hi);
        snprintf(outside_note, sizeof outside_note, "at i = %d", i);
        continue;
      }
      if (!set[at] && !*early) {
        snprintf(early, sizeof early, "s[%d] is read before it is defined", at);
        snprintf(early_note, sizeof early_note, "at i = %d", i);
      }
      set[i] = true;
      s[i] = 3 * s[at] + 2;
      total += s[i];
    }
    forget_diags();
    if (*outside) {
      expect_refusal(full, ERR_INDEX_OUT_OF_BOUNDS, outside, outside_note);
    } else if (*early) {
      expect_refusal(full, ERR_NOT_DEFINED_YET, early, early_note);
    } else {
      struct problem *p = load(full);
      ck_assert_msg(value_of(p) == total, "%g, not %g: %s", value_of(p), total, full);
      problem_free(p);
    }
    outcomes[*outside ? 0 : *early ? 1 : 2]++;
  }
  for (int k = 0; k < 3; k++) ck_assert_int_gt(outcomes[k], 10);
}
END_TEST

/* u[i, j] = u[i+a, j+b] + u[i+c, j+d] + 1 inside a border, loops in both directions. */
START_TEST(recurrences_in_two_loops)
{
  enum { N = 5, M = 4 };
  int fine = 0, early = 0;
  for (int round = 0; round < 600; round++) {
    int a[2], b[2], up = random_below(2), right = random_below(2);
    bool ok = true, triangle = random_below(3) == 0 && right;
    char text[500];
    double u[N + 4][M + N + 4] = {{0}}, total = 0;
    bool set[N + 4][M + N + 4] = {{false}};
    for (int k = 0; k < 2; k++) {
      a[k] = random_below(3) - 1;
      b[k] = random_below(3) - 1;
      if (random_below(3)) a[k] = up ? 1 : -1; /* else there is hardly one that is fine */
    }
    snprintf(text, sizeof text,
             "var x = 1; let u[i in %s, j in %s] ="
             "  if i >= 1 and i <= %d and j >= 1 and j <= %d%s"
             "  then u[i + %d, j + %d] + 2*u[i + %d, j + %d] + x else x;"
             "return sum(u);",
             up ? "6..0 by -1" : "0..6", right ? (triangle ? "0..5+i" : "0..5") : "5..0 by -1", N,
             M, triangle ? "+i" : "", a[0], b[0], a[1], b[1]);
    if (triangle && (a[0] < 0 || a[1] < 0)) continue; /* it would leave the triangle */
    for (int ii = 0; ii <= N + 1; ii++)
      for (int jj = 0, m = M + (triangle ? (up ? N + 1 - ii : ii) : 0); jj <= m + 1; jj++) {
        int i = up ? N + 1 - ii : ii, j = right ? jj : m + 1 - jj;
        u[i][j] = 1;
        if (i >= 1 && i <= N && j >= 1 && j <= m)
          for (int k = 0; k < 2; k++) {
            ok = ok && set[i + a[k]][j + b[k]];
            u[i][j] += (k + 1) * u[i + a[k]][j + b[k]];
          }
        set[i][j] = true;
        total += u[i][j];
      }
    forget_diags();
    struct problem *p;
    enum status status = try_load(text, NULL, &p);
    ck_assert_msg((status == STATUS_OK) == ok, "%s: %s", ok ? "refused" : "accepted", text);
    if (ok) {
      check_program(&p->program, "lowered", text);
      ck_assert_msg(value_of(p) == total, "%g, not %g: %s", value_of(p), total, text);
      problem_free(p);
      fine++;
    } else {
      ck_assert_int_eq(ctx.diags.data[0].id, ERR_NOT_DEFINED_YET);
      early++;
    }
  }
  ck_assert_int_gt(fine, 50);
  ck_assert_int_gt(early, 50);
}
END_TEST

/* ---- clauses ---- */

/* Clauses with steps: the first element that is set twice, or the union with its holes. */
START_TEST(clauses_are_a_union)
{
  int overlaps = 0, holes = 0;
  for (int round = 0; round < 500; round++) {
    struct strbuf text = {0};
    int spread = random_below(4) ? 1 : 1000; /* wide: a list, not a box */
    bool set[64] = {false};
    char message[100] = "", note[40] = "";
    strbuf_puts(&text, "var x = 2;");
    for (int c = 0, n = 1 + random_below(3); c < n; c++) {
      int lo = random_below(30), by = 1 + random_below(4), count = random_below(7);
      int hi = lo + by * (count - 1), down = random_below(2) && count;
      strbuf_printf(&text, "let s[%d, i in %d..%d by %d] = x*%d + i;", spread, (down ? hi : lo),
                    (down ? lo : hi), down ? -by : by, c);
      for (int k = 0; k < count && !*message; k++) {
        int i = down ? hi - k * by : lo + k * by;
        if (set[i]) {
          snprintf(message, sizeof message, "s[%d,%d] is defined more than once", spread, i);
          snprintf(note, sizeof note, "at i = %d", i);
        }
        set[i] = true;
      }
    }
    int probe = random_below(50);
    forget_diags();
    if (*message) {
      strbuf_puts(&text, "return 0;");
      expect_refusal(text.data, ERR_CLAUSES_OVERLAP, message, note);
      overlaps++;
    } else {
      struct problem *p;
      strbuf_printf(&text, "return s[%d, %d];", spread, probe);
      enum status status = try_load(text.data, NULL, &p);
      ck_assert_msg((status == STATUS_OK) == set[probe], "%d: %s", probe, text.data);
      if (status == STATUS_OK) {
        const struct shape *s = &p->symbols[1].shape;
        check_program(&p->program, "lowered", text.data);
        for (int i = 0; i < 64; i++)
          ck_assert_int_eq(shape_find(s, (int64_t[]){spread, i}) >= 0, set[i]);
        problem_free(p);
      } else {
        int below = probe, above = probe;
        while (below >= 0 && (below >= 64 || !set[below])) below--;
        while (above < 64 && !set[above]) above++;
        bool gap = ctx.diags.data[0].id == ERR_NO_ELEMENT;
        ck_assert(gap || ctx.diags.data[0].id == ERR_INDEX_OUT_OF_BOUNDS);
        ck_assert(!gap || (below >= 0 && above < 64));
        holes++;
      }
    }
    strbuf_free(&text);
  }
  ck_assert_int_gt(overlaps, 50);
  ck_assert_int_gt(holes, 50);
}
END_TEST

/* ---- blocks ---- */

/* Two coupled arrays, each with a recurrence inside an iteration: several ticks. */
START_TEST(blocks_with_several_ticks)
{
  for (int round = 0; round < 60; round++) {
    int steps = 1 + random_below(4), m = 1 + random_below(4), down = random_below(2);
    int c = random_below(5) - 2, d = random_below(5) - 2, triangle = random_below(2);
    double a[8][16] = {{0}}, b[8][16] = {{0}};
    char text[600], last[20];
    snprintf(last, sizeof last, triangle ? "%d+t" : "%d", m);
    snprintf(text, sizeof text,
             "var x = 1; let a[0, j in 0..%d] = x; let b[0, j in 1..%d] = j*x;"
             "for t in 1..%d { let l = %d*a[t-1, 0]; let a[t, 0] = b[t-1, 1] + l;"
             "  let a[t, j in 1..%s] = a[t, j-1] + %d*a[0, %d] + j;"
             "  let b[t, %s] = a[t, %s] + x;"
             "  let b[t, j in %s-1..1 by -1] = b[t, j+1] - a[t, j]*l; }"
             "return sum(b[%d, j] for j in 1..%d) + 10*a[%d, %d];",
             m, m, steps, c, last, d, down ? m : 0, last, last, last, steps, m, steps, m);
    for (int j = 0; j <= m; j++) a[0][j] = 1, b[0][j] = j;
    for (int t = 1; t <= steps; t++) {
      int n = triangle ? m + t : m;
      double l = c * a[t - 1][0];
      a[t][0] = b[t - 1][1] + l;
      for (int j = 1; j <= n; j++) a[t][j] = a[t][j - 1] + d * a[0][down ? m : 0] + j;
      b[t][n] = a[t][n] + 1;
      for (int j = n - 1; j >= 1; j--) b[t][j] = b[t][j + 1] - a[t][j] * l;
    }
    double total = 10 * a[steps][m];
    for (int j = 1; j <= m; j++) total += b[steps][j];
    struct problem *p = load(text);
    ck_assert_msg(value_of(p) == total, "%g, not %g: %s", value_of(p), total, text);
    problem_free(p);
    forget_diags();
  }
}
END_TEST

START_TEST(blocks_read_in_order)
{
  static const struct {
    const char *text, *message, *note;
  } cases[] = {
      {"var x = 1; for t in 1..3 { let a[t] = b[t]; let b[t] = x; } return sum(a);",
       "b[1] is read before it is defined", "at t = 1"},
      {"var x = 1; let a[0] = x; for t in 1..3 { let a[t] = b[4-t]; let b[t] = a[t-1]; }"
       "return sum(a);",
       "b[3] is read before it is defined", "at t = 1"},
      {"var x = 1; let b[0] = x; for t in 1..3 { let a[t] = b[t-1]; let b[t] = a[2]; }"
       "return sum(a);",
       "a[2] is read before it is defined", "at t = 1"},
      {"var x = 1; let a[0, 1..3] = x;"
       "for t in 1..2 { let a[t, j in 1..3] = if t + j == 4 then a[t, j+1] else a[t-1, j]; }"
       "let a[2, 4] = x; let a[1, 4] = x; return a[2,1];",
       "a[1,4] is read before it is defined", "at t = 1, j = 3"},
  };
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
    expect_refusal(cases[k].text, ERR_NOT_DEFINED_YET, cases[k].message, cases[k].note);
}
END_TEST

/* ---- random models ---- */

enum { SEEDS = 240 };

/* Which arrays have lanes is settled last: so a copy, for which it is, is checked. */
static void check_stage(const struct program *q, const char *stage, const char *text)
{
  struct program copy;
  ck_assert_int_eq(program_extend(&ctx, q, &copy), STATUS_OK);
  ck_assert_int_eq(program_split_lanes(&ctx, &copy), STATUS_OK);
  check_program(&copy, stage, text);
  program_free(&copy);
}

/* The three ways to H·v, checked after every step. */
static void transform(const struct problem *p, int mode, const char *text)
{
  struct program q;
  struct derivatives first = {0}, second = {0}, third = {0};
  int needed[64], count = 0, dot;
  ck_assert_int_eq(program_extend(&ctx, &p->program, &q), STATUS_OK);
  check_stage(&q, "extended", text);
  if (mode == MODE_REV_OVER_FWD) {
    ck_assert_int_eq(program_tangent(&ctx, &q, &first), STATUS_OK);
    check_stage(&q, "tangent", text);
    int slope = derivative_of(&first, q.value);
    if (slope >= 0) ck_assert_int_eq(program_adjoint(&ctx, &q, slope, &second), STATUS_OK);
    check_stage(&q, "adjoint of tangent", text);
  } else {
    ck_assert_int_eq(program_adjoint(&ctx, &q, q.value, &first), STATUS_OK);
    check_stage(&q, "adjoint", text);
    if (mode == MODE_REV_OVER_REV) {
      ck_assert_int_eq(program_dot_seed(&ctx, &q, &first, &dot), STATUS_OK);
      check_stage(&q, "dot", text);
      ck_assert_int_eq(program_adjoint(&ctx, &q, dot, &second), STATUS_OK);
      check_stage(&q, "adjoint of adjoint", text);
    } else {
      ck_assert_int_eq(program_tangent(&ctx, &q, &third), STATUS_OK);
      check_stage(&q, "tangent of adjoint", text);
    }
  }
  for (size_t i = 0; i < p->blocks.len && count < 64; i++) {
    int array = p->blocks.data[i].array;
    if (mode == MODE_FWD_OVER_REV)
      array = derivative_of(&third, derivative_of(&first, array));
    else
      array = derivative_of(&second, array);
    if (array >= 0) needed[count++] = array;
  }
  ck_assert_int_eq(program_prune(&ctx, &q, needed, count), STATUS_OK);
  check_stage(&q, "pruned", text);
  ck_assert_int_eq(program_split_lanes(&ctx, &q), STATUS_OK);
  check_program(&q, "split", text);
  VEC_FREE(&first.of);
  VEC_FREE(&second.of);
  VEC_FREE(&third.of);
  program_free(&q);
}

START_TEST(random_models_keep_the_invariants)
{
  for (uint64_t seed = 1; seed <= SEEDS; seed++) {
    struct strbuf text = {0};
    generate_model(MODEL_REAL, seed, &text);
    struct problem *p = load(text.data);
    for (int mode = 0; mode < MODE_COUNT; mode++) transform(p, mode, text.data);
    problem_free(p);
    strbuf_free(&text);
    forget_diags();
  }
}
END_TEST

/* ---- memory ---- */

static const char everything[] =
    "param n = 3; param k[n] integer = [3, 1, 2]; param S[n, n] sparse = [[1,2,3],[4,5,6],[7,8,9]];"
    "param w[i in 1..n, 1..i] = i; var x[n] = 1; var y[i in 1..2, 1..i]; def f(a, b) = a*exp(b);"
    "let r[i in 1..n-1] = x[i+1] - x[i]^2; let h[1] = x[1]; let h[i in 3..9 by 3] = x[k[i/3]];"
    "let l[1, 1] = x[1]; let l[5000, 5000] = x[2];"
    "let s[0] = x[1]; let s[i in 1..n] = s[i-1] + (if i % 2 == 1 then x[k[i]] else f(x[i], i));"
    "let u[0, j in 1..n] = x[j]; for t in 1..2 { let b = u[t-1, 1]*t; let u[t, 1] = b + s[1];"
    "  let u[t, j in 2..n] = u[t, j-1] - u[t-1, j]; }"
    "for i in 1..n { let c = x[i]^2; let d[i] = c; }"
    "aux m = max(abs(r[i]) for i in 1..n-1); aux v[i in 1..n, 1..i] = w[i, 1]*x[i];"
    "return u[2, n] + sum(a*x[i]*x[j] for (i, j, a) in S if i != j) + h[6]*l[5000,5000]"
    " + sum(prod(x[j] for j in 1..i) for i in 1..n) + logsumexp(x) + min(d)"
    " + sum(logsumexp(x[j]*w[i,j] for j in 1..i) + max(x[j] for j in i..n) for i in 1..n)"
    " + sum(if x[i] > 0 and i > 1 then log(x[i])*x[i-1] else y[1, 1] for i in 1..n)"
    " + sum(sum(a*x[j] for (j, a) in S[i])^2 for i in 1..n) + dot(x, d) + norm2(r);";

static enum status run_failing(void)
{
  struct problem_options options = {0};
  struct problem *p = NULL;
  char *copy = mem_strndup(everything, sizeof everything - 1);
  if (!copy) return STATUS_LIMIT;
  enum status status =
      context_add_source(&ctx, "model.expr", copy, sizeof everything - 1, &options.model_source);
  if (status == STATUS_OK) status = problem_load(&ctx, &options, &p);
  ck_assert(status == STATUS_OK || ctx.diags.len > 0 || ctx.lost);
  problem_free(p);
  context_free(&ctx);
  context_init(&ctx);
  return status;
}

START_TEST(every_allocation_may_fail)
{
  problem_free(load(everything));
  forget_diags();
  long failures = fail_each_allocation(run_failing);
  ck_assert_int_gt(failures, 500);
}
END_TEST

Suite *lower_suite(void)
{
  Suite *s = suite_create("lower");
  TCase *t = tcase_create("lower");
  tcase_add_checked_fixture(t, fixture_setup, fixture_teardown);
  tcase_set_timeout(t, 120);
  tcase_add_loop_test(t, programs_do_not_grow, 0, sizeof growing / sizeof *growing);
  tcase_add_loop_test(t, branches_not_taken_leave_no_trace, 0,
                      sizeof conditions / sizeof *conditions);
  tcase_add_test(t, branches_not_taken_are_not_looked_at);
  tcase_add_test(t, bounds_name_array_indices_and_loops);
  tcase_add_test(t, recurrences_read_what_is_defined);
  tcase_add_test(t, recurrences_in_two_loops);
  tcase_add_test(t, clauses_are_a_union);
  tcase_add_test(t, blocks_with_several_ticks);
  tcase_add_test(t, blocks_read_in_order);
  tcase_add_test(t, random_models_keep_the_invariants);
  tcase_add_test(t, every_allocation_may_fail);
  suite_add_tcase(s, t);
  return s;
}
