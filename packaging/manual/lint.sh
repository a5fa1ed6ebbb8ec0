#!/bin/sh
# Checks the manual pages with mandoc; without it, says so and checks nothing.
set -eu
cd "$(dirname "$0")/../../docs/man"
if ! command -v mandoc >/dev/null 2>&1; then
  echo "man: mandoc is not installed, so the manual pages are not checked (make test-host installs it)"
  exit 0
fi
# Messages about the machine's own database of manuals go to stderr and say nothing about the pages.
mandoc -T lint -W warning ./*.1 ./*.5 2>/dev/null
echo "man: $(ls | wc -l) pages are sound"
