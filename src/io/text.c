#include "config.h"

#include "io/text.h"

#include <string.h>

size_t text_utf8_length(const unsigned char *s, size_t left)
{
  unsigned char low = 0x80, high = 0xBF;
  size_t len;
  if (s[0] < 0x80) return 1;
  if (s[0] >= 0xC2 && s[0] <= 0xDF) {
    len = 2;
  } else if (s[0] >= 0xE0 && s[0] <= 0xEF) {
    len = 3;
    if (s[0] == 0xE0) low = 0xA0;
    if (s[0] == 0xED) high = 0x9F;
  } else if (s[0] >= 0xF0 && s[0] <= 0xF4) {
    len = 4;
    if (s[0] == 0xF0) low = 0x90;
    if (s[0] == 0xF4) high = 0x8F;
  } else {
    return 0;
  }
  if (left < len || s[1] < low || s[1] > high) return 0;
  for (size_t i = 2; i < len; i++)
    if ((s[i] & 0xC0) != 0x80) return 0;
  return len;
}

static bool plain_ascii(const unsigned char *s)
{
  uint64_t w;
  memcpy(&w, s, 8);
  const uint64_t high = UINT64_C(0x8080808080808080), ones = UINT64_C(0x0101010101010101);
  return !((w | (w - ones)) & high); /* no byte above 0x7F, and none is zero */
}

static bool looks_like_utf16(const unsigned char *s, size_t len)
{
  return len >= 2 &&
         ((s[0] == 0xFF && s[1] == 0xFE) || (s[0] == 0xFE && s[1] == 0xFF) || !s[0] != !s[1]);
}

enum status text_check(struct context *ctx, int source, size_t *start)
{
  const struct source *src = &ctx->sources.data[source];
  const unsigned char *s = (const unsigned char *)src->text;
  size_t len = src->len;
  if (looks_like_utf16(s, len)) return FAIL(ctx, TEXT_UTF16, text_loc(source, 0, 1));
  *start = len >= 3 && !memcmp(s, "\xEF\xBB\xBF", 3) ? 3 : 0;
  for (size_t i = 0; i < len;) {
    if (len - i >= 8 && plain_ascii(s + i)) {
      i += 8;
      continue;
    }
    size_t k = text_utf8_length(s + i, len - i);
    if (!k) return FAIL(ctx, TEXT_UTF8, text_loc(source, i, i + 1), s[i], src->bytes_before + i);
    if (!s[i]) return FAIL(ctx, TEXT_NUL, text_loc(source, i, i + 1), src->bytes_before + i);
    i += k;
  }
  return STATUS_OK;
}

int text_clip(const char *s, size_t len, int max)
{
  if (len <= (size_t)max) return (int)len;
  while (max > 0 && ((unsigned char)s[max] & 0xC0) == 0x80) max--;
  return max;
}

bool text_has_extension(const char *name, const char *extension)
{
  size_t n = strlen(name), m = strlen(extension);
  return n > m && !strcmp(name + n - m, extension);
}
