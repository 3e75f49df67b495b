#include "config.h"

#include "bench.h"

#include <fcntl.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The first `count` of the processors that we may use. */
static void pin(int count)
{
  cpu_set_t allowed, chosen;
  CPU_ZERO(&chosen);
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  for (int c = 0; c < CPU_SETSIZE && CPU_COUNT(&chosen) < count; c++)
    if (CPU_ISSET(c, &allowed)) CPU_SET(c, &chosen);
  sched_setaffinity(0, sizeof chosen, &chosen);
}

static void redirect(int descriptor, const char *path, int flags)
{
  int file = open(path, O_WRONLY | O_CREAT | flags, 0600);
  if (file < 0 || dup2(file, descriptor) < 0) _exit(126);
  close(file);
}

static void child(const char *messages, int cpus, const char *output, const char *const *argv)
{
  signal(SIGINT, SIG_DFL);
  pin(cpus);
  redirect(STDERR_FILENO, messages, O_TRUNC | O_APPEND);
  if (output)
    redirect(STDOUT_FILENO, output, O_TRUNC);
  else
    redirect(STDOUT_FILENO, messages, O_APPEND);
  execv(argv[0], (char *const *)argv);
  _exit(127);
}

static char *read_messages(const char *path)
{
  enum { MESSAGES_MAX = 1 << 16 };
  char *text = calloc(MESSAGES_MAX, 1);
  FILE *f = fopen(path, "r");
  if (!text) abort();
  if (f && fread(text, 1, MESSAGES_MAX - 1, f) == 0) text[0] = '\0';
  if (f) fclose(f);
  unlink(path);
  return text;
}

static double wall_clock(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double seconds_of(struct timeval t)
{
  return (double)t.tv_sec + 1e-6 * (double)t.tv_usec;
}

void run_program(const char *folder, int cpus, const char *output, const char *const *argv,
                 struct run *r)
{
  char messages[128];
  int how;
  struct rusage usage;
  snprintf(messages, sizeof messages, "%s/messages", folder);
  fflush(NULL);
  double begin = wall_clock();
  pid_t pid = fork();
  if (pid == 0) child(messages, cpus, output, argv);
  if (pid < 0 || wait4(pid, &how, 0, &usage) != pid) {
    perror("bench");
    exit(1);
  }
  r->seconds = wall_clock() - begin;
  r->processor = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
  r->peak = 1024.0 * (double)usage.ru_maxrss;
  r->status = WIFEXITED(how) ? WEXITSTATUS(how) : -1;
  r->text = read_messages(messages);
  if (WIFSIGNALED(how) && WTERMSIG(how) == SIGINT) exit(130);
}

void run_free(struct run *r)
{
  free(r->text);
}

static double number_after(const char *text, const char *key)
{
  const char *found = strstr(text, key);
  return found ? strtod(found + strlen(key), NULL) : NAN;
}

double run_value(const struct run *r, const char *key)
{
  char text[64];
  snprintf(text, sizeof text, "%s=", key);
  for (const char *at = r->text; (at = strstr(at, text)); at++)
    if (at == r->text || at[-1] == ' ' || at[-1] == '\n') return number_after(at, text);
  return NAN;
}

static double stage_number(const struct run *r, const char *stage, const char *member)
{
  char text[64];
  snprintf(text, sizeof text, "{\"stage\":\"%s\"", stage);
  const char *object = strstr(r->text, text);
  if (!object) return NAN;
  snprintf(text, sizeof text, "\"%s\":", member);
  return number_after(object, text);
}

double run_stage(const struct run *r, const char *stage)
{
  return stage_number(r, stage, "cpu_seconds");
}

double run_stage_wall(const struct run *r, const char *stage)
{
  return stage_number(r, stage, "seconds");
}

double run_total(const struct run *r)
{
  const char *whole = strstr(r->text, "],\"seconds\":");
  return whole ? number_after(whole, "\"cpu_seconds\":") : NAN;
}
