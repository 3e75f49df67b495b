/* Output: standard output, or a file that is replaced as a whole.
 *
 * A regular file (or one that does not exist yet) is written to a temporary beside it, synced and
 * renamed over it when the sink is closed, keeping its mode, and the folder is synced; symbolic
 * links are followed.  Other kinds of files (/dev/null, a FIFO) are written to directly; a folder
 * is an error.  Every write, flush, sync, rename and close is checked: status 6.  Until sink_commit
 * nothing replaces the old file; sink_abandon removes the temporary, and so does a signal that ends
 * the process, as far as one can be caught. */
#ifndef ASDEX_IO_SINK_H
#define ASDEX_IO_SINK_H

#include "base/diag.h"

struct sink;

/* path NULL or "-": standard output. */
enum status sink_open(struct context *ctx, const char *path, struct sink **out) MUST_CHECK;
enum status sink_write(struct sink *s, const char *bytes, size_t len) MUST_CHECK;
enum status sink_puts(struct sink *s, const char *text) MUST_CHECK;
/* Room for at least `need` (≤ 64 KiB) bytes in the buffer, to format into; then tell how many were
 * used. */
char *sink_room(struct sink *s, size_t need);
void sink_used(struct sink *s, size_t used);
/* A write error so far is kept and comes back here: flush, sync, rename, close.  Frees s. */
enum status sink_commit(struct sink *s) MUST_CHECK;
/* Gives up: removes the temporary and frees s.  NULL is fine. */
void sink_abandon(struct sink *s);
/* Flushes what was written so far (standard output, for streams). */
enum status sink_flush(struct sink *s) MUST_CHECK;

/* Where its diagnostics go. */
struct context *sink_context(const struct sink *s);

/* Whether the output path a names the same regular file as the input path b ("-": standard input);
 * then -o is refused. */
bool sink_same_file(const char *a, const char *b);

/* Whether an input path is standard input: "-", or another name (/dev/stdin) of the same pipe or
 * terminal, which cannot be read twice either. */
bool sink_is_standard_input(const char *path);

/* Status 2 if the output path names a regular file that was read into a source of the context,
 * whoever named it (a model's read("..."), a {file: ...} in the data). */
enum status sink_check_path(struct context *ctx, const char *path) MUST_CHECK;

#endif
