/* Random numbers: SplitMix64, as the manual documents it.  The state is the seed at first. */
#ifndef ASDEX_BASE_RANDOM_H
#define ASDEX_BASE_RANDOM_H

#include <stdint.h>

uint64_t splitmix64(uint64_t *state);
/* Uniform on [0, 1), with 53 bits. */
double splitmix_uniform(uint64_t *state);

#endif
