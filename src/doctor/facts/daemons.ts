// Which of a host's processes are daemons of tsv or of Supervisor, and with which configuration each of them runs.

import { joinPath } from "../../core/config/paths.ts";
import type { Probe, SeenProcess } from "./probe.ts";
import type { RunningDaemon, Situation } from "./situation.ts";

/** Where Supervisor and tsv look when no configuration is named and the working directory does not matter. */
const USUAL = [
  "/etc/tsv/tsv.conf",
  "/etc/supervisord.conf",
  "/etc/supervisor/supervisord.conf",
] as const;

/** Every daemon of this host; those of containers are not ours to look at. */
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
 * Daemons whose word counts for whoever asks: of root's, of the asker's own, and of accounts that are named.
 * @remarks Anybody can call a process `tsv daemon -c FILE`. Root must neither examine and repair by such a FILE, nor read
 * variables from the environment of such a process, nor take its user for the one who is to own logs.
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
  /** What follows the name of the daemon. */
  readonly rest: readonly string[];
}

function daemonWords({ command, name, state }: SeenProcess): DaemonWords | null {
  const [first = "", second = "", ...more] = command;
  if (state === "Z") return null;
  if (/(?:^|\/)(?:python|pypy)[\d.]*$/.test(first)) {
    return base(second) === "supervisord" ? { kind: "supervisor", rest: more } : null;
  }
  // The script of Supervisor may be run as /usr/bin/supervisord with an interpreter that names itself so; the kernel's
  // name of such a process is the script's, as it is tsv's: the executable decides.
  if (base(first) === "node" || name === "node") return nodeWords(command.slice(1));
  if (base(first) === "supervisord") return { kind: "tsv", rest: [second, ...more] };
  // Also under the name of a download: tsv-linux-amd64.
  const isTsv = /^tsv(?:[-_.\d]|$)/.test(base(first));
  return isTsv && second === "daemon" ? { kind: "tsv", rest: more } : null;
}

/** Where tsv is a script of the distribution's Node. */
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

/** `-c FILE`, `-cFILE`, `--configuration FILE` or `=FILE`; else the usual place that exists. */
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
