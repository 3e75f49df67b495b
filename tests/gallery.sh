#!/bin/sh
# The gallery, examples/README.md, has a row for every model and no other; the pictures' sizes are
# those of today's patterns, and where there is Cairo the pictures are what is drawn today.
# Ends with "N passed, N failed".
set -u
: "${srcdir:=$(dirname "$0")/..}"
srcdir=$(cd "$srcdir" && pwd)
: "${ASDEX:=$PWD/asdex}"
export ASDEX

. "$(dirname "$0")/scratch.sh"

check() { # STATUS MESSAGE
  if [ "$1" -eq 0 ]; then passed=$((passed + 1)); else
    failed=$((failed + 1))
    echo "FAIL: $2"
  fi
}

# What is drawn, in a form that is the same for all versions of Cairo: the paths, and whether there
# is an image of what is too fine for paths.
drawn() {
  grep -o ' d="[^"]*"' "$1"
  grep -c '<image ' "$1" || :
}

text=text
"$ASDEX" --version | grep -q '^Features:.* cairo' && text=
# shellcheck disable=SC2086
sh "$srcdir/examples/pictures.sh" "$srcdir/examples" "$work" $text
check $? "examples/pictures.sh"

for model in "$srcdir"/examples/*.expr; do
  name=$(basename "$model" .expr)
  row="| ![$(cat "$work/$name.txt")](pictures/$name.svg) | [$name]($name.expr) |"
  grep -qF "$row" "$srcdir/examples/README.md"
  check $? "examples/README.md has no row that begins with $row"
  [ -n "$text" ] && continue
  drawn "$work/$name.svg" > "$work/want"
  drawn "$srcdir/examples/pictures/$name.svg" > "$work/got" && cmp -s "$work/want" "$work/got"
  check $? "examples/pictures/$name.svg is stale: make pictures"
done
for name in $(sed -n 's/.*(pictures\/\([a-z0-9_]*\)\.svg).*/\1/p' "$srcdir/examples/README.md") \
  $(cd "$srcdir/examples/pictures" && ls | sed 's/\.svg$//'); do
  [ -f "$srcdir/examples/$name.expr" ]
  check $? "no model belongs to the picture $name"
done

echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
