#include "config.h"

#include "cmd/readers_parts.h"

#include <stdio.h>
#include <string.h>

#include "cmd/members.h"
#include "io/text.h"

enum input_kind input_kind_of(const struct context *ctx, int source, enum input_kind from)
{
  const struct source *src = &ctx->sources.data[source];
  if (from != INPUT_AUTO) return from;
  if (text_has_extension(src->name, ".expr")) return INPUT_EXPR;
  if (text_has_extension(src->name, ".json")) return INPUT_JSON;
  if (mtx_is_matrix_market(src)) return INPUT_MTX;
  for (size_t i = 0; i < src->len; i++)
    if (!strchr(" \t\r\n", src->text[i])) return src->text[i] == '{' ? INPUT_JSON : INPUT_EXPR;
  return INPUT_EXPR;
}

/* --- patterns ----------------------------------------------------------------------------------
 */

/* The positions that a JSON pattern lists, in its order. */
struct positions {
  int64_t count;
  int32_t *rows, *cols;
};

/* The order of asdex's own files: that of the pattern itself, so that nothing can be wrong. */
static bool lists_all_in_order(const struct pattern *p, const struct positions *l)
{
  if (l->count != pattern_nnz(p)) return false;
  for (int32_t i = 0; i < p->n; i++)
    for (int64_t k = p->ptr[i]; k < p->ptr[i + 1]; k++)
      if (l->rows[k] != i || l->cols[k] != p->ind[k]) return false;
  return true;
}

static enum status check_duplicates(struct context *ctx, const struct json *j,
                                    const struct pattern *p, const struct positions *l)
{
  const struct json *rows = json_get(j, "rows");
  uint8_t *seen = mem_zalloc((size_t)pattern_nnz(p), 1);
  enum status status = seen ? STATUS_OK : diag_no_memory(ctx);
  for (int64_t k = 0; k < l->count && status == STATUS_OK; k++) {
    int64_t at = pattern_find(p, l->rows[k], l->cols[k]);
    if (seen[at])
      status = FAIL(ctx, PATTERN_DUPLICATE,
                    ((struct loc){rows->loc.source, rows->where[k], rows->where[k] + 1}),
                    (long)l->rows[k], (long)l->cols[k]);
    seen[at] = 1;
  }
  mem_free(seen);
  return status;
}

/* No entry twice, and both triangles; or, where that is allowed, one of them alone. */
static enum status check_positions(struct context *ctx, const struct json *j, bool whole,
                                   const struct pattern *p, const struct positions *l)
{
  if (lists_all_in_order(p, l)) return STATUS_OK;
  TRY(check_duplicates(ctx, j, p, l));
  bool lower = false, upper = false;
  for (int64_t k = 0; k < l->count; k++) {
    lower = lower || l->rows[k] > l->cols[k];
    upper = upper || l->rows[k] < l->cols[k];
  }
  long long nnz = (long long)pattern_nnz(p);
  if ((whole || (lower && upper)) && l->count != nnz)
    return FAIL(ctx, PATTERN_NOT_SYMMETRIC, json_get(j, "rows")->loc, (long long)l->count, nnz);
  return STATUS_OK;
}

/* "nnz" counts both triangles, whatever is listed. */
static enum status check_nnz(struct context *ctx, const struct json *j, const struct pattern *p)
{
  const struct json *nnz = json_get(j, "nnz");
  char wanted[80];
  if (!nnz || (nnz->kind == JSON_NUMBER && nnz->number == (double)pattern_nnz(p))) return STATUS_OK;
  snprintf(wanted, sizeof wanted, "%lld, the number of entries in both triangles",
           (long long)pattern_nnz(p));
  return member_fail(ctx, j, "nnz", wanted);
}

/* `whole`: both triangles must be listed. */
static enum status positions_of_json(struct context *ctx, const struct json *j, bool whole,
                                     struct pattern *out)
{
  int32_t n;
  struct positions l = {0};
  int64_t ncols;
  *out = (struct pattern){0};
  if (j->kind != JSON_OBJECT || !json_get(j, "n") || !json_get(j, "rows") || !json_get(j, "cols"))
    return FAIL(ctx, NOT_A_PATTERN, j->loc);
  TRY(member_int(ctx, j, "n", &n));
  enum status status = member_ints(ctx, j, "rows", 0, n - 1, &l.count, &l.rows);
  if (status == STATUS_OK) status = member_ints(ctx, j, "cols", 0, n - 1, &ncols, &l.cols);
  if (status == STATUS_OK && l.count != ncols)
    status = member_fail(ctx, j, "cols", "as long as \"rows\"");
  if (status == STATUS_OK) status = pattern_from_pairs(ctx, n, l.count, l.rows, l.cols, out);
  if (status == STATUS_OK) status = check_positions(ctx, j, whole, out, &l);
  if (status == STATUS_OK) status = check_nnz(ctx, j, out);
  mem_free(l.rows);
  mem_free(l.cols);
  if (status != STATUS_OK) {
    pattern_free(out);
    *out = (struct pattern){0};
  }
  return status;
}

enum status pattern_of_json(struct context *ctx, const struct json *j, struct pattern *out)
{
  static const char *const schemas[] = {"asdex/sparsity/1", "asdex/coloring/1", "asdex/hessian/1"};
  TRY(positions_of_json(ctx, j, false, out));
  enum status status = member_schema(ctx, j, schemas, sizeof schemas / sizeof *schemas,
                                     "that of a pattern, such as \"asdex/sparsity/1\"");
  if (status != STATUS_OK) {
    pattern_free(out);
    *out = (struct pattern){0};
  }
  return status;
}

static enum status pattern_of_mtx(struct context *ctx, struct mtx *m, struct pattern *out)
{
  struct entries e;
  if (!m->coordinate || m->rows != m->cols) return FAIL(ctx, NOT_A_PATTERN, FILE_LOC(m->source));
  entries_of_coordinates(&e, m);
  enum status status = pattern_of_entries(ctx, m->source, &e, out);
  entries_free(&e);
  return status;
}

enum status read_pattern(struct context *ctx, int source, enum input_kind from, struct pattern *out)
{
  enum status status;
  *out = (struct pattern){0};
  switch (input_kind_of(ctx, source, from)) {
  case INPUT_MTX: {
    struct mtx *m = NULL;
    status = mtx_read(ctx, source, MTX_ALLOW_NONFINITE, &m);
    if (status == STATUS_OK) status = pattern_of_mtx(ctx, m, out);
    mtx_free(m);
    return status;
  }
  case INPUT_JSON: {
    struct json *j = NULL;
    status = json_parse(ctx, source, &j);
    if (status == STATUS_OK) status = pattern_of_json(ctx, j, out);
    json_free(j);
    return status;
  }
  default: return FAIL(ctx, NOT_A_PATTERN, FILE_LOC(source));
  }
}

/* --- colorings ---------------------------------------------------------------------------------
 */

enum status coloring_of_mtx(struct context *ctx, const struct mtx *m, struct saved_coloring *s)
{
  struct coloring *c = &s->coloring;
  if (m->coordinate || m->cols != 1 || m->field != MTX_INTEGER)
    return FAIL(ctx, NOT_A_COLORING, FILE_LOC(m->source));
  c->method = METHOD_STAR;
  c->n = (int32_t)m->rows;
  c->color = mem_alloc((size_t)m->rows, sizeof *c->color);
  if (!c->color) return diag_no_memory(ctx);
  for (int32_t i = 0; i < c->n; i++) {
    double v = m->re[i];
    if (!(v >= 0 && v <= c->n))
      return FAIL(ctx, NOT_A_COLORING, ((struct loc){m->source, m->where[i], m->where[i] + 1}));
    c->color[i] = (int32_t)v - 1;
    if (c->color[i] >= c->num_colors) c->num_colors = c->color[i] + 1;
  }
  return STATUS_OK;
}

static enum status get_names(struct context *ctx, const struct json *j, const char *member,
                             struct arena *arena, struct name_list *names)
{
  const struct json *list = json_get(j, member);
  if (!list) return STATUS_OK;
  if (list->kind != JSON_ARRAY) return member_fail(ctx, j, member, "a list of names");
  for (size_t i = 0; i < list->count; i++) {
    const struct json *item = list->items[i];
    if (item->kind != JSON_STRING) return member_fail(ctx, j, member, "a list of names");
    const char *name = arena_strndup(arena, item->text, strlen(item->text));
    if (!name || !VEC_PUSH(names, name)) return diag_no_memory(ctx);
  }
  return STATUS_OK;
}

static enum status get_labels(struct context *ctx, const struct json *j, struct saved_coloring *s)
{
  TRY(get_names(ctx, j, "labels", &s->arena, &s->labels));
  s->has_labels = json_get(j, "labels") != NULL;
  return !s->has_labels || s->labels.len == (size_t)s->coloring.n
             ? STATUS_OK
             : member_fail(ctx, j, "labels", "a list of n names");
}

static enum status check_symmetric(struct context *ctx, const struct json *j,
                                   enum coloring_method method)
{
  const struct json *member = json_get(j, "symmetric");
  bool symmetric = method != METHOD_COLUMN;
  if (!member || (member->kind == JSON_BOOL && member->truth == symmetric)) return STATUS_OK;
  return member_fail(ctx, j, "symmetric",
                     symmetric ? "true with this method" : "false with the method column");
}

enum status coloring_of_json(struct context *ctx, const struct json *j, struct saved_coloring *s)
{
  static const char *const schema = "asdex/coloring/1";
  struct coloring *c = &s->coloring;
  int64_t count;
  int chosen = 0;
  bool found;
  if (j->kind != JSON_OBJECT || !json_get(j, "colors")) return FAIL(ctx, NOT_A_COLORING, j->loc);
  s->is_json = true;
  TRY(member_schema(ctx, j, &schema, 1, "\"asdex/coloring/1\""));
  TRY(member_int(ctx, j, "n", &c->n));
  TRY(member_int(ctx, j, "num_colors", &c->num_colors));
  if (c->num_colors > c->n) /* memory follows it */
    return member_fail(ctx, j, "num_colors", "a whole number, not greater than \"n\"");
  TRY(member_ints(ctx, j, "colors", -1, c->num_colors - 1, &count, &c->color));
  if (count != c->n) return member_fail(ctx, j, "colors", "a list of n colors");
  TRY(member_choice(ctx, j, "method", method_names, METHOD_COUNT, &chosen, &found));
  if (!found) return member_fail(ctx, j, "method", "star, acyclic or column");
  c->method = (enum coloring_method)chosen;
  TRY(check_symmetric(ctx, j, c->method));
  chosen = ORDERING_NATURAL;
  TRY(member_choice(ctx, j, "ordering", ordering_names, ORDERING_COUNT, &chosen, &s->has_ordering));
  c->ordering = (enum coloring_ordering)chosen;
  chosen = 0;
  TRY(member_choice(ctx, j, "mode", mode_names, MODE_COUNT, &chosen, &s->has_mode));
  s->mode = (enum hessian_mode)chosen;
  const struct json *digest = json_get(j, "digest");
  s->has_digest = digest != NULL;
  if (digest) {
    if (digest->kind != JSON_STRING || strlen(digest->text) >= sizeof s->digest)
      return member_fail(ctx, j, "digest", "16 hexadecimal digits");
    strcpy(s->digest, digest->text);
  }
  TRY(get_names(ctx, j, "wrt", &s->arena, &s->wrt));
  s->has_wrt = json_get(j, "wrt") != NULL;
  TRY(get_labels(ctx, j, s));
  return positions_of_json(ctx, j, true, &s->pattern);
}

enum status read_coloring(struct context *ctx, int source, enum input_kind from,
                          struct saved_coloring *out)
{
  enum status status;
  memset(out, 0, sizeof *out);
  switch (input_kind_of(ctx, source, from)) {
  case INPUT_MTX: {
    struct mtx *m = NULL;
    status = mtx_read(ctx, source, MTX_FINITE_ONLY, &m);
    if (status == STATUS_OK) status = coloring_of_mtx(ctx, m, out);
    mtx_free(m);
    break;
  }
  case INPUT_JSON: {
    struct json *j = NULL;
    status = json_parse(ctx, source, &j);
    if (status == STATUS_OK) status = coloring_of_json(ctx, j, out);
    json_free(j);
    break;
  }
  default: status = FAIL(ctx, NOT_A_COLORING, FILE_LOC(source));
  }
  if (status != STATUS_OK) {
    saved_coloring_free(out);
    memset(out, 0, sizeof *out);
  }
  return status;
}

void saved_coloring_free(struct saved_coloring *s)
{
  coloring_free(&s->coloring);
  pattern_free(&s->pattern);
  VEC_FREE(&s->wrt);
  VEC_FREE(&s->labels);
  arena_free(&s->arena);
}
