/* Diagnostics: what went wrong, where, and what status follows.
 *
 * The library never prints: a fallible function returns a status and leaves the diagnostic in the
 * context.  The texts of all errors stand in errors.def.  A location is a byte range of a source;
 * line and column are computed only when it is printed. */
#ifndef ASDEX_BASE_DIAG_H
#define ASDEX_BASE_DIAG_H

#include <stdarg.h>

#include "base/mem.h"
#include "base/status.h"

/* A byte range [begin, end) of source `source` (an index into the context's sources; negative:
 * no place). */
struct loc {
  int source;
  uint32_t begin, end;
};
#define NO_LOC ((struct loc){-1, 0, 0})
/* A place that is a source as a whole, without a line. */
#define FILE_LOC(id) ((struct loc){(id), UINT32_MAX, UINT32_MAX})

/* A text that locations point into.  Owned by the context once added. */
struct source {
  char *name; /* as it is shown: the path, or "<stdin>", "--set" … */
  char *text; /* len bytes and a NUL; NULL once released */
  size_t len;
  size_t lines_before, bytes_before; /* of a part of a file: what stands before it */
  bool is_input;                     /* was read from a file or a pipe */
  bool is_file;                      /* a regular file, which these two tell from all others */
  uint64_t device, inode;
};

enum error_id {
#define ERROR(id, status, format) ERR_##id,
#include "base/errors.def"
#undef ERROR
  ERR_COUNT
};

enum severity { SEVERITY_ERROR, SEVERITY_WARNING, SEVERITY_NOTE };

struct diag {
  enum severity severity;
  enum error_id id; /* of errors alone */
  enum status status;
  struct loc loc;
  char *message;
};

/* What every stage gets: the sources, the diagnostics (an error is followed by its notes), the
 * limits.  Not shared between threads. */
struct pool;
struct context {
  VEC(struct source) sources;
  size_t kept; /* the first sources that are there for good (file_read_again); 0: not settled */
  VEC(struct diag) diags;
  bool lost;            /* an error found no memory, and is not in diags */
  size_t max_memory;    /* bytes that a run may take (an estimate is checked); 0: no limit */
  bool refuse_external; /* --no-external-files */
  struct pool *pool;    /* threads for large work; owned; NULL: one thread */
  void (*stage_done)(void *user, const char *stage); /* --timings: told of parts of the work */
  void *stage_user;
  void (*progress)(void *user, const char *what, double done, double total); /* of long work */
  void *progress_user;
};

/* What was done since the last stage was `stage` (static text). */
static inline void context_stage(const struct context *ctx, const char *stage)
{
  if (ctx->stage_done) ctx->stage_done(ctx->stage_user, stage);
}

/* `done` of `total` parts of `what` (static text) are done; bytes, if total is 0. */
static inline void context_progress(const struct context *ctx, const char *what, double done,
                                    double total)
{
  if (ctx->progress) ctx->progress(ctx->progress_user, what, done, total);
}

void context_init(struct context *ctx);
void context_free(struct context *ctx);

/* Adds a source and takes over `text` (len bytes + NUL, from mem_alloc); on failure frees it and
 * returns STATUS_LIMIT with a diagnostic. */
enum status context_add_source(struct context *ctx, const char *name, char *text, size_t len,
                               int *id) MUST_CHECK;

/* Frees the text of a large source that needs no excerpts any longer. */
void context_release_source(struct context *ctx, int id);

/* Drops the sources that are not kept, which nothing may refer to any longer, and all diagnostics.
 */
void context_rewind(struct context *ctx);

/* Records an error and returns its status:  return FAIL(ctx, UNKNOWN_NAME, loc, name);  */
#define FAIL(ctx, id, loc, ...) diag_error((ctx), ERR_##id, (loc), ERR_FORMAT_##id, ##__VA_ARGS__)

enum status diag_error(struct context *ctx, enum error_id id, struct loc loc, const char *format,
                       ...) PRINTF_LIKE(4, 5);
/* A note to the last error or warning. */
void diag_note(struct context *ctx, struct loc loc, const char *format, ...) PRINTF_LIKE(3, 4);
void diag_warning(struct context *ctx, struct loc loc, const char *format, ...) PRINTF_LIKE(3, 4);

/* "out of memory", status 7.  Where there is not even room for that, ctx->lost tells. */
enum status diag_no_memory(struct context *ctx) MUST_CHECK;

/* Refuses (status 7) what would take more than max_memory; `what` names it: "the pattern". */
enum status diag_check_memory(struct context *ctx, double bytes, const char *what) MUST_CHECK;
/* The same for what has a place in the model. */
enum status diag_check_memory_at(struct context *ctx, struct loc loc, double bytes,
                                 const char *what) MUST_CHECK;

/* How many errors there are from diags.data[first] on. */
size_t diag_errors(const struct context *ctx, size_t first);

/* Drops the diagnostics from diags.data[first] on: what they tell of was got over. */
void diag_drop(struct context *ctx, size_t first);

/* Puts the errors from diags.data[first] on, with their notes, in the order of their places in one
 * text; those without a line come last.  Where there are `most` of them, a note says that there may
 * be more.  Returns the status of the first one, or `status` if there is none. */
enum status diag_arrange(struct context *ctx, size_t first, size_t most, enum status status);

/* Line and column (1-based; columns count code points) of a byte offset. */
void source_position(const struct source *src, size_t offset, size_t *line, size_t *column);

/* A note with some names: "the model has: a, b, c, ...". */
void diag_note_names(struct context *ctx, const char *what, const char *const *names, size_t count);

/* The candidate nearest to `name` in edit distance (the case of letters aside if that is all; one
 * that begins with `name` is as near as one edit), or NULL if none is near. */
const char *suggest(const char *name, const char *const *candidates, size_t count);

enum status error_status(enum error_id id);
const char *error_name(enum error_id id); /* "UNKNOWN_NAME" */

/* The formats as constants, so that the compiler checks the arguments. */
#define ERROR(id, status, format) static const char ERR_FORMAT_##id[] MAYBE_UNUSED = format;
#include "base/errors.def"
#undef ERROR

#endif
