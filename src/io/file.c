#include "config.h"

#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FIRST_ROOM = 64 * 1024 };
#define SOURCE_ROOM ((size_t)UINT32_MAX + 2) /* what context_add_source refuses, and a NUL */

/* Where a standard descriptor is closed, open would give its number. */
int file_above_standard(int fd)
{
  if (fd < 0 || fd > 2) return fd;
  int higher = fcntl(fd, F_DUPFD_CLOEXEC, 3), error = errno;
  close(fd);
  errno = error;
  return higher;
}

int file_open_retry(const char *path, int flags)
{
  int fd;
  do fd = open(path, flags | O_CLOEXEC);
  while (fd < 0 && errno == EINTR);
  return file_above_standard(fd);
}

bool file_again(int fd, short events)
{
  if (errno == EINTR) return true;
  if (errno != EAGAIN) return false;
  struct pollfd ready = {.fd = fd, .events = events};
  return poll(&ready, 1, -1) >= 0 || errno == EINTR;
}

enum status file_open(struct context *ctx, const char *path, struct input_file *in)
{
  struct stat st;
  bool standard = !strcmp(path, "-");
  *in = (struct input_file){.standard = standard, .name = standard ? "<stdin>" : path};
  in->fd = standard ? STDIN_FILENO : file_open_retry(path, O_RDONLY | O_NOCTTY);
  if (in->fd < 0) return FAIL(ctx, FILE_OPEN, NO_LOC, *path ? path : "\"\"", strerror(errno));
  enum status status = STATUS_OK;
  if (fstat(in->fd, &st) != 0)
    status = FAIL(ctx, FILE_READ, NO_LOC, in->name, strerror(errno));
  else if (S_ISDIR(st.st_mode))
    status = FAIL(ctx, FILE_IS_FOLDER, NO_LOC, in->name);
  if (status != STATUS_OK) {
    file_close(in);
    return status;
  }
  in->is_file = S_ISREG(st.st_mode);
  in->device = (uint64_t)st.st_dev;
  in->inode = (uint64_t)st.st_ino;
  if (in->is_file && st.st_size > 0) in->size = (int64_t)st.st_size;
  return STATUS_OK;
}

void file_close(struct input_file *in)
{
  if (!in->standard && in->fd >= 0) close(in->fd);
  in->fd = -1;
  mem_free(in->text);
  in->text = NULL;
}

/* Room for `cap` bytes; one of them is the NUL's. */
static enum status make_room(struct context *ctx, struct input_file *in, size_t cap)
{
  if (cap > SOURCE_ROOM) cap = SOURCE_ROOM;
  TRY(diag_check_memory(ctx, (double)cap, "the text of the input"));
  char *text = mem_resize(in->text, cap, 1);
  if (!text) return diag_no_memory(ctx);
  in->text = text;
  in->cap = cap;
  return STATUS_OK;
}

/* More room once the text is full.  Memory follows the bytes that came: a size that stat told is
 * only the first guess. */
static enum status grow(struct context *ctx, struct input_file *in)
{
  size_t cap;
  if (!in->text) return make_room(ctx, in, FIRST_ROOM);
  if (!size_mul(in->cap, 2, &cap)) return diag_no_memory(ctx);
  return make_room(ctx, in, cap);
}

enum status file_expect_all(struct context *ctx, struct input_file *in)
{
  bool guessed = in->size > 0 && in->size < UINT32_MAX;
  /* one byte more, to see the end without growing */
  size_t cap = guessed ? (size_t)in->size + 2 : FIRST_ROOM;
  return cap > in->cap ? make_room(ctx, in, cap) : STATUS_OK;
}

enum status file_read_some(struct context *ctx, struct input_file *in, bool *more)
{
  ssize_t n;
  *more = false;
  if (in->len >= UINT32_MAX) return STATUS_OK; /* context_add_source refuses it */
  if (in->len + 1 >= in->cap) TRY(grow(ctx, in));
  do n = read(in->fd, in->text + in->len, in->cap - in->len - 1);
  while (n < 0 && file_again(in->fd, POLLIN));
  if (n < 0) return FAIL(ctx, FILE_READ, NO_LOC, in->name, strerror(errno));
  in->len += (size_t)n;
  *more = n > 0;
  return STATUS_OK;
}

enum status file_add_source(struct context *ctx, const struct input_file *in, char *text,
                            size_t len, int *source)
{
  TRY(context_add_source(ctx, in->name, text, len, source));
  struct source *src = &ctx->sources.data[*source];
  src->is_input = true;
  src->is_file = in->is_file;
  src->device = in->device;
  src->inode = in->inode;
  return STATUS_OK;
}

static enum status read_all(struct context *ctx, struct input_file *in)
{
  TRY(file_expect_all(ctx, in));
  for (bool more = true; more;) TRY(file_read_some(ctx, in, &more));
  in->text[in->len] = '\0';
  return STATUS_OK;
}

enum status file_read(struct context *ctx, const char *path, int *source)
{
  struct input_file in;
  TRY(file_open(ctx, path, &in));
  enum status status = read_all(ctx, &in);
  if (status == STATUS_OK) {
    char *text = in.text;
    in.text = NULL;
    status = file_add_source(ctx, &in, text, in.len, source);
  }
  file_close(&in);
  return status;
}

enum status file_read_again(struct context *ctx, const char *path, int named_by, int *source)
{
  const char *name = strcmp(path, "-") ? path : "<stdin>";
  for (size_t i = 0; i < ctx->kept && named_by < (int)ctx->kept; i++) {
    const struct source *src = &ctx->sources.data[i];
    if (!src->is_input || !src->text || strcmp(src->name, name)) continue;
    *source = (int)i;
    return STATUS_OK;
  }
  return file_read(ctx, path, source);
}
