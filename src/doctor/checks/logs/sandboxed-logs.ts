// Logs that the unit of the service makes inaccessible to the daemon: a part of LOG-011.

import { dirname } from "../../../core/config/paths.ts";
import { type LogUse, listSome, logOwner, logUses } from "../../facts/log-uses.ts";
import type { Probe } from "../../facts/probe.ts";
import type { ServiceState, Situation } from "../../facts/situation.ts";
import { type UnitText, unitTexts } from "../../facts/unit-files.ts";
import { readSandbox, type SandboxRule } from "../../facts/unit-sandbox.ts";
import type { Finding, Repair } from "../../model.ts";
import type { DropIn } from "../../repairs/drop-in.ts";
import { fix, repair } from "../../repairs/fix.ts";
import { optionPlace } from "../../repairs/option-edits.ts";
import { byHand } from "../../repairs/repairs.ts";
import { openSymptom } from "./log-open-error.ts";

const WORD = "logs";

interface Closed {
  readonly rule: SandboxRule;
  readonly uses: LogUse[];
}

/** One finding for each setting of the unit that makes logs inaccessible. */
export function sandboxedLogs(situation: Situation, probe: Probe): readonly Finding[] {
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
  return {
    severity: "error",
    subject: `${service.name} ${rule.setting}`,
    symptom: openSymptom(situation, use?.path ?? rule.root, uses, errno),
    cause: `The unit has ${rule.setting}, which makes ${rule.root} ${rule.isHidden ? "inaccessible" : "read-only"} for the daemon and its programs.`,
    evidence: [
      `${errno}: ${use?.path ?? rule.root}`,
      `${service.file?.path ?? "the unit"} or a drop-in of it: ${rule.setting}`,
      `logs of: ${listSome(uses.map(logOwner), 6)}`,
    ],
    place: use === undefined ? null : optionPlace(config, use.section, use.key),
    repair: rule.isHidden ? elsewhere(service) : openPaths(uses, texts, service, probe),
  };
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
