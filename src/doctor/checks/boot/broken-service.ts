// BOOT-002: the service names an executable or a configuration that does not exist, or its own file is missing.

import { printable } from "../../../core/base/printable.ts";
import { dirname, splitPath } from "../../../core/config/paths.ts";
import { socketPathOf } from "../../../core/config/server-address.ts";
import { hasUnits } from "../../../install/services/registry.ts";
import { describePathProblem, firstPathProblem } from "../../facts/access.ts";
import type { DoctorFacts, ServiceState } from "../../facts/doctor-facts.ts";
import type { Probe } from "../../facts/probe.ts";
import {
  refusedDaemonOptions,
  type ServiceCommandLine,
  serviceCommand,
  unitSetting,
  unitTexts,
} from "../../facts/service.ts";
import type { Repair } from "../../model.ts";
import { shellLine, shellWord } from "../../repairs/commands.ts";
import { fix, repair } from "../../repairs/fix.ts";
import { byHand } from "../../repairs/repairs.ts";
import { check, finding } from "../check.ts";
import { startCommands } from "../socket/not-running.ts";

export const BROKEN_SERVICE = check("BOOT-002", (facts) => {
  const error = serviceError(facts.service, facts.probe);
  if (error === null) return null;
  const { kind, path, evidence } = error;
  const naming = fileThatNames(error, facts);
  return finding(kind === "part" ? "warning" : "error", path, {
    ...ERRORS[kind],
    evidence: [
      printable(evidence),
      naming === null || naming === path ? null : `named by ${naming}`,
    ],
    repair: repairOf(error, facts),
  });
});

/** What prevents the service from starting. */
const ERRORS = {
  file: {
    symptom: "the service does not exist: nothing starts tsv at boot",
    cause: "The unit or script of the service was removed.",
  },
  script: {
    symptom: "the service does not start: Permission denied, or unrecognized service",
    cause: "The script that starts tsv is not executable.",
  },
  executable: {
    symptom:
      "the service does not start: status=203/EXEC, or its script says that the executable is missing",
    cause: "The executable of the service does not exist or cannot be executed.",
  },
  mount: {
    symptom: "the service does not start: status=203/EXEC, Permission denied",
    cause: "The executable of the service is on a file system that is mounted noexec.",
  },
  config: {
    symptom: "the service does not start: could not find config file",
    cause: "The service names a configuration that cannot be read.",
  },
  options: {
    symptom: "the service does not start: the daemon rejects an option and exits with status 2",
    cause: "The settings of the service contain an option that the daemon does not know.",
  },
  refused: {
    symptom: "the service does not start: bad unit file setting",
    cause: "The unit contains settings that systemd rejects.",
  },
  part: {
    symptom: "a part of the service is missing after a reboot",
    cause: "A file that `tsv install` created for the service was removed.",
  },
} as const;

/** A unit names its configuration in the last file that sets the command, which may be a drop-in. */
function fileThatNames({ kind }: ServiceError, { service, probe }: DoctorFacts): string | null {
  const isInCommand = kind === "config" || kind === "executable" || kind === "mount";
  const setting = isInCommand
    ? unitSetting(unitTexts(service, probe), "Service", "ExecStart")
    : null;
  return setting?.path ?? service.file?.path ?? null;
}

function repairOf(error: ServiceError, facts: DoctorFacts): Repair {
  const { service, probe } = facts;
  if (error.kind === "mount") return remounting(error.path, probe);
  if (error.kind === "options") {
    return byHand(`Correct DAEMON_OPTS= in ${error.path}`, [
      "tsv daemon -h   # lists the options",
      ...startCommands(facts),
    ]);
  }
  if (error.kind === "script") return letExecute(error.path, service, probe);
  const isOfPackage = service.file?.isPackaged === true || service.manifest?.isPackaged === true;
  if (error.kind === "config" && error.path !== service.layout.config && isOfPackage) {
    // A migrated configuration: the package of tsv does not contain it.
    const advice = `Restore ${error.path} from a backup, or run the service with another configuration`;
    return byHand(advice, ["tsv install --boot --config FILE"]);
  }
  if (service.file?.isPackaged === true) return reinstall(error, service, probe);
  if (service.manifest === null) return correction(error, service);
  // The installer would change nothing: the error is in a drop-in or in the settings.
  if (service.restoration?.steps.length === 0) return correction(error, service);
  const moved = error.kind === "config" ? movedConfig(error.path, facts) : null;
  return moved === null ? restore(service) : moveBack(error.path, moved);
}

/** What the installer would do now. */
function restore({ restoration, manifest, file }: ServiceState): Repair {
  const config = restoration?.config ?? manifest?.config ?? "";
  const isSame = config === manifest?.config;
  const words = ["tsv", "install", "--boot", ...(manifest?.scope === "user" ? ["--user"] : [])];
  const command = `${words.join(" ")}${isSame ? "" : ` --config ${shellWord(config)}`}`;
  if (restoration === null || restoration.pathProblems.length > 0) {
    const reasons = (restoration?.pathProblems ?? []).map((reason) => `# ${reason}`);
    return byHand("Install the service again", [...reasons, command]);
  }
  const { steps } = restoration;
  const isEdited = steps.some(({ edited }) => edited !== null);
  const isMade = steps.some(({ step }) => step.kind === "file" && step.path === config);
  // Other programs would run: those of another configuration, or only those in its included files.
  const isOther = !isSame || isMade;
  const again = file === null ? "Restore the service" : "Write the service again";
  return repair(
    isMade
      ? `Create ${config} again, unless you have a backup; the files in its conf.d are still used`
      : isSame
        ? `${again}, as tsv install does`
        : `${again} with the configuration ${config}`,
    fix.steps(isEdited || isOther ? "B" : "A", [command], steps),
  );
}

/** A new configuration would hide the moved one: its programs would be missing. */
function moveBack(path: string, moved: string): Repair {
  return byHand(
    `Move ${printable(moved)} back, or run the service with it: it names the same socket`,
    [shellLine(["mv", moved, path]), shellLine(["tsv", "install", "--boot", "--config", moved])],
  );
}

/** Editors, people and package managers rename files so: tsv.conf.bak, tsv.conf~, tsv.conf.rpmsave, tsv.conf.1. */
const RENAMED = /^(?:~|[.-][\w.-]+)$/;

/**
 * Where a missing configuration went: another file of the search path, or a renamed one beside it, that names its socket.
 * null if there is none, or if the manifest names no socket.
 */
function movedConfig(path: string, { config, service, probe }: DoctorFacts): string | null {
  const socket = service.manifest?.server ? socketPathOf(service.manifest.server) : null;
  if (socket === null) return null;
  const directory = dirname(path);
  const { tail } = splitPath(path);
  const renamed = (probe.list(directory) ?? []).filter(
    (name) => name.startsWith(tail) && RENAMED.test(name.slice(tail.length)),
  );
  const candidates = [
    ...config.search.flatMap(({ path: one, exists }) => (exists && one !== path ? [one] : [])),
    ...renamed.map((name) => `${directory}/${name}`),
  ];
  return candidates.find((one) => namesSocket(probe.readText(one) ?? "", socket)) ?? null;
}

/** In `file=` of its server. */
function namesSocket(text: string, socket: string): boolean {
  const written = socket.replaceAll("%", "%%");
  return text.split("\n").some((line) => /^file\s*[=:]\s*(\S+)/.exec(line)?.[1] === written);
}

/** The text of the script may be correct: then the installer would change nothing. */
function letExecute(path: string, { manifest }: ServiceState, probe: Probe): Repair {
  const seen = probe.look(path);
  if (!seen.ok || seen.kind !== "file") {
    return byHand("Make the script executable", [shellLine(["chmod", "+x", path])]);
  }
  const isOurs = manifest?.entries.some((entry) => entry.kind === "file" && entry.path === path);
  const after = { ...seen, mode: seen.mode | 0o111 };
  return repair(
    "Make the script executable",
    fix.access(isOurs === true ? "A" : "B", path, seen, after, probe),
  );
}

/** The mount option is a decision of the administrator. */
function remounting(path: string, probe: Probe): Repair {
  const point = noexecMount(path, probe) ?? "/";
  return byHand(`Mount ${point} without noexec, or run tsv from another file system`, [
    `mount -o remount,exec ${shellWord(point)}   # and without noexec in /etc/fstab`,
    "tsv install --boot   # with an executable on another file system",
  ]);
}

function reinstall({ kind, path }: ServiceError, { name }: ServiceState, probe: Probe): Repair {
  const isConfig = kind === "config";
  // dpkg considers the removal of a configuration file intentional.
  const option = isConfig ? "-o Dpkg::Options::=--force-confmiss " : "";
  return byHand(`Reinstall the package to restore ${name}`, [
    ...(isConfig ? [`# restore ${path} from a backup, or install the one of the package:`] : []),
    probe.look("/usr/bin/dpkg").ok
      ? `apt-get ${option}install --reinstall tsv`
      : "dnf reinstall tsv",
  ]);
}

function correction({ kind, path }: ServiceError, { file, init, name }: ServiceState): Repair {
  const where = file?.path ?? name;
  return byHand(`Correct the ${kind === "config" ? "configuration" : "executable"} in ${where}`, [
    hasUnits(init) ? `systemctl edit --full ${name}   # ${path}` : `# in ${where}: ${path}`,
    "tsv install --boot   # or let tsv write its own service",
  ]);
}

// Whether the service can be started: its file, and the executable and the configuration that it names, exist and are usable.
// BOOT-002 reports the error; other checks report no consequences of it.

interface ServiceError {
  readonly kind: keyof typeof ERRORS;
  /** The path that has the error. */
  readonly path: string;
  /** One line of evidence. */
  readonly evidence: string;
}

/** The most serious error of the service; null if it can be started. */
export function serviceError(service: ServiceState, probe: Probe): ServiceError | null {
  const { file, manifest, init, isMasked } = service;
  if (init === null || isMasked) return null;
  const isRecorded = manifest !== null && manifest.init === init;
  if (file === null || !probe.look(file.path).ok) {
    return isRecorded || file !== null ? goneFile(service, probe) : null;
  }
  const command = serviceCommand(service, probe);
  const broken = command === null ? null : brokenCommand(command, probe);
  return (
    broken ??
    refusedOptions(service, probe) ??
    idleScript(service, probe) ??
    refusedUnit(service) ??
    missingPart(service)
  );
}

function goneFile(service: ServiceState, probe: Probe): ServiceError {
  const path = service.file?.path ?? recordedFile(service);
  const target = probe.linkTarget(path);
  const evidence = target === null ? `ENOENT: ${path} does not exist` : dangling(path, target);
  return { kind: "file", path, evidence };
}

function dangling(path: string, target: string): string {
  return `ENOENT: ${path} is a symlink to ${target}, which does not exist`;
}

/** The init system executes scripts, but only reads units. */
function idleScript({ file }: ServiceState, probe: Probe): ServiceError | null {
  if (file?.text.startsWith("#!") !== true) return null;
  const evidence = describeProblem(file.path, "execute", probe);
  return evidence === null ? null : { kind: "script", path: file.path, evidence };
}

/** The unit or script among the files of `tsv install`. */
function recordedFile({ manifest, name }: ServiceState): string {
  const paths = (manifest?.entries ?? []).flatMap((entry) =>
    entry.kind === "file" && !entry.isTheirs ? [entry.path] : [],
  );
  const isMain = (path: string): boolean =>
    path.endsWith(`/${name}.service`) ||
    path === `/etc/init.d/${name}` ||
    path.endsWith(`/${name}/run`) ||
    path.endsWith(".plist");
  return paths.find(isMain) ?? paths[0] ?? `the service ${name}`;
}

function brokenCommand(command: ServiceCommandLine, probe: Probe): ServiceError | null {
  const { executable, config } = command;
  const program = describeProblem(executable, "execute", probe);
  if (program !== null) return { kind: "executable", path: executable, evidence: program };
  const point = noexecMount(executable, probe);
  if (point !== null) {
    const evidence = `EACCES: ${executable} is on ${point}, which is mounted with noexec`;
    return { kind: "mount", path: executable, evidence };
  }
  const text = config === null ? null : describeProblem(config, "read", probe);
  return config === null || text === null ? null : { kind: "config", path: config, evidence: text };
}

/** Unknown options in the settings: the daemon exits at once. */
function refusedOptions({ layout }: ServiceState, probe: Probe): ServiceError | null {
  const path = layout.environmentFile;
  const text = path === null ? null : probe.readText(path);
  if (path === null || text === null) return null;
  const problem = refusedDaemonOptions(text);
  return problem === null ? null : { kind: "options", path, evidence: `DAEMON_OPTS: ${problem}` };
}

/** systemd rejects the unit. */
function refusedUnit({ file, properties }: ServiceState): ServiceError | null {
  const state = properties["LoadState"] ?? "";
  if (file === null || (state !== "bad-setting" && state !== "error")) return null;
  const said = properties["LoadError"] ?? "";
  return { kind: "refused", path: file.path, evidence: `LoadState=${state} ${said}`.trim() };
}

/** Another file that `tsv install` wrote for the service and that is not meant to be edited. */
function missingPart({ restoration, manifest }: ServiceState): ServiceError | null {
  const own = (manifest?.entries ?? []).flatMap((entry) =>
    entry.kind === "file" && !entry.isTheirs ? [entry.path] : [],
  );
  for (const { step, now } of restoration?.steps ?? []) {
    if (step.kind !== "file" || now !== "missing" || !own.includes(step.path)) continue;
    const { path, what } = step;
    return { kind: "part", path, evidence: `ENOENT: ${path} (${what}) is missing` };
  }
  return null;
}

const ROOT = { uid: 0, gids: [0] };

/** One line of evidence; null if nothing is wrong, or if it is unknown to this user. */
function describeProblem(path: string, access: "execute" | "read", probe: Probe): string | null {
  const target = probe.linkTarget(path);
  const seen = probe.look(path);
  if (target !== null && !seen.ok && seen.error === "ENOENT") {
    return dangling(path, target);
  }
  const pathProblem = firstPathProblem(path, access, ROOT, probe);
  if (pathProblem === null) return null;
  // Root can read and search everything, so a denial concerns only the caller, except for files without any x bit.
  const isCallers =
    pathProblem.errno === "EACCES" && (pathProblem.seen === null || pathProblem.lacks !== "x");
  return isCallers ? null : describePathProblem(pathProblem, 0, probe);
}

/** The mount point with noexec that contains the path; null if there is none. */
function noexecMount(path: string, probe: Probe): string | null {
  const system = probe.fileSystem(path);
  return system?.options.includes("noexec") === true ? system.mountPoint : null;
}
