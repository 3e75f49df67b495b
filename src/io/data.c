#include "config.h"

#include "io/data_build.h"

#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "io/text.h"

void data_free(struct data *d)
{
  if (!d) return;
  for (size_t i = 0; i < d->nentries; i++) {
    mem_free(d->entries[i].key);
    data_free(d->entries[i].value); /* no deeper than DATA_NESTING_MAX */
  }
  for (int k = 0; k < d->depth; k++) mem_free(d->counts[k]);
  mem_free(d->entries);
  mem_free(d->order);
  mem_free(d->text);
  mem_free(d->values);
  mem_free(d->imag);
  mem_free(d->where);
  mem_free(d);
}

void data_list_free(struct data_list *list)
{
  for (size_t i = 0; i < list->len; i++) data_free(list->data[i]);
  mem_free(list->data);
  memset(list, 0, sizeof *list);
}

struct loc data_number_loc(const struct data *d, int64_t k)
{
  if (!d->where) return d->loc;
  size_t at = d->where[k];
  return text_loc(d->loc.source, at, at + 1);
}

const struct data_entry *data_get(const struct data *map, const char *key)
{
  size_t low = 0, high = map->kind == DATA_MAP ? map->nentries : 0;
  while (low < high) {
    size_t mid = low + (high - low) / 2;
    const struct data_entry *e = &map->entries[map->order[mid]];
    int order = strcmp(key, e->key);
    if (!order) return e;
    if (order < 0)
      high = mid;
    else
      low = mid + 1;
  }
  return NULL;
}

/* A coefficient of i: a number, or nothing but a sign. */
static bool parse_imaginary(const char *s, size_t len, double *v)
{
  bool sign = len && (*s == '+' || *s == '-');
  if (len == sign) {
    *v = sign && *s == '-' ? -1 : 1;
    return true;
  }
  return number_parse(s, len, v) == NUMBER_OK;
}

bool data_parse_complex(const char *text, size_t len, double *re, double *im)
{
  *re = *im = 0;
  if (!len || text[len - 1] != 'i') return number_parse(text, len, re) == NUMBER_OK;
  len--;
  size_t split = len; /* the sign between the parts, which is not an exponent's */
  while (split > 0) {
    split--;
    bool sign = text[split] == '+' || text[split] == '-';
    if (sign && (!split || (text[split - 1] != 'e' && text[split - 1] != 'E'))) break;
  }
  if (split && number_parse(text, split, re) != NUMBER_OK) return false;
  return parse_imaginary(text + split, len - split, im);
}

/* Where the slash of two whole numbers stands, the second without a sign; 0: this is none. */
static size_t fraction_slash(const char *text, size_t len)
{
  const char *slash = memchr(text, '/', len);
  size_t at = slash ? (size_t)(slash - text) : 0, sign = len && (*text == '+' || *text == '-');
  if (at <= sign || at + 1 == len) return 0;
  for (size_t i = sign; i < len; i++)
    if (i != at && (text[i] < '0' || text[i] > '9')) return 0;
  return at;
}

bool data_is_fraction(const char *text, size_t len)
{
  enum { LENGTH_MAX = 60 }; /* of what a message shows, but for a sign */
  bool sign = len && (*text == '+' || *text == '-');
  return len - sign <= LENGTH_MAX && fraction_slash(text, len) > 0;
}

/* Such a fraction, whose second number is not 0. */
static bool parse_fraction(const char *text, size_t len, double *v)
{
  size_t slash = fraction_slash(text, len), end = len;
  double q;
  if (slash == 0) return false;
  while (text[end - 1] == '0') end--;
  if (text[end - 1] == '/') return false;
  if (number_parse(text, slash, v) == NUMBER_OVERFLOW) *v = 0;
  if (number_parse(text + slash + 1, len - slash - 1, &q) == NUMBER_OK && q != 0) *v /= q;
  return true;
}

bool data_parse_text(enum data_numbers numbers, const char *text, size_t len, double *re,
                     double *im)
{
  *im = 0;
  if (numbers == DATA_EXACT && parse_fraction(text, len, re)) return true;
  return numbers != DATA_REAL && data_parse_complex(text, len, re, im);
}

/* --- Building --------------------------------------------------------------------------------- */

void builder_init(struct data_builder *b, struct context *ctx, int source,
                  enum data_numbers numbers)
{
  memset(b, 0, sizeof *b);
  b->ctx = ctx;
  b->source = source;
  b->numbers = numbers;
}

struct data *builder_take(struct data_builder *b)
{
  struct data *root = b->root;
  b->root = NULL;
  return root;
}

void builder_free(struct data_builder *b)
{
  data_free(b->root);
  for (int k = 0; k < DATA_NESTING_MAX; k++) VEC_FREE(&b->counts[k]);
  VEC_FREE(&b->values);
  VEC_FREE(&b->imag);
  VEC_FREE(&b->where);
}

bool builder_in_map(const struct data_builder *b)
{
  return b->depth && b->stack[b->depth - 1].node->kind == DATA_MAP;
}

bool builder_wants_key(const struct data_builder *b)
{
  return builder_in_map(b) && !b->stack[b->depth - 1].has_key;
}

/* A new node in its place: the root, or the value of the key before. */
static struct data *new_node(struct data_builder *b, enum data_kind kind, struct loc loc)
{
  struct data *node = mem_zalloc(1, sizeof *node);
  if (!node) return NULL;
  node->kind = kind;
  node->loc = loc;
  if (!b->depth) {
    b->root = node;
  } else {
    struct data_frame *top = &b->stack[b->depth - 1];
    top->node->entries[top->node->nentries - 1].value = node;
    top->has_key = false;
  }
  return node;
}

static void push_frame(struct data_builder *b, struct data *node)
{
  b->stack[b->depth++] = (struct data_frame){.node = node};
}

static enum status check_depth(struct data_builder *b, struct loc loc)
{
  if (b->depth < DATA_NESTING_MAX) return STATUS_OK;
  return FAIL(b->ctx, DATA_NESTING, loc, DATA_NESTING_MAX);
}

enum status builder_map_begin(struct data_builder *b, struct loc loc)
{
  TRY(check_depth(b, loc));
  if (b->list) return FAIL(b->ctx, DATA_NOT_A_NUMBER, loc, "a map");
  struct data *node = new_node(b, DATA_MAP, loc);
  if (!node) return diag_no_memory(b->ctx);
  push_frame(b, node);
  return STATUS_OK;
}

/* Counts items of the open level, which must be of the same kind as those before. */
static enum status count_items(struct data_builder *b, enum data_item item, size_t count,
                               struct loc loc)
{
  static const char *const one[] = {"", "a list", "a number"};
  static const char *const many[] = {"", "lists", "numbers"};
  enum data_item *before = &b->items[b->level];
  if (*before == ITEM_NONE)
    *before = item;
  else if (*before != item)
    return FAIL(b->ctx, DATA_UNEVEN, loc, one[item], many[*before]);
  b->counts[b->level].data[b->counts[b->level].len - 1] += (int64_t)count;
  return STATUS_OK;
}

enum status builder_list_begin(struct data_builder *b, struct loc loc)
{
  TRY(check_depth(b, loc));
  if (b->list) {
    TRY(count_items(b, ITEM_LIST, 1, loc));
    b->level++;
  } else {
    b->list = new_node(b, DATA_LIST, loc);
    if (!b->list) return diag_no_memory(b->ctx);
    memset(b->items, 0, sizeof b->items);
    b->level = 0;
  }
  if (!VEC_PUSH(&b->counts[b->level], 0)) return diag_no_memory(b->ctx);
  push_frame(b, b->list);
  return STATUS_OK;
}

/* Moves the arrays of the open list into its node. */
static void finish_list(struct data_builder *b)
{
  struct data *list = b->list;
  for (int k = 0; k < DATA_NESTING_MAX && b->counts[k].len; k++) {
    list->counts[k] = b->counts[k].data;
    list->ncounts[k] = (int64_t)b->counts[k].len;
    list->depth = k + 1;
    memset(&b->counts[k], 0, sizeof b->counts[k]);
  }
  list->values = b->values.data;
  list->nvalues = (int64_t)b->values.len;
  list->imag = b->imag.data;
  list->where = b->where.data;
  memset(&b->values, 0, sizeof b->values);
  memset(&b->imag, 0, sizeof b->imag);
  memset(&b->where, 0, sizeof b->where);
  b->list = NULL;
}

struct named {
  const char *key;
  uint32_t index;
};

static int compare_named(const void *x, const void *y)
{
  const struct named *a = x, *b = y;
  int order = strcmp(a->key, b->key);
  return order ? order : (a->index > b->index) - (a->index < b->index);
}

/* Sorts the keys, for data_get and to find those that are given twice. */
static enum status finish_map(struct data_builder *b, struct data *map)
{
  size_t n = map->nentries, second = n, first = n;
  struct named *names = mem_alloc(n, sizeof *names);
  map->order = mem_alloc(n, sizeof *map->order);
  if (!names || !map->order) {
    mem_free(names);
    return diag_no_memory(b->ctx);
  }
  for (size_t i = 0; i < n; i++) names[i] = (struct named){map->entries[i].key, (uint32_t)i};
  qsort(names, n, sizeof *names, compare_named);
  for (size_t i = 0; i < n; i++) {
    map->order[i] = names[i].index;
    if (i && names[i].index < second && !strcmp(names[i - 1].key, names[i].key))
      first = names[i - 1].index, second = names[i].index;
  }
  mem_free(names);
  if (second == n) return STATUS_OK;
  const struct data_entry *e = &map->entries[second];
  enum status status = FAIL(b->ctx, DATA_DUPLICATE, e->loc, TEXT_SHOWN(e->key, strlen(e->key)));
  diag_note(b->ctx, map->entries[first].loc, "first given here");
  return status;
}

enum status builder_end(struct data_builder *b, size_t end)
{
  struct data *node = b->stack[--b->depth].node;
  if (node->kind == DATA_LIST && b->level > 0) {
    b->level--;
    return STATUS_OK;
  }
  node->loc.end = (uint32_t)end;
  if (node->kind == DATA_MAP) return finish_map(b, node);
  finish_list(b);
  return STATUS_OK;
}

enum status builder_key(struct data_builder *b, const char *text, size_t len, struct loc loc)
{
  struct data_frame *top = &b->stack[b->depth - 1];
  struct data *map = top->node;
  if (memchr(text, 0, len)) return FAIL(b->ctx, DATA_NUL, loc);
  if (!vec_reserve((void **)&map->entries, &top->cap, map->nentries, 1, sizeof *map->entries))
    return diag_no_memory(b->ctx);
  struct data_entry *e = &map->entries[map->nentries];
  *e = (struct data_entry){.key = mem_strndup(text, len), .loc = loc};
  if (!e->key) return diag_no_memory(b->ctx);
  map->nentries++;
  top->has_key = true;
  return STATUS_OK;
}

static enum status list_number(struct data_builder *b, double re, double im, struct loc loc)
{
  TRY(count_items(b, ITEM_NUMBER, 1, loc));
  bool ok = VEC_PUSH(&b->values, re) && VEC_PUSH(&b->where, loc.begin);
  if (ok && im != 0 && !b->imag.len) { /* the first: those before were real */
    ok = VEC_RESERVE(&b->imag, b->values.len);
    for (size_t k = 0; ok && k + 1 < b->values.len; k++) b->imag.data[b->imag.len++] = 0;
    ok = ok && VEC_PUSH(&b->imag, im);
  } else if (ok && b->imag.len) {
    ok = VEC_PUSH(&b->imag, im);
  }
  return ok ? STATUS_OK : diag_no_memory(b->ctx);
}

enum status builder_numbers(struct data_builder *b, const double *v, const uint32_t *where,
                            size_t count, struct loc first)
{
  TRY(count_items(b, ITEM_NUMBER, count, first));
  bool complex = b->imag.len > 0;
  if (!VEC_RESERVE(&b->values, count) || !VEC_RESERVE(&b->where, count) ||
      (complex && !VEC_RESERVE(&b->imag, count)))
    return diag_no_memory(b->ctx);
  memcpy(b->values.data + b->values.len, v, count * sizeof *v);
  memcpy(b->where.data + b->where.len, where, count * sizeof *where);
  b->values.len += count;
  b->where.len += count;
  for (size_t k = 0; complex && k < count; k++) b->imag.data[b->imag.len++] = 0;
  return STATUS_OK;
}

enum status builder_number(struct data_builder *b, const char *text, size_t len, struct loc loc)
{
  double v;
  if (number_parse(text, len, &v) != NUMBER_OK)
    return FAIL(b->ctx, NUMBER_RANGE, loc, TEXT_SHOWN(text, len));
  if (b->list) return list_number(b, v, 0, loc);
  struct data *node = new_node(b, DATA_NUMBER, loc);
  if (!node || !(node->text = mem_strndup(text, len))) return diag_no_memory(b->ctx);
  node->number = v;
  return STATUS_OK;
}

/* Whether the source spells the text as it is, in quotes or not: what is read again there does not
 * know of escapes. */
static bool is_spelled(const struct data_builder *b, const char *text, size_t len, struct loc loc)
{
  const struct source *src = &b->ctx->sources.data[b->source];
  size_t at = loc.begin;
  if (at < src->len && (src->text[at] == '"' || src->text[at] == '\'')) at++;
  return src->len - at >= len && memcmp(src->text + at, text, len) == 0;
}

enum status data_fail_fraction(struct context *ctx, bool exact, const char *text, size_t len,
                               struct loc loc)
{
  return exact ? FAIL(ctx, DATA_DIVISION, loc, (int)len, text)
               : FAIL(ctx, DATA_FRACTION, loc, (int)len, text);
}

enum status builder_string(struct data_builder *b, const char *text, size_t len, struct loc loc)
{
  if (b->list) {
    double re, im;
    bool spelled = is_spelled(b, text, len, loc), exact = b->numbers == DATA_EXACT;
    if (spelled && data_parse_text(b->numbers, text, len, &re, &im)) {
      if (!b->list->string_loc.end) b->list->string_loc = loc;
      return list_number(b, re, im, loc);
    }
    if (data_is_fraction(text, len) && (spelled || !exact))
      return data_fail_fraction(b->ctx, exact, text, len, loc);
    if (number_parse(text, len, &re) == NUMBER_OVERFLOW)
      return FAIL(b->ctx, NUMBER_RANGE, loc, TEXT_SHOWN(text, len));
    return FAIL(b->ctx, DATA_NOT_A_NUMBER, loc, "a text");
  }
  if (memchr(text, 0, len)) return FAIL(b->ctx, DATA_NUL, loc);
  struct data *node = new_node(b, DATA_STRING, loc);
  if (!node || !(node->text = mem_strndup(text, len))) return diag_no_memory(b->ctx);
  return STATUS_OK;
}

enum status builder_null(struct data_builder *b, struct loc loc)
{
  return new_node(b, DATA_NULL, loc) ? STATUS_OK : diag_no_memory(b->ctx);
}
