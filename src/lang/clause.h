/* Clauses of lets, and auxes, which are lowered like one: what the files that lower statements
 * share (clause.c, lower_clause.c, lower_block.c, lower.c). */
#ifndef ASDEX_LANG_CLAUSE_H
#define ASDEX_LANG_CLAUSE_H

#include "lang/lowering.h"

/* A clause: its statement, the for block that it is in or NULL, and its left side as an expression,
 * NAME[index, …]. */
struct clause {
  struct stmt *stmt, *block;
  struct expr *lhs;
  int next; /* clause of the same let, or -1 */
};

struct lowering {
  struct elab *e;
  VEC(struct clause) clauses; /* in order of the model */
  int root;                   /* the domain of a single iteration */
};

/* ---- clause.c ---- */
/* Fills l->clauses, and what the symbols know about theirs. */
enum status clauses_find(struct lowering *l) MUST_CHECK;
/* The index sets of all lets: the union of their clauses, which must not overlap. */
enum status clauses_shape(struct lowering *l) MUST_CHECK;
/* The loops of a clause's dimensions: those that are not single indices.  Returns their number. */
int clause_loops(const struct clause *c, struct loop loops[LOOP_MAX]);
/* The indices that the clause defines at e->at. */
enum status clause_index(struct elab *e, const struct clause *c, int64_t *index) MUST_CHECK;
/* Opens the loops of the ranges of a for block, as nest_open does. */
enum status block_open(struct lowering *l, const struct stmt *block, bool single, int *domain,
                       size_t *pushed) MUST_CHECK;

/* ---- lower_clause.c ---- */
/* Whether test holds for some node of x, bodies of defs included; true also if they are too many
 * to tell (then the lowering of x will fail for that). */
typedef bool expr_test(const struct expr *x, void *user);
bool expr_any(const struct expr *x, expr_test *test, void *user);
bool clause_reads_itself(const struct clause *c);
/* How many of the loops that carry the recurrence of a clause there are, from the outermost on:
 * those that are open, on the domain `outer`, and then `loops`. */
enum status clause_carried(struct elab *e, const struct clause *c, int outer,
                           const struct loop *loops, int nloops, int *level) MUST_CHECK;
/* Nothing of the array is defined yet. */
enum status clock_start(struct elab *e, struct symbol *s) MUST_CHECK;
/* Notes when a clause sets its elements, if its array has a clock; or lowers it.  It stands in the
 * loops that are open, on the domain `outer`, and has these loops of its own. */
enum status clause_clock(struct elab *e, const struct clause *c, int outer,
                         const struct loop *loops, int nloops,
                         const struct sequence *sequence) MUST_CHECK;
enum status lower_clause(struct elab *e, const struct clause *c, int outer,
                         const struct loop *loops, int nloops,
                         const struct sequence *sequence) MUST_CHECK;

/* ---- lower_block.c ---- */
/* A for block; *clause is the number of its first clause, and then of the first one behind it. */
enum status lower_block(struct lowering *l, const struct stmt *stmt, size_t *clause) MUST_CHECK;

/* ---- lower.c ---- */
/* Makes the kernels from group.first on a group of the program. */
enum status lower_group(struct elab *e, struct group group) MUST_CHECK;

#endif
