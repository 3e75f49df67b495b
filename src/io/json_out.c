#include "config.h"

#include "io/json.h"

#include <math.h>
#include <string.h>

#include "base/number.h"

void json_begin(struct json_writer *w, struct sink *s)
{
  *w = (struct json_writer){.sink = s};
}

static void put(struct json_writer *w, const char *bytes, size_t len)
{
  if (w->status == STATUS_OK) w->status = sink_write(w->sink, bytes, len);
}

static void separate(struct json_writer *w)
{
  if (w->comma) put(w, ",", 1);
  w->comma = true;
}

static void open_bracket(struct json_writer *w, char c)
{
  separate(w);
  put(w, &c, 1);
  w->comma = false;
}

static void close_bracket(struct json_writer *w, char c)
{
  put(w, &c, 1);
  w->comma = true;
}

void json_object_begin(struct json_writer *w)
{
  open_bracket(w, '{');
}

void json_object_end(struct json_writer *w)
{
  close_bracket(w, '}');
}

void json_array_begin(struct json_writer *w)
{
  open_bracket(w, '[');
}

void json_array_end(struct json_writer *w)
{
  close_bracket(w, ']');
}

static void put_escaped(struct json_writer *w, unsigned char c)
{
  static const char hex[] = "0123456789abcdef";
  char u[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
  char pair[2] = {'\\', 0};
  switch (c) {
  case '"': pair[1] = '"'; break;
  case '\\': pair[1] = '\\'; break;
  case '\n': pair[1] = 'n'; break;
  case '\r': pair[1] = 'r'; break;
  case '\t': pair[1] = 't'; break;
  default: put(w, u, sizeof u); return;
  }
  put(w, pair, 2);
}

static void put_string(struct json_writer *w, const char *text)
{
  put(w, "\"", 1);
  const char *from = text, *p = text;
  for (; *p; p++) {
    unsigned char c = (unsigned char)*p;
    if (c >= ' ' && c != '"' && c != '\\' && c != 0x7F) continue;
    put(w, from, (size_t)(p - from));
    put_escaped(w, c);
    from = p + 1;
  }
  put(w, from, (size_t)(p - from));
  put(w, "\"", 1);
}

void json_key(struct json_writer *w, const char *key)
{
  separate(w);
  put_string(w, key);
  put(w, ":", 1);
  w->comma = false;
}

void json_string(struct json_writer *w, const char *text)
{
  separate(w);
  put_string(w, text);
}

void json_bool(struct json_writer *w, bool v)
{
  separate(w);
  put(w, v ? "true" : "false", v ? 4 : 5);
}

static char *format_value(char *p, double v)
{
  bool quoted = !isfinite(v);
  if (quoted) *p++ = '"';
  p += number_format(p, v);
  if (quoted) *p++ = '"';
  return p;
}

/* One number, in the sink's buffer at once. */
static void put_int_item(struct json_writer *w, int64_t v, bool comma)
{
  char *begin = sink_room(w->sink, NUMBER_MAX + 1), *p = begin;
  if (comma) *p++ = ',';
  p += number_format_int(p, v);
  sink_used(w->sink, (size_t)(p - begin));
}

static void put_number_item(struct json_writer *w, double v, bool comma)
{
  char *begin = sink_room(w->sink, NUMBER_MAX + 3), *p = begin;
  if (comma) *p++ = ',';
  p = format_value(p, v);
  sink_used(w->sink, (size_t)(p - begin));
}

void json_int(struct json_writer *w, int64_t v)
{
  if (w->status == STATUS_OK) put_int_item(w, v, w->comma);
  w->comma = true;
}

void json_number(struct json_writer *w, double v)
{
  if (w->status == STATUS_OK) put_number_item(w, v, w->comma);
  w->comma = true;
}

void json_numbers(struct json_writer *w, const double *v, int64_t count, int64_t stride)
{
  json_array_begin(w);
  for (int64_t i = 0; i < count && w->status == STATUS_OK; i++)
    put_number_item(w, v[i * stride], i > 0);
  json_array_end(w);
}

void json_ints(struct json_writer *w, const int32_t *v, int64_t count)
{
  json_array_begin(w);
  for (int64_t i = 0; i < count && w->status == STATUS_OK; i++) put_int_item(w, v[i], i > 0);
  json_array_end(w);
}

void json_ints64(struct json_writer *w, const int64_t *v, int64_t count)
{
  json_array_begin(w);
  for (int64_t i = 0; i < count && w->status == STATUS_OK; i++) put_int_item(w, v[i], i > 0);
  json_array_end(w);
}

enum status json_end(struct json_writer *w)
{
  put(w, "\n", 1);
  return w->status;
}
