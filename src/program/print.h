/* Programs as text, for people. */
#ifndef ASDEX_PROGRAM_PRINT_H
#define ASDEX_PROGRAM_PRINT_H

#include "base/strbuf.h"
#include "program/program.h"

/* Arrays, groups and kernels; the length of the text does not depend on the size of the data. */
void program_print(const struct program *p, struct strbuf *out);

#endif
