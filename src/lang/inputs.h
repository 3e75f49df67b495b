/* What the command line gives to parameters. */
#ifndef ASDEX_LANG_INPUTS_H
#define ASDEX_LANG_INPUTS_H

/* In the order of the command line; later ones win. */
struct parameter_input {
  enum { INPUT_DATA, INPUT_NAMED_DATA, INPUT_SET } kind; /* --data F, --data NAME=F, --set NAME=V */
  const char *name;                                      /* NAMED_DATA, SET */
  const char *text;                                      /* the file, or the value */
};

#endif
