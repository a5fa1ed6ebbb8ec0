// LOG-011: logs are on a file system that is mounted read-only, usually after errors of a worn SD card.

import { printable } from "../../../core/base/printable.ts";
import { dirname } from "../../../core/config/paths.ts";
import { type LogUse, listSome, logOwner, logUses } from "../../facts/logs.ts";
import type { FileSystem, Probe } from "../../facts/probe.ts";
import { readSandbox, type SandboxRule, type UnitText, unitTexts } from "../../facts/service.ts";
import type { ServiceState, Situation } from "../../facts/situation.ts";
import type { Finding, Repair } from "../../model.ts";
import { shellLine } from "../../repairs/commands.ts";
import { optionPlace } from "../../repairs/config-edits.ts";
import type { DropIn } from "../../repairs/fix.ts";
import { fix, repair } from "../../repairs/fix.ts";
import { byHand } from "../../repairs/repairs.ts";
import { check, finding } from "../check.ts";
import { logTroubles, openSymptom } from "./log-access.ts";

export const READ_ONLY_LOGS = check(
  "LOG-011",
  "logs are on a read-only file system",
  (situation, probe) => {
    const systems = new Map<string, { readonly system: FileSystem; readonly logs: Log[] }>();
    for (const { kind, path, uses } of logTroubles(situation, probe)) {
      const system = kind === "read-only" ? probe.fileSystem(dirname(path)) : null;
      if (system === null) continue;
      const there = systems.get(system.mountPoint) ?? { system, logs: [] };
      there.logs.push({ path, uses });
      systems.set(system.mountPoint, there);
    }
    const mounted = Array.from(systems.values(), ({ system, logs }) =>
      readOnly(system, logs, situation, probe),
    );
    return mounted.length > 0 ? mounted : sandboxedLogs(situation, probe);
  },
);

interface Log {
  readonly path: string;
  readonly uses: readonly LogUse[];
}

function readOnly(
  { mountPoint, type, options }: FileSystem,
  logs: readonly Log[],
  situation: Situation,
  probe: Probe,
): Finding {
  const uses = logs.flatMap((log) => log.uses);
  const [first] = logs;
  const [use] = uses;
  const isMeant = isReadOnlyByWill(mountPoint, probe) || /^(?:squashfs|iso9660|erofs)$/.test(type);
  const isContained = situation.host.container !== null;
  return finding("error", mountPoint, {
    symptom: openSymptom(situation, first?.path ?? mountPoint, uses, "EROFS"),
    cause: isMeant
      ? `${mountPoint} is mounted read-only on purpose.`
      : isContained
        ? `${mountPoint} of this container is read-only.`
        : `${mountPoint} is mounted read-only, but not according to /etc/fstab: the kernel remounted it after errors, or it was remounted by hand.`,
    evidence: [
      `EROFS: ${mountPoint} is ${type} with ${options.slice(0, 6).join(",")}`,
      ...(isMeant || isContained ? [] : kernelErrors(probe)),
      `logs of: ${listSome(uses.map(logOwner), 6)}`,
    ],
    place: use === undefined ? null : optionPlace(situation.config, use.section, use.key),
    repair: {
      class: "C",
      advice:
        isMeant || isContained
          ? "Use a log directory on a writable file system"
          : "Back up your data, check the file system, then mount it for writing",
      commands:
        isMeant || isContained
          ? []
          : [
              "dmesg --level=emerg,alert,crit,err | tail -n 20",
              `# after a check with fsck, best at the next boot: ${shellLine(["mount", "-o", "remount,rw", mountPoint])}`,
            ],
      steps: [],
    },
  });
}

/** Whether /etc/fstab mounts it read-only. */
function isReadOnlyByWill(mountPoint: string, probe: Probe): boolean {
  return (probe.readText("/etc/fstab") ?? "").split("\n").some((line) => {
    const [device = "", point = "", , options = ""] = line.trim().split(/\s+/);
    return !device.startsWith("#") && point === mountPoint && options.split(",").includes("ro");
  });
}

/** Kernel messages about disks, at most three lines. */
function kernelErrors(probe: Probe): readonly string[] {
  const { status, output } = probe.ask(["dmesg", "--level=emerg,alert,crit,err"]);
  if (status !== 0) return [];
  return output
    .split("\n")
    .filter((line) =>
      /I\/O error|-fs error|read-only|mmcblk|mmc\d|Buffer I\/O|ata\d.*error/i.test(line),
    )
    .slice(-3)
    .map((line) => `the kernel: ${printable(line.slice(0, 160))}`);
}

// Logs that the unit of the service makes inaccessible to the daemon: a part of LOG-011.

const WORD = "logs";

interface Closed {
  readonly rule: SandboxRule;
  readonly uses: LogUse[];
}

/** One finding for each setting of the unit that makes logs inaccessible. */
function sandboxedLogs(situation: Situation, probe: Probe): readonly Finding[] {
  const { daemon, service } = situation;
  const texts = unitTexts(service, probe);
  // A daemon outside the service is not in its sandbox.
  const isService = daemon === null || service.properties["MainPID"] === String(daemon.pid);
  if (texts.length === 0 || !isService) return [];
  const sandbox = readSandbox(texts);
  const closed = new Map<string, Closed>();
  for (const use of logUses(situation, probe)) {
    const rule = sandbox.closes(use.path);
    if (rule === null) continue;
    const there = closed.get(rule.setting) ?? { rule, uses: [] };
    there.uses.push(use);
    closed.set(rule.setting, there);
  }
  return Array.from(closed.values(), (one) => sandboxed(one, texts, situation, probe));
}

function sandboxed(
  { rule, uses }: Closed,
  texts: readonly UnitText[],
  situation: Situation,
  probe: Probe,
): Finding {
  const { service, config } = situation;
  const [use] = uses;
  const errno = rule.isHidden ? "EACCES" : "EROFS";
  return finding("error", `${service.name} ${rule.setting}`, {
    symptom: openSymptom(situation, use?.path ?? rule.root, uses, errno),
    cause: `The unit has ${rule.setting}, which makes ${rule.root} ${rule.isHidden ? "inaccessible" : "read-only"} for the daemon and its programs.`,
    evidence: [
      `${errno}: ${use?.path ?? rule.root}`,
      `${service.file?.path ?? "the unit"} or a drop-in of it: ${rule.setting}`,
      `logs of: ${listSome(uses.map(logOwner), 6)}`,
    ],
    place: use === undefined ? null : optionPlace(config, use.section, use.key),
    repair: rule.isHidden ? elsewhere(service) : openPaths(uses, texts, service, probe),
  });
}

function elsewhere({ layout }: ServiceState): Repair {
  return byHand(`Log elsewhere, for example into ${layout.logDirectory}`);
}

/** Adds the directories to those of earlier repairs. */
function openPaths(
  uses: readonly LogUse[],
  texts: readonly UnitText[],
  service: ServiceState,
  probe: Probe,
): Repair {
  const own = texts.filter(({ path }) => path.endsWith(`-doctor-${WORD}.conf`));
  const before = own.flatMap(({ text }) =>
    Array.from(text.matchAll(/^ReadWritePaths=(.*)$/gm), ([, value = ""]) => value),
  );
  const directories = uses
    .map(({ path }) => dirname(path))
    .filter((path) => !/[\s"'\\%]/.test(path));
  const wanted = Array.from(new Set([...before, ...directories.map((path) => `-${path}`)])).sort();
  const dropIn: DropIn = {
    word: WORD,
    because: "Log directories of the configuration.",
    section: "Service",
    lines: wanted.map((path) => `ReadWritePaths=${path}`),
  };
  const isWhole = directories.length === uses.length;
  return repair(
    "Make the log directories writable for the service; applies from its next start",
    fix.dropIn("B", service, dropIn, probe),
    ...(isWhole ? [] : [fix.manual()]),
  );
}
