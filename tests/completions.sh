#!/bin/sh
# The completions as they were built (in the folder $COMPLETIONS): bash's are asked, in a real bash;
# zsh's and fish's are read by their shells, where these are installed, and compared with --help.
# Ends with "N passed, N failed".
set -u
: "${ASDEX:=$PWD/asdex}"
: "${COMPLETIONS:=$PWD/completions}"
COMPLETIONS=$(cd "$COMPLETIONS" && pwd)

. "$(dirname "$0")/scratch.sh"
mkdir "$work/in" "$work/in/folder" && cd "$work/in" || exit 1
touch model.expr 'my model.expr' pattern.mtx coloring.json notes.txt
has() { command -v "$1" > /dev/null 2>&1; }

# Compares $work/want with $work/have.
compare() {
  if diff "$work/want" "$work/have" > "$work/found" 2>&1; then pass; else
    failed=$((failed + 1))
    echo "FAIL: $1"
    head -n 10 "$work/found"
  fi
}

# complete WORD...: what bash offers for the last word, sorted.
cat > "$work/complete" << 'END'
source "$1"
shift
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
COMPREPLY=()
_asdex
((${#COMPREPLY[@]})) && printf '%s\n' "${COMPREPLY[@]}"
END
offers() { # EXPECTED WORD...: EXPECTED with blanks between the answers, %20 within them
  want=$1
  shift
  for word in $want; do echo "$word" | sed 's/%20/ /g'; done | sort > "$work/want"
  LC_ALL=C bash "$work/complete" "$COMPLETIONS/bash/asdex" "$@" 2>&1 | sort > "$work/have"
  compare "bash: $*"
}

commands=$("$ASDEX" help | sed -n '/^Commands:/,/^$/s/^  \([a-z][a-z]*\) .*/\1/p')
topics=$("$ASDEX" help | sed -n '/^Topics:/,/^$/s/^  \([a-z][a-z]*\) .*/\1/p')
options() { # of a command, as --help lists them
  "$ASDEX" "$1" --help | sed -n 's/^ *\(-., \)\{0,1\}--\([a-z-]*\).*/\2/p'
}

if has bash; then
  # shellcheck disable=SC2086
  {
    offers "$(echo $commands help)" asdex ""
    offers "$(echo $commands $topics)" asdex help ""
  }
  offers "hessian help hvp" asdex h
  offers "colorings coloring compress" asdex help co
  for command in $commands; do
    options "$command" | sort > "$work/want"
    LC_ALL=C bash "$work/complete" "$COMPLETIONS/bash/asdex" asdex "$command" -- |
      sed 's/^--//; s/=$//' | sort > "$work/have"
    compare "bash: the options of $command"
  done
  offers "star acyclic" asdex hessian --method ""
  offers "star" asdex hessian --method = st
  offers "star acyclic" asdex hessian --method =
  offers "--method=star" asdex hessian --method=s
  offers "mtx json dense csv" asdex hessian --format ""
  offers "text svg png pdf" asdex spy --format ""
  offers "text json" asdex hessian --timings =
  offers "model.expr my%20model.expr folder" asdex hessian --timings ""
  offers "model.expr my%20model.expr folder" asdex hessian ""
  offers "model.expr" asdex hessian mo
  offers "model.expr my%20model.expr pattern.mtx coloring.json folder" asdex coloring ""
  offers "notes.txt" asdex hessian no
  offers "pattern.mtx" asdex hessian --at p
  offers "random:" asdex hessian --at ra
  offers "coloring.json" asdex hessian model.expr -o c
  offers "" asdex hessian --set ""
  offers "" asdex hessian --threads ""
  offers "--rtol=" asdex verify --rt
  offers "" asdex hessian --rt
fi

# zsh and fish: each option of each command, told or not.
for command in $commands; do
  options "$command" | sort > "$work/want"
  sed -n "/^  $command)\$/,/;;\$/p" "$COMPLETIONS/zsh/_asdex" |
    sed -n "s/^ *'\((-[a-zA-Z] --[a-z]*)'{-.+*,\)\{0,1\}[*]*--\([a-z-]*[a-z]\).*/\2/p" |
    sort > "$work/have"
  compare "zsh: the options of $command"
  sed -n "s/^complete -c asdex -n '__fish_seen_subcommand_from \([a-z ]* \)*$command[ '].* -l \([a-z-]*\).*/\2/p" \
    "$COMPLETIONS/fish/asdex.fish" | sort > "$work/have"
  compare "fish: the options of $command"
done
: > "$work/want"
if has zsh; then
  zsh -n "$COMPLETIONS/zsh/_asdex" > "$work/have" 2>&1
  compare "zsh reads it"
fi
if has fish; then
  fish -n "$COMPLETIONS/fish/asdex.fish" > "$work/have" 2>&1
  compare "fish reads it"
  # shellcheck disable=SC2086
  printf '%s\n' $commands help | sort > "$work/want"
  fish -N -c "source $COMPLETIONS/fish/asdex.fish; complete -C 'asdex '" | cut -f 1 | sort > "$work/have"
  compare "fish: the commands"
  printf '%s\n' star acyclic | sort > "$work/want"
  fish -N -c "source $COMPLETIONS/fish/asdex.fish; complete -C 'asdex hessian --method '" |
    cut -f 1 | sort > "$work/have"
  compare "fish: --method"
fi

echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
