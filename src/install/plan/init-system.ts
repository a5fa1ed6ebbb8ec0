// Which init system runs a host. Decided by what really runs, never by which commands are installed: systemctl is found
// in many containers that nothing boots.

import type { Result } from "../../core/base/result.ts";
import { err, ok } from "../../core/base/result.ts";

/** In the order in which they are named to people. */
export const INIT_SYSTEMS = ["systemd", "sysv", "openrc", "runit", "s6", "launchd"] as const;

export type InitSystem = (typeof INIT_SYSTEMS)[number];

/** What was seen on the host. */
export interface InitEvidence {
  readonly platform: string;
  /** Name of process 1 as the kernel has it (/proc/1/comm), or null where it cannot be read. */
  readonly firstProcess: string | null;
  /** /run/systemd/system is a directory: sd_booted(3). */
  readonly hasRunSystemd: boolean;
  /** /run/openrc/softlevel exists: OpenRC has brought the machine to a runlevel. */
  readonly hasOpenrcLevel: boolean;
  /** /etc/inittab and /etc/init.d exist. */
  readonly hasInittab: boolean;
  /** What the container says it is ("docker", "systemd-nspawn"...), or null on a machine. */
  readonly container: string | null;
}

/** An init system, and what shows that it is the one. */
export interface DetectedInit {
  readonly init: InitSystem;
  readonly because: string;
}

/** The init system that runs this host. The error says what was seen instead. */
export function detectInit(evidence: InitEvidence): Result<DetectedInit, string> {
  const { platform, firstProcess: first } = evidence;
  if (platform === "darwin") return ok({ init: "launchd", because: "this is macOS" });
  if (evidence.hasRunSystemd) {
    return ok({ init: "systemd", because: "/run/systemd/system exists" });
  }
  if (first === "runit" || first === "runit-init") {
    return ok({ init: "runit", because: `process 1 is ${first}` });
  }
  if (first === "s6-svscan") return ok({ init: "s6", because: "process 1 is s6-svscan" });
  if (first === "openrc-init") return ok({ init: "openrc", because: "process 1 is openrc-init" });
  if (evidence.hasOpenrcLevel) {
    return ok({ init: "openrc", because: "/run/openrc/softlevel exists" });
  }
  if (first === "init" && evidence.hasInittab) {
    return ok({ init: "sysv", because: "process 1 is init, with /etc/inittab" });
  }
  const seen = first === null ? "process 1 cannot be seen" : `process 1 is ${first}`;
  const where = evidence.container === null ? "" : ` (a ${evidence.container} container)`;
  return err(`no init system that tsv knows runs here: ${seen}${where}`);
}
