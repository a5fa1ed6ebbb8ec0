#!/bin/sh
# Packs the root of the image that stands for debian:bookworm-slim: build-root.sh PACKAGES TARGET.tar. It holds the packages
# that the tested Dockerfiles install, and an apt-get that only checks that, because containers here have no network.
set -eu
packages=$1
. "$(dirname "$0")/../../rig/debian-root.sh"
debian_begin "$2"

shim=$target.shim
cat >"$shim" <<'SHIM'
#!/bin/sh
# Stands for apt-get: the packages are there already.
for word; do
  case $word in -* | update | install | clean) ;; *) dpkg -s "$word" >/dev/null || exit 100 ;; esac
done
SHIM
chmod 755 "$shim"

debian_build "the image" debian_unpack bookworm --format=tar --variant=minbase --include="$packages" \
  --customize-hook="copy-in '$shim' /usr/local/sbin" \
  --customize-hook="mv \"\$1/usr/local/sbin/$(basename "$shim")\" \"\$1/usr/local/sbin/apt-get\""
