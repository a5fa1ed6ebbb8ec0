// Which processes of a host are daemons of tsv or Supervisor, and the configuration of each.

import { joinPath } from "../../core/config/paths.ts";
import type { Probe, SeenProcess } from "./probe.ts";
import type { RunningDaemon, Situation } from "./situation.ts";

/** The default paths of Supervisor and tsv that do not depend on the working directory. */
const USUAL = [
  "/etc/tsv/tsv.conf",
  "/etc/supervisord.conf",
  "/etc/supervisor/supervisord.conf",
] as const;

/** All daemons of this host, without those in containers. */
export function findDaemons(probe: Probe): readonly RunningDaemon[] {
  return probe.processes().flatMap((process) => {
    const words = process.contained ? null : daemonWords(process);
    if (words === null) return [];
    const { pid, uid, startTicks, startedMs, command, state, exe, exeDeleted } = process;
    const config = configOf(words.rest, process, probe);
    const { kind } = words;
    return [{ kind, pid, uid, startTicks, startedMs, command, config, state, exe, exeDeleted }];
  });
}

/**
 * Daemons that the caller can trust: those of root, of the caller, and of named accounts.
 * @remarks Any user can name a process `tsv daemon -c FILE`. Root must not use such a FILE for checks and repairs, nor
 * read variables from the environment of such a process, nor give logs to its user.
 */
export function believedDaemons(
  daemons: readonly RunningDaemon[],
  asker: number,
  named: readonly number[] = [],
): readonly RunningDaemon[] {
  return daemons.filter(({ uid }) => uid === 0 || uid === asker || named.includes(uid));
}

interface DaemonWords {
  readonly kind: RunningDaemon["kind"];
  /** The arguments of the daemon. */
  readonly rest: readonly string[];
}

function daemonWords({ command, name, state }: SeenProcess): DaemonWords | null {
  const [first = "", second = "", ...more] = command;
  if (state === "Z") return null;
  if (/(?:^|\/)(?:python|pypy)[\d.]*$/.test(first)) {
    return base(second) === "supervisord" ? { kind: "supervisor", rest: more } : null;
  }
  // The script of Supervisor may appear as /usr/bin/supervisord, with the process name of the script, like tsv: the
  // executable decides.
  if (base(first) === "node" || name === "node") return nodeWords(command.slice(1));
  if (base(first) === "supervisord") return { kind: "tsv", rest: [second, ...more] };
  // The name may be that of a download: tsv-linux-amd64.
  const isTsv = /^tsv(?:[-_.\d]|$)/.test(base(first));
  return isTsv && second === "daemon" ? { kind: "tsv", rest: more } : null;
}

/** For tsv as a script on the distribution's Node. */
function nodeWords(words: readonly string[]): DaemonWords | null {
  const at = words.findIndex((word) => !word.startsWith("-"));
  const script = words[at] ?? "";
  const rest = words.slice(at + 1);
  if (base(script) === "supervisord") return { kind: "tsv", rest };
  const isTsv = /^tsv(?:\.c?js)?$/.test(base(script));
  return isTsv && rest[0] === "daemon" ? { kind: "tsv", rest: rest.slice(1) } : null;
}

function base(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** `-c FILE`, `-cFILE`, `--configuration FILE` or `=FILE`; otherwise the first existing default path. */
function configOf(words: readonly string[], { cwd }: SeenProcess, probe: Probe): string | null {
  for (const [index, word] of words.entries()) {
    const long = /^--conf[a-z]*(?:=(.*))?$/.exec(word);
    const given = long === null ? /^-[a-z]*c(.*)$/.exec(word)?.[1] : (long[1] ?? "");
    if (given === undefined || (long === null && word.startsWith("--"))) continue;
    const path = given === "" ? words[index + 1] : given;
    if (path === undefined) return null;
    if (path.startsWith("/")) return path;
    const near = cwd === null ? null : joinPath(cwd, path);
    return near !== null && probe.look(near).ok ? near : null;
  }
  return USUAL.find((path) => probe.look(path).ok) ?? null;
}

/** Whether the daemon of this host is a Supervisor. */
export function isSupervisor({ daemon }: Situation): boolean {
  return daemon?.kind === "supervisor";
}
