#!/bin/sh
# Builds RPM packages with rpmbuild, also on distributions without RPM:
#
#   sh packaging/rpm/build.sh amd64|arm64|armhf    dist/tsv-VERSION-1.RPMARCH.rpm and dist/tsv-supervisor-VERSION-1.noarch.rpm
#
# Packs the files in build/dist/ARCH, and stages them first if they are missing. TSV_PACKAGE_VERSION, TSV_PACKAGES,
# TSV_STAGE and TSV_WORK are as in packaging/deb/build.sh; TSV_PAYLOAD sets another compression, in the syntax of rpm.
set -eu
cd "$(dirname "$0")/../.."
[ $# = 1 ] || { echo "usage: sh packaging/rpm/build.sh amd64|arm64|armhf" >&2; exit 2; }
command -v rpmbuild >/dev/null 2>&1 || { echo "rpmbuild is missing; on Debian it is in the package rpm" >&2; exit 1; }
arch=$1
dist=${TSV_PACKAGES:-dist}
stage=${TSV_STAGE:-build/dist/$arch}
umask 022

[ -e "$stage/facts.json" ] || node packaging/dist/stage.mjs "$arch"
fact() { node -p 'JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"))[process.argv[2]]' "$1/facts.json" "$2"; }
requires() { node -p 'JSON.parse(require("fs").readFileSync(process.argv[1], "utf8")).rpmRequires.map((each) => `Requires: ${each}`).join("\n")' "$1/facts.json"; }

# spec TREE NAME: the spec file with the values of this package
spec() {
  lib=
  [ ! -d "$1/root/usr/lib/tsv" ] || lib=/usr/lib/tsv
  requires "$1" >"$1/requires"
  sed -e '/^%{tsv_requires}$/ { r '"$1/requires"'
      d }' -e '/^%{tsv_running}$/ { r packaging/files/running.sh
      d }' -e '/^%{tsv_changelog}$/ { r '"$1/changelog"'
      d }' -e "s|^%{tsv_lib}\$|$lib|" "packaging/rpm/$2.spec" >"$1/$2.spec"
}

# pack TREE NAME RPMARCH
pack() {
  tree=$1 name=$2 as=$3
  version=$(fact "$tree" version)
  SOURCE_DATE_EPOCH=$(fact "$tree" sourceDateEpoch)
  export SOURCE_DATE_EPOCH
  spec "$tree" "$name"
  top=$(cd "$tree" && pwd)/top
  # Values that would depend on the building machine.
  if ! rpmbuild -bb --quiet --target "$as-linux" \
    --define "_topdir $top" --define "_rpmdir $top" --define "_rpmfilename %%{NAME}.rpm" \
    --define "_buildhost tsv" --define "use_source_date_epoch_as_buildtime 1" \
    --define "clamp_mtime_to_source_date_epoch 1" --define "source_date_epoch_from_changelog 0" \
    ${TSV_PAYLOAD:+--define "tsv_payload $TSV_PAYLOAD"} \
    --define "tsv_version $version" --define "tsv_maintainer $(fact "$tree" maintainer)" \
    --define "tsv_tree $(cd "$tree" && pwd)/root" "$tree/$name.spec" >"$tree/log" 2>&1; then
    cat "$tree/log" >&2
    exit 1
  fi
  mkdir -p "$dist"
  rpm=$dist/$name-$version-1.$as.rpm
  mv "$top/$name.rpm" "$rpm"
  echo "built $rpm ($(stat -c %s "$rpm" | awk '{ printf "%.1f", $1 / 1e6 }') MB)"
}

work=${TSV_WORK:-build/packages}/rpm-$arch
node packaging/files/tree.mjs rpm tsv "$stage" "$work"
pack "$work" tsv "$(fact "$work" rpmArch)"

node packaging/files/tree.mjs rpm tsv-supervisor "$stage" "$work-supervisor"
pack "$work-supervisor" tsv-supervisor noarch
