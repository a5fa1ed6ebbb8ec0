#!/bin/sh
# The first process of a machine of tests, in namespaces of its own: machine.sh DISK NAME COMMAND ARGUMENT... It begins when its
# standard input has a line, and runs the command. All ends when its input does: with the test, however that one ends.
set -eu
disk=$1 name=$2
shift 2
echo "$name" >/proc/sys/kernel/hostname
ip link set lo up
mount -t tmpfs tmpfs /run
mkdir /run/etc /run/work
mount -t overlay overlay -o lowerdir=/etc,upperdir=/run/etc,workdir=/run/work /etc
mkdir -p /etc/tsv
for each in etc/tsv var/lib var/log; do mount --bind "$disk/$each" "/$each"; done
read -r _
"$@" </dev/null >"$disk/console" 2>&1 &
# The shell stays: the first process reaps those whose parents have ended.
cat >/dev/null
