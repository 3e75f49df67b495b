#!/bin/sh
# What an installed asdex must do, with nothing of the source folder at hand: make installcheck, and
# the test of the Debian package.
#
#   tests/smoke.sh ASDEX DOCDIR MANDIR [DATADIR]
#
# runs the program, the installed examples, and looks for the manual pages (packages compress them),
# and in DATADIR (by default above MANDIR) for the completions and the schemas.
# Ends with "N passed, N failed".
set -u
asdex=$1 docs=$2 man=$3 data=${4-$3/..}
case $asdex in */*) asdex=$(cd "$(dirname "$asdex")" && pwd)/$(basename "$asdex") ;; esac

. "$(dirname "$0")/scratch.sh"

cp -R "$docs/examples" "$work/examples" && chmod -R u+w "$work/examples" || exit 1
find "$work/examples" -name '*.gz' -exec gunzip {} +
cd "$work" || exit 1

succeeds "version" "$asdex" --version
succeeds "help" "$asdex" --help
for page in man1/asdex.1 man5/asdex-language.5 man5/asdex-formats.5 \
  $("$asdex" help | sed -n '/^Commands:/,/^$/s/^  \([a-z][a-z]*\) .*/man1\/asdex-\1.1/p'); do
  succeeds "the manual page $page" sh -c "test -s '$man/$page' || test -s '$man/$page.gz'"
done
for file in bash-completion/completions/asdex zsh/site-functions/_asdex \
  fish/vendor_completions.d/asdex.fish asdex/schemas/hessian.json asdex/schemas/error.json; do
  succeeds "$file" test -s "$data/$file"
done
succeeds "the tutorial" sh -c "test -s '$docs/doc/tutorial.md' || test -s '$docs/doc/tutorial.md.gz'"

cat > want << 'END'
%%MatrixMarket matrix coordinate real symmetric
3 3 5
1 1 102
2 1 -200
2 2 302
3 2 -200
3 3 200
END
"$asdex" hessian examples/rosenbrock.expr --set n=3 --no-comments > got 2>&1
succeeds "a Hessian" cmp want got
"$asdex" coloring examples/minsurf.expr -o coloring.json
"$asdex" hessian examples/minsurf.expr --coloring coloring.json --no-comments > want
"$asdex" compress examples/minsurf.expr --coloring coloring.json |
  "$asdex" decompress - --coloring coloring.json --no-comments > got
succeeds "compression and its way back" cmp want got
"$asdex" value no-such-file.expr 2> got
succeeds "the status of a missing file" test $? -eq 6
for model in examples/*.expr; do
  # shellcheck disable=SC2046
  succeeds "$model" "$asdex" verify \
    $(sed -n 's/^# run: *asdex [a-z]* *//p' "$model" | head -n 1 | grep . || echo "$model")
done

echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
