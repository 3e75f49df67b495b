/* Models made from bytes: each byte is a choice, so that a fuzzer's small changes are small changes
 * of the model. */
#ifndef ASDEX_FUZZ_GENERATE_MODEL_H
#define ASDEX_FUZZ_GENERATE_MODEL_H

#include "base/numbers.h"
#include "fuzz.h"

/* Appends a well-formed model with a default point, whose numbers are of moderate size; returns
 * the field that it is for. */
enum field generate_from_bytes(struct fuzz_bytes *bytes, struct strbuf *out);

#endif
