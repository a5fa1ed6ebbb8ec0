#!/bin/sh
# Turns a freshly unpacked Debian into a test host: finish-root.sh KIND ROOT. It gets no terminals, a user "tester", and a
# last thing to start at boot, which writes a mark on the console.
set -eu
kind=$1 root=$2
here=$(cd "$(dirname "$0")" && pwd)

rm -f "$root/etc/apt/apt.conf.d/99mmdebstrap" "$root/etc/dpkg/dpkg.cfg.d/99mmdebstrap"
echo testhost >"$root/etc/hostname"
printf '127.0.0.1 localhost\n::1 localhost\n127.0.1.1 testhost\n' >"$root/etc/hosts"
: >"$root/etc/resolv.conf"
case "$kind" in
bare-*)
  for busybox in /bin/busybox /usr/bin/busybox; do [ ! -x "$root$busybox" ] || break; done
  chroot "$root" "$busybox" --install -s /bin
  printf 'root:x:0:0:root:/root:/bin/sh\ntester:x:1000:1000::/home/tester:/bin/sh\n' >"$root/etc/passwd"
  printf 'root:x:0:\ntester:x:1000:\n' >"$root/etc/group"
  install -d -o 1000 -g 1000 "$root/home/tester"
  ;;
*) chroot "$root" useradd -m -u 1000 -s /bin/bash tester ;;
esac
if [ -d "$root/etc/sudoers.d" ]; then
  echo 'tester ALL=(ALL) NOPASSWD: ALL' >"$root/etc/sudoers.d/tester"
  chmod 440 "$root/etc/sudoers.d/tester"
fi

# A machine that has booted before: nothing that only a first boot does.
echo 7473760000000000000000000074657a >"$root/etc/machine-id"

mark=$root/usr/local/sbin/tsv-host-up
mkdir -p "${mark%/*}"
printf '#!/bin/sh\necho "%%%%tsv-host-is-up%%%%" >/dev/console\n' >"$mark"
chmod 755 "$mark"

# A service directory of the mark, for the inits whose services are directories.
mark_directory() {
  mkdir -p "$root/$1"
  printf '#!/bin/sh\n/usr/local/sbin/tsv-host-up\nexec sleep infinity\n' >"$root/$1/run"
  chmod 755 "$root/$1/run"
}

case "$kind" in
systemd-arm*)
  # These have systemd mount a credential, which qemu cannot do.
  for unit in systemd-sysctl systemd-sysusers systemd-tmpfiles-setup-dev systemd-tmpfiles-setup; do
    mkdir -p "$root/etc/systemd/system/$unit.service.d"
    printf '[Service]\nLoadCredential=\nSetCredential=\n' >"$root/etc/systemd/system/$unit.service.d/emulated.conf"
  done
  ;;
esac

case "$kind" in
bare-*) ;;
systemd-*)
  mkdir -p "$root/var/log/journal"
  # Timers change files at times of their own choosing.
  for timer in apt-daily apt-daily-upgrade e2scrub_all dpkg-db-backup fstrim; do
    ln -sf /dev/null "$root/etc/systemd/system/$timer.timer"
  done
  cat >"$root/etc/systemd/system/tsv-host-up.service" <<'UNIT'
[Unit]
Description=Mark that the default target is reached
After=multi-user.target graphical.target

[Service]
Type=oneshot
ExecStart=/usr/local/sbin/tsv-host-up
RemainAfterExit=yes

[Install]
WantedBy=graphical.target
UNIT
  mkdir -p "$root/etc/systemd/system/graphical.target.wants"
  ln -s ../tsv-host-up.service "$root/etc/systemd/system/graphical.target.wants/tsv-host-up.service"
  ;;
sysv | openrc)
  sed -i -e '/^[1-6]:.*getty/d' "$root/etc/inittab"
  # Lines are worked through in order, and the runlevel's own is one that init waits for.
  echo 'up:2345:once:/usr/local/sbin/tsv-host-up' >>"$root/etc/inittab"
  ;;
runit)
  mark_directory etc/sv/tsv-host-up
  # The service directory is an absolute link: it means this root only from the inside.
  chroot "$root" sh -c 'rm -f /etc/service/getty-*; ln -s /etc/sv/tsv-host-up /etc/service/'
  ;;
s6)
  mark_directory etc/service/tsv-host-up
  install -m 755 "$here/s6/init" "$root/sbin/init"
  install -m 755 "$here/s6/shutdown" "$root/sbin/poweroff"
  install -m 755 "$here/s6/shutdown" "$root/sbin/reboot"
  mkdir -p "$root/etc/service/.s6-svscan"
  install -m 755 "$here/s6/finish" "$root/etc/service/.s6-svscan/finish"
  ;;
*)
  echo "no recipe for $kind" >&2
  exit 1
  ;;
esac

# systemd would otherwise bring /etc and /var up to date with /usr at the first boot.
touch -r "$root/usr" "$root/etc/.updated" "$root/var/.updated"
