// LOG-007: the file system of logs is full or will be: almost no space or inodes, a log without limit, or limits that add
// up to more than its size.

import { dirname } from "../../../core/config/paths.ts";
import { type LogUse, listSome, logOwner, logUses, usesByPath } from "../../facts/logs.ts";
import type { FileSystem, Probe } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Finding, Repair } from "../../model.ts";
import { shellLine } from "../../repairs/commands.ts";
import { describeChanges, optionPlace } from "../../repairs/config-edits.ts";
import { fix, repair } from "../../repairs/fix.ts";
import { byHand } from "../../repairs/repairs.ts";
import { check, finding } from "../check.ts";
import { rotatingRules } from "./logrotate-rules.ts";

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

export const DISK_SPACE = check("LOG-007", "no space for logs", (situation, probe) => {
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
    finding(isOut ? "error" : "warning", mountPoint, {
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
    }),
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
    finding("info", `deleted files of pid ${daemon.pid}`, {
      symptom: `${mountPoint} is full, and du reports less than df`,
      cause: "Removed files use space until every process has closed them.",
      evidence: gone.slice(0, 3).map(({ fd, target }) => `descriptor ${fd} is ${target}, deleted`),
      repair: byHand("Make the daemon reopen its logs", [
        shellLine(["kill", "-USR2", String(daemon.pid)]),
      ]),
    }),
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
    finding(isGrown ? "warning" : "info", `limits of logs in ${mountPoint}`, {
      symptom: `${mountPoint} may fill up with logs, although each of them is rotated`,
      cause: "The limits of all logs add up to more than the size of the file system.",
      evidence: [
        `maxbytes × (backups + 1) of ${logs.size} logs: ${describeBytes(sum)}`,
        `${mountPoint} has ${describeBytes(totalBytes)}, ${describeBytes(freeBytes)} of it free`,
        `the logs use ${describeBytes(taken)} now`,
      ],
      repair: {
        class: "C",
        advice:
          "Set smaller limits: stdout_logfile_maxbytes= and stdout_logfile_backups=, also for stderr",
        commands: describeChanges(situation.config, changes),
        steps: [],
      },
    }),
  ];
}

// Large logs without a limit: a part of LOG-007.

/** A log without rotation is reported from this size, and from this part of its disk. */
const LARGE_LOG = 1024 ** 3;
const LARGE_PART = 0.1;
/** The default limit. */
const LIMIT = "50MB";

/** All AUTO logs without a limit, and other large logs without one. */
function endlessLogs(
  systems: readonly System[],
  sizes: ReturnType<typeof logSizes>,
  looking: Looking,
): readonly Finding[] {
  const auto = new Map<string, LogUse>();
  const large: {
    readonly path: string;
    readonly uses: readonly LogUse[];
    readonly bytes: number;
  }[] = [];
  for (const { system, logs } of systems) {
    for (const [path, uses] of logs) {
      const [use] = uses;
      if (use === undefined || uses.some(({ maxBytes }) => maxBytes !== 0)) continue;
      const bytes = sizes.get(path)?.current ?? 0;
      if (use.isAuto) auto.set(`${use.owner} ${use.channel}`, use);
      else if (bytes > LARGE_LOG && bytes > system.totalBytes * LARGE_PART) {
        large.push({ path, uses, bytes });
      }
    }
  }
  const rules = large.length === 0 ? [] : rotatingRules(looking.probe);
  const forgotten = large.filter(({ path }) => !rules.some((rule) => rule.matches(path)));
  return [
    ...Array.from(auto, ([subject, use]) => endlessAuto(subject, use, looking)),
    ...forgotten.map(({ path, uses, bytes }) => endless(path, uses, bytes, looking)),
  ];
}

/** The symptom is Supervisor's warning. */
function endlessAuto(subject: string, use: LogUse, looking: Looking): Finding {
  const { owner, channel } = use;
  return finding("warning", subject, {
    symptom: `For [${owner}], AUTO logging used for ${channel}_logfile without rollover, set maxbytes > 0 to avoid filling up filesystem unintentionally`,
    cause: `${limitOf(use)}=0 disables rotation, and nothing else can rotate AUTO logs, because their names are random.`,
    evidence: [`${limitOf(use)}=0`],
    place: optionPlace(looking.situation.config, owner, limitOf(use)),
    repair: limitRepair([use], looking),
  });
}

function endless(path: string, uses: readonly LogUse[], bytes: number, looking: Looking): Finding {
  const [use] = uses;
  const { config } = looking.situation;
  return finding("warning", path, {
    symptom: `${path} grows without limit`,
    cause:
      "Its maxbytes is 0, which disables rotation, and no rule of logrotate matches this file.",
    evidence: [
      `the size of ${path} is ${describeBytes(bytes)}`,
      `logs of: ${listSome(uses.map(logOwner))}`,
    ],
    place: use === undefined ? null : optionPlace(config, use.owner, limitOf(use)),
    repair: limitRepair(uses, looking),
  });
}

function limitOf({ channel }: LogUse): string {
  return channel === "main" ? "logfile_maxbytes" : `${channel}_logfile_maxbytes`;
}

function limitRepair(uses: readonly LogUse[], { situation, probe }: Looking): Repair {
  const changes = new Map(
    uses.map((use) => {
      const change = { section: use.owner, key: limitOf(use), value: LIMIT };
      return [`${change.section} ${change.key}`, change] as const;
    }),
  );
  const wanted = Array.from(changes.values());
  return repair(
    `Set ${Array.from(new Set(uses.map(limitOf))).join(" and ")} to ${LIMIT}`,
    fix.options(situation.config, wanted, probe),
  );
}

// The current and the maximum size of the logs of a configuration, with their rotated copies.

/** Bytes of each log and its rotated copies, by path; missing paths are left out. */
function logSizes(
  paths: readonly string[],
  probe: Probe,
): ReadonlyMap<string, { readonly current: number; readonly all: number }> {
  const sizes = new Map<string, { current: number; all: number }>();
  const directories = new Map<string, Set<string>>();
  for (const path of paths) {
    const directory = dirname(path);
    const names = directories.get(directory) ?? new Set();
    names.add(path.slice(path.lastIndexOf("/") + 1));
    directories.set(directory, names);
  }
  for (const [directory, wanted] of directories) {
    for (const name of probe.list(directory) ?? []) {
      const plain = wanted.has(name) ? name : name.replace(/\.\d{1,4}$/, "");
      if (!wanted.has(plain)) continue;
      const prefix = directory === "/" ? "/" : `${directory}/`;
      const found = probe.look(prefix + name);
      if (!found.ok || found.kind !== "file") continue;
      const before = sizes.get(prefix + plain) ?? { current: 0, all: 0 };
      const current = name === plain ? found.bytes : before.current;
      sizes.set(prefix + plain, { current, all: before.all + found.bytes });
    }
  }
  return sizes;
}

/** The maximum size of a log and its backups; 0 if it never rotates. */
function budgetOf(uses: readonly LogUse[]): number {
  return Math.max(0, ...uses.map(({ maxBytes, backups }) => maxBytes * (Math.max(0, backups) + 1)));
}

const UNITS = ["bytes", "KB", "MB", "GB", "TB"] as const;

/** "1.5 GB", with 1024 as in configurations. */
function describeBytes(bytes: number): string {
  let amount = bytes;
  let unit = 0;
  while (amount >= 1024 && unit < UNITS.length - 1) {
    amount /= 1024;
    unit += 1;
  }
  const digits = unit > 0 && amount < 10 ? 1 : 0;
  return `${amount.toFixed(digits)} ${UNITS[unit]}`;
}
