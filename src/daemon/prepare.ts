// Prepares the process of the daemon once, before anything else: limits, privileges, umask, directory.
//
// sync-ok(chdir): at the first start, before anything is supervised

import { err, ok, type Result } from "../core/base/result.ts";
import type { Config, ConfigNotice, DaemonOptions } from "../core/config/model.ts";
import { dirname, joinPath, splitPath } from "../core/config/paths.ts";
import { runDirectoryOf } from "../core/config/run-directory.ts";
import { makeRunDirectory } from "../host/files/run-directory.ts";
import { kept } from "../host/keeper/keeper.ts";
import { requireLimit } from "../host/system/limits.ts";
import { dropPrivileges } from "../host/system/privileges.ts";

/** Limits before rights: only root may raise a hard limit. */
export function prepare(config: Config): Result<readonly ConfigNotice[], string> {
  const { user } = config.daemon;
  const lines: ConfigNotice[] = [];
  const raised = raiseLimits(config.daemon);
  if (!raised.ok) return raised;
  if (process.getuid?.() === 0) makeDirectoryOf(config);
  if (user !== null) {
    const problem = dropPrivileges(user);
    if (problem !== null) return err(problem);
    lines.push(info(`Set uid to user ${user.uid} succeeded`));
  }
  lines.push(...raised.value.map(info));
  lines.push(...enter(config.daemon));
  return ok(lines);
}

/** Prepares a process that continues for another one, with the rights that it had. */
export function prepareAgain({ daemon }: Config): void {
  raiseLimits(daemon);
  enter(daemon);
}

/** @returns lines for the activity log */
function enter({ directory, umask }: DaemonOptions): readonly ConfigNotice[] {
  process.umask(umask);
  if (directory === null) return [];
  try {
    process.chdir(directory);
    kept()?.changeDirectory(directory);
    return [info(`set current directory: '${directory}'`)];
  } catch (error) {
    return [{ level: "CRIT", text: `can't chdir into '${directory}': ${String(error)}` }];
  }
}

/** As the unit or script of the service does: without it, as in a container, nothing else would. */
function makeDirectoryOf({ daemon: { configFile, here, pidfile }, servers }: Config): void {
  const directory = runDirectoryOf(joinPath(here, splitPath(configFile).tail));
  const sockets = servers.flatMap((server) => (server.kind === "unix" ? [server.path] : []));
  const isUsed = [pidfile, ...sockets].some((path) => dirname(path) === directory);
  if (directory !== null && isUsed) makeRunDirectory(directory);
}

function info(text: string): ConfigNotice {
  return { level: "INFO", text };
}

/** Raises the limits that `minfds` and `minprocs` require (Supervisor, section 3.1). @returns lines for the activity log, or why the daemon cannot start */
function raiseLimits({ minfds, minprocs }: DaemonOptions): Result<readonly string[], string> {
  const lines: string[] = [];
  const files = requireLimit("nofile", minfds);
  if (files.kind === "refused") return err(tooFewFiles(minfds, files.limit.hard));
  if (files.kind === "raised") lines.push(`Increased RLIMIT_NOFILE limit to ${minfds}`);
  const processes = requireLimit("nproc", minprocs);
  if (processes.kind === "refused") return err(tooFewProcesses(minprocs, processes.limit.hard));
  if (processes.kind === "raised") lines.push(`Increased RLIMIT_NPROC limit to ${minprocs}`);
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
