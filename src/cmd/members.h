/* Members of the JSON objects that asdex reads back: each is checked, and what is wrong with it is
 * told at its place. */
#ifndef ASDEX_CMD_MEMBERS_H
#define ASDEX_CMD_MEMBERS_H

#include "io/json.h"

/* The diagnostic that the member (or, if it is not there, the object) is not as `wanted` says. */
enum status member_fail(struct context *ctx, const struct json *object, const char *key,
                        const char *wanted) MUST_CHECK;

/* A whole number from 0 to 2^31-1. */
enum status member_int(struct context *ctx, const struct json *object, const char *key,
                       int32_t *value) MUST_CHECK;
/* A list of whole numbers from lo to hi, from mem_alloc; *out is never NULL on success. */
enum status member_ints(struct context *ctx, const struct json *object, const char *key, int32_t lo,
                        int32_t hi, int64_t *count, int32_t **out) MUST_CHECK;
/* One of `names`; left out: *chosen stays. */
enum status member_choice(struct context *ctx, const struct json *object, const char *key,
                          const char *const *names, int count, int *chosen, bool *found) MUST_CHECK;
/* Whether "schema" is left out or one of the kinds. */
enum status member_schema(struct context *ctx, const struct json *object,
                          const char *const *schemas, size_t count, const char *wanted) MUST_CHECK;

bool member_is_list(const struct json *member); /* of whatever */
/* Whether the member is there, and []. */
bool member_is_empty(const struct json *member);

#endif
