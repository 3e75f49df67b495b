#!/bin/sh
# Goes through doc/tutorial.md as its reader does.
#
# A fence with a second word ("```python newton.py") is a file of that name.  In the other fences a
# line "$ command" is run, in the order of the text and in one folder; the lines below it, up to the
# next command or the end of the fence, are what it must print (standard output and standard error
# together; a line "..." stands for the rest).  Without shown output a command has to succeed and to
# print nothing.  Commands of Python are left out where there is no SciPy.
# Ends with "N passed, N failed".
set -u
: "${srcdir:=$(dirname "$0")/..}"
srcdir=$(cd "$srcdir" && pwd)
: "${ASDEX:=$PWD/asdex}"

. "$(dirname "$0")/scratch.sh"
mkdir "$work/bin" "$work/run" "$work/steps" && ln -s "$ASDEX" "$work/bin/asdex" &&
  ln -s "$srcdir/examples" "$work/run/examples" || exit 1
python=
for candidate in ${PYTHON-} python3 /usr/bin/python3; do
  if "$candidate" -c 'import scipy.optimize' 2> /dev/null; then
    python=$(command -v "$candidate")
    printf '#!/bin/sh\nexec %s -B "$@"\n' "$python" > "$work/bin/python3"
    chmod +x "$work/bin/python3"
    break
  fi
done
PATH=$work/bin:$PATH
export PATH

# A step is N.file with N.text, or N.command with N.want.
awk -v steps="$work/steps/" '
  /^```/ && inside { inside = 0; close(out); out = ""; next }
  /^```/ {
    inside = 1
    if (NF == 2) {
      n++
      out = steps n ".text"
      print $2 > (steps n ".file")
      printf "" > out
    }
    next
  }
  !inside { next }
  /^\$ / && out !~ /text$/ {
    close(out)
    n++
    out = steps n ".want"
    print substr($0, 3) > (steps n ".command")
    printf "" > out
    next
  }
  out != "" { print > out }
  END { print n + 0 > (steps "count") }' "$srcdir/doc/tutorial.md"

# Compares step $1's output with what the text shows.
compare() {
  if [ "$(tail -n 1 "$1.want")" = ... ]; then
    lines=$(($(wc -l < "$1.want") - 1))
    head -n $lines "$1.want" > "$work/want"
    head -n $lines "$work/out" > "$work/got"
  else
    cp "$1.want" "$work/want"
    cp "$work/out" "$work/got"
  fi
  cmp -s "$work/want" "$work/got" && { [ -s "$1.want" ] || [ "$2" -eq 0 ]; }
}

i=1
while [ $i -le "$(cat "$work/steps/count")" ]; do
  step=$work/steps/$i
  i=$((i + 1))
  if [ -f "$step.file" ]; then
    cp "$step.text" "$work/run/$(cat "$step.file")"
    continue
  fi
  command=$(cat "$step.command")
  case $command in
  python3*) [ -n "$python" ] || continue ;;
  esac
  (cd "$work/run" && sh -c "$command" < /dev/null > "$work/out" 2>&1)
  if compare "$step" $?; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "FAIL: doc/tutorial.md: $command"
    diff -u "$work/want" "$work/got" | sed 1,2d | head -n 30
  fi
done
[ -n "$python" ] || echo "no Python with SciPy: its commands were left out"

echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
