#!/bin/sh
# Installs what the test hosts are built and booted with. Only `make test-hosts` calls it: these packages are large, and no
# other test needs them. Where they cannot be installed it says so, and the tests skip themselves with the reason.
set -eu
. "$(dirname "$0")/../../packaging/install-missing.sh"

need mmdebstrap mmdebstrap
need systemd-nspawn systemd-container
need mount mount
need flock util-linux
need setpriv util-linux
# Networks between hosts.
need ip iproute2
need nft nftables
# With these mmdebstrap finds the keys of a suite that this machine's own apt is not set up for.
need gpg gpg
[ -e /usr/share/keyrings/debian-archive-keyring.gpg ] || missing="$missing debian-archive-keyring"
install_missing "test hosts" "the tests are skipped"

# The hosts' Debian comes from where apt gets this machine's; without lists apt does not know whose a mirror is.
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ] &&
  ! apt-get indextargets --format '$(ORIGIN)|$(LABEL)' 'Created-By: Packages' 2>/dev/null | grep -qx 'Debian|Debian'; then
  log=$(mktemp)
  patiently update || :
  rm -f "$log"
fi
