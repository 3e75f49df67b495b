#include "config.h"

#include "io/json.h"

#include <math.h>
#include <string.h>

#include "base/number.h"
#include "base/strbuf.h"
#include "io/data_build.h"
#include "io/text.h"

enum { JSON_NESTING_MAX = 64 };

/* --- Tokens, of RFC 8259 and nothing beyond --------------------------------------------------- */

struct scanner {
  struct context *ctx;
  int source;
  const char *text;
  size_t pos, len;
  struct strbuf string; /* the last string, decoded */
};

static enum status scanner_init(struct scanner *s, struct context *ctx, int source)
{
  const struct source *src = &ctx->sources.data[source];
  *s = (struct scanner){.ctx = ctx, .source = source, .text = src->text, .len = src->len};
  return text_check(ctx, source, &s->pos);
}

static struct loc from(const struct scanner *s, size_t begin)
{
  return text_loc(s->source, begin, s->pos > begin ? s->pos : begin + 1);
}

static enum status expected(struct scanner *s, const char *what)
{
  return FAIL(s->ctx, JSON_SYNTAX, from(s, s->pos), what);
}

/* The next character that is no white space, or NUL at the end of the text. */
static char peek(struct scanner *s)
{
  while (s->pos < s->len && (s->text[s->pos] == ' ' || s->text[s->pos] == '\n' ||
                             s->text[s->pos] == '\t' || s->text[s->pos] == '\r'))
    s->pos++;
  return s->pos < s->len ? s->text[s->pos] : '\0';
}

static bool accept(struct scanner *s, char c)
{
  if (peek(s) != c) return false;
  s->pos++;
  return true;
}

static bool parse_hex4(const struct scanner *s, size_t at, uint32_t *code)
{
  *code = 0;
  if (s->len < 4 || at > s->len - 4) return false;
  for (size_t i = at; i < at + 4; i++) {
    char c = s->text[i], low = (char)(c | 0x20);
    int digit = c >= '0' && c <= '9' ? c - '0' : low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
    if (digit < 0) return false;
    *code = *code << 4 | (uint32_t)digit;
  }
  return true;
}

static void put_utf8(struct strbuf *out, uint32_t c)
{
  if (c < 0x80) {
    strbuf_putc(out, (char)c);
  } else if (c < 0x800) {
    strbuf_putc(out, (char)(0xC0 | c >> 6));
  } else if (c < 0x10000) {
    strbuf_putc(out, (char)(0xE0 | c >> 12));
    strbuf_putc(out, (char)(0x80 | (c >> 6 & 0x3F)));
  } else {
    strbuf_putc(out, (char)(0xF0 | c >> 18));
    strbuf_putc(out, (char)(0x80 | (c >> 12 & 0x3F)));
    strbuf_putc(out, (char)(0x80 | (c >> 6 & 0x3F)));
  }
  if (c >= 0x80) strbuf_putc(out, (char)(0x80 | (c & 0x3F)));
}

/* \uXXXX, or two of them that make a surrogate pair; s->pos is at the first X. */
static enum status scan_unicode(struct scanner *s)
{
  uint32_t c, low;
  if (!parse_hex4(s, s->pos, &c)) return expected(s, "\\u needs four hexadecimal digits");
  if (c == 0) return expected(s, "\\u0000 is not accepted");
  if (c >= 0xD800 && c < 0xE000) {
    bool pair = c < 0xDC00 && s->pos + 6 <= s->len && s->text[s->pos + 4] == '\\' &&
                s->text[s->pos + 5] == 'u' && parse_hex4(s, s->pos + 6, &low) && low >= 0xDC00 &&
                low < 0xE000;
    if (!pair) return expected(s, "half of a surrogate pair");
    c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
    s->pos += 6;
  }
  s->pos += 4;
  put_utf8(&s->string, c);
  return STATUS_OK;
}

static enum status scan_escape(struct scanner *s)
{
  static const char names[] = "\"\\/bfnrt", bytes[] = "\"\\/\b\f\n\r\t";
  char c = s->pos < s->len ? s->text[s->pos] : '\0';
  if (c == 'u') {
    s->pos++;
    return scan_unicode(s);
  }
  const char *found = c ? strchr(names, c) : NULL;
  if (!found) return expected(s, "unknown escape in a string");
  s->pos++;
  strbuf_putc(&s->string, bytes[found - names]);
  return STATUS_OK;
}

/* A string, at its quote, into s->string. */
static enum status scan_string(struct scanner *s)
{
  size_t begin = s->pos++;
  s->string.len = 0;
  strbuf_add(&s->string, "", 0);
  for (;;) {
    size_t run = s->pos;
    while (s->pos < s->len && (unsigned char)s->text[s->pos] >= ' ' && s->text[s->pos] != '"' &&
           s->text[s->pos] != '\\')
      s->pos++;
    strbuf_add(&s->string, s->text + run, s->pos - run);
    if (s->pos == s->len)
      return FAIL(s->ctx, JSON_SYNTAX, text_loc(s->source, begin, begin + 1),
                  "the string that begins here does not end");
    char c = s->text[s->pos];
    if (c == '"') break;
    if (c != '\\') return expected(s, "a control character (or line break) in a string");
    s->pos++;
    TRY(scan_escape(s));
  }
  s->pos++;
  return s->string.failed ? diag_no_memory(s->ctx) : STATUS_OK;
}

static bool ends_scalar(char c)
{
  return !c || strchr(" \t\r\n,:[]{}\"", c);
}

/* What begins at s->pos is no value: names it as a whole. */
static enum status no_value(struct scanner *s)
{
  size_t begin = s->pos;
  while (s->pos < s->len && !ends_scalar(s->text[s->pos])) s->pos++;
  size_t len = s->pos - begin;
  const char *t = s->text + begin;
  if (!len) return expected(s, "expected a value");
  bool word = (t[0] >= 'a' && t[0] <= 'z') || (t[0] >= 'A' && t[0] <= 'Z');
  if (word) return FAIL(s->ctx, JSON_SYNTAX, from(s, begin), "expected a value (texts are quoted)");
  return FAIL(s->ctx, JSON_NUMBER, from(s, begin), TEXT_SHOWN(t, len));
}

/* A number by the grammar; its spelling is text[begin, s->pos). */
static enum status scan_number(struct scanner *s, size_t *begin)
{
  *begin = s->pos;
  size_t len = number_json_prefix(s->text + s->pos, s->len - s->pos);
  bool ends = s->pos + len == s->len || ends_scalar(s->text[s->pos + len]);
  if (!len || !ends) return no_value(s);
  s->pos += len;
  return STATUS_OK;
}

/* Numbers of a list, each with a comma behind it: they are most of what is read, and taken in
 * blocks they cost a third of what they cost as tokens.  Stops at the last item, and before
 * whatever is no such number, which is left to those who tell what is wrong with it. */
enum { PLAIN_MAX = 256 };
struct plain_numbers {
  size_t count, first_end; /* the offset behind the first */
  double value[PLAIN_MAX];
  uint32_t where[PLAIN_MAX];
};

static bool scan_plain_numbers(struct scanner *s, struct plain_numbers *out)
{
  const char *end = s->text + s->len;
  out->count = 0;
  while (out->count < PLAIN_MAX) {
    peek(s);
    size_t begin = s->pos;
    const char *behind = number_scan_json(s->text + begin, end, &out->value[out->count]);
    if (!behind) break;
    s->pos = (size_t)(behind - s->text);
    if (!out->count) out->first_end = s->pos;
    if (!accept(s, ',')) {
      s->pos = begin;
      break;
    }
    out->where[out->count++] = (uint32_t)begin;
  }
  return out->count > 0;
}

static bool accept_word(struct scanner *s, const char *word)
{
  size_t len = strlen(word);
  if (s->len - s->pos < len || memcmp(s->text + s->pos, word, len) != 0) return false;
  if (s->pos + len < s->len && !ends_scalar(s->text[s->pos + len])) return false;
  s->pos += len;
  return true;
}

static enum status scan_key(struct scanner *s, struct loc *loc)
{
  if (peek(s) != '"') return expected(s, "expected a key in double quotes");
  size_t begin = s->pos;
  TRY(scan_string(s));
  *loc = from(s, begin);
  size_t end = s->pos;
  if (accept(s, ':')) return STATUS_OK;
  s->pos = end;
  return expected(s, "expected ':' behind the key");
}

static enum status scan_end(struct scanner *s)
{
  if (!peek(s)) return STATUS_OK;
  return expected(s, "unexpected text behind the document");
}

/* --- Data and points -------------------------------------------------------------------------- */

static enum status data_scalar(struct scanner *s, struct data_builder *b, char c)
{
  size_t begin = s->pos;
  if (c == '"') {
    TRY(scan_string(s));
    return builder_string(b, s->string.data, s->string.len, from(s, begin));
  }
  if (accept_word(s, "null")) return FAIL(s->ctx, DATA_NULL_VALUE, from(s, begin));
  if (accept_word(s, "true") || accept_word(s, "false"))
    return FAIL(s->ctx, JSON_NUMBER, from(s, begin), TEXT_SHOWN(s->text + begin, s->pos - begin));
  TRY(scan_number(s, &begin));
  return builder_number(b, s->text + begin, s->pos - begin, from(s, begin));
}

/* A value up to where it ends or its first item must come; *opened tells the latter. */
static enum status data_value(struct scanner *s, struct data_builder *b, bool *opened)
{
  char c = peek(s);
  size_t begin = s->pos;
  *opened = c == '{' || c == '[';
  if (!*opened) return data_scalar(s, b, c);
  s->pos++;
  TRY(c == '{' ? builder_map_begin(b, from(s, begin)) : builder_list_begin(b, from(s, begin)));
  if (!accept(s, c == '{' ? '}' : ']')) return STATUS_OK;
  *opened = false;
  return builder_end(b, s->pos);
}

/* What follows a value: a comma, or ends of containers.  *more: an item follows. */
static enum status data_after(struct scanner *s, struct data_builder *b, bool *more)
{
  for (*more = false; b->depth;) {
    bool map = builder_in_map(b);
    if (accept(s, ',')) {
      *more = true;
      return STATUS_OK;
    }
    if (!accept(s, map ? '}' : ']'))
      return expected(s, map ? "expected ',' or '}'" : "expected ',' or ']'");
    TRY(builder_end(b, s->pos));
  }
  return STATUS_OK;
}

static enum status data_plain_numbers(struct scanner *s, struct data_builder *b)
{
  struct plain_numbers p;
  while (scan_plain_numbers(s, &p))
    TRY(builder_numbers(b, p.value, p.where, p.count,
                        text_loc(s->source, p.where[0], p.first_end)));
  return STATUS_OK;
}

static enum status data_document(struct scanner *s, struct data_builder *b)
{
  for (bool more = true; more;) {
    if (builder_wants_key(b)) {
      struct loc loc;
      TRY(scan_key(s, &loc));
      TRY(builder_key(b, s->string.data, s->string.len, loc));
    }
    bool opened;
    if (b->list) TRY(data_plain_numbers(s, b));
    TRY(data_value(s, b, &opened));
    if (!opened) TRY(data_after(s, b, &more));
  }
  return scan_end(s);
}

enum status data_parse_json(struct context *ctx, int source, enum data_numbers numbers,
                            struct data **out)
{
  struct scanner s;
  struct data_builder b;
  *out = NULL;
  TRY(scanner_init(&s, ctx, source));
  builder_init(&b, ctx, source, numbers);
  enum status status = data_document(&s, &b);
  if (status == STATUS_OK) *out = builder_take(&b);
  builder_free(&b);
  strbuf_free(&s.string);
  return status;
}

/* --- asdex's own documents -------------------------------------------------------------------- */

/* The whole tree lives in one arena; the root comes first. */
struct document {
  struct json root;
  struct arena arena;
};

struct tree_parser {
  struct scanner s;
  struct arena *arena;
  /* Stacks of the items of all open containers, each above those of its parent. */
  VEC(struct json *) items;
  VEC(char *) keys;
  VEC(double) values;
  VEC(uint32_t) where;
};

static const char *const nonfinite_words[] = {"inf", "-inf", "nan"};
static const double nonfinite_values[] = {INFINITY, -INFINITY, NAN};

static bool nonfinite_value(const char *text, double *v)
{
  for (int i = 0; i < 3; i++)
    if (!strcmp(text, nonfinite_words[i])) {
      *v = nonfinite_values[i];
      return true;
    }
  return false;
}

static enum status out_of_memory(struct tree_parser *t)
{
  return diag_no_memory(t->s.ctx);
}

static enum status tree_number(struct tree_parser *t, double *v)
{
  struct scanner *s = &t->s;
  size_t begin;
  TRY(scan_number(s, &begin));
  if (number_parse(s->text + begin, s->pos - begin, v) == NUMBER_OK) return STATUS_OK;
  return FAIL(s->ctx, NUMBER_RANGE, from(s, begin), TEXT_SHOWN(s->text + begin, s->pos - begin));
}

static enum status tree_string(struct tree_parser *t, struct json *node)
{
  TRY(scan_string(&t->s));
  node->kind = JSON_STRING;
  node->text = arena_strndup(t->arena, t->s.string.data, t->s.string.len);
  return node->text ? STATUS_OK : out_of_memory(t);
}

static enum status parse_tree(struct tree_parser *t, struct json *node, int depth);

/* A copy in the arena of what a stack holds above `base`, which is then popped. */
#define POP_ALL(t, stack, base)                                                                    \
  pop_all((t)->arena, (t)->stack.data, &(t)->stack.len, (base), sizeof *(t)->stack.data)

static void *pop_all(struct arena *arena, const void *data, size_t *len, size_t base, size_t size)
{
  size_t count = *len - base;
  void *copy = arena_alloc(arena, count, size);
  if (copy && count) memcpy(copy, (const char *)data + base * size, count * size);
  *len = base;
  return copy;
}

static enum status push_item(struct tree_parser *t, int depth)
{
  struct json *item = arena_alloc(t->arena, 1, sizeof *item);
  if (!item) return out_of_memory(t);
  TRY(parse_tree(t, item, depth));
  return VEC_PUSH(&t->items, item) ? STATUS_OK : out_of_memory(t);
}

/* What looked like an array of numbers is not one: makes nodes of the values so far. */
static enum status values_to_items(struct tree_parser *t, size_t base)
{
  for (size_t k = base; k < t->values.len; k++) {
    struct json *item = arena_alloc(t->arena, 1, sizeof *item);
    if (!item || !VEC_PUSH(&t->items, item)) return out_of_memory(t);
    size_t at = t->where.data[k];
    item->loc = text_loc(t->s.source, at, at + 1);
    item->number = t->values.data[k];
    item->kind = JSON_NUMBER;
    if (t->s.text[at] != '"') continue;
    const char *word = nonfinite_words[isnan(item->number) ? 2 : item->number < 0];
    item->kind = JSON_STRING;
    item->text = arena_strndup(t->arena, word, strlen(word));
    if (!item->text) return out_of_memory(t);
  }
  t->values.len = t->where.len = base;
  return STATUS_OK;
}

/* The next item as a plain value, if it is one: a number, or a string that stands for one. */
static enum status flat_item(struct tree_parser *t, char c, bool *flat, bool *number)
{
  struct scanner *s = &t->s;
  size_t begin = s->pos;
  double v = 0;
  *flat = *number = c == '-' || (c >= '0' && c <= '9');
  if (*number) {
    TRY(tree_number(t, &v));
  } else if (c == '"') {
    TRY(scan_string(s));
    *flat = nonfinite_value(s->string.data, &v);
    if (!*flat) s->pos = begin; /* to be read again, as a node */
  }
  if (!*flat) return STATUS_OK;
  if (VEC_PUSH(&t->values, v) && VEC_PUSH(&t->where, (uint32_t)begin)) return STATUS_OK;
  return out_of_memory(t);
}

static enum status plain_items(struct tree_parser *t, bool *numbers)
{
  struct plain_numbers p;
  while (scan_plain_numbers(&t->s, &p)) {
    *numbers = true;
    if (!VEC_RESERVE(&t->values, p.count) || !VEC_RESERVE(&t->where, p.count))
      return out_of_memory(t);
    memcpy(t->values.data + t->values.len, p.value, p.count * sizeof *p.value);
    memcpy(t->where.data + t->where.len, p.where, p.count * sizeof *p.where);
    t->values.len += p.count;
    t->where.len += p.count;
  }
  return STATUS_OK;
}

static enum status finish_array(struct tree_parser *t, struct json *node, size_t items,
                                size_t values, bool flat, bool number)
{
  if (flat && !number) TRY(values_to_items(t, values)); /* perhaps names, perhaps empty */
  flat = flat && number;
  node->kind = flat ? JSON_NUMBERS : JSON_ARRAY;
  node->count = flat ? t->values.len - values : t->items.len - items;
  if (!flat) {
    node->items = POP_ALL(t, items, items);
    return node->items ? STATUS_OK : out_of_memory(t);
  }
  node->values = POP_ALL(t, values, values);
  node->where = POP_ALL(t, where, values);
  return node->values && node->where ? STATUS_OK : out_of_memory(t);
}

static enum status tree_array(struct tree_parser *t, struct json *node, int depth)
{
  struct scanner *s = &t->s;
  size_t items = t->items.len, values = t->values.len;
  bool flat = true, numbers = false;
  s->pos++;
  if (accept(s, ']')) return finish_array(t, node, items, values, flat, numbers);
  do {
    if (flat) TRY(plain_items(t, &numbers));
    char c = peek(s);
    if (flat) {
      bool number;
      TRY(flat_item(t, c, &flat, &number));
      numbers = numbers || number;
      if (!flat) TRY(values_to_items(t, values));
    }
    if (!flat) TRY(push_item(t, depth + 1));
  } while (accept(s, ','));
  if (!accept(s, ']')) return expected(s, "expected ',' or ']'");
  return finish_array(t, node, items, values, flat, numbers);
}

static enum status refuse_duplicate(struct tree_parser *t, const char *const *keys, size_t base,
                                    struct loc loc)
{
  const char *key = t->s.string.data;
  for (size_t k = base; k < t->keys.len; k++)
    if (!strcmp(keys[k], key))
      return FAIL(t->s.ctx, DATA_DUPLICATE, loc, TEXT_SHOWN(key, strlen(key)));
  return STATUS_OK;
}

/* Objects of asdex's documents have a dozen members; many more is no document of ours, and would
 * make the search for duplicates slow. */
enum { MEMBERS_MAX = 10000 };

static enum status tree_member(struct tree_parser *t, size_t base, int depth)
{
  struct loc loc;
  TRY(scan_key(&t->s, &loc));
  if (t->keys.len - base == MEMBERS_MAX) return FAIL(t->s.ctx, JSON_MEMBERS, loc, (int)MEMBERS_MAX);
  TRY(refuse_duplicate(t, (const char *const *)t->keys.data, base, loc));
  char *key = arena_strndup(t->arena, t->s.string.data, t->s.string.len);
  if (!key || !VEC_PUSH(&t->keys, key)) return out_of_memory(t);
  peek(&t->s);
  return push_item(t, depth + 1);
}

static enum status tree_object(struct tree_parser *t, struct json *node, int depth)
{
  struct scanner *s = &t->s;
  size_t items = t->items.len, keys = t->keys.len;
  node->kind = JSON_OBJECT;
  s->pos++;
  if (!accept(s, '}')) {
    do TRY(tree_member(t, keys, depth));
    while (accept(s, ','));
    if (!accept(s, '}')) return expected(s, "expected ',' or '}'");
  }
  node->count = t->items.len - items;
  node->items = POP_ALL(t, items, items);
  node->keys = POP_ALL(t, keys, keys);
  return node->items && node->keys ? STATUS_OK : out_of_memory(t);
}

static enum status parse_tree(struct tree_parser *t, struct json *node, int depth)
{
  struct scanner *s = &t->s;
  char c = peek(s);
  size_t begin = s->pos;
  enum status status;
  if ((c == '[' || c == '{') && depth == JSON_NESTING_MAX)
    return FAIL(s->ctx, DATA_NESTING, from(s, begin), (int)JSON_NESTING_MAX);
  if (c == '{') {
    status = tree_object(t, node, depth);
  } else if (c == '[') {
    status = tree_array(t, node, depth);
  } else if (c == '"') {
    status = tree_string(t, node);
  } else if (accept_word(s, "null")) {
    status = STATUS_OK;
  } else if (accept_word(s, "true") || accept_word(s, "false")) {
    node->kind = JSON_BOOL;
    node->truth = s->text[begin] == 't';
    status = STATUS_OK;
  } else {
    node->kind = JSON_NUMBER;
    status = tree_number(t, &node->number);
  }
  node->loc = from(s, begin);
  return status;
}

enum status json_parse(struct context *ctx, int source, struct json **out)
{
  struct tree_parser t = {0};
  *out = NULL;
  TRY(scanner_init(&t.s, ctx, source));
  struct document *d = mem_zalloc(1, sizeof *d);
  if (!d) return diag_no_memory(ctx);
  t.arena = &d->arena;
  enum status status = parse_tree(&t, &d->root, 0);
  if (status == STATUS_OK) status = scan_end(&t.s);
  if (status == STATUS_OK)
    *out = &d->root;
  else
    json_free(&d->root);
  strbuf_free(&t.s.string);
  VEC_FREE(&t.items);
  VEC_FREE(&t.keys);
  VEC_FREE(&t.values);
  VEC_FREE(&t.where);
  return status;
}

void json_free(struct json *j)
{
  struct document *d = (struct document *)j; /* the root is its first member */
  if (!d) return;
  arena_free(&d->arena);
  mem_free(d);
}

const struct json *json_get(const struct json *object, const char *key)
{
  if (object->kind != JSON_OBJECT) return NULL;
  for (size_t k = 0; k < object->count; k++)
    if (!strcmp(object->keys[k], key)) return object->items[k];
  return NULL;
}

bool json_as_number(const struct json *j, double *v)
{
  if (j->kind == JSON_STRING) return nonfinite_value(j->text, v);
  *v = j->number;
  return j->kind == JSON_NUMBER;
}

bool json_number_at(const struct json *array, size_t k, double *v)
{
  if (array->kind == JSON_ARRAY) return json_as_number(array->items[k], v);
  *v = array->values[k];
  return true;
}
