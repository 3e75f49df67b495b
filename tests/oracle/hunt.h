/* What the parts of hunt share. */
#ifndef ASDEX_ORACLE_HUNT_H
#define ASDEX_ORACLE_HUNT_H

#include "hessian/plan.h"
#include "generate.h"
#include "reference.h"

/* What rounding does to the numbers at a point: how much those of the oracle differ when it rounds
 * at random, and between points that are equal but for their last digits. */
struct hunt_spread {
  bool known;
  double value, gradient[UNKNOWNS_MAX], hessian[UNKNOWNS_MAX][UNKNOWNS_MAX], aux[AUX_MAX];
};

/* The library's answers to one model at one point are compared with `want`. */
struct hunt {
  struct context ctx;
  const char *text; /* of the model */
  bool generated;   /* by generate_model(kind, seed) */
  enum model_kind kind;
  uint64_t seed;
  struct problem *problem;
  struct model *model;
  int source;
  struct reference want;
  struct pattern pattern;
  bool failed, skipped;
  bool generic; /* the point is random, not on kinks */
  bool ill;     /* something was as it should be within hunt_spread alone */
  struct hunt_spread spread;
  char difference[512];
};

/* Notes the first difference. */
void hunt_differ(struct hunt *h, const char *format, ...) PRINTF_LIKE(2, 3);
/* Takes the status of a call of the library; whether it is STATUS_OK. */
bool hunt_ok(struct hunt *h, const char *what, enum status status);
/* The path of the models, beside the file that they read. */
const char *hunt_path(void);
/* A file in the folder of the models. */
void hunt_write(const char *name, const char *text, size_t len);
/* Parses, checks and loads a model in a field. */
void hunt_load(struct hunt *h, const char *text, size_t len, enum field field);
/* Detects the pattern and compares it with want.pattern. */
void hunt_pattern(struct hunt *h);

/* Compares an entry of the Hessian with `want`. */
void hunt_entry(struct hunt *h, const char *what, const char *mode, int i, int j, double got);
/* Whether the Hessian has hardly 11 digits that do not depend on rounding. */
bool hunt_is_ill(struct hunt *h);
/* At want.point, in double precision: orderings, chunks, threads; what verify says. */
void hunt_more(struct hunt *h, uint64_t seed);
/* Makes number i of x (of a field) the oracle's number v; false: there is no memory. */
bool hunt_set(enum field field, struct numbers *x, int64_t i, union num v);
/* At want.point, in a field: other texts with Hessians that follow from this one.  Those that the
 * generator has to write are left out where h->generated is false. */
void hunt_variants(struct hunt *h, enum field field, uint64_t seed);

/* A model in exact or in complex numbers (its hunt_load is done) at its default point and, with a
 * seed, at another; is_smooth: the same in double precision must be near.  is_real (complex): its
 * data and default point are real, and there the real results are those of FIELD_REAL.  Sets
 * h->skipped if numbers get too large to be compared. */
void hunt_field(struct hunt *h, enum field field, bool is_smooth, bool is_real, uint64_t seed);

/* Colors a random graph and recovers a matrix of whole numbers. */
void hunt_coloring(struct hunt *h, uint64_t seed);

/* --statistics: counts what a model has that is loaded; prints how many models had what, and the
 * operators that none had. */
void hunt_statistics_add(const struct hunt *h);
void hunt_statistics_print(void);

/* A large model (its hunt_load is done) at its default point.  Sets h->skipped if its Hessian has
 * too many entries: then their values are not compared. */
void hunt_large(struct hunt *h, uint64_t seed);

#endif
