#!/bin/sh
# Installs what packages are built and checked with. Only `make test-packages` calls it. What cannot be installed is said, and
# the tests that need it skip themselves with the reason.
set -eu

missing=
need() { command -v "$1" >/dev/null 2>&1 || missing="$missing $2"; }
need lintian lintian
need rpmbuild rpm
need rpmlint rpmlint
need dnf dnf
need createrepo_c createrepo-c
need zsh zsh
need fish fish
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
  echo "packages: no apt-get here to install$missing; tests that need them are skipped"
elif [ "$(id -u)" != 0 ]; then
  echo "packages: not root, so$missing cannot be installed; tests that need them are skipped"
else
  echo "packages: installing$missing"
  export DEBIAN_FRONTEND=noninteractive
  log=$(mktemp)
  try() {
    # shellcheck disable=SC2086 # the names are words on purpose
    apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 $missing >>"$log" 2>&1
  }
  if ! try && ! { apt-get update -qq >>"$log" 2>&1 && try; }; then
    tail -n 5 "$log"
    echo "packages: installing$missing failed; tests that need them are skipped"
  fi
  rm -f "$log"
fi
