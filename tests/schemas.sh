#!/bin/sh
# Every JSON output against its schema in schemas/, with tests/schemas/validate and, where Python's
# jsonschema is installed, with that, too; and the same outputs spoiled, which no schema may take.
# Ends with "N passed, N failed".
set -u
: "${srcdir:=$(dirname "$0")/..}"
srcdir=$(cd "$srcdir" && pwd)
: "${ASDEX:=$PWD/asdex}"
: "${VALIDATE:=$PWD/tests/schemas/validate}"

. "$(dirname "$0")/scratch.sh"
cp -R "$srcdir/examples" "$work/examples" && chmod -R u+w "$work/examples" || exit 1
mkdir "$work/lines"
cd "$work" || exit 1
exact=false
"$ASDEX" --version | grep -q '^Features:.* gmp' && exact=true

fail() {
  failed=$((failed + 1))
  echo "FAIL: $1"
  head -n 5 "$work/found"
}

# check KIND ARGUMENT...: what asdex writes with these arguments, on standard output or for error and
# timings on standard error, is valid; it is collected in lines/KIND.
check() {
  kind=$1
  shift
  case " $* " in *" --exact "* | *" exact "*) $exact || return ;; esac
  case $kind in
  error | timings) "$ASDEX" "$@" < /dev/null 2> line > /dev/null ;;
  *) "$ASDEX" "$@" < /dev/null > line 2> /dev/null ;;
  esac
  if "$VALIDATE" "$srcdir/schemas/$kind.json" < line > found 2>&1; then pass; else fail "$kind: $*"; fi
  cat line >> "lines/$kind"
}
json() { # KIND COMMAND ARGUMENT...
  check "$@" --format json
}

cat > odd.expr << 'END'
param c = 1;
var x[3] = 1;
var y[0..2 by 2] = 1;
var t[i in 1..2, j in i..2] = 1;
let s[i in 1..3] = x[i]*y[0];
aux square[i in 1..2, j in 1..3] = i*x[j];
aux triangle[i in 1..2, j in i..2] = t[i, j];
aux one = c;
return sum(sqrt(s[i]) for i in 1..3) + x[1]*t[1, 2]*y[2] + t[1, 1]*t[2, 2];
END
echo 'return 1;' > empty.expr
echo 'var x[3] = 2; aux a = x[1]/3; return x[1]^2*x[2] + x[3]/x[1];' > rational.expr
echo 'var x[3] = 1; return sqrt(x[1] - 1) + x[2]*x[3];' > infinite.expr
printf 'var x;\nreturn sqrt(x' > bad.expr
printf 'var x[3] = 1;\nreturn sum(x[i+1] for i in 1..3);\n' > range.expr
echo 'x: [1, two, 3]' > bad.yaml

models='examples/rosenbrock.expr --set n=4
examples/rosenbrock.expr --set n=3 --at examples/rosenbrock_points.yaml
examples/impedance.expr --holomorphic
examples/powerflow.expr --data examples/powerflow.json
odd.expr
empty.expr
infinite.expr
rational.expr --exact'

while read -r model; do
  # shellcheck disable=SC2086
  set -- $model
  json value value "$@"
  json gradient gradient "$@"
  json gradient gradient "$@" --with-value --with-aux --labels
  json hvp hvp "$@" --labels
  json hvp hvp "$@" --vector random:1
  json compressed compress "$@"
  json compressed compress "$@" --with-value --with-aux --labels
  for layout in coo csr csc dense; do json hessian hessian "$@" --layout $layout; done
  json hessian hessian "$@" --triangle lower --with-value --with-aux
  json hessian hessian "$@" --triangle lower --layout csc --method acyclic --labels
  json hessian hessian "$@" --no-symmetric
  json hessian hessian "$@" --blocks --with-value
  for check in matvec dense; do json verify verify "$@" --check $check; done
  case $model in infinite*) ;; *) check timings hessian "$@" --timings=json -q ;; esac
done << END
$models
END
for model in "examples/rosenbrock.expr --set n=4" odd.expr empty.expr; do
  # shellcheck disable=SC2086
  set -- $model
  json verify verify "$@" --check fd
  json info info "$@"
  json sparsity sparsity "$@" --labels
  json coloring coloring "$@" --labels --ordering best
  json coloring coloring "$@" --no-symmetric
  check timings coloring "$@" --timings=json
  "$ASDEX" coloring "$@" --labels -o coloring.json
  json validation coloring "$@" --validate coloring.json
  "$ASDEX" compress "$@" --coloring coloring.json --format json -o compressed.json 2> found
  json hessian decompress compressed.json --coloring coloring.json --labels
done
json verify verify rational.expr --check exact
json info info odd.expr --wrt y
json sparsity sparsity odd.expr --wrt y,t
json gradient gradient odd.expr --wrt x
json hvp hvp odd.expr --wrt x
json hessian hessian odd.expr --wrt y,x --blocks --labels
json coloring coloring examples/quadratic_form.mtx
json sparsity sparsity examples/quadratic_form.mtx
echo '[[1, 0], [0, 1], [0, 0], [2, 3]]' > vectors.json
json hvp hvp examples/rosenbrock.expr --set n=4 --vector vectors.json
# Wrong colorings, and a wrong Hessian: one of a pattern without its diagonal.
"$ASDEX" coloring examples/rosenbrock.expr --set n=4 -o coloring.json
sed 's/"num_colors":[0-9]*,"colors":[^]]*/"num_colors":1,"colors":[0,0,0,0/' coloring.json > wrong.json
json validation coloring examples/rosenbrock.expr --set n=4 --validate wrong.json
sed 's/"nnz":[0-9]*/"nnz":6/; s/"rows":[^]]*/"rows":[0,1,1,2,2,3/; s/"cols":[^]]*/"cols":[1,0,2,1,3,2/' \
  coloring.json > lacking.json
for check in matvec dense fd exact; do
  json verify verify examples/rosenbrock.expr --set n=4 --coloring lacking.json --check $check
done

check error hessian --error-format json --nope
check error hessian --error-format json bad.expr
check error hessian --error-format json range.expr
check error hessian --error-format json no-such-file.expr
check error value --error-format json infinite.expr --at bad.yaml
check error hessian --error-format json infinite.expr
check error hessian --error-format json examples/minsurf.expr --no-symmetric --ordring x

# Each schema has been used, and refuses what has another member, version, or lacks one.
for schema in "$srcdir"/schemas/*.json; do
  kind=$(basename "$schema" .json)
  if [ ! -s "lines/$kind" ]; then
    echo "no output was validated" > found
    fail "$kind.json"
    continue
  fi
  head -n 1 "lines/$kind" > line
  : > found
  for spoil in 's/^{/{"other":1,/' "s,asdex/$kind/1,asdex/$kind/2," 's/,"[a-z_]*":/,"other":/' \
    's/^{"schema":"[^"]*",*/{/'; do
    sed "$spoil" line > spoiled
    "$VALIDATE" "$schema" < spoiled > /dev/null 2>&1 && echo "valid after $spoil" >> found
  done
  if [ -s found ]; then fail "$kind.json, spoiled"; else pass; fi
done

if python3 -c 'import jsonschema' 2> /dev/null; then
  python3 - "$srcdir/schemas" lines > found 2>&1 << 'END'
import json, os, sys
from jsonschema import Draft202012Validator as Validator
schemas, lines = sys.argv[1:]
for name in sorted(os.listdir(schemas)):
    with open(os.path.join(schemas, name)) as file:
        schema = json.load(file)
    Validator.check_schema(schema)
    validator = Validator(schema)
    with open(os.path.join(lines, name[:-5])) as file:
        for line in file:
            for error in validator.iter_errors(json.loads(line)):
                print(name, error.message[:200])
END
  if [ -s found ]; then fail "Python's jsonschema"; else pass; fi
fi

echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
