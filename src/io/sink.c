#include "config.h"

#include "io/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "io/file.h"

enum { BUFFER = 256 * 1024, LINKS_MAX = 40 };

struct sink {
  struct context *ctx;
  int fd;
  int slot;             /* of the temporary, or -1: written to directly */
  char *shown, *target; /* as the user wrote it; what the temporary replaces */
  enum status status;   /* the first failure */
  bool terminal;        /* no place for the progress of the work */
  uint64_t written;
  size_t len;
  char buffer[BUFFER];
};

/* Temporaries that a signal must remove.  They are in static memory, and a slot's name is
 * complete before `used` is set, so that the handler may read them at any time. */
enum { TEMPORARIES = 8 };
static struct {
  volatile sig_atomic_t used;
  char path[PATH_MAX];
} temporaries[TEMPORARIES];

/* What ends a process by default: users, terminals, limits, and a library that gives up (Cairo may
 * where memory is out). */
static const int deadly[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGPIPE, SIGALRM, SIGTERM, SIGUSR1, SIGUSR2,
                             SIGXCPU, SIGXFSZ, SIGABRT, SIGBUS,  SIGFPE,  SIGILL,  SIGSEGV};
enum { DEADLY = sizeof deadly / sizeof *deadly };
static struct sigaction old_action[DEADLY];
static int guarded; /* sinks with a temporary */

static void remove_and_die(int sig)
{
  for (int i = 0; i < TEMPORARIES; i++)
    if (temporaries[i].used) unlink(temporaries[i].path);
  signal(sig, SIG_DFL);
  raise(sig); /* delivered when the handler returns */
}

static void block_deadly(sigset_t *old)
{
  sigset_t set;
  sigemptyset(&set);
  for (int i = 0; i < DEADLY; i++) sigaddset(&set, deadly[i]);
  pthread_sigmask(SIG_BLOCK, &set, old);
}

static void guard_signals(void)
{
  if (guarded++) return;
  struct sigaction action = {.sa_handler = remove_and_die};
  sigemptyset(&action.sa_mask);
  for (int i = 0; i < DEADLY; i++) {
    sigaction(deadly[i], NULL, &old_action[i]);
    /* Ignored signals stay ignored (nohup), and a handler of the caller's is the caller's. */
    bool is_default = !(old_action[i].sa_flags & SA_SIGINFO) && old_action[i].sa_handler == SIG_DFL;
    if (is_default) sigaction(deadly[i], &action, NULL);
  }
}

static void release_signals(void)
{
  if (--guarded) return;
  for (int i = 0; i < DEADLY; i++) sigaction(deadly[i], &old_action[i], NULL);
}

static uint64_t next_random(void)
{
  static uint64_t state;
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  state += (uint64_t)now.tv_nsec * 0x9E3779B97F4A7C15u + (uint64_t)getpid();
  uint64_t z = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9u;
  return z ^ (z >> 31);
}

/* Creates a temporary in the folder of `target` and claims its slot; signals are blocked. */
static int create_temporary(const char *target, int slot)
{
  const char *slash = strrchr(target, '/');
  int folder = slash ? (int)(slash - target) + 1 : 0;
  char *path = temporaries[slot].path;
  for (int attempt = 0; attempt < 100; attempt++) {
    int len = snprintf(path, PATH_MAX, "%.*s.asdex-%08x", folder, target,
                       (unsigned)(next_random() & 0xFFFFFFFF));
    if (len < 0 || len >= PATH_MAX) {
      errno = ENAMETOOLONG;
      return -1;
    }
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0 && (errno == EEXIST || errno == EINTR)) continue;
    if (fd >= 0) temporaries[slot].used = 1;
    return fd;
  }
  return -1;
}

static void drop_temporary(struct sink *s, bool keep)
{
  if (s->slot < 0) return;
  sigset_t old;
  block_deadly(&old);
  if (!keep) unlink(temporaries[s->slot].path);
  temporaries[s->slot].used = 0;
  release_signals();
  s->slot = -1;
  pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static enum status open_temporary(struct sink *s, const struct stat *existing)
{
  int slot = 0;
  while (slot < TEMPORARIES && temporaries[slot].used) slot++;
  if (slot == TEMPORARIES) return FAIL(s->ctx, BUG, NO_LOC, "too many output files at once");
  if (existing && access(s->target, W_OK) != 0)
    return FAIL(s->ctx, FILE_WRITE, NO_LOC, s->shown, strerror(errno));
  sigset_t old;
  block_deadly(&old);
  s->fd = create_temporary(s->target, slot);
  int error = errno;
  if (s->fd >= 0) {
    s->slot = slot;
    guard_signals();
  }
  pthread_sigmask(SIG_SETMASK, &old, NULL);
  if (s->fd < 0) return FAIL(s->ctx, FILE_CREATE, NO_LOC, s->shown, strerror(error));
  s->fd = file_above_standard(s->fd);
  if (s->fd < 0 || (existing && fchmod(s->fd, existing->st_mode & 0777) != 0))
    return FAIL(s->ctx, FILE_WRITE, NO_LOC, s->shown, strerror(errno));
  return STATUS_OK;
}

/* What the symbolic link `path` with the content `to` leads to, in new memory. */
static char *beside_link(const char *path, const char *to, size_t len)
{
  const char *slash = to[0] == '/' ? NULL : strrchr(path, '/');
  size_t folder = slash ? (size_t)(slash - path) + 1 : 0;
  char *joined = mem_alloc(folder + len + 1, 1);
  if (!joined) return NULL;
  memcpy(joined, path, folder);
  memcpy(joined + folder, to, len);
  joined[folder + len] = '\0';
  return joined;
}

/* One step of s->target along a symbolic link.  Only what surely is none ends the way: else the
 * link would be replaced. */
static enum status follow_link(struct sink *s, bool *link)
{
  char to[PATH_MAX];
  ssize_t len = readlink(s->target, to, sizeof to);
  if (len == (ssize_t)sizeof to) len = -1, errno = ENAMETOOLONG;
  *link = len >= 0;
  if (!*link && (errno == EINVAL || errno == ENOENT)) return STATUS_OK;
  if (!*link) return FAIL(s->ctx, FILE_OPEN, NO_LOC, s->shown, strerror(errno));
  char *next = beside_link(s->target, to, (size_t)len);
  if (!next) return diag_no_memory(s->ctx);
  mem_free(s->target);
  s->target = next;
  return STATUS_OK;
}

/* Replaces s->target by what it is behind all symbolic links. */
static enum status resolve_links(struct sink *s)
{
  bool link = true;
  for (int i = 0; i < LINKS_MAX && link; i++) TRY(follow_link(s, &link));
  return link ? FAIL(s->ctx, FILE_OPEN, NO_LOC, s->shown, strerror(ELOOP)) : STATUS_OK;
}

static bool is_standard_output(const char *path)
{
  return !path || !strcmp(path, "-") || !strcmp(path, "/dev/stdout") ||
         !strcmp(path, "/dev/fd/1") || !strcmp(path, "/proc/self/fd/1");
}

static enum status open_file(struct sink *s, const char *path)
{
  struct stat st;
  bool exists = stat(path, &st) == 0;
  if (!exists && errno != ENOENT) return FAIL(s->ctx, FILE_OPEN, NO_LOC, s->shown, strerror(errno));
  size_t len = strlen(path);
  if (exists ? S_ISDIR(st.st_mode) : len && path[len - 1] == '/')
    return FAIL(s->ctx, FILE_IS_FOLDER, NO_LOC, s->shown);
  if (!len) return FAIL(s->ctx, FILE_OPEN, NO_LOC, "\"\"", strerror(ENOENT));
  if (exists && !S_ISREG(st.st_mode)) {
    s->fd = file_open_retry(path, O_WRONLY | O_NOCTTY);
    if (s->fd < 0) return FAIL(s->ctx, FILE_OPEN, NO_LOC, s->shown, strerror(errno));
    return STATUS_OK;
  }
  TRY(resolve_links(s));
  return open_temporary(s, exists ? &st : NULL);
}

enum status sink_open(struct context *ctx, const char *path, struct sink **out)
{
  *out = NULL;
  bool standard = is_standard_output(path);
  const char *shown = standard ? "standard output" : path;
  struct sink *s = mem_alloc(1, sizeof *s);
  if (!s) return diag_no_memory(ctx);
  memset(s, 0, offsetof(struct sink, buffer));
  s->ctx = ctx;
  s->fd = standard ? STDOUT_FILENO : -1;
  s->slot = -1;
  s->shown = mem_strndup(shown, strlen(shown));
  s->target = mem_strndup(shown, strlen(shown));
  enum status status = STATUS_OK;
  if (!s->shown || !s->target)
    status = diag_no_memory(ctx);
  else if (!standard)
    status = open_file(s, path);
  if (status != STATUS_OK) {
    sink_abandon(s);
    return status;
  }
  s->terminal = isatty(s->fd);
  *out = s;
  return STATUS_OK;
}

static enum status write_failed(struct sink *s, int error)
{
  if (s->status == STATUS_OK)
    s->status = FAIL(s->ctx, FILE_WRITE, NO_LOC, s->shown, strerror(error));
  return s->status;
}

static enum status write_all(struct sink *s, const char *bytes, size_t len)
{
  while (len && s->status == STATUS_OK) {
    ssize_t n = write(s->fd, bytes, len);
    if (n < 0 && file_again(s->fd, POLLOUT)) continue;
    if (n <= 0) return write_failed(s, n < 0 ? errno : ENOSPC);
    bytes += n;
    len -= (size_t)n;
    s->written += (uint64_t)n;
  }
  return s->status;
}

static void tell_progress(const struct sink *s)
{
  if (!s->terminal) context_progress(s->ctx, "writing", (double)s->written, 0);
}

enum status sink_flush(struct sink *s)
{
  size_t len = s->len;
  s->len = 0;
  return write_all(s, s->buffer, len);
}

char *sink_room(struct sink *s, size_t need)
{
  if (BUFFER - s->len < need) {
    (void)!sink_flush(s);
    tell_progress(s);
  }
  return s->buffer + s->len;
}

void sink_used(struct sink *s, size_t used)
{
  s->len += used;
}

enum status sink_write(struct sink *s, const char *bytes, size_t len)
{
  if (len > BUFFER / 4) {
    TRY(sink_flush(s));
    TRY(write_all(s, bytes, len));
    tell_progress(s);
    return STATUS_OK;
  }
  memcpy(sink_room(s, len), bytes, len);
  s->len += len;
  return s->status;
}

enum status sink_puts(struct sink *s, const char *text)
{
  return sink_write(s, text, strlen(text));
}

static void sink_free(struct sink *s)
{
  mem_free(s->shown);
  mem_free(s->target);
  mem_free(s);
}

static int close_checked(int *fd)
{
  int closed = *fd;
  *fd = -1;
  return close(closed) != 0 && errno != EINTR ? errno : 0; /* after EINTR it is closed on Linux */
}

/* Standard output stays open, but what close would tell (a full network disk, a descriptor that
 * is closed already) a copy of it tells as well. */
static int close_standard(void)
{
  int copy = dup(STDOUT_FILENO);
  return copy < 0 ? errno : close_checked(&copy);
}

static int sync_retry(int fd)
{
  while (fsync(fd) != 0) {
    if (errno == EINTR) continue;
    return errno == EINVAL || errno == ENOSYS ? 0 : errno; /* the file system cannot */
  }
  return 0;
}

/* The new name is on the disk only when the folder is.  A folder that may not be read cannot be
 * synced by us. */
static int sync_folder(const char *path)
{
  char folder[PATH_MAX];
  const char *slash = strrchr(path, '/');
  size_t len = slash ? (size_t)(slash - path) + 1 : 0;
  memcpy(folder, path, len); /* a temporary beside the path was shorter than this */
  strcpy(folder + len, ".");
  int fd = file_open_retry(folder, O_RDONLY | O_DIRECTORY);
  if (fd < 0) return errno == EACCES ? 0 : errno;
  int error = sync_retry(fd);
  close(fd);
  return error;
}

static enum status replace_target(struct sink *s)
{
  if (rename(temporaries[s->slot].path, s->target) != 0)
    return FAIL(s->ctx, FILE_RENAME, NO_LOC, s->shown, strerror(errno));
  drop_temporary(s, true);
  int error = sync_folder(s->target);
  if (!error) return STATUS_OK;
  enum status status = write_failed(s, error);
  diag_note(s->ctx, NO_LOC,
            "the new file is complete and in its place, but its folder is not synced");
  return status;
}

enum status sink_commit(struct sink *s)
{
  int error = 0;
  enum status status = sink_flush(s);
  if (status == STATUS_OK) {
    if (s->slot >= 0) error = sync_retry(s->fd);
    if (!error) error = s->fd == STDOUT_FILENO ? close_standard() : close_checked(&s->fd);
    if (error) status = write_failed(s, error);
  }
  if (status == STATUS_OK && s->slot >= 0) status = replace_target(s);
  sink_abandon(s);
  return status;
}

void sink_abandon(struct sink *s)
{
  if (!s) return;
  if (s->fd >= 0 && s->fd != STDOUT_FILENO) close(s->fd);
  drop_temporary(s, false);
  sink_free(s);
}

struct context *sink_context(const struct sink *s)
{
  return s->ctx;
}

bool sink_same_file(const char *a, const char *b)
{
  struct stat sa, sb;
  if (is_standard_output(a) || stat(a, &sa) != 0 || !S_ISREG(sa.st_mode)) return false;
  bool found = b && strcmp(b, "-") ? stat(b, &sb) == 0 : fstat(STDIN_FILENO, &sb) == 0;
  return found && sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
}

bool sink_is_standard_input(const char *path)
{
  struct stat named, standard;
  if (!strcmp(path, "-")) return true;
  if (stat(path, &named) != 0) return false;
  if (!S_ISFIFO(named.st_mode) && (!S_ISCHR(named.st_mode) || !isatty(STDIN_FILENO))) return false;
  return fstat(STDIN_FILENO, &standard) == 0 && named.st_dev == standard.st_dev &&
         named.st_ino == standard.st_ino;
}

enum status sink_check_path(struct context *ctx, const char *path)
{
  struct stat st;
  if (is_standard_output(path) || stat(path, &st) != 0 || !S_ISREG(st.st_mode)) return STATUS_OK;
  for (size_t i = 0; i < ctx->sources.len; i++) {
    const struct source *src = &ctx->sources.data[i];
    if (!src->is_file || src->device != (uint64_t)st.st_dev || src->inode != (uint64_t)st.st_ino)
      continue;
    enum status status = FAIL(ctx, OUTPUT_IS_INPUT, NO_LOC, path);
    if (strcmp(src->name, path)) diag_note(ctx, NO_LOC, "it was read as '%s'", src->name);
    return status;
  }
  return STATUS_OK;
}
