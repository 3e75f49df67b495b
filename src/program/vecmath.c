#include "config.h"

#include "program/vecmath.h"

#ifdef HAVE_SLEEF

#include "program/vecmath_parts.h"

/* __builtin_cpu_supports reads a variable: nothing to remember. */
vecmath_loop *vecmath_of(enum op_code code)
{
  if (__builtin_cpu_supports("avx512f")) return vecmath_avx512[code];
  if (__builtin_cpu_supports("avx")) return vecmath_avx[code];
  return vecmath_sse2[code];
}

int vecmath_sets(struct vecmath_set sets[VECMATH_SETS])
{
  int n = 0;
  if (__builtin_cpu_supports("avx512f"))
    sets[n++] = (struct vecmath_set){"AVX-512", vecmath_avx512};
  if (__builtin_cpu_supports("avx")) sets[n++] = (struct vecmath_set){"AVX", vecmath_avx};
  sets[n++] = (struct vecmath_set){"SSE2", vecmath_sse2};
  return n;
}

#else

vecmath_loop *vecmath_of(enum op_code code)
{
  (void)code;
  return NULL;
}

int vecmath_sets(struct vecmath_set sets[VECMATH_SETS])
{
  (void)sets;
  return 0;
}

#endif
