#include "config.h"

#include "program/vecmath_parts.h"

#include <emmintrin.h>

#define VECTORS vecmath_sse2
#define WIDTH 2
#define LOAD _mm_loadu_pd
#define STORE _mm_storeu_pd
#define FILL _mm_set1_pd
#define FIRST _mm_cvtsd_f64
#define FUNCTION(name, accuracy) Sleef_cinz_##name##d2_##accuracy##sse2
#include "program/vecmath_loops.h"
