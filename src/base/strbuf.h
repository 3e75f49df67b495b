/* A growing text.  Failed allocations are remembered: check `failed` once at the end. */
#ifndef ASDEX_BASE_STRBUF_H
#define ASDEX_BASE_STRBUF_H

#include "base/mem.h"
#include "base/status.h"

struct strbuf {
  char *data; /* NUL-terminated once anything was added */
  size_t len, cap;
  bool failed;
};

void strbuf_free(struct strbuf *s);
void strbuf_add(struct strbuf *s, const char *bytes, size_t len);
void strbuf_puts(struct strbuf *s, const char *text);
void strbuf_putc(struct strbuf *s, char c);
void strbuf_printf(struct strbuf *s, const char *format, ...) PRINTF_LIKE(2, 3);
void strbuf_number(struct strbuf *s, double v); /* shortest, see number.h */
void strbuf_int(struct strbuf *s, int64_t v);

#endif
