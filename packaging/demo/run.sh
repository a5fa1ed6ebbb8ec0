#!/bin/sh
# Runs a small sample with dist/tsv in the foreground: three live programs.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
demo=${TSV_DEMO_DIR:-$top/build/demo}
port=${TSV_DEMO_PORT:-9001}
mkdir -p "$demo"
sed -e "s|@PORT@|$port|" "$here/tsv.conf.in" > "$demo/tsv.conf"
cat <<TEXT
tsv runs three programs from $demo/tsv.conf

  web       http://127.0.0.1:$port (a page for browsers; XML-RPC at /RPC2)

In a second terminal, in $top, try:

  dist/tsv status
  dist/tsv logs -f clock
  dist/tsv why crashes

Ctrl-C here stops the programs, then tsv.

TEXT
cd "$top"
exec dist/tsv run -c "$demo/tsv.conf"
