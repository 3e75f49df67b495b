# read("...") in models and {file: ...} in data: which file they mean, and --no-external-files.

# external NAME STATUS OUTPUT COMMAND: runs it; what it says is OUTPUT (on standard output if the
# status is 0, else a part of its messages).
external() {
  $ASDEX $4 > got 2> err < /dev/null
  status=$?
  if [ $status -eq "$2" ] && case $2 in
    0) [ "$(cat got)" = "$3" ] ;;
    *) [ ! -s got ] && grep -qF -- "$3" err ;;
    esac
  then pass; else fail "$1: asdex $4: status $status, $(cat got)"; fi
  : > err
}
entry() { printf '%s\n1 1\n%s\n' "$matrix" "$2" > "$1"; }
mkdir -p tree/models tree/data/deep tree/elsewhere && cd tree || exit 1
entry models/a.mtx 1
entry data/a.mtx 2
entry data/deep/a.mtx 3
entry a.mtx 4
entry elsewhere/a.mtx 5
echo 'param a[] = read("a.mtx"); var x = 1; return a[1]*x;' > models/m.expr
echo 'param a[] = read("../data/a.mtx"); var x = 1; return a[1]*x;' > models/up.expr
echo 'param a[] = read("../data/deep/../../a.mtx"); var x = 1; return a[1]*x;' > models/updown.expr
echo "param a[] = read(\"$work/tree/data/deep/a.mtx\"); var x = 1; return a[1]*x;" > models/absolute.expr
echo 'param a[]; var x[1] = 1; return a[1]*x[1];' > models/open.expr
echo 'a: {file: a.mtx}' > data/d.yaml
echo '{"a": {"file": "deep/a.mtx"}}' > data/d.json
echo "a: {file: $work/tree/elsewhere/a.mtx}" > data/absolute.yaml
echo 'x: {file: deep/a.mtx}' > data/p.yaml
echo 'a: {file: d.yaml}' > data/nested.yaml
echo 'a: {file: nowhere.mtx}' > data/nowhere.yaml
ln -s ../models/m.expr elsewhere/m.expr
ln -s ../data/deep/a.mtx models/link.mtx
echo 'param a[] = read("link.mtx"); var x = 1; return a[1]*x;' > models/link.expr

external 'beside the model' 0 1 'value models/m.expr'
external 'above the model' 0 2 'value models/up.expr'
external 'up and down' 0 4 'value models/updown.expr'
external 'an absolute path' 0 3 'value models/absolute.expr'
external 'a link is followed' 0 3 'value models/link.expr'
external 'beside the link to the model' 0 5 'value elsewhere/m.expr'
external 'beside the data in YAML' 0 2 'value models/open.expr --data data/d.yaml'
external 'beside the data in JSON' 0 3 'value models/open.expr --data data/d.json'
external 'an absolute path in data' 0 5 'value models/open.expr --data data/absolute.yaml'
external 'beside the point' 0 3 'value models/open.expr --set a=[1] --at data/p.yaml'
external 'data do not name data' 4 'error: ' 'value models/open.expr --data data/nested.yaml'
cat models/m.expr > model
$ASDEX value - < model > got 2> err
[ $? -eq 0 ] && [ "$(cat got)" = 4 ] && pass || fail 'a model on standard input: the current folder'

refused='is not read because of --no-external-files'
for name in m up updown absolute link; do
  external 'refused in a model' 2 "$refused" "value models/$name.expr --no-external-files"
done
for name in d.yaml d.json absolute.yaml nested.yaml; do
  external 'refused in data' 2 "$refused" "value models/open.expr --no-external-files --data data/$name"
done
external 'refused in a point' 2 "$refused" \
  'value models/open.expr --set a=[1] --at data/p.yaml --no-external-files'
external 'refused before it is looked for' 2 "$refused" \
  'value models/open.expr --data data/nowhere.yaml --no-external-files'
external 'what the command line names is read' 0 2 \
  'value models/open.expr --data a=data/a.mtx --no-external-files'
external 'a default that is replaced is not read' 0 7 \
  'value models/m.expr --set a=[7] --no-external-files'
cd "$work" || exit 1
