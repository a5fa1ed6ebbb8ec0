// The limits that `minfds` and `minprocs` ask for (Supervisor, section 3.1).

import { err, ok, type Result } from "../core/base/result.ts";
import type { DaemonOptions } from "../core/config/model.ts";
import type { LimitOutcome } from "../host/system/limits.ts";

/** Raises a soft limit (and if need be the hard one) to at least `wanted`. */
type RequireLimit = (resource: "files" | "processes", wanted: number) => LimitOutcome;

/** Raises what is too low. @returns lines for the activity log, or why the daemon cannot start */
export function raiseLimits(
  options: DaemonOptions,
  require: RequireLimit,
): Result<readonly string[], string> {
  const lines: string[] = [];
  const files = require("files", options.minfds);
  if (files.kind === "refused") return err(tooFewFiles(options.minfds, files.limit.hard));
  if (files.kind === "raised") lines.push(`Increased RLIMIT_NOFILE limit to ${options.minfds}`);
  const processes = require("processes", options.minprocs);
  if (processes.kind === "refused") {
    return err(tooFewProcesses(options.minprocs, processes.limit.hard));
  }
  if (processes.kind === "raised")
    lines.push(`Increased RLIMIT_NPROC limit to ${options.minprocs}`);
  return ok(lines);
}

function tooFewFiles(wanted: number, available: number): string {
  return (
    `The minimum number of file descriptors required to run this process is ${wanted} as per the ` +
    '"minfds" command-line argument or config file setting. The current environment will only ' +
    `allow you to open ${available} file descriptors.  Either raise the number of usable file ` +
    "descriptors in your environment (see README.rst) or lower the minfds setting in the config " +
    "file to allow the process to start."
  );
}

function tooFewProcesses(wanted: number, available: number): string {
  return (
    `The minimum number of available processes required to run this program is ${wanted} as per ` +
    'the "minprocs" command-line argument or config file setting. The current environment will ' +
    `only allow you to open ${available} processes.  Either raise the number of usable processes ` +
    "in your environment (see README.rst) or lower the minprocs setting in the config file to " +
    "allow the program to start."
  );
}
