// The programs of a configuration for the checks: the account, directory and environment with which each is started.
// Processes that are started in the same way are checked once.

import type { Config, ProcessConfig } from "../../core/config/model.ts";
import { joinPath } from "../../core/config/paths.ts";
import { parseEnvFile } from "../../core/environment/env-file.ts";
import { type Gathered, NOTHING_GATHERED } from "../../core/environment/layers.ts";
import { type FileFacts, findCommand, programEnvironment } from "../../core/process/launch.ts";
import type { ProgramHistory } from "../../core/why/program-history.ts";
import { type Account, accountOf, daemonAccount, firstPathProblem, readConfig } from "./access.ts";
import { believedDaemons } from "./daemons.ts";
import type { DoctorFacts, ProgramStatus } from "./doctor-facts.ts";
import { refusedLink } from "./path-trust.ts";
import { type Probe, remembering } from "./probe.ts";

export interface Supervised {
  readonly config: ProcessConfig;
  readonly group: string;
  /** The name of the first one in ctl: "web", "pool:a". */
  readonly label: string;
  /** All processes that are started in the same way, as "group:name". */
  readonly members: readonly string[];
  /** Section of the configuration: "program:web". */
  readonly section: string;
  /** The account that searches for the command. */
  readonly daemon: Account;
  /** The account that the program runs as. */
  readonly account: Account;
  readonly environment: Readonly<Record<string, string>>;
  /** The directory for relative paths; null if unknown. */
  readonly base: string | null;
}

/** All programs, in the order of the configuration; none if it cannot be read. */
export function supervisedPrograms(facts: DoctorFacts): readonly Supervised[] {
  const config = readConfig(facts);
  if (config === null) return [];
  const daemon = daemonAccount(facts);
  // A service starts in the root directory.
  const ofService = facts.daemon === null && facts.service.file !== null ? "/" : "";
  const from = workingDirectory(facts, config) ?? ofService;
  const accountFor = remembering((uid: number) => accountOf(uid, facts.probe));
  const alike = new Map<string, Supervised & { readonly members: string[] }>();
  for (const group of config.groups) {
    for (const process of group.processes) {
      const { origin, command, directory, uid, envFiles } = process;
      const { PATH } = process.environment;
      const key = JSON.stringify([origin.section, command, directory, uid, PATH, envFiles]);
      const member = `${group.name}:${process.name}`;
      const known = alike.get(key);
      if (known !== undefined) {
        known.members.push(member);
        continue;
      }
      const { environment } = facts.config;
      const gathered = gatheredFor(process, daemon, facts.probe);
      const base = directory === null ? from : joinPath(from, directory);
      alike.set(key, {
        config: process,
        group: group.name,
        label: group.name === process.name ? process.name : member,
        members: [member],
        section: origin.section,
        daemon,
        account: uid === null ? daemon : accountFor(uid),
        environment: programEnvironment(
          process,
          group.name,
          { environment, serverUrl: null },
          gathered,
        ),
        base: base.startsWith("/") ? base : null,
      });
    }
  }
  return [...alike.values()];
}

/** What a start would gather, without running a command; files as far as the caller may read them. */
function gatheredFor(
  { envFiles, userEnv, uid }: ProcessConfig,
  daemon: Account,
  probe: Probe,
): Gathered {
  const user = userEnv ? probe.user(uid ?? daemon.uid) : null;
  const { name = "", home } = user ?? {};
  return {
    ...NOTHING_GATHERED,
    user: home === undefined ? null : { name, home, shell: "" },
    files: envFiles.flatMap(({ path }) => {
      if (daemon.uid === 0 && refusedLink(path, probe) !== null) return [];
      const parsed = parseEnvFile(probe.readText(path) ?? "");
      return parsed.ok ? [{ path, variables: parsed.value }] : [];
    }),
  };
}

/** The working directory of the daemon; null if unknown. */
export function workingDirectory(
  { daemon, service, caller, probe }: DoctorFacts,
  config: Config,
): string | null {
  if (config.daemon.directory !== null) return config.daemon.directory;
  if (daemon !== null) {
    // Another user's process may have /etc as its working directory, and root is about to change the owner of logs.
    const isBelieved = believedDaemons([daemon], caller.uid).length > 0;
    return isBelieved ? (probe.process(daemon.pid)?.cwd ?? null) : null;
  }
  const ofService = service.properties["WorkingDirectory"] ?? "";
  return ofService.startsWith("/") ? ofService : null;
}

/** Finds the files of commands as the daemon does; each path is examined once. */
export function programFinder(facts: DoctorFacts) {
  const daemon = daemonAccount(facts);
  const factsOf = remembering((path: string) => fileFacts(path, daemon, facts.probe));
  return ({ environment, base, config }: Supervised) => {
    // Some paths may be hidden from the caller, so that "not found" is not certain. If the working directory is unknown, only names without a slash can be searched, in absolute directories.
    let isBlind = base === null && /^[^/\s]+\//.test(config.command.trim());
    // The file that exists but cannot be used.
    let unusable: string | null = null;
    const located = { ...config, directory: base };
    const found = findCommand(located, environment, facts.executable.path, (path) => {
      const file = factsOf(path);
      if (file === "hidden") {
        isBlind = true;
        return null;
      }
      const isUsable = file === null || (file.kind === "file" && file.executable && file.permitted);
      if (!isUsable) unusable ??= path;
      return file;
    });
    return { found, isBlind: isBlind && !found.ok, unusable };
  };
}

/** The same result as the daemon's examination of a file, for the daemon's account. */
function fileFacts(path: string, daemon: Account, probe: Probe): FileFacts | "hidden" | null {
  if (!path.startsWith("/")) return null;
  const found = probe.look(path);
  if (!found.ok) return found.error === "EACCES" && daemon.uid === 0 ? "hidden" : null;
  const isNoexec = probe.fileSystem(path)?.options.includes("noexec") === true;
  const pathProblem = firstPathProblem(path, "execute", daemon, probe);
  return {
    kind: found.kind === "directory" ? "directory" : "file",
    executable: (found.mode & 0o111) !== 0,
    permitted: pathProblem?.errno !== "EACCES" && !isNoexec,
  };
}

/** The absolute path of the file; null if it is relative to an unknown directory. */
export function absoluteFile(file: string, { base }: Supervised): string | null {
  if (file.startsWith("/")) return file;
  return base === null ? null : joinPath(base, file);
}

/** Their states according to the daemon; empty if no server answers. */
export function statusesOf(
  { members }: Pick<Supervised, "members">,
  statuses: ReadonlyMap<string, ProgramStatus>,
): readonly ProgramStatus[] {
  return members.flatMap((member) => statuses.get(member) ?? []);
}

export function statusTable({ programs }: DoctorFacts): ReadonlyMap<string, ProgramStatus> {
  return new Map((programs ?? []).map((one) => [`${one.group}:${one.name}`, one]));
}

export function historyTable({ histories }: DoctorFacts): ReadonlyMap<string, ProgramHistory> {
  return new Map((histories ?? []).map((one) => [`${one.group}:${one.name}`, one]));
}
