/* Loop nests, conditions on them and maps between them, against loops that are run literally. */
#include "config.h"

#include "lang/nest.h"

#include "io_fixture.h"

#include <math.h>

#include "lang/declare.h"
#include "lang/quantity.h"

Suite *nest_suite(void);

/* ---- an elaborated model ---- */

static struct elab elab;
static struct program program;
static int root;

/* The model's sums are what the tests look at: their ranges, filters, bodies. */
static void open_model(const char *text)
{
  struct model *m;
  if (model_parse(&ctx, add_text(text), &m) != STATUS_OK)
    ck_abort_msg("%s\nin: %s", ctx.diags.data[0].message, text);
  program_init(&program);
  elab = (struct elab){.ctx = &ctx, .model = m, .folder = "", .program = &program};
  elab.symbols = mem_zalloc(m->decls.len, sizeof *elab.symbols);
  ck_assert_ptr_nonnull(elab.symbols);
  for (size_t i = 0; i < m->decls.len; i++) {
    elab.symbols[i].decl = m->decls.data[i];
    elab.symbols[i].array = -1;
  }
  if (elaborate_declarations(&elab, NULL, 0) != STATUS_OK)
    ck_abort_msg("%s\nin: %s", ctx.diags.data[0].message, text);
  root = program_add_domain(&program, (struct domain){.kind = DOMAIN_BOX, .count = 1});
  ck_assert_int_ge(root, 0);
}

static void close_model(void)
{
  for (size_t i = 0; i < elab.model->decls.len; i++) symbol_free(&elab.symbols[i]);
  mem_free(elab.symbols);
  VEC_FREE(&elab.scope);
  program_free(&program);
  model_free(elab.model);
  forget_diags();
}

static enum status try_open(const struct expr *sum, int outer, bool single, int *domain,
                            size_t *pushed, int *nloops)
{
  struct loop loops[LOOP_MAX];
  *nloops = 0;
  for (int i = 0; i < sum->nranges; i++)
    for (int k = 0; k < range_loops(&elab, sum->ranges[i]); k++)
      loops[(*nloops)++] = (struct loop){.range = sum->ranges[i], .which = k};
  return nest_open(&elab, outer, loops, *nloops, single, sum->loc, domain, pushed);
}

static int open_sum(const struct expr *sum, int outer, bool single, size_t *pushed)
{
  int domain, nloops;
  if (try_open(sum, outer, single, &domain, pushed, &nloops) != STATUS_OK)
    ck_abort_msg("%s", ctx.diags.data[0].message);
  return domain;
}

/* ---- iterations, as the values of their indices ---- */

enum { ITERATIONS = 20000, RANK = 4 };
struct list {
  int rank;
  int64_t count;
  double v[ITERATIONS][RANK];
};

static void append(struct list *l, int rank, double a, double b, double c, double d)
{
  double v[RANK] = {a, b, c, d};
  ck_assert_int_lt(l->count, ITERATIONS);
  l->rank = rank;
  memcpy(l->v[l->count++], v, sizeof v);
}

static enum status value_of(struct elab *e, const struct expr *x, double *out)
{
  struct number v;
  TRY(data_number(e, x, &v));
  *out = number_nearest(e->field, &v);
  return STATUS_OK;
}

struct collecting {
  struct list *list;
  const struct binder *binder[RANK];
  struct expr name[RANK];
};

static enum status visit_collect(struct elab *e, int64_t p, void *user)
{
  struct collecting *c = user;
  double v[RANK] = {0};
  ck_assert_int_eq(p, c->list->count);
  for (int d = 0; d < c->list->rank; d++) {
    TRY(value_of(e, &c->name[d], &v[d]));
    const struct binding *b = binding_of(e, c->binder[d]);
    bool ok = true;
    if (b->kind == BIND_INDEX) ck_assert_double_eq(form_value(e, &b->form, &ok), v[d]);
    ck_assert(ok);
  }
  append(c->list, c->list->rank, v[0], v[1], v[2], v[3]);
  return STATUS_OK;
}

/* The iterations of a domain, as values of these binders. */
static void collect(int domain, struct binder *const *binders, int rank, struct list *out)
{
  struct collecting c = {.list = out};
  out->rank = rank;
  out->count = 0;
  for (int d = 0; d < rank; d++) {
    c.binder[d] = binders[d];
    c.name[d] = (struct expr){.kind = EXPR_NAME, .binder = binders[d], .is_data = true};
  }
  ck_assert_int_eq(nest_walk(&elab, domain, visit_collect, &c), STATUS_OK);
  ck_assert_int_eq(program.domains.data[domain].count, out->count);
}

static bool same_iteration(const struct list *a, int64_t i, const struct list *b, int64_t k,
                           int rank)
{
  for (int d = 0; d < rank; d++)
    if (a->v[i][d] != b->v[k][d]) return false;
  return true;
}

static void expect_list(const struct list *got, const struct list *want, const char *text)
{
  ck_assert_msg(got->count == want->count, "%lld iterations, not %lld: %s", (long long)got->count,
                (long long)want->count, text);
  for (int64_t k = 0; k < want->count; k++)
    ck_assert_msg(same_iteration(got, k, want, k, want->rank), "iteration %lld: %s", (long long)k,
                  text);
}

static int collect_binders(const struct expr *sum, struct binder **out)
{
  int n = 0;
  for (int i = 0; i < sum->nranges; i++) {
    const struct range *r = sum->ranges[i];
    if (!r->entries) out[n++] = r->index;
    for (int k = 0; r->entries && k < r->nbinders; k++) out[n++] = r->binders[k];
  }
  return n;
}

/* Positions, indices by position and slabs agree: the domain is what it says. */
static void check_domain(int domain, bool single)
{
  const struct domain *d = &program.domains.data[domain];
  int64_t total = 0;
  if (d->kind != DOMAIN_RUNS) return;
  ck_assert_int_eq(d->start[d->nruns], d->count);
  for (int64_t r = 0; r < d->nruns; r++) {
    int64_t len = d->start[r + 1] - d->start[r];
    ck_assert_int_gt(len, 0);
    if (single) ck_assert_int_eq(len, 1);
    total += len;
  }
  ck_assert_int_eq(total, d->count);
}

/* ---- opening ---- */

struct bounds { /* lo + a·(outer index) .. hi + b·(outer index) by step */
  int lo, a, hi, b, step;
};

static struct bounds random_bounds(bool varies)
{
  struct bounds b = {random_below(9) - 4, 0, 0, 0, 1 + random_below(3)};
  b.hi = b.lo + random_below(7) - 1;
  if (varies) b.a = random_below(5) - 2, b.b = b.a + random_below(3) - 1;
  if (random_below(3) == 0) {
    int lo = b.lo, a = b.a;
    b.lo = b.hi, b.a = b.b, b.hi = lo, b.b = a, b.step = -b.step;
  }
  return b;
}

static void put_range(struct strbuf *out, const char *name, const char *outer, struct bounds b)
{
  strbuf_printf(out, "%s in %d + %d*%s .. %d + %d*%s by %d", name, b.lo, b.a, outer, b.hi, b.b,
                outer, b.step);
}

static bool within(int v, struct bounds b, int outer)
{
  return b.step > 0 ? v <= b.hi + b.b * outer : v >= b.hi + b.b * outer;
}

static int first(struct bounds b, int outer)
{
  return b.lo + b.a * outer;
}

static struct list got, want;

START_TEST(nests_run_as_their_loops)
{
  for (int round = 0; round < 400; round++) {
    struct bounds bi = random_bounds(false), bj = random_bounds(round & 1),
                  bk = random_bounds(round & 2);
    struct strbuf text = {0};
    struct binder *binders[RANK];
    bool single = random_below(2);
    size_t pushed;
    strbuf_puts(&text, "return sum(i*j*k for ");
    put_range(&text, "i", "0", bi);
    strbuf_puts(&text, ", ");
    put_range(&text, "j", "i", bj);
    strbuf_puts(&text, ", ");
    put_range(&text, "k", round & 4 ? "i" : "j", bk);
    strbuf_puts(&text, ");");
    open_model(text.data);
    int domain = open_sum(elab.model->result, root, single, &pushed);
    want.count = 0;
    for (int i = first(bi, 0); within(i, bi, 0); i += bi.step)
      for (int j = first(bj, i); within(j, bj, i); j += bj.step) {
        int o = round & 4 ? i : j;
        for (int k = first(bk, o); within(k, bk, o); k += bk.step) append(&want, 3, i, j, k, 0);
      }
    want.rank = 3;
    collect(domain, binders, collect_binders(elab.model->result, binders), &got);
    expect_list(&got, &want, text.data);
    check_domain(domain, single);
    bool varies = bj.a || bj.b || bk.a || bk.b;
    ck_assert_int_eq(program.domains.data[domain].kind == DOMAIN_RUNS, varies);
    nest_close(&elab, 3, pushed);
    ck_assert_int_eq(elab.ndims, 0);
    ck_assert_int_eq(elab.model->result->ranges[0]->index->slot, 0);
    close_model();
    strbuf_free(&text);
  }
}
END_TEST

/* Entries of a sparse parameter, of a row of it, of a dense one. */
START_TEST(nests_over_entries)
{
  static const char head[] = "param S[4, 3] sparse = [[1,2,3],[4,5,6],[7,8,9],[10,11,12]];"
                             "param D[0..1, 2..4] = 5; param w[6..2 by -2] = 7;";
  static const char *const texts[] = {
      "return sum(a for i in 2..4, (j, a) in S[i]);",   "return sum(a*i*j for (i, j, a) in S);",
      "return sum(a*i*j for (i, j, a) in D);",          "return sum(a*i for (i, a) in w);",
      "return sum(a*j for i in 0..1, (j, a) in D[i]);",
  };
  for (int t = 0; t < 5; t++) {
    char text[400];
    struct binder *binders[RANK];
    size_t pushed;
    snprintf(text, sizeof text, "%s%s", head, texts[t]);
    open_model(text);
    int domain = open_sum(elab.model->result, root, false, &pushed);
    collect(domain, binders, collect_binders(elab.model->result, binders), &got);
    want.count = 0;
    if (t == 3)
      for (int i = 6; i >= 2; i -= 2) append(&want, 2, i, 7, 0, 0);
    else if (t < 2)
      for (int i = t == 0 ? 2 : 1; i <= 4; i++)
        for (int j = 1; j <= 3; j++) append(&want, 3, i, j, 3 * (i - 1) + j, 0);
    else
      for (int i = 0; i <= 1; i++)
        for (int j = 2; j <= 4; j++) append(&want, 3, i, j, 5, 0);
    expect_list(&got, &want, text);
    scope_pop(&elab, pushed);
    close_model();
  }
}
END_TEST

START_TEST(nests_that_cannot_be_opened)
{
  static const struct {
    enum error_id id;
    const char *text;
  } cases[] = {
      {ERR_STEP_ZERO, "return sum(i for i in 1..3 by 0);"},
      {ERR_STEP_ZERO, "return sum(j for i in 1..3, j in 1..3 by 2 - i);"},
      {ERR_NOT_WHOLE, "return sum(j for i in 1..3, j in 1..i/2);"},
      {ERR_TOO_MANY_ITERATIONS, "return sum(j for i in 1..200000, j in 1..200000);"},
      {ERR_TOO_MANY_ITERATIONS, "return sum(j for i in 1..9, j in i..3e9);"},
      {ERR_TOO_MANY_ITERATIONS, "return sum(j for i in 1..9e15, j in 1..9e15, k in 1..9e15);"},
      {ERR_ROW_OUT_OF_BOUNDS,
       "param S[1,1] sparse = [[1]]; return sum(a*j for i in 1..2, (j, a) in S[i]);"},
  };
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    int domain, nloops;
    size_t pushed;
    open_model(cases[k].text);
    ck_assert(try_open(elab.model->result, root, false, &domain, &pushed, &nloops) != STATUS_OK);
    ck_assert_msg(ctx.diags.data[0].id == cases[k].id, "%s: %s", cases[k].text,
                  ctx.diags.data[0].message);
    ck_assert_int_eq(elab.ndims, 0);
    ck_assert_int_eq(elab.model->result->ranges[0]->index->slot, 0);
    close_model();
  }
}
END_TEST

/* ---- conditions ---- */

static bool compare(int op, double a, double b)
{
  return op == 0   ? a < b
         : op == 1 ? a <= b
         : op == 2 ? a == b
         : op == 3 ? a != b
         : op == 4 ? a > b
                   : a >= b;
}
static const char *const op_names[] = {"<", "<=", "==", "!=", ">", ">="};

static struct list piece;

/* The pieces are a partition of the domain `whole`; in each the condition holds everywhere or
 * nowhere (truth: of each iteration in `want`), and asking again says which. */
static void check_pieces(const struct expr *condition, bool single, struct binder **binders,
                         int rank, const struct pieces *pieces, const bool *truth, const char *text)
{
  static bool seen[ITERATIONS];
  int64_t total = 0;
  memset(seen, 0, sizeof seen);
  ck_assert_int_ge(pieces->count, 2);
  ck_assert_int_le(pieces->count, PIECES_MAX);
  for (int i = 0; i < pieces->count; i++) {
    struct pieces none;
    enum verdict verdict;
    collect(pieces->domain[i], binders, rank, &piece);
    check_domain(pieces->domain[i], single);
    ck_assert_msg(piece.count > 0, "an empty piece: %s", text);
    int64_t at = 0, first_at = -1;
    for (int64_t k = 0; k < piece.count; k++, at++) { /* in the order of the domain */
      while (at < want.count && !same_iteration(&want, at, &piece, k, rank)) at++;
      ck_assert_msg(at < want.count, "not in the domain, or out of order: %s", text);
      ck_assert_msg(!seen[at], "twice: %s", text);
      seen[at] = true;
      if (first_at < 0) first_at = at;
      ck_assert_msg(truth[at] == truth[first_at], "piece %d is mixed: %s", i, text);
    }
    total += piece.count;
    ck_assert_int_eq(nest_decide(&elab, condition, pieces->domain[i], single, &verdict, &none),
                     STATUS_OK);
    ck_assert_msg(verdict == (truth[first_at] ? VERDICT_TRUE : VERDICT_FALSE), "piece %d: %s", i,
                  text);
  }
  ck_assert_msg(total == want.count, "iterations are missing: %s", text);
}

static void check_decision(const struct expr *condition, int domain, bool single,
                           struct binder **binders, int rank, const bool *truth, int *verdicts,
                           const char *text)
{
  int64_t holds = 0;
  enum verdict verdict;
  struct pieces pieces;
  for (int64_t k = 0; k < want.count; k++) holds += truth[k];
  if (nest_decide(&elab, condition, domain, single, &verdict, &pieces) != STATUS_OK)
    ck_abort_msg("%s\nin: %s", ctx.diags.data[0].message, text);
  verdicts[verdict]++;
  if (holds == want.count)
    ck_assert_msg(verdict == VERDICT_TRUE, "always true: %s", text);
  else if (holds == 0)
    ck_assert_msg(verdict == VERDICT_FALSE, "never true: %s", text);
  else
    ck_assert_msg(verdict == VERDICT_SPLIT, "true of some: %s", text);
  if (verdict == VERDICT_SPLIT)
    check_pieces(condition, single, binders, rank, &pieces, truth, text);
}

/* All comparisons, coefficients of both signs and zero, in boxes (bounds with steps) and triangles,
 * and with a lookup. */
START_TEST(conditions_split_the_domain)
{
  static bool truth[ITERATIONS];
  int verdicts[3] = {0};
  static const int g[] = {3, -1, 4, 1, -5, 9, 2};
  for (int round = 0; round < 3000; round++) {
    struct bounds bi = random_bounds(false), bj = random_bounds(round % 3 == 0);
    int op = round % 6, a = random_below(7) - 3, b = random_below(3) ? 0 : random_below(7) - 3;
    int c = random_below(31) - 15, d = random_below(3) ? 0 : random_below(5) - 2;
    int lookup = random_below(5) == 0;
    bool single = random_below(2);
    struct strbuf text = {0};
    struct binder *binders[RANK];
    size_t pushed;
    strbuf_puts(&text, "param h[7] = [3, -1, 4, 1, -5, 9, 2];"
                       "return sum(i*j for ");
    if (lookup) bi = (struct bounds){1, 0, 7, 0, 1};
    put_range(&text, "i", "0", bi);
    strbuf_puts(&text, ", ");
    put_range(&text, "j", "i", bj);
    strbuf_printf(&text, " if %d*%s + %d*j + %d %s %d*i);", a, lookup ? "h[i]" : "i", b, c,
                  op_names[op], d);
    open_model(text.data);
    const struct expr *sum = elab.model->result;
    int domain = open_sum(sum, root, single, &pushed);
    want.count = 0;
    want.rank = 2;
    for (int i = first(bi, 0); within(i, bi, 0); i += bi.step)
      for (int j = first(bj, i); within(j, bj, i); j += bj.step) {
        truth[want.count] = compare(op, a * (lookup ? g[i - 1] : i) + b * j + c, d * i);
        append(&want, 2, i, j, 0, 0);
      }
    collect_binders(sum, binders);
    if (want.count)
      check_decision(sum->filter, domain, single, binders, 2, truth, verdicts, text.data);
    nest_close(&elab, 2, pushed);
    close_model();
    strbuf_free(&text);
  }
  for (int i = 0; i < 3; i++) ck_assert_int_gt(verdicts[i], 100);
}
END_TEST

/* A condition on one loop of a box costs no list: its pieces are boxes, two for an inequality. */
START_TEST(pieces_of_boxes_are_boxes)
{
  for (int round = 0; round < 300; round++) {
    int op = round % 6, a = 1 + random_below(3), c = random_below(100) - 20;
    char text[200];
    size_t pushed;
    enum verdict verdict;
    struct pieces pieces;
    snprintf(text, sizeof text, "return sum(i*j for i in 1..50, j in 1..1000000 if %d*%s %s %d);",
             random_below(2) ? a : -a, round % 2 ? "i" : "j", op_names[op], c);
    open_model(text);
    int domain = open_sum(elab.model->result, root, false, &pushed);
    ck_assert_int_eq(
        nest_decide(&elab, elab.model->result->filter, domain, false, &verdict, &pieces),
        STATUS_OK);
    ck_assert_int_le(pieces.count, op == 2 || op == 3 ? 3 : 2);
    for (int i = 0; i < pieces.count && verdict == VERDICT_SPLIT; i++)
      ck_assert_int_eq(program.domains.data[pieces.domain[i]].kind, DOMAIN_BOX);
    nest_close(&elab, 2, pushed);
    close_model();
  }
}
END_TEST

/* ---- positions and slabs ---- */

/* Two nested sums: sum(sum(body for k, l if condition) for i, j if condition). */
struct two {
  const struct expr *outer_sum, *inner_sum;
  int outer, inner; /* pieces of the nests, where conditions split them */
  size_t outer_pushed, inner_pushed;
  struct binder *binders[RANK];
};

static int some_piece(const struct expr *condition, int domain, bool single)
{
  enum verdict verdict;
  struct pieces pieces;
  ck_assert_int_eq(nest_decide(&elab, condition, domain, single, &verdict, &pieces), STATUS_OK);
  return verdict == VERDICT_SPLIT ? pieces.domain[random_below(pieces.count)] : domain;
}

static void open_two(struct two *t, struct strbuf *text, int round, bool single)
{
  struct bounds bi = random_bounds(false), bj = random_bounds(round & 1);
  struct bounds bk = random_bounds(round & 2), bl = random_bounds(round & 4);
  bi.hi += bi.step > 0 ? 3 : -3; /* so that pieces still have several iterations */
  bj.hi += bj.step > 0 ? 3 : -3;
  strbuf_puts(text, "return sum(sum(k*l for ");
  put_range(text, "k", "j", bk);
  strbuf_puts(text, ", ");
  put_range(text, "l", "k", bl);
  strbuf_printf(text, " if %s %s %d) for ", random_below(2) ? "k" : "i + l - k",
                op_names[random_below(6)], random_below(7) - 3);
  put_range(text, "i", "0", bi);
  strbuf_puts(text, ", ");
  put_range(text, "j", "i", bj);
  strbuf_printf(text, " if %s %s %d);", random_below(2) ? "j" : "i - j", op_names[random_below(6)],
                random_below(7) - 3);
  open_model(text->data);
  t->outer_sum = elab.model->result;
  t->inner_sum = t->outer_sum->args[0];
  t->outer = open_sum(t->outer_sum, root, single, &t->outer_pushed);
  t->outer = some_piece(t->outer_sum->filter, t->outer, single);
  t->inner = open_sum(t->inner_sum, t->outer, false, &t->inner_pushed);
  t->inner = some_piece(t->inner_sum->filter, t->inner, false);
  collect_binders(t->outer_sum, t->binders);
  collect_binders(t->inner_sum, t->binders + 2);
}

static void close_two(struct two *t)
{
  nest_close(&elab, 2, t->inner_pushed);
  nest_close(&elab, 2, t->outer_pushed);
  ck_assert_int_eq(elab.ndims, 0);
  close_model();
}

START_TEST(positions_in_the_enclosing_nest)
{
  int compared = 0;
  for (int round = 0; round < 1200; round++) {
    struct strbuf text = {0};
    struct two t;
    struct map map, self;
    open_two(&t, &text, round, round % 5 == 0);
    ck_assert_int_eq(nest_position(&elab, t.inner, t.outer, &map), STATUS_OK);
    ck_assert_int_eq(nest_position(&elab, t.outer, t.outer, &self), STATUS_OK);
    collect(t.outer, t.binders, 2, &want);
    collect(t.inner, t.binders, 4, &got);
    const struct domain *d = &program.domains.data[t.inner];
    for (int64_t p = 0; p < got.count; p++, compared++) {
      int64_t index[LOOP_MAX];
      domain_indices(d, p, index);
      int64_t q = map_offset(&program, &map, p, index, d->ndim);
      ck_assert(q >= 0 && q < want.count);
      ck_assert_msg(same_iteration(&got, p, &want, q, 2), "position %lld: %s", (long long)p,
                    text.data);
    }
    for (int64_t p = 0; p < want.count; p++) {
      int64_t index[LOOP_MAX];
      domain_indices(&program.domains.data[t.outer], p, index);
      ck_assert_int_eq(map_offset(&program, &self, p, index, 2), p);
    }
    close_two(&t);
    strbuf_free(&text);
  }
  ck_assert_int_gt(compared, 1000);
}
END_TEST

/* Every iteration is in the one slab of its outer iteration; ticks of no outer position are
 * empty. */
START_TEST(slabs_cover_the_domain)
{
  int compared = 0;
  for (int round = 0; round < 400; round++) {
    struct strbuf text = {0};
    struct two t;
    struct list *outer = &piece;
    int64_t ticks[ITERATIONS], nticks = 0, begin, end, next = 0;
    bool with_ticks = random_below(2);
    open_two(&t, &text, round, true);
    collect(t.outer, t.binders, 2, outer);
    collect(t.inner, t.binders, 4, &want);
    for (int64_t q = 0; q < outer->count; q++) {
      nticks += random_below(3);
      ticks[q] = nticks++;
    }
    nticks += random_below(3);
    int domain = t.inner;
    ck_assert_int_eq(nest_slabs(&elab, &domain, t.outer, with_ticks ? ticks : NULL, nticks),
                     STATUS_OK);
    collect(domain, t.binders, 4, &got);
    expect_list(&got, &want, text.data);
    check_domain(domain, false);
    int64_t q = 0, count = with_ticks ? nticks : outer->count;
    for (int64_t o = 0; o < count && want.count; o++) {
      domain_slab(&program.domains.data[domain], 2, o, &begin, &end);
      ck_assert_msg(begin == next && end >= begin, "slab %lld: %s", (long long)o, text.data);
      next = end;
      if (with_ticks && (q == outer->count || ticks[q] != o)) {
        ck_assert_msg(begin == end, "tick %lld is of no iteration: %s", (long long)o, text.data);
        continue;
      }
      for (int64_t p = begin; p < end; p++, compared++)
        ck_assert_msg(same_iteration(&got, p, outer, q, 2), "slab %lld: %s", (long long)o,
                      text.data);
      q++;
    }
    if (want.count) ck_assert_int_eq(next, got.count);
    close_two(&t);
    strbuf_free(&text);
  }
  ck_assert_int_gt(compared, 1000);
}
END_TEST

/* ---- forms ---- */

enum { GRID = 42 };
static const int table[] = {7, -2, 0, 5, 11, -3, 1};

/* A random expression of i in -2..4 by 2, j in 1..3, parameters and lookups, with its values. */
static void random_expr(struct strbuf *out, double *v, int depth)
{
  double w[GRID];
  int kind = depth == 0 ? random_below(4) : random_below(10), c = random_below(9) - 4;
  int k = 0;
  switch (kind) {
  case 0: strbuf_printf(out, "(%d)", c); break;
  case 1: strbuf_puts(out, "i"); break;
  case 2: strbuf_puts(out, "j"); break;
  case 3: strbuf_puts(out, "n"); break;
  case 4: strbuf_puts(out, "g[i + j - 2]"); break;
  case 5: strbuf_puts(out, "g[2 - j]"); break;
  case 6: strbuf_puts(out, "(-"); break;
  case 7: strbuf_printf(out, "(%d*", c); break;
  default: strbuf_puts(out, "("); break;
  }
  for (int i = -2; i <= 4; i += 2)
    for (int j = 1; j <= 3; j++, k++)
      v[k] = kind == 0   ? c
             : kind == 1 ? i
             : kind == 2 ? j
             : kind == 3 ? 3
             : kind == 4 ? table[i + j + 1 < 7 ? i + j + 1 : 6]
                         : table[2 - j + 3];
  if (kind < 6) return;
  random_expr(out, v, depth - 1);
  if (kind >= 8) {
    strbuf_puts(out, kind == 8 ? " + " : " - ");
    random_expr(out, w, depth - 1);
  }
  strbuf_puts(out, ")");
  while (k-- > 0)
    v[k] = kind == 6 ? -v[k] : kind == 7 ? c * v[k] : kind == 8 ? v[k] + w[k] : v[k] - w[k];
}

struct form_check {
  const struct expr *x;
  const double *want;
  const char *text;
  struct form form;
  bool is_form;
};

static enum status visit_value(struct elab *e, int64_t p, void *user)
{
  const struct form_check *c = user;
  double v;
  bool ok = true;
  TRY(value_of(e, c->x, &v));
  ck_assert_msg(v == c->want[p], "%g, not %g: %s", v, c->want[p], c->text);
  if (!c->is_form) return STATUS_OK;
  v = form_value(e, &c->form, &ok);
  ck_assert_msg(ok && v == c->want[p], "%g, not %g: the form of %s", v, c->want[p], c->text);
  return STATUS_OK;
}

START_TEST(forms_are_what_they_stand_for)
{
  int affine = 0, gathers = 0, none = 0;
  for (int round = 0; round < 1500; round++) {
    struct strbuf x = {0}, text = {0};
    double v[GRID];
    size_t pushed;
    random_expr(&x, v, random_below(5));
    /* i + j - 2 is in -3..5: g has as many elements on the right as on the grid */
    strbuf_printf(&text,
                  "param n = 3; param g[-3..5] = [7,-2,0,5,11,-3,1,1,1];"
                  "return sum(%s for i in -2..4 by 2, j in 1..3);",
                  x.data);
    open_model(text.data);
    int domain = open_sum(elab.model->result, root, false, &pushed);
    struct form_check c = {.x = elab.model->result->args[0], .want = v, .text = x.data};
    c.is_form = form_of(&elab, c.x, &c.form);
    none += !c.is_form;
    affine += c.is_form && form_is_affine(&c.form);
    gathers += c.is_form && !form_is_affine(&c.form);
    if (!strchr(x.data, 'g')) ck_assert_msg(c.is_form, "is affine: %s", x.data);
    if (nest_walk(&elab, domain, visit_value, &c) != STATUS_OK)
      ck_abort_msg("%s: %s", ctx.diags.data[0].message, x.data);
    nest_close(&elab, 2, pushed);
    close_model();
    strbuf_free(&x);
    strbuf_free(&text);
  }
  ck_assert_int_gt(affine, 100);
  ck_assert_int_gt(gathers, 100);
  ck_assert_int_gt(none, 10);
}
END_TEST

/* What is not a whole number, or overflows, is no form. */
START_TEST(what_is_no_form)
{
  static const char *const texts[] = {
      "i/2",    "0.5*i",   "i*j",         "i^2", "9007199254740992", "i % 2",
      "g[i]*j", "g[g[i]]", "9e15*9e15*i", "inf", "-(g[i] + g[j])"};
  for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
    char text[200];
    size_t pushed;
    struct form form;
    snprintf(text, sizeof text, "param g[2] = 1; return sum(%s for i in 1..2, j in 1..2);",
             texts[k]);
    open_model(text);
    open_sum(elab.model->result, root, false, &pushed);
    ck_assert_msg(!form_of(&elab, elab.model->result->args[0], &form), "%s", texts[k]);
    nest_close(&elab, 2, pushed);
    close_model();
  }
}
END_TEST

Suite *nest_suite(void)
{
  Suite *s = suite_create("nest");
  TCase *t = tcase_create("nest");
  tcase_add_checked_fixture(t, fixture_setup, fixture_teardown);
  tcase_set_timeout(t, 120);
  tcase_add_test(t, nests_run_as_their_loops);
  tcase_add_test(t, nests_over_entries);
  tcase_add_test(t, nests_that_cannot_be_opened);
  tcase_add_test(t, conditions_split_the_domain);
  tcase_add_test(t, pieces_of_boxes_are_boxes);
  tcase_add_test(t, positions_in_the_enclosing_nest);
  tcase_add_test(t, slabs_cover_the_domain);
  tcase_add_test(t, forms_are_what_they_stand_for);
  tcase_add_test(t, what_is_no_form);
  suite_add_tcase(s, t);
  return s;
}
