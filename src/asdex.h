/* asdex: values, gradients, Hessian-vector products and sparse Hessians of scalar functions that
 * are written in a small modelling language (asdex-language(5)), in double precision.
 *
 *     context -> model -> pattern -> coloring -> plan -> numbers, at many points
 *
 * A context holds settings and diagnostics.  A model is a text with its data.  Its sparsity pattern
 * holds at every point; a coloring of it tells how few Hessian-vector products give all entries.  A
 * plan is made once and then evaluates at many points, without allocating memory.
 *
 * Status.  A function that can fail returns a status, with the numbers of asdex(1)'s exit statuses,
 * and leaves diagnostics in its context.  An output argument is then NULL, or as it was, unless it
 * is said otherwise.  The library prints nothing, and never exits or aborts.
 *
 * Arguments.  Pointers to outputs and handles must not be NULL, but that asdex_..._free takes NULL,
 * and so do all arrays that have no elements.  An input that must not be NULL is ASDEX_USAGE.
 * Texts are NUL-terminated and in UTF-8.  Indices are 0-based.  What is passed in is copied, or
 * used only until the function returns, unless it is said otherwise.
 *
 * Ownership.  The caller frees what the functions ..._create and asdex_model_load give: plans
 * before the colorings and models that they were made of, colorings before their pattern.  A
 * context may be freed at any time: it is not passed to a function any more, but stays (with its
 * allocator, limit and threads) until all that was made in it is freed.  Pointers that other
 * functions return belong to the handle that they were asked of, and live as long as it does.
 *
 * Threads.  A context, and whatever is freed, is used by one thread at a time; so is a plan, which
 * uses its context.  Distinct contexts are independent.  Models, patterns and colorings never
 * change: several threads may use them at the same time, each with a context of its own as the
 * first argument, and make plans of one model in these contexts.  What is made in a context is
 * freed while no other thread uses that context.  A thread that loads a model or makes a plan needs
 * a stack of 2 MB where expressions are nested to the limit, 1000 levels deep.
 *
 * Exact and complex numbers, verification and files as outputs belong to asdex(1) alone. */
#ifndef ASDEX_H
#define ASDEX_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define ASDEX_API __attribute__((visibility("default")))
#define ASDEX_MUST_CHECK __attribute__((warn_unused_result))
#else
#define ASDEX_API
#define ASDEX_MUST_CHECK
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this header; asdex_version() is that of the library: "0.1.0". */
#define ASDEX_VERSION "0.1.0"
ASDEX_API const char *asdex_version(void);

/* ---- statuses and diagnostics --------------------------------------------------------------- */

typedef enum {
  ASDEX_OK = 0,
  ASDEX_USAGE = 2,     /* an argument is wrong: an unknown name, a value out of range */
  ASDEX_MODEL = 3,     /* the model is wrong: syntax, names, shapes */
  ASDEX_DATA = 4,      /* data, point, pattern or coloring is wrong or missing */
  ASDEX_NONFINITE = 5, /* a result is infinite or not a number; it is there all the same */
  ASDEX_IO = 6,        /* a file could not be read */
  ASDEX_LIMIT = 7,     /* memory, depth, size */
  ASDEX_BUG = 70       /* a bug in asdex */
} asdex_status;

typedef enum { ASDEX_ERROR, ASDEX_WARNING, ASDEX_NOTE } asdex_severity;

/* Lines and columns count from 1, columns in characters; the end is behind the last character. */
typedef struct {
  asdex_severity severity; /* a note belongs to the error or warning before it */
  asdex_status status;     /* of an error */
  const char *message;     /* one line, without the place; control characters are '?'; options
                              that it names are asdex(1)'s */
  const char *file;        /* NULL: no place */
  size_t line, column;     /* 0: the file as a whole */
  size_t end_line, end_column;
} asdex_diagnostic;

/* ---- context -------------------------------------------------------------------------------- */

typedef struct asdex_context asdex_context;

/* Gives `size` bytes in place of `old` (NULL: new ones), as realloc does, or NULL; frees old for
 * size 0.  It is called by the thread that uses the context. */
typedef struct {
  void *(*resize)(void *user, void *old, size_t size);
  void *user;
} asdex_allocator;

/* allocator: for all memory of the context and of what is made in it; NULL: the C library's.  The
 * structure is copied; what `user` points to must be there as long as the context stays.  Returns
 * NULL if memory is out. */
ASDEX_API asdex_context *asdex_context_create(const asdex_allocator *allocator);
ASDEX_API void asdex_context_free(asdex_context *context);

/* Limits the memory of all that is made in the context, in bytes; 0 (the default): no limit.  What
 * would not fit is refused, with ASDEX_LIMIT, before it is allocated.  With an allocator of one's
 * own it applies to estimates of single large arrays alone. */
ASDEX_API void asdex_context_set_memory_limit(asdex_context *context, size_t bytes);

/* Threads for large evaluations, 1 (the default) to 1024; 0: one per processor.  The results are
 * the same bits for every number.  ASDEX_USAGE where something was made in the context already, or
 * the number is out of range. */
ASDEX_API asdex_status asdex_context_set_threads(asdex_context *context,
                                                 int threads) ASDEX_MUST_CHECK;

/* 0 refuses that models and data name files, read("...") and {file: ...}; the default is 1. */
ASDEX_API void asdex_context_allow_files(asdex_context *context, int allowed);

/* The diagnostics of the last function that was called with this context (or with a plan made in
 * it) and could fail: errors and warnings, each followed by its notes, and their number.  A
 * function that failed has left an error.  Valid until the next such call. */
ASDEX_API size_t asdex_context_diagnostics(const asdex_context *context,
                                           const asdex_diagnostic **list);
/* The message of the first error among them; "" if there is none. */
ASDEX_API const char *asdex_context_message(const asdex_context *context);

/* ---- model ---------------------------------------------------------------------------------- */

typedef struct asdex_model asdex_model;

/* What gives values to parameters; where several give one, the last counts. */
typedef enum {
  ASDEX_SET_TEXT,  /* name, text: as --set name=text: a number, or nested lists as in JSON */
  ASDEX_SET_ARRAY, /* name, values, dimensions, extents: numbers in memory, last index fastest;
                      dimensions 0: a single number (extents may be NULL); at most 16 */
  ASDEX_DATA_FILE  /* text: the path of a file of names and values (YAML, JSON), or with a name, of
                      that parameter's value (Matrix Market, too); "-": standard input */
} asdex_setting_kind;

typedef struct {
  asdex_setting_kind kind;
  const char *name;
  const char *text;
  const double *values;
  int dimensions;
  const int64_t *extents;
} asdex_setting;

/* Initialize it with zeros, so that members that are added one day are zero. */
typedef struct {
  const char *file; /* the path of the model ("-": standard input); with a text: how it is called in
                       messages, and what read("...") is relative to.  May be NULL with a text */
  const char *text; /* the model itself, `length` bytes; NULL: it is read from the file */
  size_t length;
  const asdex_setting *settings; /* num_settings */
  size_t num_settings;
  const char *const *wrt; /* names of the variables to differentiate in, num_wrt, in this order */
  size_t num_wrt;         /* 0: all, in order of declaration */
} asdex_model_options;

/* Reads, checks and compiles a model with its data. */
ASDEX_API asdex_status asdex_model_load(asdex_context *context, const asdex_model_options *options,
                                        asdex_model **model) ASDEX_MUST_CHECK;
ASDEX_API void asdex_model_free(asdex_model *model);

/* A point has asdex_model_variables numbers: all blocks of variables in order of declaration, each
 * with its last index fastest.  Gradients, Hessians and vectors have asdex_model_unknowns rows: the
 * blocks that are differentiated, in the order of `wrt`; other blocks are held at the point.  If
 * wrt is not given, unknown i is variable i. */
ASDEX_API int64_t asdex_model_variables(const asdex_model *model);
ASDEX_API int32_t asdex_model_unknowns(const asdex_model *model);

typedef struct {
  const char *name; /* the model's */
  int64_t size;
  int64_t variable; /* where it starts in a point */
  int64_t unknown;  /* where it starts in the unknowns, or -1: it is held */
} asdex_block;

/* Blocks of variables, in order of declaration; k is below their number. */
ASDEX_API size_t asdex_model_blocks(const asdex_model *model);
ASDEX_API asdex_block asdex_model_block(const asdex_model *model, size_t k);

/* Auxiliary outputs, in order of declaration, and how many numbers they have; k is below their
 * number. */
ASDEX_API size_t asdex_model_auxes(const asdex_model *model);
ASDEX_API const char *asdex_model_aux_name(const asdex_model *model, size_t k);
ASDEX_API int64_t asdex_model_aux_size(const asdex_model *model, size_t k);

/* The name of unknown u, "x[3,4]", cut to `size` bytes with the NUL (size > 0). */
ASDEX_API asdex_status asdex_model_unknown_name(asdex_context *context, const asdex_model *model,
                                                int32_t u, char *name,
                                                size_t size) ASDEX_MUST_CHECK;

/* x (asdex_model_variables numbers) = a point, as --at of asdex(1) takes it: `at` is the path of a
 * file of one point ("-": standard input), or "random:SEED"; NULL: the model's default point. */
ASDEX_API asdex_status asdex_model_point(asdex_context *context, const asdex_model *model,
                                         const char *at, double *x) ASDEX_MUST_CHECK;

/* ---- pattern -------------------------------------------------------------------------------- */

/* The positions of the nonzeros of a symmetric n x n matrix, of both triangles, in compressed
 * sparse rows: row i has the columns columns[starts[i]] ... columns[starts[i + 1] - 1], ascending.
 */
typedef struct asdex_pattern asdex_pattern;

/* The Hessian's, which holds at every point. */
ASDEX_API asdex_status asdex_pattern_create(asdex_context *context, const asdex_model *model,
                                            asdex_pattern **pattern) ASDEX_MUST_CHECK;
/* The pattern of count entries and of their mirror images; repeated ones are fine.  ASDEX_DATA
 * where an index is not in 0 ... n - 1.  However few the entries are, it takes time in proportion
 * to n, and 16 bytes for each row while it is made, of which 8 stay. */
ASDEX_API asdex_status asdex_pattern_create_from_entries(asdex_context *context, int32_t n,
                                                         int64_t count, const int32_t *rows,
                                                         const int32_t *columns,
                                                         asdex_pattern **pattern) ASDEX_MUST_CHECK;
ASDEX_API void asdex_pattern_free(asdex_pattern *pattern);

ASDEX_API int32_t asdex_pattern_size(const asdex_pattern *pattern); /* n */
ASDEX_API int64_t asdex_pattern_nnz(const asdex_pattern *pattern);  /* entries, both triangles */
ASDEX_API const int64_t *asdex_pattern_starts(const asdex_pattern *pattern);  /* n + 1 */
ASDEX_API const int32_t *asdex_pattern_columns(const asdex_pattern *pattern); /* nnz */

/* ---- coloring ------------------------------------------------------------------------------- */

typedef struct asdex_coloring asdex_coloring;

typedef enum {
  ASDEX_STAR,    /* entries are read off: the default */
  ASDEX_ACYCLIC, /* entries are recovered by substitution: fewer colors */
  ASDEX_COLUMN   /* no use of symmetry */
} asdex_method;

typedef enum {
  ASDEX_LARGEST_FIRST, /* the default: by degree, descending; ties by index */
  ASDEX_NATURAL,
  ASDEX_SMALLEST_LAST,
  ASDEX_INCIDENCE_DEGREE,
  ASDEX_DYNAMIC_LARGEST_FIRST,
  ASDEX_RANDOM,
  ASDEX_BEST /* all of them; the fewest colors */
} asdex_ordering;

typedef struct { /* zeros: the defaults */
  asdex_method method;
  asdex_ordering ordering;
  uint64_t seed;   /* of ASDEX_RANDOM, which ASDEX_BEST tries, too */
  int postprocess; /* 1: free the colors that recover nothing (star and acyclic) */
} asdex_coloring_options;

/* Colors a pattern, which must outlive the coloring; options may be NULL. */
ASDEX_API asdex_status asdex_coloring_create(asdex_context *context, const asdex_pattern *pattern,
                                             const asdex_coloring_options *options,
                                             asdex_coloring **coloring) ASDEX_MUST_CHECK;
/* A coloring that is known already: n colors from 0 on, without gaps; -1 for what recovers nothing.
 * ASDEX_DATA where by this method it does not recover every entry of the pattern. */
ASDEX_API asdex_status asdex_coloring_create_from_colors(
    asdex_context *context, const asdex_pattern *pattern, asdex_method method,
    const int32_t *colors, asdex_coloring **coloring) ASDEX_MUST_CHECK;
ASDEX_API void asdex_coloring_free(asdex_coloring *coloring);

ASDEX_API asdex_method asdex_coloring_method(const asdex_coloring *coloring);
ASDEX_API int32_t asdex_coloring_count(const asdex_coloring *coloring);         /* of colors */
ASDEX_API const int32_t *asdex_coloring_colors(const asdex_coloring *coloring); /* n */
ASDEX_API const asdex_pattern *asdex_coloring_pattern(const asdex_coloring *coloring);

/* ---- plan ----------------------------------------------------------------------------------- */

typedef struct asdex_plan asdex_plan;

/* What a plan can compute: a sum of these. */
enum {
  ASDEX_VALUE = 1,    /* and auxiliary outputs */
  ASDEX_GRADIENT = 2, /* with the value */
  ASDEX_HVP = 4,      /* Hessian-vector products */
  ASDEX_HESSIAN = 8   /* the sparse Hessian */
};

typedef enum { ASDEX_FWD_OVER_REV, ASDEX_REV_OVER_FWD, ASDEX_REV_OVER_REV } asdex_mode;

typedef enum {
  ASDEX_LOWER, /* the diagonal and what is below it, column by column: the default */
  ASDEX_BOTH   /* all entries, row by row (which is column by column, too) */
} asdex_triangle;

typedef struct {    /* zeros: the defaults */
  unsigned compute; /* what it can compute; 0: all */
  asdex_mode mode;
  asdex_triangle triangle;
  const asdex_coloring *coloring; /* of HESSIAN; it must outlive the plan.  NULL: the plan makes
                                     one, star and largest first */
  int64_t chunk;   /* of HESSIAN: colors that are evaluated together; 0: chosen to fit the cache */
  int64_t vectors; /* of HVP: how many there are in a call, mostly; 0: one */
} asdex_plan_options;

/* Compiles all that is to be computed, takes all of the memory for it, and starts the threads.
 * options may be NULL. The model must outlive the plan.  A coloring by columns gives both triangles
 * alone (ASDEX_USAGE). ASDEX_DATA where a coloring's pattern has not all entries of the model's:
 * one that asdex_pattern_create did not make of this model is compared with it. */
ASDEX_API asdex_status asdex_plan_create(asdex_context *context, const asdex_model *model,
                                         const asdex_plan_options *options,
                                         asdex_plan **plan) ASDEX_MUST_CHECK;
ASDEX_API void asdex_plan_free(asdex_plan *plan);

/* Takes a point: a copy of asdex_model_variables numbers.  ASDEX_DATA where one is not finite; then
 * the point before stays.  A plan begins without a point. */
ASDEX_API asdex_status asdex_plan_set_point(asdex_plan *plan, const double *x) ASDEX_MUST_CHECK;

/* The functions below are those of the last point (ASDEX_USAGE without one, or where the plan was
 * not made for it).  Each evaluates the model on its own; the value comes with the gradient at hardly
 * any cost.  They allocate nothing, unless a result is not finite: then it is written all the same,
 * the status is ASDEX_NONFINITE, and a diagnostic names the operation in the model and the indices.
 */

ASDEX_API asdex_status asdex_plan_value(asdex_plan *plan, double *value) ASDEX_MUST_CHECK;
/* aux (asdex_model_aux_size numbers): auxiliary output k.  Not finite: as for the value. */
ASDEX_API asdex_status asdex_plan_aux(asdex_plan *plan, size_t k, double *aux) ASDEX_MUST_CHECK;
/* gradient: n numbers, n the model's unknowns; value may be NULL. */
ASDEX_API asdex_status asdex_plan_gradient(asdex_plan *plan, double *value,
                                           double *gradient) ASDEX_MUST_CHECK;
/* products (count x n, row by row): row k is the Hessian times row k of vectors (count x n), which
 * must not overlap it. */
ASDEX_API asdex_status asdex_plan_hvp(asdex_plan *plan, int64_t count, const double *vectors,
                                      double *products) ASDEX_MUST_CHECK;
/* values: those of the entries that asdex_plan_nnz counts, in their order.  Structural zeros stay:
 * the positions never depend on the point. */
ASDEX_API asdex_status asdex_plan_hessian(asdex_plan *plan, double *values) ASDEX_MUST_CHECK;

/* Where the values stand, for a plan with HESSIAN (else 0 and NULL): column j of the triangle has
 * the rows rows[starts[j]] ... rows[starts[j + 1] - 1], ascending: compressed sparse columns, as
 * CHOLMOD takes the lower triangle of a symmetric matrix. */
ASDEX_API int64_t asdex_plan_nnz(const asdex_plan *plan);
ASDEX_API const int64_t *asdex_plan_starts(const asdex_plan *plan); /* n + 1 */
ASDEX_API const int32_t *asdex_plan_rows(const asdex_plan *plan);   /* nnz */
/* The coloring that it uses; NULL without HESSIAN. */
ASDEX_API const asdex_coloring *asdex_plan_coloring(const asdex_plan *plan);

#ifdef __cplusplus
}
#endif

#endif
