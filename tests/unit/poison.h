/* MemorySanitizer with libraries that are not instrumented.  What Check writes into memory of
 * malloc would count as uninitialized, so malloc and free must leave the shadow alone
 * (MSAN_OPTIONS=poison_in_malloc=0:poison_in_free=0); the program's own memory is poisoned by this
 * allocator instead. */
#ifndef ASDEX_TESTS_POISON_H
#define ASDEX_TESTS_POISON_H

#if defined(__has_feature)
#if __has_feature(memory_sanitizer)
#define POISONS
#endif
#endif

#ifdef POISONS
#include <malloc.h>
#include <sanitizer/msan_interface.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* A new place each time: what is left behind must be clean for whoever gets it next. */
static void *poisoning_hook(void *user, void *old, size_t size)
{
  (void)user;
  size_t before = old ? malloc_usable_size(old) : 0;
  char *p = size ? malloc(size) : NULL;
  if (size && !p) return NULL;
  if (p) {
    __msan_poison(p, size);
    if (before) memcpy(p, old, before < size ? before : size);
  }
  if (before) __msan_unpoison(old, before);
  free(old);
  return p;
}

static void poison_memory(void)
{
  mem_set_hook(poisoning_hook, NULL);
}
#else
static void poison_memory(void)
{
}
#endif

#endif
