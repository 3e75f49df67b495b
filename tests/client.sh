#!/bin/sh
# A program that is built with what is installed, by pkg-config, and with nothing else.
#
#   CC=… CFLAGS=… tests/client.sh PREFIX_OF_ROOT LIBDIR DOCDIR MODEL.expr
#
# LIBDIR and DOCDIR are as they were configured; all stands below PREFIX_OF_ROOT, which may be empty
# (DESTDIR).  STATIC_NAMES='asdex_*' tells that the static library hides its inner names.  Ends with
# "N passed, N failed".
set -u
root=$1 libdir=$2 docs=$3 model=$4
: "${CC:=cc}" "${CXX:=c++}" "${CFLAGS:=}" "${NM:=nm}" "${STATIC_NAMES:=*}"
. "$(dirname "$0")/scratch.sh"

if ! command -v pkg-config > /dev/null || ! command -v "${CC%% *}" > /dev/null; then
  echo "left out: pkg-config or a compiler is not installed"
  echo "1 passed, 0 failed"
  exit 0
fi
PKG_CONFIG_PATH=$root$libdir/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}
# asdex's own flags alone are those below the root.
PKG_CONFIG_SYSROOT_DIR=$root
export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR

# The model's gradient at the default point of chained Rosenbrock, n = 3: see README.md.
cat > "$work/client.c" << 'END'
#include <asdex.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
  const asdex_setting n = {ASDEX_SET_TEXT, "n", "3", NULL, 0, NULL};
  asdex_model_options options;
  asdex_context *context = asdex_context_create(NULL);
  asdex_model *model = NULL;
  asdex_plan *plan = NULL;
  double x[3], g[3] = {0, 0, 0}, h[5] = {0, 0, 0, 0, 0};
  memset(&options, 0, sizeof options);
  options.file = argc > 1 ? argv[1] : NULL;
  options.settings = &n;
  options.num_settings = 1;
  int ok = !strcmp(asdex_version(), ASDEX_VERSION) &&
           asdex_model_load(context, &options, &model) == ASDEX_OK &&
           asdex_model_point(context, model, NULL, x) == ASDEX_OK &&
           asdex_plan_create(context, model, NULL, &plan) == ASDEX_OK &&
           asdex_plan_set_point(plan, x) == ASDEX_OK &&
           asdex_plan_gradient(plan, NULL, g) == ASDEX_OK &&
           asdex_plan_hessian(plan, h) == ASDEX_OK;
  if (!ok) fprintf(stderr, "%s\n", asdex_context_message(context));
  ok = ok && g[0] == -51 && g[1] == -1 && g[2] == 50 && h[0] == 102 && h[1] == -200;
  asdex_plan_free(plan);
  asdex_model_free(model);
  asdex_context_free(context);
  return !ok;
}
END
cp "$work/client.c" "$work/client.cc"

lib=$root$libdir
# The header alone, for compilers that are asked to be strict.
printf '#include <asdex.h>\nint main(void) { return asdex_version() == 0; }\n' > "$work/header.c"
cp "$work/header.c" "$work/header.cc"
# shellcheck disable=SC2046,SC2086 # flags are words
succeeds "the header in C99" $CC $CFLAGS -std=c99 -Wall -Wextra -pedantic -Wstrict-prototypes -Werror \
  -fsyntax-only $(pkg-config --cflags asdex) "$work/header.c"
# shellcheck disable=SC2046,SC2086
succeeds "the header in C++" $CXX -std=c++11 -Wall -Wextra -pedantic -Werror \
  -fsyntax-only $(pkg-config --cflags asdex) "$work/header.cc"
# shellcheck disable=SC2046,SC2086 # flags are words
if [ -e "$lib/libasdex.so" ]; then
  succeeds "a client" $CC $CFLAGS -Wall -Werror -o "$work/client" "$work/client.c" \
    $(pkg-config --cflags --libs asdex)
  succeeds "the client runs" env LD_LIBRARY_PATH="$lib" "$work/client" "$model"
  succeeds "a client in C++" $CXX $CFLAGS -o "$work/client" "$work/client.cc" \
    $(pkg-config --cflags --libs asdex)
  succeeds "the client in C++ runs" env LD_LIBRARY_PATH="$lib" "$work/client" "$model"
  if command -v readelf > /dev/null; then
    readelf -dW "$lib/libasdex.so" > "$work/dynamic"
    succeeds "the soname" grep -q 'SONAME.*\[libasdex\.so\.0\]' "$work/dynamic"
    succeeds "no Cairo" sh -c "! grep -q cairo '$work/dynamic'"
    readelf --dyn-syms -W "$lib/libasdex.so" |
      awk '$7 != "UND" && $5 != "LOCAL" && NR > 4 { print $8 }' > "$work/symbols"
    succeeds "asdex_* is all that is exported" \
      sh -c "grep -q '^asdex_' '$work/symbols' && ! grep -qiv '^asdex_' '$work/symbols'"
    succeeds "no text relocations, no path of its own" \
      sh -c "! grep -E 'R(UN)?PATH|TEXTREL' '$work/dynamic'"
    # (Flex has an exit for errors that its scanner cannot have.)
    readelf --dyn-syms -W "$lib/libasdex.so" | awk '$7 == "UND" { print $8 }' > "$work/needs"
    succeeds "it does not print, or end the process" \
      sh -c "! grep -E '^_*(printf(_chk)?|v?printf|puts|putchar|perror|abort|_exit|quick_exit)(@|\$)' '$work/needs'"
  fi
fi
if [ -e "$lib/libasdex.a" ]; then
  # shellcheck disable=SC2046,SC2086
  succeeds "a client that is linked with the static library" $CC $CFLAGS -o "$work/static" \
    "$work/client.c" $(pkg-config --cflags asdex) "$lib/libasdex.a" \
    $(pkg-config --libs --static asdex | tr ' ' '\n' | grep -v '^-lasdex$' | tr '\n' ' ')
  succeeds "that client runs" "$work/static" "$model"
fi
if [ -e "$lib/libasdex.a" ] && [ "$STATIC_NAMES" = 'asdex_*' ]; then
  $NM -g "$lib/libasdex.a" | awk 'NF == 3 && $2 !~ /^[Uw]$/ { print $3 }' | sort > "$work/names"
  # shellcheck disable=SC2046,SC2086
  $CC $(pkg-config --cflags asdex) -E "$work/header.c" | grep -o 'asdex_[a-z_]*(' | tr -d '(' |
    sort -u > "$work/declared"
  succeeds "the static library's names are those of the header" cmp "$work/names" "$work/declared"
  # A program has functions that are called like inner ones.
  {
    sed 's/return !ok;/return !ok || called;/; s/^int main/static int called;\n&/' "$work/client.c"
    for name in mem_alloc mem_free diag_raise context_free pool_run arena_alloc number_format; do
      echo "void $name(void);"
      echo "void $name(void) { called = 1; }"
    done
  } > "$work/names.c"
  # shellcheck disable=SC2046,SC2086
  succeeds "a client with the names of inner functions" $CC $CFLAGS -o "$work/static" \
    "$work/names.c" $(pkg-config --cflags asdex) "$lib/libasdex.a" \
    $(pkg-config --libs --static asdex | tr ' ' '\n' | grep -v '^-lasdex$' | tr '\n' ' ')
  succeeds "that client runs, without them" "$work/static" "$model"
fi
for program in newton_cg; do
  [ -f "$root$docs/examples/c/$program.c" ] || continue
  # shellcheck disable=SC2046,SC2086
  succeeds "the installed $program.c" $CC $CFLAGS -o "$work/$program" "$root$docs/examples/c/$program.c" \
    $(pkg-config --cflags asdex) -L"$lib" $([ -e "$lib/libasdex.so" ] && pkg-config --libs asdex ||
      pkg-config --libs --static asdex) -lm
  succeeds "$program runs" env LD_LIBRARY_PATH="$lib" "$work/$program" "$model" n=10
done

echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
