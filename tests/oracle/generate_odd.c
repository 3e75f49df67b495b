/* Sizes 0 and 1, shapes that are no boxes, three indices. */
#include "config.h"

#include "generator.h"

enum { ODD_NONE, ODD_EMPTY, ODD_FLAT, ODD_TRIANGLE, ODD_THREE, ODD_SINGLE, ODD_KINDS };

static void end(struct generator *g)
{
  g->nloops = 0;
  g->work = 1;
}

int gen_var_odd(struct generator *g, int room)
{
  static const int sizes[ODD_KINDS] = {0, 0, 0, 6, 4, 1};
  static const char *const dimensions[ODD_KINDS] = {"",
                                                    "i in 1..0",
                                                    "i in 1..3, j in 2..1",
                                                    "i in 1..3, j in i..3",
                                                    "i in 1..2, j in 0..1, 1",
                                                    "i in 3..3"};
  static const char *const terms[ODD_KINDS] = {"", "", "", " + 1.7*j", " + 1.7*j", ""};
  int kind = gen_pick(g, ODD_EMPTY, ODD_SINGLE);
  if (sizes[kind] > room) return 0;
  g->odd = kind;
  gen_new_name(g, g->odd_name, "X");
  strbuf_printf(g->out, "var %s[%s] = ((%.3f + %.3f*i%s) %% 2.61 - 1.3)/2;\n", g->odd_name,
                dimensions[kind], random_uniform(&g->state, 0, 6),
                random_uniform(&g->state, 0.5, 3), terms[kind]);
  return sizes[kind];
}

/* Sums over all of them, and an array of one index that is made of them. */
void gen_let_odd(struct generator *g)
{
  const char *name = g->odd_name;
  char sum[NAME_SIZE];
  struct array a = {.ndim = 1, .dims = {{1, g->odd == ODD_TRIANGLE ? 3 : 2, 1}}};
  gen_new_name(g, sum, "s");
  if (g->odd == ODD_EMPTY || g->odd == ODD_FLAT) {
    strbuf_printf(g->out, "let %s = 0.2*prod(%s) + norm2(%s) + sum(%s)*", sum, name, name, name);
    gen_moderate(g, 1);
    gen_put(g, ";\n");
    gen_add_scalar(g, sum, false);
    return;
  }
  if (g->odd == ODD_SINGLE) {
    strbuf_printf(g->out, "let %s = %s[3]*", sum, name);
    gen_moderate(g, 1);
    strbuf_printf(g->out, " + sum(%s[i]^2 for i in 3..3);\n", name);
    gen_add_scalar(g, sum, false);
    return;
  }
  bool triangle = g->odd == ODD_TRIANGLE;
  gen_push_loop(g, "i", 1, a.dims[0].hi);
  strbuf_printf(g->out, "let %s = 0.2*sum(%s[i, %s]*", sum, name, triangle ? "j" : "j, 1");
  gen_push_loop(g, "j", triangle ? 1 : 0, triangle ? 3 : 1);
  g->work = 6;
  gen_moderate(g, 1);
  gen_put(g, triangle ? " for i in 1..3, j in i..3);\n" : " for j in 1..0 by -1, i in 1..2);\n");
  g->nloops--;
  gen_new_name(g, a.name, "D");
  strbuf_printf(g->out, "let %s[i in 1..%d] = ", a.name, a.dims[0].hi);
  strbuf_printf(g->out, triangle ? "%s[i, 3]*%s[1, i] - " : "%s[i, 0, 1] - %s[3-i, 1, 1]^2*", name,
                name);
  gen_moderate(g, 1);
  gen_put(g, ";\n");
  end(g);
  gen_add_scalar(g, sum, false);
  gen_add_array(g, &a);
}

static void moderate_over(struct generator *g, const char *index, int lo, int hi)
{
  gen_push_loop(g, index, lo, hi);
  g->work = 4;
  gen_moderate(g, 2);
  end(g);
}

/* Arrays without elements are read as a whole; recurrences stop after their first clause. */
void gen_let_empty(struct generator *g)
{
  char array[NAME_SIZE], name[NAME_SIZE];
  gen_new_name(g, array, "e");
  gen_new_name(g, name, "s");
  switch (gen_pick(g, 0, 4)) {
  case 0:
    strbuf_printf(g->out, "let %s[i in 3..2] = ", array);
    moderate_over(g, "i", 2, 3);
    strbuf_printf(g->out, ";\nlet %s = 0.3*sum(%s) + 0.2*prod(%s)*", name, array, array);
    break;
  case 1:
    strbuf_printf(g->out, "for i in 1..2, j in 1..i-2 {\n  let b = ");
    moderate_over(g, "i", 1, 2);
    strbuf_printf(g->out, ";\n  let %s[i, j] = b*i;\n}\nlet %s = norm2(%s) + ", array, name, array);
    break;
  case 2:
    strbuf_printf(g->out, "let %s[1] = ", array);
    gen_moderate(g, 1);
    strbuf_printf(g->out, ";\nlet %s[i in 2..1] = %s[i-1]*", array, array);
    moderate_over(g, "i", 1, 2);
    strbuf_printf(g->out, ";\nlet %s = %s[1]*", name, array);
    break;
  case 3:
    strbuf_printf(g->out, "let %s = 0.2*sum(", name);
    moderate_over(g, "i", 1, 3);
    gen_put(g, " for i in 1..3, j in i+1..i) - ");
    break;
  default:
    strbuf_printf(g->out, "let %s = 0.4*prod(", name);
    moderate_over(g, "i", 1, 3);
    gen_put(g, " for i in 1..3 if i > 3)*");
    break;
  }
  gen_moderate(g, 1);
  gen_put(g, ";\n");
  gen_add_scalar(g, name, false);
}
