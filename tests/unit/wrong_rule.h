/* A mistake in the table of derivatives, for tests of what finds it.  The unit tests are linked
 * with an op_derivative of their own, which is the library's unless wrong_rule names an operator:
 * of that all partial derivatives are too large by half. */
#ifndef ASDEX_TESTS_WRONG_RULE_H
#define ASDEX_TESTS_WRONG_RULE_H

#include "program/program.h"

extern enum op_code wrong_rule; /* OP_COUNT: none */

#endif
