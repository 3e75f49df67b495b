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
  DATA_NULL, /* an empty YAML document; null as a value is an error */
  DATA_MAP,
  DATA_NUMBER,
  DATA_STRING, /* any other scalar: quoted, or a plain one that is no number (YAML) */
  DATA_LIST    /* numbers, nested to the same depth everywhere (but perhaps ragged) */
};

struct data_entry {
  char *key;      /* keys are plain strings: n, y, on, 1 are names */
  struct loc loc; /* of the key */
  struct data *value;
};

struct data {
  enum data_kind kind;
  struct loc loc;
  /* map, in file order, keys unique */
  size_t nentries;
  struct data_entry *entries;
  uint32_t *order; /* of the entries by key */
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
  double *imag;          /* NULL where all are real; see DATA_COMPLEX */
  struct loc string_loc; /* of the first number that a string spells; its end is 0 if none does */
  uint32_t *where; /* byte offset of each number (its quote, if quoted) in the source loc.source;
                      NULL: the numbers come from no source */
};

/* What a list may hold.  DATA_COMPLEX adds strings such as "1.5-2i" (holomorphic mode), and takes
 * plain YAML scalars of that form as strings.  DATA_EXACT adds to that fractions of whole numbers,
 * "2/3", whose value in the list is near; what they spell stands at their place in the source. */
enum data_numbers { DATA_REAL, DATA_COMPLEX, DATA_EXACT };

/* Parses the whole text of a source as one document.  A second document is an error. */
enum status data_parse_yaml(struct context *ctx, int source, enum data_numbers numbers,
                            struct data **out) MUST_CHECK;
enum status data_parse_json(struct context *ctx, int source, enum data_numbers numbers,
                            struct data **out) MUST_CHECK;
/* All documents of a YAML source, cut by libyaml (at least one; an empty text is one empty
 * document): what those of yaml_stream.h are compared with.  Free the list with data_list_free. */
struct data_list {
  struct data **data;
  size_t len, cap;
};
enum status data_parse_yaml_all(struct context *ctx, int source, enum data_numbers numbers,
                                struct data_list *out) MUST_CHECK;
void data_list_free(struct data_list *list);
void data_free(struct data *d);

/* A complex number as a string spells it: "1.5-2i", "2i", "-i", "3"; false if it is none. */
bool data_parse_complex(const char *text, size_t len, double *re, double *im);

/* Whether a text is "p/q", a number in exact mode alone (if q is not 0). */
bool data_is_fraction(const char *text, size_t len);
/* Says what is wrong with such a text: it takes exact mode, or it divides by 0. */
enum status data_fail_fraction(struct context *ctx, bool exact, const char *text, size_t len,
                               struct loc loc);

/* A number as a string may spell it in a list that takes `numbers`; false if it is none. */
bool data_parse_text(enum data_numbers numbers, const char *text, size_t len, double *re,
                     double *im);

/* The location of number k of a list. */
struct loc data_number_loc(const struct data *d, int64_t k);

/* The value of `key` in a map, or NULL. */
const struct data_entry *data_get(const struct data *map, const char *key);

#endif
