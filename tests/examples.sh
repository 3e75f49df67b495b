#!/bin/sh
# Runs every command that README.md and the manual pages (as they were built, in the folder $MANUAL)
# show, and every example model.
#
# A command is a line that begins with "$ asdex" in a code block; the lines below it, up to the
# next "$ ", a blank line or the end of the block, are what it must print (standard output and
# standard error together; a line "..." stands for the rest).  Without shown output the command has
# to succeed.  Each example runs as its comment "# run: asdex ..." says, or as `asdex hessian`; that
# must give the same bytes with other threads and chunks.
# Commands with --exact or --check exact are left out in a build without GMP.
# Ends with "N passed, N failed".
set -u
: "${srcdir:=$(dirname "$0")/..}"
srcdir=$(cd "$srcdir" && pwd)
: "${ASDEX:=$PWD/asdex}"
: "${MANUAL:=$PWD/man}"
MANUAL=$(cd "$MANUAL" && pwd)

. "$(dirname "$0")/scratch.sh"
mkdir "$work/bin" "$work/run" && ln -s "$ASDEX" "$work/bin/asdex" || exit 1
cp -R "$srcdir/examples" "$work/run/examples" && chmod -R u+w "$work/run/examples" || exit 1
PATH=$work/bin:$PATH
export PATH
exact=false
asdex --version | grep -q '^Features:.* gmp' && exact=true

# Prints the code blocks of a README (fences) or of a manual page, one marker line between them.
blocks() {
  case $1 in
  *.md) awk '/^ *```/ { inside = !inside; print "@end"; next } inside { print }' "$1" ;;
  *) sed -e 's/^\..*/@end/' \
      -e 's/\\-/-/g; s/\\&//g; s/\\(aq/'\''/g; s/\\(dq/"/g; s/\\(ti/~/g; s/\\(ha/^/g' \
      -e 's/\\\[aq\]/'\''/g; s/\\\[ti\]/~/g; s/\\\[ha\]/^/g; s/\\e/\\/g; s/\\(rs/\\/g' "$1" ;;
  esac
}

fail() {
  failed=$((failed + 1))
  echo "FAIL: $1"
}

# Runs command number $1 of the document in $2 and compares.
check() {
  dir=$work/doc
  command=$(cat "$dir/$1.cmd")
  case $command in *--exact* | *"--check exact"*) $exact || return ;; esac
  (cd "$work/run" && sh -c "$command" < /dev/null > "$dir/out" 2>&1)
  status=$?
  if [ -s "$dir/$1.out" ]; then
    if [ "$(tail -n 1 "$dir/$1.out")" = ... ]; then
      lines=$(($(wc -l < "$dir/$1.out") - 1))
      head -n $lines "$dir/$1.out" > "$dir/want"
      head -n $lines "$dir/out" > "$dir/got"
    else
      cp "$dir/$1.out" "$dir/want"
      cp "$dir/out" "$dir/got"
    fi
    if cmp -s "$dir/want" "$dir/got"; then pass; else
      fail "$2: $command"
      diff -u "$dir/want" "$dir/got" | sed 1,2d | head -n 30
    fi
  elif [ $status -eq 0 ]; then pass; else
    fail "$2: $command (status $status)"
    head -n 10 "$dir/out"
  fi
}

for document in "$srcdir/README.md" "$MANUAL"/*.[15]; do
  [ -f "$document" ] || continue
  rm -rf "$work/doc"
  mkdir "$work/doc"
  blocks "$document" | awk -v dir="$work/doc" '
    more { print > cmd; more = /\\$/; next }
    /^\$ (asdex|echo)/ {
      n++
      cmd = dir "/" n ".cmd"
      out = dir "/" n ".out"
      printf "" > out
      print substr($0, 3) > cmd
      more = /\\$/
      next
    }
    /^\$ / || /^$/ || /^@end$/ { out = ""; next }
    out != "" { print > out }
    END { print n + 0 > (dir "/count") }'
  i=1
  while [ $i -le "$(cat "$work/doc/count")" ]; do
    check $i "$(basename "$document")"
    i=$((i + 1))
  done
done

for model in "$srcdir"/examples/*.expr; do
  [ -f "$model" ] || continue
  name=$(basename "$model")
  command=$(sed -n 's/^# run: *//p' "$model" | head -n 1)
  : "${command:=asdex hessian examples/$name}"
  if (cd "$work/run" && sh -c "$command" < /dev/null > "$work/out" 2>&1); then pass; else
    fail "$command"
    head -n 10 "$work/out"
  fi
  cp "$work/out" "$work/want"
  for options in "--threads 1 --chunk-size 1" "--threads 2" "--threads 7 --chunk-size 2"; do
    case $command in asdex\ hessian*) ;; *) break ;; esac
    (cd "$work/run" && sh -c "$command $options" < /dev/null > "$work/out" 2>&1)
    if cmp -s "$work/want" "$work/out"; then pass; else fail "$command $options: other output"; fi
  done
  command=$(echo "$command" | sed 's/asdex hessian/asdex verify/')
  if (cd "$work/run" && sh -c "$command" < /dev/null > "$work/out" 2>&1); then pass; else
    fail "$command"
    head -n 10 "$work/out"
  fi
done

echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
