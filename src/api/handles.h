/* What stands behind the handles of asdex.h, and what all of its functions do first and last. */
#ifndef ASDEX_API_HANDLES_H
#define ASDEX_API_HANDLES_H

#include "asdex.h"
#include "hessian/plan.h"

struct asdex_context {
  struct mem_account account;
  size_t max_memory;
  bool refuse_external;
  bool used;      /* something was made in it */
  bool is_freed;  /* by its owner: it goes with the last of its handles */
  size_t handles; /* that were made in it, and are not freed */
  struct pool *pool;
  VEC(asdex_diagnostic) diagnostics;
  struct arena texts;    /* of the diagnostics */
  asdex_diagnostic lost; /* stands in for diagnostics that found no memory */
  bool is_lost;
};

/* Each handle remembers the context that it was made in, whose account pays for it, and which
 * stays for it. */
struct asdex_model {
  asdex_context *context;
  struct context inner; /* owns the sources, which do not change once it is loaded */
  struct problem *problem;
  uint64_t number; /* from 1 on: no other model of the process has had it */
};

struct asdex_pattern {
  asdex_context *context;
  uint64_t model; /* the number of the model that it is of; 0: made of entries */
  struct pattern pattern;
};

struct asdex_coloring {
  asdex_context *context;
  const asdex_pattern *pattern;
  struct coloring coloring;
};

/* A call: the account of the context is the thread's, and the diagnostics of the call before are
 * gone.  `inner` is what the floors below get; with a model it knows its sources. */
struct call {
  asdex_context *context;
  struct mem_account *before;
  struct context inner;
  enum status status; /* not OK: the call cannot begin */
  bool makes;         /* a handle */
};
struct call call_begin(asdex_context *context, const asdex_model *model);
/* Hands the diagnostics over, and returns the status. */
asdex_status call_end(struct call *call, enum status status);

/* The parts of the two: for handles that keep an inner context. */
struct mem_account *context_enter(asdex_context *context);
struct mem_account *context_begin(asdex_context *context); /* and drops the diagnostics */
void context_leave(struct mem_account *before);
/* After a handle is gone: leaves, and the context goes, too, if this was the last that it stayed
 * for. */
void context_release(asdex_context *context, struct mem_account *before);
enum status inner_open(asdex_context *context, const asdex_model *model,
                       struct context *inner) MUST_CHECK;
void inner_close(struct context *inner);
/* Moves the diagnostics of inner, of a call with this status, to the context; inner keeps its
 * sources.  Without memory for them there is one that says so. */
void context_collect(asdex_context *context, struct context *inner, enum status status);

/* Zeroed memory for a handle, as a part of a call. */
enum status call_new(struct call *call, size_t size, void **handle) MUST_CHECK;

#endif
