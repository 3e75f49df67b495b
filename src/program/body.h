/* Building a kernel's body: operations with common subexpressions shared and the foldings that
 * change no value (not even a NaN's, an infinity's or a zero's sign). */
#ifndef ASDEX_PROGRAM_BODY_H
#define ASDEX_PROGRAM_BODY_H

#include "program/program.h"

enum { BODY_MAX = 1 << 24 }; /* operations of a kernel */

struct body {
  struct context *ctx;
  struct kernel kernel;
  struct loc loc;  /* given to new operations */
  uint64_t *slots; /* hash table of operations, by content */
  size_t nslots;
  int32_t *read_slots; /* the same for reads */
  size_t nread_slots;
  enum status status; /* the first failure; later calls return 0 and do nothing */
};

void body_init(struct body *b, struct context *ctx, int domain, struct loc loc);
void body_free(struct body *b); /* also after body_finish */

int32_t body_const(struct body *b, double value);
/* Literal `number` of the program, near `value`. */
int32_t body_literal(struct body *b, int number, double value);
int32_t body_read(struct body *b, int array, const struct map *map);
int32_t body_op1(struct body *b, enum op_code code, int32_t x);
int32_t body_op2(struct body *b, enum op_code code, int32_t x, int32_t y);
int32_t body_op3(struct body *b, enum op_code code, int32_t x, int32_t y, int32_t z);
int32_t body_powi(struct body *b, int32_t x, int k);
int32_t body_polygamma(struct body *b, int m, int32_t x);
/* x · c for a number c. */
int32_t body_scale(struct body *b, double c, int32_t x);
/* Any operation, its arguments being operations of this body. */
int32_t body_emit(struct body *b, struct op op);

bool body_is_const(const struct body *b, int32_t x, double value);

void body_output(struct body *b, struct output out);

/* Adds the kernel to the program (without the operations and reads that no output needs). */
enum status body_finish(struct body *b, struct program *p) MUST_CHECK;

/* The same, but hands the kernel over instead of adding it. */
enum status body_take(struct body *b, struct kernel *out) MUST_CHECK;

#endif
