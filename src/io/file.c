#include "config.h"

#include "io/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FIRST_ROOM = 64 * 1024 };
#define SOURCE_ROOM ((size_t)UINT32_MAX + 2) /* what context_add_source refuses, and a NUL */

struct input {
  int fd;
  const char *name;
  char *text;
  size_t len, cap; /* cap counts the NUL */
  struct stat st;
};

/* More room once the text is full.  Memory follows the bytes that came: a size that stat told is
 * only the first guess. */
static enum status grow(struct context *ctx, struct input *in)
{
  size_t cap;
  if (!size_mul(in->cap, 2, &cap)) return diag_no_memory(ctx);
  if (cap > SOURCE_ROOM) cap = SOURCE_ROOM;
  TRY(diag_check_memory(ctx, (double)cap, "the text of the input"));
  char *text = mem_resize(in->text, cap, 1);
  if (!text) return diag_no_memory(ctx);
  in->text = text;
  in->cap = cap;
  return STATUS_OK;
}

static enum status read_all(struct context *ctx, struct input *in)
{
  for (;;) {
    if (in->len + 1 >= in->cap) TRY(grow(ctx, in));
    ssize_t n = read(in->fd, in->text + in->len, in->cap - in->len - 1);
    if (n == 0) break;
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return FAIL(ctx, FILE_READ, NO_LOC, in->name, strerror(errno));
    in->len += (size_t)n;
    if (in->len >= UINT32_MAX) break; /* context_add_source refuses it */
  }
  in->text[in->len] = '\0';
  return STATUS_OK;
}

static enum status read_open(struct context *ctx, struct input *in)
{
  if (fstat(in->fd, &in->st) != 0) return FAIL(ctx, FILE_READ, NO_LOC, in->name, strerror(errno));
  if (S_ISDIR(in->st.st_mode)) return FAIL(ctx, FILE_IS_FOLDER, NO_LOC, in->name);
  in->cap = FIRST_ROOM;
  if (S_ISREG(in->st.st_mode) && in->st.st_size > 0 && in->st.st_size < UINT32_MAX)
    in->cap = (size_t)in->st.st_size + 2; /* one byte to see the end without growing */
  TRY(diag_check_memory(ctx, (double)in->cap, "the text of the input"));
  in->text = mem_alloc(in->cap, 1);
  if (!in->text) return diag_no_memory(ctx);
  return read_all(ctx, in);
}

enum status file_read(struct context *ctx, const char *path, int *source)
{
  bool standard = !strcmp(path, "-");
  struct input in = {.name = standard ? "<stdin>" : path};
  in.fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (in.fd < 0) return FAIL(ctx, FILE_OPEN, NO_LOC, path, strerror(errno));
  enum status status = read_open(ctx, &in);
  if (!standard) close(in.fd);
  if (status != STATUS_OK) {
    mem_free(in.text);
    return status;
  }
  TRY(context_add_source(ctx, in.name, in.text, in.len, source));
  struct source *src = &ctx->sources.data[*source];
  src->is_file = S_ISREG(in.st.st_mode);
  src->device = (uint64_t)in.st.st_dev;
  src->inode = (uint64_t)in.st.st_ino;
  return STATUS_OK;
}
