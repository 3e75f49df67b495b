/* Validates lines of JSON: validate SCHEMA < LINES.  Has its own reader of JSON, and knows the
 * keywords of JSON Schema that the files in schemas/ use; any other one is an error.  The status is
 * 0 where each line is valid, 1 where one is not, 2 where something cannot be read. */
#include <regex.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { OBJECT, ARRAY, STRING, NUMBER, BOOLEAN, NOTHING };

struct node {
  enum kind kind;
  const char *key;  /* in an object */
  const char *text; /* of strings and numbers */
  double number;    /* also of booleans */
  struct node *first, *next;
};

static char *at; /* where the reader is */

static void *allocate(size_t size)
{
  static char *pool, *end;
  size = (size + 15) & ~(size_t)15;
  if ((size_t)(end - pool) < size) {
    size_t chunk = size > 1 << 20 ? size : 1 << 20;
    pool = calloc(1, chunk + 16);
    if (!pool) exit(2);
    static void *chunks; /* all of them stay reachable */
    memcpy(pool, &chunks, sizeof chunks);
    chunks = pool;
    end = pool + chunk + 16;
    pool += 16;
  }
  pool += size;
  return pool - size;
}

static _Noreturn void fail(const char *what, const char *name)
{
  fprintf(stderr, "validate: %s: %s\n", name, what);
  exit(2);
}

/* --- reading -------------------------------------------------------------------------------- */

static bool skip(const char *word)
{
  at += strspn(at, " \t\r\n");
  size_t len = strlen(word);
  if (strncmp(at, word, len) != 0) return false;
  at += len;
  return true;
}

/* Escapes are kept as they stand: no name or word of a schema has one. */
static const char *read_string(void)
{
  char *begin = at;
  while (*at && *at != '"') at += at[0] == '\\' && at[1] ? 2 : 1;
  if (!*at) fail("a string does not end", begin);
  char *s = allocate((size_t)(at - begin) + 1);
  memcpy(s, begin, (size_t)(at++ - begin));
  return s;
}

static struct node *read_value(int depth);

static void read_members(struct node *n, bool object, int depth)
{
  const char *end = object ? "}" : "]";
  struct node **last = &n->first;
  if (skip(end)) return;
  do {
    const char *key = NULL;
    if (object) {
      if (!skip("\"")) fail("a name is missing", at);
      key = read_string();
      if (!skip(":")) fail("a colon is missing", at);
    }
    *last = read_value(depth + 1);
    (*last)->key = key;
    last = &(*last)->next;
  } while (skip(","));
  if (!skip(end)) fail("a list or an object does not end", at);
}

static struct node *read_value(int depth)
{
  struct node *n = allocate(sizeof *n);
  if (depth > 100) fail("too deep", at);
  if (skip("{") || skip("[")) {
    n->kind = at[-1] == '{' ? OBJECT : ARRAY;
    read_members(n, n->kind == OBJECT, depth);
  } else if (skip("\"")) {
    n->kind = STRING;
    n->text = read_string();
  } else if (skip("true") || skip("false")) {
    n->kind = BOOLEAN;
    n->number = at[-2] == 'u';
  } else if (skip("null")) {
    n->kind = NOTHING;
  } else {
    char *end;
    n->kind = NUMBER;
    n->number = strtod(at, &end);
    if (end == at || !strchr("-0123456789", *at)) fail("no value", at);
    at = end;
  }
  return n;
}

static struct node *read_text(char *text)
{
  at = text;
  struct node *n = read_value(0);
  skip("");
  if (*at) fail("something follows the value", at);
  return n;
}

static struct node *get(const struct node *object, const char *key)
{
  struct node *m = object->kind == OBJECT ? object->first : NULL;
  while (m && strcmp(m->key, key) != 0) m = m->next;
  return m;
}

/* --- validating ----------------------------------------------------------------------------- */

static const struct node *root; /* of the schema */
static char reason[300];

static bool because(const char *format, ...)
{
  va_list args;
  va_start(args, format);
  vsnprintf(reason, sizeof reason, format, args);
  va_end(args);
  return false;
}

static bool equal(const struct node *a, const struct node *b)
{
  if (a->kind != b->kind) return false;
  if (a->kind == STRING) return strcmp(a->text, b->text) == 0;
  if (a->kind == OBJECT || a->kind == ARRAY)
    fail("const and enum take words and numbers", "schema");
  return a->number == b->number;
}

static bool has_type(const struct node *v, const char *type)
{
  static const char *const names[] = {"object", "array", "string", "number", "boolean", "null"};
  if (strcmp(type, "integer") == 0)
    return v->kind == NUMBER && v->number == (double)(long long)v->number;
  return strcmp(type, names[v->kind]) == 0;
}

static bool valid(const struct node *schema, const struct node *v);

static bool all_valid(const struct node *schema, const struct node *v)
{
  for (const struct node *m = v->kind == ARRAY ? v->first : NULL; m; m = m->next)
    if (!valid(schema, m)) return false;
  return true;
}

static bool valid_members(const struct node *schema, const struct node *v)
{
  const struct node *properties = get(schema, "properties"),
                    *rest = get(schema, "additionalProperties");
  for (const struct node *m = v->kind == OBJECT ? v->first : NULL; m; m = m->next) {
    const struct node *p = properties ? get(properties, m->key) : NULL;
    if (get(v, m->key) != m) return because("'%s' comes twice", m->key);
    if (!p && rest && rest->kind == BOOLEAN && !rest->number)
      return because("'%s' is not in the schema", m->key);
    if (!p && rest && rest->kind == OBJECT) p = rest;
    if (p && !valid(p, m)) return false;
  }
  return true;
}

static size_t count_valid(const struct node *schemas, const struct node *v)
{
  size_t count = 0;
  for (const struct node *s = schemas->first; s; s = s->next) count += valid(s, v);
  return count;
}

static bool matches(const char *pattern, const char *text)
{
  regex_t regex;
  if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB)) fail("a bad pattern", pattern);
  bool match = regexec(&regex, text, 0, NULL, 0) == 0;
  regfree(&regex);
  return match;
}

static bool valid_keyword(const struct node *schema, const struct node *k, const struct node *v)
{
  const char *name = k->key, *where = v->key ? v->key : "an element";
  size_t length = 0, matching;
  for (const struct node *m = v->kind == ARRAY ? v->first : NULL; m; m = m->next) length++;
  if (strcmp(name, "type") == 0)
    return has_type(v, k->text) || because("%s: it is no %s", where, k->text);
  if (strcmp(name, "const") == 0) return equal(k, v) || because("%s: it is another one", where);
  if (strcmp(name, "enum") == 0) {
    for (const struct node *e = k->first; e; e = e->next)
      if (equal(e, v)) return true;
    return because("%s: it is none of the words", where);
  }
  if (strcmp(name, "required") == 0) {
    for (const struct node *r = k->first; r; r = r->next)
      if (v->kind == OBJECT && !get(v, r->text)) return because("%s: no '%s'", where, r->text);
    return true;
  }
  if (strcmp(name, "properties") == 0) return valid_members(schema, v);
  if (strcmp(name, "additionalProperties") == 0)
    return get(schema, "properties") || valid_members(schema, v);
  if (strcmp(name, "items") == 0) return all_valid(k, v);
  if (strcmp(name, "minItems") == 0 || strcmp(name, "maxItems") == 0)
    return v->kind != ARRAY ||
           (name[1] == 'i' ? (double)length >= k->number : (double)length <= k->number) ||
           because("%s: it has %zu elements", where, length);
  if (strcmp(name, "minimum") == 0)
    return v->kind != NUMBER || v->number >= k->number || because("%s: it is too small", where);
  if (strcmp(name, "pattern") == 0)
    return v->kind != STRING || matches(k->text, v->text) || because("%s: %s", where, v->text);
  if (strcmp(name, "anyOf") == 0 || strcmp(name, "oneOf") == 0) {
    matching = count_valid(k, v);
    if (matching == 0) return false; /* for the last reason */
    return *name == 'a' || matching == 1 || because("%s: it is %zu of oneOf", where, matching);
  }
  if (strcmp(name, "$ref") == 0) {
    const struct node *d = strncmp(k->text, "#/$defs/", 8) == 0 ? get(root, "$defs") : NULL;
    d = d ? get(d, k->text + 8) : NULL;
    if (!d) fail("it is not defined", k->text);
    return valid(d, v);
  }
  if (!strstr(" $schema $id $defs title description ", name)) fail("an unknown keyword", name);
  return true;
}

static bool valid(const struct node *schema, const struct node *v)
{
  for (const struct node *k = schema->first; k; k = k->next)
    if (!valid_keyword(schema, k, v)) return false;
  return true;
}

int main(int argc, char **argv)
{
  static char text[1 << 20];
  FILE *file = argc == 2 ? fopen(argv[1], "r") : NULL;
  int status = 0;
  if (!file) fail("it cannot be read", argc == 2 ? argv[1] : "usage: validate SCHEMA");
  text[fread(text, 1, sizeof text - 1, file)] = '\0';
  fclose(file);
  root = read_text(text);
  size_t lines = 0;
  while (fgets(text, sizeof text, stdin)) {
    lines++;
    if (valid(root, read_text(text))) continue;
    printf("line %zu: %s\n", lines, reason);
    status = 1;
  }
  if (lines == 0) fail("no line", "standard input");
  return status;
}
