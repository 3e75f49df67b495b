/* What every reader of text asks first: is it UTF-8? */
#ifndef ASDEX_IO_TEXT_H
#define ASDEX_IO_TEXT_H

#include "base/diag.h"

/* Refuses NUL bytes, UTF-16 and invalid UTF-8, with the place; *start is where the text begins
 * (behind a byte order mark of UTF-8). */
enum status text_check(struct context *ctx, int source, size_t *start) MUST_CHECK;

/* Length of the valid UTF-8 sequence at s, of which `left` ≥ 1 bytes are there (RFC 3629: no
 * overlong forms, no surrogates, at most U+10FFFF), or 0. */
size_t text_utf8_length(const unsigned char *s, size_t left);

/* The location [begin, end) in a source, from sizes that fit (sources are shorter than 4 GiB). */
static inline struct loc text_loc(int source, size_t begin, size_t end)
{
  return (struct loc){source, (uint32_t)begin, (uint32_t)end};
}

/* As many bytes of a token as a message should show: at most `max`, whole UTF-8 characters. */
int text_clip(const char *s, size_t len, int max);

/* The arguments of "%.*s%s" for a token that may be too long to be shown as a whole. */
enum { TEXT_SHOWN_MAX = 40 };
#define TEXT_SHOWN(s, len)                                                                         \
  text_clip((s), (len), TEXT_SHOWN_MAX), (s), (len) > (size_t)TEXT_SHOWN_MAX ? "…" : ""

/* Whether the file name ends in the extension (".mtx"). */
bool text_has_extension(const char *name, const char *extension);

#endif
