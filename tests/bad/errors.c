/* Holds the table of errors against recorded cases:  errors UNREACHABLE CASES...
 *
 * Every row of errors.def must be raised by some case, no two rows may say the same, and every case
 * must end with the status of the last error that it shows.  A message is traced to the row whose
 * format it fits, the one with most fixed text if several do.  UNREACHABLE lists rows that no input
 * can raise, each as "NAME: reason".  Ends with "N passed, N failed". */
#include "config.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"

static const struct row {
  const char *name;
  enum status status;
  const char *format;
} rows[] = {
#define ERROR(id, status, format) {#id, status, format},
#include "base/errors.def"
#undef ERROR
};
enum { ROWS = sizeof rows / sizeof *rows, LINE_ROOM = 1 << 16, SHOWN = 64 };

static bool raised[ROWS], excused[ROWS];
static int failures;

/* The end of the conversion that begins at f, behind its '%'. */
static const char *skip_conversion(const char *f)
{
  return f + strcspn(f, "sdcuoxXfeg") + 1;
}

/* The number of characters of a format that are fixed text. */
static size_t fixed_length(const char *f)
{
  size_t n = 0;
  while (*f) {
    if (f[0] == '%' && f[1] != '%') {
      f = skip_conversion(f + 1);
    } else {
      f += 1 + (f[0] == '%');
      n++;
    }
  }
  return n;
}

/* Whether two formats differ in their conversions alone. */
static bool same_text(const char *a, const char *b)
{
  while (*a || *b) {
    bool conversion = a[0] == '%' && a[1] != '%';
    if (conversion != (b[0] == '%' && b[1] != '%') || (!conversion && *a != *b)) return false;
    a = conversion ? skip_conversion(a + 1) : a + 1;
    b = conversion ? skip_conversion(b + 1) : b + 1;
  }
  return true;
}

/* One meaning, one row. */
static void check_rows(void)
{
  for (int i = 0; i < ROWS; i++) {
    for (int j = 0; j < i; j++) {
      if (rows[i].status != rows[j].status || !same_text(rows[i].format, rows[j].format)) continue;
      printf("FAIL: %s and %s say the same\n", rows[j].name, rows[i].name);
      failures++;
    }
  }
}

/* Whether a text may have been made from a format.  As with wildcards, only the last conversion
 * needs to be tried again with more text. */
static bool fits(const char *f, const char *text)
{
  const char *again_f = NULL, *again_text = NULL;
  for (;;) {
    if (f[0] == '%' && f[1] != '%') {
      f = again_f = skip_conversion(f + 1);
      again_text = text;
    } else if (*f == *text) {
      if (*f == '\0') return true;
      f += 1 + (f[0] == '%');
      text++;
    } else if (again_f && *again_text) {
      f = again_f;
      text = ++again_text;
    } else {
      return false;
    }
  }
}

/* The row of a message; of two with the same text that of a status. */
static int find_row(const char *message, int status)
{
  int best = -1;
  size_t most = 0;
  for (int i = 0; i < ROWS; i++) {
    size_t n = fixed_length(rows[i].format);
    if (!fits(rows[i].format, message)) continue;
    if (best >= 0 && (n < most || (n == most && (int)rows[i].status != status))) continue;
    best = i;
    most = n;
  }
  return best;
}

struct shown {
  char *message[SHOWN];
  int count;
};

/* The last error decides the status of a run, but a case may go on after it. */
static void end_case(const char *file, const char *name, struct shown *s, int status)
{
  int last = -1;
  for (int i = 0; i < s->count; i++) {
    last = find_row(s->message[i], status);
    if (last >= 0) {
      raised[last] = true;
    } else {
      printf("FAIL: %s: %s: no row of errors.def reads: %s\n", file, name, s->message[i]);
      failures++;
    }
    free(s->message[i]);
  }
  if (last >= 0 && status != 0 && (int)rows[last].status != status) {
    printf("FAIL: %s: %s: status %d, but the error %s has %d\n", file, name, status,
           rows[last].name, (int)rows[last].status);
    failures++;
  }
  s->count = 0;
}

/* The text behind "error: ", without colors; NULL if the line shows none. */
static char *message_of(char *line)
{
  static const char mark[] = "error: ";
  char *p = strstr(line, mark);
  if (!p || (p > line && p[-1] != ' ')) return NULL;
  return p + sizeof mark - 1;
}

static void read_cases(const char *path)
{
  static char line[LINE_ROOM];
  struct shown shown = {0};
  char name[256] = "", part[16] = "";
  int status = 0;
  FILE *in = fopen(path, "r");
  if (!in) {
    printf("FAIL: cannot open %s\n", path);
    failures++;
    return;
  }
  while (fgets(line, sizeof line, in)) {
    line[strcspn(line, "\n")] = '\0';
    if (strncmp(line, "=== ", 4) == 0) {
      end_case(path, name, &shown, status);
      status = 0;
      snprintf(name, sizeof name, "%.255s", line + 4);
      part[0] = '\0';
    } else if (strncmp(line, "== ", 3) == 0) {
      snprintf(part, sizeof part, "%.15s", line + 3);
    } else if (strcmp(part, "status") == 0 && line[0] != '\0') {
      status = atoi(line);
    } else if (strcmp(part, "stderr") == 0 && shown.count < SHOWN) {
      char *message = message_of(line);
      if (message && (shown.message[shown.count] = strdup(message)) != NULL) shown.count++;
    }
  }
  end_case(path, name, &shown, status);
  fclose(in);
}

static void read_unreachable(const char *path)
{
  static char line[LINE_ROOM];
  FILE *in = fopen(path, "r");
  if (!in) {
    printf("FAIL: cannot open %s\n", path);
    failures++;
    return;
  }
  while (fgets(line, sizeof line, in)) {
    size_t n = strcspn(line, ":");
    int i = 0;
    if (line[0] == '#' || line[0] == '\n' || line[0] == ' ') continue;
    while (i < ROWS && (strlen(rows[i].name) != n || strncmp(rows[i].name, line, n) != 0)) i++;
    if (i == ROWS || strlen(line + n) < 4) {
      printf("FAIL: %s: no row, or no reason: %s", path, line);
      failures++;
    } else {
      excused[i] = true;
    }
  }
  fclose(in);
}

int main(int argc, char **argv)
{
  int passed = 0;
  if (argc < 3) {
    fputs("usage: errors UNREACHABLE CASES...\n", stderr);
    return 2;
  }
  check_rows();
  read_unreachable(argv[1]);
  for (int i = 2; i < argc; i++) read_cases(argv[i]);
  for (int i = 0; i < ROWS; i++) {
    if (raised[i] != excused[i]) {
      passed++;
      continue;
    }
    printf("FAIL: %s %s\n", rows[i].name,
           raised[i] ? "is raised by a case, and listed as unreachable" : "is raised by no case");
    failures++;
  }
  printf("%d passed, %d failed\n", passed, failures);
  return failures > 0;
}
