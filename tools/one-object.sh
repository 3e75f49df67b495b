#!/bin/sh
# Makes one relocatable object of all objects of an archive, in which asdex_* are the only global
# names: those of the inner parts would collide with the names of programs that are linked with it.
#
#   LD=… OBJCOPY=… tools/one-object.sh [FLAG...] -o OBJECT ARCHIVE
#
# Takes the arguments of a compiler, as libtool calls it, and passes over those that it need not know.
set -eu
object='' archive=''
while [ $# -gt 0 ]; do
  case $1 in
    -o) object=$2 && shift ;;
    -*) ;;
    *) archive=$1 ;;
  esac
  shift
done
trap 'rm -f "$object.tmp"' EXIT
trap 'exit 1' HUP INT TERM
# Groups that the linker may drop in favour of those of another object (inline functions of C++)
# would leave local names behind that are nowhere: they become plain sections.
# shellcheck disable=SC2086 # LD has flags
$LD -r --force-group-allocation -o "$object.tmp" --whole-archive "$archive"
# What the link-time optimizer left beside the machine code has the names as they were.
$OBJCOPY --localize-hidden --wildcard --keep-global-symbol='asdex_*' --remove-section='.gnu.lto_*' \
  --remove-section='.gnu.debuglto_*' "$object.tmp"
mv "$object.tmp" "$object"
