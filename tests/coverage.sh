#!/bin/sh
# What the tests that have run so far in this folder have reached, from gcov's counts: a table with
# the lines and the branches of each source file, and their sums.  `make coverage` runs the tests
# first; configure with --enable-coverage.  Needs gcovr.
#
#   [srcdir=…] tests/coverage.sh [--missing]
#
# --missing lists, for each file, the lines that were not reached, and then the lines with branches
# that were not taken.  Not counted are the branches of assert and lines that report a bug of asdex:
# no input takes them.
set -u
: "${srcdir:=$(dirname "$0")/..}"
root=$(cd "$srcdir" && pwd)
command -v gcovr > /dev/null || { echo "tests/coverage.sh: gcovr is not installed" >&2; exit 1; }
if [ -z "$(find src grammar -name '*.gcda' 2> /dev/null | head -n 1)" ]; then
  echo "tests/coverage.sh: no counts here: configure with --enable-coverage and run the tests" >&2
  exit 1
fi
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

gcovr --root "$root" --object-directory . --filter "$root/src/" --filter '.*/grammar/.*[.][ly]$' \
  --filter "$root/grammar/re(covery|fusal)[.]c$" \
  --exclude-throw-branches --exclude-unreachable-branches \
  --exclude-branches-by-pattern '.*\bassert\(.*' \
  --exclude-lines-by-pattern '.*\bFAIL\([^,]*, BUG,.*' \
  --json "$work/counts" src grammar > "$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
report() { gcovr --root "$root" --add-tracefile "$work/counts" "$@"; }

if [ "${1-}" = --missing ]; then
  report --txt "$work/lines" && cat "$work/lines"
  report --branches --txt "$work/branches" && cat "$work/branches"
else
  report --csv "$work/table" && LC_ALL=C awk -F , '
    function share(part, whole) { return whole ? 100 * part / whole : 100 }
    function row(name, l, h, b, t) {
      printf "%-32s %6.1f %% of %5d lines %6.1f %% of %5d branches\n", name, share(h, l), l,
        share(t, b), b
    }
    NR > 1 { row($1, $2, $3, $5, $6); l += $2; h += $3; b += $5; t += $6 }
    END { row("all", l, h, b, t) }' "$work/table"
fi
