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

type End = Pick<Kind, "reboot" | "powerOff">;

const BY_SYSTEMCTL: End = {
  reboot: ["systemctl", "reboot"],
  powerOff: ["systemctl", "poweroff"],
};
const BY_SHUTDOWN: End = {
  reboot: ["/sbin/shutdown", "-r", "now"],
  powerOff: ["/sbin/shutdown", "-h", "-P", "now"],
};
const BY_INIT: End = { reboot: ["/sbin/init", "6"], powerOff: ["/sbin/init", "0"] };
const BY_S6: End = { reboot: ["/sbin/reboot"], powerOff: ["/sbin/poweroff"] };

const COMMON = ["procps", "sudo"];
const SYSTEMD = ["systemd", "systemd-sysv", "dbus", "libpam-systemd"];
/** What the executable itself needs of a host, and a shell. */
const BARE = ["base-files", "busybox-static", "libc6", "libgcc-s1", "libstdc++6"];

type Traits = Omit<Kind, "name">;

function booted(
  init: string,
  packages: readonly string[],
  end: End,
  suite = "bookworm",
  architecture: Architecture | null = null,
): Traits {
  return { suite, architecture, packages: [...COMMON, ...packages], init, ...end };
}

function bare(architecture: Architecture, suite: string): Traits {
  return { suite, architecture, packages: BARE, init: "sleep", reboot: [], powerOff: [] };
}

const TRAITS: Readonly<Record<HostName, Traits>> = {
  "systemd-bookworm": booted("systemd", SYSTEMD, BY_SYSTEMCTL),
  "systemd-trixie": booted("systemd", SYSTEMD, BY_SYSTEMCTL, "trixie"),
  sysv: booted(
    "init",
    ["sysvinit-core", "sysv-rc", "initscripts", "insserv", "startpar"],
    BY_SHUTDOWN,
  ),
  // Debian's OpenRC is started by sysvinit's init.
  openrc: booted("init", ["sysvinit-core", "openrc", "initscripts"], BY_SHUTDOWN),
  runit: booted("runit", ["runit-init", "runit", "initscripts", "sysv-rc"], BY_INIT),
  // Debian has s6 but nothing that makes it PID 1: the recipe brings the three scripts that do.
  s6: booted("s6-svscan", ["s6", "busybox-static"], BY_S6),
  "systemd-arm64": booted("systemd", SYSTEMD, BY_SYSTEMCTL, "bookworm", "arm64"),
  "systemd-armhf": booted("systemd", SYSTEMD, BY_SYSTEMCTL, "bookworm", "armhf"),
  "bare-amd64-bookworm": bare("amd64", "bookworm"),
  "bare-arm64-bookworm": bare("arm64", "bookworm"),
  "bare-arm64-trixie": bare("arm64", "trixie"),
  "bare-armhf-bookworm": bare("armhf", "bookworm"),
  "bare-armhf-trixie": bare("armhf", "trixie"),
};

/** A kind by its name. */
export function kindOf(name: HostName): Kind {
  return { name, ...TRAITS[name] };
}

/** Every init system once, in the order in which tests go through them. */
export const KIND_NAMES: readonly KindName[] = [
  "systemd-bookworm",
  "systemd-trixie",
  "sysv",
  "openrc",
  "runit",
  "s6",
];
