// PI-004: logs are in memory, and their directories are missing after a boot.

import { dirname } from "../../../core/config/paths.ts";
import { isBelow, parentsOf } from "../../../install/plan/layout.ts";
import { hasUnits } from "../../../install/services/registry.ts";
import { logUses } from "../../facts/log-uses.ts";
import type { Probe } from "../../facts/probe.ts";
import type { ServiceState } from "../../facts/situation.ts";
import type { Repair } from "../../model.ts";
import { isVolatile, tmpfilesLine } from "../../repairs/at-boot.ts";
import { fix, repair } from "../../repairs/fix.ts";
import { byHand } from "../../repairs/repairs.ts";
import { check, finding } from "../check.ts";

/** Files of tools that copy logs from memory to disk and back, and so recreate the directories. */
const SAVERS = [
  "/etc/log2ram.conf",
  "/etc/default/armbian-ramlog",
  "/etc/zram-config",
  "/etc/ztab",
];

export const LOGS_IN_MEMORY = check("PI-004", "logs in memory", (situation, probe) => {
  const { service, config } = situation;
  // Below /var/log, which is often on tmpfs to protect the card.
  const paths = new Set(logUses(situation, probe).map(({ path }) => dirname(path)));
  const temporary = Array.from(paths).filter(
    (path) => isBelow(path, ["/var/log"]) && isVolatile(path, probe),
  );
  const [first] = temporary;
  if (first === undefined) return null;
  const kept = new Set([...madeAtBoot(probe), service.layout.logDirectory, "/var/log"]);
  const isSaved = config.path === null || SAVERS.some((path) => probe.look(path).ok);
  const lost = isSaved ? [] : temporary.filter((path) => !kept.has(path) && probe.look(path).ok);
  const mountOf = (path: string): string =>
    `${path} is on ${probe.fileSystem(path)?.mountPoint} (tmpfs)`;
  if (lost.length === 0) {
    return finding("info", first, {
      symptom: "logs are gone after a boot",
      cause:
        "Logs are in memory (tmpfs). This protects the card, but a reboot or power failure deletes them.",
      evidence: temporary.map(mountOf),
      repair: byHand("Nothing, if this is intended"),
    });
  }
  return finding("warning", lost[0] ?? first, {
    symptom: `The directory named as part of the path ${lost[0]}/… does not exist, after the next boot`,
    cause: "Log directories are in memory (tmpfs), and nothing recreates them at boot.",
    evidence: lost.map(mountOf),
    repair: recreation(lost, service, probe),
  });
});

/** Directories that tmpfiles.d(5) names. */
function madeAtBoot(probe: Probe): readonly string[] {
  const directories = ["/etc/tmpfiles.d", "/run/tmpfiles.d", "/usr/lib/tmpfiles.d"];
  const texts = directories.flatMap((directory) =>
    (probe.list(directory) ?? [])
      .filter((name) => name.endsWith(".conf"))
      .map((name) => probe.readText(`${directory}/${name}`) ?? ""),
  );
  const lines = texts.flatMap((text) => text.split("\n")).filter((line) => /^[dDvqQ]/.test(line));
  return lines.map((line) => line.split(/\s+/)[1] ?? "");
}

function recreation(lost: readonly string[], { init, layout }: ServiceState, probe: Probe): Repair {
  if (!hasUnits(init)) {
    return byHand("Keep logs in tsv's own log directory", [
      `# use ${layout.logDirectory}, which is created before each start`,
    ]);
  }
  // Parent directories in memory have to be created, too.
  const chain = lost.flatMap((path) => [...parentsOf(path), path]);
  const lines = chain.flatMap((path) => {
    const found = probe.look(path);
    if (!found.ok || path === "/var/log" || !isBelow(path, ["/var/log"])) return [];
    return tmpfilesLine(path, found, probe) ?? [];
  });
  return repair("Make systemd create these directories at each boot", fix.atBoot(lines, probe));
}
