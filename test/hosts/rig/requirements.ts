// Whether this machine can boot test hosts, and if not, why.

import { execFileSync, spawnSync } from "node:child_process";
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { join } from "node:path";
import { withoutTsv } from "../../e2e/rig/places.ts";
import { withoutPrograms } from "../../rig/programs.ts";
import { hierarchies } from "./cgroups.ts";
import type { Architecture } from "./kinds.ts";
import { mounts } from "./mounts.ts";
import { BASES, HOSTS_DIRECTORY } from "./places.ts";

const PROGRAMS =
  "apt-get dpkg mmdebstrap systemd-nspawn nsenter unshare setpriv flock timeout mount umount".split(
    " ",
  );

let answer: string | false | null = null;

/** The reason to skip tests on hosts, or false. */
export function withoutHosts(): string | false {
  answer ??= findReason();
  return answer;
}

/** As above, for tests that also need the executable. */
export function withoutHostsOrTsv(): string | false {
  return withoutTsv() || withoutHosts();
}

/** The kernel's names for what runs programs of an architecture that it does not run itself, and Node's for those it does. */
const EMULATORS: Readonly<Record<Architecture, { handler: string; native: string }>> = {
  amd64: { handler: "qemu-x86_64", native: "x64" },
  arm64: { handler: "qemu-aarch64", native: "arm64" },
  armhf: { handler: "qemu-arm", native: "arm" },
};

/** The reason to skip tests on hosts of an architecture, or false. */
export function withoutArchitecture(architecture: Architecture | null): string | false {
  if (architecture === null) return false;
  const { handler, native } = EMULATORS[architecture];
  if (process.arch === native) return false;
  const entry = textOf(`/proc/sys/fs/binfmt_misc/${handler}`);
  if (entry === "") {
    return `nothing here runs programs of ${architecture}: the kernel has no ${handler}; run make test-dist as root`;
  }
  // Without F the emulator is looked for in the host's root, which has none.
  if (/^enabled$/m.test(entry) && /^flags:.*F/m.test(entry)) return false;
  return `programs of ${architecture} do not run in other roots here: ${handler} is off, or lacks the flag F`;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function findReason(): string | false {
  if (process.platform !== "linux") return "test hosts need Linux";
  if (process.getuid?.() !== 0) return "test hosts need root: they are mounted and booted";
  // The root of a user namespace makes no devices and mounts no /sys, so that nothing boots in it.
  if (!/^\s*0\s+0\s+4294967295$/m.test(textOf("/proc/self/uid_map")))
    return "test hosts need the machine's own root, not that of a user namespace";
  const absent = withoutPrograms(PROGRAMS, "make test-hosts");
  if (absent !== false) return absent;
  if (!mounts().some(({ type }) => type === "cgroup2")) return "no cgroup2 is mounted here";
  if (!hierarchies().every(isWritable)) return "the cgroups are read-only here";
  return withoutDebian() || tryOverlay();
}

/** Where Debian comes from is asked of apt as build-base.sh does. Bases that are there do without. */
function withoutDebian(): string | false {
  if (process.env["TSV_HOSTS_MIRROR"] || existsSync(BASES)) return false;
  const format = "$(ORIGIN)|$(LABEL)|$(COMPONENT)";
  const { stdout } = spawnSync(
    "apt-get",
    ["indextargets", "--format", format, "Created-By: Packages"],
    { encoding: "utf8" },
  );
  if (/^Debian\|Debian\|main$/m.test(stdout)) return false;
  return "apt here knows no Debian mirror; run make test-hosts, or name one in TSV_HOSTS_MIRROR";
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Mounts an overlay where hosts would be, in namespaces that go with the attempt. */
function tryOverlay(): string | false {
  let place = HOSTS_DIRECTORY;
  try {
    mkdirSync(HOSTS_DIRECTORY, { recursive: true });
    place = mkdtempSync(join(HOSTS_DIRECTORY, "probe-"));
    const make = "mkdir low up wk root";
    const mount = "mount -t overlay probe -o lowerdir=low,upperdir=up,workdir=wk root";
    const namespaces = ["--mount", "--pid", "--fork", "--uts", "--ipc", "--net"];
    const shell = ["sh", "-c", `${make} && ${mount}`];
    execFileSync("unshare", [...namespaces, ...shell], { cwd: place, stdio: "pipe" });
    return false;
  } catch (error) {
    const said = String((error as { stderr?: unknown }).stderr ?? error).trim();
    return `root cannot make namespaces, or mount an overlay in ${HOSTS_DIRECTORY}: ${said}`;
  } finally {
    if (place !== HOSTS_DIRECTORY) rmSync(place, { recursive: true, force: true });
  }
}
