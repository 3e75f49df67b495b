/* Data in YAML and JSON.  The first byte chooses which numbers lists may hold.  A text that both
 * readers take is the same tree for both, and so is one that is read document by document. */
#include "config.h"

#include <string.h>

#include "fuzz.h"
#include "io/data.h"
#include "io/yaml_stream.h"

static bool same_text(const char *a, const char *b)
{
  return !a == !b && (!a || !strcmp(a, b));
}

static bool same_bytes(const void *a, const void *b, int64_t count, size_t size)
{
  return !a == !b && (!a || !count || !memcmp(a, b, (size_t)count * size));
}

static bool same_list(const struct data *a, const struct data *b)
{
  if (a->depth != b->depth || a->nvalues != b->nvalues) return false;
  for (int k = 0; k < a->depth; k++)
    if (a->ncounts[k] != b->ncounts[k] ||
        !same_bytes(a->counts[k], b->counts[k], a->ncounts[k], sizeof *a->counts[k]))
      return false;
  return same_bytes(a->values, b->values, a->nvalues, sizeof *a->values) &&
         same_bytes(a->imag, b->imag, a->nvalues, sizeof *a->imag);
}

static bool same(const struct data *a, const struct data *b)
{
  if (a->kind != b->kind || a->nentries != b->nentries || !same_text(a->text, b->text))
    return false;
  if (a->kind == DATA_NUMBER && memcmp(&a->number, &b->number, sizeof a->number) != 0) return false;
  if (a->kind == DATA_LIST) return same_list(a, b);
  for (size_t i = 0; i < a->nentries; i++)
    if (strcmp(a->entries[i].key, b->entries[i].key) != 0 ||
        !same(a->entries[i].value, b->entries[i].value))
      return false;
  return true;
}

/* The lists of each level are counted by the one above. */
static void check_list(const struct data *d)
{
  int64_t expected = 1;
  FUZZ_CHECK(d->depth >= 1 && d->depth <= DATA_NESTING_MAX, "depth %d", d->depth);
  for (int k = 0; k < d->depth; k++) {
    FUZZ_CHECK(d->ncounts[k] == expected, "%lld lists on level %d", (long long)d->ncounts[k], k);
    expected = 0;
    for (int64_t i = 0; i < d->ncounts[k]; i++) expected += d->counts[k][i];
  }
  FUZZ_CHECK(d->nvalues == expected, "%lld values", (long long)d->nvalues);
}

static void check_tree(const struct fuzz *f, const struct data *d)
{
  size_t len = f->ctx.sources.data[d->loc.source].len;
  FUZZ_CHECK(d->loc.begin <= d->loc.end && d->loc.end <= len, "place of a value");
  if (d->kind == DATA_NUMBER) FUZZ_CHECK(d->number - d->number == 0, "%g", d->number);
  if (d->kind == DATA_LIST) check_list(d);
  for (int64_t k = 0; d->kind == DATA_LIST && k < d->nvalues; k++) {
    struct loc loc = data_number_loc(d, k);
    FUZZ_CHECK(loc.begin <= loc.end && loc.end <= len, "place of number %lld", (long long)k);
    FUZZ_CHECK(d->values[k] - d->values[k] == 0, "number %lld", (long long)k);
  }
  for (size_t i = 0; i < d->nentries; i++) {
    const struct data_entry *e = &d->entries[i];
    FUZZ_CHECK(data_get(d, e->key) == e, "the key '%s' is not found", e->key);
    check_tree(f, e->value);
  }
}

/* The same documents from a stream, which cuts at the marks. */
static void check_stream(const struct data_list *all, enum data_numbers numbers, const void *text,
                         size_t size)
{
  struct fuzz f;
  struct yaml_stream *stream = NULL;
  char path[FUZZ_PATH_MAX];
  int file, source = 0;
  size_t count = 0;
  fuzz_begin(&f);
  fuzz_file_open(text, size, &file, path);
  enum status status = yaml_stream_open(&f.ctx, path, &stream);
  while (status == STATUS_OK) {
    bool ended;
    struct data_list part = {0};
    status = yaml_stream_next(stream, &source, &ended);
    if (status != STATUS_OK || source < 0) break;
    status = data_parse_yaml_all(&f.ctx, source, numbers, &part);
    if (status != STATUS_OK) break;
    FUZZ_CHECK(part.len == 1, "%zu documents in one", part.len);
    FUZZ_CHECK(count < all->len && same(all->data[count], part.data[0]), "document %zu", count);
    count++;
    data_list_free(&part);
  }
  yaml_stream_close(stream);
  FUZZ_CHECK(status == STATUS_OK, "%s", f.ctx.diags.len ? f.ctx.diags.data[0].message : "");
  /* For a stream, an empty rest is no document. */
  if (count + 1 == all->len && all->data[count]->kind == DATA_NULL) count++;
  FUZZ_CHECK(count == all->len, "%zu documents, not %zu", count, all->len);
  fuzz_file_close(file);
  fuzz_end(&f, status);
}

/* What libyaml takes for the end of a document or a line, and others do not: directives without
 * the end of a document before them, and breaks of YAML 1.1 that are not ASCII; and what it does
 * not take for one: a mark or a directive behind a byte order mark. */
static bool has_plain_lines(const char *text, size_t size)
{
  for (size_t i = 0; i + 1 < size; i++)
    if (!memcmp(text + i, "\xC2\x85", 2) || !memcmp(text + i, "\xE2\x80", 2)) return false;
  for (size_t i = 1; i + 3 < size; i++)
    if (!memcmp(text + i, "\xEF\xBB\xBF", 3) && memchr("-.%\xEF", text[i + 3], 4)) return false;
  for (size_t i = 0; i < size; i++)
    if (text[i] == '%' && (i == 0 || text[i - 1] == '\n' || text[i - 1] == '\r')) return false;
  return true;
}

static void check_yaml(const struct data *json, enum data_numbers numbers, const char *text,
                       size_t size)
{
  struct fuzz f;
  struct data_list list = {0};
  fuzz_begin(&f);
  int source = fuzz_source(&f, "data.yaml", text, size);
  enum status status = data_parse_yaml_all(&f.ctx, source, numbers, &list);
  for (size_t i = 0; i < list.len; i++) check_tree(&f, list.data[i]);
  bool comparable = status == STATUS_OK && has_plain_lines(text, size);
  if (comparable && json && list.len == 1)
    FUZZ_CHECK(same(json, list.data[0]), "JSON and YAML differ");
  if (comparable) check_stream(&list, numbers, text, size);
  data_list_free(&list);
  fuzz_end(&f, status);
}

void fuzz_data(const uint8_t *data, size_t size)
{
  struct fuzz f;
  struct data *json = NULL;
  enum data_numbers numbers = size ? (enum data_numbers)(*data % 3) : DATA_REAL;
  if (size) data++, size--;
  fuzz_begin(&f);
  int source = fuzz_source(&f, "data.json", (const char *)data, size);
  enum status status = data_parse_json(&f.ctx, source, numbers, &json);
  if (status == STATUS_OK) check_tree(&f, json);
  check_yaml(json, numbers, (const char *)data, size);
  data_free(json);
  fuzz_end(&f, status);
}
