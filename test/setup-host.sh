#!/bin/sh
# Installs what the tests compare tsv against: python3 and Debian's supervisor. Tests that find them missing say so and
# skip, so a machine where they cannot be installed still runs everything else.
set -eu

missing=
command -v python3 >/dev/null 2>&1 || missing="$missing python3"
command -v supervisord >/dev/null 2>&1 || missing="$missing supervisor"
# Checks the manual pages.
command -v mandoc >/dev/null 2>&1 || missing="$missing mandoc"
# Looks at the web page; without a font it would see boxes.
command -v chromium >/dev/null 2>&1 || missing="$missing chromium fonts-dejavu-core"
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
  echo "test set-up: no apt-get here to install$missing; tests that compare with Supervisor are skipped"
elif [ "$(id -u)" != 0 ]; then
  echo "test set-up: not root, so$missing cannot be installed; tests that compare with Supervisor are skipped"
else
  echo "test set-up: installing$missing"
  export DEBIAN_FRONTEND=noninteractive
  # The package starts its daemon after installation where an init system runs; the tests start their own.
  if ! { apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing; } >build-setup.log 2>&1; then
    tail -n 5 build-setup.log
    echo "test set-up: installing$missing failed; tests that compare with Supervisor are skipped"
  fi
  rm -f build-setup.log
fi
