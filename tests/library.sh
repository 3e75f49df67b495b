#!/bin/sh
# The library for other programs: what `make install` puts below a root, and clients of it; and the
# client programs in examples/c.  Ends with "N passed, N failed".
#
#   srcdir=… LIBDIR=… DOCDIR=… CC=… MAKE=… tests/library.sh      in the build folder
set -u
: "${srcdir:=$(dirname "$0")/..}" "${MAKE:=make}" "${LIBDIR:=/usr/local/lib}"
: "${DOCDIR:=/usr/local/share/doc/asdex}" "${CC:=cc}" "${CFLAGS:=}"
. "$(dirname "$0")/scratch.sh"

fail() {
  failed=$((failed + 1))
  echo "FAIL: $1"
  head -n 20 "$work/out"
}

root=$work/root
rosenbrock=$srcdir/examples/rosenbrock.expr
# The flags of a make above would ask for its job server.
if (unset MAKEFLAGS MFLAGS && $MAKE -s install DESTDIR="$root") > "$work/out" 2>&1; then
  pass
  sh "$srcdir/tests/client.sh" "$root" "$LIBDIR" "$DOCDIR" "$rosenbrock" > "$work/out" 2>&1
  totals=$(tail -n 1 "$work/out")
  p=${totals%% *} f=${totals#*, }
  f=${f%% *}
  case $p$f in *[!0-9]* | '') p=0 f=1 ;; esac
  passed=$((passed + p)) failed=$((failed + f))
  [ "$f" -eq 0 ] || cat "$work/out"
else
  fail 'make install'
fi

# Before it is installed, too: pkg-config takes the folder that it was built in.
if command -v pkg-config > /dev/null; then
  flags=$(PKG_CONFIG_PATH=$PWD${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH} pkg-config --cflags --libs \
    $([ -e .libs/libasdex.so ] || echo --static) asdex)
  # shellcheck disable=SC2086 # flags are words
  if $CC $CFLAGS -o "$work/newton_cg" "$srcdir/examples/c/newton_cg.c" $flags -lm \
    > "$work/out" 2>&1 && LD_LIBRARY_PATH=$PWD/.libs "$work/newton_cg" "$rosenbrock" n=10 \
    > "$work/out" 2>&1; then pass; else fail 'a client of the library that is not installed'; fi
fi

# The programs that README.md and asdex(3) show a part of compile as they stand, but for their "...".
# shown NAME: the part is in $work/part.
shown() {
  {
    printf '#include <stdio.h>\n#include <asdex.h>\n'
    echo 'void part(double *x, double f, double *gradient, double *values);'
    echo 'void part(double *x, double f, double *gradient, double *values)'
    echo '{'
    sed -e '/^#include/d; s/ && \.\.\.//; s/^ *\.\.\.$/break;/; s/\.\.\.$/(void)f;/' "$work/part"
    echo '}'
  } > "$work/part.c"
  # shellcheck disable=SC2086 # flags are words
  if grep -q asdex_plan_hessian "$work/part.c" &&
    $CC -std=c99 -Wall -Wextra -pedantic -Werror -Wno-unused-but-set-parameter -fsyntax-only \
      -I"$srcdir/src" "$work/part.c" > "$work/out" 2>&1; then pass; else fail "what $1 shows"; fi
}
awk '/^```c$/ { inside = 1; next } /^```/ { inside = 0 } inside' "$srcdir/README.md" > "$work/part"
shown README.md
awk '/^\.Bd/ { inside = 1; next } /^\.Ed/ { inside = 0 } inside' "$srcdir/man/asdex.3" > "$work/part"
shown 'asdex(3)'

# minimum MODEL COMMAND...: every f that the last lines name is the minimum.
if [ -x examples/c/newton_cg ]; then
  for line in 'rosenbrock.expr n=50:0' 'minsurf.expr:1.85617209' 'bratu.expr:-4.86208508'; do
    want=${line#*:}
    # shellcheck disable=SC2086
    if examples/c/newton_cg "$srcdir"/examples/${line%:*} > "$work/out" 2>&1 &&
      awk -v want="$want" '$2 == "f" { f = $4 } END { exit !(f - want < 1e-7 && want - f < 1e-7) }' \
        "$work/out"; then pass; else fail "newton_cg $line"; fi
  done
  examples/c/newton_cg "$srcdir/examples/rosenbrock.expr" m=3 > "$work/out" 2>&1
  if [ $? -eq 2 ] && grep -q "called 'm'" "$work/out"; then pass; else fail 'newton_cg m=3'; fi
fi
if [ -x examples/c/ipopt ]; then
  for line in 'rosenbrock.expr n=50:0' 'minsurf.expr:1.856172096' 'ginzburg_landau.expr:-0.5'; do
    # The exact Hessian needs fewer iterations than the approximation.
    # shellcheck disable=SC2086
    if examples/c/ipopt "$srcdir"/examples/${line%:*} > "$work/out" 2>&1 &&
      awk -v want="${line#*:}" '/iterations, f = / { sub(/,.*f =/, ""); n[$1] = $2
          f = $4; if (f == "") f = $3; if (f - want > 1e-6 || want - f > 1e-6) bad = 1 }
        END { exit bad || !(n["exact"] > 0 && n["exact"] < n["limited-memory"]) }' "$work/out"
    then pass; else fail "ipopt $line"; fi
  done
else
  echo "examples/c/ipopt is not built (coinor-libipopt-dev): left out"
fi

echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
