#!/bin/sh
# Packs the root of the image that stands for debian:bookworm-slim: build-root.sh PACKAGES TARGET.tar. It holds the packages
# that the tested Dockerfiles install, and an apt-get that only checks that, because containers here have no network.
set -eu
packages=$1 target=$2
mkdir -p "$(dirname "$target")"

# Held until this shell and all that it starts have ended.
exec 9>"$target.lock"
flock -w 1200 9 || { echo "another build of $target has taken 20 minutes" >&2; exit 1; }
[ ! -e "$target" ] || exit 0

# Where Debian proper comes from here; security updates have another label.
mirror() {
  apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(COMPONENT)|$(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
    awk -F '|' '$1 == "Debian" && $2 == "Debian" && $3 == "main" { print $4; exit }'
}
from=${TSV_HOSTS_MIRROR:-$(mirror)}
if [ -z "$from" ]; then
  apt-get update -qq -o DPkg::Lock::Timeout=300 >"$target.log" 2>&1 || true
  from=$(mirror)
fi
[ -n "$from" ] || { echo "apt here knows no Debian mirror; name one in TSV_HOSTS_MIRROR" >&2; exit 1; }

settings=$target.apt apt=$target.apt-get
apt-config dump | grep -E '^Acquire::(http|https|Check-Date|Check-Valid-Until)\b.*"[^"]+";' >"$settings" || true
trap 'rm -f "$settings" "$apt"' EXIT
cat >"$apt" <<'SHIM'
#!/bin/sh
# Stands for apt-get: the packages are there already.
for word; do
  case $word in -* | update | install | clean) ;; *) dpkg -s "$word" >/dev/null || exit 100 ;; esac
done
SHIM
chmod 755 "$apt"

# Namespaces of its own, that end with this shell: however it ends, its processes and mounts go with it.
setpriv --pdeathsig KILL unshare --mount --propagation private --pid --fork --kill-child \
  nice -n 10 timeout -k 5 900 mmdebstrap --quiet --mode=root --format=tar --variant=minbase --include="$packages" \
  --aptopt="$settings" --aptopt='Apt::Install-Recommends "false"' --aptopt='Acquire::Retries "3"' \
  --dpkgopt=force-unsafe-io --customize-hook="copy-in '$apt' /usr/local/sbin" \
  --customize-hook="mv \"\$1/usr/local/sbin/$(basename "$apt")\" \"\$1/usr/local/sbin/apt-get\"" \
  bookworm "$target.new" "$from" >"$target.log" 2>&1 || { tail -n 20 "$target.log" >&2; exit 1; }
mv "$target.new" "$target"
