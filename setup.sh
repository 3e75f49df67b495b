#!/bin/sh
# Sets up a fresh Debian machine (as root): installs what asdex needs, builds it in this folder, and
# shows a Hessian.  On other systems install the packages listed here and run the last four lines.
set -eu
cd "$(dirname "$0")"
packages="autoconf automake bison check flex g++ gcc libcairo2-dev libgmp-dev libsleef-dev libtool libyaml-dev make pkg-config python3"
missing=
for package in $packages; do
  dpkg -s "$package" > /dev/null 2>&1 || missing="$missing $package"
done
if [ -n "$missing" ]; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -q < /dev/null
  # shellcheck disable=SC2086
  apt-get install -q -y --no-install-recommends $missing < /dev/null
fi
[ -x configure ] || autoreconf -i
./configure --quiet
make -j"$(nproc)"
./asdex hessian examples/rosenbrock.expr --set n=5
