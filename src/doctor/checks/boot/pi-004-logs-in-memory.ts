// PI-004: logs lie in memory, and after a boot not even their directories are there.

import { dirname } from "../../../core/config/paths.ts";
import { isBelow, parentsOf } from "../../../install/plan/paths.ts";
import { logUses } from "../../facts/log-uses.ts";
import type { Probe } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Finding, Repair } from "../../model.ts";
import { TMPFILES, tmpfilesLine, tmpfilesStep } from "../../repairs/at-boot.ts";
import { byHand } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";

/** What copies logs from memory to disk and back, and makes directories again by that. */
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
  page: {
    symptom:
      "After a boot old logs are gone, and programs are FATAL with `unknown error making dispatchers for 'web': ENOENT`, or the daemon says `The directory named as part of the path /var/log/app/web.log does not exist`.",
    cause:
      "The directory of logs is on tmpfs, to spare the memory card: it is empty after every boot. The directories of `tsv install` are made again before each start; others are made by nobody, unless log2ram or the like brings them back or tmpfiles.d names them.",
    repair:
      "After a yes doctor writes `/etc/tmpfiles.d/tsv-doctor.conf`, by which systemd makes the directories at each boot, with the owner and mode that they have now. Elsewhere, let logs be in tsv's own log directory.",
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

/** Directories of logs below /var/log, where people put a file system in memory to spare the card. */
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
      ? "Directories of logs lie in memory, and nothing makes them again at boot."
      : "Logs lie in memory, which spares the card; a boot or a power cut takes them.",
    evidence: (isLost ? lost : temporary).map(
      (path) => `${path} is on ${probe.fileSystem(path)?.mountPoint} (tmpfs)`,
    ),
    place: null,
    repair: isLost ? madeAtBoot(lost, situation, probe) : byHand("Nothing, if that is meant"),
  };
}

function madeAtBoot(lost: readonly string[], { service }: Situation, probe: Probe): Repair {
  const lines = lost.flatMap((path) => tmpfilesLines(path, probe));
  const advice = "Have systemd make these directories at each boot";
  if (service.init !== "systemd") {
    const commands = [
      `# let logs be in ${service.layout.logDirectory}, which is made before each start`,
    ];
    return byHand("Keep logs in tsv's own directory", commands);
  }
  const commands = [`# write to ${TMPFILES}:`, ...lines];
  return { class: "B", advice, commands, steps: [tmpfilesStep(lines, probe)] };
}

/** Parents in memory have to be made, too. */
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
