/* The targets without libFuzzer:  fuzz TARGET FILE...  Names each file before it is run. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"

static bool replay(const struct fuzz_target *target, const char *path)
{
  struct strbuf text = {0};
  FILE *f = fopen(path, "rb");
  if (!f) {
    fprintf(stderr, "%s cannot be opened\n", path);
    return false;
  }
  for (int c; (c = getc(f)) != EOF;) strbuf_putc(&text, (char)c);
  fclose(f);
  /* A copy of its own size, so that a sanitizer sees what is read beyond its end. */
  uint8_t *bytes = malloc(text.len ? text.len : 1);
  FUZZ_CHECK(bytes && !text.failed, "out of memory");
  for (size_t i = 0; i < text.len; i++) bytes[i] = (uint8_t)text.data[i];
  size_t size = text.len;
  strbuf_free(&text);
  fprintf(stderr, "%s: %s\n", target->name, path);
  target->run(bytes, size);
  free(bytes);
  return true;
}

int main(int argc, char **argv)
{
  const struct fuzz_target *target = argc > 1 ? fuzz_target_find(argv[1]) : NULL;
  bool ok = true;
  if (!target) {
    fprintf(stderr, "usage: fuzz TARGET FILE...\n");
    return 2;
  }
  for (int k = 2; k < argc; k++) ok = replay(target, argv[k]) && ok;
  return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
