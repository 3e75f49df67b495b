#include "config.h"

#include "lang/names.h"

#include <string.h>
#include <time.h>

void name_table_init(struct name_table *t)
{
  static const char here; /* its address differs from process to process */
  struct timespec now = {0, 0};
  memset(t, 0, sizeof *t);
  (void)timespec_get(&now, TIME_UTC);
  t->key[0] = (uint64_t)(uintptr_t)t * 0x9e3779b97f4a7c15u ^ (uint64_t)now.tv_nsec;
  t->key[1] = (uint64_t)now.tv_sec * 0xbf58476d1ce4e5b9u ^ (uint64_t)(uintptr_t)&here;
}

void name_table_free(struct name_table *t)
{
  mem_free(t->slots);
  t->slots = NULL;
  t->cap = t->len = 0;
}

static uint64_t rotate(uint64_t x, int bits)
{
  return x << bits | x >> (64 - bits);
}

static void sip_round(uint64_t v[4])
{
  v[0] += v[1], v[2] += v[3];
  v[1] = rotate(v[1], 13) ^ v[0], v[3] = rotate(v[3], 16) ^ v[2];
  v[0] = rotate(v[0], 32);
  v[2] += v[1], v[0] += v[3];
  v[1] = rotate(v[1], 17) ^ v[2], v[3] = rotate(v[3], 21) ^ v[0];
  v[2] = rotate(v[2], 32);
}

static uint64_t load(const char *s, size_t len)
{
  uint64_t word = 0;
  for (size_t i = 0; i < len; i++) word |= (uint64_t)(unsigned char)s[i] << (8 * i);
  return word;
}

static void absorb(uint64_t v[4], uint64_t word)
{
  v[3] ^= word;
  sip_round(v);
  v[0] ^= word;
}

/* SipHash-1-3: Aumasson, Bernstein, "SipHash: a fast short-input PRF", 2012. */
static uint64_t hash(const uint64_t key[2], const char *s, size_t len)
{
  uint64_t v[4] = {key[0] ^ 0x736f6d6570736575u, key[1] ^ 0x646f72616e646f6du,
                   key[0] ^ 0x6c7967656e657261u, key[1] ^ 0x7465646279746573u};
  size_t i = 0;
  for (; len - i >= 8; i += 8) absorb(v, load(s + i, 8));
  absorb(v, load(s + i, len - i) | (uint64_t)len << 56);
  v[2] ^= 0xff;
  for (int k = 0; k < 3; k++) sip_round(v);
  return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* The slot that holds the name, or the empty one where it belongs.  The table is never full. */
static struct name **find_slot(struct name **slots, size_t cap, uint64_t h, const char *text,
                               size_t len)
{
  size_t i = (size_t)h & (cap - 1);
  while (slots[i] &&
         !(slots[i]->hash == h && slots[i]->len == len && memcmp(slots[i]->text, text, len) == 0))
    i = (i + 1) & (cap - 1);
  return &slots[i];
}

static bool grow(struct name_table *t)
{
  size_t cap = t->cap ? 2 * t->cap : 64;
  struct name **slots = cap > t->cap ? mem_zalloc(cap, sizeof(struct name *)) : NULL;
  if (!slots) return false;
  for (size_t i = 0; i < t->cap; i++) {
    struct name *n = t->slots[i];
    if (n) *find_slot(slots, cap, n->hash, n->text, n->len) = n;
  }
  mem_free(t->slots);
  t->slots = slots;
  t->cap = cap;
  return true;
}

struct name *name_table_add(struct name_table *t, struct arena *arena, const char *text, size_t len)
{
  if (2 * (t->len + 1) > t->cap && !grow(t)) return NULL;
  uint64_t h = hash(t->key, text, len);
  struct name **slot = find_slot(t->slots, t->cap, h, text, len);
  if (*slot) return *slot;
  struct name *n = arena_alloc(arena, 1, sizeof *n);
  if (!n) return NULL;
  n->text = arena_strndup(arena, text, len);
  if (!n->text) return NULL;
  n->len = len;
  n->hash = h;
  *slot = n;
  t->len++;
  return n;
}

struct name *name_table_find(const struct name_table *t, const char *text, size_t len)
{
  if (t->cap == 0) return NULL;
  return *find_slot(t->slots, t->cap, hash(t->key, text, len), text, len);
}
