// BOOT-009: a pid file is stale or cannot be written.

import { dirname } from "../../../core/config/paths.ts";
import { isBelow } from "../../../install/plan/paths.ts";
import { describeObstacle, firstObstacle } from "../../facts/access.ts";
import { daemonAccount, readConfig } from "../../facts/daemon-account.ts";
import { describeProcess } from "../../facts/describe-process.ts";
import { isFileLocked } from "../../facts/file-locks.ts";
import type { Probe, Seen } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Finding, Repair } from "../../model.ts";
import { optionPlace } from "../../repairs/option-edits.ts";
import { ownership, userName } from "../../repairs/ownership.ts";
import { byHand, repairStep } from "../../repairs/repairs.ts";
import { shellLine, shellWord } from "../../repairs/shell-quoting.ts";
import { defineCheck } from "../check.ts";
import { isMadeForRoot } from "../socket/bind-repairs.ts";

export const PID_FILE = defineCheck({
  code: "BOOT-009",
  area: "boot",
  title: "stale or unwritable pid file",
  repairs: ["A", "B", "C"],
  page: {
    symptom:
      "An init script or a monitoring tool says that the daemon runs (`supervisord already running`), but it does not. Or the activity log says `could not write pidfile /run/tsv/tsv.pid`.",
    cause:
      "A daemon that was killed, or a power failure, leaves its pid file behind. Meanwhile the pid is unused, or belongs to another process. tsv uses the lock file beside it (`tsv.pid.lock`), not the number, but scripts written for Supervisor use the number. Doctor considers a pid file stale if no daemon of this configuration runs, no process has locked the file, and the process with that pid does not exist, started after the file was written, or is not a daemon.",
    repair:
      "With --fix, doctor removes a stale pid file in the run directory of tsv; elsewhere it asks first. It never removes a file that contains anything but a number. If the user of the daemon has no permission to write to the directory, grant it, or set `pidfile=` to another file.",
  },
  look(situation, probe) {
    const path = readConfig(situation)?.daemon.pidfile;
    if (path === undefined) return [];
    const found = probe.look(path);
    if (!found.ok) return unwritable(path, situation, probe);
    return situation.daemon === null ? stale(path, found, situation, probe) : [];
  },
});

function stale(path: string, found: Seen, situation: Situation, probe: Probe): readonly Finding[] {
  if (found.kind !== "file" || probe.find(path).kind !== "file") return [];
  const digits = /^\s*(\d{1,10})\s*$/.exec(probe.readText(path) ?? "")?.[1];
  // If locks cannot be read, the file counts as locked.
  if (digits === undefined || isFileLocked(path, found.inode, probe) !== false) return [];
  const holder = whoseNumber(Number(digits), found, situation, probe);
  if (holder === null) return [];
  const isOwn = isBelow(path, [situation.service.layout.runDirectory]);
  return [
    {
      severity: "warning",
      subject: path,
      symptom: `the pid file names a running daemon with pid ${digits}, but none runs`,
      cause: "A daemon exited without removing its pid file.",
      evidence: [
        `${path} (${ownership(found, probe)}) contains ${digits}`,
        holder,
        "no process has locked it",
      ],
      place: isOwn ? null : optionPlace(situation.config, "supervisord", "pidfile"),
      repair: {
        class: isOwn ? "A" : "B",
        advice: "Remove the stale pid file",
        commands: [`rm ${shellWord(path)}`],
        steps: [
          repairStep(
            { kind: "remove-stale", path },
            `contains the unused pid ${digits}`,
            "removed",
          ),
        ],
      },
    },
  ];
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
function unwritable(path: string, situation: Situation, probe: Probe): readonly Finding[] {
  const account = daemonAccount(situation, probe);
  const obstacle = firstObstacle(path, "write", account, probe);
  if (obstacle === null || obstacle.errno === "ENOENT" || situation.daemon !== null) return [];
  const { layout } = situation.service;
  const isGiven = path === layout.pidfile && !isMadeForRoot(dirname(path), situation, probe);
  const place = path === layout.pidfile ? `${layout.stateDirectory}/run/tsv.pid` : layout.pidfile;
  return [
    {
      severity: "warning",
      subject: path,
      symptom: `could not write pidfile ${path}`,
      cause: "The daemon cannot create its pid file there.",
      evidence: [describeObstacle(obstacle, account.uid, probe)],
      place: optionPlace(situation.config, "supervisord", "pidfile"),
      repair: isGiven
        ? giving(dirname(path), account.uid, probe)
        : byHand("Set pidfile= to a directory that the daemon can write to", [
            `# in [supervisord]: pidfile=${place}`,
          ]),
    },
  ];
}

/** The suggested directory is the one that denies access. */
function giving(directory: string, uid: number, probe: Probe): Repair {
  const user = userName(uid, probe);
  const advice = `Give ${user} write permission on ${directory}`;
  return byHand(advice, [shellLine(["chown", user, directory])]);
}
