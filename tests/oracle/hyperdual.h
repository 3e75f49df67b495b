/* Scalars that carry their first two derivatives and what is structurally nonzero in them.
 *
 * A hyper-dual number a + b e1 + c e2 + d e1 e2 (e1² = e2² = 0) is carried here for all pairs of
 * directions at once: value, gradient, Hessian (J. Fike, J. Alonso, "The development of hyper-dual
 * numbers for exact second-derivative calculations", 2011).  Beside the numbers stand the
 * variables on which the scalar depends and the pairs that interact, by the rules of the language
 * for the global pattern; the numbers never enter those, but for folded constants. */
#ifndef ASDEX_ORACLE_HYPERDUAL_H
#define ASDEX_ORACLE_HYPERDUAL_H

#include <stdbool.h>
#include <stdint.h>

#include "num.h"

enum { UNKNOWNS_MAX = 16 };

struct hyperdual {
  union num value;
  union num g[UNKNOWNS_MAX];               /* 0 but in dep */
  union num h[UNKNOWNS_MAX][UNKNOWNS_MAX]; /* symmetric; 0 but in pair */
  uint16_t dep;                            /* bit i: first derivative structurally nonzero */
  uint16_t pair[UNKNOWNS_MAX]; /* row i, bit j: second derivative structurally nonzero */
  bool is_data;                /* of literals, parameters and loop indices alone */
  bool is_constant;            /* folded: of literals and scalar parameters alone */
};

/* A number that depends on no variable; variable number i. */
void hd_number(struct hyperdual *out, union num v, bool is_constant);
void hd_variable(struct hyperdual *out, union num v, int i);

/* Whether a condition is decided, or an exponent known, while the model is built. */
bool hd_is_decided(const struct hyperdual *x);

/* All of these take the number n of unknowns; out may be one of the arguments. */
void hd_add(int n, struct hyperdual *out, const struct hyperdual *a, const struct hyperdual *b);
void hd_sub(int n, struct hyperdual *out, const struct hyperdual *a, const struct hyperdual *b);
void hd_mul(int n, struct hyperdual *out, const struct hyperdual *a, const struct hyperdual *b);
void hd_div(int n, struct hyperdual *out, const struct hyperdual *a, const struct hyperdual *b);
void hd_mod(int n, struct hyperdual *out, const struct hyperdual *a, const struct hyperdual *b);
void hd_neg(int n, struct hyperdual *out, const struct hyperdual *a);

/* a^b; a decided whole exponent makes a product. */
void hd_pow(int n, struct hyperdual *out, const struct hyperdual *a, const struct hyperdual *b);

/* The scalar `taken` with the structure of `other` joined in. */
void hd_join(int n, struct hyperdual *out, const struct hyperdual *taken,
             const struct hyperdual *other);

/* What comes of a condition that has no value: no value, with the structure of x. */
void hd_none(int n, struct hyperdual *x);

/* log Σ exp(terms); count ≥ 1. */
void hd_logsumexp(int n, struct hyperdual *out, const struct hyperdual *terms, int count);

/* A function of the language by its name, with one or two arguments (b is NULL for one); min and
 * max too.  False if there is none such in this field. */
bool hd_call(int n, struct hyperdual *out, const char *name, const struct hyperdual *a,
             const struct hyperdual *b);

#endif
