#!/bin/sh
# Builds the Debian package from a tarball of `make dist`, checks it with lintian if that is there,
# and runs the smoke tests with what the packages hold.
#
#   packaging/build-deb.sh asdex-VERSION.tar.gz [OUTPUT_FOLDER]
#
# Needs dpkg-dev, debhelper and what packaging/debian/control names.  `make deb` makes the tarball
# first.  DEB_BUILD_OPTIONS is honoured: nocheck leaves out the tests, parallel=N.
set -eu
tarball=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
output=${2-.}
mkdir -p "$output"
output=$(cd "$output" && pwd)
version=$(basename "$tarball" .tar.gz | sed 's/^asdex-//')

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cp "$tarball" "$work/asdex_$version.orig.tar.gz"
tar -xzf "$tarball" -C "$work"
cp -R "$work/asdex-$version/packaging/debian" "$work/asdex-$version/debian"
(cd "$work/asdex-$version" && dpkg-buildpackage -us -uc)

if command -v lintian > /dev/null; then
  (cd "$work" && lintian --allow-root --fail-on error --pedantic ./*.changes)
fi
mkdir "$work/root"
for package in "$work"/*.deb; do dpkg-deb -x "$package" "$work/root"; done
usr=$work/root/usr
sh "$work/asdex-$version/tests/smoke.sh" "$usr/bin/asdex" "$usr/share/doc/asdex" "$usr/share/man"
libraries=/usr/lib/$(dpkg-architecture -q DEB_HOST_MULTIARCH)
STATIC_NAMES='asdex_*' sh "$work/asdex-$version/tests/client.sh" "$work/root" "$libraries" /usr/share/doc/asdex \
  "$work/asdex-$version/examples/rosenbrock.expr"
find "$work" -maxdepth 1 -type f -exec cp {} "$output" \;
ls -l "$output"/*asdex*_"$version"*
