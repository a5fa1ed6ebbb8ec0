#!/bin/sh
# Builds all that is released, into dist/: Debian and rpm packages, an archive and a list of parts (SBOM) of each architecture,
# and their sums.
#
#   sh packaging/dist/build.sh [amd64|arm64|armhf]...      without a name: all of them
set -eu
cd "$(dirname "$0")/../.."
[ $# != 0 ] || set -- amd64 arm64 armhf
# Nothing of the caller's Node may get into the build.
unset NODE_OPTIONS NODE_EXTRA_CA_CERTS || :

sh packaging/dist/setup.sh "$@"
for arch in "$@"; do
  node packaging/dist/stage.mjs "$arch"
  sh packaging/deb/build.sh "$arch"
  sh packaging/rpm/build.sh "$arch"
  node packaging/dist/tarball.mjs "$arch"
  node packaging/dist/sbom.mjs "$arch"
done

# Of this version only: older packages may lie beside it.
version=$(node -p 'require("./package.json").version')
(
  cd dist
  export LC_ALL=C
  find . -maxdepth 1 -type f \( -name "tsv*_${version}_*.deb" -o -name "tsv*-$version-*.rpm" \
    -o -name "tsv-$version-linux-*.tar.gz" -o -name "tsv-$version-linux-*.cdx.json" \) -printf '%P\n' |
    sort | xargs -rd '\n' sha256sum >SHA256SUMS.new
  mv SHA256SUMS.new SHA256SUMS
  echo "built dist/SHA256SUMS ($(wc -l <SHA256SUMS) files)"
)
