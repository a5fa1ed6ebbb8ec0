// The files of a host that change without anybody's doing, or by the doing of the init system at each boot. Snapshots leave
// them out. Each is named as narrowly as can be: whatever tsv might leave behind must be seen.

/** Patterns: `*` is any text without a slash, and a last `/**` all below. */
export const CHANGING: readonly string[] = [
  // No files of the disk, or not meant to outlive a boot.
  "/proc/**",
  "/sys/**",
  "/dev/**",
  "/run/**",
  "/tmp/**",
  "/var/tmp/systemd-private-*",
  "/var/tmp/systemd-private-*/**",
  // Who logged in, and what was said at boot.
  "/var/log/journal/**",
  "/var/log/wtmp",
  "/var/log/btmp",
  "/var/log/lastlog",
  "/var/log/faillog",
  "/var/log/dmesg*",
  "/var/log/boot",
  "/var/log/rc.log",
  "/var/log/fsck/**",
  "/var/log/runit/**",
  // The machine's identity, clock and entropy.
  "/etc/machine-id",
  "/etc/adjtime",
  "/var/lib/systemd/random-seed",
  "/var/lib/urandom/random-seed",
  "/var/lib/systemd/timesync/clock",
  "/var/lib/systemd/timers/**",
  "/var/lib/systemd/catalog/database",
  // What the inits note about a boot.
  "/etc/motd",
  "/var/lib/initscripts/**",
  "/etc/init.d/.depend.boot",
  "/etc/init.d/.depend.start",
  "/etc/init.d/.depend.stop",
  "/usr/lib/rc/cache",
  "/usr/lib/rc/cache/**",
  "/etc/runit/stopit",
  "/etc/runit/reboot",
  // What supervisors of directories keep in each of them while it exists.
  "/etc/sv/*/supervise/**",
  "/etc/sv/*/log/supervise/**",
  "/etc/service/.s6-svscan/**",
  "/etc/service/*/supervise/**",
  "/etc/service/*/event/**",
  // The copy of the version before that the tools for accounts keep, and their lock.
  "/etc/passwd-",
  "/etc/group-",
  "/etc/shadow-",
  "/etc/gshadow-",
  "/etc/subuid-",
  "/etc/subgid-",
  "/etc/.pwd.lock",
];
