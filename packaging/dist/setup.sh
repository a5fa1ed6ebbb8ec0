#!/bin/sh
# Installs what builds tsv for other architectures than this machine's, on Debian and its kin:
#
#   sh packaging/dist/setup.sh amd64|arm64|armhf...
#
# Compilers for addons, qemu, through which Node of arm64 makes its own code cache, and rpmbuild. Where they cannot be
# installed it says what is missing, and the build of that architecture fails with a word about it.
set -eu

machine=$(uname -m)
missing=
need() { command -v "$1" >/dev/null 2>&1 || missing="$missing $2"; }
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
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1 || [ "$(id -u)" != 0 ]; then
  echo "to build for $*, this is needed (in Debian's names), and only root can install it with apt:$missing"
  exit 0
fi
echo "installing$missing"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
try() {
  # shellcheck disable=SC2086 # the names are words on purpose
  apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 $missing >>"$log" 2>&1
}
if ! try && ! { apt-get update -qq >>"$log" 2>&1 && try; }; then
  tail -n 5 "$log"
  echo "installing$missing failed"
fi
rm -f "$log"
