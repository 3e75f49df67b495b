# Each call of the system fails in turn, in each subcommand.
#
# Whatever fails, the output is the old one and the status 6 with a message that says why; or, where
# the failure does not matter, it is the right one and there is no message.  No temporary is left.

# try CALL:N:ACTION COMMAND: sets status, and fired to whether there was such a call.
try() {
  rm -f fired
  [ "$old" = "$(cat out)" ] || echo "$old" > out
  LD_PRELOAD=$SHIM_LIB SHIM=$1 SHIM_FIRED=fired $ASDEX $2 -o out < "$input" > /dev/null 2> err
  status=$?
  fired=false
  [ ! -e fired ] || fired=true
}
old_is_whole() { first_line out && [ "$line" = "$old" ] && no_temporary; }
new_is_right() { cmp -s out right && no_temporary; }
old='the old file'

# may CALL ERROR: whether this failure may pass unnoticed.  Standard input is compared with the output
# before it is read: its fstat is tried again.
may() {
  case $1:$2:$command in
  close:* | fopen:* | stat:* | pthread_create:* | fstat:*' - '*) return 0 ;;
  esac
  return 1
}

message_of() {
  case $1 in
  EIO) message='Input/output error' ;;
  ENOSPC) message='No space left on device' ;;
  EMFILE) message='Too many open files' ;;
  EACCES) message='Permission denied' ;;
  ENOMEM) message='memory' ;;
  esac
}

# Call after call fails with an error.
sweep() {
  call=$1 error=$2 n=0
  message_of "$error"
  while
    n=$((n + 1))
    try "$call:$n:$error" "$command"
    $fired
  do
    case $status in
    0) may "$call" "$error" && [ ! -s err ] && new_is_right ;;
    6) grep -q "error: .*$message" err && { old_is_whole || { synced && new_is_right; }; } ;;
    *) false ;;
    esac && pass || fail "$call number $n: $error: asdex $command: status $status"
  done
  : > err
  [ $n -lt 500 ] && new_is_right || fail "asdex $command, with $call"
}
synced() { grep -q 'note: the new file is complete' err; }

# Interruptions are none: all calls from number N on are ragged.
interrupt() {
  try "$1:1:$2" "$command"
  [ $status -eq 0 ] && [ ! -s err ] && new_is_right && pass ||
    fail "$1: $2: asdex $command: status $status"
}

# A signal before any of these calls: the program dies of it, and the output is the old or the new.
signal() {
  n=0
  while
    n=$((n + 1))
    try "$1:$n:$2" "$command"
    $fired
  do
    [ $status -eq $3 ] && { old_is_whole || new_is_right; } && pass ||
      fail "$1 number $n: SIG$2: asdex $command: status $status"
  done
}

# Some of the allocations of all libraries fail (the tests of units let each of our own fail).
# Cairo may give up by a signal.
starve() {
  n=1 step=$1
  while
    try "malloc:$n:ENOMEM" "$command"
    $fired
  do
    case $status in
    0) new_is_right ;;
    7) grep -q 'error: .*memory' err && old_is_whole ;;
    134 | 139) case $command in *svg) old_is_whole ;; *) false ;; esac ;;
    *) false ;;
    esac && pass || fail "allocation number $n: asdex $command: status $status"
    n=$((n + step))
  done
}

fail_all() {
  commands > list
  while IFS= read -r command <&3; do
    input_of "$command"
    echo "$old" > out
    $ASDEX $command -o right < "$input" 2> err || fail "asdex $command"
    for call in open read write fsync close rename fstat; do sweep $call EIO; done
    sweep write ENOSPC
    for call in read write; do
      interrupt $call ragged
      interrupt $call EAGAIN
    done
    signal write TERM 143
    case $command in
    "hessian $model --at p.yaml")
      for call in fchmod access readlink fcntl stat fopen pthread_create; do sweep $call EIO; done
      sweep open EMFILE
      try fsync:2:EIO "$command"
      [ $status -eq 6 ] && synced && new_is_right && pass || fail 'the folder is not synced'
      interrupt open EINTR
      interrupt fsync EINTR
      interrupt close EINTR
      interrupt fsync EINVAL
      for call in read write rename fsync close open; do signal $call INT 130; done
      starve 5
      ;;
    *) starve 29 ;;
    esac
  done 3< list
}

if $sanitized; then
  left_out 'failing calls, as sanitizers have to be loaded first'
elif [ ! -f "$SHIM_LIB" ]; then
  left_out 'failing calls, as the library for them could not be built'
else
  fail_all
fi
