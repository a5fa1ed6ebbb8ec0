#!/bin/sh
# Writes docs/pictures: what dist/tsv prints and its web page, on a sample host in namespaces of its own. Needs root.
#
#   sh packaging/pictures/pictures.sh [MINUTES]     for which the charts have data; 2 by default
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)

minutes=${1-2}
if [ "${2-}" != inside ]; then
  [ "$(id -u)" = 0 ] || { echo "pictures: run this as root; it uses private namespaces" >&2; exit 1; }
  for each in unshare ip script tmux chromium; do
    command -v $each >/dev/null || { echo "pictures: $each is missing (make test-host installs all but tmux)" >&2; exit 1; }
  done
  exec unshare --mount --pid --net --uts --ipc --fork --mount-proc sh "$0" "$minutes" inside
fi

hostname shop
ip link set lo up
mount -t tmpfs tmpfs /srv
cp -a /etc /srv/etc
mount --bind /srv/etc /etc
for each in /run /tmp /var/log; do mount -t tmpfs tmpfs $each; done
rm -rf /etc/supervisor /etc/supervisord.conf /etc/tsv
mkdir -p /etc/tsv /run/tsv /var/log/tsv /srv/bin /srv/www
cp "$top/packaging/pictures/tsv.conf" /etc/tsv/
cp "$top/packaging/pictures/pricing.py" /srv/bin/
ln -s "$top/dist/tsv" /srv/bin/tsv
cd "$top"
PATH=/srv/bin:$PATH HOME=/srv node packaging/pictures/main.mjs "$minutes"
