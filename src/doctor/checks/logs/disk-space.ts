// LOG-007: the file system of logs is full or will be: almost no space or inodes, or a large log without limit.

import { remembered } from "../../../core/base/remembered.ts";
import { dirname, joinPath } from "../../../core/config/paths.ts";
import { sizeText } from "../../../core/config/quantities.ts";
import type { DoctorFacts } from "../../facts/doctor-facts.ts";
import { type LogUse, listSome, logOwner, logUses } from "../../facts/logs.ts";
import type { FileSystem, Probe } from "../../facts/probe.ts";
import type { Finding, Repair } from "../../model.ts";
import { shellLine } from "../../repairs/commands.ts";
import { optionPlace } from "../../repairs/config-edits.ts";
import { fix, repair } from "../../repairs/fix.ts";
import { byHand } from "../../repairs/repairs.ts";
import { check, finding, firstOfEach, groupBy } from "../check.ts";
import { adviceOf, problemFinding, problemsOf } from "../config/problems.ts";
import { rotatingRules } from "./moved-logs.ts";

const MB = 1024 ** 2;
const GB = 1024 ** 3;
const NEARLY_FULL = 0.95;
/** Five per cent of a large disk are still enough. */
const PLENTY = 10 * GB;
const PLENTY_INODES = 10_000;

export const DISK_SPACE = check("LOG-007", (facts) => {
  const logs = groupBy(logUses(facts), ({ path }) => path);
  const sizes = logSizes(Array.from(logs.keys()), facts.probe);
  const systems = groupBySystem(logs, facts.probe);
  return [
    systems.map((one) => fullness(one, sizes, facts)),
    endlessLogs(systems, sizes, facts),
    problemsOf(facts, "LOG-007").map((problem) => {
      const cause = "Nothing else can rotate AUTO logs, because their names are random.";
      const repair = byHand(adviceOf(problem, `Set ${problem.key}=${LIMIT}`));
      return problemFinding(problem, facts, { cause, repair });
    }),
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
  const systemOf = remembered((directory: string) => probe.fileSystem(directory));
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

function fullness({ system, logs }: System, sizes: Sizes, facts: DoctorFacts): Finding | null {
  const { mountPoint, type, freeBytes, totalBytes, freeInodes, totalInodes } = system;
  // Writes fail before the last byte, because space is allocated in blocks.
  const isEmpty = freeBytes < MB;
  const isNearly = 1 - freeBytes / totalBytes > NEARLY_FULL && freeBytes < PLENTY;
  const lacksInodes = totalInodes > 0 && freeInodes === 0;
  const isNearlyOut =
    totalInodes > 0 && 1 - freeInodes / totalInodes > NEARLY_FULL && freeInodes < PLENTY_INODES;
  const isOut = isEmpty || lacksInodes;
  if (!isOut && !isNearly && !isNearlyOut) return null;
  const what = isEmpty || (isNearly && !lacksInodes) ? "space" : "inodes";
  const [first = ""] = logs.keys();
  const uses = Array.from(logs.values()).flat();
  const point = shellLine([mountPoint]);
  const large = largest(logs, sizes);
  const most = mostBytes(logs);
  const { daemon, probe } = facts;
  const open = daemon === null ? [] : (probe.openFiles(daemon.pid) ?? []);
  const removed = open.filter(({ deleted, target }) => deleted && target.startsWith("/"));
  return finding(isOut ? "error" : "warning", mountPoint, {
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
      most > totalBytes
        ? `the limits of ${logs.size} logs, maxbytes × (backups + 1), add up to ${sizeText(most)}`
        : null,
      ...removed
        .slice(0, 3)
        .map(({ target }) => `the daemon has ${target} open, removed: it still uses space`),
      `logs of: ${listSome(uses.map(logOwner), 6)}`,
    ],
    repair:
      what === "space"
        ? byHand("Free disk space", [
            `du -xh --max-depth=2 ${point} | sort -h | tail -n 20`,
            ...(daemon === null || removed.length === 0
              ? []
              : [`kill -USR2 ${daemon.pid}   # the daemon closes removed logs`]),
            ...(daemon === null || !large[0]?.process
              ? []
              : [`${shellLine(["tsv", "clear", large[0].process])}  # deletes its log`]),
          ])
        : byHand("Remove files that are not needed", [
            `du -x --inodes --max-depth=2 ${point} | sort -n | tail -n 20`,
          ]),
  });
}

/** What the logs may use together. */
function mostBytes(logs: System["logs"]): number {
  return Array.from(logs.values(), (uses) =>
    Math.max(...uses.map(({ maxBytes, backups }) => maxBytes * (Math.max(0, backups) + 1))),
  ).reduce((sum, most) => sum + most, 0);
}

/** Logs of more than a megabyte with their rotated copies, the largest first. */
function largest(logs: System["logs"], sizes: Sizes) {
  return Array.from(logs, ([path, uses]) => {
    return { path, all: sizes.get(path)?.all ?? 0, process: uses[0]?.process ?? null };
  })
    .filter(({ all }) => all > MB)
    .sort((left, right) => right.all - left.all);
}

// Large logs without a limit: a part of LOG-007.

/** A log without rotation is reported from a gigabyte, and from this part of its disk. */
const LARGE_PART = 0.1;
/** The default limit. */
const LIMIT = "50MB";

function endlessLogs(
  systems: readonly System[],
  sizes: Sizes,
  facts: DoctorFacts,
): readonly Finding[] {
  const large = systems.flatMap(({ system, logs }) =>
    Array.from(logs).flatMap(([path, uses]) => {
      const [use] = uses;
      if (use === undefined || uses.some(({ maxBytes }) => maxBytes !== 0)) return [];
      const bytes = sizes.get(path)?.current ?? 0;
      const isLarge = bytes > GB && bytes > system.totalBytes * LARGE_PART;
      return isLarge ? [{ path, use, uses, bytes }] : [];
    }),
  );
  const rules = large.length === 0 ? [] : rotatingRules(facts.probe);
  const forgotten = large.filter(({ path }) => !rules.some((rule) => rule.matches(path)));
  return forgotten.map(({ path, use, uses, bytes }) =>
    finding("warning", path, {
      symptom: `${path} grows without limit`,
      cause:
        "Its maxbytes is 0, which disables rotation, and no rule of logrotate matches this file.",
      evidence: [
        `the size of ${path} is ${sizeText(bytes)}`,
        `logs of: ${listSome(uses.map(logOwner))}`,
      ],
      place: optionPlace(facts.config, use.owner, limitOf(use)),
      repair: limitRepair(uses, facts),
    }),
  );
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
