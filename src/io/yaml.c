#include "config.h"

#include "io/data_build.h"

#include <string.h>
#include <strings.h>
#include <yaml.h>

#include "base/number.h"
#include "io/text.h"

struct yaml_reader {
  struct context *ctx;
  int source;
  enum data_numbers numbers;
  const char *text; /* of the source */
  size_t len, start;
  bool ascii;
  size_t chars, bytes; /* a character's index and its offset: the cursor of byte_offset */
  yaml_parser_t parser;
  struct data_builder builder;
};

static bool is_ascii(const char *s, size_t len)
{
  unsigned char all = 0;
  for (size_t i = 0; i < len; i++) all |= (unsigned char)s[i];
  return all < 0x80;
}

static bool continues(const struct yaml_reader *r, size_t at)
{
  return at < r->len && ((unsigned char)r->text[at] & 0xC0) == 0x80;
}

/* libyaml's marks count characters behind the byte order mark.  The marks of a parse hardly ever
 * go back, so that a cursor finds the bytes in linear time. */
static size_t byte_offset(struct yaml_reader *r, size_t index)
{
  if (r->ascii) return r->start + index;
  while (r->chars < index && r->bytes < r->len) {
    do r->bytes++;
    while (continues(r, r->bytes));
    r->chars++;
  }
  while (r->chars > index && r->bytes > r->start) {
    do r->bytes--;
    while (continues(r, r->bytes));
    r->chars--;
  }
  return r->bytes;
}

static struct loc event_loc(struct yaml_reader *r, const yaml_event_t *e)
{
  size_t begin = byte_offset(r, e->start_mark.index);
  return text_loc(r->source, begin, byte_offset(r, e->end_mark.index));
}

/* --- Errors of libyaml ------------------------------------------------------------------------ */

/* The tab in the indentation of the line of `at`, or r->len. */
static size_t indentation_tab(const struct yaml_reader *r, size_t at)
{
  size_t begin = at < r->len ? at : r->len;
  while (begin > r->start && r->text[begin - 1] != '\n') begin--;
  while (begin < r->len && r->text[begin] == ' ') begin++;
  return begin < r->len && r->text[begin] == '\t' ? begin : r->len;
}

static enum status syntax_failed(struct yaml_reader *r)
{
  const yaml_parser_t *p = &r->parser;
  const char *problem = p->problem ? p->problem : "unknown problem";
  if (p->error == YAML_MEMORY_ERROR) return diag_no_memory(r->ctx);
  if (p->error == YAML_READER_ERROR) {
    size_t at = r->start + p->problem_offset;
    return FAIL(r->ctx, YAML_SYNTAX, text_loc(r->source, at, at + 1), problem);
  }
  size_t at = byte_offset(r, p->problem_mark.index), tab = indentation_tab(r, at);
  if (tab < r->len) return FAIL(r->ctx, YAML_TAB, text_loc(r->source, tab, tab + 1));
  enum status status = FAIL(r->ctx, YAML_SYNTAX, text_loc(r->source, at, at + 1), problem);
  if (p->context) {
    size_t from = byte_offset(r, p->context_mark.index);
    diag_note(r->ctx, text_loc(r->source, from, from + 1), "%s that begins here", p->context);
  }
  return status;
}

/* --- Scalars ---------------------------------------------------------------------------------- */

static bool is_word(const char *s, size_t len, const char *const *words)
{
  for (; *words; words++)
    if (strlen(*words) == len && !memcmp(*words, s, len)) return true;
  return false;
}

/* What YAML readers of one version or the other take for a number, or a person would: a digit or
 * a point and a digit behind an optional sign, a leading +. */
static bool begins_like_number(const char *s, size_t len)
{
  size_t i = len && (*s == '+' || *s == '-');
  if (i < len && s[i] == '.') i++;
  return i < len && s[i] >= '0' && s[i] <= '9';
}

/* Infinity or NaN as YAML, C, Python or JavaScript spell them. */
static bool is_nonfinite(const char *s, size_t len)
{
  static const char *const words[] = {"inf", "infinity", "nan", NULL};
  size_t i = len && (*s == '+' || *s == '-');
  if (i < len && s[i] == '.') i++;
  for (size_t k = 0; words[k]; k++)
    if (strlen(words[k]) == len - i && !strncasecmp(words[k], s + i, len - i)) return true;
  return false;
}

static bool is_null(const char *s, size_t len)
{
  static const char *const words[] = {"", "~", "null", "Null", "NULL", NULL};
  return is_word(s, len, words);
}

/* Numbers with blanks or semicolons between them (and commas, which may be decimal ones): what is
 * a list elsewhere. */
static bool is_like_list(const char *s, size_t len)
{
  static const char number[] = "0123456789.+-eE,", between[] = " ;";
  bool joined = false;
  for (size_t i = 0; i < len; i++) {
    bool joint = memchr(between, s[i], sizeof between - 1);
    if (!joint && !memchr(number, s[i], sizeof number - 1)) return false;
    joined = joined || (joint && i + 1 < len);
  }
  return joined;
}

static enum status plain_scalar(struct yaml_reader *r, const char *s, size_t len, struct loc loc)
{
  struct data_builder *b = &r->builder;
  double re, im;
  if (len && number_json_prefix(s, len) == len) return builder_number(b, s, len, loc);
  if (is_null(s, len)) return FAIL(r->ctx, DATA_NULL_VALUE, loc);
  bool spelled =
      (s[len - 1] == 'i' || memchr(s, '/', len)) && data_parse_text(r->numbers, s, len, &re, &im);
  if (!spelled && data_is_fraction(s, len))
    return data_fail_fraction(r->ctx, r->numbers == DATA_EXACT, s, len, loc);
  if (begins_like_number(s, len) && is_like_list(s, len))
    return FAIL(r->ctx, DATA_LIST_FORM, loc, TEXT_SHOWN(s, len));
  if (is_nonfinite(s, len)) return FAIL(r->ctx, DATA_NONFINITE, loc, (int)len, s);
  if (!spelled && begins_like_number(s, len))
    return FAIL(r->ctx, DATA_NUMBER_FORM, loc, TEXT_SHOWN(s, len));
  return builder_string(b, s, len, loc);
}

static enum status scalar(struct yaml_reader *r, const yaml_event_t *e, struct loc loc)
{
  const char *s = (const char *)e->data.scalar.value;
  size_t len = e->data.scalar.length;
  if (builder_wants_key(&r->builder)) return builder_key(&r->builder, s, len, loc);
  if (e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE) {
    bool empty_document = !len && !r->builder.depth;
    return empty_document ? builder_null(&r->builder, loc) : plain_scalar(r, s, len, loc);
  }
  return builder_string(&r->builder, s, len, loc);
}

/* --- Events ----------------------------------------------------------------------------------- */

static enum status refuse_properties(struct yaml_reader *r, struct loc loc,
                                     const yaml_char_t *anchor, const yaml_char_t *tag)
{
  if (anchor) return FAIL(r->ctx, YAML_ANCHOR, loc);
  if (tag) return FAIL(r->ctx, YAML_TAG, loc);
  return STATUS_OK;
}

static enum status content(struct yaml_reader *r, const yaml_event_t *e)
{
  struct data_builder *b = &r->builder;
  struct loc loc = event_loc(r, e);
  switch (e->type) {
  case YAML_ALIAS_EVENT: return FAIL(r->ctx, YAML_ANCHOR, loc);
  case YAML_SCALAR_EVENT:
    TRY(refuse_properties(r, loc, e->data.scalar.anchor, e->data.scalar.tag));
    return scalar(r, e, loc);
  case YAML_SEQUENCE_START_EVENT:
    TRY(refuse_properties(r, loc, e->data.sequence_start.anchor, e->data.sequence_start.tag));
    if (builder_wants_key(b)) return FAIL(r->ctx, YAML_KEY, loc);
    return builder_list_begin(b, loc);
  case YAML_MAPPING_START_EVENT:
    TRY(refuse_properties(r, loc, e->data.mapping_start.anchor, e->data.mapping_start.tag));
    if (builder_wants_key(b)) return FAIL(r->ctx, YAML_KEY, loc);
    return builder_map_begin(b, loc);
  default: return builder_end(b, loc.end);
  }
}

/* One too many is refused as a whole: its root tells where it is. */
static enum status end_document(struct yaml_reader *r, struct data_list *docs, size_t most)
{
  if (docs->len == most) return FAIL(r->ctx, DATA_SECOND_DOCUMENT, r->builder.root->loc);
  if (!VEC_PUSH(docs, r->builder.root)) return diag_no_memory(r->ctx);
  (void)builder_take(&r->builder);
  return STATUS_OK;
}

static enum status handle(struct yaml_reader *r, const yaml_event_t *e, struct data_list *docs,
                          size_t most)
{
  switch (e->type) {
  case YAML_NO_EVENT:
  case YAML_STREAM_START_EVENT:
  case YAML_STREAM_END_EVENT:
  case YAML_DOCUMENT_START_EVENT: return STATUS_OK;
  case YAML_DOCUMENT_END_EVENT: return end_document(r, docs, most);
  default: return content(r, e);
  }
}

/* Events are taken one by one, never libyaml's document tree: anchors and depth are refused where
 * they come, before they cost anything. */
static enum status parse_events(struct yaml_reader *r, struct data_list *docs, size_t most)
{
  for (bool more = true; more;) {
    yaml_event_t event;
    if (!yaml_parser_parse(&r->parser, &event)) return syntax_failed(r);
    more = event.type != YAML_STREAM_END_EVENT;
    enum status status = handle(r, &event, docs, most);
    yaml_event_delete(&event);
    TRY(status);
  }
  if (docs->len) return STATUS_OK;
  TRY(builder_null(&r->builder, text_loc(r->source, r->start, r->start)));
  return end_document(r, docs, most);
}

/* Tag directives come before the first event of a document, and libyaml compares each to all of
 * those before it: they are looked for in the text. */
static enum status refuse_tag_directives(struct yaml_reader *r)
{
  static const char directive[] = "%TAG";
  const size_t len = sizeof directive - 1;
  for (size_t at = r->start; at + len <= r->len; at++) {
    const char *found = memchr(r->text + at, '%', r->len - len - at + 1);
    if (!found) break;
    at = (size_t)(found - r->text);
    bool line_start = at == r->start || found[-1] == '\n' || found[-1] == '\r';
    if (line_start && !memcmp(found, directive, len))
      return FAIL(r->ctx, YAML_TAG, text_loc(r->source, at, at + len));
  }
  return STATUS_OK;
}

static enum status parse(struct yaml_reader *r, struct data_list *docs, size_t most)
{
  TRY(text_check(r->ctx, r->source, &r->start));
  TRY(refuse_tag_directives(r));
  r->ascii = is_ascii(r->text + r->start, r->len - r->start);
  r->bytes = r->start;
  if (!yaml_parser_initialize(&r->parser)) return diag_no_memory(r->ctx);
  yaml_parser_set_encoding(&r->parser, YAML_UTF8_ENCODING);
  yaml_parser_set_input_string(&r->parser, (const unsigned char *)r->text + r->start,
                               r->len - r->start);
  builder_init(&r->builder, r->ctx, r->source, r->numbers);
  enum status status = parse_events(r, docs, most);
  builder_free(&r->builder);
  yaml_parser_delete(&r->parser);
  return status;
}

static enum status parse_documents(struct context *ctx, int source, enum data_numbers numbers,
                                   size_t most, struct data_list *out)
{
  const struct source *src = &ctx->sources.data[source];
  struct yaml_reader r = {
      .ctx = ctx, .source = source, .numbers = numbers, .text = src->text, .len = src->len};
  memset(out, 0, sizeof *out);
  enum status status = parse(&r, out, most);
  if (status != STATUS_OK) data_list_free(out);
  return status;
}

enum status data_parse_yaml_all(struct context *ctx, int source, enum data_numbers numbers,
                                struct data_list *out)
{
  return parse_documents(ctx, source, numbers, SIZE_MAX, out);
}

enum status data_parse_yaml(struct context *ctx, int source, enum data_numbers numbers,
                            struct data **out)
{
  struct data_list docs;
  *out = NULL;
  TRY(parse_documents(ctx, source, numbers, 1, &docs));
  *out = docs.data[0];
  docs.len = 0;
  data_list_free(&docs);
  return STATUS_OK;
}
