/* Input files: as a whole, or bit by bit while they are open. */
#ifndef ASDEX_IO_FILE_H
#define ASDEX_IO_FILE_H

#include "base/diag.h"

/* Reads a whole file ("-": standard input) into a source of the context. */
enum status file_read(struct context *ctx, const char *path, int *source) MUST_CHECK;
/* The same for a file that is named in the source `named_by` (-1: on the command line): if that is
 * one of the kept ones, what was read before is taken again, as pipes can be read only once. */
enum status file_read_again(struct context *ctx, const char *path, int named_by,
                            int *source) MUST_CHECK;

/* A text that grows as it is read. */
struct input_file {
  int fd;
  bool standard;
  const char *name; /* as it is shown */
  bool is_file;     /* see struct source */
  uint64_t device, inode;
  int64_t size; /* of a regular file, when it was opened; else 0 */
  char *text;   /* from mem_alloc */
  size_t len, cap;
};

/* Opens a path ("-": standard input) for reading; a folder is an error.  `path` is kept by
 * reference.  On failure there is nothing to close. */
enum status file_open(struct context *ctx, const char *path, struct input_file *in) MUST_CHECK;
/* Closes the descriptor (but that of standard input) and frees the text. */
void file_close(struct input_file *in);

/* Makes room for the whole of a regular file, as far as its size is known. */
enum status file_expect_all(struct context *ctx, struct input_file *in) MUST_CHECK;

/* Waits until bytes come, and adds those that are there to the text: *more is false at the end.
 * Beyond the longest text that a source may have no more is read. */
enum status file_read_some(struct context *ctx, struct input_file *in, bool *more) MUST_CHECK;

/* Makes `text` (len bytes + NUL, from mem_alloc, taken over) a source with the name of the file. */
enum status file_add_source(struct context *ctx, const struct input_file *in, char *text,
                            size_t len, int *source) MUST_CHECK;

/* Opens a path; close-on-exec, and never one of the standard descriptors.  -1: see errno. */
int file_open_retry(const char *path, int flags);
/* A copy beyond the standard descriptors of one that is not, which is closed; -1: see errno. */
int file_above_standard(int fd);
/* After a call that failed: whether it is to be tried again, as a signal came (EINTR), or as the
 * descriptor does not wait by itself (EAGAIN; then this waits for `events` of poll). */
bool file_again(int fd, short events);

#endif
