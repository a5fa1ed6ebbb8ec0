// LOG-011: logs are on a file system that is mounted read-only, usually after errors of a worn SD card.

import { printable } from "../../../core/base/printable.ts";
import { dirname } from "../../../core/config/paths.ts";
import { type LogUse, listSome, logOwner } from "../../facts/log-uses.ts";
import type { FileSystem, Probe } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Finding } from "../../model.ts";
import { optionPlace } from "../../repairs/option-edits.ts";
import { shellLine } from "../../repairs/shell-quoting.ts";
import { defineCheck } from "../check.ts";
import { openSymptom } from "./log-open-error.ts";
import { logTroubles } from "./log-trouble.ts";
import { sandboxedLogs } from "./sandboxed-logs.ts";

export const READ_ONLY_LOGS = defineCheck({
  code: "LOG-011",
  area: "logs",
  title: "logs are on a read-only file system",
  repairs: ["B", "C"],
  page: {
    symptom:
      "`cannot open log '/var/log/app/web.log' of web (stdout): EROFS`, or `spawnerr: unknown error making dispatchers for 'web': EROFS` with Supervisor; every command that writes says `Read-only file system`.",
    cause:
      "The file system is mounted read-only. If /etc/fstab does not say so, the kernel remounted it after errors, to protect the data: the SD card or disk is worn or was not unmounted. Doctor shows the kernel messages about it if it has permission to read them. Images and containers may be read-only on purpose. A unit with `ProtectSystem=`, `ProtectHome=` or `ReadOnlyPaths=` makes directories read-only for its service alone.",
    repair:
      "For a unit, doctor writes a drop-in with `ReadWritePaths=` after you confirm. Otherwise it changes nothing, because writing to a failing disk can destroy data. Back up your data, then check the file system before you mount it for writing again. If a card fails again, replace it. If the file system is read-only on purpose, use a log directory on another one, for example a tmpfs.",
  },
  look(situation, probe) {
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
});

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
  return {
    severity: "error",
    subject: mountPoint,
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
  };
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
