/* Checked allocation: the one place that asks the C library for memory.
 *
 * Sizes are given as count × size and checked for overflow.  Every function returns NULL on
 * failure and leaves reporting to the caller (`diag_no_memory`).  Memory is released with
 * `mem_free`; NULL is fine there. */
#ifndef ASDEX_BASE_MEM_H
#define ASDEX_BASE_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Uninitialized memory for count × size bytes (never NULL for a zero size). */
void *mem_alloc(size_t count, size_t size);

/* The same, filled with zero bytes. */
void *mem_zalloc(size_t count, size_t size);

/* Resizes p (or allocates, if p is NULL); on failure p is still valid. */
void *mem_resize(void *p, size_t count, size_t size);

void mem_free(void *p);

/* A NUL-terminated copy of the len bytes at s. */
char *mem_strndup(const char *s, size_t len);

/* Replaces the allocator (tests: the Nth allocation fails).  A hook gets the old pointer (or
 * NULL) and the new size in bytes (0: free), like Lua's.  NULL restores the C library's. */
typedef void *mem_hook(void *user, void *old, size_t size);
void mem_set_hook(mem_hook *hook, void *user);

/* The hook, the limit and what is in use belong to an account.  Each thread starts with the same
 * one; a context of the library has its own, so that contexts in several threads need no lock.
 * Memory is freed under the account that it was taken from. */
struct mem_account {
  mem_hook *hook;
  void *user;
  size_t limit, in_use;
  bool over_limit;
};
/* Makes this account (NULL: the common one) the calling thread's, and returns the one before. */
struct mem_account *mem_enter(struct mem_account *account);

/* Limits what is allocated through these functions, in bytes; 0: no limit.  An allocation that
 * would exceed it fails, and mem_over_limit tells so from then on; a little more is left for
 * messages. Needs malloc_usable_size; without it, and with a hook, nothing is counted. */
void mem_set_limit(size_t bytes);
bool mem_over_limit(void);
size_t mem_in_use(void);
/* "3.5 MB", in powers of 1000. */
void mem_format(char *buf, size_t size, double bytes);

/* a + b and a × b for sizes; false on overflow. */
bool size_add(size_t a, size_t b, size_t *sum);
bool size_mul(size_t a, size_t b, size_t *product);

/* An arena: many small objects with one lifetime, freed together.  Zero-initialize to use. */
struct arena {
  struct arena_chunk *chunks;
};
void *arena_alloc(struct arena *a, size_t count, size_t size); /* zeroed; NULL on failure */
char *arena_strndup(struct arena *a, const char *s, size_t len);
void arena_free(struct arena *a);

/* A growable array: struct { T *data; size_t len, cap; }.  Zero-initialize to use. */
#define VEC(T)                                                                                     \
  struct {                                                                                         \
    T *data;                                                                                       \
    size_t len, cap;                                                                               \
  }

/* Makes room for `more` further elements; false if memory is out (the vector is unchanged). */
#define VEC_RESERVE(v, more)                                                                       \
  vec_reserve((void **)&(v)->data, &(v)->cap, (v)->len, (more), sizeof *(v)->data)

/* Appends x; false if memory is out. */
#define VEC_PUSH(v, x) (VEC_RESERVE(v, 1) ? ((v)->data[(v)->len++] = (x), true) : false)

#define VEC_FREE(v) (mem_free((v)->data), (v)->data = NULL, (v)->len = (v)->cap = 0)

bool vec_reserve(void **data, size_t *cap, size_t len, size_t more, size_t size);

#endif
