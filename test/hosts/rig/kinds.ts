// The kinds of host: what each is made of, which init must be PID 1, and how an administrator shuts it down.

/** The names of the kinds. */
export type KindName = "systemd-bookworm" | "systemd-trixie" | "sysv" | "openrc" | "runit" | "s6";

/** One kind of host. */
export interface Kind {
  readonly name: KindName;
  /** Debian's suite. */
  readonly suite: string;
  readonly packages: readonly string[];
  /** /proc/1/comm of a booted host. */
  readonly init: string;
  readonly reboot: readonly string[];
  readonly powerOff: readonly string[];
}

const COMMON = ["procps", "sudo"];
const SYSTEMD = [...COMMON, "systemd", "systemd-sysv", "dbus", "libpam-systemd"];

const BY_SYSTEMCTL = { reboot: ["systemctl", "reboot"], powerOff: ["systemctl", "poweroff"] };
const BY_SHUTDOWN = {
  reboot: ["/sbin/shutdown", "-r", "now"],
  powerOff: ["/sbin/shutdown", "-h", "-P", "now"],
};

/** All kinds. */
export const KINDS: Readonly<Record<KindName, Kind>> = {
  "systemd-bookworm": {
    name: "systemd-bookworm",
    suite: "bookworm",
    packages: SYSTEMD,
    init: "systemd",
    ...BY_SYSTEMCTL,
  },
  "systemd-trixie": {
    name: "systemd-trixie",
    suite: "trixie",
    packages: SYSTEMD,
    init: "systemd",
    ...BY_SYSTEMCTL,
  },
  sysv: {
    name: "sysv",
    suite: "bookworm",
    packages: [...COMMON, "sysvinit-core", "sysv-rc", "initscripts", "insserv", "startpar"],
    init: "init",
    ...BY_SHUTDOWN,
  },
  // Debian's OpenRC is started by sysvinit's init.
  openrc: {
    name: "openrc",
    suite: "bookworm",
    packages: [...COMMON, "sysvinit-core", "openrc", "initscripts"],
    init: "init",
    ...BY_SHUTDOWN,
  },
  runit: {
    name: "runit",
    suite: "bookworm",
    packages: [...COMMON, "runit-init", "runit", "initscripts", "sysv-rc"],
    init: "runit",
    reboot: ["/sbin/init", "6"],
    powerOff: ["/sbin/init", "0"],
  },
  // Debian has s6 but nothing that makes it PID 1: the recipe brings the three scripts that do.
  s6: {
    name: "s6",
    suite: "bookworm",
    packages: [...COMMON, "s6", "busybox-static"],
    init: "s6-svscan",
    reboot: ["/sbin/reboot"],
    powerOff: ["/sbin/poweroff"],
  },
};

/** All names, in the order in which tests go through them. */
export const KIND_NAMES = Object.keys(KINDS) as readonly KindName[];
