#!/bin/sh
# Runs dist/tsv in the foreground on a small sample: three live programs in a directory of their own.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
demo=${TSV_DEMO_DIR:-$top/build/demo}
port=${TSV_DEMO_PORT:-9001}
mkdir -p "$demo/log"
sed -e "s|@PORT@|$port|" "$here/tsv.conf.in" > "$demo/tsv.conf"
cat <<TEXT
tsv runs three programs from $demo/tsv.conf

  socket    $demo/tsv.sock
  logs      $demo/log
  web       http://127.0.0.1:$port (a page for browsers; XML-RPC at /RPC2)

In a second terminal, try:

  dist/tsv status -c $demo/tsv.conf
  dist/tsv tail -f clock -c $demo/tsv.conf
  dist/tsv why crashes -c $demo/tsv.conf

Ctrl-C here stops the programs, then tsv.

TEXT
exec "$top/dist/tsv" daemon -n -c "$demo/tsv.conf"
