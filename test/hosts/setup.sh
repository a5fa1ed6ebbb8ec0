#!/bin/sh
# Installs what the test hosts are built and booted with. Only `make test-hosts` calls it: these packages are large, and no
# other test needs them. Where they cannot be installed it says so, and the tests skip themselves with the reason.
set -eu

missing=
need() { command -v "$1" >/dev/null 2>&1 || missing="$missing $2"; }
need mmdebstrap mmdebstrap
need systemd-nspawn systemd-container
need flock util-linux
need setpriv util-linux
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
  echo "test hosts: no apt-get here to install$missing; the tests are skipped"
elif [ "$(id -u)" != 0 ]; then
  echo "test hosts: not root, so$missing cannot be installed; the tests are skipped"
else
  echo "test hosts: installing$missing"
  export DEBIAN_FRONTEND=noninteractive
  log=$(mktemp)
  try() {
    # shellcheck disable=SC2086 # the names are words on purpose
    apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 $missing >>"$log" 2>&1
  }
  if ! try && ! { apt-get update -qq >>"$log" 2>&1 && try; }; then
    tail -n 5 "$log"
    echo "test hosts: installing$missing failed; the tests are skipped"
  fi
  rm -f "$log"
fi
