#!/bin/sh
# What the tests that have run so far in this folder have reached, from gcov's counts: a table with
# the lines and the branches of each source file, and their sums.  `make coverage` runs the tests
# first; configure with --enable-coverage.
#
#   tests/coverage.sh
set -u
objects=$(find src grammar -name '*.gcda' 2> /dev/null | LC_ALL=C sort)
if [ -z "$objects" ]; then
  echo "tests/coverage.sh: no counts here: configure with --enable-coverage and run the tests" >&2
  exit 1
fi
# A source at a time: a header's lines are in the counts of each file that includes it.
for object in $objects; do
  gcov --branch-probabilities --no-output "$object" 2> /dev/null |
    awk -v source="${object%.gcda}" '
      /^File / { wanted = index($0, source ".") && $0 !~ /\.h\047/; name = $2; gsub(/\047/, "", name) }
      wanted && /^Lines executed/ { split($2, l, /[:%]/); lines = $NF; hit = l[2] * lines / 100 }
      wanted && /^Taken at least once/ { split($4, b, /[:%]/); branches = $NF; taken = b[2] * branches / 100 }
      wanted && /^No branches/ { branches = taken = 0 }
      END { if (lines) printf "%s %d %d %d %d\n", source, hit + 0.5, lines, taken + 0.5, branches }'
done | LC_ALL=C sort | awk '
  function row(name, h, l, t, b) {
    printf "%-32s %6.1f %% of %5d lines %6.1f %% of %5d branches\n", name, l ? 100 * h / l : 100, l,
      b ? 100 * t / b : 100, b
  }
  { row($1, $2, $3, $4, $5); h += $2; l += $3; t += $4; b += $5 }
  END { row("all", h, l, t, b) }'
