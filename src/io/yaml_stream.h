/* The documents of a file or a pipe, one after another: each is a source of its own, which is there
 * as soon as its end is known, without a look at what follows.
 *
 * A document ends where YAML ends it, at a line that begins with `---` or `...` and a blank or the
 * end of the line, or at the end of the file.  Matrix Market and JSON (a name in .json) are not
 * cut: they are one document. */
#ifndef ASDEX_IO_YAML_STREAM_H
#define ASDEX_IO_YAML_STREAM_H

#include "base/diag.h"

struct yaml_stream;

/* path "-": standard input.  It is kept by reference. */
enum status yaml_stream_open(struct context *ctx, const char *path,
                             struct yaml_stream **out) MUST_CHECK;

/* Waits for the next document.  Its text becomes a source that tells lines as the whole file counts
 * them; -1 where there is none left.  The first one may be empty, and so may those that a line ends
 * which follows them; an empty rest is no document.  *ended: by such a line, not by the end of the
 * file. */
enum status yaml_stream_next(struct yaml_stream *s, int *source, bool *ended) MUST_CHECK;

/* The line, from 1, where the next document begins. */
size_t yaml_stream_line(const struct yaml_stream *s);

void yaml_stream_close(struct yaml_stream *s); /* NULL is fine */

#endif
