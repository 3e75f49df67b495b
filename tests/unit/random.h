/* Pseudo-random numbers for tests, the same on every machine: SplitMix64 (Steele, Lea and Flood,
 * "Fast splittable pseudorandom number generators", 2014). */
#ifndef ASDEX_TESTS_RANDOM_H
#define ASDEX_TESTS_RANDOM_H

#include <stdint.h>
#include <string.h>

#include "base/status.h"

/* Set it to begin a sequence. */
static uint64_t random_state;

MAYBE_UNUSED static uint64_t random_bits(void)
{
  uint64_t z = random_state += UINT64_C(0x9E3779B97F4A7C15);
  z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
  return z ^ (z >> 31);
}

/* 0 … n-1. */
MAYBE_UNUSED static int random_below(int n)
{
  return (int)(random_bits() % (uint64_t)n);
}

/* Any finite double, all exponents alike. */
MAYBE_UNUSED static double random_double(void)
{
  for (;;) {
    uint64_t bits = random_bits();
    double v;
    memcpy(&v, &bits, sizeof v);
    if (v - v == 0) return v;
  }
}

#endif
