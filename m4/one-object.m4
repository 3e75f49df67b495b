dnl ASDEX_ONE_OBJECT: sets asdex_one_object to yes where tools/one-object.sh works with these tools: an
dnl inner name of two of its objects collides with none of a client's, and an inline function of C++
dnl may be in both.
AC_DEFUN([ASDEX_ONE_OBJECT], [
AC_REQUIRE([LT_INIT])
AC_CHECK_TOOL([OBJCOPY], [objcopy], [no])
AC_MSG_CHECKING([whether a library can hide its inner names])
asdex_one_object=no
AS_IF([test "x$OBJCOPY" != xno && mkdir conftest.one], [
  cat > conftest.one/inner.c <<_ASEOF
extern int twice(int x);
int twice(int x) { return 2 * x; }
_ASEOF
  cat > conftest.one/outer.cc <<_ASEOF
extern "C" int twice(int x);
template <class T> __attribute__((noinline)) T same(T x) { static T y; return y++ + x; }
extern "C" __attribute__((visibility("default"))) int asdex_test(int x) { return same(twice(x)); }
_ASEOF
  cat > conftest.one/client.cc <<_ASEOF
extern "C" int asdex_test(int x);
template <class T> __attribute__((noinline)) T same(T x) { static T y; return y++ + x; }
extern "C" int twice(int x) { return 3 * x; }
int main() { return same(asdex_test(2)) + twice(1); }
_ASEOF
  (cd conftest.one &&
    $CC $CPPFLAGS $ASDEX_CFLAGS $CFLAGS -fPIC -c inner.c &&
    $CXX $CPPFLAGS $ASDEX_CXXFLAGS $CXXFLAGS -fPIC -c outer.cc &&
    $CXX $CPPFLAGS $CXXFLAGS -c client.cc &&
    $AR cr all.a inner.$OBJEXT outer.$OBJEXT &&
    LD="$LD" OBJCOPY="$OBJCOPY" $SHELL "$asdex_srcdir/tools/one-object.sh" -o one.$OBJEXT all.a &&
    $NM one.$OBJEXT | $GREP ' T asdex_test' &&
    { $NM one.$OBJEXT | $GREP ' @<:@A-TV-Z@:>@ ' | $GREP -v asdex_ && exit 1
      :; } &&
    $CXX $CXXFLAGS $LDFLAGS -o client client.$OBJEXT one.$OBJEXT) >&AS_MESSAGE_LOG_FD 2>&1 &&
    asdex_one_object=yes])
rm -rf conftest.one
AC_MSG_RESULT([$asdex_one_object])])
