// PI-004: logs are in memory, and their directories are missing after a boot.

import { dirname } from "../../../core/config/paths.ts";
import { isBelow, parentsOf } from "../../../install/plan/layout.ts";
import { logUses } from "../../facts/log-uses.ts";
import type { Probe } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Finding, Repair } from "../../model.ts";
import { TMPFILES, tmpfilesLine, tmpfilesStep } from "../../repairs/at-boot.ts";
import { byHand } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";

/** Files of tools that copy logs from memory to disk and back, and so recreate the directories. */
const SAVERS = [
  "/etc/log2ram.conf",
  "/etc/default/armbian-ramlog",
  "/etc/zram-config",
  "/etc/ztab",
];

export const LOGS_IN_MEMORY = defineCheck({
  code: "PI-004",
  area: "board",
  title: "logs in memory",
  repairs: ["B", "C"],
  page: {
    symptom:
      "After a boot, old logs are gone and programs are FATAL with `unknown error making dispatchers for 'web': ENOENT`, or the daemon says `The directory named as part of the path /var/log/app/web.log does not exist`.",
    cause:
      "The log directory is on tmpfs, to protect the memory card: it is empty after every boot. The directories of `tsv install` are recreated before each start. Other directories are recreated only by log2ram or a similar tool, or by tmpfiles.d.",
    repair:
      "After you confirm, doctor writes `/etc/tmpfiles.d/tsv-doctor.conf`. systemd then creates the directories at each boot, with their current owner and mode. On other systems, use tsv's own log directory.",
  },
  look(situation, probe) {
    const { service, config } = situation;
    const temporary = directoriesOf(situation, probe).filter((path) => isInMemory(path, probe));
    if (temporary.length === 0) return [];
    const made = madeAtBoots(probe);
    const own = [service.layout.logDirectory, "/var/log"];
    const lost = temporary.filter(
      (path) => !own.includes(path) && !made.has(path) && probe.look(path).ok,
    );
    const isSaved = SAVERS.some((path) => probe.look(path).ok);
    return [finding(temporary, isSaved || config.path === null ? [] : lost, situation, probe)];
  },
});

/** Log directories below /var/log, which is often on tmpfs to protect the card. */
function directoriesOf(situation: Situation, probe: Probe): readonly string[] {
  const paths = logUses(situation, probe).map(({ path }) => dirname(path));
  return Array.from(new Set(paths)).filter((path) => isBelow(path, ["/var/log"]));
}

function isInMemory(path: string, probe: Probe): boolean {
  const system = probe.fileSystem(path);
  return system !== null && /^(?:tmpfs|ramfs)$/.test(system.type);
}

/** Directories that tmpfiles.d(5) names. */
function madeAtBoots(probe: Probe): ReadonlySet<string> {
  const directories = ["/etc/tmpfiles.d", "/run/tmpfiles.d", "/usr/lib/tmpfiles.d"];
  const texts = directories.flatMap((directory) =>
    (probe.list(directory) ?? [])
      .filter((name) => name.endsWith(".conf"))
      .map((name) => probe.readText(`${directory}/${name}`) ?? ""),
  );
  const lines = texts.flatMap((text) => text.split("\n")).filter((line) => /^[dDvqQ]/.test(line));
  return new Set(lines.map((line) => line.split(/\s+/)[1] ?? ""));
}

function finding(
  temporary: readonly string[],
  lost: readonly string[],
  situation: Situation,
  probe: Probe,
): Finding {
  const [first = ""] = temporary;
  const isLost = lost.length > 0;
  return {
    severity: isLost ? "warning" : "info",
    subject: lost[0] ?? first,
    symptom: isLost
      ? `The directory named as part of the path ${lost[0]}/… does not exist, after the next boot`
      : "logs are gone after a boot",
    cause: isLost
      ? "Log directories are in memory (tmpfs), and nothing recreates them at boot."
      : "Logs are in memory (tmpfs). This protects the card, but a reboot or power failure deletes them.",
    evidence: (isLost ? lost : temporary).map(
      (path) => `${path} is on ${probe.fileSystem(path)?.mountPoint} (tmpfs)`,
    ),
    place: null,
    repair: isLost ? madeAtBoot(lost, situation, probe) : byHand("Nothing, if this is intended"),
  };
}

function madeAtBoot(lost: readonly string[], { service }: Situation, probe: Probe): Repair {
  const lines = lost.flatMap((path) => tmpfilesLines(path, probe));
  const advice = "Make systemd create these directories at each boot";
  if (service.init !== "systemd") {
    const commands = [`# use ${service.layout.logDirectory}, which is created before each start`];
    return byHand("Keep logs in tsv's own log directory", commands);
  }
  const commands = [`# write to ${TMPFILES}:`, ...lines];
  return { class: "B", advice, commands, steps: [tmpfilesStep(lines, probe)] };
}

/** Parent directories in memory have to be created, too. */
function tmpfilesLines(path: string, probe: Probe): readonly string[] {
  const chain = [...parentsOf(path), path].filter(
    (one) => one !== "/var/log" && isBelow(one, ["/var/log"]),
  );
  return chain.flatMap((one) => {
    const found = probe.look(one);
    const line = found.ok ? tmpfilesLine(one, found, probe) : null;
    return line === null ? [] : [line];
  });
}
