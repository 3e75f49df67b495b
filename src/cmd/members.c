#include "config.h"

#include "cmd/members.h"

#include <stdio.h>
#include <string.h>

enum status member_fail(struct context *ctx, const struct json *object, const char *key,
                        const char *wanted)
{
  const struct json *member = json_get(object, key);
  return FAIL(ctx, JSON_MEMBER, member ? member->loc : object->loc, key, wanted);
}

enum status member_int(struct context *ctx, const struct json *object, const char *key,
                       int32_t *value)
{
  const struct json *member = json_get(object, key);
  if (!member || member->kind != JSON_NUMBER || !(member->number >= 0) ||
      member->number > INT32_MAX || member->number != (double)(int32_t)member->number)
    return member_fail(ctx, object, key, "a whole number from 0 to 2^31-1");
  *value = (int32_t)member->number;
  return STATUS_OK;
}

bool member_is_list(const struct json *member)
{
  return member->kind == JSON_ARRAY || member->kind == JSON_NUMBERS;
}

bool member_is_empty(const struct json *member)
{
  return member && member->kind == JSON_ARRAY && member->count == 0;
}

enum status member_ints(struct context *ctx, const struct json *object, const char *key, int32_t lo,
                        int32_t hi, int64_t *count, int32_t **out)
{
  const struct json *member = json_get(object, key);
  char wanted[80];
  snprintf(wanted, sizeof wanted, "a list of whole numbers from %ld to %ld", (long)lo, (long)hi);
  bool empty = member_is_empty(member);
  if (!empty && (!member || member->kind != JSON_NUMBERS))
    return member_fail(ctx, object, key, wanted);
  size_t n = empty ? 0 : member->count;
  int32_t *values = mem_alloc(n, sizeof *values);
  if (!values) return diag_no_memory(ctx);
  for (size_t i = 0; i < n; i++) {
    double v = member->values[i];
    if (!(v >= lo && v <= hi) || v != (double)(int32_t)v) {
      struct loc loc = {member->loc.source, member->where[i], member->where[i] + 1};
      mem_free(values);
      return FAIL(ctx, JSON_MEMBER, loc, key, wanted);
    }
    values[i] = (int32_t)v;
  }
  *count = (int64_t)n;
  *out = values;
  return STATUS_OK;
}

enum status member_choice(struct context *ctx, const struct json *object, const char *key,
                          const char *const *names, int count, int *chosen, bool *found)
{
  const struct json *member = json_get(object, key);
  *found = member != NULL;
  for (int i = 0; member && i < count; i++)
    if (member->kind == JSON_STRING && !strcmp(member->text, names[i])) {
      *chosen = i;
      return STATUS_OK;
    }
  return member ? member_fail(ctx, object, key, "a name that 'asdex coloring' writes there")
                : STATUS_OK;
}

enum status member_schema(struct context *ctx, const struct json *object,
                          const char *const *schemas, size_t count, const char *wanted)
{
  const struct json *member = json_get(object, "schema");
  if (!member) return STATUS_OK;
  for (size_t i = 0; i < count && member->kind == JSON_STRING; i++)
    if (!strcmp(member->text, schemas[i])) return STATUS_OK;
  return member_fail(ctx, object, "schema", wanted);
}
