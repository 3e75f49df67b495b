/* Data and points from YAML and JSON files, as a tree.
 *
 * YAML goes through libyaml's event parser, `.json` files (and --from json) through a strict JSON
 * reader; both give the same tree and the same refusals: duplicate keys, anchors, aliases, tags,
 * numbers outside the JSON grammar (so also inf, nan, octal, 1_000, 1:30), deep nesting. */
#ifndef ASDEX_IO_DATA_H
#define ASDEX_IO_DATA_H

#include "base/diag.h"

enum { DATA_NESTING_MAX = 64 };

enum data_kind {
  DATA_NULL,   /* an empty document, or null (JSON) */
  DATA_MAP,
  DATA_NUMBER,
  DATA_STRING, /* any other scalar: quoted, or a plain one that is no number (YAML) */
  DATA_LIST    /* numbers, nested to the same depth everywhere (but perhaps ragged) */
};

struct data_entry {
  char *key; /* keys are plain strings: n, y, on, 1 are names */
  struct loc loc; /* of the key */
  struct data *value;
};

struct data {
  enum data_kind kind;
  struct loc loc;
  /* map, in file order, keys unique */
  size_t nentries;
  struct data_entry *entries;
  /* number: value and spelling; string: its text */
  double number;
  char *text;
  /* list: depth ≥ 1 levels; counts[0][0] is the length of the outermost list; level k+1 has one
   * count for each item of level k, in order; the innermost items are the numbers.  An empty list
   * ends the depth where it is the only content: [] has depth 1, [[], []] depth 2. */
  int depth;
  int64_t *counts[DATA_NESTING_MAX];
  int64_t ncounts[DATA_NESTING_MAX];
  int64_t nvalues;
  double *values;
  uint32_t *where; /* byte offset of each number in the source loc.source */
};

/* Parses the whole text of a source as one document.  A second document is an error. */
enum status data_parse_yaml(struct context *ctx, int source, struct data **out) MUST_CHECK;
enum status data_parse_json(struct context *ctx, int source, struct data **out) MUST_CHECK;
void data_free(struct data *d);

/* The location of number k of a list. */
struct loc data_number_loc(const struct data *d, int64_t k);

/* The value of `key` in a map, or NULL. */
const struct data_entry *data_get(const struct data *map, const char *key);

#endif
