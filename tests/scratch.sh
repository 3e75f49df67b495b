# What test scripts begin with, to be read by `.`: the folder $work, which goes when they end, the
# counts $passed and $failed, and how to count.
# shellcheck shell=sh
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
# shellcheck disable=SC2034
passed=0 failed=0

pass() { passed=$((passed + 1)); }

# succeeds NAME COMMAND...: passes if the command succeeds; shows the first lines of what it said.
succeeds() {
  name=$1
  shift
  if "$@" > "$work/out" 2>&1 < /dev/null; then pass; else
    failed=$((failed + 1))
    echo "FAIL: $name"
    head -n 20 "$work/out"
  fi
}
