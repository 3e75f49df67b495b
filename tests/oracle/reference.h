/* A naive interpreter of the syntax tree: the oracle for values, derivatives and patterns.
 *
 * It shares nothing with the Program: names are looked up as they are written, arrays are lists of
 * elements, loops are run literally, and every scalar carries its derivatives (hyperdual.h).  Small
 * models alone: at most UNKNOWNS_MAX unknowns; parameters have values in the model. */
#ifndef ASDEX_ORACLE_REFERENCE_H
#define ASDEX_ORACLE_REFERENCE_H

#include "lang/ast.h"
#include "hyperdual.h"

enum { AUX_MAX = 256 };

struct reference {
  int n; /* unknowns, in order of declaration */
  /* Numbers as doubles: of complex ones the real parts. */
  double point[UNKNOWNS_MAX]; /* where it was evaluated */
  double value;
  double gradient[UNKNOWNS_MAX];
  double hessian[UNKNOWNS_MAX][UNKNOWNS_MAX];
  bool pattern[UNKNOWNS_MAX][UNKNOWNS_MAX]; /* by the language's rules */
  bool depends[UNKNOWNS_MAX];               /* on an unknown, by the same rules */
  int naux;
  double aux[AUX_MAX]; /* elements of auxiliary outputs, in order */
  /* The same in the field of the run. */
  union num point_in[UNKNOWNS_MAX], value_in, gradient_in[UNKNOWNS_MAX],
      hessian_in[UNKNOWNS_MAX][UNKNOWNS_MAX], aux_in[AUX_MAX];
  char error[256]; /* why it failed */
};

/* What read("entries.mtx") finds: the lines of a model's text that start with `#| `, of which the
 * first has the sizes, as in the file, and the others one entry each.  The text is kept by
 * reference. */
void reference_files(const char *text);

/* Evaluates a parsed and checked model at `point` (NULL: the defaults of its variables).  False,
 * with a text in `error`, if the model cannot be evaluated. */
bool reference_run(const struct model *m, const double *point, struct reference *out);

/* The same in the field that num_begin has chosen. */
bool reference_run_in(const struct model *m, const union num *point, struct reference *out);

/* In double precision, differentiating in the `count` ≤ UNKNOWNS_MAX unknowns alone that `chosen`
 * (ascending) lists; the others count as variables, but nothing depends on them.  `point` has all
 * unknowns.  out is about the chosen ones. */
bool reference_run_chosen(const struct model *m, const double *point, const int *chosen, int count,
                          struct reference *out);

#endif
