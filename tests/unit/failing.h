/* An allocator that fails: the tests of memory that runs out. */
#ifndef ASDEX_TESTS_FAILING_H
#define ASDEX_TESTS_FAILING_H

#include <check.h>
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

/* Calls run with each of its allocations failing in turn, until it needs no more of them: it must
 * free everything, and end well or with STATUS_LIMIT.  How often it did the latter. */
MAYBE_UNUSED static long fail_each_allocation(enum status (*run)(void))
{
  long failures = 0;
  for (struct failing f = {.fail_at = 1, .calls = 1}; f.calls + 1 >= f.fail_at; f.fail_at++) {
    f.calls = f.live = 0;
    mem_set_hook(failing_hook, &f);
    enum status status = run();
    mem_set_hook(NULL, NULL);
    ck_assert_msg(f.live == 0, "allocation %ld: %ld are lost", f.fail_at, f.live);
    ck_assert_msg(status == STATUS_OK || status == STATUS_LIMIT, "allocation %ld: status %d",
                  f.fail_at, status);
    failures += status != STATUS_OK;
  }
  return failures;
}

#endif
