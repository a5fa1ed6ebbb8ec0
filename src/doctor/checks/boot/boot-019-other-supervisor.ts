// BOOT-019: Supervisor (Python) is started at boot, too.

import { globMatch } from "../../../core/config/glob.ts";
import { dirname, joinPath, splitPath } from "../../../core/config/paths.ts";
import type { PlannedStep } from "../../../install/plan/steps.ts";
import { findSupervisor, planTakeOver } from "../../../install/plan/take-over.ts";
import type { SupervisorService } from "../../../install/services/supervisor-service.ts";
import { listSome } from "../../facts/log-uses.ts";
import type { Probe } from "../../facts/probe.ts";
import { isSamePath } from "../../facts/same-path.ts";
import { serviceCommand } from "../../facts/service-command.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Finding, Repair } from "../../model.ts";
import { byHand, repairStep } from "../../repairs/repairs.ts";
import { shellLine } from "../../repairs/shell-quoting.ts";
import { defineCheck } from "../check.ts";

export const OTHER_SUPERVISOR = defineCheck({
  code: "BOOT-019",
  area: "boot",
  title: "another Supervisor is enabled",
  repairs: ["B", "C"],
  page: {
    symptom:
      "After a boot, programs run twice or not at all, `supervisorctl` shows other programs than `tsv status`, or one of the two daemons says `Another program is already listening on a port that one of our HTTP servers is configured to use`.",
    cause:
      "The Supervisor service from Debian, Fedora or pip is enabled in addition to that of tsv. This works if each has its own configuration and socket; doctor then only adds a note. If they share a configuration or included files, both start the same programs.",
    repair:
      "`tsv install --boot --take-over` stops and disables Supervisor and runs its configuration with tsv; `tsv uninstall` reverts this. If Supervisor does not run, doctor disables its start at boot after you confirm.",
  },
  look(situation, probe) {
    const { supervisors } = situation.service;
    const found = findSupervisor(supervisors);
    if (found === null) return [];
    const { service } = found;
    const isAlive = found.process !== null || service?.isEnabled === true;
    if (!isAlive) return [];
    const isRunning = found.process !== null || service?.isRunning === true;
    const shared = sharedFiles(found.config, situation, probe);
    const isWhole = found.config !== null && isOfTsv(found.config, situation, probe);
    const isSame = isWhole || shared.length > 0;
    return [
      {
        severity: isSame ? "error" : "info",
        subject: service?.path ?? `pid ${found.process?.pid ?? 0}`,
        symptom: isSame
          ? "programs run twice or not at all after a boot"
          : "two supervisors run on this host",
        cause: isWhole
          ? `Supervisor uses the configuration of tsv, ${found.config}.`
          : isSame
            ? `The configurations of Supervisor and of tsv include the same files.`
            : `Supervisor runs in addition to tsv, with its own configuration.`,
        evidence: [
          ...(service === null
            ? []
            : [`${service.path} is ${service.isEnabled ? "enabled" : "not enabled"}`]),
          ...(found.process === null ? [] : [`pid ${found.process.pid} runs`]),
          `its configuration is ${found.config ?? "unknown"}`,
          ...(isWhole || shared.length === 0 ? [] : [`both include ${listSome(shared)}`]),
        ],
        place: null,
        repair: isSame ? sameRepair(service, isRunning, situation) : BESIDE,
      } satisfies Finding,
    ];
  },
});

const BESIDE: Repair = byHand("Nothing, if you want both; otherwise migrate Supervisor to tsv", [
  "tsv install --boot --take-over",
]);

/** The configuration of tsv, from its service or its daemon; the examined configuration may be that of Supervisor. */
function isOfTsv(path: string, { service, daemons }: Situation, probe: Probe): boolean {
  const ofService = serviceCommand(service, probe)?.config ?? service.manifest?.config ?? null;
  const running = daemons.filter(({ kind }) => kind === "tsv").map(({ config }) => config);
  const real = probe.realPath(path) ?? path;
  return [ofService, ...running].some(
    (one) => one !== null && (one === path || probe.realPath(one) === real),
  );
}

/** Files that both tsv and Supervisor include. */
function sharedFiles(path: string | null, { config }: Situation, probe: Probe): readonly string[] {
  // The examined configuration may be that of Supervisor.
  const isOwn = path === null || config.path === null || isSamePath(path, config.path, probe);
  if (isOwn) return [];
  const section = /^\[include\]\s*$([\s\S]*?)(?=^\[|$(?![\s\S]))/m.exec(
    probe.readText(path) ?? "",
  )?.[1];
  const written = /^files\s*[=:]\s*(.*(?:\n[ \t]+\S.*)*)/m.exec(section ?? "")?.[1] ?? "";
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

function sameRepair(
  service: SupervisorService | null,
  isRunning: boolean,
  { service: { init, supervisors } }: Situation,
): Repair {
  const found = findSupervisor(supervisors);
  const plan =
    found === null || init === null || service === null ? null : planTakeOver(found, init);
  if (isRunning || plan === null || !plan.ok) {
    return byHand("Migrate Supervisor to tsv, or give tsv its own configuration", [
      "tsv install --boot --take-over",
    ]);
  }
  const { links, tell, tellWhat, commands } = plan.value;
  const steps: PlannedStep[] = [
    ...commands.map(({ argv, undo, what }) =>
      repairStep({ kind: "command", argv, undo, what }, "", what),
    ),
    ...tell.map((argv) =>
      repairStep({ kind: "on-undo", argv, what: argv.join(" "), mayFail: false }, "", ""),
    ),
    ...links.map(({ path, target }) =>
      repairStep({ kind: "link", path, target }, "missing", `symlink to ${target}`),
    ),
    ...tell.map((argv) =>
      repairStep({ kind: "command", argv, undo: null, what: tellWhat }, "", tellWhat),
    ),
  ];
  return {
    class: "B",
    advice: `Disable ${service?.name ?? "Supervisor"} at boot`,
    commands: [
      ...commands.map(({ argv }) => shellLine(argv)),
      ...links.map(({ path, target }) => shellLine(["ln", "-s", target, path])),
      ...tell.map(shellLine),
    ],
    steps,
  };
}
