# What -o names, and what standard input and output are.

wants() { # NAME STATUS: the status and, unless it is 0, a message
  if [ "$status" -eq "$2" ] && { [ "$2" -eq 0 ] || [ "$2" -gt 128 ] || grep -q '^asdex: error: ' err; }
  then pass; else fail "$1: status $status, not $2"; fi
}
holds() { cmp -s "$2" right && pass || fail "$1: $2 is not what it should be"; }
hessian="$ASDEX hessian $model --at p.yaml"
mkdir out.d && $hessian > right 2> err || fail 'the Hessian on standard output'

for name in $(commands | cut -d' ' -f1 | sort -u); do
  commands | grep "^$name " | head -n 1 > list
  IFS= read -r command < list
  input_of "$command"
  $ASDEX $command < $input > /dev/full 2> err
  status=$?
  wants "$name > /dev/full" 6
  $ASDEX $command < $input >&- 2> err
  status=$?
  wants "$name >&-" 6
  $ASDEX $command -o /dev/full < $input 2> err
  status=$?
  wants "$name -o /dev/full" 6
  [ -c /dev/full ] && pass || fail "$name -o /dev/full: the device is gone"
done
$ASDEX --help > /dev/full 2> err
status=$?
wants '--help > /dev/full' 6
$ASDEX --version >&- 2> err
status=$?
wants '--version >&-' 6

# A reader that goes away, after more than a pipe holds.
echo 'param n = 100000; var x[n] = 1; return sum(x[i]^2*x[i+1] for i in 1..n-1);' > large.expr
{ $ASDEX hessian large.expr 2> err; echo $? > status; } | head -n 1 > first
read -r status < status
wants 'a reader that goes away' 141
[ ! -s err ] && grep -q '^%%MatrixMarket' first && pass || fail 'what the reader that went away got'
(trap '' PIPE; { $ASDEX hessian large.expr 2> err; echo $? > status; } | head -n 1 > first)
read -r status < status
wants 'a reader that goes away while SIGPIPE is ignored' 6

# Closed descriptors are not taken for files that were opened since.
$ASDEX value - <&- 2> err
status=$?
wants 'value - <&-' 6
printf 'x: {file: "-"}\ny: 1\n' > dash.yaml
$ASDEX value $model --at dash.yaml <&- 2> err
status=$?
wants 'a point that names standard input, closed' 6
$hessian -o out.d/a <&- >&- 2>&-
status=$?
wants 'all descriptors closed' 0
holds 'all descriptors closed' out.d/a
$ASDEX value nowhere.expr 2>&-
status=$?
[ $status -eq 6 ] && pass || fail "no standard error: status $status"
: > err

# What is no regular file is written to; a folder is refused; links are followed.
mkfifo fifo
cat fifo > through &
$hessian -o fifo 2> err
status=$?
wait $!
wants '-o FIFO' 0
holds '-o FIFO' through
[ -p fifo ] && pass || fail '-o FIFO: it is none any more'
mkfifo feed
cat m.expr > feed &
$ASDEX hessian feed --data d.yaml --at p.yaml --no-comments -o out.d/fed 2> err
status=$?
wait $!
wants 'a model from a FIFO' 0
$hessian -o out.d 2> err
status=$?
wants '-o FOLDER' 6
ln -s out.d/target link && ln -s link chain
$hessian -o chain 2> err
status=$?
wants '-o LINK' 0
holds '-o LINK' out.d/target
[ -h chain ] && [ -h link ] && pass || fail '-o LINK: the link was replaced'
ln -s loop loop
$hessian -o loop 2> err
status=$?
wants '-o LOOP' 6
echo old > one && ln one two && chmod 604 one
$hessian -o one 2> err
status=$?
wants '-o HARD LINK' 0
holds '-o HARD LINK' one
first_line two
[ "$line" = old ] && pass || fail '-o HARD LINK: the other name was written to'
[ "$(ls -l one | cut -c 1-10)" = -rw----r-- ] && pass || fail '-o FILE: its mode is not kept'
$hessian -o nowhere/out 2> err
status=$?
wants '-o in no folder' 6
for file in m.expr d.yaml p.yaml A.mtx x.mtx; do
  cp $file copy
  ln -f $file hard
  $hessian -o hard 2> err
  status=$?
  wants "-o = $file, by another name" 2
  cmp -s $file copy && pass || fail "-o = $file: it was written to"
done
no_temporary && no_temporary out.d && pass || fail 'a temporary is left'

# A folder and a file that may not be written to, for someone who is not root.
mkdir closed && echo old > closed/file && echo old > out.d/readonly
chmod 444 out.d/readonly && chmod 555 closed && chmod 755 "$work" && chmod 777 out.d
as_user=
if [ "$(id -u)" -eq 0 ]; then as_user='setpriv --reuid 65534 --regid 65534 --clear-groups'; fi
if $as_user $ASDEX --version > /dev/null 2>&1; then
  for file in closed/file closed/new out.d/readonly; do
    $as_user $hessian -o $file 2> err
    status=$?
    wants "-o $file, which may not be written" 6
  done
  cat closed/* out.d/readonly > olds
  printf 'old\nold\n' | cmp -s - olds && pass || fail 'what may not be written was'
else
  left_out 'folders that may not be written to, as root may'
fi
chmod 755 closed

# A small file system: full at each size from an empty file on.  Large ones get the space of both.
cat > mounted.sh << 'END'
mkdir small && mount -t tmpfs -o size=64k,nr_inodes=8 asdex small || exit 99
echo old > small/out
$ASDEX hessian large.expr -o small/out 2> err; echo $?
read -r line < small/out && echo "$line"
ls -A small
touch small/1 small/2 small/3 small/4 small/5 small/6 small/7 2> /dev/null
$ASDEX hessian $model --at p.yaml -o small/out 2>> err; echo $?
read -r line < small/out && echo "$line"
ls -A small | grep -c asdex
END
export ASDEX model
for isolate in 'unshare -m' 'unshare -rm'; do
  $isolate sh mounted.sh > mounted 2> /dev/null
  [ $? -eq 99 ] || break
done
if [ -s mounted ]; then
  printf '6\nold\nout\n6\nold\n0\n' | cmp -s - mounted && pass || fail "a full file system: $(cat mounted)"
else
  left_out 'a full file system, as none can be mounted'
fi

# Signals while it waits for its input, with a temporary open: the first point is answered.  (Not
# SIGINT, which a shell makes what runs beside it ignore.)
for signal in TERM:143 HUP:129; do
  echo old > out
  rm -f points
  mkfifo points
  $ASDEX value $model --at points -o out 2> err &
  running=$!
  exec 4> points
  printf 'x: 1\ny: 2\n---\n' >&4
  tries=0
  while no_temporary && [ $tries -lt 200 ]; do
    sleep 0.05
    tries=$((tries + 1))
  done
  kill -"${signal%:*}" $running
  wait $running
  status=$?
  exec 4>&-
  first_line out
  if no_temporary && [ "$line" = old ]; then
    wants "SIG$signal" "${signal#*:}"
  else
    fail "SIG$signal: the output is not the old one"
  fi
done
