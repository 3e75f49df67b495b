/* The statuses of the command line, and of every fallible function. */
#ifndef ASDEX_BASE_STATUS_H
#define ASDEX_BASE_STATUS_H

enum status {
  STATUS_OK = 0,
  STATUS_DIFFERENCE = 1, /* verify found a difference: an answer, not a failure */
  STATUS_USAGE = 2,      /* unknown command or option, bad value */
  STATUS_MODEL = 3,      /* the model is wrong: syntax, names, shapes */
  STATUS_DATA = 4,       /* data, point, coloring or matrix is wrong or missing */
  STATUS_NONFINITE = 5,  /* the numbers are not finite at this point */
  STATUS_IO = 6,         /* a file could not be read or written */
  STATUS_LIMIT = 7,      /* memory, depth, size */
  STATUS_BUG = 70        /* a bug in asdex */
};

#if defined(__GNUC__)
#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define MAYBE_UNUSED __attribute__((unused))
#else
#define MUST_CHECK
#define PRINTF_LIKE(fmt, args)
#define MAYBE_UNUSED
#endif

/* Propagates a failure to the caller. */
#define TRY(call)                                                                                  \
  do {                                                                                             \
    enum status try_status_ = (call);                                                              \
    if (try_status_ != STATUS_OK) return try_status_;                                              \
  } while (0)

#endif
