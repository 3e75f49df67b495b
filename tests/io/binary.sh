# What kind of program asdex is: hardened, and without network, other programs or files to write to.

has() { # FLAG TEXT FILE: if the build took the flag, the file has a line like this
  case " $HARDENING " in
  *" $1 "*) grep -Eq -e "$2" "$3" && pass || fail "the program is not as $1 makes it" ;;
  *) left_out "$1, which the build does not take" ;;
  esac
}
if $sanitized || ! command -v readelf > /dev/null || ! readelf -h "$ASDEX" > header 2> /dev/null; then
  left_out 'how the program is hardened'
else
  readelf -lW "$ASDEX" > segments
  readelf -dW "$ASDEX" > dynamic
  readelf --dyn-syms -W "$ASDEX" > symbols
  has -pie 'Type: +DYN' header
  has -Wl,-z,relro 'GNU_RELRO' segments
  has -Wl,-z,now 'NOW' dynamic
  has -Wl,-z,noexecstack 'GNU_STACK.* RW ' segments
  has -fstack-protector-strong '__stack_chk_fail' symbols
  has -D_FORTIFY_SOURCE=2 '_chk@' symbols
  ! grep -E ' LOAD .* RWE ' segments && pass || fail 'memory may be written and executed'
  ! grep -E 'R(UN)?PATH|TEXTREL' dynamic && pass || fail 'it has a path of its own, or relocated code'
  ! grep -Ew 'system|popen|posix_spawn|execv[pe]*|fork|socket|connect|tmpnam|mktemp|gets' symbols &&
    pass || fail 'it has calls that it should not need'
fi

# All that is opened for writing is beside -o; nothing is executed; there are no sockets.
if $sanitized || $counted || ! strace -o trace true > /dev/null 2>&1; then
  left_out 'what strace would see'
else
  mkdir traced
  commands > list
  while IFS= read -r command <&3; do
    input_of "$command"
    strace -f -o trace -e trace=network,process,%file $ASDEX $command -o "traced/out" < $input \
      > /dev/null 2> err || fail "asdex $command"
    grep -Ev '^[0-9]+ +(exit_group|exit|wait4|arch_prctl|\+\+\+|---)' trace > calls
    if [ "$(grep -c execve calls)" -ne 1 ] || grep -Eq ' (socket|connect|bind|v?fork)\(' calls ||
      grep -E ' clone3?\(' calls | grep -qv CLONE_THREAD ||
      grep -E ' (unlink|rename|mkdir|chmod|link|symlink|truncate)[a-z0-9]*\(' calls |
        grep -qv '"traced/\.asdex-' ||
      grep -E 'O_WRONLY|O_RDWR|O_CREAT|O_TRUNC' calls | grep -qv '"traced/\.asdex-.*O_EXCL'
    then fail "what asdex $command does: $(cat calls)"; else pass; fi
    rm -f traced/out
  done 3< list
fi
