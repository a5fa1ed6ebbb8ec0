// LOG-007: the file system of logs is full or will be: almost no space or inodes, a log without limit, or limits that add
// up to more than its size.

import { dirname, joinPath } from "../../../core/config/paths.ts";
import { sizeText } from "../../../core/config/quantities.ts";
import type { DoctorFacts } from "../../facts/doctor-facts.ts";
import { type LogUse, listSome, logOwner, logUses, usesByPath } from "../../facts/logs.ts";
import { type FileSystem, type Probe, remembering } from "../../facts/probe.ts";
import type { Finding, Repair } from "../../model.ts";
import { shellLine } from "../../repairs/commands.ts";
import { describeChanges, optionPlace } from "../../repairs/config-edits.ts";
import { fix, repair } from "../../repairs/fix.ts";
import { byHand } from "../../repairs/repairs.ts";
import { check, finding, firstOfEach, groupBy } from "../check.ts";
import { rotatingRules } from "./moved-logs.ts";

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

export const DISK_SPACE = check("LOG-007", "no space for logs", (facts) => {
  const logs = usesByPath(logUses(facts));
  const sizes = logSizes(Array.from(logs.keys()), facts.probe);
  const systems = groupBySystem(logs, facts.probe);
  return [
    systems.map((one) => [fullness(one, sizes, facts), budget(one, sizes, facts)]),
    endlessLogs(systems, sizes, facts),
  ];
});

interface System {
  readonly system: FileSystem;
  readonly logs: ReadonlyMap<string, readonly LogUse[]>;
}

type Sizes = ReturnType<typeof logSizes>;

/** Read-only file systems are always full; devices are not files. */
function groupBySystem(
  logs: ReadonlyMap<string, readonly LogUse[]>,
  probe: Probe,
): readonly System[] {
  const systemOf = remembering((directory: string) => probe.fileSystem(directory));
  const located = Array.from(logs).flatMap(([path, uses]) => {
    if (path.startsWith("/dev/") || path.startsWith("/proc/")) return [];
    const system = systemOf(dirname(path));
    const isCounted = system !== null && system.totalBytes > 0 && !system.options.includes("ro");
    return isCounted ? [{ system, log: [path, uses] as const }] : [];
  });
  return Array.from(groupBy(located, ({ system }) => system.mountPoint).values(), (group) => ({
    system: group[0].system,
    logs: new Map(group.map(({ log }) => log)),
  }));
}

function fullness(
  { system, logs }: System,
  sizes: Sizes,
  facts: DoctorFacts,
): readonly (Finding | null)[] {
  const { mountPoint, type, freeBytes, totalBytes, freeInodes, totalInodes } = system;
  const isEmpty = freeBytes < NOTHING;
  const isNearly = 1 - freeBytes / totalBytes > NEARLY_FULL && freeBytes < PLENTY;
  const lacksInodes = totalInodes > 0 && freeInodes === 0;
  const isNearlyOut =
    totalInodes > 0 && 1 - freeInodes / totalInodes > NEARLY_FULL && freeInodes < PLENTY_INODES;
  const isOut = isEmpty || lacksInodes;
  if (!isOut && !isNearly && !isNearlyOut) return [];
  const what = isEmpty || (isNearly && !lacksInodes) ? "space" : "inodes";
  const [first = ""] = logs.keys();
  const uses = Array.from(logs.values()).flat();
  const point = shellLine([mountPoint]);
  const large = largest(logs, sizes);
  return [
    finding(isOut ? "error" : "warning", mountPoint, {
      symptom: isOut
        ? `cannot write log '${first}': ENOSPC`
        : `${mountPoint} is nearly full; logs will be lost with ENOSPC`,
      cause: `The file system ${mountPoint} has ${isOut ? "no" : "almost no"} ${what} left.`,
      evidence: [
        `${mountPoint} (${type}): ${sizeText(freeBytes)} of ${sizeText(totalBytes)} free`,
        totalInodes > 0 ? `${freeInodes} of ${totalInodes} inodes free` : null,
        ...large
          .slice(0, 3)
          .map(({ path, all }) => `${path} and its rotated copies use ${sizeText(all)}`),
        `logs of: ${listSome(uses.map(logOwner), 6)}`,
      ],
      repair:
        what === "space"
          ? byHand("Free disk space", [
              `du -xh --max-depth=2 ${point} | sort -h | tail -n 20`,
              ...(facts.daemon === null || !large[0]?.process
                ? []
                : [`${shellLine(["tsv", "clear", large[0].process])}  # deletes its log`]),
            ])
          : byHand("Remove files that are not needed", [
              `du -x --inodes --max-depth=2 ${point} | sort -n | tail -n 20`,
            ]),
    }),
    deletedButOpen(mountPoint, facts),
  ];
}

/** Logs of more than a megabyte with their rotated copies, the largest first. */
function largest(
  logs: ReadonlyMap<string, readonly LogUse[]>,
  sizes: Sizes,
): readonly { readonly path: string; readonly all: number; readonly process: string | null }[] {
  return Array.from(logs, ([path, uses]) => {
    return { path, all: sizes.get(path)?.all ?? 0, process: uses[0]?.process ?? null };
  })
    .filter(({ all }) => all > MB)
    .sort((left, right) => right.all - left.all);
}

/** Space of deleted files: `rm` of a log that is still open. */
function deletedButOpen(mountPoint: string, { daemon, probe }: DoctorFacts): Finding | null {
  const open = daemon === null ? null : probe.openFiles(daemon.pid);
  const gone = (open ?? []).filter(({ deleted, target }) => deleted && target.startsWith("/"));
  if (daemon === null || gone.length === 0) return null;
  return finding("info", `deleted files of pid ${daemon.pid}`, {
    symptom: `${mountPoint} is full, and du reports less than df`,
    cause: "Removed files use space until every process has closed them.",
    evidence: gone.slice(0, 3).map(({ fd, target }) => `descriptor ${fd} is ${target}, deleted`),
    repair: byHand("Make the daemon reopen its logs", [
      shellLine(["kill", "-USR2", String(daemon.pid)]),
    ]),
  });
}

/** Limits that add up to more than the size of the file system. */
function budget({ system, logs }: System, sizes: Sizes, { config }: DoctorFacts): Finding | null {
  const limits = Array.from(logs, ([path, uses]) => ({
    use: uses[0],
    most: Math.max(...uses.map(({ maxBytes, backups }) => maxBytes * (Math.max(0, backups) + 1))),
    taken: sizes.get(path)?.all ?? 0,
  }));
  const sum = limits.reduce((all, { most }) => all + most, 0);
  const taken = limits.reduce((all, one) => all + one.taken, 0);
  const { mountPoint, totalBytes, freeBytes } = system;
  if (sum <= totalBytes) return null;
  const changes = limits
    .sort((left, right) => right.most - left.most)
    .slice(0, 3)
    .flatMap(({ use }) => {
      if (use === undefined || use.process === null || use.isAuto) return [];
      return [{ section: use.section, key: `${use.channel}_logfile_backups`, value: "1" }];
    });
  const isGrown = taken > totalBytes * GROWN;
  return finding(isGrown ? "warning" : "info", `limits of logs in ${mountPoint}`, {
    symptom: `${mountPoint} may fill up with logs, although each of them is rotated`,
    cause: "The limits of all logs add up to more than the size of the file system.",
    evidence: [
      `maxbytes × (backups + 1) of ${logs.size} logs: ${sizeText(sum)}`,
      `${mountPoint} has ${sizeText(totalBytes)}, ${sizeText(freeBytes)} of it free`,
      `the logs use ${sizeText(taken)} now`,
    ],
    repair: byHand(
      "Set smaller limits: stdout_logfile_maxbytes= and stdout_logfile_backups=, also for stderr",
      describeChanges(config, changes),
    ),
  });
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
  sizes: Sizes,
  facts: DoctorFacts,
): readonly Finding[] {
  const endless = systems.flatMap(({ system, logs }) =>
    Array.from(logs).flatMap(([path, uses]) => {
      const [use] = uses;
      if (use === undefined || uses.some(({ maxBytes }) => maxBytes !== 0)) return [];
      const bytes = sizes.get(path)?.current ?? 0;
      const isLarge = bytes > LARGE_LOG && bytes > system.totalBytes * LARGE_PART;
      return use.isAuto || isLarge ? [{ path, use, uses, bytes }] : [];
    }),
  );
  const auto = endless.filter(({ use }) => use.isAuto);
  const large = endless.filter(({ use }) => !use.isAuto);
  const rules = large.length === 0 ? [] : rotatingRules(facts.probe);
  const forgotten = large.filter(({ path }) => !rules.some((rule) => rule.matches(path)));
  const { config } = facts;
  return [
    ...firstOfEach(auto, ({ use }) => `${use.owner} ${use.channel}`).map(({ use }) =>
      // The symptom is Supervisor's warning.
      finding("warning", `${use.owner} ${use.channel}`, {
        symptom: `For [${use.owner}], AUTO logging used for ${use.channel}_logfile without rollover, set maxbytes > 0 to avoid filling up filesystem unintentionally`,
        cause: `${limitOf(use)}=0 disables rotation, and nothing else can rotate AUTO logs, because their names are random.`,
        evidence: [`${limitOf(use)}=0`],
        place: optionPlace(config, use.owner, limitOf(use)),
        repair: limitRepair([use], facts),
      }),
    ),
    ...forgotten.map(({ path, use, uses, bytes }) =>
      finding("warning", path, {
        symptom: `${path} grows without limit`,
        cause:
          "Its maxbytes is 0, which disables rotation, and no rule of logrotate matches this file.",
        evidence: [
          `the size of ${path} is ${sizeText(bytes)}`,
          `logs of: ${listSome(uses.map(logOwner))}`,
        ],
        place: optionPlace(config, use.owner, limitOf(use)),
        repair: limitRepair(uses, facts),
      }),
    ),
  ];
}

function limitOf({ channel }: LogUse): string {
  return channel === "main" ? "logfile_maxbytes" : `${channel}_logfile_maxbytes`;
}

function limitRepair(uses: readonly LogUse[], { config, probe }: DoctorFacts): Repair {
  const options = firstOfEach(uses, (use) => `${use.owner} ${limitOf(use)}`);
  const changes = options.map((use) => ({ section: use.owner, key: limitOf(use), value: LIMIT }));
  const keys = Array.from(new Set(uses.map(limitOf))).join(" and ");
  return repair(`Set ${keys} to ${LIMIT}`, fix.options(config, changes, probe));
}

// The current and the maximum size of the logs of a configuration, with their rotated copies.

/** Bytes of each log and its rotated copies, by path; missing paths are left out. */
function logSizes(
  paths: readonly string[],
  probe: Probe,
): ReadonlyMap<string, { readonly current: number; readonly all: number }> {
  const sizes = new Map<string, { current: number; all: number }>();
  const wanted = new Set(paths);
  for (const directory of new Set(paths.map(dirname))) {
    for (const name of probe.list(directory) ?? []) {
      const path = joinPath(directory, name);
      const plain = wanted.has(path) ? path : path.replace(/\.\d{1,4}$/, "");
      const found = wanted.has(plain) ? probe.look(path) : null;
      if (found?.ok !== true || found.kind !== "file") continue;
      const before = sizes.get(plain) ?? { current: 0, all: 0 };
      const current = path === plain ? found.bytes : before.current;
      sizes.set(plain, { current, all: before.all + found.bytes });
    }
  }
  return sizes;
}
