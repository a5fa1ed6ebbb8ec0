#!/bin/sh
# Installs what the tests in containers need: a runtime, and what builds the root of an image. Only `make test-hosts` and
# `make test-containers` call it. Where they cannot be installed it says so, and the tests skip themselves with the reason.
set -eu
. "$(dirname "$0")/../../packaging/install-missing.sh"

need podman podman
# crun refuses the hybrid cgroups that some machines have.
need runc runc
need conmon conmon
need mmdebstrap mmdebstrap
need gzip gzip
[ -e /usr/share/keyrings/debian-archive-keyring.gpg ] || missing="$missing debian-archive-keyring"
install_missing "test containers" "the tests are skipped"
