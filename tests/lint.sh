#!/bin/sh
# Static analysis: gcc -fanalyzer, clang-tidy (see .clang-tidy) and cppcheck, over every source of
# the program; a tool that is not installed is left out.  Each pair of a tool and a file counts.
# Ends with "N passed, N failed".  `make lint` runs it in the build folder:
#
#   srcdir=… CPPFLAGS=… tests/lint.sh
set -u
: "${srcdir:=$(dirname "$0")/..}" "${CPPFLAGS:=-DHAVE_CONFIG_H -I. -I$srcdir/src -I$srcdir}"
passed=0 failed=0
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT

# check NAME COMMAND...: good if the command succeeds and says nothing.
check() {
  name=$1
  shift
  if "$@" > "$log" 2>&1 && [ ! -s "$log" ]; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "FAIL: $name"
    cat "$log"
  fi
}

# tool COMMAND: whether it is installed.
tool() {
  command -v "$1" > /dev/null 2>&1 && return
  echo "left out: $1 is not installed"
  return 1
}

# The sources that are C and stand by themselves, but for generated ones: what is compiled for an instruction set is the
# same text each time, and is included by these files.
sources() {
  find "$srcdir/src" "$srcdir/grammar" -name '*.c' ! -name 'vecmath_*' ! -name parser.c \
    ! -name lexer.c | LC_ALL=C sort
}

if tool gcc; then
  for file in $(sources); do
    # shellcheck disable=SC2086 # flags are words
    check "gcc -fanalyzer $file" gcc -std=c11 $CPPFLAGS -O1 -fanalyzer -c -o /dev/null "$file"
  done
fi
if tool clang-tidy; then
  for file in $(sources); do
    # Counts of what was suppressed come on standard error whatever is found.
    # shellcheck disable=SC2086
    check "clang-tidy $file" sh -c 'clang-tidy --quiet "$@" 2> /dev/null' - \
      "--config-file=$srcdir/.clang-tidy" "$file" -- -std=c11 $CPPFLAGS
  done
fi
if tool cppcheck; then
  # shellcheck disable=SC2086
  check cppcheck cppcheck --quiet --error-exitcode=1 --std=c11 --inline-suppr \
    --enable=warning,performance,portability \
    --suppressions-list="$srcdir/tests/cppcheck.supp" $CPPFLAGS "$srcdir/src" \
    "$srcdir/grammar/recovery.c" "$srcdir/grammar/refusal.c"
fi

echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
