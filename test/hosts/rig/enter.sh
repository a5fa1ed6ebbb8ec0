#!/bin/sh
# Runs a command in a booted host, in the host's own cgroups: enter.sh "CGROUP..." PID1 SECONDS COMMAND ARGUMENT...
# The time-out is inside: one outside would end nsenter and leave the command.
set -eu
for each in $1; do
  mkdir -p "$each"
  echo $$ >"$each/cgroup.procs"
done
leader=$2 seconds=$3
shift 3
exec nsenter --target "$leader" --mount --uts --ipc --net --pid --cgroup --root --wd -- \
  env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root USER=root LOGNAME=root \
  SHELL=/bin/sh LANG=C.UTF-8 TERM=dumb timeout -k 3 "$seconds" "$@"
