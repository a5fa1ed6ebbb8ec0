// Detects the init system of a host by what runs, never by installed commands: many containers have systemctl, but no
// running systemd.

import type { Result } from "../../core/base/result.ts";
import { err, ok } from "../../core/base/result.ts";

/** In the order of messages. */
export const INIT_SYSTEMS = ["systemd", "sysv", "openrc", "runit", "s6", "launchd"] as const;

export type InitSystem = (typeof INIT_SYSTEMS)[number];

/** Evidence on the host. */
export interface InitEvidence {
  readonly platform: string;
  /** Name of PID 1 (/proc/1/comm), or null if it cannot be read. */
  readonly firstProcess: string | null;
  /** /run/systemd/system is a directory: sd_booted(3). */
  readonly hasRunSystemd: boolean;
  /** /run/openrc/softlevel exists: OpenRC has started a runlevel. */
  readonly hasOpenrcLevel: boolean;
  /** /etc/inittab and /etc/init.d exist. */
  readonly hasInittab: boolean;
  /** The kind of container ("docker", "systemd-nspawn"...), or null on a machine. */
  readonly container: string | null;
}

/** An init system, and the evidence. */
export interface DetectedInit {
  readonly init: InitSystem;
  readonly because: string;
}

/** The init system of this host. The error contains the evidence. */
export function detectInit(evidence: InitEvidence): Result<DetectedInit, string> {
  const { platform, firstProcess: first } = evidence;
  if (platform === "darwin") return ok({ init: "launchd", because: "this is macOS" });
  if (evidence.hasRunSystemd) {
    return ok({ init: "systemd", because: "/run/systemd/system exists" });
  }
  if (first === "runit" || first === "runit-init") {
    return ok({ init: "runit", because: `PID 1 is ${first}` });
  }
  if (first === "s6-svscan") return ok({ init: "s6", because: "PID 1 is s6-svscan" });
  if (first === "openrc-init") return ok({ init: "openrc", because: "PID 1 is openrc-init" });
  if (evidence.hasOpenrcLevel) {
    return ok({ init: "openrc", because: "/run/openrc/softlevel exists" });
  }
  if (first === "init" && evidence.hasInittab) {
    return ok({ init: "sysv", because: "PID 1 is init, with /etc/inittab" });
  }
  const seen = first === null ? "PID 1 cannot be read" : `PID 1 is ${first}`;
  const where = evidence.container === null ? "" : ` (a ${evidence.container} container)`;
  return err(`no supported init system is running: ${seen}${where}`);
}
