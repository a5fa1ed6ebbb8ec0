// The programs of a configuration for the checks: the account, directory and environment with which each is started.
// Processes that are started in the same way are checked once.

import { remembered } from "../../core/base/remembered.ts";
import type { Config, ProcessConfig } from "../../core/config/model.ts";
import { joinPath } from "../../core/config/paths.ts";
import { parseEnvFile } from "../../core/environment/env-file.ts";
import { type Gathered, NOTHING_GATHERED } from "../../core/environment/layers.ts";
import { type FileFacts, findCommand, programEnvironment } from "../../core/process/launch.ts";
import type { ProgramHistory } from "../../core/why/program-history.ts";
import { groupBy } from "../checks/check.ts";
import { type Account, accountOf, daemonAccount, firstPathProblem, readConfig } from "./access.ts";
import { believedDaemons } from "./daemons.ts";
import type { DoctorFacts, ProgramStatus } from "./doctor-facts.ts";
import { refusedLink } from "./path-trust.ts";
import type { Probe } from "./probe.ts";

/** Programs of the configuration, and with what each is started. */
export type Supervised = ReturnType<typeof supervisedPrograms>[number];

/** All programs, in the order of the configuration; none if it cannot be read. */
export function supervisedPrograms(facts: DoctorFacts) {
  const config = readConfig(facts);
  if (config === null) return [];
  const daemon = daemonAccount(facts);
  // A service starts in the root directory.
  const ofService = facts.daemon === null && facts.service.file !== null ? "/" : "";
  const from = workingDirectory(facts, config) ?? ofService;
  const accountFor = remembered((uid: number) => accountOf(uid, facts.probe));
  const all = config.groups.flatMap(({ name: group, processes }) =>
    processes.map((process) => ({ process, group, member: `${group}:${process.name}` })),
  );
  const alike = groupBy(
    all,
    ({ process: { origin, command, directory, uid, environment, envFiles } }) =>
      JSON.stringify([origin.section, command, directory, uid, environment["PATH"], envFiles]),
  );
  return Array.from(alike.values(), (members) => {
    const [{ process, group, member }] = members;
    const { uid, directory, name } = process;
    const base = directory === null ? from : joinPath(from, directory);
    const outer = { environment: facts.config.environment, serverUrl: null };
    const gathered = gatheredFor(process, daemon, facts.probe);
    return {
      config: process,
      group,
      /** The name of the first one in ctl: "web", "pool:a". */
      label: group === name ? name : member,
      /** All processes that are started in the same way, as "group:name". */
      members: members.map((one) => one.member) as readonly string[],
      /** Section of the configuration: "program:web". */
      section: process.origin.section,
      /** The account that searches for the command. */
      daemon,
      /** The account that the program runs as. */
      account: uid === null ? daemon : accountFor(uid),
      environment: programEnvironment(process, group, outer, gathered),
      /** The directory for relative paths; null if unknown. */
      base: base.startsWith("/") ? base : null,
    };
  });
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
  const factsOf = remembered((path: string) => fileFacts(path, daemon, facts.probe));
  return ({ environment, base, config }: Supervised) => {
    // Some paths may be hidden from the caller, so that "not found" is not certain. If the working directory is unknown, only names without a slash can be searched, in absolute directories.
    let isBlind = base === null && /^[^/\s]+\//.test(config.command.trim());
    // The file that exists but cannot be used.
    let unusable: string | null = null;
    // One on a file system that does not answer.
    let silent: string | null = null;
    const located = { ...config, directory: base };
    const found = findCommand(located, environment, facts.executable.path, (path) => {
      if (facts.probe.silentMount(path) !== null) silent ??= path;
      const file = factsOf(path);
      if (file === "hidden") {
        isBlind = true;
        return null;
      }
      const isUsable = file === null || (file.kind === "file" && file.executable && file.permitted);
      if (!isUsable) unusable ??= path;
      return file;
    });
    return { found, isBlind: isBlind && !found.ok, unusable, silent };
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
