/* JSON: a writer with automatic commas, on a sink, and a reader of what it wrote. */
#ifndef ASDEX_IO_JSON_H
#define ASDEX_IO_JSON_H

#include "io/sink.h"

struct json_writer {
  struct sink *sink;
  bool comma;         /* the next item needs a comma before it */
  enum status status; /* the first failure; later calls do nothing */
};

void json_begin(struct json_writer *w, struct sink *s);
void json_object_begin(struct json_writer *w);
void json_object_end(struct json_writer *w);
void json_array_begin(struct json_writer *w);
void json_array_end(struct json_writer *w);
void json_key(struct json_writer *w, const char *key);
void json_string(struct json_writer *w, const char *text);
void json_int(struct json_writer *w, int64_t v);
void json_bool(struct json_writer *w, bool v);
void json_number(struct json_writer *w, double v); /* "inf", "-inf", "nan" as strings */
void json_numbers(struct json_writer *w, const double *v, int64_t count, int64_t stride);
void json_ints(struct json_writer *w, const int32_t *v, int64_t count);
void json_ints64(struct json_writer *w, const int64_t *v, int64_t count);
/* Ends the document with a newline and gives the first failure. */
enum status json_end(struct json_writer *w) MUST_CHECK;

/* JSON in, of asdex's own documents (patterns, colorings, compressed matrices): a tree of general
 * JSON, with bulk arrays of numbers kept flat.  Non-finite numbers may be the strings above. */
struct json {
  enum {
    JSON_NULL,
    JSON_BOOL,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_NUMBERS,
    JSON_OBJECT
  } kind;
  struct loc loc;
  bool truth;
  double number;       /* NUMBER */
  char *text;          /* STRING, NUL-terminated; refuses embedded NUL */
  size_t count;        /* ARRAY, NUMBERS (a non-empty array of numbers alone,
                            non-finite strings between them included), OBJECT */
  struct json **items; /* ARRAY, OBJECT */
  char **keys;         /* OBJECT: unique */
  double *values;      /* NUMBERS */
  uint32_t *where;     /* NUMBERS: byte offsets */
};
enum status json_parse(struct context *ctx, int source, struct json **out) MUST_CHECK;
void json_free(struct json *j);
const struct json *json_get(const struct json *object, const char *key);

/* A number, or one of the strings "inf", "-inf", "nan": false if it is neither. */
bool json_as_number(const struct json *j, double *v);
/* Item k of an array as a number; works on NUMBERS and, for those that consist of the strings
 * above alone (which could be names, and so are left as strings), on ARRAY. */
bool json_number_at(const struct json *array, size_t k, double *v);

#endif
