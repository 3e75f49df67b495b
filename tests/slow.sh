#!/bin/sh
# Named subsets of the tests under tools that slow a program down a lot, from a build that is made
# for the tool.  Ends with "N passed, N failed".  make check-valgrind and so on run it:
#
#   srcdir=… ASDEX=path/to/asdex tests/slow.sh valgrind | thread | memory | limits
#
# valgrind  an ordinary build: memcheck, with leaks
# thread    configure --enable-sanitizers=thread: what runs in several threads
# memory    configure CC=clang CXX=clang++ --enable-sanitizers=memory --without-gmp --without-cairo
#           --without-sleef: lexer, parser, checks of models, transforms, evaluators
# limits    an ordinary build: limits that take gigabytes, or a minute, to reach
set -u
: "${srcdir:=$(dirname "$0")/..}" "${ASDEX:=$PWD/asdex}"
unset NO_COLOR ASDEX_COLOR POSIXLY_CORRECT
LC_ALL=C CK_DEFAULT_TIMEOUT=1200
export LC_ALL CK_DEFAULT_TIMEOUT ASDEX
passed=0 failed=0
log=$(mktemp) || exit 1
trap 'rm -f "$log" "$log.asdex"' EXIT

# Runs a command, shows what it says if it fails, and adds its last line to the sum.
count() {
  "$@" > "$log" 2>&1
  status=$?
  totals=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$log" | tail -n 1)
  [ -n "$totals" ] || totals="0 passed, 1 failed"
  p=${totals%% *} f=${totals#*, }
  f=${f%% *}
  [ $status -eq 0 ] || [ "$f" -gt 0 ] || f=1
  [ "$f" -eq 0 ] || { echo "FAIL: $*"; cat "$log"; }
  passed=$((passed + p)) failed=$((failed + f))
}

# Recorded cases whose names match; there may be none.
golden() {
  for case in "$srcdir"/tests/golden/cases/$1; do
    [ ! -f "$case" ] || set -- "$@" "$(basename "$case" .case)"
  done
  shift
  [ $# -eq 0 ] || count sh "$srcdir/tests/golden/run" "$@"
}

case ${1-} in
valgrind)
  command -v valgrind > /dev/null || { echo "valgrind is not installed" >&2; exit 1; }
  check="valgrind --quiet --error-exitcode=99"
  # Tests in one process leave things behind; leaks are for the program itself.
  count env CK_FORK=no $check tests/unit/unit json mtx prune shape
  printf '#!/bin/sh\nexec %s --leak-check=full -- %s "$@"\n' "$check" "$ASDEX" > "$log.asdex"
  chmod +x "$log.asdex"
  ASDEX=$log.asdex
  golden 'hessian-*'
  golden 'decompress-*'
  golden 'bad-data*'
  ;;
thread)
  CK_TIMEOUT_MULTIPLIER=10
  export CK_TIMEOUT_MULTIPLIER
  count tests/unit/unit library order pool superblocks
  # Not the failing allocations: one thread, and ThreadSanitizer maps the shadow of each large block
  # anew when it is freed, which takes minutes.
  count env CK_RUN_CASE=plan tests/unit/unit plan
  golden 'threads*'
  ;;
memory)
  # See tests/unit/poison.h.
  MSAN_OPTIONS=poison_in_malloc=0:poison_in_free=0
  export MSAN_OPTIONS
  count tests/unit/unit body check f64 linear number order parse prune scalar shape superblocks trace \
    transform
  unset MSAN_OPTIONS
  golden 'bad-[!dnp]*' # those without YAML, whose library is not instrumented
  ;;
limits)
  CASE_SECONDS=1200 CASE_MEMORY=8000000 count sh "$srcdir/tests/bad/run" ../slow/limits
  ;;
*) echo "usage: tests/slow.sh valgrind | thread | memory | limits" >&2; exit 2 ;;
esac

echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
