#!/bin/sh
# The manual pages as they were built (in the folder $MANUAL): they render without a warning, have
# all options of their command and nothing else, name pages that are there, and asdex-language(5) has
# every function and every word of the scanner.  mandoc, groff and man are used as far as they are
# there.  Ends with "N passed, N failed".
set -u
: "${srcdir:=$(dirname "$0")/..}"
srcdir=$(cd "$srcdir" && pwd)
: "${ASDEX:=$PWD/asdex}"
: "${MANUAL:=$PWD/man}"
MANUAL=$(cd "$MANUAL" && pwd)

. "$(dirname "$0")/scratch.sh"

# Passes if the file of findings in $2 is empty.
quiet() {
  if [ -s "$2" ]; then
    failed=$((failed + 1))
    echo "FAIL: $1"
    head -n 10 "$2"
  else passed=$((passed + 1)); fi
}
has() { command -v "$1" > /dev/null 2>&1; }

commands=$("$ASDEX" help | sed -n '/^Commands:/,/^$/s/^  \([a-z][a-z]*\) .*/\1/p')
for command in $commands; do
  test -s "$MANUAL/asdex-$command.1" || echo "asdex-$command.1"
done > "$work/found"
quiet "a page for each command" "$work/found"

for page in "$MANUAL"/*.[15] "$srcdir"/man/*.3; do
  name=$(basename "$page")
  if has mandoc; then
    mandoc -T lint -W warning "$page" > "$work/found" 2>&1
    quiet "$name: mandoc" "$work/found"
  fi
  if has groff; then
    groff -Kutf8 -mandoc -Tutf8 -ww -z "$page" > "$work/found" 2>&1
    quiet "$name: groff" "$work/found"
  fi
  if has man && man --version 2> /dev/null | grep -q '^man '; then
    MANPAGER=cat man --warnings -E UTF-8 -l "$page" 2>&1 > /dev/null |
      grep -v "can't set the locale" > "$work/found"
    quiet "$name: man" "$work/found"
  fi
  # References to pages of asdex, and to sections of the page.
  awk '$1 == ".Xr" && $2 ~ /^asdex/ { print $2 "." $3 }' "$page" | while read -r other; do
    test -s "$MANUAL/$other" || test -s "$srcdir/man/$other" || echo "no page $other"
  done > "$work/found"
  sed -n 's/^\.Sx \(.*[A-Z]\).*/\1/p' "$page" | while read -r section; do
    grep -q "^\.S[hs] $section$" "$page" || echo "no section $section"
  done >> "$work/found"
  quiet "$name: references" "$work/found"
done

# The options that asdex COMMAND --help lists are those that the page lists.
for command in $commands; do
  "$ASDEX" "$command" --help | sed -n 's/^ *\(-., \)\{0,1\}--\([a-z-]*\).*/\2/p' | sort > "$work/want"
  sed -n '/^\.Sh OPTIONS/,/^\.Sh EXIT/s/^\.It .*Fl -\([a-z-]*\).*/\1/p' "$MANUAL/asdex-$command.1" |
    sort > "$work/have"
  diff "$work/want" "$work/have" > "$work/found"
  quiet "asdex-$command.1: options" "$work/found"
done
"$ASDEX" help | sed -n 's/^ *\(-., \)\{0,1\}--\([a-z-]*\).*/\2/p' | while read -r option; do
  grep -q "^\.It .*Fl -$option" "$MANUAL/asdex.1" || echo "--$option"
done > "$work/found"
quiet "asdex.1: options" "$work/found"

# What the language has: functions, and in the grammar the words and signs of the scanner.
language=$MANUAL/asdex-language.5
{
  sed -n 's/^OP([A-Z0-9_]*, "\([a-z0-9]*\)", [0-9]*, [A-Z]*, 1,.*/\1/p' "$srcdir/src/program/ops.def"
  sed -n '/^} builtins/,/;$/p' "$srcdir/src/lang/resolve.c" | grep -o '{"[a-z0-9]*"' | sed 's/[{"]//g'
} | while read -r name; do
  grep -Eq "Fn $name( |\$)" "$language" || echo "$name"
done > "$work/found"
quiet "asdex-language.5: functions" "$work/found"
sed -n '/^\.Sh GRAMMAR/,/^\.Ed/p' "$language" | sed 's/\\(ha/^/g' > "$work/grammar"
{
  sed -n 's/^\([a-z|]*\)  *return \(token\|keyword\)(.*/\1/p' "$srcdir/grammar/lexer.l" | tr '|' '\n'
  sed -n 's/^"\([^"]*\)"  *return token(.*/\1/p' "$srcdir/grammar/lexer.l"
  sed -n 's/^\[\(.*\)\]  *return token(.*/\1/p' "$srcdir/grammar/lexer.l" | sed 's/\\//g' | grep -o .
} | while read -r word; do
  # '=' and others stand in longer signs, too: the whole word between quotes.
  grep -qF "\"$word\"" "$work/grammar" || echo "$word"
done > "$work/found"
quiet "asdex-language.5: words of the grammar" "$work/found"
# Every name that the grammar uses is defined in it, once.
sed -n 's/^\([a-z]*\) *=.*/\1/p' "$work/grammar" | sort > "$work/have"
sed -e 1,2d -e 's/"[^"]*"//g; s/{ any .* }//' "$work/grammar" | sed -n '/ = /,$p' | grep -v '^\.' |
  grep -o '[a-z][a-z]*' | grep -v '^quote$' | sort -u > "$work/want"
diff "$work/want" "$work/have" > "$work/found"
quiet "asdex-language.5: names of the grammar" "$work/found"

# The prototypes of asdex(3) are those of the header.
tr '\n' ' ' < "$srcdir/src/asdex.h" | grep -o 'ASDEX_API [^;#]*);\|ASDEX_API [^;#]*ASDEX_MUST_CHECK;' |
  sed 's/^ASDEX_API //; s/ *ASDEX_MUST_CHECK//; s/  */ /g; s/( /(/; s/;$//' | sort > "$work/want"
sed '/^\.Sh DESCRIPTION/,$d' "$srcdir/man/asdex.3" | awk '
  $1 == ".Ft" { sub(/^.Ft "?/, ""); sub(/"$/, ""); type = $0 ~ /[*]$/ ? $0 : $0 " " }
  $1 == ".Fn" { name = $2; sub(/^.Fn [a-z_]* "?/, ""); sub(/"$/, ""); gsub(/" "/, ", ")
    print type name "(" $0 ")" }' | sort > "$work/have"
test -s "$work/want" || echo "nothing found" > "$work/want"
diff "$work/want" "$work/have" > "$work/found"
quiet "asdex.3: prototypes" "$work/found"

echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
