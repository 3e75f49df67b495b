#include "config.h"

#include "lang/parse.h"

#include <limits.h>
#include <string.h>

#include "grammar/parser.h"
#include "io/text.h"
#include "lang/check.h"

void *parse_alloc(struct parse *p, size_t bytes)
{
  void *room = mem_alloc(bytes, 1);
  if (!room) parse_no_memory(p);
  return room;
}

static enum status check_encoding(struct context *ctx, int source)
{
  const struct source *src = &ctx->sources.data[source];
  const unsigned char *s = (const unsigned char *)src->text;
  if (src->len >= 2 && ((s[0] == 0xFE && s[1] == 0xFF) || (s[0] == 0xFF && s[1] == 0xFE)))
    return FAIL(ctx, MODEL_UTF16, FILE_LOC(source));
  for (size_t i = 0, len; i < src->len; i += len) {
    struct loc loc = {source, (uint32_t)i, (uint32_t)i + 1};
    if (s[i] == 0) return FAIL(ctx, MODEL_NUL, loc, i);
    len = text_utf8_length(s + i, src->len - i);
    if (len == 0) return FAIL(ctx, MODEL_UTF8, loc, s[i], i);
  }
  return STATUS_OK;
}

static enum status run(struct parse *p, size_t len)
{
  static const char mark[] = "\xEF\xBB\xBF";
  void *scanner = NULL;
  enum status status;
  p->offset = len >= 3 && memcmp(p->text, mark, 3) == 0 ? 3 : 0;
  len -= p->offset;
  char *buffer = mem_alloc(len + 2, 1);
  if (!buffer) return diag_no_memory(p->ctx);
  memcpy(buffer, p->text + p->offset, len);
  buffer[len] = buffer[len + 1] = '\0';
  status = lexer_begin(p, buffer, len, &scanner);
  if (status != STATUS_OK) goto done;
  if (asdex_yyparse(p, scanner) != 0) {
    p->model->is_incomplete = true;
    if (p->status == STATUS_OK) parse_no_memory(p);
  }
  p->model->is_incomplete = p->model->is_incomplete || p->stopped;
  status = p->status;
done:
  lexer_end(scanner);
  mem_free(buffer);
  return status;
}

enum status model_parse(struct context *ctx, int source, struct model **out)
{
  const struct source *src = &ctx->sources.data[source];
  struct parse p = {.ctx = ctx, .source = source, .text = src->text};
  enum status status;
  *out = NULL;
  /* The scanner counts in int. */
  if (src->len > INT_MAX - 2)
    return FAIL(ctx, SOURCE_TOO_LONG, FILE_LOC(source), src->len, (size_t)INT_MAX - 2);
  TRY(check_encoding(ctx, source));
  p.model = mem_zalloc(1, sizeof *p.model);
  if (!p.model) return diag_no_memory(ctx);
  p.model->source = source;
  name_table_init(&p.names);
  size_t first = ctx->diags.len;
  status = run(&p, src->len);
  name_table_free(&p.names);
  if (status == STATUS_OK || (p.errors > 0 && !p.fatal)) {
    enum status checked = check_statements(ctx, p.model, first);
    if (status == STATUS_OK) status = checked;
  }
  status = diag_arrange(ctx, first, MODEL_ERRORS_MAX, status);
  if (status == STATUS_OK)
    *out = p.model;
  else
    model_free(p.model);
  return status;
}
