/* An allocator that fails: the tests of memory that runs out. */
#ifndef ASDEX_TESTS_FAILING_H
#define ASDEX_TESTS_FAILING_H

#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/status.h"

/* Allocation number `fail_at` (from 1) fails, with `forever` all later ones, too. */
struct failing {
  long fail_at;
  bool forever;
  long calls; /* allocations so far */
  long live;  /* those that are not freed yet */
};

MAYBE_UNUSED static void *failing_hook(void *user, void *old, size_t size)
{
  struct failing *f = user;
  if (size == 0) {
    f->live--;
    free(old);
    return NULL;
  }
  f->calls++;
  if (f->calls == f->fail_at || (f->forever && f->calls > f->fail_at)) return NULL;
  void *p = realloc(old, size);
  if (p && !old) f->live++;
  return p;
}

#endif
