/* Diagnostics on their way to the user: the one place that prints them. */
#ifndef ASDEX_CMD_REPORT_H
#define ASDEX_CMD_REPORT_H

#include <stdio.h>

#include "base/strbuf.h"
#include "cmd/options.h"

/* Formats the diagnostics of ctx as text:
 *
 *   model.expr:4:12: error: index 1001 is out of bounds for x[1..1000]
 *       4 | return sum(x[i+1]^2 for i in 1..n);
 *         |            ^~~~~~
 *      note: at i = 1000
 *
 * or as JSON lines (schema asdex/error/1: severity, id, status, message, file, line, column,
 * end_line, end_column, notes).  Lines and columns are 1-based, columns count code points, and the
 * end is the first column after the range.  Control characters are shown as \xNN. */
void report_text(struct strbuf *out, const struct context *ctx, bool color, bool warnings);
void report_json(struct strbuf *out, const struct context *ctx, bool warnings);

/* Writes the diagnostics to standard error as the options say, colored if that is wanted. */
void report_print(const struct context *ctx, const struct options *o);

/* Whether this file descriptor is a terminal that can move its cursor: TERM is not dumb. */
bool report_on_terminal(int file);

/* Whether to color what goes to it: as --color says, else if it is such a terminal and NO_COLOR is
 * not set. */
bool report_color(const struct options *o, int file);

/* Says something that belongs to no error (--verbose), in the same form. */
void report_note(const char *text, const struct options *o);

/* Adds text as a JSON string, in quotes. */
void report_json_string(struct strbuf *out, const char *text);

#endif
