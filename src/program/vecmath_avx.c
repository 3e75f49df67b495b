#include "config.h"

#include "program/vecmath_parts.h"

#include <immintrin.h>

#define VECTORS vecmath_avx
#define WIDTH 4
#define LOAD _mm256_loadu_pd
#define STORE _mm256_storeu_pd
#define FILL _mm256_set1_pd
#define FIRST _mm256_cvtsd_f64
#define FUNCTION(name, accuracy) Sleef_cinz_##name##d4_##accuracy##avx
#include "program/vecmath_loops.h"
