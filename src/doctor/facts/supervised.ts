// The programs of a configuration as the checks look at them: who starts each, as whom, where and with which environment.
// Processes that are started alike are looked at once.

import type { Config, ProcessConfig } from "../../core/config/model.ts";
import { joinPath } from "../../core/config/paths.ts";
import { type FileFacts, findCommand } from "../../core/process/find-command.ts";
import { programEnvironment } from "../../core/process/launch.ts";
import { type Account, firstObstacle } from "./access.ts";
import { accountOf, daemonAccount, readConfig } from "./daemon-account.ts";
import type { Probe } from "./probe.ts";
import type { ProgramHistory } from "./program-history.ts";
import type { ProgramStatus, Situation } from "./situation.ts";

export interface Supervised {
  readonly config: ProcessConfig;
  readonly group: string;
  /** As ctl names the first of them: "web", "pool:a". */
  readonly label: string;
  /** Every process that is started alike, as "group:name". */
  readonly members: readonly string[];
  /** Section of the configuration: "program:web". */
  readonly section: string;
  /** Who looks for the command. */
  readonly daemon: Account;
  /** Who the program runs as. */
  readonly account: Account;
  readonly environment: Readonly<Record<string, string>>;
  /** What relative paths mean; null when that is not known. */
  readonly base: string | null;
}

/** All of them, in the order of the configuration; none when it cannot be read. */
export function supervisedPrograms(situation: Situation, probe: Probe): readonly Supervised[] {
  const config = readConfig(situation);
  if (config === null) return [];
  const daemon = daemonAccount(situation, probe);
  const from = daemonDirectory(situation, config, probe);
  const accounts = new Map<number, Account>();
  const accountFor = (uid: number): Account => {
    const known = accounts.get(uid) ?? accountOf(uid, probe);
    accounts.set(uid, known);
    return known;
  };
  const alike = new Map<string, Supervised & { readonly members: string[] }>();
  for (const group of config.groups) {
    for (const process of group.processes) {
      const { origin, command, directory, uid } = process;
      const place = [origin.section, command, directory, uid, process.environment["PATH"]];
      const known = alike.get(JSON.stringify(place));
      const member = `${group.name}:${process.name}`;
      if (known !== undefined) {
        known.members.push(member);
        continue;
      }
      alike.set(JSON.stringify(place), {
        config: process,
        group: group.name,
        label: group.name === process.name ? process.name : member,
        members: [member],
        section: origin.section,
        daemon,
        account: uid === null ? daemon : accountFor(uid),
        environment: programEnvironment(process, group.name, {
          environment: situation.config.environment,
          serverUrl: null,
          softFileLimit: 0,
        }),
        base:
          directory === null
            ? from
            : from === null
              ? absolute(directory)
              : joinPath(from, directory),
      });
    }
  }
  return [...alike.values()];
}

function absolute(path: string): string | null {
  return path.startsWith("/") ? path : null;
}

/** Where the daemon stands: services begin in the root directory. */
function daemonDirectory(
  { daemon, service }: Situation,
  config: Config,
  probe: Probe,
): string | null {
  if (config.daemon.directory !== null) return config.daemon.directory;
  if (daemon !== null) return probe.process(daemon.pid)?.cwd ?? null;
  const ofService = service.properties["WorkingDirectory"] ?? "";
  if (ofService.startsWith("/")) return ofService;
  return service.file === null ? null : "/";
}

export interface FoundProgram {
  readonly found: ReturnType<typeof findCommand>;
  /** Something that was looked for is hidden from whoever asks, so that "not found" means nothing. */
  readonly isBlind: boolean;
  /** The file that is there and cannot be used; null when there is none. */
  readonly unusable: string | null;
}

/** Finds files of commands as the daemon finds them; each path is looked at once. */
export function programFinder(probe: Probe): (program: Supervised) => FoundProgram {
  const looks = new Map<string, FileFacts | "hidden" | null>();
  return (program) => {
    const { daemon, environment, base, config } = program;
    // Without a place to stand on, only a name without a slash is looked for at absolute paths.
    let isBlind = base === null && /^[^/\s]+\//.test(config.command.trim());
    let unusable: string | null = null;
    const found = findCommand({ ...config, directory: base }, environment, (path) => {
      const known = looks.get(path);
      const facts = known === undefined ? look(path, daemon, probe) : known;
      looks.set(path, facts);
      if (facts === "hidden") isBlind = true;
      else if (facts !== null && unusable === null && !isUsable(facts)) unusable = path;
      return facts === "hidden" ? null : facts;
    });
    return { found, isBlind: isBlind && !found.ok, unusable };
  };
}

function isUsable({ kind, executable, permitted }: FileFacts): boolean {
  return kind === "file" && executable && permitted;
}

/** The same answers as the daemon's own look at a file, for the daemon's account. */
function look(path: string, daemon: Account, probe: Probe): FileFacts | "hidden" | null {
  if (!path.startsWith("/")) return null;
  const found = probe.look(path);
  if (!found.ok) return found.error === "EACCES" && daemon.uid === 0 ? "hidden" : null;
  const isNoexec = probe.fileSystem(path)?.options.includes("noexec") === true;
  const obstacle = firstObstacle(path, "execute", daemon, probe);
  return {
    kind: found.kind === "directory" ? "directory" : "file",
    executable: (found.mode & 0o111) !== 0,
    permitted: obstacle?.errno !== "EACCES" && !isNoexec,
  };
}

/** The absolute path of what was found; null when it is relative to a place that is not known. */
export function absoluteFile(file: string, { base }: Supervised): string | null {
  if (file.startsWith("/")) return file;
  return base === null ? null : joinPath(base, file);
}

/** What the daemon says of them; empty when nobody answers. */
export function statusesOf(
  { members }: Pick<Supervised, "members">,
  statuses: ReadonlyMap<string, ProgramStatus>,
): readonly ProgramStatus[] {
  return members.flatMap((member) => statuses.get(member) ?? []);
}

export function statusTable({ programs }: Situation): ReadonlyMap<string, ProgramStatus> {
  return new Map((programs ?? []).map((one) => [`${one.group}:${one.name}`, one]));
}

export function historyTable({ histories }: Situation): ReadonlyMap<string, ProgramHistory> {
  return new Map((histories ?? []).map((one) => [`${one.group}:${one.name}`, one]));
}
