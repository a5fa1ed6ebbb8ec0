#!/bin/sh
# Installs what builds tsv for other architectures than this machine's, on Debian and its kin:
#
#   sh packaging/dist/setup.sh amd64|arm64|armhf...
#
# Compilers for addons, qemu, through which Node of arm64 makes its own code cache, and rpmbuild. Where they cannot be
# installed it says what is missing, and the build of that architecture fails with a word about it.
set -eu

. "$(dirname "$0")/../install-missing.sh"
machine=$(uname -m)
need rpmbuild rpm
for arch in "$@"; do
  case $arch in
  amd64) native=x86_64 triplet=x86_64-linux-gnu package=x86-64-linux-gnu qemu=qemu-x86_64-static ;;
  arm64) native=aarch64 triplet=aarch64-linux-gnu package=aarch64-linux-gnu qemu=qemu-aarch64-static ;;
  armhf) native=armv7l triplet=arm-linux-gnueabihf package=arm-linux-gnueabihf qemu= ;;
  *)
    echo "no packages are made for $arch; there are amd64, arm64, armhf" >&2
    exit 2
    ;;
  esac
  if [ "$machine" = "$native" ]; then
    need cc gcc
    need c++ g++
    need strip binutils
  else
    need $triplet-gcc gcc-$package
    need $triplet-g++ g++-$package
    [ -z "$qemu" ] || need $qemu qemu-user-static
  fi
done
install_missing "building for $*" "what needs them will say so"
