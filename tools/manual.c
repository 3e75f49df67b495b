/* Manual pages in mdoc(7).  A template is copied but for lines that begin with '@'; those are
 * replaced:
 *
 *   @begin COMMAND      the title, NAME and SYNOPSIS of a command's page
 *   @options COMMAND    the list of its options
 *   @general            the list of the options that all commands have
 *   @index              the list of the other options, in short, with their commands
 *   @commands           the list of the commands
 *   @status COMMAND     the list of its exit statuses; without a command, of all
 *   @functions          the list of the language's functions of scalars
 *   @holomorphic        the names of those that take complex numbers
 *
 * OPTIONS is a file with what is to be said about options: below a line "@option NAME" the text of
 * the manual.  Options that are not there have that of --help. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program/program.h"
#include "tools/generate.h"

#define MANUAL_DATE "November 23, 2026"
enum { LINE_MAX_BYTES = 1000, TEXT_WIDTH = 72 };

/* --- text ----------------------------------------------------------------------------------- */

/* Prints one character of plain text, which `before` precedes; returns how many bytes it took. */
static size_t put_character(const char *s, char before)
{
  static const struct {
    const char *from, *to;
  } escapes[] = {{"\\", "\\e"},  {"\"", "\\(dq"}, {"'", "\\(aq"}, {"^", "\\(ha"},
                 {"~", "\\(ti"}, {"≤", "\\(<="},  {"≥", "\\(>="}};
  bool option = *s == '-' && (before == ' ' || before == '-' || before == '(');
  for (size_t i = 0; i < LENGTH(escapes); i++)
    if (!strncmp(s, escapes[i].from, strlen(escapes[i].from))) {
      fputs(escapes[i].to, stdout);
      return strlen(escapes[i].from);
    }
  fputs(option ? "\\-" : "", stdout);
  if (!option) putchar(*s);
  return 1;
}

/* A help text as sentences, in lines of moderate length. */
static void put_text(const char *text)
{
  size_t column = 0;
  bool first = true;
  for (const char *s = text; *s;) {
    size_t word = strcspn(s, " ");
    if (column && column + 1 + word > TEXT_WIDTH) {
      putchar('\n');
      column = 0;
    } else if (column) {
      putchar(' ');
      column++;
    }
    if (!column && (*s == '.' || *s == '\'')) fputs("\\&", stdout);
    column += word;
    for (const char *end = s + word; s < end;) {
      bool lower = first && *s >= 'a' && *s <= 'z';
      if (lower) putchar(*s - 'a' + 'A');
      s += lower ? 1 : put_character(s, s == end - word ? ' ' : s[-1]);
      first = false;
    }
    s += strspn(s, " ");
  }
  puts(".");
}

/* --- options -------------------------------------------------------------------------------- */

/* The part of a metavar up to '|': what a word in capitals stands for is an argument. */
static void put_alternative(const char *s, size_t len)
{
  bool lower = false, upper = false;
  for (size_t i = 0; i < len; i++) {
    lower = lower || (s[i] >= 'a' && s[i] <= 'z');
    upper = upper || (s[i] >= 'A' && s[i] <= 'Z');
  }
  const char *colon = memchr(s, ':', len);
  if (lower && upper && colon) {
    printf(" Cm %.*s : Ns", (int)(colon - s), s);
    put_alternative(colon + 1, len - (size_t)(colon + 1 - s));
    return;
  }
  printf(upper ? " Ar " : " Cm ");
  for (size_t i = 0; i < len; i++)
    putchar(upper && !lower && s[i] >= 'A' && s[i] <= 'Z' ? s[i] - 'A' + 'a' : s[i]);
}

static void put_heading(enum option_id id, enum command c)
{
  const struct option_row *row = &option_table[id];
  struct value v;
  printf(".It Fl ");
  if (row->letter) printf("%c , Fl ", row->letter);
  printf("-%s", row->name);
  if (row->argument == OPTIONAL) printf(" Ns Oo Li = Ns");
  option_value(id, c, &v);
  if (!option_words(id, &(size_t){0})) v.count = 0;
  for (size_t i = 0; i < v.count; i++) printf(i ? " | %s" : " Cm %s", v.words[i]);
  for (const char *s = row->metavar; s && v.count == 0;) {
    size_t len = strcspn(s, "|");
    put_alternative(s, len);
    if (!s[len]) break;
    printf(" |");
    s += len + 1;
  }
  puts(row->argument == OPTIONAL ? " Oc" : "");
}

static enum option_id find_option(const char *name)
{
  for (int i = 0; i < OPTION_COUNT; i++)
    if (!strcmp(option_table[i].name, name)) return (enum option_id)i;
  generate_fail("no such option", name);
}

static bool read_line(FILE *file, const char *path, char *line)
{
  if (!fgets(line, LINE_MAX_BYTES, file)) {
    if (ferror(file)) generate_fail("it cannot be read", path);
    return false;
  }
  size_t len = strlen(line);
  if (line[len - 1] != '\n') generate_fail("a line is too long, or does not end", path);
  line[len - 1] = '\0';
  return true;
}

static FILE *open_text(const char *path)
{
  FILE *file = fopen(path, "r");
  if (!file) generate_fail("it cannot be opened", path);
  return file;
}

/* What the file says about the option; false: nothing. */
static bool put_from_file(const char *path, enum option_id id)
{
  char line[LINE_MAX_BYTES];
  bool inside = false, found = false;
  FILE *file = open_text(path);
  while (read_line(file, path, line)) {
    if (!strncmp(line, "@option ", 8))
      inside = find_option(line + 8) == id;
    else if (inside)
      puts(line);
    found = found || inside;
  }
  fclose(file);
  return found;
}

static void put_option(const char *path, enum option_id id, enum command c)
{
  put_heading(id, c);
  if (!put_from_file(path, id)) put_text(option_table[id].help);
}

/* First those of the command, told in full, then in short what all commands have. */
static void put_options(const char *path, enum command c)
{
  puts(".Bl -tag -width Ds");
  for (int i = 0; i < OPTION_COUNT; i++)
    if (option_belongs((enum option_id)i, c) &&
        (option_table[i].commands != ALL_COMMANDS || i == OPTION_FORMAT))
      put_option(path, (enum option_id)i, c);
  puts(".El\n.Pp\nAll commands have these, of which\n.Xr asdex 1\ntells more:\n"
       ".Bl -tag -width Ds");
  for (int i = 0; i < OPTION_COUNT; i++)
    if (option_belongs((enum option_id)i, c) && option_table[i].commands == ALL_COMMANDS &&
        i != OPTION_FORMAT) {
      put_heading((enum option_id)i, c);
      put_text(option_table[i].help);
    }
  puts(".El");
}

static void put_general(const char *path)
{
  puts(".Bl -tag -width Ds");
  for (int i = 0; i < OPTION_COUNT; i++)
    if (option_table[i].help && option_table[i].commands == ALL_COMMANDS)
      put_option(path, (enum option_id)i, COMMAND_COUNT);
  puts(".El");
}

static void put_commands_of(unsigned commands)
{
  const char *joint = ".Pq Cm";
  for (int c = 0; c < COMMAND_COUNT; c++)
    if (commands & (1u << c)) {
      printf("%s %s", joint, command_table[c].name);
      joint = " ,";
    }
  putchar('\n');
}

static void put_index(void)
{
  puts(".Bl -tag -width Ds");
  for (int i = 0; i < OPTION_COUNT; i++) {
    if (!option_table[i].help || option_table[i].commands == ALL_COMMANDS) continue;
    put_heading((enum option_id)i, COMMAND_COUNT);
    put_text(option_table[i].help);
    put_commands_of(option_table[i].commands);
  }
  puts(".El");
}

/* --- the other tables ----------------------------------------------------------------------- */

static enum command find_command(const char *name)
{
  for (int c = 0; c < COMMAND_COUNT; c++)
    if (!strcmp(command_table[c].name, name)) return (enum command)c;
  generate_fail("no such command", name);
}

static void put_begin(const char *name)
{
  const struct command_row *row = &command_table[find_command(name)];
  printf(".Dd " MANUAL_DATE "\n.Dt ASDEX-");
  for (const char *s = name; *s; s++) putchar(*s - 'a' + 'A');
  printf(" 1\n.Os\n.Sh NAME\n.Nm asdex-%s\n.Nd %s\n", name, row->summary);
  printf(".Sh SYNOPSIS\n.Nm asdex %s\n.Op Ar option ...\n.Op Ar", name);
  for (const char *s = row->operand; *s; s++)
    if (*s == '|')
      printf(" |");
    else
      printf("%s%c", s > row->operand && s[-1] != '|' ? "" : " ", *s - 'A' + 'a');
  putchar('\n');
}

static void put_commands(void)
{
  puts(".Bl -tag -width Ds");
  for (int c = 0; c < COMMAND_COUNT; c++) {
    printf(".It Xr asdex-%s 1\n", command_table[c].name);
    put_text(command_table[c].summary);
  }
  puts(".El");
}

static void put_statuses(unsigned commands)
{
  puts(".Bl -tag -width Ds -compact");
  for (size_t i = 0; i < status_count; i++) {
    if (!(status_table[i].commands & commands)) continue;
    printf(".It %d\n", (int)status_table[i].status);
    put_text(status_table[i].doc);
  }
  puts(".El");
}

static void put_functions(void)
{
  static const char *const arguments[] = {"", " a", " a b"};
  puts(".Bl -tag -width \"hypot(a, b)\" -compact");
  for (int i = 0; i < OP_COUNT; i++) {
    if (!op_table[i].in_language) continue;
    printf(".It Fn %s%s\n", op_table[i].name, arguments[op_table[i].arity]);
    put_text(op_table[i].doc);
  }
  puts(".El");
}

static void put_holomorphic(void)
{
  const char *joint = "";
  for (int i = 0; i < OP_COUNT; i++) {
    if (!op_table[i].in_language || !op_is_holomorphic((enum op_code)i)) continue;
    printf("%s.Fn %s", joint, op_table[i].name);
    joint = " ,\n";
  }
  putchar('\n');
}

/* --- templates ------------------------------------------------------------------------------ */

static void replace(const char *line, const char *options)
{
  size_t len = strcspn(line, " ");
  const char *name = line[len] ? line + len + 1 : "";
  if (!strncmp(line, "@begin ", 7))
    put_begin(name);
  else if (!strncmp(line, "@options ", 9))
    put_options(options, find_command(name));
  else if (!strcmp(line, "@general"))
    put_general(options);
  else if (!strcmp(line, "@index"))
    put_index();
  else if (!strcmp(line, "@commands"))
    put_commands();
  else if (!strncmp(line, "@status", 7))
    put_statuses(*name ? 1u << find_command(name) : ALL_COMMANDS);
  else if (!strcmp(line, "@functions"))
    put_functions();
  else if (!strcmp(line, "@holomorphic"))
    put_holomorphic();
  else
    generate_fail("no such line in a template", line);
}

void generate_manual(const char *template, const char *options)
{
  char line[LINE_MAX_BYTES];
  FILE *file = open_text(template);
  puts(".\\\" Made by tools/generate from a template in man/ and the tables of asdex.");
  while (read_line(file, template, line))
    if (*line == '@')
      replace(line, options);
    else
      puts(line);
  fclose(file);
}
