// The limits that `minfds` and `minprocs` ask for (Supervisor, section 3.1).

import { err, ok, type Result } from "../core/base/result.ts";
import type { DaemonOptions } from "../core/config/model.ts";

/** One resource limit of the daemon; Infinity is "unlimited". */
export interface LimitAccess {
  get(resource: "files" | "processes"): { readonly soft: number; readonly hard: number } | null;
  /** @returns whether the kernel agreed */
  set(resource: "files" | "processes", soft: number, hard: number): boolean;
}

interface Wanted {
  readonly resource: "files" | "processes";
  readonly name: string;
  readonly minimum: number;
  readonly refusal: (available: number) => string;
}

function wanted(options: DaemonOptions): readonly Wanted[] {
  const { minfds, minprocs } = options;
  return [
    {
      resource: "files",
      name: "RLIMIT_NOFILE",
      minimum: minfds,
      refusal: (n) =>
        `The minimum number of file descriptors required to run this process is ${minfds} as per the "minfds" command-line argument or config file setting. The current environment will only allow you to open ${n} file descriptors.  Either raise the number of usable file descriptors in your environment (see README.rst) or lower the minfds setting in the config file to allow the process to start.`,
    },
    {
      resource: "processes",
      name: "RLIMIT_NPROC",
      minimum: minprocs,
      refusal: (n) =>
        `The minimum number of available processes required to run this program is ${minprocs} as per the "minprocs" command-line argument or config file setting. The current environment will only allow you to open ${n} processes.  Either raise the number of usable processes in your environment (see README.rst) or lower the minprocs setting in the config file to allow the program to start.`,
    },
  ];
}

/** Raises what is too low. @returns lines for the activity log, or why the daemon cannot start */
export function raiseLimits(
  options: DaemonOptions,
  limits: LimitAccess,
): Result<readonly string[], string> {
  const lines: string[] = [];
  for (const { resource, name, minimum, refusal } of wanted(options)) {
    const limit = limits.get(resource);
    if (limit === null || limit.soft >= minimum) continue;
    if (!limits.set(resource, minimum, Math.max(limit.hard, minimum))) return err(refusal(limit.hard));
    lines.push(`Increased ${name} limit to ${minimum}`);
  }
  return ok(lines);
}
