/* The command decompress.  The first byte chooses the format, then come the coloring, a NUL and the
 * compressed matrix. */
#include "config.h"

#include <string.h>

#include "cmd/commands.h"
#include "fuzz.h"

static enum status run(struct fuzz *f, int choice, const char *coloring, const char *compressed)
{
  static const char *const formats[] = {"mtx", "json", "csv", "dense"};
  static const char *const more[] = {"-q", "--triangle=both", "--layout=csr", "--layout=dense"};
  struct options o;
  const char *argv[] = {"asdex",
                        "decompress",
                        compressed,
                        "--coloring",
                        coloring,
                        "-o",
                        "/dev/null",
                        "--max-memory=256M",
                        "--format",
                        formats[choice % 4],
                        more[choice / 4 % 4],
                        NULL};
  enum status status = options_parse(&f->ctx, sizeof argv / sizeof *argv - 1, (char **)argv, &o);
  if (status == STATUS_OK) status = cmd_decompress(&f->ctx, &o);
  options_free(&o);
  return status;
}

void fuzz_decompress(const uint8_t *data, size_t size)
{
  struct fuzz f;
  struct fuzz_bytes bytes = {data, size};
  char paths[2][FUZZ_PATH_MAX];
  int files[2], choice = fuzz_byte(&bytes);
  const uint8_t *end = bytes.left ? memchr(bytes.next, 0, bytes.left) : NULL;
  if (!end) return;
  size_t len = (size_t)(end - bytes.next);
  fuzz_begin(&f);
  fuzz_file_open(bytes.next, len, &files[0], paths[0]);
  fuzz_file_open(end + 1, bytes.left - len - 1, &files[1], paths[1]);
  enum status status = run(&f, choice, paths[0], paths[1]);
  fuzz_file_close(files[0]);
  fuzz_file_close(files[1]);
  fuzz_end(&f, status);
}
