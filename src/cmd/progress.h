/* Progress of long work: one line on a terminal that changes, and is cleared when something else is
 * to be said. */
#ifndef ASDEX_CMD_PROGRESS_H
#define ASDEX_CMD_PROGRESS_H

#include "cmd/options.h"

struct progress {
  bool wanted;
  double delay;            /* seconds without a line */
  double start, last;      /* of the work, and when the line was written last; a monotonic clock */
  const char *what;        /* is done now */
  double what_start, from; /* when that began, and how far it was */
  bool shown;
};

/* As --progress and --quiet say: by default on a terminal, after a second of work, and not beside
 * diagnostics in JSON.  Makes ctx call progress_tick. */
void progress_begin(struct progress *p, struct context *ctx, const struct options *o);
void progress_end(struct progress *p, struct context *ctx);

/* As context_progress says: shows it ten times a second at most. */
void progress_tick(void *progress, const char *what, double done, double total);

/* Removes the line: something else is to be written. */
void progress_clear(struct progress *p);

/* The line: "coloring: 45 %, 12 s left" (left < 0: not known), "writing: 120 MB". */
void progress_format(char *text, size_t size, const char *what, double part, double left);
void progress_format_bytes(char *text, size_t size, const char *what, double bytes);

#endif
