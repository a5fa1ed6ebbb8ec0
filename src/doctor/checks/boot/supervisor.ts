// BOOT-019: Supervisor beside tsv is started at boot, too.

import { globMatch } from "../../../core/config/glob.ts";
import { dirname, joinPath, splitPath } from "../../../core/config/paths.ts";
import { plannedOnUndo } from "../../../install/plan/steps.ts";
import { findSupervisor, planTakeOver } from "../../../install/plan/take-over.ts";
import type { SupervisorService } from "../../../install/services/init-system.ts";
import type { DoctorFacts } from "../../facts/doctor-facts.ts";
import { listSome } from "../../facts/logs.ts";
import type { Probe } from "../../facts/probe.ts";
import { isSamePath } from "../../facts/probe.ts";
import { serviceConfig } from "../../facts/service.ts";
import type { Repair } from "../../model.ts";
import { shellLine } from "../../repairs/commands.ts";
import { fix, repair } from "../../repairs/fix.ts";
import { byHand, repairStep } from "../../repairs/repairs.ts";
import { check, finding } from "../check.ts";
import { optionsIn } from "../system-files.ts";

export const OTHER_SUPERVISOR = check("BOOT-019", (facts) => {
  const found = findSupervisor(facts.service.supervisors);
  if (found === null) return null;
  const { service, process, config } = found;
  if (process === null && service?.isEnabled !== true) return null;
  const isRunning = process !== null || service?.isRunning === true;
  const shared = sharedFiles(config, facts);
  const isWhole = config !== null && isOfTsv(config, facts);
  const isSame = isWhole || shared.length > 0;
  return finding(isSame ? "error" : "info", service?.path ?? `pid ${process?.pid ?? 0}`, {
    symptom: isSame
      ? "programs run twice or not at all after a boot"
      : "two supervisors run on this host",
    cause: isWhole
      ? `Supervisor uses the configuration of tsv, ${config}.`
      : isSame
        ? "The configurations of Supervisor and of tsv include the same files."
        : "Supervisor runs in addition to tsv, with its own configuration.",
    evidence: [
      service && `${service.path} is ${service.isEnabled ? "enabled" : "not enabled"}`,
      process && `pid ${process.pid} runs`,
      `its configuration is ${config ?? "unknown"}`,
      isWhole || shared.length === 0 ? null : `both include ${listSome(shared)}`,
    ],
    repair: isSame
      ? disabling(service, isRunning, facts)
      : byHand("Nothing, if you want both; otherwise migrate Supervisor to tsv", [
          "tsv install --boot --take-over",
        ]),
  });
});

/** The configuration of tsv, from its service or its daemon; the examined configuration may be that of Supervisor. */
function isOfTsv(path: string, { service, daemons, probe }: DoctorFacts): boolean {
  const running = daemons.filter(({ kind }) => kind === "tsv").map(({ config }) => config);
  return [serviceConfig(service, probe), ...running].some(
    (one) => one !== null && isSamePath(one, path, probe),
  );
}

/** Files that both tsv and Supervisor include. */
function sharedFiles(path: string | null, { config, probe }: DoctorFacts): readonly string[] {
  // The examined configuration may be that of Supervisor.
  const isOwn = path === null || config.path === null || isSamePath(path, config.path, probe);
  if (isOwn) return [];
  const written = optionsIn(path, "include", probe)?.get("files") ?? "";
  const words = written.replaceAll("%(here)s", dirname(path)).split(/\s+/);
  const patterns = words.flatMap((word) => (word === "" ? [] : [joinPath(dirname(path), word)]));
  return config.files
    .filter((file) => file !== config.path)
    .filter((file) => patterns.some((pattern) => isIncluded(file, pattern, probe)));
}

/** In the directory of the pattern, or a symlink to it, with a matching name. */
function isIncluded(file: string, pattern: string, probe: Probe): boolean {
  const isThere = isSamePath(dirname(file), dirname(pattern), probe);
  return isThere && globMatch(splitPath(pattern).tail, splitPath(file).tail);
}

/** @param isRunning whether Supervisor runs; then only a migration can stop it without losing its programs */
function disabling(
  service: SupervisorService | null,
  isRunning: boolean,
  { service: { init, supervisors } }: DoctorFacts,
): Repair {
  const found = findSupervisor(supervisors);
  const plan =
    found === null || init === null || service === null ? null : planTakeOver(found, init);
  if (isRunning || plan === null || !plan.ok) {
    return byHand("Migrate Supervisor to tsv, or give tsv its own configuration", [
      "tsv install --boot --take-over",
    ]);
  }
  const { mask, commands } = plan.value;
  const disable = commands.map(({ argv, undo, what }) => fix.command("B", argv, what, { undo }));
  const advice = `Disable ${service?.name ?? "Supervisor"} at boot`;
  if (mask === null) return repair(advice, ...disable);
  const { path, target } = mask.link;
  const { argv, what } = mask.reload;
  return repair(
    advice,
    ...disable,
    fix.steps("B", [], [plannedOnUndo(argv, false)]),
    fix.steps(
      "B",
      [shellLine(["ln", "-s", target, path])],
      [repairStep({ kind: "link", path, target }, "missing", `symlink to ${target}`)],
    ),
    fix.command("B", argv, what),
  );
}
