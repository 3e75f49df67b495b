#include "config.h"

#include "lang/foreign.h"

#include <stddef.h>
#include <string.h>

struct foreign {
  const char *name, *advice;
};

static const struct foreign names[] = {
    {"E", "exp(1), and exp(x) for e^x"},
    {"Inf", "inf"},
    {"PI", "pi"},
    {"Pi", "pi"},
    {"True", "true"},
    {"False", "false"},
    {"acosine", "acos"},
    {"arccos", "acos"},
    {"arccosh", "acosh"},
    {"arcsin", "asin"},
    {"arcsinh", "asinh"},
    {"arctan", "atan"},
    {"arctan2", "atan2"},
    {"arctanh", "atanh"},
    {"ceiling", "ceil"},
    {"e", "exp(1), and exp(x) for e^x"},
    {"exponential", "exp"},
    {"fabs", "abs"},
    {"fix", "trunc"},
    {"fmax", "max"},
    {"fmin", "min"},
    {"gammaln", "lgamma"},
    {"ifelse", "(if c then a else b)"},
    {"infinity", "inf"},
    {"inner", "dot"},
    {"int", "trunc, or floor"},
    {"len", "size"},
    {"length", "size"},
    {"ln", "log, the natural logarithm"},
    {"loggamma", "lgamma"},
    {"logistic", "sigmoid"},
    {"maximum", "max"},
    {"mean", "sum(x)/size(x)"},
    {"minimum", "min"},
    {"mod", "a % b"},
    {"norm", "sqrt(norm2(x))"},
    {"power", "x^y"},
    {"product", "prod"},
    {"psi", "digamma"},
    {"range", "lo..hi, as in 1..n"},
    {"sgn", "sign"},
    {"sqr", "x^2"},
    {"square", "x^2"},
    {"summation", "sum(... for i in 1..n)"},
    {"tg", "tan"},
    {"where", "(if c then a else b)"},
};

static const struct foreign statements[] = {
    {"const", "param"},      {"constant", "param"},    {"double", "param"},
    {"float", "param"},      {"func", "def"},          {"function", "def"},
    {"int", "param"},        {"maximise", "return -"}, {"maximize", "return -"},
    {"minimise", "return"},  {"minimize", "return"},   {"obj", "return"},
    {"objective", "return"}, {"parameter", "param"},   {"print", "aux"},
    {"real", "param"},       {"set", "param"},         {"variable", "var"},
};

/* Behind a range. */
static const struct foreign range_words[] = {
    {"step", "'by': for i in 1..n by 2"},         {"steps", "'by': for i in 1..n by 2"},
    {"stride", "'by': for i in 1..n by 2"},       {"such", "'if': for i in 1..n if i > 2"},
    {"when", "'if': for i in 1..n if i > 2"},     {"where", "'if': for i in 1..n if i > 2"},
    {"whenever", "'if': for i in 1..n if i > 2"},
};

static const char *find(const struct foreign *rows, size_t count, const char *name)
{
  for (size_t i = 0; i < count; i++)
    if (strcmp(rows[i].name, name) == 0) return rows[i].advice;
  return NULL;
}

const char *foreign_name(const char *name)
{
  /* An index at the name of a reduction, as formulas have it. */
  if (strncmp(name, "sum_", 4) == 0) return "sum(... for i in 1..n)";
  if (strncmp(name, "prod_", 5) == 0) return "prod(... for i in 1..n)";
  return find(names, sizeof names / sizeof *names, name);
}

const char *foreign_range(const char *word)
{
  return find(range_words, sizeof range_words / sizeof *range_words, word);
}

const char *foreign_statement(const char *word)
{
  return find(statements, sizeof statements / sizeof *statements, word);
}
