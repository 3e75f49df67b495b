#include "config.h"

#include "program/vecmath_parts.h"

#include <immintrin.h>

#define VECTORS vecmath_avx512
#define WIDTH 8
#define LOAD _mm512_loadu_pd
#define STORE _mm512_storeu_pd
#define FILL _mm512_set1_pd
#define FIRST _mm512_cvtsd_f64
#define FUNCTION(name, accuracy) Sleef_cinz_##name##d8_##accuracy##avx512fnofma
#include "program/vecmath_loops.h"
