/* Completions for bash, zsh and fish.  They know the options of each command, the words that an
 * option takes, and which options and operands are files. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "tools/generate.h"

static bool takes_value(enum option_id id)
{
  return option_table[id].argument != NONE;
}

/* What differs from command to command: the formats. */
static bool by_command(enum option_id id)
{
  return id == OPTION_FORMAT;
}

static void put_words(const struct value *v)
{
  for (size_t i = 0; i < v->count; i++) printf("%s%s", i ? " " : "", v->words[i]);
}

/* The names of the commands in the set, with `joint` between them. */
static void put_commands(unsigned commands, const char *joint)
{
  bool first = true;
  for (int c = 0; c < COMMAND_COUNT; c++) {
    if (!(commands & (1u << c))) continue;
    printf("%s%s", first ? "" : joint, command_table[c].name);
    first = false;
  }
}

static void put_topics(const char *joint)
{
  for (int t = 0; t < TOPIC_COUNT; t++) printf("%s%s", joint, topic_table[t].name);
}

/* The extensions of the files that a command reads, each between `before` and `after`. */
static void put_extensions(enum command c, const char *before, const char *after)
{
  static const struct {
    const char *operand, *extensions[2];
  } kinds[] = {{"MODEL", {"expr"}},
               {"PATTERN", {"mtx", "json"}},
               {"COMPRESSED", {"mtx", "json"}},
               {"MATRIX", {NULL}}};
  for (size_t i = 0; i < LENGTH(kinds); i++)
    for (size_t k = 0; strstr(command_table[c].operand, kinds[i].operand) && k < 2; k++)
      if (kinds[i].extensions[k]) printf("%s%s%s", before, kinds[i].extensions[k], after);
}

/* --- bash ----------------------------------------------------------------------------------- */

static const char bash_head[] =
    "# Completion of asdex for bash; made from asdex's tables.\n"
    "\n"
    "# Adds the lines of standard input to the answer, behind $prefix.\n"
    "_asdex_add()\n"
    "{\n"
    "  local line\n"
    "  while IFS= read -r line; do COMPREPLY+=(\"$prefix$line\"); done\n"
    "}\n"
    "\n"
    "_asdex_words()\n"
    "{\n"
    "  _asdex_add < <(compgen -W \"$1\" -- \"$cur\")\n"
    "}\n"
    "\n"
    "# Files with one of the extensions, and folders; all files where there are none, or for no\n"
    "# extension.\n"
    "_asdex_files()\n"
    "{\n"
    "  local extension before=${#COMPREPLY[@]}\n"
    "  for extension; do\n"
    "    _asdex_add < <(compgen -f -X \"!*.$extension\" -- \"$cur\")\n"
    "  done\n"
    "  if ((${#COMPREPLY[@]} > before)); then\n"
    "    _asdex_add < <(compgen -d -- \"$cur\")\n"
    "  else\n"
    "    _asdex_add < <(compgen -f -- \"$cur\")\n"
    "  fi\n"
    "  if ((${#COMPREPLY[@]} > before)); then\n"
    "    compopt -o filenames 2> /dev/null\n"
    "  elif [[ ${COMPREPLY[0]-} == *: ]]; then\n"
    "    compopt -o nospace 2> /dev/null\n"
    "  fi\n"
    "}\n";

static const char bash_begin[] = "  COMPREPLY=()\n"
                                 "  if [[ $cur == --*=* ]]; then\n"
                                 "    option=${cur%%=*} equals== prefix=$option= cur=${cur#*=}\n"
                                 "  elif [[ $cur == '=' ]]; then\n"
                                 "    option=$previous equals== cur=\n"
                                 "  elif [[ $previous == '=' ]] && ((COMP_CWORD > 2)); then\n"
                                 "    option=${COMP_WORDS[COMP_CWORD - 2]} equals==\n"
                                 "  else\n"
                                 "    option=$previous\n"
                                 "  fi\n";

static void bash_value(const struct value *v)
{
  if (v->count) {
    printf("_asdex_words '");
    put_words(v);
    printf("'; ");
  }
  if (v->file) printf("_asdex_files; ");
}

static void bash_option(enum option_id id, enum command c)
{
  const struct option_row *row = &option_table[id];
  struct value v;
  option_value(id, c, &v);
  const char *command = c == COMMAND_COUNT ? "*" : command_table[c].name;
  printf("    %s:--%s", command, row->name);
  if (row->letter) printf(" | %s:-%c", command, row->letter);
  printf(row->argument == OPTIONAL ? ") if [[ $equals ]]; then " : ") ");
  bash_value(&v);
  puts(row->argument == OPTIONAL ? "return; fi ;;" : "return ;;");
}

static void bash_values(void)
{
  puts("  case $command:$option in");
  for (int i = 0; i < OPTION_COUNT; i++) {
    enum option_id id = (enum option_id)i;
    if (!option_table[i].help || !takes_value(id)) continue;
    for (int c = 0; c < COMMAND_COUNT && by_command(id); c++)
      if (option_belongs(id, (enum command)c)) bash_option(id, (enum command)c);
    bash_option(id, COMMAND_COUNT);
  }
  puts("  esac\n"
       "  if [[ $equals ]]; then return; fi");
}

static void bash_options_of(enum command c)
{
  printf("    %s) options='", c == COMMAND_COUNT ? "*" : command_table[c].name);
  for (int i = 0; i < OPTION_COUNT; i++) {
    const struct option_row *row = &option_table[i];
    if (!row->help) continue;
    if (c == COMMAND_COUNT ? row->commands != ALL_COMMANDS : !option_belongs((enum option_id)i, c))
      continue;
    printf("--%s%s ", row->name, row->argument == REQUIRED ? "=" : "");
    if (row->letter) printf("-%c ", row->letter);
  }
  printf("'");
  if (c != COMMAND_COUNT) put_extensions(c, " files+=(", ")");
  puts(" ;;");
}

void generate_bash(void)
{
  puts(bash_head);
  puts("_asdex()\n"
       "{\n"
       "  local cur=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}\n"
       "  local option equals= prefix= command= options i\n"
       "  local -a files=()");
  fputs(bash_begin, stdout);
  printf("  for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "    case ${COMP_WORDS[i]} in\n"
         "      ");
  put_commands(ALL_COMMANDS, " | ");
  puts(" | help) command=${COMP_WORDS[i]}; break ;;\n"
       "    esac\n"
       "  done");
  bash_values();
  puts("  case $command in");
  for (int c = 0; c <= COMMAND_COUNT; c++) bash_options_of((enum command)c);
  puts("  esac");
  printf("  if [[ $cur == -* ]]; then\n"
         "    _asdex_words \"$options\"\n"
         "    if [[ ${COMPREPLY[0]-} == *= ]] && ((${#COMPREPLY[@]} == 1)); then\n"
         "      compopt -o nospace 2> /dev/null\n"
         "    fi\n"
         "  elif [[ ! $command ]]; then\n"
         "    _asdex_words '");
  put_commands(ALL_COMMANDS, " ");
  printf(" help'\n"
         "  elif [[ $command == help ]]; then\n"
         "    _asdex_words '");
  put_commands(ALL_COMMANDS, " ");
  put_topics(" ");
  puts("'\n"
       "  else\n"
       "    _asdex_files \"${files[@]}\"\n"
       "  fi\n"
       "}\n"
       "\n"
       "complete -F _asdex asdex");
}

/* --- zsh ------------------------------------------------------------------------------------ */

/* Within quotes, and the brackets of a specification of _arguments. */
static void zsh_text(const char *text)
{
  for (; *text; text++) {
    if (strchr("[]:\\", *text)) putchar('\\');
    fputs(*text == '\'' ? "'\\''" : (char[]){*text, '\0'}, stdout);
  }
}

static void zsh_described(const char *indent, const char *name, const char *summary)
{
  printf("%s'%s:", indent, name);
  zsh_text(summary);
  puts("'");
}

static void zsh_option(enum option_id id, enum command c)
{
  const struct option_row *row = &option_table[id];
  const char *mark = row->argument == REQUIRED ? "=" : row->argument == OPTIONAL ? "=-" : "";
  struct value v;
  option_value(id, c, &v);
  if (row->letter)
    printf("      '(-%c --%s)'{-%c%s,--%s%s}'[", row->letter, row->name, row->letter,
           row->argument == REQUIRED ? "+" : "", row->name, mark);
  else
    printf("      '%s--%s%s[", id == OPTION_DATA || id == OPTION_SET ? "*" : "", row->name, mark);
  zsh_text(row->help);
  printf("]");
  if (takes_value(id)) {
    printf(row->argument == OPTIONAL ? "::" : ":");
    zsh_text(row->metavar);
    printf(":");
    if (v.file && v.count) {
      printf(" _alternative \"words\\:\\:(");
      for (size_t i = 0; i < v.count; i++) zsh_text(v.words[i]);
      printf(")\" \"files\\:\\:_files\"");
    } else if (v.file) {
      printf("_files");
    } else if (v.count) {
      printf("(");
      put_words(&v);
      printf(")");
    }
  }
  puts("' \\");
}

static void zsh_command(enum command c)
{
  printf("  %s)\n    _arguments -s \\\n", command_table[c].name);
  for (int i = 0; i < OPTION_COUNT; i++)
    if (option_belongs((enum option_id)i, c)) zsh_option((enum option_id)i, c);
  printf("      ':file:_files");
  if (!strstr(command_table[c].operand, "MATRIX")) {
    printf(" -g \"*.(");
    put_extensions(c, "|", "");
    printf(")(-.)\"");
  }
  puts("' ;;");
}

void generate_zsh(void)
{
  puts("#compdef asdex\n"
       "# Completion of asdex for zsh; made from asdex's tables.\n"
       "\n"
       "local -a commands topics\n"
       "commands=(");
  for (int c = 0; c < COMMAND_COUNT; c++)
    zsh_described("  ", command_table[c].name, command_table[c].summary);
  puts("  'help:tell about a command or a topic'\n)\ntopics=(");
  for (int t = 0; t < TOPIC_COUNT; t++)
    zsh_described("  ", topic_table[t].name, topic_table[t].summary);
  puts(
      ")\n"
      "if ((CURRENT == 2)); then\n"
      "  _describe -t commands command commands\n"
      "  _arguments '(-h --help)'{-h,--help}'[show help]' '(-V --version)'{-V,--version}'[show the "
      "version]'\n"
      "  return\n"
      "fi\n"
      "shift words\n"
      "((CURRENT--))\n"
      "case $words[1] in");
  for (int c = 0; c < COMMAND_COUNT; c++) zsh_command((enum command)c);
  puts("  help)\n"
       "    _describe -t commands command commands\n"
       "    _describe -t topics topic topics ;;\n"
       "esac");
}

/* --- fish ----------------------------------------------------------------------------------- */

static void fish_text(const char *text)
{
  putchar('\'');
  for (; *text; text++) {
    if (*text == '\'' || *text == '\\') putchar('\\');
    putchar(*text);
  }
  putchar('\'');
}

static void fish_option(enum option_id id, unsigned commands, enum command c)
{
  const struct option_row *row = &option_table[id];
  struct value v;
  option_value(id, c, &v);
  printf("complete -c asdex -n '__fish_seen_subcommand_from ");
  put_commands(commands, " ");
  printf("' -l %s", row->name);
  if (row->letter) printf(" -s %c", row->letter);
  if (row->argument == REQUIRED) printf(v.file ? " -r -F" : " -x");
  if (v.count) {
    printf(" -a '");
    put_words(&v);
    printf("'");
  }
  printf(" -d ");
  fish_text(row->help);
  putchar('\n');
}

static void fish_named(const char *condition, const char *name, const char *summary)
{
  printf("complete -c asdex -n %s -a %s -d ", condition, name);
  fish_text(summary);
  putchar('\n');
}

void generate_fish(void)
{
  static const char first[] = "__fish_use_subcommand";
  static const char help[] = "'__fish_seen_subcommand_from help'";
  puts("# Completion of asdex for fish; made from asdex's tables.\n"
       "complete -c asdex -f");
  for (int c = 0; c < COMMAND_COUNT; c++)
    fish_named(first, command_table[c].name, command_table[c].summary);
  fish_named(first, "help", "tell about a command or a topic");
  for (int c = 0; c < COMMAND_COUNT; c++)
    fish_named(help, command_table[c].name, command_table[c].summary);
  for (int t = 0; t < TOPIC_COUNT; t++)
    fish_named(help, topic_table[t].name, topic_table[t].summary);
  printf("complete -c asdex -n '__fish_seen_subcommand_from ");
  put_commands(ALL_COMMANDS, " ");
  puts("' -F");
  for (int i = 0; i < OPTION_COUNT; i++) {
    enum option_id id = (enum option_id)i;
    if (!option_table[i].help) continue;
    if (!by_command(id)) {
      fish_option(id, option_table[i].commands, COMMAND_COUNT);
      continue;
    }
    for (int c = 0; c < COMMAND_COUNT; c++)
      if (option_belongs(id, (enum command)c)) fish_option(id, 1u << c, (enum command)c);
  }
}
