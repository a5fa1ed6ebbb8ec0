#!/bin/sh
# Builds the base root of one kind of test host: build-base.sh KIND SUITE ARCHITECTURE PACKAGES TARGET. Packages come from
# where this machine's own apt gets its Debian packages. Does nothing when the base is there already; one build of it at a
# time.
set -eu
kind=$1 suite=$2 architecture=$3 packages=$4 target=$5
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$(dirname "$target")"

# Held until this shell and all that it starts have ended.
exec 9>"$target.lock"
flock -w 1800 9 || { echo "another build of $target has taken 30 minutes" >&2; exit 1; }
[ ! -d "$target" ] || exit 0

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

# What this machine's apt needs to reach it: proxies, and how strict it is about the date of an index.
settings=$target.apt
apt-config dump | grep -E '^Acquire::(http|https|Check-Date|Check-Valid-Until)\b.*"[^"]+";' >"$settings" || true
trap 'rm -f "$settings"' EXIT

[ "$architecture" != native ] || architecture=$(dpkg --print-architecture)
case "$kind" in
# Unpacked and not configured: that takes seconds, also where every program runs through qemu. It has no hooks at the end.
bare-*) variant=extract ;;
*) variant=minbase ;;
esac

build() {
  rm -rf "$target.new"
  # Namespaces of its own, that end with this shell: however it ends, its processes and mounts go with it.
  setpriv --pdeathsig KILL unshare --mount --propagation private --pid --fork --kill-child \
    nice -n 10 timeout -k 5 1500 mmdebstrap --quiet --mode=root --format=directory --variant=$variant \
    --architectures="$architecture" --include="$packages" \
    --aptopt="$settings" --aptopt='Apt::Install-Recommends "false"' --aptopt='Acquire::Retries "3"' \
    --dpkgopt=force-unsafe-io --customize-hook="sh '$here/finish-root.sh' $kind \"\$1\"" \
    "$suite" "$target.new" "$from" >"$target.log" 2>&1 || return 1
  [ $variant != extract ] || sh "$here/finish-root.sh" "$kind" "$target.new" >>"$target.log" 2>&1
}
for attempt in 1 2 3; do
  if build; then
    mv "$target.new" "$target"
    exit 0
  fi
  # A mirror that answers badly once is asked again; anything else is an error in the recipe.
  grep -qE 'Failed to fetch|Temporary failure|Could not connect|Hash Sum|update .*failed' "$target.log" || break
done
rm -rf "$target.new"
echo "building the base $kind failed (attempt $attempt), log in $target.log:" >&2
tail -n 20 "$target.log" >&2
exit 1
