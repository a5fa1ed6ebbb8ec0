#!/bin/sh
# Lets this machine run programs of arm64 and armhf through qemu, for hosts of those architectures. Where that cannot be had
# it says so, and their tests skip themselves with the reason.
set -eu
sh "$(dirname "$0")/setup.sh"

missing=
need() { command -v "$1" >/dev/null 2>&1 || missing="$missing $2"; }
need qemu-aarch64-static qemu-user-static
need update-binfmts binfmt-support
need arch-test arch-test
if [ -n "$missing" ] && command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
  echo "hosts of other architectures: installing$missing"
  export DEBIAN_FRONTEND=noninteractive
  try() {
    # shellcheck disable=SC2086 # the names are words on purpose
    apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 $missing >/dev/null 2>&1
  }
  try || { apt-get update -qq >/dev/null 2>&1 && try; } || echo "hosts of other architectures: installing$missing failed"
fi

# The kernel asks here; in containers it is often not mounted.
place=/proc/sys/fs/binfmt_misc
if [ "$(id -u)" = 0 ]; then
  [ -e $place/register ] || mount -t binfmt_misc binfmt_misc $place 2>/dev/null ||
    echo "hosts of other architectures: binfmt_misc cannot be mounted here; their tests are skipped"
  for emulator in qemu-aarch64 qemu-arm; do
    [ ! -e $place/register ] || [ -e $place/$emulator ] || update-binfmts --enable $emulator ||
      echo "hosts of other architectures: $emulator cannot be registered; its tests are skipped"
  done
fi
