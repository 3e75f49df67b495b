#!/bin/sh
# Makes the editors' files from the tables of asdex: keywords from the scanner, functions from the
# operators and from the resolver's table.
#
#   editors/generate.sh SOURCE_FOLDER OUTPUT_FOLDER
set -eu
source=$1 output=$2
lexer=$source/grammar/lexer.l

# The words of the tokens $1, as an alternation of regular expressions.
tokens() {
  awk -v tokens=" $1 " '
    /^[a-z|]+ +return (token|keyword)\(/ {
      token = $0
      sub(/^.*, */, "", token)
      sub(/\).*/, "", token)
      if (index(tokens, " " token " ")) print $1
    }' "$lexer" | paste -s -d '|' -
}

# Words that no group of this script has are a mistake: it says so.
check_groups() {
  known=" PARAM VAR LET DEF AUX RETURN FOR IN IF THEN ELSE AND OR NOT CONSTANT BY INTEGER SPARSE "
  sed -n 's/^[a-z|]* *return \(token\|keyword\)(.*, *\([A-Z]*\));$/\2/p' "$lexer" | while read -r t; do
    case $known in *" $t "*) ;; *) echo "editors/generate.sh: no group has the token $t" >&2; exit 1 ;; esac
  done
}

functions() {
  {
    sed -n 's/^OP([A-Z0-9_]*, "\([a-z0-9]*\)", [0-9]*, [A-Z]*, 1,.*/\1/p' \
      "$source/src/program/ops.def"
    sed -n '/^} builtins/,/;$/p' "$source/src/lang/resolve.c" |
      grep -o '{"[a-z0-9]*"' | sed 's/[{"]//g'
  } | sort -u | paste -s -d '|' -
}

words() { echo "$1" | tr '|' ' '; }

check_groups
declarations=$(tokens "PARAM VAR LET DEF AUX RETURN")
control=$(tokens "FOR IN IF THEN ELSE")
logical=$(tokens "AND OR NOT")
constants=$(tokens CONSTANT)
attributes=$(tokens "INTEGER SPARSE")
by=$(tokens BY)
functions=$(functions)
for group in "$declarations" "$control" "$logical" "$constants" "$attributes" "$by" "$functions"; do
  [ -n "$group" ] || { echo "editors/generate.sh: a table was not understood" >&2; exit 1; }
done

mkdir -p "$output/vim/syntax" "$output/vim/ftdetect"
cat > "$output/vim/ftdetect/asdex.vim" << END
autocmd BufNewFile,BufRead *.expr setfiletype asdex
END

cat > "$output/vim/syntax/asdex.vim" << END
" Vim syntax file
" Language: models of asdex (*.expr)
" Made by editors/generate.sh from the tables of asdex.

if exists("b:current_syntax")
  finish
endif

syn case match
syn keyword asdexStatement $(words "$declarations")
syn keyword asdexConditional $(words "$control")
syn keyword asdexOperator $(words "$logical")
syn keyword asdexConstant $(words "$constants")
syn keyword asdexFunction $(words "$functions")
" Keywords in their places only
syn match asdexAttribute /\\%(\\]\\|\\<\\%(param\\|var\\)\\s\\+\\h\\w*\\)\\@<=\\s*\\zs\\<\\%($(echo "$attributes" | sed 's/|/\\|/g')\\)\\>/
syn match asdexConditional /\\%(\\.\\.[^,;]*[A-Za-z0-9_)\\]]\\)\\@<=\\s\\+\\zs\\<$by\\>/
syn match asdexNumber /\\<\\d\\+\\%(\\.\\d\\+\\|\\.\\.\\@!\\)\\=\\%([eE][-+]\\=\\d\\+\\)\\=i\\=\\w\\@!/
syn match asdexNumber /\\.\\@<!\\.\\d\\+\\%([eE][-+]\\=\\d\\+\\)\\=i\\=\\>/
syn region asdexString start=/"/ end=/"/ oneline
syn match asdexComment /#.*/ contains=@Spell

hi def link asdexStatement Statement
hi def link asdexConditional Conditional
hi def link asdexOperator Operator
hi def link asdexConstant Constant
hi def link asdexFunction Function
hi def link asdexAttribute StorageClass
hi def link asdexNumber Number
hi def link asdexString String
hi def link asdexComment Comment

let b:current_syntax = "asdex"
END

cat > "$output/asdex.tmLanguage.json" << END
{
  "name": "asdex",
  "scopeName": "source.asdex",
  "fileTypes": ["expr"],
  "patterns": [
    {"name": "comment.line.number-sign.asdex", "match": "#.*"},
    {"name": "string.quoted.double.asdex", "match": "\"[^\"]*\""},
    {"name": "storage.modifier.asdex", "match": "(?<=\\\\])\\\\s*\\\\b($attributes)\\\\b"},
    {"match": "\\\\b(param|var)\\\\s+\\\\w+\\\\s+($attributes)\\\\b",
     "captures": {"1": {"name": "storage.type.asdex"}, "2": {"name": "storage.modifier.asdex"}}},
    {"match": "(\\\\.\\\\.[^,;#]*?[\\\\w)\\\\]]\\\\s+)($by)\\\\b",
     "captures": {"1": {"patterns": [{"include": "\$self"}]}, "2": {"name": "keyword.control.asdex"}}},
    {"name": "storage.type.asdex", "match": "\\\\b($declarations)\\\\b"},
    {"name": "keyword.control.asdex", "match": "\\\\b($control)\\\\b"},
    {"name": "keyword.operator.logical.asdex", "match": "\\\\b($logical)\\\\b"},
    {"name": "constant.language.asdex", "match": "\\\\b($constants)\\\\b"},
    {"name": "support.function.asdex", "match": "\\\\b($functions)\\\\b"},
    {"name": "constant.numeric.asdex",
     "match": "(?<!\\\\w)(\\\\d+(\\\\.\\\\d+|\\\\.(?!\\\\.))?|(?<!\\\\.)\\\\.\\\\d+)([eE][-+]?\\\\d+)?i?(?!\\\\w)"},
    {"name": "keyword.operator.asdex", "match": "\\\\.\\\\.|==|!=|<=|>=|[-+*/%^<>=]"}
  ]
}
END
