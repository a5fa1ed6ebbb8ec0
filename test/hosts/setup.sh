#!/bin/sh
# Installs what the test hosts are built and booted with. Only `make test-hosts` calls it: these packages are large, and no
# other test needs them. Where they cannot be installed it says so, and the tests skip themselves with the reason.
set -eu
. "$(dirname "$0")/../../packaging/install-missing.sh"

need mmdebstrap mmdebstrap
need systemd-nspawn systemd-container
need flock util-linux
need setpriv util-linux
install_missing "test hosts" "the tests are skipped"
