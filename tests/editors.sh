#!/bin/sh
# The editors' files are what the tables make of them; their words are those that asdex knows; and
# Vim and a reader of TextMate grammars (where Vim and Python are installed) color a sample right.
# Ends with "N passed, N failed".
set -u
: "${srcdir:=$(dirname "$0")/..}"
srcdir=$(cd "$srcdir" && pwd)
: "${ASDEX:=$PWD/asdex}"

. "$(dirname "$0")/scratch.sh"
grammar=$srcdir/editors/asdex.tmLanguage.json

check() { # NAME STATUS
  if [ "$2" -eq 0 ]; then passed=$((passed + 1)); else
    failed=$((failed + 1))
    echo "FAIL: $1"
  fi
}

sh "$srcdir/editors/generate.sh" "$srcdir" "$work/made"
for file in asdex.tmLanguage.json vim/syntax/asdex.vim vim/ftdetect/asdex.vim; do
  cmp "$work/made/$file" "$srcdir/editors/$file"
  check "editors/$file is stale: make editors" $?
done

# A reserved word cannot name a variable; the words of one place alone can.
reserved=$(sed -n 's/.*"\(storage.type\|keyword.control\|keyword.operator.logical\|constant.language\|support.function\)\.asdex", "match": "[^(]*(\([a-z0-9|]*\)).*/\2/p' "$grammar" | tr '|' ' ')
for word in $reserved; do
  ! echo "var $word = 1; return 1;" | "$ASDEX" value > /dev/null 2>&1
  check "'$word' can be a name" $?
done
for word in by integer sparse; do
  echo "var $word = 1; return $word;" | "$ASDEX" value > /dev/null
  check "'$word' cannot be a name" $?
done
# Whatever an example calls is a function, or its own.
cat "$srcdir"/examples/*.expr | sed 's/#.*//' > "$work/examples"
own=$(sed -n 's/^ *def  *\([A-Za-z0-9_]*\)(.*/\1/p' "$work/examples")
for word in $(grep -o '[A-Za-z_][A-Za-z0-9_]*(' "$work/examples" | sed 's/(//' | sort -u); do
  case " $(echo $own $reserved) " in
  *" $word "*) check "$word" 0 ;;
  *) check "the function '$word' has no color" 1 ;;
  esac
done

awk 'NR % 2' "$srcdir/tests/editors/sample.txt" > "$work/sample.expr"
if python3 -c 'import sys; sys.exit(sys.version_info < (3, 8))' 2> /dev/null; then
  python3 -B "$srcdir/tests/editors/textmate.py" "$grammar" "$work/sample.expr" > "$work/textmate"
  diff "$srcdir/tests/editors/sample.txt" "$work/textmate"
  check "the TextMate grammar colors otherwise" $?
fi
if vim --version 2> /dev/null | grep -q '+syntax'; then
  HOME=$work OUT=$work/vim vim -N -u NONE -i NONE -n -es --cmd "set rtp^=$srcdir/editors/vim" \
    --cmd 'filetype on' --cmd 'syntax on' -S "$srcdir/tests/editors/vim.vim" "$work/sample.expr" \
    < /dev/null > /dev/null 2>&1
  diff "$srcdir/tests/editors/sample.txt" "$work/vim"
  check "Vim colors otherwise" $?
fi

echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
