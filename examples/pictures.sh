#!/bin/sh
# Draws the pattern of every example: as SVG, and as its sizes in words.
#
#   ASDEX=path/to/asdex examples/pictures.sh EXAMPLES OUTPUT [text]
#
# writes OUTPUT/NAME.svg and OUTPUT/NAME.txt, the sizes; with `text` only these.  A model runs with
# the files of data that its first lines name.
set -eu
examples=$1 output=$2
: "${ASDEX:=asdex}"
mkdir -p "$output"
output=$(cd "$output" && pwd)
cd "$examples/.."
folder=$(basename "$examples")

for model in "$folder"/*.expr; do
  name=$(basename "$model" .expr)
  arguments=$(sed -n 's/^# run: *asdex [a-z]* *//p' "$model" | head -n 1 | sed "s,examples/,$folder/,g")
  : "${arguments:=$model}"
  # Where the pattern is one block, or too fine to see, a smaller one shows the same.
  case $name in
  control) arguments="$arguments --set T=15" ;;
  fisher) arguments="$arguments --set m=16" ;;
  lennard_jones) arguments="$arguments --set n=5" ;;
  network) arguments="$arguments --set hidden=3" ;;
  rosenbrock) arguments="$arguments --set n=20" ;;
  esac
  case $arguments in
  *--holomorphic*)
    # shellcheck disable=SC2086
    "$ASDEX" hessian -q $arguments -o "$output/$name.mtx"
    arguments=$output/$name.mtx
    ;;
  esac
  # shellcheck disable=SC2086
  "$ASDEX" spy $arguments > "$output/$name.spy"
  head -n 1 "$output/$name.spy" > "$output/$name.txt"
  # shellcheck disable=SC2086
  [ "${3-}" = text ] || "$ASDEX" spy $arguments --size 200x200 -o "$output/$name.svg"
  rm -f "$output/$name.mtx" "$output/$name.spy"
done
