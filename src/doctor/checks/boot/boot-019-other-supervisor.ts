// BOOT-019: a Supervisor of Python's is started at boot, too.

import { globMatch } from "../../../core/config/glob.ts";
import { dirname, joinPath, splitPath } from "../../../core/config/paths.ts";
import type { PlannedStep } from "../../../install/plan/steps.ts";
import {
  findSupervisor,
  planTakeOver,
  type SupervisorService,
} from "../../../install/plan/take-over.ts";
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
  page: {
    symptom:
      "After a boot programs run twice or not at all, `supervisorctl` answers for other programs than `tsv status`, or one of the two daemons says `Another program is already listening on a port that one of our HTTP servers is configured to use`.",
    cause:
      "The service of Debian's, Fedora's or pip's Supervisor is enabled beside that of tsv. That is fine while each has a configuration and a socket of its own, and then doctor only mentions it. With the same configuration, or with the same included files, both start the same programs.",
    repair:
      "`tsv install --boot --take-over` stops Supervisor, keeps it from starting and takes its place with its configuration; `tsv uninstall` gives the place back. Where Supervisor does not run, doctor keeps it from starting at boot after a yes.",
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
          ? "programs run twice after a boot, or not at all"
          : "two supervisors run here",
        cause: isWhole
          ? `Supervisor has the configuration of tsv, ${found.config}.`
          : isSame
            ? `The configurations of Supervisor and of tsv include the same files.`
            : `Supervisor runs beside tsv, with a configuration of its own.`,
        evidence: [
          ...(service === null
            ? []
            : [`${service.path} is ${service.isEnabled ? "enabled" : "not enabled"}`]),
          ...(found.process === null ? [] : [`pid ${found.process.pid} runs`]),
          `its configuration is ${found.config ?? "not known"}`,
          ...(isWhole || shared.length === 0 ? [] : [`both include ${listSome(shared)}`]),
        ],
        place: null,
        repair: isSame ? sameRepair(service, isRunning, situation) : BESIDE,
      } satisfies Finding,
    ];
  },
});

const BESIDE: Repair = byHand(
  "Nothing, if both are wanted; else have tsv take Supervisor's place",
  ["tsv install --boot --take-over"],
);

/** What tsv runs with, by its service or now; the configuration that is examined may be Supervisor's own. */
function isOfTsv(path: string, { service, daemons }: Situation, probe: Probe): boolean {
  const ofService = serviceCommand(service, probe)?.config ?? service.manifest?.config ?? null;
  const running = daemons.filter(({ kind }) => kind === "tsv").map(({ config }) => config);
  const real = probe.realPath(path) ?? path;
  return [ofService, ...running].some(
    (one) => one !== null && (one === path || probe.realPath(one) === real),
  );
}

/** Files that tsv includes, and that Supervisor's configuration includes too. */
function sharedFiles(path: string | null, { config }: Situation, probe: Probe): readonly string[] {
  // The configuration that is examined may be Supervisor's own.
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

/** In the directory of the pattern, or a link to there, with a name that it matches. */
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
    return byHand("Have tsv take Supervisor's place, or give it a configuration of its own", [
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
      repairStep({ kind: "link", path, target }, "missing", `link to ${target}`),
    ),
    ...tell.map((argv) =>
      repairStep({ kind: "command", argv, undo: null, what: tellWhat }, "", tellWhat),
    ),
  ];
  return {
    class: "B",
    advice: `Keep ${service?.name ?? "Supervisor"} from starting at boot`,
    commands: [
      ...commands.map(({ argv }) => shellLine(argv)),
      ...links.map(({ path, target }) => shellLine(["ln", "-s", target, path])),
      ...tell.map(shellLine),
    ],
    steps,
  };
}
