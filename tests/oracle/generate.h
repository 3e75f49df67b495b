/* Random well-formed models, for tests that compare the library with the oracle. */
#ifndef ASDEX_ORACLE_GENERATE_H
#define ASDEX_ORACLE_GENERATE_H

#include "base/strbuf.h"

/* SplitMix64: the next number; uniform on [lo, hi); a whole number of lo … hi. */
uint64_t random_next(uint64_t *state);
double random_uniform(uint64_t *state, double lo, double hi);
int random_int(uint64_t *state, int lo, int hi);

enum model_kind {
  MODEL_REAL,
  MODEL_RATIONAL,    /* takes rational numbers to rational ones of moderate length */
  MODEL_HOLOMORPHIC, /* holomorphic, with real data and default points */
  MODEL_COMPLEX,     /* the same with complex ones */
  MODEL_KINDS
};

/* Appends the text of the model that belongs to `seed`: 0 … 12 unknowns with a default point, all
 * arguments of functions well inside their domains and results of moderate size, so that hardly a
 * value or derivative is infinite or NaN.  True: the point is random, and with near certainty the
 * model is smooth around it.  False: the point sits exactly on kinks and ties, with values that are
 * computed without rounding. */
extern bool generate_with_files; /* models may read what reference_files (reference.h) describes */
bool generate_model(enum model_kind kind, uint64_t seed, struct strbuf *out);

/* The same model in other words, with the same unknowns: functions as formulas of others, lets and
 * defs as the texts that they stand for, reductions as recurrences, blocks and sums of parts.
 * False: there is none, of most seeds. */
struct otherwise {
  bool may_have_more; /* entries in its pattern */
  bool may_have_less; /* more of it is folded or decided */
};
bool generate_otherwise(enum model_kind kind, uint64_t seed, struct strbuf *out,
                        struct otherwise *differs);

/* Another model with the same parameters and variables as that of `seed`; all else has other names.
 * Returns where the text goes on behind these declarations. */
size_t generate_second(enum model_kind kind, uint64_t seed, struct strbuf *out);

/* As generate_model, with 20 … 100,000 unknowns, in double precision; the point is random. */
void generate_large(uint64_t seed, struct strbuf *out);

#endif
