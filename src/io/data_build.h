/* Builds the tree of data.h from the events of a parser; what YAML and JSON refuse alike (depth,
 * duplicate keys, uneven lists, what is no number) is refused here. */
#ifndef ASDEX_IO_DATA_BUILD_H
#define ASDEX_IO_DATA_BUILD_H

#include "io/data.h"

enum data_item { ITEM_NONE, ITEM_LIST, ITEM_NUMBER };

/* An open container: a map, or one level of a list. */
struct data_frame {
  struct data *node;
  size_t cap;   /* map: of its entries */
  bool has_key; /* map: the last entry waits for its value */
};

struct data_builder {
  struct context *ctx;
  int source;
  enum data_numbers numbers;
  struct data *root;
  int depth; /* open containers */
  struct data_frame stack[DATA_NESTING_MAX];
  /* The open list; there is one at most, as lists hold no maps. */
  struct data *list;
  int level; /* the innermost open level of it */
  enum data_item items[DATA_NESTING_MAX];
  VEC(int64_t) counts[DATA_NESTING_MAX];
  VEC(double) values;
  VEC(double) imag; /* empty until a complex number comes */
  VEC(uint32_t) where;
};

void builder_init(struct data_builder *b, struct context *ctx, int source,
                  enum data_numbers numbers);

enum status builder_map_begin(struct data_builder *b, struct loc loc) MUST_CHECK;
enum status builder_list_begin(struct data_builder *b, struct loc loc) MUST_CHECK;
/* Ends the innermost container; `end` is the offset behind it. */
enum status builder_end(struct data_builder *b, size_t end) MUST_CHECK;
enum status builder_key(struct data_builder *b, const char *text, size_t len,
                        struct loc loc) MUST_CHECK;
/* A number in the JSON grammar, as it is spelled. */
enum status builder_number(struct data_builder *b, const char *text, size_t len,
                           struct loc loc) MUST_CHECK;
/* Numbers of the open list, which begin at these offsets; `first` is the location of the first. */
enum status builder_numbers(struct data_builder *b, const double *v, const uint32_t *where,
                            size_t count, struct loc first) MUST_CHECK;
enum status builder_string(struct data_builder *b, const char *text, size_t len,
                           struct loc loc) MUST_CHECK;
/* An empty document. */
enum status builder_null(struct data_builder *b, struct loc loc) MUST_CHECK;

/* Whether the innermost container is a map (or a list), and waits for a key. */
bool builder_in_map(const struct data_builder *b);
bool builder_wants_key(const struct data_builder *b);

/* The finished tree (the builder is ready for the next document), or what to do on failure. */
struct data *builder_take(struct data_builder *b);
void builder_free(struct data_builder *b);

#endif
