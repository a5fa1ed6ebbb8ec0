// LOG-011: logs are on a file system that is mounted read-only, usually after errors of a worn SD card, or the unit of the
// service makes them inaccessible.

import { dirname } from "../../../core/config/paths.ts";
import type { DoctorFacts, ServiceState } from "../../facts/doctor-facts.ts";
import { type LogUse, logUses } from "../../facts/logs.ts";
import type { FileSystem, Probe } from "../../facts/probe.ts";
import { readSandbox, type UnitText, unitTexts } from "../../facts/service.ts";
import type { Finding, Repair } from "../../model.ts";
import { shellLine } from "../../repairs/commands.ts";
import { fix, repair } from "../../repairs/fix.ts";
import { byHand } from "../../repairs/repairs.ts";
import { check, groupBy } from "../check.ts";
import { fstab } from "../system-files.ts";
import { logFinding, logProblems, openSymptom } from "./log-access.ts";

export const READ_ONLY_LOGS = check("LOG-011", (facts) => {
  const logs = logProblems(facts).flatMap(({ kind, path, uses }) => {
    const system = kind === "read-only" ? facts.probe.fileSystem(dirname(path)) : null;
    return system === null ? [] : [{ path, uses, system }];
  });
  const systems = groupBy(logs, ({ system }) => system.mountPoint);
  if (systems.size === 0) return sandboxedLogs(facts);
  return Array.from(systems.values(), (group) => {
    const [{ path, system }] = group;
    const uses = group.flatMap((log) => log.uses);
    return readOnly(system, path, uses, facts);
  });
});

function readOnly(
  { mountPoint, type, options }: FileSystem,
  path: string,
  uses: readonly LogUse[],
  facts: DoctorFacts,
): Finding {
  const mount = fstab(facts.probe).find(({ point }) => point === mountPoint);
  const isMeant =
    mount?.options.includes("ro") === true || /^(?:squashfs|iso9660|erofs)$/.test(type);
  const isContained = facts.host.container !== null;
  return logFinding("error", mountPoint, uses, facts, {
    symptom: openSymptom(facts, path, uses, "EROFS"),
    cause: isMeant
      ? `${mountPoint} is mounted read-only on purpose.`
      : isContained
        ? `${mountPoint} of this container is read-only.`
        : `${mountPoint} is mounted read-only, but not according to /etc/fstab: the kernel remounted it after errors, or it was remounted by hand.`,
    evidence: [`EROFS: ${mountPoint} is ${type} with ${options.slice(0, 6).join(",")}`],
    repair:
      isMeant || isContained
        ? byHand("Use a log directory on a writable file system")
        : byHand("Back up your data, check the file system, then mount it for writing", [
            "dmesg --level=emerg,alert,crit,err | tail -n 20",
            `# after a check with fsck, best at the next boot: ${shellLine(["mount", "-o", "remount,rw", mountPoint])}`,
          ]),
  });
}

/** One finding for each setting of the unit that makes logs inaccessible. */
function sandboxedLogs(facts: DoctorFacts): readonly Finding[] {
  const { daemon, service, probe } = facts;
  const texts = unitTexts(service, probe);
  // A daemon outside the service is not in its sandbox.
  const isService = daemon === null || service.properties["MainPID"] === String(daemon.pid);
  if (texts.length === 0 || !isService) return [];
  const sandbox = readSandbox(texts);
  const closed = logUses(facts).flatMap((use) => {
    const rule = sandbox.closes(use.path);
    return rule === null ? [] : [{ use, rule }];
  });
  return Array.from(groupBy(closed, ({ rule }) => rule.setting).values(), (group) => {
    const uses = group.map(({ use }) => use);
    const [{ rule, use }] = group;
    const { setting, root, isHidden } = rule;
    const errno = isHidden ? "EACCES" : "EROFS";
    return logFinding("error", `${service.name} ${setting}`, uses, facts, {
      symptom: openSymptom(facts, use.path, uses, errno),
      cause: `The unit has ${setting}, which makes ${root} ${isHidden ? "inaccessible" : "read-only"} for the daemon and its programs.`,
      evidence: [
        `${errno}: ${use.path}`,
        `${service.file?.path ?? "the unit"} or a drop-in of it: ${setting}`,
      ],
      repair: isHidden
        ? byHand(`Log elsewhere, for example into ${service.layout.logDirectory}`)
        : openPaths(uses, texts, service, probe),
    });
  });
}

/** Adds the directories to those of earlier repairs. */
function openPaths(
  uses: readonly LogUse[],
  texts: readonly UnitText[],
  service: ServiceState,
  probe: Probe,
): Repair {
  const word = "logs";
  const own = texts.filter(({ path }) => path.endsWith(`-doctor-${word}.conf`));
  const before = own.flatMap(({ text }) =>
    Array.from(text.matchAll(/^ReadWritePaths=(.*)$/gm), ([, value = ""]) => value),
  );
  const directories = uses
    .map(({ path }) => dirname(path))
    .filter((path) => !/[\s"'\\%]/.test(path));
  const wanted = Array.from(new Set([...before, ...directories.map((path) => `-${path}`)])).sort();
  const lines = wanted.map((path) => `ReadWritePaths=${path}`);
  const because = "Log directories of the configuration.";
  return repair(
    "Make the log directories writable for the service; applies from its next start",
    fix.dropIn("B", service, { word, because, section: "Service", lines }, probe),
    ...(directories.length === uses.length ? [] : [fix.manual()]),
  );
}
