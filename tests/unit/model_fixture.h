/* A model from a text, for the suites of the language. */
#ifndef ASDEX_TESTS_MODEL_FIXTURE_H
#define ASDEX_TESTS_MODEL_FIXTURE_H

#include <check.h>
#include <string.h>

#include "base/strbuf.h"
#include "lang/ast.h"
#include "unit/random.h"

struct fixture {
  struct context ctx;
  struct model *model; /* NULL if the text is wrong */
  enum status status;
};

static inline void fixture_open(struct fixture *f, const char *text, size_t len)
{
  int source;
  char *copy = mem_strndup(text, len);
  ck_assert_ptr_nonnull(copy);
  context_init(&f->ctx);
  ck_assert_int_eq(context_add_source(&f->ctx, "model.expr", copy, len, &source), STATUS_OK);
  f->status = model_parse(&f->ctx, source, &f->model);
  ck_assert_int_eq(f->status != STATUS_OK, f->model == NULL);
  ck_assert_int_eq(f->status != STATUS_OK, f->ctx.diags.len > 0);
}

static inline void fixture_close(struct fixture *f)
{
  model_free(f->model);
  context_free(&f->ctx);
}

static inline void fixture_open_valid(struct fixture *f, const char *text)
{
  fixture_open(f, text, strlen(text));
  if (f->status != STATUS_OK) ck_abort_msg("%s\nin: %.300s", f->ctx.diags.data[0].message, text);
}

/* The text fails with this error at the place that is marked by an @ in it (no @: anywhere). */
static inline void expect_error(enum error_id id, const char *marked)
{
  struct fixture f;
  char text[2000];
  const char *mark = strchr(marked, '@');
  size_t at = mark ? (size_t)(mark - marked) : 0, len = strlen(marked);
  ck_assert_uint_lt(len, sizeof text);
  memcpy(text, marked, len);
  if (mark) memmove(text + at, text + at + 1, --len - at);
  fixture_open(&f, text, len);
  if (f.status == STATUS_OK) ck_abort_msg("accepted: %s", marked);
  const struct diag *d = &f.ctx.diags.data[0];
  if (d->id != id)
    ck_abort_msg("%s instead of %s: %s\nin: %s", error_name(d->id), error_name(id), d->message,
                 marked);
  ck_assert_int_eq(f.status, error_status(id));
  if (mark && d->loc.begin != at)
    ck_abort_msg("%s at %u instead of %zu\nin: %s", d->message, d->loc.begin, at, marked);
  fixture_close(&f);
}

#endif
