/* Each allocation in turn fails: the combinations of subcommands, formats and kinds of numbers that
 * test_cmd.c and test_compressed.c leave out. */
#include "config.h"

#include "base/rational.h"
#include "unit/cmd_fixture.h"

Suite *starve_suite(void);

#define MODEL " m.expr --data d.yaml --at p.yaml "
#define SEVERAL " m.expr --data d.yaml --at several.yaml "

static const char *const lines[] = {
    "value" MODEL "-o out --set n=4 --set w=[1,2,3,4] --at random:1",
    "gradient" MODEL "-o out --format csv",
    "gradient" MODEL "-o out --format json --with-value --with-aux",
    "hvp" MODEL "-o out --vector random:3 --format json --chunk-size 1",
    "hvp" MODEL "-o out --vector v.mtx --format csv --mode rev-over-rev",
    "hessian" MODEL "-o out --format dense --ordering best",
    "hessian" MODEL "-o out --format json --layout csc --triangle lower --wrt y",
    "hessian" MODEL "-o out --format json --layout dense --no-symmetric",
    "hessian" MODEL "-o out --format csv --pattern s.json --ordering random --seed 3",
    "hessian" MODEL "-o out --coloring c.mtx --with-value",
    "sparsity m.expr --data d.yaml -o out --format json",
    "sparsity m.expr --data d.yaml -o out --format csv --wrt y,x",
    "sparsity s.json -o out --format mtx",
    "coloring m.expr --data d.yaml -o out --format mtx --ordering dynamic-largest-first",
    "coloring s.json -o out --method acyclic --ordering incidence-degree --postprocess",
    "coloring s.mtx -o out --no-symmetric --ordering smallest-last",
    "coloring s.mtx -o out --validate c.json",
    "coloring s.mtx -o out --validate c.mtx",
    "coloring s.mtx -o out --validate c.json --format json",
    "compress" MODEL "-o out --format json --with-value",
    "compress" MODEL "-o out --format csv --coloring c.json",
    "decompress b.json -o out --coloring c.json --format json --layout csr",
    "decompress b.json -o out --coloring c.json --format csv",
    "decompress b.mtx -o out --coloring c.mtx --pattern s.mtx --format dense",
    "verify" MODEL "-o out --check dense",
    "verify" MODEL "-o out --check fd --format json",
    "verify" MODEL "-o out --probes 2 --coloring c.json",
    "info m.expr --data d.yaml -o out --set w=[1,2,3] --set n=3",
    "spy s.mtx -o out --color always",
#ifdef HAVE_CAIRO
    "spy m.expr --data d.yaml -o out --colored --format pdf",
    "spy s.mtx -o out --format png --size 40x40",
#endif
    "value" SEVERAL "-o out",
    "gradient" SEVERAL "-o out --with-value",
    "hessian" SEVERAL "-o out",
    "hvp" SEVERAL "-o out",
    "compress" SEVERAL "-o out",
    "verify" SEVERAL "-o out",
};
enum { LINES = sizeof lines / sizeof *lines };

static const char *const exact_lines[] = {
    "verify e.expr --exact -o out",
    "verify e.expr --check exact --format json -o out",
    "hessian e.expr --exact --at es.yaml -o out",
    "decompress be.json --coloring ce.json -o out --format json",
    "hvp e.expr --exact --vector random:2 -o out --format json",
};
enum { EXACT_LINES = sizeof exact_lines / sizeof *exact_lines };

static const char *const complex_lines[] = {
    "verify z.expr --holomorphic -o out",
    "verify z.expr --holomorphic --check dense -o out",
    "verify z.expr --holomorphic --check fd -o out",
    "hessian z.expr --holomorphic --at zs.yaml -o out",
    "decompress bz.json --coloring cz.json -o out --format json",
    "decompress bz.mtx --coloring cz.json -o out",
    "spy bz.mtx -o out",
};
enum { COMPLEX_LINES = sizeof complex_lines / sizeof *complex_lines };

static void setup(void)
{
  enter_folder();
  put("m.expr", "param n = 3;\n"
                "param w[n];\n"
                "param A[,] sparse = read(\"A.mtx\");\n"
                "var x[n] = 0.5;\n"
                "var y = 2;\n"
                "aux worst = max(x);\n"
                "let r[1] = x[1];\n"
                "let r[i in 2..n] = r[i-1]*y - exp(x[i]);\n"
                "return sum(w[i]*r[i]^2 for i in 1..n) + sum(a*x[i]*x[j] for (i, j, a) in A);\n");
  put("A.mtx", "%%MatrixMarket matrix coordinate real general\n2 2 2\n1 2 3\n2 2 -1\n");
  put("x.mtx", "%%MatrixMarket matrix array real general\n3 1\n1\n2\n3\n");
  put("d.yaml", "w: [1, 2, 3]\n");
  put("p.yaml", "x: {file: x.mtx}\ny: 1.25\n");
  put("several.yaml", "x: 1\ny: 2\n---\nat: {x: [1, 2, 3], y: 4}\nset: {w: [0, 1, 1]}\n");
  put("v.mtx", "%%MatrixMarket matrix array real general\n4 1\n1\n2\n3\n4\n");
  succeeds("sparsity m.expr --data d.yaml -o s.mtx");
  succeeds("sparsity m.expr --data d.yaml -o s.json");
  succeeds("coloring m.expr --data d.yaml -o c.json");
  succeeds("coloring m.expr --data d.yaml -o c.mtx");
  succeeds("compress" MODEL "--coloring c.json -o b.json");
  succeeds("compress" MODEL "--coloring c.json -o b.mtx");
}

START_TEST(each_allocation_fails)
{
  starve(lines[_i], true);
  starve(lines[_i], false);
}
END_TEST

START_TEST(each_allocation_fails_exactly)
{
  if (!rational_available) return;
  put("e.expr", "param w = 1/3;\nvar x[2] = 1/7;\nreturn x[1]^3*x[2] + w/x[2];\n");
  put("es.yaml", "x: 1\n---\nx: [0.3, 1e-20]\n");
  succeeds("coloring e.expr -o ce.json");
  succeeds("compress e.expr --exact --coloring ce.json -o be.json");
  starve(exact_lines[_i], true);
  starve(exact_lines[_i], false);
}
END_TEST

START_TEST(each_allocation_fails_in_complex_numbers)
{
  put("z.expr", "param w = 1-2i;\nvar x[2] = 0.5;\nreturn w*x[1]^3*x[2] + exp(1i*x[2]);\n");
  put("zs.yaml", "x: \"1i\"\n---\nx: [\"1+1i\", 1e-2]\n");
  succeeds("hessian z.expr --holomorphic -o hz.mtx");
  succeeds("sparsity hz.mtx -o sz.mtx");
  succeeds("coloring sz.mtx -o cz.json");
  succeeds("compress z.expr --holomorphic --coloring cz.json -o bz.json");
  succeeds("compress z.expr --holomorphic --coloring cz.json -o bz.mtx");
  starve(complex_lines[_i], true);
  starve(complex_lines[_i], false);
}
END_TEST

Suite *starve_suite(void)
{
  Suite *s = suite_create("starve");
  TCase *c = tcase_create("starve");
  tcase_set_timeout(c, 120);
  tcase_add_checked_fixture(c, setup, leave_folder);
  tcase_add_loop_test(c, each_allocation_fails, 0, LINES);
  tcase_add_loop_test(c, each_allocation_fails_exactly, 0, EXACT_LINES);
  tcase_add_loop_test(c, each_allocation_fails_in_complex_numbers, 0, COMPLEX_LINES);
  suite_add_tcase(s, c);
  return s;
}
