#!/bin/sh
# Builds Debian packages with dpkg-deb alone:
#
#   sh packaging/deb/build.sh amd64|arm64|armhf     dist/tsv_VERSION_ARCH.deb and dist/tsv-supervisor_VERSION_all.deb
#
# Packs the files in build/dist/ARCH, and stages them first if they are missing. Tests set TSV_PACKAGE_VERSION (another version),
# TSV_PACKAGES (another directory than dist), TSV_STAGE (instead of build/dist/ARCH), TSV_WORK (instead of build/packages) and
# TSV_COMPRESSION (instead of xz).
set -eu
cd "$(dirname "$0")/../.."
[ $# = 1 ] || { echo "usage: sh packaging/deb/build.sh amd64|arm64|armhf" >&2; exit 2; }
arch=$1
dist=${TSV_PACKAGES:-dist}
stage=${TSV_STAGE:-build/dist/$arch}
compression=${TSV_COMPRESSION:-xz}
level=
if [ "$compression" = xz ]; then level=-z9; fi
umask 022

[ -e "$stage/facts.json" ] || node packaging/dist/stage.mjs "$arch"
fact() { node -p 'JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"))[process.argv[2]]' "$1/facts.json" "$2"; }

# The checksums with which dpkg verifies an installed package.
sums() { (cd "$1" && find . -type f ! -path './DEBIAN/*' -printf '%P\0' | LC_ALL=C sort -z | xargs -0r md5sum); }

# As dpkg counts: each file in whole KiB, one for anything else.
installed_size() {
  find "$1" -path "$1/DEBIAN" -prune -o -printf '%y %s\n' |
    awk '{ n += $1 == "f" ? int(($2 + 1023) / 1024) : 1 } END { print n }'
}

# pack TREE CONTROL NAME ARCHITECTURE SCRIPTS: the package of a tree
pack() {
  tree=$1 control=$2 name=$3 as=$4 scripts=$5
  version=$(fact "$tree" version)
  SOURCE_DATE_EPOCH=$(fact "$tree" sourceDateEpoch)
  export SOURCE_DATE_EPOCH
  mkdir "$tree/root/DEBIAN"
  sed -e "s|@VERSION@|$version|g" -e "s|@ARCH@|$as|" -e "s|@MAINTAINER@|$(fact "$tree" maintainer)|" \
    -e "s#@DEPENDS@#$(fact "$tree" debDepends | tr -d "[]'\n" | sed 's/^ *//; s/ *$//; s/  */ /g')#" \
    -e "s|@SIZE@|$(installed_size "$tree/root")|" "$control" >"$tree/root/DEBIAN/control"
  sums "$tree/root" >"$tree/root/DEBIAN/md5sums"
  [ ! -s "$tree/conffiles" ] || cp "$tree/conffiles" "$tree/root/DEBIAN/conffiles"
  for script in $scripts; do
    sed -e '/^@running.sh@$/ { r packaging/files/running.sh
      d }' "packaging/deb/$name.$script" >"$tree/root/DEBIAN/$script"
    chmod 755 "$tree/root/DEBIAN/$script"
  done
  mkdir -p "$dist"
  deb=$dist/${name}_${version}_$as.deb
  # One thread, because with more the bytes would depend on the machine.
  dpkg-deb --build --root-owner-group --threads-max=1 "-Z$compression" $level "$tree/root" "$deb.new" >/dev/null
  mv "$deb.new" "$deb"
  echo "built $deb ($(stat -c %s "$deb" | awk "{ printf \"%.1f\", \$1 / 1e6 }") MB)"
}

work=${TSV_WORK:-build/packages}/deb-$arch
node packaging/files/tree.mjs deb tsv "$stage" "$work"
pack "$work" packaging/deb/tsv.control tsv "$(fact "$work" debArch)" "preinst postinst prerm postrm"

node packaging/files/tree.mjs deb tsv-supervisor "$stage" "$work-supervisor"
pack "$work-supervisor" packaging/deb/tsv-supervisor.control tsv-supervisor all "postinst"
