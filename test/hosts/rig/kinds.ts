// The kinds of host: packages, the init system that must be PID 1, and the shutdown command.

/** Hosts of this machine's architecture: the init systems that tsv is tested with. */
export type KindName = "systemd-bookworm" | "systemd-trixie" | "sysv" | "openrc" | "runit" | "s6";

/** Hosts of another architecture, which run through qemu. */
export type ForeignName = "systemd-arm64" | "systemd-armhf";

/** Roots with little more than a C library and a shell: for `bootWithoutInit` only. Named after architecture and suite. */
export type BareName =
  | "bare-amd64-bookworm"
  | "bare-arm64-bookworm"
  | "bare-arm64-trixie"
  | "bare-armhf-bookworm"
  | "bare-armhf-trixie";

/** All of them. */
export type HostName = KindName | ForeignName | BareName;

/** Debian's names. */
export type Architecture = "amd64" | "arm64" | "armhf";

/** One kind of host. */
export interface Kind {
  readonly name: HostName;
  /** Debian's suite. */
  readonly suite: string;
  /** Null for this machine's own. */
  readonly architecture: Architecture | null;
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

/** What the executable itself needs of a host, and a shell. */
const BARE = ["base-files", "busybox-static", "libc6", "libgcc-s1", "libstdc++6"];

function bare(architecture: Architecture, suite: string, name: BareName): Kind {
  return { name, suite, architecture, packages: BARE, init: "sleep", reboot: [], powerOff: [] };
}

/** All kinds. */
export const KINDS: Readonly<Record<HostName, Kind>> = {
  "systemd-bookworm": {
    name: "systemd-bookworm",
    suite: "bookworm",
    architecture: null,
    packages: SYSTEMD,
    init: "systemd",
    ...BY_SYSTEMCTL,
  },
  "systemd-trixie": {
    name: "systemd-trixie",
    suite: "trixie",
    architecture: null,
    packages: SYSTEMD,
    init: "systemd",
    ...BY_SYSTEMCTL,
  },
  sysv: {
    name: "sysv",
    suite: "bookworm",
    architecture: null,
    packages: [...COMMON, "sysvinit-core", "sysv-rc", "initscripts", "insserv", "startpar"],
    init: "init",
    ...BY_SHUTDOWN,
  },
  // Debian's OpenRC is started by sysvinit's init.
  openrc: {
    name: "openrc",
    suite: "bookworm",
    architecture: null,
    packages: [...COMMON, "sysvinit-core", "openrc", "initscripts"],
    init: "init",
    ...BY_SHUTDOWN,
  },
  runit: {
    name: "runit",
    suite: "bookworm",
    architecture: null,
    packages: [...COMMON, "runit-init", "runit", "initscripts", "sysv-rc"],
    init: "runit",
    reboot: ["/sbin/init", "6"],
    powerOff: ["/sbin/init", "0"],
  },
  // Debian has s6 but nothing that makes it PID 1: the recipe brings the three scripts that do.
  s6: {
    name: "s6",
    suite: "bookworm",
    architecture: null,
    packages: [...COMMON, "s6", "busybox-static"],
    init: "s6-svscan",
    reboot: ["/sbin/reboot"],
    powerOff: ["/sbin/poweroff"],
  },
  "systemd-arm64": {
    name: "systemd-arm64",
    suite: "bookworm",
    architecture: "arm64",
    packages: SYSTEMD,
    init: "systemd",
    ...BY_SYSTEMCTL,
  },
  "systemd-armhf": {
    name: "systemd-armhf",
    suite: "bookworm",
    architecture: "armhf",
    packages: SYSTEMD,
    init: "systemd",
    ...BY_SYSTEMCTL,
  },
  "bare-amd64-bookworm": bare("amd64", "bookworm", "bare-amd64-bookworm"),
  "bare-arm64-bookworm": bare("arm64", "bookworm", "bare-arm64-bookworm"),
  "bare-arm64-trixie": bare("arm64", "trixie", "bare-arm64-trixie"),
  "bare-armhf-bookworm": bare("armhf", "bookworm", "bare-armhf-bookworm"),
  "bare-armhf-trixie": bare("armhf", "trixie", "bare-armhf-trixie"),
};

/** Every init system once, in the order in which tests go through them. */
export const KIND_NAMES: readonly KindName[] = [
  "systemd-bookworm",
  "systemd-trixie",
  "sysv",
  "openrc",
  "runit",
  "s6",
];
