#include "config.h"

#include "base/strbuf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"

void strbuf_free(struct strbuf *s)
{
  mem_free(s->data);
  memset(s, 0, sizeof *s);
}

/* Room for len further bytes and the NUL, or NULL. */
static char *room(struct strbuf *s, size_t len)
{
  size_t more;
  if (s->failed) return NULL;
  if (!size_add(len, 1, &more) || !VEC_RESERVE(s, more)) {
    s->failed = true;
    return NULL;
  }
  return s->data + s->len;
}

static void used(struct strbuf *s, size_t len)
{
  s->len += len;
  s->data[s->len] = '\0';
}

void strbuf_add(struct strbuf *s, const char *bytes, size_t len)
{
  char *p = room(s, len);
  if (!p) return;
  if (len) memcpy(p, bytes, len);
  used(s, len);
}

void strbuf_puts(struct strbuf *s, const char *text)
{
  strbuf_add(s, text, strlen(text));
}

void strbuf_putc(struct strbuf *s, char c)
{
  strbuf_add(s, &c, 1);
}

void strbuf_printf(struct strbuf *s, const char *format, ...)
{
  va_list args, again;
  va_start(args, format);
  va_copy(again, args);
  int len = vsnprintf(NULL, 0, format, args);
  char *p = len < 0 ? NULL : room(s, (size_t)len);
  if (p) {
    vsnprintf(p, (size_t)len + 1, format, again);
    used(s, (size_t)len);
  } else {
    s->failed = true;
  }
  va_end(again);
  va_end(args);
}

void strbuf_number(struct strbuf *s, double v)
{
  char *p = room(s, NUMBER_MAX);
  if (p) used(s, number_format(p, v));
}

void strbuf_int(struct strbuf *s, int64_t v)
{
  char *p = room(s, NUMBER_MAX);
  if (p) used(s, number_format_int(p, v));
}
