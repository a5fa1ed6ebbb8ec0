#!/bin/sh
# Lets this machine run programs of arm64 and armhf through qemu, for hosts of those architectures. Where that cannot be had
# it says so, and their tests skip themselves with the reason.
set -eu
sh "$(dirname "$0")/setup.sh"

. "$(dirname "$0")/../../packaging/install-missing.sh"
need qemu-aarch64-static qemu-user-static
need update-binfmts binfmt-support
need arch-test arch-test
install_missing "hosts of other architectures" "their tests are skipped"

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
