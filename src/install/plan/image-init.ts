// Detects the init system of an image by its files, because nothing runs there.

import { err, ok, type Result } from "../../core/base/result.ts";
import type { DetectedInit } from "./init-system.ts";
import type { FoundFile } from "./steps.ts";

export interface ImageEvidence {
  /** /sbin/init of the image. */
  readonly init: FoundFile;
  /** /usr/lib/systemd/systemd or /lib/systemd/systemd exists. */
  readonly hasSystemd: boolean;
  /** OpenRC is installed and has runlevels: on Debian, sysvinit starts it. */
  readonly hasOpenrc: boolean;
  /** Text of /etc/inittab, or null. */
  readonly inittab: string | null;
}

/** The init system of an image. */
export function detectImageInit(evidence: ImageEvidence): Result<DetectedInit, string> {
  const { init, hasSystemd, hasOpenrc, inittab } = evidence;
  if (init.kind === "link") {
    const because = `its /sbin/init is a symlink to ${init.target}`;
    if (/systemd/.test(init.target)) return ok({ init: "systemd", because });
    if (/runit/.test(init.target)) return ok({ init: "runit", because });
    if (/openrc/.test(init.target)) return ok({ init: "openrc", because });
    if (/s6/.test(init.target)) return ok({ init: "s6", because });
  }
  if (inittab !== null && /^[^#]*\brunsvdir|^[^#]*\/runit\b/m.test(inittab)) {
    return ok({ init: "runit", because: "its /etc/inittab starts runit" });
  }
  if (inittab !== null && /^[^#]*\bopenrc\b/m.test(inittab)) {
    return ok({ init: "openrc", because: "its /etc/inittab starts openrc" });
  }
  if (hasOpenrc) return ok({ init: "openrc", because: "it contains OpenRC and its runlevels" });
  if (init.kind === "file" && inittab !== null) {
    return ok({ init: "sysv", because: "it has /sbin/init and /etc/inittab" });
  }
  if (hasSystemd) return ok({ init: "systemd", because: "systemd is installed in it" });
  return err("it contains no supported init system");
}
