/* The targets for libFuzzer:  fuzz TARGET [libFuzzer's options] [FOLDER...] */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static const struct fuzz_target *target;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Takes the target's name out of the arguments.  libFuzzer runs itself again to minimize what
 * crashes: the environment keeps the name. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
  const char *name = *argc > 1 ? (*argv)[1] : "";
  target = fuzz_target_find(name);
  if (target) {
    setenv("ASDEX_FUZZ_TARGET", name, 1);
    memmove(&(*argv)[1], &(*argv)[2], (size_t)(*argc - 1) * sizeof **argv);
    --*argc;
  } else if ((name = getenv("ASDEX_FUZZ_TARGET"))) {
    target = fuzz_target_find(name);
  }
  if (target) return 0;
  fprintf(stderr, "usage: fuzz TARGET [OPTION...] [FOLDER...]\nTargets:");
  for (const struct fuzz_target *t = fuzz_targets; t->name; t++) fprintf(stderr, " %s", t->name);
  fputc('\n', stderr);
  exit(2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  target->run(data, size);
  return 0;
}
