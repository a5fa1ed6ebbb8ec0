#!/bin/sh
# A listener in plain sh: writes down the header, the payload and a line between, and says OK.
while :; do
  echo READY
  read -r header || exit 0
  echo "$header" >>"$1"
  dd bs=1 count="${header##*len:}" 2>/dev/null >>"$1"
  echo "|" >>"$1"
  printf 'RESULT 2\nOK'
done
