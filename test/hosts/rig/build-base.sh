#!/bin/sh
# Builds the base root of one kind of test host: build-base.sh KIND SUITE ARCHITECTURE PACKAGES TARGET. Does nothing when the
# base is there already.
set -eu
kind=$1 suite=$2 architecture=$3 packages=$4
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../rig/debian-root.sh"
debian_begin "$5"

[ "$architecture" != native ] || architecture=$(dpkg --print-architecture)
case "$kind" in
# Unpacked and not configured: that takes seconds, also where every program runs through qemu. It has no hooks at the end.
bare-*) variant=extract ;;
*) variant=minbase ;;
esac

build() {
  debian_unpack "$suite" --format=directory --variant=$variant --architectures="$architecture" --include="$packages" \
    --customize-hook="sh '$here/finish-root.sh' $kind \"\$1\"" || return 1
  [ $variant != extract ] || sh "$here/finish-root.sh" "$kind" "$target.new" >>"$target.log" 2>&1
}
debian_build "the base $kind" build
