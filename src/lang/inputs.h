/* What the command line, or a program, gives to parameters. */
#ifndef ASDEX_LANG_INPUTS_H
#define ASDEX_LANG_INPUTS_H

struct data;

/* In the order of the command line; later ones win. */
struct parameter_input {
  enum {
    INPUT_DATA,       /* --data F */
    INPUT_NAMED_DATA, /* --data NAME=F */
    INPUT_SET,        /* --set NAME=V */
    INPUT_VALUE       /* numbers that are in memory */
  } kind;
  const char *name;         /* all but DATA */
  const char *text;         /* the file, or the value */
  const struct data *value; /* VALUE: it outlives the loading */
};

#endif
