#include "config.h"

#include "cmd/progress.h"

#include <stdio.h>
#include <unistd.h>

#include "cmd/report.h"
#include "cmd/timing.h"

void progress_begin(struct progress *p, struct context *ctx, const struct options *o)
{
  *p = (struct progress){.delay = o->progress == WHEN_ALWAYS ? 0 : 1};
  p->wanted = o->progress == WHEN_ALWAYS;
  if (o->progress == WHEN_AUTO && !o->quiet && !o->json_errors)
    p->wanted = report_on_terminal(STDERR_FILENO);
  if (!p->wanted) return;
  p->start = timing_now(CLOCK_MONOTONIC);
  ctx->progress = progress_tick;
  ctx->progress_user = p;
}

void progress_clear(struct progress *p)
{
  if (p->shown) fputs("\r\033[K", stderr);
  p->shown = false;
}

void progress_end(struct progress *p, struct context *ctx)
{
  progress_clear(p);
  ctx->progress = NULL;
}

void progress_format(char *text, size_t size, const char *what, double part, double left)
{
  char time[40] = "";
  if (left >= 0 && left < 100)
    snprintf(time, sizeof time, ", %.0f s left", left);
  else if (left >= 0 && left < 5940)
    snprintf(time, sizeof time, ", %.0f min left", left / 60);
  else if (left >= 0)
    snprintf(time, sizeof time, ", %.3g h left", left / 3600);
  snprintf(text, size, "%s: %.0f %%%s", what, 100 * part, time);
}

void progress_format_bytes(char *text, size_t size, const char *what, double bytes)
{
  snprintf(text, size, "%s: %.0f MB", what, bytes / 1e6);
}

void progress_tick(void *progress, const char *what, double done, double total)
{
  struct progress *p = progress;
  double t = timing_now(CLOCK_MONOTONIC), part = total > 0 ? done / total : 0;
  if (what != p->what || part < p->from) {
    p->what = what;
    p->what_start = t;
    p->from = part;
  }
  if (t - p->start < p->delay || (p->shown && t - p->last < 0.1)) return;
  /* An estimate takes some work behind it. */
  double spent = t - p->what_start, gained = part - p->from;
  double left = gained > 0.01 && spent > 0.5 ? spent * (1 - part) / gained : -1;
  char text[120];
  if (total > 0)
    progress_format(text, sizeof text, what, part, left);
  else
    progress_format_bytes(text, sizeof text, what, done);
  fprintf(stderr, "\r\033[Kasdex: %s", text);
  (void)fflush(stderr); /* what it shows may be lost */
  p->shown = true;
  p->last = t;
}
