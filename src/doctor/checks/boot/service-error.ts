// Whether the service can be started: its file, and the executable and the configuration that it names, exist and are usable.
// BOOT-002 reports the error; other checks report no consequences of it.

import { describePathProblem, firstPathProblem } from "../../facts/access.ts";
import type { Probe } from "../../facts/probe.ts";
import { type ServiceCommandLine, serviceCommand } from "../../facts/service-command.ts";
import { refusedDaemonOptions } from "../../facts/service-environment.ts";
import type { ServiceState } from "../../facts/situation.ts";

/** The kind of error that prevents the service from starting. */
export interface ServiceError {
  readonly kind:
    | "file"
    | "script"
    | "executable"
    | "mount"
    | "config"
    | "options"
    | "refused"
    | "part";
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
  const evidence =
    target === null
      ? `ENOENT: ${path} does not exist`
      : `${path} is a symlink to ${target}, which does not exist`;
  return { kind: "file", path, evidence };
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
  const refusal = refusedDaemonOptions(text);
  return refusal === null ? null : { kind: "options", path, evidence: `DAEMON_OPTS: ${refusal}` };
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
  for (const { step, now } of restoration?.steps ?? []) {
    if (step.kind !== "file" || now !== "missing") continue;
    const isOurs = manifest?.entries.some(
      (entry) => entry.kind === "file" && entry.path === step.path && !entry.isTheirs,
    );
    if (isOurs === true) {
      return {
        kind: "part",
        path: step.path,
        evidence: `ENOENT: ${step.path} (${step.what}) is missing`,
      };
    }
  }
  return null;
}

const ROOT = { uid: 0, gids: [0] };

/** One line of evidence; null if nothing is wrong, or if it is unknown to this user. */
function describeProblem(path: string, access: "execute" | "read", probe: Probe): string | null {
  const target = probe.linkTarget(path);
  const seen = probe.look(path);
  if (target !== null && !seen.ok && seen.error === "ENOENT") {
    return `ENOENT: ${path} is a symlink to ${target}, which does not exist`;
  }
  const pathProblem = firstPathProblem(path, access, ROOT, probe);
  if (pathProblem === null) return null;
  // Root can read and search everything, so a denial concerns only the caller, except for files without any x bit.
  const isAskers =
    pathProblem.errno === "EACCES" && (pathProblem.seen === null || pathProblem.lacks !== "x");
  return isAskers ? null : describePathProblem(pathProblem, 0, probe);
}

/** The mount point with noexec that contains the path; null if there is none. */
export function noexecMount(path: string, probe: Probe): string | null {
  const system = probe.fileSystem(path);
  return system?.options.includes("noexec") === true ? system.mountPoint : null;
}
