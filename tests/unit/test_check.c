#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "model_fixture.h"

static const struct {
  enum error_id id;
  const char *text;
} errors[] = {
    /* names */
    {ERR_UNKNOWN_NAME, "return @zzz;"},
    {ERR_UNKNOWN_NAME_NEAR, "var alpha; return @alhpa;"},
    {ERR_UNKNOWN_NAME_NEAR, "var x; return @sinn(x);"},
    {ERR_UNKNOWN_NAME, "let y = sum(i for i in 1..3) + @i; return y;"},
    {ERR_UNKNOWN_NAME, "def f(a) = a; return @a;"},
    {ERR_UNKNOWN_NAME, "for t in 1..3 { let q = t; let p[t] = q; } return @q;"},
    {ERR_UNKNOWN_NAME, "for t in 1..3 { let p[t] = @q; let q = t; } return p[1];"},
    {ERR_UNKNOWN_NAME, "return sum(1 for i in 1..@zzz);"},
    {ERR_UNKNOWN_NAME, "return sum(1 for i in 1..@i);"},
    {ERR_USED_BEFORE_DECLARED, "let a = @b; let b = 1; return a;"},
    {ERR_USED_BEFORE_DECLARED, "let a = @p[1]; for t in 1..3 { let p[t] = 1; } return a;"},
    {ERR_USED_BEFORE_DECLARED, "def f(a) = @g(a); def g(a) = a; return 1;"},
    {ERR_USED_BEFORE_DECLARED, "param p[@n]; param n; return 1;"},
    {ERR_USED_IN_ITSELF, "let a = @a; return a;"},
    {ERR_USED_IN_ITSELF, "param n = @n + 1; return n;"},
    {ERR_USED_IN_ITSELF, "var x[size(@x)]; return 1;"},
    {ERR_USED_IN_ITSELF, "aux z[1] = @z[1]; return 1;"},
    {ERR_DEF_RECURSION, "def f(a) = @f(a); return 1;"},
    {ERR_DUPLICATE_NAME, "var x; let @x = 2; return 1;"},
    {ERR_DUPLICATE_NAME, "let s = 1; let @s = 2; return s;"},
    {ERR_DUPLICATE_NAME, "let s[1] = 1; let @s = 2; return 1;"},
    {ERR_DUPLICATE_NAME, "let s = 1; let @s[1] = 2; return 1;"},
    {ERR_DUPLICATE_NAME, "param p; for t in 1..3 { let @p[t] = 2; } return 1;"},
    {ERR_DUPLICATE_NAME, "def f(a) = a; def @f(a) = a; return 1;"},
    {ERR_DUPLICATE_BINDER, "var x[i in 1..3, @i in 1..3]; return 1;"},
    {ERR_DUPLICATE_BINDER, "def f(a, b, @a) = a; return 1;"},
    {ERR_DUPLICATE_BINDER, "return sum(1 for i in 1..3, @i in 1..3);"},
    {ERR_DUPLICATE_BINDER, "param A[3,3]; return sum(1 for (i, @i, a) in A);"},
    {ERR_RESERVED_NAME, "var @sin; return 1;"},
    {ERR_RESERVED_NAME, "param @size; return 1;"},
    {ERR_RESERVED_NAME, "let @sum = 1; return 1;"},
    {ERR_RESERVED_NAME, "return sum(1 for @max in 1..3);"},
    {ERR_RESERVED_NAME, "def f(@exp) = 1; return 1;"},
    {ERR_RESERVED_NAME, "for t in 1..3 { let @log = t; } return 1;"},
    {ERR_RESERVED_NAME, "for t in 1..3 { let @log[t] = t; } return 1;"},

    /* calls and indices */
    {ERR_WRONG_ARITY, "return @sin(1, 2);"},
    {ERR_WRONG_ARITY, "return @hypot(1);"},
    {ERR_WRONG_ARITY, "def f(a, b) = a; return @f(1);"},
    {ERR_WRONG_ARITY, "return @min();"},
    {ERR_WRONG_ARITY, "param w[2]; return @dot(w);"},
    {ERR_WRONG_RANK, "var x[3]; return @x[1, 2];"},
    {ERR_WRONG_RANK, "var x[3,3]; return @x[1];"},
    {ERR_WRONG_RANK, "let s[i in 1..3] = @s[1,2]; return 1;"},
    {ERR_CLAUSE_RANK, "let s[1] = 1; let @s[1,2] = 2; return 1;"},
    {ERR_CLAUSE_RANK, "let s[1] = 1; for t in 2..3 { let @s[t,2] = 2; } return 1;"},
    {ERR_SCALAR_INDEXED, "var x; return @x[1];"},
    {ERR_SCALAR_INDEXED, "var x[3]; return sum(@x[1] for x in 1..3);"},
    {ERR_FUNCTION_INDEXED, "return @sin[1];"},
    {ERR_FUNCTION_INDEXED, "def f(a) = a; return @f[1];"},
    {ERR_FUNCTION_AS_VALUE, "return @sin;"},
    {ERR_FUNCTION_AS_VALUE, "def f(a) = a; return @f;"},
    {ERR_ARRAY_CALLED, "var x[3]; return @x(1);"},
    {ERR_SCALAR_CALLED, "var x; return @x(1);"},
    {ERR_SCALAR_CALLED, "return sum(@i(2) for i in 1..3);"},

    /* arrays where numbers belong, and the reverse */
    {ERR_ARRAY_AS_SCALAR, "var x[3]; return @x^2;"},
    {ERR_ARRAY_AS_SCALAR, "var x[3]; return -@x;"},
    {ERR_ARRAY_AS_SCALAR, "var x[3]; let r = @x; return 1;"},
    {ERR_ARRAY_AS_SCALAR, "var x[3]; let r[i in 1..3] = @x; return 1;"},
    {ERR_ARRAY_AS_SCALAR, "var x[3]; return sin(@x);"},
    {ERR_ARRAY_AS_SCALAR, "var x[3]; return max(1, @x);"},
    {ERR_ARRAY_AS_SCALAR, "var x[3]; return if @x > 0 then 1 else 2;"},
    {ERR_ARRAY_AS_SCALAR, "var x[3]; return sum(@x for i in 1..3);"},
    {ERR_ARRAY_AS_SCALAR, "var x[3]; def f(a) = a; return f(@x);"},
    {ERR_ARRAY_AS_SCALAR, "param w[3]; return sum(1 for i in 1..@w);"},
    {ERR_SCALAR_REDUCED, "var x; return min(@x);"},
    {ERR_ARRAY_EXPECTED, "var x[3]; return sum(@x[1]);"},
    {ERR_SCALAR_REDUCED, "var x; return norm2(@x);"},
    {ERR_ARRAY_EXPECTED, "var x[3]; return dot(x, @1);"},
    {ERR_DOT_RANKS, "var x[3]; var y[2,2]; return @dot(x, y);"},
    {ERR_NO_REDUCTION, "return @sin(i for i in 1..3);"},
    {ERR_NO_REDUCTION, "return @norm2(i for i in 1..3);"},
    {ERR_NO_REDUCTION, "def f(a) = a; return @f(i for i in 1..3);"},

    /* entries */
    {ERR_ENTRIES_OF_PARAM, "var x[3]; return sum(a for (i, a) in @x);"},
    {ERR_ENTRIES_OF_PARAM, "param p; return sum(a for (i, a) in @p);"},
    {ERR_ENTRIES_OF_PARAM, "let s[1] = 1; return sum(a for (i, a) in @s);"},
    {ERR_ENTRY_NAMES, "param A[3,3]; return sum(a for @(i, a) in A);"},
    {ERR_ENTRY_NAMES, "param A[3,3]; return sum(a for @(i, j, a) in A[1]);"},
    {ERR_ENTRY_NAMES, "param w[3]; return sum(a for @(a) in w);"},
    {ERR_ROW_OF_MATRIX, "param w[3]; return sum(a for (i, a) in @w[1]);"},

    /* data */
    {ERR_NOT_DATA, "var x; param p = @x; return p;"},
    {ERR_NOT_DATA, "let x = 1; param p = 2*@x; return p;"},
    {ERR_NOT_DATA, "var x[3]; var y; return x[1 + @y];"},
    {ERR_NOT_DATA, "var x[3]; let k = 1; return x[@k];"},
    {ERR_NOT_DATA, "var x[3]; return x[@x[1]];"},
    {ERR_NOT_DATA, "param n; let k = n; return sum(1 for i in 1..@k);"},
    {ERR_NOT_DATA, "var x; return sum(1 for i in 1..3 by @x);"},
    {ERR_NOT_DATA, "var x; return sum(1 for i in 1..3 if @x > 0);"},
    {ERR_NOT_DATA, "var x; return sum(1 for i in 1..3, j in @x..i);"},
    {ERR_NOT_DATA, "var x; var y[2*@x]; return 1;"},
    {ERR_NOT_DATA, "var x; let s[@x] = 1; return 1;"},
    {ERR_NOT_DATA, "var x; var y = @x; return 1;"},
    {ERR_NOT_DATA, "param A[2,2]; var x; return sum(a for (j, a) in A[@x]);"},
    {ERR_NOT_DATA, "for t in 1..3 { let q = t; let p[@q] = 1; } return 1;"},
    {ERR_NOT_DATA, "var x; param w[2] = [1, @x]; return 1;"},
    {ERR_NOT_DATA, "var x; return sum(1 for i in 1..sum(@x for j in 1..3));"},
    {ERR_NOT_DATA, "var x; def f(a) = x; param p = @f(1); return 1;"},
    {ERR_NOT_DATA, "var x[3]; def f(k) = x[k]; return f(@x[1]);"},
    {ERR_NOT_DATA, "var x[3]; def f(k) = x[k]; def g(j) = f(j+1); return g(1) + g(@x[1]);"},
    {ERR_NOT_DATA, "var x[3]; def f(a, k) = a*x[k]; return f(x[1], @x[1]);"},
    {ERR_AUX_READ, "aux a = 1; return @a;"},
    {ERR_AUX_READ, "aux a[1] = 1; let b = @a[1]; return b;"},

    /* conditions */
    {ERR_CONDITION_AS_NUMBER, "var x; return @x > 0;"},
    {ERR_CONDITION_AS_NUMBER, "var x; return 1 + @(x > 0);"},
    {ERR_CONDITION_AS_NUMBER, "return @true;"},
    {ERR_CONDITION_AS_NUMBER, "let a = @not true; return a;"},
    {ERR_CONDITION_AS_NUMBER, "return if @(1 < 2) == true then 1 else 2;"},
    {ERR_NUMBER_AS_CONDITION, "var x; return if @x then 1 else 2;"},
    {ERR_NUMBER_AS_CONDITION, "var x; return if x > 1 and @x then 1 else 2;"},
    {ERR_NUMBER_AS_CONDITION, "return sum(1 for i in 1..3 if @i);"},
    {ERR_BRANCHES_DIFFER, "var x; return @if x > 0 then 1 else true;"},

    /* size, read, arrays */
    {ERR_SIZE_ARGUMENT, "return @size(3);"},
    {ERR_SIZE_ARGUMENT, "param p; return size(@p);"},
    {ERR_SIZE_ARGUMENT, "let s[1] = 1; return size(@s);"},
    {ERR_SIZE_WHICH, "param A[,]; return @size(A);"},
    {ERR_SIZE_DIMENSION, "param A[,]; return size(A, @3);"},
    {ERR_SIZE_DIMENSION, "param A[,]; return size(A, @0);"},
    {ERR_SIZE_DIMENSION, "param A[,]; return size(A, @1.5);"},
    {ERR_SIZE_DIMENSION, "param A[,]; param k; return size(A, @k);"},
    {ERR_READ_ARGUMENT, "param p = @read(3); return 1;"},
    {ERR_MISPLACED_READ, "return @read(\"a\");"},
    {ERR_MISPLACED_READ, "param w[2] = 2*@read(\"a\"); return 1;"},
    {ERR_MISPLACED_STRING, "param w[2] = @load(\"a\"); return 1;"},
    {ERR_ARRAY_LITERAL, "return @[1, 2];"},
    {ERR_ARRAY_LITERAL, "param w[2] = 2*@[1, 2]; return 1;"},
    {ERR_ARRAY_DEPTH, "param w[2] = [1, @[2]]; return 1;"},
    {ERR_ARRAY_DEPTH, "param A[2,2] = [@1, 2]; return 1;"},
    {ERR_ARRAY_FOR_SCALAR, "param p = @[1, 2]; return 1;"},
    {ERR_FILE_FOR_SCALAR, "param p = @read(\"a\"); return 1;"},

    /* declarations */
    {ERR_VAR_INTEGER, "var @x[3] integer; return 1;"},
    {ERR_PARAM_ATTRIBUTE, "let @x integer = 3; return 1;"},
    {ERR_PARAM_ATTRIBUTE, "var @x[2,2] sparse; return 1;"},
    {ERR_SPARSE_RANK, "param @A[3] sparse; return 1;"},
    {ERR_VALUE_MISSING, "let @x; return 1;"},
    {ERR_VALUE_MISSING, "aux @x[3]; return 1;"},
    {ERR_VALUE_MISSING, "for t in 1..3 { let @q; } return 1;"},
    {ERR_OPEN_DIMENSION, "var x[@]; return 1;"},
    {ERR_OPEN_DIMENSION, "let s[1,@] = 1; return 1;"},
    {ERR_OPEN_WITH_VALUE, "param w[@] = 3; return 1;"},
    {ERR_EMPTY_BLOCK, "@for t in 1..3 { } return 1;"},
    {ERR_SECOND_RETURN, "return 1; @return 2;"},
    {ERR_AFTER_RETURN, "return 1; @var x;"},
    {ERR_NO_RETURN, "var x;"},
    {ERR_TOO_MANY_DIMENSIONS, "param @A[1,1,1,1, 1,1,1,1, 1,1,1,1, 1,1,1,1, 1]; return 1;"},
    {ERR_TOO_MANY_LOOPS, "param A[1,1,1,1, 1,1,1,1, 1,1,1,1, 1,1,1,1];"
                         "return sum(1 for (a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,v) in A, @q in 1..2);"},
};

START_TEST(refused)
{
  expect_error(errors[_i].id, errors[_i].text);
}
END_TEST

static const char *const right[] = {
    "return 1;",
    "var x[1]; return x;", /* a single element is squeezed; the rest is found out with the sizes */
    "param n; var x[n]; return sum(x);",
    "var x[3]; return sum(x) + prod(x) + min(x) + max(x) + logsumexp(x) + norm2(x) + dot(x, x);",
    "var x[3]; return min(x[1], 2, 3) + max(1, x[2]);",
    "var x[3]; var i; return i + sum(x[i] for i in 1..3) + i;",
    "return sum(sum(i for i in 1..i) for i in 1..3);",
    "param A[3,3]; param f[3] integer; var x[3]; return x[f[f[1]]] + A[f[1], f[2]];",
    "param A[,] sparse; var x[size(A, 1)]; return sum(a*x[i]*x[j] for (i, j, a) in A);",
    "param A[,]; return sum(a for i in 1..size(A, 1), (j, a) in A[i] if j > i and a != 0);",
    "param w[] = [1, 2 + 3]; param A[,] = [[1], [2]]; param E[] = []; return sum(w);",
    "param w[] = read(\"w.mtx\"); return sum(w);",
    "param n = 3; param w[i in 0..n, j in i..n] = i*j + n; return w[0, 1];",
    "var x[i in 1..3] = 1/i; return x[1];",
    "let s[1] = 1; let s[i in 2..4] = s[i-1]; let t = s[4]; let s[5] = t; return s[5];",
    "for t in 1..3 { let a = t; let a = a + q[t]; let p[t] = a; let q[t] = p[t-1]; } return p[1];",
    "var a; for t in 1..3 { let a = a + 1; let t = a; let p[1] = t; } return a;",
    "def f(a, b) = a*b; def g(a) = f(a, a); var x; return g(g(x));",
    "var x[3]; def f(k) = x[k] + sum(i for i in 1..k if i > k); return sum(f(i) for i in 1..3);",
    "var x[3]; param n; def f(k) = x[k+1]; def g(k) = f(k) + f(n); return g(1);",
    "def pos(a) = a > 0; var x; return if pos(x) and not pos(-x) then x else 0;",
    "def two() = 2; param p[two()]; return p[two()];",
    "def sq(a) = a^2; param n = sq(3); var x[sq(n)]; return sum(x);",
    "var x; return if (if x > 0 then x < 1 else true) then 1 else 2;",
    "var x; aux a = x; aux b = a + 1; return x;",
    ("param A[1,1,1,1, 1,1,1,1, 1,1,1,1, 1,1,1,1];"
     "return sum(1 for (a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,v) in A);"),
};

START_TEST(accepted)
{
  struct fixture f;
  fixture_open_valid(&f, right[_i]);
  fixture_close(&f);
}
END_TEST

/* What the checker finds out about the expression of `return`. */
static const struct {
  const char *text;
  bool is_data, is_fixed, is_array;
} kinds[] = {
    {"return 1 + pi;", true, true, false},
    {"param p; return p;", true, true, false},
    {"param p[3]; return p;", true, true, true},
    {"param p[3]; return sum(p);", true, true, false},
    {"param p[3]; return size(p);", true, true, false},
    {"var x[3]; return size(x);", true, true, false},
    {"var x; return x;", false, false, false},
    {"var x[3]; return sum(x[i] for i in 1..3);", false, false, false},
    {"return sum(i for i in 1..3);", true, true, false},
    {"param A[2,2]; return sum(i + a for (i, j, a) in A);", true, true, false},
    {"let k = 2; return k + 1;", true, false, false},
    {"var x; let k = x; return k + 1;", false, false, false},
    {"let s[1] = 1; return s[1];", true, false, false},
    {"var x; let s[1] = 1; let s[2] = x; return s[1];", false, false, false},
    {"let s[1] = 1; let s[i in 2..3] = s[i-1]; return s[1];", false, false, false},
    {"var x; return 0*x;", false, false, false},
    {"var x; return if x > 0 then 1 else 2;", false, false, false},
    {"param p; return if p > 0 then 1 else 2;", true, true, false},
    {"def f(a) = a + 1; return f(2);", true, true, false},
    {"def f(a) = a + 1; let k = 2; return f(k);", true, false, false},
    {"var x; def f(a) = a + x; return f(2);", false, false, false},
    {"var x; def f(a) = 1; return f(x);", false, false, false},
    {"var x; def f() = x; return f();", false, false, false},
};

START_TEST(attributes)
{
  struct fixture f;
  fixture_open_valid(&f, kinds[_i].text);
  const struct expr *e = f.model->result;
  ck_assert_int_eq(e->is_data, kinds[_i].is_data);
  ck_assert_int_eq(e->is_fixed, kinds[_i].is_fixed);
  ck_assert_int_eq(e->is_array, kinds[_i].is_array);
  ck_assert(!e->is_condition);
  fixture_close(&f);
}
END_TEST

START_TEST(declarations)
{
  struct fixture f;
  fixture_open_valid(&f, "param n integer; param A[,] sparse; var x[n]; def f(k, a) = a*x[k];\n"
                         "let s[1] = f(1, 2); for t in 2..3 { let a = s[t-1]; let s[t] = a;"
                         "let r[t, 1] = a; } aux z = s[1]; return s[2];");
  static const struct {
    const char *name;
    enum decl_kind kind;
    int ndim;
  } expected[] = {{"n", DECL_PARAM, 0}, {"A", DECL_PARAM, 2}, {"x", DECL_VAR, 1},
                  {"f", DECL_DEF, 0},   {"s", DECL_LET, 1},   {"r", DECL_LET, 2},
                  {"z", DECL_AUX, 0}};
  const struct model *m = f.model;
  ck_assert_uint_eq(m->decls.len, sizeof expected / sizeof *expected);
  for (size_t i = 0; i < m->decls.len; i++) {
    const struct decl *d = m->decls.data[i];
    ck_assert_str_eq(d->name, expected[i].name);
    ck_assert_int_eq(d->kind, expected[i].kind);
    ck_assert_int_eq(d->ndim, expected[i].ndim);
    ck_assert_int_eq(d->number, (int)i);
    ck_assert_int_eq(d->is_data, d->kind == DECL_PARAM);
  }
  ck_assert(m->decls.data[0]->is_integer && !m->decls.data[0]->is_sparse);
  ck_assert(m->decls.data[1]->is_sparse && !m->decls.data[1]->is_integer);
  const struct decl *def = m->decls.data[3], *s = m->decls.data[4];
  ck_assert_int_eq(def->nparams, 2);
  ck_assert(def->params[0]->needs_data);
  ck_assert(!def->params[1]->needs_data);
  ck_assert_ptr_eq(def->body, m->stmts.data[3]->expr);

  const struct stmt *block = m->stmts.data[5];
  ck_assert_ptr_eq(m->stmts.data[4]->decl, s);
  ck_assert_ptr_eq(block->body[1]->decl, s);
  ck_assert_ptr_null(block->body[0]->decl);
  ck_assert_int_eq(block->body[0]->local->kind, BINDER_LOCAL);
  ck_assert_ptr_eq(block->body[0]->local->local, block->body[0]->expr);
  ck_assert_ptr_eq(block->body[1]->expr->binder, block->body[0]->local);
  ck_assert_ptr_eq(block->body[0]->expr->decl, s);
  ck_assert_ptr_eq(block->body[0]->expr->args[0]->args[0]->binder, block->ranges[0]->index);
  ck_assert_ptr_eq(m->result->decl, s);
  ck_assert_ptr_eq(m->result_stmt, m->stmts.data[m->stmts.len - 1]);
  fixture_close(&f);
}
END_TEST

START_TEST(innermost_wins)
{
  struct fixture f;
  fixture_open_valid(&f, "var i; return i + sum(i + prod(i for i in 1..i) + i for i in 1..3) + i;");
  const struct expr *e = f.model->result, *outer = e->args[1], *body = outer->args[0];
  const struct expr *inner = body->args[1];
  ck_assert_ptr_eq(e->args[0]->decl, f.model->decls.data[0]);
  ck_assert_ptr_eq(e->args[2]->decl, f.model->decls.data[0]);
  ck_assert_ptr_eq(body->args[0]->binder, outer->ranges[0]->index);
  ck_assert_ptr_eq(body->args[2]->binder, outer->ranges[0]->index);
  ck_assert_ptr_eq(inner->ranges[0]->hi->binder, outer->ranges[0]->index);
  ck_assert_ptr_eq(inner->args[0]->binder, inner->ranges[0]->index);
  fixture_close(&f);
}
END_TEST

/* Random programs of declarations: what is first wrong, if anything, follows from the definition
 * of "declared before use, and once". */
START_TEST(order)
{
  enum { STATEMENTS = 12, NAMES = 15 };
  random_state = (uint64_t)_i;
  struct strbuf s = {0};
  struct fixture f;
  bool declared[NAMES] = {false};
  int name[STATEMENTS], use[STATEMENTS], wrong = -1;
  enum error_id id = ERR_COUNT;
  for (int i = 0; i < STATEMENTS; i++) {
    name[i] = random_below(NAMES);
    use[i] = name[random_below(i + 1)]; /* mostly one that was declared */
    if (random_below(12) == 0) use[i] = random_below(NAMES);
    if (i == 0) use[0] = -1;
  }
  for (int i = 0; i < STATEMENTS; i++) {
    if (use[i] < 0)
      strbuf_printf(&s, "let v%d = 1;\n", name[i]);
    else
      strbuf_printf(&s, "let v%d = 2*v%d;\n", name[i], use[i]);
    if (wrong >= 0) continue;
    bool later = false;
    for (int k = i + 1; k < STATEMENTS; k++) later = later || name[k] == use[i];
    if (declared[name[i]])
      id = ERR_DUPLICATE_NAME;
    else if (use[i] == name[i])
      id = ERR_USED_IN_ITSELF;
    else if (use[i] >= 0 && !declared[use[i]])
      id = later ? ERR_USED_BEFORE_DECLARED : ERR_UNKNOWN_NAME;
    if (id != ERR_COUNT) wrong = i;
    declared[name[i]] = true;
  }
  strbuf_puts(&s, "return 1;");
  fixture_open(&f, s.data, s.len);
  if (wrong < 0) {
    ck_assert_int_eq(f.status, STATUS_OK);
  } else {
    size_t line, column;
    ck_assert_int_eq(f.status, STATUS_MODEL);
    source_position(&f.ctx.sources.data[0], f.ctx.diags.data[0].loc.begin, &line, &column);
    ck_assert_uint_eq(line, (size_t)wrong + 1);
    enum error_id found = f.ctx.diags.data[0].id;
    if (found == ERR_UNKNOWN_NAME_NEAR) found = ERR_UNKNOWN_NAME;
    ck_assert_str_eq(error_name(found), error_name(id));
  }
  fixture_close(&f);
  strbuf_free(&s);
}
END_TEST

/* Defs that call each other are nested in one another: the limit holds for their expansion. */
START_TEST(def_nesting)
{
  for (int n = NESTING_MAX - 1; n <= NESTING_MAX + 1; n++) {
    struct strbuf s = {0};
    struct fixture f;
    strbuf_puts(&s, "def f1(a) = a;\n");
    for (int i = 2; i < n; i++) strbuf_printf(&s, "def f%d(a) = f%d(a);\n", i, i - 1);
    strbuf_printf(&s, "return f%d(1);", n - 1);
    fixture_open(&f, s.data, s.len);
    ck_assert_int_eq(f.status, n > NESTING_MAX ? STATUS_LIMIT : STATUS_OK);
    if (n <= NESTING_MAX) ck_assert_int_eq(f.model->result->height, n);
    fixture_close(&f);
    strbuf_free(&s);
  }
}
END_TEST

START_TEST(many_names)
{
  enum { MANY = 100000 };
  struct strbuf s = {0};
  struct fixture f;
  for (int i = 0; i < MANY; i++) strbuf_printf(&s, "var v%d;\n", i);
  strbuf_puts(&s, "return 0");
  for (int i = MANY; i-- > 0;) strbuf_printf(&s, "+v%d", i);
  strbuf_puts(&s, ";");
  fixture_open_valid(&f, s.data);
  for (int i = 0; i < MANY; i++)
    ck_assert_ptr_eq(f.model->result->args[MANY - i]->decl, f.model->decls.data[i]);
  fixture_close(&f);
  strbuf_free(&s);
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof *(a)))

Suite *check_suite(void);
Suite *check_suite(void)
{
  Suite *s = suite_create("check");
  TCase *t = tcase_create("check");
  tcase_set_timeout(t, 60);
  tcase_add_loop_test(t, refused, 0, COUNT(errors));
  tcase_add_loop_test(t, accepted, 0, COUNT(right));
  tcase_add_loop_test(t, attributes, 0, COUNT(kinds));
  tcase_add_test(t, declarations);
  tcase_add_test(t, innermost_wins);
  tcase_add_loop_test(t, order, 0, 300);
  tcase_add_test(t, def_nesting);
  tcase_add_test(t, many_names);
  suite_add_tcase(s, t);
  return s;
}
