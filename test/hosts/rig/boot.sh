#!/bin/sh
# Becomes systemd-nspawn inside the given cgroups: boot.sh "CGROUP..." ARGUMENT...
# It ends with the process that started it, however that one ends.
set -eu
for each in $1; do echo $$ >"$each/cgroup.procs"; done
shift
exec setpriv --pdeathsig KILL systemd-nspawn "$@"
