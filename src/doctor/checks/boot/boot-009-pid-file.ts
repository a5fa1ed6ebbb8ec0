// BOOT-009: a pid file that is left over, or cannot be written.

import { isLocked } from "../../../core/base/file-locks.ts";
import { dirname } from "../../../core/config/paths.ts";
import { isBelow } from "../../../install/plan/paths.ts";
import { describeObstacle, firstObstacle } from "../../facts/access.ts";
import { daemonAccount, readConfig } from "../../facts/daemon-account.ts";
import { describeProcess } from "../../facts/describe-process.ts";
import type { Probe, Seen } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Finding, Repair } from "../../model.ts";
import { optionPlace } from "../../repairs/option-edits.ts";
import { ownership, userName } from "../../repairs/ownership.ts";
import { byHand, repairStep } from "../../repairs/repairs.ts";
import { shellLine, shellWord } from "../../repairs/shell-quoting.ts";
import { defineCheck } from "../check.ts";

export const PID_FILE = defineCheck({
  code: "BOOT-009",
  area: "boot",
  title: "pid file is stale or cannot be written",
  page: {
    symptom:
      "An init script or a monitor says that the daemon runs (`supervisord already running`), and it does not. Or the activity log says `could not write pidfile /run/tsv/tsv.pid`.",
    cause:
      "A daemon that was killed, or a power cut, leaves its pid file behind, and by now the number is free, or that of another process. tsv itself goes by the lock beside it (`tsv.pid.lock`) and not by the number, but scripts written for Supervisor do not. Doctor takes a pid file for stale when no daemon of this configuration runs, no process has the file locked, and the process of that number is gone, began after the file was written, or is no daemon.",
    repair:
      "With --fix doctor removes a stale pid file in tsv's run directory; elsewhere it asks first. A file that holds anything but a number is left alone. A directory that the daemon's user may not write to is for you to open, or to leave: name another file with `pidfile=`.",
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
  if (digits === undefined || mayBeLocked(found, probe)) return [];
  const holder = whoseNumber(Number(digits), found, situation, probe);
  if (holder === null) return [];
  const isOwn = isBelow(path, [situation.service.layout.runDirectory]);
  return [
    {
      severity: "warning",
      subject: path,
      symptom: `the pid file says that the daemon runs, with pid ${digits}, and it does not`,
      cause: "A daemon ended without removing its pid file.",
      evidence: [
        `${path} (${ownership(found, probe)}) says ${digits}`,
        holder,
        "nobody has it locked",
      ],
      place: isOwn ? null : optionPlace(situation.config, "supervisord", "pidfile"),
      repair: {
        class: isOwn ? "A" : "B",
        advice: "Remove the stale pid file",
        commands: [`rm ${shellWord(path)}`],
        steps: [
          repairStep({ kind: "remove-stale", path }, `the pid of nobody, ${digits}`, "removed"),
        ],
      },
    },
  ];
}

/** Evidence that the number is no daemon's any more; null while it may be one's. */
function whoseNumber(
  pid: number,
  { modifiedMs }: Seen,
  { daemons }: Situation,
  probe: Probe,
): string | null {
  const process = probe.process(pid);
  if (process === null) return `no process has the pid ${pid}`;
  // The start of a process is told to a hundredth of a second, and counts from the boot's whole second.
  if (process.startedMs > modifiedMs + 2000) {
    return `${describeProcess(process)} began after the file was written`;
  }
  const isDaemon = daemons.some((one) => one.pid === pid);
  // A name can be anything; the command line of a process of the kernel or of a zombie is empty.
  return isDaemon ||
    process.command.length === 0 ||
    /supervisord|\btsv\b/.test(process.command.join(" "))
    ? null
    : `${describeProcess(process)} is no daemon`;
}

/** Where locks cannot be seen, a file is taken for locked. */
function mayBeLocked({ inode }: Seen, probe: Probe): boolean {
  const table = probe.readText("/proc/locks");
  return table === null || isLocked(table, inode);
}

/** A directory that is missing is told of with the configuration: without it that cannot be read. */
function unwritable(path: string, situation: Situation, probe: Probe): readonly Finding[] {
  const account = daemonAccount(situation, probe);
  const obstacle = firstObstacle(path, "write", account, probe);
  if (obstacle === null || obstacle.errno === "ENOENT" || situation.daemon !== null) return [];
  const { layout } = situation.service;
  return [
    {
      severity: "warning",
      subject: path,
      symptom: `could not write pidfile ${path}`,
      cause: "The daemon cannot make its pid file there.",
      evidence: [describeObstacle(obstacle, account.uid, probe)],
      place: optionPlace(situation.config, "supervisord", "pidfile"),
      repair:
        path === layout.pidfile
          ? giving(dirname(path), account.uid, probe)
          : byHand("Name a pid file in a directory that the daemon may write to", [
              `# in [supervisord]: pidfile=${layout.pidfile}`,
            ]),
    },
  ];
}

/** The place that would be named is the one that is closed. */
function giving(directory: string, uid: number, probe: Probe): Repair {
  const user = userName(uid, probe);
  const advice = `Let ${user} write to ${directory}`;
  return byHand(advice, [shellLine(["chown", user, directory])]);
}
