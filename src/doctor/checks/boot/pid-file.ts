// BOOT-009: a pid file is stale or cannot be written.

import { dirname } from "../../../core/config/paths.ts";
import { isBelow } from "../../../install/plan/layout.ts";
import {
  daemonAccount,
  describePathProblem,
  firstPathProblem,
  ownership,
  readConfig,
  userName,
} from "../../facts/access.ts";
import { describeProcess } from "../../facts/daemons.ts";
import type { Probe, Seen } from "../../facts/probe.ts";
import { isFileLocked } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Finding } from "../../model.ts";
import { shellLine } from "../../repairs/commands.ts";
import { optionPlace } from "../../repairs/config-edits.ts";
import { fix, repair } from "../../repairs/fix.ts";
import { byHand } from "../../repairs/repairs.ts";
import { check, finding } from "../check.ts";
import { isMadeForRoot } from "../socket/bind-repairs.ts";

export const PID_FILE = check("BOOT-009", "stale or unwritable pid file", (situation, probe) => {
  const path = readConfig(situation)?.daemon.pidfile;
  if (path === undefined || situation.daemon !== null) return null;
  const found = probe.look(path);
  return found.ok ? stale(path, found, situation, probe) : unwritable(path, situation, probe);
});

function stale(path: string, found: Seen, situation: Situation, probe: Probe): Finding | null {
  if (found.kind !== "file" || probe.find(path).kind !== "file") return null;
  const digits = /^\s*(\d{1,10})\s*$/.exec(probe.readText(path) ?? "")?.[1];
  // If locks cannot be read, the file counts as locked.
  if (digits === undefined || isFileLocked(path, found.inode, probe) !== false) return null;
  const holder = whoseNumber(Number(digits), found, situation, probe);
  if (holder === null) return null;
  const isOwn = isBelow(path, [situation.service.layout.runDirectory]);
  return finding("warning", path, {
    symptom: `the pid file names a running daemon with pid ${digits}, but none runs`,
    cause: "A daemon exited without removing its pid file.",
    evidence: [
      `${path} (${ownership(found, probe)}) contains ${digits}`,
      holder,
      "no process has locked it",
    ],
    place: isOwn ? null : optionPlace(situation.config, "supervisord", "pidfile"),
    repair: repair(
      "Remove the stale pid file",
      fix.removeStale(isOwn ? "A" : "B", path, `contains the unused pid ${digits}`),
    ),
  });
}

/** Evidence that the pid does not belong to a daemon any more; null if it may. */
function whoseNumber(
  pid: number,
  { modifiedMs }: Seen,
  { daemons }: Situation,
  probe: Probe,
): string | null {
  const process = probe.process(pid);
  if (process === null) return `no process has the pid ${pid}`;
  // The kernel gives start times in hundredths of a second, relative to the boot, which is known in whole seconds.
  if (process.startedMs > modifiedMs + 2000) {
    return `${describeProcess(process)} started after the file was written`;
  }
  const isDaemon = daemons.some((one) => one.pid === pid);
  // A process can choose its name; the command line of a kernel thread or a zombie is empty.
  return isDaemon ||
    process.command.length === 0 ||
    /supervisord|\btsv\b/.test(process.command.join(" "))
    ? null
    : `${describeProcess(process)} is not a daemon`;
}

/** A missing directory is reported with the configuration, which cannot be read without it. */
function unwritable(path: string, situation: Situation, probe: Probe): Finding | null {
  const account = daemonAccount(situation, probe);
  const pathProblem = firstPathProblem(path, "write", account, probe);
  if (pathProblem === null || pathProblem.errno === "ENOENT") return null;
  const { layout } = situation.service;
  const directory = dirname(path);
  const user = userName(account.uid, probe);
  const isDefault = path === layout.pidfile;
  const other = isDefault ? `${layout.stateDirectory}/run/tsv.pid` : layout.pidfile;
  return finding("warning", path, {
    symptom: `could not write pidfile ${path}`,
    cause: "The daemon cannot create its pid file there.",
    evidence: [describePathProblem(pathProblem, account.uid, probe)],
    place: optionPlace(situation.config, "supervisord", "pidfile"),
    repair:
      isDefault && !isMadeForRoot(directory, situation, probe)
        ? byHand(`Give ${user} write permission on ${directory}`, [
            shellLine(["chown", user, directory]),
          ])
        : byHand("Set pidfile= to a directory that the daemon can write to", [
            `# in [supervisord]: pidfile=${other}`,
          ]),
  });
}
