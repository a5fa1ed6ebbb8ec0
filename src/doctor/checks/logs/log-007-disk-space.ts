// LOG-007: the file system of logs is full or will be: almost no space or inodes, a log without limit, or limits that add
// up to more than its size.

import { dirname } from "../../../core/config/paths.ts";
import { type LogUse, listSome, logOwner, logUses, usesByPath } from "../../facts/log-uses.ts";
import type { FileSystem, Probe } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Finding } from "../../model.ts";
import { describeChanges } from "../../repairs/option-edits.ts";
import { byHand } from "../../repairs/repairs.ts";
import { shellLine } from "../../repairs/shell-quoting.ts";
import { defineCheck } from "../check.ts";
import { endlessLogs } from "./endless-logs.ts";
import { budgetOf, describeBytes, logSizes } from "./log-sizes.ts";

const MB = 1024 ** 2;
const GB = 1024 ** 3;
/** Writes fail before the last byte, because space is allocated in blocks. */
const NOTHING = MB;
const NEARLY_FULL = 0.95;
/** Five per cent of a large disk are still enough. */
const PLENTY = 10 * GB;
const PLENTY_INODES = 10_000;
/** Limits beyond the size of the disk are reported once the logs use this part of it. */
const GROWN = 0.1;

export const DISK_SPACE = defineCheck({
  code: "LOG-007",
  area: "logs",
  title: "no space for logs",
  repairs: ["B", "C"],
  page: {
    symptom:
      "`cannot write log '/var/log/app/web.log' of web (stdout): ENOSPC`; with Supervisor a traceback `OSError: [Errno 28] No space left on device`. `df` or `df -i` shows 100 %.",
    cause:
      "The file system of the logs has no space or no inodes left. Logs can be the cause in two cases: `stdout_logfile_maxbytes=0` disables rotation and nothing else rotates, or the limits of all programs add up to more than the disk holds. Each log takes up to maxbytes × (backups + 1), which is 550 MB with the defaults, and each program has two. Doctor reports a disk as nearly full above 95 %, if less than 10 GB are free.",
    repair:
      "After you confirm, doctor sets a limit for a log without one. It does not delete anything: it shows the largest logs, and you decide. `tsv clear NAME` empties the logs of a program. If the limits could add up to more than the disk holds, this is only a note until the logs use a tenth of the disk.",
  },
  look(situation, probe) {
    const logs = usesByPath(logUses(situation, probe));
    const sizes = logSizes(Array.from(logs.keys()), probe);
    const systems = groupBySystem(logs, probe);
    const looking = { situation, probe };
    return [
      ...Array.from(systems.values()).flatMap((one) => [
        ...fullness(one, sizes, looking),
        ...budget(one, sizes, looking),
      ]),
      ...endlessLogs(Array.from(systems.values()), sizes, looking),
    ];
  },
});

interface Looking {
  readonly situation: Situation;
  readonly probe: Probe;
}

interface System {
  readonly system: FileSystem;
  readonly logs: Map<string, readonly LogUse[]>;
}

type Sizes = ReturnType<typeof logSizes>;

/** Read-only file systems are always full; devices are not files. */
function groupBySystem(
  logs: ReadonlyMap<string, readonly LogUse[]>,
  probe: Probe,
): ReadonlyMap<string, System> {
  const known = new Map<string, FileSystem | null>();
  const systems = new Map<string, System>();
  for (const [path, uses] of logs) {
    const directory = dirname(path);
    if (path.startsWith("/dev/") || path.startsWith("/proc/")) continue;
    const system = known.get(directory) ?? probe.fileSystem(directory);
    known.set(directory, system);
    if (system === null || system.totalBytes === 0 || system.options.includes("ro")) continue;
    const there = systems.get(system.mountPoint) ?? { system, logs: new Map() };
    there.logs.set(path, uses);
    systems.set(system.mountPoint, there);
  }
  return systems;
}

function fullness(
  { system, logs }: System,
  sizes: Sizes,
  { situation, probe }: Looking,
): readonly Finding[] {
  const { mountPoint, type, freeBytes, totalBytes, freeInodes, totalInodes } = system;
  const isEmpty = freeBytes < NOTHING;
  const isNearly = 1 - freeBytes / totalBytes > NEARLY_FULL && freeBytes < PLENTY;
  const lacksInodes = totalInodes > 0 && freeInodes === 0;
  const isNearlyOut =
    totalInodes > 0 && 1 - freeInodes / totalInodes > NEARLY_FULL && freeInodes < PLENTY_INODES;
  const isOut = isEmpty || lacksInodes;
  if (!isOut && !isNearly && !isNearlyOut) return [];
  const what = isEmpty || (isNearly && !lacksInodes) ? "space" : "inodes";
  const [first] = logs.keys();
  const uses = Array.from(logs.values()).flat();
  return [
    {
      severity: isOut ? "error" : "warning",
      subject: mountPoint,
      symptom: isOut
        ? `cannot write log '${first ?? ""}': ENOSPC`
        : `${mountPoint} is nearly full; logs will be lost with ENOSPC`,
      cause: isOut
        ? `The file system ${mountPoint} has no ${what} left.`
        : `The file system ${mountPoint} has almost no ${what} left.`,
      evidence: [
        `${mountPoint} (${type}): ${describeBytes(freeBytes)} of ${describeBytes(totalBytes)} free`,
        ...(totalInodes > 0 ? [`${freeInodes} of ${totalInodes} inodes free`] : []),
        ...largest(logs, sizes),
        `logs of: ${listSome(uses.map(logOwner), 6)}`,
      ],
      place: null,
      repair: {
        class: "C",
        advice: what === "space" ? "Free disk space" : "Remove files that are not needed",
        commands:
          what === "space"
            ? [
                `du -xh --max-depth=2 ${shellLine([mountPoint])} | sort -h | tail -n 20`,
                ...clearCommands(logs, sizes, situation),
              ]
            : [`du -x --inodes --max-depth=2 ${shellLine([mountPoint])} | sort -n | tail -n 20`],
        steps: [],
      },
    },
    ...deletedButOpen(mountPoint, situation, probe),
  ];
}

/** The largest logs, if they are large enough to report. */
function largest(logs: ReadonlyMap<string, unknown>, sizes: Sizes): readonly string[] {
  return bySize(logs, sizes)
    .filter(([, all]) => all > MB)
    .slice(0, 3)
    .map(([path, all]) => `${path} and its rotated copies use ${describeBytes(all)}`);
}

function bySize(
  logs: ReadonlyMap<string, unknown>,
  sizes: Sizes,
): readonly (readonly [path: string, all: number])[] {
  return Array.from(logs.keys(), (path) => [path, sizes.get(path)?.all ?? 0] as const).sort(
    (left, right) => right[1] - left[1],
  );
}

function clearCommands(
  logs: ReadonlyMap<string, readonly LogUse[]>,
  sizes: Sizes,
  { daemon }: Situation,
): readonly string[] {
  const [top] = bySize(logs, sizes);
  const process = top === undefined ? null : (logs.get(top[0])?.[0]?.process ?? null);
  if (daemon === null || top === undefined || top[1] <= MB || process === null) return [];
  return [`${shellLine(["tsv", "clear", process])}  # deletes its log`];
}

/** Space of deleted files: `rm` of a log that is still open. */
function deletedButOpen(
  mountPoint: string,
  { daemon }: Situation,
  probe: Probe,
): readonly Finding[] {
  const open = daemon === null ? null : probe.openFiles(daemon.pid);
  const gone = (open ?? []).filter(({ deleted, target }) => deleted && target.startsWith("/"));
  if (daemon === null || gone.length === 0) return [];
  return [
    {
      severity: "info",
      subject: `deleted files of pid ${daemon.pid}`,
      symptom: `${mountPoint} is full, and du reports less than df`,
      cause: "Removed files use space until every process has closed them.",
      evidence: gone.slice(0, 3).map(({ fd, target }) => `descriptor ${fd} is ${target}, deleted`),
      place: null,
      repair: byHand("Make the daemon reopen its logs", [
        shellLine(["kill", "-USR2", String(daemon.pid)]),
      ]),
    },
  ];
}

/** Limits that add up to more than the size of the file system. */
function budget(
  { system, logs }: System,
  sizes: Sizes,
  { situation }: Looking,
): readonly Finding[] {
  let sum = 0;
  let taken = 0;
  for (const [path, uses] of logs) {
    sum += budgetOf(uses);
    taken += sizes.get(path)?.all ?? 0;
  }
  const { mountPoint, totalBytes, freeBytes } = system;
  if (sum <= totalBytes) return [];
  const isGrown = taken > totalBytes * GROWN;
  const top = Array.from(logs.values())
    .sort((left, right) => budgetOf(right) - budgetOf(left))
    .slice(0, 3)
    .flatMap(([use]) => (use === undefined || use.process === null || use.isAuto ? [] : [use]));
  const changes = top.map(({ section, channel }) => ({
    section,
    key: `${channel}_logfile_backups`,
    value: "1",
  }));
  return [
    {
      severity: isGrown ? "warning" : "info",
      subject: `limits of logs in ${mountPoint}`,
      symptom: `${mountPoint} may fill up with logs, although each of them is rotated`,
      cause: "The limits of all logs add up to more than the size of the file system.",
      evidence: [
        `maxbytes × (backups + 1) of ${logs.size} logs: ${describeBytes(sum)}`,
        `${mountPoint} has ${describeBytes(totalBytes)}, ${describeBytes(freeBytes)} of it free`,
        `the logs use ${describeBytes(taken)} now`,
      ],
      place: null,
      repair: {
        class: "C",
        advice:
          "Set smaller limits: stdout_logfile_maxbytes= and stdout_logfile_backups=, also for stderr",
        commands: describeChanges(situation.config, changes),
        steps: [],
      },
    },
  ];
}
