/* System calls that fail when a test wants them to: a library to be preloaded into asdex.
 *
 *   SHIM=CALL:N:ACTION   call number N (from 1) of the function CALL …
 *     EIO, ENOSPC …      … fails with this error and does nothing
 *     ragged             … and all later ones are interrupted every other time, and else move at
 *                        most three bytes (read and write)
 *     TERM, INT          … is preceded by this signal
 *   SHIM_FIRED=FILE      is made when that happens
 *
 * CALL "malloc" stands for all allocations of the C library, of all libraries, from the first call
 * of getopt_long on: the command line is the first thing that asdex looks at.  Nothing fails any
 * longer once asdex has ended: what gcov then writes is not for the test. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct {
  bool read, started, over;
  char call[32], action[16];
  const char *fired;
  long at;
  long calls;
} shim;

static const struct {
  const char *name;
  int number;
} errors[] =
    {
        {"EIO", EIO},       {"ENOSPC", ENOSPC}, {"EINTR", EINTR},   {"ENOMEM", ENOMEM},
        {"EAGAIN", EAGAIN}, {"EACCES", EACCES}, {"EINVAL", EINVAL}, {"EMFILE", EMFILE},
},
  signals[] = {{"TERM", SIGTERM}, {"INT", SIGINT}};

static void *next(const char *name)
{
  void *found = dlsym(RTLD_NEXT, name);
  if (!found) abort();
  return found;
}

/* Calls the function of this name behind the shim. */
#define REAL(name) ((__typeof__(&name))next(#name))

static void settle(void)
{
  if (shim.read) return;
  shim.read = true;
  const char *setting = getenv("SHIM");
  shim.fired = getenv("SHIM_FIRED");
  if (setting && sscanf(setting, "%31[^:]:%ld:%15s", shim.call, &shim.at, shim.action) != 3)
    abort();
}

static void tell(void)
{
  int error = errno;
  if (shim.fired) REAL(close)(REAL(open)(shim.fired, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  errno = error;
}

/* Whether this call is to fail; errno is set then. */
static bool fails(const char *call)
{
  settle();
  if (shim.over || strcmp(call, shim.call) != 0 || ++shim.calls < shim.at) return false;
  if (!strcmp(shim.action, "ragged")) {
    if (shim.calls == shim.at) tell();
    errno = EINTR;
    return (shim.calls - shim.at) % 2 == 0;
  }
  if (shim.calls != shim.at) return false;
  tell();
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
    if (!strcmp(shim.action, signals[i].name)) raise(signals[i].number);
  for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
    if (!strcmp(shim.action, errors[i].name)) {
      errno = errors[i].number;
      return true;
    }
  return false;
}

static size_t at_most(size_t count)
{
  bool ragged = !strcmp(shim.action, "ragged") && shim.calls >= shim.at;
  return ragged && count > 3 ? 3 : count;
}

ssize_t read(int fd, void *bytes, size_t count)
{
  return fails("read") ? -1 : REAL(read)(fd, bytes, at_most(count));
}

ssize_t write(int fd, const void *bytes, size_t count)
{
  return fails("write") ? -1 : REAL(write)(fd, bytes, at_most(count));
}

int open(const char *path, int flags, ...)
{
  va_list args;
  va_start(args, flags);
  mode_t mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
  va_end(args);
  return fails("open") ? -1 : REAL(open)(path, flags, mode);
}

/* What open is where the C library checks its arguments. */
int __open_2(const char *path, int flags);
int __open_2(const char *path, int flags)
{
  return fails("open") ? -1 : REAL(open)(path, flags);
}

int close(int fd)
{
  if (!fails("close")) return REAL(close)(fd);
  int error = errno;
  REAL(close)(fd);
  errno = error;
  return -1;
}

int fcntl(int fd, int what, ...)
{
  va_list args;
  va_start(args, what);
  long argument = va_arg(args, long);
  va_end(args);
  return fails("fcntl") ? -1 : REAL(fcntl)(fd, what, argument);
}

FILE *fopen(const char *path, const char *mode)
{
  return fails("fopen") ? NULL : REAL(fopen)(path, mode);
}

int fsync(int fd)
{
  return fails("fsync") ? -1 : REAL(fsync)(fd);
}

int dup(int fd)
{
  return fails("dup") ? -1 : REAL(dup)(fd);
}

int rename(const char *from, const char *to)
{
  return fails("rename") ? -1 : REAL(rename)(from, to);
}

int stat(const char *path, struct stat *st)
{
  return fails("stat") ? -1 : REAL(stat)(path, st);
}

int fstat(int fd, struct stat *st)
{
  return fails("fstat") ? -1 : REAL(fstat)(fd, st);
}

int fchmod(int fd, mode_t mode)
{
  return fails("fchmod") ? -1 : REAL(fchmod)(fd, mode);
}

int access(const char *path, int mode)
{
  return fails("access") ? -1 : REAL(access)(path, mode);
}

ssize_t readlink(const char *path, char *to, size_t size)
{
  return fails("readlink") ? -1 : REAL(readlink)(path, to, size);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                   void *argument)
{
  if (fails("pthread_create")) return EAGAIN;
  return REAL(pthread_create)(thread, attributes, run, argument);
}

static void end(void)
{
  shim.over = true;
}

int getopt_long(int argc, char *const *argv, const char *letters, const struct option *options,
                int *index)
{
  settle();
  if (!shim.started) atexit(end);
  shim.started = true;
  return REAL(getopt_long)(argc, argv, letters, options, index);
}

#ifdef __GLIBC__

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

void *malloc(size_t size)
{
  return shim.started && fails("malloc") ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
  return shim.started && fails("malloc") ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
  return shim.started && fails("malloc") ? NULL : __libc_realloc(old, size);
}

#endif
