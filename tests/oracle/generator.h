/* The inside of generate.h: the state of the generator, and its expressions. */
#ifndef ASDEX_ORACLE_GENERATOR_H
#define ASDEX_ORACLE_GENERATOR_H

#include "generate.h"

enum { NAMES_MAX = 64, DEFS_MAX = 4, NAME_SIZE = 16, RANK = 2, WORK_MAX = 40 };

struct span {
  int lo, hi, by; /* the elements lo, lo + by, … up to hi; by may be negative */
};

/* What can be read with indices. */
struct array {
  char name[NAME_SIZE];
  int ndim;
  struct span dims[RANK];
  bool triangle; /* the second index runs over 1 … the first one */
  bool is_data;
  bool is_sparse;
  bool is_index; /* whole numbers vlo … vhi */
  int vlo, vhi;
  int body; /* 1 + the number of its text in generator.bodies, of the indices i and j; or 0 */
};

struct scalar {
  char name[NAME_SIZE];
  bool is_data;
  int body; /* as of an array */
};

struct loop {
  char name[NAME_SIZE];
  int lo, hi; /* its values lie in between */
};

struct def {
  char name[NAME_SIZE];
  int nparams;
  bool second_is_data; /* and whole, of lo … hi */
  int lo, hi;
  int body; /* as of an array, of the parameters a, b and i */
};

/* What a kind of models is written in: texts with places for expressions (generate_expr.c says
 * which characters stand for what), or for names and indices (%s). */
struct words {
  const char *const *bounded, *const *templates, *const *folded;
  int nbounded, ntemplates, nfolded;
  const char *reductions[7],
      *totals[6];                /* comprehensions; functions of arrays, the last of small ones */
  const char *steps[5];          /* of a recurrence, from the element before */
  const char *const (*pairs)[2]; /* templates that say the same */
  int npairs;
  const char *history, *above, *states, *rare_states, *of_element, *power;
};

struct generator {
  uint64_t state;
  enum model_kind kind;
  const struct words *words;
  struct strbuf *out;
  struct array arrays[NAMES_MAX];
  int narrays, nparams; /* the first nparams arrays are parameters */
  struct scalar scalars[NAMES_MAX];
  int nscalars, first_scalar;
  struct loop loops[NAMES_MAX];
  int nloops;
  int list; /* the first loop of the list of ranges under way */
  struct def defs[DEFS_MAX];
  int ndefs;
  bool in_def;   /* no arrays are visible, nor scalars before first_scalar */
  int n;         /* the value of the parameter n */
  int work;      /* iterations of the loops around */
  int budget;    /* nodes that the current expression may still get */
  int names;     /* to make new names */
  bool is_wide;  /* one loop or array is still to be much longer than the others */
  int large;     /* 0, or elements of arrays in large models */
  bool plain;    /* indices are shifts of loops or numbers; no loops or defs in expressions */
  bool has_zero; /* parameters `zero` = 0 and `one` = 1 are declared */
  int odd;       /* gen_var_odd: which kind it has declared, or 0 */
  char odd_name[NAME_SIZE];
  /* Models in two ways: all random choices are the same in both, and no index shadows another. */
  bool twins;
  int way; /* 0 or 1 */
  struct otherwise differs;
  struct strbuf bodies[NAMES_MAX];
  int nbodies;
};

int gen_pick(struct generator *g, int lo, int hi); /* a whole number of lo … hi */
bool gen_chance(struct generator *g, int percent);

void gen_put(struct generator *g, const char *text);
void gen_put_int(struct generator *g, int v);
/* A number with many digits, so that nothing is equal by chance; a datum, which may be complex. */
void gen_put_number(struct generator *g, double lo, double hi);
void gen_put_datum(struct generator *g, double lo, double hi);
void gen_put_bound(struct generator *g, int v); /* `n` where it is n, sometimes */
void gen_put_span(struct generator *g, const struct span *s);

int gen_span_count(const struct span *s);
int gen_array_size(const struct array *a);

void gen_new_name(struct generator *g, char name[NAME_SIZE], const char *stem);
void gen_add_scalar(struct generator *g, const char *name, bool is_data);
void gen_add_array(struct generator *g, const struct array *a);
void gen_push_loop(struct generator *g, const char *name, int lo, int hi);
const struct scalar *gen_some_scalar(struct generator *g, bool is_data); /* NULL: none */
const struct array *gen_some_array(struct generator *g, bool is_data);

extern const struct words gen_words[MODEL_KINDS];

/* Expressions of what is in scope: any; of a value in [-1, 1]; a comprehension; data, of moderate
 * size and never 0. */
void gen_expr(struct generator *g, int depth);
void gen_bounded(struct generator *g, int depth);
void gen_reduction(struct generator *g, int depth);
void gen_data(struct generator *g);

/* An intermediate of moderate size: what is built from it must not grow from let to let. */
void gen_moderate(struct generator *g, int depth);
/* A text with names in place of the first %s and the others; %% is a percent sign. */
void gen_put_template(struct generator *g, const char *text, const char *first, const char *rest);
/* The greatest and least value of an index. */
static inline int gen_span_least(const struct span *s)
{
  return s->lo < s->hi ? s->lo : s->hi;
}
static inline int gen_span_greatest(const struct span *s)
{
  return s->lo < s->hi ? s->hi : s->lo;
}

/* A text with an expression for each character that stands for one (generate_expr.c). */
void gen_fill(struct generator *g, const char *text, int depth);
/* A factor of a product, well above 0. */
void gen_factor(struct generator *g, int depth);

/* generate_twin.c.  What has been written from `begin` on becomes a text to be inlined: its number,
 * or 0 if there are not two ways.  Writes a text with other texts in place of names, if this way
 * inlines it and it does not get too long; else false.  A statement: a reduction. */
int gen_body(struct generator *g, size_t begin);
bool gen_inline(struct generator *g, int body, const char *const names[], char *const texts[],
                int count);
void gen_let_total(struct generator *g);
extern const char *const gen_pairs[][2], *const gen_rational_pairs[][2],
                                             *const gen_holomorphic_pairs[][2];
enum { PAIRS = 46, RATIONAL_PAIRS = 14, HOLOMORPHIC_PAIRS = 22 };

/* generate_let.c, statements: copies of arrays, with what surrounds them; arrays that are read at
 * one place, once for each element; an array with three indices. */
void gen_let_copy(struct generator *g);
void gen_let_once(struct generator *g);
void gen_let_three(struct generator *g);

/* generate_block.c, statements. */
void gen_let_border(struct generator *g);
void gen_let_pascal(struct generator *g);
void gen_for_values(struct generator *g);
void gen_for_local(struct generator *g);
void gen_for_coupled(struct generator *g);
void gen_def_loop(struct generator *g);
void gen_param_triangle(struct generator *g);

/* generate_odd.c.  Variables that are empty, alone, over a triangle or with three indices: declares
 * some, of at most `room` unknowns, and returns how many; statements that read them, after the
 * other declarations.  A statement: empty arrays and loops. */
int gen_var_odd(struct generator *g, int room);
void gen_let_odd(struct generator *g);
void gen_let_empty(struct generator *g);

#endif
