#!/bin/sh
# Fuzzes: run.sh SECONDS [TARGET...], in a build with --enable-fuzzers.  What it finds new goes to
# fuzz-corpus/TARGET, and what breaks a target to fuzz-found/TARGET-….  Goes on with the next
# target then; ends with a line for each, and status 1 if any was broken.
set -u
seconds=$1
shift
: "${srcdir:=$(dirname "$0")/../..}"
corpus=$srcdir/tests/fuzz/corpus
[ $# -gt 0 ] || set -- parse data mtx json number coloring decompress model generated
ASAN_OPTIONS=${ASAN_OPTIONS-quarantine_size_mb=16}
export ASAN_OPTIONS
broken=0
mkdir -p fuzz-corpus fuzz-found || exit 1
sh "$srcdir"/tests/fuzz/dictionary.sh "$srcdir" > fuzz-corpus/expr.dict || exit 1

# The dictionary and the longest input of a target.
options() {
  case $1 in
  parse) echo "-dict=fuzz-corpus/expr.dict -max_len=8192" ;;
  model) echo "-dict=fuzz-corpus/expr.dict -max_len=400" ;;
  data) echo "-dict=$srcdir/tests/fuzz/data.dict -max_len=2000" ;;
  mtx) echo "-dict=$srcdir/tests/fuzz/mtx.dict -max_len=2000" ;;
  json | decompress) echo "-dict=$srcdir/tests/fuzz/json.dict -max_len=2000" ;;
  number) echo "-max_len=400" ;;
  *) echo "-max_len=1000" ;;
  esac
}

# Further inputs to begin with.
more() {
  case $1 in
  parse) echo "$srcdir/examples" ;;
  esac
}

for target; do
  mkdir -p fuzz-corpus/"$target"
  log=fuzz-found/$target.log
  # shellcheck disable=SC2046
  if tests/fuzz/fuzz "$target" $(options "$target") -max_total_time="$seconds" -timeout=20 \
    -rss_limit_mb=2000 -print_final_stats=1 -artifact_prefix=fuzz-found/"$target"- \
    fuzz-corpus/"$target" "$corpus"/"$target" $(more "$target") > "$log" 2>&1; then
    result=clean
  else
    result=BROKEN broken=1
    grep -aE 'ERROR|SUMMARY|runtime error|^[^ ]*tests/fuzz/|Test unit written' "$log"
  fi
  last=$(grep -a ' cov: ' "$log" | tail -n 1 | sed 's/.*cov: \([0-9]*\) ft: \([0-9]*\).*/\1 edges, \2 features/')
  runs=$(grep -a number_of_executed_units "$log" | tail -n 1 | sed 's/.*: *//')
  echo "$target: $result, ${runs:-?} inputs, ${last:-?}"
done
exit $broken
