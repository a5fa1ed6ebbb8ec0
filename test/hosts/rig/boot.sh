#!/bin/sh
# Runs systemd-nspawn inside the given cgroups: boot.sh "CGROUP..." ARGUMENT... Its exit status is nspawn's.
# The host ends with the process that started it, however that one ends: nspawn would leave it running, but here it is the
# first of a PID namespace, and takes all others with it.
set -eu
for each in $1; do echo $$ >"$each/cgroup.procs"; done
shift
exec setpriv --pdeathsig KILL unshare --pid --fork --kill-child --mount-proc systemd-nspawn "$@"
