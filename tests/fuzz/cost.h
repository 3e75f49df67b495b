/* How much work a model can be, at most, from its text alone: so that a fuzzer does not spend its
 * time in loops that are long because the model says so. */
#ifndef ASDEX_FUZZ_COST_H
#define ASDEX_FUZZ_COST_H

#include "lang/ast.h"

/* Expressions that are evaluated, of a checked model; infinite where it is not known. */
double cost_of_model(const struct model *m);

#endif
