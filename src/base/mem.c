#include "config.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_MALLOC_USABLE_SIZE
#include <malloc.h>
#endif

static struct mem_account common;
static _Thread_local struct mem_account *entered; /* NULL: the common one */

static struct mem_account *account(void)
{
  return entered ? entered : &common;
}

struct mem_account *mem_enter(struct mem_account *next)
{
  struct mem_account *before = entered;
  entered = next;
  return before;
}

void mem_set_hook(mem_hook *new_hook, void *user)
{
  struct mem_account *a = account();
  a->hook = new_hook;
  a->user = user;
}

bool size_add(size_t a, size_t b, size_t *sum)
{
  return !__builtin_add_overflow(a, b, sum);
}

bool size_mul(size_t a, size_t b, size_t *product)
{
  return !__builtin_mul_overflow(a, b, product);
}

enum { RESERVE = 1 << 20 }; /* for messages, once the limit is reached */

void mem_set_limit(size_t bytes)
{
  struct mem_account *a = account();
  a->limit = bytes;
  a->over_limit = false;
}

bool mem_over_limit(void)
{
  return account()->over_limit;
}

size_t mem_in_use(void)
{
  return account()->in_use;
}

void mem_format(char *buf, size_t size, double bytes)
{
  static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
  size_t u = 0;
  while (bytes >= 1000 && u + 1 < sizeof units / sizeof *units) bytes /= 1000, u++;
  snprintf(buf, size, u && bytes < 10 ? "%.1f %s" : "%.0f %s", bytes, units[u]);
}

static size_t usable(void *p)
{
#ifdef HAVE_MALLOC_USABLE_SIZE
  return p ? malloc_usable_size(p) : 0;
#else
  (void)p;
  return 0;
#endif
}

/* Whether `more` further bytes are within the limit. */
static bool allowed(struct mem_account *a, size_t more)
{
  if (!a->limit || a->in_use + more <= a->limit) return true;
  if (!a->over_limit) a->limit += RESERVE;
  a->over_limit = true;
  return false;
}

void *mem_resize(void *p, size_t count, size_t size)
{
  size_t bytes;
  if (!size_mul(count, size, &bytes) || bytes > PTRDIFF_MAX) return NULL;
  if (bytes == 0) bytes = 1;
  struct mem_account *a = account();
  if (a->hook) return a->hook(a->user, p, bytes);
  size_t old = usable(p);
  if (bytes > old && !allowed(a, bytes - old)) return NULL;
  void *q = realloc(p, bytes);
  if (q) a->in_use += usable(q) - old;
  return q;
}

void *mem_alloc(size_t count, size_t size)
{
  return mem_resize(NULL, count, size);
}

void *mem_zalloc(size_t count, size_t size)
{
  size_t bytes;
  if (!size_mul(count, size, &bytes) || bytes > PTRDIFF_MAX) return NULL;
  struct mem_account *a = account();
  void *p;
  if (a->hook) {
    p = mem_alloc(count, size);
    if (p) memset(p, 0, bytes);
    return p;
  }
  /* calloc gives fresh pages that the system has cleared already. */
  p = allowed(a, bytes) ? calloc(count ? count : 1, size ? size : 1) : NULL;
  a->in_use += usable(p);
  return p;
}

void mem_free(void *p)
{
  struct mem_account *a = account();
  if (p && a->hook) {
    a->hook(a->user, p, 0);
    return;
  }
  size_t bytes = usable(p);
  a->in_use =
      bytes < a->in_use ? a->in_use - bytes : 0; /* it may be from a hook that was not counted */
  free(p);
}

char *mem_strndup(const char *s, size_t len)
{
  size_t bytes;
  char *copy = size_add(len, 1, &bytes) ? mem_alloc(bytes, 1) : NULL;
  if (copy) {
    memcpy(copy, s, len);
    copy[len] = '\0';
  }
  return copy;
}

struct arena_chunk {
  struct arena_chunk *next;
  size_t used, size;
  max_align_t data[];
};

enum { ARENA_CHUNK = 64 * 1024 };

void *arena_alloc(struct arena *a, size_t count, size_t size)
{
  size_t bytes;
  if (!size_mul(count, size, &bytes) || bytes > PTRDIFF_MAX / 2) return NULL;
  bytes = (bytes + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
  struct arena_chunk *c = a->chunks;
  if (!c || c->size - c->used < bytes) {
    size_t room = bytes > ARENA_CHUNK / 4 ? bytes : ARENA_CHUNK;
    c = mem_zalloc(1, sizeof *c + room);
    if (!c) return NULL;
    c->size = room;
    if (a->chunks && room == bytes) { /* a large object: keep filling the current chunk */
      c->next = a->chunks->next;
      a->chunks->next = c;
    } else {
      c->next = a->chunks;
      a->chunks = c;
    }
  }
  void *p = (char *)c->data + c->used;
  c->used += bytes;
  return p;
}

char *arena_strndup(struct arena *a, const char *s, size_t len)
{
  size_t bytes;
  char *copy = size_add(len, 1, &bytes) ? arena_alloc(a, bytes, 1) : NULL;
  if (copy) memcpy(copy, s, len);
  return copy;
}

void arena_free(struct arena *a)
{
  for (struct arena_chunk *c = a->chunks, *next; c; c = next) {
    next = c->next;
    mem_free(c);
  }
  a->chunks = NULL;
}

bool vec_reserve(void **data, size_t *cap, size_t len, size_t more, size_t size)
{
  size_t need;
  if (!size_add(len, more, &need)) return false;
  if (need <= *cap) return true;
  size_t grown = *cap + *cap / 2 + 8;
  if (grown < need) grown = need;
  void *p = mem_resize(*data, grown, size);
  if (!p) return false;
  *data = p;
  *cap = grown;
  return true;
}
