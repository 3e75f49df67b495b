#include "config.h"

#include "tools/generate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void generate_fail(const char *what, const char *name)
{
  fprintf(stderr, "generate: %s: %s\n", name, what);
  exit(1);
}

static void add_word(struct value *v, const char *word, size_t len)
{
  if (v->count == WORDS_MAX || len >= WORD_MAX) generate_fail("too many or too long words", word);
  memcpy(v->words[v->count], word, len);
  v->words[v->count++][len] = '\0';
}

static bool has_upper(const char *s, size_t len)
{
  for (size_t i = 0; i < len; i++)
    if (s[i] >= 'A' && s[i] <= 'Z') return true;
  return false;
}

static bool is_written(enum command c, enum format f)
{
  for (int i = 0; i < COMMAND_COUNT; i++)
    if ((c == COMMAND_COUNT || i == (int)c) &&
        (command_writes((enum command)i, false, f) || command_writes((enum command)i, true, f)))
      return true;
  return false;
}

void option_value(enum option_id id, enum command c, struct value *v)
{
  const char *metavar = option_table[id].metavar;
  size_t count = 0;
  memset(v, 0, sizeof *v);
  if (!metavar) return;
  const char *const *words = option_words(id, &count);
  for (size_t i = 0; words && i < count; i++)
    if (id != OPTION_FORMAT || is_written(c, (enum format)i))
      add_word(v, words[i], strlen(words[i]));
  for (const char *s = metavar; !words; s++) {
    size_t len = strcspn(s, "|"), name = strcspn(s, ":");
    if (len >= 4 && !memcmp(s + len - 4, "FILE", 4))
      v->file = true;
    else if (!has_upper(s, len))
      add_word(v, s, len);
    else if (name < len && !has_upper(s, name))
      add_word(v, s, name + 1); /* random:SEED */
    s += len;
    if (!*s) break;
  }
}

int main(int argc, char **argv)
{
  const char *what = argc > 1 ? argv[1] : "";
  if (argc == 4 && !strcmp(what, "man"))
    generate_manual(argv[2], argv[3]);
  else if (argc == 2 && !strcmp(what, "bash"))
    generate_bash();
  else if (argc == 2 && !strcmp(what, "zsh"))
    generate_zsh();
  else if (argc == 2 && !strcmp(what, "fish"))
    generate_fish();
  else
    generate_fail("man TEMPLATE OPTIONS, bash, zsh or fish", "usage");
  if (fflush(stdout) || ferror(stdout)) generate_fail("it cannot be written", "standard output");
  return 0;
}
