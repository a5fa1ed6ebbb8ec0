#!/bin/sh
# Stands in for tsv in tests of init scripts: writes down how it was called, and does what the file `mode` says.
here=$(dirname "$0")
echo "$*" >>"$here/calls"
case $1 in
update) exit 0 ;;
check)
  echo "$GREETING" >"$here/checked"
  [ ! -e "$here/mistake" ] || {
    echo "it's.conf:1: a mistake"
    exit 1
  }
  exit 0
  ;;
esac
read -r mode <"$here/mode"
case $mode in
refuse | unseen)
  echo "Error: no such section" >&2
  # What waits for its end learns of it late.
  [ "$mode" = refuse ] || {
    kill -STOP "$PPID"
    (sleep 0.5; kill -CONT "$PPID") 3>&- &
  }
  exit 2
  ;;
fail) exit 1 ;;
esac
echo "$GREETING" >>"$here/greetings"
sleep 1000 &
program=$!
echo $program >>"$here/programs"
ended() {
  [ "$mode" = slow ] && sleep 1
  [ "$mode" = deaf ] || {
    kill $program
    echo $$ >>"$here/ended"
    exit 0
  }
}
trap ended TERM
echo $$ >>"$here/pids"
if [ -n "$TSV_NOTIFY_FD" ]; then
  eval "echo >&$TSV_NOTIFY_FD; exec $TSV_NOTIFY_FD>&-"
fi
while :; do
  wait $program
done
