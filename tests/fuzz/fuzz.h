/* What the fuzz targets share.
 *
 * A target takes any bytes, calls the library with them, and checks what holds for every input;
 * FUZZ_CHECK ends the process if it does not.  driver.c gives targets to libFuzzer, replay.c feeds
 * them files. */
#ifndef ASDEX_FUZZ_FUZZ_H
#define ASDEX_FUZZ_FUZZ_H

#include "base/diag.h"
#include "base/strbuf.h"

struct fuzz_target {
  const char *name;
  void (*run)(const uint8_t *data, size_t size);
};
extern const struct fuzz_target fuzz_targets[]; /* ends with a name NULL */
const struct fuzz_target *fuzz_target_find(const char *name);

#define FUZZ_TARGETS                                                                               \
  TARGET(parse)                                                                                    \
  TARGET(data)                                                                                     \
  TARGET(mtx)                                                                                      \
  TARGET(json)                                                                                     \
  TARGET(number)                                                                                   \
  TARGET(coloring)                                                                                 \
  TARGET(decompress)                                                                               \
  TARGET(model)                                                                                    \
  TARGET(generated)
#define TARGET(name) void fuzz_##name(const uint8_t *data, size_t size);
FUZZ_TARGETS
#undef TARGET

_Noreturn void fuzz_stop(const char *file, int line, const char *format, ...) PRINTF_LIKE(3, 4);
#define FUZZ_CHECK(condition, ...)                                                                 \
  ((condition) ? (void)0 : fuzz_stop(__FILE__, __LINE__, __VA_ARGS__))

/* A context with a limit of memory that refuses external files, and what was in use before. */
struct fuzz {
  struct context ctx;
  size_t in_use;
};
void fuzz_begin(struct fuzz *f);
/* All that was made in between must be freed.  Checks that there is an error if and only if
 * `status` is one, that places are in their sources, that all of it can be printed, and that no
 * memory is left. */
void fuzz_end(struct fuzz *f, enum status status);
/* The text becomes a source. */
int fuzz_source(struct fuzz *f, const char *name, const char *text, size_t size);
/* Drops the diagnostics so far, whose status is known. */
void fuzz_forget(struct fuzz *f);

/* Choices from bytes; 0 where there are none left. */
struct fuzz_bytes {
  const uint8_t *next;
  size_t left;
};
uint8_t fuzz_byte(struct fuzz_bytes *b);
int fuzz_pick(struct fuzz_bytes *b, int n); /* 0 … n-1, n ≤ 256 */

/* A path that a copy of the bytes can be read from, until it is closed; *file is the descriptor. */
enum { FUZZ_PATH_MAX = 40 };
void fuzz_file_open(const void *bytes, size_t size, int *file, char path[FUZZ_PATH_MAX]);
void fuzz_file_close(int file);

#endif
