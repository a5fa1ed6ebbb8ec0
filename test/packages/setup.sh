#!/bin/sh
# Installs what packages are built and checked with. Only `make test-packages` calls it. What cannot be installed is said, and
# the tests that need it skip themselves with the reason.
set -eu
. "$(dirname "$0")/../../packaging/install-missing.sh"

need lintian lintian
need rpmbuild rpm
need rpmlint rpmlint
need dnf dnf
need createrepo_c createrepo-c
need zsh zsh
need fish fish
install_missing "packages" "tests that need them are skipped"
