#!/bin/sh
# Feeds tests/fuzz/corpus to its targets: what was found once must not come back.  Ends with
# "N passed, N failed".  The program is the one for libFuzzer or the one without it.
set -u
: "${srcdir:=$(dirname "$0")/../..}"
passed=0 failed=0
log=tests/output/fuzz-target.log
mkdir -p tests/output || exit 1
for folder in "$srcdir"/tests/fuzz/corpus/*/; do
  target=$(basename "$folder")
  if tests/fuzz/fuzz "$target" "$folder"* > $log 2>&1; then
    set -- "$folder"*
    passed=$((passed + $#))
  else
    failed=$((failed + 1))
    echo "$target:"
    tail -n 60 $log
  fi
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
